#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares the logs of real releases of fio, in every column layout, with fio's JSON+.

    check_layouts.py SMALLFIO SOURCE_ROOT

golden/layouts/VERSION/JOB/ was written by make_layouts.py. Prints TAP.
"""
import glob
import json
import os
import sys

from stats_lib import GOLDEN, main, stats

LAYOUTS = sorted(glob.glob(f"{GOLDEN}/layouts/fio-*/*/"))
AVERAGES = ("averaged", "maximum")


def jobs_of(*names):
    found = [d for d in LAYOUTS if os.path.basename(d[:-1]) in names]
    assert found, names
    return found


def test_layouts_of_the_first_and_the_last_release(tmp):
    releases = {d.split("/")[-3] for d in LAYOUTS}
    assert {"fio-3.25", "fio-3.33", "fio-3.42"} <= releases, releases
    widths = set()
    for directory in LAYOUTS:
        for path in glob.glob(f"{directory}*_clat.*"):
            with open(path, encoding="ascii") as f:
                widths |= {line.count(",") + 1 for line in f}
    # Logs with four columns are of releases before 3.25: test_reader.c has them.
    assert widths == {5, 6, 7}, widths


def test_every_layout_agrees_with_the_json_of_its_run(tmp):
    """smallfio itself compares counts, extremes and percentiles of logs and JSON, and exits with
    3 if they differ."""
    for directory in LAYOUTS:
        if os.path.basename(directory[:-1]) in AVERAGES:
            continue
        done = stats("--format", "json", directory)
        out = json.loads(done.stdout)
        assert [o["source"] for o in out["operations"]] == ["samples"] * len(out["operations"])
        with open(f"{directory}out.json", encoding="utf-8") as f:
            job = json.load(f)["jobs"][0]
        want = sum(job[d]["clat_ns"]["N"] for d in ("read", "write"))
        assert out["samples"] == want > 0, (directory, out["samples"], want)
        assert "not compared" not in done.stderr, (directory, done.stderr)


def test_times_since_1970_are_told(tmp):
    for directory in jobs_of("epoch"):
        out = json.loads(stats("--format", "json", "--time-interval", "1", directory).stdout)
        starts = [i["start_ns"] for o in out["operations"] for i in o["intervals"]]
        assert starts and min(starts) > 1_600_000_000 * 10 ** 9, (directory, starts)


def test_averages_are_refused(tmp):
    for directory in jobs_of(*AVERAGES):
        logs = glob.glob(f"{directory}/*_clat.*log*")
        error = stats(*logs, code=3).stderr
        assert "log_avg_msec" in error and "_clat." in error, (directory, error)
        # Where there is JSON, logs of averages are left out.
        error = stats(directory).stderr
        assert "left out" in error and "log_avg_msec" in error, (directory, error)


if __name__ == "__main__":
    sys.exit(main(globals()))
