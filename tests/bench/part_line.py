"""The whole line: from the first PUT until the last event is folded and its state committed."""
import proc
from row import Row

GROUP = 2
TITLE = "Whole line"
TEXT = ("A fresh server takes the mix in PUTs of 128, 200 of them unanswered, and the clock stops when its worker has folded and committed the "
        "last event and everything that followed from it. The program that publishes runs on the same cores.")

REASON = ("The worker is behind: before it commits a batch it waits until what follows from the batch is acknowledged, and then for its own "
          "commit; it folds nothing meanwhile. Publisher, intake, journal, feed and outlet share the two cores with it.")

EVENTS = 3_000_000
EVENTS_QUICK = 1_000_000


def room(stand):
    return 1000 * stand.choose(EVENTS, EVENTS_QUICK)


def measure(stand, events):
    """Events a second until folded, until acknowledged; microseconds of the server's processors for one."""
    with stand.folder() as folder, stand.serve(folder) as server:
        before = proc.cpu_s(server.pid)
        seen = stand.run([stand.program("bench_line"), server.base, events], server=server)
        return {"folded": events / seen["folded_seconds"], "acked": events / seen["acked_seconds"],
                "cpu_us": (proc.cpu_s(server.pid) - before) / events * 1e6,
                "load_us": seen["load_cpu_seconds"] / events * 1e6}


def run(stand):
    events = stand.choose(EVENTS, EVENTS_QUICK)
    seen = [measure(stand, events) for _ in range(stand.rounds)]
    command = "tests/bench/bench.py --only line"
    yield Row("Published, folded and committed", "events/s", True, [one["folded"] for one in seen], target=600_000, command=command, reason=REASON,
              note=f"{events:,} events; all were acknowledged, which is durable, at {sorted(one['acked'] for one in seen)[len(seen) // 2]:,.0f} a second")
    yield Row("Processor time of an event, whole line", "µs", False, [one["cpu_us"] for one in seen], command=command,
              note=f"of all threads of the server; the program that publishes takes {seen[0]['load_us']:.2f} µs more")
