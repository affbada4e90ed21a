/*
 * cast_decision.c - a decision about a card that somebody sees: mostly what comes next, now and then anything at all.
 */
#include "core/ensure.h"
#include "tests/sim/cast_inside.h"

#include <stdlib.h>

static void by_somebody(struct draft *draft, enum event_type type)
{
    draft->event.type = type;
    struct decided *decided = &draft->data.decided; /* every decision begins with who took it */
    SET(decided, decided, by, span_of(town_person(draft->dice)));
    if (dice_chance(draft->dice, 1, 4))
        draft->event.time_ms = draft->wall_ms - dice_between(draft->dice, 0, MINUTES(40));
}

/* ---- complaints ---- */

static void verified_fill(struct draft *draft)
{
    struct complaint_verified *verified = &draft->data.complaint_verified;
    int64_t die = dice_between(draft->dice, 0, 9);
    if (die < 5)
        SET(verified, complaint_verified, satisfied, true);
    else if (die < 7)
        SET(verified, complaint_verified, satisfied, false);
    if (die >= 7)
        SET(verified, complaint_verified, unreachable, die < 9);
}

static void judged_fill(struct draft *draft)
{
    struct judged *judged = &draft->data.judged;
    SET(judged, judged, verdict, (int32_t)dice_between(draft->dice, 0, verdict_count - 1));
    struct name_list staff = {.count = (uint32_t)dice_between(draft->dice, 1, 3)};
    for (uint32_t i = 0; i < staff.count; i++)
        staff.item[i] = span_of(town_person(draft->dice));
    if (dice_chance(draft->dice, 1, 2))
        SET(judged, judged, staff, staff);
}

static void paused_fill(struct draft *draft)
{
    struct paused *paused = &draft->data.paused;
    struct dice *dice = draft->dice;
    SET(paused, paused, reason, (int32_t)dice_between(dice, 0, pause_reason_count - 1));
    int64_t ms =
        dice_chance(dice, 1, 4) ? dice_between(dice, -DAYS(1), DAYS(14)) : dice_between(dice, MINUTES(10), HOURS(20));
    SET(paused, paused, until, draft->wall_ms + ms);
}

static void resolved_fill(struct draft *draft)
{
    struct resolved *resolved = &draft->data.resolved;
    if (dice_chance(draft->dice, 1, 3))
        SET(resolved, resolved, compensation_fen, dice_between(draft->dice, 0, 100000));
}

static void planned_fill(struct draft *draft)
{
    struct planned *planned = &draft->data.planned;
    SET(planned, planned, measure, span_of("new pads, and a car meanwhile"));
    if (dice_chance(draft->dice, 1, 2))
        SET(planned, planned, due, draft->wall_ms + dice_between(draft->dice, -HOURS(2), DAYS(3)));
}

static void transferred_fill(struct draft *draft)
{
    struct transferred *transferred = &draft->data.transferred;
    if (dice_chance(draft->dice, 1, 2))
        SET(transferred, transferred, store, span_of(town_store(draft->dice)));
    if (dice_chance(draft->dice, 2, 3))
        SET(transferred, transferred, department, span_of(town_department(draft->dice)));
}

static void complaint_fill(struct draft *draft, enum event_type type, struct span other)
{
    by_somebody(draft, type);
    union event_data *data = &draft->data;
    struct dice *dice = draft->dice;
    if (type == EVENT_complaint_graded)
        SET(&data->graded, graded, grade, (int32_t)dice_between(dice, 0, grade_count - 1));
    else if (type == EVENT_complaint_assigned && dice_chance(dice, 9, 10))
        SET(&data->assigned, assigned, handler, span_of(town_person(dice)));
    else if (type == EVENT_complaint_planned)
        planned_fill(draft);
    else if (type == EVENT_complaint_paused)
        paused_fill(draft);
    else if (type == EVENT_complaint_resolved)
        resolved_fill(draft);
    else if (type == EVENT_complaint_verified)
        verified_fill(draft);
    else if (type == EVENT_complaint_judged)
        judged_fill(draft);
    else if (type == EVENT_complaint_reopened)
        SET(&data->reasoned, reasoned, reason, span_of("it squeals again"));
    else if (type == EVENT_complaint_merged)
        SET(&data->merged, merged, into, other.len && other.len <= NAME_MAX_BYTES ? other : span_of("C-9999999"));
    else if (type == EVENT_complaint_transferred)
        transferred_fill(draft);
    else if (type == EVENT_complaint_escalated)
        SET(&data->escalated, escalated, level, dice_between(dice, 0, 4));
}

