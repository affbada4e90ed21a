/*
 * test_sessions.c - the table of sessions: numbers, epochs, its bound, what is written.
 */
#include "brokers/sessions.h"
#include "core/status.h"
#include "io/store_sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define VOLUME "/house/journal/000001"

static struct journal *journal;
static struct sessions *sessions;
static const char *lineage; /* of a journal that is made new */
static int64_t at_ms;

static void open_both(void)
{
    struct journal_options options = {.dir = "/house", .lineage = lineage};
    assert_int_equal(journal_open(&options, &journal), 0);
    assert_int_equal(sessions_open(journal, at_ms, &sessions), 0);
}

static void close_both(void)
{
    sessions_close(sessions);
    journal_close(journal);
}

static int open_empty(void **state)
{
    (void)state;
    store_sim_forget(VOLUME);
    lineage = "0123456789abcdef0123456700000000"; /* epochs begin at 1 */
    at_ms = 1000;
    open_both();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    close_both();
    return 0;
}

static void save(void)
{
    assert_int_equal(journal_begin(journal, at_ms), 0);
    assert_int_equal(sessions_save(sessions, journal), 0);
    assert_int_equal(journal_commit(journal), 0);
}

static const struct session_row *hello(const char *source)
{
    const struct session_row *row;
    assert_int_equal(sessions_hello(sessions, span_of(source), span_of("till-1"), &row), 0);
    return row;
}

/* An empty journal of this lineage. */
static void open_anew(const char *named)
{
    close_both();
    store_sim_forget(VOLUME);
    lineage = named;
    open_both();
}

static void restart(int64_t now_ms)
{
    close_both();
    at_ms = now_ms;
    open_both();
}

static void row_write(const struct session_row *row)
{
    assert_int_equal(journal_begin(journal, at_ms), 0);
    assert_int_equal(journal_session_set(journal, row), 0);
    assert_int_equal(journal_commit(journal), 0);
}

static void row_spoil(uint8_t number)
{
    const uint8_t row[] = {'s', 0, 0, 0, number};
    store_sim_spoil(VOLUME, 1, span_make(row, sizeof row));
}

static void number_1_is_the_workers_whoever_comes_first(void **state)
{
    (void)state;
    assert_int_equal(hello("/stores/a")->number, 2);
    assert_int_equal(hello("/stores/b")->number, 3);
    save();
    close_both();
    open_both();
    assert_int_equal(hello(WORKER_SOURCE)->number, WORKER_SESSION);
    assert_int_equal(hello("/stores/c")->number, 4);
}

static void what_was_saved_is_there_after_a_restart_and_nothing_else(void **state)
{
    (void)state;
    uint32_t number = hello("/stores/a")->number;
    sessions_consume(sessions, number, 7, span_of("id-7"));
    assert_true(sessions_changed(sessions));
    save();
    assert_false(sessions_changed(sessions));
    hello("/stores/a");
    sessions_consume(sessions, number, 9, span_of("id-9"));
    hello("/stores/never-saved");
    close_both(); /* before its commit */
    open_both();
    const struct session_row *row;
    assert_int_equal(sessions_find(sessions, span_of("/stores/a"), 1, &row), 0);
    assert_int_equal(row->last, 7);
    assert_string_equal(row->last_id, "id-7");
    assert_string_equal(row->instance, "till-1");
    assert_int_equal(sessions_find(sessions, span_of("/stores/never-saved"), 1, &row), -E_NO_SESSION);
}

static void epochs_fence(void **state)
{
    (void)state;
    const struct session_row *row;
    hello("/stores/a");
    hello("/stores/a");
    assert_int_equal(sessions_find(sessions, span_of("/stores/a"), 1, &row), -E_FENCED);
    assert_int_equal(sessions_find(sessions, span_of("/stores/a"), 2, &row), 0);
    assert_int_equal(sessions_find(sessions, span_of("/stores/a"), 3, &row), -E_NO_SESSION);
    assert_int_equal(sessions_find(sessions, span_of("/stores/a/"), 1, &row), -E_NO_SESSION);
}

/* Whoever holds an epoch of another lineage is never taken for the owner in this one. */
static void a_new_session_begins_where_the_lineage_says(void **state)
{
    (void)state;
    open_anew("0123456789abcdef012345670000002a");
    assert_int_equal(hello("/stores/a")->epoch, 0x2a + 1);
    assert_int_equal(hello("/stores/a")->epoch, 0x2a + 2);
    assert_int_equal(hello(WORKER_SOURCE)->epoch, 0x2a + 1);
    open_anew("0123456789abcdef01234567fffffff0");
    assert_int_equal(hello("/stores/a")->epoch, 0xfffffff1);
}

/* After a restore others may hold epochs that this journal has not given out: none of them is given out again, and none is taken
 * for an older one before somebody says HELLO. */
