/*
 * demo_event.c - an act of the demonstration's day as an event's bytes.
 */
#include "cli/demo_plan.h"
#include "core/ensure.h"
#include "core/rfc3339.h"

#include <stdio.h>

/* Names that an event's spans point into while it is being encoded. */
struct names {
    char id[64], source[96], visit[32], customer[32], staff[32], by[32], other[32];
};

/* A number of the act's own, so that its content does not depend on when it is sent. */
static uint32_t noise(const struct demo_plan *plan, const struct demo_act *act, uint32_t salt, uint32_t bound)
{
    uint64_t z = plan->seed * 0x9e3779b97f4a7c15ull + act->visit * 1000003ull + salt;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return (uint32_t)((z ^ (z >> 31)) % bound);
}

/* Twelve stores of ten people, all of different names. */
void demo_person(uint32_t store, uint32_t person, char name[32])
{
    static const char *const family[] = {"wang", "li",  "zhang", "liu", "chen", "yang", "zhao", "huang",
                                         "zhou", "wu",  "xu",    "sun", "hu",   "zhu",  "gao",  "lin",
                                         "he",   "guo", "ma",    "luo", "song", "xie",  "tang", "han"};
    static const char *const given[] = {"li",  "min",  "jing", "wei", "fang", "lei",  "na",  "qiang", "yan", "jun",
                                        "tao", "ming", "chao", "xia", "ping", "gang", "hui", "bo",    "yue", "kai"};
    uint32_t i = (store % DEMO_STORES) * 10 + person % 10;
    snprintf(name, 32, "%s.%s", family[i % 24], given[(i / 24 + i * 7) % 20]);
}

static void names_write(const struct demo_plan *plan, const struct demo_act *act, struct names *names)
{
    const struct demo_visit *visit = &plan->visit[act->visit];
    const char *store = demo_store(visit->store);
    snprintf(names->id, sizeof names->id, "demo-%llu-%u", (unsigned long long)plan->seed, act->order);
    snprintf(names->source, sizeof names->source, "/stores/%s/%s", store, visit->service ? "service" : "sales");
    snprintf(names->visit, sizeof names->visit, "%s-%05u", visit->service ? "R" : "S", act->visit + 1);
    snprintf(names->customer, sizeof names->customer, "c-%06u", 100000 + noise(plan, act, 1, 900000));
    demo_person(visit->store, visit->staff, names->staff);
    demo_person(visit->store, act->person, names->by);
    demo_person(visit->store, 7, names->other);
}

static void visit_fill(const struct demo_plan *plan, const struct demo_act *act, const struct names *names,
                       struct visit *data)
{
    const struct demo_visit *visit = &plan->visit[act->visit];
    SET(data, visit, store, span_of(demo_store(visit->store)));
    SET(data, visit, department, span_of(visit->service ? "service" : "sales"));
    SET(data, visit, visit, span_of(names->visit));
    SET(data, visit, kind, visit->service ? (int32_t)visit_kind_is_repair : (int32_t)visit_kind_is_sale);
    SET(data, visit, customer, span_of(names->customer));
    SET(data, visit, staff, span_of(names->staff));
    if (act->type == EVENT_visit_completed)
        SET(data, visit, completed_at, act->at_ms);
}

static void dimensions_fill(const struct demo_plan *plan, const struct demo_act *act, struct dimension_scores *scores)
{
    static const char *const service[] = {"quality", "initiation", "advisor", "facility", "pickup"};
    static const char *const sales[] = {"consultation", "delivery", "product", "price", "facility"};
    const struct demo_visit *visit = &plan->visit[act->visit];
    uint32_t worst = noise(plan, act, 2, 5);
    scores->count = 5;
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t happy = 8 + noise(plan, act, 10 + i, 3), unhappy = 2 + noise(plan, act, 20 + i, 5);
        bool bad = visit->unhappy && (i == worst || noise(plan, act, 30 + i, 2) == 0);
        scores->item[i].dimension = span_of(visit->service ? service[i] : sales[i]);
        scores->item[i].thousandths = (int32_t)(1000 * (bad ? unhappy : happy));
    }
}

