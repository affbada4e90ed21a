#!/usr/bin/python3
"""Rulebooks and rosters come into force amid running clocks and open notices, and `manyi serve` is killed with -9 amid it.

600 complaints with clocks that run and notices nobody has seen, praise, low ratings, an appeal, a vehicle in repair and a visit
that is to be called about; then four rulebooks and four rosters in turn, each followed by a kill at some moment of its sweep.
Checked, from PROTOCOL.md and DOMAIN.md alone: every consequence and every notice once; each open notice goes to whom the last
roster names; each running clock is due by the last rulebook, from its opening; the state that lived equals two rebuilds, and the one
that a backup gives; two equal rulebooks differ in nothing and another one does, beside the live server, and the directory is as before.
Usage: MANYI=build/manyi tests/crash/change_test.py [--complaints 600] [--seed 1]
"""
import argparse
import collections
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kill_test import journal_entries, state_digest  # noqa: E402
from served import MANYI, Peer, Server, now_ms, stamp  # noqa: E402

MINUTE_MS = 60 * 1000
STORES = 4
RESPONSE_MIN = (150, 120, 140, 130)  # of the rulebooks, one after the other: halves of them lie amid the ages of the complaints


def rulebook(response_min):
    """Urgent complaints: response within so many minutes by the wall clock, in all else the shipped one."""
    return (f"name: urgent within {response_min} min\nclocks:\n  urgent: {{response: {response_min} min c, plan: 12 h c, resolve: 48 h c, "
            "callback: 24 h c, repeat: 30 min c}\n")


def roster(handler):
    stores = "".join(f"  - {{store: s-{k}, handler: {handler}, manager: {handler}.m, director: {handler}.d}}\n" for k in range(STORES))
    staff = "".join(f"  - {{number: {handler}{end}}}\n" for end in ("", ".m", ".d"))
    return f"general_manager: {handler}.d\nmanagement_group: [{handler}.d]\nstores:\n{stores}staff:\n{staff}"


def adopted(kind, content, number):
    return {"id": f"adopt-{number}", "source": "/tests/change", "type": kind, "data": {
        "by": "group", "content": content, "hash": hashlib.blake2b(content.encode(), digest_size=16).hexdigest()}}


def facts(rng, count):
    """(events, when each urgent complaint was opened, by its event's number)"""
    now, events, opened = now_ms(), [], {}

    def add(kind, data, ago_ms=0):
        events.append({"id": f"f-{len(events)}", "source": "/tests/change", "type": kind, "time": stamp(now - ago_ms), "data": data})

    for number in range(count):
        at = now - rng.randrange(20, 100) * MINUTE_MS
        opened[len(events)] = at
        add("feedback.complained", {"store": f"s-{number % STORES}", "department": "service", "channel": "phone", "category": "safety",
                                    "text": "brakes", "customer": f"c-{number}"}, now - at)
    add("feedback.praised", {"store": "s-0", "text": "kind", "staff": ["old"]})
    for dimension in ("quality", "advisor", "pickup"):
        add("feedback.rated", {"store": "s-1", "department": "service", "channel": "kiosk", "scores": {dimension: 3},
                               "device": "d-1", "customer": dimension, "visit": f"v-{dimension}"})
    add("visit.opened", {"store": "s-2", "department": "service", "visit": "v-1", "kind": "repair", "vehicle": "LSVAU2180N2183294"})
    add("visit.completed", {"store": "s-2", "department": "sales", "visit": "v-2", "kind": "sale", "customer": "c-new"})
    return events, opened


def files(directory):
    return {os.path.join(top, name) for top, _, names in os.walk(directory) for name in names}


def run_json(*words):
    out = subprocess.run([MANYI, *words, "--json"], capture_output=True, text=True, timeout=120)
    assert out.returncode == 0, f"manyi {' '.join(words)}: {out.returncode}\n{out.stdout}{out.stderr}"
    return json.loads(out.stdout)


def wait_concluded(context, server, seq, count):
    """Until so many entries have come after this one; a sweep has more to say than that."""
    feed, deadline = Peer(context, server.endpoint(2)), time.monotonic() + 10
    while feed.ask("FETCH", {"after": seq, "class": "outside"})[1]["head"] < seq + count:
        assert time.monotonic() < deadline, f"the sweep of entry {seq} said less than {count} things"
    feed.close()


