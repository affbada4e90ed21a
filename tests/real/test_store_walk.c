/*
 * test_store_walk.c - going through a store without trusting it: all is found in a sound one, and what is damaged is told.
 */
#include "core/status.h"
#include "io/store.h"
#include "tests/support/scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define KEYS 600u
#define VALUE_MAX 20000u
#define TURNS 300u
#define FLIPS 6000u

static const char *const tables[] = {"records", "sessions"};

/* A naive model of both tables: the length and first byte of each key's value; 0: no row. */
struct model {
    uint32_t len[2][KEYS];
    uint8_t first[2][KEYS];
};

struct shop {
    char path[SCRATCH_MAX];
    struct store *store;
    struct model model;
    uint64_t dice;
    bool clears; /* tables, now and then */
};

static uint32_t roll(struct shop *shop, uint32_t below)
{
    shop->dice = shop->dice * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(shop->dice >> 33) % below;
}

static struct store_options options_of(const struct shop *shop, char *fault)
{
    return (struct store_options){.path = shop->path,
                                  .tables = tables,
                                  .table_count = 2,
                                  .map_bytes = 64u << 20,
                                  .check_bytes = UINT64_MAX,
                                  .fault = fault};
}

static void store_reopen(struct shop *shop)
{
    const struct store_options options = options_of(shop, NULL);
    assert_int_equal(store_open(&options, &shop->store), 0);
}

static struct span key_of(uint32_t number, char text[32])
{
    snprintf(text, 32, "%s-%u", number % 3 ? "C" : "a-longer-key-of-a-task", number);
    return span_of(text);
}

/* One transaction of some puts and deletes. */
static void turn(struct shop *shop)
{
    static uint8_t value[VALUE_MAX];
    struct store_txn *txn;
    char text[32];
    struct model model = shop->model;
    assert_int_equal(store_begin(shop->store, true, &txn), 0);
    for (uint32_t i = roll(shop, 60); i > 0; i--) {
        uint32_t table = roll(shop, 2), number = roll(shop, KEYS);
        if (shop->clears && roll(shop, 400) == 0) {
            assert_int_equal(store_clear(txn, table), 0);
            memset(model.len[table], 0, sizeof model.len[table]);
        } else if (roll(shop, 3) == 0) {
            int status = store_delete(txn, table, key_of(number, text));
            assert_int_equal(status, model.len[table][number] ? 0 : -E_NOT_FOUND);
            model.len[table][number] = 0;
        } else {
            uint32_t len = 1 + roll(shop, roll(shop, 20) == 0 ? VALUE_MAX : 200);
            model.len[table][number] = len;
            model.first[table][number] = value[0] = (uint8_t)roll(shop, 256);
            assert_int_equal(store_put(txn, table, key_of(number, text), span_make(value, len)), 0);
        }
    }
    if (roll(shop, 10) == 0) {
        store_abort(txn);
        return;
    }
    assert_int_equal(store_commit(txn), 0);
    shop->model = model;
}

struct tour {
    struct shop *shop;
    uint32_t met[2];
    uint32_t sum;
    uint32_t faults;
    char what[256];
};

static int row_meet(void *context, uint32_t table, struct span key, struct span value)
{
    struct tour *tour = context;
    char text[32];
    tour->met[table]++;
    uint32_t number = 0;
    for (uint32_t i = 0; i < KEYS; i++) {
        if (!span_equal(key, key_of(i, text)))
            continue;
        number = i;
        break;
    }
    assert_int_equal(value.len, tour->shop->model.len[table][number]);
    assert_int_equal(value.at[0], tour->shop->model.first[table][number]);
    return 0;
}

static int row_pass(void *context, uint32_t table, struct span key, struct span value)
{
    struct tour *tour = context;
    uint32_t sum = 0;
    for (size_t i = 0; i < key.len; i++)
        sum += key.at[i];
    for (size_t i = 0; i < value.len; i++)
        sum += value.at[i]; /* whatever is lent can be read */
    tour->met[table]++;
    tour->sum += sum;
    return 0;
}

static void fault_hear(void *context, const struct store_fault *fault)
{
    struct tour *tour = context;
    if (tour->faults++ == 0)
        snprintf(tour->what, sizeof tour->what, "page %llu %s", (unsigned long long)fault->page, fault->what);
}

static struct tour walk_through(struct shop *shop, bool know_rows)
{
    struct tour tour = {.shop = shop};
    struct store_walk walk = {.path = shop->path,
                              .tables = tables,
                              .table_count = 2,
                              .row = know_rows ? row_meet : row_pass,
                              .fault = fault_hear,
                              .context = &tour};
    assert_int_equal(store_walk(&walk), 0);
    assert_int_equal(walk.faults, tour.faults);
    return tour;
}

static int shop_fill(void **state)
{
    struct shop *shop = calloc(1, sizeof *shop);
    scratch_make(shop->path);
    strncat(shop->path, "/store", sizeof shop->path - strlen(shop->path) - 1);
    shop->dice = 20261123;
    *state = shop;
    return 0;
}

