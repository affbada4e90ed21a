/*
 * oracle_improve.c - improvement tasks without anybody's asking: three low ratings, drift; and whether a task has helped.
 *
 * One open task per store, department and dimension: what comes meanwhile joins it. Each low answer is a ground once.
 */
#include "tests/sim/oracle_improve.h"
#include "tests/sim/oracle_roster.h"

#include <math.h>
#include <stdio.h>

#define NAMED(mine, store_, department_, dimension_)                                       \
    (strcmp((mine)->store, store_) == 0 && strcmp((mine)->department, department_) == 0 && \
     strcmp((mine)->dimension, dimension_) == 0)

/* ---- low answers ---- */

static bool makes_low(const struct oracle *oracle, const struct oracle_rating *rating,
                      const struct oracle_rating *place, const char *dimension)
{
    if (!rating || strcmp(rating->store, place->store) != 0 || strcmp(rating->department, place->department) != 0 ||
        oracle_weight(oracle->policy, place->department, dimension) == 0)
        return false;
    for (uint32_t i = 0; i < rating->scores; i++)
        if (strcmp(rating->score[i].dimension, dimension) == 0)
            return rating->score[i].thousandths <= oracle->policy->low_rating_thousandths;
    return false;
}

static struct oracle_watch *watch_of(struct oracle *oracle, const struct oracle_rating *place, const char *dimension)
{
    for (uint32_t i = 0; i < oracle->watches_count; i++)
        if (NAMED(&oracle->watches[i], place->store, place->department, dimension))
            return &oracle->watches[i];
    struct oracle_watch *watch = ORACLE_ADD(oracle, watches);
    memcpy(watch->store, place->store, sizeof watch->store);
    memcpy(watch->department, place->department, sizeof watch->department);
    snprintf(watch->dimension, sizeof watch->dimension, "%s", dimension);
    return watch;
}

static struct oracle_task *open_task(struct oracle *oracle, const struct oracle_watch *watch)
{
    struct oracle_task *task = watch->task ? &oracle->tasks[watch->task - 1] : NULL;
    return task && oracle_task_is_open(task) ? task : NULL;
}

/* The one that is open, or a new one. */
static struct oracle_task *improve(struct oracle *oracle, struct oracle_watch *watch, int32_t rule)
{
    struct oracle_task *task = open_task(oracle, watch);
    if (task) {
        oracle_task_touch(oracle, task);
        return task;
    }
    task = oracle_task_add(oracle, rule, watch->dimension);
    watch->task = oracle->tasks_count;
    memcpy(task->store, watch->store, sizeof task->store);
    memcpy(task->department, watch->department, sizeof task->department);
    memcpy(task->dimension, watch->dimension, sizeof task->dimension);
    oracle_manager(oracle, watch->store, watch->department, task->responsible, sizeof task->responsible);
    task->by_post = true;
    task->opened_ms = task->due_from_ms = oracle->at_ms;
    task->due_ms = oracle_pass(oracle->policy, watch->store, oracle->at_ms, oracle->policy->improvement.due);
    return task;
}

static void reason_of(struct oracle_task *task, uint64_t seq)
{
    oracle_name reason;
    snprintf(reason, sizeof reason, "seq-%llu", (unsigned long long)seq);
    oracle_task_reason(task, reason);
}

static bool is_ground(const struct oracle_low *low, const struct oracle_watch *watch)
{
    return !low->spent && NAMED(low, watch->store, watch->department, watch->dimension);
}

/* Those that came within the window, if they are enough. */
static void low_answer(struct oracle *oracle, struct oracle_watch *watch, uint64_t seq, int64_t at_ms)
{
    int64_t count = 0, since_ms = oracle->at_ms - oracle->policy->improvement.low_within_ms;
    const struct oracle_task *task_open = open_task(oracle, watch);
    if (task_open && task_open->reasons.count == NAMES_MAX)
        return;
    if (task_open) {
        reason_of(improve(oracle, watch, 0), seq);
        return;
    }
    struct oracle_low *low = ORACLE_ADD(oracle, lows);
    memcpy(low->store, watch->store, sizeof low->store);
    memcpy(low->department, watch->department, sizeof low->department);
    memcpy(low->dimension, watch->dimension, sizeof low->dimension);
    low->seq = seq;
    low->at_ms = at_ms;
    for (uint32_t i = 0; i < oracle->lows_count; i++) {
        if (!is_ground(&oracle->lows[i], watch))
            continue;
        oracle->lows[i].spent = oracle->lows[i].at_ms <= since_ms; /* too old: never a ground again */
        count += !oracle->lows[i].spent;
    }
    if (count < oracle->policy->improvement.low_ratings)
        return;
    struct oracle_task *task = improve(oracle, watch, task_rule_is_low_ratings);
    for (uint32_t i = 0; i < oracle->lows_count; i++) {
        if (!is_ground(&oracle->lows[i], watch))
            continue;
        oracle->lows[i].spent = true;
        reason_of(task, oracle->lows[i].seq);
    }
}

