/*
 * courier.h - the seam to whatever brings a notice to a person: hand a message over, hear later what became of it. Real half:
 * courier_curl.c (libcurl, posix_spawn). Simulated half: courier_sim.c (deterministic, a weather decides).
 *
 *   courier_send ──▶ one message a target on its way ──▶ courier_outcome: delivered · failed, try again · failed for good
 *
 * Caveats
 *   Delivered means handed over: a mail server, a robot or a command has taken it. Whether somebody reads it is another matter.
 *   A message that has failed may have arrived all the same (an answer was lost). Its id is the same each time, and every means
 *   carries it, so that a receiver can tell.
 *   Reasons hold neither address nor secret nor what a receiver answered in its own words.
 *   Everything of a message is copied by courier_send.
 */
#ifndef MANYI_IO_COURIER_H
#define MANYI_IO_COURIER_H

#include "io/clock.h"
#include "io/notices_file.h"

#define COURIER_ID_MAX 160u     /* with its end */
#define COURIER_TITLE_MAX 512u  /* bytes */
#define COURIER_TEXT_MAX 16384u /* bytes of text and of markdown, each */
#define COURIER_BODY_MAX 49152u /* bytes of the map for programs */
#define COURIER_REASON_MAX 160u /* with its end */

struct courier_message {
    uint32_t ticket;      /* the caller's own number; comes back with the outcome */
    struct span id;       /* webhook-id, Message-ID, of a command `id` */
    struct span title;    /* one line */
    struct span text;     /* plain; short enough for a telephone's message */
    struct span markdown; /* for robots */
    struct span body;     /* MessagePack map {type, timestamp, data}: webhooks and commands get it as JSON */
    struct span address;  /* of the person, as the target understands it; may be empty */
};

enum courier_verdict { COURIER_DELIVERED, COURIER_TRANSIENT, COURIER_PERMANENT };

struct courier_outcome {
    uint32_t ticket;
    enum courier_verdict verdict;
    bool of_target;         /* it would have gone likewise with any other message: nobody is there, or it is too busy */
    int64_t retry_after_ms; /* the receiver asked to be left alone that long; 0 */
    char reason[COURIER_REASON_MAX]; /* "connection refused", "HTTP 500"; empty when delivered */
};

struct courier;

/* -E_NO_MEMORY, -E_NO_DESCRIPTORS. */
int courier_open(struct courier **ret_courier);
/* What is on its way is given up, and its outcome never known. NULL is allowed. */
void courier_close(struct courier *courier);

/* Readable when courier_turn has something to do; -1: never (simulated half). */
int courier_fd(const struct courier *courier);

/* Sends. At most NOTICE_TARGETS_MAX messages are on their way: -E_AGAIN. -E_TOO_LARGE: over the bounds above. */
int courier_send(struct courier *courier, const struct notice_target *target, const struct courier_message *message,
                 struct clock_reading now);

/* Goes on with what is on its way. Real half: never blocks. */
void courier_turn(struct courier *courier, struct clock_reading now);

/* The next outcome. -E_AGAIN: none. */
int courier_outcome(struct courier *courier, struct courier_outcome *ret_outcome);

/* When courier_turn is to be called at the latest (monotonic; INT64_MAX: courier_fd tells). */
int64_t courier_due_ms(const struct courier *courier);

#endif
