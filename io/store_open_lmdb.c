/*
 * store_open_lmdb.c - one LMDB environment a store: made, checked, opened, closed.
 *
 * Default, fully synced mode, or NOMETASYNC where losing the last commit is harmless; never NOSYNC or WRITEMAP,
 * which can corrupt. NOTLS, so that a read transaction belongs to whoever holds it and not to a thread.
 * Read-ahead stays on: journals are scanned far more often than they are probed.
 */
#include "io/store_open_lmdb.h"
#include "core/ensure.h"
#include "core/limits.h"
#include "core/status.h"
#include "io/memory.h"
#include "io/store_file_lmdb.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* 0: the entry is no store's. */
static uint32_t number_of(const char *name)
{
    return strlen(name) == 6 && strspn(name, "0123456789") == 6 ? (uint32_t)strtoul(name, NULL, 10) : 0;
}

int store_greatest_number(const char *dir, uint32_t *ret_number)
{
    DIR *entries = opendir(dir);
    if (!entries && errno != ENOENT)
        return store_status_of(errno);
    uint32_t greatest = 0;
    struct dirent *entry;
    int error = 0;
    errno = 0;
    while (entries && error == 0 && (errno = 0, entry = readdir(entries)) != NULL) {
        char path[4096];
        struct stat about;
        uint32_t number = number_of(entry->d_name);
        if (number <= greatest)
            continue;
        snprintf(path, sizeof path, "%s/%06u/data.mdb", dir, number);
        if (stat(path, &about) == 0)
            greatest = number;
        else if (errno != ENOENT)
            error = errno;
    }
    error = error ? error : errno;
    if (entries)
        closedir(entries);
    if (error == 0)
        *ret_number = greatest;
    return error ? store_status_of(error) : 0;
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

/* ENOENT alone says that there is none: whatever else keeps us from looking, a file may lie there. */
static int file_bytes(const struct store_options *options, uint64_t *ret_bytes)
{
    char path[4096];
    struct stat about;
    snprintf(path, sizeof path, "%s/data.mdb", options->path);
    if (stat(path, &about) != 0)
        return errno;
    *ret_bytes = (uint64_t)about.st_size;
    return 0;
}

/* LMDB would begin an empty file anew, and take one of less than two pages for one of another version. */
static int beginning_check(const struct store_options *options)
{
    uint64_t two_pages = 2 * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t bytes;
    int error = file_bytes(options, &bytes);
    if (error)
        return error;
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
    if (error) {
        mdb_txn_abort(txn);
        return error;
    }
    while ((error = mdb_cursor_get(cursor, &key, &row, MDB_NEXT)) == 0) {
        const size_t *pages = row.mv_data;
        for (size_t i = 1; i <= pages[0] && (i + 1) * sizeof *pages <= row.mv_size; i++)
            count += pages[i] >= first;
    }
    mdb_cursor_close(cursor);
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
    uint64_t bytes, needed = store_bytes(store), free_count = 0;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    int error = file_bytes(options, &bytes);
    if (error || bytes >= needed)
        return error;
    uint8_t *map = map_find(options);
    if (!map)
        return EIO; /* nobody can tell whether it is harmless */
    uint64_t held = bytes / page * page;
    void *zeros = mmap(map + held, needed - held, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    bool harmless = zeros != MAP_FAILED && free_pages_count(store->env, held / page, &free_count) == 0 &&
                    free_count == (needed - held) / page;
    *ret_again = harmless;
    return harmless ? 0 : fault_tell(options, bytes, needed);
}

/* Opens the environment in a directory that is there. */
static int environment_open(struct store *store, const struct store_options *options, const char *path)
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
    return error ? error : mdb_env_open(store->env, path, flags, 0640);
}

static void environment_close(struct store *store)
{
    if (store->env)
        mdb_env_close(store->env);
    store->env = NULL;
}

/* A store is made beside its place and moved there whole: who is killed while making it leaves no empty file, so that an
 * empty file is always one that was cut. */
static int environment_make(struct store *store, const struct store_options *options)
{
    char beside[4096 - 16], made[4096], lock[4096], place[4096];
    int len = snprintf(beside, sizeof beside, "%s.new", options->path);
    if (len >= (int)sizeof beside)
        return ENAMETOOLONG;
    snprintf(made, sizeof made, "%s/data.mdb", beside);
    snprintf(lock, sizeof lock, "%s/lock.mdb", beside);
    snprintf(place, sizeof place, "%s/data.mdb", options->path);
    unlink(made); /* of whoever was killed */
    int error = directory_make(beside);
    if (error == 0)
        error = environment_open(store, options, beside);
    if (error == 0)
        error = tables_open(store, options);
    environment_close(store);
    if (error == 0 && rename(made, place))
        error = errno;
    unlink(made);
    unlink(lock);
    rmdir(beside);
    return error ? error : directory_sync(options->path);
}

static int environment_enter(struct store *store, const struct store_options *options)
{
    bool again = false;
    int error = options->read_only ? 0 : directory_make(options->path);
    uint64_t bytes;
    if (error == 0 && !options->read_only)
        error = file_bytes(options, &bytes);
    if (error == ENOENT && !options->read_only)
        error = environment_make(store, options);
    if (error == 0)
        error = beginning_check(options);
    if (error == 0)
        error = look_at_metas(options);
    if (error == 0)
        error = environment_open(store, options, options->path);
    if (error == 0)
        error = look_at_pages(store->env, options);
    if (error)
        return error;
    error = end_check(store, options, &again);
    if (again) {
        environment_close(store);
        error = environment_open(store, options, options->path);
    }
    if (error)
        return error;
    store_reap_readers(store);
    error = tables_open(store, options);
    if (error || options->read_only)
        return error;
    return directory_sync(options->path);
}

int store_open(const struct store_options *options, struct store **ret_store)
{
    ensure(options->table_count <= STORE_TABLES_MAX);
    memory_keep(4 * MIB); /* LMDB takes each large dirty page by malloc: 15 % of a journal's speed */
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return -E_NO_MEMORY;
    store->read_only = options->read_only;
    store->table_count = options->table_count;
    int error = environment_enter(store, options);
    if (error) {
        store_close(store);
        bool absent = error == ENOENT || error == MDB_NOTFOUND;
        return absent && options->read_only ? -E_NO_JOURNAL : store_status_of(error);
    }
    *ret_store = store;
    return 0;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    environment_close(store);
    free(store);
}
