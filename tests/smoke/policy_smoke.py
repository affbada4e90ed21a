#!/usr/bin/python3
"""The time machine: what a journal would have come to under another rulebook, told beside a running server and touching nothing."""
import datetime
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
    """One urgent complaint, a praise (its entry keeps the rulebook's hash, which alone is no difference), and 30 equal ratings of
    one department by one person: quality 9, initiation 8."""
    events = [{"id": "c-1", "source": "/desk", "type": "feedback.complained",
               "data": {"store": "sh-pudong", "department": "service", "channel": "phone", "category": "safety", "text": "brakes"}},
              {"id": "p-1", "source": "/desk", "type": "feedback.praised",
               "data": {"store": "sh-pudong", "department": "service", "channel": "phone", "text": "kind", "staff": ["li.na"]}}]
    for i in range(30):
        events.append({"id": f"r-{i}", "source": "/desk", "type": "feedback.rated",
                       "data": {"store": "sh-pudong", "department": "service", "channel": "kiosk", "staff": "wang.li",
                                "scores": {"quality": 9, "initiation": 8}}})
    server.cli("publish", event_file(top, "events.jsonl", events))
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


# What is wrong in a file of cases, and the line and words that must tell: {} is the case's events.
GOOD = "cases:\n- name: a\n  events:\n  - {at: 2026-11-23 09:00, type: feedback.rated, as: x, data: {store: s, department: d, channel: kiosk, overall: 9}}\n"
BAD_CASES = [
    ("cases: [", ": no YAML"),
    ("", "nothing stands in it"),
    ("stories: []", ":1: the file has no `stories`"),
    ("cases: []", "needs a list of `cases`"),
    ("cases:\n- name: a\n  event: []", ":3: a case has no `event`; did you mean `events`?"),
    ("cases:\n- events: []", "a case needs a `name`"),
    ("cases:\n- name: a\n  events: []", "needs a list of `events`"),
    ("cases:\n- name: a\n  name: b", ":3: `name` stands here twice"),
    (GOOD + "---\n" + GOOD, ": a second document begins here"),
    (GOOD.replace("feedback.rated", '"feedback.\\0rated"'), "line 4: a text has a NUL in it"),
    ("cases:\n" + "- " * 40 + "a", "line 2: maps and lists stand too deep within each other"),
    ("a:\n" + "".join(f"  k{i}: 1\n" for i in range(100_000)), ":2: this map has more than 256 keys"),  # and at once
    (GOOD.replace("at: 2026-11-23 09:00, ", ""), ":4: the first event needs its `at`"),
    (GOOD.replace("2026-11-23", "2026-02-30"), ':4: "2026-02-30 09:00" is no time'),
    (GOOD.replace("09:00", "9 am"), "is no time"),
    (GOOD.replace("feedback.rated", "feedback.rate"), "`type: feedback.rate` is no event"),
    (GOOD.replace("feedback.rated", "score.changed"), "no event that comes from outside"),
    (GOOD.replace("overall", "overal"), ":4: feedback.rated has no `overal`; did you mean `overall`?"),
    (GOOD.replace("overall: 9", "overall: 11"), ":4: feedback.rated: data.overall"),
    (GOOD.replace(", overall: 9", ""), "feedback.rated: data"),
    (GOOD.replace("as: x", "as: x y"), "`as: x y`: a name has letters, digits and _"),
    (GOOD.replace("store: s", "store: $y"), ":4: no event before this one is called `y`"),
    (GOOD + "  - {at: 08:00, type: clock.ticked, data: {}}\n", ":5: this comes before the event above it"),
    (GOOD + "  - {type: clock.ticked, as: x, data: {}}\n", "another event is called `x` already"),
    (GOOD + "  expect:\n  - {at: 2026-11-23 10:00, escalaton: {}}\n", ":6: `escalaton`: an expectation has"),
    (GOOD + "  expect:\n  - {at: 2026-11-23 10:00, task: {levle: 1}}\n", ":6: a task card has no `levle`"),
    (GOOD + "  expect:\n  - {at: 2026-11-23 10:00}\n", ":6: an expectation names a card"),
    (GOOD + "  expect:\n  - {never: maybe, task: {}}\n", "write `never: true`"),
    (GOOD + "  quiet: [nobody]\n", ":5: `nobody` is no card"),
    (GOOD + "  policy: nowhere.yaml\n", "nowhere.yaml: No such file"),
    ("policy:\n  clocks:\n    urgent: {respnse: 1 h c}\n" + GOOD, "line 3: Unexpected key: respnse in clocks.urgent"),
]


