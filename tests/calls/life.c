/*
 * life.c - a short life of the house, in one process and one thread.
 *
 *   open: journal, intake, feed, worker, outlet, the people's handles
 *   settle | event 0, settle | event 1, settle | ... | seconds pass, settle | hours pass, settle
 *   ask for scores, complaints, quarantine | a newcomer reads all cards | close
 */
#include "tests/calls/life.h"

#include "brokers/feed.h"
#include "brokers/intake.h"
#include "brokers/outlet.h"
#include "clients/c/asker.h"
#include "clients/c/manyi.h"
#include "core/status.h"
#include "schemas/record.h"
#include "tests/calls/life_event.h"
#include "workers/worker.h"

#include <stdio.h>

#define BEGIN_MS 1795392000000ll /* 2026-11-23T00:00:00Z */
#define SECONDS_MS 5000
#define HOURS_MS (5ll * 3600 * 1000)
#define ROUND_MS 10
#define IDLE_ROUND_MS 250
#define ROUNDS_MAX 4000u /* of one phase */
#define QUIET_ROUNDS 4u  /* when nobody knows what to wait for */
#define VOLUME_BYTES (160u * KIB)
#define CHANNELS 4u

static const char *const channels[CHANNELS] = {"complaint", "escalation", "task", "score"};

enum asked { ASKED_INTAKE, ASKED_FEED, ASKED_WORKER, ASKED_OUTLET, ASKED_COUNT };

struct life {
    struct setup setup;
    struct journal *journal;
    struct intake *intake;
    struct feed *feed;
    struct worker *worker;
    struct outlet *outlet;
    struct manyi manyi; /* borrows bus and clock */
    struct manyi_publisher *publisher;
    struct manyi_subscriber *subscriber;
    struct manyi_subscriber *newcomer;
    struct manyi_asker *asker[ASKED_COUNT];
    int64_t monotonic_ms;
    uint64_t head;  /* when last looked */
    uint32_t ready; /* channels that the newcomer has whole */
    bool full;      /* the newcomer counts cards */
    const struct life_account *expected;
    struct life_account *account;
};

void life_prepare(void)
{
    life_events_prepare();
}

static int fail(struct life *life, int status, const char *where)
{
    if (life->account->status == 0) {
        life->account->status = status;
        snprintf(life->account->where, sizeof life->account->where, "%s", where);
    }
    return status;
}

static void wrong(struct life *life, const char *what, uint64_t number)
{
    if (life->account->said[0] == '\0')
        snprintf(life->account->said, sizeof life->account->said, "%s (%llu)", what, (unsigned long long)number);
}

/* ---- people ---- */

static void on_result(void *context, const struct manyi_result *result)
{
    struct life *life = context;
    if (result->token >= LIFE_EVENTS) {
        wrong(life, "an answer to nothing", result->token);
        return;
    }
    struct told *told = &life->account->told[result->token];
    struct told now = {.known = true,
                       .duplicate = result->duplicate,
                       .quarantined = result->quarantined,
                       .status = result->status,
                       .seq = result->seq};
    if (told->known && told->status == 0 && now.status == -E_CORRUPT)
        return; /* a repeat whose record can't be read is refused alone: nothing is taken back, or taken twice */
    if (told->known && (told->status != now.status || told->seq != now.seq))
        wrong(life, "an event was answered in two ways", result->token);
    if (told->known && told->status == 0 && !now.duplicate)
        wrong(life, "an acknowledged event was taken again", result->token);
    *told = now;
}

static void on_card(void *context, const struct manyi_card *card)
{
    struct life *life = context;
    if (!life->full)
        return;
    uint32_t sum = crc32c(0, span_of(card->channel));
    sum = crc32c(sum, span_make(&card->n, sizeof card->n));
    sum = crc32c(sum, span_make(&card->seq, sizeof card->seq));
    sum = crc32c(sum, span_make(card->card, card->card_len));
    life->account->cards_sum += sum;
    life->account->cards++;
}

