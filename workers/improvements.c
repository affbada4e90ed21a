/* improvements.c - watches dimensions: three low ratings within the rulebook's days, a mean that drifts; and a band. */
#include "workers/improvements.h"

#include "core/calendar.h"
#include "core/drift.h"
#include "core/status.h"
#include "workers/cases.h"
#include "workers/fact_index.h"
#include "workers/honesty.h"
#include "workers/scores.h"
#include "workers/tasks.h"

#include <stdio.h>

/* Dimensions that count in the index; of a department that the rulebook doesn't know each does. */
static bool counts(const struct policy *policy, struct span department, struct span dimension)
{
    const struct department_weights *weights = policy_department(policy, department);
    return !weights || policy_weight(weights, dimension) > 0;
}

/* "T-57-quality". A dimension whose name is too long for a subject is replaced by its fingerprint. */
static struct span id_of_dimension(uint64_t seq, struct span dimension, char text[NAME_MAX_BYTES + 1])
{
    int len = snprintf(text, NAME_MAX_BYTES + 1, "T-%llu-%.*s", (unsigned long long)seq, SPAN_ARGS(dimension));
    if (len > (int)NAME_MAX_BYTES)
        len = snprintf(text, NAME_MAX_BYTES + 1, "T-%llu-%016llx", (unsigned long long)seq,
                       (unsigned long long)fact_fingerprint(dimension, (struct span){0}));
    return span_make(text, (size_t)len);
}

/* ---- low ratings ---- */

#define REASON_TEXT_MAX 32u /* seq-9007199254740991 */

/* Everything that the task of some low ratings borrows until the step ends. */
struct low_words {
    char id[NAME_MAX_BYTES + 1];
    char said[NAME_MAX_BYTES + 1];
    char reason[LOW_RATINGS_MAX][REASON_TEXT_MAX];
    struct span reasons[LOW_RATINGS_MAX];
};

/* "3 at most 6 in 30 d: 4 5.5 6" */
static struct span low_said(const struct policy *policy, const struct low_rating *low, uint32_t count,
                            char text[NAME_MAX_BYTES + 1])
{
    int64_t days = policy->improvement.low_within_ms / (24 * 3600 * 1000ll);
    int len = snprintf(text, NAME_MAX_BYTES + 1, "%u at most %g in %lld d:", count,
                       policy->low_rating_thousandths / 1000.0, (long long)days);
    for (uint32_t i = 0; i < count && len < (int)NAME_MAX_BYTES - 7; i++)
        len += snprintf(text + len, NAME_MAX_BYTES + 1 - (size_t)len, " %g", low[i].thousandths / 1000.0);
    return span_make(text, (size_t)len);
}

/* By these ratings, the newest of them now. */
static int low_task(struct fold *fold, const struct watch_place *place, const struct low_rating *low, uint32_t count,
                    struct watch_row *row)
{
    struct low_words *words = arena_take(&fold->arena, sizeof *words);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(words->reason[i], sizeof words->reason[i], "seq-%llu", (unsigned long long)low[i].seq);
        words->reasons[i] = span_of(words->reason[i]);
    }
    struct task_ground ground = {
        .rule = task_rule_is_low_ratings,
        .place = *place,
        .id = id_of_dimension(fold->step.cause.seq, place->dimension, words->id),
        .reasons = words->reasons,
        .reasons_count = count,
        .said = low_said(&fold->policy, low, count, words->said),
    };
    return task_improve(fold, &ground, row);
}

static void low_remove(struct watch_row *row, uint32_t index)
{
    row->low_count--;
    memmove(&row->low[index], &row->low[index + 1], (row->low_count - index) * sizeof row->low[0]);
}

/* What is older than the window is let go; a rulebook may have shortened it, or asks for fewer. */
static void low_keep(const struct policy *policy, struct watch_row *row, int64_t now_ms, struct low_rating low)
{
    int64_t since_ms = now_ms - policy->improvement.low_within_ms;
    for (uint32_t i = row->low_count; i-- > 0;) {
        if (row->low[i].at_ms <= since_ms)
            low_remove(row, i);
    }
    if (low.at_ms <= since_ms)
        return;
    if (row->low_count == LOW_RATINGS_MAX)
        low_remove(row, 0);
    row->low[row->low_count++] = low;
}

