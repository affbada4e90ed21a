/* callback.c - a callback falls due, is claimed, tried and ends. */
#include "core/callback.h"

#include "core/calendar.h"
#include "core/ensure.h"
#include "core/rejection.h"

#include <stdio.h>

#define TO(status) (1u << callback_status_is_##status)
#define ENDS (TO(done) | TO(refused) | TO(unreachable) | TO(cancelled) | TO(skipped))

/* The drawing in callback.h, row by row: where a callback may go from here. */
static const uint32_t allowed_next[callback_status_count] = {
    [callback_status_is_planned] = TO(planned) | TO(due) | ENDS,
    [callback_status_is_due] = TO(planned) | TO(claimed) | TO(message) | ENDS,
    [callback_status_is_claimed] = TO(planned) | TO(due) | TO(message) | ENDS,
    [callback_status_is_message] = TO(planned) | ENDS,
};

void callback_move(struct callback *callback, enum callback_status next)
{
    ensure((allowed_next[callback->status] >> next) & 1);
    callback->status = (int32_t)next;
}

bool callback_has_ended(const struct callback *callback)
{
    return (ENDS >> callback->status) & 1;
}

bool callback_sleeps(const struct callback *callback)
{
    return callback->kind == callback_kind_is_lapsed && callback->status == callback_status_is_planned &&
           HAS(callback, callback, due_from);
}

bool callback_is_open(const struct callback *callback)
{
    return !callback_has_ended(callback) && !callback_sleeps(callback);
}

bool callback_was_contact(const struct callback *callback)
{
    return callback->status == callback_status_is_done || callback->status == callback_status_is_refused;
}

static void note(struct callback *callback, struct cause cause, int64_t at_ms, struct span type, struct span by,
                 struct span said)
{
    callback->changed_seq = (int64_t)cause.seq;
    history_add(callback->history, &callback->history_count, cause.seq, at_ms, type, by, said);
}

static void release(struct callback *callback)
{
    UNSET(callback, callback, agent);
    UNSET(callback, callback, claimed_until);
}

static void end(struct callback *callback, enum callback_status status, int64_t at_ms)
{
    callback_move(callback, status);
    callback->overdue = false;
    UNSET(callback, callback, claimed_until);
    UNSET(callback, callback, next_try_at);
    UNSET(callback, callback, message_until);
    SET(callback, callback, closed_at, at_ms);
}

/* So long after that, in whole seconds. */
static int64_t after_ms(const struct policy *policy, const struct callback *callback, int64_t at_ms,
                        struct duration duration)
{
    return calendar_add(policy, callback->store, at_ms, duration);
}

static struct duration wall(int64_t ms)
{
    return (struct duration){ms, TIME_WALL};
}

/* All tries were in vain. */
static void leave_message(const struct policy *policy, struct callback *callback, int64_t at_ms)
{
    callback_move(callback, callback_status_is_message);
    callback->overdue = false;
    release(callback);
    UNSET(callback, callback, next_try_at);
    SET(callback, callback, message_until, after_ms(policy, callback, at_ms, wall(policy->callbacks.message_waits_ms)));
}

/* ---- time ---- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When calling is over, one way or the other. */
static int64_t calls_end_ms(const struct callback *callback)
{
    return callback->tries > 0 ? callback->window_ends_at : callback->give_up_at;
}

/* Of its own life; who is to call may be out of reach besides. */
static int64_t life_due(const struct policy *policy, const struct callback *callback)
{
    int64_t overdue_ms = callback->overdue ? INT64_MAX : callback->overdue_at;
    switch ((enum callback_status)callback->status) {
    case callback_status_is_planned:
        return callback->due_at;
    case callback_status_is_due:
        return least(overdue_ms, calls_end_ms(callback));
    case callback_status_is_claimed:
        return least(overdue_ms, callback->claimed_until);
    case callback_status_is_message:
        return callback->message_until;
    default:
        return HAS(callback, callback, gone)
                   ? INT64_MAX
                   : after_ms(policy, callback, callback->closed_at, wall(policy->card_keep_ms));
    }
}

