#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""smallfio stats as its users see it: output to the letter, exit codes, files.

    check_stats.py SMALLFIO SOURCE_ROOT

Prints TAP. UPDATE_GOLDEN=1 in the environment rewrites the golden files.
Statistics are recomputed here in exact fractions, and by numpy if it is there.
"""
import csv
import gzip
import io
import json
import os
import pty
import random
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from fractions import Fraction
from math import isqrt

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import fio_json  # noqa: E402  (of tests/lib)
import schema  # noqa: E402

SMALLFIO = os.path.abspath(sys.argv[1])
ROOT = os.path.abspath(sys.argv[2])
HERE = os.path.join(ROOT, "tests", "postproc")
GOLDEN = os.path.join(HERE, "golden")
PERCENTILES = [0, 50, 90, 95, 99, Fraction("99.9"), 100]
PERCENTILES_ARG = "0,50,90,95,99,99.9,100"

# Computes, from a list of seconds, what smallfio prints of it.
NUMPY_PROGRAM = """
import json, numpy, sys
x = numpy.array(json.load(sys.stdin))
sd = 100 * x.std(ddof=1) / x.mean() if len(x) > 1 else float("nan")
print(json.dumps([float(v) for v in [len(x), x.min(), x.max(), x.mean(), sd] +
                  [numpy.percentile(x, p) for p in (50, 90, 95, 99)]]))
"""


class Skip(Exception):
    pass


def smallfio(*args, stdin=None, cwd=None):
    """Runs it; what a shell would see, as text."""
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
    """The example of smallfile's README: 2 hosts, 4 threads, 1 to 40 s."""
    for host in ("host-21", "host-22"):
        for thread in range(1, 5):
            name = f"rsptimes_{thread:02d}_{host}.foo.com_create_1400000000.1"
            write(f"{directory}/{name}.csv",
                  "".join(f"  create, {i:9.6f}, {i:9.6f}\n"
                          for i in range(1, 41)))


def golden(name, text):
    path = os.path.join(GOLDEN, name)
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


def test_smallfile_table_to_the_letter(tmp):
    readme_logs(tmp)
    out = stats("--format", "smallfile", "--common-hostname-suffix",
                "foo.com", tmp).stdout
    golden("readme.smallfile", out)


def test_formats_against_golden_files(tmp):
    for name in ("text", "csv", "json", "smallfile"):
        args = ["--format", name, f"{GOLDEN}/run"]
        golden(f"run.{name}", stats(*args).stdout)
        args += ["--time-interval", "0.025", "--percentiles", "50,99.9"]
        golden(f"run-intervals.{name}", stats(*args).stdout)


def exact_percentile(values, percent):
    rank = Fraction(len(values) - 1) * Fraction(percent) / 100
    low = int(rank)
    high = min(low + 1, len(values) - 1)
    return values[low] + (rank - low) * (values[high] - values[low])


def exact_row(values):
    """min, max, mean, stddev, percentiles; the stddev to a millionth."""
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
    # Half a unit from rounding, and long double's 64 bits.
    slack = Fraction(1, 2) + Fraction(1, 1000) + want / 2 ** 62
    assert abs(int(text) - want) <= slack, f"{what}: {text}, not {float(want)}"


def check_csv(text, samples):
    """samples: {(host, fio's job): [ns]}; every level, every column."""
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


def test_statistics_against_exact_fractions(tmp):
    rng = random.Random(1)
    for shape in ("log-normal", "ties", "constant", "descending", "extreme",
                  "large"):
        for sizes in ([0, 1, 2, 3], [1, 1], [0, 2], [2, 3], [257],
                      [rng.randrange(3000) for _ in range(5)],
                      [rng.randrange(100000)]):
            directory = tempfile.mkdtemp(dir=tmp)
            samples = {}
            for i, n in enumerate(sizes):
                host = f"h{i % 2}"
                values = random_values(rng, n, shape)
                samples[host, i] = values
                write(f"{directory}/op_clat.{i}.log.{host}", fio_log(values))
            out = stats("--format", "csv", "--percentiles", PERCENTILES_ARG,
                        directory).stdout
            check_csv(out, samples)


def python_with_numpy():
    """The first python3 in PATH need not be the one of the distribution."""
    for python in (sys.executable, "/usr/bin/python3"):
        if not subprocess.run([python, "-c", "import numpy"],
                              capture_output=True).returncode:
            return python
    raise Skip("no numpy (Debian: python3-numpy)")


