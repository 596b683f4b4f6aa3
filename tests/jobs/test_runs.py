# SPDX-License-Identifier: GPL-2.0-only
"""Tests each job file. It works in an empty directory, and again in the
directory that it left. It leaves what its comment says, and
smallfile-cleanup.fio removes all of that."""
import concurrent.futures
import json
import os
import re
import subprocess

import diskwrite
import fio
import jobfile
import mounts
import objects
import possible
import smallfile
import tap
import tree

mounts.enter_namespace()

FILES, NUMJOBS, FILES_PER_DIR = 7, 2, 3
AT_A_TIME = 6
HOST = os.uname().nodename
# No test here looks at times, so fio need not measure its clock at each start.
SIZES = [f"--ioengine={fio.ENGINE}", "--clocksource=clock_gettime", f"--files={FILES}",
         f"--files_per_dir={FILES_PER_DIR}", "--filesize=2k",
         f"--numjobs={NUMJOBS}"]
# What a comment may say under "Leaves", and the objects that the words stand
# for.
LEAVES = {
    "the files": ["FILE"],
    "the files, with mode 0646": ["FILE"],
    "the files, with attributes": ["FILE"],
    "the files, with the attribute": ["FILE"],
    "files of twice their size": ["FILE"],
    "the files in file_dstdir, empty directories in file_srcdir": ["RENAMED"],
    "the files and the links": ["FILE", "SYMLINK"],
    "the files, with times of 2001": ["FILE"],
    "the files, with room behind their end": ["FILE"],
    "files without data": ["CUT"],
    "files of holes": ["HOLE"],
    "the links": ["SYMLINK"],
    "the files and their hard links": ["LINK"],
    "the files and their copies": ["COPY"],
    "the directories": ["DIR"],
    "empty directories": [],
    "empty directories of the tree itself": [],
    "nothing": None,
    "nothing of this tree": None,
}


def layouts(top):
    return [smallfile.Layout(top, HOST, thread, FILES,
                             files_per_dir=FILES_PER_DIR)
            for thread in range(NUMJOBS)]


def run(job_path, top, logs, *arguments):
    """Runs fio. Returns (exit code, messages, JSON)."""
    os.makedirs(logs, exist_ok=True)
    out = os.path.join(logs, "out.json")
    done = subprocess.run(
        [fio.FIO, f"--directory={top}", *SIZES, "--output-format=json",
         f"--output={out}", *arguments, job_path],
        capture_output=True, text=True, cwd=logs, timeout=100)
    with open(out, encoding="utf-8") as f:
        text = f.read()
    start = text.find("{")
    said = done.stdout + done.stderr + text[:max(start, 0)]
    return done.returncode, said, json.loads(text[start:] if start >= 0
                                             else "{}")


def units(operation):
    if fio.OPERATIONS[operation]["unit"] == "dir":
        return layouts("/")[0].directory_units()
    return FILES


def samples(report):
    """Returns {operation: [number of operations of each thread]}."""
    found = {}
    for job in report.get("jobs", []):
        done = job["read"]["total_ios"] + job["write"]["total_ios"]
        found.setdefault(job["jobname"], []).append(done)
    return found


def check_report(t, job, rc, said, report, what):
    name = f"{job.path.name}, {what}"
    good = t.equal(rc, 0, f"{name}: fio succeeds", said)
    # These tests run in memory. There the engine notes that operations run one
    # at a time although a depth was asked for.
    words = [line for line in said.splitlines() if not
             ("uring" in job.subject and
              line.endswith(", which runs one at a time"))]
    t.equal(words, [], f"{name}: fio prints no message")
    if not good:
        return
    found = samples(report)
    t.same_set(found, job.measured(), f"{name}: reports what is measured")
    if job.subject != "mixed":
        t.equal(found, {op: [units(op)] * NUMJOBS for op in job.measured()},
                f"{name}: one sample each")


def log_lines(logs):
    """Returns {operation: [number of lines in each thread's log]}."""
    lines = {}
    for log in os.listdir(logs):
        if log.endswith(".log"):
            with open(os.path.join(logs, log), encoding="ascii") as f:
                lines.setdefault(log.split("_clat.")[0], []).append(
                    len(f.readlines()))
    return {operation: sorted(n) for operation, n in lines.items()}


def check_left(t, seen, files, names):
    job = seen.job
    phrase = job.heading("Leaves").split(". ")[0].rstrip(".")
    if not t.ok(phrase in LEAVES, f"{job.path.name}: says what it leaves",
                phrase):
        return
    if LEAVES[phrase] is None:
        t.equal(names, [], f"{job.path.name}: leaves {phrase}")
        return
    expected = [path for layout in layouts(seen.top) for obj in LEAVES[phrase]
                for path in objects.entries(layout, obj)]
    t.same_set(files, expected, f"{job.path.name}: leaves {phrase}")


