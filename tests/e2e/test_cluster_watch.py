# SPDX-License-Identifier: GPL-2.0-only
"""Tests `smallfio watch` behind fio's client. It prints a line for each host
every second of the run, and names a host whose network has died."""
import contextlib
import json
import os
import re
import sqlite3
import subprocess
import time

import cluster
import diskwrite
import fio
import mounts
import tap

cluster.enter_namespaces()

PROGRAM = os.environ["SMALLFIO_PROGRAM"]
SILENT_AFTER_S = 4


class Watched:
    """fio's client with its output piped into `smallfio watch`. Keeps the
    lines that watch prints, each with the time since the start."""

    def __init__(self, place, directory, text, *options):
        os.makedirs(directory)
        self.out = os.path.join(directory, "out.json")
        job = os.path.join(directory, "job.fio")
        with open(job, "w", encoding="ascii") as f:
            f.write(text)
        self.client = subprocess.Popen(
            [fio.FIO, f"--client={place.hosts_file}", "--eta=always",
             "--output-format=json+", job], cwd=directory,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self.watch = subprocess.Popen(
            [PROGRAM, "watch", "--hosts", place.hosts_file, "--silent-after",
             str(SILENT_AFTER_S), "-o", self.out, *options], stdin=self.client.stdout,
            stdout=subprocess.PIPE, text=True)
        self.client.stdout.close()
        self.start = time.monotonic()
        self.lines = []

    def until(self, pattern):
        """Reads lines up to one that matches. Returns when that line came, or
        None if there is none."""
        for line in self.watch.stdout:
            now = time.monotonic() - self.start
            self.lines.append((now, line.rstrip()))
            if pattern and re.search(pattern, line):
                return now
        return None

    def wait(self):
        self.until(None)
        return self.watch.wait(60), self.client.wait(60)

    def text(self):
        return "\n".join(f"{at:.1f} {line}" for at, line in self.lines)


def job(top, seconds):
    return ("[global]\n" + diskwrite.job_text(
        directory=top, bs="64k", filesize="1m", direct=0, rate_iops=50,
        numjobs=2, runtime=seconds, time_based=True, progress_interval=1,
        host="%h").split("\n", 1)[1] + "[w]\n")


ROUND = r"^\d\d:\d\d:\d\d {}: [\d.]+ MiB/s, p99 <= [\d.]+ ms, max [\d.]+ " \
        r"ms, 2 threads$"


def good_run(t, place, space, top):
    run = Watched(place, os.path.join(space.path, "good"), job(top, 4))
    first = run.until(ROUND.format("h1"))
    t.ok(first and run.client.poll() is None,
         "a line of a host comes while it runs", run.text())
    t.equal(run.wait(), (0, 0),
            "a good run: fio and smallfio watch exit with 0", run.text())
    for host in ("h1", "h2"):
        rounds = [at for at, line in run.lines
                  if re.match(ROUND.format(host), line)]
        t.ok(len(rounds) >= 3, f"{host}: a line every second", run.text())
    with open(run.out, encoding="utf-8") as f:
        text = f.read()
    t.ok("\r" not in text and "eta" not in text.split("\n{")[0],
         "-o: without ETA")
    names = {entry["hostname"] for entry in
             json.loads(text[text.index("\n{"):])["client_stats"]}
    t.equal(names - {"All clients"}, {"h1", "h2"}, "-o: fio's JSON is there")
    done = subprocess.run([PROGRAM, "result", "--hosts", place.hosts_file,
                           run.out], capture_output=True, text=True)
    t.equal(done.returncode, 0, "-o: smallfio result reads it",
            done.stdout + done.stderr)


def silent_host(t, place, space, top):
    run = Watched(place, os.path.join(space.path, "silent"), job(top, 60))
    t.ok(run.until(ROUND.format("h2")), "both hosts run", run.text())
    cut = time.monotonic() - run.start
    place.hosts[1].cut_off()
    named = run.until("h2: SILENT for ")
    # Without smallfio watch, fio's client takes some 40 s to notice.
    t.ok(named and named - cut < SILENT_AFTER_S + 16,
         "a host whose network died is named, and soon",
         f"cut off after {cut:.1f} s, named after {named} s", run.text())
    t.ok(run.until(ROUND.format("h1")), "the other host goes on", run.text())
    # The client is killed, so that the test need not wait until it notices.
    run.client.kill()
    watch, _ = run.wait()
    t.equal(watch, 3, "a silent host: the exit code is 3", run.text())
    t.ok(any("h2: has not reported its end" in line for _, line in run.lines),
         "a silent host: the last lines name it", run.text())


def small_files(t, place, space, top):
    """150 files at 100 a second take more than a second, so each host has a
    message before its last."""
    db = os.path.join(space.path, "soak.db")
    text = fio.job_text([fio.section("create", files=150, rate_iops=100)],
                        directory=top, host="%h", numjobs=2,
                        progress_interval=1)
    run = Watched(place, os.path.join(space.path, "small"), text, "--record",
                  db)
    t.equal(run.wait(), (0, 0), "small files: all hosts are heard to the end",
            run.text())
    for host in ("h1", "h2"):
        t.ok(any(re.search(rf" {host}: create [\d.]+ files/s, \d+ of 300 "
                           r"files, ", line) for _, line in run.lines),
             f"{host}: files a second, and how many are done", run.text())
    with contextlib.closing(sqlite3.connect(db)) as history:
        rows = history.execute(
            "SELECT name, sum(units) FROM heartbeat JOIN "
            "soak_host ON id = host WHERE state != 'silent' GROUP BY name")
        t.equal(list(rows), [("h1", 300), ("h2", 300)],
                "--record: all files are in the history")


def watch_hosts(t):
    space = mounts.Workspace()
    place = cluster.Cluster(2, space.path)
    top = space.dir("top")
    good_run(t, place, space, top)
    small_files(t, place, space, top)
    silent_host(t, place, space, top)


def wrong_usage(t):
    for arguments, text, code, words in (
            (["x"], "", 2, ["standard input"]),
            (["--silent-after", "0"], "", 2, ["seconds, 1 or more"]),
            (["--hosts", "/nowhere"], "", 3, ["/nowhere"]),
            (["-o", "/nowhere/x"], "", 3, ["/nowhere/x"]),
            ([], "nothing of ours\n", 4, ["progress_interval="])):
        done = subprocess.run([PROGRAM, "watch", *arguments], input=text,
                              capture_output=True, text=True, timeout=20)
        t.equal(done.returncode, code, f"watch {arguments}: exit code")
        t.contains(done.stderr, words, f"watch {arguments}: says why")


def man_page(t):
    done = subprocess.run([PROGRAM, "watch", "--help"], capture_output=True,
                          text=True)
    page = os.path.join(os.environ["SMALLFIO_SOURCE"], "man",
                        "smallfio-watch.1")
    with open(page, encoding="utf-8") as f:
        text = f.read().replace("\\", "")
    options = re.findall(r"--([a-z-]+)", done.stdout.split("\n\n")[-1])
    t.ok(len(options) >= 4, "watch --help lists its options", done.stdout)
    t.equal([o for o in options if f"--{o}" not in text], [],
            "watch: every option is in the man page")


tap.main(watch_hosts, wrong_usage, man_page)
