# SPDX-License-Identifier: GPL-2.0-only
"""Tests runs in which a host or the client fails. They end in bounded time,
the host is named, and what the others measured is kept."""
import os
import re
import signal

import cluster
import fio
import impostor
import tap
from cluster_run import (FILES, Place, THREADS, files_below, is_invalid, job,
                         logged, samples)

cluster.enter_namespaces()

SOON_S = 45
LONG_FILES = 400
HERE = f"{cluster.SUBNET}.255.254"


def long_job(top, gate, **options):
    """Returns a job of some seconds, with a sample every 10 ms."""
    return job(top, gate, [logged("create")],
               **{"files": LONG_FILES, "rate_iops": 100, **options})


def wait_for_files(top, hosts):
    return cluster.until(lambda: all(
        any(name for name in files_below(top) if f"/{host}/" in name)
        for host in hosts))


def killed_server(t):
    place = Place()
    top, gate, logs = place.dirs("killed")
    running = place.cluster.start(long_job(top, gate), logs)
    t.ok(wait_for_files(top, ["h1", "h2", "h3"]), "server killed: all run")
    place.cluster.hosts[1].crash()
    result = running.wait(SOON_S)
    t.ok(not result.timed_out and result.rc != 0,
         "server killed: the client ends, with an error", result)
    t.ok(re.search(r"h2.*(disconnect|connection)|(disconnect).*h2",
                   result.err), "server killed: fio names the host", result)
    found = samples(logs, "create")
    t.equal(sorted({host for host, s in found.items() if s} and
                   {host for host, _ in found}), ["h1", "h3"],
            "server killed: what the others measured came back")
    t.equal({host: sum(len(s) for (h, _), s in found.items() if h == host)
             for host in ("h1", "h3")},
            dict.fromkeys(["h1", "h3"], THREADS * LONG_FILES),
            "server killed: all samples of the others came back")
    is_invalid(t, "server killed", place, logs, result, ["h2", "h1", "h3"])
    place.cluster.stop()


def kill_client(t, label, place, number):
    top, gate, logs = place.dirs(label.replace(" ", "-"))
    running = place.cluster.start(long_job(top, gate, files=6000), logs)
    t.ok(wait_for_files(top, ["h1", "h2", "h3"]), f"{label}: all run")
    running.process.send_signal(number)
    result = running.wait(SOON_S)
    t.ok(not result.timed_out, f"{label}: it ends", result)
    # Without jobs, a server is one process.
    t.ok(cluster.until(lambda: all(len(host.processes("fio")) == 1
                                   for host in place.cluster.hosts), 20),
         f"{label}: the hosts end their jobs",
         [host.processes("fio") for host in place.cluster.hosts])
    return result, logs


def killed_client(t):
    """The client is told to end, or killed. The hosts notice and end their
    jobs. After that they can be used again."""
    place = Place()
    for number in (signal.SIGINT, signal.SIGTERM):
        label = f"client told to end by {number.name}"
        result, logs = kill_client(t, label, place, number)
        counts = {host: 0 for host in ("h1", "h2", "h3")}
        for (host, _), times in samples(logs, "create").items():
            counts[host] += len(times)
        t.ok(all(0 < n < THREADS * 6000 for n in counts.values()),
             f"{label}: what was measured comes back", counts)
        is_invalid(t, label, place, logs, result,
                   ["cut short", *(f"{n}  " for n in counts.values())])
    label = "client killed"
    result, logs = kill_client(t, label, place, signal.SIGKILL)
    is_invalid(t, label, place, logs, result,
               ["nothing is there of: h1, h2, h3"])
    top, gate, logs = place.dirs("again")
    result = place.cluster.run(job(top, gate, [logged("create")]), logs)
    t.equal(result.rc, 0, "client killed: then the hosts can be used again",
            result)
    place.cluster.stop()


