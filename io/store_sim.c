/*
 * store_sim.c - ordered tables in memory, with the promises of the real ones.
 *
 * A table is a treap of shared versions (treap_sim.h): a reader keeps the root of its begin, an abort lets go of one.
 */
#include "io/store_sim.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/memory_sim.h"
#include "io/store_parts_sim.h"

#include <stdio.h>

struct store {
    struct disk *disk;
    uint32_t crashes; /* of the disk when opened: differs in a dead handle */
    uint32_t table_count;
    bool read_only;
};

struct store_txn {
    struct store *store;
    struct version version;
    bool write;
    uint64_t writes;
};

struct store_cursor {
    struct store_txn *txn;
    uint32_t table;
    struct row *row;      /* where it stands; NULL: nowhere */
    uint64_t writes_seen; /* of the transaction, at the last seek */
};

int store_open(const struct store_options *options, struct store **ret_store)
{
    ensure(options->table_count <= STORE_TABLES_MAX);
    struct disk *disk = options->read_only ? disk_find(options->path) : disk_at(options->path);
    if (!disk || (options->read_only && !disk->exists))
        return -E_NO_JOURNAL;
    if (disk->fault) {
        if (options->fault)
            snprintf(options->fault, STORE_FAULT_MAX, "%s: page 7 %s", options->path, disk->fault);
        return -E_CORRUPT;
    }
    struct store *store = memory_take(sizeof *store);
    *store = (struct store){
        .disk = disk, .crashes = disk->crashes, .table_count = options->table_count, .read_only = options->read_only};
    if (!options->read_only) {
        ensure(!disk->open);
        disk->open = true;
        disk->exists = true;
        disk->may_lose_last = options->durability == STORE_MAY_LOSE_LAST;
    }
    disk->handles++;
    *ret_store = store;
    return 0;
}

/* Who only reads is another process, or closes with the one that died. */
static bool dead(const struct store *store)
{
    return !store->read_only && store->crashes != store->disk->crashes;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    if (!store->read_only && !dead(store))
        store->disk->open = false;
    store->disk->handles--;
    free(store);
}

uint64_t store_bytes(struct store *store)
{
    return store->disk->last.bytes;
}

void store_reap_readers(struct store *store)
{
    (void)store; /* nobody else's readers live in this process */
}

int store_begin(struct store *store, bool write, struct store_txn **ret_txn)
{
    ensure(!dead(store));
    if (write) {
        ensure(!store->read_only);
        ensure(!store->disk->writing);
        store->disk->writing = true;
    }
    struct store_txn *txn = memory_take(sizeof *txn);
    *txn = (struct store_txn){.store = store, .version = version_share(&store->disk->last), .write = write};
    *ret_txn = txn;
    return 0;
}

int store_commit(struct store_txn *txn)
{
    struct disk *disk = txn->store->disk;
    int result = 0;
    if (txn->write) {
        ensure(!dead(txn->store));
        result = disk_commit(disk, &txn->version);
    }
    store_abort(txn);
    return result;
}

int64_t store_commit_us(const struct store *store)
{
    (void)store;
    return 0;
}

void store_abort(struct store_txn *txn)
{
    if (!txn)
        return;
    if (txn->write && !dead(txn->store))
        txn->store->disk->writing = false;
    version_drop(&txn->version);
    free(txn);
}

static struct node **root_of(struct store_txn *txn, uint32_t table)
{
    ensure(table < txn->store->table_count);
    return &txn->version.root[table];
}

static struct row *row_find(struct store_txn *txn, uint32_t table, struct span key)
{
    ensure(key.len > 0);
    ensure(key.len <= STORE_KEY_MAX);
    struct row *row = treap_from(*root_of(txn, table), key, false);
    return row && span_equal(row_key(row), key) ? row : NULL;
}

int store_get(struct store_txn *txn, uint32_t table, struct span key, struct span *ret_value)
{
    const struct row *row = row_find(txn, table, key);
    if (!row)
        return -E_NOT_FOUND;
    *ret_value = row_value(row);
    return 0;
}

