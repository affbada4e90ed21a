/* test_intake_access.c - who may send what: by the key of the connection, or as a front end says; what is refused is kept. */
#include "core/status.h"
#include "tests/support/gate.h"

#include <sodium.h>

static void expect_access(uint64_t seq, const char *holds, const char *lacks)
{
    static char content[SYSTEM_EVENT_MAX + 1];
    unsigned char hash[16];
    char hex[33];
    entry_at(seq);
    assert_int_equal(entry_event.type, EVENT_access_changed);
    assert_true(span_is(entry_event.source, "/manyi/intake"));
    struct span document = entry_event.data.adopted.content;
    crypto_generichash(hash, sizeof hash, document.at, document.len, NULL, 0);
    assert_true(span_is(entry_event.data.adopted.hash, sodium_bin2hex(hex, sizeof hex, hash, sizeof hash)));
    snprintf(content, sizeof content, "%.*s", SPAN_ARGS(document));
    assert_non_null(strstr(content, holds));
    assert_null(strstr(content, lacks));
}

/* ---- stories: access.changed ---- */

static void principals_are_journaled_when_they_change_and_never_twice(void **state)
{
    (void)state;
    assert_int_equal(journal_head(desk.journal), 2); /* the rulebook is the first */
    expect_access(2, "bay-03", "night-shift");
    desk_restart(&desk);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 2);

    file_write("- {name: night-shift, number: 20, kind: program, roles: [display], stores: all, departments: all,\n"
               "   sources: [], speaks_for: [], tokens: [{id: t1, hash: "
               "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}]}\n");
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 2); /* it is looked at once a second */
    desk_pass(&desk, 1001);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 3);
    expect_access(3, "night-shift", "0123456789abcdef"); /* without what opens doors */
    desk_restart(&desk);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 3);

    file_write(""); /* as it was at first: a change again, and another event */
    desk_pass(&desk, 5000);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 4);
    expect_access(4, "bay-03", "night-shift");
    desk_restart(&desk);
    assert_int_equal(desk_turn(&desk), 0);
    assert_int_equal(journal_head(desk.journal), 4);
}

/* The commit was kept, and nobody heard of it. */
static int heard_nothing(void *context, const char *at, bool kept)
{
    (void)context;
    return kept && strcmp(at, DESK_VOLUME) == 0 ? -E_COMMIT_FAILED : 0;
}

/* It dies after the new file was read and before its commit, after the commit and before it hears of it, and later. */
static void a_crash_between_reading_and_writing_leaves_one_change(void **state)
{
    (void)state;
    for (uint32_t when = 0; when < 3; when++) {
        char more[256];
        snprintf(more, sizeof more,
                 "- {name: new-%u, number: %u, kind: device, roles: [display], stores: all, departments: all, sources: "
                 "[], speaks_for: []}\n",
                 when, 30 + when);
        file_write(more);
        desk_pass(&desk, 5000);
        if (when == 0)
            store_sim_fail_next_commit(DESK_VOLUME, -E_COMMIT_FAILED);
        if (when == 1)
            store_sim_set_watch(heard_nothing, NULL);
        assert_int_equal(desk_turn(&desk), when < 2 ? -E_COMMIT_FAILED : 0);
        store_sim_set_watch(NULL, NULL);
        desk_crash(&desk);
        assert_int_equal(desk_turn(&desk), 0);
        desk_crash(&desk);
        assert_int_equal(desk_turn(&desk), 0);
        assert_int_equal(entries_of(EVENT_access_changed), when + 2);
        snprintf(more, sizeof more, "new-%u", when);
        expect_access(journal_head(desk.journal), more, "nobody");
    }
}

static void without_an_access_file_everybody_is_local_and_nothing_is_written(void **state)
{
    (void)state;
    desk_stop(&desk);
    store_sim_forget(DESK_VOLUME);
    desk.setup.access_path[0] = '\0';
    desk_start(&desk);
    assert_int_equal(desk_acked(put("a", 0, 0)).first, 2);
    assert_int_equal(entry_at(2).principal, 0);
    desk_refused(put_ratings(visit(4), SOURCE, 1, 1), -E_UNKNOWN_PRINCIPAL); /* a key that nobody has allowed */
    assert_int_equal(journal_head(desk.journal), 2 + 1);
    entry_at(3);
    assert_int_equal(entry_event.type, EVENT_audit_refused);
}

