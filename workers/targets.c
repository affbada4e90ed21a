/* targets.c - finds the fact that is to be corrected or retracted. */
#include "workers/targets.h"

#include "core/status.h"
#include "workers/step.h"

bool target_is_needed(const struct event *event)
{
    return event->type == EVENT_feedback_corrected || event->type == EVENT_feedback_retracted;
}

static const struct reference *reference_of(const struct event *event)
{
    return event->type == EVENT_feedback_corrected ? &event->data.corrected.of : &event->data.retracted.of;
}

/* The newest candidate; after one that turned out to be another fact, the one before it. */
static int candidate_find(struct fold *fold, const struct entry *entry, const struct original *original,
                          uint64_t *ret_seq)
{
    const struct reference *of = reference_of(&fold->event);
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
    const struct reference *of = reference_of(event);
    if (event_table(target->event.type)->class != CLASS_FACT)
        return false;
    return of->seq > 0 || (span_equal(target->event.id, of->id) && span_equal(target->event.source, event->source));
}

int target_find(struct fold *fold, const struct entry *entry, const struct original *original)
{
    struct target *target = &fold->target;
    target->seq = 0;
    if (!target_is_needed(&fold->event))
        return FOLD_DONE;
    uint64_t seq = 0;
    int result = candidate_find(fold, entry, original, &seq);
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
    if (reference_of(&fold->event)->seq > 0)
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

void target_refuse(struct fold *fold, const struct event *event)
{
    const struct reference *of = reference_of(event);
    if (of->seq > 0)
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_FACT, "entry %llu of the journal is not a fact before this one",
                    (unsigned long long)of->seq);
    else
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_FACT, "no rating or complaint of this source has the id %.*s",
                    SPAN_ARGS(of->id));
}
