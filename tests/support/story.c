/* story.c - tells a complaint's story to the rules, and keeps what they said. */
#include "tests/support/story.h"

#include "core/calendar.h"
#include "core/rfc3339.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

int64_t when(const char *local)
{
    char text[64];
    bool seconds = strlen(local) > sizeof "2026-11-23 09:00" - 1;
    snprintf(text, sizeof text, "%s%s+08:00", local, seconds ? "" : ":00");
    text[10] = 'T';
    int64_t ms = 0;
    assert_int_equal(rfc3339_parse(span_of(text), &ms), 0);
    return ms;
}

const char *told_time(int64_t at_ms, char text[24])
{
    char utc[RFC3339_LEN + 1];
    rfc3339_format(at_ms + 8 * 3600 * 1000, utc);
    snprintf(text, 24, "%.2s %.5s", utc + 8, utc + 11);
    return text;
}

struct event complained(void)
{
    struct event fact = {.type = EVENT_feedback_complained, .type_name = span_of("feedback.complained")};
    fact.data.complained = (struct complained){
        .store = span_of("sh-pudong"), .channel = channel_is_phone, .category = category_is_workmanship};
    SET(&fact.data.complained, complained, department, span_of("service"));
    return fact;
}

static void trace_effects(struct story *story)
{
    size_t len = strlen(story->trace);
    for (uint32_t i = 0; i < story->effects.notice_count; i++) {
        const struct notice_wanted *notice = &story->effects.notice[i];
        char time[24];
        const char *clock = notice->manual ? "manual" : choice_name(choice_of_clock_kind(), notice->clock);
        len += (size_t)snprintf(story->trace + len, sizeof story->trace - len, "%s %s %lld %% level %lld\n",
                                told_time(notice->at_ms, time), clock, (long long)notice->rung_percent,
                                (long long)notice->level);
        assert_true(len < sizeof story->trace);
    }
}

/* The rulebook as delivered, but no store closes, nobody sleeps and no clock of the law runs out: tests of those say so themselves. */
static void rules_of_the_day(struct policy *policy)
{
    policy_default(policy);
    calendar_round_the_clock(policy);
    policy->quiet.until_minute = policy->quiet.from_minute;
    policy->statutory.clock[clock_kind_is_deliberate].ms = 400ll * 24 * 3600 * 1000;
}

void story_open(struct story *story, const struct event *fact, int64_t at_ms)
{
    rules_of_the_day(&story->policy);
    story->seq = 41;
    story->trace[0] = '\0';
    story->effects = (struct complaint_effects){0};
    struct complaint_context nothing = {0};
    complaint_open(&story->policy, fact, (struct cause){story->seq, at_ms}, &nothing, story->id_text, &story->complaint,
                   &story->effects);
    trace_effects(story);
}

void story_open_plain(struct story *story, enum grade grade, const char *at)
{
    struct event fact = complained();
    SET(&fact.data.complained, complained, grade, (int32_t)grade);
    story_open(story, &fact, when(at));
}

struct event decision(enum event_type type, const char *by)
{
    struct event event = {.type = type, .type_name = span_of(event_table(type)->type)};
    event.data.decided.by = span_of(by);
    return event;
}

struct event paused_until(const char *until)
{
    struct event event = decision(EVENT_complaint_paused, "wang.li");
    event.data.paused.reason = pause_reason_is_parts;
    event.data.paused.until = when(until);
    return event;
}

struct event graded(enum grade grade)
{
    struct event event = decision(EVENT_complaint_graded, "chen.yu");
    event.data.graded.grade = (int32_t)grade;
    return event;
}

struct event assigned(const char *handler)
{
    struct event event = decision(EVENT_complaint_assigned, "chen.yu");
    SET(&event.data.assigned, assigned, handler, span_of(handler));
    return event;
}

struct event verified(const char *by, bool satisfied)
{
    struct event event = decision(EVENT_complaint_verified, by);
    SET(&event.data.complaint_verified, complaint_verified, satisfied, satisfied);
    return event;
}

struct event judged(enum verdict verdict)
{
    struct event event = decision(EVENT_complaint_judged, "chen.yu");
    event.data.judged.verdict = (int32_t)verdict;
    return event;
}

void story_passes(struct story *story, int64_t until_ms)
{
    for (;;) {
        int64_t due_ms = complaint_next_due(&story->policy, &story->complaint);
        if (due_ms > until_ms)
            return;
        story->effects = (struct complaint_effects){0};
        complaint_advance(&story->policy, &story->complaint, due_ms, (struct cause){++story->seq, due_ms},
                          &story->effects);
        trace_effects(story);
        assert_true(complaint_next_due(&story->policy, &story->complaint) > due_ms);
    }
}

void story_tries(struct story *story, int count, const char *at)
{
    struct event event = {.type = EVENT_feedback_unreached, .type_name = span_of("feedback.unreached")};
    event.data.unreached = (struct unreached){.callback = story->complaint.id, .reason = unreached_reason_is_busy};
    for (int i = 0; i < count; i++) {
        int64_t at_ms = when(at) + i * 60000;
        story_passes(story, at_ms);
        complaint_tried(&story->policy, &story->complaint, &event, (struct cause){++story->seq, at_ms},
                        &story->effects);
    }
}

int story_decide(struct story *story, const struct event *event, int64_t at_ms)
{
    story_passes(story, at_ms);
    story->effects = (struct complaint_effects){0};
    story->reason[0] = '\0';
    int rc = complaint_decide(&story->policy, &story->complaint, event, (struct cause){++story->seq, at_ms},
                              &story->effects, story->reason, sizeof story->reason);
    trace_effects(story);
    assert_true(complaint_next_due(&story->policy, &story->complaint) > at_ms);
    return rc;
}

void story_goes(struct story *story, struct event event, const char *at)
{
    if (story_decide(story, &event, when(at)) != 0)
        fail_msg("%s", story->reason);
}

void story_refuses(struct story *story, struct event event, const char *at, int status, const char *words)
{
    story_passes(story, when(at));
    struct complaint before = story->complaint;
    assert_int_equal(story_decide(story, &event, when(at)), status);
    if (!strstr(story->reason, words))
        fail_msg("it said \"%s\", not \"%s\"", story->reason, words);
    assert_memory_equal(&before, &story->complaint, sizeof before);
    struct complaint_effects none = {0};
    assert_memory_equal(&none, &story->effects, sizeof none);
}

void story_reaches(struct story *story, enum complaint_status status, const char *at)
{
    static const enum event_type moves[] = {EVENT_complaint_acknowledged, EVENT_complaint_planned,
                                            EVENT_complaint_resolved};
    while (story->complaint.status < (int32_t)status) {
        struct event event = decision(moves[story->complaint.status], "wang.li");
        story_goes(story, event, at);
    }
}

const struct clock *story_clock(const struct story *story, enum clock_kind kind)
{
    for (uint32_t i = 0; i < story->complaint.clocks_count; i++) {
        if (story->complaint.clocks[i].kind == (int32_t)kind)
            return &story->complaint.clocks[i];
    }
    fail_msg("no %s clock", choice_name(choice_of_clock_kind(), (int32_t)kind));
    return NULL;
}
