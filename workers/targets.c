/* targets.c - finds the fact that is to be corrected or retracted, or the rating of an appeal. */
#include "workers/targets.h"

#include "core/status.h"
#include "workers/cases.h"
#include "workers/step.h"

/* The rating that an appeal's ruling is about, of its card; seq 0 when it is about none. */
static int ruled_rating(struct fold *fold, uint64_t *ret_seq)
{
    struct case_key key;
    struct span row;
    struct appeal appeal;
    *ret_seq = 0;
    if (case_key_of_id(fold->event.subject, &key) < 0 || case_letter(&key) != 'A')
        return 0;
    int result = store_get(fold->txn, STATE_CASES, case_key_span(&key), &row);
    if (result == 0)
        result = case_read(&key, row, &appeal);
    if (result == 0 && HAS(&appeal, appeal, rating))
        *ret_seq = (uint64_t)appeal.rating;
    return result == -E_NOT_FOUND ? 0 : result;
}

/* Which types of event may be about an earlier one. */
static bool may_refer(enum event_type type)
{
    return type == EVENT_feedback_corrected || type == EVENT_feedback_retracted || type == EVENT_appeal_filed ||
           type == EVENT_appeal_ruled || type == EVENT_appeal_reviewed;
}

/* Which earlier event fold->event is about, if it is about one. */
static int reference_find(struct fold *fold)
{
    struct target *target = &fold->target;
    const struct event *event = &fold->event;
    int result = 0;
    *target = (struct target){.needed = true};
    switch (event->type) {
    case EVENT_feedback_corrected:
        target->of = event->data.corrected.of;
        break;
    case EVENT_feedback_retracted:
        target->of = event->data.retracted.of;
        break;
    case EVENT_appeal_filed:
        target->needed = HAS(&event->data.appeal_filed, appeal_filed, rating);
        target->of = event->data.appeal_filed.rating;
        break;
    case EVENT_appeal_ruled:
    case EVENT_appeal_reviewed:
        result = ruled_rating(fold, &target->of.seq);
        target->needed = target->of.seq > 0;
        break;
    default:
        target->needed = false;
    }
    return result;
}

/* The newest candidate; after one that turned out to be another fact, the one before it. */
static int candidate_find(struct fold *fold, const struct entry *entry, const struct original *original,
                          uint64_t *ret_seq)
{
    const struct reference *of = &fold->target.of;
    if (of->seq > 0) {
        *ret_seq = of->seq < entry->seq ? of->seq : 0;
        return 0;
    }
    uint64_t before = original ? original->seq + 1 : entry->seq;
    uint64_t seq = 0;
    int result = fact_index_find(&fold->facts, fold->txn, fact_fingerprint(fold->event.source, of->id), before, &seq);
    *ret_seq = seq;
    return result == -E_NOT_FOUND ? 0 : result;
}

/* Is it a fact, and the one that was meant? */
static bool target_fits(const struct target *target, const struct event *event)
{
    const struct reference *of = &target->of;
    if (event_table(target->event.type)->class != CLASS_FACT)
        return false;
    return of->seq > 0 || (span_equal(target->event.id, of->id) && span_equal(target->event.source, event->source));
}

int target_find(struct fold *fold, const struct entry *entry, const struct original *original)
{
    struct target *target = &fold->target;
    uint64_t seq = 0;
    target->needed = false; /* a target is large: ordinary events leave the last one as it is */
    if (!may_refer(fold->event.type))
        return FOLD_DONE;
    int result = reference_find(fold);
    if (result < 0 || !target->needed)
        return result;
    result = candidate_find(fold, entry, original, &seq);
    if (result < 0 || seq == 0)
        return result;
    if (!original || original->seq != seq) {
        fold->wanted_seq = seq;
        return FOLD_WANTS;
    }
    struct flaw flaw;
    bool decoded = original->entry && event_decode(original->entry->event, &target->event, &flaw) == 0;
    if (decoded && target_fits(target, &fold->event)) {
        target->seq = seq;
        target->at_ms = original->entry->at_ms;
        return FOLD_DONE;
    }
    if (target->of.seq > 0)
        return FOLD_DONE;
    struct original before = {.seq = seq - 1};
    result = candidate_find(fold, entry, &before, &seq);
    if (result < 0 || seq == 0)
        return result;
    fold->wanted_seq = seq;
    return FOLD_WANTS;
}

int target_rating(struct fold *fold, struct rated *ret_rating)
{
    struct amended_row row;
    struct flaw flaw;
    int result = state_amended_get(fold->txn, fold->target.seq, &row);
    if (result == -E_NOT_FOUND) {
        *ret_rating = fold->target.event.data.rated;
        UNSET(ret_rating, rated, comment);
        return 0;
    }
    if (result < 0)
        return result;
    if (row.retracted)
        return -E_ALREADY_DONE;
    struct span map = arena_copy(&fold->arena, row.rating);
    return record_decode(&record_of_rated, map, ret_rating, &flaw) < 0 ? -E_CORRUPT : 0;
}

void target_refuse(struct fold *fold)
{
    const struct reference *of = &fold->target.of;
    if (of->seq > 0)
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_FACT, "entry %llu of the journal is not a fact before this one",
                    (unsigned long long)of->seq);
    else
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_FACT,
                    "no rating, complaint or praise of this source has the id %.*s", SPAN_ARGS(of->id));
}
