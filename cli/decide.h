/*
 * decide.h - a person's decision: published, awaited, and told how it ended.
 */
#ifndef MANYI_CLI_DECIDE_H
#define MANYI_CLI_DECIDE_H

#include "cli/cli.h"
#include "cli/fields.h"

/* Publishes the decision made from the options that were given, about case `id` (NULL: it opens one), waits until it is folded and prints
 * what became of it. Rejected by the state: its own status, which exits with 1. */
int decide(struct cli *cli, enum event_type type, const char *id);

/* Publishes one event and says why when it was refused; *ret_seq is its place in the journal. */
int event_put(struct cli *cli, struct span event, uint64_t *ret_seq);
/* The same, in the place of one in the quarantine; mends: its key of 32 characters, NULL: of none. */
int event_mend(struct cli *cli, struct span event, const char *mends, uint64_t *ret_seq);

/* Waits until the entry is folded and prints its outcome, as decide does. */
int outcome_print(struct cli *cli, uint64_t seq);

/* A random identifier of 32 hexadecimal characters. */
void id_random(char ret_id[33]);

#endif
