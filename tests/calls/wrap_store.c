/*
 * wrap_store.c - LMDB as our store calls it: any of its functions may fail, each in the ways that its manual and its source know.
 *
 * A commit that fails has ended its transaction all the same, and nothing of it is in the file. A transaction that met a
 * damaged page is good for nothing more.
 */
#include "tests/calls/wrap.h"

#include <errno.h>
#include <lmdb.h>
#include <stddef.h>

#define WAYS(...) ((const int[]){__VA_ARGS__})[fault_way(sizeof((const int[]){__VA_ARGS__}) / sizeof(int))]

/* The transaction that met a damaged page. */
static _Thread_local MDB_txn *spoiled;

/* What a read ends with that meets one. */
static int spoil(MDB_txn *txn, int error)
{
    if (error == MDB_CORRUPTED || error == MDB_PAGE_NOTFOUND)
        spoiled = txn;
    return error;
}

WRAPPED(int, mdb_env_create, MDB_env **env)
{
    return fault_strikes(FAULT_STORE, "mdb_env_create") ? ENOMEM : __real_mdb_env_create(env);
}

WRAPPED(int, mdb_env_set_mapsize, MDB_env *env, size_t size)
{
    return fault_strikes(FAULT_STORE, "mdb_env_set_mapsize") ? ENOMEM : __real_mdb_env_set_mapsize(env, size);
}

WRAPPED(int, mdb_env_open, MDB_env *env, const char *path, unsigned int flags, mdb_mode_t mode)
{
    return fault_strikes(FAULT_STORE, "mdb_env_open") ? WAYS(EIO, ENOSPC, EMFILE, ENOMEM, EACCES, MDB_INVALID)
                                                      : __real_mdb_env_open(env, path, flags, mode);
}

WRAPPED(int, mdb_txn_begin, MDB_env *env, MDB_txn *parent, unsigned int flags, MDB_txn **txn)
{
    if (!fault_strikes(FAULT_STORE, "mdb_txn_begin"))
        return __real_mdb_txn_begin(env, parent, flags, txn);
    /* Readers go again: who is told to try again does, and would for ever. */
    bool crowded = flags & MDB_RDONLY && !fault_lasts();
    return crowded ? WAYS(ENOMEM, MDB_READERS_FULL, MDB_PANIC) : WAYS(ENOMEM, MDB_PANIC, EIO);
}

WRAPPED(int, mdb_txn_commit, MDB_txn *txn)
{
    bool fails = fault_strikes(FAULT_STORE, "mdb_txn_commit"), bad = spoiled == txn;
    if (!fails && !bad)
        return __real_mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return bad ? MDB_BAD_TXN : WAYS(EIO, ENOSPC, MDB_MAP_FULL, ENOMEM);
}

WRAPPED(void, mdb_txn_abort, MDB_txn *txn)
{
    spoiled = spoiled == txn ? NULL : spoiled;
    __real_mdb_txn_abort(txn);
}

WRAPPED(int, mdb_dbi_open, MDB_txn *txn, const char *name, unsigned int flags, MDB_dbi *dbi)
{
    return fault_strikes(FAULT_STORE, "mdb_dbi_open") ? WAYS(EIO, MDB_MAP_FULL, MDB_CORRUPTED, ENOMEM)
                                                      : __real_mdb_dbi_open(txn, name, flags, dbi);
}

WRAPPED(int, mdb_get, MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value)
{
    if (spoiled == txn)
        return MDB_BAD_TXN;
    return fault_strikes(FAULT_STORE, "mdb_get") ? spoil(txn, WAYS(MDB_CORRUPTED, MDB_PAGE_NOTFOUND, EIO))
                                                 : __real_mdb_get(txn, dbi, key, value);
}

WRAPPED(int, mdb_put, MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value, unsigned int flags)
{
    if (spoiled == txn)
        return MDB_BAD_TXN;
    return fault_strikes(FAULT_STORE, "mdb_put") ? WAYS(MDB_MAP_FULL, ENOMEM, EIO, MDB_TXN_FULL, MDB_CORRUPTED)
                                                 : __real_mdb_put(txn, dbi, key, value, flags);
}

WRAPPED(int, mdb_del, MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value)
{
    if (spoiled == txn)
        return MDB_BAD_TXN;
    return fault_strikes(FAULT_STORE, "mdb_del") ? WAYS(MDB_MAP_FULL, ENOMEM, MDB_CORRUPTED)
                                                 : __real_mdb_del(txn, dbi, key, value);
}

WRAPPED(int, mdb_drop, MDB_txn *txn, MDB_dbi dbi, int whole)
{
    return fault_strikes(FAULT_STORE, "mdb_drop") ? WAYS(ENOMEM, MDB_CORRUPTED, EIO) : __real_mdb_drop(txn, dbi, whole);
}

WRAPPED(int, mdb_stat, MDB_txn *txn, MDB_dbi dbi, MDB_stat *stat)
{
    return fault_strikes(FAULT_STORE, "mdb_stat") ? WAYS(MDB_CORRUPTED, EIO) : __real_mdb_stat(txn, dbi, stat);
}

WRAPPED(int, mdb_cursor_open, MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor)
{
    return fault_strikes(FAULT_STORE, "mdb_cursor_open") ? ENOMEM : __real_mdb_cursor_open(txn, dbi, cursor);
}

WRAPPED(int, mdb_cursor_get, MDB_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op move)
{
    MDB_txn *txn = mdb_cursor_txn(cursor);
    if (spoiled == txn)
        return MDB_BAD_TXN;
    return fault_strikes(FAULT_STORE, "mdb_cursor_get") ? spoil(txn, WAYS(MDB_CORRUPTED, MDB_PAGE_NOTFOUND, EIO))
                                                        : __real_mdb_cursor_get(cursor, key, value, move);
}
