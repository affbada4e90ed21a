/*
 * policy_replay_side.h - one side of a what-if replay: the journal's outside events folded under one rulebook, in a thread of its own.
 *
 * The sides share nothing but the journal, which is only read: each has readers, a state and a count of its own, and which entries it
 * folds depends on the journal up to `head` alone. So both see the same events, and a replay under two rulebooks takes
 * two cores the time of one.
 */
#ifndef MANYI_CLI_POLICY_REPLAY_SIDE_H
#define MANYI_CLI_POLICY_REPLAY_SIDE_H

#include "core/span.h"

#include <pthread.h>

struct journal;
struct fold;
struct rehearsal;
struct journal_reader;
struct journal_read;

struct replay_side_options {
    struct journal *journal; /* lives longer than the side */
    uint64_t head;           /* entries up to it are folded */
    const char *dir;         /* lives as long; the state is made in DIR/state */
    int64_t from_ms, to_ms;  /* the adoption is in force from, entries are folded before */
    struct span adoption; /* takes the place of every policy.adopted from from_ms on; empty: the journal's own stay */
};

struct replay_side {
    struct replay_side_options options;
    struct rehearsal *rehearsal;   /* settled, once it is joined and has not failed */
    struct journal_reader *reader; /* of the records, in order */
    struct journal_reader *finder; /* of what a correction is about */
    struct journal_read *read;
    uint8_t *found;
    uint64_t last_seq; /* of the outside entry before */
    uint64_t since;    /* entry from which the adoption is in force; 0: not yet */
    int64_t since_ms;
    uint64_t entries;
    pthread_t thread;
    int result; /* once it is joined */
};

/* side is zeroed before. Errors: those of journal_reader_open. */
int replay_side_open(const struct replay_side_options *options, struct replay_side *side);

/* Folds everything and settles. -E_NO_MEMORY: no thread. */
int replay_side_start(struct replay_side *side);
/* How it ended, errors of rehearsal_open among them; side->read->message tells what is damaged. After a start that returned 0. */
int replay_side_join(struct replay_side *side);

/* Of one that is zeroed or half open, too; never while it runs. */
void replay_side_close(struct replay_side *side);

#endif
