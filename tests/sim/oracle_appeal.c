/*
 * oracle_appeal.c - appeals against ratings, by DOMAIN's sentences, and how they are accounted: counted anew from all ratings.
 *
 * Filed within 7 working days by whom it concerns; ruled within 5 by somebody who is not party to it, else the management group is
 * told; one second look at a rejected one. An entry rests meanwhile, and is taken back when the appeal is upheld.
 */
#include "tests/sim/oracle_appeal.h"
#include "tests/sim/oracle_inside.h"
#include "tests/sim/oracle_ledger.h"
#include "tests/sim/oracle_roster.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

bool oracle_appeal_is_open(const struct oracle_appeal *appeal)
{
    return appeal->status == appeal_status_is_filed || appeal->status == appeal_status_is_rejected;
}

int64_t oracle_appeal_next(const struct oracle_appeal *appeal)
{
    if (appeal->status == appeal_status_is_filed)
        return appeal->overdue ? ORACLE_NEVER : appeal->rule_due_ms;
    if (appeal->status == appeal_status_is_rejected)
        return appeal->review_due_ms;
    return appeal->gone ? ORACLE_NEVER : appeal->leaves_ms;
}

static void touch(struct oracle *oracle, struct oracle_appeal *appeal)
{
    appeal->changed_seq = oracle->seq;
    appeal->changed = true;
    oracle_touch(oracle, 'A', (uint32_t)(appeal - oracle->appeals), false);
}

static struct oracle_rating *rating_of(struct oracle *oracle, uint64_t seq)
{
    for (uint32_t i = 0; i < oracle->ratings_count; i++)
        if (oracle->ratings[i].seq == seq)
            return &oracle->ratings[i];
    return NULL;
}

/* ---- filing ---- */

/* Everything is checked: it is filed. */
static struct oracle_appeal *begin(struct oracle *oracle, const struct appeal_filed *filed, const char *store,
                                   const char *department)
{
    struct oracle_appeal *appeal = ORACLE_ADD(oracle, appeals);
    appeal->seq = oracle->seq;
    appeal->ground = filed->ground;
    appeal->status = appeal_status_is_filed;
    appeal->filed_ms = oracle->at_ms;
    appeal->rule_due_ms = oracle_pass(oracle->policy, store, oracle->at_ms, oracle->policy->ranking.appeal_rule_within);
    appeal->review_due_ms = appeal->ruled_ms = appeal->closed_ms = appeal->leaves_ms = ORACLE_NEVER;
    snprintf(appeal->store, sizeof appeal->store, "%s", store);
    snprintf(appeal->department, sizeof appeal->department, "%s", department);
    oracle_take(appeal->by, sizeof appeal->by, filed->by);
    oracle->counters.appeals++;
    touch(oracle, appeal);
    return appeal;
}

static bool is_late(const struct oracle *oracle, const struct event *event, const char *store, int64_t notice_ms)
{
    return oracle_decided_ms(oracle, event) >
           oracle_pass(oracle->policy, store, notice_ms, oracle->policy->ranking.appeal_file_within);
}

static int file(struct oracle *oracle, const struct event *event, const struct oracle_fact *fact)
{
    const struct appeal_filed *filed = &event->data.appeal_filed;
    if (fact->type != EVENT_feedback_rated)
        return -E_BAD_DECISION;
    struct oracle_rating *rating = rating_of(oracle, fact->seq);
    for (uint32_t i = 0; i < oracle->appeals_count; i++)
        if (oracle->appeals[i].rating == rating->seq)
            return -E_ALREADY_DONE;
    if (rating->retracted)
        return -E_ALREADY_DONE;
    bool concerned = rating->staff[0] ? oracle_is(rating->staff, filed->by)
                                      : oracle_heads_have(oracle, rating->store, rating->department, filed->by);
    if (!concerned)
        return -E_NOT_ALLOWED_PERSON;
    if (is_late(oracle, event, rating->store, rating->time_ms))
        return -E_TOO_LATE;
    begin(oracle, filed, rating->store, rating->department)->rating = rating->seq;
    return 0;
}

