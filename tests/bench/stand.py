"""Where the benchmark is run: programs, a disk, ports, servers that are started and ended by their process id.

Everything started here ends with the benchmark, however that ends: at the end of its `with`, and, should this process
be killed, by the kernel (PR_SET_PDEATHSIG, set before the program begins: `setpriv` sets it when it has begun).
"""
import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from ports import free_base_port  # noqa: E402

READY_S = 120
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class Absent(Exception):
    """Somebody cannot be measured here; the text says why, and stands in the table."""


class Failed(Exception):
    """A measurement went wrong; the text says how."""


def go_with_us():
    """In the child, before it becomes the program."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end(process, patience_s=30):
    """SIGTERM, then SIGKILL. The exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def last_words(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return " · ".join(file.read().split("\n")[-6:]).strip(" ·")


class Server:
    """A running server: its process, its first port, its folder. endpoint(1) is intake, as PROTOCOL.md counts."""

    def __init__(self, process, base, folder, log, ready_s):
        self.process, self.base, self.folder, self.log, self.ready_s = process, base, folder, log, ready_s
        self.pid = process.pid

    def endpoint(self, offset):
        return f"tcp://127.0.0.1:{self.base + offset}"

    def check(self):
        """Failed when it has died."""
        if self.process.poll() is not None:
            raise Failed(f"{os.path.basename(self.process.args[0])} died with {self.process.returncode}: {last_words(self.log)}")


class Stand:
    """One run. quick: minutes for all; huge: 100 million events, too; disk: the folder whose disk is measured; rounds: A B A B so many times."""

    def __init__(self, disk="/var/tmp", quick=False, manyi=None, programs=None, huge=False):
        self.disk, self.quick, self.huge = disk, quick, huge
        self.manyi = manyi or os.path.join(ROOT, "build-release", "manyi")
        self.programs = programs or os.path.join(ROOT, "build", "tests")
        self.rounds = 2 if quick else 5

    def choose(self, whole, quick):
        return quick if self.quick else whole

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def program(self, name):
        """The path of a measuring program; Absent when it was not built, which is so when a peer's library is missing."""
        path = os.path.join(self.programs, name)
        if not os.access(path, os.X_OK):
            raise Absent(f"{name} is not built")
        return path

    def installed(self, name):
        """The path of a peer's server; Absent when it is not installed."""
        path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if not path:
            raise Absent(f"{name} is not installed")
        return path

    @contextlib.contextmanager
    def folder(self):
        """A fresh folder on the measured disk; gone afterwards, and the disk at rest."""
        path = tempfile.mkdtemp(prefix="manyi-bench-", dir=self.disk)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
            os.sync()  # what one has left to write is not the next one's burden

    @contextlib.contextmanager
    def process(self, words, log, **options):
        """A process that goes with us."""
        with open(log, "ab") as file:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
                                       preexec_fn=go_with_us, **options)
        try:
            yield process
        finally:
            end(process)

    @contextlib.contextmanager
    def serve(self, folder, words=(), role=None, ready_s=READY_S, environment=None):
        """`manyi serve` (or `manyi run ROLE`) on a folder, until the end of the `with`. ready_s of it: seconds until it was.

        environment: what it gets besides ours."""
        base, log = free_base_port(), os.path.join(folder, "serve.log")
        command = [self.manyi, *(["run", role] if role else ["serve"]), "--dir", os.path.join(folder, "data"),
                   "--base-port", str(base), *words]
        begun = time.monotonic()
        with self.process(command, log, env={**os.environ, **(environment or {})}) as process:
            server = Server(process, base, folder, log, None)
            self.until(server, lambda: any(line.rstrip().endswith("ready") for line in open(log, encoding="utf-8")), ready_s)
            server.ready_s = time.monotonic() - begun
            yield server
            server.check()

    @contextlib.contextmanager
    def peer(self, words, port, folder, ready_s=30):
        """A peer's server, until it accepts connections at its port on loopback."""
        log = os.path.join(folder, "peer.log")
        with self.process(words, log, cwd=folder) as process:
            server = Server(process, port, folder, log, None)
            self.until(server, lambda: answers(port), ready_s)
            yield server
            server.check()

    def until(self, server, fact, seconds):
        deadline = time.monotonic() + seconds
        while not fact():
            server.check()
            if time.monotonic() > deadline:
                raise Failed(f"not ready after {seconds} s: {last_words(server.log)}")
            time.sleep(0.005)

    def free_port(self):
        return free_base_port()

    def run(self, words, seconds=120, server=None):
        """A measuring program's figures: the JSON object that is its last line. It ends when its server dies."""
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, start_new_session=True, preexec_fn=go_with_us)
        said = []
        reader = threading.Thread(target=lambda: said.extend(process.communicate()), daemon=True)
        reader.start()
        try:
            deadline = time.monotonic() + seconds
            while reader.is_alive():
                reader.join(0.05)
                if server and reader.is_alive():
                    server.check()
                if time.monotonic() > deadline:
                    raise Failed(f"not ended after {seconds} s: {' '.join(process.args)}")
        finally:
            if process.poll() is None:
                process.kill()
            reader.join(5)
        return self.figures(process, *said)

    @staticmethod
    def figures(process, out, err):
        lines = [line for line in out.splitlines() if line.startswith("{")]
        if process.returncode != 0 or not lines:
            raise Failed(f"{os.path.basename(process.args[0])} ended with {process.returncode}: {(err or out).strip()[-400:]}")
        return json.loads(lines[-1])

    def interleave(self, measures, rounds=None):
        """{name: measure()} in turn, round by round: A B C, A B C. {name: results}; a text instead when it cannot be measured.

        Of `measures`, one that fails is not tried again, and the others go on."""
        results = {name: [] for name in measures}
        for at in range(rounds or self.rounds):
            for name, measure in measures.items():
                if isinstance(results[name], str):
                    continue
                try:
                    results[name].append(measure())
                except (Absent, Failed) as why:
                    results[name] = str(why)
                    self.say(f"  {name}: {why}")
            self.say(f"  round {at + 1} done")
        return results


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def pick(results, key):
    """The samples of one figure: of [{"p50_ms": ...}, ...]; a text stays a text."""
    return results if isinstance(results, str) else [result[key] for result in results]
