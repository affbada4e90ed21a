/* Cards reach every subscriber: those that join late, lose frames, or meet another journal, too. */
#include "tests/unit/outlet_stand.h"

static void a_card_reaches_a_subscriber_as_it_was_concluded(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    assert_int_equal(watcher->ready, 1);
    complaint(&stand, "C-41", "opened");
    run(&stand, 2);
    assert_int_equal(watcher->count, 1);
    assert_seen(watcher, 0, 1, "opened", false);
    assert_int_equal(watcher->seen[0].seq, 1);
    assert_string_equal(watcher->seen[0].at, "2026-11-23T00:00:01.000Z");
    assert_string_equal(watcher->seen[0].channel, "complaint");
    stand_close(&stand);
}

static void who_joins_late_gets_the_newest_card_of_each_case_then_what_comes(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    complaint(&stand, "C-1", "opened");       /* n 1 */
    complaint(&stand, "C-2", "opened");       /* 2 */
    complaint(&stand, "C-1", "acknowledged"); /* 3 */
    complaint(&stand, "C-3", "opened");       /* 4 */
    complaint(&stand, "C-1", "planned");      /* 5 */
    run(&stand, 10);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    assert_int_equal(watcher->count, 3);
    assert_seen(watcher, 0, 2, "opened", true);
    assert_seen(watcher, 1, 4, "opened", true);
    assert_seen(watcher, 2, 5, "planned", true);
    assert_int_equal(watcher->ready, 1);
    complaint(&stand, "C-2", "acknowledged");
    run(&stand, 2);
    assert_int_equal(watcher->count, 4);
    assert_seen(watcher, 3, 6, "acknowledged", false);
    assert_int_equal(watcher->resets, 0);
    stand_close(&stand);
}

static void each_channel_counts_for_itself(void **state)
{
    (void)state;
    static const char *const channels[] = {"task", "escalation"};
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch(&stand, channels, 2);
    run(&stand, 20);
    complaint(&stand, "C-1", "opened");
    feed_model_add(&stand.feed, EVENT_task_changed, "T-1", "a", false);
    feed_model_add(&stand.feed, EVENT_escalation_raised, "E-1-response-50", "b", false);
    feed_model_add(&stand.feed, EVENT_task_changed, "T-2", "c", false);
    run(&stand, 5);
    assert_int_equal(watcher->count, 3);
    assert_seen(watcher, 0, 1, "a", false);
    assert_seen(watcher, 1, 1, "b", false);
    assert_string_equal(watcher->seen[1].channel, "escalation");
    assert_seen(watcher, 2, 2, "c", false);
    assert_int_equal(watcher->ready, 2);
    stand_close(&stand);
}

static void a_lost_frame_is_healed_by_the_next_one(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    complaint(&stand, "C-1", "opened");
    feed_and_outlet(&stand);
    lose_one(watcher);
    complaint(&stand, "C-2", "opened");
    complaint(&stand, "C-3", "opened");
    run(&stand, 5);
    assert_int_equal(watcher->count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(watcher->seen[i].n, i + 1);
    stand_close(&stand);
}

static void a_lost_last_frame_is_healed_by_the_beat(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    complaint(&stand, "C-1", "opened");
    feed_and_outlet(&stand);
    lose_one(watcher);
    run(&stand, 110); /* 1.1 s */
    assert_int_equal(watcher->count, 1);
    assert_seen(watcher, 0, 1, "opened", true);
    stand_close(&stand);
}

static void a_lost_welcome_delays_the_snapshot_by_a_second(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    complaint(&stand, "C-1", "opened");
    run(&stand, 10);
    struct watcher *watcher = watch_complaints(&stand);
    feed_and_outlet(&stand);
    lose_one(watcher);
    run(&stand, 50);
    assert_int_equal(watcher->count, 0);
    run(&stand, 60);
    assert_int_equal(watcher->count, 1);
    assert_int_equal(watcher->ready, 1);
    stand_close(&stand);
}

static void a_snapshot_of_many_pages_is_complete_and_in_order(void **state)
{
    (void)state;
    enum { CASES = 1000 }; /* 4 pages of 256 */
    struct stand stand;
    stand_open(&stand);
    for (uint32_t i = 0; i < CASES; i++) {
        char subject[16];
        snprintf(subject, sizeof subject, "C-%u", i);
        complaint(&stand, subject, "opened");
    }
    run(&stand, 100);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 3);
    complaint(&stand, "C-0", "arrives while the pages are on their way");
    run(&stand, 30);
    assert_int_equal(watcher->ready, 1);
    assert_int_equal(watcher->seen[watcher->count - 1].n, CASES + 1);
    for (uint32_t i = 1; i < watcher->count; i++)
        assert_true(watcher->seen[i].n > watcher->seen[i - 1].n);
    assert_in_range(watcher->count, CASES, CASES + 1); /* the first card of C-0 may have gone out before */
    stand_close(&stand);
}

