#!/usr/bin/python3
"""People are told by a real server over real sockets: receivers that refuse, are down for a while, answer slowly; the next person up
when one can't be reached; and kill -9 in the middle of deliveries, after which nothing is forgotten and nothing storms.

The server's time runs 60 times as fast, so that a back-off of ten seconds is a moment.

Usage: MANYI=build/manyi tests/smoke/notifier_smoke.py
"""
import base64
import http.server
import json
import os
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import zmq  # noqa: E402

from served import Peer, Server, stamp  # noqa: E402

RATE = 60
PATIENCE_S = 60
STORES = ("sh-a", "sh-b", "sh-c")
POSTS = ("handler", "manager", "director", "general-manager")


class Receiver(http.server.ThreadingHTTPServer):
    """A webhook's receiver: what it answers may change, what it got it keeps in order."""

    daemon_threads = True

    def __init__(self, name):
        super().__init__(("127.0.0.1", 0), Hook)
        self.name, self.code, self.slow_s = name, 204, 0.0
        self.got, self.refused, self.news = [], [], threading.Condition()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # whoever was killed has hung up

    def take(self, message):
        with self.news:
            (self.got if self.code < 300 else self.refused).append(message)
            self.news.notify_all()

    def wait(self, fact, what):
        with self.news:
            assert self.news.wait_for(fact, PATIENCE_S), f"{self.name}: {what}: {len(self.got)} {len(self.refused)}"


class Hook(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.take((self.headers["webhook-id"], body["data"]["notices"], body["data"]["to"]))
        if self.server.slow_s:
            self.server.leave.wait(self.server.slow_s)
        try:
            self.send_response(self.server.code)
            self.send_header("Content-Length", "0")
            self.end_headers()
        except OSError:
            pass  # the server was killed meanwhile


Receiver.leave = threading.Event()


class House:
    """A server whose notices go to receivers of our own."""

    def __init__(self, folder, receivers):
        self.folder = folder
        self.count = 0
        with open(f"{folder}/hook.secret", "w", encoding="ascii") as file:
            file.write("whsec_" + base64.b64encode(b"s" * 32).decode())
        os.chmod(f"{folder}/hook.secret", 0o600)
        people = {f"{post}@{store}": store for store in STORES for post in POSTS}
        people |= {"director@sh-d": "gone", "default": "else"}
        with open(f"{folder}/notices.yaml", "w", encoding="utf-8") as file:
            file.write("language: zh\nlinks: https://notices.example.com/\ntargets:\n")
            for name, receiver in receivers.items():
                file.write(f"  - {{name: {name}, kind: webhook, url: \"http://127.0.0.1:{receiver.server_port}/\", "
                           "secret_file: hook.secret}\n")
            file.write("people:\n")
            for person, target in people.items():
                file.write(f"  {person}: [{{target: {target}}}]\n")
        os.environ["MANYI_NOTICES"] = f"{folder}/notices.yaml"
        self.server = Server(f"{folder}/data")
        self.clock_start = time.time()
        self.real_start = time.monotonic()
        self.start()

    def now(self):
        return self.clock_start + (time.monotonic() - self.real_start) * RATE

    def start(self):
        begin = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now() + 1))
        self.server.words = ("--clock-start", begin, "--clock-rate", str(RATE), "--accept-time")
        self.server.start()
        self.intake = Peer(zmq.Context.instance(), self.server.endpoint(1))

    def complain(self, store):
        """A safety complaint whose two hours to answer are over, so that the director is told at once; the third hour, at whose end
        the general manager is, ends in five minutes. Were that over as well, only the highest rung would be climbed."""
        self.count += 1
        event = {"id": f"c-{self.count}", "source": "/tests/notifier", "type": "feedback.complained",
                 "time": stamp(int((self.now() - 175 * 60) * 1000)),
                 "data": {"store": store, "department": "service", "channel": "phone", "category": "safety",
                          "text": "the brakes of Mr. Zhang squeal"}}
        verb, ack = self.intake.ask("PUT", {"events": [event]})
        assert verb == "ACK" and ack["count"] == 1, ack
        return f"C-{ack['first']}"

    def escalations(self, fact, what):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            rows = self.server.cli("escalations", "--limit", "500")
            if fact(rows):
                return rows
            assert time.monotonic() < deadline, f"{what}: {rows[-3:]}"


