/* ledger_events.c - the ledger's role: what facts and verdicts propose, what people decide, what time does. */
#include "core/status.h"
#include "workers/cases.h"
#include "workers/escalations.h"
#include "workers/ledger_case.h"
#include "workers/parties.h"
#include "workers/step.h"
#include "workers/targets.h"

#include <stdio.h>

#define MANAGEMENT_GROUP 4

/* ---- praise ---- */

/* When the customer said it, unless that is too long ago or yet to come. */
static int64_t said_at(const struct fold *fold, const struct event *fact)
{
    int64_t at_ms = fold->step.cause.at_ms;
    bool late = fact->has_time && at_ms - fact->time_ms > fold->policy.fact_age_max_ms;
    return fact->has_time && fact->time_ms < at_ms && !late ? fact->time_ms : at_ms;
}

static int praise_propose(struct fold *fold, const struct event *fact, struct span person)
{
    const struct praised *praised = &fact->data.praised;
    char period[PERIOD_TEXT_MAX], veto_text[CASE_ID_MAX], source[LEDGER_FIGURE_TEXT];
    struct span veto;
    struct case_key key;
    struct ledger_proposal proposal = {
        .kind = ledger_kind_is_praise,
        .seq = fold->step.cause.seq,
        .name = person,
        .person = person,
        .store = praised->store,
        .department = HAS(praised, praised, department) ? praised->department : (struct span){0},
        .period = ledger_month(&fold->policy, said_at(fold, fact), period),
        .amount_fen = fold->policy.ledger.praise_fen,
        .rule = span_of("praise"),
    };
    int result = ledger_vetoed(fold, person, proposal.store, proposal.department, proposal.period, veto_text, &veto);
    if (result < 0)
        return result;
    ledger_input_number(&proposal, "praise_seq", (int64_t)proposal.seq, source);
    ledger_input(&proposal, "vetoed_by", veto);
    return ledger_propose(fold, &proposal, &key);
}

static int on_praised(struct fold *fold, const struct event *fact)
{
    const struct praised *praised = &fact->data.praised;
    int result = 0;
    for (uint32_t i = 0; HAS(praised, praised, staff) && i < praised->staff.count && result == 0; i++)
        result = praise_propose(fold, fact, praised->staff.item[i]);
    return result < 0 ? result
                      : fact_index_add(&fold->facts, fold->txn, fold->step.cause.seq,
                                       fact_fingerprint(fact->source, fact->id));
}

/* The praise is taken back, and with it what each person was to get. */
static int praise_retract(struct fold *fold, const struct event *event)
{
    const struct praised *praised = &fold->target.event.data.praised;
    const struct retracted *retracted = &event->data.retracted;
    bool known = false, any = false;
    for (uint32_t i = 0; HAS(praised, praised, staff) && i < praised->staff.count; i++) {
        struct ledger_proposal proposal = {
            .seq = fold->target.seq, .name = praised->staff.item[i], .rule = span_of("praise")};
        char id[CASE_ID_MAX];
        struct case_key key;
        struct ledger_case held;
        int result = case_key_of_id(ledger_id(&proposal, id), &key);
        ensure(result == 0);
        result = ledger_load(fold, &key, &held);
        if (result == -E_NOT_FOUND)
            continue; /* from before this rule */
        bool changed = false;
        if (result == 0)
            result =
                ledger_retire(fold, &held, HAS(retracted, retracted, by) ? retracted->by : (struct span){0}, &changed);
        if (result < 0)
            return result;
        known = true;
        any |= changed;
    }
    if (known && !any)
        fold_refuse(fold, OUTCOME_REJECTED, -E_ALREADY_DONE, "what came of praise %llu was taken back already",
                    (unsigned long long)fold->target.seq);
    else if (known)
        fold_accept(fold);
    return 0;
}

/* ---- complaints ---- */

