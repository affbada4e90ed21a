"""From the moment at which a complaint is published until a subscriber has its card."""
import os

import proc
from row import Row, Target

GROUP = 3
TITLE = "Latency: complaint published, card at a subscriber"
TEXT = ("Complaints, and the 10,000 events a second beside them in PUTs of one by 8 publishers, are sent by a schedule that waits for nobody: a "
        "stall counts for all who would have come meanwhile (no coordinated omission). The floor is what cannot be left out: the complaint's record "
        "and the record of what follows from it, the same bytes, put into an empty LMDB on the same disk by two durable commits, at the same pace.")

HOPS = ("A complaint passes two durable commits, as the floor does, and some seven wakings of threads between, of 50 to 80 µs each as a trace of "
        "its journeys showed on another day.")
BESIDE_REASON = "Only the idle way was traced; what a complaint waits for beside so many others was not taken apart."

PER_SECOND, BESIDE = 40, 10_000
SECONDS, SECONDS_QUICK = 25, 10
QUANTILES = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)]


def room(stand):
    return 1200 * BESIDE * (stand.choose(SECONDS, SECONDS_QUICK) + 5)


def way(stand, server, complaints, beside, first):
    seconds = 60 + complaints / PER_SECOND
    return stand.run([stand.program("bench_card"), server.base, complaints, PER_SECOND, beside, first], seconds=seconds, server=server)


def round_of(stand):
    """All three on one disk, one after the other: idle, the floor, loaded."""
    complaints = PER_SECOND * stand.choose(SECONDS, SECONDS_QUICK)
    with stand.folder() as folder:
        with stand.serve(folder) as server:
            idle = way(stand, server, complaints, 0, 0)
        floor = stand.run([stand.program("bench_commits"), os.path.join(folder, "floor"), os.path.join(folder, "data"), complaints, PER_SECOND],
                          seconds=60 + complaints / PER_SECOND)
        with stand.serve(folder) as server:
            loaded = way(stand, server, complaints, BESIDE, complaints)
    return idle, floor, loaded


def of_each(rounds, share):
    return [proc.quantile(one["ms"], share) for one in rounds]


def run(stand):
    idle, floor, loaded = zip(*(round_of(stand) for _ in range(stand.rounds)))
    complaints = len(idle[0]["ms"])
    command = "tests/bench/bench.py --only latency"
    for name, share in QUANTILES:
        target = Target("≤ 1.5 × the floor", lambda row: row.ratio <= 1.5) if name == "p50" else None
        note = (f"{complaints:,} complaints a round; handed over {of_late(idle):.2f} ms (median) after their moment; records of "
                f"{floor[0]['bytes'][0]:,} and {floor[0]['bytes'][1]:,} bytes") if name == "p50" else None
        yield Row(f"Complaint to card, idle, {name}", "ms", False, of_each(idle, share), floor=of_each(floor, share), target=target, command=command, note=note,
                  reason=HOPS)
    for name, share in QUANTILES:
        yield Row(f"Complaint to card, under {BESIDE:,} events/s, {name}", "ms", False, of_each(loaded, share), floor=of_each(floor, share),
                  target=10 if name == "p99" else None, command=command, reason=BESIDE_REASON)


def of_late(rounds):
    return proc.quantile([proc.quantile(one["late_ms"], 0.5) for one in rounds], 0.5)
