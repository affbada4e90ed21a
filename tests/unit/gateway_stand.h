/*
 * gateway_stand.h - a gateway on simulated seams among made-up peers, for test_gateway.c and stream_stand.h.
 *
 * Peers that a test speaks for are bound before the gateway opens: stand_new, stand_bind, stand_start.
 */
#ifndef MANYI_TESTS_UNIT_GATEWAY_STAND_H
#define MANYI_TESTS_UNIT_GATEWAY_STAND_H

#include "brokers/gateway.h"
#include "core/status.h"
#include "io/http_sim.h"
#include "schemas/codec.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct stand {
    struct setup setup;
    struct gateway *gateway;
    struct port *intake, *query, *outlet; /* NULL: not there */
    struct parcel parcel;                 /* what a peer heard last */
    char dir[SCRATCH_MAX];
};

static inline struct stand *stand_new(void)
{
    const struct clock_options options = {.start_wall_ms = 1795392000000ll};
    struct stand *stand = calloc(1, sizeof *stand);
    assert_non_null(stand);
    struct setup *setup = &stand->setup;
    assert_int_equal(clock_open(&options, &setup->clock), 0);
    assert_int_equal(bus_open(&setup->bus), 0);
    scratch_make(stand->dir);
    snprintf(setup->dir, sizeof setup->dir, "%s", stand->dir);
    snprintf(setup->http_host, sizeof setup->http_host, "127.0.0.1");
    snprintf(setup->intake_trusted_endpoint, ENDPOINT_MAX, "inproc://intake-trusted");
    snprintf(setup->query_trusted_endpoint, ENDPOINT_MAX, "inproc://query-trusted");
    snprintf(setup->replay_trusted_endpoint, ENDPOINT_MAX, "inproc://replay-trusted");
    snprintf(setup->feed_inner_endpoint, ENDPOINT_MAX, "inproc://feed");
    return stand;
}

static inline void stand_bind(struct stand *stand, const char *endpoint, struct port **ret_port)
{
    const struct port_options options = {.kind = PORT_ROUTER, .endpoint = endpoint, .bind = true};
    assert_int_equal(port_open(stand->setup.bus, &options, ret_port), 0);
}

static inline void stand_start(struct stand *stand)
{
    assert_int_equal(gateway_open(&stand->setup, &stand->gateway), 0);
}

static inline int end(void **state)
{
    struct stand *stand = *state;
    gateway_close(stand->gateway);
    parcel_release(&stand->parcel);
    port_close(stand->intake);
    port_close(stand->query);
    port_close(stand->outlet);
    bus_close(stand->setup.bus);
    clock_close(stand->setup.clock);
    scratch_remove(stand->dir);
    free(stand);
    return 0;
}

static inline void turn(struct stand *stand)
{
    int64_t wait_ms;
    assert_int_equal(gateway_turn(stand->gateway, clock_read(stand->setup.clock), &wait_ms), 0);
    assert_true(wait_ms >= 0);
}

/* The status, 0 while there is none; then `part` (empty: whatever) is in the body or the head. */
static inline uint32_t answered(struct stand *stand, uint64_t id, const char *part)
{
    const char *body, *headers;
    uint32_t status = http_sim_answer(gateway_http(stand->gateway), id, &body, &headers);
    if (status && part[0] && !strstr(body, part) && !strstr(headers, part))
        fail_msg("%s is not in %s%s", part, headers, body);
    return status;
}

/* ---- peers ---- */

/* Answers what it heard last: {rid, and then what `rest` holds of `pairs`}. */
static inline void peer_says(struct stand *stand, struct port *port, const char *verb, uint32_t pairs, struct span rest)
{
    static uint8_t buffer[512 * 1024];
    struct wire_value value;
    struct span rid;
    struct wire_writer writer;
    assert_int_equal(wire_find(stand->parcel.frame[3], "rid", &value, &rid), 0);
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_map(&writer, pairs + 1);
    wire_key(&writer, "rid");
    wire_raw(&writer, rid);
    if (rest.len > 0)
        wire_raw(&writer, rest);
    assert_false(writer.full);
    const struct span frames[] = {stand->parcel.frame[0], span_make(NULL, 0), span_of(verb), wire_written(&writer)};
    assert_int_equal(port_send(port, frames, 4), 0);
    turn(stand);
}

static inline void peer_refuses(struct stand *stand, struct port *port, const char *code, int64_t retry_ms)
{
    uint8_t buffer[128];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_key(&writer, "code");
    wire_text(&writer, span_of(code));
    wire_key(&writer, "message");
    wire_text(&writer, span_of("because of \"this\""));
    if (retry_ms > 0) {
        wire_key(&writer, "retry_ms");
        wire_natural(&writer, (uint64_t)retry_ms);
    }
    peer_says(stand, port, "NAK", retry_ms > 0 ? 3 : 2, wire_written(&writer));
}

#endif
