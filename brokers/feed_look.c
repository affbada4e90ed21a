/*
 * feed_look.c - looking back through the journal, a window at a time.
 *
 *   head ◀── window ◀── window ◀── ...     each read from its front to its end, and the newest of it kept
 *
 * A record may lie across where a window begins: what is before that is the next window's.
 */
#include "brokers/feed_look.h"
#include "core/status.h"

#include <inttypes.h>
#include <stdio.h>

#define WINDOW_ENTRIES 1000u
#define WINDOW_BYTES (512u * KIB) /* copied at a time */
#define LOOK_MAX 20000u

static void record_look(struct feed_look *look, const struct record *record, uint64_t after, uint64_t upto)
{
    struct record_cursor cursor = {0};
    struct entry entry;
    while (record_next(record, &cursor, &entry) == 0 && entry.seq <= upto) {
        if (entry.seq > after && look->fits(look->context, &entry))
            look->window[look->in_window++ % look->most] = entry.seq;
    }
}

/* Entries after `after` up to `upto`. What came before `since` ends the search. */
static int window_look(struct feed *feed, struct feed_look *look, uint64_t after, uint64_t upto)
{
    const struct get_request *asked = look->asked;
    struct journal_read *read = &feed->read;
    look->in_window = 0;
    read->class_mask = look->class_mask;
    read->bytes_max = WINDOW_BYTES;
    for (read->after = after; read->after < upto;) {
        int status = journal_read(feed->reader, read);
        for (uint32_t i = 0; status == 0 && i < read->count; i++) {
            struct record record;
            status = record_open(read->records[i], &record);
            if (status == 0 && HAS(asked, get_request, since) && record.at_ms < asked->since)
                look->past = true;
            if (status == 0)
                record_look(look, &record, after, upto);
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
static void window_take(struct feed_look *look, uint64_t after)
{
    uint32_t kept = look->in_window < look->most ? look->in_window : look->most, taken = 0;
    for (; taken < kept && look->count < look->most; taken++)
        look->found[look->count++] = look->window[(look->in_window - 1 - taken) % look->most];
    bool all = taken == look->in_window;
    look->before = all ? after + 1 : look->found[look->count - 1];
    look->past &= all;
}

int feed_look(struct feed *feed, struct feed_look *look)
{
    uint64_t end = look->before > LOOK_MAX ? look->before - LOOK_MAX : 1;
    end = end < look->least ? look->least : end;
    while (look->before > end && look->count < look->most && !look->past) {
        uint64_t upto = look->before - 1;
        uint64_t after = upto > WINDOW_ENTRIES ? upto - WINDOW_ENTRIES : 0;
        after = after < end - 1 ? end - 1 : after;
        int status = window_look(feed, look, after, upto);
        if (status)
            return status;
        window_take(look, after);
    }
    look->past |= look->before <= look->least;
    return 0;
}

int feed_look_cursor(const struct feed *feed, const struct get_request *asked, uint64_t *ret_before)
{
    uint64_t before = 0, head = journal_head(feed->journal);
    for (size_t i = 0; HAS(asked, get_request, cursor) && i < asked->cursor.len; i++) {
        uint8_t digit = (uint8_t)(asked->cursor.at[i] - '0');
        if (digit > 9 || before > head)
            return -E_BAD_REQUEST;
        before = before * 10 + digit;
    }
    *ret_before = before;
    return 0;
}

void feed_look_next(const struct feed_look *look, char ret_cursor[ROWS_CURSOR_MAX])
{
    ret_cursor[0] = '\0';
    if (!look->past)
        snprintf(ret_cursor, ROWS_CURSOR_MAX, "%" PRIu64, look->before);
}
