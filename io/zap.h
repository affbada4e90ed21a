/*
 * zap.h - who is let in: answers ZeroMQ's question of each new connection to a keyed port (RFC 27, ZAP).
 *
 *   peer --CURVE handshake--> port --inproc://zeromq.zap.01--> zap --its own keyring--> 200, User-Id: 4
 *                                                               |                       300
 *                                                               '--access changes--> bus_end_connections
 *
 * Caveats
 *   Open it before the first keyed port; until then, and after zap_close, those ports refuse everybody. Who is connected stays.
 *   It has a thread and a keyring of its own, so that no busy role keeps anybody waiting at the door, and nobody at the door a role.
 *   A refusal is 300 ("temporary"), never 400: a ZeroMQ 4.3 client that is told 400 never tries again, not even when its key is
 *   allowed a minute later. So clients learn nothing of why; the log and the audit do.
 *   XPUB can't filter, so the domain `publish` is open to those alone who may see every card of every store.
 */
#ifndef MANYI_IO_ZAP_H
#define MANYI_IO_ZAP_H

#include "io/keyring.h"
#include "io/setup.h"

/* A request's frames behind the empty delimiter. */
enum zap_frame {
    ZAP_VERSION,
    ZAP_REQUEST,
    ZAP_DOMAIN,
    ZAP_ADDRESS,
    ZAP_ROUTE,
    ZAP_MECHANISM,
    ZAP_KEY, /* the peer's public half, 32 bytes */
    ZAP_FRAMES,
};

/* Whether that peer is let in. -E_BAD_REQUEST: not ZAP 1.0 about CURVE. -E_UNKNOWN_PRINCIPAL, -E_REVOKED; -E_NO_RIGHT: to the
 * domain `publish`, as it may not see everything. The principal lives until the next keyring_turn. */
int zap_judge(const struct keyring *keyring, const struct span *frame, uint32_t count, int64_t wall_ms,
              const struct principal **ret_principal);

struct zap;

/* Begins to answer, for the keyed ports of setup->bus and by setup->access_path; refusals are put on record at
 * setup->intake_trusted_endpoint. message: what is wrong with the access file. Errors: those of keyring_open, -E_PORT_IN_USE (this
 * process has one already), -E_NO_MEMORY, -E_NO_DESCRIPTORS. */
int zap_open(const struct setup *setup, struct zap **ret_zap, char message[KEYRING_MESSAGE_MAX]);
void zap_close(struct zap *zap); /* NULL is allowed */

struct zap_counts {
    uint64_t admitted, refused;
};

/* Since zap_open. Safe from another thread. */
struct zap_counts zap_counts(const struct zap *zap);

#endif
