/* What the fold is made of: keys of cases, the index of facts, the window of a page, a state that is another's. */
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/support/ratings.h"
#include "workers/case_key.h"
#include "workers/fact_index.h"
#include "workers/fold.h"
#include "workers/score_window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- keys ---- */

static void an_id_and_its_key_are_the_same_thing(void **state)
{
    (void)state;
    static const char *const ids[] = {"C-1",
                                      "C-41",
                                      "T-9007199254740991",
                                      "E-41-response-100",
                                      "E-41-manual-77",
                                      "E-7-plan-150-reopened-2",
                                      "T-band-sh-pudong.service-2026-11"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct case_key key;
        char text[CASE_ID_MAX];
        assert_int_equal(case_key_of_id(span_of(ids[i]), &key), 0);
        assert_true(span_is(case_id(&key, text), ids[i]));
        assert_int_equal(case_letter(&key), ids[i][0]);
    }
}

static void what_is_no_id_of_a_case_has_no_key(void **state)
{
    (void)state;
    static const char *const ids[] = {"",      "C",     "C-",    "C-0",  "C-01",           "c-41",
                                      "C-41x", "C-41-", "D-41",  "E-41", "E-41-",          "T-9007199254740992",
                                      "C--41", "C-4 1", " C-41", "X-60", "C-band-2026-11", "T--41",
                                      "T- 41"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct case_key key;
        assert_int_equal(case_key_of_id(span_of(ids[i]), &key), -E_UNKNOWN_CASE);
    }
}

static void timers_lie_in_the_order_of_due_and_then_of_id(void **state)
{
    (void)state;
    static const struct {
        int64_t due_ms;
        const char *id;
    } ordered[] = {{0, "T-9"}, {1, "C-2"},   {1, "C-10"},  {1, "E-2-plan-100"},
                   {1, "T-1"}, {255, "C-1"}, {256, "C-1"}, {1795392000000, "C-1"}};
    uint8_t before[TIMER_KEY_MAX], after[TIMER_KEY_MAX];
    struct span last = {0};
    for (size_t i = 0; i < sizeof ordered / sizeof ordered[0]; i++) {
        struct case_key key, again;
        int64_t due_ms;
        assert_int_equal(case_key_of_id(span_of(ordered[i].id), &key), 0);
        struct span timer = timer_key(ordered[i].due_ms, &key, after);
        assert_true(span_compare(last, timer) < 0);
        assert_int_equal(timer_key_read(timer, &due_ms, &again), 0);
        assert_int_equal(due_ms, ordered[i].due_ms);
        assert_true(case_key_equal(&key, &again));
        memcpy(before, after, timer.len);
        last = span_make(before, timer.len);
    }
}

/* ---- the index of facts ---- */

#define FACTS 1000u

static struct store *state_new(void)
{
    struct store *store;
    store_sim_forget("/fold/state");
    assert_int_equal(state_open("/fold", false, &store), 0);
    return store;
}

/* 1,000 facts of which every tenth repeats an id; some are committed, the newest are not. */
static void a_fact_is_found_by_its_id_newest_first(void **state)
{
    (void)state;
    static struct fact_index index;
    static uint64_t fingerprints[FACTS];
    struct store *store = state_new();
    struct store_txn *txn;
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(fact_index_load(&index, txn), 0);
    for (uint32_t i = 0; i < FACTS; i++) {
        char id[16];
        snprintf(id, sizeof id, "r-%u", i % 10 == 9 ? i - 9 : i);
        fingerprints[i] = fact_fingerprint(span_of("/survey"), span_of(id));
        assert_int_equal(fact_index_add(&index, txn, 5 + 3 * i, fingerprints[i]), 0);
        if (i == FACTS / 2 || i == FACTS / 2 + 77) {
            assert_int_equal(fact_index_flush(&index, txn), 0);
            assert_int_equal(store_commit(txn), 0);
            assert_int_equal(store_begin(store, true, &txn), 0);
            assert_int_equal(fact_index_load(&index, txn), 0);
        }
    }
    for (uint32_t i = 0; i < FACTS; i++) {
        uint64_t seq, earlier;
        uint32_t newest = i % 10 == 0 ? i + 9 : i;
        assert_int_equal(fact_index_find(&index, txn, fingerprints[i], UINT64_MAX, &seq), 0);
        assert_int_equal(seq, 5 + 3 * newest);
        int result = fact_index_find(&index, txn, fingerprints[i], seq, &earlier);
        assert_int_equal(result, i % 10 == 0 || i % 10 == 9 ? 0 : -E_NOT_FOUND);
        if (result == 0)
            assert_int_equal(earlier, seq - 27);
    }
    uint64_t seq;
    uint64_t other = fact_fingerprint(span_of("/survey2"), span_of("r-1"));
    assert_int_equal(fact_index_find(&index, txn, other, UINT64_MAX, &seq), -E_NOT_FOUND);
    store_abort(txn);
    store_close(store);
}

