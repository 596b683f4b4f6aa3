# SPDX-License-Identifier: GPL-2.0-only
"""Tests latency_from=schedule: with a rate, fio's lat begins when an operation
was due, and clat when the operation began.

The file system answers nothing for a while. fio then makes up for the
operations that were due meanwhile, one right after the other. Each of these has
a short clat, and a lat that says how late it was."""
import os
import subprocess
import threading
import time

import fio
import mounts
import tap

mounts.enter_namespace()

# A stat is two requests of 1 ms, so a quarter of the time is work.
RATE = 100
FILES = 400
STALL_S, EVERY_S = 0.2, 2
MS = 1_000_000
COMMON = dict(files=FILES, filesize=1, operation="stat", rw="read",
              rate_iops=RATE, write_lat_log="x", log_offset=1)


class Stalls:
    """While it is entered, the file system stands still for STALL_S in every
    EVERY_S."""

    def __init__(self, switch):
        self.switch, self.over = switch, threading.Event()
        self.thread = threading.Thread(target=self._stall)

    def _stall(self):
        while not self.over.wait(EVERY_S - STALL_S):
            with mounts.Switch(self.switch):
                time.sleep(STALL_S)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def read_log(place, kind):
    """Returns [(ms since the start, latency in ns, unit)]."""
    with open(os.path.join(place, f"x_{kind}.1.log"), encoding="ascii") as f:
        rows = [[int(x) for x in line.split(",")] for line in f]
    return [(row[0], row[1], row[4]) for row in rows]


def run(far, name, **options):
    place = far.space.dir(name)
    with Stalls(far.switch):
        done = fio.run([(name, {**COMMON, **options})], directory=far.top,
                       cwd=place)
    return done, place


class Far:
    """Operations take 1 ms."""

    def __init__(self):
        self.space = space = mounts.Workspace()
        self.switch = os.path.join(space.dir("switches"), "hang")
        self.top = space.far_away(hang=self.switch)
        made = fio.run([fio.section("create", files=FILES, filesize=1,
                                    iodepth=64)], directory=self.top)
        if made.rc:
            raise RuntimeError(str(made))


def late(t, far):
    """Each lat is the time from the schedule to the end, by the end that the
    log tells."""
    for name, options in (("one", {}), ("depth", dict(iodepth=16))):
        done, place = run(far, name, latency_from="schedule", **options)
        t.equal(done.rc, 0, f"{name}: fio succeeds", done)
        lat, clat = read_log(place, "lat"), read_log(place, "clat")
        t.equal((len(lat), [x[2] for x in lat]),
                (FILES, [x[2] for x in clat]), f"{name}: all are logged")
        # A log's time is when fio made the entry, in whole ms. That is soon
        # after the end, unless fio's thread lost the processor between.
        wrong = [x for x in lat if not
                 -2 <= x[0] - (x[2] * 1000 / RATE + x[1] / MS) <= 20]
        t.ok(len(wrong) < FILES / 20,
             f"{name}: lat begins when the operation was due",
             wrong[:10])
        t.ok(all(l[1] >= c[1] for l, c in zip(lat, clat)),
             f"{name}: no lat is shorter than its clat")
        side = done.jobs[0]["read"]
        stalls = int(side["runtime"] / 1000 / EVERY_S)
        hit = sum(x[1] > 0.9 * STALL_S * 1e9 for x in clat)
        t.ok(1 <= hit <= (stalls + 1) * options.get("iodepth", 1) * 1.5,
             f"{name}: clat shows a stall in few operations",
             f"{hit} in {stalls} stalls")
        # The schedule meant STALL_S / EVERY_S of all to begin in a stall, and
        # their lat falls evenly from STALL_S to nothing.
        response = side["lat_ns"]["percentile"]["95.000000"]
        t.ok(response >= 0.45 * STALL_S * 1e9,
             f"{name}: lat shows the stalls in p95", response)


