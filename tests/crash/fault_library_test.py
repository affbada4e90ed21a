#!/usr/bin/python3
"""The preloaded library (tests/fault) does what its header says: seen from a Python process that makes the calls itself.

Usage: MANYI_TESTS=build/tests tests/crash/fault_library_test.py
"""
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

TESTS = os.environ.get("MANYI_TESTS", "build/tests")
LIBRARY, RECOVER = os.path.join(TESTS, "libmanyi_fault.so"), os.path.join(TESTS, "recover")
KINDS = ("open pwrite pwritev write writev ftruncate fallocate fsync fdatasync msync rename unlink mkdir rmdir mmap "
         "malloc calloc realloc memalign").split()
BEGIN = ("import errno, os, sys\n"
         "def told(call, *words):\n"
         "    try: return call(*words)\n"
         "    except OSError as error: return errno.errorcode[error.errno]\n"
         "top = sys.argv[1]\n"
         "fd = os.open(top + '/a', os.O_RDWR | os.O_CREAT)\n")


class Bench:
    """A watched folder, and what a script told when it was run under a plan."""

    def __init__(self, top):
        self.top, self.counts, self.record = os.path.join(top, "watched"), os.path.join(top, "counts"), os.path.join(top, "log")
        os.mkdir(self.top)

    def run(self, script, call="", at="", do="", **more):
        shutil.rmtree(self.top)
        os.mkdir(self.top)
        for path in (self.counts, self.record):
            if os.path.exists(path):
                os.unlink(path)
        plan = {"DIR": self.top, "CALL": call, "AT": at, "DO": do, "COUNTS": self.counts, **more}
        environment = dict(os.environ, LD_PRELOAD=LIBRARY, PYTHONMALLOC="malloc",
                           **{f"MANYI_FAULT_{key}": value for key, value in plan.items() if value})
        out = subprocess.run([sys.executable, "-c", BEGIN + script, self.top], env=environment, capture_output=True,
                             text=True, timeout=60)
        self.code, self.said = out.returncode, out.stderr
        return out.stdout.split()

    def words(self):
        with open(self.counts, "rb") as file:
            return struct.unpack(f"<{4 + len(KINDS)}Q", file.read()[:8 * (4 + len(KINDS))])

    def size(self):
        return os.path.getsize(os.path.join(self.top, "a"))

    def recorded(self):
        """(call, phase, result, offset, bytes) of each half."""
        with open(self.record, "rb") as file:
            log = file.read()
        at = 0
        while at < len(log):
            length, call, phase, _, _, result, _, offset, _, _, path, other = struct.unpack_from("<IHHQQqQQQIHH", log, at)
            yield KINDS[call], phase, result, offset, log[at + 64 + path + other:at + length]
            at += length


def the_nth_call_fails_and_nothing_of_it_is_done(bench):
    script = "print(*[told(os.pwrite, fd, b'abcd', 4 * i) for i in range(4)])"
    assert bench.run(script, "pwrite", "3", "ENOSPC") == ["4", "4", "ENOSPC", "4"], bench.said
    assert bench.words()[:4] == (4, 1, 3, 0), bench.words()
    assert bench.run(script, "pwrite", "3+", "EIO") == ["4", "4", "EIO", "EIO"], bench.said
    assert bench.size() == 8


def a_short_write_says_so(bench):
    assert bench.run("print(os.write(fd, b'abcdef'), os.writev(fd, [b'gh', b'ijkl']))", "writes", "2", "short") == ["6", "3"]
    assert bench.size() == 9


def a_kill_comes_before_within_or_after_the_call(bench):
    for do, size in (("kill-before", 4), ("kill-within", 6), ("kill-after", 8)):
        bench.run("os.pwrite(fd, b'abcd', 0); os.pwrite(fd, b'efgh', 4); os.pwrite(fd, b'ijkl', 8)", "pwrite", "2", do)
        assert (bench.code, bench.size()) == (-signal.SIGKILL, size), (do, bench.code, bench.size())
        assert bench.words()[1] == 1


def durable_calls_are_syncs_and_writes_through_synchronous_descriptors(bench):
    script = ("d = os.open(top + '/a', os.O_WRONLY | os.O_DSYNC)\n"
              "print(told(os.pwrite, fd, b'a', 0), told(os.fsync, fd), told(os.fdatasync, fd), told(os.pwrite, d, b'a', 0))")
    assert bench.run(script, "durable", "3", "EIO") == ["1", "None", "None", "EIO"], bench.said


def names_and_sizes_are_watched(bench):
    script = ("print(told(os.mkdir, top + '/../watched/b'), told(os.rename, top + '/a', top + '/c'), told(os.unlink, top + '/c'),"
              "told(os.ftruncate, fd, 9), told(os.rmdir, top + '/b'), told(os.open, top + '/c', os.O_RDONLY),"
              "told(os.posix_fallocate, fd, 0, 4))")
    told = bench.run(script, "mkdir,rename,unlink,ftruncate,rmdir,open,fallocate", "2+", "EACCES")
    assert told == ["EACCES"] * 7, (told, bench.said)
    counted = dict(zip(KINDS, bench.words()[4:]))
    assert all(counted[kind] == 1 for kind in ("mkdir", "rename", "unlink", "ftruncate", "rmdir", "fallocate")), counted
    assert counted["open"] == 2, counted