void oracle_low_answers(struct oracle *oracle, const struct oracle_rating *rating, const struct oracle_rating *before)
{
    for (uint32_t i = 0; !rating->historical && i < rating->scores; i++) {
        const char *dimension = rating->score[i].dimension;
        if (makes_low(oracle, rating, rating, dimension) && !makes_low(oracle, before, rating, dimension))
            low_answer(oracle, watch_of(oracle, rating, dimension), rating->seq, rating->time_ms);
    }
}

void oracle_low_taken_back(struct oracle *oracle, const struct oracle_rating *before, const struct oracle_rating *now)
{
    for (uint32_t i = 0; i < oracle->lows_count; i++) {
        struct oracle_low *low = &oracle->lows[i];
        bool mine = low->seq == before->seq && strcmp(low->store, before->store) == 0 &&
                    strcmp(low->department, before->department) == 0;
        if (mine && !makes_low(oracle, now, before, low->dimension))
            low->spent = true;
    }
}

/* ---- drift ---- */

struct day_sum {
    int64_t n, sum;
};

static struct day_sum day_sum(const struct oracle *oracle, const struct oracle_rating *where, int64_t day,
                              const char *dimension)
{
    struct day_sum total = {0};
    for (uint32_t i = 0; i < oracle->scores_count; i++) {
        const struct oracle_score *score = &oracle->scores[i];
        if (score->day != day || strcmp(score->store, where->store) != 0 ||
            strcmp(score->department, where->department) != 0)
            continue;
        for (uint32_t k = 0; k < score->dimensions; k++) {
            if (strcmp(score->dimension[k].dimension, dimension) != 0)
                continue;
            total.n += score->dimension[k].sum.n;
            total.sum += score->dimension[k].sum.sum;
        }
    }
    return total;
}

/* The target less the mean, over its standard error, less the slack, on top of what there was. */
static void dimension_judge(struct oracle *oracle, const struct oracle_rating *where, int64_t day,
                            const char *dimension, const char *date)
{
    const struct improvement_policy *policy = &oracle->policy->improvement;
    struct day_sum sum = day_sum(oracle, where, day, dimension);
    if (sum.n == 0 || oracle_weight(oracle->policy, where->department, dimension) == 0)
        return;
    struct oracle_watch *watch = watch_of(oracle, where, dimension);
    long double mean = (long double)sum.sum / (long double)sum.n;
    long double error = policy->drift_sd / sqrtl((long double)sum.n);
    watch->number += llroundl(1000 * (policy->drift_target - mean) / error) - policy->drift_slack;
    if (watch->number < 0)
        watch->number = 0;
    if (watch->number <= policy->drift_alarm)
        return;
    oracle_name reason;
    watch->number = 0;
    snprintf(reason, sizeof reason, "drift-%s", date);
    oracle_task_reason(improve(oracle, watch, task_rule_is_drift), reason);
}

/* The date of a day since 1970, counted off year by year and month by month. */
void oracle_date_of(int64_t day, char text[32])
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 1970, month = 0;
    for (;; year++) {
        int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        if (day < 365 + leap)
            break;
        day -= 365 + leap;
    }
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    while (day >= lengths[month] + (month == 1 && leap)) {
        day -= lengths[month] + (month == 1 && leap);
        month++;
    }
    snprintf(text, 32, "%04d-%02d-%02d", year, month + 1, (int)day + 1);
}

static void day_judge(struct oracle *oracle, const struct oracle_rating *where, int64_t day)
{
    char date[32];
    oracle_date_of(day, date);
    for (uint32_t i = 0; i < oracle->scores_count; i++) {
        const struct oracle_score *score = &oracle->scores[i];
        if (score->day != day || strcmp(score->store, where->store) != 0 ||
            strcmp(score->department, where->department) != 0)
            continue;
        for (uint32_t k = 0; k < score->dimensions; k++) {
            const char *dimension = score->dimension[k].dimension;
            bool done = false;
            for (uint32_t j = 0; j < i && !done; j++) {
                const struct oracle_score *other = &oracle->scores[j];
                bool beside = other->day == day && strcmp(other->store, where->store) == 0 &&
                              strcmp(other->department, where->department) == 0;
                for (uint32_t l = 0; beside && l < other->dimensions; l++)
                    done = done || strcmp(other->dimension[l].dimension, dimension) == 0;
            }
            if (!done)
                dimension_judge(oracle, where, day, dimension, date);
        }
    }
}

