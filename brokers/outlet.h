/*
 * outlet.h - follows the consequences, keeps the newest card of each subject, publishes, replays.
 *
 * n is dense per channel and a function of the journal: the k-th consequence of a channel has n = k. Cards are
 * published as soon as they are read (they are durable in the journal) and kept in DIR/outlet afterwards; after a crash
 * the same n go out again, which subscribers ignore.
 */
#ifndef MANYI_BROKERS_OUTLET_H
#define MANYI_BROKERS_OUTLET_H

#include "io/setup.h"

struct outlet;

int outlet_open(const struct setup *setup, struct outlet **ret_outlet);
void outlet_close(struct outlet *outlet);
/* Before an orderly end: what was passed over since the last beat is written. */
int outlet_settle(struct outlet *outlet);
int outlet_turn(void *outlet, struct clock_reading now, int64_t *ret_wait_ms);
uint32_t outlet_ports(struct outlet *outlet, struct port **ret_ports); /* at most 5 */

#endif
