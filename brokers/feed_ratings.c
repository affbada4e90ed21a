/*
 * feed_ratings.c - GET ratings: the single ratings of a department in a time, newest first, as they came in, without words of the
 * customer and without who it was. For whoever may see the department's score, or whose ratings they are.
 *
 * There is no index of single ratings: the journal is looked through backwards. What was corrected or taken back later is told as it
 * came: sums are the worker's.
 */
#include "brokers/feed_look.h"
#include "core/status.h"

#define RATINGS_DEFAULT 20u
#define RATINGS_MOST 100u
#define VALUE_MAX (2u * KIB)
#define RATING_ROW_MAX (20u * KIB)

_Static_assert(RATINGS_MOST *RATING_ROW_MAX <= FETCH_BYTES_MAX, "a page fits where a batch does");
_Static_assert(RATINGS_MOST <= FEED_LOOK_MOST, "a page is looked for at once");

struct looking {
    const struct get_request *asked;
    struct event *event; /* being looked at */
    struct feed_look look;
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

static bool entry_fits(void *context, const struct entry *entry)
{
    const struct looking *looking = context;
    struct flaw flaw;
    return event_decode(entry->event, looking->event, &flaw) == 0 && rating_fits(looking, entry->at_ms);
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

static int rows_write(struct feed *feed, const struct feed_look *look, const struct request *request,
                      struct wire_writer *writer)
{
    char cursor[ROWS_CURSOR_MAX];
    wire_writer_init(writer, feed->buffer, FEED_BUFFER_BYTES);
    wire_map(writer, 3u + (request->rid.len > 0));
    if (request->rid.len > 0) {
        wire_key(writer, "rid");
        wire_raw(writer, request->rid);
    }
    wire_key(writer, "seq");
    wire_natural(writer, journal_head(feed->journal));
    wire_key(writer, "cursor");
    feed_look_next(look, cursor);
    if (cursor[0])
        wire_text(writer, span_of(cursor));
    else
        wire_nil(writer);
    wire_key(writer, "rows");
    wire_array(writer, look->count);
    for (uint32_t i = 0; i < look->count; i++) {
        int status = rating_write(feed, look->found[i], writer);
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

int feed_ratings_get(struct feed *feed, struct caller *caller, const struct get_request *asked,
                     const struct request *request, struct span *ret_body)
{
    struct wire_writer writer;
    struct looking looking = {.asked = asked, .event = &feed->event};
    struct feed_look *look = &looking.look;
    uint64_t before = 0, head = journal_head(feed->journal);
    caller->detail = "single ratings are asked for by `store` and `department`";
    if (!HAS(asked, get_request, store) || !HAS(asked, get_request, department))
        return -E_MISSING_FIELD;
    caller->detail = NULL;
    int64_t limit = HAS(asked, get_request, limit) ? asked->limit : RATINGS_DEFAULT;
    int status = may_see(feed, caller, asked);
    if (status == 0)
        status = feed_look_cursor(feed, asked, &before);
    if (status)
        return status;
    *look = (struct feed_look){
        .asked = asked, /* nothing was rated later than it came: what came before `since` is older */
        .fits = entry_fits,
        .context = &looking,
        .class_mask = 1u << RECORD_OUTSIDE,
        .most = limit > RATINGS_MOST ? RATINGS_MOST : (uint32_t)limit,
        .least = 1,
        .before = before && before <= head ? before : head + 1,
    };
    status = feed_look(feed, look);
    if (status == 0)
        status = rows_write(feed, look, request, &writer);
    if (status == -E_CORRUPT)
        feed->corrupt++;
    if (status == 0)
        *ret_body = wire_written(&writer);
    return status;
}
