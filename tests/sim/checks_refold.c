/*
 * checks_refold.c - the journal folded anew by fresh roles over a copy of it, beside the world.
 *
 *     silently   as after `manyi rebuild`: the same state, row by row, and not a word
 *     aloud      as if nothing had ever been said: the same words, one by one, that the worker said through all crashes
 */
#include "brokers/feed.h"
#include "brokers/intake.h"
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/checks_inside.h"
#include "workers/state.h"
#include "workers/worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define REFOLD_DIR "/refold"
#define CALM_ROUNDS 16
#define ROUNDS_MAX 200000

struct refold {
    struct checks *checks;
    struct setup setup;
    struct journal *journal;
    struct intake *intake;
    struct feed *feed;
    struct worker *worker;
};

/* ---- roles of its own ---- */

static void silence_forget(struct journal *journal)
{
    int status = journal_begin(journal, journal_last_at_ms(journal));
    if (status == 0)
        status = journal_last_cause_set(journal, (struct last_cause){0});
    if (status == 0)
        status = journal_commit(journal);
    ensure(status == 0);
}

static void refold_open(struct refold *refold, struct checks *checks, bool aloud)
{
    struct setup *setup = &refold->setup;
    refold->checks = checks;
    store_sim_forget_all(REFOLD_DIR);
    store_sim_copy_all(WORLD_JOURNAL, REFOLD_DIR "/journal");
    *setup = checks->world->setup;
    snprintf(setup->dir, sizeof setup->dir, REFOLD_DIR);
    setup->identity_window = 16;
    setup->disk_reserve_bytes = 0;
    const struct journal_options options = {.dir = REFOLD_DIR, .volume_bytes = setup->volume_bytes};
    int status = journal_open(&options, &refold->journal);
    ensure(status == 0);
    if (aloud)
        silence_forget(refold->journal);
    const struct clock_options at = {.start_wall_ms = journal_last_at_ms(refold->journal)};
    status = bus_open(&setup->bus);
    if (status == 0)
        status = clock_open(&at, &setup->clock);
    if (status == 0)
        status = intake_open(setup, refold->journal, clock_read(setup->clock), &refold->intake);
    if (status == 0)
        status = feed_open(setup, refold->journal, &refold->feed);
    if (status == 0)
        status = worker_open(setup, &refold->worker);
    ensure(status == 0);
}

static void refold_close(struct refold *refold)
{
    worker_close(refold->worker);
    feed_close(refold->feed);
    intake_close(refold->intake);
    journal_close(refold->journal);
    clock_close(refold->setup.clock);
    bus_close(refold->setup.bus);
    store_sim_forget_all(REFOLD_DIR);
}

static void refold_run(struct refold *refold)
{
    struct clock_reading now = clock_read(refold->setup.clock);
    int calm = 0;
    for (int i = 0; calm < CALM_ROUNDS; i++) {
        int64_t worker_ms = 1, intake_ms = 1, feed_ms = 1;
        uint64_t head = journal_head(refold->journal);
        int status = worker_turn(refold->worker, now, &worker_ms);
        if (status == 0)
            status = intake_turn(refold->intake, now, &intake_ms);
        if (status == 0)
            status = feed_turn(refold->feed, now, &feed_ms);
        if (status || i == ROUNDS_MAX) {
            world_violated(refold->checks->world, "a rebuild is equal", "the journal can't be folded anew: %s",
                           status ? status_text(status)->summary : "it does not end");
            return;
        }
        bool busy = worker_ms == 0 || intake_ms == 0 || feed_ms == 0 || head != journal_head(refold->journal);
        calm = busy ? 0 : calm + 1;
    }
}

/* ---- the same rows ---- */

struct rows {
    struct store *store;
    struct store_txn *txn;
};

static void rows_open(struct rows *rows, const char *dir)
{
    int status = state_open(dir, true, &rows->store);
    if (status == 0)
        status = store_begin(rows->store, false, &rows->txn);
    ensure(status == 0);
}

static void rows_close(struct rows *rows)
{
    store_abort(rows->txn);
    store_close(rows->store);
}

/* "a1b2..": keys are binary. */
static const char *hex(struct span key, char text[81])
{
    size_t len = key.len < 40 ? key.len : 40;
    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", key.at[i]);
    text[2 * len] = '\0';
    return text;
}

