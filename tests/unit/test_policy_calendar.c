/* Calendars of a policy: what a manager may write, what it means, and what is refused with line, key and a sentence. */
#include "core/calendar.h"
#include "core/rfc3339.h"
#include "core/status.h"
#include "io/policy_file.h"
#include "io/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE 60000ll
#define HOUR (60 * MINUTE)

static struct policy policy, again;
static char message[POLICY_MESSAGE_MAX];
static char rendered[256 * 1024];
static char rendered_again[256 * 1024];

static int64_t when(const char *text)
{
    int64_t ms;
    assert_int_equal(rfc3339_parse(span_of(text), &ms), 0);
    return ms;
}

static void propose(const char *text)
{
    if (policy_propose(span_of(text), ZONE_DIR, &policy, message) < 0)
        fail_msg("%s", message);
}

static void due(const char *store, const char *from, int64_t working_ms, const char *at)
{
    const struct duration amount = {working_ms, TIME_WORKING};
    assert_int_equal(calendar_add(&policy, span_of(store), when(from), amount), when(at));
}

/* What a group with a branch abroad may write. */
#define WORKED "tuesday: \"08:30-17:30\", wednesday: \"08:30-17:30\", thursday: \"08:30-17:30\""
static const char two_countries[] = "calendar: showroom\n"
                                    "calendars:\n"
                                    "- calendar: national\n"
                                    "  years: 2026\n"
                                    "  hours: {monday: \"08:30-12:00, 13:00-17:30\", " WORKED "}\n"
                                    "  holidays: [2026-10-01 to 2026-10-07, 2026-01-01]\n"
                                    "  makeup_days: [2026-10-10 like monday]\n"
                                    "- calendar: showroom\n"
                                    "  years: 2025-2026\n"
                                    "  hours: {saturday: \"09:00-18:00\", sunday: closed, monday: \"00:00-24:00\"}\n"
                                    "- calendar: hamburg\n"
                                    "  zone: Europe/Berlin\n"
                                    "  years: 2026\n"
                                    "  hours: {sunday: \"00:00-06:00\", monday: \"09:00-10:00\"}\n"
                                    "  stores: [hh-nord, hh-hafen]\n";

static void a_store_goes_by_the_calendar_that_names_it(void **state)
{
    (void)state;
    propose(two_countries);
    /* 2026-03-29 is the Sunday on which Berlin's clocks go from 02:00 to 03:00: 00:00-06:00 has five hours of time, and the
     * sixth is Monday's */
    due("hh-nord", "2026-03-28T12:00:00+01:00", 5 * HOUR, "2026-03-29T06:00:00+02:00");
    due("hh-hafen", "2026-03-28T12:00:00+01:00", 6 * HOUR, "2026-03-30T10:00:00+02:00");
    /* 2026-10-25: from 03:00 back to 02:00, seven hours */
    due("hh-nord", "2026-10-24T12:00:00+02:00", 7 * HOUR, "2026-10-25T06:00:00+01:00");
    /* everybody else by the showroom's: Saturday until 18:00, Sunday closed, all of Monday */
    due("sh-pudong", "2026-10-03T17:00:00+08:00", 2 * HOUR, "2026-10-05T01:00:00+08:00");
    /* and statutory clocks by the national one: 1 to 7 October is free, Thursday the 8th has nine hours, Friday none, and
     * Saturday the 10th is worked like a Monday */
    const struct duration amount = {13 * HOUR, TIME_WORKING};
    assert_int_equal(calendar_add_national(&policy, when("2026-10-01T09:00:00+08:00"), amount),
                     when("2026-10-10T13:30:00+08:00"));
    assert_true(calendar_covers(&policy, span_of("sh-pudong"), when("2025-01-01T00:00:00+08:00"),
                                when("2026-12-31T23:59:59+08:00")));
    assert_false(calendar_covers(&policy, span_of("sh-pudong"), when("2025-01-01T00:00:00+08:00"),
                                 when("2027-01-01T00:00:00+08:00")));
    assert_false(
        calendar_covers_national(&policy, when("2025-12-31T23:59:59+08:00"), when("2026-01-02T00:00:00+08:00")));
}

