#include "tests/bench/crowd.h"

#include "core/ensure.h"
#include "core/status.h"
#include "schemas/codec.h"

#include <stdio.h>

#define DAY_MS (24ll * 3600 * 1000)

enum { COMPLAINTS, SALES, STAFF_DAYS, KINDS };

static const char *const names[KINDS] = {"complaints", "sales", "staff-days"};
static const char *const stores[] = {"sh-pudong",   "sh-minhang", "sh-jiading",   "hz-xihu",
                                     "hz-binjiang", "nj-jianye",  "nj-jiangning", "sz-yuanqu",
                                     "wx-binhu",    "nb-yinzhou", "hf-shushan",   "cz-wujin"};
#define STORES (sizeof stores / sizeof stores[0])

int crowd_init(struct crowd *crowd, const char *kind, uint64_t first, int64_t time_ms)
{
    *crowd = (struct crowd){.kind = 0, .next = first, .time_ms = time_ms};
    while (crowd->kind < KINDS && !span_is(span_of(kind), names[crowd->kind]))
        crowd->kind++;
    return crowd->kind < KINDS ? 0 : -E_USAGE;
}

static struct span encode(struct crowd *crowd, const char *store, enum event_type type, const void *data,
                          int64_t time_ms)
{
    char id[48], source[64];
    struct wire_writer writer;
    snprintf(id, sizeof id, "crowd-%s-%012llu", names[crowd->kind], (unsigned long long)crowd->next++);
    snprintf(source, sizeof source, "/stores/%s/crowd", store);
    wire_writer_init(&writer, crowd->bytes, sizeof crowd->bytes);
    event_encode(
        &(struct event_draft){
            .id = span_of(id), .source = span_of(source), .type = type, .time_ms = time_ms, .data = data},
        &writer);
    ensure(!writer.full);
    return wire_written(&writer);
}

static struct span complaint(struct crowd *crowd, const char *store)
{
    struct complained complained = {.has = 0};
    SET(&complained, complained, store, span_of(store));
    SET(&complained, complained, department, span_of("service"));
    SET(&complained, complained, channel, channel_is_phone);
    SET(&complained, complained, category, category_is_delay);
    SET(&complained, complained, text, span_of("Three days late"));
    return encode(crowd, store, EVENT_feedback_complained, &complained, crowd->time_ms);
}

static struct span sale(struct crowd *crowd, const char *store)
{
    char number[32], customer[32];
    struct visit visit = {.has = 0};
    snprintf(number, sizeof number, "S-%llu", (unsigned long long)crowd->next);
    snprintf(customer, sizeof customer, "K-%llu", (unsigned long long)crowd->next);
    SET(&visit, visit, store, span_of(store));
    SET(&visit, visit, department, span_of("sales"));
    SET(&visit, visit, visit, span_of(number));
    SET(&visit, visit, kind, visit_kind_is_sale);
    SET(&visit, visit, customer, span_of(customer));
    SET(&visit, visit, completed_at, crowd->time_ms);
    return encode(crowd, store, EVENT_visit_completed, &visit, crowd->time_ms);
}

/* A person's store is the same every day. */
static struct span staff_day(struct crowd *crowd)
{
    char person[32];
    uint64_t who = crowd->next % CROWD_STAFF, day = crowd->next / CROWD_STAFF % CROWD_DAYS;
    const char *store = stores[who % STORES];
    struct rated rated = {.has = 0};
    struct dimension_scores scores = {.count = 2};
    snprintf(person, sizeof person, "staff-%03llu", (unsigned long long)who);
    scores.item[0] = (struct dimension_score){span_of("advisor"), 8000};
    scores.item[1] = (struct dimension_score){span_of("quality"), 9000};
    SET(&rated, rated, store, span_of(store));
    SET(&rated, rated, department, span_of("service"));
    SET(&rated, rated, channel, channel_is_wechat);
    SET(&rated, rated, staff, span_of(person));
    SET(&rated, rated, scores, scores);
    SET(&rated, rated, overall, 9000);
    SET(&rated, rated, historical, true);
    return encode(crowd, store, EVENT_feedback_rated, &rated, crowd->time_ms - (int64_t)(day + 1) * DAY_MS);
}

struct span crowd_next(struct crowd *crowd)
{
    const char *store = stores[crowd->next % STORES];
    if (crowd->kind == STAFF_DAYS)
        return staff_day(crowd);
    return crowd->kind == SALES ? sale(crowd, store) : complaint(crowd, store);
}
