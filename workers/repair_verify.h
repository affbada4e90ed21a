/* repair_verify.h - what must be true of vehicles in repair. Part of verify.h's pass. */
#ifndef MANYI_WORKERS_REPAIR_VERIFY_H
#define MANYI_WORKERS_REPAIR_VERIFY_H

#include "workers/repairs.h"

/* What is wrong with a stay's card, or with a row of `workshop`, in a few words; NULL: nothing. */
const char *repair_verify(struct store_txn *txn, const struct repair *card);
const char *workshop_row_verify(struct store_txn *txn, struct span key, struct span value);

#endif
