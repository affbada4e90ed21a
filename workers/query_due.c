/*
 * query_due.c - {what: "complaints", order: "due"}: the open ones, whose clock runs out next first.
 *
 * No table has that order: the deadline that people see is the least of a card's running clocks, and the timer is its next rung. So
 * all open ones are looked at, and the first of them kept: one page costs as much as the open cases are many.
 *
 * A cursor is the deadline and the case that a page ended at. Whatever keeps its deadline while others change is told once.
 */
#include "core/bytes.h"
#include "core/status.h"
#include "workers/answer.h"
#include "workers/cases.h"
#include "workers/sight.h"

#define DUE_KEY_MAX (8u + CASE_KEY_FIXED)

/* Due and the case's key, as a cursor has them. */
struct due_key {
    uint8_t bytes[DUE_KEY_MAX];
};

/* The first ones, in order. */
struct due_page {
    struct due_key row[ROWS_MAX];
    uint32_t count, most;
    bool more; /* others come behind them */
};

/* INT64_MAX: no clock runs. */
static int64_t due_of(const struct complaint *card)
{
    int64_t due_ms = INT64_MAX;
    for (uint32_t i = 0; i < card->clocks_count; i++) {
        const struct clock *clock = &card->clocks[i];
        if (!HAS(clock, clock, stopped_at) && clock->due_at < due_ms)
            due_ms = clock->due_at;
    }
    return due_ms;
}

static void page_take(struct due_page *page, const struct due_key *key)
{
    uint32_t low = 0, high = page->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (memcmp(page->row[middle].bytes, key->bytes, DUE_KEY_MAX) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    page->more |= page->count == page->most;
    if (low == page->most)
        return;
    uint32_t kept = page->count == page->most ? page->most - 1 : page->count;
    memmove(&page->row[low + 1], &page->row[low], (kept - low) * sizeof page->row[0]);
    page->row[low] = *key;
    page->count = kept + 1;
}

/* Is it in the list, and behind where the last page ended? Then the page takes it. */
static int case_take(struct answer *answer, const struct case_key *key, struct span from, struct due_page *page)
{
    union card card;
    struct span row;
    struct due_key due;
    int result = store_get(answer->txn, STATE_CASES, case_key_span(key), &row);
    if (result == 0)
        result = case_read(key, row, &card);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    if (answer_sees_card(answer, 'C', &card) < 0 || !complaint_fits(answer, &card))
        return 0;
    bytes_put_u64(due.bytes, (uint64_t)due_of(&card.complaint));
    memcpy(due.bytes + 8, key->bytes, CASE_KEY_FIXED);
    if (from.len == 0 || memcmp(due.bytes, from.at, DUE_KEY_MAX) > 0)
        page_take(page, &due);
    return 0;
}

static int page_fill(struct answer *answer, struct span from, struct due_page *page)
{
    struct store_cursor *cursor;
    struct span bytes, none;
    struct case_key key;
    int result = store_cursor_open(answer->txn, STATE_OPEN, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, span_make("C", 1), &bytes, &none);
    while (result == 0 && bytes.at[0] == 'C') {
        result = case_key_of_bytes(bytes, &key);
        if (result == 0)
            result = case_take(answer, &key, from, page);
        if (result == 0)
            result = store_next(cursor, &bytes, &none);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

static int page_write(struct answer *answer, const struct due_page *page)
{
    for (uint32_t i = 0; i < page->count; i++) {
        struct case_key key;
        int result = case_key_of_bytes(span_make(page->row[i].bytes + 8, CASE_KEY_FIXED), &key);
        if (result == 0)
            result = answer_case_row(answer, &key);
        if (result < 0)
            return result;
        if ((i + 1 < page->count || page->more) && !answer_has_room(answer)) {
            answer_cursor_set(answer, span_make(page->row[i].bytes, DUE_KEY_MAX));
            return 0;
        }
    }
    return 0;
}

int answer_complaints_due(struct answer *answer)
{
    struct due_page page = {.most = answer->limit};
    uint8_t buffer[CURSOR_BYTES_MAX];
    struct span from;
    const struct get_request *asked = answer->asked;
    if (!span_is(asked->order, "due") || !HAS(asked, get_request, status) || !span_is(asked->status, "open")) {
        answer->detail = "`order` is due, of complaints with `status` open";
        return -E_BAD_REQUEST;
    }
    int result = answer_cursor_read(answer, buffer, &from);
    if (result == 0 && from.len > 0 && from.len != DUE_KEY_MAX) {
        answer->detail = "`cursor` is not one of this list's";
        result = -E_BAD_REQUEST;
    }
    if (result == 0)
        result = page_fill(answer, from, &page);
    return result < 0 ? result : page_write(answer, &page);
}
