"""Who may do what, and their keys: the command, its files, and the page of documentation, beside other people's code.

Keys are checked by pyzmq, tokens by hashlib, passwords by libargon2, the table by reading core/access.def.
"""
import ctypes
import hashlib
import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile

import zmq
from zmq.utils import z85

SOURCE = pathlib.Path(os.environ.get("MANYI_SOURCE", pathlib.Path(__file__).parents[2]))
MANYI = os.path.abspath(os.environ.get("MANYI", "build/manyi"))
BAY = ["--kind", "device", "--role", "publisher", "--store", "sh-pudong", "--department", "service"]


class Desk:
    """A data directory, and the command on its access file."""

    def __init__(self, folder):
        self.folder, self.dir = folder, os.path.join(folder, "data")
        self.file = pathlib.Path(self.dir, "access.yaml")

    def run(self, *words, code=0, given=None):
        out = subprocess.run([MANYI, words[0], "--dir", self.dir, *words[1:]], cwd=self.folder, input=given or "",
                             capture_output=True, text=True, timeout=60)
        assert out.returncode == code, f"manyi {' '.join(words)}: {out.returncode}\n{out.stdout}{out.stderr}"
        return out

    def json(self, *words, **more):
        return json.loads(self.run(*words, "--json", **more).stdout)

    def principal(self, name):
        return next(row for row in self.json("key", "list") if row["name"] == name)


def key_file(path):
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, oct(os.stat(path).st_mode)
    return dict(re.fullmatch(r'(\w+): "(.*)"', line).groups() for line in pathlib.Path(path).read_text().splitlines()
                if not line.startswith("#"))


def public_half(begins=""):
    """Of a new pair, as somebody else's program made it: one of 85 begins as an option does."""
    return next(half for half in iter(lambda: zmq.curve_keypair()[0].decode(), None) if half.startswith(begins))


def check_pairs(desk):
    made = desk.json("key", "new", "bay-03", *BAY, "--source", "/stores/sh-pudong/service/bay-03")
    key = key_file(os.path.join(desk.folder, made["key_file"]))
    assert key["name"] == "bay-03"
    assert zmq.curve_public(key["secret"].encode()).decode() == key["public"]
    server = key_file(os.path.join(desk.dir, "keys/server.key"))
    assert server["public"] == key["server"] and zmq.curve_public(server["secret"].encode()).decode() == key["server"]
    text = desk.file.read_text()
    assert key["public"] in text and key["secret"] not in text and server["secret"] not in text
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o640
    fingerprint = hashlib.blake2b(z85.decode(key["public"].encode()), digest_size=16).hexdigest()[:12]
    assert made["fingerprint"] == fingerprint == desk.principal("bay-03")["keys"][0]["fingerprint"]
    desk.run("key", "new", "bay-03", *BAY, "--out", "again.key", code=78)  # E1810: it is in it already
    assert not os.path.exists(os.path.join(desk.folder, "again.key"))
    desk.run("key", "rotate", "bay-03", code=64)  # the file is there already, and stays
    assert key_file(os.path.join(desk.folder, "bay-03.key")) == key and text == desk.file.read_text()
    desk.run("key", "rotate", "bay-03", "--overlap", "2d", "--out", "new.key")
    old, new = desk.principal("bay-03")["keys"]
    assert old["fingerprint"] == fingerprint and old["until"] and not new["until"] and not old["revoked"]
    desk.run("key", "revoke", "bay-03", fingerprint)
    assert [row["revoked"] for row in desk.principal("bay-03")["keys"] if row["fingerprint"] == fingerprint] == [True]
    desk.run("key", "allow", "bay-03", "--until", "+90d", "--", public_half(begins="-"))
    desk.run("key", "allow", "bay-03", "short", code=64)
    desk.run("key", "allow", "bay-04", "--", public_half(), code=1)
    assert len(desk.principal("bay-03")["keys"]) == 3


def check_return(desk):
    """Whoever was revoked and is taken back has nothing of before: what was lost opens no door."""
    desk.run("key", "new", "li.na", "--kind", "person", "--role", "hr")
    for thing in ("--token", "--password"):
        desk.run("key", "rotate", "li.na", thing, given="a long enough password\n")
    desk.run("key", "revoke", "li.na")
    assert "li.na" in desk.run("key", "allow", "li.na", "--", public_half(), code=77).stderr
    desk.run("key", "rotate", "li.na", "--out", "back.key", code=77)
    before, entry, after = desk.file.read_text().rpartition("  - name: \"li.na\"")
    assert after.count("\n    revoked: true") == 1, after
    desk.file.write_text(before + entry + after.replace("\n    revoked: true", ""))
    desk.run("key", "rotate", "li.na", "--out", "back.key")
    back = desk.principal("li.na")
    assert [key["revoked"] for key in back["keys"]] == [True, False], back
    assert [token["revoked"] for token in back["tokens"]] == [True] and not back["password"], back


