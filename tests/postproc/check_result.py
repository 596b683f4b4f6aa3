#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio result as its users see it. Prints TAP.

    check_result.py SMALLFIO SOURCE_ROOT

Runs are made up here, thread by thread, and written as fio writes them. The
expected figures are computed in exact fractions from the threads, and not from
the files.
"""
import csv
import gzip
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from fractions import Fraction

import fio_json
import schema
import tap

SMALLFIO = os.path.abspath(sys.argv[1])
ROOT = os.path.abspath(sys.argv[2])
EPOCH_MS = 1_700_000_000_000
MIB = 1 << 20


class Thread:
    """A thread whose operations end at `ends_ms`. The first took
    `first_ns`."""

    def __init__(self, ends_ms, first_ns=1_000_000, size=4096, error=0,
                 logged=None):
        self.ends_ms, self.first_ns, self.size = ends_ms, first_ns, size
        self.error = error
        self.logged = ends_ms if logged is None else logged

    @property
    def start_ns(self):
        return (EPOCH_MS + self.ends_ms[0]) * 10**6 - self.first_ns

    @property
    def end_ns(self):
        return (EPOCH_MS + self.ends_ms[-1]) * 10**6


def latency(n):
    return {"min": 1000, "max": 9000, "mean": 5000.0, "stddev": 10.0, "N": n}


def side(ops, size, runtime_ms):
    none = {"min": 0, "max": 0, "mean": 0.0, "stddev": 0.0, "N": 0}
    return {"io_bytes": ops * size, "runtime": runtime_ms, "total_ios": ops,
            "short_ios": 0, "drop_ios": 0, "slat_ns": none,
            "clat_ns": latency(ops) if ops else none, "lat_ns": none}


def entry(job, options, thread, direction="write"):
    idle = side(0, 0, 0)
    # fio rounds the runtime to ms, from times that are more exact than the
    # log's.
    runtime = round((thread.end_ns - thread.start_ns) / 10**6)
    e = {"jobname": job, "groupid": 0, "error": thread.error,
         "job options": options,
         "read": idle, "write": idle, "trim": idle,
         "job_runtime": runtime, "usr_cpu": 1.5, "sys_cpu": 2.0}
    e[direction] = side(len(thread.ends_ms), thread.size, runtime)
    return e


class Run:
    """A directory with one run. Sections are in their order, and threads have
    fio's numbers."""

    def __init__(self, tmp, hosts=None, epoch=True, **options):
        self.dir, self.hosts, self.epoch = tmp, hosts, epoch
        self.options = {"ioengine": "fio-smallfile.so", **options}
        self.entries, self.number, self.phases = [], {}, []

    def phase(self, job, threads, **options):
        """Adds a section. `threads` is {host: [Thread, ...]}, with the host
        None in a local run."""
        self.phases.append((job, threads))
        options = {"operation": job, "write_lat_log": job, **options}
        for host, list_ in threads.items():
            for t in list_:
                e = entry(job, options, t)
                if host:
                    e |= {"hostname": host, "port": 8765}
                self.entries.append(e)
                self.number[host] = self.number.get(host, 0) + 1
                self.log(job, host, self.number[host], t)
        return self

    def log(self, job, host, number, thread):
        if thread.logged is False:
            return
        name = f"{job}_clat.{number}.log" + (f".{host}" if host else "")
        base = EPOCH_MS if self.epoch else 0
        with open(f"{self.dir}/{name}", "w") as f:
            for i, ms in enumerate(thread.logged):
                f.write(f"{base + ms}, {500 if i else thread.first_ns}, 1, "
                        f"{thread.size}, 0\n")

    def write(self, name="out.json", text_before=""):
        key = "client_stats" if self.hosts else "jobs"
        path = f"{self.dir}/{name}"
        with open(path, "w") as f:
            f.write(text_before)
            json.dump({"fio version": "fio-3.33", "timestamp": EPOCH_MS // 1000,
                       "timestamp_ms": EPOCH_MS + 5000,
                       "global options": self.options, key: self.entries},
                      f, indent=2)
            f.write("\n")
        return path


def run(*args):
    return subprocess.run([SMALLFIO, "result", *args], capture_output=True,
                          text=True, timeout=60)


def near(found, want, relative=1e-9):
    if want is None or found is None:
        return found is None and want is None
    return abs(found - float(want)) <= relative * max(1, abs(float(want)))


def expected_phase(threads):
    """Returns all figures of a phase, computed from its threads {host:
    [Thread, ...]}."""
    every = [t for list_ in threads.values() for t in list_]
    first_end = min(t.end_ns for t in every)
    starts, ends = [t.start_ns for t in every], [t.end_ns for t in every]
    walled_units, walled_rate = 0, Fraction(0)
    for t in every:
        n = sum((EPOCH_MS + ms) * 10**6 <= first_end for ms in t.ends_ms)
        walled_units += n
        if first_end > t.start_ns:
            walled_rate += Fraction(n * 10**9, first_end - t.start_ns)
    overlap = Fraction(100 * max(0, first_end - max(starts)),
                       max(ends) - min(starts))
    units = sum(len(t.ends_ms) for t in every)
    # Elapsed time is the longest of fio's runtimes, in whole ms, with and
    # without logs.
    elapsed = max(round((t.end_ns - t.start_ns) / 10**6)
                  for t in every) * 10**6
    return {
        "units": units,
        "bytes": sum(len(t.ends_ms) * t.size for t in every),
        "start_skew_ns": max(starts) - min(starts),
        "finish_skew_ns": max(ends) - min(ends),
        "overlap_percent": overlap, "first_end_ns": first_end,
        "elapsed_ns": elapsed, "rate": Fraction(units * 10**9, elapsed),
        "walled_units": walled_units, "walled_rate": walled_rate,
    }


