/* query_ledger.c - a person's account, a row a year, newest first. */
#include "core/status.h"
#include "workers/answer.h"
#include "workers/ledger_rows.h"
#include "workers/sight.h"

static void account_write(struct answer *answer, struct span person, struct span year,
                          const struct ledger_account *account)
{
    int64_t start = answer->policy->ledger.year_points;
    struct account row = {
        .person = person,
        .year = year,
        .start = start,
        .points = account->points,
        .balance = start + account->points,
        .amount_fen = account->amount_fen,
        .entries = (int64_t)account->entries,
    };
    record_encode(&record_of_account, &row, ENCODE_CARD, &answer->rows);
    answer->count++;
}

static int years_write(struct answer *answer, struct store_cursor *cursor, struct span person)
{
    struct span key, value, whose, year;
    struct ledger_account account;
    struct ledger_key behind = ledger_account_behind(person);
    int result = store_seek(cursor, ledger_key_span(&behind), &key, &value);
    result = result == -E_NOT_FOUND ? store_last(cursor, &key, &value)
             : result == 0          ? store_previous(cursor, &key, &value)
                                    : result;
    while (result == 0 && answer_has_room(answer) && key.at[0] == 'a') {
        result = ledger_account_read(key, value, &whose, &year, &account);
        if (result < 0 || !span_equal(whose, person))
            return result;
        account_write(answer, person, year, &account);
        result = store_previous(cursor, &key, &value);
    }
    return result == -E_NOT_FOUND ? 0 : result;
}

int answer_account(struct answer *answer)
{
    const struct get_request *asked = answer->asked;
    struct ledger_account account;
    struct store_cursor *cursor;
    if (!HAS(asked, get_request, staff)) {
        answer->detail = "`staff` is missing: whose account";
        return -E_BAD_REQUEST;
    }
    if (HAS(asked, get_request, period) && asked->period.len != YEAR_LEN) {
        answer->detail = "`period` is a year, such as 2026";
        return -E_BAD_TIME;
    }
    /* An account is of all stores that its person has worked in. */
    int result = answer_sees(answer, (struct span){0}, (struct span){0}, asked->staff);
    if (result == 0)
        result = answer_policy_read(answer);
    if (result < 0)
        return result;
    if (HAS(asked, get_request, period)) {
        result = ledger_account_get(answer->txn, asked->staff, asked->period, &account);
        if (result == 0)
            account_write(answer, asked->staff, asked->period, &account);
        return result;
    }
    result = store_cursor_open(answer->txn, STATE_LEDGER, &cursor);
    if (result < 0)
        return result;
    result = years_write(answer, cursor, asked->staff);
    store_cursor_close(cursor);
    return result;
}
