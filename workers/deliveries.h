/*
 * deliveries.h - what the notifier and the gateway report of notices: sent, failed, read. Part of every role whose cases are
 * told to people.
 *
 *   notice.sent|failed|read {subject: E-..., T-..., B-...} -> the card, by core/delivery.h -> maybe the next one up
 *
 * A report about a case that nobody knows, or by anybody else, changes nothing: intake lets none in (schemas/PROTOCOL.md).
 */
#ifndef MANYI_WORKERS_DELIVERIES_H
#define MANYI_WORKERS_DELIVERIES_H

#include "workers/fold.h"

int deliveries_on_event(struct fold *fold, const struct event *event);

/* Takes over what is reported of an open one; false when that is nothing new. */
bool delivery_apply(const struct fold *fold, const struct event *event, struct escalation *escalation);

/* The report as a line of the case's trace. */
int delivery_trace(struct fold *fold, const struct case_key *key, const struct event *event);

/* What such a notice is raised because of. */
#define NOTICE_UNDELIVERED "undelivered"

/* ---- the cases ---- */

int task_told(struct fold *fold, const struct case_key *key, const struct event *event);
int callback_told(struct fold *fold, const struct case_key *key, const struct event *event);

#endif
