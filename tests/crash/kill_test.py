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
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import msgpack
import zmq

MANYI = os.environ.get("MANYI", "build/manyi")
BATCH = 64
IN_FLIGHT = 8
DEADLINE_S = 240


def free_base_port():
    """A base port whose six ports are free now."""
    for base in range(21000, 29000, 10):
        try:
            for offset in range(6):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue
    sys.exit("no free ports")


class Server:
    def __init__(self, directory, base):
        self.directory, self.base, self.process = directory, base, None

    def start(self):
        self.process = subprocess.Popen(
            [MANYI, "serve", "--dir", self.directory, "--base-port", str(self.base)],
            stderr=subprocess.PIPE, text=True)
        seen = []
        for line in self.process.stderr:
            seen.append(line)
            if line.rstrip().endswith("ready"):
                return
        sys.exit("serve did not become ready:\n" + "".join(seen))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.process.stderr.close()
        assert code == 0, f"serve ended with {code}"


def make_events(count, rng):
    """Ratings of 12 stores, and one complaint in a thousand, three hours old, so that notices are due at once."""
    now_ms = int(time.time() * 1000)
    events, ratings, complaints = [], 0, 0
    for index in range(count):
        store = f"store-{index % 12:02d}"
        base = {"id": f"e-{index}", "source": "/tests/kill", "time": msgpack.Timestamp.from_unix_nano(now_ms * 1_000_000)}
        if index % 1000 == 500:
            complaints += 1
            base["time"] = msgpack.Timestamp.from_unix_nano((now_ms - 3 * 3600 * 1000) * 1_000_000)
            base.update(type="feedback.complained", data={
                "store": store, "department": "service", "channel": "phone",
                "category": rng.choice(["safety", "price", "attitude"]), "text": "brakes", "customer": f"c-{index}"})
        else:
            ratings += 1
            base.update(type="feedback.rated", data={
                "store": store, "department": "service", "channel": "kiosk", "staff": f"s-{index % 40}",
                "scores": {"quality": rng.randint(0, 10), "advisor": rng.randint(0, 10)}, "nps": rng.randint(0, 10)})
        events.append(msgpack.packb(base, use_bin_type=True))
    return events, ratings, complaints


class Publisher:
    """A session, written from PROTOCOL.md: window, HELLO after silence, resend from `last` + 1."""

    def __init__(self, context, endpoint, events):
        self.context, self.endpoint, self.events = context, endpoint, events
        self.socket = None
        self.acked = 0
        self.connect()

    def connect(self):
        if self.socket is not None:
            self.socket.close(0)
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(self.endpoint)
        self.epoch, self.next, self.flying = None, None, collections.deque()
        self.say("HELLO", {"source": "/tests/kill", "instance": "kill-test"})

    def say(self, verb, body):
        self.socket.send_multipart([b"", verb.encode(), msgpack.packb(body, use_bin_type=True)])

    def fill(self):
        while self.epoch is not None and len(self.flying) < IN_FLIGHT and self.next <= len(self.events):
            batch = self.events[self.next - 1:self.next - 1 + BATCH]
            self.say("PUT", {"rid": self.next, "source": "/tests/kill", "epoch": self.epoch, "first": self.next, "events": batch})
            self.flying.append(self.next)
            self.next += len(batch)

    def turn(self):
        """One answer, or a new connection after silence. Returns how many events are acknowledged."""
        self.fill()
        if not self.socket.poll(2000):
            self.connect()
            return self.acked
        _, verb, body = self.socket.recv_multipart()
        reply = msgpack.unpackb(body, timestamp=0, strict_map_key=False)
        if verb == b"WELCOME":
            assert reply["last"] >= self.acked, f"WELCOME forgot acknowledged events: {reply['last']} < {self.acked}"
            self.epoch, self.acked, self.next = reply["epoch"], reply["last"], reply["last"] + 1
        elif verb == b"ACK":
            first = self.flying.popleft()
            assert reply["rid"] == first, f"answer out of order: {reply['rid']} != {first}"
            assert all(p.get("code") is None for p in reply["problems"]), reply["problems"]
            self.acked = min(first + BATCH - 1, len(self.events))
        else:
            sys.exit(f"unexpected {verb!r} {reply}")
        return self.acked


def ask_cli(server, *words):
    out = subprocess.run([MANYI, *words, "--dir", server.directory, "--base-port", str(server.base), "--json"],
                         capture_output=True, text=True, timeout=120)
    assert out.returncode == 0, f"manyi {' '.join(words)}: {out.returncode}\n{out.stderr}"
    return json.loads(out.stdout)


def wait_folded(server, deadline):
    while True:
        status = ask_cli(server, "status")
        if status["worker"]["lag"] == 0 and status["outlet"]["cursor"] >= status["journal"]["head"]:
            return status
        assert time.time() < deadline, f"the worker did not reach the head: {status}"


def consequences(context, base):
    """Every consequence in the journal, by FETCH, records taken apart as PROTOCOL.md draws them."""
    feed = context.socket(zmq.REQ)
    feed.setsockopt(zmq.LINGER, 0)
    feed.connect(f"tcp://127.0.0.1:{base + 2}")
    after = 0
    while True:
        feed.send_multipart([b"FETCH", msgpack.packb({"after": after, "class": "consequence"})])
        assert feed.poll(10000), "the feed does not answer"
        verb, body = feed.recv_multipart()
        assert verb == b"BATCH", (verb, body)
        batch = msgpack.unpackb(body)
        for record in batch["records"]:
            _, kind, _, count, first, _, _, _ = struct.unpack_from(">BBHIQQII", record)
            assert kind == 1
            offset = 32
            for index in range(count):
                _, _, sequence, step, length = struct.unpack_from(">IIQII", record, offset)
                offset += 24
                if first + index > after:
                    yield sequence, step, msgpack.unpackb(record[offset:offset + length], timestamp=0)
                offset += length
        if batch["upto"] >= batch["head"]:
            feed.close(0)
            return
        after = batch["upto"]


def state_digest(*words):
    out = subprocess.run([MANYI, *words, "--json"], capture_output=True, text=True, timeout=300)
    assert out.returncode == 0, f"manyi {' '.join(words)}: {out.returncode}\n{out.stdout}{out.stderr}"
    return json.loads(out.stdout)["state_digest"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    events, ratings, complaints = make_events(options.events, rng)
    moments = sorted(rng.randrange(options.events // 50, options.events) for _ in range(options.kills))
    deadline = time.time() + DEADLINE_S

    with tempfile.TemporaryDirectory(prefix="manyi-kill-") as top:
        context = zmq.Context()
        server = Server(os.path.join(top, "data"), free_base_port())
        server.start()
        publisher = Publisher(context, f"tcp://127.0.0.1:{server.base + 1}", events)
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
        wait_folded(server, deadline)

        (row,) = ask_cli(server, "scores", "--by", "group", "--period", time.strftime("%Y"))
        assert row["n"] == ratings, f"{row['n']} ratings counted, {ratings} sent"
        opened, notices, causes = collections.Counter(), collections.Counter(), collections.Counter()
        for sequence, step, event in consequences(context, server.base):
            causes[event["id"]] += 1
            card = event["data"]
            if event["type"] == "complaint.changed" and len(card["history"]) == 1:
                opened[card["id"]] += 1
            if event["type"] == "escalation.raised":
                notices[(card["id"], card["repeat"])] += 1
        assert len(causes) == sum(causes.values()), "a consequence was announced twice"
        assert len(notices) == sum(notices.values()), "a notice was raised twice"
        cards = ask_cli(server, "complaints", "--limit", str(complaints + 10))
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
