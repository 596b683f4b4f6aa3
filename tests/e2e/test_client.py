# SPDX-License-Identifier: GPL-2.0-only
"""Tests what a run says of its own machine: context switches, waiting for a
processor, and what went to the server of a mount that has counters. This kernel
need not have NFS, so these counters are made up."""
import json
import os
import subprocess

import fio
import mounts
import schema
import tap

mounts.enter_namespace()

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
ROOT = os.environ["SMALLFIO_SOURCE"]
THREADS = 4
ONE = f"{min(os.sched_getaffinity(0))}"


class Place:
    def __init__(self):
        self.space = mounts.Workspace()
        self.top = self.space.dir("top")
        self.far = self.space.far_away(delay_us=2000)
        with open("/proc/thread-self/schedstat", encoding="ascii") as f:
            self.counts = f.read().split() != ["0", "0", "0"]

    def result(self, t, label, sections, *arguments, **options):
        """Runs fio, and returns its jobs, the phases of `smallfio result`, and
        its text."""
        done = fio.run(sections, *arguments, "--output-format=json+",
                       **{"host": "h", "filesize": "1k", "numjobs": THREADS,
                          **options})
        t.ok(done.rc == 0, f"{label}: fio succeeds", done)
        out = os.path.join(self.space.path, "out.json")
        with open(out, "w", encoding="utf-8") as f:
            f.write(done.output)
        found = json.loads(self.smallfio("--format", "json", out))
        schema.follows(ROOT, found)
        return (done.json.get("jobs") or done.json["client_stats"],
                found["phases"],
                " ".join(self.smallfio("-v", out).split()))

    @staticmethod
    def smallfio(*arguments):
        return subprocess.run([SMALLFIO, "result", *arguments],
                              capture_output=True, text=True).stdout


def waits(t, place):
    """Four threads on one processor, of which none can have more than a
    quarter: the client is the limit all the same."""
    if not place.counts:
        t.skip("waiting for a processor", "the kernel does not count it")
        return
    for label, options in (("processes", {}), ("threads", {"thread": 1}),
                           ("a group", {"group_reporting": 1}),
                           ("logs", {"write_lat_log":
                                     os.path.join(place.space.path, "log")})):
        jobs, phases, text = place.result(
            t, label, [fio.section("create", prefix=label.split()[-1],
                                   runtime=3)],
            directory=place.top, files=20000, wrap=["taskset", "-c", ONE],
            **options)
        found = phases[0]["client"]
        t.ok(found["user_percent"] + found["system_percent"] < 60 and
             found["waited_percent"] > 40 and found["bound"],
             f"{label}: each thread waits for a processor", found)
        t.contains(text, ["create: bound by the client's CPU: each thread "
                          "took", "of a processor, waited for one for"],
                   f"{label}: the text says so")
        t.ok(found["involuntary_switches"] > 0 and
             abs(found["voluntary_switches"] + found["involuntary_switches"] -
                 sum(job["ctx"] for job in jobs)) <= 2 * THREADS,
             f"{label}: switches add up to fio's", found)
        t.equal(found["server_trips"], None,
                f"{label}: trips to a server are not known")


def sleeps(t, place):
    """Threads that wait for the file system: these switches are voluntary."""
    jobs, phases, text = place.result(
        t, "far", [fio.section("create")], directory=place.far, files=40)
    found = phases[0]["client"]
    t.ok(not found["bound"] and "bound by" not in text,
         "a slow file system: the client is not the limit", found)
    t.ok(found["voluntary_switches"] >= 40 * THREADS,
         "a slow file system: the switches are voluntary", found)


def unknown(t, place):
    """With ramp_time= the kernel's counters are not of what fio counts."""
    _, phases, text = place.result(
        t, "ramp_time", fio.stonewalled([
            fio.section("create"),
            fio.section("stat", runtime=1, time_based=True, ramp_time=1)]),
        directory=place.space.dir("ramp"), files=100)
    t.equal([phases[1]["client"][key] for key in
             ("voluntary_switches", "involuntary_switches",
              "waited_percent")], [None] * 3, "ramp_time: not known")
    t.contains(text, ["waited for a processor: not known"],
               "ramp_time: the text says so")


def mountstats(point, *numbers):
    trips, read, written, fetched, sent = numbers
    return (f"device rootfs mounted on / with fstype rootfs\n"
            f"device server:/ mounted on {point} with fstype nfs4 "
            "statvers=1.1\n\tage:\t1\n"
            f"\tbytes:\t{read} {written} 0 0 {fetched} {sent} 0 0 \n"
            "\tper-op statistics\n\t        NULL: 1 1 0 0 0 0 0 0 0\n"
            f"\t     GETATTR: {trips} 1 0 0 0 0 0 0 0\n\n")


def server(t, place):
    """Counters of a mount: read before the section and behind it."""
    stats = os.path.join(place.space.path, "mountstats")
    env = {"LD_PRELOAD": os.environ["SMALLFIO_MOUNTSTATS"],
           "MOUNTSTATS": stats}
    sections = {"one": [fio.section("create", prefix="one")],
                "two at once": [fio.section("create", prefix="x"),
                                fio.section("mkdir", prefix="y")]}
    socket = os.path.join(place.space.path, "server")
    for label, what in sections.items():
        for where in "local", "client":
            with open(stats, "w", encoding="ascii") as f:
                f.write(mountstats(place.top, 1000, 7, 8, 9, 10))
            with open(f"{stats}.next", "w", encoding="ascii") as f:
                f.write(mountstats(place.top, 1150, 7 + (4 << 20), 409608,
                                   9 + (1 << 20), 204810))
            arguments, daemon = [], None
            if where == "client":
                daemon = subprocess.Popen(
                    [fio.FIO, f"--server=sock:{socket}"],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL, env={**os.environ, **env})
                while not os.path.exists(socket):
                    pass
                arguments = [f"--client=sock:{socket}"]
            try:
                _, phases, text = place.result(
                    t, f"{label}, {where}", what, *arguments,
                    env={} if daemon else env,
                    directory=place.space.dir(f"top/{label}-{where}"),
                    files=100)
            finally:
                if daemon:
                    daemon.kill()
                    daemon.wait()
                    os.unlink(socket)
            found = phases[0]["client"]
            known = (150, 250, 4 << 20, 409600, 1 << 20, 204800) \
                if label == "one" \
                else (None,) * 6
            t.equal(tuple(found[key] for key in (
                "server_trips", "cache_hits_min", "read_bytes",
                "written_bytes", "fetched_bytes", "sent_bytes")), known,
                f"{label}, {where}: trips of the section", text)
            t.contains(text, ["server trips: 150; of 400 files, at least 250 "
                              "made none (cache hits) MiB read: 4.0, from the "
                              "server: 1.0; MiB written: 0.4, to the server: "
                              "0.2" if label == "one" else
                              "server trips: not known"],
                       f"{label}, {where}: the text says so")
            t.ok(found["voluntary_switches"] is not None,
                 f"{label}, {where}: switches are known", found)


tap.main(*tap.sharing(Place, waits, sleeps, unknown, server))
