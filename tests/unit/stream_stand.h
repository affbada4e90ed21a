/*
 * stream_stand.h - made-up browsers and a made-up outlet around a gateway on simulated seams, for test_gateway_stream.c alone.
 */
#ifndef MANYI_TESTS_UNIT_STREAM_STAND_H
#define MANYI_TESTS_UNIT_STREAM_STAND_H

#include "tests/unit/gateway_stand.h"

#define HOST "Host: 127.0.0.1:7300\n"

static int begin(void **state)
{
    struct stand *stand = stand_new();
    stand_bind(stand, stand->setup.replay_trusted_endpoint, &stand->outlet);
    stand_start(stand);
    *state = stand;
    return 0;
}

/* ---- browsers ---- */

static uint64_t ask(struct stand *stand, enum http_method method, const char *uri, const char *headers)
{
    uint64_t id = http_sim_ask(gateway_http(stand->gateway),
                               &(struct http_sim_request){.method = method, .uri = uri, .headers = headers});
    turn(stand);
    return id;
}

static const char *heard(struct stand *stand, uint64_t id)
{
    const char *body = NULL, *headers = NULL;
    assert_true(http_sim_answer(gateway_http(stand->gateway), id, &body, &headers) != 0);
    return body;
}

static void hears(struct stand *stand, uint64_t id, const char *part)
{
    if (!strstr(heard(stand, id), part))
        fail_msg("%s is not in %s", part, heard(stand, id));
}

static void hears_not(struct stand *stand, uint64_t id, const char *part)
{
    if (strstr(heard(stand, id), part))
        fail_msg("%s is in %s", part, heard(stand, id));
}

static uint32_t times(const char *text, const char *part)
{
    uint32_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

static bool is_open(struct stand *stand, uint64_t id)
{
    return http_sim_is_open(gateway_http(stand->gateway), id);
}

/* ---- the outlet ---- */

/* The next question; its body is lent until the one after. false: there is none. */
static bool outlet_asked(struct stand *stand, const char *verb)
{
    if (port_receive(stand->outlet, &stand->parcel) < 0)
        return false;
    assert_int_equal(stand->parcel.count, 4);
    if (!span_is(stand->parcel.frame[2], verb))
        fail_msg("%s was asked, not %.*s", verb, SPAN_ARGS(stand->parcel.frame[2]));
    return true;
}

static uint64_t asked_figure(struct stand *stand, const char *name)
{
    struct wire_value value;
    struct span bytes;
    assert_int_equal(wire_find(stand->parcel.frame[3], name, &value, &bytes), 0);
    assert_true(value.kind == WIRE_UINT);
    return value.natural;
}

static bool asked_has(struct stand *stand, const char *name)
{
    struct wire_value value;
    struct span bytes;
    return wire_find(stand->parcel.frame[3], name, &value, &bytes) == 0;
}

/* PONG: everybody's last n of complaints and tasks. */
static void outlet_is(struct stand *stand, const char *lineage, uint64_t complaint, uint64_t task, uint64_t began_ms)
{
    uint8_t buffer[256];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_key(&writer, "lineage");
    wire_text(&writer, span_of(lineage));
    wire_key(&writer, "began_ms");
    wire_natural(&writer, began_ms);
    wire_key(&writer, "channels");
    wire_map(&writer, 2);
    wire_key(&writer, "complaint");
    wire_natural(&writer, complaint);
    wire_key(&writer, "task");
    wire_natural(&writer, task);
    peer_says(stand, stand->outlet, "PONG", 3, wire_written(&writer));
}

/* CARDS of n, each as large as `bytes` of a text. */
static void outlet_tells(struct stand *stand, const char *g, const uint64_t *n, uint32_t count, uint64_t upto,
                         size_t bytes)
{
    static uint8_t buffer[512 * 1024], text[20000];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    memset(text, 'x', sizeof text);
    wire_key(&writer, "g");
    wire_text(&writer, span_of(g));
    wire_key(&writer, "cards");
    wire_array(&writer, count);
    for (uint32_t i = 0; i < count; i++) {
        wire_map(&writer, 4);
        wire_key(&writer, "n");
        wire_natural(&writer, n[i]);
        wire_key(&writer, "seq");
        wire_natural(&writer, 1000 + n[i]);
        wire_key(&writer, "at");
        wire_time_text(&writer, 1795392000000ll);
        wire_key(&writer, "card");
        wire_map(&writer, 1);
        wire_key(&writer, "text");
        wire_text(&writer, span_make(text, bytes));
    }
    wire_key(&writer, "upto");
    wire_natural(&writer, upto);
    wire_key(&writer, "more");
    wire_bool(&writer, false);
    assert_false(writer.full);
    peer_says(stand, stand->outlet, "CARDS", 4, wire_written(&writer));
}

/* Time passes, and the outlet answers every PING, as long as it is there. */
static void time_passes(struct stand *stand, int64_t ms, uint64_t complaint)
{
    for (; ms > 0; ms -= 250) {
        clock_sim_advance(stand->setup.clock, 250, 250);
        turn(stand);
        while (complaint && port_receive(stand->outlet, &stand->parcel) == 0) {
            if (span_is(stand->parcel.frame[2], "PING"))
                outlet_is(stand, "g1", complaint, 0, 1);
        }
    }
}

/* A stream of complaints from now on, n being 7; its follower waits. */
static uint64_t listener(struct stand *stand)
{
    uint64_t id = ask(stand, HTTP_GET, "/v1/stream?channels=complaint&after=now", HOST);
    assert_true(outlet_asked(stand, "PING"));
    outlet_is(stand, "g1", 7, 0, 1);
    assert_true(outlet_asked(stand, "REPLAY"));
    return id;
}

#endif
