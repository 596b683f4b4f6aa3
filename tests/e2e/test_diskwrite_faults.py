# SPDX-License-Identifier: GPL-2.0-only
"""Tests runs of fio-diskwrite.so that a disk, a file system or a user breaks.
Such a run ends soon, names file, offset and cause, and exits non-zero. Its log
keeps what was measured, and the next run starts clean."""
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
import tree

mounts.enter_namespace()

MIB = 1 << 20
SOON_S = 40
COMMON = dict(bs="1m", filesize="8m", runtime=60, time_based=True)


def kept(t, label, log, result=None):
    """Checks that what was measured is in the log. Without `result`, fio was
    killed and there is no report to compare with."""
    rows = diskwrite.log_rows(log)
    t.ok(rows and diskwrite.in_order(rows),
         f"{label}: the log has what was measured, in order",
         f"{len(rows)} lines")
    if result:
        t.equal(sum(r["bytes"] for r in rows), diskwrite.written(result),
                f"{label}: the log's sum is fio's")
    return rows


def failed(t, label, result, error, *words):
    t.ok(result.rc not in (0, None) and not result.timed_out
         and result.seconds < SOON_S, f"{label}: fio fails, and soon", result)
    t.contains(result.err, ["fio-diskwrite", os.strerror(error), *words],
               f"{label}: file, offset and cause are named")


def clean_again(t, label, top, **options):
    """Checks that the next run removes what the last one left, and
    succeeds."""
    done = diskwrite.run(top, **{**COMMON, "runtime": None, "time_based": None,
                                 "size": "2m", **options})
    t.equal((done.rc, diskwrite.files(top)), (0, {0: 2 * MIB}),
            f"{label}: the next run starts clean", done)


def full(t, space):
    log = os.path.join(space.path, "full.csv")
    for way, options in (("libaio", {}), ("io_uring", dict(iodepth=4)),
                         ("sync", {}), ("libaio", dict(fallocate="none")),
                         ("io_uring", dict(fallocate="none", direct=0))):
        label = f"full disk, {way} {options}"
        top = space.loop("ext4", "full", mib=60)
        result = diskwrite.run(top, submit=way, chunk_log=log, keep_files=100,
                               **COMMON, **options)
        failed(t, label, result, errno.ENOSPC,
               os.path.join(top, "diskwrite_h_00_0000000"))
        t.equal(result.jobs[0]["error"], errno.ENOSPC,
                f"{label}: fio's error is ENOSPC")
        if "fallocate" in options:
            t.contains(result.err, ["offset "], f"{label}: names the offset")
        kept(t, label, log, result)
        os.unlink(log)
        clean_again(t, label, top)
        mounts.unmount(top)


def full_is_the_aim(t, space):
    top = space.loop("ext4", "fill", mib=60)
    result = diskwrite.run(top, bs="1m", filesize="8m", fill_device=1,
                           keep_files=100, fallocate="none")
    t.ok(result.rc == 0 and diskwrite.written(result) > 30 * MIB,
         "fill_device=1: a full disk is the end, not an error", result)
    mounts.unmount(top)


def quota(t, space):
    top = space.loop("btrfs", "quota", mib=400)
    for words in (["quota", "enable", top],
                  ["subvolume", "create", f"{top}/sub"],
                  ["qgroup", "limit", "40m", f"{top}/sub"]):
        done = subprocess.run(["btrfs", *words], capture_output=True,
                              text=True)
        if done.returncode:
            raise tap.Unavailable(f"btrfs {' '.join(words)}: {done.stderr}")
    log = os.path.join(space.path, "quota.csv")
    for options in (dict(), dict(fallocate="none", submit="io_uring")):
        label = f"quota {options}"
        result = diskwrite.run(f"{top}/sub", chunk_log=log, keep_files=100,
                               **COMMON, **options)
        failed(t, label, result, errno.EDQUOT, f"{top}/sub/diskwrite_h_00_")
        rows = kept(t, label, log, result)
        t.ok(sum(r["bytes"] for r in rows) >= 24 * MIB,
             f"{label}: what it allows is written", len(rows))
        os.unlink(log)
    clean_again(t, "quota", f"{top}/sub")
    mounts.unmount(top)


