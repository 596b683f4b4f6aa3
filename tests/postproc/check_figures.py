# SPDX-License-Identifier: GPL-2.0-only
"""Tests that all outputs of smallfio agree. One run goes through each of them,
and a figure of one name must be the same number everywhere (docs/rates.md).

usage: check_figures.py SMALLFIO SOURCE_ROOT
"""
import csv
import io
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import runs    # noqa: E402
import schema  # noqa: E402
import tap     # noqa: E402

EPOCH_MS = 1700000000123
SIZE = 4096
MIB = 1 << 20
# For each thread: the ms at which it began, its files, and the ns from the end
# of one operation to the end of the next.
THREADS = ((0, 1000, 400123), (3, 1000, 420077), (15, 1000, 431009))
SHORT = ((0, 100, 60123), (1, 100, 70077))
UNITS = {"": 1, "ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}


def smallfio(*args, code=0):
    done = subprocess.run([SMALLFIO, *map(str, args)], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == code, (args, done)
    return done.stdout


def write_run(where, threads):
    """Writes JSON+ and logs of a create. A latency is half of the time between
    two ends; the other half stands for what a thread does between files."""
    where.mkdir()
    entries = []
    for number, (begin, files, step) in enumerate(threads):
        values = [step // 2 + i % 97 * 101 for i in range(files)]
        ends = [begin * 10**6 + (i + 1) * step for i in range(files)]
        # fio's runtime is rounded up, and has some time before the first file.
        runtime_ms = math.ceil((ends[-1] - begin * 10**6) / 1e6) + 2
        entries.append(runs.entry(
            files=files, runtime_ms=runtime_ms, values=values,
            ioengine="fio-smallfile.so", numjobs=str(len(threads)),
            filesize="4k", write_lat_log="create"))
        entries[-1]["job options"]["files"] = str(files)
        log = where / f"create_clat.{number + 1}.log"
        log.write_text("".join(
            f"{EPOCH_MS + end // 10**6}, {value}, 1, {SIZE}, 0\n"
            for end, value in zip(ends, values)))
    runs.write(where / "out.json", *entries, time_s=EPOCH_MS // 1000 + 1)
    return entries


def number(text, factor=1):
    """Returns the number in a field. Returns None if it is empty or a dash."""
    text = text.strip()
    if text in ("-", "–", ""):
        return None
    value, unit = re.fullmatch(r"([\d.]+)\s*(\S*?)(?:/s)?", text).groups()
    return float(value) * UNITS.get(unit, 1) * factor


class Figures:
    """Collects figures: {name: [(where it stands, number, relative error of
    its rounding)]}."""

    def __init__(self):
        self.seen = {}

    def add(self, name, where, value, relative=1e-5):
        self.seen.setdefault(name, []).append((where, value, relative))

    def check(self, t, least):
        for name, found in self.seen.items():
            values = [v for _, v, _ in found]
            known = [v for v in values if v is not None]
            fits = len(known) in (0, len(values)) and all(
                abs(a - b) <= max(x, y) * max(a, b)
                for _, a, x in found for _, b, y in found if known)
            t.ok(fits, f"{name}: the same in {len(found)} places", found)
            t.ok(len(found) >= least.get(name, 2), f"{name}: all were found",
                 found)


def of_result(figures, where, run):
    text = smallfio("result", "-v", run)
    row = next(x for x in text.splitlines() if x.startswith("localhost "))
    cells = re.split(r"\s{2,}", row)
    # host, thread, files, errors, done, elapsed, files/s, IOPS, MiB/s
    figures.add("elapsed", f"{where} text", number(cells[5]), 0.005)
    figures.add("files/s", f"{where} text", number(cells[6]), 0.001)
    figures.add("MiB/s", f"{where} text", number(cells[8]), 0.001)
    line = re.split(r"\s{2,}", re.search(r"^create .*", text, re.M)[0])
    figures.add("files/s", f"{where} summary", number(line[2]), 0.001)
    figures.add("MiB/s", f"{where} summary", number(line[3]), 0.001)
    figures.add("p50", f"{where} summary", number(line[4]), 0.005)
    figures.add("p99", f"{where} summary", number(line[5]), 0.005)
    walled = re.search(r"finished: ([\d.]+) files/s, ([\d.]+)", text)
    if walled:
        figures.add("stonewalled files/s", f"{where} text", float(walled[1]),
                    0.001)
        figures.add("stonewalled MiB/s", f"{where} text", float(walled[2]),
                    0.001)
    out = json.loads(smallfio("result", "--format", "json", run))
    part = out["phases"][0]["cluster"]
    figures.add("elapsed", f"{where} json", part["elapsed_ns"])
    for p in out["phases"][0]["latency"]["percentiles"]:
        figures.add(f"p{p['percentile']}", f"{where} json", p["latency_ns"],
                    1e-4)
    figures.add("files/s", f"{where} json", part["rates"]["units_per_s"])
    figures.add("MiB/s", f"{where} json", part["rates"]["mib_per_s"])
    if part["stonewalled"]:
        rates = part["stonewalled"]["rates"]
        figures.add("stonewalled files/s", f"{where} json",
                    rates["units_per_s"])
        figures.add("stonewalled MiB/s", f"{where} json", rates["mib_per_s"])
    row = next(csv.DictReader(io.StringIO(
        smallfio("result", "--format", "csv", run))))
    assert (row["level"], row["host"]) == ("cluster", "all"), row
    figures.add("elapsed", f"{where} csv", number(row["elapsed_ns"]))
    figures.add("files/s", f"{where} csv", number(row["units_per_s"]))
    figures.add("MiB/s", f"{where} csv", number(row["mib_per_s"]))
    for name in ("p50", "p99"):
        figures.add(name, f"{where} csv", number(row[f"{name}_ns"]), 1e-4)
    if walled:
        figures.add("stonewalled files/s", f"{where} csv",
                    number(row["stonewalled_units_per_s"]))


def of_smallfile(figures, where, run):
    """Adds the figures of the formats smallfile and smallfile-json, under our
    names for them."""
    text = smallfio("result", "--format", "smallfile", run)
    res = json.loads(smallfio("result", "--format", "smallfile-json",
                              run))["results"]
    kind = {"stonewalled": "stonewalled ", "overall": ""}[res["rates"]]
    figures.add("elapsed", f"{where} smallfile", number(
        re.search(r"^elapsed time = +(\S+)", text, re.M)[1], 1e9), 0.001)
    figures.add("elapsed", f"{where} smallfile-json", res["elapsed"] * 1e9)
    for name, pattern, member in (
            ("files/s", r"^files/sec = (\S+)", "filesPerSec"),
            ("MiB/s", r"^MiB/sec = (\S+)", "MiBps")):
        figures.add(kind + name, f"{where} smallfile",
                    number(re.search(pattern, text, re.M)[1]))
        figures.add(kind + name, f"{where} smallfile-json", res[member])


def of_report(figures, where, run, tmp):
    smallfio("report", "-o", tmp / "report.html", run)
    page = (tmp / "report.html").read_text()
    for table in re.findall(r"<table.*?</table>", page, re.S):
        head = re.findall(r"<th(?: [^>]*)?>([^<]*)",
                          table.split("</thead>")[0])
        body = table.split("<tbody>")[1]
        cells = re.findall(r"<td[^>]*>([^<]*)", body)
        if head[:1] == ["operation"]:
            row = dict(zip(head[1:], cells))
            for name in ("files/s", "MiB/s", "p50", "p99"):
                figures.add(name, f"{where} report", number(
                    row[name].replace("MiB/s", "")), 0.001)
        if head[:1] == ["phase"]:
            row = dict(zip(head, cells))
            if row["files/s, stonewalled"] != "–":
                figures.add("stonewalled files/s", f"{where} report",
                            number(row["files/s, stonewalled"]), 0.001)


def of_gate_and_history(figures, where, run, tmp):
    metrics = ("files/s", "MiB/s", "mean", "p50", "p99")
    limits = [x for m in metrics
              for x in ("--limit", f"create {m} > 0" +
                        ("" if "/s" in m else "ns"))]
    out = json.loads(smallfio("gate", "--format", "json", *limits, run))
    for check in out["checks"]:
        figures.add(check["metric"], f"{where} gate json", check["value"])
    for metric, value in re.findall(r"  (\S+) of create is ([\d.]+[^,]*),",
                                    smallfio("gate", *limits, run)):
        figures.add(metric, f"{where} gate", number(
            value.replace("MiB/s", "")), 0.001)
    database = tmp / f"{where.replace(' ', '-')}.db"
    smallfio("record", database, run)
    show = ["history", "--metric", ",".join(metrics), database, "--format"]
    for line in json.loads(smallfio(*show, "json"))["lines"]:
        figures.add(line["metric"], f"{where} history json",
                    line["points"][0]["value"])
    for row in csv.DictReader(io.StringIO(smallfio(*show, "csv"))):
        figures.add(row["metric"], f"{where} history csv",
                    number(row["value"]))
    for metric, value in re.findall(
            r"^create (\S+),.*\n.*\n +\d+ +\S+ \S+ +([\d.]+ ?\S*)",
            smallfio(*show, "text"), re.M):
        figures.add(metric, f"{where} history", number(
            value.replace("MiB/s", "")), 0.001)


def of_stats(figures, where, run):
    show = ["stats", "--percentiles", "50,99", run, "--format"]
    out = json.loads(smallfio(*show, "json"))["operations"][0]
    row = out["statistics"][0]
    figures.add("mean", f"{where} json", row["mean_ns"], 1e-4)
    for p in row["percentiles"]:
        figures.add(f"p{p['percentile']}", f"{where} json", p["latency_ns"],
                    1e-4)
    row = next(csv.DictReader(io.StringIO(smallfio(*show, "csv"))))
    for name in ("mean", "p50", "p99"):
        figures.add(name, f"{where} csv", number(row[f"{name}_ns"]), 1e-4)
    cells = re.split(r"\s{2,}|(?<=s) (?=\d)", re.search(
        r"^localhost .*", smallfio(*show, "text"), re.M)[0])
    figures.add("mean", f"{where} text", number(cells[4]), 0.005)
    cells = smallfio(*show, "smallfile").splitlines()[1].split(", ")
    figures.add("mean", f"{where} smallfile", float(cells[3]) * 1e9, 0.01)


def by_name(t, tmp):
    run = tmp / "run"
    entries = write_run(run, THREADS)
    bare = run / "out.json"
    figures = Figures()
    for where, path in (("run", run), ("JSON alone", bare)):
        of_result(figures, where, path)
        of_smallfile(figures, where, path)
        of_report(figures, where, path, tmp)
        of_gate_and_history(figures, where, path, tmp)
    of_stats(figures, "stats of JSON", bare)
    figures.check(t, {"files/s": 20, "elapsed": 10, "p99": 10,
                      "stonewalled files/s": 6})
    files = sum(n for _, n, _ in THREADS)
    slowest_ms = max(e["job_runtime"] for e in entries)
    t.ok(abs(figures.seen["files/s"][0][1] - files * 1000 / slowest_ms) < 1,
         "files/s: all files, over the runtime of the slowest thread",
         figures.seen["files/s"][0])


def phases(t, tmp):
    """Two sections of one operation, one after the other, are two phases. Each
    has its own rate, and no output adds them up."""
    run = tmp / "phases.json"
    entries = [runs.entry(name, files=1000, runtime_ms=ms,
                          values=[us * 1000 + i for i in range(1000)],
                          ioengine="fio-smallfile.so", operation="create",
                          filesize="4k")
               for name, ms, us in (("small", 500, 400), ("large", 1000, 900))]
    entries[1]["groupid"] = 1
    runs.write(run, *entries)
    rates = {"small": 2000.0, "large": 1000.0}
    out = json.loads(smallfio("result", "--format", "json", run))
    t.equal({p["job"]: p["cluster"]["rates"]["units_per_s"]
             for p in out["phases"]}, rates, "result")
    out = json.loads(smallfio("gate", "--format", "json", "--limit",
                              "files/s > 1", run))
    t.equal({c["operation"]: c["value"] for c in out["checks"]}, rates, "gate")
    smallfio("record", tmp / "phases.db", run)
    out = json.loads(smallfio("history", tmp / "phases.db", "--format",
                              "json"))["lines"]
    t.equal({x["operation"]: x["points"][0]["value"] for x in out}, rates,
            "history")
    out = json.loads(smallfio("stats", "--format", "json", run))
    t.equal({o["operation"]: o["samples"] if "samples" in o else
             o["statistics"][0]["samples"] for o in out["operations"]},
            {"small": 1000, "large": 1000}, "stats")
    smallfio("report", "-o", tmp / "phases.html", run)
    page = (tmp / "phases.html").read_text()
    t.ok("2000/s" in page and "1000/s" in page and "4000/s" not in page,
         "report")
    # Sections in one group ran at the same time, and are one phase.
    entries[1]["groupid"] = 0
    runs.write(run, *entries)
    out = json.loads(smallfio("gate", "--format", "json", "--limit",
                              "files/s > 1", run))
    t.equal({c["operation"]: c["value"] for c in out["checks"]},
            {"create": 2000.0}, "together: one phase")


def elapsed(t, tmp):
    """The elapsed time of a host or a cluster is not less than that of any of
    its threads."""
    write_run(tmp / "elapsed", THREADS)
    for path in (tmp / "elapsed", tmp / "elapsed/out.json"):
        phase = json.loads(smallfio("result", "--format", "json", path))[
            "phases"][0]
        most = max(x["elapsed_ns"] for x in phase["threads"])
        t.equal([x["elapsed_ns"] for x in phase["hosts"]] +
                [phase["cluster"]["elapsed_ns"]], [most, most],
                f"of host and cluster: that of the slowest, {path.name}")


def too_short(t, tmp):
    """A run of less than 100 ms has no rate in any output. Each output says
    how to get one, and has all other figures."""
    run = tmp / "short"
    write_run(run, SHORT)
    done = subprocess.run([SMALLFIO, "result", "-v", run],
                          capture_output=True, text=True, timeout=60)
    t.equal(done.returncode, 4, "too little data for a rate", done.stdout)
    t.ok("NOT VALID" not in done.stdout and "done when" not in done.stdout,
         "a short run is not called NOT VALID", done.stdout)
    t.contains(done.stdout, ["TOO SHORT:", "create (", "files=2000 would do",
                             "too short\n"],
               "a short run: the text says how many files would do")
    cells = re.split(r"\s{2,}", re.search(r"^localhost .*", done.stdout,
                                          re.M)[0])
    t.equal((cells[2], cells[6:]), ("200", ["-", "-", "-"]), "no rate")
    out = json.loads(smallfio("result", "--format", "json", run, code=4))
    phase = out["phases"][0]
    parts = [phase["cluster"], *phase["hosts"], *phase["threads"]]
    t.equal({v for p in parts for r in (p["rates"], p["stonewalled"]["rates"])
             for v in r.values()}, {None}, "null in JSON", parts)
    t.equal((out["valid"], len(out["too_short"]), out["invalid"],
             out["too_small"], phase["verdict"]),
            (False, 1, [], [], "too short"),
            "a short run: JSON says why there is no rate")
    for row in csv.DictReader(io.StringIO(
            smallfio("result", "--format", "csv", run, code=4))):
        t.equal({v for k, v in row.items() if k.endswith("per_s")}, {""},
                f"nothing in CSV, {row['level']}")
    text = smallfio("result", "--format", "smallfile", run, code=4)
    t.ok("files/sec" not in text and "IOPS" not in text
         and "MiB/sec" not in text and "nan" not in text and
         "100 milliseconds" in text, "smallfile's lines", text)
    text = smallfio("gate", "--limit", "create files/s > 1", run, code=4)
    t.contains(text, ["less than the 100 ms"], "gate")
    smallfio("report", "-o", tmp / "report.html", run)
    page = (tmp / "report.html").read_text()
    t.ok(not re.search(r"\d/s<|\d MiB/s<", page) and "Too short" in page,
         "report")
    smallfio("record", tmp / "short.db", run)
    line = json.loads(smallfio("history", tmp / "short.db", "--format",
                               "json"))["lines"][0]
    t.equal(line["points"][0]["value"], None, "history")
    t.contains(smallfio("stats", run), ["create: 1 host, 2 threads"],
               "percentiles are told")


def digits(t, tmp):
    """JSON and CSV have no more digits than were measured."""
    run = tmp / "digits"
    write_run(run, THREADS)
    smallfio("record", tmp / "digits.db", run)
    limit = ("--limit", "create files/s > 0.01", run)
    for name, text in (
            *((f, smallfio("result", "--format", f, run))
              for f in ("json", "smallfile-json", "csv")),
            *((f"stats {f}", smallfio("stats", "--format", f, run))
              for f in ("json", "csv")),
            *((f"history {f}", smallfio("history", tmp / "digits.db",
                                        "--format", f))
              for f in ("json", "csv")),
            ("gate", smallfio("gate", "--format", "json", *limit))):
        long = [x for x in re.findall(r"\d+\.\d+", text)
                if len(x.strip("0.").replace(".", "")) > 7
                # Times in seconds since 1970 with ms may have more.
                and not re.fullmatch(r"1700\d{6}\.\d{1,3}", x)]
        t.equal(long, [], f"{name}: seven digits of a fraction", text)


def rough(t, tmp):
    """What a program reads says, too, where a percentile is no measurement:
    fio's last bin has no end but the maximum."""
    for name, values, marked in (
            ("last bin", [10**9 * s for s in range(18, 42)] * 40, {50, 99}),
            ("its tail", [10**6] * 900 + [10**9 * s for s in (18, 41)] * 30,
             {99}),
            ("narrow bins", [10**6 + i for i in range(960)], set())):
        run = runs.write(tmp / "rough.json", runs.entry(
            runtime_ms=400000, files=960, values=values))
        of_stats = json.loads(smallfio("stats", "--percentiles", "50,99",
                                       "--format", "json", run))
        result = json.loads(smallfio("result", "--format", "json", run))
        schema.follows(ROOT, of_stats)
        schema.follows(ROOT, result)
        latency = result["phases"][0]["latency"]
        t.equal((latency["samples"], latency["source"]), (960, "histograms"),
                f"{name}: result has samples, and says whence")
        stats_p = of_stats["operations"][0]["statistics"][0]["percentiles"]
        same = ("percentile", "latency_ns", "low_ns", "high_ns", "rough")
        # Of p99.9 there are too few samples.
        t.equal(*([[p[m] for m in same] for p in list_ if p["enough_samples"]]
                  for list_ in (latency["percentiles"], stats_p)),
                f"{name}: result and stats say the same in JSON")
        t.equal({p["percentile"] for p in stats_p if p["rough"]}, marked,
                f"{name}: marked in JSON", stats_p)
        t.equal({int(p) for p in re.findall(
            r"~ p(\d+) of", smallfio("result", run))}, marked,
            f"{name}: marked in the text of result")
        for kind in "stats", "result":
            row = next(csv.DictReader(io.StringIO(smallfio(
                kind, "--format", "csv", run))))
            t.equal({int(p) for p in row["rough_for"].split()} & {50, 99},
                    marked, f"{name}: marked in the CSV of {kind}", row)
            t.equal([row[f"p{p['percentile']}_{x}ns"] for p in stats_p
                     for x in ("", "low_", "high_")],
                    [str(p[f"{x}_ns"]) for p in stats_p
                     for x in ("latency", "low", "high")],
                    f"{name}: percentiles in the CSV of {kind}")


def main(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-figures-") as tmp:
        for check in (by_name, phases, elapsed, too_short, digits,
                      rough):
            check(t, pathlib.Path(tmp))


tap.main(main)
