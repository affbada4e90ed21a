#!/usr/bin/python3
"""Starts that fail: one line that names what is in the way, and nothing of anybody else's is touched.

Usage: MANYI=build/manyi tests/smoke/start_smoke.py
"""
import atexit
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import MANYI, Server, free_base_port  # noqa: E402

PAGE = os.sysconf("SC_PAGE_SIZE")
POLICY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "policy.yaml")


def refused(*words, code, says, **how):
    out = subprocess.run([MANYI, *words], capture_output=True, text=True, timeout=60, **how)
    assert out.returncode == code, f"{words}: {out.returncode}, not {code}: {out.stderr}"
    assert out.stderr.startswith("manyi: E") and out.stderr.count("\n") == 1, out.stderr
    for word in (*says, " Fix: "):
        assert word in out.stderr, f"{word!r} is not in {out.stderr!r}"
    return out.stderr


def wait_for(path, process):
    deadline = time.monotonic() + 60
    while not os.path.exists(path):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, path


def held(port):
    """A port that somebody else listens on."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", port))
    holder.listen()
    return holder


def the_port_that_is_taken_is_named(top):
    base = free_base_port()
    for offset in (1, 2, 3, 4, 5):
        fresh = os.path.join(top, "parents", "made", "data")
        with held(base + offset):
            refused("serve", "--dir", fresh, "--base-port", str(base), code=69, says=["E1406", f":{base + offset}."])
        assert not os.path.exists(os.path.join(top, "parents")), f"port {offset}: something was left behind"


def what_was_there_before_stays(top):
    directory = os.path.join(top, "mine")
    os.mkdir(directory)
    with open(os.path.join(directory, "notes"), "w", encoding="ascii") as file:
        file.write("keep")
    base = free_base_port()
    with held(base + 5):
        refused("serve", "--dir", directory, "--base-port", str(base), code=69, says=["E1406"])
    assert os.listdir(directory) == ["notes"]


def a_neighbour_in_the_same_directory_stays(top):
    """Intake makes the directory and stops at its rulebook, a pipe; the worker moves in; then the rulebook is nonsense."""
    directory, rulebook = os.path.join(top, "shared"), os.path.join(top, "rulebook")
    base = str(free_base_port())
    os.mkfifo(rulebook)
    intake = subprocess.Popen([MANYI, "run", "intake", "--dir", directory, "--base-port", base, "--policy", rulebook],
                              stderr=subprocess.PIPE, text=True)
    with open(POLICY, "rb") as good, open(rulebook, "wb") as pipe:
        pipe.write(good.read())
    wait_for(os.path.join(directory, "journal", "000001", "data.mdb"), intake)
    worker = subprocess.Popen([MANYI, "run", "worker", "--dir", directory, "--base-port", base],
                              stderr=subprocess.PIPE, text=True)
    atexit.register(worker.kill)
    wait_for(os.path.join(directory, "state", "data.mdb"), worker)
    wait_for(os.path.join(directory, "run", "query-trusted.sock"), worker)  # it has moved in: `run` is its own, too
    with open(rulebook, "wb") as pipe:
        pipe.write(b"nonsense: [")
    assert intake.wait(60) == 78, intake.stderr.read()
    intake.stderr.close()
    assert os.path.exists(os.path.join(directory, "state", "data.mdb")), "the neighbour's store is gone"
    assert os.path.exists(os.path.join(directory, "worker.lock")), "the neighbour's lock is gone"
    assert not os.path.exists(os.path.join(directory, "journal")), "intake's own was left behind"
    assert not os.path.exists(os.path.join(directory, "lock")), "intake's own was left behind"
    worker.terminate()
    assert worker.wait(60) == 0, worker.stderr.read()
    worker.stderr.close()


def what_is_no_directory_is_named(top):
    file = os.path.join(top, "file")
    with open(file, "w", encoding="ascii"):
        pass
    for directory in (file, os.path.join(file, "data"), os.path.join(file, "deeper", "data")):
        refused("serve", "--dir", directory, "--base-port", str(free_base_port()), code=73, says=["E1415", f" {file}."])


def too_few_descriptors_are_refused(top):
    fresh = os.path.join(top, "few")

    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (255, 255))

    refused("serve", "--dir", fresh, "--base-port", str(free_base_port()), code=69,
            says=["E1414", "255", "256", "ulimit -n", "LimitNOFILE"], preexec_fn=few)
    assert not os.path.exists(fresh)


def files_that_make_no_sense_are_named(top):
    listed = os.path.join(top, "list.conf")
    with open(listed, "w", encoding="ascii") as file:
        file.write("- base_port\n")
    said = refused("serve", "--config", listed, code=78, says=["E1502", listed])
    assert ":0" not in said, said
    large = os.path.join(top, "large.yaml")
    with open(large, "wb") as file:
        file.write(b"#" * (1024 * 1024 + 1))
    fresh = ["serve", "--dir", os.path.join(top, "large")]
    odd = os.path.join(top, "odd.yaml")
    with open(odd, "w", encoding="ascii") as file:
        file.write("stores: 3\n")
    # what is configured is configuration (78), what a command is given is data (65)
    for words, code, says in (
            ([*fresh, "--policy", large], 78, ["E1501", large, "larger than 1 MiB"]),
            (["policy", "check", large], 65, ["E1501", large, "larger than 1 MiB"]),
            (["policy", "adopt", large, "--by", "du.heng"], 65, ["E1501", large, "larger than 1 MiB"]),
            ([*fresh, "--roster", odd], 78, ["E1504", odd, "line 1"]),
            (["roster", "check", large], 65, ["E1504", large, "larger than 1 MiB"]),
            (["roster", "check", odd], 65, ["E1504", odd, "line 1"]),
            (["roster", "adopt", odd, "--by", "du.heng"], 65, ["E1504", odd, "line 1"])):
        refused(*words, code=code, says=says)


def a_file_that_was_cut_is_named(top):
    """Each store in turn, cut to nothing, to less than a page, and to two pages of many."""
    directory = os.path.join(top, "cut")
    server = Server(directory).start()
    server.stop()
    for store in ("journal/000001", "state", "outlet"):
        path = os.path.join(directory, store, "data.mdb")
        with open(path, "rb") as file:
            whole = file.read()
        assert len(whole) > 2 * PAGE, store
        for size in (0, 100, 2 * PAGE):
            with open(path, "wb") as file:
                file.write(whole[:size])
            refused("serve", "--dir", directory, "--base-port", str(server.base), code=74,
                    says=["E1402", os.path.join(directory, store)])
            assert os.path.getsize(path) == size, f"{path} of {size} bytes was written to"
        with open(path, "wb") as file:
            file.write(whole)
    server.start().stop()


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-start-") as top:
        the_port_that_is_taken_is_named(top)
        what_was_there_before_stays(top)
        a_neighbour_in_the_same_directory_stays(top)
        what_is_no_directory_is_named(top)
        too_few_descriptors_are_refused(top)
        files_that_make_no_sense_are_named(top)
        a_file_that_was_cut_is_named(top)
    print("starts that failed said why, and left everything as it was")


if __name__ == "__main__":
    main()
