"""`manyi serve` whose n-th write, sync, truncation, map, opening or allocation of a store fails: it ends and says why, or goes on.

After each such life a start without faults: whatever was acknowledged is there, once and under the seq that was told, and what
wasn't is taken now.
"""
import collections
import os
import re
import struct
import subprocess
import sys
import time

import zmq

from faulty import LIBRARY, FaultyServer, preload
from served import MANYI, Server, pack, unpack

SOURCE = "/tests/disk"
STORES = ("/journal", "/state", "/outlet")
# call, what it does, how much of it, and which errors are likely
FAULTS = (("writes", "EIO"), ("writes", "ENOSPC"), ("writes", "short"), ("durable", "EIO"), ("durable", "ENOSPC"),
          ("ftruncate", "ENOSPC"), ("open", "EIO"), ("open", "EMFILE"), ("mmap", "ENOMEM"), ("rename", "EIO"), ("mkdir", "ENOSPC"))
HEAP = ("heap", "ENOMEM")
LIFE_S, START_S = 25, 60
EVENTS = 12  # of a life
BROKEN_MOST = 5  # then there is nothing to be proven any more
EXITS = (69, 73, 74, 75, 77)  # sysexits: unavailable, can't create, IO, try again, not permitted


class Broken(Exception):
    """What is wrong with Manyi."""


def event(number):
    data = {"store": "sh-pudong", "department": "service", "channel": "kiosk", "overall": number % 11}
    kind = "feedback.rated"
    if number % 6 == 3:
        kind, data = "feedback.complained", {"store": "sh-pudong", "department": "service", "channel": "phone",
                                             "category": "safety", "text": "the brakes"}
    return {"id": f"e-{number}", "source": SOURCE, "type": kind, "data": data}


class FaultCounts:
    """What the preloaded library has counted and done, over the process's end."""

    def __init__(self, path):
        self.path = path

    def clear(self):
        if os.path.exists(self.path):
            os.unlink(self.path)

    def made(self):
        if not os.path.exists(self.path):
            return 0
        with open(self.path, "rb") as file:
            return struct.unpack_from("<QQ", file.read(16))[1]


class Line:
    """Publishes events one by one and keeps what it was told."""

    def __init__(self, server):
        self.server, self.context = server, zmq.Context()
        self.told, self.next = {}, 0  # number -> seq

    def peer(self, offset):
        socket = self.context.socket(zmq.DEALER)
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect(self.server.endpoint(offset))
        return socket

    def ask(self, socket, verb, body, deadline):
        """The reply of that rid; None: the server has ended."""
        rid = body["rid"]
        while True:
            socket.send_multipart([b"", verb.encode(), pack(body)])
            asked = time.monotonic()
            while time.monotonic() - asked < 3:
                if socket.poll(20):
                    _, verb_told, reply = socket.recv_multipart()
                    reply = unpack(reply)
                    if reply.get("rid") == rid:
                        return verb_told.decode(), reply
                elif self.server.process.poll() is not None:
                    return None
                if time.monotonic() > deadline:
                    raise Broken(f"{verb} was not answered, and the server goes on")

    def put(self, socket, number, deadline):
        """True: taken or known. False: refused for now. None: the server has ended."""
        told = self.ask(socket, "PUT", {"rid": number + 1, "events": [event(number)]}, deadline)
        if told is None:
            return None
        verb, reply = told
        if verb == "NAK":
            if reply["code"] not in ("E1311", "E1001", "E1401", "E1402", "E1403"):
                raise Broken(f"PUT was refused: {reply}")
            return False
        seq = reply.get("first")
        for problem in reply["problems"]:
            if problem.get("code"):
                raise Broken(f"a sound event was refused: {problem}")
            seq = problem["duplicate_of"]
        if number in self.told and (self.told[number] != seq or not reply["problems"]):
            raise Broken(f"e-{number} was acknowledged as {self.told[number]}, and is {reply} now")
        self.told[number] = seq
        return True

    def publish(self, count, deadline):
        socket = self.peer(1)
        begun, self.next = self.next, self.next + count
        for number in range(begun, begun + count):
            if self.put(socket, number, deadline) is None:
                break
        socket.close(0)

    def folded(self, deadline):
        """Until worker and outlet are at the journal's head. False: the server has ended before."""
        sockets = [self.peer(offset) for offset in (1, 3, 5)]
        rid = 1_000_000
        try:
            while True:
                figures = []
                for socket in sockets:
                    rid += 1
                    told = self.ask(socket, "PING", {"rid": rid}, deadline)
                    if told is None:
                        return False
                    figures.append(told[1].get("head" if socket is sockets[0] else "cursor", -1))
                if figures[1] >= figures[0] and figures[2] >= figures[0]:
                    return True
                if time.monotonic() > deadline:
                    raise Broken(f"not folded: head, worker, outlet {figures}")
        finally:
            for socket in sockets:
                socket.close(0)

    def settle(self):
        """Everything is acknowledged, under the seqs that were told before."""
        deadline = time.monotonic() + LIFE_S
        socket = self.peer(1)
        for number in range(max(0, self.next - 2 * EVENTS), self.next):
            if not self.put(socket, number, deadline):
                raise Broken(f"a server without faults does not take e-{number}")
        socket.close(0)
        if not self.folded(deadline):
            raise Broken("a server without faults has ended")


