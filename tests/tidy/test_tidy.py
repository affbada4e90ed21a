#!/usr/bin/python3
"""Plants one violation of each kind in a small tree and expects tidy.py to name each, and nothing in a clean one."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent

CLEAN = {
    "core/score.h": "int score_add(int a, int b);\n",
    "core/score.c": '#include "core/score.h"\n\n/* time() and malloc() in a comment, "rand()" in a string */\n'
                    'static const char *const text = "sleep(1); // not a comment";\n\n'
                    "int score_add(int a, int b)\n{\n    return text ? a + b : 0;\n}\n",
    "core/ensure.c": '#include <stdio.h>\n\nvoid ensure_failed(void)\n{\n    fprintf(stderr, "broken");\n}\n',
    "io/bus_zmq.c": "#include <time.h>\n#include <zmq.h>\n\nlong now(void)\n{\n    return time(NULL);\n}\n",
    "io/store_sim.c": '#include "io/treap_sim.h"\n',
    "io/treap_sim.h": "int treap_put(void);\n",
    "cli/main.c": '#include "brokers/intake.h"\n#include <stdio.h>\n\nint main(void)\n{\n    printf("ready");\n}\n',
    "brokers/intake.h": '#include "core/score.h"\n',
    "web/app.js": "/* app.js - begins. */\n/* innerHTML and eval() in a comment */\nconst one = 1; // console\n",
    "web/index.html": "<!doctype html>\n<script type=\"module\" src=\"/app.js\"></script>\n",
    "web/words/en.js": "/* en.js - words. */\nexport default { long: \"" + "long " * 40 + "\" };\n",
    "web/node_modules/other/index.js": "eval(document.body.innerHTML)\n",
    "tests/web/page.test.mjs": "/* page.test.mjs - tests. */\nawait eventually(() => page.innerHTML());\n",
    "tests/smoke/smoke.py": "while not ready():\n    time.sleep(0.05)\n",
}

# file, text, line, rule, what the message must contain
PLANTED = [
    ("core/outer.c", '#include "io/bus.h"\n', 1, "inner never includes outer", "io/bus.h"),
    ("io/outer.c", '#include "brokers/intake.h"\n', 1, "inner never includes outer", "brokers/intake.h"),
    ("workers/outer.c", '\n#include "cli/options.h"\n', 2, "inner never includes outer", "cli/options.h"),
    ("workers/half.c", '#include "io/store_sim.h"\n', 1, "inner code goes through the seams", "store_sim.h"),
    ("brokers/raw.c", "#include <zmq.h>\n", 1, "inner code goes through the seams", "<zmq.h>"),
    ("core/world.c", "#include <errno.h>\n", 1, "the pure ring knows no world", "<errno.h>"),
    ("core/near.c", '#include "score.h"\n', 1, "include by full path", "score.h"),
    ("workers/clock.c", "long f(void)\n{\n    return time(0);\n}\n", 3, "time comes in as data", "time()"),
    ("brokers/clock.c", "void f(void)\n{\n    clock_gettime(0, 0);\n}\n", 3, "time comes in as data", "clock_gettime()"),
    ("core/day.c", "void f(void)\n{\n    gettimeofday(0, 0);\n}\n", 3, "time comes in as data", "gettimeofday()"),
    ("workers/wait.c", "void f(void)\n{\n    usleep(10);\n}\n", 3, "inner code never waits", "usleep()"),
    ("brokers/dice.c", "int f(void)\n{\n    return rand();\n}\n", 3, "no randomness", "rand()"),
    ("core/heap.c", "void *f(void)\n{\n    return malloc(8);\n}\n", 3, "the pure ring has no heap", "malloc()"),
    ("schemas/heap.c", "void f(void *p)\n{\n    free(p);\n}\n", 3, "the pure ring has no heap", "free()"),
    ("core/io.c", "void f(void)\n{\n    fprintf(out, 0);\n}\n", 3, "the pure ring does no IO", "fprintf()"),
    ("workers/print.c", 'void f(void)\n{\n    printf("x");\n}\n', 3, "inner code prints nothing", "printf()"),
    ("cli/copy.c", "void f(char *a, char *b)\n{\n    strcpy(a, b);\n}\n", 3, "no bound on the bytes", "strcpy()"),
    ("io/copy.c", "void f(char *a)\n{\n    sprintf(a, a);\n}\n", 3, "no bound on the bytes", "sprintf()"),
    ("cli/thread.c", "void f(void)\n{\n    thrd_create(0, 0, 0);\n}\n", 3, "pthreads, which ThreadSanitizer knows",
     "thrd_create()"),
    ("cli/number.c", "int f(char *a)\n{\n    return atoi(a);\n}\n", 3, "errors go unseen", "atoi()"),
    ("tests/unit/test_wait.c", "void f(void)\n{\n    sleep(1);\n}\n", 3, "wait for a fact with a deadline", "sleep()"),
    ("tests/smoke/wait.py", "import time\ntime.sleep(2)\n", 2, "wait for a fact with a deadline", "time.sleep(2)"),
    ("tests/crash/wait.sh", "#!/bin/sh\nsleep 1\n", 2, "wait for a fact with a deadline", "sleep 1"),
    ("web/pages/markup.js", "/* x */\nroot.innerHTML = name;\n", 2, "text is text", "innerHTML"),
    ("web/pages/after.js", "/* x */\nroot.insertAdjacentHTML('x', name);\n", 2, "text is text", "insertAdjacentHTML"),
    ("web/pages/code.js", "/* x */\n\neval (text);\n", 3, "no code from texts", "eval"),
    ("web/pages/late.js", "/* x */\nsetTimeout('f()', 5);\n", 2, "no code from texts", "setTimeout"),
    ("web/pages/style.js", "/* x */\nroot.setAttribute('style', text);\n", 2, "no style by attribute", "setAttribute"),
    ("web/pages/noise.js", "/* x */\nconsole.info(1);\n", 2, "pages say nothing on the console", "console.info"),
    ("web/pages/old.js", "/* x */\nvar old = 1;\n", 2, "const, or let", "var"),
    ("web/pages/far.js", "/* x */\nimport('https://example.org/x.js');\n", 2, "nothing from elsewhere", "https://"),
    ("web/pages/bare.js", "const bare = 1;\n", 1, "a file says what it is", "begins with a comment"),
    ("web/pages/long.js", "/* x */\n" + "f();\n" * 500, 501, "one idea a file", "501 lines"),
    ("web/pages/wide.js", "/* x */\n" + "f(); " * 25 + ";\n", 2, "a line fits a screen", "126 columns"),
    ("web/pages/tab.js", "/* x */\n\tf();\n", 2, "four spaces, none behind", "f();"),
    ("web/pages/later.js", "/* TODO */\n", 1, "nothing unfinished", "TODO"),
    ("web/inline.html", "<p onclick=x>\n", 1, "nothing inline", "onclick"),
    ("web/script.html", "\n<script>f();</script>\n", 2, "nothing inline", "<script"),
    ("web/far.html", '<link href="//example.org/x.css">\n', 1, "nothing from elsewhere", "//"),
    ("web/style/far.css", "/* x */\np { background: url(https://example.org/x.png); }\n", 2, "nothing from elsewhere",
     "url(https://"),
    ("tests/web/wait.test.mjs", "/* x */\nawait page.waitForTimeout(500);\n", 2, "wait for a fact with a deadline",
     "waitForTimeout"),
    ("tests/web/skip.test.mjs", "/* x */\ntest.skip('x', f);\n", 2, "nothing is left out", "test.skip"),
    ("tests/web/noise.test.mjs", "/* x */\nconsole.log(1);\n", 2, "tests say nothing on the console", "console.log"),
    ("core/later.c", "/* TODO */\nint later;\n", 1, "nothing unfinished", "TODO"),
    ("core/line.c", "int line; // a comment\n", 1, "block comments", "//"),
    ("core/long.c", "int x;\n" * 501, 501, "one idea a file", "501 lines"),
    ("core/tall.c", "void tall(int *x)\n{\n" + "    ++*x;\n" * 68 + "}\n", 1, "a function fits a screen",
     "tall has 71 lines"),
    ("core/format.c", "int  x;\n", 1, "clang-format", "clang-format-14 -i"),
]


class PlantedViolations(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="manyi-tidy-"))
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copy(HERE.parent.parent / ".clang-format", self.root)
        for path, text in CLEAN.items():
            self.plant(path, text)

    def plant(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def tidy(self):
        run = subprocess.run([sys.executable, HERE / "tidy.py", self.root], capture_output=True, text=True)
        return run.returncode, run.stdout.splitlines()

    def test_a_clean_tree_is_clean(self):
        self.assertEqual(self.tidy(), (0, []))

    def test_each_planted_violation_is_named_and_nothing_else(self):
        for path, text, _, _, _ in PLANTED:
            self.plant(path, text)
        status, lines = self.tidy()
        self.assertEqual(status, 1)
        for path, _, line, rule, what in PLANTED:
            found = [text for text in lines if text.startswith(f"{path}:{line}: {rule}: ") and what in text]
            self.assertEqual(len(found), 1, f"{path}:{line}: {rule}: {what} not among\n" + "\n".join(lines))
            lines.remove(found[0])
        self.assertEqual(lines, [])

    def test_a_function_of_a_full_screen_is_allowed(self):
        self.plant("core/tall.c", "void tall(int *x)\n{\n" + "    ++*x;\n" * 67 + "}\n")
        self.assertEqual(self.tidy(), (0, []))

    def test_an_empty_tree_is_an_error(self):
        shutil.rmtree(self.root)
        self.root.mkdir()
        self.assertNotEqual(self.tidy()[0], 0)


if __name__ == "__main__":
    unittest.main()
