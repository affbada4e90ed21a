/* appeals.c - appeals, in the state: what is appealed against is found, frozen, and taken back or accounted otherwise. */
#include "core/appeal.h"
#include "core/status.h"
#include "workers/accountable.h"
#include "workers/appeal_entries.h"
#include "workers/cases.h"
#include "workers/escalations.h"
#include "workers/ledger.h"
#include "workers/parties.h"
#include "workers/policies.h"
#include "workers/roles.h"
#include "workers/step.h"
#include "workers/targets.h"

#define APPEAL_LEVEL 4 /* the management group rules, and is told when nobody has */

struct appeal_case {
    struct case_key key;
    struct appeal card;
    uint32_t lines_before;
};

static int appeal_load(struct fold *fold, const struct case_key *key, struct appeal_case *ret_case)
{
    int result = case_load(fold, key, &ret_case->card);
    if (result < 0)
        return result;
    ret_case->key = *key;
    ret_case->lines_before = case_lines(ret_case->card.history, ret_case->card.history_count, fold->step.cause);
    return 0;
}

static int appeal_save(struct fold *fold, struct appeal_case *held)
{
    struct appeal *card = &held->card;
    int64_t armed_ms = HAS(card, appeal, timer_at) ? card->timer_at : NEVER;
    int64_t due_ms = appeal_next_due(&fold->policy, card);
    if (due_ms == NEVER)
        UNSET(card, appeal, timer_at);
    else
        SET(card, appeal, timer_at, due_ms);
    return case_save(fold, &(struct case_change){
                               .key = held->key,
                               .card = card,
                               .armed_ms = armed_ms,
                               .due_ms = due_ms,
                               .open = appeal_is_open(card),
                               .event = EVENT_appeal_changed,
                               .history = card->history,
                               .history_count = card->history_count,
                               .lines_before = held->lines_before,
                           });
}

/* ---- what is appealed against ---- */

static void refuse_twice(struct fold *fold, const struct appealed_row *row, struct span what)
{
    fold_refuse(fold, OUTCOME_REJECTED, -E_ALREADY_DONE, "A-%llu is an appeal against %.*s already; there is one",
                (unsigned long long)row->appeal, SPAN_ARGS(what));
}

/* The rating as it counts now. -E_ALREADY_DONE and the like: the decision is refused. */
static int rating_matter(struct fold *fold, struct appeal_matter *ret_matter)
{
    const struct target *target = &fold->target;
    struct appealed_row row;
    struct rated rating;
    if (target->event.type != EVENT_feedback_rated) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_BAD_DECISION, "entry %llu is %s; name a rating or a ledger entry",
                    (unsigned long long)target->seq, event_table(target->event.type)->type);
        return 0;
    }
    int result = state_appealed_rating_get(fold->txn, target->seq, &row);
    if (result == 0 && row.appeal > 0) {
        refuse_twice(fold, &row, span_of("this rating"));
        return 0;
    }
    result = result == -E_NOT_FOUND || result == 0 ? target_rating(fold, &rating) : result;
    if (result == -E_ALREADY_DONE) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_ALREADY_DONE, "the rating of entry %llu was retracted",
                    (unsigned long long)target->seq);
        return 0;
    }
    if (result < 0)
        return result;
    *ret_matter = (struct appeal_matter){
        .rating = target->seq,
        .store = rating.store,
        .department = rating.department,
        .notice_ms = rating_given_ms(&target->event, target->at_ms),
    };
    if (HAS(&rating, rated, staff))
        ret_matter->concerned = (struct name_list){{rating.staff}, 1};
    else
        appeal_heads(fold, rating.store, rating.department, &ret_matter->concerned);
    return 0;
}

static int entry_matter(struct fold *fold, struct span entry, struct appeal_matter *ret_matter)
{
    struct case_key key;
    struct appealed_row row;
    if (case_key_of_id(entry, &key) == 0) {
        int result = state_appealed_entry_get(fold->txn, &key, &row);
        if (result < 0 && result != -E_NOT_FOUND)
            return result;
        if (result == 0) {
            refuse_twice(fold, &row, entry);
            return 0;
        }
    }
    return appeal_entry(fold, entry, ret_matter);
}

/* ---- filing ---- */

static int matter_keep(struct fold *fold, const struct appeal_matter *matter, struct span appeal)
{
    struct case_key key;
    struct appealed_row row = {.appeal = fold->step.cause.seq};
    fold->writes++;
    if (matter->rating)
        return state_appealed_rating_put(fold->txn, matter->rating, &row);
    int known = case_key_of_id(matter->entry, &key);
    ensure(known == 0);
    int result = state_appealed_entry_put(fold->txn, &key, &row);
    return result < 0 ? result : appeal_entry_freeze(fold, matter->entry, appeal);
}

static int on_filed(struct fold *fold, const struct event *event)
{
    const struct appeal_filed *filed = &event->data.appeal_filed;
    char id[CASE_ID_MAX], reason[REASON_MAX];
    struct appeal_matter matter = {0};
    struct appeal_case held = {.key = case_key_of_seq('A', fold->step.cause.seq)};
    bool of_rating = HAS(filed, appeal_filed, rating);
    if (of_rating == HAS(filed, appeal_filed, entry)) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_BAD_DECISION,
                    "an appeal is against a ledger entry or against a rating: name one");
        return 0;
    }
    int result = of_rating ? rating_matter(fold, &matter) : entry_matter(fold, filed->entry, &matter);
    if (result < 0 || fold->step.decided)
        return result; /* refused */
    int status = appeal_file(&fold->policy, &matter, event, fold->step.cause, id, &held.card, reason, sizeof reason);
    if (status < 0) {
        fold_refuse(fold, OUTCOME_REJECTED, status, "%s", reason);
        return 0;
    }
    fold->head.counters.appeals++;
    fold_accept(fold);
    result = matter_keep(fold, &matter, held.card.id);
    return result < 0 ? result : appeal_save(fold, &held);
}

