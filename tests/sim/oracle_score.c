/*
 * oracle_score.c - ratings, what is corrected about them, and their sums by store, department, local day and staff.
 *
 * Sums are not added to and subtracted from: those of a place and day are counted anew from all ratings whenever one of them
 * changes. A rating counts by the rulebook that its own entry was folded by, corrected or not.
 */
#include "tests/sim/oracle_appeal.h"
#include "tests/sim/oracle_improve.h"

#include <stdlib.h>

#define NONE INT32_MIN

int32_t oracle_mapped(const struct policy *policy, const struct oracle_rating *rating)
{
    if (!rating->raw)
        return NONE;
    for (uint32_t m = 0; m < policy->score_map_count; m++) {
        const struct score_map *map = &policy->score_map[m];
        if (strcmp(map->scale, rating->scale) != 0)
            continue;
        for (uint32_t k = 0; k < map->key_count; k++)
            if (map->key[k].key == rating->key)
                return map->key[k].answer ? map->key[k].thousandths : NONE;
    }
    return NONE;
}

const struct policy *oracle_policy_of(const struct oracle *oracle, uint64_t seq)
{
    const struct policy *found = NULL;
    for (uint32_t i = 0; i < oracle->policies_count; i++)
        if (oracle->policies[i].seq < seq)
            found = &oracle->policies[i].policy;
    return found;
}

/* ---- one rating's figures ---- */

int64_t oracle_weight(const struct policy *policy, const char *department, const char *dimension)
{
    for (uint32_t d = 0; d < policy->department_count; d++) {
        const struct department_weights *weights = &policy->department[d];
        if (strcmp(weights->department, department) != 0)
            continue;
        for (uint32_t i = 0; i < weights->dimension_count; i++)
            if (strcmp(weights->dimension[i].dimension, dimension) == 0)
                return weights->dimension[i].weight;
        return 0;
    }
    return 1;
}

static int32_t weighted_mean(const struct policy *policy, const struct oracle_rating *rating)
{
    int64_t sum = 0, weights = 0;
    for (uint32_t i = 0; i < rating->scores; i++) {
        int64_t weight = oracle_weight(policy, rating->department, rating->score[i].dimension);
        sum += weight * rating->score[i].thousandths;
        weights += weight;
    }
    return weights ? (int32_t)((2 * sum + weights) / (2 * weights)) : NONE;
}

bool oracle_has_figure(const struct policy *policy, const struct oracle_rating *rating)
{
    return rating->scores || rating->overall != NONE || rating->nps != NONE || rating->ces != NONE ||
           oracle_mapped(policy, rating) != NONE;
}

/* Ratings that count, and those that would if they had a figure. */
void oracle_ratings_count(struct oracle *oracle)
{
    struct counters *counters = &oracle->counters;
    counters->ratings = counters->ratings_without_figure = 0;
    for (uint32_t i = 0; i < oracle->ratings_count; i++) {
        const struct oracle_rating *rating = &oracle->ratings[i];
        bool figure = oracle_has_figure(oracle_policy_of(oracle, rating->seq), rating);
        counters->ratings += !rating->retracted && figure;
        counters->ratings_without_figure += !rating->retracted && !figure;
    }
}

/* ---- sums ---- */

static void count(struct oracle_sum *sum, int32_t value)
{
    if (value == NONE)
        return;
    sum->n++;
    sum->sum += value;
    sum->squares += (int64_t)value * value;
}

static void count_dimension(struct oracle_score *score, const struct oracle_answer *answer)
{
    uint32_t i = 0;
    while (i < score->dimensions && strcmp(score->dimension[i].dimension, answer->dimension) != 0)
        i++;
    if (i == DIMENSIONS_MAX) {
        score->dropped++;
        return;
    }
    if (i == score->dimensions)
        memcpy(score->dimension[score->dimensions++].dimension, answer->dimension, sizeof answer->dimension);
    count(&score->dimension[i].sum, answer->thousandths);
}

