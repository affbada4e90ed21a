/*
 * worker.h - follows the outside events and folds each through the roles, in table order; state and cursor are one transaction.
 *
 * The journey of one entry: BATCH -> event_decode once -> timers due before it -> the roles -> timers due after it ->
 * consequences in one PUT -> ACK -> commit. After a crash, an upgrade or with empty state the same loop folds
 * silently everything up to WELCOME's last cause and speaks from there on. There is no other way to start.
 */
#ifndef MANYI_WORKERS_WORKER_H
#define MANYI_WORKERS_WORKER_H

#include "io/setup.h"

struct worker;

/* State lies in DIR/state. Serves the query port, too. */
int worker_open(const struct setup *setup, struct worker **ret_worker);
void worker_close(struct worker *worker);
int worker_turn(void *worker, struct clock_reading now, int64_t *ret_wait_ms);
uint32_t worker_ports(struct worker *worker, struct port **ret_ports); /* at most 5 */

#endif
