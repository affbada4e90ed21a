/*
 * feed_door.c - who may read the journal, an entry's personal fields, the quarantine; and its being put on record.
 *
 *   what         right                                    on record
 *   journal      journal                                  yes: FETCH
 *   event        journal                                  yes
 *   personal     personal and what sees the entry, there  yes
 *   events       journal                                  yes
 *   quarantine   quarantine                               yes; quarantined, too
 */
#include "brokers/feed_parts.h"
#include "core/status.h"

#include <inttypes.h>
#include <stdio.h>

int feed_caller(struct feed *feed, const struct port *port, const struct request *request, struct caller_as as,
                struct caller *ret_caller)
{
    return caller_of(&feed->guard, feed->setup, request, port == feed->inner_port, as, ret_caller);
}

void feed_refuse(struct feed *feed, struct port *port, const struct request *request, const struct caller *caller,
                 struct span what, int status)
{
    audit_refused(feed->audit, caller, what, status);
    request_refuse(port, request, status, caller->detail, &feed->counts);
}

/* What one must be allowed to see to be told of the event's personal fields. */
static enum access_right right_to_see(const struct event *event)
{
    static const struct {
        const char *begins;
        enum access_right right;
    } rows[] = {
        {"feedback.complained", MAY_see_complaint},
        {"complaint.", MAY_see_complaint},
        {"task.", MAY_see_task},
        {"callback.", MAY_see_callback},
        {"ledger.", MAY_see_ledger},
        {"appeal.", MAY_see_ledger},
        {"escalation.", MAY_see_escalation},
        {"visit.", MAY_see_callback},
        {"feedback.", MAY_see_score},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (span_starts(event->type_name, rows[i].begins))
            return rows[i].right;
    }
    return MAY_journal;
}

/* By the entry's own place. An event that names no store, such as a decision, is nowhere: feed_case.c asks on. */
int feed_may_see_person(struct feed *feed, const struct caller *caller, const struct event *event)
{
    struct access_ask ask = {
        .right = right_to_see(event),
        .store = event_name(event, "store"),
        .department = event_name(event, "department"),
    };
    int status = caller_may(&feed->guard, caller, &ask);
    ask.right = MAY_personal;
    return status ? status : caller_may(&feed->guard, caller, &ask);
}

/* Before anything is read. Personal fields: in some place at least. */
int feed_may_ask(struct feed *feed, const struct caller *caller, struct span what)
{
    struct access_ask ask = {.right = span_starts(what, "quarantine") ? MAY_quarantine : MAY_journal};
    if (!caller->principal)
        return 0;
    if (!span_is(what, "personal"))
        return caller_may(&feed->guard, caller, &ask);
    return access_widest(caller->principal, MAY_personal) == REACH_NONE ? -E_NO_RIGHT : 0;
}

int feed_record(struct feed *feed, const struct caller *caller, const char *what, uint64_t seq, struct span why,
                struct port *port, const struct request *request)
{
    char subject[24] = "";
    if (seq)
        snprintf(subject, sizeof subject, "%" PRIu64, seq);
    const struct audit_asked asked = {.what = span_of(what), .subject = span_of(subject), .why = why};
    return audit_read(feed->audit, caller, &asked, port, request);
}
