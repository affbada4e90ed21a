/*
 * journal_volume.h - what the journal's own files share: the chain of volumes and the writer's turns.
 *
 * Included by journal*.c only.
 *
 *   table       key                         value
 *   records     seq of the first entry      a record (schemas/record.h)
 *   sessions    'l'                         lineage, seq of the volume's first entry u64
 *               'c'                         last cause: seq u64, step u32, version of the fold u32
 *               's' number u32              a session: see journal_session_set
 *   quarantine  'q' arrival u64             a refused event: see row_encode in journal_quarantine.c
 *               'h' BLAKE2b-128 of bytes    its arrival u64
 *               'u' BLAKE2b-128 of source   what the source has used: events u64, bytes u64
 *
 * Every row of sessions and quarantine has its version in front and a checksum behind: journal_row.c.
 * A volume without 'l' has not begun: a crash came between making it and its first commit.
 */
#ifndef MANYI_IO_JOURNAL_VOLUME_H
#define MANYI_IO_JOURNAL_VOLUME_H

#include "io/aside.h"
#include "io/journal.h"

#include <stdatomic.h>

#define JOURNAL_PATH_MAX 512u
#define SEQ_KEY_BYTES 8u
#define STAGED_KEY_MAX 9u
#define ROW_SEAL_BYTES 4u
#define CAUSE_BYTES (8 + 4 + 4)
#define LINEAGE_BYTES (LINEAGE_LEN + 8)
#define STAGED_ROWS_MAX 4096u
#define STAGE_BYTES (24u * MIB)

_Static_assert(STAGE_BYTES > 2 * (TURN_BYTES_MAX + PUT_BYTES_MAX),
               "a turn of the smallest events fits with its headers");
_Static_assert(STAGED_ROWS_MAX > 2 * TURN_REQUESTS_MAX, "a session for each request, and as many records");

enum journal_table { TABLE_RECORDS, TABLE_SESSIONS, TABLE_QUARANTINE, TABLE_COUNT };

struct volume {
    struct store *store;
    uint64_t first;       /* seq of its first entry, also while there is none yet */
    uint64_t found_bytes; /* when it was found at start */
};

/* A row on its way into a volume. */
struct staged_row {
    enum journal_table table;
    uint8_t key[STAGED_KEY_MAX];
    uint32_t key_len;
    struct span value;
    uint32_t entries; /* of a record; 0: another row */
};

/* What a turn has for the disk, in memory that is reused. */
struct stage {
    uint8_t *arena;
    size_t used;
    struct staged_row *rows;
    uint32_t count;
    uint64_t first; /* seq of its first entry, also when it has none */
    uint64_t next;  /* seq that the next entry takes */
    int64_t at_ms;
    struct last_cause cause;
};

struct journal {
    char *fault;                /* while it is opened: see journal_options */
    char dir[JOURNAL_PATH_MAX]; /* DIR/journal */
    uint64_t volume_bytes;
    bool read_only;
    bool must_exist;
    char lineage[LINEAGE_LEN + 1];

    /* Written by the writer, read by readers in other threads: a volume is filled in before it is counted. */
    struct volume volumes[VOLUMES_MAX];
    atomic_uint volume_count;
    atomic_ullong head;
    atomic_llong last_at_ms;

    /* The writer's turns: one is being filled while the one before may be on its way to the disk. */
    struct stage stages[2];
    struct stage *stage;   /* of the turn that is filled; between turns, of the next one */
    struct stage *leaving; /* handed to journal_commit_start and not waited for; NULL: none */
    struct aside *aside;   /* writes what is leaving */
    bool in_turn;
    bool beside;     /* what is leaving is written beside the turn, not here */
    int left_status; /* of what was written here */
    int failure;     /* of a commit: final, nothing is written after it */
    struct record_writer writer;
    struct store_txn *txn;   /* only in a turn that has something for the quarantine: it reads what it writes */
    bool volume_begins;      /* with the transaction that is under way */
    struct last_cause cause; /* durable */
    uint8_t *scratch;        /* one encoded row of sessions or quarantine */
    struct histogram commits;
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

/* In journal_chain.c. */
int chain_open(struct journal *journal, const char *lineage);
int chain_refresh(struct journal *journal); /* only read: what another process has appended since */
/* Begins a transaction on the volume that comes next in, which may be a new one: then volume_begins is set and its first rows
 * are in the transaction already. first: seq of its first entry. */
int chain_begin(struct journal *journal, uint64_t first, struct store_txn **ret_txn);
/* The index of the volume that the transaction is on. */
uint32_t chain_current(const struct journal *journal);
/* Commits it; a volume that began is then part of the chain. */
int chain_commit(struct journal *journal, struct store_txn *txn);

/* In journal_row.c. value: byte 0 is left for the version, then what the row says up to len, then room for ROW_SEAL_BYTES. */
struct span row_seal(struct span key, uint8_t *value, size_t len);
/* What the row says, lent. -E_CORRUPT; -E_BAD_FORMAT: another version. */
int row_open(struct span key, struct span value, struct span *ret_body);
/* The row of the last cause, and what it says. */
struct span cause_row(struct last_cause cause, uint8_t value[1 + CAUSE_BYTES + ROW_SEAL_BYTES]);
struct last_cause cause_of_bytes(const uint8_t bytes[CAUSE_BYTES]);

/* In journal_sessions.c. */
int session_decode(struct span key, struct span value, struct session_row *ret_row);
int session_import(struct journal *journal, struct span key, struct span value); /* within journal->txn */

/* In journal_quarantine.c: a 'q' row, which lends `value`, and by which hash it is found; the hash of bytes or of a source. */
#define QUARANTINE_HASH_BYTES 16u
int quarantine_decode(struct span key, struct span value, struct quarantine_row *ret_row,
                      uint8_t ret_hash[QUARANTINE_HASH_BYTES]);
int quarantine_import(struct journal *journal, struct span key, struct span value); /* within journal->txn */
/* When the event of a hash ('h' and its bytes) arrived in this volume. -E_NOT_FOUND, -E_CORRUPT. */
int quarantine_arrival(struct store_txn *txn, struct span hash, uint64_t *ret_arrival);
void quarantine_hash(uint8_t ret_hash[QUARANTINE_HASH_BYTES], struct span bytes);

/* In journal_turn.c. */
int turn_open(struct journal *journal);
void turn_close(struct journal *journal);
/* Puts one row into the turn; key and value are copied. -E_NO_ROOM: a turn holds no more. */
int turn_put(struct journal *journal, enum journal_table table, struct span key, struct span value);
/* Lets the turn have a transaction of its own, once what is leaving has left. */
int turn_settle(struct journal *journal);

/* In journal_read.c: whose journal it reads; opens a record, whose key says with which seq it begins; an entry of it, lent. */
struct journal *reader_journal(const struct journal_reader *reader);
int record_check(struct span key, struct span value, struct record *ret_record);
int record_find(const struct record *record, uint64_t seq, struct entry *ret_entry);

#endif
