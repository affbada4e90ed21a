/*
 * complaint_clocks.h - the clocks of a complaint and the ladder on each of them. Only for complaint*.c.
 *
 * A rung is due when its share of the clock's time has passed, pauses left out:
 *
 *   started ----50 %----80 %--.             .--100 % (due_at)----150 %----200 %
 *                      paused |.. .. .. .. .| resumed
 *
 * While it rests, plan and resolve are due as if the pause ended when it should. A clock that has stopped keeps the
 * due time that it was held to. What a pause took is told by the calendar that was the store's when it ended.
 *
 * A rung that falls due in the quiet hours has fired, but its notice waits for their end (core/quiet_hours.h), unless its
 * clock stops before. A clock has one notice that waits: a later rung that is quiet, too, takes its place.
 *
 * The law's clocks pass by the national calendar, whatever the store and the grade, and never rest:
 *
 *   refund_answer         category refund      from opening    until planned or resolved: a measure answers the demand
 *   refund_finish         category refund      from opening    until resolved
 *   regulator_accept      channel regulator    from opening    until acknowledged: accepted or refused
 *   regulator_mediation   channel regulator    from opening    until resolved
 *   deliberate            any                  from opening    until resolved, or until a reason is written down: a pause
 *                                                              names one; when the pause ends it begins anew
 *
 * Reopened, what the law counts from the demand runs on from opening: it was not met after all. The others begin anew.
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

/* Those of an open complaint that nobody has answered: response, plan and resolve from at_ms, the law's as above;
 * callback waits for the answer. */
void clocks_restart(const struct policy *policy, struct complaint *complaint, int64_t at_ms);

/* `deliberate`, after a pause: anew from at_ms. */
void clocks_count_reasons(const struct policy *policy, struct complaint *complaint, int64_t at_ms);

/* Works out the due times of running clocks anew: after a change of pause. */
void clocks_recompute(const struct policy *policy, struct complaint *complaint);

/* Another measure is in force from now_ms: another grade, a store with another calendar, a rulebook. What has not come by it is
 * as if it had never been: rungs fire again when they come, their notices end, a breach is taken back. A rung was told
 * when as great a share was, to as high a level (the floor is the least), and from the breach on as a breach: it was told
 * even where a ladder in between had no such rung. One that was told to too few fires anew, and its notices end. A pause that
 * is longer than its account by this measure ends when that is used up, or now. */
void clocks_remeasure(const struct policy *policy, struct complaint *complaint, int64_t now_ms,
                      struct complaint_effects *effects);

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
