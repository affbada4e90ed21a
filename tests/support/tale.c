/* tale.c - what a tale is made of: names, times, rulebooks, and what happens next. */
#include "tests/support/tale.h"
#include "core/calendar.h"
#include "core/ensure.h"
#include "io/policy_file.h"

#include <stdio.h>

#define SECOND_MS 1000ll
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

bool tale_chance(struct tale *tale, uint32_t of, uint32_t all)
{
    return dice_chance(&tale->dice, of, all);
}

int64_t tale_between(struct tale *tale, int64_t least, int64_t most)
{
    return dice_between(&tale->dice, least, most);
}

/* "wang-3" and the like: one of `count`. */
struct span tale_one_of(struct tale *tale, const char *stem, int64_t count)
{
    char *text = tale->text[tale->texts++ % TALE_TEXTS];
    snprintf(text, NAME_MAX_BYTES, "%s-%lld", stem, (long long)tale_between(tale, 1, count));
    return span_of(text);
}

struct span tale_person(struct tale *tale)
{
    return tale_one_of(tale, "staff", 5);
}

struct span tale_store(struct tale *tale)
{
    return tale_one_of(tale, "store", 2);
}

struct span tale_department(struct tale *tale)
{
    static const char *const names[] = {"service", "sales", "call_centre", "elsewhere"};
    return span_of(names[tale_between(tale, 0, tale_chance(tale, 1, 8) ? 3 : 1)]);
}

/* A time around now: mostly none. */
int64_t tale_time(struct tale *tale)
{
    int64_t now = tale->now_ms;
    switch (tale_between(tale, 0, 9)) {
    case 0:
    case 5:
        return now - tale_between(tale, 0, 20) * MINUTE_MS;
    case 1:
        return now - tale_between(tale, 0, 60 * HOUR_MS);
    case 2:
        return now - tale_between(tale, 0, 9) * DAY_MS;
    case 3:
        return now + tale_between(tale, 0, HOUR_MS);
    case 4:
        return now - 15 * MINUTE_MS - tale_between(tale, -1, 1);
    default:
        return 0;
    }
}

int64_t tale_deadline(struct tale *tale)
{
    switch (tale_between(tale, 0, 5)) {
    case 0:
        return tale->now_ms - tale_between(tale, 0, HOUR_MS);
    case 1:
        return tale->now_ms + tale_between(tale, 0, 15) * DAY_MS;
    case 2:
        return tale->now_ms + tale_between(tale, 0, 40) * DAY_MS;
    default:
        return tale->now_ms + tale_between(tale, 0, 30 * HOUR_MS);
    }
}

/* Mostly one of the newest: so that something becomes of it. */
uint64_t tale_pick(struct tale *tale, const uint64_t *seqs, uint32_t count)
{
    if (count == 0 || tale_chance(tale, 1, 40))
        return (uint64_t)tale_between(tale, 1, (int64_t)tale->head);
    uint32_t newest = tale_chance(tale, 2, 3) ? 2 : 8;
    uint32_t from = count > newest && tale_chance(tale, 9, 10) ? count - newest : 0;
    return seqs[tale_between(tale, from, count - 1)];
}

const char *tale_complaint_id(struct tale *tale)
{
    char *id = tale->text[tale->texts++ % TALE_TEXTS];
    snprintf(id, NAME_MAX_BYTES, "C-%llu", (unsigned long long)tale_pick(tale, tale->complaint, tale->complaints));
    return id;
}

uint64_t tale_publish(struct tale *tale, enum event_type type, const char *subject, int64_t time_ms, const void *data)
{
    char id[32];
    snprintf(id, sizeof id, "e-%llu", (unsigned long long)++tale->events);
    const char *source = tale_chance(tale, 1, 5) ? "/stores/b" : "/stores/a";
    return tale->publish(tale->context, type, source, id, subject, time_ms, data);
}

/* ---- system ---- */

static void pass(struct tale *tale)
{
    switch (tale_between(tale, 0, 11)) {
    case 0:
        tale->now_ms += tale_between(tale, 0, 3) * DAY_MS;
        break;
    case 1:
    case 2:
        tale->now_ms += tale_between(tale, 0, 12 * HOUR_MS);
        break;
    case 3:
    case 4:
        tale->now_ms += tale_between(tale, 0, 30 * MINUTE_MS);
        break;
    case 5:
        break;
    case 6:
        if (tale_chance(tale, 1, 20))
            tale->now_ms += tale_between(tale, 25, 40) * DAY_MS;
        break;
    default:
        tale->now_ms += tale_between(tale, 0, 20) * SECOND_MS;
    }
}

