/*
 * test_feed_rights.c - who may read the journal, and what must be on record before it is told.
 */
#include "tests/unit/feed_people.h"

#define COMPLAINT_TEXT "the brakes squeal"

/* A complaint about that store's service; its seq. */
static uint64_t complain(const char *store)
{
    static uint32_t number;
    char id[16];
    uint8_t buffer[1024];
    struct complained fact = {0};
    struct wire_writer writer;
    struct put_draft put;
    SET(&fact, complained, store, span_of(store));
    SET(&fact, complained, department, span_of("service"));
    SET(&fact, complained, channel, channel_is_phone);
    SET(&fact, complained, category, category_is_workmanship);
    SET(&fact, complained, text, span_of(COMPLAINT_TEXT));
    SET(&fact, complained, contact, span_of("138 0013 8000"));
    snprintf(id, sizeof id, "c-%u", ++number);
    const struct event_draft draft = {
        .id = span_of(id), .source = span_of("/desk"), .type = EVENT_feedback_complained, .data = &fact};
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    draft_begin(&put, &desk, 1, NULL, 0, 0);
    draft_event(&put, wire_written(&writer), true);
    return (uint64_t)desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&put))).first;
}

static struct span get(const char *what, uint64_t seq, const char *why)
{
    struct get_request request = {0};
    SET(&request, get_request, what, span_of(what));
    if (seq)
        SET(&request, get_request, seq, (int64_t)seq);
    if (why)
        SET(&request, get_request, why, span_of(why));
    return body_of(&record_of_get_request, &request);
}

static struct span fetch(uint64_t after, int64_t wait_ms)
{
    struct fetch_request request = {0};
    SET(&request, fetch_request, after, (int64_t)after);
    SET(&request, fetch_request, wait_ms, wait_ms);
    return body_of(&record_of_fetch_request, &request);
}

static void is_refused(struct port *port, const char *verb, struct span body, int status)
{
    desk_refused(desk_ask(&desk, port, verb, body), status);
}

static void is_told(struct port *port, struct span body)
{
    struct reply reply = desk_ask(&desk, port, "GET", body);
    assert_string_equal(reply.verb, "ROWS");
}

/* Entry `seq`, as the journal has it; decoded until the next reply. */
static bool entry_read(uint64_t seq, struct event *ret_event)
{
    struct rows_reply rows;
    struct wire_value value;
    struct span bytes;
    struct flaw flaw;
    if (seq > journal_head(desk.journal))
        return false;
    struct reply reply = desk_ask(&desk, desk.folder, "GET", get("event", seq, NULL));
    desk_decode(reply.body, &record_of_rows_reply, &rows);
    assert_int_equal(wire_find(span_make(rows.rows.at + 1, rows.rows.len - 1), "event", &value, &bytes), 0);
    assert_int_equal(event_decode(value.bytes, ret_event, &flaw), 0);
    return true;
}

/* How many entries of this type there are; the last one in ret_event. */
static uint32_t entries_of(enum event_type type, struct event *ret_event)
{
    static struct event event;
    uint64_t last = 0;
    uint32_t count = 0;
    for (uint64_t seq = 1; entry_read(seq, &event); seq++) {
        count += event.type == type;
        last = event.type == type ? seq : last;
    }
    if (last)
        entry_read(last, ret_event);
    return count;
}

/* ---- who may ---- */

static void only_auditors_and_operators_follow_the_journal(void **state)
{
    (void)state;
    struct reply reply = desk_ask(&desk, ports[HE_OPS], "FETCH", fetch(0, 0));
    assert_string_equal(reply.verb, "BATCH");
    reply = desk_ask(&desk, ports[SUN_TAO], "FETCH", fetch(0, 0));
    assert_string_equal(reply.verb, "BATCH");
    reply = desk_ask(&desk, desk.reader, "FETCH", fetch(0, 0)); /* local */
    assert_string_equal(reply.verb, "BATCH");
    is_refused(ports[WANG_LI], "FETCH", fetch(0, 0), -E_NO_RIGHT);
    is_refused(ports[GU_ALL], "FETCH", fetch(0, 0), -E_NO_RIGHT);
    is_refused(ports[STRANGER], "FETCH", fetch(0, 0), -E_UNKNOWN_PRINCIPAL);
}

