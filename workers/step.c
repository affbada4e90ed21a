/* step.c - begins and ends steps, says what they conclude. */
#include "workers/step.h"

#include "core/status.h"
#include "workers/cases.h"
#include "workers/kinds.h"

#include <stdarg.h>
#include <stdio.h>

void step_begin(struct fold *fold, const struct entry *entry)
{
    struct step *step = &fold->step;
    arena_reset(&fold->arena);
    step->cause = (struct cause){.seq = entry->seq, .at_ms = entry->at_ms};
    step->principal = PRINCIPAL_LOCAL;
    step->number = fold->head.position.step++;
    step->silent = entry->seq < fold->silent_upto.seq ||
                   (entry->seq == fold->silent_upto.seq && step->number <= fold->silent_upto.step);
    step->lines = 0;
    step->bytes = 0;
    step->touched_count = 0;
    step->decided = false;
    step->status = 0;
    step->reason[0] = '\0';
}

int step_end(struct fold *fold)
{
    return cases_say(fold);
}

/* A case that comes again and again, as a notice that nobody saw for days, is touched once, but read each time. */
bool step_has_room(const struct fold *fold)
{
    return fold->step.touched_count < STEP_CASES_MAX && fold->step.bytes < STEP_BYTES_MAX &&
           fold->arena.used < fold->arena.size / 2;
}

/* ---- decisions ---- */

void fold_accept(struct fold *fold)
{
    struct step *step = &fold->step;
    step->decided = true;
    step->outcome = OUTCOME_ACCEPTED;
    step->status = 0;
    step->reason[0] = '\0';
}

void fold_refuse(struct fold *fold, enum outcome outcome, int status, const char *format, ...)
{
    struct step *step = &fold->step;
    ensure(status < 0);
    step->decided = true;
    step->outcome = outcome;
    step->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(step->reason, sizeof step->reason, format, arguments);
    va_end(arguments);
}

/* ---- saying ---- */

void fold_say(struct fold *fold, enum event_type type, struct span subject, uint64_t fact_seq, const void *card)
{
    const struct step *step = &fold->step;
    if (step->silent)
        return;
    consequences_add(&fold->consequences, &(struct consequence){
                                              .cause_seq = step->cause.seq,
                                              .cause_step = step->number,
                                              .at_ms = step->cause.at_ms,
                                              .type = type,
                                              .subject = subject,
                                              .fact_seq = fact_seq,
                                              .card = card,
                                          });
}

/* ---- sweep ---- */

/* Where the cases to go through go on; -E_NOT_FOUND at their end. */
static int sweep_from(struct fold *fold, struct span from, struct case_key *ret_key)
{
    struct store_cursor *cursor;
    int result = store_cursor_open(fold->txn, fold->head.sweep_since ? STATE_CASES : STATE_OPEN, &cursor);
    if (result < 0)
        return result;
    struct span key, value;
    result = store_seek(cursor, from, &key, &value);
    if (result == 0)
        result = case_key_of_bytes(key, ret_key);
    store_cursor_close(cursor);
    return result;
}

int sweep_begin(struct fold *fold, uint64_t since)
{
    fold->head.sweep_since = since;
    int result = sweep_from(fold, (struct span){0}, &fold->head.position.sweep);
    return result == -E_NOT_FOUND ? 0 : result;
}

static int say_again(struct fold *fold, const struct case_key *key)
{
    struct span row;
    bool open;
    uint64_t changed_seq = 0;
    int result = case_is_open(fold->txn, key, &open);
    if (result == 0)
        result = store_get(fold->txn, STATE_CASES, case_key_span(key), &row);
    if (result == 0 && !open)
        result = case_changed_seq(&fold->policy, key, row, &changed_seq);
    if (result == 0 && (open || changed_seq >= fold->head.sweep_since))
        case_touch(fold, key, kind_of(key)->changed, row.len);
    return result;
}

static int roster_follow(struct fold *fold, const struct case_key *key)
{
    const struct kind *kind = kind_of(key);
    return kind->on_roster ? kind->on_roster(fold, key) : 0;
}

/* Cases that stay as they are touch nothing. */
static bool sweep_has_room(const struct fold *fold, uint32_t looked_at)
{
    return step_has_room(fold) && looked_at < STEP_CASES_MAX;
}

int sweep_step(struct fold *fold)
{
    struct case_key *key = &fold->head.position.sweep;
    bool of_policy = fold->policy_seq == fold->step.cause.seq; /* nothing else has put a policy into force by it */
    bool of_roster = fold->roster_seq == fold->step.cause.seq;
    int result = 0;
    for (uint32_t i = 0; result == 0 && key->len > 0 && sweep_has_room(fold, i); i++) {
        result = of_policy   ? kind_of(key)->on_policy(fold, key)
                 : of_roster ? roster_follow(fold, key)
                             : say_again(fold, key);
        if (result < 0)
            return result == -E_NOT_FOUND ? -E_CORRUPT : result;
        uint8_t after[CASE_KEY_MAX + 1];
        memcpy(after, key->bytes, key->len);
        after[key->len] = 0;
        result = sweep_from(fold, span_make(after, key->len + 1u), key);
    }
    if (result != -E_NOT_FOUND)
        return result;
    *key = (struct case_key){0};
    return 0;
}
