# SPDX-License-Identifier: GPL-2.0-only
"""fio's latency log has each operation, also where it is full just before the
job ends: it grows when fio queues the next one, and then there is none."""
import os

import diskwrite
import fio
import mounts
import tap

mounts.enter_namespace()

# fio's logs hold 1,024 lines, then twice as many more each time.
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


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in (small_files, chunks)])


main()