def test_statistics_against_numpy(tmp):
    python = python_with_numpy()
    rng = random.Random(2)
    for n in (1, 2, 3, 10, 99, 1000, rng.randrange(100000), 100000):
        us = [rng.randrange(1, 10 ** 7) for _ in range(n)]
        write(f"{tmp}/rsptimes_00_h_read_1.csv",
              "".join(f"read, 0.0, {u / 1e6:.6f}\n" for u in us))
        out = stats("--format", "smallfile", tmp).stdout.splitlines()[1]
        want = json.loads(subprocess.run(
            [python, "-c", NUMPY_PROGRAM], text=True, check=True,
            input=json.dumps([u / 1e6 for u in us]),
            stdout=subprocess.PIPE).stdout)
        got = out.split(":all,")[1].strip(", ").split(", ")
        for text, value in zip(got, want):
            # numpy's double may fall on the other side of a half.
            assert (text == "nan" and value != value
                    or abs(float(text) - value) < 0.51e-6), (n, text, value)


def test_order_changes_nothing(tmp):
    rng = random.Random(3)
    paths = []
    for i in range(6):
        values = random_values(rng, 500, "log-normal")
        paths.append(f"{tmp}/op_clat.{i}.log")
        write(paths[-1], fio_log(values))
    want = stats("--format", "json", *paths).stdout
    for path in paths:
        with open(path) as f:
            lines = f.readlines()
        rng.shuffle(lines)
        write(path, "".join(lines))
    for _ in range(5):
        rng.shuffle(paths)
        assert stats("--format", "json", *paths).stdout == want


def test_only_one_of_the_three_latency_logs(tmp):
    for kind, value in (("clat", 5), ("lat", 7), ("slat", 2)):
        write(f"{tmp}/op_{kind}.1.log", f"0, {value}, 1, 1, 0\n")
    def seen(*args):
        out = json.loads(stats("--format", "json", *args).stdout)
        assert len(out["operations"]) == 1 and out["samples"] == 1
        operation = out["operations"][0]
        return operation["latency"], operation["statistics"][0]["min_ns"]
    assert seen(tmp) == ("clat", 5)
    assert seen("--latency", "lat", tmp) == ("lat", 7)
    assert seen("--latency", "slat", tmp) == ("slat", 2)
    os.unlink(f"{tmp}/op_clat.1.log")
    assert seen(tmp) == ("lat", 7)
    assert "no clat logs" in stats(tmp).stderr
    write(f"{tmp}/op_clat.1.log", "")
    assert seen(tmp) == ("lat", 7)
    stats("--latency", "clat", tmp, code=4)
    write(f"{tmp}/op_clat.1.log", "0, 5, 1, 1, 0\n")
    assert stats(tmp).stderr == ""
    write(f"{tmp}/op_lat.2.log", "0, 5, 1, 1, 0\n")
    assert "has no clat log: " + f"{tmp}/op_lat.2.log" in stats(tmp).stderr


def test_a_file_named_twice_counts_once(tmp):
    log = f"{tmp}/op_clat.1.log"
    write(log, fio_log([1, 2, 3]))
    once = stats("--format", "csv", log).stdout
    twice = stats("--format", "csv", log, tmp, log)
    assert twice.stdout == once
    assert twice.stderr.count("read once") == 2
    os.symlink(log, f"{tmp}/op_clat.9.log")
    linked = stats("--format", "csv", tmp)
    assert linked.stdout == once
    assert "is the same file as" in linked.stderr


def test_two_logs_of_one_thread_are_refused(tmp):
    for run in ("run1", "run2"):
        os.mkdir(f"{tmp}/{run}")
        write(f"{tmp}/{run}/op_clat.1.log", fio_log([1, 2]))
    error = stats(f"{tmp}/run1", f"{tmp}/run2", code=3).stderr
    assert "operation op, host localhost, fio job 1" in error
    assert "run1" in error and "run2" in error
    for start in (1, 2):
        write(f"{tmp}/rsptimes_00_h_create_{start}.csv", "create, 0, 1\n")
    assert "thread 0" in stats(tmp, code=3).stderr
    # The suffix makes two hosts one.
    os.mkdir(f"{tmp}/hosts")
    for host in ("h", "h.foo.com"):
        write(f"{tmp}/hosts/op_clat.1.log.{host}", fio_log([1]))
    stats(f"{tmp}/hosts")
    stats("--common-hostname-suffix", "foo.com", f"{tmp}/hosts", code=3)


