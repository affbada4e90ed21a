#!/usr/bin/python3
"""Makes the 1st, 2nd, 3rd ... call fail until a run passes untouched: each ends in a clear message and a clean recovery.

  calls  our own objects, the failing call linked in (tests/calls): allocations, LMDB, files and threads, ZeroMQ. A short life of
         the house begun anew and begun again, every command, serve's start
  disk   a real `manyi serve` under the preloaded library of tests/fault: LMDB's own writes, syncs, truncations, maps, openings,
         allocations, with EIO, ENOSPC and the like, and short writes

Not made to fail: allocations inside libzmq, which aborts by design, and inside msgpack, jansson, libcyaml and libsodium.
Usage: MANYI=build/manyi MANYI_TESTS=build/tests tests/crash/failing_calls_test.py [--all | --every K [--offset I]]
[--only calls|disk] [--json]
--all: every call, for half an hour and more. --every: every K-th; of the linked-in half I says which. Without either, a
slice of half a minute.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from _disk_faults import Broken, DiskFaults  # noqa: E402
from served import free_base_port  # noqa: E402

CALLS = os.path.join(os.environ.get("MANYI_TESTS", "build/tests"), "manyi-calls")
SLICE_EVERY = 29  # a prime: calls come in patterns
SANITIZED_EVERY = 397


def folder(name):
    """In memory, if there is such a place; removed with all below it."""
    return tempfile.TemporaryDirectory(prefix=f"manyi-{name}-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)


def calls_run(every, offset):
    """The linked-in half; its figures, and whether all was well."""
    words = ["--every", str(every), "--offset", str(offset), "--base-port", str(free_base_port())]
    print("manyi-calls", *words, flush=True)
    with folder("calls") as top:
        out = subprocess.run([CALLS, *words, "--dir", top], stdout=subprocess.PIPE, text=True, check=False)
    lines = out.stdout.splitlines()
    if not lines or not lines[-1].startswith("{"):
        sys.exit(f"failing_calls_test: manyi-calls ended with {out.returncode}\n{out.stdout}")
    return json.loads(lines[-1]), out.returncode == 0


def disk_run(every):
    """The preloaded half; its faults. every: None for a slice."""
    with folder("faults") as top:
        faults = DiskFaults(top)
        try:
            if every:
                faults.whole(every)
            else:
                faults.slice()
        except Broken:
            pass  # told and kept
        faults.line.context.destroy(0)
    return faults


def options_read():
    sanitized = bool(os.environ.get("MANYI_SANITIZE"))
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--every", type=int)
    parser.add_argument("--offset", type=int, default=0)
    parser.add_argument("--only", choices=("calls", "disk"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    options.whole = options.all or bool(options.every)
    options.every = 1 if options.all else options.every or (SANITIZED_EVERY if sanitized else SLICE_EVERY)
    return options


def main():
    options = options_read()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))  # what it made in memory goes, too
    began = time.monotonic()
    figures, well = {"calls": 0, "survived": 0, "kinds": {}}, True
    if options.only != "disk":
        figures, well = calls_run(options.every, options.offset)
    if options.only != "calls":
        faults = disk_run(options.every if options.whole else None)
        figures["calls"] += faults.calls
        figures["survived"] += faults.survived
        figures["kinds"]["disk"] = faults.calls
        well = well and not faults.broken
        print(f"disk: {faults.calls} calls of LMDB failed: {faults.ended} times serve ended and said why, {faults.went_on} times it went on; "
              f"{faults.survived} clean recoveries")
    seconds = round(time.monotonic() - began, 1)
    kinds = ", ".join(f"{count} {kind}" for kind, count in figures["kinds"].items())
    print(f"{figures['calls']} failing calls ({kinds}): {figures['survived']} ended in a message and a clean recovery, {seconds:.0f} s")
    if options.json:
        print(json.dumps({**figures, "part": "calls", "seconds": seconds}))
    sys.exit(0 if well and figures["survived"] == figures["calls"] > 0 else 1)


if __name__ == "__main__":
    main()
