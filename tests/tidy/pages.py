"""What tidy.py checks in pages and in what drives them: .js and .mjs anywhere, .css and .html of web/."""
import re

LINES_MAX = 500
COLUMNS_MAX = 120
CATALOGUES = "web/words/"  # one table each, however long; an entry is a line there, however long its sentence

# rule, what must not stand in a page's script
BANNED_IN_PAGES = [
    ("text is text", r"\.(innerHTML|outerHTML)\b|\binsertAdjacentHTML\b|\bdocument\.write\b|\bcreateContextualFragment\b"),
    ("no code from texts", r"\beval\s*\(|\bnew\s+Function\b|\bset(?:Timeout|Interval)\s*\(\s*[\"'`]|\bjavascript:"),
    ("no style by attribute", r"setAttribute\(\s*[\"']style[\"']|\.cssText\b"),
    ("pages say nothing on the console", r"\bconsole\.\w+"),
    ("const, or let", r"^ *var\s"),
    ("nothing from elsewhere", r"[\"'`(]https?://(?!www\.w3\.org/)"),
]
BANNED_IN_TESTS = [
    ("wait for a fact with a deadline", r"\bwaitForTimeout\b"),
    ("tests say nothing on the console", r"\bconsole\.log\b"),
    ("nothing is left out", r"\b(?:test|it|describe)\.(?:only|skip|todo)\b|\bskip\s*:"),
]
BANNED_IN_HTML = [
    ("nothing inline", r"<style\b|\sstyle\s*=|\son\w+\s*=|<script\b(?![^>]*\ssrc=)|javascript:"),
    ("nothing from elsewhere", r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//"),
]
BANNED_IN_CSS = [
    ("nothing from elsewhere", r"@import\b|url\(\s*[\"']?(?:https?:)?//"),
]
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->", re.S)


def files(root):
    """Ours: nothing that npm brought, nothing that was built."""
    for folder, suffixes in (("web", (".js", ".mjs", ".css", ".html")), ("tests", (".js", ".mjs"))):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in suffixes and "node_modules" not in path.parts:
                yield path


def banned(name, suffix):
    if suffix == ".html":
        return BANNED_IN_HTML
    if suffix == ".css":
        return BANNED_IN_CSS
    if name.startswith("web/"):
        return BANNED_IN_PAGES
    return BANNED_IN_TESTS if name.endswith(".test.mjs") else []


def check(name, suffix, text, say):
    """Calls say(line, rule, what) for each violation."""
    lines = text.splitlines()
    if suffix != ".html" and not text.startswith("/*"):
        say(1, "a file says what it is", "begins with a comment")
    if len(lines) > LINES_MAX and not name.startswith(CATALOGUES):
        say(len(lines), "one idea a file", f"{len(lines)} lines, at most {LINES_MAX}")
    if not name.startswith(CATALOGUES):
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS_MAX:
                say(number, "a line fits a screen", f"{len(line)} columns, at most {COLUMNS_MAX}")
    for number, line in enumerate(lines, 1):
        if "\t" in line or line != line.rstrip():
            say(number, "four spaces, none behind", repr(line[-20:]))
        for match in UNFINISHED.finditer(line):
            say(number, "nothing unfinished", match[1])
    bare = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    for rule, pattern in banned(name, suffix):
        for match in re.finditer(pattern, bare, re.M):
            say(bare.count("\n", 0, match.start()) + 1, rule, match.group().strip())
