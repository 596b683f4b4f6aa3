# SPDX-License-Identifier: GPL-2.0-only
"""A test program, run by one that does nothing but look at the clock.

A virtual machine stands still when its host wants to: seconds pass between two
lines of a program that had a time to keep. What fails in a run in which that
was seen to happen may say nothing: the program is run again, in namespaces of
its own, and what had failed stays in the log. A check that fails a second time
has failed, whatever a third run would say: a fault that shows only under load
is one. So has a program that fails while the machine does not stand still.
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
# How often the clock is looked at, and what a busy machine may be late by.
LOOK_S, LATE_S = 0.02, 0.25
POINT = re.compile(r"(not ok|ok) \d+(?: - )?(.*)", re.S)


def die_with_parent():
    """For Popen: kills the process when the one that started it dies."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Clocks:
    """For how many seconds each processor did nothing for this program."""

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
    """What attempts print, in one numbering. From a failure on it is held back
    until it is known what that was."""

    def __init__(self):
        self.points = 0
        self.held = []
        self.planned = False

    def take(self, lines):
        """Returns the names of the checks that failed."""
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
        # One that ended before it had printed a plan has not run to its end.
        if self.planned:
            self.print(f"1..{self.points}\n")


def _attempt(command, output):
    """The program's exit code, and the names of the checks that failed."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                             errors="replace", preexec_fn=die_with_parent,
                             env={**os.environ, MARK: "1"})
    failed = output.take(child.stdout)
    code = child.wait()
    return code, failed or ({"it succeeds"} if code else set())


def _attempts(output):
    """The exit code of the run that counts."""
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
    """Goes on in a program of its own; the one that called it never does."""
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