int store_put(struct store_txn *txn, uint32_t table, struct span key, struct span value)
{
    ensure(txn->write);
    const struct row *old = row_find(txn, table, key);
    txn->version.bytes += key.len + value.len;
    if (old)
        txn->version.bytes -= old->key_len + old->value_len;
    else
        txn->version.count[table]++;
    struct node **root = root_of(txn, table);
    *root = treap_put(*root, key, value);
    txn->writes++;
    return 0;
}

int store_append(struct store_txn *txn, uint32_t table, struct span key, struct span value)
{
    const struct row *last = treap_last(*root_of(txn, table));
    ensure(!last || span_compare(row_key(last), key) < 0);
    return store_put(txn, table, key, value);
}

int store_delete(struct store_txn *txn, uint32_t table, struct span key)
{
    ensure(txn->write);
    const struct row *row = row_find(txn, table, key);
    if (!row)
        return -E_NOT_FOUND;
    txn->version.bytes -= row->key_len + row->value_len;
    txn->version.count[table]--;
    struct node **root = root_of(txn, table);
    *root = treap_delete(*root, key);
    txn->writes++;
    return 0;
}

int store_clear(struct store_txn *txn, uint32_t table)
{
    ensure(txn->write);
    struct node **root = root_of(txn, table);
    txn->version.bytes -= treap_bytes(*root);
    txn->version.count[table] = 0;
    treap_drop(*root);
    *root = NULL;
    txn->writes++;
    return 0;
}

int store_count(struct store_txn *txn, uint32_t table, uint64_t *ret_count)
{
    ensure(table < txn->store->table_count);
    *ret_count = txn->version.count[table];
    return 0;
}

int store_cursor_open(struct store_txn *txn, uint32_t table, struct store_cursor **ret_cursor)
{
    ensure(table < txn->store->table_count);
    struct store_cursor *cursor = memory_take(sizeof *cursor);
    *cursor = (struct store_cursor){.txn = txn, .table = table};
    *ret_cursor = cursor;
    return 0;
}

void store_cursor_close(struct store_cursor *cursor)
{
    if (!cursor)
        return;
    row_drop(cursor->row);
    free(cursor);
}

static int cursor_stand(struct store_cursor *cursor, struct row *row, struct span *ret_key, struct span *ret_value)
{
    row_share(row);
    row_drop(cursor->row);
    cursor->row = row;
    if (!row)
        return -E_NOT_FOUND;
    *ret_key = row_key(row);
    *ret_value = row_value(row);
    return 0;
}

int store_seek(struct store_cursor *cursor, struct span at_or_after, struct span *ret_key, struct span *ret_value)
{
    ensure(at_or_after.len <= STORE_KEY_MAX);
    cursor->writes_seen = cursor->txn->writes;
    struct row *row = treap_from(*root_of(cursor->txn, cursor->table), at_or_after, false);
    return cursor_stand(cursor, row, ret_key, ret_value);
}

int store_last(struct store_cursor *cursor, struct span *ret_key, struct span *ret_value)
{
    cursor->writes_seen = cursor->txn->writes;
    return cursor_stand(cursor, treap_last(*root_of(cursor->txn, cursor->table)), ret_key, ret_value);
}

/* The real half would go on from a place that a write has moved, or that the end of the table has lost. */
static void cursor_check(const struct store_cursor *cursor)
{
    ensure(cursor->row != NULL);
    ensure(cursor->writes_seen == cursor->txn->writes);
}

int store_next(struct store_cursor *cursor, struct span *ret_key, struct span *ret_value)
{
    cursor_check(cursor);
    struct row *row = treap_from(*root_of(cursor->txn, cursor->table), row_key(cursor->row), true);
    return cursor_stand(cursor, row, ret_key, ret_value);
}

int store_previous(struct store_cursor *cursor, struct span *ret_key, struct span *ret_value)
{
    cursor_check(cursor);
    struct row *row = treap_before(*root_of(cursor->txn, cursor->table), row_key(cursor->row));
    return cursor_stand(cursor, row, ret_key, ret_value);
}
