"""Instructions per event of each station, by callgrind; the guard in the tests is instructions.py."""
import os

import instructions
from row import Row
from stand import Absent

GROUP = 7
TITLE = "Instructions per event"
TEXT = ("Counted by callgrind in the build `dev`, the same on a busy machine as on a quiet one. A test fails when one grows by more than "
        f"{instructions.TOLERANCE:.0%}. ".replace("%", " %") + "check: a PUT of 128 from its arrival to its ACK, decoding included, the journal "
        "left out; fold: silently, decoding and commits included.")


def run(stand):
    program = stand.program("bench_instructions")
    command = "tests/bench/instructions.py build/tests/bench_instructions"
    try:
        counted = instructions.count_all(os.path.abspath(program))
    except SystemExit as why:
        raise Absent(str(why)) from why
    for part, figure in counted.items():
        yield Row(part, "instructions an event", higher_is_better=False, manyi=[figure], command=command)
