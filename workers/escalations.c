/* escalations.c - raised, repeated, acknowledged, ended. */
#include "workers/escalations.h"

#include "core/delivery.h"
#include "core/status.h"
#include "workers/cases.h"
#include "workers/escalations_inside.h"
#include "workers/rosters.h"
#include "workers/step.h"

#include <stdio.h>

int escalation_save(struct fold *fold, const struct case_key *key, struct escalation *escalation, enum event_type event)
{
    int64_t armed_ms = HAS(escalation, escalation, timer_at) ? escalation->timer_at : NEVER;
    escalation_arm(&fold->policy, escalation);
    return case_save(fold, &(struct case_change){
                               .key = *key,
                               .card = escalation,
                               .armed_ms = armed_ms,
                               .due_ms = HAS(escalation, escalation, timer_at) ? escalation->timer_at : NEVER,
                               .open = escalation_is_open(escalation),
                               .event = event,
                           });
}

int escalation_trace(struct fold *fold, const struct case_key *key, const struct escalation *escalation,
                     const char *type, const struct event *seen)
{
    struct case_key about;
    int known = case_key_of_id(escalation->about, &about);
    ensure(known == 0);
    struct history_line line = {
        .seq = (int64_t)fold->step.cause.seq,
        .at = escalation->at,
        .type = span_of(type),
    };
    if (seen) {
        line.at = fold->step.cause.at_ms;
        SET(&line, history_line, by, seen->data.decided.by);
        history_time(&line, 1, seen);
    }
    SET(&line, history_line, said, escalation->to);
    int result = case_trace(fold, key, &line);
    SET(&line, history_line, said, escalation->id);
    return result < 0 ? result : case_trace(fold, &about, &line);
}

int notice_find(struct fold *fold, const struct notice_wanted *wanted, struct case_key *ret_key, bool *ret_taken)
{
    struct span row;
    int known = case_key_of_id(span_of(wanted->id_text), ret_key);
    ensure(known == 0);
    int result = store_get(fold->txn, STATE_CASES, case_key_span(ret_key), &row);
    *ret_taken = result == 0;
    return result == -E_NOT_FOUND ? 0 : result;
}

/* A name that no notice has yet. One entry may raise a rung twice: when it falls due, and anew by the rulebook that the very
 * entry adopts. */
static int notice_name_free(struct fold *fold, const struct complaint *complaint, struct notice_wanted *wanted,
                            struct case_key *ret_key)
{
    bool taken;
    int result = notice_find(fold, wanted, ret_key, &taken);
    for (uint32_t times = 1; result == 0 && taken; times++) {
        notice_name_again(complaint, fold->step.cause, times, wanted);
        result = notice_find(fold, wanted, ret_key, &taken);
    }
    return result;
}

int escalation_keep_new(struct fold *fold, const struct case_key *key, struct escalation *escalation)
{
    escalation->to = name_cut(escalation->to);
    fold->head.counters.escalations++;
    int result = escalation_save(fold, key, escalation, EVENT_escalation_raised);
    return result < 0 ? result : escalation_trace(fold, key, escalation, "escalation.raised", NULL);
}

int escalation_open(struct fold *fold, const struct complaint *complaint, const struct notice_wanted *wanted)
{
    char to[NAME_MAX_BYTES * 3];
    struct escalation escalation;
    struct case_key key;
    struct notice_wanted named = *wanted;
    uint32_t count;
    int result = escalations_count(fold->txn, complaint->id, &count);
    if (result < 0 || count >= CASE_ESCALATIONS_MAX)
        return result; /* one rulebook after the other: the complaint's history says what came */
    result = notice_name_free(fold, complaint, &named, &key);
    if (result < 0)
        return result;
    recipient_of_complaint(fold, complaint, named.level, named.at_ms, to, sizeof to);
    escalation_raise(&fold->policy, complaint, &named, fold->step.cause, to, &escalation);
    return escalation_keep_new(fold, &key, &escalation);
}

/* ---- all of a case ---- */

