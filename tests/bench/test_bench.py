#!/usr/bin/python3
"""What the benchmark makes of samples, and how it behaves where something is missing, taken or ended. Nothing is measured here."""
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import bench  # noqa: E402
import report  # noqa: E402
from row import Row, Target, at_most_of_floor, figure_text, samples_text  # noqa: E402
from stand import Absent, Failed, Stand, pick  # noqa: E402

SLEEPER = ["/bin/sleep", "600"]


def quietly(stand):
    stand.say = lambda text: None
    return stand


def refused(call, *words):
    """The sentence with which it ends."""
    try:
        call(*words)
    except SystemExit as end:
        return str(end)
    raise AssertionError("it went on")


def a_figure_is_the_median_of_its_rounds_with_the_least_and_the_most():
    # By hand: 1,200,000 is the third of five; of an even number the mean of the two in the middle.
    assert samples_text([900000, 1500000, 1200000, 1000000, 1300000]) == "1,200,000 (900,000 … 1,500,000)"
    assert Row("r", "ms", False, [4, 1, 3, 2]).median == 2.5
    assert (samples_text([7]), samples_text([]), samples_text(None)) == ("7", "—", "—")
    assert [figure_text(figure) for figure in (1234567.4, 123.4, 45.67, 4.567, 0.12345, 0.5, 2)] == \
        ["1,234,567", "123", "45.7", "4.57", "0.123", "0.5", "2"]


def a_target_is_met_missed_or_not_there():
    cases = [  # more is better, Manyi, floor, target, met
        (True, [100], None, 100, True), (True, [99], None, 100, False), (False, [2], None, 2, True), (False, [2.1], None, 2, False),
        (False, [13, 12, 14], [10, 9, 11], at_most_of_floor(1.3), True), (False, [14], [10], at_most_of_floor(1.3), False),
        (True, [5], None, None, None), (False, [1], None, at_most_of_floor(1.3), False), (True, [], None, 1, False),
    ]
    for more, manyi, floor, target, met in cases:
        assert Row("r", "u", more, manyi, floor=floor, target=target).met is met, (manyi, floor, target)
    beside = Target("≥ Redis", lambda row: row.median >= row.peer("Redis"))
    assert Row("r", "u", True, [5], {"Redis": [4, 5, 6]}, target=beside).met is True
    assert Row("r", "u", True, [5], {"Redis": "not installed"}, target=beside).met is False, "nobody beaten by absence"


def the_page_says_everything_and_leaves_nobody_out():
    rows = [Row("batches", "events/s", True, [80, 90, 70], {"Redis": [40], "NATS": "nats-server is not installed"}, [100], target=85,
                command="again.py", note="a note", reason="The disk was slow."),
            Row("start", "s", False, [1.5], target=2, reason="never to be seen")]
    page = report.page([("Ingest", "Words.", rows, None), ("Growth", "", [], "Failed: no disk")], "A machine.", "make bench")
    for wanted in ("A machine.", "## 1. Ingest", "Words.",
                   "| batches, events/s | **80 (70 … 90)** | 40 | not measured: nats-server is not installed | 100 | 0.80 × | ≥ 85 | **MISSED** |",
                   "| start, s | **1.50** |  |  |  |  | ≤ 2 | met |", "- batches: a note", "- **missed**, batches: 80 events/s, target ≥ 85. The disk was slow.",
                   "- again: `again.py`", "## 2. Growth", "**Not measured to the end:** Failed: no disk"):
        assert wanted in page, f"not on the page: {wanted}\n{page}"
    assert "never to be seen" not in page


def the_readme_has_what_was_promised_and_nothing_else_changes():
    rows = [Row("batches", "events/s", True, [80, 90, 70], {"Redis": [40], "NATS": "gone"}, [100], target=85),
            Row("beside", "events/s", True, [5]), Row("start", "s", False, [1.5], target=2)]
    table = report.summary([("Ingest", "", rows, None)])
    assert table.splitlines() == ["| What | Manyi | Redis | NATS | floor | target | |", "|---|---|---|---|---|---|---|",
                                  "| batches, events/s | **80** | 40 | not measured | 100 | ≥ 85 | **MISSED** |",
                                  "| start, s | **1.50** |  |  |  | ≤ 2 | met |"], table
    before = f"# T\n{report.BEGIN}\nold\n{report.END}\nmore\n"
    after = report.replaced(before, table)
    assert after == f"# T\n{report.BEGIN}\n{table}\n{report.END}\nmore\n" == report.replaced(after, table)
    for bad in ("# T\n", before + report.END, before.replace(report.BEGIN, "")):
        try:
            report.replaced(bad, table)
            raise AssertionError("it found a place")
        except ValueError:
            pass
    with open(os.path.join(bench.ROOT, "README.md"), encoding="utf-8") as file:
        assert table in report.replaced(file.read(), table)


def a_comparison_names_whom_it_lacks():
    rows = [Row("batches", "events/s", True, [80], {"Redis": [40], "NATS": "nats-server is not installed"}),
            Row("single", "events/s", True, [80], {"NATS": "nats-server is not installed"}), Row("start", "s", False, [1])]
    assert bench.absent([("Ingest", "", rows, None), ("Growth", "", [], None)]) == ["NATS (nats-server is not installed)"]
    assert bench.absent([("Ingest", "", rows[2:], None)]) == []


