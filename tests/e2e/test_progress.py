# SPDX-License-Identifier: GPL-2.0-only
"""Tests the messages of progress_interval=. What they say must agree with fio's
result. With 100 operations a second a job with 150 files runs for longer than a
second, so it prints at least one message before its last."""
import json
import os
import pty
import re
import subprocess

import fio
import mounts
import tap

FILES, JOBS = 150, 2
MESSAGE = re.compile(
    r"^fio-smallfile: host (?P<host>\S+), job (?P<job>\S+), operation "
    r"(?P<operation>\S+), (?P<threads>\d+) threads?: (?P<rate>[\d.]+) files/s, "
    r"[\d.]+ MiB/s, p99 (?P<p99>[\d.]+) ms, (?P<files>\d+) files, "
    r"(?P<bytes>\d+) bytes in (?P<seconds>[\d.]+) s, (?P<done>\d+)"
    r"(?: of (?P<asked>\d+))? files done, (?P<errors>\d+) errors, "
    r"CPU [\d.]+ % user [\d.]+ % system, memory (?P<memory>[\d.]+) MiB"
    r"(?P<end>, ended|, the last)?$", re.M)


def told(result, job):
    return [m.groupdict() for m in MESSAGE.finditer(result.err)
            if m["job"] == job]


def total(messages, name):
    return sum(int(m[name]) for m in messages)


def sections(create=FILES):
    return fio.stonewalled([
        fio.section("create", files=create, numjobs=JOBS, rate_iops=100),
        fio.section("stat", files=20, numjobs=JOBS)])


def agrees(t, space):
    for options in ({}, {"thread": True}, {"iodepth": 4, "uring_always": 1}):
        top = space.tmpfs(f"agrees{len(options)}{'thread' in options}")
        result = fio.run(sections(), directory=top, filesize="4k", host="h",
                         progress_interval=1, **options)
        label = f"{options}"
        t.equal(result.rc, 0, f"{label}: fio succeeds", result)
        create, stat = told(result, "create"), told(result, "stat")
        done = FILES * JOBS
        t.ok(len(create) >= 2 and [m["end"] for m in create]
             == [None] * (len(create) - 1) + [", ended"],
             f"{label}: messages in mid-run, and one at the end", result.err)
        t.equal([total(create, "files"), total(create, "bytes"),
                 create[-1]["done"], create[-1]["asked"]],
                [done, done * 4096, str(done), str(done)],
                f"{label}: they add up to what was done", result.err)
        t.equal({(m["host"], m["operation"], m["threads"], m["errors"])
                 for m in create}, {("h", "create", str(JOBS), "0")},
                f"{label}: host, operation, threads, errors", result.err)
        t.ok(all(float(m["memory"]) > 0 for m in create[:-1]),
             f"{label}: memory", result.err)
        t.equal([m["end"] for m in stat],
                [None] * (len(stat) - 1) + [", the last"],
                f"{label}: the host's last section says so", result.err)
        t.equal(stat[-1]["done"], str(20 * JOBS),
                f"{label}: all is done then", result.err)


def errors(t, space):
    result = fio.run([fio.section("stat", files=FILES, rate_iops=100)],
                     directory=space.tmpfs("errors"), progress_interval=1,
                     continue_on_error="all", ignore_error="ENOENT")
    messages = told(result, "stat")
    t.ok(messages and messages[-1]["done"] == "0"
         and messages[-1]["errors"] == str(FILES),
         "operations that failed are errors, and not done", result)


def quiet(t, space):
    result = fio.run(sections(), directory=space.tmpfs("none"),
                     progress_interval=0)
    t.ok(not MESSAGE.search(result.err), "progress_interval=0: no message",
         result)
    result = fio.run(sections(), directory=space.tmpfs("default"))
    t.ok(not MESSAGE.search(result.err), "by default none within a minute",
         result)


def places(t, space):
    """On a terminal fio shows its ETA. A file for fio's JSON has no text."""
    job, out = (os.path.join(space.path, name) for name in ("job", "out"))
    with open(job, "w", encoding="ascii") as f:
        f.write(fio.job_text(sections(), progress_interval=1))

    def command(top):
        return [fio.FIO, "--eta=never", "--output-format=json",
                f"--output={out}", f"--directory={space.tmpfs(top)}", job]
    ours, theirs = pty.openpty()
    subprocess.run(command("terminal"), stdout=subprocess.DEVNULL, stderr=theirs,
                   check=True)
    # Without this line there would be nothing to read, which blocks.
    os.write(theirs, b"end\n")
    t.equal(os.read(ours, 4096), b"end\r\n", "nothing on a terminal")
    for fd in (ours, theirs):
        os.close(fd)
    done = subprocess.run(command("pipe"), capture_output=True, text=True,
                          check=True)
    with open(out, encoding="utf-8") as f:
        t.ok(MESSAGE.search(done.stderr) and json.load(f),
             "--output= has fio's JSON alone, and the messages are seen",
             done.stderr)


mounts.enter_namespace()
tap.main(*tap.sharing(mounts.Workspace, agrees, errors, quiet, places))
