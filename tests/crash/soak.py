#!/usr/bin/python3
"""A month in an hour on the real thing: `manyi serve` lapses time 720-fold while it is killed, its subscribers are
stopped, and floods come and leave. Then everything is recounted, and memory and descriptors must have stayed flat.

The first part of the time has a kill -9 every few minutes (the next start takes up time where the last one left it),
the rest is one long life, in which the server's own memory (RssAnon: the mapped journal is the page cache's) is looked at
after a warm-up. It may come to a new height now and then, as when a subscriber's queue was never that long: a line through
all samples may rise by GROWTH_MB and a GROWTH_PART of their mean, descriptors by DESCRIPTORS_MORE. Between
such steps it must stay: in the median, from one sample to the next, it may rise by STEADY_MB over all of the time, and by
STEADY_BYTES for each event that came meanwhile. There are more of them in that life, so that a leak of 100 bytes an event shows.
Usage: MANYI=build/manyi tests/crash/soak.py [--minutes 60] [--seed 1] [--json]
"""
import argparse
import collections
import json
import os
import random
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _soak_load import DESK, RATINGS, Month, Sender, rungs_due  # noqa: E402
from kill_test import state_digest  # noqa: E402
from served import MANYI, Peer, Server, unpack  # noqa: E402

RATE = 720
START_MS = 1790812800000  # 2026-10-01T00:00:00Z
LONG_LIFE_PART = 0.4      # of the time, at the end, without a kill
WARM_UP_PART = 0.25       # of the long life
GROWTH_MB, GROWTH_PART = 6, 0.08
STEADY_MB, STEADY_BYTES = 0.3, 20
TURN, TURN_LONG_LIFE = 20, 100  # five times a second
DESCRIPTORS_MORE = 8
LATE_MS = 15 * 60_000     # what is due in the last so many ms of the month may still be on its way
SETTLE_S = 120
TAPS = [["complaint", "escalation", "task"], ["score"], []]
FLOOD = """
import sys, zmq
socket = zmq.Context().socket(zmq.DEALER)
socket.connect(sys.argv[1])
while True:
    socket.send_multipart([b"", sys.argv[2].encode(), bytes.fromhex(sys.argv[3])])
"""


# Port, verb, body: questions whose answers nobody reads, nonsense, PUTs without an event.
FLOODS = [(1, "PING", "80"), (2, "GET", "80"), (3, "PING", "80"), (5, "PUT", "c1"), (1, "PUT", "81a66576656e747390")]


def iso_ms(text):
    """2026-10-01T00:00:00.000Z"""
    seconds = time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
    return (int(time.mktime(seconds)) - time.timezone) * 1000 + int(text[20:23])


