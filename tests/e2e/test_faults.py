# SPDX-License-Identifier: GPL-2.0-only
"""Tests runs that a file system or a user breaks. Such a run ends soon, says
why, and exits non-zero. What it made can be removed."""
import errno
import glob
import os
import re
import shutil
import signal
import subprocess
import time

import fio
import mounts
import possible
import tap
import tree

mounts.enter_namespace()

COMMON = dict(host="h", numjobs=2, files=2000, filesize="64k")
SOON_S = 60


def failed_with(t, label, result, error, *words):
    """Checks that the run ended by itself, in time, with this error."""
    t.ok(result.rc not in (0, None) and not result.timed_out
         and result.seconds < SOON_S, f"{label}: fio fails, and soon", result)
    t.contains(result.err, ["fio-smallfile", os.strerror(error), *words],
               f"{label}: the message says why and where")


def is_empty_after_cleanup(t, label, top, **options):
    done = fio.run([fio.section("cleanup")], directory=top,
                   **{**COMMON, **options})
    t.ok(done.rc == 0, f"{label}: cleanup works", done)
    left = [n for n in os.listdir(top) if n != "lost+found"]
    t.equal(left, [], f"{label}: cleanup leaves nothing")


def full_one(t, label, top, **options):
    result = fio.run([fio.section("create")], directory=top, timeout=SOON_S,
                     **{**COMMON, **options})
    failed_with(t, label, result, errno.ENOSPC, top)
    jobs = result.named("create")
    t.ok(any(j["error"] == errno.ENOSPC for j in jobs),
         f"{label}: fio's error is ENOSPC")
    done = sum(s["clat_ns"]["N"] for s in result.side("create"))
    t.ok(0 < done < 2 * COMMON["files"],
         f"{label}: the files before it are samples", f"{done} samples")
    is_empty_after_cleanup(t, label, top)


def full(t, space):
    full_one(t, "full tmpfs", space.tmpfs("full-tmpfs", "size=8m"))
    ext4 = space.loop("ext4", "full-ext4", mib=24)
    full_one(t, "full ext4, threads", ext4, thread=True)
    full_one(t, "full ext4, fsync", ext4, fsync_on_close=1)
    xfs = space.loop("xfs", "full-xfs", mib=300)
    full_one(t, "full xfs", xfs, filesize="1m")
    inodes = space.tmpfs("full-inodes", "size=8m,nr_inodes=300")
    full_one(t, "no inodes left", inodes, empty=1)
    few = space.tmpfs("few-inodes", "size=8m,nr_inodes=20")
    result = fio.run([fio.section("create")], directory=few, timeout=SOON_S,
                     **{**COMMON, "files_per_dir": 2})
    failed_with(t, "no inodes for directories", result, errno.ENOSPC, few,
                "mkdir")
    is_empty_after_cleanup(t, "no inodes for directories", few,
                           files_per_dir=2)


def read_only(t, space):
    top = space.tmpfs("read-only")
    small = dict(COMMON, files=5)
    done = fio.run([fio.section("create")], directory=top, **small)
    t.ok(done.rc == 0, "read-only: preparation succeeds", done)
    can = possible.operations(top)
    mounts.remount(top, "ro")
    before = tree.snapshot(top)
    for operation, row in can.items():
        if (row["reads"] or row["before"] == "RENAMED"
                or operation == "fsync-dir"):
            continue
        result = fio.run([fio.section(operation)], directory=top,
                         timeout=SOON_S, xattr_count=1, xattr_size=8,
                         **dict(small, numjobs=1, host="new"
                                if row["before"] == "NONE" else "h"))
        if row["before"] == "DIR":
            # mkdir could not make directories before. So the operation may
            # fail because they are missing.
            t.ok(result.rc != 0, f"read-only: {operation} fails", result)
            continue
        failed_with(t, f"read-only: {operation}", result, errno.EROFS, top)
    result = fio.run([fio.section("read"), fio.section("stat")],
                     directory=top, **small)
    t.ok(result.rc == 0, "read-only: read and stat work", result)
    mounts.remount(top, "rw")
    t.ok(before == tree.snapshot(top), "read-only: nothing has changed",
         tree.differences(before, tree.snapshot(top)))


