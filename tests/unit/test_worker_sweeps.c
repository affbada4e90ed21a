/* Much at once: many timers, many cards; what is too much for one step becomes several, and nothing is lost between. */
#include "core/status.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR_MS (3600 * 1000ll)

static struct showroom showroom;

static void complain(uint32_t times)
{
    struct complained fact = showroom_complaint(NULL, NULL);
    for (uint32_t i = 0; i < times; i++)
        showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
}

/* 700 general complaints: at 4 h each one's response clock is half used. 256 cases a step, each with its notice: 128
 * complaints a step, ceil(700 / 128) = 6 steps. */
static void seven_hundred_timers_at_once_fire_in_steps(void **state)
{
    (void)state;
    uint32_t steps;
    complain(700);
    showroom_pass(&showroom, 4 * HOUR_MS);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 700);
    assert_int_equal(showroom_count(&showroom, "complaint.changed", ""), 1400);
    assert_int_equal(showroom_most_of_a_cause(&showroom, "complaint.changed", &steps), 128);
    assert_int_equal(steps, 700 + 6);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-700");
}

/* 15 urgent complaints that nobody looks at while the worker is down for six days: in one entry, and by few cases, come
 * (144 - 2) * 2 = 284 repeats of the breach of each response clock alone, more than 31,000 in all. */
static void six_days_of_repeats_are_made_up_for_in_steps(void **state)
{
    (void)state;
    char id[64];
    struct escalation card;
    struct complained fact = showroom_complaint(NULL, NULL);
    SET(&fact, complained, category, category_is_safety);
    uint64_t seq[15];
    for (uint32_t i = 0; i < 15; i++)
        seq[i] = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
    showroom_worker_stop(&showroom);
    desk_pass(&showroom.desk, 144 * HOUR_MS);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    for (uint32_t i = 0; i < 15; i++) {
        snprintf(id, sizeof id, "E-%llu-response-100", (unsigned long long)seq[i]);
        showroom_card(&showroom, "escalation", id, &card);
        assert_int_equal(card.repeat, 284);
    }
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-outage");
}

static void a_crash_amid_a_sweep_goes_on_where_it_was(void **state)
{
    (void)state;
    complain(700);
    desk_pass(&showroom.desk, 4 * HOUR_MS);
    uint64_t head = journal_head(showroom.desk.journal);
    for (int i = 0; journal_head(showroom.desk.journal) < head + 3; i++) {
        int64_t wait_ms;
        assert_true(i < 100);
        assert_int_equal(desk_turn(&showroom.desk), 0);
        assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
    }
    showroom_worker_crash(&showroom, true);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 700);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-amid");
}

/* An import of 300 days of one department: 300 cards, 256 in the first step, 44 in the second. */
static void an_import_of_many_days_publishes_each_days_card_once(void **state)
{
    (void)state;
    uint32_t steps;
    struct rated fact = showroom_rating(NULL, 9000);
    SET(&fact, rated, historical, true);
    for (int64_t day = 1; day <= 300; day++)
        showroom_publish(&showroom, EVENT_feedback_rated, NULL, DESK_MONDAY_MS - day * 24 * HOUR_MS, &fact);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "score.changed", ""), 0);
    showroom_pass(&showroom, 1000);
    assert_int_equal(showroom_count(&showroom, "score.changed", ""), 300);
    assert_int_equal(showroom_count(&showroom, "score.changed", "S-sh-pudong.service-2026-11-22"), 1);
    assert_int_equal(showroom_most_of_a_cause(&showroom, "score.changed", &steps), 256);
    assert_int_equal(steps, 2);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-import");
}

static void a_new_fold_says_every_open_card_again(void **state)
{
    (void)state;
    complain(300);
    uint32_t before = showroom_count(&showroom, "complaint.changed", "");
    struct fold_adopted adopted = {.version = 1};
    SET(&adopted, fold_adopted, by, span_of("manyi"));
    SET(&adopted, fold_adopted, version, 1);
    showroom_publish_inner(&showroom, EVENT_fold_adopted, &adopted);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "complaint.changed", ""), before + 300);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-adopted");
}

