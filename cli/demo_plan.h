/*
 * demo_plan.h - a seeded day of a 12-store group: who comes, who is unhappy, who does what about it; the days before it, and what
 * goes on when it is over.
 *
 * Everything is drawn from the seed when the day is planned, and when a complaint's seq becomes known; nothing is
 * drawn from a clock. Times are milliseconds of the time-lapse day.
 */
#ifndef MANYI_CLI_DEMO_PLAN_H
#define MANYI_CLI_DEMO_PLAN_H

#include "schemas/codec.h"

#define DEMO_STORES 12u
#define DEMO_VISITS_MAX 5000u
#define DEMO_EARLIER_DAYS 13u
#define DEMO_EARLIER_VISITS (DEMO_EARLIER_DAYS * 36u)
#define DEMO_LIVE_VISITS 3600u /* about four hours of them; then nobody comes any more */
#define DEMO_ACTS_MAX (16u * DEMO_VISITS_MAX)
#define DEMO_DAY_MS (24ll * 3600 * 1000)
#define DEMO_EVENT_MAX 4096u

/* Something that somebody will do. */
struct demo_act {
    int64_t at_ms;
    uint32_t order; /* of planning; breaks ties */
    uint32_t visit;
    enum event_type type;
    char subject[CASE_ID_MAX]; /* of a decision */
    uint8_t person;            /* of a decision: who in the store */
    bool historical;           /* of an earlier day: it counts in scores and is nobody's business any more */
};

struct demo_visit {
    uint8_t store;
    bool service; /* else sales */
    bool unhappy;
    bool complains;
    bool praises;
    uint8_t category;
    uint8_t staff;
};

struct demo_plan {
    uint64_t seed;
    uint64_t random; /* state */
    int64_t begin_ms;
    struct demo_visit visit[DEMO_VISITS_MAX + DEMO_EARLIER_VISITS + DEMO_LIVE_VISITS];
    uint32_t visit_count;
    struct demo_act act[DEMO_ACTS_MAX]; /* a heap, the earliest first */
    uint32_t act_count;
    uint32_t planned; /* acts ever planned */
    uint32_t pace;    /* so many times sooner than on the day people act */
    uint32_t live_count;
    int64_t live_ms; /* when the next customer comes */
};

/* Plans visits, ratings, complaints and praise of the day that begins at begin_ms, and what is left of the days before: ratings for
 * the trends, and customers who are to be called today. The first of `visits`, one at least, ends in a complaint that nobody answers. */
void demo_plan_day(struct demo_plan *plan, uint64_t seed, uint32_t visits, int64_t begin_ms);

/* Takes the next act that is due at now_ms; false when there is none. */
bool demo_plan_next(struct demo_plan *plan, int64_t now_ms, struct demo_act *ret_act);

/* What follows from an act that was accepted as entry seq: people handle the complaint, or the task of a low rating. */
void demo_plan_follow(struct demo_plan *plan, const struct demo_act *act, uint64_t seq);

/* After the day: somebody comes every few seconds, and whoever has to act does so within minutes. */
void demo_plan_live(struct demo_plan *plan, int64_t now_ms);

/* Somebody who was notified has seen it, after a while. */
void demo_plan_acknowledge(struct demo_plan *plan, struct span escalation, int64_t at_ms);

/* A customer is due to be called: most are. */
void demo_plan_call(struct demo_plan *plan, struct span callback, struct span store, int64_t at_ms);

/* A reward or penalty waits for the director: most are answered, and some whom that concerns appeal. */
void demo_plan_decide(struct demo_plan *plan, struct span entry, struct span store, bool penalty, int64_t at_ms);

/* The act as an event's bytes, in a buffer of DEMO_EVENT_MAX. */
struct span demo_event(const struct demo_plan *plan, const struct demo_act *act, uint8_t *buffer);

const char *demo_store(uint32_t store);

/* What people call it. */
struct demo_store_name {
    const char *chinese, *english;
};
struct demo_store_name demo_store_name(uint32_t store);

/* One of the ten people of a store. */
void demo_person(uint32_t store, uint32_t person, char name[32]);

#endif
