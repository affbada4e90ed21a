/*
 * ratings.h - ratings as short text for tests, and a small generator of numbers that is the same everywhere.
 */
#ifndef MANYI_TESTS_SUPPORT_RATINGS_H
#define MANYI_TESTS_SUPPORT_RATINGS_H

#include "schemas/types.h"

/* "quality 9 advisor 8.5 nps 10 ces 6 overall 9 key 3@huawei-cec"; the words nps, ces, overall and key are figures of
 * the rating, all others dimensions. Names point into `department` and `text`. */
struct rated rating_of(const char *department, const char *text);

/* xorshift64*, Vigna 2016. `state` is not 0. Gives 0 to below - 1. */
uint32_t draw(uint64_t *state, uint32_t below);

#endif
