#!/usr/bin/python3
"""Every command whose output has nowhere to go says so, and never succeeds in silence; input that can't be read is named.

/dev/full refuses every byte, a file under a size limit the later ones, a program without descriptors can neither open nor connect.
Usage: MANYI=build/manyi tests/crash/full_output_test.py
"""
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Server  # noqa: E402

SOURCE = os.environ.get("MANYI_SOURCE", ".")
POLICY = os.path.join(SOURCE, "deploy", "policy.yaml")
LINE = ('{"id":"%d","source":"/tests/output","type":"%s","data":{"store":"sh-pudong","department":"service",'
        '"channel":"phone",%s}}\n')

# Each prints something.
OFFLINE = ["--help", "--version", "help publish", "publish --help", "explain", "explain E1203", "schema --markdown",
           "schema --json-schema", "schema --asyncapi", "config show", "config show --json", f"policy check {POLICY}",
           "publish {events} --dry-run"]
ONLINE = ["status", "status --json", "scores --by store --period {year} --json", "complaints", "complaints --json", "complaint {case}",
          "complaint {case} --json", "trace {case}", "quarantine --json", "policy show", "policy show --json",
          "publish {events}", "publish {events} --json", "verify", "verify --json", "rebuild --out {out}", "tap --snapshot complaint",
          "tap --snapshot --json complaint", "complaint {case} note --by wang.li --note seen"]
SAID = re.compile(r"^manyi: E\d{4} .* Fix: .", re.M)


def run(words, names, **more):
    line = [word.format(**names) for word in words.split()]
    return subprocess.run([MANYI, *line, "--base-port", names["port"], "--dir", names["dir"]], stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, timeout=120, check=False, **more)


def is_told(words, out, code=74):
    assert out.returncode == code, f"manyi {words}: exits with {out.returncode}, not {code}: {out.stderr}"
    assert SAID.search(out.stderr), f"manyi {words}: does not say why: {out.stderr!r}"


def nowhere_to_go(names, commands):
    for words in commands:
        shutil.rmtree(names["out"], ignore_errors=True)
        with open("/dev/full", "w", encoding="ascii") as full:
            is_told(words, run(words, names, stdout=full))


def room_for_some(names, top):
    """A long output into a file that may have 4 KiB: most of it is refused, the end as well as the middle."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    with open(os.path.join(top, "cut"), "w", encoding="ascii") as cut:
        is_told("schema --markdown", run("schema --markdown", names, stdout=cut, preexec_fn=limit))


def input_unread(names, top):
    """What stands in for a file is a folder, or there is none."""
    for words, code in ((f"publish {top} --dry-run", 74), (f"policy check {top}", 74), (f"publish {top}/none --dry-run", 66),
                        (f"policy check {top}/none", 66)):
        is_told(words, run(words, names, stdout=subprocess.DEVNULL), code)


def without_descriptors(names):
    """So few that ZeroMQ would abort, or its connections would fail in silence."""
    for count in (5, 6, 7, 8, 9, 12, 15, 17):
        for words in ("status", "publish {events}", "rebuild --out {out}", "tap --snapshot complaint"):
            shutil.rmtree(names["out"], ignore_errors=True)
            out = run(words, names, stdout=subprocess.DEVNULL,
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count)))  # pylint: disable=cell-var-from-loop
            is_told(f"{words} with {count} descriptors", out, 69)
            assert "E1414" in out.stderr, out.stderr


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-output-") as top:
        events = os.path.join(top, "events.jsonl")
        with open(events, "w", encoding="ascii") as file:
            file.write(LINE % (1, "feedback.complained", '"category":"safety","text":"the brakes"'))
            file.write(LINE % (2, "feedback.rated", '"overall":2'))
        server = Server(os.path.join(top, "data")).start()
        subprocess.run([MANYI, "publish", events, "--base-port", str(server.base)], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        server.wait_folded()
        (complaint,) = server.cli("complaints")
        names = {"events": events, "out": os.path.join(top, "out"), "port": str(server.base), "dir": server.directory,
                 "case": complaint["id"], "year": complaint["opened_at"][:4]}
        nowhere_to_go(names, OFFLINE + ONLINE)
        room_for_some(names, top)
        input_unread(names, top)
        without_descriptors(names)
        server.stop()
    print(f"{len(OFFLINE) + len(ONLINE)} commands told that their output was refused; inputs that can't be read were named")


if __name__ == "__main__":
    main()
