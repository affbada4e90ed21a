/* Whatever gets lost, late, overtaken or restored, the publisher finds back to where the broker is. */
#include "tests/unit/publisher_stand.h"

static void a_lost_put_is_sent_again(void **state)
{
    (void)state;
    for (uint32_t s = 0; s < 2; s++) {
        struct stand stand;
        stand_open(&stand, sources[s], 0);
        publish_many(&stand, "rating", 1);
        settle(&stand, 1);
        stand.broker.lose_next_requests = 1;
        publish(&stand, "lost once", 7);
        settle(&stand, 10);
        assert_accepted(&stand, 1, 7, 2, false);
        assert_int_equal(broker_model_has(&stand.broker, "lost once"), 1);
        stand_close(&stand);
    }
}

static void a_lost_acknowledgement_is_answered_as_a_duplicate(void **state)
{
    (void)state;
    for (uint32_t s = 0; s < 2; s++) {
        struct stand stand;
        stand_open(&stand, sources[s], 0);
        publish_many(&stand, "rating", 1);
        settle(&stand, 1);
        stand.broker.lose_next_replies = 1;
        publish(&stand, "answered twice", 7);
        settle(&stand, 10);
        assert_int_equal(stand.seen_count, 2);
        assert_accepted(&stand, 1, 7, 2, true);
        assert_int_equal(broker_model_has(&stand.broker, "answered twice"), 1);
        stand_close(&stand);
    }
}

static void a_duplicate_that_is_too_old_to_be_known_is_a_success_without_a_seq(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 0);
    publish_many(&stand, "rating", 1);
    settle(&stand, 1);
    stand.broker.lose_next_replies = 1;
    stand.broker.renumber_late = true;
    publish(&stand, "long ago", 7);
    settle(&stand, 10);
    assert_accepted(&stand, 1, 7, 0, true);
    stand_close(&stand);
}

static void a_lost_welcome_is_asked_for_again(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 0);
    stand.broker.lose_next_replies = 1;
    publish(&stand, "patient", 1);
    settle(&stand, 10);
    assert_accepted(&stand, 0, 1, 1, false);
    assert_int_equal(stand.broker.hellos, 2);
    stand_close(&stand);
}

static void a_late_welcome_is_not_taken_for_the_newest(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 0);
    publish(&stand, "patient", 1);
    manyi_publisher_turn(stand.publisher, 0);
    pass(&stand, 2000);
    manyi_publisher_turn(stand.publisher, 0); /* greets again; now the broker answers both, with epochs 1 and 2 */
    settle(&stand, 1);
    assert_int_equal(stand.broker.hellos, 2);
    assert_accepted(&stand, 0, 1, 1, false);
    assert_int_equal(stand.fenced, 0);
    stand_close(&stand);
}

static void an_acknowledgement_that_is_overtaken_costs_no_silence(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 1);
    publish(&stand, "first", 0);
    settle(&stand, 1);
    stand.broker.lose_next_replies = 1; /* of "second"; "third" is answered */
    publish(&stand, "second", 1);
    publish(&stand, "third", 2);
    for (uint32_t i = 0; i < 4; i++)
        round_of(&stand); /* no time passes */
    assert_int_equal(stand.seen_count, 3);
    assert_accepted(&stand, 1, 1, 2, true);
    assert_accepted(&stand, 2, 2, 3, true);
    stand_close(&stand);
}

static void a_gap_is_filled_from_the_expected_number_on(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 1);
    publish(&stand, "one", 1);
    settle(&stand, 1);
    stand.broker.lose_next_requests = 1; /* "two" is lost, "three" and "four" meet a gap */
    publish(&stand, "two", 2);
    publish(&stand, "three", 3);
    publish(&stand, "four", 4);
    for (uint32_t i = 0; i < 4; i++)
        round_of(&stand); /* the NAK tells: no silence has to pass */
    assert_int_equal(stand.seen_count, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_accepted(&stand, i, i + 1, i + 1, false);
    stand_close(&stand);
}

