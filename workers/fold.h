/*
 * fold.h - folds outside events into the state, one after the other, each in numbered steps.
 *
 *   entry stamped T -->  timers due <= T  -->  score cards of earlier seconds  -->  its own event through the roles
 *                        (steps 0 ...)         (steps ...)                          (one step)
 *                   -->  sweep of cases, after policy.adopted, roster.changed and fold.adopted  -->  timers due <= T again
 *
 * Each piece of work that is there is a step, numbered from 0 within the entry; (seq, step) is the cause of what it concludes.
 * A step touches about STEP_CASES_MAX cases at most; more work makes more steps. A case's card is said once a step, as it is at the step's end.
 *
 * Caveats
 *   A turn is fold_begin, fold_entry ..., fold_commit or fold_abort. Whatever fails below 0 ends the process or the turn.
 *   The fold is a function of the entries: no clock, nothing of how they were cut into turns, reaches the state.
 *   Causes up to `silent_upto` conclude nothing aloud: their consequences are in the journal.
 */
#ifndef MANYI_WORKERS_FOLD_H
#define MANYI_WORKERS_FOLD_H

#include "core/access.h"
#include "core/complaint.h"
#include "core/histogram.h"
#include "core/roster.h"
#include "core/score.h"
#include "schemas/record.h"
#include "workers/arena.h"
#include "workers/consequences.h"
#include "workers/dirty_set.h"
#include "workers/fact_index.h"
#include "workers/full_tasks.h"
#include "workers/plan_cache.h"
#include "workers/score_cache.h"
#include "workers/state.h"

#define STEP_BYTES_MAX (PUT_BYTES_MAX / 2) /* rows that a step writes before it ends; their cards fit into one PUT */
#define CASE_ESCALATIONS_MAX 192u          /* of one complaint; more are refused */
#define STEP_TOUCHED_MAX (STEP_CASES_MAX + CASE_ESCALATIONS_MAX + 2 * NOTICES_MAX + 8)
#define TURN_WRITES_MAX 8000u /* rows of a turn's transaction: keeps its dirty pages few */

/* What a person should know of, counted; said at the first and at every 1,000th. */
#define NOTICE_EVERY 1000u

struct touched {
    struct case_key key;
    enum event_type event; /* as which its card is said */
};

/* The step that is under way. */
struct step {
    struct cause cause;
    uint32_t principal; /* who sent the event; 0: local, or the step is not the event's own */
    uint32_t number;
    bool silent;
    uint32_t lines; /* written into trace */
    size_t bytes;   /* of the rows of touched cases */
    struct touched touched[STEP_TOUCHED_MAX];
    uint32_t touched_count;
    /* What became of the decision: each role hands it to the later ones. */
    bool decided;
    enum outcome outcome;
    int status;
    char reason[REASON_MAX];
};

/* An earlier entry that a correction or retraction is about, fetched by the runner. */
struct original {
    uint64_t seq;
    const struct entry *entry; /* NULL: the journal has none */
};

/* The same, found and decoded: the roles see it while such an event is folded. */
struct target {
    bool needed;         /* the event is about an earlier one */
    struct reference of; /* which */
    uint64_t seq;        /* 0: there is none */
    int64_t at_ms;
    struct event event;
};

/* What fold->event, a rating, says in figures by the rulebook in force. */
struct event_values {
    bool known; /* reduced already: who asks first does it for all */
    enum mapped mapped;
    struct rating_values values;
};

struct fold {
    struct store *store;
    struct store_txn *txn; /* NULL between turns */
    struct arena arena;
    bool loaded;
    bool weighs;      /* decisions are weighed: what would become of them is told, and nothing is kept (prospects.h) */
    bool changed;     /* since the last commit */
    uint32_t version; /* of the rules' code: FOLD_VERSION, or as the setup has it */
    struct state_head head;
    struct policy policy;
    uint64_t policy_seq;
    struct policy earlier_policy; /* for corrections: the one of earlier_policy_seq */
    uint64_t earlier_policy_seq;
    bool earlier_policy_known;
    struct roster *roster; /* in force; nobody in it until one is adopted */
    uint64_t roster_seq;
    struct access *access; /* in force; nobody in it until one is adopted */
    struct {
        uint64_t seq;
        uint32_t step;
    } silent_upto;
    struct consequences consequences;
    struct score_cache *scores;
    struct dirty_set *dirty;
    struct plan_cache *plans; /* NULL where decisions are weighed */
    struct full_tasks full_tasks;
    struct fact_index facts;
    int64_t next_due_ms;      /* no timer is due before */
    uint32_t writes;          /* rows written in this turn, roughly */
    uint64_t wanted_seq;      /* FOLD_WANTS: the entry to fetch */
    struct histogram commits; /* how long they took */
    struct event event;       /* that is being folded */
    struct event_values event_values;
    struct target target;
    struct step step;
    uint8_t row[64u * KIB]; /* a row on its way to the store */
};

enum fold_result {
    FOLD_DONE = 0,
    FOLD_WANTS = 1,  /* give it the entry wanted_seq, the same entry again */
    FOLD_PAUSES = 2, /* commit, then give it the same entry again */
};

/* The state lies in DIR/state. Errors: those of store_open, -E_NO_MEMORY. */
int fold_open(const char *dir, struct fold **ret_fold);
void fold_close(struct fold *fold); /* NULL is allowed */

/* Begins a turn. A state of another lineage or fold version is emptied first. */
int fold_begin(struct fold *fold, const char *lineage);
/* Folds one entry to its end, or as far as fold_result tells. `original` may be NULL. */
int fold_entry(struct fold *fold, const struct entry *entry, const struct original *original);
/* The turn should end before the next entry. */
bool fold_is_full(const struct fold *fold);
/* Writes what is kept in memory and commits. A failure is final. */
int fold_commit(struct fold *fold);
/* Drops the turn; the next begins at the last commit. */
void fold_abort(struct fold *fold);

/* Journal time at which it wants an entry to fold: the next timer, or the next second while score cards wait. 0: never.
 * Only after fold_begin or fold_commit. */
int64_t fold_wake_at(const struct fold *fold);

#endif
