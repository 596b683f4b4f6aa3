# SPDX-License-Identifier: GPL-2.0-only
"""Tests that attempts.py runs a program again if it failed. A check that fails
twice has failed."""
import os
import subprocess
import sys
import tempfile

import tap

LIB = os.path.join(os.environ["SMALLFIO_SOURCE"], "tests", "lib")
# A test program that prints the Nth text in its Nth run, and exits with 1
# unless that text is a success.
PROGRAM = f"""
import os, sys
sys.path.insert(0, {LIB!r})
import attempts

attempts.supervise()
with open(sys.argv[1], "a") as f:
    f.write(".")
text = sys.argv[1 + os.path.getsize(sys.argv[1])]
print(text)
sys.exit("not ok" in text or "1.." not in text)
"""
GOOD = "ok 1 - a\nok 2 - b\n1..2"
A_FAILS = "not ok 1 - a\nok 2 - b\n1..2"
B_FAILS = "ok 1 - a\nnot ok 2 - b\n1..2"
CRASHES = "ok 1 - a"

# (name, what the runs print, how many runs there must be, whether the program
# succeeds in the end)
TABLE = (
    ("all is well", [GOOD], 1, True),
    ("a check fails once", [A_FAILS, GOOD], 2, True),
    ("a check fails twice", [A_FAILS, A_FAILS, GOOD], 2, False),
    ("two checks, once each", [A_FAILS, B_FAILS, GOOD], 3, True),
    ("the first one again", [A_FAILS, B_FAILS, A_FAILS], 3, False),
    ("a crash", [CRASHES, GOOD], 2, True),
    ("it crashes twice", [CRASHES, CRASHES, GOOD], 2, False),
)


def check(t, name, texts, runs, good):
    with tempfile.TemporaryDirectory() as tmp:
        program = os.path.join(tmp, "program.py")
        with open(program, "w", encoding="ascii") as f:
            f.write(PROGRAM)
        count = os.path.join(tmp, "runs")
        environment = {k: v for k, v in os.environ.items()
                       if k != "SMALLFIO_TEST_ATTEMPT"}
        done = subprocess.run([sys.executable, program, count, *texts],
                              env=environment,
                              capture_output=True, text=True, timeout=60)
        t.equal(os.path.getsize(count), runs, f"{name}: so many runs", done)
    points = [line for line in done.stdout.splitlines()
              if line.startswith(("ok", "not ok"))]
    t.equal((done.returncode == 0, any(p.startswith("not") for p in points)),
            (good, not good and "1.." in texts[runs - 1]),
            f"{name}: the verdict", done)
    t.equal(done.stdout.count("tried again"), runs - 1,
            f"{name}: each repeat is named", done)


def attempts(t):
    for row in TABLE:
        check(t, *row)


# Its second function fails in the first run, and so does the end where the
# argument says that.
APART = f"""
import os, sys
sys.path.insert(0, {LIB!r})
import attempts, tap

attempts.supervise()

def first(t):
    t.ok(True, "first")

def second(t):
    with open(sys.argv[1], "a") as f:
        f.write(".")
    t.ok(True, "before")
    t.ok(os.path.getsize(sys.argv[1]) > 1, "second")

def third(t):
    t.ok(True, "third")

def last(t):
    t.ok(os.path.getsize(sys.argv[1]) > int(sys.argv[2]), "last")

tap.at_end(last)
tap.main(first, second, third, apart=True)
"""


def apart(t):
    """Only the function that failed runs again, and what comes at the end; if that
    failed, all run again."""
    for name, limit, ran in (
            ("a function", 0, ["first", "before", "third", "last", "before", "second",
                               "last"]),
            ("the end", 1, ["first", "before", "third", "first", "before", "second",
                            "third", "last"])):
        with tempfile.TemporaryDirectory() as tmp:
            program = os.path.join(tmp, "program.py")
            with open(program, "w", encoding="ascii") as f:
                f.write(APART)
            environment = {k: v for k, v in os.environ.items()
                           if k != "SMALLFIO_TEST_ATTEMPT"}
            done = subprocess.run(
                [sys.executable, program, os.path.join(tmp, "runs"), str(limit)],
                env=environment, capture_output=True, text=True, timeout=60)
        lines = done.stdout.splitlines()
        t.equal([line.split(" - ")[1] for line in lines if line.startswith("ok")], ran,
                f"{name} failed: what counts", done)
        t.equal((lines[-1], done.returncode), (f"1..{len(ran)}", 0),
                f"{name} failed: the verdict", done)


tap.main(attempts, apart)
