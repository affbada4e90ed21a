/* What every benchmark sends is what the benchmark's page says that it sends. */
#include "schemas/codec.h"
#include "tests/bench/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW_MS 1795392000000 /* 2026-11-23 */
#define EVENTS 24000u

static struct event_mix mix;
static struct event event;

struct counts {
    uint32_t ratings, low, complaints, stores;
    char store[EVENT_MIX_STORES][NAME_MAX_BYTES + 1];
    uint32_t of_store[EVENT_MIX_STORES];
};

static void store_count(struct counts *counts, struct span name)
{
    uint32_t at = 0;
    while (at < counts->stores && !span_is(name, counts->store[at]))
        at++;
    if (at == counts->stores) {
        assert_true(counts->stores < EVENT_MIX_STORES);
        snprintf(counts->store[counts->stores++], sizeof counts->store[0], "%.*s", SPAN_ARGS(name));
    }
    counts->of_store[at]++;
}

static void event_count(struct counts *counts, struct span bytes)
{
    struct flaw flaw;
    assert_int_equal(bytes.len, 229);
    assert_int_equal(event_decode(bytes, &event, &flaw), 0);
    store_count(counts, event_name(&event, "store"));
    if (event.type == EVENT_feedback_complained) {
        counts->complaints++;
        return;
    }
    assert_int_equal(event.type, EVENT_feedback_rated);
    counts->ratings++;
    counts->low += event.data.rated.overall <= 6000; /* deploy/policy.yaml: ratings.low */
}

/* By its number alone: of 24,000 events 24 are complaints and 480 low, whatever the time. */
static void two_of_a_hundred_are_low_and_one_of_a_thousand_is_a_complaint(void **state)
{
    (void)state;
    for (int64_t time_ms = 0; time_ms <= NOW_MS; time_ms += NOW_MS) {
        struct counts counts = {0};
        event_mix_init(&mix, 0, time_ms);
        for (uint32_t i = 0; i < EVENTS; i++)
            event_count(&counts, event_mix_next(&mix));
        assert_int_equal(counts.complaints, 24);
        assert_int_equal(counts.low, 480);
        assert_int_equal(counts.ratings, 23976);
        assert_int_equal(counts.stores, 12);
        for (uint32_t i = 0; i < counts.stores; i++)
            assert_in_range(counts.of_store[i], 1900, 2100);
    }
}

static void each_event_has_an_id_of_its_own_and_a_second_load_goes_on(void **state)
{
    (void)state;
    struct span id, source;
    for (uint64_t first = 0; first <= EVENTS; first += EVENTS) {
        event_mix_init(&mix, first, NOW_MS);
        for (uint64_t number = first; number < first + EVENTS; number++) {
            char wanted[32];
            snprintf(wanted, sizeof wanted, "bench-%012llu", (unsigned long long)number);
            assert_int_equal(event_identity(event_mix_next(&mix), &id, &source), 0);
            assert_true(span_is(id, wanted));
        }
    }
    event_mix_init(&mix, 999999999999, NOW_MS);
    assert_int_equal(event_identity(event_mix_next(&mix), &id, &source), 0);
    assert_true(span_is(id, "bench-999999999999"));
}

static void a_complaint_out_of_turn_takes_the_next_number(void **state)
{
    (void)state;
    struct counts counts = {0};
    event_mix_init(&mix, 7, NOW_MS);
    event_count(&counts, event_mix_complaint(&mix));
    assert_true(span_is(event.id, "bench-000000000007"));
    event_count(&counts, event_mix_next(&mix));
    assert_true(span_is(event.id, "bench-000000000008"));
    assert_int_equal(counts.complaints, 1);
    assert_int_equal(counts.ratings, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_of_a_hundred_are_low_and_one_of_a_thousand_is_a_complaint),
        cmocka_unit_test(each_event_has_an_id_of_its_own_and_a_second_load_goes_on),
        cmocka_unit_test(a_complaint_out_of_turn_takes_the_next_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
