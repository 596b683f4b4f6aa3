# SPDX-License-Identifier: GPL-2.0-only
"""Tests the messages of progress_interval=. What they say must agree with fio's
result. With 100 operations a second a job with 150 files runs for longer than a
second, so it prints at least one message before its last."""
import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

import fio
import mounts
import screen
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


def interrupted_table(t, space):
    """smallfio watch on a terminal, behind fio. Ctrl-C is typed there, which
    the kernel sends to both of them."""
    out = os.path.join(space.path, "watched")
    with open(os.path.join(space.path, "job"), "w", encoding="ascii") as job:
        job.write(fio.job_text([fio.section("create", files=100000, numjobs=2,
                                            rate_iops=200)],
                               progress_interval=1, host="h"))
    line = (f"{fio.FIO} --eta=never --output-format=json "
            f"--directory={space.tmpfs('table')} {job.name} 2>&1 | "
            f"{os.environ['SMALLFIO_PROGRAM']} watch -o {out}; "
            "echo code ${PIPESTATUS[1]}")
    process, terminal = pty.fork()
    if not process:
        os.environ["TERM"] = "xterm"
        os.execvp("bash", ["bash", "-c", line])
    before = termios.tcgetattr(terminal)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, 80, 0, 0))
    said, typed = b"", False
    with contextlib.suppress(OSError):  # the other end is closed
        while more := os.read(terminal, 65536):
            said += more
            if not typed and said.count(b"create     runs") >= 2:
                table = screen.lines(said.decode())
                after = termios.tcgetattr(terminal)
                typed = os.write(terminal, b"\x03")
    os.waitpid(process, 0)
    os.close(terminal)
    t.ok(typed, "the table is drawn again and again", said)
    t.ok([row[:4] for row in table if row.strip()][1:] == ["host", "h   "]
         and "1 host: 1 run" in table[0], "in its place", table)
    t.ok(max(map(len, table)) <= 80 and table[1].endswith("errors"),
         "with as many whole columns as there is room for", table)
    rows = screen.lines(said.decode())
    t.ok(sum(row.startswith("host ") for row in rows) == 1 and
         not any("^C" in row for row in rows),
         "Ctrl-C leaves one table", "\n".join(rows))
    t.ok(re.search(r" in \d+ s: 1 host, \d+ files or chunks, .* 0 errors$",
                   rows[-3]) and rows[-2] == "code 0",
         "and a summary below it", "\n".join(rows))
    t.equal((before, b"?25l" in said, b"?1049h" in said),
            (after, False, False), "the terminal stays as it was")
    with open(out, encoding="utf-8") as f:
        text = f.read()
    t.ok(json.loads(text[text.index("\n{"):])["jobs"],
         "what fio printed is whole", text[-200:])


mounts.enter_namespace()
tap.main(*tap.sharing(mounts.Workspace, agrees, errors, quiet, places,
                      interrupted_table))