def random_thread(rng, start, n):
    ms, ends = start, []
    for _ in range(n):
        ms += rng.choice((0, 0, 1, 1, 2, 7))
        ends.append(ms)
    return Thread(ends, first_ns=rng.randrange(1, 5_000_000),
                  size=4096)


def figures_against_fractions(t, tmp):
    rng = random.Random(7)
    for hosts in (None, ["node1", "node10", "node2"]):
        for sample in range(4):
            d = tempfile.mkdtemp(dir=tmp)
            threads = {h: [random_thread(rng, rng.randrange(50), 300)
                           for _ in range(3)] for h in hosts or [None]}
            r = Run(d, hosts, files="300", filesize="4k")
            r.phase("create", threads).write()
            done = run("--format", "json", "--min-done", "0", d)
            t.equal(done.returncode, 0, "a whole run is valid", done.stderr,
                    done.stdout)
            compare(t, json.loads(done.stdout), threads, hosts)


def compare(t, out, threads, hosts):
    want, phase = expected_phase(threads), out["phases"][0]
    all_ = phase["cluster"]
    for name in ("start_skew_ns", "finish_skew_ns", "first_end_ns"):
        t.equal(phase[name], want[name], name)
    t.ok(near(phase["overlap_percent"], want["overlap_percent"], 1e-6),
         "overlap", phase["overlap_percent"], float(want["overlap_percent"]))
    t.equal((all_["units"], all_["bytes"], all_["elapsed_ns"],
             all_["samples"], all_["requested"], all_["records"]),
            (want["units"], want["bytes"], want["elapsed_ns"],
             want["units"], want["units"], want["units"]), "sums")
    t.ok(near(all_["rates"]["units_per_s"], want["rate"], 1e-6), "rate")
    t.ok(near(all_["rates"]["mib_per_s"], want["rate"] * 4096 / MIB, 1e-6),
         "MiB/s")
    walled = all_["stonewalled"]
    t.equal(walled["units"], want["walled_units"], "stonewalled files")
    t.ok(near(walled["rates"]["units_per_s"], want["walled_rate"], 1e-6),
         "stonewalled rate", walled, float(want["walled_rate"]))
    t.equal([h["host"] for h in phase["hosts"]],
            ["node1", "node2", "node10"] if hosts else ["localhost"],
            "hosts in the order of their numbers")
    t.equal([x["thread"] for x in phase["threads"]],
            [0, 1, 2] * len(phase["hosts"]), "threads numbered by host")


def small_run(tmp, hosts=None, **options):
    """Returns a run and its threads, two a host: one ends at 200 ms, one at
    400."""
    r = Run(tempfile.mkdtemp(dir=tmp), hosts, files="100", filesize="4k",
            **options)
    fast = Thread([2 * i + 2 for i in range(100)])
    slow = Thread([4 * i + 4 for i in range(100)])
    return r, {h: [fast, slow] for h in hosts or [None]}


def fits(t, text, name):
    t.ok(max(map(len, text.splitlines())) <= 100, name, text)


def many_reasons(t, tmp):
    """If all threads have failed, the table is not below a reason for each."""
    threads = [Thread([k + 1 for k in range(90)], error=28) for _ in range(16)]
    r = Run(tempfile.mkdtemp(dir=tmp), ["h1", "h2"], files="100", filesize="4k")
    r.phase("create", {h: threads for h in ("h1", "h2")})
    path = r.write()
    brief, whole = run(path).stdout, run("-v", path).stdout
    reasons = whole.split("TOO SHORT")[0].count("\n- ")
    t.ok(reasons >= 32, "--verbose: all reasons", whole)
    shown = brief.split("TOO SHORT")[0]
    t.equal(shown.count("\n- "), 11, "ten reasons, and how many more there are", brief)
    t.contains(shown, [f"- and {reasons - 10} more: --verbose"], "counts the others")


def sixty_four_threads(t, tmp):
    """No line is longer than 100 columns, in good runs and in bad ones."""
    hosts = ["storage-node-07.cluster.example.com", "n" * 90 + "1"]
    threads = [Thread([(i + 3) * k + 1 for k in range(100)]) for i in range(32)]
    threads[7] = Thread([k + 1 for k in range(90)], error=28)
    r = Run(tempfile.mkdtemp(dir=tmp), hosts, files="100", filesize="4k")
    r.phase("create", {h: threads for h in hosts})
    path = r.write()
    write_list = f"{tmp}/hosts-of-64"
    with open(write_list, "w") as f:
        f.write("\n".join(hosts + ["another-" * 12]) + "\n")
    for name, args in (("with logs", [r.dir]), ("without", [path]),
                       ("a host missing", ["--hosts", write_list, r.dir])):
        text = run("-v", *args).stdout
        fits(t, text, f"64 threads fit 100 columns, {name}")
        # The names have lines of their own, because they are so long.
        rows = [x for x in text.splitlines() if re.match(r" +(all|\d\d) ", x)]
        t.equal(len(rows), 2 + 64, f"a line each, {name}")
        t.equal(len({len(x) for x in rows}), 1, f"columns align, {name}")
        out = json.loads(run("--format", "json", *args).stdout)
        follows_schema(t, out, f"JSON of 64 threads follows its schema, {name}")


def follows_schema(t, out, name):
    schema.follows(ROOT, out)
    t.ok(True, name)


