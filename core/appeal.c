/* appeal.c - checks first, then the move; nothing is changed before every check has passed. */
#include "core/appeal.h"

#include "core/calendar.h"
#include "core/ensure.h"
#include "core/names.h"
#include "core/rejection.h"

#include <stdio.h>

/* Both decisions begin with who took them. */
_Static_assert(offsetof(struct decided, by) == offsetof(struct appeal_ruled, by), "`by` comes first");
_Static_assert(offsetof(struct decided, by) == offsetof(struct appeal_filed, by), "`by` comes first");

#define TO(status) (1u << appeal_status_is_##status)

/* The drawing in appeal.h, row by row: where an appeal may go from here. */
static const uint32_t allowed_next[appeal_status_count] = {
    [appeal_status_is_filed] = TO(upheld) | TO(rejected),
    [appeal_status_is_rejected] = TO(upheld) | TO(final),
    [appeal_status_is_upheld] = 0,
    [appeal_status_is_final] = 0,
};

/* Every move of status goes through here. */
static void appeal_move(struct appeal *appeal, enum appeal_status next)
{
    ensure((allowed_next[appeal->status] >> next) & 1);
    appeal->status = (int32_t)next;
}

bool appeal_is_open(const struct appeal *appeal)
{
    return appeal->status == appeal_status_is_filed || appeal->status == appeal_status_is_rejected;
}

/* A decision's own time where it is near enough to the journal's, else the journal's. */
static int64_t decided_ms(const struct policy *policy, const struct event *decision, int64_t at_ms)
{
    bool counts =
        decision->has_time && decision->time_ms <= at_ms && at_ms - decision->time_ms <= policy->decision_slack_ms;
    return counts ? decision->time_ms : at_ms;
}

static void told(struct appeal *appeal, struct cause cause, int64_t at_ms, const char *type, struct span by,
                 struct span said)
{
    appeal->changed_seq = (int64_t)cause.seq;
    history_add(appeal->history, &appeal->history_count, cause.seq, at_ms, span_of(type), by, said);
}

/* ---- filing ---- */

static struct span matter_name(const struct appeal_matter *matter, char text[32])
{
    if (matter->entry.len)
        return matter->entry;
    snprintf(text, 32, "rating %llu", (unsigned long long)matter->rating);
    return span_of(text);
}

static int check_filing(const struct policy *policy, const struct appeal_matter *matter, const struct event *decision,
                        struct cause cause, struct reason reason)
{
    char text[32];
    struct span name = matter_name(matter, text);
    struct span by = decision->data.appeal_filed.by;
    if (matter->concerned.count == 0)
        return rejection(reason, -E_NOT_ALLOWED_PERSON, "%.*s concerns nobody by name, so that nobody can appeal",
                         SPAN_ARGS(name));
    if (!names_have(&matter->concerned, by))
        return rejection(reason, -E_NOT_ALLOWED_PERSON,
                         "%.*s concerns %.*s, not %.*s; only whom it concerns may appeal", SPAN_ARGS(name),
                         SPAN_ARGS(matter->concerned.item[0]), SPAN_ARGS(by));
    int64_t until_ms = calendar_add(policy, matter->store, matter->notice_ms, policy->ranking.appeal_file_within);
    if (decided_ms(policy, decision, cause.at_ms) > until_ms)
        return rejection(reason, -E_TOO_LATE, "an appeal against %.*s had to be filed by %s", SPAN_ARGS(name),
                         local_time(policy, until_ms).text);
    return 0;
}