static void whoever_greets_last_publishes_and_the_other_is_fenced(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 0);
    publish(&stand, "mine", 1);
    settle(&stand, 1);
    struct manyi_publisher *older = stand.publisher;
    stand.publisher = publisher_start(&stand, sources[1], 0, 0);
    publish(&stand, "from the newer one", 2);
    settle(&stand, 1);
    assert_accepted(&stand, 1, 2, 2, false);

    assert_int_equal(manyi_publish(older, "too late", 8, 3), 0);
    assert_int_equal(manyi_publisher_turn(older, 0), 0);
    broker_model_turn(&stand.broker);
    assert_int_equal(manyi_publisher_turn(older, 0), -E_FENCED);
    assert_int_equal(stand.fenced, 1);
    assert_int_equal(manyi_publish(older, "never", 5, 4), -E_FENCED);
    pass(&stand, 60000);
    assert_int_equal(manyi_publisher_turn(older, 0), -E_FENCED);
    assert_int_equal(stand.seen_count, 2);
    assert_int_equal(broker_model_turn(&stand.broker), 0);
    manyi_publisher_close(older);
    stand_close(&stand);
}

static void a_publisher_that_was_overtaken_while_silent_renumbers(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 0);
    publish(&stand, "mine", 1);
    settle(&stand, 1);
    stand.broker.lose_next_requests = 1;
    publish(&stand, "lost on the way", 2);
    round_of(&stand);
    struct manyi_publisher *older = stand.publisher;
    stand.publisher = publisher_start(&stand, sources[1], 0, 0);
    publish(&stand, "takes the number of the lost one", 3);
    settle(&stand, 1);
    manyi_publisher_close(stand.publisher);
    stand.publisher = older;
    settle(&stand, 10);
    assert_int_equal(broker_model_has(&stand.broker, "lost on the way"), 1);
    assert_accepted(&stand, 2, 2, 3, false);
    stand_close(&stand);
}

static void another_lineage_renumbers_and_loses_nothing(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 0);
    publish_many(&stand, "before", 3);
    settle(&stand, 1);
    /* Restored from a backup that has only the first event. */
    stand.broker.lose_next_requests = 1;
    publish(&stand, "after", 9);
    round_of(&stand);
    snprintf(stand.broker.lineage, sizeof stand.broker.lineage, "second");
    stand.broker.count = 1;
    stand.broker.last = 1;
    settle(&stand, 10);
    assert_accepted(&stand, 3, 9, 2, false);
    assert_int_equal(broker_model_has(&stand.broker, "after"), 1);
    stand_close(&stand);
}

static void another_lineage_may_have_come_further_than_we_had(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 0);
    publish(&stand, "before", 1);
    settle(&stand, 1);
    stand.broker.lose_next_requests = 1;
    publish(&stand, "after", 2);
    round_of(&stand);
    snprintf(stand.broker.lineage, sizeof stand.broker.lineage, "second");
    stand.broker.last = 50; /* 2 is taken there by something else */
    settle(&stand, 10);
    assert_int_equal(broker_model_has(&stand.broker, "after"), 1);
    assert_accepted(&stand, 1, 2, 2, false);
    assert_int_equal(stand.broker.last, 51);
    stand_close(&stand);
}

static void a_broker_that_has_forgotten_a_sequence_is_followed(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 0);
    publish_many(&stand, "before", 3);
    settle(&stand, 1);
    stand.broker.last = 1; /* of the same lineage: 4 would be a gap for ever */
    publish(&stand, "after", 9);
    settle(&stand, 10);
    assert_accepted(&stand, 3, 9, 4, false);
    stand_close(&stand);
}

static void a_recovery_that_brings_nothing_is_not_repeated_without_a_rest(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 0);
    publish(&stand, "never in order", 1);
    for (uint32_t i = 0; i < 50; i++) {
        stand.broker.refuse_next_with = -E_GAP;
        round_of(&stand); /* no time passes */
    }
    assert_in_range(stand.broker.hellos, 2, 3);
    stand.broker.refuse_next_with = 0;
    settle(&stand, 10);
    assert_accepted(&stand, 0, 1, 1, false);
    stand_close(&stand);
}

