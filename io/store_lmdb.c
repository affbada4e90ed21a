/*
 * store_lmdb.c - durable tables in LMDB, one environment a store.
 *
 * Default, fully synced mode, or NOMETASYNC where losing the last commit is harmless; never NOSYNC or WRITEMAP,
 * which can corrupt. NOTLS, so that a read transaction belongs to whoever holds it and not to a thread.
 * Read-ahead stays on: journals are scanned far more often than they are probed.
 *
 * A transaction is LMDB's own, a cursor too, under our names; the environment knows its store.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/store.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct store {
    MDB_env *env;
    bool read_only;
    uint32_t table_count;
    MDB_dbi tables[STORE_TABLES_MAX];
};

static int status_of(int error)
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
    case MDB_PANIC:
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

/* A new file survives a power cut only when its directory's entry does. */
static int directory_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = fsync(fd) ? errno : 0;
    close(fd);
    return error;
}

static int directory_make(const char *path)
{
    if (mkdir(path, 0750) == 0) {
        char parent[4096];
        int len = snprintf(parent, sizeof parent, "%s/..", path);
        return len < (int)sizeof parent ? directory_sync(parent) : ENAMETOOLONG;
    }
    return errno == EEXIST ? 0 : errno;
}

static int tables_open(struct store *store, const struct store_options *options)
{
    MDB_txn *txn;
    int error = mdb_txn_begin(store->env, NULL, options->read_only ? MDB_RDONLY : 0, &txn);
    if (error)
        return error;
    for (uint32_t i = 0; i < options->table_count; i++) {
        error = mdb_dbi_open(txn, options->tables[i], options->read_only ? 0 : MDB_CREATE, &store->tables[i]);
        if (error) {
            mdb_txn_abort(txn);
            return error;
        }
    }
    return mdb_txn_commit(txn);
}

/* ---- a file that was cut ---- */

static int fault_tell(const struct store_options *options, uint64_t bytes, uint64_t needed)
{
    if (options->fault)
        snprintf(options->fault, STORE_FAULT_MAX, "%s/data.mdb has %llu bytes, not %llu", options->path,
                 (unsigned long long)bytes, (unsigned long long)needed);
    return MDB_CORRUPTED;
}

static uint64_t file_bytes(const struct store_options *options)
{
    char path[4096];
    struct stat about;
    snprintf(path, sizeof path, "%s/data.mdb", options->path);
    return stat(path, &about) == 0 ? (uint64_t)about.st_size : UINT64_MAX;
}

/* LMDB would begin an empty file anew, and take one of less than two pages for one of another version. */
static int beginning_check(const struct store_options *options)
{
    uint64_t two_pages = 2 * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t bytes = file_bytes(options);
    return bytes < two_pages ? fault_tell(options, bytes, two_pages) : 0;
}

/* How many pages from `first` on are free: rows of LMDB's own table 0 are lists of pages, their length in front. */
static int free_pages_count(MDB_env *env, uint64_t first, uint64_t *ret_count)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key, row;
    uint64_t count = 0;
    int error = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (error)
        return error;
    error = mdb_cursor_open(txn, 0, &cursor);
    while (error == 0 && (error = mdb_cursor_get(cursor, &key, &row, MDB_NEXT)) == 0) {
        const size_t *pages = row.mv_data;
        for (size_t i = 1; i <= pages[0] && (i + 1) * sizeof *pages <= row.mv_size; i++)
            count += pages[i] >= first;
    }
    mdb_txn_abort(txn);
    if (error == MDB_NOTFOUND)
        *ret_count = count;
    return error == MDB_NOTFOUND ? 0 : error;
}

/* Where the environment's file is mapped; NULL when that can't be found out. */
static uint8_t *map_find(const struct store_options *options)
{
    char path[4096], line[4400];
    struct stat about;
    unsigned long long from, inode;
    uint8_t *found = NULL;
    snprintf(path, sizeof path, "%s/data.mdb", options->path);
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && !found && stat(path, &about) == 0 && fgets(line, sizeof line, maps)) {
        bool ours = sscanf(line, "%llx-%*x %*s %*s %*s %llu", &from, &inode) == 2 && inode == about.st_ino &&
                    strstr(line, "/data.mdb");
        found = ours ? (uint8_t *)(uintptr_t)from : NULL;
    }
    if (maps)
        fclose(maps);
    return found;
}

/* A map that reaches beyond the file's end kills by SIGBUS. A file may lack pages that were taken and given back in one
 * transaction, as those are never written: then all that it lacks is free. To find out, zeros are laid behind its end;
 * *ret_again asks to open anew, without them. */
