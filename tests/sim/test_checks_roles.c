/*
 * test_checks_roles.c - each check of the simulator is told a small lie, and must name it: what the worker says and keeps, what the
 * outlet shows and what boards believe.
 */
#include "brokers/outlet_store.h"
#include "core/status.h"
#include "tests/sim/stage_expect.h"
#include "workers/cases.h"
#include "workers/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct stage stage;
static uint64_t answered; /* seq of a complaint that was acknowledged */

/* A complaint that nobody answers for a day, and one that was acknowledged. */
static int begin(void **state)
{
    (void)state;
    stage_open(&stage);
    stage_settle(&stage);
    char id[32];
    stage_complain(&stage);
    answered = stage_complain(&stage);
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)answered);
    stage_decide(&stage, EVENT_complaint_acknowledged, id, "wang.li");
    for (int i = 0; i < 24; i++)
        stage_pass(&stage, HOURS(1));
    stage_decide(&stage, EVENT_complaint_noted, id, "wang.li");
    assert_false(stage.world.outcome.violated);
    return 0;
}

static int end(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static void a_world_without_lies_passes(void **state)
{
    (void)state;
    checks_end(stage.world.checks);
    if (stage.world.outcome.violated)
        fail_msg("%s", stage.world.outcome.violation);
    assert_true(subjects_told(stage.world.checks) > 4);
}

/* ---- what is said ---- */

struct found {
    struct entry entry;
    uint8_t *event;
};

/* The last consequence of this type; its event is the caller's. */
static struct found last_said(enum event_type type)
{
    struct found found = {0};
    struct journal_reader *reader;
    uint8_t *buffer = checks_take(SYSTEM_EVENT_MAX + RECORD_MAX);
    struct event *event = checks_take(sizeof *event);
    assert_int_equal(journal_reader_open(stage.world.reader, &reader), 0);
    for (uint64_t seq = journal_head(stage.world.reader); seq > 0 && !found.event; seq--) {
        struct flaw flaw;
        assert_int_equal(journal_entry(reader, seq, buffer, SYSTEM_EVENT_MAX + RECORD_MAX, &found.entry), 0);
        assert_int_equal(event_decode(found.entry.event, event, &flaw), 0);
        if (event->type != type)
            continue;
        found.event = checks_take(found.entry.event.len);
        memcpy(found.event, found.entry.event.at, found.entry.event.len);
        found.entry.event.at = found.event;
    }
    assert_non_null(found.event);
    journal_reader_close(reader);
    free(event);
    free(buffer);
    return found;
}

static void a_consequence_that_is_told_twice_is_named(void **state)
{
    (void)state;
    struct found found = last_said(EVENT_complaint_changed);
    assert_true(
        consequence_check(stage.world.checks, &found.entry)); /* its cause is the last: it comes with the next */
    assert_false(consequence_check(stage.world.checks, &found.entry));
    stage_expect(&stage, "announced once");
    free(found.event);
}

/* The same card, changed by a test, as another consequence of the cause that spoke last. */
static void say_again(enum event_type type, void (*change)(union event_data *card))
{
    uint8_t buffer[CARD_MAX];
    char id[64];
    struct flaw flaw;
    struct wire_writer writer;
    struct found found = last_said(type), last = last_said(EVENT_complaint_changed);
    struct event *event = checks_take(sizeof *event);
    assert_int_equal(event_decode(found.entry.event, event, &flaw), 0);
    change(&event->data);
    struct entry entry = last.entry;
    entry.seq = journal_head(stage.world.reader) + 1;
    entry.step = last.entry.step + 1;
    snprintf(id, sizeof id, "%llu-%u-0", (unsigned long long)entry.sequence, entry.step);
    const struct event_draft draft = {.id = span_of(id),
                                      .source = event->source,
                                      .subject = event->subject,
                                      .type = type,
                                      .data = &event->data,
                                      .style = ENCODE_CARD};
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    entry.event = wire_written(&writer);
    assert_false(consequence_check(stage.world.checks, &entry));
    free(event);
    free(found.event);
    free(last.event);
}

static void fall(union event_data *card)
{
    assert_true(card->complaint.level > 0);
    card->complaint.level--;
}

static void stand_still(union event_data *card)
{
    (void)card;
}

static void a_level_that_falls_is_told(void **state)
{
    (void)state;
    say_again(EVENT_complaint_changed, fall);
    stage_expect(&stage, "level never falls");
}

static void a_notice_that_is_raised_twice_is_told(void **state)
{
    (void)state;
    say_again(EVENT_escalation_raised, stand_still);
    stage_expect(&stage, "announced once");
}

/* ---- the state ---- */

static void state_change(void (*change)(struct store_txn *txn))
{
    struct store *store;
    struct store_txn *txn;
    stage_stop(&stage);
    assert_int_equal(state_open(WORLD_DIR, false, &store), 0);
    assert_int_equal(store_begin(store, true, &txn), 0);
    change(txn);
    assert_int_equal(store_commit(txn), 0);
    store_close(store);
    checks_end(stage.world.checks);
}

static void complaint_change(struct store_txn *txn, void (*change)(struct complaint *complaint))
{
    uint8_t row[CARD_MAX], old[CARD_MAX];
    struct span value;
    struct wire_writer writer;
    struct case_key key = case_key_of_seq('C', answered);
    struct complaint *complaint = checks_take(sizeof *complaint);
    assert_int_equal(store_get(txn, STATE_CASES, case_key_span(&key), &value), 0);
    assert_true(value.len <= sizeof old);
    memcpy(old, value.at, value.len);
    assert_int_equal(case_read(&key, span_make(old, value.len), complaint), 0);
    change(complaint);
    row[0] = old[0];
    wire_writer_init(&writer, row + 1, sizeof row - 1);
    record_encode(&record_of_complaint, complaint, ENCODE_STATE, &writer);
    assert_int_equal(store_put(txn, STATE_CASES, case_key_span(&key), span_make(row, 1 + writer.len)), 0);
    free(complaint);
}

static void change_category(struct complaint *complaint)
{
    complaint->category = category_is_price;
}

static void let_history_lie(struct complaint *complaint)
{
    SET(&complaint->history[0], history_line, said, span_of("another grade"));
}

static void misfile(struct store_txn *txn)
{
    complaint_change(txn, change_category);
}

static void tell_another_history(struct store_txn *txn)
{
    complaint_change(txn, let_history_lie);
}

static void first_row_forget(struct store_txn *txn, enum state_table table)
{
    struct store_cursor *cursor;
    struct span key, value;
    uint8_t copy[STORE_KEY_MAX];
    assert_int_equal(store_cursor_open(txn, table, &cursor), 0);
    assert_int_equal(store_seek(cursor, (struct span){0}, &key, &value), 0);
    memcpy(copy, key.at, key.len);
    size_t len = key.len;
    store_cursor_close(cursor);
    assert_int_equal(store_delete(txn, table, span_make(copy, len)), 0);
}

static void forget_timer(struct store_txn *txn)
{
    first_row_forget(txn, STATE_TIMERS);
}

static void forget_trace(struct store_txn *txn)
{
    first_row_forget(txn, STATE_TRACE);
}

static void a_card_that_the_oracle_does_not_have_so_is_told(void **state)
{
    (void)state;
    state_change(misfile);
    stage_expect(&stage, "equals the oracle");
}

static void a_card_that_was_never_told_is_named(void **state)
{
    (void)state;
    state_change(tell_another_history);
    stage_expect(&stage, "complete");
}

static void a_timer_that_is_lost_is_told(void **state)
{
    (void)state;
    state_change(forget_timer);
    stage_expect(&stage, "armed");
}

static void a_state_that_a_rebuild_would_not_make_is_told(void **state)
{
    (void)state;
    state_change(forget_trace);
    stage_expect(&stage, "a rebuild is equal");
}

static void a_worker_that_is_behind_at_the_end_is_told(void **state)
{
    (void)state;
    static const uint8_t event[] = "\x83\xa2id\xa1z\xa6source\xa2/z\xa4type\xa1z";
    const struct entry entry = {.event = span_make(event, sizeof event - 1)};
    stage_stop(&stage);
    stage_write(&stage, RECORD_OUTSIDE, &entry, journal_last_at_ms(stage.world.reader));
    stage_read(&stage);
    checks_end(stage.world.checks);
    stage_expect(&stage, "caught up");
}

/* ---- the outlet and the boards ---- */

static void a_card_that_the_outlet_lost_is_told(void **state)
{
    (void)state;
    static const char *const tables[] = {"cards", "subjects", "meta"};
    const struct store_options options = {
        .path = WORLD_OUTLET, .tables = tables, .table_count = 3, .durability = STORE_MAY_LOSE_LAST};
    struct store *store;
    struct store_txn *txn;
    stage_stop(&stage);
    assert_int_equal(store_open(&options, &store), 0);
    assert_int_equal(store_begin(store, true, &txn), 0);
    first_row_forget(txn, 0);
    assert_int_equal(store_commit(txn), 0);
    store_close(store);
    checks_end(stage.world.checks);
    stage_expect(&stage, "caught up");
}

static struct follower *board(void)
{
    for (uint32_t i = 0; i < stage.world.cast->count; i++) {
        struct member *member = &stage.world.cast->members[i];
        if (member->self && member->kind->follower)
            return member->kind->follower(member);
    }
    fail_msg("no board has come");
    return NULL;
}

static void a_board_that_believes_an_old_card_is_told(void **state)
{
    (void)state;
    assert_true(board()->cards_count > 4);
    board()->cards[0].n--;
    checks_end(stage.world.checks);
    stage_expect(&stage, "caught up");
}

static void a_board_that_missed_a_card_is_told(void **state)
{
    (void)state;
    free(board()->cards[--board()->cards_count].bytes);
    checks_end(stage.world.checks);
    stage_expect(&stage, "caught up");
}

/* The newest card of a complaint, told once more as number n of its channel. */
static void card_is_published(int64_t more)
{
    uint8_t body[CARD_MAX];
    struct flaw flaw;
    struct wire_writer writer;
    struct published published = {0};
    struct found found = last_said(EVENT_complaint_changed);
    struct event *event = checks_take(sizeof *event);
    assert_int_equal(event_decode(found.entry.event, event, &flaw), 0);
    uint64_t n = stage.world.checks->memory.entries[found.entry.seq - 1].n;
    SET(&published, published, n, (int64_t)n + more);
    SET(&published, published, seq, (int64_t)found.entry.seq);
    SET(&published, published, at, found.entry.at_ms);
    SET(&published, published, card, event->data_bytes);
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_published, &published, ENCODE_CARD, &writer);
    const struct span frames[] = {span_of("complaint"), wire_written(&writer)};
    const struct bus_sim_message sent = {.endpoint = stage.world.setup.publish_endpoint, .frames = frames, .count = 2};
    checks_message(stage.world.checks, &sent);
    free(event);
    free(found.event);
}

