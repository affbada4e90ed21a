/* visit_days.c - a number by store, department and day. */
#include "workers/visit_days.h"

#include "core/status.h"
#include "workers/row.h"
#include "workers/score_key.h"

#define ROW_VERSION 1u

int visit_days_read(struct span value, uint64_t *ret_visits)
{
    struct row_reader row = row_reader(value);
    uint64_t visits = row_u64(&row);
    if (row.bad || row.version != ROW_VERSION || row.at != row.end)
        return -E_CORRUPT;
    *ret_visits = visits;
    return 0;
}

int visit_days_add(struct fold *fold, struct span store, struct span department, int64_t day)
{
    uint8_t key[SCORE_KEY_MAX], buffer[16];
    struct score_place place = {.store = store, .department = department, .day = day};
    struct span where = span_make(key, score_key_build(&place, key)), value;
    uint64_t visits = 0;
    int result = store_get(fold->txn, STATE_VISIT_DAYS, where, &value);
    if (result == 0)
        result = visit_days_read(value, &visits);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    struct row_writer row = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u64(&row, visits + 1);
    fold->writes++;
    return store_put(fold->txn, STATE_VISIT_DAYS, where, row_written(&row));
}

/* The first row of a place's department from this day on; behind its last day, that of the next department. */
static int seek_day(struct store_cursor *cursor, const struct score_place *place, int64_t first_day, bool behind,
                    struct span *ret_key, struct span *ret_value)
{
    uint8_t key[SCORE_KEY_MAX];
    struct score_place to = {.store = place->store, .department = place->department, .day = first_day};
    size_t len = score_key_build(&to, key);
    if (behind)
        key[place->store.len + 1 + place->department.len] = 1; /* names hold no control characters */
    return store_seek(cursor, span_make(key, len), ret_key, ret_value);
}

int visit_days_sum(struct store_txn *txn, struct span store, struct span department, int64_t first_day,
                   int64_t last_day, uint64_t *ret_visits)
{
    struct score_place place = {.store = store, .department = department};
    struct store_cursor *cursor;
    struct span key, value;
    uint64_t visits = 0, of_day = 0;
    int result = store_cursor_open(txn, STATE_VISIT_DAYS, &cursor);
    if (result < 0)
        return result;
    result = seek_day(cursor, &place, department.len ? first_day : INT64_MIN, false, &key, &value);
    while (result == 0) {
        if (score_key_parse(key, &place) < 0 || visit_days_read(value, &of_day) < 0) {
            result = -E_CORRUPT;
            break;
        }
        if (!span_equal(place.store, store) || (department.len && !span_equal(place.department, department)))
            break;
        if (place.day < first_day || place.day > last_day) {
            result = seek_day(cursor, &place, first_day, place.day > last_day, &key, &value);
            continue;
        }
        visits += of_day;
        result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    *ret_visits = visits;
    return 0;
}
