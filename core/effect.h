/*
 * effect.h - did a task help: the mean after it against the mean before. Pure.
 *
 * Caveat: what moved a mean is not proven by its having moved. Tasks are opened when scores are low, and low scores
 * rise by themselves; an interval that holds 0 shows nothing at all.
 */
#ifndef MANYI_CORE_EFFECT_H
#define MANYI_CORE_EFFECT_H

#include "core/score.h"

#define EFFECT_ANSWERS_LEAST 3 /* on either side, for Welch's interval to exist */

/* Sums of thousandths of 0-10 before and after; the effect is in points, its interval Welch's (statistics.h). False, and
 * nothing is written, when one side has fewer than answers_least answers. */
bool effect_measure(const struct sums *before, const struct sums *after, int64_t answers_least,
                    struct effect *ret_effect);

/* What a task is judged by: the sums of its dimension, or of the overalls when it has none. */
struct sums effect_sums(const struct score_sums *row, struct span dimension);

#endif
