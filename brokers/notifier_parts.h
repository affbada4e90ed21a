/*
 * notifier_parts.h - the notifier from the inside: what is to be told to whom, how far each of it is, and the lanes to its targets.
 *
 *                ┌────────── failed, and the card says the same ◀──────────┐
 *                ▼                                                         │
 *   card ──▶ WAITING ──its lane is free──▶ FLYING ──outcome──▶ REPORTING ──ACK──▶ TOLD ──card──▶ gone
 *                │                                                 ▲
 *                └── nobody to send to; its target is failing ─────┘
 *
 * A lane is what leads to one target: one message at a time is on it, and it is held until what became of that is in the journal.
 * So at most that one message goes out a second time after a crash.
 *
 * Included by notifier*.c and tests only.
 */
#ifndef MANYI_BROKERS_NOTIFIER_PARTS_H
#define MANYI_BROKERS_NOTIFIER_PARTS_H

#include "brokers/notifier.h"
#include "core/limits.h"
#include "io/link.h"
#include "io/request.h"

#define ERRANDS_MAX 4096u   /* kept in memory, those that can go soonest; what is more is read again and again */
#define DIGEST_MAX 20u      /* notices of one message */
#define DIGEST_SHORT_MAX 5u /* of one for a telephone or a robot with little room */
#define HEAD_TRIES_MAX 5u   /* so often a message is tried before those behind it go first */
#define NEVER_SPARE INT64_MIN
#define REPORTS_PER_PUT 64u
#define RESEND_MS 2000
#define NOTIFIER_SOURCE "/manyi/notifier"

enum notifier_channel { NOTIFY_ESCALATION, NOTIFY_TASK, NOTIFY_CALLBACK, NOTIFY_CHANNELS };

enum errand_state { ERRAND_FREE, ERRAND_WAITING, ERRAND_FLYING, ERRAND_REPORTING, ERRAND_TOLD };

/* What makes it the same thing to be told. Another one, and all counting begins anew. */
struct errand_key {
    uint32_t repeat;
    int64_t deliver_from_ms;
    char to[LABEL_MAX_BYTES + 1];
};

/* What is told, from the card. */
struct telling {
    enum notifier_channel channel;
    struct errand_key key;
    char id[NAME_MAX_BYTES + 1];
    char about[LABEL_MAX_BYTES + 1];
    char store[NAME_MAX_BYTES + 1], department[NAME_MAX_BYTES + 1];
    char kind[NAME_MAX_BYTES + 1]; /* an escalation's clock, a task's and a callback's kind */
    char because[LABEL_MAX_BYTES + 1];
    int32_t grade; /* -1: none */
    uint32_t percent, level;
    int64_t raised_ms, due_ms; /* due: of tasks and callbacks */
};

/* One try, and what became of it: what a report says. */
struct attempt {
    struct errand_key key;
    uint32_t number;                 /* of this repeat, from 1 */
    uint32_t lane;                   /* index + 1; 0: it took none */
    char target[NAME_MAX_BYTES + 1]; /* empty: there is none */
    int32_t means;
    bool sent, permanent;
    int64_t at_ms;    /* wall; when it was known: a report that is sent again is the same to the byte */
    int64_t retry_ms; /* wall */
    char reason[COURIER_REASON_MAX + 32];
};

struct errand {
    enum errand_state state;
    bool wanted; /* the newest card says that it is to be sent */
    struct telling telling;
    int64_t from_ms;   /* wall; not before */
    uint32_t attempts; /* failed ones of this key */
    uint32_t dead;     /* a bit for each alternative that has failed for good */
    int64_t retry_ms;  /* wall; not before */
    int64_t behind_ms; /* wall; since when others are before it on its present way; 0: none were */
    struct attempt attempt;
    uint64_t put; /* the PUT that carries its report; 0: none yet */
};

struct lane {
    char name[NAME_MAX_BYTES + 1];
    uint32_t held; /* errands of the message that is on its way, or whose reports are */
    uint32_t member[DIGEST_MAX], member_count;
    bool flying;
    uint32_t alternative;            /* of the members' person */
    uint32_t failures;               /* in a row */
    int64_t rest_until_ms;           /* wall */
    char reason[COURIER_REASON_MAX]; /* of the last one */
};

/* One channel's REPLAY. */
struct notifier_topic {
    uint64_t after, number;
    int64_t sent_ms;       /* monotonic */
    int64_t again_ms;      /* not before */
    int64_t began_ms;      /* monotonic, as below */
    int64_t over_again_ms; /* from the beginning not before, unless there is much room */
    bool asked, complete;
    bool read_once; /* to its end, since the journal is this one */
    bool overflow;  /* a card found no place, or lost it: from the beginning after a while */
};

