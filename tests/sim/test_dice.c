/* Dice that everything in a simulated world is decided by. */
#include "tests/sim/dice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* SplitMix64's own reference: the first outputs from the state 1234567 (Vigna's splitmix64.c). */
static void a_throw_is_splitmix64s(void **state)
{
    (void)state;
    static const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                        4593380528125082431u, 16408922859458223821u};
    struct dice dice = {.state = 1234567};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_true(dice_throw(&dice) == expected[i]);
}

static void each_concern_and_seed_has_dice_of_its_own(void **state)
{
    (void)state;
    struct dice weather = dice_of(1, "weather"), again = dice_of(1, "weather");
    struct dice order = dice_of(1, "order"), other = dice_of(2, "weather");
    uint64_t thrown = dice_throw(&weather);
    assert_true(dice_throw(&again) == thrown);
    assert_true(dice_throw(&order) != thrown);
    assert_true(dice_throw(&other) != thrown);
}

static void both_ends_are_thrown_and_nothing_beyond(void **state)
{
    (void)state;
    struct dice dice = dice_of(3, "ends");
    uint32_t seen[6] = {0};
    for (int i = 0; i < 6000; i++) {
        int64_t thrown = dice_between(&dice, -2, 3);
        assert_in_range(thrown + 2, 0, 5);
        seen[thrown + 2]++;
    }
    for (int i = 0; i < 6; i++)
        assert_in_range(seen[i], 850, 1150); /* 1,000 +- 5 standard deviations */
    assert_int_equal(dice_between(&dice, 41, 41), 41);
    dice_between(&dice, INT64_MIN, INT64_MAX);
}

static void a_chance_is_met_as_often_as_it_says(void **state)
{
    (void)state;
    struct dice dice = dice_of(4, "chance");
    uint32_t met = 0;
    for (int i = 0; i < 10000; i++) {
        met += dice_chance(&dice, 1, 4);
        assert_false(dice_chance(&dice, 0, 4));
        assert_true(dice_chance(&dice, 4, 4));
    }
    assert_in_range(met, 2280, 2720);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_throw_is_splitmix64s),
        cmocka_unit_test(each_concern_and_seed_has_dice_of_its_own),
        cmocka_unit_test(both_ends_are_thrown_and_nothing_beyond),
        cmocka_unit_test(a_chance_is_met_as_often_as_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
