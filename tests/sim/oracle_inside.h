/*
 * oracle_inside.h - what the oracle remembers, and the pieces of its recount. Only for oracle*.c.
 *
 * Everything lies in plain arrays that are searched from the front; cases are never removed. There is no table of timers:
 * whoever asks what is due next looks at every case (oracle.c).
 *
 * A clock's rungs fire in the order of the ladder. What was told is remembered as the greatest share and the highest level, so that
 * a ladder without such a rung forgets nothing.
 */
#ifndef MANYI_TESTS_SIM_ORACLE_INSIDE_H
#define MANYI_TESTS_SIM_ORACLE_INSIDE_H

#include "core/ensure.h"
#include "core/policy.h"
#include "core/status.h"
#include "schemas/codec.h"
#include "tests/sim/oracle.h"
#include "tests/sim/oracle_called.h"
#include "tests/sim/oracle_repair.h"
#include "tests/sim/oracle_time.h"
#include "workers/state.h"

#define ORACLE_NEVER INT64_MAX
#define ORACLE_MANUAL clock_kind_count      /* in place of a clock's kind: a notice by a person */
#define ORACLE_OTHER (clock_kind_count + 1) /* a notice of another case than a complaint */
#define ORACLE_ROOM 1024                    /* bytes of an encoded name list and the like */

struct oracle_clock {
    bool started; /* in this round */
    bool stopped;
    bool breached;
    int64_t start_ms, due_ms, stopped_ms;
    int64_t rested_ms[TIME_WORKING_DAYS + 1]; /* by pauses that have ended, in each unit */
    int64_t told_percent, told_level; /* greatest share and highest level that a rung has fired at; 0: none has */
    bool waits;                       /* a notice waits for the end of the quiet hours: */
    int64_t waits_percent, waits_level, waits_ms;
};

enum oracle_wait { WAITS_NOT, WAITS_VERDICT, WAITS_VERIFICATION };

struct oracle_complaint {
    uint64_t seq, changed_seq;
    oracle_name store, department, customer, visit, visit_store, vehicle, handler, merged_into, resolved_by, judged_by;
    struct oracle_names staff, judged_staff;
    int32_t channel, category, grade, status;
    int64_t level, floor;
    int32_t verdict, outcome, pause_reason; /* -1: none */
    int64_t pause_since, pause_until;
    enum oracle_wait waits_for;
    int64_t reopened;
    int64_t compensation_fen;                  /* -1: none */
    int64_t opened_ms, closed_ms, promised_ms; /* ORACLE_NEVER: none */
    bool late, historical, gone, satisfaction_known;
    struct oracle_clock clock[clock_kind_count];
    int64_t paused_ms;
    int64_t tries, tries_ms; /* calls since it was resolved, the first of them */
    int64_t leaves_ms;       /* closed: when its card leaves */
    int64_t armed_ms;        /* when a rulebook is adopted: what was due next by the one before */
    bool changed;            /* since it was compared */
};

/* Another case than a complaint, as a notice sees it. */
struct oracle_about {
    oracle_label id;
    oracle_name store, department, responsible; /* "": none */
    struct oracle_names skip;                   /* whom it may not reach */
    int32_t grade;
};

/* NAN where it can't be told. */
struct oracle_effect {
    double before, after, low, high;
    int64_t n_before, n_after;
};

struct oracle_task {
    oracle_label id;
    uint64_t seq, changed_seq;
    uint64_t fact; /* whose number the id has; 0: what time brought */
    int32_t kind, status, rule;
    oracle_name store, department, staff, customer, visit, dimension, completed_by;
    oracle_label responsible;
    struct oracle_names reasons;
    int64_t opened_ms, due_ms, closed_ms, due_from_ms, leaves_ms, completed_ms;
    int64_t term_ms;  /* that people gave it */
    uint32_t told;    /* superiors, that it is overdue */
    int64_t told_ms;  /* when the last of them was */
    int64_t armed_ms; /* when a rulebook is adopted: what was due next by the one before */
    bool by_post;     /* nobody was named */
    bool overdue, gone, measured;
    struct oracle_effect effect;
    struct oracle_telling telling;
    oracle_label told_to; /* by its last telling */
    int32_t effective;    /* -1: not verified */
    bool changed;
};

