/*
 * feed_events.c - GET events: entries of the journal, newest first, by what is asked of their envelopes: who sent them, from where, of
 * which type, about what, when.
 */
#include "brokers/feed_look.h"
#include "core/status.h"

#define EVENTS_DEFAULT 50u
#define PAGE_BYTES_MAX (1u * MIB) /* whoever makes JSON of it needs room for it */
#define ROW_EXTRA_MAX 256u

_Static_assert(PAGE_BYTES_MAX + SYSTEM_EVENT_MAX + ROW_EXTRA_MAX <= FETCH_BYTES_MAX, "a page fits where a batch does");

struct browsing {
    const struct get_request *asked;
    bool by_principal;
    uint32_t principal;
    struct feed_look look;
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

static bool entry_fits(void *context, const struct entry *entry)
{
    const struct browsing *browsing = context;
    const struct get_request *asked = browsing->asked;
    return (!browsing->by_principal || entry->principal == browsing->principal) &&
           (!HAS(asked, get_request, since) || entry->at_ms >= asked->since) &&
           (!HAS(asked, get_request, until) || entry->at_ms < asked->until) &&
           attribute_fits(HAS(asked, get_request, type), asked->type, entry->event, "type") &&
           attribute_fits(HAS(asked, get_request, source), asked->source, entry->event, "source") &&
           attribute_fits(HAS(asked, get_request, subject), asked->subject, entry->event, "subject");
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

static int range_read(struct feed *feed, const struct get_request *asked, struct feed_look *look)
{
    uint64_t before, head = journal_head(feed->journal);
    int status = feed_look_cursor(feed, asked, &before);
    if (status)
        return status;
    bool goes_on = before > 0;
    if (!goes_on && HAS(asked, get_request, to_seq))
        before = (uint64_t)asked->to_seq + 1;
    before = before > 0 && before <= head ? before : head + 1;
    if (!goes_on && HAS(asked, get_request, until))
        before = seq_of_time(feed, asked->until, before);
    look->before = before;
    look->least = HAS(asked, get_request, from_seq) && asked->from_seq > 0 ? (uint64_t)asked->from_seq : 1;
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
static int rows_collect(struct feed *feed, struct feed_look *look, struct wire_writer *writer)
{
    struct entry entry;
    for (uint32_t i = 0; i < look->count; i++) {
        int status = journal_entry(feed->reader, look->found[i], feed->entry_buffer, ENTRY_BUFFER_BYTES, &entry);
        if (status)
            return status;
        if (i > 0 && writer->len + entry.event.len + ROW_EXTRA_MAX > PAGE_BYTES_MAX) {
            look->before = look->found[i - 1];
            look->count = i;
            look->past = false;
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
    struct feed_look *look = &browsing.look;
    int64_t limit = HAS(asked, get_request, limit) ? asked->limit : EVENTS_DEFAULT;
    look->asked = asked;
    look->fits = entry_fits;
    look->context = &browsing;
    look->most = limit > FEED_LOOK_MOST ? FEED_LOOK_MOST : (uint32_t)limit;
    caller->detail = "`class` is outside, consequence or any";
    int status = class_read(asked, &look->class_mask);
    if (status == 0) {
        caller->detail = "`principal` is a name of the access file, or local";
        status = principal_read(feed, asked, &browsing);
    }
    if (status == 0) {
        caller->detail = "the cursor is the one of the last answer";
        status = range_read(feed, asked, look);
    }
    if (status)
        return status;
    caller->detail = NULL;
    status = feed_look(feed, look);
    if (status == 0)
        status = rows_collect(feed, look, writer);
    if (status)
        return status;
    feed_look_next(look, ret_cursor);
    *ret_count = look->count;
    return 0;
}
