/*
 * oracle_delivery.c - who was really told: what the notifier reports, of notices, tasks and callbacks.
 *
 * What can wait comes with others of its reader at the next full part of the hour, what comes by night in the morning, and what
 * has waited for the morning waits no more. A report counts when it is about whom the case is told to now, and about what has
 * not arrived yet. What fails for too long, or for ever, goes to the next one up.
 */
#include "tests/sim/oracle_delivery.h"

#include "tests/sim/oracle_callback.h"
#include "tests/sim/oracle_roster.h"

#include <stdio.h>

#define MINUTE_MS 60000ll

/* ---- from when ---- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The next full part of the hour that the clock on the wall shows. Looked for within two hours and more of the time that has passed
 * since midnight: no clock is put forward or back by more. */
static int64_t digest_ms(const struct policy *policy, const char *store, int64_t at_ms)
{
    int64_t part = policy->delivery.digest_minutes, end = at_ms + part * MINUTE_MS;
    int64_t midnight = oracle_at(policy, store, oracle_local_day(policy, store, at_ms), 0);
    int64_t passed = (at_ms - midnight) / MINUTE_MS;
    end = least(end, oracle_comes(policy, store, at_ms, 0, false));
    for (int64_t minute = 0; minute < 24 * 60; minute += part)
        if (minute > passed - 130 && minute <= passed + part + 130)
            end = least(end, oracle_comes(policy, store, at_ms, (uint32_t)minute, false));
    return end;
}

static int64_t from_ms(const struct oracle *oracle, const struct oracle_addressee *of, int64_t at_ms)
{
    const struct policy *policy = oracle->policy;
    bool sleeps = of->grade != grade_is_urgent && of->level <= policy->quiet.level_most;
    int64_t morning = sleeps ? oracle_night_end(policy, of->store, at_ms) : at_ms;
    if (morning > at_ms || (sleeps && oracle_night_end(policy, of->store, at_ms - 1) == at_ms))
        return morning;
    if (of->level > policy->delivery.digest_level_most || of->grade >= policy->delivery.at_once_grade ||
        policy->delivery.digest_minutes == 0)
        return at_ms;
    int64_t digest = digest_ms(policy, of->store, at_ms);
    if (sleeps && oracle_night_end(policy, of->store, digest) > digest)
        return least(digest, oracle_comes(policy, of->store, at_ms, policy->quiet.from_minute, false));
    return digest;
}

void oracle_telling_again(const struct oracle *oracle, const struct oracle_addressee *of, int64_t at_ms,
                          struct oracle_telling *telling)
{
    telling->from_ms = from_ms(oracle, of, at_ms);
    telling->attempts = -1;
    telling->retry_ms = ORACLE_NEVER;
}

static void arrived(struct oracle_telling *telling)
{
    telling->failing_ms = telling->retry_ms = telling->climb_ms = ORACLE_NEVER;
    telling->attempts = -1;
    memset(telling->reason, 0, sizeof telling->reason);
}

void oracle_telling_begins(const struct oracle *oracle, const struct oracle_addressee *of, int64_t at_ms,
                           struct oracle_telling *telling)
{
    arrived(telling);
    telling->sent_ms = telling->read_ms = ORACLE_NEVER;
    telling->sent_repeat = telling->means = -1;
    oracle_telling_again(oracle, of, at_ms, telling);
}

static int64_t climbs_ms(const struct oracle *oracle, const struct oracle_addressee *of,
                         const struct oracle_telling *telling)
{
    return oracle_whole_second(telling->failing_ms + oracle->policy->delivery.climb_after_ms[of->grade]);
}

void oracle_telling_regraded(const struct oracle *oracle, const struct oracle_addressee *of, int64_t at_ms,
                             struct oracle_telling *telling)
{
    if (telling->from_ms != ORACLE_NEVER)
        telling->from_ms = least(telling->from_ms, from_ms(oracle, of, at_ms));
    if (telling->climb_ms == ORACLE_NEVER)
        return;
    int64_t climb = climbs_ms(oracle, of, telling), now = oracle_whole_second(at_ms);
    telling->climb_ms = climb > now ? climb : now;
}

