/* Stories of the worker: events go in, cards come out, and nothing is said twice whatever happens in between. */
#include "core/status.h"
#include "tests/support/showroom.h"
#include "workers/fact_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE_MS 60000ll
#define HOUR_MS (60 * MINUTE_MS)

static struct showroom showroom;

static uint64_t rate(const char *visit, int32_t overall)
{
    struct rated fact = showroom_rating(visit, overall);
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    showroom_turn(&showroom);
    return seq;
}

static const char *case_named(char letter, uint64_t seq, const char *rest, char text[64])
{
    snprintf(text, 64, "%c-%llu%s", letter, (unsigned long long)seq, rest);
    return text;
}

/* A general complaint: to be answered within 8 hours. Half: 4 h, 80 %: 6 h 24 min, breach: 8 h. */
static void a_complaint_that_nobody_answers_climbs_the_ladder(void **state)
{
    (void)state;
    char id[64], notice[64];
    struct complaint card;
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    showroom_card(&showroom, "complaint", case_named('C', seq, "", id), &card);
    assert_int_equal(card.status, complaint_status_is_received);
    assert_int_equal(card.level, 0);
    assert_int_equal(showroom_count(&showroom, "complaint.changed", id), 1);

    showroom_pass(&showroom, 4 * HOUR_MS - 1);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 0);
    showroom_pass(&showroom, 1000);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", case_named('E', seq, "-response-50", notice)), 1);
    showroom_pass(&showroom, 4 * HOUR_MS);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", case_named('E', seq, "-response-100", notice)), 1);
    showroom_card(&showroom, "complaint", id, &card);
    assert_int_equal(card.level, 2);

    uint64_t decision = showroom_decide(&showroom, EVENT_complaint_acknowledged, id, "wang.li");
    assert_int_equal(showroom_outcome(&showroom, decision), 0);
    struct escalation escalation;
    showroom_card(&showroom, "escalation", notice, &escalation);
    assert_true(escalation.ended);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-ladder");
}

static void a_decision_that_the_state_forbids_is_answered_with_the_reason(void **state)
{
    (void)state;
    char id[64];
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    case_named('C', seq, "", id);
    uint64_t verified = showroom_decide(&showroom, EVENT_complaint_resolved, id, "wang.li");
    assert_int_equal(showroom_outcome(&showroom, verified), -E_WRONG_STATE);
    uint64_t unknown = showroom_decide(&showroom, EVENT_complaint_acknowledged, "C-999999", "wang.li");
    assert_int_equal(showroom_outcome(&showroom, unknown), -E_UNKNOWN_CASE);
    uint64_t nonsense = showroom_decide(&showroom, EVENT_complaint_acknowledged, "the red car", "wang.li");
    assert_int_equal(showroom_outcome(&showroom, nonsense), -E_UNKNOWN_CASE);
    uint64_t uncalled = showroom_decide(&showroom, EVENT_callback_claimed, "B-1-day3", "wang.li");
    assert_int_equal(showroom_outcome(&showroom, uncalled), -E_UNKNOWN_CASE);
    assert_int_equal(showroom_count(&showroom, "decision.rejected", ""), 4);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-refused");
}

static void an_unhappy_visit_gets_one_recovery_task_that_repeats_join(void **state)
{
    (void)state;
    char id[64];
    struct task card;
    uint64_t seq = rate("V-1", 6000);
    rate("V-1", 3000);
    rate("V-2", 7000);
    showroom_card(&showroom, "task", case_named('T', seq, "", id), &card);
    assert_int_equal(card.kind, task_kind_is_recovery);
    assert_int_equal(card.reasons.count, 2);
    assert_int_equal(showroom_count(&showroom, "task.changed", ""), 2);

    showroom_complain(&showroom, NULL, "V-3");
    rate("V-3", 1000);
    assert_int_equal(showroom_count(&showroom, "task.changed", ""), 2);

    showroom_pass(&showroom, 48 * HOUR_MS);
    showroom_card(&showroom, "task", id, &card);
    assert_true(card.overdue);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-recovery");
}

static void an_import_arms_nothing(void **state)
{
    (void)state;
    char id[64];
    struct complained complaint = showroom_complaint("customer-1", "V-1");
    struct rated rating = showroom_rating("V-1", 1000);
    struct complaint card;
    SET(&complaint, complained, historical, true);
    SET(&rating, rated, historical, true);
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &complaint);
    showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &rating);
    showroom_turn(&showroom);
    showroom_card(&showroom, "complaint", case_named('C', seq, "", id), &card);
    assert_int_equal(card.status, complaint_status_is_closed);
    showroom_pass(&showroom, 20 * 24 * HOUR_MS);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 0);
    assert_int_equal(showroom_count(&showroom, "task.changed", ""), 0);
    assert_int_equal(showroom_count(&showroom, "score.changed", ""), 1);
}