static void rated_fill(const struct demo_plan *plan, const struct demo_act *act, const struct names *names,
                       struct rated *data)
{
    static const int32_t channels[] = {channel_is_wechat, channel_is_phone, channel_is_kiosk, channel_is_online};
    const struct demo_visit *visit = &plan->visit[act->visit];
    struct dimension_scores scores;
    dimensions_fill(plan, act, &scores);
    int32_t overall =
        visit->unhappy ? 3000 + 1000 * (int32_t)noise(plan, act, 3, 4) : 8000 + 1000 * (int32_t)noise(plan, act, 4, 3);
    SET(data, rated, store, span_of(demo_store(visit->store)));
    SET(data, rated, department, span_of(visit->service ? "service" : "sales"));
    SET(data, rated, channel, channels[noise(plan, act, 5, 4)]);
    SET(data, rated, visit, span_of(names->visit));
    SET(data, rated, customer, span_of(names->customer));
    SET(data, rated, staff, span_of(names->staff));
    SET(data, rated, scores, scores);
    SET(data, rated, overall, overall);
    SET(data, rated, nps,
        visit->unhappy ? 1000 * (int32_t)noise(plan, act, 6, 7) : 7000 + 1000 * (int32_t)noise(plan, act, 7, 4));
    SET(data, rated, ces, visit->unhappy ? 2000 : 6000);
    if (act->historical)
        SET(data, rated, historical, true);
}

/* Prices and parts are nobody's own doing. */
static bool is_somebodys(const struct demo_visit *visit)
{
    return visit->category != category_is_price && visit->category != category_is_parts;
}

static void complained_fill(const struct demo_plan *plan, const struct demo_act *act, const struct names *names,
                            struct complained *data)
{
    static const int32_t channels[] = {channel_is_phone, channel_is_walk_in, channel_is_wechat};
    const struct demo_visit *visit = &plan->visit[act->visit];
    struct name_list staff = {.item = {span_of(names->staff)}, .count = 1};
    SET(data, complained, store, span_of(demo_store(visit->store)));
    SET(data, complained, department, span_of(visit->service ? "service" : "sales"));
    SET(data, complained, channel, channels[noise(plan, act, 8, 3)]);
    SET(data, complained, category, visit->category);
    SET(data, complained, text, span_of("我等了三个小时,问题还是没有解决。"));
    SET(data, complained, visit, span_of(names->visit));
    SET(data, complained, customer, span_of(names->customer));
    if (is_somebodys(visit))
        SET(data, complained, staff, staff);
}

static void praised_fill(const struct demo_plan *plan, const struct demo_act *act, const struct names *names,
                         struct praised *data)
{
    const struct demo_visit *visit = &plan->visit[act->visit];
    struct name_list staff = {.item = {span_of(names->staff)}, .count = 1};
    SET(data, praised, store, span_of(demo_store(visit->store)));
    SET(data, praised, department, span_of(visit->service ? "service" : "sales"));
    SET(data, praised, text, span_of("接待非常周到,谢谢!"));
    SET(data, praised, staff, staff);
    SET(data, praised, visit, span_of(names->visit));
}

static void suggested_fill(const struct demo_plan *plan, const struct demo_act *act, const struct names *names,
                           struct suggested *data)
{
    static const char *const texts[] = {"休息区可以加几个充电插座。", "预约系统能不能显示技师姓名?",
                                        "取车前先发一条短信,客户就不用等。"};
    SET(data, suggested, store, span_of(demo_store(plan->visit[act->visit].store)));
    SET(data, suggested, text, span_of(texts[noise(plan, act, 9, 3)]));
    SET(data, suggested, by_staff, span_of(names->staff));
}

