"""Base ports for tests that run side by side: whoever takes one has it until his process ends."""
import os
import socket
import sys

FIRST, LAST = 21000, 26990  # `manyi bench` looks for ports behind these, test_serve_roles and the system's own choice further up
STEP, PORTS = 10, 6
held = []  # sockets; what they are bound to is a name of the network's, like a port, and gone with the process


def hold(base):
    """The name of this base, or None: it is another test's, whose server may be dead at the moment."""
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0manyi-tests-base-port-{base}")
    except OSError:
        name.close()
        return None
    return name


def are_free(base):
    try:
        for offset in range(PORTS):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", base + offset))
    except OSError:
        return False
    return True


def free_base_port():
    """A base port whose six ports are free now, and no other test's until this process ends."""
    bases = range(FIRST, LAST + 1, STEP)
    start = os.getpid() % len(bases)
    for base in [*bases[start:], *bases[:start]]:
        name = hold(base)  # first: who looks whether ports are free has them meanwhile
        if name and are_free(base):
            held.append(name)
            return base
        if name:
            name.close()
    sys.exit("no free ports")
