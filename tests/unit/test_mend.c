/* test_mend.c - events of the quarantine that somebody mends: who may, that they stay themselves, and that it happens once. */
#include "core/status.h"
#include "tests/support/gate.h"

#define OPS                                                                                                       \
    "- {name: he.ops, number: 20, kind: person, roles: [ops], stores: all, departments: all, sources: [],\n"      \
    "   speaks_for: []}\n"                                                                                        \
    "- {name: gu.all, number: 21, kind: person, roles: [group], stores: all, departments: all, sources: [],\n"    \
    "   speaks_for: []}\n"                                                                                        \
    "- {name: sun.tao, number: 22, kind: person, roles: [auditor], stores: all, departments: all, sources: [],\n" \
    "   speaks_for: []}\n"
#define WRONG "store=sh-pudong department=service channel=pigeon overall=9"
#define RIGHT "store=sh-pudong department=service channel=kiosk overall=9"

enum { BAY_03 = 4, WANG_LI = 7, HE_OPS = 20, GU_ALL = 21, SUN_TAO = 22 };

static char key[33];

static int begin(void **state)
{
    gate_begin(state);
    file_write(OPS);
    desk_pass(&desk, 1001);
    return desk_turn(&desk);
}

static struct span rated(const char *source, const char *id, const char *pairs)
{
    return event_of("feedback.rated", source, id, "", pairs);
}

/* The bay sends what is wrong; its key is the one that is mended from now on. */
static void refused(const char *id)
{
    struct ack_reply ack = desk_acked(put_as(visit(BAY_03), rated(SOURCE, id, WRONG), 0));
    struct problem problem = desk_problem(&ack, 0);
    assert_true(span_is(problem.code, "E1205"));
    snprintf(key, sizeof key, "%.*s", SPAN_ARGS(problem.quarantine));
}

static struct reply mend(uint32_t principal, struct span event)
{
    struct wire_writer writer;
    wire_writer_init(&writer, desk.request, sizeof desk.request);
    wire_map(&writer, 2);
    wire_key(&writer, "mends");
    wire_text(&writer, span_of(key));
    wire_key(&writer, "events");
    wire_array(&writer, 1);
    wire_bin(&writer, event);
    return desk_ask(&desk, visit(principal), "PUT", wire_written(&writer));
}

static struct quarantine_row row_now(void)
{
    static uint8_t buffer[PUT_BYTES_MAX];
    struct quarantine_row row;
    assert_int_equal(journal_quarantine_look(desk.journal, key, buffer, sizeof buffer, &row), 0);
    return row;
}

static uint64_t kept_events(void)
{
    struct journal_reader *reader;
    uint64_t count;
    assert_int_equal(journal_reader_open(desk.journal, &reader), 0);
    assert_int_equal(journal_quarantine_count(reader, &count), 0);
    journal_reader_close(reader);
    return count;
}

/* ---- stories ---- */

static void what_is_mended_is_an_entry_and_its_senders_next_try_a_duplicate(void **state)
{
    (void)state;
    refused("r1");
    assert_int_equal(row_now().mended_seq, 0);
    struct ack_reply ack = desk_acked(mend(HE_OPS, rated(SOURCE, "r1", RIGHT)));
    assert_int_equal(ack.count, 1);
    uint64_t seq = (uint64_t)ack.first;
    struct entry entry = entry_at(seq);
    assert_int_equal(entry.principal, HE_OPS);
    assert_true(span_is(entry_event.source, SOURCE) && span_is(entry_event.id, "r1"));
    assert_int_equal(row_now().mended_seq, seq);
    ack = desk_acked(put_as(visit(BAY_03), rated(SOURCE, "r1", RIGHT), 0));
    assert_int_equal(ack.count, 0);
    assert_int_equal(desk_problem(&ack, 0).duplicate_of, seq);
    ack = desk_acked(mend(GU_ALL, rated(SOURCE, "r1", RIGHT))); /* the answer was lost, or two were at it */
    assert_int_equal(desk_problem(&ack, 0).duplicate_of, seq);
    refused("r1"); /* the same nonsense again is counted, and stays mended */
    assert_int_equal(row_now().count, 2);
    assert_int_equal(row_now().mended_seq, seq);
    assert_int_equal(kept_events(), 1);
}

static void a_sender_that_was_quicker_mends_it_himself(void **state)
{
    (void)state;
    refused("r2");
    struct ack_reply ack = desk_acked(put_as(visit(BAY_03), rated(SOURCE, "r2", RIGHT), 0));
    uint64_t seq = (uint64_t)ack.first;
    ack = desk_acked(mend(HE_OPS, rated(SOURCE, "r2", RIGHT)));
    assert_int_equal(ack.count, 0);
    assert_int_equal(desk_problem(&ack, 0).duplicate_of, seq);
    assert_int_equal(row_now().mended_seq, seq);
}

static void only_operators_and_the_management_group_mend(void **state)
{
    (void)state;
    refused("r3");
    desk_refused(mend(WANG_LI, rated(SOURCE, "r3", RIGHT)), -E_NO_RIGHT);
    desk_refused(mend(BAY_03, rated(SOURCE, "r3", RIGHT)), -E_NO_RIGHT);
    desk_refused(mend(SUN_TAO, rated(SOURCE, "r3", RIGHT)), -E_NO_RIGHT);
    assert_int_equal(row_now().mended_seq, 0);
    assert_int_equal(desk_acked(mend(GU_ALL, rated(SOURCE, "r3", RIGHT))).count, 1);
}

