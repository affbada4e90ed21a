/* People are told: in order, in spite of receivers that fail, after crashes, and never in a storm. */
#include "tests/unit/notifier_stand.h"

static const struct told *told_of(const struct stand *stand, const char *subject, uint32_t index)
{
    for (uint32_t i = 0; i < stand->told_count; i++) {
        if (strcmp(stand->told[i].subject, subject) == 0 && index-- == 0)
            return &stand->told[i];
    }
    return NULL;
}

static void a_notice_reaches_its_person_and_is_on_record(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    card_make(&stand, "E-41-response-100", "wang.li", START_MS - 2 * HOURS - 5 * MINUTES);
    time_passes(&stand, SECONDS);
    assert_int_equal(stand.arrival_count, 1);
    assert_string_equal(stand.arrivals[0].target, "hook");
    assert_string_equal(stand.arrivals[0].text,
                        "[urgent] C-41 sh-pudong/service: 100% of the time to answer is used\n"
                        "level 2, raised 2 h 5 min ago, for wang.li\n"
                        "Acknowledge: manyi escalation E-41-response-100 acknowledge --by wang.li\n");
    assert_int_equal(stand.told_count, 1);
    const struct told *told = told_of(&stand, "E-41-response-100", 0);
    assert_true(told->sent);
    assert_string_equal(told->to, "wang.li");
    assert_string_equal(told->target, "hook");
    assert_int_equal(told->attempt, 1);
    assert_int_equal(told->repeat, 0);
    time_passes(&stand, 10 * HOURS);
    assert_int_equal(stand.arrival_count, 1);
    assert_int_equal(stand.told_count, 1);
    assert_int_equal(stand.duplicates, 0);
    stand_close(&stand);
}

static void nothing_goes_before_its_time(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    card_make(&stand, "E-1", "wang.li", START_MS)->deliver_from_ms = START_MS + 15 * MINUTES;
    time_passes(&stand, 15 * MINUTES - 1);
    assert_int_equal(stand.arrival_count, 0);
    time_passes(&stand, 1);
    assert_int_equal(stand.arrival_count, 1);
    assert_int_equal(stand.arrivals[0].at_ms, START_MS + 15 * MINUTES);
    stand_close(&stand);
}

static void what_was_raised_first_arrives_first(void **state)
{
    struct stand stand;
    char id[24];
    (void)state;
    stand_open(&stand, one_hook);
    for (int i = 0; i < 50; i++) { /* 0, 37, 24, 11 ... */
        snprintf(id, sizeof id, "E-%d", i);
        card_make(&stand, id, "wang.li", START_MS - HOURS + i * 37 % 50 * SECONDS);
    }
    time_passes(&stand, SECONDS);
    assert_int_equal(stand.arrival_count, 50);
    for (int i = 0, next = 0; i < 50; i++) {
        for (next = 0; next * 37 % 50 != i; next++)
            continue;
        snprintf(id, sizeof id, "E-%d~", next);
        assert_memory_equal(stand.arrivals[i].id, id, strlen(id));
    }
    stand_close(&stand);
}

static void a_slow_target_with_a_thousand_waiting_holds_up_no_other(void **state)
{
    struct stand stand;
    char id[24];
    (void)state;
    stand_open(&stand, many_ways);
    stand.receiver[MAIL] = (struct receiver){SLOW, 10 * SECONDS};
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof id, "E-slow-%d", i);
        card_make(&stand, id, "chen.jing", START_MS - HOURS + i);
    }
    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof id, "E-room-%d", i);
        card_make(&stand, id, "manager@sh-pudong/service", START_MS - i);
    }
    time_passes(&stand, SECONDS);
    assert_int_equal(arrivals_of(&stand, "room"), 20);
    assert_int_equal(arrivals_of(&stand, "mail"), 1);
    time_passes(&stand, 100 * SECONDS);
    assert_int_equal(arrivals_of(&stand, "mail"), 11);
    stand_close(&stand);
}