def keys(messages):
    return [(notice["id"], notice["repeat"]) for _, notices, _ in messages for notice in notices]


def is_told(row):
    return row["sent_repeat"] == row["repeat"]


def down_and_up(house, receiver):
    receiver.code = 500
    case = house.complain(receiver.name)
    receiver.wait(lambda: len(receiver.refused) >= 2, "tried twice")
    receiver.code = 204
    receiver.wait(lambda: {"E" + case[1:] + "-response-100", "E" + case[1:] + "-response-150"} <=
                  {name for name, _ in keys(receiver.got)}, "arrived")
    rows = house.escalations(lambda rows: all(is_told(row) for row in rows if row["complaint"] == case), "on the cards")
    raised = {row["id"]: row["raised_at"] for row in rows}
    order = [raised[notices[0]["id"]] for _, notices, _ in receiver.got]
    assert order == sorted(order), order
    message, notices, to = receiver.got[-1]
    assert message.startswith(notices[0]["id"] + "~") and "@" in to, receiver.got[-1]
    assert notices[0]["link"].startswith("https://notices.example.com/ack/") and len(notices[0]["code"]) == 9, notices
    tried = next(row for row in rows if row["id"] == keys(receiver.refused)[0][0])
    assert tried["attempts"] is None and tried["failed_reason"] is None and tried["sent_means"] == "webhook", tried
    assert {id for id, _, _ in receiver.refused} <= {id for id, _, _ in receiver.got}, "another id when sent again"


def climbing(house, receivers):
    gone, above = receivers["gone"], receivers["else"]
    gone.code = 410
    case = house.complain("sh-d")
    gone.wait(lambda: gone.refused, "refused")
    rows = house.escalations(
        lambda rows: any(row["complaint"] == case and row["because"] and is_told(row) for row in rows), "climbed")
    up = next(row for row in rows if row["complaint"] == case and row["because"])
    assert "director@sh-d" in up["because"] and "HTTP 410" in up["because"] and up["level"] == 3, up
    first = next(row for row in rows if row["climbed_to"] == up["id"])
    assert first["sent_at"] is None and first["to"] == "director@sh-d", first
    above.wait(lambda: (up["id"], 0) in keys(above.got), "the next person up")
    words = [notice["because"] for _, notices, _ in above.got for notice in notices if notice["id"] == up["id"]]
    assert words == [up["because"]], words


def killed(house, receivers):
    lanes = [receivers[store] for store in STORES]
    for lane in lanes:
        lane.got.clear()
        lane.slow_s = 0.1
    cases = [house.complain(store) for _ in range(4) for store in STORES]
    lanes[0].wait(lambda: len(lanes[0].got) >= 4, "some arrived")
    house.server.kill()
    under_way = [list(lane.got) for lane in lanes]
    house.start()
    house.escalations(lambda rows: sum(row["complaint"] in cases for row in rows) >= 3 * len(cases) and
                      all(is_told(row) for row in rows if row["complaint"] in cases), "all told")
    for lane in lanes:
        lane.slow_s = 0.0
    rows = house.escalations(lambda rows: True, "")
    for lane, before in zip(lanes, under_way):
        arrived = keys(lane.got)
        wanted = {(row["id"], row["repeat"]) for row in rows if row["complaint"] in cases and row["store"] == lane.name}
        assert wanted <= set(arrived), wanted - set(arrived)
        twice = {key for key in arrived if arrived.count(key) > 1}
        assert twice <= set(keys(before[-1:])), (twice, before[-1:])
        assert all(arrived.count(key) == 2 for key in twice), twice


def main():
    names = (*STORES, "gone", "else")
    receivers = {name: Receiver(name) for name in names}
    with tempfile.TemporaryDirectory() as folder:
        house = House(folder, receivers)
        down_and_up(house, receivers["sh-a"])
        climbing(house, receivers)
        killed(house, receivers)
        figures = house.server.cli("status")["notifier"]
        assert figures["targets"] == len(names) and figures["sent"] > 0 and figures["waiting"] == 0, figures
        for receiver in receivers.values():
            said = json.dumps(receiver.got + receiver.refused, ensure_ascii=False)
            assert "Zhang" not in said and "brakes" not in said, "a customer's words went out"
        house.server.stop()
    Receiver.leave.set()
    print("everybody was told, in order, and nobody twice but for what was on its way")


if __name__ == "__main__":
    sys.exit(main())