def formats(t, tmp):
    r, threads = small_run(tmp)
    r.phase("create", threads).phase("stat", threads).write()
    out = json.loads(run("--format", "json", r.dir).stdout)
    follows_schema(t, out, "JSON follows its schema")
    t.equal(out["phases"][1]["cluster"]["rates"]["mib_per_s"], None,
            "stat moves no data")
    t.equal(out["phases"][1]["cluster"]["bytes"], 0, "stat has no bytes")
    rows = list(csv.DictReader(io.StringIO(
        run("--format", "csv", r.dir).stdout)))
    t.equal([(x["job"], x["level"], x["thread"]) for x in rows[:4]],
            [("create", "cluster", "all"), ("create", "host", "all"),
             ("create", "thread", "0"), ("create", "thread", "1")], "CSV rows")
    part = out["phases"][0]["threads"][1]
    t.ok(int(rows[3]["units"]) == part["units"]
         and near(float(rows[3]["units_per_s"]),
                  part["rates"]["units_per_s"], 1e-6)
         and int(rows[3]["start_ns"]) == part["start_ns"],
         "CSV and JSON agree", rows[3], part)
    text = run("-v", r.dir).stdout
    fits(t, text, "text fits 100 columns")
    t.contains(text, ["VALID", "create: 1 host, 2 threads", "files/s"],
               "text names the figures")


def summary_rows(text):
    """Returns the lines below "operation ...", as lists of words."""
    lines = text.splitlines()
    begin = next(i for i, x in enumerate(lines) if x.startswith("operation "))
    return lines[begin].split(), [x.split() for x in lines[begin + 1:begin + 4]]


def summary(t, tmp):
    """The verdict comes first, then a line for each operation, and each advice
    once. Hosts and threads come on request."""
    r, threads = small_run(tmp)
    failed = {None: [threads[None][0], Thread(threads[None][1].ends_ms,
                                              error=28)]}
    one = {None: threads[None][:1]}
    r.phase("create", threads).phase("stat", failed).phase("chmod", one)
    values = [1000 * (i + 1) for i in range(100)]
    for e in r.entries[:2]:
        e["write"]["clat_ns"] = fio_json.latency(values)
    path = r.write()
    text = run(path).stdout
    head, rows = summary_rows(text)
    t.equal(head, ["operation", "files", "files/s", "MiB/s", "p50", "p99",
                   "verdict"], "the columns")
    t.ok(text.startswith("NOT VALID:\n- ") and "localhost" not in
         text.split("operation ")[1] and text.endswith(": --verbose\n"),
         "the verdict comes first, and threads on request", text)
    more = run("--verbose", path).stdout
    t.ok(more.startswith(text.removesuffix(
        "hosts, threads and times: --verbose\n")) and
        more.count("localhost") >= 5, "with threads: the same before them",
        more)
    t.equal([(x[0], x[1], " ".join(x[-2:]) if x[-1] == "VALID" else x[-1])
             for x in rows], [("create", "200", "valid"),
                              ("stat", "200", "NOT VALID"),
                              ("chmod", "100", "valid")],
            "a line an operation, in order", text)
    t.ok(rows[0][5:8:2] == ["µs", "µs"] and abs(float(rows[0][4]) - 50.5) < 1
         and abs(float(rows[0][6]) - 99.5) < 1.5, "percentiles of all threads",
         rows[0])
    t.equal(rows[2][4:6], ["-", "-"],
            "without histograms there are no percentiles")
    fits(t, text, "the summary fits 100 columns")
    t.equal((text.count("stonewalled rates, skew, overlap and lost"),
             text.count("- create, stat, chmod: stonewalled")), (1, 1),
            "what is said of all is said once", text)
    alone, _ = small_run(tmp)
    alone.phase("create", one).write()
    done = run("-v", alone.dir).stdout
    t.ok("started within" not in done and "VALID" in done,
         "nothing is said of how one thread works together", done)


def smallfile_form(t, tmp):
    r, threads = small_run(tmp)
    r.phase("create", threads).write()
    text = run("--format", "smallfile", r.dir).stdout
    for line in ("host = localhost,thr = 00,elapsed = 0.199000,files = 100,"
                 "records = 100,status = ok",
                 "total threads = 2", "total files = 200",
                 "100.00% of requested files processed, warning threshold is"
                 "  70.00%"):
        t.ok(line in text.splitlines(), f"smallfile prints: {line}", text)
    walled = expected_phase(threads)["walled_rate"]
    found = re.search(r"^files/sec = ([\d.]+)$", text, re.M)
    t.ok(found and near(float(found[1]), walled, 1e-6),
         "files/sec is stonewalled", text)
    out = json.loads(run("--format", "smallfile-json", r.dir).stdout)
    res = out["results"]
    t.equal((res["files"], res["records"], res["totalhreads"],
             res["status"], sorted(res["thread"])),
            (200, 200, 2, "Success", ["00", "01"]), "smallfile's JSON")
    t.ok(near(res["filesPerSec"], walled, 1e-6), "smallfile's JSON: filesPerSec is stonewalled")
    t.ok(near(sum(x["filesPerSec"] for x in res["thread"].values()),
              walled, 1e-6), "threads' rates add up")


def without_logs(t, tmp):
    r, threads = small_run(tmp)
    path = r.phase("create", threads).write()
    done = run("--format", "json", path)
    out = json.loads(done.stdout)
    t.equal(done.returncode, 0, "a run without logs is no failure")
    t.contains(out["untold"][0], ["stonewalled", "need logs", "LOG..."],
               "without logs the text says which figures it cannot give")
    phase = out["phases"][0]
    t.equal((phase["start_skew_ns"], phase["cluster"]["stonewalled"],
             phase["cluster"]["samples"]), (None, None, None),
            "without logs there are none of these figures")
    t.ok(near(phase["threads"][0]["rates"]["units_per_s"],
              100 / 0.199, 1e-6), "rates by fio's runtime")


def times_since_the_job_began(t, tmp):
    r, threads = small_run(tmp)
    r.epoch = False
    r.phase("create", threads).write()
    done = run("--format", "json", r.dir)
    out = json.loads(done.stdout)
    t.equal(done.returncode, 0, "logs without log_unix_epoch")
    t.contains(out["untold"][0], ["log_unix_epoch=1"],
               "without log_unix_epoch the text says so")
    t.equal(out["phases"][0]["cluster"]["samples"], 200,
            "without log_unix_epoch samples are counted")


