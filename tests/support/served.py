"""What the Python tests share: a `manyi serve` of their own, frames by PROTOCOL.md, the command with --json.

Nothing of Manyi's own code is used: python3-zmq carries, python3-msgpack packs.
"""
import atexit
import json
import os
import signal
import subprocess
import sys
import time

import msgpack
import zmq

from ports import free_base_port

MANYI = os.environ.get("MANYI", "build/manyi")
ANSWER_MS = 20_000


class Server:
    """`manyi serve` on a directory; started, killed and stopped by its own process id."""

    def __init__(self, directory, base=None, words=()):
        self.directory, self.base, self.words, self.process = directory, base or free_base_port(), words, None

    def start(self):
        self.process = subprocess.Popen(
            [MANYI, "serve", "--dir", self.directory, "--base-port", str(self.base), *self.words],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)  # a failed test leaves no server behind
        self.seen = seen = []  # what it said until it was ready
        for line in self.process.stderr:
            seen.append(line)
            if line.rstrip().endswith("ready"):
                return self
        sys.exit("serve did not become ready:\n" + "".join(seen))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        said = self.process.stderr.read()
        self.process.stderr.close()
        assert code == 0, f"serve ended with {code}: {said}"

    def endpoint(self, offset):
        return f"tcp://127.0.0.1:{self.base + offset}"

    def memory_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(next(line for line in status if line.startswith("VmRSS")).split()[1])

    def cli(self, *words, code=0):
        """A command's --json output."""
        out = subprocess.run([MANYI, *words, "--dir", self.directory, "--base-port", str(self.base), "--json"],
                             capture_output=True, text=True, timeout=300)
        assert out.returncode == code, f"manyi {' '.join(words)}: {out.returncode}\n{out.stdout}{out.stderr}"
        return json.loads(out.stdout) if out.stdout.strip() else None

    def wait_folded(self, seconds=120):
        deadline = time.monotonic() + seconds
        while True:
            status = self.cli("status")
            if status["worker"]["cursor"] >= status["journal"]["head"] and \
                    status["outlet"]["cursor"] >= status["journal"]["head"]:
                return status
            assert time.monotonic() < deadline, f"not at the head: {status}"


def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def unpack(data):
    return msgpack.unpackb(data, timestamp=0, strict_map_key=False)


def stamp(ms):
    return msgpack.Timestamp.from_unix_nano(ms * 1_000_000)


def now_ms():
    return int(time.time() * 1000)


class Peer:
    """A DEALER that sends the empty delimiter itself."""

    def __init__(self, context, endpoint):
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(endpoint)

    def send(self, verb, body):
        self.socket.send_multipart([b"", verb.encode(), body if isinstance(body, bytes) else pack(body)])

    def receive(self, wait_ms=ANSWER_MS):
        assert self.socket.poll(wait_ms), "no answer"
        frames = self.socket.recv_multipart()
        assert len(frames) == 3 and frames[0] == b"", frames
        return frames[1].decode(), unpack(frames[2])

    def ask(self, verb, body, wait_ms=ANSWER_MS):
        self.send(verb, body)
        return self.receive(wait_ms)

    def close(self):
        self.socket.close(0)
