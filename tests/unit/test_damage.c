/*
 * test_damage.c - a record of the journal whose checksum is wrong: what goes on, what ends, and what everybody is told.
 */
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SOURCE "/stores/sh-pudong/service/bay-03"
#define TURNS_MAX 1000

static struct showroom showroom;
static struct desk *const desk = &showroom.desk;

static uint64_t rate(const char *id)
{
    struct ack_reply ack = desk_acked(desk_rate(desk, SOURCE, id));
    assert_int_equal(ack.count, 1);
    return (uint64_t)ack.first;
}

static int64_t duplicate_of(const char *id)
{
    struct ack_reply ack = desk_acked(desk_rate(desk, SOURCE, id));
    assert_int_equal(ack.count, 0);
    struct problem problem = desk_problem(&ack, 0);
    assert_false(HAS(&problem, problem, code));
    return problem.duplicate_of;
}

/* ---- the worker ---- */

/* Without what is damaged its state would be another one: it ends, at once, and does not ask for ever. */
static void a_worker_that_meets_a_damaged_record_ends(void **state)
{
    (void)state;
    showroom_worker_stop(&showroom);
    rate("a");
    uint64_t damaged = rate("b");
    rate("c");
    desk_spoil(damaged);
    showroom_worker_start(&showroom);
    int result = 0;
    for (int i = 0; i < TURNS_MAX && result == 0; i++) {
        int64_t wait_ms;
        result = worker_turn(showroom.worker, clock_read(desk->setup.clock), &wait_ms);
        assert_int_equal(desk_turn(desk), 0);
    }
    assert_int_equal(result, -E_CORRUPT);
}

/* The original that a correction is about can't be had: what would be taken back is not known. */
static void a_worker_ends_when_the_original_of_a_correction_is_damaged(void **state)
{
    (void)state;
    struct rated rating = showroom_rating("V-1", 5000);
    uint64_t original = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &rating);
    showroom_turn(&showroom);
    struct corrected corrected = {0};
    SET(&corrected, corrected, of, ((struct reference){.seq = original}));
    SET(&corrected, corrected, overall, 9000);
    desk_spoil(original);
    showroom_publish(&showroom, EVENT_feedback_corrected, NULL, 0, &corrected);
    int result = 0;
    for (int i = 0; i < TURNS_MAX && result == 0; i++) {
        int64_t wait_ms;
        result = worker_turn(showroom.worker, clock_read(desk->setup.clock), &wait_ms);
        assert_int_equal(desk_turn(desk), 0);
    }
    assert_int_equal(result, -E_CORRUPT);
}

/* ---- intake ---- */

static void a_start_goes_on_after_a_damaged_record(void **state)
{
    (void)state;
    showroom_worker_stop(&showroom);
    uint64_t first = rate("a");
    uint64_t damaged = rate("b");
    uint64_t next = rate("b2");
    uint64_t last = rate("c");
    desk_spoil(damaged);
    desk_spoil(next); /* two in a row */
    desk_restart(desk);
    assert_int_equal(duplicate_of("a"), first);
    assert_int_equal(duplicate_of("c"), last);
    assert_int_equal(rate("d"), last + 1);
    showroom_worker_start(&showroom);
}

static void a_start_goes_on_when_the_last_record_is_damaged(void **state)
{
    (void)state;
    showroom_worker_stop(&showroom);
    uint64_t first = rate("a");
    uint64_t damaged = rate("b");
    desk_spoil(damaged);
    desk_restart(desk);
    assert_int_equal(duplicate_of("a"), first);
    assert_int_equal(rate("c"), damaged + 1); /* no seq is given out twice */
    showroom_worker_start(&showroom);
}

