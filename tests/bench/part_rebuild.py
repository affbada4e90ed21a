"""Re-scoring history: a fresh state from a whole journal, and the same journal under two rulebooks."""
import json
import os
import resource
import subprocess
import time

import journals
from row import Row
from stand import ROOT, Failed

GROUP = 4
TITLE = "Rebuild and what-if"
TEXT = ("A journal of the mix, as a server wrote it, is folded from its first event into an empty state: `manyi rebuild --out`. `manyi policy diff "
        "--dir` folds it twice, under its own rulebook and under another in which one figure differs, and compares every case and sum.")

EVENTS, EVENTS_QUICK = 10_000_000, 1_000_000
REASON = ("By instructions counted (group 7), a third of it is decoding the journal's records. Of the fold itself a quarter is joining complaints "
          "and low ratings to a visit's case, whose card is read and written anew each time: the mix's ratings share 48 visits.")
FIGURE, OTHER = "general: {response: 8 h w", "general: {response: 6 h w"


def room(stand):
    return 700 * stand.choose(EVENTS, EVENTS_QUICK)


def told(words, folder):
    """What a command says as JSON; seconds by the clock, and of the processors."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with open(os.path.join(folder, "out"), "w+", encoding="utf-8") as out:
        code = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=out, env={**os.environ, "TMPDIR": folder}, timeout=1800).returncode
        seconds, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        out.seek(0)
        if code != 0:
            raise Failed(f"{' '.join(words[:3])} ended with {code}")
        return json.load(out), seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rebuild(stand, journal):
    with stand.folder() as folder:
        said, seconds, cpu_s = told([stand.manyi, "rebuild", "--dir", journal, "--out", os.path.join(folder, "new"), "--json"], folder)
    return {"seconds": seconds, "rate": said["events_per_second"], "per_core": said["events"] / cpu_s, "events": said["events"]}


def what_if(stand, journal):
    with open(os.path.join(ROOT, "deploy", "policy.yaml"), encoding="utf-8") as file:
        rulebook = file.read()
    if FIGURE not in rulebook:
        raise Failed(f"deploy/policy.yaml has no {FIGURE}")
    with stand.folder() as folder:
        path = os.path.join(folder, "other.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(rulebook.replace(FIGURE, OTHER))
        said, seconds, cpu_s = told([stand.manyi, "policy", "diff", "--dir", journal, path, "--json"], folder)
    return {"seconds": seconds, "rate": said["entries"] / seconds, "cpu": cpu_s, "count": said["count"]}


def run(stand):
    events = stand.choose(EVENTS, EVENTS_QUICK)
    with journals.made(stand, events) as journal:
        seen = stand.interleave({"rebuild": lambda: rebuild(stand, journal), "what-if": lambda: what_if(stand, journal)},
                                rounds=stand.choose(3, 2))
    for name, results in seen.items():
        if isinstance(results, str):
            raise Failed(f"{name}: {results}")
    command = "tests/bench/bench.py --only rebuild"
    rebuilds, diffs = seen["rebuild"], seen["what-if"]
    yield Row(f"Rebuild of {events:,} events", "s", False, [one["seconds"] for one in rebuilds], command=command,
              note="the whole command: opening, folding, counting and the new state's digest")
    yield Row("Rebuild, folding", "events/s", True, [one["rate"] for one in rebuilds], command=command,
              note="feed and worker, each on a core of its own")
    yield Row("Rebuild, of one core", "events/s", True, [one["per_core"] for one in rebuilds], target=2_000_000, command=command,
              note="events by all processor time of the command", reason=REASON)
    yield Row(f"Policy diff over {events:,} events", "s", False, [one["seconds"] for one in diffs], command=command,
              note=f"two folds and {diffs[0]['count']:,} differences; {diffs[0]['cpu']:.1f} s of the processors")
    yield Row("Policy diff", "events/s", True, [one["rate"] for one in diffs], command=command, note="each of them folded twice")