static void pages_of_a_list_hold_every_complaint_once_newest_first(void **state)
{
    (void)state;
    complain(25);
    struct get_request request = {0};
    char cursor[512];
    int64_t last = INT64_MAX;
    uint32_t seen = 0;
    SET(&request, get_request, what, span_of("complaints"));
    SET(&request, get_request, status, span_of("open"));
    SET(&request, get_request, store, span_of("sh-pudong"));
    SET(&request, get_request, limit, 10);
    for (bool more = true; more;) {
        struct rows_reply reply;
        struct wire_value header;
        showroom_ask(&showroom, &request, &reply);
        struct wire_reader reader = wire_reader(reply.rows);
        assert_int_equal(wire_read(&reader, &header), 0);
        for (uint32_t i = 0; i < header.count; i++, seen++) {
            struct span row;
            struct complaint card;
            assert_int_equal(wire_skip(&reader, 8, &row), 0);
            desk_decode(row, &record_of_complaint, &card);
            assert_true(card.seq < last);
            last = card.seq;
        }
        more = HAS(&reply, rows_reply, cursor);
        if (more) {
            snprintf(cursor, sizeof cursor, "%.*s", SPAN_ARGS(reply.cursor));
            SET(&request, get_request, cursor, span_of(cursor));
        }
    }
    assert_int_equal(seen, 25);
    UNSET(&request, get_request, cursor);
    SET(&request, get_request, store, span_of("bj-chaoyang"));
    showroom_get(&showroom, &request, 0);
}

/* The notice of this id, on whatever page, has been counted so often. */
static void is_noticed(const char *id, uint64_t count)
{
    struct get_request request = {0};
    char cursor[1024];
    struct wire_value value;
    struct span row, bytes;
    SET(&request, get_request, what, span_of("notices"));
    SET(&request, get_request, limit, 7);
    for (bool more = true; more;) {
        struct rows_reply reply;
        showroom_ask(&showroom, &request, &reply);
        struct wire_reader reader = wire_reader(reply.rows);
        assert_int_equal(wire_read(&reader, &value), 0);
        for (uint32_t left = value.count; left > 0; left--) {
            assert_int_equal(wire_skip(&reader, 8, &row), 0);
            assert_int_equal(wire_find(row, "id", &value, &bytes), 0);
            if (!span_is(value.bytes, id))
                continue;
            assert_int_equal(desk_figure(row, "count"), count);
            return;
        }
        more = HAS(&reply, rows_reply, cursor);
        snprintf(cursor, sizeof cursor, "%.*s", SPAN_ARGS(reply.cursor));
        SET(&request, get_request, cursor, span_of(cursor));
    }
    fail_msg("%s was not noticed", id);
}

/* 300 types that nobody knows: 256 by their name, 44 together; others of a kind don't take its places. */
static void what_is_noticed_has_256_names_a_kind(void **state)
{
    (void)state;
    struct get_request request = {0};
    uint8_t buffer[256];
    for (int i = 0; i < 300; i++) {
        struct put_draft draft;
        struct wire_writer writer;
        char type[32], id[16];
        snprintf(type, sizeof type, "feedback.sung%03d", i);
        snprintf(id, sizeof id, "sung-%d", i);
        wire_writer_init(&writer, buffer, sizeof buffer);
        wire_map(&writer, 4);
        wire_key(&writer, "id");
        wire_text(&writer, span_of(id));
        wire_key(&writer, "source");
        wire_text(&writer, span_of("/stores/sh-pudong/choir"));
        wire_key(&writer, "type");
        wire_text(&writer, span_of(type));
        wire_key(&writer, "data");
        wire_map(&writer, 0);
        draft_begin(&draft, &showroom.desk, 1, NULL, 0, 0);
        draft_event(&draft, wire_written(&writer), true);
        desk_acked(desk_ask(&showroom.desk, showroom.desk.peer, "PUT", draft_end(&draft)));
    }
    showroom_turn(&showroom);
    SET(&request, get_request, what, span_of("notices"));
    SET(&request, get_request, limit, 1000);
    showroom_get(&showroom, &request, 1 + 256 + 1); /* policy_adopted first */
    is_noticed("N-unknown_type-feedback.sung000", 1);
    is_noticed("N-unknown_type-feedback.sung255", 1);
    is_noticed("N-unknown_type", 44);
    assert_int_equal(showroom_count(&showroom, "system.noticed", "N-unknown_type"), 1);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-names");
}

