/*
 * verify.h - the state, looked at whole: is it in order, and which state is it.
 */
#ifndef MANYI_CLI_VERIFY_H
#define MANYI_CLI_VERIFY_H

#include "cli/cli.h"
#include "workers/verify.h"

/* Checks DIR/state. Faults are told on stderr, the first one by cli_fail. ret_digest: equal for equal states. */
int state_look(struct cli *cli, const char *dir, struct verified *ret_verified, char ret_digest[33]);

/* BLAKE2b-128 over every table's count and checksum of rows, hexadecimal. */
void state_digest(const struct verified *verified, char ret_digest[33]);

#endif
