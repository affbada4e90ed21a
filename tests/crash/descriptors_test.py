#!/usr/bin/python3
"""A crowd takes every descriptor that serve may have: peers who are there already are served on, it is said once, and when the
crowd leaves newcomers get in again. A start with too few is refused with what to do.

Usage: MANYI=build/manyi tests/crash/descriptors_test.py
"""
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Peer, Server, now_ms, stamp  # noqa: E402

DESCRIPTORS = 256  # the least that a start accepts
CROWD = 400
WARNING = "hardly any file descriptor is left"
DEADLINE_S = 40
WATCH_S = 2.0


class SmallServer(Server):
    """May have few descriptors. Keeps everything that it says."""

    def start_with(self, count):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
        self.process = subprocess.Popen([MANYI, "serve", "--dir", self.directory, "--base-port", str(self.base)], preexec_fn=limit,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.seen = []
        self.reader = threading.Thread(target=lambda: self.seen.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def said(self, text):
        return sum(text in line for line in list(self.seen))

    def wait_said(self, text):
        deadline = time.monotonic() + DEADLINE_S
        while not self.said(text):
            assert time.monotonic() < deadline, f"never said {text!r}: {self.seen}"
            assert self.process.poll() is None or self.said(text), f"ended with {self.process.returncode}: {self.seen}"
            time.sleep(0.02)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def processor_share(self):
        """Of one processor, over a while in which nobody asks anything."""
        def used():
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        before, begun = used(), time.monotonic()
        threading.Event().wait(WATCH_S)
        return (used() - before) / (time.monotonic() - begun)


def put(peer, number):
    verb, ack = peer.ask("PUT", {"events": [{"id": f"e-{number}", "source": "/tests/crowd", "type": "feedback.rated", "time": stamp(now_ms()),
                                             "data": {"store": "s", "department": "service", "channel": "kiosk", "overall": 9}}]})
    assert (verb, ack["count"]) == ("ACK", 1), (verb, ack)


def crowd_in(context, server):
    """Until the server has as many descriptors as it may have."""
    crowd = [Peer(context, server.endpoint(1 + number % 3)) for number in range(CROWD)]
    deadline = time.monotonic() + DEADLINE_S
    while server.descriptors() < DESCRIPTORS:
        assert time.monotonic() < deadline, f"only {server.descriptors()} descriptors are taken"
        time.sleep(0.02)
    return crowd


def newcomer_served(context, server):
    deadline = time.monotonic() + DEADLINE_S
    while True:
        peer = Peer(context, server.endpoint(3))
        peer.send("PING", {})
        if peer.socket.poll(1000):
            peer.close()
            return
        peer.close()
        assert time.monotonic() < deadline, "newcomers find no room, though the crowd has left"


def refused_start(top):
    server = SmallServer(os.path.join(top, "few"))
    server.start_with(DESCRIPTORS - 1)
    code = server.process.wait(DEADLINE_S)
    server.reader.join(DEADLINE_S)
    said = "".join(server.seen)
    assert code == 69 and re.search(r"^manyi: E1414 .*needs at least 256.* Fix: .*ulimit", said, re.M), f"{code}: {said}"
    assert not os.path.exists(server.directory), "a start that was refused left its folder"


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory(prefix="manyi-crowd-") as top:
        refused_start(top)
        server = SmallServer(os.path.join(top, "data"))
        server.start_with(DESCRIPTORS)
        server.wait_said(": ready")
        old, strangers = zmq.Context(), zmq.Context()
        strangers.set(zmq.MAX_SOCKETS, 4 * CROWD)
        publisher, board = Peer(old, server.endpoint(1)), Peer(old, server.endpoint(3))
        put(publisher, 0)
        crowd = crowd_in(strangers, server)
        server.wait_said(WARNING)
        for number in range(1, 20):
            put(publisher, number)
            verb, _ = board.ask("PING", {})
            assert verb == "PONG", verb
        share = server.processor_share()
        for peer in crowd:
            peer.close()
        newcomer_served(old, server)
        calm = server.processor_share()
        assert calm < 0.5, f"{calm:.0%} of a processor after the crowd has left"
        assert server.said(WARNING) == 1, server.seen
        assert server.process.poll() is None
        for context in (old, strangers):
            context.destroy(0)
        server.process.terminate()
        assert server.process.wait(DEADLINE_S) == 0, server.seen
    print(f"a crowd of {CROWD} with {DESCRIPTORS} descriptors: old peers served on, said once, newcomers again afterwards; "
          f"{share:.0%} of a processor while it is there, {calm:.0%} after it")


if __name__ == "__main__":
    main()
