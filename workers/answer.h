/*
 * answer.h - one answer of the query port while it is being written; what its files share. Only for query*.c.
 *
 * Rows are written until `limit` or ROWS_BYTES_MAX; what is left over is told by a cursor, opaque to the client.
 */
#ifndef MANYI_WORKERS_ANSWER_H
#define MANYI_WORKERS_ANSWER_H

#include "core/access.h"
#include "schemas/codec.h"
#include "workers/query.h"
#include "workers/score_window.h"
#include "workers/state.h"
#include "workers/tally.h"

#define ROWS_BYTES_MAX (FRAME_MAX - 1 * MIB) /* a last row and the reply around it fit into a frame */
#define ROWS_SCAN_MAX 50000u                 /* rows looked at for one answer */
#define LIMIT_DEFAULT 100u
#define CURSOR_BYTES_MAX WINDOW_KEY_MAX /* of the key that a page ended at */

struct answer {
    struct store_txn *txn;
    const struct get_request *asked;
    const struct folded *folded;
    const struct state_head *head;
    const struct access *access;
    const struct principal *principal; /* who asks; NULL: local. What they may see: sight.h */
    enum access_right right;           /* to see its rows */
    uint64_t seq;                      /* the last entry that is in what it reads */
    struct wire_writer rows;
    uint32_t count;
    uint32_t limit;
    char cursor[2 * CURSOR_BYTES_MAX]; /* empty: that was all */
    size_t cursor_len;
    struct tally *tally;   /* of open cases, kept from answer to answer */
    const char *detail;    /* why it is refused, beyond the status */
    struct policy *policy; /* room for one */
    struct score_window *window;
    struct prospects *prospects;
    int64_t now_ms;               /* by the wall clock */
    struct score_sums figures[1]; /* what the row being written is made of: its names point in here */
};

/* A worker that has just started, or begins anew, stands before what its last commit has; one at the head has passed
 * consequences that nothing is folded of. */
static inline uint64_t answer_seq(const struct state_head *head, const struct folded *folded)
{
    return head->position.seq > folded->reached ? head->position.seq : folded->reached;
}

/* Another row may be written. */
static inline bool answer_has_room(const struct answer *answer)
{
    return answer->count < answer->limit && answer->rows.len < ROWS_BYTES_MAX;
}

/* The page ended at this key; there is more. */
void answer_cursor_set(struct answer *answer, struct span key);
/* The key that the request's cursor names, into buffer; empty without one. -E_BAD_REQUEST. */
int answer_cursor_read(struct answer *answer, uint8_t buffer[CURSOR_BYTES_MAX], struct span *ret_key);

/* The policy in force into answer->policy; the default one before any was adopted. */
int answer_policy_read(struct answer *answer);

/* Does a complaint fit what a list is filtered by? */
union card;
bool complaint_fits(const struct answer *answer, const union card *card);
/* Writes a case's card, if whoever asks may see it; else why not. */
struct case_key;
int answer_case_row(struct answer *answer, const struct case_key *key);

/* Each fills rows: 0, or what the request is refused with. */
typedef int answer_rows(struct answer *answer);

int answer_complaints(struct answer *answer);
int answer_complaints_due(struct answer *answer);
int answer_escalations(struct answer *answer);
int answer_tasks(struct answer *answer);
int answer_appeals(struct answer *answer);
int answer_audit(struct answer *answer);
int answer_ledger(struct answer *answer);
int answer_account(struct answer *answer);
int answer_flags(struct answer *answer);
int answer_repairs(struct answer *answer);
int answer_callbacks(struct answer *answer);
int answer_ranking(struct answer *answer);
int answer_period(struct answer *answer);
int answer_case(struct answer *answer);
int answer_trace(struct answer *answer);
int answer_visit(struct answer *answer);
int answer_decisions(struct answer *answer);
int answer_outcome(struct answer *answer);
int answer_notices(struct answer *answer);
int answer_places(struct answer *answer);
int answer_policy(struct answer *answer);
int answer_roster(struct answer *answer);
int answer_scores(struct answer *answer);
int answer_status(struct answer *answer);

/* The pairs of status, for PONG, too; without the map's header. */
#define STATUS_PAIRS 12u
int status_write(struct store_txn *txn, const struct state_head *head, const struct folded *folded, struct tally *tally,
                 struct wire_writer *writer);

#endif
