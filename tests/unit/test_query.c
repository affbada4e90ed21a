/* Questions to the worker: filters, single cases, traces, outcomes, the policy; and questions that make no sense. */
#include "core/status.h"
#include "tests/support/showroom.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR_MS (3600 * 1000ll)

static struct showroom showroom;

static struct get_request asking(const char *what)
{
    struct get_request request = {0};
    SET(&request, get_request, what, span_of(what));
    return request;
}

/* Sends a body as it is; the reply must be a NAK of this status. */
static void is_refused(const char *verb, struct span body, int status)
{
    struct reply reply;
    desk_send(showroom.asker, verb, body);
    showroom_turn(&showroom);
    assert_true(desk_receive(&showroom.desk, showroom.asker, &reply));
    desk_refused(reply, status);
}

static void request_is_refused(const struct get_request *request, int status)
{
    uint8_t buffer[4096];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, request, ENCODE_EVENT, &writer);
    is_refused("GET", wire_written(&writer), status);
}

/* ---- nonsense ---- */

static void nonsense_is_refused_and_the_port_lives(void **state)
{
    (void)state;
    struct get_request request = asking("horoscope");
    request_is_refused(&request, -E_BAD_REQUEST);
    is_refused("SET", span_of("\x80"), -E_UNKNOWN_VERB);
    is_refused("GET", span_of("\x80"), -E_BAD_REQUEST);
    is_refused("GET", span_of("no map"), -E_BAD_REQUEST);
    request = asking("complaint");
    request_is_refused(&request, -E_BAD_REQUEST);
    SET(&request, get_request, id, span_of("C-77"));
    request_is_refused(&request, -E_NOT_FOUND);
    SET(&request, get_request, id, span_of("T-77"));
    request_is_refused(&request, -E_NOT_FOUND);
    request = asking("trace");
    SET(&request, get_request, id, span_of("the red car"));
    request_is_refused(&request, -E_NOT_FOUND);
    request = asking("outcome");
    request_is_refused(&request, -E_BAD_REQUEST);
    SET(&request, get_request, seq, 1);
    request_is_refused(&request, -E_NOT_FOUND);
    request = asking("scores");
    request_is_refused(&request, -E_MISSING_FIELD);
    SET(&request, get_request, period, span_of("2026-13"));
    request_is_refused(&request, -E_BAD_TIME);
    SET(&request, get_request, period, span_of("2026"));
    SET(&request, get_request, by, span_of("colour"));
    request_is_refused(&request, -E_UNKNOWN_CHOICE);
    request = asking("tasks");
    SET(&request, get_request, level, 2);
    request_is_refused(&request, -E_BAD_REQUEST);
}

static void a_status_that_no_card_of_the_list_can_have_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what, *status;
        bool known;
    } cases[] = {
        {"complaints", "recieved", false},
        {"complaints", "raised", false},
        {"complaints", "received", true},
        {"complaints", "open", true},
        {"escalations", "received", false},
        {"escalations", "ended", true},
        {"escalations", "raised", true},
        {"escalations", "open", true},
        {"tasks", "closed", false},
        {"tasks", "verified", true},
        {"tasks", "open", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct get_request request = asking(cases[i].what);
        SET(&request, get_request, status, span_of(cases[i].status));
        if (cases[i].known)
            showroom_get(&showroom, &request, 0);
        else
            request_is_refused(&request, -E_UNKNOWN_CHOICE);
    }
}

