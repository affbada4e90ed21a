"""The proof's figures as a table of README.md, between two comments."""
import os
import re

BEGIN, END = "<!-- proof:begin -->", "<!-- proof:end -->"
HEADING = "\n## Build and test"  # the table stands before it where the comments are not there yet


class Unproven(Exception):
    """Figures that may not stand in the table."""


def fault_texts():
    """What the simulator calls its faults, in words: X(loss, "messages lost")."""
    with open(os.path.join(os.path.dirname(__file__), "..", "sim", "world.h"), encoding="utf-8") as file:
        return dict(re.findall(r'X\((\w+), "([^"]+)"\)', file.read()))


def number(value):
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}"


def counts(kinds, texts=None):
    """`1,204 messages lost, 88 power losses`, the most first."""
    order = sorted(kinds.items(), key=lambda kind: -kind[1])
    return ", ".join(f"{number(count)} {(texts or {}).get(name, name)}" for name, count in order if count)


# Part, what, figure.
ROWS = [
    ("sim", "simulated worlds without a violation", lambda f: f"{number(f['seeds'])} seeds, "
        f"{number(f['hours'])} hours, {number(f['acked'])} events acknowledged"),
    ("sim", "what went wrong in them, on purpose", lambda f: counts(f["faults"], fault_texts())),
    ("plants", "planted bugs that the simulator catches", lambda f: f"{f['caught']} of {f['planted']}, "
        f"within {number(f['max_seeds'])} seeds, {number(f['median_seeds'])} in the median"),
    ("cuts", "power cut at, and torn between, the syncs of journal and state", lambda f: f"{number(f['cuts'])} cuts, "
        f"{number(f['torn'])} of them torn, {number(f['distinct'])} different disks: {number(f['recovered'])} recovered"),
    ("kills", "`kill -9` at commits, publishers resending", lambda f: f"{number(f['kills'])} kills amid "
        f"{number(f['events'])} events"),
    ("calls", "calls that failed, one at a time", lambda f: f"{number(f['calls'])} ({counts(f['kinds'])}), "
        f"{number(f['survived'])} ended in a clear message and a clean recovery"),
    ("flips", "flipped bits in the journal", lambda f: f"{number(f['flips'])}: {number(f['reported'])} reported, "
        f"{number(f['harmless'])} where nothing is kept, {number(f['served'])} served"),
    ("models", "operations that agreed with naive models of the data structures", lambda f: number(f["operations"])),
    ("fuzz", "fuzzed executions of the decoders", lambda f: f"{number(f['executions'])} over {number(f['targets'])} "
        f"targets, {number(f['crashes'])} crashes"),
    ("soak", "a time-lapse with kills, stalls and floods", lambda f: f"{number(f['simulated_days'])} days, "
        f"{number(f['events'])} events, {number(f['kills'])} kills; own memory "
        f"{number(f['rss_first_mb'])} MB at first, {number(f['rss_last_mb'])} MB at last"),
]
# What has to be so, or there is no table: part, figure, what it equals.
NOTHING_LOST = ("sim", "cuts", "kills", "soak")
TRUTHS = [
    ("plants", "caught", "planted"), ("cuts", "recovered", "cuts"), ("calls", "survived", "calls"),
    ("flips", "served", 0), ("fuzz", "crashes", 0),
    *((part, "lost", 0) for part in NOTHING_LOST), *((part, "doubled", 0) for part in NOTHING_LOST),
]


def check(parts):
    missing = {part for part, _, _ in ROWS} - parts.keys()
    if missing:
        raise Unproven(f"no figures of {', '.join(sorted(missing))}")
    for part, figure, expected in TRUTHS:
        wanted = parts[part][expected] if isinstance(expected, str) else expected
        if parts[part][figure] != wanted:
            raise Unproven(f"{part}: {figure} is {parts[part][figure]}, not {wanted}")


def lines_of(found):
    """The table's lines. Unproven: something is missing, or is not as it must be."""
    parts = {figures["part"]: figures for figures in found}
    try:
        check(parts)
        rows = [f"| {what} | {figure(parts[part])} | `{parts[part]['command']}` |" for part, what, figure in ROWS]
    except KeyError as error:
        raise Unproven(f"a figure is missing: {error}") from error
    lost, doubled = (sum(parts[part][figure] for part in NOTHING_LOST) for figure in ("lost", "doubled"))
    return ["| What | Figure | Again by |", "|---|---|---|", *rows,
            f"| **acknowledged events lost · doubled: in simulated worlds, power cuts, kills and the time-lapse** | "
            f"**{lost} · {doubled}** | `make proof` |"]


def replaced(text, lines):
    body = "\n".join([BEGIN, *lines, END])
    if text.count(BEGIN) == 1 and text.count(END) == 1 and text.index(BEGIN) < text.index(END):
        return text[:text.index(BEGIN)] + body + text[text.index(END) + len(END):]
    if BEGIN in text or END in text or text.count(HEADING) != 1:
        raise Unproven("there is no one place for the table")
    return text.replace(HEADING, f"\n{body}\n{HEADING}")


def write(path, found):
    """Writes the table into the file, whole or not at all."""
    with open(path, encoding="utf-8") as file:
        text = replaced(file.read(), lines_of(found))
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)
