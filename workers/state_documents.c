/*
 * state_documents.c - documents of which only the newest is asked for, rows of meta: "roster" and "access". And what principals are
 * called: a small row each, so that a trace needs no parsed document.
 *
 *   "roster" 0, seq of its adoption, hash   the document
 *   "access" 0, seq of its adoption, hash   the document
 *   "principal" 0, number, ~seq             the name that the number has from that access.changed on: the newest comes first
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "workers/state.h"

#define PREFIX_MAX 16u
#define DOCUMENT_KEY_MAX (PREFIX_MAX + 8u + NAME_MAX_BYTES)

/* With its end, so that no other key begins alike. The key lives until the next call on the transaction that writes. */
static int document_find(struct store_txn *txn, const char *prefix, struct span *ret_key, struct span *ret_content)
{
    struct store_cursor *cursor;
    struct span key, value;
    size_t len = strlen(prefix) + 1;
    int result = store_cursor_open(txn, STATE_META, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, span_make(prefix, len), &key, &value);
    store_cursor_close(cursor);
    if (result < 0)
        return result;
    if (key.len < len || memcmp(key.at, prefix, len) != 0)
        return -E_NOT_FOUND;
    if (key.len <= len + 8 || key.len > DOCUMENT_KEY_MAX)
        return -E_CORRUPT;
    *ret_key = key;
    *ret_content = value;
    return 0;
}

static int document_get(struct store_txn *txn, const char *prefix, struct document_row *ret_row)
{
    struct span key, content;
    size_t past = strlen(prefix) + 1;
    int result = document_find(txn, prefix, &key, &content);
    if (result < 0)
        return result;
    *ret_row = (struct document_row){
        .seq = bytes_u64(key.at + past),
        .hash = span_make(key.at + past + 8, key.len - past - 8),
        .content = content,
    };
    return 0;
}

static int document_put(struct store_txn *txn, const char *prefix, const struct document_row *row)
{
    uint8_t key[DOCUMENT_KEY_MAX], old[DOCUMENT_KEY_MAX];
    struct span old_key, content;
    size_t past = strlen(prefix) + 1;
    ensure(past <= PREFIX_MAX);
    ensure(row->hash.len <= NAME_MAX_BYTES);
    int result = document_find(txn, prefix, &old_key, &content);
    if (result == 0) {
        memcpy(old, old_key.at, old_key.len);
        result = store_delete(txn, STATE_META, span_make(old, old_key.len));
    }
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    memcpy(key, prefix, past);
    bytes_put_u64(key + past, row->seq);
    memcpy(key + past + 8, row->hash.at, row->hash.len);
    return store_put(txn, STATE_META, span_make(key, past + 8 + row->hash.len), row->content);
}

int state_roster_get(struct store_txn *txn, struct document_row *ret_row)
{
    return document_get(txn, "roster", ret_row);
}

int state_roster_put(struct store_txn *txn, const struct document_row *row)
{
    return document_put(txn, "roster", row);
}

int state_access_get(struct store_txn *txn, struct document_row *ret_row)
{
    return document_get(txn, "access", ret_row);
}

int state_access_put(struct store_txn *txn, const struct document_row *row)
{
    return document_put(txn, "access", row);
}

/* ---- principals ---- */

struct principal_key {
    uint8_t bytes[sizeof "principal" + 4 + 8];
};

#define PRINCIPAL_PREFIX (sizeof "principal" + 4)

static struct span principal_key(struct principal_key *key, uint32_t number, uint64_t seq)
{
    memcpy(key->bytes, "principal", sizeof "principal");
    bytes_put_u32(key->bytes + sizeof "principal", number);
    bytes_put_u64(key->bytes + PRINCIPAL_PREFIX, ~seq);
    return span_make(key->bytes, sizeof key->bytes);
}

int state_principal_get(struct store_txn *txn, uint32_t number, uint64_t seq, struct span *ret_name)
{
    struct principal_key key;
    struct store_cursor *cursor;
    struct span found, name;
    int result = store_cursor_open(txn, STATE_META, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, principal_key(&key, number, seq), &found, &name);
    store_cursor_close(cursor);
    if (result < 0)
        return result;
    if (found.len != sizeof key.bytes || memcmp(found.at, key.bytes, PRINCIPAL_PREFIX) != 0)
        return -E_NOT_FOUND;
    *ret_name = name;
    return 0;
}

int state_principal_put(struct store_txn *txn, uint32_t number, uint64_t seq, struct span name)
{
    struct principal_key key;
    return store_put(txn, STATE_META, principal_key(&key, number, seq), name);
}
