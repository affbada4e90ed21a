/* accesses.c - puts principals into force, and asks whether they may decide there. */
#include "workers/accesses.h"

#include "core/status.h"
#include "io/keyring.h"
#include "io/policy_file.h"
#include "workers/cases.h"
#include "workers/kinds.h"
#include "workers/notices.h"
#include "workers/step.h"

#include <stdio.h>

#define INTAKE "/manyi/intake"

int accesses_load(struct fold *fold)
{
    struct document_row row;
    char message[KEYRING_MESSAGE_MAX];
    int result = state_access_get(fold->txn, &row);
    if (result == -E_NOT_FOUND) {
        memset(fold->access, 0, sizeof *fold->access);
        return 0;
    }
    if (result < 0)
        return result;
    result = access_parse(row.content, fold->access, message);
    return result == -E_BAD_ACCESS ? -E_CORRUPT : result; /* it was checked when it was adopted */
}

/* Who has left keeps a name: their entries stay. Who is renamed has another one from here on. */
static int names_put(struct fold *fold)
{
    const struct access *access = fold->access;
    uint64_t seq = fold->step.cause.seq;
    for (uint32_t i = 0; i < access->count; i++) {
        const struct principal *principal = &access->principal[i];
        struct span name = access_span(access, principal->name), known;
        int result = state_principal_get(fold->txn, principal->number, seq, &known);
        if (result == 0 && span_equal(name, known))
            continue;
        if (result == 0 || result == -E_NOT_FOUND)
            result = state_principal_put(fold->txn, principal->number, seq, name);
        if (result < 0)
            return result;
        fold->writes++;
    }
    return 0;
}

int access_adopt(struct fold *fold, const struct event *event)
{
    const struct adopted *adopted = &event->data.adopted;
    char message[KEYRING_MESSAGE_MAX];
    char hash[33];
    if (!span_is(event->source, INTAKE))
        return fold_notice(fold, "access_refused", span_of("it is not from intake"), true);
    policy_hash(adopted->content, hash);
    if (!span_is(adopted->hash, hash))
        return fold_notice(fold, "access_refused", span_of("its hash is not that of its content"), true);
    int result = access_parse(adopted->content, fold->access, message);
    if (result == -E_BAD_ACCESS)
        return fold_notice(fold, "access_refused", name_cut(span_of(message)), true);
    if (result == 0)
        result = state_access_put(fold->txn, &(struct document_row){
                                                 .seq = fold->step.cause.seq,
                                                 .hash = span_of(hash),
                                                 .content = adopted->content,
                                             });
    if (result == 0)
        result = names_put(fold);
    return result < 0 ? result : fold_notice(fold, "access_adopted", span_of(hash), true);
}

/* ---- where a case is, and whose ---- */

/* Its own person counts where work is done, and where a notice is seen. Nobody decides about money, an appeal or other people's
 * work in another store because the case is about them. */
static void place_of_card(const struct case_key *key, const union card *card, struct access_ask *ask)
{
    bool own_counts = ask->right == MAY_handle || ask->right == MAY_acknowledge || ask->right == MAY_publish;
    struct span person = {0};
    ask->department = span_make(NULL, 0);
    switch (case_letter(key)) {
    case 'C':
        ask->store = card->complaint.store;
        if (HAS(&card->complaint, complaint, department))
            ask->department = card->complaint.department;
        if (HAS(&card->complaint, complaint, handler))
            person = card->complaint.handler;
        break;
    case 'E':
        ask->store = card->escalation.store;
        if (HAS(&card->escalation, escalation, department))
            ask->department = card->escalation.department;
        person = card->escalation.to;
        break;
    case 'T':
        ask->store = card->task.store;
        ask->department = card->task.department;
        person = card->task.responsible;
        break;
    case 'B':
        ask->store = card->callback.store;
        ask->department = card->callback.department;
        if (HAS(&card->callback, callback, agent))
            person = card->callback.agent;
        break;
    case 'L':
        ask->store = card->entry.store;
        if (HAS(&card->entry, ledger_entry, department))
            ask->department = card->entry.department;
        break;
    case 'A':
        ask->store = card->appeal.store;
        if (HAS(&card->appeal, appeal, department))
            ask->department = card->appeal.department;
        break;
    default:
        break;
    }
    if (own_counts)
        ask->person = person;
}