/* Whether it came before can't be told any more: it goes back to whoever sent it, the others are taken. */
static void a_repeat_of_what_is_damaged_is_refused_alone(void **state)
{
    (void)state;
    uint64_t damaged = rate("a");
    rate("b");
    desk_spoil(damaged);
    struct ack_reply ack = desk_acked(desk_put(desk, SOURCE, "x a y", 0, 0));
    assert_int_equal(ack.count, 2);
    assert_int_equal(desk_problems(&ack), 1);
    struct problem problem = desk_problem(&ack, 0);
    char named[64];
    snprintf(named, sizeof named, "volume 000001, at seq %llu", (unsigned long long)damaged);
    assert_int_equal(problem.i, 1);
    assert_true(span_is(problem.code, "E1402"));
    assert_non_null(strstr((const char *)problem.message.at, named));
    assert_false(HAS(&problem, problem, quarantine));
    assert_int_equal(duplicate_of("b"), damaged + 1);
    assert_int_equal(duplicate_of("y"), ack.first + 1);
}

/* By its sequence it is known to have been consumed: success, whatever has become of the record. */
static void a_session_is_told_that_what_is_damaged_was_taken(void **state)
{
    (void)state;
    desk_hello(desk, desk->peer, SOURCE);
    struct ack_reply ack = desk_acked(desk_put(desk, SOURCE, "a", 1, 1));
    desk_spoil((uint64_t)ack.first);
    ack = desk_acked(desk_put(desk, SOURCE, "a b", 1, 1));
    assert_int_equal(ack.count, 1);
    assert_int_equal(ack.last, 2);
    struct problem problem = desk_problem(&ack, 0);
    assert_false(HAS(&problem, problem, code));
    assert_false(HAS(&problem, problem, duplicate_of));
}

/* A flipped bit in `last` would answer success for what was never taken: the row is not believed, and nobody else is stopped. */
static void a_session_whose_row_is_damaged_goes_on_after_its_newest_entry(void **state)
{
    (void)state;
    static const uint8_t row[] = {'s', 0, 0, 0, 2};
    showroom_worker_stop(&showroom);
    struct welcome_reply before = desk_hello(desk, desk->peer, SOURCE);
    struct ack_reply ack = desk_acked(desk_put(desk, SOURCE, "a b c", (uint64_t)before.epoch, 1));
    assert_int_equal(ack.last, 3);
    store_sim_spoil("/desk/journal/000001", 1, span_make(row, sizeof row));
    desk_restart(desk);
    struct welcome_reply welcome = desk_hello(desk, desk->peer, SOURCE);
    assert_int_equal(welcome.last, 3);
    assert_true(span_is(welcome.last_id, "c"));
    assert_true(welcome.epoch > before.epoch + 1000000);
    ack = desk_acked(desk_put(desk, SOURCE, "c d", (uint64_t)welcome.epoch, 3));
    assert_int_equal(ack.count, 1);
    assert_int_equal(ack.last, 4);
    desk_restart(desk); /* the row was written anew */
    int64_t epoch = desk_hello(desk, desk->peer, SOURCE).epoch;
    assert_int_equal(epoch, welcome.epoch + 1);
    desk_pass(desk, 1000);
    store_sim_spoil("/desk/journal/000001", 1, span_make(row, sizeof row)); /* once more */
    desk_restart(desk);
    welcome = desk_hello(desk, desk->peer, SOURCE);
    assert_int_equal(welcome.last, 4);
    assert_true(welcome.epoch > epoch);
    desk_refused(desk_put(desk, SOURCE, "e", (uint64_t)epoch, 5), -E_FENCED);
    showroom_worker_start(&showroom);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
    const struct CMUnitTest tests[] = {
        STORY(a_worker_that_meets_a_damaged_record_ends),
        STORY(a_worker_ends_when_the_original_of_a_correction_is_damaged),
        STORY(a_start_goes_on_after_a_damaged_record),
        STORY(a_start_goes_on_when_the_last_record_is_damaged),
        STORY(a_repeat_of_what_is_damaged_is_refused_alone),
        STORY(a_session_is_told_that_what_is_damaged_was_taken),
        STORY(a_session_whose_row_is_damaged_goes_on_after_its_newest_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
