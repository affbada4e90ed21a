"""Who publishes in the soak, and what must come of it: events made as they are sent, an own count of everything."""
import collections
import heapq
import math
import random

from served import Peer, pack, stamp

RATINGS, DESK = "/soak/ratings", "/soak/desk"
HOUR_MS = 3600 * 1000
CLOCKS_H = {"general": {"response": 8, "plan": 16, "resolve": 24}, "urgent": {"response": 2, "plan": 4, "resolve": 48}}
RUNGS = [50, 80, 100, 150, 200]
SILENCE_S = 2.0
IN_FLIGHT = 8


class Sender:
    """Sends batches in order until each is answered, over kills of the server. With a session: HELLO, epoch, `last`;
    without: the same ids again, and a repeat is named by the first one's seq."""

    def __init__(self, context, endpoint, source, session):
        self.context, self.endpoint, self.source, self.session = context, endpoint, source, session
        self.batches = collections.deque()  # (first sequence, events, what to call with the seqs)
        self.last, self.acked, self.peer, self.serial = 0, 0, None, 0

    def add(self, events, told=None):
        self.batches.append((self.last + 1, [pack(event) for event in events], told))
        self.last += len(events)

    def connect(self, now):
        if self.peer:
            self.peer.close()
        self.peer = Peer(self.context, self.endpoint)
        self.heard, self.epoch, self.flying = now, None, collections.deque()
        if self.session:
            self.peer.send("HELLO", {"source": self.source, "instance": "soak"})

    def turn(self, now):
        if self.peer is None or (now - self.heard > SILENCE_S and (self.flying or (self.session and not self.epoch))):
            self.connect(now)
        while self.peer.socket.poll(0):
            self.heard = now
            self.answer(*self.peer.receive(), now)
        if self.session and not self.epoch:
            return
        if not self.flying:
            self.heard = now
        for first, events, _ in list(self.batches)[len(self.flying):IN_FLIGHT]:
            self.serial += 1
            own = {"source": self.source, "epoch": self.epoch, "first": first} if self.session else {}
            self.peer.send("PUT", {"rid": self.serial, "events": events, **own})
            self.flying.append(self.serial)

    def answer(self, verb, reply, now):
        if verb == "WELCOME":
            assert reply["last"] >= self.acked, f"WELCOME forgot acknowledged events: {reply['last']} < {self.acked}"
            self.epoch = reply["epoch"]
            while self.batches and self.batches[0][0] + len(self.batches[0][1]) - 1 <= reply["last"]:
                self.release()
        elif verb == "ACK":
            while self.flying[0] < reply["rid"]:  # its answer died with the server; sequences have no gaps
                assert self.session, "answers come in order"
                self.flying.popleft()
                self.release()
            self.flying.popleft()
            assert all(problem.get("code") is None for problem in reply["problems"]), reply["problems"]
            self.release(reply)
        else:
            assert reply.get("code") in ("E1306", "E1311", "E1305"), (verb, reply)  # a gap, or what a kill left behind
            self.connect(now)

    def release(self, reply=None):
        first, events, told = self.batches.popleft()
        self.acked = max(self.acked, first + len(events) - 1)
        if told:
            repeats = {problem["i"]: problem["duplicate_of"] for problem in reply["problems"]}
            fresh = iter(range(reply["first"] or 0, (reply["first"] or 0) + len(events)))
            told([repeats[i] if i in repeats else next(fresh) for i in range(len(events))])


