# SPDX-License-Identifier: GPL-2.0-only
"""In the files' order the engine does many operations for one io_u of fio's,
and counts for fio. Whatever fio would have counted, done, and ended with, it
does: as with burst=1, where fio sees each operation."""
import os
import re
import subprocess
import tempfile
import time

import fio
import mounts
import tap
import tree

mounts.enter_namespace()

FILES = 3000
# Ends of fio's classes of latencies.
ENDS = [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000]


def asked(top, operation, **options):
    """How many operations fio asked the engine for, by its own trace."""
    with tempfile.TemporaryDirectory() as where:
        job = os.path.join(where, "job.fio")
        with open(job, "w", encoding="utf-8") as f:
            f.write(fio.job_text([fio.section(operation, host="h", **options)],
                                 directory=top, files=FILES, empty=1))
        out = subprocess.run([fio.FIO, "--debug=io", job],
                             capture_output=True, text=True).stdout
    return len(re.findall(r"\bqueue: io_u ", out))


def fio_knows(option):
    """Whether this fio has it: not all have those of the newest."""
    out = subprocess.run([fio.FIO, "--cmdhelp=all"], check=True,
                         capture_output=True, text=True).stdout
    return any(line.split(":")[0].strip() == option
               for line in out.splitlines())


def happens(t, space):
    top = space.dir("happens")
    done = fio.run([fio.section("create", host="h")], directory=top,
                   files=FILES, empty=1)
    t.ok(done.rc == 0, "files are there", done)
    n = asked(top, "stat")
    t.ok(FILES // 128 <= n < FILES // 20, "stat: rows of up to 128", n)
    n = asked(top, "stat", burst=5)
    t.ok(FILES // 5 <= n < FILES // 2, "burst=5", n)
    each = [("burst=1", dict(burst=1)),
            ("rate_iops", dict(rate_iops=20000)),
            ("thinktime", dict(thinktime=1)),
            ("latency_target", dict(latency_target="1s",
                                    latency_window="1s"))]
    if fio_knows("thinkcycles"):
        each.append(("thinkcycles", dict(thinkcycles=1)))
    for label, options in each:
        t.equal(asked(top, "stat", io_size=500, **options), 500,
                f"{label}: fio sees each")
    if fio_knows("ramp_size"):
        t.ok(asked(top, "stat", ramp_size=100) >= FILES,
             "ramp_size: bursts, no rows")
    # fio looks at its clock once in 64 io_us then; a row each is too late.
    n = asked(top, "stat", gtod_reduce=1, time_based=True, runtime="1ms")
    t.ok(n < 50, "gtod_reduce: runtime ends rows, too", n)


# What fio is asked for, and how many operations that is of 900 files.
WAYS = {
    "plain": (dict(), 900),
    "loops": (dict(loops=3), 2700),
    "io_size": (dict(io_size="500k"), 500),
    "io_size beyond the files": (dict(io_size="2000k"), 2000),
    "io_size and loops": (dict(io_size="400k", loops=2), 800),
    "size": (dict(files=None, size="700k"), 700),
    "number_ios": (dict(number_ios=333), 333),
    "number_ios and loops": (dict(number_ios=333, loops=2), None),
    "offset": (dict(offset=100), None),
    "offset and io_size": (dict(offset=100, io_size="300k"), None),
    "two jobs": (dict(numjobs=2), 1800),
    "threads": (dict(numjobs=2, thread=1), 1800),
    "lat_percentiles": (dict(lat_percentiles=1, clat_percentiles=0), 900),
    "disable_lat": (dict(disable_lat=1), 900),
    "disable_clat": (dict(disable_clat=1), 900),
    "gtod_reduce": (dict(gtod_reduce=1), 900),
    "stats=0": (dict(stats=0), None),
    "clock": (dict(clocksource="clock_gettime"), 900),
    "continue_on_error": (dict(continue_on_error="all"), 900),
    "backwards": (dict(rw="write:-2"), None),
    "with holes": (dict(rw="write:1"), None),
    "in fours": (dict(rw="write:4"), None),
    "random": (dict(rw="randwrite"), 900),
    "percentage_random": (dict(rw="randwrite", percentage_random=50), None),
    "unified": (dict(unified_rw_reporting=1), 900),
    "a bandwidth log of each": (dict(write_bw_log="b"), 900),
    "bandwidth logs": (dict(write_bw_log="b", log_avg_msec=10), 900),
}


def result_of(top, options):
    """What a run left behind, and what it reports."""
    name, create = fio.section("create")
    done = fio.run([(name, {**create, "files": 900, **options})],
                   directory=top, host="h", filesize="1k", cwd=top)
    files = {os.path.relpath(p, top) for p in tree.files_below(top)
             if "smf_" in os.path.basename(p) or "file_" in p}
    if not done.jobs:
        return done, files, None
    sides = [j["mixed"] if "mixed" in j else j["write"] for j in done.jobs]
    keys = ("total_ios", "io_bytes", "short_ios", "drop_ios")
    shown = [[side[k] for k in keys] + [side["clat_ns"]["N"],
                                        side["lat_ns"]["N"],
                                        side["slat_ns"]["N"]]
             for side in sides]
    depths = [(j["iodepth_level"], j["iodepth_submit"], j["iodepth_complete"])
              for j in done.jobs]
    return done, files, (shown, depths)


def alike(t, space):
    """Each way of fio's to say how much: the same files, the same counts."""
    for n, (label, (options, expected)) in enumerate(WAYS.items()):
        found = {}
        bursts = (7, 128) if n < 6 else (128,)
        for burst in (1, *bursts):
            top = space.dir(f"alike-{n}-{burst}")
            found[burst] = result_of(top, dict(options, burst=burst))
        alone = found[1]
        t.ok(alone[0].rc == 0 and not alone[0].err and alone[2],
             f"{label}: succeeds", alone[0])
        for burst in bursts:
            t.equal((found[burst][0].rc, found[burst][0].err), (0, ""),
                    f"{label}, burst={burst}: succeeds")
            t.same_set(found[burst][1], alone[1],
                       f"{label}, burst={burst}: the same files")
            t.equal(found[burst][2], alone[2],
                    f"{label}, burst={burst}: the same counts")
        if expected is not None:
            t.equal(sum(row[0] for row in alone[2][0]), expected,
                    f"{label}: as many as asked for")


def bins_of(side, kind):
    """fio's histogram: the value in the middle of each bin, and how many."""
    return {int(k): v for k, v in side[kind]["bins"].items()}


def class_of(ns):
    """The key of a latency in the classes of fio's report."""
    for unit, size in (("ns", 1), ("us", 1000), ("ms", 1000000)):
        value = ns // size
        if value < 1000 or unit == "ms":
            for end in ENDS[:None if unit == "ms" else -1]:
                if value < end:
                    return unit, str(end)
    return "ms", ">=2000"


def statistics(t, space):
    """Mean, deviation, extremes, histogram and classes are of one and the
    same samples; a histogram knows a value to one part in 64."""
    for operation, numjobs in (("create", 1), ("stat", 1), ("stat", 3),
                               ("delete", 1)):
        label = f"{operation}, {numjobs} jobs"
        top = space.dir(f"statistics-{operation}-{numjobs}")
        if operation != "create":
            fio.run([fio.section("create", host="h", numjobs=numjobs)],
                    directory=top, files=20000, filesize="1k")
        done = fio.run([fio.section(operation, host="h", numjobs=numjobs,
                                    group_reporting=1, lat_percentiles=1,
                                    clat_percentiles=1)],
                       "--output-format=json+", directory=top, files=20000,
                       filesize="1k")
        t.ok(done.rc == 0 and done.jobs, f"{label}: succeeds", done)
        job, side = done.jobs[0], done.side(operation)[0]
        whole = 20000 * numjobs
        clat = side["clat_ns"]
        bins = bins_of(side, "clat_ns")
        t.equal(bins, bins_of(side, "lat_ns"), f"{label}: lat is clat")
        t.equal((sum(bins.values()), clat["N"], side["total_ios"]),
                (whole,) * 3, f"{label}: a sample each")
        mean = sum(v * n for v, n in bins.items()) / whole
        t.ok(abs(clat["mean"] / mean - 1) < 0.012, f"{label}: the mean",
             clat["mean"], mean)
        deviation = (sum(n * (v - mean) ** 2 for v, n in bins.items()) /
                     (whole - 1)) ** 0.5
        t.ok(abs(clat["stddev"] / deviation - 1) < 0.05,
             f"{label}: the deviation", clat["stddev"], deviation)
        t.ok(abs(clat["max"] / max(bins) - 1) < 0.03 and
             abs(clat["min"] / min(bins) - 1) < 0.03,
             f"{label}: the extremes", clat, min(bins), max(bins))
        classes = {}
        for value, n in bins.items():
            classes[class_of(value)] = classes.get(class_of(value), 0) + n
        for unit in ("ns", "us", "ms"):
            for key, percent in job[f"latency_{unit}"].items():
                share = 100 * classes.get((unit, key), 0) / whole
                # A bin may lie across the border of two classes.
                near = 100 * sum(
                    n for v, n in bins.items() if any(
                        abs(v / (end * s) - 1) < 0.02 for end in ENDS
                        for s in (1, 1000, 1000000))) / whole
                t.ok(abs(share - percent) <= near + 0.02,
                     f"{label}: latency_{unit} {key}",
                     f"reported {percent}, of the histogram {share}, "
                     f"within {near}")


def rows_of(path):
    with open(path, encoding="utf-8") as f:
        return [[int(v) for v in line.split(",")] for line in f]


def logs(t, space):
    """What fio logs of each is told in the order of the files, with what was
    moved; averages and histograms are of the same samples."""
    top = space.dir("logs")
    label = "logs"
    files = 40000  # logs grow several times
    done = fio.run([fio.section("create", host="h")], directory=top,
                   files=files, filesize="1k", cwd=top, write_lat_log="x",
                   log_offset=1, write_hist_log="x", log_hist_msec=5)
    t.ok(done.rc == 0 and not done.err, f"{label}: succeeds", done)
    side = done.side("create")[0]
    for kind in ("clat", "lat"):
        rows = rows_of(f"{top}/x_{kind}.1.log")
        t.equal([r[4] for r in rows], list(range(files)),
                f"{label}, {kind}: offsets are the files, in order")
        t.equal({(r[2], r[3]) for r in rows}, {(1, 1024)},
                f"{label}, {kind}: directions and bytes")
        t.ok(abs(sum(r[1] for r in rows) / files - side[f"{kind}_ns"]["mean"])
             < 1 and max(r[1] for r in rows) == side[f"{kind}_ns"]["max"],
             f"{label}, {kind}: as reported", side[f"{kind}_ns"])
        times = [r[0] for r in rows]
        t.ok(times == sorted(times) and times[0] <= 20 + times[-1] / 10
             and times[-1] <= side["runtime"] + 2, f"{label}, {kind}: times",
             times[0], times[-1], side["runtime"])
    # Each of what came since the one before; what came last is in none.
    with open(f"{top}/x_clat_hist.1.log", encoding="utf-8") as f:
        sums = [sum(map(int, line.split(",")[3:])) for line in f]
    t.ok(len(sums) > 1 and files * 0.5 < sum(sums) <= files,
         f"{label}: histograms", sums[-5:], len(sums))
    done = fio.run([fio.section("stat", host="h")], directory=top,
                   files=files, cwd=top, write_lat_log="y", log_avg_msec=2)
    side = done.side("stat")[0]
    rows = rows_of(f"{top}/y_clat.1.log")
    t.ok(done.rc == 0 and len(rows) > 1 and
         all(side["clat_ns"]["min"] <= r[1] <= side["clat_ns"]["max"]
             for r in rows), f"{label}: averages", done, rows[:9])


def slow(t, space):
    """Where operations take long, fio comes after each: a row of 128 would
    take a quarter of a second."""
    top = space.far_away(delay_us=1000)
    done = fio.run([fio.section("create", host="h")], directory=top,
                   files=300, empty=1)
    t.ok(done.rc == 0, "far away: files are there", done)
    with tempfile.TemporaryDirectory() as where:
        job = os.path.join(where, "job.fio")
        with open(job, "w", encoding="utf-8") as f:
            f.write(fio.job_text([fio.section("stat", host="h")],
                                 directory=top, files=300, empty=1))
        out = subprocess.run([fio.FIO, "--debug=io", job],
                             capture_output=True, text=True).stdout
    t.equal(len(re.findall(r"\bqueue: io_u ", out)), 300,
            "far away: fio sees each")
    began = time.monotonic()
    done = fio.run([fio.section("stat", host="h")], "--status-interval=1",
                   directory=top, files=300, empty=1)
    t.ok(done.rc == 0 and time.monotonic() - began < 60,
         "far away: succeeds", done)


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in
               (happens, alike, statistics, logs, slow)])


main()
