/* Times as text: against the C library's calendar, and what is not a time is refused. */
#define _GNU_SOURCE /* timegm */
#include "core/rfc3339.h"
#include "core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#define YEAR_0_S (-62167219200ll)
#define YEAR_10000_S 253402300800ll

/* Knuth's MMIX generator: the same instants in every run. */
static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return *seed >> 11;
}

static void expect_as_libc(int64_t seconds, uint32_t ms)
{
    time_t libc_seconds = (time_t)seconds;
    struct tm tm;
    assert_non_null(gmtime_r(&libc_seconds, &tm));
    char expected[64];
    snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
    char text[RFC3339_LEN + 1];
    rfc3339_format(seconds * 1000 + ms, text);
    assert_string_equal(text, expected);
    int64_t parsed;
    assert_int_equal(rfc3339_parse(span_of(text), &parsed), 0);
    assert_int_equal(parsed, seconds * 1000 + ms);
    assert_int_equal(timegm(&tm), seconds);
}

static void every_instant_reads_as_the_c_library_writes_it(void **state)
{
    (void)state;
    uint64_t seed = 20261123;
    for (uint32_t i = 0; i < 100000; i++) {
        int64_t seconds = YEAR_0_S + (int64_t)(next_random(&seed) % (uint64_t)(YEAR_10000_S - YEAR_0_S));
        expect_as_libc(seconds, (uint32_t)(next_random(&seed) % 1000));
    }
    expect_as_libc(YEAR_0_S, 0);
    expect_as_libc(YEAR_10000_S - 1, 999);
    expect_as_libc(-1, 999);
    expect_as_libc(0, 0);
}

static void every_day_of_ten_thousand_years_follows_the_one_before(void **state)
{
    (void)state;
    struct civil_date last = civil_from_days(YEAR_0_S / 86400);
    assert_int_equal(last.year, 0);
    for (int64_t days = YEAR_0_S / 86400 + 1; days < YEAR_10000_S / 86400; days++) {
        struct civil_date date = civil_from_days(days);
        assert_int_equal(civil_to_days(date), days);
        bool next_day = date.year == last.year && date.month == last.month && date.day == last.day + 1;
        bool next_month = date.day == 1 && last.day >= 28 && date.month == last.month % 12 + 1;
        assert_true(next_day || next_month);
        last = date;
    }
    assert_int_equal(last.year, 9999);
}

static void offsets_fractions_and_spellings_mean_the_same_instant(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        /* `date -u -d 2026-11-23T00:00:00Z +%s` gives 1795392000 */
        {"2026-11-23T00:00:00Z", 1795392000000},
        {"2026-11-23t00:00:00z", 1795392000000},
        {"2026-11-23 00:00:00Z", 1795392000000},
        {"2026-11-23T08:00:00+08:00", 1795392000000},
        {"2026-11-22T18:30:00-05:30", 1795392000000},
        {"2026-11-23T00:00:00-00:00", 1795392000000},
        {"2026-11-23T00:00:00.5Z", 1795392000500},
        {"2026-11-23T00:00:00.0009Z", 1795392000000},
        {"2026-11-23T00:00:00.123999999999Z", 1795392000123},
        {"2026-11-22T23:59:60Z", 1795392000000}, /* a leap second counts as the next one */
        {"2026-11-22T23:59:60.000Z", 1795392000000},
        {"2024-02-29T00:00:00Z", 1709164800000}, /* date -u -d 2024-02-29 +%s */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = 0;
        assert_int_equal(rfc3339_parse(span_of(rows[i].text), &ms), 0);
        assert_int_equal(ms, rows[i].ms);
    }
}

static void what_is_not_a_time_is_refused(void **state)
{
    (void)state;
    static const char *rows[] = {
        "",
        "2026",
        "2026-11-23",
        "2026-11-23T00:00:00",
        "2026-11-23T00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-11-00T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T00:60:00Z",
        "2026-11-23T00:00:61Z",
        "2026-11-23T00:58:60Z",
        "2026-11-23T00:00:00.Z",
        "2026-11-23T00:00:00+24:00",
        "2026-11-23T00:00:00+08:60",
        "2026-11-23T00:00:00+0800",
        "2026-11-23T00:00:00Z ",
        " 2026-11-23T00:00:00Z",
        "2026-11-23X00:00:00Z",
        "2026-13-01T00:00:00.000Z", /* as our own are written, but for one thing */
        "2026-11-31T00:00:00.000Z",
        "2025-02-29T00:00:00.000Z",
        "2026-11-23T24:00:00.000Z",
        "2026-11-23T00:60:00.000Z",
        "2026-11-23T00:00:61.000Z",
        "2026-11-23T00:00:00,000Z",
        "2026-11-23T00:00:00.0 0Z",
        "20x6-11-23T00:00:00.000Z",
        "20261123T000000Z",
        "2026-1-23T00:00:00Z",
        "+2026-11-23T00:00:00Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "today",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = 42;
        assert_int_equal(rfc3339_parse(span_of(rows[i]), &ms), -E_BAD_TIME);
        assert_int_equal(ms, 42);
    }
    int64_t ms;
    assert_int_equal(rfc3339_parse(span_make(NULL, 0), &ms), -E_BAD_TIME);
    assert_int_equal(rfc3339_parse(span_make("2026-11-23T00:00:00\0Z", 21), &ms), -E_BAD_TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_instant_reads_as_the_c_library_writes_it),
        cmocka_unit_test(every_day_of_ten_thousand_years_follows_the_one_before),
        cmocka_unit_test(offsets_fractions_and_spellings_mean_the_same_instant),
        cmocka_unit_test(what_is_not_a_time_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