static void personal_fields_are_told_in_ones_own_place(void **state)
{
    (void)state;
    uint64_t here = complain("sh-pudong"), there = complain("hz-xihu");
    is_told(ports[WANG_LI], get("personal", here, "calling back"));
    is_refused(ports[WANG_LI], "GET", get("personal", there, NULL), -E_OTHER_PLACE);
    is_refused(ports[ZHOU_JIE], "GET", get("personal", here, NULL), -E_OTHER_PLACE);
    is_told(ports[ZHOU_JIE], get("personal", there, "calling back"));
    is_told(ports[SUN_TAO], get("personal", here, "calling back"));
    is_told(ports[GU_ALL], get("personal", there, "calling back"));
    is_told(desk.reader, get("personal", here, NULL));
    is_refused(ports[WANG_LI], "GET", get("personal", here, NULL), -E_NO_REASON);
    is_refused(ports[WALL], "GET", get("personal", here, NULL), -E_NO_RIGHT);
    is_refused(ports[BAY_03], "GET", get("personal", here, NULL), -E_NO_RIGHT);
    is_refused(ports[HE_OPS], "GET", get("personal", here, NULL), -E_NO_RIGHT);
    is_refused(ports[WANG_LI], "GET", get("event", here, NULL), -E_NO_RIGHT);
    is_told(ports[HE_OPS], get("event", here, NULL));
    is_refused(ports[WANG_LI], "GET", get("quarantine", 0, NULL), -E_NO_RIGHT);
    is_told(ports[GU_ALL], get("quarantine", 0, NULL)); /* they mend what is in it */
    is_refused(ports[GU_ALL], "GET", get("events", 0, NULL), -E_NO_RIGHT);
    is_told(ports[HE_OPS], get("events", 0, NULL));
    is_told(ports[HE_OPS], get("quarantine", 0, NULL));
}

static void nobody_outside_says_for_whom_they_ask(void **state)
{
    (void)state;
    uint64_t here = complain("sh-pudong");
    struct get_request request = {0};
    SET(&request, get_request, what, span_of("personal"));
    SET(&request, get_request, seq, (int64_t)here);
    SET(&request, get_request, why, span_of("calling back"));
    SET(&request, get_request, as, SUN_TAO);
    is_refused(ports[WALL], "GET", body_of(&record_of_get_request, &request), -E_BAD_REQUEST);
    is_refused(desk.reader, "GET", body_of(&record_of_get_request, &request), -E_BAD_REQUEST);
    is_told(desk.folder, body_of(&record_of_get_request, &request)); /* the gateway, over the inner endpoint */
    SET(&request, get_request, as, WALL);
    is_refused(desk.folder, "GET", body_of(&record_of_get_request, &request), -E_NO_RIGHT);
    SET(&request, get_request, as, STRANGER);
    is_refused(desk.folder, "GET", body_of(&record_of_get_request, &request), -E_UNKNOWN_PRINCIPAL);
}

static void where_keys_are_asked_for_nobody_is_local(void **state)
{
    (void)state;
    desk.setup.keyed = true;
    is_refused(desk.reader, "FETCH", fetch(0, 0), -E_UNKNOWN_PRINCIPAL);
    struct reply reply = desk_ask(&desk, desk.folder, "FETCH", fetch(0, 0));
    assert_string_equal(reply.verb, "BATCH");
}

/* ---- on record ---- */

