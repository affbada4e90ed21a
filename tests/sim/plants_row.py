"""Bugs that a good engineer could make, to be planted one at a time: each must be caught by the simulator.

A row: name, story, file, the text that is there exactly once and what stands there instead (pairs, where one is not
enough), within how many seeds it must be caught, and by which invariants (the words before the colon in the simulator's
message; "alive" is an assertion of our own that ended the process). A row whose text is not found any more is an error:
`plants.py check`.
"""
import collections

Plant = collections.namedtuple("Plant", "name story file edits seeds_max invariants")

PLANTS = []

ACKED, CONSUMED, FENCED, TIME = "acked once", "consumed for ever", "fenced", "time never goes back"
LEVEL, STUCK, ALIVE, DAMAGE = "level never falls", "stuck", "alive", "damage is told"
ONCE, COMPLETE, CAUGHT_UP, PUNCTUAL, TOLD = "announced once", "complete", "caught up", "punctual", "really told"
STATE = "equals the oracle", "known to the oracle", "armed"
SERVED = "served as it is", "n rises", CAUGHT_UP


def plant(name, story, file, edits, seeds_max, *invariants):
    PLANTS.append(Plant(name, story, file, edits, seeds_max, invariants))
