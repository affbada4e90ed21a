/* Does a rulebook's offset fit its zone? By files as the system has them, written here. */
#include "core/status.h"
#include "io/zone.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void zone_write(const char *dir, const char *head, const char *rule)
{
    char path[SCRATCH_MAX + 16];
    snprintf(path, sizeof path, "%s/Zone", dir);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "%s and what the past was like\n%s\n", head, rule);
    fclose(file);
}

/* Rules as RFC 8536 and POSIX have them: hours west of Greenwich, so that their sign is turned over. */
static void an_offset_fits_the_standard_time_of_its_zone(void **state)
{
    static const struct {
        const char *rule;
        int32_t minutes;
    } cases[] = {
        {"CST-8", 480},   {"<+08>-8", 480},          {"<+0545>-5:45", 345}, {"EST5EDT,M3.2.0,M11.1.0", -300},
        {"<-03>3", -180}, {"IST-1GMT0,M10.5.0", 60}, {"UTC0", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[ZONE_MESSAGE_MAX] = "";
        zone_write(*state, "TZif2", cases[i].rule);
        assert_int_equal(zone_check(*state, "Zone", cases[i].minutes, message), 0);
        assert_int_equal(zone_check(*state, "Zone", cases[i].minutes + 60, message), -E_BAD_POLICY);
        assert_non_null(strstr(message, "Zone is at "));
    }
}

static void a_zone_that_the_system_does_not_know_is_not_judged(void **state)
{
    char message[ZONE_MESSAGE_MAX] = "untouched";
    zone_write(*state, "TZif", "CST-8"); /* version 1 has no rule */
    assert_int_equal(zone_check(*state, "Zone", 0, message), 0);
    static const char *const rules[] = {"", "CST", "-8", "<CST-8", "CST-99", "CST-8:99"};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        zone_write(*state, "TZif2", rules[i]);
        assert_int_equal(zone_check(*state, "Zone", 1, message), 0);
    }
    static const char *const names[] = {"", "Mars/Olympus", "/etc/passwd", "../../etc/passwd", "."};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(zone_check(*state, names[i], 1, message), 0);
    assert_string_equal(message, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_offset_fits_the_standard_time_of_its_zone, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_zone_that_the_system_does_not_know_is_not_judged, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
