/*
 * stage.c - see stage.h.
 */
#include "tests/sim/stage.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>

#define CALM_ROUNDS 12
#define ROUNDS_MAX 20000
#define BOARD 7u /* board-a of the cast */

/* ---- what the world would do ---- */

static struct bus_sim_fate fair_weather(void *context, const struct bus_sim_message *message)
{
    struct stage *stage = context;
    checks_message(stage->world.checks, message);
    return (struct bus_sim_fate){.copies = 1};
}

static int commit_seen(void *context, const char *path, bool kept)
{
    struct stage *stage = context;
    if (kept)
        checks_commit(stage->world.checks, path);
    return 0;
}

void stage_read(struct stage *stage)
{
    const struct journal_options options = {.dir = WORLD_DIR, .read_only = true};
    journal_close(stage->world.reader);
    stage->world.reader = NULL;
    int status = journal_open(&options, &stage->world.reader);
    ensure(status == 0);
}

/* ---- the roles ---- */

void stage_start(struct stage *stage)
{
    struct setup *setup = &stage->world.setup;
    const struct journal_options journal = {.dir = WORLD_DIR, .lineage = "0123456789abcdef0123456789abcdef"};
    const struct port_options peer = {.kind = PORT_DEALER, .endpoint = setup->intake_endpoint};
    bus_sim_owner(setup->bus, 0);
    int status = journal_open(&journal, &stage->journal);
    if (status == 0)
        status = intake_open(setup, stage->journal, clock_read(setup->clock), &stage->intake);
    if (status == 0)
        status = feed_open(setup, stage->journal, &stage->feed);
    if (status == 0)
        status = worker_open(setup, &stage->worker);
    if (status == 0)
        status = outlet_open(setup, &stage->outlet);
    if (status == 0)
        status = port_open(setup->bus, &peer, &stage->peer);
    ensure(status == 0);
    stage_read(stage);
    store_sim_set_watch(commit_seen, stage);
}

void stage_stop(struct stage *stage)
{
    if (!stage->journal)
        return;
    store_sim_set_watch(NULL, NULL);
    parcel_release(&stage->parcel);
    port_close(stage->peer);
    outlet_close(stage->outlet);
    worker_close(stage->worker);
    feed_close(stage->feed);
    intake_close(stage->intake);
    journal_close(stage->journal);
    stage->journal = NULL;
}

static void setup_fill(struct setup *setup)
{
    static const struct setup prepared = {
        .dir = WORLD_DIR,
        .policy_path = MANYI_SOURCE_DIR "/tests/support/round_the_clock.yaml",
        .intake_endpoint = "tcp://127.0.0.1:7301",
        .feed_endpoint = "tcp://127.0.0.1:7302",
        .query_endpoint = "tcp://127.0.0.1:7303",
        .publish_endpoint = "tcp://127.0.0.1:7304",
        .replay_endpoint = "tcp://127.0.0.1:7305",
        .intake_inner_endpoint = "inproc://intake",
        .feed_inner_endpoint = "inproc://feed",
        .identity_window = 64,
    };
    *setup = prepared;
}

void stage_open(struct stage *stage)
{
    const struct clock_options clock = {.start_wall_ms = WORLD_BEGIN_MS};
    memset(stage, 0, sizeof *stage);
    stage->world.untended = true;
    setup_fill(&stage->world.setup);
    store_sim_forget_all("/");
    int status = bus_open(&stage->world.setup.bus);
    if (status == 0)
        status = clock_open(&clock, &stage->world.setup.clock);
    if (status == 0)
        status = checks_open(&stage->world, &stage->world.checks);
    if (status == 0)
        status = cast_open(&stage->world, &stage->world.cast);
    ensure(status == 0);
    stage->dice = dice_of(1, "stage");
    bus_sim_set_weather(stage->world.setup.bus, fair_weather, stage);
    stage_start(stage);
}

void stage_close(struct stage *stage)
{
    bus_sim_set_weather(stage->world.setup.bus, NULL, NULL);
    stage_stop(stage);
    cast_close(stage->world.cast);
    checks_close(stage->world.checks);
    journal_close(stage->world.reader);
    bus_close(stage->world.setup.bus);
    clock_close(stage->world.setup.clock);
    store_sim_forget_all("/");
}

