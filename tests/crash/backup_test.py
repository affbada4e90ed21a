#!/usr/bin/python3
"""What a backup or a restore leaves that is killed at its worst moments, that finds a full disk or a broken file, and what
everybody is told about it.

Usage: MANYI=build/manyi MANYI_TESTS=build/tests tests/crash/backup_test.py
"""
import json
import os
import signal
import subprocess
import sys
import tempfile

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from faulty import preload  # noqa: E402
from served import MANYI, Peer, Server, free_base_port, now_ms, stamp  # noqa: E402

EVENTS = 300


def run(*words, code=0, faults=None, says=""):
    """faults: of tests/fault/fault.h, over all that the test has."""
    environment = dict(os.environ)
    if faults:
        environment.update(LD_PRELOAD=preload(), **{f"MANYI_FAULT_{key}": value for key, value in faults.items()})
    out = subprocess.run([MANYI, *words], capture_output=True, text=True, timeout=120, env=environment)
    assert out.returncode == code, f"manyi {' '.join(words)}: {out.returncode}, not {code}\n{out.stdout}{out.stderr}"
    assert says in out.stderr, f"manyi {' '.join(words)}: {says} is not in {out.stderr}"
    return out


def publish(context, server, first):
    peer = Peer(context, server.endpoint(1))
    events = [{"id": f"e-{first + i}", "source": "/tests/backup", "type": "feedback.rated", "time": stamp(now_ms()),
               "data": {"store": "s-1", "department": "service", "channel": "kiosk", "overall": i % 11}}
              for i in range(EVENTS)]
    verb, reply = peer.ask("PUT", {"events": events})
    assert verb == "ACK" and reply["count"] == EVENTS, reply
    peer.close()


def content(path):
    with open(path, "rb") as file:
        return file.read()


def killed_between_two_names(context, top, server):
    """Killed while the backup has both names: it stays what it is, whatever is backed up after it."""
    path, kept = os.path.join(top, "daily.bak"), os.path.join(top, "monday.bak")
    run("backup", "--dir", server.directory, "--out", path, code=-signal.SIGKILL,
        faults={"DIR": top, "CALL": "unlink", "PATH": "daily.bak.part", "AT": "1", "DO": "kill-before"})
    assert os.path.samefile(path, path + ".part"), os.listdir(top)
    sound = content(path)
    os.rename(path, kept)
    publish(context, server, EVENTS)
    run("backup", "--dir", server.directory, "--out", path)
    assert content(kept) == sound, "the older backup has become another one"
    assert content(path) != sound and not os.path.exists(path + ".part")
    for backup, events in ((kept, EVENTS), (path, 2 * EVENTS)):
        head = json.loads(run("restore", backup, "--dry-run", "--json").stdout)["head"]
        assert events <= head < events + EVENTS, (backup, head)
    return kept


def two_at_once(top, server):
    """A .part that is locked is somebody's; one that nobody holds is not."""
    path = os.path.join(top, "busy.bak")
    with open(path + ".part", "wb") as file:
        holder = subprocess.Popen(["flock", path + ".part", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holder.stdin.write(b"held\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == b"held\n"
        file.write(b"half")
    run("backup", "--dir", server.directory, "--out", path, code=75, says="another backup is written to it")
    assert content(path + ".part") == b"half"
    holder.communicate()
    run("backup", "--dir", server.directory, "--out", path)
    assert not os.path.exists(path + ".part")


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-backup-") as top:
        context = zmq.Context()
        server = Server(os.path.join(top, "data")).start()
        publish(context, server, 0)
        killed_between_two_names(context, top, server)
        two_at_once(top, server)
        context.destroy(0)
        server.stop()
        print("a backup that was killed between its two names stays what it is; a .part that is held is not taken")


if __name__ == "__main__":
    main()