void oracle_telling_ends(struct oracle_telling *telling)
{
    telling->from_ms = telling->retry_ms = telling->climb_ms = ORACLE_NEVER;
}

/* ---- reports ---- */

static bool sent(const struct oracle *oracle, const struct notice_sent *sent, const char *to, int64_t repeat,
                 struct oracle_telling *telling)
{
    if (!oracle_is(to, sent->to) || sent->repeat > repeat || sent->repeat <= telling->sent_repeat)
        return false;
    bool given_up = telling->from_ms == ORACLE_NEVER;
    arrived(telling);
    telling->sent_ms = oracle->at_ms;
    telling->sent_repeat = sent->repeat;
    telling->means = sent->means;
    if (sent->repeat == repeat)
        telling->from_ms = ORACLE_NEVER;
    else if (given_up)
        telling->from_ms = oracle->at_ms;
    return true;
}

static bool failed(const struct oracle *oracle, const struct notice_failed *failed, const char *to, int64_t repeat,
                   const struct oracle_addressee *of, struct oracle_telling *telling)
{
    if (!oracle_is(to, failed->to) || failed->repeat != repeat || telling->sent_repeat == repeat ||
        telling->from_ms == ORACLE_NEVER)
        return false;
    telling->attempts = telling->attempts < 0 ? 1 : telling->attempts + 1;
    if (telling->failing_ms == ORACLE_NEVER)
        telling->failing_ms = oracle->at_ms;
    oracle_take(telling->reason, sizeof telling->reason, failed->reason);
    bool for_ever =
        failed->permanent || oracle->at_ms >= telling->failing_ms + oracle->policy->delivery.give_up_after_ms;
    telling->retry_ms = for_ever                               ? ORACLE_NEVER
                        : HAS(failed, notice_failed, retry_at) ? failed->retry_at
                                                               : oracle->at_ms;
    if (!telling->climbed_to[0])
        telling->climb_ms =
            for_ever || climbs_ms(oracle, of, telling) < oracle->at_ms ? oracle->at_ms : climbs_ms(oracle, of, telling);
    else if (for_ever)
        oracle_telling_ends(telling);
    return true;
}

/* By the clock of who reports, which may be ahead, nothing is tried again at once. */
static void heed(const struct oracle *oracle, const struct event *event, struct oracle_telling *telling)
{
    bool failing = event->type == EVENT_notice_failed && event->has_time && telling->retry_ms != ORACLE_NEVER;
    if (failing && telling->retry_ms <= event->time_ms)
        telling->retry_ms = oracle_whole_second(event->time_ms + oracle->policy->delivery.top_again_after_ms);
}

static bool report(const struct oracle *oracle, const struct event *event, const char *to, int64_t repeat,
                   const struct oracle_addressee *of, struct oracle_telling *telling)
{
    if (event->type == EVENT_notice_sent)
        return sent(oracle, &event->data.notice_sent, to, repeat, telling);
    if (event->type == EVENT_notice_failed) {
        bool counts = failed(oracle, &event->data.notice_failed, to, repeat, of, telling);
        if (counts)
            heed(oracle, event, telling);
        return counts;
    }
    bool first = telling->read_ms == ORACLE_NEVER;
    telling->read_ms = first ? oracle->at_ms : telling->read_ms;
    return first;
}

static void notice_reported(struct oracle *oracle, const struct event *event)
{
    for (uint32_t i = 0; i < oracle->notices_count; i++) {
        struct oracle_notice *notice = &oracle->notices[i];
        const struct oracle_addressee of = {notice->store, notice->grade, notice->level};
        if (!oracle_is(notice->id, event->subject) || !oracle_notice_is_open(notice) ||
            !report(oracle, event, notice->to, notice->repeat, &of, &notice->telling))
            continue;
        oracle_notice_touch(oracle, notice, false);
        if (notice->telling.climb_ms <= oracle->at_ms)
            oracle_notice_climbs(oracle, i, oracle->at_ms);
        heed(oracle, event, &oracle->notices[i].telling);
        return;
    }
}

