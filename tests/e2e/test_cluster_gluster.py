# SPDX-License-Identifier: GPL-2.0-only
"""Tests on a real distributed file system: one host serves GlusterFS, and two
others mount it and run the job file for clusters. Off by default: see
CONTRIBUTING.md."""
import glob
import os
import subprocess
import sys

import cluster
import fio
import gluster
import mounts
import possible
import tap
from cluster_run import edited, every_operation, is_whole

cluster.enter_namespaces()

FILES, THREADS = 200, 2
CLIENTS = ["h1", "h2"]
PHASES = ["create", "stat", "read", "delete"]


class Place:
    """Three hosts. h3 serves the volume; h1 and h2 have it mounted, with `top`
    and `gate` in it."""

    def __init__(self):
        gluster.need()
        self.space = mounts.Workspace()
        self.cluster = cluster.Cluster(3, self.space.path)
        self.volume = gluster.Volume(self.cluster.hosts[2], self.space)
        self.mounted = self.space.dir("mounted")
        self.clients = self.cluster.hosts[:2]
        for host in self.clients:
            self.volume.mount(host, self.mounted)
        self.gate = self.dir("gate")
        self.hosts_file = self.cluster.list_hosts("clients", self.clients)

    def dir(self, name):
        """Makes a directory in the volume."""
        path = os.path.join(self.mounted, name)
        self.clients[0].call("mkdir", path)
        return path

    def smallfio(self, *arguments):
        done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], *arguments],
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def run(self, text, name):
        """Runs a job by fio's client. Returns its result, and where its logs
        are."""
        logs = os.path.join(self.space.path, f"logs-{name}")
        result = self.cluster.run(text, logs, hosts_file=self.hosts_file,
                                  timeout=170)
        with open(os.path.join(logs, "out.json"), "w",
                  encoding="utf-8") as f:
            f.write(result.output)
        return result, logs

    def options(self, name):
        return {"directory": self.dir(name), "gate": self.gate,
                "gate_hosts": len(CLIENTS), "numjobs": THREADS}

    def files(self, top):
        """Returns the files that the second host sees."""
        return self.clients[1].call("find", top, "-type", "f")


def two_views(t, place):
    """The two hosts have two mounts, and not one that is seen twice."""
    _, second = place.clients
    kinds = {host.call("stat", "-f", "-c", "%T",
                       place.mounted).strip()
             for host in place.clients}
    t.equal(kinds, {"fuseblk"}, "both hosts have a FUSE mount")
    t.ok(not os.path.exists(place.gate), "nobody else sees the mounts")
    processes = [host.processes("glusterfs.*process-name fuse")
                 for host in place.clients]
    t.equal([len(p) for p in processes], [1, 1],
            "each host has a mount process of its own")
    place.dir("probe")
    t.contains(second.call("ls", place.mounted), ["probe"],
               "one host sees what the other writes")


def cycle(t, place):
    options = place.options("cycle")
    text = edited({**options, "files": FILES,
                   "permute_hosts": ":".join(CLIENTS)})
    job = os.path.join(place.space.path, "cycle.fio")
    with open(job, "w", encoding="utf-8") as f:
        f.write(text)
    code, said = place.smallfio("check", "--hosts", place.hosts_file, job)
    t.ok(code == 0 and "2 hosts can run the job" in said,
         "smallfio check finds both hosts good", said)
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
    t.equal(place.files(options["directory"]), "",
            "all files are gone, for the other host, too")


def damage(t, place):
    """A read on one host finds a byte that was changed in what the other host
    wrote. The byte is changed on the brick, because no host has that in its
    cache."""
    common = dict(place.options("damage"), files=50, filesize="4k")
    result, _ = place.run(fio.job_text([fio.section("create")], **common),
                          "make")
    t.equal(result.rc, 0, "files are made again", result)
    found = glob.glob(os.path.join(place.space.path, "brick", "damage",
                                   "file_srcdir", "h2", "**", "*_7_"),
                      recursive=True)
    with open(found[0], "r+b") as f:
        f.write(b"!")
    result, _ = place.run(
        fio.job_text([fio.section("read")], permute_hosts="h1:h2", **common),
        "damaged")
    t.ok(result.rc != 0 and "<h1> " in result.err
         and os.path.basename(found[0]) in result.err,
         "a damaged file is found by the other host", result)


def all_operations(t, place):
    """Each operation works in the tree of the other host, on what that host
    made, or makes something there."""
    common = dict(place.options("all"), files=40, files_per_dir=7,
                  dirs_per_dir=3, filesize="5k", xattr_count=2, xattr_size=20)
    without = {"clone", *place.clients[0].call(
        sys.executable, possible.__file__, place.mounted).split()}
    t.diag(f"not possible there: {sorted(without)}")
    result, _ = place.run(
        fio.job_text(every_operation(":".join(CLIENTS), without), **common),
        "all")
    t.equal(result.rc, 0, "every operation succeeds", result)
    t.same_set({e["jobname"].split("-", 1)[1]
                for e in result.json["client_stats"]
                if e["jobname"] != "All clients"},
               set(fio.OPERATIONS) - {"cleanup", "await-create", *without},
               "every operation was measured")
    t.equal(place.files(common["directory"]), "", "nothing is left")


tap.main(*tap.sharing(Place, two_views, cycle, damage, all_operations))