/* Next year and elsewhere it means the same: the document says what the zones do. */
static void the_resolved_document_needs_no_zone_files(void **state)
{
    (void)state;
    static const char *const documents[] = {
        two_countries,
        "zone: Europe/Berlin\n",
        "zone: America/New_York\ncalendars:\n- calendar: national\n  zone: Asia/Shanghai\n  years: 2026\n"
        "  hours: {sunday: \"01:15-02:45, 03:00-03:01, 04:00-12:00, 23:59-24:00\", " WORKED "}\n"
        "  holidays: [2026-03-08, 2026-02-01 to 2026-03-01]\n"
        "  makeup_days: [2026-03-09 like sunday]\n  stores: [a, \"b: c\", 满意]\n",
    };
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        size_t len, len_again;
        char hash[33];
        propose(documents[i]);
        assert_int_equal(policy_render(&policy, rendered, sizeof rendered, &len, hash), 0);
        if (policy_parse(span_make(rendered, len), &again, message) < 0)
            fail_msg("%s", message);
        assert_memory_equal(&again.calendars, &policy.calendars, sizeof policy.calendars);
        assert_int_equal(again.utc_offset_minutes, policy.utc_offset_minutes);
        assert_int_equal(policy_render(&again, rendered_again, sizeof rendered_again, &len_again, hash), 0);
        assert_int_equal(len, len_again);
        assert_memory_equal(rendered, rendered_again, len);
        /* proposed once more it is the same, too: what the system says is what it said */
        assert_int_equal(policy_propose(span_make(rendered, len), ZONE_DIR, &again, message), 0);
        assert_memory_equal(&again.calendars, &policy.calendars, sizeof policy.calendars);
    }
}

/* The group's own zone: its days and months turn at its own midnight, summer and winter. */
static void the_groups_day_turns_at_its_own_midnight(void **state)
{
    (void)state;
    propose("zone: Europe/Berlin\n");
    int64_t midsummer = civil_to_days((struct civil_date){2026, 6, 21});
    assert_int_equal(calendar_day(&policy, when("2026-06-21T00:00:00+02:00")), midsummer);
    assert_int_equal(calendar_day(&policy, when("2026-06-21T00:00:00+02:00") - 1), midsummer - 1);
    assert_int_equal(calendar_month_begin_ms(&policy, 2026, 3), when("2026-03-01T00:00:00+01:00"));
    assert_int_equal(calendar_month_begin_ms(&policy, 2026, 4), when("2026-04-01T00:00:00+02:00"));
    assert_int_equal(calendar_month_begin_ms(&policy, 2026, 13), when("2027-01-01T00:00:00+01:00"));
    assert_int_equal(calendar_offset_minutes(&policy, when("2026-12-01T00:00:00Z")), 60);
    /* whoever runs an older document, without changes, goes by the one offset that it gives */
    assert_int_equal(policy_parse(span_of("zone: Europe/Berlin\nutc_offset_minutes: 60\n"), &policy, message), 0);
    assert_int_equal(calendar_month_begin_ms(&policy, 2026, 4), when("2026-04-01T00:00:00+01:00"));
}

#define NATIONAL "calendars:\n- calendar: national\n  years: 2026\n  hours: {monday: \"08:00-12:00\"}\n"