static void a_broker_that_comes_back_is_found_again(void **state)
{
    (void)state;
    for (uint32_t s = 0; s < 2; s++) {
        struct stand stand;
        stand_open(&stand, sources[s], 0);
        publish_many(&stand, "before", 1);
        settle(&stand, 1);
        port_close(stand.broker.port);
        publish(&stand, "nobody there", 5);
        for (uint32_t i = 0; i < 100; i++) {
            assert_int_equal(manyi_publisher_turn(stand.publisher, 0), 0);
            pass(&stand, 100);
        }
        assert_int_equal(stand.seen_count, 1);
        struct port_options options = {.kind = PORT_ROUTER, .endpoint = ENDPOINT, .bind = true};
        assert_int_equal(port_open(stand.manyi.bus, &options, &stand.broker.port), 0);
        settle(&stand, 60);
        assert_accepted(&stand, 1, 5, 2, false);
        stand_close(&stand);
    }
}

static void a_full_disk_and_a_stopping_broker_are_waited_for(void **state)
{
    (void)state;
    static const int statuses[] = {-E_DISK_NEARLY_FULL, -E_STOPPED};
    for (uint32_t i = 0; i < 2; i++) {
        struct stand stand;
        stand_open(&stand, sources[i], 0);
        stand.broker.refuse_next_with = statuses[i];
        publish(&stand, "kept until there is room", 1);
        for (uint32_t k = 0; k < 10; k++)
            round_of(&stand);
        assert_int_equal(stand.broker.puts, 1); /* it rests */
        pass(&stand, 999);
        round_of(&stand);
        assert_int_equal(stand.broker.puts, 1);
        pass(&stand, 1);
        for (uint32_t k = 0; k < 3; k++)
            round_of(&stand);
        assert_int_equal(stand.broker.puts, 2);
        settle(&stand, 1);
        assert_accepted(&stand, 0, 1, 1, false);
        stand_close(&stand);
    }
}

/* In a session it greets anew first; either way nothing is sent before the time that the broker named. */
static void who_is_told_to_slow_down_waits_as_long_as_the_broker_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct stand stand;
        stand_open(&stand, sources[i], 0);
        publish(&stand, "at once", 1);
        settle(&stand, 1);
        uint32_t before = stand.broker.puts + stand.broker.hellos;
        stand.broker.refuse_next_with = -E_SLOW_DOWN;
        stand.broker.retry_ms = 7300;
        publish(&stand, "not so fast", 2);
        for (uint32_t k = 0; k < 10; k++)
            round_of(&stand);
        pass(&stand, 7299);
        round_of(&stand);
        assert_int_equal(stand.broker.puts + stand.broker.hellos, before + 1);
        assert_int_equal(manyi_publisher_flush(stand.publisher, 0), -E_SLOW_DOWN); /* why it waits */
        pass(&stand, 1);
        settle(&stand, 1);
        assert_int_equal(stand.seen_count, 2);
        assert_accepted(&stand, 1, 2, 2, false);
        assert_int_equal(broker_model_has(&stand.broker, "not so fast"), 1);
        stand_close(&stand);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_put_is_sent_again),
        cmocka_unit_test(a_lost_acknowledgement_is_answered_as_a_duplicate),
        cmocka_unit_test(a_duplicate_that_is_too_old_to_be_known_is_a_success_without_a_seq),
        cmocka_unit_test(a_lost_welcome_is_asked_for_again),
        cmocka_unit_test(a_late_welcome_is_not_taken_for_the_newest),
        cmocka_unit_test(an_acknowledgement_that_is_overtaken_costs_no_silence),
        cmocka_unit_test(a_gap_is_filled_from_the_expected_number_on),
        cmocka_unit_test(whoever_greets_last_publishes_and_the_other_is_fenced),
        cmocka_unit_test(a_publisher_that_was_overtaken_while_silent_renumbers),
        cmocka_unit_test(another_lineage_renumbers_and_loses_nothing),
        cmocka_unit_test(another_lineage_may_have_come_further_than_we_had),
        cmocka_unit_test(a_broker_that_has_forgotten_a_sequence_is_followed),
        cmocka_unit_test(a_recovery_that_brings_nothing_is_not_repeated_without_a_rest),
        cmocka_unit_test(a_broker_that_comes_back_is_found_again),
        cmocka_unit_test(a_full_disk_and_a_stopping_broker_are_waited_for),
        cmocka_unit_test(who_is_told_to_slow_down_waits_as_long_as_the_broker_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
