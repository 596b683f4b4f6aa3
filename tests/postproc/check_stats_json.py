#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio stats on fio's JSON and JSON+, alone and beside logs, and what it says of slow
threads and hosts.

    check_stats_json.py SMALLFIO SOURCE_ROOT

Prints TAP.
"""
import csv
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from fractions import Fraction

import fio_json
from stats_lib import (PERCENTILES_ARG, Skip, stats, write, exact_row, random_values,
                       fio_log, main)

def named(prefix, operation=None):
    """Returns the options of a job whose logs begin with `prefix`."""
    return {"write_lat_log": prefix} | ({"operation": operation} if operation else {})


def json_rows(*args, code=0):
    """Runs smallfio stats with CSV. Returns {(host, thread): row} of its only operation."""
    out = stats("--format", "csv", *args, code=code).stdout
    rows = {(r["host"], r["thread"]): r for r in csv.DictReader(io.StringIO(out))}
    assert len({r["operation"] for r in rows.values()}) == 1
    return rows


def test_json_plus_against_the_samples_that_made_it(tmp):
    rng = random.Random(5)
    for shape in ("log-normal", "ties", "constant", "descending"):
        samples = {(f"h{i % 3}", i // 3): random_values(rng, rng.randrange(1, 900), shape)
                   for i in range(9)}
        entries = [fio_json.entry("op", v, host=h) for (h, _), v in samples.items()]
        write(f"{tmp}/x", fio_json.document(entries, clients=True))
        rows = json_rows("--percentiles", PERCENTILES_ARG, f"{tmp}/x")
        levels = defaultdict(list)
        for (host, thread), values in samples.items():
            for key in ((host, str(thread)), (host, "all"), ("all", "all")):
                levels[key] += values
        assert set(rows) == set(levels)
        for key, values in levels.items():
            row, want = rows[key], exact_row(values)
            assert row["source"] == "histograms"
            assert int(row["samples"]) == len(values)
            assert [int(row["min_ns"]), int(row["max_ns"])] == want[:2]
            # fio prints six decimals, and no deviation of a single sample.
            assert abs(int(row["mean_ns"]) - want[2]) <= Fraction(51, 100)
            if want[3] is not None and want[3] < 10 ** 12:
                assert abs(int(row["stddev_ns"]) - want[3]) <= max(1, want[3] / 10 ** 9)
            for p, value in zip(PERCENTILES_ARG.split(","), want[4:]):
                low, high = int(row[f"p{p}_low_ns"]), int(row[f"p{p}_high_ns"])
                assert low <= value <= high, (shape, key, p, low, float(value), high)
                assert low <= int(row[f"p{p}_ns"]) <= high


def test_json_order_and_directories(tmp):
    rng = random.Random(6)
    entries = [fio_json.entry("op", random_values(rng, 50, "log-normal"), host=f"h{i}")
               for i in range(8)]
    write(f"{tmp}/a.json", fio_json.document(entries, clients=True))
    want = stats("--format", "json", f"{tmp}/a.json").stdout
    for _ in range(3):
        rng.shuffle(entries)
        write(f"{tmp}/a.json", "fio: a warning {\n" + fio_json.document(entries, clients=True)
              + "and more\n")
        assert stats("--format", "json", tmp).stdout == want
    # JSON that is not fio's is left out, even if it is our own.
    write(f"{tmp}/b.json", want)
    again = stats("--format", "json", tmp)
    assert again.stdout == want and "b.json" in again.stderr


def test_json_without_histograms_says_what_it_cannot_give(tmp):
    values = [[100, 200, 300], [400, 500]]
    write(f"{tmp}/o", fio_json.document([fio_json.entry("op", v, bins=False) for v in values]))
    done = stats("--format", "json", f"{tmp}/o")
    assert "of several together there are none" in done.stderr and "json+" in done.stderr
    operation = json.loads(done.stdout)["operations"][0]
    assert operation["source"] == "fio"
    # Percentiles that fio printed of one thread are those of the thread.
    printed = [[p["latency_ns"] for p in r["percentiles"]] for r in operation["statistics"][1:]]
    assert printed and all(p is not None for p in printed[0] + printed[1]), printed
    row = operation["statistics"][0]
    assert (row["samples"], row["min_ns"], row["max_ns"], row["mean_ns"]) == (5, 100, 500, 300)
    assert row["stddev_ns"] == 158
    assert all(p["latency_ns"] is None and p["low_ns"] is None for p in row["percentiles"])
    assert operation["standings"]["median_ns"] is None


def test_json_rows_by_operation_and_by_job(tmp):
    entries = [fio_json.entry("first", [1, 2], options=named("a", "create")),
               fio_json.entry("second", [3], options=named("b", "create")),
               fio_json.entry("third", [4, 5], direction="read", options=named("c", "stat")),
               fio_json.entry("fourth", [6])]
    write(f"{tmp}/o", fio_json.document(entries, options={"ioengine": "null"}))
    def names(*args):
        out = json.loads(stats("--format", "json", *args, f"{tmp}/o").stdout)
        return [(o["operation"], o["threads"]) for o in out["operations"]]
    # Operations are in the order of the run.
    assert names() == [("create", 2), ("stat", 1), ("fourth", 1)]
    assert names("--by", "job") == [("first", 1), ("second", 1), ("third", 1), ("fourth", 1)]
    both = fio_json.entry("rw", [5])
    both["read"] = fio_json.side([7, 8])
    write(f"{tmp}/o", fio_json.document([both]))
    assert names() == [("rw:read", 1), ("rw:write", 1)]
    grouped = fio_json.entry("g", [5, 6], options={"group_reporting": ""})
    write(f"{tmp}/o", fio_json.document([grouped]))
    assert "in 1 group," in stats(f"{tmp}/o").stdout
    # The number of threads is that of `smallfio result`: from the options, or from the engine's
    # note before a client's JSON, which does not have the options of sections.
    grouped["job options"]["numjobs"] = "3"
    write(f"{tmp}/o", fio_json.document([grouped]))
    assert "g: 1 host, 3 threads in 1 group," in stats(f"{tmp}/o").stdout
    assert names() == [("g", 3)]
    stats("--by", "host", f"{tmp}/o", code=2)


def test_two_servers_of_one_host(tmp):
    entries = [fio_json.entry("op", [i + 1], host="h", port=8765 + i % 2) for i in range(4)]
    write(f"{tmp}/o", fio_json.document(entries, clients=True))
    rows = json_rows(f"{tmp}/o")
    assert {h for h, _ in rows} == {"all", "h:8765", "h:8766"}
    write(f"{tmp}/p", fio_json.document(entries, clients=True))
    assert (f"expected one run, found fio's JSON of 2: {tmp}/o, {tmp}/p; give each run"
            in stats(f"{tmp}/o", f"{tmp}/p", code=3).stderr)


def cluster_with_logs(tmp, values, clients=True):
    """Writes logs and their JSON+. `values` is {(host, fio's job): [ns]}."""
    for (host, job), v in values.items():
        write(f"{tmp}/smallfile-create_clat.{job}.log" + (f".{host}" if clients else ""),
              fio_log(v))
    entries = [fio_json.entry("smallfile-create", v, host=host if clients else None,
                              options={} if clients else named("/x/smallfile-create", "create"))
               for (host, _), v in values.items()]
    write(f"{tmp}/out.json", fio_json.document(entries, clients))


def test_logs_and_json_of_one_run(tmp):
    rng = random.Random(7)
    values = {(f"h{i % 2}", 3 + i // 2): random_values(rng, 300, "log-normal") for i in range(4)}
    for clients in (True, False):
        directory = f"{tmp}/{clients}"
        os.mkdir(directory)
        if not clients:
            values = {k: v for k, v in values.items() if k[0] == "h0"}
        cluster_with_logs(directory, values, clients)
        done = stats("--format", "json", directory)
        assert done.stderr == "", done.stderr
        both = json.loads(done.stdout)
        os.rename(f"{directory}/out.json", f"{tmp}/kept.json")
        alone = json.loads(stats("--format", "json", directory).stdout)
        # The statistics are those of the logs alone, so nothing is counted twice.
        assert [o["statistics"] for o in both["operations"]] == [
            o["statistics"] for o in alone["operations"]]
        assert both["samples"] == sum(map(len, values.values()))
        name = "smallfile-create" if clients else "create"
        assert both["operations"][0]["operation"] == name
        os.rename(f"{tmp}/kept.json", f"{directory}/out.json")


def differs(directory, says):
    done = stats("--format", "csv", "--latency", "clat", directory, code=3)
    assert says in done.stderr and "do not agree" in done.stderr, done.stderr
    assert done.stdout.startswith("operation,"), "the statistics are printed all the same"


def test_logs_and_json_that_do_not_agree(tmp):
    values = {(h, 1): [1000 * i for i in range(1, 101)] for h in ("h0", "h1")}
    cluster_with_logs(tmp, values)
    stats(tmp)
    log = f"{tmp}/smallfile-create_clat.1.log.h1"
    at = "host h1, job smallfile-create (fio job 1), writes: "
    good = values["h1", 1]
    for changed, says in ((good[:-1], "99 samples in the logs, 100 in"),
                          (good[1:] + [1001], "1001 to 100000 ns in the logs, 1000 to 100000"),
                          (good[:-1] + [99001], "1000 to 99001 ns in the logs"),
                          ([1000] * 60 + good[60:], "p50 is 1000 ns in the logs")):
        write(log, fio_log(changed))
        differs(tmp, at + says)
    # A sample that differs but is in the same bin cannot be noticed.
    write(log, fio_log(good[:49] + [good[49] + 1] + good[50:]))
    stats(tmp)
    os.unlink(log)
    differs(tmp, "host h1, job smallfile-create: no log, but 100 samples in")


def test_logs_left_from_an_earlier_run(tmp):
    values = [[10, 20], [30, 40]]
    write(f"{tmp}/out.json", fio_json.document([fio_json.entry("op", v, options=named("op"))
                                                for v in values]))
    for i, v in enumerate(values, 1):
        write(f"{tmp}/op_clat.{i}.log", fio_log(v))
    assert "of another run" not in stats(tmp).stderr
    # Logs of a job that this run did not have, and of more threads than it had.
    write(f"{tmp}/old_clat.1.log", fio_log([50]))
    assert "1 of 3 logs are of no job in the JSON" in stats(tmp).stderr
    os.unlink(f"{tmp}/old_clat.1.log")
    write(f"{tmp}/op_clat.3.log", fio_log([50]))
    assert "5 samples in the logs, 4 in" in stats(tmp, code=3).stderr


def test_logs_and_json_that_fio_pooled(tmp):
    jobs = [[10, 20, 30], [40, 50], [60]]
    pooled = fio_json.entry("op", sum(jobs, []), options=named("op") | {"group_reporting": "1"})
    for i, values in enumerate(jobs):
        write(f"{tmp}/op_clat.{i + 1}.log", fio_log(values))
    write(f"{tmp}/o.json", fio_json.document([pooled]))
    assert stats(tmp).stderr == ""
    os.unlink(f"{tmp}/op_clat.3.log")
    differs(tmp, "host localhost, job op, writes: 5 samples in the logs, 6 in")
    for i in (1, 2):
        os.unlink(f"{tmp}/op_clat.{i}.log")
    # With per_job_logs=0 several entries have one log.
    write(f"{tmp}/op_clat.log", fio_log(sum(jobs, [])))
    write(f"{tmp}/o.json", fio_json.document([fio_json.entry("op", v, options=named("op"))
                                              for v in jobs]))
    assert stats(tmp).stderr == ""


def test_jobs_without_logs_beside_jobs_with(tmp):
    entries = [fio_json.entry("a", [1, 2], options=named("a")),
               fio_json.entry("b", [3], options=named("b"))]
    write(f"{tmp}/o.json", fio_json.document(entries))
    write(f"{tmp}/a_clat.1.log", fio_log([1, 2]))
    out = json.loads(stats("--format", "json", tmp).stdout)
    assert [(o["operation"], o["source"], o["statistics"][0]["samples"])
            for o in out["operations"]] == [("a", "samples", 2), ("b", "histograms", 1)]
    # A log that no job names could be that of job b.
    write(f"{tmp}/c_clat.2.log", fio_log([3]))
    done = stats("--format", "json", tmp)
    assert "left out, 1 entry" in done.stderr, done.stderr
    assert [o["operation"] for o in json.loads(done.stdout)["operations"]] == ["a", "c"]


def test_json_and_logs_of_the_real_fio(tmp):
    if not shutil.which("fio"):
        raise Skip("no fio")
    for options in ([], ["--group_reporting"], ["--unified_rw_reporting=1"],
                    ["--per_job_logs=0"], ["--ramp_time=1", "--runtime=2", "--time_based"],
                    ["--clat_percentiles=0", "--lat_percentiles=1"]):
        directory = tempfile.mkdtemp(dir=tmp)
        subprocess.run(["fio", "--name=job", "--ioengine=null", "--rw=randrw", "--size=2m",
                        "--numjobs=3", "--rate_iops=20000", "--write_lat_log=log",
                        "--output-format=json+", "--output=out.json", "--thread", *options],
                       cwd=directory, check=True, timeout=60)
        done = stats("--latency", "clat", directory)
        assert "do not agree" not in done.stderr, (options, done.stderr)
        log = sorted(f for f in os.listdir(directory) if "_clat" in f)[0]
        with open(f"{directory}/{log}") as f:
            lines = f.readlines()
        write(f"{directory}/{log}", "".join(lines[1:]))
        differs(directory, "samples in the logs")


def jain(means):
    x = [1 / m for m in means]
    return sum(x) ** 2 / (len(x) * sum(v * v for v in x))


def test_fairness_slowest_and_outliers(tmp):
    # Thread 3 of h1 takes four times as long.
    medians = {(f"h{i % 2}", i // 2): 1000 + 7 * i for i in range(8)}
    medians["h1", 3] *= 4
    for (host, thread), m in medians.items():
        write(f"{tmp}/op_clat.{thread + 1}.log.{host}", fio_log([m - 1, m, m + 1]))
    for extra in ([], ["--percentiles", "90"]):
        operation = json.loads(stats("--format", "json", *extra, tmp).stdout)["operations"][0]
        s = operation["standings"]
        assert abs(s["fairness_threads"] - jain(medians.values())) < 1e-6
        hosts = {h: sum(m for (g, _), m in medians.items() if g == h) / 4 for h in ("h0", "h1")}
        assert abs(s["fairness_hosts"] - jain(hosts.values())) < 1e-6
        assert [h["host"] for h in s["slowest_hosts"]] == ["h1", "h0"]
        assert [(t["host"], t["thread"]) for t in s["slowest_threads"]] == [
            ("h1", 3), ("h0", 3), ("h1", 2)]
        assert [(o["host"], o["thread"], o["median_ns"]) for o in s["outliers"]] == [
            ("h1", 3, 4 * 1049)]
        m = sorted(medians.values())
        m = (m[3] + m[4]) / 2
        mad = sorted(abs(v - m) for v in medians.values())
        mad = (mad[3] + mad[4]) / 2
        assert abs(s["outliers"][0]["score"] - 0.6745 * (4 * 1049 - m) / mad) < 1e-4
    text = stats(tmp).stdout
    assert "outliers by p50, 1: h1:03 4.20 µs" in text, text
    assert "slowest threads by mean: h1:03 4.20 µs, h0:03 " in text, text
    rows = json_rows(tmp)
    assert rows["h1", "3"]["slowness"] == "1" and rows["h1", "3"]["outlier"] == "1"
    assert rows["h0", "0"]["slowness"] == "8" and rows["h0", "0"]["outlier"] == "0"
    assert rows["h1", "all"]["slowness"] == "1" and rows["all", "all"]["fairness"] != ""


def test_text_of_json_fits_100_columns_for_64_threads(tmp):
    rng = random.Random(8)
    entries = [fio_json.entry("create", random_values(rng, 200, "log-normal"),
                              host="storage-node-07.cluster.example.com") for _ in range(64)]
    write(f"{tmp}/o", fio_json.document(entries, clients=True))
    lines = stats("-v", f"{tmp}/o").stdout.splitlines()
    assert max(map(len, lines)) <= 100, max(lines, key=len)
    assert len({len(line) for line in lines[1:67]}) == 1, "columns do not align"


if __name__ == "__main__":
    sys.exit(main(globals()))