static bool table_compare(struct checks *checks, const struct rows *lived, const struct rows *fresh, uint32_t table)
{
    struct store_cursor *a, *b;
    struct span key_a = {0}, key_b = {0}, row_a = {0}, row_b = {0};
    char text[81];
    int status = store_cursor_open(lived->txn, table, &a);
    if (status == 0)
        status = store_cursor_open(fresh->txn, table, &b);
    ensure(status == 0);
    int more_a = store_seek(a, (struct span){0}, &key_a, &row_a);
    int more_b = store_seek(b, (struct span){0}, &key_b, &row_b);
    bool same = true;
    while (same && more_a == 0 && more_b == 0) {
        same = span_equal(key_a, key_b) && span_equal(row_a, row_b);
        if (same) {
            more_a = store_next(a, &key_a, &row_a);
            more_b = store_next(b, &key_b, &row_b);
        }
    }
    same = same && more_a == more_b;
    if (!same)
        world_violated(checks->world, "a rebuild is equal", "table %s differs at key %s", state_table_name(table),
                       hex(more_a == 0 ? key_a : key_b, text));
    store_cursor_close(a);
    store_cursor_close(b);
    return same;
}

static void state_compare(struct checks *checks)
{
    struct rows lived, fresh;
    rows_open(&lived, WORLD_DIR);
    rows_open(&fresh, REFOLD_DIR);
    for (uint32_t table = 0; table < STATE_TABLES; table++) {
        if (!table_compare(checks, &lived, &fresh, table))
            break;
    }
    rows_close(&lived);
    rows_close(&fresh);
}

/* ---- the same words ---- */

static uint64_t word_hash(const struct entry *entry)
{
    uint8_t cause[12];
    memcpy(cause, &entry->sequence, 8);
    memcpy(cause + 8, &entry->step, 4);
    return hash_bytes(hash_bytes(HASH_BEGIN, span_make(cause, sizeof cause)), entry->event);
}

/* Reads the consequences after..upto of a journal into hashes, in order. Returns how many; *ret_hashes is the caller's. */
static uint64_t words_read(struct journal *journal, uint64_t after, uint64_t upto, uint64_t **ret_hashes)
{
    struct journal_reader *reader;
    struct journal_read *read = checks_take(sizeof *read);
    uint64_t *hashes = checks_take((upto - after + 1) * sizeof *hashes);
    uint64_t count = 0;
    read->capacity = 4u * MIB;
    read->buffer = checks_take(read->capacity);
    read->class_mask = 1u << RECORD_CONSEQUENCE;
    read->after = after;
    int status = journal_reader_open(journal, &reader);
    while (status == 0 && read->after < upto && (status = journal_read(reader, read)) == 0) {
        for (uint32_t i = 0; i < read->count; i++) {
            struct record record;
            struct record_cursor cursor = {0};
            struct entry entry;
            status = record_open(read->records[i], &record);
            ensure(status == 0);
            while (record_next(&record, &cursor, &entry) == 0) {
                if (entry.seq > after && entry.seq <= upto)
                    hashes[count++] = word_hash(&entry);
            }
        }
        read->after = read->upto;
    }
    ensure(status == 0);
    journal_reader_close(reader);
    free(read->buffer);
    free(read);
    *ret_hashes = hashes;
    return count;
}

/* A new version of the rules counts what the last cause of the one before left unsaid as said: only then words may be missing. */
static void words_compare(struct refold *refold, uint64_t head)
{
    uint64_t *said, *again;
    struct world *world = refold->checks->world;
    bool may_miss = world->outcome.faults[FAULT_fold_version] > 0;
    uint64_t said_count = words_read(refold->journal, 0, head, &said);
    uint64_t again_count = words_read(refold->journal, head, journal_head(refold->journal), &again);
    uint64_t same = 0, missing = 0;
    while (same < said_count && same + missing < again_count) {
        if (said[same] == again[same + missing])
            same++;
        else if (may_miss)
            missing++;
        else
            break;
    }
    if (same < said_count || (!may_miss && same < again_count))
        world_violated(world, "announced once",
                       "%" PRIu64 " consequences were told, in one go they are %" PRIu64
                       "; they differ from number %" PRIu64 " on",
                       said_count, again_count, same + 1);
    free(said);
    free(again);
}

void refold_check(struct checks *checks)
{
    struct refold silent = {0}, aloud = {0};
    uint64_t head = checks->memory.count;
    refold_open(&silent, checks, false);
    refold_run(&silent);
    if (journal_head(silent.journal) != head)
        world_violated(checks->world, "a rebuild is silent", "it added entries %" PRIu64 " to %" PRIu64, head + 1,
                       journal_head(silent.journal));
    state_compare(checks);
    refold_close(&silent);
    refold_open(&aloud, checks, true);
    refold_run(&aloud);
    words_compare(&aloud, head);
    refold_close(&aloud);
}
