# SPDX-License-Identifier: GPL-2.0-only
"""Tests what other programs read: OpenMetrics, InfluxDB's line protocol,
benchstat and github-action-benchmark, of result, stats and compare. An
independent reader reads each, and finds the figures of our JSON. Hostile names
go through every format of every command.

usage: check_machines.py SMALLFIO SOURCE_ROOT
"""
import csv
import io
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from urllib.parse import unquote

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import readers  # noqa: E402
import runs     # noqa: E402
import schema   # noqa: E402
import tap      # noqa: E402

COMMANDS = ("result", "stats", "compare")
# A name, and what shows it on one line without doing anything.
NAMES = {
    "<script>alert(1)</script>": None,
    "]]> --> ${x} %n {{y}}": None,
    "it's \"quoted\"": None,
    "\x1b[31mred\x1b]0;t\x07": r"\x1b[31mred\x1b]0;t\a",
    "two\nlines\r\n# TYPE": r"two\nlines\r\n# TYPE",
    "\U0001f600 \U0001d518\u4e2d": None,
    "\u202eevil\u2066\x9b1m": r"\u202eevil\u2066\u009b1m",
    "back\\slash\\": None,
    "x,y=z w\\,": None,
    "=1+1": None,
    "| a | *b* | `c` |": None,
    "host-8": None,
    "\xa0blank\u2003s": None,
}


def smallfio(*args):
    return subprocess.run([SMALLFIO, *map(str, args)], capture_output=True,
                          encoding="utf-8", timeout=60)


def out(*args):
    done = smallfio(*args)
    assert done.returncode in (0, 1), (args, done)
    return done.stdout


def client_run(where, name, hosts=2, time_s=1700000000, errors=0):
    """Writes what fio's client writes for hosts with two threads each."""
    where.mkdir(parents=True)
    entries = []
    for h in range(hosts):
        for k in range(2):
            entry = runs.entry(name, 400, 2000 + 100 * h + 10 * k,
                               latency_ns=50000 + 100 * k,
                               ioengine="fio-smallfile.so")
            entry["job options"]["operation"] = name
            entries.append(entry | {"hostname": f"{name}{h}", "port": 8765})
    result = runs.run(*entries, time_s=time_s)
    result["client_stats"] = result.pop("jobs")
    (where / "out.json").write_text(json.dumps(result) + "\n")
    return where


def paths(tmp, name):
    """Returns {command: its paths} for two runs with this name in them."""
    one = client_run(tmp / "a", name)
    two = client_run(tmp / "b", name, time_s=1710000000)
    return {"result": [one], "stats": [one / "out.json"],
            "compare": [one, two]}


def close(a, b):
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-12)


def labelled(samples, **labels):
    return samples[frozenset(labels.items())]


def figures(t, tmp):
    """All formats have the figures of JSON."""
    where = paths(tmp, "create")
    phase = json.loads(out("result", "--format", "json", *where["result"]))[
        "phases"][0]
    text = out("result", "--format", "openmetrics", *where["result"])
    om = readers.openmetrics(text)
    influx = readers.influx(out("result", "--format", "influx",
                                *where["result"]))
    parts = [phase["cluster"], *phase["hosts"], *phase["threads"]]
    t.equal(len(influx), len(parts), "influx: a point for each part")
    for part, (_, tags, fields, time) in zip(parts, influx):
        labels = {"operation": "create", "host": part["host"] or "all",
                  "thread": "all" if part["thread"] is None
                  else str(part["thread"])}
        rates = part["rates"]
        t.ok(tags == labels and time == 1700000000 * 10**9 and
             close(fields["files_per_s"], rates["units_per_s"]) and
             fields["elapsed_ns"] == part["elapsed_ns"] and
             close(labelled(om["smallfio_result_files_per_second"], **labels),
                   rates["units_per_s"]) and
             close(labelled(om["smallfio_result_bytes_per_second"], **labels),
                   rates["mib_per_s"] * 2**20),
             f"result: rates of {labels}", part, tags, fields, time)
    whole = {"operation": "create", "host": "all", "thread": "all"}
    for p in phase["latency"]["percentiles"]:
        name, ns = str(p["percentile"]), p["latency_ns"]
        seconds = labelled(
            om["smallfio_result_latency_percentile_seconds"], **whole,
            percentile=name)
        t.ok(abs(seconds * 1e9 - ns) <= 1 and
             influx[0][2][f"p{name}_ns"] == ns, f"result: p{name}", seconds)
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "metrics"], input=text,
                              capture_output=True, encoding="utf-8")
        t.equal((done.returncode, done.stderr), (0, ""), "promtool agrees")
    units, lines = readers.benchstat(out("result", "--format", "benchstat",
                                         *where["result"]))
    t.ok(len(lines) == 1 and lines[0][1] == "Smallfio/operation=create" and
         lines[0][2] == 1600 and close(lines[0][3]["files/s"],
                                       phase["cluster"]["rates"]["units_per_s"])
         and units["files/s"] == "higher" and units["p99-ns"] == "lower" and
         set(lines[0][3]) <= set(units), "benchstat", units, lines)