static int decide(struct fold *fold, const struct principal *principal, const struct access_ask *ask)
{
    int status = access_decide(fold->access, principal, ask);
    struct span name = access_span(fold->access, principal->name);
    const char *right = access_right_name(ask->right);
    if (status == -E_OTHER_PLACE && ask->store.len == 0)
        fold_refuse(fold, OUTCOME_REJECTED, status,
                    "%.*s has the right `%s` in some stores only; this is about all of them", SPAN_ARGS(name), right);
    else if (status == -E_OTHER_PLACE)
        fold_refuse(fold, OUTCOME_REJECTED, status, "%.*s has the right `%s`, but not at %.*s%s%.*s", SPAN_ARGS(name),
                    right, SPAN_ARGS(ask->store), ask->department.len ? "/" : "", SPAN_ARGS(ask->department));
    else if (status == -E_OTHER_PERSON)
        fold_refuse(fold, OUTCOME_REJECTED, status, "%.*s has the right `%s` for what is its own only", SPAN_ARGS(name),
                    right);
    else if (status)
        fold_refuse(fold, OUTCOME_REJECTED, status, "%.*s may not: %s", SPAN_ARGS(name), status_text(status)->summary);
    return status;
}

/* Of a case by its id. Of one that nobody knows, or that nobody was told of yet, the roles say so. */
static int case_check(struct fold *fold, const struct principal *principal, struct span id, struct access_ask ask,
                      bool *ret_refused)
{
    union card card;
    struct case_key key;
    if (case_key_of_id(id, &key) < 0)
        return 0;
    int result = case_load(fold, &key, &card);
    if (result == 0) {
        struct standing standing;
        kind_of(&key)->stand(&fold->policy, &card, &standing);
        place_of_card(&key, &card, &ask);
        *ret_refused = !standing.asleep && decide(fold, principal, &ask) != 0;
    }
    return result == -E_NOT_FOUND ? 0 : result;
}

/* A correction or retraction: where the fact was, and where the correction says that it was instead. */
static bool target_refused(struct fold *fold, const struct principal *principal, const struct event *event,
                           struct access_ask ask)
{
    const struct event *original = &fold->target.event;
    ask.store = event_name(original, "store");
    ask.department = event_name(original, "department");
    if (ask.store.len == 0) /* a customer's wish, a try to call: about no store */
        return access_widest(principal, ask.right) == REACH_NONE && decide(fold, principal, &ask);
    if (decide(fold, principal, &ask))
        return true;
    struct span store = event_name(event, "store"), department = event_name(event, "department");
    ask.store = store.len ? store : ask.store;
    ask.department = department.len ? department : ask.department;
    return decide(fold, principal, &ask) != 0;
}

static int principal_check(struct fold *fold, const struct principal *principal, const struct event *event,
                           bool *ret_refused)
{
    struct access_ask ask = {.right = access_right_of_event(event->type)};
    int result = 0;
    switch (event->type) {
    case EVENT_feedback_corrected:
    case EVENT_feedback_retracted:
        *ret_refused = fold->target.seq != 0 && target_refused(fold, principal, event, ask);
        return 0;
    case EVENT_feedback_unreached:
        return case_check(fold, principal, event->data.unreached.callback, ask, ret_refused);
    case EVENT_appeal_filed: /* whose it is, the roles see: somebody appeals against what is their own */
        ask.person = event->data.appeal_filed.by;
        *ret_refused = decide(fold, principal, &ask) != 0;
        return 0;
    case EVENT_task_opened:
    case EVENT_ledger_vetoed:
        ask.store = event_name(event, "store");
        ask.department = event_name(event, "department");
        *ret_refused = decide(fold, principal, &ask) != 0;
        return 0;
    case EVENT_complaint_merged: /* both of them change */
        result = case_check(fold, principal, event->data.merged.into, ask, ret_refused);
        break;
    case EVENT_ledger_settled: /* a whole period of the group */
        if (!span_starts(event->subject, "L-")) {
            *ret_refused = decide(fold, principal, &ask) != 0;
            return 0;
        }
        break;
    default:
        break;
    }
    if (result < 0 || *ret_refused || event_table(event->type)->class != CLASS_DECISION)
        return result;
    return case_check(fold, principal, event->subject, ask, ret_refused);
}

int access_check(struct fold *fold, const struct event *event, bool *ret_refused)
{
    *ret_refused = false;
    if (fold->step.principal == PRINCIPAL_LOCAL || event->type == EVENT_unknown)
        return 0;
    const struct principal *principal = access_of_number(fold->access, fold->step.principal);
    if (principal)
        return principal_check(fold, principal, event, ret_refused);
    if (event_table(event->type)->class != CLASS_DECISION)
        return 0;
    fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_PRINCIPAL, "no access.changed has named principal %u",
                fold->step.principal);
    *ret_refused = true;
    return 0;
}
