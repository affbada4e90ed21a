#!/usr/bin/python3
"""The demonstration shows what it promises and leaves nothing behind; the bench gives figures within its time."""
import calendar
import glob
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, free_base_port  # noqa: E402

SECONDS = 8


def look(base, path, body=None):
    """What a browser would see; None: nobody answers."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", base, timeout=10)
        connection.request("POST" if body else "GET", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return None
    finally:
        connection.close()


def ask(base, *words):
    out = subprocess.run([MANYI, *words, "--base-port", str(base), "--json"], capture_output=True, text=True, timeout=60)
    return json.loads(out.stdout) if out.returncode == 0 else None


def play(seed, watch):
    """One day; while it runs, what can be asked from another terminal."""
    base = free_base_port()
    demo = subprocess.Popen([MANYI, "demo", "--seed", str(seed), "--seconds", str(SECONDS), "--rate", "250", "--exit",
                             "--base-port", str(base)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seen = {}
    while watch and demo.poll() is None:
        for words in (("scores", "--by", "store", "--period", time.strftime("%Y")), ("complaints",), ("tasks",), ("escalations",)):
            rows = ask(base, *words)
            if rows:
                seen[words[0]] = rows
        me = look(base, "/v1/me")
        if me and me[0] == 200:
            seen["rate"] = json.loads(me[1])["clock_rate"]
            seen["page"] = look(base, "/")
    told, complained = demo.communicate(timeout=300)
    assert demo.returncode == 0, complained
    assert complained == "", complained
    return told, seen


def the_day_can_be_watched():
    told, seen = play(1, watch=True)
    assert {"scores", "complaints", "tasks", "escalations"} <= set(seen), f"only {sorted(seen)} could be asked"
    stores = {row["store"] for row in seen["scores"]}
    assert len(stores) >= 10, stores
    assert any(row["level"] and row["level"] >= 2 for row in seen["complaints"]), "the ladder was not climbed"
    assert seen["rate"] > 1000 and seen["page"][0] == 200, "the pages do not show the day's own time"
    assert told.startswith("Dashboard: ") and "/rate/" in told and "/case/" in told, told[:500]
    accepted, refused = map(int, re.search(r"(\d+) events accepted, (\d+) refused", told).groups())
    assert accepted > 500 and refused == 0, told[-500:]
    for word in ("opened: ", "acknowledged by ", "is told", "recovery task", "manyi complaints --overdue"):
        assert word in told, f"{word!r} is no part of the story"
    names = re.findall(r" by (\S+)", told)
    assert names and all(re.fullmatch(r"[a-z]\*\*\*,?", name) for name in names), f"not masked: {set(names)}"
    directory = re.search(r"verify --dir (\S+)", told).group(1)
    assert not os.path.exists(directory), f"{directory} was left behind"


def a_used_directory_is_refused_and_json_stays_json():
    with tempfile.TemporaryDirectory(prefix="manyi-demo-") as top:
        for code in (0, 64):
            base, directory = free_base_port(), os.path.join(top, "data")
            out = subprocess.run([MANYI, "demo", "--json", "--seconds", "5", "--rate", "10", "--exit", "--dir", directory,
                                  "--base-port", str(base)], capture_output=True, text=True, timeout=120)
            assert out.returncode == code, (out.returncode, out.stderr)
            if code == 0:
                day = json.loads(out.stdout)
                assert (day["dir"], day["base_port"], day["refused"]) == (directory, base, 0), day
                assert day["accepted"] > 0 and f"{MANYI} verify --dir {directory}" in day["commands"], day
                assert f"{MANYI} complaints --overdue --base-port {base}" in day["commands"], day
                assert "The day is over" in out.stderr, out.stderr
            else:
                assert out.stdout == "", out.stdout
        assert "manyi: E" in out.stderr and out.stderr.count("\n") == 1, out.stderr


def at_a_terminal_it_stays_with_the_rulebook_of_its_own():
    """One in which every hour counts: on a Sunday, too, somebody is told. It is entered again after the day, when the file
    that it was proposed from is gone."""
    base = free_base_port()
    keyboard, terminal = os.openpty()
    proposals = set(glob.glob("/tmp/manyi-demo-[pr]o[ls]*"))
    with tempfile.TemporaryFile("w+") as told:
        environment = {key: value for key, value in os.environ.items() if key != "CI"}
        demo = subprocess.Popen([MANYI, "demo", "--seconds", "5", "--rate", "40", "--quiet", "--base-port", str(base)],
                                stdin=terminal, stdout=told, stderr=subprocess.STDOUT, env=environment)
        try:
            deadline = time.monotonic() + 60
            while "Ctrl-C ends" not in (text := os.pread(told.fileno(), 65536, 0).decode()):
                assert demo.poll() is None and time.monotonic() < deadline, text
                time.sleep(0.05)
            proposals = set(glob.glob("/tmp/manyi-demo-[pr]o[ls]*")) - proposals
            rulebook = ask(base, "policy", "show")
            assert rulebook and rulebook["name"] == "demonstration", rulebook
            assert len(re.findall(r"(?:mon|tues|wednes|thurs|fri|satur|sun)day: \"?00:00-24:00", rulebook["content"])) == 7, rulebook["content"]
            me = json.loads(look(base, "/v1/me")[1])
            at = calendar.timegm(time.strptime(me["at"][:19], "%Y-%m-%dT%H:%M:%S"))
            assert me["clock_rate"] == 1 and abs(at - time.time()) < 3, me
            link = re.search(r"A customer rates: +\S+(/rate/\S+)", text).group(1)
            rated = look(base, link, json.dumps({"overall": 9}))
            assert rated[0] in (200, 201), rated
            head = ask(base, "status")["journal"]["head"]
            while ask(base, "status")["journal"]["head"] < head + 5:  # customers go on coming
                assert time.monotonic() < deadline, "nobody comes any more"
                time.sleep(0.1)
            demo.send_signal(signal.SIGINT)
            assert demo.wait(timeout=30) == 0, os.pread(told.fileno(), 65536, 0)
        finally:
            demo.kill()
            demo.wait()
            os.close(terminal)
            os.close(keyboard)
    deadline = time.monotonic() + 20  # another demonstration beside it takes its own away in a moment
    while any(os.path.exists(path) for path in proposals):
        assert time.monotonic() < deadline, f"left behind: {proposals}"
        time.sleep(0.05)


def the_bench_says_why_it_cannot_begin():
    with tempfile.NamedTemporaryFile(prefix="manyi-bench-") as file:
        for directory in ("/nowhere/at/all", file.name):
            out = subprocess.run([MANYI, "bench", "--quick", "--dir", directory], capture_output=True, text=True, timeout=60)
            assert out.returncode == 66 and "E1703" in out.stderr and directory in out.stderr, (out.returncode, out.stderr)


def the_bench_ends_in_time():
    begin = time.monotonic()
    out = subprocess.run([MANYI, "bench", "--quick", "--json"], capture_output=True, text=True, timeout=120)
    assert out.returncode == 0, out.stderr
    assert time.monotonic() - begin < 50, "not quick"
    figures = json.loads(out.stdout)
    assert figures["machine"]["cores"] >= 1 and figures["machine"]["cpu"] and figures["event_bytes"] == 229, figures
    for name in ("batches", "singly", "in_flight", "rebuild"):
        assert figures[name]["events_per_second"] > 0, figures
    assert 0 < figures["singly"]["p50_ms"] <= figures["singly"]["p99_ms"], figures
    assert 0 < figures["complaint_to_subscriber"]["p50_ms"] <= figures["complaint_to_subscriber"]["p99_ms"], figures
    assert figures["rebuild"]["events"] >= figures["batches"]["events"], "not everything that was published was folded"


def main():
    the_day_can_be_watched()
    the_bench_says_why_it_cannot_begin()
    if not os.environ.get("MANYI_SANITIZE"):  # days that are told otherwise show sanitizers nothing new; a bench is slow there
        a_used_directory_is_refused_and_json_stays_json()
        at_a_terminal_it_stays_with_the_rulebook_of_its_own()
        the_bench_ends_in_time()
    print("the demonstration and the bench keep their word")


if __name__ == "__main__":
    main()
