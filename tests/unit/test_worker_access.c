/*
 * test_worker_access.c - the fold looks where a case is before it lets a principal decide, and a trace says who really sent.
 *
 * wang.li (1) handles Pudong's service; zhao.lei (2) manages all of Minhang; callcentre (3), a program, handles everywhere and
 * speaks for its agents; chen.jing (4) directs Pudong; he.ping (6) is of the management group.
 */
#include "core/status.h"
#include "io/bus_sim.h"
#include "tests/support/scratch.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PRINCIPALS                                                                                      \
    "principals:\n"                                                                                     \
    "- {name: wang.li, number: 1, kind: person, roles: [handler], stores: [sh-pudong],\n"               \
    "   departments: [service], sources: all, speaks_for: []}\n"                                        \
    "- {name: zhao.lei, number: 2, kind: person, roles: [manager], stores: [sh-minhang],\n"             \
    "   departments: all, sources: all, speaks_for: []}\n"                                              \
    "- {name: callcentre, number: 3, kind: program, roles: [handler], stores: all, departments: all,\n" \
    "   sources: all, speaks_for: [\"agent.*\"]}\n"                                                     \
    "- {name: chen.jing, number: 4, kind: person, roles: [director], stores: [sh-pudong],\n"            \
    "   departments: all, sources: all, speaks_for: []}\n"                                              \
    "- {name: he.ping, number: 6, kind: person, roles: [group], stores: all, departments: all,\n"       \
    "   sources: all, speaks_for: []}\n"

enum { LOCAL, WANG_LI, ZHAO_LEI, CALL_CENTRE, CHEN_JING, HE_PING = 6 };

static struct showroom showroom;
static char folder[SCRATCH_MAX];

