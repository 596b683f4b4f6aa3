# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio report and plot: what is on the page and in the pictures.
check_page.py shows the page to a browser.

usage: check_report.py SMALLFIO SOURCE_ROOT
"""
import html.parser
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

SMALLFIO, ROOT = map(os.path.abspath, sys.argv[1:3])
sys.path.insert(0, f"{ROOT}/tests/lib")
import runs  # noqa: E402
import tap   # noqa: E402


def smallfio(*args, **options):
    done = subprocess.run([SMALLFIO, *map(str, args)], capture_output=True,
                          text=True, timeout=120, **options)
    done.both = done.stdout + done.stderr
    return done


def make_run(tmp, slow=None, name="create"):
    """Makes a run of eight threads with 500 files in 2 s, with logs. The thread
    `slow` is slower."""
    where = tmp / "run"
    where.mkdir(exist_ok=True)
    entries = []
    for thread in range(8):
        values = [50000 + 10 * i + 500 * thread for i in range(500)]
        ms = 6000 + thread if thread == slow else 2000 + thread
        entries.append(runs.entry(name=name, files=500, runtime_ms=ms,
                                  values=values, filesize="4k"))
        if name == "create":
            (where / f"create_clat.{thread + 1}.log").write_text("".join(
                f"{i * ms // 500}, {v}, 1, 4096, 0\n"
                for i, v in enumerate(values)))
    runs.write(where / "fio.json", *entries)
    return where


class Page(html.parser.HTMLParser):
    """Checks that tags are closed, and collects links, and what the pictures
    say of themselves."""
    # HTML lets a page leave out the ends of these, and some have none.
    EMPTY = {"meta", "img", "br", "link", "td", "th", "tr", "li"}

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.refers, self.says = [], [], [], []
        self.feed(text)
        self.wrong += self.open

    def handle_starttag(self, tag, attrs):
        if tag not in self.EMPTY:
            self.open.append(tag)
        self.says += [v for k, v in attrs if k == "aria-label"]
        self.refers += [v for k, v in attrs if k in ("src", "href")
                        and not v.startswith("#")]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag not in self.EMPTY and (not self.open or
                                      self.open.pop() != tag):
            self.wrong.append(f"/{tag}")


def charts(text):
    """Returns the titles of the charts below the first operation's name."""
    return re.findall("<figcaption>(.*?)</figcaption>",
                      text[text.index('class="operation"'):])


def page(t, tmp):
    run = make_run(tmp, slow=3)
    out = tmp / "report.html"
    done = smallfio("report", "-o", out, run)
    t.equal(done.returncode, 0, "a report", done.both)
    text = out.read_text()
    found = Page(text)
    t.equal(found.wrong, [], "a report: all tags are closed")
    t.equal(found.refers, [], "a report refers to nothing outside")
    t.contains(text, ["p99.9", "create.filesize", "fio-3.33", "Fingerprint",
                      "1 operation by 8 threads on localhost",
                      "prefers-color-scheme: dark", "@media print",
                      "default-src 'none'"], "a report has all its parts")
    t.contains(text, ["Stragglers: localhost in 1 operation, with up to 3.0 "
                      "times the median's time."], "the straggler is named")
    rows = [row for row in text.split("<tr") if "<td>straggler" in row]
    t.equal(len(rows), 1, "one thread is marked")
    t.ok(rows and "<td>03<" in rows[0], "the right one", rows)
    t.equal(charts(text), [f"create: {title}, run {run}" for title in (
        "rate over time", "latency percentiles over time",
        "latencies over time",
        "latency within which a share of the operations ended",
        "operations by host and thread over time")], "five charts", done.both)
    t.contains("\n".join(found.says), [
        "/run. operations/s: ", "p50: 5", "highest at",
        "8 rows; most operations: localhost 00 with 500, fewest:"],
        "what a picture shows is there in words")
    done = smallfio("report", "-o", out, run / "fio.json", run)
    text = out.read_text()
    t.contains(text, ["Compared with", "No charts over time of",
                      "no latency logs"], "JSON alone, and two runs")


