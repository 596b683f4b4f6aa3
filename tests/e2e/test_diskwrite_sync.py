# SPDX-License-Identifier: GPL-2.0-only
"""Tests what fio-diskwrite.so has on disk when: the chunk log after a power
failure (chunk_log_sync=), and a file when it is closed (fsync_on_close=1).
Also tests what the engine says when a sync or a write fails."""
import errno
import os
import re
import shutil
import signal
import subprocess
import time

import diskwrite
import mounts
import tap

mounts.enter_namespace()

MIB = 1 << 20
CHUNK_S = 0.05


def lines_of(log):
    """Returns the whole lines. A power failure may cut the last one, where a
    page ends; the next run goes on before that line."""
    try:
        with open(log, encoding="ascii") as f:
            return f.read().rpartition("\n")[0].splitlines()
    except FileNotFoundError:
        return []


def at_rest(device):
    """Returns whether the device has no request in flight."""
    path = f"/sys/block/{os.path.basename(device)}/inflight"
    with open(path, encoding="ascii") as f:
        return f.read().split() == ["0", "0"]


def power_cut(space, name, sync, seconds):
    """Acts out a power failure. The disk keeps what has reached it, as a disk
    with a protected cache does. All that the kernel held in memory is lost.
    Returns the lines of the log before the failure, the lines after it, and
    how many the log has after one more run."""
    top = space.loop("ext4", name, mib=64)
    device = subprocess.run(["findmnt", "-no", "SOURCE", top], check=True,
                            capture_output=True, text=True).stdout.strip()
    log = os.path.join(top, "log.csv")
    data = space.tmpfs(f"{name}-data", "size=64m")
    running = diskwrite.start(data, bs="64k", filesize="1m", direct=0,
                              submit="sync", rate_iops=int(1 / CHUNK_S),
                              runtime=60, time_based=True, chunk_log=log,
                              chunk_log_sync=sync, progress_interval=0)
    tap.until(lambda: len(lines_of(log)) > 20)
    time.sleep(seconds)
    for pid in running.members():
        os.kill(pid, signal.SIGSTOP)
    tap.until(lambda: at_rest(device))
    image = os.path.join(space.path, f"{name}.image")
    copy = os.path.join(space.path, f"{name}-after.image")
    before = lines_of(log)
    shutil.copyfile(image, copy)
    running.kill()
    running.wait(10)
    after = mounts.mount("ext4", os.path.join(space.path, f"{name}-after"),
                         "-o", "loop", source=copy)
    found = lines_of(os.path.join(after, "log.csv"))
    # The next run can add to what is left of the log, and a reader can read
    # it.
    done = diskwrite.run(data, bs="64k", filesize="1m", size="128k", direct=0,
                         chunk_log=os.path.join(after, "log.csv"))
    rows = (diskwrite.log_rows(os.path.join(after, "log.csv"))
            if not done.rc else [])
    for path in (after, top, data):
        mounts.unmount(path)
    return before, found, len(rows)


def power_failure(t, space):
    """With chunk_log_sync=chunk at most the last chunk is missing, because
    here the time between two chunks is longer than a sync of the log. With
    `second`, the chunks of the last second and a bit may be missing."""
    for sync, seconds, most in (("chunk", 0.3, 1),
                                ("second", 1.2, int(2 / CHUNK_S))):
        before, found, rows = power_cut(space, f"power-{sync}", sync, seconds)
        label = f"power failure, chunk_log_sync={sync}"
        t.equal(found, before[:len(found)],
                f"{label}: what is there is the beginning of the log")
        t.ok(len(before) - most <= len(found),
             f"{label}: all but the last {most} chunks are there",
             f"{len(found)} of {len(before)} lines")
        t.equal(rows, len(found) - 1 + 2, f"{label}: the log can be added to")
    # The test would see a missing sync: without any sync, lines are lost.
    # Other programs of this machine may sync all file systems, as sync(1)
    # does. So one of several failures has to lose lines.
    for number in range(5):
        before, found, _ = power_cut(space, f"power-none-{number}", "none", 0)
        lost = len(before) - len(found)
        if lost > 10:
            break
    t.ok(len(before) > 20 and lost > 10,
         "power failure, chunk_log_sync=none: lines are lost",
         f"{len(found)} of {len(before)} lines")


CALL = re.compile(r"^(?:\d+ +)?(\w+)\((\d+)<([^>]*)>.* = (-?\d+)")


def calls_on_files(trace, stem):
    """Returns {path: [names of the system calls on that file, in order]}."""
    calls = {}
    with open(trace, encoding="ascii", errors="replace") as f:
        for line in f:
            found = CALL.match(line)
            if found and os.path.basename(found[3]).startswith(stem):
                calls.setdefault(found[3].removesuffix(" (deleted)"),
                                 []).append(found[1])
    return calls


