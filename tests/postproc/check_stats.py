#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio stats as its users see it: output to the letter, exit codes, files.

    check_stats.py SMALLFIO SOURCE_ROOT

Prints TAP. Statistics are computed again in exact fractions, and by numpy if it is installed.
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
from fractions import Fraction

import fio_json
import schema
import fio_json
from stats_lib import (SMALLFIO, ROOT, GOLDEN, PERCENTILES, PERCENTILES_ARG, Skip,
                       smallfio, stats, write, check_csv, random_values, fio_log, main,
                       readme_logs, golden)

NUMPY_PROGRAM = """
import json, numpy, sys
x = numpy.array(json.load(sys.stdin))
sd = 100 * x.std(ddof=1) / x.mean() if len(x) > 1 else float("nan")
print(json.dumps([float(v) for v in [len(x), x.min(), x.max(), x.mean(), sd] +
                  [numpy.percentile(x, p) for p in (50, 90, 95, 99)]]))
"""


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
    """Returns a python3 that has numpy. The first one in PATH need not be the distribution's."""
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
            # numpy computes in double precision, and may round the other way.
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
    # Without the suffix the names of two hosts are the same.
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
    assert names == [("mix:read", "clat"), ("mix:write", "clat"),
                     ("create", "clat"), ("create", "response")], names


def test_operations_are_in_the_order_of_the_run(tmp):
    def order(*paths):
        text = stats(*paths).stdout
        rows = stats("--format", "csv", *paths).stdout
        names = re.findall(r"^(\w[\w:]*): \d+ host", text, re.M)
        of_csv = [r["operation"] for r in csv.DictReader(io.StringIO(rows))]
        assert list(dict.fromkeys(of_csv)) == names, (of_csv, names)
        return names

    for i in "abcd":
        os.mkdir(f"{tmp}/{i}")
    # fio numbers jobs through all sections, so the numbers tell the order. 10 comes after 9.
    for name in ("stat_clat.1.log", "create_clat.9.log", "chmod_clat.10.log",
                 "append_clat.10.log.h1"):
        write(f"{tmp}/a/{name}", fio_log([1]))
    assert order(f"{tmp}/a") == ["stat", "create", "append", "chmod"]
    # smallfile's logs have the time of their begin in their names.
    for name, start in (("read", "1400000000.50"), ("append", "1400000002.25"),
                        ("create", "1399999999.00")):
        write(f"{tmp}/b/rsptimes_00_h_{name}_{start}.csv", f"{name}, 0, 1\n")
    assert order(f"{tmp}/b") == ["create", "read", "append"]
    # If nothing is known of the order, it is that of the command line and of the lines in a log.
    write(f"{tmp}/c/zip.txt", fio_log([1]))
    write(f"{tmp}/c/copy.txt", fio_log([1]))
    write(f"{tmp}/c/times.txt", "stat, 0, 1\nread, 0, 1\n")
    assert order(f"{tmp}/c/zip.txt", f"{tmp}/c/copy.txt", f"{tmp}/c/times.txt") == [
        "zip", "copy", "stat", "read"]
    # A number after "_" is no time in other names, nor in that of a directory.
    os.mkdir(f"{tmp}/run_1")
    for name in ("zip.txt", "copy.txt"):
        write(f"{tmp}/run_1/{name}", fio_log([1]))
    for name in ("times", "times_2.csv"):
        write(f"{tmp}/run_1/{name}", "stat, 0, 1\nread, 0, 1\n")
        assert order(*(f"{tmp}/run_1/{n}" for n in (
            "zip.txt", "copy.txt", name))) == ["zip", "copy", "stat", "read"]
    # If there is JSON, its order counts.
    sections = ("rename", "create", "mkdir")
    write(f"{tmp}/d/out.json", fio_json.document(
        [fio_json.entry(s, [10, 20], options={"write_lat_log": s}) for s in sections]))
    assert order(f"{tmp}/d") == list(sections)
    for i, s in enumerate(sections, 1):
        write(f"{tmp}/d/{s}_clat.{i}.log", fio_log([10, 20]))
    assert order(f"{tmp}/d") == list(sections)


def threads(*args):
    """Returns [(operation, host, thread, fio_job)]. JSON and CSV must have the same."""
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
    # fio numbers jobs through the whole run. Threads are numbered from 00 in each operation, as
    # their trees are: thrd_00, thrd_01, ...
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
    # A thread has its number whichever directions it read or wrote in.
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
    assert "found neither" in stats(f"{tmp}/empty", code=3).stderr
    write(f"{tmp}/op_clat.1.log", fio_log([1]))
    for other in ("op_bw.1.log", "op_clat_hist.1.log", "out.json", "x", "y"):
        write(f"{tmp}/{other}", "")
    note = stats(tmp + "///").stderr
    assert "empty, op_bw.1.log, out.json and 2 more" in note, note
    write(f"{tmp}/op_clat.2.log.fz", "")
    assert "--inflate-log" in stats(tmp, code=3).stderr


