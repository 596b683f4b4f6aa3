# SPDX-License-Identifier: GPL-2.0-only
"""Tests operation=mix on three hosts with a fio server each: every host does
what the model says, the latencies of each operation come back from each host,
and the mix can be paced, run out of space and be ended."""
import json
import os
import re
import signal
import subprocess
import time

import cluster
import fio
import mix_model
import smallfile
import tap
import tree
from cluster_run import Place, THREADS, job

cluster.enter_namespaces()

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
HOSTS = ["h1", "h2", "h3"]
MIX = {"create": 10, "stat": 50, "read": 20, "rename": 5, "delete": 10}
NUMBERS = dict(files=250, population=200)
COUNT = 2000


def mix_job(top, gate, mix=None, **options):
    weights = ",".join(f"{name}:{weight}"
                       for name, weight in (mix or MIX).items())
    return job(top, gate, [("mix", dict(operation="mix", rw="randwrite",
                                        mix=weights))],
               **{"filesize": "1k", **NUMBERS, **options})


def result_of(place, logs, run):
    """Returns {operation: phase} by smallfio result."""
    out = os.path.join(logs, "out.json")
    with open(out, "w", encoding="utf-8") as f:
        f.write(run.output)
    done = subprocess.run(
        [SMALLFIO, "result", "--format", "json", "--hosts",
         place.cluster.hosts_file, out], capture_output=True, text=True)
    os.unlink(out)
    found = json.loads(done.stdout)
    return {p["job"].removeprefix("mix."): p for p in found["phases"]}, found


def by_host(phases):
    """Returns {host: {operation: operations done}}."""
    found = {}
    for operation, phase in phases.items():
        for part in phase["hosts"]:
            found.setdefault(part["host"], {})[operation] = part["units"]
    return found


def files_of(top):
    return [p for p in tree.files_below(top) if "population" not in p]


def like_the_model(t, place):
    """With one seed the sequence is the same on each host."""
    top, gate, logs = place.dirs("model")
    run = place.cluster.run(mix_job(top, gate, number_ios=COUNT), logs)
    t.equal(run.rc, 0, "three hosts: the mix succeeds", run)
    models = []
    for thread in range(THREADS):
        models.append(mix_model.Mix(MIX, size=1024, thread=thread, **NUMBERS))
        for _ in range(COUNT):
            models[-1].step()
    want = {name: sum(m.done[name] for m in models) for name in MIX}
    want["mix"] = COUNT * THREADS
    phases, found = result_of(place, logs, run)
    t.equal(by_host(phases), {host: want for host in HOSTS},
            "each host did as many of each operation as the model")
    t.ok(all(p["latency"]["p50_ns"] for p in phases.values()),
         "each operation has latencies", found)
    expected = {path: contents for host in HOSTS
                for thread, model in enumerate(models)
                for path, contents in model.expected(smallfile.Layout(
                    top, host, thread, NUMBERS["files"])).items()}
    t.same_set(files_of(top), expected, "each host has the model's files")
    t.equal([p for p in expected if tree.read_file(p) != expected[p]], [],
            "with the model's contents")
    again = place.cluster.run(
        mix_job(top, gate, {"read": 1}, number_ios=500), logs)
    t.ok(again.rc == 0
         and again.err.count("by the record of an earlier run") == 6,
         "the next run finds the files of each thread", again)


def one_population(t, place):
    """All hosts on the same files: what one host does is a conflict for
    another. Each still knows, after the run, most of what is there."""
    top, gate, logs = place.dirs("one")
    options = dict(same_dir=1, host="all", files=60, population=50)
    run = place.cluster.run(mix_job(top, gate, number_ios=COUNT, **options),
                            logs)
    t.equal(run.rc, 0, "one population: the mix succeeds", run)
    phases, found = result_of(place, logs, run)
    t.equal(set(by_host(phases)), set(HOSTS),
            "one population: each host has its latencies")
    mix = phases["mix"]
    t.equal((mix["cluster"]["units"], mix["cluster"]["errors"]),
            (COUNT * THREADS * 3, 0), "one population: nothing failed")
    t.ok(all(part["conflicts"] > 0 for part in mix["hosts"]),
         "one population: each host meets the others", mix["hosts"])
    t.equal(sum(p["cluster"]["conflicts"] for name, p in phases.items()
                if name != "mix"), mix["cluster"]["conflicts"],
            "one population: conflicts add up")
    t.equal([p for p in files_of(top) if "_all_00_" not in p], [],
            "one population: all hosts use the same names")
    clean = fio.run([fio.section("cleanup")], directory=top,
                    **{**options, "population": None})
    t.ok(clean.rc == 0 and not os.listdir(top),
         "one population: cleanup leaves nothing", clean)


