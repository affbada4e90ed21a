/*
 * commands.c - the commands of the command line, each run while one call after the other fails.
 */
#include "tests/calls/commands.h"

void commands_run(struct loop *loop)
{
    (void)loop;
}
