/* Who may decide what about a complaint, and who may call its customer back. */
#include "core/status.h"
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- calling back ---- */

static struct event tried(const char *agent)
{
    struct event try = {.type = EVENT_feedback_unreached, .type_name = span_of("feedback.unreached")};
    struct unreached *fact = &try.data.unreached;
    *fact = (struct unreached){.callback = span_of("C-41"), .reason = unreached_reason_is_busy};
    if (agent) {
        SET(fact, unreached, call, (struct call){0});
        SET(&fact->call, call, agent, span_of(agent));
    }
    return try;
}

static void the_first_logged_try_stops_the_callback_clock(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    struct event try = tried(NULL);
    story.effects = (struct complaint_effects){0};
    complaint_tried(&story.policy, &story.complaint, &try, (struct cause){50, when("2026-11-23 18:00")},
                    &story.effects);
    assert_int_equal(story.effects.clocks_stopped, 1u << clock_kind_is_callback);
    assert_int_equal(story_clock(&story, clock_kind_is_callback)->stopped_at, when("2026-11-23 18:00"));
    assert_true(span_is(story.complaint.waits_for, "verification"));
    assert_int_equal(complaint_next_due(&story.policy, &story.complaint), INT64_MAX);
}

static void a_call_by_the_person_complained_about_is_no_try(void **state)
{
    (void)state;
    struct story story;
    struct event fact = complained();
    struct name_list staff = {.item = {span_of("zhang.wei")}, .count = 1};
    SET(&fact.data.complained, complained, staff, staff);
    story_open(&story, &fact, when("2026-11-23 09:00"));
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    struct event try = tried("zhang.wei");
    story.effects = (struct complaint_effects){0};
    complaint_tried(&story.policy, &story.complaint, &try, (struct cause){50, when("2026-11-23 18:00")},
                    &story.effects);
    assert_int_equal(story.effects.clocks_stopped, 0);
    assert_false(HAS(story_clock(&story, clock_kind_is_callback), clock, stopped_at));
}

/* ---- who may ---- */

static void the_person_complained_about_decides_nothing_weighty(void **state)
{
    (void)state;
    static const enum event_type forbidden[] = {
        EVENT_complaint_acknowledged, EVENT_complaint_graded,      EVENT_complaint_assigned,
        EVENT_complaint_judged,       EVENT_complaint_transferred, EVENT_complaint_paused,
        EVENT_complaint_merged,       EVENT_complaint_withdrawn,   EVENT_complaint_resumed,
    };
    struct story story;
    struct event fact = complained();
    struct name_list staff = {.item = {span_of("li.si"), span_of("zhang.wei")}, .count = 2};
    SET(&fact.data.complained, complained, staff, staff);
    story_open(&story, &fact, when("2026-11-23 09:00"));
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        story_refuses(&story, decision(forbidden[i], "zhang.wei"), "2026-11-23 09:30", -E_NOT_ALLOWED_PERSON,
                      "zhang.wei is complained about in C-41");
    story_refuses(&story, assigned("zhang.wei"), "2026-11-23 09:30", -E_NOT_ALLOWED_PERSON,
                  "zhang.wei is complained about in C-41 and may not handle it");
    story_goes(&story, decision(EVENT_complaint_noted, "zhang.wei"), "2026-11-23 09:30");
    struct event escalate = decision(EVENT_complaint_escalated, "zhang.wei");
    story_goes(&story, escalate, "2026-11-23 09:30");
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    story_refuses(&story, verified("zhang.wei", true), "2026-11-23 11:00", -E_NOT_ALLOWED_PERSON, "complained about");
    story_goes(&story, decision(EVENT_complaint_reopened, "zhang.wei"), "2026-11-23 11:00");
}

static void who_resolved_may_not_verify(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    story_refuses(&story, verified("wang.li", true), "2026-11-23 11:00", -E_NOT_ALLOWED_PERSON,
                  "wang.li resolved C-41 and may not verify it");
}

static void who_served_may_not_call_back(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    SET(&story.complaint, complaint, served_by, span_of("zhang.wei"));
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    struct event try = tried("zhang.wei");
    story.effects = (struct complaint_effects){0};
    complaint_tried(&story.policy, &story.complaint, &try, (struct cause){50, when("2026-11-23 11:00")},
                    &story.effects);
    assert_false(HAS(story_clock(&story, clock_kind_is_callback), clock, stopped_at));
    story_refuses(&story, verified("zhang.wei", true), "2026-11-23 11:00", -E_NOT_ALLOWED_PERSON,
                  "zhang.wei served the customer of C-41 and may not call back");
    story_goes(&story, judged(verdict_is_upheld), "2026-11-23 11:00");
    story_goes(&story, verified("li.na", true), "2026-11-23 11:00");
    assert_int_equal(story.complaint.status, complaint_status_is_closed);
}

static void whom_it_is_upheld_against_may_not_verify(void **state)
{
    (void)state;
    struct story story;
    story_open_plain(&story, grade_is_general, "2026-11-23 09:00");
    struct event judge = judged(verdict_is_upheld);
    struct name_list staff = {.item = {span_of("li.si"), span_of("zhang.wei")}, .count = 2};
    SET(&judge.data.judged, judged, staff, staff);
    story_goes(&story, judge, "2026-11-23 09:30");
    story_reaches(&story, complaint_status_is_resolved, "2026-11-23 10:00");
    story_refuses(&story, verified("zhang.wei", true), "2026-11-23 11:00", -E_NOT_ALLOWED_PERSON,
                  "C-41 is upheld against zhang.wei, who may not verify it");
    story_goes(&story, judged(verdict_is_dismissed), "2026-11-23 11:00"); /* not against anybody any more */
    story_goes(&story, verified("zhang.wei", true), "2026-11-23 11:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_logged_try_stops_the_callback_clock),
        cmocka_unit_test(a_call_by_the_person_complained_about_is_no_try),
        cmocka_unit_test(the_person_complained_about_decides_nothing_weighty),
        cmocka_unit_test(who_resolved_may_not_verify),
        cmocka_unit_test(who_served_may_not_call_back),
        cmocka_unit_test(whom_it_is_upheld_against_may_not_verify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