def a_file_of_cases_is_refused_with_its_line(top):
    path = os.path.join(top, "cases.yaml")
    for text, says in BAD_CASES:
        with open(path, "w") as file:
            file.write(text)
        out = run("policy", "test", path, code=65)
        assert says in out.stderr and path in out.stderr, f"{text!r}: {out.stderr!r} lacks {says!r}"
    with open(path, "w") as file:
        file.write(GOOD)
    assert "1 of 1 as expected" in run("policy", "test", path).stdout
    run("policy", "test", os.path.join(top, "nothing.yaml"), code=66)
    run("policy", "test", code=64)


def what_does_not_come_is_told_with_what_came(top):
    path = os.path.join(top, "cases.yaml")
    low = GOOD.replace("overall: 9", "visit: V-1, overall: 3")
    for expect, says in (
            ("  - {at: 2026-11-23 09:00, task: {status: started}}", ["expected, but did not come", '"status":"open"', "T-x"]),
            ("  - {at: 2026-11-23 09:01, task: {}}", ["no task card came then"]),
            ("  - {task: {id: T-$x, status: verified}}", ["expected, but did not come"]),
            ("  - {never: true, task: {visit: V-1}}", ["this should never come", '"visit":"V-1"'])):
        with open(path, "w") as file:
            file.write(low + "  expect:\n" + expect + "\n")
        out = run("policy", "test", path, code=1)
        assert all(word in out.stdout for word in says + [f"{path}:6", "[09:00:00.000] intake"]), out.stdout
        assert "E1704" in out.stderr, out.stderr
    with open(path, "w") as file:
        file.write(low + "  quiet: [task]\n")
    assert "nobody expected this" in run("policy", "test", path, code=1).stdout
    with open(path.replace(".yaml", ".trace"), "w") as file:
        file.write("== a\n2026-11-24 Tuesday\n")
    with open(path, "w") as file:
        file.write(low)
    out = run("policy", "test", path, code=1).stdout
    assert "cases.trace:2: the story goes another way" in out and "came     2026-11-23 Monday" in out, out
    os.remove(path.replace(".yaml", ".trace"))


# A rulebook that is refused: what is changed, and line, key and sentence that must tell.
BAD_RULEBOOKS = [
    (r"response: 8 h w, plan", "respnse: 8 h w, plan", ["Unexpected key: respnse in clocks.general"]),
    (r"(dimension: quality, weight: )27", r"\g<1>-27", ["weights", "-27"]),
    (r"percent: 80, level: 1", "percent: 40, level: 1", ["ladder"]),
    (r"percent: 80, level: 1", "percent: 80, level: 4", ["ladder"]),
    (r"low: 6 ", "low: 16 ", ["ratings.low", "16"]),
    (r"response: 2 h c", "response: soon", ["clocks.urgent.response", "soon"]),
]


def a_rulebook_is_refused_with_line_and_key(top):
    for i, (before, after, says) in enumerate(BAD_RULEBOOKS):
        path = changed(top, f"bad-{i}.yaml", (before, after))
        out = run("policy", "check", path, code=65)
        assert re.search(rf"{re.escape(path)}: line \d+: ", out.stderr), out.stderr
        assert all(word in out.stderr for word in says), f"{after!r}: {out.stderr!r}"
    nothing = os.path.join(top, "zero.yaml")
    with open(nothing, "w") as file:
        file.write("departments:\n  - department: sales\n    weights:\n      - {dimension: price, weight: 0}\n")
    out = run("policy", "check", nothing, code=65)
    assert "line " in out.stderr and "departments[0]" in out.stderr, out.stderr
    checked = run("policy", "check", os.path.join(SOURCE, "deploy", "policy.yaml")).stdout
    assert checked.count("checked: ") >= 5, checked


