# SPDX-License-Identifier: GPL-2.0-only
"""Shows pages of smallfio report to a browser: nothing on its console, no
request, no scrolling sideways, and what a mouse finds.

With SMALLFIO_KEEP_SCREENSHOTS=DIR pictures of the pages are left there.

usage: check_page.py SMALLFIO SOURCE_ROOT
"""
import base64
import itertools
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SMALLFIO, ROOT = map(os.path.abspath, sys.argv[1:3])
sys.path.insert(0, f"{ROOT}/tests/lib")
import browser  # noqa: E402
import runs     # noqa: E402
import soaks    # noqa: E402
import tap      # noqa: E402

HOSTILE = ("<script>hit=1</script><img src=x onerror=hit=1>]]>\"'`${hit=1}"
           "\x1b[31m\U0001f600\u202eend")
LONG = "a-name-without-a-place-to-break-" * 6
THREADS, FILES = 4, 600
SCHEMES = ((1280, False), (390, True))


class Place:
    """A browser, and pages of some runs."""

    def __init__(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="smallfio-page-")
        self.dir = pathlib.Path(self.tmp.name)
        self.values = {}
        for name, jobs in (("one", ["create", "stat"]), ("two", ["create"]),
                           ("hostile", [HOSTILE]), ("long", [LONG])):
            self.make_run(name, jobs)
        self.make_run("lengths", ["create", "chmod"], {"chmod": FILES // 4})
        self.browser = browser.Browser()
        tap.at_end(self.end)
        self.page("one", "one")
        self.page("lengths", "lengths")
        self.page("both", "one", "two", "one")
        self.page("hostile", "hostile", "long")
        runs.write_cluster(self.dir / "cluster", 64, 4, 25, slow=7,
                           operations=("create", "stat"))
        self.page("many", "cluster")
        subprocess.run([SMALLFIO, "watch", "--record", self.dir / "soak.db"],
                       input="<h1> fio-diskwrite: host h1, job w, thread 00: "
                       "1.0 MiB/s, p99 1.000 ms, max 2.000 ms, 11 chunks, 11 "
                       "bytes in 60.0 s, the last\n", text=True, check=True, timeout=60,
                       capture_output=True)
        soaks.fill(self.dir / "soak.db", 20, 600)
        self.page("soak", "soak.db")

    def end(self, _):
        self.browser.close()
        self.tmp.cleanup()

    def make_run(self, name, jobs, files=None):
        """Each thread takes another time for its operations, one after the
        other, of which every hundredth takes long. `files` of a job: FILES."""
        (self.dir / name).mkdir()
        entries = []
        for place, job in enumerate(jobs):
            rows, count = [], (files or {}).get(job, FILES)
            # A run with one operation has logs of any name.
            prefix = "log" if "/" in job else job
            for thread in range(THREADS):
                ns = [(3 + thread) * 1000000 * (20 if i % 100 == 99 else 1)
                      + 1000 * i for i in range(count)]
                ends = [s // 1000000 for s in itertools.accumulate(ns)]
                log = f"{prefix}_clat.{place * THREADS + thread + 1}.log"
                (self.dir / name / log).write_text("".join(
                    f"{end}, {v}, 1, 4096, 0\n" for end, v in zip(ends, ns)))
                entries.append({**runs.entry(
                    job, count, int(ends[-1]), values=ns, filesize="4k",
                    ioengine="fio-smallfile.so", write_lat_log=prefix),
                    "groupid": place})
                rows += zip(ends, ns)
            self.values[job] = rows
        runs.write(self.dir / name / "fio.json", *entries)

    def page(self, name, *paths):
        subprocess.run([SMALLFIO, "report", "-o", f"{name}.html", *paths],
                       check=True, timeout=60, cwd=self.dir,
                       capture_output=True)

    def open(self, name, *args, **options):
        self.browser.open(self.dir / f"{name}.html", *args, **options)

    def unfold(self):
        """Unfolds all sections, and waits until their charts are drawn."""
        self.browser.run("""new Promise(done => {
            for (const section of document.querySelectorAll("details"))
              section.open = true;
            let left = 1000;
            const look = () => !left-- || [...document.querySelectorAll(
              "figure")].every(f => f.graph) ? done() : setTimeout(look, 20);
            look(); })""")


# The first figure of the first operation with that axis; its plot's place.
FIGURE = """(() => {
  const figure = [...document.querySelectorAll("details.operation figure")]
    .find(f => f.dataset.y === "%s" && f.dataset.x === "%s");
  figure.scrollIntoView({block: "center"});
  const box = figure.querySelector(".live").getBoundingClientRect();
  const graph = figure.graph;
  %s })()"""


def shown_in_browsers(t, place):
    """All pages, wide and narrow, light and dark, with all unfolded."""
    keep = os.environ.get("SMALLFIO_KEEP_SCREENSHOTS")
    for name in ("one", "both", "hostile", "many", "soak"):
        for width, dark in SCHEMES:
            what = f"{name}, {width} px, {'dark' if dark else 'light'}"
            place.open(name, width, dark=dark)
            place.unfold()
            t.equal(place.browser.problems(), [],
                    f"{what}: nothing on the console, no request")
            t.equal(place.browser.run("""[document.documentElement.scrollWidth
                <= innerWidth, typeof hit]"""), [True, "undefined"],
                    f"{what}: no scrolling sideways, no script of the data")
            drawn = place.browser.run("""[...document.querySelectorAll(
                "figure")].map(f => !!f.graph)""")
            t.ok(all(drawn) and len(drawn) > (2 if name == "soak" else 5),
                 f"{what}: all charts drawn",
                 drawn)
            back = place.browser.run(
                "getComputedStyle(document.body).backgroundColor")
            t.equal(back == "rgb(255, 255, 255)", not dark,
                    f"{what}: the scheme")
            if keep:
                place.browser.picture(f"{keep}/{name}-{width}.png")


def percentile(values, percent):
    """Interpolates between closest ranks, as numpy does."""
    values = sorted(values)
    rank = percent / 100 * (len(values) - 1)
    low = values[int(rank)]
    return low + rank % 1 * (values[-1 if rank + 1 >= len(values) else
                                    int(rank) + 1] - low)


def number(text, units):
    value, unit = re.fullmatch(r"([\d.]+) ?(\S*)", text).groups()
    return float(value) * units[unit]


def hover(t, place):
    """Under the mouse is the value that the logs have."""
    place.open("one")
    place.unfold()
    for axis in ("rate", "latency"):
        place.browser.run(FIGURE % (axis, "time", ""))
        x, y, dx, at = place.browser.run(FIGURE % (axis, "time", """
          const item = figure.querySelector("li[data-y]");
          const dx = +item.dataset.dx, x0 = +item.dataset.x0;
          const at = x0 + 20 * dx;
          return [box.left + graph.toDomXCoord(at), box.top + box.height / 2,
                  dx, at - x0];"""))
        place.browser.move(x - 2, y)
        place.browser.move(x, y)
        said = place.browser.run(FIGURE % (axis, "time", """
          return figure.querySelector("output").textContent;"""))
        inside = [ns for end, ns in place.values["create"]
                  if at * 1000 - 1e-6 <= end < (at + dx) * 1000 - 1e-6]
        if axis == "rate":
            wanted = {"files/s": len(inside) / dx}
        else:
            wanted = {name: percentile(inside, p) / 1e9 for name, p in (
                ("p50", 50), ("p95", 95), ("p99", 99), ("max", 100))}
        found = {}
        for part in said.partition(": ")[2].split(", "):
            name, _, value = part.partition(" ")
            found[name] = number(value, {
                "": 1, "k": 1e3, "M": 1e6, "s": 1, "ms": 1e-3, "µs": 1e-6,
                "ns": 1e-9})
        t.ok(found.keys() == wanted.keys() and all(
            abs(found[k] - v) <= 0.006 * v for k, v in wanted.items()),
             f"hover over {axis}", said, wanted)


def hover_map(t, place):
    """A heat map tells what is in the cell under the mouse."""
    place.open("one")
    place.unfold()
    place.browser.run(FIGURE % ("threads", "time", ""))
    x, y, dx = place.browser.run(FIGURE % ("threads", "time", """
      const dx = +figure.querySelector("li[data-cells]").dataset.dx;
      return [box.left + graph.toDomXCoord(7.5 * dx),
              box.top + graph.toDomYCoord(1.5), dx];"""))
    place.browser.move(x, y)
    said = place.browser.run(FIGURE % ("threads", "time", """
      return figure.querySelector("output").textContent;"""))
    rows = place.values["create"]
    third = rows[2 * FILES:3 * FILES]
    count = sum(7 * dx * 1000 - 1e-6 <= end < 8 * dx * 1000 - 1e-6
                for end, _ in third)
    t.ok(f"localhost 02: {count} files" in said, "hover over the threads",
         said, count)
    small = place.browser.run("""[...document.querySelectorAll(".multiples")]
      .map(m => m.children.length)""")
    t.equal(small, [4, 4], "small pictures of the threads")
    place.open("many")
    place.unfold()
    late = place.browser.run("""[...document.querySelectorAll(
        ".multiples .bad")].map(box => box.textContent)""")
    t.equal(late, ["node07"] * 2, "the straggler is red among them")


def hover_soak(t, place):
    """The rate of a soak is that of its heartbeats: 20 hosts, 100 a second."""
    place.open("soak")
    place.unfold()
    x, y = place.browser.run(FIGURE % ("rate", "time", """
      return [box.left + box.width / 2, box.top + box.height / 2];"""))
    place.browser.move(x, y)
    said = place.browser.run(FIGURE % ("rate", "time", """
      return figure.querySelector("output").textContent;"""))
    t.ok(re.fullmatch(r"at [\d.]+ h: files/s 2000", said),
         "hover over the rate of a soak", said)


def legend(t, place):
    place.open("both")
    place.unfold()
    t.equal(place.browser.run(FIGURE % ("latency", "time", """
      const button = figure.querySelector(".legend button");
      button.click();
      return [graph.visibility()[0], graph.visibility()[1],
              button.getAttribute("aria-pressed")];""")),
            [False, True, "false"], "an entry of the legend hides its line")


RANGES = """[...document.querySelectorAll("figure[data-x=time]")].map(
    f => f.graph && [f.graph.xAxisRange(), f.graph.xAxisExtremes(),
                     f.querySelector("[data-cells]") && f.graph.yAxisRange()])"""


def zoom(t, place):
    """A drag zooms all charts over time of the page, also those that are
    drawn later. What was not at work then is shown as a whole."""
    place.open("one")
    place.browser.run("""document.querySelector("details.operation").open =
        true""")
    place.browser.run("new Promise(done => setTimeout(done, 100))")
    left, top, width = place.browser.run(FIGURE % (
        "rate", "time", "return [box.left, box.top + 80, box.width];"))
    place.browser.drag(left + 0.4 * width, left + 0.6 * width, top)
    place.unfold()
    whole = place.browser.run(RANGES)
    after = whole[2][0]
    t.ok(len(whole) > 9 and 0 < after[0] < after[1] < whole[2][1][1] and all(
        abs(a - b) < 1e-9 for r in whole for a, b in zip(r[0], after)),
         "all charts over time of the page zoom together", whole)
    notice = place.browser.run("""(() => {
        const p = document.querySelector(".stretch");
        return [p.hidden, p.textContent]; })()""")
    t.ok(not notice[0] and "All charts show" in notice[1],
         "the page says what it shows", notice)
    place.browser.run("document.querySelector('.stretch button').click()")
    back = place.browser.run(RANGES)
    t.ok(all(r[0] == r[1] for r in back), "a button shows all again", back)
    t.equal([r[2] for r in back], [r[2] for r in whole],
            "the other axis of a map stays as it is")
    t.ok(place.browser.run("document.querySelector('.stretch').hidden"),
         "and the page says nothing more")
    place.open("lengths")
    place.unfold()
    left, top, width = place.browser.run(FIGURE % (
        "rate", "time", "return [box.left, box.top + 80, box.width];"))
    place.browser.drag(left + 0.6 * width, left + 0.9 * width, top)
    ranges = place.browser.run(RANGES)
    longest = max(r[1][1] for r in ranges)
    short = [r for r in ranges if r[1][1] < longest / 2]
    t.ok(0 < len(short) < len(ranges) and all(r[0] == r[1] for r in short),
         "an operation that had ended is shown as a whole", ranges)
    t.ok(all(r[0][0] > 0.5 * longest for r in ranges if r not in short),
         "the others are zoomed", ranges)
    x, y = place.browser.run(FIGURE % (
        "threads", "time", "return [box.left + 200, box.top + 20];"))
    for count in (1, 2):
        for kind in ("mousePressed", "mouseReleased"):
            place.browser.move(x, y, kind, button="left", clickCount=count)
    ranges = place.browser.run(RANGES)
    t.ok(all(r[0] == r[1] for r in ranges), "a double click shows all",
         ranges)


def fingers(t, place):
    """On a telephone a finger on a chart scrolls the page, a tap tells."""
    place.browser.call("Emulation.setTouchEmulationEnabled", enabled=True)
    place.open("one", 390)
    place.unfold()
    place.browser.run("""scrollBy(0, document.querySelector(
        "details.operation .live").getBoundingClientRect().top - 200)""")
    place.browser.finger(200, 300)
    said = place.browser.run("""[...document.querySelectorAll("output")].map(
        o => o.textContent).join("")""")
    t.ok("files/s" in said, "a tap tells the values", said)
    before = place.browser.run("scrollY")
    place.browser.finger(200, 400, 250)
    t.ok(place.browser.run("scrollY") > before + 50,
         "a finger on a chart scrolls the page", before)
    place.browser.call("Emulation.setTouchEmulationEnabled", enabled=False)


def without_script(t, place):
    """Without script, and on paper, the pictures are there."""
    for name in ("one", "hostile"):
        place.open(name, 390, script=False)
        seen = place.browser.run("""[...document.querySelectorAll(
          "figure .picture")].map(p => [p.getAttribute("aria-label").length > 40,
            p.querySelectorAll("path[d]").length > 0])""")
        t.ok(len(seen) > 8 and all(map(all, seen)),
             f"{name}: pictures, each with words", seen)
        t.ok(place.browser.run("document.documentElement.scrollWidth") <= 390,
             f"{name}: no scrolling sideways")
    place.open("one")
    place.browser.call("Emulation.setEmulatedMedia", media="print")
    t.ok(place.browser.run("""[...document.querySelectorAll(
      "figure.drawn")].every(f => f.querySelector("svg").clientHeight > 100 &&
        !f.querySelector(".live").clientHeight)"""), "on paper: the pictures")
    place.open("many")
    paper = base64.b64decode(place.browser.call("Page.printToPDF")["data"])
    pages = len(re.findall(rb"/Type\s*/Page\b", paper))
    t.ok(3 < pages < 9, "two operations of 256 threads on paper: pages", pages)
    place.browser.call("Emulation.setEmulatedMedia", media="print")
    t.equal(place.browser.run("""[...new Set([...document.querySelectorAll(
        "details.many tbody tr")].filter(r => r.clientHeight).map(
          r => r.cells[0].textContent))]"""), ["node07"],
            "on paper: of many threads the stragglers")


tap.main(*tap.sharing(Place, shown_in_browsers, hover, hover_map,
                      hover_soak, legend, zoom, fingers, without_script))