static void count_rating(struct oracle *oracle, struct oracle_score *score, const struct oracle_rating *rating)
{
    const struct policy *policy = oracle_policy_of(oracle, rating->seq);
    if (!oracle_has_figure(policy, rating))
        return;
    int32_t weighted = weighted_mean(policy, rating);
    int32_t given = rating->overall != NONE ? rating->overall : oracle_mapped(policy, rating);
    int32_t overall = given != NONE ? given : weighted;
    score->n++;
    count(&score->weighted, weighted);
    count(&score->overall, overall);
    if (rating->scores == 0)
        count(&score->overall_only, overall);
    score->satisfied += overall != NONE && overall >= policy->satisfied_thousandths;
    if (rating->nps != NONE) {
        score->nps_n++;
        score->promoters += rating->nps >= 9000;
        score->detractors += rating->nps <= 6000;
    }
    count(&score->ces, rating->ces);
    if (rating->channel == channel_is_phone)
        count(&score->inhouse, overall);
    if (rating->channel == channel_is_oem)
        count(&score->oem, overall);
    uint32_t tens = 0;
    for (uint32_t i = 0; i < rating->scores; i++)
        tens += rating->score[i].thousandths == 10000;
    bool form = rating->scores >= policy->honesty.form_dimensions;
    score->forms += form;
    score->perfect += form && tens == rating->scores;
    for (uint32_t i = 0; i < rating->scores; i++)
        count_dimension(score, &rating->score[i]);
}

static int64_t day_of(const struct oracle *oracle, const struct oracle_rating *rating)
{
    return oracle_day(oracle_policy_of(oracle, rating->seq), rating->time_ms);
}

/* The sums where this rating belongs, counted anew. */
static void recount(struct oracle *oracle, const struct oracle_rating *where)
{
    struct oracle_score *score = NULL;
    int64_t day = day_of(oracle, where);
    for (uint32_t i = 0; i < oracle->scores_count; i++) {
        struct oracle_score *one = &oracle->scores[i];
        if (one->day == day && strcmp(one->store, where->store) == 0 &&
            strcmp(one->department, where->department) == 0 && strcmp(one->staff, where->staff) == 0)
            score = one;
    }
    if (!score)
        score = ORACLE_ADD(oracle, scores);
    memset(score, 0, sizeof *score);
    memcpy(score->store, where->store, sizeof score->store);
    memcpy(score->department, where->department, sizeof score->department);
    memcpy(score->staff, where->staff, sizeof score->staff);
    score->day = day;
    score->changed = oracle->anything = true;
    score->changed_at_ms = oracle->at_ms;
    for (uint32_t i = 0; i < oracle->ratings_count; i++) {
        const struct oracle_rating *rating = &oracle->ratings[i];
        if (!rating->retracted && day_of(oracle, rating) == day && strcmp(rating->store, where->store) == 0 &&
            strcmp(rating->department, where->department) == 0 && strcmp(rating->staff, where->staff) == 0)
            count_rating(oracle, score, rating);
    }
}

/* ---- what is accounted ---- */

static bool is_between(const struct oracle *oracle, const struct oracle_rating *rating, int64_t from_day,
                       int64_t to_day)
{
    int64_t day = day_of(oracle, rating);
    return oracle_has_figure(oracle_policy_of(oracle, rating->seq), rating) && day >= from_day && day <= to_day;
}

bool oracle_is_voiced(const struct oracle *oracle, const struct oracle_rating *rating, int64_t from_day, int64_t to_day)
{
    return !rating->retracted && is_between(oracle, rating, from_day, to_day);
}

bool oracle_is_accounted_to(const struct oracle *oracle, const struct oracle_rating *rating, const char *store,
                            const char *department, int64_t from_day, int64_t to_day)
{
    const char *accounted;
    return oracle_accounted(rating, &accounted) && strcmp(rating->store, store) == 0 &&
           strcmp(accounted, department) == 0 && is_between(oracle, rating, from_day, to_day);
}

bool oracle_has_mean(const struct oracle *oracle, const struct oracle_rating *rating, const char *department)
{
    struct oracle_rating there;
    memcpy(&there, rating, sizeof there);
    memcpy(there.department, department, strlen(department) + 1);
    return weighted_mean(oracle_policy_of(oracle, rating->seq), &there) != NONE;
}

