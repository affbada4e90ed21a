/* Stories of visits: who served, what is complained about, and when an unhappy customer gets a recovery task. */
#include "core/status.h"
#include "tests/support/showroom.h"
#include "workers/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct showroom showroom;

static uint64_t publish(enum event_type type, const char *subject, const void *data)
{
    uint64_t seq = showroom_publish(&showroom, type, subject, 0, data);
    showroom_turn(&showroom);
    return seq;
}

static uint64_t rate(const char *visit, int32_t overall)
{
    struct rated fact = showroom_rating(visit, overall);
    return publish(EVENT_feedback_rated, NULL, &fact);
}

static uint64_t complain(const char *visit, char id[64])
{
    uint64_t seq = showroom_complain(&showroom, NULL, visit);
    snprintf(id, 64, "C-%llu", (unsigned long long)seq);
    return seq;
}

static uint32_t tasks(void)
{
    struct get_request request = {0};
    struct rows_reply rows;
    struct wire_value header;
    SET(&request, get_request, what, span_of("tasks"));
    showroom_ask(&showroom, &request, &rows);
    struct wire_reader reader = wire_reader(rows.rows);
    assert_int_equal(wire_read(&reader, &header), 0);
    return header.count;
}

static void visit_is(enum event_type type, const char *staff)
{
    struct visit visit = {0};
    SET(&visit, visit, store, span_of("sh-pudong"));
    SET(&visit, visit, department, span_of("service"));
    SET(&visit, visit, visit, span_of("V-1"));
    SET(&visit, visit, kind, visit_kind_is_repair);
    if (staff)
        SET(&visit, visit, staff, span_of(staff));
    publish(type, NULL, &visit);
}

static int verified_by(const char *id, const char *by)
{
    struct complaint_verified verified = {0};
    SET(&verified, complaint_verified, by, span_of(by));
    SET(&verified, complaint_verified, satisfied, true);
    return showroom_outcome(&showroom, publish(EVENT_complaint_verified, id, &verified));
}

/* The visit is completed after the complaint was heard, and the complaint goes to another store: it counts all the same. */
static void nobody_is_called_back_by_who_served_them(void **state)
{
    (void)state;
    char id[64];
    visit_is(EVENT_visit_opened, NULL);
    complain("V-1", id);
    visit_is(EVENT_visit_completed, "zhang.wei");
    struct transferred transferred = {0};
    SET(&transferred, transferred, by, span_of("chen.yu"));
    SET(&transferred, transferred, store, span_of("sh-minhang"));
    publish(EVENT_complaint_transferred, id, &transferred);
    showroom_decide(&showroom, EVENT_complaint_acknowledged, id, "wang.li");
    struct resolved resolved = {0};
    SET(&resolved, resolved, by, span_of("wang.li"));
    publish(EVENT_complaint_resolved, id, &resolved);

    struct unreached unreached = {0};
    struct call call = {0};
    SET(&call, call, agent, span_of("zhang.wei"));
    SET(&unreached, unreached, callback, span_of(id));
    SET(&unreached, unreached, reason, unreached_reason_is_busy);
    SET(&unreached, unreached, call, call);
    publish(EVENT_feedback_unreached, NULL, &unreached);
    struct complaint card;
    showroom_card(&showroom, "complaint", id, &card);
    assert_int_equal(card.clocks[card.clocks_count - 1].kind, clock_kind_is_callback);
    assert_false(HAS(&card.clocks[card.clocks_count - 1], clock, stopped_at));
    assert_int_equal(verified_by(id, "zhang.wei"), -E_NOT_ALLOWED_PERSON);
    assert_int_equal(verified_by(id, "li.na"), 0);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-served");
}

static void a_visit_with_any_open_complaint_gets_no_task(void **state)
{
    (void)state;
    char older[64], newer[64];
    complain("V-1", older);
    complain("V-1", newer);
    showroom_decide(&showroom, EVENT_complaint_withdrawn, newer, "chen.yu");
    rate("V-1", 2000);
    assert_int_equal(tasks(), 0);

    struct reasoned reopened = {0};
    SET(&reopened, reasoned, by, span_of("chen.yu"));
    SET(&reopened, reasoned, reason, span_of("not over"));
    publish(EVENT_complaint_reopened, newer, &reopened);
    showroom_decide(&showroom, EVENT_complaint_withdrawn, older, "chen.yu");
    rate("V-1", 2000);
    assert_int_equal(tasks(), 0);

    /* wherever it goes meanwhile, it is about this visit */
    struct transferred transferred = {0};
    SET(&transferred, transferred, by, span_of("chen.yu"));
    SET(&transferred, transferred, store, span_of("sh-minhang"));
    publish(EVENT_complaint_transferred, newer, &transferred);
    rate("V-1", 2000);
    assert_int_equal(tasks(), 0);
    showroom_decide(&showroom, EVENT_complaint_withdrawn, newer, "chen.yu");
    rate("V-1", 2000);
    assert_int_equal(tasks(), 1);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-older");
}

