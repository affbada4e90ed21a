/* A publisher gives each result once and in order, and the broker has each event once, in any weather. */
#include "tests/unit/publisher_stand.h"

static void events_are_acknowledged_in_order(void **state)
{
    (void)state;
    for (uint32_t s = 0; s < 2; s++) {
        struct stand stand;
        stand_open(&stand, sources[s], 2);
        publish_many(&stand, "rating", 5);
        settle(&stand, 1);
        assert_int_equal(stand.seen_count, 5);
        for (uint32_t i = 0; i < 5; i++)
            assert_accepted(&stand, i, i, i + 1, false);
        assert_int_equal(stand.broker.puts, 3); /* 2 + 2 + 1 */
        assert_int_equal(stand.broker.hellos, s);
        stand_close(&stand);
    }
}

static void a_refused_event_in_the_middle_comes_back_with_its_reason(void **state)
{
    (void)state;
    for (uint32_t s = 0; s < 2; s++) {
        struct stand stand;
        stand_open(&stand, sources[s], 0);
        publish(&stand, "good", 10);
        publish(&stand, "bad score", 11);
        publish(&stand, "full", 12);
        publish(&stand, "good", 13); /* the same again */
        publish(&stand, "fine", 14);
        settle(&stand, 1);
        assert_int_equal(stand.seen_count, 5);
        assert_accepted(&stand, 0, 10, 1, false);
        assert_int_equal(stand.seen[1].status, -E_OUT_OF_RANGE);
        assert_true(stand.seen[1].quarantined);
        assert_string_equal(stand.seen[1].field, "data.scores.quality");
        assert_string_equal(stand.seen[1].event, "bad score");
        assert_int_equal(stand.seen[2].status, -E_QUARANTINE_FULL);
        assert_false(stand.seen[2].quarantined);
        assert_string_equal(stand.seen[2].event, "full"); /* handed back */
        assert_accepted(&stand, 3, 13, 1, true);
        assert_accepted(&stand, 4, 14, 2, false); /* 1 is "good", the refused took none */
        stand_close(&stand);
    }
}

static void a_put_that_is_no_good_gives_its_events_back(void **state)
{
    (void)state;
    for (uint32_t s = 0; s < 2; s++) {
        struct stand stand;
        stand_open(&stand, sources[s], 2);
        stand.broker.refuse_next_with = -E_BAD_REQUEST;
        publish_many(&stand, "event", 4);
        settle(&stand, 10);
        assert_int_equal(stand.seen_count, 4);
        assert_int_equal(stand.seen[0].status, -E_BAD_REQUEST);
        assert_int_equal(stand.seen[1].status, -E_BAD_REQUEST);
        assert_string_equal(stand.seen[1].event, "event-1");
        assert_accepted(&stand, 2, 2, 1, s == 0); /* without a session it had got through at first */
        assert_accepted(&stand, 3, 3, 2, s == 0);
        stand_close(&stand);
    }
}

static void a_full_window_takes_no_more_until_something_is_answered(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL, 0);
    manyi_publisher_close(stand.publisher);
    stand.publisher = publisher_start(&stand, sources[1], 100, 1);
    char event[] = "12345678901234567890123456789-x"; /* 31 bytes: three fit, 93 <= 100 < 124 */
    for (char i = 0; i < 3; i++) {
        event[30] = (char)('a' + i);
        assert_int_equal(manyi_publish(stand.publisher, event, 31, (uint64_t)i), 0);
    }
    event[30] = 'd';
    assert_int_equal(manyi_publish(stand.publisher, event, 31, 3), -E_AGAIN);
    char large[101] = "larger than the window";
    assert_int_equal(manyi_publish(stand.publisher, large, sizeof large, 4), -E_TOO_LARGE);
    assert_int_equal(manyi_publish(stand.publisher, large, 0, 4), -E_EMPTY);
    settle(&stand, 1);
    assert_int_equal(manyi_publish(stand.publisher, event, 31, 3), 0);
    settle(&stand, 1);
    assert_accepted(&stand, 3, 3, 4, false);
    stand_close(&stand);
}

static void no_more_bytes_fly_than_the_broker_gives_credit_for(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 1);
    stand.broker.credit = 100; /* each event is 9 bytes and 5 of header: seven are 98 */
    round_of(&stand);
    publish_many(&stand, "event-ab", 0);
    for (uint32_t i = 0; i < 10; i++) {
        char event[10];
        snprintf(event, sizeof event, "event-ab%u", i);
        publish(&stand, event, i);
    }
    manyi_publisher_turn(stand.publisher, 0);
    manyi_publisher_turn(stand.publisher, 0);
    assert_int_equal(broker_model_turn(&stand.broker), 7);
    settle(&stand, 1);
    assert_int_equal(stand.seen_count, 10);
    stand_close(&stand);
}