static void a_tombstone_reaches_who_has_the_card_and_is_left_out_of_a_snapshot(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *early = watch_complaints(&stand);
    complaint(&stand, "C-1", "closed long ago");
    complaint(&stand, "C-2", "open");
    run(&stand, 20);
    feed_model_add(&stand.feed, EVENT_complaint_changed, "C-1", "gone", true);
    feed_and_outlet(&stand);
    lose_one(early); /* it comes by REPLAY then, which has it, for it is not from 0 */
    run(&stand, 110);
    assert_int_equal(early->count, 3);
    assert_true(early->seen[2].gone);
    assert_int_equal(early->seen[2].n, 3);

    struct watcher *late = watch_complaints(&stand);
    run(&stand, 20);
    assert_int_equal(late->count, 1);
    assert_seen(late, 0, 2, "open", true);
    assert_int_equal(late->ready, 1);
    complaint(&stand, "C-2", "still open"); /* n 4: the tombstone's n is no gap */
    run(&stand, 2);
    assert_seen(late, 1, 4, "still open", false);
    stand_close(&stand);
}

static void another_generation_starts_from_zero(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    complaint(&stand, "C-1", "of the first journal");
    complaint(&stand, "C-2", "of the first journal");
    run(&stand, 20);
    assert_int_equal(watcher->count, 2);
    feed_model_restore(&stand.feed, "second");
    complaint(&stand, "C-1", "of the second journal");
    feed_model_time_out(&stand.feed);
    run(&stand, 110); /* a beat tells */
    assert_int_equal(watcher->resets, 1);
    assert_int_equal(watcher->count, 1);
    assert_seen(watcher, 0, 1, "of the second journal", true);
    assert_int_equal(watcher->ready, 2);
    stand_close(&stand);
}

static void a_restored_journal_without_cards_empties_the_board(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    complaint(&stand, "C-1", "of the first journal");
    run(&stand, 20);
    feed_model_restore(&stand.feed, "second");
    feed_model_time_out(&stand.feed);
    run(&stand, 110); /* only a beat can tell */
    assert_int_equal(watcher->resets, 1);
    assert_int_equal(watcher->count, 0);
    stand_close(&stand);
}

static void a_snapshot_ends_under_a_steady_flow_of_changes(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    char subject[16];
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(subject, sizeof subject, "C-%u", i);
        complaint(&stand, subject, "opened");
    }
    run(&stand, 100);
    struct watcher *watcher = watch_complaints(&stand);
    for (uint32_t i = 0; i < 30; i++) { /* four pages, a turn or two each */
        complaint(&stand, "C-5", "changed again");
        run(&stand, 1);
    }
    assert_int_equal(watcher->ready, 1);
    run(&stand, 5);
    assert_int_equal(watcher->seen[watcher->count - 1].n, 1030);
    stand_close(&stand);
}