static void file_write(const char *content)
{
    char path[SCRATCH_MAX + 16];
    snprintf(path, sizeof path, "%s/access.yaml", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int house_begin(void **state)
{
    (void)state;
    scratch_make(folder);
    file_write(PRINCIPALS);
    showroom_open_empty(&showroom);
    showroom_worker_stop(&showroom);
    desk_stop(&showroom.desk);
    store_sim_forget(DESK_VOLUME);
    store_sim_forget(SHOWROOM_STATE);
    snprintf(showroom.desk.setup.access_path, sizeof showroom.desk.setup.access_path, "%s/access.yaml", folder);
    desk_start(&showroom.desk);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    return 0;
}

static int house_end(void **state)
{
    (void)state;
    showroom_close(&showroom);
    scratch_remove(folder);
    return 0;
}

/* Whose key the next events come with. */
static void come_as(uint32_t principal)
{
    struct desk *desk = &showroom.desk;
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = desk->setup.intake_endpoint};
    port_close(desk->peer);
    bus_sim_principal(desk->setup.bus, principal);
    assert_int_equal(port_open(desk->setup.bus, &options, &desk->peer), 0);
    bus_sim_principal(desk->setup.bus, LOCAL);
}

/* What becomes of it: 0, or its status. */
static int outcome_as(uint32_t principal, enum event_type type, const char *subject, const void *data)
{
    come_as(principal);
    uint64_t seq = showroom_publish(&showroom, type, subject, 0, data);
    showroom_turn(&showroom);
    come_as(LOCAL);
    return showroom_outcome(&showroom, seq);
}

static int decide_as(uint32_t principal, enum event_type type, const char *subject, const char *by)
{
    struct decided decided = {0};
    SET(&decided, decided, by, span_of(by));
    return outcome_as(principal, type, subject, &decided);
}

static int assign_as(uint32_t principal, const char *subject, const char *by, const char *handler)
{
    struct assigned assigned = {0};
    SET(&assigned, assigned, by, span_of(by));
    SET(&assigned, assigned, handler, span_of(handler));
    return outcome_as(principal, EVENT_complaint_assigned, subject, &assigned);
}

static const char *complaint_of(const char *store)
{
    static char ids[4][32];
    static uint32_t turn;
    struct complained fact = showroom_complaint(NULL, NULL);
    SET(&fact, complained, store, span_of(store));
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
    char *id = ids[turn++ % 4];
    snprintf(id, sizeof ids[0], "C-%llu", (unsigned long long)seq);
    return id;
}

static void who_handles_there_decides_there_and_nowhere_else(void **state)
{
    (void)state;
    const char *pudong = complaint_of("sh-pudong"), *minhang = complaint_of("sh-minhang");
    assert_int_equal(decide_as(WANG_LI, EVENT_complaint_noted, pudong, "wang.li"), 0);
    assert_int_equal(decide_as(WANG_LI, EVENT_complaint_noted, minhang, "wang.li"), -E_OTHER_PLACE);
    assert_int_equal(decide_as(ZHAO_LEI, EVENT_complaint_noted, pudong, "zhao.lei"), -E_OTHER_PLACE);
    assert_int_equal(decide_as(ZHAO_LEI, EVENT_complaint_noted, minhang, "zhao.lei"), 0);
    assert_int_equal(decide_as(CALL_CENTRE, EVENT_complaint_noted, pudong, "agent.7"), 0);
    assert_int_equal(decide_as(HE_PING, EVENT_complaint_noted, minhang, "he.ping"), 0);
    assert_int_equal(decide_as(LOCAL, EVENT_complaint_noted, minhang, "anybody"), 0);
    assert_int_equal(decide_as(WANG_LI, EVENT_complaint_noted, "C-999", "wang.li"), -E_UNKNOWN_CASE);
    assert_int_equal(showroom_count(&showroom, "decision.rejected", ""), 3);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-access");
}

static void ones_own_case_may_be_handled_wherever_it_is_but_not_directed(void **state)
{
    (void)state;
    const char *pudong = complaint_of("sh-pudong");
    assert_int_equal(assign_as(ZHAO_LEI, pudong, "zhao.lei", "zhao.lei"), -E_OTHER_PLACE);
    assert_int_equal(assign_as(CHEN_JING, pudong, "chen.jing", "zhao.lei"), 0);
    assert_int_equal(decide_as(ZHAO_LEI, EVENT_complaint_noted, pudong, "zhao.lei"), 0);
    assert_int_equal(assign_as(ZHAO_LEI, pudong, "zhao.lei", "wang.li"), -E_OTHER_PLACE);
}

static int merge_as(uint32_t principal, const char *subject, const char *into, const char *by)
{
    struct merged merged = {0};
    SET(&merged, merged, by, span_of(by));
    SET(&merged, merged, into, span_of(into));
    return outcome_as(principal, EVENT_complaint_merged, subject, &merged);
}

static void merging_asks_for_both_and_moving_for_where_it_is_now(void **state)
{
    (void)state;
    const char *pudong = complaint_of("sh-pudong"), *minhang = complaint_of("sh-minhang");
    assert_int_equal(merge_as(CHEN_JING, pudong, minhang, "chen.jing"), -E_OTHER_PLACE);
    assert_int_equal(merge_as(CHEN_JING, minhang, pudong, "chen.jing"), -E_OTHER_PLACE);
    struct transferred away = {0};
    SET(&away, transferred, by, span_of("chen.jing"));
    SET(&away, transferred, store, span_of("sh-minhang"));
    assert_int_equal(outcome_as(CHEN_JING, EVENT_complaint_transferred, minhang, &away), -E_OTHER_PLACE);
    assert_int_equal(outcome_as(CHEN_JING, EVENT_complaint_transferred, pudong, &away), 0);
    assert_int_equal(outcome_as(CHEN_JING, EVENT_complaint_transferred, pudong, &away), -E_OTHER_PLACE); /* gone */
    assert_int_equal(merge_as(HE_PING, pudong, minhang, "he.ping"), 0);
}

static int correct_as(uint32_t principal, uint64_t of, const char *store)
{
    struct corrected corrected = {0};
    SET(&corrected, corrected, of, ((struct reference){.seq = of}));
    SET(&corrected, corrected, overall, 8000);
    if (store)
        SET(&corrected, corrected, store, span_of(store));
    return outcome_as(principal, EVENT_feedback_corrected, NULL, &corrected);
}

static void a_rating_is_corrected_and_taken_back_where_it_was_given(void **state)
{
    (void)state;
    struct rated rated = showroom_rating(NULL, 9000);
    uint64_t of = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &rated);
    showroom_turn(&showroom);
    assert_int_equal(correct_as(ZHAO_LEI, of, NULL), -E_OTHER_PLACE);
    assert_int_equal(correct_as(WANG_LI, of, "sh-minhang"),
                     -E_OTHER_PLACE); /* nor moved to where it may not be sent from */
    assert_int_equal(correct_as(WANG_LI, of, NULL), 0);
    struct retracted retracted = {0};
    SET(&retracted, retracted, of, ((struct reference){.seq = of}));
    SET(&retracted, retracted, reason, span_of("a test"));
    assert_int_equal(outcome_as(ZHAO_LEI, EVENT_feedback_retracted, NULL, &retracted), -E_OTHER_PLACE);
    assert_int_equal(outcome_as(WANG_LI, EVENT_feedback_retracted, NULL, &retracted), 0);
}

