# SPDX-License-Identifier: GPL-2.0-only
"""Lets two programs run in turns, by SIGSTOP and SIGCONT. Both are under way at the
same time, so that whatever slows the machine for a second slows both alike."""

import atexit
import os
import pathlib
import signal
import subprocess
import sys
import time

# Programs that run or are stopped. A benchmark that is ended early kills them, so
# that none stays behind, stopped for ever.
_under_way = []


def _kill_all():
    while _under_way:
        program = _under_way.pop()
        if program.returncode is None:
            for pid in [*children(program.pid), program.pid]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            # program.wait() would hang if the signal that led here came while it
            # ran.
            try:
                os.waitpid(program.pid, 0)
            except ChildProcessError:
                pass


def _end(*_):
    """Kills the programs, before the file systems that they work on are
    unmounted."""
    _kill_all()
    sys.exit(1)


def started(command, **options):
    """Starts a program. It is killed when this one ends."""
    if not _under_way:
        atexit.register(_kill_all)
        for sent in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sent, _end)
    program = subprocess.Popen([str(word) for word in command],
                               stdout=subprocess.PIPE, text=True, **options)
    _under_way.append(program)
    return program


class Stopped:
    """A program's processes, which run or are stopped together."""

    def __init__(self, pids):
        self.pids = pids
        self.since = None
        self.total_s = 0

    def _tell(self, what):
        for pid in self.pids:
            try:
                os.kill(pid, what)
            except ProcessLookupError:
                pass

    def stop(self):
        self._tell(signal.SIGSTOP)
        self.since = time.monotonic()

    def hold(self):
        """Stops the program before its own clock has begun, so this time is not
        counted."""
        self._tell(signal.SIGSTOP)

    def go_on(self):
        if self.since is not None:
            self.total_s += time.monotonic() - self.since
            self.since = None
        self._tell(signal.SIGCONT)


def children(pid):
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def jobs_of(pid, count, until):
    """Waits until a program has made a process for each of its threads. Returns
    their ids."""
    while len(found := children(pid)) < count:
        if time.time() > until:
            sys.exit(f"{count} processes expected of {pid}, found {found}")
        time.sleep(0.001)
    return found


def take_turns(running, first, second, slice_ms):
    """Lets two programs run in turns until one of `running` has ended. `first` and
    `second` are their Stopped objects. The clocks of both have begun, and go on
    while a program is stopped. `second` is stopped when this begins."""
    first.go_on()
    while all(p.poll() is None for p in running):
        time.sleep(slice_ms / 1000)
        first.stop()
        second.go_on()
        first, second = second, first
    for each in (first, second):
        each.go_on()
