# SPDX-License-Identifier: GPL-2.0-only
"""Tests runs on hosts whose clocks differ. A preloaded library shifts the time
of day for the fio server of a host. `smallfio check` and `smallfio result`
must say so, rates and overlap must be right all the same, and gate=@TIME goes
by each host's own clock."""
import json
import os
import re
import subprocess
import time

import cluster
import cluster_run
import fio
import tap

cluster.enter_namespaces()

# The shifts are longer than a busy machine takes to answer. A shorter shift
# could not be told from a late answer.
SHIFT_MS = {"h1": 0, "h2": 7500, "h3": -9000}
# A job of about a second. The shifts are longer, so that without a correction
# of the clocks no two hosts would seem to work at the same time.
PACED = {"files": 100, "rate_iops": 100}
# The usual values are some ms. These are for a busy machine.
BOUND_S = 0.5
TOGETHER_S = 1.0


def shifted(name):
    # The environment of a server that is shifted. Its jobs inherit it. The
    # address sanitizer would insist on being the first library.
    return {"LD_PRELOAD": os.environ["SMALLFIO_SHIFTCLOCK"],
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0",
            "SHIFTCLOCK_MS": str(SHIFT_MS[name])}


def make_place():
    place = cluster_run.Place(3)
    for host in place.cluster.hosts:
        for pid in host.processes("fio"):
            os.kill(pid, 9)
        for server in host.servers:
            server.wait()
        host.serve(env=shifted(host.name))
    for host in place.cluster.hosts:
        host.ready()
    return place


def result_of(place, logs, run):
    """Returns exit code, JSON and text of `smallfio result`."""
    with open(os.path.join(logs, "out.json"), "w", encoding="utf-8") as f:
        f.write(run.output)
    command = [os.environ["SMALLFIO_PROGRAM"], "result", "--hosts",
               place.cluster.hosts_file]
    text = subprocess.run([*command, "-v", logs], capture_output=True,
                          text=True)
    done = subprocess.run([*command, "--format=json", logs],
                          capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout or "{}"), text.stdout


def check(place):
    """Runs `smallfio check`. Returns {host: (least, most) seconds that its
    clock is ahead} and the text."""
    top, gate, _ = place.dirs("check")
    job = os.path.join(place.space.path, "job.fio")
    with open(job, "w", encoding="ascii") as f:
        f.write(cluster_run.job(top, gate, [cluster_run.logged("create")]))
    done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], "check", "--hosts",
                           place.cluster.hosts_file, job],
                          capture_output=True, text=True)
    found = {row[1]: (float(row[2]), float(row[3])) for row in re.finditer(
        r"^(h\d) .*?([-+][\d.]+) to ([-+][\d.]+)", done.stdout, re.M)}
    return found, done.stdout + done.stderr


def preflight(t, place):
    found, text = check(place)
    for host, shift in SHIFT_MS.items():
        low, high = found.get(host, (9e9, -9e9))
        t.ok(low - 0.01 <= shift / 1000 <= high + 0.01 and high - low < 10,
             f"check: {host} is ahead by {shift / 1000} s, in the bounds that "
             "it prints", found, text)
    t.ok(re.search(r"^h2: .*clock is .* ahead of ours", text, re.M)
         and re.search(r"^h3: .*clock is .* behind ours", text, re.M)
         and not re.search(r"^h1: .*clock", text, re.M),
         "check: it warns of two clocks, and not of the third", text)


