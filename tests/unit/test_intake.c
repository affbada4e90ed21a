/*
 * test_intake.c - a publisher talks to intake: what is accepted, what is refused and why, what survives.
 */
#include "core/status.h"
#include "tests/support/bay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- publishing ---- */

static void the_first_entry_is_the_policy(void **state)
{
    (void)state;
    static uint8_t buffer[SYSTEM_EVENT_MAX + RECORD_MAX];
    static struct event event;
    struct journal_reader *reader;
    struct entry entry;
    struct flaw flaw;
    assert_int_equal(journal_head(desk.journal), 1);
    assert_int_equal(journal_reader_open(desk.journal, &reader), 0);
    assert_int_equal(journal_entry(reader, 1, buffer, sizeof buffer, &entry), 0);
    journal_reader_close(reader);
    assert_int_equal(event_decode(entry.event, &event, &flaw), 0);
    assert_int_equal(event.type, EVENT_policy_adopted);
    assert_true(span_is(event.source, "/manyi/intake"));
    assert_true(span_is(event.data.adopted.by, "manyi"));
    assert_int_equal(event.data.adopted.hash.len, 32);
    assert_true(event.data.adopted.content.len > 100);
    desk_restart(&desk);
    assert_int_equal(journal_head(desk.journal), 1); /* and only of an empty journal */
}

static void accepted_events_take_consecutive_seq(void **state)
{
    (void)state;
    struct ack_reply ack = desk_acked(put("a b c", 0, 0));
    assert_int_equal(ack.first, 2);
    assert_int_equal(ack.count, 3);
    assert_int_equal(ack.head, 4);
    assert_int_equal(desk_problems(&ack), 0);
    assert_false(HAS(&ack, ack_reply, last));
    ack = desk_acked(put("d", 0, 0));
    assert_int_equal(ack.first, 5);
    assert_int_equal(journal_head(desk.journal), 5);
}

static void an_event_may_be_a_map_or_a_bin_that_holds_one(void **state)
{
    (void)state;
    struct put_draft draft;
    draft_begin(&draft, &desk, 2, NULL, 0, 0);
    draft_event(&draft, rating("map"), false);
    draft_event(&draft, rating("bin"), true);
    struct ack_reply ack = desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&draft)));
    assert_int_equal(ack.count, 2);
    ack = desk_acked(put("map bin", 0, 0));
    assert_int_equal(ack.count, 0);
    assert_int_equal(desk_problem(&ack, 0).duplicate_of, 2);
    assert_int_equal(desk_problem(&ack, 1).duplicate_of, 3);
}

static void a_put_without_events_is_answered(void **state)
{
    (void)state;
    struct ack_reply ack = desk_acked(put("", 0, 0));
    assert_false(HAS(&ack, ack_reply, first));
    assert_int_equal(ack.count, 0);
    assert_int_equal(ack.head, 1);
}

static void a_rid_of_any_type_is_echoed(void **state)
{
    (void)state;
    static const char *const rids[] = {"\x07",
                                       "\xa3"
                                       "abc",
                                       "\x92\x01\xc3", "\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18"};
    static const size_t lens[] = {1, 4, 3, 9};
    for (uint32_t i = 0; i < 4; i++) {
        uint8_t buffer[64];
        struct wire_writer writer;
        wire_writer_init(&writer, buffer, sizeof buffer);
        wire_map(&writer, 2);
        wire_key(&writer, "rid");
        wire_raw(&writer, span_make(rids[i], lens[i]));
        wire_key(&writer, "events");
        wire_array(&writer, 0);
        struct ack_reply ack = desk_acked(desk_ask(&desk, desk.peer, "PUT", wire_written(&writer)));
        assert_true(span_equal(ack.rid, span_make(rids[i], lens[i])));
    }
}

/* ---- duplicates ---- */

