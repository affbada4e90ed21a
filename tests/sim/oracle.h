/*
 * oracle.h - an independent recount of what the journal's entries mean: naive, slow, and by rules of its own.
 *
 * Written from the rulebook (DESIGN.md and the documents it cites), not from core/ or workers/: it shares with the production
 * fold the decoders of events and rulebooks and the readers of state rows, and nothing that decides. It keeps everything in
 * plain arrays and searches them from the front.
 */
#ifndef MANYI_TESTS_SIM_ORACLE_H
#define MANYI_TESTS_SIM_ORACLE_H

#include "io/store.h"
#include "schemas/record.h"

#include <stdbool.h>

#define ORACLE_MESSAGE_MAX 384u

struct oracle;

int oracle_open(struct oracle **ret_oracle);
void oracle_close(struct oracle *oracle);

/* The journal's next entry, of either class, in order of seq from 1; its bytes are copied where they are needed. */
void oracle_entry(struct oracle *oracle, enum record_class class, const struct entry *entry);
/* The seq of the last one. */
uint64_t oracle_cursor(const struct oracle *oracle);

/* Compares with the worker's state, folded up to exactly the same entry: every complaint, notice, task, visit, daily score,
 * outcome of a decision, and the counts. `all`: every case; else those that changed since it was last asked. false: ret_message says what differs. */
bool oracle_agrees(struct oracle *oracle, struct store_txn *state, bool all, char ret_message[ORACLE_MESSAGE_MAX]);

/* Whether this consequence, by the cause (entry->sequence, entry->step) that it names, tells something that has happened: a card
 * that its case had in that entry, a notice that was raised or repeated then, a rejection with the right code. And whether nothing is
 * missing: the first consequence of a later cause is not known while a case that an earlier entry changed was not told as it
 * stood at that entry's end, or a rejection of an earlier entry was not told. Call it in order, once each, when the cause has been fed; later entries may have been, too. */
bool oracle_knows(struct oracle *oracle, const struct entry *consequence, char ret_message[ORACLE_MESSAGE_MAX]);

/* Another version of the rules speaks from now on: what entries up to this one, of which the one before spoke last, left unsaid
 * counts as said. */
void oracle_excuse(struct oracle *oracle, uint64_t entry);

/* At the end: whether every rejection was told, and every score card as it stands. */
bool oracle_told_all(struct oracle *oracle, char ret_message[ORACLE_MESSAGE_MAX]);

/* Visits the id of every notice that must have been raised (E-41-response-100), for "exactly once". */
int oracle_notices(const struct oracle *oracle, int (*visit)(void *context, const char *id), void *context);

#endif
