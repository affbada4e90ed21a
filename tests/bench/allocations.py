#!/usr/bin/python3
"""How often a loaded server takes memory from the heap, by its own code and by libraries, once it is warm.

Usage: allocations.py MANYI PROGRAMS LIBRARY; ends with 1 when its own code takes any.
"""
import os
import struct
import sys

from stand import Stand

WARM, COUNTED = 300_000, 200_000


def counts(path):
    """(by the program, by libraries), so far"""
    with open(path, "rb") as file:
        return struct.unpack("QQ", file.read(16))


def measure(stand, library):
    """Calls for 1,000 events: {"own", "libraries"}; and how often the program's own code did at its start, which it must."""
    with stand.folder() as folder:
        path = os.path.join(folder, "counts")
        with open(path, "wb") as file:
            file.write(bytes(16))
        with stand.serve(folder, environment={"LD_PRELOAD": library, "COUNT_ALLOCATIONS": path}) as server:
            def take(events, first):
                stand.run([stand.program("bench_line"), server.base, events, "mix", first], server=server)
                return counts(path)
            start = counts(path)
            warm = take(WARM, 0)
            end = take(COUNTED, WARM)
    own, libraries = ((after - before) / COUNTED * 1000 for before, after in zip(warm, end))
    return {"own": own, "libraries": libraries, "start": start[0]}


def main(manyi, programs, library):
    seen = measure(Stand(manyi=manyi, programs=programs), os.path.abspath(library))
    print(f"for 1,000 events: {seen['own']:g} by Manyi's own code, {seen['libraries']:.1f} by libraries; {seen['start']} of its own until ready")
    if seen["start"] == 0 or seen["libraries"] == 0:
        sys.exit("nothing was counted: the library was not loaded")
    if seen["own"] > 0:
        sys.exit("Manyi's own code takes memory in steady state")


if __name__ == "__main__":
    main(*sys.argv[1:])
