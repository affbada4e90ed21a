/*
 * house.c - see house.h.
 */
#include "tests/fuzz/house.h"
#include "core/status.h"
#include "io/json.h"
#include "io/store_sim.h"

#include <stdio.h>
#include <stdlib.h>

#define CALM_ROUNDS 4 /* in a row without anything to do */
#define ROUNDS_MAX 4000
#define SOURCE "/stores/sh-pudong"
#define FACT(id, type, data) \
    "{\"id\":\"" id "\",\"source\":\"" SOURCE "\",\"type\":\"" type "\",\"data\":{\"store\":\"sh-pudong\"," data "}}"
#define DECISION(id, type, subject, data)                                                                              \
    "{\"id\":\"" id "\",\"source\":\"" SOURCE "\",\"type\":\"" type "\",\"subject\":\"" subject "\",\"data\":{\"by\":" \
    "\"wang.li\"" data "}}"

/* Entry 1 is the rulebook, so that the first of these is entry 2. */
static const char *const morning[] = {
    FACT("v-1", "visit.opened",
         "\"department\":\"service\",\"visit\":\"R-7\",\"kind\":\"repair\",\"staff\":\"s-17\",\"vehicle\":\"LSV1\""),
    FACT(
        "r-1", "feedback.rated",
        "\"department\":\"service\",\"channel\":\"kiosk\",\"overall\":9,\"staff\":\"s-17\",\"scores\":{\"quality\":9}"),
    FACT(
        "c-1", "feedback.complained",
        "\"department\":\"service\",\"channel\":\"phone\",\"category\":\"workmanship\",\"text\":\"squeals\",\"visit\":\"R-7\""),
    FACT("r-2", "feedback.rated", "\"department\":\"service\",\"channel\":\"ivr\",\"overall\":3,\"visit\":\"R-7\""),
    FACT("r-3", "feedback.rated", "\"department\":\"sales\",\"channel\":\"online\",\"nps\":10,\"ces\":6"),
    "{\"id\":\"k-1\",\"source\":\"" SOURCE
    "\",\"type\":\"feedback.corrected\",\"data\":{\"of\":\"r-1\",\"overall\":8,\"by\":\"li.na\"}}",
    DECISION("d-1", "complaint.acknowledged", "C-4", ""),
    DECISION("d-2", "complaint.verified", "C-4", ",\"satisfied\":true"),
    FACT("c-2", "feedback.complained",
         "\"channel\":\"oem\",\"category\":\"safety\",\"text\":\"brakes\",\"injury\":true"),
    FACT("bad", "feedback.rated", "\"department\":\"service\",\"channel\":\"pigeon\",\"overall\":9"),
};

/* A house is kept from one input to the next, and grows: that is no leak, and looking for one each time takes longest of all. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static struct port *dealer(struct house *house, const char *endpoint)
{
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = endpoint};
    struct port *port;
    int status = port_open(house->setup.bus, &options, &port);
    ensure(status == 0);
    return port;
}

struct span house_encode(const char *json, uint8_t *buffer, size_t size)
{
    char message[JSON_MESSAGE_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, size);
    int status = json_to_wire(span_of(json), &writer, message);
    ensure(status == 0);
    return wire_written(&writer);
}

static void morning_tell(struct house *house)
{
    uint8_t event[2048], body[4096];
    struct span verb, reply;
    struct wire_writer put;
    for (size_t i = 0; i < sizeof morning / sizeof morning[0]; i++) {
        wire_writer_init(&put, body, sizeof body);
        wire_map(&put, 1);
        wire_key(&put, "events");
        wire_array(&put, 1);
        wire_bin(&put, house_encode(morning[i], event, sizeof event));
        house_send(house, DOOR_INTAKE, "PUT", wire_written(&put));
        house_turn(house);
        bool answered = house_receive(house, DOOR_INTAKE, &verb, &reply);
        ensure(answered);
        ensure(span_is(verb, "ACK"));
    }
    house_pass(house, 5 * 3600 * 1000); /* some deadlines are missed */
}

