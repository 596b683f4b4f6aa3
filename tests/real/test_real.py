# SPDX-License-Identifier: GPL-2.0-only
"""Tests on a real distributed file system. One host serves it, and three others
mount it, each by a process of its own. Off by default: see CONTRIBUTING.md.

usage: test_real.py ceph|gluster|moosefs|sshfs
"""
import errno
import glob
import importlib
import os
import re
import signal
import statistics
import subprocess
import sys
import time

import cluster
import fio
import mounts
import possible
import tap
from cluster_run import edited, every_operation, is_whole

cluster.enter_namespaces()

FILES, THREADS = 200, 2
STARTS, MEETINGS = 5, 10
# A listing by another host may take 10 s before a server is killed.
RUN_S, DOWN_S = 35, 5
# Longer than the 5 s after which a host that waits says for what.
ABSENT_S = 8
# Clients of these file systems try again for up to a minute.
HANG_S = 90
# All operations meet at some 40 start barriers, which take seconds on CephFS.
LONGEST_S = 400
CLIENTS = ["h1", "h2", "h3"]
PERMUTED = ":".join(CLIENTS)
PHASES = ["create", "stat", "read", "delete"]


class Place:
    """Four hosts. h4 serves the file system; the others have it mounted, with
    `top` and `gate` in it."""

    def __init__(self):
        self.space = mounts.Workspace()
        self.cluster = cluster.Cluster(len(CLIENTS) + 1,
                                       self.space.path)
        self.volume = importlib.import_module(sys.argv[1]).FileSystem(
            self.cluster.hosts[-1], self.space)
        self.mounted = self.space.dir("mounted")
        self.clients = self.cluster.hosts[:-1]
        for host in self.clients:
            self.volume.mount(host, self.mounted)
        self.gate = self.dir("gate")
        self.lacking = set(self.clients[0].call(
            sys.executable, possible.__file__, self.mounted).split())
        self.hosts_file = self.cluster.list_hosts("clients", self.clients)

    def mount_again(self):
        """A client that did not survive its server has unmounted itself."""
        for host in self.clients:
            if f" {self.mounted} " not in host.call("cat", "/proc/mounts"):
                self.volume.mount(host, self.mounted)

    def dir(self, name):
        """Makes a directory in the volume."""
        path = os.path.join(self.mounted, name)
        self.clients[0].call("mkdir", path)
        return path

    def smallfio(self, *arguments):
        done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], *arguments],
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def logs(self, name):
        return os.path.join(self.space.path, f"logs-{name}")

    def run(self, text, name):
        """Runs a job by fio's client. Returns its result, and where its logs
        are."""
        return self.end(self.start(text, name), name)

    def start(self, text, name, hosts=None):
        listed = (self.cluster.list_hosts(name, hosts) if hosts
                  else self.hosts_file)
        return self.cluster.start(text, self.logs(name), hosts_file=listed)

    def end(self, running, name):
        logs = self.logs(name)
        result = running.wait(LONGEST_S)
        with open(os.path.join(logs, "out.json"), "w",
                  encoding="utf-8") as f:
            f.write(result.output)
        return result, logs

    def options(self, name):
        return {"directory": self.dir(name), "gate": self.gate,
                "gate_hosts": len(CLIENTS), "numjobs": THREADS}

    def files(self, top):
        """Returns the files that the second host sees. A FUSE client gives a
        file that is removed while it is open another name, .fuse_hidden*."""
        return self.clients[1].call("find", top, "-type", "f", "!", "-name",
                                    ".fuse_hidden*")

    def left(self, *tops):
        """Returns what is in these directories and at the start barrier, but
        not what hosts keep of their results. Waits a while, because a client
        removes a file some time after it was closed. sshfs may forget to,
        where files are removed right after they were closed."""
        found = []

        def nothing():
            found[:] = self.clients[1].call(
                "find", *tops, self.gate, "-mindepth", "1", "-name",
                "smallfio-kept", "-prune", "-o", "-mindepth", "1",
                "!", "-name", ".fuse_hidden*", "-print").split()
            return not found
        cluster.until(nothing, 5)
        return found


def two_views(t, place):
    """Each host has a mount of its own, and not one that all see."""
    second = place.clients[1]
    kinds = {host.call("stat", "-f", "-c", "%T",
                       place.mounted).strip()
             for host in place.clients}
    # coreutils 9.8 says fuse.
    t.ok(kinds <= {"fuse", "fuseblk"}, "all hosts have a FUSE mount", kinds)
    t.ok(not os.path.exists(place.gate), "nobody else sees the mounts")
    processes = [host.processes(place.volume.client)
                 for host in place.clients]
    t.ok(all(processes), "each host has a mount process of its own",
         processes)
    place.dir("probe")
    t.contains(second.call("ls", place.mounted), ["probe"],
               "one host sees what the other writes")


