/* What the clocks of a zone do: this system's files as the C library reads them, and files written here. */
#include "core/rfc3339.h"
#include "core/status.h"
#include "core/zone_time.h"
#include "io/zone.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define HOUR 3600000ll

static int64_t when(const char *text)
{
    int64_t ms;
    assert_int_equal(rfc3339_parse(span_of(text), &ms), 0);
    return ms;
}

/* glibc's localtime_r, every hour of 17 years, and just before each change. Summer time north and south of the equator, by half
 * an hour (Lord Howe), turned round (Dublin's winter is what its law calls summer time's opposite), by the moon (Casablanca, El
 * Aaiun), at midnight (Havana, Santiago), none (Shanghai, Kathmandu). */
static void a_zone_is_read_as_the_c_library_reads_it(void **state)
{
    (void)state;
    static const char *const zones[] = {"Asia/Shanghai",
                                        "Europe/Berlin",
                                        "America/New_York",
                                        "Europe/Dublin",
                                        "Australia/Lord_Howe",
                                        "Asia/Kathmandu",
                                        "Africa/Casablanca",
                                        "America/Havana",
                                        "America/Santiago",
                                        "Africa/Cairo",
                                        "UTC"};
    int64_t from_ms = when("2020-01-01T00:00:00Z"), to_ms = when("2037-01-01T00:00:00Z");
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        struct zone_found found;
        assert_int_equal(zone_resolve(ZONE_DIR, zones[i], from_ms, to_ms, &found), 0);
        assert_int_equal(setenv("TZ", zones[i], 1), 0);
        tzset();
        const struct zone_time zone = {found.offset_minutes, &found.changes};
        for (int64_t at_ms = from_ms; at_ms < to_ms; at_ms += HOUR) {
            for (int64_t before_ms = 0; before_ms <= 1000; before_ms += 1000) {
                time_t at = (time_t)((at_ms - before_ms) / 1000);
                struct tm wall;
                assert_non_null(localtime_r(&at, &wall));
                if (wall.tm_gmtoff * 1000 != zone_stretch(zone, at_ms - before_ms).offset_ms && at_ms > from_ms)
                    fail_msg("%s at %lld: %ld seconds", zones[i], (long long)at, wall.tm_gmtoff);
            }
        }
    }
}

/* A file of version 2 as slim ones are: no change in it, the rule says it all. */
static void zone_file(const char *dir, const char *magic, const char *rule)
{
    char path[SCRATCH_MAX + 16];
    snprintf(path, sizeof path, "%s/Zone", dir);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    uint8_t header[44] = {0};
    memcpy(header, magic, 5);
    header[39] = 1; /* types */
    header[43] = 4; /* bytes of names */
    uint8_t type[6] = {0, 0, 0, 0, 0, 0};
    for (int block = 0; block < 2; block++) {
        assert_int_equal(fwrite(header, sizeof header, 1, file), 1);
        assert_int_equal(fwrite(type, sizeof type, 1, file), 1);
        assert_int_equal(fwrite("LMT", 4, 1, file), 1);
    }
    fprintf(file, "\n%s\n", rule);
    fclose(file);
}

/* Rules as POSIX has them: hours west of Greenwich, so that their sign is turned over; days counted by hand on a calendar of
 * 2026, a year that begins on a Thursday. */