static void it_stays_the_event_that_it_is_and_a_slip_is_not_kept(void **state)
{
    (void)state;
    static const struct {
        const char *type, *source, *id, *subject, *pairs, *code, *field;
    } cases[] = {
        {"feedback.rated", SOURCE, "r5", "", RIGHT, "E1217", "id"},
        {"feedback.rated", "/principals/he.ops", "r4", "", RIGHT, "E1217", "source"},
        {"feedback.rated", "/slow", "r4", "", RIGHT, "E1806", "source"},
        {"feedback.rated", "/manyi/worker", "r4", "", RIGHT, "E1212", "source"},
        {"feedback.rated", SOURCE, "r4", "", WRONG, "E1205", "data.channel"},
        {"complaint.noted", SOURCE, "r4", "C-3", "by=he.ops", "E1801", "type"}, /* who mends decides nothing by it */
        {"policy.adopted", SOURCE, "r4", "", "by=he.ops content=x hash=y", "E1801", "type"},
        {"complaint.changed", SOURCE, "r4", "C-3", "by=he.ops", "E1211", "type"},
        {"clock.ticked", SOURCE, "r4", "", "", "E1213", "type"},
    };
    refused("r4");
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span event = event_of(cases[i].type, cases[i].source, cases[i].id, cases[i].subject, cases[i].pairs);
        struct ack_reply ack = desk_acked(mend(HE_OPS, event));
        assert_int_equal(ack.count, 0);
        struct problem problem = desk_problem(&ack, 0);
        if (!span_is(problem.code, cases[i].code) || !span_is(problem.field, cases[i].field))
            fail_msg("%u: %.*s of %.*s", i, SPAN_ARGS(problem.code), SPAN_ARGS(problem.field));
        assert_false(HAS(&problem, problem, quarantine));
    }
    assert_int_equal(kept_events(), 1);
    assert_int_equal(row_now().mended_seq, 0);
}

static void what_had_no_readable_source_comes_from_whoever_mends_it_and_once(void **state)
{
    (void)state;
    struct ack_reply ack = desk_acked(put_as(visit(BAY_03), span_make("\x93nonsense", 9), 0));
    snprintf(key, sizeof key, "%.*s", SPAN_ARGS(desk_problem(&ack, 0).quarantine));
    ack = desk_acked(mend(HE_OPS, rated(SOURCE, "r6", RIGHT)));
    assert_true(span_is(desk_problem(&ack, 0).code, "E1806"));
    ack = desk_acked(mend(HE_OPS, rated("/principals/he.ops", "r6", RIGHT)));
    assert_int_equal(ack.count, 1);
    ack = desk_acked(mend(HE_OPS, rated("/principals/he.ops", "r7", RIGHT)));
    assert_int_equal(ack.count, 0);
    assert_true(span_is(desk_problem(&ack, 0).code, "E1314"));
    snprintf(key, sizeof key, "%s", "0123456789abcdef0123456789abcdef");
    desk_refused(mend(HE_OPS, rated(SOURCE, "r6", RIGHT)), -E_NOT_FOUND);
    snprintf(key, sizeof key, "%s", "x");
    desk_refused(mend(HE_OPS, rated(SOURCE, "r6", RIGHT)), -E_NOT_FOUND);
}

static void the_entry_and_what_is_kept_of_it_are_on_disk_together(void **state)
{
    (void)state;
    refused("r8");
    uint64_t head = journal_head(desk.journal);
    store_sim_fail_next_commit(DESK_VOLUME, -E_COMMIT_FAILED);
    struct wire_writer writer;
    struct span event = rated(SOURCE, "r8", RIGHT);
    wire_writer_init(&writer, desk.request, sizeof desk.request);
    wire_map(&writer, 2);
    wire_key(&writer, "mends");
    wire_text(&writer, span_of(key));
    wire_key(&writer, "events");
    wire_array(&writer, 1);
    wire_bin(&writer, event);
    const struct span frames[] = {span_make(NULL, 0), span_of("PUT"), wire_written(&writer)};
    assert_int_equal(port_send(visit(HE_OPS), frames, 3), 0);
    assert_int_equal(desk_turn(&desk), -E_COMMIT_FAILED);
    desk_crash(&desk);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), head);
    assert_int_equal(row_now().mended_seq, 0);
    uint64_t seq = (uint64_t)desk_acked(mend(HE_OPS, rated(SOURCE, "r8", RIGHT))).first;
    desk_crash(&desk);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(row_now().mended_seq, seq);
    assert_true(span_is((entry_at(seq), entry_event.id), "r8"));
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, begin, gate_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(what_is_mended_is_an_entry_and_its_senders_next_try_a_duplicate),
        STORY(a_sender_that_was_quicker_mends_it_himself),
        STORY(only_operators_and_the_management_group_mend),
        STORY(it_stays_the_event_that_it_is_and_a_slip_is_not_kept),
        STORY(what_had_no_readable_source_comes_from_whoever_mends_it_and_once),
        STORY(the_entry_and_what_is_kept_of_it_are_on_disk_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