def cycle(t, place):
    options = place.options("cycle")
    text = edited({**options, "files": FILES,
                   "permute_hosts": PERMUTED})
    job = os.path.join(place.space.path, "cycle.fio")
    with open(job, "w", encoding="utf-8") as f:
        f.write(text)
    code, said = place.smallfio("check", "--hosts", place.hosts_file, job)
    t.ok(code == 0 and f"{len(CLIENTS)} hosts can run the job" in said,
         "smallfio check finds all hosts good", said)
    result, logs = place.run(text, "cycle")
    t.equal(result.rc, 0, "the cycle ends without an error", result)
    # In so short a run threads may end far apart, which would make it not
    # valid.
    code, said = place.smallfio("result", "--min-done", "1", "--hosts",
                                place.hosts_file, logs)
    t.ok(is_whole(code, said), "smallfio result finds it valid",
         said)
    t.diag(said)
    for phase in PHASES:
        counts = {}
        for path in glob.glob(os.path.join(logs, f"{phase}_clat.*.log.*")):
            host = path.rsplit(".", 1)[1]
            with open(path, encoding="ascii") as f:
                counts[host] = counts.get(host, 0) + len(f.readlines())
        t.equal(counts, {host: THREADS * FILES for host in CLIENTS},
                f"{phase}: hosts x threads x files samples")
    t.equal(place.left(options["directory"]), [],
            "cluster-cycle.fio leaves no file and no directory")


def starts(t, place):
    """Hosts meet in a directory of the file system again and again, and do not
    wait for anything but each other."""
    took = []
    for i in range(STARTS):
        options = dict(place.options(f"start-{i}"), files=10, filesize="4k")
        began = time.monotonic()
        result, _ = place.run(fio.job_text(fio.stonewalled(
            [fio.section("create"), fio.section("stat"),
             fio.section("delete")]), **options), f"start-{i}")
        took.append(time.monotonic() - began)
        if not t.equal(result.rc, 0, f"start {i}: fio succeeds", result):
            return
    t.diag("three start barriers each: "
           + " ".join(f"{s:.1f}" for s in took) + " s")
    t.ok(max(took) < place.volume.stall_s, "no start barrier stalls", took)


def meetings(t, place):
    """How long hosts wait at the start barrier after the last of them has come,
    without fio. Each sees the mount of another host. All come at once, or
    within two seconds."""
    top = place.dir("meetings")
    views = [f"/proc/{host.pid}/root{top}" for host in place.clients]
    for within_ms in (0, 2000):
        waits = []
        for _ in range(MEETINGS):
            done = subprocess.run(
                [os.environ["SMALLFIO_BARRIER_HOSTS"], str(len(views)), "0",
                 str(HANG_S), str(within_ms), *views],
                capture_output=True, text=True)
            found = re.match(r"open (\d+) .*wait_ms ([\d.]+)", done.stdout)
            if not t.equal(int(found[1]), len(views), "meeting: all pass",
                           done.stdout):
                return
            waits.append(float(found[2]) / 1000)
        t.diag(f"hosts come within {within_ms / 1000:.0f} s, then wait: "
               + " ".join(f"{wait:.2f}" for wait in waits)
               + f" s; median {statistics.median(waits):.2f} s")
        t.ok(max(waits) < place.volume.stall_s, "no meeting stalls", waits)
    t.equal(place.left(top), [], "meetings leave nothing")


def missing(t, place):
    """A host does not come. The run ends at the first start barrier, and the
    others say for whom they wait."""
    host = place.clients[-1]
    for pid in host.processes("fio.*--server"):
        os.kill(pid, signal.SIGKILL)
    for server in host.servers:
        server.wait()
    options = dict(place.options("missing"), files=10, filesize="4k",
                   gate_timeout=ABSENT_S, permute_hosts=PERMUTED)
    began = time.monotonic()
    result, logs = place.run(fio.job_text(fio.stonewalled(
        [fio.section("create"), fio.section("stat"), fio.section("delete")]),
        **options), "missing")
    took = time.monotonic() - began
    here = "2 of 3 hosts are here: h1, h2; missing: h3"
    t.diag(f"h3 is missing: ended after {took:.1f} s, with gate_timeout= of "
           f"{ABSENT_S} s")
    t.ok(result.rc and not result.timed_out
         and took < ABSENT_S + place.volume.stall_s + 10,
         "a missing host: the run ends at the first start barrier", result)
    t.contains(result.err, [f"waits at the gate: {here}", f"only {here}"],
               "a missing host: the others say for whom they wait")
    t.ok("job create" in result.err and "job stat" not in result.err,
         "a missing host: no later section waits", result)
    code, said = place.smallfio("result", "--hosts", place.hosts_file, logs)
    t.diag(said)
    t.ok(code == 3 and said.count("2 of 3 hosts") == 1,
         "a missing host: smallfio result says so once", code, said)
    t.equal(place.left(), [],
            "a missing host: nothing stays at the start barrier")
    host.serve()
    host.ready()


