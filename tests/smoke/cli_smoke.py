#!/usr/bin/python3
"""The command as a person meets it: what it refuses and how, files in and figures out, decisions and what became of them.

Figures are recounted here from the generated table, by the formulas of DESIGN.md, without Manyi's code.
"""
import collections
import csv
import fractions
import io
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Server, free_base_port  # noqa: E402

NOBODY = 65534


def run(*words, code=0, program=MANYI, stdin=None, env=None, **how):
    out = subprocess.run([program, *words], input=stdin, capture_output=True, timeout=120,
                         env={**os.environ, "TZ": "Asia/Shanghai", **(env or {})}, **how)
    out.stdout, out.stderr = out.stdout.decode(), out.stderr.decode()
    assert out.returncode == code, f"manyi {' '.join(words)}: {out.returncode}, not {code}\n{out.stdout}{out.stderr}"
    return out


def refused(*words, code, says, **how):
    """One clear line that names cause and fix, and nothing else."""
    out = run(*words, code=code, **how)
    assert out.stdout == "", out.stdout
    assert out.stderr.startswith("manyi: E") and out.stderr.count("\n") == 1, out.stderr
    for word in (*says, " Fix: "):
        assert word in out.stderr, f"{word!r} is not in {out.stderr!r}"


# ---- starting ----

def starts_are_refused_in_one_line(server, top):
    other = str(free_base_port())
    refused("serve", "--dir", server.directory, "--base-port", other, code=75, says=["E1405", server.directory])
    fresh = os.path.join(top, "never")
    refused("serve", "--dir", fresh, "--base-port", str(server.base), code=69,
            says=["E1406", f"tcp://127.0.0.1:{server.base + 1}"])
    assert not os.path.exists(fresh), "a start that failed left its directory behind"
    refused("serve", "--dir", fresh, "--base-port", other, "--host", "192.0.2.1", code=78, says=["E1809", "192.0.2.1", "keys: always"])
    keyed = os.path.join(top, "keyed")
    run("key", "new", "du.heng", "--kind", "person", "--role", "group", "--store", "all", "--department", "all", "--dir", keyed,
        "--out", os.path.join(top, "du.heng.key"))
    refused("serve", "--dir", keyed, "--base-port", other, "--host", "192.0.2.1", env={"MANYI_KEYS": "always", "MANYI_BEHIND_PROXY": "true"},
            code=78, says=["E1413", "192.0.2.1"])
    refused("serve", "--dir", os.path.join(MANYI, "data"), "--base-port", other, code=73, says=["E1415", MANYI])
    bad = os.path.join(top, "bad.conf")
    with open(bad, "w", encoding="ascii") as file:
        file.write("# ours\nbase_prt: 7300\n")
    refused("serve", "--config", bad, code=78, says=["E1502", bad + ":2", "base_prt"])
    refused("serve", "--config", bad + ".none", code=66, says=["E1703", bad])
    refused("status", env={"MANYI_BASE_PORT": "many"}, code=78, says=["E1502", "MANYI_BASE_PORT", "many"])
    refused("serve", "--dir", fresh, "--base-port", other, "--policy", bad, code=78, says=["E1501", bad])
    assert not os.path.exists(fresh)
    refused("appeal", "A-80", "rule", "--by", "x", "--upheld", "maybe", code=64, says=["maybe is a word too many", "true or false"])
    refused("serv", code=64, says=["E1701", "did you mean serve?"])
    refused("serve", "--bas-port", "1", code=64, says=["E1701", "did you mean --base-port?"])
    assert "usage" in run(code=64).stderr.lower()


def lists_refuse_words_that_nothing_has():
    """Before anybody is asked: a wrong word must not look like an empty list."""
    for words, says in [
            (["complaints", "--status", "recieved"], ["did you mean received?", "open, received, acknowledged, planned"]),
            (["escalations", "--status", "closed"], ["raised, acknowledged or ended"]),
            (["tasks", "--status", "done"], ["open, started, completed, verified or cancelled"]),
            (["tasks", "--level", "2"], ["unknown option --level"]),
            (["scores", "--by", "region"], ["group, store, department or staff"]),
            (["scores", "--period", "2026-13"], ["2026-11-23, 2026-11, 2026-Q4, 2026-H2 or 2026"])]:
        refused(*words, code=64, says=["E1701", *says])