static void a_restored_session_leaps_over_the_epochs_of_others(void **state)
{
    (void)state;
    const struct session_row restored = {.number = 2, .epoch = 5, .last = 50, .source = "/stores/a"};
    const struct session_row *row;
    open_anew("0123456789abcdef0123456700ffffff");
    row_write(&restored);
    close_both();
    open_both();
    assert_int_equal(sessions_find(sessions, span_of("/stores/a"), 7, &row), -E_NO_SESSION);
    uint64_t epoch = hello("/stores/a")->epoch;
    assert_int_equal(epoch, 5 + 0x1000000);
    assert_int_equal(sessions_find(sessions, span_of("/stores/a"), 7, &row), -E_FENCED);
    assert_int_equal(sessions_find(sessions, span_of("/stores/a"), epoch, &row), 0);
    assert_int_equal(row->last, 50);
    assert_int_equal(hello("/stores/a")->epoch, epoch + 1);
    assert_int_equal(hello("/stores/b")->epoch, 0x1000000);
}

/* Without an entry nobody can tell whose row it was: whoever is new may be that source, now and after any later start. */
static void whoever_is_new_may_be_the_one_whose_row_is_damaged(void **state)
{
    (void)state;
    assert_int_equal(hello("/stores/a")->number, 2);
    assert_int_equal(hello("/stores/a")->epoch, 2);
    assert_int_equal(hello("/stores/b")->epoch, 1);
    save();
    row_spoil(2);
    restart(5000);
    uint64_t epoch = hello("/stores/b")->epoch;
    assert_int_equal(epoch, 2); /* is known */
    save();
    restart(6000); /* its row is whole again, and nobody's */
    const struct session_row *row = hello("/stores/a");
    assert_int_equal(row->number, 4);
    assert_int_equal(row->epoch, 5000 * 1024 + 1);
    epoch = hello("/stores/a")->epoch;
    save();
    assert_int_equal(hello("/stores/c")->epoch, 5000 * 1024 + 1);
    row_spoil(4);
    restart(7000);
    assert_true(hello("/stores/a")->epoch > epoch);
    assert_int_equal(sessions_count(sessions), 3); /* a, b, the worker */
}

static void a_worker_whose_row_is_damaged_has_another_epoch(void **state)
{
    (void)state;
    assert_int_equal(hello(WORKER_SOURCE)->epoch, 1);
    save();
    row_spoil(WORKER_SESSION);
    restart(5000);
    const struct session_row *row = hello(WORKER_SOURCE);
    assert_int_equal(row->number, WORKER_SESSION);
    assert_true(row->epoch > 5000 * 1024);
}

/* Of the 100,000 one is the worker's. */
static void there_are_at_most_100_000_sessions(void **state)
{
    (void)state;
    char source[64];
    const struct session_row *row;
    for (uint32_t i = 0; i < 99999; i++) {
        snprintf(source, sizeof source, "/stores/%u", i);
        assert_int_equal(hello(source)->number, i + 2);
        if (i % 1000 == 0)
            save(); /* a turn has at most as many as there are requests in it */
    }
    assert_int_equal(sessions_hello(sessions, span_of("/stores/new"), span_of("x"), &row), -E_TOO_MANY_SESSIONS);
    assert_int_equal(hello("/stores/77")->epoch, 2);
    save();
    close_both();
    open_both();
    assert_int_equal(sessions_count(sessions), 100000);
    assert_int_equal(sessions_find(sessions, span_of("/stores/99998"), 1, &row), 0);
    assert_int_equal(row->number, 100000);
}

static void the_longest_names_fit(void **state)
{
    (void)state;
    char source[URI_MAX_BYTES + 1];
    char name[NAME_MAX_BYTES + 1];
    const struct session_row *row;
    memset(source, 's', URI_MAX_BYTES);
    memset(name, 'n', NAME_MAX_BYTES);
    source[URI_MAX_BYTES] = '\0';
    name[NAME_MAX_BYTES] = '\0';
    assert_int_equal(sessions_hello(sessions, span_of(source), span_of(name), &row), 0);
    sessions_consume(sessions, row->number, 1, span_of(name));
    save();
    close_both();
    open_both();
    assert_int_equal(sessions_find(sessions, span_of(source), 1, &row), 0);
    assert_string_equal(row->last_id, name);
    assert_string_equal(row->instance, name);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_empty, close_all)
    const struct CMUnitTest tests[] = {
        STORY(number_1_is_the_workers_whoever_comes_first),
        STORY(what_was_saved_is_there_after_a_restart_and_nothing_else),
        STORY(epochs_fence),
        STORY(a_new_session_begins_where_the_lineage_says),
        STORY(a_restored_session_leaps_over_the_epochs_of_others),
        STORY(whoever_is_new_may_be_the_one_whose_row_is_damaged),
        STORY(a_worker_whose_row_is_damaged_has_another_epoch),
        STORY(there_are_at_most_100_000_sessions),
        STORY(the_longest_names_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