def as_nobody(space):
    """Returns words that run a program as an unprivileged user, and an
    environment with a copy of the engine that this user can read."""
    if os.geteuid():
        return [], {}
    if not shutil.which("setpriv"):
        raise tap.Unavailable("setpriv is not installed")
    lib = space.dir("lib")
    shutil.copy(os.path.join(fio.engine_dir(), fio.ENGINE), lib)
    return (["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
            {"LD_LIBRARY_PATH": lib})


def not_allowed(t, space):
    wrap, env = as_nobody(space)
    top = space.dir("not-allowed")
    os.chmod(top, 0o755 if wrap else 0o555)
    small = dict(COMMON, files=5)
    result = fio.run([fio.section("create")], directory=top, wrap=wrap,
                     env=env, timeout=SOON_S, **small)
    failed_with(t, "a directory that cannot be written", result,
                errno.EACCES, top)
    t.equal(os.listdir(top), [], "a directory that cannot be written: "
            "nothing is made")
    if not wrap:
        return
    done = fio.run([fio.section("create")], directory=top, **small)
    t.ok(done.rc == 0, "not allowed: preparation succeeds", done)
    before = tree.snapshot(top)
    for operation in ("delete", "append", "chmod", "setxattr", "rename",
                      "cleanup"):
        result = fio.run([fio.section(operation)], directory=top, wrap=wrap,
                         env=env, timeout=SOON_S, xattr_count=1, xattr_size=1,
                         **small)
        expected = errno.EPERM if operation == "chmod" else errno.EACCES
        failed_with(t, f"another user's files: {operation}", result,
                    expected, top)
    t.ok(before == tree.snapshot(top), "another user's files are unchanged",
         tree.differences(before, tree.snapshot(top)))
    os.chmod(os.path.join(top, "file_srcdir"), 0o700)
    result = fio.run([fio.section("stat")], directory=top, wrap=wrap, env=env,
                     timeout=SOON_S, **small)
    failed_with(t, "a directory that cannot be searched", result,
                errno.EACCES, top)


def no_attributes(t, space):
    """A file system without user attributes: ramfs."""
    top = mounts.mount("ramfs", os.path.join(space.path, "no-attributes"))
    small = dict(COMMON, files=5, filesize="1k", xattr_count=1, xattr_size=8)
    done = fio.run([fio.section("create")], directory=top, **small)
    t.ok(done.rc == 0, "without attributes create works", done)
    for operation in ("setxattr", "getxattr", "swift-put"):
        result = fio.run([fio.section(operation)], directory=top,
                         timeout=SOON_S, **small)
        failed_with(t, f"without attributes: {operation}", result,
                    errno.EOPNOTSUPP, top, "support")
    result = fio.run([fio.section("create", record_ctime_size=1)],
                     directory=top, timeout=SOON_S, **dict(small, host="x"))
    failed_with(t, "without attributes: record_ctime_size", result,
                errno.EOPNOTSUPP, top, "support")
    done = fio.run([fio.section("cleanup")], directory=top,
                   **dict(small, host="x"))
    t.ok(done.rc == 0, "without attributes: cleanup of one host works", done)
    is_empty_after_cleanup(t, "without attributes", top, files=5)


def no_direct(t, space):
    """A file system without O_DIRECT: ramfs. (tmpfs has O_DIRECT since Linux
    6.6.)"""
    top = mounts.mount("ramfs", os.path.join(space.path, "no-direct"))
    result = fio.run([fio.section("create")], directory=top, direct=1,
                     timeout=SOON_S, **dict(COMMON, files=5))
    t.ok(result.rc != 0, "direct=1 without O_DIRECT fails", result)
    t.contains(result.err, ["direct=0", top],
               "direct=1 without O_DIRECT: the message says what to do")


def both_work(running):
    """Waits until two threads of a run have used a processor for 0.3 s."""
    def busy(ticks=0.3 * os.sysconf("SC_CLK_TCK")):
        count = 0
        for pid in running.members():
            for path in glob.glob(f"/proc/{pid}/task/*/stat"):
                try:
                    with open(path, encoding="ascii") as f:
                        columns = f.read().rsplit(")", 1)[1].split()
                except OSError:
                    continue
                count += sum(map(int, columns[11:13])) >= ticks
        return count >= 2
    end = time.monotonic() + SOON_S
    while not busy() and time.monotonic() < end:
        time.sleep(0.05)
    return busy()


def interrupt(t, space, **options):
    label = f"SIGINT, {'threads' if options else 'processes'}"
    top = space.dir(label.replace(", ", "-"))
    done = fio.run([fio.section("create")], directory=top,
                   **dict(COMMON, files=50))
    t.ok(done.rc == 0, f"{label}: preparation succeeds", done)
    running = fio.Running([fio.section("stat")], directory=top, runtime=300,
                          time_based=True, **dict(COMMON, files=50),
                          **options)
    t.ok(both_work(running), f"{label}: it is running")
    running.process.send_signal(signal.SIGINT)
    sent = time.monotonic()
    result = running.wait(30)
    t.ok(not result.timed_out, f"{label}: it ends", result)
    t.ok(result.rc not in (0, None), f"{label}: it exits with an error",
         result)
    t.diag(f"{label}: over {time.monotonic() - sent:.2f} s after the signal,"
           f" exit {result.rc}")
    counts = [s["total_ios"] for s in result.side("stat")]
    t.ok(len(counts) == 2 and all(n > 100 for n in counts),
         f"{label}: partial results are printed", result, counts)
    t.equal(running.members(), [], f"{label}: no process is left")


def interrupt_waiting(t, space):
    """SIGINT also ends a job that waits for the files of another host."""
    top = space.dir("waiting")
    running = fio.Running([fio.section("await-create", runtime=300)],
                          directory=top, **COMMON)
    time.sleep(1.5)
    running.process.send_signal(signal.SIGINT)
    result = running.wait(30)
    t.ok(not result.timed_out and result.seconds < 25,
         "SIGINT ends await-create", result)
    t.equal(running.members(), [], "SIGINT ends await-create: no process is "
            "left")


def interrupt_preparing(t, space):
    """SIGINT also ends a job that still makes the directories of a large
    tree."""
    top = space.dir("preparing")
    running = fio.Running([fio.section("create")], directory=top,
                          **dict(COMMON, files=20000000, files_per_dir=10,
                                 empty=1))
    time.sleep(1.5)
    running.process.send_signal(signal.SIGINT)
    result = running.wait(30)
    t.ok(not result.timed_out and result.seconds < 25,
         "SIGINT ends the making of directories", result)
    t.ok(result.rc not in (0, None),
         "SIGINT ends the making of directories: it exits with an error",
         result)
    t.equal(running.members(), [],
            "SIGINT ends the making of directories: no process is left")
    t.equal(tree.files_below(top), [],
            "SIGINT ends the making of directories: no file was made")


def killed_job(t, space):
    """A job that fails before the start does not keep the others waiting."""
    top = space.dir("bad-job")
    files = os.path.join(top, "file_srcdir", "bad")
    os.makedirs(os.path.dirname(files))
    with open(files, "w", encoding="utf-8"):
        pass
    result = fio.run([fio.section("create", host="good"),
                      fio.section("create", "bad", host="bad")],
                     directory=top, timeout=SOON_S, files=10, numjobs=2)
    t.ok(result.rc != 0 and not result.timed_out,
         "a job that fails in preparation fails the run, and soon", result)
    t.contains(result.err, [files, os.strerror(errno.ENOTDIR)],
               "a job that fails in preparation says where")
    good = [s["total_ios"] for s in result.side("create")]
    t.equal(good, [10, 10], "the other jobs run", result)


def missing_engine(t, space):
    env = {"LD_LIBRARY_PATH": space.dir("empty-lib")}
    result = fio.run([fio.section("create")], directory=space.dir("none"),
                     env=env, timeout=SOON_S, files=1)
    installed = subprocess.run(["ldconfig", "-p"], capture_output=True,
                               text=True).stdout
    if fio.ENGINE in installed:
        t.diag("an installed engine was found instead")
        return
    t.ok(result.rc != 0, "without the engine fio fails", result)
    t.contains(result.err, [fio.ENGINE], "without the engine: fio names it")


def other_fio(t, space):
    """A fio that says it is another version is refused, because its structures
    may differ."""
    path = shutil.which(fio.FIO)
    with open(path, "rb") as f:
        program = f.read()
    said = subprocess.run([path, "--version"], capture_output=True,
                          text=True).stdout.strip()
    other = re.sub(r"\d$", lambda m: str((int(m[0]) + 1) % 10), said)
    if program.count(said.encode() + b"\0") < 1:
        raise tap.Unavailable(f"{path} does not hold its version as a string")
    copy = os.path.join(space.path, "other-fio")
    with open(copy, "wb") as f:
        f.write(program.replace(said.encode() + b"\0",
                                other.encode() + b"\0"))
    os.chmod(copy, 0o755)
    top = space.dir("other")
    result = fio.run([fio.section("create")], directory=top, fio=copy,
                     timeout=SOON_S, files=1)
    t.ok(result.rc not in (0, None) and result.rc > 0,
         "another fio version: fio fails", result)
    t.contains(result.err, [said, other, "rebuild"],
               "another fio version: both are named, and what to do")
    t.equal(os.listdir(top), [], "another fio version: nothing is made")


def main():
    space = mounts.Workspace()
    functions = [full, read_only, not_allowed, no_attributes, no_direct,
                 interrupt, interrupt_waiting, interrupt_preparing,
                 killed_job, missing_engine, other_fio]
    tests = [lambda t, f=f: f(t, space) for f in functions]
    tests.insert(6, lambda t: interrupt(t, space, thread=True))
    tap.main(*tests)


main()
