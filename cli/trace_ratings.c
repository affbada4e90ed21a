/* trace_ratings.c - windows of the journal, the last one first, each read from its front to its end. */
#include "cli/trace_ratings.h"

#include "core/status.h"
#include "schemas/codec.h"
#include "schemas/record.h"

#include <stdlib.h>

#define WINDOW_ENTRIES 20000u
#define ENTRIES_MAX 1000000u

struct search {
    struct cli *cli;
    struct span store, department;
    int64_t from_ms, to_ms;
    struct event *event;             /* being looked at */
    struct traced_ratings in_window; /* a ring: the newest of the window */
    uint32_t found;                  /* in the window */
    int64_t oldest_at_ms;            /* journal time of the window's first entry */
};

/* The fields of `data` that matter stand in every rating; which day it counts for is the fold's rule. */
static void entry_look(struct search *search, const struct record *record, const struct entry *entry)
{
    struct flaw flaw;
    struct event *event = search->event;
    if (event_decode(entry->event, event, &flaw) < 0 || event->type != EVENT_feedback_rated)
        return;
    const struct rated *rated = &event->data.rated;
    int64_t time_ms = event->has_time && event->time_ms < record->at_ms ? event->time_ms : record->at_ms;
    if (!span_equal(rated->store, search->store) || !span_equal(rated->department, search->department) ||
        time_ms < search->from_ms || time_ms >= search->to_ms)
        return;
    search->in_window.rating[search->found++ % TRACE_RATINGS_MAX] =
        (struct traced_rating){.seq = entry->seq, .time_ms = time_ms};
}

static int batch_look(struct search *search, const struct batch_reply *batch, uint64_t upto)
{
    struct wire_reader reader = wire_reader(batch->records);
    struct wire_value list, bytes;
    int result = wire_read(&reader, &list);
    for (uint32_t i = 0; result == 0 && i < list.count; i++) {
        struct record record;
        struct record_cursor cursor = {0};
        struct entry entry;
        result = wire_read(&reader, &bytes);
        if (result == 0)
            result = record_open(bytes.bytes, &record);
        if (result < 0)
            break;
        search->oldest_at_ms = record.at_ms < search->oldest_at_ms ? record.at_ms : search->oldest_at_ms;
        while (record_next(&record, &cursor, &entry) == 0 && entry.seq <= upto)
            entry_look(search, &record, &entry);
    }
    return result;
}

/* Entries after `after` up to `upto`; UINT64_MAX asks for the head only. */
static int window_look(struct search *search, uint64_t after, uint64_t upto, uint64_t *ret_head)
{
    bool ask_head = upto == UINT64_MAX;
    for (;;) {
        uint8_t body[128];
        struct wire_writer writer;
        struct span reply;
        struct batch_reply batch;
        struct flaw flaw;
        struct fetch_request request = {.after = (int64_t)after};
        SET(&request, fetch_request, class, span_of("outside"));
        if (ask_head)
            SET(&request, fetch_request, max_bytes, 1);
        wire_writer_init(&writer, body, sizeof body);
        record_encode(&record_of_fetch_request, &request, ENCODE_EVENT, &writer);
        int result = cli_ask(search->cli, CLI_FEED, "FETCH", wire_written(&writer), "BATCH", 0, &reply);
        if (result < 0)
            return result;
        if (record_decode(&record_of_batch_reply, reply, &batch, &flaw) < 0)
            return cli_fail(search->cli, -E_MALFORMED, "in the reply to FETCH");
        *ret_head = (uint64_t)batch.head;
        if (ask_head)
            return 0;
        result = batch_look(search, &batch, upto);
        if (result < 0)
            return cli_fail(search->cli, result, "in the reply to FETCH");
        if ((uint64_t)batch.upto >= upto || (uint64_t)batch.upto <= after)
            return 0;
        after = (uint64_t)batch.upto;
    }
}

/* The newest of the window come behind those of later windows. */
static void window_take(struct search *search, struct traced_ratings *ratings)
{
    uint32_t kept = search->found < TRACE_RATINGS_MAX ? search->found : TRACE_RATINGS_MAX;
    for (uint32_t i = 0; i < kept && ratings->count < TRACE_RATINGS_MAX; i++)
        ratings->rating[ratings->count++] = search->in_window.rating[(search->found - 1 - i) % TRACE_RATINGS_MAX];
    search->found = 0;
}

int trace_ratings_find(struct cli *cli, struct span store, struct span department, int64_t from_ms, int64_t to_ms,
                       struct traced_ratings *ret_ratings)
{
    struct search search = {.cli = cli, .store = store, .department = department, .from_ms = from_ms, .to_ms = to_ms};
    uint64_t head = 0, none;
    *ret_ratings = (struct traced_ratings){.count = 0};
    search.oldest_at_ms = INT64_MAX;
    search.event = malloc(sizeof *search.event);
    int result = search.event ? window_look(&search, 0, UINT64_MAX, &head) : -E_NO_MEMORY;
    uint64_t upto = result == 0 ? head : 0, least = upto > ENTRIES_MAX ? upto - ENTRIES_MAX : 0;
    while (result == 0 && upto > least && ret_ratings->count < TRACE_RATINGS_MAX && search.oldest_at_ms >= from_ms) {
        uint64_t after = upto > least + WINDOW_ENTRIES ? upto - WINDOW_ENTRIES : least;
        result = window_look(&search, after, upto, &none);
        window_take(&search, ret_ratings);
        upto = after;
    }
    ret_ratings->looked_after = upto;
    free(search.event);
    return result;
}
