/*
 * get.c - GET from the feed: single entries, their personal fields, the quarantine.
 */
#include "brokers/feed_parts.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>

#define ROWS_DEFAULT 100u

/* Rows that gather in feed->buffer, behind room for the map around them. */
struct rows {
    struct feed *feed;
    struct wire_writer writer;
    uint32_t count;
    uint32_t most;
    char cursor[ROWS_CURSOR_MAX]; /* empty: there is no more */
};

static void rows_begin(struct rows *rows, struct feed *feed, uint32_t most)
{
    *rows = (struct rows){.feed = feed, .most = most};
    wire_writer_init(&rows->writer, feed->buffer + BATCH_PREFIX_MAX, FETCH_BYTES_MAX);
}

static void rows_send(struct rows *rows, struct port *port, const struct request *request)
{
    struct feed *feed = rows->feed;
    uint8_t prefix[BATCH_PREFIX_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, prefix, sizeof prefix);
    wire_map(&writer, 3u + (request->rid.len > 0));
    if (request->rid.len > 0) {
        wire_key(&writer, "rid");
        wire_raw(&writer, request->rid);
    }
    wire_key(&writer, "seq");
    wire_natural(&writer, journal_head(feed->journal));
    wire_key(&writer, "cursor");
    if (rows->cursor[0])
        wire_text(&writer, span_of(rows->cursor));
    else
        wire_nil(&writer);
    wire_key(&writer, "rows");
    wire_array(&writer, rows->count);
    ensure(!writer.full);
    ensure(!rows->writer.full);
    uint8_t *body = feed->buffer + BATCH_PREFIX_MAX - writer.len;
    memcpy(body, prefix, writer.len);
    request_reply(port, request->route, "ROWS", span_make(body, writer.len + rows->writer.len), &feed->counts);
}

/* ---- entries ---- */

static void event_row(struct rows *rows, const struct entry *entry)
{
    struct wire_writer *writer = &rows->writer;
    wire_map(writer, 4);
    wire_key(writer, "seq");
    wire_natural(writer, entry->seq);
    wire_key(writer, "at");
    wire_time_text(writer, entry->at_ms);
    wire_key(writer, "session");
    wire_natural(writer, entry->session);
    wire_key(writer, "event");
    wire_bin(writer, entry->event);
    rows->count++;
}

/* A personal field's text; empty when the event has none. */
static struct span personal_text(const struct event *event, const struct record_table *record, uint32_t number)
{
    const struct field *field = &record->fields[number];
    bool text = field->kind == FIELD_TEXT || field->kind == FIELD_NAME || field->kind == FIELD_URI;
    uint64_t has;
    memcpy(&has, &event->data, sizeof has);
    if (!(field->flags & PERSONAL) || !text || !((has >> number) & 1u))
        return span_make(NULL, 0);
    struct span value;
    memcpy(&value, (const uint8_t *)&event->data + field->offset, sizeof value);
    return value;
}

/* Of feed->event, which the entry holds. */
static void personal_row(struct rows *rows, const struct entry *entry)
{
    const struct event *event = &rows->feed->event;
    const struct record_table *record = event_table(event->type)->record;
    uint32_t field_count = record ? record->field_count : 0;
    uint32_t pairs = 2;
    for (uint32_t i = 0; i < field_count; i++)
        pairs += personal_text(event, record, i).len > 0;
    struct wire_writer *writer = &rows->writer;
    wire_map(writer, pairs);
    wire_key(writer, "seq");
    wire_natural(writer, entry->seq);
    wire_key(writer, "type");
    wire_text(writer, event->type_name);
    for (uint32_t i = 0; i < field_count; i++) {
        struct span text = personal_text(event, record, i);
        if (text.len == 0)
            continue;
        wire_key(writer, record->fields[i].name);
        wire_text(writer, text);
    }
    rows->count++;
}

/* Of whom is asked, and in which words. */
struct asking {
    const struct get_request *asked;
    struct caller *caller;
    struct port *port;
    const struct request *request;
};

static int asking_record(struct feed *feed, const struct asking *asking, const char *what, uint64_t seq)
{
    const struct get_request *asked = asking->asked;
    struct span why = HAS(asked, get_request, why) ? asked->why : (struct span){0};
    return feed_record(feed, asking->caller, what, seq, why, asking->port, asking->request);
}

