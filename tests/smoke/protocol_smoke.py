#!/usr/bin/python3
"""An outsider talks to Manyi: written from schemas/PROTOCOL.md alone, with Debian's python3-zmq and python3-msgpack.

Starts `$MANYI serve` on an empty directory and goes through the protocol, port by port: publish by REQ, by DEALER and in
a session; a duplicate, a gap, a refused event; read the journal; subscribe, lose frames on purpose, heal; follow a
complaint's escalations and acknowledge one. Every answer is asserted.
"""
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

import msgpack
import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from ports import free_base_port  # noqa: E402

MANYI = os.environ.get("MANYI", "build/manyi")
START_SECONDS = 60
PATIENCE_SECONDS = 20
CHANNELS = ["complaint", "escalation", "task", "system"]
DESK = "/stores/sh-pudong/service/desk-1"
RFC3339_MS = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

context = zmq.Context()
steps = 0


def step(text):
    global steps
    steps += 1
    print(f"{steps:2d}. {text}", flush=True)


def equal(got, expected, what):
    assert got == expected, f"{what}: got {got!r}, expected {expected!r}"


def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def unpack(data):
    return msgpack.unpackb(data, raw=False, strict_map_key=True, timestamp=0)


# ---- the server -----------------------------------------------------------------------------------------------------


class Server:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="manyi-smoke-")
        self.base = free_base_port()
        command = [MANYI, "serve", "--dir", os.path.join(self.dir, "data"), "--base-port", str(self.base)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.is_ready = threading.Event()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        if not self.is_ready.wait(START_SECONDS) or self.process.poll() is not None:
            raise AssertionError("no line that ends in `ready`:\n" + "".join(self.lines))

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line)
            if line.rstrip().endswith("ready"):
                self.is_ready.set()
        self.is_ready.set()

    def endpoint(self, offset):
        return f"tcp://127.0.0.1:{self.base + offset}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE_SECONDS)
        self.reader.join(PATIENCE_SECONDS)
        return code

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


# ---- sockets --------------------------------------------------------------------------------------------------------


class Req:
    """A REQ socket: the delimiter comes and goes by itself."""

    def __init__(self, endpoint):
        self.socket = context.socket(zmq.REQ)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(endpoint)

    def send(self, *frames):
        self.socket.send_multipart(frames)

    def receive(self):
        assert self.socket.poll(PATIENCE_SECONDS * 1000), "no reply"
        verb, body = self.socket.recv_multipart()
        return verb.decode("ascii"), unpack(body)

    def ask(self, verb, body):
        self.send(verb.encode("ascii"), pack(body))
        return self.receive()


class Dealer(Req):
    """A DEALER socket: sends and receives the delimiter, and may have many requests unanswered."""

    def __init__(self, endpoint):
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(endpoint)

    def send(self, *frames):
        self.socket.send_multipart([b"", *frames])

    def receive(self):
        assert self.socket.poll(PATIENCE_SECONDS * 1000), "no reply"
        delimiter, verb, body = self.socket.recv_multipart()
        equal(delimiter, b"", "delimiter of a reply")
        return verb.decode("ascii"), unpack(body)


def expect(answer, verb):
    equal(answer[0], verb, f"verb of {answer[1]!r}")
    return answer[1]


def refused(answer, code):
    body = expect(answer, "NAK")
    equal(body["code"], code, "code of a NAK")
    assert body["message"], "a NAK says why"
    return body


# ---- events ---------------------------------------------------------------------------------------------------------


def timestamp(seconds):
    return msgpack.Timestamp.from_unix(seconds)


def rating(identity, source=DESK, quality=9, when=None):
    return {"id": identity, "source": source, "type": "feedback.rated", "time": timestamp(when or time.time()),
            "data": {"store": "sh-pudong", "department": "service", "channel": "kiosk", "scores": {"quality": quality}}}


def complaint(identity, hours_ago, category):
    return {"id": identity, "source": DESK, "type": "feedback.complained",
            "time": timestamp(time.time() - hours_ago * 3600),
            "data": {"store": "sh-pudong", "department": "service", "channel": "phone", "category": category,
                     "text": "the brakes pull to the left"}}


