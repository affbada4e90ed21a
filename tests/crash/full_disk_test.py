#!/usr/bin/python3
"""A publisher who never waits fills a small disk: it is refused with E1311, and the server never meets the disk's end.

The data directory lies on a tmpfs of 64 MiB, mounted in a mount namespace of this test alone: nothing is left behind. Who
may not mount can't run this test, which then fails and says so.
Usage: MANYI=build/manyi tests/crash/full_disk_test.py
"""
import os
import subprocess
import sys
import tempfile
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import Peer, Server, pack, stamp  # noqa: E402

MIB = 1 << 20
DISK_MIB = 64
RESERVE_MIB = 20
IN_FLIGHT = 16
PUT_EVENTS = 2000
REFUSALS = 200  # in a row: then a HELLO is asked whether there is no room left, or a large turn is still being written
DEADLINE_S = 120


def enter_namespace(top):
    """Runs this script again where it may mount. Exits with that one's code."""
    names = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    try:
        sys.exit(subprocess.run([*names, sys.executable, __file__, top], check=False).returncode)
    except FileNotFoundError:
        sys.exit("full_disk_test: there is no `unshare`: this test can't be run here")


def free_bytes(directory):
    disk = os.statvfs(directory)
    return disk.f_bavail * disk.f_frsize


def put(number):
    """About 0.6 MiB of ratings that nobody sent before."""
    now = stamp(int(time.time() * 1000))
    events = [{"id": f"e-{number}-{i}", "source": "/tests/full", "type": "feedback.rated", "time": now,
               "data": {"store": f"store-{i % 12:02d}", "department": "service", "channel": "kiosk",
                        "staff": f"s-{i % 40}", "comment": "the coffee was cold, the car was clean " * 3,
                        "scores": {"quality": i % 11, "advisor": (i * 7) % 11}, "nps": i % 11}}
              for i in range(PUT_EVENTS)]
    return pack({"rid": number, "events": events})


def publish_until_refused(peer, directory):
    """Many PUTs in flight, no pause, until a HELLO is refused, too. Returns how many events were acknowledged and the least
    that was free."""
    prepared = [put(number) for number in range(130)]  # more than the disk holds, ready beforehand: no pause between them
    accepted, refusals, sent, least = 0, 0, 0, free_bytes(directory)
    flying = 0
    deadline = time.monotonic() + DEADLINE_S
    while True:
        if refusals >= REFUSALS and flying == 0:
            verb, reply = peer.ask("HELLO", {"source": "/tests/full", "instance": "full"})
            if verb == "NAK":
                assert reply["code"] == "E1311", reply
                return accepted, least
            refusals = 0
        while flying < IN_FLIGHT and refusals < REFUSALS:
            peer.send("PUT", prepared[sent % len(prepared)])
            sent += 1
            flying += 1
        verb, reply = peer.receive()
        flying -= 1
        least = min(least, free_bytes(directory))
        if verb == "ACK":
            accepted += reply["count"]
            refusals = 0 if refusals < REFUSALS else refusals
        else:
            assert reply["code"] == "E1311", reply
            refusals += 1
        assert time.monotonic() < deadline, f"not full after {accepted} events"


def main(top):
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "manyi-full", top], check=False)
    if mounted.returncode != 0:
        sys.exit("full_disk_test: a tmpfs can't be mounted: this test needs root, or user namespaces")
    config = os.path.join(top, "manyi.conf")
    directory = os.path.join(top, "data")
    with open(config, "w", encoding="ascii") as file:
        file.write(f"disk_reserve_bytes: {RESERVE_MIB}MiB\n")
    context = zmq.Context()
    server = Server(directory, words=("--config", config)).start()
    peer = Peer(context, server.endpoint(1))
    accepted, least = publish_until_refused(peer, directory)
    assert accepted > 10_000, f"only {accepted} events before the first refusal"
    assert least > RESERVE_MIB * MIB * 3 // 4, f"only {least / MIB:.1f} MiB were left of the reserve"

    server.wait_folded()  # the worker speaks on: the reserve is its own
    (row,) = server.cli("scores", "--by", "group", "--period", time.strftime("%Y"))
    assert row["n"] == accepted, f"{row['n']} ratings counted, {accepted} acknowledged"
    left = free_bytes(directory)
    assert left > 0
    context.destroy(0)
    server.stop()
    print(f"{accepted} events into {DISK_MIB} MiB, then E1311; {least / MIB:.1f} MiB free while publishing, "
          f"{left / MIB:.1f} MiB in the end, of a reserve of {RESERVE_MIB} MiB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory(prefix="manyi-full-") as mount_point:
            enter_namespace(mount_point)
