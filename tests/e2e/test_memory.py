# SPDX-License-Identifier: GPL-2.0-only
"""Tests that memory does not grow with the number of files."""
import re
import time

import fio
import mounts
import tap

mounts.enter_namespace()

ALLOWED_MIB = 8


def high_water_kib(pid):
    """Returns the largest resident size that a process has had, as the kernel
    noted it."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            text = f.read()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    return int(found.group(1)) if found else 0


def peaks_mib(t, space, label, **options):
    """Runs a stat. Returns the largest resident sizes, in MiB, of fio's first
    process and of any job."""
    running = fio.Running([fio.section("stat", rand=True, norandommap=1,
                                       runtime=2, continue_on_error="all",
                                       ignore_error="ENOENT", time_based=True,
                                       **options)],
                          directory=space.path, host="h")
    first = jobs = 0
    while running.process.poll() is None:
        for pid in running.members():
            size = high_water_kib(pid) / 1024
            if pid == running.process.pid:
                first = max(first, size)
            else:
                jobs = max(jobs, size)
        time.sleep(0.1)
    done = running.wait()
    t.ok(done.rc == 0, f"{label}: the run ends well", done)
    errors = sum(job["total_err"] for job in done.jobs)
    t.diag(f"{label}: fio {first:.1f} MiB, its job {jobs:.1f} MiB,"
           f" {errors} tries")
    t.ok(first > 0 and errors > 1000, f"{label}: none is there")
    return first, jobs


def memory(t, space):
    few = peaks_mib(t, space, "1,000 files", files=1000)
    in_thread = peaks_mib(t, space, "1,000 files, a thread", files=1000,
                          thread=True)
    for label, least, options in (
            ("50 million files", few, {}),
            ("50 million files, hashed", few, dict(hash_into_dirs=1)),
            ("50 million files in as many directories", few,
             dict(files_per_dir=1, spread=1000)),
            ("50 million files, a thread", in_thread, dict(thread=True))):
        many = peaks_mib(t, space, label, files=50000000, **options)
        t.ok(all(m < l + ALLOWED_MIB for m, l in zip(many, least)),
             f"{label} need no more than {ALLOWED_MIB} MiB more than 1,000",
             f"{many} and {least} MiB")


def start_up(t, space):
    """Prints how long fio takes to start with 10 million files. The time is
    not checked, because the machine may be busy."""
    top = space.dir("make")
    common = dict(directory=top, host="h", files=10000000,
                  files_per_dir=100000, empty=1, number_ios=1)
    for operation in ("create", "stat"):
        done = fio.run([fio.section(operation)], **common)
        t.ok(done.rc == 0, f"10 million files in 100 directories: {operation}"
             " of the first", done)
        t.diag(f"{operation}: {done.seconds:.2f} s in all")


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in (memory, start_up)])


main()
