/* complaint_clocks.c - what runs, what rests, what is due. */
#include "core/complaint_clocks.h"

#include "core/calendar.h"
#include "core/ensure.h"
#include "core/quiet_hours.h"

#include <stdio.h>

struct clock *complaint_clock(struct complaint *complaint, enum clock_kind kind)
{
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (complaint->clocks[i].kind == (int32_t)kind)
            return &complaint->clocks[i];
    }
    return NULL;
}

bool clock_runs(const struct clock *clock)
{
    return !HAS(clock, clock, stopped_at);
}

static bool is_statutory(const struct clock *clock)
{
    return clock->kind >= (int32_t)CLOCKS_OF_GRADE;
}

static struct duration clock_allowance(const struct policy *policy, const struct complaint *complaint,
                                       const struct clock *clock)
{
    return is_statutory(clock) ? policy->statutory.clock[clock->kind]
                               : policy->grade[complaint->grade].clock[clock->kind];
}

/* Pauses stop the work, not the customer's wait for an answer or a call. */
static bool clock_rests(const struct complaint *complaint, const struct clock *clock)
{
    return HAS(complaint, complaint, paused) && clock_runs(clock) &&
           (clock->kind == clock_kind_is_plan || clock->kind == clock_kind_is_resolve);
}

/* What ended pauses took of it, counted as its own time is. */
static int64_t clock_rested_ms(const struct clock *clock, enum time_unit unit)
{
    switch (unit) {
    case TIME_WALL:
        return clock->rested_wall_ms;
    case TIME_WORKING:
        return clock->rested_working_ms;
    case TIME_WORKING_DAYS:
        return clock->rested_days_ms;
    }
    unreachable();
}

/* When `percent` of the clock has passed; pause_end_ms is when the present pause ends, if it rests. */
static int64_t clock_due(const struct policy *policy, const struct complaint *complaint, const struct clock *clock,
                         uint32_t percent, int64_t pause_end_ms)
{
    struct duration share = clock_allowance(policy, complaint, clock);
    share.ms = share.ms * percent / 100;
    if (is_statutory(clock))
        return calendar_add_national(policy, clock->started_at, share);
    share.ms += clock_rested_ms(clock, share.unit);
    if (clock_rests(complaint, clock))
        share.ms += calendar_between(policy, complaint->store, complaint->paused.since, pause_end_ms, share.unit);
    return calendar_add(policy, complaint->store, clock->started_at, share);
}

/* The deadline, and whether the calendar knows every year until then. */
static void clock_due_set(const struct policy *policy, const struct complaint *complaint, struct clock *clock,
                          int64_t pause_end_ms)
{
    int64_t from_ms = clock->started_at;
    clock->due_at = clock_due(policy, complaint, clock, 100, pause_end_ms);
    clock->calendar_unknown =
        clock_allowance(policy, complaint, clock).unit != TIME_WALL &&
        !(is_statutory(clock) ? calendar_covers_national(policy, from_ms, clock->due_at)
                              : calendar_covers(policy, complaint->store, from_ms, clock->due_at));
}

static void clock_recompute(const struct policy *policy, const struct complaint *complaint, struct clock *clock)
{
    clock_due_set(policy, complaint, clock, HAS(complaint, complaint, paused) ? complaint->paused.until : 0);
}

void clocks_recompute(const struct policy *policy, struct complaint *complaint)
{
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (clock_runs(&complaint->clocks[i]))
            clock_recompute(policy, complaint, &complaint->clocks[i]);
    }
}

void clocks_start(const struct policy *policy, struct complaint *complaint, enum clock_kind kind, int64_t at_ms)
{
    if (complaint_clock(complaint, kind))
        return;
    ensure(complaint->clocks_count < CLOCKS_MAX);
    struct clock *clock = &complaint->clocks[complaint->clocks_count++];
    *clock = (struct clock){.kind = (int32_t)kind, .started_at = at_ms};
    SET(clock, clock, told_percent, 0);
    SET(clock, clock, told_level, 0);
    SET(clock, clock, quiet_percent, 0);
    SET(clock, clock, rested_working_ms, 0);
    SET(clock, clock, rested_days_ms, 0);
    SET(clock, clock, rested_wall_ms, 0);
    clock_recompute(policy, complaint, clock);
}

/* Books the part of the present pause that ended at at_ms. */
static void clock_book_rest(const struct policy *policy, const struct complaint *complaint, struct clock *clock,
                            int64_t at_ms)
{
    int64_t since_ms = complaint->paused.since;
    clock->rested_working_ms += calendar_between(policy, complaint->store, since_ms, at_ms, TIME_WORKING);
    clock->rested_days_ms += calendar_between(policy, complaint->store, since_ms, at_ms, TIME_WORKING_DAYS);
    clock->rested_wall_ms += calendar_between(policy, complaint->store, since_ms, at_ms, TIME_WALL);
}

