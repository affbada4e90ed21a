/*
 * month.h - a month of a group of 12 stores, told from a seed: visits, ratings, calls, complaints, and people who answer to what
 * the rules conclude, mostly in time.
 *
 *   visits, calls (month_facts.c) --events in order of time--> rehearsal --cards--> people (month_people.c)
 *                                        ^------------------ decisions, some time later ------------'
 *
 * What people do is a function of the seed and of the cards: the same seed gives the same month. Cards are read as maps, by the
 * names of types.def.
 */
#ifndef MANYI_TESTS_SUPPORT_MONTH_H
#define MANYI_TESTS_SUPPORT_MONTH_H

#include "schemas/codec.h"
#include "workers/rehearsal.h"

#define MONTH_STORES 12u
#define MONTH_DAYS 30u
#define MONTH_ALL_DAYS 75u /* with what follows: closing, appeals */
#define MONTH_VISITS_A_DAY 300u
#define MONTH_START_MS 1793462400000ll /* 2026-11-01T00:00 in Shanghai */
#define MONTH_CARDS (1u << 17)         /* places for cards; most stay empty */
#define MONTH_HOUR_MS 3600000ll
#define MONTH_DAY_MS (24 * MONTH_HOUR_MS)

/* What a day brings to people. */
struct month_day {
    uint32_t notices; /* raised and repeated */
    uint32_t recovery_tasks, improvement_tasks;
    uint32_t dials;
    uint32_t complaints;
    uint32_t proposals; /* of the ledger */
    uint32_t appeals;
    uint32_t rejected; /* decisions that had no effect */
};

struct month_event {
    int64_t at_ms;
    uint64_t order; /* of two at the same time the one that was planned first */
    char *json;
};

/* A card as it stands: the newest of its subject. */
struct month_card {
    char subject[LABEL_MAX_BYTES + 1];
    enum event_type type;
    uint8_t *bytes;
    size_t len;
};

struct month {
    uint64_t seed;
    struct rehearsal *rehearsal;
    int64_t at_ms;
    struct month_event *heap; /* what is to come, the first first */
    uint32_t heap_count, heap_capacity;
    uint64_t planned;
    uint64_t entries;                   /* published; ticks apart */
    uint64_t ratings[MONTH_STORES + 1]; /* published and not refused, by store; the last: of no store of ours */
    struct month_day day[MONTH_ALL_DAYS];
    struct month_card *cards; /* by subject: a table with open addressing */
    uint32_t card_count, card_capacity;
    uint64_t *reacted; /* fingerprints of what somebody answers already */
    uint32_t reacted_count, reacted_capacity;
    uint8_t *event;           /* being published */
    uint64_t last_scored_seq; /* the newest rating with dimensions, and its store's place in `ratings` */
    uint32_t last_scored_store;
    uint8_t last_scored[4096]; /* its event: what a correction of it is about */
    size_t last_scored_len;
    int64_t last_scored_at_ms;
};

/* Begins with a rulebook and a roster, in a state under `dir`. */
void month_begin(struct month *month, const char *dir, uint64_t seed);
void month_end(struct month *month);

/* Plans one event; the format gives its JSON without id, source and time. */
__attribute__((format(printf, 3, 4))) void month_plan(struct month *month, int64_t at_ms, const char *format, ...);
/* Publishes what is planned until then, people's answers included, and lets time pass. */
void month_pass(struct month *month, int64_t until_ms);

/* Everything that customers do in the month: month_facts.c. */
void month_facts(struct month *month);
/* Somebody may answer to a card: month_people.c. */
void month_react(struct month *month, enum event_type type, struct span subject, struct span card, int64_t at_ms);

/* 0 to below - 1. */
uint32_t month_draw(struct month *month, uint32_t below);
/* Of a hundred. */
bool month_chance(struct month *month, uint32_t percent);
/* The first time of a store's open hours, 08:30 to 17:30, that comes `after_ms` after at_ms. */
int64_t month_open_time(int64_t at_ms, int64_t after_ms);
/* A text of a card's map; empty when null or none. */
struct span month_text(struct span card, const char *key);
int64_t month_number(struct span card, const char *key);
const struct month_card *month_card_of(const struct month *month, struct span subject);

#endif
