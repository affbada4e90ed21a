/*
 * test_sessions_trace.c - what is known of a session whose row is damaged, and that a check believes it.
 */
#include "brokers/sessions_trace.h"
#include "io/journal_check.h"
#include "io/store_sim.h"
#include "tests/support/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DIR "/traced"
#define VOLUME_BYTES (4 * KIB)
#define SESSION 3u
#define REFUSED 100u /* the last sequence: none of those after the newest entry is in the journal */
#define SESSIONS_TABLE 1u

static struct journal *journal;

static void row_set(const struct session_row *row)
{
    assert_int_equal(journal_begin(journal, journal_last_at_ms(journal)), 0);
    assert_int_equal(journal_session_set(journal, row), 0);
    assert_int_equal(journal_commit(journal), 0);
}

/* Others go on until another volume begins, which copies the row. */
static void volume_switch(void)
{
    uint32_t volumes = journal_volumes(journal);
    char id = 'a';
    while (journal_volumes(journal) == volumes) {
        uint8_t event[] = "\x84\xa2id\xa1-\xa6source\xa2/x\xa4type\xa1t\xa7padding\xc5\x04\x00";
        static uint8_t bytes[sizeof event - 1 + 1024];
        uint64_t seq;
        event[5] = (uint8_t)id++;
        memcpy(bytes, event, sizeof event - 1);
        const struct entry entry = {.event = span_make(bytes, sizeof bytes)};
        assert_int_equal(journal_begin(journal, journal_last_at_ms(journal)), 0);
        assert_int_equal(journal_add(journal, RECORD_OUTSIDE, &entry, &seq), 0);
        assert_int_equal(journal_commit(journal), 0);
    }
}

static uint64_t faults_of(struct journal_checked *checked)
{
    assert_int_equal(journal_check(DIR, 1000, checked), 0);
    return checked->faults;
}

static void a_mended_session_knows_what_the_volume_before_says(void **state)
{
    (void)state;
    static const uint8_t key[] = {'s', 0, 0, 0, SESSION};
    static struct journal_checked checked;
    const struct journal_options options = {.dir = DIR, .volume_bytes = VOLUME_BYTES};
    const struct session_row row = {.number = SESSION,
                                    .epoch = 9,
                                    .last = REFUSED,
                                    .last_id = "refused",
                                    .source = "/stores/b",
                                    .instance = "till-1"};
    char path[64];
    store_sim_forget_all(DIR);
    chain_make(DIR, VOLUME_BYTES);
    assert_int_equal(journal_open(&options, &journal), 0);
    row_set(&row);
    volume_switch();
    if (faults_of(&checked) > 0)
        fail_msg("%s", checked.fault[0]);
    snprintf(path, sizeof path, DIR "/journal/%06u", journal_volumes(journal));
    store_sim_spoil(path, SESSIONS_TABLE, span_make(key, sizeof key));
    assert_int_equal(faults_of(&checked), 1);

    struct session_row *traces = calloc(SESSIONS_MAX + 1, sizeof *traces);
    assert_non_null(traces);
    assert_int_equal(sessions_trace(journal, traces), 0);
    assert_int_equal(traces[SESSION].number, SESSION);
    assert_int_equal(traces[SESSION].last, REFUSED);
    assert_string_equal(traces[SESSION].last_id, "refused");
    assert_string_equal(traces[SESSION].source, "/stores/b");
    assert_string_equal(traces[SESSION].instance, "");
    row_set(&traces[SESSION]);
    if (faults_of(&checked) > 0)
        fail_msg("%s", checked.fault[0]);
    free(traces);
    journal_close(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_mended_session_knows_what_the_volume_before_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
