/* Flags: what is worth a look, and what chance explains. */
#include "core/honesty.h"
#include "core/rfc3339.h"
#include "tests/support/story.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct policy policy;

static int the_rulebook(void **state)
{
    (void)state;
    policy_default(&policy);
    return 0;
}

static struct rated edited(const char *at)
{
    struct rated rating = {.store = span_of("sh-pudong")};
    SET(&rating, rated, contact_changed_at, when(at));
    return rating;
}

/* 48 hours before Wednesday 10:00 is Monday 10:00. After the survey it is somebody's correction, and no sign of anything. */
static void a_contact_that_was_edited_shortly_before_the_survey(void **state)
{
    (void)state;
    struct rated untouched = {.store = span_of("sh-pudong")};
    static const struct {
        const char *at;
        bool flagged;
    } rows[] = {
        {"2026-11-25 10:00", true},     {"2026-11-24 10:00", true},     {"2026-11-23 10:00", true},
        {"2026-11-23 09:59:59", false}, {"2026-11-25 10:00:01", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rated rating = edited(rows[i].at);
        assert_int_equal(honesty_contact_edited(&policy.honesty, &rating, when("2026-11-25 10:00")), rows[i].flagged);
    }
    assert_false(honesty_contact_edited(&policy.honesty, &untouched, when("2026-11-25 10:00")));
}

static bool answers(struct device_uses *uses, uint64_t customer, uint64_t seq, const char *at)
{
    return honesty_device_used(&policy.honesty, (struct device_use){customer, seq, when(at)}, uses);
}

static void the_third_customer_on_one_device_within_30_days(void **state)
{
    (void)state;
    struct device_uses uses = {0};
    assert_false(answers(&uses, 7, 1, "2026-11-01 10:00"));
    assert_false(answers(&uses, 7, 2, "2026-11-02 10:00")); /* the same customer again: one */
    assert_int_equal(uses.count, 1);
    assert_false(answers(&uses, 8, 3, "2026-11-10 10:00"));
    assert_true(answers(&uses, 9, 4, "2026-12-02 09:59:59")); /* 30 days after the 2nd, less a second */
    assert_int_equal(uses.count, 3);
    assert_false(answers(&uses, 10, 5, "2026-12-10 10:00")); /* 7 and 8 are long ago: 9 and 10 */
    assert_int_equal(uses.count, 2);
}

static void a_device_keeps_the_newest_customers_only(void **state)
{
    (void)state;
    struct device_uses uses = {0};
    for (uint64_t customer = 1; customer <= 20; customer++)
        answers(&uses, customer, customer, "2026-11-01 10:00");
    assert_int_equal(uses.count, DEVICE_CUSTOMERS_MAX);
    assert_int_equal(uses.use[0].customer, 20 - DEVICE_CUSTOMERS_MAX + 1);
}

static void a_kiosk_in_the_showroom_is_everybodys(void **state)
{
    (void)state;
    assert_true(honesty_device_is_own(channel_is_wechat));
    assert_true(honesty_device_is_own(channel_is_phone));
    assert_false(honesty_device_is_own(channel_is_kiosk));
    assert_false(honesty_device_is_own(channel_is_walk_in));
}

static bool too_perfect(uint64_t perfect, uint64_t forms, uint64_t perfect_before, uint64_t forms_before)
{
    struct interval now, then;
    struct score_sums month = {.forms = forms, .perfect = perfect};
    struct score_sums before = {.forms = forms_before, .perfect = perfect_before};
    return honesty_too_perfect(&policy, &month, &before, &now, &then);
}

/* Wilson by statsmodels: 12 of 90 is 7.8 to 21.9 %. 11 of 30 is 21.87 to 54.5 %: it touches; 12 of 30 is 24.6 to 57.7 %. */
static void more_perfect_forms_than_the_months_before_and_than_chance(void **state)
{
    (void)state;
    assert_false(too_perfect(4, 30, 12, 90));  /* the habit itself */
    assert_false(too_perfect(11, 30, 12, 90)); /* 37 % beside 13 %, and still the intervals touch */
    assert_true(too_perfect(12, 30, 12, 90));
    assert_false(too_perfect(30, 30, 90, 90)); /* a store that has always been praised so */
    assert_false(too_perfect(29, 29, 0, 90));  /* too few to say, on one side */
    assert_false(too_perfect(30, 30, 0, 29));  /* or on the other */
}

static struct sums overalls(int64_t low, int64_t high, uint64_t pairs)
{
    int64_t n = (int64_t)pairs;
    return (struct sums){2 * pairs, n * (low + high), n * (low * low + high * high)};
}

/* 9 and 10, 7 and 8 in turns, 3 of each: means 9.5 and 7.5, s^2 0.3, standard error sqrt(0.1) = 0.3162, 10 degrees, t 2.2281:
 * 2 +- 0.7046. A gap of 1.2 is surely passed, one of 1.3 is not. */
static void our_own_calls_above_the_manufacturers_by_more_than_the_gap(void **state)
{
    (void)state;
    double difference = 0;
    struct interval interval = {0};
    struct score_sums month = {.inhouse = overalls(9000, 10000, 3), .oem = overalls(7000, 8000, 3)};
    policy.honesty.inhouse_gap = 1200;
    assert_true(honesty_inhouse_above(&policy, &month, &difference, &interval));
    assert_true(fabs(difference - 2) < 1e-9);
    assert_true(fabs(interval.low - 1.2954) < 1e-3);
    assert_true(fabs(interval.high - 2.7046) < 1e-3);
    policy.honesty.inhouse_gap = 1300;
    assert_false(honesty_inhouse_above(&policy, &month, &difference, &interval));
    policy.honesty.inhouse_gap = 0;
    month.inhouse = overalls(9000, 10000, 2); /* 4 answers: too few to show */
    assert_false(honesty_inhouse_above(&policy, &month, &difference, &interval));
}

static int64_t first_of(int32_t month)
{
    return civil_to_days((struct civil_date){2026, month, 1});
}

static void visits(struct called_months *months, int32_t month, bool unhappy, int called, int neglected)
{
    while (called-- > 0)
        honesty_called_count(months, first_of(month), unhappy, true);
    while (neglected-- > 0)
        honesty_called_count(months, first_of(month), unhappy, false);
}

static bool selective(const struct called_months *months, int32_t month)
{
    struct interval share[2];
    struct called_month sum = honesty_called_sum(&policy.honesty, months, first_of(month));
    return honesty_called_selectively(&policy.honesty, &sum, share);
}

/* Wilson by statsmodels: content 36 of 40 is 76.9 to 96.0 %; unhappy 4 of 10 is 16.8 to 68.7 %: apart; 6 of 10 is 31.3 to 83.2 %:
 * they touch. */
static void unhappy_customers_who_are_called_back_less_often_than_content_ones(void **state)
{
    (void)state;
    struct called_months months = {0}, even = {0}, few = {0}, reverse = {0};
    visits(&months, 9, false, 36, 4);
    visits(&months, 10, true, 2, 2);
    visits(&months, 11, true, 2, 4);
    assert_true(selective(&months, 11));  /* September to November */
    assert_false(selective(&months, 10)); /* 4 unhappy until October: too few */
    assert_false(selective(&months, 12)); /* nobody content is left since October */
    visits(&even, 11, false, 36, 4);
    visits(&even, 11, true, 6, 4);
    assert_false(selective(&even, 11)); /* 60 % beside 90 %, and still chance may explain it */
    visits(&few, 11, false, 36, 4);
    visits(&few, 11, true, 0, 4);
    assert_false(selective(&few, 11));
    visits(&few, 11, true, 0, 1); /* the fifth */
    assert_true(selective(&few, 11));
    visits(&reverse, 11, true, 36, 4); /* who calls the unhappy first does well */
    visits(&reverse, 11, false, 4, 6);
    assert_false(selective(&reverse, 11));
}

static void who_was_called_is_remembered_for_twelve_months(void **state)
{
    (void)state;
    struct called_months months = {0};
    policy.honesty.called_months = CALLED_MONTHS_MAX;
    for (int32_t month = 1; month <= 12; month++)
        visits(&months, month, false, month, 0);
    honesty_called_count(&months, civil_to_days((struct civil_date){2027, 1, 1}), true, false);
    assert_int_equal(months.count, CALLED_MONTHS_MAX);
    assert_int_equal(months.month[0].first_day, first_of(2)); /* January 2026 was let go */
    struct called_month sum =
        honesty_called_sum(&policy.honesty, &months, civil_to_days((struct civil_date){2027, 1, 1}));
    assert_int_equal(sum.visits[0], 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12);
    assert_int_equal(sum.visits[1], 1);
    assert_int_equal(sum.called[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_contact_that_was_edited_shortly_before_the_survey, the_rulebook),
        cmocka_unit_test_setup(the_third_customer_on_one_device_within_30_days, the_rulebook),
        cmocka_unit_test_setup(a_device_keeps_the_newest_customers_only, the_rulebook),
        cmocka_unit_test_setup(a_kiosk_in_the_showroom_is_everybodys, the_rulebook),
        cmocka_unit_test_setup(more_perfect_forms_than_the_months_before_and_than_chance, the_rulebook),
        cmocka_unit_test_setup(our_own_calls_above_the_manufacturers_by_more_than_the_gap, the_rulebook),
        cmocka_unit_test_setup(unhappy_customers_who_are_called_back_less_often_than_content_ones, the_rulebook),
        cmocka_unit_test_setup(who_was_called_is_remembered_for_twelve_months, the_rulebook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
