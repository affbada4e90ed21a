#!/usr/bin/python3
"""What a backup or a restore leaves that is killed at its worst moments, that finds a full disk or a broken file, and
what everybody is told about it.

Usage: MANYI=build/manyi MANYI_TESTS=build/tests tests/crash/backup_test.py
"""
import json
import os
import shutil
import signal
import struct
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


def calls_of(top, backup, call):
    """How many of these a restore makes in the journal that becomes the new one. The last rename is that of the whole."""
    counts, target = os.path.join(top, "counts"), os.path.join(top, "counted")
    run("restore", backup, "--dir", target,
        faults={"DIR": top, "CALL": call, "PATH": "restore.part/journal", "COUNTS": counts})
    shutil.rmtree(target)
    total = struct.unpack_from("<Q", content(counts))[0]
    os.remove(counts)
    return total


def restored_half(top, backup):
    """Killed before its last rename: nobody begins an empty journal beside what is left, and the next restore goes on."""
    target, port, last = os.path.join(top, "half"), str(free_base_port()), str(calls_of(top, backup, "rename"))
    run("restore", backup, "--dir", target, code=-signal.SIGKILL,
        faults={"DIR": top, "CALL": "rename", "PATH": "restore.part/journal", "AT": last, "DO": "kill-before"})
    assert sorted(os.listdir(target)) == ["lock", "outlet.lock", "restore.part", "worker.lock"], os.listdir(target)
    for words in (["serve"], ["run", "intake"]):
        out = run(*words, "--dir", target, "--base-port", port, code=69, says="half/restore.part")
        assert "E1418" in out.stderr and "`manyi restore` again" in out.stderr, out.stderr
    assert not os.path.exists(os.path.join(target, "journal")), os.listdir(target)
    run("restore", backup, "--dir", target, "--verify")
    assert not os.path.exists(os.path.join(target, "restore.part")), os.listdir(target)
    # After the rename it is whole, whatever is left.
    moved = os.path.join(top, "moved")
    run("restore", backup, "--dir", moved, code=-signal.SIGKILL,
        faults={"DIR": top, "CALL": "rename", "PATH": "restore.part/journal", "AT": last, "DO": "kill-after"})
    Server(moved).start().stop()
    run("verify", "--dir", moved)


def restored_where_roles_run(top, backup):
    """Who folds or deals out cards in the directory is asked to end before anything is put there."""
    target, port = os.path.join(top, "busy"), str(free_base_port())
    for role in ("worker", "outlet"):
        held = subprocess.Popen([MANYI, "run", role, "--dir", target, "--base-port", port], stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)
        while role + ".lock" not in (os.listdir(target) if os.path.exists(target) else []):
            assert held.poll() is None, held.stderr.read()
        run("restore", backup, "--dir", target, "--verify", code=75, says="E1405 in use")
        assert not os.path.exists(os.path.join(target, "journal")), os.listdir(target)
        held.terminate()
        held.wait(60)
        held.stderr.close()
    run("restore", backup, "--dir", target, "--verify")


def told_what_helps(top, server, backup):
    """A disk without room, a directory that is missing, and files that are no backups."""
    full = os.path.join(top, "full")
    for call, do, code in (("writes", "ENOSPC", "E1403 store full"), ("fdatasync", "EIO", "E1401 input/output error")):
        at = calls_of(top, backup, call) - 1  # of the commit of all rows
        out = run("restore", backup, "--dir", full, code=74, says=code,
                  faults={"DIR": top, "PATH": "restore.part/journal", "CALL": call, "AT": f"{at}+", "DO": do})
        assert "full/restore.part" in out.stderr and "service has stopped" not in out.stderr, out.stderr
        assert not os.path.exists(full), os.listdir(full)
    out = run("backup", "--dir", server.directory, "--out", os.path.join(top, "nodir", "x.bak"), code=66,
              says="there is no directory")
    assert "nodir" in out.stderr and "disk" not in out.stderr, out.stderr
    data = content(backup)
    bad = os.path.join(top, "bad.bak")
    for broken in (data[:100] + bytes([data[100] ^ 4]) + data[101:], data[:-1], data + b"x", b"PK" + data[2:], b""):
        with open(bad, "wb") as file:
            file.write(broken)
        out = run("restore", bad, "--dir", full, code=65, says="E1417 bad backup")
        assert "Use another backup" in out.stderr and "verify" not in out.stderr, out.stderr


