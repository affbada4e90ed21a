#!/usr/bin/python3
"""Every bug of plants_table.py and plants_reviewed.py is planted and must be caught by the simulator: soon enough, and for a reason that fits.

Usage: planted_test.py [--only NAME,NAME] [--slice: a third of them] [--jobs 2] [--json]
The simulators with a bug each are build/tests/plants/manyi-sim-NAME (cmake --build build --target planted).
"""
import argparse
import concurrent.futures
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from plants import PLANTS  # noqa: E402
from plants_row import ALIVE  # noqa: E402

BUILT = os.path.join(os.environ.get("MANYI_TESTS", "build/tests"), "plants")
SECONDS_MAX = 900
SLOW = {"refold-speaks-again"}  # it goes round in circles until the simulator gives up
SLICE_EVERY = 3
VIOLATION = re.compile(r"^seed (\d+) VIOLATED (.*)", re.MULTILINE)
AGAIN = re.compile(r"^seed .*\n  commit \S+\n  again:  (.*)$", re.MULTILINE)
LAST_WORDS = re.compile(r"broken invariant: (.*)\. Please report")


class Caught:
    """What a run came to: the seed, and the invariant with what was seen."""

    def __init__(self, row):
        begun = time.monotonic()
        words = [os.path.join(BUILT, f"manyi-sim-{row.name}"), "--seeds", f"1..{row.seeds_max}", "--jobs", "1"]
        try:
            ran = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
            self.read(row, ran.returncode, ran.stdout + ran.stderr)
        except OSError as error:
            self.seed, self.seen, self.fits = None, str(error), False
        except subprocess.TimeoutExpired:
            self.seed, self.seen, self.fits = None, f"no end within {SECONDS_MAX} s", False
        self.seconds = time.monotonic() - begun

    def read(self, row, code, said):
        found = VIOLATION.search(said)
        self.seed = int(found.group(1)) if found else None
        self.seen = found.group(2) if found else f"ended with {code}: {said.strip()[-200:]}"
        words = LAST_WORDS.search(said)
        if words and self.seen.startswith(ALIVE):
            self.seen = f"{ALIVE}: {words.group(1)}"
        self.fits = bool(found) and code == 1 and self.seen.startswith(row.invariants)
        if self.fits:
            self.run_again(said, found.group(0))

    def run_again(self, said, violation):
        """The line to run again, which is one of what was said, shows the same violation."""
        again = AGAIN.search(said)
        words = shlex.split(again.group(1)) if again else ["false"]
        ran = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        if ran.returncode != 1 or violation not in ran.stderr:
            self.seen, self.fits = f"not again by {' '.join(words)}: {ran.stderr.strip()[-200:]}", False


def tell(row, caught):
    mark = "" if caught.fits else "   <-- NOT CAUGHT" if caught.seed is None else f"   <-- not by {row.invariants}"
    seed = "-" if caught.seed is None else caught.seed
    print(f"{row.name:28} seed {seed:>4} of {row.seeds_max:<4} {caught.seconds:6.1f} s  {caught.seen[:100]}{mark}",
          flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [row for row in PLANTS if not options.only or row.name in options.only.split(",")]
    if options.slice:
        rows = [row for row in rows if row.name not in SLOW][::SLICE_EVERY]
    assert rows, "no such bug"
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = {pool.submit(Caught, row): row for row in rows}
        results = {}
        for done in concurrent.futures.as_completed(running):
            results[running[done].name] = done.result()
            tell(running[done], done.result())
    print()
    for row in rows:
        caught = results[row.name]
        print(f"  {row.name}: {row.story}.\n      seed {caught.seed}: {caught.seen[:160]}")
    seeds = [results[row.name].seed for row in rows if results[row.name].fits]
    print(f"{len(seeds)} of {len(rows)} planted bugs caught")
    if len(seeds) < len(rows):
        sys.exit("missed: " + ", ".join(row.name for row in rows if not results[row.name].fits))
    if options.json:
        print(json.dumps({"part": "plants", "planted": len(rows), "caught": len(seeds),
                          "median_seeds": statistics.median(seeds), "max_seeds": max(seeds),
                          "seconds": round(time.monotonic() - begun)}))


if __name__ == "__main__":
    main()