static void a_cursor_that_is_not_ours_is_refused_or_finds_nothing(void **state)
{
    (void)state;
    static const char *const whats[] = {"complaints", "escalations", "tasks", "trace", "scores"};
    static const char *const cursors[] = {"x", "0", "0g", "AB"};
    showroom_complain(&showroom, NULL, NULL);
    for (size_t i = 0; i < sizeof whats / sizeof whats[0]; i++) {
        struct get_request request = asking(whats[i]);
        SET(&request, get_request, id, span_of("C-2"));
        SET(&request, get_request, period, span_of("2026"));
        for (size_t k = 0; k < sizeof cursors / sizeof cursors[0]; k++) {
            SET(&request, get_request, cursor, span_of(cursors[k]));
            request_is_refused(&request, -E_BAD_REQUEST);
        }
        SET(&request, get_request, cursor, span_of("ffffffffffff"));
        struct rows_reply rows;
        showroom_ask(&showroom, &request, &rows);
    }
}

/* ---- filters ---- */

static void lists_are_filtered_by_what_stands_on_the_cards(void **state)
{
    (void)state;
    char first[32], second[32];
    snprintf(first, sizeof first, "C-%llu", (unsigned long long)showroom_complain(&showroom, "c-1", "V-1"));
    snprintf(second, sizeof second, "C-%llu", (unsigned long long)showroom_complain(&showroom, "c-2", "V-2"));
    struct assigned assigned = {0};
    SET(&assigned, assigned, by, span_of("zhao.min"));
    SET(&assigned, assigned, handler, span_of("wang.li"));
    showroom_publish(&showroom, EVENT_complaint_assigned, first, 0, &assigned);
    showroom_decide(&showroom, EVENT_complaint_acknowledged, first, "wang.li");
    showroom_decide(&showroom, EVENT_complaint_withdrawn, second, "wang.li");
    showroom_pass(&showroom, 9 * HOUR_MS); /* half of the plan clock, 8 h: level 0 */

    struct get_request request = asking("complaints");
    showroom_get(&showroom, &request, 2);
    SET(&request, get_request, status, span_of("open"));
    showroom_get(&showroom, &request, 1);
    SET(&request, get_request, status, span_of("closed"));
    showroom_get(&showroom, &request, 1);
    SET(&request, get_request, status, span_of("acknowledged"));
    showroom_get(&showroom, &request, 1);
    SET(&request, get_request, handler, span_of("wang.li"));
    showroom_get(&showroom, &request, 1);
    SET(&request, get_request, level, 0);
    showroom_get(&showroom, &request, 1);
    SET(&request, get_request, level, 1);
    showroom_get(&showroom, &request, 0);
    request = asking("complaints");
    SET(&request, get_request, visit, span_of("V-2"));
    showroom_get(&showroom, &request, 1);
    SET(&request, get_request, department, span_of("sales"));
    showroom_get(&showroom, &request, 0);
    request = asking("complaints");
    SET(&request, get_request, overdue, true);
    showroom_get(&showroom, &request, 0);
    showroom_pass(&showroom,
                  15 * HOUR_MS); /* 24 h, 08:00: plan, 16 h, and resolve are breached, and the night is over */
    showroom_get(&showroom, &request, 1);

    request = asking("escalations");
    SET(&request, get_request, complaint, span_of(first));
    showroom_get(&showroom, &request, 6); /* plan 50, 100, 150, and 80 in the morning; resolve 80 then, and 100 */
    SET(&request, get_request, level, 2);
    showroom_get(&showroom, &request, 3);
    SET(&request, get_request, complaint, span_of(second));
    showroom_get(&showroom, &request, 0);

    request = asking("escalations");
    SET(&request, get_request, visit, span_of("V-1"));
    showroom_get(&showroom, &request, 6);
    SET(&request, get_request, visit, span_of("V-2"));
    showroom_get(&showroom, &request, 0);
    request = asking("escalations");
    SET(&request, get_request, overdue, true);
    showroom_get(&showroom, &request, 3); /* plan 100 and 150, resolve 100 */
    SET(&request, get_request, overdue, false);
    showroom_get(&showroom, &request, 3);
    struct planned planned = {0};
    SET(&planned, planned, by, span_of("wang.li"));
    SET(&planned, planned, measure, span_of("a new part"));
    SET(&planned, planned, due, DESK_MONDAY_MS + 44 * HOUR_MS);
    showroom_publish(&showroom, EVENT_complaint_planned, first, 0, &planned);
    showroom_turn(&showroom);
    SET(&request, get_request, overdue, true);
    showroom_get(&showroom, &request, 1); /* the plan clock has stopped: its notices have ended; resolve is left */
}

