# SPDX-License-Identifier: GPL-2.0-only
"""Tests that intervals over time begin with the operation, whatever the time
of day. In a steady run every interval has as many samples, the first one, too.

usage: check_intervals.py SMALLFIO SOURCE_ROOT
"""
import csv
import io
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import runs  # noqa: E402
import tap   # noqa: E402

EPOCH_MS = 1700000000987
# Name, and ms at which the operation begins. That is neither a whole second
# nor the begin of an interval.
OPERATIONS = (("create", 0), ("stat", 1250 + 33))
STEP_MS, COUNT = 2, 600


def write_run(where, epoch_ms):
    """Writes a run of two operations, one after the other, with a file every
    2 ms."""
    where.mkdir()
    entries = []
    for number, (name, begin_ms) in enumerate(OPERATIONS, 1):
        entries.append(runs.entry(
            name, COUNT, COUNT * STEP_MS, values=[10**6] * COUNT,
            ioengine="fio-smallfile.so", write_lat_log=name))
        # fio logs the time at which an operation ended.
        (where / f"{name}_clat.{number}.log").write_text("".join(
            f"{epoch_ms + begin_ms + 1 + i * STEP_MS}, 1000000, 1, 4096, 0\n"
            for i in range(COUNT)))
    runs.write(where / "out.json", *entries)


def stats(*args):
    return subprocess.run([SMALLFIO, "stats", *map(str, args)], text=True,
                          capture_output=True, check=True, timeout=60).stdout


def in_stats(t, tmp):
    write_run(tmp / "epoch", EPOCH_MS)
    for interval in (0.1, 0.3, 1):
        per = int(interval * 1000 / STEP_MS)
        full = COUNT // per
        out = json.loads(stats("--format", "json", "--time-interval", interval,
                               tmp / "epoch"))
        rows = list(csv.DictReader(io.StringIO(stats(
            "--format", "csv", "--time-interval", interval, tmp / "epoch"))))
        for (name, begin_ms), o in zip(OPERATIONS, out["operations"]):
            start = (EPOCH_MS + begin_ms) * 10**6
            t.equal([(x["start_ns"], x["statistics"][0]["samples"])
                     for x in o["intervals"]][:full],
                    [(start + round(i * interval * 1e9), per)
                     for i in range(full)],
                    f"{name}, {interval} s: begin with it, all alike")
            first = next(x for x in rows if x["operation"] == name
                         and x["interval_start_ns"])
            t.equal((int(first["interval_start_ns"]), int(first["samples"])),
                    (start, per), "the same in CSV")
        text = stats("--time-interval", interval, tmp / "epoch")
        t.contains(text, [f"\n{(EPOCH_MS + b) / 1000:.3f} "
                          for _, b in OPERATIONS], "and in text")


def of_jobs(t, tmp):
    """If times count from the start of a job, intervals begin there, or after
    the ramp time."""
    for name, begin_ms, start_ms in (("plain", 0, 0), ("late", 40, 0),
                                     ("ramp", 2530, 2530)):
        log = tmp / f"{name}_clat.1.log"
        log.write_text("".join(f"{begin_ms + 1 + i}, 1000000, 1, 4096, 0\n"
                               for i in range(500)))
        found = json.loads(stats("--format", "json", "--time-interval", 0.1,
                                 log))["operations"][0]["intervals"][0]
        t.equal(found["start_ns"], start_ms * 10**6, f"{name}: from there on")


def in_disorder(t, tmp):
    """Lines that are not in the order of their times, in more than one block
    of lines."""
    lines = [f"{i}, {1000 + i}, 1, 4096, 0\n" for i in range(20000)]
    found = []
    for name in ("order", "disorder"):
        (tmp / name).mkdir()
        (tmp / name / "x_clat.1.log").write_text("".join(lines))
        found.append(json.loads(stats("--format", "json", "--time-interval",
                                      0.1, tmp / name))["operations"])
        random.Random(1).shuffle(lines)
    t.equal([x["statistics"][0]["samples"] for x in found[0][0]["intervals"]],
            [100] * 200, "of each interval its samples")
    t.equal(found[0], found[1], "and the same of lines in disorder")


def in_charts(t, tmp):
    """The page has a rate of each interval, from the start on."""
    write_run(tmp / "charts", EPOCH_MS)
    done = subprocess.run(
        [SMALLFIO, "report", "-o", tmp / "x.html", tmp / "charts"],
        capture_output=True, text=True, timeout=60)
    page = (tmp / "x.html").read_text() if not done.returncode else ""
    line = re.search('rate over time.*?data-x0="(.*?)" data-dx="(.*?)" '
                     'data-y="(.*?)"', page, re.S)
    t.ok(line, "a rate over time", done.stderr)
    start, step, values = line.groups() if line else ("", "1", "0")
    values = [float(v) for v in values.split(",")]
    t.equal((float(start), set(values)), (0, {1000 / STEP_MS}),
            "all intervals are alike")
    t.equal(len(values), COUNT * STEP_MS / 1000 / float(step),
            "the whole operation")


def main(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-intervals-") as tmp:
        for check in (in_stats, of_jobs, in_disorder, in_charts):
            check(t, pathlib.Path(tmp))


tap.main(main)
