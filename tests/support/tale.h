/*
 * tale.h - random days of a group: facts, decisions right and wrong, rulebooks, time that passes. One seed tells one tale.
 *
 * Whoever has it told publishes what happens and says the seq that it got; names are few, so that much is about the same visits,
 * customers and people.
 */
#ifndef MANYI_TESTS_SUPPORT_TALE_H
#define MANYI_TESTS_SUPPORT_TALE_H

#include "core/policy.h"
#include "schemas/codec.h"
#include "tests/sim/dice.h"

#define TALE_SEQS_MAX 4096u
#define TALE_TEXTS 32u

struct tale {
    struct dice dice;
    int64_t now_ms;  /* the journal's; a tale moves it on */
    int64_t wake_ms; /* when something is due next, 0 for nothing; kept by whoever has it told */
    uint64_t head;   /* last seq of the journal; kept by whoever has it told */
    uint64_t events; /* published; their ids are e-1, e-2 ... */
    uint64_t (*publish)(void *context, enum event_type type, const char *source, const char *id, const char *subject,
                        int64_t time_ms, const void *data);
    /* The id of some notice, or NULL when there is none. */
    const char *(*notice)(void *context, struct dice *dice);
    void *context;
    uint64_t complaint[TALE_SEQS_MAX], task[TALE_SEQS_MAX], rating[TALE_SEQS_MAX];
    uint32_t complaints, tasks, ratings;
    char text[TALE_TEXTS][NAME_MAX_BYTES];
    uint32_t texts;
};

/* Time passes, and one thing happens. */
void tale_step(struct tale *tale);
/* A rulebook is adopted: the one as delivered, or a changed one. */
void tale_adopt(struct tale *tale, bool changed);

/* ---- between tale*.c ---- */

bool tale_chance(struct tale *tale, uint32_t of, uint32_t all);
int64_t tale_between(struct tale *tale, int64_t least, int64_t most);
struct span tale_one_of(struct tale *tale, const char *stem, int64_t count); /* "staff-3" */
struct span tale_person(struct tale *tale);
struct span tale_store(struct tale *tale);
struct span tale_department(struct tale *tale);
int64_t tale_time(struct tale *tale);     /* of an event: mostly none */
int64_t tale_deadline(struct tale *tale); /* mostly ahead */
uint64_t tale_pick(struct tale *tale, const uint64_t *seqs, uint32_t count);
const char *tale_complaint_id(struct tale *tale);
uint64_t tale_publish(struct tale *tale, enum event_type type, const char *subject, int64_t time_ms, const void *data);
void tale_fact(struct tale *tale, int64_t what);     /* 0 to 42 */
void tale_decision(struct tale *tale, int64_t what); /* 43 to 87 */

#endif