int64_t callback_next_due(const struct policy *policy, const struct callback *callback)
{
    int64_t life_ms = life_due(policy, callback);
    return HAS(callback, callback, climb_at) ? least(callback->climb_at, life_ms) : life_ms;
}

static void its_day_has_come(const struct policy *policy, struct callback *callback, int32_t skip, struct cause cause)
{
    int64_t at_ms = callback->due_at;
    if (skip != CALLBACK_NOT_SKIPPED) {
        SET(callback, callback, skipped_because, skip);
        end(callback, callback_status_is_skipped, at_ms);
        note(callback, cause, at_ms, span_of("callback.skipped"), (struct span){0},
             span_of(choice_name(choice_of_callback_skip(), skip)));
        return;
    }
    callback_move(callback, callback_status_is_due);
    SET(callback, callback, overdue_at, after_ms(policy, callback, at_ms, wall(policy->callbacks.overdue_after_ms)));
    SET(callback, callback, give_up_at, after_ms(policy, callback, at_ms, wall(policy->callbacks.give_up_after_ms)));
    note(callback, cause, at_ms, span_of("callback.due"), (struct span){0}, (struct span){0});
}

static void calls_are_over(const struct policy *policy, struct callback *callback, int64_t due_ms, struct cause cause)
{
    if (callback->tries > 0) {
        leave_message(policy, callback, due_ms);
        note(callback, cause, due_ms, span_of("callback.message"), (struct span){0}, span_of("time for tries is over"));
        return;
    }
    SET(callback, callback, skipped_because, callback_skip_is_too_late);
    end(callback, callback_status_is_skipped, due_ms);
    note(callback, cause, due_ms, span_of("callback.skipped"), (struct span){0}, span_of("too_late"));
}

/* One thing that is due. */
static void advance(const struct policy *policy, struct callback *callback, int64_t due_ms, int32_t skip,
                    struct cause cause)
{
    enum callback_status status = (enum callback_status)callback->status;
    bool waits = status == callback_status_is_due || status == callback_status_is_claimed;
    if (status == callback_status_is_planned) {
        its_day_has_come(policy, callback, skip, cause);
    } else if (status == callback_status_is_due && calls_end_ms(callback) <= due_ms) {
        calls_are_over(policy, callback, due_ms, cause);
    } else if (status == callback_status_is_claimed && callback->claimed_until <= due_ms) {
        callback_move(callback, callback_status_is_due);
        release(callback);
        note(callback, cause, due_ms, span_of("callback.lapsed"), (struct span){0}, (struct span){0});
    } else if (waits) {
        callback->overdue = true;
        note(callback, cause, due_ms, span_of("callback.overdue"), (struct span){0}, (struct span){0});
    } else if (status == callback_status_is_message) {
        end(callback, callback_status_is_unreachable, due_ms);
        note(callback, cause, due_ms, span_of("callback.unreachable"), (struct span){0}, (struct span){0});
    } else {
        SET(callback, callback, gone, true);
        callback->changed_seq = (int64_t)cause.seq;
    }
}

void callback_advance(const struct policy *policy, struct callback *callback, int64_t due_ms, int32_t skip,
                      struct cause cause)
{
    while (life_due(policy, callback) <= due_ms)
        advance(policy, callback, due_ms, skip, cause);
}

/* ---- facts ---- */

void callback_skip(struct callback *callback, enum callback_skip because, const struct event *event, struct cause cause)
{
    ensure(!callback_has_ended(callback));
    SET(callback, callback, skipped_because, (int32_t)because);
    end(callback, callback_status_is_skipped, cause.at_ms);
    note(callback, cause, cause.at_ms, span_of("callback.skipped"), (struct span){0},
         span_of(choice_name(choice_of_callback_skip(), (int32_t)because)));
    if (event)
        history_time(callback->history, callback->history_count, event);
}

