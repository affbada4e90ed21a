#!/usr/bin/python3
"""One bit of a journal flips, anywhere: `manyi verify` says which volume, or it costs nothing; nothing wrong is ever served.

Most flips are judged by tests/real/test_flipped_bits.c, a process each. A sample is judged from outside: `manyi verify`, then a
`manyi serve` on the damaged journal, asked by FETCH, GET and HELLO. It may refuse to start, in order and with a reason; it may refuse an
event; it may not answer another event than was published, nor another `last` than the session has, nor die of a signal.
Usage: MANYI=build/manyi tests/crash/flipped_bit_test.py [--flips 400] [--servers 8] [--seed 1] [--json]
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Peer, Server, free_base_port, now_ms, pack, stamp, unpack  # noqa: E402

SOURCE = "/tests/flips"
PAGE = 4096
READY_S = 60


def rating(number):
    return pack({"id": f"f-{number}", "source": SOURCE, "type": "feedback.rated", "time": stamp(now_ms()),
                 "data": {"store": f"s-{number % 3}", "department": "service", "channel": "kiosk", "overall": number % 11,
                          "comment": "x" * (3000 if number % 40 == 3 else 20)}})


def journal_make(context, directory):
    """A journal with a session, refused events, consequences; {seq: bytes} of all of it as FETCH gave it, and the session's last."""
    server = Server(directory).start()
    peer, sent = Peer(context, server.endpoint(1)), 1
    verb, welcome = peer.ask("HELLO", {"source": SOURCE, "instance": "till"})
    for batch in range(60):
        events = [unpacked for unpacked in (rating(sent + i) for i in range(5))]
        if batch % 10 == 0:
            events.append(b"\xc1")  # refused, and kept
        verb, ack = peer.ask("PUT", {"events": events, "source": SOURCE, "epoch": welcome["epoch"], "first": sent})
        assert verb == "ACK", ack
        sent += len(events)
    server.wait_folded()
    told = events_of(Peer(context, server.endpoint(2)))
    server.stop()
    return told, sent - 1


def events_of(peer):
    """{seq: (session, event)} of every entry that GET answers; what is refused is left out."""
    verb, pong = peer.ask("FETCH", {"after": 0, "class": "any", "max_bytes": 1, "wait_ms": 0})
    head = pong["head"] if verb == "BATCH" else 0
    found = {}
    for seq in range(1, head + 1):
        verb, rows = peer.ask("GET", {"what": "event", "seq": seq})
        if verb == "ROWS":
            found[seq] = (rows["rows"][0]["session"], bytes(rows["rows"][0]["event"]))
    return found


def fetched(peer, head):
    """{seq: event} by FETCH, as far as it goes."""
    found, after = {}, 0
    while after < head:
        verb, batch = peer.ask("FETCH", {"after": after, "class": "any", "max_bytes": 1 << 20, "wait_ms": 0})
        if verb != "BATCH" or not batch["records"]:
            return found
        for record in batch["records"]:
            count, first, at = int.from_bytes(record[4:8], "big"), int.from_bytes(record[8:16], "big"), 32
            for i in range(count):
                length = int.from_bytes(record[at + 20:at + 24], "big")
                found[first + i] = record[at + 24:at + 24 + length]
                at += 24 + length
        after = batch["upto"]
    return found


