/* A rehearsal of a journal's outside events says, word for word, what the worker has said into that journal. */
#include "core/status.h"
#include "tests/support/showroom.h"
#include "workers/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR_MS (3600 * 1000ll)
#define SAID_MAX 4096u
#define REHEARSED "/rehearsal"

static struct showroom showroom;

/* ---- what was said, as texts to compare ---- */

struct said {
    uint32_t hash;
    uint64_t cause;
    uint32_t step;
};

struct told {
    struct said said[SAID_MAX];
    uint32_t count;
    struct journal_reader *finder;
    uint8_t *found;
};

static void tell(struct told *told, uint64_t cause, uint32_t step, struct span subject, struct span card)
{
    assert_true(told->count < SAID_MAX);
    told->said[told->count++] = (struct said){crc32c(crc32c(0, subject), card), cause, step};
}

static int hear(void *context, const struct heard *heard)
{
    tell(context, heard->cause_seq, heard->cause_step, heard->subject, heard->card);
    return 0;
}

static int find(void *context, uint64_t seq, struct entry *ret_entry)
{
    struct told *told = context;
    return journal_entry(told->finder, seq, told->found, SYSTEM_EVENT_MAX + RECORD_MAX, ret_entry);
}

/* ---- the journal ---- */

static void entry_take(const struct record *record, const struct entry *entry, struct rehearsal *rehearsal,
                       struct told *journaled)
{
    struct wire_value subject;
    struct span bytes, card;
    if (record->class == RECORD_OUTSIDE) {
        assert_int_equal(rehearsal_entry(rehearsal, entry), 0);
        return;
    }
    assert_int_equal(wire_find(entry->event, "subject", &subject, &bytes), 0);
    struct wire_value data;
    assert_int_equal(wire_find(entry->event, "data", &data, &card), 0);
    tell(journaled, entry->sequence, entry->step, subject.bytes, card);
}

static void journal_take(struct rehearsal *rehearsal, struct told *journaled)
{
    static struct journal_read read = {.class_mask = 3, .capacity = FETCH_BYTES_MAX};
    struct journal_reader *reader;
    read.after = 0;
    read.buffer = malloc(read.capacity);
    assert_non_null(read.buffer);
    assert_int_equal(journal_reader_open(showroom.desk.journal, &reader), 0);
    while (read.after < journal_head(showroom.desk.journal)) {
        assert_int_equal(journal_read(reader, &read), 0);
        for (uint32_t i = 0; i < read.count; i++) {
            struct record record;
            struct record_cursor cursor = {0};
            struct entry entry;
            assert_int_equal(record_open(read.records[i], &record), 0);
            while (record_next(&record, &cursor, &entry) == 0)
                entry_take(&record, &entry, rehearsal, journaled);
        }
        read.after = read.upto;
    }
    journal_reader_close(reader);
    free(read.buffer);
}

/* A complaint that climbs the ladder, a low rating that is corrected, decisions that may and may not be. */
static void a_day_goes_by(void)
{
    char id[32];
    struct complained fact = showroom_complaint("K-1", "V-1");
    SET(&fact, complained, category, category_is_safety);
    uint64_t complaint = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)complaint);
    struct rated low = showroom_rating("V-2", 3000);
    uint64_t rating = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &low);
    for (int i = 0; i < 6; i++)
        showroom_pass(&showroom, HOUR_MS / 2 + 1234);
    struct corrected corrected = {.of = {.seq = rating}};
    SET(&corrected, corrected, overall, 9000);
    showroom_publish(&showroom, EVENT_feedback_corrected, NULL, 0, &corrected);
    showroom_turn(&showroom);
    showroom_decide(&showroom, EVENT_complaint_acknowledged, id, "wang.li");
    showroom_decide(&showroom, EVENT_complaint_acknowledged, id, "wang.li");
    showroom_decide(&showroom, EVENT_complaint_acknowledged, "C-77777", "wang.li");
    showroom_pass(&showroom, 30 * HOUR_MS);
    showroom_pass(&showroom, HOUR_MS);
}

static void a_rehearsal_says_what_the_worker_has_said(void **state)
{
    (void)state;
    static struct told journaled, rehearsed;
    struct rehearsal *rehearsal;
    a_day_goes_by();
    store_sim_forget(REHEARSED "/state");
    rehearsed.found = malloc(SYSTEM_EVENT_MAX + RECORD_MAX);
    assert_non_null(rehearsed.found);
    assert_int_equal(journal_reader_open(showroom.desk.journal, &rehearsed.finder), 0);
    const struct rehearsal_options options = {.dir = REHEARSED, .hear = hear, .find = find, .context = &rehearsed};
    assert_int_equal(rehearsal_open(&options, &rehearsal), 0);
    journal_take(rehearsal, &journaled);
    assert_true(journaled.count > 20);
    for (uint32_t i = 0; i < journaled.count && i < rehearsed.count; i++) {
        assert_int_equal(rehearsed.said[i].cause, journaled.said[i].cause);
        assert_int_equal(rehearsed.said[i].step, journaled.said[i].step);
        assert_int_equal(rehearsed.said[i].hash, journaled.said[i].hash);
    }
    assert_int_equal(rehearsed.count, journaled.count);
    rehearsal_close(rehearsal);
    journal_reader_close(rehearsed.finder);
    free(rehearsed.found);
}

/* Time passes in ticks at the very times that timers are due, and at no others. */
static int64_t ticked_ms[64];
static uint32_t ticked_count;

static int hear_times(void *context, const struct heard *heard)
{
    (void)context;
    if (heard->type == EVENT_escalation_raised && ticked_count < 64)
        ticked_ms[ticked_count++] = heard->at_ms;
    return 0;
}

/* Urgent, by the wall clock: response 2 h, plan 4 h, resolve 48 h, so within three hours: 60, 96, 120 (both), 180 minutes, and
 * the breach again after 150 and 180. */
static void time_ticks_when_something_is_due(void **state)
{
    (void)state;
    static const int64_t minutes[] = {60, 96, 120, 120, 150, 180, 180};
    uint8_t buffer[1024];
    struct wire_writer writer;
    struct rehearsal *rehearsal;
    struct complained fact = showroom_complaint(NULL, NULL);
    const int64_t start_ms = DESK_MONDAY_MS;
    SET(&fact, complained, category, category_is_safety);
    store_sim_forget(REHEARSED "/state");
    const struct rehearsal_options options = {.dir = REHEARSED, .hear = hear_times};
    assert_int_equal(rehearsal_open(&options, &rehearsal), 0);
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&(struct event_draft){.id = span_of("c-1"),
                                       .source = span_of("/desk"),
                                       .type = EVENT_feedback_complained,
                                       .time_ms = start_ms,
                                       .data = &fact},
                 &writer);
    const struct entry entry = {.seq = 1, .at_ms = start_ms, .event = wire_written(&writer)};
    ticked_count = 0;
    assert_int_equal(rehearsal_entry(rehearsal, &entry), 0);
    assert_int_equal(rehearsal_next_seq(rehearsal), 2);
    assert_int_equal(rehearsal_pass(rehearsal, start_ms + 3 * HOUR_MS), 0);
    assert_int_equal(ticked_count, sizeof minutes / sizeof minutes[0]);
    for (uint32_t i = 0; i < ticked_count; i++)
        assert_int_equal(ticked_ms[i] - start_ms, minutes[i] * 60000);
    rehearsal_close(rehearsal);
}

static int begin(void **state)
{
    *state = &showroom;
    return showroom_begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_rehearsal_says_what_the_worker_has_said, begin, showroom_end),
        cmocka_unit_test(time_ticks_when_something_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
