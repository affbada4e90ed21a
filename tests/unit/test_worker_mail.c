/* A worker that waits reads what comes meanwhile: unread mail would wake its loop again and again. */
#include "brokers/feed.h"
#include "io/bus_sim.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct showroom showroom;

static void turn_worker(void)
{
    int64_t wait_ms;
    assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
}

static void turn_feed(void)
{
    int64_t wait_ms;
    assert_int_equal(feed_turn(showroom.desk.feed, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
}

static bool has_mail(void)
{
    struct port *ports[5];
    bool mail = false;
    for (uint32_t i = worker_ports(showroom.worker, ports); i > 0; i--)
        mail = mail || bus_sim_port_has_mail(ports[i - 1]);
    return mail;
}

/* Intake says nothing: the worker waits for it, whatever the feed has to say. */
static void what_the_feed_sends_while_intake_is_silent_is_read(void **state)
{
    (void)state;
    struct complained fact = showroom_complaint(NULL, NULL);
    showroom_worker_stop(&showroom);
    showroom.desk.setup.batch_bytes = 1; /* a record each time: there is always more to read ahead */
    for (int i = 0; i < 4; i++) {
        showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
        assert_int_equal(desk_turn(&showroom.desk), 0);
    }
    showroom_worker_start(&showroom);
    turn_worker();
    assert_int_equal(desk_turn(&showroom.desk), 0); /* WELCOME */
    uint32_t came = 0;
    for (int i = 0; i < 40; i++) {
        turn_feed();
        came += has_mail();
        turn_worker();
        assert_false(has_mail());
    }
    assert_true(came > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_prestate_setup_teardown(name, showroom_begin, showroom_end, &showroom)
        STORY(what_the_feed_sends_while_intake_is_silent_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
