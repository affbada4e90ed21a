/* The simulator itself: a seed decides everything, and a calm world is calm. */
#include "tests/sim/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct world_outcome run(struct world_options options)
{
    struct world_outcome outcome;
    if (options.hours == 0)
        options.hours = 24;
    if (options.events == 0)
        options.events = 150;
    world_run(&options, &outcome);
    if (outcome.violated)
        fail_msg("%s", outcome.violation);
    return outcome;
}

static void the_same_seed_is_the_same_world(void **state)
{
    (void)state;
    struct world_outcome first = run((struct world_options){.seed = 7});
    struct world_outcome again = run((struct world_options){.seed = 7});
    assert_true(first.hash == again.hash);
    assert_memory_equal(&first, &again, sizeof first);
    assert_true(first.messages > 100);
    assert_true(first.commits > 10);
}

static void a_story_that_is_told_is_the_same_world(void **state)
{
    (void)state;
    FILE *nowhere = fopen("/dev/null", "w");
    assert_non_null(nowhere);
    struct world_outcome silent = run((struct world_options){.seed = 8});
    struct world_outcome told = run((struct world_options){.seed = 8, .trace = nowhere});
    fclose(nowhere);
    assert_true(silent.hash == told.hash);
}

static void another_seed_is_another_world(void **state)
{
    (void)state;
    assert_true(run((struct world_options){.seed = 9}).hash != run((struct world_options){.seed = 10}).hash);
}

static void a_calm_world_has_no_faults_and_loses_nothing(void **state)
{
    (void)state;
    static const enum fault by_the_cast[] = {FAULT_stall,         FAULT_malformed,     FAULT_forged,
                                             FAULT_policy_change, FAULT_roster_change, FAULT_rot};
    struct world_outcome outcome = run((struct world_options){.seed = 11, .calm = true});
    for (size_t i = 0; i < sizeof by_the_cast / sizeof by_the_cast[0]; i++)
        outcome.faults[by_the_cast[i]] = 0;
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
        if (outcome.faults[fault] > 0)
            fail_msg("%s", fault_text(fault));
    }
    assert_true(outcome.acked > 50);
    assert_true(outcome.consequences > 20);
    assert_int_equal(outcome.lost, 0);
    assert_int_equal(outcome.doubled, 0);
}

static void a_fault_that_is_left_out_does_not_happen(void **state)
{
    (void)state;
    uint64_t died = 0;
    for (uint64_t seed = 12; seed < 16; seed++) {
        uint64_t without = 1ull << FAULT_crash_idle;
        struct world_outcome outcome = run((struct world_options){.seed = seed, .without = without});
        assert_int_equal(outcome.faults[FAULT_crash_idle], 0);
        died += run((struct world_options){.seed = seed}).faults[FAULT_crash_idle];
    }
    assert_true(died > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_is_the_same_world),
        cmocka_unit_test(a_story_that_is_told_is_the_same_world),
        cmocka_unit_test(another_seed_is_another_world),
        cmocka_unit_test(a_calm_world_has_no_faults_and_loses_nothing),
        cmocka_unit_test(a_fault_that_is_left_out_does_not_happen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
