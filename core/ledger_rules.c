/* ledger_rules.c - the ledger's arithmetic: periods and when they close, vetoes, the parts of a penalty. */
#include "core/calendar.h"
#include "core/ensure.h"
#include "core/ledger.h"
#include "core/rfc3339.h"
#include "core/score.h"

#include <stdio.h>

#define MONTHS 12

/* ---- periods ---- */

struct span ledger_month(const struct policy *policy, int64_t at_ms, char text[PERIOD_TEXT_MAX])
{
    char day[PERIOD_OF_DAY_LEN + 1];
    period_of_day(calendar_day(policy, at_ms), day);
    memcpy(text, day, 7);
    text[7] = '\0';
    return span_make(text, 7);
}

/* Months of a period, counted as year * 12 + month - 1. */
static bool months_of(struct span period, int32_t *ret_first, int32_t *ret_last)
{
    int64_t first_day, last_day;
    if (period_days(period, &first_day, &last_day) < 0)
        return false;
    struct civil_date first = civil_from_days(first_day), last = civil_from_days(last_day);
    *ret_first = first.year * MONTHS + (int32_t)first.month - 1;
    *ret_last = last.year * MONTHS + (int32_t)last.month - 1;
    return true;
}

int32_t ledger_month_number(struct span period)
{
    int32_t first, last;
    return months_of(period, &first, &last) ? first : -1;
}

bool ledger_period_closed(const struct policy *policy, struct span period, int64_t at_ms)
{
    int32_t first, last;
    if (!months_of(period, &first, &last))
        return false;
    int32_t next = last + 1;
    int64_t begin_ms = calendar_month_begin_ms(policy, next / MONTHS, (uint32_t)(next % MONTHS) + 1);
    int64_t day = calendar_day(policy, begin_ms) + policy->ranking.close_day - 1;
    return at_ms >= calendar_day_begin_ms(policy, day) + policy->ranking.close_minute * 60000;
}

/* ---- vetoes ---- */

bool ledger_veto_stands(const struct ledger_entry *entry)
{
    if (entry->kind != ledger_kind_is_veto || entry->status == ledger_status_is_waived ||
        entry->status == ledger_status_is_reversed)
        return false;
    return entry->status != ledger_status_is_proposed || !HAS(entry, ledger_entry, proposed_by);
}

uint32_t ledger_veto_takes(const struct policy *policy, const int32_t *months, uint32_t count, struct span period)
{
    int32_t first, last;
    uint32_t within = (uint32_t)policy->ledger.veto_year_count;
    if (!months_of(period, &first, &last))
        return count;
    for (uint32_t i = 0; i < count; i++) {
        bool in_period = months[i] >= first && months[i] <= last && last - first + 1 < MONTHS;
        bool in_year = months[i] / MONTHS == first / MONTHS;
        bool repeated =
            in_year && i + 1 >= within && months[i] - months[i + 1 - within] < policy->ledger.veto_year_months;
        if (in_period || repeated)
            return i;
    }
    return count;
}

/* ---- penalties ---- */

void ledger_penalty_parts(int64_t total_fen, int64_t share_percent, uint32_t people, struct penalty_parts *ret_parts)
{
    ensure(total_fen >= 0);
    ensure(people > 0);
    ensure(people <= NAMES_MAX);
    *ret_parts = (struct penalty_parts){.share_fen = total_fen * share_percent / 100};
    int64_t rest_fen = total_fen - ret_parts->share_fen;
    for (uint32_t i = 0; i < people; i++)
        ret_parts->part_fen[i] = rest_fen / people + (i < rest_fen % people);
}