def zstd_frame(data):
    """Returns a zstd frame whose data is stored without compression, in blocks of 100 KB
    (RFC 8878, 3.1.1)."""
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
    # If name and content disagree, the content counts.
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
    # One log has the operation, host and thread that the other gets by default.
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
    """Returns the bin of a latency, as plat_val_to_idx() in fio's stat.c does."""
    msb = max(ns.bit_length() - 1, 0)
    if msb <= 6:
        return ns
    shift = msb - 6
    return min((shift + 1) * 64 + ((ns >> shift) & 63), 1855)


def hist_log(values, coarseness, lines=3):
    """Returns a histogram log as fio writes it, with `lines` lines a second apart."""
    out = ""
    for i in range(lines):
        counts = [0] * (1856 >> coarseness)
        for value in values[i::lines]:
            counts[bin_of(value) >> coarseness] += 1
        out += f"{i * 1000}, 1, 4096, {', '.join(map(str, counts))}\n"
    return out


def test_histogram_logs_over_time_and_beside_others(tmp):
    write(f"{tmp}/op_clat_hist.1.log", hist_log([10, 20, 30, 10, 20, 30], 0))
    out = json.loads(stats("--format", "json", "--time-interval", "1",
                           tmp).stdout)
    intervals = out["operations"][0]["intervals"]
    assert [i["statistics"][0]["percentiles"][0]["latency_ns"]
            for i in intervals] == [10, 20, 30]
    # A latency log beside a histogram log: each operation counts once.
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
            (["--format", "xml", tmp], "text, csv, json, smallfile"),
            (["-o"], "needs a value"),
            (["-o", "", tmp], "expected FILE, found nothing")):
        error = stats(*args, code=2).stderr
        assert says in error and "--help" in error, error
    assert smallfio().returncode == 2
    unknown = smallfio("stat")
    assert unknown.returncode == 2
    assert unknown.stderr.startswith("smallfio: stat is no command; did you mean stats? There are "
                                     "run, stats, result, "), unknown.stderr
    assert len(unknown.stderr.splitlines()) == 2, unknown.stderr
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
    # root is run without the right to read everything.
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
    # A limit on the size of files stands in for a full disk.
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
    short = stats(tmp).stdout.splitlines()
    assert len(short) < 20 and "128 threads: --verbose" in short, short
    lines = stats("-v", tmp).stdout.splitlines()
    # Below the table are fairness, slowest threads and hosts, and outliers.
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
    # Each row: samples of the host, of thread 1, of thread 2.
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
        schema.follows(ROOT, json.loads(out))
    shutil.rmtree(readme)


def test_csv_quotes_names(tmp):
    write(f"{tmp}/a,\"b\"_clat.1.log", fio_log([1]))
    out = stats("--format", "csv", tmp).stdout
    rows = list(csv.DictReader(io.StringIO(out)))
    assert rows[0]["operation"] == "a,\"b\""


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
    version = smallfio("--version").stdout
    assert re.match(r"smallfio [0-9.]+\ncommit: .+\nengines built for: .+\n"
                    r"libraries: jansson [0-9.]+, SQLite [0-9.]+.*"
                    r"(, liburing [0-9.]+|; liburing is older .*)\n$", version), version


def test_help_as_a_word_and_as_an_option(tmp):
    """`smallfio help` and the like work, which people try who know git."""
    general = smallfio("--help").stdout
    for args in (["help"], ["-h"], ["help", "help"], ["help", "--help"]):
        done = smallfio(*args)
        assert (done.returncode, done.stdout, done.stderr) == (0, general, ""), args
    commands = re.findall(r"^  (\w+) +\w", general, re.M)
    assert len(commands) == 13, commands
    for words in [[name] for name in commands] + [["gate", "calibrate"], ["gate", "selftest"]]:
        want = smallfio(*words, "--help")
        assert want.returncode == 0 and want.stdout.startswith("usage: "), words
        assert smallfio("help", *words).stdout == want.stdout, words
    for args in (["-V"], ["version"]):
        assert smallfio(*args).stdout == smallfio("--version").stdout, args
    unknown = smallfio("help", "stat")
    assert unknown.returncode == 2 and unknown.stdout == ""
    assert "did you mean stats? There are run, stats, " in unknown.stderr


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


if __name__ == "__main__":
    sys.exit(main(globals()))
