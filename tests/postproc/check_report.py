# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio report and plot: what is on the page, with gnuplot and
without, and that a browser shows it.

usage: check_report.py SMALLFIO SOURCE_ROOT
"""
import html.parser
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

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
    """Checks that all tags of the page are closed, and collects its links."""
    EMPTY = {"meta", "img", "br", "link"}

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.refers, self.images = [], [], [], 0
        self.feed(text)
        self.wrong += self.open

    def handle_starttag(self, tag, attrs):
        if tag not in self.EMPTY:
            self.open.append(tag)
        self.images += tag == "img"
        self.refers += [v for k, v in attrs if k in ("src", "href")]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")


def page(t, tmp):
    run = make_run(tmp, slow=3)
    out = tmp / "report.html"
    done = smallfio("report", "-o", out, run)
    t.equal(done.returncode, 0, "a report", done.both)
    text = out.read_text()
    found = Page(text)
    t.equal(found.wrong, [], "a report: all tags are closed")
    t.equal([r[:26] for r in found.refers if not r.startswith("data:image/")],
            [], "a report refers to nothing outside")
    t.ok("http" not in text and "@import" not in text and "<script" not in
         text, "a report loads nothing from outside")
    t.contains(text, ["p99.9", "create.filesize", "fio-3.33", "Fingerprint",
                      "Validity", "prefers-color-scheme: dark",
                      "@media print"], "a report has all its parts")
    rows = [row for row in text.split("<tr")
            if "straggler" in row]
    t.equal(len(rows), 1, "one thread is marked")
    t.ok(rows and "<td>3</td>" in rows[0], "the right one", rows)
    if shutil.which("gnuplot"):
        t.equal(found.images, 4, "four charts", done.both)
    else:
        t.skip("charts", "no gnuplot")
    done = smallfio("report", "-o", out, run / "fio.json", run)
    text = out.read_text()
    t.contains(text, ["2 runs", "no latency logs"], "JSON alone, and two runs")


def names_of_logs(t, tmp):
    """Logs that are not named after their operation are on the page, too."""
    if not shutil.which("gnuplot"):
        t.skip("names of logs", "no gnuplot")
        return
    run, out = make_run(tmp), tmp / "report.html"
    for log in run.glob("create_*"):
        log.rename(run / log.name.replace("create", "a"))
    done = smallfio("report", "-o", out, run)
    text = out.read_text()
    t.equal((done.returncode, Page(text).images), (0, 4),
            "one operation, logs of one name", done.both)
    t.ok("No charts over time" not in text, "they belong together")
    done = smallfio("plot", "--chart", "heatmap", "-o", tmp / "a.svg", run)
    t.equal(done.returncode, 0, "as a picture, too", done.both)
    both = json.loads((run / "fio.json").read_text())
    both["jobs"].append(runs.entry(name="delete", files=500))
    (run / "fio.json").write_text(json.dumps(both, indent=1))
    done = smallfio("report", "-o", out, run)
    text = out.read_text()
    t.equal((done.returncode, Page(text).images), (0, 5),
            "two operations, logs of neither", done.both)
    t.contains(text, ["no latency log has the name of this operation",
                      "<h3>a</h3>", "no operation of the run has it"],
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
    t.equal((done.returncode, Page(out.read_text()).images), (0, 4),
            "a chunk log", done.both)
    t.equal(done.stderr, "", "a chunk log: gnuplot prints nothing")
    one = tmp / "one"
    one.mkdir()
    runs.write(one / "fio.json", runs.entry(files=1))
    (one / "create_clat.1.log").write_text("0, 50000, 1, 4096, 0\n")
    done = smallfio("report", "-o", out, one)
    t.equal((Page(out.read_text()).images, done.stderr), (0, ""),
            "one sample: no empty chart", done.both)
    t.contains(out.read_text(), ["No charts over time", "in one interval"],
               "one sample: the page says why there is no chart")


def without_gnuplot(t, tmp):
    run = make_run(tmp)
    env = {**os.environ, "PATH": str(tmp)}
    out = tmp / "report.html"
    done = smallfio("report", "-o", out, run, env=env)
    t.equal(done.returncode, 0, "a report without gnuplot", done.both)
    t.contains(out.read_text(), ["gnuplot is not installed", "p99.9"],
               "without gnuplot the page has tables, and says what is missing")
    t.contains(done.stderr, ["gnuplot is not installed"],
               "without gnuplot smallfio says so, too")
    done = smallfio("plot", "--chart", "heatmap", "-o", tmp / "a.svg", run,
                    env=env)
    t.equal((done.returncode, (tmp / "a.svg").exists()), (3, False),
            "no plot without gnuplot", done.both)
    (tmp / "gnuplot").write_text("#!/bin/sh\nexit 1\n")
    (tmp / "gnuplot").chmod(0o755)
    done = smallfio("report", "-o", out, run, env={**env})
    t.equal(done.returncode, 0, "a gnuplot that fails", done.both)
    t.contains(out.read_text(), ["gnuplot failed"],
               "a gnuplot that fails: the message says so")


def plots(t, tmp):
    if not shutil.which("gnuplot"):
        t.skip("plots", "no gnuplot")
        return
    run = make_run(tmp)
    for chart in ("throughput", "percentiles", "heatmap", "distribution"):
        for form, magic in (("svg", b"<?xml"), ("png", b"\x89PNG")):
            out = tmp / f"{chart}.{form}"
            done = smallfio("plot", "--chart", chart, "-o", out, run)
            t.ok(done.returncode == 0 and
                 out.read_bytes().startswith(magic), f"{chart} as {form}",
                 done.both)
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
    rows = [row for row in text.split("<tr") if "straggler" in row]
    t.ok(len(rows) == 1 and "h&lt;img" in rows[0] and "<td>1</td>" in rows[0],
         "the straggler's host and thread", rows or done.both)
    t.equal(Page(text).wrong, [], "tags are closed")
    t.ok("<img src=x" not in text and text.count("<td>h1</td>") == 4,
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
    t.ok(text.count("straggler</td>") == 1 and "1000 threads more" in text,
         "3000 threads: the straggler is shown", done.both)
    t.ok(len(text) < 1 << 20, "in less than a MiB", len(text))


def names(t, tmp):
    """A job's name is neither HTML nor a command to gnuplot."""
    run = make_run(tmp, name="<script>alert(1)</script>'`touch x`")
    done = smallfio("report", "-o", tmp / "out.html", run, cwd=tmp)
    text = (tmp / "out.html").read_text()
    t.ok(done.returncode == 0 and "<script" not in text and
         "&lt;script&gt;" in text, "a name with HTML in it", done.both)
    t.ok(not (tmp / "x").exists(),
         "a name with HTML in it: gnuplot executes nothing of it")


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
                 ["plot", "--chart", "heatmap", "-o", "x.svg",
                  "--time-interval", "0", run]):
        t.equal(smallfio(*args).returncode, 2, f"wrong usage: {args[:3]}")
    done = smallfio("plot", "--chart", "heatmap", "-o", "x.gif", run)
    t.contains(done.stderr, ["-o: expected a name that ends in .svg or .png"],
               "names what is wrong")


