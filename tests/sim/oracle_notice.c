/*
 * oracle_notice.c - notices: their names, whom they reach, when they come again, when they end.
 *
 *   E-41-response-100               a rung of a clock
 *   E-41-response-100-reopened-1    the same after the first reopening
 *   E-41-response-100-again-77      the same again, since a milder grade or another rulebook took the first one back; by entry 77
 *   E-41-response-100-again-77-2    when it fell due by entry 77, which adopted a rulebook that tells it anew
 *
 *   E-77-wang.li-unanswered-100     of another case than a complaint: what follows the letter in its id, why, the share if any
 *   E-77-wang.li-unanswered-100-2   the second of the same name
 *
 * Open is a notice that nobody has seen and that has not ended. It follows its complaint: grade, place, recipient, rest.
 */
#include "tests/sim/oracle_delivery.h"
#include "tests/sim/oracle_roster.h"
#include "workers/fact_index.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY_MS (24 * 3600 * 1000ll)
#define MINUTE_MS (60 * 1000ll)
#define NOTICES_OF_A_CASE 192u

bool oracle_notice_is_open(const struct oracle_notice *notice)
{
    return !notice->acknowledged && !notice->ended;
}

bool oracle_notice_of(const struct oracle_notice *notice, const struct oracle_complaint *complaint)
{
    return notice->clock != ORACLE_OTHER && notice->of == complaint->seq;
}

void oracle_notice_touch(struct oracle *oracle, struct oracle_notice *notice, bool raised)
{
    notice->changed_seq = oracle->seq;
    notice->changed = true;
    oracle_touch(oracle, 'E', (uint32_t)(notice - oracle->notices), raised);
}

/* The person whom people made the handler comes before the posts; whom it is about is skipped. */
static void recipient(const struct oracle *oracle, const struct oracle_complaint *complaint, int64_t level,
                      int64_t at_ms, oracle_label to)
{
    bool named = level == 0 && complaint->handler[0];
    const struct oracle_question question = {
        .store = complaint->store,
        .department = complaint->department,
        .first = named ? complaint->handler : NULL,
        .level = named ? 1 : level,
        .day = oracle_local_day(oracle->policy, complaint->store, at_ms),
        .skip = &complaint->staff,
        .skip_too = &complaint->judged_staff,
    };
    memset(to, 0, sizeof(oracle_label));
    oracle_recipient(oracle, &question, to, sizeof(oracle_label));
}

void oracle_notice_recipient(const struct oracle *oracle, const struct oracle_notice *notice, int64_t at_ms,
                             oracle_label to)
{
    for (uint32_t i = 0; i < oracle->complaints_count; i++) {
        if (oracle_notice_of(notice, &oracle->complaints[i])) {
            recipient(oracle, &oracle->complaints[i], notice->level, at_ms, to);
            return;
        }
    }
    struct oracle_complaint place = {.staff = notice->skip};
    memcpy(place.store, notice->store, sizeof place.store);
    memcpy(place.department, notice->department, sizeof place.department);
    memcpy(place.handler, notice->responsible, sizeof place.handler);
    recipient(oracle, &place, notice->level, at_ms, to);
}

/* Whoever is to be told by now has not been. */
static void begin(const struct oracle *oracle, struct oracle_notice *notice, int64_t at_ms)
{
    const struct oracle_addressee of = {notice->store, notice->grade, notice->level};
    oracle_telling_begins(oracle, &of, at_ms, &notice->telling);
}

void oracle_notices_renamed(struct oracle *oracle)
{
    for (uint32_t i = 0; i < oracle->notices_count; i++) {
        struct oracle_notice *notice = &oracle->notices[i];
        oracle_label to;
        if (!oracle_notice_is_open(notice))
            continue;
        oracle_notice_recipient(oracle, notice, oracle->at_ms, to);
        if (strcmp(to, notice->to) == 0)
            continue;
        memcpy(notice->to, to, sizeof to);
        begin(oracle, notice, oracle->at_ms);
        oracle_notice_touch(oracle, notice, false);
    }
}

/* Is there one of this name? And how many has its case? */
static bool is_taken(const struct oracle *oracle, const char *id, const char *about, uint32_t *ret_of_case)
{
    bool taken = false;
    *ret_of_case = 0;
    for (uint32_t i = 0; i < oracle->notices_count; i++) {
        taken = taken || strcmp(oracle->notices[i].id, id) == 0;
        *ret_of_case += strcmp(oracle->notices[i].about, about) == 0;
    }
    return taken;
}

