/*
 * test_query_rights.c - what the worker tells whom: rows of one's own place, refusals with a reason, and the ledger on record.
 */
#include "tests/unit/query_people.h"

/* ---- cases ---- */

static void lists_have_the_rows_of_ones_own_place(void **state)
{
    (void)state;
    char ids[4][16];
    const char *const stores[] = {"sh-pudong", "hz-xihu", "hz-xihu", "sh-pudong"};
    for (int i = 0; i < 4; i++)
        snprintf(ids[i], sizeof ids[i], "C-%llu", (unsigned long long)complain(stores[i]));
    char expected[64];
    struct get_request request = asking("complaints");
    for (int64_t limit = 1; limit <= 3; limit++) { /* pages of every size end in the same */
        SET(&request, get_request, limit, limit);
        snprintf(expected, sizeof expected, "%s %s", ids[3], ids[0]);
        assert_string_equal(told(ports[WANG_LI], request, "id"), expected);
        assert_string_equal(told(ports[WALL], request, "id"), expected);
        snprintf(expected, sizeof expected, "%s %s", ids[2], ids[1]);
        assert_string_equal(told(ports[ZHOU_JIE], request, "id"), expected);
        snprintf(expected, sizeof expected, "%s %s %s %s", ids[3], ids[2], ids[1], ids[0]);
        assert_string_equal(told(ports[SUN_TAO], request, "id"), expected);
        assert_string_equal(told(showroom.asker, request, "id"), expected); /* local */
    }
    is_refused(ports[BAY_03], &request, -E_NO_RIGHT);
    is_refused(ports[LIN_HR], &request, -E_NO_RIGHT);
    is_refused(ports[STRANGER], &request, -E_UNKNOWN_PRINCIPAL);
}

static void one_case_elsewhere_is_refused_with_a_reason(void **state)
{
    (void)state;
    char here[16], there[16];
    snprintf(here, sizeof here, "C-%llu", (unsigned long long)complain("sh-pudong"));
    snprintf(there, sizeof there, "C-%llu", (unsigned long long)complain("hz-xihu"));
    static const char *const whats[] = {"complaint", "trace", "decisions"};
    static const char *const keys[] = {"id", "case", "action"};
    for (int i = 0; i < 3; i++) {
        struct get_request request = asking(whats[i]);
        SET(&request, get_request, id, span_of(there));
        is_refused(ports[WANG_LI], &request, -E_OTHER_PLACE);
        is_refused(ports[HE_OPS], &request, -E_NO_RIGHT);
        SET(&request, get_request, id, span_of(here));
        told(ports[WANG_LI], request, keys[i]);
        is_refused(ports[ZHOU_JIE], &request, -E_OTHER_PLACE);
    }
}

/* The codes of a case's decisions, an empty one where it is allowed: "E1801" for what no role of theirs may. */
static void what_may_be_decided_is_told_by_ones_roles_and_place(void **state)
{
    (void)state;
    char here[16];
    snprintf(here, sizeof here, "C-%llu", (unsigned long long)complain("sh-pudong"));
    struct get_request request = asking("decisions");
    SET(&request, get_request, id, span_of(here));
    assert_non_null(strstr(told(ports[WANG_LI], request, "code"), "E1801")); /* a handler judges nobody */
    assert_null(strstr(told(showroom.asker, request, "code"), "E18"));       /* local */
    assert_non_null(strstr(told(ports[SUN_TAO], request, "code"), "E1801")); /* sees everything, decides nothing */
    assert_null(strstr(told(ports[GU_ALL], request, "code"), "E18"));
    SET(&request, get_request, by, span_of("chen.jing"));
    is_refused(ports[WANG_LI], &request, -E_FORGED_BY);
    SET(&request, get_request, by, span_of("wang.li"));
    told(ports[WANG_LI], request, "code");
}

