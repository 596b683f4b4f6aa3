# SPDX-License-Identifier: GPL-2.0-only
"""Runs a test program, and runs it again if it failed.

The program that a user starts becomes a supervisor. It starts itself once more
as a child, which does the tests.

A machine that others share stands still now and then, syncs its disks, or
gives a processor to somebody else in the middle of a test. Then a check may
fail although the code is right. So the rules are:

- A test program that fails is run again: of one whose functions stand apart
  (tap.main), those that failed. The checks that failed stay in the log, and
  scripts/count-tests names them in the last lines of CI.
- A check that fails in two runs has failed, whatever a third run would say. A
  fault that shows only under load is a fault.
- There are at most TRIES runs. CI takes few programs that ran again.
"""
import ctypes
import os
import re
import signal
import subprocess
import sys

import tap

MARK = "SMALLFIO_TEST_ATTEMPT"
TRIES = 3
POINT = re.compile(r"(not ok|ok) \d+(?: - )?(.*)", re.S)
ENDED = re.compile(r"# (\S+) has ended after ")


def die_with_parent():
    """Has the kernel kill this process when its parent dies. To be given to
    Popen as preexec_fn."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Output:
    """Prints the TAP lines of all runs with one numbering. From the first
    failed check of a function on, lines are held back until it is known whether
    the run counts."""

    def __init__(self):
        self.points = 0
        self.held = []
        self.planned = False
        self.again = []

    def take(self, lines):
        """Prints or holds back the lines of one run. Returns the names of the
        checks that failed. self.again has the functions that failed, or is
        empty if all have to run again."""
        self.planned = False
        self.again = []
        failed, here = set(), []
        for text in lines:
            found, ended = POINT.match(text), ENDED.match(text)
            fails = found and found[1] == "not ok"
            if fails:
                failed.add(found[2].strip())
            if text.startswith("1.."):
                self.planned = True
            elif ended:
                if here:
                    self.again.append(ended[1])
                self.held += here
                here = []
                self.print(text)
            elif here or fails:
                here.append(text)
            else:
                self.print(text)
        self.held += here
        if here or not self.planned:
            self.again = []
        return failed if self.planned else failed | {"it runs to its end"}

    def print(self, text):
        found = POINT.match(text)
        if found:
            self.points += 1
            text = f"{found[1]} {self.points} - {found[2]}"
        sys.stdout.write(text)
        sys.stdout.flush()

    def release(self, before=""):
        for text in self.held:
            self.print(before + text)
        self.held = []

    def end(self):
        self.release()
        # Without a plan of its own the last run did not reach its end. Then
        # no plan is printed, so that meson sees a failure.
        if self.planned:
            self.print(f"1..{self.points}\n")


def _attempt(command, output):
    """Runs the program once, or of the program what failed. Returns its exit code,
    and the names of the checks that failed."""
    only = {tap.ONLY: " ".join(output.again)} if output.again else {}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                             errors="replace", preexec_fn=die_with_parent,
                             env={**os.environ, **only, MARK: "1"})
    failed = output.take(child.stdout)
    code = child.wait()
    return code, failed or ({"it succeeds"} if code else set())


def _attempts(output):
    """Runs the program as often as the rules above say. Returns the exit code
    of the last run, which is the one that counts."""
    before = set()
    for left in reversed(range(TRIES)):
        code, failed = _attempt([sys.executable, *sys.argv], output)
        for name in sorted(before & failed):
            output.print(f"# failed twice: {name}\n")
        if not code or not left or before & failed:
            return code
        before |= failed
        output.print("# it is tried again, for this may have been chance:\n")
        output.release("#   ")


def supervise():
    """Makes this process the supervisor, and never returns from it. In the
    child, which does the tests, returns at once."""
    if MARK in os.environ:
        return
    output = Output()

    def told_to_end(number, _):
        output.release()
        os._exit(128 + number)
    signal.signal(signal.SIGTERM, told_to_end)
    code = _attempts(output)
    output.end()
    os._exit(code if code >= 0 else 128 - code)
