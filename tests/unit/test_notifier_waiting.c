/* Whoever waits behind others: behind thousands for a receiver that is down, behind a slow one, behind a clock that was put back. */
#include "brokers/notifier_parts.h"
#include "tests/unit/notifier_stand.h"

static uint32_t tellings_of(const struct stand *stand, const char *subject, bool sent)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < stand->told_count; i++)
        count += strcmp(stand->told[i].subject, subject) == 0 && stand->told[i].sent == sent;
    return count;
}

static void cards_make(struct stand *stand, const char *name, int count, const char *to, int64_t raised_ms)
{
    char id[24];
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof id, "E-%s-%d", name, i);
        card_make(stand, id, to, raised_ms + i);
    }
}

/* More than the notifier keeps in memory, all for one dead mail server, and none of it goes away by itself. */
static void thousands_for_a_dead_target_keep_nobody_else_from_being_told(void **state)
{
    struct stand stand;
    char id[24];
    (void)state;
    stand_open(&stand, many_ways);
    stand.receiver[MAIL].weather = DOWN;
    cards_make(&stand, "dead", 4400, "chen.jing", START_MS - HOURS);
    time_passes(&stand, 2 * MINUTES);
    card_make(&stand, "E-new", "director", START_MS + 2 * MINUTES);
    time_passes(&stand, 10 * SECONDS);
    assert_int_equal(arrivals_of(&stand, "sms"), 1);
    for (int i = 0; i < 4400; i++) { /* the clock to climb runs for each of them */
        snprintf(id, sizeof id, "E-dead-%d", i);
        struct made_card *card = card_of(&stand, id);
        assert_true(card->attempts >= 1);
    }
    assert_in_range(stand.told_count, 4401, 4410);
    stand.receiver[MAIL].weather = FINE;
    time_passes(&stand, 2 * HOURS);
    assert_int_equal(arrivals_of(&stand, "mail"), 4400);
    stand_close(&stand);
}

/* The same after a start: nothing is known yet of what fails. */
static void after_a_start_with_thousands_for_a_dead_target_others_are_told_within_minutes(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, many_ways);
    stand.receiver[MAIL].weather = DOWN;
    cards_make(&stand, "dead", 4200, "chen.jing", START_MS - HOURS);
    card_make(&stand, "E-last", "director", START_MS);
    time_passes(&stand, 3 * MINUTES);
    assert_int_equal(arrivals_of(&stand, "sms"), 1);
    stand_close(&stand);
}

/* Ten seconds a mail: the last of a thousand would wait for three hours, and nobody would know. */
static void who_waits_long_behind_a_slow_target_is_told_by_another_way_or_said_not_to_be(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, many_ways);
    stand.receiver[MAIL] = (struct receiver){SLOW, 10 * SECONDS};
    cards_make(&stand, "slow", 1000, "chen.jing", START_MS - HOURS);
    card_make(&stand, "E-one", "chen.jing", START_MS);
    card_make(&stand, "E-two", "wang.li", START_MS);
    time_passes(&stand, 2 * MINUTES);
    assert_int_equal(arrivals_of(&stand, "sms"), 1);
    assert_int_equal(tellings_of(&stand, "E-two", true), 1);
    assert_int_equal(tellings_of(&stand, "E-one", false), 1); /* once: so much is said, and its clock to climb runs */
    uint32_t mails = arrivals_of(&stand, "mail");
    assert_in_range(mails, 11, 13);
    time_passes(&stand, 10 * MINUTES);
    assert_int_equal(tellings_of(&stand, "E-one", false), 1);
    assert_int_equal(arrivals_of(&stand, "mail"), mails + 60); /* the order and the pace are as they were */
    stand_close(&stand);
}

/* The wall's clock is three hours behind the journal's time, which never goes back: what is due at once is due now. */
static void a_clock_that_was_put_back_delays_nobody(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    card_make(&stand, "E-1", "wang.li", START_MS + 3 * HOURS);
    card_make(&stand, "E-2", "wang.li", START_MS + 3 * HOURS)->deliver_from_ms += 15 * MINUTES;
    time_passes(&stand, SECONDS);
    assert_int_equal(arrivals_of(&stand, "hook"), 1);
    assert_memory_equal(stand.arrivals[0].id, "E-1~", 4);
    card_make(&stand, "E-3", "wang.li", START_MS + 3 * HOURS + 15 * MINUTES); /* so late it is by the journal */
    time_passes(&stand, SECONDS);
    assert_int_equal(arrivals_of(&stand, "hook"), 3);
    stand_close(&stand);
}

static void what_waited_by_a_clock_that_was_put_back_waits_no_longer(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    stand.receiver[0].weather = DOWN;
    card_make(&stand, "E-1", "wang.li", START_MS);
    time_passes(&stand, 5 * HOURS);
    stand.receiver[0].weather = FINE;
    stand.now.wall_ms -= 3 * HOURS;
    time_passes(&stand, SECONDS);
    assert_int_equal(arrivals_of(&stand, "hook"), 1);
    stand_close(&stand);
}

/* After some hours of failing a target is tried once an hour; whoever mends the file does not wait so long. */
static void what_was_mended_is_tried_at_once(void **state)
{
    struct stand stand;
    (void)state;
    stand_open(&stand, one_hook);
    stand.receiver[0].weather = DOWN;
    card_make(&stand, "E-1", "wang.li", START_MS);
    card_make(&stand, "E-2", "wang.li", START_MS + 1);
    time_passes(&stand, 5 * HOURS);
    stand.receiver[0].weather = FINE;
    time_passes(&stand, MINUTES);
    assert_int_equal(arrivals_of(&stand, "hook"), 0);
    notifier_try_anew(stand.notifier);
    time_passes(&stand, SECONDS);
    assert_int_equal(arrivals_of(&stand, "hook"), 2);
    stand_close(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands_for_a_dead_target_keep_nobody_else_from_being_told),
        cmocka_unit_test(after_a_start_with_thousands_for_a_dead_target_others_are_told_within_minutes),
        cmocka_unit_test(who_waits_long_behind_a_slow_target_is_told_by_another_way_or_said_not_to_be),
        cmocka_unit_test(a_clock_that_was_put_back_delays_nobody),
        cmocka_unit_test(what_was_mended_is_tried_at_once),
        cmocka_unit_test(what_waited_by_a_clock_that_was_put_back_waits_no_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
