/* Every error that a person can meet has one number, one name and says what to do. */
#include "core/status.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void a_number_belongs_to_one_error(void **state)
{
    (void)state;
    uint32_t count;
    const struct status_text *rows = status_table(&count);
    assert_true(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = i + 1; k < count; k++) {
            assert_int_not_equal(rows[i].number, rows[k].number);
            assert_string_not_equal(rows[i].name, rows[k].name);
        }
    }
}

static void a_code_is_its_number_with_an_e(void **state)
{
    (void)state;
    uint32_t count;
    const struct status_text *rows = status_table(&count);
    for (uint32_t i = 0; i < count; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "E%d", rows[i].number);
        assert_string_equal(rows[i].code, expected);
        assert_in_range(rows[i].number, 1001, 1999);
    }
}

static void every_error_says_what_to_do_in_a_sentence(void **state)
{
    (void)state;
    uint32_t count;
    const struct status_text *rows = status_table(&count);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(strlen(rows[i].summary) > 0);
        assert_int_equal(rows[i].fix[strlen(rows[i].fix) - 1], '.');
    }
}

static void the_exit_code_is_one_that_scripts_know(void **state)
{
    (void)state;
    static const int known[] = {1, 64, 65, 66, 69, 70, 73, 74, 75, 77, 78}; /* status.def and sysexits.h */
    uint32_t count;
    const struct status_text *rows = status_table(&count);
    for (uint32_t i = 0; i < count; i++) {
        int matches = 0;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            matches += rows[i].sysexit == known[k];
        assert_int_equal(matches, 1);
    }
}

static void either_sign_finds_the_row(void **state)
{
    (void)state;
    assert_int_equal(E_OUT_OF_RANGE, 1203);
    assert_string_equal(status_text(E_OUT_OF_RANGE)->name, "OUT_OF_RANGE");
    assert_ptr_equal(status_text(-E_OUT_OF_RANGE), status_text(E_OUT_OF_RANGE));
    assert_int_equal(status_text(-E_LOCKED)->sysexit, 75);
}

static void success_and_unknown_numbers_have_rows_too(void **state)
{
    (void)state;
    assert_int_equal(status_text(0)->sysexit, 0);
    static const int unknown[] = {1, -1, 1000, -9999, INT_MAX, INT_MIN};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_string_equal(status_text(unknown[i])->name, "UNKNOWN");
        assert_int_equal(status_text(unknown[i])->sysexit, 70);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_belongs_to_one_error),
        cmocka_unit_test(a_code_is_its_number_with_an_e),
        cmocka_unit_test(every_error_says_what_to_do_in_a_sentence),
        cmocka_unit_test(the_exit_code_is_one_that_scripts_know),
        cmocka_unit_test(either_sign_finds_the_row),
        cmocka_unit_test(success_and_unknown_numbers_have_rows_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
