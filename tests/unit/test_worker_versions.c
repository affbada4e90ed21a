/* A later release concludes by other rules: it folds everything anew in silence, says so once, and says every open card again. */
#include "core/status.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR_MS (3600 * 1000ll)

static struct showroom showroom;

static void complain(uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        showroom_complain(&showroom, NULL, NULL);
}

static void release(uint32_t version)
{
    showroom_worker_stop(&showroom);
    showroom.desk.setup.fold_version = version;
    showroom_worker_start(&showroom);
}

static void the_first_release_announces_nothing(void **state)
{
    (void)state;
    complain(2);
    assert_int_equal(journal_head(showroom.desk.journal),
                     2 + 2 * 2); /* the rulebook and a fact each, with their cards */
}

static void a_later_release_adopts_once_and_says_open_cards_again(void **state)
{
    (void)state;
    complain(3);
    showroom_decide(&showroom, EVENT_complaint_withdrawn, "C-3", "wang.li");
    uint64_t head = journal_head(showroom.desk.journal);
    assert_int_equal(showroom_count(&showroom, "complaint.changed", ""), 4);
    release(2);
    showroom_turn(&showroom);
    /* and the one that was withdrawn by what was spoken of last: nobody can know whether all of that was said */
    assert_int_equal(showroom_count(&showroom, "complaint.changed", ""), 4 + 3);
    assert_int_equal(journal_head(showroom.desk.journal), head + 1 + 3);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-later");
    assert_int_equal(journal_head(showroom.desk.journal), head + 1 + 3);
    release(3);
    showroom_turn(&showroom);
    assert_int_equal(journal_head(showroom.desk.journal), head + (1 + 3) + (1 + 2));
    showroom_nothing_twice(&showroom);
}

/* The release before never came to speak of the last complaint and of a deadline: the later one does, once. */
static void what_was_left_unsaid_is_said_by_the_later_release(void **state)
{
    (void)state;
    complain(1);
    showroom_worker_stop(&showroom);
    struct complained fact = showroom_complaint(NULL, NULL);
    showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    desk_pass(&showroom.desk, 4 * HOUR_MS);
    showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom.desk.setup.fold_version = 2;
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 2); /* 50 % of 8 h, of the first two */
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-unsaid");
}

/* Killed after k turns, for every k until it has adopted: always exactly one announcement, each open card again once. */
static void a_release_that_dies_while_adopting_adopts_once(void **state)
{
    (void)state;
    for (int turns = 0; turns < 24; turns++) {
        showroom_close(&showroom);
        showroom_open_empty(&showroom);
        complain(3);
        uint64_t head = journal_head(showroom.desk.journal);
        release(2);
        for (int i = 0; i < turns; i++) {
            int64_t wait_ms;
            assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
            if (i % 2)
                assert_int_equal(desk_turn(&showroom.desk), 0);
        }
        showroom_worker_crash(&showroom, turns % 3 == 0);
        showroom_worker_start(&showroom);
        showroom_turn(&showroom);
        assert_int_equal(journal_head(showroom.desk.journal), head + 1 + 3);
        assert_int_equal(showroom_count(&showroom, "complaint.changed", ""), 3 + 3);
        showroom_nothing_twice(&showroom);
    }
}

/* 2,000 deadlines of one tick take sixteen steps and several PUTs; the worker dies after it has spoken of the first ones. */
static uint32_t die_amid_two_thousand_deadlines(uint32_t version)
{
    struct complained fact = showroom_complaint(NULL, NULL);
    for (uint32_t i = 0; i < 2000; i++)
        showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
    desk_pass(&showroom.desk, 4 * HOUR_MS);
    release(version);
    for (int i = 0; showroom_count(&showroom, "escalation.raised", "") == 0; i++) {
        int64_t wait_ms;
        assert_true(i < 1000);
        assert_int_equal(desk_turn(&showroom.desk), 0);
        assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
    }
    showroom_worker_crash(&showroom, true);
    assert_int_equal(desk_turn(&showroom.desk), 0); /* what it sent last still arrives */
    uint32_t raised = showroom_count(&showroom, "escalation.raised", "");
    assert_in_range(raised, 1, 1999);
    return raised;
}

/* How the later one counts steps nobody can know: it raises none of that entry's notices, and its adoption says how all stand. */
static void an_entry_half_spoken_of_by_another_release_is_not_raised_again(void **state)
{
    (void)state;
    uint32_t raised = die_amid_two_thousand_deadlines(1);
    release(2);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), raised);
    assert_int_equal(showroom_count(&showroom, "escalation.changed", ""), 2000);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-half");
}

/* What it spoke of itself it goes on with, also before its adoption is folded. */
static void a_release_that_dies_amid_its_own_words_goes_on_with_them(void **state)
{
    (void)state;
    die_amid_two_thousand_deadlines(2);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 2000);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-own");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(the_first_release_announces_nothing),
        STORY(a_later_release_adopts_once_and_says_open_cards_again),
        STORY(what_was_left_unsaid_is_said_by_the_later_release),
        STORY(an_entry_half_spoken_of_by_another_release_is_not_raised_again),
        STORY(a_release_that_dies_amid_its_own_words_goes_on_with_them),
        STORY(a_release_that_dies_while_adopting_adopts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