void notice_stem(const struct case_key *about, char stem[NAME_MAX_BYTES + 1])
{
    const uint32_t room = NAME_MAX_BYTES - 2 - (1 + NOTICE_WHY_MAX) - 5 - 4; /* "E-" ... "-why" "-1000" "-192" */
    char whole[CASE_ID_MAX];
    struct span id = case_id(about, whole);
    struct span named = span_make(id.at + 2, id.len - 2);
    if (named.len <= room)
        snprintf(stem, NAME_MAX_BYTES + 1, "%.*s", SPAN_ARGS(named));
    else if (case_seq(about) == 0)
        snprintf(stem, NAME_MAX_BYTES + 1, "f%016llx", (unsigned long long)fact_fingerprint(id, named));
    else
        snprintf(stem, NAME_MAX_BYTES + 1, "%llu-%016llx", (unsigned long long)case_seq(about),
                 (unsigned long long)fact_fingerprint(id, named));
}

/* What the keys of all its notices begin with, and maybe those of others' notices. */
static int notices_prefix(struct span about, struct case_key *ret_prefix)
{
    char stem[NAME_MAX_BYTES + 1];
    struct case_key key;
    if (case_key_of_id(about, &key) < 0)
        return -E_CORRUPT;
    notice_stem(&key, stem);
    *ret_prefix = case_seq(&key) ? case_key_of_seq('E', case_seq(&key)) : case_key_of_time('E', span_of(stem));
    return 0;
}

/* Is it about this case? */
static int is_about(const struct case_key *key, struct span row, struct span about, bool *ret_about)
{
    struct escalation escalation;
    int result = case_read(key, row, &escalation);
    if (result == 0)
        *ret_about = span_equal(escalation.about, about);
    return result;
}