def change_amid_kills(context, server, rng, count):
    """When each complaint was opened, by its seq."""
    events, opened = facts(rng, count)
    peer = Peer(context, server.endpoint(1))
    verb, ack = peer.ask("PUT", {"events": [adopted("roster.changed", roster("old"), 0), *events]})
    assert (verb, ack["count"]) == ("ACK", len(events) + 1), (verb, ack)
    first = ack["first"] + 1
    for number in range(8):
        by_roster = number % 2
        event = adopted("roster.changed", roster(f"h{number}"), number + 1) if by_roster else \
            adopted("policy.adopted", rulebook(RESPONSE_MIN[number // 2]), number + 1)
        verb, ack = peer.ask("PUT", {"events": [event]})
        assert (verb, ack["count"]) == ("ACK", 1), (verb, ack)
        wait_concluded(context, server, ack["first"], rng.randrange(150))
        peer.close()
        server.kill()
        server.start()
        peer = Peer(context, server.endpoint(1))
    peer.close()
    return {first + number: at for number, at in opened.items()}


def check_everything_once(context, server):
    ids, notices = collections.Counter(), collections.Counter()
    for _, event in journal_entries(context, server, "consequence"):
        ids[event["id"]] += 1
        if event["type"] == "escalation.raised":
            notices[event["data"]["id"], event["data"]["repeat"]] += 1
    assert ids and max(ids.values()) == 1, "a consequence was announced twice"
    assert notices and max(notices.values()) == 1, "a notice was raised twice"
    return len(notices)


def check_in_force(server, opened):
    cards = {card["seq"]: card for card in server.cli("complaints", "--limit", "1000")}
    assert cards.keys() == opened.keys(), "not the complaints that were sent"
    for seq, card in cards.items():
        clock = next(clock for clock in card["clocks"] if clock["kind"] == "response")
        due = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(-(-(opened[seq] + RESPONSE_MIN[-1] * MINUTE_MS) // 1000)))  # whole seconds
        assert clock["due_at"].startswith(due), f"{card['id']} was opened {opened[seq]}: due {clock['due_at']}, not {due}"
    rows = [row for row in server.cli("escalations", "--limit", "1000") if not row["ended"]]
    strays = [(row["id"], row["to"]) for row in rows if row["complaint"].startswith("C-") and not row["to"].startswith("h7")]
    assert rows and not strays, f"{len(strays)} of {len(rows)} notices did not follow the roster: {strays[:3]}"
    return len(rows)


def check_time_machine(context, server, top):
    """From then on the rulebook that is in force anyway changes nothing, and a stricter one from the begin does."""
    paths = [os.path.join(top, name) for name in ("same.yaml", "strict.yaml")]
    for path, content in zip(paths, (rulebook(RESPONSE_MIN[-1]), rulebook(30))):
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
    since_ms = now_ms()
    peer = Peer(context, server.endpoint(1))
    verb, ack = peer.ask("PUT", {"events": [{"id": "later", "source": "/tests/change", "type": "feedback.complained", "data": {
        "store": "s-3", "department": "service", "channel": "phone", "category": "safety", "text": "steering"}}]})
    assert (verb, ack["count"]) == ("ACK", 1), (verb, ack)
    peer.close()
    server.wait_folded()
    since = f"{stamp(since_ms).to_datetime():%Y-%m-%dT%H:%M:%S}.{since_ms % 1000:03d}Z"
    before = files(server.directory)
    same = run_json("policy", "diff", "--dir", server.directory, paths[0], "--from", since)
    other = run_json("policy", "diff", "--dir", server.directory, paths[1])
    assert (same["differences"], same["people"], same["count"]) == ([], [], 0), f"two equal rulebooks differ: {same}"
    assert any(row["field"] == "clocks.response.breached" and row["new"] for row in other["differences"]), "a stricter one breaks nothing"
    assert files(server.directory) == before, "a comparison left files in the directory"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--complaints", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="manyi-change-") as top:
        context = zmq.Context()
        server = Server(os.path.join(top, "data"))
        server.start()
        opened = change_amid_kills(context, server, rng, options.complaints)
        server.wait_folded()
        notices = check_everything_once(context, server)
        followed = check_in_force(server, opened)
        check_time_machine(context, server, top)
        backup, restored = os.path.join(top, "backup"), os.path.join(top, "restored")
        run_json("backup", "--dir", server.directory, "--out", backup)
        context.destroy(0)
        server.stop()

        lived = state_digest("verify", "--dir", server.directory)
        rebuilt = [state_digest("rebuild", "--dir", server.directory, "--out", os.path.join(top, f"rebuilt-{k}")) for k in (1, 2)]
        assert rebuilt == [lived, lived], f"the state that lived differs from its rebuilds: {lived} {rebuilt}"
        run_json("restore", backup, "--dir", restored, "--verify")
        print(f"{options.complaints} complaints, 8 rulebooks and rosters with a kill each: {notices} notices raised once, {followed} open ones "
              f"with who holds the post now, every response due by the last rulebook, state {lived[:16]} equal to two rebuilds")


if __name__ == "__main__":
    main()
