/* Plans in front of their table: whatever was put, taken another's place or forgotten, both say the same. */
#include "core/status.h"
#include "io/store_sim.h"
#include "workers/plan_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define DIR "/tmp/manyi-test-plan-cache"
#define VISITS 2000u /* more than there are places */

static struct store *store;
static struct plan_cache *cache;

static int enter(void **state)
{
    (void)state;
    store_sim_forget(DIR "/state");
    return state_open(DIR, false, &store) == 0 && plan_cache_open(&cache) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    plan_cache_close(cache);
    store_close(store);
    return 0;
}

static struct span visit_name(uint32_t number, char text[16])
{
    snprintf(text, 16, "V-%u", number);
    return span_of(text);
}

static int put(struct store_txn *txn, uint32_t visit, uint64_t seq, const char *customer)
{
    char text[16];
    const struct plan_row row = {.seq = seq, .answered_ms = 7, .customer = span_of(customer)};
    return plan_cache_put(cache, txn, span_of("sh-pudong"), visit_name(visit, text), &row);
}

static uint64_t seq_of(struct store_txn *txn, uint32_t visit)
{
    char text[16];
    struct plan_row row;
    int result = plan_cache_get(cache, txn, span_of("sh-pudong"), visit_name(visit, text), &row);
    assert_true(result == 0 || result == -E_NOT_FOUND);
    return result == 0 ? row.seq : 0;
}

static void more_visits_than_places_say_what_was_put_last(void **state)
{
    (void)state;
    struct store_txn *txn;
    assert_int_equal(store_begin(store, true, &txn), 0);
    for (uint32_t round = 1; round <= 3; round++) {
        for (uint32_t i = 0; i < VISITS; i += round)
            assert_int_equal(put(txn, i, round, "kunde"), 0);
    }
    for (uint32_t i = 0; i < VISITS; i++) /* every third one thrice, every second one twice */
        assert_int_equal(seq_of(txn, i), i % 3 == 0 ? 3 : i % 2 == 0 ? 2 : 1);
    assert_int_equal(seq_of(txn, VISITS), 0);
    store_abort(txn);
}

static void what_is_put_is_in_the_table_at_once(void **state)
{
    (void)state;
    char text[16];
    struct store_txn *txn;
    struct plan_row row;
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(put(txn, 1, 41, "li.na"), 0);
    assert_int_equal(state_plan_get(txn, span_of("sh-pudong"), visit_name(1, text), &row), 0);
    assert_int_equal(row.seq, 41);
    assert_int_equal(row.answered_ms, 7);
    assert_true(span_is(row.customer, "li.na"));
    store_abort(txn);
}

static void an_aborted_turn_is_forgotten(void **state)
{
    (void)state;
    struct store_txn *txn;
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(put(txn, 1, 41, "li.na"), 0);
    store_abort(txn);
    plan_cache_forget(cache);
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(seq_of(txn, 1), 0);
    store_abort(txn);
}

static void a_name_that_no_visit_has_is_rot(void **state)
{
    (void)state;
    char text[16], name[NAME_MAX_BYTES + 8];
    struct store_txn *txn;
    struct plan_row row = {.seq = 41};
    memset(name, 'x', sizeof name);
    row.customer = span_make(name, sizeof name);
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(state_plan_put(txn, span_of("sh-pudong"), visit_name(1, text), &row), 0);
    assert_int_equal(plan_cache_get(cache, txn, span_of("sh-pudong"), visit_name(1, text), &row), -E_CORRUPT);
    store_abort(txn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(more_visits_than_places_say_what_was_put_last, enter, leave),
        cmocka_unit_test_setup_teardown(what_is_put_is_in_the_table_at_once, enter, leave),
        cmocka_unit_test_setup_teardown(an_aborted_turn_is_forgotten, enter, leave),
        cmocka_unit_test_setup_teardown(a_name_that_no_visit_has_is_rot, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