/* A low answer that may yet be a ground for a task. */
struct oracle_low {
    oracle_name store, department, dimension;
    uint64_t seq;
    int64_t at_ms;
    bool spent;
};

/* How far a dimension has drifted, in thousandths of a standard error; an empty dimension: the day that is not judged yet. */
struct oracle_watch {
    oracle_name store, department, dimension;
    int64_t number;
    uint64_t task; /* its newest task, from 1; 0: none */
};

/* A reward or a penalty. */
struct oracle_entry {
    oracle_label id;
    uint64_t fact, changed_seq; /* the number in its id */
    uint64_t verdict_of;        /* the complaint whose verdict asks for it; 0: none */
    bool asked;                 /* while a verdict is looked at */
    int32_t kind, status, frozen_from;
    oracle_name person, store, department, about, adjusts, adjusted_by, proposed_by, decided_by, amended_by, frozen_by;
    char period[12], for_period[12];
    int64_t points, amount, proposed, amended, settled;
    bool has_amended, has_settled;
    struct oracle_names party;
    int64_t proposed_ms, due_ms, notice_ms, closed_ms, leaves_ms; /* ORACLE_NEVER: none */
    bool unanswered, gone;
    bool changed;
};

struct oracle_flag {
    oracle_label id;
    uint64_t seq, changed_seq;
    uint64_t fact; /* the rating's; 0: of a month */
    oracle_name store, department;
    int32_t kind;
    int64_t at_ms, leaves_ms; /* ORACLE_NEVER: gone */
    bool gone, changed;
};

/* A customer's answer on a device. */
struct oracle_use {
    oracle_name device, customer;
    int64_t at_ms;
    bool forgotten;
};

struct oracle_visit {
    oracle_name store, visit, vehicle, fault, staff;
    bool safety, warranty, counted, told;
    oracle_name department; /* when first told, and the day of it */
    int64_t day;
    uint64_t open_complaints, task;
    bool changed;
};

struct oracle_repair {
    oracle_name vehicle, fault;
    uint64_t count;
    bool changed;
};

struct oracle_customer {
    oracle_name customer;
    int64_t at_ms;
    bool changed;
};

struct oracle_decision {
    uint64_t seq;
    enum outcome outcome;
    int status;
    oracle_name type;
    oracle_label subject;
    bool changed;
    bool told; /* a rejection: somebody was, or another version of the rules need not be */
};

/* A rulebook, from the entry after its adoption on. */
struct oracle_policy {
    uint64_t seq;
    struct policy policy;
};

/* A rating as it counts now. */
struct oracle_answer {
    oracle_name dimension;
    int32_t thousandths;
};
struct oracle_rating {
    uint64_t seq;
    int64_t at_ms;   /* of its entry */
    int64_t time_ms; /* that its day goes by */
    oracle_name store, department, staff, customer, visit;
    struct oracle_answer score[DIMENSIONS_MAX];
    uint32_t scores;
    int32_t overall, nps, ces; /* INT32_MIN: none */
    int32_t channel;
    bool raw, historical, retracted, amended;
    enum accounted accounted; /* beside the voice */
    int64_t key;
    oracle_name scale, moved_to;
};

/* Sums of a store, department, day and member of staff. */
struct oracle_sum {
    int64_t n, sum, squares;
};
struct oracle_score {
    oracle_name store, department, staff;
    int64_t day;
    int64_t n, satisfied, nps_n, promoters, detractors, dropped;
    struct oracle_sum weighted, overall, overall_only, ces, inhouse, oem;
    int64_t forms, perfect;
    struct {
        oracle_name dimension;
        struct oracle_sum sum;
    } dimension[DIMENSIONS_MAX];
    uint32_t dimensions;
    int64_t changed_at_ms; /* of the last entry that changed it */
    bool changed;
};

/* The newest score card that was told of a place and day; NAN: no such figure. */
struct oracle_card {
    oracle_name store, department;
    int64_t day, n, accountable_n;
    uint64_t cause;
    double csi, share, nps, ces, overall, accountable;
};