static void on_ready(void *context, const char *channel)
{
    struct life *life = context;
    (void)channel;
    life->ready++;
}

static int subscriber_open(struct life *life, struct manyi_subscriber **ret_subscriber)
{
    const struct manyi_subscriber_options options = {.publish_endpoint = life->setup.publish_endpoint,
                                                     .replay_endpoint = life->setup.replay_endpoint,
                                                     .channels = channels,
                                                     .channel_count = CHANNELS,
                                                     .on_card = on_card,
                                                     .on_ready = on_ready,
                                                     .context = life};
    return manyi_subscriber_open(&life->manyi, &options, ret_subscriber);
}

static int people_open(struct life *life)
{
    life->manyi = (struct manyi){.bus = life->setup.bus, .clock = life->setup.clock};
    const struct manyi_publisher_options options = {.endpoint = life->setup.intake_endpoint,
                                                    .source = LIFE_SOURCE,
                                                    .instance = "life",
                                                    .on_result = on_result,
                                                    .context = life};
    int result = manyi_publisher_open(&life->manyi, &options, &life->publisher);
    if (result < 0)
        return fail(life, result, "opening a publisher");
    result = subscriber_open(life, &life->subscriber);
    if (result < 0)
        return fail(life, result, "opening a subscriber");
    const char *const endpoints[ASKED_COUNT] = {life->setup.intake_endpoint, life->setup.feed_endpoint,
                                                life->setup.query_endpoint, life->setup.replay_endpoint};
    for (uint32_t i = 0; i < ASKED_COUNT && result == 0; i++)
        result = manyi_asker_open(&life->manyi, endpoints[i], &life->asker[i]);
    return result < 0 ? fail(life, result, "opening an asker") : 0;
}

/* ---- the house ---- */

static struct clock_reading journal_time(const struct life *life)
{
    return (struct clock_reading){.wall_ms = BEGIN_MS + life->account->passed_ms,
                                  .monotonic_ms = 1000 + life->account->passed_ms};
}

static void clock_go_on(struct life *life, int64_t ms)
{
    life->monotonic_ms += ms;
    fault_clock_set(BEGIN_MS + life->monotonic_ms, life->monotonic_ms);
}

static void endpoints_name(struct setup *setup)
{
    snprintf(setup->intake_endpoint, ENDPOINT_MAX, "inproc://life-intake");
    snprintf(setup->feed_endpoint, ENDPOINT_MAX, "inproc://life-feed");
    snprintf(setup->query_endpoint, ENDPOINT_MAX, "inproc://life-query");
    snprintf(setup->publish_endpoint, ENDPOINT_MAX, "inproc://life-publish");
    snprintf(setup->replay_endpoint, ENDPOINT_MAX, "inproc://life-replay");
    snprintf(setup->intake_inner_endpoint, ENDPOINT_MAX, "inproc://life-intake-inner");
    snprintf(setup->feed_inner_endpoint, ENDPOINT_MAX, "inproc://life-feed-inner");
}

static int house_open(struct life *life, const char *dir)
{
    struct setup *setup = &life->setup;
    char fault[STORE_FAULT_MAX] = "";
    endpoints_name(setup);
    snprintf(setup->dir, sizeof setup->dir, "%s", dir);
    setup->identity_window = 1000;
    setup->volume_bytes = VOLUME_BYTES;
    const struct clock_options real_time = {.rate = 0};
    int result = clock_open(&real_time, &setup->clock);
    if (result < 0)
        return fail(life, result, "opening the clock");
    result = bus_open(&setup->bus);
    if (result < 0)
        return fail(life, result, "opening the bus");
    const struct journal_options journal = {
        .dir = dir, .volume_bytes = VOLUME_BYTES, .lineage = LIFE_LINEAGE, .fault = fault};
    result = journal_open(&journal, &life->journal);
    if (result < 0)
        return fail(life, result, "opening the journal");
    result = intake_open(setup, life->journal, journal_time(life), &life->intake);
    if (result < 0)
        return fail(life, result, "opening intake");
    result = feed_open(setup, life->journal, &life->feed);
    if (result < 0)
        return fail(life, result, "opening the feed");
    result = worker_open(setup, &life->worker);
    if (result < 0)
        return fail(life, result, "opening the worker");
    result = outlet_open(setup, &life->outlet);
    return result < 0 ? fail(life, result, "opening the outlet") : 0;
}