def one_that_begins_amid_the_journal_reckons_open_cases_anew(server, top):
    """The urgent complaint of before is open: from then on its clock is the new one's, too."""
    path = changed(top, "amid.yaml", (r"(urgent: \{response: )2 h c", r"\g<1>1 h c"), (r"(dimension: quality, weight: )27", r"\g<1>1"))
    begins = datetime.datetime.now(datetime.timezone.utc)
    text = begins.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    server.cli("publish", event_file(top, "second.jsonl", [{
        "id": "c-2", "source": "/desk", "type": "feedback.complained",
        "data": {"store": "sh-pudong", "department": "service", "channel": "phone", "category": "safety", "text": "airbag"}}]))
    server.wait_folded()
    told = diff(server, path, "--from", text)
    assert told["since"] > 1 and told["entries"] >= 33, told
    changed_ids = [one["id"] for one in told["differences"] if one["field"] == "clocks.response.due_at"]
    assert len(changed_ids) == 2, told["differences"]
    before = diff(server, path, "--to", text)
    assert len([one for one in before["differences"] if one["kind"] == "complaint"]) == 1, before["differences"]


def why_a_score_is_what_it_is(server):
    """The formula filled in, worked out above, and the entries that it was made from: 30 ratings, the newest 20 first."""
    place, = {row["store"] + "." + row["department"] for row in server.cli("scores", "--by", "store", "--period", str(datetime.date.today().year))}
    row, ratings = server.cli("trace", f"S-{place}-{datetime.date.today().year}")
    assert "30 ratings: 100 x (initiation 20 x 8.000 + quality 27 x 9.000) / 47 = 857.4" in row["en"], row["en"]
    assert {"key": "ratings.evidence_rank", "figures": "30"} in row["rules"], row["rules"]
    seqs = ratings["seqs"]
    assert len(seqs) == 20 and seqs == sorted(seqs, reverse=True), ratings
    told = run("trace", f"S-{place}-{datetime.date.today().year}", "--lang", "zh", "--base-port", str(server.base)).stdout
    assert "30 条评价" in told and f"#{seqs[0]} #{seqs[1]}" in told, told
    run("trace", "S-nowhere.service-2026", "--base-port", str(server.base), code=1)


def why_a_complaint_is_where_it_is(server):
    case = server.cli("complaints")[0]["id"]
    server.cli("complaint", case, "acknowledge", "--by", "li.na")
    told = run("trace", case, "--base-port", str(server.base)).stdout
    assert told.startswith(case + "\n") and "opened, urgent" in told and "first answer, by li.na" in told, told
    assert "clocks.urgent.response: 2 h c" in told and "rulebook customer-satisfaction" in told, told
    assert "li.na 已首次答复客户" in run("trace", case, "--lang", "zh", "--base-port", str(server.base)).stdout
    assert "there are en and zh" in run("trace", case, "--lang", "de", "--base-port", str(server.base), code=64).stderr
    run("trace", "E-77-response-100", "--base-port", str(server.base), code=1)


def event_file(top, name, events):
    path = os.path.join(top, name)
    with open(path, "w") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)
    return path


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-policy-") as top:
        os.environ["TMPDIR"] = top
        a_file_of_cases_is_refused_with_its_line(top)
        what_does_not_come_is_told_with_what_came(top)
        a_rulebook_is_refused_with_line_and_key(top)
        server = Server(os.path.join(top, "data")).start()
        publish(server, top)
        the_same_rulebook_differs_in_nothing(server)
        another_deadline_moves_the_clock(server, top)
        another_weight_moves_the_score_and_its_band(server, top)
        a_rulebook_may_begin_later(server, top)
        why_a_score_is_what_it_is(server)
        one_that_begins_amid_the_journal_reckons_open_cases_anew(server, top)
        why_a_complaint_is_where_it_is(server)
        server.stop()
        before = files(server.directory)
        the_same_rulebook_differs_in_nothing(server)
        assert files(server.directory) == before, "the journal was touched"
        left = [name for name in os.listdir(top) if name.startswith("manyi-rehearsal")]
        assert not left, f"left behind: {left}"
    print("ok")


main()
