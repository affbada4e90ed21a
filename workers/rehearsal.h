/*
 * rehearsal.h - the fold without a journal: what would follow if these outside events came at these times.
 *
 * It drives the very fold of the worker over a state of its own, ticks the time at each timer that is due, exactly as
 * intake's clock.ticked would, and hands each consequence to whoever listens. `manyi policy test` plays stories on it,
 * `manyi policy diff` a journal under two rulebooks.
 *
 * Caveats
 *   The state is thrown away: it lies under a directory that the caller makes and removes.
 *   What is heard lives until the listener returns.
 */
#ifndef MANYI_WORKERS_REHEARSAL_H
#define MANYI_WORKERS_REHEARSAL_H

#include "schemas/codec.h"
#include "schemas/record.h"

struct fold;
struct rehearsal;

/* A consequence, as it would stand in the journal. */
struct heard {
    uint64_t cause_seq; /* the entry that caused it */
    uint32_t cause_step;
    int64_t at_ms; /* journal time */
    enum event_type type;
    struct span subject; /* the card's id */
    struct span card;    /* the card, one encoded map */
};

struct rehearsal_options {
    const char *dir; /* the state is made in DIR/state */
    /* A failure below 0 ends the rehearsal. NULL: nobody listens, and nothing is encoded. */
    int (*hear)(void *context, const struct heard *heard);
    /* An earlier entry that a correction is about; -E_NOT_FOUND. The event lives until the next call. */
    int (*find)(void *context, uint64_t seq, struct entry *ret_entry);
    void *context;
};

/* Errors: those of store_open, -E_NO_MEMORY. */
int rehearsal_open(const struct rehearsal_options *options, struct rehearsal **ret_rehearsal);
void rehearsal_close(struct rehearsal *rehearsal); /* NULL is allowed */

/* Folds one entry as it is, without ticks before it: what was due meanwhile fires as of its due, in this entry. The seqs
 * rise, and at_ms never falls. */
int rehearsal_entry(struct rehearsal *rehearsal, const struct entry *entry);

/* Time passes until until_ms: a clock.ticked for each timer that falls due, numbered on from the last entry. */
int rehearsal_pass(struct rehearsal *rehearsal, int64_t until_ms);
/* The seq that the next entry has when entries are numbered without a gap. */
uint64_t rehearsal_next_seq(const struct rehearsal *rehearsal);

/* Commits what was folded; nothing may be folded afterwards. */
int rehearsal_settle(struct rehearsal *rehearsal);

/* The fold, with its turn under way until it is settled, to look things up in its state. */
struct fold *rehearsal_fold(struct rehearsal *rehearsal);

#endif
