"""Runs of `manyi serve` whose disk is recorded, and the disks that might be found when the power fails meanwhile."""
import json
import os
import random
import shutil
import subprocess
import time

import zmq

from commit_kill_test import Line
from faulty import FaultyServer
from served import Peer

RECOVER = os.path.join(os.environ.get("MANYI_TESTS", "build/tests"), "recover")
FILL_SOURCE = "/tests/fill"
FILL_BYTES = 60_000
FILL_PUTS = 18  # of 16 events each: more than the least volume, 16 MiB
KILLED_AT = 40  # durable calls of the journal: some twenty commits
DEADLINE_S = 120
FAR_NS = 1 << 63


class Recording:
    """A run, and what its publishers were told and when."""

    def __init__(self, top, seed, events):
        self.watched, self.log, self.told_path = (os.path.join(top, name) for name in ("watched", "log", "told"))
        os.mkdir(self.watched)
        self.seed, self.events, self.filled = seed, events, 0
        self.server = FaultyServer(os.path.join(self.watched, "data"), watched=self.watched)
        self.context = zmq.Context()
        self.line = Line(self.context, self.server, random.Random(seed), events // 2)
        self.told = {}  # (source, id) -> (time in ns, seq or 0)

    def start(self, **plan):
        self.server.start_plan(record=self.log, **plan)
        return self.server.wait_ready()

    def go_on(self):
        """After a kill, without another."""
        ready = self.start()
        self.lived(ready)
        self.line.connect()

    def lived(self, so):
        assert so, f"the server died, though nobody killed it: {''.join(self.server.seen)}"

    def note(self):
        """Whatever was acknowledged since the last look."""
        now_ns, publisher, resender = time.monotonic_ns(), self.line.publisher, self.line.resender
        for number in range(publisher.acked):
            self.told.setdefault((publisher.source, f"e-{number}"), (now_ns, 0))
        for number, seq in resender.seqs.items():
            self.told.setdefault((resender.load.source, f"e-{number}"), (now_ns, seq))

    def publish(self, share=1.0):
        """Until that share of the events is acknowledged. False: the server died before."""
        goal, deadline = share * self.events, time.monotonic() + DEADLINE_S
        while self.line.publisher.acked + len(self.line.resender.seqs) < goal:
            assert time.monotonic() < deadline, f"{len(self.told)} acknowledged, not {goal}"
            if self.server.process.poll() is not None:
                self.server.bury()
                return False
            self.line.turn(50)
            self.note()
        return True

    def fill(self):
        """A volume's worth of events that nobody reads, in large turns. False: the server died meanwhile."""
        peer = Peer(self.context, self.server.endpoint(1))
        for _ in range(FILL_PUTS):
            names = [f"fill-{self.filled + i}" for i in range(16)]
            self.filled += len(names)
            peer.send("PUT", {"events": [{"id": name, "source": FILL_SOURCE, "type": "test.fill",
                                          "data": {"filling": "x" * FILL_BYTES}} for name in names]})
            self.told.update({(FILL_SOURCE, name): (FAR_NS, 0) for name in names})
            while not peer.socket.poll(50):
                if self.server.process.poll() is not None:
                    self.server.bury()
                    return False
            _, ack = peer.receive()
            now_ns = time.monotonic_ns()
            self.told.update({(FILL_SOURCE, name): (now_ns, ack["first"] + i) for i, name in enumerate(names)})
        peer.close()
        return True

    def end(self):
        """What was sent and never acknowledged may be in the journal, too."""
        self.context.destroy(0)
        for load in self.line.loads:
            for number in range(len(load.events)):
                self.told.setdefault((load.source, f"e-{number}"), (FAR_NS, 0))
        with open(self.told_path, "w", encoding="ascii") as file:
            for (source, name), (when, seq) in self.told.items():
                print("-" if when == FAR_NS else when, seq, source, name, file=file)
        return self


def record_line(top, seed, events, volumes):
    """A first start, small commits, a kill amid them, volumes that fill up with small commits between."""
    recording = Recording(top, seed, events)
    plan = {"call": "durable", "at": KILLED_AT, "do": "kill-before", "path": "/journal"}
    assert recording.start(**plan), f"{plan} struck before the server was ready"
    assert not recording.publish(), f"{events} events were acknowledged, and {plan} never struck"
    recording.go_on()
    for volume in range(volumes):
        recording.lived(recording.publish(0.5 + 0.4 * volume / volumes))
        recording.lived(recording.fill())
    recording.lived(recording.publish())
    recording.server.stop()
    return recording.end()


def record_killed(top, seed, events, plan):
    """Killed where the plan says, in a first start or while the first volume fills up; then one that isn't."""
    recording = Recording(top, seed, events)
    if recording.start(**plan) and recording.publish(0.5) and recording.fill():
        recording.server.end()
    recording.go_on()
    recording.lived(recording.publish())
    recording.server.stop()
    return recording.end()


def plans():
    """Kills after calls that change names: in a first start, and where the second volume begins."""
    first = [{"call": "mkdir", "at": number} for number in range(2, 10)] + [{"call": "rename", "at": number} for number in (1, 2, 3)]
    second = [{"call": "files", "at": number, "path": "/journal/000002"} for number in range(1, 21)]
    return [{**plan, "do": "kill-after"} for plan in first + second]


class Power:
    """Where recordings are made and cut, and what came of it."""

    def __init__(self, top, scratch, seed, keep):
        self.top, self.scratch, self.seed, self.recordings, self.kept = top, scratch, seed, 0, keep
        self.sums = {"cuts": 0, "recovered": 0, "torn": 0, "syncs": 0, "acknowledged": 0, "lost": 0, "doubled": 0}
        self.disks = set()  # hashes of the different ones that were laid out

    def record(self, how, *words):
        self.recordings += 1
        top = os.path.join(self.top, str(self.recordings))
        os.mkdir(top)
        return how(top, self.seed + self.recordings, *words)

    def keep(self, recording, place=None):
        """For whoever wants to see what went wrong: the recording, and what a server made of a disk."""
        if self.kept:
            shutil.copytree(os.path.dirname(recording.log), os.path.join(self.kept, "recorded"), dirs_exist_ok=True)
        if self.kept and place:
            shutil.copytree(place, os.path.join(self.kept, "served"), dirs_exist_ok=True)

    def check_whole(self, recording):
        """Nothing lost, the disk is what it is: nothing that was written escaped the record."""
        laid = self.lay(recording, str(1 << 31), "none", "1")
        for folder, _, names in os.walk(recording.watched):
            for name in names:
                if name == "data.mdb":
                    real = os.path.join(folder, name)
                    with open(real, "rb") as one, open(os.path.join(laid, os.path.relpath(real, recording.watched)), "rb") as other:
                        assert one.read() == other.read(), f"{real} has bytes that nobody recorded"

    def words(self, recording, scratch, cuts, part, parts):
        return [RECOVER, recording.log, recording.watched, recording.told_path, scratch, str(cuts), str(self.seed), str(part), str(parts)]

    def recover(self, recording, cuts):
        """Half of the cuts on each of two processors. What is wrong with one has been said on stderr."""
        self.check_whole(recording)
        parts = []
        for part in range(2):
            scratch = os.path.join(self.scratch, str(part))
            os.makedirs(scratch, exist_ok=True)
            parts.append(subprocess.Popen(self.words(recording, scratch, cuts, part, 2), stdout=subprocess.PIPE, text=True))
        for part in parts:
            out, _ = part.communicate(timeout=1800)
            assert out, f"recover ended with {part.returncode}"
            *disks, told = out.splitlines()
            self.disks.update(disks)
            told = json.loads(told)
            for key in self.sums:
                self.sums[key] += told[key]
            if told["recovered"] < told["cuts"]:
                self.keep(recording)

    def whole(self):
        """Nothing that was cut so far is lost, doubled or beyond recovery."""
        return self.sums["recovered"] == self.sums["cuts"] and not self.sums["lost"] and not self.sums["doubled"]

    def cuts(self, recording, cuts):
        """(position, loss, seed, time in ns) of the same cuts."""
        out = subprocess.run(self.words(recording, self.scratch, cuts, 0, 1) + ["list"], stdout=subprocess.PIPE, text=True, check=True)
        for line in out.stdout.splitlines():
            position, loss, seed, time_ns = line.split()
            yield position, loss, seed, int(time_ns)

    def lay(self, recording, position, loss, seed):
        """One of them, as a folder that stays until the next."""
        place = os.path.join(self.scratch, "laid")
        shutil.rmtree(place, ignore_errors=True)
        os.mkdir(place)
        subprocess.run([RECOVER, recording.log, recording.watched, recording.told_path, place, "lay", position, loss, seed], check=True)
        return place