def unreachable(t):
    """A host without a server, an address without a host, and a server of
    another fio. The other hosts wait for them at the start barrier, or work
    if there is none."""
    place = Place()
    for pid in place.cluster.hosts[2].processes("fio"):
        os.kill(pid, signal.SIGKILL)
    other = impostor.Impostor(impostor.another_version, HERE)
    refused = "failed to connect to h3"
    for label, name, gated, words in (
            ("no server", "h3", True, refused),
            ("no server, no gate", "h3", False, refused),
            ("no host", place.cluster.address(200), True,
             "failed to connect"),
            ("another fio", f"{HERE},{other.port}", True,
             "client/server version mismatch")):
        top, gate, logs = place.dirs(label.replace(" ", "-"))
        hosts = os.path.join(place.space.path, f"hosts-{label}")
        with open(hosts, "w", encoding="ascii") as f:
            f.write(f"h1\nh2\n{name}\n")
        result = place.cluster.run(
            job(top, gate if gated else None,
                [logged(o) for o in (("create", "stat", "read") if gated else ("create",))],
                gate_hosts=3 if gated else None,
                gate_timeout=2 if gated else None), logs,
            hosts_file=hosts, timeout=SOON_S)
        # fio's exit code is 0 although a host is missing. Only a host that
        # waits in vain makes it another.
        t.ok(not result.timed_out and (result.rc != 0 or not gated),
             f"{label}: the client ends, with gate= with an error",
             result)
        t.contains(result.err, [words], f"{label}: fio says why")
        said = is_invalid(t, label, place, logs, result,
                          [f"host {name} is missing"], hosts)
        # The job ends at the first start barrier that fails.
        t.equal(said.count("2 of 3 hosts"), 1 if gated else 0,
                f"{label}: who is missing at a start barrier is said once", said)
        t.equal(sum(map(len, samples(logs, "create").values())),
                0 if gated else 2 * THREADS * FILES,
                f"{label}: what the others did is there")
    place.cluster.stop()


def full_disk(t):
    place = Place()
    top, gate, logs = place.dirs("full")
    place.cluster.hosts[1].call("mount", "-t", "tmpfs", "-o", "size=256k",
                                "none", top)
    result = place.cluster.run(job(top, gate, [logged("create")]), logs,
                               timeout=SOON_S)
    t.ok(not result.timed_out and result.rc != 0,
         "full disk: the client ends, with an error", result)
    t.ok(re.search(r"<h2> .*No space left", result.err),
         "full disk: the engine names host and cause", result)
    found = samples(logs, "create")
    counts = {host: sum(len(s) for (h, _), s in found.items() if h == host)
              for host in ("h1", "h2", "h3")}
    t.ok(counts["h1"] == counts["h3"] == THREADS * FILES
         and 0 < counts["h2"] < THREADS * FILES,
         "full disk: what was measured came back, of that host, too", counts)
    is_invalid(t, "full disk", place, logs, result, ["h2", "h1", "h3"])
    place.cluster.stop()


def wrong_servers(t):
    """A server cannot load the engine, or only one built for another fio. The
    other hosts do not wait for ever."""
    place = Place()
    other = os.environ["SMALLFIO_OTHER_ENGINE"]
    for label, path, words in (("no engine", cluster.without_engine(place.space),
                                ["h3"]),
                               ("an engine for another fio", other,
                                ["h3", "built for", "rebuild"])):
        host = place.cluster.hosts[2]
        for pid in host.processes("fio"):
            os.kill(pid, signal.SIGKILL)
        for server in host.servers:
            server.wait()
        host.serve(env={"LD_LIBRARY_PATH": path})
        host.ready()
        top, gate, logs = place.dirs(label.replace(" ", "-"))
        result = place.cluster.run(
            job(top, gate, [logged("create")], gate_timeout=2), logs,
            timeout=SOON_S)
        t.ok(not result.timed_out, f"{label}: the client ends", result)
        t.contains(result.err, words, f"{label}: it names the host")
        t.ok(re.search("2 of 3 hosts are here: (h1, h2|h2, h1)", result.err),
             f"{label}: the message says who has come", result)
        t.equal(sum(len(s) for s in samples(logs, "create").values()), 0,
                f"{label}: nothing was measured without it")
        is_invalid(t, label, place, logs, result, ["h3"])
    place.cluster.stop()


tap.main(killed_server, killed_client, unreachable, full_disk, wrong_servers)