static void a_duplicate_is_answered_with_the_first_seq(void **state)
{
    (void)state;
    struct ack_reply ack = desk_acked(put("a b a", 0, 0)); /* within one PUT */
    assert_int_equal(ack.count, 2);
    assert_int_equal(desk_problems(&ack), 1);
    struct problem problem = desk_problem(&ack, 0);
    assert_int_equal(problem.i, 2);
    assert_int_equal(problem.duplicate_of, 2);
    assert_false(HAS(&problem, problem, code));

    ack = desk_acked(put("c b", 0, 0)); /* from one PUT to the next */
    assert_int_equal(ack.first, 4);
    assert_int_equal(desk_problem(&ack, 0).duplicate_of, 3);

    desk_restart(&desk); /* and after a restart */
    ack = desk_acked(put("a b c d", 0, 0));
    assert_int_equal(ack.first, 5);
    assert_int_equal(ack.count, 1);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(desk_problem(&ack, i).duplicate_of, 2 + i);
}

static void the_same_id_of_another_source_is_another_event(void **state)
{
    (void)state;
    assert_int_equal(desk_acked(desk_rate(&desk, "/stores/a", "1")).count, 1);
    assert_int_equal(desk_acked(desk_rate(&desk, "/stores/b", "1")).count, 1);
    assert_int_equal(desk_acked(desk_rate(&desk, "/stores/a", "1")).count, 0);
}

/* Two PUTs that are drained in one turn: the second must see what the first has added and not yet committed. */
static void duplicates_are_seen_within_one_turn(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct put_draft draft;
        draft_begin(&draft, &desk, 1, NULL, 0, 0);
        draft_event(&draft, rating("same"), true);
        desk_send(desk.peer, "PUT", draft_end(&draft));
    }
    assert_int_equal(desk_turn(&desk), 0);
    struct reply reply;
    assert_true(desk_receive(&desk, desk.peer, &reply));
    assert_int_equal(desk_acked(reply).first, 2);
    assert_true(desk_receive(&desk, desk.peer, &reply));
    struct ack_reply ack = desk_acked(reply);
    assert_int_equal(ack.count, 0);
    assert_int_equal(desk_problem(&ack, 0).duplicate_of, 2);
}

/* ---- refusals ---- */

static struct span event_of_type(const char *type, const char *source, const char *id, int64_t time_ms)
{
    struct wire_writer writer;
    wire_writer_init(&writer, event_buffer, sizeof event_buffer);
    wire_map(&writer, 5);
    wire_key(&writer, "id");
    wire_text(&writer, span_of(id));
    wire_key(&writer, "source");
    wire_text(&writer, span_of(source));
    wire_key(&writer, "type");
    wire_text(&writer, span_of(type));
    wire_key(&writer, "time");
    wire_timestamp(&writer, time_ms);
    wire_key(&writer, "data");
    wire_map(&writer, 0);
    return wire_written(&writer);
}

static void a_refusal_names_code_and_field_and_leaves_the_rest(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *source;
        int64_t ahead_ms;
        const char *code;
        const char *field;
        const char *says;
    } cases[] = {
        /* although its data is wrong, too */
        {"complaint.changed", SOURCE, 0, "E1211", "type", "Only the worker may conclude complaint.changed;"},
        {"clock.ticked", SOURCE, 0, "E1213", "type", "Only the broker itself writes clock.ticked;"},
        {"newer.thing", "/manyi/worker", 0, "E1212", "source", "a source of your own is allowed"},
        {"newer.thing", "/manyi/intake", 0, "E1212", "source", "It belongs to Manyi itself;"},
        {"newer.thing", "/manyi/cli", 0, "", NULL, NULL},
        {"newer.thing", SOURCE, FUTURE_MAX_MS + 1, "E1209", "time",
         "It is more than 24 h ahead of the journal's time; at most 24 h are allowed."},
        {"newer.thing", SOURCE, 2 * FUTURE_MAX_MS, "E1209", "time",
         "It is 2 days ahead of the journal's time; at most 24 h are allowed."},
        {"newer.thing", SOURCE, FUTURE_MAX_MS, "", NULL, NULL},
        {"feedback.rated", SOURCE, 0, "E1201", NULL, "missing"},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char id[16];
        struct put_draft draft;
        draft_begin(&draft, &desk, 2, NULL, 0, 0);
        snprintf(id, sizeof id, "r%u", i);
        draft_event(&draft, event_of_type(cases[i].type, cases[i].source, id, DESK_MONDAY_MS + cases[i].ahead_ms),
                    true);
        snprintf(id, sizeof id, "good%u", i);
        draft_event(&draft, rating(id), true);
        struct ack_reply ack = desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&draft)));
        bool refused = cases[i].code[0] != '\0';
        assert_int_equal(ack.count, refused ? 1 : 2);
        assert_int_equal(desk_problems(&ack), refused);
        if (!refused)
            continue;
        struct problem problem = desk_problem(&ack, 0);
        assert_int_equal(problem.i, 0);
        char message[256];
        snprintf(message, sizeof message, "%.*s", SPAN_ARGS(problem.message));
        if (!strstr(message, cases[i].says))
            fail_msg("\"%s\" does not say \"%s\"", message, cases[i].says);
        assert_int_equal(problem.quarantine.len, 32);
        assert_true(span_is(problem.code, cases[i].code));
        if (cases[i].field)
            assert_true(span_is(problem.field, cases[i].field));
    }
}

