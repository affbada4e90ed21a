#!/usr/bin/python3
"""Tests that run side by side never get the same base port, though nobody listens there yet, or for the moment.

Usage: tests/crash/ports_test.py
"""
import os
import subprocess
import sys

SUPPORT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")
TESTS, EACH = 12, 5
TAKE = f"import ports; print(*(ports.free_base_port() for _ in range({EACH})), flush=True); input()"


def main():
    tests = [subprocess.Popen([sys.executable, "-c", TAKE], cwd=SUPPORT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
             for _ in range(TESTS)]
    taken = [base for test in tests for base in test.stdout.readline().split()]
    for test in tests:
        test.communicate("\n")
    assert len(taken) == TESTS * EACH, taken
    assert len(set(taken)) == len(taken), f"taken twice: {sorted(base for base in set(taken) if taken.count(base) > 1)}"
    print(f"{len(taken)} base ports for {TESTS} tests at once, each for one")


if __name__ == "__main__":
    main()
