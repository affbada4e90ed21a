"""Whether an event costs the same when there were many before, or when much is open."""
import contextlib
import statistics

import proc
from row import Row

GROUP = 5
TITLE = "Growth"
TEXT = ("One server takes the mix; at each size the processor time that its threads take for an event is measured over five stretches of "
        "100,000 events, and its own memory after them (RssAnon: the mapped journal and state are the page cache's). Then a plain server "
        "of 100,000 events and those that had a crowd before take stretches in turn.")

SIZES, SIZES_QUICK, HUGE = [100_000, 1_000_000, 10_000_000], [100_000, 1_000_000], 100_000_000
STRETCH, STRETCHES = 100_000, 5
RATIO_MOST = 1.1
WINDOW_FILLS = ("In another run it was 1.08 × at 1,400,000 events, 1.12 × at 2,100,000 and 1.13 × at 3,000,000: it grows while the identity window of "
                "2,000,000 fills and outgrows the processor's caches. What comes on top of that was not taken apart.")
# kind as bench_line knows it, events, and what they leave behind
CROWDS = [("complaints", 10_000, "10,000 open complaints"), ("sales", 46_000, "100,000 armed timers"),
          ("staff-days", 100_000, "100,000 staff-day scores")]


def sizes(stand):
    return SIZES_QUICK if stand.quick else SIZES + ([HUGE] if stand.huge else [])


def room(stand):
    return 600 * sizes(stand)[-1] + 1000 * len(CROWDS) * 1_000_000


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

    def cost(self):
        return statistics.median(self.cpu_us)


@contextlib.contextmanager
def growing(stand):
    with stand.folder() as folder, stand.serve(folder) as server:
        yield Growing(stand, server)


def rows(name, cpu_us, wall_us, own_mib, least_us, target, reason=None):
    command = "tests/bench/bench.py --only growth"
    yield Row(f"Cost of an event, {name}", "µs", False, cpu_us, command=command,
              note=f"of the server's processors; {statistics.median(wall_us):.2f} µs by the clock")
    if least_us:
        yield Row(f"Cost of an event, {name}, to that {target}", "×", False, [statistics.median(cpu_us) / least_us], target=RATIO_MOST, command=command, reason=reason)
    yield Row(f"Own memory, {name}", "MiB", False, [own_mib], command=command)


def by_size(stand):
    first = None
    with growing(stand) as one:
        for size in sizes(stand):
            one.take(size - one.taken)
            one.cpu_us, one.wall_us = [], []
            for _ in range(STRETCHES):
                one.stretch()
            yield from rows(f"after {size:,}", one.cpu_us, one.wall_us, proc.own_mib(one.server.pid), first, f"after {SIZES[0]:,}",
                            WINDOW_FILLS)
            first = first or one.cost()


def by_crowd(stand):
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(growing(stand))
        crowded = []
        for kind, events, _ in CROWDS:
            crowded.append(stack.enter_context(growing(stand)))
            crowded[-1].take(events, kind)
        for one in [plain, *crowded]:
            one.take(SIZES[0])
        for _ in range(STRETCHES):
            for one in [plain, *crowded]:
                one.stretch()
        for (_, _, name), one in zip(CROWDS, crowded):
            yield from rows(f"beside {name}", one.cpu_us, one.wall_us, proc.own_mib(one.server.pid), plain.cost(), "beside none")


def run(stand):
    yield from by_size(stand)
    yield from by_crowd(stand)
