"""The gateway over real sockets: who it lets in, what it refuses, and that nothing hostile harms it.

Python's http.client and sockets ask; links are signed here by hashlib and hmac, from the format in io/link.h.
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from served import MANYI, Server  # noqa: E402

JSON = {"Content-Type": "application/json"}
PASSWORD = "correct horse battery"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def code(self):
        return self.json()["code"]


class Gateway:
    def __init__(self, server):
        self.port = server.base

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        if isinstance(body, (dict, list)):
            body, headers = json.dumps(body).encode(), {**JSON, **(headers or {})}
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        assert answer.headers["X-Content-Type-Options"] == "nosniff", answer.headers
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"] and answer.headers["Server"] is None
        assert answer.headers["Cache-Control"] == "no-store"
        # With `no-referrer` browsers send a form of our own pages with `Origin: null` (Fetch, "append a request Origin header").
        assert answer.headers["Referrer-Policy"] == "same-origin"
        return answer

    def get(self, path, **headers):
        return self.ask("GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()})

    def raw(self, data, wait_s=15):
        """Bytes as they are; what came back until it was closed, or the time was over."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait_s) as plain:
            plain.sendall(data)
            heard = b""
            try:
                while part := plain.recv(65536):
                    heard += part
            except (ConnectionResetError, socket.timeout):
                pass
            return heard


def complaint(number, **data):
    return {"id": f"c-{number}", "source": "/stores/sh-pudong/desk", "type": "feedback.complained",
            "data": {"store": "sh-pudong", "department": "service", "channel": "phone", "category": "delay",
                     "text": "too slow", **data}}


def expect(answer, status, code=None):
    assert answer.status == status, f"{answer.status} instead of {status}: {answer.body[:400]}"
    assert code is None or answer.code() == code, answer.body
    return answer


# ---- without an access file: this machine alone ----

def events_and_decisions_answer_when_they_are_folded(gateway):
    first = expect(gateway.ask("POST", "/v1/events", complaint(1)), 201).json()
    again = expect(gateway.ask("POST", "/v1/events", complaint(1)), 200).json()
    assert again == {"seq": first["seq"], "duplicate": True, "case": f"C-{first['seq']}"} and first["case"] == again["case"]
    keyed = {key: value for key, value in complaint(2).items() if key not in ("id", "source")}
    one = expect(gateway.ask("POST", "/v1/events", keyed, {"Idempotency-Key": "k-1"}), 201).json()["seq"]
    assert expect(gateway.ask("POST", "/v1/events", keyed, {"Idempotency-Key": "k-1"}), 200).json()["seq"] == one
    missing = expect(gateway.ask("POST", "/v1/events", keyed), 422, "E1201").json()
    assert missing["pointer"] == "#/id" and missing["quarantine"], missing
    wrong = expect(gateway.ask("POST", "/v1/events", complaint(3, channel="pigeon")), 422, "E1205").json()
    assert wrong["pointer"] == "#/data/channel", wrong
    lines = "\n".join(json.dumps(complaint(number)) for number in (4, 5, 4)).encode()
    many = expect(gateway.ask("POST", "/v1/events", lines, {"Content-Type": "application/x-ndjson"}), 200).json()
    assert many["count"] == 2 and many["problems"][0]["duplicate_of"] == many["first"], many
    array = expect(gateway.ask("POST", "/v1/events", [complaint(6), 7]), 200).json()
    assert array["count"] == 1 and array["problems"][0]["i"] == 1, array
    case = f"C-{first['seq']}"
    done = expect(gateway.ask("POST", f"/v1/complaints/{case}/acknowledge", {"by": "wang.li"}), 200).json()
    assert done["outcome"] == "accepted" and done["card"]["status"] == "acknowledged", done
    expect(gateway.ask("POST", f"/v1/complaints/{case}/acknowledge", {"by": "wang.li"}), 409, "E1605")
    key = {"Idempotency-Key": "grade-1"}
    graded = gateway.ask("POST", f"/v1/complaints/{case}/grade", {"by": "wang.li", "grade": "serious"}, key).json()
    assert gateway.ask("POST", f"/v1/complaints/{case}/grade", {"by": "wang.li", "grade": "serious"}, key).json()["seq"] \
        == graded["seq"]
    for path in (f"{case}/withdraw", f"C-{one}/grade"):  # what was not done is not told to be
        expect(gateway.ask("POST", f"/v1/complaints/{path}", {"by": "wang.li", "grade": "serious"}, key), 422, "E1216")
    assert expect(gateway.ask("POST", f"/v1/complaints/{case}/grade", {"by": "w", "grade": "bad"}), 422).json()["pointer"] \
        == "#/data/grade"
    assert expect(gateway.ask("POST", f"/v1/complaints/{case}/note", {}), 422, "E1201").json()["pointer"] == "#/data/by"
    expect(gateway.ask("POST", "/v1/complaints/C-99999/note", {"by": "wang.li"}), 404, "E1601")
    expect(gateway.ask("POST", f"/v1/complaints/{case}/explode", {"by": "wang.li"}), 404)
    assert gateway.get(f"/v1/complaints/{case}").json()["grade"] == "serious"
    rows = gateway.get("/v1/complaints?store=sh-pudong&status=open&limit=2").json()
    assert len(rows["rows"]) == 2 and rows["cursor"], rows
    more = gateway.get("/v1/complaints?store=sh-pudong&status=open&limit=2&cursor="
                       + urllib.parse.quote(rows["cursor"])).json()
    assert not {row["id"] for row in rows["rows"]} & {row["id"] for row in more["rows"]}
    assert gateway.get(f"/v1/trace/{case}").json()["rows"][0]["case"] == case
    assert gateway.get(f"/v1/events/{first['seq']}").json()["event"] == complaint(1)
    for path in ("tasks", "callbacks", "ledger", "appeals", "escalations", "scores?by=store&period=2026-11", "status",
                 "policy", "quarantine", "notices", "audit"):
        expect(gateway.get("/v1/" + path), 200)
    expect(gateway.get("/v1/roster"), 404, "E1505")  # there is none yet: nothing of the server's is broken
    expect(gateway.get("/v1/complaints?limit=%20%205"), 400)
    expect(gateway.get("/v1/complaints?colour=red"), 400)
    expect(gateway.get("/v1/complaints?store=a&store=b"), 400)
    expect(gateway.get("/v1/complaints/C-99999"), 404)
    assert gateway.get("/readyz").json()["ready"] and gateway.get("/livez").body == b"ok\n"


