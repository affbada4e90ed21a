/*
 * feed.h - serves the journal to followers: FETCH (parked until there is more), GET of single entries, the quarantine.
 *
 * Runs on a thread of its own with a reader of its own, so that a rebuild which reads cold volumes never stalls intake.
 * Keeps one AWAIT at intake's inner endpoint: that is how it learns of a longer journal, and how the worker's wake_at gets there.
 * wake_at is honoured on the inner endpoint only.
 */
#ifndef MANYI_BROKERS_FEED_H
#define MANYI_BROKERS_FEED_H

#include "io/journal.h"
#include "io/setup.h"

struct feed;

int feed_open(const struct setup *setup, struct journal *journal, struct feed **ret_feed);
void feed_close(struct feed *feed);
int feed_turn(void *feed, struct clock_reading now, int64_t *ret_wait_ms);
uint32_t feed_ports(struct feed *feed, struct port **ret_ports); /* at most 5 */

#endif
