/*
 * test_table_models.c - tables of the worker's state against lists: facts found by id, score cards that wait, armed timers; over
 * turns that are committed or lost.
 */
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/support/operations.h"
#include "tests/support/ratings.h"
#include "workers/cases.h"
#include "workers/dirty_set.h"
#include "workers/fact_index.h"
#include "workers/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define OPERATIONS 120000u

static struct store *store;
static struct store_txn *txn;
static uint64_t seed = 20261123;

static int open_state(void **state)
{
    (void)state;
    store_sim_forget_all("/tables");
    assert_int_equal(state_open("/tables", false, &store), 0);
    assert_int_equal(store_begin(store, true, &txn), 0);
    return 0;
}

static int close_state(void **state)
{
    (void)state;
    store_abort(txn);
    store_close(store);
    return 0;
}

static void turn_end(bool keeps)
{
    if (keeps)
        assert_int_equal(store_commit(txn), 0);
    else
        store_abort(txn);
    assert_int_equal(store_begin(store, true, &txn), 0);
}

/* ---- facts ---- */

#define FACTS_MAX 60000u
#define NAMES 5000u

static uint64_t fact_seq[FACTS_MAX];
static uint32_t fact_name[FACTS_MAX];
static uint32_t fact_count, facts_committed;

static uint64_t fingerprint_of(uint32_t name)
{
    return (name % 50 == 0 ? 7 : name) * 0x9e3779b97f4a7c15u; /* a hundred of them share one */
}

static uint64_t list_find(uint64_t fingerprint, uint64_t before)
{
    for (uint32_t i = fact_count; i > 0; i--) {
        if (fact_seq[i - 1] < before && fingerprint_of(fact_name[i - 1]) == fingerprint)
            return fact_seq[i - 1];
    }
    return 0;
}

static void fact_find(struct fact_index *index)
{
    uint64_t head = fact_count > 0 ? fact_seq[fact_count - 1] : 0;
    uint64_t before = draw(&seed, 2) ? UINT64_MAX : draw(&seed, (uint32_t)head + 2);
    uint32_t back = draw(&seed, 2000);
    uint32_t name = fact_count > back && draw(&seed, 8) ? fact_name[fact_count - 1 - back] : draw(&seed, NAMES);
    uint64_t expected = list_find(fingerprint_of(name), before), seq = 0;
    int status = fact_index_find(index, txn, fingerprint_of(name), before, &seq);
    assert_int_equal(status, expected ? 0 : -E_NOT_FOUND);
    assert_int_equal(seq, expected);
}

static void facts_are_found_as_in_a_list(void **state)
{
    (void)state;
    struct fact_index index = {0};
    uint64_t seq = 0;
    fact_count = facts_committed = 0;
    assert_int_equal(fact_index_load(&index, txn), 0);
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        uint32_t luck = draw(&seed, 1000);
        if (luck < 4) {
            bool keeps = luck < 3;
            if (keeps)
                assert_int_equal(fact_index_flush(&index, txn), 0);
            turn_end(keeps);
            fact_count = keeps ? fact_count : facts_committed;
            facts_committed = fact_count;
            seq = fact_count > 0 ? fact_seq[fact_count - 1] : 0;
            if (!keeps || draw(&seed, 2))
                assert_int_equal(fact_index_load(&index, txn), 0);
        } else if (luck < 20) {
            fact_find(&index);
        } else if (fact_count < FACTS_MAX) {
            seq += 1 + (draw(&seed, 4) ? 0 : draw(&seed, 1000));
            fact_name[fact_count] = draw(&seed, NAMES);
            fact_seq[fact_count] = seq;
            assert_int_equal(fact_index_add(&index, txn, seq, fingerprint_of(fact_name[fact_count])), 0);
            fact_count++;
        }
    }
    operations_tell("facts by id", OPERATIONS);
}

/* ---- score cards that wait ---- */

#define PLACES 6000u

static bool marked[PLACES], marks_committed[PLACES];

static struct span place_key(uint32_t number, uint8_t buffer[SCORE_KEY_MAX])
{
    char name[16];
    snprintf(name, sizeof name, "%u", number / 100);
    const struct score_place place = {
        .store = span_of(name), .department = span_of(number % 2 ? "s" : "sales"), .day = (int64_t)(number % 100) - 50};
    return span_make(buffer, score_key_build(&place, buffer));
}

/* Takes the first ones until none is left, and compares them with the list in the order of keys. */
static uint64_t marks_take_all(struct dirty_set *set, struct arena *arena)
{
    uint8_t before[SCORE_KEY_MAX];
    size_t before_len = 0;
    uint64_t taken = 0;
    while (!dirty_set_is_empty(set)) {
        struct span marks[64];
        uint32_t found = 0, most = 1 + draw(&seed, 64);
        arena_reset(arena);
        assert_int_equal(dirty_set_take(set, txn, arena, marks, most, &found), 0);
        assert_true(found > 0 && found <= most);
        for (uint32_t i = 0; i < found; i++, taken++) {
            assert_true(before_len == 0 || span_compare(span_make(before, before_len), marks[i]) < 0);
            memcpy(before, marks[i].at, marks[i].len);
            before_len = marks[i].len;
        }
    }
    return taken;
}

