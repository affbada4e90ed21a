/*
 * delivery.h - is the reader of a notice really told: from when it is sent, what came of each try, when the next one up is
 * told instead. Pure.
 *
 *                       .---- failed: tried again at retry_at ----.
 *                       v                                         |
 *   begun, repeated -> TO BE SENT (deliver_from is set) ----------'
 *                       |        `-- failed for good, or for give_up_after --> GIVEN UP (attempts, no deliver_from)
 *                       `-- sent --> TOLD (sent_repeat = repeat)                  |
 *                                                                                 `-- with the next repeat: to be sent
 *   failing_since + climb_after, or failed for good: it climbs, once in its life: the next one up has a notice of his own.
 *   acknowledged, ended: nothing is sent any more.
 *
 * What the card says is true of who is in `to` now and of the present repeat: a report about somebody else, about a repeat
 * that was followed by another, or about what has arrived already changes nothing. Somebody else in `to` begins anew.
 *
 * An escalation's card holds all this. A task and a callback are told once, by the same rules, through a stand-in.
 */
#ifndef MANYI_CORE_DELIVERY_H
#define MANYI_CORE_DELIVERY_H

#include "core/complaint.h"

/* From when a notice of at_ms may be sent: at once, at the end of its part of the hour with others of its reader, or of the
 * quiet hours; what has waited for the morning already does not wait for others. */
int64_t delivery_from_ms(const struct policy *policy, struct span store, enum grade grade, int64_t level,
                         int64_t at_ms);

/* Somebody is to be told as of at_ms who has not been. */
void delivery_begin(const struct policy *policy, int64_t at_ms, struct escalation *escalation);

/* The next repeat, as of escalation->at: to be sent again. */
void delivery_repeat(const struct policy *policy, struct escalation *escalation);

/* Its grade is another one since at_ms: what waits waits by that. */
void delivery_regraded(const struct policy *policy, int64_t at_ms, struct escalation *escalation);

/* Nothing more is to be sent: it was acknowledged, or has ended. What was done stays on the card. */
void delivery_stop(struct escalation *escalation);

/* Reports of the notifier about one that is open. False: they say nothing new of the card as it stands. What the
 * escalation takes over from an event is borrowed. */
bool delivery_sent(const struct notice_sent *sent, struct cause cause, struct escalation *escalation);
bool delivery_failed(const struct policy *policy, const struct notice_failed *failed, struct cause cause,
                     struct escalation *escalation);
bool delivery_read(struct cause cause, struct escalation *escalation);

/* When it is due to climb; INT64_MAX: it is not. */
int64_t delivery_climb_ms(const struct escalation *escalation);

/* It has climbed: `up` is the notice for the next one up, and must outlive it. One that was given up is not sent any more. */
void delivery_climbed(struct span up, struct cause cause, struct escalation *escalation);

/* It is due to climb, and nobody is above: it stays, and is tried again for ever. */
void delivery_stays(const struct policy *policy, struct cause cause, struct escalation *escalation);

/* It is tried again, but not soon after now_ms. */
void delivery_not_before(const struct policy *policy, int64_t now_ms, struct escalation *escalation);

/* "E-41-response-100 to wang.li: 550 no such mailbox" into text, cut at a whole character. */
struct span delivery_because(struct span what, const struct escalation *escalation, char text[LABEL_MAX_BYTES + 1]);

/* ---- of a task or a callback ---- */

/* The stand-in, lent by the card: it is told to who is responsible, and to who is to be notified. */
void delivery_of_task(const struct task *task, struct escalation *ret_escalation);
void delivery_of_callback(const struct callback *callback, struct escalation *ret_escalation);
/* Takes back what the rules made of it. */
void delivery_to_task(const struct escalation *escalation, struct task *task);
void delivery_to_callback(const struct escalation *escalation, struct callback *callback);

#endif
