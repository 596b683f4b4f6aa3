# SPDX-License-Identifier: GPL-2.0-only
"""Runs the real fio with the engine of this build and reads its JSON."""
import json
import os
import signal
import subprocess
import tempfile
import time

import tap

ENGINE = "fio-smallfile.so"
FIO = os.environ.get("SMALLFIO_FIO", "fio")
# Every job runs at this depth. Above 1 the engine does by io_uring each
# operation that io_uring has a request for.
DEPTH = int(os.environ.get("SMALLFIO_TEST_DEPTH", "1"))
# fio's clock. By default fio measures at each start how fast the processor's
# counter is. That takes more than a third of a start's processor time.
CLOCK = os.environ.get("SMALLFIO_TEST_CLOCK")
# Without uring_always= the engine uses io_uring only where operations wait,
# and does them by plain system calls elsewhere. This tests the latter.
PLAIN = "SMALLFIO_TEST_PLAIN" in os.environ


def engine_dir():
    # The build puts directories of other libraries before the engine's.
    paths = os.environ["LD_LIBRARY_PATH"]
    for at in paths.split(":"):
        if os.path.exists(os.path.join(at, ENGINE)):
            return at
    raise RuntimeError(f"{ENGINE} is in none of LD_LIBRARY_PATH={paths}")


def operations():
    """Returns the engine's table of operations: {name: row}."""
    out = subprocess.run([os.environ["SMALLFIO_LIST_OPERATIONS"]],
                         check=True, capture_output=True, text=True).stdout
    return {row["name"]: row for row in json.loads(out)}


# tests/cluster/hosts, which a person starts without a build, needs no table.
OPERATIONS = (operations() if "SMALLFIO_LIST_OPERATIONS" in os.environ else {})


def section(operation, name=None, rand=False, **options):
    """Returns a job section that runs `operation`, with the rw= that this
    operation needs."""
    rw = "read" if OPERATIONS[operation]["reads"] else "write"
    return (name or operation,
            dict(operation=operation, rw="rand" + rw if rand else rw,
                 **options))


def stonewalled(sections):
    """Returns the sections with a stonewall before each but the first, so that
    they run one after the other."""
    return [(name, options if i == 0 else dict(options, stonewall=True))
            for i, (name, options) in enumerate(sections)]


def job_text(sections, **common):
    """Returns a job file; `common` is its [global] section. The value True
    stands for an option without a value."""
    lines = ["[global]", f"ioengine={ENGINE}"]
    if DEPTH > 1:
        lines.append(f"iodepth={DEPTH}")
        lines.append(f"uring_always={int(not PLAIN)}")

    def add(options):
        for key, value in options.items():
            if value is True:
                lines.append(key)
            elif value is not None:
                lines.append(f"{key}={value}")

    if CLOCK:
        lines.append(f"clocksource={CLOCK}")
    add(common)
    for name, options in sections:
        lines.append(f"[{name}]")
        add(options)
    return "\n".join(lines) + "\n"


def without_notes(err):
    """Removes the lines in which the engine notes that io_uring has no request
    for an operation."""
    if DEPTH == 1:
        return err
    return "".join(line for line in err.splitlines(keepends=True)
                   if not line.endswith(", which runs one at a time\n"))


class Result:
    """What a run of fio came to: exit code `rc`, all messages `err`, duration
    `seconds`, and the parsed JSON."""

    def __init__(self, rc, err, output, seconds, timed_out):
        self.rc = rc
        self.err = without_notes(err)
        self.output = output
        self.seconds = seconds
        self.timed_out = timed_out
        try:
            self.json = json.loads(output[output.index("{"):])
        except ValueError:
            self.json = None

    @property
    def jobs(self):
        return self.json["jobs"] if self.json else []

    def named(self, name):
        return [j for j in self.jobs if j["jobname"] == name]

    def side(self, name):
        """Returns fio's "read" or "write" statistics, whichever the job used,
        for each job of this name."""
        return [busy_side(j) for j in self.named(name)]

    def __str__(self):
        return (f"exit {self.rc} after {self.seconds:.1f} s"
                f"{' (killed: took too long)' if self.timed_out else ''}\n"
                + self.err)


def busy_side(job):
    """Returns the statistics of the direction, read or write, that the job
    used."""
    for side in ("read", "write"):
        if f"rw={side}" in direction(job):
            return job[side]
    raise ValueError(f"no rw= in {job['job options']}")


def direction(job):
    rw = job["job options"].get("rw", "")
    return "rw=" + rw.replace("rand", "")


def command(job_file, output_file, *arguments, fio=None):
    return [fio or FIO, "--output-format=json", f"--output={output_file}",
            "--eta=never", *arguments, job_file]


class Running:
    """A fio process that runs. kill() also ends the processes that it has
    started."""

    def __init__(self, sections, *arguments, fio=None, wrap=(), env=None,
                 text=None, cwd=None, **common):
        self.dir = tempfile.TemporaryDirectory(prefix="smallfio-job-")
        self.job_file = os.path.join(self.dir.name, "job.fio")
        self.out_file = os.path.join(self.dir.name, "out.json")
        self.err_file = os.path.join(self.dir.name, "err.txt")
        with open(self.job_file, "w", encoding="utf-8") as f:
            f.write(text or job_text(sections, **common))
        # Some tests run fio as another user, who must be able to write here.
        os.chmod(self.dir.name, 0o777)
        argv = [*wrap, *command(self.job_file, self.out_file, *arguments,
                                fio=fio)]
        self.mark = f"SMALLFIO_RUN={self.dir.name}".encode()
        self.start = time.monotonic()
        with open(self.err_file, "wb") as err:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                cwd=cwd,
                env={**os.environ, "SMALLFIO_RUN": self.dir.name,
                     **(env or {})})

    def members(self):
        """Returns the live processes of this run: fio and the jobs it forked.
        They are found by a mark in their environment, because each forked job
        leads its own session."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as f:
                    if self.mark not in f.read():
                        continue
                with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                    if f.read().rsplit(")", 1)[1].split()[0] != "Z":
                        found.append(int(pid))
            except OSError:
                continue
        return found

    def kill(self):
        # Jobs first: a job whose fio has ended ends by itself, in order.
        for pid in sorted(self.members(), reverse=True):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def wait(self, timeout=120):
        timed_out = False
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            self.kill()
            self.process.wait()
        seconds = time.monotonic() - self.start
        with open(self.err_file, encoding="utf-8", errors="replace") as f:
            err = f.read()
        try:
            with open(self.out_file, encoding="utf-8", errors="replace") as f:
                output = f.read()
        except OSError:
            output = ""
        # fio puts its own messages before the JSON.
        err += output[:output.index("{")] if "{" in output else output
        self.dir.cleanup()
        # Of a user who may lock little memory, and runs other tests beside.
        if "raise the limit of locked memory" in err:
            raise tap.Unavailable("too little memory may be locked (ulimit -l)")
        return Result(self.process.returncode, err, output, seconds,
                      timed_out)


def run(sections, *arguments, timeout=120, **options):
    """Runs fio to its end; see Running for the options."""
    return Running(sections, *arguments, **options).wait(timeout)
