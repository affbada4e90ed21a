/*
 * gateway_stream.h - what the files of GET /v1/stream share: cards as they change, as server-sent events.
 *
 *   outlet ──REPLAY, parked──▶ follower (principal, channel) ─▶ recent ring ─┬─▶ stream ─▶ http
 *     │                                                                      ├─▶ stream
 *     └────REPLAY, page by page──▶ a stream that is further back ────────────┘
 *     └────PONG each second──▶ lineage, and the newest n of each channel
 *
 * All streams of one principal share a follower for each channel, so that three thousand of them ask the outlet no more than one
 * does, and what leaves was made once. Who may see a card is decided by the outlet, for whom it is asked. A stream whose client
 * reads slowly is fed as far as there is room, then from REPLAY, where only the newest card of each case is left.
 *
 * Included by gateway*.c only.
 */
#ifndef MANYI_BROKERS_GATEWAY_STREAM_H
#define MANYI_BROKERS_GATEWAY_STREAM_H

#include "brokers/gateway_parts.h"
#include "brokers/recent.h"

#define STREAMS_MAX 3584u   /* of HTTP_CONNECTIONS_MAX: the others are for short requests */
#define STREAMS_EACH 256u   /* of one principal; not of local ones */
#define FOLLOWERS_MAX 4096u /* half of the outlet's places to wait in: 585 people who see all channels */
#define PAGES_MAX 64u       /* that streams wait for, all of them together */
#define PAGE_CARDS 64u      /* of one; many fit into what a stream may have unread */
#define RECENT_BYTES (8u * MIB)
#define STREAM_TEXT_MAX (256u * KIB) /* a card as JSON: escaped, sixfold at worst */
#define STREAM_ID_MAX (NAME_MAX_BYTES + CHANNEL_count * 32u)
#define STREAM_TICK_MS 250
#define STREAM_BEAT_MS 5000
#define STREAM_SLOW_MS 15000    /* something lies here for so long */
#define STREAM_STRANGE_MS 10000 /* it has cards that the outlet has not */
#define FOLLOW_CARDS 8u         /* of an answer: what all followers hear at once has to fit into the ring */
#define FOLLOW_WAIT_MS 10000
#define FOLLOW_PATIENCE_MS 3000
#define FOLLOW_AGAIN_MS 1000
#define FOLLOW_REST_MS 200 /* an outlet that does not park is not asked in a circle */
#define OUTLET_PING_MS 1000
#define OUTLET_RIGHTS_MS 2000 /* each role reads the access file again within a second */
#define OUTLET_SILENT_MS 3000

_Static_assert(FOLLOWERS_MAX >= 500u * (CHANNEL_count - 1), "forty stores, a dozen people each, who see everything");
_Static_assert(RECENT_BYTES / 4 > STREAM_TEXT_MAX, "every card fits into the ring");

/* One principal's view of one channel. */
struct follower {
    struct recent_chain recent;
    uint64_t upto;    /* it has seen everything up to this n */
    uint32_t streams; /* that it feeds; nobody's and not asked: the place is free */
    uint32_t principal;
    uint64_t rights; /* with which it sees; whoever has others by now has a follower of their own */
    enum card_channel channel;
    bool begun, asked;
    uint32_t number; /* of the question that is on its way */
    int64_t asked_ms, again_ms;
    char why[LABEL_MAX_BYTES + 1]; /* of the ledger: it goes on record */
};

/* What a stream was opened with. It has to last. */
struct credential {
    uint32_t number;
    bool session, token;
    struct link link; /* of the session: nonce and expires_ms alone */
    uint8_t mark[KEYRING_MARK_BYTES], hash[KEYRING_TOKEN_BYTES];
    uint64_t rights; /* a fingerprint of what it may see */
};

enum stream_begin { BEGIN_PRESENT, BEGIN_NOW, BEGIN_AFTER };

struct stream {
    uint64_t id; /* of its answer; 0: the place is free */
    struct credential credential;
    uint32_t channels; /* bit per channel */
    enum stream_begin begin;
    char after[NAME_MAX_BYTES + 1]; /* lineage of the id that it goes on after */
    bool greeted, ready, behind;
    struct follower *follower[CHANNEL_count];
    uint64_t n[CHANNEL_count];  /* everything up to here was told */
    uint64_t at[CHANNEL_count]; /* where in the ring the last one was */
    uint32_t number;            /* of the page that is on its way; 0: none */
    enum card_channel page;     /* its channel */
    int64_t again_ms;           /* until then it is waited for; or none is asked for */
    int64_t opened_ms, beat_ms;
};