class Month:
    """Ratings with corrections and retractions; complaints, handled or forgotten; and what must be found at the end."""

    def __init__(self, seed):
        self.rng, self.number, self.ids = random.Random(seed), 0, collections.defaultdict(int)
        self.recent = collections.deque(maxlen=2000)  # ratings that may still be corrected
        self.sums = collections.defaultdict(lambda: [0, 0])
        self.forgotten, self.handled = {}, 0  # seq -> grade of complaints that nobody looks after
        self.due = []  # what people will decide, and when

    def event(self, source, kind, at_ms, data, subject=None):
        self.ids[source] += 1
        event = {"id": f"{self.ids[source]}", "source": source, "type": kind, "time": stamp(at_ms), "data": data}
        return {**event, "subject": subject} if subject else event

    def rated(self, at_ms):
        """A rating, or what takes one back; counted at once: everything that is sent is acknowledged in the end."""
        dice = self.rng.random()
        if dice < 0.03 and self.recent:
            key = self.rng.choice(self.recent)
            quality = self.rng.randint(0, 10)
            self.sums[key[1]][1] += quality - key[2]
            self.recent.remove(key)
            self.recent.append((key[0], key[1], quality))
            return self.event(RATINGS, "feedback.corrected", at_ms, {"of": key[0], "scores": {"quality": quality}})
        if dice < 0.04 and self.recent:
            key = self.recent.pop()
            self.sums[key[1]][0] -= 1
            self.sums[key[1]][1] -= key[2]
            return self.event(RATINGS, "feedback.retracted", at_ms, {"of": key[0], "reason": "entered twice"})
        quality = self.rng.randint(0, 10)
        place = (f"store-{self.rng.randrange(12):02d}", self.rng.choice(["sales", "service", "support"]))
        data = {"store": place[0], "department": place[1], "channel": "kiosk", "nps": 7, "scores": {"quality": quality}}
        if self.rng.random() < 0.1:
            data["visit"] = f"V-{self.rng.randrange(10**6)}"
        event = self.event(RATINGS, "feedback.rated", at_ms, data)
        self.sums[place][0] += 1
        self.sums[place][1] += quality
        self.recent.append((event["id"], place, quality))
        return event

    def complained(self, at_ms, grade):
        return self.event(DESK, "feedback.complained", at_ms, {
            "store": f"store-{self.rng.randrange(12):02d}", "department": "service", "channel": "phone",
            "text": "brakes", "category": "safety" if grade == "urgent" else "delay"})

    def handle(self, seq, at_ms):
        """What people do about it, each with the moment (ms of the month) at which they do."""
        case, steps = f"C-{seq}", [
            ("complaint.acknowledged", {"by": "wang.li"}),
            ("complaint.planned", {"by": "wang.li", "measure": "new pads"}),
            ("complaint.resolved", {"by": "wang.li"}), ("complaint.judged", {"by": "chen.jun", "verdict": "upheld"}),
            ("complaint.verified", {"by": "chen.jun", "satisfied": True})]
        for kind, data in steps:
            at_ms += self.rng.randrange(10 * 60_000, 5 * HOUR_MS)
            self.plan(at_ms, kind, data, case)
        self.handled += 1

    def forget(self, seq, grade, at_ms):
        """Nobody does anything until its last rung has passed; then the customer withdraws."""
        self.forgotten[seq] = grade
        last_ms = max(CLOCKS_H[grade].values()) * RUNGS[-1] * HOUR_MS // 100
        self.plan(at_ms + last_ms + 2 * HOUR_MS, "complaint.withdrawn", {"by": "wang.li"}, f"C-{seq}")

    def decisions(self, at_ms):
        """Those whose moment has come."""
        ripe = []
        while self.due and self.due[0][0] <= at_ms and len(ripe) < 200:
            _, _, kind, data, case = heapq.heappop(self.due)
            ripe.append(self.event(DESK, kind, at_ms, data, case))
        return ripe

    def plan(self, at_ms, kind, data, case):
        self.number += 1
        heapq.heappush(self.due, (at_ms, self.number, kind, data, case))


def rungs_due(grade, opened_ms):
    """(clock, percent) -> when it is due, by the default rulebook: rounded up to the second."""
    return {(clock, percent): math.ceil((opened_ms + hours * HOUR_MS * percent // 100) / 1000) * 1000
            for clock, hours in CLOCKS_H[grade].items() for percent in RUNGS}
