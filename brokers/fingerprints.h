/*
 * fingerprints.h - which of the newest N entries of a journal have a given 64-bit fingerprint.
 *
 *   ring    N rows of 8 bytes, the next entry's after the last one's: its fingerprint; 0: it has none (it came from within)
 *   table   slots of 4 bytes, open addressing, at most half full: number of a row, and in the bits that are left how far the slot is
 *           from where its fingerprint belongs, and some bits of the fingerprint, so that a search seldom looks into the ring
 *
 * Memory: 8 N for the ring and 8 to 16 N for the table; 31 MiB for two million.
 */
#ifndef MANYI_BROKERS_FINGERPRINTS_H
#define MANYI_BROKERS_FINGERPRINTS_H

#include <stdint.h>

#define FINGERPRINTS_MAX (1u << 30) /* entries of a window */

struct fingerprints;

/* For a window of 1 to FINGERPRINTS_MAX entries. -E_NO_MEMORY. */
int fingerprints_open(uint32_t entries, struct fingerprints **ret_fingerprints);
void fingerprints_close(struct fingerprints *fingerprints); /* NULL is allowed */

/* Brings the memory that a search or an entry will need nearer. */
void fingerprints_prefetch(const struct fingerprints *fingerprints, uint64_t fingerprint);

/* Forgets what has left the window now that seq is the newest entry. Nothing happens when a newer one is known. */
void fingerprints_slide(struct fingerprints *fingerprints, uint64_t seq);
/* Slides and adds the entry of seq. One that is not newer than all before, as only a damaged journal tells of, is left out. */
void fingerprints_add(struct fingerprints *fingerprints, uint64_t fingerprint, uint64_t seq);

/* Seq of the next entry of this fingerprint; 0: there is no other. *steps is 0 before the first and belongs to the search, during
 * which nothing is added. */
uint64_t fingerprints_next(const struct fingerprints *fingerprints, uint64_t fingerprint, uint32_t *steps);

#endif
