# SPDX-License-Identifier: GPL-2.0-only
"""Strikes runs while they are under way, with each fault of faults.py: create,
read or mix, at depth 1 and 64, on one host and on three. Each run must end in
bounded time, name the cause, exit with an error, keep what was measured and
mark it, and leave nothing behind. A run that the fault does not touch must be
as good as ever.

    test_faults_under_load.py [all|quick] [WORD...]

prints a table of what happened, as Markdown: `quick` has one row of most
faults. With words only rows whose names have all of them are run."""
import importlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time

import cluster
import cluster_run
import faults
import fio
import mounts
import tap

cluster.enter_namespaces()

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
sys.path.append(os.path.join(os.environ["SMALLFIO_SOURCE"], "tests", "real"))
DEPTHS = (1, 64)
SERVER = f"^{re.escape(fio.FIO)} --server"
QUICK = sys.argv[1:2] == ["quick"]
RATE, JOB_S, THREADS = 100, 4 if QUICK else 6, 2
BEGIN_S = 30
COMMON = dict(filesize="4k", files_per_dir=20, numjobs=THREADS)
JOBS = {
    "create": dict(operation="create", rw="write", files=RATE * JOB_S),
    "read": dict(operation="read", rw="read", files=50, time_based=True,
                 runtime=JOB_S),
    "mix": dict(operation="mix", rw="randwrite", files=200, population=100,
                mix="create:30,stat:20,read:20,delete:30", time_based=True,
                runtime=JOB_S),
}


class Place:
    """What all runs share: three hosts, a file system that fails, and a fourth
    host that serves file systems across the network."""

    def __init__(self):
        self.space = mounts.Workspace()
        switches = self.space.dir("switches")
        self.fail = os.path.join(switches, "fail")
        self.far = self.space.far_away(delay_us=500, fail=self.fail)
        self.clock = os.path.join(switches, "clock")
        # For the host that is struck.
        self.environment = {
            "LD_PRELOAD": os.environ["SMALLFIO_SHIFTCLOCK"],
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0",
            "SHIFTCLOCK_FILE": self.clock}
        self.cluster = cluster.Cluster(4, self.space.path, serve=False)
        *self.hosts, self.server = self.cluster.hosts
        self.struck = self.hosts[1]
        self.volumes = {}
        self.runs = 0

    def serve(self, hosts):
        """Has a server of fio run on each of these hosts."""
        for host in hosts:
            if not host.processes(SERVER):
                host.serve(env=self.environment if host is self.struck else {})
        for host in hosts:
            host.ready()

    def volume(self, name):
        """Returns a file system of tests/real. There is one of each."""
        if name not in self.volumes:
            self.volumes[name] = importlib.import_module(name).FileSystem(
                self.server, self.space)
        return self.volumes[name]


