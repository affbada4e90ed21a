/*
 * A publisher whose broker lies: WELCOME, ACK and NAK of the fuzzer's choice, in whatever order, late, twice or never. Each event's
 * result is told once at most, in order, with the event's own bytes; and with a broker that has come to its senses none is left.
 *
 *   an input is steps:  what u8 | argument u8 | length u16 | bytes
 */
#include "clients/c/publisher.h"
#include "core/status.h"
#include "tests/fuzz/liar.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 64u
#define EVENTS_MAX 400u
#define SOBER_TURNS_MAX 4000

struct desk {
    struct liar liar;
    struct manyi_publisher *publisher;
    uint64_t published, told;
    uint32_t fenced;
};

static size_t event_text(uint64_t token, char text[64])
{
    size_t len = (size_t)snprintf(text, 64, "event %llu", (unsigned long long)token);
    return token % 7 == 0 ? len + 40 : len; /* of several lengths */
}

static void on_result(void *context, const struct manyi_result *result)
{
    struct desk *desk = context;
    char text[64] = {0};
    desk->told++;
    ensure(desk->told <= desk->published);
    ensure(result->token == desk->told);
    ensure(span_equal(span_make(result->event, result->event_len), span_make(text, event_text(result->token, text))));
    ensure(result->status <= 0);
    ensure(result->status > -100000); /* a code of a later release is handed on as it is */
    uint32_t characters;
    ensure(utf8_count(span_of(result->field), &characters) == 0);
    ensure(utf8_count(span_of(result->message), &characters) == 0);
    if (result->status == 0 && !result->duplicate)
        ensure(result->seq > 0);
    if (result->status < 0)
        ensure(result->seq == 0 && !result->duplicate);
}

static void on_fenced(void *context)
{
    struct desk *desk = context;
    desk->fenced++;
    ensure(desk->fenced == 1);
}

static void publish(struct desk *desk, uint32_t count)
{
    char text[64] = {0};
    for (uint32_t i = 0; i < count && desk->published < EVENTS_MAX; i++) {
        size_t len = event_text(desk->published + 1, text);
        int status = manyi_publish(desk->publisher, text, len, desk->published + 1);
        if (status)
            ensure(status == -E_AGAIN || status == desk->publisher->dead);
        desk->published += status == 0;
    }
}

/* An answer to the newest request as intake would give it. */
static void answer_truly(struct liar *liar)
{
    uint8_t buffer[256];
    struct wire_writer writer;
    struct wire_reader rid = wire_reader(span_make(liar->rid, liar->rid_len));
    struct wire_value value = {0};
    wire_writer_init(&writer, buffer, sizeof buffer);
    if (strcmp(liar->verb, "HELLO") == 0) {
        struct welcome_reply welcome = {0};
        SET(&welcome, welcome_reply, lineage, span_of("true"));
        SET(&welcome, welcome_reply, epoch, 9007199254740991);
        SET(&welcome, welcome_reply, last, 0);
        SET(&welcome, welcome_reply, credit, CREDIT_BYTES);
        SET(&welcome, welcome_reply, max_events, PUT_EVENTS_MAX);
        SET(&welcome, welcome_reply, max_bytes, PUT_BYTES_MAX);
        record_encode(&record_of_welcome_reply, &welcome, ENCODE_EVENT, &writer);
        liar_answer(liar, "WELCOME", wire_written(&writer), true);
        return;
    }
    for (int i = 0; i < 4; i++)
        wire_read(&rid, &value); /* the array, attempt, first, count */
    wire_map(&writer, 4);
    wire_key(&writer, "first");
    wire_natural(&writer, 41);
    wire_key(&writer, "count");
    wire_natural(&writer, value.natural);
    wire_key(&writer, "head");
    wire_natural(&writer, 41 + value.natural);
    wire_key(&writer, "problems");
    wire_array(&writer, 0);
    liar_answer(liar, "ACK", wire_written(&writer), true);
}

static void turn(struct desk *desk, void (*answer)(struct liar *liar))
{
    int status = manyi_publisher_turn(desk->publisher, 0);
    ensure(status == desk->publisher->dead);
    ensure(manyi_publisher_pending(desk->publisher) == desk->published - desk->told);
    ensure((desk->fenced > 0) == (desk->publisher->dead == -E_FENCED));
    liar_listen(&desk->liar, answer);
}

static void step(struct desk *desk, struct carving *carving)
{
    static const char *const verbs[] = {"ACK", "NAK", "WELCOME", "ROWS"};
    uint8_t what = carve_byte(carving), argument = carve_byte(carving);
    struct span bytes = carve_bytes(carving, carve_number(carving, 2));
    switch (what & 7u) {
    case 0:
        publish(desk, argument);
        break;
    case 1:
        clock_sim_advance(desk->liar.manyi.clock, argument * 100, argument * 100);
        break;
    case 2:
        answer_truly(&desk->liar);
        break;
    case 3:
        liar_repeat(&desk->liar);
        break;
    default:
        liar_answer(&desk->liar, verbs[argument & 3u], bytes, what & 1u);
        break;
    }
    turn(desk, NULL);
}

/* However it was confused: with true answers everything that it took is answered, unless it has given up for good. */
static void sober_up(struct desk *desk)
{
    for (int i = 0; manyi_publisher_pending(desk->publisher) > 0 && !desk->publisher->dead; i++) {
        ensure(i < SOBER_TURNS_MAX);
        turn(desk, answer_truly);
        clock_sim_advance(desk->liar.manyi.clock, 100, 100);
    }
    ensure(desk->publisher->dead || desk->told == desk->published);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct desk desk;
    struct carving carving = {data, size};
    uint8_t how = carve_byte(&carving);
    memset(&desk, 0, sizeof desk);
    liar_open(&desk.liar);
    const struct manyi_publisher_options options = {
        .endpoint = LIAR_ENDPOINT,
        .source = how & 1u ? NULL : "/s",
        .instance = "i",
        .window_bytes = how & 2u ? 1000 : 100000,
        .batch_events = how & 4u ? 3 : 0,
        .on_result = on_result,
        .on_fenced = on_fenced,
        .context = &desk,
    };
    int status = manyi_publisher_open(&desk.liar.manyi, &options, &desk.publisher);
    ensure(status == 0);
    turn(&desk, NULL);
    for (uint32_t i = 0; i < STEPS_MAX && carving.left > 0; i++)
        step(&desk, &carving);
    sober_up(&desk);
    manyi_publisher_close(desk.publisher);
    liar_close(&desk.liar);
    return 0;
}
