/* After crashes at any moment, with a fold that is behind and a memory that is too small, everybody is told, and nobody is stormed. */
#include "tests/unit/notifier_stand.h"

static void a_target_takes_nothing_new_until_the_last_outcome_is_on_record(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    time_passes(&stand, SECONDS);
    stand.intake_rests = true;
    card_make(&stand, "E-1", "wang.li", START_MS);
    card_make(&stand, "E-2", "wang.li", START_MS + 1);
    time_passes(&stand, HOURS);
    assert_int_equal(arrivals_of(&stand, "hook"), 1);
    stand.intake_rests = false;
    time_passes(&stand, 3 * SECONDS);
    assert_int_equal(arrivals_of(&stand, "hook"), 2);
    assert_int_equal(stand.told_count, 2);
    stand_close(&stand);
}

/* What was sent stands in the journal, and on no card yet: a notifier that starts waits for the cards. */
static void after_a_start_nothing_goes_before_cards_know_what_was_sent(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    time_passes(&stand, SECONDS);
    stand.fold_rests = true;
    card_make(&stand, "E-1", "wang.li", START_MS);
    time_passes(&stand, SECONDS);
    assert_int_equal(arrivals_of(&stand, "hook"), 1);
    notifier_crash(&stand);
    time_passes(&stand, HOURS);
    assert_int_equal(arrivals_of(&stand, "hook"), 1);
    fold_wakes(&stand, 0);
    time_passes(&stand, HOURS);
    assert_int_equal(arrivals_of(&stand, "hook"), 1);
    stand_close(&stand);
}

/* Between every two effects: after each turn of a story that has all in it. */
static void a_crash_at_any_moment_forgets_nothing_and_storms_nobody(void **state)
{
    (void)state;
    for (uint32_t crash_after = 1; crash_after < 40; crash_after++) {
        struct stand stand;
        char id[24];
        stand_open(&stand, many_ways);
        stand.receiver[MAIL] = (struct receiver){SLOW, 20};
        stand.receiver[ROOM].weather = FORGETFUL;
        for (int i = 0; i < 12; i++) {
            snprintf(id, sizeof id, "E-%02d", i);
            card_make(&stand, id, i % 3 == 2 ? "manager@sh-pudong/service" : "chen.jing", START_MS + i)->level =
                i < 8 ? 2 : 0;
        }
        for (uint32_t i = 0; i < crash_after; i++) {
            stand_turn(&stand);
            stand.now.wall_ms += 7;
            stand.now.monotonic_ms += 7;
        }
        notifier_crash(&stand);
        stand.receiver[ROOM].weather = FINE;
        time_passes(&stand, HOURS);
        for (uint32_t i = 0; i < stand.card_count; i++)
            assert_int_equal(stand.cards[i].sent_repeat, 0);
        uint32_t again = 0;
        for (uint32_t i = 0; i < stand.arrival_count; i++) {
            uint32_t same = 0;
            for (uint32_t k = 0; k < stand.arrival_count; k++)
                same += strcmp(stand.arrivals[i].id, stand.arrivals[k].id) == 0 &&
                        strcmp(stand.arrivals[i].target, "mail") == 0;
            assert_true(same <= 2);
            again += same == 2;
        }
        assert_true(again <= 2); /* of one message both copies are counted */
        stand_close(&stand);
    }
}

static void more_notices_than_there_is_memory_for_arrive_all_the_same(void **state)
{
    struct stand stand;
    char id[24];
    (void)state;
    stand_open(&stand, many_ways);
    for (int i = 0; i < 6000; i++) {
        snprintf(id, sizeof id, "E-%d", i);
        struct made_card *card = card_make(&stand, id, "chen.jing", START_MS - HOURS + i);
        card->grade = grade_is_general;
        card->level = 0;
    }
    time_passes(&stand, MINUTES);
    for (uint32_t i = 0; i < stand.card_count; i++)
        assert_int_equal(stand.cards[i].sent_repeat, 0);
    assert_int_equal(stand.told_count, 6000);
    stand_close(&stand);
}

static void another_journal_is_begun_from_its_beginning(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    card_make(&stand, "E-1", "wang.li", START_MS);
    card_make(&stand, "E-2", "wang.li", START_MS)->deliver_from_ms = START_MS + HOURS; /* nobody knows of it any more */
    time_passes(&stand, SECONDS);
    stand.lineage = "L2";
    stand.card_count = 0;
    stand.last_n = 0;
    stand.told_count = 0;
    card_make(&stand, "E-9", "wang.li", START_MS);
    time_passes(&stand, 2 * HOURS);
    assert_int_equal(arrivals_of(&stand, "hook"), 2);
    assert_memory_equal(stand.arrivals[1].id, "E-9~", 4);
    stand_close(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_takes_nothing_new_until_the_last_outcome_is_on_record),
        cmocka_unit_test(after_a_start_nothing_goes_before_cards_know_what_was_sent),
        cmocka_unit_test(a_crash_at_any_moment_forgets_nothing_and_storms_nobody),
        cmocka_unit_test(more_notices_than_there_is_memory_for_arrive_all_the_same),
        cmocka_unit_test(another_journal_is_begun_from_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
