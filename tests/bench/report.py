"""The benchmark's results as build/bench.json and as a page."""
import json
import os

from row import figure_text, median, samples_text

HEAD = """# Benchmarks

Made by `{command}`. Everybody gets the same events ({events}) on
the same machine, in the same run, in turns (A B A B); load programs share the cores with what they load. A figure is the median of
its rounds, with the least and the most behind it. Nothing is acknowledged before it is on disk, except where it is said. A target
that is missed says so, with its reason. `make bench` installs what it needs, builds, measures and writes this page.

{machine}
"""
EVENTS = "229-byte ratings of 12 stores, 2 % of them low, one complaint per 1,000"


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def peers_of(rows):
    """All peers of a table, in the order in which they are first named."""
    return list(dict.fromkeys(name for row in rows for name in row.peers))


def table(rows):
    peers = peers_of(rows)
    floor = any(row.floor for row in rows)
    heads = ["what", "Manyi", *peers, *(["floor", "of the floor"] if floor else []), "target", ""]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        cells = [f"{row.name}, {row.unit}", f"**{samples_text(row.manyi)}**" if row.manyi else "not measured"]
        cells += [absent_or(row.peers.get(name)) for name in peers]
        if floor:
            cells += [samples_text(row.floor) if row.floor else "", f"{row.ratio:.2f} ×" if row.ratio else ""]
        cells += [row.target.text if row.target else "", row.verdict]
        lines.append("| " + " | ".join(cell(text) for text in cells) + " |")
    return "\n".join(lines)


def absent_or(samples):
    """A peer that could not be measured says so; one that the line does not concern leaves its place empty."""
    return "" if samples is None else f"not measured: {samples}" if isinstance(samples, str) else samples_text(samples)


def notes(rows):
    lines = []
    for row in rows:
        if row.note:
            lines.append(f"- {row.name}: {row.note}")
        if row.met is False:
            lines.append(f"- **missed**, {row.name}: {figure_text(row.median)} {row.unit}, target {row.target.text}. {row.reason or 'The reason is not known.'}")
    again = dict.fromkeys(row.command for row in rows if row.command)
    lines += [f"- again: `{command}`" for command in again]
    return "\n".join(lines)


def page(groups, machine_text, command):
    """groups: [(title, text, rows, failure or None)]"""
    parts = [HEAD.format(command=command, events=EVENTS, machine=machine_text)]
    for number, (title, text, rows, failure) in enumerate(groups, 1):
        parts.append(f"\n## {number}. {title}\n")
        if text:
            parts.append(text.strip() + "\n")
        if rows:
            parts.append(table(rows) + "\n")
            if notes(rows):
                parts.append(notes(rows) + "\n")
        if failure:
            parts.append(f"**Not measured to the end:** {failure}\n")
    return "\n".join(parts)


BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def summary(groups):
    """What was promised and what came of it, for README.md: medians alone."""
    rows = [row for _, _, found, _ in groups for row in found if row.target]
    peers = peers_of(rows)
    lines = [" | ".join(["| What", "Manyi", *peers, "floor", "target", "|"]).rstrip(), "|" + "---|" * (len(peers) + 5)]
    for row in rows:
        others = [figure_text(row.peer(name)) if row.peer(name) is not None else "not measured" if name in row.peers else "" for name in peers]
        cells = [f"{row.name}, {row.unit}", f"**{figure_text(row.median)}**", *others, figure_text(median(row.floor)) if row.floor else "",
                 row.target.text, row.verdict]
        lines.append("| " + " | ".join(cell(text) for text in cells) + " |")
    return "\n".join(lines)


def replaced(text, table):
    """The text with the table between its two comments; ValueError when it has no such place."""
    if not (text.count(BEGIN) == 1 == text.count(END) and text.index(BEGIN) < text.index(END)):
        raise ValueError("there is no one place for the table")
    return text[:text.index(BEGIN)] + "\n".join([BEGIN, table, ""]) + text[text.index(END):]


def document(groups, machine):
    rows = [{"group": title, **row.as_json()} for title, _, found, _ in groups for row in found]
    return {"machine": machine, "rows": rows, "failures": {title: failure for title, _, _, failure in groups if failure}}


def write(path, text):
    """All of it or nothing: who reads it meanwhile sees the one before."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def write_json(path, value):
    write(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")
