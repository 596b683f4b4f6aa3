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
import signal
import struct
import subprocess
import termios
import time

import fio
import mounts
import screen
import tap
import terminal

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


def short_sections(t, space):
    """No section lasts for an interval, but all of them together do."""
    result = fio.run(fio.stonewalled([
        fio.section("create"),
        *(fio.section("stat", name=f"stat{i}", time_based=1, runtime="800ms")
          for i in range(5))]), directory=space.tmpfs("short"), host="h",
        files=100, progress_interval=2)
    ends = [m["end"] for m in MESSAGE.finditer(result.err)]
    t.ok(2 <= len(ends) <= 3 and ends[:-1] == [", ended"] * (len(ends) - 1)
         and ends[-1] == ", the last", "short sections: a message an interval",
         result.err)


def on_terminal(*command, stdout=None):
    """What a command prints on a terminal. None: its standard output is the
    terminal, too."""
    streams = ("stdout", "stderr") if stdout is None else ("stderr",)
    said = terminal.run(command, *streams, **{} if stdout is None else {"stdout": stdout})
    return said.replace("\r\n", "\n")


def places(t, space):
    """On a terminal fio shows its ETA. A file for fio's JSON has no text."""
    job, out = (os.path.join(space.path, name) for name in ("job", "out"))
    to_file = f"--output={out}"
    with open(job, "w", encoding="ascii") as f:
        f.write(fio.job_text(sections(), progress_interval=1))

    def command(top, *options):
        return [fio.FIO, "--output-format=json", *options,
                f"--directory={space.tmpfs(top)}", job]
    t.equal(on_terminal(*command("never", "--eta=never", to_file)), "",
            "--eta=never: nothing on a terminal")
    said = on_terminal(*command("eta", to_file))
    t.ok("[eta " in said and not MESSAGE.search(said),
         "on a terminal, --output=: fio's ETA and no message", said)
    for label, top, options, stdout in (
            ("JSON alone", "alone", [], None),
            ("standard output elsewhere", "else", [to_file],
             subprocess.DEVNULL)):
        said = on_terminal(*command(top, *options), stdout=stdout)
        t.ok("[eta " not in said and MESSAGE.search(said),
             f"on a terminal, {label}: fio has no ETA, so there are messages",
             said)
    done = subprocess.run(command("pipe", "--eta=never", to_file),
                          capture_output=True, text=True, check=True)
    with open(out, encoding="utf-8") as f:
        t.ok(MESSAGE.search(done.stderr) and json.load(f),
             "--output= has fio's JSON alone, and the messages are seen",
             done.stderr)


class InBackground:
    """fio with its result in a file, and what it says meanwhile in another."""

    def __init__(self, space, top, text):
        self.job, self.out, self.said = (
            os.path.join(space.path, f"{top}.{name}")
            for name in ("fio", "json", "err"))
        with open(self.job, "w", encoding="ascii") as f:
            f.write(text)
        with open(self.said, "w", encoding="ascii") as said:
            self.fio = subprocess.Popen(
                [fio.FIO, "--output-format=json+", f"--output={self.out}",
                 f"--directory={space.tmpfs(top)}", self.job], stdout=said,
                stderr=said, stdin=subprocess.DEVNULL)

    def until_it_has_said(self, what):
        """Returns whether it did so before it ended."""
        while self.fio.poll() is None:
            with open(self.said, encoding="ascii") as f:
                if what in f.read():
                    return True
            time.sleep(0.05)
        return False


def joined_later(t, space):
    """A run whose output goes to files is looked at from elsewhere, when it
    is under way: docs/disk-over-time.md#a-run-that-is-under-way-already"""
    run = InBackground(space, "later", fio.job_text(
        [fio.section("create", files=1500, rate_iops=100)],
        progress_interval=1, host="h"))
    t.ok(run.until_it_has_said(" 200 of 1500 files done"),
         "a run in the background is under way")
    line = (f"tail -n 0 --pid={run.fio.pid} -f {run.said} | "
            f"{os.environ['SMALLFIO_PROGRAM']} watch")
    with subprocess.Popen(["sh", "-c", line], stdout=subprocess.PIPE,
                          text=True) as watch:
        first = watch.stdout.readline()
        t.ok(re.search(r" h: create [\d.]+ files/s, \d+ of 1500 files, ", first)
             and run.fio.poll() is None,
             "watch behind tail shows it while it runs", first)
        # fio answers the signal with its figures so far.
        run.fio.send_signal(signal.SIGUSR1)
        partial = result_in_midrun(run)
        t.ok(re.search(r"^create +\d+ .* NOT VALID$", partial, re.M),
             "SIGUSR1, and smallfio result: the figures so far", partial)
        # tail takes a child whose end nobody has asked for to be alive.
        ended = run.fio.wait()
        rest = watch.stdout.read()
    t.equal((ended, watch.returncode), (0, 0), "both end when fio ends", rest)
    t.ok(" 1500 of 1500 files, " in rest and " in " in rest.splitlines()[-1],
         "the end is seen, and a summary comes", rest)
    done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], "result", run.out],
                          capture_output=True, text=True)
    t.ok(done.returncode == 0 and re.search(r"^create +1500 ", done.stdout,
                                            re.M),
         "the figures so far do not harm the result", done)


def result_in_midrun(run):
    """fio writes its figures some time after the signal."""
    text = ""
    while run.fio.poll() is None and "mid-run" not in text:
        time.sleep(0.1)
        text = subprocess.run(
            [os.environ["SMALLFIO_PROGRAM"], "result", run.out],
            capture_output=True, text=True).stdout
    return text


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
    process, tty = pty.fork()
    if not process:
        os.environ["TERM"] = "xterm"
        os.execvp("bash", ["bash", "-c", line])
    before = termios.tcgetattr(tty)
    fcntl.ioctl(tty, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, 80, 0, 0))
    said, typed = b"", False
    with contextlib.suppress(OSError):  # the other end is closed
        while more := os.read(tty, 65536):
            said += more
            if not typed and said.count(b"create     runs") >= 2:
                table = screen.lines(said.decode())
                after = termios.tcgetattr(tty)
                typed = os.write(tty, b"\x03")
    os.waitpid(process, 0)
    os.close(tty)
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
tap.main(*tap.sharing(mounts.Workspace, agrees, short_sections, errors, quiet, places,
                      joined_later, interrupted_table))
