#!/usr/bin/python3
"""Reference values for tests/unit/test_statistics.c, from scipy and statsmodels (Debian: python3-statsmodels).

    /usr/bin/python3 tests/unit/data/make_statistics.py |
        clang-format-14 --assume-filename=tests/unit/data/statistics.h > statistics.h && mv statistics.h tests/unit/data/

scipy inverts the t distribution by its incomplete beta function, statsmodels has Wilson's interval and the t interval
of a mean of its own: nothing here is shared with core/statistics.c. The NPS interval has no library; it is computed
with exact fractions up to its one square root.
"""
import math
import random
from fractions import Fraction

import numpy
import scipy
import statsmodels
from scipy.stats import norm, t
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW


def header():
    print("/* Made by tests/unit/data/make_statistics.py with scipy %s and statsmodels %s: do not edit. */"
          % (scipy.__version__, statsmodels.__version__))
    print("#ifndef MANYI_TESTS_UNIT_DATA_STATISTICS_H\n#define MANYI_TESTS_UNIT_DATA_STATISTICS_H\n")
    print("#include <stdint.h>\n")
    print("#define Z_95_OF_SCIPY %.17g\n" % norm.ppf(0.975))


def student():
    freedoms = [*range(1, 41), 50, 60, 80, 99, 100, 120, 150, 199, 200, 201, 202, 250, 300, 500, 1000, 10**4, 10**6,
                10**10]
    print("/* Two-sided 95 % critical values of Student's t. */")
    print("static const struct { uint64_t freedom; double critical; } student_rows[] = {")
    for freedom in freedoms:
        print("    {%dull, %.15g}," % (freedom, t.ppf(0.975, freedom)))
    print("};\n")


def wilson():
    rows = [(19, 20), (0, 1), (1, 1), (0, 5), (5, 5), (3, 7), (10, 30), (29, 30), (500, 1000), (999, 1000),
            (81, 263), (15, 148), (123456, 654321), (0, 10**6)]
    print("/* Wilson's 95 % interval of hits out of n. */")
    print("static const struct { uint64_t hits, n; double low, high; } wilson_rows[] = {")
    for hits, n in rows:
        low, high = proportion_confint(hits, n, alpha=0.05, method="wilson")
        print("    {%d, %d, %.15g, %.15g}," % (hits, n, low, high))
    print("};\n")


def nps():
    rows = [(10, 3, 20), (0, 0, 1), (1, 0, 1), (0, 1, 1), (5, 5, 10), (50, 20, 100), (700, 100, 1000), (0, 30, 30),
            (30, 0, 30), (123, 45, 456)]
    print("/* NPS: 3/4 promoter, 3/4 detractor and 3/2 passives added, in points, clipped. */")
    print("static const struct { uint64_t promoters, detractors, n; double low, high; } nps_rows[] = {")
    for promoters, detractors, n in rows:
        total = Fraction(n + 3)
        p = (promoters + Fraction(3, 4)) / total
        d = (detractors + Fraction(3, 4)) / total
        variance = (p + d - (p - d) ** 2) / total
        half = norm.ppf(0.975) * math.sqrt(variance)
        low, high = max(-100.0, 100 * (float(p - d) - half)), min(100.0, 100 * (float(p - d) + half))
        print("    {%d, %d, %d, %.15g, %.15g}," % (promoters, detractors, n, low, high))
    print("};\n")


def mean():
    random.seed(20261123)
    print("/* Half width of the t interval of a mean, from the listed scores in thousandths. */")
    print("static const struct { uint64_t n; int32_t score[12]; double half_width; } mean_rows[] = {")
    samples = [[8000, 9000], [0, 10000], [7000] * 5, [10000, 10000, 9000], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]
    for n in (3, 4, 6, 8, 10, 12, 12, 12):
        samples.append([random.randrange(0, 10001) for _ in range(n)])
    for sample in samples:
        low, high = DescrStatsW(numpy.array(sample, dtype=float)).tconfint_mean(alpha=0.05)
        print("    {%d, {%s}, %.15g}," % (len(sample), ", ".join(map(str, sample)), (high - low) / 2))
    print("};\n")
    print("#endif")


header()
student()
wilson()
nps()
mean()