/* wang.li notes something about a case, with their own key; the seq of that. */
static uint64_t wang_notes(const char *id)
{
    uint8_t buffer[512];
    struct wire_writer writer;
    struct put_draft put;
    struct port *door = people_port(showroom.desk.setup.bus, showroom.desk.setup.intake_endpoint, WANG_LI);
    struct decided said = {.by = span_of("wang.li")};
    const struct event_draft draft = {.id = span_of("w-1"),
                                      .source = span_of("/principals/wang.li"),
                                      .type = EVENT_complaint_noted,
                                      .subject = span_of(id),
                                      .data = &said};
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    draft_begin(&put, &showroom.desk, 1, NULL, 0, 0);
    draft_event(&put, wire_written(&writer), true);
    uint64_t seq = (uint64_t)desk_acked(desk_ask(&showroom.desk, door, "PUT", draft_end(&put))).first;
    port_close(door);
    showroom_turn(&showroom);
    return seq;
}

/* Who counts entries up learns of no decision elsewhere, and of nobody's reward. */
static void an_outcome_is_told_to_who_sent_the_decision_and_who_sees_its_case(void **state)
{
    (void)state;
    char there[16], reward[32];
    snprintf(there, sizeof there, "C-%llu", (unsigned long long)complain("hz-xihu"));
    struct get_request request = asking("outcome");
    SET(&request, get_request, seq,
        (int64_t)showroom_decide(&showroom, EVENT_complaint_acknowledged, there, "zhou.jie"));
    is_refused(ports[WANG_LI], &request, -E_OTHER_PLACE);
    is_refused(ports[WALL], &request, -E_OTHER_PLACE);
    is_refused(ports[BAY_03], &request, -E_NO_RIGHT);
    assert_string_equal(told(ports[ZHOU_JIE], request, "subject"), there);
    assert_string_equal(told(showroom.asker, request, "subject"), there);
    SET(&request, get_request, seq, (int64_t)wang_notes(there));
    assert_string_equal(told(ports[WANG_LI], request, "code"), "E1802");
    assert_string_equal(told(ports[WANG_LI], request, "card"), "");
    is_refused(ports[WALL], &request, -E_OTHER_PLACE);
    snprintf(reward, sizeof reward, "L-%llu-chen.mo", (unsigned long long)praise("sh-pudong", "chen.mo"));
    struct ledger_confirmed confirmed = {.by = span_of("lin.hr")};
    SET(&request, get_request, seq,
        (int64_t)showroom_publish(&showroom, EVENT_ledger_confirmed, reward, 0, &confirmed));
    showroom_turn(&showroom);
    is_refused(ports[WANG_LI], &request, -E_OTHER_PERSON);
    is_refused(ports[WALL], &request, -E_NO_RIGHT);
    assert_string_equal(told(ports[LIN_HR], request, "subject"), reward);
    SET(&request, get_request, seq, (int64_t)showroom_decide(&showroom, EVENT_complaint_acknowledged, "C-900", "x"));
    is_refused(ports[WANG_LI], &request, -E_OTHER_PLACE); /* a case that there is not is nowhere */
    assert_string_equal(told(ports[HE_OPS], request, "subject"), "C-900");
}

/* Nobody answers a proposed reward for three weeks: whose screen tells of it? */
static void notices_about_rewards_are_told_to_those_concerned_alone(void **state)
{
    (void)state;
    char reward[32];
    snprintf(reward, sizeof reward, "L-%llu-chen.mo", (unsigned long long)praise("sh-pudong", "chen.mo"));
    showroom_pass(&showroom, 21 * 86400 * 1000ll);
    struct get_request request = asking("escalations");
    const char *all = told(showroom.asker, request, "about");
    assert_non_null(strstr(all, reward));
    assert_string_equal(told(ports[WALL], request, "about"), "");
    assert_string_equal(told(ports[WANG_LI], request, "about"), "");
    assert_non_null(strstr(told(ports[GU_ALL], request, "about"), reward));
    char id[96];
    snprintf(id, sizeof id, "%s", told(showroom.asker, request, "id"));
    id[strcspn(id, " ")] = '\0';
    static const char *const whats[] = {"escalation", "trace"};
    for (int i = 0; i < 2; i++) {
        request = asking(whats[i]);
        SET(&request, get_request, id, span_of(id));
        is_refused(ports[WALL], &request, -E_NO_RIGHT);
        is_refused(ports[WANG_LI], &request, -E_OTHER_PERSON);
    }
}

