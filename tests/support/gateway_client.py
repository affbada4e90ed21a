"""Asks the gateway over real sockets, as browsers and programs do: Python's http.client and sockets; links are signed here by
hashlib and hmac, from the format in PROTOCOL.md."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import socket
import struct
import subprocess
import time
import urllib.parse

from served import MANYI

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
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


def within_a_moment(look):
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


# ---- people, programs, links ----

def key_new(server, name, *words, password=None):
    out = subprocess.run([MANYI, "key", "new", name, "--dir", server.directory, *words], input=password,
                         capture_output=True, text=True, timeout=60, cwd=server.directory)
    assert out.returncode == 0, out.stderr
    found = re.search(r"[A-Za-z0-9_\-]{40,}", out.stdout)
    return found and found[0]


def form(**fields):
    return urllib.parse.urlencode(fields).encode()


def login(gateway, name, password, **headers):
    return gateway.ask("POST", "/login", form(name=name, password=password), {**FORM, **headers})


def session(gateway, name="wang.li", password=PASSWORD):
    answer = expect(login(gateway, name, password), 303)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie, cookie
    cookie = cookie.split(";")[0]
    page = expect(gateway.get("/notices", Cookie=cookie, Accept="text/html"), 200).body.decode()
    return cookie, re.search(r'name="csrf" value="([0-9a-f]{32})"', page)[1]


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
