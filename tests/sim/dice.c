/*
 * dice.c - see dice.h.
 */
#include "tests/sim/dice.h"
#include "core/ensure.h"

static uint64_t stir(uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
}

struct dice dice_of(uint64_t seed, const char *concern)
{
    uint64_t name = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *concern; concern++)
        name = (name ^ (unsigned char)*concern) * 0x100000001b3u;
    return (struct dice){.state = stir(seed + 0x9e3779b97f4a7c15u) ^ stir(name)};
}

uint64_t dice_throw(struct dice *dice)
{
    dice->state += 0x9e3779b97f4a7c15u;
    return stir(dice->state);
}

int64_t dice_between(struct dice *dice, int64_t least, int64_t most)
{
    ensure(least <= most);
    uint64_t sides = (uint64_t)most - (uint64_t)least + 1;
    uint64_t thrown = dice_throw(dice);
    return sides == 0 ? (int64_t)thrown : (int64_t)((uint64_t)least + thrown % sides);
}

bool dice_chance(struct dice *dice, uint32_t of, uint32_t all)
{
    ensure(all > 0);
    return dice_throw(dice) % all < of;
}
