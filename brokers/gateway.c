/*
 * gateway.c - the turn: connections, whatever requests are whole, whatever peers have answered, passwords that were looked at.
 */
#include "brokers/gateway_parts.h"

#include "io/host.h"
#include "io/log.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define TURN_REQUESTS 256u
#define GUARD_TURN_MS 1000 /* at the access file */

int gateway_check(const struct setup *setup, char message[HTTP_MESSAGE_MAX])
{
    bool outside = !host_is_loopback(setup->http_host);
    if (outside && setup->tls_certificate_path[0] == '\0') {
        snprintf(message, HTTP_MESSAGE_MAX,
                 "others could read what the gateway says on %.100s. Write `tls_certificate: FILE` and `tls_key: FILE` "
                 "into the configuration, or `behind_proxy: true` (MANYI_BEHIND_PROXY=true): then it listens on "
                 "127.0.0.1, for a proxy that speaks TLS",
                 setup->http_host);
        return -E_KEYS_NEEDED;
    }
    if ((outside || setup->behind_proxy) && setup->access_path[0] == '\0') {
        snprintf(message, HTTP_MESSAGE_MAX,
                 "others can reach the gateway, and nobody would have to say who they are. Make an access file by "
                 "`manyi key new`");
        return -E_KEYS_NEEDED;
    }
    return 0;
}

static int ports_open(struct gateway *gateway)
{
    const struct setup *setup = &gateway->setup;
    const char *const endpoint[PEERS] = {
        [PEER_INTAKE] = setup->intake_trusted_endpoint,
        [PEER_QUERY] = setup->query_trusted_endpoint,
        [PEER_FEED] = setup->feed_inner_endpoint,
        [PEER_OUTLET] = setup->replay_trusted_endpoint,
        [PEER_NOTIFIER] = setup->notices_path[0] ? setup->notifier_endpoint : "",
    };
    int result = 0;
    for (uint32_t i = 0; i < PEERS && result == 0; i++)
        result = endpoint[i][0] == '\0'
                     ? 0
                     : port_open(setup->bus, &(struct port_options){.kind = PORT_DEALER, .endpoint = endpoint[i]},
                                 &gateway->peer[i]);
    const struct port_options ping = {.kind = PORT_ROUTER, .endpoint = setup->gateway_endpoint, .bind = true};
    return result == 0 && setup->gateway_endpoint[0] ? port_open(setup->bus, &ping, &gateway->ping) : result;
}

static int http_begin(struct gateway *gateway, char *message)
{
    const struct http_options options = {
        .host = gateway->setup.http_host,
        .port = gateway->setup.http_port,
        .certificate_path = gateway->setup.tls_certificate_path,
        .key_path = gateway->setup.tls_key_path,
        .behind_proxy = gateway->setup.behind_proxy,
    };
    return http_open(&options, &gateway->http, message);
}

int gateway_open(const struct setup *setup, struct gateway **ret_gateway)
{
    char message[HTTP_MESSAGE_MAX] = "";
    struct gateway *gateway = calloc(1, sizeof *gateway);
    if (!gateway)
        return -E_NO_MEMORY;
    gateway->setup = *setup;
    gateway->keyed = setup->access_path[0] != '\0';
    gateway->policy = calloc(1, sizeof *gateway->policy);
    int result = gateway->policy ? gateway_check(setup, message) : -E_NO_MEMORY;
    if (gateway->policy)
        policy_default(gateway->policy);
    if (result == 0)
        result = http_begin(gateway, message);
    if (result < 0 && message[0])
        log_line(LOG_ERROR, "gateway", "%s %s: %s", status_text(result)->code, status_text(result)->summary, message);
    if (result == 0)
        result = link_secret_load(setup->dir, LINK_SECRET_NAME, gateway->link_secret);
    if (result == 0)
        result = guard_open(setup, "gateway", &gateway->guard);
    if (result == 0)
        result = guard_open(setup, "", &gateway->work.guard);
    if (result == 0)
        result = aside_open(&gateway->aside);
    if (result == 0)
        result = audit_open(setup, "gateway", &gateway->audit);
    if (result == 0)
        result = ports_open(gateway);
    if (result == 0)
        result = streams_open(gateway);
    if (result < 0) {
        gateway_close(gateway);
        return result;
    }
    randombytes_buf(gateway->session_secret, sizeof gateway->session_secret);
    *ret_gateway = gateway;
    return 0;
}