static uint64_t marks_count(void)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < PLACES; i++)
        count += marked[i];
    return count;
}

static void cards_that_wait_come_out_as_a_set_would_give_them(void **state)
{
    (void)state;
    struct dirty_set *set;
    struct arena arena = {.size = 64 * KIB};
    uint8_t buffer[SCORE_KEY_MAX];
    arena.bytes = malloc(arena.size);
    assert_non_null(arena.bytes);
    memset(marked, 0, sizeof marked);
    memset(marks_committed, 0, sizeof marks_committed);
    assert_int_equal(dirty_set_open(&set), 0);
    assert_int_equal(dirty_set_load(set, txn), 0);
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        uint32_t luck = draw(&seed, 10000);
        if (luck < 4) {
            assert_int_equal(marks_take_all(set, &arena), marks_count());
            memset(marked, 0, sizeof marked);
        } else if (luck < 20) {
            bool keeps = luck < 14;
            if (keeps)
                assert_int_equal(dirty_set_flush(set, txn), 0);
            turn_end(keeps);
            memcpy(keeps ? marks_committed : marked, keeps ? marked : marks_committed, sizeof marked);
            if (!keeps || draw(&seed, 2))
                assert_int_equal(dirty_set_load(set, txn), 0);
            assert_int_equal(dirty_set_is_empty(set), marks_count() == 0);
        } else {
            uint32_t number = draw(&seed, PLACES);
            bool first;
            assert_int_equal(dirty_set_mark(set, txn, place_key(number, buffer), &first), 0);
            assert_true(first || marked[number]);
            marked[number] = true;
        }
    }
    assert_int_equal(marks_take_all(set, &arena), marks_count());
    dirty_set_close(set);
    free(arena.bytes);
    operations_tell("score cards that wait", OPERATIONS);
}

/* ---- timers ---- */

#define CASES 300u

struct armed {
    struct case_key key;
    int64_t due_ms; /* NEVER: none */
};

static struct armed timers[CASES], timers_committed[CASES];

/* Due first, then by the order of ids' letters, numbers and names. */
static const struct armed *first_of_list(void)
{
    const struct armed *first = NULL;
    for (uint32_t i = 0; i < CASES; i++) {
        const struct armed *other = &timers[i];
        if (other->due_ms == NEVER)
            continue;
        if (!first || other->due_ms < first->due_ms ||
            (other->due_ms == first->due_ms &&
             span_compare(case_key_span(&other->key), case_key_span(&first->key)) < 0))
            first = other;
    }
    return first;
}

static void timer_set(struct armed *timer, int64_t due_ms)
{
    uint8_t buffer[TIMER_KEY_MAX];
    if (timer->due_ms != NEVER)
        assert_int_equal(store_delete(txn, STATE_TIMERS, timer_key(timer->due_ms, &timer->key, buffer)), 0);
    timer->due_ms = due_ms;
    if (due_ms != NEVER)
        assert_int_equal(store_put(txn, STATE_TIMERS, timer_key(due_ms, &timer->key, buffer), span_make(NULL, 0)), 0);
}

static void timers_fire_in_the_order_of_a_sorted_list(void **state)
{
    (void)state;
    static const char *const clocks[] = {"response-100", "plan-80", "resolve-100-again-7"};
    for (uint32_t i = 0; i < CASES; i++) {
        char id[64];
        uint32_t seq = 1 + i * 37 % 1009;
        snprintf(id, sizeof id, i % 3 == 2 ? "E-%u-%s" : i % 3 ? "T-%u" : "C-%u", seq, clocks[i % 9 / 3]);
        assert_int_equal(case_key_of_id(span_of(id), &timers[i].key), 0);
        timers[i].due_ms = NEVER;
    }
    memcpy(timers_committed, timers, sizeof timers);
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        struct case_key key;
        int64_t due_ms;
        struct armed *timer = &timers[draw(&seed, CASES)];
        uint32_t luck = draw(&seed, 1000);
        if (luck < 5) {
            turn_end(luck < 4);
            memcpy(luck < 4 ? timers_committed : timers, luck < 4 ? timers : timers_committed, sizeof timers);
        } else if (luck < 400) {
            timer_set(timer, (int64_t)draw(&seed, 100) << draw(&seed, 40));
        } else if (luck < 500) {
            timer_set(timer, NEVER);
        } else {
            const struct armed *first = first_of_list();
            int status = timers_first(txn, &due_ms, &key);
            assert_int_equal(status, first ? 0 : -E_NOT_FOUND);
            if (!first)
                continue;
            assert_int_equal(due_ms, first->due_ms);
            assert_true(case_key_equal(&key, &first->key));
            timer_set(&timers[first - timers], draw(&seed, 2) ? NEVER : due_ms + draw(&seed, 100000));
        }
    }
    operations_tell("timers", OPERATIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(facts_are_found_as_in_a_list, open_state, close_state),
        cmocka_unit_test_setup_teardown(cards_that_wait_come_out_as_a_set_would_give_them, open_state, close_state),
        cmocka_unit_test_setup_teardown(timers_fire_in_the_order_of_a_sorted_list, open_state, close_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
