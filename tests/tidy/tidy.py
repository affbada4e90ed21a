#!/usr/bin/python3
"""Checks what STYLE.md can have a machine check: tidy.py ROOT

Prints `file:line: rule: what` for each violation and exits 1 when there is one. The rules are the tables below;
test_tidy.py plants a violation of each and expects to see it named.
"""
import json
import pathlib
import re
import subprocess
import sys

import pages

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500

# Who may include whom, by folder. Inner never includes outer; headers of one half of a seam are for that half, the
# outermost ring and tests only.
PURE = ["core", "schemas"]
INCLUDES = {
    "core": PURE,
    "schemas": PURE,
    "io": PURE + ["io"],
    "brokers": PURE + ["io", "brokers", "workers", "web"],
    "workers": PURE + ["io", "workers", "clients"],
    "clients": PURE + ["io", "clients"],
    "cli": PURE + ["io", "brokers", "workers", "clients", "cli"],
    "tests": PURE + ["io", "brokers", "workers", "clients", "cli", "tests"],
}
HALF = re.compile(r"_(sim|zmq|lmdb|real|mhd|curl)\.[ch]$")
HALVES_FOR = {"cli", "tests"}

DETERMINISTIC = ["brokers", "workers", "clients"]
INNER = PURE + DETERMINISTIC
EVERYWHERE = list(INCLUDES)

# rule, folders, headers
BANNED_HEADERS = [
    ("the pure ring knows no world", PURE, r"(errno|unistd|time|fcntl|signal|pthread|threads|zmq|lmdb|sys/.*)\.h"),
    ("inner code goes through the seams", DETERMINISTIC, r"(zmq|lmdb|time|pthread|threads)\.h"),
]

# rule, folders, functions
BANNED_CALLS = [
    ("time comes in as data", INNER, "time clock clock_gettime gettimeofday localtime gmtime timespec_get"),
    ("inner code never waits", INNER, "sleep usleep nanosleep clock_nanosleep"),
    ("no randomness", INNER, "rand srand random rand_r drand48 getrandom arc4random"),
    ("the pure ring has no heap", PURE, "malloc calloc realloc free strdup strndup aligned_alloc"),
    ("the pure ring does no IO", PURE, "fprintf vfprintf fputs fputc fwrite fopen open read write perror"),
    ("inner code prints nothing", INNER, "printf vprintf puts putchar"),
    ("no bound on the bytes", EVERYWHERE, "strcpy strcat stpcpy sprintf vsprintf gets strtok"),
    ("pthreads, which ThreadSanitizer knows", EVERYWHERE, "thrd_create mtx_lock cnd_wait"),
    ("errors go unseen", EVERYWHERE, "atoi atol atoll atof"),
    ("wait for a fact with a deadline", ["tests"], "sleep usleep nanosleep clock_nanosleep"),
]
# There is nobody left to hand a status to when an invariant is broken.
EXCEPTIONS = {("core/ensure.c", "fprintf")}