/* After the complaints' role: only a decision that stands changes what a verdict asks for. */
static int on_complaint(struct fold *fold, const struct event *event)
{
    struct case_key key;
    bool accepted = fold->step.decided && fold->step.outcome == OUTCOME_ACCEPTED;
    if (!accepted || case_key_of_id(event->subject, &key) < 0 || case_letter(&key) != 'C')
        return 0;
    return ledger_follow_complaint(fold, case_seq(&key), event->data.decided.by);
}

static int on_retracted(struct fold *fold, const struct event *event)
{
    const struct retracted *retracted = &event->data.retracted;
    if (fold->target.event.type == EVENT_feedback_praised)
        return praise_retract(fold, event);
    bool accepted = fold->step.decided && fold->step.outcome == OUTCOME_ACCEPTED;
    if (!accepted || fold->target.event.type != EVENT_feedback_complained)
        return 0;
    return ledger_follow_complaint(fold, fold->target.seq,
                                   HAS(retracted, retracted, by) ? retracted->by : (struct span){0});
}

/* ---- a veto that a person proposes ---- */

static const char *veto_refused(const struct ledger_vetoed *vetoed)
{
    bool person = HAS(vetoed, ledger_vetoed, person);
    if (vetoed->ground == veto_ground_is_upheld_complaint)
        return "an upheld complaint vetoes by itself; judge the complaint";
    if (!person && !HAS(vetoed, ledger_vetoed, department))
        return "name the person or the department whose reward it takes";
    if (person && span_equal(vetoed->person, vetoed->by))
        return "nobody vetoes their own reward";
    if (vetoed->period.len != 7 || ledger_month_number(vetoed->period) < 0 || vetoed->period.at[5] > '1')
        return "`period` is the month in which it happened, such as 2026-11";
    return NULL;
}

static int on_vetoed(struct fold *fold, const struct event *event)
{
    const struct ledger_vetoed *vetoed = &event->data.ledger_vetoed;
    const char *refused = veto_refused(vetoed);
    char name[CASE_ID_MAX];
    struct case_key key;
    if (refused) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_BAD_DECISION, "%s", refused);
        return 0;
    }
    struct span person = HAS(vetoed, ledger_vetoed, person) ? vetoed->person : (struct span){0};
    snprintf(name, sizeof name, person.len ? "veto-%.*s" : "veto", SPAN_ARGS(person));
    struct ledger_proposal proposal = {
        .kind = ledger_kind_is_veto,
        .seq = fold->step.cause.seq,
        .name = span_of(name),
        .person = person,
        .store = vetoed->store,
        .department = HAS(vetoed, ledger_vetoed, department) ? vetoed->department : (struct span){0},
        .period = vetoed->period,
        .rule = span_of("veto"),
        .proposed_by = vetoed->by,
    };
    ledger_input(&proposal, "ground", span_of(choice_name(choice_of_veto_ground(), vetoed->ground)));
    fold_accept(fold);
    return ledger_propose(fold, &proposal, &key);
}

/* ---- decisions about an entry ---- */

/* Of what only the fold knows: does whoever decides belong to whom it is for (a department waives no veto of its own), are
 * they party to the complaint, is it a reward that a veto takes? */
static int context_find(struct fold *fold, const struct event *decision, const struct ledger_entry *entry,
                        char veto_text[CASE_ID_MAX], struct ledger_context *ret_context)
{
    struct ledger_context context = {.member = false};
    struct span by = decision->data.decided.by;
    struct span about = HAS(entry, ledger_entry, about) ? entry->about : (struct span){0};
    if (!HAS(entry, ledger_entry, person) && HAS(entry, ledger_entry, department))
        context.member = party_belongs(fold, by, entry->store, entry->department);
    bool grants = decision->type == EVENT_ledger_confirmed || decision->type == EVENT_ledger_settled;
    int result = party_of_complaint(fold, about, by, &context.party);
    if (result == 0 && grants)
        result = ledger_entry_vetoed(fold, entry, veto_text, &context.vetoed_by);
    *ret_context = context;
    return result;
}

