"""Whether an event costs the same when there were many before, or when much is open."""
import contextlib
import os
import statistics

import proc
from row import Row
from stand import Failed

GROUP = 5
TITLE = "Growth"
TEXT = ("One server takes the mix; at each size the processor time that its threads take for an event is measured over ten stretches of "
        "50,000 events, and its own memory after them (RssAnon: the mapped journal and state are the page cache's). A server that has "
        "taken 100,000 takes stretches in turn with it, there and back, so that what else goes on meets both alike. So do, thirty times, "
        "two plain servers and those that had a crowd before, from 100,000 events to 1,600,000.")

SIZES, SIZES_QUICK, HUGE = [100_000, 1_000_000, 10_000_000], [100_000, 1_000_000], 100_000_000
STRETCH, STRETCHES, STRETCHES_BESIDE = 50_000, 10, 30
RATIO_MOST = 1.1
WINDOW_FULL = ("Above 2,000,000 entries the identity window is full, and each event also drives out the oldest. What comes on top was not taken "
               "apart.")
# kind as bench_line knows it, events, what they leave behind as bench_state counts it, and how much of it
CROWDS = [("complaints", 10_000, "open complaints", 10_000), ("sales", 31_500, "armed timers", 100_000),
          ("staff-days", 100_000, "staff-day scores", 100_000)]


def sizes(stand):
    return SIZES_QUICK if stand.quick else SIZES + ([HUGE] if stand.huge else [])


def room(stand):
    return 600 * sizes(stand)[-1] + 1000 * (2 + len(CROWDS)) * 2_000_000


class Growing:
    """A server, and how many events of the mix it has taken."""

    def __init__(self, stand, server):
        self.stand, self.server, self.taken, self.cpu_us, self.wall_us = stand, server, 0, [], []

    def take(self, events, kind="mix"):
        first = self.taken if kind == "mix" else 0
        self.taken += events if kind == "mix" else 0
        return self.stand.run([self.stand.program("bench_line"), self.server.base, events, kind, first], seconds=60 + events / 20_000,
                              server=self.server)

    def stretch(self):
        """Microseconds of the server's processor time, and by the clock, for an event until it is folded."""
        before = proc.cpu_s(self.server.pid)
        seen = self.take(STRETCH)
        self.cpu_us.append((proc.cpu_s(self.server.pid) - before) / STRETCH * 1e6)
        self.wall_us.append(seen["folded_seconds"] / STRETCH * 1e6)

    def count(self, what):
        """How much of it is in the server's state."""
        seen = self.stand.run([self.stand.program("bench_state"), os.path.join(self.server.folder, "data")], server=self.server)
        return seen[what.replace(" ", "_").replace("-", "_")]

    def cost(self):
        return statistics.median(self.cpu_us)


@contextlib.contextmanager
def growing(stand):
    with stand.folder() as folder, stand.serve(folder) as server:
        yield Growing(stand, server)


def rows(name, cpu_us, wall_us, own_mib, least_us, target, reason=None, note=""):
    command = "tests/bench/bench.py --only growth"
    yield Row(f"Cost of an event, {name}", "µs", False, cpu_us, command=command,
              note=f"of the server's processors; {statistics.median(wall_us):.2f} µs by the clock{note}")
    if least_us:
        yield Row(f"Cost of an event, {name}, to that {target}", "×", False, [statistics.median(cpu_us) / least_us], target=RATIO_MOST, command=command, reason=reason)
    yield Row(f"Own memory, {name}", "MiB", False, [own_mib], command=command)


def in_turn(servers, stretches):
    """There and back, so that who comes first is first no more often than last."""
    for at in range(stretches):
        for one in servers if at % 2 == 0 else reversed(servers):
            one.stretch()


def by_size(stand):
    with growing(stand) as old:
        for size in sizes(stand):
            old.take(size - old.taken)
            old.cpu_us, old.wall_us = [], []
            with growing(stand) as young:
                young.take(SIZES[0])
                first = size == SIZES[0]
                os.sync()  # what is left to write of millions of events is not the next ones' burden
                in_turn([old] if first else [old, young], STRETCHES)
                yield from rows(f"after {size:,}", old.cpu_us, old.wall_us, proc.own_mib(old.server.pid), None if first else young.cost(),
                                f"after {SIZES[0]:,}", WINDOW_FULL, "" if first else f"; {young.cost():.2f} µs in turns with it after {SIZES[0]:,}")


def crowd_came(one, kind, events, what, least):
    """How many there are now."""
    one.take(events, kind)
    there = one.count(what)
    if there < least:
        raise Failed(f"{events:,} events of the crowd {kind} left {there:,} {what}, not {least:,}")
    return there


def by_crowd(stand):
    with contextlib.ExitStack() as stack:
        plain, same = (stack.enter_context(growing(stand)) for _ in range(2))
        crowded = [stack.enter_context(growing(stand)) for _ in CROWDS]
        there = [crowd_came(one, *crowd) for one, crowd in zip(crowded, CROWDS)]
        for one in [plain, same, *crowded]:
            one.take(SIZES[0])
        in_turn([plain, same, *crowded], STRETCHES_BESIDE)
        chance = same.cost() / plain.cost()
        yield Row("Cost of an event, of two plain servers, one to the other", "×", False, [chance], note="what chance does here")
        for (_, _, what, least), one, seen in zip(CROWDS, crowded, there):
            yield from rows(f"beside {least:,} {what}", one.cpu_us, one.wall_us, proc.own_mib(one.server.pid), plain.cost(), "beside none",
                            f"Two plain servers, measured in turns with it, differed by {abs(chance - 1):.0%} in this run.".replace("%", " %"),
                            f"; {seen:,} {what} counted in its state")


def run(stand):
    yield from by_size(stand)
    yield from by_crowd(stand)
