#!/usr/bin/python3
"""Instructions per event of decode, check, append and fold, counted by callgrind and held against instructions.json.

  instructions.py PROGRAM           fails when a part takes more than TOLERANCE above its figure; says when one takes less
  instructions.py PROGRAM --renew   writes what was counted into instructions.json: after a change that is worth it, or worth its price

Counts don't depend on how busy the machine is, so that a step of a few percent can be seen, and a guard can stand in CI. They do
depend on compiler and libraries: the figures are those of the reference platform, Debian 12 on x86-64, built as the preset `dev`
has it. On others the figures are told and nothing fails.

  decode   event_decode
  check    intake's turn on a PUT of 128, from taking it to its ACK, decoding included and the journal left out
  append   the journal's turn: records assembled, sealed, and written through LMDB into the kernel's hands
  fold     an event folded silently, decoding included, with its share of the commits
"""
import concurrent.futures
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "instructions.json")
TOLERANCE = 0.05

# A part's events, and the functions at which callgrind begins and ends to collect. Within another one a name pauses it.
PARTS = {
    "decode": (10240, ["event_decode"]),
    "check": (10240, ["intake_turn", "journal_begin", "journal_add", "journal_commit_start"]),
    "append": (20480, ["journal_begin", "journal_add", "journal_commit"]),
    "fold": (10240, ["fold_begin", "fold_entry", "fold_commit"]),
}


def is_reference():
    if platform.machine() != "x86_64":
        return False
    with open("/etc/os-release", encoding="utf-8") as file:
        return {"ID=debian", 'VERSION_ID="12"'} <= set(file.read().split())


def count(program, part):
    """Instructions per event, a whole number."""
    events, functions = PARTS[part]
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "callgrind")
        os.mkdir(os.path.join(folder, "data"))
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no",
             *[f"--toggle-collect={name}" for name in functions], program, part, os.path.join(folder, "data"), str(events)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{part}: ended with {done.returncode}:\n{done.stdout}")
        with open(out, encoding="utf-8") as file:
            total = int(re.search(r"^(?:totals|summary): (\d+)", file.read(), re.M).group(1))
    if total < events:
        sys.exit(f"{part}: nothing was collected; are {', '.join(functions)} still the functions it consists of?")
    return round(total / events)


def count_all(program):
    if not shutil.which("valgrind"):
        sys.exit("valgrind is not installed: sh tests/install-test-deps.sh")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(PARTS, pool.map(lambda part: count(program, part), PARTS)))


def table_read():
    with open(TABLE, encoding="utf-8") as file:
        return json.load(file)


def judge(counted, expected):
    """The parts that take more than they may."""
    worse = []
    for part, figure in counted.items():
        kept = expected[part]
        verdict = ""
        if figure > kept * (1 + TOLERANCE):
            verdict = "WORSE"
            worse.append(part)
        elif figure < kept * (1 - TOLERANCE):
            verdict = "better: keep it with --renew"
        print(f"{part:8} {figure:7,} instructions an event, {kept:7,} in the table ({figure / kept - 1:+.1%}) {verdict}".rstrip())
    return worse


def main():
    program = sys.argv[1]
    counted = count_all(program)
    if sys.argv[2:] == ["--renew"]:
        with open(TABLE, "w", encoding="utf-8") as file:
            json.dump(counted, file, indent=4)
            file.write("\n")
        print(*(f"{part} {figure:,}" for part, figure in counted.items()), sep=" · ")
        return 0
    worse = judge(counted, table_read())
    if worse and not is_reference():
        print("not Debian 12 on x86-64, which the table is of: no failure")
        return 0
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
