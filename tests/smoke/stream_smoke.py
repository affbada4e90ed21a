"""GET /v1/stream against a real server: nothing is missed or told twice, whoever is cut off, killed, slow or gone; who may not
listen any more is told so.

What it is compared with is REPLAY at port 7305, asked by python3-zmq.
"""
import json
import os
import pathlib
import random
import socket
import sys
import tempfile
import threading
import time
import urllib.parse

import msgpack
import zmq

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from served import MANYI, Peer, Server  # noqa: E402
from sse import CHANNELS, Listener, Stream, subject_of  # noqa: E402

import http.client  # noqa: E402
import re  # noqa: E402
import subprocess  # noqa: E402

PASSWORD = "correct horse battery"


def within(seconds, look, what):
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


# ---- what happens ----

class Showroom:
    """People who rate, complain, and work on complaints, over one connection."""

    def __init__(self, port, token=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.fields = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        self.random, self.open, self.count = random.Random(7), [], 0

    def post(self, path, body):
        self.connection.request("POST", path, json.dumps(body), self.fields)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def event(self, kind, **data):
        self.count += 1
        name = f"{os.getpid()}-{id(self)}-{self.count}"
        status, body = self.post("/v1/events", {"id": name, "type": kind, "data": data})
        assert status == 201, body
        return body["seq"]

    def something(self):
        place = {"store": self.random.choice(["sh-pudong", "hz-xihu"]), "department": self.random.choice(["service", "sales"])}
        dice = self.random.random()
        if dice < 0.4 or not self.open:
            seq = self.event("feedback.complained", **place, channel="phone", category="delay", text="too slow")
            self.open.append(f"C-{seq}")
        elif dice < 0.6:
            self.event("feedback.rated", **place, channel="kiosk", overall=self.random.choice([1, 9]), visit=f"v-{self.count}")
        elif dice < 0.7:
            self.post(f"/v1/complaints/{self.open.pop(0)}/withdraw", {"by": "wang.li"})
        else:
            case = self.random.choice(self.open)
            self.post(f"/v1/complaints/{case}/note", {"by": "wang.li", "text": "called"})


def replayed(server, channel):
    """{subject: (n, card)} by another way than the gateway's."""
    peer, cards, after, more = Peer(zmq.Context.instance(), server.endpoint(5)), {}, 0, True
    while more:
        verb, body = peer.ask("REPLAY", {"channel": channel, "after": after})
        assert verb == "CARDS", body
        for told in body["cards"]:
            cards[subject_of(channel, told["card"])] = told["n"], told["card"]
        after, more = body["upto"], body["more"]
    peer.close()
    return cards, after


def compare(listener, cards_of):
    for channel, cards in cards_of.items():
        told = listener.present(channel)
        assert {name: n for name, (n, _) in told.items()} == {name: n for name, (n, _) in cards.items()}, channel
        for name, (_, card) in cards.items():
            assert plain(told[name][1]) == plain(card), (channel, name)


def plain(value):
    """Times are text over HTTP and timestamps over ZeroMQ; numbers may be written shorter."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, msgpack.Timestamp):
        return None
    return None if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value) else value


# ---- nothing missed, nothing twice ----

def heads(server):
    return {channel: replayed(server, channel)[1] for channel in CHANNELS}


def hear_all_and_compare(server, listener, stream):
    """A figure of the day may follow a second later: what is compared is of one moment."""
    deadline = time.monotonic() + 20
    while True:
        wanted = {channel: replayed(server, channel) for channel in CHANNELS}
        hear_up_to(stream, listener, {channel: upto for channel, (_, upto) in wanted.items()})
        if all(listener.n[channel] <= upto for channel, (_, upto) in wanted.items()):
            break
        assert time.monotonic() < deadline, "it never rests"
    stream.close()
    compare(listener, {channel: cards for channel, (cards, _) in wanted.items()})


def hear_up_to(stream, listener, wanted):
    """Until the stream says that it has come so far in every channel: in an id or a beat."""
    def is_there(block):
        listener.hear([block])
        place = dict(part.split("=") for part in block.id.split(";")[1:])
        return all(int(place[channel]) >= wanted[channel] for channel in CHANNELS)
    stream.until(is_there)


def who_is_cut_off_again_and_again_misses_nothing(server, showroom, dice):
    listener, last, stop = Listener(), None, threading.Event()

    def happen():
        while not stop.is_set():
            showroom.something()
    people = threading.Thread(target=happen)
    people.start()
    for _ in range(15):
        stream = Stream(server.base, last_id=last)
        for _ in range(dice.randrange(1, 60)):
            listener.hear([stream.next()])
        last = stream.last_id
        stream.close()
    stop.set()
    people.join()
    server.wait_folded()
    stream = Stream(server.base, "?after=" + urllib.parse.quote(last))
    hear_all_and_compare(server, listener, stream)
    return listener, stream.last_id


def a_server_that_is_killed_is_found_again(server, showroom, listener, last):
    stream = Stream(server.base, last_id=last)
    for _ in range(30):
        showroom.something()
    listener.hear(stream.until("complaint"))
    server.kill()
    try:
        while block := stream.next():
            listener.hear([block])
    except (ConnectionError, http.client.IncompleteRead):
        pass
    server.start()
    showroom.connection.close()
    for _ in range(10):
        showroom.something()
    server.wait_folded()
    stream = Stream(server.base, last_id=stream.last_id)
    hello = stream.next()
    assert hello.kind == "hello" and hello.data["g"] == stream.last_id.split(";")[0], hello.data
    hear_all_and_compare(server, listener, stream)


def from_now_on_nothing_old_is_told(server, showroom):
    before = heads(server)
    stream = Stream(server.base, "?channels=complaint&after=now")
    blocks = stream.until("ready")
    assert stream.retry_ms == 2000 and [block.kind for block in blocks] == ["hello", "ready"], [b.kind for b in blocks]
    seq = showroom.event("feedback.complained", store="sh-pudong", department="service", channel="phone", category="delay", text="x")
    card = stream.until("complaint")[-1]
    assert card.data["card"]["id"] == f"C-{seq}" and card.data["n"] > before["complaint"]
    return stream


def it_says_again_and_again_where_it_is(stream):
    """Every five seconds: this one has been open for longer."""
    beat = stream.until("beat")[-1]
    assert stream.comments >= 1 and beat.data["g"] == beat.id.split(";")[0]
    assert beat.id == f"{beat.data['g']};complaint={beat.data['channels']['complaint']}", (beat.id, beat.data)
    stream.close()


def what_nobody_can_read_is_refused_or_begins_anew(server):
    for query in ("?after=xx", "?after=x;complaint",
                  "?after=x;complaint=y", "?channels=complaints", "?channel=task", "?after=%ff"):
        stream = Stream(server.base, query)
        assert stream.status == 400 and stream.problem()["code"] == "E1303", query
    for last in ("41", "nothing;complaint=1", ";;;", "x" * 3000):
        stream = Stream(server.base, last_id=last)
        kinds = [block.kind for block in stream.until("resync")]
        assert kinds[-1] == "resync" and stream.last_id == "" and stream.next() is None, kinds
        stream.close()
    connection = http.client.HTTPConnection("127.0.0.1", server.base, timeout=20)
    for method, status in (("POST", 405), ("HEAD", 200), ("DELETE", 405)):
        connection.request(method, "/v1/stream", headers={"Content-Type": "application/json"} if method == "POST" else {})
        answer = connection.getresponse()
        assert answer.status == status, (method, answer.status)
        answer.read()
    connection.close()


# ---- who is slow, who leaves ----

def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def raw_stream(port, query="?after=now", receive=None):
    plain_socket = socket.socket()
    if receive:
        plain_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    plain_socket.connect(("127.0.0.1", port))
    plain_socket.settimeout(20)
    plain_socket.sendall(f"GET /v1/stream{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return plain_socket


def who_reads_nothing_holds_nobody_up(server, showroom):
    deaf = [raw_stream(server.base, "", 2048) for _ in range(40)]  # everything there is, and they don't read it
    reader = Stream(server.base, "?channels=complaint&after=now")
    reader.until("ready")
    worst = 0.0
    for _ in range(10):
        begun = time.monotonic()
        seq = showroom.event("feedback.complained", store="sh-pudong", department="service", channel="phone", category="delay", text="x")
        reader.until(lambda block, case=f"C-{seq}": block.kind == "complaint" and block.data["card"]["id"] == case)
        worst = max(worst, time.monotonic() - begun)
    assert worst < 2 or os.environ.get("MANYI_SANITIZE"), f"{worst:.2f} s beside those who don't read"
    reader.close()
    for one in deaf:
        one.close()


def who_reads_a_byte_at_a_time_is_served_and_holds_nobody_up(server):
    slow = raw_stream(server.base, "?channels=complaint", 2048)
    text = b""
    while b"event: hello" not in text:
        text += slow.recv(1)
    half = socket.create_connection(("127.0.0.1", server.base))
    half.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: 127")  # and one who never says the rest
    quick = Stream(server.base, "?channels=complaint")
    quick.until("ready")
    quick.close()
    half.close()
    slow.close()


def thousands_come_and_go_and_leave_nothing(server):
    before = descriptors(server)

    def come_and_go():
        crowd = [raw_stream(server.base, "?channels=complaint,task&after=now") for _ in range(500)]
        for one in crowd[::2]:
            assert one.recv(12) == b"HTTP/1.1 200"  # the others leave at once
        for one in crowd:
            one.close()
        within(20, lambda: descriptors(server) <= before, "connections are left over")
    for _ in range(3):  # until every place has been used
        come_and_go()
    memory = server.memory_kib()
    for _ in range(2):
        come_and_go()
    grown = server.memory_kib() - memory
    assert grown < 4 * 1024 or os.environ.get("MANYI_SANITIZE"), f"grew by {grown} KiB"


# ---- who may listen ----

def key(server, *words, password=None):
    out = subprocess.run([MANYI, "key", *words, "--dir", server.directory], input=password, capture_output=True, text=True,
                         timeout=60, cwd=server.directory)
    assert out.returncode == 0, out.stderr
    found = re.search(r"[A-Za-z0-9_\-]{40,}", out.stdout)
    return found and found[0]


def session_cookie(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/login", urllib.parse.urlencode({"name": "wang.li", "password": PASSWORD}),
                       {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 303, answer.status
    cookie = answer.getheader("Set-Cookie").split(";")[0]
    connection.request("GET", "/v1/me", headers={"Cookie": cookie})
    csrf = json.loads(connection.getresponse().read())["csrf"]
    return connection, cookie, csrf


def whoever_may_not_listen_any_more_is_told_so(directory):
    server = Server(directory)
    place = ("--store", "sh-pudong", "--department", "service")
    office = key(server, "new", "office", "--kind", "program", "--role", "publisher,group,hr", "--store", "all", "--department", "all",
                 "--token", "--speaks-for", "*")
    tokens = {name: key(server, "new", name, "--kind", "program", "--role", role, *place, "--token")
              for name, role in (("bay", "publisher"), ("desk", "handler"), ("moved", "manager"), ("gone", "manager"))}
    key(server, "new", "wang.li", "--kind", "person", "--role", "manager", *place, "--password", password=PASSWORD + "\n")
    server.start()

    def listen(name, query=""):
        return Stream(server.base, query, Authorization=f"Bearer {tokens[name]}")
    nobody = Stream(server.base)
    assert nobody.status == 401
    refused = listen("bay", "?channels=complaint")
    assert refused.status == 403 and refused.problem()["code"] == "E1801"
    moved, gone = listen("moved", "?channels=complaint"), listen("gone", "?channels=complaint")
    connection, cookie, csrf = session_cookie(server.base)
    page = Stream(server.base, "?channels=complaint", Cookie=cookie)
    for stream in (moved, gone, page):
        stream.until("ready")
    showroom = Showroom(server.base, office)
    elsewhere = showroom.event("feedback.complained", store="hz-xihu", department="service", channel="phone", category="delay", text="x")
    here = showroom.event("feedback.complained", store="sh-pudong", department="service", channel="phone", category="delay", text="x")
    for stream in (moved, gone, page):
        told = [block.data["card"]["id"] for block in stream.until("complaint") if block.kind == "complaint"]
        assert told == [f"C-{here}"], (told, elsewhere)
    key(server, "revoke", "gone")
    assert gone.until("resync")[-1].data == {"reason": "revoked"} and gone.next() is None
    assert listen("gone").status == 401
    access = pathlib.Path(directory, "access.yaml")
    text = access.read_text(encoding="utf-8")
    at = re.search(r"name: \"?moved", text).start()
    access.write_text(text[:at] + text[at:].replace("sh-pudong", "hz-xihu", 1), encoding="utf-8")
    assert moved.until("resync")[-1].data == {"reason": "rights"} and moved.last_id == ""
    moved = listen("moved", "?channels=complaint")  # at once: what it hears is of the new place alone
    told = [block.data["card"]["id"] for block in moved.until("ready") if block.kind == "complaint"]
    assert told == [f"C-{elsewhere}"], (told, here)
    moved.close()
    connection.request("POST", "/logout", headers={"Cookie": cookie, "X-CSRF-Token": csrf})
    assert connection.getresponse().status == 303
    assert page.until("resync")[-1].data == {"reason": "session"} and page.next() is None
    assert Stream(server.base, Cookie=cookie).status == 401
    server.stop()


def main():
    dice = random.Random(11)
    with tempfile.TemporaryDirectory(prefix="manyi-stream-") as top:
        directory = os.path.join(top, "open")
        server = Server(directory).start()
        showroom = Showroom(server.base)
        listener, last = who_is_cut_off_again_and_again_misses_nothing(server, showroom, dice)
        a_server_that_is_killed_is_found_again(server, showroom, listener, last)
        open_since = from_now_on_nothing_old_is_told(server, showroom)
        what_nobody_can_read_is_refused_or_begins_anew(server)
        who_reads_nothing_holds_nobody_up(server, showroom)
        who_reads_a_byte_at_a_time_is_served_and_holds_nobody_up(server)
        thousands_come_and_go_and_leave_nothing(server)
        it_says_again_and_again_where_it_is(open_since)
        server.stop()
        os.mkdir(os.path.join(top, "keyed"))
        whoever_may_not_listen_any_more_is_told_so(os.path.join(top, "keyed"))
    print(f"streams miss nothing, tell nothing twice ({sum(len(seen) for seen in listener.seen.values())} cards), and leave nothing behind")


if __name__ == "__main__":
    main()