def iso(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"


class House:
    """The server, over its lives, and the month's time as it goes on in them."""

    def __init__(self, top):
        config = os.path.join(top, "soak.conf")
        with open(config, "w", encoding="ascii") as file:
            # a volume keeps three descriptors and 2 MB of LMDB's lists until the next start: few of them in an hour
            file.write("identity_window: 20000\nvolume_bytes: 512MiB\n")
        policy = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support", "every_hour_counts.yaml")
        self.server = Server(os.path.join(top, "data"), words=["--config", config, "--policy", policy])
        self.context, self.kills, self.rate = zmq.Context(), 0, RATE
        self.at_ms, self.read_s = START_MS, time.monotonic()
        self.said = collections.deque(maxlen=30)  # the server's last words

    def now_ms(self):
        return self.at_ms + int((time.monotonic() - self.read_s) * 1000 * self.rate)

    def start(self):
        words = [word for word in self.server.words if not word.startswith("--clock")]
        self.server.words = words + [f"--clock-start={iso(self.now_ms() + 1000)}", f"--clock-rate={self.rate}"]
        self.server.start()
        threading.Thread(target=self.said.extend, args=(self.server.process.stderr,), daemon=True).start()
        self.read_time()

    def read_time(self):
        peer = Peer(self.context, self.server.endpoint(1))
        _, pong = peer.ask("PING", {})
        peer.close()
        self.at_ms, self.read_s = iso_ms(pong["at"]), time.monotonic()

    def kill(self):
        self.read_time()
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()
        self.kills += 1
        self.start()

    def come_to_rest(self):
        """Time goes on at its own pace, so that what is compared does not change meanwhile."""
        self.read_time()
        stop(self.server)
        at_ms = self.now_ms()
        self.at_ms, self.read_s, self.rate = at_ms, time.monotonic(), 1
        self.start()

    def sample(self):
        """MB of its own memory, MB resident in all, descriptors."""
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as status:
            rows = dict(line.split(":", 1) for line in status)
        kib = [int(rows[name].split()[0]) for name in ("RssAnon", "VmRSS")]
        return kib[0] / 1024, kib[1] / 1024, len(os.listdir(f"/proc/{self.server.process.pid}/fd"))


class Tap:
    """`manyi tap --snapshot`, and the newest card of each subject that it told."""

    def __init__(self, server, channels):
        self.process = subprocess.Popen(
            [MANYI, "tap", *channels, "--snapshot", "--json", "--dir", server.directory,
             "--base-port", str(server.base)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.cards, self.last = {}, collections.Counter()
        self.channels = channels or ["complaint", "escalation", "task", "score", "system"]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            told = json.loads(line)
            channel, card = told["channel"], told["card"]
            self.cards[channel, card.get("id")] = (told["n"], card)
            self.last[channel] = told["n"]

    def close(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait()


class Weather:
    """What goes wrong, when: kills in the first part, stalls and floods all the time."""

    def __init__(self, seconds, rng):
        scale, self.rng, self.stalled, self.flood = seconds / 3600, rng, None, None
        self.stalls = self.floods = 0
        self.kills_at, at = [], 0.0
        while (at := at + rng.uniform(120, 300) * max(scale, 0.03)) < seconds * (1 - LONG_LIFE_PART):
            self.kills_at.append(at)
        self.stall_every, self.flood_every = max(4.0, 60 * scale), max(6.0, 90 * scale)
        self.next_stall, self.next_flood = self.stall_every, self.flood_every

    def turn(self, passed_s, house, taps):
        if self.kills_at and passed_s >= self.kills_at[0]:
            self.kills_at.pop(0)
            house.kill()
        if self.stalled and passed_s >= self.stalled[1]:
            self.stalled[0].process.send_signal(signal.SIGCONT)
            self.stalled = None
        elif not self.stalled and passed_s >= self.next_stall:
            tap = self.rng.choice(taps)
            tap.process.send_signal(signal.SIGSTOP)
            self.stalled = (tap, passed_s + self.rng.uniform(0.2, 0.8) * self.stall_every)
            self.next_stall = passed_s + self.stall_every
            self.stalls += 1
        if self.flood and passed_s >= self.flood[1]:
            self.flood[0].kill()
            self.flood[0].wait()
            self.flood = None
        elif not self.flood and passed_s >= self.next_flood:
            offset, verb, body = self.rng.choice(FLOODS)
            words = [sys.executable, "-c", FLOOD, house.server.endpoint(offset), verb, body]
            flood = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.flood = (flood, passed_s + 1.5)
            self.next_flood = passed_s + self.flood_every
            self.floods += 1

    def end(self):
        if self.stalled:
            self.stalled[0].process.send_signal(signal.SIGCONT)
        if self.flood:
            self.flood[0].kill()
            self.flood[0].wait()


def publish(month, house, ratings, desk, passed_s, count):
    """Five times a second: so many ratings, and complaints; and what people have decided by now."""
    at_ms = house.now_ms() - 120_000  # the desk's clock is a little slow: nobody sends from the future
    ratings.add([month.rated(at_ms) for _ in range(count)])
    tick = int(passed_s * 5)
    grade = "urgent" if tick % 75 == 0 else "general"
    if tick % 75 == 0 or tick % 20 == 0:
        desk.add([month.complained(at_ms - 600_000, grade)], lambda seqs: month.forget(seqs[0], grade, house.now_ms()))
    elif tick % 2 == 0:
        desk.add([month.complained(at_ms, "general")], lambda seqs: month.handle(seqs[0], house.now_ms()))
    decisions = month.decisions(at_ms)
    if decisions:
        desk.add(decisions)


def live(house, month, taps, weather, options):
    """The month. Returns the samples of the long life: (seconds, own MB, resident MB, descriptors, events that are acknowledged)."""
    ratings = Sender(house.context, house.server.endpoint(1), RATINGS, True)
    desk = Sender(house.context, house.server.endpoint(1), DESK, False)
    seconds, begun, samples = options.minutes * 60, time.monotonic(), []
    next_publish = next_sample = 0.0
    while (passed_s := time.monotonic() - begun) < seconds:
        weather.turn(passed_s, house, taps)
        if passed_s >= next_publish and len(ratings.batches) < 200:
            count = TURN if passed_s < seconds * (1 - LONG_LIFE_PART) else TURN_LONG_LIFE
            publish(month, house, ratings, desk, passed_s, count)
            next_publish = max(next_publish + 0.2, passed_s - 1)
        for sender in (ratings, desk):
            sender.turn(time.monotonic())
        if passed_s >= next_sample:
            assert house.server.process.poll() is None, "the server has ended by itself"
            if not weather.kills_at and passed_s >= seconds * (1 - LONG_LIFE_PART):
                samples.append((passed_s, *house.sample(), ratings.acked + desk.acked))
            house.read_time()
            next_sample = passed_s + min(5.0, max(0.5, seconds / 600))
        ratings.peer.socket.poll(20)
    weather.end()
    deadline = time.monotonic() + SETTLE_S
    while ratings.batches or desk.batches:
        assert time.monotonic() < deadline, f"{len(ratings.batches)} and {len(desk.batches)} batches without an answer"
        for sender in (ratings, desk):
            sender.turn(time.monotonic())
            sender.peer.socket.poll(20)
    return samples


# ---- what must be true in the end ----

def entries(context, server):
    """(seq, at_ms, class, event) of the whole journal, by FETCH."""
    feed, after = Peer(context, server.endpoint(2)), 0
    while True:
        verb, batch = feed.ask("FETCH", {"after": after, "class": "any", "max_bytes": 1 << 20})
        assert verb == "BATCH", (verb, batch)
        for record in batch["records"]:
            _, kind, _, count, first, at_ms, _, _ = struct.unpack_from(">BBHIQQII", record)
            offset = 32
            for index in range(count):
                length = struct.unpack_from(">IIQII", record, offset)[4]
                offset += 24
                if first + index > after:
                    yield first + index, at_ms, kind, unpack(record[offset:offset + length])
                offset += length
        after = batch["upto"]
        if after >= batch["head"]:
            feed.close()
            return


class Untold(AssertionError):
    """A rung that has passed is not in the journal."""


Found = collections.namedtuple("Found", "head events lost doubled told")


def check_journal(house, month):
    """Every event once, every consequence once, every rung of who was forgotten told once, as of its due. Events lost and
    doubled are counted and told."""
    ids, raised, opened, causes, head = collections.Counter(), {}, {}, collections.Counter(), 0
    end_ms = house.now_ms() - LATE_MS
    for seq, at_ms, kind, event in entries(house.context, house.server):
        assert seq == head + 1, f"{seq} after {head}"
        head = seq
        if kind == 0 and event["source"] in (RATINGS, DESK):
            ids[event["source"], event["id"]] += 1
            if event["type"] == "feedback.complained":
                opened[seq] = min(event["time"].to_unix_nano() // 10**6, at_ms)
        elif kind == 1:
            causes[event["id"]] += 1
            if event["type"] == "escalation.raised" and event["data"]["repeat"] == 0:
                assert event["data"]["id"] not in raised, f"{event['data']['id']} was raised twice"
                raised[event["data"]["id"]] = iso_ms(event["data"]["raised_at"])
    promised = {(source, str(i)) for source, count in month.ids.items() for i in range(1, count + 1)}
    lost, doubled = promised - ids.keys(), [key for key, count in ids.items() if count > 1]
    if lost or doubled:
        print(f"lost {sorted(lost)[:5]}, doubled {doubled[:5]}", file=sys.stderr)
    assert not ids.keys() - promised, f"nobody sent {sorted(ids.keys() - promised)[:5]}"
    twice = [key for key, count in causes.items() if count > 1]
    assert not twice, f"concluded twice: {twice[:5]}"
    told = 0
    for seq, grade in month.forgotten.items():
        for (clock, percent), due_ms in rungs_due(grade, opened[seq]).items():
            name = f"E-{seq}-{clock}-{percent}"
            if due_ms <= end_ms:
                if name not in raised:
                    raise Untold(f"{name} was due {iso(due_ms)}, and is told by nobody")
                assert raised[name] == due_ms, f"{name} was due {iso(due_ms)}, told as of {iso(raised[name])}"
                told += 1
    return Found(head, len(ids), len(lost), len(doubled), told)


def found_at_rest(house, month):
    """Who has folded everything may be about to speak of what became due meanwhile."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        house.server.wait_folded()
        try:
            return check_journal(house, month)
        except Untold:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def check_scores(house, month):
    rows = {(row["store"], row["department"]): row
            for row in house.server.cli("scores", "--by", "store", "--period", "2026") if row["n"]}
    expected = {key: row for key, row in month.sums.items() if row[0]}
    assert rows.keys() == expected.keys(), rows.keys() ^ expected.keys()
    for key, (n, quality) in expected.items():
        figure = rows[key]["dimensions"]["quality"]
        assert (rows[key]["n"], figure["n"]) == (n, n), f"{key}: {rows[key]['n']} ratings counted, not {n}"
        assert abs(figure["mean"] - quality / n) < 1e-9, f"{key}: quality {figure['mean']}, not {quality / n}"


def check_taps(house, taps):
    """Each subscriber, whatever it slept through, has the cards that the outlet had a moment ago, or newer ones."""
    outlet, cards, last = Peer(house.context, house.server.endpoint(5)), {}, {}
    for channel in ("complaint", "escalation", "task", "score", "system"):
        after, more = 0, True
        while more:
            _, page = outlet.ask("REPLAY", {"channel": channel, "after": after})
            cards.update({(channel, row["card"].get("id")): row["n"] for row in page["cards"]
                          if not row["card"].get("gone")})
            after, more = page["upto"], page["more"]
        last[channel] = after
    outlet.close()
    for tap in taps:
        deadline = time.monotonic() + SETTLE_S
        while any(tap.last[channel] < last[channel] for channel in tap.channels):
            assert time.monotonic() < deadline, f"a subscriber is behind: {tap.last} of {last}"
            time.sleep(0.05)
        believed = {key: n for key, (n, card) in list(tap.cards.items()) if not card.get("gone")}
        expected = {key: n for key, n in cards.items() if key[0] in tap.channels}
        old = {key for key, n in expected.items() if tap.cards.get(key, (0, None))[0] < n}
        ghosts = {key for key, n in believed.items() if key not in expected and n <= last[key[0]]}
        wrong = old | ghosts
        assert not wrong, f"a subscriber believes otherwise of {len(wrong)} cards: {sorted(map(str, wrong))[:5]}"


def fitted(samples, column):
    """By how much the line through the samples rises, and their mean."""
    count, times = len(samples), [row[0] for row in samples]
    mean_t, mean = sum(times) / count, sum(row[column] for row in samples) / count
    slope = sum((row[0] - mean_t) * (row[column] - mean) for row in samples) / sum((at - mean_t) ** 2 for at in times)
    return slope * (times[-1] - times[0]), mean


def steady(samples, column):
    """By how much it would have risen, had it always risen as it does in the median from one sample to the next."""
    slopes = [(later[column] - row[column]) / (later[0] - row[0]) for row, later in zip(samples, samples[1:])]
    return statistics.median(slopes) * (samples[-1][0] - samples[0][0])


def check_flat(samples):
    """The samples of the long life after its warm-up, and by how much memory has risen, in the median."""
    warm = samples[int(len(samples) * WARM_UP_PART):]
    assert len(warm) >= 8, f"only {len(samples)} samples"
    rise, mean = fitted(warm, 1)
    more, descriptors = fitted(warm, 3)
    rises, allowed = steady(warm, 1), STEADY_MB + STEADY_BYTES * (warm[-1][4] - warm[0][4]) / (1 << 20)
    if not os.environ.get("MANYI_SANITIZE"):  # what is freed stays in quarantine there
        assert rise <= GROWTH_MB + GROWTH_PART * mean, f"memory rises by {rise:.1f} MB over {mean:.1f} MB: {warm}"
        assert rises <= allowed, f"memory rises all the time, by {rises:.1f} MB, not by {allowed:.1f} at most: {warm}"
    assert more <= DESCRIPTORS_MORE, f"descriptors rise by {more:.1f} over {descriptors:.1f}: {warm}"
    return warm, rises


def soak(house, month, weather, options):
    """The month and all that is checked of it. Returns what there is to tell."""
    house.start()
    taps = [Tap(house.server, channels) for channels in TAPS]
    samples = live(house, month, taps, weather, options)
    warm, rises = check_flat(samples)
    print(f"own memory {warm[0][1]:.1f} to {warm[-1][1]:.1f} MB (median {rises:+.2f}) over {warm[-1][4] - warm[0][4]} events, resident with "
          f"the journal's pages {warm[-1][2]:.0f} MB, descriptors {warm[0][3]} to {warm[-1][3]}", flush=True)
    house.come_to_rest()
    found = found_at_rest(house, month)
    if not (found.lost or found.doubled):  # else that is what is to be told
        check_scores(house, month)
        check_taps(house, taps)
    days = (house.now_ms() - START_MS) / 86_400_000
    for tap in taps:
        tap.close()
    house.context.destroy(0)
    stop(house.server)
    return warm, found, days


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    month, rng = Month(options.seed), random.Random(options.seed + 1)
    with tempfile.TemporaryDirectory(prefix="manyi-soak-") as top:
        house = House(top)
        weather = Weather(options.minutes * 60, rng)
        try:
            warm, found, days = soak(house, month, weather, options)
        except BaseException:
            print(f"the server {'runs' if house.server.process.poll() is None else 'has ended'}; its last words:\n",
                  *house.said, file=sys.stderr)
            raise
        lived = state_digest("verify", "--dir", house.server.directory)
        rebuilt = state_digest("rebuild", "--dir", house.server.directory, "--out", os.path.join(top, "rebuilt"))
        assert lived == rebuilt, f"the state that lived differs from a rebuild: {lived} {rebuilt}"
    print(f"{days:.1f} days, {found.events} events of {found.head} entries: {found.lost} lost, {found.doubled} doubled; {found.told} rungs of "
          f"{len(month.forgotten)} forgotten complaints told as of their due, {month.handled} handled; "
          f"{house.kills} kills, {weather.stalls} stalls, {weather.floods} floods; state equal to a rebuild")
    if options.json:
        print(json.dumps({"part": "soak", "minutes": options.minutes, "simulated_days": round(days, 1),
                          "events": found.events, "kills": house.kills, "rss_first_mb": round(warm[0][1], 1),
                          "rss_last_mb": round(warm[-1][1], 1), "descriptors": warm[-1][3], "lost": found.lost, "doubled": found.doubled}))
    sys.exit(1 if found.lost or found.doubled else 0)


def stop(server):
    """SIGTERM; its stderr is read by a thread of ours."""
    server.process.send_signal(signal.SIGTERM)
    code = server.process.wait(timeout=60)
    assert code == 0, f"serve ended with {code}"


if __name__ == "__main__":
    main()
