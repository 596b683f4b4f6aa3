# SPDX-License-Identifier: GPL-2.0-only
"""Tests a host whose network dies in the middle of a run, of fio's client and
of smallfio run. fio's client needs some 40 seconds to notice. The test sleeps
meanwhile."""
import os
import subprocess

import cluster
import fio
import mounts
import tap
from cluster_run import is_invalid

cluster.enter_namespaces()


def started(top, gate, where):
    """Starts smallfio run on the hosts, whose servers serve two clients."""
    return subprocess.Popen(
        [os.environ["SMALLFIO_PROGRAM"], "run", "--servers", "--host-set",
         "h1,h2", "--top", top, "--network-sync-dir", gate, "--run-dir", "r",
         "--files", "300", "--file-size", "4", "--threads", "1", "--pause",
         "20000"], cwd=where, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def has_begun(top):
    return os.path.isdir(os.path.join(top, "file_srcdir", "h2", "thrd_00",
                                      "d_000"))


def lost_by_run(t, done, gate):
    out, err = done.communicate(timeout=60)
    t.equal(done.returncode, 3, "smallfio run ends, with an error", out, err)
    t.contains(out + err, ["client h2 timed out", "host h2 is missing",
                           "the other hosts end, too", "verdict: NOT VALID",
                           "host = h1", f"smallfio result {gate}"],
               "smallfio run names the host, and where results are kept")
    kept = subprocess.run([os.environ["SMALLFIO_PROGRAM"], "result", "-v",
                           os.path.join(gate, "smallfio-kept")],
                          capture_output=True, text=True)
    t.ok(kept.returncode == 3 and "h1" in kept.stdout
         and "h2" in kept.stdout, "smallfio run: both hosts have kept theirs",
         kept)


def lost_host(t):
    space = mounts.Workspace()
    place = cluster.Cluster(2, space.path)
    top, gate = space.dir("top"), space.dir("gate")
    run_top, run_gate = space.dir("run-top"), space.dir("run-gate")
    logs = os.path.join(space.path, "logs")
    by_run = started(run_top, run_gate, space.dir("run"))
    cluster.until(lambda: has_begun(run_top))
    running = place.start(
        fio.job_text([fio.section("create", write_lat_log="create")],
                     directory=top, gate=gate, gate_hosts=2, files=200,
                     filesize="4k", rate_iops=100, log_unix_epoch=1), logs)
    t.ok(cluster.until(lambda: has_begun(top)), "all hosts run")
    place.hosts[1].cut_off()
    result = running.wait(150)
    t.ok(not result.timed_out and result.rc != 0,
         "the client ends, with an error", result)
    t.contains(result.err, ["client h2 timed out"], "fio names the host")
    t.equal([entry["hostname"] for entry in result.json["client_stats"]],
            ["h1"], "what the other measured came back")
    with open(os.path.join(logs, "create_clat.1.log.h1"),
              encoding="ascii") as f:
        t.equal(len(f.readlines()), 200,
                "all samples of the other host came back")
    is_invalid(t, "a host that fell silent", None, logs, result,
               ["host h2 is missing", "h1  "], place.hosts_file)
    lost_by_run(t, by_run, run_gate)


tap.main(lost_host)