static void where_keys_are_asked_for_nobody_is_local_though_a_port_should_fail_open(void **state)
{
    (void)state;
    assert_int_equal(desk_acked(put("a", 0, 0)).count, 1);
    desk.setup.keyed = true;
    desk_refused(put("b", 0, 0), -E_UNKNOWN_PRINCIPAL);
    assert_int_equal(desk_acked(put_ratings(visit(4), SOURCE, 1, 1)).count, 1);
    desk.setup.keyed = false;
}

/* ---- stories: events ---- */

static void an_entry_carries_the_number_of_who_sent_it(void **state)
{
    (void)state;
    struct ack_reply ack = desk_acked(put_ratings(visit(4), SOURCE, 1, 2));
    assert_int_equal(ack.count, 2);
    assert_int_equal(entry_at((uint64_t)ack.first).principal, 4);
    assert_int_equal(entry_at((uint64_t)ack.first + 1).principal, 4);
    ack = desk_acked(put("local", 0, 0)); /* by the keyless port of a test */
    assert_int_equal(entry_at((uint64_t)ack.first).principal, 0);
}

#define OWN(name) "/principals/" name
#define KIOSK "channel=kiosk overall=9"

static void what_a_principal_may_not_send_is_refused_and_kept(void **state)
{
    (void)state;
    static const struct {
        uint32_t principal;
        const char *type, *source, *subject, *pairs;
        const char *code, *field; /* "": accepted */
    } cases[] = {
        {4, "feedback.rated", SOURCE, "", "store=sh-pudong department=service " KIOSK, "", ""},
        {4, "feedback.rated", SOURCE, "", "store=sh-minhang department=service " KIOSK, "E1802", "data.store"},
        {4, "feedback.rated", SOURCE, "", "store=sh-pudong department=sales " KIOSK, "E1802", "data.store"},
        {4, "feedback.rated", "/stores/sh-pudong/service/bay-04", "", "store=sh-pudong department=service " KIOSK,
         "E1806", "source"},
        {4, "feedback.rated", "/manyi/cli", "", "store=sh-pudong department=service " KIOSK, "E1212", "source"},
        {4, "feedback.complained", SOURCE, "", "store=sh-pudong channel=kiosk category=price text=dear", "", ""},
        {4, "feedback.complained", SOURCE, "", "store=sh-minhang channel=kiosk category=price text=dear", "E1802",
         "data.store"},
        {4, "complaint.noted", SOURCE, "C-3", "by=bay-03", "E1801", "type"},
        {4, "newer.thing", SOURCE, "", "store=sh-minhang", "", ""},
        {7, "complaint.noted", OWN("wang.li"), "C-3", "by=wang.li", "", ""},
        {7, "complaint.noted", OWN("wang.li"), "C-3", "by=li.gang", "E1805", "data.by"},
        {7, "complaint.assigned", OWN("wang.li"), "C-3", "by=wang.li handler=li.gang", "E1801", "type"},
        {7, "feedback.complained", OWN("wang.li"), "", "store=sh-minhang channel=phone category=price text=dear", "",
         ""},
        {7, "appeal.filed", OWN("wang.li"), "", "by=wang.li rating=3 ground=wrong_person", "", ""},
        {7, "appeal.filed", OWN("wang.li"), "", "by=li.gang rating=3 ground=wrong_person", "E1803", "data.by"},
        {7, "policy.adopted", OWN("wang.li"), "", "by=wang.li content=x hash=y", "E1801", "type"},
        {9, "complaint.noted", "/calls/1", "C-3", "by=agent.7", "", ""},
        {9, "complaint.noted", "/calls/1", "C-3", "by=callcentre", "", ""},
        {9, "complaint.noted", "/calls/1", "C-3", "by=wang.li", "E1805", "data.by"},
        {9, "complaint.noted", "/call/1", "C-3", "by=agent.7", "E1806", "source"},
        {9, "task.opened", "/calls/1", "", "by=agent.7 store=a department=b measure=m responsible=c due=soon", "E1208",
         "data.due"},
        {13, "feedback.rated", OWN("hr.zhao"), "", "store=sh-pudong department=service " KIOSK, "E1801", "type"},
        {13, "newer.thing", OWN("hr.zhao"), "", "", "E1801", "type"},
        {13, "roster.changed", OWN("hr.zhao"), "", "by=hr.zhao content=x hash=y", "", ""},
        {9, "notice.read", "/calls/1", "E-3-response-100", "by=agent.7 means=link", "E1213", "type"},
        {9, "access.changed", "/calls/1", "", "by=agent.7 content=x hash=y", "E1213", "type"},
        {9, "audit.refused", "/calls/1", "", "what=x code=E1801 times=1 via=http", "E1213", "type"},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char id[16];
        snprintf(id, sizeof id, "c%u", i);
        struct span event = event_of(cases[i].type, cases[i].source, id, cases[i].subject, cases[i].pairs);
        struct ack_reply ack = desk_acked(put_as(visit(cases[i].principal), event, 0));
        bool refused = cases[i].code[0] != '\0';
        if (ack.count == refused) {
            struct problem problem = {0};
            if (ack.count == 0)
                problem = desk_problem(&ack, 0);
            fail_msg("%u %s by %u: %.*s %.*s", i, cases[i].type, cases[i].principal, SPAN_ARGS(problem.code),
                     SPAN_ARGS(problem.message));
        }
        if (!refused)
            continue;
        struct problem problem = desk_problem(&ack, 0);
        if (!span_is(problem.code, cases[i].code))
            fail_msg("%u %s by %u: %.*s %.*s", i, cases[i].type, cases[i].principal, SPAN_ARGS(problem.code),
                     SPAN_ARGS(problem.message));
        assert_true(span_is(problem.field, cases[i].field));
        assert_int_equal(problem.quarantine.len, 32);
    }
}

