/*
 * checks.h - what must be true in the world after every turn, by a memory of its own.
 *
 *     acked once        an event that was acknowledged is in the journal exactly once, byte for byte, from the moment at
 *                       which the ACK leaves intake, for ever
 *     dense, immutable  seq has no hole, entries never change, journal time never goes back
 *     equals the oracle the state at cursor N is what an independent recount of the first N entries gives (oracle.h)
 *     announced once    each consequence's id and cause once, in the order of causes; nothing that the oracle doesn't know
 *     armed             each open case has exactly one armed timer or a named rest
 *     level             never falls while a case is open
 *     bounded           no queue is longer than its marks; no role keeps more memory than it began with
 *     caught up         at the end: every cursor at the head, every subscriber equal to the outlet, the outlet to the state
 */
#ifndef MANYI_TESTS_SIM_CHECKS_H
#define MANYI_TESTS_SIM_CHECKS_H

#include "tests/sim/world.h"

struct checks;

int checks_open(struct world *world, struct checks **ret_checks);
void checks_close(struct checks *checks);

/* A message is about to leave (bus_sim.h), whatever becomes of it: an ACK promises something. */
void checks_message(struct checks *checks, const struct bus_sim_message *message);
/* A commit of this path is on the disk. */
void checks_commit(struct checks *checks, const char *path);
/* After every turn of this process of the server. */
void checks_turn(struct checks *checks, enum process_kind kind);
/* The journal is another one now: a backup of the old one as of this head. */
void checks_restored(struct checks *checks, uint64_t head);
/* Nothing moves any more, in a healed world. */
void checks_end(struct checks *checks);

#endif
