/* verify_ledger.c - the table `ledger` against the cards. */
#include "workers/verify_ledger.h"

#include "core/bytes.h"
#include "core/status.h"
#include "workers/cases.h"

const char *ledger_entry_verify(struct store_txn *txn, const struct case_key *key, const struct ledger_entry *entry,
                                struct ledger_tally *tally)
{
    tally->orders_asked += ledger_orders(entry);
    tally->counted += ledger_part(entry).entries;
    return ledger_orders_are_kept(txn, key, entry) ? NULL : "not in each of its orders in the ledger";
}

/* Adds up what counts of a person's year, from the cards. 0, or a failure. */
static int year_sum(struct store_txn *txn, struct span person, struct span year, struct ledger_account *ret_sum)
{
    const struct ledger_key prefix = ledger_person_prefix(person, year);
    struct ledger_account sum = {.entries = 0};
    struct store_cursor *cursor;
    struct span key, none, row;
    struct case_key entry_key;
    struct ledger_entry entry;
    int result = store_cursor_open(txn, STATE_LEDGER, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, ledger_key_span(&prefix), &key, &none);
    while (result == 0 && key.len >= prefix.len && memcmp(key.at, prefix.bytes, prefix.len) == 0) {
        result = ledger_key_case(key, &entry_key);
        if (result == 0)
            result = store_get(txn, STATE_CASES, case_key_span(&entry_key), &row);
        if (result == 0)
            result = case_read(&entry_key, row, &entry);
        if (result < 0)
            break;
        const struct ledger_account part = ledger_part(&entry);
        sum.entries += part.entries;
        sum.points += part.points;
        sum.amount_fen += part.amount_fen;
        result = store_next(cursor, &key, &none);
    }
    store_cursor_close(cursor);
    *ret_sum = sum;
    return result == -E_NOT_FOUND ? 0 : result;
}

static const char *account_verify(struct store_txn *txn, struct span key, struct span value, struct ledger_tally *tally)
{
    struct span person, year;
    struct ledger_account account, sum;
    if (ledger_account_read(key, value, &person, &year, &account) < 0 || year_sum(txn, person, year, &sum) < 0)
        return "an account of the ledger can't be read";
    tally->in_accounts += account.entries;
    bool same = account.entries == sum.entries && account.points == sum.points && account.amount_fen == sum.amount_fen;
    return same ? NULL : "an account of the ledger is not the sum of its confirmed entries";
}

const char *ledger_row_verify(struct store_txn *txn, struct span key, struct span value, struct ledger_tally *tally)
{
    struct case_key entry;
    struct ledger_keys keys;
    struct span row;
    if (key.len > 0 && key.at[0] == 'a')
        return account_verify(txn, key, value, tally);
    if (key.len == 9 && key.at[0] == 'c')
        return ledger_complaint_get(txn, bytes_u64(key.at + 1), &keys) < 0 ? "what a verdict stands for can't be read"
                                                                           : NULL;
    tally->orders_found++;
    if (key.len < 2 || ledger_key_case(key, &entry) < 0 || store_get(txn, STATE_CASES, case_key_span(&entry), &row) < 0)
        return "an order of the ledger names an entry that there is not";
    return NULL;
}

const char *ledger_tally_verify(const struct ledger_tally *tally)
{
    if (tally->orders_asked != tally->orders_found)
        return "the orders of the ledger are not those that its entries ask for";
    return tally->counted == tally->in_accounts ? NULL
                                                : "the accounts have not counted each confirmed entry exactly once";
}