static const struct {
    const char *text;
    const char *said;
} mistakes[] = {
    {"calendars:\n- calendar: national\n  years: 2026\n  hours:\n    monday: 08:30-12:00, 11:00-17:30\n",
     "line 5: calendars[0].hours.monday has working hours that overlap: one begins at 11:00, before the one before it ends "
     "at 12:00"},
    {"calendars:\n- calendar: national\n  years: 2026\n  hours:\n    friday: 17:30-08:30\n",
     "line 5: calendars[0].hours.friday has working hours that end at 08:30, not after they begin at 17:30"},
    {"calendars:\n- calendar: national\n  years: 2026\n  hours:\n    friday: 08:30-25:00\n",
     "line 5: calendars[0].hours.friday is \"08:30-25:00\"; allowed is closed, or up to 4 working times"},
    {"calendars:\n- calendar: national\n  years: 2026\n  hours: {monday: closed}\n",
     "line 4: calendars[0].hours has no working hours on any day of the week"},
    {NATIONAL "  holidays:\n  - 2026-02-30\n",
     "line 6: calendars[0].holidays[0] is 2026-02-30, a day that does not exist"},
    {NATIONAL "  holidays:\n  - 2026-02-15 to 2026-13-01\n",
     "line 6: calendars[0].holidays[0] is 2026-13-01, a day that does not exist"},
    {NATIONAL "  holidays:\n  - 2026-02-15 to 2026-02-14\n",
     "line 6: calendars[0].holidays[0] is 2026-02-15 to 2026-02-14, which ends before it begins"},
    {NATIONAL "  holidays:\n  - first of May\n",
     "line 6: calendars[0].holidays[0] is \"first of May\"; allowed is a date such as 2026-10-01"},
    {NATIONAL "  holidays:\n  - 2027-01-01\n",
     "line 6: calendars[0].holidays[0] lies outside the years 2026 to 2026 that the calendar says it covers"},
    {NATIONAL "  holidays:\n  - 2026-02-15 to 2026-02-23\n  makeup_days:\n  - 2026-02-16 like monday\n",
     "line 8: calendars[0].makeup_days[0] says a day that holidays[0] says, too: it is a holiday or a make-up day, not both"},
    {NATIONAL "  holidays:\n  - 2026-05-01 to 2026-05-05\n  - 2026-05-05\n",
     "line 7: calendars[0].holidays[1] says a day that holidays[0] says already"},
    {NATIONAL "  holidays:\n  - 2026-05-01\n  makeup_days:\n  - 2026-05-09 like sunday\n",
     "line 8: calendars[0].makeup_days[0] is worked like sunday, which has no working hours"},
    {NATIONAL "  makeup_days:\n  - 2026-05-09\n",
     "line 6: calendars[0].makeup_days[0] is \"2026-05-09\"; allowed is a date"},
    {"calendars:\n- calendar: national\n  years: 2026-2027\n  hours: {monday: \"08:00-12:00\"}\n  holidays: [2026-05-01]\n",
     "line 3: calendars[0].years covers 2027, a year without a calendar: no holiday of it is given"},
    {"calendars:\n- calendar: national\n  years: soon\n  hours: {monday: \"08:00-12:00\"}\n",
     "line 3: calendars[0].years is \"soon\"; allowed is a year"},
    {"calendars:\n- calendar: national\n  hours: {monday: \"08:00-12:00\"}\n",
     "line 3: years is missing in calendars[0]"},
    {"calendars:\n- calendar: shop\n  years: 2026\n  hours: {monday: \"08:00-12:00\"}\n",
     "line 2: calendars has none that is called national, by which statutory clocks go"},
    {NATIONAL "- calendar: national\n  years: 2026\n  hours: {monday: \"08:00-12:00\"}\n",
     "line 5: calendars[1] gives national a second time"},
    {NATIONAL "  stores: [a]\n- calendar: shop\n  years: 2026\n  hours: {monday: \"08:00-12:00\"}\n  stores:\n  - a\n",
     "line 10: calendars[1].stores[0] gives a a calendar a second time"},
    {NATIONAL "  zone: Mars/Olympus\n",
     "line 5: calendars[0].zone is Mars/Olympus, which is no time zone that this system knows"},
    {"zone: Mars/Olympus\nutc_offset_minutes: 7\n", "line 1: zone is Mars/Olympus, which is no time zone"},
    {"name: a\nzone: Europe/Berlin\nutc_offset_minutes: 480\n",
     "line 3: utc_offset_minutes is 480, but Europe/Berlin is at 60 by this system's time zones"},
    {"calendar: shop\n", "line 1: calendar is shop, which `calendars` does not have"},
    {"zones:\n- zone: Here/There\n  offset_minutes: 900\n", "line 3: zones[0].offset_minutes is \"900\""},
    {"zones:\n- {zone: Here/There, offset_minutes: 0, changes: [{at: 2026-01-01, offset_minutes: 1}]}\n",
     "line 2: zones[0].changes[0] has \"2026-01-01\" as its time"},
};

static void a_mistake_is_refused_with_line_key_and_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        policy_default(&policy);
        again = policy;
        if (policy_propose(span_of(mistakes[i].text), ZONE_DIR, &policy, message) != -E_BAD_POLICY)
            fail_msg("accepted: %s", mistakes[i].text);
        if (!strstr(message, mistakes[i].said))
            fail_msg("for %s it said \"%s\", not \"%s\"", mistakes[i].text, message, mistakes[i].said);
        assert_memory_equal(&policy, &again, sizeof policy);
    }
}

/* Without zone files, only what the document says itself can be understood. */
static void a_system_without_zones_needs_a_document_that_says_it_all(void **state)
{
    (void)state;
    static const char nowhere[] = "/nowhere/zoneinfo";
    assert_int_equal(policy_propose(span_of("name: a\n"), nowhere, &policy, message), 0);
    assert_int_equal(policy_propose(span_of("zone: Asia/Urumqi\nutc_offset_minutes: 360\n"), nowhere, &policy, message),
                     0);
    assert_int_equal(policy_propose(span_of("zone: Asia/Urumqi\n"), nowhere, &policy, message), -E_BAD_POLICY);
    assert_non_null(strstr(message, "line 1: zone is Asia/Urumqi: give its utc_offset_minutes, too"));
    assert_int_equal(policy_propose(span_of(two_countries), nowhere, &policy, message), -E_BAD_POLICY);
    assert_non_null(strstr(message, "calendars[2].zone is Europe/Berlin, a zone whose figures `zones` does not give"));
    propose(two_countries);
    size_t len;
    char hash[33];
    assert_int_equal(policy_render(&policy, rendered, sizeof rendered, &len, hash), 0);
    assert_int_equal(policy_propose(span_make(rendered, len), nowhere, &again, message), 0);
    assert_memory_equal(&again.calendars, &policy.calendars, sizeof policy.calendars);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_goes_by_the_calendar_that_names_it),
        cmocka_unit_test(the_resolved_document_needs_no_zone_files),
        cmocka_unit_test(the_groups_day_turns_at_its_own_midnight),
        cmocka_unit_test(a_mistake_is_refused_with_line_key_and_a_sentence),
        cmocka_unit_test(a_system_without_zones_needs_a_document_that_says_it_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
