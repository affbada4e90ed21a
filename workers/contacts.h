/*
 * contacts.h - what callbacks need to know of visits and customers: who has answered, complained, was reached, wants no calls.
 * Part of the callbacks role.
 */
#ifndef MANYI_WORKERS_CONTACTS_H
#define MANYI_WORKERS_CONTACTS_H

#include "core/callback.h"
#include "workers/fold.h"

/* The rows, copied into the step's arena; zeroes when there is none (ret_known may be NULL). */
int plan_find(struct fold *fold, struct span store, struct span visit, struct plan_row *ret_row, bool *ret_known);
int plan_keep(struct fold *fold, struct span store, struct span visit, const struct plan_row *row);
int contact_find(struct fold *fold, struct span customer, struct contact_row *ret_row);
int contact_keep(struct fold *fold, struct span customer, const struct contact_row *row);

/* A complaint of this customer is open from now on, or no longer. -E_CORRUPT when none was. */
int contact_complaint_opened(struct fold *fold, struct span customer);
int contact_complaint_closed(struct fold *fold, struct span customer);

/* customer.opted_out, customer.opted_in. */
int contact_opted(struct fold *fold, const struct event *event);

/* Does the customer want no calls? */
bool contact_is_unwanted(const struct policy *policy, const struct contact_row *contact);

/* Why this callback, whose day has come at due_ms, is not to be made: an enum callback_skip, or CALLBACK_NOT_SKIPPED. */
int contact_forbids(struct fold *fold, const struct callback *callback, int64_t due_ms, int32_t *ret_skip);

/* May this person decide about it? */
int contact_bars(struct fold *fold, const struct callback *callback, struct span person, enum callback_bar *ret_bar);

/* A callback has fallen due, or has ended: its customer's row follows. */
int contact_is_due(struct fold *fold, const struct callback *callback);
int contact_has_ended(struct fold *fold, const struct callback *callback);

#endif
