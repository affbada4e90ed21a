/*
 * stand.c - a bus with a server's side and a peers' side, for the contract tests of the bus.
 */
#include "tests/support/stand.h"
#include "core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 10000

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *const schemes[TRANSPORTS] = {"inproc", "ipc", "tcp"};
static enum transport chosen;

const char *stand_over(enum transport transport)
{
    chosen = transport;
    return schemes[transport];
}

int stand_begin(void **state)
{
    static int stands;
    int number = ++stands;
    struct stand *stand = calloc(1, sizeof *stand);
    assert_non_null(stand);
    *state = stand;
    stand->transport = chosen;
    scratch_make(stand->folder);
    if (chosen == TRANSPORT_TCP)
        snprintf(stand->endpoint, sizeof stand->endpoint, "tcp://127.0.0.1:%d",
                 10000 + (getpid() * 50 + number) % 20000);
    else
        snprintf(stand->endpoint, sizeof stand->endpoint, "%s://%s/bus", schemes[chosen], stand->folder);
    assert_int_equal(bus_open(&stand->peers), 0);
    stand->server = stand->peers;
    if (chosen != TRANSPORT_INPROC)
        assert_int_equal(bus_open(&stand->server), 0);
    return 0;
}

int stand_end(void **state)
{
    struct stand *stand = *state;
    for (int i = 0; i < STAND_PORTS_MAX; i++)
        port_close(stand->ports[i]);
    if (stand->server != stand->peers)
        bus_close(stand->server);
    bus_close(stand->peers);
    scratch_remove(stand->folder);
    free(stand);
    return 0;
}

struct port *stand_port(struct stand *stand, enum port_kind kind, int high_water)
{
    bool binds = kind == PORT_ROUTER || kind == PORT_XPUB;
    const struct port_options options = {.kind = kind,
                                         .endpoint = stand->endpoint,
                                         .bind = binds,
                                         .receive_high_water = high_water,
                                         .send_high_water = high_water};
    struct port **place = stand->ports;
    while (*place)
        place++;
    assert_int_equal(port_open(binds ? stand->server : stand->peers, &options, place), 0);
    return *place;
}

void stand_leave(struct stand *stand, struct port *port)
{
    for (int i = 0; i < STAND_PORTS_MAX; i++) {
        if (stand->ports[i] == port)
            stand->ports[i] = NULL;
    }
    port_close(port);
}

void stand_server_ends(struct stand *stand, struct port *port)
{
    stand_leave(stand, port);
    if (stand->server == stand->peers)
        return;
    bus_close(stand->server);
    stand->server = NULL;
    assert_int_equal(bus_open(&stand->server), 0);
}

int stand_await(struct port *port, struct parcel *parcel)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    int status = port_receive(port, parcel);
    while (status == -E_AGAIN && now_ms() < deadline_ms) {
        bus_wait(NULL, &port, 1, NULL, 0, 100);
        status = port_receive(port, parcel);
    }
    return status;
}

int stand_send(struct port *port, const struct span *frames, uint32_t count)
{
    int64_t deadline_ms = now_ms() + PATIENCE_MS;
    int status = port_send(port, frames, count);
    while (status == -E_AGAIN && now_ms() < deadline_ms) {
        bus_wait(NULL, NULL, 0, NULL, 0, 1);
        status = port_send(port, frames, count);
    }
    return status;
}

void stand_expect_frame(const struct parcel *parcel, uint32_t i, const char *text)
{
    assert_true(i < parcel->count);
    assert_int_equal(parcel->frame[i].len, strlen(text));
    assert_true(span_is(parcel->frame[i], text));
}
