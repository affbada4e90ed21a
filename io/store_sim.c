/*
 * store_sim.c - ordered tables in memory, with the promises of the real ones.
 *
 * A table is a treap of shared versions (treap_sim.h): a reader keeps the root of its begin, an abort lets go of one.
 */
#include "io/store_sim.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/store.h"
#include "io/treap_sim.h"

#include <stdlib.h>

/* All tables as of one moment. */
struct version {
    struct node *root[STORE_TABLES_MAX];
    uint64_t count[STORE_TABLES_MAX];
    uint64_t bytes;
};

struct disk {
    struct disk *next;
    struct version last;
    struct version before; /* what a crash falls back to when the last commit may be lost */
    bool exists;
    bool open;
    bool writing;
    uint32_t crashes;
    int next_commit;
    bool may_lose_last;
    char path[];
};

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

static struct disk *disks;

static void *take(size_t len)
{
    void *memory = malloc(len);
    ensure(memory != NULL);
    return memory;
}

static struct version version_share(const struct version *version)
{
    for (uint32_t i = 0; i < STORE_TABLES_MAX; i++)
        treap_share(version->root[i]);
    return *version;
}

static void version_drop(struct version *version)
{
    for (uint32_t i = 0; i < STORE_TABLES_MAX; i++)
        treap_drop(version->root[i]);
    *version = (struct version){0};
}

static struct disk *disk_find(const char *path)
{
    struct disk *disk = disks;
    while (disk && strcmp(disk->path, path) != 0)
        disk = disk->next;
    return disk;
}

static struct disk *disk_at(const char *path)
{
    struct disk *disk = disk_find(path);
    if (disk)
        return disk;
    size_t len = strlen(path) + 1;
    disk = take(sizeof *disk + len);
    *disk = (struct disk){.next = disks};
    memcpy(disk->path, path, len);
    disks = disk;
    return disk;
}

void store_sim_forget(const char *path)
{
    for (struct disk **at = &disks; *at; at = &(*at)->next) {
        struct disk *disk = *at;
        if (strcmp(disk->path, path) != 0)
            continue;
        ensure(!disk->open);
        version_drop(&disk->last);
        version_drop(&disk->before);
        *at = disk->next;
        free(disk);
        return;
    }
}

void store_sim_fail_next_commit(const char *path, int result)
{
    ensure(result < 0);
    disk_at(path)->next_commit = result;
}

void store_sim_spoil(const char *path, uint32_t table, struct span key)
{
    struct row *row = treap_from(disk_at(path)->last.root[table], key, false);
    ensure(row != NULL && span_equal(row_key(row), key));
    ensure(row->value_len > 0);
    row->bytes[row->key_len + row->value_len / 2] ^= 0x10;
}

void store_sim_crash(const char *path, bool lose_last)
{
    struct disk *disk = disk_at(path);
    disk->crashes++;
    disk->open = false;
    disk->writing = false;
    if (!lose_last)
        return;
    ensure(disk->may_lose_last);
    version_drop(&disk->last);
    disk->last = version_share(&disk->before);
}

int store_open(const struct store_options *options, struct store **ret_store)
{
    ensure(options->table_count <= STORE_TABLES_MAX);
    struct disk *disk = options->read_only ? disk_find(options->path) : disk_at(options->path);
    if (!disk || (options->read_only && !disk->exists))
        return -E_NO_JOURNAL;
    struct store *store = take(sizeof *store);
    *store = (struct store){
        .disk = disk, .crashes = disk->crashes, .table_count = options->table_count, .read_only = options->read_only};
    if (!options->read_only) {
        ensure(!disk->open);
        disk->open = true;
        disk->exists = true;
        disk->may_lose_last = options->durability == STORE_MAY_LOSE_LAST;
    }
    *ret_store = store;
    return 0;
}

static bool dead(const struct store *store)
{
    return store->crashes != store->disk->crashes;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    if (!store->read_only && !dead(store))
        store->disk->open = false;
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
    struct store_txn *txn = take(sizeof *txn);
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
        result = disk->next_commit;
        disk->next_commit = 0;
        if (result == 0) {
            version_drop(&disk->before);
            disk->before = disk->last;
            disk->last = version_share(&txn->version);
        }
    }
    store_abort(txn);
    return result;
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
    struct store_cursor *cursor = take(sizeof *cursor);
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
