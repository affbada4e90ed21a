/*
 * oracle_access.c - who may not decide: the people's program about what is in Xihu, or in all stores at once.
 *
 * Where the documents are silent: it is asked where a case is before anything else about it, and of a case that nobody has been told
 * of it is not asked.
 */
#include "tests/sim/oracle_appeal.h"
#include "tests/sim/oracle_callback.h"
#include "tests/sim/oracle_inside.h"
#include "tests/sim/town_access.h"

#include <inttypes.h>
#include <stdio.h>

const char *oracle_store_of(struct oracle *oracle, struct span id)
{
    char text[32];
    uint32_t index;
    for (uint32_t i = 0; i < oracle->complaints_count; i++) {
        snprintf(text, sizeof text, "C-%" PRIu64, oracle->complaints[i].seq);
        if (oracle_is(text, id))
            return oracle->complaints[i].store;
    }
    for (uint32_t i = 0; i < oracle->notices_count; i++)
        if (oracle_is(oracle->notices[i].id, id))
            return oracle->notices[i].store;
    for (uint32_t i = 0; i < oracle->appeals_count; i++) {
        snprintf(text, sizeof text, "A-%" PRIu64, oracle->appeals[i].seq);
        if (oracle_is(text, id))
            return oracle->appeals[i].store;
    }
    if ((index = oracle_task_of_id(oracle, id)) < oracle->tasks_count)
        return oracle->tasks[index].store;
    if ((index = oracle_entry_of_id(oracle, id)) < oracle->entries_count)
        return oracle->entries[index].store;
    index = oracle_callback_of_id(oracle, id);
    if (index < oracle->callbacks_count && !oracle_callback_sleeps(&oracle->callbacks[index]))
        return oracle->callbacks[index].store;
    return "";
}

static bool elsewhere(struct oracle *oracle, struct span id)
{
    const char *store = oracle_store_of(oracle, id);
    return store[0] && !town_directs(span_of(store));
}

int oracle_may(struct oracle *oracle, uint32_t principal, const struct event *event)
{
    if (principal == 0)
        return 0;
    ensure(principal == TOWN_PEOPLE);
    if (event->type == EVENT_feedback_unreached)
        return elsewhere(oracle, event->data.unreached.callback) ? -E_OTHER_PLACE : 0;
    if (event->type == EVENT_unknown || event_table(event->type)->class != CLASS_DECISION)
        return 0;
    if (event->type == EVENT_task_opened || event->type == EVENT_ledger_vetoed)
        return 0; /* intake has seen to it */
    if (event->type == EVENT_ledger_settled && !span_starts(event->subject, "L-"))
        return -E_OTHER_PLACE;
    if (event->type == EVENT_complaint_merged && elsewhere(oracle, event->data.merged.into))
        return -E_OTHER_PLACE;
    return elsewhere(oracle, event->subject) ? -E_OTHER_PLACE : 0;
}
