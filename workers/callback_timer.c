/* callback_timer.c - a callback whose time has come: it falls due or is needless by now; another rulebook reckons its times anew. */
#include "core/status.h"
#include "workers/callbacks_inside.h"
#include "workers/cases.h"
#include "workers/contacts.h"
#include "workers/roles.h"

/* A lapsed customer's sleeps on when there was a later visit. */
static int sleeps_on(struct fold *fold, struct callback *card, bool *ret_sleeps)
{
    struct contact_row contact;
    *ret_sleeps = false;
    if (!callback_sleeps(card))
        return 0;
    int result = contact_find(fold, card->customer, &contact);
    if (result == 0)
        *ret_sleeps = callback_sleep_on(&fold->policy, card, contact.visited_ms, fold->step.cause);
    return result;
}

/* A re-survey, which was promised, takes the place of another call to the same customer that nobody has made yet: whatever
 * ends the customer's calls finds one. */
static int take_place(struct fold *fold, struct span earlier, int64_t due_ms)
{
    struct callback_case held;
    struct case_key key;
    struct cause cause = fold->step.cause;
    int result = earlier.len > 0 ? case_key_of_id(earlier, &key) : -E_NOT_FOUND;
    if (result == 0)
        result = callback_load(fold, &key, &held);
    if (result < 0)
        return earlier.len == 0 ? 0 : -E_CORRUPT;
    if (held.card.status != callback_status_is_due && held.card.status != callback_status_is_claimed)
        return 0;
    cause.at_ms = due_ms;
    callback_skip(&held.card, callback_skip_is_contacted, NULL, cause);
    return callback_keep(fold, &held);
}

/* Of this customer, and another than this one; empty for none. */
static int call_before(struct fold *fold, const struct callback *card, struct span *ret_id)
{
    struct contact_row contact;
    int result = contact_find(fold, card->customer, &contact);
    if (result == 0 && !span_equal(contact.current, card->id))
        *ret_id = contact.current;
    return result;
}

int callbacks_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms)
{
    struct span before = {0};
    struct callback_case held;
    int32_t because = CALLBACK_NOT_SKIPPED;
    bool sleeps = false;
    int result = callback_load(fold, key, &held);
    if (result == 0)
        result = sleeps_on(fold, &held.card, &sleeps);
    if (result == 0 && held.card.status == callback_status_is_planned && !sleeps) {
        fold->head.counters.callbacks += callback_sleeps(&held.card);
        result = contact_forbids(fold, &held.card, due_ms, &because);
        result = result < 0 ? result : call_before(fold, &held.card, &before);
    }
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    if (!sleeps)
        callback_advance(&fold->policy, &held.card, due_ms, because, fold->step.cause);
    bool is_due = held.card.status == callback_status_is_due;
    if (is_due && HAS(&held.card, callback, climb_at) && held.card.climb_at <= due_ms)
        result = callback_go_up(fold, &held.card, due_ms);
    if (result < 0)
        return result;
    bool falls_due = held.was == callback_status_is_planned && is_due;
    result = callback_keep(fold, &held);
    return result == 0 && falls_due ? take_place(fold, before, due_ms) : result;
}

int callbacks_on_policy(struct fold *fold, const struct case_key *key)
{
    struct callback_case held;
    int result = callback_load(fold, key, &held);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    return callback_reckon(&fold->policy, &held.card, fold->step.cause) ? callback_keep(fold, &held) : 0;
}
