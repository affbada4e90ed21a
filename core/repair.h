/*
 * repair.h - a vehicle in repair, as the law counts it (2021 order no. 43, arts. 21-24). Pure.
 *
 *   visit.opened --> IN_REPAIR --visit.completed--> COMPLETED
 *                        `------the vehicle comes again before anybody said that it was done--> LEFT --visit.completed--> COMPLETED
 *
 * It warns before the day comes:
 *
 *   loaner        this stay's day 5 begins: from day 6 on a loaner or the fare is due             manager
 *   vin-days      the vehicle's day 25 in repair begins, all its stays together                   manager
 *                 its day 30 begins, the last one that the law allows                             director
 *   vin-repairs   the 4th repair of one fault of the vehicle begins                               manager
 *                 a further one begins: more than the law allows                                  director
 *   vin-safety    the 2nd repair of one fault that concerns safety begins: the first has failed   manager
 *                 the next one begins: two have failed                                            director
 *
 * (Figures of the rulebook, struct statutory_rules.) A day in repair is 24 h; each that is begun counts, and a stay has at
 * least one. Each is told once a stay, of several that have come the highest, not in the manager's quiet hours unless it
 * is about safety. The stay's end ends them.
 *
 * A `struct repair` is the card itself (types.def). Its spans are borrowed.
 */
#ifndef MANYI_CORE_REPAIR_H
#define MANYI_CORE_REPAIR_H

#include "core/complaint.h"

/* A notice that a step wants raised. */
struct repair_notice {
    const char *why;
    int64_t percent, level, at_ms;
    enum grade grade; /* whose rhythm repeats it from 100 % on */
};
#define REPAIR_NOTICES_MAX 4u

struct repair_effects {
    struct repair_notice notice[REPAIR_NOTICES_MAX];
    uint32_t notice_count;
    bool ended; /* its notices end */
    bool gone;  /* the card's days are over: a tombstone */
};

/* Days in repair of a stay, each that is begun counted, at least 1. */
int64_t repair_days(int64_t opened_ms, int64_t completed_ms);

/* When a repair began or was done by what is told of it: never later than the entry. */
int64_t repair_opened_ms(const struct event *visit, struct cause cause);
int64_t repair_completed_ms(const struct event *visit, struct cause cause);

/* From visit.opened. id_text (CASE_ID_MAX) receives "V-<seq>". Days before and the fault's count are set by the caller. */
void repair_open(const struct policy *policy, const struct event *visit, struct cause cause, char *id_text,
                 struct repair *ret_repair);

/* From when on a loaner is due, by the rulebook that is in force now. */
void repair_reckon(const struct policy *policy, struct repair *repair);

/* Raises what has come by now_ms and was not told. */
void repair_notify(const struct policy *policy, struct repair *repair, int64_t now_ms, struct cause cause,
                   struct repair_effects *effects);

/* It is over: `left` when nobody said so. */
void repair_end(const struct policy *policy, struct repair *repair, enum repair_status status, int64_t completed_ms,
                struct cause cause, struct repair_effects *effects);

/* INT64_MAX for never: a stay that nobody completes has told all there is to tell, and rests. */
int64_t repair_next_due(const struct policy *policy, const struct repair *repair);
void repair_advance(const struct policy *policy, struct repair *repair, int64_t due_ms, struct cause cause,
                    struct repair_effects *effects);

#endif