def broken_disk(t, space):
    """Writes to a disk whose end does not work: its image is larger than the
    tmpfs that the image lies on."""
    for way in ("libaio", "io_uring", "sync"):
        label = f"EIO, {way}"
        small = space.tmpfs("small", "size=48m")
        image = os.path.join(small, "image")
        with open(image, "wb") as f:
            f.truncate(400 * MIB)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-E",
                        "lazy_itable_init=1,nodiscard", image], check=True)
        top = mounts.mount("ext4", os.path.join(space.path, "broken"), "-o",
                           "loop", source=image)
        log = os.path.join(space.path, "eio.csv")
        result = diskwrite.run(top, submit=way, chunk_log=log, keep_files=100,
                               **COMMON)
        t.ok(result.rc not in (0, None) and not result.timed_out,
             f"{label}: fio fails", result)
        t.contains(result.err, [os.path.join(top, "diskwrite_h_00_"),
                                "offset ", "write"],
                   f"{label}: file, offset and cause are named")
        t.ok(any(os.strerror(e) in result.err
                 for e in (errno.EIO, errno.ENOSPC)), f"{label}: the cause")
        kept(t, label, log, result)
        os.unlink(log)
        mounts.unmount(top)
        mounts.unmount(small)


def when_running(top, log, what, lines=20, **options):
    """Starts a run, and calls `what` when the log has more than `lines` lines.
    Returns the result of the run."""
    running = diskwrite.start(top, chunk_log=log, rate_iops=200,
                              **{**COMMON, **options})
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with open(log, "rb") as f:
                if f.read().count(b"\n") > lines:
                    break
        except FileNotFoundError:
            pass
        time.sleep(0.01)
    what(running)
    return running.wait(SOON_S)


def read_only(t, space):
    """The file system becomes read-only during the run, as ext4 does when it
    finds that it is damaged."""
    top = space.loop("ext4", "read-only", mib=300)
    device = subprocess.run(["findmnt", "-no", "SOURCE", top],
                            capture_output=True, text=True).stdout.strip()
    trigger = f"/sys/fs/ext4/{os.path.basename(device)}/trigger_fs_error"
    if not os.access(trigger, os.W_OK):
        raise tap.Unavailable(f"{trigger} is not there to be written")
    mounts.remount(top, "errors=remount-ro")
    log = os.path.join(space.path, "read-only.csv")

    def damage(running):
        with open(trigger, "w", encoding="ascii") as f:
            f.write("test")

    result = when_running(top, log, damage)
    failed(t, "read-only in mid-run", result, errno.EROFS,
           os.path.join(top, "diskwrite_h_00_"))
    kept(t, "read-only in mid-run", log, result)
    mounts.unmount(top)


def vanished(t, space):
    top = space.dir("vanished")
    log = os.path.join(space.path, "vanished.csv")
    result = when_running(top, log, lambda running: shutil.rmtree(top),
                          direct=0)
    failed(t, "vanished directory", result, errno.ENOENT, top)
    kept(t, "vanished directory", log, result)


def killed(t, space):
    """After kill -9 the log has every chunk that is on disk, except perhaps
    the last."""
    top = space.tmpfs("killed")
    log = os.path.join(space.path, "killed.csv")
    for n in range(3):
        when_running(top, log, lambda running: running.kill(), direct=0,
                     lines=20 + 150 * n, keep_files=100, host=f"h{n}",
                     chunk_log_sync=("chunk", "second", "none")[n])
    rows = diskwrite.log_rows(log)
    for n in range(3):
        own = [r for r in rows if r["host"] == f"h{n}"]
        t.ok(diskwrite.in_order(own) and len(own) >= 20,
             f"kill -9: log {n} is whole")
        last = own[-1]["file"]
        there = diskwrite.files(top, host=f"h{n}")
        t.ok(set(range(last + 1)) <= set(there) <= set(range(last + 2)),
             f"kill -9: the files of run {n} are in its log", there, last)
    done = diskwrite.run(top, size="2m", bs="1m", filesize="8m", direct=0,
                         host="h0", chunk_log=log)
    t.equal((done.rc, diskwrite.files(top, host="h0")), (0, {0: 2 * MIB}),
            "kill -9: the next run starts clean", done)
    t.ok(len(diskwrite.files(top, host="h1")) > 2,
         "kill -9: another host's files stay")
    t.equal(len(diskwrite.log_rows(log)), len(rows) + 2,
            "kill -9: the log is added to")


