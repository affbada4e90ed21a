#!/usr/bin/python3
"""Writes ranking.h: T scores and shrunken means, by Python's own exact fractions. Run it by hand; the result is kept."""
import random
from fractions import Fraction
from math import sqrt

random.seed(20261123)


def t_scores(values):
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    variance = sum((value - mean) ** 2 for value in exact) / len(exact)
    if variance == 0:
        return [50.0] * len(values)
    return [50 + 10 * float(value - mean) / sqrt(variance) for value in exact]


groups = [[912.0, 870.5, 845.25, 930.0], [700.0, 700.0, 700.0], [1000.0, 0.0], [812.5]]
groups += [[round(random.uniform(600, 1000), 3) for _ in range(size)] for size in (3, 5, 12, 40)]
lines = ["/* Made by make_ranking.py from exact fractions. */", "static const struct {", "    uint32_t count;",
         "    double value[40], t[40];", "} t_rows[] = {"]
for group in groups:
    values = ", ".join(repr(value) for value in group)
    scores = ", ".join(repr(score) for score in t_scores(group))
    lines.append(f"    {{{len(group)}, {{{values}}}, {{{scores}}}}},")
lines += ["};", "static const struct {", "    double n, mean, group_mean, m, shrunken;", "} shrink_rows[] = {"]
for n, mean, group_mean, m in [(120, 930, 860, 30), (45, 700, 860, 30), (30, 880, 860, 30), (0, 0, 860, 30), (5, 1000, 850.5, 30),
                               (7, 640.25, 900, 0)]:
    shrunken = (n * Fraction(mean) + m * Fraction(group_mean)) / (n + m)
    lines.append(f"    {{{n}, {mean}, {group_mean}, {m}, {float(shrunken)!r}}},")
lines += ["};"]
print("\n".join(lines))