static void life_close(struct life *life)
{
    for (uint32_t i = 0; i < ASKED_COUNT; i++)
        manyi_asker_close(life->asker[i]);
    manyi_subscriber_close(life->newcomer);
    manyi_subscriber_close(life->subscriber);
    manyi_publisher_close(life->publisher);
    outlet_close(life->outlet);
    worker_close(life->worker);
    feed_close(life->feed);
    intake_close(life->intake);
    journal_close(life->journal);
    bus_close(life->setup.bus);
    clock_close(life->setup.clock);
}

/* ---- turns ---- */

static int round_turn(struct life *life)
{
    int64_t wait_ms = 0;
    struct clock_reading now = {.wall_ms = BEGIN_MS + life->monotonic_ms, .monotonic_ms = life->monotonic_ms};
    int result = intake_turn(life->intake, journal_time(life), &wait_ms);
    if (result < 0)
        return fail(life, result, "intake");
    result = feed_turn(life->feed, now, &wait_ms);
    if (result < 0)
        return fail(life, result, "feed");
    result = worker_turn(life->worker, now, &wait_ms);
    if (result < 0)
        return fail(life, result, "worker");
    result = outlet_turn(life->outlet, now, &wait_ms);
    if (result < 0)
        return fail(life, result, "outlet");
    result = manyi_publisher_turn(life->publisher, 0);
    if (result < 0)
        return fail(life, result, "publisher");
    result = manyi_subscriber_turn(life->subscriber, 0);
    if (result == 0 && life->newcomer)
        result = manyi_subscriber_turn(life->newcomer, 0);
    if (result < 0)
        return fail(life, result, "subscriber");
    bool moved = journal_head(life->journal) != life->head;
    life->head = journal_head(life->journal);
    clock_go_on(life, moved ? ROUND_MS : IDLE_ROUND_MS);
    return 0;
}

/* One question, its answer waited for. */
static int ask(struct life *life, enum asked whom, const char *verb, struct span body, struct span *ret_reply)
{
    int result = asker_begin(life->asker[whom], verb, body, life->monotonic_ms, 60000);
    while (result == 0 && (result = asker_poll(life->asker[whom], life->monotonic_ms, ret_reply)) == -E_AGAIN)
        result = round_turn(life);
    return result < 0 ? fail(life, result, "asking") : 0;
}

static int figure_ask(struct life *life, enum asked whom, const char *name, uint64_t *ret_figure)
{
    struct span reply, bytes;
    struct wire_value value;
    int result = ask(life, whom, "PING", span_make(NULL, 0), &reply);
    if (result < 0)
        return result;
    if (wire_find(reply, name, &value, &bytes) < 0 || value.kind != WIRE_UINT)
        return fail(life, -E_BAD_REQUEST, name);
    *ret_figure = value.natural;
    return 0;
}

/* Until everything published is answered, and worker and outlet have come to the journal's head, which is at least `head`. */
static int settle(struct life *life, uint64_t head)
{
    uint32_t quiet = 0, wanted = head > 0 ? 1 : QUIET_ROUNDS;
    for (uint32_t i = 0; i < ROUNDS_MAX && quiet < wanted; i++) {
        uint64_t worker = 0, outlet = 0;
        int result = round_turn(life);
        if (result == 0)
            result = figure_ask(life, ASKED_WORKER, "cursor", &worker);
        if (result == 0)
            result = figure_ask(life, ASKED_OUTLET, "cursor", &outlet);
        if (result < 0)
            return result;
        uint64_t now = journal_head(life->journal);
        bool all = manyi_publisher_pending(life->publisher) == 0 && worker >= now && outlet >= now && now >= head;
        quiet = all ? quiet + 1 : 0;
    }
    return quiet < wanted ? fail(life, -E_NOT_FOLDED, "waiting for the head") : 0;
}