void clocks_stop(const struct policy *policy, struct complaint *complaint, enum clock_kind kind, int64_t stopped_ms,
                 int64_t at_ms, struct complaint_effects *effects)
{
    struct clock *clock = complaint_clock(complaint, kind);
    if (!clock || !clock_runs(clock))
        return;
    if (stopped_ms < clock->started_at)
        stopped_ms = clock->started_at;
    ensure(stopped_ms <= at_ms);
    clock_due_set(policy, complaint, clock, stopped_ms);
    clock->quiet_percent = 0; /* nobody needs to be told any more */
    if (clock_rests(complaint, clock))
        clock_book_rest(policy, complaint, clock, stopped_ms);
    SET(clock, clock, stopped_at, stopped_ms);
    if (stopped_ms > clock->due_at)
        clock->breached = true;
    else if (clock->due_at <= at_ms)
        clock->breached = false;
    effects->clocks_stopped |= 1u << kind;
}

void clocks_stop_all(const struct policy *policy, struct complaint *complaint, int64_t at_ms,
                     struct complaint_effects *effects)
{
    for (uint32_t kind = 0; kind < clock_kind_count; kind++)
        clocks_stop(policy, complaint, (enum clock_kind)kind, at_ms, at_ms, effects);
}

void clocks_restart(const struct policy *policy, struct complaint *complaint, int64_t at_ms)
{
    complaint->clocks_count = 0;
    clocks_start(policy, complaint, clock_kind_is_response, at_ms);
    clocks_start(policy, complaint, clock_kind_is_plan, at_ms);
    clocks_start(policy, complaint, clock_kind_is_resolve, at_ms);
    if (complaint->category == category_is_refund) {
        clocks_start(policy, complaint, clock_kind_is_refund_answer, complaint->opened_at);
        clocks_start(policy, complaint, clock_kind_is_refund_finish, complaint->opened_at);
    }
    if (complaint->channel == channel_is_regulator) {
        clocks_start(policy, complaint, clock_kind_is_regulator_accept, complaint->opened_at);
        clocks_start(policy, complaint, clock_kind_is_regulator_mediation, complaint->opened_at);
    }
    clocks_start(policy, complaint, clock_kind_is_deliberate, at_ms);
}

void clocks_count_reasons(const struct policy *policy, struct complaint *complaint, int64_t at_ms)
{
    struct clock *clock = complaint_clock(complaint, clock_kind_is_deliberate);
    ensure(clock != NULL);
    for (struct clock *end = &complaint->clocks[--complaint->clocks_count]; clock < end; clock++)
        *clock = clock[1];
    clocks_start(policy, complaint, clock_kind_is_deliberate, at_ms);
}

bool clocks_can_rest(const struct complaint *complaint)
{
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        int32_t kind = complaint->clocks[i].kind;
        if ((kind == clock_kind_is_plan || kind == clock_kind_is_resolve) && clock_runs(&complaint->clocks[i]))
            return true;
    }
    return false;
}

void clocks_wake(const struct policy *policy, struct complaint *complaint, int64_t at_ms)
{
    if (!HAS(complaint, complaint, paused))
        return;
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (clock_rests(complaint, &complaint->clocks[i]))
            clock_book_rest(policy, complaint, &complaint->clocks[i], at_ms);
    }
    int64_t rested_ms =
        calendar_between(policy, complaint->store, complaint->paused.since, at_ms, policy->pause_most.unit);
    SET(complaint, complaint, paused_ms, complaint->paused_ms + rested_ms);
    UNSET(complaint, complaint, paused);
    clocks_recompute(policy, complaint);
}

/* ---- the ladder ---- */

/* Was this share told to this level, past the breach as a breach? The ladder rises in both: what was told is its beginning. */
static bool rung_told(const struct policy *policy, const struct complaint *complaint, const struct clock *clock,
                      const struct rung *rung)
{
    int64_t level = clock->told_level > complaint->floor ? clock->told_level : complaint->floor;
    return rung->percent <= clock->told_percent && rung->level <= level &&
           (rung->percent < policy->breach_percent || clock->breached);
}

static uint32_t rungs_told(const struct policy *policy, const struct complaint *complaint, const struct clock *clock)
{
    uint32_t count = 0;
    while (count < policy->rung_count && rung_told(policy, complaint, clock, &policy->ladder[count]))
        count++;
    return count;
}