/* An entry that is confirmed or settled and stands; who decided on it, proposed it or is a party may not rule. */
static int file_entry(struct oracle *oracle, const struct event *event)
{
    const struct appeal_filed *filed = &event->data.appeal_filed;
    uint32_t index = oracle_entry_of_id(oracle, filed->entry);
    if (index == UINT32_MAX)
        return -E_UNKNOWN_CASE;
    const struct oracle_entry *entry = &oracle->entries[index];
    for (uint32_t i = 0; i < oracle->appeals_count; i++)
        if (strcmp(oracle->appeals[i].entry, entry->id) == 0)
            return -E_ALREADY_DONE;
    bool stands = (entry->status == ledger_status_is_confirmed || entry->status == ledger_status_is_settled) &&
                  !entry->adjusted_by[0] && entry->notice_ms != ORACLE_NEVER;
    if (!stands)
        return -E_WRONG_STATE;
    bool concerned = entry->person[0] ? oracle_is(entry->person, filed->by)
                                      : oracle_heads_have(oracle, entry->store, entry->department, filed->by);
    if (!concerned)
        return -E_NOT_ALLOWED_PERSON;
    if (is_late(oracle, event, entry->store, entry->notice_ms))
        return -E_TOO_LATE;
    struct oracle_appeal *appeal = begin(oracle, filed, entry->store, entry->department);
    char id[32];
    memcpy(appeal->entry, entry->id, sizeof appeal->entry);
    appeal->parties = entry->party;
    if (entry->decided_by[0] && !oracle_has(&appeal->parties, span_of(entry->decided_by)))
        memcpy(appeal->parties.item[appeal->parties.count++], entry->decided_by, sizeof entry->decided_by);
    if (entry->amended_by[0] && !oracle_has(&appeal->parties, span_of(entry->amended_by)))
        memcpy(appeal->parties.item[appeal->parties.count++], entry->amended_by, sizeof entry->amended_by);
    if (entry->proposed_by[0] && !oracle_has(&appeal->parties, span_of(entry->proposed_by)))
        memcpy(appeal->parties.item[appeal->parties.count++], entry->proposed_by, sizeof entry->proposed_by);
    snprintf(id, sizeof id, "A-%" PRIu64, appeal->seq);
    oracle_entry_frozen(oracle, index, id);
    return 0;
}

int oracle_appeal_filed(struct oracle *oracle, const struct event *event)
{
    const struct appeal_filed *filed = &event->data.appeal_filed;
    const struct oracle_fact *fact = NULL;
    bool of_rating = HAS(filed, appeal_filed, rating);
    if (of_rating)
        fact = oracle_fact_of(oracle, event, &filed->rating);
    if (of_rating && !fact)
        return -E_UNKNOWN_FACT;
    if (of_rating == HAS(filed, appeal_filed, entry))
        return -E_BAD_DECISION;
    return of_rating ? file(oracle, event, fact) : file_entry(oracle, event);
}

/* ---- ruling ---- */

static void close_at(struct oracle *oracle, struct oracle_appeal *appeal, int32_t status, int64_t at_ms)
{
    appeal->status = status;
    appeal->closed_ms = at_ms;
    appeal->leaves_ms = oracle_whole_second(at_ms + oracle->policy->card_keep_ms);
}

/* The rating is accounted otherwise from now on; both places have another card. */
static void account(struct oracle *oracle, const struct oracle_appeal *appeal)
{
    struct oracle_rating *rating = rating_of(oracle, appeal->rating);
    if (rating->retracted)
        return;
    rating->accounted = appeal->ground == appeal_ground_is_wrong_person ? ACCOUNTED_TO_NO_PERSON
                        : appeal->moved_to[0]                           ? ACCOUNTED_TO_DEPARTMENT
                                                                        : ACCOUNTED_TO_NOBODY;
    memcpy(rating->moved_to, appeal->moved_to, sizeof rating->moved_to);
    oracle_recount_accounted(oracle, rating);
}

/* A department profits when a rating leaves it; of an entry, whoever may not decide on it may not rule, nor who did. */
static bool profits(const struct oracle *oracle, const struct oracle_appeal *appeal, struct span by)
{
    if (appeal->rating)
        return appeal->department[0] && oracle_heads_have(oracle, appeal->store, appeal->department, by);
    const struct oracle_entry *entry = &oracle->entries[oracle_entry_of_id(oracle, span_of(appeal->entry))];
    return entry_is_party(oracle, entry, by) || oracle_is(entry->decided_by, by) || oracle_is(entry->amended_by, by);
}

static int may_rule(const struct oracle *oracle, const struct oracle_appeal *appeal, const struct appeal_ruled *ruled,
                    bool review)
{
    if (!oracle_appeal_is_open(appeal))
        return -E_WRONG_STATE;
    if (!review && appeal->status == appeal_status_is_rejected)
        return -E_ALREADY_DONE;
    if (review && appeal->status == appeal_status_is_filed)
        return -E_WRONG_STATE;
    if (oracle_has(&appeal->parties, ruled->by) || oracle_is(appeal->by, ruled->by) ||
        profits(oracle, appeal, ruled->by) || (review && oracle_is(appeal->ruled_by, ruled->by)))
        return -E_NOT_ALLOWED_PERSON;
    if (!HAS(ruled, appeal_ruled, department))
        return 0;
    bool goes = ruled->upheld && appeal->rating && appeal->ground == appeal_ground_is_wrong_department;
    return goes && !oracle_is(appeal->department, ruled->department) ? 0 : -E_BAD_DECISION;
}

