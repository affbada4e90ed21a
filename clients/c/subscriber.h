/*
 * subscriber.h - a subscriber from the inside: each channel that it follows (a topic) is a state machine.
 *
 *     open, reconnect ──▶ JOINING ──welcome, or 1 s──▶ REPLAYING ──last page──▶ LIVE
 *                                                        ▲ page by page          │ n + 1: apply
 *                                                        └── a gap, a beat that is ahead, another g
 *
 * REPLAY is the authority. A live message or a beat only ever says that something is amiss; what the present generation
 * is, and what the cards are, is taken from CARDS, so a late message of an old generation can't undo anything.
 *
 * While any channel replays, the SUB socket is not read: its own queue keeps the live messages until the snapshot is
 * complete, and those at or below its `upto` are then passed over. (Rejected: a buffer of our own beside that queue.)
 * A queue that overflows drops, and a drop is a gap, which heals.
 *
 * Without a publish endpoint a topic never gets LIVE: each page that is complete is followed by a REPLAY that waits at the outlet
 * for a newer card. So it follows who may not see everything, and has no SUB socket. Answers take the place of beats.
 */
#ifndef MANYI_CLIENTS_SUBSCRIBER_H
#define MANYI_CLIENTS_SUBSCRIBER_H

#include "clients/c/client.h"
#include "core/rfc3339.h"

#define TOPICS_MAX 16u
#define TOPIC_NAME_MAX 31u
#define JOIN_MS 1000   /* a welcome takes no longer, or is lost */
#define REPLAY_MS 1000 /* then REPLAY is asked again */
#define RETRY_MS 50    /* so soon when nobody was there to be asked, or could not answer yet */
#define FOLLOW_MS 2000 /* so long a REPLAY waits at the outlet: well below BEAT_LOST_MS */
#define BEAT_LOST_MS 5000

enum topic_state { TOPIC_JOINING, TOPIC_REPLAYING, TOPIC_LIVE };

struct topic {
    char name[TOPIC_NAME_MAX + 1];
    char generation[NAME_MAX_BYTES + 1]; /* empty until the first CARDS */
    enum topic_state state;
    uint64_t n;       /* last one applied */
    uint64_t asked;   /* `after` of the REPLAY on its way */
    int64_t asked_ms; /* when that was sent */
    uint64_t attempt; /* its rid, with the channel's index */
    int64_t due_ms;   /* JOINING: stop waiting for the welcome; REPLAYING: ask again */
    bool ready;       /* on_ready was called for this generation */
    bool refused;     /* it is not followed: the outlet gives it to others only */
};

struct manyi_subscriber {
    struct manyi *manyi;
    struct manyi_subscriber_options options;
    char publish_endpoint[URI_MAX_BYTES + 1];
    char replay_endpoint[URI_MAX_BYTES + 1];
    char why[LABEL_MAX_BYTES + 1];
    struct port *live;   /* SUB; NULL: follows by REPLAY alone */
    struct port *replay; /* DEALER */
    struct parcel live_parcel;
    struct parcel replay_parcel;
    struct topic topics[TOPICS_MAX];
    uint32_t channel_count;
    uint32_t replaying; /* channels in that state */
    int64_t beat_ms;    /* when the last beat came; INT64_MIN before the first */
    int64_t heard_ms;   /* beat or reply: the outlet lives */
    int refused;        /* a channel that the outlet doesn't know, or does not give us */
};

/* Moves of one topic (subscriber_topic.c). Who calls has seen what the state machine above names. */
void topic_join(struct manyi_subscriber *subscriber, struct topic *topic, int64_t now_ms);
void topic_replay(struct manyi_subscriber *subscriber, struct topic *topic, int64_t now_ms);

/* One message of the SUB socket, one reply to a REPLAY. */
void subscriber_hear(struct manyi_subscriber *subscriber, struct span channel_name, struct span body, int64_t now_ms);
void subscriber_read(struct manyi_subscriber *subscriber, const struct client_reply *reply, int64_t now_ms);

#endif