def refused(t, tmp, name, code, words, make, *args):
    """Checks that a run which make(tmp) builds is printed, with `words` as the
    reason why it is not valid."""
    path = make(tempfile.mkdtemp(dir=tmp))
    done = run(*args, path)
    t.equal(done.returncode, code, f"{name}: exit {code}", done.stdout,
            done.stderr)
    t.contains(done.stdout, ["NOT VALID", *words], f"{name}: says why")
    t.ok("files/s" in done.stdout, f"{name}: the result is printed")
    out = json.loads(run(*args, "--format", "json", path).stdout)
    t.ok(not out["valid"], f"{name}: and marked in JSON")


def lost_samples(tmp):
    r, threads = small_run(tmp)
    slow = threads[None][1]
    slow.logged = slow.ends_ms[:90]
    r.phase("create", threads).write()
    return r.dir


def lost_log(tmp):
    r, threads = small_run(tmp)
    threads[None][1].logged = False
    r.phase("create", threads).write()
    return r.dir


def lost_all_logs_of_a_phase(tmp):
    r, threads = small_run(tmp)
    r.phase("create", threads)
    for x in threads[None]:
        x.logged = False
    r.phase("stat", threads).write()
    return r.dir


def log_of_another_run(tmp):
    r, threads = small_run(tmp)
    r.phase("create", threads).write()
    r.log("create", None, 9, threads[None][0])
    return r.dir


def failed_operation(tmp):
    r, threads = small_run(tmp)
    threads[None][1].error = 28
    r.phase("create", threads).write()
    return r.dir


def cut_short(tmp):
    r, threads = small_run(tmp)
    r.options["files"] = "1000"
    r.phase("create", threads).write()
    return r.dir


def apart(tmp):
    r, _ = small_run(tmp)
    late = Thread([i + 80 for i in range(100)])
    r.phase("create", {None: [Thread([i + 1 for i in range(100)]), late]})
    r.write()
    return r.dir


def nothing_reported(tmp):
    r = Run(tmp)
    r.entries.append({})
    r.write()
    return r.dir


def sum_of_clients_is_more(tmp):
    r, threads = small_run(tmp, ["a", "b"])
    r.phase("create", threads)
    total = entry("All clients", {}, Thread(list(range(1, 501))))
    r.entries.append(total | {"hostname": "b", "port": 8765})
    r.write()
    return r.dir


def clients_lost_logs(tmp):
    r, threads = small_run(tmp, ["a", "b"])
    threads["b"] = [threads["b"][0],
                    Thread(threads["b"][1].ends_ms, logged=False)]
    r.phase("create", threads).write()
    return r.dir


def bad_runs(t, tmp):
    for name, code, words, make in (
            ("lost samples", 3, ["create, host localhost", "100 operations",
                                 "log has 90", "lost"], lost_samples),
            ("a lost log", 3, ["expected 2 logs", "found 1"], lost_log),
            ("all logs of a phase lost", 3, ["stat", "found none"],
             lost_all_logs_of_a_phase),
            ("a log of another run", 3, ["expected 2 logs", "found 3",
                                         "another run"], log_of_another_run),
            ("a failed operation", 3, ["thread 01", "1 operation failed",
                                       "No space left"], failed_operation),
            ("under 70 % done", 4, ["10.00 %", "at least 70",
                                    "cut short"], cut_short),
            ("threads that did not overlap", 4,
             ["when the first thread had finished", "at least 70"], apart),
            ("clients that lost a log", 3, ["host b", "expected 2 logs"],
             clients_lost_logs),
            ("a sum of clients that is more", 3,
             ["500 operations of all clients", "add up to 400"],
             sum_of_clients_is_more)):
        refused(t, tmp, name, code, words, make)
    done = run(nothing_reported(tempfile.mkdtemp(dir=tmp)))
    t.equal(done.returncode, 4, "a run that reports nothing: exit 4")
    t.contains(done.stdout, ["no results"],
               "a run that reports nothing: the text says so")
    done = run("--min-done", "5", cut_short(tempfile.mkdtemp(dir=tmp)))
    t.equal(done.returncode, 0, "--min-done is the threshold")


def hosts(t, tmp):
    r, threads = small_run(tmp, ["a", "b"])
    r.phase("create", threads)
    r.phase("stat", {"a": threads["a"]}).write()
    list_ = f"{tmp}/hosts"
    for text, code, words in (
            ("a\nb\n", 3, ["stat: host b is missing"]),
            ("a\nb\nc,9000\n", 3, ["host c,9000 is missing"]),
            ("a\n", 3, ["host b has results, but is not"])):
        with open(list_, "w") as f:
            f.write(text)
        done = run("--hosts", list_, r.dir)
        t.equal(done.returncode, code, f"hosts {text.split()}: exit {code}",
                done.stdout)
        t.contains(done.stdout, words, "the message names the missing host")
    with open(list_, "w") as f:
        f.write("a b # spare\n")
    done = run("--hosts", list_, r.dir)
    t.equal(done.returncode, 3, "a list that fio cannot read")
    t.contains(done.stderr, ["hosts:1:5", "without comments"],
               "a list that fio cannot read is refused")


