/*
 * policy_replay.h - the time machine: `manyi policy diff --dir DIR NEW.yaml` folds a journal under today's and another rulebook.
 *
 * In one process, a thread a rulebook, offline; DIR is only read, and may have a server beside it. Both states lie under TMPDIR (or
 * /tmp) and are removed at the end. The other rulebook takes the place of every policy.adopted from --from on (left out: from the
 * beginning).
 */
#ifndef MANYI_CLI_POLICY_REPLAY_H
#define MANYI_CLI_POLICY_REPLAY_H

#include "cli/cli.h"
#include "core/policy.h"

/* Prints what differs. `document` is the rulebook as it would be journaled, hash included. */
int policy_replay(struct cli *cli, const struct policy *policy, struct span document);

#endif