/* ---- the trace ---- */

static void expect_sender(const char *id, const char *by, const char *principal, bool claimed)
{
    struct get_request request = {0};
    struct rows_reply reply;
    struct wire_value header, value;
    struct span row, bytes;
    SET(&request, get_request, what, span_of("trace"));
    SET(&request, get_request, id, span_of(id));
    showroom_ask(&showroom, &request, &reply);
    struct wire_reader reader = wire_reader(reply.rows);
    assert_int_equal(wire_read(&reader, &header), 0);
    for (uint32_t i = 0; i < header.count; i++) {
        assert_int_equal(wire_skip(&reader, 16, &row), 0);
        assert_int_equal(wire_find(row, "by", &value, &bytes), 0);
        if (value.kind != WIRE_STR || !span_is(value.bytes, by))
            continue;
        assert_int_equal(wire_find(row, "principal", &value, &bytes), 0);
        assert_true(span_is(value.bytes, principal));
        assert_int_equal(wire_find(row, "claimed", &value, &bytes), 0);
        assert_int_equal(value.kind, WIRE_BOOL);
        assert_int_equal(value.truth, claimed);
        return;
    }
    fail_msg("no step by %s", by);
}

static void a_trace_says_who_sent_and_what_was_only_claimed(void **state)
{
    (void)state;
    const char *pudong = complaint_of("sh-pudong");
    assert_int_equal(decide_as(WANG_LI, EVENT_complaint_noted, pudong, "wang.li"), 0);
    assert_int_equal(decide_as(CALL_CENTRE, EVENT_complaint_noted, pudong, "agent.7"), 0);
    assert_int_equal(decide_as(LOCAL, EVENT_complaint_noted, pudong, "li.gang"), 0);
    expect_sender(pudong, "wang.li", "wang.li", false);
    expect_sender(pudong, "agent.7", "callcentre", true);
    expect_sender(pudong, "li.gang", "local", true);
    /* Who has left keeps a name. */
    file_write(
        "principals:\n- {name: he.ping, number: 6, kind: person, roles: [group], stores: all, departments: all,\n"
        "   sources: all, speaks_for: []}\n");
    showroom_pass(&showroom, 5000);
    expect_sender(pudong, "agent.7", "callcentre", true);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-names");
}

/* A hand that edits the file may rename a number, or give it away, though `manyi key` never does. */
static void what_was_done_under_a_name_stays_under_it_when_the_number_gets_another(void **state)
{
    (void)state;
    const char *pudong = complaint_of("sh-pudong");
    assert_int_equal(decide_as(WANG_LI, EVENT_complaint_noted, pudong, "wang.li"), 0);
    file_write("principals:\n- {name: wang.lin, number: 1, kind: person, roles: [handler], stores: [sh-pudong],\n"
               "   departments: [service], sources: all, speaks_for: []}\n");
    showroom_pass(&showroom, 5000);
    expect_sender(pudong, "wang.li", "wang.li", false);
    assert_int_equal(decide_as(WANG_LI, EVENT_complaint_noted, pudong, "wang.lin"), 0);
    expect_sender(pudong, "wang.lin", "wang.lin", false);
    expect_sender(pudong, "wang.li", "wang.li", false);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-renamed");
}

static void a_worker_that_starts_again_knows_who_may(void **state)
{
    (void)state;
    const char *minhang = complaint_of("sh-minhang");
    showroom_worker_stop(&showroom);
    showroom_worker_start(&showroom);
    assert_int_equal(decide_as(WANG_LI, EVENT_complaint_noted, minhang, "wang.li"), -E_OTHER_PLACE);
    showroom_worker_crash(&showroom, true);
    showroom_worker_start(&showroom);
    assert_int_equal(decide_as(ZHAO_LEI, EVENT_complaint_noted, minhang, "zhao.lei"), 0);
    showroom_verify(&showroom);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, house_begin, house_end)
    const struct CMUnitTest tests[] = {
        STORY(who_handles_there_decides_there_and_nowhere_else),
        STORY(ones_own_case_may_be_handled_wherever_it_is_but_not_directed),
        STORY(merging_asks_for_both_and_moving_for_where_it_is_now),
        STORY(a_rating_is_corrected_and_taken_back_where_it_was_given),
        STORY(a_trace_says_who_sent_and_what_was_only_claimed),
        STORY(what_was_done_under_a_name_stays_under_it_when_the_number_gets_another),
        STORY(a_worker_that_starts_again_knows_who_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
