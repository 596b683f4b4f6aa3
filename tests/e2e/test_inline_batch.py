# SPDX-License-Identifier: GPL-2.0-only
"""Tests batches. At iodepth=1 the engine does several operations inside one
io_u, and adds them to fio's statistics itself. Figures, files and exit code
must be as with burst=1, where fio sees each operation."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import fio
import mounts
import tap
import tree

mounts.enter_namespace()

FILES = 3000
LOST = 1234  # no multiple of any batch
# fio's report has classes of latencies ("latency_us" and so on). These are
# their upper ends.
ENDS = [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000, 2000]


def asked(top, operation, **options):
    """Returns how many operations fio asked the engine for. fio's own trace
    (--debug=io) tells."""
    with tempfile.TemporaryDirectory() as where:
        job = os.path.join(where, "job.fio")
        with open(job, "w", encoding="utf-8") as f:
            f.write(fio.job_text([fio.section(operation, host="h", **options)],
                                 directory=top, files=FILES, empty=1))
        out = subprocess.run([fio.FIO, "--debug=io", job],
                             capture_output=True, text=True).stdout
    return len(re.findall(r"\bqueue: io_u ", out))


def fio_knows(option):
    """Returns whether the installed fio has the option. Older releases lack
    some."""
    out = subprocess.run([fio.FIO, "--cmdhelp=all"], check=True,
                         capture_output=True, text=True).stdout
    return any(line.split(":")[0].strip() == option
               for line in out.splitlines())


# KNOWN: options with which the engine does batches, because it knows the order.
# SEEN: options with which fio has to see each operation.
KNOWN = {
    "in order": dict(),
    "random": dict(rand=True),
    "norandommap": dict(rand=True, norandommap=1),
    "zipf": dict(rand=True, random_distribution="zipf:1.2"),
    "pareto": dict(rand=True, random_distribution="pareto:0.5"),
    "normal": dict(rand=True, random_distribution="normal:20"),
    "number_ios": dict(number_ios=FILES),
    "after ramp_time": dict(ramp_time="50ms", time_based=1, runtime="100ms"),
}
SEEN = {
    "burst=1": dict(burst=1),
    "burst=1, random": dict(burst=1, rand=True),
    "rate_iops": dict(rate_iops=20000),
    "rate_min": dict(rate_min="1"),
    "thinktime": dict(thinktime=1),
    "latency_target": dict(latency_target="1s", latency_window="1s"),
    "percentage_random": dict(rand=True, percentage_random=50),
    "zoned": dict(rand=True, random_distribution="zoned:50/10:50/90"),
    "max_latency": dict(max_latency="10s"),
    "thinkcycles": dict(thinkcycles=1),
}


def happens(t, space):
    top = space.dir("happens")
    done = fio.run([fio.section("create", host="h")], directory=top,
                   files=FILES, empty=1)
    t.ok(done.rc == 0, "files are there", done)
    for label, options in KNOWN.items():
        n = asked(top, "stat", **options)
        if "runtime" not in options:
            t.ok(FILES // 128 <= n < FILES // 20,
                 f"{label}: batches of up to 128", n)
    n = asked(top, "stat", burst=5)
    t.ok(FILES // 5 <= n < FILES // 2, "burst=5", n)
    for label, options in SEEN.items():
        if label != "thinkcycles" or fio_knows(label):
            t.equal(asked(top, "stat", io_size=500, **options), 500,
                    f"{label}: fio sees each")
    if fio_knows("ramp_size"):
        t.ok(asked(top, "stat", ramp_size=100) >= 100,
             "ramp_size: fio sees each until it is over")
    # With gtod_reduce=1 fio looks at its clock once in 64 io_us. That would be
    # once in 64 batches, so the engine itself has to keep the runtime.
    n = asked(top, "stat", gtod_reduce=1, time_based=True, runtime="1ms")
    t.ok(n < 50, "gtod_reduce: runtime ends batches, too", n)


# Options that say how much to do, and how many operations that is with 900
# files. None: the number does not matter here.
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
    "random, loops": (dict(rw="randwrite", loops=3), 2700),
    "random, io_size": (dict(rw="randwrite", io_size="500k"), 500),
    "random, beyond the files": (dict(rw="randwrite", io_size="2000k"), 2000),
    "random, size": (dict(rw="randwrite", files=None, size="700k"), 700),
    "random, number_ios": (dict(rw="randwrite", number_ios=333), 333),
    "random, offset": (dict(rw="randwrite", offset=100), None),
    "random, lfsr": (dict(rw="randwrite", random_generator="lfsr"), 900),
    "norandommap": (dict(rw="randwrite", norandommap=1), 900),
    "norandommap, loops": (dict(rw="randwrite", norandommap=1, loops=2), 1800),
    "zipf": (dict(rw="randwrite", random_distribution="zipf:1.2"), 900),
    "zipf, loops": (dict(rw="randwrite", random_distribution="zipf:1.2",
                         loops=2), 1800),
    "percentage_random": (dict(rw="randwrite", percentage_random=50), None),
    "unified": (dict(unified_rw_reporting=1), 900),
    "a bandwidth log of each": (dict(write_bw_log="b"), 900),
    "bandwidth logs": (dict(write_bw_log="b", log_avg_msec=10), 900),
}


def result_of(done, label, top):
    """What a section left behind, and what fio reports of it."""
    files = {os.path.relpath(p, top) for p in tree.files_below(top)
             if "smf_" in os.path.basename(p) or "file_" in p}
    # fio gives no name to a job without statistics.
    jobs = [j for j in done.jobs if j.get("jobname", "stats=0") == label]
    sides = [j["mixed"] if "mixed" in j else j["write"] for j in jobs]
    keys = ("total_ios", "io_bytes", "short_ios", "drop_ios")
    counts = [[side[k] for k in keys] + [side["clat_ns"]["N"],
                                         side["lat_ns"]["N"],
                                         side["slat_ns"]["N"]]
              for side in sides]
    depths = [(j["iodepth_level"], j["iodepth_submit"], j["iodepth_complete"])
              for j in jobs]
    return files, counts, depths


def results_of(t, space, labels, burst):
    """Runs one fio with a section for each of these ways."""
    # All runs use the same directories. fio seeds the numbers that it draws
    # for zipf with the path, too.
    tops = {label: space.dir(f"alike-{n}") for n, label in enumerate(WAYS)}
    _, create = fio.section("create", files=900, burst=burst)
    sections = [(label, {**create, "directory": tops[label],
                         **WAYS[label][0]}) for label in labels]
    done = fio.run(fio.stonewalled(sections), host="h", filesize="1k",
                   cwd=space.path)
    t.equal((done.rc, done.err), (0, ""), f"burst={burst}: succeeds")
    found = {label: result_of(done, label, tops[label]) for label in labels}
    for top in tops.values():
        shutil.rmtree(top)
    return found


def alike(t, space):
    """Whichever option says how much to do: batches make the same files and
    the same counts as one operation at a time."""
    # The clock is the whole fio's.
    one_clock = [label for label in WAYS if label != "clock"]
    for labels in (one_clock, ["clock"]):
        alone = results_of(t, space, labels, 1)
        for label in labels:
            t.ok(alone[label][1], f"{label}: fio reports")
            expected = WAYS[label][1]
            if expected is not None:
                t.equal(sum(row[0] for row in alone[label][1]), expected,
                        f"{label}: as many as asked for")
        for burst in (7, 128):
            for label, found in results_of(t, space, labels, burst).items():
                t.same_set(found[0], alone[label][0],
                           f"{label}, burst={burst}: the same files")
                t.equal(found[1:], alone[label][1:],
                        f"{label}, burst={burst}: the same counts")


def bins_of(side, kind):
    """Returns fio's histogram: {value in the middle of a bin: samples}."""
    return {int(k): v for k, v in side[kind]["bins"].items()}


