"""The gateway of a machine that asks nobody for a key: what is a request, what is refused, and that nothing hostile harms it."""
import json
import os
import socket
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from gateway_client import FORM, Gateway, JSON, complaint, expect  # noqa: E402
from served import Server  # noqa: E402


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


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-gateway-") as top:
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
    print("the gateway takes what is a request, and nothing else harms it")


if __name__ == "__main__":
    main()