static int personal_get(struct rows *rows, const struct asking *asking, const struct entry *entry)
{
    struct feed *feed = rows->feed;
    struct flaw flaw;
    int status = event_decode(entry->event, &feed->event, &flaw);
    if (status == 0)
        status = feed_may_see_person(feed, asking->caller, &feed->event);
    if (status == -E_OTHER_PLACE || status == -E_OTHER_PERSON)
        status =
            feed_case_decide(feed, asking->caller, &feed->event, entry->seq, status, asking->port, asking->request);
    if (status == 0 && asking->caller->principal && !HAS(asking->asked, get_request, why))
        status = -E_NO_REASON;
    if (status == 0)
        status = asking_record(feed, asking, "personal", entry->seq);
    if (status == 0)
        personal_row(rows, entry);
    return status;
}

static int entry_get(struct rows *rows, const struct asking *asking)
{
    const struct get_request *asked = asking->asked;
    if (!HAS(asked, get_request, seq))
        return -E_BAD_REQUEST;
    struct entry entry;
    int status =
        journal_entry(rows->feed->reader, (uint64_t)asked->seq, rows->feed->entry_buffer, ENTRY_BUFFER_BYTES, &entry);
    if (status == -E_CORRUPT)
        rows->feed->corrupt++;
    if (status)
        return status;
    if (span_is(asked->what, "personal"))
        return personal_get(rows, asking, &entry);
    status = asking_record(rows->feed, asking, "event", entry.seq);
    if (status == 0)
        event_row(rows, &entry);
    return status;
}

/* Several: entries by their envelopes, or the quarantine; on record before anything is read. */
static int pages_get(struct rows *rows, const struct asking *asking)
{
    struct feed *feed = rows->feed;
    const struct get_request *asked = asking->asked;
    bool events = span_is(asked->what, "events");
    int status = asking_record(feed, asking, events ? "events" : "quarantine", 0);
    if (status)
        return status;
    return events ? feed_events_get(feed, asking->caller, asked, &rows->writer, &rows->count, rows->cursor)
                  : feed_quarantine_get(feed, asked, rows->most, &rows->writer, &rows->count, rows->cursor);
}

static int rows_get(struct rows *rows, const struct asking *asking)
{
    static const char *const pages[] = {"events", "quarantine", "quarantined"};
    struct span what = asking->asked->what;
    bool of_entry = span_is(what, "event") || span_is(what, "personal"), of_pages = false;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        of_pages |= span_is(what, pages[i]);
    if (!of_entry && !of_pages)
        return -E_BAD_REQUEST;
    int status = feed_may_ask(rows->feed, asking->caller, what);
    if (status)
        return status;
    return of_entry ? entry_get(rows, asking) : pages_get(rows, asking);
}

void get_take(struct feed *feed, struct port *port, struct request *request)
{
    struct get_request asked;
    struct flaw flaw = {0};
    struct rows rows;
    struct caller caller;
    int status = request_decode(request, &record_of_get_request, &asked, &flaw);
    if (status) {
        request_refuse(port, request, status, flaw.message, &feed->counts);
        return;
    }
    int64_t limit = HAS(&asked, get_request, limit) ? asked.limit : ROWS_DEFAULT;
    rows_begin(&rows, feed, limit > ROWS_MAX ? ROWS_MAX : (uint32_t)limit);
    const struct asking asking = {.asked = &asked, .caller = &caller, .port = port, .request = request};
    status = feed_caller(feed, port, request, CALLER_AS(&asked, get_request), &caller);
    if (status == 0 && span_is(asked.what, "ratings")) {
        struct span body;
        status = feed_ratings_get(feed, &caller, &asked, request, &body);
        if (status == 0) {
            request_reply(port, request->route, "ROWS", body, &feed->counts);
            return;
        }
    } else if (status == 0) {
        status = rows_get(&rows, &asking);
    }
    if (status == 0)
        rows_send(&rows, port, request);
    else if (status != -E_AGAIN) /* kept: it is being put on record, or the worker is asked */
        feed_refuse(feed, port, request, &caller, asked.what, status);
}
