"""What the kernel tells of a process: processor time, memory of its own. And what is computed of many samples."""
import glob
import math

def cpu_s(pid):
    """Seconds of processor time of all its threads, to the nanosecond; a thread that has ended takes its time along."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path, encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def own_mib(pid):
    """MiB of its own memory: what no file stands behind. The mapped journal and state are the page cache's."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon")) / 1024


def quantile(samples, share):
    """The least sample that at least this share of them does not exceed (nearest rank); 0.5: the median."""
    ordered = sorted(samples)
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]
