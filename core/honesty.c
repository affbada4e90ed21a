/* honesty.c - what is worth a look. */
#include "core/honesty.h"

#include "core/calendar.h"
#include "core/effect.h"
#include "core/rfc3339.h"

#define THOUSANDTHS 1000.0

bool honesty_contact_edited(const struct honesty_policy *policy, const struct rated *rating, int64_t given_ms)
{
    if (!HAS(rating, rated, contact_changed_at) || rating->contact_changed_at > given_ms)
        return false;
    return given_ms - rating->contact_changed_at <= policy->contact_within_ms;
}

bool honesty_device_is_own(enum channel channel)
{
    return channel == channel_is_online || channel == channel_is_phone || channel == channel_is_ivr ||
           channel == channel_is_wechat;
}

static void use_remove(struct device_uses *uses, uint32_t index)
{
    uses->count--;
    memmove(&uses->use[index], &uses->use[index + 1], (uses->count - index) * sizeof uses->use[0]);
}

bool honesty_device_used(const struct honesty_policy *policy, struct device_use use, struct device_uses *uses)
{
    for (uint32_t i = uses->count; i-- > 0;) {
        if (uses->use[i].customer == use.customer || uses->use[i].at_ms <= use.at_ms - policy->device_within_ms)
            use_remove(uses, i);
    }
    if (uses->count == DEVICE_CUSTOMERS_MAX)
        use_remove(uses, 0);
    uses->use[uses->count++] = use;
    return uses->count >= policy->device_customers;
}

bool honesty_too_perfect(const struct policy *policy, const struct score_sums *month, const struct score_sums *before,
                         struct interval *ret_month, struct interval *ret_before)
{
    uint64_t least = (uint64_t)policy->evidence_rank_n;
    if (month->forms < least || before->forms < least)
        return false;
    *ret_month = wilson_95(month->perfect, month->forms);
    *ret_before = wilson_95(before->perfect, before->forms);
    return ret_month->low > ret_before->high;
}

bool honesty_inhouse_above(const struct policy *policy, const struct score_sums *month, double *ret_difference,
                           struct interval *ret_interval)
{
    struct effect apart;
    if (!effect_measure(&month->oem, &month->inhouse, policy->evidence_show_n, &apart))
        return false;
    *ret_difference = apart.difference;
    *ret_interval = (struct interval){apart.low, apart.high};
    return apart.low > policy->honesty.inhouse_gap / THOUSANDTHS;
}

void honesty_called_count(struct called_months *months, int64_t first_day, bool unhappy, bool called)
{
    uint32_t at = 0;
    while (at < months->count && months->month[at].first_day != first_day)
        at++;
    if (at == CALLED_MONTHS_MAX) {
        at--;
        months->count--;
        memmove(&months->month[0], &months->month[1], at * sizeof months->month[0]);
    }
    if (at == months->count)
        months->month[months->count++] = (struct called_month){.first_day = first_day};
    months->month[at].visits[unhappy]++;
    months->month[at].called[unhappy] += called;
}

/* The month before the one that begins on this day. */
static int64_t month_before(int64_t first_day)
{
    struct civil_date date = civil_from_days(first_day - 1);
    date.day = 1;
    return civil_to_days(date);
}

struct called_month honesty_called_sum(const struct honesty_policy *policy, const struct called_months *months,
                                       int64_t first_day)
{
    struct called_month sum = {.first_day = first_day};
    for (int64_t i = 1; i < policy->called_months; i++)
        sum.first_day = month_before(sum.first_day);
    for (uint32_t i = 0; i < months->count; i++) {
        const struct called_month *month = &months->month[i];
        if (month->first_day < sum.first_day || month->first_day > first_day)
            continue;
        for (int side = 0; side < 2; side++) {
            sum.visits[side] += month->visits[side];
            sum.called[side] += month->called[side];
        }
    }
    return sum;
}

bool honesty_called_selectively(const struct honesty_policy *policy, const struct called_month *sum,
                                struct interval ret_share[2])
{
    for (int side = 0; side < 2; side++) {
        if (sum->visits[side] < policy->called_least)
            return false;
        ret_share[side] = wilson_95(sum->called[side], sum->visits[side]);
    }
    return ret_share[1].high < ret_share[0].low;
}

int64_t flag_due(const struct policy *policy, const struct flag *flag)
{
    return calendar_add(policy, flag->store, flag->at, (struct duration){policy->card_keep_ms, TIME_WALL});
}
