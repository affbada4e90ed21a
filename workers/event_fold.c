/* event_fold.c - one event: what the system itself does with it, who may, then the roles, then what became of a decision. */
#include "core/status.h"
#include "workers/accesses.h"
#include "workers/audits.h"
#include "workers/cases.h"
#include "workers/decided_since.h"
#include "workers/notices.h"
#include "workers/policies.h"
#include "workers/roles.h"
#include "workers/rosters.h"
#include "workers/step.h"
#include "workers/targets.h"

#include <stdio.h>

/* Who decides waits for an answer, even when nobody knew what was meant. */
static void decide_the_rest(struct fold *fold, const struct event *event)
{
    const struct event_table *table = event_table(event->type);
    bool of_a_role = strncmp(table->type, "complaint.", 10) == 0 || strncmp(table->type, "task.", 5) == 0 ||
                     strncmp(table->type, "escalation.", 11) == 0 || strncmp(table->type, "appeal.", 7) == 0 ||
                     strncmp(table->type, "ledger.", 7) == 0 || strncmp(table->type, "callback.", 9) == 0;
    if (of_a_role && event->subject.len == 0)
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_CASE, "%s needs a subject, such as C-41", table->type);
    else if (of_a_role)
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_CASE, "%.*s is not a case that %s can be about",
                    SPAN_ARGS(name_cut(event->subject)), table->type);
    else
        fold_refuse(fold, OUTCOME_KEPT, -E_NOT_FOLDED_TYPE, "%s is kept; this version draws no conclusion from it",
                    table->type);
}

static void say_rejection(struct fold *fold, const struct event *event)
{
    const struct step *step = &fold->step;
    char id[NAME_MAX_BYTES + 1];
    struct case_key key;
    snprintf(id, sizeof id, "D-%llu", (unsigned long long)step->cause.seq);
    struct rejection card = {
        .id = span_of(id),
        .seq = (int64_t)step->cause.seq,
        .type = event->type_name,
        .code = span_of(status_text(step->status)->code),
        .reason = span_of(step->reason),
        .at = step->cause.at_ms,
    };
    struct span subject = name_cut(event->subject);
    struct span by = event_name(event, "by");
    if (subject.len)
        SET(&card, rejection, subject, subject);
    if (by.len)
        SET(&card, rejection, by, by);
    bool known = case_key_of_id(subject, &key) == 0;
    fold_say(fold, EVENT_decision_rejected, card.id, known ? case_seq(&key) : step->cause.seq, &card);
}

static int outcome_keep(struct fold *fold, const struct event *event)
{
    struct step *step = &fold->step;
    struct counters *counters = &fold->head.counters;
    if (!step->decided)
        decide_the_rest(fold, event);
    counters->accepted += step->outcome == OUTCOME_ACCEPTED;
    counters->rejected += step->outcome == OUTCOME_REJECTED;
    counters->kept += step->outcome == OUTCOME_KEPT;
    if (step->outcome == OUTCOME_REJECTED)
        say_rejection(fold, event);
    fold->writes++;
    return state_outcome_put(fold->txn, step->cause.seq,
                             &(struct outcome_row){
                                 .outcome = step->outcome,
                                 .status = step->status,
                                 .type = event->type_name,
                                 .subject = event->subject,
                                 .reason = span_of(step->reason),
                                 .principal = step->principal,
                             });
}

static int system_event(struct fold *fold, const struct event *event)
{
    switch (event->type) {
    case EVENT_policy_adopted:
        return policy_adopt(fold, event);
    case EVENT_roster_changed:
        return roster_adopt(fold, event);
    case EVENT_access_changed:
        return access_adopt(fold, event);
    case EVENT_fold_adopted:
        return sweep_begin(
            fold, HAS(&event->data.fold_adopted, fold_adopted, since) ? (uint64_t)event->data.fold_adopted.since : 0);
    case EVENT_audit_read:
    case EVENT_audit_refused:
        return audit_keep(fold, event);
    case EVENT_unknown:
        return fold_notice_about(fold, "unknown_type", name_cut(event->type_name), name_cut(event->type_name));
    default:
        return 0;
    }
}

int event_fold(struct fold *fold)
{
    const struct event *event = &fold->event;
    int result = system_event(fold, event);
    bool has_target = fold->target.needed;
    bool refused = false;
    if (result == 0)
        result = access_check(fold, event, &refused);
    if (result == 0 && !refused && event->if_seq > 0)
        result = decided_since(fold, event, &refused);
    if (!refused && has_target && fold->target.seq == 0) {
        target_refuse(fold);
        refused = true;
    }
    for (uint32_t i = 0; i < roles_count && result == 0 && !refused; i++)
        result = roles[i].on_event(fold, event);
    if (result == 0 && (refused || has_target || event_table(event->type)->class == CLASS_DECISION))
        result = outcome_keep(fold, event);
    return result;
}

/* Up to the role that has answered: those behind it would follow what stands. */
int event_weigh(struct fold *fold)
{
    const struct event *event = &fold->event;
    bool refused;
    ensure(fold->weighs);
    ensure(event_table(event->type)->class == CLASS_DECISION);
    int result = access_check(fold, event, &refused);
    for (uint32_t i = 0; i < roles_count && result == 0 && !fold->step.decided; i++)
        result = roles[i].on_event(fold, event);
    if (result == 0 && !fold->step.decided)
        decide_the_rest(fold, event);
    return result;
}
