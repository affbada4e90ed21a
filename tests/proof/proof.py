#!/usr/bin/python3
"""Runs every part of the proof and writes what it showed into the table of README.md.

Each part is a command whose last line on stdout is one JSON object of figures. All parts run, whatever becomes of one;
the table is written only when none failed. The figures stay in build/proof/figures.jsonl, the output beside them.
Usage: proof.py [--slice] [--only PART,PART] [--readme FILE] [--figures FILE: write the table from these, run nothing]
"""
import argparse
import json
import os
import subprocess
import sys
import time

import table

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
OUT = os.path.join(ROOT, "build", "proof")
PYTHON = "/usr/bin/python3"

# Part, command of the whole proof, command of the slice. {1..2000} is run in two halves, one a core, whose figures are
# added up; the table names the command as if it had run in one.
PARTS = [
    ("sim", "build/manyi-sim --seeds {1..2000} --json", "build/manyi-sim --seeds {1..60} --json"),
    ("plants", "tests/sim/planted_test.py --json", "tests/sim/planted_test.py --json"),
    ("cuts", "tests/crash/power_loss_test.py --json --cuts 2000", "tests/crash/power_loss_test.py --json --cuts 300"),
    ("kills", "tests/crash/commit_kill_test.py --json --kills 300",
     "tests/crash/commit_kill_test.py --json --kills 20"),
    ("calls", "tests/crash/failing_calls_test.py --json", "tests/crash/failing_calls_test.py --json"),
    ("flips", "tests/crash/flipped_bit_test.py --json --flips 2000",
     "tests/crash/flipped_bit_test.py --json --flips 100"),
    ("models", "tests/unit/models.sh --json", "tests/unit/models.sh --json"),
    ("fuzz", "tests/fuzz/run_all.sh 60 --json", "tests/fuzz/run_all.sh 5 --json"),
    ("soak", "tests/crash/soak.py --json --minutes 10", "tests/crash/soak.py --json --minutes 1"),
]


def halves(command):
    """One command, or one for each half of its {first..last}."""
    if "{" not in command:
        return [command]
    before, rest = command.split("{")
    span, after = rest.split("}")
    first, last = (int(number) for number in span.split(".."))
    middle = (first + last) // 2
    return [f"{before}{a}..{b}{after}" for a, b in ((first, middle), (middle + 1, last))]


def environment():
    return {**os.environ, "MANYI": os.path.join(ROOT, "build", "manyi"), "MANYI_SOURCE": ROOT,
            "MANYI_TESTS": os.path.join(ROOT, "build", "tests")}


def start(part, number, command):
    words = command.split()
    if words[0].endswith(".py"):
        words.insert(0, PYTHON)
    log = open(os.path.join(OUT, f"{part}-{number}.log"), "w+", encoding="utf-8")
    try:
        return subprocess.Popen(words, cwd=ROOT, env=environment(), stdout=log, stderr=subprocess.STDOUT), log
    except OSError as error:
        log.write(f"{command}: {error}\n")
        return None, log


def figures_of(log):
    """The JSON object of the last line that is one."""
    log.seek(0)
    for line in reversed(log.read().splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    return None


def run(part, command):
    """The part's figures, or None with the reason told."""
    begun = time.monotonic()
    running = [start(part, number, half) for number, half in enumerate(halves(command))]
    figures, whole = [], command.replace("{", "").replace("}", "")
    print(f"{part}: {whole}", flush=True)
    for process, log in running:
        code = process.wait() if process else 127
        found = figures_of(log) if code == 0 else None
        log.close()
        if not found:
            print(f"{part}: FAILED with {code}, see {log.name}", flush=True)
        figures.append(found)
    if not all(figures):
        return None
    print(f"{part}: {time.monotonic() - begun:.0f} s", flush=True)
    return {**table.added(figures), "part": part, "command": whole.replace(" --json", "")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--readme", default=os.path.join(ROOT, "README.md"))
    parser.add_argument("--figures")
    options = parser.parse_args()
    os.makedirs(OUT, exist_ok=True)
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