def class_of(ns):
    """Returns the unit and the key of the class that fio's report counts a
    latency in."""
    for unit, size in (("ns", 1), ("us", 1000), ("ms", 1000000)):
        value = ns // size
        if value < 1000 or unit == "ms":
            for end in ENDS[:None if unit == "ms" else -1]:
                if value < end:
                    return unit, str(end)
    return "ms", ">=2000"


def statistics(t, space):
    """Mean, deviation, extremes and classes agree with the histogram, because
    all are made of the same samples. A histogram has values to one part in
    64, so they agree only as far as that."""
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
                # A bin may lie in two classes. `near` is the share of samples
                # in such bins, and the most that the two shares may differ by.
                near = 100 * sum(
                    n for v, n in bins.items() if any(
                        abs(v / (end * s) - 1) < 0.02 for end in ENDS
                        for s in (1, 1000, 1000000))) / whole
                t.ok(abs(share - percent) <= near + 0.02,
                     f"{label}: latency_{unit} {key}",
                     f"reported {percent}, of the histogram {share}, "
                     f"within {near}")


def lines_of(path):
    with open(path, encoding="utf-8") as f:
        return [[int(v) for v in line.split(",")] for line in f]


def logs(t, space):
    """fio's logs have each operation, in the order of the files, with the
    bytes that it moved. Logged averages and histograms are of the same
    samples."""
    top = space.dir("logs")
    label = "logs"
    files = 40000  # logs grow several times
    done = fio.run([fio.section("create", host="h")], directory=top,
                   files=files, filesize="1k", cwd=top, write_lat_log="x",
                   log_offset=1, write_hist_log="x", log_hist_msec=5)
    t.ok(done.rc == 0 and not done.err, f"{label}: succeeds", done)
    side = done.side("create")[0]
    for kind in ("clat", "lat"):
        rows = lines_of(f"{top}/x_{kind}.1.log")
        t.equal([r[4] for r in rows], list(range(files)),
                f"{label}, {kind}: offsets are the files, in order")
        t.equal({(r[2], r[3]) for r in rows}, {(1, 1024)},
                f"{label}, {kind}: directions and bytes")
        t.ok(abs(sum(r[1] for r in rows) / files - side[f"{kind}_ns"]["mean"])
             < 1 and max(r[1] for r in rows) == side[f"{kind}_ns"]["max"],
             f"{label}, {kind}: as reported", side[f"{kind}_ns"])
        times = [r[0] for r in rows]
        t.ok(times == sorted(times) and times[0] <= 20 + times[-1] / 10
             and times[-1] <= side["runtime"] + times[0] + 50, f"{label}, {kind}: times",
             times[0], times[-1], side["runtime"])
    # Each logged histogram holds the samples since the one before. The samples
    # after the last one are in none.
    with open(f"{top}/x_clat_hist.1.log", encoding="utf-8") as f:
        sums = [sum(map(int, line.split(",")[3:])) for line in f]
    t.ok(len(sums) > 1 and files * 0.5 < sum(sums) <= files,
         f"{label}: histograms", sums[-5:], len(sums))
    def averaged():
        done = fio.run([fio.section("stat", host="h", loops=3)],
                       directory=top, files=files, cwd=top, write_lat_log="y",
                       log_avg_msec=10)
        return done, lines_of(f"{top}/y_clat.1.log")

    # One window in ten ends in the millisecond in which the job does.
    done, rows = tap.best_of(6, averaged,
                             lambda found: found[1][-1][0] > found[1][-2][0])
    side = done.side("stat")[0]
    t.ok(done.rc == 0 and len(rows) > 1 and
         all(side["clat_ns"]["min"] <= r[1] <= side["clat_ns"]["max"]
             for r in rows), f"{label}: averages", done, rows[:9])
    t.ok(rows[-1][0] > rows[-2][0],
         f"{label}: the last two averages are of two times", rows[-3:])


