# SPDX-License-Identifier: GPL-2.0-only
"""Tests that what fio-diskwrite.so writes can be neither compressed nor
deduplicated, within a file and across files, threads, hosts and runs."""
import os
import shutil
import subprocess

import diskwrite
import mounts
import tap

mounts.enter_namespace()

MIB = 1 << 20
# The least size of a job's buffers. In files longer than this, a part of each
# sector repeats (the first 64 bytes never do).
POOL = 32 * MIB


def pieces_of(top, size):
    """Returns all files of a directory, cut into pieces of `size` bytes."""
    pieces = []
    for name in sorted(os.listdir(top)):
        with open(os.path.join(top, name), "rb") as f:
            data = f.read()
        pieces += [data[at:at + size] for at in range(0, len(data), size)]
    return pieces


def distinct(t, space):
    """No two blocks are equal in small files of two runs, three hosts, two
    threads and both kinds of contents."""
    top = space.tmpfs("distinct", "size=300m")
    kept = space.dir("kept")
    for run in range(2):
        for host, bs in (("a", "256k"), ("b", "64k"), ("c", "384k")):
            for content in ("random", "fresh"):
                done = diskwrite.run(top, host=host + content[0], bs=bs,
                                     filesize="2m", size="4m", numjobs=2,
                                     content=content, keep_files=9, direct=0,
                                     submit="sync")
                t.equal(done.rc, 0, f"{content}, host {host}: fio writes", done)
        for name in os.listdir(top):
            shutil.move(os.path.join(top, name),
                        os.path.join(kept, f"{name}_{run}"))
    for size, what in ((4096, "blocks of 4 KiB"), (512, "sectors")):
        pieces = pieces_of(kept, size)
        t.equal(len(set(pieces)), len(pieces),
                f"no two of {len(pieces)} {what} are equal")
    mounts.unmount(top)


def zstd(path, *options):
    """Returns the size of the compressed file as a share of the file's
    size."""
    with subprocess.Popen(["zstd", "-q", "-c", "-T2", *options, path],
                          stdout=subprocess.PIPE) as process:
        packed = 0
        while piece := process.stdout.read(MIB):
            packed += len(piece)
    if process.returncode:
        raise tap.Unavailable(f"zstd {options}: {process.returncode}")
    return packed / os.path.getsize(path)


def least_distance(data):
    """Returns how far a compressor would have to look back at least to find
    bytes that repeat: two sectors that are equal but for their first 64 bytes.
    Returns the length of the data if there are no such sectors."""
    seen, least = {}, len(data)
    for at in range(0, len(data), 512):
        rest = data[at + 64:at + 512]
        least = min(least, at - seen.get(rest, at - least))
        seen[rest] = at
    return least


def incompressible(t, space):
    """A long file cannot be compressed. The file is longer than the buffers,
    so that contents which repeat would be found."""
    if not shutil.which("zstd"):
        raise tap.Unavailable("zstd is not installed")
    for content, bs, packers in (
            ("random", "1m", (["-3"], ["-9"], ["-3", "--long=24"])),
            ("random", "4608", (["-3"],)),
            ("random", "4k", (["-3"],)),
            ("random", "10m", (["-3"],)),
            ("fresh", "1m", (["-3"], ["-3", "--long=27"]))):
        label = f"content={content} bs={bs}"
        top = space.tmpfs(f"{content}-{bs}", "size=200m")
        done = diskwrite.run(top, bs=bs, size="80m", filesize="80m", direct=0,
                             content=content, submit="sync")
        t.equal(done.rc, 0, f"{label}: fio writes", done)
        path = diskwrite.path(top, 0)
        t.ok(os.path.getsize(path) > 2 * POOL, f"{label}: a long file")
        for options in packers:
            share = zstd(path, *options)
            t.ok(share >= 0.999, f"{label}: zstd {' '.join(options)} saves "
                 "nothing", share)
        with open(path, "rb") as f:
            distance = least_distance(f.read())
        t.ok(distance >= (POOL if content == "random" else 80 * MIB),
             f"{label}: what repeats of a sector does not before "
             f"{distance / MIB:.1f} MiB")
        sectors = pieces_of(top, 512)
        t.equal(len(set(sectors)), len(sectors),
                f"{label}: no two of {len(sectors)} sectors are equal")
        mounts.unmount(top)


def main():
    space = mounts.Workspace()
    tap.main(lambda t: distinct(t, space), lambda t: incompressible(t, space))


main()
