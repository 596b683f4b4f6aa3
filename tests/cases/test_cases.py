# SPDX-License-Identifier: GPL-2.0-only
"""Runs smallfio on inputs of real users that it once refused or misread.

Each folder beside this file holds the smallest input that shows one fault. Its
expected.txt says what smallfio must do with that input. The lines there:

    # TEXT           why this is a case
    known to fail    the fault is not mended yet; the test fails once it is
    $ COMMAND        run by sh in a copy of the folder
    exit CODE...     the command's exit code is one of these
    has REGEX        stdout and stderr, in one line, match
    not REGEX        they do not match

    test_cases.py SMALLFIO
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import tap

HERE = os.path.dirname(os.path.realpath(__file__))
SMALLFIO = os.path.realpath(sys.argv[1])
EXPECTED = "expected.txt"


class Command:
    """A command line, and the (word, argument) lines that say what must come
    of it."""

    def __init__(self, line):
        self.line = line
        self.expected = []

    def run(self, directory):
        path = f"{os.path.dirname(SMALLFIO)}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-c", self.line], cwd=directory, text=True, timeout=60,
            errors="replace", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": path})
        # All white space becomes one blank: where a line breaks does not
        # matter.
        flat = " ".join(done.stdout.split())
        for word, argument in self.expected:
            if word == "exit":
                good = str(done.returncode) in argument.split()
            else:
                good = bool(re.search(argument, flat)) == (word == "has")
            yield (good, f"{self.line}: {word} {argument}",
                   f"exit code: {done.returncode}", done.stdout)


def read_case(path):
    """Returns the commands of a case, and whether the case is known to
    fail."""
    commands, known = [], False
    with open(path, encoding="utf-8") as f:
        for line in f.read().splitlines():
            word, _, argument = line.partition(" ")
            if line == "known to fail":
                known = True
            elif word == "$":
                commands.append(Command(argument))
            elif word in ("exit", "has", "not") and commands:
                commands[-1].expected.append((word, argument.strip()))
            elif line and word != "#":
                raise ValueError(f"{path}: not understood: {line}")
    return commands, known


def check_case(t, name):
    commands, known = read_case(os.path.join(HERE, name, EXPECTED))
    t.ok(commands and all(c.expected for c in commands),
         f"{name}: each command has something to expect")
    with tempfile.TemporaryDirectory() as tmp:
        copy = shutil.copytree(os.path.join(HERE, name), f"{tmp}/{name}",
                               ignore=shutil.ignore_patterns(EXPECTED))
        checks = [check for c in commands for check in c.run(copy)]
    if known:
        t.ok(not all(good for good, *_ in checks), f"{name}: known to fail",
             f"it passes: remove this line from {name}/{EXPECTED}")
        return
    for good, what, *facts in checks:
        t.ok(good, f"{name}: {what}", *facts)


def main():
    cases = sorted(d for d in os.listdir(HERE)
                   if os.path.isdir(os.path.join(HERE, d)))
    tap.main(lambda t: t.ok(cases, "there are cases"),
             *[lambda t, name=name: check_case(t, name) for name in cases])


main()
