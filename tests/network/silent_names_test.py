#!/usr/bin/python3
"""A name server that never answers: the limits of a notice's target hold all the same, and whoever sends does not stand still.

In a network and a file system view of its own, where the one name server is a socket that nobody reads. Where these can't be made
this says so and exits with 77.

Usage: MANYI=build/manyi tests/network/silent_names_test.py
"""
import base64
import os
import socket
import subprocess
import sys
import tempfile
import time

MANYI = os.environ.get("MANYI", "build/manyi")
SKIPPED, LIMIT_S, PATIENCE_S = 77, 1, 5  # the C library asks twice for five seconds


def inside(folder):
    """The second life of this script, in namespaces of its own."""
    subprocess.run(["mount", "--bind", f"{folder}/resolv.conf", "/etc/resolv.conf"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 53))
        begun = time.monotonic()
        out = subprocess.run([MANYI, "notices", "try", "wang.li"], capture_output=True, text=True, timeout=60,
                             env=os.environ | {"MANYI_NOTICES": f"{folder}/notices.yaml"}, check=False)
        took_s = time.monotonic() - begun
        asked = silent.recv(512, socket.MSG_DONTWAIT)
    assert b"hook" in asked and out.returncode != 0, out
    assert "timeout" in (out.stdout + out.stderr).lower(), out
    assert took_s < PATIENCE_S, f"it stood still for {took_s:.1f} s: {out}"
    print(f"given up after {took_s:.1f} s, though nobody answered for the name")


def main():
    if len(sys.argv) > 2 and sys.argv[1] == "inside":
        inside(sys.argv[2])
        return 0
    if subprocess.run(["unshare", "-mn", "true"], capture_output=True, check=False).returncode != 0:
        print("SKIPPED: namespaces can't be made here")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/resolv.conf", "w", encoding="ascii") as file:
            file.write("nameserver 127.0.0.1\n")
        with open(f"{folder}/hook.secret", "w", encoding="ascii") as file:
            file.write("whsec_" + base64.b64encode(b"s" * 32).decode())
        os.chmod(f"{folder}/hook.secret", 0o600)
        with open(f"{folder}/notices.yaml", "w", encoding="ascii") as file:
            file.write(f"targets:\n  - {{name: hook, kind: webhook, url: \"https://hook.example.com/\", timeout: {LIMIT_S}, "
                       "secret_file: hook.secret}\npeople:\n  wang.li: [{target: hook}]\n")
        return subprocess.run(["unshare", "-mn", sys.executable, __file__, "inside", folder], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
