/*
 * journal_sessions.c - the sessions as rows of a volume.
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/journal_volume.h"
#include "io/log.h"

#include <stdio.h>

#define SESSION_KEY_BYTES 5u

/* epoch u64, last u64, then last_id, instance and source, each a length u16 and its bytes */
#define SESSION_FIXED_BYTES (8 + 8)

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

/* key: filled. value: SCRATCH_BYTES. */
static struct span session_encode(const struct session_row *row, uint8_t key[SESSION_KEY_BYTES], uint8_t *value)
{
    session_key(key, row->number);
    bytes_put_u64(value + 1, row->epoch);
    bytes_put_u64(value + 9, row->last);
    uint8_t *end = text_put(value + 1 + SESSION_FIXED_BYTES, row->last_id);
    end = text_put(end, row->instance);
    end = text_put(end, row->source);
    return row_seal(span_make(key, SESSION_KEY_BYTES), value, (size_t)(end - value));
}

int journal_session_set(struct journal *journal, const struct session_row *row)
{
    ensure(journal->in_turn);
    ensure(row->number > 0);
    uint8_t key[SESSION_KEY_BYTES];
    struct span value = session_encode(row, key, journal->scratch);
    return turn_put(journal, TABLE_SESSIONS, span_make(key, sizeof key), value);
}

/* As it was, but greeted by nobody in this lineage. */
int session_import(struct journal *journal, struct span key, struct span value)
{
    struct session_row row;
    uint8_t at[SESSION_KEY_BYTES];
    int status = session_decode(key, value, &row);
    if (status)
        return status;
    row.instance[0] = '\0';
    return store_put(journal->txn, TABLE_SESSIONS, key, session_encode(&row, at, journal->scratch));
}

int session_decode(struct span key, struct span value, struct session_row *ret_row)
{
    struct span body;
    int status = row_open(key, value, &body);
    if (status)
        return status;
    if (key.len != SESSION_KEY_BYTES || key.at[0] != 's' || body.len < SESSION_FIXED_BYTES)
        return -E_CORRUPT;
    ret_row->number = bytes_u32(key.at + 1);
    ret_row->epoch = bytes_u64(body.at);
    ret_row->last = bytes_u64(body.at + 8);
    struct span rest = span_make(body.at + SESSION_FIXED_BYTES, body.len - SESSION_FIXED_BYTES);
    status = text_take(&rest, ret_row->last_id, NAME_MAX_BYTES);
    if (status == 0)
        status = text_take(&rest, ret_row->instance, NAME_MAX_BYTES);
    if (status == 0)
        status = text_take(&rest, ret_row->source, URI_MAX_BYTES);
    return status;
}

/* What the key of a damaged row looks like, which may be what is damaged. */
static void damage_tell(const struct journal *journal, struct span key, int status)
{
    char name[16] = "";
    for (size_t i = 0; i < key.len && i < SESSION_KEY_BYTES; i++)
        snprintf(name + 2 * i, 3, "%02x", key.at[i]);
    if (key.len == SESSION_KEY_BYTES && key.at[0] == 's')
        snprintf(name, sizeof name, "s %u", bytes_u32(key.at + 1));
    log_line(LOG_ERROR, "journal", "volume %06u, table sessions: row %s %s", journal_volumes(journal), name,
             status == -E_CORRUPT ? "is damaged" : "is of another version");
}

/* The number in the key of a damaged row, which may be what is damaged. 0: none. */
static uint32_t damaged_number(struct span key)
{
    bool named = key.len == SESSION_KEY_BYTES && key.at[0] == 's' && bytes_u32(key.at + 1) <= SESSIONS_MAX;
    return named ? bytes_u32(key.at + 1) : 0;
}

/* Every row, also one that is none of a session: its key may have been one's. */
static int cursor_visit(const struct journal *journal, struct store_cursor *cursor,
                        int (*visit)(void *context, const struct session_row *row), void *context)
{
    struct span key, value, body;
    bool damaged = false;
    int status = store_seek(cursor, span_make(NULL, 0), &key, &value);
    for (; status == 0; status = store_next(cursor, &key, &value)) {
        struct session_row row;
        bool other = span_is(key, "l") || span_is(key, "c");
        int sound = other ? row_open(key, value, &body) : session_decode(key, value, &row);
        if (sound < 0)
            damage_tell(journal, key, sound);
        if (sound < 0 && sound != -E_CORRUPT)
            return sound;
        if (sound < 0 && key.len == 1) /* the lineage, or the last cause: without it all would be said again */
            return -E_DAMAGED;
        damaged = damaged || sound < 0;
        if (sound < 0)
            row = (struct session_row){.number = damaged_number(key)};
        bool left_out = other || (sound < 0 && row.number == 0);
        int end = left_out ? 0 : visit(context, &row);
        if (end < 0)
            return end;
    }
    return status != -E_NOT_FOUND ? status : damaged ? -E_CORRUPT : 0;
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
        status = cursor_visit(journal, cursor, visit, context);
        store_cursor_close(cursor);
    }
    store_abort(txn);
    return status;
}

static int sound_visit(struct store_cursor *cursor, int (*visit)(void *context, const struct session_row *row),
                       void *context)
{
    struct span key, value;
    int status = store_seek(cursor, span_make(NULL, 0), &key, &value);
    for (; status == 0; status = store_next(cursor, &key, &value)) {
        struct session_row row;
        int end = session_decode(key, value, &row) == 0 ? visit(context, &row) : 0;
        if (end < 0)
            return end;
    }
    return status == -E_NOT_FOUND ? 0 : status;
}

int journal_sessions_before(struct journal *journal, int (*visit)(void *context, const struct session_row *row),
                            void *context)
{
    int status = 0;
    for (uint32_t i = 0; status == 0 && i + 1 < journal_volumes(journal); i++) {
        struct store_txn *txn;
        struct store_cursor *cursor;
        status = store_begin(journal->volumes[i].store, false, &txn);
        if (status)
            return status;
        status = store_cursor_open(txn, TABLE_SESSIONS, &cursor);
        if (status == 0) {
            status = sound_visit(cursor, visit, context);
            store_cursor_close(cursor);
        }
        store_abort(txn);
    }
    return status;
}