/* What is asked at start, one after the other. */
enum notifier_dawn { DAWN_JOURNAL, DAWN_FOLD, DAWN_ANSWERED, DAWN_CARDS, DAWN_OVER };

struct notifier_counts {
    uint64_t sent, failed, not_tried, refused, no_target;
};

struct notifier {
    struct setup setup;
    struct courier *courier;
    struct notices *notices;
    bool owns_notices;
    uint64_t file_stamp, file_said; /* said: a hash of what was wrong with it */
    int64_t look_ms;                /* at the file, monotonic */
    bool has_links;
    uint8_t link_secret[LINK_SECRET_BYTES];

    struct port *port;                    /* ROUTER: PING */
    struct port *replay, *intake, *query; /* DEALERs */
    struct parcel parcel;
    struct request_counts port_counts;
    struct clock_reading now;
    int64_t apart_ms; /* its two clocks */
    uint64_t numbers; /* given to requests */

    enum notifier_dawn dawn;
    uint64_t dawn_number, dawn_seq;
    int64_t dawn_ms;
    char generation[NAME_MAX_BYTES + 1];
    struct notifier_topic topic[NOTIFY_CHANNELS];

    uint64_t hash[ERRANDS_MAX];    /* of channel and id; 0: free */
    int64_t spare_ms[ERRANDS_MAX]; /* until then it may give its place to another; NEVER_SPARE */
    int64_t spare_most_ms;         /* no later one is among them */
    struct errand errand[ERRANDS_MAX];
    uint32_t errand_count;
    struct lane lane[NOTICE_TARGETS_MAX];
    struct lane *lane_of[NOTICE_TARGETS_MAX]; /* by target; NULL: there was no idle one */
    bool lanes_lack;
    int64_t due_ms;     /* wall: when something becomes sendable at the earliest */
    int64_t journal_ms; /* the journal's time as far as cards tell: the wall's may have been put back */

    uint64_t put;   /* number of the one that is on its way; 0: none */
    int64_t put_ms; /* monotonic */
    struct notifier_counts counts;

    uint8_t events[REPORTS_PER_PUT * 1536u + 64u]; /* scratch: a PUT's array */
    uint8_t body[REPORTS_PER_PUT * 1536u + 256u];  /* scratch: its map */
    char title[COURIER_TITLE_MAX], text[COURIER_TEXT_MAX], markdown[COURIER_TEXT_MAX];
    uint8_t data[COURIER_BODY_MAX];
};

/* ---- notifier_follow.c: cards come in ---- */

/* Takes replies and asks for more. */
void notifier_follow(struct notifier *notifier);
int64_t notifier_follow_due_ms(const struct notifier *notifier); /* monotonic */
/* All cards that stood when it began have been read: from then on it sends. */
bool notifier_is_calm(const struct notifier *notifier);

/* ---- notifier_card.c: what a card says ---- */

/* The card of a channel changes, makes or ends its errand. -E_NO_ROOM: it needs a place, and there is none. */
int notifier_card_take(struct notifier *notifier, enum notifier_channel channel, struct span card);
/* Another journal: all that is not on its way is forgotten. */
void notifier_forget(struct notifier *notifier);
bool notifier_key_same(const struct errand_key *before, const struct errand_key *now);
void notifier_settle(struct notifier *notifier, struct errand *errand);

/* ---- notifier_send.c: messages go out, outcomes come in ---- */

void notifier_lanes_make(struct notifier *notifier);
/* Somebody may have mended what failed: nobody waits for a back-off that was begun before. */
void notifier_try_anew(struct notifier *notifier);
void notifier_outcomes_take(struct notifier *notifier);
void notifier_send(struct notifier *notifier);
/* When there is something to do about it, wall: what the journal knows to be kept by its target's rest waits as long. */
int64_t notifier_goes_ms(struct notifier *notifier, const struct errand *errand);

/* ---- notifier_report.c: what became of it, to the journal ---- */

void notifier_report(struct notifier *notifier);
/* The PUT of that number is on disk. */
void notifier_reported(struct notifier *notifier, uint64_t number, struct span problems);

/* ---- notifier_text.c: the words ---- */

/* The message of these errands, all for one reader, over one target. Its spans lie in the notifier's scratch, its id in ret_id. */
void notifier_write(struct notifier *notifier, const uint32_t *members, uint32_t count,
                    const struct notice_target *target, char ret_id[COURIER_ID_MAX],
                    struct courier_message *ret_message);

#endif