static struct reply quarantine_of(struct port *port)
{
    uint8_t buffer[64];
    struct wire_writer writer;
    struct get_request request = {0};
    SET(&request, get_request, what, span_of("quarantine"));
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
    return desk_ask(&desk, port, "GET", wire_written(&writer));
}

static void a_refused_event_is_kept_in_the_quarantine_before_the_reply(void **state)
{
    (void)state;
    struct ack_reply ack = desk_acked(put("? a ?", 0, 0));
    assert_int_equal(ack.count, 1);
    assert_int_equal(desk_problems(&ack), 2);
    char key[33];
    snprintf(key, sizeof key, "%.*s", SPAN_ARGS(desk_problem(&ack, 0).quarantine));
    assert_int_equal(strlen(key), 32);
    desk_crash(&desk);
    struct reply reply = quarantine_of(desk.reader);
    assert_string_equal(reply.verb, "ROWS");
    struct rows_reply rows;
    desk_decode(reply.body, &record_of_rows_reply, &rows);
    struct wire_reader reader = wire_reader(rows.rows);
    struct wire_value value;
    struct span bytes;
    assert_int_equal(wire_read(&reader, &value), 0);
    assert_int_equal(value.count, 1);
    struct span row = span_make(reader.at, (size_t)(reader.end - reader.at));
    assert_int_equal(desk_figure(row, "count"), 2); /* the same byte twice */
    assert_int_equal(wire_find(row, "key", &value, &bytes), 0);
    assert_true(span_is(value.bytes, key));
    assert_int_equal(wire_find(row, "bytes", &value, &bytes), 0);
    assert_true(span_equal(value.bytes, span_make("\xc1", 1)));
}

static void what_is_in_quarantine_is_counted_over_restarts(void **state)
{
    (void)state;
    put("? a ?", 0, 0); /* the same byte twice is one event */
    for (int start = 0; start < 2; start++) {
        struct reply reply = desk_ask(&desk, desk.peer, "PING", span_make("\x80", 1));
        assert_int_equal(desk_figure(reply.body, "quarantined"), 1);
        assert_int_equal(desk_figure(reply.body, "refused"), start == 0 ? 2 : 0); /* since the start */
        desk_restart(&desk);
    }
    put("?", 0, 0);
    struct reply reply = desk_ask(&desk, desk.peer, "PING", span_make("\x80", 1));
    assert_int_equal(desk_figure(reply.body, "quarantined"), 1);
}

/* 4 MiB a source: 63 events of 64 KiB and a bit fit, and what comes then is handed back. */
static void when_the_quota_is_used_up_the_refusal_says_so(void **state)
{
    (void)state;
    static uint8_t large[EVENT_MAX + 8];
    struct ack_reply ack = {0};
    struct problem problem = {0};
    memset(large, 0xc1, sizeof large);
    for (uint32_t i = 0; i < 64; i++) {
        struct put_draft draft;
        large[0] = (uint8_t)i;
        draft_begin(&draft, &desk, 1, NULL, 0, 0);
        draft_event(&draft, span_make(large, sizeof large), true);
        ack = desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&draft)));
        assert_int_equal(ack.count, 0);
        problem = desk_problem(&ack, 0);
        assert_int_equal(HAS(&problem, problem, quarantine), i < 63); /* 63 x 65,544 <= 4,194,304 < 64 x 65,544 */
    }
    assert_non_null(strstr((const char *)problem.message.at, "quarantine is full"));
    ack = desk_acked(put("a", 0, 0));
    assert_int_equal(ack.count, 1);
}

