/*
 * verify_ledger.h - what the ledger must agree with: every entry stands once in each of its orders, every account is the
 * sum of what counts of its person's year, and nothing is counted twice.
 */
#ifndef MANYI_WORKERS_VERIFY_LEDGER_H
#define MANYI_WORKERS_VERIFY_LEDGER_H

#include "workers/ledger_rows.h"

/* Added up over all rows; begins zeroed. */
struct ledger_tally {
    uint64_t orders_asked; /* rows of orders that the cards ask for */
    uint64_t orders_found;
    uint64_t counted;     /* entries that count in a person's account */
    uint64_t in_accounts; /* that the accounts have counted */
};

/* Each tells what is wrong, or NULL. */
const char *ledger_entry_verify(struct store_txn *txn, const struct case_key *key, const struct ledger_entry *entry,
                                struct ledger_tally *tally);
const char *ledger_row_verify(struct store_txn *txn, struct span key, struct span value, struct ledger_tally *tally);
const char *ledger_tally_verify(const struct ledger_tally *tally);

#endif
