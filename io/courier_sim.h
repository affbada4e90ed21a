/*
 * courier_sim.h - what only the simulated courier can do: let a weather decide what becomes of each message.
 *
 * Without one every message arrives in the turn in which it is sent.
 */
#ifndef MANYI_IO_COURIER_SIM_H
#define MANYI_IO_COURIER_SIM_H

#include "io/courier.h"

struct courier_sim_fate {
    bool arrives; /* at its receiver, whatever the outcome says */
    int64_t delay_ms;
    struct courier_outcome outcome; /* its ticket is filled in */
};

/* Called once for each message, when it is handed over; everything is lent for the call. */
typedef struct courier_sim_fate courier_sim_weather(void *context, const struct notice_target *target,
                                                    const struct courier_message *message, struct clock_reading now);

void courier_sim_set_weather(struct courier *courier, courier_sim_weather *weather, void *context);

#endif
