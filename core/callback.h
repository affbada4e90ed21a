/*
 * callback.h - a customer to be called: planned by a visit, due on its day, claimed, tried, ended. Pure.
 *
 *            .----- put off: another day ----<-----------------------------------------.
 *            v                                                                         |
 *   visit -> PLANNED -its day-> DUE -claimed-> CLAIMED                                 |
 *                                ^-- lapsed, or tried in vain --'                      |
 *                               DUE, CLAIMED -4 tries, or 2 days-> MESSAGE ------------'
 *                                                                    `- no answer -> UNREACHABLE
 *   any of these: -answered-> DONE   -refused-> REFUSED   -wrong number-> UNREACHABLE
 *                 -by people-> CANCELLED   -a reason not to call-> SKIPPED;   DUE, CLAIMED, MESSAGE -by people-> DONE
 *
 * A `struct callback` is the card itself (types.def) with its INTERNAL fields. All its deadlines stand on it as times, so
 * that a rulebook changes only what is planned. Its spans are borrowed, as those of complaint.h.
 *
 * A lapsed customer's callback sleeps until its day: nobody is told of it, and it doesn't count as open.
 */
#ifndef MANYI_CORE_CALLBACK_H
#define MANYI_CORE_CALLBACK_H

#include "core/complaint.h"

#define CALLBACK_NOT_SKIPPED (-1)

/* ---- planning: callback_plan.c ---- */

/* The kinds that a visit of this kind may bring, as bits by enum callback_kind; without `lapsed`. */
uint32_t callback_kinds_of(enum visit_kind kind);

/* What follows "B-60-": day3, day7, day30, lapsed, resurvey. */
struct span callback_suffix(enum callback_kind kind);

/* Is this visit's customer to be called, and why? The sample is drawn by core/sample.h. */
bool callback_wanted(const struct policy *policy, enum callback_kind kind, struct span store, struct span visit,
                     bool warranty, bool safety, enum callback_why *ret_why);

/* What a new callback is made of. */
struct callback_plan {
    uint64_t seq; /* that it is named by: of the visit's completion, or of the task */
    enum callback_kind kind;
    enum callback_why why;
    struct span store, department, customer, visit, vehicle; /* the last three may be empty */
    int64_t from_ms;                                         /* its day counts from here */
};

/* id_text (CASE_ID_MAX) receives its id and must outlive it. */
void callback_begin(const struct policy *policy, const struct callback_plan *plan, struct cause cause, char *id_text,
                    struct callback *ret_callback);

/* The first instant from at_ms on that lies within the store's working time, in whole seconds. */
int64_t callback_working_ms(const struct policy *policy, struct span store, int64_t at_ms);

/* Its day: so many local days after from_ms at the hour from which people are called, but never before cause_ms, moved to
 * the store's next working minute. */
int64_t callback_due_ms(const struct policy *policy, struct span store, enum callback_kind kind, int64_t from_ms,
                        int64_t cause_ms);

/* Another rulebook is in force: what is still planned, and not by people, gets its day by it. True when that changed it; the
 * rulebook's name in the history must outlive it. */
bool callback_reckon(const struct policy *policy, struct callback *callback, struct cause cause);

/* A lapsed customer's callback that is due counts from a later visit: false when that is no later. */
bool callback_sleep_on(const struct policy *policy, struct callback *callback, int64_t visited_ms, struct cause cause);

/* ---- its life: callback.c ---- */

bool callback_is_open(const struct callback *callback);
bool callback_sleeps(const struct callback *callback);
/* Has it come to its end? (A sleeping one has not, and is not open.) */
bool callback_has_ended(const struct callback *callback);

/* When the next thing is due; INT64_MAX for never. */
int64_t callback_next_due(const struct policy *policy, const struct callback *callback);

/* At due_ms: its day (then `skip`, an enum callback_skip, ends it, or CALLBACK_NOT_SKIPPED), overdue, a claim lapses, the tries
 * or the message are over, given up, or (ended) a tombstone. */
void callback_advance(const struct policy *policy, struct callback *callback, int64_t due_ms, int32_t skip,
                      struct cause cause);

/* Nobody needs to call any more, by this event (NULL: by time); only while it has not ended. */
void callback_skip(struct callback *callback, enum callback_skip because, const struct event *event,
                   struct cause cause);

/* feedback.rated that names it: done. False when it has ended already. */
bool callback_answered(struct callback *callback, const struct event *event, struct cause cause);

/* feedback.unreached. `may` is false when the agent may not call this customer: noted, no try. False when it has ended already.
 */
bool callback_tried(const struct policy *policy, struct callback *callback, const struct event *fact, bool may,
                    struct cause cause);

/* Who may not decide about it: who served the customer at the visit, or is complained about by the customer. */
enum callback_bar { BAR_NONE, BAR_SERVED, BAR_BLAMED };

/* 0 or a rejection as complaint_decide gives. */
int callback_decide(const struct policy *policy, struct callback *callback, const struct event *decision,
                    enum callback_bar bar, struct cause cause, char *reason, size_t reason_size);

/* Was the customer reached: answered, done by people, or refused? */
bool callback_was_contact(const struct callback *callback);

/* ---- only for callback*.c ---- */

/* Every move of status goes through here; one that the drawing does not have is our bug. */
void callback_move(struct callback *callback, enum callback_status next);

#endif
