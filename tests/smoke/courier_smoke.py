"""Messages as real receivers get them: a mail server, web servers that are fine, refuse, hang, redirect or talk without end, robots
that say no with HTTP 200, and commands. Signatures are checked by Python's own hmac, mails are read by Python's own parser."""
import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from ports import free_base_port  # noqa: E402

MANYI = os.environ["MANYI"]
KEY = b"0123456789abcdef0123456789abcdef"
ROBOT_SECRET = "SECrobot"


class Hooks(http.server.ThreadingHTTPServer):
    """Keeps what was posted; what it answers is in the path."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Hook)
        self.posts = []
        self.leave = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"


class Hook(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, code, body=b"", headers=()):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, dict(self.headers), body))
        what = urllib.parse.urlparse(self.path).path
        if what.startswith("/code/"):
            code = int(what.split("/")[2])
            self.answer(code, b"", [("Location", "/code/204"), ("Retry-After", "7")])
        elif what == "/hang":
            self.server.leave.wait(20)
        elif what == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while not self.server.leave.is_set():
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass
        elif what == "/robot/ok":
            self.answer(200, b'{"errcode":0,"errmsg":"ok"}')
        elif what == "/robot/feishu":
            self.answer(200, b'{"code":0,"msg":"success","data":{}}')
        elif what == "/robot/busy":
            self.answer(200, b'{"errcode":45009,"errmsg":"api freq out of limit"}')
        elif what == "/robot/no":
            self.answer(200, b'{"errcode":93000,"errmsg":"invalid webhook url"}')
        else:
            self.answer(204)


class Post:
    """A mail server's rules: who is refused, and what was taken."""

    def __init__(self):
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 no such mailbox"
        if address.startswith("full"):
            return "452 mailbox is full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((session.ssl is not None, envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken"


def certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
    return context


