/*
 * The same days twice: once undisturbed, once with a worker that dies again and again, at times losing its last commit.
 * Both journals must be the same, byte for byte: every card said once, in the same words, by the same cause.
 */
#include "core/status.h"
#include "tests/support/ratings.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ACTIONS 120u
#define CASES_MAX 64u
#define HOUR_MS (3600 * 1000ll)

static struct showroom showroom;

/* What happens is drawn from one seed, where the worker dies from another. */
struct day {
    uint64_t events;
    uint64_t crashes;
    bool crash;
    uint64_t complaint[CASES_MAX];
    uint32_t complaint_count;
    uint64_t rating[CASES_MAX];
    uint32_t rating_count;
    uint32_t died;
};

/* Until nothing moves, dying on the way. */
static void live(struct day *day)
{
    int calm = 0;
    while (calm < 4) {
        int64_t wait_ms;
        uint64_t head = journal_head(showroom.desk.journal);
        assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
        if (day->crash && draw(&day->crashes, 12) == 0) {
            showroom_worker_crash(&showroom, draw(&day->crashes, 2));
            showroom_worker_start(&showroom);
            day->died++;
            wait_ms = 0;
        }
        assert_int_equal(desk_turn(&showroom.desk), 0);
        calm = wait_ms != 0 && head == journal_head(showroom.desk.journal) ? calm + 1 : 0;
    }
}

static void complain(struct day *day)
{
    char customer[16], visit[16];
    snprintf(customer, sizeof customer, "c-%u", draw(&day->events, 5));
    snprintf(visit, sizeof visit, "V-%u", draw(&day->events, 8));
    struct complained fact = showroom_complaint(customer, visit);
    fact.category = (int32_t)draw(&day->events, category_count);
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    if (day->complaint_count < CASES_MAX)
        day->complaint[day->complaint_count++] = seq;
}

static void rate(struct day *day)
{
    char visit[16];
    snprintf(visit, sizeof visit, "V-%u", draw(&day->events, 8));
    struct rated fact = showroom_rating(visit, (int32_t)draw(&day->events, 11) * 1000);
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    if (day->rating_count < CASES_MAX)
        day->rating[day->rating_count++] = seq;
}

static void correct(struct day *day)
{
    if (day->rating_count == 0)
        return;
    struct corrected fact = {.of = {.seq = day->rating[draw(&day->events, day->rating_count)]}};
    fact.has |= 1ull << corrected_field_of;
    SET(&fact, corrected, overall, (int32_t)draw(&day->events, 11) * 1000);
    showroom_publish(&showroom, EVENT_feedback_corrected, NULL, 0, &fact);
}

static void decide(struct day *day)
{
    static const enum event_type types[] = {
        EVENT_complaint_acknowledged,
        EVENT_complaint_noted,
        EVENT_complaint_withdrawn,
        EVENT_complaint_resumed,
    };
    char id[32];
    struct decided decided = {0};
    if (day->complaint_count == 0)
        return;
    SET(&decided, decided, by, span_of("wang.li"));
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)day->complaint[draw(&day->events, day->complaint_count)]);
    showroom_publish(&showroom, types[draw(&day->events, 4)], id, 0, &decided);
}

static uint8_t *live_through(struct day *day, size_t *ret_len)
{
    showroom_open_empty(&showroom);
    for (uint32_t i = 0; i < ACTIONS; i++) {
        uint32_t burst = 1 + draw(&day->events, 4);
        for (uint32_t k = 0; k < burst; k++) {
            switch (draw(&day->events, 5)) {
            case 0:
                complain(day);
                break;
            case 1:
                correct(day);
                break;
            case 2:
                decide(day);
                break;
            default:
                rate(day);
            }
        }
        live(day);
        desk_pass(&showroom.desk, (int64_t)draw(&day->events, 3) * HOUR_MS + 300);
        live(day);
    }
    uint8_t *journal = showroom_journal(&showroom, ret_len);
    showroom_nothing_twice(&showroom);
    showroom_verify(&showroom);
    return journal;
}

static void a_worker_that_dies_again_and_again_says_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct day undisturbed = {.events = seed};
        struct day disturbed = {.events = seed, .crashes = 99 + seed, .crash = true};
        size_t len, disturbed_len;
        uint8_t *journal = live_through(&undisturbed, &len);
        showroom_close(&showroom);
        uint8_t *disturbed_journal = live_through(&disturbed, &disturbed_len);
        assert_true(disturbed.died > 50);
        assert_int_equal(len, disturbed_len);
        assert_memory_equal(journal, disturbed_journal, len);
        char dir[32];
        snprintf(dir, sizeof dir, "/rebuilt-%llu", (unsigned long long)seed);
        showroom_rebuild_is_equal(&showroom, dir);
        showroom_close(&showroom);
        free(journal);
        free(disturbed_journal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_dies_again_and_again_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
