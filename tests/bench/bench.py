#!/usr/bin/python3
"""`make bench`: every part in turn, one table: build/bench.json and, after a whole run, docs/BENCHMARKS.md and README.md's targets.

Usage: bench.py [--quick] [--huge] [--only ingest,line] [--disk FOLDER] [--page FILE]

A part is a module part_NAME.py beside this file: GROUP (its place), TITLE, optionally TEXT (what is measured, and how), and
`room(stand)` (bytes of disk that it needs at most), and `run(stand)`, which yields rows (row.py). One that fails says so in the table
and in the exit code; the others go on.
"""
import argparse
import glob
import importlib
import os
import shutil
import signal
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import machine  # noqa: E402
import report  # noqa: E402
from row import samples_text  # noqa: E402
from stand import ROOT, Stand  # noqa: E402

README = os.path.join(ROOT, "README.md")
KEPT_FREE = 1 << 30  # of the disk, whatever is measured: Manyi's own reserve is half of it


def readme_text():
    with open(README, encoding="utf-8") as file:
        return file.read()


def names():
    return sorted(os.path.basename(path)[5:-3] for path in glob.glob(os.path.join(HERE, "part_*.py")))


def parts(only):
    """The modules, in the order of their groups."""
    known = names()
    for name in only:
        if name not in known:
            sys.exit(f"bench: no part {name}; there are {', '.join(known)}")
    found = [(name, importlib.import_module(f"part_{name}")) for name in only or known]
    return sorted(found, key=lambda part: part[1].GROUP)


def room_check(stand, found):
    """Says what is missing before anything begins."""
    if not os.path.isdir(stand.disk):
        sys.exit(f"bench: {stand.disk} is not a folder; choose one on the disk to be measured: --disk FOLDER")
    needed = max((part.room(stand) for _, part in found if hasattr(part, "room")), default=0) + KEPT_FREE
    free = shutil.disk_usage(stand.disk).free
    if free < needed:
        sys.exit(f"bench: {stand.disk} has {free / 1e9:.1f} GB free, and {needed / 1e9:.1f} GB are needed; choose another disk by --disk FOLDER"
                 f"{'' if stand.quick else ', or --quick'}")


def run(stand, name, part):
    """(title, text, rows, failure)"""
    stand.say(f"{name}: {part.TITLE}")
    begun, rows, failure = time.monotonic(), [], None
    try:
        for row in part.run(stand):
            rows.append(row)
            stand.say(f"  {row.name}: {samples_text(row.manyi)} {row.unit} {row.verdict}")
    except Exception as error:  # a part's failure is a line of the report, and the exit code
        failure = f"{type(error).__name__}: {error}"
        traceback.print_exc()
    stand.say(f"{name}: {time.monotonic() - begun:.0f} s")
    return part.TITLE, getattr(part, "TEXT", ""), rows, failure


def absent(groups):
    """Who could not be measured, and why."""
    return sorted({f"{name} ({why})" for _, _, rows, _ in groups for row in rows for name, why in row.peers.items() if isinstance(why, str)})


def options_read():
    parser = argparse.ArgumentParser(description="Measures Manyi beside its peers and the disk.")
    parser.add_argument("--quick", action="store_true", help="minutes; the page goes to build/BENCHMARKS.md")
    parser.add_argument("--huge", action="store_true", help="growth to 100 million events, too: 60 GB and more than an hour")
    parser.add_argument("--only", default="", metavar="PART,PART", help=f"of {', '.join(names())}; the page goes to build/BENCHMARKS.md")
    parser.add_argument("--disk", default="/var/tmp", metavar="FOLDER", help="the disk to be measured (/var/tmp)")
    parser.add_argument("--page", metavar="FILE", help="the page (docs/BENCHMARKS.md)")
    return parser.parse_args()


def main():
    options = options_read()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: ended from outside"))  # and what it started goes, too
    stand = Stand(disk=options.disk, quick=options.quick, huge=options.huge)
    if not os.access(stand.manyi, os.X_OK):
        sys.exit(f"bench: {stand.manyi} is not there; `make bench` does")
    found = parts([name for name in options.only.split(",") if name])
    room_check(stand, found)
    whole = not (options.quick or options.only)
    if whole:
        report.replaced(readme_text(), "")  # a place for the table, before half an hour is spent
    seen = machine.look(stand)
    stand.say(machine.text(seen))
    groups = [run(stand, name, part) for name, part in found]
    page = options.page or os.path.join(ROOT, "docs" if whole else "build", "BENCHMARKS.md")
    command = "make bench" if whole else " ".join(["tests/bench/bench.py", *sys.argv[1:]])
    report.write_json(os.path.join(ROOT, "build", "bench.json"), report.document(groups, seen))
    report.write(os.path.abspath(page), report.page(groups, machine.text(seen), command))
    if whole:
        report.write(README, report.replaced(readme_text(), report.summary(groups)))
    stand.say(f"bench: {page} and build/bench.json are written")
    if any(failure for _, _, _, failure in groups):
        sys.exit("bench: a part was not measured to the end")
    if whole and absent(groups):
        sys.exit(f"bench: not measured, and the comparison lacks it: {'; '.join(absent(groups))}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("bench: interrupted; nothing is left running, nothing was written")
