/*
 * audits.h - the newest records of who read personal data or the ledger, and of what was refused, kept to be asked for.
 *
 * A row is an audit_entry of types.def under its seq. The journal has all of them for ever; here are the newest AUDITS_MAX.
 */
#ifndef MANYI_WORKERS_AUDITS_H
#define MANYI_WORKERS_AUDITS_H

#include "workers/fold.h"

#define AUDITS_MAX 100000u

/* audit.read and audit.refused. What Manyi's own roles have not said changes nothing. */
int audit_keep(struct fold *fold, const struct event *event);

/* A row; it lends the value. -E_CORRUPT. */
int audit_row_read(struct span value, struct audit_entry *ret_entry);

#endif
