"""The gateway under an access file: whom it lets in by token, password, link and typed code, what ends at once; TLS and proxies."""
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from gateway_client import (FORM, PASSWORD, Gateway, complaint, expect, form, key_new, login, reply_code,  # noqa: E402
                            session, signed, within_a_moment)
from served import MANYI, Server  # noqa: E402


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


def runs_our_scripts_alone(page):
    """None within the page, none from elsewhere: one chooses the theme, one remembers where one wanted to go."""
    return set(re.findall(r"<script[^<]*<", page)) <= {f'<script src="/lib/{name}.js"><' for name in ("early", "back")}


def people_log_in_and_their_pages_alone_act(gateway, case):
    page = expect(gateway.get("/v1/complaints", Accept="text/html"), 401).body.decode()
    assert 'action="/login?lang=en"' in page and runs_our_scripts_alone(page), page
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


def what_is_revoked_ends_at_once(server, gateway, tokens):
    cookie, _ = session(gateway, "chen.hao")
    expect(gateway.get("/v1/complaints", Cookie=cookie), 200)
    bearer = {"Authorization": "Bearer " + tokens["elsewhere"]}
    expect(gateway.ask("GET", "/v1/complaints", None, bearer), 200)
    for words in (("revoke", "chen.hao"), ("revoke", "elsewhere")):
        subprocess.run([MANYI, "key", *words, "--dir", server.directory], check=True, capture_output=True)
    within_a_moment(lambda: gateway.get("/v1/complaints", Cookie=cookie).status == 401)
    within_a_moment(lambda: gateway.ask("GET", "/v1/complaints", None, bearer).status == 401)


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
    for lost in ("/ack", "/rate/", "/case"):  # nobody has to log in to be told
        assert "Open it exactly as it was sent" in expect(gateway.get(lost), 404).body.decode()


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
    assert f'action="{path}"' in page and runs_our_scripts_alone(page), page
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
        server = keyed(top)
        what_others_could_read_is_not_begun(top, server.directory, server.base)
        tls_is_spoken_and_asked_for(top, server.base)
        behind_a_proxy_cookies_are_secure_and_addresses_the_clients(server.directory, server.base)
    print("the gateway lets in whom it should, and nobody else")


if __name__ == "__main__":
    main()
