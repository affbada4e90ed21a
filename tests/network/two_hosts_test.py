#!/usr/bin/python3
"""Two hosts and the wire between them: a publisher with a session and a subscriber on one, `manyi serve` with keys on the other.

The wire is cut, slowed and healed, somebody's key revoked and the server killed, in the middle of 20,000 events: each is in the journal once, in order, and
the subscriber has every complaint. Hosts are network namespaces; where they can't be made this says so and exits with 77.

Usage: MANYI=build/manyi tests/network/two_hosts_test.py build/clients/c/libmanyi.so
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from _keyed import MANYI, KeyedServer, SKIPPED, people_make

EVENTS, COMPLAINT_EVERY, PATIENCE_S, CUT_S, SLOW_S = 20_000, 200, 60, 1.2, 1.5
SHOP, HALL = "10.231.47.1", "10.231.47.2"  # who publishes, who serves
HERE = os.path.dirname(os.path.abspath(__file__))


def run(*words):
    out = subprocess.run(words, capture_output=True, text=True, timeout=30)
    assert out.returncode == 0, f"{' '.join(words)}: {out.stderr}"


class Wire:
    """Two namespaces and a pair of virtual cables, gone with the test."""

    def __init__(self):
        self.shop, self.hall = f"manyi-shop-{os.getpid()}", f"manyi-hall-{os.getpid()}"

    def sweep(self):
        """What tests have left behind that were killed."""
        listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
        for name in (line.split()[0] for line in listed.splitlines() if line.startswith(("manyi-shop-", "manyi-hall-"))):
            if not os.path.exists(f"/proc/{name.rsplit('-', 1)[1]}"):
                subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def make(self):
        for name in (self.shop, self.hall):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", self.shop, "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", self.hall)
        for name, address in ((self.shop, SHOP), (self.hall, HALL)):
            run("ip", "-n", name, "address", "add", f"{address}/30", "dev", "wire")
            run("ip", "-n", name, "link", "set", "wire", "up")

    def remove(self):
        for name in (self.shop, self.hall):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def cut(self):
        run("ip", "-n", self.hall, "link", "set", "wire", "down")

    def heal(self):
        run("ip", "-n", self.hall, "link", "set", "wire", "up")

    def slow(self):
        for name in (self.shop, self.hall):
            run("tc", "-n", name, "qdisc", "add", "dev", "wire", "root", "tbf", "rate", "400kbit", "burst", "4kb",
                "latency", "50ms")

    def quicken(self):
        for name in (self.shop, self.hall):
            run("tc", "-n", name, "qdisc", "del", "dev", "wire", "root")


class FarServer(KeyedServer):
    """In the hall's namespace: another network than the test's own."""

    def __init__(self, wire, directory, who):
        super().__init__(directory, who, words=("--host", HALL))
        self.wire = wire

    def start(self):
        command = ["ip", "netns", "exec", self.wire.hall, MANYI, "serve", "--dir", self.directory, "--base-port",
                   str(self.base), *self.words]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = []
        for line in self.process.stderr:
            said.append(line)
            if line.rstrip().endswith("ready"):
                return self
        sys.exit("serve did not become ready:\n" + "".join(said))


class Clients:
    def __init__(self, wire, library, key, base):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", wire.shop, sys.executable, os.path.join(HERE, "_clients.py"), library, key, HALL,
             str(base), str(EVENTS), str(COMPLAINT_EVERY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answered = 0

    def wait_answered(self, count):
        while self.answered < count:
            line = self.process.stdout.readline()
            assert line, f"the clients have ended with {self.process.wait(30)}"
            self.answered = json.loads(line).get("answered", self.answered)

    def cards(self):
        self.process.stdin.write("cards\n")
        self.process.stdin.flush()
        while True:
            said = json.loads(self.process.stdout.readline())
            if "cards" in said:
                return said

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)


def for_a_while(seconds):
    """The length of a fault: nothing is waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.05)


def journal_of(wire, server, key):
    """Recounted in the shop's namespace, by another program than the one that published."""
    code = ("import sys, json, zmq; sys.path.insert(0, sys.argv[1])\n"
            "from _keyed import KeyedPeer, journal_entries\n"
            "peer = KeyedPeer(zmq.Context(), sys.argv[2], sys.argv[3])\n"
            "print(json.dumps([(seq, event['source'], event['id']) for seq, event in journal_entries(peer, 'outside')]))")
    out = subprocess.run(["ip", "netns", "exec", wire.shop, sys.executable, "-c", code, HERE, f"tcp://{HALL}:{server.base + 2}", key],
                         capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)


def story(wire, library, top):
    data = os.path.join(top, "data")
    os.mkdir(data, 0o750)
    keys = people_make(data, {
        "bay-03": ["--kind", "device", "--role", "publisher", "--role", "group", "--store", "all", "--department", "all",
                   "--source", "/stores/*"],
        "former": ["--kind", "person", "--role", "handler", "--store", "all", "--department", "all"],
        "auditor": ["--kind", "person", "--role", "auditor", "--store", "all", "--department", "all"]})
    server = FarServer(wire, data, keys["auditor"]).start()
    clients = Clients(wire, library, keys["bay-03"], server.base)
    try:
        clients.wait_answered(3000)
        wire.cut()
        for_a_while(CUT_S)
        wire.heal()
        clients.wait_answered(7000)
        wire.slow()
        for_a_while(SLOW_S)
        wire.quicken()
        clients.wait_answered(10000)
        run(MANYI, "key", "revoke", "former", "--dir", data)  # every connection ends by it
        clients.wait_answered(14000)
        server.kill()
        server.start()
        clients.wait_answered(EVENTS)
        ids = [(seq, name) for seq, source, name in journal_of(wire, server, keys["auditor"])
               if source == "/stores/sh-pudong/service/bay-03"]
        assert [name for _, name in ids] == [f"e-{number}" for number in range(EVENTS)], "each once, in order"
        complaints = {f"C-{seq}" for seq, name in ids if int(name[2:]) % COMPLAINT_EVERY == 0}
        deadline = time.monotonic() + PATIENCE_S
        while True:
            told = clients.cards()
            if set(told["cards"]) == complaints:
                break
            assert time.monotonic() < deadline, f"the subscriber has {len(told['cards'])} of {len(complaints)}"
            time.sleep(0.05)
        assert told["in_order"] and told["refused"] == 0, told
        clients.end()
        server.stop()
    finally:
        for process in (clients.process, server.process):
            if process.poll() is None:
                process.kill()


def main():
    library, wire = sys.argv[1], Wire()
    try:
        wire.sweep()
        wire.make()
    except (AssertionError, OSError) as refused:
        if shutil.which("ip"):
            wire.remove()
        print(f"SKIPPED: no network namespaces here: {refused}")
        sys.exit(SKIPPED)
    try:
        with tempfile.TemporaryDirectory(prefix="manyi-two-hosts-") as top:
            story(wire, library, top)
    finally:
        wire.remove()
    print(f"{EVENTS} events through a cut, a slow wire, a revoked key and a killed server: each once, in order")


main()