class DiskFaults:
    """Lives of one server, a fault in each."""

    def __init__(self, top):
        self.top = top
        self.server = FaultyServer(os.path.join(top, "data"), watched=top)
        self.line = Line(self.server)
        self.counts = FaultCounts(os.path.join(top, "counts"))
        self.calls, self.survived, self.ended, self.went_on = 0, 0, 0, 0
        self.struck = collections.Counter()  # (call, what it did) -> times
        self.broken = []

    def start(self, call, at, do, store, caller):
        """The plan's first word may strike before the server is ready."""
        self.counts.clear()
        plan = {"DIR": self.top, "CALL": call, "AT": at, "DO": do, "PATH": store, "CALLER": caller, "COUNTS": self.counts.path}
        environment = dict(os.environ, LD_PRELOAD=preload(), **{f"MANYI_FAULT_{key}": value for key, value in plan.items() if value})
        self.said_path = os.path.join(self.top, "said")
        with open(self.said_path, "wb") as said:
            self.server.process = subprocess.Popen(
                [MANYI, "serve", "--dir", self.server.directory, "--base-port", str(self.server.base)],
                stdout=subprocess.DEVNULL, stderr=said, env=environment)

    def said(self):
        with open(self.said_path, encoding="utf-8", errors="replace") as said:
            return said.read()

    def ready(self, deadline):
        while self.server.process.poll() is None:
            if re.search(r": ready$", self.said(), re.M):
                return True
            if time.monotonic() > deadline:
                raise Broken("neither ready nor ended")
            time.sleep(0.01)
        return False

    def live(self):
        """One life under a plan; leaves no process."""
        deadline = time.monotonic() + LIFE_S
        if self.ready(deadline):
            self.line.publish(EVENTS, deadline)
            if self.server.process.poll() is None and self.line.folded(deadline):
                self.server.process.terminate()
        try:
            code = self.server.process.wait(max(1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as late:
            raise Broken("it does not end") from late
        said = self.said()
        if code == 0:
            return True
        if code not in EXITS:
            raise Broken(f"it ended with {code}")
        if not re.search(r"^manyi: E14\d\d .* Fix: .", said, re.M) and not re.search(r"^manyi: E1004 .* Fix: .", said, re.M):
            raise Broken("it ended without saying why")
        return False

    def verify(self):
        out = subprocess.run([MANYI, "verify", "--dir", self.server.directory, "--json"], capture_output=True, text=True, timeout=120,
                             check=False)
        if out.returncode != 0:
            raise Broken(f"verify: {out.returncode} {out.stdout}{out.stderr}")

    def begin_anew(self):
        subprocess.run(["rm", "-rf", self.server.directory], check=True)
        self.line.told, self.line.next = {}, 0

    def live_twice(self, *plan):
        """A life under a plan, and one without faults. Whether the first went on to its end; None: it passed untouched."""
        self.start(*plan)
        went_on = self.live()
        if self.counts.made() == 0:
            return None
        try:
            Server.start(self.server)
            self.line.settle()
            self.server.stop()
            self.verify()
        except (Broken, AssertionError, SystemExit) as broken:
            raise Broken(f"the life after it: {broken}") from broken
        return went_on

    def fault(self, call, at, do, store, caller="", anew=False):
        """False: the life passed untouched. What is wrong is told and kept, and the next life begins anew."""
        if anew:
            self.begin_anew()
        went_on = False
        try:
            went_on = self.live_twice(call, at, do, store, caller)
            self.survived += went_on is not None
        except Broken as broken:
            self.server.process.kill()
            self.server.process.wait()
            self.broken.append(f"{do} at {at} of {call} in {store}{' of ' + caller if caller else ''}"
                               f"{', a first start' if anew else ''}: {broken}\nIt had said:\n{self.said()}")
            print(self.broken[-1], file=sys.stderr, flush=True)
            if len(self.broken) == BROKEN_MOST:
                raise
            self.begin_anew()
        if self.counts.made() == 0:
            return False
        self.calls += 1
        self.struck[call, do] += 1
        self.went_on += bool(went_on)
        self.ended += not went_on
        return True

    def until_untouched(self, call, do, store, every, caller="", anew=False, lasting=False, most=10_000):
        for number in range(1, most, every):
            if not self.fault(call, f"{number}{'+' if lasting else ''}", do, store, caller, anew):
                return

    def whole(self, every):
        """Each call, or every so many-th, until a life passes untouched; a first start and a later one; once and for ever."""
        for store in STORES:
            for call, do in FAULTS:
                self.until_untouched(call, do, store, every, anew=True)
                self.until_untouched(call, do, store, max(2, every))
                self.until_untouched(call, do, store, max(7, every), lasting=True)
        self.heap(max(3, every))
        self.check_struck()

    def slice(self):
        """A few of each."""
        for index, (call, do) in enumerate(FAULTS):
            store = STORES[index % 3]
            self.until_untouched(call, do, store, 9, anew=True, most=2 + 9 * (index % 2))
            self.until_untouched(call, do, STORES[(index + 1) % 3], 11, most=14, lasting=index % 2 == 1)
        self.heap(1, most=2)
        self.check_struck()

    def check_struck(self):
        """Each call was made somewhere: a name that nobody calls any more would never fail."""
        never = [f"{do} of {call}" for call, do in FAULTS if not self.struck[call, do]]
        if not os.environ.get("MANYI_SANITIZE") and not self.struck[HEAP]:
            never.append("ENOMEM of heap")
        if never:
            self.broken.append(f"no store ever met {', '.join(never)}")
            print(self.broken[-1], file=sys.stderr, flush=True)

    def heap(self, every, most=10_000):
        """LMDB's own allocations. The sanitizer's heap is not to be had."""
        if os.environ.get("MANYI_SANITIZE"):
            return
        self.until_untouched(*HEAP, "", every, caller="liblmdb", anew=True, most=most)
        self.until_untouched(*HEAP, "", every, caller="liblmdb", most=most)


def library_is_there():
    return os.path.exists(LIBRARY)
