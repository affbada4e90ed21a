/* What a store on a disk must also stand: a reader in another process, a killed writer, a map that is full. */
#include "core/status.h"
#include "io/store.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const tables[] = {"records"};

struct shop {
    char folder[SCRATCH_MAX];
    char path[80]; /* not yet there */
};

static int shop_open(void **state)
{
    struct shop *shop = calloc(1, sizeof *shop);
    scratch_make(shop->folder);
    snprintf(shop->path, sizeof shop->path, "%s/state", shop->folder);
    *state = shop;
    return 0;
}

static int shop_close(void **state)
{
    struct shop *shop = *state;
    scratch_remove(shop->folder);
    free(shop);
    return 0;
}

static int open_store(const char *path, bool read_only, uint64_t map_bytes, struct store **ret_store)
{
    const struct store_options options = {
        .path = path, .tables = tables, .table_count = 1, .map_bytes = map_bytes, .read_only = read_only};
    return store_open(&options, ret_store);
}

static int write_row(struct store *store, const char *key, const char *value)
{
    struct store_txn *txn;
    int status = store_begin(store, true, &txn);
    if (status)
        return status;
    status = store_put(txn, 0, span_of(key), span_of(value));
    return status ? (store_abort(txn), status) : store_commit(txn);
}

static bool row_is(struct store *store, const char *key, const char *expected)
{
    struct store_txn *txn;
    struct span value;
    if (store_begin(store, false, &txn))
        return false;
    bool same = store_get(txn, 0, span_of(key), &value) == 0 && span_is(value, expected);
    store_abort(txn);
    return same;
}

static void tell(int fd)
{
    assert_int_equal(write(fd, "x", 1), 1);
}

static void hear(int fd)
{
    char byte;
    assert_int_equal(read(fd, &byte, 1), 1);
}

/* The reader's process: opens beside the writer, sees the first commit, then the second. Its exit code is its verdict.
 * It must not assert: it shares cmocka's state with the test. */
static _Noreturn void read_beside(const char *path, int from_writer, int to_writer)
{
    char byte;
    struct store *reader;
    bool good = read(from_writer, &byte, 1) == 1 && open_store(path, true, 1 << 20, &reader) == 0;
    good = good && row_is(reader, "C-1", "opened") && write(to_writer, "x", 1) == 1;
    good = good && read(from_writer, &byte, 1) == 1 && row_is(reader, "C-1", "resolved");
    if (good)
        store_close(reader);
    _exit(good ? 0 : 1);
}

static void a_reader_in_another_process_follows_the_writer(void **state)
{
    struct shop *shop = *state;
    int to_reader[2], to_writer[2], verdict;
    assert_int_equal(pipe(to_reader), 0);
    assert_int_equal(pipe(to_writer), 0);
    pid_t child = fork(); /* before the store is open: an environment does not survive a fork */
    if (child == 0)
        read_beside(shop->path, to_reader[0], to_writer[1]);
    struct store *store;
    assert_int_equal(open_store(shop->path, false, 1ull << 36, &store), 0); /* 64 GiB, as a volume has */
    assert_int_equal(write_row(store, "C-1", "opened"), 0);
    tell(to_reader[1]);
    close(to_writer[1]);
    hear(to_writer[0]);
    assert_int_equal(write_row(store, "C-1", "resolved"), 0);
    tell(to_reader[1]);
    assert_int_equal(waitpid(child, &verdict, 0), child);
    assert_true(WIFEXITED(verdict));
    assert_int_equal(WEXITSTATUS(verdict), 0);
    store_reap_readers(store);
    store_close(store);
    close(to_reader[0]);
    close(to_reader[1]);
    close(to_writer[0]);
}

static _Noreturn void write_until_killed(const char *path, int to_parent)
{
    struct store *store;
    struct store_txn *txn;
    bool good = open_store(path, false, 1 << 20, &store) == 0 && write_row(store, "C-1", "kept") == 0;
    good = good && store_begin(store, true, &txn) == 0 && store_put(txn, 0, span_of("C-2"), span_of("lost")) == 0;
    good = good && write(to_parent, "x", 1) == 1;
    if (good)
        pause();
    _exit(1);
}

static void a_killed_writer_leaves_its_commits_and_frees_the_store(void **state)
{
    struct shop *shop = *state;
    int from_child[2], verdict;
    assert_int_equal(pipe(from_child), 0);
    pid_t child = fork();
    if (child == 0)
        write_until_killed(shop->path, from_child[1]);
    hear(from_child[0]);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &verdict, 0), child);
    struct store *store;
    assert_int_equal(open_store(shop->path, false, 1 << 20, &store), 0);
    assert_true(row_is(store, "C-1", "kept"));
    assert_false(row_is(store, "C-2", "lost"));
    assert_int_equal(write_row(store, "C-3", "goes on"), 0);
    store_close(store);
    close(from_child[0]);
    close(from_child[1]);
}