def paced(t, place):
    for label, options, least, most in (
            # A machine that stands still at the end does fewer.
            ("rate_iops", dict(rate_iops=200, time_based=1, runtime=3), 200,
             620),
            ("thinktime", dict(thinktime=2000, number_ios=100), 100, 100),
            ("time_based", dict(time_based=1, runtime=1), 100, 10**9)):
        top, gate, logs = place.dirs(label)
        run = place.cluster.run(mix_job(top, gate, **options), logs)
        t.equal(run.rc, 0, f"{label}: the mix succeeds", run)
        phases, found = result_of(place, logs, run)
        done = [part["units"] for part in phases["mix"]["threads"]]
        t.ok(len(done) == 6 and all(least <= n <= most for n in done),
             f"{label}: each thread does as many as it should", done)
        t.equal(sum(p["cluster"]["units"] for name, p in phases.items()
                    if name != "mix"), sum(done),
                f"{label}: the operations add up")


def full(t, place):
    """On a full file system the creates fail, on each host."""
    top, gate, logs = place.dirs("full")
    small = place.second
    subprocess.run(["mount", "-o", "remount,size=4m", small], check=True)
    run = place.cluster.run(
        mix_job(small, gate, {"create": 3, "read": 2, "delete": 1},
                number_ios=COUNT, filesize="16k", continue_on_error="all",
                ignore_error=",ENOSPC", population=20), logs)
    t.ok("No space left" in run.err, "full: it says so", run)
    phases, found = result_of(place, logs, run)
    # A thread without any file cannot make one for its read, either.
    reads = phases["read"]["cluster"]
    t.ok(phases["create"]["cluster"]["errors"] > 0 and reads["units"] > 0
         and reads["error"] in (None, "No space left on device"),
         "full: creates fail, reads go on", phases["create"]["cluster"], reads)
    t.equal([p for p in files_of(small) if os.path.getsize(p) != 16384], [],
            "full: no file is half there")


def interrupted(t, place):
    top, gate, logs = place.dirs("int")
    running = place.cluster.start(
        mix_job(top, gate, time_based=1, runtime=100), logs)
    end = time.monotonic() + 60
    while len(files_of(top)) < 6 * 100 and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(1)
    running.process.send_signal(signal.SIGINT)
    run = running.wait()
    t.ok(not run.timed_out, "SIGINT: the run ends", run)
    phases, found = result_of(place, logs, run)
    t.ok(not found["valid"] and phases["stat"]["cluster"]["units"] > 0,
         "SIGINT: what was done comes back, and is not valid", found)
    left = len(files_of(top))
    again = place.cluster.run(
        mix_job(top, gate, {"read": 1}, number_ios=500), logs)
    found = [int(n) for n in re.findall(r"found (\d+) files by the record",
                                        again.err)]
    t.ok(again.rc == 0 and (len(found), sum(found)) == (6, left),
         "SIGINT: the next run finds all files by the records", again, left)


def parts(t, place):
    """phases=1: the parts of operations come back from each host, too."""
    top, gate, logs = place.dirs("parts")
    run = place.cluster.run(mix_job(top, gate, number_ios=300, phases=1), logs)
    t.equal(run.rc, 0, "phases=1: the mix succeeds", run)
    phases, _ = result_of(place, logs, run)
    for operation, names in (("create", ("open", "write", "close")),
                             ("stat", ("stat",)), ("rename", ("rename",))):
        done = by_host({operation: phases[operation]})
        for name in names:
            part = by_host({operation: phases[f"{operation}.{name}"]})
            t.equal(part, done, f"phases=1: {operation}.{name} of each host")


tap.main(*tap.sharing(Place, like_the_model, parts, one_population, paced,
                      full, interrupted))