def groups(t, tmp):
    """With group_reporting, JSON has one entry for all threads. Logs tell the
    threads apart."""
    r, threads = small_run(tmp)
    r.phase("create", threads, group_reporting="1", numjobs="2")
    both = threads[None]
    merged = entry("create", r.entries[0]["job options"],
                   Thread(sorted(both[0].ends_ms + both[1].ends_ms)))
    r.entries = [merged]
    path = r.write()
    done = run("--format", "json", r.dir)
    phase = json.loads(done.stdout)["phases"][0]
    want = expected_phase(threads)
    t.equal((done.returncode, len(phase["threads"]),
             phase["cluster"]["units"], phase["cluster"]["requested"]),
            (0, 2, 200, 200), "threads of a group, from its logs", done.stdout)
    t.ok(near(phase["cluster"]["stonewalled"]["rates"]["units_per_s"],
              want["walled_rate"], 1e-6),
         "threads of a group: the stonewalled rate comes from their logs")
    phase = json.loads(run("--format", "json", path).stdout)["phases"][0]
    t.equal([(x["thread"], x["threads"], x["units"])
             for x in phase["threads"]], [(None, 2, 200)],
            "without logs it is one row")


def outages(t, tmp):
    """Both threads stand still at the same time, which is an outage. If one
    thread stands still, there is none."""
    def ends(pauses):
        at, out = 0, []
        for i in range(3000):
            at += 1 + pauses.get(i, 0)
            out.append(at)
        return out
    for label, pauses, said in (
            ("none", ({}, {}), None),
            ("of one thread", ({500: 14000},
                               dict.fromkeys(range(3000), 5)), None),
            ("of both", ({500: 14000}, {510: 14000}),
             "no operation ended for 14.0 s, from 510 ms after the start"),
            ("two", ({500: 14000, 900: 3000}, {500: 14000, 900: 3000}),
             ", and 1 more such pause\n")):
        r = Run(tempfile.mkdtemp(dir=tmp), None, files="3000",
                filesize="4k")
        r.phase("create", {None: [Thread(ends(p)) for p in pauses]}).write()
        done = run(r.dir)
        t.ok(said in done.stdout if said else
             "no operation ended" not in done.stdout, f"outage: {label}",
             done.stdout, done.stderr)
    table = list(csv.DictReader(io.StringIO(
        run("--format", "csv", r.dir).stdout)))
    out = json.loads(run("--format", "json", r.dir).stdout)
    follows_schema(t, out, "outage: JSON follows its schema")
    t.equal([(row["pauses"], row["longest_pause_ns"]) for row in table],
            [("2", "14001000000")] * len(table), "outage: in CSV")
    t.equal(out["phases"][0]["cluster"]["pauses"],
            {"count": 2, "longest_ns": 14001000000,
             "longest_from_ns": 500000000, "source": "logs"},
            "outage: in JSON")


def outage_of_a_host(t, tmp):
    """One host stands still and the other goes on. That is an outage of the
    host, and not of the cluster."""
    r = Run(tempfile.mkdtemp(dir=tmp), None, files="3000", filesize="4k")
    steady = [6 * i + 6 for i in range(3000)]
    paused = [i + 1 if i < 500 else i + 14001 for i in range(3000)]
    r.phase("create", {"h1": [Thread(steady)], "h2": [Thread(paused)]}).write()
    done = run(r.dir)
    t.contains(done.stdout, ["no operation ended on host h2 for 14.0 s, from "
                             "500 ms after the start"], "outage of a host")
    t.ok(done.stdout.count("no operation ended") == 1,
         "outage of a host: of no other", done.stdout)


def smallfio(*args):
    return subprocess.run([SMALLFIO, *args], capture_output=True, text=True,
                          timeout=60)


def said_of(text):
    return re.findall(r"(?:no|hardly any) operation ended .*start[^\n<\"]*",
                      text)


def said_everywhere(t, tmp, what, path, said, of_stats=None):
    """One definition: every command finds the same pauses."""
    def rows(*args):
        out = json.loads(smallfio(*args, "--format", "json").stdout)
        schema.follows(ROOT, out)
        if args[0] == "stats":
            return [((x["host"], x["thread"]), x["pauses"])
                    for x in out["operations"][0]["statistics"]]
        phase = out["phases"][0]
        return [((x["host"], x["thread"]), x["pauses"]) for x in (
            *([phase["cluster"]] if len(phase["hosts"]) > 1 else ()),
            *phase["hosts"], *phase["threads"])]

    of_stats = of_stats or (path,)
    t.equal(said_of(smallfio("result", path).stdout), said, f"{what}: result")
    t.equal(said_of(smallfio("stats", *of_stats).stdout), said,
            f"{what}: stats")
    found = rows("result", path)
    t.equal(rows("stats", *of_stats), found, f"{what}: each row, in JSON")
    t.equal([(x["pauses"], x["longest_pause_ns"], x["longest_pause_from_ns"])
             for x in csv.DictReader(io.StringIO(smallfio(
                 "stats", "--format", "csv", *of_stats).stdout))],
            [("", "", "") if p is None else
             (str(p["count"]), str(p["longest_ns"]),
              str(p["longest_from_ns"]) if p["count"] else "")
             for _, p in found], f"{what}: each row, in CSV")
    gate = smallfio("gate", "--limit", "files/s > 0.001", path).stdout
    t.equal(said_of(" ".join(gate.split()).replace(" note:", "\n")), said,
            f"{what}: a note of gate", gate)
    db = f"{tempfile.mkdtemp(dir=tmp)}/h.db"
    t.equal(said_of(smallfio("record", db, path).stdout), said,
            f"{what}: record")
    for form in "text", "csv", "json":
        text = smallfio("history", "--metric", "files/s", "--format", form,
                        db).stdout
        t.equal(said_of(text), said, f"{what}: history, {form}", text)
    page = f"{tempfile.mkdtemp(dir=tmp)}/r.html"
    smallfio("report", "-o", page, path)
    with open(page, encoding="utf-8") as f:
        t.equal(said_of(f.read()), said, f"{what}: report")