static int entry_decide(struct fold *fold, const struct event *decision, struct ledger_case *held)
{
    struct ledger_context context;
    struct ledger_effects effects = {0};
    char veto_text[CASE_ID_MAX], reason[REASON_MAX];
    int result = context_find(fold, decision, &held->card, veto_text, &context);
    if (result < 0)
        return result;
    int status = ledger_decide(&fold->policy, &held->card, decision, fold->step.cause, &context, &effects, reason,
                               sizeof reason);
    if (status < 0) {
        fold_refuse(fold, OUTCOME_REJECTED, status, "%s", reason);
        return 0;
    }
    fold_accept(fold);
    if (fold->weighs)
        return 0;
    if (effects.adjust)
        result = ledger_adjust(fold, held, decision->data.decided.by);
    if (result == 0 && effects.answered)
        result = notices_end(fold, held->card.id);
    return result < 0 ? result : ledger_keep(fold, held);
}

static int on_decision(struct fold *fold, const struct event *event)
{
    struct ledger_case held;
    struct case_key key;
    if (event->type == EVENT_ledger_settled && !span_starts(event->subject, "L-"))
        return ledger_settle_period(fold, event);
    if (case_key_of_id(event->subject, &key) < 0 || case_letter(&key) != 'L')
        return 0;
    int result = ledger_load(fold, &key, &held);
    if (result == -E_NOT_FOUND) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_CASE, "%.*s is not known", SPAN_ARGS(event->subject));
        return 0;
    }
    return result < 0 ? result : entry_decide(fold, event, &held);
}

/* ---- the role ---- */

int ledger_on_event(struct fold *fold, const struct event *event)
{
    switch (event->type) {
    case EVENT_feedback_praised:
        return on_praised(fold, event);
    case EVENT_complaint_judged:
    case EVENT_complaint_graded:
    case EVENT_complaint_merged:
    case EVENT_complaint_withdrawn:
        return on_complaint(fold, event);
    case EVENT_feedback_retracted:
        return on_retracted(fold, event);
    case EVENT_ledger_vetoed:
        return on_vetoed(fold, event);
    case EVENT_ledger_confirmed:
    case EVENT_ledger_waived:
    case EVENT_ledger_settled:
    case EVENT_ledger_reversed:
        return on_decision(fold, event);
    default:
        return 0;
    }
}

/* ---- time ---- */

/* Nobody has answered: the management group is told, of whom nobody is meant who is party to it. */
static int unanswered_tell(struct fold *fold, const struct ledger_entry *entry)
{
    struct notice_about about = {
        .id = entry->id,
        .store = entry->store,
        .department = HAS(entry, ledger_entry, department) ? entry->department : (struct span){0},
        .grade = grade_is_general,
    };
    if (HAS(entry, ledger_entry, party))
        about.skip = entry->party;
    if (HAS(entry, ledger_entry, person) && about.skip.count < NAMES_MAX)
        about.skip.item[about.skip.count++] = entry->person;
    if (HAS(entry, ledger_entry, proposed_by) && about.skip.count < NAMES_MAX)
        about.skip.item[about.skip.count++] = entry->proposed_by;
    return notice_raise(fold, &about, "unanswered", fold->policy.breach_percent, MANAGEMENT_GROUP,
                        entry->answer_due_at);
}

int ledger_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms)
{
    struct ledger_case held;
    int result = ledger_load(fold, key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    if (HAS(&held.card, ledger_entry, settle_by))
        return ledger_settle_on(fold, &held);
    bool waited = !held.card.unanswered;
    ledger_advance(&fold->policy, &held.card, due_ms, fold->step.cause);
    if (held.card.unanswered && waited)
        result = unanswered_tell(fold, &held.card);
    else if (HAS(&held.card, ledger_entry, gone))
        result = notices_gone(fold, held.card.id);
    return result < 0 ? result : ledger_keep(fold, &held);
}

int ledger_on_policy(struct fold *fold, const struct case_key *key)
{
    struct ledger_case held;
    int result = ledger_load(fold, key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    return ledger_reckon(&fold->policy, &held.card, fold->step.cause) ? ledger_keep(fold, &held) : 0;
}