static void the_gateway_says_for_whom_it_asks(void **state)
{
    (void)state;
    complain("sh-pudong");
    complain("hz-xihu");
    struct port *gateway = people_port(showroom.desk.setup.bus, "inproc://query-trusted", NOBODY);
    struct get_request request = asking("complaints");
    assert_string_equal(told(gateway, request, "store"), "hz-xihu sh-pudong");
    SET(&request, get_request, as, WANG_LI);
    assert_string_equal(told(gateway, request, "store"), "sh-pudong");
    SET(&request, get_request, as, STRANGER);
    is_refused(gateway, &request, -E_UNKNOWN_PRINCIPAL);
    SET(&request, get_request, as, SUN_TAO);
    is_refused(ports[WANG_LI], &request, -E_BAD_REQUEST);
    is_refused(showroom.asker, &request, -E_BAD_REQUEST);
    port_close(gateway);
}

/* ---- words ---- */

/* The feed asks the worker where the case is now: the fact was heard at sh-pudong, and a decision names no store at all. */
static void words_are_told_where_the_case_is_now(void **state)
{
    (void)state;
    char id[16];
    uint64_t seq = complain("sh-pudong");
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)seq);
    struct port *zhou = readers[ZHOU_JIE], *wang = readers[WANG_LI];
    struct get_request request = asking("personal");
    SET(&request, get_request, why, span_of("the customer is on the telephone"));
    SET(&request, get_request, seq, (int64_t)seq);
    is_refused(zhou, &request, -E_OTHER_PLACE);
    assert_string_equal(told(wang, request, "text"), "the brakes squeal");
    struct transferred transferred = {.by = span_of("gu.all")};
    SET(&transferred, transferred, store, span_of("hz-xihu"));
    SET(&transferred, transferred, department, span_of("service"));
    uint64_t moved = showroom_publish(&showroom, EVENT_complaint_transferred, id, 0, &transferred);
    showroom_turn(&showroom);
    assert_int_equal(showroom_outcome(&showroom, moved), 0);
    showroom_pass(&showroom, 5000); /* the answer of before is forgotten */
    assert_string_equal(told(zhou, request, "text"), "the brakes squeal");
    struct decided noted = {.by = span_of("gu.all")};
    SET(&noted, decided, note, span_of("the car was sold there"));
    uint64_t decision = showroom_publish(&showroom, EVENT_complaint_acknowledged, id, 0, &noted);
    showroom_turn(&showroom);
    SET(&request, get_request, seq, (int64_t)decision);
    assert_string_equal(told(zhou, request, "note"), "the car was sold there");
    is_refused(wang, &request, -E_OTHER_PLACE);
    showroom_worker_stop(&showroom); /* and who can't be asked leaves it at the entry's own place */
    showroom_pass(&showroom, 5000);
    uint8_t buffer[512];
    struct wire_writer writer;
    struct reply reply;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
    desk_send(zhou, "GET", wire_written(&writer));
    showroom_turn(&showroom);
    desk_pass(&showroom.desk, 5000);
    showroom_turn(&showroom);
    assert_true(desk_receive(&showroom.desk, zhou, &reply));
    desk_refused(reply, -E_OTHER_PLACE);
}

