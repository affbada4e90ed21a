/*
 * case.h - one case: its card, or a decision about it. For commands whose name is not that of a kind of case, too.
 */
#ifndef MANYI_CLI_CASE_H
#define MANYI_CLI_CASE_H

#include "cli/cli.h"

/* Prints the card that GET {what, id} gives. */
int case_show(struct cli *cli, const char *what, const char *id);

/* Takes the action (among those of the command's fields_of) about case `id`; NULL: about none. */
int case_decide(struct cli *cli, const char *id, const char *action);

#endif
