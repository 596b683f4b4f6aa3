# SPDX-License-Identifier: GPL-2.0-only
"""Runs a test program, and runs it again if it failed on a machine that stood
still.

The program that a user starts becomes a supervisor. It starts itself once more
as a child, which does the tests, and watches the clock meanwhile.

A virtual machine stands still when its host has other work. Then seconds pass
between two lines of a test that had a time to keep, and a check may fail
although the code is right. So the rules are:

- A test program that fails while the machine stood still is run again. The
  checks that failed stay in the log.
- A check that fails in two runs has failed, whatever a third run would say. A
  fault that shows only under load is a fault.
- A test program that fails while the machine did not stand still has failed.
- There are at most TRIES runs.
"""
import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
import time

MARK = "SMALLFIO_TEST_ATTEMPT"
TRIES = 3
# A thread looks at the clock every LOOK_S seconds. If it wakes up more than
# LATE_S seconds late, the machine stood still; a busy machine is less late.
LOOK_S, LATE_S = 0.02, 0.25
POINT = re.compile(r"(not ok|ok) \d+(?: - )?(.*)", re.S)


def die_with_parent():
    """Has the kernel kill this process when its parent dies. To be given to
    Popen as preexec_fn."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Clocks:
    """Adds up the seconds for which each processor ran nothing of ours. One
    thread on each processor sleeps, and notes how late it wakes up."""

    def __init__(self):
        self.late_s = {}
        for cpu in os.sched_getaffinity(0):
            self.late_s[cpu] = 0.0
            threading.Thread(target=self._watch, args=[cpu],
                             daemon=True).start()

    def _watch(self, cpu):
        os.sched_setaffinity(0, {cpu})
        last = time.monotonic()
        while True:
            time.sleep(LOOK_S)
            now = time.monotonic()
            late = now - last - LOOK_S
            self.late_s[cpu] += late if late > LATE_S else 0
            last = now

    def most(self):
        return max(self.late_s.values())


class Output:
    """Prints the TAP lines of all runs with one numbering. From the first
    failed check on, lines are held back until it is known whether the run
    counts."""

    def __init__(self):
        self.points = 0
        self.held = []
        self.planned = False

    def take(self, lines):
        """Prints or holds back the lines of one run. Returns the names of the
        checks that failed."""
        self.planned = False
        failed = set()
        for text in lines:
            found = POINT.match(text)
            if found and found[1] == "not ok":
                failed.add(found[2].strip())
            if text.startswith("1.."):
                self.planned = True
            elif self.held or failed:
                self.held.append(text)
            else:
                self.print(text)
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
    """Runs the program once. Returns its exit code, and the names of the
    checks that failed."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                             errors="replace", preexec_fn=die_with_parent,
                             env={**os.environ, MARK: "1"})
    failed = output.take(child.stdout)
    code = child.wait()
    return code, failed or ({"it succeeds"} if code else set())


def _attempts(output):
    """Runs the program as often as the rules above say. Returns the exit code
    of the last run, which is the one that counts."""
    clocks, before = Clocks(), set()
    for left in reversed(range(TRIES)):
        late = clocks.most()
        code, failed = _attempt([sys.executable, *sys.argv], output)
        still = clocks.most() - late
        if still:
            output.print(f"# the machine stood still for {still:.1f} s\n")
        for name in sorted(before & failed):
            output.print(f"# failed twice: {name}\n")
        if not code or not still or not left or before & failed:
            return code
        before |= failed
        output.print("# it is tried again, for that may be why this failed:\n")
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