def shades(png):
    """Returns roughly how many shades of grey a picture has, from a part of
    each line."""
    data, where, width, height = b"", 8, 0, 0
    while where < len(png):
        length, kind = struct.unpack(">I4s", png[where:where + 8])
        if kind == b"IHDR":
            width, height = struct.unpack(">II", png[where + 8:where + 16])
        if kind == b"IDAT":
            data += png[where + 8:where + 8 + length]
        where += length + 12
    return width, height, len(set(zlib.decompress(data)))


def shown(t, tmp):
    browser = shutil.which("chromium")
    if not browser:
        t.skip("a browser shows it", "no chromium")
        return
    run = make_run(tmp)
    smallfio("report", "-o", tmp / "report.html", run)
    for scheme in ("light", "dark"):
        picture = tmp / f"{scheme}.png"
        done = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-background-networking", "--no-first-run",
             f"--user-data-dir={tmp}/profile-{scheme}",
             "--window-size=1000,3000",
             *(["--force-dark-mode", "--enable-features=WebUIDarkMode"]
               if scheme == "dark" else []),
             f"--screenshot={picture}", f"file://{tmp}/report.html"],
            # The browser writes crash reports below HOME, wherever its profile
            # is.
            env={**os.environ, "HOME": str(tmp), "XDG_CONFIG_HOME": str(tmp)},
            capture_output=True, text=True, timeout=100)
        t.ok(picture.exists(), f"a screenshot, {scheme}", done.stderr)
        if picture.exists():
            width, height, colours = shades(picture.read_bytes())
            t.ok(width == 1000 and height == 3000 and colours > 50,
                 f"with something on it, {scheme}", width, height, colours)
    keep = os.environ.get("SMALLFIO_KEEP_SCREENSHOTS")
    if keep:
        for picture in tmp.glob("*.png"):
            shutil.copy(picture, keep)


def in_a_directory_of_its_own(function):
    def test(t):
        with tempfile.TemporaryDirectory(prefix="smallfio-report-") as tmp:
            function(t, pathlib.Path(tmp))
    test.__name__ = function.__name__
    return test


tap.main(*map(in_a_directory_of_its_own,
              [page, names_of_logs, without_gnuplot, plots, hosts, many, names, refused, shown]))
