/*
 * audit_refusals.c - what was refused to whom: told at once, then once a minute how often.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/audit_parts.h"

#include <inttypes.h>
#include <stdio.h>

#define TELL_AGAIN_MS 1000

/* 1801 to 1807, and what the gateway itself refuses: passwords, links, pages of others. */
static bool is_about_rights(int status)
{
    return (status <= -E_NO_RIGHT && status >= -E_UNKNOWN_PRINCIPAL) ||
           (status <= -E_BAD_CREDENTIALS && status >= -E_LINK_FORGED) || status == -E_CROSS_SITE;
}

/* What intake can't take now is told a second later. */
static void refusal_tell(struct audit *audit, struct audit_refusal *refusal)
{
    char id[NAME_MAX_BYTES + 1];
    struct access_refused data = {0};
    snprintf(id, sizeof id, "%" PRId64 "-%" PRIu64 "-%" PRIu32 "-%d", audit->now.wall_ms, ++audit->numbers,
             refusal->principal, -refusal->status);
    if (refusal->name[0])
        SET(&data, access_refused, principal, span_of(refusal->name));
    if (refusal->peer[0])
        SET(&data, access_refused, peer, span_of(refusal->peer));
    SET(&data, access_refused, what, span_of(refusal->what));
    SET(&data, access_refused, code, span_of(status_text(refusal->status)->code));
    SET(&data, access_refused, times, (int64_t)refusal->times);
    SET(&data, access_refused, via, span_of(refusal->trusted ? "http" : "zeromq"));
    const struct audit_record record = {
        .type = EVENT_audit_refused,
        .id = span_of(id),
        .time_ms = audit->now.wall_ms,
        .data = &data,
    };
    if (audit_send(audit, record)) {
        refusal->told_ms = audit->now.monotonic_ms - AUDIT_MINUTE_MS + TELL_AGAIN_MS;
        return;
    }
    refusal->times = 0;
    refusal->told_ms = audit->now.monotonic_ms;
}

static bool minute_is_over(const struct audit *audit, const struct audit_refusal *refusal)
{
    return audit->now.monotonic_ms - refusal->told_ms >= AUDIT_MINUTE_MS;
}

void audit_refusals_turn(struct audit *audit)
{
    for (uint32_t i = 0; i < AUDIT_REFUSALS_MAX && audit->refusals > 0; i++) {
        struct audit_refusal *refusal = &audit->refusal[i];
        if (refusal->status == 0 || !minute_is_over(audit, refusal))
            continue;
        if (refusal->times > 0) {
            refusal_tell(audit, refusal);
        } else {
            refusal->status = 0;
            audit->refusals--;
        }
    }
}

int64_t audit_refusals_due_ms(const struct audit *audit)
{
    int64_t due_ms = INT64_MAX;
    for (uint32_t i = 0; i < AUDIT_REFUSALS_MAX && audit->refusals > 0; i++) {
        const struct audit_refusal *refusal = &audit->refusal[i];
        if (refusal->status != 0 && refusal->told_ms + AUDIT_MINUTE_MS < due_ms)
            due_ms = refusal->told_ms + AUDIT_MINUTE_MS;
    }
    return due_ms;
}

static struct audit_refusal *refusal_find(struct audit *audit, const struct caller *caller, int status)
{
    struct audit_refusal *vacant = NULL;
    for (uint32_t i = 0; i < AUDIT_REFUSALS_MAX; i++) {
        struct audit_refusal *refusal = &audit->refusal[i];
        if (refusal->status == status && refusal->principal == caller->number && refusal->trusted == caller->trusted)
            return refusal;
        if (refusal->status == 0 && !vacant)
            vacant = refusal;
    }
    return vacant;
}

void audit_refused(struct audit *audit, const struct caller *caller, struct span what, int status)
{
    bool nobody = caller->number == PRINCIPAL_LOCAL && status != -E_UNKNOWN_PRINCIPAL && caller->peer.len == 0;
    if (nobody || !is_about_rights(status))
        return;
    struct audit_refusal *refusal = audit->intake ? refusal_find(audit, caller, status) : NULL;
    if (!refusal) {
        audit->untold++;
        return;
    }
    bool first = refusal->status == 0;
    if (first) {
        *refusal = (struct audit_refusal){
            .principal = caller->number,
            .status = status,
            .trusted = caller->trusted,
            .told_ms = audit->now.monotonic_ms - AUDIT_MINUTE_MS,
        };
        audit->refusals++;
    }
    snprintf(refusal->name, sizeof refusal->name, "%.*s", SPAN_ARGS(caller->number ? caller->name : span_of("")));
    snprintf(refusal->what, sizeof refusal->what, "%.*s", (int)(what.len < 64 ? what.len : 64),
             what.len ? (const char *)what.at : "");
    snprintf(refusal->peer, sizeof refusal->peer, "%.*s", SPAN_ARGS(caller->peer));
    refusal->times++;
    if (first)
        refusal_tell(audit, refusal);
}
