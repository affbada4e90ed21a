/* delivery.c - a notice is to be sent, is sent or fails, and climbs. */
#include "core/delivery.h"

#include "core/calendar.h"
#include "core/ensure.h"
#include "core/quiet_hours.h"

#include <stdio.h>

#define MINUTE_MS 60000ll
#define DAY_MINUTES (24 * 60)
#define ATTEMPTS_MOST 1000000

static bool is_wanted(const struct escalation *escalation)
{
    return HAS(escalation, escalation, deliver_from);
}

/* ---- from when ---- */

/* The end of the part of the day that at_ms lies in; where the clock is put back, no later than one part from now. */
static int64_t digest_end_ms(const struct policy *policy, struct span store, int64_t at_ms)
{
    int64_t part = policy->delivery.digest_minutes;
    int64_t end = (calendar_local_minute(policy, store, at_ms) / part + 1) * part;
    int64_t end_ms = calendar_next_local_minute(policy, store, at_ms, (uint32_t)(end < DAY_MINUTES ? end : 0));
    int64_t most_ms = at_ms + part * MINUTE_MS;
    return end_ms < most_ms ? end_ms : most_ms;
}

int64_t delivery_from_ms(const struct policy *policy, struct span store, enum grade grade, int64_t level, int64_t at_ms)
{
    const struct delivery_rules *rules = &policy->delivery;
    int64_t awake_ms = quiet_until(policy, store, grade, level, at_ms);
    bool waited = quiet_until(policy, store, grade, level, at_ms - 1) == at_ms;
    bool at_once =
        level > rules->digest_level_most || (int32_t)grade >= rules->at_once_grade || rules->digest_minutes == 0;
    if (awake_ms > at_ms || waited || at_once)
        return awake_ms;
    int64_t end_ms = digest_end_ms(policy, store, at_ms);
    if (quiet_until(policy, store, grade, level, end_ms) == end_ms)
        return end_ms;
    int64_t night_ms = calendar_next_local_minute(policy, store, at_ms, policy->quiet.from_minute);
    return night_ms < end_ms ? night_ms : end_ms; /* the last ones of the day come before it is quiet */
}

static void wants(const struct policy *policy, int64_t at_ms, struct escalation *escalation)
{
    SET(escalation, escalation, deliver_from,
        delivery_from_ms(policy, escalation->store, (enum grade)escalation->grade, escalation->level, at_ms));
    UNSET(escalation, escalation, attempts);
    UNSET(escalation, escalation, retry_at);
}

static void forget_failures(struct escalation *escalation)
{
    UNSET(escalation, escalation, attempts);
    UNSET(escalation, escalation, failing_since);
    UNSET(escalation, escalation, failed_reason);
    UNSET(escalation, escalation, retry_at);
    UNSET(escalation, escalation, climb_at);
}

void delivery_begin(const struct policy *policy, int64_t at_ms, struct escalation *escalation)
{
    UNSET(escalation, escalation, sent_at);
    UNSET(escalation, escalation, sent_repeat);
    UNSET(escalation, escalation, sent_means);
    UNSET(escalation, escalation, read_at);
    forget_failures(escalation);
    wants(policy, at_ms, escalation);
}

void delivery_repeat(const struct policy *policy, struct escalation *escalation)
{
    wants(policy, escalation->at, escalation);
}

/* Time of the wall, in whole seconds. */
static int64_t after_ms(const struct policy *policy, const struct escalation *escalation, int64_t from_ms, int64_t ms)
{
    return calendar_add(policy, escalation->store, from_ms, (struct duration){ms, TIME_WALL});
}

static int64_t climb_due_ms(const struct policy *policy, const struct escalation *escalation)
{
    return after_ms(policy, escalation, escalation->failing_since, policy->delivery.climb_after_ms[escalation->grade]);
}

void delivery_regraded(const struct policy *policy, int64_t at_ms, struct escalation *escalation)
{
    if (is_wanted(escalation)) {
        int64_t from_ms =
            delivery_from_ms(policy, escalation->store, (enum grade)escalation->grade, escalation->level, at_ms);
        if (from_ms < escalation->deliver_from)
            escalation->deliver_from = from_ms;
    }
    if (!HAS(escalation, escalation, climb_at))
        return;
    int64_t due_ms = climb_due_ms(policy, escalation), soon_ms = after_ms(policy, escalation, at_ms, 0);
    escalation->climb_at = due_ms > soon_ms ? due_ms : soon_ms;
}

void delivery_stop(struct escalation *escalation)
{
    UNSET(escalation, escalation, deliver_from);
    UNSET(escalation, escalation, retry_at);
    UNSET(escalation, escalation, climb_at);
}

