/*
 * journal_sessions.c - the sessions as rows of a volume.
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/journal_volume.h"

#define SESSION_VERSION 1
#define SESSION_KEY_BYTES 5u

/* version u8, epoch u64, last u64, then last_id, instance and source, each a length u16 and its bytes */
#define SESSION_FIXED_BYTES (1 + 8 + 8)

static uint8_t *text_put(uint8_t *at, const char *text)
{
    size_t len = strlen(text);
    at[0] = (uint8_t)(len >> 8);
    at[1] = (uint8_t)len;
    memcpy(at + 2, text, len);
    return at + 2 + len;
}

static int text_take(struct span *rest, char *text, size_t text_max)
{
    if (rest->len < 2)
        return -E_CORRUPT;
    size_t len = (size_t)rest->at[0] << 8 | rest->at[1];
    if (len > text_max || len > rest->len - 2)
        return -E_CORRUPT;
    memcpy(text, rest->at + 2, len);
    text[len] = '\0';
    *rest = span_make(rest->at + 2 + len, rest->len - 2 - len);
    return 0;
}

static void session_key(uint8_t key[SESSION_KEY_BYTES], uint32_t number)
{
    key[0] = 's';
    bytes_put_u32(key + 1, number);
}

int journal_session_set(struct journal *journal, const struct session_row *row)
{
    ensure(journal->in_turn);
    ensure(row->number > 0);
    uint8_t key[SESSION_KEY_BYTES];
    session_key(key, row->number);
    uint8_t *value = journal->scratch;
    value[0] = SESSION_VERSION;
    bytes_put_u64(value + 1, row->epoch);
    bytes_put_u64(value + 9, row->last);
    uint8_t *end = text_put(value + SESSION_FIXED_BYTES, row->last_id);
    end = text_put(end, row->instance);
    end = text_put(end, row->source);
    return turn_put(journal, TABLE_SESSIONS, span_make(key, sizeof key), span_make(value, (size_t)(end - value)));
}

static int session_decode(struct span key, struct span value, struct session_row *ret_row)
{
    if (key.len != SESSION_KEY_BYTES || value.len < SESSION_FIXED_BYTES)
        return -E_CORRUPT;
    if (value.at[0] != SESSION_VERSION)
        return -E_BAD_FORMAT;
    ret_row->number = bytes_u32(key.at + 1);
    ret_row->epoch = bytes_u64(value.at + 1);
    ret_row->last = bytes_u64(value.at + 9);
    struct span rest = span_make(value.at + SESSION_FIXED_BYTES, value.len - SESSION_FIXED_BYTES);
    int status = text_take(&rest, ret_row->last_id, NAME_MAX_BYTES);
    if (status == 0)
        status = text_take(&rest, ret_row->instance, NAME_MAX_BYTES);
    if (status == 0)
        status = text_take(&rest, ret_row->source, URI_MAX_BYTES);
    return status;
}

static int cursor_visit(struct store_cursor *cursor, int (*visit)(void *context, const struct session_row *row),
                        void *context)
{
    struct span key, value;
    int status = store_seek(cursor, span_of("s"), &key, &value);
    while (status == 0 && key.at[0] == 's') {
        struct session_row row;
        status = session_decode(key, value, &row);
        if (status)
            return status;
        status = visit(context, &row);
        if (status < 0)
            return status;
        status = store_next(cursor, &key, &value);
    }
    return status == -E_NOT_FOUND ? 0 : status;
}

int journal_sessions(struct journal *journal, int (*visit)(void *context, const struct session_row *row), void *context)
{
    struct store_txn *txn;
    struct store_cursor *cursor;
    int status = store_begin(journal->volumes[journal_volumes(journal) - 1].store, false, &txn);
    if (status)
        return status;
    status = store_cursor_open(txn, TABLE_SESSIONS, &cursor);
    if (status == 0) {
        status = cursor_visit(cursor, visit, context);
        store_cursor_close(cursor);
    }
    store_abort(txn);
    return status;
}
