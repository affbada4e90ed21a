/*
 * journal_volume.h - what the journal's own files share: the chain of volumes and the writer's turn.
 *
 * Included by journal*.c only.
 *
 *   table       key                         value
 *   records     seq of the first entry      a record (schemas/record.h)
 *   sessions    'l'                         version u8, lineage, seq of the volume's first entry u64
 *               'c'                         last cause: version u8, seq u64, step u32
 *               's' number u32              a session: see session_encode
 *   quarantine  'q' arrival u64             a refused event: see row_encode in journal_quarantine.c
 *               'h' BLAKE2b-128 of bytes    its arrival u64
 *               'u' BLAKE2b-128 of source   what the source has used: events u64, bytes u64
 *
 * A volume without 'l' has not begun: a crash came between making it and its first commit.
 */
#ifndef MANYI_IO_JOURNAL_VOLUME_H
#define MANYI_IO_JOURNAL_VOLUME_H

#include "io/journal.h"

#include <stdatomic.h>

#define JOURNAL_PATH_MAX 512u
#define SEQ_KEY_BYTES 8u

enum journal_table { TABLE_RECORDS, TABLE_SESSIONS, TABLE_QUARANTINE, TABLE_COUNT };

struct volume {
    struct store *store;
    uint64_t first; /* seq of its first entry, also while there is none yet */
};

struct journal {
    char dir[JOURNAL_PATH_MAX]; /* DIR/journal */
    uint64_t volume_bytes;
    bool read_only;
    char lineage[LINEAGE_LEN + 1];

    /* Written by the writer, read by readers in other threads: a volume is filled in before it is counted. */
    struct volume volumes[VOLUMES_MAX];
    atomic_uint volume_count;
    atomic_ullong head;
    atomic_llong last_at_ms;

    /* The writer's turn. */
    struct store_txn *txn; /* NULL between turns */
    bool volume_begins;
    int64_t at_ms;
    uint64_t next; /* seq that the next entry takes */
    struct record_writer writer;
    struct last_cause cause;      /* durable */
    struct last_cause turn_cause; /* of this turn */
    uint8_t *scratch;             /* one encoded row of sessions or quarantine */
};

#define SCRATCH_BYTES (PUT_BYTES_MAX + 4096u)

/* The begun volume that holds seq, or would: an index below count. */
static inline uint32_t volume_of(const struct journal *journal, uint32_t count, uint64_t seq)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (journal->volumes[middle].first <= seq)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The store that this turn writes to. */
static inline uint32_t turn_volume(const struct journal *journal)
{
    return atomic_load_explicit(&journal->volume_count, memory_order_relaxed) - (journal->volume_begins ? 0 : 1);
}

/* In journal_chain.c. */
int chain_open(struct journal *journal, const char *lineage);
int chain_refresh(struct journal *journal); /* only read: what another process has appended since */
int chain_extend(struct journal *journal);  /* opens the store of the volume that comes next */
int volume_begin(struct journal *journal);  /* the first rows of a volume, in the turn's transaction */

/* In journal_read.c: whose journal it reads; an entry of a record, or of a volume within a transaction, lent. */
struct journal *reader_journal(const struct journal_reader *reader);
int record_find(const struct record *record, uint64_t seq, struct entry *ret_entry);
int volume_entry(struct store_txn *txn, uint64_t seq, struct entry *ret_entry);

#endif
