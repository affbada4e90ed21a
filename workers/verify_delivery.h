/*
 * verify_delivery.h - what a card says of who was told must make sense: nobody is told twice of the same, nobody is forgotten.
 */
#ifndef MANYI_WORKERS_VERIFY_DELIVERY_H
#define MANYI_WORKERS_VERIFY_DELIVERY_H

#include "workers/kinds.h"

/* What is wrong, or NULL; of an escalation, a task or a callback. */
const char *delivery_verify(struct store_txn *txn, const struct case_key *key, const union card *card);

#endif