def test_operations_are_never_mixed(tmp):
    write(f"{tmp}/mix_clat.1.log", "0, 5, 0, 1, 0\n0, 9, 1, 1, 0\n")
    write(f"{tmp}/smallfile-create_clat.2.log", "0, 7, 1, 1, 0\n")
    write(f"{tmp}/rsptimes_00_h_create_1.csv", "create, 0, 1\n")
    out = json.loads(stats("--format", "json", tmp).stdout)
    names = [(o["operation"], o["latency"]) for o in out["operations"]]
    assert names == [("create", "clat"), ("create", "response"),
                     ("mix:read", "clat"), ("mix:write", "clat")], names


def threads(*args):
    """[(operation, host, thread, fio_job)] as each format that says so has it."""
    out = json.loads(stats("--format", "json", *args).stdout)
    rows = [(o["operation"], r["host"], r["thread"], r["fio_job"])
            for o in out["operations"] for r in o["statistics"]
            if r["level"] == "thread"]
    table = stats("--format", "csv", *args).stdout
    lines = [tuple(r[c] for c in ("operation", "host", "thread", "fio_job"))
             for r in csv.DictReader(io.StringIO(table))
             if r["level"] == "thread"]
    assert lines == [tuple("" if v is None else str(v) for v in r)
                     for r in rows]
    return rows


def test_threads_are_numbered_by_operation_and_host(tmp):
    # fio counts jobs through the run; the trees are thrd_00, thrd_01, ...
    for name in ("fill_clat.1.log", "fill_clat.2.log", "stat_clat.10.log",
                 "stat_clat.9.log", "stat_clat.3.log.node1",
                 "stat_clat.log.node2"):
        write(f"{tmp}/{name}", fio_log([1]))
    assert threads(tmp) == [
        ("fill", "localhost", 0, 1), ("fill", "localhost", 1, 2),
        ("stat", "localhost", 0, 9), ("stat", "localhost", 1, 10),
        ("stat", "node1", 0, 3), ("stat", "node2", None, None)]
    text = stats(tmp).stdout
    for row in ("localhost *00 ", "localhost *01 ", "node1 *00 ",
                "node2 *- "):
        assert re.search(f"^{row}", text, re.M), text
    assert "node1:00,1," in stats("--format", "smallfile", tmp).stdout


def test_threads_of_a_job_that_reads_and_writes(tmp):
    # Which directions a job happened to take does not change its number.
    write(f"{tmp}/mix_clat.5.log", "0, 5, 0, 1, 0\n")
    write(f"{tmp}/mix_clat.6.log", "0, 5, 0, 1, 0\n0, 9, 1, 1, 0\n")
    write(f"{tmp}/mix_clat.7.log", "0, 9, 1, 1, 0\n")
    assert threads(tmp) == [
        ("mix:read", "localhost", 0, 5), ("mix:read", "localhost", 1, 6),
        ("mix:write", "localhost", 1, 6), ("mix:write", "localhost", 2, 7)]


def test_threads_of_smallfile_keep_their_number(tmp):
    for thread in (3, 17):
        write(f"{tmp}/rsptimes_{thread:02d}_h_create_1.csv", "create, 0, 1\n")
    assert threads(tmp) == [("create", "h", 3, None), ("create", "h", 17, None)]
    assert re.search("^h *03 ", stats(tmp).stdout, re.M)


def test_directories(tmp):
    os.mkdir(f"{tmp}/empty")
    assert "found none" in stats(f"{tmp}/empty", code=3).stderr
    write(f"{tmp}/op_clat.1.log", fio_log([1]))
    for other in ("op_bw.1.log", "op_clat_hist.1.log", "out.json", "x", "y"):
        write(f"{tmp}/{other}", "")
    note = stats(tmp + "///").stderr
    assert "empty, op_bw.1.log, out.json and 2 more" in note, note
    write(f"{tmp}/op_clat.2.log.fz", "")
    assert "--inflate-log" in stats(tmp, code=3).stderr


def zstd_frame(data):
    """Stored, not compressed, in blocks of 100 KB: RFC 8878, 3.1.1."""
    blocks = [data[i:i + 100000] for i in range(0, len(data), 100000)]
    out = struct.pack("<IBB", 0xfd2fb528, 0, 0x38)  # a window of 128 KiB
    for i, block in enumerate(blocks):
        last = i + 1 == len(blocks)
        out += struct.pack("<I", len(block) << 3 | last)[:3] + block
    return out


