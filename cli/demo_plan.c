/*
 * demo_plan.c - a seeded day of a 12-store group: who comes, who is unhappy, who does what about it.
 */
#include "cli/demo_plan.h"

#include "core/ensure.h"

#include <stdio.h>

#define MINUTES(n) ((n)*60000ll)
#define HOURS(n) ((n)*3600000ll)
#define FORGOTTEN_VISIT 0u

static const struct {
    const char *store;
    struct demo_store_name name;
} stores[DEMO_STORES] = {
    {"sh-pudong", {"上海浦东店", "Shanghai Pudong"}},     {"sh-minhang", {"上海闵行店", "Shanghai Minhang"}},
    {"sh-jiading", {"上海嘉定店", "Shanghai Jiading"}},   {"hz-xihu", {"杭州西湖店", "Hangzhou Xihu"}},
    {"hz-binjiang", {"杭州滨江店", "Hangzhou Binjiang"}}, {"nj-gulou", {"南京鼓楼店", "Nanjing Gulou"}},
    {"nj-jianye", {"南京建邺店", "Nanjing Jianye"}},      {"sz-yuanqu", {"苏州园区店", "Suzhou Industrial Park"}},
    {"sz-gusu", {"苏州姑苏店", "Suzhou Gusu"}},           {"nb-yinzhou", {"宁波鄞州店", "Ningbo Yinzhou"}},
    {"wx-binhu", {"无锡滨湖店", "Wuxi Binhu"}},           {"hf-shushan", {"合肥蜀山店", "Hefei Shushan"}},
};

const char *demo_store(uint32_t store)
{
    return stores[store % DEMO_STORES].store;
}

