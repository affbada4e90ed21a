/*
 * ledger.h - rewards and penalties: proposed by a rule with what it was made from, decided by people only. Pure.
 *
 *                 .------------------------------- thawed: the appeal is rejected ------.
 *                 v                                                                     |
 *   PROPOSED -confirmed-> CONFIRMED -frozen: an appeal is filed--------------------> FROZEN
 *      | |                 |     |                                                   ^   |
 *      | |                 |     `-settled-> SETTLED -frozen-------------------------'   | the appeal is upheld
 *      | `-waived-> WAIVED |                  ^                                          | (settled before: thawed,
 *      |                   `-reversed-> REVERSED <---------------------------------------'  and an adjustment)
 *      `--- its cause is gone ------------^
 *
 * Only a person confirms, waives or reverses: neither whose entry it is, nor a member of the department that would get
 * it, nor who is party to it (who judged the complaint, the others it is upheld against, the manager who bears a share,
 * who proposed a veto). An amount other than the proposed one is less of the same sign, and takes effect when a second
 * person confirms it.
 *
 * A closed period keeps its entries: what belongs to it and comes later is booked in the month of its coming
 * (`for_period` names the closed one), and what is taken back stays and gets an entry against it (`adjusts`).
 *
 * Money is integer fen. A `struct ledger_entry` is the card itself (types.def) with its INTERNAL fields; its spans are
 * borrowed. Time comes in as data: a timer is armed for ledger_next_due() and for nothing else.
 */
#ifndef MANYI_CORE_LEDGER_H
#define MANYI_CORE_LEDGER_H

#include "core/complaint.h"

#define LEDGER_FIGURE_TEXT 24u
#define PERIOD_TEXT_MAX 12u /* 2026-11-23 and its end */

/* A figure that a proposal is made from. */
struct ledger_figure {
    struct span name;
    struct span value;
};

/* What a rule proposes; what it leaves zero is not there. The spans need live only until it is kept. */
struct ledger_proposal {
    enum ledger_kind kind;
    uint64_t seq;     /* journal entry that brought it; 0: time did, and `name` is rule, place and period */
    struct span name; /* what the id has after "L-" and the seq: whose it is, or what tells it from others */
    struct span person;
    struct span store;      /* always */
    struct span department; /* of the person; with the store the owner when there is no person */
    struct span about;      /* C-41 */
    struct span period;     /* that it belongs to: 2026-11, 2026-Q4, 2026-H2 or 2026 */
    int64_t points;
    int64_t amount_fen;
    bool per_head;           /* the amount is for each member of the department */
    bool at_close;           /* made by the close of its period: booked in it */
    struct span share_of;    /* id of the entry whose money it is a part of */
    struct span adjusts;     /* id of the entry that it takes back */
    struct span rule;        /* praise, month ... */
    struct span proposed_by; /* a person; may not decide on it */
    struct name_list party;  /* who else may not */
    struct ledger_figure input[LEDGER_INPUTS_MAX];
    uint32_t input_count;
    bool has_interval;
    struct interval_figure interval;
};

void ledger_input(struct ledger_proposal *proposal, const char *name, struct span value);
void ledger_input_number(struct ledger_proposal *proposal, const char *name, int64_t number,
                         char text[LEDGER_FIGURE_TEXT]);

/* Opens an entry. id, and the text of the period, must outlive it; both texts are the caller's. A proposal of a period
 * that is closed at cause.at_ms is booked in the month of cause.at_ms. */
void ledger_open(const struct policy *policy, const struct ledger_proposal *proposal, struct cause cause,
                 struct span id, char period_text[PERIOD_TEXT_MAX], struct ledger_entry *ret_entry);

/* What the fold knows of whoever decides. */
struct ledger_context {
    bool member;           /* of the department that the entry is for, or its head */
    bool party;            /* judged the complaint that it is about, or it is upheld against them */
    struct span vetoed_by; /* id of the veto that takes this reward; empty for none */
};

/* What a decision did besides changing the card. The caller zeroes it. */
struct ledger_effects {
    bool adjust;   /* an adjustment is to be proposed: ledger_adjustment */
    bool answered; /* notices about it end */
};