static void a_full_store_says_so_and_keeps_what_it_has(void **state)
{
    struct shop *shop = *state;
    struct store *store;
    static char large[64 * 1024];
    memset(large, 'x', sizeof large - 1);
    assert_int_equal(open_store(shop->path, false, 1 << 20, &store), 0);
    assert_int_equal(write_row(store, "C-0", "kept"), 0);
    int status = 0;
    for (int i = 1; status == 0 && i < 100; i++) {
        char key[16];
        snprintf(key, sizeof key, "C-%d", i);
        status = write_row(store, key, large);
    }
    assert_int_equal(status, -E_STORE_FULL);
    assert_true(row_is(store, "C-0", "kept"));
    store_close(store);
}

static void the_directory_is_for_us_and_our_group_only(void **state)
{
    struct shop *shop = *state;
    struct store *store;
    struct stat about;
    mode_t before = umask(0);
    assert_int_equal(open_store(shop->path, false, 1 << 20, &store), 0);
    umask(before);
    assert_int_equal(stat(shop->path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0750);
    store_close(store);
}

static void a_file_that_is_no_store_is_refused(void **state)
{
    struct shop *shop = *state;
    struct store *store = NULL;
    char file[128];
    assert_int_equal(mkdir(shop->path, 0750), 0);
    snprintf(file, sizeof file, "%s/data.mdb", shop->path);
    FILE *garbage = fopen(file, "w");
    for (int i = 0; i < 4096; i++)
        fputs("not a store ", garbage);
    fclose(garbage);
    assert_int_equal(open_store(shop->path, false, 1 << 20, &store), -E_BAD_FORMAT);
    assert_null(store);
}

/* A writer that is killed while it makes its store leaves at most an empty file beside its place. */
static void a_store_whose_maker_was_killed_is_made_anew(void **state)
{
    struct shop *shop = *state;
    struct store *store;
    char beside[96], file[128];
    snprintf(beside, sizeof beside, "%s.new", shop->path);
    snprintf(file, sizeof file, "%s/data.mdb", beside);
    assert_int_equal(mkdir(beside, 0750), 0);
    FILE *half_made = fopen(file, "w");
    assert_non_null(half_made);
    assert_int_equal(fclose(half_made), 0);
    assert_int_equal(open_store(shop->path, false, 1 << 20, &store), 0);
    assert_int_equal(write_row(store, "41", "complained"), 0);
    assert_true(row_is(store, "41", "complained"));
    store_close(store);
    assert_int_equal(access(beside, F_OK), -1);
}

static void a_store_cannot_be_made_where_there_is_no_folder(void **state)
{
    struct shop *shop = *state;
    struct store *store = NULL;
    char path[128];
    snprintf(path, sizeof path, "%s/no/such/folder", shop->folder);
    assert_int_equal(open_store(path, false, 1 << 20, &store), -E_IO);
    assert_null(store);
}

/* 40 rows of three pages each, or gone again. */
static void large_rows(struct store *store, bool gone)
{
    static const char large[9000];
    struct store_txn *txn;
    char key[8];
    assert_int_equal(store_begin(store, true, &txn), 0);
    for (int i = 0; i < 40; i++) {
        snprintf(key, sizeof key, "r%02d", i);
        assert_int_equal(gone ? store_delete(txn, 0, span_of(key))
                              : store_put(txn, 0, span_of(key), span_make(large, sizeof large)),
                         0);
    }
    assert_int_equal(store_commit(txn), 0);
}

/* Pages at the end that are free need not be in the file: LMDB never writes those that one transaction takes and gives back.
 * With the others missing, a look at them would end the process by a signal. */
static void a_file_that_was_cut_is_refused_unless_it_lacks_only_free_pages(void **state)
{
    struct shop *shop = *state;
    struct store *store;
    struct stat about;
    char file[128];
    snprintf(file, sizeof file, "%s/data.mdb", shop->path);
    for (int gone = 1; gone >= 0; gone--) {
        assert_int_equal(open_store(shop->path, false, 16 << 20, &store), 0);
        large_rows(store, false);
        if (gone)
            large_rows(store, true);
        for (int i = 0; i < 3; i++)
            assert_int_equal(write_row(store, "kept", "yes"), 0);
        store_close(store);
        assert_int_equal(stat(file, &about), 0);
        assert_int_equal(truncate(file, about.st_size - 8 * sysconf(_SC_PAGESIZE)), 0);
        for (int read_only = 1; read_only >= 0; read_only--) {
            store = NULL;
            assert_int_equal(open_store(shop->path, read_only, 16 << 20, &store), gone ? 0 : -E_CORRUPT);
            assert_true(!gone || row_is(store, "kept", "yes"));
            assert_true(!gone || read_only || write_row(store, "more", "yes") == 0);
            store_close(store);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_open, shop_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reader_in_another_process_follows_the_writer),
        TEST(a_killed_writer_leaves_its_commits_and_frees_the_store),
        TEST(a_full_store_says_so_and_keeps_what_it_has),
        TEST(the_directory_is_for_us_and_our_group_only),
        TEST(a_file_that_is_no_store_is_refused),
        TEST(a_store_whose_maker_was_killed_is_made_anew),
        TEST(a_store_cannot_be_made_where_there_is_no_folder),
        TEST(a_file_that_was_cut_is_refused_unless_it_lacks_only_free_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