/* Their keys, in order; the array has CASE_ESCALATIONS_MAX + 2 * NOTICES_MAX places. */
static int keys_find(struct store_txn *txn, struct span about, struct case_key *keys, uint32_t most,
                     uint32_t *ret_count)
{
    struct case_key prefix;
    struct store_cursor *cursor;
    struct span key, value;
    uint32_t count = 0;
    int result = notices_prefix(about, &prefix);
    if (result == 0)
        result = store_cursor_open(txn, STATE_CASES, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, case_key_span(&prefix), &key, &value);
    while (result == 0 && count < most && key.len > prefix.len && memcmp(key.at, prefix.bytes, prefix.len) == 0) {
        bool of_it = false;
        result = case_key_of_bytes(key, &keys[count]);
        if (result == 0)
            result = is_about(&keys[count], value, about, &of_it);
        count += of_it;
        if (result == 0)
            result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    *ret_count = count;
    return 0;
}

int escalations_count(struct store_txn *txn, struct span about, uint32_t *ret_count)
{
    struct case_key keys[CASE_ESCALATIONS_MAX];
    return keys_find(txn, about, keys, CASE_ESCALATIONS_MAX, ret_count);
}

/* Its clock has stopped, or its rung has not come by the grade that the complaint has now. */
static bool is_over(const struct escalation *escalation, const struct complaint_effects *effects)
{
    int32_t kind;
    if (effects->closed)
        return true;
    if (choice_item_of(choice_of_clock_kind(), escalation->clock, &kind) < 0)
        return false;
    int64_t unfired_percent = effects->unfired_percent[kind];
    return ((effects->clocks_stopped >> kind) & 1) ||
           (unfired_percent > 0 && escalation->rung_percent >= unfired_percent);
}

static int notice_follow(struct fold *fold, const struct case_key *key, const struct complaint *complaint,
                         const struct complaint_effects *effects)
{
    char to[NAME_MAX_BYTES * 3];
    struct escalation escalation;
    int result = case_load(fold, key, &escalation);
    if (result < 0)
        return result;
    bool ends = !escalation.ended && is_over(&escalation, effects);
    bool goes = effects->gone && !HAS(&escalation, escalation, gone);
    bool open = !ends && escalation_is_open(&escalation);
    bool follows = false;
    if (effects->notices_follow && open) {
        recipient_of_complaint(fold, complaint, escalation.level, effects->follow_ms, to, sizeof to);
        follows = escalation_follow(&fold->policy, complaint, name_cut(span_of(to)), effects->follow_ms,
                                    fold->step.cause, &escalation);
    }
    if (!ends && !goes && !follows)
        return 0;
    if (follows &&
        fold->policy_seq == fold->step.cause.seq) /* saving arms it by the new rulebook: the rhythm is asked before */
        escalation_reckon(&fold->policy, fold->step.cause, &escalation);
    if (ends)
        escalation_end(&escalation, fold->step.cause);
    if (goes) {
        SET(&escalation, escalation, gone, true);
        escalation.changed_seq = (int64_t)fold->step.cause.seq;
    }
    return escalation_save(fold, key, &escalation, EVENT_escalation_changed);
}

int escalations_follow(struct fold *fold, const struct complaint *complaint, const struct complaint_effects *effects)
{
    struct case_key keys[CASE_ESCALATIONS_MAX + 2 * NOTICES_MAX];
    uint32_t count = 0;
    if (!effects->closed && !effects->gone && !effects->notices_follow && effects->clocks_stopped == 0)
        return 0;
    int result = keys_find(fold->txn, complaint->id, keys, sizeof keys / sizeof keys[0], &count);
    for (uint32_t i = 0; i < count && result == 0; i++)
        result = notice_follow(fold, &keys[i], complaint, effects);
    return result;
}

/* ---- of any other case ---- */

/* A name that no notice has yet. */
static int about_name_free(struct fold *fold, const struct case_key *about, const char *why,
                           struct notice_wanted *wanted, struct case_key *ret_key)
{
    char stem[NAME_MAX_BYTES + 1], share[12] = "", times_text[12] = "";
    bool taken = true;
    int result = 0;
    notice_stem(about, stem);
    if (wanted->rung_percent)
        snprintf(share, sizeof share, "-%d", (int)wanted->rung_percent);
    for (uint32_t times = 1; result == 0 && taken; times++) {
        if (times > 1)
            snprintf(times_text, sizeof times_text, "-%u", times);
        snprintf(wanted->id_text, sizeof wanted->id_text, "E-%s-%s%s%s", stem, why, share, times_text);
        result = notice_find(fold, wanted, ret_key, &taken);
    }
    return result;
}

int notice_raise_because(struct fold *fold, const struct notice_about *about, const char *why, int64_t percent,
                         int64_t level, int64_t at_ms, struct span because, struct span *ret_id)
{
    char to[NAME_MAX_BYTES * 3];
    struct escalation escalation;
    struct case_key of, key;
    struct notice_wanted wanted = {.rung_percent = percent, .level = level, .at_ms = at_ms};
    uint32_t count;
    ensure(strlen(why) <= NOTICE_WHY_MAX);
    int known = case_key_of_id(about->id, &of);
    ensure(known == 0);
    *ret_id = (struct span){0};
    int result = escalations_count(fold->txn, about->id, &count);
    if (result < 0 || count >= CASE_ESCALATIONS_MAX)
        return result;
    result = about_name_free(fold, &of, why, &wanted, &key);
    if (result < 0)
        return result;
    recipient_of_other(fold, about, level, at_ms, to, sizeof to);
    escalation_raise_about(&fold->policy, about, &wanted, why, fold->step.cause, to, &escalation);
    if (because.len > 0)
        escalation_stands_for(&fold->policy, because, &escalation);
    *ret_id = arena_copy(&fold->arena, escalation.id);
    return escalation_keep_new(fold, &key, &escalation);
}

int notice_raise(struct fold *fold, const struct notice_about *about, const char *why, int64_t percent, int64_t level,
                 int64_t at_ms)
{
    struct span id;
    return notice_raise_because(fold, about, why, percent, level, at_ms, (struct span){0}, &id);
}

/* All of a case end, or those of one kind (`why`), or are gone. */
static int notices_finish(struct fold *fold, struct span about, const char *why, bool goes)
{
    struct case_key keys[CASE_ESCALATIONS_MAX];
    uint32_t count = 0;
    int result = keys_find(fold->txn, about, keys, CASE_ESCALATIONS_MAX, &count);
    for (uint32_t i = 0; i < count && result == 0; i++) {
        struct escalation escalation;
        result = case_load(fold, &keys[i], &escalation);
        if (result < 0 || (goes ? HAS(&escalation, escalation, gone) : escalation.ended) ||
            (why && !span_is(escalation.clock, why)))
            continue;
        escalation_end(&escalation, fold->step.cause);
        if (goes)
            SET(&escalation, escalation, gone, true);
        result = escalation_save(fold, &keys[i], &escalation, EVENT_escalation_changed);
    }
    return result;
}

int notices_end(struct fold *fold, struct span about)
{
    return notices_finish(fold, about, NULL, false);
}

int notices_end_of(struct fold *fold, struct span about, const char *why)
{
    return notices_finish(fold, about, why, false);
}

int notices_gone(struct fold *fold, struct span about)
{
    return notices_finish(fold, about, NULL, true);
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
    if (fold->weighs)
        return 0;
    result = escalation_save(fold, &key, &escalation, EVENT_escalation_changed);
    if (result == 0)
        result = escalation_trace(fold, &key, &escalation, "escalation.acknowledged", event);
    return result < 0 ? result : escalation_row_seen(fold, &escalation, event);
}

int recipient_find(struct fold *fold, const struct escalation *escalation, int64_t at_ms, char to[LABEL_MAX_BYTES + 1])
{
    if (!HAS(escalation, escalation, complaint)) {
        struct notice_about about = {
            .id = escalation->about,
            .store = escalation->store,
            .responsible = escalation->responsible,
            .skip = escalation->skip,
        };
        if (HAS(escalation, escalation, department))
            about.department = escalation->department;
        recipient_of_other(fold, &about, escalation->level, at_ms, to, LABEL_MAX_BYTES + 1);
        return 0;
    }
    struct case_key key;
    struct complaint complaint;
    int result = case_key_of_id(escalation->complaint, &key) < 0 ? -E_CORRUPT : case_load(fold, &key, &complaint);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    recipient_of_complaint(fold, &complaint, escalation->level, at_ms, to, LABEL_MAX_BYTES + 1);
    return 0;
}

static int repeat(struct fold *fold, struct escalation *escalation, int64_t due_ms)
{
    char to[LABEL_MAX_BYTES + 1];
    int result = recipient_find(fold, escalation, due_ms, to);
    if (result == 0) /* whoever stands in by now */
        escalation_repeat(&fold->policy, name_cut(arena_copy(&fold->arena, span_of(to))), due_ms, fold->step.cause,
                          escalation);
    return result;
}

int escalations_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms)
{
    struct escalation escalation;
    int result = case_load(fold, key, &escalation);
    bool climbs = result == 0 && delivery_climb_ms(&escalation) <= due_ms;
    bool repeats = result == 0 && (!climbs || escalation_repeat_due(&fold->policy, &escalation) <= due_ms);
    if (climbs)
        result = escalation_go_up(fold, key, &escalation, due_ms);
    if (repeats && result == 0)
        result = repeat(fold, &escalation, due_ms);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    result = escalation_save(fold, key, &escalation, repeats ? EVENT_escalation_raised : EVENT_escalation_changed);
    return result < 0 || !repeats ? result : escalation_trace(fold, key, &escalation, "escalation.repeated", NULL);
}

