#!/usr/bin/python3
"""Kills `manyi serve` with SIGKILL amid a load, ten times, while a publisher resends; then recounts everything.

Independent of Manyi's own code: frames by python3-zmq, events by python3-msgpack, recount from the publisher's own list.
Checks: every event counted exactly once in the scores, every open complaint armed, every notice raised once,
`manyi verify` clean, and the state that lived through the kills equal to two rebuilds from the journal.
Usage: MANYI=build/manyi tests/crash/kill_test.py [--events 200000] [--kills 10] [--seed 1]
"""
import argparse
import collections
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Peer, Server, pack, stamp, unpack  # noqa: E402

BATCH = 64
IN_FLIGHT = 8
DEADLINE_S = 240


def make_events(count, rng):
    """Ratings of 12 stores, and one complaint in a thousand, three hours old, so that notices are due at once."""
    now_ms = int(time.time() * 1000)
    events, ratings, complaints = [], 0, 0
    for index in range(count):
        store = f"store-{index % 12:02d}"
        base = {"id": f"e-{index}", "source": "/tests/kill", "time": stamp(now_ms)}
        if index % 1000 == 500:
            complaints += 1
            base["time"] = stamp(now_ms - 3 * 3600 * 1000)
            base.update(type="feedback.complained", data={
                "store": store, "department": "service", "channel": "phone",
                "category": rng.choice(["safety", "price", "attitude"]), "text": "brakes", "customer": f"c-{index}"})
        else:
            ratings += 1
            base.update(type="feedback.rated", data={
                "store": store, "department": "service", "channel": "kiosk", "staff": f"s-{index % 40}",
                "scores": {"quality": rng.randint(0, 10), "advisor": rng.randint(0, 10)}, "nps": rng.randint(0, 10)})
        events.append(pack(base))
    return events, ratings, complaints


class Publisher:
    """A session, written from PROTOCOL.md: window, HELLO after silence, resend from `last` + 1."""

    def __init__(self, context, endpoint, events):
        self.context, self.endpoint, self.events = context, endpoint, events
        self.peer = None
        self.acked = 0
        self.connect()

    def connect(self):
        if self.peer is not None:
            self.peer.close()
        self.peer = Peer(self.context, self.endpoint)
        self.epoch, self.next, self.flying = None, None, collections.deque()
        self.peer.send("HELLO", {"source": "/tests/kill", "instance": "kill-test"})

    def fill(self):
        while self.epoch is not None and len(self.flying) < IN_FLIGHT and self.next <= len(self.events):
            batch = self.events[self.next - 1:self.next - 1 + BATCH]
            self.peer.send("PUT", {"rid": self.next, "source": "/tests/kill", "epoch": self.epoch,
                                   "first": self.next, "events": batch})
            self.flying.append(self.next)
            self.next += len(batch)

    def turn(self):
        """One answer, or a new connection after silence or a gap. Returns how many events are acknowledged."""
        self.fill()
        if not self.peer.socket.poll(2000):
            self.connect()
            return self.acked
        verb, reply = self.peer.receive()
        if verb == "WELCOME":
            assert reply["last"] >= self.acked, f"WELCOME forgot acknowledged events: {reply['last']} < {self.acked}"
            self.epoch, self.acked, self.next = reply["epoch"], reply["last"], reply["last"] + 1
        elif verb == "ACK":
            # Sequences have no gaps: an answer speaks for those before it, whose answers died with the server.
            assert reply["rid"] in self.flying, f"an answer to nothing: {reply['rid']}"
            while self.flying[0] < reply["rid"]:
                self.flying.popleft()
            first = self.flying.popleft()
            assert all(p.get("code") is None for p in reply["problems"]), reply["problems"]
            self.acked = min(first + BATCH - 1, len(self.events))
            assert reply["last"] == self.acked, f"last {reply['last']}, acknowledged {self.acked}"
        elif reply.get("code") == "E1306":  # what flew when the server died is lost: greet again
            self.connect()
        else:
            sys.exit(f"unexpected {verb} {reply}")
        return self.acked


