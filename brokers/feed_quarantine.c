/*
 * feed_quarantine.c - GET quarantine: events that were refused, oldest first, by code, source and time; GET quarantined: one by its key.
 */
#include "brokers/feed_parts.h"
#include "core/status.h"

#include <stdio.h>

#define ROW_MAX (2u * KIB) /* what a row takes besides its bytes */
#define LOOK_MAX 5000u     /* rows that are looked at for an answer */
#define PAGE_BYTES_MAX (1u * MIB)

struct page {
    const struct get_request *asked;
    struct wire_writer *writer;
    uint32_t count, most, looked;
    bool more;
    char last[33];
};

static bool row_fits(const struct get_request *asked, const struct quarantine_row *row)
{
    return (!HAS(asked, get_request, code) || span_is(asked->code, row->code)) &&
           (!HAS(asked, get_request, source) || span_is(asked->source, row->source)) &&
           (!HAS(asked, get_request, since) || row->last_at_ms >= asked->since);
}

static void text_pair(struct wire_writer *writer, const char *name, const char *text)
{
    wire_key(writer, name);
    wire_text(writer, span_of(text));
}

static void row_write(struct wire_writer *writer, const struct quarantine_row *row)
{
    wire_map(writer, 10);
    text_pair(writer, "key", row->key);
    wire_key(writer, "first_at");
    wire_time_text(writer, row->first_at_ms);
    wire_key(writer, "last_at");
    wire_time_text(writer, row->last_at_ms);
    wire_key(writer, "count");
    wire_natural(writer, row->count);
    text_pair(writer, "code", row->code);
    text_pair(writer, "field", row->field);
    text_pair(writer, "message", row->message);
    text_pair(writer, "source", row->source);
    wire_key(writer, "mended_seq");
    if (row->mended_seq > 0)
        wire_natural(writer, row->mended_seq);
    else
        wire_nil(writer);
    wire_key(writer, "bytes");
    wire_bin(writer, row->bytes);
}

static int row_visit(void *context, const struct quarantine_row *row)
{
    struct page *page = context;
    bool fits = row_fits(page->asked, row);
    bool full = page->count == page->most || page->looked == LOOK_MAX ||
                (page->count > 0 && page->writer->len + ROW_MAX + row->bytes.len > PAGE_BYTES_MAX);
    if (full && (fits || page->looked == LOOK_MAX)) {
        page->more = true;
        return 1;
    }
    page->looked++;
    if (fits) {
        row_write(page->writer, row);
        page->count++;
    }
    snprintf(page->last, sizeof page->last, "%s", row->key);
    return 0;
}

int feed_quarantine_get(struct feed *feed, const struct get_request *asked, uint32_t most, struct wire_writer *writer,
                        uint32_t *ret_count, char ret_cursor[ROWS_CURSOR_MAX])
{
    struct page page = {.asked = asked, .writer = writer, .most = most};
    bool one = span_is(asked->what, "quarantined");
    struct span named = one ? (HAS(asked, get_request, id) ? asked->id : (struct span){0})
                            : (HAS(asked, get_request, cursor) ? asked->cursor : (struct span){0});
    char key[33] = "";
    if (named.len >= sizeof key)
        return -E_NOT_FOUND;
    snprintf(key, sizeof key, "%.*s", SPAN_ARGS(named));
    int status = one ? journal_quarantine_one(feed->reader, key, row_visit, &page)
                     : journal_quarantine_list(feed->reader, key, row_visit, &page);
    if (status)
        return status;
    *ret_count = page.count;
    snprintf(ret_cursor, ROWS_CURSOR_MAX, "%s", page.more ? page.last : "");
    return 0;
}