def comparison(t, tmp):
    """Several runs: the first table has the values of smallfio compare."""
    slow = tmp / "slow"
    make_run(tmp, slow=3).rename(slow)
    run, out = make_run(tmp), tmp / "report.html"
    done = smallfio("report", "-o", out, run, slow)
    text = out.read_text()
    t.ok(text.index("Compared with") < min(map(text.index, (
        "<figure", "<h2>Operations", 'class="run"'))),
         "the comparison comes first", done.both)
    compared = json.loads(smallfio("compare", "--format", "json", run,
                                   slow).stdout)
    row = next(r for r in compared["rows"] if r["metric"] == "files/s")
    t.contains(text, [f"{100 * row['sides'][1]['change']:+.1f} %"],
               "with the change that compare has")
    lines = re.findall('<li class="c(\\d)', text)
    t.ok({"0", "1"} <= set(lines), "each run has a colour", lines)
    for side, ms in (("old", 2000), ("new", 3000)):
        (tmp / side).mkdir()
        runs.write_many(tmp / side, "r", [ms + i for i in range(10)],
                        name="create", files=500)
    done = smallfio("report", "-o", out, tmp / "old", tmp / "new")
    t.contains(out.read_text(), [
        "The first of 10 runs", '<span class="bad">-33.', "regression"],
               "directories of several runs have a verdict")


def names_of_logs(t, tmp):
    """Logs that are not named after their operation are on the page, too."""
    run, out = make_run(tmp), tmp / "report.html"
    for log in run.glob("create_*"):
        log.rename(run / log.name.replace("create", "a"))
    done = smallfio("report", "-o", out, run)
    text = out.read_text()
    t.equal((done.returncode, len(charts(text))), (0, 5),
            "one operation, logs of one name", done.both)
    t.ok("No charts over time" not in text, "they belong together")
    done = smallfio("plot", "--chart", "heatmap", "-o", tmp / "a.svg", run)
    t.equal(done.returncode, 0, "as a picture, too", done.both)
    both = json.loads((run / "fio.json").read_text())
    both["jobs"].append(runs.entry(name="delete", files=500))
    (run / "fio.json").write_text(json.dumps(both, indent=1))
    done = smallfio("report", "-o", out, run)
    text = out.read_text()
    t.equal((done.returncode, len(charts(text))), (0, 6),
            "two operations, logs of neither", done.both)
    t.contains(text, ["no latency log has the name of this operation",
                      "<summary>a", "no operation of the run has it"],
               "two operations, logs of neither: the page says so")
    done = smallfio("plot", "--chart", "heatmap", "--operation", "a", "-o",
                    tmp / "b.svg", run)
    t.equal(done.returncode, 0, "a picture of theirs", done.both)
    chunks = tmp / "chunks"
    chunks.mkdir()
    runs.write(chunks / "fio.json", runs.entry(
        name="soak", files=50, values=[300000 + 9000 * i for i in range(50)]))
    (chunks / "chunks.csv").write_text(
        "unix_time_s,host,thread,file,chunk,bytes,latency_us,mib_per_s,"
        "cpu_user_pct,cpu_system_pct,rss_kib\n" + "".join(
            f"17000000{i:02}.5,n1,00,0,{i},1048576,{300 + i}.5,2800.1,1.0,"
            "1.0,40000\n" for i in range(50)))
    done = smallfio("report", "-o", out, chunks)
    t.equal((done.returncode, len(charts(out.read_text()))), (0, 4),
            "a chunk log", done.both)
    one = tmp / "one"
    one.mkdir()
    runs.write(one / "fio.json", runs.entry(files=1))
    (one / "create_clat.1.log").write_text("0, 50000, 1, 4096, 0\n")
    done = smallfio("report", "-o", out, one)
    t.equal((charts(out.read_text()), done.stderr), ([], ""),
            "one sample: no empty chart", done.both)
    t.contains(out.read_text(), ["No charts over time", "in one interval"],
               "one sample: the page says why there is no chart")


