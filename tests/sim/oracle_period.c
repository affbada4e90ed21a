/*
 * oracle_period.c - months that close on the rulebook's day, and what is accountable then: counted from all ratings, one by one.
 *
 * The first rating that is no import begins the first month: the earliest that is not closed. A row for each department that was rated in a
 * period that ends, and one for each of their stores and of those that were complained about.
 */
#include "core/rfc3339.h"
#include "tests/sim/oracle_appeal.h"
#include "tests/sim/oracle_inside.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* The first minute of a local day, whatever the clock is put to meanwhile: looked for from the first that it can be. */
static int64_t day_ms(const struct policy *policy, int64_t day)
{
    int64_t ms = day * 86400000ll - 15 * 3600000ll;
    while (oracle_day(policy, ms) < day)
        ms += 60000;
    return ms;
}

static int64_t first_day(int64_t month)
{
    return civil_to_days((struct civil_date){(int32_t)(month / 12), (uint32_t)(month % 12) + 1, 1});
}

static int64_t close_ms(const struct policy *policy, int64_t month)
{
    int64_t day = first_day(month + 1) + policy->ranking.close_day - 1;
    return oracle_whole_second(day_ms(policy, day) + policy->ranking.close_minute * 60000ll);
}

static struct oracle_month *last_month(struct oracle *oracle)
{
    return oracle->months_count ? &oracle->months[oracle->months_count - 1] : NULL;
}

static void touch(struct oracle *oracle, struct oracle_month *month)
{
    month->changed_seq = oracle->seq;
    oracle_touch(oracle, 'P', (uint32_t)(month - oracle->months), false);
}

static void begin(struct oracle *oracle, int64_t number)
{
    struct oracle_month *month = ORACLE_ADD(oracle, months);
    month->month = number;
    month->due_ms = month->closes_ms = close_ms(oracle->policy, number);
    month->closed_ms = ORACLE_NEVER;
    snprintf(month->id, sizeof month->id, "P-month-%04d-%02d", (int)(number / 12), (int)(number % 12) + 1);
    touch(oracle, month);
}

void oracle_period_begin(struct oracle *oracle)
{
    if (oracle->months_count)
        return;
    int64_t number = 0;
    while (first_day(number + 1) <= oracle_day(oracle->policy, oracle->at_ms))
        number++;
    number--; /* the month before this one may not be closed yet */
    begin(oracle, close_ms(oracle->policy, number) <= oracle->at_ms ? number + 1 : number);
}

/* ---- rows ---- */

/* Where a rating is accounted; false: nowhere. */
bool oracle_accounted(const struct oracle_rating *rating, const char **ret_department)
{
    if (rating->retracted || rating->accounted == ACCOUNTED_TO_NOBODY)
        return false;
    *ret_department = rating->accounted == ACCOUNTED_TO_DEPARTMENT ? rating->moved_to : rating->department;
    return true;
}

static uint32_t dimensions_of(const struct oracle *oracle, const char *store, const char *department, int64_t from_day,
                              int64_t to_day, oracle_name seen[DIMENSIONS_MAX * 2])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < oracle->ratings_count; i++) {
        const struct oracle_rating *rating = &oracle->ratings[i];
        bool here = oracle_is_accounted_to(oracle, rating, store, department, from_day, to_day);
        for (uint32_t k = 0; here && k < rating->scores; k++) {
            uint32_t d = 0;
            while (d < count && strcmp(seen[d], rating->score[k].dimension) != 0)
                d++;
            ensure(count < DIMENSIONS_MAX * 2);
            if (d == count)
                memcpy(seen[count++], rating->score[k].dimension, sizeof seen[0]);
        }
    }
    return count;
}

void oracle_accountable(const struct oracle *oracle, const struct policy *policy, const char *store,
                        const char *department, int64_t from_day, int64_t to_day, int64_t *ret_n, double *ret_csi)
{
    oracle_name seen[DIMENSIONS_MAX * 2];
    double weighted = 0, weights = 0;
    int64_t means = 0;
    uint32_t dimensions = dimensions_of(oracle, store, department, from_day, to_day, seen);
    *ret_n = 0;
    for (uint32_t i = 0; i < oracle->ratings_count; i++) {
        const struct oracle_rating *rating = &oracle->ratings[i];
        bool here = oracle_is_accounted_to(oracle, rating, store, department, from_day, to_day);
        *ret_n += here;
        means += here && oracle_has_mean(oracle, rating, department);
    }
    for (uint32_t d = 0; d < dimensions; d++) {
        double sum = 0, answers = 0, weight = (double)oracle_weight(policy, department, seen[d]);
        for (uint32_t i = 0; i < oracle->ratings_count; i++) {
            const struct oracle_rating *rating = &oracle->ratings[i];
            bool here = oracle_is_accounted_to(oracle, rating, store, department, from_day, to_day);
            for (uint32_t k = 0; here && k < rating->scores; k++) {
                bool same = strcmp(rating->score[k].dimension, seen[d]) == 0;
                sum += same ? rating->score[k].thousandths : 0;
                answers += same;
            }
        }
        weighted += weight * sum / answers;
        weights += weight;
    }
    *ret_csi = means > 0 && weights > 0 ? weighted / weights / 10 : NAN;
}

static bool row_is_there(const struct oracle *oracle, const char *period, const char *store, const char *department)
{
    for (uint32_t i = 0; i < oracle->frozens_count; i++) {
        const struct oracle_frozen *row = &oracle->frozens[i];
        if (strcmp(row->period, period) == 0 && strcmp(row->store, store) == 0 &&
            strcmp(row->department, department) == 0)
            return true;
    }
    return false;
}