static void a_silent_outlet_is_connected_to_anew_and_nothing_is_told_twice(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    complaint(&stand, "C-1", "opened");
    run(&stand, 20);
    assert_int_equal(watcher->count, 1);
    struct port *before = watcher->subscriber->live;
    assert_in_range(manyi_subscriber_silence_ms(watcher->subscriber), 0, 1000);
    pass(&stand, 5001); /* nobody moves */
    assert_in_range(manyi_subscriber_silence_ms(watcher->subscriber), 5001, 7000);
    assert_int_equal(manyi_subscriber_turn(watcher->subscriber, 0), 0);
    assert_ptr_not_equal(watcher->subscriber->live, before);
    complaint(&stand, "C-2", "opened");
    run(&stand, 20);
    assert_int_equal(watcher->count, 2);
    assert_int_equal(watcher->seen[1].n, 2);
    assert_int_equal(watcher->resets, 0);
    stand_close(&stand);
}

static void a_channel_that_nobody_knows_is_said_to_be_wrong(void **state)
{
    (void)state;
    static const char *const channels[] = {"complaints"};
    struct stand stand;
    stand_open(&stand);
    run(&stand, 5);
    struct watcher *watcher = watch(&stand, channels, 1);
    int result = 0;
    for (uint32_t i = 0; i < 200 && result == 0; i++) {
        feed_and_outlet(&stand);
        result = manyi_subscriber_turn(watcher->subscriber, 0);
        pass(&stand, 10);
    }
    assert_int_equal(result, -E_BAD_REQUEST);
    stand_close(&stand);
}

/* ---- everything at once ---- */

/* A subscriber that loses every third message still ends with the newest card of every case, in order and once. */
static void a_subscriber_that_loses_a_third_ends_with_every_newest_card(void **state)
{
    (void)state;
    enum { CASES = 20, CHANGES = 1000 };
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    uint64_t newest[CASES] = {0};
    uint64_t seed = 7;
    for (uint64_t n = 1; n <= CHANGES; n++) {
        char subject[16];
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        uint32_t which = (uint32_t)(seed >> 33) % CASES;
        snprintf(subject, sizeof subject, "C-%u", which);
        complaint(&stand, subject, subject);
        newest[which] = n;
        feed_and_outlet(&stand);
        if ((seed >> 40) % 3 == 0) {
            struct parcel lost = {0};
            port_receive(watcher->subscriber->live, &lost);
            parcel_release(&lost);
        }
        assert_int_equal(manyi_subscriber_turn(watcher->subscriber, 0), 0);
        pass(&stand, 10);
    }
    run(&stand, 250);
    uint64_t had[CASES] = {0};
    for (uint32_t i = 0; i < watcher->count; i++) {
        assert_true(i == 0 || watcher->seen[i].n > watcher->seen[i - 1].n);
        had[strtoul(watcher->seen[i].said + 2, NULL, 10)] = watcher->seen[i].n;
    }
    assert_memory_equal(had, newest, sizeof had);
    stand_close(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_card_reaches_a_subscriber_as_it_was_concluded),
        cmocka_unit_test(who_joins_late_gets_the_newest_card_of_each_case_then_what_comes),
        cmocka_unit_test(each_channel_counts_for_itself),
        cmocka_unit_test(a_lost_frame_is_healed_by_the_next_one),
        cmocka_unit_test(a_lost_last_frame_is_healed_by_the_beat),
        cmocka_unit_test(a_lost_welcome_delays_the_snapshot_by_a_second),
        cmocka_unit_test(a_snapshot_of_many_pages_is_complete_and_in_order),
        cmocka_unit_test(a_tombstone_reaches_who_has_the_card_and_is_left_out_of_a_snapshot),
        cmocka_unit_test(another_generation_starts_from_zero),
        cmocka_unit_test(a_restored_journal_without_cards_empties_the_board),
        cmocka_unit_test(a_snapshot_ends_under_a_steady_flow_of_changes),
        cmocka_unit_test(a_silent_outlet_is_connected_to_anew_and_nothing_is_told_twice),
        cmocka_unit_test(a_channel_that_nobody_knows_is_said_to_be_wrong),
        cmocka_unit_test(a_subscriber_that_loses_a_third_ends_with_every_newest_card),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