static void what_cannot_be_served_is_answered_by_nak(void **state)
{
    (void)state;
    static const uint8_t nothing[] = {0x80};
    static const uint8_t no_map[] = {0x93, 1, 2, 3};
    static const uint8_t cut[] = {0x81, 0xa6, 'e', 'v'};
    static const uint8_t events_no_array[] = {0x81, 0xa6, 'e', 'v', 'e', 'n', 't', 's', 0x01};
    static const uint8_t half_a_session[] = {0x82, 0xa6, 'e', 'v', 'e', 'n', 't', 's',
                                             0x90, 0xa5, 'e', 'p', 'o', 'c', 'h', 1};
    static uint8_t oversize[PUT_BYTES_MAX + 1];
    static const uint8_t too_many[] = {0x81, 0xa6, 'e',  'v',  'e', 'n',
                                       't',  's',  0xdc, 0x10, 0x01}; /* 4,097, then nils */
    static uint8_t many[sizeof too_many + 4097];
    memcpy(many, too_many, sizeof too_many);
    memset(many + sizeof too_many, 0xc0, 4097);
    static const struct {
        const char *verb;
        struct span body;
        int status;
    } cases[] = {
        {"PUT", {nothing, sizeof nothing}, -E_BAD_REQUEST},
        {"PUT", {no_map, sizeof no_map}, -E_BAD_REQUEST},
        {"PUT", {cut, sizeof cut}, -E_BAD_REQUEST},
        {"PUT", {NULL, 0}, -E_BAD_REQUEST},
        {"PUT", {events_no_array, sizeof events_no_array}, -E_BAD_REQUEST},
        {"PUT", {half_a_session, sizeof half_a_session}, -E_BAD_REQUEST},
        {"PUT", {oversize, sizeof oversize}, -E_REQUEST_TOO_LARGE},
        {"PUT", {many, sizeof many}, -E_REQUEST_TOO_LARGE},
        {"HELLO", {nothing, sizeof nothing}, -E_BAD_REQUEST},
        {"SHOUT", {nothing, sizeof nothing}, -E_UNKNOWN_VERB},
        {"AWAIT", {nothing, sizeof nothing}, -E_UNKNOWN_VERB},
        {"", {nothing, sizeof nothing}, -E_BAD_FRAMES},
        {"A_VERB_OF_MORE_THAN_16_BYTES", {nothing, sizeof nothing}, -E_BAD_FRAMES},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        desk_refused(desk_ask(&desk, desk.peer, cases[i].verb, cases[i].body), cases[i].status);
    assert_int_equal(journal_head(desk.journal), 1);
    assert_int_equal(desk_acked(put("still alive", 0, 0)).count, 2);
}

static void frames_that_are_wrong_too_few_or_too_many_are_answered(void **state)
{
    (void)state;
    const struct span short_one[] = {span_of("PING")};
    const struct span bare[] = {span_of("PUT"), span_make("\x80", 1)};
    const struct span many[] = {span_make(NULL, 0), span_of("PUT"), span_of("a"), span_of("b"), span_of("c")};
    struct reply reply;
    assert_int_equal(port_send(desk.peer, short_one, 1), 0);
    assert_int_equal(port_send(desk.peer, bare, 2), 0);
    assert_int_equal(port_send(desk.peer, many, 5), 0);
    assert_int_equal(desk_turn(&desk), 0);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(desk_receive(&desk, desk.peer, &reply));
        desk_refused(reply, -E_BAD_FRAMES);
    }
    assert_false(desk_receive(&desk, desk.peer, &reply));
    reply = desk_ask(&desk, desk.peer, "PING", span_make("\x80", 1));
    assert_int_equal(desk_figure(reply.body, "bad_frames"), 3);
}

/* ---- time ---- */

