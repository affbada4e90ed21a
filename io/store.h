/*
 * store.h - the seam to durable ordered tables. Real half: store_lmdb.c. Simulated half: store_sim.c.
 *
 * Caveats
 *   One writer at a time per environment; readers see the last commit as of their store_begin.
 *   A path is opened once per process; never across a fork.
 *   Lent values and keys live until the next write in the same transaction, or its end: copy out first.
 *   Read transactions are short (at most 100 ms): a long one pins pages.
 *   A failed commit is final: end the process. Never retry it (the kernel may have dropped the dirty pages).
 *   Keys are 1 to 511 bytes and ordered as bytes; values may be large. Tables are numbered as they were named.
 */
#ifndef MANYI_IO_STORE_H
#define MANYI_IO_STORE_H

#include "core/span.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_TABLES_MAX 32u
#define STORE_KEY_MAX 511u

enum store_durability {
    STORE_DURABLE,       /* LMDB's default: a commit is on disk when it returns */
    STORE_MAY_LOSE_LAST, /* NOMETASYNC: may lose its last commit, never its consistency */
};

#define STORE_FAULT_MAX 640u

struct store_options {
    const char *path;          /* a directory; made with mode 0750 when missing, unless read_only */
    const char *const *tables; /* names, in the order of their numbers */
    uint32_t table_count;
    enum store_durability durability;
    uint64_t map_bytes;   /* address space; the most that the store can grow to */
    bool read_only;       /* beside a running writer; a missing store is -E_NO_JOURNAL */
    uint64_t check_bytes; /* how much of each table, from its end, is looked at before it is trusted (store_walk) */
    char *fault;          /* STORE_FAULT_MAX bytes for which file is damaged and how; NULL: not asked */
};

struct store;
struct store_txn;
struct store_cursor;

/* Errors: -E_NOT_PERMITTED, -E_NO_JOURNAL, -E_IO, -E_CORRUPT, -E_NO_MEMORY, -E_BAD_FORMAT. */
int store_open(const struct store_options *options, struct store **ret_store);
void store_close(struct store *store); /* after all transactions; NULL is allowed */

/* The greatest number among the stores that lie in dir as 000001, 000002, ...; 0: there is none. A store that is being made is not
 * there yet. -E_NOT_PERMITTED, -E_IO, -E_NO_DESCRIPTORS, -E_NO_MEMORY. */
int store_greatest_number(const char *dir, uint32_t *ret_number);

/* ---- looking at a store without trusting it ---- */

#define STORE_NO_TABLE UINT32_MAX

/* What is wrong with how a store lies on the disk: nothing is read beyond it. Lent for the call. */
struct store_fault {
    uint64_t page;    /* of the file */
    const char *what; /* one clause */
    uint32_t table;   /* that misses rows; STORE_NO_TABLE: all of them, or none */
    struct span from; /* the rows from this key on; empty: from the first */
    struct span to;   /* up to this key; empty: to the last */
};

/* Goes through every page and hands out every row that can be reached, table after table in the order of their names, each in
 * the order of its keys. Neither a page nor a row is believed in before it is seen to lie within the file, within its page, in
 * order, and to be used once. Rows may be wrong themselves: only their own checksums tell.
 * Beside a running writer it is one snapshot: what the writer frees meanwhile stays, and its file grows by that. */
struct store_walk {
    const char *path;
    const char *const *tables;
    uint32_t table_count;
    int (*row)(void *context, uint32_t table, struct span key, struct span value); /* NULL: none; negative ends it */
    void (*fault)(void *context, const struct store_fault *fault);
    void *context;
    uint64_t pages;  /* filled: looked at */
    uint64_t faults; /* filled: told */
};
/* 0 whatever was found; -E_NO_JOURNAL, -E_IO, -E_NO_MEMORY, and what row returned. The store must not be open in this
 * process. */
int store_walk(struct store_walk *walk);

/* How long its last commit took, in microseconds; 0 before the first, and where nothing is written to a disk. The thread that
 * committed asks, or one that has waited for it. */
int64_t store_commit_us(const struct store *store);

/* Bytes in use by data pages (not the map's size). */
uint64_t store_bytes(struct store *store);
/* Frees slots of readers that died. At open and every 30 s. */
void store_reap_readers(struct store *store);

int store_begin(struct store *store, bool write, struct store_txn **ret_txn);
/* The transaction is gone after either, whatever is returned. -E_COMMIT_FAILED, -E_STORE_FULL are final. */
int store_commit(struct store_txn *txn);
void store_abort(struct store_txn *txn); /* NULL is allowed */

/* -E_NOT_FOUND leaves ret_value untouched. */
int store_get(struct store_txn *txn, uint32_t table, struct span key, struct span *ret_value);
int store_put(struct store_txn *txn, uint32_t table, struct span key, struct span value);
/* The key is greater than every key of the table: the fast way to write a journal. */
int store_append(struct store_txn *txn, uint32_t table, struct span key, struct span value);
int store_delete(struct store_txn *txn, uint32_t table, struct span key); /* -E_NOT_FOUND */
int store_clear(struct store_txn *txn, uint32_t table);
int store_count(struct store_txn *txn, uint32_t table, uint64_t *ret_count);

/* Cursors end before their transaction does. Each move returns -E_NOT_FOUND past either end. After that, after a write
 * to the transaction and when just opened, a cursor stands nowhere: store_seek or store_last before the next move.
 * store_seek with an empty key finds the first row. */
int store_cursor_open(struct store_txn *txn, uint32_t table, struct store_cursor **ret_cursor);
void store_cursor_close(struct store_cursor *cursor); /* NULL is allowed */
int store_seek(struct store_cursor *cursor, struct span at_or_after, struct span *ret_key, struct span *ret_value);
int store_last(struct store_cursor *cursor, struct span *ret_key, struct span *ret_value);
int store_next(struct store_cursor *cursor, struct span *ret_key, struct span *ret_value);
int store_previous(struct store_cursor *cursor, struct span *ret_key, struct span *ret_value);

#endif