static int shop_close(void **state)
{
    struct shop *shop = *state;
    *strrchr(shop->path, '/') = '\0';
    scratch_remove(shop->path);
    free(shop);
    return 0;
}

static void a_sound_store_is_found_whole_whatever_was_done_to_it(void **state)
{
    struct shop *shop = *state;
    shop->clears = true;
    for (uint32_t i = 0; i < TURNS; i++) {
        uint32_t rows[2] = {0};
        store_reopen(shop);
        for (uint32_t turns = 1 + roll(shop, 4); turns > 0; turns--)
            turn(shop);
        store_close(shop->store);
        struct tour tour = walk_through(shop, true);
        if (tour.faults)
            fail_msg("after turn %u: %s", i, tour.what);
        for (uint32_t number = 0; number < KEYS; number++) {
            rows[0] += shop->model.len[0][number] > 0;
            rows[1] += shop->model.len[1][number] > 0;
        }
        assert_int_equal(tour.met[0], rows[0]);
        assert_int_equal(tour.met[1], rows[1]);
    }
}

/* Beside the store's own process, while it writes: one snapshot after the other, each of them sound. */
static void a_store_is_sound_while_it_is_written(void **state)
{
    struct shop *shop = *state;
    store_reopen(shop);
    turn(shop);
    store_close(shop->store);
    pid_t writer = fork();
    if (writer == 0) {
        store_reopen(shop);
        for (;;)
            turn(shop);
    }
    for (uint32_t i = 0; i < 200; i++) {
        struct tour tour = walk_through(shop, false);
        if (tour.faults)
            fail_msg("in walk %u: %s", i, tour.what);
    }
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
}

static void flip(const char *path, off_t byte, uint32_t bit)
{
    uint8_t at;
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &at, 1, byte), 1);
    at ^= (uint8_t)(1u << bit);
    assert_int_equal(pwrite(fd, &at, 1, byte), 1);
    close(fd);
}

/* Headers, offsets, numbers of pages: whatever flips, the walk neither reads beyond what it has nor misses a row in silence. */
static void a_flipped_bit_is_told_or_costs_no_row(void **state)
{
    struct shop *shop = *state;
    char file[SCRATCH_MAX + 16];
    struct stat about;
    uint32_t told = 0;
    store_reopen(shop);
    for (uint32_t i = 0; i < 60; i++)
        turn(shop);
    store_close(shop->store);
    struct tour sound = walk_through(shop, true);
    snprintf(file, sizeof file, "%s/data.mdb", shop->path);
    assert_int_equal(stat(file, &about), 0);
    for (uint32_t i = 0; i < FLIPS; i++) {
        off_t page = (off_t)roll(shop, (uint32_t)(about.st_size / 4096)) * 4096;
        off_t byte = page + roll(shop, i % 2 ? 4096 : 200); /* the structure lies in front, and the rows behind */
        uint32_t bit = roll(shop, 8);
        flip(file, byte, bit);
        struct tour tour = walk_through(shop, false);
        told += tour.faults > 0;
        if (tour.faults == 0) {
            assert_int_equal(tour.met[0], sound.met[0]);
            assert_int_equal(tour.met[1], sound.met[1]);
        }
        flip(file, byte, bit);
    }
    assert_true(told > FLIPS / 40);
}

/* What opening reads is looked at then: a meta page of a transaction that was not the last would undo a commit in silence. */
static void a_store_whose_last_commit_would_be_undone_is_not_opened(void **state)
{
    struct shop *shop = *state;
    char file[SCRATCH_MAX + 16], fault[STORE_FAULT_MAX] = "";
    store_reopen(shop);
    for (uint32_t i = 0; i < 60; i++)
        turn(shop);
    store_close(shop->store);
    snprintf(file, sizeof file, "%s/data.mdb", shop->path);
    for (uint32_t bit = 0; bit < 64; bit++) { /* the number of either page's transaction */
        for (off_t page = 0; page < 2; page++) {
            const struct store_options options = options_of(shop, fault);
            flip(file, page * 4096 + 16 + 24 + 96 + 8 + bit / 8, bit % 8);
            assert_int_equal(store_open(&options, &shop->store), -E_CORRUPT);
            assert_non_null(strstr(fault, "data.mdb: page"));
            flip(file, page * 4096 + 16 + 24 + 96 + 8 + bit / 8, bit % 8);
        }
    }
    store_reopen(shop);
    store_close(shop->store);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, shop_fill, shop_close)
    const struct CMUnitTest tests[] = {
        STORY(a_sound_store_is_found_whole_whatever_was_done_to_it),
        STORY(a_store_is_sound_while_it_is_written),
        STORY(a_flipped_bit_is_told_or_costs_no_row),
        STORY(a_store_whose_last_commit_would_be_undone_is_not_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
