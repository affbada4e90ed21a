#!/usr/bin/python3
"""Lays every formula of core/ beside independent figures: scipy's and statsmodels', or worked out here from the books.

Needs Debian's python3-scipy and python3-statsmodels. The seed is fixed: the same questions each time.
"""
import math
import os
import random
import subprocess
import sys
from fractions import Fraction

import numpy
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

# J.D. Power's published US 2019 weights, as DOMAIN.md has them.
SERVICE = {"quality": 27, "initiation": 20, "advisor": 20, "facility": 17, "pickup": 16, "vehicle": 10, "image": 10}

dice = random.Random(20261123)
questions = []  # (line, expected values, relative tolerance)


def ask(line, expected, tolerance):
    questions.append((line, expected, tolerance))


def student():
    for freedom in [*range(1, 201), 250, 500, 1000, 5000, 10**5, 10**7]:
        ask("student %d" % freedom, [stats.t.ppf(0.975, freedom)], 1e-7)
    for _ in range(400):
        freedom = 2 + dice.expovariate(0.1)
        ask("between %.17g" % freedom, [stats.t.ppf(0.975, freedom)], 1e-7)


def wilson():
    for _ in range(300):
        n = dice.choice([1, 2, 5, 20, 30, 100, 5000, 10**6])
        hits = dice.randint(0, n)
        ask("wilson %d %d" % (hits, n), proportion_confint(hits, n, alpha=0.05, method="wilson"), 1e-9)
    # The rulebook's own example: 19 of 20 satisfied is 76.4 to 99.1 %.
    low, high = proportion_confint(19, 20, alpha=0.05, method="wilson")
    assert (round(100 * low, 1), round(100 * high, 1)) == (76.4, 99.1)


def nps():
    """DOMAIN.md: n' = n+3, p' = (P+3/4)/n', d' = (D+3/4)/n', Var = (p'+d'-(p'-d')^2)/n', in exact fractions."""
    z = stats.norm.ppf(0.975)
    for _ in range(300):
        n = dice.choice([1, 3, 10, 30, 100, 5000])
        promoters = dice.randint(0, n)
        detractors = dice.randint(0, n - promoters)
        more = Fraction(n + 3)
        p, d = (promoters + Fraction(3, 4)) / more, (detractors + Fraction(3, 4)) / more
        half = z * math.sqrt((p + d - (p - d) ** 2) / more)
        expected = [max(-100.0, 100 * (float(p - d) - half)), min(100.0, 100 * (float(p - d) + half))]
        ask("nps %d %d %d" % (promoters, detractors, n), expected, 1e-9)


def sample(least):
    n = dice.randint(least, dice.choice([4, 12, 60, 400]))
    middle, spread = dice.uniform(4, 9), dice.uniform(0.2, 3)
    return [min(10000, max(0, round(1000 * dice.gauss(middle, spread)))) for _ in range(n)]


def sums(values):
    return "%d %d %d" % (len(values), sum(values), sum(value * value for value in values))


def means():
    for _ in range(200):
        values = sample(2)
        low, high = DescrStatsW(numpy.array(values, dtype=float)).tconfint_mean(alpha=0.05)
        ask("half " + sums(values), [(high - low) / 2], 1e-6)


def welch():
    """The interval by statsmodels; that scipy's test (equal_var=False) has the same t and degrees of freedom is checked, too."""
    for _ in range(300):
        before, after = sample(3), sample(3)
        if len(set(before)) == 1 and len(set(after)) == 1:
            continue
        first, second = numpy.array(before, dtype=float), numpy.array(after, dtype=float)
        compared = CompareMeans(DescrStatsW(second), DescrStatsW(first))
        low, high = compared.tconfint_diff(alpha=0.05, usevar="unequal")
        t, p, freedom = compared.ttest_ind(usevar="unequal")
        found = stats.ttest_ind(second, first, equal_var=False)
        assert math.isclose(t, found.statistic, rel_tol=1e-9) and math.isclose(p, found.pvalue, rel_tol=1e-6)
        if freedom < 2:
            low, high = None, None  # ours uses at least 2 degrees, scipy's interval is wider
            continue
        ask("welch %s %s" % (sums(before), sums(after)), [second.mean() - first.mean(), low, high], 1e-6)
    ask("welch 3 24000 192000000 4 36000 324000000", [1000, 1000, 1000], 0)  # 8, 8, 8 and 9, 9, 9, 9: no spread


