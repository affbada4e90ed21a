/*
 * ledger_rows.h - the table `ledger`: in which orders entries are looked for, and the accounts.
 *
 *   'p' person 0 period 0 case key                    empty: entries of a person
 *   'm' period 0 case key                             empty: entries of a period, which payroll settles
 *   'v' 'p' person 0 month 0 case key                 empty: vetoes of a person
 *   'v' 'u' store 0 department 0 month 0 case key     empty: vetoes of a department
 *   'a' person 0 year                                 version, entries, points, fen: sums of what counts of a year
 *   'c' seq of the complaint                          version, then the keys of the entries that its verdict stands for
 *
 * Owner and period of an entry never change, so that its rows are put when it is born and stay.
 */
#ifndef MANYI_WORKERS_LEDGER_ROWS_H
#define MANYI_WORKERS_LEDGER_ROWS_H

#include "core/ledger.h"
#include "workers/state.h"

#define LEDGER_KEY_MAX (8u + 2 * (NAME_MAX_BYTES + 1) + PERIOD_TEXT_MAX + CASE_KEY_MAX)
#define YEAR_LEN 4u

struct ledger_key {
    uint8_t bytes[LEDGER_KEY_MAX];
    size_t len;
};
static inline struct span ledger_key_span(const struct ledger_key *key)
{
    return span_make(key->bytes, key->len);
}

/* Beginnings of keys; period may be empty, or the beginning of one. */
struct ledger_key ledger_person_prefix(struct span person, struct span period);
struct ledger_key ledger_period_prefix(struct span period);
/* person empty: the department's. */
struct ledger_key ledger_veto_prefix(struct span person, struct span store, struct span department);

/* The case at the end of a key of an order. -E_CORRUPT: there is none. */
int ledger_key_case(struct span key, struct case_key *ret_key);

/* How many rows of orders an entry has. */
uint32_t ledger_orders(const struct ledger_entry *entry);
/* Puts them. */
int ledger_orders_put(struct store_txn *txn, const struct case_key *key, const struct ledger_entry *entry);
/* Are they there? */
bool ledger_orders_are_kept(struct store_txn *txn, const struct case_key *key, const struct ledger_entry *entry);

/* ---- accounts ---- */

struct ledger_account {
    uint64_t entries;
    int64_t points;
    int64_t amount_fen;
};
/* Zeros when there is none. */
int ledger_account_get(struct store_txn *txn, struct span person, struct span year, struct ledger_account *ret_account);
int ledger_account_put(struct store_txn *txn, struct span person, struct span year,
                       const struct ledger_account *account);
/* A row that a walk has found. -E_CORRUPT */
int ledger_account_read(struct span key, struct span value, struct span *ret_person, struct span *ret_year,
                        struct ledger_account *ret_account);
/* A key behind all of a person's accounts. */
struct ledger_key ledger_account_behind(struct span person);
/* What an entry adds to its account: zeros unless it counts and is a person's. */
struct ledger_account ledger_part(const struct ledger_entry *entry);
/* Of "2026-11": "2026". */
struct span ledger_year(const struct ledger_entry *entry);

/* ---- what a complaint's verdict stands for ---- */

#define COMPLAINT_ENTRIES_MAX \
    (2u * NAMES_MAX + 4u) /* each person's penalty and veto, the share, the department's veto */

struct ledger_keys {
    struct case_key item[COMPLAINT_ENTRIES_MAX];
    uint32_t count;
};
/* None when there is no row. */
int ledger_complaint_get(struct store_txn *txn, uint64_t complaint, struct ledger_keys *ret_keys);
int ledger_complaint_put(struct store_txn *txn, uint64_t complaint, const struct ledger_keys *keys);

#endif
