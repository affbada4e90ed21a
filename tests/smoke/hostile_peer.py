#!/usr/bin/python3
"""What a hostile or broken peer sends, and what it gets: an answer with the cause, or silence; the service stays well.

Usage: MANYI=build/manyi tests/smoke/hostile_peer.py
"""
import os
import random
import sys
import tempfile

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import Peer, Server, now_ms, pack, stamp  # noqa: E402

DAY_MS = 24 * 3600 * 1000


def rating(number, **data):
    return {"id": f"r-{number}", "source": "/tests/hostile", "type": "feedback.rated", "time": stamp(now_ms()),
            "data": {"store": "sh-pudong", "department": "service", "channel": "kiosk", "overall": 8, **data}}


def nested(depth):
    value = 1
    for _ in range(depth):
        value = {"deeper": value}
    return value


def duplicate_key_event():
    """The key `overall` twice, packed by hand: the packer wouldn't write that."""
    head = {"id": "twice", "source": "/tests/hostile", "type": "feedback.rated"}
    data = b"\x85" + pack("store") + pack("a") + pack("department") + pack("service") + pack("channel") + pack("kiosk") \
        + (pack("overall") + pack(3)) * 2
    return b"\x84" + b"".join(pack(k) + pack(v) for k, v in head.items()) + pack("data") + data


def refused_events():
    """Name, the event's bytes, code, field: one row a case."""
    good = pack(rating("cut"))
    bad_utf8 = pack(rating("utf8", staff="XXXX")).replace(b"XXXX", b"\xff\xfe\xfd\xfc")
    future = rating("future")
    future["time"] = stamp(now_ms() + 2 * DAY_MS)
    no_source = rating("anonymous")
    del no_source["source"]
    consequence = rating("forged")
    consequence["type"] = "complaint.changed"
    forged = rating("forged-source")
    forged["source"] = "/manyi/worker"
    tick = {"id": "tick", "source": "/tests/hostile", "type": "clock.ticked", "data": {}}
    return [
        ("truncated", good[:-3], "E1101", None),
        ("over-deep", pack(rating("deep", extra=nested(12))), "E1103", None),
        ("over-long text", pack(rating("long", comment="x" * 4001)), "E1206", "data.comment"),
        ("larger than 64 KiB", pack(rating("huge", unknown="x" * 70_000)), "E1104", None),
        ("a key twice", duplicate_key_event(), "E1105", "data.overall"),
        ("a number as text", pack(rating("text", overall="8")), "E1202", "data.overall"),
        ("not a number", pack(rating("nan", overall=float("nan"))), "E1204", "data.overall"),
        ("bad UTF-8", bad_utf8, "E1106", "data.staff"),
        ("score above 10", pack(rating("eleven", overall=11)), "E1203", "data.overall"),
        ("two days ahead", pack(future), "E1209", "time"),
        ("no source", pack(no_source), "E1201", "source"),
        ("unknown channel", pack(rating("channel", channel="pigeon")), "E1205", "data.channel"),
        ("no figure", pack({k: v for k, v in rating("none").items() if k != "data"}
                           | {"data": {"store": "s", "department": "service", "channel": "kiosk"}}), "E1210", None),
        ("a consequence", pack(consequence), "E1211", None),
        ("the worker's source", pack(forged), "E1212", None),
        ("a tick", pack(tick), "E1213", None),
        ("a map that claims 4 G", b"\xdf\xff\xff\xff\xff", "E1101", None),
        ("not a map", pack([1, 2, 3]), "E1102", None),
        ("nothing", b"", "E1101", None),
    ]


def check_refusals(peer):
    cases = refused_events()
    events = []
    for number, (_, event, _, _) in enumerate(cases):
        events += [pack(rating(f"good-{number}")), event]
    verb, ack = peer.ask("PUT", {"events": events})
    assert verb == "ACK", (verb, ack)
    assert ack["count"] == len(cases), f"{ack['count']} of {len(cases)} good ones accepted: {ack['problems']}"
    assert [p["i"] for p in ack["problems"]] == [2 * n + 1 for n in range(len(cases))], ack["problems"]
    for (name, _, code, field), problem in zip(cases, ack["problems"]):
        assert problem["code"] == code, f"{name}: {problem}"
        assert field is None or problem["field"] == field, f"{name}: {problem}"
        assert problem["message"] and problem["quarantine"], f"{name}: {problem}"
    return cases


def check_quarantine(server, feed, cases):
    rows, cursor = [], None
    while True:
        verb, reply = feed.ask("GET", {"what": "quarantine", "cursor": cursor})
        assert verb == "ROWS", (verb, reply)
        rows += reply["rows"]
        cursor = reply.get("cursor")
        if not cursor:
            break
    kept = {row["bytes"] for row in rows}
    for name, event, _, _ in cases:
        assert event in kept, f"{name} is not in the quarantine"
    assert server.cli("status")["intake"]["quarantined"] == len(cases)


def check_kept(peer):
    unknown = {"id": "new", "source": "/tests/hostile", "type": "feedback.sung", "data": {"song": "la"}}
    verb, ack = peer.ask("PUT", {"events": [unknown, rating("stranger", store="nowhere", staff="nobody", colour="red")]})
    assert (verb, ack["count"], ack["problems"]) == ("ACK", 2, []), ack