int appeal_file(const struct policy *policy, const struct appeal_matter *matter, const struct event *decision,
                struct cause cause, char *id_text, struct appeal *ret_appeal, char *reason, size_t reason_size)
{
    const struct appeal_filed *filed = &decision->data.appeal_filed;
    int status = check_filing(policy, matter, decision, cause, (struct reason){reason, reason_size});
    if (status < 0)
        return status;
    snprintf(id_text, CASE_ID_MAX, "A-%llu", (unsigned long long)cause.seq);
    struct appeal appeal = {
        .id = span_of(id_text),
        .seq = (int64_t)cause.seq,
        .by = filed->by,
        .ground = filed->ground,
        .store = matter->store,
        .status = appeal_status_is_filed,
        .filed_at = cause.at_ms,
        .rule_due_at = calendar_add(policy, matter->store, cause.at_ms, policy->ranking.appeal_rule_within),
    };
    if (matter->entry.len)
        SET(&appeal, appeal, entry, matter->entry);
    else
        SET(&appeal, appeal, rating, (int64_t)matter->rating);
    if (matter->department.len)
        SET(&appeal, appeal, department, matter->department);
    if (matter->parties.count)
        SET(&appeal, appeal, parties, matter->parties);
    told(&appeal, cause, cause.at_ms, "appeal.filed", filed->by,
         span_of(choice_name(choice_of_appeal_ground(), filed->ground)));
    history_time(appeal.history, appeal.history_count, decision);
    *ret_appeal = appeal;
    return 0;
}

/* ---- ruling ---- */

/* One decision on its way. */
struct step {
    const struct policy *policy;
    struct appeal *appeal;
    const struct event *decision;
    struct cause cause;
    bool is_party;
    struct reason reason;
};

static int check_state(const struct step *step, bool review)
{
    const struct appeal *appeal = step->appeal;
    if (!appeal_is_open(appeal))
        return rejection(step->reason, -E_WRONG_STATE, "%.*s ended on %s: %s", SPAN_ARGS(appeal->id),
                         local_time(step->policy, appeal->closed_at).text,
                         appeal->status == appeal_status_is_upheld ? "it was upheld" : "there is no third look");
    if (!review && appeal->status == appeal_status_is_rejected)
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s ruled on %.*s already; a second look is a review",
                         SPAN_ARGS(appeal->ruled_by), SPAN_ARGS(appeal->id));
    if (review && appeal->status == appeal_status_is_filed)
        return rejection(step->reason, -E_WRONG_STATE, "%.*s has not been ruled on; a review comes after the ruling",
                         SPAN_ARGS(appeal->id));
    return 0;
}

static int check_person(const struct step *step, bool review)
{
    const struct appeal *appeal = step->appeal;
    struct span by = step->decision->data.appeal_ruled.by;
    if (span_equal(by, appeal->by))
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON, "%.*s filed %.*s and may not rule on it", SPAN_ARGS(by),
                         SPAN_ARGS(appeal->id));
    if (step->is_party || (HAS(appeal, appeal, parties) && names_have(&appeal->parties, by)))
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON,
                         "%.*s is party to what %.*s is about and may not rule on it", SPAN_ARGS(by),
                         SPAN_ARGS(appeal->id));
    if (review && span_equal(by, appeal->ruled_by))
        return rejection(step->reason, -E_NOT_ALLOWED_PERSON,
                         "%.*s ruled on %.*s; somebody else must take the second look", SPAN_ARGS(by),
                         SPAN_ARGS(appeal->id));
    return 0;
}

/* A department is named only for a rating that is accounted to another one. */
static int check_department(const struct step *step)
{
    const struct appeal *appeal = step->appeal;
    const struct appeal_ruled *ruled = &step->decision->data.appeal_ruled;
    if (!HAS(ruled, appeal_ruled, department))
        return 0;
    bool moves = ruled->upheld && HAS(appeal, appeal, rating) && appeal->ground == appeal_ground_is_wrong_department;
    if (!moves)
        return rejection(step->reason, -E_BAD_DECISION,
                         "only a rating that is upheld as of the wrong department goes to another one; %.*s doesn't",
                         SPAN_ARGS(appeal->id));
    if (span_equal(ruled->department, appeal->department))
        return rejection(step->reason, -E_BAD_DECISION, "%.*s is the department that %.*s is about",
                         SPAN_ARGS(ruled->department), SPAN_ARGS(appeal->id));
    return 0;
}

static void end(struct appeal *appeal, enum appeal_status status, int64_t at_ms)
{
    appeal_move(appeal, status);
    SET(appeal, appeal, closed_at, at_ms);
}

