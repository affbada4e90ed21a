#!/usr/bin/python3
"""The time machine: what a journal would have come to under another rulebook, told beside a running server and touching nothing."""
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Server  # noqa: E402

SOURCE = os.environ["MANYI_SOURCE"]


def run(*words, code=0):
    out = subprocess.run([MANYI, *words], capture_output=True, text=True, timeout=120)
    assert out.returncode == code, f"{words}: {out.returncode}\n{out.stdout}{out.stderr}"
    return out


def changed(top, name, *replacements):
    with open(os.path.join(SOURCE, "deploy", "policy.yaml")) as file:
        text = file.read()
    for before, after in replacements:
        assert re.search(before, text), before
        text = re.sub(before, after, text)
    path = os.path.join(top, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def diff(server, path, *more):
    return json.loads(run("policy", "diff", "--dir", server.directory, path, "--json", *more).stdout)


def figures(told, id_, field):
    return [(one["today"], one["new"]) for one in told["differences"] if one["id"] == id_ and one["field"] == field]


def files(directory):
    """Everything in it but LMDB's lock files, which a reader signs."""
    found = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            if name.startswith("lock") or name.endswith(".lock") or not os.path.isfile(path):
                continue
            with open(path, "rb") as file:
                found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


def publish(server, top):
    """One urgent complaint, and 30 equal ratings of one department by one person: quality 9, initiation 8."""
    events = [{"id": "c-1", "source": "/desk", "type": "feedback.complained",
               "data": {"store": "sh-pudong", "department": "service", "channel": "phone", "category": "safety", "text": "brakes"}}]
    for i in range(30):
        events.append({"id": f"r-{i}", "source": "/desk", "type": "feedback.rated",
                       "data": {"store": "sh-pudong", "department": "service", "channel": "kiosk", "staff": "wang.li",
                                "scores": {"quality": 9, "initiation": 8}}})
    path = os.path.join(top, "events.jsonl")
    with open(path, "w") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)
    server.cli("publish", path)
    server.wait_folded()


def the_same_rulebook_differs_in_nothing(server):
    path = os.path.join(SOURCE, "deploy", "policy.yaml")
    told = diff(server, path)
    assert told["differences"] == [] and told["people"] == [] and told["entries"] >= 32, told
    assert told["today"] == told["new"], told
    assert "nothing differs" in run("policy", "diff", "--dir", server.directory, path).stdout


def another_deadline_moves_the_clock(server, top):
    # Urgent: response 2 h c today, 1 h c under the new one: an hour earlier, and nothing else about this complaint.
    told = diff(server, changed(top, "deadline.yaml", (r"(urgent: \{response: )2 h c", r"\g<1>1 h c")))
    (moved,) = told["differences"]
    assert (moved["kind"], moved["field"]) == ("complaint", "clocks.response.due_at"), moved
    hour = {side: int(moved[side][11:13]) for side in ("today", "new")}
    assert (hour["today"] - hour["new"]) % 24 == 1 and moved["today"][13:] == moved["new"][13:], moved


def another_weight_moves_the_score_and_its_band(server, top):
    # Today quality weighs 27 and initiation 20: (27 x 9 + 20 x 8) / 47 = 8.574, a warning (85-90).
    # With 1 and 20: (9 + 160) / 21 = 8.048, a penalty (80-85). 30 equal ratings have an interval without width.
    told = diff(server, changed(top, "weights.yaml", (r"(dimension: quality, weight: )27", r"\g<1>1")))
    places = {one["id"] for one in told["differences"]}
    (place,) = [id_ for id_ in places if "wang.li" not in id_]
    (today, new), = figures(told, place, "csi.value")
    assert abs(today - 857.446808) < 1e-5 and abs(new - 804.761904) < 1e-5, (today, new)
    assert figures(told, place, "band") == [("warning", "penalty")], told
    assert figures(told, place + " wang.li", "csi.value") == [(today, new)], told
    assert not figures(told, place + " wang.li", "band"), "a band is of a department, never of one person"
    assert [one["who"] for one in told["people"]] == ["wang.li"], told["people"]


def a_rulebook_may_begin_later(server, top):
    path = changed(top, "later.yaml", (r"(urgent: \{response: )2 h c", r"\g<1>1 h c"))
    assert diff(server, path, "--from", "2020-01-01")["differences"] == diff(server, path)["differences"]
    out = run("policy", "diff", "--dir", server.directory, path, "--from", "2090-01-01", code=64)
    assert "no entry from then on" in out.stderr, out.stderr
    run("policy", "diff", "--dir", server.directory, path, "--to", "2020-01-01", code=64)
    out = run("policy", "diff", "--dir", server.directory, path, "--from", "yesterday", code=64)
    assert "--from yesterday is no time" in out.stderr, out.stderr
    run("policy", "diff", "--dir", os.path.join(top, "nowhere"), path, code=69)


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-policy-") as top:
        os.environ["TMPDIR"] = top
        server = Server(os.path.join(top, "data")).start()
        publish(server, top)
        the_same_rulebook_differs_in_nothing(server)
        another_deadline_moves_the_clock(server, top)
        another_weight_moves_the_score_and_its_band(server, top)
        a_rulebook_may_begin_later(server, top)
        server.stop()
        before = files(server.directory)
        the_same_rulebook_differs_in_nothing(server)
        assert files(server.directory) == before, "the journal was touched"
        left = [name for name in os.listdir(top) if name.startswith("manyi-rehearsal")]
        assert not left, f"left behind: {left}"
    print("ok")


main()
