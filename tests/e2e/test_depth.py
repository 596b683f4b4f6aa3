# SPDX-License-Identifier: GPL-2.0-only
"""Tests fio's options about depth on a file system where operations wait, and
how a job ends with many operations in flight."""
import os
import re
import signal
import subprocess
import time

import fio
import mounts
import smallfile
import tap
import tree

mounts.enter_namespace()

FILES = 400
COMMON = dict(host="h", files=FILES, filesize=1000, files_per_dir=10,
              spread=40)


def run(top, operation, *arguments, **options):
    return fio.run([fio.section(operation)], *arguments,
                   **{"directory": top, **COMMON, **options})


def share(job, what, key):
    """Returns the percentage at `key` in fio's table of depths `what`."""
    return job[what][key]


def exactly(t, far, depth):
    """Exactly `depth` operations are in flight. The file system answers
    nothing meanwhile, so that the count does not depend on the machine."""
    running = fio.Running([fio.section("stat")], directory=far.top,
                          time_based=True, runtime=600,
                          **{**COMMON, "iodepth": depth})
    # So many are in flight only when the operations have begun. The
    # preparation has fewer.
    far.waiting.until(lambda n: n > depth // 2)
    with mounts.Switch(far.hang):
        t.equal(far.waiting.until(lambda n: n == depth), depth,
                f"depth {depth}: so many are in flight")
        time.sleep(0.2)
        t.equal(far.waiting.count(), depth,
                f"depth {depth}: no more are in flight")
    running.process.send_signal(signal.SIGINT)
    result = running.wait(60)
    t.ok(not result.timed_out, f"depth {depth}: ends", result)


def depth_is_reached(t, far):
    """The queue is full most of the time. If fio comes late by as much as the
    latency, the queue has run dry and fills again from 1. If that happened
    every time, the queue would be full once in `depth` operations."""
    for depth, key in ((1, "1"), (16, "16"), (64, ">=64")):
        exactly(t, far, depth)
        result = run(far.top, "stat", iodepth=depth)
        job = result.jobs[0]
        t.ok(result.rc == 0 and not result.err, f"depth {depth}: succeeds",
             result)
        t.ok(share(job, "iodepth_level", key) > 25,
             f"depth {depth}: so many stay in flight", job["iodepth_level"])
        side = fio.busy_side(job)
        t.equal((side["total_ios"], side["clat_ns"]["N"]), (FILES, FILES),
                f"depth {depth}: each file is one operation and one sample")
        # No operation takes less than the file system's latency of 1 ms.
        t.ok(side["clat_ns"]["min"] >= 1_000_000,
             f"depth {depth}: a latency contains all the waiting",
             side["clat_ns"])


def seconds_at(top, depth):
    begin = time.monotonic()
    run(top, "stat", iodepth=depth)
    return time.monotonic() - begin


def many_take_no_longer(t, far):
    """Operations overlap: depth 32 takes less time than depth 1. How much less
    is not checked."""
    alone, many = tap.best_of(
        3, lambda: [seconds_at(far.top, depth) for depth in (1, 32)],
        lambda found: found[1] < found[0])
    t.ok(many < alone, "operations overlap", alone, many)


def batches(t, far):
    job = run(far.top, "stat", iodepth=32, iodepth_batch=8,
              iodepth_batch_complete_min=8, iodepth_batch_complete_max=32
              ).jobs[0]
    # Fewer than 8 may be handed over at a time. That depends on how many have
    # ended meanwhile.
    t.equal([share(job, "iodepth_submit", k) for k in ("16", "32", "64")],
            [0, 0, 0], "iodepth_batch: no more are handed over at a time",
            job["iodepth_submit"])
    # Only at the end are fewer than 8 taken: once in 13 times or more.
    t.ok(share(job, "iodepth_complete", "4") < 10,
         "iodepth_batch_complete_min: no fewer are taken at a time",
         job["iodepth_complete"])
    job = run(far.top, "stat", iodepth=32, iodepth_batch_complete_min=1,
              iodepth_batch_complete_max=4).jobs[0]
    # Only at the end are more than 4 taken, because fio then takes all.
    t.ok(share(job, "iodepth_complete", "4") > 95,
         "iodepth_batch_complete_max: no more are taken at a time",
         job["iodepth_complete"])
    job = run(far.top, "stat", iodepth=32, iodepth_low=4).jobs[0]
    t.ok(sum(share(job, "iodepth_level", k) for k in ("4", "8", "16")) > 20,
         "iodepth_low: drains before it fills again", job["iodepth_level"])


def rates(t, far):
    """rate_iops= and number_ios= hold at a depth. Fewer operations are right,
    too, because fio does not make up for time in which it had no processor."""
    def operations():
        result = run(far.top, "stat", iodepth=16, rate_iops=100,
                     time_based=True, runtime=2)
        return fio.busy_side(result.jobs[0])["total_ios"]
    count = tap.best_of(3, operations, lambda n: n >= 150)
    t.ok(150 <= count <= 260, "rate_iops holds", count)
    result = run(far.top, "stat", iodepth=16, number_ios=50)
    side = fio.busy_side(result.jobs[0])
    t.ok(50 <= side["total_ios"] < 50 + 16, "number_ios holds",
         side["total_ios"])


def fewer_files_than_depth(t, far):
    """With fewer files than the depth, a file's turn comes again while it is
    still in flight. The second operation waits for the first."""
    for operation in ("create", "delete", "rename", "append"):
        result = fio.run([fio.section("cleanup", name="clean"),
                          ("make", dict(fio.section("create")[1],
                                        stonewall=True)),
                          (operation, dict(fio.section(operation)[1],
                                           stonewall=True, loops=4))],
                         directory=far.top, host="few", files=5, iodepth=16,
                         filesize=1000)
        if operation == "create":
            # The section before has made the files, so this create fails.
            continue
        t.ok(result.rc == 0, f"{operation}: five files, depth 16, four times",
             result)
    result = fio.run([fio.section("create", rand=True)], directory=far.top,
                     host="random", files=9, iodepth=16, norandommap=True,
                     time_based=True, runtime=5, filesize=1000)
    t.ok(result.rc == 0, "random order with repetition, depth 16", result)


def ring_files(members):
    """Returns the targets of all open descriptors of some processes. Rings of
    io_uring are among them."""
    found = []
    for pid in members:
        try:
            numbers = os.listdir(f"/proc/{pid}/fd")
        except OSError:
            continue
        for fd in numbers:
            try:
                found.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
            except OSError:
                pass  # closed meanwhile
    return found


def interrupted(t, far):
    running = fio.Running([fio.section("create")], directory=far.top,
                          host="int", files=20000, iodepth=64, filesize=1000,
                          files_per_dir=100, spread=64)
    deadline = time.monotonic() + 20
    layout = smallfile.Layout(far.top, "int", 0, 20000, files_per_dir=100)
    while (time.monotonic() < deadline
           and not os.path.exists(layout.path(300))):
        time.sleep(0.01)
    # The file system stops answering, so that the job cannot end before it
    # gets the signal.
    with mounts.Switch(far.hang):
        # Not all 64 requests reach the file system. Some wait for a directory
        # that another request has locked.
        waiting = far.waiting.until(lambda n: n > 4)
        t.ok(waiting > 4 and any("io_uring" in name for name in
                                 ring_files(running.members())),
             "SIGINT: the job uses io_uring before", waiting)
        running.process.send_signal(signal.SIGINT)
    result = running.wait(60)
    t.ok(not result.timed_out, "SIGINT: ends with 64 in flight", result)
    side = fio.busy_side(result.jobs[0])
    t.equal(side["total_ios"], side["clat_ns"]["N"],
            "SIGINT: each that counts is a sample")
    made = tree.files_below(os.path.join(far.top, "file_srcdir", "int"))
    t.equal(len(made), side["total_ios"],
            "SIGINT: what was made was counted, and nothing else")
    t.equal([p for p in made if os.path.getsize(p) != 1000], [],
            "SIGINT: each file is whole")


def one_fails(t, far):
    """The first error ends the job, after the operations in flight."""
    layout = smallfile.Layout(far.top, "h", 0, FILES, files_per_dir=10)
    gone = [layout.path(n) for n in (50, 150)]
    for path in gone:
        os.unlink(path)
    result = run(far.top, "read", iodepth=32)
    side = fio.busy_side(result.jobs[0])
    t.ok(result.rc != 0 and any(p in result.err for p in gone),
         "a failed operation: the message names it, and the job has its "
         "error", result)
    t.equal(side["total_ios"], side["clat_ns"]["N"],
            "a failed operation: never a sample, never counted")
    result = run(far.top, "read", iodepth=32, ignore_error="ENOENT",
                 continue_on_error="all")
    side = fio.busy_side(result.jobs[0])
    t.equal((result.rc, side["clat_ns"]["N"]), (0, FILES - 2),
            "continue_on_error: the others are samples", result)


def what_has_no_form(t, far):
    done = subprocess.run([fio.FIO, f"--enghelp={fio.ENGINE},uring_workers"],
                          capture_output=True, text=True)
    t.contains(done.stdout, ["iodepth"], "--enghelp: uring_workers")
    done = subprocess.run([fio.FIO, f"--enghelp={fio.ENGINE},operation"],
                          capture_output=True, text=True)
    t.contains(done.stdout, ["unlink files; by io_uring also in memory"],
               "--enghelp says what a ring gains in memory")
    for row in fio.OPERATIONS.values():
        line = next((x for x in done.stdout.splitlines()
                     if re.search(f": {row['name']} +(read|write): ", x)), "")
        t.equal("one at a time" in line, not row["async"],
                f"--enghelp says whether {row['name']} goes at depth", line)


class Far:
    """A file system whose operations take 1 ms. While the file `hang` exists,
    they do not end."""

    def __init__(self):
        space = mounts.Workspace()
        self.hang = os.path.join(space.dir("switches"), "hang")
        self.top = space.far_away(hang=self.hang)
        self.waiting = mounts.Waiting(self.top)


def depth(t):
    far = Far()
    made = run(far.top, "create", iodepth=64)
    if not t.ok(made.rc == 0, "create at depth 64", made):
        return
    for test in (depth_is_reached, many_take_no_longer, batches, rates,
                 fewer_files_than_depth, interrupted, one_fails,
                 what_has_no_form):
        test(t, far)


tap.main(depth)