def judged(t, far):
    """`smallfio result` says whether the rate was kept, and prints both
    latencies. A stat takes 2 ms here, so one thread does at most 500 a
    second."""
    for name, rate, words in (
            ("slow", 50, ["asked for 50.0 files/s", "the system kept up"]),
            ("fast", 2000, ["asked for 2000.0 files/s", "did not keep up",
                            " files were due at the end and had not begun",
                            "response time", "service time"])):
        place = far.space.dir(name)
        out = os.path.join(place, "out.json")
        done = fio.run([(name, {**COMMON, "write_lat_log": None,
                                "rate_iops": rate, "time_based": True,
                                "runtime": 2, "latency_from": "schedule"})],
                       "--output-format=json+", directory=far.top)
        with open(out, "w", encoding="utf-8") as f:
            f.write(done.output)
        said = subprocess.run([os.environ["SMALLFIO_PROGRAM"], "result", out],
                              capture_output=True, text=True).stdout
        t.contains(said, words, f"{name}: result judges the rate")


def as_before(t, far):
    """By default lat is clat, however late the operation began."""
    done, place = run(far, "start", files=200)
    t.equal(done.rc, 0, "from the start: fio succeeds", done)
    # An entry's time is when fio made the entry, not when the operation ended.
    lat, clat = ([x[1:] for x in read_log(place, kind)]
                 for kind in ("lat", "clat"))
    t.equal(lat, clat, "from the start: lat is clat")


def random_process(t, far):
    """With rate_process=poisson the schedule is random, and lat still begins
    at a moment of the schedule: gaps are exponential, not even."""
    done, place = run(far, "poisson", latency_from="schedule",
                      rate_process="poisson", files=300)
    t.equal(done.rc, 0, "poisson: fio succeeds", done)
    due = sorted(x[0] * MS - x[1] for x in read_log(place, "lat"))
    gaps = [(b - a) / 1e9 for a, b in zip(due, due[1:])]
    mean = sum(gaps) / len(gaps)
    spread = (sum((g - mean) ** 2 for g in gaps) / len(gaps)) ** 0.5
    t.ok(0.8 / RATE < mean < 1.25 / RATE and 0.7 < spread / mean < 1.4,
         "poisson: the schedule's gaps are exponential",
         f"mean {mean}, spread {spread}")


def switched_off(t, far):
    """Job files switch lat off, for less logs. The schedule brings it back."""
    done, place = run(far, "off", latency_from="schedule", disable_lat=1,
                      files=100)
    t.equal(done.rc, 0, "disable_lat=1: fio succeeds", done)
    side = done.jobs[0]["read"]
    t.equal((side["lat_ns"]["N"], side["clat_ns"]["N"]), (100, 100),
            "disable_lat=1: both latencies are in the JSON")
    t.ok(side["lat_ns"]["mean"] >= side["clat_ns"]["mean"],
         "disable_lat=1: lat is the response time", side["lat_ns"]["mean"])
    t.ok(not os.path.exists(os.path.join(place, "x_lat.1.log")),
         "disable_lat=1: there is no log of lat")
    sections = [("x", {**COMMON, "write_lat_log": None}),
                ("y", {**COMMON, "write_lat_log": None, "rate_iops": 0,
                       "stats": 0})]
    done = fio.run(sections, directory=far.top, latency_from="schedule",
                   stonewall=True)
    t.equal(done.rc, 0,
            "a section without a rate and results needs no schedule", done)


def refused(t, far):
    for options, words in (
            (dict(rate_iops=None), ["schedule", "rate_iops=100"]),
            (dict(disable_lat=1, disable_clat=1), ["disable_clat", "lat"]),
            (dict(gtod_reduce=1), ["gtod_reduce", "lat"])):
        done = fio.run([("x", {**COMMON, "latency_from": "schedule",
                               "write_lat_log": None, **options})],
                       directory=far.top)
        t.ok(done.rc, f"{options}: refused", done)
        t.contains(done.err, words, f"{options}: the message says why")


tap.main(*tap.sharing(Far, late, judged, as_before, random_process,
                      switched_off, refused))
