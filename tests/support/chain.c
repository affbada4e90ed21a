/*
 * chain.c - see chain.h. Event i is of session 2 + i mod 3, has the sequence i / 3 + 1, and goes into a turn of its own.
 */
#include "tests/support/chain.h"
#include "core/status.h"
#include "schemas/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MONDAY_MS 1795392000000ll

static const char *const sources[CHAIN_SESSIONS] = {"/stores/a", "/stores/b", "/stores/c"};
static const char *const refused[] = {"nonsense", "more nonsense", "\x80"};

/* Each tenth is too large for a page of its own. */
struct span chain_event(uint32_t number)
{
    static uint8_t buffer[4 * KIB];
    static const uint8_t padding[3 * KIB];
    struct wire_writer writer;
    bool large = number % 10 == 9;
    char id[16];
    snprintf(id, sizeof id, "e-%u", number);
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_map(&writer, large ? 4 : 3);
    wire_key(&writer, "id");
    wire_text(&writer, span_of(id));
    wire_key(&writer, "source");
    wire_text(&writer, span_of(sources[number % CHAIN_SESSIONS]));
    wire_key(&writer, "type");
    wire_text(&writer, span_of("garden.watered"));
    if (large) {
        wire_key(&writer, "padding");
        wire_bin(&writer, span_make(padding, sizeof padding));
    }
    assert_false(writer.full);
    return wire_written(&writer);
}

static struct span consequence(uint32_t number)
{
    static uint8_t buffer[512];
    struct wire_writer writer;
    struct notice card = {0};
    char id[16];
    snprintf(id, sizeof id, "N-%u", number);
    SET(&card, notice, id, span_of(id));
    SET(&card, notice, seq, 1);
    SET(&card, notice, kind, span_of("unknown_type"));
    SET(&card, notice, count, number + 1);
    SET(&card, notice, at, MONDAY_MS + number);
    const struct event_draft draft = {.id = span_of(id),
                                      .source = span_of("/manyi/worker"),
                                      .type = EVENT_system_noticed,
                                      .data = &card,
                                      .style = ENCODE_CARD};
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    assert_false(writer.full);
    return wire_written(&writer);
}

static struct session_row session_of(uint32_t number)
{
    struct session_row row = {
        .number = 2 + number % CHAIN_SESSIONS, .epoch = 1 + number / 30, .last = number / CHAIN_SESSIONS + 1};
    snprintf(row.last_id, sizeof row.last_id, "e-%u", number);
    snprintf(row.source, sizeof row.source, "%s", sources[number % CHAIN_SESSIONS]);
    snprintf(row.instance, sizeof row.instance, "till-%u", number % 2);
    return row;
}

static void turn(struct journal *journal, uint32_t number, uint64_t *head)
{
    uint64_t seq;
    const struct entry entry = {
        .session = 2 + number % CHAIN_SESSIONS, .sequence = number / CHAIN_SESSIONS + 1, .event = chain_event(number)};
    const struct session_row row = session_of(number);
    assert_int_equal(journal_begin(journal, MONDAY_MS + number), 0);
    assert_int_equal(journal_add(journal, RECORD_OUTSIDE, &entry, &seq), 0);
    assert_int_equal(seq, ++*head);
    assert_int_equal(journal_session_set(journal, &row), 0);
    if (number % 3 == 0) {
        const struct entry concluded = {.session = 1, .sequence = seq, .step = 2, .event = consequence(number)};
        assert_int_equal(journal_add(journal, RECORD_CONSEQUENCE, &concluded, head), 0);
        assert_int_equal(journal_last_cause_set(journal, (struct last_cause){.seq = seq, .step = 2}), 0);
    }
    if (number % 4 == 0) {
        struct quarantine_row bad = {
            .code = "E1102", .message = "malformed", .bytes = span_of(refused[number / 4 % 3])};
        snprintf(bad.source, sizeof bad.source, "%s", sources[number / 4 % 3]);
        assert_int_equal(journal_quarantine_add(journal, &bad), 0);
    }
    assert_int_equal(journal_commit(journal), 0);
}

