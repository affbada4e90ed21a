/*
 * band.h - what an accountable score means for a department: reward, neutral, warning, penalty, penalty with an improvement task. Pure.
 *
 *   index/10    0 ......... 80 ......... 85 ......... 90 ......... 95 ......... 100
 *               | severe    | penalty    | warning    | neutral    | reward     |
 *               <------------- beyond, on this side --|            |-- beyond -->
 *
 * A band counts only if the whole 95 % interval lies in it or beyond it: beyond is further from neutral on the same side. Of
 * those that count it is the furthest: an interval from 82 to 88 is a warning, whatever its middle; one from 88 to 91 is no
 * evidence. A bound belongs to the band above it. Source: DOMAIN, Scores.
 *
 * Caveat: fewer ratings than a ranking needs are no evidence, either. Five equal answers have an interval without width.
 */
#ifndef MANYI_CORE_BAND_H
#define MANYI_CORE_BAND_H

#include "core/policy.h"

/* An index of 0-1000 as score_figures has it; `ratings` behind it. */
enum band band_of(const struct policy *policy, const struct interval_figure *csi, int64_t ratings);

/* The period that a department is judged by when `month` (1-12) of `year` ends: its month, or the quarter at the quarter's last month.
 * Writes "2026-11" or "2026-Q4"; false when none ends. */
#define BAND_PERIOD_MAX 8u
bool band_period(const struct policy *policy, struct span department, int32_t year, uint32_t month,
                 char ret_period[BAND_PERIOD_MAX]);

/* Is the department judged by such a period: by a month ("2026-11"), of sales, which sells less often than it repairs, by a quarter ("2026-Q4")? */
bool band_judges(const struct policy *policy, struct span department, struct span period);

#endif
