#!/usr/bin/python3
"""The planted bugs as text: what is in the production code, and what stands there instead.

plants.py list            name and file of each, a line each (for CMake)
plants.py make NAME OUT   writes the mutated copy of its one source file
plants.py check           every text is in its file exactly once
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import plants_reviewed  # noqa: E402,F401
import plants_table  # noqa: E402,F401
from plants_row import PLANTS  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def mutate(row, source):
    """The source with the bug. A text of the table may begin or end in the middle of a line."""
    for old, new in row.edits:
        old, new = old.strip("\n"), new.strip("\n")
        found = source.count(old)
        if found != 1:
            sys.exit(f"{row.name}: its text is {found} times in {row.file}, not once:\n{old}")
        if old == new:
            sys.exit(f"{row.name}: nothing changes in {row.file}")
        source = source.replace(old, new)
    return source


def mutated(row):
    path = os.path.join(ROOT, row.file)
    with open(path, encoding="utf-8") as file:
        source = mutate(row, file.read())
    return f'#line 1 "{os.path.abspath(path)}"\n{source}'


def check():
    names = [row.name for row in PLANTS]
    assert len(set(names)) == len(names), "a name stands twice"
    for row in PLANTS:
        assert row.invariants and row.seeds_max > 0 and row.story, row.name
        mutated(row)
    print(f"{len(PLANTS)} bugs can be planted in {len({row.file for row in PLANTS})} files")


def main():
    words = sys.argv[1:]
    if words == ["list"]:
        for row in PLANTS:
            print(f"{row.name} {row.file}")
    elif words == ["check"]:
        check()
    elif len(words) == 3 and words[0] == "make":
        row = next((row for row in PLANTS if row.name == words[1]), None)
        if row is None:
            sys.exit(f"no bug is called {words[1]}")
        with open(words[2], "w", encoding="utf-8") as out:
            out.write(mutated(row))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
