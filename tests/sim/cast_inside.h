/*
 * cast_inside.h - what the files of the cast share. Included by cast*.c only.
 *
 * A member is a row of a table (cast.c): how it opens, what it does in its turn, and what it tells the checks. Whoever publishes
 * does so through a sender, which keeps a log: what was published, what was heard of it, and what must be said again.
 */
#ifndef MANYI_TESTS_SIM_CAST_INSIDE_H
#define MANYI_TESTS_SIM_CAST_INSIDE_H

#include "clients/c/publisher.h"
#include "clients/c/subscriber.h"
#include "core/policy.h"
#include "io/clock.h"
#include "tests/sim/cast.h"

#define MEMBERS_MAX 16u
#define SECONDS(n) ((n)*1000ll)
#define MINUTES(n) ((n)*60000ll)
#define HOURS(n) ((n)*3600000ll)
#define DAYS(n) ((n)*86400000ll)
#define AWHILE_MS HOURS(1) /* nothing to do of its own accord: somebody looks again then */
#define LETTER_MAX (80u * KIB)

struct member;

/* ---- what is published and what became of it (cast_sender.c) ---- */

enum letter_state { LETTER_WAITS, LETTER_ACKED, LETTER_REFUSED };

struct letter {
    char id[48];
    uint8_t *bytes;
    size_t len;
    enum letter_state state;
    bool flawed;          /* must be refused */
    int64_t published_ms; /* of the world */
    uint64_t seq;
};

/* A letter in the publisher's hands. */
struct handed {
    uint32_t letter;
    uint32_t restores; /* seen when it was handed over: what is heard of it after another one is void */
};

struct numbers {
    uint32_t *at;
    uint32_t first, count, capacity; /* what waits is at[first..count) */
};

struct sender {
    struct member *member;
    char source[64];
    const char *endpoint; /* of intake */
    uint32_t principal;   /* whose key it has; 0: none */
    bool session;
    bool fenced;
    uint32_t opened; /* how often: names its instance */
    uint64_t window_bytes;
    uint32_t batch_events;
    struct manyi_publisher *publisher;
    struct letter *letters;
    uint32_t letters_count, letters_capacity;
    struct numbers waiting; /* letters that are to be handed over, in order */
    struct handed *handed;  /* in order, without an answer: a ring of letters' numbers */
    uint32_t handed_first, handed_count, handed_capacity;
};

void sender_open(struct sender *sender, struct member *member, const char *source, bool session, struct dice *dice);
/* The same at another door of intake; the endpoint is the world's. */
void sender_open_at(struct sender *sender, struct member *member, const char *source, const char *endpoint,
                    bool session, struct dice *dice);
/* The same with a principal's key, where the world has keys. */
void sender_open_as(struct sender *sender, struct member *member, const char *source, bool session, struct dice *dice,
                    uint32_t principal);
void sender_close(struct sender *sender);
/* Takes a copy; it leaves with one of the next turns. Returns its number in the log. */
uint32_t sender_publish(struct sender *sender, const char *id, struct span event, bool flawed);
/* The same event once more, whatever has become of it. */
void sender_repeat(struct sender *sender, uint32_t letter);
/* Its process dies and is started again: another publisher takes over, and says again what has no answer. */
void sender_restart(struct sender *sender);
/* Hands over, sends, receives. Returns how long it may be left alone. */
int64_t sender_turn(struct sender *sender, struct clock_reading now);
void sender_restored(struct sender *sender, uint64_t head);
bool sender_is_done(const struct sender *sender);
int sender_acked(const struct sender *sender, int (*visit)(void *context, const struct acked *acked), void *context);

/* ---- what is published (cast_load.c, cast_rating.c, cast_policy.c) ---- */

/* One event on its way: everything that its spans point to lies here. */
struct draft {
    struct dice *dice;
    int64_t wall_ms;
    char id[48];
    char words[24][72];
    uint32_t words_count;
    bool flawed;
    struct event_draft event;
    union event_data data;
};