def corrected(t, place):
    def once():
        top, gate, logs = place.dirs("gate")
        run = place.cluster.run(
            cluster_run.job(top, gate, [cluster_run.logged("create")],
                            **PACED), logs)
        return (run, *result_of(place, logs, run))
    # The run takes a second. A host that stood still meanwhile did not work at
    # the same time as the others, so such a run is tried again.
    run, code, out, text = tap.best_of(3, once, lambda found: found[1] == 0)
    t.equal((run.rc, code), (0, 0), "gate: fio and smallfio result succeed",
            run, text)
    phase = out["phases"][0]
    clocks = {c["host"]: c for c in phase["clocks"]}
    # The host that came first is the reference.
    base = phase["clocks"][0]["reference"]
    others = [host for host in SHIFT_MS if host != base]
    for host in others:
        c = clocks[host]
        off = c["ahead_ns"] / 1e6 - (SHIFT_MS[host] - SHIFT_MS[base])
        t.diag(f"{host}: {c['ahead_ns'] / 1e9:.6f} s ahead, off by "
               f"{off:.3f} ms, bound {c['error_ns'] / 1e6:.3f} ms")
        t.ok(abs(off) * 1e6 <= c["error_ns"] < BOUND_S * 1e9
             and c["reference"] == base,
             f"gate: the offset of {host} is the shift, within its bound", c)
    t.ok(phase["start_skew_ns"] < TOGETHER_S * 1e9,
         "gate: threads started together, by one clock", phase)
    t.ok(phase["overlap_percent"] > 50,
         "gate: they worked at the same time", phase["overlap_percent"])
    walled = phase["cluster"]["stonewalled"]
    t.ok(walled["units"] > 0.5 * phase["cluster"]["units"],
         "gate: stonewalled rates count nearly all", walled)
    said = {row[1]: float(row[2]) * (1 if row[3] == "ahead of" else -1)
            for row in re.finditer(r"clock of (h\d): ([\d.]+) s "
                                   rf"(ahead of|behind) {base}", text)}
    t.ok(sorted(said) == others
         and all(abs(said[host] * 1000 - SHIFT_MS[host] + SHIFT_MS[base]) < 20
                 for host in others), "gate: the text names both clocks", text)
    t.ok(not any("clocks" in note for note in out["untold"]),
         "gate: nothing is left unknown", out["untold"])


def at_a_time(t, place):
    """With gate=@TIME each host starts by its own clock: h2 early, h3 late.
    `smallfio result` cannot know that, and says so."""
    top, _, logs = place.dirs("time")
    # By the clock of h2, the earliest, this is 6.5 s from now. That is enough
    # for a busy machine to start the job.
    at = time.time() + SHIFT_MS["h2"] / 1000 + 6.5
    running = place.cluster.start(
        cluster_run.job(top, f"@{at:.3f}", [cluster_run.logged("create")],
                        **PACED), logs)
    seen = {}

    def all_seen():
        for name in SHIFT_MS:
            if name not in seen and any(
                    files for _, _, files in os.walk(
                        os.path.join(top, "file_srcdir", name))):
                seen[name] = time.time()
        return len(seen) == 3 or running.process.poll() is not None
    cluster.until(all_seen, 60)
    run = running.wait(60)
    t.equal(run.rc, 0, "a time: fio succeeds", run)
    for name, shift in SHIFT_MS.items():
        off = seen.get(name, 0) - (at - shift / 1000)
        t.diag(f"{name}: first file {off:.3f} s after its own clock's time")
        t.ok(-0.002 <= off < TOGETHER_S, f"a time: {name} starts by its own "
             "clock", off)
    code, out, text = result_of(place, logs, run)
    t.equal(code, 0, "a time: smallfio result accepts the run", text)
    t.ok(any("clocks of 3 of 3 hosts" in note for note in out["untold"]),
         "a time: it marks that nobody compared the clocks", out["untold"])
    too_late = place.cluster.run(
        cluster_run.job(top, f"@{time.time() + 4:.3f}",
                        [cluster_run.logged("create", prefix="x")]), logs)
    t.ok(too_late.rc != 0 and re.search(
        r"<h2> .*that time passed [\d.]+ s before the preparation ended",
        too_late.err), "a time: one that has passed by its clock is an error, "
        "and names the host", too_late)


tap.main(*tap.sharing(make_place, preflight, corrected, at_a_time))
