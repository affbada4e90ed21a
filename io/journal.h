/*
 * journal.h - the chain of volumes that everything is rebuilt from: append, read, durable end, fence.
 *
 * A volume is a store in DIR/journal/000001, 000002, ... Its tables: `records` (key: seq of the first entry, big-endian), `sessions`
 * (lineage and last cause, too), `quarantine`. One transaction writes all three; the first commit of a volume copies `sessions`.
 *
 * Caveats
 *   One writer (intake), in one thread. Readers may be in other threads of the same process: journal_reader_open. Readers
 *   see commits only. Volumes are never dropped. A failed commit is final: end the process.
 */
#ifndef MANYI_IO_JOURNAL_H
#define MANYI_IO_JOURNAL_H

#include "core/histogram.h"
#include "core/limits.h"
#include "io/store.h"
#include "schemas/record.h"

#define LINEAGE_LEN 32u /* hexadecimal characters */
#define JOURNAL_READ_RECORDS_MAX 256u

struct journal_options {
    const char *dir;       /* the data directory; volumes lie in DIR/journal */
    uint64_t volume_bytes; /* a new volume begins after this; 0: VOLUME_BYTES_DEFAULT */
    bool read_only;
    bool must_exist;     /* -E_NO_JOURNAL rather than that a new one is begun */
    const char *lineage; /* NULL: made at random when the journal is new */
    char *fault;         /* STORE_FAULT_MAX bytes for which volume is damaged and how; NULL: not asked */
};

struct journal;
struct journal_reader;

int journal_open(const struct journal_options *options, struct journal **ret_journal);
void journal_close(struct journal *journal); /* NULL is allowed */
/* Only read beside the process that writes it: sees what was appended since. Nothing to do for the writer's own.
 * Never while readers of this journal are at work in other threads. */
int journal_refresh(struct journal *journal);

/* Frees slots of readers, in other processes, that died: at open and every 30 s. */
void journal_reap_readers(struct journal *journal);

const char *journal_lineage(const struct journal *journal);
uint64_t journal_head(const struct journal *journal);      /* seq of the last durable entry; 0 when empty */
int64_t journal_last_at_ms(const struct journal *journal); /* INT64_MIN when empty */
uint32_t journal_volumes(const struct journal *journal);
uint64_t journal_bytes(const struct journal *journal);

/* ---- the writer's turn: begin, add and set, commit ---- */

int journal_begin(struct journal *journal, int64_t at_ms); /* at_ms never before the last one */
/* Appends; entry->seq is ignored and given in *ret_seq. entry->event is copied. */
int journal_add(struct journal *journal, enum record_class class, const struct entry *entry, uint64_t *ret_seq);
/* An entry that is not durable yet, of this turn or of the one that is leaving: lent until the next journal_add. */
int journal_turn_entry(struct journal *journal, uint64_t seq, struct entry *ret_entry);
int journal_commit(struct journal *journal); /* durable when it returns 0; moves head. Final on failure. */
/* The same in two halves, so that the next turn is filled meanwhile: journal_begin may follow the start, the wait comes
 * before the next start. beside: another thread writes it; else the start does, which is quicker for little. Without
 * anything to wait for, wait returns 0 at once. Final on failure, both. */
int journal_commit_start(struct journal *journal, bool beside);
bool journal_commit_ready(struct journal *journal);           /* wait would return at once */
bool journal_commit_is_beside(const struct journal *journal); /* another thread has been given what is leaving */
int journal_commit_wait(struct journal *journal);
/* How long its commits took on the disk. The writer's thread asks. */
const struct histogram *journal_commit_times(const struct journal *journal);
/* The loop of this wake_fd is woken when what is written beside is done. */
void journal_commit_wakes(struct journal *journal, int wake_fd);
void journal_abort(struct journal *journal);

/* A session as kept on disk. `number` 1 is the worker's. Without a source: nobody's, see brokers/sessions.c. */
struct session_row {
    uint32_t number;
    uint64_t epoch;
    uint64_t last;
    char last_id[NAME_MAX_BYTES + 1];
    char source[URI_MAX_BYTES + 1];
    char instance[NAME_MAX_BYTES +
                  1]; /* who said HELLO last; empty: nobody since the journal was restored, or the row mended */
};
int journal_session_set(struct journal *journal, const struct session_row *row);
/* Visits every session at start. A negative return of visit ends it and is returned. -E_CORRUPT: there are damaged rows, which
 * are told, and visited with nothing but the number in their keys, if there is one; all others were visited. -E_DAMAGED: a row that
 * the journal can't be without. */