static bool is_rated(const struct oracle *oracle, const struct oracle_rating *where, int64_t day)
{
    int64_t n = 0;
    for (uint32_t i = 0; i < oracle->scores_count; i++) {
        const struct oracle_score *score = &oracle->scores[i];
        bool here = score->day == day && strcmp(score->store, where->store) == 0 &&
                    strcmp(score->department, where->department) == 0;
        n += here ? score->n : 0;
    }
    return n > 0;
}

void oracle_drift(struct oracle *oracle, const struct oracle_rating *where)
{
    int64_t today = oracle_day(oracle->policy, oracle->at_ms);
    int64_t from = watch_of(oracle, where, "")->number;
    for (int64_t day = from; from > 0 && day < today; day++) {
        day_judge(oracle, where, day);
        if (is_rated(oracle, where, day))
            oracle_day_flags(oracle, where, day);
    }
    if (from < today)
        watch_of(oracle, where, "")->number = today;
}

/* ---- effect ---- */

static void sum_up(struct oracle_sum *to, const struct oracle_sum *from)
{
    to->n += from->n;
    to->sum += from->sum;
    to->squares += from->squares;
}

static struct oracle_sum sum_of(const struct oracle *oracle, const struct oracle_task *task, int64_t first,
                                int64_t last)
{
    struct oracle_sum sum = {0};
    for (uint32_t i = 0; i < oracle->scores_count; i++) {
        const struct oracle_score *score = &oracle->scores[i];
        if (score->day < first || score->day > last || strcmp(score->store, task->store) != 0 ||
            strcmp(score->department, task->department) != 0)
            continue;
        if (!task->dimension[0])
            sum_up(&sum, &score->overall);
        for (uint32_t k = 0; task->dimension[0] && k < score->dimensions; k++)
            if (strcmp(score->dimension[k].dimension, task->dimension) == 0)
                sum_up(&sum, &score->dimension[k].sum);
    }
    return sum;
}

/* Student's distribution between 0 and t, by Simpson's rule. */
static double student_share(double t, double freedom)
{
    const int steps = 2000;
    double scale = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * acos(-1));
    double width = t / steps, sum = 0;
    for (int i = 0; i <= steps; i++) {
        double x = i * width;
        double weight = i == 0 || i == steps ? 1 : i % 2 ? 4 : 2;
        sum += weight * pow(1 + x * x / freedom, -(freedom + 1) / 2);
    }
    return scale * sum * width / 3;
}

static double student_critical(double freedom)
{
    double low = 1, high = 20;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        *(student_share(middle, freedom) < 0.475 ? &low : &high) = middle;
    }
    return low;
}

/* The square of a mean's standard error, in points. */
static double error_of(const struct oracle_sum *sum)
{
    double n = (double)sum->n, total = (double)sum->sum / 1000, squares = (double)sum->squares / 1e6;
    double error = (squares - total * total / n) / (n - 1) / n;
    return error > 1e-12 ? error : 0;
}

bool oracle_welch(const struct policy *policy, const struct oracle_sum *first, const struct oracle_sum *second,
                  struct oracle_effect *ret_effect)
{
    int64_t least = policy->evidence_show_n > 3 ? policy->evidence_show_n : 3;
    if (first->n < least || second->n < least)
        return false;
    double va = error_of(first), vb = error_of(second), half = 0;
    if (va + vb > 0) {
        double freedom = pow(va + vb, 2) / (va * va / ((double)first->n - 1) + vb * vb / ((double)second->n - 1));
        half = student_critical(freedom) * sqrt(va + vb);
    }
    double before = (double)first->sum / 1000 / (double)first->n,
           after = (double)second->sum / 1000 / (double)second->n;
    *ret_effect = (struct oracle_effect){
        .before = before,
        .after = after,
        .low = after - before - half,
        .high = after - before + half,
        .n_before = first->n,
        .n_after = second->n,
    };
    return true;
}

/* Days before and with the opening against days after the completion, none of which may have too few answers. */
void oracle_effect_measure(struct oracle *oracle, struct oracle_task *task)
{
    const struct policy *policy = oracle->policy;
    int64_t opened = oracle_day(policy, task->opened_ms), completed = oracle_day(policy, task->completed_ms);
    struct oracle_sum before = sum_of(oracle, task, opened - policy->improvement.effect_days + 1, opened);
    struct oracle_sum after = sum_of(oracle, task, completed + 1, oracle_day(policy, oracle->at_ms));
    task->measured = oracle_welch(policy, &before, &after, &task->effect);
}