# Scripts may pause briefly between two looks at a fact, never for a time in which it should have happened.
SCRIPT_PAUSE = re.compile(r"(?:\btime\.sleep\(\s*|^\s*sleep\s+)([0-9.]+)?")
SCRIPT_PAUSE_MAX_S = 0.1

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def without_comments_and_strings(text):
    """The same lines, with comments, strings and characters blanked out."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


class Tidy:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.found = []
        self.c_files = []
        self.scripts = []
        self.pages = list(pages.files(self.root))
        for folder in INCLUDES:
            for path in sorted((self.root / folder).rglob("*")):
                if path.suffix in (".c", ".h"):
                    self.c_files.append(path)
                elif folder == "tests" and path.suffix in (".py", ".sh") and path.parent.name != "tidy":
                    self.scripts.append(path)

    def name(self, path):
        return path.relative_to(self.root).as_posix()

    def say(self, path, line, rule, what):
        self.found.append(f"{self.name(path)}:{line}: {rule}: {what}")

    def check_includes(self, path, text):
        folder = self.name(path).split("/")[0]
        for number, line in enumerate(text.splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            ours, theirs = match.groups()
            if ours and "/" not in ours:
                self.say(path, number, "include by full path", f'"{ours}" does not start at the root')
            elif ours:
                if ours.split("/")[0] not in INCLUDES[folder]:
                    self.say(path, number, "inner never includes outer", f"{folder}/ may not include {ours}")
                elif HALF.search(ours) and folder not in HALVES_FOR and not HALF.search(path.name):
                    self.say(path, number, "inner code goes through the seams", f"{ours} is one half of a seam")
            for rule, folders, headers in BANNED_HEADERS:
                if theirs and folder in folders and re.fullmatch(headers, theirs):
                    self.say(path, number, rule, f"<{theirs}>")

    def check_calls(self, path, code):
        folder = self.name(path).split("/")[0]
        for rule, folders, functions in BANNED_CALLS:
            if folder not in folders:
                continue
            for match in re.finditer(rf"(?<![\w.>])({functions.replace(' ', '|')})\s*\(", code):
                if (self.name(path), match[1]) not in EXCEPTIONS:
                    self.say(path, line_of(code, match.start()), rule, f"{match[1]}()")

    def check_text(self, path, text, code):
        lines = text.count("\n")
        if lines > FILE_LINES_MAX:
            self.say(path, lines, "one idea a file", f"{lines} lines, at most {FILE_LINES_MAX}")
        for match in UNFINISHED.finditer(text):
            self.say(path, line_of(text, match.start()), "nothing unfinished", match[1])
        blanked = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)
        bare = blanked.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
        for match in re.finditer(r"//", bare):
            self.say(path, line_of(bare, match.start()), "block comments", "// starts this one")

    def check_functions(self):
        tags = subprocess.run(
            ["ctags", "--output-format=json", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f", "--fields=+ne",
             "-f", "-", *self.c_files], capture_output=True, text=True, check=True).stdout
        for line in tags.splitlines():
            tag = json.loads(line)
            length = tag.get("end", tag["line"]) - tag["line"] + 1
            if length > FUNCTION_LINES_MAX:
                self.say(pathlib.Path(tag["path"]), tag["line"], "a function fits a screen",
                         f"{tag['name']} has {length} lines, at most {FUNCTION_LINES_MAX}")

    def check_format(self):
        run = subprocess.run(["clang-format-14", "--style=file", "--dry-run", "-Werror", *self.c_files],
                             capture_output=True, text=True)
        seen = set()
        for match in re.finditer(r"^(.+?):(\d+):\d+: error: code should be clang-formatted", run.stderr, re.M):
            if match[1] not in seen:
                seen.add(match[1])
                self.say(pathlib.Path(match[1]), match[2], "clang-format", f"run: clang-format-14 -i {match[1]}")
        if run.returncode and not seen:
            sys.exit("tidy: clang-format-14 failed: " + run.stderr)

    def check_script(self, path, text):
        for number, line in enumerate(text.splitlines(), 1):
            pause = SCRIPT_PAUSE.search(line)
            if pause and not (pause[1] and float(pause[1]) <= SCRIPT_PAUSE_MAX_S):
                self.say(path, number, "wait for a fact with a deadline", line.strip())

    def check(self):
        if not self.c_files:
            sys.exit(f"tidy: no C files below {self.root}")
        for path in self.c_files:
            text = path.read_text(encoding="utf-8")
            code = without_comments_and_strings(text)
            self.check_includes(path, text)
            self.check_calls(path, code)
            self.check_text(path, text, code)
        for path in self.scripts:
            self.check_script(path, path.read_text(encoding="utf-8"))
        for path in self.pages:
            pages.check(self.name(path), path.suffix, path.read_text(encoding="utf-8"),
                        lambda line, rule, what, path=path: self.say(path, line, rule, what))
        self.check_functions()
        self.check_format()
        return self.found


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: tidy.py ROOT")
    tidy = Tidy(sys.argv[1])
    found = tidy.check()
    print("\n".join(found), end="\n" if found else "")
    print(f"tidy: {len(tidy.c_files)} C files and {len(tidy.scripts)} scripts and {len(tidy.pages)} pages checked, "
          f"{len(found)} violations",
          file=sys.stderr)
    sys.exit(1 if found else 0)


main()
