/*
 * Requests to every role of a house that has a morning behind it: each is answered once, by what PROTOCOL.md promises, whatever
 * its frames, verb and body are; the journal grows by what was acknowledged and by nothing else; what was taken is folded.
 *
 *   an input is steps:  what u8 | length u16 | bytes
 *   what:               door (3 bits; 5: frames of its own choice, 6: time passes, 7: a subscription) | verb (3 bits) |
 *                       the trusted door beside it (1 bit)
 *
 * Nobody from outside may send to intake's inner endpoint: fuzz_put does.
 */
#include "core/bytes.h"
#include "core/status.h"
#include "schemas/record.h"
#include "tests/fuzz/house.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 24u
#define RUNS_MAX 128u /* then the house is looked through and opened anew */
#define HEAD_MAX 800u
#define PASS_MAX_MS (12ll * 3600 * 1000) /* of one input: notices repeat each half hour */
#define FLUSH_MS (FETCH_WAIT_MAX_MS + 5000)

struct talk {
    struct house *house;
    uint32_t asked[DOORS], answered[DOORS];
    uint64_t accepted; /* events, by the ACKs */
    int64_t passed_ms;
    struct span rid; /* of the one request that is under way; at NULL: not to be compared */
};

/* ---- sending ---- */

static const char *verb_of(uint8_t what)
{
    static const char *const verbs[] = {"PUT", "EVENT", "GET", "FETCH", "REPLAY", "HELLO", "PING", "AWAIT"};
    return verbs[what >> 3 & 7u];
}

/* The bytes as the one event of a PUT. */
static struct span event_put(struct span event, uint8_t *buffer, size_t size)
{
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, size);
    wire_map(&writer, 1);
    wire_key(&writer, "events");
    wire_array(&writer, 1);
    wire_bin(&writer, event);
    ensure(!writer.full);
    return wire_written(&writer);
}

static void rid_expect(struct talk *talk, struct span body)
{
    struct wire_value value;
    struct wire_reader reader = wire_reader(body);
    struct span whole, rid;
    talk->rid = span_make(NULL, 0);
    bool one_value = wire_skip(&reader, EVENT_DEPTH_MAX, &whole) == 0 && reader.at == reader.end;
    if (one_value && wire_find(body, "rid", &value, &rid) == 0 && value.kind != WIRE_NIL && rid.len <= RID_MAX)
        talk->rid = rid;
}

static enum door door_of(uint8_t what)
{
    enum door door = what & 7u;
    bool trusted = what & 0x40;
    return trusted && door == DOOR_QUERY    ? DOOR_QUERY_TRUSTED
           : trusted && door == DOOR_REPLAY ? DOOR_REPLAY_TRUSTED
                                            : door;
}

static void request(struct talk *talk, uint8_t what, struct span body)
{
    static uint8_t buffer[96 * 1024];
    enum door door = door_of(what);
    const char *verb = verb_of(what);
    if (strcmp(verb, "EVENT") == 0) {
        body = event_put(body, buffer, sizeof buffer);
        verb = "PUT";
    }
    rid_expect(talk, body);
    house_send(talk->house, door, verb, body);
    talk->asked[door]++;
}

/* Up to four frames, none of them promised: count and door, then each with its length. */
static void frames(struct talk *talk, struct span bytes)
{
    struct carving carving = {bytes.at, bytes.len};
    struct span frame[4];
    enum door door = carve_byte(&carving) % DOORS;
    uint32_t count = 1 + carve_byte(&carving) % 4;
    for (uint32_t i = 0; i < count; i++)
        frame[i] = carve_bytes(&carving, carve_byte(&carving));
    talk->rid = span_make(NULL, 0);
    if (port_send(talk->house->peers[door], frame, count) == 0)
        talk->asked[door]++;
}

static void pass(struct talk *talk, struct span bytes)
{
    struct carving carving = {bytes.at, bytes.len};
    int64_t ms = (int64_t)carve_number(&carving, 4) % (PASS_MAX_MS - talk->passed_ms);
    talk->passed_ms += ms;
    house_pass(talk->house, ms);
}

static void subscription(struct talk *talk, uint8_t what, struct span bytes)
{
    char channel[64];
    snprintf(channel, sizeof channel, "%.*s", SPAN_ARGS(bytes));
    int status =
        what & 8u ? port_unsubscribe(talk->house->listener, channel) : port_subscribe(talk->house->listener, channel);
    ensure(status == 0 || status == -E_NOT_FOUND);
}

