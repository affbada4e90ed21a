/*
 * client.h - what the handles of manyi.h share, and what the simulator needs to put them onto its own bus and clock.
 *
 * A test makes a `struct manyi` of its own over a simulated bus and clock; manyi_open makes one over the real ones.
 */
#ifndef MANYI_CLIENTS_CLIENT_H
#define MANYI_CLIENTS_CLIENT_H

#include "clients/c/manyi.h"
#include "io/bus.h"
#include "io/clock.h"
#include "schemas/codec.h"

#define REPLY_VERB_MAX 16u

struct manyi {
    struct bus *bus;
    struct clock *clock;
};

/* A reply as it came: borrowed from its parcel. */
struct client_reply {
    struct span verb;
    struct span body;
};

int64_t client_now_ms(const struct manyi *manyi);

/* Waits for a message on one of the ports, at most wait_ms of the handle's clock. */
void client_wait(const struct manyi *manyi, struct port *const *ports, uint32_t count, int64_t wait_ms);

int client_dealer_open(const struct manyi *manyi, const char *endpoint, struct port **ret_port);
int client_send(struct port *port, const char *verb, struct span body);

/* -E_AGAIN: none. Messages that are no reply are dropped. */
int client_receive(struct port *port, struct parcel *parcel, struct client_reply *ret_reply);

/* "E1306" to -E_GAP; -E_BAD_REQUEST when it is no code. */
int client_status(struct span code);

/* Cut to the characters that fit, always terminated. */
void client_copy(char *to, size_t size, struct span text);

#endif
