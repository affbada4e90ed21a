#!/usr/bin/python3
"""Runs every part of the proof and writes what it showed into the table of README.md.

Each part is a command whose last line on stdout is one JSON object of figures. All parts run, whatever becomes of one;
the table is written only when none failed. The figures stay in build/proof/figures.jsonl, the output beside them.
Usage: proof.py [--slice] [--only PART,PART] [--readme FILE] [--figures FILE: write the table from these, run nothing]
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import time

import table

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
OUT = os.path.join(ROOT, "build", "proof")
PYTHON = "/usr/bin/python3"

TIMEOUT_S = 7200  # of a part: one that hangs has failed

# Part, command of the whole proof, command of the slice. All of the whole: less than an hour on two cores.
PARTS = [
    ("sim", "build/manyi-sim --seeds 1..3000 --json", "build/manyi-sim --seeds 1..100 --json"),
    ("plants", "tests/sim/planted_test.py --json", "tests/sim/planted_test.py --slice --json"),
    ("cuts", "tests/crash/power_loss_test.py --cuts 2000 --serve 40 --json",
     "tests/crash/power_loss_test.py --cuts 200 --json"),
    ("kills", "tests/crash/commit_kill_test.py --kills 300 --json", "tests/crash/commit_kill_test.py --kills 20 --json"),
    ("calls", "tests/crash/failing_calls_test.py --every 5 --json", "tests/crash/failing_calls_test.py --json"),
    ("flips", "tests/crash/flipped_bit_test.py --flips 4000 --servers 40 --json",
     "tests/crash/flipped_bit_test.py --flips 200 --json"),
    ("models", "tests/unit/models.sh --json", "tests/unit/models.sh --json"),
    ("fuzz", "tests/fuzz/run_all.sh 60 --json", "tests/fuzz/run_all.sh 5 --json"),
    ("soak", "tests/crash/soak.py --minutes 10 --json", "tests/crash/soak.py --minutes 1 --json"),
]


def environment():
    return {**os.environ, "MANYI": os.path.join(ROOT, "build", "manyi"), "MANYI_SOURCE": ROOT,
            "MANYI_TESTS": os.path.join(ROOT, "build", "tests")}


def words_of(command):
    words = command.split()
    return [PYTHON, *words] if words[0].endswith(".py") else words


def figures_of(path):
    """The JSON object of the last line that is one."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in reversed(file.read().splitlines()):
            if line.startswith("{"):
                return json.loads(line)
    return None


def run_words(words, log):
    """The exit code; negative when it didn't end in time, and was ended with all that it had started."""
    with subprocess.Popen(words, cwd=ROOT, env=environment(), stdout=log, stderr=subprocess.STDOUT,
                          start_new_session=True) as process:
        try:
            return process.wait(TIMEOUT_S)
        except BaseException as late:
            os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(late, subprocess.TimeoutExpired):
                raise
            log.write(f"\nnot ended after {TIMEOUT_S} s\n")
            return -signal.SIGKILL


def run(part, command):
    """The part's figures, or None with the reason told."""
    print(f"{part}: {command}", flush=True)
    begun, path = time.monotonic(), os.path.join(OUT, f"{part}.log")
    with open(path, "w", encoding="utf-8") as log:
        try:
            code = run_words(words_of(command), log)
        except OSError as error:
            log.write(f"{command}: {error}\n")
            code = 127
    figures = figures_of(path) if code == 0 else None
    if not figures:
        print(f"{part}: FAILED with {code}, see {path}", flush=True)
        return None
    print(f"{part}: {time.monotonic() - begun:.0f} s", flush=True)
    return {**figures, "part": part, "command": command.replace(" --json", "")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--readme", default=os.path.join(ROOT, "README.md"))
    parser.add_argument("--figures")
    options = parser.parse_args()
    os.makedirs(OUT, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("proof: ended from outside"))  # the part that runs goes, too
    if options.figures:
        with open(options.figures, encoding="utf-8") as file:
            found = [json.loads(line) for line in file]
    else:
        wanted = options.only.split(",") if options.only else [part for part, _, _ in PARTS]
        found = [run(part, small if options.slice else whole) for part, whole, small in PARTS if part in wanted]
        with open(os.path.join(OUT, "figures.jsonl"), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(figures) + "\n" for figures in found if figures)
        if not all(found):
            sys.exit("proof: a part failed; the table stays as it was")
        if options.only:
            return
    table.write(options.readme, found)
    print(f"proof: the table in {options.readme} is written")


if __name__ == "__main__":
    main()
