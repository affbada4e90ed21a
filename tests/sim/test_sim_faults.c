/*
 * test_sim_faults.c - many worlds are worth something only when each kind of fault has happened in them.
 */
#include "tests/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char said[4096];

static struct sim_totals totals_of(uint64_t seeds)
{
    struct sim_totals totals = {.seeds = seeds};
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++)
        totals.sum.faults[fault] = 1;
    return totals;
}

static bool happened(struct sim_options options, struct sim_totals totals)
{
    FILE *out = fmemopen(said, sizeof said, "w");
    assert_non_null(out);
    bool all = sim_faults_happened(out, &options, &totals);
    fputc('\0', out);
    fclose(out);
    return all;
}

static void a_hundred_worlds_with_each_kind_of_fault_are_good(void **state)
{
    (void)state;
    assert_true(happened((struct sim_options){0}, totals_of(100)));
    assert_string_equal(said, "");
}

static void a_kind_of_fault_that_never_happened_is_named(void **state)
{
    (void)state;
    struct sim_totals totals = totals_of(100);
    totals.sum.faults[FAULT_power_loss] = 0;
    totals.sum.faults[FAULT_rot] = 0;
    assert_false(happened((struct sim_options){0}, totals));
    assert_string_equal(said, "never in 100 seeds: power losses (power_loss)\n"
                              "never in 100 seeds: records damaged (rot)\n");
}

static void what_was_left_out_or_made_small_is_not_demanded(void **state)
{
    (void)state;
    struct sim_totals totals = totals_of(100), few = totals_of(99);
    totals.sum.faults[FAULT_rot] = few.sum.faults[FAULT_rot] = 0;
    assert_true(happened((struct sim_options){0}, few));
    assert_true(happened((struct sim_options){.without = 1ull << FAULT_rot}, totals));
    assert_false(happened((struct sim_options){.without = 1ull << FAULT_loss}, totals));
    assert_true(happened((struct sim_options){.calm = true}, totals));
    assert_true(happened((struct sim_options){.hours = 2}, totals));
    assert_true(happened((struct sim_options){.events = 2}, totals));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_worlds_with_each_kind_of_fault_are_good),
        cmocka_unit_test(a_kind_of_fault_that_never_happened_is_named),
        cmocka_unit_test(what_was_left_out_or_made_small_is_not_demanded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