static uint32_t row_add(struct oracle *oracle, const char *period, const char *store, const char *department)
{
    if (row_is_there(oracle, period, store, department))
        return 0;
    struct oracle_frozen *row = ORACLE_ADD(oracle, frozens);
    snprintf(row->period, sizeof row->period, "%s", period);
    memcpy(row->store, store, sizeof row->store);
    if (department[0])
        memcpy(row->department, department, sizeof row->department);
    row->entry = oracle->seq;
    return 1;
}

static bool counts(const struct oracle_complaint *complaint)
{
    bool let_go =
        complaint->outcome == complaint_outcome_is_withdrawn || complaint->outcome == complaint_outcome_is_merged;
    return !complaint->historical && !let_go;
}

static uint32_t freeze(struct oracle *oracle, const char *period, int64_t from_day, int64_t to_day, bool quarter)
{
    uint32_t added = 0;
    for (uint32_t i = 0; i < oracle->ratings_count; i++) {
        const struct oracle_rating *rating = &oracle->ratings[i];
        const char *quarterly = oracle->policy->ranking.quarterly;
        if (!oracle_is_voiced(oracle, rating, from_day, to_day) ||
            (quarter && strcmp(rating->department, quarterly) != 0))
            continue;
        if (row_add(oracle, period, rating->store, rating->department)) {
            struct oracle_frozen *row = &oracle->frozens[oracle->frozens_count - 1];
            oracle_accountable(oracle, oracle->policy, row->store, row->department, from_day, to_day, &row->n,
                               &row->csi);
            added++;
        }
        added += quarter ? 0 : row_add(oracle, period, rating->store, "");
    }
    int64_t from_ms = day_ms(oracle->policy, from_day), to_ms = day_ms(oracle->policy, to_day + 1);
    for (uint32_t i = 0; i < oracle->complaints_count && !quarter; i++) {
        const struct oracle_complaint *complaint = &oracle->complaints[i];
        if (complaint->opened_ms >= from_ms && complaint->opened_ms < to_ms && counts(complaint))
            added += row_add(oracle, period, complaint->store, "");
    }
    return added;
}

static uint32_t freeze_all(struct oracle *oracle, int64_t month)
{
    char period[16];
    int year = (int)(month / 12), number = (int)(month % 12) + 1;
    int64_t to_day = first_day(month + 1) - 1;
    snprintf(period, sizeof period, "%04d-%02d", year, number);
    uint32_t rows = freeze(oracle, period, first_day(month), to_day, false);
    snprintf(period, sizeof period, "%04d-Q%d", year, number / 3);
    rows += number % 3 == 0 ? freeze(oracle, period, first_day(month - 2), to_day, true) : 0;
    snprintf(period, sizeof period, "%04d-H%d", year, number / 6);
    rows += number % 6 == 0 ? freeze(oracle, period, first_day(month - 5), to_day, false) : 0;
    snprintf(period, sizeof period, "%04d", year);
    return rows + (number == 12 ? freeze(oracle, period, first_day(month - 11), to_day, false) : 0);
}

/* 48 rows a second; then the next month begins. */
void oracle_month_fire(struct oracle *oracle, uint32_t index, int64_t due_ms)
{
    struct oracle_month *month = &oracle->months[index];
    int64_t number = month->month;
    if (month->closed_ms == ORACLE_NEVER) {
        month->closed_ms = due_ms;
        month->rows = freeze_all(oracle, number);
    }
    touch(oracle, month);
    if (month->rows >= 48) {
        month->rows -= 48;
        month->due_ms = due_ms + 1000;
        return;
    }
    month->closed = true;
    month->due_ms = ORACLE_NEVER;
    begin(oracle, number + 1);
}

void oracle_month_reckon(struct oracle *oracle)
{
    struct oracle_month *month = last_month(oracle);
    if (!month || month->closed_ms != ORACLE_NEVER || month->closes_ms == close_ms(oracle->policy, month->month))
        return;
    month->due_ms = month->closes_ms = close_ms(oracle->policy, month->month);
    touch(oracle, month);
}

/* ---- what is told ---- */

bool oracle_knows_row(struct oracle *oracle, uint64_t cause, const struct period *card, char *message)
{
    const char *none = "";
    for (uint32_t i = 0; i < oracle->frozens_count; i++) {
        struct oracle_frozen *row = &oracle->frozens[i];
        if (!oracle_is(row->period, card->period) || !oracle_is(row->store, card->store) ||
            !oracle_is(row->department, HAS(card, period, department) ? card->department : span_of(none)))
            continue;
        double csi = HAS(card, period, csi) ? card->csi.value : NAN;
        bool of_department = row->department[0] != '\0';
        bool same = !of_department || ((isnan(row->csi) ? isnan(csi) : fabs(row->csi - csi) <= 1e-6 * (1 + row->csi)) &&
                                       card->n == row->n);
        if (row->told || !same || card->status != period_status_is_closed)
            return oracle_differs(
                message, "%.*s by entry %" PRIu64 ": %s, n %" PRId64 " is %" PRId64 ", index %.9g is %.9g",
                SPAN_ARGS(card->id), cause, row->told ? "told twice" : "differs", row->n, card->n, row->csi, csi);
        row->told = true;
        return true;
    }
    return oracle_differs(message, "%.*s by entry %" PRIu64 " was not frozen", SPAN_ARGS(card->id), cause);
}