/* 147 = 192 that a step may end, less the 45 that 9 clocks of 5 rungs may still raise. */
static void a_complaint_cannot_be_escalated_without_end(void **state)
{
    (void)state;
    char id[64], merged_id[64];
    case_named('C', showroom_complain(&showroom, NULL, NULL), "", id);
    struct escalated escalated = {.level = 4};
    SET(&escalated, escalated, by, span_of("wang.li"));
    SET(&escalated, escalated, level, 4);
    uint64_t last = 0;
    for (int i = 0; i < 148; i++)
        last = showroom_publish(&showroom, EVENT_complaint_escalated, id, 0, &escalated);
    showroom_turn(&showroom);
    assert_int_equal(showroom_outcome(&showroom, last - 1), 0);
    assert_int_equal(showroom_outcome(&showroom, last), -E_BAD_DECISION);

    struct merged merged = {0};
    case_named('C', showroom_complain(&showroom, NULL, NULL), "", merged_id);
    SET(&merged, merged, by, span_of("wang.li"));
    SET(&merged, merged, into, span_of("C-999"));
    uint64_t nowhere = showroom_publish(&showroom, EVENT_complaint_merged, id, 0, &merged);
    SET(&merged, merged, into, span_of(merged_id));
    uint64_t seq = showroom_publish(&showroom, EVENT_complaint_merged, id, 0, &merged);
    showroom_turn(&showroom);
    assert_int_equal(showroom_outcome(&showroom, nowhere), -E_BAD_DECISION);
    assert_int_equal(showroom_outcome(&showroom, seq), 0);
    assert_int_equal(showroom_count(&showroom, "escalation.changed", ""), 147); /* all ended with it */
    showroom_pass(&showroom, 31 * 24 * HOUR_MS);
    struct complaint card;
    showroom_card(&showroom, "complaint", id, &card);
    assert_true(card.gone);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-endless");
}

/* ---- crashes ---- */

/* Turns one by one until the journal has more consequences than before: the PUT is on disk, its ACK unread. */
static void until_spoken(uint64_t head)
{
    for (int i = 0; i < 200 && journal_head(showroom.desk.journal) == head; i++) {
        int64_t wait_ms;
        assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
        assert_int_equal(desk_turn(&showroom.desk), 0);
    }
    assert_true(journal_head(showroom.desk.journal) > head);
}

static void a_crash_between_speaking_and_committing_says_nothing_twice(void **state)
{
    (void)state;
    for (int lose_last = 0; lose_last < 2; lose_last++) {
        struct complained fact = showroom_complaint("customer-1", NULL);
        uint64_t seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
        until_spoken(seq);
        showroom_worker_crash(&showroom, lose_last);
        showroom_worker_start(&showroom);
        showroom_turn(&showroom);
        char id[64];
        struct complaint card;
        assert_int_equal(showroom_count(&showroom, "complaint.changed", case_named('C', seq, "", id)), 1);
        showroom_card(&showroom, "complaint", id, &card);
        assert_int_equal(card.grade, lose_last ? grade_is_serious : grade_is_general);
        showroom_pass(&showroom, 4 * HOUR_MS);
        /* 4 h: half of the first one's response. 8 h: of the first 80 % and 100 % of its response and half of its plan;
         * of the second, a serious one of 4 h, half, 80 % and 100 % of its response and half of its plan. */
        assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), lose_last ? 1 + 3 + 4 : 1);
    }
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-crash");
}

static void a_lost_acknowledgement_is_folded_again_and_said_once(void **state)
{
    (void)state;
    struct complained fact = showroom_complaint(NULL, NULL);
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    until_spoken(seq);
    /* intake starts anew: what it had to say to the worker is gone */
    desk_restart(&showroom.desk);
    showroom_pass(&showroom, 3000);
    showroom_pass(&showroom, 3000);
    assert_int_equal(showroom_count(&showroom, "complaint.changed", ""), 1);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-lost");
}

