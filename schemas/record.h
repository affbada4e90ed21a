/*
 * record.h - a journal record: up to 256 KiB of consecutive entries of one kind, with a checksum.
 *
 *   offset  bytes  big-endian
 *        0      1  version, 1
 *        1      1  class: 0 outside events, 1 consequences
 *        2      2  reserved, 0
 *        4      4  count of entries, at least 1
 *        8      8  seq of the first entry
 *       16      8  at_ms, journal time of every entry in it
 *       24      4  bytes of entries that follow the header
 *       28      4  CRC-32C of bytes 0 to 27 and of the entries
 *   then each entry:
 *        0      4  session number; 0 without a session; 1 is the worker
 *        4      4  number of the principal that sent it (access.changed names it); 0 local
 *        8      8  session sequence; for a consequence its cause's seq
 *       16      4  step of the cause; 0 otherwise
 *       20      4  bytes of the event
 *       24         the event, exactly as received
 *
 * To change the format: raise the version, keep reading the old one, write the new one beside it here.
 */
#ifndef MANYI_SCHEMAS_RECORD_H
#define MANYI_SCHEMAS_RECORD_H

#include "core/span.h"

#define RECORD_HEADER_BYTES 32u
#define ENTRY_HEADER_BYTES 24u

enum record_class { RECORD_OUTSIDE = 0, RECORD_CONSEQUENCE = 1 };

struct entry {
    uint64_t seq;
    int64_t at_ms;
    uint32_t session;
    uint32_t principal;
    uint64_t sequence;
    uint32_t step;
    struct span event;
};

/* ---- writing: into a caller's buffer ---- */

struct record_writer {
    uint8_t *buffer;
    size_t capacity;
    size_t len; /* 0: nothing begun */
    uint32_t count;
    uint64_t first;
    enum record_class class;
};

void record_begin(struct record_writer *writer, enum record_class class, uint64_t first, int64_t at_ms);
/* -E_NO_ROOM: finish this record and begin another; seq is implied by position. */
int record_add(struct record_writer *writer, const struct entry *entry);
/* Fills in count, length and checksum; the bytes live in the buffer until the next record_begin. */
struct span record_finish(struct record_writer *writer);

/* ---- reading ---- */

struct record {
    enum record_class class;
    uint32_t count;
    uint64_t first;
    int64_t at_ms;
    struct span entries;
};

/* Checks version, lengths and checksum: -E_CORRUPT, -E_BAD_FORMAT. */
int record_open(struct span bytes, struct record *ret_record);

/* What a record whose checksum is wrong still tells: its header, if that agrees with the lengths of the entries, of which
 * nothing else can be believed. -E_CORRUPT. */
int record_salvage(struct span bytes, struct record *ret_record);

/* Walks the entries; the cursor starts zeroed. -E_NOT_FOUND after the last; -E_CORRUPT on a bad length. */
struct record_cursor {
    uint32_t index;
    size_t offset;
};
int record_next(const struct record *record, struct record_cursor *cursor, struct entry *ret_entry);

/* CRC-32C (Castagnoli), SSE4.2 where there is any, the same value everywhere. */
uint32_t crc32c(uint32_t crc, struct span bytes);
uint32_t crc32c_portable(uint32_t crc, struct span bytes); /* what machines without SSE4.2 run */

#endif