static int end_check(struct store *store, const struct store_options *options, bool *ret_again)
{
    uint64_t bytes = file_bytes(options), needed = store_bytes(store), free_count = 0;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint8_t *map = bytes < needed ? map_find(options) : NULL;
    if (!map)
        return 0;
    uint64_t held = bytes / page * page;
    void *zeros = mmap(map + held, needed - held, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    bool harmless = zeros != MAP_FAILED && free_pages_count(store->env, held / page, &free_count) == 0 &&
                    free_count == (needed - held) / page;
    *ret_again = harmless;
    return harmless ? 0 : fault_tell(options, bytes, needed);
}

static int environment_open(struct store *store, const struct store_options *options)
{
    unsigned int flags = MDB_NOTLS;
    if (options->durability == STORE_MAY_LOSE_LAST)
        flags |= MDB_NOMETASYNC;
    if (options->read_only)
        flags |= MDB_RDONLY;
    int error = mdb_env_create(&store->env);
    if (error)
        return error;
    error = mdb_env_set_userctx(store->env, store);
    ensure(error == 0);
    error = mdb_env_set_maxdbs(store->env, STORE_TABLES_MAX);
    ensure(error == 0);
    error = mdb_env_set_mapsize(store->env, options->map_bytes);
    if (error)
        return error;
    if (!options->read_only) {
        error = directory_make(options->path);
        if (error)
            return error;
    }
    error = beginning_check(options);
    return error ? error : mdb_env_open(store->env, options->path, flags, 0640);
}

static int environment_enter(struct store *store, const struct store_options *options)
{
    bool again = false;
    int error = environment_open(store, options);
    if (error)
        return error;
    error = end_check(store, options, &again);
    if (again) {
        mdb_env_close(store->env);
        store->env = NULL;
        error = environment_open(store, options);
    }
    if (error)
        return error;
    store_reap_readers(store);
    error = tables_open(store, options);
    if (error || options->read_only)
        return error;
    return directory_sync(options->path);
}

/* LMDB takes each large dirty page by malloc and frees it at the commit. Left alone, glibc gives that memory back to the
 * system every time and each turn faults it in anew: 15 % of a journal's speed. For the whole process, and harmless. */
static void heap_keep(void)
{
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

int store_open(const struct store_options *options, struct store **ret_store)
{
    ensure(options->table_count <= STORE_TABLES_MAX);
    heap_keep();
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return -E_NO_MEMORY;
    store->read_only = options->read_only;
    store->table_count = options->table_count;
    int error = environment_enter(store, options);
    if (error) {
        store_close(store);
        bool absent = error == ENOENT || error == MDB_NOTFOUND;
        return absent && options->read_only ? -E_NO_JOURNAL : status_of(error);
    }
    *ret_store = store;
    return 0;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    if (store->env)
        mdb_env_close(store->env);
    free(store);
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
        return status_of(error);
    *ret_txn = (struct store_txn *)txn;
    return 0;
}

int store_commit(struct store_txn *txn)
{
    int error = mdb_txn_commit((MDB_txn *)txn);
    if (error == 0)
        return 0;
    return status_of(error) == -E_STORE_FULL ? -E_STORE_FULL : -E_COMMIT_FAILED;
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
    return status_of(error);
}

int store_put(struct store_txn *txn, uint32_t table, struct span key, struct span value)
{
    MDB_val at = key_of(key);
    MDB_val bytes = val_of(value);
    return status_of(mdb_put((MDB_txn *)txn, table_of(txn, table), &at, &bytes, 0));
}

int store_append(struct store_txn *txn, uint32_t table, struct span key, struct span value)
{
    MDB_val at = key_of(key);
    MDB_val bytes = val_of(value);
    int error = mdb_put((MDB_txn *)txn, table_of(txn, table), &at, &bytes, MDB_APPEND);
    ensure(error != MDB_KEYEXIST);
    return status_of(error);
}

int store_delete(struct store_txn *txn, uint32_t table, struct span key)
{
    MDB_val at = key_of(key);
    return status_of(mdb_del((MDB_txn *)txn, table_of(txn, table), &at, NULL));
}

int store_clear(struct store_txn *txn, uint32_t table)
{
    return status_of(mdb_drop((MDB_txn *)txn, table_of(txn, table), 0));
}

int store_count(struct store_txn *txn, uint32_t table, uint64_t *ret_count)
{
    MDB_stat stat;
    int error = mdb_stat((MDB_txn *)txn, table_of(txn, table), &stat);
    if (error == 0)
        *ret_count = stat.ms_entries;
    return status_of(error);
}

int store_cursor_open(struct store_txn *txn, uint32_t table, struct store_cursor **ret_cursor)
{
    MDB_cursor *cursor;
    int error = mdb_cursor_open((MDB_txn *)txn, table_of(txn, table), &cursor);
    if (error == 0)
        *ret_cursor = (struct store_cursor *)cursor;
    return status_of(error);
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
        return status_of(error);
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