def a_directory_of_somebody_else_is_refused(top):
    """As an ordinary user, since root may write everywhere."""
    closed = os.path.join(top, "closed")
    os.mkdir(closed, 0o500)
    how, program = {}, MANYI
    if os.getuid() == 0:
        program = os.path.join(top, "manyi")
        shutil.copy(MANYI, program)
        os.chmod(top, 0o755)
        how = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    refused("serve", "--dir", closed, "--base-port", str(free_base_port()), program=program, code=77,
            says=["E1407", closed], **how)
    refused("serve", "--dir", os.path.join(closed, "data"), "--base-port", str(free_base_port()),
            program=program, code=77, says=["E1407", closed], **how)


def a_clock_that_went_mad_is_refused(top):
    directory = os.path.join(top, "clock")
    server = Server(directory).start()
    server.stop()
    mad = ["serve", "--dir", directory, "--base-port", str(server.base), "--clock-start", "2020-01-01T00:00:00Z"]
    refused(*mad, code=78, says=["E1409", "2020-01-01"])
    trusting = Server(directory, server.base, ["--clock-start", "2020-01-01T00:00:00Z", "--accept-time"]).start()
    trusting.stop()


# ---- files ----

STORES = {"sh-pudong": ["service", "sales"], "hz-xihu": ["service"]}
WEIGHTS = {"service": {"quality": 27, "initiation": 20, "advisor": 20, "facility": 17, "pickup": 16},
           "sales": {"consultation": 25, "delivery": 20, "product": 20, "price": 20, "facility": 15}}


def make_ratings(count, rng):
    """Rows of a table as a call centre would hand them over: some answers missing, names in Chinese."""
    rows = []
    for number in range(count):
        store = rng.choice(list(STORES))
        department = rng.choice(STORES[store])
        row = {"id": f"r-{number}", "store": store, "department": department, "channel": rng.choice(["phone", "wechat"]),
               "staff": rng.choice(["王丽", "李敏", "陈静"]), "time": "2026-11-20 10:00", "comment": "等了很久,\"终于\"好了"}
        for dimension in WEIGHTS[department]:
            if rng.random() < 0.8:
                row["scores." + dimension] = rng.choice([7, 7.5, 8, 8.5, 9, 9.5, 10])
        if rng.random() < 0.7 or not any(key.startswith("scores.") for key in row):
            row["overall"] = rng.choice([7, 8, 9, 10])
        if rng.random() < 0.6:
            row["nps"] = rng.choice([7, 8, 9, 10])
        if rng.random() < 0.5:
            row["ces"] = rng.randint(1, 7)
        rows.append(row)
    return rows


def write_table(path, rows, encoding):
    columns = sorted({key for row in rows for key in row})
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\r\n")
    table.writeheader()
    table.writerows(rows)
    with open(path, "wb") as file:
        file.write(text.getvalue().encode(encoding))


def thousandths(value):
    """Halves away from zero; scores are never negative."""
    return math.floor(fractions.Fraction(value) * 1000 + fractions.Fraction(1, 2))


def weighted(row):
    weights = WEIGHTS[row["department"]]
    known = [(weights[key[7:]], fractions.Fraction(value)) for key, value in row.items() if key.startswith("scores.")]
    return sum(w * x for w, x in known) / sum(w for w, _ in known) if known else None


def t_95(freedom):
    """Two-sided 95 % of Student's t: the distribution integrated by Simpson's rule, then bisected."""
    constant = math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2) if freedom < 300 else None
    if constant is None:
        constant = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    constant /= math.sqrt(freedom * math.pi)

    def within(x, steps=2000):
        h = x / steps
        total = 1 + (1 + x * x / freedom) ** (-(freedom + 1) / 2)
        for i in range(1, steps):
            total += (4 if i % 2 else 2) * (1 + (i * h) ** 2 / freedom) ** (-(freedom + 1) / 2)
        return 2 * constant * total * h / 3

    low, high = 0.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) < 0.95 else (low, middle)
    return low