static uint64_t correct(uint64_t of_seq, int32_t overall, const char *visit)
{
    struct corrected corrected = {0};
    struct reference of = {.seq = of_seq};
    SET(&corrected, corrected, of, of);
    SET(&corrected, corrected, overall, overall);
    if (visit)
        SET(&corrected, corrected, visit, span_of(visit));
    uint64_t seq = publish(EVENT_feedback_corrected, NULL, &corrected);
    assert_int_equal(showroom_outcome(&showroom, seq), 0);
    return seq;
}

static void task_of(uint64_t seq, struct task *ret_card)
{
    char id[64];
    snprintf(id, sizeof id, "T-%llu", (unsigned long long)seq);
    showroom_card(&showroom, "task", id, ret_card);
}

static void a_rating_that_is_corrected_to_a_low_one_opens_a_task(void **state)
{
    (void)state;
    struct task card;
    uint64_t happy = rate("V-1", 9000);
    uint64_t second = rate("V-1", 9000);
    assert_int_equal(tasks(), 0);
    uint64_t opener = correct(happy, 2000, NULL);
    task_of(opener, &card);
    assert_int_equal(card.kind, task_kind_is_recovery);
    assert_true(span_is(card.visit, "V-1"));
    assert_true(span_is(card.history[0].type, "feedback.corrected"));
    correct(happy, 1000, NULL); /* it was low already */
    task_of(opener, &card);
    assert_int_equal(card.reasons.count, 1);
    correct(second, 3000, NULL);
    task_of(opener, &card);
    assert_int_equal(card.reasons.count, 2);
    correct(happy, 9000, NULL); /* whoever is responsible decides whether it is needed still */
    task_of(opener, &card);
    assert_int_equal(card.status, task_status_is_open);
    assert_int_equal(tasks(), 1);

    correct(second, 3000, "V-2"); /* low about another visit */
    assert_int_equal(tasks(), 2);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-corrected");
}

static void a_correction_opens_no_task_where_a_low_rating_would_not(void **state)
{
    (void)state;
    char id[64];
    struct rated import = showroom_rating("V-2", 9000);
    struct rated nowhere = showroom_rating(NULL, 9000);
    SET(&import, rated, historical, true);
    uint64_t complained_about = rate("V-1", 9000);
    complain("V-1", id);
    correct(complained_about, 1000, NULL);
    correct(publish(EVENT_feedback_rated, NULL, &import), 1000, NULL);
    correct(publish(EVENT_feedback_rated, NULL, &nowhere), 1000, NULL);
    assert_int_equal(tasks(), 0);
}

static void a_task_whose_deadline_has_passed_is_not_opened(void **state)
{
    (void)state;
    struct task_opened opened = {0};
    int64_t now_ms = clock_read(showroom.desk.setup.clock).wall_ms;
    SET(&opened, task_opened, by, span_of("chen.yu"));
    SET(&opened, task_opened, store, span_of("sh-pudong"));
    SET(&opened, task_opened, department, span_of("service"));
    SET(&opened, task_opened, measure, span_of("look twice"));
    SET(&opened, task_opened, responsible, span_of("li.na"));
    SET(&opened, task_opened, due, now_ms - 1000);
    assert_int_equal(showroom_outcome(&showroom, publish(EVENT_task_opened, NULL, &opened)), -E_BAD_DECISION);
    assert_int_equal(tasks(), 0);
    SET(&opened, task_opened, due, now_ms + 60000);
    assert_int_equal(showroom_outcome(&showroom, publish(EVENT_task_opened, NULL, &opened)), 0);
    assert_int_equal(tasks(), 1);
}

