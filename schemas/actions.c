/*
 * actions.c - decisions by what somebody does: acknowledge, for complaint.acknowledged.
 */
#include "schemas/actions.h"

/* A decision's type says what has happened; a person says what to do. */
static const struct {
    const char *participle;
    const char *imperative;
} forms[] = {
    {"acknowledged", "acknowledge"},
    {"graded", "grade"},
    {"assigned", "assign"},
    {"planned", "plan"},
    {"noted", "note"},
    {"paused", "pause"},
    {"resumed", "resume"},
    {"resolved", "resolve"},
    {"verified", "verify"},
    {"judged", "judge"},
    {"reopened", "reopen"},
    {"merged", "merge"},
    {"transferred", "transfer"},
    {"withdrawn", "withdraw"},
    {"escalated", "escalate"},
    {"opened", "open"},
    {"started", "start"},
    {"extended", "extend"},
    {"completed", "complete"},
    {"cancelled", "cancel"},
    {"claimed", "claim"},
    {"rescheduled", "reschedule"},
    {"filed", "file"},
    {"ruled", "rule"},
    {"reviewed", "review"},
    {"confirmed", "confirm"},
    {"waived", "waive"},
    {"settled", "settle"},
    {"reversed", "reverse"},
    {"vetoed", "veto"},
};

const char *action_imperative(const char *participle)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(forms[i].participle, participle) == 0)
            return forms[i].imperative;
    }
    return participle;
}

enum event_type decision_after(const char *prefix, enum event_type type)
{
    for (type++; type < EVENT_count; type++) {
        const struct event_table *row = event_table(type);
        if (row->class == CLASS_DECISION && strncmp(row->type, prefix, strlen(prefix)) == 0)
            return type;
    }
    return EVENT_count;
}

enum event_type action_find(const char *prefix, const char *action)
{
    for (enum event_type type = decision_after(prefix, EVENT_unknown); type < EVENT_count;
         type = decision_after(prefix, type)) {
        const char *participle = event_table(type)->type + strlen(prefix);
        if (strcmp(action, participle) == 0 || strcmp(action, action_imperative(participle)) == 0)
            return type;
    }
    return EVENT_unknown;
}

uint32_t action_list(const char *prefix, const char **ret_names, uint32_t max)
{
    uint32_t count = 0;
    for (enum event_type type = decision_after(prefix, EVENT_unknown); type < EVENT_count && count < max;
         type = decision_after(prefix, type))
        ret_names[count++] = action_imperative(event_table(type)->type + strlen(prefix));
    return count;
}