struct demo_store_name demo_store_name(uint32_t store)
{
    return stores[store % DEMO_STORES].name;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(struct demo_plan *plan)
{
    uint64_t z = plan->random += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static uint32_t below(struct demo_plan *plan, uint32_t bound)
{
    return (uint32_t)(draw(plan) % bound);
}

static bool chance(struct demo_plan *plan, uint32_t percent)
{
    return below(plan, 100) < percent;
}

static int64_t between(struct demo_plan *plan, int64_t low_ms, int64_t high_ms)
{
    return low_ms + (int64_t)(draw(plan) % (uint64_t)(high_ms - low_ms + 1));
}

/* How long somebody takes to act. */
static int64_t after(struct demo_plan *plan, int64_t low_ms, int64_t high_ms)
{
    return between(plan, low_ms, high_ms) / plan->pace;
}

/* ---- the heap of acts ---- */

static bool earlier(const struct demo_act *a, const struct demo_act *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct demo_act *a, struct demo_act *b)
{
    struct demo_act kept = *a;
    *a = *b;
    *b = kept;
}

static void act_add(struct demo_plan *plan, struct demo_act act)
{
    if (plan->act_count == DEMO_ACTS_MAX)
        return; /* a day so full that nobody would miss it */
    act.order = plan->planned++;
    uint32_t at = plan->act_count++;
    plan->act[at] = act;
    for (; at > 0 && earlier(&plan->act[at], &plan->act[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&plan->act[at], &plan->act[(at - 1) / 2]);
}

bool demo_plan_next(struct demo_plan *plan, int64_t now_ms, struct demo_act *ret_act)
{
    if (plan->act_count == 0 || plan->act[0].at_ms > now_ms)
        return false;
    *ret_act = plan->act[0];
    plan->act[0] = plan->act[--plan->act_count];
    for (uint32_t at = 0;;) {
        uint32_t least = at, left = 2 * at + 1;
        for (uint32_t child = left; child <= left + 1 && child < plan->act_count; child++)
            least = earlier(&plan->act[child], &plan->act[least]) ? child : least;
        if (least == at)
            return true;
        swap(&plan->act[at], &plan->act[least]);
        at = least;
    }
}

/* ---- the day ---- */

static void visit_draw(struct demo_plan *plan, struct demo_visit *visit)
{
    static const uint8_t categories[] = {category_is_workmanship, category_is_delay, category_is_attitude,
                                         category_is_price,       category_is_parts, category_is_promise,
                                         category_is_safety,      category_is_refund};
    visit->store = (uint8_t)below(plan, DEMO_STORES);
    visit->service = chance(plan, 70);
    /* sh-jiading has a bad day: a picture in which all stores are alike would teach nobody to look */
    visit->unhappy = chance(plan, visit->store == 2 ? 25 : 9);
    visit->complains = visit->unhappy && chance(plan, 45);
    visit->praises = !visit->unhappy && chance(plan, 4);
    visit->category = categories[below(plan, sizeof categories)];
    visit->staff = (uint8_t)(1 + below(plan, 6));
}

/* Comes at opened_ms, leaves at completed_ms, and says what there is to say from told_ms on. */
static void visit_play(struct demo_plan *plan, uint32_t index, int64_t opened_ms, int64_t completed_ms, int64_t told_ms)
{
    const struct demo_visit *visit = &plan->visit[index];
    struct demo_act act = {.visit = index, .at_ms = opened_ms, .type = EVENT_visit_opened};
    act_add(plan, act);
    act.at_ms = completed_ms;
    act.type = EVENT_visit_completed;
    act_add(plan, act);
    act.at_ms = told_ms;
    act.type = EVENT_feedback_rated;
    if (visit->unhappy || chance(plan, 70))
        act_add(plan, act);
    act.at_ms = told_ms + after(plan, MINUTES(1), MINUTES(50));
    act.type = EVENT_feedback_complained;
    if (visit->complains)
        act_add(plan, act);
    act.at_ms = told_ms + MINUTES(5) / plan->pace;
    act.type = visit->praises ? EVENT_feedback_praised : EVENT_feedback_suggested;
    if (visit->praises || chance(plan, 1))
        act_add(plan, act);
}

static void visit_plan(struct demo_plan *plan, uint32_t index)
{
    visit_draw(plan, &plan->visit[index]);
    int64_t opened_ms = plan->begin_ms + between(plan, 0, HOURS(20));
    int64_t completed_ms = opened_ms + between(plan, MINUTES(40), HOURS(3));
    visit_play(plan, index, opened_ms, completed_ms, completed_ms + between(plan, MINUTES(2), HOURS(1)));
}

/* At whatever hour the day begins, one story climbs the ladder: of safety, whose clock never rests, and nobody answers. */
static void forgotten_plan(struct demo_plan *plan)
{
    struct demo_visit *visit = &plan->visit[FORGOTTEN_VISIT];
    visit_draw(plan, visit);
    visit->service = visit->unhappy = visit->complains = true;
    visit->praises = false;
    visit->category = category_is_safety;
    visit_play(plan, FORGOTTEN_VISIT, plan->begin_ms, plan->begin_ms + MINUTES(40), plan->begin_ms + HOURS(1));
}

/* Ratings of an earlier day are imported. Who came three days ago and has said nothing is called today. */
static void earlier_plan(struct demo_plan *plan, uint32_t index, uint32_t days)
{
    struct demo_visit *visit = &plan->visit[index];
    visit_draw(plan, visit);
    int64_t at_ms = plan->begin_ms - (int64_t)days * HOURS(24) + between(plan, 0, HOURS(23));
    struct demo_act rated = {.visit = index, .at_ms = at_ms, .historical = true, .type = EVENT_feedback_rated};
    struct demo_act completed = {.visit = index, .at_ms = at_ms - HOURS(1), .type = EVENT_visit_completed};
    act_add(plan, days == 3 ? completed : rated);
}

void demo_plan_day(struct demo_plan *plan, uint64_t seed, uint32_t visits, int64_t begin_ms)
{
    ensure(visits > FORGOTTEN_VISIT);
    ensure(visits <= DEMO_VISITS_MAX);
    plan->seed = plan->random = seed;
    plan->begin_ms = begin_ms;
    plan->act_count = plan->planned = 0;
    plan->pace = 1;
    plan->live_count = 0;
    plan->live_ms = INT64_MIN;
    forgotten_plan(plan);
    for (uint32_t i = FORGOTTEN_VISIT + 1; i < visits; i++)
        visit_plan(plan, i);
    for (uint32_t i = 0; i < DEMO_EARLIER_VISITS; i++)
        earlier_plan(plan, visits + i, 1 + i % DEMO_EARLIER_DAYS);
    plan->visit_count = visits + DEMO_EARLIER_VISITS;
}

void demo_plan_live(struct demo_plan *plan, int64_t now_ms)
{
    if (now_ms < plan->live_ms || plan->live_count == DEMO_LIVE_VISITS)
        return;
    plan->pace = 60;
    plan->live_count++;
    plan->live_ms = now_ms + between(plan, 2500, 5500);
    uint32_t index = plan->visit_count++;
    visit_draw(plan, &plan->visit[index]);
    visit_play(plan, index, now_ms, now_ms + 1000, now_ms + 2000);
}

static void decision_plan(struct demo_plan *plan, const struct demo_act *act, const char *id, int64_t at_ms,
                          enum event_type type, uint8_t person)
{
    struct demo_act decision = {.at_ms = at_ms, .visit = act->visit, .type = type, .person = person};
    snprintf(decision.subject, sizeof decision.subject, "%s", id);
    act_add(plan, decision);
}

/* Most complaints go their way in time; some are answered late, so that the ladder is climbed; a few by nobody. */
static void complaint_follow(struct demo_plan *plan, const struct demo_act *act, uint64_t seq)
{
    char id[CASE_ID_MAX];
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)seq);
    uint32_t fate = below(plan, 10);
    if (fate == 0 || act->visit == FORGOTTEN_VISIT)
        return;
    int64_t at_ms = act->at_ms + (fate <= 3 ? after(plan, HOURS(3), HOURS(10)) : after(plan, MINUTES(10), MINUTES(75)));
    decision_plan(plan, act, id, at_ms, EVENT_complaint_acknowledged, 7);
    decision_plan(plan, act, id, at_ms += MINUTES(10) / plan->pace, EVENT_complaint_assigned, 8);
    decision_plan(plan, act, id, at_ms += after(plan, MINUTES(20), HOURS(2)), EVENT_complaint_planned, 7);
    if (fate == 4)
        decision_plan(plan, act, id, at_ms += MINUTES(15) / plan->pace, EVENT_complaint_paused, 7);
    decision_plan(plan, act, id, at_ms += after(plan, HOURS(1), HOURS(5)), EVENT_complaint_resolved, 7);
    decision_plan(plan, act, id, at_ms + MINUTES(20) / plan->pace, EVENT_complaint_judged, 8);
    decision_plan(plan, act, id, at_ms + after(plan, MINUTES(40), HOURS(3)), EVENT_complaint_verified, 9);
}

static void rating_follow(struct demo_plan *plan, const struct demo_act *act, uint64_t seq)
{
    char id[CASE_ID_MAX];
    const struct demo_visit *visit = &plan->visit[act->visit];
    if (!visit->unhappy || visit->complains)
        return;
    snprintf(id, sizeof id, "T-%llu", (unsigned long long)seq);
    int64_t at_ms = act->at_ms + after(plan, MINUTES(20), HOURS(4));
    decision_plan(plan, act, id, at_ms, EVENT_task_started, 7);
    if (chance(plan, 60)) {
        decision_plan(plan, act, id, at_ms += after(plan, HOURS(1), HOURS(4)), EVENT_task_completed, 7);
        decision_plan(plan, act, id, at_ms + HOURS(1) / plan->pace, EVENT_task_verified, 8);
    }
}

void demo_plan_follow(struct demo_plan *plan, const struct demo_act *act, uint64_t seq)
{
    if (act->historical)
        return;
    if (act->type == EVENT_feedback_complained)
        complaint_follow(plan, act, seq);
    else if (act->type == EVENT_feedback_rated)
        rating_follow(plan, act, seq);
}

void demo_plan_acknowledge(struct demo_plan *plan, struct span escalation, int64_t at_ms)
{
    struct demo_act act = {.visit = 0};
    char id[CASE_ID_MAX];
    snprintf(id, sizeof id, "%.*s", SPAN_ARGS(escalation));
    if (chance(plan, 70))
        decision_plan(plan, &act, id, at_ms + after(plan, MINUTES(5), MINUTES(90)), EVENT_escalation_acknowledged, 8);
}

/* Somebody who came to the store that a case is of: decisions are planned by visits. */
static uint32_t visit_of_store(const struct demo_plan *plan, struct span store)
{
    for (uint32_t i = 0; i < plan->visit_count; i++) {
        if (span_is(store, demo_store(plan->visit[i].store)))
            return i;
    }
    return 0;
}

void demo_plan_call(struct demo_plan *plan, struct span callback, struct span store, int64_t at_ms)
{
    struct demo_act act = {.visit = visit_of_store(plan, store)};
    char id[CASE_ID_MAX];
    snprintf(id, sizeof id, "%.*s", SPAN_ARGS(callback));
    if (!chance(plan, 60))
        return;
    at_ms += after(plan, MINUTES(10), HOURS(4));
    decision_plan(plan, &act, id, at_ms, EVENT_callback_claimed, 7);
    if (chance(plan, 85))
        decision_plan(plan, &act, id, at_ms + after(plan, MINUTES(5), MINUTES(25)), EVENT_callback_done, 7);
}

void demo_plan_decide(struct demo_plan *plan, struct span entry, struct span store, bool penalty, int64_t at_ms)
{
    struct demo_act act = {.visit = visit_of_store(plan, store)};
    char id[CASE_ID_MAX];
    snprintf(id, sizeof id, "%.*s", SPAN_ARGS(entry));
    uint32_t fate = below(plan, 10);
    if (fate < 3)
        return;
    at_ms += after(plan, HOURS(1), HOURS(5));
    decision_plan(plan, &act, id, at_ms, fate == 3 ? EVENT_ledger_waived : EVENT_ledger_confirmed, 0);
    if (penalty && fate > 6)
        decision_plan(plan, &act, id, at_ms + after(plan, MINUTES(20), HOURS(2)), EVENT_appeal_filed, 0);
}
