/*
 * roster.h - rosters from files of people: YAML as it is journaled, or a table of staff as HR exports it.
 */
#ifndef MANYI_CLI_ROSTER_H
#define MANYI_CLI_ROSTER_H

#include "cli/cli.h"
#include "core/roster.h"

/* A roster from a file, resolved. */
struct roster_proposal {
    struct roster roster;
    char document[SYSTEM_EVENT_MAX - 4096]; /* an event's envelope fits beside it */
    size_t len;
    char hash[33];
    char left_out[256]; /* columns of a table that are nobody's business here; empty: none */
};

/* Reads and checks FILE: one that ends in .csv is a table. Failures are said, with file and line. */
int roster_load(struct cli *cli, const char *path, struct roster_proposal *ret_proposal);

/* A table of staff to a roster. -E_BAD_ROSTER: message names line and column. left_out: names of columns that it did not take. */
int roster_csv_read(FILE *file, struct roster *ret_roster, char message[320], char left_out[256]);

/* Who works where, for people or as JSON; store may be NULL. */
void roster_print(struct cli *cli, const struct roster *roster, const char *store);

/* Whom a notice would reach, and why. */
int roster_print_who(struct cli *cli, const struct roster *roster);

#endif
