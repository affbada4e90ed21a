"""What the figures were taken on."""
import os
import platform
import subprocess


def first_line(path, key):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith(key)), "unknown")
    except OSError:
        return "unknown"


def said(*words):
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=10, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def package(name):
    return said("dpkg-query", "-W", "-f", "${Version}", name) or None


def look(stand):
    """Processor, memory, system, disk, versions: whatever another would need to have the figures again."""
    return {
        "cpu": first_line("/proc/cpuinfo", "model name"), "cores": len(os.sched_getaffinity(0)),
        "memory_mb": int(first_line("/proc/meminfo", "MemTotal").split()[0]) // 1024,
        "kernel": platform.release(), "system": os_release(),
        "filesystem": said("stat", "-f", "-c", "%T", stand.disk) or "unknown",
        "load_before": round(os.getloadavg()[0], 2),
        "manyi": said("git", "-C", os.path.dirname(os.path.abspath(__file__)), "describe", "--always", "--dirty") or "unknown",
        "packages": {name: package(name) for name in ("redis-server", "nats-server", "libhiredis0.14", "libnats3.4", "liblmdb0", "libzmq5")},
    }


def os_release():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "unknown"


def text(machine):
    """One sentence."""
    memory = f"{machine['memory_mb'] / 1024:.1f} GiB"
    versions = ", ".join(f"{name} {version}" for name, version in machine["packages"].items() if version)
    return (f"{machine['cpu']}, {machine['cores']} cores, {memory} of memory, {machine['filesystem']}, Linux {machine['kernel']}, "
            f"{machine['system']}; {versions}; Manyi at {machine['manyi']}; load before: {machine['load_before']}.")
