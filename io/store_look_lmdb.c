/*
 * store_look_lmdb.c - a store looked at before it is trusted: a little at each opening, all of it when somebody asks.
 */
#include "core/status.h"
#include "io/store_file_lmdb.h"
#include "io/store_open_lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define WALK_MAP_BYTES (1u << 20) /* LMDB takes as much as the file has; unasked, as much as its meta page says */

/* ---- at each opening ---- */

static int fault_tell(const struct store_options *options, uint64_t page, const char *what)
{
    if (options->fault)
        snprintf(options->fault, STORE_FAULT_MAX, "%s/data.mdb: page %llu %s", options->path, (unsigned long long)page,
                 what);
    return MDB_CORRUPTED;
}

/* The first one is told. */
struct suspicion {
    const struct store_options *options;
    bool told;
};

static void fault_take(void *context, const struct store_fault *fault)
{
    struct suspicion *suspicion = context;
    if (!suspicion->told)
        fault_tell(suspicion->options, fault->page, fault->what);
    suspicion->told = true;
}

/* What is wrong with the meta pages of a file: *ret_error is MDB_CORRUPTED, or MDB_INVALID for what was never a store. NULL:
 * nothing, or it can't be opened: *ret_error. */
static const char *metas_look(const char *directory, uint64_t *ret_page, int *ret_error)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/data.mdb", directory);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *ret_error = fd < 0 ? errno : 0;
    if (fd < 0)
        return NULL;
    const char *what = file_meta_check(fd, ret_page);
    if (what)
        *ret_error = file_is_store(fd) ? MDB_CORRUPTED : MDB_INVALID;
    close(fd);
    return what;
}

/* What could not be read may be sound all the same: nobody shall restore a backup for that. */
static bool is_unread(const char *what)
{
    return strncmp(what, "can't be read", strlen("can't be read")) == 0;
}

int look_at_metas(const struct store_options *options)
{
    uint64_t page;
    int error;
    const char *what = metas_look(options->path, &page, &error);
    if (what)
        fault_tell(options, page, what);
    return what && is_unread(what) ? EIO : error;
}

int look_at_pages(MDB_env *env, const struct store_options *options)
{
    struct suspicion suspicion = {.options = options};
    struct store_walk walk = {
        .tables = options->tables, .table_count = options->table_count, .fault = fault_take, .context = &suspicion};
    struct file_meta meta;
    uint64_t page;
    MDB_txn *txn;
    int fd;
    const char *what = file_pin(env, &txn, &meta, &page);
    if (what) {
        int damaged = fault_tell(options, page, what);
        return is_unread(what) ? EIO : damaged;
    }
    enum file_depth depth = options->check_bytes > 0 ? FILE_ENDS : FILE_TABLES;
    int error = mdb_env_get_fd(env, &fd);
    if (error == 0 && file_walk(fd, &meta, depth, options->check_bytes, &walk) < 0)
        error = ENOMEM;
    mdb_txn_abort(txn);
    return error ? error : walk.faults > 0 ? MDB_CORRUPTED : 0;
}

/* ---- all of it ---- */

static void page_tell(struct store_walk *walk, uint64_t page, const char *what)
{
    const struct store_fault fault = {.page = page, .what = what, .table = STORE_NO_TABLE};
    walk->faults++;
    if (walk->fault)
        walk->fault(walk->context, &fault);
}

static int environment_walk(MDB_env *env, struct store_walk *walk)
{
    struct file_meta meta;
    uint64_t page;
    MDB_txn *txn;
    int fd;
    const char *what = file_pin(env, &txn, &meta, &page);
    if (what) {
        page_tell(walk, page, what);
        return 0;
    }
    int result = mdb_env_get_fd(env, &fd) == 0 ? file_walk(fd, &meta, FILE_ALL, 0, walk) : -E_IO;
    mdb_txn_abort(txn);
    return result;
}

int store_walk(struct store_walk *walk)
{
    uint64_t page;
    int error;
    walk->pages = 0;
    walk->faults = 0;
    const char *what = metas_look(walk->path, &page, &error);
    if (what)
        page_tell(walk, page, what);
    if (what || error)
        return what ? 0 : error == ENOENT ? -E_NO_JOURNAL : store_status_of(error);
    MDB_env *env;
    error = mdb_env_create(&env);
    if (error)
        return store_status_of(error);
    error = mdb_env_set_mapsize(env, WALK_MAP_BYTES);
    if (error == 0)
        error = mdb_env_open(env, walk->path, MDB_RDONLY | MDB_NOTLS, 0640);
    int result = error ? store_status_of(error) : environment_walk(env, walk);
    mdb_env_close(env);
    return result;
}
