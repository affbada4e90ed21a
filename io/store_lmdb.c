/*
 * store_lmdb.c - durable tables in LMDB: transactions, rows, cursors. How a store is opened: store_open_lmdb.c.
 *
 * A transaction is LMDB's own, a cursor too, under our names; the environment knows its store.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/store_open_lmdb.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>

#define WRITE_BYTES_MAX (1u << 20) /* less than this is left where a write of LMDB's found too little */

int store_status_of(int error)
{
    switch (error) {
    case MDB_SUCCESS:
        return 0;
    case MDB_NOTFOUND:
        return -E_NOT_FOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
        return -E_STORE_FULL;
    case ENOMEM:
        return -E_NO_MEMORY;
    case EMFILE:
    case ENFILE:
        return -E_NO_DESCRIPTORS;
    case ENOTDIR:
        return -E_NOT_A_DIRECTORY;
    case EACCES:
    case EPERM:
    case EROFS:
        return -E_NOT_PERMITTED;
    case MDB_VERSION_MISMATCH:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
        return -E_BAD_FORMAT;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
        return -E_CORRUPT;
    case MDB_READERS_FULL:
        return -E_AGAIN;
    default:
        return -E_IO;
    }
}

static MDB_val val_of(struct span bytes)
{
    return (MDB_val){.mv_size = bytes.len, .mv_data = (void *)(bytes.at ? bytes.at : (const uint8_t *)"")};
}

static struct span span_of_val(MDB_val value)
{
    return span_make(value.mv_data, value.mv_size);
}

uint64_t store_bytes(struct store *store)
{
    MDB_envinfo info;
    MDB_stat stat;
    mdb_env_info(store->env, &info);
    mdb_env_stat(store->env, &stat);
    return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

void store_reap_readers(struct store *store)
{
    int dead;
    mdb_reader_check(store->env, &dead);
}

int store_begin(struct store *store, bool write, struct store_txn **ret_txn)
{
    ensure(!write || !store->read_only);
    MDB_txn *txn;
    int error = mdb_txn_begin(store->env, NULL, write ? 0 : MDB_RDONLY, &txn);
    if (error)
        return store_status_of(error);
    *ret_txn = (struct store_txn *)txn;
    return 0;
}

/* A write that finds room for its first part only is EIO to LMDB. */
static bool disk_is_full(MDB_env *env)
{
    struct statvfs disk;
    mdb_filehandle_t fd;
    return mdb_env_get_fd(env, &fd) == 0 && fstatvfs(fd, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < WRITE_BYTES_MAX;
}

static int64_t system_us(void)
{
    struct timespec now;
    int result = clock_gettime(CLOCK_MONOTONIC, &now);
    ensure(result == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int store_commit(struct store_txn *txn)
{
    MDB_env *env = mdb_txn_env((MDB_txn *)txn);
    struct store *store = mdb_env_get_userctx(env);
    int64_t begun_us = system_us();
    int error = mdb_txn_commit((MDB_txn *)txn);
    store->commit_us = system_us() - begun_us;
    if (error == 0)
        return 0;
    bool full = store_status_of(error) == -E_STORE_FULL || (error == EIO && disk_is_full(env));
    return full ? -E_STORE_FULL : -E_COMMIT_FAILED;
}

int64_t store_commit_us(const struct store *store)
{
    return store->commit_us;
}

void store_abort(struct store_txn *txn)
{
    if (txn)
        mdb_txn_abort((MDB_txn *)txn);
}

static MDB_dbi table_of(struct store_txn *txn, uint32_t table)
{
    const struct store *store = mdb_env_get_userctx(mdb_txn_env((MDB_txn *)txn));
    ensure(table < store->table_count);
    return store->tables[table];
}

static MDB_val key_of(struct span key)
{
    ensure(key.len > 0);
    ensure(key.len <= STORE_KEY_MAX);
    return val_of(key);
}

int store_get(struct store_txn *txn, uint32_t table, struct span key, struct span *ret_value)
{
    MDB_val at = key_of(key);
    MDB_val value;
    int error = mdb_get((MDB_txn *)txn, table_of(txn, table), &at, &value);
    if (error == 0)
        *ret_value = span_of_val(value);
    return store_status_of(error);
}

int store_put(struct store_txn *txn, uint32_t table, struct span key, struct span value)
{
    MDB_val at = key_of(key);
    MDB_val bytes = val_of(value);
    return store_status_of(mdb_put((MDB_txn *)txn, table_of(txn, table), &at, &bytes, 0));
}

int store_append(struct store_txn *txn, uint32_t table, struct span key, struct span value)
{
    MDB_val at = key_of(key);
    MDB_val bytes = val_of(value);
    int error = mdb_put((MDB_txn *)txn, table_of(txn, table), &at, &bytes, MDB_APPEND);
    ensure(error != MDB_KEYEXIST);
    return store_status_of(error);
}

int store_delete(struct store_txn *txn, uint32_t table, struct span key)
{
    MDB_val at = key_of(key);
    return store_status_of(mdb_del((MDB_txn *)txn, table_of(txn, table), &at, NULL));
}

int store_clear(struct store_txn *txn, uint32_t table)
{
    return store_status_of(mdb_drop((MDB_txn *)txn, table_of(txn, table), 0));
}

int store_count(struct store_txn *txn, uint32_t table, uint64_t *ret_count)
{
    MDB_stat stat;
    int error = mdb_stat((MDB_txn *)txn, table_of(txn, table), &stat);
    if (error == 0)
        *ret_count = stat.ms_entries;
    return store_status_of(error);
}

int store_cursor_open(struct store_txn *txn, uint32_t table, struct store_cursor **ret_cursor)
{
    MDB_cursor *cursor;
    int error = mdb_cursor_open((MDB_txn *)txn, table_of(txn, table), &cursor);
    if (error == 0)
        *ret_cursor = (struct store_cursor *)cursor;
    return store_status_of(error);
}

void store_cursor_close(struct store_cursor *cursor)
{
    if (cursor)
        mdb_cursor_close((MDB_cursor *)cursor);
}

static int cursor_move(struct store_cursor *cursor, MDB_cursor_op move, MDB_val key, struct span *ret_key,
                       struct span *ret_value)
{
    MDB_val value;
    int error = mdb_cursor_get((MDB_cursor *)cursor, &key, &value, move);
    if (error)
        return store_status_of(error);
    *ret_key = span_of_val(key);
    *ret_value = span_of_val(value);
    return 0;
}

int store_seek(struct store_cursor *cursor, struct span at_or_after, struct span *ret_key, struct span *ret_value)
{
    ensure(at_or_after.len <= STORE_KEY_MAX);
    return cursor_move(cursor, at_or_after.len ? MDB_SET_RANGE : MDB_FIRST, val_of(at_or_after), ret_key, ret_value);
}

int store_last(struct store_cursor *cursor, struct span *ret_key, struct span *ret_value)
{
    return cursor_move(cursor, MDB_LAST, (MDB_val){0}, ret_key, ret_value);
}

int store_next(struct store_cursor *cursor, struct span *ret_key, struct span *ret_value)
{
    return cursor_move(cursor, MDB_NEXT, (MDB_val){0}, ret_key, ret_value);
}

int store_previous(struct store_cursor *cursor, struct span *ret_key, struct span *ret_value)
{
    return cursor_move(cursor, MDB_PREV, (MDB_val){0}, ret_key, ret_value);
}