def check_requests(context, server):
    """Every wrong request is answered with its cause, and the connection lives."""
    for offset in (1, 2, 3, 5):
        peer = Peer(context, server.endpoint(offset))
        for verb, body, code in [("SING", {}, "E1302"), ("PING", b"\xc1", "E1303"), ("PING", b"", "E1303"),
                                 ("PING", pack([1]), "E1303")]:
            kind, reply = peer.ask(verb, body)
            assert (kind, reply["code"]) == ("NAK", code), (offset, verb, body, kind, reply)
            assert reply["message"], reply
        peer.socket.send_multipart([b"", b"PING"])
        kind, reply = peer.receive()
        assert (kind, reply["code"]) == ("NAK", "E1301"), (kind, reply)
        for extra in (1, 3, 40):
            peer.socket.send_multipart([b"", b"PING", pack({}), *[b"x"] * extra])
            kind, reply = peer.receive()
            assert (kind, reply["code"]) == ("NAK", "E1301"), (extra, kind, reply)
        peer.socket.send_multipart([b"no delimiter"])
        peer.socket.send_multipart([b""] * 40)
        peer.send("PING", {"rid": [1, "two"]})
        kind, reply = peer.receive()
        while kind == "NAK":
            kind, reply = peer.receive()
        assert (kind, reply["rid"]) == ("PONG", [1, "two"]), (kind, reply)
        peer.close()
    peer = Peer(context, server.endpoint(1))
    kind, reply = peer.ask("PUT", {"events": [b"x" * (2 * 1024 * 1024)]})
    assert (kind, reply["code"]) == ("NAK", "E1304"), (kind, reply)
    kind, reply = peer.ask("PUT", {"events": [b""] * 5000})
    assert (kind, reply["code"]) == ("NAK", "E1304"), (kind, reply)
    kind, reply = peer.ask("PUT", {"events": "none"})
    assert (kind, reply["code"]) == ("NAK", "E1303"), (kind, reply)
    peer.close()


def check_strict_peers(context, server):
    """A REQ waits for its answer, whatever it sent: one frame too many must not leave it stuck for ever."""
    for offset in (1, 2, 3, 5):
        peer = context.socket(zmq.REQ)
        peer.setsockopt(zmq.LINGER, 0)
        peer.setsockopt(zmq.RCVTIMEO, 10_000)
        peer.connect(server.endpoint(offset))
        for frames, expected in [([b"PUT", pack({}), b"x"], b"NAK"), ([b"PUT"], b"NAK"), ([b""] * 9, b"NAK"),
                                 ([b"PING", pack({})], b"PONG")]:
            peer.send_multipart(frames)
            assert peer.recv_multipart()[0] == expected, (offset, frames)
        peer.close(0)


def check_noise(context, server):
    """Random frames by the thousand: no crash, and memory stays where it was."""
    rng = random.Random(7)
    seeds = [pack({"events": [rating("noise")]}), pack({"what": "complaints"}), pack({"after": 0}),
             pack({"channel": "score", "after": 0})]
    before = None
    for lap in range(6):
        for offset in (1, 2, 3, 5):
            peer = Peer(context, server.endpoint(offset))
            for _ in range(400):
                body = bytearray(rng.choice(seeds))
                for _ in range(rng.randint(1, 6)):
                    body[rng.randrange(len(body))] = rng.randrange(256)
                verb = rng.choice(["PUT", "GET", "FETCH", "REPLAY", "HELLO", "PING"])
                peer.send(verb, bytes(body))
            peer.send("PING", {"rid": "end"})
            while True:
                kind, reply = peer.receive()
                if kind == "PONG" and reply.get("rid") == "end":
                    break
            peer.close()
        if lap == 1:
            before = server.memory_kib()
    grown = server.memory_kib() - before
    assert grown < 32 * 1024, f"memory grew by {grown} KiB"


def check_endless_frames(context, server):
    """A peer that sends MORE frames without end is cut or dropped; others are served."""
    hog = context.socket(zmq.DEALER)
    hog.setsockopt(zmq.LINGER, 0)
    hog.connect(server.endpoint(1))
    for _ in range(20_000):
        hog.send(b"more", zmq.SNDMORE)
    hog.send(b"end")
    peer = Peer(context, server.endpoint(1))
    kind, _ = peer.ask("PING", {})
    assert kind == "PONG"
    peer.close()
    hog.close(0)


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-hostile-") as top:
        server = Server(os.path.join(top, "data")).start()
        context = zmq.Context()
        peer, feed = Peer(context, server.endpoint(1)), Peer(context, server.endpoint(2))
        cases = check_refusals(peer)
        check_quarantine(server, feed, cases)
        check_kept(peer)
        check_requests(context, server)
        check_strict_peers(context, server)
        check_endless_frames(context, server)
        check_noise(context, server)
        good = pack(rating("last"))
        kind, ack = peer.ask("PUT", {"events": [good]})
        assert (kind, ack["count"]) == ("ACK", 1), (kind, ack)
        context.destroy(0)
        server.wait_folded()
        server.stop()
        print(f"{len(cases)} refused events kept and named, wrong requests answered, noise survived")


if __name__ == "__main__":
    main()