bool callback_answered(struct callback *callback, const struct event *event, struct cause cause)
{
    if (callback_has_ended(callback))
        return false;
    end(callback, callback_status_is_done, cause.at_ms);
    note(callback, cause, cause.at_ms, span_of("callback.answered"), (struct span){0}, (struct span){0});
    history_time(callback->history, callback->history_count, event);
    return true;
}

static void count_try(const struct policy *policy, struct callback *callback, int64_t at_ms)
{
    const struct callback_rules *figures = &policy->callbacks;
    if (callback->status == callback_status_is_claimed) {
        callback_move(callback, callback_status_is_due);
        release(callback);
    }
    callback->tries++;
    if (callback->tries == 1)
        SET(callback, callback, window_ends_at,
            callback_working_ms(policy, callback->store, at_ms + figures->tries_within_ms));
    if (callback->tries >= figures->tries_most)
        leave_message(policy, callback, at_ms);
    else
        SET(callback, callback, next_try_at,
            callback_working_ms(policy, callback->store, at_ms + figures->try_again_after_ms));
}

bool callback_tried(const struct policy *policy, struct callback *callback, const struct event *fact, bool may,
                    struct cause cause)
{
    const struct unreached *unreached = &fact->data.unreached;
    bool calls_go_on = callback->status == callback_status_is_due || callback->status == callback_status_is_claimed;
    if (callback_has_ended(callback))
        return false;
    if (may && unreached->reason == unreached_reason_is_refused)
        end(callback, callback_status_is_refused, cause.at_ms);
    else if (may && unreached->reason == unreached_reason_is_wrong_number)
        end(callback, callback_status_is_unreachable, cause.at_ms);
    else if (may && calls_go_on)
        count_try(policy, callback, cause.at_ms);
    bool named = HAS(unreached, unreached, call) && HAS(&unreached->call, call, agent);
    note(callback, cause, cause.at_ms, fact->type_name, named ? unreached->call.agent : (struct span){0},
         span_of(may ? choice_name(choice_of_unreached_reason(), unreached->reason) : "may not call"));
    history_time(callback->history, callback->history_count, fact);
    return true;
}

/* ---- decisions ---- */

/* One decision on its way. */
struct step {
    const struct policy *policy;
    struct callback *callback;
    const struct event *decision;
    struct span by;
    struct cause cause;
    struct reason reason;
};

static int check_claimant(const struct step *step)
{
    const struct callback *callback = step->callback;
    if (callback->status != callback_status_is_claimed || span_equal(callback->agent, step->by))
        return 0;
    return rejection(step->reason, -E_WRONG_STATE, "%.*s is claimed by %.*s until %s", SPAN_ARGS(callback->id),
                     SPAN_ARGS(callback->agent), local_time(step->policy, callback->claimed_until).text);
}

static int check_rescheduled(const struct step *step)
{
    int64_t at_ms = step->decision->data.rescheduled.at;
    int64_t most_ms = step->cause.at_ms + step->policy->callbacks.postponed_most_ms;
    if (at_ms <= step->cause.at_ms)
        return rejection(step->reason, -E_BAD_DECISION, "%.*s can't be put off until %s, which has passed",
                         SPAN_ARGS(step->callback->id), local_time(step->policy, at_ms).text);
    if (at_ms > most_ms)
        return rejection(step->reason, -E_BAD_DECISION, "%.*s can be put off until %s at most, not until %s",
                         SPAN_ARGS(step->callback->id), local_time(step->policy, most_ms).text,
                         local_time(step->policy, at_ms).text);
    return check_claimant(step);
}

/* A claim never outlives the time for calls. */
static void apply_claimed(const struct step *step)
{
    struct callback *callback = step->callback;
    int64_t until_ms =
        after_ms(step->policy, callback, step->cause.at_ms, wall(step->policy->callbacks.claim_lapses_after_ms));
    callback_move(callback, callback_status_is_claimed);
    SET(callback, callback, agent, step->by);
    SET(callback, callback, claimed_until, least(until_ms, calls_end_ms(callback)));
}

