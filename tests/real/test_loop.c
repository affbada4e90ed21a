/* A role gets its turns: at once, when a message comes, when its time has come; and stops when told to. */
#include "core/status.h"
#include "io/loop.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY_TURNS 1000

struct role {
    int wake_fd;
    struct bus *bus;
    struct clock *clock;
    struct port *router;
    struct port *dealer;
    atomic_bool stop;
    atomic_int turns;
    int64_t first_ms;
    int64_t last_ms;
    int64_t wait_ms; /* asked for by each turn but the last */
    int turns_max;
    int result; /* of the last turn, then of the loop */
    bool heard;
};

static int role_open(void **state)
{
    struct role *role = calloc(1, sizeof *role);
    const struct clock_options options = {.rate = 1};
    const struct port_options router = {.kind = PORT_ROUTER, .endpoint = "inproc://role", .bind = true};
    const struct port_options dealer = {.kind = PORT_DEALER, .endpoint = "inproc://role"};
    role->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_true(role->wake_fd >= 0);
    assert_int_equal(clock_open(&options, &role->clock), 0);
    assert_int_equal(bus_open(&role->bus), 0);
    assert_int_equal(port_open(role->bus, &router, &role->router), 0);
    assert_int_equal(port_open(role->bus, &dealer, &role->dealer), 0);
    *state = role;
    return 0;
}

static int role_close(void **state)
{
    struct role *role = *state;
    port_close(role->dealer);
    port_close(role->router);
    bus_close(role->bus);
    clock_close(role->clock);
    close(role->wake_fd);
    free(role);
    return 0;
}

static int turn(void *self, struct clock_reading now, int64_t *ret_wait_ms)
{
    struct role *role = self;
    struct parcel parcel = {0};
    if (port_receive(role->router, &parcel) == 0)
        role->heard = true;
    parcel_release(&parcel);
    int turns = atomic_fetch_add(&role->turns, 1) + 1;
    role->first_ms = turns == 1 ? now.monotonic_ms : role->first_ms;
    role->last_ms = now.monotonic_ms;
    *ret_wait_ms = role->wait_ms;
    if (role->heard)
        return -E_STOPPED;
    return turns == role->turns_max ? role->result : 0;
}

static int run(struct role *role)
{
    const struct loop_waits waits = {.ports = &role->router, .count = 1, .wake_fd = role->wake_fd, .io_fd = -1};
    return loop_run(role->bus, role->clock, &waits, &role->stop, turn, role);
}

static void *run_in_thread(void *self)
{
    struct role *role = self;
    role->result = run(role);
    return NULL;
}

static void a_role_with_more_to_do_gets_its_next_turn_at_once(void **state)
{
    struct role *role = *state;
    role->turns_max = MANY_TURNS;
    role->result = -E_COMMIT_FAILED;
    assert_int_equal(run(role), -E_COMMIT_FAILED);
    assert_int_equal(role->turns, MANY_TURNS);
    assert_true(role->last_ms - role->first_ms < 10000);
}

static void a_role_that_waits_is_not_woken_before_its_time(void **state)
{
    struct role *role = *state;
    role->wait_ms = 20;
    role->turns_max = 4;
    role->result = -E_STOPPED;
    assert_int_equal(run(role), -E_STOPPED);
    assert_int_equal(role->turns, 4);
    assert_true(role->last_ms - role->first_ms >= 3 * 20 - 3); /* each reading is cut to a millisecond */
}

static void a_message_ends_the_wait(void **state)
{
    struct role *role = *state;
    const struct span ping[] = {span_of(""), span_of("PING"), span_of("")};
    role->wait_ms = -1;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_in_thread, role), 0);
    while (atomic_load(&role->turns) == 0)
        sched_yield();
    assert_int_equal(port_send(role->dealer, ping, 3), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(role->result, -E_STOPPED);
    assert_true(role->heard);
}

static void a_stop_ends_the_wait(void **state)
{
    struct role *role = *state;
    role->wait_ms = -1;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_in_thread, role), 0);
    while (atomic_load(&role->turns) == 0)
        sched_yield();
    atomic_store(&role->stop, true);
    loop_wake(role->wake_fd);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(role->result, 0);
}

static void a_wake_without_a_stop_gives_one_turn(void **state)
{
    struct role *role = *state;
    role->wait_ms = 60000;
    role->turns_max = 2;
    role->result = -E_STOPPED;
    loop_wake(role->wake_fd);
    loop_wake(role->wake_fd);
    assert_int_equal(run(role), -E_STOPPED);
    assert_true(role->last_ms - role->first_ms < 30000);
    uint64_t left;
    assert_int_equal(read(role->wake_fd, &left, sizeof left), -1);
}

static void a_role_stopped_before_it_runs_gets_no_turn(void **state)
{
    struct role *role = *state;
    atomic_store(&role->stop, true);
    assert_int_equal(run(role), 0);
    assert_int_equal(role->turns, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, role_open, role_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_role_with_more_to_do_gets_its_next_turn_at_once),
        TEST(a_role_that_waits_is_not_woken_before_its_time),
        TEST(a_message_ends_the_wait),
        TEST(a_stop_ends_the_wait),
        TEST(a_wake_without_a_stop_gives_one_turn),
        TEST(a_role_stopped_before_it_runs_gets_no_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