/* ---- receiving ---- */

static void replies_take(struct talk *talk)
{
    struct span verb, body;
    for (int door = 0; door < DOORS; door++) {
        while (house_receive(talk->house, door, &verb, &body)) {
            struct span rid = house_judge_reply(door, verb, body);
            struct ack_reply ack;
            struct flaw flaw;
            if (talk->rid.at)
                ensure(span_equal(rid, talk->rid));
            if (span_is(verb, "ACK") && record_decode(&record_of_ack_reply, body, &ack, &flaw) == 0)
                talk->accepted += (uint64_t)ack.count;
            talk->answered[door]++;
            ensure(talk->answered[door] <= talk->asked[door]);
        }
    }
    while (port_receive(talk->house->listener, &talk->house->parcel) == 0) {
        ensure(talk->house->parcel.count == 2);
        judge_value(talk->house->parcel.frame[1]);
    }
}

/* Entries from outside that intake did not write itself. */
static uint64_t entries_from_outside(struct house *house, uint64_t after)
{
    static uint8_t buffer[SYSTEM_EVENT_MAX + RECORD_MAX];
    struct journal_reader *reader;
    struct entry entry;
    struct span id, source;
    uint64_t count = 0;
    int status = journal_reader_open(house->journal, &reader);
    ensure(status == 0);
    for (uint64_t seq = after + 1; seq <= journal_head(house->journal); seq++) {
        status = journal_entry(reader, seq, buffer, sizeof buffer, &entry);
        ensure(status == 0);
        ensure(entry.seq == seq);
        status = event_identity(entry.event, &id, &source);
        ensure(status == 0);
        count += !span_is(source, "/manyi/intake") && !span_is(source, "/manyi/worker");
    }
    journal_reader_close(reader);
    return count;
}

/* The worker stands at the journal's head and says so: nothing that intake took has brought it to a stop. */
static void everything_is_folded(struct talk *talk)
{
    struct span verb, body;
    uint8_t buffer[64];
    struct wire_writer writer;
    struct rows_reply rows;
    struct flaw flaw;
    uint64_t head = journal_head(talk->house->journal);
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_map(&writer, 2);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("status"));
    wire_key(&writer, "wait_seq");
    wire_natural(&writer, head);
    house_send(talk->house, DOOR_QUERY, "GET", wire_written(&writer));
    house_turn(talk->house);
    bool answered = house_receive(talk->house, DOOR_QUERY, &verb, &body);
    ensure(answered);
    ensure(span_is(verb, "ROWS"));
    int status = record_decode(&record_of_rows_reply, body, &rows, &flaw);
    ensure(status == 0);
    ensure((uint64_t)rows.seq == head);
}

static void run(struct house *house, struct carving *carving)
{
    struct talk talk = {.house = house};
    uint64_t head = journal_head(house->journal);
    for (uint32_t i = 0; i < STEPS_MAX && carving->left > 0; i++) {
        uint8_t what = carve_byte(carving);
        struct span bytes = carve_bytes(carving, carve_number(carving, 2));
        if ((what & 7u) < PUBLIC_DOORS)
            request(&talk, what, bytes);
        else if ((what & 7u) == 5)
            frames(&talk, bytes);
        else if ((what & 7u) == 6)
            pass(&talk, bytes);
        else
            subscription(&talk, what, bytes);
        house_turn(house);
        talk.rid = i == 0 ? talk.rid : span_make(NULL, 0); /* what is parked is answered later */
        replies_take(&talk);
        talk.rid = span_make(NULL, 0);
    }
    house_pass(house, FLUSH_MS); /* who is parked is told that there is nothing */
    replies_take(&talk);
    for (int door = 0; door < DOORS; door++)
        ensure(talk.asked[door] == talk.answered[door]);
    ensure(entries_from_outside(house, head) == talk.accepted);
    everything_is_folded(&talk);
    port_unsubscribe(house->listener, "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct house house;
    static uint32_t runs;
    struct carving carving = {data, size};
    if (runs == RUNS_MAX || (runs > 0 && journal_head(house.journal) > HEAD_MAX)) {
        house_verify(&house);
        house_close(&house);
        runs = 0;
    }
    if (runs++ == 0)
        house_open(&house);
    run(&house, &carving);
    return 0;
}
