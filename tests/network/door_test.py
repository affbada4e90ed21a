#!/usr/bin/python3
"""Strangers at the door of a `manyi serve` with keys: refused, on record, and no burden to those inside.

A handshake that was overheard is played again; a key is unknown, is another server's, is revoked while it is in use; ten thousand
connections are begun and never finished.

Usage: MANYI=build/manyi tests/network/door_test.py
"""
import os
import resource
import selectors
import socket
import subprocess
import tempfile
import threading
import time

import zmq

from _keyed import MANYI, KeyedPeer, KeyedServer, people_make, socket_of
from served import now_ms, stamp

HALF_OPEN, PATIENCE_S, ENDED_S = 10_000, 30, 3.0
GREETING = b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x01CURVE".ljust(64, b"\0")  # RFC 23, version 3.1
RISE_KIB_MAX = 200 * 1024


def until(fact, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, fact.__doc__
        time.sleep(0.02)


def rating(name):
    return {"id": name, "source": "/stores/sh-pudong/service/bay-03", "type": "feedback.rated", "time": stamp(now_ms()),
            "data": {"store": "sh-pudong", "department": "service", "channel": "kiosk", "overall": 8}}


def is_accepted(peer, name):
    verb, ack = peer.ask("PUT", {"events": [rating(name)]})
    assert (verb, ack.get("count")) == ("ACK", 1), (verb, ack)


class Relay:
    """Connections to the server, the newest of them overheard."""

    def __init__(self, port):
        self.listener, self.port, self.heard = socket.create_server(("127.0.0.1", 0)), port, []
        threading.Thread(target=self.carry, daemon=True).start()

    def address(self):
        return f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"

    def carry(self):
        while True:
            near, _ = self.listener.accept()
            far, self.heard = socket.create_connection(("127.0.0.1", self.port)), []
            threading.Thread(target=self.pump, args=(far, near, None), daemon=True).start()
            threading.Thread(target=self.pump, args=(near, far, self.heard), daemon=True).start()

    @staticmethod
    def pump(source, sink, heard):
        try:
            while data := source.recv(65536):
                if heard is not None:
                    heard.append(data)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            end.close()


def a_handshake_that_was_overheard_opens_nothing(context, server, keys):
    relay = Relay(server.base + 1)
    peer = KeyedPeer(context, relay.address(), keys["bay-03"])
    is_accepted(peer, "overheard")
    before = server.cli("status")["intake"]
    with socket.create_connection(("127.0.0.1", server.base + 1)) as thief:
        thief.settimeout(PATIENCE_S)
        try:
            for data in relay.heard:  # as it was sent: greeting, HELLO, INITIATE, READY's answer, the PUT
                thief.sendall(data)
            while thief.recv(65536):
                pass  # greeting and another WELCOME; then it is shown the door
        except ConnectionError:
            pass
    after = server.cli("status")["intake"]
    assert all(after[count] == before[count] for count in ("accepted", "duplicates", "refused")), (before, after)
    is_accepted(peer, "after the thief")
    peer.close()


def strangers_are_refused_and_on_record(context, server, keys, top):
    other = tempfile.mkdtemp(dir=top)
    theirs = people_make(other, {"bay-03": ["--kind", "device", "--role", "publisher", "--store", "all", "--department", "all"]})
    with open(keys["bay-03"], encoding="ascii") as ours, open(theirs["bay-03"], encoding="ascii") as foreign:
        server_line = next(line for line in ours if line.startswith("server:"))
        lines = [server_line if line.startswith("server:") else line for line in foreign]
    forged = os.path.join(other, "forged.key")
    with open(os.open(forged, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
        file.writelines(lines)
    strangers = [KeyedPeer(context, server.endpoint(1), forged), KeyedPeer(context, server.endpoint(1), None)]
    for stranger in strangers:
        stranger.send("PUT", {"events": [rating("stranger")]})

    def on_record():
        """the refusal is in the audit"""
        return any(row["peer"] == "127.0.0.1" and row["code"] == "E1807" for row in refusals(server))
    until(on_record)
    assert not any(stranger.socket.poll(0) for stranger in strangers)
    for stranger in strangers:
        stranger.close()


def refusals(server):
    rows = server.cli("audit")
    rows = rows["rows"] if isinstance(rows, dict) else rows
    return [{"who": row.get("principal"), "peer": row.get("peer"), "code": row.get("code")} for row in rows]


def a_revoked_key_ends_requests_and_subscription(context, server, keys):
    """Within two seconds and a bit: the file is looked at once a second, and roles have a turn once a second."""
    watch = socket_of(context, zmq.SUB, keys["former"])
    watch.subscribe(b"beat")
    watch.connect(server.endpoint(4))
    peer = KeyedPeer(context, server.endpoint(3), keys["former"])
    assert peer.ask("PING", {})[0] == "PONG" and watch.poll(PATIENCE_S * 1000)
    events = watch.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    out = subprocess.run([MANYI, "key", "revoke", "former", "--dir", server.directory], capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stderr
    begin = time.monotonic()
    assert events.poll(ENDED_S * 1000), "the subscription goes on"
    while time.monotonic() < begin + ENDED_S:
        peer.send("PING", {})
        if not peer.socket.poll(300) or peer.receive()[0] == "NAK":
            break
    else:
        raise AssertionError("requests are answered still")

    def on_record():
        """who came back with a revoked key is in the audit"""
        return any((row["who"], row["code"], row["peer"]) == ("former", "E1804", "127.0.0.1") for row in refusals(server))
    until(on_record)
    watch.disable_monitor()
    watch.close()
    peer.close()


def p99_ms(samples):
    return sorted(samples)[int(len(samples) * 0.99)] * 1000


def publish_for(peer, seconds, label):
    samples, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.monotonic()
        is_accepted(peer, f"{label}-{len(samples)}")
        samples.append(time.monotonic() - begin)
    return samples


class Crowd:
    """Connections that are begun and never finished: half of them say nothing, half the first words of a handshake."""

    def __init__(self, port):
        self.sockets, self.waiting = [], selectors.DefaultSelector()
        for i in range(HALF_OPEN):
            end = socket.socket()
            end.setblocking(False)
            end.connect_ex(("127.0.0.1", port))
            self.sockets.append(end)
            if i % 2:
                self.waiting.register(end, selectors.EVENT_WRITE)

    def speak(self):
        while self.waiting.get_map():
            ready = self.waiting.select(1)
            if not ready:
                return
            for key, _ in ready:
                self.waiting.unregister(key.fileobj)
                try:
                    key.fileobj.send(GREETING + b"\x04\xc8\x05HELLO" + os.urandom(194))
                except OSError:
                    pass

    def leave(self):
        for end in self.sockets:
            end.close()


def a_crowd_at_the_door_costs_nobody_the_service(context, server, keys):
    peer = KeyedPeer(context, server.endpoint(1), keys["bay-03"])
    before = publish_for(peer, 1.0, "before")
    descriptors, memory = server.descriptors(), server.memory_kib()
    crowd = None

    def gather():
        nonlocal crowd
        crowd = Crowd(server.base + 1)
        crowd.speak()
    thread = threading.Thread(target=gather)
    thread.start()
    during, most, peak = [], 0, 0
    while thread.is_alive() or len(during) < len(before) // 4:
        during += publish_for(peer, 0.2, f"during-{len(during)}")
        most, peak = max(most, server.descriptors()), max(peak, server.memory_kib())
    thread.join()
    assert most > descriptors + HALF_OPEN // 4, f"the crowd was never there: {most} descriptors"

    def all_shown_the_door():
        """descriptors come back when the time for a handshake is over"""
        return server.descriptors() <= descriptors + 16
    until(all_shown_the_door)
    crowd.leave()
    after = publish_for(peer, 0.5, "after")
    print(f"{HALF_OPEN} half-open connections, at most {most - descriptors} at a time: PUT of one event p99 {p99_ms(before):.1f} ms before, "
          f"{p99_ms(during):.1f} ms during, {p99_ms(after):.1f} ms after; memory {memory} KiB, {peak} at most, {server.memory_kib()} after")
    assert peak - memory < RISE_KIB_MAX, (memory, peak)
    assert max(during) < 2.0, "a publisher had to wait for strangers"
    peer.close()


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    assert hard >= 2 * HALF_OPEN, f"this test needs {2 * HALF_OPEN} descriptors, and may have {hard}"
    context = zmq.Context()
    with tempfile.TemporaryDirectory(prefix="manyi-door-") as top:
        data = os.path.join(top, "data")
        os.mkdir(data, 0o750)
        everywhere = ["--store", "all", "--department", "all"]
        keys = people_make(data, {
            "bay-03": ["--kind", "device", "--role", "publisher", "--source", "/stores/*", *everywhere],
            "former": ["--kind", "person", "--role", "auditor", *everywhere],
            "boss": ["--kind", "person", "--role", "group", *everywhere]})
        server = KeyedServer(data, keys["boss"]).start()
        a_handshake_that_was_overheard_opens_nothing(context, server, keys)
        strangers_are_refused_and_on_record(context, server, keys, top)
        a_revoked_key_ends_requests_and_subscription(context, server, keys)
        a_crowd_at_the_door_costs_nobody_the_service(context, server, keys)
        server.stop()
    context.destroy(0)


main()