static void what_nobody_knows_is_noticed_at_first_and_then_rarely(void **state)
{
    (void)state;
    struct rated fact = showroom_rating(NULL, 9000);
    UNSET(&fact, rated, overall);
    SET(&fact, rated, raw, ((struct raw_answer){.key = 9, .scale = span_of("nobody-knows")}));
    fact.raw.has = ~0ull;
    for (int i = 0; i < 1100; i++)
        showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "system.noticed", "N-unmapped_key-nobody-knows:9"), 2); /* 1 and 1,000 */
    struct get_request request = {0};
    SET(&request, get_request, what, span_of("notices"));
    showroom_get(&showroom, &request, 2); /* this one and policy_adopted */
    fact.raw.key = 8;
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    showroom_turn(&showroom);
    is_noticed("N-unmapped_key-nobody-knows:9", 1100);
    is_noticed("N-unmapped_key-nobody-knows:8", 1);

    struct corrected corrected = {0};
    SET(&corrected, corrected, by, span_of("chen.jing"));
    SET(&corrected, corrected, of, ((struct reference){.seq = seq}));
    SET(&corrected, corrected, staff, span_of("wang.li"));
    showroom_publish(&showroom, EVENT_feedback_corrected, NULL, 0, &corrected); /* of something else */
    showroom_turn(&showroom);
    is_noticed("N-unmapped_key-nobody-knows:8", 1);
    fact.raw.key = 7;
    SET(&corrected, corrected, raw, fact.raw);
    showroom_publish(&showroom, EVENT_feedback_corrected, NULL, 0, &corrected);
    showroom_turn(&showroom);
    is_noticed("N-unmapped_key-nobody-knows:7", 1); /* the correction itself brought it */
    showroom_rebuild_is_equal(&showroom, "/rebuilt-notices");
}

/* The newest score card that the journal has: its n and whether it is gone. */
static void newest_score_is(int64_t n, bool gone)
{
    static uint8_t buffer[SYSTEM_EVENT_MAX + RECORD_MAX];
    struct journal_reader *reader;
    struct entry entry;
    struct event event = {.type = EVENT_unknown};
    struct flaw flaw;
    uint64_t seq = journal_head(showroom.desk.journal);
    assert_int_equal(journal_reader_open(showroom.desk.journal, &reader), 0);
    for (; seq > 0 && event.type != EVENT_score_changed; seq--) {
        assert_int_equal(journal_entry(reader, seq, buffer, sizeof buffer, &entry), 0);
        if (event_decode(entry.event, &event, &flaw) < 0)
            event.type = EVENT_unknown;
    }
    journal_reader_close(reader);
    assert_int_equal(event.type, EVENT_score_changed);
    const struct score *score = &event.data.score;
    assert_int_equal(score->n, n);
    assert_int_equal(HAS(score, score, gone) && score->gone, gone);
}

static void a_score_card_without_ratings_is_a_tombstone_until_one_comes(void **state)
{
    (void)state;
    struct rated fact = showroom_rating(NULL, 9000);
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    showroom_pass(&showroom, 2000);
    newest_score_is(1, false);
    struct retracted retracted = {0};
    SET(&retracted, retracted, of, ((struct reference){.seq = seq}));
    SET(&retracted, retracted, reason, span_of("sent by mistake"));
    showroom_publish(&showroom, EVENT_feedback_retracted, NULL, 0, &retracted);
    showroom_pass(&showroom, 2000);
    newest_score_is(0, true);
    showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    showroom_pass(&showroom, 2000);
    newest_score_is(1, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(seven_hundred_timers_at_once_fire_in_steps),
        STORY(six_days_of_repeats_are_made_up_for_in_steps),
        STORY(a_crash_amid_a_sweep_goes_on_where_it_was),
        STORY(an_import_of_many_days_publishes_each_days_card_once),
        STORY(a_new_fold_says_every_open_card_again),
        STORY(pages_of_a_list_hold_every_complaint_once_newest_first),
        STORY(what_nobody_knows_is_noticed_at_first_and_then_rarely),
        STORY(what_is_noticed_has_256_names_a_kind),
        STORY(a_score_card_without_ratings_is_a_tombstone_until_one_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
