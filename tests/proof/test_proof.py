#!/usr/bin/python3
"""The proof's table says what the parts said, and is not written when one of them failed or showed a loss."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import proof  # noqa: E402
import table  # noqa: E402

FIGURES = [
    {"part": "sim", "command": "build/manyi-sim --seeds 1..10", "seeds": 10, "hours": 1234.5, "acked": 56789,
     "faults": {"loss": 7, "power_loss": 1200, "restore": 0}, "lost": 0, "doubled": 0},
    {"part": "plants", "command": "p", "planted": 19, "caught": 19, "median_seeds": 2, "max_seeds": 41, "seconds": 3},
    {"part": "cuts", "command": "c", "cuts": 1010, "recovered": 1010, "torn": 300, "distinct": 990, "lost": 0, "doubled": 0},
    {"part": "kills", "command": "k", "kills": 20, "events": 4000, "lost": 0, "doubled": 0},
    {"part": "calls", "command": "x", "calls": 900, "survived": 900, "kinds": {"malloc": 700, "fsync": 200}},
    {"part": "flips", "command": "f", "flips": 100, "reported": 90, "harmless": 10, "served": 0},
    {"part": "models", "command": "m", "operations": 3000000},
    {"part": "fuzz", "command": "z", "targets": 9, "executions": 12345678, "crashes": 0},
    {"part": "soak", "command": "s", "simulated_days": 5, "events": 60000, "kills": 4, "rss_first_mb": 20.44,
     "rss_last_mb": 20.5, "lost": 0, "doubled": 0},
]
README = f"# Title\n\ntext\n\n{table.BEGIN}\nold\n{table.END}\n\n## Build and test\nmore\n"


def written(readme, figures):
    """What the file says afterwards, and how the command ended."""
    with tempfile.TemporaryDirectory(prefix="manyi-proof-") as top:
        path, given = os.path.join(top, "README.md"), os.path.join(top, "figures")
        with open(path, "w", encoding="utf-8") as file:
            file.write(readme)
        with open(given, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(figure) + "\n" for figure in figures)
        ran = subprocess.run([proof.PYTHON, os.path.join(HERE, "proof.py"), "--readme", path, "--figures", given],
                             capture_output=True, text=True, check=False)
        with open(path, encoding="utf-8") as file:
            return file.read(), ran.returncode


def changed(part, **values):
    return [{**figures, **values} if figures["part"] == part else figures for figures in FIGURES]


def a_table_says_what_the_parts_said():
    text, code = written(README, FIGURES)
    assert code == 0 and text.startswith("# Title\n\ntext\n") and text.endswith("\n\n## Build and test\nmore\n"), text
    for wanted in ("| 10 seeds, 1,234 hours, 56,789 events acknowledged | `build/manyi-sim --seeds 1..10` |",
                   "| 1,200 power losses, 7 messages lost |",
                   "| 19 of 19, within 41 seeds, 2 in the median | `p` |",
                   "1,010 cuts, 300 of them torn, 990 different disks: 1,010 recovered", "900 (700 malloc, 200 fsync)", "12,345,678 over 9",
                   "20.4 MB at first", "| **acknowledged events lost · doubled: in simulated worlds, power cuts, kills and the time-lapse** | **0 · 0** |"):
        assert wanted in text, f"not in the table: {wanted}\n{text}"
    assert "old" not in text and "restores" not in text
    assert written(text, FIGURES) == (text, 0), "a second writing changes it"


def where_there_is_no_place_yet_one_is_made():
    text, code = written("# T\n\n## Measured\nx\n\n## Build and test\n", FIGURES)
    assert code == 0 and text.index("## Measured") < text.index(table.BEGIN) < text.index("## Build"), text
    for bad in ("# nothing\n", README + table.END, README.replace(table.END, "")):
        assert written(bad, FIGURES) == (bad, 1), bad


def what_is_not_proven_is_not_written():
    for figures in (changed("cuts", lost=1), changed("kills", lost=1), changed("sim", lost=None), changed("soak", doubled=1), changed("plants", caught=18),
                    changed("calls", survived=899), changed("flips", served=1), changed("fuzz", crashes=2),
                    FIGURES[1:], changed("models", operations=None)):
        assert written(README, figures) == (README, 1), figures


def a_part_that_fails_fails_after_the_others():
    with tempfile.TemporaryDirectory(prefix="manyi-proof-") as top:
        proof.OUT, said = top, os.path.join(top, "said.sh")
        with open(said, "w", encoding="ascii") as file:
            file.write('echo first; echo "{\\"part\\": \\"x\\", \\"n\\": 4}"; exit $1\n')
        assert proof.run("good", f"sh {said} 0 --json") == {"part": "good", "n": 4, "command": f"sh {said} 0"}
        assert proof.run("bad", f"sh {said} 1") is None
        assert proof.run("silent", "true") is None
        proof.TIMEOUT_S = 0.2
        assert proof.run("late", f"sh -c sleep${{IFS}}60;echo${{IFS}}{{}}") is None
        assert proof.run("absent", "tests/proof/nobody.sh") is None


def main():
    for check in (a_table_says_what_the_parts_said, where_there_is_no_place_yet_one_is_made,
                  what_is_not_proven_is_not_written, a_part_that_fails_fails_after_the_others):
        check()
        print(check.__name__.replace("_", " "))


if __name__ == "__main__":
    main()