static enum event_type next_of_complaint(const struct complaint *complaint, struct dice *dice)
{
    int64_t die = dice_between(dice, 0, 9);
    switch (complaint->status) {
    case complaint_status_is_received:
        return EVENT_complaint_acknowledged;
    case complaint_status_is_acknowledged:
        return die < 6 ? EVENT_complaint_planned : EVENT_complaint_resolved;
    case complaint_status_is_planned:
        return EVENT_complaint_resolved;
    case complaint_status_is_resolved:
        return die < 5 ? EVENT_complaint_verified : die < 9 ? EVENT_complaint_judged : EVENT_complaint_reopened;
    default:
        return die < 3 ? EVENT_complaint_reopened : EVENT_complaint_noted;
    }
}

static void complaint_decision(struct draft *draft, struct span card, struct span other)
{
    struct flaw flaw;
    struct complaint *complaint = cast_take(sizeof *complaint);
    struct dice *dice = draft->dice;
    int result = record_decode(&record_of_complaint, card, complaint, &flaw);
    ensure(result == 0);
    draft->event.subject = draft_word(draft, "%.*s", SPAN_ARGS(complaint->id));
    if (complaint->status == complaint_status_is_resolved && dice_chance(dice, 1, 6)) {
        struct unreached *unreached = &draft->data.unreached;
        draft->event.type = EVENT_feedback_unreached;
        SET(unreached, unreached, callback, draft->event.subject);
        SET(unreached, unreached, reason, (int32_t)dice_between(dice, 0, unreached_reason_count - 1));
        draft->event.subject = (struct span){0};
    } else if (dice_chance(dice, 3, 4)) {
        complaint_fill(draft, next_of_complaint(complaint, dice), other);
    } else {
        int64_t any = dice_between(dice, EVENT_complaint_acknowledged, EVENT_complaint_escalated);
        complaint_fill(draft, (enum event_type)any, other);
    }
    /* who is complained about, or handles it, has something to say, too */
    struct decided *decided = &draft->data.decided;
    if (draft->event.type != EVENT_feedback_unreached && dice_chance(dice, 1, 8)) {
        if (complaint->staff.count > 0)
            SET(decided, decided, by, draft_word(draft, "%.*s", SPAN_ARGS(complaint->staff.item[0])));
        else if (HAS(complaint, complaint, handler))
            SET(decided, decided, by, draft_word(draft, "%.*s", SPAN_ARGS(complaint->handler)));
    }
    free(complaint);
}

/* ---- tasks ---- */

static void task_fill(struct draft *draft, enum event_type type)
{
    by_somebody(draft, type);
    union event_data *data = &draft->data;
    struct dice *dice = draft->dice;
    if (type == EVENT_task_assigned && dice_chance(dice, 9, 10))
        SET(&data->assigned, assigned, responsible, span_of(town_person(dice)));
    if (type == EVENT_task_extended) {
        SET(&data->extended, extended, due, draft->wall_ms + dice_between(dice, -HOURS(5), DAYS(5)));
        SET(&data->extended, extended, reason, span_of("the part is late"));
    } else if (type == EVENT_task_verified) {
        SET(&data->task_verified, task_verified, effective, dice_chance(dice, 2, 3));
    } else if (type == EVENT_task_cancelled) {
        SET(&data->reasoned, reasoned, reason, span_of("has been done already"));
    }
}

static void task_opened_draft(struct draft *draft)
{
    struct dice *dice = draft->dice;
    by_somebody(draft, EVENT_task_opened);
    struct task_opened *opened = &draft->data.task_opened;
    SET(opened, task_opened, store, span_of(town_store(dice)));
    SET(opened, task_opened, department, span_of(town_department(dice)));
    SET(opened, task_opened, measure, span_of("hand over cars by daylight"));
    SET(opened, task_opened, responsible, span_of(town_person(dice)));
    SET(opened, task_opened, due, draft->wall_ms + dice_between(dice, -HOURS(3), DAYS(6)));
}

