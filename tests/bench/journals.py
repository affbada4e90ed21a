"""A journal of the mix, as a real server writes it."""
import contextlib
import os


@contextlib.contextmanager
def made(stand, events):
    """The data directory of a server that has taken so many events, and folded them; gone after the `with`. It may be read, not written."""
    with stand.folder() as folder:
        with stand.serve(folder) as server:
            stand.run([stand.program("bench_line"), server.base, events], seconds=60 + events / 50_000, server=server)
        yield os.path.join(folder, "data")