def recount(rows):
    """n, CSI with interval, CSAT with Wilson's, NPS, CES and dimensions of rows of one department."""
    weights = WEIGHTS[rows[0]["department"]]
    dimensions = collections.defaultdict(list)
    for row in rows:
        for key, value in row.items():
            if key.startswith("scores."):
                dimensions[key[7:]].append(float(value))
    means = {name: sum(values) / len(values) for name, values in dimensions.items()}
    csi = 100 * sum(weights[name] * mean for name, mean in means.items()) / sum(weights[name] for name in means)
    own = [100 * float(weighted(row)) for row in rows if weighted(row) is not None]
    mean = sum(own) / len(own)
    half = t_95(len(own) - 1) * math.sqrt(sum((x - mean) ** 2 for x in own) / (len(own) - 1) / len(own))
    overall = [thousandths(row["overall"]) if "overall" in row else thousandths(weighted(row)) for row in rows]
    n, z = len(overall), 1.959963984540054
    share = sum(x >= 8000 for x in overall) / n
    middle = (share + z * z / 2 / n) / (1 + z * z / n)
    wilson = z * math.sqrt(share * (1 - share) / n + z * z / 4 / n / n) / (1 + z * z / n)
    nps = [row["nps"] for row in rows if "nps" in row]
    ces = [row["ces"] for row in rows if "ces" in row]
    return {"n": len(rows), "csi": csi, "csi_half": half, "csat": share, "csat_low": middle - wilson,
            "csat_high": middle + wilson, "nps_n": len(nps),
            "nps": 100 * (sum(x >= 9 for x in nps) - sum(x <= 6 for x in nps)) / len(nps),
            "ces_n": len(ces), "ces": sum(ces) / len(ces), "means": means,
            "counts": {name: len(values) for name, values in dimensions.items()}}


def near(a, b, within=1e-6):
    assert a is not None and abs(a - b) <= within, f"{a} is not {b}"


def figures_agree(row, rows):
    expected = recount(rows)
    assert row["n"] == expected["n"], (row["n"], expected["n"])
    near(row["csi"]["value"], expected["csi"])
    near((row["csi"]["high"] - row["csi"]["low"]) / 2, expected["csi_half"], 0.05)  # own means are kept in thousandths
    near(row["csat"]["share"], expected["csat"])
    near(row["csat"]["low"], expected["csat_low"])
    near(row["csat"]["high"], expected["csat_high"])
    near(row["nps"]["value"], expected["nps"])
    assert row["nps"]["n"] == expected["nps_n"]
    near(row["ces"]["mean"], expected["ces"])
    assert row["ces"]["n"] == expected["ces_n"]
    assert set(row["dimensions"]) == set(expected["means"])
    for name, mean in expected["means"].items():
        near(row["dimensions"][name]["mean"], mean)
        assert row["dimensions"][name]["n"] == expected["counts"][name]


def a_table_counts_once_and_to_the_last_figure(server, top):
    rows = make_ratings(400, random.Random(7))
    path = os.path.join(top, "回访.csv")
    write_table(path, rows, "gb18030")
    how = ["--type", "feedback.rated", "--source", "/tests/cli", "--base-port", str(server.base), "--json"]
    head = server.cli("status")["journal"]["head"]
    dry = json.loads(run("publish", path, "--dry-run", *how).stdout)
    assert (dry["accepted"], dry["refused"]) == (400, 0), dry
    assert server.cli("status")["journal"]["head"] == head, "a dry run wrote something"
    first = json.loads(run("publish", path, *how).stdout)
    assert (first["accepted"], first["duplicates"], first["refused"]) == (400, 0, 0), first
    with open(path, "rb") as file:
        again = json.loads(run("publish", "-", *how, stdin=file.read()).stdout)
    assert (again["accepted"], again["duplicates"]) == (0, 400), again
    server.wait_folded()
    found = server.cli("scores", "--by", "store", "--period", "2026-11")
    assert len(found) == 3, [(row["store"], row["department"]) for row in found]
    for row in found:
        figures_agree(row, [r for r in rows if (r["store"], r["department"]) == (row["store"], row["department"])])
        assert row["staff"] is None and row["evidence"] == "rank"
    (group,) = server.cli("scores", "--by", "group", "--period", "2026")
    assert group["n"] == 400 and group["store"] is None and group["department"] is None
    for row in server.cli("scores", "--by", "staff", "--period", "2026-Q4", "--store", "hz-xihu"):
        figures_agree(row, [r for r in rows if (r["store"], r["staff"]) == ("hz-xihu", row["staff"])])


