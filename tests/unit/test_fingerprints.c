/*
 * test_fingerprints.c - a window of fingerprints against a list of them, searched from the newest on: windows of every small size,
 * fingerprints that crowd into few slots, and gaps of entries from within.
 */
#include "brokers/fingerprints.h"
#include "core/ensure.h"
#include "tests/support/ratings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ENTRIES_MAX 20000u
#define SPREAD 0x9e3779b97f4a7c15ull

static struct fingerprints *prints;
static uint32_t window;
static uint64_t head;
static uint64_t listed[ENTRIES_MAX]; /* by seq */
static bool is_listed[ENTRIES_MAX];

static void window_open(uint32_t entries)
{
    window = entries;
    head = 0;
    memset(is_listed, 0, sizeof is_listed);
    assert_int_equal(fingerprints_open(entries, &prints), 0);
}

static void come(uint64_t fingerprint)
{
    fingerprints_add(prints, fingerprint, ++head);
    listed[head] = fingerprint;
    is_listed[head] = true;
}

/* How many of this fingerprint the list has in the window, and that the search names each of them once. */
static void compare(uint64_t fingerprint)
{
    static bool named[ENTRIES_MAX];
    uint64_t first = head > window ? head - window + 1 : 1;
    uint32_t in_list = 0, in_search = 0, steps = 0;
    memset(named, 0, sizeof named);
    for (uint64_t seq = first; seq <= head; seq++)
        in_list += is_listed[seq] && listed[seq] == fingerprint;
    for (uint64_t seq; (seq = fingerprints_next(prints, fingerprint, &steps)) != 0; in_search++) {
        assert_in_range(seq, first, head);
        assert_true(is_listed[seq] && listed[seq] == fingerprint && !named[seq]);
        named[seq] = true;
    }
    assert_int_equal(in_search, in_list);
}

/* `kinds` different fingerprints, whose low 32 bits have only those of `low`. */
static uint64_t draw_fingerprint(uint64_t *seed, uint32_t kinds, uint64_t low)
{
    uint64_t kind = draw(seed, kinds) + 1;
    return (kind * SPREAD & 0xffffffff00000000ull) | (kind * SPREAD * SPREAD & low);
}

static void play(uint32_t entries, uint32_t kinds, uint64_t low, uint64_t seed)
{
    window_open(entries);
    uint64_t until = entries * 6ull + 300 < ENTRIES_MAX - 50 ? entries * 6ull + 300 : ENTRIES_MAX - 50;
    while (head < until) {
        uint32_t fate = draw(&seed, 20);
        if (fate == 0)
            head += draw(&seed, 40); /* from within; told with the next that comes from outside, or now */
        if (fate == 1)
            fingerprints_slide(prints, head);
        if (fate > 1)
            come(draw_fingerprint(&seed, kinds, low));
        fingerprints_slide(prints, head);
        compare(draw_fingerprint(&seed, kinds, low));
    }
    for (uint64_t seq = 1; seq <= head; seq += 7)
        compare(listed[seq]);
    fingerprints_close(prints);
}

static void every_small_window_is_what_a_list_would_say(void **state)
{
    (void)state;
    for (uint32_t entries = 1; entries <= 40; entries++)
        play(entries, 3 * entries, UINT64_MAX, entries);
}

static void powers_of_two_and_their_neighbours_too(void **state)
{
    (void)state;
    const uint32_t sizes[] = {63, 64, 65, 127, 128, 129, 511, 512, 513, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        play(sizes[i], 2 * sizes[i], UINT64_MAX, sizes[i]);
}

/* All begin at one to four slots: rows of hundreds of slots, whose distances have no room in them. */
static void fingerprints_that_crowd_are_all_found(void **state)
{
    (void)state;
    play(200, 300, 0, 1);
    play(200, 300, 0x3, 2);
    play(333, 90, 0x101, 3);
    play(64, 1, 0, 4); /* one fingerprint alone */
}

/* Fingerprints 0 and 1 share a place: 0 marks rows without one. Both are found by either, and the journal tells them apart. */
static void a_fingerprint_of_0_is_found(void **state)
{
    (void)state;
    uint32_t steps = 0;
    window_open(3);
    come(0);
    assert_int_equal(fingerprints_next(prints, 0, &steps), 1);
    assert_int_equal(fingerprints_next(prints, 0, &steps), 0);
    fingerprints_slide(prints, 3);
    steps = 0;
    assert_int_equal(fingerprints_next(prints, 0, &steps), 1);
    fingerprints_slide(prints, 4);
    steps = 0;
    assert_int_equal(fingerprints_next(prints, 0, &steps), 0);
    fingerprints_close(prints);
}

/* A damaged journal may tell of an entry twice, or of one from before. */
static void what_comes_out_of_order_changes_nothing(void **state)
{
    (void)state;
    const uint64_t late[] = {2, 1};
    window_open(3);
    come(7);
    come(8);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t steps = 0;
        fingerprints_add(prints, 9, late[i]);
        assert_int_equal(fingerprints_next(prints, 9, &steps), 0);
    }
    compare(7);
    compare(8);
    fingerprints_close(prints);
}

/* A start at a journal of billions of entries, and a pause longer than the window. */
static void who_has_been_away_for_longer_than_the_window_knows_nobody(void **state)
{
    (void)state;
    const uint64_t late = 5000000003ull;
    assert_int_equal(fingerprints_open(100, &prints), 0);
    for (uint64_t i = 0; i < 100; i++)
        fingerprints_add(prints, (i + 1) * SPREAD, late + i);
    for (uint64_t i = 0; i < 100; i++) {
        uint32_t steps = 0;
        assert_true(fingerprints_next(prints, (i + 1) * SPREAD, &steps) == late + i);
    }
    fingerprints_slide(prints, late + 1000);
    for (uint64_t i = 0; i < 100; i++) {
        uint32_t steps = 0;
        assert_true(fingerprints_next(prints, (i + 1) * SPREAD, &steps) == 0);
    }
    fingerprints_close(prints);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_window_is_what_a_list_would_say),
        cmocka_unit_test(powers_of_two_and_their_neighbours_too),
        cmocka_unit_test(fingerprints_that_crowd_are_all_found),
        cmocka_unit_test(a_fingerprint_of_0_is_found),
        cmocka_unit_test(what_comes_out_of_order_changes_nothing),
        cmocka_unit_test(who_has_been_away_for_longer_than_the_window_knows_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
