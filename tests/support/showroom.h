/*
 * showroom.h - a desk (intake and feed) with a worker behind it: events go in as people send them, time passes, cards come out.
 */
#ifndef MANYI_TESTS_SUPPORT_SHOWROOM_H
#define MANYI_TESTS_SUPPORT_SHOWROOM_H

#include "tests/support/desk.h"
#include "workers/state.h"
#include "workers/worker.h"

#define SHOWROOM_STATE "/desk/state"

struct showroom {
    struct desk desk;
    struct worker *worker; /* NULL: not running */
    struct port *asker;    /* DEALER at the query port */
    uint64_t events;       /* published, for their ids */
};

void showroom_open(struct showroom *showroom);
void showroom_close(struct showroom *showroom);

/* An empty disk first. Only tests of the simulated seams call it. */
static inline void showroom_open_empty(struct showroom *showroom)
{
    store_sim_forget(DESK_VOLUME);
    store_sim_forget(SHOWROOM_STATE);
    showroom_open(showroom);
}

/* Setup and teardown of a test: *state is the showroom. */
static inline int showroom_begin(void **state)
{
    showroom_open_empty(*state);
    return 0;
}

static inline int showroom_end(void **state)
{
    showroom_close(*state);
    return 0;
}

void showroom_worker_start(struct showroom *showroom);
void showroom_worker_stop(struct showroom *showroom);

/* The worker's process dies; with lose_last its last commit is gone, too. */
static inline void showroom_worker_crash(struct showroom *showroom, bool lose_last)
{
    store_sim_crash(SHOWROOM_STATE, lose_last);
    showroom_worker_stop(showroom);
}

/* Turns of all roles until nothing moves. */
void showroom_turn(struct showroom *showroom);
/* Time passes, and everybody notices. */
void showroom_pass(struct showroom *showroom, int64_t ms);

/* Publishes one event and returns its seq; time_ms 0: none. It is not folded yet. */
uint64_t showroom_publish(struct showroom *showroom, enum event_type type, const char *subject, int64_t time_ms,
                          const void *data);
/* The same from another source, with an id of its own. */
uint64_t showroom_publish_as(struct showroom *showroom, const char *source, const char *id, enum event_type type,
                             const char *subject, int64_t time_ms, const void *data);

/* The same through intake's inner endpoint, as the worker itself does. */
uint64_t showroom_publish_inner(struct showroom *showroom, enum event_type type, const void *data);

/* A complaint about sh-pudong/service by telephone, by this customer about this visit (either may be NULL). */
struct complained showroom_complaint(const char *customer, const char *visit);
/* The same, published and folded; its seq. */
uint64_t showroom_complain(struct showroom *showroom, const char *customer, const char *visit);
struct rated showroom_rating(const char *visit, int32_t overall);
/* A decision that needs no more than who took it; published and folded. */
uint64_t showroom_decide(struct showroom *showroom, enum event_type type, const char *subject, const char *by);

/* Any decision by who saw the case as of that entry (0: however it is); published and folded: its outcome's status. */
int showroom_decide_seen(struct showroom *showroom, enum event_type type, const char *subject, uint64_t if_seq,
                         const void *data);

/* GET at the query port: its ROWS, or a failed test; they live until the next one. */
void showroom_ask(struct showroom *showroom, const struct get_request *request, struct rows_reply *ret_rows);
/* The same, the rows one after the other, of which there must be `count`; they live until the next one. */
struct span showroom_get(struct showroom *showroom, const struct get_request *request, uint32_t count);
/* One case's card. */
void showroom_card(struct showroom *showroom, const char *what, const char *id, void *ret_card);
/* What became of a decision: its status (0 accepted), or a failed test. */
int showroom_outcome(struct showroom *showroom, uint64_t seq);

/* Every entry of the journal with its time and cause, one after the other; freed by the caller. */
uint8_t *showroom_journal(struct showroom *showroom, size_t *ret_len);
/* How many consequences have this type and subject ("" any). */
uint32_t showroom_count(struct showroom *showroom, const char *type, const char *subject);
/* Of this type: how many the cause with the most of them has; *ret_causes have any. */
uint32_t showroom_most_of_a_cause(struct showroom *showroom, const char *type, uint32_t *ret_causes);
/* Fails when two consequences have the same id. */
void showroom_nothing_twice(struct showroom *showroom);

/* All rows of the state under `dir`, table by table; freed by the caller. No worker may have it open. */
uint8_t *state_rows(const char *dir, size_t *ret_len);
/* Fails when the state violates what must be true of it; the worker is stopped meanwhile. */
void showroom_verify(struct showroom *showroom);
/* Folds the whole journal anew into `dir`, compares, verifies; the worker is stopped meanwhile. */
void showroom_rebuild_is_equal(struct showroom *showroom, const char *dir);

#endif