/* A fact that a later event may name. */
struct oracle_fact {
    uint64_t seq;
    enum event_type type;
    char source[URI_MAX_BYTES + 1];
    oracle_name id;
};

/* What a case was at some moment of an entry: its card may be told so. */
struct oracle_past {
    uint64_t entry;
    char letter;
    uint32_t index; /* among the cases of its letter */
    bool raised;    /* a notice was raised or repeated */
    bool told;
    bool last; /* of this case in this entry */
    void *as;  /* copied: struct oracle_complaint, _notice or _task */
};

#define ORACLE_ARRAY(type, name) \
    type *name;                  \
    uint32_t name##_count, name##_room

struct oracle {
    uint64_t cursor;       /* last entry, of either class */
    uint64_t outside;      /* last outside entry */
    struct policy *policy; /* in force */
    struct counters counters;
    /* The entry at hand: what changes, changes by it. */
    uint64_t seq;
    int64_t at_ms;
    bool anything;                /* changed since it was compared */
    struct oracle_roster *roster; /* NULL: nobody has adopted one */
    ORACLE_ARRAY(struct oracle_policy, policies);
    ORACLE_ARRAY(struct oracle_complaint, complaints);
    ORACLE_ARRAY(struct oracle_notice, notices);
    ORACLE_ARRAY(struct oracle_task, tasks);
    ORACLE_ARRAY(struct oracle_low, lows);
    ORACLE_ARRAY(struct oracle_flag, flags);
    ORACLE_ARRAY(struct oracle_use, uses);
    ORACLE_ARRAY(struct oracle_watch, watches);
    ORACLE_ARRAY(struct oracle_entry, entries);
    ORACLE_ARRAY(struct oracle_entry, wants); /* of the verdict at hand */
    ORACLE_ARRAY(struct oracle_visit, visits);
    ORACLE_ARRAY(struct oracle_callback, callbacks);
    ORACLE_ARRAY(struct oracle_meeting, meetings);
    ORACLE_ARRAY(struct oracle_neglect, neglects);
    ORACLE_ARRAY(struct oracle_coming, comings);
    ORACLE_ARRAY(struct oracle_wish, wishes);
    uint64_t falls, endings; /* of callbacks */
    ORACLE_ARRAY(struct oracle_repair, repairs);
    ORACLE_ARRAY(struct oracle_stay, stays);
    ORACLE_ARRAY(struct oracle_customer, customers);
    ORACLE_ARRAY(struct oracle_decision, decisions);
    ORACLE_ARRAY(struct oracle_rating, ratings);
    ORACLE_ARRAY(struct oracle_score, scores);
    ORACLE_ARRAY(struct oracle_card, cards);
    ORACLE_ARRAY(struct oracle_fact, facts);
    ORACLE_ARRAY(struct oracle_appeal, appeals);
    ORACLE_ARRAY(struct oracle_month, months);
    ORACLE_ARRAY(struct oracle_frozen, frozens);
    ORACLE_ARRAY(struct oracle_past, touches); /* since the last moment; `as` is NULL */
    ORACLE_ARRAY(struct oracle_past, pasts);   /* of entries whose consequences may still come */
    uint32_t pasts_done;                       /* of them, those that are over */
    uint32_t decisions_done;                   /* those whose rejections were told, if they were any */
    uint64_t fold_adopted;                     /* newest entry of that type, or that another version spoke of last */
};

