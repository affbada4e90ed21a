/*
 * setup.h - what every role is told at start: directory, addresses, figures. Made by config.h, read by all.
 */
#ifndef MANYI_IO_SETUP_H
#define MANYI_IO_SETUP_H

#include "io/bus.h"
#include "io/clock.h"

#define ENDPOINT_MAX 256u
#define FOLD_VERSION 1 /* of the rules' code: raised by whatever makes a refold conclude something else */

struct setup {
    struct bus *bus;
    struct clock *clock;
    char dir[ENDPOINT_MAX];         /* data directory */
    char policy_path[ENDPOINT_MAX]; /* proposed as entry 1 of an empty journal; empty: the built-in default */
    char roster_path[ENDPOINT_MAX]; /* proposed as entry 2 of an empty journal; empty: none */

    /* Public, tcp: "tcp://127.0.0.1:7301" ... */
    char intake_endpoint[ENDPOINT_MAX];
    char feed_endpoint[ENDPOINT_MAX];
    char query_endpoint[ENDPOINT_MAX];
    char publish_endpoint[ENDPOINT_MAX];
    char replay_endpoint[ENDPOINT_MAX];
    /* Trusted, of gateway and notifier: as the public ones, but a request says in `as` for which principal it is asked. They
     * are keyless, and inproc or ipc like the inner ones. Empty: there is none. */
    char intake_trusted_endpoint[ENDPOINT_MAX];
    char query_trusted_endpoint[ENDPOINT_MAX];
    char replay_trusted_endpoint[ENDPOINT_MAX];
    /* Inner, inproc within one process, else ipc in DIR/run: */
    char intake_inner_endpoint[ENDPOINT_MAX]; /* ROUTER: the worker's HELLO and PUT, the feed's AWAIT */
    char feed_inner_endpoint[ENDPOINT_MAX];   /* ROUTER: followers' FETCH with wake_at, GET */
    /* ROUTER: PING alone; always ipc; empty: the directory's path is too long. */
    char notifier_endpoint[ENDPOINT_MAX], gateway_endpoint[ENDPOINT_MAX];

    char access_path[ENDPOINT_MAX];  /* principals and their keys; empty: everybody is local */
    char notices_path[ENDPOINT_MAX]; /* where people's notices are sent; empty: nowhere */
    bool keyed;                      /* public endpoints ask for keys (CURVE); then access_path is not empty */

    /* The gateway's: */
    char http_host[ENDPOINT_MAX];
    uint16_t http_port;
    char tls_certificate_path[ENDPOINT_MAX], tls_key_path[ENDPOINT_MAX]; /* both or neither */
    bool behind_proxy;                                                   /* one on this machine speaks TLS for it */

    uint64_t volume_bytes;
    uint32_t identity_window;    /* events */
    uint64_t disk_reserve_bytes; /* new outside events are refused below this much free disk */
    bool accept_time;            /* start although the clock seems mad */
    uint32_t batch_bytes;        /* of one answer to our own followers, about; 0: as each likes it */
    uint32_t fold_version;       /* 0: FOLD_VERSION; a test may take the place of a later release */
};

#endif
