#!/usr/bin/python3
"""One byte of the journal rots on the disk: what goes on, what ends with which code, and what everybody is told.

`serve` starts, says volume and seq, and takes new events; a repeat of what is damaged is refused alone, with E1402;
`rebuild` ends with 74 instead of asking for ever.
Usage: MANYI=build/manyi tests/crash/damage_test.py
"""
import os
import subprocess
import sys
import tempfile
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Peer, Server, now_ms, stamp  # noqa: E402


def rating(name):
    return {"id": name, "source": "/tests/damage", "type": "feedback.rated", "time": stamp(now_ms()),
            "data": {"store": "store-1", "department": "service", "channel": "kiosk", "nps": 9}}


def put(peer, *names):
    verb, reply = peer.ask("PUT", {"events": [rating(name) for name in names]})
    assert verb == "ACK", (verb, reply)
    return reply


def spoil(directory, name):
    """Another letter in this event's id, wherever the volume has a copy of its page."""
    path = os.path.join(directory, "journal", "000001", "data.mdb")
    with open(path, "r+b") as file:
        data = file.read()
        at, found = data.find(name.encode()), 0
        while at >= 0:
            file.seek(at)
            file.write(bytes([data[at] ^ 0x01]))
            found += 1
            at = data.find(name.encode(), at + 1)
    assert found > 0, f"{name} is not in {path}"


def said_by(server):
    """What serve has said since it was ready; ends it."""
    server.process.terminate()
    code = server.process.wait(timeout=60)
    said = server.process.stderr.read()
    assert code == 0, f"serve ended with {code}: {said}"
    return said


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-damage-") as top:
        context = zmq.Context()
        server = Server(os.path.join(top, "data")).start()
        peer = Peer(context, server.endpoint(1))
        first = put(peer, "sound-before")["first"]
        damaged = put(peer, "rotten-at-rest")["first"]
        last = put(peer, "sound-after")["first"]
        later = put(peer, "rotten-at-work")["first"]
        put(peer, "sound-at-last")
        server.wait_folded()
        server.stop()
        spoil(server.directory, "rotten-at-rest")

        # It starts, and says what is damaged.
        server = Server(server.directory, base=server.base)
        server.start()
        named = f"volume 000001, at seq {damaged}: a damaged record"
        assert any(named in line for line in server.seen), server.seen
        # What rots while it runs: its repeat is refused alone, and the service lives.
        spoil(server.directory, "rotten-at-work")
        reply = put(peer, "newer", "rotten-at-work", "newest")
        (problem,) = reply["problems"]
        assert reply["count"] == 2 and problem["i"] == 1 and problem["code"] == "E1402", reply
        assert f"volume 000001, at seq {later}" in problem["message"] and "quarantine" not in problem, problem
        assert put(peer, "newest-of-all")["count"] == 1

        # The sound ones are still known.
        assert put(peer, "sound-before")["problems"][0]["duplicate_of"] == first
        assert put(peer, "sound-after")["problems"][0]["duplicate_of"] == last
        assert put(peer, "new")["count"] == 1
        server.wait_folded()
        context.destroy(0)
        said = said_by(server)
        assert said.count("E1402") == 1 and f"volume 000001, at seq {later}" in said, said

        # Nobody can fold what is damaged: rebuild says so and ends.
        begin = time.monotonic()
        out = subprocess.run([MANYI, "rebuild", "--dir", server.directory, "--out", os.path.join(top, "rebuilt")],
                             capture_output=True, text=True, timeout=60)
        took = time.monotonic() - begin
        assert out.returncode == 74, f"{out.returncode}: {out.stdout}{out.stderr}"
        assert "E1402" in out.stderr and f"volume 000001, at seq {damaged}" in out.stderr, out.stderr
        assert not os.path.exists(os.path.join(top, "rebuilt", "state")), "half a state was left behind"
        print(f"damaged at seq {damaged} and {later}: serve lives, rebuild ends with 74 after {took:.1f} s:\n{out.stderr}", end="")


if __name__ == "__main__":
    main()
