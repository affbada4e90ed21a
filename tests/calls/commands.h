/*
 * commands.h - the commands of the command line, each run while one call after the other fails.
 */
#ifndef MANYI_TESTS_CALLS_COMMANDS_H
#define MANYI_TESTS_CALLS_COMMANDS_H

#include "tests/calls/lives.h"

void commands_run(struct loop *loop);

#endif
