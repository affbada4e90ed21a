#!/usr/bin/python3
"""A journal that lost a volume, or all of them: a start is refused and says what is missing; nothing is given out again.

Usage: MANYI=build/manyi tests/crash/lost_volume_test.py
"""
import os
import shutil
import subprocess
import sys
import tempfile

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Peer, Server, now_ms, stamp  # noqa: E402

VOLUMES = 4


def event(name):
    """Large, and of a type that nobody knows: it is kept, counted, and soon folded."""
    return {"id": name, "source": "/tests/lost", "type": "garden.watered", "time": stamp(now_ms()),
            "data": {"padding": b"x" * 60_000}}


def fill(server):
    """Events until the journal has as many volumes as are wanted, all folded; how many entries it has."""
    context = zmq.Context()
    peer = Peer(context, server.endpoint(1))
    number = 0
    while server.cli("status")["journal"]["volumes"] < VOLUMES:
        verb, reply = peer.ask("PUT", {"events": [event(f"e-{number + i}") for i in range(15)]})
        assert verb == "ACK" and reply["count"] == 15, (verb, reply)
        number += 15
    context.destroy(0)
    return server.wait_folded()["journal"]["head"]


def tree_of(directory):
    """Every file of the journal with its size: what a refused start must leave as it is."""
    found = {}
    for folder, _, names in os.walk(os.path.join(directory, "journal")):
        found.update({os.path.join(folder, name): os.path.getsize(os.path.join(folder, name))
                      for name in names if name != "lock.mdb"})
    return found


def refused(server, *says):
    """The start ends with 74 and says each of these; the journal is as it was."""
    before = tree_of(server.directory)
    out = subprocess.run([MANYI, "serve", "--dir", server.directory, "--base-port", str(server.base), *server.words],
                         capture_output=True, text=True, timeout=60)
    assert out.returncode == 74 and "E1402" in out.stderr, f"{out.returncode}: {out.stderr}"
    for said in says:
        assert said in out.stderr, f"'{said}' is not said: {out.stderr}"
    assert "ready" not in out.stderr, out.stderr
    assert tree_of(server.directory) == before, "a refused start has changed the journal"
    print(out.stderr, end="")


def verified(server, *says):
    out = subprocess.run([MANYI, "verify", "--dir", server.directory], capture_output=True, text=True, timeout=60)
    assert out.returncode == 65, f"{out.returncode}: {out.stdout}{out.stderr}"
    for said in says:
        assert said in out.stderr, f"'{said}' is not said: {out.stderr}"


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-lost-") as top:
        settings = os.path.join(top, "small.yaml")
        with open(settings, "w", encoding="ascii") as file:
            file.write("volume_bytes: 16MiB\n")
        server = Server(os.path.join(top, "data"), words=("--config", settings)).start()
        head = fill(server)
        server.stop()
        journal = os.path.join(server.directory, "journal")
        aside = os.path.join(top, "aside")

        def path(number):
            return os.path.join(journal, f"{number:06}")

        last = max(int(name) for name in os.listdir(journal))
        # A volume before the last one, the first one, only a file of one.
        for number in (2, 1):
            shutil.move(path(number), aside)
            refused(server, f"journal/{number:06} is missing", "restore")
            verified(server, f"volume {number:06}, missing")
            shutil.move(aside, path(number))
        shutil.move(os.path.join(path(3), "data.mdb"), aside)
        refused(server, "journal/000003 is missing")
        shutil.move(aside, os.path.join(path(3), "data.mdb"))
        # Two that have changed their places.
        shutil.move(path(1), aside)
        shutil.move(path(2), path(1))
        shutil.move(aside, path(2))
        refused(server, "journal/000001, table sessions: row 'l' says that it begins at entry ")
        shutil.move(path(1), aside)
        shutil.move(path(2), path(1))
        shutil.move(aside, path(2))
        # The last one: what was folded from it tells, and so do the cards alone.
        shutil.move(path(last), aside)
        refused(server, f"data/state was made of its entries up to {head}", "lost")
        state = os.path.join(server.directory, "state")
        shutil.move(state, os.path.join(top, "state"))
        refused(server, "data/outlet was made of its entries up to ", "lost")
        shutil.move(os.path.join(top, "state"), state)
        shutil.move(aside, path(last))
        # All of it.
        shutil.move(journal, aside)
        refused(server, "is gone", "to begin anew, remove")
        assert not os.path.exists(journal), "a refused start has begun a journal"
        os.mkdir(journal)
        refused(server, "is gone")
        os.rmdir(journal)
        shutil.move(state, os.path.join(top, "state"))
        refused(server, "is gone", "data/outlet")
        shutil.move(os.path.join(top, "state"), state)
        # Nor is one begun beside what nobody can read any more.
        shutil.move(os.path.join(server.directory, "outlet"), os.path.join(top, "outlet"))
        shutil.copytree(state, os.path.join(top, "state"))
        with open(os.path.join(state, "data.mdb"), "r+b") as file:
            file.truncate(4096)
        refused(server, "data/state, and there is no journal beside it")
        shutil.rmtree(state)
        shutil.move(os.path.join(top, "state"), state)
        shutil.move(os.path.join(top, "outlet"), os.path.join(server.directory, "outlet"))
        shutil.move(aside, journal)
        # Put back, everything is as it was.
        server.start()
        assert server.wait_folded()["journal"]["head"] >= head
        server.stop()
        # Nothing left of the old one: a new one begins.
        for name in ("journal", "state", "outlet"):
            shutil.rmtree(os.path.join(server.directory, name))
        server.start()
        server.stop()
        print(f"{last} volumes, {head} entries: each loss is refused")


if __name__ == "__main__":
    main()
