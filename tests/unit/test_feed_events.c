/*
 * test_feed_events.c - entries of the journal by their envelopes, newest first, page by page, against a plain list of what was sent;
 * events of the quarantine by code and source.
 */
#include "core/status.h"
#include "tests/support/desk.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define EVENTS 2600u /* more than two windows */
#define STEP_MS 1000
#define SEQS_MAX (EVENTS + 16) /* and those that the desk begins with */

static struct desk desk;

static const char *const types[] = {"feedback.of.tomorrow", "complaint.of.tomorrow", "a.type.of.tomorrow"};
static const char *const sources[] = {"/desk", "/desk/two", "/elsewhere"};
static const char *const subjects[] = {"C-1", "C-12", "T-1", ""};

static struct known {
    uint64_t seq;
    const char *type, *source, *subject;
    int64_t at_ms;
} known[EVENTS];

static struct span event_of(uint32_t number, const struct known *one, uint8_t buffer[512], bool sound)
{
    struct wire_writer writer;
    char id[16];
    snprintf(id, sizeof id, "e-%u", number);
    wire_writer_init(&writer, buffer, 512);
    wire_map(&writer, one->subject[0] ? 5 : 4);
    wire_key(&writer, "id");
    wire_text(&writer, span_of(id));
    wire_key(&writer, "source");
    wire_text(&writer, span_of(one->source));
    wire_key(&writer, "type");
    wire_text(&writer, span_of(one->type));
    if (one->subject[0]) {
        wire_key(&writer, "subject");
        wire_text(&writer, span_of(one->subject));
    }
    wire_key(&writer, "data");
    wire_map(&writer, 2);
    wire_key(&writer, "by");
    wire_text(&writer, span_of("wang.li"));
    wire_key(&writer, "store");
    wire_text(&writer, span_of(sound ? "s" : ""));
    return wire_written(&writer);
}

static struct ack_reply event_put(struct span event)
{
    struct put_draft put;
    draft_begin(&put, &desk, 1, NULL, 0, 0);
    draft_event(&put, event, true);
    return desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&put)));
}

static void event_send(uint32_t number)
{
    uint8_t buffer[512];
    struct known *one = &known[number];
    uint32_t random = number * 2654435761u >> 8; /* Knuth's multiplicative hash: no order in it */
    one->type = number == 7 ? "clock.of.once" : types[random % 3];
    one->source = sources[random / 3 % 3];
    one->subject = subjects[random / 9 % 4];
    if (number % 50 == 0)
        desk_pass(&desk, STEP_MS);
    one->seq = (uint64_t)event_put(event_of(number, one, buffer, true)).first;
    struct journal_reader *reader;
    struct entry entry;
    static uint8_t room[SYSTEM_EVENT_MAX + RECORD_MAX];
    assert_int_equal(journal_reader_open(desk.journal, &reader), 0);
    assert_int_equal(journal_entry(reader, one->seq, room, sizeof room, &entry), 0);
    journal_reader_close(reader);
    one->at_ms = entry.at_ms;
}

static int begin(void **state)
{
    (void)state;
    desk_open_empty(&desk);
    for (uint32_t i = 0; i < EVENTS; i++)
        event_send(i);
    return 0;
}

static int end(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static struct reply ask(const struct get_request *asked)
{
    static uint8_t buffer[1024];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, asked, ENCODE_EVENT, &writer);
    assert_false(writer.full);
    return desk_ask(&desk, desk.reader, "GET", wire_written(&writer));
}

/* "a*" by hand. */
static bool is_like(struct span pattern, const char *text)
{
    char plain[128];
    snprintf(plain, sizeof plain, "%.*s", SPAN_ARGS(pattern));
    size_t len = strlen(plain);
    return plain[len - 1] == '*' ? strncmp(plain, text, len - 1) == 0 : strcmp(plain, text) == 0;
}

