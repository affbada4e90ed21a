/*
 * state.h - what the worker knows: the tables of DIR/state, and their rows one by one.
 *
 * Caveats
 *   State is a function of the outside events alone: no row holds wall time, a pointer, or anything that depends on
 *   how the events were cut into batches. Two rebuilds give the same rows, byte for byte (verify.h compares them).
 *   A row that can't be read is -E_CORRUPT: `manyi rebuild` makes the state anew from the journal.
 *   Spans of rows that were read live as long as a value lent by store_get: until the next write.
 *
 *   table       key                                    value
 *   meta        "head"                                 position, counters, lineage, version of the fold
 *               "roster", "access", "principal" ...    state_documents.c: who works where, who may do what
 *   cases       case key                               version, card with INTERNAL fields
 *   open        case key                               empty
 *   raised      order_key: raised_at, case key         empty: escalations in the order of their raising
 *   timers      due, case key                          empty
 *   visits      store 0 visit                          what complaints and tasks need to know of it
 *   repairs     vehicle 0 fault                        how often it was repaired
 *   customers   customer                               journal time of the last complaint
 *   scores      score_key.h                            sums of a store, department, day and member of staff
 *   facts       seq of the first                       fact_index.h
 *   amended     seq of a rating                        what counts now
 *   accounted   'o' or 'i', score_key.h                sums that upheld appeals take out of the accountable score, or put into it
 *   periods     periods.h                              figures of a closed period, frozen
 *   appealed    'R' seq of a rating, 'L' case key      its appeal, and how the rating is accounted
 *   dirty       score_key.h, without staff             empty: this card is to be published
 *   outcomes    seq of a decision                      what became of it
 *   notices     kind, or kind 0 about (notices.h)      how often
 *   trace       case key, seq, step, line              history line
 *   policies    seq of its adoption, its hash          the document
 *   devices     2 bytes of a fingerprint               honesty.c: who answered on one device
 *   watches     store 0 department [0 dimension]       watches.h: whether it must improve
 *   ledger      ledger_rows.h                          orders of the ledger's entries, accounts
 *   plans       store 0 visit                          what callbacks need to know of a visit
 *   contacts    customer                               what callbacks need to know of a customer
 *   called      store 0 department                     called.h: who was called back, by month
 *   workshop    repairs.h                              vehicles in repair, their stays
 *   visit_days  score_key.h, without staff             visit_days.h: how many visits there were
 *   audit       seq                                    audits.h: who read what must be on record, who was refused
 */
#ifndef MANYI_WORKERS_STATE_H
#define MANYI_WORKERS_STATE_H

#include "io/store.h"
#include "workers/case_key.h"

enum state_table {
    STATE_META,
    STATE_CASES,
    STATE_OPEN,
    STATE_RAISED,
    STATE_TIMERS,
    STATE_VISITS,
    STATE_REPAIRS,
    STATE_CUSTOMERS,
    STATE_SCORES,
    STATE_FACTS,
    STATE_AMENDED,
    STATE_ACCOUNTED,
    STATE_APPEALED,
    STATE_PERIODS,
    STATE_DIRTY,
    STATE_OUTCOMES,
    STATE_NOTICES,
    STATE_TRACE,
    STATE_POLICIES,
    STATE_WATCHES,
    STATE_DEVICES,
    STATE_LEDGER,
    STATE_PLANS,
    STATE_CONTACTS,
    STATE_CALLED,
    STATE_WORKSHOP,
    STATE_VISIT_DAYS,
    STATE_AUDIT,
    STATE_TABLES,
};

#define STATE_MAP_BYTES (256ull * GIB)
#define NEVER INT64_MAX

/* Opens DIR/state, making it when missing unless read_only. Errors: those of store_open. */
int state_open(const char *dir, bool read_only, struct store **ret_store);
/* Empties every table. */
int state_clear(struct store_txn *txn);
const char *state_table_name(enum state_table table);

/* ---- meta ---- */

/* How far the fold has come: everything up to seq, and of the next outside entry the steps before `step`. */
struct position {
    uint64_t seq;          /* last entry that is folded to its end */
    uint32_t step;         /* of the entry after it; 0 unless the fold stands within it */
    bool entered;          /* its own event is folded; what is left is a sweep and timers */
    int64_t dirty_second;  /* journal second of the ratings in `dirty`; 0 for none */
    struct case_key sweep; /* cases from here on are to be gone through; len 0: none */
};

