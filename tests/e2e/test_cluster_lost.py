# SPDX-License-Identifier: GPL-2.0-only
"""Tests a host whose network dies in the middle of a run. fio's client needs
some 40 seconds to notice. The test sleeps meanwhile."""
import os

import cluster
import fio
import mounts
import tap
from cluster_run import is_invalid

cluster.enter_namespaces()


def lost_host(t):
    space = mounts.Workspace()
    place = cluster.Cluster(2, space.path)
    top, gate = space.dir("top"), space.dir("gate")
    logs = os.path.join(space.path, "logs")
    running = place.start(
        fio.job_text([fio.section("create", write_lat_log="create")],
                     directory=top, gate=gate, gate_hosts=2, files=200,
                     filesize="4k", rate_iops=100, log_unix_epoch=1), logs)
    t.ok(cluster.until(lambda: os.path.isdir(os.path.join(
        top, "file_srcdir", "h2", "thrd_00", "d_000"))), "all hosts run")
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


tap.main(lost_host)