static void a_clock_gone_mad_refuses_to_start(void **state)
{
    (void)state;
    struct intake *intake;
    struct clock_reading now = clock_read(desk.setup.clock);
    now.wall_ms += 8ll * 24 * 3600 * 1000;
    struct setup other = desk.setup;
    snprintf(other.intake_endpoint, sizeof other.intake_endpoint, "inproc://other");
    snprintf(other.intake_inner_endpoint, sizeof other.intake_inner_endpoint, "inproc://other-inner");
    other.intake_trusted_endpoint[0] = '\0';
    assert_int_equal(intake_open(&other, desk.journal, now, &intake), -E_CLOCK_MAD);
    other.accept_time = true;
    assert_int_equal(intake_open(&other, desk.journal, now, &intake), 0);
    intake_close(intake);
}

/* What is quarantined is written at once, however large the turn: nothing wakes intake when that is done. */
static void a_turn_that_was_not_written_beside_is_answered_in_the_same_turn(void **state)
{
    (void)state;
    struct reply reply;
    int64_t wait_ms;
    desk_turn(&desk);
    struct put_draft draft;
    draft_begin(&draft, &desk, 2, NULL, 0, 0);
    draft_event(&draft, rating("a"), true);
    draft_event(&draft, span_of("no event at all"), true);
    desk_send(desk.peer, "PUT", draft_end(&draft));
    assert_int_equal(intake_turn(desk.intake, clock_read(desk.setup.clock), &wait_ms), 0);
    assert_true(desk_receive(&desk, desk.peer, &reply));
    assert_int_equal(desk_acked(reply).count, 1);
    assert_int_equal(journal_head(desk.journal), 2);
}

/* Ratings 0 to 899 in turn, so many of them. */
static void ratings_send(uint32_t count, bool backwards)
{
    struct put_draft draft;
    draft_begin(&draft, &desk, count, NULL, 0, 0);
    for (uint32_t i = 0; i < count; i++) {
        char id[16];
        snprintf(id, sizeof id, "%u", (backwards ? count - 1 - i : i) % 900);
        draft_event(&draft, rating(id), true);
    }
    desk_send(desk.peer, "PUT", draft_end(&draft));
}

/* Each repeat is looked up in the journal by itself, since they come in another order: 1,024 are enough for a turn. */
static void a_turn_ends_when_it_has_looked_up_enough_repeats(void **state)
{
    (void)state;
    struct reply reply;
    int64_t wait_ms;
    uint32_t answered = 0;
    ratings_send(900, false);
    assert_int_equal(desk_turn(&desk), 0);
    assert_true(desk_receive(&desk, desk.peer, &reply));
    assert_int_equal(desk_acked(reply).count, 900);
    for (uint32_t i = 0; i < 3; i++)
        ratings_send(1100, true);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(intake_turn(desk.intake, clock_read(desk.setup.clock), &wait_ms), 0);
        assert_int_equal(wait_ms, 0); /* there may be more */
        for (; desk_receive(&desk, desk.peer, &reply); answered++) {
            struct ack_reply ack = desk_acked(reply);
            assert_int_equal(desk_problems(&ack), 1100);
        }
        assert_int_equal(answered, i + 1);
    }
}

int main(void)
{
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, desk_story_begin, desk_story_end, &desk)
    const struct CMUnitTest tests[] = {
        STORY(the_first_entry_is_the_policy),
        STORY(accepted_events_take_consecutive_seq),
        STORY(an_event_may_be_a_map_or_a_bin_that_holds_one),
        STORY(a_put_without_events_is_answered),
        STORY(a_rid_of_any_type_is_echoed),
        STORY(a_duplicate_is_answered_with_the_first_seq),
        STORY(the_same_id_of_another_source_is_another_event),
        STORY(duplicates_are_seen_within_one_turn),
        STORY(a_refusal_names_code_and_field_and_leaves_the_rest),
        STORY(a_refused_event_is_kept_in_the_quarantine_before_the_reply),
        STORY(what_is_in_quarantine_is_counted_over_restarts),
        STORY(when_the_quota_is_used_up_the_refusal_says_so),
        STORY(what_cannot_be_served_is_answered_by_nak),
        STORY(frames_that_are_wrong_too_few_or_too_many_are_answered),
        STORY(a_clock_gone_mad_refuses_to_start),
        STORY(a_turn_that_was_not_written_beside_is_answered_in_the_same_turn),
        STORY(a_turn_ends_when_it_has_looked_up_enough_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