static void write_name(const struct oracle *oracle, const struct oracle_complaint *complaint, int32_t clock,
                       int64_t percent, uint32_t again, oracle_label id)
{
    unsigned long long of = complaint->seq, by = oracle->seq;
    memset(id, 0, sizeof(oracle_label));
    if (clock == ORACLE_MANUAL) {
        snprintf(id, sizeof(oracle_label), "E-%llu-manual-%llu", of, by);
        return;
    }
    int len = snprintf(id, sizeof(oracle_label), "E-%llu-%s-%lld", of, choice_name(choice_of_clock_kind(), clock),
                       (long long)percent);
    if (again > 1)
        snprintf(id + len, sizeof(oracle_label) - (size_t)len, "-again-%llu-%u", by, again);
    else if (again)
        snprintf(id + len, sizeof(oracle_label) - (size_t)len, "-again-%llu", by);
    else if (complaint->reopened)
        snprintf(id + len, sizeof(oracle_label) - (size_t)len, "-reopened-%lld", (long long)complaint->reopened);
}

void oracle_notice_raise(struct oracle *oracle, struct oracle_complaint *complaint, int32_t clock, int64_t percent,
                         int64_t level, int64_t at_ms)
{
    oracle_label id, about = "";
    uint32_t count;
    snprintf(about, sizeof about, "C-%llu", (unsigned long long)complaint->seq);
    level = level > complaint->floor ? level : complaint->floor;
    complaint->level = level > complaint->level ? level : complaint->level;
    uint32_t again = 0;
    do
        write_name(oracle, complaint, clock, percent, again++, id);
    while (is_taken(oracle, id, about, &count));
    if (count >= NOTICES_OF_A_CASE)
        return;
    struct oracle_notice *notice = ORACLE_ADD(oracle, notices);
    memcpy(notice->id, id, sizeof id);
    memcpy(notice->about, about, sizeof about);
    notice->of = complaint->seq;
    memcpy(notice->store, complaint->store, sizeof notice->store);
    memcpy(notice->department, complaint->department, sizeof notice->department);
    notice->grade = complaint->grade;
    notice->clock = clock;
    notice->percent = percent;
    notice->level = level;
    recipient(oracle, complaint, level, at_ms, notice->to);
    notice->at_ms = notice->raised_ms = at_ms;
    notice->acknowledged_ms = notice->repeat_from_ms = ORACLE_NEVER;
    notice->rests = clock != ORACLE_MANUAL && oracle_clock_rests(complaint, (enum clock_kind)clock);
    begin(oracle, notice, at_ms);
    oracle->counters.escalations++;
    oracle_notice_touch(oracle, notice, true);
}

void oracle_notices_end(struct oracle *oracle, const struct oracle_complaint *complaint, int32_t clock, int64_t percent)
{
    for (uint32_t i = 0; i < oracle->notices_count; i++) {
        struct oracle_notice *notice = &oracle->notices[i];
        if (!oracle_notice_of(notice, complaint) || notice->clock != clock || notice->ended ||
            notice->percent < percent)
            continue;
        notice->ended = true;
        oracle_telling_ends(&notice->telling);
        oracle_notice_touch(oracle, notice, false);
    }
}

void oracle_notices_end_all(struct oracle *oracle, const struct oracle_complaint *complaint)
{
    for (int32_t clock = 0; clock <= ORACLE_MANUAL; clock++)
        oracle_notices_end(oracle, complaint, clock, 0);
}