static void task_decision(struct draft *draft, struct span card)
{
    struct flaw flaw;
    struct task *task = cast_take(sizeof *task);
    struct dice *dice = draft->dice;
    int result = record_decode(&record_of_task, card, task, &flaw);
    ensure(result == 0);
    enum event_type type = (enum event_type)dice_between(dice, EVENT_task_assigned, EVENT_task_cancelled);
    if (dice_chance(dice, 3, 5) && task->status <= task_status_is_completed)
        type = task->status == task_status_is_open      ? EVENT_task_started
               : task->status == task_status_is_started ? EVENT_task_completed
                                                        : EVENT_task_verified;
    draft->event.subject = draft_word(draft, "%.*s", SPAN_ARGS(task->id));
    task_fill(draft, type);
    free(task);
}

/* ---- callbacks ---- */

/* A call, and what came of it: nobody answered, or the customer rates. */
static void call_draft(struct draft *draft, const struct callback *callback)
{
    struct dice *dice = draft->dice;
    struct span id = draft_word(draft, "%.*s", SPAN_ARGS(callback->id));
    struct span agent = span_of(town_person(dice));
    if (HAS(callback, callback, agent))
        agent = draft_word(draft, "%.*s", SPAN_ARGS(callback->agent));
    struct call call = {0};
    SET(&call, call, agent, agent);
    if (dice_chance(dice, 1, 4)) {
        rating_draft(draft);
        SET(&draft->data.rated, rated, callback, id);
        return;
    }
    struct unreached *unreached = &draft->data.unreached;
    draft->event.type = EVENT_feedback_unreached;
    SET(unreached, unreached, callback, id);
    SET(unreached, unreached, reason,
        (int32_t)dice_between(dice, 0, dice_chance(dice, 1, 3) ? unreached_reason_count - 1 : 1));
    if (dice_chance(dice, 1, 2))
        SET(unreached, unreached, call, call);
}

static enum event_type next_of_callback(const struct callback *callback, struct dice *dice)
{
    if (dice_chance(dice, 1, 5))
        return (enum event_type)dice_between(dice, EVENT_callback_claimed, EVENT_callback_cancelled);
    if (callback->status == callback_status_is_due)
        return dice_chance(dice, 1, 2) ? EVENT_callback_claimed : EVENT_callback_done;
    if (callback->status == callback_status_is_claimed)
        return EVENT_callback_done;
    return EVENT_callback_rescheduled;
}

/* Mostly by whoever has claimed it; now and then by who served the customer, as anybody may be. */
static void callback_decision(struct draft *draft, struct span card)
{
    struct flaw flaw;
    struct callback *callback = cast_take(sizeof *callback);
    struct dice *dice = draft->dice;
    int result = record_decode(&record_of_callback, card, callback, &flaw);
    ensure(result == 0);
    bool calls = callback->status == callback_status_is_due || callback->status == callback_status_is_claimed;
    if (dice_chance(dice, calls ? 2 : 1, 4)) {
        call_draft(draft, callback);
    } else {
        by_somebody(draft, next_of_callback(callback, dice));
        draft->event.subject = draft_word(draft, "%.*s", SPAN_ARGS(callback->id));
        if (draft->event.type == EVENT_callback_rescheduled)
            SET(&draft->data.rescheduled, rescheduled, at,
                draft->wall_ms + dice_between(dice, -HOURS(2), dice_chance(dice, 1, 3) ? DAYS(16) : HOURS(20)));
        if (HAS(callback, callback, agent) && dice_chance(dice, 2, 3))
            SET(&draft->data.decided, decided, by, draft_word(draft, "%.*s", SPAN_ARGS(callback->agent)));
    }
    free(callback);
}

