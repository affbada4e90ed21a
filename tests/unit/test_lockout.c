/* Wrong passwords: counted within a window, locked for a time, and no more memory however many names are guessed. */
#include "brokers/lockout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE_MS 60000ll
#define NAME 5u

static int begin(void **state)
{
    *state = calloc(1, sizeof(struct lockout));
    return *state ? 0 : -1;
}

static int end(void **state)
{
    free(*state);
    return 0;
}

static void the_fifth_wrong_try_in_a_quarter_of_an_hour_locks_for_a_quarter(void **state)
{
    struct lockout *lockout = *state;
    for (int64_t minute = 0; minute < 4; minute++) {
        lockout_wrong(lockout, 7, NAME, minute * MINUTE_MS);
        assert_int_equal(lockout_until_ms(lockout, 7, NAME, minute * MINUTE_MS), 0);
    }
    lockout_wrong(lockout, 7, NAME, 14 * MINUTE_MS);
    assert_int_equal(lockout_until_ms(lockout, 7, NAME, 14 * MINUTE_MS), 29 * MINUTE_MS);
    assert_int_equal(lockout_until_ms(lockout, 7, NAME, 29 * MINUTE_MS - 1), 29 * MINUTE_MS);
    assert_int_equal(lockout_until_ms(lockout, 7, NAME, 29 * MINUTE_MS), 0);
    lockout_wrong(lockout, 7, NAME, 30 * MINUTE_MS); /* the first of a new window */
    assert_int_equal(lockout_until_ms(lockout, 7, NAME, 30 * MINUTE_MS), 0);
}

static void tries_far_apart_never_lock(void **state)
{
    struct lockout *lockout = *state;
    for (int64_t i = 0; i < 40; i++) {
        lockout_wrong(lockout, 7, NAME, i * 4 * MINUTE_MS); /* four a window */
        assert_int_equal(lockout_until_ms(lockout, 7, NAME, i * 4 * MINUTE_MS), 0);
    }
}

static void a_right_one_takes_its_own_try_back_or_forgets_all(void **state)
{
    struct lockout *lockout = *state;
    for (uint32_t i = 0; i < 4; i++) {
        lockout_wrong(lockout, 7, NAME, 0);
        lockout_wrong(lockout, 9, NAME, 0);
    }
    lockout_take_back(lockout, 7);
    lockout_forget(lockout, 9);
    lockout_wrong(lockout, 7, NAME, 1);
    lockout_wrong(lockout, 9, NAME, 1);
    assert_int_equal(lockout_until_ms(lockout, 7, NAME, 1), 0);
    assert_int_equal(lockout_until_ms(lockout, 9, NAME, 1), 0);
    lockout_wrong(lockout, 7, NAME, 1);
    assert_true(lockout_until_ms(lockout, 7, NAME, 1) > 0);
    lockout_take_back(lockout, 11); /* nobody */
    lockout_forget(lockout, 11);
}

/* Knuth's MMIX generator: the same keys in every run. */
static uint64_t next_key(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (*seed ^ *seed >> 29) | 1u;
}

static void a_hundred_thousand_guessed_names_leave_who_is_locked_now_mostly_locked(void **state)
{
    struct lockout *lockout = *state;
    uint64_t seed = 20261123;
    for (uint32_t i = 0; i < 100000; i++)
        lockout_wrong(lockout, next_key(&seed), NAME, (int64_t)i); /* all within two minutes */
    for (uint32_t i = 0; i < NAME; i++)
        lockout_wrong(lockout, 5, NAME, 100000);
    assert_true(lockout_until_ms(lockout, 5, NAME, 100000) > 0);
    for (uint32_t i = 0; i < 1000; i++)
        lockout_wrong(lockout, next_key(&seed), NAME, 100000 + i);
    assert_true(lockout_until_ms(lockout, 5, NAME, 101000) > 0); /* rows whose time is over sooner made room */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_fifth_wrong_try_in_a_quarter_of_an_hour_locks_for_a_quarter, begin, end),
        cmocka_unit_test_setup_teardown(tries_far_apart_never_lock, begin, end),
        cmocka_unit_test_setup_teardown(a_right_one_takes_its_own_try_back_or_forgets_all, begin, end),
        cmocka_unit_test_setup_teardown(a_hundred_thousand_guessed_names_leave_who_is_locked_now_mostly_locked, begin,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
