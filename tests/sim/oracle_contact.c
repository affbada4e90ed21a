/*
 * oracle_contact.c - who is to be called, and who is not: searched for each time in everything that has happened.
 *
 * Nothing is remembered of a customer but what happened, in order: wishes, comings, callbacks that fell due and ended. What follows
 * from it (was the customer reached lately, does somebody call already) is counted anew from the front.
 */
#include "tests/sim/oracle_callback.h"

#include <sodium.h>
#include <stdio.h>

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* ---- the draw: libsodium's SipHash-2-4 ---- */

static uint64_t hash_of(const uint8_t key[16], const void *text, size_t len)
{
    uint8_t out[8];
    uint64_t hash = 0;
    crypto_shorthash(out, text, len, key);
    for (int i = 7; i >= 0; i--)
        hash = hash << 8 | out[i];
    return hash;
}

static int64_t draw_of(const struct oracle *oracle, int32_t kind, const char *store, const char *visit)
{
    const char *text = oracle->policy->callbacks.sampling_key;
    uint8_t first[16] = {0}, second[16] = {[8] = 1}, key[16];
    uint64_t half[2] = {hash_of(first, text, strlen(text)), hash_of(second, text, strlen(text))};
    for (int i = 0; i < 16; i++)
        key[i] = (uint8_t)(half[i / 8] >> 8 * (i % 8));
    char all[256];
    int len = snprintf(all, sizeof all, "%s%c%s%c%s", choice_name(choice_of_callback_kind(), kind), 0, store, 0, visit);
    return (int64_t)(hash_of(key, all, (size_t)len) % 100);
}

/* -1: not to be called. */
int32_t oracle_called_why(const struct oracle *oracle, int32_t kind, const char *store, const char *number)
{
    static const int32_t plain[callback_kind_count] = {
        [callback_kind_is_lapsed] = callback_why_is_lapsed, [callback_kind_is_resurvey] = callback_why_is_recovery};
    const struct callback_row *row = &oracle->policy->callbacks.kind[kind];
    const struct oracle_visit *visit = oracle_visit((struct oracle *)oracle, store, number);
    int64_t draw = draw_of(oracle, kind, store, number);
    bool of_visit = kind < callback_kind_is_lapsed;
    if (of_visit && visit && visit->safety && draw < row->safety_percent)
        return callback_why_is_safety;
    if (of_visit && visit && visit->warranty && draw < row->warranty_percent)
        return callback_why_is_warranty;
    if (draw >= row->percent)
        return -1;
    return !of_visit ? plain[kind] : row->percent == 100 ? callback_why_is_everybody : callback_why_is_sample;
}

/* ---- what is known of a customer ---- */

#define OF_CUSTOMER(callback, name) ((name)[0] && same((callback)->customer, name))

/* The one that fell due last, unless it is over. */
struct oracle_callback *oracle_current(struct oracle *oracle, const char *customer)
{
    struct oracle_callback *last = NULL;
    for (uint32_t i = 0; i < oracle->callbacks_count; i++)
        if (OF_CUSTOMER(&oracle->callbacks[i], customer) && oracle->callbacks[i].fell > (last ? last->fell : 0))
            last = &oracle->callbacks[i];
    return last && !oracle_callback_is_over(last) ? last : NULL;
}

static bool was_reached(const struct oracle_callback *callback)
{
    return callback->status == callback_status_is_done || callback->status == callback_status_is_refused;
}

static bool reached_lately(const struct oracle *oracle, const char *customer, int64_t at_ms)
{
    for (uint32_t i = 0; i < oracle->callbacks_count; i++) {
        const struct oracle_callback *callback = &oracle->callbacks[i];
        if (OF_CUSTOMER(callback, customer) && was_reached(callback) &&
            at_ms < callback->closed_ms + oracle->policy->callbacks.contact_gap_ms)
            return true;
    }
    return false;
}

/* The last wish about telephones; and so many refusals since the last answer or the last yes. */
bool oracle_wants_no_calls(const struct oracle *oracle, const char *customer)
{
    bool out = false;
    uint64_t since = 0;
    int64_t refusals = 0;
    for (uint32_t i = 0; i < oracle->wishes_count; i++) {
        const struct oracle_wish *wish = &oracle->wishes[i];
        if (!customer[0] || !same(wish->customer, customer))
            continue;
        if (wish->channel < 0 || wish->channel == channel_is_phone)
            out = wish->out;
        if (!wish->out)
            since = wish->endings;
    }
    for (uint32_t i = 0; i < oracle->callbacks_count; i++) {
        const struct oracle_callback *callback = &oracle->callbacks[i];
        if (OF_CUSTOMER(callback, customer) && callback->status == callback_status_is_done && callback->ended > since)
            since = callback->ended;
    }
    for (uint32_t i = 0; i < oracle->callbacks_count; i++)
        refusals += OF_CUSTOMER(&oracle->callbacks[i], customer) &&
                    oracle->callbacks[i].status == callback_status_is_refused && oracle->callbacks[i].ended > since;
    return out || refusals >= oracle->policy->callbacks.refusals_most;
}

static bool complains(const struct oracle *oracle, const char *customer)
{
    for (uint32_t i = 0; i < oracle->complaints_count; i++)
        if (OF_CUSTOMER(&oracle->complaints[i], customer) && oracle_is_open(&oracle->complaints[i]))
            return true;
    return false;
}

/* Who served the customer, or is blamed in the customer's newest complaint, decides nothing. */
bool oracle_is_barred(struct oracle *oracle, const struct oracle_callback *callback, struct span person)
{
    const struct oracle_visit *visit = oracle_visit(oracle, callback->store, callback->visit);
    const struct oracle_complaint *newest = NULL;
    if (person.len && visit && callback->visit[0] && oracle_is(visit->staff, person))
        return true;
    for (uint32_t i = 0; i < oracle->complaints_count; i++)
        if (OF_CUSTOMER(&oracle->complaints[i], callback->customer))
            newest = &oracle->complaints[i];
    return newest && (oracle_has(&newest->staff, person) || oracle_has(&newest->judged_staff, person));
}

/* ---- what is known of a visit ---- */

struct oracle_meeting *oracle_meeting_of(struct oracle *oracle, const char *store, const char *visit)
{
    for (uint32_t i = 0; i < oracle->meetings_count; i++)
        if (same(oracle->meetings[i].store, store) && same(oracle->meetings[i].visit, visit))
            return &oracle->meetings[i];
    return NULL;
}

/* -1: call. */
int32_t oracle_why_not(struct oracle *oracle, const struct oracle_callback *callback)
{
    const struct oracle_meeting *meeting = oracle_meeting_of(oracle, callback->store, callback->visit);
    const struct oracle_visit *visit = oracle_visit(oracle, callback->store, callback->visit);
    struct oracle_callback *current = oracle_current(oracle, callback->customer);
    bool of_visit = callback->kind < callback_kind_is_lapsed, resurvey = callback->kind == callback_kind_is_resurvey;
    if (oracle_wants_no_calls(oracle, callback->customer))
        return callback_skip_is_opted_out;
    if (meeting && meeting->answered && (of_visit || (resurvey && meeting->answered_ms > callback->since_ms)))
        return callback_skip_is_answered;
    if ((meeting && meeting->complained && of_visit) || (visit && visit->open_complaints) ||
        complains(oracle, callback->customer))
        return callback_skip_is_complained;
    if (!resurvey && ((current && current != callback) || reached_lately(oracle, callback->customer, callback->due_ms)))
        return callback_skip_is_contacted;
    return -1;
}
