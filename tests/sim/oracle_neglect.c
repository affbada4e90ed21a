/*
 * oracle_neglect.c - who was called back, and who was not, by what they said unasked.
 */
#include "tests/sim/oracle_callback.h"
#include "tests/sim/oracle_improve.h"

#include "core/bytes.h"
#include "workers/state.h"

#include <stdio.h>

/* Every visit of the months is gone through again. */
static void look(struct oracle *oracle, const struct oracle_neglect *last)
{
    const struct honesty_policy *policy = &oracle->policy->honesty;
    double n[2] = {0}, called[2] = {0};
    char month[32];
    int64_t first = oracle_month_begin(last->day);
    for (int64_t i = 1; i < policy->called_months; i++)
        first = oracle_month_begin(first - 1);
    for (uint32_t i = 0; i < oracle->neglects_count; i++) {
        const struct oracle_neglect *visit = &oracle->neglects[i];
        if (visit->day < first || strcmp(visit->store, last->store) != 0 ||
            strcmp(visit->department, last->department) != 0)
            continue;
        n[visit->unhappy]++;
        called[visit->unhappy] += visit->called;
    }
    if (n[0] < (double)policy->called_least || n[1] < (double)policy->called_least ||
        oracle_wilson_end(called[1], n[1], true) >= oracle_wilson_end(called[0], n[0], false))
        return;
    oracle_date_of(last->day, month);
    month[7] = '\0';
    oracle_flag_month(oracle, last->store, last->department, flag_kind_is_callbacks, month);
}

static void known(struct oracle *oracle, const struct oracle_meeting *meeting)
{
    if (!meeting->called || !meeting->content || !meeting->department[0])
        return;
    struct oracle_neglect *visit = ORACLE_ADD(oracle, neglects);
    memcpy(visit->store, meeting->store, sizeof visit->store);
    memcpy(visit->department, meeting->department, sizeof visit->department);
    visit->day = oracle_day(oracle->policy, oracle->at_ms);
    visit->unhappy = meeting->content < 0;
    visit->called = meeting->called > 0;
    look(oracle, visit);
}

void oracle_neglect_mood(struct oracle *oracle, struct oracle_meeting *meeting, const struct rated *fact)
{
    int before = meeting->content;
    if (fact) {
        const struct oracle_rating *rating = &oracle->ratings[oracle->ratings_count - 1];
        bool asked = fact->channel == channel_is_phone || HAS(fact, rated, callback) || HAS(fact, rated, call);
        if (asked || rating->historical || before < 0 || !oracle_has_figure(oracle->policy, rating))
            return;
        meeting->content = oracle_rating_is_low(oracle, rating) ? -1 : 1;
    } else {
        meeting->content = -1;
    }
    if (!before)
        known(oracle, meeting);
}

void oracle_neglect_over(struct oracle *oracle, const struct oracle_callback *callback, bool was_overdue)
{
    bool of_visit = callback->kind != callback_kind_is_lapsed && callback->kind != callback_kind_is_resurvey;
    struct oracle_meeting *meeting =
        of_visit && callback->visit[0] ? oracle_meeting_of(oracle, callback->store, callback->visit) : NULL;
    bool tried = callback->tries > 0;
    bool said = callback->skipped_because == callback_skip_is_answered ||
                callback->skipped_because == callback_skip_is_complained;
    bool late = callback->skipped_because == callback_skip_is_too_late || (said && was_overdue);
    if (!meeting || meeting->called)
        return;
    if (callback->status == callback_status_is_skipped)
        meeting->called = tried ? 1 : late ? -1 : 0;
    else
        meeting->called = callback->status == callback_status_is_cancelled && !tried ? -1 : 1;
    known(oracle, meeting);
}

/* ---- beside the state ---- */

/* All months of the place together; a run of the simulator is shorter than what a row remembers. */
static bool place_agrees(const struct oracle *oracle, struct store_txn *state, const struct oracle_neglect *place,
                         char message[ORACLE_MESSAGE_MAX])
{
    int64_t mine[4] = {0}, theirs[4] = {0};
    oracle_label key;
    struct span row;
    for (uint32_t i = 0; i < oracle->neglects_count; i++) {
        const struct oracle_neglect *visit = &oracle->neglects[i];
        if (strcmp(visit->store, place->store) != 0 || strcmp(visit->department, place->department) != 0)
            continue;
        mine[2 * visit->unhappy]++;
        mine[2 * visit->unhappy + 1] += visit->called;
    }
    int len = snprintf(key, sizeof key, "%s%c%s", place->store, 0, place->department);
    if (store_get(state, STATE_CALLED, span_make(key, (size_t)len), &row) < 0)
        row = (struct span){0};
    for (size_t at = 1 + 8; at + 16 <= row.len; at += 24)
        for (int i = 0; i < 4; i++)
            theirs[i] += bytes_u32(row.at + at + 4 * (size_t)i);
    for (int i = 0; i < 4; i++) {
        if (mine[i] == theirs[i])
            continue;
        snprintf(message, ORACLE_MESSAGE_MAX, "%s of %s, %s ones: %lld, and %lld in the state",
                 i % 2 ? "called customers" : "visits", place->store, i < 2 ? "content" : "unhappy", (long long)mine[i],
                 (long long)theirs[i]);
        return false;
    }
    return true;
}

bool oracle_neglects_agree(const struct oracle *oracle, struct store_txn *state, char message[ORACLE_MESSAGE_MAX])
{
    for (uint32_t i = 0; i < oracle->neglects_count; i++)
        if (!place_agrees(oracle, state, &oracle->neglects[i], message))
            return false;
    return true;
}
