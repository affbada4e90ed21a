/* A log line is one line, whoever's data is in it. */
#include "io/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What log_line writes, caught from stderr. */
static void logged(char *ret_line, size_t room, enum log_level level, const char *text)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int before = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    log_line(level, "intake", "%s", text);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    ssize_t len = read(ends[0], ret_line, room - 1);
    close(ends[0]);
    assert_true(len > 0);
    ret_line[len] = '\0';
}

static void a_line_has_time_level_and_role(void **state)
{
    (void)state;
    static const struct {
        enum log_level level;
        const char *expected;
    } rows[] = {
        {LOG_ERROR, " error intake: disk full\n"},
        {LOG_WARNING, " warning intake: disk full\n"},
        {LOG_NOTICE, " notice intake: disk full\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[2048];
        int year, month, day, hour, minute, second, ms, used = 0;
        logged(line, sizeof line, rows[i].level, "disk full");
        int fields =
            sscanf(line, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &year, &month, &day, &hour, &minute, &second, &ms, &used);
        assert_int_equal(fields, 7);
        assert_int_equal(used, strlen("2026-11-23T00:00:00.123Z"));
        assert_string_equal(line + used, rows[i].expected);
    }
}

static void control_characters_cannot_start_a_second_line(void **state)
{
    (void)state;
    char line[2048];
    logged(line, sizeof line, LOG_WARNING,
           "source /stores/x\n2026 error worker: \x1b[31mforged\x7f \xe6\xbb\xa1\xe6\x84\x8f");
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_null(strchr(line, '\x1b'));
    assert_non_null(strstr(line, "/stores/x 2026 error worker:  [31mforged  \xe6\xbb\xa1\xe6\x84\x8f\n"));
}

static void a_long_line_is_cut_and_still_ends(void **state)
{
    (void)state;
    char text[3000], line[4000];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    logged(line, sizeof line, LOG_NOTICE, text);
    assert_true(strlen(line) <= LOG_LINE_MAX);
    assert_true(strlen(line) > LOG_LINE_MAX - 8);
    assert_int_equal(line[strlen(line) - 1], '\n');
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_and_role),
        cmocka_unit_test(control_characters_cannot_start_a_second_line),
        cmocka_unit_test(a_long_line_is_cut_and_still_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
