"""HTTP as nobody should speak it, over real sockets: a clear 4xx, nothing lost, nothing grown, and others are served meanwhile.

Every request is bytes as they go; a table row is one of them and what may be answered. `ours`: with a problem document (RFC 9457),
rather than the library's own few words, which it has for what never became a request.
"""
import gzip
import http.client
import json
import os
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from served import Server  # noqa: E402

BODY_MAX = (1 << 20) + (64 << 10)
EVENT = {"source": "/stores/sh-pudong/desk", "type": "feedback.complained",
         "data": {"store": "sh-pudong", "department": "service", "channel": "phone", "category": "delay", "text": "x"}}


def event(id_, **data):
    return {"id": id_, **EVENT, "data": {**EVENT["data"], **data}}


def whole(heard):
    """How many answers it has from beginning to end."""
    count = 0
    while True:
        head, blank, rest = heard.partition(b"\r\n\r\n")
        length = next((line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), None)
        if not blank or length is None or len(rest) < int(length):
            return count
        count, heard = count + 1, rest[int(length):]


class Front:
    def __init__(self, server):
        self.port = server.base

    def dial(self, wait_s=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout=wait_s)

    def say(self, data, answers=1, wait_s=10):
        """What came back: so many whole answers, or until the server closed, or waited for more itself."""
        with self.dial(wait_s) as plain:
            heard = b""
            try:
                plain.sendall(data)
                while whole(heard) < answers and (part := plain.recv(65536)):
                    heard += part
            except (ConnectionResetError, BrokenPipeError, socket.timeout):
                pass
            return heard

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    def publish(self, body, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        status, text = self.ask("POST", "/v1/events", body, names)
        return status, json.loads(text)

    def newest(self):
        """The last fact of the journal."""
        return json.loads(self.ask("GET", "/v1/events?class=outside&type=feedback.*&limit=1")[1])["rows"]


def is_ours(heard):
    head, _, rest = heard.partition(b"\r\n\r\n")
    body = rest.partition(b"HTTP/1.1 ")[0]  # what stood behind it may have been answered, too
    return b"application/problem+json" in head and json.loads(body)["code"].startswith("E")


def judge(name, heard, statuses, ours):
    told = int(heard.split(b" ")[1]) if heard.startswith(b"HTTP/1.") else None
    assert told in statuses, f"{name}: {told} instead of {statuses}: {heard[:300]}"
    if told is not None and told >= 400 and ours:
        assert is_ours(heard), f"{name}: no problem document: {heard[:400]}"
        status = json.loads(heard.partition(b"\r\n\r\n")[2].partition(b"HTTP/1.1 ")[0])["status"]
        assert status == told, f"{name}: it says {status} in {told}"


# ---- one request ----

def requests_that_are_none(front):
    host = b"Host: 127.0.0.1:%d\r\n" % front.port
    post = b"POST /v1/events HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\n"
    get = b"GET /v1/complaints HTTP/1.1\r\n" + host
    ce = post + b"ce-specversion: 1.0\r\nce-id: h-1\r\nce-source: /s\r\nce-type: feedback.complained\r\n"
    chunks = post + b"Transfer-Encoding: chunked\r\n\r\n"
    none = (None,)
    return [
        # (what, bytes, statuses that may come, is it our problem document)
        ("a length twice", post + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", (400,), True),
        ("two lengths", post + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", (400,), True),
        ("two lengths in one", post + b"Content-Length: 2, 2\r\n\r\n{}", (400,), False),
        ("a length and chunks", post + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", (400,), True),
        ("chunks and a length", post + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n", (400,), True),
        ("an encoding that is none", post + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", (400,), True),
        ("two encodings", post + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", (400,), True),
        ("a length with a sign", post + b"Content-Length: +2\r\n\r\n{}", (400,), False),
        ("a length below nothing", post + b"Content-Length: -2\r\n\r\n{}", (400,), False),
        ("a length in sixteens", post + b"Content-Length: 0x2\r\n\r\n{}", (400,), False),
        ("a length without end", post + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n{}", (413, 400), False),
        ("no length", post + b"Content-Length:\r\n\r\n{}", (400,), False),
        ("a body over the limit", post + b"Content-Length: %d\r\n\r\n" % (BODY_MAX + 1), (413,), True),
        ("chunks over the limit", chunks + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 18 + b"0\r\n\r\n", (413,), True),
        ("a chunk's size that is none", chunks + b"zz\r\n{}\r\n0\r\n\r\n", (400, None), False),
        ("a chunk's size below nothing", chunks + b"-2\r\n{}\r\n0\r\n\r\n", (400, None), False),
        ("a chunk's size without end", chunks + b"f" * 40 + b"\r\n{}\r\n0\r\n\r\n", (400, 413, None), False),
        ("a chunk longer than it says", chunks + b"1\r\n{}\r\n0\r\n\r\n", (400, None), False),
        ("a chunk's endless extension", chunks + b"2;" + b"a" * 65536 + b"\r\n{}\r\n0\r\n\r\n", (400, 413, None), False),
        ("a space behind a name", post + b"Content-Length : 2\r\n\r\n{}", (400,), True),
        ("a folded header", post + b"X-A: 1\r\n two\r\nContent-Length: 2\r\n\r\n{}", (400, 422), True),
        ("a header without a name", post + b": 1\r\nContent-Length: 2\r\n\r\n{}", (400,), True),
        ("a header without anything", post + b":\r\nContent-Length: 2\r\n\r\n{}", (400,), True),
        ("a header without a colon", post + b"nonsense\r\nContent-Length: 2\r\n\r\n{}", (400,), False),
        ("a NUL in a header", post + b"X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}", (400, 422, None), False),
        ("a NUL in the path", b"GET /v1/com\0plaints HTTP/1.1\r\n" + host + b"\r\n", (400, 404, None), False),
        ("two hosts", get + host + b"\r\n", (400,), True),
        ("no host", b"GET /livez HTTP/1.1\r\n\r\n", (400,), False),
        ("another's host", b"GET /v1/complaints HTTP/1.1\r\nHost: evil.example\r\n\r\n", (403,), True),
        ("two tokens", get + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", (400,), True),
        ("a head over the limit", get + b"X-A: " + b"a" * 20000 + b"\r\n\r\n", (431, 413), True),
        ("an endless head", get + b"X-A: " + b"a" * 200000 + b"\r\n\r\n", (431, 413, 400, None), False),
        ("a flood of headers", get + b"".join(b"X-%d: 1\r\n" % n for n in range(5000)) + b"\r\n", (431, 413, 400, None), False),
        ("a long path", b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\n" + host + b"\r\n", (414,), True),
        ("an endless path", b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n" + host + b"\r\n", (414, 431, None), False),
        ("up and away", b"GET /v1/../../etc/passwd HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("up and away, hidden", b"GET /v1/%2e%2e/%2E%2E/etc HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("a hidden slash", b"GET /v1/complaints/C-1%2fnote HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("a hidden NUL", b"GET /v1/complaints/C-1%00 HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("two slashes", b"GET //v1/complaints HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("an address for a path", b"GET http://127.0.0.1/v1/complaints HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("no path", b"GET * HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("half of a sign", b"GET /v1/complaints/%f HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("no UTF-8 in the path", b"GET /v1/complaints/%ff HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("bytes in the path", b"GET /v1/complaints/\xff\xfe HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("no UTF-8 in the query", b"GET /v1/complaints?store=%ff HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("bytes in the query", b"GET /v1/complaints?st\xffore=a HTTP/1.1\r\n" + host + b"\r\n", (400,), True),
        ("no UTF-8 in a header", ce + b"ce-subject: \xff\r\nContent-Length: 2\r\n\r\n{}", (400,), True),
        ("no UTF-8 in a header's signs", ce + b"ce-subject: %ff\r\nContent-Length: 2\r\n\r\n{}", (400,), True),
        ("an attribute twice", ce + b"CE-ID: h-2\r\nContent-Length: 2\r\n\r\n{}", (400,), True),
        ("the data as an attribute", ce + b"ce-data: {}\r\nContent-Length: 2\r\n\r\n{}", (400,), True),
        ("an attribute without a name", ce + b"ce-: 1\r\nContent-Length: 2\r\n\r\n{}", (400,), True),
        ("seventy attributes", ce + b"".join(b"ce-x%d: 1\r\n" % n for n in range(70)) + b"Content-Length: 2\r\n\r\n{}", (422,), True),
        ("a huge attribute", ce + b"ce-subject: " + b"a" * 15000 + b"\r\nContent-Length: 2\r\n\r\n{}", (422,), True),
        ("another method", b"DELETE /v1/complaints HTTP/1.1\r\n" + host + b"\r\n", (405,), True),
        ("a method that is none", b"G\xc3\x84T /livez HTTP/1.1\r\n" + host + b"\r\n", (400, 405, None), False),
        ("the beginning of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505, None), False),
        ("the beginning of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200, (400, None), False),
        ("nothing but NULs", b"\0" * 4096, (400, None), False),
        ("nothing but lines", b"\r\n" * 4096, (400, None), False),
        ("HTTP/0.9", b"GET /livez\r\n\r\n", (400, None), False),
        ("HTTP/9.9", b"GET /livez HTTP/9.9\r\n" + host + b"\r\n", (400, 505, 200, None), False),
        ("chunks of HTTP/1.0", b"POST /v1/events HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (400,), True),
        ("a head that ends early", get + b"X-A", none + (400,), False),
        ("a body that ends early", post + b"Content-Length: 200\r\n\r\n{\"id\":", none + (400,), False),
    ]


def what_is_no_request_is_refused(front):
    before = front.newest()
    for name, data, statuses, ours in requests_that_are_none(front):
        judge(name, front.say(data, wait_s=0.3 if None in statuses else 10), statuses, ours)
    assert before and front.newest() == before, "something of it was journaled"


def bodies_that_are_none(front):
    lines, cloud = "application/x-ndjson", "application/cloudevents+json"
    batch, packed = "application/cloudevents-batch+json", "application/vnd.msgpack"
    json_type = "application/json"
    whole = json.dumps(event("b-1")).encode()
    deep = b"[" * 5000 + b"]" * 5000
    for what, body, kind, status, code in (
            ("nothing", b"", json_type, 422, "E1201"),
            ("half an object", whole[:-20], json_type, 400, "E1102"),
            ("two objects", whole + whole, json_type, 400, "E1102"),
            ("a key twice", b'{"id":"a","id":"b"}', json_type, 400, "E1105"),
            ("no UTF-8", b'{"id":"\xff"}', json_type, 400, "E1106"),
            ("half a pair", b'{"id":"\\ud800"}', json_type, 400, None),
            ("levels without end", deep, json_type, 400, "E1103"),
            ("a number", b"7", json_type, 400, "E1102"),
            ("a number without end", b'{"id":' + b"9" * 5000 + b"}", json_type, 400, None),
            ("GB18030", json.dumps(event("b-2"), ensure_ascii=False).replace("x", "慢").encode("gb18030"), json_type, 400, "E1106"),
            ("another charset", whole, "application/json; charset=gb18030", 415, "E1313"),
            ("a batch too many", json.dumps([event("b-3")] * 4097).encode(), json_type, 413, "E1304"),
            ("a broken line", whole + b"\n{\n", lines, 400, "E1102"),
            ("a structured array", b"[]", cloud, 400, "E1102"),
            ("a batch that is none", whole, batch, 400, "E1102"),
            ("no version", whole, cloud, 422, "E1201"),
            ("base64 that is none", b'{"specversion":"1.0","data_base64":"*"}', cloud, 400, "E1102"),
            ("data twice", b'{"specversion":"1.0","data":{},"data_base64":"e30="}', cloud, 400, "E1105"),
            ("data of another kind", b'{"specversion":"1.0","datacontenttype":"text/xml","data_base64":"e30="}', cloud, 415, "E1313"),
            ("half a map", b"\x82\xa2id", packed, 400, "E1101"),
            ("more than it says", b"\x80\x80", packed, 400, "E1102"),
            ("a map of four thousand million", b"\xdf\xff\xff\xff\xff", packed, 400, "E1101"),
            ("a byte that is never used", b"\xc1", packed, 400, "E1102"),
            ("levels without end, packed", b"\x91" * 5000 + b"\xc0", packed, 400, "E1103"),
            ("gzip", gzip.compress(whole), json_type, 415, "E1313")):
        more = {"Content_Encoding": "gzip"} if what == "gzip" else {}
        told, problem = front.publish(body, Content_Type=kind, **more)
        assert told == status and code in (None, problem["code"]), f"{what}: {told} {problem}"
        assert problem["status"] == told and problem["title"] and problem["fix"], problem
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"):
        told, problem = front.publish(whole, Content_Type=kind, ce_specversion="1.0", ce_id="x", ce_source="/s", ce_type="t")
        assert (told, problem["code"]) == (403, "E1818"), (kind, told, problem)  # a page elsewhere could have sent it


def what_follows_is_answered_in_order(front):
    """Pipelined, and by HTTP/1.0: each by itself, nothing between them lost."""
    host = b"Host: 127.0.0.1:%d\r\n" % front.port
    one = b"GET /livez HTTP/1.1\r\n" + host + b"\r\n"
    heard = front.say(one * 20 + b"GET /v1/complaints?limit=1 HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n", 21)
    assert heard.count(b"HTTP/1.1 200") == 21, heard[:300]
    body = json.dumps(event("p-1")).encode()
    post = b"POST /v1/events HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    heard = front.say(post + body + post + body + one, 3)
    assert [part.split(b" ")[0] for part in heard.split(b"HTTP/1.1 ")[1:]] == [b"201", b"200", b"200"], heard
    heard = front.say(post + body + b"\r\nGARBAGE\r\n\r\n" + one, 9)  # what was whole is answered; behind nonsense nothing is
    assert heard.startswith(b"HTTP/1.1 200") and heard.count(b"HTTP/1.1 200") == 1, heard
    assert front.say(b"GET /livez HTTP/1.0\r\n\r\n").startswith(b"HTTP/1."), "HTTP/1.0"
    chunked = b"POST /v1/events HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    for size in (1, 7, len(body)):
        parts = b"".join(b"%x;a=b\r\n%s\r\n" % (len(body[i:i + size]), body[i:i + size]) for i in range(0, len(body), size))
        assert front.say(chunked + parts + b"0\r\nTrailer: x\r\n\r\n").startswith(b"HTTP/1.1 200"), size


# ---- many ----

def others_are_served_meanwhile(front):
    """Two hundred who never finish: whoever speaks plainly is answered within a second."""
    head = b"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % front.port
    slow = [front.dial() for _ in range(200)]
    for n, connection in enumerate(slow):
        connection.sendall((b"G", head, head + b"Content-Length: 900000\r\n\r\n{", head + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{")[n % 4])
    worst = 0.0
    for n in range(30):
        begun = time.monotonic()
        told, answer = front.publish(json.dumps(event(f"s-{n}")).encode(), Content_Type="application/json")
        worst = max(worst, time.monotonic() - begun)
        assert told == 201, answer
        slow[n].sendall(b"x")
    for connection in slow:
        connection.close()
    assert worst < 5, f"an answer took {worst:.1f} s"


def nothing_is_lost_in_a_storm(front):
    """Honest publishers among hostile ones: each event that was answered is in the journal, once."""
    bad = [data for _, data, _, _ in requests_that_are_none(front) if len(data) < 50_000]
    ended, taken = threading.Event(), {}

    def spoil(offset):
        n = offset
        while not ended.is_set():
            front.say(bad[n % len(bad)], wait_s=0.2)
            n += 1

    def send(name):
        for n in range(60):
            told, answer = front.publish(json.dumps(event(f"{name}-{n}")).encode(), Content_Type="application/json")
            assert told == 201, answer
            taken[f"{name}-{n}"] = answer["seq"]

    spoilers = [threading.Thread(target=spoil, args=(n * 17,)) for n in range(4)]
    senders = [threading.Thread(target=send, args=(f"n{n}",)) for n in range(3)]
    for thread in spoilers + senders:
        thread.start()
    for thread in senders:
        thread.join()
    ended.set()
    for thread in spoilers:
        thread.join()
    assert len(taken) == 180 and len(set(taken.values())) == 180
    for id_, seq in list(taken.items())[::20]:
        entry = json.loads(front.ask("GET", f"/v1/events/{seq}")[1])
        assert entry["event"]["id"] == id_, entry


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def nothing_grows(server, front):
    def round_of_all():
        for name, data, _, _ in requests_that_are_none(front):
            if "extension" not in name:  # the library hears no more of that one: it ends when its 30 s are over
                front.say(data, wait_s=0.05)

    round_of_all()
    files, before = descriptors(server), server.memory_kib()
    for _ in range(4):
        round_of_all()
    settled = time.monotonic() + 10
    while descriptors(server) > files and time.monotonic() < settled:
        time.sleep(0.05)  # what was closed is taken away by the next turn
    assert descriptors(server) <= files, (descriptors(server), files)
    grown = server.memory_kib() - before
    assert grown < 4 * 1024 or os.environ.get("MANYI_SANITIZE"), f"grew by {grown} KiB"


def main():
    with tempfile.TemporaryDirectory() as top:
        server = Server(os.path.join(top, "d")).start()
        front = Front(server)
        front.publish(json.dumps(event("first")).encode(), Content_Type="application/json")
        what_is_no_request_is_refused(front)
        bodies_that_are_none(front)
        what_follows_is_answered_in_order(front)
        others_are_served_meanwhile(front)
        nothing_is_lost_in_a_storm(front)
        nothing_grows(server, front)
        server.stop()
    print("what is no HTTP is refused, and harms nobody")


if __name__ == "__main__":
    main()
