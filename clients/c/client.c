/*
 * client.c - the connection context, and what every handle does alike: ask the time, wait, send, receive.
 */
#include "clients/c/client.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdlib.h>

const char *manyi_error_code(int result)
{
    return result ? status_text(result)->code : "";
}

const char *manyi_error_text(int result)
{
    return result ? status_text(result)->summary : "success";
}

int manyi_open(struct manyi **ret_manyi)
{
    struct manyi *manyi = calloc(1, sizeof *manyi);
    if (!manyi)
        return -E_NO_MEMORY;
    int result = bus_open(&manyi->bus);
    if (result == 0)
        result = clock_open(&(struct clock_options){0}, &manyi->clock);
    if (result) {
        manyi_close(manyi);
        return result;
    }
    *ret_manyi = manyi;
    return 0;
}

void manyi_close(struct manyi *manyi)
{
    if (!manyi)
        return;
    clock_close(manyi->clock);
    bus_close(manyi->bus);
    free(manyi);
}

int64_t client_now_ms(const struct manyi *manyi)
{
    return clock_read(manyi->clock).monotonic_ms;
}

void client_wait(const struct manyi *manyi, struct port *const *ports, uint32_t count, int64_t wait_ms)
{
    bus_wait(manyi->bus, ports, count, NULL, 0, wait_ms > 0 ? clock_real_wait_ms(manyi->clock, wait_ms) : 0);
}

int client_dealer_open(const struct manyi *manyi, const char *endpoint, struct port **ret_port)
{
    struct port_options options = {.kind = PORT_DEALER, .endpoint = endpoint};
    return port_open(manyi->bus, &options, ret_port);
}

int client_send(struct port *port, const char *verb, struct span body)
{
    struct span frames[] = {span_make("", 0), span_of(verb), body};
    return port_send(port, frames, 3);
}

int client_receive(struct port *port, struct parcel *parcel, struct client_reply *ret_reply)
{
    for (;;) {
        int result = port_receive(port, parcel);
        if (result == -E_BAD_FRAMES)
            continue;
        if (result)
            return result;
        if (parcel->count == 3 && parcel->frame[0].len == 0 && parcel->frame[1].len < REPLY_VERB_MAX) {
            *ret_reply = (struct client_reply){.verb = parcel->frame[1], .body = parcel->frame[2]};
            return 0;
        }
    }
}

int client_status(struct span code)
{
    if (code.len < 2 || code.len > 6 || code.at[0] != 'E')
        return -E_BAD_REQUEST;
    int number = 0;
    for (size_t i = 1; i < code.len; i++) {
        if (code.at[i] < '0' || code.at[i] > '9')
            return -E_BAD_REQUEST;
        number = number * 10 + (code.at[i] - '0');
    }
    return number ? -number : -E_BAD_REQUEST;
}

void client_copy(char *to, size_t size, struct span text)
{
    ensure(size > 0);
    size_t len = text.len < size ? text.len : size - 1;
    while (len > 0 && len < text.len && (text.at[len] & 0xc0) == 0x80)
        len--; /* not within a character */
    if (len)
        memcpy(to, text.at, len);
    to[len] = '\0';
}
