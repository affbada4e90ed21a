"""What the network tests share: a `manyi serve` that asks for keys, people with key files, pyzmq sockets under them.

CURVE here is libzmq's own by python3-zmq; nothing of Manyi's code is used but the command.
"""
import json
import os
import struct
import subprocess
import sys

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from keyed import curve_under, key_read  # noqa: E402
from served import MANYI, Peer, Server, pack, unpack  # noqa: E402,F401

SKIPPED = 77  # ctest: SKIP_RETURN_CODE


def people_make(directory, people):
    """`manyi key new` for {name: words}; gives the paths of their key files."""
    files = {}
    for name, words in people.items():
        files[name] = os.path.join(directory, f"{name}.key")
        out = subprocess.run([MANYI, "key", "new", name, *words, "--out", files[name], "--dir", directory],
                             capture_output=True, text=True, timeout=60)
        assert out.returncode == 0, out.stderr
    return files


def socket_of(context, kind, path):
    """A socket that connects under the key in that file; None: without."""
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    curve_under(socket, key_read(path) if path else None)
    return socket


class KeyedPeer(Peer):
    def __init__(self, context, endpoint, path):
        self.socket = socket_of(context, zmq.DEALER, path)
        self.socket.connect(endpoint)


class KeyedServer(Server):
    """With keys, and asked as `who`."""

    def __init__(self, directory, who=None, **more):
        super().__init__(directory, **more)
        self.who = who
        os.environ.update(MANYI_KEYS="always", MANYI_BEHIND_PROXY="true")  # the gateway without TLS: nobody asks it here

    def cli(self, *words, code=0):
        return super().cli(*words, "--key", self.who, code=code)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def journal_entries(peer, wanted):
    """(seq, event) of every entry of that class, by FETCH, records taken apart as PROTOCOL.md draws them."""
    after, entries = 0, []
    while True:
        verb, batch = peer.ask("FETCH", {"after": after, "class": wanted, "max_bytes": 4 << 20, "wait_ms": 0})
        assert verb == "BATCH", batch
        for record in batch["records"]:
            _, _, _, count, first, _, _, _ = struct.unpack_from(">BBHIQQII", record)
            offset = 32
            for i in range(count):
                length = struct.unpack_from(">IIQII", record, offset)[4]
                entries.append((first + i, unpack(record[offset + 24:offset + 24 + length])))
                offset += 24 + length
        if batch["upto"] <= after:
            return entries
        after = batch["upto"]


def say(what):
    print(json.dumps(what), flush=True)