static void task_reported(struct oracle *oracle, const struct event *event)
{
    uint32_t index = oracle_task_of_id(oracle, event->subject);
    if (index == UINT32_MAX || !oracle->tasks[index].telling.to[0])
        return;
    struct oracle_task *task = &oracle->tasks[index];
    const struct oracle_addressee of = {task->store, grade_is_general, 0};
    if (!report(oracle, event, task->telling.to, 0, &of, &task->telling))
        return;
    oracle_task_touch(oracle, task);
    if (task->telling.climb_ms <= oracle->at_ms)
        oracle_task_climbs(oracle, task, oracle->at_ms);
}

static void callback_reported(struct oracle *oracle, const struct event *event)
{
    uint32_t index = oracle_callback_of_id(oracle, event->subject);
    if (index == UINT32_MAX || oracle->callbacks[index].status != callback_status_is_due)
        return;
    struct oracle_callback *callback = &oracle->callbacks[index];
    const struct oracle_addressee of = {callback->store, grade_is_general, 0};
    if (!report(oracle, event, callback->notify_to, 0, &of, &callback->telling))
        return;
    oracle_callback_touch(oracle, callback);
    if (callback->telling.climb_ms <= oracle->at_ms)
        oracle_callback_climbs(oracle, callback, oracle->at_ms);
}

void oracle_reported(struct oracle *oracle, const struct event *event)
{
    bool ours = oracle_is("/manyi/notifier", event->source) || oracle_is("/manyi/gateway", event->source);
    if (!ours)
        return;
    if (span_starts(event->subject, "E-"))
        notice_reported(oracle, event);
    else if (span_starts(event->subject, "T-"))
        task_reported(oracle, event);
    else if (span_starts(event->subject, "B-"))
        callback_reported(oracle, event);
}

/* ---- tasks and callbacks: who is told ---- */

/* What was said above of the one before is over. */
static void another(struct oracle *oracle, const char *id, struct oracle_telling *telling)
{
    if (telling->climbed_to[0])
        oracle_notices_end_why(oracle, id, "undelivered");
    memset(telling->climbed_to, 0, sizeof telling->climbed_to);
}

static void task_told(struct oracle *oracle, struct oracle_task *task, int64_t at_ms)
{
    const struct oracle_addressee of = {task->store, grade_is_general, 0};
    bool to_do = task->status == task_status_is_open || task->status == task_status_is_started;
    const char *whom = to_do ? task->responsible : "";
    if (strcmp(whom, task->telling.to) == 0)
        return;
    another(oracle, task->id, &task->telling);
    if (to_do) {
        oracle_telling_begins(oracle, &of, at_ms, &task->telling);
        memcpy(task->told_to, task->responsible, sizeof task->told_to);
    } else {
        oracle_telling_ends(&task->telling);
    }
    snprintf(task->telling.to, sizeof task->telling.to, "%.192s", whom);
}

static void caller(const struct oracle *oracle, const struct oracle_callback *callback, int64_t at_ms, oracle_label to)
{
    const struct oracle_question question = {
        .store = callback->store,
        .department = "call_centre",
        .level = 0,
        .day = oracle_local_day(oracle->policy, callback->store, at_ms),
    };
    memset(to, 0, sizeof(oracle_label));
    oracle_recipient(oracle, &question, to, sizeof(oracle_label));
}