def start(directory, base):
    """A served directory, or None when the start was refused in order."""
    process = subprocess.Popen([MANYI, "serve", "--dir", directory, "--base-port", str(base)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = []
    deadline = time.monotonic() + READY_S
    for line in process.stderr:
        said.append(line)
        if line.rstrip().endswith("ready"):
            return process, said
        assert time.monotonic() < deadline, said
    code = process.wait(timeout=READY_S)
    assert code > 0, f"died of signal {-code}: {said}"
    assert code in (65, 74) and any("E14" in line for line in said), (code, said)
    return None, said


def served_judge(context, directory, base, told, last):
    """Whether it served, and how much of what it answered is not what was told."""
    process, said = start(directory, base)
    if not process:
        return False, 0
    wrong = []
    ports = [Peer(context, f"tcp://127.0.0.1:{base + port}") for port in (2, 1)]
    try:
        verb, welcome = ports[1].ask("HELLO", {"source": SOURCE, "instance": "again"})
        if verb == "WELCOME" and welcome["last"] != last:
            wrong.append(f"last {welcome['last']}, not {last}")
        wrong += [f"GET of {seq} answered another event" for seq, answered in events_of(ports[0]).items()
                  if seq in told and answered != told[seq]]
        wrong += [f"FETCH of {seq} gave another event" for seq, event in fetched(ports[0], max(told)).items()
                  if seq in told and event != told[seq][1]]
        assert process.poll() is None or process.returncode > 0, f"died of signal {-process.returncode}"
    finally:
        for port in ports:
            port.close()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
    for text in wrong:
        print(text, *said, sep="\n", file=sys.stderr)
    return True, len(wrong)


def sampled(context, options, top):
    """[(reported, started, wrong answers)] of flips that a real server was started on."""
    directory, damaged = os.path.join(top, "sound"), os.path.join(top, "damaged")
    told, last = journal_make(context, directory)
    size = os.path.getsize(os.path.join(directory, "journal", "000001", "data.mdb"))
    dice, base, found = random.Random(options.seed), free_base_port(), []
    for number in range(options.servers):
        shutil.rmtree(damaged, ignore_errors=True)
        shutil.copytree(directory, damaged, ignore=shutil.ignore_patterns("run"))  # sockets
        part = [(0, 16), (16, 120), (PAGE - 900, 900), (0, PAGE)][number % 4]
        byte = dice.randrange(size // PAGE) * PAGE + part[0] + dice.randrange(part[1])
        with open(os.path.join(damaged, "journal", "000001", "data.mdb"), "r+b") as file:
            file.seek(byte)
            was = file.read(1)[0]
            file.seek(byte)
            file.write(bytes([was ^ 1 << dice.randrange(8)]))
        out = subprocess.run([MANYI, "verify", "--dir", damaged], capture_output=True, text=True, timeout=60)
        assert out.returncode in (0, 65), f"byte {byte}: {out.returncode}\n{out.stderr}"
        assert out.returncode == 0 or "volume 000001, " in out.stderr, out.stderr
        served, wrong = served_judge(context, damaged, base, told, last)
        assert served or out.returncode == 65, f"byte {byte}: verify says nothing, and serve does not start"
        found.append((out.returncode == 65, served, wrong))
    return found


def main():
    options = argparse.ArgumentParser()
    sanitized = bool(os.environ.get("MANYI_SANITIZE"))  # those builds are ten times slower
    options.add_argument("--flips", type=int, default=100 if sanitized else 400)
    options.add_argument("--servers", type=int, default=4 if sanitized else 8)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--json", action="store_true")
    options = options.parse_args()
    begin = time.monotonic()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    driver = os.path.join(os.path.dirname(os.path.abspath(MANYI)), "tests", "test_flipped_bits")
    with tempfile.TemporaryDirectory(prefix="manyi-flips-", dir=memory) as top:
        out = subprocess.run([driver], capture_output=True, text=True, timeout=3600,
                             env={**os.environ, "FLIPS": str(options.flips), "TMPDIR": top})
        figures = [json.loads(line) for line in out.stdout.splitlines() if line.startswith("{")]
        assert figures and (out.returncode == 0 or figures[0]["served"]), out.stdout + out.stderr
        sys.stderr.write(out.stderr if figures[0]["served"] else "")
        figures = figures[0]
        context = zmq.Context()
        sample = sampled(context, options, top)
        context.destroy(0)
    flips = figures["flips"] + len(sample)
    reported = figures["reported"] + sum(one[0] for one in sample)
    served = figures["served"] + sum(one[2] > 0 for one in sample)
    harmless = figures["harmless"] + sum(not one[0] and one[2] == 0 for one in sample)
    result = {"part": "flips", "flips": flips, "reported": reported, "harmless": harmless, "served": served,
              "servers": len(sample), "started": sum(one[1] for one in sample),
              "seconds": round(time.monotonic() - begin, 1)}
    if options.json:
        print(json.dumps(result))
    else:
        print(f"{flips} bits flipped, one at a time: {reported} reported, {harmless} harmless, {served} served wrong "
              f"({result['started']} of {len(sample)} servers started on the damage)")
    sys.exit(1 if served else 0)


if __name__ == "__main__":
    main()
