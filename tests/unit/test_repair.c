/* A vehicle in repair: days that are begun count, people hear before the day comes, each thing once. */
#include "core/calendar.h"
#include "core/repair.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct stay {
    struct policy policy;
    struct repair repair;
    char id[CASE_ID_MAX];
    char told[512];
};

static void note(struct stay *stay, const struct repair_effects *effects)
{
    for (uint32_t i = 0; i < effects->notice_count; i++) {
        const struct repair_notice *notice = &effects->notice[i];
        char time[24];
        size_t len = strlen(stay->told);
        snprintf(stay->told + len, sizeof stay->told - len, "%s %s %d level %d\n", told_time(notice->at_ms, time),
                 notice->why, (int)notice->percent, (int)notice->level);
    }
}

static void stay_open(struct stay *stay, const char *at, int64_t days_before, int64_t repairs, bool safety)
{
    struct event event = {.type = EVENT_visit_opened};
    event.data.visit =
        (struct visit){.store = span_of("sh-pudong"), .department = span_of("service"), .visit = span_of("RO-1")};
    struct cause cause = {60, when(at)};
    struct repair_effects effects = {0};
    stay->told[0] = '\0';
    policy_default(&stay->policy);
    repair_open(&stay->policy, &event, cause, stay->id, &stay->repair);
    SET(&stay->repair, repair, vehicle, span_of("VIN-1"));
    stay->repair.days_before = days_before;
    stay->repair.fault_repairs = repairs;
    stay->repair.safety = safety;
    repair_notify(&stay->policy, &stay->repair, cause.at_ms, cause, &effects);
    note(stay, &effects);
}

static void stay_passes(struct stay *stay, const char *until)
{
    for (;;) {
        int64_t due_ms = repair_next_due(&stay->policy, &stay->repair);
        struct repair_effects effects = {0};
        if (due_ms > when(until))
            return;
        repair_advance(&stay->policy, &stay->repair, due_ms, (struct cause){61, due_ms}, &effects);
        note(stay, &effects);
        assert_true(repair_next_due(&stay->policy, &stay->repair) > due_ms);
    }
}

static void each_begun_day_of_24_hours_counts(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        int64_t days;
    } rows[] = {
        {"2026-11-02 10:00", "2026-11-02 10:00", 1},  {"2026-11-02 10:00", "2026-11-02 18:00", 1},
        {"2026-11-02 10:00", "2026-11-03 10:00", 1},  {"2026-11-02 10:00", "2026-11-03 10:00:01", 2},
        {"2026-11-02 10:00", "2026-12-02 10:00", 30}, {"2026-11-02 10:00", "2026-12-02 10:00:00.001", 31},
        {"2026-11-02 10:00", "2026-11-01 10:00", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(repair_days(when(rows[i].from), when(rows[i].to)), rows[i].days);
}

/* Monday 10:00: day 5 begins on Friday at 10:00, day 25 on the 17th of December, day 30 on the 22nd. */
static void a_long_stay_is_told_three_times(void **state)
{
    (void)state;
    struct stay stay;
    stay_open(&stay, "2026-11-23 10:00", 0, 1, false);
    assert_int_equal(stay.repair.loaner_at, when("2026-11-28 10:00"));
    stay_passes(&stay, "2027-03-01 00:00");
    assert_string_equal(stay.told, "27 10:00 loaner 80 level 1\n"
                                   "17 10:00 vin-days 80 level 1\n"
                                   "22 10:00 vin-days 100 level 2\n");
    assert_int_equal(repair_next_due(&stay.policy, &stay.repair), INT64_MAX);
}

static void what_was_used_up_before_is_told_when_the_stay_begins_and_only_the_highest(void **state)
{
    (void)state;
    struct stay stay;
    stay_open(&stay, "2026-11-23 10:00", 31, 5, true);
    assert_string_equal(stay.told, "23 10:00 vin-days 100 level 2\n"
                                   "23 10:00 vin-repairs 100 level 2\n"
                                   "23 10:00 vin-safety 100 level 2\n");
}

/* The manager sleeps, except for what concerns safety. */
static void what_comes_in_the_evening_is_told_in_the_morning_unless_it_is_about_safety(void **state)
{
    (void)state;
    struct stay stay;
    stay_open(&stay, "2026-11-23 21:00", 0, 4, true);
    assert_string_equal(stay.told, "23 21:00 vin-safety 100 level 2\n");
    stay_open(&stay, "2026-11-23 21:00", 0, 4, false);
    assert_string_equal(stay.told, "");
    stay_passes(&stay, "2026-11-28 12:00");
    assert_string_equal(stay.told, "24 08:00 vin-repairs 80 level 1\n"
                                   "28 08:00 loaner 80 level 1\n");
}

static void its_end_keeps_it_for_thirty_days_and_a_later_word_corrects_it_once(void **state)
{
    (void)state;
    struct stay stay;
    struct repair_effects effects = {0};
    stay_open(&stay, "2026-11-02 10:00", 0, 1, false);
    repair_end(&stay.policy, &stay.repair, repair_status_is_left, when("2026-11-12 09:00"),
               (struct cause){70, when("2026-11-12 09:00")}, &effects);
    assert_true(effects.ended);
    assert_int_equal(stay.repair.days, 10);
    effects = (struct repair_effects){0};
    repair_end(&stay.policy, &stay.repair, repair_status_is_completed, when("2026-11-05 10:00"),
               (struct cause){71, when("2026-11-12 11:00")}, &effects);
    assert_false(effects.ended);
    assert_int_equal(stay.repair.days, 3);
    assert_int_equal(repair_next_due(&stay.policy, &stay.repair), when("2026-12-12 09:00"));
    repair_advance(&stay.policy, &stay.repair, when("2026-12-12 09:00"), (struct cause){72, 0}, &effects);
    assert_true(effects.gone);
    assert_int_equal(repair_next_due(&stay.policy, &stay.repair), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_begun_day_of_24_hours_counts),
        cmocka_unit_test(a_long_stay_is_told_three_times),
        cmocka_unit_test(what_was_used_up_before_is_told_when_the_stay_begins_and_only_the_highest),
        cmocka_unit_test(what_comes_in_the_evening_is_told_in_the_morning_unless_it_is_about_safety),
        cmocka_unit_test(its_end_keeps_it_for_thirty_days_and_a_later_word_corrects_it_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
