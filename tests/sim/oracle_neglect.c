/*
 * oracle_neglect.c - who was called back, and who was not, by what they said unasked.
 */
#include "tests/sim/oracle_callback.h"
#include "tests/sim/oracle_improve.h"

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
