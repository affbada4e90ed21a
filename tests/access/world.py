"""A group under keys: a server, somebody of every role, and cases here, next door, elsewhere and of each one's own."""
import http.client
import itertools
import json
import os
import subprocess
import sys

import zmq
from zmq.utils.monitor import recv_monitor_message

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from keyed import curve_under, key_read  # noqa: E402
from served import ANSWER_MS, MANYI, Server, pack, unpack  # noqa: E402

import table  # noqa: E402

GATEWAY, INTAKE, FEED, QUERY, PUBLISH, REPLAY = range(6)
HERE, BESIDE, ELSEWHERE = ("sh-pudong", "service"), ("sh-pudong", "sales"), ("hz-xihu", "service")
DEVICES = ("publisher", "display")


def person(role):
    return f"p.{role}"


def own_store(role):
    """The store where everything is about that person."""
    return f"own-{role}"


class Peer:
    """A DEALER with a key (None: without): many requests at once, replies by `rid`."""

    def __init__(self, endpoint, key=None):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.LINGER, self.socket.RCVTIMEO = 0, ANSWER_MS
        curve_under(self.socket, key)
        self.socket.connect(endpoint)
        self.rid = 0  # of single questions they fall, of many at once they rise

    def send(self, verb, body, rid=0):
        self.socket.send_multipart([b"", verb.encode(), pack({"rid": rid, **body})])

    def receive(self):
        _, verb, body = self.socket.recv_multipart()
        return verb.decode(), unpack(body)

    def ask(self, verb, **body):
        """Asks again when a connection was ended meanwhile: every request is safe to repeat."""
        self.rid -= 1
        for _ in range(8):
            self.send(verb, body, self.rid)
            while self.socket.poll(ANSWER_MS // 8):
                answer = self.receive()
                if answer[1].get("rid") == self.rid:
                    return answer
        raise AssertionError(f"{verb} is not answered")

    def ask_all(self, requests):
        """[(verb, body)] -> [(verb, body)] in the same order; 200 at a time, below what a peer may have unanswered."""
        answers = {}
        for first in range(0, len(requests), 200):
            part = requests[first:first + 200]
            for i, (verb, body) in enumerate(part):
                self.send(verb, body, first + i)
            for _ in part:
                verb, body = self.receive()
                answers[body["rid"]] = verb, body
        return [answers[i] for i in range(len(requests))]

    def close(self):
        self.socket.close()


def is_let_in(endpoints, keys, kind=zmq.DEALER):
    """Of each key at each endpoint: does the handshake come to a good end?"""
    doors = []
    for endpoint, key in zip(endpoints, keys, strict=True):
        socket = zmq.Context.instance().socket(kind)
        socket.LINGER = 0
        curve_under(socket, key)
        monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH |
                                            zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
        socket.connect(endpoint)
        doors.append((socket, monitor))
    let_in = []
    for socket, monitor in doors:
        assert monitor.poll(10_000), "neither let in nor refused"
        let_in.append(recv_monitor_message(monitor)["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED)
        socket.disable_monitor()
        socket.close()
    return let_in


class Web:
    """HTTP as a program: one connection, a token."""

    def __init__(self, port, token=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.fields = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method, path, body=None, **fields):
        """(status, JSON); of a problem its code is under "code"."""
        content = {"Content-Type": "application/json"} if body is not None else {}
        asked = method, path, None if body is None else json.dumps(body), {**self.fields, **content, **fields}
        try:
            self.connection.request(*asked)
            answer = self.connection.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected):  # it was idle for too long: asking again is harmless
            self.connection.close()
            self.connection.request(*asked)
            answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if "json" in answer.getheader("Content-Type", "") and text else text

    def close(self):
        self.connection.close()


class World:
    """`manyi serve`, at first without keys, then with; `office` is a program that may do everything and speaks for everybody."""

    def __init__(self, top, words=()):
        self.top, self.roles = top, table.read()[0]
        self.directory = os.path.join(top, "data")
        self.keys, self.tokens, self.peers, self.webs = {}, {}, {}, {}
        self.numbers = itertools.count(1)
        roster = os.path.join(top, "roster.yaml")
        with open(roster, "w", encoding="utf-8") as file:
            file.write(self.roster())
        self.config = os.path.join(top, "manyi.conf")
        self.configure(f"dir: {self.directory}\nroster: {roster}\n")
        self.server = Server(self.directory, words=["--config", self.config, *words])

    def configure(self, text):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def lock_up(self):
        """From here on there are keys: what is in the journal was said by whoever was at the machine."""
        self.close()
        if self.server.process:
            self.server.stop()
        self.configure(f"dir: {self.directory}\nkeys: always\n")

    def command(self, *words, code=0, **how):
        ports = ["--base-port", str(self.server.base)]
        out = subprocess.run([MANYI, *words, "--config", self.config, *ports], capture_output=True, text=True, timeout=60, **how)
        assert out.returncode == code, (words, out.returncode, out.stdout, out.stderr)
        return out.stdout if code == 0 else out.stderr

    def roster(self):
        stores = {"sh-pudong": "dir.pudong", "hz-xihu": "dir.xihu", **{own_store(role): person(role) for role in self.roles}}
        lines = ["name: world", "general_manager: g.manager", "management_group: [g.one, g.two]", "stores:"]
        for store, director in stores.items():
            lines += [f"  - {{store: {store}, director: {director}, departments: [{{department: service}}, {{department: sales}}]}}"]
        lines += ["staff:"] + [f"  - {{number: {name}}}" for name in ("g.manager", "g.one", "g.two")]
        for store, director in stores.items():
            lines += [f"  - {{number: {director}, store: {store}}}", f"  - {{number: w.{store}, store: {store}, department: service}}"]
        return "\n".join(lines) + "\n"

    def new(self, name, *words):
        """`manyi key new`: a principal, its CURVE key; and a token for HTTP."""
        path = self.key_path(name)
        self.command("key", "new", name, *words, "--out", path)
        self.keys[name] = key_read(path)
        self.tokens[name] = self.command("key", "rotate", name, "--token").strip()

    def key_path(self, name):
        return os.path.join(self.top, f"{name}.key")

    def peer(self, name, port):
        if (name, port) not in self.peers:
            self.peers[name, port] = Peer(self.server.endpoint(port), self.keys.get(name))
        return self.peers[name, port]

    def web(self, name):
        if name not in self.webs:
            self.webs[name] = Web(self.server.base + GATEWAY, self.tokens[name])
        return self.webs[name]

    def close(self):
        for peer in (*self.peers.values(), *self.webs.values()):
            peer.close()
        self.peers, self.webs = {}, {}

    # ---- what happens in it ----

    def event(self, name, kind, data, subject=None, source=None):
        made = {"id": f"e-{next(self.numbers)}", "source": source or f"/principals/{name}", "type": kind, "data": data}
        return {**made, "subject": subject} if subject else made

    def put(self, name, events):
        """What became of each: its seq, or the code of the refusal."""
        verb, ack = self.peer(name, INTAKE).ask("PUT", events=events)
        if verb == "NAK":
            return [ack["code"]] * len(events)
        refused = {problem["i"]: problem.get("code") or problem["duplicate_of"] for problem in ack["problems"]}
        seqs = itertools.count(ack["first"] or 0)
        return [refused.get(i) or next(seqs) for i in range(len(events))]

    def must(self, kind, data, subject=None):
        """The office says so, and it is so."""
        seq = self.put("office", [self.event("office", kind, data, subject)])[0]
        assert isinstance(seq, int), (kind, data, seq)
        outcome = self.outcomes([seq])[0]
        assert outcome["outcome"] in ("accepted", None), (kind, subject, outcome)
        return seq

    def outcomes(self, seqs):
        """What became of each, once the last of them is folded."""
        if not seqs:
            return []
        query = self.peer("office", QUERY)
        assert query.ask("GET", what="outcome", seq=seqs[-1], wait_seq=seqs[-1])[1].get("code") != "E1412", "not folded in time"
        answers = query.ask_all([("GET", {"what": "outcome", "seq": seq}) for seq in seqs])
        return [body["rows"][0] if verb == "ROWS" and body["rows"] else {"outcome": None, "code": body.get("code")}
                for verb, body in answers]

    def rows(self, what, name="office", **filters):
        verb, body = self.peer(name, QUERY).ask("GET", what=what, limit=1000, **filters)
        return body["rows"] if verb == "ROWS" else body["code"]