def a_bad_line_is_named_and_spoils_only_itself(server, top):
    path = os.path.join(top, "some.jsonl")
    good = {"store": "nj-gulou", "department": "service", "channel": "phone", "overall": 9}
    lines = [json.dumps({"type": "feedback.rated", "data": good}),
             json.dumps({"type": "feedback.rated", "data": good | {"overall": 11}}),
             '{"type": "feedback.rated", "data": {',
             json.dumps({"type": "complaint.changed", "data": {}})]
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines))
    out = run("publish", path, "--base-port", str(server.base), "--json", code=65)
    summary = json.loads(out.stdout)
    assert (summary["accepted"], summary["refused"]) == (1, 3), summary
    said = {line.split(":")[1]: line for line in out.stderr.splitlines() if line.startswith(path)}
    assert "E1203" in said["2"] and "data.overall" in said["2"], said
    assert "E1102" in said["3"], said
    assert "E12" in said["4"], said
    kept = server.cli("quarantine")
    assert any(row["code"] == "E1203" and row["source"] == "/manyi/publish" for row in kept), kept


def a_table_does_not_steer_the_terminal(server, top):
    path = os.path.join(top, "from-the-web.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("store,department,visit,kind,promised_at,\x1b[32mgreen\nwx-binhu,service,R-9,repair,\x1b[31mred,1\n")
    out = run("publish", path, "--type", "visit.opened", "--base-port", str(server.base), code=65)
    assert "\x1b" not in out.stderr and "\ufffd[31mred" in out.stderr and "\ufffd[32mgreen" in out.stderr, out.stderr


def an_import_counts_and_arms_nothing(server, top):
    path = os.path.join(top, "old.csv")
    with open(path, "w", encoding="utf-8-sig") as file:
        file.write("store,department,channel,overall,visit,time\nwx-binhu,service,phone,2,R-9,2024-05-06\n")
    run("publish", path, "--type", "feedback.rated", "--historical", "--base-port", str(server.base))
    server.wait_folded()
    (row,) = server.cli("scores", "--period", "2024-05", "--store", "wx-binhu", "--by", "store")
    assert row["n"] == 1, row
    assert server.cli("tasks", "--store", "wx-binhu") == []


def a_slow_pipe_is_published_line_by_line(server):
    """And a session is exact: the same source publishes again from where it stopped."""
    line = {"type": "feedback.rated", "data": {"store": "hf-shushan", "department": "sales", "channel": "phone", "nps": 9}}
    for _ in range(2):
        before = server.cli("status")["intake"]["accepted"]
        pipe = subprocess.Popen([MANYI, "publish", "-", "--session", "--source", "/tests/pipe", "--json",
                                 "--base-port", str(server.base)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for number in (1, 2):
            pipe.stdin.write(json.dumps(line | {"id": f"p-{before}-{number}"}).encode() + b"\n")
            pipe.stdin.flush()
            deadline = time.monotonic() + 60
            while server.cli("status")["intake"]["accepted"] < before + number:
                assert time.monotonic() < deadline, f"line {number} is not on disk while the pipe is open"
        pipe.stdin.close()
        assert json.loads(pipe.stdout.read())["accepted"] == 2
        pipe.stdout.close()
        assert pipe.wait(timeout=60) == 0


# ---- cases ----

def publish_one(server, event):
    run("publish", "-", "--source", "/tests/cases", "--base-port", str(server.base),
        stdin=json.dumps(event).encode())


def a_complaint_goes_its_way(server):
    publish_one(server, {"type": "feedback.complained", "data": {
        "store": "sz-gusu", "department": "service", "channel": "phone", "category": "attitude", "staff": ["zhou.lei"],
        "text": "\u001b[31m", "customer": "c-1", "visit": "R-1"}})
    server.wait_folded()
    (card,) = server.cli("complaints", "--store", "sz-gusu", "--status", "open")
    case = card["id"]
    assert card["grade"] == "serious" and card["status"] == "received", card
    steps = [
        # action, options, exit code, status afterwards
        (["resume", "--by", "li.na"], 1, "received"),
        (["acknowledge", "--by", "li.na"], 0, "acknowledged"),
        (["acknowledge", "--by", "li.na"], 1, "acknowledged"),
        (["verify", "--by", "li.na", "--satisfied"], 1, "acknowledged"),
        (["assign", "--by", "li.na", "--handler", "zhou.lei"], 1, "acknowledged"),  # is complained about
        (["assigned", "--by", "li.na", "--handler", "li.na"], 0, "acknowledged"),
        (["plan", "--by", "li.na", "--measure", "再修一次", "--due", "+2d"], 0, "planned"),
        (["grade", "--by", "chen.jing", "--grade", "urgent"], 0, "planned"),
        (["resolve", "--by", "li.na", "--compensation-fen", "20000"], 0, "resolved"),
        (["judge", "--by", "chen.jing", "--verdict", "upheld", "--staff", "zhou.lei"], 0, "resolved"),
        (["verify", "--by", "li.na", "--satisfied"], 1, "resolved"),  # who resolved may not verify
        (["verify", "--by", "zhao.min", "--satisfied", "true"], 0, "closed"),
        (["reopen", "--by", "chen.jing", "--reason", "又坏了"], 0, "received"),
    ]
    for words, code, status in steps:
        out = run("complaint", case, *words, "--base-port", str(server.base), "--json", code=code)
        outcome = json.loads(out.stdout)
        assert outcome["outcome"] == ("accepted" if code == 0 else "rejected"), outcome
        if code == 1:
            assert outcome["code"].startswith("E16") and outcome["reason"] and outcome["code"] in out.stderr, (outcome, out.stderr)
        assert server.cli("complaint", case)["status"] == status, words
    said = run("complaint", case, "note", "--by", "li.na", "--base-port", str(server.base)).stdout
    assert said.startswith(f"{case} noted by li.na"), said
    told = [line["type"] for line in server.cli("trace", case)]
    assert told[0] == "feedback.complained" and "complaint.reopened" in told, told
    card = server.cli("complaint", case)
    assert card["floor"] == 1 and card["reopened"] == 1 and card["verdict"] == "upheld", card
    port = ["--base-port", str(server.base)]
    for words, code in ((["C-999999", "acknowledge", "--by", "x"], 1), ([case, "acknowledge"], 64),
                        ([case, "aknowledge", "--by", "x"], 64), ([case, "acknowledge", "--by", "x", "--grade", "major"], 64),
                        ([case, "grade", "--by", "x", "--grade", "huge"], 65), (["C-999999"], 1),
                        ([case, "pause", "--by", "x", "--reason", "parts", "--until", "soon"], 64)):
        refused("complaint", *words, *port, code=code, says=[])
    return case


def a_task_is_opened_and_done(server):
    opened = server.cli("task", "open", "--by", "chen.jing", "--store", "sz-gusu", "--department", "service",
                        "--measure", "second desk", "--responsible", "li.na", "--due", "+14d")
    task = opened["card"]["id"]
    assert server.cli("task", task, "start", "--by", "li.na")["outcome"] == "accepted"
    assert server.cli("task", task, "complete", "--by", "li.na", "--result", "done")["outcome"] == "accepted"
    assert server.cli("task", task, "verify", "--by", "li.na", "--effective", code=1)["outcome"] == "rejected"
    assert server.cli("task", task, "verify", "--by", "chen.jing", "--effective", "true")["card"]["status"] == "verified"
    assert [row["id"] for row in server.cli("tasks", "--handler", "li.na")] == [task]


def tables_are_for_people(server, case):
    port = ["--base-port", str(server.base)]
    table = run("complaints", "--store", "sz-gusu", *port).stdout.splitlines()
    assert table[0].split()[:3] == ["COMPLAINT", "OPENED", "STORE"] and table[1].startswith(case), table
    unasked = run("complaint", case, "--personal", *port, code=64)
    assert "--why" in unasked.stderr and unasked.stdout == "", unasked
    shown = run("complaint", case, "--personal", "--why", "calling back", *port).stdout
    assert "\x1b" not in shown and "\ufffd[31m" in shown, "the customer's words may not steer the terminal"
    assert "[31m" not in run("complaint", case, *port).stdout, "personal text was not asked for"
    assert server.cli("complaint", case, "--personal", "--why", "calling back")["personal"]["text"] == "\x1b[31m"
    empty = run("complaints", "--store", "nowhere", *port)
    assert empty.stdout == "" and "no complaint" in empty.stderr
    assert json.loads(run("complaints", "--store", "nowhere", "--json", *port).stdout) == []
    assert run("status", *port).stdout.startswith("journal ")
    for row in server.cli("escalations", "--complaint", case):
        assert row["complaint"] == case


def a_tap_sees_what_changes(server, case):
    tap = subprocess.Popen([MANYI, "tap", "complaint", "--json", "--count", "1", "--seconds", "60",
                            "--base-port", str(server.base)], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while tap.poll() is None and time.monotonic() < deadline:  # until it listens, what changes is not told to it
        run("complaint", case, "note", "--by", "li.na", "--base-port", str(server.base))
    line = json.loads(tap.stdout.read())
    tap.stdout.close()
    assert tap.wait(timeout=60) == 0 and line["channel"] == "complaint" and line["card"]["id"] == case, line


# ---- the rest ----

def rulebooks_are_compared_and_adopted(server, top):
    port = ["--base-port", str(server.base)]
    shown = run("policy", "show", *port).stdout
    path = os.path.join(top, "policy.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(shown)
    assert json.loads(run("policy", "diff", path, "--json", *port).stdout) == []
    checked = run("policy", "check", path).stdout
    assert "checked: " in checked, checked
    if os.path.exists("/usr/share/zoneinfo/Europe/Berlin"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(shown.replace("Asia/Shanghai", "Europe/Berlin"))
        refused("policy", "check", path, code=65, says=["E1501", "utc_offset_minutes is 480, but Europe/Berlin is at 60"])
    with open(path, "w", encoding="utf-8") as file:
        file.write(shown.replace("plan: 16 h w", "plan: 15 h w", 1))
    (changed,) = json.loads(run("policy", "diff", path, "--json", *port).stdout)
    assert "plan" in changed["key"] and changed["before"] != changed["after"], changed
    refused("policy", "adopt", path, *port, code=64, says=["--by"])
    adopted = json.loads(run("policy", "adopt", path, "--by", "chen.jing", "--json", *port).stdout)
    server.wait_folded()
    assert server.cli("policy", "show")["hash"] == adopted["hash"]
    assert json.loads(run("policy", "diff", path, "--json", *port).stdout) == []


def status_has_its_promised_fields(server):
    status = server.cli("status")
    assert set(status) == {"lineage", "journal", "intake", "worker", "outlet", "gateway"}, status
    assert set(status["gateway"]) == {"requests", "refused", "waiting"} and status["gateway"]["requests"] == 0
    assert set(status["journal"]) == {"head", "volumes", "bytes"}
    assert {"accepted", "duplicates", "refused", "quarantined", "put", "commit", "disk_free_bytes"} <= set(status["intake"])
    assert {"cursor", "lag", "roles", "commit", "open", "next_due"} <= set(status["worker"])
    assert "complaints" in status["worker"]["roles"]
    assert set(status["outlet"]) == {"cursor", "channels"} and status["outlet"]["channels"]["complaint"] > 0


def what_needs_no_server_says_what_it_is(top):
    assert "out of range" in run("explain", "E1203").stdout
    assert json.loads(run("explain", "OUT_OF_RANGE", "--json").stdout)["code"] == "E1203"
    codes = [row["code"] for row in json.loads(run("explain", "--json").stdout)]
    assert len(codes) == len(set(codes)) > 60
    config = json.loads(run("config", "show", "--origin", "--json", "--base-port", "7400").stdout)
    assert config["base_port"] == {"value": 7400, "origin": "--base-port"}, config
    assert "in order" in run("config", "check").stdout
    refused("config", "check", "elsewhere.conf", code=64, says=["--config elsewhere.conf"])
    overview = run("--help").stdout
    commands = [line.split()[0] for line in overview.split("Commands:\n")[1].split("\n\n")[0].splitlines()]
    for command in commands:  # examples first, in every one
        page = run(command, "--help").stdout
        assert page.index("Examples:") < page.index("Usage:"), command
        assert run("help", command).stdout == page
    assert run("--version").stdout.startswith("manyi ")


def journal_and_state_are_in_order(server, top):
    beside = server.cli("verify")
    assert beside["ok"], beside
    refused("rebuild", "--dir", server.directory, code=75, says=["E1405"])
    server.stop()
    refused("status", "--base-port", str(server.base), code=69, says=["E1410", f"tcp://127.0.0.1:{server.base + 1}"])
    lived = server.cli("verify")
    out = os.path.join(top, "rebuilt")
    rebuilt = server.cli("rebuild", "--out", out)
    assert rebuilt["state_digest"] == lived["state_digest"], (rebuilt, lived)
    refused("rebuild", "--dir", server.directory, "--out", out, code=64, says=[out])
    assert server.cli("rebuild")["state_digest"] == lived["state_digest"]
    again = Server(server.directory, server.base).start()
    assert again.cli("status")["journal"]["head"] >= rebuilt["head"]
    again.stop()


def a_rebuild_says_nothing_that_is_not_said_yet(top):
    """Intake alone takes a complaint: its card is still to be concluded, and not by whoever only reads."""
    directory, base = os.path.join(top, "unsaid"), free_base_port()
    intake = subprocess.Popen([MANYI, "run", "intake", "--dir", directory, "--base-port", str(base)],
                              stderr=subprocess.PIPE, text=True)
    assert intake.stderr.readline().rstrip().endswith("ready")
    server = Server(directory, base)
    publish_one(server, {"type": "feedback.complained", "data": {"store": "s", "channel": "phone", "category": "price", "text": "x"}})
    intake.terminate()
    assert intake.wait(timeout=60) == 0
    intake.stderr.close()
    before = server.cli("verify")
    assert before["consequences"] == 0 and before["state_digest"] is None, before
    rebuilt = server.cli("rebuild", "--out", os.path.join(top, "unsaid-state"))
    assert rebuilt["cursor"] < rebuilt["head"], rebuilt
    assert server.cli("verify")["entries"] == before["entries"], "a rebuild wrote to the journal"
    server.start()
    server.wait_folded()
    assert len(server.cli("complaints")) == 1
    server.stop()
    assert server.cli("verify")["consequences"] > 0


def roles_run_in_processes_of_their_own(top):
    directory, base = os.path.join(top, "apart"), free_base_port()
    roles = []
    for role in ("outlet", "worker", "intake"):
        roles.append(subprocess.Popen([MANYI, "run", role, "--dir", directory, "--base-port", str(base)],
                                      stderr=subprocess.PIPE, text=True))
    said = [process.stderr.readline().rstrip() for process in roles]
    for line, ports in zip(said, (f"ports {base + 4} to {base + 5}", f"port {base + 3}", f"ports {base + 1} to {base + 2}")):
        assert line.endswith(f" on 127.0.0.1, {ports}: ready"), line
    server = Server(directory, base)
    assert "gateway" not in server.cli("status")
    publish_one(server, {"type": "feedback.complained", "data": {"store": "s", "channel": "phone", "category": "price", "text": "x"}})
    server.wait_folded()
    assert len(server.cli("complaints")) == 1
    refused("run", "worker", "--dir", directory, "--base-port", str(base), code=75, says=["E1405"])
    assert oct(os.stat(os.path.join(directory, "run")).st_mode)[-3:] == "750"
    for process in roles:
        process.terminate()
    for process in roles:
        assert process.wait(timeout=60) == 0, process.stderr.read()
        process.stderr.close()


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-cli-") as top:
        server = Server(os.path.join(top, "data"))
        server.start()
        assert oct(os.stat(server.directory).st_mode)[-3:] == "750"
        starts_are_refused_in_one_line(server, top)
        lists_refuse_words_that_nothing_has()
        a_directory_of_somebody_else_is_refused(top)
        a_table_counts_once_and_to_the_last_figure(server, top)
        a_bad_line_is_named_and_spoils_only_itself(server, top)
        a_table_does_not_steer_the_terminal(server, top)
        an_import_counts_and_arms_nothing(server, top)
        a_slow_pipe_is_published_line_by_line(server)
        case = a_complaint_goes_its_way(server)
        a_task_is_opened_and_done(server)
        tables_are_for_people(server, case)
        a_tap_sees_what_changes(server, case)
        rulebooks_are_compared_and_adopted(server, top)
        status_has_its_promised_fields(server)
        what_needs_no_server_says_what_it_is(top)
        journal_and_state_are_in_order(server, top)
        a_clock_that_went_mad_is_refused(top)
        roles_run_in_processes_of_their_own(top)
        a_rebuild_says_nothing_that_is_not_said_yet(top)
    print("the command keeps its word")


if __name__ == "__main__":
    main()