class Scene:
    """A run on one host. It is the host that is struck."""

    names = ["h2"]

    def __init__(self, place, operation, depth):
        place.runs += 1
        self.place, self.space = place, place.space
        self.far, self.fail = place.far, place.fail
        self.operation, self.depth = operation, depth
        self.dir = self.space.dir(f"run{place.runs}")
        for name in ("top", "gate", "logs"):
            os.mkdir(os.path.join(self.dir, name))
        self.top, self.gate, self.logs = (
            os.path.join(self.dir, name) for name in ("top", "gate", "logs"))
        mounts.mount("tmpfs", self.logs, "-o", "size=4m")
        self.clock = place.clock
        self.heals = []
        self.mounted = True
        self.volume = None
        self.fio = None

    # What the hosts of the run do.

    def wrap(self):
        return []

    def inside(self, *argv):
        done = subprocess.run([*self.wrap(), *argv], capture_output=True,
                              text=True, check=True)
        return done.stdout

    @staticmethod
    def seen(path):
        """Returns what this process calls a path of the struck host."""
        return path

    def command(self):
        return [fio.FIO, "--eta=never"], self.place.environment

    def options(self):
        return dict(host="h2", keep_results=self.gate)

    def processes(self):
        """Returns what is left of the run."""
        mark = f"SMALLFIO_RUN={self.dir}".encode()
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as f:
                    if mark in f.read().split(b"\0"):
                        found.append(int(pid))
            except OSError:
                continue
        return found

    def judge(self, *arguments, kept=False):
        """Has smallfio say what it thinks of the results. Those of a client
        that was killed are what the hosts kept."""
        where = (os.path.join(self.gate, "smallfio-kept")
                 if kept or self.fio.returncode == -signal.SIGKILL
                 else self.logs)
        return subprocess.run([SMALLFIO, "result", *arguments, where],
                              capture_output=True, text=True)

    # The run.

    def prepare(self):
        if self.operation != "read":
            return
        options = dict(COMMON, files=JOBS["read"]["files"])
        made = fio.run([fio.section("create", host="h2")], wrap=self.wrap(),
                       directory=self.top, **options)
        if made.rc:
            raise RuntimeError(f"cannot make files: {made}")

    def start(self):
        job = os.path.join(self.dir, "job.fio")
        options = {**COMMON, "directory": self.top, "rate_iops": RATE,
                   "iodepth": self.depth, "uring_always": 1,
                   "progress_interval": 1, "log_unix_epoch": 1,
                   "disable_lat": 1, "disable_slat": 1,
                   **JOBS[self.operation], **self.options()}
        with open(job, "w", encoding="ascii") as f:
            f.write(fio.job_text([(self.operation,
                                   {"write_lat_log": self.operation})],
                                 **options))
        argv, environment = self.command()
        self.out = os.path.join(self.logs, "out.json")
        self.err = os.path.join(self.dir, "err.txt")
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.fio = subprocess.Popen(
                [*argv, "--output-format=json+", job],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                cwd=self.logs, env={**os.environ, **environment,
                                    "SMALLFIO_RUN": self.dir})

    def said(self):
        text = ""
        for path in (self.err, self.out):
            with open(path, encoding="utf-8", errors="replace") as f:
                text += re.split(r"^\{$", f.read(), 1, re.M)[0]
        return text

    def has_begun(self):
        said = self.said()
        return all(f"fio-smallfile: host {name}, job" in said
                   for name in self.names)

    def running(self):
        return self.fio.poll() is None

    def heal(self):
        """Ends the fault."""
        for heal in self.heals:
            heal()
        if os.path.exists(self.clock):
            os.unlink(self.clock)

    def end(self):
        """Ends what is left."""
        if self.running():
            self.fio.kill()
        self.fio.wait()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)

    def clean_up(self):
        """Removes the files that are left. Returns those that cannot be."""
        if self.volume:
            # What the fault has left of the client may never answer. sshfs
            # unmounts itself when it has lost its server.
            faults.kill_volume_client(self)
            subprocess.run([*self.wrap(), "umount", "-l", self.top],
                           capture_output=True)
            self.mount_volume()
        if self.mounted:
            fio.run([fio.section("cleanup", host="h2")], wrap=self.wrap(),
                    directory=self.top,
                    **dict(COMMON, files=JOBS[self.operation]["files"]))
        left = [line for line in self.inside(
            "find", self.top, "-type", "f", "-path", "*/h2/*").splitlines()]
        if self.mounted:
            self.inside("umount", "-l", self.top)
        mounts.unmount(self.logs)
        return left


class OnHost(Scene):
    """A run of fio alone on a host that has a network."""

    def __init__(self, place, *arguments):
        super().__init__(place, *arguments)
        self.host = place.struck

    def wrap(self):
        return self.host.inside()

    def seen(self, path):
        # The file system is mounted on that host alone.
        return f"/proc/{self.host.pid}/root{path}"

    def command(self):
        argv, environment = super().command()
        # A program that enters the host's mounts starts at their root, and
        # these do not have that of the logs.
        logs = f"/proc/{os.getpid()}/root{self.logs}"
        return self.host.inside("env", "-C", logs, *argv), environment


class Served(OnHost):
    """A run of fio's client and its servers, of which that on h2 is struck."""

    def __init__(self, place, *arguments):
        super().__init__(place, *arguments)
        self.hosts = [h for h in place.hosts if h.name in self.names]
        self.listed = place.cluster.list_hosts("clients", self.hosts)
        place.serve(self.hosts)

    def command(self):
        return [fio.FIO, "--eta=always", f"--client={self.listed}"], {}

    def options(self):
        return dict(gate=self.gate, gate_hosts=len(self.hosts),
                    gate_timeout=20)

    def processes(self):
        # What is not a server's first process.
        return [pid for host in self.hosts
                for pid in host.processes(SERVER)[1:]]

    def kill_server(self):
        for pid in self.host.processes(SERVER):
            os.kill(pid, signal.SIGKILL)

    def judge(self, *arguments, **options):
        return super().judge("--hosts", self.listed, *arguments, **options)


class ThreeHosts(Served):
    names = ["h1", "h2", "h3"]

    def prepare(self):
        super().prepare()
        if self.operation == "read":
            fio.run([fio.section("create", name=name, host=name)
                     for name in ("h1", "h3")], directory=self.top,
                    **dict(COMMON, files=JOBS["read"]["files"]))


def kept(scene):
    """Returns how many operations are there of each host: brought by fio's
    client, else kept by the host."""
    found = {}
    for where in (True, False):
        try:
            out = json.loads(scene.judge("--format=json", kept=where).stdout)
        except ValueError:
            continue
        # Of a local run fio does not say the host. Other phases are a mix's.
        found.update({"h2" if h["host"] == "localhost" else h["host"]:
                      h["units"] for phase in out["phases"][:1]
                      for h in phase["hosts"]})
    return found


