"""`manyi serve` under the preloaded library of tests/fault, for tests that kill it or record what it asks of the disk."""
import atexit
import os
import shutil
import signal
import subprocess
import sys

from served import MANYI, Server

LIBRARY = os.path.join(os.environ.get("MANYI_TESTS", "build/tests"), "libmanyi_fault.so")


def preload():
    """LD_PRELOAD's value: a sanitized program wants its own runtime before anything else."""
    if os.environ.get("MANYI_SANITIZE") != "address":
        return LIBRARY
    runtime = subprocess.run(["ldd", MANYI], capture_output=True, text=True, check=True).stdout
    return ":".join([line.split()[2] for line in runtime.splitlines() if "libasan" in line] + [LIBRARY])


class FaultyServer(Server):
    """Started under a plan, it may die before it is ready."""

    def __init__(self, directory, watched, **more):
        super().__init__(directory, **more)
        self.watched, self.plan = watched, None
        if not os.path.exists(LIBRARY):
            sys.exit(f"{LIBRARY} is missing: build the tests, name their folder in MANYI_TESTS")

    def start_plan(self, call="", at=0, do="", path="", record=""):
        """Does not wait until it is ready."""
        self.seen = []
        self.plan = {"DIR": self.watched, "CALL": call, "AT": str(at), "DO": do, "PATH": path, "RECORD": record}
        environment = dict(os.environ, LD_PRELOAD=preload(),
                           **{f"MANYI_FAULT_{key}": value for key, value in self.plan.items() if value})
        self.process = subprocess.Popen(
            [MANYI, "serve", "--dir", self.directory, "--base-port", str(self.base), *self.words],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
        atexit.register(self.process.kill)
        return self

    def wait_ready(self):
        """False: the plan killed it before it was ready."""
        for line in self.process.stderr:
            self.seen.append(line)
            if line.rstrip().endswith("ready"):
                return True
        self.bury()
        return False

    def bury(self):
        """It has died, and of SIGKILL."""
        code = self.process.wait(60)
        self.seen += self.process.stderr.readlines()
        self.process.stderr.close()
        assert code == -signal.SIGKILL, f"ended with {code} under {self.plan}: {''.join(self.seen)}"

    def end(self):
        """Asked to end, it ends, or the plan kills it meanwhile."""
        self.process.terminate()
        code = self.process.wait(60)
        self.process.stderr.close()
        assert code in (0, -signal.SIGKILL), f"ended with {code} under {self.plan}"

    def remove(self):
        shutil.rmtree(self.watched)
