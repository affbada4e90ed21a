/*
 * child.h - a server of one's own, in a process of its own, for `manyi bench`.
 */
#ifndef MANYI_CLI_CHILD_H
#define MANYI_CLI_CHILD_H

#include "cli/cli.h"

#include <sys/types.h>

/* Starts `manyi serve` on cli's directory and ports and waits until every port answers. Its messages go to DIR/serve.log, whose
 * last line is the failure when it ends early. Nothing may have been asked of the ports before. */
int child_start(struct cli *cli, pid_t *ret_pid);

/* Asks it to end and waits for it. -E_IO when it did not end well. */
int child_end(struct cli *cli, pid_t pid);

/* The first of six ports in a row that nobody holds, from `from` on; 0 when there is none. */
uint32_t ports_free(uint32_t from);

#endif
