/*
 * ranking.h - stores compared with each other: shrunken scores, T scores, ties with the leader, prizes that ties share. Pure.
 *
 *   shrunken   (n·x̄ + m·μ) / (n + m)       Efron, Morris 1975 in its simplest form: few ratings stay near the group's mean
 *   T          50 + 10·(x - mean) / sd      McCall 1922; sd of the compared themselves (divided by their number, not by one less:
 *                                           they are all there are, no sample). sd 0 -> 50
 *
 * Caveats
 *   Figures are + - x / and square root only, and are added up in the order given: the same order, the same bits.
 *   Ties with the leader are by interval, so that a store with few ratings may tie while a better one with many does not:
 *   nobody can tell the former from the leader, and everybody the latter.
 */
#ifndef MANYI_CORE_RANKING_H
#define MANYI_CORE_RANKING_H

#include <stdbool.h>
#include <stdint.h>

#define PRIZE_RANKS 3u

double ranking_shrink(double n, double mean, double group_mean, double m);

/* One of those that are compared. In: value, and the 95 % interval of what was measured. Out: t, rank (from 1), tied. */
struct ranked {
    double value; /* shrunken */
    double low, high;
    double t;
    uint32_t rank;
    uint32_t tied; /* how many have this rank, itself included */
};

/* Fills t, rank and tied of all. The leader has the highest value; whoever's interval overlaps the leader's is first, too.
 * The others follow by value, and equal values tie. count may be 0. */
void ranking_compare(struct ranked *entries, uint32_t count);

/* T scores put together by weights; what is missing (present[i] false, or weight 0) is left out, and the other weights make up the whole.
 * False when nothing is left. */
bool ranking_combine(const double *t, const bool *present, const int64_t *weight, uint32_t count, double *ret_t);

/* What each of `tied` gets at this rank: the prizes of all ranks that they take up, shared, in whole fen rounded down; the rest of
 * a fen is nobody's. Two leaders with 300, 200, 100 get 250 each, and the next one is third. */
int64_t ranking_prize_fen(const int64_t prize_fen[PRIZE_RANKS], uint32_t rank, uint32_t tied);

#endif
