# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of smallfio stats share: they run it, make logs for it, and
compute its statistics in exact fractions. check_stats*.py import this; their
arguments are SMALLFIO SOURCE_ROOT. UPDATE_GOLDEN=1 in the environment writes
the golden files anew.
"""
import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from fractions import Fraction
from math import isqrt

SMALLFIO = os.path.abspath(sys.argv[1])
ROOT = os.path.abspath(sys.argv[2])
HERE = os.path.join(ROOT, "tests", "postproc")
GOLDEN = os.path.join(HERE, "golden")
PERCENTILES = [0, 50, 90, 95, 99, Fraction("99.9"), 100]
PERCENTILES_ARG = "0,50,90,95,99,99.9,100"

# Raised by a test that cannot run here.
class Skip(Exception):
    pass


def smallfio(*args, stdin=None, cwd=None):
    """Runs smallfio stats. Returns exit code, stdout and stderr, as text."""
    return subprocess.run([SMALLFIO, *args], stdin=stdin, cwd=cwd,
                          capture_output=True, text=True, timeout=60)


def stats(*args, code=0, cwd=None):
    done = smallfio("stats", *args, cwd=cwd)
    assert done.returncode == code, (
        f"exit {done.returncode}, expected {code}: {args}\n{done.stderr}")
    return done


def write(path, text):
    with open(path, "w", newline="") as f:
        f.write(text)


def readme_logs(directory):
    """Writes the logs of the example in smallfile's README: 2 hosts, 4
    threads, 1 to 40 s."""
    for host in ("host-21", "host-22"):
        for thread in range(1, 5):
            name = f"rsptimes_{thread:02d}_{host}.foo.com_create_1400000000.1"
            write(f"{directory}/{name}.csv",
                  "".join(f"  create, {i:9.6f}, {i:9.6f}\n"
                          for i in range(1, 41)))


def golden(name, text):
    """Compares with a golden file, in which the version is left out."""
    path = os.path.join(GOLDEN, name)
    text = re.sub(r'"smallfio": "[0-9.]+"', '"smallfio": "VERSION"', text)
    if os.environ.get("UPDATE_GOLDEN"):
        write(path, text)
    with open(path, newline="") as f:
        want = f.read()
    if text != want:
        got = text.splitlines(keepends=True)
        for i, line in enumerate(want.splitlines(keepends=True)):
            assert i < len(got), f"{name}: output ends at line {i + 1}"
            assert got[i] == line, (
                f"{name}:{i + 1}:\n     got {got[i]!r}\nexpected {line!r}")
        raise AssertionError(f"{name}: output goes on after the end")


def exact_percentile(values, percent):
    rank = Fraction(len(values) - 1) * Fraction(percent) / 100
    low = int(rank)
    high = min(low + 1, len(values) - 1)
    return values[low] + (rank - low) * (values[high] - values[low])


def exact_row(values):
    """Returns min, max, mean, stddev and percentiles of a list, exactly but
    for the stddev, which is exact to a millionth."""
    values = sorted(values)
    n = len(values)
    mean = Fraction(sum(values), n)
    spread = n * sum(v * v for v in values) - sum(values) ** 2
    stddev = None
    if n > 1:
        scale = 10 ** 12
        stddev = Fraction(isqrt(spread * scale // (n * (n - 1))), 10 ** 6)
    return ([values[0], values[-1], mean, stddev]
            + [exact_percentile(values, p) for p in PERCENTILES])


def assert_near(text, want, what):
    if want is None:
        assert text == "", f"{what}: got {text}, expected nothing"
        return
    # The printed number may be off by half a unit for rounding, and by the
    # precision of long double, which has 64 bits.
    slack = Fraction(1, 2) + Fraction(1, 1000) + want / 2 ** 62
    assert abs(int(text) - want) <= slack, f"{what}: {text}, not {float(want)}"


def check_csv(text, samples):
    """Checks every level and every column of a CSV. `samples` is {(host, fio's
    job): [ns]}."""
    rows = list(csv.DictReader(io.StringIO(text)))
    hosts = sorted({h for h, _ in samples})
    levels = {}
    for (host, job), values in samples.items():
        thread = sum(h == host and j < job for h, j in samples)
        keys = [(host, str(thread), str(job)), (host, "all", "")]
        if len(hosts) > 1:
            keys.append(("all", "all", ""))
        for key in keys:
            levels.setdefault(key, []).extend(values)
    assert len(rows) == len(levels)
    columns = (["min_ns", "max_ns", "mean_ns", "stddev_ns"]
               + [f"p{p}_ns" for p in PERCENTILES_ARG.split(",")])
    for row in rows:
        values = levels[row["host"], row["thread"], row["fio_job"]]
        assert int(row["samples"]) == len(values)
        if not values:
            assert all(row[c] == "" for c in columns)
            continue
        for column, want in zip(columns, exact_row(values)):
            assert_near(row[column], want,
                        f"{row['host']}:{row['thread']} {column}")
        few = [p for p, q in zip(PERCENTILES_ARG.split(","), PERCENTILES)
               if q < 100 and len(values) * (100 - q) < 100]
        assert row["too_few_samples_for"].split() == few


def random_values(rng, n, shape):
    draw = {
        "log-normal": lambda i: int(rng.lognormvariate(12, 2)),
        "ties": lambda i: rng.choice([1, 2, 1000]),
        "constant": lambda i: 4711,
        "descending": lambda i: (n - i) * 977,
        "extreme": lambda i: rng.choice([0, 1, 2 ** 63 - 1, 2 ** 62]),
        "large": lambda i: 2 ** 63 - 1 - i % 2,
    }[shape]
    return [draw(i) for i in range(n)]


def fio_log(values):
    return "".join(f"{i}, {v}, 1, 4096, 0\n" for i, v in enumerate(values))


def main(module):
    """Runs each test_*() of a module in a directory of its own, and prints
    TAP."""
    tests = [(name, f) for name, f in module.items()
             if name.startswith("test_")]
    print(f"1..{len(tests)}")
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        title = name.removeprefix("test_").replace("_", " ")
        tmp = tempfile.mkdtemp(prefix="smallfio-stats-")
        try:
            function(tmp)
            print(f"ok {number} - {title}")
        except Skip as reason:
            print(f"ok {number} - {title} # SKIP {reason}")
        except Exception as error:  # a broken test is a failed one
            failed += 1
            print(f"not ok {number} - {title}")
            where = traceback.extract_tb(error.__traceback__)
            for line in [*(f"line {at.lineno}: {at.line}" for at in where),
                         *f"{type(error).__name__}: {error}".splitlines()]:
                print(f"# {line}")
        finally:
            shutil.rmtree(tmp)
        sys.stdout.flush()
    return failed > 0
