/* callback_delivery.c - who takes the calls of a store is told when a callback falls due. */
#include "core/delivery.h"
#include "workers/callbacks_inside.h"
#include "workers/cases.h"
#include "workers/deliveries.h"
#include "workers/escalations.h"
#include "workers/roles.h"
#include "workers/rosters.h"

#define CALLERS "call_centre"

/* Whoever has the first post of the store's call centre, or the next one up. */
static struct span caller_find(struct fold *fold, const struct callback *card, int64_t at_ms)
{
    char to[LABEL_MAX_BYTES + 1];
    const struct notice_about about = {.id = card->id, .store = card->store, .department = span_of(CALLERS)};
    recipient_of_other(fold, &about, ROSTER_HANDLER, at_ms, to, sizeof to);
    return name_cut(arena_copy(&fold->arena, span_of(to)));
}

/* As of at_ms; who was told before has nothing to do with it. */
static void tell(struct fold *fold, struct callback *card, int64_t at_ms)
{
    struct escalation telling;
    SET(card, callback, notify_to, caller_find(fold, card, at_ms));
    delivery_of_callback(card, &telling);
    delivery_begin(&fold->policy, at_ms, &telling);
    delivery_to_callback(&telling, card);
}

static int word_taken_back(struct fold *fold, struct callback *card)
{
    if (!HAS(card, callback, climbed_to))
        return 0;
    UNSET(card, callback, climbed_to);
    return notices_end_of(fold, card->id, NOTICE_UNDELIVERED);
}

int callback_telling_follow(struct fold *fold, struct callback_case *held)
{
    struct callback *card = &held->card;
    bool is_due = card->status == callback_status_is_due, was_due = held->was == callback_status_is_due;
    if (HAS(card, callback, gone))
        return notices_gone(fold, card->id);
    if (is_due && held->was == callback_status_is_planned)
        tell(fold, card, card->due_at);
    else if (is_due && !was_due && !HAS(card, callback, sent_at)) /* claimed before anybody was told, and forgotten */
        tell(fold, card, fold->step.cause.at_ms);
    if (is_due || !was_due)
        return 0;
    struct escalation telling;
    int result = word_taken_back(fold, card);
    delivery_of_callback(card, &telling);
    delivery_stop(&telling);
    delivery_to_callback(&telling, card);
    return result;
}

int callback_go_up(struct fold *fold, struct callback *card, int64_t at_ms)
{
    char because[LABEL_MAX_BYTES + 1];
    struct escalation telling;
    struct span up;
    struct cause cause = {fold->step.cause.seq, at_ms};
    struct notice_about about = {.id = card->id, .store = card->store, .department = span_of(CALLERS)};
    about.grade = grade_is_general;
    about.skip.item[about.skip.count++] = card->notify_to;
    delivery_of_callback(card, &telling);
    int result = notice_raise_because(fold, &about, NOTICE_UNDELIVERED, 0, ROSTER_MANAGER, at_ms,
                                      delivery_because(card->id, &telling, because), &up);
    if (result < 0)
        return result;
    if (up.len > 0)
        delivery_climbed(up, cause, &telling);
    else
        delivery_stays(&fold->policy, cause, &telling);
    delivery_to_callback(&telling, card);
    return 0;
}

int callback_told(struct fold *fold, const struct case_key *key, const struct event *event)
{
    struct callback_case held;
    struct escalation telling;
    int result = callback_load(fold, key, &held);
    if (result < 0 || HAS(&held.card, callback, gone) || callback_sleeps(&held.card))
        return result;
    result = delivery_trace(fold, key, event);
    delivery_of_callback(&held.card, &telling);
    if (result < 0 || held.card.status != callback_status_is_due || !delivery_apply(fold, event, &telling))
        return result;
    delivery_to_callback(&telling, &held.card);
    if (delivery_climb_ms(&telling) <= fold->step.cause.at_ms)
        result = callback_go_up(fold, &held.card, fold->step.cause.at_ms);
    return result < 0 ? result : callback_keep(fold, &held);
}

/* Another person takes the calls by now. */
int callbacks_on_roster(struct fold *fold, const struct case_key *key)
{
    struct callback_case held;
    const struct cause *cause = &fold->step.cause;
    int result = callback_load(fold, key, &held);
    if (result < 0)
        return result;
    struct callback *card = &held.card;
    if (card->status != callback_status_is_due || span_equal(card->notify_to, caller_find(fold, card, cause->at_ms)))
        return 0;
    result = word_taken_back(fold, card);
    tell(fold, card, cause->at_ms);
    card->changed_seq = (int64_t)cause->seq;
    return result < 0 ? result : callback_keep(fold, &held);
}