def consequences(context, server):
    """Every consequence in the journal, by FETCH, records taken apart as PROTOCOL.md draws them."""
    feed = Peer(context, server.endpoint(2))
    after = 0
    while True:
        verb, batch = feed.ask("FETCH", {"after": after, "class": "consequence"})
        assert verb == "BATCH", (verb, batch)
        for record in batch["records"]:
            _, kind, _, count, first, _, _, _ = struct.unpack_from(">BBHIQQII", record)
            assert kind == 1
            offset = 32
            for index in range(count):
                length = struct.unpack_from(">IIQII", record, offset)[4]
                offset += 24
                if first + index > after:
                    yield unpack(record[offset:offset + length])
                offset += length
        if batch["upto"] >= batch["head"]:
            feed.close()
            return
        after = batch["upto"]


def state_digest(*words):
    out = subprocess.run([MANYI, *words, "--json"], capture_output=True, text=True, timeout=300)
    assert out.returncode == 0, f"manyi {' '.join(words)}: {out.returncode}\n{out.stdout}{out.stderr}"
    return json.loads(out.stdout)["state_digest"]


def main():
    parser = argparse.ArgumentParser()
    sanitized = bool(os.environ.get("MANYI_SANITIZE"))  # those builds are ten times slower
    parser.add_argument("--events", type=int, default=20_000 if sanitized else 200_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    events, ratings, complaints = make_events(options.events, rng)
    moments = sorted(rng.randrange(options.events // 50, options.events) for _ in range(options.kills))
    deadline = time.time() + DEADLINE_S

    with tempfile.TemporaryDirectory(prefix="manyi-kill-") as top:
        context = zmq.Context()
        server = Server(os.path.join(top, "data"))
        server.start()
        publisher = Publisher(context, server.endpoint(1), events)
        kills = 0
        while publisher.acked < options.events:
            assert time.time() < deadline, f"only {publisher.acked} acknowledged"
            acked = publisher.turn()
            if moments and acked >= moments[0]:
                moments.pop(0)
                server.kill()
                kills += 1
                server.start()
        assert kills == options.kills, f"{kills} kills"
        server.wait_folded()

        (row,) = server.cli("scores", "--by", "group", "--period", time.strftime("%Y"))
        assert row["n"] == ratings, f"{row['n']} ratings counted, {ratings} sent"
        notices, causes = collections.Counter(), collections.Counter()
        for event in consequences(context, server):
            causes[event["id"]] += 1
            card = event["data"]
            if event["type"] == "escalation.raised":
                notices[(card["id"], card["repeat"])] += 1
        assert len(causes) == sum(causes.values()), "a consequence was announced twice"
        assert len(notices) == sum(notices.values()), "a notice was raised twice"
        cards = server.cli("complaints", "--limit", str(complaints + 10))
        assert len(cards) == complaints, f"{len(cards)} complaints, {complaints} sent"
        late = [c for c in cards if c["grade"] == "urgent"]
        for card in late:
            assert notices[(f"E-{card['seq']}-response-150", 0)] == 1, f"{card['id']} has no notice at 150 %"
        context.destroy(0)
        server.stop()

        lived = state_digest("verify", "--dir", server.directory)
        rebuilt = [state_digest("rebuild", "--dir", server.directory, "--out", os.path.join(top, f"rebuilt-{k}")) for k in (1, 2)]
        assert rebuilt[0] == rebuilt[1], f"two rebuilds differ: {rebuilt}"
        assert lived == rebuilt[0], f"the state that lived differs from a rebuild: {lived} {rebuilt[0]}"
        print(f"{options.events} events, {kills} kills: {ratings} ratings counted once, {complaints} complaints, "
              f"{len(late)} urgent, {len(notices)} notices raised once, state {lived[:16]} equal to two rebuilds")


if __name__ == "__main__":
    main()
