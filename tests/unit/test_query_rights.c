/*
 * test_query_rights.c - what the worker tells whom: rows of one's own place, refusals with a reason, and the ledger on record.
 */
#include "core/status.h"
#include "tests/support/people.h"
#include "tests/support/showroom.h"

static struct showroom showroom;
static struct port *ports[STRANGER + 1];   /* at the query port */
static struct port *readers[STRANGER + 1]; /* at the feed */
static char folder[SCRATCH_MAX];

static int people_come(void **state)
{
    (void)state;
    struct setup *setup = &showroom.desk.setup;
    scratch_make(folder);
    showroom_open_empty(&showroom);
    showroom_worker_stop(&showroom);
    desk_stop(&showroom.desk);
    people_write(folder, setup, people_file);
    snprintf(setup->intake_trusted_endpoint, ENDPOINT_MAX, "inproc://intake-trusted");
    snprintf(setup->query_trusted_endpoint, ENDPOINT_MAX, "inproc://query-trusted");
    desk_start(&showroom.desk);
    showroom_worker_start(&showroom);
    for (enum person person = WANG_LI; person <= STRANGER; person++) {
        ports[person] = people_port(setup->bus, setup->query_endpoint, person);
        readers[person] = people_port(setup->bus, setup->feed_endpoint, person);
    }
    showroom_turn(&showroom);
    return 0;
}

static int people_leave(void **state)
{
    (void)state;
    for (enum person person = WANG_LI; person <= STRANGER; person++) {
        port_close(ports[person]);
        port_close(readers[person]);
    }
    showroom_close(&showroom);
    scratch_remove(folder);
    return 0;
}

static uint64_t complain(const char *store)
{
    struct complained fact = showroom_complaint(NULL, NULL);
    SET(&fact, complained, store, span_of(store));
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
    return seq;
}

static void rate(const char *store, int32_t overall)
{
    struct rated fact = showroom_rating(NULL, overall);
    SET(&fact, rated, store, span_of(store));
    showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    showroom_turn(&showroom);
}

/* Proposes a reward for that person in that store: L-<seq>-<person>. */
static uint64_t praise(const char *store, const char *person)
{
    struct praised fact = {.store = span_of(store), .text = span_of("friendly")};
    struct name_list staff = {.count = 1, .item = {span_of(person)}};
    SET(&fact, praised, staff, staff);
    SET(&fact, praised, department, span_of("service"));
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_praised, NULL, 0, &fact);
    showroom_turn(&showroom);
    return seq;
}

static struct get_request asking(const char *what)
{
    struct get_request request = {0};
    SET(&request, get_request, what, span_of(what));
    return request;
}

static struct reply ask(struct port *port, const struct get_request *request)
{
    static uint8_t buffer[4096];
    struct wire_writer writer;
    struct reply reply;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, request, ENCODE_EVENT, &writer);
    desk_send(port, "GET", wire_written(&writer));
    showroom_turn(&showroom);
    assert_true(desk_receive(&showroom.desk, port, &reply));
    return reply;
}

static void is_refused(struct port *port, const struct get_request *request, int status)
{
    desk_refused(ask(port, request), status);
}

/* What the rows say under `key`, one behind the other with a space between; page by page. */
static const char *told(struct port *port, struct get_request request, const char *key)
{
    static char all[1024];
    char cursor[512];
    all[0] = '\0';
    for (uint32_t page = 0; page < 100; page++) {
        struct rows_reply rows;
        struct wire_value header, value;
        struct span row, bytes;
        struct reply reply = ask(port, &request);
        assert_string_equal(reply.verb, "ROWS");
        desk_decode(reply.body, &record_of_rows_reply, &rows);
        struct wire_reader reader = wire_reader(rows.rows);
        assert_int_equal(wire_read(&reader, &header), 0);
        for (uint32_t i = 0; i < header.count; i++) {
            assert_int_equal(wire_skip(&reader, 16, &row), 0);
            assert_int_equal(wire_find(row, key, &value, &bytes), 0);
            size_t len = strlen(all);
            snprintf(all + len, sizeof all - len, "%s%.*s", len ? " " : "", SPAN_ARGS(value.bytes));
        }
        if (!HAS(&rows, rows_reply, cursor))
            return all;
        snprintf(cursor, sizeof cursor, "%.*s", SPAN_ARGS(rows.cursor));
        SET(&request, get_request, cursor, span_of(cursor));
    }
    fail_msg("pages without an end");
    return all;
}

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
    static const char *const whats[] = {"complaint", "trace"};
    for (int i = 0; i < 2; i++) {
        struct get_request request = asking(whats[i]);
        SET(&request, get_request, id, span_of(there));
        is_refused(ports[WANG_LI], &request, -E_OTHER_PLACE);
        is_refused(ports[HE_OPS], &request, -E_NO_RIGHT);
        SET(&request, get_request, id, span_of(here));
        told(ports[WANG_LI], request, i ? "case" : "id");
        is_refused(ports[ZHOU_JIE], &request, -E_OTHER_PLACE);
    }
}

