#!/usr/bin/python3
"""Asked to end twice, `serve` does not wait for a role that is kept busy: it exits with 75 at once.

Intake is kept busy by this test, which holds the write lock of the journal's volume (LMDB's, shared by processes), so that
a commit waits: in intake's own thread, or beside it when there is much to write. Asked once only, serve waits for intake; after the lock is let go it starts again and has what it answered.
Usage: MANYI=build/manyi tests/crash/force_test.py
"""
import ctypes
import os
import signal
import sys
import tempfile
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import Peer, Server, now_ms, stamp  # noqa: E402

FORCED = 75
AT_ONCE_S = 5  # serve itself gives up on a role after 10
TRIES = 5


class WriteLock:
    """A write transaction on a volume of a running server."""

    def __init__(self, volume):
        self.lmdb = ctypes.CDLL("liblmdb.so.0", use_errno=True)
        self.env, self.txn = ctypes.c_void_p(), ctypes.c_void_p()
        self.check(self.lmdb.mdb_env_create(ctypes.byref(self.env)))
        self.check(self.lmdb.mdb_env_open(self.env, volume.encode(), ctypes.c_uint(0), 0o640))
        self.check(self.lmdb.mdb_txn_begin(self.env, None, ctypes.c_uint(0), ctypes.byref(self.txn)))

    @staticmethod
    def check(status):
        assert status == 0, f"LMDB: {status}"

    def release(self):
        self.lmdb.mdb_txn_abort(self.txn)
        self.lmdb.mdb_env_close(self.env)


def rating(name):
    return {"id": name, "source": "/tests/force", "type": "feedback.rated", "time": stamp(now_ms()),
            "data": {"store": "store-1", "department": "service", "channel": "kiosk", "nps": 9}}


def term_is_pending(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        masks = [int(line.split()[1], 16) for line in status if line.startswith(("SigPnd", "ShdPnd"))]
    return any(mask >> (signal.SIGTERM - 1) & 1 for mask in masks)


def term(server):
    """Two signals of one kind that wait together are one: wait until this one has been read."""
    server.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + AT_ONCE_S
    while server.process.poll() is None and term_is_pending(server):
        assert time.monotonic() < deadline, "serve does not read its signals"


def force(server, context, events):
    """The exit code after two signals; None when intake was asked to end before it was busy."""
    peer = Peer(context, server.endpoint(1))
    assert peer.ask("PUT", {"events": [rating("answered")]})[0] == "ACK"
    lock = WriteLock(os.path.join(server.directory, "journal", "000001"))
    try:
        peer.send("PUT", {"events": [rating(f"not answered {i}") for i in range(events)]})
        assert not peer.socket.poll(500), "answered although nothing can be written"
        term(server)
        if server.process.poll() is not None or peer.socket.poll(500):
            return None
        assert server.process.poll() is None, "serve did not wait for intake"
        begin = time.monotonic()
        term(server)
        code = server.process.wait(timeout=AT_ONCE_S)
        assert time.monotonic() - begin < AT_ONCE_S
        return code
    finally:
        peer.close()
        lock.release()


def try_until_busy(context, events):
    for _ in range(TRIES):
        with tempfile.TemporaryDirectory(prefix="manyi-force-") as top:
            server = Server(os.path.join(top, "data")).start()
            code = force(server, context, events)
            server.process.wait(timeout=60)
            server.process.stderr.close()
            if code is None:
                continue
            assert code == FORCED, f"forced, serve ended with {code}"
            server.start()
            peer = Peer(context, server.endpoint(1))
            verb, reply = peer.ask("PUT", {"events": [rating("answered")]})
            assert verb == "ACK" and reply["problems"][0]["duplicate_of"] > 0, (verb, reply)
            peer.close()
            server.stop()
            return
    sys.exit(f"force_test: intake was never busy in {TRIES} tries")


def main():
    context = zmq.Context()
    for events in (1, 4000):
        try_until_busy(context, events)
    print(f"a busy server ended with {FORCED} when it was asked twice, and lost nothing that it had answered")


if __name__ == "__main__":
    main()
