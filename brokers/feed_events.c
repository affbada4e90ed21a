/*
 * feed_events.c - GET events: entries of the journal, newest first, by what is asked of their envelopes: who sent them, from where, of
 * which type, about what, when.
 *
 *   head ◀── window ◀── window ◀── ...     each read from its front to its end, and the newest of it kept
 *
 * There is no index: LOOK_MAX entries are looked through for an answer. A page may be empty and have a cursor all the same, so that
 * something rare is found page by page. A damaged record is passed over, and counted.
 */
#include "brokers/feed_parts.h"
#include "core/status.h"

#include <inttypes.h>
#include <stdio.h>

#define WINDOW_ENTRIES 1000u
#define WINDOW_BYTES (512u * KIB) /* copied at a time */
#define LOOK_MAX 20000u
#define EVENTS_DEFAULT 50u
#define EVENTS_MOST 200u
#define PAGE_BYTES_MAX (1u * MIB) /* whoever makes JSON of it needs room for it */
#define ROW_EXTRA_MAX 256u

_Static_assert(PAGE_BYTES_MAX + SYSTEM_EVENT_MAX + ROW_EXTRA_MAX <= FETCH_BYTES_MAX, "a page fits where a batch does");

struct browsing {
    const struct get_request *asked;
    uint32_t class_mask;
    bool by_principal;
    uint32_t principal;
    uint64_t least;               /* no entry before this one is asked for */
    uint64_t found[EVENTS_MOST];  /* the newest first */
    uint64_t window[EVENTS_MOST]; /* a ring: the newest of the window */
    uint32_t count, most, in_window;
    uint64_t before; /* what lies at or after it has been told */
    bool past;       /* older than anything that is asked for */
};

/* ---- does it fit? ---- */

/* "complaint.*" is every type that begins so. */
static bool is_like(struct span pattern, struct span text)
{
    if (pattern.len == 0 || pattern.at[pattern.len - 1] != '*')
        return span_equal(pattern, text);
    return text.len >= pattern.len - 1 && memcmp(text.at, pattern.at, pattern.len - 1) == 0;
}

static bool attribute_fits(bool asked, struct span pattern, struct span event, const char *name)
{
    struct wire_value value;
    struct span bytes;
    return !asked ||
           (wire_find(event, name, &value, &bytes) == 0 && value.kind == WIRE_STR && is_like(pattern, value.bytes));
}

static bool entry_fits(const struct browsing *browsing, const struct entry *entry)
{
    const struct get_request *asked = browsing->asked;
    return entry->seq >= browsing->least && (!browsing->by_principal || entry->principal == browsing->principal) &&
           (!HAS(asked, get_request, since) || entry->at_ms >= asked->since) &&
           (!HAS(asked, get_request, until) || entry->at_ms < asked->until) &&
           attribute_fits(HAS(asked, get_request, type), asked->type, entry->event, "type") &&
           attribute_fits(HAS(asked, get_request, source), asked->source, entry->event, "source") &&
           attribute_fits(HAS(asked, get_request, subject), asked->subject, entry->event, "subject");
}

/* ---- looking ---- */

static void record_look(struct browsing *browsing, const struct record *record, uint64_t after, uint64_t upto)
{
    struct record_cursor cursor = {0};
    struct entry entry;
    while (record_next(record, &cursor, &entry) == 0 && entry.seq <= upto) {
        if (entry.seq > after && entry_fits(browsing, &entry))
            browsing->window[browsing->in_window++ % browsing->most] = entry.seq;
    }
}