def sentence(pattern, *texts):
    """Returns the sentence that has the pattern, as a table can hold it."""
    for text in texts:
        for line in re.split(r"\n(?! )", text):
            line = " ".join(line.split())
            if re.search(pattern, line):
                return re.sub(r"/\S*/", ".../", line)[:160]
    return ""


def strike(t, scene, fault):
    """Returns a row of the table: what happened."""
    fault.file_system(scene)
    scene.prepare()
    scene.start()
    cluster.until(lambda: scene.has_begun() or not scene.running(), BEGIN_S)
    row = {"begun": scene.has_begun() and scene.running()}
    since = time.monotonic()
    fault.strike(scene)
    bound_s = JOB_S + fault.bound_s
    cluster.until(lambda: not scene.running(), bound_s)
    row["ended"] = not scene.running()
    row["seconds"] = time.monotonic() - since
    row["said"] = scene.said()
    scene.heal()
    cluster.until(lambda: not scene.processes(), fault.left_s)
    row["left"] = scene.processes()
    scene.end()
    row["fio"] = scene.fio.returncode
    judged = scene.judge("-v")
    row["result"] = judged.returncode
    row["judged"] = judged.stdout + judged.stderr
    row["kept"] = kept(scene)
    row["files"] = scene.clean_up()
    return row


def check(t, label, fault, operation, scene, row):
    facts = row["fio"], row["result"], row["said"][-1500:], row["judged"], \
        row["kept"]
    t.ok(row["begun"], f"{label}: was under way", *facts)
    t.ok(row["ended"], f"{label}: ends in bounded time", row["seconds"],
         *facts)
    t.equal(row["left"], [], f"{label}: no process is left")
    if fault.mended:
        t.equal(row["files"], [], f"{label}: its files can be removed")
    expected = fault.expected(operation)
    went_on = row["fio"] == 0 and (
        cluster_run.is_whole(row["result"], row["judged"])
        or (fault.holds_up and row["result"] == 4))
    if not expected or (fault.holds_up and went_on):
        t.ok(went_on, f"{label}: goes on, and is valid", *facts)
        return
    row["sentence"] = sentence(expected, row["judged"], row["said"])
    t.ok(row["sentence"], f"{label}: the cause is named", *facts)
    t.ok(row["result"] == 3 and (row["fio"] or not fault.fio_fails),
         f"{label}: fio and smallfio result exit with an error", *facts)
    t.ok(all(row["kept"].get(name, 0) > 0 for name in scene.names
             if fault.kept or name != "h2"),
         f"{label}: what was measured is kept", *facts)


def cell(row):
    return (f"{row['seconds']:.1f} s, {row['fio']}/{row['result']}, "
            f"{row['kept'].get('h2', 0)}")


def tables(done):
    """Returns two tables in Markdown: what each run came to, and what names
    each fault. `done` is {(fault's name, operation, depth, hosts): row}."""
    columns = list(itertools.product((1, 3), DEPTHS))
    lines = ["| fault | operation | " + " | ".join(
        f"{hosts} host{'s' * (hosts > 1)}, depth {depth}"
        for hosts, depth in columns) + " |",
        "|---|---|" + "---|" * len(columns)]
    names = dict.fromkeys((key[0], key[1]) for key in done)
    for fault, operation in names:
        cells = (done.get((fault, operation, depth, hosts))
                 for hosts, depth in columns)
        lines.append(f"| {fault} | {operation} | " + " | ".join(
            cell(row) if row else "" for row in cells) + " |")
    lines += ["", "| fault | what names it |", "|---|---|"]
    sentences = {key[0]: row["sentence"] for key, row in done.items()
                 if row.get("sentence")}
    return lines + [f"| {fault} | `{text}` |"
                    for fault, text in sentences.items()]


def rows(words):
    for fault in faults.FAULTS:
        for operation in JOBS:
            for depth, hosts in itertools.product(DEPTHS, fault.hosts):
                name = (f"{fault.name}, {operation}, depth {depth}, "
                        f"{hosts} host{'s' * (hosts > 1)}")
                chosen = not QUICK or fault.quick == (operation, depth, hosts)
                if chosen and all(word in name for word in words):
                    yield name, fault, operation, depth, hosts


def under_load(t):
    place = Place()
    chosen, done = list(rows(sys.argv[2:])), {}
    # What is not installed is missed before the first run, and not after an
    # hour.
    for _, fault, *_ in chosen:
        if hasattr(fault.file_system, "volume"):
            place.volume(fault.file_system.volume)
    for label, fault, *how in chosen:
        operation, depth, hosts = how
        kind = {"here": Scene, "host": OnHost, "server": Served}[fault.alone]
        scene = (kind if hosts == 1 else ThreeHosts)(place, operation, depth)
        row = done[fault.name, *how] = strike(t, scene, fault)
        check(t, label, fault, operation, scene, row)
        t.diag(f"{label}: {cell(row)}, {row.get('sentence', 'goes on')}")
    for line in tables(done):
        print("#", line, flush=True)
    place.cluster.stop()


tap.main(under_load)