def nobody_local_speaks_as_one_of_the_roles(gateway):
    """What the public port of intake refuses, HTTP refuses, too."""
    sent = {"notice": "E-1-response-100", "target": "mail", "to": "wang.li", "try": 1}
    for number, (source, kind, data, code) in enumerate((
            ("/manyi/gateway", "notice.read", {"by": "wang.li", "means": "link"}, "E1213"),
            ("/manyi/notifier", "notice.sent", sent, "E1213"),
            ("/stores/a/desk", "notice.read", {"by": "wang.li", "means": "link"}, "E1213"),
            ("/manyi/gateway", "feedback.complained", complaint(1)["data"], "E1212"),
            ("/manyi/feed", "feedback.complained", complaint(1)["data"], "E1212"))):
        event = {"id": f"forged-{number}", "source": source, "type": kind, "subject": "E-1-response-100", "data": data}
        assert gateway.ask("POST", "/v1/events", event).code() == code, event
        assert gateway.ask("POST", "/v1/events", [event]).json()["problems"][0]["code"] == code, event


def a_page_elsewhere_cannot_act_on_this_machine(gateway):
    host = f"127.0.0.1:{gateway.port}"
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"},
                    {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, {"Origin": "null", "Sec-Fetch-Site": "none"},
                    {"Content-Type": "text/plain"}, FORM, {"Content-Type": "multipart/form-data; boundary=x"}):
        body = json.dumps(complaint(90)).encode()
        expect(gateway.ask("POST", "/v1/complaints/C-1/acknowledge", b"", {**JSON, **headers}), 403, "E1818")
        expect(gateway.ask("POST", "/v1/events", body, {**JSON, **headers}), 403, "E1818")
    for name in ("evil.example", "127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example"):
        expect(gateway.get("/v1/complaints", Host=name), 403, "E1818")  # its name has come to mean this machine
    expect(gateway.ask("POST", "/v1/events", complaint(91), {"Origin": f"http://{host}"}), 201)
    expect(gateway.get("/v1/complaints", Host="localhost"), 200)


def paths_have_no_tricks(gateway):
    for path in ("/v1/../etc/passwd", "/v1/%2e%2e/x", "/v1/complaints/%2fetc", "/v1//complaints", "/v1/complaints/",
                 "/v1/complaints/%00", "/v1/complaints/%ff", "/v1/complaints/%4", "/v1/complaints/%zz", "/v1/a/b/c/d/e",
                 "/v1/complaints/a%5cb", "/v1/complaints/a%0d%0aX:1"):
        expect(gateway.get(path), 400, "E1303")
    head, body = gateway.raw(b"GET /v1/complaints?li\xedit=5 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n") \
        .split(b"\r\n\r\n")
    assert head.split()[1] == b"400" and json.loads(body)["code"] == "E1303", body  # not repeated: it is no UTF-8
    expect(gateway.get("/v1/nothing"), 404)
    expect(gateway.ask("DELETE", "/v1/complaints/C-1"), 405)
    assert gateway.ask("HEAD", "/livez").body == b""


