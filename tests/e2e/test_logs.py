# SPDX-License-Identifier: GPL-2.0-only
"""Tests that fio's latency log has each operation. fio enlarges a full log when
it queues the next operation, so the last lines are at risk if the log is full
just before the job ends. Also tests logs of averages, which fio's main process
writes, and not the job."""
import os

import diskwrite
import fio
import mounts
import tap

mounts.enter_namespace()

# Numbers of files a little beyond 1,024 and 3,072 lines, where fio's log is
# full and has to grow.
COUNTS = (1025, 1030, 1060, 3090)
LOG = dict(write_lat_log="x", disable_lat=1, disable_slat=1)


def lines(top):
    with open(os.path.join(top, "x_clat.1.log"), encoding="ascii") as f:
        return len(f.readlines())


def small_files(t, space):
    for count in COUNTS:
        top = space.dir(f"small-{count}")
        common = dict(directory=top, cwd=top, host="h", files=count,
                      filesize=100, files_per_dir=50, spread=16)
        made = fio.run([fio.section("create")], **common)
        t.ok(made.rc == 0, f"{count} files are there", made)
        for label, rand, options in (
                ("one at a time", False, {}),
                ("one at a time, alone", True, dict(burst=1)),
                ("one at a time, in bursts", True, {}),
                ("depth 4", True, dict(iodepth=4, uring_always=1)),
                ("depth 64", True, dict(iodepth=64, uring_always=1)),
                ("depth 64, in order", False, dict(iodepth=64,
                                                   uring_always=1))):
            done = fio.run([fio.section("read", rand=rand, **LOG,
                                        **options)], **common)
            t.equal((done.rc, lines(top)), (0, count),
                    f"{label}: {count} reads, as many lines", done)


def chunks(t, space):
    for count in COUNTS:
        for way, depth in (("sync", 1), ("libaio", 1), ("libaio", 64),
                           ("io_uring", 64)):
            top = space.dir(f"chunks-{count}-{way}-{depth}")
            done = diskwrite.start(
                top, submit=way, iodepth=depth, bs=4096, filesize="1m",
                size=count * 4096, direct=0, **{
                    **LOG, "write_lat_log": os.path.join(top, "x")}).wait()
            t.equal((done.rc, lines(top)), (0, count),
                    f"{way}, depth {depth}: {count} chunks, as many lines",
                    done)


# A log of each kind that fio can average.
AVERAGED = dict(write_bw_log="a", write_iops_log="a", write_lat_log="a",
                log_avg_msec=50)
WAYS = {
    "in order": (False, {}),
    "random": (True, {}),
    "one at a time": (False, dict(burst=1)),
    "after ramp_time": (False, dict(ramp_time="200ms")),
    "random, after ramp_time": (True, dict(ramp_time="200ms")),
    "depth 8": (False, dict(iodepth=8, uring_always=1)),
    "threads": (True, dict(numjobs=2, thread=1)),
}


def averaged(t, space):
    top = space.dir("averaged")
    common = dict(directory=top, cwd=top, host="h", files=500, filesize=100)
    made = fio.run([fio.section("create", numjobs=2)], **common)
    t.ok(made.rc == 0, "files are there", made)
    for label, (rand, options) in WAYS.items():
        done = fio.run([fio.section("stat", rand=rand, time_based=True,
                                    runtime="600ms", **AVERAGED, **options)],
                       **common)
        t.ok(done.rc == 0 and done.jobs and not done.err,
             f"averages, {label}: fio ends as it should", done)


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in (small_files, chunks, averaged)])


main()