static void callback_told(struct oracle *oracle, struct oracle_callback *callback, int64_t at_ms)
{
    const struct oracle_addressee of = {callback->store, grade_is_general, 0};
    bool is_due = callback->status == callback_status_is_due;
    bool fell = is_due && callback->told_fell != callback->fell;
    bool forgotten = is_due && !callback->is_told_now && callback->telling.sent_ms == ORACLE_NEVER;
    if (!is_due && callback->is_told_now) {
        another(oracle, callback->id, &callback->telling);
        oracle_telling_ends(&callback->telling);
    }
    callback->is_told_now = is_due;
    if (!fell && !forgotten)
        return;
    callback->told_fell = callback->fell;
    caller(oracle, callback, fell ? callback->due_ms : at_ms, callback->notify_to);
    oracle_telling_begins(oracle, &of, fell ? callback->due_ms : at_ms, &callback->telling);
}

void oracle_callback_renamed(struct oracle *oracle, struct oracle_callback *callback)
{
    const struct oracle_addressee of = {callback->store, grade_is_general, 0};
    oracle_label to;
    caller(oracle, callback, oracle->at_ms, to);
    if (callback->status != callback_status_is_due || strcmp(to, callback->notify_to) == 0)
        return;
    another(oracle, callback->id, &callback->telling);
    memcpy(callback->notify_to, to, sizeof to);
    oracle_telling_begins(oracle, &of, oracle->at_ms, &callback->telling);
    oracle_callback_touch(oracle, callback);
}

void oracle_tell_them(struct oracle *oracle, int64_t at_ms)
{
    for (uint32_t i = 0, count = oracle->touches_count; i < count; i++) {
        const struct oracle_past touch = oracle->touches[i];
        if (touch.letter == 'T')
            task_told(oracle, &oracle->tasks[touch.index], at_ms);
        else if (touch.letter == 'B')
            callback_told(oracle, &oracle->callbacks[touch.index], oracle->at_ms);
    }
}

/* ---- they climb ---- */

static void climbs(struct oracle *oracle, const struct oracle_about *about, const char *whom, int64_t level,
                   int64_t at_ms, struct oracle_telling *telling)
{
    uint32_t count = oracle->notices_count;
    oracle_notice_raise_about(oracle, about, "undelivered", 0, level, at_ms);
    if (oracle->notices_count > count) {
        oracle_notice_because(oracle, about->id, whom, telling->reason);
        snprintf(telling->climbed_to, sizeof telling->climbed_to, "%.64s", oracle->notices[count].id);
        if (telling->retry_ms == ORACLE_NEVER)
            telling->from_ms = ORACLE_NEVER;
    } else if (telling->retry_ms == ORACLE_NEVER) {
        telling->retry_ms = oracle_whole_second(at_ms + oracle->policy->delivery.top_again_after_ms);
    }
    telling->climb_ms = ORACLE_NEVER;
}

void oracle_task_climbs(struct oracle *oracle, struct oracle_task *task, int64_t at_ms)
{
    struct oracle_about about = {.grade = grade_is_general};
    oracle_label manager = "";
    memcpy(about.id, task->id, sizeof about.id);
    memcpy(about.store, task->store, sizeof about.store);
    memcpy(about.department, task->department, sizeof about.department);
    snprintf(about.skip.item[about.skip.count++], sizeof about.skip.item[0], "%.64s", task->responsible);
    oracle_manager(oracle, task->store, task->department, manager, sizeof manager);
    climbs(oracle, &about, task->responsible, strcmp(manager, task->responsible) == 0 ? 2 : 1, at_ms, &task->telling);
    oracle_task_touch(oracle, task);
}

void oracle_callback_climbs(struct oracle *oracle, struct oracle_callback *callback, int64_t at_ms)
{
    struct oracle_about about = {.grade = grade_is_general, .department = "call_centre"};
    snprintf(about.id, sizeof about.id, "%s", callback->id);
    memcpy(about.store, callback->store, sizeof about.store);
    snprintf(about.skip.item[about.skip.count++], sizeof about.skip.item[0], "%.64s", callback->notify_to);
    climbs(oracle, &about, callback->notify_to, 1, at_ms, &callback->telling);
    oracle_callback_touch(oracle, callback);
}