def weighted():
    """Means of strata by their weights, Cochran 1977 (5.1) and (5.7), with Satterthwaite's degrees of freedom of (5.16)."""
    for _ in range(200):
        strata = [(dice.randint(1, 500), sample(4)) for _ in range(dice.randint(1, 12))]
        w = numpy.array([weight for weight, _ in strata], dtype=float)
        w = w / w.sum()
        means_of = numpy.array([numpy.mean(values) for _, values in strata])
        g = w**2 * numpy.array([numpy.var(values, ddof=1) / len(values) for _, values in strata])
        half = 0.0
        if g.sum() > 0:
            freedom = g.sum() ** 2 / sum(gi**2 / (len(values) - 1) for gi, (_, values) in zip(g, strata))
            half = stats.t.ppf(0.975, freedom) * math.sqrt(g.sum())
        line = " ".join("%d %s" % (weight, sums(values)) for weight, values in strata)
        ask("weighted %d %s" % (len(strata), line), [(w * means_of).sum(), half], 1e-6)


def drift():
    """Page's lower sum, day by day over months, each day's mean standardised by the target's standard error."""
    for _ in range(40):
        target, sd = dice.randint(7000, 9500), dice.randint(300, 2500)
        slack = dice.choice([250, 500, 1000])
        held = 0
        for _ in range(60):
            n = dice.randint(1, 40)
            total = sum(min(10000, max(0, round(dice.gauss(target - 300, sd)))) for _ in range(n))
            shortfall = 1000 * (target - total / n) / (sd / math.sqrt(n))
            after = max(0, held + math.floor(shortfall + 0.5) - slack)
            ask("drift %d %d %d %d %d %d" % (target, sd, slack, held, n, total), [after], 0)
            held = 0 if after > 5000 else after


def csi():
    """100 . sum of w.mean over sum of w; the interval by Student's t over the ratings' own weighted means."""
    for _ in range(120):
        ratings = []
        for _ in range(dice.randint(2, 60)):
            asked = dice.sample(sorted(SERVICE), dice.randint(1, 7))
            ratings.append({dimension: 500 * dice.randint(6, 20) for dimension in asked})
        weighted, weights, own = 0.0, 0, []
        for dimension, weight in SERVICE.items():
            answers = [rating[dimension] for rating in ratings if dimension in rating]
            if answers:
                weighted += weight * numpy.mean(answers) / 1000
                weights += weight
        for rating in ratings:
            total = sum(SERVICE[dimension] for dimension in rating)
            mean = Fraction(sum(SERVICE[dimension] * score for dimension, score in rating.items()), total)
            own.append(math.floor(mean + Fraction(1, 2)))  # kept in whole thousandths
        value = 100 * weighted / weights
        low, high = DescrStatsW(numpy.array(own, dtype=float)).tconfint_mean(alpha=0.05)
        half = (high - low) / 2 / 10
        lines = "\n".join(" ".join("%s %d" % item for item in rating.items()) + " ." for rating in ratings)
        expected = [value, max(0, value - half), min(1000, value + half)]
        ask("csi service %d\n%s" % (len(ratings), lines), expected, 1e-7)


def same(found, expected, tolerance):
    return abs(found - expected) <= max(tolerance * abs(expected), tolerance * 1e-3, 1e-9 if tolerance else 0)


def main():
    for part in (student, wilson, nps, means, welch, weighted, drift, csi):
        part()
    program = os.path.join(os.environ.get("MANYI_TESTS", "build/tests"), "formulas")
    asked = "\n".join(line for line, _, _ in questions) + "\n"
    answers = subprocess.run([program], input=asked, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(answers) == len(questions), "%d answers to %d questions" % (len(answers), len(questions))
    wrong = 0
    for (line, expected, tolerance), answer in zip(questions, answers):
        found = [float(value) for value in answer.split()]
        if len(found) != len(expected) or not all(map(lambda f, e: same(f, e, tolerance), found, expected)):
            wrong += 1
            print("%s\n  is %s, not %s" % (line, found, list(expected)), file=sys.stderr)
    print("%d figures of core/ beside scipy's, statsmodels' and the books': %d differ" % (len(questions), wrong))
    return 1 if wrong else 0


sys.exit(main())
