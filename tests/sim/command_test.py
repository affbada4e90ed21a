#!/usr/bin/python3
"""The simulator as a command: what it refuses, what it says of a world, and its last words when it ends in the middle.

Usage: command_test.py SIMULATOR
"""
import json
import re
import signal
import subprocess
import sys

SIMULATOR = sys.argv[1]
VIOLATED, USAGE = 1, 64
SECONDS_MAX = 120


def ran(*words):
    return subprocess.run([SIMULATOR, *words], capture_output=True, text=True, timeout=SECONDS_MAX, check=False)


def seeds_are_named_once():
    for words in (["--seed", "1", "--seeds", "1..2"], ["--seeds", "1..2", "--seed", "1"], ["--seed", "1", "--seed", "2"],
                  [], ["--seeds", "2..1"], ["--seeds", "1..2", "--trace"]):
        refused = ran(*words)
        assert refused.returncode == USAGE and not refused.stdout, (words, refused)


def ended_by(number, *options):
    """Exit code and last words of a world that a signal ends in its middle."""
    words = [SIMULATOR, "--seed", "3", "--trace", "--hours", "8000", "--events", "9000", *options]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as world:
        assert world.stdout.readline(), "nothing happens"
        world.send_signal(number)
        _, said = world.communicate(timeout=SECONDS_MAX)
    return world.returncode, said


def a_sudden_end_names_seed_invariant_commit_and_the_line_to_run_again():
    options = ["--without", "power_loss", "--without", "rot"]
    for number, why in ((signal.SIGABRT, "broke an invariant of the code"), (signal.SIGSEGV, "touched memory"),
                        (signal.SIGBUS, "touched memory"), (signal.SIGVTALRM, "never came to an end")):
        code, said = ended_by(number, *options)
        words = re.search(r"^seed 3 VIOLATED alive: it (.*)\n  commit \S+\n  again:  (.*)\n", said, re.MULTILINE)
        assert code == VIOLATED and words and words.group(1).startswith(why), (number, code, said)
        again = f"{SIMULATOR} --seed 3 --trace --hours 8000 --events 9000 {' '.join(options)}"
        assert words.group(2) == again, said


def hash_of(*words):
    told = ran(*words)
    found = re.search(r"^hash ([0-9a-f]{16})", told.stdout, re.MULTILINE)
    assert told.returncode == 0 and found, told
    return found.group(1)


def the_same_seeds_have_the_same_hash_however_many_processes_run_them():
    hashes = {hash_of("--seeds", "1..3", "--jobs", jobs) for jobs in ("1", "1", "2")}
    assert len(hashes) == 1, hashes
    figures = json.loads(ran("--seeds", "1..3", "--json").stdout)
    assert {figures["hash"]} == hashes, (figures, hashes)
    assert hash_of("--seeds", "1..2") not in hashes, hashes


def one_seed_tells_its_faults_by_kind():
    told = ran("--seed", "2")
    kinds = json.loads(ran("--seed", "2", "--json").stdout)["faults"]
    counts = [int(count) for count in re.findall(r"^ +(\d+)  ", told.stdout, re.MULTILINE)]
    assert counts and counts == [count for count in kinds.values() if count], told.stdout


def main():
    for check in (seeds_are_named_once, a_sudden_end_names_seed_invariant_commit_and_the_line_to_run_again,
                  the_same_seeds_have_the_same_hash_however_many_processes_run_them, one_seed_tells_its_faults_by_kind):
        check()
        print(check.__name__.replace("_", " "))


if __name__ == "__main__":
    main()
