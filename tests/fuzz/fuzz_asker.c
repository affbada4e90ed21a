/*
 * Whoever asks and whoever follows, and is lied to: an asker's answer belongs to its question, a follower's batch is taken apart
 * record by record or refused, and what is lent lies in what was received.
 *
 * The first byte chooses asker or follower.   then steps:  what u8 | argument u8 | length u16 | bytes
 */
#include "clients/c/asker.h"
#include "core/status.h"
#include "io/follow.h"
#include "tests/fuzz/liar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 64u

static struct liar liar;

/* What every step may do besides: time, lies. */
static void lie(uint8_t what, uint8_t argument, struct span bytes)
{
    static const char *const verbs[] = {"ROWS", "BATCH", "NAK", "PONG"};
    liar_listen(&liar, NULL);
    if ((what & 3u) == 1)
        clock_sim_advance(liar.manyi.clock, argument * 100, argument * 100);
    else if ((what & 3u) == 2)
        liar_repeat(&liar);
    else if ((what & 3u) == 3)
        liar_answer(&liar, verbs[argument & 3u], bytes, what & 4u);
}

/* ---- the asker ---- */

static void answer_check(const struct manyi_asker *asker, struct span body)
{
    struct wire_value value;
    struct span rid;
    ensure(wire_find(body, "rid", &value, &rid) == 0);
    ensure(value.kind == WIRE_UINT);
    ensure(value.natural == asker->rid);
    judge_inside(body, asker->parcel.frame[2]);
}

static void message_check(const struct manyi_asker *asker, int status)
{
    uint32_t characters;
    ensure(status < 0);
    ensure(utf8_count(span_of(manyi_asker_message(asker)), &characters) == 0);
}

static void ask(struct carving *carving)
{
    struct manyi_asker *asker;
    bool asking = false;
    int status = manyi_asker_open(&liar.manyi, LIAR_ENDPOINT, &asker);
    ensure(status == 0);
    for (uint32_t i = 0; i < STEPS_MAX && carving->left > 0; i++) {
        uint8_t what = carve_byte(carving), argument = carve_byte(carving);
        struct span bytes = carve_bytes(carving, carve_number(carving, 2)), body;
        int64_t now_ms = client_now_ms(&liar.manyi);
        struct wire_reader reader = wire_reader(bytes);
        struct span whole;
        bool sound = bytes.len == 0 || (wire_skip(&reader, 32, &whole) == 0 && reader.at == reader.end);
        if ((what & 3u) == 0 && sound) {
            status = asker_begin(asker, "GET", bytes, now_ms, argument * 100);
            ensure(status == 0 || status == -E_BAD_REQUEST);
            asking = status == 0;
        }
        lie(what, argument, bytes);
        if (!asking)
            continue;
        status = asker_poll(asker, client_now_ms(&liar.manyi), &body);
        asking = status == -E_AGAIN;
        if (status == 0)
            answer_check(asker, body);
        else
            message_check(asker, status);
    }
    manyi_asker_close(asker);
}

/* ---- the follower ---- */

static void batch_check(struct follow_batch *batch)
{
    struct span bytes;
    struct record record;
    uint32_t count = 0;
    int status;
    ensure(strlen(batch->lineage) <= NAME_MAX_BYTES);
    while ((status = follow_record(batch, &bytes)) == 0) {
        struct record_cursor cursor = {0};
        struct entry entry;
        count++;
        for (status = record_open(bytes, &record); status == 0;) {
            status = record_next(&record, &cursor, &entry);
            if (status == 0)
                judge_inside(entry.event, bytes);
        }
    }
    ensure(status == -E_NOT_FOUND || status == -E_MALFORMED);
    ensure(status == -E_MALFORMED || count == batch->count);
}

static void follow_on(struct carving *carving)
{
    const struct follow_options options = {.bus = liar.manyi.bus, .endpoint = LIAR_ENDPOINT, .class = "any"};
    struct follow *follow;
    struct follow_batch batch;
    struct entry entry;
    uint64_t after = 0;
    int status = follow_open(&options, &follow);
    ensure(status == 0);
    for (uint32_t i = 0; i < STEPS_MAX && carving->left > 0; i++) {
        uint8_t what = carve_byte(carving), argument = carve_byte(carving);
        struct span bytes = carve_bytes(carving, carve_number(carving, 2));
        int64_t now_ms = client_now_ms(&liar.manyi);
        status = follow_ask(follow, after, 1000, what & 8u ? now_ms + 1 : 0, now_ms);
        ensure(status == 0);
        if (what & 16u)
            follow_get(follow, 1 + argument, now_ms);
        lie(what, argument, bytes);
        status = follow_receive(follow, &batch);
        ensure(status <= 0);
        if (status == 0) {
            after = batch.upto;
            batch_check(&batch);
        }
        if (what & 16u && follow_entry(follow, 1 + argument, &entry) == 0)
            ensure(entry.event.len <= LIAR_BODY_MAX && entry.at_ms >= 0);
        if (what & 32u)
            follow_forget(follow);
    }
    follow_close(follow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct carving carving = {data, size};
    liar_open(&liar);
    if (carve_byte(&carving) & 1u)
        follow_on(&carving);
    else
        ask(&carving);
    liar_close(&liar);
    return 0;
}