/* What everybody knows of the group: three stores, nine people, few customers, so that things meet. */
const char *town_store(struct dice *dice);
const char *town_department(struct dice *dice);
const char *town_person(struct dice *dice);
/* Kept in the draft. */
struct span draft_word(struct draft *draft, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct span draft_customer(struct draft *draft);
struct span draft_visit(struct draft *draft);
/* The event's own time: none, just now, late, very late, or ahead. */
void draft_time(struct draft *draft);
void draft_begin_event(struct draft *draft, struct sender *sender, struct dice *dice, int64_t wall_ms);
/* Encodes it and hands it to the sender; returns its number in the log. */
uint32_t draft_publish(struct draft *draft, struct sender *sender);

void rating_draft(struct draft *draft);
void correction_draft(struct draft *draft, const struct sender *sender);
void appeal_draft(struct draft *draft, const struct sender *sender);
void retraction_draft(struct draft *draft, const struct sender *sender);
/* One event of some kind, by dice; its number in the log. */
uint32_t load_publish(struct sender *sender, struct dice *dice, int64_t wall_ms);
/* About a reward or a penalty that somebody sees, and about one that nobody has proposed yet. */
void ledger_decision(struct draft *draft, struct span card);
void veto_draft(struct draft *draft);
/* A rulebook or a roster; `wrong`: one that the worker must refuse. */
/* Other calendars, with clocks that the law lets pass by them. */
void calendars_vary(struct policy *policy, struct dice *dice);
void policy_publish(struct sender *sender, struct dice *dice, int64_t wall_ms);
void adopted_publish(struct sender *sender, struct draft *draft, enum event_type type, struct span content,
                     const char *hash);
void roster_publish(struct sender *sender, struct dice *dice, int64_t wall_ms);

/* ---- cards that somebody follows (cast_subscriber.c) ---- */

struct kept {
    enum card_channel channel;
    uint64_t n;
    size_t subject_len, card_len;
    uint8_t *bytes; /* subject, card */
};

struct follower {
    struct member *member;
    struct manyi_subscriber *subscriber; /* NULL: closed */
    const char *const *channels;
    uint32_t channel_count;
    struct kept *cards; /* in no order */
    uint32_t cards_count, cards_capacity;
    uint64_t last[CHANNEL_count]; /* n */
    uint64_t applied;
};

void follower_open(struct follower *follower, struct member *member, const char *const *channels, uint32_t count);
void follower_close(struct follower *follower);
/* Closes it, and forgets all cards; and opens it again. */
void follower_leave(struct follower *follower);
void follower_return(struct follower *follower);
int64_t follower_turn(struct follower *follower, struct clock_reading now);
/* While it waits for a REPLAY it lets live cards lie. */
bool follower_has_mail(const struct follower *follower);

/* A decision about a card, or about nothing (NULL); `other` is what it may be merged into (cast_decision.c). */
void decision_draft(struct draft *draft, const struct kept *card, const struct kept *other);

/* ---- members ---- */

struct member_kind {
    void (*open)(struct member *member);
    void (*close)(struct member *member);
    /* Returns how long it may be left alone. */
    int64_t (*turn)(struct member *member, struct clock_reading now);
    bool (*has_mail)(const struct member *member); /* that it would take now; NULL: whatever there is */
    void (*heal)(struct member *member);           /* NULL: nothing to do */
    struct sender *(*sender)(struct member *);     /* NULL: it publishes nothing that is promised */
    struct follower *(*follower)(struct member *);
};

struct member {
    struct cast *cast;
    const char *name;
    const struct member_kind *kind;
    uint32_t owner;
    uint32_t number; /* among those of its kind */
    struct dice dice;
    int64_t next_ms; /* of the world: when it does something of its own accord */
    void *self;      /* NULL: it has not come yet */
};

struct cast {
    struct world *world;
    struct manyi manyi; /* over the world's bus and clock */
    bool healed;
    uint32_t restores;
    uint64_t events_max;   /* that the cast publishes, about */
    uint64_t published;    /* so far */
    int64_t publishing_ms; /* in which it shall have published them */
    struct member members[MEMBERS_MAX];
    uint32_t count;
};

extern const struct member_kind kind_desk, kind_survey, kind_kiosk, kind_office, kind_people, kind_board, kind_clerk,
    kind_nonsense, kind_postman;

/* Whoever opens ports says first whose they are. */
void member_owns(struct member *member);
void *cast_take(size_t size); /* zeroed; ends the process when there is none */
/* A time from now on, of the order of mean_ms. */
int64_t dice_pause_ms(struct dice *dice, int64_t mean_ms);

#endif