/* The rhythm of its grade begins anew where the rhythm is another one, and after a rest. */
void oracle_notices_follow(struct oracle *oracle, const struct oracle_complaint *complaint, int64_t at_ms)
{
    for (uint32_t i = 0; i < oracle->notices_count; i++) {
        struct oracle_notice *notice = &oracle->notices[i];
        if (!oracle_notice_of(notice, complaint) || !oracle_notice_is_open(notice))
            continue;
        struct oracle_notice before;
        memcpy(&before, notice, sizeof before);
        bool rests = notice->clock != ORACLE_MANUAL && oracle_clock_rests(complaint, (enum clock_kind)notice->clock);
        if (notice->grade != complaint->grade || (notice->rests && !rests))
            notice->repeat_from_ms = at_ms;
        notice->grade = complaint->grade;
        notice->rests = rests;
        memcpy(notice->store, complaint->store, sizeof notice->store);
        memcpy(notice->department, complaint->department, sizeof notice->department);
        recipient(oracle, complaint, notice->level, at_ms, notice->to);
        const struct oracle_addressee of = {notice->store, notice->grade, notice->level};
        if (strcmp(before.to, notice->to) != 0)
            begin(oracle, notice, at_ms);
        else if (notice->grade != before.grade)
            oracle_telling_regraded(oracle, &of, at_ms, &notice->telling);
        if (memcmp(&before, notice, sizeof before) != 0)
            oracle_notice_touch(oracle, notice, false);
    }
}

void oracle_notices_gone(struct oracle *oracle, const struct oracle_complaint *complaint)
{
    for (uint32_t i = 0; i < oracle->notices_count; i++) {
        struct oracle_notice *notice = &oracle->notices[i];
        if (oracle_notice_of(notice, complaint) && !notice->gone) {
            notice->gone = true;
            oracle_notice_touch(oracle, notice, false);
        }
    }
}

/* ---- of any other case ---- */

/* "E-77-wang.li-unanswered-100"; what would leave no room for the rest of 64 bytes is a fingerprint. */
static void write_other(const struct oracle_about *about, uint64_t of, const char *why, int64_t percent, uint32_t times,
                        oracle_label id)
{
    struct span whole = span_of(about->id), named = span_of(about->id + 2);
    unsigned long long print = fact_fingerprint(whole, named);
    oracle_label stem;
    if (named.len <= 36)
        snprintf(stem, sizeof stem, "%s", about->id + 2);
    else if (of == 0)
        snprintf(stem, sizeof stem, "f%016llx", print);
    else
        snprintf(stem, sizeof stem, "%llu-%016llx", (unsigned long long)of, print);
    memset(id, 0, sizeof(oracle_label));
    int len = snprintf(id, sizeof(oracle_label), "E-%.60s-%s", stem, why);
    if (percent)
        len += snprintf(id + len, sizeof(oracle_label) - (size_t)len, "-%lld", (long long)percent);
    if (times > 1)
        snprintf(id + len, sizeof(oracle_label) - (size_t)len, "-%u", times);
}

void oracle_notice_raise_about(struct oracle *oracle, const struct oracle_about *about, const char *why,
                               int64_t percent, int64_t level, int64_t at_ms)
{
    oracle_label id;
    uint32_t count, times = 1;
    uint64_t of = strtoull(about->id + 2, NULL, 10);
    do
        write_other(about, of, why, percent, times++, id);
    while (is_taken(oracle, id, about->id, &count));
    if (count >= NOTICES_OF_A_CASE)
        return;
    struct oracle_notice *notice = ORACLE_ADD(oracle, notices);
    memcpy(notice->id, id, sizeof id);
    memcpy(notice->about, about->id, sizeof notice->about);
    notice->of = of;
    memcpy(notice->store, about->store, sizeof notice->store);
    memcpy(notice->department, about->department, sizeof notice->department);
    notice->grade = about->grade;
    notice->clock = ORACLE_OTHER;
    snprintf(notice->why, sizeof notice->why, "%s", why);
    notice->percent = percent;
    notice->level = level;
    memcpy(notice->responsible, about->responsible, sizeof notice->responsible);
    notice->skip = about->skip;
    oracle_notice_recipient(oracle, notice, at_ms, notice->to);
    notice->at_ms = notice->raised_ms = at_ms;
    notice->acknowledged_ms = notice->repeat_from_ms = ORACLE_NEVER;
    begin(oracle, notice, at_ms);
    oracle->counters.escalations++;
    oracle_notice_touch(oracle, notice, true);
}

void oracle_notices_end_about(struct oracle *oracle, const char *about)
{
    oracle_notices_end_why(oracle, about, NULL);
}

void oracle_notices_end_why(struct oracle *oracle, const char *about, const char *why)
{
    for (uint32_t i = 0; i < oracle->notices_count; i++) {
        struct oracle_notice *notice = &oracle->notices[i];
        if (strcmp(notice->about, about) != 0 || notice->ended || (why && strcmp(notice->why, why) != 0))
            continue;
        notice->ended = true;
        oracle_telling_ends(&notice->telling);
        oracle_notice_touch(oracle, notice, false);
    }
}

