/*
 * honesty.h - ratings that a person should look at. Pure.
 *
 * Caveat: a flag is a question, never an answer. It leaves nothing out of any score and takes nothing from anybody; whether a
 * survey was faked is judged by people. Each rule asks for evidence, so that chance alone is rarely flagged: where a month is
 * laid beside others, two whole 95 % intervals must lie apart.
 */
#ifndef MANYI_CORE_HONESTY_H
#define MANYI_CORE_HONESTY_H

#include "core/score.h"

/* The store edited the customer's contact within the policy's time before the rating was given: whoever was asked need not
 * be the customer. */
bool honesty_contact_edited(const struct honesty_policy *policy, const struct rated *rating, int64_t given_ms);

/* May this channel's device be expected to be one customer's own? A kiosk in the showroom is everybody's. */
bool honesty_device_is_own(enum channel channel);

/* Who answered on a device, the newest of each customer; customers are fingerprints. */
struct device_use {
    uint64_t customer;
    uint64_t seq; /* of the rating */
    int64_t at_ms;
};
struct device_uses {
    struct device_use use[DEVICE_CUSTOMERS_MAX]; /* oldest first */
    uint32_t count;
};
/* One more answer; those outside the policy's window are let go. True when as many customers as the policy names have
 * answered on the device within it. */
bool honesty_device_used(const struct honesty_policy *policy, struct device_use use, struct device_uses *uses);

/* Straight-lined perfect forms beyond the store's habit: of the forms with the policy's number of answers, the share that has a
 * 10 everywhere is surely greater this month than in the months before: Wilson's 95 % intervals (1927) lie apart. Each side
 * needs as many forms as a ranking does. Both intervals are told for the words. */
bool honesty_too_perfect(const struct policy *policy, const struct score_sums *month, const struct score_sums *before,
                         struct interval *ret_month, struct interval *ret_before);

/* Our own calls above the manufacturer's survey of the same month: Welch's 95 % interval of the difference of the mean overalls
 * lies above the policy's gap. Each side needs as many answers as are shown. The difference and interval are in points. */
bool honesty_inhouse_above(const struct policy *policy, const struct score_sums *month, double *ret_difference,
                           struct interval *ret_interval);

/* Which visits' customers were called back, by what is known of them otherwise: content or unhappy. */
struct called_month {
    int64_t first_day;
    uint32_t visits[2], called[2]; /* [0] content, [1] unhappy */
};
struct called_months {
    struct called_month month[CALLED_MONTHS_MAX]; /* oldest first */
    uint32_t count;
};
/* One more visit of the month that begins on this day; where there is no room the oldest month is let go. */
void honesty_called_count(struct called_months *months, int64_t first_day, bool unhappy, bool called);
/* The policy's months up to the one that begins on this day, added up. */
struct called_month honesty_called_sum(const struct honesty_policy *policy, const struct called_months *months,
                                       int64_t first_day);
/* Selective non-callback: the unhappy were surely called back less often than the content. Wilson's 95 % intervals (1927) lie
 * apart, with the policy's number of visits on each side. Both intervals are told for the words, [0] of the content. */
bool honesty_called_selectively(const struct honesty_policy *policy, const struct called_month *sum,
                                struct interval ret_share[2]);

/* When a flag's card has been told long enough. */
int64_t flag_due(const struct policy *policy, const struct flag *flag);

#endif