/* A zeroed element at the end of the array. Pointers into it from before are stale. */
#define ORACLE_ADD(oracle, name)                                                                              \
    ((oracle)->name =                                                                                         \
         oracle_room((oracle)->name, (oracle)->name##_count, &(oracle)->name##_room, sizeof *(oracle)->name), \
     &(oracle)->name[(oracle)->name##_count++])
void *oracle_room(void *array, uint32_t count, uint32_t *room, size_t size);

/* ---- names ---- */

void oracle_take(char *to, size_t size, struct span from); /* an absent one gives "" */
bool oracle_is(const char *name, struct span other);
void oracle_take_names(struct oracle_names *to, const struct name_list *from);
bool oracle_has(const struct oracle_names *names, struct span name);

/* ---- time; more of it in oracle_time.h ---- */

/* A decision's own time, where it counts. */
int64_t oracle_decided_ms(const struct oracle *oracle, const struct event *event);
/* What a fact starts, it starts at its own time: not later than its entry, nor when it is older than the rulebook allows. */
int64_t oracle_fact_ms(const struct oracle *oracle, const struct event *event);

/* ---- oracle_clock.c ---- */

bool oracle_clock_runs(const struct oracle_clock *clock);
bool oracle_clock_rests(const struct oracle_complaint *complaint, enum clock_kind kind);
/* When so much of it is used, as it stands. */
int64_t oracle_share_ms(const struct oracle *oracle, const struct oracle_complaint *complaint, enum clock_kind kind,
                        int64_t percent);
void oracle_clock_start(struct oracle *oracle, struct oracle_complaint *complaint, enum clock_kind kind, int64_t at_ms);
void oracle_clock_stop(struct oracle *oracle, struct oracle_complaint *complaint, enum clock_kind kind, int64_t ms);
/* Due times of what runs. */
void oracle_clocks_due(struct oracle *oracle, struct oracle_complaint *complaint);
/* Raises what has come by now_ms: one notice a clock, its highest rung. */
void oracle_clocks_fire(struct oracle *oracle, struct oracle_complaint *complaint, int64_t now_ms);
/* The next rung of a running clock, or the end of a pause. */
int64_t oracle_clocks_next(const struct oracle *oracle, const struct oracle_complaint *complaint);
void oracle_pause_end(struct oracle *oracle, struct oracle_complaint *complaint, int64_t at_ms);
/* A new grade is in force, or another store's calendar: what has not come by it is as if it never had. */
void oracle_clocks_regrade(struct oracle *oracle, struct oracle_complaint *complaint);
/* After a pause: from then on a reason is missing again. */
void oracle_reasons_begin(struct oracle *oracle, struct oracle_complaint *complaint, int64_t at_ms);
/* All that run from opening, or from a reopening at at_ms. */
void oracle_clocks_begin(struct oracle *oracle, struct oracle_complaint *complaint, int64_t at_ms);
/* A new rulebook is in force. True when that changed something: a clock, what is due next, or a notice was raised. */
bool oracle_clocks_reckon(struct oracle *oracle, struct oracle_complaint *complaint);

/* ---- oracle_notice.c ---- */

/* Is it about this complaint? */
bool oracle_notice_of(const struct oracle_notice *notice, const struct oracle_complaint *complaint);
bool oracle_notice_is_open(const struct oracle_notice *notice);
void oracle_notice_raise(struct oracle *oracle, struct oracle_complaint *complaint, int32_t clock, int64_t percent,
                         int64_t level, int64_t at_ms);
/* Of another case than a complaint; whom it reaches is as if it were one at that place. */
void oracle_notice_raise_about(struct oracle *oracle, const struct oracle_about *about, const char *why,
                               int64_t percent, int64_t level, int64_t at_ms);
void oracle_notices_end_about(struct oracle *oracle, const char *about);
void oracle_notices_end_why(struct oracle *oracle, const char *about, const char *why);
/* Whom it reaches as it stands: its complaint is looked up, another case is as it was. */
void oracle_notice_recipient(const struct oracle *oracle, const struct oracle_notice *notice, int64_t at_ms,
                             oracle_label to);
void oracle_notice_touch(struct oracle *oracle, struct oracle_notice *notice, bool raised);
void oracle_notices_gone_about(struct oracle *oracle, const char *about);
/* Open notices of this clock and of this share or more end. */
void oracle_notices_end(struct oracle *oracle, const struct oracle_complaint *complaint, int32_t clock,
                        int64_t percent);
void oracle_notices_end_all(struct oracle *oracle, const struct oracle_complaint *complaint);
/* Open ones say what the complaint is now. */
void oracle_notices_follow(struct oracle *oracle, const struct oracle_complaint *complaint, int64_t at_ms);
void oracle_notices_gone(struct oracle *oracle, const struct oracle_complaint *complaint);
int64_t oracle_notice_next(const struct oracle *oracle, const struct oracle_notice *notice);
void oracle_notice_fire(struct oracle *oracle, struct oracle_notice *notice, int64_t due_ms);
void oracle_notice_reckon(struct oracle *oracle, const struct policy *earlier, struct oracle_notice *notice);
int oracle_notice_acknowledged(struct oracle *oracle, const struct event *event);

/* ---- oracle_complaint.c ---- */

struct oracle_complaint *oracle_complaint(struct oracle *oracle, uint64_t seq); /* NULL when there is none */
bool oracle_is_open(const struct oracle_complaint *complaint);
void oracle_complaint_touch(struct oracle *oracle, struct oracle_complaint *complaint);
void oracle_complained(struct oracle *oracle, const struct event *event);
void oracle_complaint_close(struct oracle *oracle, struct oracle_complaint *complaint, int32_t outcome);
void oracle_complaint_reopen(struct oracle *oracle, struct oracle_complaint *complaint);
int64_t oracle_complaint_next(const struct oracle *oracle, const struct oracle_complaint *complaint);
void oracle_complaint_fire(struct oracle *oracle, struct oracle_complaint *complaint, int64_t due_ms);
void oracle_complaint_reckon(struct oracle *oracle, struct oracle_complaint *complaint);
/* May this person ask the customer? Nobody whom it is about or upheld against, nor who served the customer. */
bool oracle_may_call(struct oracle *oracle, const struct oracle_complaint *complaint, struct span person);
void oracle_unreached(struct oracle *oracle, const struct event *event);

/* ---- oracle_visit.c ---- */

struct oracle_visit *oracle_visit(struct oracle *oracle, const char *store, const char *visit); /* NULL when unknown */
struct oracle_visit *oracle_visit_made(struct oracle *oracle, const char *store, const char *visit);
void oracle_visited(struct oracle *oracle, const struct event *event);
/* Does the day that this visit is of count as many as were told? */
bool oracle_visit_day_agrees(const struct oracle *oracle, struct store_txn *state, const struct oracle_visit *visit,
                             char *message);
uint64_t oracle_repairs(const struct oracle *oracle, const struct oracle_visit *visit);
/* Another complaint of this customer within the rulebook's days? Remembers this one. Imports are neither. */
bool oracle_customer_again(struct oracle *oracle, const char *customer);

/* ---- oracle_decide.c: 0, or the status of the rejection ---- */

int oracle_complaint_decide(struct oracle *oracle, const struct event *event);

/* ---- oracle_task.c ---- */

struct oracle_task *oracle_task(struct oracle *oracle, uint64_t seq);
bool oracle_task_is_open(const struct oracle_task *task);
void oracle_rating_tasks(struct oracle *oracle, const struct oracle_rating *rating, int64_t from_ms);
/* Is anything answered that counts? */
bool oracle_has_figure(const struct policy *policy, const struct oracle_rating *rating);
bool oracle_rating_is_low(const struct oracle *oracle, const struct oracle_rating *rating);
int oracle_task_decide(struct oracle *oracle, const struct event *event);
int64_t oracle_task_next(const struct oracle *oracle, const struct oracle_task *task);
void oracle_task_fire(struct oracle *oracle, struct oracle_task *task, int64_t due_ms);
void oracle_task_reckon(struct oracle *oracle, struct oracle_task *task);

/* What follows "T-57-" or "T-" when time brought it; empty after a fact alone. */
const char *oracle_task_rest(const struct oracle_task *task);
struct oracle_task *oracle_task_add(struct oracle *oracle, int32_t rule, const char *rest);
void oracle_task_touch(struct oracle *oracle, struct oracle_task *task);
void oracle_task_reason(struct oracle_task *task, const char *reason);
/* The index of the task that has this id; UINT32_MAX: none. */
/* 0, or why this principal may not (oracle_access.c). */
int oracle_may(struct oracle *oracle, uint32_t principal, const struct event *event);
/* Where a case is; "": there is no such case, or nobody knows it. */
const char *oracle_store_of(struct oracle *oracle, struct span id);
uint32_t oracle_task_of_id(const struct oracle *oracle, struct span id);

/* ---- oracle_ledger.c ---- */

void oracle_praised(struct oracle *oracle, const struct event *event);
int oracle_praise_retracted(struct oracle *oracle, uint64_t seq, struct span by);
/* Verdict, grade or end of a complaint have changed. */
void oracle_ledger_follow(struct oracle *oracle, const struct oracle_complaint *complaint, struct span by);
int oracle_ledger_decide(struct oracle *oracle, const struct event *event);
bool oracle_entry_is_open(const struct oracle_entry *entry);
/* The index of the entry that has this id; UINT32_MAX: none. */
uint32_t oracle_entry_of_id(const struct oracle *oracle, struct span id);
int64_t oracle_entry_next(const struct oracle_entry *entry);
void oracle_entry_fire(struct oracle *oracle, struct oracle_entry *entry, int64_t due_ms);
void oracle_entry_reckon(struct oracle *oracle, struct oracle_entry *entry);
/* An appeal is filed against it, rejected at last, or upheld. */
void oracle_entry_frozen(struct oracle *oracle, uint32_t index, const char *appeal);
void oracle_entry_thawed(struct oracle *oracle, uint32_t index);
void oracle_entry_overruled(struct oracle *oracle, uint32_t index, struct span by);
/* The sums of the person's year. */
bool oracle_account_agrees(const struct oracle *oracle, struct store_txn *state, const struct oracle_entry *of,
                           char message[ORACLE_MESSAGE_MAX]);
/* ---- oracle_score.c ---- */

void oracle_rated(struct oracle *oracle, const struct event *event);
int oracle_corrected(struct oracle *oracle, const struct event *event);
int oracle_retracted(struct oracle *oracle, const struct event *event);
/* Writes how many there are into the counters. */
void oracle_ratings_count(struct oracle *oracle);
/* Thousandths, or INT32_MIN. */
int32_t oracle_mapped(const struct policy *policy, const struct oracle_rating *rating);
/* The rulebook that the entry `seq` was folded by. */
const struct policy *oracle_policy_of(const struct oracle *oracle, uint64_t seq);

/* 1 in a department that the rulebook doesn't know, 0 for a dimension that its department doesn't. */
int64_t oracle_weight(const struct policy *policy, const char *department, const char *dimension);

/* ---- oracle_card.c ---- */

bool oracle_period_day(struct span period, int64_t *ret_day);
void oracle_score_told(struct oracle *oracle, uint64_t cause, const struct score *told, int64_t day);
bool oracle_score_cards_agree(struct oracle *oracle, char message[ORACLE_MESSAGE_MAX]);

/* ---- oracle_knows.c ---- */

/* A case has changed in this moment of the entry. */
void oracle_touch(struct oracle *oracle, char letter, uint32_t index, bool raised);
/* The moment is over: what was touched is remembered as it is now. */
void oracle_remember(struct oracle *oracle);
void oracle_forget(struct oracle *oracle);

/* ---- oracle_compare.c ---- */

/* Formats what differs; always false. */
__attribute__((format(printf, 2, 3))) bool oracle_differs(char message[ORACLE_MESSAGE_MAX], const char *format, ...);
bool oracle_card_agrees(struct oracle *oracle, const struct oracle_complaint *complaint, const struct complaint *card,
                        char message[ORACLE_MESSAGE_MAX]);
bool oracle_notice_agrees(struct oracle *oracle, const struct oracle_notice *notice, const struct escalation *card,
                          char message[ORACLE_MESSAGE_MAX]);
bool oracle_task_agrees(struct oracle *oracle, const struct oracle_task *task, const struct task *card,
                        char message[ORACLE_MESSAGE_MAX]);
bool oracle_entry_agrees(struct oracle *oracle, const struct oracle_entry *entry, const struct ledger_entry *card,
                         char message[ORACLE_MESSAGE_MAX]);
bool oracle_scores_agree(struct oracle *oracle, struct store_txn *state, bool all, char message[ORACLE_MESSAGE_MAX]);

#endif
