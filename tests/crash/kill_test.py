#!/usr/bin/python3
"""Kills `manyi serve` with SIGKILL amid a load, ten times, while a publisher resends; then recounts everything.

Independent of Manyi's own code: frames by python3-zmq, events by python3-msgpack, recount from the publisher's own list.
Checks: every event counted exactly once in the scores (corrections, retractions and imports included), every notice
raised once, deadlines told after a kill though nothing else happens, `manyi verify` clean (every open complaint armed),
and the state that lived through the kills equal to two rebuilds from the journal.
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
from served import MANYI, Peer, Server, now_ms, pack, stamp, unpack  # noqa: E402

SOURCE = "/tests/kill"
HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
BATCH = 64
IN_FLIGHT = 8
DEADLINE_S = 240


class Load:
    """The events, in order, and what must come of them: an own recount of every rating that still counts.

    amends: with corrections and retractions, which must come after what they are about.
    """

    def __init__(self, count, rng, source=SOURCE, complain_each=1000, amends=True):
        self.rng, self.now_ms, self.events, self.source = rng, now_ms(), [], source
        self.complain_each, self.amends, self.history = complain_each, amends, count // 10
        self.ratings, self.complaints = {}, 0  # event's number -> (store, department, year, quality)
        self.grow(count)

    def grow(self, count):
        for number in range(len(self.events), len(self.events) + count):
            if number % self.complain_each == self.complain_each // 2:
                self.complain(number)
            elif self.amends and number % 50 == 7 and self.ratings:
                self.correct(number)
            elif self.amends and number % 200 == 13 and self.ratings:
                self.retract(number)
            else:
                self.rate(number)

    def add(self, number, kind, at_ms, data):
        self.events.append(pack({"id": f"e-{number}", "source": self.source, "type": kind, "time": stamp(at_ms), "data": data}))

    def complain(self, number):
        """Three hours old, so that notices of the urgent ones are due at once."""
        self.complaints += 1
        self.add(number, "feedback.complained", self.now_ms - 3 * HOUR_MS, {
            "store": f"store-{number % 12:02d}", "department": "service", "channel": "phone", "text": "brakes",
            "category": self.rng.choice(["safety", "price", "attitude"]), "customer": f"c-{number}"})

    def rate(self, number):
        """An import from the last 200 days comes first, and goes on between: score cards by the thousand in one second."""
        historical = number < self.history or number % 10 == 3
        at_ms = self.now_ms - (self.rng.randrange(200) * DAY_MS if historical else 0)
        store, department = f"store-{number % 12:02d}", self.rng.choice(["sales", "service", "support"])
        quality = self.rng.randint(0, 10)
        year = time.gmtime((at_ms + 8 * HOUR_MS) // 1000).tm_year  # the policy's zone is UTC+8
        self.ratings[number] = (store, department, year, quality)
        self.add(number, "feedback.rated", at_ms, {
            "store": store, "department": department, "channel": "kiosk", "staff": f"s-{number % 40}",
            "scores": {"quality": quality, "advisor": 5}, "nps": 7, "historical": historical})

    def correct(self, number):
        of = self.rng.choice(list(self.ratings)[-5000:]) if number % 100 == 7 else next(reversed(self.ratings))
        quality = self.rng.randint(0, 10)
        self.ratings[of] = (*self.ratings[of][:3], quality)
        self.add(number, "feedback.corrected", self.now_ms, {"of": f"e-{of}", "scores": {"quality": quality}})

    def retract(self, number):
        of = next(reversed(self.ratings))
        del self.ratings[of]
        self.add(number, "feedback.retracted", self.now_ms, {"of": f"e-{of}", "reason": "entered twice"})

    def recount(self):
        """(store, department, year) -> ratings and the sum of their quality."""
        rows = collections.defaultdict(lambda: [0, 0])
        for store, department, year, quality in self.ratings.values():
            row = rows[store, department, year]
            row[0], row[1] = row[0] + 1, row[1] + quality
        return rows


class Publisher:
    """A session, written from PROTOCOL.md: window, HELLO after silence, resend from `last` + 1."""

    def __init__(self, context, endpoint, load, batch=BATCH, in_flight=IN_FLIGHT):
        self.context, self.endpoint, self.source, self.events = context, endpoint, load.source, load.events
        self.batch, self.in_flight = batch, in_flight
        self.peer = None
        self.acked = 0
        self.connect()

    def connect(self):
        if self.peer is not None:
            self.peer.close()
        self.peer = Peer(self.context, self.endpoint)
        self.epoch, self.next, self.flying = None, None, collections.deque()
        self.peer.send("HELLO", {"source": self.source, "instance": "kill-test"})

    def fill(self):
        while self.epoch is not None and len(self.flying) < self.in_flight and self.next <= len(self.events):
            batch = self.events[self.next - 1:self.next - 1 + self.batch]
            self.peer.send("PUT", {"rid": self.next, "source": self.source, "epoch": self.epoch,
                                   "first": self.next, "events": batch})
            self.next += len(batch)
            self.flying.append((self.next - len(batch), self.next - 1))

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
            assert any(first == reply["rid"] for first, _ in self.flying), f"an answer to nothing: {reply['rid']}"
            while self.flying[0][0] < reply["rid"]:
                self.flying.popleft()
            assert all(p.get("code") is None for p in reply["problems"]), reply["problems"]
            _, self.acked = self.flying.popleft()
            assert reply["last"] == self.acked, f"last {reply['last']}, acknowledged {self.acked}"
        elif reply.get("code") in ("E1306", "E1305"):
            # What flew when the server died is lost; or an earlier greeting of ours, given up after 2 s, came later than this one.
            self.connect()
        else:
            sys.exit(f"unexpected {verb} {reply}")
        return self.acked


def journal_entries(context, server, wanted):
    """(seq, event) of every entry of class `wanted` in the journal, by FETCH, records taken apart as PROTOCOL.md draws them."""
    feed = Peer(context, server.endpoint(2))
    after = 0
    while True:
        verb, batch = feed.ask("FETCH", {"after": after, "class": wanted})
        assert verb == "BATCH", (verb, batch)
        for record in batch["records"]:
            _, kind, _, count, first, _, _, _ = struct.unpack_from(">BBHIQQII", record)
            assert kind == ["outside", "consequence"].index(wanted)
            offset = 32
            for index in range(count):
                length = struct.unpack_from(">IIQII", record, offset)[4]
                offset += 24
                if first + index > after:
                    yield first + index, unpack(record[offset:offset + length])
                offset += length
        if batch["upto"] >= batch["head"]:
            feed.close()
            return
        after = batch["upto"]


def state_digest(*words):
    out = subprocess.run([MANYI, *words, "--json"], capture_output=True, text=True, timeout=300)
    assert out.returncode == 0, f"manyi {' '.join(words)}: {out.returncode}\n{out.stdout}{out.stderr}"
    return json.loads(out.stdout)["state_digest"]


def check_scores(server, load):
    rows = load.recount()
    for year in {year for _, _, year in rows}:
        told = {(row["store"], row["department"], year): row
                for row in server.cli("scores", "--by", "store", "--period", str(year)) if row["n"]}
        expected = {key: row for key, row in rows.items() if key[2] == year}
        assert told.keys() == expected.keys(), told.keys() ^ expected.keys()
        for key, (n, quality) in expected.items():
            figure = told[key]["dimensions"]["quality"]
            assert (told[key]["n"], figure["n"]) == (n, n), f"{key}: {told[key]['n']} ratings counted, not {n}"
            assert abs(figure["mean"] - quality / n) < 1e-9, f"{key}: quality {figure['mean']}, not {quality / n}"


def check_consequences(context, server, load):
    """Everything was concluded once. Returns how many notices were raised, and how many complaints are urgent."""
    notices, causes = collections.Counter(), collections.Counter()
    for _, event in journal_entries(context, server, "consequence"):
        causes[event["id"]] += 1
        if event["type"] == "escalation.raised":
            notices[event["data"]["id"], event["data"]["repeat"]] += 1
    assert len(causes) == sum(causes.values()), "a consequence was announced twice"
    assert len(notices) == sum(notices.values()), "a notice was raised twice"
    cards = server.cli("complaints", "--limit", str(load.complaints + 10))
    assert len(cards) == load.complaints, f"{len(cards)} complaints, {load.complaints} sent"
    urgent = [card for card in cards if card["grade"] == "urgent"]
    for card in urgent:
        assert notices[f"E-{card['seq']}-response-150", 0] == 1, f"{card['id']} has no notice at 150 %"
    return len(notices), len(urgent)


def check_deadline_after_kill(context, server):
    """A deadline that passes while the server is dead, and one soon after, are told although nothing else happens."""
    peer = Peer(context, server.endpoint(1))
    half_ms = HOUR_MS  # half of an urgent complaint's 2 h response, which passes at night and on Sundays, too
    seqs = []
    for lead_ms in (200, 3000):
        verb, ack = peer.ask("PUT", {"events": [{
            "id": f"late-{lead_ms}", "source": "/tests/kill/late", "type": "feedback.complained",
            "time": stamp(now_ms() - half_ms + lead_ms),
            "data": {"store": "store-00", "department": "sales", "channel": "phone", "category": "safety", "text": "x"}}]})
        assert (verb, ack["count"]) == ("ACK", 1), (verb, ack)
        seqs.append(ack["first"])
    server.kill()
    server.start()
    wanted = {f"E-{seq}-response-50" for seq in seqs}
    deadline = time.monotonic() + 20
    while wanted - {row["id"] for row in server.cli("escalations", "--limit", "20")}:
        assert time.monotonic() < deadline, f"not told within 20 s: {wanted}"


def main():
    parser = argparse.ArgumentParser()
    sanitized = bool(os.environ.get("MANYI_SANITIZE"))  # those builds are ten times slower
    parser.add_argument("--events", type=int, default=20_000 if sanitized else 200_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    load = Load(options.events, rng)
    moments = sorted(rng.randrange(options.events // 50, options.events) for _ in range(options.kills))
    deadline = time.monotonic() + DEADLINE_S

    with tempfile.TemporaryDirectory(prefix="manyi-kill-") as top:
        context = zmq.Context()
        server = Server(os.path.join(top, "data"))
        server.start()
        publisher = Publisher(context, server.endpoint(1), load)
        kills = 0
        while publisher.acked < options.events:
            assert time.monotonic() < deadline, f"only {publisher.acked} acknowledged"
            acked = publisher.turn()
            if moments and acked >= moments[0]:
                moments.pop(0)
                server.kill()
                kills += 1
                server.start()
        assert kills == options.kills, f"{kills} kills"
        server.wait_folded()
        check_scores(server, load)
        notices, urgent = check_consequences(context, server, load)
        check_deadline_after_kill(context, server)
        context.destroy(0)
        server.stop()

        lived = state_digest("verify", "--dir", server.directory)
        rebuilt = [state_digest("rebuild", "--dir", server.directory, "--out", os.path.join(top, f"rebuilt-{k}")) for k in (1, 2)]
        assert rebuilt[0] == rebuilt[1], f"two rebuilds differ: {rebuilt}"
        assert lived == rebuilt[0], f"the state that lived differs from a rebuild: {lived} {rebuilt[0]}"
        print(f"{options.events} events, {kills} kills: {len(load.ratings)} ratings counted once, {load.complaints} complaints, "
              f"{urgent} urgent, {notices} notices raised once, deadlines after a kill told, "
              f"state {lived[:16]} equal to two rebuilds")


if __name__ == "__main__":
    main()