/* Entries after `after` up to `upto`. Journal time never goes back: what came before `since` ends the search. */
static int window_look(struct feed *feed, struct browsing *browsing, uint64_t after, uint64_t upto)
{
    const struct get_request *asked = browsing->asked;
    struct journal_read *read = &feed->read;
    browsing->in_window = 0;
    read->class_mask = browsing->class_mask;
    read->bytes_max = WINDOW_BYTES;
    for (read->after = after; read->after < upto;) {
        int status = journal_read(feed->reader, read);
        for (uint32_t i = 0; status == 0 && i < read->count; i++) {
            struct record record;
            status = record_open(read->records[i], &record);
            if (status == 0 && HAS(asked, get_request, since) && record.at_ms < asked->since)
                browsing->past = true;
            if (status == 0)
                record_look(browsing, &record, after, upto);
        }
        uint64_t next = read->upto;
        if (status == -E_CORRUPT) {
            feed->corrupt++;
            status = journal_skip(feed->reader, read->upto, &next);
        }
        if (status)
            return status;
        if (next <= read->after)
            break; /* the head */
        read->after = next;
    }
    return 0;
}

/* The newest of the window come behind those of later ones. What does not fit is the next page's. */
static void window_take(struct browsing *browsing, uint64_t after)
{
    uint32_t kept = browsing->in_window < browsing->most ? browsing->in_window : browsing->most, taken = 0;
    for (; taken < kept && browsing->count < browsing->most; taken++)
        browsing->found[browsing->count++] = browsing->window[(browsing->in_window - 1 - taken) % browsing->most];
    bool all = taken == browsing->in_window;
    browsing->before = all ? after + 1 : browsing->found[browsing->count - 1];
    browsing->past &= all;
}

static int look(struct feed *feed, struct browsing *browsing)
{
    uint64_t end = browsing->before > LOOK_MAX ? browsing->before - LOOK_MAX : 1;
    end = end < browsing->least ? browsing->least : end;
    while (browsing->before > end && browsing->count < browsing->most && !browsing->past) {
        uint64_t upto = browsing->before - 1;
        uint64_t after = upto > WINDOW_ENTRIES ? upto - WINDOW_ENTRIES : 0;
        after = after < end - 1 ? end - 1 : after;
        int status = window_look(feed, browsing, after, upto);
        if (status)
            return status;
        window_take(browsing, after);
    }
    browsing->past |= browsing->before <= browsing->least;
    return 0;
}

