/* sender.c - see sender.h. */
#include "brokers/sender.h"
#include "brokers/adopt.h"
#include "brokers/sessions.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>

void flaw_set(struct flaw *flaw, int status, const char *field, const char *format, ...)
{
    flaw->status = status;
    snprintf(flaw->field, sizeof flaw->field, "%s", field);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(flaw->message, sizeof flaw->message, format, arguments);
    va_end(arguments);
}

/* ---- who ---- */

int sender_of(const struct guard *guard, enum door door, uint32_t number, struct sender *ret_sender)
{
    const struct principal *principal = NULL;
    int status = number == PRINCIPAL_LOCAL ? 0 : guard_who(guard, number, &principal);
    if (status)
        return status;
    *ret_sender = (struct sender){.guard = guard, .door = door, .number = number, .principal = principal};
    if (principal)
        snprintf(ret_sender->own_source, OWN_SOURCE_MAX, "/principals/%.*s",
                 SPAN_ARGS(access_span(guard_access(guard), principal->name)));
    return 0;
}

int sender_as(struct sender *sender, uint32_t number, const char **ret_detail)
{
    if (sender->door ==
        DOOR_TRUSTED) /* somebody local asks, through a front end: that is who comes to the public door */
        return sender_of(sender->guard, number == PRINCIPAL_LOCAL ? DOOR_PUBLIC : sender->door, number, sender);
    *ret_detail = "`as` is for Manyi's own front ends; here it is the key of the connection that says who asks";
    return -E_BAD_REQUEST;
}

/* ---- sources ---- */

/* The roles' own sources; programs of ours that people run, such as /manyi/cli, are nobody's. */
static bool is_role(struct span source)
{
    static const char *const roles[] = {INTAKE_SOURCE,   WORKER_SOURCE,     "/manyi/feed",    "/manyi/query",
                                        "/manyi/outlet", "/manyi/notifier", "/manyi/gateway", "/manyi/door"};
    for (uint32_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (span_is(source, roles[i]))
            return true;
    }
    return false;
}

/* Nobody else may name a role as the source: intake itself writes as one, the worker alone stands for the other. */
static bool is_reserved(const struct sender *sender, struct span source)
{
    if (sender->principal)
        return span_starts(source, "/manyi/");
    if (sender->door == DOOR_PUBLIC)
        return is_role(source);
    return span_is(source, INTAKE_SOURCE) || (span_is(source, WORKER_SOURCE) && sender->door != DOOR_INNER);
}

int sender_session(const struct sender *sender, struct span source)
{
    bool of_worker = sender->door == DOOR_INNER && !sender->principal;
    if (is_reserved(sender, source) || (of_worker && !span_is(source, WORKER_SOURCE)))
        return -E_RESERVED_SOURCE;
    return access_owns_source(guard_access(sender->guard), sender->principal, source) ? 0 : -E_FOREIGN_SOURCE;
}

/* ---- types ---- */

/* What Manyi's own roles alone may say: which door it comes in by, and as whom. */
static bool may_say(const struct sender *sender, const struct event *event)
{
    bool front = sender->door == DOOR_TRUSTED && !sender->principal;
    switch (event->type) {
    case EVENT_clock_ticked:
    case EVENT_access_changed:
        return false;
    case EVENT_fold_adopted:
        return sender->door == DOOR_INNER;
    case EVENT_notice_sent:
    case EVENT_notice_failed:
    case EVENT_notice_read:
        return front && (span_is(event->source, "/manyi/notifier") || span_is(event->source, "/manyi/gateway"));
    case EVENT_audit_read:
    case EVENT_audit_refused:
        return (front || sender->door == DOOR_INNER) && is_role(event->source);
    default:
        return true;
    }
}

/* ---- rights ---- */

/* Facts say where they happened; of decisions those that no case stands for yet. Of corrections the fold asks, which knows the
 * rating, and of other decisions, too. */
static bool names_its_place(const struct event *event)
{
    bool fact = event_table(event->type)->class == CLASS_FACT && event->type != EVENT_feedback_corrected;
    return fact || event->type == EVENT_task_opened || event->type == EVENT_ledger_vetoed;
}