/* bay-03 fills the quarantine in the name of another: that one's share stays free. */
static void nobody_fills_the_share_of_another_in_the_quarantine(void **state)
{
    (void)state;
    static uint8_t large[60 * KIB];
    memset(large, 'x', sizeof large);
    for (uint32_t i = 0; i < 80; i++) {
        struct wire_writer writer;
        static uint8_t buffer[EVENT_MAX];
        wire_writer_init(&writer, buffer, sizeof buffer);
        wire_map(&writer, 4);
        wire_key(&writer, "id");
        wire_natural(&writer, i); /* a flaw */
        wire_key(&writer, "source");
        wire_text(&writer, span_of("/victim"));
        wire_key(&writer, "type");
        wire_text(&writer, span_of("newer.thing"));
        wire_key(&writer, "more");
        wire_text(&writer, span_make(large, sizeof large));
        assert_false(writer.full);
        struct span event = wire_written(&writer);
        desk_acked(put_as(visit(4), event, 0));
    }
    struct ack_reply ack = desk_acked(put_as(desk.peer, event_of("feedback.rated", "/victim", "v", "", "store=a"), 0));
    struct problem problem = desk_problem(&ack, 0);
    assert_int_equal(problem.quarantine.len, 32);
}

/* ---- stories: requests ---- */

static void a_session_belongs_to_whom_its_source_belongs(void **state)
{
    (void)state;
    assert_string_equal(hello(visit(4), SOURCE).verb, "WELCOME");
    desk_refused(hello(visit(9), SOURCE), -E_FOREIGN_SOURCE);
    desk_refused(hello(visit(9), "/manyi/worker"), -E_RESERVED_SOURCE);
    desk_refused(hello(desk.peer, "/manyi/notifier"), -E_RESERVED_SOURCE);
    assert_string_equal(hello(front, "/manyi/notifier").verb, "WELCOME");
    /* Nor can anybody use up its sequences: nothing of it is done. */
    struct put_draft draft;
    draft_begin(&draft, &desk, 1, SOURCE, 1, 1);
    draft_event(&draft, span_make("\xc1", 1), true);
    desk_refused(desk_ask(&desk, visit(9), "PUT", draft_end(&draft)), -E_FOREIGN_SOURCE);
    draft_begin(&draft, &desk, 1, SOURCE, 1, 1);
    draft_event(&draft, rating("first"), true);
    struct ack_reply ack = desk_acked(desk_ask(&desk, visit(4), "PUT", draft_end(&draft)));
    assert_int_equal(ack.count, 1);
    assert_int_equal(ack.last, 1);
}

static void front_ends_alone_say_for_whom_they_ask(void **state)
{
    (void)state;
    struct span event = event_of("complaint.noted", OWN("wang.li"), "n1", "C-3", "by=wang.li");
    desk_refused(put_as(desk.peer, event, 7), -E_BAD_REQUEST);
    desk_refused(put_as(visit(9), event, 7), -E_BAD_REQUEST);
    struct ack_reply ack = desk_acked(put_as(front, event, 7));
    assert_int_equal(ack.count, 1);
    assert_int_equal(entry_at((uint64_t)ack.first).principal, 7);
    event = event_of("complaint.noted", OWN("wang.li"), "n2", "C-3", "by=li.gang");
    ack = desk_acked(put_as(front, event, 7));
    assert_true(span_is(desk_problem(&ack, 0).code, "E1805"));
    desk_refused(put_as(front, event, 11), -E_REVOKED);
    desk_refused(put_as(front, event, 99), -E_UNKNOWN_PRINCIPAL);
}