static void a_rule_says_when_the_clocks_change_every_year(void **state)
{
    static const struct {
        const char *rule;
        int32_t offset;
        const char *at[2];
        int32_t minutes[2];
    } cases[] = {
        {"CST-8", 480, {NULL}, {0}},
        {"<+0545>-5:45", 345, {NULL}, {0}},
        {"<-03>3", -180, {NULL}, {0}},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 60, {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"}, {120, 60}},
        {"EST5EDT,M3.2.0,M11.1.0", -300, {"2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"}, {-240, -300}},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", 660, {"2026-04-04T16:00:00Z", "2026-10-03T16:00:00Z"}, {600, 660}},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", 0, {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"}, {60, 0}},
        {"AAA0BBB-0:30,J60/0,J300/0", 0, {"2026-03-01T00:00:00Z", "2026-10-26T23:30:00Z"}, {30, 0}},
        {"AAA0BBB,59/0,299/24", 0, {"2026-03-01T00:00:00Z", "2026-10-27T23:00:00Z"}, {60, 0}},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -120, {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"}, {-60, -120}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct zone_found found;
        zone_file(*state, "TZif2", cases[i].rule);
        int result = zone_resolve(*state, "Zone", when("2026-01-01T00:00:00Z"), when("2027-01-01T00:00:00Z"), &found);
        if (result < 0)
            fail_msg("%s is not understood", cases[i].rule);
        assert_int_equal(found.offset_minutes, cases[i].offset);
        assert_int_equal(found.changes.count, cases[i].at[0] ? 2 : 0);
        for (uint32_t k = 0; k < found.changes.count; k++) {
            assert_int_equal(found.changes.change[k].at_ms, when(cases[i].at[k]));
            assert_int_equal(found.changes.change[k].offset_minutes, cases[i].minutes[k]);
        }
    }
}

static void what_is_no_zone_is_not_taken_for_one(void **state)
{
    struct zone_found found = {.offset_minutes = 77};
    static const char *const rules[] = {"CST",      "-8",         "<CST-8",        "CST-999",        "CST-8:99",
                                        "CST-8CDT", "CST-8CDT,M", "CST-8CDT,M3.5", "CST-8CDT,J0,J5", "CST-8CDT,1,2x"};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        zone_file(*state, "TZif2", rules[i]);
        assert_int_equal(zone_resolve(*state, "Zone", 0, HOUR, &found), -E_CORRUPT);
    }
    zone_file(*state, "TZif\0", "CST-8"); /* version 1 has no times of 8 bytes */
    assert_int_equal(zone_resolve(*state, "Zone", 0, HOUR, &found), -E_CORRUPT);
    zone_file(*state, "Toif2", "CST-8");
    assert_int_equal(zone_resolve(*state, "Zone", 0, HOUR, &found), -E_CORRUPT);
    static const char *const names[] = {"", "Mars/Olympus", "/etc/passwd", "../../etc/passwd", "."};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(zone_resolve(*state, names[i], 0, HOUR, &found), -E_NOT_FOUND);
    assert_int_equal(found.offset_minutes, 77);
    assert_true(zone_dir_exists(*state));
    assert_false(zone_dir_exists("/nowhere/at/all"));
}

static void more_changes_than_there_is_room_for_are_refused(void **state)
{
    struct zone_found found;
    zone_file(*state, "TZif3", "CET-1CEST,M3.5.0,M10.5.0/3");
    int64_t from_ms = when("2000-01-01T00:00:00Z");
    assert_int_equal(zone_resolve(*state, "Zone", from_ms, when("2032-01-01T00:00:00Z"), &found), 0);
    assert_int_equal(found.changes.count, ZONE_CHANGES_MAX);
    assert_int_equal(zone_resolve(*state, "Zone", from_ms, when("2032-06-01T00:00:00Z"), &found), -E_NO_ROOM);
}

/* A system's file cut anywhere, and with any byte changed: understood or refused, never read past its end. */
static void a_damaged_file_does_no_harm(void **state)
{
    static uint8_t whole[65536], damaged[65536];
    FILE *file = fopen(ZONE_DIR "/Europe/Berlin", "rb");
    assert_non_null(file);
    size_t len = fread(whole, 1, sizeof whole, file);
    fclose(file);
    assert_in_range(len, 100, sizeof whole);
    char path[SCRATCH_MAX + 16];
    snprintf(path, sizeof path, "%s/Zone", (char *)*state);
    uint32_t refused = 0;
    for (size_t i = 0; i < len; i++) {
        memcpy(damaged, whole, len);
        damaged[i] = (uint8_t)(damaged[i] + 1 + i % 250);
        file = fopen(path, "wb");
        assert_int_equal(fwrite(damaged, 1, i % 2 ? i : len, file), i % 2 ? i : len);
        fclose(file);
        struct zone_found found;
        int result = zone_resolve(*state, "Zone", when("2020-01-01T00:00:00Z"), when("2030-01-01T00:00:00Z"), &found);
        assert_true(result == 0 || result == -E_CORRUPT || result == -E_NO_ROOM);
        refused += result < 0;
    }
    assert_in_range(refused, len / 2 - 2, len - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_is_read_as_the_c_library_reads_it),
        cmocka_unit_test_setup_teardown(a_rule_says_when_the_clocks_change_every_year, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_zone_is_not_taken_for_one, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(more_changes_than_there_is_room_for_are_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_file_does_no_harm, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