def check_tokens(desk):
    out = desk.run("key", "new", "call-centre", "--kind", "program", "--role", "publisher,handler", "--store", "all",
                   "--department", "all", "--speaks-for", "agent.*", "--token", "--until", "+365d")
    token = out.stdout.strip()
    assert re.fullmatch(r"manyi_[A-Za-z0-9_-]{43}", token)  # 256 bits
    text = desk.file.read_text()
    assert hashlib.blake2b(token.encode(), digest_size=32).hexdigest() in text and token not in text
    other = desk.json("key", "rotate", "call-centre", "--token", "--overlap", "0d")
    assert other["token_id"] == "t2" and other["token"] != token
    assert {row["id"]: bool(row["until"]) for row in desk.principal("call-centre")["tokens"]} == {"t1": True, "t2": False}
    desk.run("key", "revoke", "call-centre", "t2")
    assert desk.principal("call-centre")["tokens"][1]["revoked"]


def check_passwords(desk):
    words = "正确的马 battery"
    desk.run("key", "new", "wang.li", "--kind", "person", "--role", "handler", "--store", "sh-pudong", "--department",
             "all", "--password", given=words + "\n")
    text = desk.file.read_text()
    encoded = re.search(r'password: "(\$argon2id\$[^"]+)"', text)[1]
    argon2 = ctypes.CDLL("libargon2.so.1")
    given = words.encode()
    assert argon2.argon2id_verify(encoded.encode(), given, ctypes.c_size_t(len(given))) == 0
    assert argon2.argon2id_verify(encoded.encode(), given[:-1], ctypes.c_size_t(len(given) - 1)) != 0
    for wrong in ("xyzzy\n", "xyzzy" * 60 + "\n", ""):
        out = desk.run("key", "rotate", "wang.li", "--password", given=wrong, code=64)
        assert desk.file.read_text() == text and "xyzzy" not in out.stderr, out.stderr
    desk.run("key", "revoke", "wang.li", "password")
    assert "argon2id" not in desk.file.read_text()


def check_file(desk):
    """People's comments stay, links stay links, and what is broken is never written over."""
    commented = "# ours\n" + desk.file.read_text() + "# the end\n"
    elsewhere = pathlib.Path(desk.folder, "real.yaml")
    elsewhere.write_text(commented)
    os.chmod(elsewhere, 0o600)
    desk.file.unlink()
    desk.file.symlink_to(elsewhere)
    desk.run("key", "new", "bay-07", *BAY, "--token")
    assert desk.file.is_symlink() and stat.S_IMODE(elsewhere.stat().st_mode) == 0o600
    assert elsewhere.read_text().startswith("# ours\n") and elsewhere.read_text().rstrip().endswith("# the end")
    number = desk.principal("bay-07")["number"]
    kept = re.sub(r'  - name: "bay-07"\n(    .*\n)+', "", elsewhere.read_text())  # somebody takes it out by hand
    elsewhere.write_text(kept)
    assert desk.json("key", "new", "bay-08", *BAY, "--token")["number"] == number + 1
    sound = elsewhere.read_text()
    elsewhere.write_text(sound.replace("kind: device", "kind: devise", 1))
    broken = elsewhere.read_text()
    line = broken.splitlines().index("    kind: devise") + 1
    out = desk.run("key", "new", "bay-09", *BAY, code=78)
    assert "E1810" in out.stderr and f"line {line}: principals[0].kind" in out.stderr, out.stderr
    assert elsewhere.read_text() == broken and not os.path.exists(os.path.join(desk.folder, "bay-09.key"))
    assert f"line {line}" in desk.run("access", "check", str(elsewhere), code=65).stderr
    elsewhere.write_text(sound)
    checked = desk.json("access", "check", str(elsewhere))
    assert checked["ok"] and checked["principals"] == len(desk.json("key", "list"))
    shown = desk.run("access", "show").stdout.encode()
    assert hashlib.blake2b(shown, digest_size=16).hexdigest() == checked["hash"]
    assert not [name for name in os.listdir(desk.dir) if name not in ("access.yaml", "keys")]


def check_together(desk):
    """Several at once: each of them is in it, and no number twice."""
    before = len(desk.json("key", "list"))
    running = [subprocess.Popen([MANYI, "key", "new", f"kiosk-{i}", *BAY, "--token", "--quiet", "--dir", desk.dir],
                                stdout=subprocess.DEVNULL) for i in range(12)]
    assert [process.wait(timeout=60) for process in running] == [0] * 12
    rows = desk.json("key", "list")
    assert len(rows) == before + 12 and len({row["number"] for row in rows}) == len(rows)