def spoil(directory, text):
    """Another letter in this text, wherever the journal has a copy of its page."""
    path, found = os.path.join(directory, "journal", "000001", "data.mdb"), 0
    data = bytearray(content(path))
    at = data.find(text)
    while at >= 0:
        data[at] ^= 1
        found += 1
        at = data.find(text, at + 1)
    assert found > 0, f"{text} is not in {path}"
    with open(path, "r+b") as file:
        file.write(data)


def damaged_rows(context, top):
    """Of the quarantine: left out, counted, told. Of a session: a start mends it, and the advice says so."""
    server = Server(os.path.join(top, "rotten")).start()
    peer, source = Peer(context, server.endpoint(1)), "/tests/rotten"
    rating = {"id": "e-1", "source": source, "type": "feedback.rated", "time": stamp(now_ms()),
              "data": {"store": "s-1", "department": "service", "channel": "kiosk", "overall": 9}}
    verb, welcome = peer.ask("HELLO", {"source": source, "instance": "rotten-instance"})
    assert verb == "WELCOME", welcome
    verb, reply = peer.ask("PUT", {"events": [rating], "source": source, "epoch": welcome["epoch"], "first": 1})
    assert verb == "ACK" and reply["count"] == 1, reply
    for name in ("rotten-event", "sound-event"):
        verb, reply = peer.ask("PUT", {"events": [{"id": name, "source": source, "type": "feedback.rated"}]})
        assert verb == "ACK" and reply["problems"][0]["quarantine"], reply
    peer.close()
    server.wait_folded()
    server.stop()
    out = [os.path.join(top, f"rotten-{i}.bak") for i in range(3)]
    spoil(server.directory, b"rotten-event")
    made = run("backup", "--dir", server.directory, "--out", out[0], "--json",
               says="left out: 1 refused events whose rows are damaged")
    figures = json.loads(made.stdout)
    assert figures["left_out"] == 1 and figures["quarantined"] == 1, figures
    spoil(server.directory, b"rotten-instance")
    run("backup", "--dir", server.directory, "--out", out[1], code=75, says="start `manyi serve` anew, which mends it")
    assert not os.path.exists(out[1] + ".part")
    server.start().stop()
    run("backup", "--dir", server.directory, "--out", out[2])
    restored = json.loads(run("restore", out[2], "--dir", os.path.join(top, "sound"), "--verify", "--json").stdout)
    assert restored["quarantined"] == 1, restored


def full_disk(top):
    """In a mount namespace of its own: a disk of 2 MiB, on which LMDB's last write finds room for a part of what it has."""
    backup, disk = os.path.join(top, "large.bak"), os.path.join(top, "disk")
    os.mkdir(disk)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "manyi-small", disk], check=False)
    assert mounted.returncode == 0, "a tmpfs can't be mounted: this test needs root, or user namespaces"
    for words in ([], ["--verify"]):
        out = run("restore", backup, "--dir", os.path.join(disk, "data"), *words, code=74, says="E1403 store full")
        assert "disk/data" in out.stderr, out.stderr
        assert os.listdir(disk) == [], os.listdir(disk)


def full_disk_enter(top, context, server):
    """Runs full_disk where it may mount."""
    for turn in range(60):
        publish(context, server, 1000 + turn * EVENTS)
    run("backup", "--dir", server.directory, "--out", os.path.join(top, "large.bak"))
    names = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    subprocess.run([*names, sys.executable, __file__, top], check=True, timeout=120)


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-backup-") as top:
        context = zmq.Context()
        server = Server(os.path.join(top, "data")).start()
        publish(context, server, 0)
        backup = killed_between_two_names(context, top, server)
        two_at_once(top, server)
        restored_half(top, backup)
        restored_where_roles_run(top, backup)
        told_what_helps(top, server, backup)
        damaged_rows(context, top)
        full_disk_enter(top, context, server)
        context.destroy(0)
        server.stop()
        print("a backup that was killed between its two names stays what it is; a .part that is held is not taken; half a "
              "restore is not served; a full disk, a missing directory and files that are no backups are called what they "
              "are; a damaged row of the quarantine is left out, one of a session is mended by a start")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        full_disk(sys.argv[1])
    else:
        main()
