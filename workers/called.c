/* called.c - counts who was called back by store, department and month, and lays the unhappy beside the content. */
#include "workers/called.h"

#include "core/calendar.h"
#include "core/honesty.h"
#include "core/score.h"
#include "core/status.h"
#include "core/task.h"
#include "workers/contacts.h"
#include "workers/honesty.h"
#include "workers/row.h"
#include "workers/scores.h"

#include <stdio.h>

/*   key: store 0 department     value: version | for each month: first day, visits and called of the content, of the unhappy */
#define CALLED_VERSION 1u
#define MONTH_BYTES 24u
#define SAID_MAX 192u
#define MONTH_LEN 7 /* 2026-11 */

static int months_read(struct span value, struct called_months *ret_months)
{
    struct called_months found = {0};
    struct row_reader row = row_reader(value);
    for (; !row.bad && row.at < row.end; found.count++) {
        if (found.count == CALLED_MONTHS_MAX)
            return -E_CORRUPT;
        struct called_month *month = &found.month[found.count];
        month->first_day = (int64_t)row_u64(&row);
        for (int side = 0; side < 2; side++) {
            month->visits[side] = row_u32(&row);
            month->called[side] = row_u32(&row);
        }
    }
    if (row.bad || row.version != CALLED_VERSION)
        return -E_CORRUPT;
    *ret_months = found;
    return 0;
}

int called_row_verify(struct span value)
{
    struct called_months months;
    if (months_read(value, &months) < 0)
        return -E_CORRUPT;
    for (uint32_t i = 0; i < months.count; i++) {
        const struct called_month *month = &months.month[i];
        bool twice = i > 0 && month->first_day == months.month[i - 1].first_day;
        if (twice || month->called[0] > month->visits[0] || month->called[1] > month->visits[1])
            return -E_CORRUPT;
    }
    return 0;
}

static struct span months_write(const struct called_months *months, uint8_t *buffer, size_t size)
{
    struct row_writer row = row_writer(buffer, size, CALLED_VERSION);
    for (uint32_t i = 0; i < months->count; i++) {
        const struct called_month *month = &months->month[i];
        row_put_u64(&row, (uint64_t)month->first_day);
        for (int side = 0; side < 2; side++) {
            row_put_u32(&row, month->visits[side]);
            row_put_u32(&row, month->called[side]);
        }
    }
    return row_written(&row);
}

static int look(struct fold *fold, struct span store, struct span department, int64_t day,
                const struct called_month *sum)
{
    struct interval share[2];
    char said[SAID_MAX];
    if (!honesty_called_selectively(&fold->policy.honesty, sum, share))
        return 0;
    snprintf(
        said, sizeof said,
        "unhappy customers called back %u of %u (%.0f to %.0f %%), content ones %u of %u (%.0f to %.0f %%), in %lld months",
        sum->called[1], sum->visits[1], 100 * share[1].low, 100 * share[1].high, sum->called[0], sum->visits[0],
        100 * share[0].low, 100 * share[0].high, (long long)fold->policy.honesty.called_months);
    return honesty_month_flag(fold, store, department, day, flag_kind_is_callbacks, said);
}

/* Another visit of the month of whose customer mood and call are both known. */
static int month_count(struct fold *fold, struct span store, const struct plan_row *now)
{
    uint8_t key_bytes[2 * NAME_MAX_BYTES + 1], buffer[1 + CALLED_MONTHS_MAX * MONTH_BYTES];
    char period[PERIOD_OF_DAY_LEN + 1];
    struct called_months months = {0};
    struct span value, department = now->department;
    int64_t day = calendar_day(&fold->policy, fold->step.cause.at_ms), first_day, last_day;
    memcpy(key_bytes, store.at, store.len);
    key_bytes[store.len] = 0;
    memcpy(key_bytes + store.len + 1, department.at, department.len);
    struct span key = span_make(key_bytes, store.len + 1 + department.len);
    int result = store_get(fold->txn, STATE_CALLED, key, &value);
    if (result == 0)
        result = months_read(value, &months);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    period_of_day(day, period);
    int rc = period_days(span_make(period, MONTH_LEN), &first_day, &last_day);
    ensure(rc == 0);
    honesty_called_count(&months, first_day, now->mood == MOOD_UNHAPPY, now->call == CALL_MADE);
    fold->writes++;
    result = store_put(fold->txn, STATE_CALLED, key, months_write(&months, buffer, sizeof buffer));
    struct called_month sum = honesty_called_sum(&fold->policy.honesty, &months, first_day);
    return result < 0 ? result : look(fold, store, department, day, &sum);
}

int called_count(struct fold *fold, struct span store, const struct plan_row *before, const struct plan_row *now)
{
    bool known = now->call != CALL_UNKNOWN && now->mood != MOOD_UNKNOWN;
    bool was_known = before->call != CALL_UNKNOWN && before->mood != MOOD_UNKNOWN;
    return known && !was_known && now->department.len > 0 ? month_count(fold, store, now) : 0;
}

/* ---- what becomes known ---- */

/* enum: CALL_UNKNOWN when its end tells nothing. */
static int tells(const struct callback *callback, bool was_overdue)
{
    bool nobody_tried = callback->tries == 0, answered, too_late;
    switch ((enum callback_status)callback->status) {
    case callback_status_is_done:
    case callback_status_is_refused:
    case callback_status_is_unreachable:
        return CALL_MADE;
    case callback_status_is_cancelled:
        return nobody_tried ? CALL_NEGLECTED : CALL_MADE;
    case callback_status_is_skipped:
        answered = callback->skipped_because == callback_skip_is_answered ||
                   callback->skipped_because == callback_skip_is_complained;
        too_late = callback->skipped_because == callback_skip_is_too_late || (was_overdue && answered);
        return !nobody_tried ? CALL_MADE : too_late ? CALL_NEGLECTED : CALL_UNKNOWN;
    default:
        return CALL_UNKNOWN;
    }
}

int called_ended(struct fold *fold, const struct callback *callback, bool was_overdue)
{
    struct plan_row before, plan;
    bool known;
    int call = tells(callback, was_overdue);
    if (call == CALL_UNKNOWN || callback->kind >= callback_kind_is_lapsed || !HAS(callback, callback, visit))
        return 0;
    int result = plan_find(fold, callback->store, callback->visit, &before, &known);
    if (result < 0 || !known || before.call != CALL_UNKNOWN)
        return result;
    plan = before;
    plan.call = call;
    result = plan_keep(fold, callback->store, callback->visit, &plan);
    return result < 0 ? result : called_count(fold, callback->store, &before, &plan);
}

void called_mood_rated(struct fold *fold, const struct rated *rating, struct plan_row *plan)
{
    bool ours = rating->channel == channel_is_phone || HAS(rating, rated, callback) || HAS(rating, rated, call);
    bool historical = HAS(rating, rated, historical) && rating->historical;
    if (ours || historical || plan->mood == MOOD_UNHAPPY)
        return;
    const struct rating_values *values = &event_values(fold)->values;
    if (rating_is_empty(values))
        return;
    plan->mood = rating_is_low(&fold->policy, rating, values->overall) ? MOOD_UNHAPPY : MOOD_CONTENT;
}

void called_mood_complained(struct plan_row *plan)
{
    plan->mood = MOOD_UNHAPPY;
}
