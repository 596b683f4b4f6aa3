# SPDX-License-Identifier: GPL-2.0-only
"""Tests, with strace, that jobs that start together yield after their first
operation, so that the others can have theirs. A job does so once, outside of
what is measured. Where more threads run than there are processors, it
sleeps."""
import os
import re
import subprocess

import fio
import mounts
import tap

mounts.enter_namespace()

FILES = 4
# A job's calls as letters: it creates a file (C), looks how many threads run
# (L), yields (y) or sleeps (s). fio's own sleeps come before the first file or
# after the last.
LETTERS = ((r'openat\(.*"[^"]*crowd[^"]*", .*O_CREAT', "C"),
           (r'openat\(.*"/proc/loadavg"', "L"), (r"sched_yield\(", "y"),
           (r"(clock_)?nanosleep\(", "s"))


def jobs_of(space, wrap=(), **options):
    """Runs a create under strace. Returns fio's result and, for each job, the
    letters from its first file to its last."""
    out = os.path.join(space.path, "strace.out")
    top = space.dir(f"top-{len(os.listdir(space.path))}")
    result = fio.run([fio.section("create", prefix="crowd")],
                     wrap=[*wrap, "strace", "-f", "-qq", "-e",
                           "signal=none", "-e", "trace=openat,sched_yield,"
                           "nanosleep,clock_nanosleep", "-o", out],
                     directory=top, files=FILES, filesize="4k", **options)
    calls = {}
    with open(out, encoding="utf-8", errors="replace") as f:
        for line in f:
            tid, call = line.split(None, 1)
            for pattern, letter in LETTERS:
                if re.match(pattern, call):
                    calls[tid] = calls.get(tid, "") + letter
    return result, [text[text.index("C"):text.rindex("C") + 1]
                    for text in calls.values() if "C" in text]


def together(t, space):
    for options in ({}, {"thread": True}):
        label = f"3 {'threads' if options else 'processes'}"
        result, jobs = jobs_of(space, numjobs=3, **options)
        t.equal(result.rc, 0, f"{label}: fio succeeds", result)
        t.ok(len(jobs) == 3 and all(re.fullmatch("CL[ys]CCC", job)
                                    for job in jobs),
             f"{label}: each yields after its first operation, and only then",
             jobs)


def alone(t, space):
    result, jobs = jobs_of(space)
    t.equal((result.rc, jobs), (0, ["C" * FILES]),
            "a job that starts alone does not yield", result)


def crowded(t, space):
    """Two jobs on one processor, beside a process that is always busy
    there."""
    cpu = str(min(os.sched_getaffinity(0)))
    with subprocess.Popen(["taskset", "-c", cpu, "sh", "-c",
                           "while :; do :; done"]) as busy:
        try:
            result, jobs = jobs_of(space, wrap=["taskset", "-c", cpu],
                                   numjobs=2)
        finally:
            busy.kill()
    t.equal((result.rc, jobs), (0, ["CLsCCC"] * 2),
            "with more threads than processors a job sleeps instead", result)


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space)
               for f in (together, alone, crowded)])


main()
