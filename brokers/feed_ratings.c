/*
 * feed_ratings.c - GET ratings: the single ratings of a department in a time, newest first, as they came in, without words of the
 * customer and without who it was. For whoever may see the department's score, or whose ratings they are.
 *
 *   head ◀── window ◀── window ◀── ...     each read from its front to its end, and the newest of it kept
 *
 * There is no index of single ratings: the journal is looked through backwards, LOOK_MAX entries an answer. A page may be empty
 * and have a cursor all the same. What was corrected or taken back later is told as it came: sums are the worker's.
 */
#include "brokers/feed_parts.h"
#include "core/status.h"

#include <inttypes.h>
#include <stdio.h>

#define WINDOW_ENTRIES 2000u
#define LOOK_MAX 20000u
#define RATINGS_DEFAULT 20u
#define RATINGS_MOST 100u
#define VALUE_MAX (2u * KIB)
#define RATING_ROW_MAX (20u * KIB)

_Static_assert(RATINGS_MOST *RATING_ROW_MAX <= FETCH_BYTES_MAX, "a page fits where a batch does");

struct looking {
    const struct get_request *asked;
    struct event *event;           /* being looked at */
    uint64_t found[RATINGS_MOST];  /* the newest first */
    uint64_t window[RATINGS_MOST]; /* a ring: the newest of the window */
    uint32_t count, most, in_window;
    uint64_t before; /* what lies at or after it has been told */
    bool past;       /* older than anything that is asked for */
};

static bool is_asked(bool asked, struct span wanted, bool has, struct span name)
{
    return !asked || (has && span_equal(wanted, name));
}

static bool rating_fits(const struct looking *looking, int64_t at_ms)
{
    const struct get_request *asked = looking->asked;
    const struct event *event = looking->event;
    const struct rated *rated = &event->data.rated;
    int64_t time_ms = event->has_time && event->time_ms < at_ms ? event->time_ms : at_ms;
    return event->type == EVENT_feedback_rated && span_equal(rated->store, asked->store) &&
           span_equal(rated->department, asked->department) &&
           is_asked(HAS(asked, get_request, staff), asked->staff, HAS(rated, rated, staff), rated->staff) &&
           (!HAS(asked, get_request, since) || time_ms >= asked->since) &&
           (!HAS(asked, get_request, until) || time_ms < asked->until);
}

static void record_look(struct looking *looking, const struct record *record, uint64_t upto)
{
    struct record_cursor cursor = {0};
    struct entry entry;
    struct flaw flaw;
    while (record_next(record, &cursor, &entry) == 0 && entry.seq <= upto) {
        if (event_decode(entry.event, looking->event, &flaw) == 0 && rating_fits(looking, entry.at_ms))
            looking->window[looking->in_window++ % looking->most] = entry.seq;
    }
}

/* Entries after `after` up to `upto`. Nothing was rated later than it came: what came before `since` is older. */
static int window_look(struct feed *feed, struct looking *looking, uint64_t after, uint64_t upto)
{
    const struct get_request *asked = looking->asked;
    bool first = true;
    looking->in_window = 0;
    feed->read.after = after;
    feed->read.class_mask = 1u << RECORD_OUTSIDE;
    feed->read.bytes_max = 0;
    do {
        int status = journal_read(feed->reader, &feed->read);
        if (status)
            return status;
        for (uint32_t i = 0; i < feed->read.count; i++) {
            struct record record;
            status = record_open(feed->read.records[i], &record);
            if (status)
                return status;
            if (first && HAS(asked, get_request, since) && record.at_ms < asked->since)
                looking->past = true;
            first = false;
            record_look(looking, &record, upto);
        }
        feed->read.after = feed->read.upto;
    } while (feed->read.upto < upto && feed->read.upto > after);
    return 0;
}

/* The newest of the window come behind those of later ones. What does not fit is the next page's. */
static void window_take(struct looking *looking, uint64_t after)
{
    uint32_t kept = looking->in_window < looking->most ? looking->in_window : looking->most, taken = 0;
    for (; taken < kept && looking->count < looking->most; taken++)
        looking->found[looking->count++] = looking->window[(looking->in_window - 1 - taken) % looking->most];
    looking->before = taken < looking->in_window ? looking->found[looking->count - 1] : after + 1;
    looking->past &= taken == looking->in_window;
}

static int look(struct feed *feed, struct looking *looking)
{
    uint64_t least = looking->before > LOOK_MAX ? looking->before - LOOK_MAX : 1;
    while (looking->before > least && looking->count < looking->most && !looking->past) {
        uint64_t upto = looking->before - 1;
        uint64_t after = upto > WINDOW_ENTRIES ? upto - WINDOW_ENTRIES : 0;
        int status = window_look(feed, looking, after, upto);
        if (status)
            return status;
        window_take(looking, after);
    }
    return 0;
}