static int low_count(struct fold *fold, const struct watch_place *place, struct low_rating low)
{
    struct watch_row row;
    bool open = false;
    int result = watch_get(fold->txn, place, &row);
    if (result == 0 && row.task.len > 0)
        result = case_is_open(fold->txn, &row.task, &open);
    if (result < 0)
        return result;
    if (open)
        return full_tasks_have(&fold->full_tasks, &row.task) ? 0 : low_task(fold, place, &low, 1, &row);
    low_keep(&fold->policy, &row, fold->step.cause.at_ms, low);
    if (row.low_count >= fold->policy.improvement.low_ratings) {
        result = low_task(fold, place, row.low, row.low_count, &row);
        row.low_count = 0;
    }
    fold->writes++;
    return result < 0 ? result : watch_put(fold->txn, place, &row);
}

/* Does this rating (NULL: none) make the dimension of this place low? */
static bool makes_low(const struct policy *policy, const struct rated *rating, const struct watch_place *place)
{
    if (!rating || !HAS(rating, rated, scores) || !span_equal(rating->store, place->store) ||
        !span_equal(rating->department, place->department) || !counts(policy, place->department, place->dimension))
        return false;
    for (uint32_t i = 0; i < rating->scores.count; i++) {
        if (span_equal(rating->scores.item[i].dimension, place->dimension))
            return rating->scores.item[i].thousandths <= policy->low_rating_thousandths;
    }
    return false;
}

/* Hardly any rating has a low score: all others are done with here. */
static bool has_low_score(const struct policy *policy, const struct rated *rating)
{
    bool low = false;
    for (uint32_t i = 0; HAS(rating, rated, scores) && i < rating->scores.count; i++)
        low |= rating->scores.item[i].thousandths <= policy->low_rating_thousandths;
    return low;
}

int improve_rated(struct fold *fold, const struct rated *rating, const struct rated *before, uint64_t seq,
                  int64_t given_ms)
{
    int result = 0;
    if (!has_low_score(&fold->policy, rating))
        return 0;
    for (uint32_t i = 0; result == 0 && i < rating->scores.count; i++) {
        const struct dimension_score *score = &rating->scores.item[i];
        const struct watch_place place = {rating->store, rating->department, score->dimension};
        if (makes_low(&fold->policy, rating, &place) && !makes_low(&fold->policy, before, &place))
            result = low_count(fold, &place, (struct low_rating){seq, given_ms, score->thousandths});
    }
    return result;
}

int improve_forget(struct fold *fold, const struct rated *rating, const struct rated *now, uint64_t seq)
{
    int result = 0;
    for (uint32_t i = 0; result == 0 && HAS(rating, rated, scores) && i < rating->scores.count; i++) {
        const struct watch_place place = {rating->store, rating->department, rating->scores.item[i].dimension};
        struct watch_row row;
        uint32_t at = 0;
        if (makes_low(&fold->policy, now, &place))
            continue;
        result = watch_get(fold->txn, &place, &row);
        while (result == 0 && at < row.low_count && row.low[at].seq != seq)
            at++;
        if (result < 0 || at == row.low_count)
            continue;
        low_remove(&row, at);
        fold->writes++;
        result = watch_put(fold->txn, &place, &row);
    }
    return result;
}

/* ---- drift ---- */

/* A department's days on their way through the sums. */
struct days {
    struct fold *fold;
    struct span store, department;
    int64_t day;             /* that is being added up */
    struct score_sums total; /* of it, so far */
};

/* "S 5.21 over 5, mean 7.32 of 8.5, n 12" */
static int drift_task(struct days *days, const struct watch_place *place, const struct sums *day, struct watch_row *row)
{
    struct fold *fold = days->fold;
    const struct improvement_policy *policy = &fold->policy.improvement;
    char id[NAME_MAX_BYTES + 1], said[NAME_MAX_BYTES + 1], date[PERIOD_OF_DAY_LEN + 1], reason[REASON_TEXT_MAX];
    snprintf(said, sizeof said, "S %.3f over %g, mean %.2f of %g, n %llu", row->cusum / 1000.0,
             policy->drift_alarm / 1000.0, (double)day->sum / (double)day->n / 1000, policy->drift_target / 1000.0,
             (unsigned long long)day->n);
    period_of_day(days->day, date);
    snprintf(reason, sizeof reason, "drift-%s", date);
    const struct span reasons[] = {arena_copy(&fold->arena, span_of(reason))};
    struct task_ground ground = {
        .rule = task_rule_is_drift,
        .place = *place,
        .id = arena_copy(&fold->arena, id_of_dimension(fold->step.cause.seq, place->dimension, id)),
        .reasons = reasons,
        .reasons_count = 1,
        .said = arena_copy(&fold->arena, span_of(said)),
    };
    return task_improve(fold, &ground, row);
}

