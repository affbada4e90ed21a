/*
 * test_query_audit.c - the audit as it is asked for: who read what, who was refused, the newest hundred thousand.
 */
#include "tests/unit/query_people.h"

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
        TEST(the_audit_is_asked_by_who_what_and_when),
        TEST(the_newest_records_alone_are_kept),
        TEST(records_in_the_state_are_made_again_by_a_rebuild),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