def check_refusals(desk):
    for words, said in (
            (["new", "x", "--role", "hr"], "--kind is missing"),
            (["new", "x", "--kind", "robot", "--role", "hr"], "person, device or program"),
            (["new", "x", "--kind", "person"], "--role is missing"),
            (["new", "x", "--kind", "person", "--role", "manger"], "did you mean manager?"),
            (["new", "x", "--kind", "person", "--role", "handler"], "--store NAME or --store all"),
            (["new", "x", "--kind", "person", "--role", "hr", "--until", "2020-01-01"], "a time to come"),
            (["new", "x", "--kind", "person", "--role", "hr", "--rate", "-1"], "rate"),
            (["new"], "the name is missing"),
            (["rotate", "wang.li", "--overlap", "soon"], "7d, 12h"),
            (["rotate", "wang.li", "x"], "one word too many"),
            (["nwe", "x"], "use key new")):
        out = desk.run("key", *words, code=64)
        assert said in out.stderr, (words, out.stderr)
    assert "did you mean wang.li?" in desk.run("key", "revoke", "wang.lo", code=1).stderr
    assert "has no key or token t9" in desk.run("key", "revoke", "wang.li", "t9", code=1).stderr


def check_example(desk):
    """The example that is delivered is in order, lets nobody in, and keeps its comments when somebody gets a key."""
    example = SOURCE / "deploy/access.example.yaml"
    checked = desk.json("access", "check", str(example))
    assert checked["principals"] == 7 and checked["keys"] + checked["tokens"] + checked["passwords"] == 0, checked
    with tempfile.TemporaryDirectory() as folder:
        other = Desk(folder)
        os.mkdir(other.dir)
        text = example.read_text(encoding="utf-8")
        other.file.write_text(text, encoding="utf-8")
        other.run("key", "rotate", "bay-03", "--token")
        changed = other.file.read_text(encoding="utf-8")
        assert [line for line in text.splitlines() if line.lstrip().startswith("#")] == \
            [line for line in changed.splitlines() if line.lstrip().startswith("#")]
        assert len(other.principal("bay-03")["tokens"]) == 1 and other.principal("bay-03")["rate"] == 50


def check_start(desk):
    """A server that can't read who may do what does not start, and leaves nothing behind."""
    sound = pathlib.Path(desk.folder, "real.yaml").read_text()
    for text, said in ((sound.replace("roles: [publisher]", "roles: [boss]", 1), "roles[0] is \"boss\""),
                       (sound.replace("next_number: ", "next_number: 1 # ", 1), "next_number is 1, but")):
        desk.file.write_text(text)
        out = desk.run("serve", "--base-port", "24000", code=78)
        assert "E1810" in out.stderr and said in out.stderr and str(desk.file) in out.stderr, out.stderr
    os.environ["MANYI_ACCESS"] = os.path.join(desk.folder, "none.yaml")
    out = desk.run("serve", "--base-port", "24000", code=66)
    del os.environ["MANYI_ACCESS"]
    assert "none.yaml: No such file" in out.stderr and "manyi key new" in out.stderr, out.stderr
    desk.file.write_text(sound)
    assert sorted(os.listdir(desk.dir)) == ["access.yaml", "keys"], os.listdir(desk.dir)


def check_table(desk):
    """The table as text, read here, is what the command and the documentation say."""
    text = (SOURCE / "core/access.def").read_text(encoding="utf-8")
    roles = re.findall(r'^ROLE\((\w+), "', text, re.M)
    rights = re.findall(r'^RIGHT\((\w+), "[^"]*",((?:\s*\w+,)+)\s*"', text, re.M)
    said = desk.json("access")
    cells = {(cell["role"], cell["right"]): cell["reach"] for cell in said["cells"]}
    expected = {(role, right): reach.lower() for right, row in rights
                for role, reach in zip(roles, re.findall(r"\w+", row), strict=True)}
    assert cells == expected and len(cells) == len(roles) * len(rights) > 200
    for part in ("events", "channels", "verbs"):
        assert said[part] and all(row["right"] in dict(rights) for row in said[part])
    page = (SOURCE / "docs/SECURITY.md").read_text(encoding="utf-8")
    printed = re.search(r"<!-- access:begin -->\n(.*)<!-- access:end -->", page, re.S)[1]
    assert printed == desk.run("access", "--markdown").stdout, \
        "docs/SECURITY.md has drifted: put what `manyi access --markdown` prints between its marks"
    for role, right in cells:
        assert f"| `{right}` |" in printed and f"| `{role}` |" in printed
    print(f"{len(cells)} cells are what core/access.def says")


def main():
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder)
        for check in (check_pairs, check_return, check_tokens, check_passwords, check_file, check_together, check_refusals,
                      check_example, check_start, check_table):
            check(desk)
            print(check.__name__, "ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