def decision(identity, kind, subject, **data):
    return {"id": identity, "source": DESK, "type": kind, "subject": subject, "time": timestamp(time.time()), "data": data}


def publish(intake, *events):
    """PUT that must be plainly accepted; the seq of the first."""
    ack = expect(intake.ask("PUT", {"events": list(events)}), "ACK")
    equal(ack["problems"], [], "problems")
    equal(ack["count"], len(events), "count")
    assert ack["head"] >= ack["first"] + len(events) - 1, "head lies behind what was accepted"
    return ack["first"]


# ---- the journal ----------------------------------------------------------------------------------------------------


def crc32c(data):
    """Bit by bit, from the definition: reflected polynomial 0x82F63B78."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def entries_of(record):
    """[(seq, class, session, sequence, event bytes)] of one record, its checksum checked."""
    version, kind, _, count, first, at_ms, length, crc = struct.unpack(">BBHIQQII", record[:32])
    equal(version, 1, "version of a record")
    equal(length, len(record) - 32, "length of a record")
    equal(crc, crc32c(record[:28] + record[32:]), "checksum of a record")
    assert abs(at_ms / 1000 - time.time()) < 3600, "journal time is near the wall's"
    entries, at = [], 32
    for index in range(count):
        session, _, sequence, _, size = struct.unpack(">IIQII", record[at:at + 24])
        entries.append((first + index, kind, session, sequence, record[at + 24:at + 24 + size]))
        at += 24 + size
    equal(at, len(record), "end of the last entry")
    return entries


def journal(feed, kind, after=0):
    """Every entry of a class, as a follower would read them."""
    entries = []
    while True:
        batch = expect(feed.ask("FETCH", {"after": after, "class": kind, "max_bytes": 4096, "wait_ms": 0}), "BATCH")
        for record in batch["records"]:
            entries += [entry for entry in entries_of(record) if entry[0] > after]
        if batch["upto"] >= batch["head"]:
            return entries, batch
        assert batch["upto"] > after, "a follower gets on"
        after = batch["upto"]


# ---- a subscriber ---------------------------------------------------------------------------------------------------


class Subscriber:
    """As PROTOCOL.md has it: wait for the welcome, REPLAY from 0, apply what is higher, REPLAY after a gap."""

    def __init__(self, server, channels):
        self.server = server
        self.live = context.socket(zmq.SUB)
        self.live.setsockopt(zmq.LINGER, 0)
        self.live.connect(server.endpoint(4))
        self.pages = Req(server.endpoint(5))
        self.g = None
        self.n = {}
        self.cards = {channel: [] for channel in channels}  # every card in the order of its n
        self.healed = 0
        self.lose = {}  # channel: so many of the next live cards are thrown away
        self.beats = 0
        for channel in [*channels, "beat"]:
            self.live.setsockopt(zmq.SUBSCRIBE, channel.encode("ascii"))
        waiting = set(channels)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while waiting and time.monotonic() < deadline:
            channel, message = self.next()
            if channel in waiting and message.get("welcome"):
                assert message["n"] >= 0 and message["g"], "a welcome names generation and last n"
                waiting.discard(channel)
        assert not waiting, f"no welcome on {waiting}"
        for channel in channels:
            self.n[channel] = 0
            self.replay(channel)

    def next(self):
        assert self.live.poll(PATIENCE_SECONDS * 1000), "not even a beat"
        channel, body = self.live.recv_multipart()
        return channel.decode("ascii"), unpack(body)

    def replay(self, channel, page=2):
        """Small pages, so that there are several."""
        while True:
            request = {"channel": channel, "after": self.n[channel], "max": page, "rid": [channel, 1]}
            cards = expect(self.pages.ask("REPLAY", request), "CARDS")
            equal(cards["rid"], [channel, 1], "rid")
            self.g = self.g or cards["g"]
            equal(cards["g"], self.g, "generation")
            assert len(cards["cards"]) <= page, "a page has no more than was asked for"
            for card in cards["cards"]:
                self.apply(channel, card)
            assert cards["upto"] >= self.n[channel], "upto is what was looked at"
            self.n[channel] = cards["upto"]
            if not cards["more"]:
                return

    def apply(self, channel, message):
        assert message["n"] > self.n[channel], "cards come in order of n"
        assert RFC3339_MS.match(message["at"]), f"journal time {message['at']!r}"
        assert message["seq"] > 0
        self.n[channel] = message["n"]
        self.cards[channel].append(message["card"])

    def turn(self):
        channel, message = self.next()
        equal(message["g"], self.g, "generation")
        if channel == "beat":
            self.beats += 1
            assert RFC3339_MS.match(message["at"]), f"time of a beat {message['at']!r}"
            for name, last in message["channels"].items():
                if name in self.n and last > self.n[name]:
                    self.heal(name)
        elif message.get("welcome"):
            pass
        elif self.lose.get(channel, 0) > 0:
            self.lose[channel] -= 1
        elif message["n"] == self.n[channel] + 1:
            self.apply(channel, message)
        elif message["n"] > self.n[channel]:
            self.heal(channel)

    def heal(self, channel):
        self.healed += 1
        self.replay(channel)

    def until(self, condition, what):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"{what}: not seen; cards: {self.cards}"
            self.turn()

    def newest(self, channel, identity):
        for card in reversed(self.cards[channel]):
            if card["id"] == identity:
                return card
        return None


# ---- what the outsider does -----------------------------------------------------------------------------------------


def every_port_answers_ping(server):
    for offset, role in [(1, "intake"), (2, "feed"), (3, None), (5, "outlet")]:
        pong = expect(Req(server.endpoint(offset)).ask("PING", {"rid": offset}), "PONG")
        equal(pong["rid"], offset, "rid")
        assert role in (None, pong["role"]), f"port {offset} says {pong['role']}"
    step("every port answers PING")


def publish_by_req(intake):
    first = publish(intake, rating("req-1"))
    for rid in ["text", 7, -1, [1, [2]], {"a": None}, b"\x00\xff", True]:
        ack = expect(intake.ask("PUT", {"events": [rating("req-1")], "rid": rid}), "ACK")
        equal(ack["rid"], rid, "rid")
        equal(ack["count"], 0, "count of a duplicate")
        assert ack.get("first") is None, "nothing was accepted"
        equal([(p["i"], p["duplicate_of"]) for p in ack["problems"]], [(0, first)], "a duplicate is answered by its seq")
        assert ack["problems"][0].get("code") is None, "a duplicate is a success"
    text_time = rating("req-2")
    text_time["time"] = "2026-01-02T03:04:05+08:00"
    ack = expect(intake.ask("PUT", {"events": [text_time]}), "ACK")
    equal(ack["count"], 1, "time as RFC 3339 text")
    step("a REQ publishes; the same event again is answered with its first seq")
    return first


def publish_by_dealer(server, feed):
    intake = Dealer(server.endpoint(1))
    good, late = pack(rating("dealer-1")), rating("dealer-2")
    broken = pack(rating("dealer-3"))[:-4]
    outside = rating("dealer-4", quality=11)
    for rid in range(3):  # unanswered at once
        intake.send(b"PUT", pack({"rid": rid, "events": [rating(f"dealer-many-{rid}")]}))
    equal(sorted(expect(intake.receive(), "ACK")["rid"] for _ in range(3)), [0, 1, 2], "rids of three replies")

    ack = expect(intake.ask("PUT", {"events": [good, broken, outside, late]}), "ACK")
    equal(ack["count"], 2, "events beside two broken ones")
    assert ack["first"] > 0
    problems = {problem["i"]: problem for problem in ack["problems"]}
    equal(sorted(problems), [1, 2], "which were refused")
    equal(problems[1]["code"], "E1101", "a truncated event")
    equal((problems[2]["code"], problems[2]["field"]), ("E1203", "data.scores.quality"), "a score of 11")
    kept = expect(feed.ask("GET", {"what": "quarantine"}), "ROWS")["rows"]
    kept = {row["key"]: row for row in kept}
    equal(kept[problems[1]["quarantine"]]["bytes"], broken, "the broken bytes are kept")
    equal(kept[problems[2]["quarantine"]]["code"], "E1203", "with the reason")
    again = expect(intake.ask("PUT", {"events": [outside]}), "ACK")["problems"][0]
    equal(again["quarantine"], problems[2]["quarantine"], "the same bytes again are the same row")
    step("a DEALER publishes beside broken events, which are refused alone and kept")


def wrong_requests(server):
    intake = Dealer(server.endpoint(1))
    refused(intake.ask("PUSH", {}), "E1302")
    refused(intake.ask("PUT", {"event": []}), "E1303")
    intake.send(b"PUT", b"\xc1 no MessagePack")
    refused(intake.receive(), "E1303")
    intake.send(b"PUT", pack({"events": []}), b"one frame too many")
    if intake.socket.poll(500):
        refused(intake.receive(), "E1301")
    many = [pack(rating("many"))] * 4097
    refused(intake.ask("PUT", {"events": many}), "E1304")
    forged = rating("forged")
    forged["type"] = "complaint.changed"
    ack = expect(intake.ask("PUT", {"events": [forged]}), "ACK")
    equal(ack["problems"][0]["code"], "E1211", "a consequence from outside")
    refused(Req(server.endpoint(5)).ask("REPLAY", {"channel": "weather", "after": 0}), "E1303")
    refused(Req(server.endpoint(2)).ask("FETCH", {"after": -1}), "E1303")
    expect(intake.ask("PING", {}), "PONG")
    step("wrong requests get their code, and the connection lives")


def publish_in_a_session(server):
    source = "/stores/sh-pudong/service/bay-03"
    intake = Dealer(server.endpoint(1))
    refused(intake.ask("PUT", {"source": source, "epoch": 1, "first": 1, "events": [rating("s-1", source)]}), "E1307")
    hello = {"source": source, "instance": "bay-03-pid-1"}
    welcome = expect(intake.ask("HELLO", hello), "WELCOME")
    equal(welcome["last"], 0, "a new session's last")
    assert welcome["credit"] > 0 and welcome["max_events"] >= 1 and welcome["max_bytes"] >= 65536
    epoch = welcome["epoch"]

    def put(first, *events, at_epoch=None):
        body = {"source": source, "epoch": at_epoch or epoch, "first": first, "events": list(events)}
        return intake.ask("PUT", body)

    ack = expect(put(1, rating("s-1", source), rating("s-2", source)), "ACK")
    equal(ack["count"], 2, "the first two of a session")
    first = ack["first"]
    ack = expect(put(1, rating("s-1", source), rating("s-2", source)), "ACK")
    equal(ack["count"], 0, "the same sequences again")
    equal([p["duplicate_of"] for p in ack["problems"]], [first, first + 1], "are duplicates, answered as success")
    equal(refused(put(5, rating("s-5", source)), "E1306")["expected"], 3, "a gap names the sequence to resend from")
    ack = expect(put(3, rating("s-3", source, quality=99), rating("s-4", source)), "ACK")
    equal((ack["count"], ack["problems"][0]["code"]), (1, "E1203"), "a refused event")
    ack = expect(put(5, rating("s-5", source)), "ACK")
    equal(ack["count"], 1, "the refused event has consumed its sequence")

    welcome = expect(intake.ask("HELLO", hello), "WELCOME")
    assert welcome["epoch"] > epoch, "each HELLO raises the epoch"
    equal((welcome["last"], welcome["last_id"]), (5, "s-5"), "where the session stands")
    refused(put(6, rating("s-6", source), at_epoch=epoch), "E1305")
    ack = expect(put(6, rating("s-6", source), at_epoch=welcome["epoch"]), "ACK")
    equal(ack["count"], 1, "the newer epoch publishes")
    step("a session: contiguous, a duplicate, a gap, a refused event, fenced")


def read_the_journal(feed, first):
    entries, batch = journal(feed, "any")
    equal([entry[0] for entry in entries], list(range(1, batch["head"] + 1)), "seq is dense from 1")
    outside, _ = journal(feed, "outside")
    assert {entry[1] for entry in outside} == {0}, "outside events only"
    seq, _, session, _, data = next(entry for entry in outside if entry[0] == first)
    event = unpack(data)
    equal((event["id"], event["source"], session), ("req-1", DESK, 0), "what was published, as it was")
    rows = expect(feed.ask("GET", {"what": "event", "seq": seq}), "ROWS")["rows"]
    equal(rows[0]["event"], data, "GET event gives the same bytes")
    in_session = [entry[3] for entry in outside if unpack(entry[4])["id"].startswith("s-")]
    equal(in_session, [1, 2, 4, 5, 6], "sequences of the session; 3 was refused")
    began = time.monotonic()
    fetch = {"after": batch["head"] + 1000, "class": "outside", "wait_ms": 300}
    equal(expect(feed.ask("FETCH", fetch), "BATCH")["records"], [], "nothing after the end")
    assert time.monotonic() - began >= 0.25, "it was parked"
    step("the journal reads densely, with sound checksums, byte for byte as published")


def follow_a_complaint(server, intake, query):
    board = Subscriber(server, CHANNELS)
    publish(intake, complaint("quiet", 0, "price"))
    board.until(lambda: board.cards["complaint"], "a first card")

    seq = publish(intake, complaint("brakes", 3 + 1 / 60, "safety"))
    case = f"C-{seq}"
    board.until(lambda: (board.newest("complaint", case) or {}).get("level") == 3, "level 3")
    card = board.newest("complaint", case)
    equal((card["grade"], card["status"], card["store"]), ("urgent", "received", "sh-pudong"), "safety is urgent")
    assert "text" not in card and "brakes" not in repr(card), "personal text stands on no card"
    response = next(clock for clock in card["clocks"] if clock["kind"] == "response")
    assert response["breached"], "2 h are over after 3 h"

    def notices():
        return [notice for notice in board.cards["escalation"] if notice["complaint"] == case]

    board.until(lambda: {n["clock"] for n in notices()} == {"response", "plan"}, "notices of both clocks")
    seen = {(n["clock"], n["rung_percent"], n["level"], n["repeat"]) for n in notices()}
    equal(seen, {("response", 150, 3, 0), ("plan", 50, 0, 0)},
          "3 hours are 150 % of 2 and 75 % of 4; a clock that is past fires once, at its highest rung")
    raised = [notice["raised_at"] for notice in notices()]
    equal(raised, sorted(raised), "in the order in which they were raised")
    step("a complaint of 3 hours ago is urgent; its notices come in order: response 150 % at level 3, plan 50 %")
    return board, case


def acknowledge(board, intake, query, case):
    notice = next(n for n in board.cards["escalation"] if n["complaint"] == case and n["clock"] == "response")["id"]
    seq = publish(intake, decision("seen", "escalation.acknowledged", notice, by="li.wei"))
    outcome = expect(query.ask("GET", {"what": "outcome", "seq": seq, "wait_seq": seq}), "ROWS")["rows"][0]
    equal((outcome["outcome"], outcome["subject"]), ("accepted", notice), "what became of it")
    board.until(lambda: board.newest("escalation", notice)["acknowledged_by"] == "li.wei", "the acknowledged notice")

    seq = publish(intake, decision("seen-again", "escalation.acknowledged", notice, by="chen.jie"))
    outcome = expect(query.ask("GET", {"what": "outcome", "seq": seq, "wait_seq": seq}), "ROWS")["rows"][0]
    equal((outcome["outcome"], outcome["code"]), ("rejected", "E1605"), "twice is too often")
    board.until(lambda: any(n.get("seq") == seq for n in board.cards["system"]), "decision.rejected")
    rejection = next(n for n in board.cards["system"] if n.get("seq") == seq)
    equal((rejection["code"], rejection["by"]), ("E1605", "chen.jie"), "the rejection says who and why")
    assert rejection["reason"]
    step("an escalation is acknowledged; a second time is rejected with the reason")


def lose_and_heal(board, intake, query, case):
    board.lose["complaint"] = 1  # in the middle: the next card shows the gap
    publish(intake, decision("n-1", "complaint.noted", case, by="li.wei"))
    publish(intake, decision("a-1", "complaint.acknowledged", case, by="li.wei"))
    board.until(lambda: board.newest("complaint", case)["status"] == "acknowledged", "the card after a lost one")
    equal((board.lose["complaint"], board.healed), (0, 1), "a frame was lost, a REPLAY healed it")

    beats = board.beats
    board.lose["complaint"] = 1  # the last one: only the beat can tell
    seq = publish(intake, decision("p-1", "complaint.planned", case, by="li.wei", measure="replace the pads"))
    board.until(lambda: board.newest("complaint", case)["status"] == "planned", "the last card, which was lost")
    equal((board.lose["complaint"], board.healed), (0, 2), "a frame was lost, a REPLAY healed it")
    assert board.beats > beats, "it was the beat that told"

    rows = expect(query.ask("GET", {"what": "complaint", "id": case, "wait_seq": seq}), "ROWS")["rows"]
    equal(rows[0], board.newest("complaint", case), "the board shows what the query port says")
    late = Subscriber(board.server, ["complaint"])
    equal(late.newest("complaint", case), board.newest("complaint", case), "who joins late has the same card")
    equal(sum(card["id"] == case for card in late.cards["complaint"]), 1, "and each case once")
    step("lost frames heal: in the middle by the gap, at the end by the beat; who joins late has the same cards")


def ask_for_scores(intake, query):
    when = time.time()
    day = time.strftime("%Y-%m-%d", time.gmtime(when + 8 * 3600))  # the policy's zone is Asia/Shanghai
    events = []
    for index, quality in enumerate([10, 9, 8, 9, 10]):
        event = rating(f"score-{index}", quality=quality, when=when)
        event["data"]["store"] = "sh-minhang"
        events.append(event)
    last = publish(intake, *events) + len(events) - 1
    asked = {"what": "scores", "by": "store", "store": "sh-minhang", "period": day, "wait_seq": last}
    reply = expect(query.ask("GET", asked), "ROWS")
    assert reply["seq"] >= last, "read your own writes"
    row = next(row for row in reply["rows"] if row["department"] == "service")
    equal(row["n"], 5, "ratings")
    mean = (10 + 9 + 8 + 9 + 10) / 5  # 9.2
    assert abs(row["dimensions"]["quality"]["mean"] - mean) < 1e-9, row
    assert abs(row["csi"]["value"] - mean * 100) < 1e-6, row
    equal((row["csat"]["share"], row["evidence"]), (1, "show"), "five satisfied of five")
    refused(query.ask("GET", {"what": "weather"}), "E1303")
    step("figures: five ratings of 10 9 8 9 10 make an index of 920")


def run(server):
    every_port_answers_ping(server)
    intake, feed, query = (Req(server.endpoint(offset)) for offset in (1, 2, 3))
    first = publish_by_req(intake)
    publish_by_dealer(server, feed)
    wrong_requests(server)
    publish_in_a_session(server)
    read_the_journal(feed, first)
    board, case = follow_a_complaint(server, intake, query)
    acknowledge(board, intake, query, case)
    lose_and_heal(board, intake, query, case)
    ask_for_scores(intake, query)


def main():
    server = Server()
    try:
        run(server)
        equal(server.stop(), 0, "exit code after SIGTERM")
        step("SIGTERM ends it with 0")
    except BaseException:
        sys.stderr.write("".join(server.lines[-20:]))
        raise
    finally:
        server.kill()
    print(f"protocol_smoke: {steps} steps, every answer as PROTOCOL.md says")


if __name__ == "__main__":
    main()
