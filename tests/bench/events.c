#include "tests/bench/events.h"

#include "core/ensure.h"
#include "schemas/codec.h"

#define ID_DIGITS 12u
#define ID_FIRST "bench-000000000000"
#define ROOM 512u

static const char *const stores[EVENT_MIX_STORES] = {"sh-pudong",   "sh-minhang", "sh-jiading",   "hz-xihu",
                                                     "hz-binjiang", "nj-jianye",  "nj-jiangning", "sz-yuanqu",
                                                     "wx-binhu",    "nb-yinzhou", "hf-shushan",   "cz-wujin"};
static const char *const staff[EVENT_MIX_STAFF] = {"wang.li", "chen.jing", "zhao.min", "sun.hao", "zhou.ba"};

/* A visit's number is as long as makes the event EVENT_MIX_BYTES. A text of 32 bytes has a longer header than one of 31, and would
 * jump over that length: then the source is longer by one. */
struct padded {
    const char *source_tail;
    char visit[NAME_MAX_BYTES + 1];
    uint8_t bytes[ROOM];
    size_t len;
};

static void draft_encode(struct padded *padded, uint32_t store, enum event_type type, const void *data, int64_t time_ms)
{
    char source[64];
    struct wire_writer writer;
    snprintf(source, sizeof source, "/stores/%s/survey%s", stores[store], padded->source_tail);
    const struct event_draft draft = {
        .id = span_of(ID_FIRST), .source = span_of(source), .type = type, .time_ms = time_ms, .data = data};
    wire_writer_init(&writer, padded->bytes, sizeof padded->bytes);
    event_encode(&draft, &writer);
    padded->len = writer.len;
}

static void rating_encode(struct padded *padded, uint32_t store, uint32_t person, int32_t overall, int64_t time_ms)
{
    static const char *const dimensions[] = {"quality", "advisor"};
    struct rated rated = {.has = 0};
    struct dimension_scores scores = {.count = 2};
    for (uint32_t i = 0; i < scores.count; i++)
        scores.item[i] = (struct dimension_score){span_of(dimensions[i]), overall};
    SET(&rated, rated, store, span_of(stores[store]));
    SET(&rated, rated, department, span_of(person % 2 ? "sales" : "service"));
    SET(&rated, rated, channel, channel_is_wechat);
    SET(&rated, rated, visit, span_of(padded->visit));
    SET(&rated, rated, staff, span_of(staff[person]));
    SET(&rated, rated, scores, scores);
    SET(&rated, rated, overall, overall);
    draft_encode(padded, store, EVENT_feedback_rated, &rated, time_ms);
}

static void complaint_encode(struct padded *padded, uint32_t store, int64_t time_ms)
{
    struct complained complained = {.has = 0};
    SET(&complained, complained, store, span_of(stores[store]));
    SET(&complained, complained, department, span_of("service"));
    SET(&complained, complained, channel, channel_is_phone);
    SET(&complained, complained, category, category_is_delay);
    SET(&complained, complained, text, span_of("Three days late"));
    SET(&complained, complained, visit, span_of(padded->visit));
    draft_encode(padded, store, EVENT_feedback_complained, &complained, time_ms);
}

static void template_take(const struct padded *padded, struct event_template *template)
{
    const size_t id_len = strlen(ID_FIRST);
    ensure(padded->len == EVENT_MIX_BYTES);
    memcpy(template->bytes, padded->bytes, EVENT_MIX_BYTES);
    for (size_t at = 0; at + id_len <= EVENT_MIX_BYTES; at++) {
        if (memcmp(template->bytes + at, ID_FIRST, id_len) == 0) {
            template->digits_at = at + id_len - ID_DIGITS;
            return;
        }
    }
    ensure(false);
}

/* person EVENT_MIX_STAFF: a complaint. */
static void template_make(struct event_template *template, uint32_t store, uint32_t person, int32_t overall,
                          int64_t time_ms)
{
    static const char *const tails[] = {"", "s", "-1", "-01"};
    struct padded padded = {.len = 0};
    for (size_t tail = 0; tail < sizeof tails / sizeof tails[0] && padded.len != EVENT_MIX_BYTES; tail++) {
        padded = (struct padded){.source_tail = tails[tail]};
        for (size_t len = 1; len <= NAME_MAX_BYTES && padded.len < EVENT_MIX_BYTES; len++) {
            memcpy(padded.visit, "RO-2026-", len < 8 ? len : 8);
            if (len > 8)
                padded.visit[len - 1] = (char)('0' + len % 10);
            if (person < EVENT_MIX_STAFF)
                rating_encode(&padded, store, person, overall, time_ms);
            else
                complaint_encode(&padded, store, time_ms);
        }
    }
    template_take(&padded, template);
}

void event_mix_init(struct event_mix *mix, uint64_t first, int64_t time_ms)
{
    mix->next = first;
    for (uint32_t store = 0; store < EVENT_MIX_STORES; store++) {
        for (uint32_t person = 0; person < EVENT_MIX_STAFF; person++) {
            int32_t overall = 7000 + 1000 * (int32_t)((store + person) % 4);
            template_make(&mix->rating[store * EVENT_MIX_STAFF + person], store, person, overall, time_ms);
        }
        template_make(&mix->low[store], store, store % EVENT_MIX_STAFF, 3000, time_ms);
        template_make(&mix->complaint[store], store, EVENT_MIX_STAFF, 0, time_ms);
    }
}

static struct span template_number(struct event_template *template, uint64_t number)
{
    uint8_t *digits = template->bytes + template->digits_at;
    for (uint32_t i = ID_DIGITS; i > 0; i--, number /= 10)
        digits[i - 1] = (uint8_t)('0' + number % 10);
    return span_make(template->bytes, EVENT_MIX_BYTES);
}

/* Stores take turns within each kind: which one is due is read off the number, so that the order is the number's alone. */
struct span event_mix_next(struct event_mix *mix)
{
    uint64_t number = mix->next;
    if (number % EVENT_MIX_COMPLAINT_EVERY == EVENT_MIX_COMPLAINT_EVERY - 1)
        return event_mix_complaint(mix);
    mix->next++;
    if (number % EVENT_MIX_LOW_EVERY == EVENT_MIX_LOW_EVERY / 2)
        return template_number(&mix->low[number / EVENT_MIX_LOW_EVERY % EVENT_MIX_STORES], number);
    return template_number(&mix->rating[number % (EVENT_MIX_STORES * EVENT_MIX_STAFF)], number);
}

struct span event_mix_complaint(struct event_mix *mix)
{
    uint64_t number = mix->next++;
    return template_number(&mix->complaint[number / EVENT_MIX_COMPLAINT_EVERY % EVENT_MIX_STORES], number);
}
