#!/usr/bin/python3
"""Rewards from the command line: a month is settled when it is closed, and who appeals learns the appeal's number."""
import datetime
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Server, pack, unpack  # noqa: E402

import zmq  # noqa: E402


def told(server, *words, code=0):
    out = subprocess.run([MANYI, *words, "--base-port", str(server.base)], capture_output=True, text=True, timeout=60)
    assert out.returncode == code, (words, out.returncode, out.stdout, out.stderr)
    return out.stdout + out.stderr


def praised(server):
    """Somebody is praised by name; the seq of the entry."""
    intake = zmq.Context.instance().socket(zmq.REQ)
    intake.RCVTIMEO, intake.LINGER = 20_000, 0
    intake.connect(server.endpoint(1))
    praise = {"id": "praise-1", "source": "/stores/sh-pudong/desk", "type": "feedback.praised",
              "data": {"store": "sh-pudong", "department": "service", "staff": ["wang.li"], "text": "friendly"}}
    intake.send_multipart([b"PUT", pack({"events": [praise]})])
    verb, body = intake.recv_multipart()
    assert verb == b"ACK", unpack(body)
    intake.close()
    return unpack(body)["first"]


def months():
    """This month and the one before the last: open, and closed whatever the day."""
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
    before = (now.replace(day=1) - datetime.timedelta(days=40)).strftime("%Y-%m")
    return now.strftime("%Y-%m"), before


def a_month_is_settled_when_it_is_closed(server):
    present, before = months()
    for period, code, says in ((present, 1, "E1606"), (present[:4], 1, "E1606"), ("2026-13", 64, "2026-13"),
                               (before, 1, "no confirmed entry of " + before)):
        said = told(server, "ledger", "settle", "--by", "payroll", "--period", period, code=code)
        assert says in said, (period, said)
        assert ("is open yet" in said) == (period in (present, present[:4])), (period, said)


def who_appeals_learns_the_number(server):
    entry = f"L-{praised(server)}-wang.li"
    server.wait_folded()
    told(server, "ledger", entry, "confirm", "--by", "zhou.ba")
    said = told(server, "appeal", "file", "--by", "wang.li", "--entry", entry, "--ground", "rating_error")
    number = said.split(" ")[0]
    assert said.startswith(f"{number} filed by wang.li"), said
    appeals = server.cli("appeals")
    assert [(appeal["id"], appeal["entry"]) for appeal in appeals] == [(number, entry)], (appeals, said)
    again = told(server, "appeal", "file", "--by", "wang.li", "--entry", entry, "--ground", "rating_error", code=1)
    assert "A-" not in again.split(":")[0], again


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-ledger-") as top:
        server = Server(os.path.join(top, "data")).start()
        a_month_is_settled_when_it_is_closed(server)
        who_appeals_learns_the_number(server)
        server.stop()
    print("the ledger keeps its word")


if __name__ == "__main__":
    main()