def test_content_tells_what_a_file_is(tmp):
    write(f"{tmp}/copy.txt", fio_log([1, 2]))
    write(f"{tmp}/responses", "create, 0, 1\n")
    write(f"{tmp}/notes.txt", "hello\n")
    done = stats("--format", "json", tmp)
    out = json.loads(done.stdout)
    assert [o["operation"] for o in out["operations"]] == ["copy", "create"]
    assert f"localhost and thread 00: {tmp}/copy.txt" in done.stderr
    assert "no latency logs: notes.txt" in done.stderr
    error = stats(f"{tmp}/notes.txt", code=3).stderr
    assert f"{tmp}/notes.txt:1:1: expected fio's latency" in error
    with open(f"{tmp}/binary", "wb") as f:
        f.write(b"\x7fELF\x02\x01\0\n{\n")
    assert "found \"\\x7fELF" in stats(f"{tmp}/binary", code=3).stderr
    # The content wins over the name.
    os.rename(f"{tmp}/responses", f"{tmp}/read_clat.1.log.node_1")
    assert threads(f"{tmp}/read_clat.1.log.node_1") == [
        ("create", "node_1", 0, 1)]
    write(f"{tmp}/rsptimes_03_node_stat_1.csv", fio_log([1]))
    assert threads(f"{tmp}/rsptimes_03_node_stat_1.csv") == [
        ("stat", "node", 3, None)]
    for name in ("x_bw.1.log", "x_iops.2.log.host"):
        write(f"{tmp}/{name}", fio_log([1]))
        assert "by its name holds" in stats(f"{tmp}/{name}", code=3).stderr


def test_names_that_say_nothing_never_merge(tmp):
    for i in "ab":
        os.mkdir(f"{tmp}/{i}")
        write(f"{tmp}/{i}/latency.txt", fio_log([1]))
        write(f"{tmp}/{i}/times.txt", "read, 0, 1\n")
    assert threads(f"{tmp}/a", f"{tmp}/b") == [
        ("latency", "localhost", 0, None), ("latency", "localhost", 1, None),
        ("read", "localhost", 0, None), ("read", "localhost", 1, None)]
    # One of them is called what the other's default is.
    write(f"{tmp}/rsptimes_00_localhost_read_1.csv", "read, 0, 1\n")
    error = stats(f"{tmp}/a/times.txt", f"{tmp}/rsptimes_00_localhost_read_1.csv",
                  code=3).stderr
    assert "found a second" in error, error


