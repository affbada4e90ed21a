"""What a server takes: room on disk and in memory, time to start, and what it does when there is nothing to do."""
import glob
import os
import shutil
import subprocess
import threading
import time

import allocations
from row import Row, at_most

GROUP = 6
TITLE = "Footprint"
TEXT = ("Wake-ups are voluntary context switches of all threads of a `manyi serve` that nobody talks to. Memory is RssAnon: what the "
        "process has of its own, pages of LMDB's maps aside, which are the kernel's to take back. Under load: its greatest value, looked "
        "at twenty times a second, while the mix comes in PUTs of 128, 200 of them unanswered.")
COMMAND = 'make bench BENCH="--only footprint"'
MIB = 1 << 20


def room(stand):
    return stand.choose(6 << 30, 1 << 30)


def binary_bytes(stand, folder):
    copy = os.path.join(folder, "manyi")
    shutil.copy(stand.manyi, copy)
    subprocess.run(["strip", copy], check=True)
    return os.path.getsize(copy)


def fields(path):
    with open(path, encoding="ascii", errors="replace") as file:
        return dict(line.rstrip().split(":", 1) for line in file if ":" in line)


def wakes(pid):
    """So far, of the threads that live."""
    return sum(int(fields(path)["voluntary_ctxt_switches"]) for path in glob.glob(f"/proc/{pid}/task/*/status"))


def written(pid):
    return int(fields(f"/proc/{pid}/io")["write_bytes"])


def own_bytes(pid):
    return int(fields(f"/proc/{pid}/status")["RssAnon"].split()[0]) * 1024


def quiet(server, seconds):
    """(wake-ups a second, bytes written)"""
    span = threading.Event()  # never set: what is measured is a span of time
    span.wait(3)  # until nothing of the start is left to do
    before, bytes_before, begun = wakes(server.pid), written(server.pid), time.monotonic()
    span.wait(seconds)
    return (wakes(server.pid) - before) / (time.monotonic() - begun), written(server.pid) - bytes_before


def loaded(stand, server, events):
    """The most memory of its own while it takes and folds so many."""
    most, ended = [own_bytes(server.pid)], threading.Event()

    def look():
        while not ended.wait(0.05):
            most.append(own_bytes(server.pid))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        stand.run([stand.program("bench_line"), server.base, events], seconds=600, server=server)
    finally:
        ended.set()
        watcher.join()
    return max(most)


def starts(stand, folder):
    samples = []
    log = os.path.join(folder, "serve.log")
    for _ in range(stand.rounds):
        if os.path.exists(log):
            os.remove(log)  # the last one's `ready` is in it
        with stand.serve(folder) as server:
            samples.append(server.ready_s)
    return samples


def run(stand):
    events = stand.choose(10_000_000, 1_000_000)
    with stand.folder() as folder:
        yield Row("the program, stripped", "MiB", False, [binary_bytes(stand, folder) / MIB], command=COMMAND)
        first = starts(stand, folder)
        yield Row("start to ready, empty", "s", False, first, command=COMMAND)
        os.remove(os.path.join(folder, "serve.log"))
        with stand.serve(folder) as server:
            wake_rate, wrote = quiet(server, stand.choose(30, 15))
            idle = own_bytes(server.pid)
            load = loaded(stand, server, events)
        yield Row("idle", "wake-ups/s", False, [wake_rate], target=at_most(5), command=COMMAND)
        yield Row("idle, written", "bytes", False, [wrote], target=at_most(0), command=COMMAND)
        yield Row("memory of its own, idle", "MiB", False, [idle / MIB], command=COMMAND,
                  note="31 MiB of it are the identity window of 2,000,000 events, taken at the start.")
        yield Row("memory of its own, under load", "MiB", False, [load / MIB], target=at_most(128), command=COMMAND,
                  reason="31 MiB are the identity window's. The rest is in regions of up to 15 MiB that fill once; whose was not taken "
                         "apart.")
        counted = allocations.measure(stand, stand.program("libcount_allocations.so"))
        yield Row("taken from the heap by its own code, steady", "calls for 1,000 events", False, [counted["own"]], target=at_most(0),
                  command=COMMAND, note=f"{counted['start']:,} until it was ready; then {allocations.WARM:,} events of the mix to warm up and "
                  f"{allocations.COUNTED:,} counted, by a library loaded before the program")
        yield Row("taken from the heap by libraries, steady", "calls for 1,000 events", False, [counted["libraries"]], command=COMMAND,
                  note="ZeroMQ's messages above all")
        yield Row(f"start to ready at {events:,} events", "s", False, starts(stand, folder), target=at_most(2), command=COMMAND,
                  note="The identity window is made anew of the journal's newest 2,000,000 events, each record's checksum checked: "
                       "some 600 MB by reckoning.",
                  reason="A start after others took less than half as long as the first; a third of its samples were checksums, a seventh "
                         "entering events into the window.")