static void notices_come_from_manyis_own_front_ends(void **state)
{
    (void)state;
    static const struct {
        const char *type, *source, *pairs;
        uint32_t as;
        const char *code;
    } cases[] = {
        {"notice.sent", "/manyi/notifier", "to=wang.li target=mail means=smtp repeat=0 attempt=1", 0, ""},
        {"notice.read", "/manyi/gateway", "by=wang.li means=link", 0, ""},
        {"notice.sent", "/manyi/query", "to=wang.li target=mail means=smtp repeat=0 attempt=1", 0, "E1213"},
        {"notice.sent", OWN("wang.li"), "to=wang.li target=mail means=smtp repeat=0 attempt=1", 7, "E1213"},
        {"audit.read", "/manyi/query", "principal=wang.li what=ledger via=zeromq", 0, ""},
        {"audit.read", OWN("wang.li"), "principal=wang.li what=ledger via=zeromq", 0, "E1213"},
        {"audit.read", "/manyi/query", "principal=wang.li what=ledger via=zeromq", 7, "E1213"},
        {"access.changed", "/manyi/gateway", "by=manyi content=x hash=y", 0, "E1213"},
        {"clock.ticked", "/manyi/gateway", "", 0, "E1213"},
        {"newer.thing", "/manyi/worker", "", 0, "E1212"},
        {"newer.thing", "/manyi/intake", "", 0, "E1212"},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char id[16];
        snprintf(id, sizeof id, "f%u", i);
        struct ack_reply ack = desk_acked(put_as(
            front, event_of(cases[i].type, cases[i].source, id, "E-3-response-100", cases[i].pairs), cases[i].as));
        bool refused = cases[i].code[0] != '\0';
        struct problem problem = {0};
        if (ack.count == 0)
            problem = desk_problem(&ack, 0);
        if (ack.count == refused || (refused && !span_is(problem.code, cases[i].code)))
            fail_msg("%u %s of %s: %.*s %.*s", i, cases[i].type, cases[i].source, SPAN_ARGS(problem.code),
                     SPAN_ARGS(problem.message));
    }
}

static void who_is_revoked_is_refused_whatever_they_ask(void **state)
{
    (void)state;
    static const uint8_t nothing[] = {0x80};
    desk_refused(put_ratings(visit(11), "/gone", 1, 1), -E_REVOKED);
    desk_refused(hello(visit(11), "/gone"), -E_REVOKED);
    desk_refused(desk_ask(&desk, visit(11), "PING", span_make(nothing, 1)), -E_REVOKED);
    desk_refused(desk_ask(&desk, visit(99), "PING", span_make(nothing, 1)), -E_UNKNOWN_PRINCIPAL);
    /* A right that ends while they are connected ends with the file. */
    assert_int_equal(desk_acked(put_ratings(visit(9), "/calls/1", 1, 1)).count, 1);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("principals:\n- {name: callcentre, number: 9, kind: program, roles: [publisher], stores: all,\n"
          "   departments: all, sources: [], speaks_for: [], revoked: true}\n",
          file);
    assert_int_equal(fclose(file), 0);
    desk_pass(&desk, 5000);
    desk_refused(put_ratings(visitor, "/calls/1", 2, 1), -E_REVOKED);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, gate_begin, gate_end)
    const struct CMUnitTest tests[] = {
        STORY(principals_are_journaled_when_they_change_and_never_twice),
        STORY(a_crash_between_reading_and_writing_leaves_one_change),
        STORY(without_an_access_file_everybody_is_local_and_nothing_is_written),
        STORY(where_keys_are_asked_for_nobody_is_local_though_a_port_should_fail_open),
        STORY(an_entry_carries_the_number_of_who_sent_it),
        STORY(what_a_principal_may_not_send_is_refused_and_kept),
        STORY(nobody_fills_the_share_of_another_in_the_quarantine),
        STORY(a_session_belongs_to_whom_its_source_belongs),
        STORY(front_ends_alone_say_for_whom_they_ask),
        STORY(notices_come_from_manyis_own_front_ends),
        STORY(who_is_revoked_is_refused_whatever_they_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
