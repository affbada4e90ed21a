/*
 * test_journal.c - the journal when things go wrong: commits that fail, processes that die, readers in other processes.
 *
 * What it does when all is well is told by contract_journal.c, over both stores.
 */
#include "core/limits.h"
#include "core/status.h"
#include "io/journal.h"
#include "io/store_sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MONDAY_MS 1795392000000ll
#define VOLUME(n) "/house/journal/00000" #n

static struct journal *journal;

static void journal_make(uint64_t volume_bytes)
{
    struct journal_options options = {.dir = "/house", .volume_bytes = volume_bytes};
    assert_int_equal(journal_open(&options, &journal), 0);
}

static int open_empty(void **state)
{
    (void)state;
    store_sim_forget(VOLUME(1));
    store_sim_forget(VOLUME(2));
    store_sim_forget(VOLUME(3));
    journal_make(0);
    return 0;
}

static int close_journal(void **state)
{
    (void)state;
    journal_close(journal);
    return 0;
}

static void turn_begin(const char *text)
{
    uint64_t seq;
    struct entry entry = {.event = span_of(text)};
    assert_int_equal(journal_begin(journal, MONDAY_MS), 0);
    assert_int_equal(journal_add(journal, RECORD_OUTSIDE, &entry, &seq), 0);
}

static void a_failed_commit_keeps_nothing(void **state)
{
    (void)state;
    turn_begin("one");
    assert_int_equal(journal_commit(journal), 0);
    turn_begin("two");
    struct session_row row = {.number = 2, .epoch = 9, .source = "/stores/a"};
    struct quarantine_row refused = {.bytes = span_of("nonsense"), .source = "/stores/a"};
    assert_int_equal(journal_session_set(journal, &row), 0);
    assert_int_equal(journal_last_cause_set(journal, (struct last_cause){.seq = 1}), 0);
    assert_int_equal(journal_quarantine_add(journal, &refused), 0);
    store_sim_fail_next_commit(VOLUME(1), -E_STORE_FULL);
    assert_int_equal(journal_commit(journal), -E_STORE_FULL);
    assert_int_equal(journal_head(journal), 1);
    assert_int_equal(journal_last_cause(journal).seq, 0);
    journal_close(journal);
    journal_make(0);
    assert_int_equal(journal_head(journal), 1);
    assert_int_equal(journal_last_cause(journal).seq, 0);
}

static int count_row(void *context, const struct session_row *row)
{
    (void)row;
    ++*(uint32_t *)context;
    return 0;
}

static int count_refused(void *context, const struct quarantine_row *row)
{
    (void)row;
    ++*(uint32_t *)context;
    return 0;
}

/* Records, sessions, quarantine and last cause are one transaction: a crash keeps all of a turn or none of it. */
static void a_crash_keeps_all_of_a_turn_or_none_of_it(void **state)
{
    (void)state;
    for (uint32_t committed = 0; committed < 2; committed++) {
        turn_begin("one");
        struct session_row row = {.number = 2, .epoch = 1, .source = "/stores/a"};
        struct quarantine_row refused = {.bytes = span_of("nonsense"), .source = "/stores/a"};
        assert_int_equal(journal_session_set(journal, &row), 0);
        assert_int_equal(journal_last_cause_set(journal, (struct last_cause){.seq = 1}), 0);
        assert_int_equal(journal_quarantine_add(journal, &refused), 0);
        if (committed)
            assert_int_equal(journal_commit(journal), 0);
        store_sim_crash(VOLUME(1), false);
        journal_close(journal);
        journal_make(0);
        uint32_t sessions = 0;
        uint32_t quarantined = 0;
        struct journal_reader *reader;
        assert_int_equal(journal_sessions(journal, count_row, &sessions), 0);
        assert_int_equal(journal_reader_open(journal, &reader), 0);
        assert_int_equal(journal_quarantine_list(reader, "", count_refused, &quarantined), 0);
        journal_reader_close(reader);
        assert_int_equal(journal_head(journal), committed);
        assert_int_equal(sessions, committed);
        assert_int_equal(quarantined, committed);
        assert_int_equal(journal_last_cause(journal).seq, committed);
    }
}

/* The commit that begins a volume fails: the volume has not begun, and begins with the next turn. */
static void a_volume_whose_first_commit_failed_is_begun_again(void **state)
{
    (void)state;
    turn_begin("one");
    assert_int_equal(journal_commit(journal), 0);
    journal_close(journal);
    journal_make(1);
    turn_begin("two");
    store_sim_fail_next_commit(VOLUME(2), -E_COMMIT_FAILED);
    assert_int_equal(journal_commit(journal), -E_COMMIT_FAILED);
    store_sim_crash(VOLUME(1), false);
    store_sim_crash(VOLUME(2), false);
    journal_close(journal);
    journal_make(1);
    assert_int_equal(journal_volumes(journal), 1);
    assert_int_equal(journal_head(journal), 1);
    turn_begin("two again");
    assert_int_equal(journal_commit(journal), 0);
    assert_int_equal(journal_volumes(journal), 2);
    assert_int_equal(journal_head(journal), 2);
}

static void whoever_only_reads_sees_what_is_appended_beside_it(void **state)
{
    (void)state;
    journal_close(journal);
    journal_make(1); /* a volume for each commit */
    turn_begin("one");
    assert_int_equal(journal_commit(journal), 0);
    struct journal_options options = {.dir = "/house", .read_only = true};
    struct journal *other;
    assert_int_equal(journal_open(&options, &other), 0);
    assert_int_equal(journal_head(other), 1);
    turn_begin("two");
    assert_int_equal(journal_commit(journal), 0);
    assert_int_equal(journal_head(other), 1);
    assert_int_equal(journal_refresh(other), 0);
    assert_int_equal(journal_head(other), 2);
    assert_int_equal(journal_volumes(other), journal_volumes(journal));
    journal_close(other);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, open_empty, close_journal)
    const struct CMUnitTest tests[] = {
        STORY(a_failed_commit_keeps_nothing),
        STORY(a_crash_keeps_all_of_a_turn_or_none_of_it),
        STORY(a_volume_whose_first_commit_failed_is_begun_again),
        STORY(whoever_only_reads_sees_what_is_appended_beside_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
