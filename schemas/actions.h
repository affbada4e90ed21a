/*
 * actions.h - decisions by what somebody does, as command line and HTTP say it: acknowledge, for complaint.acknowledged.
 */
#ifndef MANYI_SCHEMAS_ACTIONS_H
#define MANYI_SCHEMAS_ACTIONS_H

#include "schemas/codec.h"

/* "acknowledge" for "acknowledged", and the word itself when it has no other form. */
const char *action_imperative(const char *participle);

/* The next decision whose type begins with prefix ("complaint."), after `type`; EVENT_count at the end. */
enum event_type decision_after(const char *prefix, enum event_type type);

/* The decision's type for an action in either form; EVENT_unknown when there is none. */
enum event_type action_find(const char *prefix, const char *action);

/* The imperatives of all actions; returns how many there are, at most `max`. */
uint32_t action_list(const char *prefix, const char **ret_names, uint32_t max);

#endif
