/*
 * commands.h - every command's function, one a file of its name; the table is commands.c.
 */
#ifndef MANYI_CLI_COMMANDS_H
#define MANYI_CLI_COMMANDS_H

#include "cli/cli.h"

int command_serve(struct cli *cli);
int command_run_role(struct cli *cli);
int command_demo(struct cli *cli);
int command_publish(struct cli *cli);
int command_tap(struct cli *cli);
int command_status(struct cli *cli);
int command_scores(struct cli *cli);
int command_list(struct cli *cli);
int command_ranking(struct cli *cli);
int command_case(struct cli *cli);
int command_trace(struct cli *cli);
int command_quarantine(struct cli *cli);
/* One of them by its key, or what took its place. */
int quarantine_one(struct cli *cli);
int command_audit(struct cli *cli);
int command_policy(struct cli *cli);
int command_roster(struct cli *cli);
int command_notices(struct cli *cli);
int command_calendar(struct cli *cli);
int command_verify(struct cli *cli);
int command_rebuild(struct cli *cli);
int command_backup(struct cli *cli);
int command_restore(struct cli *cli);
int command_bench(struct cli *cli);
int command_config(struct cli *cli);
int command_explain(struct cli *cli);
int command_schema(struct cli *cli);
int command_ledger(struct cli *cli);
int command_key(struct cli *cli);
int command_link(struct cli *cli);
int command_access(struct cli *cli);

#endif
