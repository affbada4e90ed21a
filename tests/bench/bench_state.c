/*
 * bench_state.c - how large a server's state is, beside the server: bench_state DIR. Prints one JSON object.
 */
#include "core/status.h"
#include "workers/score_key.h"
#include "workers/state.h"

#include <stdio.h>

static int rows_count(struct store_txn *txn, enum state_table table, bool of_staff, uint64_t *ret_rows)
{
    struct store_cursor *cursor;
    struct span key, value;
    int result = store_cursor_open(txn, table, &cursor);
    if (result < 0)
        return result;
    *ret_rows = 0;
    for (result = store_seek(cursor, (struct span){0}, &key, &value); result == 0;
         result = store_next(cursor, &key, &value)) {
        struct score_place place = {.day = 0};
        if (!of_staff || (score_key_parse(key, &place) == 0 && place.staff.len > 0))
            ++*ret_rows;
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

static int state_tell(struct store_txn *txn)
{
    struct state_head head;
    uint64_t timers = 0, staff_days = 0;
    int result = state_head_get(txn, &head);
    if (result == 0)
        result = rows_count(txn, STATE_TIMERS, false, &timers);
    if (result == 0)
        result = rows_count(txn, STATE_SCORES, true, &staff_days);
    if (result == 0)
        printf("{\"open_complaints\":%llu,\"armed_timers\":%llu,\"staff_day_scores\":%llu}\n",
               (unsigned long long)head.counters.open_complaints, (unsigned long long)timers,
               (unsigned long long)staff_days);
    return result;
}

int main(int count, char **words)
{
    struct store *store;
    struct store_txn *txn;
    if (count != 2) {
        fputs("usage: bench_state DIR\n", stderr);
        return 2;
    }
    int result = state_open(words[1], true, &store);
    if (result == 0) {
        result = store_begin(store, false, &txn);
        if (result == 0) {
            result = state_tell(txn);
            store_abort(txn);
        }
        store_close(store);
    }
    if (result < 0)
        fprintf(stderr, "%s: %s\n", words[1], status_text(result)->summary);
    return result < 0;
}