/* The least share that has not passed; one past the greatest when all have. */
static uint32_t percent_ahead(const struct policy *policy, const struct complaint *complaint, const struct clock *clock,
                              int64_t now_ms)
{
    uint32_t low = 1, high = RUNG_PERCENT_MOST + 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (clock_due(policy, complaint, clock, middle, now_ms) > now_ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* What was told of shares that have not passed was not told: what is left is the last rung before them. */
static void clock_untell(const struct policy *policy, const struct complaint *complaint, struct clock *clock,
                         uint32_t ahead_percent)
{
    uint32_t rung = rungs_told(policy, complaint, clock);
    while (rung > 0 && policy->ladder[rung - 1].percent >= ahead_percent)
        rung--;
    clock->told_percent = rung > 0 ? policy->ladder[rung - 1].percent : 0;
    clock->told_level = rung > 0 ? policy->ladder[rung - 1].level : 0;
}

static void clock_remeasure(const struct policy *policy, const struct complaint *complaint, struct clock *clock,
                            int64_t now_ms, struct complaint_effects *effects)
{
    uint32_t over_percent = percent_ahead(policy, complaint, clock, now_ms);
    if (clock->told_percent >= over_percent)
        clock_untell(policy, complaint, clock, over_percent);
    if (policy->breach_percent >= over_percent)
        clock->breached = false;
    uint32_t next = rungs_told(policy, complaint, clock);
    if (next < policy->rung_count && policy->ladder[next].percent <= clock->told_percent)
        over_percent = policy->ladder[next].percent; /* it fires anew, to whom it is for now */
    if (clock->quiet_percent >= over_percent)
        clock->quiet_percent = 0;
    effects->unfired_percent[clock->kind] = over_percent;
}

/* By another calendar or rulebook a pause may be longer than what is left of the account: then it ends when that is used up,
 * or now. */
static void pause_fit(const struct policy *policy, struct complaint *complaint, int64_t now_ms)
{
    struct duration left = policy->pause_most;
    if (!HAS(complaint, complaint, paused))
        return;
    struct pause *pause = &complaint->paused;
    left.ms = left.ms > complaint->paused_ms ? left.ms - complaint->paused_ms : 0;
    if (calendar_between(policy, complaint->store, pause->since, pause->until, left.unit) <= left.ms)
        return;
    int64_t used_up_ms = calendar_add(policy, complaint->store, pause->since, left);
    int64_t soon_ms = calendar_add(policy, complaint->store, now_ms, (struct duration){0, TIME_WALL});
    pause->until = used_up_ms > soon_ms ? used_up_ms : soon_ms;
}

void clocks_remeasure(const struct policy *policy, struct complaint *complaint, int64_t now_ms,
                      struct complaint_effects *effects)
{
    pause_fit(policy, complaint, now_ms);
    clocks_recompute(policy, complaint);
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (clock_runs(&complaint->clocks[i]))
            clock_remeasure(policy, complaint, &complaint->clocks[i], now_ms, effects);
    }
}

/* ---- firing ---- */

/* What the history calls it: the first rung at or past the breach is the breach. */
static const char *rung_type(const struct policy *policy, const struct clock *clock, uint32_t percent)
{
    if (percent >= policy->breach_percent)
        return clock->breached ? "clock.overdue" : "clock.breached";
    return percent * 2 <= policy->breach_percent ? "clock.half_used" : "clock.nearly_used";
}

void notices_follow(struct complaint_effects *effects, int64_t now_ms)
{
    effects->notices_follow = true;
    effects->follow_ms = now_ms;
}

static int64_t notice_level(const struct complaint *complaint, int64_t level)
{
    return level > complaint->floor ? level : complaint->floor;
}

void notice_add(struct complaint *complaint, struct complaint_effects *effects, struct notice_wanted notice)
{
    ensure(effects->notice_count < NOTICES_MAX);
    notice.level = notice_level(complaint, notice.level);
    effects->notice[effects->notice_count++] = notice;
    if (complaint->level < notice.level)
        complaint->level = notice.level;
}

/* A reopened complaint climbs the ladder anew: its notices need names of their own. */
static void notice_name(const struct complaint *complaint, struct notice_wanted *notice)
{
    const char *clock = choice_name(choice_of_clock_kind(), notice->clock);
    int len = snprintf(notice->id_text, sizeof notice->id_text, "E-%lld-%s-%lld", (long long)complaint->seq, clock,
                       (long long)notice->rung_percent);
    if (complaint->reopened > 0)
        snprintf(notice->id_text + len, sizeof notice->id_text - (size_t)len, "-reopened-%lld",
                 (long long)complaint->reopened);
}

void notice_name_again(const struct complaint *complaint, struct cause cause, uint32_t times,
                       struct notice_wanted *notice)
{
    int len = snprintf(notice->id_text, sizeof notice->id_text, "E-%lld-%s-%lld-again-%llu", (long long)complaint->seq,
                       choice_name(choice_of_clock_kind(), notice->clock), (long long)notice->rung_percent,
                       (unsigned long long)cause.seq);
    if (times > 1)
        snprintf(notice->id_text + len, sizeof notice->id_text - (size_t)len, "-%u", times);
}

static void clock_notify(struct complaint *complaint, const struct clock *clock, int64_t percent, int64_t level,
                         int64_t at_ms, struct complaint_effects *effects)
{
    struct notice_wanted notice = {
        .clock = (enum clock_kind)clock->kind,
        .rung_percent = percent,
        .level = level,
        .at_ms = at_ms,
    };
    notice_name(complaint, &notice);
    notice_add(complaint, effects, notice);
}

/* When the notice that waits for the morning may come. */
static int64_t quiet_end_ms(const struct policy *policy, const struct complaint *complaint, const struct clock *clock)
{
    return quiet_until(policy, complaint->store, (enum grade)complaint->grade,
                       notice_level(complaint, clock->quiet_level), clock->quiet_from);
}

/* The rung has fired: its notice comes now, or waits for the morning. */
static void rung_fire(const struct policy *policy, struct complaint *complaint, struct clock *clock,
                      const struct rung *rung, int64_t now_ms, struct complaint_effects *effects)
{
    if (clock->told_percent < rung->percent)
        clock->told_percent = rung->percent;
    if (clock->told_level < rung->level)
        clock->told_level = rung->level;
    clock->breached = clock->breached || rung->percent >= policy->breach_percent;
    if (quiet_until(policy, complaint->store, (enum grade)complaint->grade, notice_level(complaint, rung->level),
                    now_ms) <= now_ms) {
        clock_notify(complaint, clock, rung->percent, rung->level, now_ms, effects);
        return;
    }
    clock->quiet_percent = rung->percent;
    SET(clock, clock, quiet_level, rung->level);
    SET(clock, clock, quiet_from, now_ms);
}

/* The next rung that is not told has come; if several have, the highest of them. */
static const struct rung *rung_come(const struct policy *policy, const struct complaint *complaint,
                                    const struct clock *clock, int64_t now_ms)
{
    uint32_t told = rungs_told(policy, complaint, clock), rung = told;
    while (rung < policy->rung_count &&
           clock_due(policy, complaint, clock, policy->ladder[rung].percent, now_ms) <= now_ms)
        rung++;
    return rung > told ? &policy->ladder[rung - 1] : NULL;
}

static void clock_fire(const struct policy *policy, struct complaint *complaint, struct clock *clock, int64_t now_ms,
                       struct cause cause, struct complaint_effects *effects)
{
    const struct rung *rung = rung_come(policy, complaint, clock, now_ms);
    if (rung) {
        history_add(complaint->history, &complaint->history_count, cause.seq, now_ms,
                    span_of(rung_type(policy, clock, rung->percent)), (struct span){0},
                    span_of(choice_name(choice_of_clock_kind(), clock->kind)));
        rung_fire(policy, complaint, clock, rung, now_ms, effects);
    }
    if (clock->quiet_percent > 0 && quiet_end_ms(policy, complaint, clock) <= now_ms) {
        int64_t percent = clock->quiet_percent;
        clock->quiet_percent = 0;
        clock_notify(complaint, clock, percent, clock->quiet_level, now_ms, effects);
    }
}

void clocks_fire(const struct policy *policy, struct complaint *complaint, int64_t now_ms, struct cause cause,
                 struct complaint_effects *effects)
{
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        struct clock *clock = &complaint->clocks[i];
        if (clock_runs(clock))
            clock_fire(policy, complaint, clock, now_ms, cause, effects);
    }
}

int64_t clocks_next_due(const struct policy *policy, const struct complaint *complaint)
{
    int64_t next_ms = INT64_MAX;
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        const struct clock *clock = &complaint->clocks[i];
        if (!clock_runs(clock))
            continue;
        int64_t due_ms = clock->quiet_percent > 0 ? quiet_end_ms(policy, complaint, clock) : INT64_MAX;
        next_ms = due_ms < next_ms ? due_ms : next_ms;
        uint32_t rung = rungs_told(policy, complaint, clock);
        if (clock_rests(complaint, clock) || rung == policy->rung_count)
            continue;
        due_ms = clock_due(policy, complaint, clock, policy->ladder[rung].percent, 0);
        next_ms = due_ms < next_ms ? due_ms : next_ms;
    }
    return next_ms;
}
