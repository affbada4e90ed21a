/* A state whose rows have rotted is told of by verify, and its readers say that it is corrupt: nobody ends for it. */
#include "core/status.h"
#include "tests/support/showroom.h"
#include "workers/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct showroom showroom;

/* One row more, as a page that was written to the wrong place would have it. */
static void row_add(enum state_table table, struct span key)
{
    struct store *store;
    struct store_txn *txn;
    assert_int_equal(state_open("/desk", false, &store), 0);
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(store_put(txn, table, key, span_of("rotten")), 0);
    assert_int_equal(store_commit(txn), 0);
    store_close(store);
}

static void a_key_that_no_case_has_is_told(void **state)
{
    (void)state;
    static const struct {
        enum state_table table;
        const char *key;
        size_t len;
        const char *said;
    } rows[] = {
        {STATE_CASES, "C", 1, "a card stands where no case can"},
        {STATE_CASES, "X\0\0\0\0\0\0\0\1", 9, "a card stands where no case can"},
        {STATE_CASES, "C\0\0\0\0\0\0\0\1more", 13, "a card stands where no case can"},
        {STATE_OPEN, "E\0\0\0\0\0\0\0\1", 9, "the index of open cases names what can't be a case"},
        {STATE_OPEN, "o", 1, "the index of open cases names what can't be a case"},
        {STATE_TIMERS, "\0\0\1", 3, "a timer is armed for what can't be a case"},
        {STATE_TIMERS, "\0\0\0\0\0\0\0\1C-41", 12, "a timer is armed for what can't be a case"},
        {STATE_WATCHES, "sh-pudong\0service\0pickup", 24, "the row of a watched dimension can't be read"},
        {STATE_TIMERS, "\xff\0\0\0\0\0\0\1C\0\0\0\0\0\0\0\1", 17, "a timer is armed for what can't be a case"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct verified verified;
        showroom_open_empty(&showroom);
        showroom_complain(&showroom, "m-1", "R-7");
        showroom_worker_stop(&showroom);
        row_add(rows[i].table, span_make(rows[i].key, rows[i].len));
        assert_int_equal(state_verify("/desk", journal_head(showroom.desk.journal), &verified), 0);
        assert_true(verified.violations > 0);
        assert_string_equal(verified.violation[0], rows[i].said);
        showroom_close(&showroom);
    }
}

static void a_query_that_meets_such_a_key_is_refused_and_the_next_one_answered(void **state)
{
    (void)state;
    uint8_t buffer[64];
    struct wire_writer writer;
    showroom_open_empty(&showroom);
    showroom_worker_stop(&showroom);
    row_add(STATE_CASES, span_make("C\xff", 2));
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_map(&writer, 1);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("complaints"));
    desk_send(showroom.asker, "GET", wire_written(&writer));
    showroom_turn(&showroom);
    struct reply reply;
    assert_true(desk_receive(&showroom.desk, showroom.asker, &reply));
    desk_refused(reply, -E_CORRUPT);
    struct rows_reply rows;
    struct get_request tasks = {0};
    SET(&tasks, get_request, what, span_of("tasks"));
    showroom_ask(&showroom, &tasks, &rows);
    showroom_close(&showroom);
}

/* A reply that says such a seq is one that no client takes: better refused. */
static void a_place_in_the_journal_that_no_reply_can_say_is_corrupt(void **state)
{
    (void)state;
    struct store *store;
    struct store_txn *txn;
    struct state_head head;
    showroom_open_empty(&showroom);
    showroom_turn(&showroom);
    showroom_worker_stop(&showroom);
    assert_int_equal(state_open("/desk", false, &store), 0);
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(state_head_get(txn, &head), 0);
    head.position.seq = 1ull << 53;
    assert_int_equal(state_head_put(txn, &head), 0);
    assert_int_equal(state_head_get(txn, &head), -E_CORRUPT);
    head.position.seq--;
    assert_int_equal(state_head_put(txn, &head), 0);
    assert_int_equal(state_head_get(txn, &head), 0);
    store_abort(txn);
    store_close(store);
    showroom_close(&showroom);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_no_case_has_is_told),
        cmocka_unit_test(a_place_in_the_journal_that_no_reply_can_say_is_corrupt),
        cmocka_unit_test(a_query_that_meets_such_a_key_is_refused_and_the_next_one_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
