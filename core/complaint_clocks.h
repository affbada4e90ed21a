/*
 * complaint_clocks.h - the clocks of a complaint and the ladder on each of them. Only for complaint*.c.
 *
 * A rung is due when its share of the clock's time has passed, pauses left out:
 *
 *   started ----50 %----80 %--.             .--100 % (due_at)----150 %----200 %
 *                      paused |.. .. .. .. .| resumed
 *
 * While it rests, plan and resolve are due as if the pause ended when it should. A clock that has stopped keeps the
 * due time that it was held to.
 */
#ifndef MANYI_CORE_COMPLAINT_CLOCKS_H
#define MANYI_CORE_COMPLAINT_CLOCKS_H

#include "core/complaint.h"

/* NULL when it has not started in this round. */
struct clock *complaint_clock(struct complaint *complaint, enum clock_kind kind);
bool clock_runs(const struct clock *clock);

/* Nothing when it has started already. */
void clocks_start(const struct policy *policy, struct complaint *complaint, enum clock_kind kind, int64_t at_ms);

/* Stops one, as of stopped_ms (the decision's own time where that counts), decided at at_ms. A clock whose due time
 * passed only between the two was met after all. Nothing when it doesn't run. */
void clocks_stop(const struct policy *policy, struct complaint *complaint, enum clock_kind kind, int64_t stopped_ms,
                 int64_t at_ms, struct complaint_effects *effects);
void clocks_stop_all(const struct policy *policy, struct complaint *complaint, int64_t at_ms,
                     struct complaint_effects *effects);

/* All clocks begin anew: response, plan and resolve start, callback waits for the next answer. */
void clocks_restart(const struct policy *policy, struct complaint *complaint, int64_t at_ms);

/* Works out the due times of running clocks anew: after a change of store or pause. */
void clocks_recompute(const struct policy *policy, struct complaint *complaint);

/* The same after a change of grade, and what had come by the old measure but has not by the new one is as if it had
 * never been: rungs fire again when they come, their notices end, a breach is taken back. */
void clocks_regrade(const struct policy *policy, struct complaint *complaint, int64_t now_ms,
                    struct complaint_effects *effects);

/* The same after another rulebook took the place of `earlier`, whose ladder may have been another one: a rung counts
 * as fired when as great a share was told to as high a level. Notices of shares that have not passed end, and those of
 * rungs that are to fire anew. */
void clocks_reckon(const struct policy *policy, const struct policy *earlier, struct complaint *complaint,
                   int64_t now_ms, struct complaint_effects *effects);

/* Is there a running clock that a pause would stop? */
bool clocks_can_rest(const struct complaint *complaint);

/* Ends the pause: what it took is added to the resting clocks and to the complaint's account. */
void clocks_wake(const struct policy *policy, struct complaint *complaint, int64_t at_ms);

/* Fires every clock's highest rung that has come by now_ms: one notice a clock at most, and a line of history. A
 * clock that rests fires, too, when a graver grade finds that it had used too much before. */
void clocks_fire(const struct policy *policy, struct complaint *complaint, int64_t now_ms, struct cause cause,
                 struct complaint_effects *effects);

/* The next rung of any running clock that doesn't rest; INT64_MAX for none. */
int64_t clocks_next_due(const struct policy *policy, const struct complaint *complaint);

/* Open notices shall say what the complaint is from now_ms on. */
void notices_follow(struct complaint_effects *effects, int64_t now_ms);

/* Adds a notice; raises the card's level to the notice's, which is never below the floor. */
void notice_add(struct complaint *complaint, struct complaint_effects *effects, struct notice_wanted notice);

#endif