/* Two stays of one vehicle: the first ended when it came again. */
static void vehicles_in_repair_are_listed_by_where_they_stand(void **state)
{
    (void)state;
    static const char *const visits[] = {"RO-1", "RO-2"};
    for (size_t i = 0; i < 2; i++) {
        struct visit visit = {.kind = visit_kind_is_repair};
        SET(&visit, visit, store, span_of("sh-pudong"));
        SET(&visit, visit, department, span_of("service"));
        SET(&visit, visit, visit, span_of(visits[i]));
        SET(&visit, visit, kind, visit_kind_is_repair);
        SET(&visit, visit, vehicle, span_of("VIN-1"));
        showroom_publish(&showroom, EVENT_visit_opened, NULL, 0, &visit);
        showroom_turn(&showroom);
    }
    struct get_request request = asking("repairs");
    showroom_get(&showroom, &request, 2);
    SET(&request, get_request, status, span_of("left"));
    showroom_get(&showroom, &request, 1);
    SET(&request, get_request, status, span_of("open"));
    showroom_get(&showroom, &request, 1);
    SET(&request, get_request, visit, span_of("RO-1"));
    showroom_get(&showroom, &request, 0);
}

/* ---- the order of lists ---- */

/* The one text of the only row of a page, and the cursor of the next page; false when there is none. */
static bool page(struct get_request *request, const char *field, char text[64], char *cursor)
{
    struct rows_reply rows;
    struct wire_value value;
    struct span bytes, row;
    SET(request, get_request, limit, 1);
    showroom_ask(&showroom, request, &rows);
    struct wire_reader reader = wire_reader(rows.rows);
    assert_int_equal(wire_read(&reader, &value), 0);
    if (value.count == 0)
        return false;
    assert_int_equal(wire_skip(&reader, 16, &row), 0);
    assert_int_equal(wire_find(row, field, &value, &bytes), 0);
    snprintf(text, 64, "%.*s", SPAN_ARGS(value.bytes));
    UNSET(request, get_request, cursor);
    if (!HAS(&rows, rows_reply, cursor))
        return true;
    memcpy(cursor, rows.cursor.at, rows.cursor.len);
    SET(request, get_request, cursor, span_make(cursor, rows.cursor.len));
    return true;
}

/* Two complaints an hour apart: their notices come in turns, while their ids lie complaint by complaint. */
static void notices_are_listed_newest_first_page_after_page(void **state)
{
    (void)state;
    showroom_complain(&showroom, "c-1", NULL);
    showroom_pass(&showroom, HOUR_MS);
    showroom_complain(&showroom, "c-2", NULL);
    showroom_pass(&showroom, 30 * HOUR_MS);
    for (int only_open = 0; only_open < 2; only_open++) {
        struct get_request request = asking("escalations");
        char text[64], before[64] = "9", cursor[1024];
        uint32_t count = 0, swaps = 0;
        char last_id = 0;
        if (only_open)
            SET(&request, get_request, status, span_of("open"));
        do {
            struct get_request same = request;
            char id[64], ignored[1024];
            if (!page(&same, "complaint", id, ignored))
                break;
            assert_true(page(&request, "raised_at", text, cursor));
            assert_true(strcmp(text, before) <= 0);
            swaps += id[strlen(id) - 1] != last_id;
            last_id = id[strlen(id) - 1];
            snprintf(before, sizeof before, "%s", text);
            count++;
        } while (HAS(&request, get_request, cursor));
        request = asking("escalations");
        if (only_open)
            SET(&request, get_request, status, span_of("open"));
        showroom_get(&showroom, &request, count);
        assert_true(count >= 8);
        assert_true(swaps > 2); /* neither complaint's notices lie together */
    }
    showroom_verify(&showroom);
}