def test_packed_logs(tmp):
    log = fio_log(range(50000)).encode()
    plain = f"{tmp}/op_clat.1.log.h"
    write(plain, log.decode())
    want = stats("--format", "json", plain).stdout
    for suffix, packed in (
            (".gz", gzip.compress(log)),
            (".gz", gzip.compress(log[:1000]) + gzip.compress(log[1000:])),
            (".zst", zstd_frame(log)),
            (".zst", zstd_frame(log[:1000]) + zstd_frame(log[1000:]))):
        path = plain + suffix
        with open(path, "wb") as f:
            f.write(packed)
        done = smallfio("stats", "--format", "json", path)
        if "built without the library" in done.stderr:
            raise Skip("built without zlib or libzstd")
        assert done.stdout == want, done.stderr
        with open(path) as f:
            piped = subprocess.run([SMALLFIO, "stats", "--format", "json",
                                    "-"], stdin=f, capture_output=True,
                                   text=True)
        assert piped.returncode == 0, piped.stderr
        assert '"operation":"pipe"' in piped.stdout.replace(" ", "")
        for damaged, says in (
                (packed[:len(packed) // 2], "the end of the file"),
                (packed[:50] + b"\xff" * 40 + packed[90:], "expected")):
            with open(path, "wb") as f:
                f.write(damaged)
            error = stats(path, code=3).stderr
            assert says in error and path in error, error
        os.unlink(path)
    for magic, says in ((b"\xfd7zXZ\0", "xz -dk"), (b"BZh91AY", "bzip2 -dk"),
                        (b"\x78\x9c\x01", "--inflate-log")):
        with open(plain, "wb") as f:
            f.write(magic)
        assert says in stats(plain, code=3).stderr


def test_pipes(tmp):
    log = fio_log([5, 6, 7])
    shell = ["bash", "-c", f"\"$0\" stats --format json <(printf '{log}') "
             f"<(printf '{log}') - /dev/stdin", SMALLFIO]
    done = subprocess.run(shell, input=log, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    assert out["samples"] == 9
    assert "/dev/stdin is the same pipe as -" in done.stderr
    rows = out["operations"][0]["statistics"]
    assert [r["thread"] for r in rows[1:]] == [0, 1, 2]
    done = subprocess.run([SMALLFIO, "stats", "-"], input="", text=True,
                          capture_output=True)
    assert done.returncode == 3 and "found an empty file" in done.stderr


def bin_of(ns):
    """fio's stat.c, plat_val_to_idx()."""
    msb = max(ns.bit_length() - 1, 0)
    if msb <= 6:
        return ns
    shift = msb - 6
    return min((shift + 1) * 64 + ((ns >> shift) & 63), 1855)


def bin_bounds(first, coarseness):
    def low(i):
        return i if i < 128 else (64 + i % 64) << (i // 64 - 1)
    return low(first), low(first + (1 << coarseness)) - 1


def hist_log(values, coarseness, lines=3):
    """As fio writes it, in `lines` stretches of a second."""
    out = ""
    for i in range(lines):
        counts = [0] * (1856 >> coarseness)
        for value in values[i::lines]:
            counts[bin_of(value) >> coarseness] += 1
        out += f"{i * 1000}, 1, 4096, {', '.join(map(str, counts))}\n"
    return out


def test_histogram_logs_within_their_bounds(tmp):
    rng = random.Random(7)
    for shape in ("log-normal", "ties", "constant", "descending"):
        for coarseness in range(7):
            logs, values = [], []
            for i in range(3):
                now = random_values(rng, rng.randrange(1, 400), shape)
                logs.append(f"{tmp}/op_clat_hist.{i}.log")
                write(logs[-1], hist_log(now, coarseness))
                values += now
            out = json.loads(stats("--format", "json", "--percentiles",
                                   PERCENTILES_ARG, *logs).stdout)
            row = out["operations"][0]["statistics"][0]
            assert row["samples"] == len(values) == out["samples"]
            assert out["operations"][0]["latency"] == "clat_hist"
            values.sort()
            for p, printed in zip(PERCENTILES, row["percentiles"]):
                rank = Fraction(len(values) - 1) * p / 100
                ends = [bin_bounds(bin_of(values[r]) >> coarseness
                                   << coarseness, coarseness)
                        for r in (int(rank), min(int(rank) + 1,
                                                 len(values) - 1))]
                got = printed["latency_ns"]
                assert ends[0][0] - 1 <= got <= ends[1][1] + 1, (
                    shape, coarseness, p, got, ends)
            again = stats("--format", "json", "--percentiles",
                          PERCENTILES_ARG, *reversed(logs)).stdout
            assert json.loads(again) == out


def test_histogram_logs_over_time_and_beside_others(tmp):
    write(f"{tmp}/op_clat_hist.1.log", hist_log([10, 20, 30, 10, 20, 30], 0))
    out = json.loads(stats("--format", "json", "--time-interval", "1",
                           tmp).stdout)
    intervals = out["operations"][0]["intervals"]
    assert [i["statistics"][0]["percentiles"][0]["latency_ns"]
            for i in intervals] == [10, 20, 30]
    # Each operation counts once.
    write(f"{tmp}/op_clat.1.log", fio_log([1]))
    assert json.loads(stats("--format", "json", tmp).stdout)["samples"] == 1
    out = stats("--format", "json", "--latency", "clat_hist", tmp).stdout
    assert json.loads(out)["samples"] == 6


def test_exit_codes_and_messages(tmp):
    log = f"{tmp}/op_clat.1.log"
    for args, says in (
            ([], "expected a log"),
            (["--nonsense", tmp], "--nonsense is no option"),
            (["--percentiles", "101", tmp], "--percentiles: column 1"),
            (["--percentiles", "50,", tmp], "column 4"),
            (["--time-interval", "0", tmp], "0.001 or more"),
            (["--time-interval", "1x", tmp], "\"1x\""),
            (["--latency", "rlat", tmp], "slat or clat_hist"),
            (["--format", "xml", tmp], "text, csv, json or smallfile"),
            (["-o"], "needs a value"),
            (["-o", "", tmp], "file name")):
        error = stats(*args, code=2).stderr
        assert says in error and "--help" in error, error
    assert smallfio().returncode == 2
    assert "is no command" in smallfio("nonsense").stderr
    assert "cannot open" in stats(log, code=3).stderr
    write(log, "")
    assert "found none" in stats(log, code=4).stderr
    error = stats(__file__, code=3).stderr
    assert f"{__file__}:1:1: expected fio's latency" in error, error
    write(log, "0, 5, 1, 1, 0\n1, x, 1, 1, 0\n")
    error = stats(log, code=3).stderr
    assert f"{log}:2:4: expected a latency in ns, found \"x\"" in error, error
    write(log, "0, 5, 1, 1, 0\n1, 5, 1")
    assert f"{log}:2:8: " in stats(log, code=3).stderr
    with open("/dev/full", "w") as full:
        done = subprocess.run([SMALLFIO, "stats", f"{GOLDEN}/run"],
                              stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 3 and "cannot write" in done.stderr


def test_of_several_bad_logs_the_first_is_named(tmp):
    paths = []
    for i in range(8):
        paths.append(f"{tmp}/op_clat.{i}.log")
        write(paths[-1], "0, 5, 1, 1, 0\nbad\n")
    for _ in range(5):
        assert f"{paths[3]}:2:1:" in stats(*paths[3:], code=3).stderr


def test_unreadable_log(tmp):
    log = f"{tmp}/op_clat.1.log"
    write(log, fio_log([1]))
    os.chmod(log, 0)
    # Root without the right to read everything.
    drop = "-dac_override,-dac_read_search"
    command = [] if os.getuid() else ["setpriv", f"--bounding-set={drop}",
                                      f"--inh-caps={drop}"]
    done = subprocess.run([*command, SMALLFIO, "stats", log],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 3, done.returncode
    assert "Permission denied" in done.stderr, done.stderr


def test_output_file_whole_or_not_at_all(tmp):
    out = f"{tmp}/out/result.csv"
    os.mkdir(f"{tmp}/out")
    args = ["--format", "csv", "-o", out, f"{GOLDEN}/run"]
    assert stats(*args).stdout == ""
    with open(out) as f:
        before = f.read()
    assert before == stats("--format", "csv", f"{GOLDEN}/run").stdout
    write(f"{tmp}/bad_clat.1.log", "bad\n")
    stats("--format", "csv", "-o", out, f"{tmp}/bad_clat.1.log", code=3)
    with open(out) as f:
        assert f.read() == before
    assert os.listdir(f"{tmp}/out") == ["result.csv"]
    error = stats("-o", f"{tmp}/no/such", f"{GOLDEN}/run", code=3).stderr
    assert "cannot write" in error
    # A file size limit stands in for a full disk.
    done = subprocess.run(
        ["sh", "-c", "ulimit -f 1; trap '' XFSZ; exec \"$@\"", "sh",
         SMALLFIO, "stats", "--format", "json", "-o", out, f"{GOLDEN}/run"],
        capture_output=True, text=True)
    assert done.returncode == 3, done
    with open(out) as f:
        assert f.read() == before
    assert os.listdir(f"{tmp}/out") == ["result.csv"]


def test_text_fits_100_columns_for_64_threads(tmp):
    rng = random.Random(4)
    for host in ("n" * 90 + "1", "storage-node-07.cluster.example.com"):
        for i in range(1, 65):
            write(f"{tmp}/create_clat.{i}.log.{host}",
                  fio_log(random_values(rng, 50, "log-normal")))
    lines = stats(tmp).stdout.splitlines()
    # Below the table: fairness, slowest threads and hosts, outliers.
    assert len(lines) == 2 + 1 + 2 + 128 + 4 + 2
    assert max(map(len, lines)) <= 100, max(lines, key=len)
    table = [line for line in lines[1:-6]]
    assert len({len(line) for line in table}) == 1, "columns do not align"


def test_time_intervals(tmp):
    write(f"{tmp}/op_clat.1.log",
          "0, 1, 1, 1, 0\n999, 2, 1, 1, 0\n1000, 3, 1, 1, 0\n"
          "3500, 4, 1, 1, 0\n500, 5, 1, 1, 0\n")
    write(f"{tmp}/op_clat.2.log", "1999, 6, 1, 1, 0\n")
    out = json.loads(stats("--format", "json", "--time-interval", "1",
                           tmp).stdout)
    operation = out["operations"][0]
    starts = [i["start_ns"] for i in operation["intervals"]]
    assert starts == [0, 10 ** 9, 2 * 10 ** 9, 3 * 10 ** 9]
    counts = [[s["samples"] for s in i["statistics"]]
              for i in operation["intervals"]]
    # host, thread 1, thread 2
    assert counts == [[3, 3, 0], [2, 1, 1], [0, 0, 0], [1, 1, 0]], counts
    assert operation["intervals"][0]["statistics"][0]["max_ns"] == 5
    assert operation["statistics"][0]["samples"] == 6
    write(f"{tmp}/op_clat.3.log", "1700000000000, 6, 1, 1, 0\n")
    error = stats("--time-interval", "1", tmp, code=3).stderr
    assert "since 1970" in error
    stats(tmp)
    os.unlink(f"{tmp}/op_clat.1.log")
    os.unlink(f"{tmp}/op_clat.2.log")
    write(f"{tmp}/op_clat.4.log", "1700000001500, 6, 1, 1, 0\n")
    out = stats("--format", "csv", "--time-interval", "1", tmp).stdout
    starts = {row["interval_start_ns"]
              for row in csv.DictReader(io.StringIO(out))}
    assert starts == {"", "1700000000000000000", "1700000001000000000"}
    write(f"{tmp}/op_clat.4.log", "1800000001500, 6, 1, 1, 0\n")
    error = stats("--time-interval", "1", tmp, code=3).stderr
    assert "longer --time-interval" in error


def test_json_follows_its_schema(tmp):
    with open(f"{ROOT}/postproc/schema/stats-1.schema.json") as f:
        root = json.load(f)
    write(f"{tmp}/a_clat.1.log", "")
    write(f"{tmp}/a_clat.log.h", fio_log([0]))
    write(f"{tmp}/a_clat.7.log.h", fio_log([0, 0, 5]))
    raw = os.path.join(os.fsencode(tmp), b"\xff_clat.1.log.h\xfe")
    with open(raw, "w") as f:
        f.write(fio_log([1]))
    readme = tempfile.mkdtemp()
    readme_logs(readme)
    os.mkdir(f"{tmp}/results")
    entries = [fio_json.entry("op", [i + 1, 40 * i], options={"group_reporting": "1"} if i == 5
                              else {}, bins=i > 2) for i in range(7)]
    write(f"{tmp}/results/o", fio_json.document(entries))
    write(f"{tmp}/results/p", fio_json.document(entries[3:] + [fio_json.entry("b", [1 << 40])]))
    for args in ([tmp], [f"{GOLDEN}/run", "--time-interval", "0.01"], [f"{tmp}/results/o"],
                 [f"{tmp}/results/p"],
                 [readme, "--percentiles", "0,33.3,100"]):
        out = stats("--format", "json", *args).stdout
        schema.check(root, json.loads(out), root)
    shutil.rmtree(readme)


def test_csv_quotes_names(tmp):
    write(f"{tmp}/a,\"b\"_clat.1.log", fio_log([1]))
    out = stats("--format", "csv", tmp).stdout
    rows = list(csv.DictReader(io.StringIO(out)))
    assert rows[0]["operation"] == "a,\"b\""


def named(prefix, operation=None):
    """Options of a job that logs under this name."""
    return {"write_lat_log": prefix} | ({"operation": operation} if operation else {})


def json_rows(*args, code=0):
    """{(host, thread): row} of the only operation of a CSV."""
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
            # fio prints six decimals; a deviation of one is not told.
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
    # JSON of others beside it, even our own, is left out.
    write(f"{tmp}/b.json", want)
    again = stats("--format", "json", tmp)
    assert again.stdout == want and "b.json" in again.stderr


def test_json_without_histograms_says_what_it_cannot_give(tmp):
    values = [[100, 200, 300], [400, 500]]
    write(f"{tmp}/o", fio_json.document([fio_json.entry("op", v, bins=False) for v in values]))
    done = stats("--format", "json", f"{tmp}/o")
    assert "no percentiles" in done.stderr and "json+" in done.stderr
    operation = json.loads(done.stdout)["operations"][0]
    assert operation["source"] == "figures"
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
    assert names() == [("create", 2), ("fourth", 1), ("stat", 1)]
    assert names("--by", "job") == [("first", 1), ("fourth", 1), ("second", 1), ("third", 1)]
    both = fio_json.entry("rw", [5])
    both["read"] = fio_json.side([7, 8])
    write(f"{tmp}/o", fio_json.document([both]))
    assert names() == [("rw:read", 1), ("rw:write", 1)]
    grouped = fio_json.entry("g", [5, 6], options={"group_reporting": ""})
    write(f"{tmp}/o", fio_json.document([grouped]))
    assert "1 group," in stats(f"{tmp}/o").stdout
    stats("--by", "host", f"{tmp}/o", code=2)


def test_two_servers_of_one_host(tmp):
    entries = [fio_json.entry("op", [i + 1], host="h", port=8765 + i % 2) for i in range(4)]
    write(f"{tmp}/o", fio_json.document(entries, clients=True))
    rows = json_rows(f"{tmp}/o")
    assert {h for h, _ in rows} == {"all", "h:8765", "h:8766"}
    write(f"{tmp}/p", fio_json.document(entries, clients=True))
    assert "in another file" in stats(f"{tmp}/o", f"{tmp}/p", code=3).stderr


def cluster_with_logs(tmp, values, clients=True):
    """values: {(host, fio's job): [ns]}; logs and their JSON+."""
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
        # The samples are the statistics; nothing is counted twice.
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
    # Within the same bins no histogram can tell.
    write(log, fio_log(good[:49] + [good[49] + 1] + good[50:]))
    stats(tmp)
    os.unlink(log)
    differs(tmp, "host h1, job smallfile-create: no log, but 100 samples in")


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
    # per_job_logs=0: one log of several entries.
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
    # A log that no job tells of may be that of job b.
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
        assert abs(s["fairness_threads"] - jain(medians.values())) < 1e-9
        hosts = {h: sum(m for (g, _), m in medians.items() if g == h) / 4 for h in ("h0", "h1")}
        assert abs(s["fairness_hosts"] - jain(hosts.values())) < 1e-9
        assert [h["host"] for h in s["slowest_hosts"]] == ["h1", "h0"]
        assert [(t["host"], t["thread"]) for t in s["slowest_threads"]] == [
            ("h1", 3), ("h0", 3), ("h1", 2)]
        assert [(o["host"], o["thread"], o["median_ns"]) for o in s["outliers"]] == [
            ("h1", 3, 4 * 1049)]
        m = sorted(medians.values())
        m = (m[3] + m[4]) / 2
        mad = sorted(abs(v - m) for v in medians.values())
        mad = (mad[3] + mad[4]) / 2
        assert abs(s["outliers"][0]["score"] - 0.6745 * (4 * 1049 - m) / mad) < 1e-6
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
    lines = stats(f"{tmp}/o").stdout.splitlines()
    assert max(map(len, lines)) <= 100, max(lines, key=len)
    assert len({len(line) for line in lines[1:67]}) == 1, "columns do not align"


def test_every_option_is_in_the_man_page(tmp):
    with open(f"{ROOT}/man/smallfio.1") as f:
        page = f.read().replace("\\-", "-").replace("\\", "")
    texts = [smallfio("--help").stdout, stats("--help").stdout]
    options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", "".join(texts)))
    assert len(options) > 8
    for option in options:
        assert option in page, f"{option} is not in man/smallfio.1"
    in_page = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", page))
    fio = {"--directory"}
    assert in_page - fio <= options, in_page - fio - options
    for name in re.findall(r"^  (\w+) +\w", texts[0], re.M):
        assert f"smallfio {name}" in page
    assert smallfio("--version").stdout.startswith("smallfio ")


def test_examples_of_the_documentation(tmp):
    with open(f"{ROOT}/docs/results.md") as f:
        page = f.read()
    with open(f"{GOLDEN}/run.text") as f:
        assert f.read() in page
    with open(f"{GOLDEN}/run-intervals.text") as f:
        assert f.read().split("\n\n")[1] in page
    os.mkdir(f"{tmp}/run1")
    write(f"{tmp}/run1/smallfile-create_clat.1.log", "0, 5, 1, 1, 0\n1, x\n")
    assert stats("run1", cwd=tmp, code=3).stderr in page


def test_progress_only_on_a_terminal_and_only_after_a_second(tmp):
    fifo = f"{tmp}/op_clat.1.log"
    os.mkfifo(fifo)

    def feed():
        with open(fifo, "w") as f:
            for i in range(8):
                f.write(fio_log([i]) * 1000)
                f.flush()
                time.sleep(0.2)

    def run_on(stderr):
        feeder = threading.Thread(target=feed)
        feeder.start()
        code = subprocess.run([SMALLFIO, "stats", fifo], stderr=stderr,
                              stdout=subprocess.DEVNULL).returncode
        feeder.join()
        assert code == 0
    ours, theirs = pty.openpty()
    run_on(theirs)
    seen = ""
    while select.select([ours], [], [], 2)[0] and "\033[K" not in seen:
        seen += os.read(ours, 65536).decode()
    assert "reading logs" in seen and seen.endswith("\r\033[K"), seen
    with open(f"{tmp}/stderr", "w+") as f:
        run_on(f)
        f.seek(0)
        assert f.read() == ""


def main():
    tests = [(name, f) for name, f in globals().items()
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
            for line in f"{type(error).__name__}: {error}".splitlines():
                print(f"# {line}")
        finally:
            shutil.rmtree(tmp)
        sys.stdout.flush()
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