/* The first entry of that time or later, by halving: journal time never goes back. A damaged record counts as later. */
static uint64_t seq_of_time(struct feed *feed, int64_t at_ms, uint64_t before)
{
    uint64_t low = 1, high = before;
    struct entry entry;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int status = journal_entry(feed->reader, middle, feed->entry_buffer, ENTRY_BUFFER_BYTES, &entry);
        if (status == 0 && entry.at_ms < at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- what is asked ---- */

static int class_read(const struct get_request *asked, uint32_t *ret_mask)
{
    struct span class = HAS(asked, get_request, class) ? asked->class : span_of("any");
    bool any = span_is(class, "any");
    *ret_mask = (any || span_is(class, "outside") ? 1u << RECORD_OUTSIDE : 0) |
                (any || span_is(class, "consequence") ? 1u << RECORD_CONSEQUENCE : 0);
    return *ret_mask ? 0 : -E_UNKNOWN_CHOICE;
}

/* Whose they are; "local" is nobody's with a name. Who is not known has sent nothing. */
static int principal_read(struct feed *feed, const struct get_request *asked, struct browsing *browsing)
{
    if (!HAS(asked, get_request, principal))
        return 0;
    const struct access *access = guard_access(&feed->guard);
    const struct principal *principal = access ? access_of_name(access, asked->principal) : NULL;
    browsing->by_principal = true;
    browsing->principal = principal ? principal->number : PRINCIPAL_LOCAL;
    return principal || span_is(asked->principal, "local") ? 0 : -E_UNKNOWN_CHOICE;
}

/* The cursor is the entry before which it goes on. */
static int range_read(struct feed *feed, const struct get_request *asked, struct browsing *browsing)
{
    uint64_t before = 0, head = journal_head(feed->journal);
    for (size_t i = 0; HAS(asked, get_request, cursor) && i < asked->cursor.len; i++) {
        uint8_t digit = (uint8_t)(asked->cursor.at[i] - '0');
        if (digit > 9 || before > head)
            return -E_BAD_REQUEST;
        before = before * 10 + digit;
    }
    bool goes_on = before > 0;
    if (!goes_on && HAS(asked, get_request, to_seq))
        before = (uint64_t)asked->to_seq + 1;
    before = before > 0 && before <= head ? before : head + 1;
    if (!goes_on && HAS(asked, get_request, until))
        before = seq_of_time(feed, asked->until, before);
    browsing->before = before;
    browsing->least = HAS(asked, get_request, from_seq) && asked->from_seq > 0 ? (uint64_t)asked->from_seq : 1;
    return 0;
}

/* ---- telling ---- */

static void row_write(struct feed *feed, const struct entry *entry, bool consequence, struct wire_writer *writer)
{
    const struct access *access = guard_access(&feed->guard);
    const struct principal *principal =
        access && entry->principal != PRINCIPAL_LOCAL ? access_of_number(access, entry->principal) : NULL;
    wire_map(writer, 5);
    wire_key(writer, "seq");
    wire_natural(writer, entry->seq);
    wire_key(writer, "at");
    wire_time_text(writer, entry->at_ms);
    wire_key(writer, "class");
    wire_text(writer, span_of(consequence ? "consequence" : "outside"));
    wire_key(writer, "principal");
    if (principal)
        wire_text(writer, access_span(access, principal->name));
    else
        wire_nil(writer);
    wire_key(writer, "event");
    wire_bin(writer, entry->event);
}

/* The worker alone writes consequences, each in its session, with its cause. */
static bool is_consequence(const struct entry *entry)
{
    struct wire_value type;
    struct span bytes;
    if (entry->session != 1 || wire_find(entry->event, "type", &type, &bytes) || type.kind != WIRE_STR)
        return false;
    enum event_type known = event_type_of(type.bytes);
    return known != EVENT_unknown && event_table(known)->class == CLASS_CONSEQUENCE;
}

/* As many as a page holds; what is left out is the next one's. */
static int rows_collect(struct feed *feed, struct browsing *browsing, struct wire_writer *writer)
{
    struct entry entry;
    for (uint32_t i = 0; i < browsing->count; i++) {
        int status = journal_entry(feed->reader, browsing->found[i], feed->entry_buffer, ENTRY_BUFFER_BYTES, &entry);
        if (status)
            return status;
        if (i > 0 && writer->len + entry.event.len + ROW_EXTRA_MAX > PAGE_BYTES_MAX) {
            browsing->before = browsing->found[i - 1];
            browsing->count = i;
            browsing->past = false;
        } else {
            row_write(feed, &entry, is_consequence(&entry), writer);
        }
    }
    return 0;
}

int feed_events_get(struct feed *feed, struct caller *caller, const struct get_request *asked,
                    struct wire_writer *writer, uint32_t *ret_count, char ret_cursor[ROWS_CURSOR_MAX])
{
    struct browsing browsing = {.asked = asked};
    int64_t limit = HAS(asked, get_request, limit) ? asked->limit : EVENTS_DEFAULT;
    browsing.most = limit > EVENTS_MOST ? EVENTS_MOST : (uint32_t)limit;
    caller->detail = "`class` is outside, consequence or any";
    int status = class_read(asked, &browsing.class_mask);
    if (status == 0) {
        caller->detail = "`principal` is a name of the access file, or local";
        status = principal_read(feed, asked, &browsing);
    }
    if (status == 0) {
        caller->detail = "the cursor is the one of the last answer";
        status = range_read(feed, asked, &browsing);
    }
    if (status)
        return status;
    caller->detail = NULL;
    status = look(feed, &browsing);
    if (status == 0)
        status = rows_collect(feed, &browsing, writer);
    if (status)
        return status;
    ret_cursor[0] = '\0';
    if (!browsing.past && browsing.before > 1)
        snprintf(ret_cursor, ROWS_CURSOR_MAX, "%" PRIu64, browsing.before);
    *ret_count = browsing.count;
    return 0;
}