def shortened(job, to):
    """Makes a copy of a job file with a shorter runtime."""
    copy = os.path.join(to, job.path.name)
    with open(copy, "w", encoding="utf-8") as f:
        f.write(job.text.replace("runtime=10\n", "runtime=1\n"))
    return copy


class Seen:
    """Runs a job file in directories of its own, and keeps what was there to
    see."""

    def __init__(self, job, work, root):
        self.job = job
        self.top = os.path.join(root, f"{job.subject}.top")
        os.mkdir(self.top)
        self.logs = work.dir(f"{job.subject}.logs")
        path = shortened(job, work.path)
        self.first = run(path, self.top, self.logs)
        self.log_lines = log_lines(self.logs)
        self.first_left = tree.files_below(self.top), os.listdir(self.top)
        self.again = run(path, self.top, self.logs)
        self.again_left = tree.files_below(self.top), os.listdir(self.top)
        self.apart = self._apart(path)
        self.cleanup = run(jobfile.JOBS / "smallfile-cleanup.fio", self.top,
                           self.logs)
        self.in_the_end = os.listdir(self.top)

    def _apart(self, path):
        """Runs the preparation and then the measured part alone, as the
        comment says."""
        if not self.job.measured_apart():
            return None
        first = [f"--section={name}" for name in self.job.unmeasured()]
        return (run(path, self.top, self.logs, *first),
                run(path, self.top, self.logs,
                    f"--section={self.job.subject}"))


def check(t, seen):
    job, name = seen.job, seen.job.path.name
    check_report(t, job, *seen.first, "in an empty directory")
    t.equal(seen.log_lines, {op: sorted(n) for op, n
                             in samples(seen.first[2]).items()},
            f"{name}: each sample is in a log")
    check_left(t, seen, *seen.first_left)
    check_report(t, job, *seen.again, "again")
    check_left(t, seen, *seen.again_left)
    if seen.apart:
        rc, said, _ = seen.apart[0]
        t.equal(rc, 0, f"{name}: prepares on its own", said)
        check_report(t, job, *seen.apart[1], "the measured part alone")
    rc, said, _ = seen.cleanup
    t.ok(rc == 0 and not seen.in_the_end,
         f"{name}: smallfile-cleanup.fio removes all of it", said,
         seen.in_the_end)


def jobs_run(t):
    """Runs several job files at a time, because fio waits for most of so short
    a run. What is not possible in memory runs on xfs."""
    work = mounts.Workspace()
    lacking = possible.lacking(work.path)
    xfs = work.file_system("xfs") if lacking else None

    def see(job):
        return Seen(job, work, xfs if job.subject in lacking else work.path)

    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        for seen in pool.map(see, jobfile.every()):
            check(t, seen)


def check_diskwrite(t, job, work):
    """Runs a job file of fio-diskwrite.so for two seconds with small files,
    and checks what it logs and leaves."""
    name = job.path.stem.removeprefix("diskwrite-")
    top, logs = work.dir(f"{name}.top"), work.dir(f"{name}.logs")
    copy = os.path.join(work.path, job.path.name)
    with open(copy, "w", encoding="utf-8") as f:
        f.write(re.sub(r"runtime=\d+h", "runtime=2", job.text)
                .replace("directory=/mnt/shared/diskwrite", f"directory={top}"))
    for label in ("in an empty directory", "again"):
        done = subprocess.run(
            [fio.FIO, "--ioengine=fio-diskwrite.so", f"--directory={top}",
             "--filesize=30m", "--runtime=2", "--direct=0", copy],
            capture_output=True, text=True, cwd=logs, timeout=60)
        t.equal(done.returncode, 0, f"{job.path.name}, {label}: fio succeeds",
                done.stdout + done.stderr)
        rows = []
        for log in os.listdir(logs):
            if log.endswith(".csv"):
                rows += diskwrite.log_rows(os.path.join(logs, log))
        t.ok(rows and {r["bytes"] for r in rows} == {10 << 20},
             f"{job.path.name}, {label}: a line a chunk", rows[:3])
        left = os.listdir(top)
        t.ok(len(left) == 1 and left[0].startswith(f"diskwrite_{HOST}_00_"),
             f"{job.path.name}, {label}: leaves the newest file", left)


def diskwrite_jobs_run(t):
    work = mounts.Workspace()
    for job in jobfile.diskwrite():
        check_diskwrite(t, job, work)


tap.main(jobs_run, diskwrite_jobs_run)