void gateway_close(struct gateway *gateway)
{
    if (!gateway)
        return;
    if (gateway->working)
        aside_wait(gateway->aside);
    aside_close(gateway->aside);
    http_close(gateway->http);
    streams_close(gateway);
    for (uint32_t i = 0; i < ERRANDS_MAX; i++)
        errand_end(&gateway->errand[i]);
    free(gateway->policy);
    parcel_release(&gateway->parcel);
    for (uint32_t i = 0; i < PEERS; i++)
        port_close(gateway->peer[i]);
    port_close(gateway->ping);
    audit_close(gateway->audit);
    guard_close(&gateway->guard);
    guard_close(&gateway->work.guard);
    sodium_memzero(gateway, sizeof *gateway);
    free(gateway);
}

uint32_t gateway_ports(struct gateway *gateway, struct port **ret_ports)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < PEERS; i++) {
        if (gateway->peer[i])
            ret_ports[count++] = gateway->peer[i];
    }
    if (streams_port(gateway))
        ret_ports[count++] = streams_port(gateway);
    if (audit_port(gateway->audit))
        ret_ports[count++] = audit_port(gateway->audit);
    if (gateway->ping)
        ret_ports[count++] = gateway->ping;
    return count;
}

struct http *gateway_http(struct gateway *gateway)
{
    return gateway->http;
}

void gateway_wakes(struct gateway *gateway, int wake_fd)
{
    aside_wakes(gateway->aside, wake_fd);
}

void gateway_pong_write(const void *self, struct span rid, struct wire_writer *writer)
{
    const struct gateway *gateway = self;
    uint64_t waiting = 0;
    for (uint32_t i = 0; i < ERRANDS_MAX; i++)
        waiting += gateway->errand[i].then != NULL && gateway->errand[i].request.id != 0 &&
                   !gateway->errand[i].waits_for_figures; /* whoever asks how it is, is no part of that */
    request_pong_begin(writer, rid, "gateway", 6);
    request_pong_figure(writer, "base_port", gateway->setup.http_port);
    request_pong_figure(writer, "requests", gateway->requests);
    request_pong_figure(writer, "refused", gateway->refused);
    request_pong_figure(writer, "waiting", waiting);
    request_pong_figure(writer, "streams", streams_count(gateway));
    request_pong_figure(writer, "untold_refusals", audit_untold(gateway->audit));
}

/* By its beginning alone: what nobody can ask for has a place, too. */
static enum metrics_place place_of(const struct http_request *request)
{
    static const struct {
        const char *beginning;
        enum metrics_place place;
    } rows[] = {
        {"/v1/", PLACE_QUERY}, {"/livez", PLACE_PROBE}, {"/readyz", PLACE_PROBE}, {"/metrics", PLACE_PROBE},
        {"/ack/", PLACE_LINK}, {"/rate/", PLACE_LINK},  {"/case/", PLACE_LINK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!span_starts(request->path, rows[i].beginning))
            continue;
        if (rows[i].place != PLACE_QUERY || request->method != HTTP_POST)
            return rows[i].place;
        return span_starts(request->path, "/v1/events") ? PLACE_EVENTS : PLACE_DECISION;
    }
    return PLACE_PAGE;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Whoever waits here is of the world outside: a time-lapse changes what time is shown, and nobody's patience. */
int gateway_turn(void *self, struct clock_reading now, int64_t *ret_wait_ms)
{
    struct gateway *gateway = self;
    struct http_request request;
    int64_t wait_ms, again_ms;
    now.monotonic_ms = clock_us(gateway->setup.clock) / 1000;
    gateway->now = now;
    if (guard_turn(&gateway->guard, now) != KEYRING_SAME)
        streams_rights_changed(gateway);
    audit_turn(gateway->audit, now);
    http_run(gateway->http, now, &wait_ms);
    logins_turn(gateway);
    errands_turn(gateway);
    if (gateway->ping)
        request_pings_answer(gateway->ping, &gateway->parcel, &gateway->ping_counts, gateway_pong_write, gateway);
    for (uint32_t i = 0; i < TURN_REQUESTS && http_receive(gateway->http, &request) == 0; i++) {
        request.since_us = clock_us(gateway->setup.clock);
        request.place = place_of(&request);
        route(gateway, &request);
    }
    logins_turn(gateway);
    streams_turn(gateway);
    http_run(gateway->http, now, &again_ms); /* what was answered leaves at once */
    int64_t due_ms = least(errands_due_ms(gateway), audit_due_ms(gateway->audit));
    due_ms = least(due_ms, streams_due_ms(gateway));
    if (gateway->setup.access_path[0])
        again_ms = least(again_ms, GUARD_TURN_MS);
    wait_ms = due_ms == INT64_MAX ? again_ms : least(again_ms, due_ms - now.monotonic_ms);
    *ret_wait_ms = wait_ms < 0 ? 0 : wait_ms * clock_rate(gateway->setup.clock);
    return 0;
}