def one_definition(t, tmp):
    steady = [6 * i + 6 for i in range(3000)]
    paused = [i + 1 if i < 500 else i + 14001 for i in range(3000)]
    of = {None: [Thread(paused), Thread(paused)]}
    for what, threads, before, said in (
            ("both", of, "", ["no operation ended for 14.0 s, from 500 ms "
                              "after the start"]),
            ("none", {None: [Thread(steady)]}, "", []),
            ("a host", {"h1": [Thread(steady)], "h2": [Thread(paused)]}, "",
             ["no operation ended on host h2 for 14.0 s, from 500 ms after "
              "the start"]),
            # 10 s ahead: by its own clock the pause of h2 comes later.
            ("clocks", {"h1": [Thread(paused)], "h2": [Thread(
                [ms + 10000 for ms in paused])]}, "".join(
                f"<{h}> fio-smallfile: clock at the gate: host={h} passed_ns=1 "
                f"reference=h1 ahead_ns={ahead} error_ns=1000 job=create\n"
                for h, ahead in (("h1", 0), ("h2", 10**10))),
             ["no operation ended for 14.0 s, from 500 ms after the start"])):
        r = Run(tempfile.mkdtemp(dir=tmp), None, files="3000", filesize="4k")
        r.phase("create", threads).write(text_before=before)
        said_everywhere(t, tmp, f"pauses, {what}", r.dir, said)
    # Without times since 1970: of one thread it is known, of two it is not.
    for threads, said in (([Thread(paused)], True),
                          ([Thread(paused), Thread(paused)], False)):
        r = Run(tempfile.mkdtemp(dir=tmp), None, epoch=False, files="3000",
                filesize="4k")
        r.phase("create", {None: threads}).write()
        said_everywhere(t, tmp, f"pauses, {len(threads)} threads by their "
                        "own times", r.dir,
                        ["no operation ended for 14.0 s, from 500 ms after "
                         "the start"] if said else [])


def statuses(rows, bad_bins=()):
    """What --status-interval writes. rows: (ms since the start at which fio
    asked, ms at which it counted, [operations of each thread])."""
    out = ""
    for i, (asked, counted, operations) in enumerate(rows):
        entries = []
        for host, n in operations:
            e = entry("create", {"operation": "create", "files": "20000"},
                      Thread([1, asked + 1]))
            e["write"] = side(n, 4096, asked)
            if i in bad_bins:
                e["write"]["clat_ns"]["bins"] = {"1004": n + 1}
            entries.append(e | ({"hostname": host, "port": 8765} if host
                                else {}))
        out += json.dumps({"fio version": "fio-3.33",
                           "timestamp_ms": EPOCH_MS + counted,
                           "timestamp": (EPOCH_MS + counted) // 1000,
                           "global options": {"ioengine": "fio-smallfile.so"},
                           "jobs": entries}, indent=2) + "\n"
    return out


def by_status(t, tmp):
    """fio waits for each job before it counts; so a status that comes late,
    with no more in it than in others, was an outage."""
    def even(*rows):
        return [(a, c, [(None, n), (None, n)]) for a, c, n in rows]

    steady = [(1000 * i, 1000 * i, 100 * i) for i in range(1, 31)]
    # As a file system that was frozen for 14 s made it: fio asked at 5 s.
    late = [*steady[:4], (5000, 18000, 500), (19000, 19000, 600),
            *((1000 * i, 1000 * i, 100 * i - 1300) for i in range(20, 44))]
    # Counted nothing new, as with thinktime=: jobs that wait do answer.
    idle = [*steady[:5], *((1000 * i, 1000 * i, 500) for i in range(6, 20)),
            *((1000 * i, 1000 * i, 100 * i - 1400) for i in range(20, 45))]
    # Two runs in one file, the second after an hour; both did as much.
    again = [(a, c + 3600000, n) for a, c, n in steady]
    short = [(a, c, n) for a, c, n in steady if n <= 2900]
    one_goes_on = [(a, c, [("h1", 3 * n), ("h2", 100 * a // 1000 if c != 18000
                                           else 1800)]) for a, c, n in late]
    for what, rows, said in (
            ("steady", even(*steady), []),
            ("late", even(*late), ["hardly any operation ended for 13.0 s, "
                                   "from 4.00 s after the start "
                                   "(by --status-interval)"]),
            ("idle", even(*idle), ["hardly any operation ended for 14.0 s, "
                                   "from 5.00 s after the start "
                                   "(by --status-interval)"]),
            ("two runs", even(*short, *again), []),
            ("one goes on", one_goes_on,
             ["hardly any operation ended on host h1 for 13.0 s, from 4.00 s "
              "after the start (by --status-interval)"])):
        where = f"{tempfile.mkdtemp(dir=tmp)}/out.json"
        with open(where, "w", encoding="utf-8") as f:
            # Jobs count on while fio prints: bins of a status may not add up.
            f.write(statuses(rows, bad_bins={4} if what == "late" else ()))
        said_everywhere(t, tmp, f"statuses, {what}", where, said)


def usage(t, tmp):
    r, threads = small_run(tmp)
    path = r.phase("create", threads).write()
    second = shutil.copy(path, f"{tmp}/second.json")
    with open(second, "a") as f:
        f.write("\n")
    for args, code, words in (
            ([], 2, ["expected fio's JSON", "--help"]),
            (["--min-done", "101", path], 2, ["0 to 100", "101"]),
            (["--format", "xml", path], 2, ["smallfile-json", "xml"]),
            (["--nonsense", path], 2, ["nonsense"]),
            ([f"{tmp}/none.json"], 3, ["none.json", "No such file"]),
            ([f"{r.dir}/create_clat.1.log"], 3, ["found only logs",
                                                 "--output-format=json+"]),
            ([path, second], 3, [f"found fio's JSON of 2: {path}, {second}",
                                   "expected one run"]),
            (["--hosts", f"{tmp}/nohosts", path], 3, ["nohosts"])):
        done = run(*args)
        t.equal(done.returncode, code, f"{args[:2]}: exit {code}",
                done.stderr)
        t.contains(done.stderr, words, "says what was expected")
        t.equal(done.stdout, "", "prints no result")
    with open(f"{tmp}/bad.json", "w") as f:
        f.write('warning\n{\n "jobs" : [\n  { "jobname" : 3 }\n ]\n}\n')
    done = run(f"{tmp}/bad.json")
    t.equal(done.returncode, 3, "JSON that is not fio's")
    t.contains(done.stderr, ["bad.json:4:", "expected a string", "jobname"],
               "JSON that is not fio's: the message names the line")
    help_ = run("--help").stdout
    with open(f"{ROOT}/man/smallfio-result.1") as f:
        man = f.read().replace("\\-", "-")
    for option in re.findall(r"^  (?:-\w, )?(--[\w-]+)", help_, re.M):
        t.ok(option in man, f"{option} is in the man page")


