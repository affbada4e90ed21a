/*
 * complaint.h - the life of a complaint: its states, its clocks, its ladder, and who may do what. Pure.
 *
 *   complained --> RECEIVED -acknowledged-> ACKNOWLEDGED -planned-> PLANNED -resolved-> RESOLVED -satisfied-> CLOSED
 *                     ^                          `-------resolved----------------------^  |                     |
 *                     `------- reopened, or verified not satisfied: floor + 1 ------------+---------------------'
 *   any open state: noted graded assigned transferred escalated paused resumed judged; withdrawn, merged -> CLOSED
 *
 * Every move of `status` goes through one function and a table of allowed next states (complaint.c). A `struct
 * complaint` is the card itself (types.def) with its INTERNAL fields. Its spans are borrowed: what a decision
 * brings in (names) points into the decision's bytes, and the caller encodes the card before those go away.
 *
 * Time comes in as data. A timer is armed for complaint_next_due() and for nothing else.
 */
#ifndef MANYI_CORE_COMPLAINT_H
#define MANYI_CORE_COMPLAINT_H

#include "core/policy.h"
#include "core/roster.h"
#include "schemas/codec.h"

/* What the fold knows beyond the fact itself. */
struct complaint_context {
    bool second_of_customer; /* another complaint of this customer within the policy's 30 days */
    int64_t fault_repairs;   /* how often the fault of its visit was repaired; 0 unknown */
    bool safety_visit;       /* its visit concerns brakes, steering, airbag or fire */
};

/* One journal entry, as the rules see it. */
struct cause {
    uint64_t seq;
    int64_t at_ms; /* journal time */
};

/* A notice that a step wants raised. `id_text` is written by the rules: E-41-response-100. */
#define NOTICES_MAX (2u * CLOCKS_MAX + 1u) /* of each clock one, and one that waited for the morning; a person's */
struct notice_wanted {
    char id_text[CASE_ID_MAX];
    enum clock_kind clock;
    bool manual; /* raised by a person: clock is meaningless, rung_percent 0 */
    int64_t rung_percent;
    int64_t level;
    int64_t at_ms; /* the due time of the rung; of one that was past when it was found: then */
};

/* What a step did besides changing the complaint. The caller zeroes it. */
struct complaint_effects {
    struct notice_wanted notice[NOTICES_MAX];
    uint32_t notice_count;
    uint32_t clocks_stopped;                   /* bit per enum clock_kind: their escalations end, no more repeats */
    int64_t unfired_percent[clock_kind_count]; /* escalations of this share and above end; 0 for none */
    bool notices_follow;                       /* what open escalations say of the complaint has changed ... */
    int64_t follow_ms;                         /* ... as of then */
    bool opened;
    bool closed;
    bool gone; /* the closed card's days are over: a tombstone */
    bool reopened;
};

/* The grade that the policy gives by default. A grade in the fact wins. */
enum grade complaint_grade(const struct policy *policy, const struct complained *fact,
                           const struct complaint_context *context);

/* Opens a complaint from its fact; id_text (CASE_ID_MAX) receives "C-<seq>" and must outlive the complaint.
 * Clocks start at the fact's time, never later than cause->at_ms; older than the policy's 7 days: `late`, and they
 * start at cause->at_ms. `historical`: closed at once, outcome unknown, no clocks. */
void complaint_open(const struct policy *policy, const struct event *fact, struct cause cause,
                    const struct complaint_context *context, char *id_text, struct complaint *ret_complaint,
                    struct complaint_effects *effects);

/* Applies a decision (any EVENT_complaint_... type except that `merged` needs `into` checked by the caller).
 * 0, or -E_WRONG_STATE, -E_NOT_ALLOWED_PERSON, -E_ALREADY_DONE, -E_BAD_DECISION, -E_PAUSE_USED_UP; then the complaint
 * is unchanged and reason (at least 192 bytes) has one sentence that names the case's own figures and names.
 * Verified without a verdict is no failure: the complaint stays resolved and waits_for says what is missing. */
int complaint_decide(const struct policy *policy, struct complaint *complaint, const struct event *decision,
                     struct cause cause, struct complaint_effects *effects, char *reason, size_t reason_size);

/* feedback.unreached {callback: "C-41"}: the first logged try stops the callback clock; noted in the history. A call
 * by somebody who may not call is noted, but is no try. */
void complaint_tried(const struct policy *policy, struct complaint *complaint, const struct event *fact,
                     struct cause cause, struct complaint_effects *effects);

/* Fires everything that is due at due_ms (the armed timer's own time, never the entry's): rungs of running
 * clocks, the end of a pause, the tombstone. A clock whose several rungs are already past fires once, at its
 * highest. */
void complaint_advance(const struct policy *policy, struct complaint *complaint, int64_t due_ms, struct cause cause,
                       struct complaint_effects *effects);

/* When the next thing is due, INT64_MAX for never. Open complaints always have one, or are paused until one,
 * unless every rung of every running clock has fired. Rounded up to the second. */
int64_t complaint_next_due(const struct policy *policy, const struct complaint *complaint);

/* Another rulebook is in force: what runs is reckoned anew from its start, as a regrade does. False, with
 * complaint and effects to be left alone, when that changes nothing; else the history has a line with the rulebook's
 * name, which must outlive it. What has stopped, rests in an account, or is a level already, stays. */
bool complaint_reckon(const struct policy *policy, struct complaint *complaint, struct cause cause,
                      struct complaint_effects *effects);