def fsync_on_close(t, space):
    """With fsync_on_close=1 each file is written, then synced once, then
    closed. Without the option there is no sync."""
    top = space.loop("ext4", "fsync", mib=128)
    trace = os.path.join(space.path, "trace")
    wrap = ["strace", "-f", "-y", "-o", trace, "-e",
            "trace=pwrite64,fsync,fdatasync,close,fallocate"]
    for wanted in (1, 0):
        done = diskwrite.run(top, wrap=wrap, bs="256k", filesize="1m",
                             size="2560k", submit="sync", keep_files=9,
                             host=f"h{wanted}", fsync_on_close=wanted)
        t.equal(done.rc, 0, f"fsync_on_close={wanted}: fio succeeds", done)
        calls = calls_on_files(trace, f"diskwrite_h{wanted}_00_")
        t.equal(len(calls), 3, f"fsync_on_close={wanted}: three files")
        for number, path in enumerate(sorted(calls)):
            chunks = 2 if number == 2 else 4
            rest = [c for c in calls[path] if c != "fallocate"]
            t.equal(rest[:chunks + 1], ["pwrite64"] * (chunks + 1),
                    f"fsync_on_close={wanted}: file {number}: its first block "
                    "and its chunks are written")
            # A second close is of the descriptor that holds the lock.
            t.ok(rest[chunks + 1:] in
                 ([*["fsync"] * wanted, "close"],
                  [*["fsync"] * wanted, "close", "close"]),
                 f"fsync_on_close={wanted}: file {number}: "
                 f"{'synced' if wanted else 'not synced'}, then closed",
                 calls[path])
    mounts.unmount(top)


def fsync_is_after_completion(t, space):
    """With several chunks in flight, a file is synced after all of its chunks
    are done."""
    top = space.loop("ext4", "flight", mib=128)
    trace = os.path.join(space.path, "flight-trace")
    done = diskwrite.run(top, bs="256k", filesize="1m", size="3m", iodepth=4,
                         keep_files=9, fsync_on_close=1,
                         wrap=["strace", "-f", "-y", "-o", trace, "-e",
                               "trace=io_submit,io_getevents,io_pgetevents,fsync"])
    t.equal(done.rc, 0, "fsync_on_close at depth 4: fio succeeds", done)
    completed, at_sync = 0, []
    with open(trace, encoding="ascii", errors="replace") as f:
        for line in f:
            got = re.search(r"io_p?getevents\(.* = (\d+)$", line.rstrip())
            completed += int(got[1]) if got else 0
            if re.search(r"fsync\(\d+<.*diskwrite_h_00_", line):
                at_sync.append(completed)
    t.ok(len(at_sync) == 3 and
         all(done >= 4 * (n + 1) for n, done in enumerate(at_sync)),
         "fsync_on_close at depth 4: each file is complete before its sync",
         at_sync)
    mounts.unmount(top)


def injected(space, top, what, **options):
    """Runs fio under strace, which makes a system call fail. Returns the
    result and the log."""
    log = os.path.join(space.path, "injected.csv")
    done = diskwrite.run(top, bs="64k", filesize="256k", size="1m", direct=0,
                         submit="sync", keep_files=9, chunk_log=log,
                         wrap=["strace", "-f", "-o", "/dev/null", "-e",
                               f"inject={what}"], **options)
    rows = diskwrite.log_rows(log)
    os.unlink(log)
    return done, rows


def failing_calls(t, space):
    top = space.tmpfs("injected")
    said = os.strerror(errno.EIO)
    done, rows = injected(space, top, "fsync:error=EIO:when=2",
                          fsync_on_close=1)
    t.ok(done.rc not in (0, None), "a sync fails: so does fio", done)
    t.contains(done.err, [diskwrite.path(top, 1), "fsync", said],
               "a sync fails: the file and the cause are named")
    t.ok(rows and diskwrite.in_order(rows), "a sync fails: the log is kept")
    # The first write to each file is its first block. So with four chunks a
    # file, the ninth write is the third chunk of file 1.
    done, rows = injected(space, top, "pwrite64:error=EIO:when=9")
    t.ok(done.rc not in (0, None), "a write fails in mid-run: so does fio",
         done)
    t.contains(done.err, [diskwrite.path(top, 1), f"offset {2 * 65536}:",
                          "write", said],
               "a write fails in mid-run: file, offset and cause are named")
    t.equal([(r["file"], r["chunk"]) for r in rows],
            [(0, n) for n in range(4)] + [(1, 0), (1, 1)],
            "a write fails in mid-run: the log has all before it, no more")
    done = diskwrite.run(top, bs="64k", filesize="256k", size="128k", direct=0)
    t.equal((done.rc, diskwrite.files(top)), (0, {0: 128 << 10}),
            "a write fails in mid-run: the next run starts clean", done)


def main():
    space = mounts.Workspace()
    functions = [power_failure, fsync_on_close, fsync_is_after_completion,
                 failing_calls]
    tap.main(*[lambda t, f=f: f(t, space) for f in functions])


main()