static void tick(struct tale *tale)
{
    struct ticked fact = {0};
    int64_t wake_at = tale->wake_ms;
    if (!wake_at)
        return;
    tale->now_ms = wake_at > tale->now_ms ? wake_at : tale->now_ms;
    SET(&fact, ticked, wake_at, wake_at);
    tale_publish(tale, EVENT_clock_ticked, NULL, 0, &fact);
}

static void scale(struct tale *tale, struct duration *duration)
{
    int64_t unit = duration->unit == TIME_WORKING_DAYS ? DAY_MS : MINUTE_MS;
    if (duration->ms && tale_chance(tale, 1, 3))
        duration->ms = duration->ms / unit * tale_between(tale, 1, 8) / 4 * unit;
    if (duration->ms < unit && duration->ms)
        duration->ms = unit;
}

static void ladder_of(struct tale *tale, struct policy *policy)
{
    static const struct rung ladders[][POLICY_RUNGS_MAX] = {
        {{50, 0}, {80, 1}, {100, 2}, {150, 3}, {200, 4}}, {{60, 0}, {100, 2}, {120, 3}}, {{100, 2}, {150, 4}},
        {{30, 0}, {60, 1}, {80, 2}, {100, 3}, {300, 4}},  {{50, 1}, {90, 2}, {100, 3}},
    };
    size_t which = (size_t)tale_between(tale, 0, 4);
    memcpy(policy->ladder, ladders[which], sizeof policy->ladder);
    policy->rung_count = 0;
    while (policy->rung_count < POLICY_RUNGS_MAX && policy->ladder[policy->rung_count].percent)
        policy->rung_count++;
}

void tale_adopt(struct tale *tale, bool changed)
{
    static char document[SYSTEM_EVENT_MAX / 2];
    struct policy policy;
    struct adopted fact = {0};
    char hash[33], message[POLICY_MESSAGE_MAX];
    size_t len;
    policy_default(&policy);
    calendar_round_the_clock(&policy);
    for (int grade = 0; changed && grade < grade_count; grade++) {
        for (int kind = 0; kind < (int)CLOCKS_OF_GRADE; kind++)
            scale(tale, &policy.grade[grade].clock[kind]);
        scale(tale, &policy.grade[grade].repeat);
    }
    if (changed && tale_chance(tale, 1, 2))
        ladder_of(tale, &policy);
    if (changed && tale_chance(tale, 1, 3))
        policy.repeat_minute = (uint32_t)tale_between(tale, 6, 11) * 60;
    if (changed && tale_chance(tale, 1, 3))
        scale(tale, &policy.recovery_due);
    if (changed && tale_chance(tale, 1, 3))
        policy.card_keep_ms = tale_between(tale, 5, 40) * DAY_MS;
    if (changed && tale_chance(tale, 1, 3))
        policy.satisfied_thousandths = 7000;
    if (changed && tale_chance(tale, 1, 4))
        policy.low_rating_thousandths = 5000;
    if (changed && tale_chance(tale, 1, 4))
        policy.claim_serious_fen = 40000;
    int status = policy_render(&policy, document, sizeof document, &len, hash);
    ensure(status == 0);
    if (policy_parse(span_make(document, len), &policy, message) != 0)
        return;
    SET(&fact, adopted, by, span_of("founder"));
    SET(&fact, adopted, content, tale_chance(tale, 1, 20) && changed ? span_of("name: [") : span_make(document, len));
    SET(&fact, adopted, hash, span_of(hash));
    tale_publish(tale, EVENT_policy_adopted, NULL, 0, &fact);
}

static void adopt_fold(struct tale *tale)
{
    struct fold_adopted fact = {0};
    SET(&fact, fold_adopted, by, span_of("founder"));
    SET(&fact, fold_adopted, version, tale_between(tale, 1, 3));
    tale_publish(tale, EVENT_fold_adopted, NULL, 0, &fact);
}

void tale_step(struct tale *tale)
{
    int64_t what = tale_between(tale, 0, 99);
    pass(tale);
    if (what < 43)
        tale_fact(tale, what);
    else if (what < 88)
        tale_decision(tale, what);
    else if (what < 90)
        tale_adopt(tale, true);
    else if (what < 91)
        adopt_fold(tale);
    else
        tick(tale);
}