def clocks(t, tmp):
    """Lines about clocks, which the engines print at the start barrier, stand
    before the JSON and are used."""
    ahead = 3_000_000_000
    r, threads = small_run(tmp, ["a", "b"])
    late = [Thread([ms + ahead // 10**6 for ms in x.ends_ms])
            for x in threads["b"]]
    r.phase("create", {"a": threads["a"], "b": late}).write(text_before=(
        "<a> fio-smallfile: clock at the gate: host=a passed_ns=1 reference=a "
        "ahead_ns=0 error_ns=0 job=create\n"
        "<b> fio-smallfile: clock at the gate: host=b passed_ns=1 reference=a "
        f"ahead_ns={ahead} error_ns=40000 job=create\n"
        "<b> fio-smallfile: clock at the gate: host=b passed_ns=x\n"))
    done = run("--format", "json", r.dir)
    out = json.loads(done.stdout)
    phase, want = out["phases"][0], expected_phase(threads)
    t.equal(phase["clocks"][1], {"host": "b", "reference": "a",
                                 "ahead_ns": ahead, "error_ns": 40000},
            "clocks are in the result")
    t.equal((phase["start_skew_ns"], phase["finish_skew_ns"],
             phase["cluster"]["stonewalled"]["units"]),
            (want["start_skew_ns"], want["finish_skew_ns"],
             want["walled_units"]), "times are corrected by the clocks")
    t.contains(run("-v", r.dir).stdout, ["clock of b: 3.00 s ahead of a",
                                   "to within 40.0 µs"], "text names them")
    t.contains(done.stderr, ["1 line", "damaged"], "a damaged line is noted")
    t.ok(not any("clocks" in note for note in out["untold"]),
         "all clocks were compared", out["untold"])
    for label, text, words in (
            ("no clock is known", "", ["of 2 of 2 hosts", "(a, ...)"]),
            ("one clock is known", "<a> fio-smallfile: clock at the gate: "
             "host=a passed_ns=1 reference=a ahead_ns=0 error_ns=0 "
             "job=create\n", ["of 1 of 2 hosts", "(b)"])):
        r, threads = small_run(tmp, ["a", "b"])
        r.phase("create", threads).write(text_before=text)
        t.contains("\n".join(json.loads(run("--format", "json", r.dir).stdout)[
            "untold"]), words, f"{label}: that is said")


def sections_of_a_client(t, tmp):
    """fio's client mixes up the options of sections. The engine's note says
    what they are."""
    r, threads = small_run(tmp, ["a"])
    r.options.pop("files")
    r.phase("one", threads, operation="stat", write_lat_log="logs/st")
    for number in (1, 2):
        os.rename(f"{r.dir}/one_clat.{number}.log.a",
                  f"{r.dir}/st_clat.{number}.log.a")
    note = ("<node> fio-smallfile: section: operation=stat units=100 "
            "unit_records=0 threads=2 grouped=0 log=logs/st job=one\n")
    r.write(text_before=note)
    phase = json.loads(run("--format", "json", r.dir).stdout)["phases"][0]
    t.equal((phase["job"], phase["operation"], phase["cluster"]["requested"],
             phase["cluster"]["samples"],
             phase["cluster"]["rates"]["mib_per_s"]),
            ("one", "stat", 200, 200, None), "by the engine's line")
    r.write()
    phase = json.loads(run("--format", "json", r.dir).stdout)["phases"][0]
    t.equal((phase["operation"], phase["cluster"]["requested"],
             phase["cluster"]["samples"]), ("one", None, None),
            "without it the name of the section is all that is known")


def text_around(t, tmp):
    r, threads = small_run(tmp)
    path = r.phase("create", threads).write(
        text_before="<node1> create: (g=0): rw=write\nfio: {odd} line\n")
    with open(path, "a") as f:
        f.write("fio: late words\n")
    done = run(r.dir)
    t.equal(done.returncode, 0, "text around the JSON is skipped",
            done.stderr, done.stdout)


def packed_and_piped(t, tmp):
    r, threads = small_run(tmp)
    path = r.phase("create", threads).write()
    want = run("--format", "csv", r.dir).stdout
    logs = [f"{r.dir}/create_clat.{n}.log" for n in (1, 2)]
    with open(path) as f:
        done = subprocess.run([SMALLFIO, "result", "--format", "csv", "-",
                               *logs], stdin=f, capture_output=True,
                              text=True, timeout=60)
    t.equal(done.stdout, want, "JSON from a pipe", done.stderr)
    with open(path, "rb") as f, gzip.open(f"{path}.gz", "wb") as packed:
        packed.write(f.read())
    done = run("--format", "csv", f"{path}.gz", *logs)
    t.equal(done.stdout, want, "packed JSON", done.stderr)


def client(t, tmp):
    """What the threads took of their machine, and when that was the limit."""
    for label, user, system, switches, bound in (
            ("a client that waits", 30, 59.9, [5, 7], False),
            ("a busy client", 30, 60, [5, 7], True),
            ("switches of one thread", 50, 60, [5, None], True)):
        r, threads = small_run(tempfile.mkdtemp(dir=tmp))
        r.phase("create", threads)
        mean = len(r.entries)
        for e, n in zip(r.entries, switches + [0] * mean):
            e |= {"usr_cpu": 0, "sys_cpu": 0}
            if n is not None:
                e["ctx"] = n
        # Of one thread, so that the mean over threads is what was meant.
        r.entries[0] |= {"usr_cpu": user * mean, "sys_cpu": system * mean}
        r.write()
        known = None if None in switches else 12
        phase = json.loads(run("--format", "json", r.dir).stdout)["phases"][0]
        t.equal({key: value for key, value in phase["client"].items()
                 if value is not None},
                {key: value for key, value in
                 (("user_percent", user), ("system_percent", system),
                  ("context_switches", known), ("bound", bound))
                 if value is not None},
                f"{label}: JSON, and nothing that only the engine knows")
        text = run("-v", r.dir).stdout
        t.equal("create: bound by the client's CPU" in text, bound,
                f"{label}: the text says whether it was the limit", text)
        t.contains(text, [f"client: each thread took {user + system:.1f} % of "
                          f"a processor, {system:.1f} % in the kernel; context "
                          f"switches: {known or 'not known'} waited for a "
                          "processor: not known server trips: not known"],
                   f"{label}: --verbose")


def noted(threads, **figures):
    """A line of the engine about what a section took of a host."""
    known = {"voluntary_switches": 3, "involuntary_switches": 4, "ran_ns": 40,
             "waited_ns": 50, "server_trips": -1, "read_bytes": -1,
             "written_bytes": -1, "fetched_bytes": -1, "sent_bytes": -1}
    return (f"<h> fio-smallfile: client: host=h threads={threads} " +
            " ".join(f"{k}={v}" for k, v in {**known, **figures}.items()) +
            " job=create\n")


def client_noted(t, tmp):
    """What the engine notes of the machine: sums over hosts, if all are
    known. Waiting for a processor counts as much as having one."""
    nfs = {"server_trips": 30, "read_bytes": 3 << 20, "written_bytes": 0,
           "fetched_bytes": 1 << 20, "sent_bytes": 0}
    for label, notes, busy, waited, trips, bound in (
            ("one host", [noted(4)], 40, 50, None, True),
            ("who waits less", [noted(4, waited_ns=49)], 40, 49, None, False),
            ("two hosts", [noted(2), noted(2, waited_ns=30)], 40, 40, None,
             False),
            ("no times of one", [noted(2), noted(2, waited_ns=-1)], 40, None,
             None, False),
            ("a host is missing", [noted(2)], 40, None, None, False),
            ("a host too many", [noted(4), noted(2)], 40, None, None, False),
            ("NFS", [noted(2, **nfs), noted(2, **nfs)], 10, 12.5, 60, False),
            ("not all NFS", [noted(2, **nfs), noted(2)], 10, 12.5, None,
             False)):
        r, threads = small_run(tempfile.mkdtemp(dir=tmp), ["a", "b"])
        r.phase("create", threads)
        for e in r.entries:
            e |= {"usr_cpu": busy / 2, "sys_cpu": busy / 2}
        r.write(text_before="".join(notes))
        phase = json.loads(run("--format", "json", r.dir).stdout)["phases"][0]
        found = phase["client"]
        t.equal((found["waited_percent"], found["server_trips"],
                 found["bound"]), (waited, trips, bound), f"{label}: JSON")
        t.equal((found["cache_hits_min"], found["read_bytes"],
                 found["fetched_bytes"]),
                (phase["cluster"]["units"] - 60, 6 << 20, 2 << 20) if trips
                else (None, None, None), f"{label}: what the cache did")
        text = " ".join(run("-v", r.dir).stdout.split())
        t.equal("create: bound by the client's CPU: each thread took 40.0 % of "
                "a processor, waited for one for 50.0 % of the time" in text,
                bound, f"{label}: the text says whether it was the limit", text)
        page_path = os.path.join(r.dir, "page.html")
        subprocess.run([SMALLFIO, "report", "-o", page_path, r.dir],
                       capture_output=True, timeout=60)
        with open(page_path, encoding="utf-8") as f:
            page = f.read()
        t.equal("and waited for one for" in page, waited is not None,
                f"{label}: the page says how long threads waited", page[-3000:])
        t.equal("bound by the client's CPU" in page, bound,
                f"{label}: the page says whether it was the limit")
        t.contains(text, [f"at least {phase['cluster']['units'] - 60} made "
                          "none" if trips else "server trips: not known",
                          "waited for a processor: " +
                          (f"{waited:.1f} %" if waited else "not known")],
                   f"{label}: --verbose")


def output_file(t, tmp):
    r, threads = small_run(tmp)
    r.phase("create", threads).write()
    path = f"{tmp}/report"
    done = run("-o", path, r.dir)
    with open(path) as f:
        text = f.read()
    t.equal((done.returncode, done.stdout), (0, ""), "-o FILE")
    t.equal(text, run(r.dir).stdout,
            "-o FILE: the file has what would be printed")
    done = run("-o", f"{tmp}/no/such/dir", r.dir)
    t.equal(done.returncode, 3, "a file that cannot be written")
    t.contains(done.stderr, ["cannot write"],
               "a file that cannot be written: the message says so")


def main(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-result.") as tmp:
        for check in (figures_against_fractions, formats, summary,
                      many_reasons, sixty_four_threads,
                      smallfile_form,
                      without_logs, times_since_the_job_began, bad_runs, hosts,
                      groups, outages, outage_of_a_host,
                      one_definition, by_status, usage, clocks,
                      sections_of_a_client,
                      text_around, packed_and_piped, client, client_noted,
                      output_file):
            check(t, tempfile.mkdtemp(dir=tmp))


if __name__ == "__main__":
    tap.main(main)
