/* The bytes of a row of sums: one form for equal sums, and nothing else is taken for a row. */
#include "core/score.h"
#include "core/status.h"
#include "tests/support/ratings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct policy policy;

static int with_the_default_policy(void **state)
{
    (void)state;
    policy_default(&policy);
    return 0;
}

static void add(struct score_sums *sums, const char *text)
{
    struct rated rating = rating_of("service", text);
    struct rating_values values;
    rating_reduce(&policy, &rating, &values, NULL);
    score_add(&policy, sums, &values, 1);
}

static void assert_row(const struct score_sums *sums, const uint8_t *expected, size_t len)
{
    uint8_t row[SCORE_ROW_MAX];
    assert_int_equal(score_row_encode(sums, row), len);
    assert_memory_equal(row, expected, len);
    struct score_sums back;
    assert_int_equal(score_row_decode(span_make(row, len), &back), 0);
    assert_memory_equal(&back, sums, sizeof back);
}

/* LEB128: 300 is ac 02 (the example of the Protocol Buffers manual); 90000 = 5 * 2^14 + 63 * 2^7 + 16 is 90 bf 05. */
static void a_one_key_rating_is_34_bytes(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        2, 1,    0,    0,    0,                   /* version, n, no weighted mean */
        1, 0xac, 0x02, 0x90, 0xbf, 0x05,          /* overall 0.3 */
        1, 0xac, 0x02, 0x90, 0xbf, 0x05,          /* overall only */
        0, 0,    0,    0,    0,    0,    0, 0,    /* satisfied, NPS, ease, dropped */
        0, 0,    0,    0,    0,    0,    0, 0, 0, /* forms, perfect ones, our calls, the manufacturer's, dimensions */
    };
    struct score_sums sums = {0};
    add(&sums, "overall 0.3");
    assert_row(&sums, expected, sizeof expected);
}

/* 5000 = 39 * 2^7 + 8 is 88 27; 25000000 = 11 * 2^21 + 117 * 2^14 + 112 * 2^7 + 64 is c0 f0 f5 0b. */
static void a_dimension_stands_by_its_name(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        2, 1, 1, 0x88, 0x27, 0xc0, 0xf0, 0xf5, 0x0b, 1, 0x88, 0x27, 0xc0, 0xf0, 0xf5, 0x0b, 0,
        0, 0, 0, 0,    0,    0,    0,    0,    0,    0, 0,    0,    0,    0,    0,    0,    0,
        0, 1, 6, 'p',  'i',  'c',  'k',  'u',  'p',  1, 0x88, 0x27, 0xc0, 0xf0, 0xf5, 0x0b,
    };
    struct score_sums sums = {0};
    add(&sums, "pickup 5");
    assert_row(&sums, expected, sizeof expected);
}

static struct sums largest(void)
{
    return (struct sums){UINT64_MAX, INT64_MAX, INT64_MAX};
}

static void the_largest_row_fits(void **state)
{
    (void)state;
    struct score_sums sums = {
        .n = UINT64_MAX,
        .weighted = largest(),
        .overall = largest(),
        .overall_only = largest(),
        .satisfied = UINT64_MAX,
        .nps_n = UINT64_MAX,
        .promoters = UINT64_MAX,
        .detractors = UINT64_MAX,
        .ces = largest(),
        .dropped = UINT64_MAX,
        .forms = UINT64_MAX,
        .perfect = UINT64_MAX,
        .inhouse = largest(),
        .oem = largest(),
        .dimension_count = DIMENSIONS_MAX,
    };
    for (uint32_t i = 0; i < DIMENSIONS_MAX; i++) {
        memset(sums.dimension[i].dimension, 'a' + (int)i, NAME_MAX_BYTES);
        sums.dimension[i].len = NAME_MAX_BYTES;
        sums.dimension[i].sums = largest();
    }
    uint8_t row[SCORE_ROW_MAX];
    size_t len = score_row_encode(&sums, row);
    struct score_sums back;
    assert_int_equal(score_row_decode(span_make(row, len), &back), 0);
    assert_memory_equal(&back, &sums, sizeof back);
}

static void assert_no_row(const uint8_t *row, size_t len)
{
    struct score_sums sums, before;
    memset(&sums, 0x5a, sizeof sums);
    before = sums;
    assert_int_equal(score_row_decode(span_make(row, len), &sums), -E_BAD_FORMAT);
    assert_memory_equal(&sums, &before, sizeof sums);
}

static size_t sample_row(uint8_t row[SCORE_ROW_MAX])
{
    struct score_sums sums = {0};
    add(&sums, "quality 9 advisor 10 facility 7 nps 9 ces 7");
    add(&sums, "quality 3 advisor 9 facility 6 nps 3 ces 2");
    return score_row_encode(&sums, row);
}

static void half_a_row_and_more_than_a_row_are_none(void **state)
{
    (void)state;
    uint8_t row[SCORE_ROW_MAX + 1] = {0};
    size_t len = sample_row(row);
    for (size_t part = 0; part < len; part++)
        assert_no_row(row, part);
    assert_no_row(row, len + 1);
    assert_no_row(NULL, 0);
}

static void another_version_is_none(void **state)
{
    (void)state;
    uint8_t row[SCORE_ROW_MAX];
    size_t len = sample_row(row);
    for (unsigned version = 0; version < 256; version++) {
        row[0] = (uint8_t)version;
        if (version != 2)
            assert_no_row(row, len);
    }
}

#define NO_SUMS "\0\0\0"
/* No forms, none perfect, no calls of ours, nothing of the manufacturer. */
#define HONEST "\0\0" NO_SUMS NO_SUMS
#define UNTIL_DROPPED "\0" NO_SUMS NO_SUMS NO_SUMS "\0\0\0\0" NO_SUMS

