/*
 * story.h - a complaint told in a test: facts and decisions by hand, time passing as the worker lets it pass.
 *
 * Times are written as people of the group read them: when("2026-11-23 09:00") is Shanghai, a Monday. What the
 * rules want raised is kept as a trace, a line each: "23 13:00 response 50 % level 0".
 */
#ifndef MANYI_TESTS_STORY_H
#define MANYI_TESTS_STORY_H

#include "core/complaint.h"

#define STORY_TRACE_MAX 4096u

struct story {
    struct policy policy; /* the default rulebook; a test may change it before it begins */
    struct complaint complaint;
    struct complaint_effects effects; /* of the last step */
    char id_text[CASE_ID_MAX];
    char reason[256]; /* of the last rejection */
    uint64_t seq;
    char trace[STORY_TRACE_MAX];
};

/* "2026-11-23 09:00", or with ":30" or ":30.250" after it, at UTC+8. */
int64_t when(const char *local);
/* The same way back, "23 09:00". */
const char *told_time(int64_t at_ms, char text[24]);

/* A fact without a time of its own: about workmanship, by telephone, at sh-pudong/service. */
struct event complained(void);

void story_open(struct story *story, const struct event *fact, int64_t at_ms);
void story_open_plain(struct story *story, enum grade grade, const char *at);

/* A decision without a time of its own. */
struct event decision(enum event_type type, const char *by);
struct event paused_until(const char *until);
struct event graded(enum grade grade);
struct event assigned(const char *handler);
struct event verified(const char *by, bool satisfied);
struct event judged(enum verdict verdict);

/* Fires what is due until then, decides, and fires again, as the worker does. */
int story_decide(struct story *story, const struct event *decision, int64_t at_ms);
/* The same, and the decision must be accepted. */
void story_goes(struct story *story, struct event decision, const char *at);
/* The same, and it must be refused so; the reason must have these words. */
void story_refuses(struct story *story, struct event decision, const char *at, int status, const char *words);

/* So many calls that reach nobody, a minute apart. */
void story_tries(struct story *story, int count, const char *at);

void story_passes(struct story *story, int64_t until_ms);

/* By wang.li, minutes apart, from wherever it stands: until it is acknowledged, planned, resolved. */
void story_reaches(struct story *story, enum complaint_status status, const char *at);

const struct clock *story_clock(const struct story *story, enum clock_kind kind);

#endif