/* ---- turns ---- */

void stage_settle(struct stage *stage)
{
    struct clock_reading now = clock_read(stage->world.setup.clock);
    int calm = 0;
    for (int i = 0; calm < CALM_ROUNDS; i++) {
        int64_t intake_ms, feed_ms, worker_ms, outlet_ms, board_ms;
        uint64_t head = journal_head(stage->journal);
        int status = intake_turn(stage->intake, now, &intake_ms);
        if (status == 0)
            status = feed_turn(stage->feed, now, &feed_ms);
        if (status == 0)
            status = worker_turn(stage->worker, now, &worker_ms);
        if (status == 0)
            status = outlet_turn(stage->outlet, now, &outlet_ms);
        ensure(status == 0);
        ensure(i < ROUNDS_MAX);
        cast_turn(stage->world.cast, BOARD, now, &board_ms);
        bool busy = intake_ms == 0 || worker_ms == 0 || head != journal_head(stage->journal);
        calm = busy ? 0 : calm + 1;
    }
    checks_turn(stage->world.checks, PROCESS_INTAKE);
}

void stage_pass(struct stage *stage, int64_t ms)
{
    clock_sim_advance(stage->world.setup.clock, ms, ms);
    stage->world.now_ms += ms;
    bus_sim_time(stage->world.setup.bus, stage->world.now_ms);
    stage_settle(stage);
}

/* ---- publishing ---- */

uint64_t stage_publish(struct stage *stage, enum event_type type, const char *subject, const void *data)
{
    uint8_t event[4096], body[8192];
    char id[32];
    struct wire_writer writer;
    snprintf(id, sizeof id, "stage-%u", ++stage->published);
    const struct event_draft draft = {
        .id = span_of(id), .source = span_of("/stage"), .subject = span_of(subject), .type = type, .data = data};
    wire_writer_init(&writer, event, sizeof event);
    event_encode(&draft, &writer);
    struct span bytes = wire_written(&writer);
    wire_writer_init(&writer, body, sizeof body);
    wire_map(&writer, 2);
    wire_key(&writer, "rid");
    wire_natural(&writer, stage->published);
    wire_key(&writer, "events");
    wire_array(&writer, 1);
    wire_bin(&writer, bytes);
    ensure(!writer.full);
    struct span frames[] = {span_of(""), span_of("PUT"), wire_written(&writer)};
    int status = port_send(stage->peer, frames, 3);
    ensure(status == 0);
    stage_settle(stage);
    const uint64_t *seq =
        table_find(&stage->world.checks->memory.identities, hash_identity(span_of("/stage"), span_of(id)));
    ensure(seq != NULL);
    return *seq;
}

uint64_t stage_complain(struct stage *stage)
{
    struct complained fact = {0};
    SET(&fact, complained, store, span_of("sh-pudong"));
    SET(&fact, complained, department, span_of("service"));
    SET(&fact, complained, channel, channel_is_phone);
    SET(&fact, complained, category, category_is_workmanship);
    SET(&fact, complained, text, span_of("the brakes squeal"));
    return stage_publish(stage, EVENT_feedback_complained, NULL, &fact);
}

uint64_t stage_decide(struct stage *stage, enum event_type type, const char *subject, const char *by)
{
    struct decided decided = {0};
    SET(&decided, decided, by, span_of(by));
    return stage_publish(stage, type, subject, &decided);
}

void stage_write(struct stage *stage, enum record_class class, const struct entry *entry, int64_t at_ms)
{
    const struct journal_options options = {.dir = WORLD_DIR};
    struct journal *journal;
    uint64_t seq;
    ensure(stage->journal == NULL);
    int status = journal_open(&options, &journal);
    if (status == 0)
        status = journal_begin(journal, at_ms);
    if (status == 0)
        status = journal_add(journal, class, entry, &seq);
    if (status == 0)
        status = journal_commit(journal);
    ensure(status == 0);
    journal_close(journal);
}