void chain_make(const char *dir, uint64_t volume_bytes)
{
    const struct journal_options options = {.dir = dir, .volume_bytes = volume_bytes};
    struct journal *journal;
    uint64_t head = 0;
    assert_int_equal(journal_open(&options, &journal), 0);
    for (uint32_t number = 0; number < CHAIN_EVENTS; number++)
        turn(journal, number, &head);
    assert_true(journal_volumes(journal) >= 3);
    assert_int_equal(head, chain_head());
    journal_close(journal);
}

uint64_t chain_head(void)
{
    return CHAIN_EVENTS + CHAIN_EVENTS / 3;
}

struct sessions_met {
    uint32_t numbers;
    bool restored;
};

static int session_expect(void *context, const struct session_row *row)
{
    struct sessions_met *met = context;
    struct session_row told = session_of(CHAIN_EVENTS - CHAIN_SESSIONS + row->number - 2);
    met->numbers |= 1u << row->number;
    assert_int_equal(row->number, told.number);
    assert_int_equal(row->epoch, told.epoch);
    assert_int_equal(row->last, told.last);
    assert_string_equal(row->last_id, told.last_id);
    assert_string_equal(row->source, told.source);
    assert_string_equal(row->instance, met->restored ? "" : told.instance);
    return 0;
}

static int refused_expect(void *context, const struct quarantine_row *row)
{
    uint32_t *met = context, which = 0;
    while (which < 2 && !span_is(row->bytes, refused[which]))
        which++;
    *met |= 1u << which;
    assert_true(span_is(row->bytes, refused[which]));
    assert_int_equal(row->count, CHAIN_EVENTS / 4 / 3);
    assert_int_equal(row->first_at_ms, MONDAY_MS + 4 * which);
    assert_int_equal(row->last_at_ms, MONDAY_MS + CHAIN_EVENTS - 12 + 4 * which);
    assert_string_equal(row->code, "E1102");
    assert_string_equal(row->source, sources[which]);
    return 0;
}

static void entries_expect(struct journal_reader *reader)
{
    static uint8_t buffer[SYSTEM_EVENT_MAX + RECORD_MAX];
    uint64_t seq = 0;
    for (uint32_t number = 0; number < CHAIN_EVENTS; number++) {
        struct entry entry;
        assert_int_equal(journal_entry(reader, ++seq, buffer, sizeof buffer, &entry), 0);
        assert_true(span_equal(entry.event, chain_event(number)));
        assert_int_equal(entry.at_ms, MONDAY_MS + number);
        assert_int_equal(entry.session, 2 + number % CHAIN_SESSIONS);
        assert_int_equal(entry.sequence, number / CHAIN_SESSIONS + 1);
        if (number % 3 != 0)
            continue;
        assert_int_equal(journal_entry(reader, ++seq, buffer, sizeof buffer, &entry), 0);
        assert_true(span_equal(entry.event, consequence(number)));
        assert_int_equal(entry.sequence, seq - 1);
        assert_int_equal(entry.step, 2);
    }
}

void chain_expect(const char *dir, bool restored)
{
    const struct journal_options options = {.dir = dir, .read_only = true};
    struct journal *journal;
    struct journal_reader *reader;
    struct sessions_met sessions = {.restored = restored};
    uint32_t quarantined = 0;
    assert_int_equal(journal_open(&options, &journal), 0);
    assert_int_equal(journal_head(journal), chain_head());
    assert_int_equal(journal_last_at_ms(journal), MONDAY_MS + CHAIN_EVENTS - 1);
    assert_int_equal(journal_last_cause(journal).seq, chain_head() - 3);
    assert_int_equal(journal_last_cause(journal).step, 2);
    assert_int_equal(journal_sessions(journal, session_expect, &sessions), 0);
    assert_int_equal(sessions.numbers, 1u << 2 | 1u << 3 | 1u << 4);
    assert_int_equal(journal_reader_open(journal, &reader), 0);
    assert_int_equal(journal_quarantine_list(reader, "", refused_expect, &quarantined), 0);
    assert_int_equal(quarantined, 7);
    entries_expect(reader);
    journal_reader_close(reader);
    journal_close(journal);
}
