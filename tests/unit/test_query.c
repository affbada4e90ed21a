/* Questions to the worker: filters, single cases, traces, outcomes, the policy; and questions that make no sense. */
#include "core/status.h"
#include "tests/support/showroom.h"

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
    request_is_refused(&request, -E_BAD_REQUEST);
    SET(&request, get_request, period, span_of("2026-13"));
    request_is_refused(&request, -E_BAD_REQUEST);
    SET(&request, get_request, period, span_of("2026"));
    SET(&request, get_request, by, span_of("colour"));
    request_is_refused(&request, -E_BAD_REQUEST);
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
    showroom_pass(&showroom, 8 * HOUR_MS); /* 17 h: the plan clock, 16 h, is breached */
    showroom_get(&showroom, &request, 1);

    request = asking("escalations");
    SET(&request, get_request, complaint, span_of(first));
    showroom_get(&showroom, &request, 4); /* plan 50, 80, 100; resolve, 24 h: 50 */
    SET(&request, get_request, level, 2);
    showroom_get(&showroom, &request, 1);
    SET(&request, get_request, complaint, span_of(second));
    showroom_get(&showroom, &request, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(nonsense_is_refused_and_the_port_lives),
        STORY(a_cursor_that_is_not_ours_is_refused_or_finds_nothing),
        STORY(lists_are_filtered_by_what_stands_on_the_cards),
        STORY(a_trace_tells_every_step_of_a_case_oldest_first),
        STORY(who_decides_learns_what_became_of_it_with_the_card),
        STORY(the_policy_in_force_is_told_whole),
        STORY(a_ping_tells_how_far_the_worker_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
