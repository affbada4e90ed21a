/* The window gives back what was put in, in order, however the ring turns: compared with a plain queue of copies. */
#include "clients/c/window.h"
#include "core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define CAPACITY 1000u
#define EVENTS 20000u

static void what_is_released_makes_room_at_once(void **state)
{
    (void)state;
    struct window window;
    static const uint8_t event[30] = {1};
    assert_int_equal(window_open(&window, 100, 16), 0);
    for (uint64_t i = 0; i < 3; i++) /* 90 of 100 bytes */
        assert_int_equal(window_add(&window, span_make(event, 30), i), 0);
    assert_int_equal(window_add(&window, span_make(event, 30), 3), -E_AGAIN);
    window_release(&window);
    assert_int_equal(window_add(&window, span_make(event, 30), 3), 0); /* in front of the others now */
    assert_int_equal(window_add(&window, span_make(event, 1), 4), -E_AGAIN);
    window_close(&window);
}

static void a_window_holds_so_many_events_and_no_more(void **state)
{
    (void)state;
    struct window window;
    assert_int_equal(window_open(&window, 1000, 4), 0);
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(window_add(&window, span_of("x"), i), 0);
    assert_int_equal(window_add(&window, span_of("x"), 4), -E_AGAIN);
    assert_int_equal(window_add(&window, span_make(window.bytes, 1001), 4), -E_TOO_LARGE);
    window_close(&window);
}

/* Event i is `len_of(i)` bytes of value i: the queue to compare with needs no memory. */
static size_t len_of(uint64_t i)
{
    return (size_t)(1 + i * 2654435761u % 400);
}

static void the_ring_keeps_every_event_as_it_was(void **state)
{
    (void)state;
    struct window window;
    uint8_t event[400];
    uint64_t seed = 1, taken = 0, given = 0;
    assert_int_equal(window_open(&window, CAPACITY, 16), 0);
    while (given < EVENTS) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        if (taken < EVENTS && (seed >> 33) % 2) {
            memset(event, (int)(taken & 0xff), sizeof event);
            int result = window_add(&window, span_make(event, len_of(taken)), taken);
            assert_true(result == 0 || result == -E_AGAIN);
            assert_true(result == 0 || window.end > window.first); /* an empty window takes any event */
            taken += result == 0;
        } else if (given < taken) {
            const struct window_event *oldest = window_at(&window, given);
            assert_int_equal(oldest->token, given);
            assert_int_equal(oldest->bytes.len, len_of(given));
            for (size_t i = 0; i < oldest->bytes.len; i++)
                assert_int_equal(oldest->bytes.at[i], given & 0xff);
            window_release(&window);
            given++;
        }
    }
    window_close(&window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_released_makes_room_at_once),
        cmocka_unit_test(a_window_holds_so_many_events_and_no_more),
        cmocka_unit_test(the_ring_keeps_every_event_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
