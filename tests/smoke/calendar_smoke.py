#!/usr/bin/env python3
"""`manyi calendar` as people type it: worked examples, Python's own zones as a third opinion, and what is refused."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

MANYI = os.environ["MANYI"]
SOURCE = os.environ["MANYI_SOURCE"]


def run(*words, code=0):
    done = subprocess.run([MANYI, "calendar", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (words, done.returncode, done.stderr)
    return done


def due(start, working, *words):
    return json.loads(run("add", "--from", start, "--working", working, "--json", *words).stdout)


def worked_examples():
    # Friday the 13th at 17:30: Saturday the 14th is a make-up day, 08:30-12:00 and half an hour after lunch
    assert due("2026-02-13T17:30:00+08:00", "4h")["due"] == "2026-02-14T13:30:00+08:00"
    assert due("2026-11-27T16:00:00+08:00", "2d")["due"] == "2026-12-01T16:00:00+08:00"
    assert due("2026-11-23T11:30:00+08:00", "1h30min")["due"] == "2026-11-23T14:00:00+08:00"
    assert due("2026-11-23T03:30:00Z", "90min")["due"] == "2026-11-23T14:00:00+08:00"
    assert due("2026-12-31T17:00:00+08:00", "1h") == {
        "due": "2027-01-01T09:00:00+08:00", "zone": "Asia/Shanghai", "covered": False}
    between = run("between", "--from", "2026-02-13T17:30:00+08:00", "--to", "2026-02-24T09:00:00+08:00", "--json")
    assert json.loads(between.stdout) == {"working_ms": (8 * 60 + 30) * 60000, "covered": True}
    showroom = os.path.join(SOURCE, "deploy", "calendars", "showroom.yaml")
    assert due("2026-11-29T10:00:00+08:00", "8h", "--calendar", showroom)["due"] == "2026-11-29T18:00:00+08:00"
    assert "14+ (15)" in run("show", "--month", "2026-02").stdout


def always_open_is_elapsed_time(folder):
    """A store that never closes: working time is elapsed time, over each change of the clocks, as Python's zones have it."""
    always = os.path.join(SOURCE, "tests", "support", "round_the_clock.yaml")
    path = os.path.join(folder, "always.yaml")
    with open(always, encoding="utf-8") as file:
        lines = [line[4:] for line in file if line.startswith("    ") or line.startswith("  - ")]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)
    for zone in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"):
        for day in range(0, 730, 7):
            start = datetime(2025, 1, 1, 1, 15, tzinfo=ZoneInfo("UTC")) + timedelta(days=day)
            if day % 28 and zone not in ("Europe/Berlin", "America/New_York"):
                continue
            want = (start + timedelta(hours=170)).astimezone(ZoneInfo(zone)).isoformat()
            found = due(start.isoformat(), "170h", "--calendar", path, "--zone", zone)["due"]
            assert found == want, (zone, start, found, want)


def mistakes_are_told(folder):
    for words, code, says in (
        (("add", "--from", "2026-02-30T08:00:00+08:00", "--working", "4h"), 65, "no time that exists"),
        (("add", "--from", "2026-02-13T08:00:00+08:00", "--working", "4x"), 64, "--working is \"4x\""),
        (("add", "--working", "4h"), 64, "--from is missing"),
        (("add", "--from", "2026-02-13T08:00:00+08:00", "--working", "4h", "--zone", "Mars/Olympus"), 64, "Mars/Olympus"),
        (("show", "--month", "2026-13"), 65, "such as 2026-02"),
        (("frobnicate",), 64, "use add, between or show"),
    ):
        assert says in run(*words, code=code).stderr, words
    path = os.path.join(folder, "broken.yaml")
    for text, says in (
        ("calendar: c\nhours: {monday: \"08:00-12:00\"}\n", "years"),
        ("calendar: c\nyears: 2026\nhours: {monday: \"12:00-08:00\"}\n", "line 3: hours.monday has working hours that end"),
        ("calendar: c\nyears: 2026\nhours: {monday: \"08:00-12:00\"}\nholidays:\n- 2026-02-30\n",
         "line 5: holidays[0] is 2026-02-30, a day that does not exist"),
        ("calendar: c\nzone: Mars/Olympus\nyears: 2026\nhours: {monday: \"08:00-12:00\"}\n", "Mars/Olympus"),
    ):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        assert says in run("show", "--calendar", path, code=65).stderr, text


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-calendar-") as folder:
        worked_examples()
        always_open_is_elapsed_time(folder)
        mistakes_are_told(folder)
    print("calendars answer as they were worked out")


if __name__ == "__main__":
    sys.exit(main())