/* Whose the entry is appeals: L-41-wang.li. */
static void appeal_fill(const struct demo_act *act, struct appeal_filed *data)
{
    const char *dash = strchr(act->subject + 2, '-');
    SET(data, appeal_filed, by, span_of(dash ? dash + 1 : act->subject));
    SET(data, appeal_filed, entry, span_of(act->subject));
    SET(data, appeal_filed, ground, appeal_ground_is_wrong_person);
}

/* What a decision says besides who took it. */
static void decision_fill(const struct demo_plan *plan, const struct demo_act *act, const struct names *names,
                          union event_data *data)
{
    struct name_list staff = {.item = {span_of(names->staff)}, .count = 1};
    struct span by = span_of(names->by);
    switch (act->type) {
    case EVENT_complaint_assigned:
        SET(&data->assigned, assigned, by, by);
        SET(&data->assigned, assigned, handler, span_of(names->other));
        return;
    case EVENT_complaint_planned:
        SET(&data->planned, planned, by, by);
        SET(&data->planned, planned, measure, span_of("免费返修,专人跟进"));
        return;
    case EVENT_complaint_paused:
        SET(&data->paused, paused, by, by);
        SET(&data->paused, paused, reason, pause_reason_is_parts);
        SET(&data->paused, paused, until, act->at_ms + 2 * 3600 * 1000);
        return;
    case EVENT_complaint_resolved:
        SET(&data->resolved, resolved, by, by);
        SET(&data->resolved, resolved, compensation_fen, 20000);
        return;
    case EVENT_complaint_judged:
        SET(&data->judged, judged, by, by);
        SET(&data->judged, judged, verdict, verdict_is_upheld);
        if (is_somebodys(&plan->visit[act->visit]))
            SET(&data->judged, judged, staff, staff);
        return;
    case EVENT_complaint_verified:
        SET(&data->complaint_verified, complaint_verified, by, by);
        SET(&data->complaint_verified, complaint_verified, satisfied, act->order % 8 != 0);
        return;
    case EVENT_task_completed:
        SET(&data->completed, completed, by, by);
        return;
    case EVENT_task_verified:
        SET(&data->task_verified, task_verified, by, by);
        SET(&data->task_verified, task_verified, effective, true);
        return;
    case EVENT_ledger_confirmed:
        SET(&data->ledger_confirmed, ledger_confirmed, by, by);
        return;
    case EVENT_ledger_waived:
        SET(&data->reasoned, reasoned, by, by);
        SET(&data->reasoned, reasoned, reason, span_of("首次发生,已当面沟通"));
        return;
    case EVENT_appeal_filed:
        appeal_fill(act, &data->appeal_filed);
        return;
    default:
        SET(&data->decided, decided, by, by);
        return;
    }
}

struct span demo_event(const struct demo_plan *plan, const struct demo_act *act, uint8_t *buffer)
{
    struct names names;
    union event_data data;
    memset(&data, 0, sizeof data);
    names_write(plan, act, &names);
    switch (act->type) {
    case EVENT_visit_opened:
    case EVENT_visit_completed:
        visit_fill(plan, act, &names, &data.visit);
        break;
    case EVENT_feedback_rated:
        rated_fill(plan, act, &names, &data.rated);
        break;
    case EVENT_feedback_complained:
        complained_fill(plan, act, &names, &data.complained);
        break;
    case EVENT_feedback_praised:
        praised_fill(plan, act, &names, &data.praised);
        break;
    case EVENT_feedback_suggested:
        suggested_fill(plan, act, &names, &data.suggested);
        break;
    default:
        decision_fill(plan, act, &names, &data);
        break;
    }
    const struct event_draft draft = {.id = span_of(names.id),
                                      .source = span_of(names.source),
                                      .type = act->type,
                                      .subject = span_of(act->type == EVENT_appeal_filed ? "" : act->subject),
                                      .time_ms = act->at_ms,
                                      .data = &data,
                                      .style = ENCODE_EVENT};
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, DEMO_EVENT_MAX);
    event_encode(&draft, &writer);
    ensure(!writer.full);
    return wire_written(&writer);
}
