/*
 * backup.h - a journal as one stream of bytes: written beside a server, checked, and made a journal again.
 *
 *   header   "MANYIBAK" | version u32 | lineage 32 | head u64 | its journal time u64 | last cause: seq u64, step u32,
 *            version of the fold u32 | CRC-32C u32 of these
 *   block    bytes in the stream u32 | bytes of rows u32 | zstd frame, with its checksum
 *   row      table u8 | length of the key u32 | length of the value u32 | key | value, as they stand in the journal, sealed by
 *            their own checksums (journal_volume.h); first sessions, then quarantine, then records from entry 1 to the head
 *   end      0 u32 | 0 u32 | rows of sessions u64 | of quarantine u64 | of records u64
 *   seal     BLAKE2b-256 of everything before
 *
 * Numbers are big-endian. Sessions, last cause and quarantine are as of the head; state and cards are not in it, as they are folded
 * anew. What is refused while the quarantine is read may be counted already, when it is larger than SNAPSHOT_BYTES.
 * To change the format: raise the version, keep reading the old one.
 */
#ifndef MANYI_IO_BACKUP_H
#define MANYI_IO_BACKUP_H

#include "io/journal.h"

#define BACKUP_MESSAGE_MAX 192u

struct backup_summary {
    char lineage[LINEAGE_LEN + 1];
    uint64_t head;
    int64_t at_ms; /* of the head; INT64_MIN: the journal is empty */
    struct last_cause cause;
    uint64_t sessions, quarantined, records; /* rows */
    uint64_t bytes;                          /* of the stream */
    uint64_t left_out; /* when it was written: damaged rows of the quarantine, which are not in it */
    char left_out_first[64];
};

/* ---- writing ---- */

/* Takes the stream piece after piece; a negative result ends the backup and is returned. */
struct backup_sink {
    int (*put)(void *context, struct span bytes);
    void *context;
};

/* Writes all of a journal up to one head, beside its writer: no read transaction of its newest volume is longer than copying
 * SNAPSHOT_BYTES. journal: only read, and of nobody else. -E_CORRUPT, and -E_AGAIN for a damaged row of a
 * session, which a start of serve mends: message names the place; the sink's. */
int backup_write(struct journal *journal, const struct backup_sink *sink, char message[BACKUP_MESSAGE_MAX],
                 struct backup_summary *ret_summary);

/* ---- reading ---- */

struct backup_source {
    /* Exactly len bytes; -E_TRUNCATED: there are no more. */
    int (*take)(void *context, uint8_t *bytes, size_t len);
    void *context;
};

/* Each row in the order of the stream, after it was checked; lent for the call. Not to be believed before backup_read has
 * returned 0: only then is it all there. table: 0 records, 1 sessions, 2 quarantine. A negative result ends it. */
typedef int backup_row(void *context, uint32_t table, struct span key, struct span value);

/* Reads a stream to its end and checks everything: seals, checksums, density, order. row: NULL for the check alone.
 * begin: told once the header is known, before the first row; NULL: nobody. -E_BAD_BACKUP (damaged, cut off, or none at
 * all), -E_BAD_FORMAT (of another version), the source's: message names the place. What row returned: it is empty. */
int backup_read(const struct backup_source *source, int (*begin)(void *context, const struct backup_summary *header),
                backup_row *row, void *context, char message[BACKUP_MESSAGE_MAX], struct backup_summary *ret_summary);

/* ---- a journal of what was read ---- */

struct journal_import;

/* Makes the journal of DIR, which must have none: -E_LOCKED when there is one. lineage: NULL for one at random; never that of the
 * backup, whose entries after its head other people know. */
int journal_import_open(const char *dir, uint64_t volume_bytes, const char *lineage,
                        struct journal_import **ret_import);
/* A row as backup_read hands it out. The journal is durable up to some earlier row at any time. */
int journal_import_row(struct journal_import *import, uint32_t table, struct span key, struct span value);
/* After the last row: everything is durable when it returns 0. */
int journal_import_end(struct journal_import *import, struct last_cause cause);
const char *journal_import_lineage(const struct journal_import *import);
void journal_import_close(struct journal_import *import); /* NULL is allowed */

#endif
