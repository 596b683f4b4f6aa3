# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio compare: values and bounds against an independent
computation, verdicts against those of smallfio gate, formats, and which runs
are of a side.

usage: check_side_by_side.py SMALLFIO SOURCE_ROOT
"""
import csv
import io
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import runs    # noqa: E402
import schema  # noqa: E402
import tap     # noqa: E402

NOISE = [0, 3, -4, 6, -2, 5, -6, 1, -3, 2]
OPERATIONS = ("create", "read", "stat")
ALPHA = 0.01


def smallfio(*args, cwd=None):
    done = subprocess.run([SMALLFIO, *map(str, args)], cwd=cwd,
                          capture_output=True, text=True, timeout=60)
    done.both = done.stdout + done.stderr
    return done


def compare(*args):
    return smallfio("compare", *args)


def as_json(*args):
    done = compare("--format", "json", *args)
    assert done.returncode == 0, done.both
    return json.loads(done.stdout)


def side(where, count, factor=1.0, time_s=1700000000, operations=OPERATIONS):
    """Writes a directory with a directory for each of `count` runs."""
    for i in range(count):
        sample = where / f"sample-{i + 1}"
        sample.mkdir(parents=True)
        runs.write(sample / "out.json", *[
            runs.entry(name, latency_ns=round(50000 * factor),
                       runtime_ms=round((1000 + NOISE[i % 10]) * factor) * k)
            for k, name in enumerate(operations, 1)], time_s=time_s + i)
    return where


def rates(count, factor, k):
    """The files/s of the k-th operation in each run that side() writes."""
    return [1000 / (round((1000 + NOISE[i % 10]) * factor) * k / 1000)
            for i in range(count)]


def bounds(values):
    """The bounds of a median, by counting how many of n coins show heads."""
    n, ordered = len(values), sorted(values)
    low = high = None
    for k in range(n):
        if sum(math.comb(n, i) for i in range(k + 1)) / 2 ** n > ALPHA:
            break
        low, high = ordered[k], ordered[n - 1 - k]
    return low, high


def near(a, b):
    return a is b or math.isclose(a, b, rel_tol=1e-5)


def values(t, tmp):
    """Medians, their bounds and geometric means are what Python computes."""
    old, new = side(tmp / "old", 8), side(tmp / "new", 9, 1.2, 1710000000)
    found = as_json("--metric", "files/s", old, new)
    for k, row in enumerate(found["rows"], 1):
        for cell, count, factor in zip(row["sides"], (8, 9), (1.0, 1.2)):
            want = rates(count, factor, k)
            low, high = bounds(want)
            t.ok(near(cell["value"], statistics.median(want)) and
                 near(cell["low"], low) and near(cell["high"], high),
                 f"{row['operation']}: median and bounds of {count} runs",
                 cell, low, high)
    mean = found["geometric_means"][0]
    want = [statistics.geometric_mean([row["sides"][i]["value"]
                                       for row in found["rows"]])
            for i in range(2)]
    t.ok(near(mean["sides"][0]["value"], want[0]) and
         near(mean["sides"][1]["value"], want[1]) and
         near(mean["sides"][1]["change"], want[1] / want[0] - 1) and
         mean["operations"] == 3, "geometric means", mean, want)
    t.equal(bounds([1, 2, 3]), (None, None), "three runs have no bounds")
    found = as_json("--metric", "files/s", old, side(tmp / "few", 3, 1, 5))
    t.equal([found["rows"][0]["sides"][1][key] for key in ("low", "high")],
            [None, None], "nor has smallfio")


def verdicts(t, tmp):
    """Each change is that of smallfio gate, and so is each verdict."""
    sides = [side(tmp / f"side{i}", 8, factor, 1700000000 + i * 1000000)
             for i, factor in enumerate((1.0, 1.2, 0.8, 1.001))]
    found = as_json("--metric", "files/s,p99", *sides)
    t.equal([row["sides"][i]["verdict"] for row in found["rows"][:1]
             for i in (1, 2, 3)], ["regression", "improved", "no regression"],
            "the verdicts are what was made")
    for i, other in enumerate(sides[1:], 1):
        gate = json.loads(smallfio(
            "gate", "--metric", "files/s,p99", "--format", "json",
            "--baseline", *sorted(sides[0].glob("*/out.json")),
            "--current", *sorted(other.glob("*/out.json"))).stdout)
        for row, check in zip(found["rows"], gate["checks"], strict=True):
            name = f"side {i}, {row['operation']} {row['metric']}"
            cell, c = row["sides"][i], check["comparison"]
            t.equal([row["operation"], row["metric"], cell["change"],
                     cell["change_low"], cell["change_high"]],
                    [check["operation"], check["metric"], c["change"],
                     c["change_low"], c["change_high"]], f"{name}: change")
            t.equal(cell["verdict"], check["verdict"], f"{name}: verdict")


def one_run(t, tmp):
    """Of one run a side there are changes, and no verdict."""
    old, new = side(tmp / "o", 1), side(tmp / "n", 1, 1.5, 1710000000)
    cell = as_json(old, new)["rows"][0]["sides"][1]
    t.ok(near(cell["change"], 1 / 1.5 - 1) and cell["verdict"] is None and
         cell["change_low"] is None, "a change without a verdict", cell)
    done = compare(old, new)
    t.equal(done.returncode, 0, "exit 0", done.both)
    t.contains(done.stdout, ["-33.3 %", "expected 7 runs a side"],
               "text says how many runs a verdict needs")
    t.ok("verdict" not in done.stdout.split("note:")[0],
         "and has no column of verdicts", done.stdout)


def sides_of_runs(t, tmp):
    """A side is a file, a directory of one run, of files, or of runs."""
    many = side(tmp / "many", 11)
    found = as_json(many, side(tmp / "other", 1, 1, 1710000000))
    t.equal([pathlib.Path(p).name for p in found["sides"][0]["runs"]],
            [f"sample-{i}" for i in range(1, 12)],
            "directories of runs, 2 before 10")
    flat = tmp / "flat"
    flat.mkdir()
    for i in (1, 2, 10):
        runs.write(flat / f"r{i}.json", runs.entry(), time_s=1720000000 + i)
    found = as_json(many / "sample-1/out.json", flat)
    t.equal([[pathlib.Path(p).name for p in s["runs"]]
             for s in found["sides"]],
            [["out.json"], ["r1.json", "r2.json", "r10.json"]],
            "a file, and a directory of files")
    (tmp / "empty").mkdir()
    cut = side(tmp / "cut", 2, 1, 1730000000) / "sample-2/out.json"
    cut.write_text(cut.read_text()[:200])
    for args, code, words in (
            ([many], 2, "expected two runs"),
            ([many, tmp / "none"], 3, "none"),
            ([many, tmp / "empty"], 3, "empty"),
            ([many, tmp / "cut"], 3, "sample-2/out.json"),
            ([many, many / "sample-3"], 3, "are the same run"),
            (["--metric", "speed", many, flat], 2, "is no metric")):
        done = compare(*args)
        t.equal(done.returncode, code, f"{args[-1].name if args else ''}: "
                f"exit {code}", done.both)
        t.contains(done.stderr, [words], "and a message that says why")


def lacking(t, tmp):
    """What a side lacks is said once, and rows without a sense are not there."""
    old = side(tmp / "l-old", 1)
    new = side(tmp / "l-new", 1, 1, 1710000000, ("create", "mkdir"))
    done = compare("--metric", "files/s,p99.99", old, new)
    t.contains(done.stdout, [
        f"{new}: read, stat is no operation of this run",
        f"{old}: mkdir is no operation of this run",
        f"{old}: p99.99 of create, read, stat has too few samples",
        "unlike: "], "what is lacking")
    t.equal(done.stdout.count("is no operation"), 2, "once for each side")
    entry = runs.entry("stat")
    entry["write"]["io_bytes"] = 0
    for i in (1, 2):
        runs.write(tmp / f"s{i}.json", entry, time_s=1700000000 + i)
    found = as_json(tmp / "s1.json", tmp / "s2.json")
    t.equal([row["metric"] for row in found["rows"]],
            ["files/s", "p50", "p99"], "stat has no MiB/s")
    entry["write"]["runtime"] = 40
    for i in (3, 4):
        runs.write(tmp / f"s{i}.json", entry, time_s=1700000000 + i)
    done = compare(tmp / "s3.json", tmp / "s4.json")
    t.ok("MiB/s" not in done.stdout and "less than the 100 ms" in done.stdout,
         "nor if it was too short for a rate", done.stdout)


def formats(t, tmp):
    """All formats have the same figures."""
    sides = [side(tmp / f"f{i}", 8, factor, 1700000000 + i * 1000000)
             for i, factor in enumerate((1.0, 1.3, 0.7))]
    found = as_json(*sides)
    schema.follows(ROOT, found)
    t.ok(True, "JSON follows its schema")
    rows = list(csv.DictReader(io.StringIO(
        compare("--format", "csv", *sides).stdout)))
    cells = [cell for row in found["rows"] for cell in row["sides"]]
    cells += [cell for mean in found["geometric_means"]
              for cell in mean["sides"]]
    t.equal([[row[key] for key in ("value", "change", "verdict")]
             for row in rows],
            [[f"{cell['value']:.15g}",
              "" if cell["change"] is None else f"{cell['change']:.15g}",
              cell.get("verdict") or ""] for cell in cells],
            "CSV has the figures of JSON")
    text = compare(*sides).stdout
    markdown = compare("--format", "markdown", *sides).stdout
    t.equal(text.count("\nold: ") + text.startswith("old: "), 2,
            "text has a table for each new side", text)
    for row in found["rows"]:
        change = f"{100 * row['sides'][1]['change']:+.1f} %"
        for name, output in (("text", text), ("markdown", markdown)):
            t.ok(any(row["operation"] in line and row["metric"] in line and
                     change in line and "regression" in line
                     for line in output.splitlines()),
                 f"{name}: {row['operation']} {row['metric']}", output)


def main(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-compare-") as tmp:
        for check in (values, verdicts, one_run, sides_of_runs, lacking,
                      formats):
            where = pathlib.Path(tmp, check.__name__)
            where.mkdir()
            check(t, where)


tap.main(main)