int journal_sessions(struct journal *journal, int (*visit)(void *context, const struct session_row *row),
                     void *context);

/* The same of the volumes before the newest, oldest first, without what is damaged: what sessions were when each was left. */
int journal_sessions_before(struct journal *journal, int (*visit)(void *context, const struct session_row *row),
                            void *context);

/* What the worker spoke of last: everything up to it is in the journal, nothing after it. */
struct last_cause {
    uint64_t seq;
    uint32_t step;
    uint32_t fold_version; /* of the rules that counted the step */
};
int journal_last_cause_set(struct journal *journal, struct last_cause cause); /* within a turn */
struct last_cause journal_last_cause(const struct journal *journal);

/* A refused event, kept. Identical bytes are counted, not stored twice. ret_key receives the key's text. */
struct quarantine_row {
    char key[33]; /* BLAKE2b-128 of the bytes, hexadecimal */
    int64_t first_at_ms, last_at_ms;
    uint64_t count;
    char code[8];
    char field[96];
    char message[192];
    char source[URI_MAX_BYTES + 1];
    uint64_t mended_seq; /* the entry that took its place; 0: none */
    struct span bytes;
};
/* -E_QUARANTINE_FULL: this source has used its quota (QUARANTINE_SOURCE_...). -E_CORRUPT, -E_BAD_FORMAT: what was kept of the same
 * bytes can't be read. */
int journal_quarantine_add(struct journal *journal, struct quarantine_row *row);
/* The writer's look at what it keeps of these bytes, the running turn included; the row lends `bytes` itself.
 * -E_NOT_FOUND. */
int journal_quarantine_find(struct journal *journal, struct span bytes, struct quarantine_row *ret_row);
/* The writer's look at what is under a key, the running turn included; its bytes are copied into buffer (PUT_BYTES_MAX).
 * -E_NOT_FOUND. */
int journal_quarantine_look(struct journal *journal, const char *key, uint8_t *buffer, size_t capacity,
                            struct quarantine_row *ret_row);
/* Within a turn: the entry of this seq took its place. -E_NOT_FOUND. */
int journal_quarantine_mend(struct journal *journal, const char *key, uint64_t seq);

/* ---- reading ---- */

/* For one thread of its own. Ends before the journal does. */
int journal_reader_open(struct journal *journal, struct journal_reader **ret_reader);
void journal_reader_close(struct journal_reader *reader);

/* Copies whole records that hold entries after `after`, in order, into buffer until the next would not fit (at least
 * one record always fits: capacity >= gap + SYSTEM_EVENT_MAX + RECORD_MAX). class_mask: bit per enum record_class.
 * upto: continue after this seq; it moves on over records of other classes, also when none was found in the 32 MiB that
 * one call looks through. Each record's checksum is checked: -E_CORRUPT names volume and seq in message, and what is
 * damaged comes right after upto. */
struct journal_read {
    uint64_t after;
    uint32_t class_mask;
    uint8_t *buffer;
    size_t capacity;
    size_t bytes_max; /* records after the first one end before this much is filled; 0: capacity */
    size_t gap;       /* bytes left free before each record, for whoever sends them on */
    struct span records[JOURNAL_READ_RECORDS_MAX]; /* filled: each record in the buffer */
    uint32_t count;
    uint64_t upto;
    char message[128];
};
int journal_read(struct journal_reader *reader, struct journal_read *read);

/* Where reading goes on when what comes next after `after` is damaged: *ret_after lies before the first record that begins
 * further on, or is the head. */
int journal_skip(struct journal_reader *reader, uint64_t after, uint64_t *ret_after);

/* One entry by its seq, copied into buffer (SYSTEM_EVENT_MAX + RECORD_MAX). -E_NOT_FOUND. */
int journal_entry(struct journal_reader *reader, uint64_t seq, uint8_t *buffer, size_t capacity,
                  struct entry *ret_entry);

/* Quarantined events, oldest first, after the key `after` ("" at first); what the row lends lives during visit, which may
 * end it by returning non-zero. -E_NOT_FOUND: there is no such key. */
int journal_quarantine_list(struct journal_reader *reader, const char *after,
                            int (*visit)(void *context, const struct quarantine_row *row), void *context);
/* The one under a key. -E_NOT_FOUND. */
int journal_quarantine_one(struct journal_reader *reader, const char *key,
                           int (*visit)(void *context, const struct quarantine_row *row), void *context);
/* How many rows it would visit: different events. Reads the whole quarantine. */
int journal_quarantine_count(struct journal_reader *reader, uint64_t *ret_count);

#endif
