#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests files of two runs where one was expected: all subcommands say so.

    check_one_run.py SMALLFIO SOURCE_ROOT

Prints TAP.
"""
import os
import re
import subprocess
import tempfile

import tap
from check_result import SMALLFIO, run, small_run


def any_command(*args):
    return subprocess.run([SMALLFIO, *args], capture_output=True, text=True,
                          timeout=60)


def all_commands(tmp, path, but=""):
    """Yields (name, exit code, messages) of each subcommand on a run, `but`
    one."""
    for args in (["stats"], ["result"], ["report", "-o", f"{tmp}/page.html"],
                 ["gate", "--limit", "errors = 0"], ["record", f"{tmp}/db"]):
        if args[0] == but:
            continue
        done = any_command(*args, path)
        yield args[0], done.returncode, done.stdout + done.stderr


def two_runs(t, tmp):
    """The JSON of two runs is in one directory. Every subcommand names the
    files and says what to do, but report and compare, to which these are
    several runs of one side."""
    advice = "give each run a directory of its own, or name the JSON and logs"
    r, threads = small_run(tmp)
    r.phase("create", threads)
    paths = [r.write("new.json"), r.write("old.json")]
    sentence = f"expected one run, found fio's JSON of 2: {', '.join(paths)}; "
    for name, code, said in all_commands(tmp, r.dir, "report"):
        t.equal(code, 3, f"{name}: two results in a directory", said)
        t.contains(said, [sentence + advice], f"{name}: says which")
    t.ok(not os.path.exists(f"{tmp}/db"), "nothing is made of them")
    third = r.write("third.json")
    for name, code, said in all_commands(tmp, r.dir, "report"):
        t.contains(said, ["JSON of 3: " + ", ".join(paths) + ", ..."],
                   f"{name}: of three, too")
    os.unlink(third)
    # The same with a name that does not tell what is in the file.
    os.rename(paths[1], f"{r.dir}/old.txt")
    for name, code, said in all_commands(tmp, r.dir, "report"):
        t.equal(code, 3, f"{name}: by content, too", said)
        t.contains(said, [advice, "old.txt"], f"{name}: says so, too")


def two_sets_of_logs(t, tmp):
    """There are logs of more threads than the JSON has, because those of an
    earlier run were left."""
    r, threads = small_run(tmp)
    r.phase("create", threads).write()
    for number in (3, 4):
        r.log("create", None, number, threads[None][0])
    advice = "give each run a directory of its own, or name the JSON and logs"
    logs = f"{r.dir}/create_clat.1.log to {r.dir}/create_clat.4.log"
    for name, code, said in all_commands(tmp, r.dir):
        if name in ("stats", "result", "report"):
            said = re.sub(r"\s+", " ", said)
            t.equal(code, 3, f"{name}: logs of two runs", said)
            t.contains(said, [logs, "of another run", advice],
                       f"{name}: says which")
    t.ok(os.path.exists(f"{tmp}/page.html"), "the page says so, too")
    os.unlink(f"{r.dir}/out.json")
    done = run(r.dir)
    t.contains(done.stderr, ["expected fio's JSON, found only logs"],
               "logs alone")
    t.ok("smallfio-kept" not in done.stderr,
         "of a local run nothing is said of clients", done.stderr)


def two_runs_of_other_operations(t, tmp):
    """Two runs of different operations: stats prints both, and says that there
    are two."""
    r, threads = small_run(tmp)
    r.phase("create", threads).write("a.json")
    r.entries = []
    r.phase("stat", threads).write("b.json")
    done = any_command("stats", f"{r.dir}/a.json", f"{r.dir}/b.json")
    t.equal(done.returncode, 0, "stats of two operations", done.stderr)
    t.contains(done.stderr, ["JSON of 2 runs: ", "a.json", "b.json"],
               "says that they are of two runs")
    t.equal(run(r.dir).returncode, 3, "result wants one")


def main(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-one-run.") as tmp:
        for check in (two_runs, two_sets_of_logs,
                      two_runs_of_other_operations):
            check(t, tempfile.mkdtemp(dir=tmp))


if __name__ == "__main__":
    tap.main(main)