def slow(t, space):
    """Where operations take long, a batch has one operation, and fio sees
    each. A batch of 128 would take a quarter of a second here."""
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


def numbers(path):
    """Returns the file numbers of a log with offsets, in the order of its
    lines."""
    return [row[4] for row in lines_of(path)]


def ordered(t, space):
    """Random order: each file comes once in a pass. The order differs between
    passes and between threads. It is the same in batches and one at a time, and
    the same in each run."""
    top = space.dir("ordered")
    files = 1000
    done = fio.run([fio.section("create", host="h", numjobs=2)],
                   directory=top, files=files, empty=1)
    t.ok(done.rc == 0, "files are there", done)

    def run(label, **options):
        done = fio.run([fio.section("stat", host="h", rand=True, loops=2, numjobs=2,
                                    write_lat_log="o", log_offset=1,
                                    **options)],
                       directory=top, files=files, cwd=top)
        t.ok(done.rc == 0 and not done.err, f"{label}: succeeds", done)
        t.equal({j["job options"]["rw"] for j in done.jobs}, {"randread"},
                f"{label}: fio says random")
        return [numbers(f"{top}/o_clat.{n}.log") for n in (1, 2)]

    found = run("random")
    for thread, order in enumerate(found):
        label = f"thread {thread}"
        first, second = order[:files], order[files:]
        t.equal((sorted(first), sorted(second)), (list(range(files)),) * 2,
                f"{label}: each file once in each pass")
        t.ok(sum(a == b for a, b in zip(first, second)) < 20,
             f"{label}: another way in each pass")
        # In a random order of 1,000 files about one is at its own place, and
        # neighbours are 333 apart on average.
        t.ok(sum(a == b for a, b in enumerate(first)) < 20 and
             280 < sum(abs(a - b) for a, b in zip(first, first[1:])) /
             files < 390, f"{label}: at random", first[:20])
    t.ok(sum(a == b for a, b in zip(*found)) < 40, "threads: each its own")
    t.equal(run("burst=1", burst=1), found, "one at a time: the same order")
    t.equal(run("burst=7", burst=7), found, "burst=7: the same order")
    t.equal(run("again"), found, "again: the same order")
    t.ok(run("randseed", randseed=77) != found, "randseed=: another one")
    t.ok(run("randrepeat=0", randrepeat=0) != found, "randrepeat=0: another")
    found = run("depth 8", iodepth=8, uring_always=1)
    t.equal([sorted(order[:files]) for order in found],
            [list(range(files))] * 2, "depth 8: each file once")
    for label, options in (
            ("norandommap", dict(norandommap=1)),
            ("zipf", dict(random_distribution="zipf:1.2")),
            ("normal", dict(random_distribution="normal:5"))):
        found = run(label, **options)
        t.equal(run(f"{label}, burst=1", burst=1, **options), found,
                f"{label}: the same one at a time")
        most = max(found[0].count(n) for n in set(found[0]))
        t.ok(most < 15 if label == "norandommap" else most > 20,
             f"{label}: as often as it should be", most)
        t.ok(all(0 <= n < files for n in found[0]), f"{label}: of the files")