static void an_outcome_shows_no_card_that_one_may_not_see(void **state)
{
    (void)state;
    char there[16];
    snprintf(there, sizeof there, "C-%llu", (unsigned long long)complain("hz-xihu"));
    struct get_request request = asking("outcome");
    SET(&request, get_request, seq,
        (int64_t)showroom_decide(&showroom, EVENT_complaint_acknowledged, there, "zhou.jie"));
    struct wire_value value;
    struct rows_reply rows;
    struct span bytes;
    struct port *const who[] = {ports[WANG_LI], ports[ZHOU_JIE]};
    for (int i = 0; i < 2; i++) {
        struct reply reply = ask(who[i], &request);
        assert_string_equal(reply.verb, "ROWS");
        desk_decode(reply.body, &record_of_rows_reply, &rows);
        assert_int_equal(wire_find(span_make(rows.rows.at + 5, rows.rows.len - 5), "card", &value, &bytes), 0);
        assert_int_equal(value.kind, i == 0 ? WIRE_NIL : WIRE_MAP);
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
    is_refused(ports[LIN_HR], &audit, -E_NO_RIGHT);
}

/* ---- the audit ---- */

static void the_audit_is_asked_by_who_what_and_when(void **state)
{
    (void)state;
    struct get_request request = asking("ledger");
    told(ports[LIN_HR], request, "id");
    showroom_pass(&showroom, 3600 * 1000);
    told(ports[WANG_LI], request, "id");
    request = asking("complaints");
    is_refused(ports[BAY_03], &request, -E_NO_RIGHT);
    showroom_turn(&showroom);
    struct get_request audit = asking("audit");
    SET(&audit, get_request, limit, 1);
    assert_string_equal(told(ports[SUN_TAO], audit, "principal"), "bay-03 wang.li lin.hr");
    assert_string_equal(told(ports[SUN_TAO], audit, "type"), "audit.refused audit.read audit.read");
    SET(&audit, get_request, principal, span_of("wang.li"));
    assert_string_equal(told(ports[SUN_TAO], audit, "what"), "ledger");
    audit = asking("audit");
    SET(&audit, get_request, kind, span_of("E1801"));
    assert_string_equal(told(ports[SUN_TAO], audit, "principal"), "bay-03");
    SET(&audit, get_request, kind, span_of("ledger"));
    assert_string_equal(told(ports[SUN_TAO], audit, "principal"), "wang.li lin.hr");
    SET(&audit, get_request, since, DESK_MONDAY_MS + 3600 * 1000);
    assert_string_equal(told(ports[SUN_TAO], audit, "principal"), "wang.li");
}

/* As the gateway puts them on record: reads of the entries first to last, in one PUT. */
static void reads_are_recorded(struct port *gateway, uint32_t first, uint32_t last)
{
    struct put_draft put;
    draft_begin(&put, &showroom.desk, last - first + 1, NULL, 0, 0);
    for (uint32_t i = first; i <= last; i++) {
        uint8_t buffer[256];
        char id[16];
        struct wire_writer writer;
        struct read_audited said = {.principal = span_of("a"), .what = span_of("event"), .via = span_of("http")};
        snprintf(id, sizeof id, "%u", i);
        SET(&said, read_audited, subject, span_of(id));
        const struct event_draft draft = {
            .id = span_of(id), .source = span_of("/manyi/gateway"), .type = EVENT_audit_read, .data = &said};
        wire_writer_init(&writer, buffer, sizeof buffer);
        event_encode(&draft, &writer);
        draft_event(&put, wire_written(&writer), true);
    }
    assert_int_equal(desk_acked(desk_ask(&showroom.desk, gateway, "PUT", draft_end(&put))).count, last - first + 1);
    showroom_turn(&showroom);
}

/* A hundred thousand are kept; of three more the first three are gone. */
static void the_newest_records_alone_are_kept(void **state)
{
    (void)state;
    struct port *gateway = people_port(showroom.desk.setup.bus, showroom.desk.setup.intake_trusted_endpoint, NOBODY);
    for (uint32_t i = 0; i < 25; i++)
        reads_are_recorded(gateway, 4000 * i + 1, 4000 * (i + 1));
    reads_are_recorded(gateway, 100001, 100003);
    port_close(gateway);
    struct get_request audit = asking("audit");
    char cursor[512], oldest[24] = "";
    uint32_t count = 0;
    SET(&audit, get_request, limit, 1000);
    for (bool more = true; more;) {
        struct rows_reply rows;
        struct wire_value header, value;
        struct span row, bytes;
        desk_decode(ask(ports[SUN_TAO], &audit).body, &record_of_rows_reply, &rows);
        struct wire_reader reader = wire_reader(rows.rows);
        assert_int_equal(wire_read(&reader, &header), 0);
        count += header.count;
        for (uint32_t i = 0; i < header.count; i++) {
            assert_int_equal(wire_skip(&reader, 16, &row), 0);
            assert_int_equal(wire_find(row, "subject", &value, &bytes), 0);
            snprintf(oldest, sizeof oldest, "%.*s", SPAN_ARGS(value.bytes));
        }
        more = HAS(&rows, rows_reply, cursor);
        if (more)
            snprintf(cursor, sizeof cursor, "%.*s", SPAN_ARGS(rows.cursor));
        SET(&audit, get_request, cursor, span_of(cursor));
    }
    assert_int_equal(count, 100000);
    assert_string_equal(oldest, "4");
}

static void records_in_the_state_are_made_again_by_a_rebuild(void **state)
{
    (void)state;
    struct get_request request = asking("ledger");
    told(ports[LIN_HR], request, "id");
    request = asking("complaints");
    is_refused(ports[BAY_03], &request, -E_NO_RIGHT);
    showroom_verify(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-audit");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, people_come, people_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lists_have_the_rows_of_ones_own_place),
        TEST(one_case_elsewhere_is_refused_with_a_reason),
        TEST(an_outcome_shows_no_card_that_one_may_not_see),
        TEST(the_gateway_says_for_whom_it_asks),
        TEST(words_are_told_where_the_case_is_now),
        TEST(scores_are_of_ones_own_stores_and_never_of_a_part_of_the_group),
        TEST(the_ledger_is_for_those_concerned),
        TEST(who_reads_the_ledger_is_on_record_before),
        TEST(the_audit_is_asked_by_who_what_and_when),
        TEST(the_newest_records_alone_are_kept),
        TEST(records_in_the_state_are_made_again_by_a_rebuild),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
