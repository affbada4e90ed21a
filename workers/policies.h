/* policies.h - the rulebook in force, and those before it. */
#ifndef MANYI_WORKERS_POLICIES_H
#define MANYI_WORKERS_POLICIES_H

#include "workers/fold.h"

/* policy.adopted: in force from the next entry on, and a sweep reckons every open case anew by it. One that can't be read changes nothing; a notice says why. */
int policy_adopt(struct fold *fold, const struct event *event);

/* The one by which the entry `seq` was folded. It lives until the next call. -E_CORRUPT; the store's errors. */
int policy_of(struct fold *fold, uint64_t seq, const struct policy **ret_policy);

/* After an abort, and at start. */
int policies_load(struct fold *fold);

#endif
