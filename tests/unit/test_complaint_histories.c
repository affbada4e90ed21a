/*
 * Every history of up to six decisions, and the ladder against a second, naive reckoning.
 *
 * Nothing here knows the rules' code: the invariants are DOMAIN's sentences, the naive ladder counts in whole minutes
 * from DOMAIN's table.
 */
#include "core/status.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE 60000ll
#define HOUR (60 * MINUTE)

/* ---- every history ---- */

#define HISTORY_LEN 6
#define BETWEEN_MS (7 * HOUR) /* from one decision to the next: some rungs fire, some don't */

/* What may follow what, as DOMAIN's drawing has it. */
static bool drawing_allows(int32_t from, int32_t to)
{
    static const char *const drawn[] = {
        [complaint_status_is_received] = "acknowledged closed",
        [complaint_status_is_acknowledged] = "planned resolved closed",
        [complaint_status_is_planned] = "resolved closed",
        [complaint_status_is_resolved] = "closed received",
        [complaint_status_is_closed] = "received",
    };
    return from == to || strstr(drawn[from], choice_name(choice_of_complaint_status(), to));
}

static const struct clock *clock_of(const struct complaint *complaint, enum clock_kind kind)
{
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (complaint->clocks[i].kind == (int32_t)kind)
            return &complaint->clocks[i];
    }
    return NULL;
}

static bool runs(const struct complaint *complaint, enum clock_kind kind)
{
    const struct clock *clock = clock_of(complaint, kind);
    return clock && !HAS(clock, clock, stopped_at);
}

static uint32_t clocks_running(const struct complaint *complaint)
{
    uint32_t running = 0;
    for (uint32_t kind = 0; kind < clock_kind_count; kind++)
        running += runs(complaint, (enum clock_kind)kind);
    return running;
}

static bool every_rung_fired(const struct complaint *complaint)
{
    for (uint32_t kind = 0; kind < clock_kind_count; kind++) {
        if (runs(complaint, (enum clock_kind)kind) && clock_of(complaint, (enum clock_kind)kind)->told_percent != 200)
            return false;
    }
    return true;
}

/* What must be true of any complaint at any time. */
static void check_standing(const struct policy *policy, const struct complaint *complaint, int64_t now_ms)
{
    int32_t status = complaint->status;
    bool open = status != complaint_status_is_closed;
    int64_t due_ms = complaint_next_due(policy, complaint);
    assert_true(due_ms > now_ms);
    assert_true(due_ms == INT64_MAX || due_ms % 1000 == 0);
    assert_int_equal(open, !HAS(complaint, complaint, outcome));
    assert_int_equal(open, !HAS(complaint, complaint, closed_at));
    if (!open)
        assert_int_equal(clocks_running(complaint), 0);
    if (open && clocks_running(complaint) == 0)
        assert_true(HAS(complaint, complaint, waits_for));
    if (open && clocks_running(complaint) > 0)
        assert_true(due_ms < INT64_MAX || every_rung_fired(complaint));
    if (HAS(complaint, complaint, paused))
        assert_true(runs(complaint, clock_kind_is_plan) || runs(complaint, clock_kind_is_resolve));
    assert_int_equal(runs(complaint, clock_kind_is_response), status == complaint_status_is_received);
    assert_int_equal(runs(complaint, clock_kind_is_plan),
                     status == complaint_status_is_received || status == complaint_status_is_acknowledged);
    assert_int_equal(runs(complaint, clock_kind_is_resolve), open && status < complaint_status_is_resolved);
    assert_in_range(complaint->floor, 0, policy->level_most);
    assert_true(complaint->paused_ms <= 240 * HOUR);
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        const struct clock *clock = &complaint->clocks[i];
        if (HAS(clock, clock, stopped_at) && clock->stopped_at > clock->due_at)
            assert_true(clock->breached);
        if (!HAS(clock, clock, stopped_at) && clock->due_at <= now_ms)
            assert_true(clock->breached);
        bool rests = HAS(complaint, complaint, paused) &&
                     (clock->kind == clock_kind_is_plan || clock->kind == clock_kind_is_resolve); /* due by its end */
        if (!HAS(clock, clock, stopped_at) && clock->breached && !rests)
            assert_true(clock->due_at <= now_ms);
    }
}

