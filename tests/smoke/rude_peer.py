#!/usr/bin/python3
"""Peers that take no part in the conversation: one floods and leaves, one asks and never reads. Others notice nothing.

Usage: MANYI=build/manyi tests/smoke/rude_peer.py
"""
import os
import sys
import tempfile
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import Peer, Server, now_ms, pack, stamp  # noqa: E402

FLOOD_S = 3.0
HEARTBEAT_S = 4.0  # twice what a heartbeat on the bound port would take to fall due
STALLED_KIB_MAX = 300 * 1024


def rude(context, endpoint):
    socket = context.socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVHWM, 1)  # else ZeroMQ would read for it
    socket.connect(endpoint)
    return socket


def offer(socket, verb, body, count, seconds):
    """Sends up to count requests for so many seconds, as fast as they are taken; reads nothing."""
    deadline, sent = time.monotonic() + seconds, 0
    while sent < count and time.monotonic() < deadline:
        try:
            socket.send_multipart([b"", verb, body], zmq.NOBLOCK)
            sent += 1
        except zmq.Again:
            socket.poll(10, zmq.POLLOUT)
    return sent


def is_well(server, peer, seconds):
    """PING is answered during so many seconds, and the service is the one that was started."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert server.process.poll() is None, f"serve ended with {server.process.returncode}"
        kind, _ = peer.ask("PING", {})
        assert kind == "PONG"


def a_flood_that_leaves_costs_nobody_the_service(context, server):
    peer, flood = Peer(context, server.endpoint(2)), rude(context, server.endpoint(1))
    sent = offer(flood, b"PUT", pack({"events": [b"\xc1garbage"] * 1000}), 1_000_000, FLOOD_S)
    assert sent > 4000, f"{sent} requests are below the high-water mark"
    flood.close(0)
    is_well(server, peer, HEARTBEAT_S)
    peer.close()


def remarks(first, count):
    return {"events": [{"id": f"r-{first + i}", "source": "/tests/rude", "type": "feedback.rated", "time": stamp(now_ms()),
                        "data": {"store": "sh-pudong", "department": "service", "channel": "kiosk", "overall": 8,
                                 "comment": "x" * 3900}} for i in range(count)]}


def answers_that_nobody_reads_are_not_hoarded(context, server):
    """A thousand requests for 8 MiB each; then a peer that reads gets the same thousand small answers as ever."""
    publisher = Peer(context, server.endpoint(1))
    for lap in range(12):
        kind, ack = publisher.ask("PUT", remarks(lap * 250, 250))
        assert (kind, ack["count"]) == ("ACK", 250), (kind, ack)
    publisher.close()
    stalled = rude(context, server.endpoint(2))
    sent = offer(stalled, b"FETCH", pack({"after": 0, "class": "any", "max_bytes": 8 << 20}), 1000, 20)
    assert sent == 1000
    peer = Peer(context, server.endpoint(2))
    for rid in range(1000):
        peer.send("GET", {"what": "event", "seq": 2 + rid, "rid": rid})
    answered = {peer.receive()[1]["rid"] for _ in range(1000)}
    assert answered == set(range(1000))
    kind, batch = peer.ask("FETCH", {"after": 0, "class": "any", "max_bytes": 8 << 20})
    assert kind == "BATCH" and sum(len(record) for record in batch["records"]) > 4 << 20
    served, deadline = 0, time.monotonic() + 60
    while served < 1000 and time.monotonic() < deadline:
        _, pong = peer.ask("PING", {})
        served = pong["batches"]
        assert server.memory_kib() < STALLED_KIB_MAX, f"{server.memory_kib()} KiB after {served} answers"
    assert pong["dropped_replies"] > 900, pong
    stalled.close(0)
    peer.close()


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-rude-") as top:
        context = zmq.Context()
        server = Server(os.path.join(top, "stalled")).start()
        answers_that_nobody_reads_are_not_hoarded(context, server)
        server.stop()
        server = Server(os.path.join(top, "flood")).start()
        a_flood_that_leaves_costs_nobody_the_service(context, server)
        server.stop()
        context.destroy(0)
    print("a flood that left and a thousand unread answers: others were served")


if __name__ == "__main__":
    main()