static void a_card_with_the_number_of_another_is_told(void **state)
{
    (void)state;
    card_is_published(0);
    assert_false(stage.world.outcome.violated);
    card_is_published(1);
    stage_expect(&stage, "served as it is");
}

static void a_deadline_that_nobody_was_woken_for_is_told(void **state)
{
    (void)state;
    stage.world.now_ms += HOURS(30); /* and nobody had a turn */
    checks_end(stage.world.checks);
    stage_expect(&stage, "punctual");
}

int main(void)
{
#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        STORY(a_world_without_lies_passes),
        STORY(a_consequence_that_is_told_twice_is_named),
        STORY(a_level_that_falls_is_told),
        STORY(a_notice_that_is_raised_twice_is_told),
        STORY(a_card_that_the_oracle_does_not_have_so_is_told),
        STORY(a_card_that_was_never_told_is_named),
        STORY(a_timer_that_is_lost_is_told),
        STORY(a_state_that_a_rebuild_would_not_make_is_told),
        STORY(a_worker_that_is_behind_at_the_end_is_told),
        STORY(a_card_that_the_outlet_lost_is_told),
        STORY(a_board_that_believes_an_old_card_is_told),
        STORY(a_board_that_missed_a_card_is_told),
        STORY(a_card_with_the_number_of_another_is_told),
        STORY(a_deadline_that_nobody_was_woken_for_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