/* The customer's own wish: tries begin anew. */
static void apply_rescheduled(const struct step *step)
{
    struct callback *callback = step->callback;
    callback_move(callback, callback_status_is_planned);
    release(callback);
    UNSET(callback, callback, due_from);
    UNSET(callback, callback, next_try_at);
    UNSET(callback, callback, window_ends_at);
    UNSET(callback, callback, message_until);
    callback->tries = 0;
    callback->overdue = false;
    callback->due_at = callback_working_ms(step->policy, callback->store, step->decision->data.rescheduled.at);
}

static void apply_done(const struct step *step)
{
    SET(step->callback, callback, agent, step->by);
    end(step->callback, callback_status_is_done, step->cause.at_ms);
}

static void apply_cancelled(const struct step *step)
{
    end(step->callback, callback_status_is_cancelled, step->cause.at_ms);
}

#define IN(status) (1u << callback_status_is_##status)

struct rule {
    enum event_type type;
    uint32_t states;                       /* in which it may be taken */
    int (*check)(const struct step *step); /* NULL: nothing more to check */
    void (*apply)(const struct step *step);
};

static const struct rule rules[] = {
    {EVENT_callback_claimed, IN(due), NULL, apply_claimed},
    {EVENT_callback_rescheduled, IN(planned) | IN(due) | IN(claimed) | IN(message), check_rescheduled,
     apply_rescheduled},
    {EVENT_callback_done, IN(due) | IN(claimed) | IN(message), check_claimant, apply_done},
    {EVENT_callback_cancelled, IN(planned) | IN(due) | IN(claimed) | IN(message), NULL, apply_cancelled},
};

static const struct rule *rule_of(enum event_type type)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].type == type)
            return &rules[i];
    }
    unreachable();
}

static int check_state(const struct step *step, const struct rule *rule)
{
    const struct callback *callback = step->callback;
    if ((rule->states >> callback->status) & 1)
        return 0;
    if (callback_has_ended(callback))
        return rejection(step->reason, -E_WRONG_STATE, "%.*s is %s since %s", SPAN_ARGS(callback->id),
                         choice_name(choice_of_callback_status(), callback->status),
                         local_time(step->policy, callback->closed_at).text);
    if (callback->status == callback_status_is_planned)
        return rejection(step->reason, -E_WRONG_STATE, "%.*s is not to be called before %s", SPAN_ARGS(callback->id),
                         local_time(step->policy, callback->due_at).text);
    if (callback->status == callback_status_is_message)
        return rejection(step->reason, -E_WRONG_STATE,
                         "%.*s: all tries were in vain; a message waits for an answer until %s",
                         SPAN_ARGS(callback->id), local_time(step->policy, callback->message_until).text);
    if (span_equal(callback->agent, step->by))
        return rejection(step->reason, -E_ALREADY_DONE, "%.*s is claimed by %.*s already", SPAN_ARGS(callback->id),
                         SPAN_ARGS(step->by));
    return check_claimant(step);
}

static int check_person(const struct step *step, enum callback_bar bar)
{
    if (bar == BAR_NONE)
        return 0;
    return rejection(step->reason, -E_NOT_ALLOWED_PERSON, "%.*s %s and may not decide about %.*s; somebody else must",
                     SPAN_ARGS(step->by),
                     bar == BAR_SERVED ? "served the customer" : "is complained about by the customer",
                     SPAN_ARGS(step->callback->id));
}

int callback_decide(const struct policy *policy, struct callback *callback, const struct event *decision,
                    enum callback_bar bar, struct cause cause, char *reason, size_t reason_size)
{
    const struct rule *rule = rule_of(decision->type);
    struct step step = {policy, callback, decision, decision->data.decided.by, cause, {reason, reason_size}};
    int rc = check_state(&step, rule);
    if (rc == 0)
        rc = check_person(&step, bar);
    if (rc == 0 && rule->check)
        rc = rule->check(&step);
    if (rc != 0)
        return rc;
    rule->apply(&step);
    note(callback, cause, cause.at_ms, decision->type_name, step.by, (struct span){0});
    history_time(callback->history, callback->history_count, decision);
    return 0;
}