static void a_retraction_by_nobody_names_nobody(void **state)
{
    (void)state;
    char id[64];
    struct retracted retracted = {0};
    struct reference of = {.seq = complain(NULL, id)};
    SET(&retracted, retracted, of, of);
    SET(&retracted, retracted, reason, span_of("a test"));
    publish(EVENT_feedback_retracted, NULL, &retracted);
    struct complaint card;
    showroom_card(&showroom, "complaint", id, &card);
    assert_int_equal(card.status, complaint_status_is_closed);
    const struct history_line *last = &card.history[card.history_count - 1];
    assert_true(span_is(last->type, "feedback.retracted"));
    assert_false(HAS(last, history_line, by));
}

static uint64_t violations(void)
{
    static struct verified verified;
    assert_int_equal(state_verify(showroom.desk.setup.dir, journal_head(showroom.desk.journal), &verified), 0);
    return verified.violations;
}

/* One complaint of two is open: the visit counts it, and a state in which it counts two is not sound. */
static void a_visit_that_counts_other_complaints_than_there_are_is_found(void **state)
{
    (void)state;
    char first[64], second[64];
    struct store *store;
    struct store_txn *txn;
    struct visit_row row;
    complain("V-9", first);
    complain("V-9", second);
    showroom_decide(&showroom, EVENT_complaint_withdrawn, first, "wang.li");
    showroom_worker_stop(&showroom);
    assert_int_equal(violations(), 0);
    assert_int_equal(state_open(showroom.desk.setup.dir, false, &store), 0);
    assert_int_equal(store_begin(store, true, &txn), 0);
    assert_int_equal(state_visit_get(txn, span_of("sh-pudong"), span_of("V-9"), &row), 0);
    assert_int_equal(row.open_complaints, 1);
    row = (struct visit_row){.open_complaints = 2};
    assert_int_equal(state_visit_put(txn, span_of("sh-pudong"), span_of("V-9"), &row), 0);
    assert_int_equal(store_commit(txn), 0);
    store_close(store);
    assert_int_equal(violations(), 1);
    showroom_worker_start(&showroom);
}

/* The loaner of each of two vehicles: its notices are found by the stay that they are about, and the stay by its id. */
static void notices_are_listed_by_the_stay_that_they_are_about(void **state)
{
    (void)state;
    char id[2][64];
    for (int i = 0; i < 2; i++) {
        struct visit visit = {0};
        SET(&visit, visit, store, span_of("sh-pudong"));
        SET(&visit, visit, department, span_of("service"));
        SET(&visit, visit, visit, span_of(i ? "RO-2" : "RO-1"));
        SET(&visit, visit, kind, visit_kind_is_repair);
        snprintf(id[i], 64, "V-%llu", (unsigned long long)publish(EVENT_visit_opened, NULL, &visit));
    }
    showroom_pass(&showroom, 5 * 24 * 3600 * 1000ll);
    struct repair card;
    showroom_card(&showroom, "repair", id[1], &card);
    assert_true(span_is(card.visit, "RO-2"));
    struct get_request request = {0};
    SET(&request, get_request, what, span_of("escalations"));
    showroom_get(&showroom, &request, 2);
    SET(&request, get_request, about, span_of(id[1]));
    showroom_get(&showroom, &request, 1);
    SET(&request, get_request, about, span_of("V-9999"));
    showroom_get(&showroom, &request, 0);
}

static void an_overall_that_is_given_goes_before_a_low_key(void **state)
{
    (void)state;
    struct rated fact = showroom_rating("V-1", 9000);
    struct raw_answer raw = {0};
    SET(&raw, raw_answer, scale, span_of("cti-4"));
    SET(&raw, raw_answer, key, 4); /* 0 of 10 */
    SET(&fact, rated, raw, raw);
    publish(EVENT_feedback_rated, NULL, &fact);
    assert_int_equal(tasks(), 0);
    UNSET(&fact, rated, overall);
    publish(EVENT_feedback_rated, NULL, &fact);
    assert_int_equal(tasks(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(nobody_is_called_back_by_who_served_them),
        STORY(a_visit_with_any_open_complaint_gets_no_task),
        STORY(a_rating_that_is_corrected_to_a_low_one_opens_a_task),
        STORY(a_correction_opens_no_task_where_a_low_rating_would_not),
        STORY(notices_are_listed_by_the_stay_that_they_are_about),
        STORY(an_overall_that_is_given_goes_before_a_low_key),
        STORY(a_task_whose_deadline_has_passed_is_not_opened),
        STORY(a_retraction_by_nobody_names_nobody),
        STORY(a_visit_that_counts_other_complaints_than_there_are_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