def shown(t, space):
    """The reports that fio prints during a run also say depth 1."""
    top = space.dir("shown")
    fio.run([fio.section("create", host="h")], directory=top, files=FILES,
            empty=1)
    for rand in (False, True):
        done = fio.run([fio.section("stat", rand=rand, host="h", time_based=1,
                                    runtime=2)], "--status-interval=1",
                       directory=top, files=FILES)
        decoder, at, seen = json.JSONDecoder(), 0, []
        while "{" in done.output[at:]:
            at = done.output.index("{", at)
            part, at = decoder.raw_decode(done.output, at)
            seen += part["jobs"]
        t.ok(done.rc == 0 and len(seen) > 1, f"random {rand}: shows", len(seen))
        for kind in ("level", "submit", "complete"):
            key = "1" if kind == "level" else "4"
            found = [j[f"iodepth_{kind}"][key] for j in seen]
            # fio may look while one batch is being counted.
            t.ok(min(found) > 99.9, f"random {rand}: iodepth_{kind}", found)


def missing(t, space, burst, on, rand):
    """Deletes files of which one is missing."""
    label = (f"burst={burst}, continue_on_error={on}, "
             f"{'random' if rand else 'in order'}")
    top = space.dir(f"missing-{burst}-{on}-{rand}")
    common = dict(directory=top, files=FILES, empty=1, host="h",
                  files_per_dir=FILES + 1)
    done = fio.run([fio.section("create")], **common)
    t.ok(done.rc == 0, f"{label}: files are there", done)
    files = {int(path.rsplit("_", 2)[1]): path
             for path in tree.files_below(top)}
    os.unlink(files[LOST])
    done = fio.run([fio.section("delete", continue_on_error=on, burst=burst,
                                rand=rand,
                                ignore_error=on and "ENOENT,ENOENT")],
                   **common)
    t.ok(done.rc != 0 or on, f"{label}: the run fails", done)
    t.contains(done.err, ["delete: ", files[LOST], "unlink: No such file"],
               f"{label}: says which")
    left = {n for n, path in files.items() if os.path.lexists(path)}
    if on:
        t.equal(left, set(), f"{label}: all others are done")
    elif not rand:
        t.same_set(left, set(range(LOST + 1, FILES + 1)),
                   f"{label}: nothing after it is done")
    side = done.side("delete")[0]
    t.equal(side["total_ios"], FILES - 1 - len(left),
            f"{label}: counts what was done")
    t.equal(side["clat_ns"]["N"], side["total_ios"], f"{label}: samples")
    t.equal(done.jobs[0]["total_err"], 1, f"{label}: and one error") if on \
        else t.equal(done.jobs[0]["error"], 2, f"{label}: the error is ENOENT")


def errors(t, space):
    for burst in (1, 128, 7):
        for on in (None, "all"):
            for rand in (False, True):
                missing(t, space, burst, on, rand)


def interrupted(t, space):
    for rand in (False, True):
        interrupt(t, space, rand)


def interrupt(t, space, rand):
    label = f"SIGINT, {'random' if rand else 'in order'}"
    top = space.dir(f"interrupted-{rand}")
    running = fio.Running([fio.section("create", host="h", rand=rand,
                                       norandommap=rand or None)],
                          directory=top, files=100_000_000,
                          files_per_dir=100_000_000, empty=1)
    for _ in range(600):
        if len(running.members()) >= 2 and tree.files_below(top):
            break
        time.sleep(0.05)
    time.sleep(0.3)
    os.kill(running.process.pid, signal.SIGINT)
    done = running.wait()
    t.ok(not done.timed_out and done.jobs, f"{label}: ends with results", done)
    # With norandommap some files come twice. Such a file is removed before it
    # is made again, so fewer are there than were made.
    t.ok(0 <= done.side("create")[0]["total_ios"] - len(tree.files_below(top))
         <= 100 * rand, f"{label}: what was made is what is reported",
         done.side("create")[0]["total_ios"], len(tree.files_below(top)))


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in
               (happens, alike, statistics, logs, slow, ordered, shown, errors,
                interrupted)])


main()
