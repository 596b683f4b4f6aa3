# SPDX-License-Identifier: GPL-2.0-only
"""What hosts keep by themselves of a run whose client is killed, or loses
them: all that was measured is there, marked, and smallfio reads it."""
import glob
import json
import os
import signal
import subprocess

import cluster
import fio
import tap
from cluster_run import (FILES, Place, THREADS, files_below, is_invalid, job,
                         judge, logged)

cluster.enter_namespaces()

SOON_S = 45
LONG_FILES = 3000


def smallfio(command, *arguments):
    done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], command,
                           *arguments], capture_output=True, text=True)
    out = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    return done.returncode, out, done.stdout + done.stderr


def kept_files(base):
    return sorted(os.path.basename(path) for path in
                  glob.glob(os.path.join(base, "smallfio-kept", "*.json")))


def entry_of(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    return json.loads(text[text.index("\n{") + 1:])["client_stats"][0]


def same_figures(t):
    """Of a local run, where fio tells them itself: each figure is fio's."""
    place = Place(1)
    top, kept, _ = place.dirs("local")
    result = fio.run(
        fio.stonewalled([fio.section("create", prefix='q"\\q'),
                         fio.section("read", rand=True, prefix='q"\\q')]),
        "--output-format=json+", directory=top, numjobs=THREADS, files=FILES,
        filesize="4k", keep_results=kept, host="here")
    t.equal(result.rc, 0, "figures: fio succeeds", result)
    names = kept_files(kept)
    t.equal(names, [f"here.{i:05}.json" for i in range(2 * THREADS)],
            "figures: a file for each job")
    pairs = [(entry_of(os.path.join(kept, "smallfio-kept", name)), fio_job)
             for name, fio_job in zip(names, result.jobs)]
    for one, other in pairs:
        side = "read" if one["jobname"] == "read" else "write"
        label = f"figures: {one['jobname']}"
        t.equal(one["jobname"], other["jobname"], f"{label}: the job")
        mine, theirs = one[side], other[side]
        t.equal([mine[name] for name in ("io_bytes", "total_ios", "runtime")],
                [theirs[name] for name in ("io_bytes", "total_ios",
                                           "runtime")], f"{label}: counts")
        t.equal([mine["clat_ns"][name] for name in ("min", "max", "N",
                                                    "bins")],
                [theirs["clat_ns"][name] for name in ("min", "max", "N",
                                                      "bins")],
                f"{label}: latencies")
        t.ok(all(abs(mine["clat_ns"][name] - theirs["clat_ns"][name]) < 1
                 for name in ("mean", "stddev")), f"{label}: their moments",
             mine, theirs)
    place.cluster.stop()


def two_phases(top, gate, **options):
    return job(top, gate, [
        logged("create"),
        fio.section("create", name="second", prefix="second",
                    write_lat_log="second", files=LONG_FILES, rate_iops=100)],
        **options)


def in_second(top, host):
    return [name for name in files_below(top)
            if f"/{host}/" in name and "second" in os.path.basename(name)]


def kill_in_second(t, place, label, top, gate, logs, before=None):
    running = place.cluster.start(two_phases(top, gate), logs)
    t.ok(cluster.until(lambda: all(
        len(in_second(top, host.name)) > 20 * THREADS
        for host in place.cluster.hosts)), f"{label}: all run")
    if before:
        before()
    running.process.send_signal(signal.SIGKILL)
    return running.wait(SOON_S)


def jobs_end(place):
    return cluster.until(lambda: all(len(host.processes("fio")) == 1
                                     for host in place.cluster.hosts), 20)


def killed_client(t, place):
    top, gate, logs = place.dirs("killed")
    result = kill_in_second(t, place, "client killed", top, gate, logs)
    t.ok(jobs_end(place), "client killed: the hosts end their jobs")
    code, said = judge(place, logs, result)
    t.ok(code == 3 and "smallfio-kept" in said,
         "client killed: smallfio result fails, and says where to look", code,
         said)
    kept = os.path.join(gate, "smallfio-kept")
    code, out, said = smallfio("result", "--format=json", "--hosts",
                               place.cluster.hosts_file, kept)
    t.equal((code, out.get("valid")), (3, False),
            "client killed: what was kept is no valid run", said)
    t.ok(any(text.startswith("interrupted: ") for text in out["invalid"])
         and len(out["invalid"]) == 1,
         "client killed: it is marked, and nothing else is wrong",
         out["invalid"])
    t.equal([phase["job"] for phase in out["phases"]], ["create", "second"],
            "client killed: both sections are there")
    first, second = (phase["cluster"] for phase in out["phases"])
    t.equal((first["units"], first["threads"], first["done_percent"]),
            (3 * THREADS * FILES, 3 * THREADS, 100),
            "client killed: the section that was done is whole")
    t.equal({part["host"]: part["units"]
             for part in out["phases"][1]["hosts"]},
            {host.name: len(in_second(top, host.name))
             for host in place.cluster.hosts},
            "client killed: of the other, as many operations of each host as "
            "there are files")
    t.ok(0 < second["done_percent"] < 100 and second["elapsed_ns"] > 0
         and second["rates"]["units_per_s"] > 0,
         "client killed: share and rate are there", second)
    code, out, said = smallfio("stats", "--by", "job", "--format=json", kept)
    counts = {o["operation"]: sum(s["samples"] for s in o["statistics"]
                                  if s["level"] == "thread")
              for o in out.get("operations", [])}
    t.equal((code, counts), (0, {"create": first["units"],
                                 "second": second["units"]}),
            "client killed: smallfio stats has each operation of each thread",
            said[:2000])
    return gate, kept


def refused_elsewhere(t, kept):
    code, _, said = smallfio("gate", "--limit", "create p99 < 10s",
                             os.path.join(kept, "h1.00000.json"))
    t.ok(code == 3 and "what a host kept" in said,
         "the gate of a CI refuses it as a run", code, said)


def refused_mixtures(t, kept, logs, result):
    """One job twice; what hosts kept beside what came back."""
    first, twice = (os.path.join(kept, name) for name in
                    ("h1.00000.json", "copy.json"))
    with open(first, encoding="utf-8") as f:
        text = f.read()
    with open(twice, "w", encoding="utf-8") as f:
        f.write(text.replace("ended_ns=", "ended_ns=9"))
    code, _, said = smallfio("result", kept)
    t.ok(code == 3 and "each job of host h1 once" in said,
         "a job that is there twice is refused", code, said)
    os.unlink(twice)
    out = os.path.join(logs, "out.json")
    with open(out, "w", encoding="utf-8") as f:
        f.write(result.output)
    code, _, said = smallfio("result", first, out)
    t.ok(code == 3 and "name the one or the other" in said,
         "what was kept beside what came back is refused", code, said)
    os.unlink(out)


def next_run(t, place, gate):
    """A run takes the place of the one before, of each host's own."""
    top, _, logs = place.dirs("next")
    foreign = os.path.join(gate, "smallfio-kept", "h1.00099.json")
    with open(foreign, "w", encoding="ascii") as f:
        f.write("somebody's\n")
    result = place.cluster.run(job(top, gate, [logged("create")]), logs)
    t.equal(result.rc, 0, "next run: fio succeeds", result)
    t.equal(kept_files(gate),
            sorted(["h1.00099.json"]
                   + [f"{host.name}.{i:05}.json"
                      for host in place.cluster.hosts
                      for i in range(THREADS)]),
            "next run: its own files are there, and what is nobody's")
    os.unlink(foreign)
    code, out, said = smallfio("result", "--format=json", "--hosts",
                               place.cluster.hosts_file,
                               os.path.join(gate, "smallfio-kept"))
    t.equal((code, [phase["cluster"]["units"] for phase in out["phases"]]),
            (3, [3 * THREADS * FILES]), "next run: and whole", said)
    refused_mixtures(t, os.path.join(gate, "smallfio-kept"), logs, result)
    os.unlink(os.path.join(gate, "smallfio-kept", "h2.00001.json"))
    code, _, said = smallfio("result", "--hosts", place.cluster.hosts_file,
                             os.path.join(gate, "smallfio-kept"))
    t.ok(code == 3 and "host h2: 1 of 2 threads left a record" in said,
         "a thread without one is named", said)


def two_runs(t, place):
    """What is left of hosts that the last run had not."""
    top, gate, logs = place.dirs("two")
    for name, hosts in (("three", place.cluster.hosts),
                        ("two", place.cluster.hosts[:2])):
        result = place.cluster.run(
            job(top, gate, [logged("create")], gate_hosts=len(hosts),
                prefix=name), logs,
            hosts_file=place.cluster.list_hosts(f"hosts-{name}", hosts))
        t.equal(result.rc, 0, f"{name} hosts: fio succeeds", result)
    code, _, said = smallfio("result", os.path.join(gate, "smallfio-kept"))
    t.ok(code == 3 and "what host h3 kept is of another run than what host h1"
         in " ".join(said.split()), "what is of an earlier run is named", said)


def silent_host(t, place):
    """It has lost its client, does not know, and does all its work."""
    top, gate, logs = place.dirs("silent")
    files, long = place.cluster.hosts[1], 300
    running = place.cluster.start(
        job(top, gate, [logged("create")], files=long, rate_iops=100), logs)
    t.ok(cluster.until(lambda: all(
        any(f"/{host.name}/" in name for name in files_below(top))
        for host in place.cluster.hosts)), "silent host: all run")
    files.cut_off()
    running.process.send_signal(signal.SIGKILL)
    running.wait(SOON_S)
    t.ok(cluster.until(lambda: len([name for name in kept_files(gate)
                                    if name.startswith("h2.")]) == THREADS),
         "silent host: it keeps what it measured", kept_files(gate))
    code, out, said = smallfio("result", "--format=json",
                               os.path.join(gate, "smallfio-kept"))
    t.equal((code, {part["host"]: part["units"] for part in
                    out["phases"][0]["hosts"]}["h2"]),
            (3, THREADS * long), "silent host: all of it", said)


def elsewhere(t, place):
    top, gate, logs = place.dirs("elsewhere")
    result = place.cluster.run(
        job(top, gate, [logged("create")], keep_results="/nonexistent"), logs)
    t.equal(result.rc, 0, "no such directory: the run succeeds", result)
    t.contains(result.err, ["<h2> fio-smallfile: job create: keep_results: "
                            "open of /nonexistent: No such file"],
               "no such directory: each host says so")
    t.equal(kept_files(gate), [], "no such directory: nor at the gate")
    result = place.cluster.run(
        job(top, gate, [logged("create")], keep_results="no", prefix="no"),
        logs)
    t.equal((result.rc, kept_files(gate)), (0, []), "no: nothing is kept",
            result)
    t.equal(os.listdir(gate), [], "no: and nothing is left at the gate")


def all_of_it(t):
    place = Place()
    gate, kept = killed_client(t, place)
    refused_elsewhere(t, kept)
    next_run(t, place, gate)
    two_runs(t, place)
    elsewhere(t, place)
    silent_host(t, place)
    place.cluster.stop()


tap.main(same_figures, all_of_it)
