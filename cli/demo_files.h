/*
 * demo_files.h - the rulebook and the roster that the demonstration proposes to its own journal.
 *
 * Files of its own, and only as long as nobody has adopted them: afterwards they stand in the journal.
 */
#ifndef MANYI_CLI_DEMO_FILES_H
#define MANYI_CLI_DEMO_FILES_H

#include "cli/cli.h"

/* Paths; empty: none was made, or it is gone again. */
struct demo_files {
    char policy[CONFIG_TEXT_MAX];
    char roster[CONFIG_TEXT_MAX];
};

/* Writes both and has serve propose them. A rulebook that was configured is left to it. Failures are said; then nothing is left
 * behind. */
int demo_files_make(struct cli *cli, struct demo_files *files);

/* Removes them, and has serve propose nothing from now on: whoever starts again would look for them. */
void demo_files_withdraw(struct cli *cli, struct demo_files *files);

/* Everybody of the twelve stores. */
void demo_roster_write(FILE *to);

#endif
