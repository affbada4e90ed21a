/* query_audit.c - who read what must be on record, and who was refused: newest first. */
#include "core/status.h"
#include "workers/answer.h"
#include "workers/audits.h"

static bool entry_fits(const struct get_request *asked, const struct audit_entry *entry)
{
    bool named = HAS(entry, audit_entry, principal) && span_equal(entry->principal, asked->principal);
    bool kind = span_equal(entry->what, asked->kind) || span_equal(entry->type, asked->kind) ||
                (HAS(entry, audit_entry, code) && span_equal(entry->code, asked->kind));
    return (!HAS(asked, get_request, principal) || named) && (!HAS(asked, get_request, kind) || kind);
}

/* false: everything before it is earlier than what is asked for. */
static int entry_answer(struct answer *answer, struct span value, bool *ret_more)
{
    const struct get_request *asked = answer->asked;
    struct audit_entry entry;
    int result = audit_row_read(value, &entry);
    if (result < 0)
        return result;
    *ret_more = !HAS(asked, get_request, since) || entry.at >= asked->since;
    if (!*ret_more || !entry_fits(asked, &entry))
        return 0;
    record_encode(&record_of_audit_entry, &entry, ENCODE_CARD, &answer->rows);
    answer->count++;
    return 0;
}

/* The last row before `from`, or the last of all. */
static int walk_begin(struct store_cursor *cursor, struct span from, struct span *ret_key, struct span *ret_value)
{
    int result = from.len ? store_seek(cursor, from, ret_key, ret_value) : -E_NOT_FOUND;
    if (result == -E_NOT_FOUND)
        return store_last(cursor, ret_key, ret_value);
    return result < 0 ? result : store_previous(cursor, ret_key, ret_value);
}

int answer_audit(struct answer *answer)
{
    struct store_cursor *cursor;
    struct span key, value, from;
    uint8_t buffer[CURSOR_BYTES_MAX];
    bool more = true;
    int result = answer_cursor_read(answer, buffer, &from);
    if (result == 0)
        result = store_cursor_open(answer->txn, STATE_AUDIT, &cursor);
    if (result < 0)
        return result;
    result = walk_begin(cursor, from, &key, &value);
    for (uint32_t scanned = 0; result == 0 && more; scanned++) {
        result = entry_answer(answer, value, &more);
        if (result == 0 && more && (!answer_has_room(answer) || scanned == ROWS_SCAN_MAX)) {
            answer_cursor_set(answer, key);
            break;
        }
        if (result == 0)
            result = store_previous(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}
