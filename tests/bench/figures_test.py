#!/usr/bin/python3
"""What the benchmark computes of its samples, and reads of the kernel, beside figures from elsewhere."""
import os
import resource
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import proc  # noqa: E402

# The nearest-rank examples of Wikipedia's "Percentile" (2026-11).
EXAMPLES = [
    ([15, 20, 35, 40, 50], {0.05: 15, 0.30: 20, 0.40: 20, 0.50: 35, 1.00: 50}),
    ([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], {0.25: 7, 0.50: 8, 0.75: 15, 1.00: 20}),
    ([3, 6, 7, 8, 8, 9, 10, 13, 15, 16, 20], {0.25: 7, 0.50: 9, 0.75: 15, 1.00: 20}),
]


def a_quantile_is_the_nearest_rank():
    for samples, expected in EXAMPLES:
        for share, value in expected.items():
            assert proc.quantile(samples[::-1], share) == value, (samples, share)
    thousand = list(range(1, 1001))
    assert [proc.quantile(thousand, share) for share in (0.5, 0.99, 0.999)] == [500, 990, 999]
    assert proc.quantile([4.2], 0.999) == 4.2


def processor_time_is_what_getrusage_tells():
    total, used = 0, resource.getrusage(resource.RUSAGE_SELF)
    before = proc.cpu_s(os.getpid())
    while proc.cpu_s(os.getpid()) - before < 0.2:
        total += sum(range(10000))
    after = resource.getrusage(resource.RUSAGE_SELF)
    told = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    seen = proc.cpu_s(os.getpid()) - before
    assert abs(told - seen) < 0.05, (told, seen)


def own_memory_grows_by_what_is_filled():
    before = proc.own_mib(os.getpid())
    block = bytearray(b"\x01" * (32 << 20))
    grown = proc.own_mib(os.getpid()) - before
    assert 31 <= grown <= 66, grown  # Python may hold both the text and its copy
    del block


for test in (a_quantile_is_the_nearest_rank, processor_time_is_what_getrusage_tells, own_memory_grows_by_what_is_filled):
    test()
    print(f"ok {test.__name__}")
