# SPDX-License-Identifier: GPL-2.0-only
"""Tests latencies against an independent measurement. strace measures how long
the system calls take, on a file system with a known delay, and fio's latencies
must agree.

At a depth io_uring makes the requests, and there are no calls to measure. There
no latency may be shorter than the delays of its requests."""
import os
import re
import shutil

import fio
import mounts
import objects
import tap

mounts.enter_namespace()

DELAY_US = 50_000
FILES = 4
COMMON = dict(files=FILES, filesize="4k", xattr_count=1, xattr_size=10)
# With these operations the engine asks the file system for nothing between two
# files.
OPERATIONS = ("create", "overwrite", "read", "stat", "rename", "mkdir",
              "setxattr", "swift-put")
MODES = {"in order": dict(), "random": dict(rand=True),
         "burst=1": dict(burst=1)}
# The least number of requests of an operation that follow each other.
AT_DEPTH = {"create": 2, "read": 2, "stat": 1, "rename": 1, "setxattr": 2}
CALL = re.compile(r"^(\d+) +\w+\((.*) <([\d.]+)>$")
BROKEN = re.compile(r"^(\d+) +\w+\((.*)<unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*) <([\d.]+)>$")


def prepare(top, operations):
    sections = objects.preparations(operations)
    done = fio.run(sections, directory=top, iodepth=64, uring_always=1,
                   **COMMON)
    if done.rc:
        raise RuntimeError(f"preparation: {done}")


def calls_of(path):
    """Reads strace's output. Returns {process: [(arguments, seconds)]}."""
    calls, begun = {}, {}
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            broken, whole = BROKEN.match(line), CALL.match(line)
            resumed = RESUMED.match(line)
            if broken:
                begun[broken.group(1)] = broken.group(2)
            elif resumed:
                pid, rest, seconds = resumed.groups()
                calls.setdefault(pid, []).append(
                    (begun.pop(pid, "") + rest, float(seconds)))
            elif whole:
                pid, text, seconds = whole.groups()
                calls.setdefault(pid, []).append((text, float(seconds)))
    return calls


def kernel_seconds(calls, host):
    """Returns the seconds in system calls from the first one that names a file
    of the host on. Calls that are not of the operations take no time here."""
    for of_process in calls.values():
        at = [i for i, (text, _) in enumerate(of_process)
              if f'"_{host}_00_' in text]
        if at:
            # The calls after the last name work on the open file.
            return sum(s for text, s in of_process[at[0]:at[-1] + 12]
                       if '"/' not in text)
    return 0


def witnessed(top, place, mode):
    out = os.path.join(place, "strace.out")
    done = fio.run([fio.section(operation, host=operation, **mode)
                    for operation in OPERATIONS],
                   wrap=["strace", "-f", "-qq", "-T", "-e", "signal=none",
                         "-o", out], directory=top, **COMMON)
    calls, found = calls_of(out), {}
    for operation in OPERATIONS:
        clat = done.side(operation)[0]["clat_ns"]
        found[operation] = (clat["mean"] * clat["N"] / 1e9,
                            kernel_seconds(calls, operation))
    return done, found


def agrees(latencies, kernel):
    """Returns whether the two agree. The latency also has strace's stops, so
    it may be longer by up to a quarter. One request too many would add more
    than that."""
    return kernel and -0.02 < latencies / kernel - 1 < 0.25


def witness(t, far):
    if not shutil.which("strace"):
        raise tap.Unavailable("strace is not installed")
    for way, mode in MODES.items():
        def measure():
            place = SPACE.dir(f"{way}-{len(os.listdir(SPACE.path))}")
            top = os.path.join(far, os.path.basename(place))
            os.mkdir(top)
            prepare(top, OPERATIONS)
            return witnessed(top, place, mode)
        done, found = tap.best_of(
            3, measure,
            lambda pair: all(agrees(*p) for p in pair[1].values()))
        t.ok(done.rc == 0, f"{way}: succeeds under strace", done)
        for operation, (latencies, kernel) in found.items():
            t.ok(agrees(latencies, kernel),
                 f"{way}, {operation}: fio and the kernel agree",
                 f"{latencies:.4f} s by fio, {kernel:.4f} s by the kernel")


def at_depth(t, far):
    top = os.path.join(far, "depth")
    os.mkdir(top)
    prepare(top, AT_DEPTH)
    for rand in (False, True):
        if rand:
            top = os.path.join(far, "depth-random")
            os.mkdir(top)
            prepare(top, AT_DEPTH)
        done = fio.run([fio.section(operation, host=operation, rand=rand,
                                    iodepth=64) for operation in AT_DEPTH],
                       directory=top, **COMMON)
        t.ok(done.rc == 0, f"depth 64, random {rand}: succeeds", done)
        for operation, requests in AT_DEPTH.items():
            clat = done.side(operation)[0]["clat_ns"]
            t.ok(clat["min"] >= requests * DELAY_US * 1000,
                 f"depth 64, random {rand}, {operation}: {requests} requests",
                 clat)


SPACE = mounts.Workspace()
tap.main(*tap.sharing(lambda: SPACE.far_away(delay_us=DELAY_US), witness,
                      at_depth))
