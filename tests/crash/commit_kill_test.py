#!/usr/bin/python3
"""Kills `manyi serve` at every commit: before, within and after the n-th write and sync of journal, state and outlet.

A preloaded library (tests/fault) counts the calls and kills. One publisher has a session and resends what it doesn't know to
be on disk; another has none and sends again, event by event, whatever was not acknowledged. After the last kill everything is
recounted: each acknowledged event once in the journal, under the seq that was told; scores equal to the publishers' own
recount; each consequence once; `manyi verify` clean; the state that lived through it all equal to a rebuild. Before that,
first starts in an empty directory are killed at calls of all kinds.
Usage: MANYI=build/manyi MANYI_TESTS=build/tests tests/crash/commit_kill_test.py [--kills 60] [--seed 1] [--json]
"""
import argparse
import collections
import json
import os
import random
import shutil
import sys
import tempfile
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from faulty import FaultyServer  # noqa: E402
from kill_test import Load, Publisher, check_consequences, check_scores, journal_entries, state_digest  # noqa: E402
from served import Peer, Server  # noqa: E402

STORES = ("/journal", "/state", "/outlet")
MOMENTS = (("durable", "kill-before"), ("writes", "kill-within"), ("durable", "kill-after"))
BLOCK = 2000  # events that a load grows by
KILL_WAIT_S = 60
FIRST_CALLS = 110  # of a first start that touch files
STARTED_AGAIN = 3


class Resender:
    """No session: PUTs of a few events, several in flight, each sent again until it is acknowledged."""

    def __init__(self, context, endpoint, load, batch=3, in_flight=4):
        self.context, self.endpoint, self.load, self.batch, self.in_flight = context, endpoint, load, batch, in_flight
        self.seqs = {}  # number of an acknowledged event -> its seq
        self.next, self.flying, self.peer = 0, collections.OrderedDict(), None
        self.connect()

    def connect(self):
        if self.peer is not None:
            self.peer.close()
        self.peer = Peer(self.context, self.endpoint)
        for first in self.flying:
            self.put(first)

    def put(self, first):
        self.peer.send("PUT", {"rid": first, "events": self.load.events[first:self.flying[first]]})

    def fill(self):
        """What is acknowledged already is passed over."""
        while len(self.flying) < self.in_flight and self.next < len(self.load.events):
            first = self.next
            while self.next - first < self.batch and self.next < len(self.load.events) and self.next not in self.seqs:
                self.next += 1
            if self.next > first:
                self.flying[first] = self.next
                self.put(first)
            else:
                self.next += 1

    def take(self):
        """Takes one answer, and notes under which seq each event stands."""
        verb, ack = self.peer.receive()
        assert verb == "ACK", (verb, ack)
        first = ack["rid"]
        known = {problem["i"]: problem["duplicate_of"] for problem in ack["problems"]}
        assert all(known.values()), ack["problems"]
        seq = ack["first"]
        for index in range(self.flying.pop(first) - first):
            if index in known:
                self.seqs[first + index] = known[index]
            else:
                self.seqs[first + index], seq = seq, seq + 1


class Both:
    """Two loads as one, for the recount."""

    def __init__(self, loads):
        self.loads, self.complaints = loads, sum(load.complaints for load in loads)

    def recount(self):
        rows = collections.defaultdict(lambda: [0, 0])
        for load in self.loads:
            for key, (n, quality) in load.recount().items():
                rows[key] = [rows[key][0] + n, rows[key][1] + quality]
        return rows


class Line:
    """A server that dies, and the two publishers that go on."""

    def __init__(self, context, server, rng, block=BLOCK):
        self.server = server
        self.loads = [Load(block, rng, "/tests/commit/session", 100), Load(block, rng, "/tests/commit/each", 100, amends=False)]
        self.publisher = Publisher(context, server.endpoint(1), self.loads[0], batch=4, in_flight=3)
        self.resender = Resender(context, server.endpoint(1), self.loads[1])
        self.poller = None
        self.connect()

    def connect(self):
        self.publisher.connect()
        self.resender.connect()
        self.poller = zmq.Poller()
        for one in (self.publisher, self.resender):
            self.poller.register(one.peer.socket, zmq.POLLIN)

    def turn(self, wait_ms):
        """Sends, and takes what has been answered within wait_ms."""
        self.publisher.fill()
        self.resender.fill()
        ready = dict(self.poller.poll(wait_ms))
        if self.publisher.peer.socket in ready:
            peer = self.publisher.peer
            self.publisher.turn()
            if self.publisher.peer is not peer:  # greeted anew after a gap
                self.poller.unregister(peer.socket)
                self.poller.register(self.publisher.peer.socket, zmq.POLLIN)
        if self.resender.peer.socket in ready:
            self.resender.take()

    def until_killed(self):
        """There is always something to send."""
        deadline = time.monotonic() + KILL_WAIT_S
        while self.server.process.poll() is None:
            assert time.monotonic() < deadline, f"not killed by {self.server.plan}"
            self.turn(50)
            if self.publisher.acked > len(self.loads[0].events) - BLOCK // 2:
                self.loads[0].grow(BLOCK)
            if self.resender.next > len(self.loads[1].events) - BLOCK // 2:
                self.loads[1].grow(BLOCK)

    def until_done(self):
        deadline = time.monotonic() + KILL_WAIT_S * 4
        while self.publisher.acked < len(self.loads[0].events) or len(self.resender.seqs) < len(self.loads[1].events):
            assert time.monotonic() < deadline, (self.publisher.acked, len(self.resender.seqs))
            self.turn(1000)

    def events(self):
        return sum(len(load.events) for load in self.loads)


