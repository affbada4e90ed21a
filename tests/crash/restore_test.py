#!/usr/bin/python3
"""A disk is lost: the journal comes back from a backup that was made while everybody was at work, as another lineage.

A publisher with a session (the C library's, through `manyi publish --session`) goes on over the restore, without a restart; a
dashboard follows by PROTOCOL.md alone. Checked, by the test's own records: what the backup has is what the journal had up to
its head, byte for byte; nothing acknowledged before the backup began is lost; what was not yet answered when the server
died, and everything later, is there once; what is missing was acknowledged after the backup's head; the dashboard forgets the old
cards and ends with the outlet's; the state that goes on equals a rebuild; a session that comes back is told the restored `last`;
a program that greeted after the backup, and goes on talking with the epoch it was given, is not taken for whoever greets anew.
Then backups that fail: damaged, cut, foreign, onto a full disk, broken off by a kill, over another file.
Usage: MANYI=build/manyi tests/crash/restore_test.py [--events 20000] [--json]
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Peer, Server, now_ms, pack, stamp, unpack  # noqa: E402

SOURCE = "/tests/restore"
DEADLINE_S = 60


def run(*words, code=0, prefix=()):
    out = subprocess.run([*prefix, MANYI, *words], capture_output=True, text=True, timeout=120)
    assert out.returncode == code, f"manyi {' '.join(words)}: {out.returncode}, not {code}\n{out.stdout}{out.stderr}"
    return out


def run_json(*words):
    return json.loads(run(*words, "--json").stdout)


class Publisher:
    """`manyi publish - --session`, fed line by line."""

    def __init__(self, base):
        self.process = subprocess.Popen(
            [MANYI, "publish", "-", "--session", "--source", SOURCE, "--base-port", str(base), "--json"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.given = []  # ids, in order

    def give(self, count):
        lines = []
        for _ in range(count):
            number = len(self.given)
            name = f"r-{number}"
            if number % 50 == 7:
                data = {"store": f"s-{number % 5}", "department": "service", "channel": "phone", "category": "price",
                        "text": f"brakes {number}"}
                event = {"id": name, "type": "feedback.complained", "data": data}
            else:
                data = {"store": f"s-{number % 5}", "department": "service", "channel": "kiosk", "overall": number % 11}
                event = {"id": name, "type": "feedback.rated", "data": data}
            self.given.append(name)
            lines.append(json.dumps(event) + "\n")
        self.process.stdin.write("".join(lines))
        self.process.stdin.flush()

    def end(self):
        out, _ = self.process.communicate(timeout=DEADLINE_S)
        assert self.process.returncode == 0, f"publish ended with {self.process.returncode}: {out}"
        return json.loads(out)


class Dashboard(threading.Thread):
    """A subscriber of complaints by PROTOCOL.md: welcome, REPLAY from 0, live, another g: forget all."""

    def __init__(self, context, server):
        super().__init__(daemon=True)
        self.context, self.server, self.ended = context, server, False
        self.generations, self.cards, self.last = [], {}, 0

    def replay(self):
        peer = Peer(self.context, self.server.endpoint(5))
        try:
            while True:
                verb, page = peer.ask("REPLAY", {"channel": "complaint", "after": self.last, "max": 256}, 5000)
                assert verb == "CARDS", page
                self.generation(page["g"])
                for card in page["cards"]:
                    self.take(card)
                self.last = max(self.last, page["upto"])
                if not page["more"]:
                    return
        except AssertionError:
            pass  # nobody there at the moment: the next beat asks again
        finally:
            peer.close()

    def generation(self, g):
        if not self.generations or self.generations[-1] != g:
            self.generations.append(g)
            self.cards, self.last = {}, 0

    def take(self, message):
        if message["n"] > self.last:
            self.cards[message["card"]["id"]] = message["card"]
            self.last = message["n"]

    def run(self):
        socket = self.context.socket(zmq.SUB)
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(self.server.endpoint(4))
        for channel in (b"complaint", b"beat"):
            socket.subscribe(channel)
        while not self.ended:
            if not socket.poll(200):
                continue
            channel, body = socket.recv_multipart()
            message = unpack(body)
            known = self.generations[-1] if self.generations else None
            if message["g"] != known:
                self.generation(message["g"])
                self.replay()
            elif channel == b"beat" and message["channels"].get("complaint", 0) > self.last:
                self.replay()
            elif channel == b"complaint" and "n" in message:
                if message["n"] > self.last + 1:
                    self.replay()
                self.take(message)
        socket.close(0)


def journal_of(peer, upto=None):
    """[(seq, id, event's bytes)] of this test's own events, by FETCH."""
    found, after = [], 0
    while True:
        verb, batch = peer.ask("FETCH", {"after": after, "class": "outside", "max_bytes": 1 << 20, "wait_ms": 0})
        assert verb == "BATCH", batch
        for record in batch["records"]:
            count, first = int.from_bytes(record[4:8], "big"), int.from_bytes(record[8:16], "big")
            at = 32
            for i in range(count):
                length = int.from_bytes(record[at + 20:at + 24], "big")
                event = record[at + 24:at + 24 + length]
                at += 24 + length
                name = unpack(event)
                if first + i > after and name["source"] == SOURCE and (upto is None or first + i <= upto):
                    found.append((first + i, name["id"], event))
        if batch["upto"] >= batch["head"] or not batch["records"]:
            return found
        after = batch["upto"]


class Rival:
    """One of two programs that share a source, which the backup doesn't know."""
    SOURCE = "/tests/new-since-the-backup"

    def __init__(self, context, server, name):
        self.peer, self.name = Peer(context, server.endpoint(1)), name
        verb, welcome = self.peer.ask("HELLO", {"source": self.SOURCE, "instance": name})
        assert verb == "WELCOME" and welcome["last"] == 0, welcome
        self.epoch = welcome["epoch"]

    def put(self, first, count):
        events = [{"id": f"{self.name}-{first + i}", "source": self.SOURCE, "type": "feedback.rated",
                   "data": {"store": "s-1", "department": "service", "channel": "kiosk", "overall": 8}} for i in range(count)]
        return self.peer.ask("PUT", {"source": self.SOURCE, "epoch": self.epoch, "first": first, "events": events})


def wait_for(what, fact):
    deadline = time.monotonic() + DEADLINE_S
    while not fact():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def refused_backups(top, backup, directory):
    """Nothing of these becomes a backup or a journal, and each says where it is wrong."""
    with open(backup, "rb") as file:
        data = file.read()
    broken, target = os.path.join(top, "broken.bak"), os.path.join(top, "never")
    cases = [(data[:len(data) // 2], 65, "the file ends here"), (b"PK\3\4" + data[4:], 65, "this is no backup"),
             (data[:-40] + bytes([data[-40] ^ 1]) + data[-39:], 65, "at byte"),
             (data[:500] + bytes([data[500] ^ 16]) + data[501:], 65, "after entry"), (b"", 65, "the file ends here")]
    for content, code, says in cases:
        with open(broken, "wb") as file:
            file.write(content)
        for words in (["--dry-run"], ["--dir", target], ["--dir", target, "--verify"]):
            out = run("restore", broken, *words, code=code)
            assert says in out.stderr and "broken.bak" in out.stderr and "E1417" in out.stderr, out.stderr
        assert not os.path.exists(target), os.listdir(target)
    run("restore", os.path.join(top, "nothing.bak"), "--dir", target, code=66)
    out = run("restore", backup, "--dir", directory, code=64)
    assert "has a journal" in out.stderr, out.stderr
    # A disk that is full at this many bytes: a limit of the file system on a file's size.
    full = os.path.join(top, "full.bak")
    out = run("backup", "--dir", directory, "--out", full, code=74,
              prefix=["/bin/bash", "-c", 'trap "" XFSZ; ulimit -f 16; exec "$0" "$@"'])
    assert not os.path.exists(full) and not os.path.exists(full + ".part"), os.listdir(top)
    out = run("backup", "--dir", directory, "--out", backup, code=64)
    assert "is there already" in out.stderr, out.stderr


def killed_after(delay_ms, *words):
    """Whether it was killed before it had ended by itself."""
    process = subprocess.Popen([MANYI, *words], stdout=subprocess.DEVNULL)
    try:
        process.wait(timeout=delay_ms / 1000)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait() != 0


def killed_midway(top, backup, directory):
    """Killed at moments that spread over the whole run: no half backup, no half journal, and the next try succeeds."""
    half, kills = os.path.join(top, "half.bak"), 0
    for delay_ms in range(0, 60, 4):
        kills += killed_after(delay_ms, "backup", "--dir", directory, "--out", half)
        if os.path.exists(half):
            run("restore", half, "--dry-run")  # it had got its name: then it is whole
            os.remove(half)
    run("backup", "--dir", directory, "--out", half)
    run("restore", half, "--dry-run")
    target = os.path.join(top, "half")
    for delay_ms in range(0, 120, 8):
        kills += killed_after(delay_ms, "restore", backup, "--dir", target)
        if os.path.exists(os.path.join(target, "journal")):
            run("verify", "--dir", target)
            subprocess.run(["rm", "-rf", target], check=True)
    if not os.path.exists(target):
        os.mkdir(target)
    run("restore", backup, "--dir", target, "--verify")
    assert sorted(os.listdir(target)) == ["journal", "lock", "outlet.lock", "state", "worker.lock"], os.listdir(target)
    return kills


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=int, default=20000)
    options.add_argument("--json", action="store_true")
    options = options.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="manyi-restore-") as top:
        context = zmq.Context()
        backup = os.path.join(top, "one.bak")
        server = Server(os.path.join(top, "first")).start()
        dashboard = Dashboard(context, server)
        dashboard.start()
        publisher = Publisher(server.base)
        reader = Peer(context, server.endpoint(2))
        refused = Peer(context, server.endpoint(1))
        verb, answer = refused.ask("PUT", {"events": [{"id": "x", "source": "/tests/bad", "type": "feedback.rated"}]})
        assert verb == "ACK" and answer["problems"][0]["quarantine"], answer

        publisher.give(options.events // 2)
        wait_for("half of them taken", lambda: len(journal_of(reader)) >= options.events // 4)
        before = journal_of(reader)  # acknowledged, as far as anybody knows: it is on the disk
        head_before = before[-1][0]
        feeding = threading.Thread(target=lambda: [publisher.give(50) for _ in range(options.events // 200)])
        feeding.start()
        made = run_json("backup", "--dir", server.directory, "--out", backup)
        assert made["head"] >= head_before, (made, head_before)
        assert os.stat(backup).st_mode & 0o7777 == 0o600
        feeding.join()
        publisher.give(1000)
        wait_for("more than the backup has", lambda: len(journal_of(reader)) >= len(before) + 1000 and
                 journal_of(reader)[-1][0] > made["head"])
        zombie = Rival(context, server, "zombie")
        verb, answer = zombie.put(1, 2)
        assert verb == "ACK" and answer["count"] == 2, answer
        server.kill()
        publisher.give(500)  # while nobody is there
        os.kill(publisher.process.pid, signal.SIGSTOP)
        lost_with = Server(server.directory, server.base).start()  # to read what it had; the publisher stands still
        had = journal_of(Peer(context, server.endpoint(2)))
        lost_with.kill()

        secret = os.path.join(top, "second", "keys", "links.secret")  # links name cases by numbers of the old lineage
        os.makedirs(os.path.dirname(secret))
        with open(secret, "wb") as file:
            file.write(bytes(32))
        restored = run_json("restore", backup, "--dir", os.path.join(top, "second"), "--verify")
        assert not os.path.exists(secret), "old links would acknowledge other cases"
        assert restored["head"] == made["head"] and restored["lineage"] != made["lineage"], (restored, made)
        second = Server(os.path.join(top, "second"), server.base).start()
        os.kill(publisher.process.pid, signal.SIGCONT)
        publisher.give(500)
        answers = publisher.end()
        second.wait_folded()

        # The journal: as it was up to the backup's head, then what was not answered yet, once each.
        now = journal_of(Peer(context, second.endpoint(2)))
        kept = [entry for entry in had if entry[0] <= made["head"]]
        assert now[:len(kept)] == kept, "the restored entries are not those of the journal"
        assert {entry[1] for entry in before} <= {entry[1] for entry in kept}, "acknowledged before the backup, and lost"
        names = [entry[1] for entry in now]
        assert len(names) == len(set(names)), "counted twice"
        lost = set(publisher.given) - set(names)
        later = {entry[1] for entry in had if entry[0] > made["head"]}
        assert lost <= later, f"{len(lost - later)} events of which nobody was told are lost"
        assert answers["refused"] == 0, answers

        rival = Rival(context, second, "rival")
        verb, answer = rival.put(1, 4)
        assert verb == "ACK" and answer["count"] == 4 and answer["last"] == 4, answer
        verb, answer = zombie.put(3, 2)
        assert verb == "NAK" and answer["code"] in ("E1305", "E1307"), (verb, answer)
        second.wait_folded()

        # Everybody who follows: another generation, and the cards as they are.
        verb, page = Peer(context, second.endpoint(5)).ask("REPLAY", {"channel": "complaint", "after": 0, "max": 256})
        cards = {card["card"]["id"]: card["card"] for card in page["cards"]}
        while page["more"]:
            verb, page = Peer(context, second.endpoint(5)).ask(
                "REPLAY", {"channel": "complaint", "after": page["upto"], "max": 256})
            cards.update({card["card"]["id"]: card["card"] for card in page["cards"]})
        wait_for("the dashboard heals", lambda: dashboard.cards == cards)
        assert dashboard.generations[-1] == restored["lineage"] and len(dashboard.generations) >= 2, dashboard.generations
        assert page["g"] == restored["lineage"] and len(cards) == sum(name.endswith("7") and int(name[2:]) % 50 == 7
                                                                      for name in names)
        dashboard.ended = True

        # The quarantine came along; a session that comes back is told what the journal has.
        verb, rows = Peer(context, second.endpoint(2)).ask("GET", {"what": "quarantine", "limit": 10})
        assert [row["source"] for row in rows["rows"]] == ["/tests/bad"], rows
        verb, welcome = Peer(context, second.endpoint(1)).ask("HELLO", {"source": SOURCE, "instance": "again"})
        assert welcome["lineage"] == restored["lineage"] and welcome["last_id"] == publisher.given[-1], welcome
        dashboard.join()
        context.destroy(0)
        for life in range(5):  # a tick that came while it stopped is folded in its next life
            second.stop()
            lived = run_json("verify", "--dir", second.directory)
            rebuilt = run_json("rebuild", "--dir", second.directory, "--out", os.path.join(top, f"rebuilt-{life}"))
            if lived["cursor"] == rebuilt["cursor"]:
                break
            second.start()
            second.wait_folded()
        assert lived["ok"] and lived["state_digest"] == rebuilt["state_digest"], (lived, rebuilt)

        refused_backups(top, backup, second.directory)
        kills = killed_midway(top, backup, second.directory)
        figures = {"part": "restore", "events": len(names), "restored": restored["head"], "renumbered": len(lost),
                   "kills": kills, "lost": len(lost - later), "doubled": len(names) - len(set(names)),
                   "seconds": round(time.monotonic() - begin, 1)}
        assert kills > 0, "nothing was killed midway"
        if options.json:
            print(json.dumps(figures))
        else:
            print(f"{restored['head']} entries backed up in {made['seconds']} s beside a server and restored; {len(lost)} "
                  f"acknowledged after it are gone with the disk, {len(names)} events once each; {kills} kills left nothing half")


if __name__ == "__main__":
    main()