int oracle_appeal_ruled(struct oracle *oracle, const struct event *event)
{
    const struct appeal_ruled *ruled = &event->data.appeal_ruled;
    bool review = event->type == EVENT_appeal_reviewed;
    struct oracle_appeal *appeal = NULL;
    char id[32];
    for (uint32_t i = 0; i < oracle->appeals_count; i++) {
        snprintf(id, sizeof id, "A-%" PRIu64, oracle->appeals[i].seq);
        if (oracle_is(id, event->subject))
            appeal = &oracle->appeals[i];
    }
    if (!appeal)
        return -E_UNKNOWN_CASE;
    int status = may_rule(oracle, appeal, ruled, review);
    if (status < 0)
        return status;
    oracle_take(review ? appeal->reviewed_by : appeal->ruled_by, sizeof appeal->ruled_by, ruled->by);
    if (!review)
        appeal->ruled_ms = oracle->at_ms;
    if (HAS(ruled, appeal_ruled, department))
        oracle_take(appeal->moved_to, sizeof appeal->moved_to, ruled->department);
    if (ruled->upheld)
        close_at(oracle, appeal, appeal_status_is_upheld, oracle->at_ms);
    else if (review)
        close_at(oracle, appeal, appeal_status_is_final, oracle->at_ms);
    else
        appeal->status = appeal_status_is_rejected;
    if (appeal->status == appeal_status_is_rejected)
        appeal->review_due_ms =
            oracle_pass(oracle->policy, appeal->store, oracle->at_ms, oracle->policy->ranking.appeal_review_within);
    touch(oracle, appeal);
    snprintf(id, sizeof id, "A-%" PRIu64, appeal->seq);
    oracle_notices_end_about(oracle, id);
    if (ruled->upheld && appeal->rating)
        account(oracle, appeal);
    else if (ruled->upheld)
        oracle_entry_overruled(oracle, oracle_entry_of_id(oracle, span_of(appeal->entry)), ruled->by);
    else if (review && !appeal->rating)
        oracle_entry_thawed(oracle, oracle_entry_of_id(oracle, span_of(appeal->entry)));
    return 0;
}

/* ---- time ---- */

static void unanswered(struct oracle *oracle, struct oracle_appeal *appeal, int64_t due_ms)
{
    struct oracle_about about = {.grade = grade_is_general};
    snprintf(about.id, sizeof about.id, "A-%" PRIu64, appeal->seq);
    memcpy(about.store, appeal->store, sizeof about.store);
    memcpy(about.department, appeal->department, sizeof about.department);
    about.skip = appeal->parties;
    memcpy(about.skip.item[about.skip.count++], appeal->by, sizeof appeal->by);
    appeal->overdue = true;
    oracle_notice_raise_about(oracle, &about, "unanswered", oracle->policy->breach_percent, 4, due_ms);
}

void oracle_appeal_fire(struct oracle *oracle, struct oracle_appeal *appeal, int64_t due_ms)
{
    char id[32];
    if (appeal->status == appeal_status_is_filed) {
        unanswered(oracle, appeal, due_ms);
    } else if (appeal->status == appeal_status_is_rejected) {
        close_at(oracle, appeal, appeal_status_is_final, due_ms);
        if (!appeal->rating)
            oracle_entry_thawed(oracle, oracle_entry_of_id(oracle, span_of(appeal->entry)));
    } else {
        /* kept longer by another rulebook: looked at when it is due by the one that it closed by */
        int64_t leaves_ms = oracle_whole_second(appeal->closed_ms + oracle->policy->card_keep_ms);
        bool longer = leaves_ms > due_ms;
        appeal->leaves_ms = longer ? leaves_ms : appeal->leaves_ms;
        appeal->gone = !longer;
        snprintf(id, sizeof id, "A-%" PRIu64, appeal->seq);
        if (longer) {
            appeal->changed = true;
            oracle_touch(oracle, 'A', (uint32_t)(appeal - oracle->appeals), false);
            return;
        }
        oracle_notices_gone_about(oracle, id);
    }
    touch(oracle, appeal);
}

void oracle_appeal_reckon(struct oracle *oracle, struct oracle_appeal *appeal)
{
    const struct ranking_rules *rules = &oracle->policy->ranking;
    int64_t *deadline = NULL, due_ms = 0;
    if (appeal->status == appeal_status_is_filed && !appeal->overdue) {
        deadline = &appeal->rule_due_ms;
        due_ms = oracle_pass(oracle->policy, appeal->store, appeal->filed_ms, rules->appeal_rule_within);
    } else if (appeal->status == appeal_status_is_rejected) {
        deadline = &appeal->review_due_ms;
        due_ms = oracle_pass(oracle->policy, appeal->store, appeal->ruled_ms, rules->appeal_review_within);
    }
    if (!deadline || *deadline == due_ms || *deadline <= oracle->at_ms)
        return;
    *deadline = due_ms;
    touch(oracle, appeal);
}
