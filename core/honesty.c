/* honesty.c - what is worth a look. */
#include "core/honesty.h"

#include "core/calendar.h"
#include "core/effect.h"

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

int64_t flag_due(const struct policy *policy, const struct flag *flag)
{
    return calendar_add(policy, flag->store, flag->at, (struct duration){policy->card_keep_ms, TIME_WALL});
}
