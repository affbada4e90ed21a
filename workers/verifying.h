/*
 * verifying.h - what the files of the state's check share. Included by verify*.c only.
 */
#ifndef MANYI_WORKERS_VERIFYING_H
#define MANYI_WORKERS_VERIFYING_H

#include "workers/cases.h"
#include "workers/verify.h"
#include "workers/verify_ledger.h"

struct verification {
    struct store_txn *txn;
    struct policy policy;
    struct verified *found;
    uint64_t journal_head;
    struct counters open; /* how many of each kind are in the index */
    uint64_t armed;       /* cards that say they have a timer */
    uint64_t ordered;     /* places in the order of escalations that their cards ask for */
    uint64_t ratings;
    uint64_t last_fact;
    struct ledger_tally ledger;
    uint64_t visits_told, visits_of_days;     /* visits that are counted on a day; and what the days count */
    uint64_t visits_of_cards, visits_counted; /* fingerprints of visits with open complaints, by cards and by visits */
    uint64_t customers_of_cards, customers_counted; /* the same of customers */
};

/* Counts a fault; the first ones are kept in words. */
__attribute__((format(printf, 2, 3))) void verify_violated(struct verification *verification, const char *format, ...);

/* What another file has found about a case, if anything: NULL for nothing. */
void verify_told(struct verification *verification, struct span name, const char *what);

/* A row of a table that is neither of cards, nor of open ones, nor of timers. */
void verify_row(struct verification *verification, enum state_table table, struct span key, struct span value);

#endif
