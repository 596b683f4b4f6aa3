# SPDX-License-Identifier: GPL-2.0-only
"""Writes a million chunks with fio-diskwrite.so, as many as a run of an hour
may have. Memory stays constant, and the log has every chunk."""
import os

import diskwrite
import mounts
import tap

mounts.enter_namespace()

MILLION = 1000000


def stream(log):
    """Reads the log of one thread at depth 1 line by line, because it is too
    long to hold in memory. Returns (lines, sum of bytes, whether the chunks
    are in order, memory at the first 2,000 lines, memory at the last
    2,000)."""
    lines = total = early = late = 0
    ordered, last = True, (-1.0, 0, -1)
    with open(log, encoding="ascii") as f:
        next(f)
        for line in f:
            now, _, _, file, chunk, size, *_, rss = line.split(",")
            now, file, chunk = float(now), int(file), int(chunk)
            ordered &= now >= last[0] and (
                (file, chunk) in ((last[1], last[2] + 1), (last[1] + 1, 0)))
            last = now, file, chunk
            total += int(size)
            lines += 1
            if lines <= 2000:
                early = max(early, int(rss))
            if lines > MILLION - 2000:
                late = max(late, int(rss))
    return lines, total, ordered, early, late


def many_chunks(t, space):
    """A million chunks: memory stays constant, no line is lost."""
    top = space.tmpfs("many")
    log = os.path.join(space.path, "many.csv")
    done = diskwrite.run(top, size=MILLION * 4096, bs="4k", filesize="4m",
                         direct=0, submit="sync", chunk_log=log,
                         chunk_log_sync="none", timeout=150)
    t.equal(done.rc, 0, "a million chunks: fio succeeds", done)
    lines, total, ordered, early, late = stream(log)
    t.equal((lines, total), (MILLION, diskwrite.written(done)),
            "a million chunks: the log has each, its sum is fio's")
    t.equal(total, MILLION * 4096, "a million chunks: all are written")
    t.ok(ordered, "a million chunks: in order, none missing")
    t.ok(0 < late < early + 1024, "a million chunks: memory is constant",
         f"{early} KiB, then {late} KiB")


def main():
    space = mounts.Workspace()
    tap.main(lambda t: many_chunks(t, space))


main()