/* Wherever it is; and asking the worker leaves no record of what nobody asked for. */
static void the_words_of_ones_own_case_are_ones_own_to_read(void **state)
{
    (void)state;
    struct task_opened opened = {.by = span_of("gu.all"),
                                 .store = span_of("hz-xihu"),
                                 .department = span_of("service"),
                                 .measure = span_of("call each of them"),
                                 .responsible = span_of("wang.li"),
                                 .due = DESK_MONDAY_MS + 7 * 86400 * 1000ll};
    struct get_request request = asking("personal");
    SET(&request, get_request, why, span_of("the customer is on the telephone"));
    SET(&request, get_request, seq, (int64_t)showroom_publish(&showroom, EVENT_task_opened, NULL, 0, &opened));
    showroom_turn(&showroom);
    assert_string_equal(told(readers[WANG_LI], request, "measure"), "call each of them");
    is_refused(readers[HE_OPS], &request, -E_NO_RIGHT);
    char reward[32];
    snprintf(reward, sizeof reward, "L-%llu-chen.mo", (unsigned long long)praise("hz-xihu", "chen.mo"));
    showroom_decide(&showroom, EVENT_ledger_confirmed, reward, "gu.all");
    struct appeal_filed filed = {.by = span_of("chen.mo"), .ground = appeal_ground_is_other};
    SET(&filed, appeal_filed, entry, span_of(reward));
    SET(&filed, appeal_filed, note, span_of("it was more than that"));
    uint64_t appeal = showroom_publish(&showroom, EVENT_appeal_filed, NULL, 0, &filed);
    showroom_turn(&showroom);
    assert_int_equal(showroom_outcome(&showroom, appeal), 0);
    SET(&request, get_request, seq, (int64_t)appeal);
    assert_string_equal(told(readers[ZHOU_JIE], request, "note"), "it was more than that");
    is_refused(readers[WANG_LI], &request, -E_OTHER_PERSON);
    struct get_request audit = asking("audit");
    assert_string_equal(told(ports[SUN_TAO], audit, "what"), "personal personal personal personal");
    assert_string_equal(told(ports[SUN_TAO], audit, "via"), "zeromq zeromq zeromq zeromq");
}

/* ---- scores ---- */

static void scores_are_of_ones_own_stores_and_never_of_a_part_of_the_group(void **state)
{
    (void)state;
    rate("sh-pudong", 9000);
    rate("hz-xihu", 5000);
    struct get_request request = asking("scores");
    SET(&request, get_request, period, span_of("2026-11"));
    SET(&request, get_request, by, span_of("store"));
    assert_string_equal(told(ports[WANG_LI], request, "store"), "sh-pudong");
    assert_string_equal(told(ports[ZHOU_JIE], request, "store"), "hz-xihu");
    assert_string_equal(told(ports[LIN_HR], request, "store"), "hz-xihu sh-pudong");
    static const char *const pooled[] = {"group", "department"}, *const weights[] = {"ratings", "visits"};
    for (int i = 0; i < 4; i++) {
        SET(&request, get_request, by, span_of(pooled[i / 2]));
        SET(&request, get_request, weight, span_of(weights[i % 2]));
        is_refused(ports[WANG_LI], &request, -E_OTHER_PLACE);
        told(ports[SUN_TAO], request, "period");
        SET(&request, get_request, store, span_of("sh-pudong")); /* all of it may be seen */
        told(ports[WANG_LI], request, "period");
        is_refused(ports[ZHOU_JIE], &request, -E_OTHER_PLACE);
        request.has &= ~((uint64_t)1 << get_request_field_store);
    }
    request = asking("ranking");
    SET(&request, get_request, period, span_of("2026-11"));
    assert_string_equal(told(ports[WANG_LI], request, "store"),
                        "sh-pudong"); /* the store's own row is its director's */
    assert_string_equal(told(ports[GU_ALL], request, "store"), "hz-xihu sh-pudong hz-xihu sh-pudong");
    request = asking("trace");
    SET(&request, get_request, id, span_of("S-hz-xihu.service-2026-11"));
    is_refused(ports[WANG_LI], &request, -E_OTHER_PLACE);
    told(ports[ZHOU_JIE], request, "case");
}

/* ---- the ledger ---- */