static void it_is_tried_again_after_longer_and_longer_whiles(void **state)
{
    /* Sums of 10 s, 30 s, 2 min, 10 min, 30 min, 1 h, 1 h, 1 h. */
    static const int64_t tries_s[] = {0, 10, 40, 160, 760, 2560, 6160, 9760, 13360};
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    stand.receiver[0].weather = DOWN;
    card_make(&stand, "E-1", "wang.li", START_MS);
    time_passes(&stand, 4 * HOURS);
    assert_int_equal(stand.arrival_count, 9);
    for (uint32_t i = 0; i < 9; i++) {
        const struct told *told = told_of(&stand, "E-1", i);
        int64_t off_ms = stand.arrivals[i].at_ms - stand.arrivals[0].at_ms - tries_s[i] * SECONDS;
        assert_in_range(off_ms, 0, 100);
        assert_false(told->sent);
        assert_false(told->permanent);
        assert_string_equal(told->reason, "connection refused");
        assert_int_equal(told->attempt, i + 1);
        if (i < 8)
            assert_int_equal(told->retry_ms, stand.arrivals[i + 1].at_ms);
        assert_string_equal(stand.arrivals[i].id, stand.arrivals[0].id);
    }
    stand_close(&stand);
}

static void after_a_day_of_silence_all_arrive_in_order_and_nothing_stormed(void **state)
{
    struct stand stand;
    char id[24];
    (void)state;
    stand_open(&stand, one_hook);
    stand.receiver[0].weather = DOWN;
    for (int i = 0; i < 30; i++) {
        snprintf(id, sizeof id, "E-%02d", i);
        card_make(&stand, id, "wang.li", START_MS + i);
    }
    time_passes(&stand, 24 * HOURS);
    assert_int_equal(arrivals_of(&stand, "hook"), 0);
    assert_in_range(stand.arrival_count, 26, 32); /* six in the first 1:42:40, one an hour from then on */
    assert_in_range(stand.told_count, stand.arrival_count + 29, stand.arrival_count + 29);
    const struct told *behind = told_of(&stand, "E-29", 0);
    assert_string_equal(behind->reason, "not tried, as its target fails: connection refused");
    assert_false(behind->permanent);
    assert_null(told_of(&stand, "E-29", 1));
    uint32_t before = stand.arrival_count;
    stand.receiver[0].weather = FINE;
    time_passes(&stand, HOURS);
    assert_int_equal(stand.arrival_count - before, 30);
    for (uint32_t i = 0; i < 30; i++) {
        snprintf(id, sizeof id, "E-%02u~", i);
        assert_memory_equal(stand.arrivals[before + i].id, id, 5);
    }
    stand_close(&stand);
}

static void answers_of_500_keep_the_order_until_one_message_alone_is_at_fault(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    stand.receiver[0].weather = ERROR_500;
    card_make(&stand, "E-1", "wang.li", START_MS);
    card_make(&stand, "E-2", "wang.li", START_MS + 1);
    time_passes(&stand, 3 * MINUTES);
    for (uint32_t i = 0; i < stand.arrival_count; i++)
        assert_memory_equal(stand.arrivals[i].id, "E-1~", 4);
    stand.receiver[0].weather = FINE;
    time_passes(&stand, 11 * MINUTES);
    uint32_t last = stand.arrival_count - 1;
    assert_memory_equal(stand.arrivals[last - 1].id, "E-1~", 4);
    assert_memory_equal(stand.arrivals[last].id, "E-2~", 4);
    stand_close(&stand);
}

static void the_next_way_of_a_person_is_tried_at_once(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, many_ways);
    stand.receiver[MAIL].weather = DOWN;
    card_make(&stand, "E-1", "wang.li", START_MS);
    time_passes(&stand, SECONDS);
    assert_int_equal(stand.arrival_count, 2);
    assert_string_equal(stand.arrivals[1].target, "sms");
    assert_string_equal(stand.arrivals[1].address, "13800000000");
    assert_string_equal(told_of(&stand, "E-1", 0)->target, "mail");
    assert_false(told_of(&stand, "E-1", 0)->permanent);
    assert_true(told_of(&stand, "E-1", 1)->sent);
    assert_int_equal(told_of(&stand, "E-1", 1)->attempt, 2);
    stand_close(&stand);
}