def runs_full(t, place, label, options, error):
    """Each host ends with that error, and then the files can be removed."""
    name = label.replace(" ", "-")
    result, logs = place.run(fio.job_text([fio.section(
        "create", write_lat_log="create")], **options), name)
    t.ok(result.rc and not result.timed_out, f"{label}: the run ends", result)
    code, said = place.smallfio("result", "--min-done", "0.01", "--hosts",
                                place.hosts_file, logs)
    t.diag(f"{label}, smallfio result: exit code {code}", said)
    found = {host for host, _, failed in re.findall(
        r"host (\S+), thread (\d+): 1 operation failed: (.+)", said)
        if re.search(error, failed)}
    t.ok(code == 3 and found == set(CLIENTS),
         f"{label}: smallfio result names the error of each host", said)
    # A start barrier needs room.
    result, _ = place.run(fio.job_text([fio.section("cleanup")], **{
        **options, "gate": None, "gate_hosts": None}), f"{name}-emptied")
    t.equal((result.rc, place.left(options["directory"])), (0, []),
            f"{label}: then the files can be removed", result)


def full(t, place):
    """The directory has a quota."""
    options = dict(place.options("full"), files=FILES, filesize="4k")
    place.volume.limit(place.clients[0], options["directory"])
    runs_full(t, place, "a quota", options, place.volume.full)


def no_room(t, place):
    """The server's disk is full."""
    if not hasattr(place.volume, "fill"):
        t.diag("the server's disk is not filled there")
        return
    options = dict(place.options("no-room"), files=FILES, filesize="64k")
    place.volume.fill()
    runs_full(t, place, "no room", options, os.strerror(errno.ENOSPC))
    place.volume.empty()


def damage(t, place):
    """A read on one host finds a byte that was changed in what the other host
    wrote. The byte is changed where the server keeps it, because no host has
    that in its cache."""
    if not hasattr(place.volume, "stored"):
        t.diag("the server keeps files in a form of its own: none is damaged")
        return
    common = dict(place.options("damage"), files=50, filesize="4k")
    result, _ = place.run(fio.job_text([fio.section("create")], **common),
                          "make")
    t.equal(result.rc, 0, "files are made again", result)
    found = glob.glob(os.path.join(place.volume.stored, "damage",
                                   "file_srcdir", "h2", "**", "*_7_"),
                      recursive=True)
    with open(found[0], "r+b") as f:
        f.write(b"!")
    result, _ = place.run(
        fio.job_text([fio.section("read")], permute_hosts=PERMUTED, **common),
        "damaged")
    t.ok(result.rc != 0 and "<h1> " in result.err
         and os.path.basename(found[0]) in result.err,
         "a damaged file is found by the other host", result)


def awaits(t, place):
    """Each host waits for the files that the other makes at the same time."""
    if not place.volume.xattrs:
        t.diag("await-create needs extended attributes: not run")
        return
    options = dict(place.options("await"), files=100, filesize="4k",
                   numjobs=1)
    result, _ = place.run(fio.job_text(
        [fio.section("create", record_ctime_size=1, rate_iops=50),
         fio.section("await-create", permute_hosts=PERMUTED)], **options),
        "await")
    t.equal(result.rc, 0, "await-create sees files of the other host", result)
    for entry in result.json["client_stats"]:
        if entry["jobname"] == "await-create":
            clat = entry["read"]["clat_ns"]
            t.diag(f"{entry['hostname']}: {clat['N']} files seen after "
                   f"{clat['mean'] / 1e6:.1f} ms, at most "
                   f"{clat['max'] / 1e6:.1f} ms")


def all_operations(t, place):
    """Each operation works in the tree of the other host, on what that host
    made, or makes something there."""
    common = dict(place.options("all"), files=40, files_per_dir=7,
                  dirs_per_dir=3, filesize="5k", xattr_count=2, xattr_size=20)
    # clone has a test of its own.
    without = {"clone", *place.lacking}
    t.diag(f"not possible there: {sorted(place.lacking)}")
    result, _ = place.run(
        fio.job_text(every_operation(PERMUTED, without), **common),
        "all")
    t.equal(result.rc, 0, "every operation succeeds", result)
    t.same_set({e["jobname"].split("-", 1)[1]
                for e in result.json["client_stats"]
                if e["jobname"] != "All clients"},
               set(fio.OPERATIONS) - {"cleanup", "await-create", *without},
               "every operation was measured")
    t.equal(place.files(common["directory"]), "", "nothing is left")


