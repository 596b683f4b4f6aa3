# SPDX-License-Identifier: GPL-2.0-only
"""Runs what docs/recipes.md offers, and compares what it prints with our JSON.

usage: check_recipes.py SMALLFIO SOURCE_ROOT
"""
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import debian   # noqa: E402
import readers  # noqa: E402
import runs     # noqa: E402
import tap      # noqa: E402

OPERATIONS = ("create", "stat")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def make(tmp):
    for i in (1, 2):
        (tmp / f"run{i}").mkdir()
        runs.write(tmp / f"run{i}/out.json", *[
            runs.entry(name, files=2000, runtime_ms=1000 * i * k,
                       latency_ns=50000 * i)
            for k, name in enumerate(OPERATIONS, 1)],
            time_s=1700000000 + 86400 * i)
    smallfio = pathlib.Path(SMALLFIO).resolve()
    (tmp / "bin").mkdir()
    (tmp / "bin/smallfio").symlink_to(smallfio)
    env = dict(os.environ, PATH=f"{tmp}/bin:{os.environ['PATH']}")

    def run(*args):
        return subprocess.run(args, cwd=tmp, env=env, capture_output=True,
                              text=True, timeout=60)
    assert run("smallfio", "record", "--label", "x", "history.db", "run1",
               "run2").returncode == 0
    return run


def figures(run):
    phases = json.loads(run("smallfio", "result", "--format", "json",
                            "run1").stdout)["phases"]
    return {p["job"]: (p["cluster"]["rates"]["units_per_s"],
                       p["latency"]["p99_ns"]) for p in phases}


def blocks(*languages):
    page = pathlib.Path(ROOT, "docs/recipes.md").read_text(encoding="utf-8")
    return [text for language, text in BLOCK.findall(page)
            if language in languages]


def shell(t, run, tmp):
    for tool in ("jq", "sqlite3"):
        if not shutil.which(tool):
            raise tap.Unavailable(f"no {tool}")
    outputs = []
    for text in blocks("sh"):
        done = run("bash", "-euo", "pipefail", "-c", text)
        outputs.append(done.stdout)
        t.equal((done.returncode, done.stderr), (0, ""),
                text.strip().splitlines()[0])
    known = figures(run)
    # jq 1.7 keeps "2000.0", older ones print 2000.
    t.equal([[name, *map(float, numbers)] for name, *numbers in
             (line.split("\t") for line in outputs[0].splitlines())],
            [[name, rate, ns / 1e6] for name, (rate, ns) in known.items()],
            "jq: rates and p99")
    t.ok(all(f"{name} localhost:0 " in outputs[1] for name in OPERATIONS),
         "jq: the slowest threads", outputs[1])
    t.equal(outputs[2], "", "jq: one run a side is no regression")
    t.ok(all(re.search(rf"2023-11-1\d .*x +{name} +{rate} +0 *$", outputs[3],
                       re.M) for name, (rate, _) in known.items()),
         "SQL: files/s of both runs", outputs[3])
    t.ok(str(known["create"][1]) in outputs[4], "p99 of the history",
         outputs[4])
    points = readers.influx((tmp / "run1.lp").read_text())
    t.ok(points[0][1]["host"] == "all" and
         points[0][2]["files_per_s"] == known["create"][0], "influx", points)
    for field in re.findall(r'"(\w+)"', blocks("influxql")[0]):
        t.ok(field in (*points[0][1], *points[0][2], points[0][0]),
             f"InfluxQL: there is {field}", points[0])
    t.ok(readers.openmetrics((tmp / "smallfio.prom").read_text()), "the "
         "collector has a file")
    t.equal(len(readers.benchstat((tmp / "runs.txt").read_text())[1]), 4,
            "benchstat: two operations of two runs")
    t.ok(json.loads((tmp / "bigger.json").read_text()) and
         json.loads((tmp / "smaller.json").read_text()), "github's two files")


def sql(t, _, tmp):
    subprocess.run([SMALLFIO, "watch", "--record", tmp / "history.db"],
                   input="".join(
                       f"<h{i}> fio-smallfile: host h, job c, operation "
                       "create, 2 threads: 10.0 files/s, 0.0 MiB/s, p99 1.0 "
                       f"ms, {i}00 files, 0 bytes in 10.0 s, 100 files done, "
                       "0 errors\n" for i in (2, 1)), text=True,
                   stdout=subprocess.DEVNULL, check=False)
    of_runs, of_soak = blocks("sql")
    with sqlite3.connect(f"file:{tmp}/history.db?mode=ro", uri=True) as db:
        t.equal(db.execute(of_runs).fetchall(),
                [(1700000000 + 86400 * i, name, 2000 / (i * k))
                 for i in (1, 2) for k, name in enumerate(OPERATIONS, 1)],
                "Grafana over SQLite")
        t.equal({row[1:] for row in db.execute(of_soak)},
                {("h1", 10.0), ("h2", 20.0)}, "Grafana over a soak")


def pandas(t, run, _):
    python = debian.python("pandas", "python3-pandas")
    outputs = []
    for text in blocks("python"):
        done = run(python, "-c", text)
        t.equal((done.returncode, done.stderr), (0, ""), "pandas")
        outputs.append(done.stdout)
    for name, (rate, ns) in figures(run).items():
        t.ok(re.search(rf"^{name} +2000.0 .* {ns / 1e3:g}", outputs[0], re.M),
             f"pandas: p99 of {name}", outputs[0])
        t.ok(re.search(rf"{rate:g}.* {rate / 2:g}", outputs[1]),
             f"pandas: both runs of {name}", outputs[1])


def main(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-recipes-") as tmp:
        run = make(pathlib.Path(tmp))
        for check in (shell, sql, pandas):
            try:
                check(t, run, pathlib.Path(tmp))
            except tap.Unavailable as why:
                t.skip(check.__name__, why)


tap.main(main)