static bool fits(const struct known *one, const struct get_request *asked)
{
    return (!HAS(asked, get_request, type) || is_like(asked->type, one->type)) &&
           (!HAS(asked, get_request, source) || is_like(asked->source, one->source)) &&
           (!HAS(asked, get_request, subject) || (one->subject[0] && is_like(asked->subject, one->subject))) &&
           (!HAS(asked, get_request, since) || one->at_ms >= asked->since) &&
           (!HAS(asked, get_request, until) || one->at_ms < asked->until) &&
           (!HAS(asked, get_request, from_seq) || one->seq >= (uint64_t)asked->from_seq) &&
           (!HAS(asked, get_request, to_seq) || one->seq <= (uint64_t)asked->to_seq);
}

/* One page: its rows' seqs go behind those that there are; false: it was the last. */
static bool page_take(struct get_request *asked, uint64_t *seqs, uint32_t *count, char cursor[64])
{
    struct reply reply = ask(asked);
    struct rows_reply rows;
    struct flaw flaw;
    struct wire_value header, seq;
    struct span row, bytes;
    assert_string_equal(reply.verb, "ROWS");
    assert_int_equal(record_decode(&record_of_rows_reply, reply.body, &rows, &flaw), 0);
    struct wire_reader reader = wire_reader(rows.rows);
    assert_int_equal(wire_read(&reader, &header), 0);
    for (uint32_t i = 0; i < header.count; i++) {
        assert_int_equal(wire_skip(&reader, 16, &row), 0);
        assert_int_equal(wire_find(row, "seq", &seq, &bytes), 0);
        assert_true(*count < SEQS_MAX);
        seqs[(*count)++] = seq.natural;
    }
    if (!HAS(&rows, rows_reply, cursor))
        return false;
    snprintf(cursor, 64, "%.*s", SPAN_ARGS(rows.cursor));
    SET(asked, get_request, cursor, span_of(cursor));
    return true;
}

static void is_as_listed(struct get_request asked)
{
    static uint64_t seqs[SEQS_MAX];
    uint32_t count = 0, next = 0, pages = 0;
    char cursor[64];
    SET(&asked, get_request, what, span_of("events"));
    SET(&asked, get_request, class, span_of("outside"));
    while (page_take(&asked, seqs, &count, cursor))
        assert_true(++pages < EVENTS);
    for (uint32_t i = EVENTS; i-- > 0;) {
        if (!fits(&known[i], &asked))
            continue;
        if (next >= count || seqs[next] != known[i].seq)
            fail_msg("entry %llu is missing at place %u of %u", (unsigned long long)known[i].seq, next, count);
        next++;
    }
    /* behind them lies what the desk itself has begun with */
    for (; next < count; next++)
        assert_true(seqs[next] < known[0].seq && !HAS(&asked, get_request, type));
}

/* ---- stories ---- */

static void every_filter_finds_what_was_sent_newest_first_and_once(void **state)
{
    (void)state;
    static const char *const asked_types[] = {NULL, "complaint.of.tomorrow", "complaint.*", "clock.of.once", "no.such"};
    static const char *const asked_sources[] = {NULL, "/desk", "/desk*", "/nowhere"};
    static const char *const asked_subjects[] = {NULL, "C-1", "C-1*"};
    static const int64_t limits[] = {1000, 7, 64};
    for (uint32_t i = 0; i < 5 * 4 * 3; i++) {
        struct get_request asked = {0};
        const char *type = asked_types[i % 5], *source = asked_sources[i / 5 % 4], *subject = asked_subjects[i / 20];
        if (type)
            SET(&asked, get_request, type, span_of(type));
        if (source)
            SET(&asked, get_request, source, span_of(source));
        if (subject)
            SET(&asked, get_request, subject, span_of(subject));
        SET(&asked, get_request, limit, limits[i % 3]);
        is_as_listed(asked);
    }
}