static void it_has_failed_for_good_when_every_way_has(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, many_ways);
    stand.receiver[MAIL].weather = stand.receiver[SMS].weather = GONE;
    card_make(&stand, "E-1", "wang.li", START_MS);
    time_passes(&stand, 10 * HOURS);
    assert_int_equal(stand.told_count, 2);
    assert_false(told_of(&stand, "E-1", 0)->permanent);
    assert_true(told_of(&stand, "E-1", 1)->permanent);
    assert_string_equal(told_of(&stand, "E-1", 1)->reason, "HTTP 410");
    assert_int_equal(stand.arrival_count, 2);
    stand_close(&stand);
}

static void whom_nobody_knows_how_to_reach_is_said_at_once(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, many_ways);
    card_make(&stand, "E-1", "li.si", START_MS);
    time_passes(&stand, HOURS);
    assert_int_equal(stand.arrival_count, 0);
    assert_int_equal(stand.told_count, 1);
    assert_true(stand.told[0].permanent);
    assert_string_equal(stand.told[0].reason, "no target");
    assert_string_equal(stand.told[0].target, "");
    stand_close(&stand);
}

static void a_post_is_reached_by_the_closest_entry(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, many_ways);
    card_make(&stand, "E-1", "manager@sh-pudong/service", START_MS);
    card_make(&stand, "E-2", "director@sh-pudong", START_MS);
    time_passes(&stand, SECONDS);
    assert_int_equal(arrivals_of(&stand, "room"), 1);
    assert_int_equal(arrivals_of(&stand, "sms"), 1);
    stand_close(&stand);
}

static void a_full_mailbox_holds_up_nobody_else(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, many_ways);
    stand.receiver[MAIL].weather = MAILBOX_FULL;
    card_make(&stand, "E-1", "zhao.min", START_MS);
    card_make(&stand, "E-2", "chen.jing", START_MS + 1);
    time_passes(&stand, SECONDS);
    assert_int_equal(arrivals_of(&stand, "mail"), 1);
    assert_true(told_of(&stand, "E-2", 0)->sent);
    assert_false(told_of(&stand, "E-1", 0)->sent);
    stand_close(&stand);
}

static void patient_notices_of_a_reader_go_together_and_urgent_ones_alone(void **state)
{
    struct stand stand;
    char id[24];
    (void)state;
    stand_open(&stand, many_ways);
    for (int i = 0; i < 25; i++) {
        snprintf(id, sizeof id, "E-%02d", i);
        struct made_card *card = card_make(&stand, id, "chen.jing", START_MS - HOURS + i);
        card->grade = grade_is_general;
        card->level = (uint32_t)i % 2;
    }
    card_make(&stand, "E-urgent", "chen.jing", START_MS);
    struct made_card *other = card_make(&stand, "E-other", "wang.li", START_MS - MINUTES);
    other->grade = grade_is_general;
    other->level = 0;
    time_passes(&stand, SECONDS);
    assert_int_equal(arrivals_of(&stand, "mail"), 4); /* 20 and 5, and two alone */
    assert_non_null(strstr(stand.arrivals[0].text, "chen.jing：20 项待办"));
    assert_non_null(strstr(stand.arrivals[1].text, "chen.jing：5 项待办"));
    assert_int_equal(stand.told_count, 27);
    for (uint32_t i = 0; i < stand.told_count; i++)
        assert_true(stand.told[i].sent);
    stand_close(&stand);
}

static void an_answer_that_was_lost_brings_the_same_message_again(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    stand.receiver[0].weather = FORGETFUL;
    card_make(&stand, "E-1", "wang.li", START_MS);
    time_passes(&stand, SECONDS);
    stand.receiver[0].weather = FINE;
    time_passes(&stand, MINUTES);
    assert_int_equal(arrivals_of(&stand, "hook"), 2);
    assert_string_equal(stand.arrivals[0].id, stand.arrivals[1].id);
    stand_close(&stand);
}

