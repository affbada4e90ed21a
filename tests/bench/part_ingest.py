"""Durable ingest: acknowledged events a second, and how long one waits for its acknowledgement."""
import os

from row import Row, Target, at_most_of_floor, median
from stand import pick

GROUP, TITLE = 1, "Durable ingest"
TEXT = """
Events are taken, checked, appended and committed; an event counts when its acknowledgement is there. Manyi is `manyi run intake`: the
journal alone, as Redis and NATS keep events and do nothing with them. Lines "beside the fold" are `manyi serve`, with worker and outlet on
the same two cores. Only Manyi checks each event against its schema and knows it again by source and id.

- **Redis Streams**: `appendonly yes`, `appendfsync always`, one XADD an event, pipelined over 50 connections, which share what
  is unanswered (with 1, 200 or 450 connections it was slower). An answer means that it is on disk. A "batch" is a pipeline of 128.
- **NATS JetStream**: file store. **It does not fsync before it answers**: 2.9 syncs every two minutes, and a power cut loses what came
  since; stands here for what people would use, not for the same promise. A batch is one opaque message of 128 events. It has
  4,000 single messages unanswered, as it is faster than with 900.
- **floor**: the same events written to a file that grows, `fdatasync` after as many of them as went into one of Manyi's commits in
  the same round; one at a time: one event, one `fdatasync`. No checks, no index, no network.
"""

BATCH, PUTS = 128, 800
SINGLES = 900
NATS_SINGLES = 4000
SHAPES = ("one", "single", "batch")
MOST_MB = 4000  # of the floor's file

# What strace and the threads' processor times said.
TWO_FLUSHES = ("An LMDB commit flushes twice, one after the other: the four pages of a small commit (fdatasync), then the page that makes them count (a "
               "synchronous write). Neither may be left out or overtake the other, as a cut between them would spoil the journal; the floor flushes "
               "once. What is above twice the floor is the way there and back through ZeroMQ's threads, and our own work.")
DISK_BOUND = ("It is the disk: two cores are half idle (of 4 s the intake's thread works 1.4, ZeroMQ's 0.4, the load 0.45), and the journal's thread is never done: half "
              "of its time copying pages into the kernel, half waiting for the flush. Pages, headers and the index make 229 bytes 260.")
IN_TURNS = ("900 unanswered events make commits of half as many, and a commit that small is made by the intake's own thread: 2 of 4 s it receives, checks and answers a "
            "message for each event, and the other 2 it waits for the commit's two flushes. More unanswered, or several events a PUT, share a commit.")


def room(stand):
    return stand.choose(10 << 30, 6 << 30)


