/* access.c - the table and the decision. */
#include "core/access.h"

#include "core/ensure.h"
#include "core/status.h"

#define NONE REACH_NONE
#define OWN REACH_OWN
#define PLACE REACH_PLACE
#define ALL REACH_ALL

/* clang-format off */
static const struct {
    const char *name, *zh, *doc;
} roles[ACCESS_ROLES] = {
#define ROLE(role, zh, doc) {#role, zh, doc},
#include "core/access.def"
};

static const struct {
    const char *name, *zh, *doc;
    enum access_reach reach[ACCESS_ROLES];
} rights[ACCESS_RIGHTS] = {
#define RIGHT(right, zh, publisher, handler, manager, director, group, hr, analyst, auditor, ops, display, doc) \
    {#right, zh, doc, {publisher, handler, manager, director, group, hr, analyst, auditor, ops, display}},
#include "core/access.def"
};
/* clang-format on */

const char *access_role_name(enum access_role role)
{
    ensure(role < ACCESS_ROLES);
    return roles[role].name;
}

const char *access_role_zh(enum access_role role)
{
    ensure(role < ACCESS_ROLES);
    return roles[role].zh;
}

const char *access_role_doc(enum access_role role)
{
    ensure(role < ACCESS_ROLES);
    return roles[role].doc;
}

const char *access_right_name(enum access_right right)
{
    ensure(right < ACCESS_RIGHTS);
    return rights[right].name;
}

const char *access_right_zh(enum access_right right)
{
    ensure(right < ACCESS_RIGHTS);
    return rights[right].zh;
}

const char *access_right_doc(enum access_right right)
{
    ensure(right < ACCESS_RIGHTS);
    return rights[right].doc;
}

const char *access_reach_name(enum access_reach reach)
{
    static const char *const names[] = {"none", "own", "place", "all"};
    ensure((uint32_t)reach < sizeof names / sizeof names[0]);
    return names[reach];
}

const char *principal_kind_name(enum principal_kind kind)
{
    static const char *const names[PRINCIPAL_KINDS] = {"person", "device", "program"};
    ensure(kind < PRINCIPAL_KINDS);
    return names[kind];
}

enum access_reach access_reach(enum access_role role, enum access_right right)
{
    ensure(role < ACCESS_ROLES);
    ensure(right < ACCESS_RIGHTS);
    return rights[right].reach[role];
}

/* ---- the principal ---- */

const struct principal *access_of_number(const struct access *access, uint32_t number)
{
    uint32_t low = 0, high = access->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (access->principal[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < access->count && access->principal[low].number == number ? &access->principal[low] : NULL;
}

const struct principal *access_of_name(const struct access *access, struct span name)
{
    for (uint32_t i = 0; i < access->count; i++) {
        if (span_equal(access_span(access, access->principal[i].name), name))
            return &access->principal[i];
    }
    return NULL;
}

/* ---- the decision ---- */

static bool names_cover(const struct access *access, const struct access_names *names, struct span name)
{
    for (uint32_t i = 0; !names->all && i < names->count; i++) {
        if (span_equal(access_span(access, access->name[names->first + i]), name))
            return true;
    }
    return names->all;
}

/* A store's own matters are no single department's, the group's no single store's. */
static bool place_covers(const struct access *access, const struct principal *principal, const struct access_ask *ask)
{
    return names_cover(access, &principal->stores, ask->store) &&
           names_cover(access, &principal->departments, ask->department);
}

enum access_reach access_widest(const struct principal *principal, enum access_right right)
{
    enum access_reach widest = REACH_NONE;
    if (!principal)
        return REACH_ALL;
    for (enum access_role role = 0; role < ACCESS_ROLES; role++) {
        if (((principal->roles >> role) & 1) && access_reach(role, right) > widest)
            widest = access_reach(role, right);
    }
    return widest;
}

int access_decide(const struct access *access, const struct principal *principal, const struct access_ask *ask)
{
    if (!principal)
        return 0;
    if (principal->revoked)
        return -E_REVOKED;
    bool own = ask->person.len > 0 && span_equal(ask->person, access_span(access, principal->name));
    switch (access_widest(principal, ask->right)) {
    case REACH_ALL:
        return 0;
    case REACH_PLACE:
        return own || place_covers(access, principal, ask) ? 0 : -E_OTHER_PLACE;
    case REACH_OWN:
        return own ? 0 : -E_OTHER_PERSON;
    case REACH_NONE:
        break;
    }
    return -E_NO_RIGHT;
}

int access_decide_about(const struct access *access, const struct principal *principal, const struct access_ask *ask,
                        struct span about)
{
    struct access_ask ledger = *ask;
    int status = access_decide(access, principal, ask);
    bool own = principal && ask->person.len > 0 && span_equal(ask->person, access_span(access, principal->name));
    if (status || own || !(span_starts(about, "L-") || span_starts(about, "A-")))
        return status;
    ledger.right = MAY_see_ledger;
    return access_decide(access, principal, &ledger);
}

/* "agent.*" covers "agent.7"; "*" covers everybody. */
static bool pattern_covers(struct span pattern, struct span name)
{
    if (pattern.len == 0 || pattern.at[pattern.len - 1] != '*')
        return span_equal(pattern, name);
    size_t len = pattern.len - 1;
    return name.len >= len && (len == 0 || memcmp(name.at, pattern.at, len) == 0);
}

static bool patterns_cover(const struct access *access, const struct access_names *patterns, struct span name)
{
    for (uint32_t i = 0; !patterns->all && i < patterns->count; i++) {
        if (pattern_covers(access_span(access, access->name[patterns->first + i]), name))
            return true;
    }
    return patterns->all;
}

bool access_speaks_for(const struct access *access, const struct principal *principal, struct span person,
                       bool *ret_claimed)
{
    bool own = principal && span_equal(person, access_span(access, principal->name));
    bool may = !principal || own || patterns_cover(access, &principal->speaks_for, person);
    if (may)
        *ret_claimed = !own;
    return may;
}

bool access_owns_source(const struct access *access, const struct principal *principal, struct span source)
{
    static const char own[] = "/principals/";
    if (!principal)
        return true;
    size_t len = sizeof own - 1;
    bool by_name = span_starts(source, own) &&
                   span_equal(span_make(source.at + len, source.len - len), access_span(access, principal->name));
    return by_name || patterns_cover(access, &principal->sources, source);
}

/* ---- what asks for which right ---- */

enum access_right access_right_of_event(enum event_type type)
{
    switch (type) {
    case EVENT_feedback_complained:
    case EVENT_feedback_praised:
    case EVENT_feedback_suggested:
    case EVENT_feedback_enquired:
        return MAY_report;
    case EVENT_complaint_acknowledged:
    case EVENT_complaint_planned:
    case EVENT_complaint_noted:
    case EVENT_complaint_paused:
    case EVENT_complaint_resumed:
    case EVENT_complaint_resolved:
    case EVENT_complaint_escalated:
    case EVENT_complaint_verified:
    case EVENT_task_started:
    case EVENT_task_completed:
    case EVENT_callback_claimed:
    case EVENT_callback_rescheduled:
    case EVENT_callback_done:
    case EVENT_callback_cancelled:
        return MAY_handle;
    case EVENT_complaint_graded:
    case EVENT_complaint_assigned:
    case EVENT_complaint_judged:
    case EVENT_complaint_reopened:
    case EVENT_complaint_merged:
    case EVENT_complaint_transferred:
    case EVENT_complaint_withdrawn:
    case EVENT_task_opened:
    case EVENT_task_assigned:
    case EVENT_task_extended:
    case EVENT_task_verified:
    case EVENT_task_cancelled:
        return MAY_direct;
    case EVENT_escalation_acknowledged:
        return MAY_acknowledge;
    case EVENT_ledger_confirmed:
    case EVENT_ledger_waived:
    case EVENT_ledger_settled:
    case EVENT_ledger_reversed:
    case EVENT_ledger_vetoed:
        return MAY_reward;
    case EVENT_appeal_filed:
        return MAY_appeal;
    case EVENT_appeal_ruled:
    case EVENT_appeal_reviewed:
        return MAY_rule;
    case EVENT_policy_adopted:
        return MAY_govern;
    case EVENT_roster_changed:
        return MAY_staff;
    default:
        return MAY_publish;
    }
}

enum access_right access_right_of_channel(struct span channel)
{
    static const struct {
        const char *channel;
        enum access_right right;
    } rows[] = {
        {"complaint", MAY_see_complaint}, {"escalation", MAY_see_escalation}, {"task", MAY_see_task},
        {"callback", MAY_see_callback},   {"score", MAY_see_score},           {"ledger", MAY_see_ledger},
        {"system", MAY_see_system},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (span_is(channel, rows[i].channel))
            return rows[i].right;
    }
    return ACCESS_RIGHTS;
}
