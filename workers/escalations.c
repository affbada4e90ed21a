/* escalations.c - raised, repeated, acknowledged, ended. */
#include "workers/escalations.h"

#include "core/status.h"
#include "workers/cases.h"
#include "workers/step.h"

static int escalation_save(struct fold *fold, const struct case_key *key, struct escalation *escalation,
                           enum event_type event)
{
    int64_t armed_ms = HAS(escalation, escalation, timer_at) ? escalation->timer_at : NEVER;
    int64_t due_ms = escalation_next_due(&fold->policy, escalation);
    if (due_ms == NEVER)
        UNSET(escalation, escalation, timer_at);
    else
        SET(escalation, escalation, timer_at, due_ms);
    return case_save(fold, &(struct case_change){
                               .key = *key,
                               .card = escalation,
                               .armed_ms = armed_ms,
                               .due_ms = due_ms,
                               .open = !escalation->ended && !HAS(escalation, escalation, acknowledged_by),
                               .event = event,
                           });
}

/* A line of what happened to it, in its own trace and in its complaint's. */
static int escalation_trace(struct fold *fold, const struct case_key *key, const struct escalation *escalation,
                            const char *type, struct span by)
{
    struct case_key complaint = case_key_of_seq('C', case_seq(key));
    struct history_line line = {
        .seq = (int64_t)fold->step.cause.seq,
        .at = escalation->at,
        .type = span_of(type),
    };
    if (by.len > 0) {
        line.at = fold->step.cause.at_ms;
        SET(&line, history_line, by, by);
    }
    SET(&line, history_line, said, escalation->to);
    int result = case_trace(fold, key, &line);
    SET(&line, history_line, said, escalation->id);
    return result < 0 ? result : case_trace(fold, &complaint, &line);
}

int escalation_open(struct fold *fold, const struct complaint *complaint, const struct notice_wanted *wanted)
{
    char to[NAME_MAX_BYTES * 3];
    struct escalation escalation;
    struct case_key key;
    complaint_recipient(complaint, wanted->level, to, sizeof to);
    escalation_raise(&fold->policy, complaint, wanted, fold->step.cause, to, &escalation);
    escalation.to = name_cut(escalation.to);
    int known = case_key_of_id(escalation.id, &key);
    ensure(known == 0);
    fold->head.counters.escalations++;
    int result = escalation_save(fold, &key, &escalation, EVENT_escalation_raised);
    return result < 0 ? result : escalation_trace(fold, &key, &escalation, "escalation.raised", (struct span){0});
}

/* ---- all of a complaint ---- */

/* Their keys, in order; the array has CASE_ESCALATIONS_MAX + 2 * NOTICES_MAX places. */
static int keys_find(struct store_txn *txn, uint64_t complaint_seq, struct case_key *keys, uint32_t most,
                     uint32_t *ret_count)
{
    struct case_key prefix = case_key_of_seq('E', complaint_seq);
    struct store_cursor *cursor;
    struct span key, value;
    uint32_t count = 0;
    int result = store_cursor_open(txn, STATE_CASES, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, case_key_span(&prefix), &key, &value);
    while (result == 0 && count < most && key.len > prefix.len && memcmp(key.at, prefix.bytes, prefix.len) == 0) {
        keys[count++] = case_key_of_bytes(key);
        result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    *ret_count = count;
    return 0;
}

int escalations_count(struct store_txn *txn, uint64_t complaint_seq, uint32_t *ret_count)
{
    struct case_key keys[CASE_ESCALATIONS_MAX];
    return keys_find(txn, complaint_seq, keys, CASE_ESCALATIONS_MAX, ret_count);
}

static bool clock_stopped(const struct escalation *escalation, const struct complaint_effects *effects)
{
    int32_t kind;
    if (effects->closed)
        return true;
    return choice_item_of(choice_of_clock_kind(), escalation->clock, &kind) == 0 &&
           ((effects->clocks_stopped >> kind) & 1);
}

static int escalation_follow(struct fold *fold, const struct case_key *key, const struct complaint_effects *effects)
{
    struct escalation escalation;
    int result = case_load(fold, key, &escalation);
    if (result < 0)
        return result;
    bool ends = !escalation.ended && clock_stopped(&escalation, effects);
    bool goes = effects->gone && !HAS(&escalation, escalation, gone);
    if (!ends && !goes)
        return 0;
    if (ends)
        escalation_end(&escalation, fold->step.cause);
    if (goes) {
        SET(&escalation, escalation, gone, true);
        escalation.changed_seq = (int64_t)fold->step.cause.seq;
    }
    return escalation_save(fold, key, &escalation, EVENT_escalation_changed);
}

int escalations_follow(struct fold *fold, uint64_t complaint_seq, const struct complaint_effects *effects)
{
    struct case_key keys[CASE_ESCALATIONS_MAX + 2 * NOTICES_MAX];
    uint32_t count = 0;
    if (!effects->closed && !effects->gone && effects->clocks_stopped == 0)
        return 0;
    int result = keys_find(fold->txn, complaint_seq, keys, sizeof keys / sizeof keys[0], &count);
    for (uint32_t i = 0; i < count && result == 0; i++)
        result = escalation_follow(fold, &keys[i], effects);
    return result;
}

/* ---- its own life ---- */

int escalations_on_event(struct fold *fold, const struct event *event)
{
    struct case_key key;
    struct escalation escalation;
    if (case_key_of_id(event->subject, &key) < 0 || case_letter(&key) != 'E')
        return 0;
    int result = case_load(fold, &key, &escalation);
    if (result == -E_NOT_FOUND) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_CASE, "%.*s is not known", SPAN_ARGS(event->subject));
        return 0;
    }
    if (result < 0)
        return result;
    char reason[REASON_MAX];
    int status = escalation_acknowledge(&escalation, event, fold->step.cause, reason, sizeof reason);
    if (status < 0) {
        fold_refuse(fold, OUTCOME_REJECTED, status, "%s", reason);
        return 0;
    }
    fold_accept(fold);
    result = escalation_save(fold, &key, &escalation, EVENT_escalation_changed);
    return result < 0 ? result
                      : escalation_trace(fold, &key, &escalation, "escalation.acknowledged", event->data.decided.by);
}

int escalations_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms)
{
    struct escalation escalation;
    int result = case_load(fold, key, &escalation);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    escalation_repeat(&escalation, due_ms, fold->step.cause);
    result = escalation_save(fold, key, &escalation, EVENT_escalation_raised);
    return result < 0 ? result : escalation_trace(fold, key, &escalation, "escalation.repeated", (struct span){0});
}