static int phase_end(struct life *life, uint32_t phase)
{
    int result = settle(life, life->expected ? life->expected->heads[phase] : 0);
    if (result == 0)
        life->account->heads[phase] = journal_head(life->journal);
    return result;
}

/* ---- what happens ---- */

static int events_publish(struct life *life)
{
    uint32_t most = life->account->events_max ? life->account->events_max : LIFE_EVENTS;
    for (uint32_t i = 0; i < most; i++) {
        struct span event = life_event(i, life->account->told);
        int result = manyi_publish(life->publisher, event.at, event.len, i);
        if (result < 0)
            return fail(life, result, "publishing");
        result = phase_end(life, i);
        if (result < 0)
            return result;
    }
    return 0;
}

static int time_passes(struct life *life, int64_t until_ms, uint32_t phase)
{
    if (life->account->passed_ms < until_ms)
        life->account->passed_ms = until_ms;
    return phase_end(life, phase);
}

static int rows_ask(struct life *life, enum asked whom, const char *what, const char *by)
{
    struct get_request request = {.has = 0};
    uint8_t body[256];
    SET(&request, get_request, what, span_of(what));
    if (by) {
        SET(&request, get_request, by, span_of(by));
        SET(&request, get_request, period, span_of("2026-11"));
    }
    struct wire_writer writer;
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
    struct span reply;
    struct rows_reply rows;
    struct flaw flaw;
    int result = ask(life, whom, "GET", wire_written(&writer), &reply);
    if (result == 0 && record_decode(&record_of_rows_reply, reply, &rows, &flaw) < 0)
        wrong(life, "an answer without rows", whom);
    return result;
}

static int questions_ask(struct life *life)
{
    int result = rows_ask(life, ASKED_WORKER, "scores", "store");
    if (result == 0)
        result = rows_ask(life, ASKED_WORKER, "complaints", NULL);
    if (result == 0)
        result = rows_ask(life, ASKED_WORKER, "tasks", NULL);
    if (result == 0)
        result = rows_ask(life, ASKED_WORKER, "escalations", NULL);
    if (result == 0)
        result = rows_ask(life, ASKED_FEED, "quarantine", NULL);
    return result == 0 ? figure_ask(life, ASKED_INTAKE, "quarantined", &life->account->quarantined) : result;
}

static int newcomer_reads(struct life *life)
{
    life->ready = 0;
    life->full = true;
    int result = subscriber_open(life, &life->newcomer);
    if (result < 0)
        return fail(life, result, "opening a subscriber");
    for (uint32_t i = 0; i < ROUNDS_MAX && life->ready < CHANNELS && result == 0; i++)
        result = round_turn(life);
    return result == 0 && life->ready < CHANNELS ? fail(life, -E_NOT_FOLDED, "reading the cards") : result;
}

static int live(struct life *life)
{
    int result = settle(life, 0); /* what an earlier life left half done */
    if (result == 0)
        result = events_publish(life);
    if (result < 0 || life->account->events_max)
        return result;
    result = time_passes(life, SECONDS_MS, LIFE_EVENTS);
    if (result == 0)
        result = time_passes(life, HOURS_MS, LIFE_EVENTS + 1);
    if (result == 0)
        result = questions_ask(life);
    return result == 0 ? newcomer_reads(life) : result;
}

void life_run(const char *dir, const struct life_account *expected, struct life_account *account)
{
    struct life life = {.expected = expected, .account = account, .monotonic_ms = 1000};
    clock_go_on(&life, 0);
    int result = house_open(&life, dir);
    if (result == 0)
        result = people_open(&life);
    if (result == 0)
        live(&life);
    life_close(&life);
    fault_clock_let_go();
}
