/* courier_sim.c - the simulated half of courier.h: no mail, no socket, no process. */
#include "io/courier_sim.h"

#include "core/status.h"

#include <stdlib.h>

struct courier {
    courier_sim_weather *weather;
    void *context;
    uint32_t count;
    struct {
        int64_t due_ms;
        struct courier_outcome outcome;
    } flight[NOTICE_TARGETS_MAX];
    int64_t now_ms;
};

int courier_open(struct courier **ret_courier)
{
    struct courier *courier = calloc(1, sizeof *courier);
    if (!courier)
        return -E_NO_MEMORY;
    *ret_courier = courier;
    return 0;
}

void courier_close(struct courier *courier)
{
    free(courier);
}

int courier_fd(const struct courier *courier)
{
    (void)courier;
    return -1;
}

void courier_sim_set_weather(struct courier *courier, courier_sim_weather *weather, void *context)
{
    courier->weather = weather;
    courier->context = context;
}

int courier_send(struct courier *courier, const struct notice_target *target, const struct courier_message *message,
                 struct clock_reading now)
{
    if (courier->count == NOTICE_TARGETS_MAX)
        return -E_AGAIN;
    if (message->id.len >= COURIER_ID_MAX || message->title.len > COURIER_TITLE_MAX ||
        message->text.len > COURIER_TEXT_MAX || message->markdown.len > COURIER_TEXT_MAX ||
        message->body.len > COURIER_BODY_MAX)
        return -E_TOO_LARGE;
    struct courier_sim_fate fate = {.arrives = true};
    if (courier->weather)
        fate = courier->weather(courier->context, target, message, now);
    fate.outcome.ticket = message->ticket;
    courier->flight[courier->count].due_ms = now.monotonic_ms + fate.delay_ms;
    courier->flight[courier->count].outcome = fate.outcome;
    courier->count++;
    courier->now_ms = now.monotonic_ms;
    return 0;
}

void courier_turn(struct courier *courier, struct clock_reading now)
{
    courier->now_ms = now.monotonic_ms;
}

/* The earliest; of several at the same time the one that was sent first. */
int courier_outcome(struct courier *courier, struct courier_outcome *ret_outcome)
{
    uint32_t first = courier->count;
    for (uint32_t i = 0; i < courier->count; i++) {
        bool due = courier->flight[i].due_ms <= courier->now_ms;
        if (due && (first == courier->count || courier->flight[i].due_ms < courier->flight[first].due_ms))
            first = i;
    }
    if (first == courier->count)
        return -E_AGAIN;
    *ret_outcome = courier->flight[first].outcome;
    courier->count--;
    for (uint32_t i = first; i < courier->count; i++)
        courier->flight[i] = courier->flight[i + 1];
    return 0;
}

int64_t courier_due_ms(const struct courier *courier)
{
    int64_t due_ms = INT64_MAX;
    for (uint32_t i = 0; i < courier->count; i++) {
        if (courier->flight[i].due_ms < due_ms)
            due_ms = courier->flight[i].due_ms;
    }
    return due_ms;
}
