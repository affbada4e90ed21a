/*
 * scores.c - every rating is added to one row of sums; corrections take back exactly what was added.
 *
 * The path of millions of ratings: no allocation, no access to the store while the row is in the cache.
 */
#include "workers/scores.h"

#include "core/calendar.h"
#include "core/status.h"
#include "workers/accountable.h"
#include "workers/improvements.h"
#include "workers/notices.h"
#include "workers/periods.h"
#include "workers/policies.h"
#include "workers/roles.h"
#include "workers/score_key.h"
#include "workers/step.h"
#include "workers/targets.h"

#include <stdio.h>

int64_t rating_given_ms(const struct event *event, int64_t at_ms)
{
    return event->has_time && event->time_ms < at_ms ? event->time_ms : at_ms;
}

int64_t rating_day(const struct policy *policy, const struct event *event, int64_t at_ms)
{
    return calendar_day(policy, rating_given_ms(event, at_ms));
}

const struct event_values *event_values(struct fold *fold)
{
    struct event_values *reduced = &fold->event_values;
    ensure(fold->event.type == EVENT_feedback_rated);
    if (!reduced->known)
        rating_reduce(&fold->policy, &fold->event.data.rated, &reduced->values, &reduced->mapped);
    reduced->known = true;
    return reduced;
}

/* Its row and its card both change. */
static int values_add(struct fold *fold, const struct counted *counted, const struct rating_values *values, int sign)
{
    uint8_t key[SCORE_KEY_MAX];
    const struct rated *rating = counted->rating;
    struct score_place place = {.store = rating->store, .department = rating->department, .day = counted->day};
    struct score_sums *sums;
    size_t day_len = score_key_build(&place, key);
    fold->head.position.dirty_second = fold->step.cause.at_ms / 1000;
    bool first = false; /* of this second */
    int result = dirty_set_mark(fold->dirty, fold->txn, span_make(key, day_len), &first);
    if (result == 0 && first) /* again and again within a second, if turns end: then it changes nothing */
        result = improve_days(fold, rating->store, rating->department);
    if (result < 0)
        return result;
    size_t len = day_len;
    if (HAS(rating, rated, staff)) {
        memcpy(key + len, rating->staff.at, rating->staff.len);
        len += rating->staff.len;
    }
    result = score_cache_get(fold->scores, fold->txn, STATE_SCORES, span_make(key, len), &sums);
    if (result < 0)
        return result == -E_BAD_FORMAT ? -E_CORRUPT : result;
    uint64_t dropped = sums->dropped;
    score_add(counted->policy, sums, values, sign);
    return sums->dropped > dropped ? fold_notice(fold, "too_many_dimensions", rating->department, false) : 0;
}

static int unmapped_notice(struct fold *fold, const struct rated *rating)
{
    char about[NOTICE_ABOUT_MAX], said[NOTICE_SAID_MAX];
    snprintf(about, sizeof about, "%.*s:%lld", SPAN_ARGS(rating->raw.scale), (long long)rating->raw.key);
    snprintf(said, sizeof said, "%.*s key %lld", SPAN_ARGS(rating->raw.scale), (long long)rating->raw.key);
    return fold_notice_about(fold, "unmapped_key", span_of(about), span_of(said));
}

/* sign +1 counts it, -1 takes it back. noticed: whether its key is known was told before. */
static int values_count(struct fold *fold, const struct counted *counted, const struct event_values *reduced, int sign,
                        bool noticed)
{
    struct counters *counters = &fold->head.counters;
    int result = !noticed && reduced->mapped == MAPPED_UNKNOWN ? unmapped_notice(fold, counted->rating) : 0;
    if (result < 0)
        return result;
    if (rating_is_empty(&reduced->values)) {
        counters->ratings_without_figure += (uint64_t)(int64_t)sign;
        return 0;
    }
    counters->ratings += (uint64_t)(int64_t)sign;
    return values_add(fold, counted, &reduced->values, sign);
}

static int rating_count(struct fold *fold, const struct counted *counted, int sign, bool noticed)
{
    struct event_values reduced;
    rating_reduce(counted->policy, counted->rating, &reduced.values, &reduced.mapped);
    return values_count(fold, counted, &reduced, sign, noticed);
}