void oracle_notices_gone_about(struct oracle *oracle, const char *about)
{
    oracle_notices_end_about(oracle, about);
    for (uint32_t i = 0; i < oracle->notices_count; i++) {
        struct oracle_notice *notice = &oracle->notices[i];
        if (strcmp(notice->about, about) != 0 || notice->gone)
            continue;
        notice->gone = true;
        oracle_notice_touch(oracle, notice, false);
    }
}

/* ---- in time ---- */

/* Unseen notices from the breach on repeat, as their grade says. */
static int64_t repeats(const struct oracle *oracle, const struct oracle_notice *notice)
{
    const struct policy *policy = oracle->policy;
    if (!oracle_notice_is_open(notice) || notice->gone || notice->rests || notice->percent < policy->breach_percent)
        return ORACLE_NEVER;
    int64_t from = notice->repeat_from_ms == ORACLE_NEVER ? notice->at_ms : notice->repeat_from_ms;
    struct duration rhythm = policy->grade[notice->grade].repeat;
    int64_t next = rhythm.ms ? oracle_pass(policy, notice->store, from, rhythm)
                             : oracle_comes(policy, notice->store, from, policy->repeat_minute, true);
    bool quiet = notice->grade != grade_is_urgent && notice->level <= policy->quiet.level_most;
    return quiet ? oracle_night_end(policy, notice->store, next) : next;
}

int64_t oracle_notice_next(const struct oracle *oracle, const struct oracle_notice *notice)
{
    int64_t repeat_ms = repeats(oracle, notice);
    return notice->telling.climb_ms < repeat_ms ? notice->telling.climb_ms : repeat_ms;
}

void oracle_notice_fire(struct oracle *oracle, struct oracle_notice *notice, int64_t due_ms)
{
    uint32_t index = (uint32_t)(notice - oracle->notices);
    bool again = repeats(oracle, notice) <= due_ms;
    oracle_label before;
    if (notice->telling.climb_ms <= due_ms)
        oracle_notice_climbs(oracle, index, due_ms);
    if (!again)
        return;
    notice = &oracle->notices[index];
    const struct oracle_addressee of = {notice->store, notice->grade, notice->level};
    memcpy(before, notice->to, sizeof before);
    notice->repeat++;
    notice->at_ms = due_ms;
    notice->repeat_from_ms = ORACLE_NEVER;
    oracle_notice_recipient(oracle, notice, due_ms, notice->to); /* whoever stands in by now */
    if (strcmp(before, notice->to) != 0)
        begin(oracle, notice, due_ms);
    else
        oracle_telling_again(oracle, &of, due_ms, &notice->telling);
    oracle_notice_touch(oracle, notice, true);
}

/* A rhythm that changes begins when the rulebook comes into force. */
void oracle_notice_reckon(struct oracle *oracle, const struct policy *earlier, struct oracle_notice *notice)
{
    struct policy *policy = oracle->policy;
    struct policy *was = malloc(sizeof *was);
    ensure(was);
    *was = *earlier;
    oracle->policy = was;
    int64_t then = repeats(oracle, notice);
    oracle->policy = policy;
    free(was);
    if (repeats(oracle, notice) == then)
        return;
    if (repeats(oracle, notice) != ORACLE_NEVER)
        notice->repeat_from_ms = oracle->at_ms;
    oracle_notice_touch(oracle, notice, false);
}

int oracle_notice_acknowledged(struct oracle *oracle, const struct event *event)
{
    struct oracle_notice *notice = NULL;
    for (uint32_t i = 0; i < oracle->notices_count; i++)
        if (oracle_is(oracle->notices[i].id, event->subject))
            notice = &oracle->notices[i];
    if (!notice)
        return -E_UNKNOWN_CASE;
    if (notice->acknowledged) /* where the documents are silent: one that has ended may still be seen */
        return -E_ALREADY_DONE;
    oracle_take(notice->acknowledged_by, sizeof notice->acknowledged_by, event->data.decided.by);
    notice->acknowledged = true;
    notice->acknowledged_ms = oracle->at_ms;
    oracle_telling_ends(&notice->telling);
    oracle_notice_touch(oracle, notice, false);
    oracle_notice_row_seen(oracle, (uint32_t)(notice - oracle->notices));
    return 0;
}