/* ---- what became of it ---- */

static enum accounted accounted_by(const struct appeal *appeal)
{
    if (appeal->ground == appeal_ground_is_wrong_person)
        return ACCOUNTED_TO_NO_PERSON;
    return HAS(appeal, appeal, moved_to) ? ACCOUNTED_TO_DEPARTMENT : ACCOUNTED_TO_NOBODY;
}

/* The voice stays; what is accounted changes. */
static int rating_uphold(struct fold *fold, const struct appeal *appeal)
{
    struct rated rating;
    struct counted counted = {.rating = &rating};
    struct appealed_row row = {.appeal = (uint64_t)appeal->seq, .accounted = accounted_by(appeal)};
    const struct target *target = &fold->target;
    if (row.accounted == ACCOUNTED_TO_DEPARTMENT)
        row.department = appeal->moved_to;
    int result = target_rating(fold, &rating);
    if (result == -E_ALREADY_DONE)
        return 0; /* retracted since: it counts nowhere */
    if (result == 0)
        result = policy_of(fold, target->seq, &counted.policy);
    if (result < 0)
        return result;
    counted.day = rating_day(counted.policy, &target->event, target->at_ms);
    result = accountable_count(fold, &counted, &row, 1);
    fold->writes++;
    return result < 0 ? result : state_appealed_rating_put(fold->txn, target->seq, &row);
}

static int notice_of_overdue(struct fold *fold, const struct appeal *appeal, int64_t due_ms)
{
    struct notice_about about = {.id = appeal->id, .store = appeal->store, .grade = grade_is_general};
    if (HAS(appeal, appeal, department))
        about.department = appeal->department;
    if (HAS(appeal, appeal, parties))
        about.skip = appeal->parties;
    if (about.skip.count < NAMES_MAX)
        about.skip.item[about.skip.count++] = appeal->by;
    return notice_raise(fold, &about, "unanswered", fold->policy.breach_percent, APPEAL_LEVEL, due_ms);
}

static int follow(struct fold *fold, const struct appeal *appeal, const struct appeal_effects *effects, int64_t at_ms)
{
    bool of_entry = HAS(appeal, appeal, entry);
    int result = 0;
    if (effects->overdue)
        result = notice_of_overdue(fold, appeal, at_ms);
    if (result == 0 && effects->ruled)
        result = notices_end(fold, appeal->id);
    if (result == 0 && effects->gone)
        result = notices_gone(fold, appeal->id);
    if (result == 0 && effects->upheld)
        result = of_entry ? appeal_entry_reverse(fold, appeal) : rating_uphold(fold, appeal);
    if (result == 0 && effects->final && of_entry)
        result = appeal_entry_thaw(fold, appeal->entry);
    return result;
}

/* Beyond whom the card names: a department is better off without a low rating, so that none of its own rules on one. */
static int is_party(struct fold *fold, const struct appeal *appeal, struct span by, bool *ret_party)
{
    struct ledger_entry entry;
    struct case_key key;
    if (!HAS(appeal, appeal, entry)) {
        *ret_party = HAS(appeal, appeal, department) && party_belongs(fold, by, appeal->store, appeal->department);
        return 0;
    }
    int result = case_key_of_id(appeal->entry, &key) < 0 ? -E_CORRUPT : ledger_find(fold, &key, &entry);
    return result < 0 ? (result == -E_NOT_FOUND ? -E_CORRUPT : result) : party_of_entry(fold, &entry, by, ret_party);
}

static int on_ruled(struct fold *fold, const struct event *event)
{
    bool party = false;
    char reason[REASON_MAX];
    struct appeal_case held;
    struct appeal_effects effects = {0};
    struct case_key key;
    if (case_key_of_id(event->subject, &key) < 0 || case_letter(&key) != 'A')
        return 0;
    int result = appeal_load(fold, &key, &held);
    if (result == -E_NOT_FOUND) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_CASE, "%.*s is not known", SPAN_ARGS(event->subject));
        return 0;
    }
    if (result == 0)
        result = is_party(fold, &held.card, event->data.appeal_ruled.by, &party);
    if (result < 0)
        return result;
    int status =
        appeal_decide(&fold->policy, &held.card, event, fold->step.cause, party, &effects, reason, sizeof reason);
    if (status < 0) {
        fold_refuse(fold, OUTCOME_REJECTED, status, "%s", reason);
        return 0;
    }
    fold_accept(fold);
    if (fold->weighs)
        return 0;
    result = appeal_save(fold, &held);
    return result < 0 ? result : follow(fold, &held.card, &effects, fold->step.cause.at_ms);
}

/* ---- the role ---- */

int appeals_on_event(struct fold *fold, const struct event *event)
{
    if (event->type == EVENT_appeal_filed)
        return on_filed(fold, event);
    return event->type == EVENT_appeal_ruled || event->type == EVENT_appeal_reviewed ? on_ruled(fold, event) : 0;
}

int appeals_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms)
{
    struct appeal_case held;
    struct appeal_effects effects = {0};
    int result = appeal_load(fold, key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    appeal_advance(&fold->policy, &held.card, due_ms, fold->step.cause, &effects);
    result = appeal_save(fold, &held);
    return result < 0 ? result : follow(fold, &held.card, &effects, due_ms);
}

int appeals_on_policy(struct fold *fold, const struct case_key *key)
{
    struct appeal_case held;
    int result = appeal_load(fold, key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    return appeal_reckon(&fold->policy, &held.card, fold->step.cause) ? appeal_save(fold, &held) : 0;
}
