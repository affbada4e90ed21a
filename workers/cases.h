/*
 * cases.h - cards in the state: loaded, saved with their one timer, and said at the end of the step.
 *
 * Whatever changes a case goes through case_save: the row, its timer, the index of open cases, the trace and the card
 * that will be said can't come apart.
 */
#ifndef MANYI_WORKERS_CASES_H
#define MANYI_WORKERS_CASES_H

#include "workers/fold.h"

/* A case as it is to be kept. */
struct case_change {
    struct case_key key;
    const void *card; /* the struct of the letter's record */
    int64_t armed_ms; /* its timer until now; NEVER for none */
    int64_t due_ms;   /* its timer from now on; NEVER for none */
    bool open;
    enum event_type event; /* as which the card is said */
    const struct history_line *history;
    uint32_t history_count;
    uint32_t lines_before; /* case_lines when it was loaded; 0 for a new case */
    bool asleep;           /* nobody is told of it yet */
};

/* Decodes a case's card (complaint, escalation or task by its letter); its spans live in the step's arena.
 * -E_NOT_FOUND, -E_CORRUPT. */
int case_load(struct fold *fold, const struct case_key *key, void *ret_card);
int case_save(struct fold *fold, const struct case_change *change);
/* Takes away a case that has always been asleep: nobody was told of it, and it has no trace. */
int case_forget(struct fold *fold, const struct case_key *key, int64_t armed_ms);

/* Decodes a row of `cases`; the card borrows the row. For queries, too. */
int case_read(const struct case_key *key, struct span row, void *ret_card);
int case_is_open(struct store_txn *txn, const struct case_key *key, bool *ret_open);
/* The entry that changed it last, of its row; 0 while it is asleep. */
int case_changed_seq(const struct policy *policy, const struct case_key *key, struct span row, uint64_t *ret_seq);

/* How many of the newest lines are of this cause: lines added since are told by the difference. */
uint32_t case_lines(const struct history_line *history, uint32_t count, struct cause cause);

/* Adds a line to a case's trace. */
int case_trace(struct fold *fold, const struct case_key *key, const struct history_line *line);

/* Its card is to be said at the end of the step. */
void case_touch(struct fold *fold, const struct case_key *key, enum event_type event, size_t bytes);
/* Says the cards of all cases that the step touched. */
int cases_say(struct fold *fold);

/* The first timer; -E_NOT_FOUND when none is armed. */
int timers_first(struct store_txn *txn, int64_t *ret_due_ms, struct case_key *ret_key);

/* Shortens a name that was put together to what a name may have, at a whole character. */
struct span name_cut(struct span text);

#endif
