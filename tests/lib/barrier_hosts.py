# SPDX-License-Identifier: GPL-2.0-only
"""Several fio processes that stand for hosts and meet at one start barrier.
Their latency logs hold the time of day, and so tell when each job started."""
import glob
import os
import re
import time

import fio
from tap import until

SMALL = dict(files=50, filesize="4k")
# Threads of different hosts start a few ms apart. A busy machine needs longer.
TOGETHER_S = 0.7
SOON_S = 40


class Host:
    """A fio process with its own logs. All hosts have the same start barrier
    and the same file system."""

    def __init__(self, place, name, sections, **options):
        self.name = name
        self.logs = os.path.join(place, f"logs-{name}-{time.monotonic_ns()}")
        os.makedirs(self.logs)
        self.start_s = time.time()
        self.running = fio.Running(
            sections, directory=os.path.join(place, "top"), host=name,
            write_lat_log=os.path.join(self.logs, "log"), log_unix_epoch=1,
            **{**SMALL, **options})
        self.result = None

    def wait(self, timeout=SOON_S):
        self.result = self.running.wait(timeout)
        return self.result

    def spans(self):
        """Returns (time of the first sample, time of the last) in seconds for
        each job that has samples, in the order of the jobs."""
        found = {}
        for path in glob.glob(os.path.join(self.logs, "log_clat.*.log")):
            with open(path, encoding="ascii") as f:
                times = [int(line.split(",")[0]) / 1000 for line in f]
            if times:
                job = int(re.search(r"(\d+)\.log$", path)[1])
                found[job] = (min(times), max(times))
        return [found[job] for job in sorted(found)]

    def working(self):
        """Returns whether the host has made files."""
        return any(files for _, _, files in os.walk(os.path.join(
            os.path.dirname(self.logs), "top", "file_srcdir", self.name)))

    def children(self):
        """Returns the processes that fio has forked, the oldest first."""
        return sorted(p for p in self.running.members()
                      if p != self.running.process.pid)


def place_of(space, name):
    """Makes a directory with two others in it: `top` for the files, `gate` for
    the start barrier. Returns the paths of the directory and of `gate`."""
    place = space.dir(name)
    os.mkdir(os.path.join(place, "top"))
    os.mkdir(os.path.join(place, "gate"))
    return place, os.path.join(place, "gate")


def waits(gate, name, section=0):
    return until(lambda: os.path.exists(
        os.path.join(gate, "smallfio-gate", f"section-{section}", name)))


def all_good(t, label, hosts):
    for host in hosts:
        result = host.wait()
        t.ok(result.rc == 0 and not result.timed_out,
             f"{label}: host {host.name} succeeds", result)


def together(t, label, spans):
    first = [span[0] for span in spans]
    apart = max(first) - min(first) if first else 99
    t.diag(f"{label}: {len(first)} jobs start within {apart * 1000:.0f} ms")
    t.ok(apart < TOGETHER_S, f"{label}: they start together", first)


def none_left(t, label, gate, *hosts):
    t.equal(os.listdir(gate), [],
            f"{label}: nothing stays in the barrier's directory")
    for host in hosts:
        t.equal(host.running.members(), [],
                f"{label}: no process of {host.name} is left")
