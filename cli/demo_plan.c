/*
 * demo_plan.c - a seeded day of a 12-store group: who comes, who is unhappy, who does what about it.
 */
#include "cli/demo_plan.h"

#include "core/ensure.h"

#include <stdio.h>

#define MINUTES(n) ((n)*60000ll)
#define HOURS(n) ((n)*3600000ll)

static const char *const stores[DEMO_STORES] = {
    "sh-pudong", "sh-minhang", "sh-jiading", "hz-xihu",    "hz-binjiang", "nj-gulou",
    "nj-jianye", "sz-yuanqu",  "sz-gusu",    "nb-yinzhou", "wx-binhu",    "hf-shushan",
};

const char *demo_store(uint32_t store)
{
    return stores[store % DEMO_STORES];
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

static void visit_plan(struct demo_plan *plan, uint32_t index)
{
    static const uint8_t categories[] = {category_is_workmanship, category_is_delay, category_is_attitude,
                                         category_is_price,       category_is_parts, category_is_promise,
                                         category_is_safety,      category_is_refund};
    struct demo_visit *visit = &plan->visit[index];
    visit->store = (uint8_t)below(plan, DEMO_STORES);
    visit->service = chance(plan, 70);
    /* sh-jiading has a bad day: a picture in which all stores are alike would teach nobody to look */
    visit->unhappy = chance(plan, visit->store == 2 ? 25 : 9);
    visit->complains = visit->unhappy && chance(plan, 45);
    visit->praises = !visit->unhappy && chance(plan, 4);
    visit->category = categories[below(plan, sizeof categories)];
    visit->staff = (uint8_t)(1 + below(plan, 6));
    int64_t opened_ms = plan->begin_ms + between(plan, 0, HOURS(20));
    int64_t completed_ms = opened_ms + between(plan, MINUTES(40), HOURS(3));
    act_add(plan, (struct demo_act){.at_ms = opened_ms, .visit = index, .type = EVENT_visit_opened});
    act_add(plan, (struct demo_act){.at_ms = completed_ms, .visit = index, .type = EVENT_visit_completed});
    int64_t told_ms = completed_ms + between(plan, MINUTES(2), HOURS(1));
    if (visit->unhappy || chance(plan, 70))
        act_add(plan, (struct demo_act){.at_ms = told_ms, .visit = index, .type = EVENT_feedback_rated});
    if (visit->complains)
        act_add(plan, (struct demo_act){.at_ms = told_ms + between(plan, MINUTES(1), MINUTES(50)),
                                        .visit = index,
                                        .type = EVENT_feedback_complained});
    if (visit->praises)
        act_add(plan, (struct demo_act){.at_ms = told_ms + MINUTES(5), .visit = index, .type = EVENT_feedback_praised});
}

void demo_plan_day(struct demo_plan *plan, uint64_t seed, uint32_t visits, int64_t begin_ms)
{
    ensure(visits <= DEMO_VISITS_MAX);
    plan->seed = plan->random = seed;
    plan->begin_ms = begin_ms;
    plan->visit_count = visits;
    plan->act_count = plan->planned = 0;
    for (uint32_t i = 0; i < visits; i++)
        visit_plan(plan, i);
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
    if (fate == 0)
        return;
    int64_t at_ms =
        act->at_ms + (fate <= 3 ? between(plan, HOURS(3), HOURS(10)) : between(plan, MINUTES(10), MINUTES(75)));
    decision_plan(plan, act, id, at_ms, EVENT_complaint_acknowledged, 7);
    decision_plan(plan, act, id, at_ms += MINUTES(10), EVENT_complaint_assigned, 8);
    decision_plan(plan, act, id, at_ms += between(plan, MINUTES(20), HOURS(2)), EVENT_complaint_planned, 7);
    if (fate == 4)
        decision_plan(plan, act, id, at_ms += MINUTES(15), EVENT_complaint_paused, 7);
    decision_plan(plan, act, id, at_ms += between(plan, HOURS(1), HOURS(5)), EVENT_complaint_resolved, 7);
    decision_plan(plan, act, id, at_ms + MINUTES(20), EVENT_complaint_judged, 8);
    decision_plan(plan, act, id, at_ms + between(plan, MINUTES(40), HOURS(3)), EVENT_complaint_verified, 9);
}

static void rating_follow(struct demo_plan *plan, const struct demo_act *act, uint64_t seq)
{
    char id[CASE_ID_MAX];
    const struct demo_visit *visit = &plan->visit[act->visit];
    if (!visit->unhappy || visit->complains)
        return;
    snprintf(id, sizeof id, "T-%llu", (unsigned long long)seq);
    int64_t at_ms = act->at_ms + between(plan, MINUTES(20), HOURS(4));
    decision_plan(plan, act, id, at_ms, EVENT_task_started, 7);
    if (chance(plan, 60)) {
        decision_plan(plan, act, id, at_ms += between(plan, HOURS(1), HOURS(4)), EVENT_task_completed, 7);
        decision_plan(plan, act, id, at_ms + HOURS(1), EVENT_task_verified, 8);
    }
}

void demo_plan_follow(struct demo_plan *plan, const struct demo_act *act, uint64_t seq)
{
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
        decision_plan(plan, &act, id, at_ms + between(plan, MINUTES(5), MINUTES(90)), EVENT_escalation_acknowledged, 8);
}