static void complaints_and_tasks_are_listed_newest_first(void **state)
{
    (void)state;
    static const char *const whats[] = {"complaints", "tasks"};
    for (int number = 0; number < 11; number++) { /* C-9 and C-10 are in the order of numbers, not of letters */
        char name[16];
        snprintf(name, sizeof name, "V-%d", number);
        showroom_complain(&showroom, name, NULL);
        struct rated rating = showroom_rating(name, 1);
        showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &rating);
        showroom_turn(&showroom);
    }
    for (int i = 0; i < 2; i++) {
        struct get_request request = asking(whats[i]);
        char id[64], cursor[1024];
        long before = LONG_MAX;
        uint32_t count = 0;
        do {
            if (!page(&request, "id", id, cursor))
                break;
            long number = strtol(id + 2, NULL, 10);
            assert_true(number < before);
            before = number;
            count++;
        } while (HAS(&request, get_request, cursor));
        assert_int_equal(count, 11);
    }
}

/* ---- one case ---- */

static bool text_is(struct span row, const char *name, const char *text)
{
    struct wire_value value;
    struct span bytes;
    assert_int_equal(wire_find(row, name, &value, &bytes), 0);
    return text ? value.kind == WIRE_STR && span_is(value.bytes, text) : value.kind == WIRE_NIL;
}

static void a_trace_tells_every_step_of_a_case_oldest_first(void **state)
{
    (void)state;
    static const struct {
        const char *type, *by;
    } told[] = {
        {"feedback.complained", NULL},
        {"clock.half_used", NULL},
        {"escalation.raised", NULL},
        {"complaint.acknowledged", "wang.li"},
        {"escalation.acknowledged", "wang.li"},
    };
    char id[32], notice[64];
    uint64_t seq = showroom_complain(&showroom, NULL, NULL);
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)seq);
    snprintf(notice, sizeof notice, "E-%llu-response-50", (unsigned long long)seq);
    showroom_pass(&showroom, 4 * HOUR_MS);
    showroom_decide(&showroom, EVENT_complaint_acknowledged, id, "wang.li");
    showroom_decide(&showroom, EVENT_escalation_acknowledged, notice, "wang.li");
    struct get_request request = asking("trace");
    SET(&request, get_request, id, span_of(id));
    struct wire_reader reader = wire_reader(showroom_get(&showroom, &request, sizeof told / sizeof told[0]));
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        struct span row;
        assert_int_equal(wire_skip(&reader, 8, &row), 0);
        if (!text_is(row, "type", told[i].type) || !text_is(row, "by", told[i].by))
            fail_msg("line %zu is not %s", i, told[i].type);
    }
    SET(&request, get_request, id, span_of(notice));
    showroom_get(&showroom, &request, 2);
}

static void who_decides_learns_what_became_of_it_with_the_card(void **state)
{
    (void)state;
    char id[32];
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)showroom_complain(&showroom, NULL, NULL));
    struct task_opened opened = {0};
    SET(&opened, task_opened, by, span_of("zhao.min"));
    SET(&opened, task_opened, store, span_of("sh-pudong"));
    SET(&opened, task_opened, department, span_of("service"));
    SET(&opened, task_opened, measure, span_of("train the advisors"));
    SET(&opened, task_opened, responsible, span_of("wang.li"));
    SET(&opened, task_opened, due, DESK_MONDAY_MS + 240 * HOUR_MS);
    uint64_t task = showroom_publish(&showroom, EVENT_task_opened, NULL, 0, &opened);
    uint64_t twice = showroom_decide(&showroom, EVENT_complaint_acknowledged, id, "wang.li");
    uint64_t refused = showroom_decide(&showroom, EVENT_complaint_acknowledged, id, "wang.li");
    const struct {
        uint64_t seq;
        const char *outcome, *code;
    } decided[] = {{task, "accepted", NULL}, {twice, "accepted", NULL}, {refused, "rejected", "E1605"}};
    for (int i = 0; i < 3; i++) {
        struct get_request request = asking("outcome");
        struct wire_value card;
        struct span bytes;
        SET(&request, get_request, seq, (int64_t)decided[i].seq);
        struct span row = showroom_get(&showroom, &request, 1);
        assert_true(text_is(row, "outcome", decided[i].outcome));
        assert_true(text_is(row, "code", decided[i].code));
        assert_int_equal(wire_find(row, "card", &card, &bytes), 0);
        assert_int_equal(card.kind, WIRE_MAP);
    }
}