def of_stats(t, tmp):
    """Statistics are those of JSON; percentiles of too few samples are not
    there."""
    path = paths(tmp, "stat")["stats"]
    more = ["--percentiles", "50,99.9,99.99"]
    rows = json.loads(out("stats", *more, "--format", "json", *path))[
        "operations"][0]["statistics"]
    points = readers.influx(out("stats", *more, "--format", "influx", *path))
    om = readers.openmetrics(out("stats", *more, "--format", "openmetrics",
                                 *path))
    t.equal(len(points), len(rows), "a point for each row")
    for row, (_, tags, fields, time) in zip(rows, points):
        want = {key: row[key] for key in ("samples", "min_ns", "mean_ns",
                                          "stddev_ns", "max_ns")}
        want |= {f"p{p['percentile']}_ns": p["latency_ns"]
                 for p in row["percentiles"] if p["enough_samples"]}
        fields.pop("fairness", None)
        t.ok(fields == want and time is None, f"{tags}", want, fields)
        seconds = labelled(om["smallfio_stats_latency_mean_seconds"], **tags)
        t.ok(abs(seconds * 1e9 - row["mean_ns"]) <= 1, "and in seconds")
    names = [{dict(labels)["percentile"] for labels in samples}
             for name, samples in om.items() if "percentile" in name]
    t.equal(names, [{"50", "99.9"}], "99.99 has too few samples")


def of_compare(t, tmp):
    """benchstat gets each run, and all others medians and changes."""
    for i in range(3):
        client_run(tmp / f"old/{i}", "create", time_s=1700000000 + i)
        client_run(tmp / f"new/{i}", "create", time_s=1710000000 + i)
    sides = [tmp / "old", tmp / "new"]
    _, lines = readers.benchstat(out("compare", "--format", "benchstat",
                                     *sides))
    t.equal([line[0]["side"] for line in lines],
            [str(side) for side in sides for _ in range(3)],
            "benchstat: a line for each run, with its side")
    rows = json.loads(out("compare", "--format", "json", *sides))["rows"]
    points = readers.influx(out("compare", "--format", "influx", *sides))
    found = {p[1]["metric"]: p[2]["change"] for p in points
             if "metric" in p[1]}
    t.ok(all(close(found[row["metric"]], row["sides"][1]["change"])
             for row in rows) and len(found) == len(rows),
         "influx: changes", found)
    bigger, smaller = (json.loads(out(
        "compare", "--format", f"github-action-benchmark-{kind}", *sides))
        for kind in ("bigger", "smaller"))
    t.equal([(x["name"], x["unit"]) for x in bigger[:2] + smaller[-1:]],
            [(f"create files/s ({sides[0]})", "files/s"),
             (f"create MiB/s ({sides[0]})", "MiB/s"),
             (f"create p99 ({sides[1]})", "ns")], "github: names")
    t.ok(all(isinstance(x["value"], (int, float)) and x["value"] > 0
             for x in bigger + smaller), "github: values")


def text_of(markdown):
    return re.sub(r"\\([|\\`*_<>\[\]])", r"\1", markdown)


# How to find in an output all texts that a name may be in: what one reads who
# takes the format as it is meant.
def read_csv(text):
    return [cell.removeprefix("'") for row in csv.reader(io.StringIO(text))
            for cell in row]


def read_json(text):
    found = json.loads(text)
    if isinstance(found, dict):
        schema.follows(ROOT, found)

    def texts(value):
        if isinstance(value, (dict, list)):
            for inner in (value.values() if isinstance(value, dict)
                          else value):
                yield from texts(inner)
        elif isinstance(value, str):
            yield value
    return list(texts(found))


def read_openmetrics(text):
    return [value for samples in readers.openmetrics(text).values()
            for labels in samples for _, value in labels]


