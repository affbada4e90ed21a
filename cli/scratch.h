/*
 * scratch.h - a folder of our own for what is thrown away.
 */
#ifndef MANYI_CLI_SCRATCH_H
#define MANYI_CLI_SCRATCH_H

#include "cli/cli.h"

/* Makes an empty folder below TMPDIR, or /tmp; tree_remove (rebuild.h) removes it. A failure is said. */
int scratch_folder(struct cli *cli, char *ret_path, size_t size);

#endif