static int right_decide(const struct sender *sender, const struct event *event, struct access_ask *ask)
{
    const struct access *access = guard_access(sender->guard);
    if (event->type == EVENT_appeal_filed)
        ask->person = event_name(event, "by");
    else if (names_its_place(event))
        ask->store = event_name(event, "store");
    if (ask->store.len + ask->person.len == 0)
        return access_widest(sender->principal, ask->right) == REACH_NONE ? -E_NO_RIGHT : 0;
    ask->department = event_name(event, "department");
    /* Who tells a fact without a department of a store of theirs tells it of one of their departments. */
    const struct access_names *mine = &sender->principal->departments;
    if (ask->department.len == 0 && event_table(event->type)->class == CLASS_FACT && mine->count > 0)
        ask->department = access_span(access, access->name[mine->first]);
    return access_decide(access, sender->principal, ask);
}

static void right_check(const struct sender *sender, const struct event *event, struct flaw *flaw)
{
    bool mends = sender->mends && event_table(event->type)->class == CLASS_FACT;
    struct access_ask ask = {.right = mends ? MAY_mend : access_right_of_event(event->type)};
    int status = right_decide(sender, event, &ask);
    if (status == -E_NO_RIGHT)
        flaw_set(flaw, status, "type", "It asks for the right `%s`, which none of this principal's roles has.",
                 access_right_name(ask.right));
    else if (status == -E_OTHER_PLACE)
        flaw_set(flaw, status, "data.store",
                 "It happened elsewhere than in this principal's stores and departments; only those are allowed.");
    else if (status)
        flaw_set(flaw, status, "data.by", "It may be said for oneself only; the principal's own name is allowed.");
}

static void principal_check(const struct sender *sender, const struct event *event, struct flaw *flaw)
{
    const struct access *access = guard_access(sender->guard);
    /* First of all, and of what is flawed, too: nobody shall fill another's share of the quarantine. */
    bool mends = sender->mends && sender->mends[0] && span_is(event->source, sender->mends);
    if (event->source.len > 0 && !mends && !access_owns_source(access, sender->principal, event->source)) {
        flaw_set(flaw, -E_FOREIGN_SOURCE, "source",
                 "It is not one of this principal's sources; the access file lists those that are allowed.");
        return;
    }
    if (flaw->status)
        return;
    if (event->type == EVENT_unknown) { /* kept, and concludes nothing: whoever may publish at all may send it */
        if (!sender->mends && access_widest(sender->principal, MAY_publish) == REACH_NONE)
            flaw_set(flaw, -E_NO_RIGHT, "type",
                     "It asks for the right `publish`, which none of this principal's roles has.");
        return;
    }
    struct span by = event_name(event, "by");
    bool claimed;
    right_check(sender, event, flaw);
    if (flaw->status == 0 && by.len > 0 && !access_speaks_for(access, sender->principal, by, &claimed))
        flaw_set(
            flaw, -E_FORGED_BY, "data.by",
            "This principal may not speak for that person; its own name is allowed, and whom the access file lists "
            "under speaks_for.");
}

void sender_check(const struct sender *sender, const struct event *event, struct flaw *flaw)
{
    const struct event_table *table = event->type == EVENT_unknown ? NULL : event_table(event->type);
    if (table && table->class == CLASS_CONSEQUENCE)
        flaw_set(flaw, -E_CONSEQUENCE_TYPE, "type", "Only the worker may conclude %s; facts and decisions are allowed.",
                 table->type);
    else if (!may_say(sender, event))
        flaw_set(flaw, -E_RESERVED_TYPE, "type", "Only the broker itself writes %s; facts and decisions are allowed.",
                 table->type);
    else if (is_reserved(sender, event->source))
        flaw_set(flaw, -E_RESERVED_SOURCE, "source",
                 "It belongs to Manyi itself; a source of your own is allowed, such as /stores/sh-pudong/service.");
    else if (sender->principal)
        principal_check(sender, event, flaw);
}
