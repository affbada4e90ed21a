/*
 * ledger_complaints.c - what an upheld complaint costs: points, money where it is switched on, and the period's reward.
 *
 * What a verdict asks for is worked out anew whenever the verdict, the grade or the complaint's end changes, and compared
 * with what stands: what is asked for still stays as it is (waived or confirmed), the rest is taken back, and what is
 * new is proposed by this very decision.
 */
#include "core/names.h"
#include "core/status.h"
#include "workers/cases.h"
#include "workers/ledger_case.h"
#include "workers/step.h"

#include <stdio.h>

/* Everything that the proposals of one verdict borrow from. */
struct ruling {
    const struct complaint *complaint;
    struct name_list people; /* each once */
    struct span manager;     /* who bears a share; empty for nobody */
    struct name_list party;
    struct penalty_parts parts;
    char period[PERIOD_TEXT_MAX];
    char people_text[LEDGER_FIGURE_TEXT], total_text[LEDGER_FIGURE_TEXT], percent_text[LEDGER_FIGURE_TEXT];
    char name[COMPLAINT_ENTRIES_MAX][CASE_ID_MAX];
    char first_id[CASE_ID_MAX]; /* of the first person's penalty: the share is of its money */
    struct ledger_proposal wanted[COMPLAINT_ENTRIES_MAX];
    uint32_t count;
};

static void names_add(struct name_list *names, struct span name)
{
    if (name.len > 0 && names->count < NAMES_MAX && !names_have(names, name))
        names->item[names->count++] = name;
}

static struct span department_of(const struct complaint *complaint)
{
    return HAS(complaint, complaint, department) ? complaint->department : (struct span){0};
}

/* Who leads the department, unless they are among those it is upheld against. */
static struct span manager_of(struct fold *fold, const struct ruling *verdict)
{
    struct name_list heads = {.count = 0};
    roster_department_heads(fold->roster, verdict->complaint->store, department_of(verdict->complaint), &heads);
    bool other = heads.count > 0 && !names_have(&verdict->people, heads.item[0]);
    return other ? arena_copy(&fold->arena, heads.item[0]) : (struct span){0};
}

/* ---- what a verdict asks for ---- */

static struct ledger_proposal *want(struct fold *fold, struct ruling *verdict, enum ledger_kind kind,
                                    struct span person, const char *rule)
{
    const struct complaint *complaint = verdict->complaint;
    const char *before = kind == ledger_kind_is_veto ? "veto" : kind == ledger_kind_is_manager_share ? "share" : "";
    char *name = verdict->name[verdict->count];
    struct ledger_proposal *proposal = &verdict->wanted[verdict->count++];
    snprintf(name, CASE_ID_MAX, "%s%s%.*s", before, before[0] && person.len ? "-" : "", SPAN_ARGS(person));
    *proposal = (struct ledger_proposal){
        .kind = kind,
        .seq = fold->step.cause.seq,
        .name = span_of(name),
        .person = person,
        .store = complaint->store,
        .department = department_of(complaint),
        .about = complaint->id,
        .period = span_of(verdict->period),
        .rule = span_of(rule),
        .party = verdict->party,
    };
    ledger_input(proposal, "grade", span_of(choice_name(choice_of_grade(), complaint->grade)));
    return proposal;
}

static void want_penalty(struct fold *fold, struct ruling *verdict, uint32_t i)
{
    const struct ledger_policy *rules = &fold->policy.ledger;
    struct ledger_proposal *proposal =
        want(fold, verdict, ledger_kind_is_complaint_penalty, verdict->people.item[i], "complaint_penalty");
    proposal->points = -rules->penalty_points[verdict->complaint->grade];
    proposal->amount_fen = -verdict->parts.part_fen[i];
    ledger_input_number(proposal, "people", verdict->people.count, verdict->people_text);
    if (rules->money_penalties) {
        ledger_input_number(proposal, "penalty_fen", rules->penalty_fen[verdict->complaint->grade],
                            verdict->total_text);
        ledger_input_number(proposal, "manager_share_percent", verdict->manager.len ? rules->manager_share_percent : 0,
                            verdict->percent_text);
    }
}

static void want_share(struct fold *fold, struct ruling *verdict)
{
    const struct ledger_policy *rules = &fold->policy.ledger;
    struct ledger_proposal *proposal =
        want(fold, verdict, ledger_kind_is_manager_share, verdict->manager, "manager_share");
    proposal->amount_fen = -verdict->parts.share_fen;
    proposal->share_of = span_of(verdict->first_id);
    ledger_input_number(proposal, "penalty_fen", rules->penalty_fen[verdict->complaint->grade], verdict->total_text);
    ledger_input_number(proposal, "manager_share_percent", rules->manager_share_percent, verdict->percent_text);
}

static void want_vetoes(struct fold *fold, struct ruling *verdict)
{
    for (uint32_t i = 0; i < verdict->people.count; i++)
        want(fold, verdict, ledger_kind_is_veto, verdict->people.item[i], "veto");
    if (department_of(verdict->complaint).len > 0)
        want(fold, verdict, ledger_kind_is_veto, (struct span){0}, "veto");
}

static bool is_upheld(const struct complaint *complaint)
{
    bool given_up = HAS(complaint, complaint, outcome) && (complaint->outcome == complaint_outcome_is_withdrawn ||
                                                           complaint->outcome == complaint_outcome_is_merged);
    return HAS(complaint, complaint, verdict) && complaint->verdict == verdict_is_upheld && !given_up;
}

