# SPDX-License-Identifier: GPL-2.0-only
"""Tests faults with many operations in flight: a file system that does not
answer or fails at close, and a kernel that refuses io_uring's calls."""
import errno
import os
import signal
import time

import fio
import mounts
import smallfile
import stuck
import tap
import tree

mounts.enter_namespace()

FUSE_FLUSH = 25
DEPTH = 64
LAYOUT = dict(files_per_dir=10)
COMMON = dict(host="h", files=600, filesize=1000, spread=60, iodepth=DEPTH,
              **LAYOUT)
SOON_S = 30


class Far:
    """A file system with two switches: with `hang` it stops answering, with
    `fail` it fails at close."""

    def __init__(self, space):
        switches = space.dir("switches")
        self.hang = os.path.join(switches, "hang")
        self.fail = os.path.join(switches, "fail")
        self.top = space.far_away(delay_us=300, hang=self.hang,
                                  fail=self.fail)


def run(top, operation, *arguments, **options):
    return fio.run([fio.section(operation)], *arguments,
                   **{"directory": top, **COMMON, **options})


def close_fails(t, far):
    """An error of close() is an error of the operation at any depth. The
    operation is no sample."""
    for depth in (1, DEPTH):
        host = f"flush{depth}"
        with mounts.Switch(far.fail, f"{errno.EIO} {FUSE_FLUSH}"):
            result = run(far.top, "create", host=host, iodepth=depth,
                         ignore_error=",EIO", continue_on_error="all")
        t.contains(result.err, ["create: ", ": close: Input/output error"],
                   f"depth {depth}: the message has the error of close")
        t.equal(fio.busy_side(result.jobs[0])["clat_ns"]["N"], 0,
                f"depth {depth}: and each such file is an error")
        done = run(far.top, "cleanup", host=host, iodepth=1)
        t.ok(done.rc == 0, f"depth {depth}: cleanup", done)


def threads(members):
    """Returns the names of all threads of a run, also of io_uring's
    workers."""
    found = []
    for pid in members:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/comm",
                          encoding="ascii") as f:
                    found.append(f.read())
        except OSError:
            continue
    return found


def begin(far, operation, **options):
    """Starts a run, and returns it when operations are in flight."""
    running = fio.Running([fio.section(operation)], directory=far.top,
                          **{**COMMON, **options})
    deadline = time.monotonic() + SOON_S
    while time.monotonic() < deadline and not any(
            name.startswith("iou-wrk") for name in threads(running.members())):
        time.sleep(0.1)
    time.sleep(0.3)
    return running


def interrupted(t, far, operation, end_timeout, **options):
    """Sends SIGINT while the file system does not answer. The run ends all the
    same. Returns how many operations it counted."""
    label = f"{operation}, no answer, end_timeout={end_timeout}"
    running = begin(far, operation, end_timeout=end_timeout, **options)
    with mounts.Switch(far.hang):
        time.sleep(0.5)
        running.process.send_signal(signal.SIGINT)
        result = running.wait(SOON_S)
        t.ok(not result.timed_out, f"{label}: ends", result)
        t.equal(running.members(), [], f"{label}: no process is left")
    if result.timed_out:
        return 0
    t.contains(result.err, ["given up: no answer"], f"{label}: says why")
    side = fio.busy_side(result.jobs[0])
    t.equal(side["total_ios"], side["clat_ns"]["N"],
            f"{label}: each that counts is a sample")
    t.ok(side["total_ios"] > 0, f"{label}: some operations count", side)
    return side["total_ios"]


def hanging(t, far):
    made = run(far.top, "create")
    t.ok(made.rc == 0, "files are made", made)
    interrupted(t, far, "stat", 1, time_based=True, runtime=600)
    many = dict(host="many", files=2000, files_per_dir=100)
    made = run(far.top, "create", **many)
    t.ok(made.rc == 0, "more are made", made)
    # The rate is so low that the job is not done before the signal, even if
    # the signal comes late.
    left = interrupted(t, far, "delete", 0, rate_iops=200, **many)
    # The kernel may still do an operation that the engine gave up. So more
    # files may be gone than were counted, up to the depth.
    t.ok(left <= 2000 - len(tree.files_below(far.top)) + 600
         <= left + DEPTH, "delete, no answer: what counts is gone", left)
    for options in ({}, many):
        done = run(far.top, "cleanup", **{**options, "iodepth": 1})
        t.ok(done.rc == 0, "all there is can be removed", done)
    t.equal(tree.files_below(far.top), [], "nothing is left")


def error_ends(t, far):
    """The first error ends the job, after the operations in flight, also with
    end_timeout=0."""
    run(far.top, "create")
    layout = smallfile.Layout(far.top, "h", 0, COMMON["files"], **LAYOUT)
    os.unlink(layout.path(200))
    result = run(far.top, "stat", end_timeout=0)
    side = fio.busy_side(result.jobs[0])
    t.ok(result.rc != 0 and layout.path(200) in result.err,
         "an error ends the job", result)
    t.equal(side["total_ios"], side["clat_ns"]["N"],
            "an error with end_timeout=0: each that counts is a sample")
    run(far.top, "cleanup", iodepth=1)


def inject(call, error, when=""):
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:error={error}{when}", "-e", "signal=none"]


def switched_off(t, top):
    for error, text in (("EPERM", "/proc/sys/kernel/io_uring_disabled"),
                        ("ENOSYS", "this kernel has no io_uring")):
        result = fio.Running([fio.section("create")], directory=top,
                             wrap=inject("io_uring_setup", error),
                             **COMMON).wait()
        t.ok(result.rc != 0, f"io_uring_setup, {error}: fails", result)
        t.contains(result.err, ["fio-smallfile", text, "iodepth=1"],
                   f"io_uring_setup, {error}: says what to do")
        t.equal(tree.files_below(top), [],
                f"io_uring_setup, {error}: nothing was done")


def not_taken(t, top):
    """io_uring_enter() fails every third time, and the job succeeds."""
    for error in ("EAGAIN", "ENOMEM"):
        sections = []
        for operation in ("create", "read", "delete"):
            name, options = fio.section(operation)
            sections.append((name, dict(options, stonewall=True)))
        result = fio.Running(sections, directory=top,
                             wrap=inject("io_uring_enter", error, ":when=2+3"),
                             uring_always=1,
                             **{**COMMON, "files": 200}).wait()
        t.ok(result.rc == 0 and not result.err, f"{error}: succeeds", result)
        t.equal([(side["total_ios"], side["clat_ns"]["N"])
                 for side in map(fio.busy_side, result.jobs)],
                [(200, 200)] * 3, f"{error}: each is done and counted once")
        t.equal(tree.files_below(top), [],
                f"{error}: the deleted files are gone")


def faults(t):
    space = mounts.Workspace()
    far = Far(space)
    for test in (close_fails, hanging, error_ends):
        test(t, far)
    near = space.tmpfs("near")
    stuck.fails_beside_one(t, space.dir("stuck"), "an error beside a file "
                           "that never opens")
    switched_off(t, near)
    not_taken(t, near)


tap.main(faults)