static void a_flush_ends_when_all_is_answered_and_says_so_when_nobody_answers(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, sources[1], 0);
    publish(&stand, "one", 1);
    for (uint32_t i = 0; i < 3; i++)
        round_of(&stand);
    assert_int_equal(manyi_publisher_flush(stand.publisher, 0), 0);
    publish(&stand, "two", 2);
    assert_int_equal(manyi_publisher_flush(stand.publisher, 0), -E_UNREACHABLE);
    broker_model_turn(&stand.broker);
    assert_int_equal(manyi_publisher_flush(stand.publisher, 0), 0);
    stand.broker.refuse_next_with = -E_DISK_NEARLY_FULL;
    publish(&stand, "three", 3);
    round_of(&stand);
    assert_int_equal(manyi_publisher_flush(stand.publisher, 0), -E_DISK_NEARLY_FULL);
    stand_close(&stand);
}

/* ---- everything at once ---- */

struct weather {
    const char *source;
    uint64_t seed;
    uint32_t lose_request_percent;
    uint32_t lose_reply_percent;
};

/* Events 0 to 9,999; each hundredth is refused. After an answer was lost a refused event may come back as "known, seq
 * unknown": the protocol keeps its bytes in quarantine and its sequence used. It must never be in the journal. */
static void ten_thousand_events(const struct weather *weather)
{
    enum { EVENTS = 10000 };
    struct stand stand;
    stand_open(&stand, weather->source, 64);
    stand.broker.seed = weather->seed;
    stand.broker.lose_request_percent = weather->lose_request_percent;
    stand.broker.lose_reply_percent = weather->lose_reply_percent;
    uint32_t next = 0;
    for (uint32_t i = 0; i < 100000 && stand.seen_count < EVENTS; i++) {
        char event[MODEL_EVENT_MAX];
        for (uint32_t k = 0; k < 300 && next < EVENTS; k++) {
            snprintf(event, sizeof event, "%s-%u", next % 100 == 50 ? "bad" : "rating", next);
            if (manyi_publish(stand.publisher, event, strlen(event), next))
                break;
            next++;
        }
        round_of(&stand);
        pass(&stand, 50);
    }
    assert_int_equal(stand.seen_count, EVENTS);
    assert_int_equal(stand.broker.count, EVENTS - EVENTS / 100);
    for (uint32_t i = 0; i < EVENTS; i++) {
        const struct seen *seen = &stand.seen[i];
        assert_int_equal(seen->token, i);
        if (i % 100 == 50) {
            assert_true(seen->status == -E_OUT_OF_RANGE || (seen->duplicate && seen->seq == 0));
            continue;
        }
        assert_int_equal(seen->status, 0);
        assert_in_range(seen->seq, 1, stand.broker.count);
        const struct model_event *kept = &stand.broker.events[seen->seq - 1];
        assert_true(span_is(span_make(kept->bytes, kept->len), seen->event));
    }
    stand_close(&stand);
}

static void ten_thousand_events_arrive_once_each_through_any_weather(void **state)
{
    (void)state;
    static const struct weather weathers[] = {
        {NULL, 1, 0, 0}, {"/stores/a", 2, 0, 0}, {NULL, 3, 5, 0},   {"/stores/a", 4, 5, 0},
        {NULL, 5, 0, 5}, {"/stores/a", 6, 0, 5}, {NULL, 7, 20, 20}, {"/stores/a", 8, 20, 20},
    };
    for (uint32_t i = 0; i < sizeof weathers / sizeof weathers[0]; i++)
        ten_thousand_events(&weathers[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_acknowledged_in_order),
        cmocka_unit_test(a_refused_event_in_the_middle_comes_back_with_its_reason),
        cmocka_unit_test(a_put_that_is_no_good_gives_its_events_back),
        cmocka_unit_test(a_full_window_takes_no_more_until_something_is_answered),
        cmocka_unit_test(no_more_bytes_fly_than_the_broker_gives_credit_for),
        cmocka_unit_test(a_flush_ends_when_all_is_answered_and_says_so_when_nobody_answers),
        cmocka_unit_test(ten_thousand_events_arrive_once_each_through_any_weather),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