def the_document_has_its_promised_members():
    row = Row("batches", "events/s", True, [80, 90, 70], {"Redis": [40, 44], "NATS": "gone"}, [100, 200], target=85)
    document = json.loads(json.dumps(report.document([("Ingest", "", [row], None)], {"cpu": "x"})))
    found = document["rows"][0]
    assert document["machine"] == {"cpu": "x"} and document["failures"] == {}
    assert (found["name"], found["unit"], found["manyi"], found["peers"]) == ("batches", "events/s", 80, {"Redis": 42, "NATS": None})
    assert (found["floor"], found["met"], found["absent"], found["samples"]["manyi"]) == (150, False, {"NATS": "gone"}, [80, 90, 70])
    assert abs(found["ratio_to_floor"] - 80 / 150) < 1e-12


def rounds_take_turns_and_who_fails_stays_out():
    told = []

    def failing():
        told.append("b")
        raise Failed("it died")

    def absent():
        raise Absent("not installed")

    results = quietly(Stand()).interleave({"a": lambda: told.append("a") or {"x": len(told)}, "b": failing, "c": absent}, rounds=3)
    assert told == ["a", "b", "a", "a"] and results["b"] == "it died" and results["c"] == "not installed", (told, results)
    assert pick(results["a"], "x") == [1, 3, 4] and pick(results["b"], "x") == "it died"


def a_part_that_fails_is_told_and_the_rows_before_it_stay():
    def rows(stand):
        yield Row("first", "u", True, [1])
        raise Failed("no more")
    with contextlib.redirect_stderr(io.StringIO()):
        title, _, found, failure = bench.run(quietly(Stand()), "x", types.SimpleNamespace(TITLE="X", run=rows))
    assert (title, [row.name for row in found], failure) == ("X", ["first"], "Failed: no more")


def what_is_missing_is_said_before_anything_begins():
    huge = [("x", types.SimpleNamespace(room=lambda stand: 1 << 60))]
    said = refused(bench.room_check, Stand(disk="/tmp"), huge)
    assert "/tmp has " in said and "are needed" in said and "--disk" in said, said
    assert "is not a folder" in refused(bench.room_check, Stand(disk="/nowhere"), [])
    assert "no part nonsense" in refused(bench.parts, ["nonsense"])
    for ask in (lambda: Stand(programs="/nowhere").program("bench_redis"), lambda: Stand().installed("no-such-server")):
        try:
            ask()
            raise AssertionError("it was there")
        except Absent as why:
            assert "is not" in str(why)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().split(") ")[1][0] != "Z"


def a_server_that_dies_ends_the_measurement():
    stand = Stand(disk=tempfile.gettempdir())
    with stand.folder() as folder:
        log = os.path.join(folder, "log")
        with open(os.path.join(folder, "dies.sh"), "w", encoding="ascii") as file:
            file.write("echo Address already in use; exit 98\n")
        try:
            with stand.peer(["/bin/sh", "dies.sh"], 1, folder):
                raise AssertionError("it was ready")
        except Failed as why:
            assert "died with 98" in str(why) and "Address already in use" in str(why), why
        with stand.process(["/bin/sh", "-c", "exit 7"], log) as server:
            begun = time.monotonic()
            gone = types.SimpleNamespace(check=lambda: server.wait() and (_ for _ in ()).throw(Failed("the server died")))
            try:
                stand.run(SLEEPER, server=gone)
                raise AssertionError("it went on")
            except Failed as why:
                assert str(why) == "the server died" and time.monotonic() - begun < 10, why
    assert not os.path.exists(folder)


def a_load_program_has_a_time_limit_and_must_say_figures():
    stand = Stand()
    for words, wanted in ((SLEEPER, "not ended after 0.2 s"), (["/bin/sh", "-c", "echo no >&2; exit 3"], "ended with 3: no"), (["/bin/true"], "ended with 0")):
        try:
            stand.run(words, seconds=0.2 if words is SLEEPER else 30)
            raise AssertionError("it was measured")
        except Failed as why:
            assert wanted in str(why), why
    assert stand.run(["/bin/echo", '{"events": 3}']) == {"events": 3}


def nothing_is_left_running():
    """Interrupted, ended or killed: what was started goes, too. Asked to end, its folder goes as well."""
    program = ("import os, signal, sys; sys.path.insert(0, sys.argv[1]); from stand import Stand\n"
               "signal.signal(signal.SIGTERM, lambda *_: sys.exit(1)); signal.signal(signal.SIGINT, signal.default_int_handler)\n"
               "stand = Stand(disk=sys.argv[2])\n"
               "with stand.folder() as folder, stand.process(['/bin/sleep', '600'], folder + '/log') as process:\n"
               "    print(process.pid, folder, flush=True)\n"
               "    stand.run(['/bin/sleep', '600'], seconds=600)\n")
    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with tempfile.TemporaryDirectory(prefix="manyi-bench-test-") as top, \
                subprocess.Popen([sys.executable, "-c", program, HERE, top], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as ours:
            pid, folder = ours.stdout.readline().split()
            ours.send_signal(sent)
            ours.wait(30)
            deadline = time.monotonic() + 30
            while alive(int(pid)):
                assert time.monotonic() < deadline, f"{sent.name}: still running"
                time.sleep(0.01)
            assert sent == signal.SIGKILL or not os.path.exists(folder), sent


def main():
    for check in (a_figure_is_the_median_of_its_rounds_with_the_least_and_the_most, a_target_is_met_missed_or_not_there,
                  the_page_says_everything_and_leaves_nobody_out, the_readme_has_what_was_promised_and_nothing_else_changes,
                  a_comparison_names_whom_it_lacks, the_document_has_its_promised_members,
                  rounds_take_turns_and_who_fails_stays_out, a_part_that_fails_is_told_and_the_rows_before_it_stay,
                  what_is_missing_is_said_before_anything_begins, a_server_that_dies_ends_the_measurement,
                  a_load_program_has_a_time_limit_and_must_say_figures, nothing_is_left_running):
        check()
        print(check.__name__.replace("_", " "))


if __name__ == "__main__":
    main()