def what_lies_elsewhere_passes(bench):
    script = "print(told(os.open, '/dev/null', os.O_RDONLY) > 2, told(os.open, top + '/../elsewhere', os.O_RDONLY))"
    assert bench.run(script, "open", "2+", "EIO") == ["True", "ENOENT"], bench.said
    script = "print(told(os.open, top + '/yes', os.O_CREAT), told(os.open, top + '/no', os.O_CREAT) > 2)"
    assert bench.run(script, "open", "1+", "EMFILE", PATH="/yes") == ["EMFILE", "True"], bench.said


def a_plan_may_change_while_the_process_runs(bench):
    script = ("import mmap, struct\n"
              "plan = mmap.mmap(os.open(os.environ['MANYI_FAULT_COUNTS'], os.O_RDWR), 4096)\n"
              "first = told(os.fsync, fd)\n"
              "struct.pack_into('<2Q', plan, 16, struct.unpack_from('<Q', plan)[0] + 1, 1)\n"
              "print(first, told(os.fsync, fd), told(os.fsync, fd))")
    assert bench.run(script, "fsync", "0", "EIO") == ["None", "EIO", "EIO"], bench.said


def memory_runs_out_for_one_caller(bench):
    script = ("import mmap, struct\n"
              "plan = mmap.mmap(os.open(os.environ['MANYI_FAULT_COUNTS'], os.O_RDWR), 4096)\n"
              "words = (struct.unpack_from('<Q', plan)[0] + 1, 1)\n"
              "struct.pack_into('<2Q', plan, 16, *words)\n"
              "bytearray(100000)\n")
    bench.run(script, "heap", "0", "ENOMEM")
    assert bench.code == 1 and "MemoryError" in bench.said, (bench.code, bench.said)
    bench.run(script, "heap", "0", "ENOMEM", CALLER="liblmdb")
    assert bench.code == 0 and bench.words()[0] == 0, (bench.code, bench.said)


def what_the_disk_was_asked_to_do_is_recorded(bench):
    bench.run("os.pwrite(fd, b'abcd', 8); os.lseek(fd, 3, 0); os.writev(fd, [b'ef', b'gh']); os.fsync(fd)\n"
              "os.rename(top + '/a', top + '/b')", RECORD=bench.record)
    halves = [half for half in bench.recorded() if half[0] != "open"]
    assert halves == [("pwrite", 0, 0, 8, b"abcd"), ("pwrite", 1, 4, 8, b""), ("writev", 0, 0, 3, b"efgh"), ("writev", 1, 4, 3, b""),
                      ("fsync", 0, 0, 0, b""), ("fsync", 1, 0, 0, b""), ("rename", 0, 0, 0, b""), ("rename", 1, 0, 0, b"")], halves
    bench.run("os.pwrite(fd, b'abcd', 0)", "pwrite", "1", "kill-within", RECORD=bench.record)
    assert list(bench.recorded())[-2:] == [("pwrite", 0, 0, 0, b"ab"), ("pwrite", 1, 2, 0, b"")]


def a_rename_between_two_folders_is_whole_once_both_are_synced(bench):
    script = ("[os.mkdir(top + '/' + name) for name in 'bc']\n"
              "b, c, all = (os.open(top + '/' + name, os.O_RDONLY) for name in ('b', 'c', ''))\n"
              "os.close(os.open(top + '/b/x', os.O_RDWR | os.O_CREAT))\n"
              "[os.fsync(one) for one in (b, c, all)]\n"
              "os.rename(top + '/b/x', top + '/c/y')\n"
              "os.fsync(c)\n")
    for more, found in (("", ["b/x", "c/y"]), ("os.fsync(b)\n", ["c/y"])):
        bench.run(script + more, RECORD=bench.record)
        laid = os.path.join(os.path.dirname(bench.top), "laid")
        shutil.rmtree(laid, ignore_errors=True)
        os.mkdir(laid)
        subprocess.run([RECOVER, bench.record, bench.top, "-", laid, "lay", str(1 << 31), "all", "1"], check=True)
        names = sorted(os.path.relpath(os.path.join(folder, name), laid) for folder, _, files in os.walk(laid) for name in files)
        assert names == ["a", *found], names


def a_wrong_plan_ends_the_process(bench):
    for wrong in ({"call": "fsink"}, {"call": "fsync", "at": "x"}, {"call": "fsync", "do": "EWRONG"}):
        bench.run("", **wrong)
        assert bench.code == 99 and "is wrong" in bench.said, (wrong, bench.code, bench.said)


def main():
    cases = [case for case in globals().values() if callable(case) and getattr(case, "__code__", None)
             and case.__code__.co_varnames[:1] == ("bench",)]
    for case in cases:
        with tempfile.TemporaryDirectory(prefix="manyi-fault-") as top:
            case(Bench(top))
    print(f"{len(cases)} abilities of {os.path.basename(LIBRARY)} seen")


if __name__ == "__main__":
    main()
