/* tally.c - open cases counted by what they are like. */
#include "workers/tally.h"

#include "core/status.h"
#include "workers/cases.h"
#include "workers/kinds.h"

static bool is_overdue(const struct complaint *complaint)
{
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (complaint->clocks[i].breached && !HAS(&complaint->clocks[i], clock, stopped_at))
            return true;
    }
    return false;
}

static void card_count(struct tally *tally, char letter, const union card *card)
{
    if (letter == 'E') {
        tally->undelivered +=
            escalation_is_open(&card->escalation) && HAS(&card->escalation, escalation, failing_since);
        return;
    }
    const struct complaint *complaint = &card->complaint;
    uint32_t level = complaint->level < 0 || complaint->level >= TALLY_LEVELS ? 0 : (uint32_t)complaint->level;
    if (complaint->grade >= 0 && complaint->grade < grade_count)
        tally->complaints[complaint->grade][level]++;
    tally->overdue += is_overdue(complaint);
}

/* The keys of a table that begin with `first`: 'C' are complaints themselves, ORDER_OPEN places of open notices. */
static int table_count(struct tally *tally, struct store_txn *txn, uint32_t table, char first)
{
    struct store_cursor *cursor;
    struct span bytes, row;
    union card card;
    struct case_key key;
    int result = store_cursor_open(txn, table, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, span_make(&first, 1), &bytes, &row);
    for (uint32_t counted = 0; result == 0 && (char)bytes.at[0] == first; counted++) {
        if (counted == TALLY_CASES_MAX) {
            tally->cut = true;
            break;
        }
        result = first == ORDER_OPEN ? order_key_case(bytes, &key) : case_key_of_bytes(bytes, &key);
        if (result == 0)
            result = store_get(txn, STATE_CASES, case_key_span(&key), &row);
        if (result == 0)
            result = case_read(&key, row, &card);
        if (result == 0)
            card_count(tally, case_letter(&key), &card);
        result = result == -E_NOT_FOUND ? -E_CORRUPT : result;
        if (result == 0)
            result = store_next(cursor, &bytes, &row);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

int tally_refresh(struct tally *tally, struct store_txn *txn, uint64_t seq, int64_t monotonic_ms)
{
    if (tally->known && (tally->seq == seq || monotonic_ms - tally->counted_ms < TALLY_EVERY_MS))
        return 0;
    struct tally counted = {.known = true, .seq = seq, .counted_ms = monotonic_ms};
    int result = table_count(&counted, txn, STATE_OPEN, 'C');
    if (result == 0)
        result = table_count(&counted, txn, STATE_RAISED, ORDER_OPEN);
    if (result == 0)
        *tally = counted;
    return result;
}

void tally_write(const struct tally *tally, struct wire_writer *writer)
{
    wire_key(writer, "complaints_by");
    wire_array(writer, grade_count);
    for (uint32_t grade = 0; grade < grade_count; grade++) {
        wire_array(writer, TALLY_LEVELS);
        for (uint32_t level = 0; level < TALLY_LEVELS; level++)
            wire_natural(writer, tally->complaints[grade][level]);
    }
    wire_key(writer, "overdue");
    wire_natural(writer, tally->overdue);
    wire_key(writer, "undelivered");
    wire_natural(writer, tally->undelivered);
    wire_key(writer, "cut");
    wire_bool(writer, tally->cut);
}
