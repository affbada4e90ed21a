/*
 * bench_keys.h - `manyi bench --keys`: the server asks for keys, and the bench has one.
 */
#ifndef MANYI_CLI_BENCH_KEYS_H
#define MANYI_CLI_BENCH_KEYS_H

#include "cli/cli.h"

/* Makes both in the bench's folder, before the server is started. What is wrong has been said. */
int bench_keys(struct cli *cli);

#endif
