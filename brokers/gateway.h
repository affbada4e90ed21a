/*
 * gateway.h - the role that speaks HTTP: who asks, what for, and the answer of whoever knows.
 *
 *   browser, program ──HTTP──▶ gateway ──PUT as 4──▶ intake_trusted
 *                                      ──GET as 4──▶ query_trusted, feed_inner
 *                                   ──REPLAY as 4──▶ replay_trusted, for streams (gateway_stream.h)
 *
 * Caveats
 *   It keeps nothing but who is locked out, whose session was ended, and what streams have not been told yet; whether somebody
 *   may is decided behind the trusted endpoints, by the same function as for ZeroMQ.
 *   Sessions are signed with a secret of this process: a restart ends them all.
 *   Without an access file everybody on this machine is local; addresses that others can reach, and a proxy, ask for the file and
 *   for TLS.
 */
#ifndef MANYI_BROKERS_GATEWAY_H
#define MANYI_BROKERS_GATEWAY_H

#include "io/http.h"
#include "io/setup.h"

struct gateway;

/* Before anything is opened. -E_KEYS_NEEDED: others could reach it, unprotected or unknown; message has the line to write. */
int gateway_check(const struct setup *setup, char message[HTTP_MESSAGE_MAX]);

/* Errors: those of http_open, guard_open, port_open, audit_open and link_secret_load; -E_KEYS_NEEDED: others could
 * reach it unprotected. What is wrong was logged. */
int gateway_open(const struct setup *setup, struct gateway **ret_gateway);
void gateway_close(struct gateway *gateway);                              /* NULL is allowed */
uint32_t gateway_ports(struct gateway *gateway, struct port **ret_ports); /* at most 8 */
int gateway_turn(void *self, struct clock_reading now, int64_t *ret_wait_ms);

struct http *gateway_http(struct gateway *gateway);

/* The loop of this wake_fd is woken when a password has been looked at. */
void gateway_wakes(struct gateway *gateway, int wake_fd);

#endif