def first_plans(times):
    """Where first starts are killed: at every file that is opened, being empty at first, and at calls of all kinds."""
    opened = [("open", number, "kill-after", "data.mdb") for number in range(1, times // 2 + 1)]
    step = max(1, FIRST_CALLS // (times - len(opened)))
    return opened + [("files", 1 + number * step, "kill-after") for number in range(times - len(opened))]


def kill_first_starts(top, times):
    """Killed in the middle of a first start, the next start is sound, whatever had been made by then."""
    kills = 0
    for plan in first_plans(times):
        server = FaultyServer(os.path.join(top, "first", "data"), watched=os.path.join(top, "first"))
        os.mkdir(server.watched)
        server.start_plan(*plan)
        if server.wait_ready():
            server.stop()
        else:
            kills += 1
            Server.start(server).stop()
            state_digest("verify", "--dir", server.directory)
        server.remove()
    return kills


def check_rebuild(server, top):
    """The state that lived and one folded anew are the same. A deadline that passed after the last fold is folded first."""
    out = os.path.join(top, "rebuilt")
    for _ in range(STARTED_AGAIN):
        lived = state_digest("verify", "--dir", server.directory)
        rebuilt = state_digest("rebuild", "--dir", server.directory, "--out", out)
        shutil.rmtree(out)
        if lived == rebuilt:
            return lived
        server.start()
        server.wait_folded()
        server.stop()
    sys.exit(f"the state that lived differs from a rebuild: {lived} {rebuilt}")


def check_line(context, line, top):
    """All that must be true once both publishers know that everything is on disk: events lost and doubled are counted, and
    while there are any, nothing else is looked at. Stops the server."""
    server = line.server
    server.wait_folded()
    lost, doubled = check_journal(context, server, line)
    if lost or doubled:
        server.stop()
        return lost, doubled, 0, 0, "not looked at"
    check_scores(server, Both(line.loads))
    notices, urgent = check_consequences(context, server, Both(line.loads))
    server.stop()
    return lost, doubled, notices, urgent, check_rebuild(server, top)


def check_journal(context, server, line):
    """Every event of both publishers is in the journal once, and where its acknowledgement said."""
    places, lost, doubled = collections.defaultdict(list), 0, 0
    for seq, event in journal_entries(context, server, "outside"):
        if event["source"].startswith("/tests/commit"):
            places[event["source"], event["id"]].append(seq)
    for load in line.loads:
        for number in range(len(load.events)):
            found = places.pop((load.source, f"e-{number}"), [])
            lost += not found
            doubled += len(found) > 1
            if load is line.loads[1] and found:
                assert line.resender.seqs[number] == found[0], f"e-{number}: told {line.resender.seqs[number]}, is {found}"
    assert not places, f"nobody sent {list(places)[:5]}"
    return lost, doubled


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="manyi-commit-") as top:
        kills = kill_first_starts(top, max(4, options.kills // 5))
        first_starts = kills
        context = zmq.Context()
        server = FaultyServer(os.path.join(top, "data"), watched=top)
        line = Line(context, server, rng)
        while kills < options.kills:
            number, store, (call, do) = (kills - first_starts) // 9 + 1, STORES[kills % 3], MOMENTS[kills // 3 % 3]
            server.start_plan(call, number, do, store)
            line.connect()
            line.until_killed()
            server.bury()
            kills += 1
        Server.start(server)
        line.connect()
        line.until_done()
        lost, doubled, notices, urgent, lived = check_line(context, line, top)
        context.destroy(0)
    seconds = time.monotonic() - began
    print(f"{kills} kills ({first_starts} of first starts) amid {line.events()} events: {lost} lost, {doubled} doubled, {urgent} urgent "
          f"complaints and {notices} notices told once, state {lived[:16]} equal to a rebuild, {seconds:.0f} s")
    if options.json:
        print(json.dumps({"part": "kills", "kills": kills, "events": line.events(), "lost": lost, "doubled": doubled,
                          "seconds": round(seconds, 1)}))
    sys.exit(1 if lost or doubled else 0)


if __name__ == "__main__":
    main()
