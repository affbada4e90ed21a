/*
 * publisher.h - a publisher from the inside.
 *
 *                 ┌────────── recover: a gap, no session, silence, an ACK that was lost ─────────┐
 *                 ▼                                                                              │
 *     open ──▶ GREETING ──WELCOME──▶ SENDING ──fenced, or HELLO refused for good──▶ DEAD         │
 *                 │ HELLO              │  ▲ PUT … PUT …  ◀── ACK, in order ─────────────────────┘
 *                 └── without a source ┘  └─ (without a source SENDING recovers to itself)
 *
 * PUTs are answered from the front. Whatever goes wrong has one remedy, recover: forget what is flying, greet again,
 * send everything unanswered again. The broker knows what it has, by sequence and by identity, and its answers tell.
 * Events that it has are resent, too, although their sequence is <= last: on_result gets the answer to the resend.
 *
 * `rid` is [attempt, index of the first event, count]. An ACK of any attempt counts when it is for exactly the events
 * of the front PUT, for it says that they are on disk; NAK and WELCOME only count in the attempt that they answer.
 */
#ifndef MANYI_CLIENTS_PUBLISHER_H
#define MANYI_CLIENTS_PUBLISHER_H

#include "clients/c/client.h"
#include "clients/c/window.h"

#define PUTS_MAX 16u /* that fly at once */
#define BATCH_EVENTS_DEFAULT 512u
#define BATCH_BYTES (256u * KIB) /* a larger event goes alone */
#define SILENCE_MS 2000
#define REST_MS 1000
#define RETRY_MOST_MS (600 * 1000ll) /* of what a broker may ask for */
#define WINDOW_EVENTS_MAX 65536u

enum publisher_state { PUBLISHER_GREETING, PUBLISHER_SENDING, PUBLISHER_DEAD };

struct put {
    uint64_t first; /* index in the window */
    uint32_t count;
    size_t bytes;
};

struct manyi_publisher {
    struct manyi *manyi;
    struct port *port;
    struct parcel parcel;
    struct window window;
    struct manyi_publisher_options options; /* its strings point to the copies below */
    char source[URI_MAX_BYTES + 1];
    char instance[NAME_MAX_BYTES + 1];

    enum publisher_state state;
    int dead;    /* why; 0 while alive */
    int trouble; /* what the broker said last when it refused; 0 after an ACK */
    uint64_t attempt;
    bool greeted;  /* HELLO of this attempt is on its way */
    uint64_t sent; /* index of the next event to send */
    struct put puts[PUTS_MAX];
    uint64_t put_first, put_end; /* numbers of the flying PUTs, modulo PUTS_MAX */
    size_t flying_bytes;

    char lineage[NAME_MAX_BYTES + 1];
    uint64_t epoch;    /* 0: never welcomed */
    uint64_t hellos;   /* sent since that epoch: a higher sum means that another publisher greeted in between */
    uint64_t sequence; /* of the window's oldest event */
    uint64_t credit, put_events_max, put_bytes_max;

    int64_t quiet_since_ms;
    int64_t rest_until_ms;
    uint32_t silences;        /* in a row: patience doubles */
    uint64_t recovered_first; /* oldest event at the last recovery: again the same one means a rest */

    struct manyi_result result;
    char field[sizeof(((struct flaw *)0)->field)];
    char message[PROBLEMS_TEXT_MAX + 1];
    uint8_t *events; /* scratch: the array of a PUT */
    uint8_t *body;   /* scratch: its map */
};

static inline bool publisher_flying(const struct manyi_publisher *publisher)
{
    return publisher->put_first < publisher->put_end;
}

/* publisher_send.c: HELLO and PUT, as far as state, credit and the socket allow. false: the socket took no more. */
bool publisher_send(struct manyi_publisher *publisher, int64_t now_ms);

/* publisher_receive.c: takes one reply and does what it says. true: it was of use. */
bool publisher_take(struct manyi_publisher *publisher, const struct client_reply *reply, int64_t now_ms);

/* publisher.c */
void publisher_recover(struct manyi_publisher *publisher);
void publisher_die(struct manyi_publisher *publisher, int why);

#endif
