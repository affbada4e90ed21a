/*
 * journal_snapshot.h - the rows of a journal as they are copied out of it, for a backup. Included by io/backup*.c only.
 */
#ifndef MANYI_IO_JOURNAL_SNAPSHOT_H
#define MANYI_IO_JOURNAL_SNAPSHOT_H

#include "io/journal_volume.h"

#define SNAPSHOT_BYTES (32u * MIB) /* copied in one read transaction */
#define ITEM_HEADER_BYTES 9u

/* Rows one after the other, as they stand in the stream. */
struct snapshot {
    uint8_t *items;
    size_t len, capacity;
    uint64_t head;
    int64_t at_ms;
    struct last_cause cause;
    uint32_t volume;     /* index of the newest one, as of which it is */
    uint64_t sessions;   /* rows of them */
    size_t sessions_len; /* and how much of items they are: the first */
    uint64_t arrival;    /* of the last row of the newest volume's quarantine that is in items */
    bool whole;          /* all of that quarantine is */
    uint64_t left_out;   /* rows of the quarantine that are damaged */
    char left_out_first[64];
};

/* Sessions, last cause and what fits of the quarantine, as of one commit. The caller frees items. -E_CORRUPT, and
 * -E_AGAIN for what a start of serve mends: message tells what. */
int snapshot_take(struct journal *journal, struct snapshot *ret_snapshot, char message[128]);

/* Replaces items by more rows of a volume's quarantine, after *arrival, that no newer volume has; *arrival 0: from the first;
 * *ret_end: there are no more. What is left out is counted on. */
int snapshot_quarantine(struct journal *journal, struct snapshot *snapshot, uint32_t volume, uint64_t *arrival,
                        bool *ret_end, char message[128]);

#endif