static void what_is_personal_is_on_record_before_it_is_told(void **state)
{
    (void)state;
    struct reply reply;
    struct event event;
    int64_t wait_ms;
    uint64_t here = complain("sh-pudong");
    desk_send(ports[WANG_LI], "GET", get("personal", here, "calling back"));
    for (int i = 0; i < 4; i++) /* intake stands still */
        assert_int_equal(feed_turn(desk.feed, clock_read(desk.setup.clock), &wait_ms), 0);
    assert_false(desk_receive(&desk, ports[WANG_LI], &reply));
    assert_int_equal(desk_turn(&desk), 0);
    assert_true(desk_receive(&desk, ports[WANG_LI], &reply));
    assert_string_equal(reply.verb, "ROWS");
    assert_int_equal(entries_of(EVENT_audit_read, &event), 1);
    assert_true(span_is(event.source, "/manyi/feed"));
    assert_true(span_is(event.data.read_audited.principal, "wang.li"));
    assert_true(span_is(event.data.read_audited.what, "personal"));
    char seq[24];
    snprintf(seq, sizeof seq, "%llu", (unsigned long long)here);
    assert_true(span_is(event.data.read_audited.subject, seq));
    assert_true(span_is(event.data.read_audited.why, "calling back"));
    assert_true(span_is(event.data.read_audited.via, "zeromq"));
}

static void the_same_read_is_on_record_once_an_hour(void **state)
{
    (void)state;
    struct event event;
    uint64_t here = complain("sh-pudong");
    is_told(ports[WANG_LI], get("personal", here, "calling back"));
    is_told(ports[WANG_LI], get("personal", here, "calling back"));
    assert_int_equal(entries_of(EVENT_audit_read, &event), 1);
    is_told(ports[WANG_LI], get("personal", here, "writing a letter"));
    is_told(ports[SUN_TAO], get("personal", here, "calling back"));
    assert_int_equal(entries_of(EVENT_audit_read, &event), 3);
    desk_pass(&desk, 3599 * 1000);
    is_told(ports[WANG_LI], get("personal", here, "calling back"));
    assert_int_equal(entries_of(EVENT_audit_read, &event), 3);
    desk_pass(&desk, 1000);
    is_told(ports[WANG_LI], get("personal", here, "calling back"));
    assert_int_equal(entries_of(EVENT_audit_read, &event), 4);
}

static void what_cant_be_put_on_record_is_not_told(void **state)
{
    (void)state;
    struct reply reply;
    int64_t wait_ms;
    uint64_t here = complain("sh-pudong");
    desk_send(ports[WANG_LI], "GET", get("personal", here, "calling back"));
    for (int i = 0; i <= 30; i++) { /* intake stands still for three seconds */
        assert_int_equal(feed_turn(desk.feed, clock_read(desk.setup.clock), &wait_ms), 0);
        assert_in_range(wait_ms, 0, 1000);
        assert_int_equal(desk_receive(&desk, ports[WANG_LI], &reply), i == 30);
        desk_pass(&desk, 100);
    }
    desk_refused(reply, -E_NOT_RECORDED);
}

/* Sixteen of each principal wait at most: whoever asks for more leaves the other places to others. */
static void nobody_waits_to_be_on_record_in_everybodys_place(void **state)
{
    (void)state;
    struct reply reply;
    int64_t wait_ms;
    uint64_t here = complain("sh-pudong");
    for (int i = 0; i < 20; i++) {
        char why[32];
        snprintf(why, sizeof why, "reason %d", i);
        desk_send(ports[WANG_LI], "GET", get("personal", here, why));
    }
    desk_send(ports[SUN_TAO], "GET", get("personal", here, "calling back"));
    assert_int_equal(feed_turn(desk.feed, clock_read(desk.setup.clock), &wait_ms), 0);
    for (int i = 0; i < 4; i++) {
        assert_true(desk_receive(&desk, ports[WANG_LI], &reply));
        desk_refused(reply, -E_SLOW_DOWN);
    }
    assert_false(desk_receive(&desk, ports[WANG_LI], &reply));
    assert_int_equal(desk_turn(&desk), 0);
    assert_true(desk_receive(&desk, ports[SUN_TAO], &reply));
    assert_string_equal(reply.verb, "ROWS");
    for (int i = 0; i < 16; i++) {
        assert_true(desk_receive(&desk, ports[WANG_LI], &reply));
        assert_string_equal(reply.verb, "ROWS");
    }
}