class Ingest:
    """A round of each: a fresh server, then one at a time, then single events, then batches."""

    def __init__(self, stand):
        self.stand, self.seconds, self.last = stand, stand.choose(4, 2), None

    def puts(self, server, shapes):
        """What bench_put says of each shape, ids going on from shape to shape."""
        given = {"one": (1, 1), "single": (1, SINGLES), "batch": (BATCH, PUTS)}
        found = {}
        for at, shape in enumerate(shapes):
            os.sync()
            found[shape] = self.stand.run([self.stand.program("bench_put"), server.endpoint(1), *given[shape], self.seconds, at * 10**10],
                                          server=server)
        return found

    def manyi(self):
        with self.stand.folder() as folder, self.stand.serve(folder, role="intake") as server:
            self.last = self.puts(server, SHAPES)
            return self.last

    def beside_fold(self):
        with self.stand.folder() as folder, self.stand.serve(folder) as server:
            return self.puts(server, ("one", "single"))

    def redis(self):
        load, port = self.stand.program("bench_redis"), self.stand.free_port()
        words = [self.stand.installed("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes",
                 "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"]
        given = {"one": (1, self.seconds, 1), "single": (SINGLES, self.seconds, 50), "batch": (BATCH * PUTS, self.seconds, 50)}
        with self.stand.folder() as folder, self.stand.peer(words, port, folder) as server:
            return self.load(server, [load, port], given)

    def nats(self):
        load, port = self.stand.program("bench_nats"), self.stand.free_port()
        given = {"one": (1, 1, self.seconds), "single": (1, NATS_SINGLES, self.seconds), "batch": (BATCH, PUTS, self.seconds)}
        with self.stand.folder() as folder:
            words = [self.stand.installed("nats-server"), "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder]
            with self.stand.peer(words, port, folder) as server:
                return self.load(server, [load, port], given)

    def load(self, server, words, given):
        found = {}
        for shape in SHAPES:
            os.sync()
            found[shape] = self.stand.run([*words, *given[shape]], server=server)
        return found

    def floor(self):
        """After Manyi in each round: as many events a sync as Manyi's commits had just now."""
        found = {}
        for shape in SHAPES:
            with self.stand.folder() as folder:
                events = 1 if shape == "one" else round(per_commit(self.last[shape])) if self.last else BATCH
                found[shape] = {**self.stand.run([self.stand.program("bench_floor"), folder, events, self.seconds, MOST_MB]), "events_per_sync": events}
        return found


def per_commit(figures):
    return figures["events"] / max(1, figures["commits"])


def shape_of(results, shape):
    return results if isinstance(results, str) else [result[shape] for result in results]


def samples(results, shape, key):
    return pick(shape_of(results, shape), key)


def measured(results, shape, key):
    """Of Manyi and of the floor, without which there is no line: a reason not to have been measured is the part's failure."""
    found = samples(results, shape, key)
    if isinstance(found, str):
        raise RuntimeError(found)
    return found


def run(stand):
    ingest = Ingest(stand)
    found = stand.interleave({"Manyi": ingest.manyi, "Redis Streams": ingest.redis, "NATS JetStream (no fsync)": ingest.nats,
                              "floor": ingest.floor, "beside the fold": ingest.beside_fold})
    peers = {name: found[name] for name in ("Redis Streams", "NATS JetStream (no fsync)")}

    def row(shape, key, name, unit, **more):
        return Row(name, unit, key == "events_per_second", manyi=measured(found["Manyi"], shape, key),
                   peers={peer: samples(results, shape, key) for peer, results in peers.items()},
                   floor=measured(found["floor"], shape, key), **more)

    def bytes_of(shape):
        events = median([per_commit(figures) for figures in shape_of(found["Manyi"], shape)])
        rate = median(measured(found["floor"], shape, "events_per_second"))
        return f"{events:,.0f} events ({events * 229 / 1e6:.2f} MB) a commit, and a sync of the floor, which wrote {rate * 229 / 1e6:.0f} MB/s"

    again = "tests/bench/bench.py --only ingest"
    yield row("batch", "events_per_second", f"batches of {BATCH}, {PUTS} unanswered", "events/s", command=again, note=bytes_of("batch") + ".",
              target=Target("≥ 1,000,000 or ≥ 85 % of the floor, whichever is less",
                            lambda row: row.median >= min(1_000_000, 0.85 * median(row.floor))),
              reason=DISK_BOUND)
    yield row("single", "events_per_second", f"single events, {SINGLES} unanswered", "events/s", note=bytes_of("single") + ".",
              target=Target("≥ 250,000 and ≥ Redis Streams", lambda row: row.median >= max(250_000, row.peer("Redis Streams"))),
              reason=IN_TURNS + (" Redis was not measured, and nobody is beaten by absence." if isinstance(peers["Redis Streams"], str) else ""))
    yield Row("single events, beside the fold", "events/s", True, manyi=measured(found["beside the fold"], "single", "events_per_second"))
    yield row("one", "p50_ms", "one at a time, p50", "ms", target=at_most_of_floor(1.3),
              reason=TWO_FLUSHES)
    yield row("one", "p99_ms", "one at a time, p99", "ms")
    for key in ("p50_ms", "p99_ms"):
        yield Row(f"one at a time, beside the fold, {key[:3]}", "ms", False, manyi=measured(found["beside the fold"], "one", key),
                  floor=measured(found["floor"], "one", key))
