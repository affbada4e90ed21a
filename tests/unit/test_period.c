/* Periods of the local calendar: "2026-11-23", "2026-11", "2026-Q4", "2026-H2", "2026". */
#include "core/score.h"
#include "core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Days since 1970-01-01 as `date -u -d DAY +%s` divided by 86400 gives them. */
static void a_period_is_its_first_and_last_day(void **state)
{
    (void)state;
    static const struct {
        const char *period;
        int64_t first, last;
    } rows[] = {
        {"2026-11-23", 20780, 20780}, {"2024-02-29", 19782, 19782}, {"2000-02-29", 11016, 11016},
        {"1970-01-01", 0, 0},         {"1969-12-31", -1, -1},       {"2026-11", 20758, 20787},
        {"2026-12", 20788, 20818},    {"2024-02", 19754, 19782},    {"2026-02", 20485, 20512},
        {"1900-02", -25536, -25509},  {"2000-02", 10988, 11016},    {"2026-Q1", 20454, 20543},
        {"2026-Q2", 20544, 20634},    {"2026-Q3", 20635, 20726},    {"2026-Q4", 20727, 20818},
        {"2026-H1", 20454, 20634},    {"2026-H2", 20635, 20818},    {"2026", 20454, 20818},
        {"2024", 19723, 20088},       {"9999", 2932532, 2932896},   {"0000", -719528, -719163},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        int64_t first, last;
        assert_int_equal(period_days(span_of(rows[i].period), &first, &last), 0);
        assert_int_equal(first, rows[i].first);
        assert_int_equal(last, rows[i].last);
    }
}

static void what_is_no_period_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",           "2",          "202",        "20266",       "2026-",      "2026-1",     "2026-00",    "2026-13",
        "2026-Q0",    "2026-Q5",    "2026-H0",    "2026-H3",     "2026-q4",    "2026-Q",     "2026-Q44",   "2026-H22",
        "2026-111",   "2026/11",    "2026-11-",   "2026-11-2",   "2026-11-00", "2026-11-31", "2026-02-29", "2024-02-30",
        "1900-02-29", "2026-04-31", "2026-12-32", "2026-11-233", "2026 11 23", "2026-11/23", "-026-11-23", "2026-+1-23",
        "2026-11-2a", "20261123",   " 2026",      "2026 ",       "2026-Q4-01", "-1",
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        int64_t first = -7, last = -7;
        if (period_days(span_of(rows[i]), &first, &last) != -E_BAD_TIME)
            fail_msg("\"%s\" was taken for a period", rows[i]);
        assert_int_equal(first, -7);
        assert_int_equal(last, -7);
    }
}

/* A year is two halves, four quarters and twelve months, one after the other. */
static void smaller_periods_tile_the_year(void **state)
{
    (void)state;
    static const struct {
        const char *part[12];
        uint32_t count;
    } rows[] = {
        {{"H1", "H2"}, 2},
        {{"Q1", "Q2", "Q3", "Q4"}, 4},
        {{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"}, 12},
    };
    for (uint32_t year = 1896; year <= 2110; year++) {
        for (size_t i = 0; i < ROWS(rows); i++) {
            char text[8] = {(char)('0' + year / 1000), (char)('0' + year / 100 % 10), (char)('0' + year / 10 % 10),
                            (char)('0' + year % 10), '-'};
            int64_t year_first, year_last, first, last;
            assert_int_equal(period_days(span_make(text, 4), &year_first, &year_last), 0);
            int64_t next = year_first;
            for (uint32_t k = 0; k < rows[i].count; k++) {
                memcpy(text + 5, rows[i].part[k], 2);
                assert_int_equal(period_days(span_make(text, 7), &first, &last), 0);
                assert_int_equal(first, next);
                next = last + 1;
            }
            assert_int_equal(next, year_last + 1);
        }
    }
}

static void a_day_and_its_text_lead_to_each_other(void **state)
{
    (void)state;
    for (int64_t day = -30000; day < 60000; day++) {
        char text[PERIOD_OF_DAY_LEN + 1];
        period_of_day(day, text);
        int64_t first, last;
        assert_int_equal(period_days(span_of(text), &first, &last), 0);
        assert_int_equal(first, day);
        assert_int_equal(last, day);
    }
}

static void a_day_that_cannot_be_written_is_the_nearest_that_can(void **state)
{
    (void)state;
    static const struct {
        int64_t day;
        const char *text;
    } rows[] = {
        {0, "1970-01-01"},         {-1, "1969-12-31"},      {INT64_MIN, "0000-01-01"},
        {INT64_MAX, "9999-12-31"}, {2932896, "9999-12-31"}, {2932897, "9999-12-31"},
        {-719528, "0000-01-01"},   {-719529, "0000-01-01"}, {20780, "2026-11-23"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[PERIOD_OF_DAY_LEN + 1];
        period_of_day(rows[i].day, text);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_period_is_its_first_and_last_day),
        cmocka_unit_test(what_is_no_period_is_refused),
        cmocka_unit_test(smaller_periods_tile_the_year),
        cmocka_unit_test(a_day_and_its_text_lead_to_each_other),
        cmocka_unit_test(a_day_that_cannot_be_written_is_the_nearest_that_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
