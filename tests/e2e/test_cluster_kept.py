# SPDX-License-Identifier: GPL-2.0-only
"""Tests the spool: what each host keeps of a run by itself. If the client is
killed or loses a host, the spool has all that was measured, marked as
incomplete, and smallfio reads it."""
import glob
import json
import os
import re
import signal
import subprocess
import time

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


def kept_paths(base):
    """Returns the files in the spool, of all runs, the earliest first."""
    return sorted(glob.glob(os.path.join(base, "smallfio-kept", "*",
                                         "*.json")))


def kept_files(base):
    return sorted(os.path.basename(path) for path in kept_paths(base))


def kept_path(base, name):
    """Returns the path of a file in the spool, of the latest run that has
    one."""
    return [path for path in kept_paths(base)
            if os.path.basename(path) == name][-1]


def has_end(path):
    with open(path, encoding="utf-8") as f:
        return " ended_ns=0 " not in f.readline()


def number_of(path):
    """Returns the number of the run by which a file was kept."""
    with open(path, encoding="utf-8") as f:
        return re.search(" run=([0-9a-f]{16}) ", f.readline())[1]


def entry_of(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    return json.loads(text[text.index("\n{") + 1:])["client_stats"][0]


def same_figures(t):
    """The spool of a local run has the same figures as fio's own output."""
    place = Place(1)
    top, kept, _ = place.dirs("local")
    result = fio.run(
        fio.stonewalled([fio.section("create", prefix='q"\\q'),
                         fio.section("read", rand=True, prefix='q"\\q')]),
        "--output-format=json+", directory=top, numjobs=THREADS, files=FILES,
        filesize="4k", keep_results=kept, host="here")
    t.equal(result.rc, 0, "figures: fio succeeds", result)
    paths = kept_paths(kept)
    t.equal([os.path.basename(path) for path in paths],
            [f"here.{i:05}.json" for i in range(2 * THREADS)],
            "figures: a file for each job")
    t.equal(len({os.path.dirname(path) for path in paths}), 1,
            "figures: in one directory")
    pairs = [(entry_of(path), fio_job)
             for path, fio_job in zip(paths, result.jobs)]
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


def jobs_end(place, seconds=60):
    return cluster.until(lambda: all(len(host.processes("fio")) == 1
                                     for host in place.cluster.hosts), seconds)


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
    return gate


def refused_elsewhere(t, gate):
    code, _, said = smallfio("gate", "--limit", "create p99 < 10s",
                             kept_path(gate, "h1.00000.json"))
    t.ok(code == 3 and "what a host kept" in said,
         "the gate of a CI refuses it as a run", code, said)


def refused_mixtures(t, gate, logs, result):
    """smallfio refuses a spool that has a job twice, and a spool together with
    the results that came back."""
    kept = os.path.join(gate, "smallfio-kept")
    first = kept_path(gate, "h1.00000.json")
    twice = os.path.join(os.path.dirname(first), "copy.json")
    with open(first, encoding="utf-8") as f:
        text = f.read()
    with open(twice, "w", encoding="utf-8") as f:
        f.write(text.replace("began_ns=", "began_ns=9"))
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
    """After another run in the same directory, the files of that run are read.
    A note says where those of the run before are."""
    top, _, logs = place.dirs("next")
    kept = os.path.join(gate, "smallfio-kept")
    before = kept_paths(gate)
    result = place.cluster.run(job(top, gate, [logged("create")],
                                   description="mine"), logs)
    t.equal(result.rc, 0, "next run: fio succeeds", result)
    own = [path for path in kept_paths(gate) if path not in before]
    numbers = {number_of(path) for path in own}
    t.equal([entry.get("desc") for entry in result.json["client_stats"]
             if entry["jobname"] == "create"],
            [f"fio-smallfile run={n}; mine" for n in numbers]
            * len(place.cluster.hosts) * THREADS,
            "next run: each thread's result has its number", result)
    t.ok(numbers.isdisjoint({number_of(path) for path in before}),
         "next run: no other run has that number", numbers)
    t.equal(([path for path in before if not os.path.exists(path)],
             sorted(os.path.basename(path) for path in own)),
            ([], sorted(f"{host.name}.{i:05}.json"
                        for host in place.cluster.hosts
                        for i in range(THREADS))),
            "next run: its records are there, and those of the one before")
    code, out, said = smallfio("result", "--format=json", "--hosts",
                               place.cluster.hosts_file, kept)
    t.equal((code, [phase["cluster"]["units"] for phase in out["phases"]]),
            (3, [3 * THREADS * FILES]),
            "next run: its own records are read, and whole", said)
    t.equal({name for name in os.listdir(kept)
             if f"an earlier run: {name}" in said
             or f", {name}" in said.split("an earlier run")[-1]},
            {os.path.basename(os.path.dirname(path)) for path in before},
            "next run: where the others are is said", said)
    code, out, said = smallfio("result", "--format=json",
                               *{os.path.dirname(path) for path in before})
    t.equal([phase["job"] for phase in out["phases"]], ["create", "second"],
            "next run: the one before can be read, too", code, said)
    refused_mixtures(t, gate, logs, result)
    os.unlink(kept_path(gate, "h2.00001.json"))
    code, _, said = smallfio("result", "--hosts", place.cluster.hosts_file,
                             kept)
    t.ok(code == 3 and "host h2: 1 of 2 threads left a record" in said,
         "a thread without a record is named", said)


def failed_run(t, place, gate):
    """A run to which only two of three hosts come. The spool of an earlier run
    is not taken for its result."""
    top, _, logs = place.dirs("failed")
    two = place.cluster.list_hosts("two", place.cluster.hosts[:2])
    result = place.cluster.run(
        job(top, gate, [logged("create")], gate_timeout=2), logs,
        hosts_file=two)
    t.ok(result.rc != 0, "failed run: fio fails", result)
    code, out, said = smallfio("result", "--format=json",
                               os.path.join(gate, "smallfio-kept"))
    t.equal((code, [phase["cluster"]["units"] for phase in out["phases"]]),
            (3, [0]), "failed run: nothing was done", said)
    t.ok(any("2 of 3 hosts (gate_hosts) left a record" in text
             for text in out["invalid"]),
         "failed run: how many hosts did not come is said", out["invalid"])


def two_runs(t, place):
    """The last run had fewer hosts. What the spool has of the others is not
    taken for this run."""
    top, gate, logs = place.dirs("two")
    for name, hosts in (("three", place.cluster.hosts),
                        ("two", place.cluster.hosts[:2])):
        result = place.cluster.run(
            job(top, gate, [logged("create")], gate_hosts=len(hosts),
                prefix=name), logs,
            hosts_file=place.cluster.list_hosts(f"hosts-{name}", hosts))
        t.equal(result.rc, 0, f"{name} hosts: fio succeeds", result)
    kept = os.path.join(gate, "smallfio-kept")
    code, out, said = smallfio("result", "--format=json", kept)
    t.equal((code, [part["host"] for part in out["phases"][0]["hosts"]]),
            (3, ["h1", "h2"]),
            "two runs: what h3 kept of the first is not taken", said)
    code, _, said = smallfio("result", *glob.glob(os.path.join(kept, "*")))
    t.ok(code == 3 and "expected each job of host h1 once" in said,
         "two runs: mixed by hand they are refused", said)


def killed_job(t, place):
    """A job that is killed during a run is named as lost."""
    top, gate, logs = place.dirs("dies")
    running = place.cluster.start(
        job(top, gate, [logged("create")], files=300, rate_iops=100), logs)
    host = place.cluster.hosts[1]
    t.ok(cluster.until(lambda: any(f"/{host.name}/" in name
                                   for name in files_below(top))),
         "killed job: all run")
    # fio's jobs are the processes that lead a session.
    os.kill([pid for pid in host.processes("fio") if os.getsid(pid) == pid][0],
            signal.SIGKILL)
    running.wait(SOON_S)
    code, out, said = smallfio("result", "--format=json",
                               os.path.join(gate, "smallfio-kept"))
    lost = [text for text in out.get("invalid", [])
            if "left no record of its end" in text]
    t.ok(code == 3 and len(lost) == 1 and "create, host h2, job " in lost[0],
         "killed job: it is named, and no other is", said)
    t.equal({part["host"]: part["threads"] for part in
             out["phases"][0]["hosts"]},
            {host.name: THREADS for host in place.cluster.hosts},
            "killed job: each has left a record", said)


def killed_at_the_gate(t, place):
    """Hosts that wait at the start barrier for one that never comes have a
    file of each job in the spool."""
    top, gate, logs = place.dirs("waiting")
    running = place.cluster.start(
        job(top, gate, [logged("create")], gate_hosts=4, gate_timeout=60),
        logs)
    count = len(place.cluster.hosts) * THREADS
    t.ok(cluster.until(lambda: len(kept_files(gate)) == count),
         "killed at the barrier: all have come", kept_files(gate))
    running.process.send_signal(signal.SIGKILL)
    running.wait(SOON_S)
    code, out, said = smallfio("result", "--format=json",
                               os.path.join(gate, "smallfio-kept"))
    t.equal((code, out["phases"][0]["cluster"]["threads"],
             out["phases"][0]["cluster"]["units"]), (3, count, 0),
            "killed at the barrier: each job is there, with nothing done",
            said)
    t.ok(any("3 of 4 hosts (gate_hosts) left a record: 1 was lost" in text
             for text in out["invalid"]),
         "killed at the barrier: the host that did not come is counted",
         out["invalid"])


def gone_early(t, place):
    """The client dies while the servers start its jobs. How far they are at
    that time depends on the machine, but nothing goes on."""
    for delay_s in (0.4, 0.8):
        top, gate, logs = place.dirs("early")
        running = place.cluster.start(job(top, gate, [logged("create")]), logs)
        t.ok(cluster.until(lambda: all(len(host.processes("fio")) > 1
                                       for host in place.cluster.hosts)),
             f"client dies after {delay_s} s: the servers serve it")
        time.sleep(delay_s)
        running.process.send_signal(signal.SIGKILL)
        running.wait(SOON_S)
        # A host that was not served keeps the others at the start barrier,
        # for gate_timeout= (60 s) at most.
        t.ok(jobs_end(place, 150),
             f"client dies after {delay_s} s: nothing runs on")


def silent_host(t, place):
    """A host that is cut off from its client does not notice. It does all its
    work and keeps the result."""
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
    t.ok(cluster.until(lambda: len([path for path in kept_paths(gate)
                                    if "/h2." in path and has_end(path)])
                       == THREADS),
         "silent host: it keeps what it measured", kept_files(gate))
    code, out, said = smallfio("result", "--format=json",
                               os.path.join(gate, "smallfio-kept"))
    t.equal((code, {part["host"]: part["units"] for part in
                    out["phases"][0]["hosts"]}["h2"]),
            (3, THREADS * long), "silent host: it keeps all of its work", said)


def elsewhere(t, place):
    top, gate, logs = place.dirs("elsewhere")
    result = place.cluster.run(
        job(top, gate, [logged("create")], keep_results="/nonexistent"), logs)
    t.equal(result.rc, 0, "no such directory: the run succeeds", result)
    t.contains(result.err, ["<h2> fio-smallfile: job create: keep_results: "
                            "open of /nonexistent: No such file"],
               "no such directory: each host says so")
    t.equal(kept_files(gate), [],
            "no such directory: nothing is kept elsewhere")
    result = place.cluster.run(
        job(top, gate, [logged("create")], keep_results="no", prefix="no"),
        logs)
    t.equal((result.rc, kept_files(gate)), (0, []), "no: nothing is kept",
            result)
    t.equal(os.listdir(gate), [],
            "no: nothing is left in the barrier's directory")


def all_of_it(t):
    place = Place()
    gone_early(t, place)
    gate = killed_client(t, place)
    refused_elsewhere(t, gate)
    next_run(t, place, gate)
    failed_run(t, place, gate)
    two_runs(t, place)
    killed_job(t, place)
    killed_at_the_gate(t, place)
    elsewhere(t, place)
    silent_host(t, place)
    place.cluster.stop()


tap.main(same_figures, all_of_it)
