/*
 * manyi.h - the C client of Manyi: publish exactly once, ask, and follow cards that heal themselves.
 *
 * Caveats
 *   A handle belongs to one thread; several handles may live in several threads. Nothing here starts a thread: call
 *   manyi_publisher_turn, manyi_subscriber_turn or the ..._wait functions regularly; callbacks run inside them.
 *   Bytes lent to a callback live until it returns.
 *   Events are MessagePack maps (schemas/PROTOCOL.md); this library carries them, it does not build them.
 *   Functions return 0 or a negative number; manyi_error_code and manyi_error_text tell what it means.
 */
#ifndef MANYI_H
#define MANYI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MANYI_API __attribute__((visibility("default")))
#else
#define MANYI_API
#endif

MANYI_API const char *manyi_error_code(int result); /* "E1306" */
MANYI_API const char *manyi_error_text(int result); /* "gap: ..." */

/* One connection context; close it after all its handles. */
struct manyi;
MANYI_API int manyi_open(struct manyi **ret_manyi);
MANYI_API void manyi_close(struct manyi *manyi);

/* ---- keys ---- */

/* Who you are, and to whom you talk: CURVE keys as Z85, 40 characters each. The secret half is a secret. */
struct manyi_keys {
    char public_key[41], secret_key[41];
    char server_key[41]; /* public, of the server */
};

/* Reads the file that `manyi key new` wrote; nobody but its owner may be able to read it. message, when not NULL: what
 * is wrong with which line. E1816 (BAD_KEY_FILE). */
MANYI_API int manyi_read_keys(const char *path, struct manyi_keys *ret_keys, char *message, size_t message_size);

/* Every handle that is opened from now on uses these keys, which are copied. A server that does not know them, or is not the
 * one of server_key, is a silent one: E1410 (UNREACHABLE), until it does. E1816. */
MANYI_API int manyi_use_keys(struct manyi *manyi, const struct manyi_keys *keys);

/* ---- publishing ---- */

struct manyi_result {
    uint64_t token; /* as given to manyi_publish */
    int status;     /* 0: accepted, or a duplicate of what was accepted before; else why it was refused */
    uint64_t seq;   /* of the accepted event, or of the first one of a duplicate; 0 when unknown or refused */
    bool duplicate;
    bool quarantined;    /* refused, and the bytes are kept by the broker; false: they were handed back to you */
    const char *field;   /* refused: path of the field, may be empty */
    const char *message; /* refused: one sentence */
    const void *event;   /* the bytes, so that a refused event need not be lost */
    size_t event_len;
};

struct manyi_publisher_options {
    const char *endpoint;  /* "tcp://127.0.0.1:7301" */
    const char *source;    /* with it: a session, exactly once for ever. NULL: none, deduplicated by source + id */
    const char *instance;  /* names this process; required with a source */
    uint64_t window_bytes; /* unacknowledged bytes at most; 0: what the broker's credit allows */
    uint32_t batch_events; /* most events of one PUT; 0: 512 */
    void (*on_result)(void *context, const struct manyi_result *result); /* once for every event, in order */
    void (*on_fenced)(void *context); /* another publisher took over the source; the handle publishes no more */
    void *context;
};

struct manyi_publisher;
MANYI_API int manyi_publisher_open(struct manyi *manyi, const struct manyi_publisher_options *options,
                                   struct manyi_publisher **ret_publisher);
/* Unacknowledged events are dropped: manyi_publisher_flush first. */
MANYI_API void manyi_publisher_close(struct manyi_publisher *publisher);

/* Takes a copy of one event. It is sent with the next turn, resent until it is answered. E1001 (AGAIN): the window is
 * full, call ..._turn or ..._flush first. E1305 (FENCED): never again.
 * E1104 (TOO_LARGE): over 1 MiB, or over the window. */
MANYI_API int manyi_publish(struct manyi_publisher *publisher, const void *event, size_t event_len, uint64_t token);
/* Sends and receives what it can, and waits up to timeout_ms for an answer when there is nothing to do. */
MANYI_API int manyi_publisher_turn(struct manyi_publisher *publisher, int64_t timeout_ms);
/* Turns until every event is answered: 0. After timeout_ms in which no event was: E1410 (UNREACHABLE), or what the
 * broker said, such as E1311 (DISK_NEARLY_FULL). */
MANYI_API int manyi_publisher_flush(struct manyi_publisher *publisher, int64_t timeout_ms);
MANYI_API uint64_t manyi_publisher_pending(const struct manyi_publisher *publisher);

/* ---- asking ---- */

/* Sends one request (verb and MessagePack map, or no body) and waits for its reply; sent again after silence until
 * timeout_ms. The map has no `rid`: the handle adds its own. The reply lives until the next call with this handle.
 * E1410: nobody answers. A NAK is returned as its own code, its text by manyi_asker_message. */
struct manyi_asker;
MANYI_API int manyi_asker_open(struct manyi *manyi, const char *endpoint, struct manyi_asker **ret_asker);
MANYI_API void manyi_asker_close(struct manyi_asker *asker);
MANYI_API int manyi_ask(struct manyi_asker *asker, const char *verb, const void *body, size_t body_len,
                        int64_t timeout_ms, const char **ret_verb, const void **ret_body, size_t *ret_body_len);
MANYI_API const char *manyi_asker_message(const struct manyi_asker *asker);

/* ---- following ---- */

struct manyi_card {
    const char *channel;
    const char *generation;
    uint64_t n;
    uint64_t seq;
    const char *at;   /* RFC 3339 */
    const void *card; /* MessagePack map */
    size_t card_len;
    bool gone;     /* tombstone: forget this subject */
    bool snapshot; /* from a REPLAY, not live */
};

struct manyi_subscriber_options {
    const char *publish_endpoint; /* "tcp://127.0.0.1:7304"; NULL: what we may see comes by the replay endpoint alone */
    const char *replay_endpoint;  /* "tcp://127.0.0.1:7305" */
    const char *const *channels;
    uint32_t channel_count;
    void (*on_card)(void *context, const struct manyi_card *card); /* in order of n in each channel, never twice */
    void (*on_reset)(void *context, const char *channel);          /* another generation: forget the channel's cards */
    void (*on_ready)(void *context, const char *channel);          /* the snapshot is complete, live from here on */
    /* The channel is left out, for that reason: no right, no such channel. NULL: manyi_subscriber_turn returns it, and ends. */
    void (*on_refused)(void *context, const char *channel, int status);
    const char *why; /* the ledger is read: goes on record; NULL: no reason is given */
    void *context;
};

struct manyi_subscriber;
MANYI_API int manyi_subscriber_open(struct manyi *manyi, const struct manyi_subscriber_options *options,
                                    struct manyi_subscriber **ret_subscriber);
MANYI_API void manyi_subscriber_close(struct manyi_subscriber *subscriber);
/* Receives what there is, heals gaps, and waits up to timeout_ms for more. */
MANYI_API int manyi_subscriber_turn(struct manyi_subscriber *subscriber, int64_t timeout_ms);
/* Milliseconds since the last beat, or without a publish endpoint the last answer; INT64_MAX before the first. Over 5,000: what you
 * show is old. */
MANYI_API int64_t manyi_subscriber_silence_ms(const struct manyi_subscriber *subscriber);

#ifdef __cplusplus
}
#endif

#endif
