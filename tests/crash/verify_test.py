#!/usr/bin/python3
"""Several things rot at once, in the journal and in the state: `manyi verify --json` names each of them, also with --quiet.

Usage: MANYI=build/manyi tests/crash/verify_test.py
"""
import json
import os
import subprocess
import sys
import tempfile

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Peer, Server, now_ms, stamp  # noqa: E402

PAGE = 4096


def verify(directory, *words):
    out = subprocess.run([MANYI, "verify", "--dir", directory, "--json", *words], capture_output=True, text=True,
                         timeout=120)
    assert out.returncode == 65, f"{out.returncode}, not 65: {out.stdout}{out.stderr}"
    return json.loads(out.stdout), out.stderr.splitlines()


def spoil_text(path, text):
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        at = data.find(text)
        assert at >= 0, f"{text} is not in {path}"
        while at >= 0:
            data[at] ^= 1
            at = data.find(text, at + 1)
        file.seek(0)
        file.write(data)


def spoil_pages(path):
    """Each page but the two meta pages says that it is another one."""
    with open(path, "r+b") as file:
        for page in range(2, os.path.getsize(path) // PAGE):
            file.seek(page * PAGE + 4)
            file.write(b"\x77")


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-verify-") as top:
        context = zmq.Context()
        server = Server(os.path.join(top, "data")).start()
        peer, seqs = Peer(context, server.endpoint(1)), []
        for name in ("rotten-one", "sound-one", "rotten-two", "sound-two"):
            verb, reply = peer.ask("PUT", {"events": [
                {"id": name, "source": "/tests/verify", "type": "feedback.rated", "time": stamp(now_ms()),
                 "data": {"store": "s-1", "department": "service", "channel": "kiosk", "nps": 9}}]})
            assert verb == "ACK" and reply["count"] == 1, reply
            seqs += [reply["first"]] if name.startswith("rotten") else []
        server.wait_folded()
        context.destroy(0)
        server.stop()
        for name in (b"rotten-one", b"rotten-two"):
            spoil_text(os.path.join(server.directory, "journal", "000001", "data.mdb"), name)
        spoil_pages(os.path.join(server.directory, "state", "data.mdb"))

        found, said = verify(server.directory)
        quiet, nothing = verify(server.directory, "--quiet")
        assert quiet == found and not found["ok"], (quiet, found)
        faults = found["faults"]
        assert len(faults) == found["fault_count"] and [fault["text"] for fault in faults] == said[:-1], (found, said)
        assert len(nothing) == 1 and "E1416" in nothing[0], nothing  # what every failure says
        journal = [fault for fault in faults if fault["part"] == "journal"]
        state = [fault for fault in faults if fault["part"] == "state"]
        assert {fault["volume"] for fault in journal} == {1}, journal
        assert set(seqs) <= {fault.get("seq") for fault in journal}, (seqs, journal)
        assert state and all(fault["page"] >= 2 for fault in state), state
        assert len(journal) + len(state) == len(faults), faults
        print(f"{len(faults)} faults, each named in the JSON: {len(journal)} of the journal, {len(state)} of the state")


if __name__ == "__main__":
    main()