/* ledger.confirmed, waived, reversed, or settled with an entry as its subject. 0, or -E_WRONG_STATE,
 * -E_NOT_ALLOWED_PERSON, -E_ALREADY_DONE, -E_BAD_DECISION with one sentence in reason; then nothing is changed. */
int ledger_decide(const struct policy *policy, struct ledger_entry *entry, const struct event *decision,
                  struct cause cause, const struct ledger_context *context, struct ledger_effects *effects,
                  char *reason, size_t reason_size);

/* Its period is settled as a whole: a confirmed entry is paid as it stands. */
void ledger_settle(struct ledger_entry *entry, struct span by, struct cause cause);

/* May it be appealed against now: is it confirmed or settled, and not taken back? */
bool ledger_may_freeze(const struct ledger_entry *entry);
/* An appeal is filed, and rejected at last. `appeal` must outlive the entry. */
void ledger_freeze(struct ledger_entry *entry, struct span appeal, struct cause cause);
void ledger_thaw(struct ledger_entry *entry, struct cause cause);

/* Its cause is gone, or its appeal is upheld: a proposed one is reversed, a confirmed one of an open period, too. Of a
 * settled one, or one of a closed period, effects->adjust says that an adjustment is due. False: it was waived, reversed or
 * adjusted before, or has nothing in it, and is left as it is. */
bool ledger_take_back(const struct policy *policy, struct ledger_entry *entry, struct span by, struct cause cause,
                      struct ledger_effects *effects);
/* The proposal that takes it back, by the entry that cause names; `by`, who has decided so, may not confirm it. Its spans are
 * the entry's and by. */
void ledger_adjustment(const struct ledger_entry *entry, struct span by, struct cause cause,
                       struct ledger_proposal *ret_proposal);

/* At due_ms: unanswered, or (ended) a tombstone. */
void ledger_advance(const struct policy *policy, struct ledger_entry *entry, int64_t due_ms, struct cause cause);
/* When the next thing is due; INT64_MAX for never: a confirmed or frozen one rests. */
int64_t ledger_next_due(const struct policy *policy, const struct ledger_entry *entry);
/* Another rulebook is in force: the time to answer is counted anew. True when that changed it. */
bool ledger_reckon(const struct policy *policy, struct ledger_entry *entry, struct cause cause);

/* Not yet at an end: proposed, confirmed or frozen. */
bool ledger_is_open(const struct ledger_entry *entry);
/* Is it in the account of its year: confirmed or settled. A frozen one is not, until its appeal is decided. */
bool ledger_counts(const struct ledger_entry *entry);
/* A reward, which a veto takes. */
bool ledger_is_reward(const struct ledger_entry *entry);

/* ---- periods and vetoes ---- */

/* Closed at at_ms: at 00:00 of the policy's close day (the 4th) of the month after its end. A period that is none is closed
 * never. */
bool ledger_period_closed(const struct policy *policy, struct span period, int64_t at_ms);
/* The month of an instant in the policy's zone: 2026-11. */
struct span ledger_month(const struct policy *policy, int64_t at_ms, char text[PERIOD_TEXT_MAX]);

/* Does this entry, a veto, stand? One by a verdict until it is waived or reversed; one that a person proposed from its
 * confirmation on. */
bool ledger_veto_stands(const struct ledger_entry *entry);

/* Do vetoes of these months (ascending, counted as year * 12 + month - 1) take a reward of `period`?
 *   one within a period shorter than a year takes that period's reward;
 *   veto_year_count within veto_year_months take every reward of the year in which the last of them lies.
 * Returns the index of the veto that takes it, count when none does. */
uint32_t ledger_veto_takes(const struct policy *policy, const int32_t *months, uint32_t count, struct span period);
/* The month of a period's first day, counted so; -1 when it is no period. */
int32_t ledger_month_number(struct span period);

/* ---- penalties ---- */

/* The money of one upheld complaint: the manager bears `share` of it (rounded down to the fen), the others the rest in
 * equal parts; what can't be divided goes to the first named, a fen each. share + part[0] + ... = total, exactly. */
struct penalty_parts {
    int64_t share_fen;
    int64_t part_fen[NAMES_MAX];
};
/* share_percent 0, or nobody to share: no share. people: 1 to NAMES_MAX. */
void ledger_penalty_parts(int64_t total_fen, int64_t share_percent, uint32_t people, struct penalty_parts *ret_parts);

#endif