/* The rating that a correction is about was entry 2 of a journal that is gone, and is another one in the new journal. */
static void a_worker_that_outlives_its_journal_corrects_the_new_one(void **state)
{
    (void)state;
    struct desk *desk = &showroom.desk;
    struct rated fact = showroom_rating(NULL, 9000);
    struct corrected correction = {
        .of = {.seq = (int64_t)showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact)}};
    correction.has |= 1ull << corrected_field_of;
    SET(&correction, corrected, overall, 8000);
    showroom_publish(&showroom, EVENT_feedback_corrected, NULL, 0, &correction);
    showroom_turn(&showroom);
    desk_stop(desk);
    store_sim_forget(DESK_VOLUME);
    desk->lineage = "ffffffffffffffffffffffffffffffff";
    desk_start(desk);
    for (int i = 0; i < 10; i++)
        showroom_pass(&showroom, 3000);
    SET(&fact, rated, store, span_of("sh-minhang"));
    assert_int_equal(showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact), correction.of.seq);
    showroom_publish(&showroom, EVENT_feedback_corrected, NULL, 0, &correction);
    showroom_pass(&showroom, 3000);
    showroom_pass(&showroom, 3000);
    assert_true(showroom_count(&showroom, "score.changed", "S-sh-minhang.service-2026-11-23") > 0);
    assert_int_equal(showroom_count(&showroom, "score.changed", "S-sh-pudong.service-2026-11-23"), 0);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-lineage");
}

/* Volumes were lost, or an older copy was put back: what comes in now has seqs that are folded already. */
static void a_worker_ends_when_its_journal_has_lost_entries(void **state)
{
    (void)state;
    int result = 0;
    showroom_complain(&showroom, NULL, NULL);
    store_sim_copy_all(DESK_VOLUME, "/older");
    showroom_complain(&showroom, NULL, NULL);
    desk_stop(&showroom.desk);
    store_sim_copy_all("/older", DESK_VOLUME);
    desk_start(&showroom.desk);
    for (int i = 0; i < 100 && result == 0; i++) {
        int64_t wait_ms;
        desk_pass(&showroom.desk, 1000);
        assert_int_equal(desk_turn(&showroom.desk), 0);
        result = worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms);
    }
    assert_int_equal(result, -E_CORRUPT);
}

/* ---- queries ---- */

static void who_wrote_reads_what_he_wrote(void **state)
{
    (void)state;
    uint8_t buffer[256];
    struct wire_writer writer;
    struct reply reply;
    struct get_request request = {0};
    uint64_t head = journal_head(showroom.desk.journal);
    SET(&request, get_request, what, span_of("complaints"));
    SET(&request, get_request, wait_seq, (int64_t)head + 1);
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
    desk_send(showroom.asker, "GET", wire_written(&writer));
    showroom_turn(&showroom);
    assert_false(desk_receive(&showroom.desk, showroom.asker, &reply));
    showroom_complain(&showroom, NULL, NULL);
    assert_true(desk_receive(&showroom.desk, showroom.asker, &reply));
    assert_string_equal(reply.verb, "ROWS");

    request.wait_seq += 1000000;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
    desk_send(showroom.asker, "GET", wire_written(&writer));
    showroom_turn(&showroom);
    showroom_pass(&showroom, 9999);
    assert_false(desk_receive(&showroom.desk, showroom.asker, &reply));
    showroom_pass(&showroom, 1);
    assert_true(desk_receive(&showroom.desk, showroom.asker, &reply));
    desk_refused(reply, -E_NOT_FOLDED);
}

/* A million facts of others, as blocks of the index; no worker may be running. */
static void facts_lay(void)
{
    static uint8_t block[FACT_BLOCK_BYTES] = {1};
    struct store *store;
    struct store_txn *txn;
    assert_int_equal(state_open(showroom.desk.setup.dir, false, &store), 0);
    assert_int_equal(store_begin(store, true, &txn), 0);
    for (uint32_t first = 1; first <= 1000000; first += FACT_BLOCK_FACTS) {
        const uint8_t key[8] = {0, 0, 0, 0, 0, (uint8_t)(first >> 16), (uint8_t)(first >> 8), (uint8_t)first};
        assert_int_equal(store_put(txn, STATE_FACTS, span_make(key, 8), span_make(block, sizeof block)), 0);
    }
    assert_int_equal(store_commit(txn), 0);
    store_close(store);
}

