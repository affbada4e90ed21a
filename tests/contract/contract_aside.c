/*
 * contract_aside.c - a second pair of hands, over either half: one piece of work at a time, its result to whoever waits.
 */
#include "io/aside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int count_up(void *context)
{
    return ++*(int *)context;
}

static void a_result_is_handed_to_who_waits(void **state)
{
    (void)state;
    struct aside *aside;
    int count = 0;
    assert_int_equal(aside_open(&aside), 0);
    for (int i = 1; i <= 1000; i++) {
        aside_start(aside, count_up, &count);
        assert_int_equal(aside_wait(aside), i);
        assert_int_equal(count, i);
    }
    aside_close(aside);
}

static void work_becomes_ready_without_being_waited_for(void **state)
{
    (void)state;
    struct aside *aside;
    int count = 0;
    assert_int_equal(aside_open(&aside), 0);
    aside_start(aside, count_up, &count);
    uint64_t asked = 0;
    while (!aside_ready(aside) && asked < UINT64_MAX)
        asked++;
    assert_int_equal(count, 1);
    assert_int_equal(aside_wait(aside), 1);
    aside_close(aside);
}

static void who_never_starts_anything_may_close(void **state)
{
    (void)state;
    struct aside *aside;
    assert_int_equal(aside_open(&aside), 0);
    aside_close(aside);
    aside_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_is_handed_to_who_waits),
        cmocka_unit_test(work_becomes_ready_without_being_waited_for),
        cmocka_unit_test(who_never_starts_anything_may_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
