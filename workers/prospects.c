/* prospects.c - a fold that only weighs, over the last commit, and a sample of each decision. */
#include "workers/prospects.h"

#include "core/status.h"
#include "workers/accesses.h"
#include "workers/cases.h"
#include "workers/kinds.h"
#include "workers/policies.h"
#include "workers/rosters.h"
#include "workers/step.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES (1u * MIB)
#define HASH_MAX 33u

/* A document as it was read. */
struct seen {
    bool read;
    uint64_t seq; /* 0: there is none */
    char hash[HASH_MAX];
};

struct prospects {
    struct fold fold;
    struct seen policy, roster, access;
    int64_t now_ms;
};

int prospects_open(struct prospects **ret_prospects)
{
    struct prospects *prospects = calloc(1, sizeof *prospects);
    if (!prospects)
        return -E_NO_MEMORY;
    struct fold *fold = &prospects->fold;
    fold->weighs = true;
    fold->arena.size = ARENA_BYTES;
    fold->arena.bytes = malloc(ARENA_BYTES);
    fold->roster = calloc(1, sizeof *fold->roster);
    fold->access = calloc(1, sizeof *fold->access);
    if (!fold->arena.bytes || !fold->roster || !fold->access) {
        prospects_close(prospects);
        return -E_NO_MEMORY;
    }
    *ret_prospects = prospects;
    return 0;
}

void prospects_close(struct prospects *prospects)
{
    if (!prospects)
        return;
    free(prospects->fold.roster);
    free(prospects->fold.access);
    free(prospects->fold.arena.bytes);
    free(prospects);
}

/* ---- what is in force ---- */

/* A journal that was restored may have another document under the same number. */
static int document_follow(struct fold *fold, struct seen *seen, int found, uint64_t seq, struct span hash,
                           int (*load)(struct fold *fold))
{
    if (found < 0 && found != -E_NOT_FOUND)
        return found;
    bool none = found == -E_NOT_FOUND;
    if (seen->read && (none ? seen->seq == 0 : seen->seq == seq && span_is(hash, seen->hash)))
        return 0;
    seen->read = false;
    seen->seq = none ? 0 : seq;
    snprintf(seen->hash, sizeof seen->hash, "%.*s", none ? 0 : (int)hash.len, none ? "" : (const char *)hash.at);
    int result = load(fold);
    seen->read = result == 0;
    return result;
}

int prospects_begin(struct prospects *prospects, struct store_txn *txn, int64_t now_ms)
{
    struct fold *fold = &prospects->fold;
    struct policy_row policy = {0};
    struct document_row roster = {0}, access = {0};
    fold->txn = txn;
    prospects->now_ms = now_ms;
    int result = state_head_get(txn, &fold->head);
    if (result < 0)
        return result;
    int found = state_policy_at(txn, INT64_MAX, &policy);
    result = document_follow(fold, &prospects->policy, found, policy.seq, policy.hash, policies_load);
    found = result == 0 ? state_roster_get(txn, &roster) : 0;
    if (result == 0)
        result = document_follow(fold, &prospects->roster, found, roster.seq, roster.hash, rosters_load);
    found = result == 0 ? state_access_get(txn, &access) : 0;
    if (result == 0)
        result = document_follow(fold, &prospects->access, found, access.seq, access.hash, accesses_load);
    return result;
}

const struct roster *prospects_roster(const struct prospects *prospects)
{
    return prospects->fold.roster;
}

/* ---- samples ---- */

/* Fields that stand in nobody's way. A name that is empty is nobody's and nowhere's: no event can bring it. */
static void sample_fill(const struct fold *fold, const union card *card, struct event *event)
{
    union event_data *data = &event->data;
    const struct span unsaid = {0};
    int64_t soon_ms = fold->step.cause.at_ms + 1;
    switch (event->type) {
    case EVENT_complaint_graded:
        data->graded.grade = card->complaint.grade == grade_is_general ? grade_is_serious : grade_is_general;
        break;
    case EVENT_complaint_assigned:
        SET(&data->assigned, assigned, handler, unsaid);
        break;
    case EVENT_task_assigned:
        SET(&data->assigned, assigned, responsible, unsaid);
        break;
    case EVENT_complaint_paused:
        data->paused.until = soon_ms;
        break;
    case EVENT_complaint_verified:
        SET(&data->complaint_verified, complaint_verified, satisfied, true);
        break;
    case EVENT_complaint_transferred:
        SET(&data->transferred, transferred, store, unsaid);
        break;
    case EVENT_task_extended:
        data->extended.due = (card->task.due_at > soon_ms ? card->task.due_at : soon_ms) + 1;
        break;
    case EVENT_task_verified:
        data->task_verified.effective = true;
        break;
    case EVENT_callback_rescheduled:
        data->rescheduled.at = soon_ms;
        break;
    case EVENT_ledger_settled:
        data->ledger_settled.period = card->entry.period;
        break;
    default:
        break;
    }
}

int prospect_weigh(struct prospects *prospects, const struct case_key *key, enum event_type type, struct span by,
                   uint32_t principal, struct prospect *ret_prospect)
{
    struct fold *fold = &prospects->fold;
    struct event *event = &fold->event;
    const struct record_table *record = event_table(type)->record;
    union card card;
    char id[CASE_ID_MAX];
    const struct entry next = {.seq = fold->head.position.seq + 1, .at_ms = prospects->now_ms};
    step_begin(fold, &next);
    fold->step.principal = principal;
    int result = case_load(fold, key, &card);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_UNKNOWN_CASE : result;
    memset(event, 0, offsetof(struct event, data));
    memset(&event->data, 0, record->size);
    event->type = type;
    event->type_name = span_of(event_table(type)->type);
    event->subject = case_id(key, id);
    event->data.decided.by = by; /* every decision begins with it */
    event->data.decided.has = 1;
    sample_fill(fold, &card, event);
    result = event_weigh(fold);
    if (result < 0)
        return result;
    ret_prospect->status = fold->step.outcome == OUTCOME_ACCEPTED ? 0 : fold->step.status;
    ret_prospect->reason = fold->step.reason;
    return 0;
}