void house_open(struct house *house)
{
    const struct journal_options journal = {.dir = HOUSE_DIR, .lineage = "0123456789abcdef0123456700000000"};
    const struct clock_options clock = {.start_wall_ms = HOUSE_MONDAY_MS};
    *house = (struct house){.setup = {
                                .dir = HOUSE_DIR,
                                .intake_endpoint = "inproc://intake",
                                .feed_endpoint = "inproc://feed",
                                .query_endpoint = "inproc://query",
                                .publish_endpoint = "inproc://publish",
                                .replay_endpoint = "inproc://replay",
                                .query_trusted_endpoint = "inproc://query-trusted",
                                .replay_trusted_endpoint = "inproc://replay-trusted",
                                .intake_inner_endpoint = "inproc://intake-inner",
                                .feed_inner_endpoint = "inproc://feed-inner",
                                .identity_window = 256,
                            }};
    struct setup *setup = &house->setup;
    store_sim_forget_all(HOUSE_DIR);
    int status = bus_open(&setup->bus);
    ensure(status == 0);
    status = clock_open(&clock, &setup->clock);
    ensure(status == 0);
    status = journal_open(&journal, &house->journal);
    ensure(status == 0);
    status = intake_open(setup, house->journal, clock_read(setup->clock), &house->intake);
    ensure(status == 0);
    intake_overlap(house->intake, -1, 0);
    status = feed_open(setup, house->journal, &house->feed);
    ensure(status == 0);
    status = worker_open(setup, &house->worker);
    ensure(status == 0);
    status = outlet_open(setup, &house->outlet);
    ensure(status == 0);
    const char *const endpoints[DOORS] = {
        setup->intake_endpoint, setup->feed_endpoint,          setup->feed_inner_endpoint,    setup->query_endpoint,
        setup->replay_endpoint, setup->query_trusted_endpoint, setup->replay_trusted_endpoint};
    for (int door = 0; door < DOORS; door++)
        house->peers[door] = dealer(house, endpoints[door]);
    const struct port_options listener = {.kind = PORT_SUB, .endpoint = setup->publish_endpoint};
    status = port_open(setup->bus, &listener, &house->listener);
    ensure(status == 0);
    morning_tell(house);
}

void house_close(struct house *house)
{
    parcel_release(&house->parcel);
    port_close(house->listener);
    for (int door = 0; door < DOORS; door++)
        port_close(house->peers[door]);
    outlet_close(house->outlet);
    worker_close(house->worker);
    feed_close(house->feed);
    intake_close(house->intake);
    journal_close(house->journal);
    clock_close(house->setup.clock);
    bus_close(house->setup.bus);
}

void house_turn(struct house *house)
{
    int calm = 0;
    for (int i = 0; calm < CALM_ROUNDS; i++) {
        ensure(i < ROUNDS_MAX);
        struct clock_reading now = clock_read(house->setup.clock);
        uint64_t head = journal_head(house->journal);
        int64_t worker_ms, intake_ms, feed_ms, outlet_ms;
        int status = worker_turn(house->worker, now, &worker_ms);
        ensure(status == 0);
        status = intake_turn(house->intake, now, &intake_ms);
        ensure(status == 0);
        status = feed_turn(house->feed, now, &feed_ms);
        ensure(status == 0);
        status = outlet_turn(house->outlet, now, &outlet_ms);
        ensure(status == 0);
        bool busy = worker_ms == 0 || intake_ms == 0 || feed_ms == 0 || outlet_ms == 0;
        calm = busy || head != journal_head(house->journal) ? 0 : calm + 1;
    }
}

void house_pass(struct house *house, int64_t ms)
{
    clock_sim_advance(house->setup.clock, ms, ms);
    house_turn(house);
}

void house_send(struct house *house, enum door door, const char *verb, struct span body)
{
    const struct span frames[] = {span_make(NULL, 0), span_of(verb), body};
    int status = port_send(house->peers[door], frames, 3);
    ensure(status == 0);
}