def order(t, tmp):
    """Operations stand in the order of the run."""
    where = tmp / "order.json"
    runs.write(where, *({**runs.entry(name=name, files=500), "groupid": i}
                        for i, name in enumerate(("stat", "create", "chmod"))))
    smallfio("report", "-o", tmp / "out.html", where)
    text = (tmp / "out.html").read_text()
    t.equal(re.findall('<a href="#o\\d">(.*?)</a>', text),
            ["stat", "create", "chmod"], "the table's order")
    t.equal(re.findall("<summary>(\\w+) <small>", text),
            ["stat", "create", "chmod"], "that of the sections")


def large(t, tmp):
    """17 operations of 64 hosts x 4 threads, 1,000,000 samples: less than 2 MB,
    and within ten times the time that a quiet machine may take."""
    runs.write_cluster(tmp / "large", 64, 4, 230, slow=7)
    start = time.monotonic()
    done = smallfio("report", "-o", tmp / "out.html", tmp / "large")
    seconds = time.monotonic() - start
    size = (tmp / "out.html").stat().st_size if not done.returncode else 0
    t.ok(0 < size < 2 << 20, "a large cluster: the page's size", size,
         done.both)
    t.ok(seconds < 20, "a large cluster: in time", seconds)
    text = (tmp / "out.html").read_text()
    t.contains(text, ["Stragglers: node07 in 17 operations"],
               "a large cluster: the slow host is named first")
    t.equal(Page(text).wrong, [], "a large cluster: tags are closed")


def size_of(png):
    return struct.unpack(">II", png[16:24])


def plots(t, tmp):
    run = make_run(tmp)
    for chart in ("throughput", "percentiles", "heatmap", "distribution",
                  "threads"):
        out = tmp / f"{chart}.svg"
        done = smallfio("plot", "--chart", chart, "-o", out, run)
        root = xml.etree.ElementTree.parse(out).getroot() \
            if not done.returncode else {}
        t.equal((root.get("width"), root.get("height")), ("1280", "720"),
                f"{chart} as SVG", done.both)
    hostile = "<script>]]>\"' \U0001f600"
    args = ["plot", "--chart", "percentiles", "--size", "640x360", "--title",
            hostile, run, "-o"]
    done = smallfio(*args, tmp / "b.svg")
    root = xml.etree.ElementTree.parse(tmp / "b.svg").getroot()
    t.equal((root.get("width"), root[0].text), ("640", hostile),
            "a size, and a title that is text", done.both)
    done = smallfio(*args, tmp / "b.png", env={**os.environ, "PATH": str(tmp)})
    t.equal((done.returncode, (tmp / "b.png").exists()), (3, False),
            "no PNG without rsvg-convert", done.both)
    t.contains(done.stderr, ["librsvg2-bin"], "it says what is missing")
    (tmp / "rsvg-convert").write_text("#!/bin/sh\nexit 1\n")
    (tmp / "rsvg-convert").chmod(0o755)
    done = smallfio(*args, tmp / "b.png", env={**os.environ, "PATH":
                                               f"{tmp}:/usr/bin:/bin"})
    t.equal((done.returncode, (tmp / "b.png").exists()), (3, False),
            "nor if that fails", done.both)
    if shutil.which("rsvg-convert"):
        done = smallfio(*args, tmp / "b.png")
        t.equal(size_of((tmp / "b.png").read_bytes()), (640, 360),
                "a PNG of that size", done.both)
    else:
        t.skip("a PNG", "no rsvg-convert")
    done = smallfio("plot", "--chart", "throughput", "-o", tmp / "two.svg",
                    run, run / "fio.json")
    t.equal(done.returncode, 0, "two runs in one picture", done.both)
    done = smallfio("plot", "--chart", "heatmap", "-o", tmp / "x.svg",
                    run / "fio.json")
    t.equal(done.returncode, 4, "no logs, no heat map", done.both)
    done = smallfio("plot", "--chart", "heatmap", "--operation", "delete",
                    "-o", tmp / "x.svg", run)
    t.equal(done.returncode, 3, "no such operation", done.both)


