/* A band that asks for improvement: one task a period, one at a time for a department. */
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/support/story.h"
#include "workers/cases.h"
#include "workers/step.h"
#include "workers/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LINEAGE "0123456789abcdef0123456789abcdef"

static struct fold *fold;
static uint64_t seq;
static const struct band_figures figures = {76.4, 72.1, 79.8, 41};

static int an_empty_state(void **state)
{
    (void)state;
    store_sim_forget("/improve/state");
    assert_int_equal(fold_open("/improve", &fold), 0);
    assert_int_equal(fold_begin(fold, LINEAGE), 0);
    seq = 100;
    return 0;
}

static int the_end(void **state)
{
    (void)state;
    fold_close(fold);
    return 0;
}

static void close_period(const char *department, const char *period, const char *at)
{
    struct entry entry = {.seq = ++seq, .at_ms = when(at)};
    step_begin(fold, &entry);
    int result = task_open_for_band(fold, span_of("sh-pudong"), span_of(department), span_of(period), &figures);
    assert_int_equal(result, 0);
    assert_int_equal(step_end(fold), 0);
}

/* Its names live until the next step. */
static struct task task_of(const char *id)
{
    struct task task;
    struct case_key key;
    assert_int_equal(case_key_of_id(span_of(id), &key), 0);
    assert_int_equal(case_load(fold, &key, &task), 0);
    return task;
}

static bool is_there(const char *id)
{
    struct task task;
    struct case_key key;
    assert_int_equal(case_key_of_id(span_of(id), &key), 0);
    return case_load(fold, &key, &task) == 0;
}

/* 4 December 00:00 and 30 days: 3 January. */
static void a_period_in_a_band_below_80_opens_a_task_of_its_own_name(void **state)
{
    (void)state;
    close_period("service", "2026-11", "2026-12-04 00:00");
    struct task task = task_of("T-band-sh-pudong.service-2026-11");
    assert_int_equal(task.kind, task_kind_is_improvement);
    assert_int_equal(task.rule, task_rule_is_band);
    assert_int_equal(task.seq, 101);
    assert_false(HAS(&task, task, dimension));
    assert_true(span_is(task.reasons.item[0], "band-2026-11"));
    assert_true(span_is(task.responsible, "manager@sh-pudong/service"));
    assert_int_equal(task.due_at, when("2027-01-03 00:00"));
    assert_true(span_is(task.history[0].type, "task.band"));
    assert_true(span_is(task.history[0].said, "csi 76.4, 72.1 to 79.8, n 41"));
    assert_int_equal(fold->head.counters.open_tasks, 1);
}

static void the_next_period_joins_the_task_that_is_open(void **state)
{
    (void)state;
    close_period("service", "2026-11", "2026-12-04 00:00");
    close_period("sales", "2026-Q4", "2027-01-04 00:00");
    close_period("service", "2026-12", "2027-01-04 00:00");
    struct task task = task_of("T-band-sh-pudong.service-2026-11");
    assert_int_equal(task.reasons.count, 2);
    assert_true(span_is(task.reasons.item[1], "band-2026-12"));
    assert_false(is_there("T-band-sh-pudong.service-2026-12"));
    assert_true(is_there("T-band-sh-pudong.sales-2026-Q4"));
}

static void a_period_opens_its_task_once(void **state)
{
    (void)state;
    close_period("service", "2026-11", "2026-12-04 00:00");
    close_period("service", "2026-11", "2026-12-05 00:00");
    assert_int_equal(task_of("T-band-sh-pudong.service-2026-11").reasons.count, 1);
    assert_int_equal(fold->head.counters.tasks, 1);
}

static void names_too_long_for_a_subject_go_by_a_fingerprint(void **state)
{
    (void)state;
    static const char department[] = "a-department-whose-name-is-as-long-as-a-name-may-be-64-bytes-all";
    close_period(department, "2026-11", "2026-12-04 00:00");
    assert_int_equal(fold->head.counters.open_tasks, 1);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, an_empty_state, the_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_period_in_a_band_below_80_opens_a_task_of_its_own_name),
        STORY(the_next_period_joins_the_task_that_is_open),
        STORY(a_period_opens_its_task_once),
        STORY(names_too_long_for_a_subject_go_by_a_fingerprint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
