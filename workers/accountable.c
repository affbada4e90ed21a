/* accountable.c - small rows beside the daily sums, changed by rulings and by corrections of what was ruled on. */
#include "workers/accountable.h"

#include "core/status.h"
#include "workers/score_key.h"

/* ---- changing ---- */

static int row_change(struct fold *fold, struct span key, const struct counted *counted,
                      const struct rating_values *values, int sign)
{
    uint8_t buffer[SCORE_ROW_MAX];
    struct score_sums sums = {0};
    struct span row;
    int result = store_get(fold->txn, STATE_ACCOUNTED, key, &row);
    if (result == 0 && score_row_read(row, &sums) < 0)
        return -E_CORRUPT;
    if (result < 0 && (result != -E_NOT_FOUND || sign < 0))
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    score_add(counted->policy, &sums, values, sign);
    fold->writes++;
    if (sums.n == 0)
        return store_delete(fold->txn, STATE_ACCOUNTED, key);
    size_t len = score_row_encode(&sums, buffer);
    return store_put(fold->txn, STATE_ACCOUNTED, key, span_make(buffer, len));
}

/* The rating at a place, on one of the sides. */
static int side_count(struct fold *fold, char side, const struct counted *counted, struct span department,
                      struct span staff, int sign)
{
    uint8_t key[ACCOUNTED_KEY_MAX];
    struct rated rating = *counted->rating;
    struct rating_values values;
    struct score_place place = {.store = rating.store, .department = department, .day = counted->day};
    rating.department = department; /* whose weights its mean has */
    rating_reduce(counted->policy, &rating, &values, NULL);
    if (rating_is_empty(&values))
        return 0;
    key[0] = (uint8_t)side;
    size_t len = score_key_build(&place, key + 1);
    fold->head.position.dirty_second = fold->step.cause.at_ms / 1000;
    int result = dirty_set_mark_aside(fold->dirty, fold->txn, span_make(key + 1, len));
    if (result < 0)
        return result;
    if (staff.len)
        memcpy(key + 1 + len, staff.at, staff.len);
    return row_change(fold, span_make(key, 1 + len + staff.len), counted, &values, sign);
}

int accountable_count(struct fold *fold, const struct counted *counted, const struct appealed_row *row, int sign)
{
    const struct rated *rating = counted->rating;
    struct span nobody = {0};
    struct span staff = HAS(rating, rated, staff) ? rating->staff : nobody;
    if (row->accounted == ACCOUNTED_AS_IT_IS)
        return 0;
    int result = side_count(fold, ACCOUNTED_OUT, counted, rating->department, staff, sign);
    if (result == 0 && row->accounted == ACCOUNTED_TO_NO_PERSON)
        result = side_count(fold, ACCOUNTED_IN, counted, rating->department, nobody, sign);
    if (result == 0 && row->accounted == ACCOUNTED_TO_DEPARTMENT)
        result = side_count(fold, ACCOUNTED_IN, counted, row->department, nobody, sign);
    return result;
}

/* ---- reading ---- */

/* Rows of one side whose key begins with `prefix` and whose day lies in [first_day, last_day]. */
static int side_sums(struct store_txn *txn, char side, struct span prefix, int64_t first_day, int64_t last_day,
                     struct score_sums *ret_sums)
{
    uint8_t from[ACCOUNTED_KEY_MAX];
    struct store_cursor *cursor;
    struct score_place place;
    struct score_sums row, sums = {0};
    struct span key, value;
    ensure(prefix.len < sizeof from);
    from[0] = (uint8_t)side;
    memcpy(from + 1, prefix.at, prefix.len);
    int result = store_cursor_open(txn, STATE_ACCOUNTED, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, span_make(from, 1 + prefix.len), &key, &value);
    while (result == 0 && key.len > prefix.len && memcmp(key.at, from, 1 + prefix.len) == 0) {
        if (score_key_parse(span_make(key.at + 1, key.len - 1), &place) < 0 || score_row_read(value, &row) < 0)
            result = -E_CORRUPT;
        else if (place.day >= first_day && place.day <= last_day)
            score_roll_up(&sums, &row);
        if (result == 0)
            result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    *ret_sums = sums;
    return 0;
}

static int sums_between(struct store_txn *txn, struct span prefix, int64_t first_day, int64_t last_day,
                        const struct score_sums *voice, struct score_sums *ret_sums)
{
    struct score_sums out, in, sums = *voice;
    int result = side_sums(txn, ACCOUNTED_OUT, prefix, first_day, last_day, &out);
    if (result == 0)
        result = side_sums(txn, ACCOUNTED_IN, prefix, first_day, last_day, &in);
    if (result < 0)
        return result;
    if (!score_take_out(&sums, &out))
        return -E_CORRUPT;
    score_roll_up(&sums, &in);
    *ret_sums = sums;
    return 0;
}

int accountable_of(struct store_txn *txn, struct span prefix, const struct score_sums *voice,
                   struct score_sums *ret_sums)
{
    return sums_between(txn, prefix, INT64_MIN, INT64_MAX, voice, ret_sums);
}

int accountable_of_days(struct store_txn *txn, struct span store, struct span department, int64_t first_day,
                        int64_t last_day, const struct score_sums *voice, struct score_sums *ret_sums)
{
    uint8_t prefix[SCORE_KEY_MAX];
    struct score_place begin = {.store = store, .department = department};
    size_t len = score_key_build(&begin, prefix);
    ensure(len > 4);
    return sums_between(txn, span_make(prefix, len - 4), first_day, last_day, voice, ret_sums); /* without the day */
}

void accountable_figure(const struct policy *policy, const struct department_sums *parts, uint32_t count,
                        const struct score_sums *total, struct score *card)
{
    struct score figures;
    struct accountable_figure accountable = {0};
    score_figures(policy, parts, count, total, &figures);
    SET(&accountable, accountable_figure, n, figures.n);
    if (HAS(&figures, score, csi)) {
        SET(&accountable, accountable_figure, value, figures.csi.value);
        if (HAS(&figures.csi, interval_figure, low)) {
            SET(&accountable, accountable_figure, low, figures.csi.low);
            SET(&accountable, accountable_figure, high, figures.csi.high);
        }
    }
    SET(card, score, accountable, accountable);
}