static void hostile_rows_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *why;
    } rows[] = {
        {"\2" UNTIL_DROPPED "\0" HONEST "\0", 28, NULL},
        {"\2" UNTIL_DROPPED "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1" HONEST "\0", 37, NULL},
        {"\2" UNTIL_DROPPED "\xff\xff\xff\xff\xff\xff\xff\xff\xff\2" HONEST "\0", 37, "65 bits"},
        {"\2" UNTIL_DROPPED "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\0" HONEST "\0", 38, "eleven bytes"},
        {"\2" UNTIL_DROPPED "\x81\0" HONEST "\0", 29, "a longer form of 1"},
        {"\2\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x7f\0" NO_SUMS NO_SUMS "\0\0\0\0" NO_SUMS "\0" HONEST "\0", 36, NULL},
        {"\2\0\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\1\0" NO_SUMS NO_SUMS "\0\0\0\0" NO_SUMS "\0" HONEST "\0", 37,
         "a sum of 2^63"},
        {"\2" UNTIL_DROPPED "\0" HONEST "\2\1a" NO_SUMS "\1b" NO_SUMS, 38, NULL},
        {"\2" UNTIL_DROPPED "\0" HONEST "\2\1b" NO_SUMS "\1a" NO_SUMS, 38, "names out of order"},
        {"\2" UNTIL_DROPPED "\0" HONEST "\2\1a" NO_SUMS "\1a" NO_SUMS, 38, "a name twice"},
        {"\2" UNTIL_DROPPED "\0" HONEST "\1\0" NO_SUMS, 32, "a name of no length"},
        {"\2" UNTIL_DROPPED "\0" HONEST "\1\x41"
         "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefg" NO_SUMS,
         97, "a name of 65 bytes"},
        {"\2" UNTIL_DROPPED "\0" HONEST "\x11" /* seventeen dimensions */
         "\1a" NO_SUMS "\1b" NO_SUMS "\1c" NO_SUMS "\1d" NO_SUMS "\1e" NO_SUMS "\1f" NO_SUMS "\1g" NO_SUMS "\1h" NO_SUMS
         "\1i" NO_SUMS "\1j" NO_SUMS "\1k" NO_SUMS "\1l" NO_SUMS "\1m" NO_SUMS "\1n" NO_SUMS "\1o" NO_SUMS "\1p" NO_SUMS
         "\1q" NO_SUMS,
         113, "seventeen dimensions"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct score_sums sums;
        if (rows[i].why)
            assert_no_row((const uint8_t *)rows[i].bytes, rows[i].len);
        else
            assert_int_equal(score_row_decode(span_make(rows[i].bytes, rows[i].len), &sums), 0);
    }
}

/* Of a sound row of 2 ratings one figure is made impossible: more satisfied than asked, promoters and detractors together more than
 * were asked, a sum of more than 10 each, squares that no answers with this sum have, more answers than ratings. */
static void what_no_ratings_add_up_to_is_not_read(void **state)
{
    (void)state;
    uint8_t row[SCORE_ROW_MAX];
    struct score_sums sound, sums;
    size_t len = sample_row(row);
    assert_int_equal(score_row_read(span_make(row, len), &sound), 0);
    for (int flaw = 0; flaw < 6; flaw++) {
        sums = sound;
        sums.satisfied = flaw == 0 ? sums.overall.n + 1 : sums.satisfied;
        sums.promoters = flaw == 1 ? sums.nps_n - sums.detractors + 1 : sums.promoters;
        sums.ces.sum = flaw == 2 ? 20001 : sums.ces.sum;
        sums.ces.squares = flaw == 3 ? sums.ces.sum * sums.ces.sum / 2 - 1 : sums.ces.squares;
        sums.weighted.n = flaw == 4 ? sums.n + 1 : sums.weighted.n;
        sums.dimension[0].sums.squares = flaw == 5 ? 1ll << 40 : sums.dimension[0].sums.squares;
        len = score_row_encode(&sums, row);
        assert_int_equal(score_row_decode(span_make(row, len), &sums), 0);
        assert_int_equal(score_row_read(span_make(row, len), &sums), -E_BAD_FORMAT);
    }
}

/* Whatever is taken for a row is written again as the same bytes: longer forms of numbers, names out of order, names of
 * no length and counts past the limit are refused. */
static void broken_rows_are_refused_or_mean_what_they_say(void **state)
{
    (void)state;
    uint64_t random = 11;
    uint32_t taken = 0, refused = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        uint8_t row[SCORE_ROW_MAX], again[SCORE_ROW_MAX];
        size_t len = sample_row(row);
        for (uint32_t k = draw(&random, 4); k < 4; k++)
            row[draw(&random, (uint32_t)len)] = (uint8_t)draw(&random, 256);
        struct score_sums sums;
        if (score_row_decode(span_make(row, len), &sums) != 0) {
            refused++;
            continue;
        }
        taken++;
        assert_int_equal(score_row_encode(&sums, again), len);
        assert_memory_equal(again, row, len);
    }
    assert_true(taken > 1000);
    assert_true(refused > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_one_key_rating_is_34_bytes),
        cmocka_unit_test(a_dimension_stands_by_its_name),
        cmocka_unit_test(the_largest_row_fits),
        cmocka_unit_test(half_a_row_and_more_than_a_row_are_none),
        cmocka_unit_test(another_version_is_none),
        cmocka_unit_test(hostile_rows_are_refused),
        cmocka_unit_test(what_no_ratings_add_up_to_is_not_read),
        cmocka_unit_test(broken_rows_are_refused_or_mean_what_they_say),
    };
    return cmocka_run_group_tests(tests, with_the_default_policy, NULL);
}