/* Counted by the fold, shown by status. */
#define COUNTERS(X)           \
    X(entries)                \
    X(ratings)                \
    X(ratings_without_figure) \
    X(complaints)             \
    X(tasks)                  \
    X(escalations)            \
    X(visits)                 \
    X(ledger_entries)         \
    X(flags)                  \
    X(timers)                 \
    X(accepted)               \
    X(rejected)               \
    X(kept)                   \
    X(callbacks)              \
    X(open_complaints)        \
    X(open_tasks)             \
    X(open_escalations)       \
    X(appeals)                \
    X(open_appeals)           \
    X(open_periods)           \
    X(open_flags)             \
    X(open_ledger_entries)    \
    X(open_callbacks)         \
    X(open_repairs)

struct counters {
#define X(name) uint64_t name;
    COUNTERS(X)
#undef X
};

struct state_head {
    char lineage[NAME_MAX_BYTES + 1]; /* empty: the state is new */
    uint32_t fold_version;            /* of the code that folded this state */
    uint64_t sweep_since; /* the sweep goes over all cases changed from this entry on; 0: over the open ones */
    struct position position;
    struct counters counters;
};

/* A state without rows gives zeros. */
int state_head_get(struct store_txn *txn, struct state_head *ret_head);
int state_head_put(struct store_txn *txn, const struct state_head *head);
/* Where the state in dir stands, beside whoever has it open elsewhere; zeros when there is none. */
int state_head_look(const char *dir, struct state_head *ret_head);

/* ---- visits ---- */

struct visit_row {
    struct span vehicle; /* empty when unknown */
    struct span fault;
    struct span staff; /* who served */
    bool safety;
    bool warranty;
    bool counted;             /* in repairs */
    bool of_day;              /* in visit_days: the visit itself was told, not only a complaint or rating of it */
    uint64_t open_complaints; /* about it */
    uint64_t task;            /* seq of the newest recovery task; 0 for none */
};
/* -E_NOT_FOUND */
int state_visit_get(struct store_txn *txn, struct span store, struct span visit, struct visit_row *ret_visit);
int state_visit_put(struct store_txn *txn, struct span store, struct span visit, const struct visit_row *row);

/* 0 when there is none. */
int state_repairs_get(struct store_txn *txn, struct span vehicle, struct span fault, uint64_t *ret_count);
int state_repairs_put(struct store_txn *txn, struct span vehicle, struct span fault, uint64_t count);

/* -E_NOT_FOUND */
int state_customer_get(struct store_txn *txn, struct span customer, int64_t *ret_at_ms);
int state_customer_put(struct store_txn *txn, struct span customer, int64_t at_ms);

/* ---- callbacks ---- */

/* A visit that is no import. */
struct plan_row {
    uint64_t seq;        /* of its completion, which its callbacks are named by; 0 before */
    uint64_t resurvey;   /* of the recovery task whose re-survey was planned last; 0 for none */
    int64_t answered_ms; /* journal time of its last rating; 0 for none */
    bool complained;     /* somebody has complained about it */
    enum { CALL_UNKNOWN, CALL_MADE, CALL_NEGLECTED } call;  /* what became of its first callback that tells */
    enum { MOOD_UNKNOWN, MOOD_CONTENT, MOOD_UNHAPPY } mood; /* by an answer that no call asked for, or a complaint */
    struct span customer, department;
};
/* -E_NOT_FOUND */
int state_plan_get(struct store_txn *txn, struct span store, struct span visit, struct plan_row *ret_row);
int state_plan_put(struct store_txn *txn, struct span store, struct span visit, const struct plan_row *row);

struct contact_row {
    uint32_t opted_out;       /* bits by enum channel */
    uint32_t refusals;        /* one after the other */
    int64_t contacted_ms;     /* when a callback reached the customer last; 0 for never */
    int64_t visited_ms;       /* last visit; 0 for none */
    uint64_t lapsed;          /* seq of the callback B-seq-lapsed that waits, asleep or not; 0 for none */
    uint64_t complaint;       /* newest complaint of the customer; 0 for none */
    uint64_t open_complaints; /* of the customer */
    struct span current;      /* id of the callback that has fallen due and not ended; empty for none */
};
/* -E_NOT_FOUND */
int state_contact_get(struct store_txn *txn, struct span customer, struct contact_row *ret_row);
int state_contact_put(struct store_txn *txn, struct span customer, const struct contact_row *row);