def clones(t, place):
    """Each host clones files of another. Where the file system has no clones,
    each says so."""
    options = dict(place.options("clones"), files=20, filesize="4k")
    result, _ = place.run(fio.job_text(fio.stonewalled([
        fio.section("create"),
        fio.section("clone", permute_hosts=PERMUTED)]), **options), "clones")
    named = set(re.findall(r"<(\S+)> fio-smallfile: job clone: .* "
                           "has no FICLONE", result.err))
    if "clone" in place.lacking:
        t.ok(result.rc and named == set(CLIENTS),
             "no clones there: each host names the error", result)
    else:
        t.equal(result.rc, 0, "files of another host are cloned", result)
    result, _ = place.run(fio.job_text([fio.section("cleanup")], **options),
                          "clones-removed")
    t.equal((result.rc, place.left(options["directory"])), (0, []),
            "clones: all files can be removed", result)


def by_second(logs):
    """Returns how many operations all hosts have ended in each second."""
    times = []
    for path in glob.glob(os.path.join(logs, "create_clat.*.log.*")):
        with open(path, encoding="ascii") as f:
            times += [int(line.split(",")[0]) // 1000 for line in f]
    return [times.count(s) for s in range(min(times), max(times) + 1)]


def killed_server(t, place):
    """A server is killed under load, and started again. The run goes on as
    soon as the file system does, or ends with its error."""
    options = dict(place.options("killed"), filesize="4k", files=4000,
                   files_per_dir=1000, runtime=RUN_S, rate_iops=100,
                   write_lat_log="create", log_unix_epoch=1)
    running = place.start(fio.job_text([fio.section("create")], **options),
                          "killed")
    top = options["directory"]
    t.ok(cluster.until(lambda: place.clients[1].call(
        "find", top, "-type", "f", "-print", "-quit")),
         "killed server: all run")
    began = time.monotonic()
    time.sleep(4)
    place.volume.kill()
    time.sleep(DOWN_S)
    place.volume.restart()
    result, logs = place.end(running, "killed")
    took = time.monotonic() - began
    t.ok(not result.timed_out and took < RUN_S + HANG_S,
         "killed server: the run ends", took, result)
    counts = by_second(logs)
    t.diag(f"ended after {took:.0f} s of {RUN_S}, exit code {result.rc}; "
           f"operations a second: {counts}")
    code, said = place.smallfio("result", "--min-done", "0.01", "--hosts",
                                place.hosts_file, logs)
    t.diag(f"smallfio result: exit code {code}", said[:1500])
    gone_on = (min(counts[1:-1]) < max(counts) / 10 and max(counts[-4:]) > max(counts) / 4
               and "no operation ended for" in said)
    t.ok(gone_on or (code == 3 and "operation failed: " in said),
         "killed server: the rate drops and comes back, and smallfio result "
         "shows the gap; or it names the error", counts, said)


def killed_at_barrier(t, place):
    """A server is killed while two hosts wait at the start barrier for the
    third one, and started again before that one comes. All start, or each names
    its error."""
    options = dict(place.options("waiting"), files=10, filesize="4k",
                   gate_timeout=HANG_S)
    text = fio.job_text(fio.stonewalled(
        [fio.section("create"), fio.section("delete")]), **options)
    running = place.start(text, "first", place.clients[:2])
    waits = f"find {place.gate}/smallfio-gate -name '*%s*' 2>/dev/null || :"
    t.ok(cluster.until(lambda: all(place.clients[0].call(
        "sh", "-c", waits % host) for host in CLIENTS[:2])),
         "killed server: two hosts wait at the start barrier")
    began = time.monotonic()
    place.volume.kill()
    time.sleep(DOWN_S)
    place.volume.restart()
    place.mount_again()
    late = place.start(text, "late", place.clients[2:])
    results = [place.end(running, "first")[0], place.end(late, "late")[0]]
    took = time.monotonic() - began
    t.diag(f"a server killed at the start barrier: ended after {took:.0f} s, "
           "exit codes", [r.rc for r in results])
    t.ok(not any(r.timed_out for r in results) and took < 2 * HANG_S,
         "killed server: the wait at the start barrier ends", *results)
    # fio's client ends with 0 if fio itself refuses the job.
    named = [bool(re.search(r"fio-smallfile: job \w+: |is not a directory",
                            r.err)) for r in results]
    t.ok(all(named) or not any(named) and not any(r.rc for r in results),
         "killed server: all start, or each names its error", *results)
    for r in results:
        t.diag(*sorted(set(re.findall("fio-smallfile: job.*", r.err))))


tap.main(*tap.sharing(Place, two_views, meetings, starts, missing, cycle, full,
                      no_room, damage, awaits, all_operations, clones,
                      killed_at_barrier, killed_server))
