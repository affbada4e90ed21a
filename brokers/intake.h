/*
 * intake.h - the only writer of the journal: drains requests, checks, appends, commits once, then answers.
 *
 * Nothing is acknowledged (WELCOME included) before it is on disk. A turn: the inner endpoint first (the worker's
 * consequences, the feed's AWAIT), then the trusted one, then the public one, together at most TURN_REQUESTS_MAX requests or
 * TURN_BYTES_MAX; one commit; replies.
 * After a failed commit intake_turn returns it and the process ends.
 *
 * The inner endpoint
 *   HELLO {source: "/manyi/worker", instance} -> WELCOME with cause_seq, cause_step, cause_fold.
 *   PUT {events, source, epoch, causes: [[seq, step, count]...], fold}: consequences, source "/manyi/worker". Causes strictly
 *   increase and lie above last_cause, the counts add up to the events, the epoch is the newest: else NAK E1310, E1305. All
 *   or nothing: one event that is no sound consequence is NAK for the whole PUT.
 *   PUT {events} without causes: outside events of the worker's own, such as fold.adopted.
 *   AWAIT {head, wake_at} -> HEAD {head} once the journal is longer; a newer AWAIT takes the place of the one before.
 *
 * The trusted endpoint (gateway, notifier): HELLO and PUT as on the public one; `as` in a PUT is the number of the principal
 *   that it is sent for. Without it a PUT is Manyi's own, or a local user's: notice.* and audit.* come in by this door only.
 * Who a public request is from says the key of its connection. What its principal may not send is refused (sender.h).
 */
#ifndef MANYI_BROKERS_INTAKE_H
#define MANYI_BROKERS_INTAKE_H

#include "io/journal.h"
#include "io/setup.h"

struct intake;

/* Borrows journal and setup. Adopts the proposed policy as entry 1 of an empty journal. Errors: those of port_open,
 * store; -E_CLOCK_MAD. */
int intake_open(const struct setup *setup, struct journal *journal, struct clock_reading now,
                struct intake **ret_intake);
void intake_close(struct intake *intake);

/* One turn. *ret_wait_ms: how long to wait for a message before the next (0: there is more to do). */
int intake_turn(void *intake, struct clock_reading now, int64_t *ret_wait_ms);
/* Lets turns of at least bytes_min be written beside the next one, and the loop of this wake_fd (loop.h) be woken when one
 * is done: less is written sooner than handed over. Without it each turn writes its own. */
#define INTAKE_BESIDE_BYTES (256u * KIB)
void intake_overlap(struct intake *intake, int wake_fd, size_t bytes_min);
uint32_t intake_ports(struct intake *intake, struct port **ret_ports); /* at most 3 */

#endif