/* What one step may change. */
static void check_step(const struct complaint *before, const struct complaint *after,
                       const struct complaint_effects *effects)
{
    assert_true(drawing_allows(before->status, after->status));
    assert_true(after->level >= before->level);
    assert_true(after->floor >= before->floor);
    assert_int_equal(after->reopened, before->reopened + effects->reopened);
    assert_int_equal(effects->closed,
                     before->status != complaint_status_is_closed && after->status == complaint_status_is_closed);
    for (uint32_t i = 0; i < effects->notice_count; i++) {
        assert_true(effects->notice[i].level >= after->floor);
        assert_true(effects->notice[i].level <= after->level);
        for (uint32_t k = 0; k < i; k++)
            assert_string_not_equal(effects->notice[i].id_text, effects->notice[k].id_text);
    }
    if (effects->reopened)
        return; /* its clocks are new ones */
    for (uint32_t kind = 0; kind < clock_kind_count; kind++) {
        const struct clock *was = clock_of(before, (enum clock_kind)kind);
        const struct clock *is = clock_of(after, (enum clock_kind)kind);
        if (!was)
            continue;
        assert_non_null(is);
        if (HAS(before, complaint, paused) && !HAS(after, complaint, paused) && kind == clock_kind_is_deliberate &&
            after->status < complaint_status_is_resolved)
            continue; /* a reason is missing again: it began anew */
        bool stopped = !HAS(was, clock, stopped_at) && HAS(is, clock, stopped_at);
        bool met_at_the_last_moment = stopped && is->stopped_at == is->due_at;
        if (effects->unfired_percent[kind] == 0) {
            assert_true(is->told_percent >= was->told_percent && is->told_level >= was->told_level);
            assert_true(!was->breached || is->breached || met_at_the_last_moment);
        } else {
            /* only another measure takes back */
            assert_true(after->grade != before->grade || !span_equal(after->store, before->store));
        }
        assert_int_equal((effects->clocks_stopped >> kind) & 1, stopped);
        if (HAS(was, clock, stopped_at))
            assert_memory_equal(was, is, sizeof *was);
    }
}

static struct event decisions[24];
static size_t decision_count;

static struct event *add_decision(struct event event)
{
    assert_true(decision_count < sizeof decisions / sizeof decisions[0]);
    decisions[decision_count] = event;
    return &decisions[decision_count++];
}

static void name_the_decisions(void)
{
    static const enum event_type plain[] = {
        EVENT_complaint_acknowledged, EVENT_complaint_planned,   EVENT_complaint_resolved, EVENT_complaint_resumed,
        EVENT_complaint_reopened,     EVENT_complaint_withdrawn, EVENT_complaint_noted,
    };
    decision_count = 0;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        add_decision(decision(plain[i], "wang.li"));
    add_decision(graded(grade_is_urgent));
    add_decision(graded(grade_is_serious));
    add_decision(assigned("li.na"));
    add_decision(judged(verdict_is_upheld));
    add_decision(verified("li.na", true));
    add_decision(verified("li.na", false));
    struct event *unreachable_customer = add_decision(decision(EVENT_complaint_verified, "li.na"));
    SET(&unreachable_customer->data.complaint_verified, complaint_verified, unreachable, true);
    struct event *paused = add_decision(decision(EVENT_complaint_paused, "wang.li"));
    paused->data.paused.until = when("2026-11-24 12:34:56.789");
    struct event *escalate = add_decision(decision(EVENT_complaint_escalated, "wang.li"));
    escalate->data.escalated.level = 3;
    struct event *merge = add_decision(decision(EVENT_complaint_merged, "wang.li"));
    merge->data.merged.into = span_of("C-7");
    struct event *transfer = add_decision(decision(EVENT_complaint_transferred, "wang.li"));
    SET(&transfer->data.transferred, transferred, store, span_of("sh-minhang"));
}

/* Lets what is due happen, as the worker does, watching every step. */
static void pass_watching(const struct policy *policy, struct complaint *complaint, int64_t until_ms)
{
    for (;;) {
        int64_t due_ms = complaint_next_due(policy, complaint);
        if (due_ms > until_ms)
            return;
        struct complaint before = *complaint;
        struct complaint_effects effects = {0};
        complaint_advance(policy, complaint, due_ms, (struct cause){100, due_ms}, &effects);
        check_step(&before, complaint, &effects);
        check_standing(policy, complaint, due_ms);
    }
}

static uint64_t histories, accepted;

static void walk(const struct policy *policy, const struct complaint *from, int64_t now_ms, int depth)
{
    for (size_t i = 0; i < decision_count; i++) {
        struct complaint complaint = *from;
        struct complaint_effects effects = {0};
        char reason[256] = "";
        int rc = complaint_decide(policy, &complaint, &decisions[i], (struct cause){100, now_ms}, &effects, reason,
                                  sizeof reason);
        histories++;
        if (rc != 0) {
            assert_memory_equal(&complaint, from, sizeof complaint);
            assert_true(strlen(reason) > 20);
            continue; /* what follows is the same as without it */
        }
        accepted++;
        check_step(from, &complaint, &effects);
        check_standing(policy, &complaint, now_ms);
        if (depth == 1)
            continue;
        pass_watching(policy, &complaint, now_ms + BETWEEN_MS);
        walk(policy, &complaint, now_ms + BETWEEN_MS, depth - 1);
    }
}

static void every_history_of_six_decisions_keeps_the_rules(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    name_the_decisions();
    histories = accepted = 0;
    int64_t now_ms = when("2026-11-23 10:00");
    check_standing(&story.policy, &story.complaint, now_ms);
    walk(&story.policy, &story.complaint, now_ms, HISTORY_LEN);
    print_message("%llu decisions, %llu accepted\n", (unsigned long long)histories, (unsigned long long)accepted);
    assert_true(accepted > 10000);
}