static int dimension_judge(struct days *days, const struct dimension_sums *dimension)
{
    struct fold *fold = days->fold;
    const struct improvement_policy *policy = &fold->policy.improvement;
    const struct watch_place place = {days->store, days->department,
                                      arena_copy(&fold->arena, dimension_name(dimension))};
    struct watch_row row;
    if (dimension->sums.n == 0 || !counts(&fold->policy, days->department, place.dimension))
        return 0;
    int result = watch_get(fold->txn, &place, &row);
    if (result < 0)
        return result;
    int64_t before = row.cusum;
    row.cusum = drift_after(policy, before, &dimension->sums);
    if (drift_alarms(policy, row.cusum)) {
        result = drift_task(days, &place, &dimension->sums, &row);
        row.cusum = 0;
    } else if (row.cusum == before) {
        return 0;
    }
    fold->writes++;
    return result < 0 ? result : watch_put(fold->txn, &place, &row);
}

static int day_judge(struct days *days)
{
    int result = 0;
    for (uint32_t i = 0; result == 0 && i < days->total.dimension_count; i++)
        result = dimension_judge(days, &days->total.dimension[i]);
    if (result == 0)
        result = honesty_day(days->fold, days->store, days->department, days->day);
    memset(&days->total, 0, sizeof days->total);
    return result;
}

int improve_days(struct fold *fold, struct span store, struct span department)
{
    const struct watch_place place = {.store = store, .department = department};
    const int64_t today = calendar_day(&fold->policy, fold->step.cause.at_ms);
    struct watch_row row;
    int result = watch_get(fold->txn, &place, &row);
    if (result < 0 || row.day >= today)
        return result;
    struct days *days = arena_take(&fold->arena, sizeof *days);
    *days = (struct days){.fold = fold, .store = store, .department = department};
    int64_t day = row.day;
    while (result == 0 && row.day > 0) {
        result = score_day_from(fold, store, department, day, today - 1, &days->day, &days->total);
        if (result == 0)
            result = day_judge(days);
        day = days->day + 1;
    }
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    row.day = today;
    fold->writes++;
    return watch_put(fold->txn, &place, &row);
}

/* ---- a band ---- */

static struct span id_of_band(struct span store, struct span department, struct span period,
                              char text[NAME_MAX_BYTES + 1])
{
    int len = snprintf(text, NAME_MAX_BYTES + 1, "T-band-%.*s.%.*s-%.*s", SPAN_ARGS(store), SPAN_ARGS(department),
                       SPAN_ARGS(period));
    if (len > (int)NAME_MAX_BYTES)
        len = snprintf(text, NAME_MAX_BYTES + 1, "T-band-%016llx-%.*s",
                       (unsigned long long)fact_fingerprint(store, department), SPAN_ARGS(period));
    return span_make(text, (size_t)len);
}

int task_open_for_band(struct fold *fold, struct span store, struct span department, struct span period,
                       const struct band_figures *figures)
{
    const struct watch_place place = {.store = store, .department = department};
    char id[NAME_MAX_BYTES + 1], said[NAME_MAX_BYTES + 1], reason[NAME_MAX_BYTES + 1];
    struct watch_row row;
    struct case_key key;
    struct span known;
    struct span name = arena_copy(&fold->arena, id_of_band(store, department, period, id));
    int result = case_key_of_id(name, &key);
    ensure(result == 0);
    result = store_get(fold->txn, STATE_CASES, case_key_span(&key), &known);
    if (result != -E_NOT_FOUND)
        return result; /* this period has had its task */
    result = watch_get(fold->txn, &place, &row);
    if (result < 0)
        return result;
    snprintf(said, sizeof said, "csi %.1f, %.1f to %.1f, n %llu", figures->csi, figures->low, figures->high,
             (unsigned long long)figures->n);
    snprintf(reason, sizeof reason, "band-%.*s", SPAN_ARGS(period));
    const struct span reasons[] = {arena_copy(&fold->arena, span_of(reason))};
    struct task_ground ground = {
        .rule = task_rule_is_band,
        .place = place,
        .id = name,
        .reasons = reasons,
        .reasons_count = 1,
        .said = arena_copy(&fold->arena, span_of(said)),
    };
    result = task_improve(fold, &ground, &row);
    fold->writes++;
    return result < 0 ? result : watch_put(fold->txn, &place, &row);
}
