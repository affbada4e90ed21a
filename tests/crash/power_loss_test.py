#!/usr/bin/python3
"""Cuts the power of `manyi serve` where it hurts, a thousand times over, and recovers each disk that might be found then.

A preloaded library (tests/fault) records every write, sync and change of names below the data directory while publishers log
each ACK with its time. Then the disk is laid out as it may be after a power cut: at every sync point, and at torn points
between, where of what was not synced any part may be missing (tests/crash/disk_model.h). Each is opened as a start opens
it, in one process a cut (tests/crash/recover.c): every event acknowledged before the cut is there once, under its seq; the
journal is dense; state and outlet are sound and not ahead of it. Some are also served by a real `manyi serve`, to publishers
that know what they knew at the cut and resend the rest; at the end the scores equal their own recount, the state a rebuild,
and the cards those of an outlet that begins anew.
Recorded are: a first start, a kill, volumes that fill up; and runs that are killed right after a change of names, which
nobody had synced yet, and started again.
Usage: MANYI=build/manyi MANYI_TESTS=build/tests tests/crash/power_loss_test.py [--cuts 100] [--serve 4] [--seed 1] [--json]
"""
import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from _power import Power, record_killed, record_line, plans  # noqa: E402
from commit_kill_test import Line, check_line  # noqa: E402
from served import Peer, Server  # noqa: E402

CHANNELS = ("complaint", "escalation", "task", "callback", "score", "ledger", "system")
ASKED_AGAIN = 5
LINE_EVENTS = 200  # of a run that is not killed where a plan says: some 250 sync points
TORN_LEAST, DISTINCT_LEAST = 0.3, 0.6  # of the cuts: else they are not what they are said to be
LINE_CUTS = 500  # a run: each of its sync points and as many torn ones


def replay(context, server):
    """Every card that the outlet has: channel -> [(n, seq, at, card)]."""
    peer, cards = Peer(context, server.endpoint(5)), {}
    for channel in CHANNELS:
        cards[channel], after, more = [], 0, True
        while more:
            verb, page = peer.ask("REPLAY", {"channel": channel, "after": after, "max": 256})
            assert verb == "CARDS", (verb, page)
            cards[channel] += [(card["n"], card["seq"], card["at"], card["card"]) for card in page["cards"]]
            after, more = page["upto"], page["more"]
    peer.close()
    return cards


def knows(line, recording, time_ns):
    """The publishers as they were at that time: what they had been told, no more."""
    publisher, resender = line.publisher, line.resender
    for (source, name), (when, seq) in recording.told.items():
        if when < time_ns and source == publisher.source:
            publisher.acked += 1
        elif when < time_ns and source == resender.load.source:
            resender.seqs[int(name[2:])] = seq
    line.loads = recording.line.loads
    publisher.events, resender.load = line.loads[0].events, line.loads[1]


def cards_of(context, server):
    """The outlet's cards of a server that is started for this alone, and the journal's head before and after."""
    server.start()
    before = server.wait_folded()["journal"]["head"]
    cards = replay(context, server)
    after = server.wait_folded()["journal"]["head"]
    server.stop()
    return cards, {before, after}


def check_outlet(context, server):
    """The outlet that lived tells what one tells that begins anew. Where a deadline passes meanwhile, both are asked again."""
    outlet, kept = (os.path.join(server.directory, name) for name in ("outlet", "outlet-kept"))
    shutil.copytree(outlet, kept)
    for _ in range(ASKED_AGAIN):
        lived, heads = cards_of(context, server)
        shutil.rmtree(outlet)
        anew, heads_anew = cards_of(context, server)
        if len(heads | heads_anew) == 1:
            break
        shutil.rmtree(outlet)
        shutil.copytree(kept, outlet)
    assert len(heads | heads_anew) == 1, "the journal never rests"
    for channel in CHANNELS:
        assert lived[channel] == anew[channel], f"the outlet tells other {channel} cards than one that begins anew"


def serve(place, recording, time_ns):
    """A real start on a disk that was found: the publishers go on, and everything is counted."""
    context = zmq.Context()
    server = Server(os.path.join(place, "data")).start()
    line = Line(context, server, random.Random(recording.seed), 0)
    knows(line, recording, time_ns)
    line.until_done()
    lost, doubled, *_ = check_line(context, line, place)
    if not (lost or doubled):
        check_outlet(context, server)
    context.destroy(0)
    return lost, doubled


def serve_cut(power, recording, cut):
    position, loss, seed, time_ns = cut
    place = power.lay(recording, position, loss, seed)
    try:
        lost, doubled = serve(place, recording, time_ns)
    except BaseException:
        print(f"served after cut {position} {loss} {seed} at {time_ns}", file=sys.stderr)
        power.keep(recording, place)
        raise
    power.sums["lost"] += lost
    power.sums["doubled"] += doubled
    if lost or doubled:
        print(f"served after cut {position} {loss} {seed} at {time_ns}: {lost} lost, {doubled} doubled", file=sys.stderr)
        power.keep(recording, place)


def main():
    parser = argparse.ArgumentParser()
    sanitized = bool(os.environ.get("MANYI_SANITIZE"))
    parser.add_argument("--cuts", type=int, default=50 if sanitized else 100)
    parser.add_argument("--serve", type=int, default=2 if sanitized else 4, help="how many of them by a real server, too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="a folder for the recording, and what a server made of a disk, when something is wrong")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ["MANYI_VOLUME_BYTES"] = "16MiB"  # the least that there is
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="manyi-power-") as top, \
            tempfile.TemporaryDirectory(prefix="manyi-power-", dir="/dev/shm") as scratch:
        power = Power(top, scratch, options.seed, options.keep)
        some = plans()
        killed = max(2, min(options.cuts // 33, len(some)))
        for number in range(killed):
            recording = power.record(record_killed, 24, some[number * len(some) // killed])
            power.recover(recording, 11)
            if not power.whole():
                break
        lines = max(1, (options.cuts - power.sums["cuts"]) // LINE_CUTS)
        for line in range(lines if power.whole() else 0):
            recording = power.record(record_line, LINE_EVENTS, 1)
            share = (options.cuts - power.sums["cuts"]) // (lines - line)
            power.recover(recording, share)
            cuts, served = list(power.cuts(recording, share)), options.serve * (line + 1) // lines - options.serve * line // lines
            for number in range(served if power.whole() else 0):
                serve_cut(power, recording, cuts[number * len(cuts) // served])
            if not power.whole():
                break
    seconds, sums = time.monotonic() - began, power.sums
    print(f"{sums['recovered']} of {sums['cuts']} cuts recovered, {sums['torn']} of them torn, {len(power.disks)} different disks, among {sums['syncs'] // 2} sync points of "
          f"{power.recordings} runs; {options.serve} of them served on; {sums['lost']} lost, {sums['doubled']} doubled, {seconds:.0f} s")
    if options.json:
        print(json.dumps({"part": "cuts", "cuts": sums["cuts"], "recovered": sums["recovered"], "torn": sums["torn"],
                          "distinct": len(power.disks),
                          "lost": sums["lost"], "doubled": sums["doubled"], "seconds": round(seconds, 1)}))
    various = sums["torn"] >= sums["cuts"] * TORN_LEAST and len(power.disks) >= sums["cuts"] * DISTINCT_LEAST
    sys.exit(0 if power.whole() and sums["cuts"] >= options.cuts and various else 1)


if __name__ == "__main__":
    main()