/* What the outlet says of itself. */
struct outlet_news {
    char generation[NAME_MAX_BYTES + 1]; /* empty: not known */
    uint64_t head[CHANNEL_count], began_ms;
    uint32_t number;
    int64_t heard_ms, ping_ms;
};

struct streams {
    struct port *port; /* NULL: there is no outlet to ask */
    struct parcel parcel;
    struct outlet_news outlet;
    uint32_t count, end; /* open; places that were ever used */
    uint32_t pages;      /* on their way */
    uint32_t numbers;
    bool moved, behind; /* some must be fed: there is something new; there was no room */
    int64_t rights_ms;  /* when the access file became another one */
    bool recheck;       /* somebody's right to listen may be over */
    int64_t tick_ms;
    uint64_t opened, slow; /* in all */
    FILE *to;              /* writes to text */
    char text[STREAM_TEXT_MAX];
    uint8_t asked[1024];
    struct recent recent;
    struct follower follower[FOLLOWERS_MAX];
    struct stream stream[STREAMS_MAX];
};

/* ---- gateway_stream.c: beginning and end ---- */

/* The end, with the reason of a resync. */
void stream_dismiss(struct gateway *gateway, struct stream *stream, const char *reason);
/* Its client left. */
void stream_drop(struct gateway *gateway, struct stream *stream);
/* The page that is on its way, if any, is awaited no longer. */
void page_over(struct gateway *gateway, struct stream *stream);

/* ---- gateway_stream_who.c ---- */

void credential_take(struct gateway *gateway, const struct http_request *request, const struct who *who,
                     struct credential *ret_credential);
/* May whoever opened it still listen? NULL: yes; else the reason of the resync. */
const char *credential_over(struct gateway *gateway, const struct credential *credential);

/* ---- gateway_stream_ask.c: what is asked of the outlet ---- */

enum stream_question { QUESTION_PING, QUESTION_FOLLOWER, QUESTION_PAGE, QUESTIONS };

void outlet_ping(struct gateway *gateway);
/* Has the outlet been heard of lately? */
bool outlet_speaks(const struct gateway *gateway);
/* And does it know the rights that we know? Nobody begins before. */
bool outlet_is_ready(const struct gateway *gateway);
void follower_ask(struct gateway *gateway, struct follower *follower);
void page_ask(struct gateway *gateway, struct stream *stream, enum card_channel channel);
/* The one that is there already, or a new one; counts the stream. NULL: all places are taken. */
struct follower *follower_join(struct gateway *gateway, const struct credential *credential, enum card_channel channel,
                               const char *why);
void follower_leave(struct gateway *gateway, struct follower *follower);
/* Its answer does not come any more. */
void follower_give_up(struct gateway *gateway, struct follower *follower);
/* From what the outlet has now. */
void follower_start(struct gateway *gateway, struct follower *follower);

/* ---- gateway_stream_hear.c: and what it answers ---- */

void outlet_hear(struct gateway *gateway);

/* ---- gateway_stream_feed.c: what streams are told ---- */

/* As far as there is room. The stream may be over afterwards. */
void stream_feed(struct gateway *gateway, struct stream *stream);
/* One card. Errors: those of http_stream_send. */
int stream_tell(struct gateway *gateway, struct stream *stream, enum card_channel channel, uint64_t n,
                struct span block);
void stream_beat(struct gateway *gateway, struct stream *stream);

/* ---- gateway_stream_text.c: as text ---- */

/* "event: complaint", and its data. Lives until the next text is made. A card that is longer than any may be is null. */
struct span card_text(struct streams *streams, enum card_channel channel, const struct published *card);
/* "id: g;complaint=41\n" */
size_t id_text(const struct streams *streams, const struct stream *stream, char text[STREAM_ID_MAX]);
/* "event: hello", and its data: where the stream is; known: there is nothing newer that the outlet would have told. */
struct span place_text(struct streams *streams, const struct stream *stream, const char *event, int64_t wall_ms,
                       bool known);
/* Of an id, g and the n of each channel that it names; the others stay. -E_BAD_REQUEST. */
int id_read(struct span id, char ret_generation[NAME_MAX_BYTES + 1], uint64_t ret_n[CHANNEL_count]);

#endif
