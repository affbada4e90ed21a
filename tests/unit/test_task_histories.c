/*
 * Every history of up to six decisions about a task, and of deadlines that nobody kept: recovery and improvement.
 *
 * Nothing here knows the rules' code: the invariants are sentences of the drawing in core/task.h and of DOMAIN.
 */
#include "core/calendar.h"
#include "core/status.h"
#include "core/task.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define HISTORY_LEN 6
#define HOUR 3600000ll

static struct policy policy;
static struct event decisions[16];
static size_t decision_count;
static uint64_t tried, taken;

static bool drawing_allows(int32_t from, int32_t to)
{
    static const char *const drawn[] = {
        [task_status_is_open] = "started completed cancelled",
        [task_status_is_started] = "completed cancelled",
        [task_status_is_completed] = "verified open cancelled",
        [task_status_is_verified] = "",
        [task_status_is_cancelled] = "",
    };
    return from == to || strstr(drawn[from], choice_name(choice_of_task_status(), to));
}

static bool is_worked_on(const struct task *task)
{
    return task->status == task_status_is_open || task->status == task_status_is_started;
}

/* What must be true of any task at any time. */
static void check_standing(const struct task *task, int64_t now_ms)
{
    bool over = task->status == task_status_is_verified || task->status == task_status_is_cancelled;
    assert_int_equal(task_is_open(task), !over);
    assert_int_equal(HAS(task, task, closed_at) != 0, over);
    assert_int_equal(HAS(task, task, completed_by) != 0 && !over, task->status == task_status_is_completed);
    assert_true(task_next_due(&policy, task) > now_ms);
    assert_true(!task->overdue || (is_worked_on(task) && task->due_at <= now_ms));
    assert_true(task->overdue || !is_worked_on(task) || task->due_at > now_ms);
    assert_true(task->responsible.len > 0);
    assert_true(task->history_count > 0);
    if (task->status == task_status_is_verified)
        assert_true(HAS(task, task, effective) && task->effective);
    if (HAS(task, task, gone))
        assert_true(over);
}

/* What one step may change. */
static void check_step(const struct task *before, const struct task *after, const struct event *decided)
{
    assert_true(drawing_allows(before->status, after->status));
    assert_true(task_is_open(before) || before->status == after->status);
    assert_int_equal(after->opened_at, before->opened_at);
    if (!decided)
        return;
    assert_true(task_is_open(before)); /* what is over is decided about no more */
    struct span by = decided->data.decided.by;
    if (decided->type == EVENT_task_verified)
        assert_false(span_equal(by, before->completed_by)); /* four eyes */
    if (decided->type == EVENT_task_extended)
        assert_true(after->due_at > before->due_at);
    if (decided->type == EVENT_task_assigned)
        assert_false(span_equal(after->responsible, before->responsible));
    const struct history_line *line = &after->history[after->history_count - 1];
    assert_true(span_equal(line->by, by) && span_equal(line->type, decided->type_name));
}

static struct event *add(enum event_type type, const char *by)
{
    assert_true(decision_count < sizeof decisions / sizeof decisions[0]);
    decisions[decision_count] = decision(type, by);
    return &decisions[decision_count++];
}

static void name_the_decisions(void)
{
    static const char *const people[] = {"wang.li", "li.na"};
    decision_count = 0;
    add(EVENT_task_started, "wang.li");
    add(EVENT_task_cancelled, "chen.jing");
    for (size_t i = 0; i < 2; i++) {
        struct event *assigns = add(EVENT_task_assigned, "chen.jing");
        SET(&assigns->data.assigned, assigned, responsible, span_of(people[i]));
        add(EVENT_task_completed, people[i]);
        add(EVENT_task_verified, people[i])->data.task_verified.effective = true;
        add(EVENT_task_verified, people[i])->data.task_verified.effective = false;
        add(EVENT_task_extended, "chen.jing")->data.extended.due = when(i ? "2026-12-20 18:00" : "2026-11-27 18:00");
    }
}

static void walk(const struct task *from, int64_t now_ms, int depth);

/* Nobody decides until what is due falls due. */
static void walk_in_time(const struct task *from, int depth)
{
    struct task task = *from;
    int64_t due_ms = task_next_due(&policy, from);
    if (due_ms == INT64_MAX)
        return;
    task_advance(&policy, &task, due_ms, (struct cause){100, due_ms});
    task_tells(&policy, &task, due_ms); /* as the worker does: the superior is told */
    taken++;
    check_step(from, &task, NULL);
    check_standing(&task, due_ms);
    assert_true(task.overdue || HAS(&task, task, gone));
    if (depth > 1)
        walk(&task, due_ms + HOUR, depth - 1);
}

static void walk(const struct task *from, int64_t now_ms, int depth)
{
    if (task_next_due(&policy, from) <= now_ms) { /* it falls due within the hour: first things first */
        walk_in_time(from, depth);
        return;
    }
    for (size_t i = 0; i < decision_count; i++) {
        struct task task = *from;
        char reason[256] = "";
        int rc = task_decide(&policy, &task, &decisions[i], (struct cause){100, now_ms}, reason, sizeof reason);
        tried++;
        if (rc != 0) {
            assert_memory_equal(&task, from, sizeof task);
            assert_true(strlen(reason) > 20);
            continue;
        }
        task_untells(&task);
        taken++;
        check_step(from, &task, &decisions[i]);
        check_standing(&task, now_ms);
        if (depth > 1)
            walk(&task, now_ms + HOUR, depth - 1);
    }
    walk_in_time(from, depth);
}

static void tell(const char *kind)
{
    print_message("%s: %llu decisions tried, %llu steps taken\n", kind, (unsigned long long)tried,
                  (unsigned long long)taken);
    assert_true(taken > 2000 && tried > taken);
}

static void every_history_of_a_recovery_task_keeps_the_rules(void **state)
{
    (void)state;
    static char id[CASE_ID_MAX], reason[32];
    struct task task;
    struct event fact = {.type = EVENT_feedback_rated, .type_name = span_of("feedback.rated")};
    fact.data.rated = (struct rated){.store = span_of("sh-pudong"), .department = span_of("service")};
    task_open_recovery(&policy, &fact, (struct cause){57, when("2026-11-23 09:00")}, span_of("chen.jing"), id, reason,
                       &task);
    tried = taken = 0;
    walk(&task, when("2026-11-23 10:00"), HISTORY_LEN);
    tell("recovery");
}

static void every_history_of_an_improvement_task_keeps_the_rules(void **state)
{
    (void)state;
    static char id[CASE_ID_MAX];
    char reason[256];
    struct task task;
    struct event opened = decision(EVENT_task_opened, "chen.jing");
    opened.data.task_opened.store = span_of("sh-pudong");
    opened.data.task_opened.department = span_of("service");
    opened.data.task_opened.responsible = span_of("zhao.min");
    opened.data.task_opened.due = when("2026-11-25 09:00");
    assert_int_equal(task_open_improvement(&policy, &opened, (struct cause){57, when("2026-11-23 09:00")}, id, &task,
                                           reason, sizeof reason),
                     0);
    tried = taken = 0;
    walk(&task, when("2026-11-23 10:00"), HISTORY_LEN);
    tell("improvement");
}

int main(void)
{
    policy_default(&policy);
    calendar_round_the_clock(&policy);
    name_the_decisions();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_history_of_a_recovery_task_keeps_the_rules),
        cmocka_unit_test(every_history_of_an_improvement_task_keeps_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
