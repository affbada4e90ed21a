/*
 * policy_test.h - `manyi policy test FILE...`: cases that people wrote, played on the fold itself.
 */
#ifndef MANYI_CLI_POLICY_TEST_H
#define MANYI_CLI_POLICY_TEST_H

#include "cli/cli.h"

/* Each operand behind `test` is a file of cases (tests/scenarios/README.md). -E_NOT_AS_EXPECTED when one failed. */
int policy_test(struct cli *cli);

#endif
