#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares statistics of histograms with the samples in them. The true value must always be
within the printed bounds.

    check_stats_bounds.py SMALLFIO SOURCE_ROOT

Distributions of many shapes are tried, as histogram logs (all seven coarsenesses, whole and by
interval) and as JSON+, in the formats text, CSV and JSON. Prints TAP.
"""
import csv
import io
import json
import random
import re
import sys

import fio_json
from stats_lib import PERCENTILES, PERCENTILES_ARG, exact_percentile, main, stats, write

BINS = 1856
LAST_BIN_NS = 2 ** 34 - 2 ** 27
UNITS = {"ns": 1, "µs": 10 ** 3, "ms": 10 ** 6, "s": 10 ** 9}
SHAPES = {
    "log-normal": lambda rng, i: int(rng.lognormvariate(12, 2)),
    "narrow": lambda rng, i: 50000 + rng.randrange(40),
    "two modes": lambda rng, i: rng.choice([900, 8 * 10 ** 6]) + rng.randrange(99),
    "heavy tail": lambda rng, i: int(min(1000 * rng.paretovariate(0.3), 2 ** 40)),
    "exact bins": lambda rng, i: rng.randrange(128),
    "edges of bins": lambda rng, i: (64 + rng.randrange(64) << rng.randrange(20)) - i % 2,
    "ascending": lambda rng, i: i * i * 97,
    "zero or beyond the last bin": lambda rng, i: rng.choice([0, 2 ** 35 + i]),
}


def bin_of(ns):
    if ns < 128:
        return ns
    shift = ns.bit_length() - 7
    return min((shift + 1) * 64 + (ns >> shift) % 64, BINS - 1)


def hist_log(stretches, coarseness):
    """Returns a histogram log with a line for each second."""
    out = ""
    for i, values in enumerate(stretches):
        counts = [0] * (BINS >> coarseness)
        for value in values:
            counts[bin_of(value) >> coarseness] += 1
        out += f"{i * 1000}, 1, 4096, {', '.join(map(str, counts))}\n"
    return out


def table_rows(text):
    """Returns the rows of a text as (what stands before, samples, percentiles, error in
    percent)."""
    rows = []
    for line in text.splitlines():
        match = re.match(r"(\S+) .*?  ?(\d+)((?: +(?:-|∞|[\d.]+(?: (?:ns|µs|ms|s))?\*?))+) *$", line)
        if not match or "%dev" in line:
            continue
        cells = re.findall(r"-|∞|[\d.]+(?: (?:ns|µs|ms|s))?", match[3])
        if len(cells) == 5 + len(PERCENTILES):  # min mean %dev ... error max
            rows.append((match[1], int(match[2]), cells[3:-2], cells[-2]))
    return rows


def nanoseconds(cell):
    number, unit = cell.split()
    return float(number) * UNITS[unit]


def check_text(row, values, what):
    _, samples, cells, error = row
    assert samples == len(values), (what, row)
    for p, cell in zip(PERCENTILES, cells):
        want, got = float(exact_percentile(values, p)), nanoseconds(cell)
        if error != "∞":
            assert abs(got - want) <= got * (float(error) / 100 + 1e-12), (what, p, want, row)


def check_bounds(bounds, values, what):
    """Checks that the true percentiles of `values` are within bounds. `bounds` has (low, printed,
    high) in the order of the percentiles; None stands for unknown."""
    for p, (low, got, high) in zip(PERCENTILES, bounds):
        want = exact_percentile(values, p)
        assert low <= want and low <= got, (what, p, low, got, float(want))
        if high is None:
            assert max(values) >= LAST_BIN_NS, (what, p)
        else:
            assert want <= high and got <= high, (what, p, float(want), got, high)


def whole(text):
    return int(text) if text else None


def csv_bounds(row):
    return [[whole(row[f"p{p}{end}_ns"]) for end in ("_low", "", "_high")]
            for p in PERCENTILES_ARG.split(",")]


def json_bounds(row):
    return [(p["low_ns"], p["latency_ns"], p["high_ns"]) for p in row["percentiles"]]


def check_extremes(low, high, values, what):
    assert low is not None and low <= min(values), what
    if high is None:
        assert max(values) >= LAST_BIN_NS, what
    else:
        assert max(values) <= high <= 2 ** 63, (what, high)


def check_all(path, parts, what, *args):
    """Checks all three formats. `parts` has all samples, then those of each interval."""
    args = ("--percentiles", PERCENTILES_ARG, *args, path)
    rows = [row for row in csv.DictReader(io.StringIO(stats("--format", "csv", *args).stdout))
            if row["level"] == "host"]
    operation = json.loads(stats("--format", "json", *args).stdout)["operations"][0]
    assert operation["source"] == "histograms"
    tables = [operation] + operation["intervals"]
    text = [row for row in table_rows(stats(*args).stdout)]
    text = text[:1] + text[-(len(parts) - 1):] if len(parts) > 1 else text[:1]
    assert len(rows) == len(tables) == len(text) == len(parts), (what, text)
    for row, table, line, values in zip(rows, tables, text, parts):
        first = table["statistics"][0]
        assert int(row["samples"]) == first["samples"] == len(values), what
        check_bounds(csv_bounds(row), values, what)
        check_bounds(json_bounds(first), values, what)
        check_extremes(whole(row["min_ns"]), whole(row["max_ns"]), values, what)
        check_extremes(first["min_ns"], first["max_ns"], values, what)
        check_text(line, values, what)


def stretches_of(rng, shape):
    draw = SHAPES[shape]
    return [sorted(draw(rng, i) for i in range(rng.randrange(1, 300)))
            for _ in range(rng.randrange(2, 5))]


def sorted_all(stretches):
    return sorted(value for values in stretches for value in values)


def test_histogram_logs_whole_and_by_interval(tmp):
    rng = random.Random(7)
    path = f"{tmp}/op_clat_hist.1.log"
    for shape in SHAPES:
        for coarseness in range(7):
            stretches = stretches_of(rng, shape)
            write(path, hist_log(stretches, coarseness))
            check_all(path, [sorted_all(stretches), *stretches], (shape, coarseness),
                      "--time-interval", "1")


def test_json_plus(tmp):
    rng = random.Random(8)
    path = f"{tmp}/out.json"
    for shape in SHAPES:
        stretches = stretches_of(rng, shape)
        write(path, fio_json.document([fio_json.entry("op", v) for v in stretches]))
        check_all(path, [sorted_all(stretches)], shape)


def test_smallfile_format_says_that_it_has_no_bounds(tmp):
    path = f"{tmp}/op_clat_hist.1.log"
    write(path, hist_log([[1000, 2000]], 0))
    assert "no room for their bounds" in stats("--format", "smallfile", path).stderr


def test_order_of_merging_changes_nothing(tmp):
    rng = random.Random(9)
    stretches = stretches_of(rng, "heavy tail")
    paths = []
    for i, values in enumerate(stretches):
        paths.append(f"{tmp}/op_clat_hist.{i}.log")
        write(paths[-1], hist_log([values], i % 3))
    want = stats("--format", "json", *paths).stdout
    for _ in range(3):
        rng.shuffle(paths)
        assert stats("--format", "json", *paths).stdout == want


if __name__ == "__main__":
    sys.exit(main(globals()))