void oracle_recount_accounted(struct oracle *oracle, const struct oracle_rating *rating)
{
    struct oracle_rating there;
    memcpy(&there, rating, sizeof there);
    if (!oracle_has_figure(oracle_policy_of(oracle, rating->seq), rating))
        return;
    recount(oracle, &there);
    if (rating->accounted != ACCOUNTED_TO_DEPARTMENT)
        return;
    memset(there.staff, 0, sizeof there.staff);
    memcpy(there.department, rating->moved_to, sizeof there.department);
    recount(oracle, &there);
}

/* ---- facts ---- */

static void answer(struct oracle_rating *rating, struct span dimension, int32_t thousandths)
{
    uint32_t i = 0;
    while (i < rating->scores && !oracle_is(rating->score[i].dimension, dimension))
        i++;
    if (i == DIMENSIONS_MAX)
        return;
    if (i == rating->scores)
        oracle_take(rating->score[rating->scores++].dimension, sizeof(oracle_name), dimension);
    rating->score[i].thousandths = thousandths;
}

void oracle_rated(struct oracle *oracle, const struct event *event)
{
    const struct rated *fact = &event->data.rated;
    struct oracle_rating *rating = ORACLE_ADD(oracle, ratings);
    rating->seq = oracle->seq;
    rating->at_ms = oracle->at_ms;
    rating->time_ms = event->has_time && event->time_ms < oracle->at_ms ? event->time_ms : oracle->at_ms;
    oracle_take(rating->store, sizeof rating->store, fact->store);
    oracle_take(rating->department, sizeof rating->department, fact->department);
    oracle_take(rating->staff, sizeof rating->staff, fact->staff);
    oracle_take(rating->customer, sizeof rating->customer, fact->customer);
    oracle_take(rating->visit, sizeof rating->visit, fact->visit);
    rating->overall = HAS(fact, rated, overall) ? fact->overall : NONE;
    rating->nps = HAS(fact, rated, nps) ? fact->nps : NONE;
    rating->ces = HAS(fact, rated, ces) ? fact->ces : NONE;
    rating->channel = fact->channel;
    rating->historical = HAS(fact, rated, historical) && fact->historical;
    if (HAS(fact, rated, scores))
        for (uint32_t i = 0; i < fact->scores.count; i++)
            answer(rating, fact->scores.item[i].dimension, fact->scores.item[i].thousandths);
    if (HAS(fact, rated, raw)) {
        rating->raw = true;
        rating->key = fact->raw.key;
        oracle_take(rating->scale, sizeof rating->scale, fact->raw.scale);
    }
    oracle_rating_tasks(oracle, rating, oracle_fact_ms(oracle, event));
    oracle_low_answers(oracle, rating, NULL);
    if (!oracle_has_figure(oracle->policy, rating)) {
        oracle_rating_flags(oracle, rating, fact);
        return;
    }
    oracle_drift(oracle, rating);
    recount(oracle, rating);
    oracle_rating_flags(oracle, rating, fact);
    if (!rating->historical)
        oracle_period_begin(oracle);
}

/* ---- corrections ---- */

/* The newest one of the source by its id, or by seq; NULL when nothing has it. Where the documents are silent: an id finds
 * ratings, complaints and praise only, a seq finds any fact. */
const struct oracle_fact *oracle_fact_of(const struct oracle *oracle, const struct event *event,
                                         const struct reference *of)
{
    const struct oracle_fact *found = NULL;
    for (uint32_t i = 0; i < oracle->facts_count; i++) {
        const struct oracle_fact *fact = &oracle->facts[i];
        if (fact->seq >= oracle->seq)
            break;
        bool known = fact->type == EVENT_feedback_rated || fact->type == EVENT_feedback_complained ||
                     fact->type == EVENT_feedback_praised;
        if (of->id.len ? known && oracle_is(fact->id, of->id) && oracle_is(fact->source, event->source)
                       : fact->seq == of->seq && event_table(fact->type)->class == CLASS_FACT)
            found = fact;
    }
    return found;
}

static struct oracle_rating *rating_of(struct oracle *oracle, uint64_t seq)
{
    for (uint32_t i = 0; i < oracle->ratings_count; i++)
        if (oracle->ratings[i].seq == seq)
            return &oracle->ratings[i];
    return NULL;
}

#define TAKE(field)                                                          \
    do {                                                                     \
        if (HAS(change, corrected, field))                                   \
            oracle_take(rating->field, sizeof rating->field, change->field); \
    } while (0)
