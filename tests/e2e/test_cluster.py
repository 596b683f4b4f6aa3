# SPDX-License-Identifier: GPL-2.0-only
"""Tests runs on several hosts, each with a fio server, driven by fio's client:
trees, start barrier, clocks, and the logs and figures that come back."""
import glob
import os
import re

import cluster
import fio
import tap
from cluster_run import (FILES, Place, THREADS, edited, files_below, is_valid,
                         job, judge, logged, samples)

cluster.enter_namespaces()

# Threads usually start within some ms. This is for a busy machine.
TOGETHER_S = 1.0


def clocks(result):
    """Reads the lines that the start barrier prints. Returns {host: (host it
    is compared with, ns that its clock is ahead, error in ns)}."""
    return {m[1]: (m[2], int(m[3]), int(m[4])) for m in re.finditer(
        r"clock at the gate: host=(\S+) passed_ns=\d+ reference=(\S+) "
        r"ahead_ns=(-?\d+) error_ns=(\d+)", result.err)}


def check_all_back(t, label, logs, operation, hosts):
    found = samples(logs, operation)
    t.equal({host: sum(len(s) for (h, _), s in found.items() if h == host)
             for host in hosts}, {host: THREADS * FILES for host in hosts},
            f"{label}: hosts x threads x files samples came back")
    first = [min(s) for s in found.values() if s]
    apart = (max(first) - min(first)) / 1000 if first else 99
    t.diag(f"{label}: {len(first)} threads start within {apart * 1000:.0f} ms")
    t.ok(apart < TOGETHER_S, f"{label}: they start together", first)


def own_trees(t, place):
    def run():
        top, gate, logs = place.dirs("own")
        return top, gate, logs, place.cluster.run(
            job(top, gate, [logged("create"), logged("stat"), logged("read")],
                rate_iops=100), logs)
    # The run takes a second. A host that stood still meanwhile did not work at
    # the same time as the others, so such a run is tried again.
    top, gate, logs, result = tap.best_of(
        5, run, lambda found: judge(place, *found[2:])[0] == 0)
    t.equal(result.rc, 0, "own trees: fio succeeds", result)
    t.same_set({tuple(p.split("/")[1:3]) for p in files_below(top)},
               {(f"h{h}", f"thrd_{n:02}") for h in (1, 2, 3)
                for n in range(THREADS)}, "own trees: each host has its own")
    for operation in ("create", "stat", "read"):
        check_all_back(t, f"own trees, {operation}", logs, operation,
                       ["h1", "h2", "h3"])
    is_valid(t, "own trees", place, logs, result)
    t.equal(os.listdir(gate), ["smallfio-kept"],
            "own trees: only the spool stays in the barrier's directory")
    found = clocks(result)
    t.diag(found)
    # All hosts have the clock of this machine, so the offsets found must be 0
    # within their errors. The host that came first is the reference.
    t.ok(set(found) == {"h1", "h2", "h3"}
         and len({ref for ref, _, _ in found.values()} & set(found)) == 1
         and all(abs(ahead) <= error < 1e9
                 for _, ahead, error in found.values()),
         "own trees: each host says how its clock compares", found, result)


def one_tree(t, place):
    """same_dir=1: all threads make the same directories at once, and none
    fails."""
    top, gate, logs = place.dirs("same")
    result = place.cluster.run(
        job(top, gate, [logged("create"), logged("rename"), fio.section(
            "cleanup", stats=0)], same_dir=1, files_per_dir=5,
            dirs_per_dir=3), logs)
    t.equal(result.rc, 0, "same_dir: fio succeeds", result)
    check_all_back(t, "same_dir", logs, "create", ["h1", "h2", "h3"])
    t.equal(files_below(top), [],
            "same_dir: all hosts together remove everything")
    result = place.cluster.run(
        job(top, gate, [logged("create")], same_dir=1, files_per_dir=5), logs)
    t.equal(result.rc, 0, "same_dir: create succeeds", result)
    names = files_below(top)
    t.ok(len(names) == 3 * THREADS * FILES
         and not any("thrd_" in name for name in names),
         "same_dir: all files are in one tree", names[:3])


def others_files(t, place):
    """permute_hosts=: each host works on what its neighbour wrote."""
    top, gate, logs = place.dirs("permute")
    wrote = place.cluster.run(job(top, gate, [logged("create")]), logs)
    read = place.cluster.run(
        job(top, gate, [logged("read"), logged("stat")],
            permute_hosts="h1:h2:h3"), logs)
    t.ok(wrote.rc == 0 and read.rc == 0, "permute_hosts: fio succeeds", read)
    check_all_back(t, "permute_hosts", logs, "read", ["h1", "h2", "h3"])
    damaged = glob.glob(os.path.join(top, "file_srcdir/h3/thrd_00/**/*_7_"),
                        recursive=True)
    with open(damaged[0], "r+b") as f:
        f.write(b"damage")
    read = place.cluster.run(
        job(top, gate, [logged("read")], permute_hosts="h1:h2:h3"), logs)
    t.ok(read.rc != 0, "permute_hosts: damage is found", read)
    t.ok(re.search(r"<h2> .*" + re.escape(os.path.basename(damaged[0])),
                   read.err),
         "permute_hosts: the host before it in the list finds the damage",
         read)


def several_tops(t, place):
    top, gate, logs = place.dirs("tops")
    result = place.cluster.run(
        job(f"{top}:{place.second}", gate, [logged("create"),
                                            logged("read")]), logs)
    t.equal(result.rc, 0, "two mount points: fio succeeds", result)
    t.equal([len(files_below(d)) for d in (top, place.second)],
            [3 * THREADS * FILES // 2] * 2,
            "two mount points: each has half of the files")
    check_all_back(t, "two mount points", logs, "read", ["h1", "h2", "h3"])


def histograms(t, place):
    """Without logs, JSON+ has a histogram of each host with all its
    operations."""
    top, gate, logs = place.dirs("bins")
    result = place.cluster.run(job(top, gate, [fio.section("create")]), logs)
    found = {}
    for entry in result.json["client_stats"]:
        if entry["jobname"] == "create":
            bins = entry["write"]["clat_ns"]["bins"]
            found[entry["hostname"]] = (found.get(entry["hostname"], 0)
                                        + sum(bins.values()))
    t.equal(found, {host: THREADS * FILES for host in ("h1", "h2", "h3")},
            "JSON+: each operation is in a histogram")


def shipped_job(t, place):
    """The job file for clusters leaves nothing, as it says."""
    top, gate, logs = place.dirs("shipped")
    result = place.cluster.run(
        edited({"directory": top, "gate": gate, "gate_hosts": 3,
                "files": FILES, "numjobs": THREADS}), logs)
    t.equal((result.rc, os.listdir(top), os.listdir(gate)),
            (0, [], ["smallfio-kept"]),
            "cluster-cycle.fio leaves nothing but what hosts keep", result)


tap.main(*tap.sharing(Place, own_trees, one_tree, others_files, several_tops,
                      histograms, shipped_job))