static void apply(const struct step *step, bool review, struct appeal_effects *effects)
{
    struct appeal *appeal = step->appeal;
    const struct appeal_ruled *ruled = &step->decision->data.appeal_ruled;
    int64_t at_ms = step->cause.at_ms;
    if (ruled->upheld) {
        end(appeal, appeal_status_is_upheld, at_ms);
        effects->upheld = true;
        if (HAS(ruled, appeal_ruled, department))
            SET(appeal, appeal, moved_to, ruled->department);
    } else if (review) {
        end(appeal, appeal_status_is_final, at_ms);
        effects->final = true;
    } else {
        appeal_move(appeal, appeal_status_is_rejected);
        SET(appeal, appeal, review_due_at,
            calendar_add(step->policy, appeal->store, at_ms, step->policy->ranking.appeal_review_within));
    }
    if (review) {
        SET(appeal, appeal, reviewed_by, ruled->by);
    } else {
        SET(appeal, appeal, ruled_by, ruled->by);
        SET(appeal, appeal, ruled_at, at_ms);
    }
    effects->ruled = true;
    told(appeal, step->cause, at_ms, review ? "appeal.reviewed" : "appeal.ruled", ruled->by,
         span_of(ruled->upheld ? "upheld" : "rejected"));
    history_time(appeal->history, appeal->history_count, step->decision);
}

int appeal_decide(const struct policy *policy, struct appeal *appeal, const struct event *decision, struct cause cause,
                  bool is_party, struct appeal_effects *effects, char *reason, size_t reason_size)
{
    const struct step step = {policy, appeal, decision, cause, is_party, {reason, reason_size}};
    bool review = decision->type == EVENT_appeal_reviewed;
    int status = check_state(&step, review);
    if (status == 0)
        status = check_person(&step, review);
    if (status == 0)
        status = check_department(&step);
    if (status == 0)
        apply(&step, review, effects);
    return status;
}

/* ---- deadlines ---- */

int64_t appeal_next_due(const struct policy *policy, const struct appeal *appeal)
{
    if (appeal->status == appeal_status_is_filed)
        return appeal->overdue ? INT64_MAX : appeal->rule_due_at;
    if (appeal->status == appeal_status_is_rejected)
        return appeal->review_due_at;
    if (HAS(appeal, appeal, gone) && appeal->gone)
        return INT64_MAX;
    return calendar_add(policy, appeal->store, appeal->closed_at, (struct duration){policy->card_keep_ms, TIME_WALL});
}

void appeal_advance(const struct policy *policy, struct appeal *appeal, int64_t due_ms, struct cause cause,
                    struct appeal_effects *effects)
{
    struct span nobody = {0};
    if (appeal_next_due(policy, appeal) > due_ms)
        return; /* closed cases are kept longer since it was armed */
    switch (appeal->status) {
    case appeal_status_is_filed:
        appeal->overdue = true;
        effects->overdue = true;
        told(appeal, cause, due_ms, "appeal.overdue", nobody, nobody);
        return;
    case appeal_status_is_rejected:
        end(appeal, appeal_status_is_final, due_ms);
        effects->final = true;
        told(appeal, cause, due_ms, "appeal.final", nobody, nobody);
        return;
    default:
        SET(appeal, appeal, gone, true);
        appeal->changed_seq = (int64_t)cause.seq;
        effects->gone = true;
    }
}

static bool deadline_moves(int64_t *deadline, int64_t due_ms, int64_t now_ms)
{
    if (*deadline == due_ms || *deadline <= now_ms)
        return false;
    *deadline = due_ms;
    return true;
}

bool appeal_reckon(const struct policy *policy, struct appeal *appeal, struct cause cause)
{
    const struct ranking_rules *rules = &policy->ranking;
    bool moved = false;
    if (appeal->status == appeal_status_is_filed && !appeal->overdue)
        moved = deadline_moves(&appeal->rule_due_at,
                               calendar_add(policy, appeal->store, appeal->filed_at, rules->appeal_rule_within),
                               cause.at_ms);
    if (appeal->status == appeal_status_is_rejected)
        moved = deadline_moves(&appeal->review_due_at,
                               calendar_add(policy, appeal->store, appeal->ruled_at, rules->appeal_review_within),
                               cause.at_ms);
    if (moved)
        told(appeal, cause, cause.at_ms, "policy.adopted", (struct span){0}, span_of(policy->name));
    return moved;
}