bool house_receive(struct house *house, enum door door, struct span *ret_verb, struct span *ret_body)
{
    if (port_receive(house->peers[door], &house->parcel))
        return false;
    ensure(house->parcel.count == 3);
    ensure(house->parcel.frame[0].len == 0);
    *ret_verb = house->parcel.frame[1];
    *ret_body = house->parcel.frame[2];
    return true;
}

/* ---- judging ---- */

static void judge_nak(struct span body)
{
    struct nak_reply nak;
    struct flaw flaw;
    int status = record_decode(&record_of_nak_reply, body, &nak, &flaw);
    ensure(status == 0);
    char code[8];
    ensure(nak.code.len == 5);
    snprintf(code, sizeof code, "%.*s", SPAN_ARGS(nak.code));
    int number = (int)strtol(code + 1, NULL, 10);
    ensure(code[0] == 'E');
    ensure(status_text(number)->number == number);
    ensure(nak.message.len > 0);
}

static void judge_record(const struct record_table *record, struct span body)
{
    static _Alignas(16) uint8_t decoded[sizeof(union event_data)];
    struct flaw flaw;
    ensure(record->size <= sizeof decoded);
    int status = record_decode(record, body, decoded, &flaw);
    ensure(status == 0);
}

struct span house_judge_reply(enum door door, struct span verb, struct span body)
{
    static const struct {
        const char *verb;
        uint32_t doors;
        const struct record_table *record; /* NULL: a map of figures */
    } rows[] = {
        {"ACK", 1u << DOOR_INTAKE, &record_of_ack_reply},
        {"WELCOME", 1u << DOOR_INTAKE, &record_of_welcome_reply},
        {"BATCH", 1u << DOOR_FEED | 1u << DOOR_FEED_INNER, &record_of_batch_reply},
        {"ROWS", 1u << DOOR_FEED | 1u << DOOR_FEED_INNER | 1u << DOOR_QUERY | 1u << DOOR_QUERY_TRUSTED,
         &record_of_rows_reply},
        {"CARDS", 1u << DOOR_REPLAY | 1u << DOOR_REPLAY_TRUSTED, &record_of_cards_reply},
        {"PONG", UINT32_MAX, NULL},
        {"NAK", UINT32_MAX, &record_of_nak_reply},
    };
    size_t row = 0;
    while (row < sizeof rows / sizeof rows[0] && !span_is(verb, rows[row].verb))
        row++;
    ensure(row < sizeof rows / sizeof rows[0]);
    ensure((rows[row].doors >> door) & 1u);
    if (rows[row].record)
        judge_record(rows[row].record, body);
    if (span_is(verb, "NAK"))
        judge_nak(body);
    if (body.len <= 4096) /* another library's tree of a large one takes long */
        judge_value(body);
    struct wire_value value;
    struct span rid = {0};
    if (wire_find(body, "rid", &value, &rid) || value.kind == WIRE_NIL)
        rid = span_make(NULL, 0);
    return rid;
}

/* ---- the state ---- */

static void verify(struct house *house, struct verified *ret_verified)
{
    int status = state_verify(HOUSE_DIR, journal_head(house->journal), ret_verified);
    ensure(status == 0);
    for (uint64_t i = 0; i < ret_verified->violations && i < VIOLATIONS_MAX; i++)
        fprintf(stderr, "violated: %s\n", ret_verified->violation[i]);
    ensure(ret_verified->violations == 0);
}

void house_verify(struct house *house)
{
    static struct verified before, after;
    house_turn(house);
    worker_close(house->worker);
    verify(house, &before);
    store_sim_forget(HOUSE_DIR "/state");
    int status = worker_open(&house->setup, &house->worker);
    ensure(status == 0);
    house_turn(house);
    worker_close(house->worker);
    verify(house, &after);
    for (uint32_t table = 0; table < STATE_TABLES; table++) {
        ensure(before.rows[table] == after.rows[table]);
        ensure(before.checksum[table] == after.checksum[table]);
    }
    status = worker_open(&house->setup, &house->worker);
    ensure(status == 0);
    house_turn(house);
}