static int on_rated(struct fold *fold, const struct event *event)
{
    const struct cause *cause = &fold->step.cause;
    struct counted counted = {
        .policy = &fold->policy,
        .rating = &event->data.rated,
        .day = rating_day(&fold->policy, event, cause->at_ms),
    };
    int result = fact_index_add(&fold->facts, fold->txn, cause->seq, fact_fingerprint(event->source, event->id));
    const uint64_t before = fold->head.counters.ratings;
    if (result == 0)
        result = values_count(fold, &counted, event_values(fold), 1, false);
    bool historical = HAS(counted.rating, rated, historical) && counted.rating->historical;
    bool begins = fold->head.counters.ratings > before && fold->head.counters.open_periods == 0 && !historical;
    return result == 0 && begins ? period_begin(fold) : result;
}

/* ---- corrections and retractions ---- */

static int amended_keep(struct fold *fold, const struct rated *rating, bool retracted)
{
    struct wire_writer writer;
    wire_writer_init(&writer, fold->row, sizeof fold->row);
    record_encode(&record_of_rated, rating, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    fold->writes++;
    return state_amended_put(fold->txn, fold->target.seq,
                             &(struct amended_row){.retracted = retracted, .rating = wire_written(&writer)});
}

/* A correction of something else doesn't show the key a second time. */
static bool same_key(const struct rated *before, const struct rated *after)
{
    return HAS(before, rated, raw) && HAS(after, rated, raw) && before->raw.key == after->raw.key &&
           span_equal(before->raw.scale, after->raw.scale);
}

/* What an upheld appeal has made of it changes with it; what is retracted is accounted no more. */
static int accounted_amend(struct fold *fold, const struct counted *counted, int sign, bool retracted)
{
    struct appealed_row row;
    int result = state_appealed_rating_get(fold->txn, fold->target.seq, &row);
    if (result < 0 || row.accounted == ACCOUNTED_AS_IT_IS)
        return result == -E_NOT_FOUND ? 0 : result;
    row.department = arena_copy(&fold->arena, row.department);
    result = accountable_count(fold, counted, &row, sign);
    if (result < 0 || !retracted)
        return result;
    row.accounted = ACCOUNTED_AS_IT_IS;
    return state_appealed_rating_put(fold->txn, fold->target.seq, &row);
}

/* Takes the target back, and with a correction counts it again as it is now. */
static int rating_amend(struct fold *fold, struct rated *rating, const struct corrected *correction)
{
    struct counted counted = {.rating = rating};
    struct rated before = *rating;
    int result = policy_of(fold, fold->target.seq, &counted.policy);
    if (result < 0)
        return result;
    counted.day = rating_day(counted.policy, &fold->target.event, fold->target.at_ms);
    result = accounted_amend(fold, &counted, -1, !correction);
    if (result == 0)
        result = rating_count(fold, &counted, -1, true);
    if (result == 0 && correction) {
        rating_correct(rating, correction);
        UNSET(rating, rated, comment);
        result = rating_count(fold, &counted, 1, same_key(&before, rating));
        if (result == 0)
            result = accounted_amend(fold, &counted, 1, false);
    }
    return result < 0 ? result : amended_keep(fold, rating, !correction);
}

static int on_amended(struct fold *fold, const struct corrected *correction)
{
    struct rated rating;
    const struct target *target = &fold->target;
    if (target->event.type != EVENT_feedback_rated) {
        if (correction)
            fold_refuse(fold, OUTCOME_REJECTED, -E_BAD_DECISION, "entry %llu is %s; only ratings can be corrected",
                        (unsigned long long)target->seq, event_table(target->event.type)->type);
        return 0;
    }
    int result = target_rating(fold, &rating);
    if (result == -E_ALREADY_DONE) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_ALREADY_DONE, "the rating of entry %llu was retracted already",
                    (unsigned long long)target->seq);
        return 0;
    }
    if (result == 0)
        result = rating_amend(fold, &rating, correction);
    if (result == 0)
        fold_accept(fold);
    return result;
}

int scores_on_event(struct fold *fold, const struct event *event)
{
    switch (event->type) {
    case EVENT_feedback_rated:
        return on_rated(fold, event);
    case EVENT_feedback_corrected:
        return on_amended(fold, &event->data.corrected);
    case EVENT_feedback_retracted:
        return on_amended(fold, NULL);
    default:
        return 0;
    }
}