static void who_is_who(struct fold *fold, struct ruling *verdict)
{
    const struct complaint *complaint = verdict->complaint;
    const struct ledger_policy *rules = &fold->policy.ledger;
    for (uint32_t i = 0; HAS(complaint, complaint, judged_staff) && i < complaint->judged_staff.count; i++)
        names_add(&verdict->people, complaint->judged_staff.item[i]);
    if (rules->money_penalties && rules->manager_share_percent > 0)
        verdict->manager = manager_of(fold, verdict);
    if (HAS(complaint, complaint, judged_by))
        names_add(&verdict->party, complaint->judged_by);
    names_add(&verdict->party, verdict->manager);
    for (uint32_t i = 0; i < verdict->people.count; i++)
        names_add(&verdict->party, verdict->people.item[i]);
}

static void work_out(struct fold *fold, struct ruling *verdict)
{
    const struct complaint *complaint = verdict->complaint;
    const struct ledger_policy *rules = &fold->policy.ledger;
    ledger_month(&fold->policy, complaint->opened_at, verdict->period);
    if (!is_upheld(complaint))
        return;
    who_is_who(fold, verdict);
    if (rules->money_penalties && verdict->people.count > 0)
        ledger_penalty_parts(rules->penalty_fen[complaint->grade],
                             verdict->manager.len ? rules->manager_share_percent : 0, verdict->people.count,
                             &verdict->parts);
    for (uint32_t i = 0; i < verdict->people.count; i++)
        want_penalty(fold, verdict, i);
    if (verdict->parts.share_fen > 0)
        want_share(fold, verdict);
    if (complaint->grade >= rules->veto_grade)
        want_vetoes(fold, verdict);
}

/* ---- against what stands ---- */

static bool is_wanted(const struct ledger_entry *entry, const struct ledger_proposal *proposal)
{
    struct span person = HAS(entry, ledger_entry, person) ? entry->person : (struct span){0};
    return entry->kind == (int32_t)proposal->kind && span_equal(person, proposal->person) &&
           entry->points == proposal->points && entry->proposed_fen == proposal->amount_fen;
}

/* Keeps those that are asked for still, and takes the others back. met: a bit for each proposal that stands already. */
static int stand_or_go(struct fold *fold, const struct ruling *verdict, struct span by, struct ledger_keys *keys,
                       uint64_t *ret_met)
{
    struct ledger_keys kept = {.count = 0};
    uint64_t met = 0;
    for (uint32_t k = 0; k < keys->count; k++) {
        struct ledger_case held;
        bool changed;
        int result = ledger_load(fold, &keys->item[k], &held);
        if (result < 0)
            return result == -E_NOT_FOUND ? -E_CORRUPT : result;
        uint32_t i = 0;
        while (i < verdict->count && (((met >> i) & 1) || !is_wanted(&held.card, &verdict->wanted[i])))
            i++;
        bool stands = i < verdict->count && held.card.status != ledger_status_is_reversed;
        if (stands) {
            met |= (uint64_t)1 << i;
            kept.item[kept.count++] = keys->item[k];
        } else {
            result = ledger_retire(fold, &held, by, &changed);
        }
        if (result < 0)
            return result;
    }
    *keys = kept;
    *ret_met = met;
    return 0;
}

static int propose_rest(struct fold *fold, struct ruling *verdict, uint64_t met, struct ledger_keys *keys)
{
    for (uint32_t i = 0; i < verdict->count; i++) {
        struct case_key key;
        if ((met >> i) & 1)
            continue;
        int result = ledger_propose(fold, &verdict->wanted[i], &key);
        if (result < 0)
            return result;
        keys->item[keys->count++] = key;
    }
    return 0;
}

/* The id of the first person's penalty, as it will be when it is not there yet. */
static int first_id_find(struct fold *fold, struct ruling *verdict, const struct ledger_keys *keys, uint64_t met)
{
    if (verdict->count == 0)
        return 0;
    for (uint32_t k = 0; (met & 1) && k < keys->count; k++) {
        struct ledger_entry card;
        int result = ledger_find(fold, &keys->item[k], &card);
        if (result < 0)
            return result == -E_NOT_FOUND ? -E_CORRUPT : result;
        if (is_wanted(&card, &verdict->wanted[0]))
            case_id(&keys->item[k], verdict->first_id);
    }
    if (!(met & 1))
        ledger_id(&verdict->wanted[0], verdict->first_id);
    for (uint32_t i = 0; i < verdict->count; i++) {
        if (verdict->wanted[i].kind == ledger_kind_is_manager_share)
            verdict->wanted[i].share_of = span_of(verdict->first_id);
    }
    return 0;
}

int ledger_follow_complaint(struct fold *fold, uint64_t complaint, struct span by)
{
    struct case_key key = case_key_of_seq('C', complaint);
    struct complaint card;
    struct ledger_keys keys;
    uint64_t met = 0;
    struct ruling *verdict = arena_take(&fold->arena, sizeof *verdict);
    int result = case_load(fold, &key, &card);
    if (result == 0)
        result = ledger_complaint_get(fold->txn, complaint, &keys);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    memset(verdict, 0, sizeof *verdict);
    verdict->complaint = &card;
    work_out(fold, verdict);
    if (verdict->count == 0 && keys.count == 0)
        return 0;
    result = stand_or_go(fold, verdict, by, &keys, &met);
    if (result == 0)
        result = first_id_find(fold, verdict, &keys, met);
    if (result == 0)
        result = propose_rest(fold, verdict, met, &keys);
    fold->writes++;
    return result < 0 ? result : ledger_complaint_put(fold->txn, complaint, &keys);
}