/* No card says yet what failed, as the worker is behind: the whiles grow all the same. */
static void tries_are_counted_while_the_fold_is_behind(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    time_passes(&stand, SECONDS);
    stand.fold_rests = true;
    stand.receiver[0].weather = DOWN;
    card_make(&stand, "E-1", "wang.li", START_MS);
    time_passes(&stand, 3 * MINUTES);
    assert_int_equal(stand.arrival_count, 4); /* after 0, 10, 40 and 160 s */
    assert_int_equal(stand.told_count, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(stand.told[i].attempt, i + 1);
    stand_close(&stand);
}

static void what_is_hurried_keeps_its_id(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    stand.receiver[0].weather = DOWN;
    struct made_card *card = card_make(&stand, "E-1", "wang.li", START_MS);
    time_passes(&stand, SECONDS);
    card->deliver_from_ms = START_MS - 5 * MINUTES;
    card->grade = grade_is_major;
    card_changed(&stand, card);
    stand.receiver[0].weather = FINE;
    time_passes(&stand, MINUTES);
    assert_int_equal(stand.arrival_count, 2);
    assert_string_equal(stand.arrivals[0].id, stand.arrivals[1].id);
    stand_close(&stand);
}

static void what_is_acknowledged_meanwhile_is_not_sent(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    stand.receiver[0].weather = DOWN;
    struct made_card *card = card_make(&stand, "E-1", "wang.li", START_MS);
    time_passes(&stand, SECONDS);
    card->ended = true;
    card_changed(&stand, card);
    stand.receiver[0].weather = FINE;
    time_passes(&stand, HOURS);
    assert_int_equal(arrivals_of(&stand, "hook"), 0);
    stand_close(&stand);
}

static void each_repeat_is_sent_and_a_new_reader_is_told(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, many_ways);
    struct made_card *card = card_make(&stand, "E-1", "chen.jing", START_MS);
    time_passes(&stand, SECONDS);
    card->repeat = 1;
    card_changed(&stand, card);
    time_passes(&stand, SECONDS);
    assert_int_equal(arrivals_of(&stand, "mail"), 2);
    assert_string_not_equal(stand.arrivals[0].id, stand.arrivals[1].id);
    snprintf(card->to, sizeof card->to, "%s", "wang.li");
    card->sent_repeat = -1;
    card_changed(&stand, card);
    time_passes(&stand, SECONDS);
    assert_int_equal(arrivals_of(&stand, "mail"), 3);
    assert_string_equal(stand.arrivals[2].address, "wang.li@example.com");
    stand_close(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_reaches_its_person_and_is_on_record),
        cmocka_unit_test(nothing_goes_before_its_time),
        cmocka_unit_test(what_was_raised_first_arrives_first),
        cmocka_unit_test(a_slow_target_with_a_thousand_waiting_holds_up_no_other),
        cmocka_unit_test(it_is_tried_again_after_longer_and_longer_whiles),
        cmocka_unit_test(after_a_day_of_silence_all_arrive_in_order_and_nothing_stormed),
        cmocka_unit_test(answers_of_500_keep_the_order_until_one_message_alone_is_at_fault),
        cmocka_unit_test(the_next_way_of_a_person_is_tried_at_once),
        cmocka_unit_test(it_has_failed_for_good_when_every_way_has),
        cmocka_unit_test(whom_nobody_knows_how_to_reach_is_said_at_once),
        cmocka_unit_test(a_post_is_reached_by_the_closest_entry),
        cmocka_unit_test(a_full_mailbox_holds_up_nobody_else),
        cmocka_unit_test(patient_notices_of_a_reader_go_together_and_urgent_ones_alone),
        cmocka_unit_test(an_answer_that_was_lost_brings_the_same_message_again),
        cmocka_unit_test(tries_are_counted_while_the_fold_is_behind),
        cmocka_unit_test(what_is_hurried_keeps_its_id),
        cmocka_unit_test(what_is_acknowledged_meanwhile_is_not_sent),
        cmocka_unit_test(each_repeat_is_sent_and_a_new_reader_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
