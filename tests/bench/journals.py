"""A journal of the mix, as a real server writes it, made once and shared by the parts of a run."""
import atexit
import contextlib
import os

KEPT = {}


def of(stand, events):
    """The data directory of a server that has taken so many events, and folded them. It may be read, not written.

    It stays until the benchmark ends: whoever asks for as many again gets the same."""
    if events not in KEPT:
        stack = contextlib.ExitStack()
        atexit.register(stack.close)
        folder = stack.enter_context(stand.folder())
        with stand.serve(folder) as server:
            stand.run([stand.program("bench_line"), server.base, events], seconds=60 + events / 50_000, server=server)
        KEPT[events] = os.path.join(folder, "data")
    return KEPT[events]