int escalations_on_policy(struct fold *fold, const struct case_key *key)
{
    struct escalation escalation;
    const struct cause *cause = &fold->step.cause;
    int result = case_load(fold, key, &escalation);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    if (!escalation_reckon(&fold->policy, *cause, &escalation))
        return 0;
    struct history_line line = {.seq = (int64_t)cause->seq, .at = cause->at_ms, .type = span_of("policy.adopted")};
    SET(&line, history_line, said, span_of(fold->policy.name));
    result = escalation_save(fold, key, &escalation, EVENT_escalation_changed);
    return result < 0 ? result : case_trace(fold, key, &line);
}

int escalations_on_roster(struct fold *fold, const struct case_key *key)
{
    char to[LABEL_MAX_BYTES + 1];
    struct escalation escalation;
    const struct cause *cause = &fold->step.cause;
    int result = case_load(fold, key, &escalation);
    if (result == 0)
        result = recipient_find(fold, &escalation, cause->at_ms, to);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    if (!escalation_readdress(&fold->policy, name_cut(span_of(to)), cause->at_ms, *cause, &escalation))
        return 0;
    struct history_line line = {.seq = (int64_t)cause->seq, .at = cause->at_ms, .type = span_of("roster.changed")};
    SET(&line, history_line, said, escalation.to);
    result = escalation_save(fold, key, &escalation, EVENT_escalation_changed);
    return result < 0 ? result : case_trace(fold, key, &line);
}