def interrupted(t, space):
    top = space.tmpfs("interrupted")
    log = os.path.join(space.path, "interrupted.csv")
    result = when_running(
        top, log, lambda running: running.process.send_signal(signal.SIGINT),
        direct=0, numjobs=2)
    t.ok(not result.timed_out, "SIGINT: it ends", result)
    kept(t, "SIGINT", log, result)


def torn_log(t, space):
    top = space.tmpfs("torn")
    log = os.path.join(space.path, "torn.csv")
    small = dict(bs="64k", filesize="1m", size="128k", direct=0)
    diskwrite.run(top, chunk_log=log, **small)
    with open(log, "ab") as f:
        f.write(b"1700000000.1,h,00,0")
    done = diskwrite.run(top, chunk_log=log, **small)
    t.equal(done.rc, 0, "a torn log: fio succeeds", done)
    t.contains(done.err, [log, "cut off"], "a torn log: it says so")
    t.equal(len(diskwrite.log_rows(log)), 4, "a torn log: is whole again")


def contents(top):
    return {path: tree.read_file(path) for path in tree.files_below(top)}


def refused(t, label, top, words, **options):
    """Checks that fio refuses the options, says why, and leaves the directory
    as it was. The engine makes a file to try O_DIRECT on; that is gone, too."""
    before = contents(top)
    result = diskwrite.run(top, **{"size": "1m", "bs": "64k", "direct": 0,
                                   **options})
    t.ok(result.rc not in (0, None) and not result.timed_out,
         f"{label}: fio fails", result)
    t.contains(result.err, ["fio-diskwrite", *words], f"{label}: says {words}")
    t.ok(before == contents(top), f"{label}: nothing has changed")


def refusals(t, space):
    top = space.dir("refused")
    precious = os.path.join(space.path, "precious")
    with open(precious, "w", encoding="ascii") as f:
        f.write("all I have\n")
    for options, words in (
            (dict(bs="1000"), ["bs=1000", "multiple of 512"]),
            (dict(filesize="32k"), ["filesize=32768", "bs=65536"]),
            (dict(keep_files=0), ["keep_files=0", "at least 1"]),
            (dict(keep_files=-1), ["keep_files=-1", "at least 1"]),
            (dict(rw="randwrite"), ["rw=write"]),
            (dict(rw="rw"), ["rw=write"]),
            (dict(submit="sync", iodepth=4), ["iodepth=4", "submit=libaio"]),
            (dict(filename="x"), ["filename=", "directory="]),
            (dict(verify="crc32c"), ["verify=", "rw=read"]),
            (dict(bsrange="4k-8k", bs=None), ["bsrange="]),
            (dict(filesize="1m-2m"), ["filesize="]),
            (dict(offset="64k"), ["offset="]),
            (dict(end_fsync=1), ["fsync_on_close"]),
            (dict(buffer_compress_percentage=50), ["content="]),
            (dict(host="a/b"), ["host="]),
            (dict(host="a,b"), ["host="]),
            (dict(rw="read"), ["no chunks", top]),
            (dict(chunk_log=precious), [precious, "no chunk log"]),
            (dict(chunk_log="/nowhere/log"), ["/nowhere/log", "No such file"]),
            (dict(chunk_log="/dev/null"), ["/dev/null", "no chunk log"]),
            (dict(chunk_log=top), [top, "directory"]),
            (dict(create_serialize=0), ["create_serialize=0"])):
        refused(t, f"{options}", top, words, **options)
    with open(precious, encoding="ascii") as f:
        t.equal(f.read(), "all I have\n", "a foreign chunk_log stays")
    with open(diskwrite.path(top, 3), "w", encoding="ascii") as f:
        f.write("all I have\n")
    refused(t, "a foreign file", top, [diskwrite.path(top, 3), "stays"])


