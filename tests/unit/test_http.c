/* Problems and statuses as HTTP tells them: sound JSON however long or hostile the words, a status for every code of ours. */
#include "core/status.h"
#include "io/http.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static json_t *problem_read(int status, const char *detail, const char *pointer, const char *more)
{
    char text[HTTP_PROBLEM_MAX];
    json_error_t error;
    size_t len = http_problem(status, detail, pointer, more, text);
    assert_true(len > 0 && len < HTTP_PROBLEM_MAX);
    json_t *problem = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (!problem)
        fail_msg("%s in %.*s", error.text, (int)len, text);
    return problem;
}

static void a_problem_has_its_code_status_fix_and_place(void **state)
{
    (void)state;
    json_t *problem = problem_read(-E_OUT_OF_RANGE, "a number from 0 to 10", "#/data/overall", ",\"quarantine\":\"k\"");
    assert_string_equal(json_string_value(json_object_get(problem, "code")), "E1203");
    assert_string_equal(json_string_value(json_object_get(problem, "type")), "urn:manyi:E1203");
    assert_int_equal(json_integer_value(json_object_get(problem, "status")), 422);
    assert_string_equal(json_string_value(json_object_get(problem, "pointer")), "#/data/overall");
    assert_string_equal(json_string_value(json_object_get(problem, "detail")), "a number from 0 to 10");
    assert_string_equal(json_string_value(json_object_get(problem, "quarantine")), "k");
    assert_true(json_string_length(json_object_get(problem, "fix")) > 10);
    json_decref(problem);
}

static void words_that_steer_or_never_end_leave_a_problem_sound(void **state)
{
    (void)state;
    char endless[4 * HTTP_PROBLEM_MAX];
    memset(endless, '\x01', sizeof endless - 1); /* six characters each, escaped */
    endless[sizeof endless - 1] = '\0';
    const char *const details[] = {"\"}\r\n<script>", "\\", "\x1b[2J", "\xc2\x9b", endless};
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        json_t *problem = problem_read(-E_MALFORMED, details[i], "", "");
        const char *detail = json_string_value(json_object_get(problem, "detail"));
        assert_true(detail ? strcmp(detail, details[i]) == 0 : details[i] == endless);
        json_decref(problem);
    }
    for (size_t len = HTTP_PROBLEM_MAX - 400; len < HTTP_PROBLEM_MAX + 10; len++) { /* about where it no longer fits */
        memset(endless, 'x', len);
        endless[len] = '\0';
        json_decref(problem_read(-E_MALFORMED, endless, "", ""));
    }
}

static void every_status_is_told_as_a_failure(void **state)
{
    (void)state;
    uint32_t count;
    const struct status_text *rows = status_table(&count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t told = http_status_of(-rows[i].number);
        assert_in_range(told, 400, 599);
        if (rows[i].number / 100 == 18 && rows[i].sysexit == 77)
            assert_in_range(told, 401, 429); /* who may: never a fault of the server's */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_problem_has_its_code_status_fix_and_place),
        cmocka_unit_test(words_that_steer_or_never_end_leave_a_problem_sound),
        cmocka_unit_test(every_status_is_told_as_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
