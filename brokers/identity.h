/*
 * identity.h - the identity window: which of the newest entries had this source and id.
 *
 * The window is the outside events among the newest N entries of the journal, hence a function of the journal: after a
 * restart it is what it was. It keeps 64-bit fingerprints; a hit is confirmed against the entry itself, so that two
 * events that only share a fingerprint are both kept.
 *
 * Memory: that of the fingerprints (brokers/fingerprints.h), 31 MiB for two million entries.
 */
#ifndef MANYI_BROKERS_IDENTITY_H
#define MANYI_BROKERS_IDENTITY_H

#include "core/span.h"
#include "io/journal.h"

struct identity;

/* Allocates for a window of `entries` and fills it from the journal's tail. A record whose checksum is wrong is logged and
 * passed over: what was in it is not known any more. -E_NO_MEMORY; the store's errors. */
int identity_open(struct journal *journal, uint32_t entries, struct identity **ret_identity);
void identity_close(struct identity *identity);

/* SipHash-2-4 of source, a zero byte and id. */
uint64_t identity_fingerprint(const struct identity *identity, struct span source, struct span id);

/* Brings the memory that a look-up will need nearer. */
void identity_prefetch(const struct identity *identity, uint64_t fingerprint);

/* The seq of the first event of this source and id: 0 and *ret_seq, or -E_NOT_FOUND. Also sees what was added in the
 * journal's running turn. -E_CORRUPT: the fingerprint is that of an entry that can't be read any more, so that nobody can
 * tell; identity_damage says which. Other errors are the journal's. */
int identity_find(struct identity *identity, uint64_t fingerprint, struct span source, struct span id,
                  uint64_t *ret_seq);

/* How often a hit had to be confirmed out of the journal, since ever: each reads up to a record, which takes some 20 us. Hits
 * that follow each other in the journal's order share one. */
uint64_t identity_lookups(const struct identity *identity);

/* Volume and seq of what identity_find could not read last. */
const char *identity_damage(const struct identity *identity);

/* Forgets what has left the window now that seq is the newest entry. */
void identity_slide(struct identity *identity, uint64_t seq);

/* Slides and adds the entry of seq. One that is not newer than all before, as only a damaged journal tells of, is left out. */
void identity_add(struct identity *identity, uint64_t fingerprint, uint64_t seq);

#endif