static void the_ledger_is_for_those_concerned(void **state)
{
    (void)state;
    char mine[32], theirs[32], both[64];
    snprintf(mine, sizeof mine, "L-%llu-wang.li", (unsigned long long)praise("sh-pudong", "wang.li"));
    snprintf(theirs, sizeof theirs, "L-%llu-chen.mo", (unsigned long long)praise("hz-xihu", "chen.mo"));
    snprintf(both, sizeof both, "%s %s", theirs, mine);
    struct get_request request = asking("ledger");
    assert_string_equal(told(ports[WANG_LI], request, "id"), mine);
    assert_string_equal(told(ports[ZHOU_JIE], request, "id"), theirs);
    assert_string_equal(told(ports[LIN_HR], request, "id"), both);
    is_refused(ports[WALL], &request, -E_NO_RIGHT);
    request = asking("ledger_entry");
    SET(&request, get_request, id, span_of(theirs));
    is_refused(ports[WANG_LI], &request, -E_OTHER_PERSON);
    request = asking("account");
    SET(&request, get_request, staff, span_of("chen.mo"));
    is_refused(ports[WANG_LI], &request, -E_OTHER_PERSON);
    is_refused(ports[ZHOU_JIE], &request, -E_OTHER_PLACE);
    told(ports[LIN_HR], request, "person");
    SET(&request, get_request, staff, span_of("wang.li"));
    told(ports[WANG_LI], request, "person");
}

static void who_reads_the_ledger_is_on_record_before(void **state)
{
    (void)state;
    char mine[32];
    struct reply reply;
    int64_t wait_ms;
    snprintf(mine, sizeof mine, "L-%llu-wang.li", (unsigned long long)praise("sh-pudong", "wang.li"));
    struct get_request request = asking("ledger_entry");
    SET(&request, get_request, id, span_of(mine));
    SET(&request, get_request, why, span_of("month end"));
    uint8_t buffer[512];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
    desk_send(ports[LIN_HR], "GET", wire_written(&writer));
    for (int i = 0; i < 4; i++) /* intake stands still */
        assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
    assert_false(desk_receive(&showroom.desk, ports[LIN_HR], &reply));
    showroom_turn(&showroom);
    assert_true(desk_receive(&showroom.desk, ports[LIN_HR], &reply));
    assert_string_equal(reply.verb, "ROWS");
    struct get_request audit = asking("audit");
    assert_string_equal(told(ports[SUN_TAO], audit, "principal"), "lin.hr");
    assert_string_equal(told(ports[SUN_TAO], audit, "what"), "ledger_entry");
    assert_string_equal(told(ports[SUN_TAO], audit, "subject"), mine);
    assert_string_equal(told(ports[SUN_TAO], audit, "why"), "month end");
    showroom_pass(&showroom, 1000);
    request = asking("ledger"); /* who names their own entry beside the list has read the list */
    SET(&request, get_request, id, span_of("L-1-lin.hr"));
    assert_string_equal(told(ports[LIN_HR], request, "id"), mine);
    SET(&audit, get_request, kind, span_of("ledger"));
    assert_string_equal(told(ports[SUN_TAO], audit, "subject"), "");
    assert_string_equal(told(ports[SUN_TAO], audit, "principal"), "lin.hr");
    is_refused(ports[LIN_HR], &audit, -E_NO_RIGHT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, people_come, people_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lists_have_the_rows_of_ones_own_place),
        TEST(one_case_elsewhere_is_refused_with_a_reason),
        TEST(what_may_be_decided_is_told_by_ones_roles_and_place),
        TEST(an_outcome_is_told_to_who_sent_the_decision_and_who_sees_its_case),
        TEST(notices_about_rewards_are_told_to_those_concerned_alone),
        TEST(the_gateway_says_for_whom_it_asks),
        TEST(words_are_told_where_the_case_is_now),
        TEST(the_words_of_ones_own_case_are_ones_own_to_read),
        TEST(scores_are_of_ones_own_stores_and_never_of_a_part_of_the_group),
        TEST(the_ledger_is_for_those_concerned),
        TEST(who_reads_the_ledger_is_on_record_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