/* Whoever is asked rules, once or twice; sometimes who is party to it. */
static void appeal_decision(struct draft *draft, struct span card)
{
    struct flaw flaw;
    struct dice *dice = draft->dice;
    struct appeal *appeal = cast_take(sizeof *appeal);
    int result = record_decode(&record_of_appeal, card, appeal, &flaw);
    ensure(result == 0);
    bool second = dice_chance(dice, 1, 6) != (appeal->status == appeal_status_is_rejected);
    by_somebody(draft, second ? EVENT_appeal_reviewed : EVENT_appeal_ruled);
    struct appeal_ruled *ruled = &draft->data.appeal_ruled;
    SET(ruled, appeal_ruled, upheld, dice_chance(dice, 1, 2));
    SET(ruled, appeal_ruled, reason, span_of("after hearing both"));
    bool moves = ruled->upheld && appeal->ground == appeal_ground_is_wrong_department;
    if (dice_chance(dice, moves ? 2 : 1, moves ? 3 : 30))
        SET(ruled, appeal_ruled, department, span_of(town_department(dice)));
    draft->event.subject = draft_word(draft, "%.*s", SPAN_ARGS(appeal->id));
    free(appeal);
}

/* ---- anything ---- */

/* About nothing that there is, or of a kind whose rule has not come yet. */
static void odd_decision(struct draft *draft)
{
    static const char *const subjects[] = {"C-9999999", "T-9999999", "E-9999999-response-100",
                                           "Q-1",       "C-1",       "L-1-wang.li"};
    struct dice *dice = draft->dice;
    int64_t die = dice_between(dice, 0, 9);
    if (die < 2) {
        by_somebody(draft, EVENT_ledger_waived);
        SET(&draft->data.reasoned, reasoned, reason, span_of("not this time"));
    } else if (die < 3) {
        by_somebody(draft, EVENT_callback_done);
    } else if (die < 5) {
        by_somebody(draft, EVENT_escalation_acknowledged);
    } else if (die < 7) {
        task_fill(draft, (enum event_type)dice_between(dice, EVENT_task_assigned, EVENT_task_cancelled));
    } else {
        int64_t any = dice_between(dice, EVENT_complaint_acknowledged, EVENT_complaint_escalated);
        complaint_fill(draft, (enum event_type)any, span_of("C-1"));
    }
    if (dice_chance(dice, 9, 10))
        draft->event.subject = span_of(subjects[dice_between(dice, 0, 5)]);
}

/* Every fourth card is decided about as it was seen, and no dice are thrown for that. */
static void as_seen(struct draft *draft, struct span card)
{
    struct wire_value changed;
    struct span bytes;
    if (event_table(draft->event.type)->class == CLASS_DECISION &&
        wire_find(card, "changed_seq", &changed, &bytes) == 0 && changed.kind == WIRE_UINT && changed.natural % 4 == 0)
        draft->event.if_seq = (int64_t)changed.natural;
}

void decision_draft(struct draft *draft, const struct kept *card, const struct kept *other)
{
    struct dice *dice = draft->dice;
    if (dice_chance(dice, 1, 14)) {
        task_opened_draft(draft);
        return;
    }
    if (dice_chance(dice, 1, 40)) {
        veto_draft(draft);
        return;
    }
    if (!card || dice_chance(dice, 1, 14)) {
        odd_decision(draft);
        return;
    }
    struct span subject = span_make(card->bytes, card->subject_len);
    struct span bytes = span_make(card->bytes + card->subject_len, card->card_len);
    struct span of_other = {0};
    if (other && other->subject_len < 64)
        of_other = draft_word(draft, "%.*s", SPAN_ARGS(span_make(other->bytes, other->subject_len)));
    if (card->channel == CHANNEL_ledger && subject.at[0] == 'A') {
        appeal_decision(draft, bytes);
        as_seen(draft, bytes);
    } else if (card->channel == CHANNEL_ledger) {
        ledger_decision(draft, bytes);
    } else if (card->channel == CHANNEL_complaint) {
        complaint_decision(draft, bytes, of_other);
        as_seen(draft, bytes);
    } else if (card->channel == CHANNEL_callback) {
        callback_decision(draft, bytes);
        as_seen(draft, bytes);
    } else if (card->channel == CHANNEL_task) {
        task_decision(draft, bytes);
        as_seen(draft, bytes);
    } else {
        by_somebody(draft, EVENT_escalation_acknowledged);
        draft->event.subject = draft_word(draft, "%.*s", SPAN_ARGS(subject));
    }
}