static void times_and_entries_bound_what_is_looked_through(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < EVENTS; i += 433) {
        struct get_request asked = {0};
        SET(&asked, get_request, type, span_of("complaint.*"));
        SET(&asked, get_request, until, known[i].at_ms);
        is_as_listed(asked);
        SET(&asked, get_request, since, known[i / 2].at_ms);
        is_as_listed(asked);
        asked = (struct get_request){0};
        SET(&asked, get_request, type, span_of("complaint.*"));
        SET(&asked, get_request, from_seq, (int64_t)known[i / 3].seq);
        SET(&asked, get_request, to_seq, (int64_t)known[i].seq);
        is_as_listed(asked);
    }
}

static void what_is_asked_wrongly_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *class, *cursor, *principal;
        int status;
    } cases[] = {
        {"inside", NULL, NULL, -E_UNKNOWN_CHOICE},
        {NULL, "-1", NULL, -E_BAD_REQUEST},
        {NULL, "99999999999999999999999999", NULL, -E_BAD_REQUEST},
        {NULL, NULL, "nobody", -E_UNKNOWN_CHOICE},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct get_request asked = {0};
        SET(&asked, get_request, what, span_of("events"));
        if (cases[i].class)
            SET(&asked, get_request, class, span_of(cases[i].class));
        if (cases[i].cursor)
            SET(&asked, get_request, cursor, span_of(cases[i].cursor));
        if (cases[i].principal)
            SET(&asked, get_request, principal, span_of(cases[i].principal));
        desk_refused(ask(&asked), cases[i].status);
    }
}

static uint32_t refused_count(const char *code, const char *source, int64_t limit)
{
    struct get_request asked = {0};
    struct rows_reply rows;
    struct flaw flaw;
    struct wire_value header;
    uint32_t count = 0;
    char cursor[64];
    SET(&asked, get_request, what, span_of("quarantine"));
    SET(&asked, get_request, limit, limit);
    if (code)
        SET(&asked, get_request, code, span_of(code));
    if (source)
        SET(&asked, get_request, source, span_of(source));
    for (bool more = true; more;) {
        struct reply reply = ask(&asked);
        assert_int_equal(record_decode(&record_of_rows_reply, reply.body, &rows, &flaw), 0);
        struct wire_reader reader = wire_reader(rows.rows);
        assert_int_equal(wire_read(&reader, &header), 0);
        assert_true(header.count <= limit);
        count += header.count;
        more = HAS(&rows, rows_reply, cursor);
        snprintf(cursor, sizeof cursor, "%.*s", SPAN_ARGS(more ? rows.cursor : (struct span){0}));
        SET(&asked, get_request, cursor, span_of(cursor));
    }
    return count;
}

static void the_quarantine_is_listed_by_code_and_source(void **state)
{
    (void)state;
    uint8_t buffer[512];
    for (uint32_t i = 0; i < 30; i++) { /* 30 without a store, of three sources; 5 that are nothing at all */
        struct known one = {.type = "feedback.praised", .source = sources[i % 3], .subject = ""};
        assert_int_equal(event_put(event_of(EVENTS + i, &one, buffer, false)).count, 0);
    }
    for (uint8_t i = 0; i < 5; i++)
        event_put(span_make((uint8_t[]){0x93, i, 1, 2}, 4));
    for (int64_t limit = 3; limit < 100; limit *= 5) {
        assert_int_equal(refused_count(NULL, NULL, limit), 35);
        assert_int_equal(refused_count("E1207", NULL, limit), 30);
        assert_int_equal(refused_count("E1102", NULL, limit), 5);
        assert_int_equal(refused_count(NULL, "/desk/two", limit), 10);
        assert_int_equal(refused_count("E1102", "/desk/two", limit), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_filter_finds_what_was_sent_newest_first_and_once),
        cmocka_unit_test(times_and_entries_bound_what_is_looked_through),
        cmocka_unit_test(what_is_asked_wrongly_is_refused),
        cmocka_unit_test(the_quarantine_is_listed_by_code_and_source),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