/* Person complained about? They may not handle, resolve, verify, judge or call back. */
bool complaint_is_about(const struct complaint *complaint, struct span person);

/* May this person ask the customer? Nobody whom it is about or upheld against, nor who served the customer. */
bool complaint_may_call(const struct complaint *complaint, struct span person);
/* Is it upheld against this person? */
bool complaint_blames(const struct complaint *complaint, struct span person);
/* Does such a decision change what an upheld complaint costs those it is upheld against? */
bool complaint_weighs(enum event_type type);
/* Did this person serve the customer at the visit? */
bool complaint_served_by(const struct complaint *complaint, struct span person);

/* Whom a notice of this level reaches on a local day, by the roster (core/roster.h): a person, or a role as long as nobody has
 * adopted one. The handler whom people named comes first at level 0; whom it is about is skipped. Never empty. text has
 * LABEL_MAX_BYTES + 1. */
void complaint_recipient(const struct roster *roster, int64_t day, const struct complaint *complaint, int64_t level,
                         char *text, size_t size);

/* Names a notice whose rung came before and comes again, since the name that it has is taken: E-41-response-100-again-77, and
 * when it comes by that entry for the second time E-41-response-100-again-77-2. */
void notice_name_again(const struct complaint *complaint, struct cause cause, uint32_t times,
                       struct notice_wanted *notice);

/* Adds a line to the history, dropping the oldest past HISTORY_MAX. Shared by tasks. */
void history_add(struct history_line *history, uint32_t *count, uint64_t seq, int64_t at_ms, struct span type,
                 struct span by, struct span said);

/* Adds to the newest line the event's own time, where it has one that differs from the line's by more than a second. */
void history_time(struct history_line *history, uint32_t count, const struct event *event);

/* ---- escalations: a subject of their own ---- */

/* Fills a new escalation card from a wanted notice. `to_text` and ids must outlive it. */
void escalation_raise(const struct policy *policy, const struct complaint *complaint,
                      const struct notice_wanted *wanted, struct cause cause, const char *to_text,
                      struct escalation *ret_escalation);

/* Another case than a complaint, as a notice sees it. Its spans are borrowed. */
struct notice_about {
    struct span id; /* L-77-wang.li */
    struct span store;
    struct span department;  /* empty: none */
    enum grade grade;        /* whose rhythm repeats it */
    struct span responsible; /* who is reminded at level 0; empty: the department's default handler */
    struct name_list skip;   /* whom it may not reach: it is about them */
};

/* The same about another case; `why` stands in the place of the clock: "overdue", "unanswered". */
void escalation_raise_about(const struct policy *policy, const struct notice_about *about,
                            const struct notice_wanted *wanted, const char *why, struct cause cause,
                            const char *to_text, struct escalation *ret_escalation);

/* The notice for the next one up, because `from` did not arrive: the same case, rung and rhythm, told at once; wanted has its
 * id, level and time. `because` and all of `from` must outlive it. */
void escalation_climb(const struct policy *policy, const struct escalation *from, const struct notice_wanted *wanted,
                      struct cause cause, const char *to_text, struct span because, struct escalation *ret_up);

/* escalation.acknowledged: stops the repeat. -E_ALREADY_DONE with a reason. */
int escalation_acknowledge(struct escalation *escalation, const struct event *decision, struct cause cause,
                           char *reason, size_t reason_size);

/* The same of one that stands in a row with one that `by` has seen: who knows of one knows of all. */
void escalation_seen(struct span by, struct cause cause, struct escalation *escalation);

/* An open one takes over what its complaint is now: grade, store, department, rest, and whom it reaches (`to` must
 * outlive it). A new rhythm, and one after a rest, begins at at_ms. True when that changed it. */
bool escalation_follow(const struct policy *policy, const struct complaint *complaint, struct span to, int64_t at_ms,
                       struct cause cause, struct escalation *escalation);

/* It reaches somebody else from at_ms on, who has not been told; `to` must outlive it. False: it is the same person. */
bool escalation_readdress(const struct policy *policy, struct span to, int64_t at_ms, struct cause cause,
                          struct escalation *escalation);

/* A notice of any case stands for one that did not arrive: told at once, but for the quiet hours. */
void escalation_stands_for(const struct policy *policy, struct span because, struct escalation *escalation);

/* Nobody has seen it, and it has not ended. */
bool escalation_is_open(const struct escalation *escalation);

/* When it repeats next: INT64_MAX once acknowledged or ended, while it rests, or when its rung is below the breach. */
int64_t escalation_repeat_due(const struct policy *policy, const struct escalation *escalation);

/* When the next thing is due: it repeats, or goes to the next one up (core/delivery.h). */
int64_t escalation_next_due(const struct policy *policy, const struct escalation *escalation);

/* Notes on the card what is due, as it is to be armed. */
void escalation_arm(const struct policy *policy, struct escalation *escalation);

/* Another rulebook came into force at cause.at_ms: a rhythm that it changes begins then. True when it does. */
bool escalation_reckon(const struct policy *policy, struct cause cause, struct escalation *escalation);

/* Repeats it, as of due_ms (its own due time), for whoever it reaches by now; `to` must outlive it. */
void escalation_repeat(const struct policy *policy, struct span to, int64_t due_ms, struct cause cause,
                       struct escalation *escalation);

/* Its clock has stopped, or its complaint has closed. */
void escalation_end(struct escalation *escalation, struct cause cause);

#endif
