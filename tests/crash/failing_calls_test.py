#!/usr/bin/python3
"""Makes the 1st, 2nd, 3rd ... call fail until a run passes untouched: each ends in a clear message and a clean recovery.

  calls  our own objects, the failing call linked in (tests/calls): allocations, LMDB, files and threads, ZeroMQ. A short life of
         the house begun anew and begun again, every command, serve's start
  disk   a real `manyi serve` under the preloaded library of tests/fault: LMDB's own writes, syncs, truncations, maps, openings,
         allocations, with EIO, ENOSPC and the like, and short writes

Not made to fail: allocations inside libzmq, which aborts by design, and inside msgpack, jansson, libcyaml and libsodium.
Usage: MANYI=build/manyi MANYI_TESTS=build/tests tests/crash/failing_calls_test.py [--all] [--only calls|disk] [--json]
Without --all: each so many-th call, under a minute.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from _disk_faults import Broken, DiskFaults  # noqa: E402

CALLS = os.path.join(os.environ.get("MANYI_TESTS", "build/tests"), "manyi-calls")
SLICE_EVERY = 61  # a prime: calls come in patterns
SANITIZED_EVERY = 197


def calls_run(everything):
    """The linked-in half; its figures."""
    sanitized = bool(os.environ.get("MANYI_SANITIZE"))
    every = 1 if everything else SANITIZED_EVERY if sanitized else SLICE_EVERY
    out = subprocess.run([CALLS, "--every", str(every), "--offset", str(int(time.time()) // 60 % every)], stdout=subprocess.PIPE,
                         text=True, check=False)
    lines = out.stdout.splitlines()
    if out.returncode != 0 or not lines:
        sys.exit(f"failing_calls_test: manyi-calls ended with {out.returncode}\n{out.stdout}")
    return json.loads(lines[-1])


def disk_run(everything):
    """The preloaded half; its faults."""
    base = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="manyi-faults-", dir=base) as top:
        faults = DiskFaults(top)
        try:
            if everything:
                faults.whole()
            else:
                faults.slice()
        except Broken as broken:
            sys.exit(f"failing_calls_test: {broken}")
        faults.line.context.destroy(0)
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--slice", action="store_true", help="the default")
    parser.add_argument("--only", choices=("calls", "disk"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    figures = {"calls": 0, "survived": 0, "kinds": {}}
    if options.only != "disk":
        figures = calls_run(options.all)
    if options.only != "calls":
        faults = disk_run(options.all)
        figures["calls"] += faults.calls
        figures["survived"] += faults.calls
        figures["kinds"]["disk"] = faults.calls
        print(f"disk: {faults.calls} calls of LMDB failed: {faults.ended} times serve ended and said why, {faults.went_on} times it went on")
    assert figures["calls"] > 0 and figures["survived"] == figures["calls"], figures
    seconds = round(time.monotonic() - began, 1)
    kinds = ", ".join(f"{count} {kind}" for kind, count in figures["kinds"].items())
    print(f"{figures['calls']} failing calls ({kinds}): each ended in a message and a clean recovery, {seconds:.0f} s")
    if options.json:
        print(json.dumps({**figures, "part": "calls", "seconds": seconds}))


if __name__ == "__main__":
    main()