static void who_asks_does_not_wait_for_corrections_of_what_nobody_knows(void **state)
{
    (void)state;
    enum { CORRECTIONS = 10 };
    int64_t wait_ms = 0;
    uint32_t turns = 0, answered = 0;
    struct reply reply;
    struct corrected correction = {.of = {.id = span_of("nobody")}};
    correction.has |= 1ull << corrected_field_of;
    SET(&correction, corrected, overall, 8000);
    showroom_worker_stop(&showroom);
    facts_lay();
    for (int i = 0; i < CORRECTIONS; i++)
        showroom_publish(&showroom, EVENT_feedback_corrected, NULL, 0, &correction);
    showroom_worker_start(&showroom); /* all in one batch */
    uint8_t buffer[256];
    struct wire_writer writer;
    struct get_request request = {0};
    SET(&request, get_request, what, span_of("complaints"));
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
    for (uint64_t head = journal_head(showroom.desk.journal); journal_head(showroom.desk.journal) == head; turns++) {
        assert_true(turns < 100);
        assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
        if (wait_ms == 0)
            desk_send(showroom.asker, "GET", wire_written(&writer));
        answered += desk_receive(&showroom.desk, showroom.asker, &reply);
        assert_int_equal(desk_turn(&showroom.desk), 0);
    }
    assert_true(answered >= CORRECTIONS); /* once after each of them */
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "decision.rejected", ""), CORRECTIONS);
}

static void judge(const char *id, enum verdict verdict, const char *staff)
{
    struct judged judged = {0};
    SET(&judged, judged, by, span_of("li.na"));
    SET(&judged, judged, verdict, (int32_t)verdict);
    if (staff)
        SET(&judged, judged, staff, ((struct name_list){{span_of(staff)}, 1}));
    showroom_publish(&showroom, EVENT_complaint_judged, id, 0, &judged);
    showroom_turn(&showroom);
}

static void a_complaint_that_is_dismissed_after_all_blames_nobody(void **state)
{
    (void)state;
    char id[32];
    struct complaint card;
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)showroom_complain(&showroom, NULL, NULL));
    judge(id, verdict_is_upheld, "zhang.wei");
    showroom_card(&showroom, "complaint", id, &card);
    assert_int_equal(card.judged_staff.count, 1);
    judge(id, verdict_is_dismissed, NULL);
    showroom_card(&showroom, "complaint", id, &card);
    assert_int_equal(card.verdict, verdict_is_dismissed);
    assert_false(HAS(&card, complaint, judged_staff));
}

/* As `manyi rebuild` has it: intake welcomes, and takes nothing. What was spoken of is folded all the same. */
static void what_was_spoken_of_is_folded_although_nobody_hears_the_rest(void **state)
{
    (void)state;
    struct setup *setup = &showroom.desk.setup;
    uint64_t spoken = showroom_complain(&showroom, NULL, NULL);
    showroom_worker_stop(&showroom);
    struct complained fact = showroom_complaint(NULL, NULL);
    showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    store_sim_forget(SHOWROOM_STATE);
    showroom_worker_start(&showroom);
    for (int i = 0; i < 40; i++) {
        int64_t wait_ms;
        assert_int_equal(worker_turn(showroom.worker, clock_read(setup->clock), &wait_ms), 0);
        if (i < 3) /* HELLO comes with the first turn, its WELCOME when it is written */
            assert_int_equal(intake_turn(showroom.desk.intake, clock_read(setup->clock), &wait_ms), 0);
        assert_int_equal(feed_turn(showroom.desk.feed, clock_read(setup->clock), &wait_ms), 0);
    }
    struct state_head head;
    assert_int_equal(state_head_look(setup->dir, &head), 0);
    assert_int_equal(head.position.seq, spoken);
    showroom_turn(&showroom);
    showroom_nothing_twice(&showroom);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(a_complaint_that_nobody_answers_climbs_the_ladder),
        STORY(a_decision_that_the_state_forbids_is_answered_with_the_reason),
        STORY(an_unhappy_visit_gets_one_recovery_task_that_repeats_join),
        STORY(an_import_arms_nothing),
        STORY(a_complaint_that_is_dismissed_after_all_blames_nobody),
        STORY(a_complaint_cannot_be_escalated_without_end),
        STORY(a_crash_between_speaking_and_committing_says_nothing_twice),
        STORY(a_lost_acknowledgement_is_folded_again_and_said_once),
        STORY(a_worker_that_outlives_its_journal_corrects_the_new_one),
        STORY(a_worker_ends_when_its_journal_has_lost_entries),
        STORY(what_was_spoken_of_is_folded_although_nobody_hears_the_rest),
        STORY(who_wrote_reads_what_he_wrote),
        STORY(who_asks_does_not_wait_for_corrections_of_what_nobody_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