def two_at_once(t, space):
    top = space.tmpfs("two")
    log = os.path.join(space.path, "two.csv")
    said = []

    def second(running):
        said.append(diskwrite.run(top, size="1m", bs="1m", direct=0))
        running.process.send_signal(signal.SIGINT)

    result = when_running(top, log, second, direct=0)
    t.ok(said[0].rc != 0, "two runs in one place: the second fails", said[0])
    t.contains(said[0].err, ["in use by another process", "host="],
               "two runs in one place: the second says why")
    kept(t, "two runs in one place", log, result)


def no_direct(t, space):
    """A file system without O_DIRECT: ramfs. (tmpfs has O_DIRECT since Linux
    6.6.)"""
    top = mounts.mount("ramfs", os.path.join(space.path, "no-direct"))
    for direct in (None, 1):
        refused(t, f"no O_DIRECT, direct={direct}", top, ["direct=0", top],
                direct=direct)
    done = diskwrite.run(top, size="1m", bs="64k", direct=0)
    t.equal(done.rc, 0, "no O_DIRECT, direct=0: goes through the cache", done)


def large_sectors(t, space):
    """On a disk with sectors of 4 KiB, chunks must be multiples of 4 KiB."""
    image = os.path.join(space.path, "sectors.image")
    with open(image, "wb") as f:
        f.truncate(300 * MIB)
    loop = subprocess.run(["losetup", "--sector-size", "4096", "-f", "--show",
                           image], capture_output=True, text=True)
    if loop.returncode:
        raise tap.Unavailable(f"losetup: {loop.stderr}")
    device = loop.stdout.strip()
    try:
        subprocess.run(["mkfs.ext4", "-q", "-F", device], check=True)
        top = mounts.mount("ext4", os.path.join(space.path, "sectors"),
                           source=device)
        shutil.rmtree(os.path.join(top, "lost+found"))
        refused(t, "sectors of 4 KiB", top, ["bs=2560", "direct=0", "4096"],
                bs="2560", direct=1)
        done = diskwrite.run(top, bs="4k", size="64k")
        t.equal(done.rc, 0, "sectors of 4 KiB: chunks of 4 KiB", done)
        mounts.unmount(top)
    finally:
        subprocess.run(["losetup", "-d", device])


def links(t, space):
    """A symbolic link stands where a file or the log should be. The engine
    neither writes nor removes anything through the link, and leaves the link
    itself there."""
    victim = space.dir("links-victim")
    secret = os.path.join(victim, "secret")
    for target in (secret, victim, os.path.join(victim, "absent")):
        for options in (dict(number=1), dict(number=7), dict(number=1, unlink=1),
                        dict(log=True)):
            label = f"link to {os.path.basename(target)}, {options}"
            top = space.dir(re.sub(r"\W+", "-", label))
            with open(secret, "w", encoding="ascii") as f:
                f.write("kept")
            log = os.path.join(top, "log.csv")
            link = (log if "log" in options
                    else diskwrite.path(top, options["number"]))
            os.symlink(target, link)
            done = diskwrite.run(top, host="h", chunk_log=log,
                                 unlink=options.get("unlink"), keep_files=1,
                                 **dict(COMMON, direct=0, filesize="1m",
                                        runtime=1))
            t.ok(done.rc not in (0, None) and not done.timed_out,
                 f"{label}: refused", done)
            t.contains(done.err, ["fio-diskwrite", link],
                       f"{label}: the message names the link")
            t.equal((os.listdir(victim), tree.read_file(secret),
                     os.readlink(link)), (["secret"], b"kept", target),
                    f"{label}: nothing is touched")


def main():
    space = mounts.Workspace()
    functions = [full, full_is_the_aim, quota, broken_disk, read_only,
                 vanished, killed, interrupted, torn_log, refusals,
                 two_at_once, no_direct, large_sectors, links]
    tap.main(*[lambda t, f=f: f(t, space) for f in functions])


main()
