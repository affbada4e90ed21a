/* Where a row of sums lies: keys and places lead to each other, and keys are ordered as queries scan them. */
#include "core/status.h"
#include "workers/score_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define NAME_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct score_place place_of(const char *store, const char *department, int64_t day, const char *staff)
{
    return (struct score_place){span_of(store), span_of(department), day, span_of(staff)};
}

static void a_key_is_store_department_day_and_staff(void **state)
{
    (void)state;
    struct score_place place = place_of("sh", "sales", 20780, "A-1"); /* 20780 = 0x512c */
    uint8_t key[SCORE_KEY_MAX];
    size_t len = score_key_build(&place, key);
    static const char expected[] = "sh\0sales\0\x80\x00\x51\x2c"
                                   "A-1";
    assert_int_equal(len, sizeof expected - 1);
    assert_memory_equal(key, expected, len);
}

static void a_place_comes_back_from_its_key(void **state)
{
    (void)state;
    const struct score_place rows[] = {
        place_of("sh-pudong", "service", 20780, "A-17"),
        place_of("s", "d", 0, ""),
        place_of("s", "d", -1, "x"),
        place_of("浦东", "售后", 20780, "王丽"),
        place_of("s", "", INT32_MIN, ""),
        place_of("s", "d", INT32_MAX, "y"),
        place_of(NAME_64, NAME_64, 1, NAME_64),
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        uint8_t key[SCORE_KEY_MAX];
        struct score_place back;
        size_t len = score_key_build(&rows[i], key);
        assert_true(len <= SCORE_KEY_MAX);
        assert_int_equal(score_key_parse(span_make(key, len), &back), 0);
        assert_true(span_equal(back.store, rows[i].store));
        assert_true(span_equal(back.department, rows[i].department));
        assert_true(span_equal(back.staff, rows[i].staff));
        assert_int_equal(back.day, rows[i].day);
    }
}

/* Each row lies before the next one. */
static void keys_are_in_the_order_of_store_department_day_and_staff(void **state)
{
    (void)state;
    const struct score_place rows[] = {
        place_of("bj", "sales", 9, "z"),          place_of("sh", "", INT64_MIN, ""),
        place_of("sh", "sales", -2, ""),          place_of("sh", "sales", -1, "z"),
        place_of("sh", "sales", 0, ""),           place_of("sh", "sales", 0, "a"),
        place_of("sh", "sales", 1, ""),           place_of("sh", "sales", 255, "a"),
        place_of("sh", "sales", 256, ""),         place_of("sh", "sales", 65536, ""),
        place_of("sh", "sales-2", 0, ""),         place_of("sh", "service", -9, ""),
        place_of("sh-2", "sales", INT64_MIN, ""), place_of("sh-2", "sales", INT64_MAX, ""),
    };
    for (size_t i = 0; i + 1 < ROWS(rows); i++) {
        uint8_t key[SCORE_KEY_MAX], next[SCORE_KEY_MAX];
        size_t len = score_key_build(&rows[i], key);
        size_t next_len = score_key_build(&rows[i + 1], next);
        assert_true(span_compare(span_make(key, len), span_make(next, next_len)) < 0);
    }
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
        {"", 0},
        {"sh", 2},
        {"sh\0", 3},
        {"sh\0sales", 8},
        {"sh\0sales\0", 9},
        {"sh\0sales\0\x80\0\0", 12},
        {NAME_64 "x\0d\0\x80\0\0\0", 71},
        {"s\0" NAME_64 "x\0\x80\0\0\0", 72},
        {"s\0d\0\x80\0\0\0" NAME_64 "x", 73},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct score_place place = place_of("untouched", "", 0, "");
        assert_int_equal(score_key_parse(span_make(rows[i].bytes, rows[i].len), &place), -E_BAD_FORMAT);
        assert_true(span_is(place.store, "untouched"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_store_department_day_and_staff),
        cmocka_unit_test(a_place_comes_back_from_its_key),
        cmocka_unit_test(keys_are_in_the_order_of_store_department_day_and_staff),
        cmocka_unit_test(what_is_no_key_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
