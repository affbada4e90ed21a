/*
 * bench_commits.c - the floor of a complaint's latency: what it brought into a journal, put into an empty LMDB by two durable commits.
 *
 *   bench_commits DIR JOURNAL [complaints, 1000] [a second, 40]
 *
 * JOURNAL: data directory of a server that was sent complaints one by one; each pair of records, complaint and what followed from it, is
 * written again with the same bytes, at the same pace, since a disk and a processor that have rested answer later. DIR must not exist.
 * Prints one JSON object: `ms`, how long each pair took, and `bytes`, the two records' sizes in the median pair's place.
 */
#include "core/status.h"
#include "io/journal.h"
#include "tests/bench/pace.h"
#include "tests/bench/put_lane.h"
#include "tests/bench/schedule.h"

#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PAIRS_MAX 1024u
#define MAP_BYTES (1ull << 30)

struct pair {
    struct span record[2];
};

struct pairs {
    uint32_t count;
    struct pair pair[PAIRS_MAX];
};

static struct span kept(struct span bytes)
{
    uint8_t *copy = malloc(bytes.len);
    must(copy ? 0 : -E_NO_MEMORY, "records");
    memcpy(copy, bytes.at, bytes.len);
    return span_make(copy, bytes.len);
}

/* A complaint that was alone in its record, and the record of what followed. */
static void pair_take(struct pairs *pairs, struct span before, struct span bytes)
{
    struct record one, other;
    if (pairs->count == PAIRS_MAX || before.len == 0 || record_open(before, &one) < 0 || record_open(bytes, &other) < 0)
        return;
    if (one.class == RECORD_OUTSIDE && one.count == 1 && other.class == RECORD_CONSEQUENCE)
        pairs->pair[pairs->count++] = (struct pair){{kept(before), kept(bytes)}};
}

static void pairs_read(struct pairs *pairs, const char *dir)
{
    struct journal *journal;
    struct journal_reader *reader;
    struct journal_read *read = calloc(1, sizeof *read);
    must(read ? 0 : -E_NO_MEMORY, "reading");
    read->capacity = FETCH_BYTES_MAX;
    read->buffer = malloc(read->capacity);
    read->class_mask = 1u << RECORD_OUTSIDE | 1u << RECORD_CONSEQUENCE;
    must(journal_open(&(struct journal_options){.dir = dir, .read_only = true}, &journal), dir);
    must(journal_reader_open(journal, &reader), dir);
    while (read->after < journal_head(journal)) {
        must(journal_read(reader, read), dir);
        for (uint32_t i = 1; i < read->count; i++)
            pair_take(pairs, read->records[i - 1], read->records[i]);
        read->after = read->upto;
    }
    journal_reader_close(reader);
    journal_close(journal);
    free(read->buffer);
    free(read);
    must(pairs->count ? 0 : -E_NOT_FOUND, "complaints");
}

static void lmdb_must(int result, const char *what)
{
    if (result == 0)
        return;
    fprintf(stderr, "%s: %s\n", what, mdb_strerror(result));
    exit(1);
}

static MDB_env *env_open(const char *dir, MDB_dbi *ret_table)
{
    MDB_env *env;
    MDB_txn *txn;
    lmdb_must(mkdir(dir, 0750) ? errno : 0, dir);
    lmdb_must(mdb_env_create(&env), "environment");
    lmdb_must(mdb_env_set_mapsize(env, MAP_BYTES), "map");
    lmdb_must(mdb_env_open(env, dir, 0, 0640), dir);
    lmdb_must(mdb_txn_begin(env, NULL, 0, &txn), "transaction");
    lmdb_must(mdb_dbi_open(txn, NULL, 0, ret_table), "table");
    lmdb_must(mdb_txn_commit(txn), "commit");
    return env;
}

static void record_commit(MDB_env *env, MDB_dbi table, uint64_t number, struct span record)
{
    uint8_t bytes[8];
    MDB_txn *txn;
    for (int i = 7; i >= 0; i--, number >>= 8)
        bytes[i] = (uint8_t)number;
    MDB_val key = {sizeof bytes, bytes}, value = {record.len, (void *)(uintptr_t)record.at};
    lmdb_must(mdb_txn_begin(env, NULL, 0, &txn), "transaction");
    lmdb_must(mdb_put(txn, table, &key, &value, MDB_APPEND), "put");
    lmdb_must(mdb_txn_commit(txn), "commit");
}

int main(int count, char **words)
{
    static struct pairs pairs;
    struct pace pace;
    MDB_dbi table;
    if (count < 3) {
        fputs("bench_commits DIR JOURNAL [complaints] [a second]\n", stderr);
        return 64;
    }
    uint32_t complaints = count > 3 ? (uint32_t)strtoul(words[3], NULL, 10) : 1000;
    uint32_t per_second = count > 4 ? (uint32_t)strtoul(words[4], NULL, 10) : 40;
    pairs_read(&pairs, words[2]);
    MDB_env *env = env_open(words[1], &table);
    pace_open(&pace);
    uint64_t start_ns = pace_now_ns();
    fputs("{\"ms\":[", stdout);
    for (uint32_t i = 0; i < complaints; i++) {
        const struct pair *pair = &pairs.pair[i % pairs.count];
        pace_wait(&pace, start_ns + schedule_scattered_ns(i, per_second));
        uint64_t begin_ns = pace_now_ns();
        record_commit(env, table, 2 * i + 1, pair->record[0]);
        record_commit(env, table, 2 * i + 2, pair->record[1]);
        printf("%s%.4f", i ? "," : "", (double)(pace_now_ns() - begin_ns) / 1e6);
    }
    const struct pair *middle = &pairs.pair[pairs.count / 2];
    printf("],\"pairs\":%u,\"bytes\":[%zu,%zu]}\n", pairs.count, middle->record[0].len, middle->record[1].len);
    pace_close(&pace);
    mdb_env_close(env);
    return 0;
}