/* ---- the ladder, reckoned naively ---- */

/* Minutes of each clock by grade, from DOMAIN's table; and the ladder. */
static const int64_t clock_minutes[grade_count][3] = {
    [grade_is_general] = {8 * 60, 16 * 60, 24 * 60},
    [grade_is_serious] = {4 * 60, 8 * 60, 24 * 60},
    [grade_is_major] = {2 * 60, 4 * 60, 24 * 60},
    [grade_is_urgent] = {2 * 60, 4 * 60, 48 * 60},
};
static const int64_t rung_percents[] = {50, 80, 100, 150, 200};

/* One complaint: opened at minute 0, answered, resting and resolved when it says (minutes; -1 for never). */
struct naive {
    enum grade grade;
    int64_t answered, rests_from, rests_until, resolved;
};

/* Minute by minute: whoever's clock runs has one minute more; a rung fires when its share is reached. */
static size_t naive_notices(const struct naive *naive, int64_t minutes, char (*ret_lines)[48], size_t most)
{
    int64_t used[3] = {0};
    size_t fired[3] = {0};
    size_t count = 0;
    for (int64_t minute = 1; minute <= minutes; minute++) {
        bool resting = minute > naive->rests_from && minute <= naive->rests_until;
        for (int kind = 0; kind < 3; kind++) {
            int64_t stopped = kind == 0 ? naive->answered : naive->resolved;
            if ((stopped >= 0 && minute > stopped) || (kind > 0 && resting))
                continue;
            used[kind]++;
            if (fired[kind] < 5 && used[kind] * 100 >= clock_minutes[naive->grade][kind] * rung_percents[fired[kind]]) {
                assert_true(count < most);
                char time[24];
                snprintf(ret_lines[count++], 48, "%s %s %lld %% level %zu\n",
                         told_time(when("2026-11-23 09:00") + minute * MINUTE, time),
                         choice_name(choice_of_clock_kind(), kind), (long long)rung_percents[fired[kind]], fired[kind]);
                fired[kind]++;
            }
        }
    }
    return count;
}

static uint64_t random_next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX */
    return *seed >> 33;
}

/* The rungs of any grade fall on whole minutes (80 % of 2 h is 96), so minutes are fine enough. */
static void the_ladder_agrees_with_counting_minutes(void **state)
{
    (void)state;
    uint64_t seed = 20261123;
    for (int round = 0; round < 300; round++) {
        struct naive naive = {.grade = (enum grade)(random_next(&seed) % grade_count),
                              .rests_from = -1,
                              .rests_until = -1,
                              .resolved = -1};
        naive.answered = (int64_t)(random_next(&seed) % 1200);
        if (random_next(&seed) % 2) {
            naive.rests_from = naive.answered + (int64_t)(random_next(&seed) % 1500);
            naive.rests_until = naive.rests_from + 1 + (int64_t)(random_next(&seed) % 2000);
        }
        if (random_next(&seed) % 2)
            naive.resolved =
                (naive.rests_until < 0 ? naive.answered : naive.rests_until) + (int64_t)(random_next(&seed) % 3000);
        const int64_t minutes = 9000;
        char lines[32][48];
        size_t expected = naive_notices(&naive, minutes, lines, 32);

        struct story story;
        int64_t opened = when("2026-11-23 09:00");
        story_open_plain(&story, naive.grade, "2026-11-23 09:00");
        struct event answer = decision(EVENT_complaint_acknowledged, "wang.li");
        assert_int_equal(story_decide(&story, &answer, opened + naive.answered * MINUTE), 0);
        if (naive.rests_from >= 0) {
            struct event pause = decision(EVENT_complaint_paused, "wang.li");
            pause.data.paused.until = opened + naive.rests_until * MINUTE;
            assert_int_equal(story_decide(&story, &pause, opened + naive.rests_from * MINUTE), 0);
        }
        if (naive.resolved >= 0) {
            struct event resolve = decision(EVENT_complaint_resolved, "wang.li");
            assert_int_equal(story_decide(&story, &resolve, opened + naive.resolved * MINUTE), 0);
            story.policy.rung_count = 0; /* the callback clock is not the naive ladder's business */
        }
        story_passes(&story, opened + minutes * MINUTE);

        size_t told = 0;
        for (const char *at = story.trace; *at; at = strchr(at, '\n') + 1)
            told++;
        if (told != expected)
            fail_msg("round %d: %zu notices, not %zu:\n%s", round, told, expected, story.trace);
        for (size_t i = 0; i < expected; i++) {
            if (!strstr(story.trace, lines[i]))
                fail_msg("round %d misses %sin\n%s", round, lines[i], story.trace);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_history_of_six_decisions_keeps_the_rules),
        cmocka_unit_test(the_ladder_agrees_with_counting_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
