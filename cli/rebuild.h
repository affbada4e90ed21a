/*
 * rebuild.h - a fresh state from the whole journal, without writing to the journal.
 */
#ifndef MANYI_CLI_REBUILD_H
#define MANYI_CLI_REBUILD_H

#include "cli/cli.h"

struct rebuilt {
    uint64_t events; /* from outside, folded */
    uint64_t cursor; /* folded up to here */
    uint64_t head;   /* of the journal */
    double seconds;
    bool unspoken; /* ends before head: what the next entries cause is not in the journal yet */
};

/* Folds the journal of DIR into OUT/state, which must not exist yet. May run beside a server. Failures are said. */
int rebuild_into(struct cli *cli, const char *dir, const char *out, struct rebuilt *ret_rebuilt);

/* The same into DIR/state, in the place of the one that may be there; no worker may run. */
int rebuild_in_place(struct cli *cli, struct rebuilt *ret_rebuilt);
int rebuild_under_lock(struct cli *cli, struct rebuilt *ret_rebuilt); /* the caller has worker.lock */

/* Removes a folder with all that is in it; one that is not there is fine. */
int tree_remove(const char *path);

#endif