/* Three thousand an hour: who read something can't push it off the list by reading on. */
static void a_reader_makes_no_more_records_an_hour_than_the_list_has_room_for(void **state)
{
    (void)state;
    uint64_t here = complain("sh-pudong");
    char why[32];
    for (int i = 0; i < 3000; i++) {
        snprintf(why, sizeof why, "reason %d", i);
        if (i > 0 && i % 600 == 0)
            desk_pass(&desk, 60000);
        is_told(ports[WANG_LI], get("personal", here, why));
    }
    desk_pass(&desk, 60000);
    is_refused(ports[WANG_LI], "GET", get("personal", here, "one more"), -E_SLOW_DOWN);
    desk_pass(&desk, 3600 * 1000);
    is_told(ports[WANG_LI], get("personal", here, "one more"));
}

/* Six hundred reasons a minute, and no more: the journal is not filled by a reader. */
static void a_reader_makes_no_more_records_than_a_person_could(void **state)
{
    (void)state;
    uint64_t here = complain("sh-pudong");
    char why[32];
    for (int i = 0; i < 600; i++) {
        snprintf(why, sizeof why, "reason %d", i);
        is_told(ports[WANG_LI], get("personal", here, why));
    }
    is_refused(ports[WANG_LI], "GET", get("personal", here, "one more"), -E_SLOW_DOWN);
    is_told(ports[WANG_LI], get("personal", here, "reason 599")); /* it is on record */
    is_told(ports[SUN_TAO], get("personal", here, "one more"));
    desk_pass(&desk, 60000);
    is_told(ports[WANG_LI], get("personal", here, "one more"));
}

static void refusals_are_told_at_once_and_then_once_a_minute(void **state)
{
    (void)state;
    struct event event;
    for (int i = 0; i < 10; i++)
        is_refused(ports[WALL], "FETCH", fetch(0, 0), -E_NO_RIGHT);
    assert_int_equal(entries_of(EVENT_audit_refused, &event), 1);
    assert_true(span_is(event.data.access_refused.principal, "wall"));
    assert_true(span_is(event.data.access_refused.what, "journal"));
    assert_true(span_is(event.data.access_refused.code, "E1801"));
    assert_int_equal(event.data.access_refused.times, 1);
    desk_pass(&desk, 60000);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(entries_of(EVENT_audit_refused, &event), 2);
    assert_int_equal(event.data.access_refused.times, 9);
    desk_pass(&desk, 60000);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(entries_of(EVENT_audit_refused, &event), 2);
}

static void who_is_revoked_while_waiting_is_told_so(void **state)
{
    (void)state;
    struct reply reply;
    assert_string_equal(desk_ask(&desk, ports[HE_OPS], "FETCH", fetch(0, 0)).verb, "BATCH");
    desk_send(ports[HE_OPS], "FETCH", fetch(journal_head(desk.journal), 60000));
    assert_int_equal(desk_turn(&desk), 0);
    assert_false(desk_receive(&desk, ports[HE_OPS], &reply));
    people_write(folder, &desk.setup,
                 "next_number: 20\nprincipals:\n"
                 "  - {name: he.ops, number: 6, kind: person, roles: [ops], revoked: true}\n");
    desk_pass(&desk, 1000);
    assert_int_equal(desk_turn(&desk), 0);
    complain("sh-pudong");
    assert_true(desk_receive(&desk, ports[HE_OPS], &reply));
    desk_refused(reply, -E_REVOKED);
    is_refused(ports[HE_OPS], "FETCH", fetch(0, 0), -E_REVOKED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, people_come, people_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_auditors_and_operators_follow_the_journal),
        TEST(personal_fields_are_told_in_ones_own_place),
        TEST(nobody_outside_says_for_whom_they_ask),
        TEST(where_keys_are_asked_for_nobody_is_local),
        TEST(what_is_personal_is_on_record_before_it_is_told),
        TEST(the_same_read_is_on_record_once_an_hour),
        TEST(what_cant_be_put_on_record_is_not_told),
        TEST(nobody_waits_to_be_on_record_in_everybodys_place),
        TEST(a_reader_makes_no_more_records_an_hour_than_the_list_has_room_for),
        TEST(a_reader_makes_no_more_records_than_a_person_could),
        TEST(refusals_are_told_at_once_and_then_once_a_minute),
        TEST(who_is_revoked_while_waiting_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
