/*
 * dice.h - chance that a seed decides: the same seed throws the same, on every machine.
 *
 * Every concern has dice of its own, so that a change in one (another check, another publisher) leaves the others' throws
 * alone. SplitMix64 (Steele, Lea, Flood 2014) seeds and steps it.
 */
#ifndef MANYI_TESTS_SIM_DICE_H
#define MANYI_TESTS_SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* Dice of their own for a concern, such as "weather" or "publisher-2". */
struct dice dice_of(uint64_t seed, const char *concern);

uint64_t dice_throw(struct dice *dice);
/* least..most, both included. */
int64_t dice_between(struct dice *dice, int64_t least, int64_t most);
/* True in `of` of `all` cases. */
bool dice_chance(struct dice *dice, uint32_t of, uint32_t all);

#endif