static void the_policy_in_force_is_told_whole(void **state)
{
    (void)state;
    struct get_request request = asking("policy");
    struct span row = showroom_get(&showroom, &request, 1);
    assert_true(text_is(row, "name", "customer-satisfaction"));
    assert_int_equal(desk_figure(row, "adopted_seq"), 1);
}

static void a_ping_tells_how_far_the_worker_is(void **state)
{
    (void)state;
    struct reply reply;
    showroom_complain(&showroom, NULL, NULL);
    desk_send(showroom.asker, "PING", span_of("\x80"));
    showroom_turn(&showroom);
    assert_true(desk_receive(&showroom.desk, showroom.asker, &reply));
    assert_string_equal(reply.verb, "PONG");
    assert_true(text_is(reply.body, "role", "worker"));
    assert_int_equal(desk_figure(reply.body, "cursor"), journal_head(showroom.desk.journal));
    assert_int_equal(desk_figure(reply.body, "lag"), 0);
    struct get_request request = asking("status");
    struct span row = showroom_get(&showroom, &request, 1);
    assert_true(text_is(row, "next_due", "2026-11-23T04:00:00.000Z")); /* half of 8 h */
}

/* Nobody has welcomed it yet: it stands at no entry, but its state is what its last commit made it. */
static void an_answer_of_a_worker_that_has_just_started_says_what_it_is_of(void **state)
{
    (void)state;
    uint8_t buffer[256];
    int64_t wait_ms;
    struct wire_writer writer;
    struct rows_reply before, after;
    struct reply reply;
    struct get_request request = asking("complaints");
    showroom_complain(&showroom, NULL, NULL);
    showroom_ask(&showroom, &request, &before);
    int64_t seq = before.seq;
    showroom_worker_stop(&showroom);
    showroom_worker_start(&showroom);
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
    desk_send(showroom.asker, "GET", wire_written(&writer));
    assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
    assert_true(desk_receive(&showroom.desk, showroom.asker, &reply));
    desk_decode(reply.body, &record_of_rows_reply, &after);
    assert_true(after.seq > 1);
    assert_true(after.seq <= seq);
    assert_int_equal(after.rows.at[4], 1); /* the complaint is there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(nonsense_is_refused_and_the_port_lives),
        STORY(a_cursor_that_is_not_ours_is_refused_or_finds_nothing),
        STORY(lists_are_filtered_by_what_stands_on_the_cards),
        STORY(vehicles_in_repair_are_listed_by_where_they_stand),
        STORY(a_status_that_no_card_of_the_list_can_have_is_refused),
        STORY(notices_are_listed_newest_first_page_after_page),
        STORY(complaints_and_tasks_are_listed_newest_first),
        STORY(a_trace_tells_every_step_of_a_case_oldest_first),
        STORY(who_decides_learns_what_became_of_it_with_the_card),
        STORY(the_policy_in_force_is_told_whole),
        STORY(a_ping_tells_how_far_the_worker_is),
        STORY(an_answer_of_a_worker_that_has_just_started_says_what_it_is_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