static void names_that_differ_have_other_fingerprints(void **state)
{
    (void)state;
    static const char *const names[] = {"",        "a",        "b",         "aa",         "ab",
                                        "ba",      "aba",      "abc",       "abcd",       "abcde",
                                        "abcdefg", "abcdefgh", "abcdefgha", "abcdefghab", "abcdefgi"};
    size_t count = sizeof names / sizeof names[0];
    for (size_t i = 0; i < count * count; i++) {
        for (size_t k = 0; k < i; k++) {
            uint64_t a = fact_fingerprint(span_of(names[i / count]), span_of(names[i % count]));
            uint64_t b = fact_fingerprint(span_of(names[k / count]), span_of(names[k % count]));
            assert_true(a != b);
        }
    }
}

/* ---- the window of a page ---- */

static void a_window_keeps_the_first_keys_whatever_the_order(void **state)
{
    (void)state;
    struct score_window *window;
    uint64_t seed = 7;
    assert_int_equal(score_window_open(&window), 0);
    for (uint32_t most = 1; most <= 40; most += 13) {
        uint64_t counted[60] = {0};
        score_window_clear(window, most);
        for (int i = 0; i < 2000; i++) {
            char key[8];
            uint32_t number = draw(&seed, 60);
            snprintf(key, sizeof key, "k-%02u", number);
            counted[number]++;
            struct window_row *row = score_window_row(window, span_of(key));
            if (number < most) {
                assert_non_null(row);
                row->sums.n++;
            }
        }
        assert_int_equal(score_window_count(window), most);
        assert_true(score_window_more(window));
        for (uint32_t i = 0; i < most; i++) {
            char key[8];
            snprintf(key, sizeof key, "k-%02u", i);
            assert_true(span_is(window_key(score_window_at(window, i)), key));
            assert_int_equal(score_window_at(window, i)->sums.n, counted[i]);
        }
    }
    score_window_close(window);
}

/* ---- a state that is another's ---- */

static void rate(struct fold *fold, uint64_t seq)
{
    uint8_t buffer[1024];
    char id[16];
    struct rated fact = rating_of("service", "quality 9 overall 9");
    struct wire_writer writer;
    snprintf(id, sizeof id, "r-%llu", (unsigned long long)seq);
    SET(&fact, rated, store, span_of("sh-pudong"));
    const struct event_draft draft = {
        .id = span_of(id), .source = span_of("/survey"), .type = EVENT_feedback_rated, .data = &fact};
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    const struct entry entry = {.seq = seq, .at_ms = 1795392000000 + (int64_t)seq, .event = wire_written(&writer)};
    assert_int_equal(fold_entry(fold, &entry, NULL), FOLD_DONE);
}

static void a_state_of_another_journal_is_emptied(void **state)
{
    (void)state;
    struct fold *fold;
    store_sim_forget("/fold/state");
    assert_int_equal(fold_open("/fold", &fold), 0);
    assert_int_equal(fold_begin(fold, "one"), 0);
    rate(fold, 1);
    rate(fold, 2);
    assert_int_equal(fold_commit(fold), 0);
    assert_int_equal(fold_begin(fold, "one"), 0);
    assert_int_equal(fold->head.counters.ratings, 2);
    assert_int_equal(fold->head.position.seq, 2);
    assert_int_equal(fold_commit(fold), 0);

    assert_int_equal(fold_begin(fold, "two"), 0);
    assert_int_equal(fold->head.counters.ratings, 0);
    assert_int_equal(fold->head.position.seq, 0);
    rate(fold, 1);
    assert_int_equal(fold_commit(fold), 0);
    fold_close(fold);
    assert_int_equal(fold_open("/fold", &fold), 0);
    assert_int_equal(fold_begin(fold, "two"), 0);
    assert_int_equal(fold->head.counters.ratings, 1);
    fold_abort(fold);
    fold_close(fold);
}

static void an_aborted_turn_leaves_nothing_behind(void **state)
{
    (void)state;
    struct fold *fold;
    store_sim_forget("/fold/state");
    assert_int_equal(fold_open("/fold", &fold), 0);
    assert_int_equal(fold_begin(fold, "one"), 0);
    rate(fold, 1);
    assert_int_equal(fold_commit(fold), 0);
    assert_int_equal(fold_begin(fold, "one"), 0);
    rate(fold, 2);
    fold_abort(fold);
    assert_int_equal(fold_begin(fold, "one"), 0);
    assert_int_equal(fold->head.position.seq, 1);
    rate(fold, 2);
    assert_int_equal(fold_commit(fold), 0);
    assert_int_equal(fold->head.counters.ratings, 2);
    fold_close(fold);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_and_its_key_are_the_same_thing),
        cmocka_unit_test(what_is_no_id_of_a_case_has_no_key),
        cmocka_unit_test(timers_lie_in_the_order_of_due_and_then_of_id),
        cmocka_unit_test(a_fact_is_found_by_its_id_newest_first),
        cmocka_unit_test(names_that_differ_have_other_fingerprints),
        cmocka_unit_test(a_window_keeps_the_first_keys_whatever_the_order),
        cmocka_unit_test(a_state_of_another_journal_is_emptied),
        cmocka_unit_test(an_aborted_turn_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