/* ---- writing ---- */

/* Of a vendor's key what the contract knows: whatever else came with it may be anybody's words. */
static void raw_write(const struct rated *rated, struct wire_writer *writer)
{
    wire_key(writer, "raw");
    if (HAS(rated, rated, raw))
        record_encode(&record_of_raw_answer, &rated->raw, ENCODE_EVENT, writer);
    else
        wire_nil(writer);
}

static int rating_write(struct feed *feed, uint64_t seq, struct wire_writer *writer)
{
    static const char *const told[] = {"channel", "visit", "staff", "scores", "overall", "nps", "ces", "historical"};
    struct span value, data;
    struct wire_value header;
    struct flaw flaw;
    struct entry entry;
    int status = journal_entry(feed->reader, seq, feed->entry_buffer, ENTRY_BUFFER_BYTES, &entry);
    if (status == 0)
        status = event_decode(entry.event, &feed->event, &flaw);
    if (status == 0)
        status = wire_find(entry.event, "data", &header, &data);
    if (status)
        return status;
    bool earlier = feed->event.has_time && feed->event.time_ms < entry.at_ms;
    wire_map(writer, 3 + sizeof told / sizeof told[0]);
    wire_key(writer, "seq");
    wire_natural(writer, seq);
    wire_key(writer, "time"); /* that it counts for */
    wire_time_text(writer, earlier ? feed->event.time_ms : entry.at_ms);
    raw_write(&feed->event.data.rated, writer);
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        wire_key(writer, told[i]);
        if (wire_find(data, told[i], &header, &value) == 0 && value.len <= VALUE_MAX)
            wire_raw(writer, value);
        else
            wire_nil(writer);
    }
    return 0;
}

static int rows_write(struct feed *feed, const struct looking *looking, const struct request *request,
                      struct wire_writer *writer)
{
    char cursor[24];
    wire_writer_init(writer, feed->buffer, FEED_BUFFER_BYTES);
    wire_map(writer, 3u + (request->rid.len > 0));
    if (request->rid.len > 0) {
        wire_key(writer, "rid");
        wire_raw(writer, request->rid);
    }
    wire_key(writer, "seq");
    wire_natural(writer, journal_head(feed->journal));
    wire_key(writer, "cursor");
    snprintf(cursor, sizeof cursor, "%" PRIu64, looking->before);
    if (looking->past || looking->before <= 1)
        wire_nil(writer);
    else
        wire_text(writer, span_of(cursor));
    wire_key(writer, "rows");
    wire_array(writer, looking->count);
    for (uint32_t i = 0; i < looking->count; i++) {
        int status = rating_write(feed, looking->found[i], writer);
        if (status)
            return status;
    }
    return 0;
}

/* ---- the door ---- */

static int may_see(struct feed *feed, const struct caller *caller, const struct get_request *asked)
{
    const struct access_ask ask = {
        .right = MAY_see_score,
        .store = asked->store,
        .department = asked->department,
        .person = HAS(asked, get_request, staff) ? asked->staff : (struct span){0},
    };
    return caller_may(&feed->guard, caller, &ask);
}

/* The cursor is the entry before which it goes on. */
static int cursor_read(const struct feed *feed, const struct get_request *asked, uint64_t *ret_before)
{
    uint64_t before = 0, head = journal_head(feed->journal);
    for (size_t i = 0; HAS(asked, get_request, cursor) && i < asked->cursor.len; i++) {
        uint8_t digit = (uint8_t)(asked->cursor.at[i] - '0');
        if (digit > 9 || before > head)
            return -E_BAD_REQUEST;
        before = before * 10 + digit;
    }
    *ret_before = before && before <= head ? before : head + 1;
    return 0;
}

int feed_ratings_get(struct feed *feed, struct caller *caller, const struct get_request *asked,
                     const struct request *request, struct span *ret_body)
{
    struct wire_writer writer;
    struct looking looking = {.asked = asked, .event = &feed->event};
    caller->detail = "single ratings are asked for by `store` and `department`";
    if (!HAS(asked, get_request, store) || !HAS(asked, get_request, department))
        return -E_MISSING_FIELD;
    caller->detail = NULL;
    int64_t limit = HAS(asked, get_request, limit) ? asked->limit : RATINGS_DEFAULT;
    looking.most = limit > RATINGS_MOST ? RATINGS_MOST : (uint32_t)limit;
    int status = may_see(feed, caller, asked);
    if (status == 0)
        status = cursor_read(feed, asked, &looking.before);
    if (status == 0)
        status = look(feed, &looking);
    if (status == 0)
        status = rows_write(feed, &looking, request, &writer);
    if (status == -E_CORRUPT)
        feed->corrupt++;
    if (status == 0)
        *ret_body = wire_written(&writer);
    return status;
}
