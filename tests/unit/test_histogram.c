/* How long things took, counted in buckets: against a list of every single time. */
#include "core/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define TIMES 5000u

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(uint64_t *random)
{
    uint64_t z = *random += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

/* From a microsecond to 20 s, as many in each decade. */
static int64_t time_drawn(uint64_t *random)
{
    int64_t us = 1;
    for (uint64_t decades = draw(random) % 8; decades > 0; decades--)
        us *= 10;
    us += (int64_t)(draw(random) % (uint64_t)(us * 9));
    return us > 20000000 ? 20000000 : us;
}

static int order(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static void every_time_is_in_the_bucket_whose_bound_it_does_not_exceed(void **state)
{
    (void)state;
    struct histogram histogram = {.sum_us = 0};
    uint64_t random = 7, sum_us = 0, upto = 0;
    int64_t times[TIMES];
    for (uint32_t i = 0; i < TIMES; i++) {
        times[i] = time_drawn(&random);
        sum_us += (uint64_t)times[i];
        histogram_add(&histogram, times[i], 1);
    }
    for (uint32_t bucket = 0; bucket < HISTOGRAM_BOUNDS; bucket++) {
        uint64_t naive = 0;
        for (uint32_t i = 0; i < TIMES; i++)
            naive += times[i] <= (int64_t)histogram_bound_us[bucket];
        upto += histogram.count[bucket];
        assert_int_equal(upto, naive);
    }
    assert_int_equal(histogram_count(&histogram), TIMES);
    assert_int_equal(histogram.sum_us, sum_us);
}

static void a_quantile_lies_in_the_bucket_of_the_time_at_its_rank(void **state)
{
    (void)state;
    struct histogram histogram = {.sum_us = 0};
    uint64_t random = 11;
    int64_t times[TIMES];
    for (uint32_t i = 0; i < TIMES; i++) {
        times[i] = time_drawn(&random);
        histogram_add(&histogram, times[i], 1);
    }
    qsort(times, TIMES, sizeof times[0], order);
    for (uint32_t permille = 1; permille < 1000; permille++) {
        int64_t exact = times[(TIMES * permille + 999) / 1000 - 1];
        int64_t low = 0, high = histogram_bound_us[HISTOGRAM_BOUNDS - 1];
        for (uint32_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
            if (exact > (int64_t)histogram_bound_us[i])
                low = histogram_bound_us[i];
        }
        for (uint32_t i = HISTOGRAM_BOUNDS; i-- > 0;) {
            if (exact <= (int64_t)histogram_bound_us[i])
                high = histogram_bound_us[i];
        }
        int64_t said = (int64_t)histogram_quantile_us(&histogram, permille);
        if (said < low || said > high)
            fail_msg("of %u: %lld is not within %lld and %lld", permille, (long long)said, (long long)low,
                     (long long)high);
    }
}

/* By hand: 100 things between 1 and 2.5 ms; the median of what lies evenly is 1.75 ms. */
static void times_lie_evenly_within_a_bucket(void **state)
{
    (void)state;
    struct histogram histogram = {.sum_us = 0};
    assert_int_equal(histogram_quantile_us(&histogram, 500), 0);
    histogram_add(&histogram, 2000, 100);
    assert_int_equal(histogram_quantile_us(&histogram, 500), 1750);
    assert_int_equal(histogram_quantile_us(&histogram, 1000), 2500);
    assert_int_equal(histogram.sum_us, 200000);
}

static void what_took_no_time_or_for_ever_is_counted_too(void **state)
{
    (void)state;
    struct histogram histogram = {.sum_us = 0};
    histogram_add(&histogram, -5, 1);
    assert_int_equal(histogram.count[0], 1);
    assert_int_equal(histogram.sum_us, 0);
    histogram_add(&histogram, INT64_MAX, 1);
    assert_int_equal(histogram.count[HISTOGRAM_BOUNDS], 1);
    assert_int_equal(histogram_quantile_us(&histogram, 999), 10000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_time_is_in_the_bucket_whose_bound_it_does_not_exceed),
        cmocka_unit_test(a_quantile_lies_in_the_bucket_of_the_time_at_its_rank),
        cmocka_unit_test(times_lie_evenly_within_a_bucket),
        cmocka_unit_test(what_took_no_time_or_for_ever_is_counted_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