/* ---- ratings that were corrected or retracted ---- */

struct amended_row {
    bool retracted;
    struct span rating; /* the map of `rated` as it counts now, without personal fields */
};
/* -E_NOT_FOUND */
int state_amended_get(struct store_txn *txn, uint64_t seq, struct amended_row *ret_row);
int state_amended_put(struct store_txn *txn, uint64_t seq, const struct amended_row *row);

/* ---- what was appealed against ---- */

/* How a rating counts in the accountable score, beside the voice score, in which it always counts as it is. */
enum accounted {
    ACCOUNTED_AS_IT_IS,
    ACCOUNTED_TO_NOBODY,     /* left out */
    ACCOUNTED_TO_NO_PERSON,  /* its department's, but not the person's */
    ACCOUNTED_TO_DEPARTMENT, /* another department's */
    ACCOUNTED_COUNT,
};

struct appealed_row {
    uint64_t appeal; /* seq of its filing */
    enum accounted accounted;
    struct span department; /* of ACCOUNTED_TO_DEPARTMENT */
};
/* By the seq of a rating, or by the key of a ledger entry. -E_NOT_FOUND */
int state_appealed_rating_get(struct store_txn *txn, uint64_t seq, struct appealed_row *ret_row);
int state_appealed_rating_put(struct store_txn *txn, uint64_t seq, const struct appealed_row *row);
int state_appealed_entry_get(struct store_txn *txn, const struct case_key *entry, struct appealed_row *ret_row);
int state_appealed_entry_put(struct store_txn *txn, const struct case_key *entry, const struct appealed_row *row);

/* ---- decisions ---- */

#define REASON_MAX 256u /* bytes of a sentence that refuses, with its end */

enum outcome { OUTCOME_ACCEPTED, OUTCOME_REJECTED, OUTCOME_KEPT, OUTCOMES };
const char *outcome_name(enum outcome outcome);

struct outcome_row {
    enum outcome outcome;
    int status;          /* 0, or -E_... */
    struct span type;    /* of the decision */
    struct span subject; /* as given; empty when absent */
    struct span reason;  /* empty when accepted */
    uint32_t principal;  /* who sent it, and may hear what became of it; 0: local */
};
/* -E_NOT_FOUND */
int state_outcome_get(struct store_txn *txn, uint64_t seq, struct outcome_row *ret_row);
int state_outcome_put(struct store_txn *txn, uint64_t seq, const struct outcome_row *row);

/* ---- notices ---- */

#define NOTICE_SAID_MAX 256u

struct notice_row {
    uint64_t count;
    uint64_t seq; /* of the entry that showed it last */
    int64_t at_ms;
    struct span said;
};
/* -E_NOT_FOUND */
int state_notice_get(struct store_txn *txn, struct span kind, struct notice_row *ret_row);
int state_notice_read(struct span value, struct notice_row *ret_row);
int state_notice_put(struct store_txn *txn, struct span kind, const struct notice_row *row);

/* ---- policies ---- */

struct policy_row {
    uint64_t seq;
    struct span hash;
    struct span content;
};
/* The one in force for the entry after `upto`: adopted at or before it. -E_NOT_FOUND. Copy it out before writing. */
int state_policy_at(struct store_txn *txn, uint64_t upto, struct policy_row *ret_row);
int state_policy_put(struct store_txn *txn, const struct policy_row *row);

/* ---- roster, access ---- */

struct document_row {
    uint64_t seq; /* of its adoption */
    struct span hash;
    struct span content;
};
/* The newest. -E_NOT_FOUND. Copy it out before writing. */
int state_roster_get(struct store_txn *txn, struct document_row *ret_row);
/* Takes the place of the one before. */
int state_roster_put(struct store_txn *txn, const struct document_row *row);
int state_access_get(struct store_txn *txn, struct document_row *ret_row);
int state_access_put(struct store_txn *txn, const struct document_row *row);

/* What the principal of an entry was called when that entry was written: whoever renames a number in the file, or gives it to
 * somebody else, changes nothing of what was done before. -E_NOT_FOUND: no access.changed up to seq has named it. */
int state_principal_get(struct store_txn *txn, uint32_t number, uint64_t seq, struct span *ret_name);
/* From the entry seq on. */
int state_principal_put(struct store_txn *txn, uint32_t number, uint64_t seq, struct span name);

#endif