def what_is_no_request_is_refused_and_harms_nobody(gateway):
    head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\nContent-Type: application/json\r\n"
    for framing, status in (
            ("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
            ("Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}", 400),
            ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
            ("Transfer-Encoding: gzip\r\n\r\n{}", 400),
            ("Content-Length : 2\r\n\r\n{}", 400),
            ("X Y: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            ("Content-Length: -1\r\n\r\n", 400),
            ("Content-Length: 2x\r\n\r\n{}", 400),
            ("Content-Length: 99999999999999999999\r\n\r\n", 413),
            ("Content-Length: 9000000\r\n\r\n", 413),
            ("Host: other\r\nContent-Length: 2\r\n\r\n{}", 400),
            ("X-Long: " + "x" * 40000 + "\r\n\r\n", 431)):
        heard = gateway.raw((head + framing).encode(), 5)
        told = int(heard.split(b" ")[1]) if heard else None
        assert told == status or (status in (400, 413, 431) and told in (400, 413, 431)), (framing[:60], heard[:300])
    old = head.replace("HTTP/1.1", "HTTP/1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert gateway.raw(old.encode(), 5).split(b" ")[1] == b"400"
    assert gateway.raw(b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 5).split(b" ")[1] == b"414"
    for nonsense in (b"\x16\x03\x01\x02\x00\x01\x00\x01", b"\0" * 100, b"GET\r\n\r\n", b"\r\n" * 50):
        gateway.raw(nonsense + b"\r\n\r\n", 0.2)
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    heard = gateway.raw((head + "Transfer-Encoding: chunked\r\n\r\n").encode() + chunk * 30 + b"0\r\n\r\n", 5)
    assert heard == b"" or heard.split(b" ")[1] in (b"413", b"400"), heard[:300]
    for body, code in ((b'{"id":', "E1102"), (b'{"a":1,"a":2}', "E1105"), (b'{"a":"\xff"}', "E1106"), (b"7", "E1102"),
                       (b"[" * 100 + b"]" * 100, "E1103"), (b'{"id":"x\\u0000"}', None)):
        answer = gateway.ask("POST", "/v1/events", body, JSON)
        assert 400 <= answer.status < 500 and code in (None, answer.code()), (body[:20], answer.status, answer.body)
    expect(gateway.ask("POST", "/v1/events", [complaint(1)] * 4097), 413, "E1304")
    halved = socket.create_connection(("127.0.0.1", gateway.port))
    halved.sendall((head + "Content-Length: 100\r\n\r\n{").encode())
    halved.close()
    for _ in range(50):  # who asks and leaves
        gone = socket.create_connection(("127.0.0.1", gateway.port))
        gone.sendall(f"GET /v1/complaints HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\n\r\n".encode())
        gone.close()
    expect(gateway.get("/livez"), 200)


def who_takes_his_time(gateway):
    """Heads that are begun and not ended: ten seconds are theirs, by everybody's clock."""
    slow = [socket.create_connection(("127.0.0.1", gateway.port), timeout=20) for _ in range(2)]
    slow[0].sendall(b"GET /livez HT")
    slow[1].sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    return slow, time.monotonic()


def is_cut_off(slow, begun):
    for connection in slow:
        try:
            while connection.recv(100):
                pass
        except ConnectionResetError:
            pass
        connection.close()
    assert time.monotonic() - begun < 25, "a slow client was kept"


def nothing_grows(server, gateway):
    def load(rounds):
        for _ in range(rounds):
            gateway.get("/v1/complaints?limit=5")
            gateway.ask("POST", "/v1/events", b"{", JSON)
            gateway.ask("POST", "/v1/events", complaint(1))
        for _ in range(20):
            waiting = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(20)]
            for connection in waiting:
                connection.close()
    load(40)
    before = server.memory_kib()
    load(150)
    grown = server.memory_kib() - before
    assert grown < 8 * 1024 or os.environ.get("MANYI_SANITIZE"), f"grew by {grown} KiB"


# ---- with an access file ----

def key_new(server, name, *words, password=None):
    out = subprocess.run([MANYI, "key", "new", name, "--dir", server.directory, *words], input=password,
                         capture_output=True, text=True, timeout=60, cwd=server.directory)
    assert out.returncode == 0, out.stderr
    found = re.search(r"[A-Za-z0-9_\-]{40,}", out.stdout)
    return found and found[0]


def form(**fields):
    return urllib.parse.urlencode(fields).encode()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def login(gateway, name, password, **headers):
    return gateway.ask("POST", "/login", form(name=name, password=password), {**FORM, **headers})


def session(gateway, name="wang.li", password=PASSWORD):
    answer = expect(login(gateway, name, password), 303)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie, cookie
    cookie = cookie.split(";")[0]
    page = expect(gateway.get("/notices", Cookie=cookie, Accept="text/html"), 200).body.decode()
    return cookie, re.search(r'name="csrf" value="([0-9a-f]{32})"', page)[1]


def tokens_say_who_asks_and_rights_decide(gateway, tokens, case):
    def bearer(name):
        return {"Authorization": "Bearer " + tokens[name]}
    for path in ("/v1/complaints", "/metrics", "/v1/status"):
        expect(gateway.get(path), 401, "E1811")
    expect(gateway.get("/readyz?verbose"), 200)
    expect(gateway.get("/v1/complaints", Authorization="Bearer " + "x" * 43), 401, "E1807")
    expect(gateway.get("/v1/complaints", Authorization="Basic eDp5"), 401)
    matrix = [("desk", "POST", "/v1/events", complaint(50, store="sh-pudong"), 201),
              ("desk", "GET", f"/v1/complaints/{case}", None, 200),
              ("elsewhere", "GET", f"/v1/complaints/{case}", None, 403),
              ("elsewhere", "POST", f"/v1/complaints/{case}/note", {}, 403),
              ("bay", "GET", f"/v1/complaints/{case}", None, 403),
              ("bay", "POST", f"/v1/complaints/{case}/note", {}, 403),
              ("desk", "POST", f"/v1/complaints/{case}/note", {"by": "zhao.liu"}, 403),
              ("desk", "POST", f"/v1/complaints/{case}/note", {"by": "agent.7"}, 200),
              ("desk", "GET", "/v1/quarantine", None, 403),
              ("auditor", "GET", "/v1/quarantine", None, 200),
              ("auditor", "GET", "/v1/audit", None, 200),
              ("auditor", "GET", "/metrics", None, 200),
              ("bay", "GET", "/v1/status", None, 200),
              ("auditor", "POST", f"/v1/complaints/{case}/note", {}, 403)]
    for name, method, path, body, status in matrix:
        if body and body.get("type"):
            body = {**body, "source": "/principals/desk"}
        answer = gateway.ask(method, path, body, bearer(name))
        assert answer.status == status, (name, method, path, answer.status, answer.body[:300])
    forged = gateway.ask("POST", "/v1/events", {**complaint(51), "source": "/stores/bj-chaoyang/desk"}, bearer("desk"))
    assert 400 <= forged.status < 500 and forged.code() == "E1806", forged.body


def people_log_in_and_their_pages_alone_act(gateway, case):
    page = expect(gateway.get("/v1/complaints", Accept="text/html"), 401).body.decode()
    assert 'action="/login"' in page and "<script" not in page
    assert "登录" in gateway.get("/login?lang=zh").body.decode()
    assert "登录" in gateway.get("/login", Accept_Language="zh-CN,zh;q=0.9").body.decode()
    cookie, csrf = session(gateway)
    act = f"/v1/complaints/{case}/note"
    expect(gateway.get("/v1/complaints", Cookie=cookie), 200)
    expect(gateway.ask("POST", act, {"note": "x"}, {"Cookie": cookie}), 403, "E1818")
    expect(gateway.ask("POST", act, {"note": "x"}, {"Cookie": cookie, "X-CSRF-Token": "0" * 32}), 403, "E1818")
    stolen = {"Cookie": cookie, "X-CSRF-Token": csrf, "Origin": "https://evil.example"}
    expect(gateway.ask("POST", act, {"note": "x"}, stolen), 403, "E1818")
    own = {"Cookie": cookie, "X-CSRF-Token": csrf, "Origin": f"http://127.0.0.1:{gateway.port}",
           "Sec-Fetch-Site": "same-origin"}
    done = expect(gateway.ask("POST", act, {"note": "x"}, own), 200).json()
    assert done["card"]["history"][-1]["by"] == "wang.li", done["card"]["history"]
    hidden = {"Cookie": cookie, "X-CSRF-Token": csrf, "Origin": "null", "Sec-Fetch-Site": "same-origin"}
    expect(gateway.ask("POST", act, {"note": "y"}, hidden), 200)  # a browser that hides where its pages are from
    expect(gateway.ask("POST", act, {"note": "y"}, {**hidden, "Sec-Fetch-Site": "cross-site"}), 403, "E1818")
    bent = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
    expect(gateway.get("/v1/complaints", Cookie=bent), 401)
    expect(login(gateway, "wang.li", PASSWORD, Origin="https://evil.example"), 403, "E1818")
    expect(gateway.ask("POST", "/logout", form(csrf="0" * 32), {**FORM, "Cookie": cookie}), 403)
    expect(gateway.ask("POST", "/logout", form(csrf=csrf), {**FORM, "Cookie": cookie}), 303)
    expect(gateway.get("/v1/complaints", Cookie=cookie), 401)


def who_logs_out_often_ends_no_session_of_others(gateway):
    """There are places for so many ended sessions; one person's take one of them, and end what that person began before."""
    others, _ = session(gateway, "chen.hao")
    forgotten, _ = session(gateway)
    begun = [session(gateway) for _ in range(9)]
    for cookie, csrf in reversed(begun):  # the newest first: it must not come to life again
        ended = gateway.ask("POST", "/logout", form(csrf=csrf), {**FORM, "Cookie": cookie}).status
        assert ended in (303, 401), ended  # 401: it ended with a newer one
    for cookie in [forgotten] + [cookie for cookie, _ in begun]:
        expect(gateway.get("/v1/complaints", Cookie=cookie), 401)
    expect(gateway.get("/v1/complaints", Cookie=others), 200)
    expect(gateway.get("/v1/complaints", Cookie=session(gateway)[0]), 200)


def five_wrong_passwords_lock_a_name_whether_it_exists_or_not(gateway):
    for name in ("li.na", "nobody.at.all"):
        bodies = {login(gateway, name, "wrong").body for _ in range(5)}
        assert len(bodies) == 1, "tells more than that it was wrong"
        locked = expect(login(gateway, name, PASSWORD), 429)
        assert 0 < int(locked.headers["Retry-After"]) <= 900
    session(gateway)  # others are not locked out


def many_logins_at_once_do_not_stop_the_service(gateway):
    threads = [threading.Thread(target=login, args=(gateway, f"crowd.{number}", "wrong")) for number in range(8)]
    for thread in threads:
        thread.start()
    worst = 0
    while any(thread.is_alive() for thread in threads):
        begun = time.monotonic()
        expect(gateway.get("/livez"), 200)
        worst = max(worst, time.monotonic() - begun)
    assert worst < 0.5 or os.environ.get("MANYI_SANITIZE"), f"{worst:.3f} s for /livez beside logins"


def access_edit(server, edit):
    path = pathlib.Path(server.directory) / "access.yaml"
    path.write_text(edit(path.read_text()))


def within_a_moment(look):
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def what_is_revoked_ends_at_once(server, gateway, tokens):
    cookie, _ = session(gateway, "chen.hao")
    expect(gateway.get("/v1/complaints", Cookie=cookie), 200)
    bearer = {"Authorization": "Bearer " + tokens["elsewhere"]}
    expect(gateway.ask("GET", "/v1/complaints", None, bearer), 200)
    for words in (("revoke", "chen.hao"), ("revoke", "elsewhere")):
        subprocess.run([MANYI, "key", *words, "--dir", server.directory], check=True, capture_output=True)
    within_a_moment(lambda: gateway.get("/v1/complaints", Cookie=cookie).status == 401)
    within_a_moment(lambda: gateway.ask("GET", "/v1/complaints", None, bearer).status == 401)


# ---- links ----

def signed(secret, purpose, expires_ms, subject, person, nonce=None):
    nonce = nonce or os.urandom(16)
    m = bytes([1, purpose]) + struct.pack(">q", expires_ms) + nonce + bytes([len(subject)]) + subject.encode() \
        + bytes([len(person)]) + person.encode()
    return base64.urlsafe_b64encode(m + hmac.new(secret, m, hashlib.sha512).digest()[:32]).rstrip(b"=").decode(), nonce


def reply_code(secret, subject, person):
    alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    mac = hmac.new(secret, b"r" + struct.pack(">I", len(subject)) + (subject + person).encode(), hashlib.sha512).digest()
    bits = int.from_bytes(mac[:5], "big")
    return "".join(alphabet[bits >> (35 - 5 * i) & 31] for i in range(8))


def raised(gateway, token, number):
    """Two notices: somebody escalates a complaint of his own."""
    bearer = {"Authorization": "Bearer " + token}
    seq = expect(gateway.ask("POST", "/v1/events", {**complaint(number), "source": "/principals/desk"}, bearer), 201) \
        .json()["seq"]
    expect(gateway.ask("POST", f"/v1/complaints/C-{seq}/escalate", {"level": 2}, bearer), 200)
    rows = gateway.ask("GET", f"/v1/escalations?about=C-{seq}", None, bearer).json()["rows"]
    assert rows, "no notice"
    return rows[0]


def a_link_acknowledges_once(server, gateway, tokens):
    secret = (pathlib.Path(server.directory) / "keys" / "links.secret").read_bytes()
    notice = raised(gateway, tokens["desk"], 60)
    soon = int(time.time() * 1000) + 3600_000
    link, _ = signed(secret, 1, soon, notice["id"], notice["to"])
    for _ in range(2):  # mail programs open links by themselves
        page = expect(gateway.get("/ack/" + link), 200).body.decode()
        assert notice["id"] in page and "<form" in page
    bearer = {"Authorization": "Bearer " + tokens["desk"]}

    def card_now():
        return gateway.ask("GET", "/v1/escalations/" + notice["id"], None, bearer).json()
    within_a_moment(lambda: card_now()["read_at"])
    assert card_now()["acknowledged_by"] is None
    expect(gateway.ask("POST", "/ack/" + link, b"", FORM), 200)
    card = gateway.ask("GET", "/v1/escalations/" + notice["id"], None, bearer).json()
    assert card["acknowledged_by"] == notice["to"], card
    assert "used before" in expect(gateway.ask("POST", "/ack/" + link, b"", FORM), 410).body.decode()
    late, _ = signed(secret, 1, int(time.time() * 1000) - 1, notice["id"], notice["to"])
    forged, _ = signed(b"x" * 32, 1, soon, notice["id"], notice["to"])
    other, _ = signed(secret, 2, soon, notice["id"], notice["to"])
    for text, status in ((late, 410), (forged, 403), (other, 403), ("AAAA", 403)):
        expect(gateway.get("/ack/" + text), status)
        expect(gateway.ask("POST", "/ack/" + text, b"", FORM), status)


def a_page_acknowledges(gateway, tokens):
    """Whoever logs in sees the notices to oneself alone, and a button each."""
    bearer = {"Authorization": "Bearer " + tokens["desk"]}
    seq = expect(gateway.ask("POST", "/v1/events", {**complaint(65), "source": "/principals/desk"}, bearer), 201).json()["seq"]
    expect(gateway.ask("POST", f"/v1/complaints/C-{seq}/assign", {"handler": "li.na"}, bearer), 200)
    expect(gateway.ask("POST", f"/v1/complaints/C-{seq}/escalate", {"level": 0}, bearer), 200)
    rows = gateway.ask("GET", f"/v1/escalations?about=C-{seq}&handler=li.na", None, bearer).json()["rows"]
    assert len(rows) == 1, rows
    path = f"/v1/escalations/{rows[0]['id']}/acknowledge"
    other = expect(gateway.get("/notices", Cookie=session(gateway)[0], Accept="text/html"), 200).body.decode()
    assert path not in other and "No notice waits" in other, other
    cookie, csrf = session(gateway, "li.na")
    page = expect(gateway.get("/notices", Cookie=cookie, Accept="text/html"), 200).body.decode()
    assert f'action="{path}"' in page and "<script" not in page, page
    expect(gateway.ask("POST", path, form(csrf="0" * 32), {**FORM, "Cookie": cookie}), 403, "E1818")
    expect(gateway.ask("POST", path, form(csrf=csrf, note="x"), {**FORM, "Cookie": cookie}), 400, "E1303")
    note = expect(gateway.ask("POST", f"/v1/complaints/C-{seq}/note", b'{"by": "agent.7"}', {**FORM, **bearer}), 200).json()
    assert note["card"]["history"][-1]["by"] == "agent.7", note  # curl says so when nobody tells it what it sends
    done = expect(gateway.ask("POST", path, form(csrf=csrf), {**FORM, "Cookie": cookie}), 303)
    assert done.headers["Location"] == "/notices"
    card = gateway.ask("GET", "/v1/escalations/" + rows[0]["id"], None, bearer).json()
    assert card["acknowledged_by"] == "li.na", card
    again = expect(gateway.ask("POST", path, form(csrf=csrf), {**FORM, "Cookie": cookie}), 409).body.decode()
    assert "Nothing to do" in again, again
    assert path not in gateway.get("/notices", Cookie=cookie, Accept="text/html").body.decode()


def a_typed_code_acknowledges(server, gateway, tokens):
    secret = (pathlib.Path(server.directory) / "keys" / "links.secret").read_bytes()
    notice = raised(gateway, tokens["desk"], 61)
    code = reply_code(secret, notice["id"], notice["to"]).lower()
    gate = {"Authorization": "Bearer " + tokens["sms"]}
    expect(gateway.ask("POST", "/v1/replies", {"code": code}), 401)
    expect(gateway.ask("POST", "/v1/replies", {"code": code}, {"Authorization": "Bearer " + tokens["bay"]}), 403, "E1801")
    expect(gateway.ask("POST", "/v1/replies", {"code": "2222-2222"}, gate), 404)
    expect(gateway.ask("POST", "/v1/replies", {}, gate), 422)
    done = expect(gateway.ask("POST", "/v1/replies", {"code": code[:4] + "-" + code[4:]}, gate), 200).json()
    assert done["card"]["acknowledged_by"] == notice["to"], done
    expect(gateway.ask("POST", "/v1/replies", {"code": code, "from": 7}, gate), 422)
    guess = {"code": "3333-3333", "from": "+8613900000001"}
    for _ in range(20):
        expect(gateway.ask("POST", "/v1/replies", guess, gate), 404)
    locked = expect(gateway.ask("POST", "/v1/replies", guess, gate), 429)
    assert 0 < int(locked.headers["Retry-After"]) <= 900
    other = raised(gateway, tokens["desk"], 62)  # who texts nonsense shuts out nobody else
    reply = {"code": reply_code(secret, other["id"], other["to"]), "from": "+8613900000002"}
    expect(gateway.ask("POST", "/v1/replies", reply, gate), 200)


def a_customer_rates_once(server, gateway):
    path = subprocess.run([MANYI, "link", "rate", "--visit", "V-1", "--store", "sh-pudong", "--department", "service",
                           "--dir", server.directory], capture_output=True, text=True, check=True).stdout.strip()
    expect(gateway.ask("POST", path, {"overall": 11}), 422, "E1203")  # it stays good
    expect(gateway.ask("POST", path, {"overall": 9, "store": "bj-chaoyang"}), 400)
    expect(gateway.ask("POST", path, {"overall": 9, "comment": "好"}), 201)
    expect(gateway.ask("POST", path, {"overall": 1}), 410, "E1813")


def refusals_are_on_record(gateway, tokens):
    auditor = {"Authorization": "Bearer " + tokens["auditor"]}
    wanted = {"E1807", "E1811", "E1812", "E1813", "E1814", "E1815", "E1818"}

    def told():
        rows = gateway.ask("GET", "/v1/audit?limit=1000", None, auditor).json()["rows"]
        return wanted <= {row["code"] for row in rows if row["via"] == "http"}
    within_a_moment(told)


# ---- addresses that others reach ----

def is_refused(directory, *words, says):
    out = subprocess.run([MANYI, "serve", "--dir", directory, *words], capture_output=True, text=True, timeout=60)
    assert out.returncode == 78 and says in out.stderr, (out.returncode, out.stderr)


def what_others_could_read_is_not_begun(top, directory, base):
    outside = ["--host", "0.0.0.0", "--base-port", str(base)]
    os.environ["MANYI_KEYS"] = "always"
    try:
        is_refused(directory, *outside, says="E1809")
        is_refused(directory, *outside, says="tls_certificate: FILE")
    finally:
        del os.environ["MANYI_KEYS"]
    os.environ["MANYI_BEHIND_PROXY"] = "true"
    try:
        is_refused(f"{top}/nobody", "--base-port", str(base), says="access file")
    finally:
        del os.environ["MANYI_BEHIND_PROXY"]


def tls_is_spoken_and_asked_for(top, base):
    import ssl
    key, certificate = f"{top}/tls.key", f"{top}/tls.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    secure = Server(f"{top}/secure")
    os.environ.update(MANYI_TLS_CERTIFICATE=certificate, MANYI_TLS_KEY=key)
    try:
        secure.start()
        with open(f"{top}/wrong.key", "w", encoding="ascii") as wrong:
            wrong.write("nonsense")
        os.environ["MANYI_TLS_KEY"] = f"{top}/wrong.key"
        is_refused(f"{top}/refused", "--base-port", str(base), says="tls_key")
    finally:
        del os.environ["MANYI_TLS_CERTIFICATE"], os.environ["MANYI_TLS_KEY"]
    context = ssl.create_default_context(cafile=certificate)
    with context.wrap_socket(socket.create_connection(("127.0.0.1", secure.base)), server_hostname="localhost") as tls:
        assert tls.version() in ("TLSv1.2", "TLSv1.3")
        tls.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        heard = b""
        while part := tls.recv(4096):
            heard += part
    assert heard.startswith(b"HTTP/1.1 200") and b"Strict-Transport-Security" in heard, heard
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is old is the point
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        old.wrap_socket(socket.create_connection(("127.0.0.1", secure.base)))
        raise AssertionError("TLS 1.1 was spoken")
    except (ssl.SSLError, OSError):
        pass
    secure.stop()


def behind_a_proxy_cookies_are_secure_and_addresses_the_clients(server_directory, base):
    os.environ["MANYI_BEHIND_PROXY"] = "true"
    try:
        proxied = Server(server_directory, base=base).start()
    finally:
        del os.environ["MANYI_BEHIND_PROXY"]
    gateway = Gateway(proxied)
    tls = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
    cookie = expect(login(gateway, "wang.li", PASSWORD, **tls), 303).headers["Set-Cookie"]
    assert cookie.startswith("__Host-manyi=") and "; Secure" in cookie, cookie
    for number in range(20):
        login(gateway, f"guess.{number}", "wrong", **tls)
    expect(login(gateway, "wang.li", PASSWORD, **tls), 429)  # that address
    expect(login(gateway, "wang.li", PASSWORD, **{**tls, "X-Forwarded-For": "203.0.113.9, 203.0.113.10"}), 303)
    for number in range(6):  # a stranger shuts out himself, not whose name he tries, though IPv6 gives him many addresses
        stranger = {**tls, "X-Forwarded-For": f"2001:db8:0:1:{number}::1"}
        expect(login(gateway, "wang.li", "wrong", **stranger), 401 if number < 5 else 429)
    expect(login(gateway, "wang.li", PASSWORD, **{**tls, "X-Forwarded-For": "2001:db8:0:2::1"}), 303)
    proxied.stop()


def keyless(top):
    server = Server(f"{top}/local", words=["--clock-rate", "20"]).start()
    gateway = Gateway(server)
    slow = who_takes_his_time(gateway)
    events_and_decisions_answer_when_they_are_folded(gateway)
    nobody_local_speaks_as_one_of_the_roles(gateway)
    a_page_elsewhere_cannot_act_on_this_machine(gateway)
    paths_have_no_tricks(gateway)
    what_is_no_request_is_refused_and_harms_nobody(gateway)
    is_cut_off(*slow)
    nothing_grows(server, gateway)
    server.stop()


def keyed(top):
    directory = f"{top}/keyed"
    os.mkdir(directory)
    server = Server(directory)
    place = ["--store", "sh-pudong", "--department", "all"]
    tokens = {
        "desk": key_new(server, "desk", "--kind", "program", "--role", "manager,publisher", *place, "--token",
                        "--speaks-for", "agent.*"),
        "elsewhere": key_new(server, "elsewhere", "--kind", "program", "--role", "manager", "--store", "bj-chaoyang",
                             "--department", "all", "--token"),
        "bay": key_new(server, "bay", "--kind", "device", "--role", "publisher", *place, "--token"),
        "auditor": key_new(server, "auditor", "--kind", "program", "--role", "auditor", "--store", "all",
                           "--department", "all", "--token"),
        "sms": key_new(server, "sms", "--kind", "program", "--role", "handler", "--store", "all", "--department", "all",
                       "--token", "--speaks-for", "*"),
    }
    for name in ("wang.li", "li.na", "chen.hao"):
        key_new(server, name, "--kind", "person", "--role", "manager", *place, "--password", password=PASSWORD + "\n")
    server.start()
    gateway = Gateway(server)
    seq = expect(gateway.ask("POST", "/v1/events", {**complaint(40), "source": "/principals/desk"},
                             {"Authorization": "Bearer " + tokens["desk"]}), 201).json()["seq"]
    tokens_say_who_asks_and_rights_decide(gateway, tokens, f"C-{seq}")
    people_log_in_and_their_pages_alone_act(gateway, f"C-{seq}")
    a_page_acknowledges(gateway, tokens)
    who_logs_out_often_ends_no_session_of_others(gateway)
    five_wrong_passwords_lock_a_name_whether_it_exists_or_not(gateway)
    a_link_acknowledges_once(server, gateway, tokens)
    a_typed_code_acknowledges(server, gateway, tokens)
    a_customer_rates_once(server, gateway)
    what_is_revoked_ends_at_once(server, gateway, tokens)
    many_logins_at_once_do_not_stop_the_service(gateway)
    refusals_are_on_record(gateway, tokens)
    server.stop()
    return server


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-gateway-") as top:
        keyless(top)
        server = keyed(top)
        what_others_could_read_is_not_begun(top, server.directory, server.base)
        tls_is_spoken_and_asked_for(top, server.base)
        behind_a_proxy_cookies_are_secure_and_addresses_the_clients(server.directory, server.base)
    print("the gateway lets in whom it should, and nobody else")


if __name__ == "__main__":
    main()