def hosts(t, tmp):
    """The page has a table of hosts and threads, with names as text."""
    evil = "h<img src=x onerror=alert(1)>"
    entries = [{**runs.entry(files=500, runtime_ms=4000 if (host, thread) ==
                             (evil, 1) else 1000 + thread),
                "hostname": host, "port": 8765}
               for host in ("h1", evil) for thread in range(4)]
    where = tmp / "hosts.json"
    where.write_text(json.dumps({
        "fio version": "fio-3.33", "timestamp": 1700000000,
        "timestamp_ms": 1700000000000, "time": "", "global options": {},
        "client_stats": entries}, indent=1) + "\n")
    done = smallfio("report", "-o", tmp / "out.html", where)
    text = (tmp / "out.html").read_text() if not done.returncode else ""
    rows = [row for row in text.split("<tr") if "<td>straggler" in row]
    t.ok(len(rows) == 1 and "h&lt;img" in rows[0] and "<td>01<" in rows[0],
         "the straggler's host and thread", rows or done.both)
    t.equal(Page(text).wrong, [], "tags are closed")
    t.ok("<img src=x" not in text and text.count("<td>h1<") == 4,
         "a host's name is no HTML")


def many(t, tmp):
    """With many threads the page stays small, and still has those that were
    slow."""
    bins = runs.entry(files=10)
    for i in range(3000):
        slow = i == 2999
        bins["write"]["runtime"] = bins["job_runtime"] = (
            9000 if slow else 1000 + i % 50)
        text = json.dumps(bins)
        (tmp / "parts").open("a" if i else "w").write(
            ("," if i else "") + text)
    head = json.dumps(runs.run(), indent=1)
    (tmp / "many.json").write_text(head.replace(
        '"jobs": []', f'"jobs": [{(tmp / "parts").read_text()}]') + "\n")
    done = smallfio("report", "-o", tmp / "out.html", tmp / "many.json")
    text = (tmp / "out.html").read_text() if not done.returncode else ""
    t.ok(text.count("<td>straggler") == 1 and "2744 threads more" in text,
         "3000 threads: the straggler is shown", done.both)
    t.ok(len(text) < 1 << 20, "in less than a MiB", len(text))


def names(t, tmp):
    """A job's name is text."""
    run = make_run(tmp, name="<script>alert(1)</script>]]>\"'\x1b[2J\U0001f600")
    done = smallfio("report", "-o", tmp / "out.html", run)
    text = (tmp / "out.html").read_text()
    t.ok(done.returncode == 0 and "<script>alert" not in text and
         "&lt;script&gt;" in text and "\x1b" not in text,
         "a name with HTML in it", done.both)
    t.contains(text, ["]]&gt;&quot;'?[2J\U0001f600"], "the rest of it")
    t.equal(Page(text).wrong, [], "a name with HTML in it: tags are closed")


def refused(t, tmp):
    run = make_run(tmp)
    out = tmp / "out.html"
    half = tmp / "half"
    half.mkdir()
    done = smallfio("report", "-o", out, run, half)
    t.equal((done.returncode, out.exists()), (3, False),
            "half a run: no page at all", done.both)
    done = smallfio("report", "-o", tmp / "nowhere" / "out.html", run)
    t.equal(done.returncode, 3, "nowhere to write", done.both)
    for args in (["report"], ["report", run], ["report", "-o", out],
                 ["plot", run], ["plot", "--chart", "pie", run],
                 ["plot", "--chart", "heatmap", "-o", "x.gif", run],
                 ["plot", "--chart", "heatmap", "-o", "x.svg", run, run],
                 *(["plot", "--chart", "heatmap", "-o", "x.svg", option,
                    value, run] for option, value in (
                        ("--time-interval", "0"), ("--size", "1280"),
                        ("--size", "1x1"), ("--size", "640x360x")))):
        t.equal(smallfio(*args).returncode, 2, f"wrong usage: {args[:3]}")
    done = smallfio("plot", "--chart", "heatmap", "-o", "x.gif", run)
    t.contains(done.stderr, ["-o: expected a name that ends in .svg or .png"],
               "names what is wrong")


def in_a_directory_of_its_own(function):
    def test(t):
        with tempfile.TemporaryDirectory(prefix="smallfio-report-") as tmp:
            function(t, pathlib.Path(tmp))
    test.__name__ = function.__name__
    return test


tap.main(*map(in_a_directory_of_its_own,
              [page, comparison, names_of_logs, order, large, plots, hosts,
               many, names, refused]))