def secret(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    os.chmod(path, 0o600)
    return name


class Notices:
    """Writes a file of one target and its person, and tries it."""

    def __init__(self, folder):
        self.folder = folder
        self.env = {**os.environ, "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}

    def attempt(self, target, address=None, language="en"):
        way = "{target: t" + (f', address: "{address}"' if address else "") + "}"
        path = os.path.join(self.folder, "notices.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"language: {language}\ntargets:\n  - {{name: t, {target}}}\npeople:\n  wang.li: [{way}]\n")
        began = time.monotonic()
        done = subprocess.run([MANYI, "notices", "try", "wang.li", path], capture_output=True, text=True, timeout=60,
                              env=self.env, check=False)
        self.took = time.monotonic() - began
        assert KEY.decode() not in done.stdout + done.stderr and ROBOT_SECRET not in done.stdout + done.stderr
        return done.returncode, done.stdout + done.stderr


def webhooks(notices, hooks):
    secret(notices.folder, "hook.secret", "whsec_" + base64.b64encode(KEY).decode())
    hook = lambda path, more="": f'kind: webhook, url: "{hooks.url(path)}", secret_file: hook.secret{more}'
    code, said = notices.attempt(hook("/fine"))
    assert code == 0 and "t : delivered" in said, said
    path, headers, body = hooks.posts.pop()
    headers = {name.lower(): value for name, value in headers.items()}
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    expected = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == expected, headers
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 5
    assert headers["content-type"].startswith("application/json")
    assert json.loads(body)["type"] == "manyi.test" and "timestamp" in json.loads(body)
    for status, words in {500: "HTTP 500", 503: "HTTP 503", 429: "HTTP 429", 408: "HTTP 408", 425: "HTTP 425"}.items():
        code, said = notices.attempt(hook(f"/code/{status}"))
        assert code == 69 and words in said and "for good" not in said, said
    for status in (400, 401, 404, 410, 301, 307):
        code, said = notices.attempt(hook(f"/code/{status}"))
        assert code == 69 and f"HTTP {status}, for good" in said, said
    posts = len(hooks.posts)
    notices.attempt(hook("/code/302"))
    assert len(hooks.posts) == posts + 1, "a redirect was followed"
    code, said = notices.attempt(hook("/hang", ", timeout: 1"))
    assert code == 69 and "imeout" in said and notices.took < 4, (said, notices.took)
    code, said = notices.attempt(hook("/endless"))
    assert code == 0 and notices.took < 4, (said, notices.took)
    code, said = notices.attempt('kind: webhook, url: "http://127.0.0.1:9/", secret_file: hook.secret')
    assert code == 69 and "onnect" in said and "for good" not in said, said


def robots(notices, hooks):
    secret(notices.folder, "robot.secret", ROBOT_SECRET)
    hooks.posts.clear()
    code, said = notices.attempt(f'kind: wecom, url: "{hooks.url("/robot/ok?key=1")}"', language="zh")
    assert code == 0, said
    body = json.loads(hooks.posts[-1][2])
    assert body["msgtype"] == "markdown" and "测试通知" in body["markdown"]["content"] or "测试" in body["markdown"]["content"]
    code, said = notices.attempt(f'kind: wecom, url: "{hooks.url("/robot/busy")}"')
    assert code == 69 and "errcode 45009" in said and "for good" not in said, said
    code, said = notices.attempt(f'kind: wecom, url: "{hooks.url("/robot/no")}"')
    assert code == 69 and "errcode 93000, for good" in said, said
    code, said = notices.attempt(f'kind: wecom, url: "{hooks.url("/fine")}"')
    assert code == 69 and "not a robot's" in said, said

    code, said = notices.attempt(
        f'kind: dingtalk, url: "{hooks.url("/robot/ok?access_token=a")}", secret_file: robot.secret', "13800000000")
    assert code == 0, said
    query = urllib.parse.parse_qs(urllib.parse.urlparse(hooks.posts[-1][0]).query)
    stamp = query["timestamp"][0]
    sign = hmac.new(ROBOT_SECRET.encode(), f"{stamp}\n{ROBOT_SECRET}".encode(), hashlib.sha256).digest()
    assert query["sign"] == [base64.b64encode(sign).decode()] and query["access_token"] == ["a"], query
    assert abs(int(stamp) / 1000 - time.time()) < 5
    body = json.loads(hooks.posts[-1][2])
    assert body["msgtype"] == "markdown" and body["at"]["atMobiles"] == ["13800000000"], body

    code, said = notices.attempt(f'kind: feishu, url: "{hooks.url("/robot/feishu")}", secret_file: robot.secret')
    assert code == 0, said
    body = json.loads(hooks.posts[-1][2])
    sign = hmac.new(f"{body['timestamp']}\n{ROBOT_SECRET}".encode(), b"", hashlib.sha256).digest()
    assert body["sign"] == base64.b64encode(sign).decode() and body["msg_type"] == "interactive", body
    assert abs(int(body["timestamp"]) - time.time()) < 5


def mails(notices, context):
    post, base = Post(), free_base_port()
    plain = Controller(post, hostname="127.0.0.1", port=base)

    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"manyi", b"sesame"), handled=False)

    class Secure(Controller):
        def factory(self):
            return SMTP(self.handler, tls_context=context, require_starttls=True, auth_required=True,
                        authenticator=authenticate, hostname="localhost")

    secure = Secure(post, hostname="127.0.0.1", port=base + 1)
    for server in (plain, secure):
        server.start()
    port = lambda server: server.port
    target = f"kind: smtp, host: localhost, port: {port(plain)}, tls: none, from: manyi@example.com"
    code, said = notices.attempt(target, "wang.li@example.com", "zh")
    assert code == 0 and "w***@example.com" in said and "wang.li@" not in said, said
    over_tls, sender, recipients, content = post.mails.pop()
    assert not over_tls and sender == "manyi@example.com" and recipients == ["wang.li@example.com"]
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert mail["Subject"] == "测试通知" and mail["To"] == "wang.li@example.com", mail.items()
    assert "测试" in mail.get_content() and not mail.defects
    assert re.fullmatch(r"<test~\d+@example\.com>", mail["Message-ID"]), mail["Message-ID"]
    assert abs(mail["Date"].datetime.timestamp() - time.time()) < 5
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    code, said = notices.attempt(target, "nobody@example.com")
    assert code == 69 and "SMTP 550, for good" in said and "nobody" not in said, said
    code, said = notices.attempt(target, "full@example.com")
    assert code == 69 and "SMTP 452" in said and "for good" not in said, said

    secret(notices.folder, "smtp.password", "sesame")
    secret(notices.folder, "smtp.wrong", "swordfish")
    target = (f"kind: smtp, host: localhost, port: {port(secure)}, from: manyi@example.com, user: manyi, "
              f'ca_file: "{notices.folder}/cert.pem", password_file: ')
    code, said = notices.attempt(target + "smtp.password", "wang.li@example.com")
    assert code == 0 and post.mails.pop()[0], said
    code, said = notices.attempt(target + "smtp.wrong", "wang.li@example.com")
    assert code == 69 and "for good" not in said and "swordfish" not in said, said
    code, said = notices.attempt(target.replace(f'ca_file: "{notices.folder}/cert.pem", ', "") + "smtp.password",
                                 "wang.li@example.com")
    assert code == 69 and "certificate" in said and not post.mails, said
    code, said = notices.attempt(f"kind: smtp, host: localhost, port: {port(plain)}, from: manyi@example.com",
                                 "wang.li@example.com")
    assert code == 69 and not post.mails, said  # it has no STARTTLS: nothing goes in the clear
    for server in (plain, secure):
        server.stop()


def commands(notices):
    folder = notices.folder

    def program(name, text):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(path, 0o755)
        return f'kind: command, command: "{path}"'

    code, said = notices.attempt(program("sms", f"cat > {folder}/taken; env > {folder}/env"), "13800000021")
    assert code == 0 and "138***21" in said and "13800000021" not in said, said
    with open(f"{folder}/taken", encoding="utf-8") as file:
        taken = json.load(file)
    assert taken["address"] == "13800000021" and taken["text"] and taken["data"]["type"] == "manyi.test", taken
    with open(f"{folder}/env", encoding="utf-8") as file:
        names = {line.split("=")[0] for line in file}
    assert names <= {"PATH", "LANG", "PWD", "_", "SHLVL", "OLDPWD"}, names
    code, said = notices.attempt(program("busy", "exit 75"), "1")
    assert code == 69 and "exit 75" in said and "for good" not in said, said
    code, said = notices.attempt(program("broken", "exit 3"), "1")
    assert code == 69 and "exit 3, for good" in said, said
    code, said = notices.attempt(program("slow", "sleep 60 & sleep 60") + ", timeout: 1", "1")
    assert code == 69 and "took too long" in said and notices.took < 4, (said, notices.took)
    code, said = notices.attempt('kind: command, command: "/there/is/none"', "1")
    assert code == 69 and "can't begin" in said, said


def main():
    hooks = Hooks()
    with tempfile.TemporaryDirectory() as folder:
        context = certificate(folder)
        notices = Notices(folder)
        webhooks(notices, hooks)
        robots(notices, hooks)
        mails(notices, context)
        commands(notices)
    hooks.leave.set()
    hooks.shutdown()
    print("every receiver got what it should")


if __name__ == "__main__":
    sys.exit(main())