#define FIGURE(field)                      \
    do {                                   \
        if (HAS(change, corrected, field)) \
            rating->field = change->field; \
    } while (0)

static void lay_over(struct oracle_rating *rating, const struct corrected *change)
{
    TAKE(store);
    TAKE(department);
    TAKE(staff);
    TAKE(customer);
    TAKE(visit);
    FIGURE(channel);
    FIGURE(overall);
    FIGURE(nps);
    FIGURE(ces);
    if (HAS(change, corrected, scores))
        for (uint32_t i = 0; i < change->scores.count; i++)
            answer(rating, change->scores.item[i].dimension, change->scores.item[i].thousandths);
    if (HAS(change, corrected, raw)) {
        rating->raw = true;
        rating->key = change->raw.key;
        oracle_take(rating->scale, sizeof rating->scale, change->raw.scale);
    }
    rating->amended = true;
}

/* One that makes a rating low, or low about another visit, opens or joins a recovery task. */
int oracle_corrected(struct oracle *oracle, const struct event *event)
{
    const struct corrected *change = &event->data.corrected;
    const struct oracle_fact *fact = oracle_fact_of(oracle, event, &change->of);
    if (!fact)
        return -E_UNKNOWN_FACT;
    if (fact->type != EVENT_feedback_rated)
        return -E_BAD_DECISION;
    struct oracle_rating *rating = rating_of(oracle, fact->seq);
    if (rating->retracted)
        return -E_ALREADY_DONE;
    struct oracle_rating before;
    memcpy(&before, rating, sizeof before);
    lay_over(rating, change);
    bool moved = strcmp(before.visit, rating->visit) != 0 || strcmp(before.store, rating->store) != 0;
    if (!oracle_rating_is_low(oracle, &before) || moved)
        oracle_rating_tasks(oracle, rating, oracle_fact_ms(oracle, event));
    oracle_low_taken_back(oracle, &before, rating);
    oracle_low_answers(oracle, rating, &before);
    const struct policy *policy = oracle_policy_of(oracle, rating->seq);
    if (oracle_has_figure(policy, &before))
        oracle_drift(oracle, &before);
    recount(oracle, &before);
    if (oracle_has_figure(policy, rating))
        oracle_drift(oracle, rating);
    recount(oracle, rating);
    oracle_recount_accounted(oracle, &before);
    oracle_recount_accounted(oracle, rating);
    return 0;
}

/* A complaint that is taken back is withdrawn: not by whom it is about. */
int oracle_retracted(struct oracle *oracle, const struct event *event)
{
    const struct retracted *change = &event->data.retracted;
    const struct oracle_fact *fact = oracle_fact_of(oracle, event, &change->of);
    struct span by = HAS(change, retracted, by) ? change->by : (struct span){0};
    if (!fact)
        return -E_UNKNOWN_FACT;
    if (fact->type == EVENT_feedback_complained) {
        struct oracle_complaint *complaint = oracle_complaint(oracle, fact->seq);
        if (!oracle_is_open(complaint))
            return -E_WRONG_STATE;
        if (by.len > 0 && (oracle_has(&complaint->staff, by) || oracle_has(&complaint->judged_staff, by)))
            return -E_NOT_ALLOWED_PERSON;
        oracle_complaint_close(oracle, complaint, complaint_outcome_is_withdrawn);
        oracle_complaint_touch(oracle, complaint);
        oracle_ledger_follow(oracle, complaint, by);
        return 0;
    }
    if (fact->type == EVENT_feedback_praised)
        return oracle_praise_retracted(oracle, fact->seq, by);
    if (fact->type != EVENT_feedback_rated)
        return -E_NOT_FOLDED_TYPE; /* a visit: kept for a version that counts them */
    struct oracle_rating *rating = rating_of(oracle, fact->seq);
    if (rating->retracted)
        return -E_ALREADY_DONE;
    oracle_low_taken_back(oracle, rating, NULL);
    if (oracle_has_figure(oracle_policy_of(oracle, rating->seq), rating))
        oracle_drift(oracle, rating);
    rating->retracted = rating->amended = true;
    recount(oracle, rating);
    oracle_recount_accounted(oracle, rating);
    return 0;
}
