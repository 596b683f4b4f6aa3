# SPDX-License-Identifier: GPL-2.0-only
"""Tests that await-create measures how long a copier takes. rsync copies files
from one tree to another, each group after a delay that the test sets. The
st_ctime of the copies tells what await-create should have measured."""
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time

import fio
import mounts
import smallfile
import tap

mounts.enter_namespace()

HOST = "origin"
THREADS, FILES, GROUPS = 2, 40, 4
STEP_S = 0.3
STAMP = "user.smallfile-ctime-size"
# await-create looks every 0.5 ms, and st_ctime may be behind by one tick of
# the kernel's clock. Single files may be late on a busy machine; the median is
# not.
RESOLUTION_S = 0.02
# The most that a percentile may be off by. Delays differ by STEP_S, six times
# as much.
PERCENTILE_S = 0.05
COMMON = dict(files=FILES, filesize="5k", host=HOST, numjobs=THREADS,
              files_per_dir=7, dirs_per_dir=3)


def layouts(top):
    return [smallfile.Layout(top, HOST, thread, FILES, files_per_dir=7,
                             dirs_per_dir=3) for thread in range(THREADS)]


def rsync(source, target, paths):
    """Copies the files. Returns start and end of that, in seconds since
    1970."""
    start = time.time()
    with tempfile.NamedTemporaryFile("w") as names:
        names.writelines(os.path.relpath(p, source) + "\n" for p in paths)
        names.flush()
        subprocess.run(["rsync", "--archive", "--xattrs", "--files-from",
                        names.name, f"{source}/", f"{target}/"], check=True)
    return start, time.time()


def copied_in_groups(source, target, order):
    """Copies the groups in this order, one every STEP_S seconds. Returns
    {file number: (start, end) of the copy}."""
    begin = time.time()
    copied = {}
    for turn, group in enumerate(order, 1):
        numbers = range(group * FILES // GROUPS + 1,
                        (group + 1) * FILES // GROUPS + 1)
        paths = [lay.path(n) for lay in layouts(source) for n in numbers]
        time.sleep(max(0, begin + turn * STEP_S - time.time()))
        when = rsync(source, target, paths)
        copied |= {n: when for n in numbers}
    return copied


def measured(logs):
    """Returns for each thread a list of its latencies in seconds, in the order
    of the files."""
    found = []
    for thread in range(THREADS):
        path = os.path.join(logs, f"await_clat.{thread + 1}.log")
        with open(path, encoding="ascii") as f:
            found.append([int(line.split(",")[1]) * 1e-9 for line in f])
    return found


def created(layout, n):
    return float(os.getxattr(layout.path(n), STAMP).split(b",")[0])


def expected(layout):
    """Returns the latency that each file should have, in seconds: from its
    stamp until it is there and so are all files before it, because the thread
    waits for those first."""
    there, out = 0, []
    for n in layout.numbers():
        there = max(there, os.stat(layout.path(n)).st_ctime)
        out.append(there - created(layout, n))
    return out


def percentiles(logs):
    """Returns the 10th, 50th and 90th percentile of both threads together, in
    seconds."""
    done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], "stats", "--format",
                           "json", "--percentiles", "10,50,90", logs],
                          capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)["operations"][0]["statistics"]
    return [p["latency_ns"] * 1e-9 for p in rows[0]["percentiles"]]


def copy(t, label, space, order):
    source, target, logs = (os.path.join(space, label.replace(" ", "-"), name)
                            for name in ("source", "target", "logs"))
    for path in (source, target, logs):
        os.makedirs(path)
    awaiting = fio.Running(
        [fio.section("await-create", runtime=60, write_lat_log="await",
                     disable_lat=1, disable_slat=1)],
        directory=target, cwd=logs, **COMMON)
    made = fio.run([fio.section("create", record_ctime_size=1)],
                   directory=source, **COMMON)
    copied = copied_in_groups(source, target, order)
    result = awaiting.wait(90)
    t.ok(made.rc == 0 and result.rc == 0 and not result.err,
         f"{label}: create and await-create succeed", made, result)
    found = measured(logs)
    t.equal([len(times) for times in found], [FILES] * THREADS,
            f"{label}: a response time for each file")
    judge(t, label, layouts(target), found, copied)
    judge_percentiles(t, label, layouts(target), logs)


def judge(t, label, layouts_there, found, copied):
    over, outside = [], []
    for layout, times in zip(layouts_there, found):
        for n, s, want in zip(layout.numbers(), times, expected(layout)):
            over.append(s - want)
            start = max(copied[i][0] for i in range(1, n + 1))
            if s < start - created(layout, n):
                outside.append((n, s, start - created(layout, n)))
    t.equal(outside, [], f"{label}: none is seen before it was copied")
    # The tolerance is for rounding: a float of seconds since 1970 does not
    # hold all digits of st_ctime and of the stamp.
    t.ok(min(over) > -1e-6, f"{label}: none before its copy has its name",
         min(over))
    median = statistics.median(over)
    t.diag(f"{label}: beyond the imposed delay: median {median * 1e3:.2f} ms, "
           f"most {max(over) * 1e3:.2f} ms")
    t.ok(median < RESOLUTION_S,
         f"{label}: response times are the delays, within the resolution",
         median)


def judge_percentiles(t, label, layouts_there, logs):
    deciles = statistics.quantiles([s for layout in layouts_there
                                    for s in expected(layout)], n=10,
                                   method="inclusive")
    want = [deciles[0], deciles[4], deciles[8]]
    got = percentiles(logs)
    t.diag(f"{label}: p10, p50, p90 in s: measured "
           f"{' '.join(f'{s:.4f}' for s in got)}, imposed "
           f"{' '.join(f'{s:.4f}' for s in want)}")
    t.ok(all(abs(a - b) < PERCENTILE_S for a, b in zip(got, want)),
         f"{label}: percentiles are those of the delays", got, want)


def copies(t):
    if not shutil.which("rsync"):
        raise tap.Unavailable("rsync is not installed")
    space = mounts.Workspace().loop("ext4")
    copy(t, "in order", space, range(GROUPS))
    copy(t, "out of order", space, [0, 2, 1, 3])


tap.main(copies)