def read_influx(text):
    return [value.replace(r"\x5c", "\\") for point in readers.influx(text)
            for value in point[1].values()]


def read_benchstat(text):
    return [unquote(name.split("operation=")[1])
            for _, name, _, _ in readers.benchstat(text)[1]]


def read_junit(text):
    return [value for element in xml.fromstring(text.encode()).iter()
            for value in (*element.attrib.values(), element.text or "")]


def read_markdown(text):
    assert not re.search(r"(?<!\\)[<`*]", text), text
    return [text_of(text)]


READERS = {
    "csv": read_csv, "json": read_json, "openmetrics": read_openmetrics,
    "influx": read_influx, "benchstat": read_benchstat,
    "github-action-benchmark-bigger": read_json,
    "github-action-benchmark-smaller": read_json,
    "smallfile-json": read_json, "markdown": read_markdown,
    "junit": read_junit, "text": lambda text: [text],
    "smallfile": lambda text: [text], "github": lambda text: [
        text.replace("%25", "%")],
}


def formats_of(command):
    """Returns the formats that a command says it has."""
    words = smallfio(command, "--format", "?").stderr
    return re.split(", | or ", re.search(r"expected (.*), found", words)[1])


def plain(text):
    """What is left of a text in XML, where some characters are not allowed."""
    return re.sub(r"[^\x20-\x7e]+|\?+", "?", text)


def comes_back(text, name, shown, kind):
    if kind == "text":
        # Text shortens long names in their middle.
        return any(part in text for part in (shown, shown[:8]))
    return shown in text or (READERS[kind] == read_json and name in text) or (
        kind == "junit" and plain(name) in plain(text))


def names(t, tmp):
    """Each name comes out of each format of each command as it went in, or
    shown on one line."""
    commands = {command: formats_of(command)
                for command in (*COMMANDS, "gate", "history")}
    t.ok(sum(map(len, commands.values())) >= 30, "there are formats",
         commands)
    for number, (name, shown) in enumerate(NAMES.items()):
        shown = shown or name
        where = paths(tmp / str(number), name)
        where["gate"] = ["--limit", "files/s > 99999", *where["result"]]
        where["history"] = [tmp / f"{number}.db"]
        smallfio("record", *where["history"], *where["result"])
        lost = []
        for command, formats in commands.items():
            for kind in formats:
                text = out(command, "--format", kind, *where[command])
                found = READERS[kind](text)
                if not any(comes_back(x, name, shown, kind) for x in found):
                    lost.append((command, kind, text[:600]))
        t.ok(not lost, f"{name!a} comes back", *lost[:3])
        page = tmp / "page.html"
        smallfio("report", "-o", page, *where["result"])
        smallfio("plot", "--chart", "distribution", "--title", name, "-o",
                 tmp / "plot.svg", *where["result"])
        for path in (page, tmp / "plot.svg"):
            t.ok("<script>alert(1)" not in path.read_text(encoding="utf-8"),
                 f"{name!a}: no script in {path.name}")
        title = xml.parse(tmp / "plot.svg").getroot()[0].text
        t.ok(plain(title) == plain(name), f"{name!a} is the picture's title",
             title)


def schemas(t, tmp):
    """All JSON that the program writes has a schema, also what `ab` keeps of
    the machine."""
    named = {name for path in pathlib.Path(ROOT, "postproc").rglob("*.[ch]")
             for name in re.findall(r'"smallfio-([a-z-]+-\d+)"',
                                    path.read_text(encoding="utf-8"))}
    there = {path.name.removesuffix(".schema.json") for path in
             pathlib.Path(ROOT, "postproc/schema").iterdir()}
    t.same_set(named, there, "a schema for each, and no other")
    run = client_run(tmp / "a", "create") / "out.json"
    command = (f"n=$(date +%N); sed s/1700000000000/1700000$n/ {run} >$OUT")
    smallfio("ab", "--runs", "7", "--keep", tmp / "kept", "--a", command,
             "--b", command)
    facts = list((tmp / "kept").rglob("*environment.json"))
    for path in facts[:1]:
        schema.follows(ROOT, json.loads(path.read_text(encoding="utf-8")))
    t.ok(facts, "ab keeps the facts of the machine, and they follow theirs")


def main(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-machines-") as tmp:
        for check in (figures, of_stats, of_compare, names, schemas):
            where = pathlib.Path(tmp, check.__name__)
            where.mkdir()
            check(t, where)


tap.main(main)
