/*
 * policy_replay_tell.h - what differs between two rulebooks, printed: case by case, then person by person.
 */
#ifndef MANYI_CLI_POLICY_REPLAY_TELL_H
#define MANYI_CLI_POLICY_REPLAY_TELL_H

#include "cli/cli.h"
#include "workers/compare.h"

struct telling;

/* What was folded. */
struct told_run {
    const struct policy *policy[SIDES];
    uint64_t since; /* entry from which the other rulebook was in force */
    int64_t since_ms;
    uint64_t entries;
    double seconds;
};

/* Times are told in the zone of `policy`. */
int telling_open(struct cli *cli, const struct policy *policy, struct telling **ret_telling);
void telling_close(struct telling *telling); /* NULL is allowed */
void telling_begin(struct telling *telling, const struct told_run *run);
int telling_differ(void *context, const struct difference *difference); /* for struct comparison */
void telling_end(struct telling *telling);

#endif
