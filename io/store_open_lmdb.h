/*
 * store_open_lmdb.h - what the two files of the real store share: the environment, and LMDB's errors in our words.
 */
#ifndef MANYI_IO_STORE_OPEN_LMDB_H
#define MANYI_IO_STORE_OPEN_LMDB_H

#include "io/store.h"

#include <lmdb.h>

struct store {
    MDB_env *env;
    bool read_only;
    uint32_t table_count;
    MDB_dbi tables[STORE_TABLES_MAX];
    int64_t commit_us; /* that the last one took */
};

/* Zero or -E_... for a result of LMDB or an errno. */
int store_status_of(int error);

#endif