/* ---- what came of it ---- */

bool delivery_sent(const struct notice_sent *sent, struct cause cause, struct escalation *escalation)
{
    bool known = HAS(escalation, escalation, sent_repeat) && sent->repeat <= escalation->sent_repeat;
    if (!span_equal(sent->to, escalation->to) || sent->repeat > escalation->repeat || known)
        return false;
    SET(escalation, escalation, sent_at, cause.at_ms);
    SET(escalation, escalation, sent_repeat, sent->repeat);
    SET(escalation, escalation, sent_means, sent->means);
    forget_failures(escalation);
    if (sent->repeat == escalation->repeat)
        UNSET(escalation, escalation, deliver_from);
    else if (!is_wanted(escalation))
        SET(escalation, escalation, deliver_from, cause.at_ms); /* given up too soon: the way is open again */
    escalation->changed_seq = (int64_t)cause.seq;
    return true;
}

bool delivery_failed(const struct policy *policy, const struct notice_failed *failed, struct cause cause,
                     struct escalation *escalation)
{
    if (!span_equal(failed->to, escalation->to) || failed->repeat != escalation->repeat || !is_wanted(escalation))
        return false;
    if (!HAS(escalation, escalation, attempts))
        SET(escalation, escalation, attempts, 0);
    escalation->attempts += escalation->attempts < ATTEMPTS_MOST;
    if (!HAS(escalation, escalation, failing_since))
        SET(escalation, escalation, failing_since, cause.at_ms);
    SET(escalation, escalation, failed_reason, failed->reason);
    SET(escalation, escalation, retry_at, HAS(failed, notice_failed, retry_at) ? failed->retry_at : cause.at_ms);
    bool over = failed->permanent || cause.at_ms - escalation->failing_since >= policy->delivery.give_up_after_ms;
    int64_t due_ms = climb_due_ms(policy, escalation);
    if (over)
        UNSET(escalation, escalation, retry_at);
    if (over && HAS(escalation, escalation, climbed_to))
        delivery_stop(escalation);
    else if (!HAS(escalation, escalation, climbed_to))
        SET(escalation, escalation, climb_at, over || due_ms < cause.at_ms ? cause.at_ms : due_ms);
    escalation->changed_seq = (int64_t)cause.seq;
    return true;
}

bool delivery_read(struct cause cause, struct escalation *escalation)
{
    if (HAS(escalation, escalation, read_at))
        return false;
    SET(escalation, escalation, read_at, cause.at_ms);
    escalation->changed_seq = (int64_t)cause.seq;
    return true;
}

/* ---- climbing ---- */

int64_t delivery_climb_ms(const struct escalation *escalation)
{
    return HAS(escalation, escalation, climb_at) ? escalation->climb_at : INT64_MAX;
}

/* The last try was the last one: no further is announced. */
static bool is_over(const struct escalation *escalation)
{
    return HAS(escalation, escalation, attempts) && !HAS(escalation, escalation, retry_at);
}

void delivery_climbed(struct span up, struct cause cause, struct escalation *escalation)
{
    SET(escalation, escalation, climbed_to, up);
    if (is_over(escalation))
        delivery_stop(escalation);
    UNSET(escalation, escalation, climb_at);
    escalation->changed_seq = (int64_t)cause.seq;
}

void delivery_not_before(const struct policy *policy, int64_t now_ms, struct escalation *escalation)
{
    SET(escalation, escalation, retry_at, after_ms(policy, escalation, now_ms, policy->delivery.top_again_after_ms));
}

void delivery_stays(const struct policy *policy, struct cause cause, struct escalation *escalation)
{
    if (is_over(escalation))
        delivery_not_before(policy, cause.at_ms, escalation);
    UNSET(escalation, escalation, climb_at);
    escalation->changed_seq = (int64_t)cause.seq;
}

struct span delivery_because(struct span what, const struct escalation *escalation, char text[LABEL_MAX_BYTES + 1])
{
    char whole[3 * LABEL_MAX_BYTES];
    int written = snprintf(whole, sizeof whole, "%.*s to %.*s: %.*s", SPAN_ARGS(what), SPAN_ARGS(escalation->to),
                           SPAN_ARGS(escalation->failed_reason));
    ensure(written > 0 && (size_t)written < sizeof whole);
    size_t len = (size_t)written < LABEL_MAX_BYTES ? (size_t)written : LABEL_MAX_BYTES;
    while (len > 0 && ((uint8_t)whole[len] & 0xc0) == 0x80)
        len--;
    memcpy(text, whole, len);
    text[len] = '\0';
    return span_make(text, len);
}
