#!/usr/bin/python3
"""What is due is said in time, however late the entries before it come, and a quiet house stays quiet.

Complaints whose first notice is due at the next whole second arrive up to 300 ms before it, and unhappy ratings in a
second's last milliseconds: what the worker says of them reaches the journal when that second has begun already.

Usage: MANYI=build/manyi tests/smoke/punctual_smoke.py
"""
import os
import sys
import tempfile
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import Peer, Server, stamp, unpack  # noqa: E402

HALF_OF_RESPONSE_MS = 3_600_000  # of an urgent complaint: 2 h of the clock on the wall, at night, too
LEADS_MS = [0.5, 1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 180, 240, 300]
RATINGS = 6
NOTICE_LATE_MS = 1000
SCORE_LATE_MS = 2500
PATIENCE_MS = 20_000
QUIET_BEATS = 3


class Ear:
    """Hears the outlet; every wait is one for its next message, or for a point in time."""

    def __init__(self, context, endpoint):
        self.socket = context.socket(zmq.SUB)
        self.socket.setsockopt(zmq.LINGER, 0)
        for channel in (b"escalation", b"score", b"beat"):
            self.socket.setsockopt(zmq.SUBSCRIBE, channel)
        self.socket.connect(endpoint)
        self.until("beat", lambda message: True, PATIENCE_MS)

    def until(self, channel, wanted, wait_ms):
        """The wall's time in ms when the first such message came."""
        deadline = time.time() * 1000 + wait_ms
        while True:
            left = deadline - time.time() * 1000
            assert left > 0 and self.socket.poll(left), f"{channel}: not within {wait_ms} ms"
            name, body = self.socket.recv_multipart()
            if name.decode() == channel and wanted(unpack(body)):
                return time.time() * 1000

    def hear_until(self, wall_ms):
        while (left := wall_ms - time.time() * 1000) > 0:
            if self.socket.poll(max(0, left - 1)):  # its last millisecond is spent awake
                self.socket.recv_multipart()


def put(intake, event):
    verb, ack = intake.ask("PUT", {"events": [event]})
    assert verb == "ACK" and ack["count"] == 1, ack
    return ack["first"]


def next_second_ms(room_ms):
    """A whole second that is at least room_ms away."""
    return (int(time.time() * 1000 + room_ms) // 1000 + 1) * 1000


def notice_late_ms(intake, ear, lead_ms):
    due_ms = next_second_ms(lead_ms + 20)
    event = {"id": f"c-{due_ms}", "source": "/tests/punctual", "type": "feedback.complained",
             "time": stamp(due_ms - HALF_OF_RESPONSE_MS),
             "data": {"store": "sh-pudong", "department": "service", "channel": "phone", "category": "safety",
                      "text": "the brakes squeal"}}
    ear.hear_until(due_ms - lead_ms)
    seq = put(intake, event)
    complaint = f"C-{seq}"
    heard_ms = ear.until("escalation", lambda message: message.get("card", {}).get("complaint") == complaint, PATIENCE_MS)
    return heard_ms - due_ms


def score_late_ms(intake, ear, number):
    whole_ms = next_second_ms(20)
    event = {"id": f"r-{number}", "source": "/tests/punctual", "type": "feedback.rated",
             "data": {"store": f"store-{number}", "department": "service", "channel": "kiosk", "visit": f"V-{number}",
                      "overall": 3}}
    ear.hear_until(whole_ms - 2.5 + 0.3 * number)
    sent_ms = time.time() * 1000
    put(intake, event)
    heard_ms = ear.until("score", lambda message: message.get("card", {}).get("store") == f"store-{number}", PATIENCE_MS)
    return heard_ms - sent_ms


def head(intake):
    return intake.ask("PING", {})[1]["head"]


def rests(intake, ear):
    """The journal comes to rest, and stays there for three beats of a second each."""
    before, quiet, beats = head(intake), 0, 0
    while quiet < QUIET_BEATS:
        ear.until("beat", lambda message: True, PATIENCE_MS)
        beats += 1
        now = head(intake)
        quiet = quiet + 1 if now == before else 0
        before = now
        assert beats < 4 * QUIET_BEATS, f"the journal of a quiet house grows: {now} entries"


def main():
    context = zmq.Context()
    with tempfile.TemporaryDirectory(prefix="manyi-punctual-") as directory:
        always_open = os.path.join(os.path.dirname(__file__), "..", "support", "round_the_clock.yaml")
        server = Server(os.path.join(directory, "data"), words=("--policy", always_open)).start()
        intake, ear = Peer(context, server.endpoint(1)), Ear(context, server.endpoint(4))
        notices = [notice_late_ms(intake, ear, lead_ms) for lead_ms in LEADS_MS]
        print("notices, ms after they were due:", [round(late) for late in notices])
        scores = [score_late_ms(intake, ear, number) for number in range(RATINGS)]
        print("score cards, ms after the rating:", [round(late) for late in scores])
        rests(intake, ear)
        assert max(notices) <= NOTICE_LATE_MS, "a notice came late"
        assert min(notices) > -1, "a notice came before it was due"
        assert max(scores) <= SCORE_LATE_MS, "a score card came late"
        intake.close()
        ear.socket.close(0)
        server.stop()
    print("punctual_smoke: everything came in time")


if __name__ == "__main__":
    main()
