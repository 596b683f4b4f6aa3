# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio run: smallfile's options make the tree that smallfile would
make (tests/lib/smallfile.py knows it), and end as the result says."""
import itertools
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import subprocess
import time

import fio
import mounts
import smallfile
import tap
import tree

mounts.enter_namespace()

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
HOST = os.uname().nodename


def run(where, *arguments, **options):
    done = subprocess.run([SMALLFIO, "run", *map(str, arguments)], cwd=where,
                          capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, **options)
    done.both = done.stdout + done.stderr
    return done


class Place:
    """A directory to start in, and a tree."""

    def __init__(self, space, name, top=None):
        self.where = space.dir(name)
        self.top = top or os.path.join(self.where, "top")

    def run(self, *arguments):
        """Each run has the directory `r`, which an earlier one left."""
        self.results = os.path.join(self.where, "r")
        subprocess.run(["rm", "-rf", self.results], check=True)
        return run(self.where, "--top", self.top, "--run-dir", "r", *arguments)

    def job(self):
        with open(f"{self.results}/job.fio", encoding="utf-8") as f:
            return f.read()


# Options that shape tree or contents: what is given, and what that changes in
# the model.
SHAPES = {
    "files-per-dir": ("7", dict(files_per_dir=7)),
    "dirs-per-dir": ("3", dict(dirs_per_dir=3)),
    "hash-into-dirs": ("Y", dict(hash_into_dirs=1)),
    "same-dir": ("true", dict(same_dir=1)),
    "prefix": ("p", dict(prefix="p")),
    "suffix": ("s.dat", dict(suffix="s.dat")),
    "file-size": ("3", dict(size=3072)),
    "record-size": ("1", dict(record=1024)),
    "threads": ("3", dict(threads=3)),
    "xattr-size": ("100", dict(xattr_size=100)),
    "xattr-count": ("2", dict(xattr_count=2)),
    "fsync": ("t", dict()),
    "finish": ("yes", dict()),
    "pause": ("10", dict()),
    "response-times": ("Y", dict()),
    "verify-read": ("N", dict()),
}
FILES = 41


def covering(names):
    """Sets of names. For each two names there are sets with both, with either
    and with none. Each set is the best of many at random, the same in each
    run."""
    wanted = {(a, x, b, y) for a, b in itertools.combinations(names, 2)
              for x in (0, 1) for y in (0, 1)}
    draw = random.Random(3)
    while wanted:
        tries = [{name for name in names if draw.random() < 0.5}
                 for _ in range(200)]
        met, on = max((({(a, int(a in on), b, int(b in on)) for a, b in
                         itertools.combinations(names, 2)} & wanted, on)
                       for on in tries), key=lambda row: len(row[0]))
        wanted -= met
        yield on


def model(place, changed):
    size = changed.pop("size", 4096)
    threads = changed.pop("threads", 2)
    record = changed.pop("record", 0)
    xattrs = changed.pop("xattr_count", 0), changed.pop("xattr_size", 0)
    layouts = [smallfile.Layout(place.top, HOST, thread, FILES, **changed)
               for thread in range(threads)]
    return layouts, size, record, xattrs


def check_tree(t, label, place, changed):
    layouts, size, record, xattrs = model(place, changed)
    t.same_set(tree.files_below(place.top),
               [p for layout in layouts for p in layout.paths()],
               f"{label}: the files")
    wrong = [(layout.thread, n) for layout in layouts
             for n in layout.numbers() if os.path.exists(layout.path(n)) and
             tree.read_file(layout.path(n)) !=
             smallfile.contents(layout.thread, n, size, record)]
    t.equal(wrong, [], f"{label}: their contents")
    count, length = xattrs
    wrong = [(layout.thread, n, j) for layout in layouts
             for n in layout.numbers() for j in range(count) if length and
             os.getxattr(layout.path(n), f"user.smallfile-{j}") !=
             smallfile.xattr_value(layout.thread, n, j, length)]
    t.equal(wrong, [], f"{label}: their attributes")


def shapes(t, space, kind):
    """All pairs of options, given and not: the tree is the model's. On disk
    some of them."""
    top = space.tmpfs(kind) if kind == "tmpfs" else space.loop(kind)
    place = Place(space, f"shapes-{kind}", f"{top}/new")
    sets = itertools.islice(covering(list(SHAPES)),
                            None if kind == "tmpfs" else 3)
    for i, on in enumerate(sets):
        label = f"{kind}: {' '.join(sorted(on)) or 'nothing'}"
        given, changed = [], {}
        for name in sorted(on):
            # Both ways to write an option.
            given += ([f"--{name}={SHAPES[name][0]}"] if i % 2
                      else [f"--{name}", SHAPES[name][0]])
            changed.update(SHAPES[name][1])
        size = [] if "file-size" in on else ["--file-size", "4"]
        operations = "create,setxattr,getxattr,read" \
            if "xattr-count" in on else "create,read"
        done = place.run("--files", FILES, "--operation", operations,
                         *size, *given)
        t.ok(done.returncode in (0, 4), f"{label}: runs", done.both)
        check_tree(t, label, place, changed)
        done = place.run("--files", FILES, "--operation", "cleanup", *size,
                         *given)
        t.equal(tree.files_below(place.top), [], f"{label}: cleanup")


LINES = [r"host = localhost,thr = 0[01],elapsed = [\d.]+,files = 3000,"
         r"records = 3000,status = ok", "total threads = 2",
         "total files = 6000", "100.00% of requested files processed",
         r"elapsed time = +[\d.]+", "verdict: "]


def lines(t, space):
    """smallfile's lines, JSON, files of the run, the exit code of result."""
    place = Place(space, "lines")
    done = place.run("--files", 3000, "--file-size=1k", "--response-times", "Y",
                     "--output-json", f"{place.where}/o.json")
    for line in LINES:
        t.ok(re.search(line, done.stdout), f"prints {line}", done.both)
    t.same_set([name for name in os.listdir(place.results)
                if not name.endswith(".log")],
               ["job.fio", "fio.json", "environment.json"], "what is kept")
    t.equal(len([name for name in os.listdir(place.results)
                 if name.endswith(".log")]), 2,
            "with --response-times: logs of both threads")
    result = subprocess.run([SMALLFIO, "result", place.results],
                            capture_output=True, text=True)
    t.equal(done.returncode, {4: 0}.get(result.returncode, result.returncode),
            "the exit code of result, but too short is no failure")
    with open(f"{place.where}/o.json", encoding="utf-8") as f:
        written = json.load(f)
    t.equal(sorted(written), ["params", "results"], "JSON: two members")
    params, results = written["params"], written["results"]
    t.equal((params["operation"], params["file_size"], params["threads"],
             params["files_per_thread"], params["stonewall"],
             params["hash_to_dir"], params["version"]),
            ("create", 1, 2, 3000, "Y", "N", "3.2"), "JSON: params")
    t.equal((results["files"], results["records"], results["totalhreads"],
             results["pctFilesDone"], results["status"],
             sorted(results["thread"])),
            (6000, 6000, 2, 100.0, "Success", ["00", "01"]), "JSON: results")
    done = place.run("--files", 3000, "--file-size=1k", "--operation",
                     "stat,read,delete", "--output-json",
                     f"{place.where}/many.json")
    t.ok(all(os.path.exists(f"{place.where}/many-{operation}.json")
             for operation in ("stat", "read", "delete")),
         "several operations: a file each", done.both)
    t.equal(tree.files_below(place.top), [], "delete has deleted")
    for when, begin in (("always", "verdict: \x1b[1;3"), ("auto", "verdict: ")):
        done = place.run("--operation", "mkdir,rmdir", "--color", when)
        t.ok(begin in done.stdout and
             ("\x1b" in done.stdout) == (when == "always"),
             f"--color {when}, into a pipe", done.both)
    done = place.run("--operation", "read")
    t.ok(done.returncode == 3 and "NOT VALID" in done.stdout and
         "made by operation=create" in done.stderr,
         "files that are not there: exit code 3, and what makes them",
         done.both)


def response_times(t, space):
    """smallfile's form of the latencies: stats finds the same in it."""
    place = Place(space, "rsptimes")
    done = place.run("--files", 400, "--file-size", 1, "--rsptimes-csv", "Y",
                     "--operation", "create,read", "--finish", "Y")
    t.ok(done.returncode in (0, 4), "--rsptimes-csv: runs", done.both)
    names = os.listdir(f"{place.results}/rsptimes")
    t.same_set([re.sub(r"_[0-9]+\.[0-9]+\.csv$", "", name) for name in names],
               [f"rsptimes_{thread}_{HOST}_{operation}" for thread in
                ("00", "01") for operation in ("create", "read")],
               "--rsptimes-csv: the files")

    def figures(path):
        out = subprocess.run([SMALLFIO, "stats", "--format", "json", path],
                             capture_output=True, text=True, check=True).stdout
        return {op["operation"]: op["statistics"][0] for op in
                json.loads(out)["operations"]}

    ours, theirs = figures(place.results), figures(f"{place.results}/rsptimes")
    t.equal({name: row["samples"] for name, row in theirs.items()},
            {"create": 800, "read": 800}, "--rsptimes-csv: all samples")
    t.ok(all(abs(ours[name]["max_ns"] - theirs[name]["max_ns"]) < 1000
             for name in theirs), "--rsptimes-csv: the same latencies", ours,
         theirs)
    with open(f"{place.results}/rsptimes/{names[0]}", encoding="utf-8") as f:
        lines = f.read().splitlines()
    t.ok(all(re.fullmatch(r"(create|read), \d+\.\d{6}, \d+\.\d{6}", line)
             for line in lines), "--rsptimes-csv: the lines", lines[:3])


YAML = """\
operation: [create, read]
files: 300
threads: 3
file-size: 2k
hash-into-dirs: Y
samples: 2
cleanup: true
"""
WRONG_YAML = {
    "operation: create\nfile-sise: 3\n": [":2:", "file-sise", "file-size"],
    "files: many\n": [":1:", "files", "many"],
    "operation: {a: b}\n": [":1:", "list"],
    "- a\n": [":1:", "operation: create"],
    "operation: [create, raed]\n": [":1:", "operation", "raed"],
    "files: 3\n---\nfiles: 4\n": [":2:", "second document"],
    "operation: create\n  - x: [\n": [":2:"],
    "yaml-input-file: x\n": [":1:", "yaml-input-file"],
    "hash-into-dirs: perhaps\n": [":1:", "Y or N", "perhaps"],
}


def yaml(t, space):
    place = Place(space, "yaml")
    path = os.path.join(place.where, "smf.yaml")

    def read(text):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return place.run("--yaml-input-file", path)

    done = read(YAML)
    t.ok(done.returncode in (0, 4), "YAML: runs", done.both)
    t.equal([done.stdout.count(line) for line in (
        "sample 2 of 2", "operation: create", "operation: read",
        "total files = 900", "total threads = 3")], [1, 2, 2, 4, 4],
        "YAML: two samples of two operations", done.stdout)
    t.ok(re.search(r"^create +[\d.]+ +[\d.]+|^create +-", done.stdout, re.M),
         "samples: a row of statistics", done.stdout)
    t.equal(tree.files_below(place.top), [], "YAML: cleaned up")
    done = run(place.where, "\u2013top", place.top, "\u2013files=3",
               "--print-job")
    t.contains(done.stdout, [place.top, "files=3"],
               "long dashes, as in smallfile's README")
    done = read("# nothing\n")
    t.equal(len(tree.files_below(place.top)), 400,
            "YAML: a file without options leaves all at their defaults")
    for text, words in WRONG_YAML.items():
        done = read(text)
        t.equal(done.returncode, 2, f"YAML {text!r}: refused")
        t.contains(done.stderr, [path, *words], f"YAML {text!r}: says where")


WRONG = [
    (["--file-sise", "3"], ["--file-sise", "--file-size"]),
    (["--operation", "creat"], ["creat", "create"]),
    (["--operation", ","], ["--operation"]),
    (["--files", "0"], ["--files", "0"]),
    (["--file-size", "4x"], ["--file-size", "4x", "KiB"]),
    (["--stonewall", "perhaps"], ["--stonewall", "Y or N"]),
    (["--record-size", "8", "--file-size", "4"], ["--record-size"]),
    (["--top", "/dev/shm/a\tb"], ["--top", "job file"]),
    (["--suffix", "$ncpus"], ["--suffix", "$ncpus", "number"]),
    (["--prefix", "a/b"], ["--prefix", "/"]),
    (["--dirs-per-dir", "1"], ["--dirs-per-dir", "one directory"]),
    (["--files", "1__0"], ["--files", "1__0"]),
    (["--top", ","], ["--top"]),
    (["--operation", "read", "--seconds", "1"], ["--seconds", "create"]),
    (["--operation", "create,mix"], ["--mix create:10,", "stat:55"]),
    (["--mix", "stat:1"], ["--operation mix"]),
    (["--operation", "mix", "--mix", "stat:1", "--population", "200"],
     ["--population", "--files"]),
    (["--operation", "mix", "--mix", "stat:1;x"], ["--mix", "job file"]),
    *[(["--samples", "2", "--operation", operations],
       ["--samples", word, "create"]) for operations, word in
      (("delete", "delete"), ("stat,rename", "rename"),
       ("read,cleanup", "cleanup"))],
    (["--host-set", "a,a"], ["a", "twice"]),
    (["--host-set", "a,b", "--", "--direct=1"], ["--host-set", "--"]),
    (["create"], ["--"]),
]


def wrong(t, space):
    place = Place(space, "wrong")
    for arguments, words in WRONG:
        label = " ".join(arguments)
        done = run(place.where, *arguments)
        t.equal(done.returncode, 2, f"{label}: wrong usage")
        t.contains(done.stderr, words, f"{label}: says {words}")
        t.equal(os.listdir(place.where), [], f"{label}: makes nothing")
    with open(f"{place.where}/file", "w", encoding="utf-8"):
        pass
    for top, words in (("file", ["Not a directory"]), ("a/b", ["mounted"])):
        done = run(place.where, "--top", top)
        t.equal(done.returncode, 3, f"--top {top}: exit code 3")
        t.contains(done.stderr, [f"{place.where}/{top}", *words],
                   f"--top {top}: says {words}")
        t.equal(os.listdir(place.where), ["file"],
                f"--top {top}: makes nothing")
    # In a list such a name would be two directories, one of them anywhere.
    where = space.dir("a,b")
    done = run(where, "--top", "top")
    t.equal(done.returncode, 2, "a comma in the working directory: refused")
    t.contains(done.stderr, ["--top", "comma", "from /"],
               "a comma in the working directory: says what to do")
    t.equal(os.listdir(where), [],
            "a comma in the working directory: makes nothing")
    done = run(place.where, "--top", place.top, "--fio", "./no-fio")
    t.ok(done.returncode == 3 and "./no-fio" in done.stderr and
         "JSON" not in done.stderr,
         "no fio: says so, and not that its result is missing", done.both)
    done = run(place.where, "--top", place.top, "--output-json", "no/o.json")
    t.equal((done.returncode, done.stdout), (3, ""),
            "nowhere to write JSON: nothing runs")
    t.contains(done.stderr, ["no/o.json"], "nowhere to write JSON: says so")
    os.mkdir(f"{place.where}/r")
    done = run(place.where, "--top", place.top, "--run-dir", "r")
    t.ok(done.returncode == 3 and "File exists" in done.stderr,
         "a run's directory that is there: left alone", done.both)


def odd_names(t, space):
    """Names that a job file cannot hold, and numbers as Python has them."""
    place = Place(space, "odd")
    place.top = f"{place.where}/x;y#z\"$w ${{HOME}}:1 "
    names = dict(prefix='${HOME};#"', suffix="a ")
    given = ["--prefix", names["prefix"], "--suffix", names["suffix"],
             "--files", "0_020", "--dirs-per-dir", "1"]
    done = place.run("--operation", "create,read", *given)
    t.equal(done.returncode, 0, "odd names: runs", done.both)
    t.same_set(tree.files_below(place.top),
               [path for thread in range(2) for path in smallfile.Layout(
                   place.top, HOST, thread, 20, **names).paths()],
               "odd names: the files")
    done = place.run("--operation", "cleanup", *given)
    t.equal(done.returncode, 0, "odd names: cleanup", done.both)
    t.equal(tree.files_below(place.top), [], "odd names: cleaned up")


def failed(t, space):
    """After an operation that failed no other one begins."""
    place = Place(space, "failed")
    first = place.run("--files", 20)
    t.equal(first.returncode, 0, "too short for a rate: no failure", first.both)
    t.contains(first.stdout, ["verdict: too short", "--files", "--seconds"],
               "too short for a rate: says what to do")
    done = place.run("--files", 20, "--operation", "create,delete",
                     "--output-json", f"{place.where}/o.json")
    t.equal(done.returncode, 3, "a failed create: exit code 3")
    t.equal(len(tree.files_below(place.top)), 40,
            "a failed create: nothing is deleted")
    t.contains(done.stdout, ["create failed, so nothing behind it was begun",
                             "File exists"], "a failed create: says so")
    t.ok("operation: delete" not in done.stdout and
         not os.path.exists(f"{place.where}/o-delete.json"),
         "a failed create: there is no result of delete", done.both)
    with open(f"{place.where}/o-create.json", encoding="utf-8") as f:
        t.equal(json.load(f)["results"]["status"], "File exists",
                "a failed create: JSON has the reason")


def relative(t, space):
    """Paths are those of the directory in which the command was given, and two
    runs may begin in one second."""
    where = space.dir("relative")
    os.symlink(fio.FIO, f"{where}/fio")
    done = [run(where, "--top", "one,two,", "--files", 3, "--fio", "./fio",
                "--operation", "cleanup,create,stat", "--output-json", "o.json",
                "--samples", 2) for _ in range(3)]
    t.equal([one.returncode for one in done], [0, 0, 0], "relative: runs",
            done[0].both)
    for i, name in enumerate(("two", "one", "two")):
        path = f"{where}/{name}/file_srcdir/{HOST}/thrd_00/d_000/" \
            f"_{HOST}_00_{i + 1}_"
        t.ok(os.path.exists(path), f"relative: {path}",
             tree.files_below(where))
    with open(f"{where}/o-create-1.json", encoding="utf-8") as f:
        params = json.load(f)["params"]
    t.equal((params["top"], params["network_sync_dir"]),
            (f"{where}/one,{where}/two", f"{where}/one/network_shared"),
            "relative: JSON has whole paths")
    t.equal([done[0].stdout.count(line) for line in
             ("100.00% of", "total files = 6\n")], [6, 6],
            "fewer than 10 files: each thread does all", done[0].stdout)
    t.equal(len({re.search("results in (.*)", one.stdout)[1] for one in done}),
            3, "three runs have three directories")


def gone(t, space):
    """Options without meaning are accepted, and a note says why."""
    place = Place(space, "gone")
    names = ["min-dirs-per-sec", "auto-pause", "cleanup-delay-usec-per-file",
             "remote-pgm-dir", "launch-by-daemon", "host-count",
             "log-to-stderr", "verbose"]
    done = place.run("--files", 5, *[f"--{name}=1" for name in names])
    t.equal(done.returncode, 0, "options without meaning: runs")
    t.contains(done.stderr, [f"--{name} has no effect" for name in names],
               "options without meaning: a note each")


def print_job(t, space):
    """--print-job prints what fio runs, and does nothing."""
    place = Place(space, "print-job")
    arguments = ["--files", 30, "--file-size", "2", "--operation",
                 "create,read"]
    if os.geteuid():
        t.skip("--drop-caches", "no root")
    else:
        arguments += ["--drop-caches"]
    printed = run(place.where, "--top", place.top, "--print-job", *arguments)
    t.equal((printed.returncode, os.listdir(place.where)), (0, []),
            "--print-job: makes nothing")
    done = place.run(*arguments)
    t.equal(place.job(), printed.stdout, "--print-job: what a run writes")
    t.ok(done.returncode in (0, 4), "--print-job: the same runs", done.both)
    place.run("--files", 30, "--operation", "cleanup")
    job = os.path.join(place.where, "job.fio")
    with open(job, "w", encoding="utf-8") as f:
        f.write(printed.stdout)
    done = subprocess.run([fio.FIO, job], cwd=place.where, capture_output=True,
                          text=True)
    t.ok(done.returncode == 0 and len(tree.files_below(place.top)) == 60,
         "--print-job: fio runs it alone", done)


def breakdown(t, space):
    """--breakdown prints the shares of parts, which are no operations."""
    place = Place(space, "breakdown")
    done = place.run("--files", 300, "--file-size", "4", "--operation",
                     "create,read,cleanup", "--breakdown", "--samples", 2,
                     "--output-json", f"{place.where}/o.json")
    t.ok(done.returncode in (0, 4), "--breakdown: runs", done.both)
    t.equal([len(re.findall(f"^{line}$", done.stdout, re.M)) for line in (
        r"time of create: [\d.]+ % open, [\d.]+ % write, [\d.]+ % close",
        r"time of read: [\d.]+ % open, [\d.]+ % read, [\d.]+ % close",
        "operation: create", "operation: .*")], [2, 2, 2, 6],
        "--breakdown: the shares of each operation, in each sample", done.both)
    t.same_set([name for name in os.listdir(place.where) if "json" in name],
               [f"o-{name}-{i}.json" for name in ("create", "read", "cleanup")
                for i in (1, 2)],
               "--breakdown: --output-json has the operations")


MIX = "create:2,delete:2,read:3,stat:3"


def mix(t, space):
    """A mix is one phase. Its operations are shown beside it, and are not
    taken for the phases that follow."""
    place = Place(space, "mix")
    arguments = ["--files", 2000, "--file-size", "1", "--mix", MIX,
                 "--population", 1500, "--mix-distribution", "zipf:1.2"]
    done = place.run("--operation", "mix", *arguments, "--output-json",
                     f"{place.where}/o.json")
    t.ok(done.returncode == 0, "mix: runs", done.both)
    t.ok(all(f"{line}\n" in place.job() for line in
             ("operation=mix", f"mix={MIX}", "population=1500",
              "mix_distribution=zipf:1.2")), "mix: its options are in the job",
         place.job())
    counts = {name: int(files) for name, files in re.findall(
        r"^operation: (\S+)$.*?^total files = (\d+)$", done.stdout,
        re.M | re.S)}
    whole = counts.pop("mix", 0)
    t.ok(whole == sum(counts.values()) == 4000 and counts == counts | {
        f"mix.{name.split(':')[0]}": n for name, n in zip(
            MIX.split(","), counts.values())},
         "mix: the counts of its operations add up", counts)
    left = len(tree.files_below(place.top))
    t.ok(2000 < left <= 4002, "mix: it has worked on a population", left)
    with open(f"{place.where}/o.json", encoding="utf-8") as f:
        t.equal(json.load(f)["params"]["operation"], "mix",
                "mix: --output-json is about the whole")
    t.same_set([name for name in os.listdir(place.where) if "json" in name],
               ["o.json", *[f"o-{name}.json" for name in counts]],
               "mix: and its operations have files beside it")
    place.run("--operation", "cleanup", *arguments[:4])
    # With a pause no operation is too short for a rate.
    done = place.run("--operation", "create,mix,stat,delete", *arguments[:4],
                     "--mix", "stat:1,read:1", "--samples", 2, "--pause", 100)
    t.ok(done.returncode in (0, 4), "mix among others: runs", done.both)
    rates = {}
    for name, rate in re.findall(
            r"^operation: (\S+)$.*?^files/sec = ([\d.]+)$", done.stdout,
            re.M | re.S):
        rates.setdefault(name, []).append(float(rate))
    rows = {row[0]: sorted(float(x) for x in row[1:]) for row in
            re.findall(r"^(\S+)(?: +[\d.]+){3} +([\d.]+) +([\d.]+)$",
                       done.stdout[done.stdout.rindex("files/s "):], re.M)}
    # The table has four digits.
    t.ok(list(rows) == ["create", "mix", "stat", "delete"] and all(
        abs(row - rate) <= rate / 1000 for name in rows
        for row, rate in zip(rows[name], sorted(rates[name]))),
         "mix among others: each sample's rates are in the row of the "
         "operation", rows, rates)


def seconds(t, space, far):
    """--seconds chooses the files."""
    place = Place(space, "seconds", f"{far}/seconds")
    done = place.run("--operation", "create", "--file-size", "0", "--seconds",
                     "0.5")
    found = re.search(r"--files (\d+), for about 0.5 s", done.stderr)
    t.ok(found, "--seconds: says how many files", done.both)
    # A create there takes a few requests of a ms each.
    t.ok(10 < int(found[1]) < 500, "--seconds: as many as that time takes",
         found[1])
    t.equal(len(tree.files_below(place.top)), 2 * int(found[1]),
            "--seconds: the short run's files are gone")


def interrupted(t, space):
    """^C: what was measured is kept and said, and the tree goes."""
    for keep in (False, True):
        place = Place(space, f"interrupted-{keep}")
        done = subprocess.Popen(
            [SMALLFIO, "run", "--top", place.top, "--run-dir", "r", "--files",
             "200000", "--file-size", "0", "--pause", "500",
             "--output-json", "o.json", *["--keep-tree"] * keep],
            cwd=place.where, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        waited = wait_for(lambda: os.path.isdir(place.top) and
                             tree.files_below(place.top))
        t.ok(waited, f"^C, keep {keep}: it has begun")
        done.send_signal(signal.SIGINT)
        out, err = done.communicate(timeout=100)
        t.equal(done.returncode, 3, f"^C, keep {keep}: exit code 3")
        t.contains(out + err, ["NOT VALID", "interrupted"],
                   f"^C, keep {keep}: says so")
        t.ok(os.path.exists(f"{place.where}/r/fio.json"),
             f"^C, keep {keep}: the result is kept")
        with open(f"{place.where}/o.json", encoding="utf-8") as f:
            t.contains(json.load(f)["results"]["status"], ["interrupted"],
                       f"^C, keep {keep}: JSON says so")
        t.equal(bool(tree.files_below(place.top)), keep,
                f"^C, keep {keep}: the tree")
        t.equal(fios_in(place.where), [], f"^C, keep {keep}: no fio is left")


def over_another(t, space):
    """The tree of an earlier run stays, also after ^C."""
    place = Place(space, "interrupted-over")
    small = ["--files", "40", "--file-size", "1"]
    place.run(*small, "--threads", 1)
    before = set(tree.files_below(place.top))
    done = subprocess.Popen(
        [SMALLFIO, "run", "--top", place.top, "--run-dir", "over", *small,
         "--pause", "200000"],
        cwd=place.where, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)
    # The first thread fails, and the second one is at work.
    t.ok(wait_for(lambda: len(tree.files_below(place.top)) > 41),
         "^C over another run's tree: it has begun")
    done.send_signal(signal.SIGINT)
    out, err = done.communicate(timeout=100)
    t.ok(done.returncode == 3 and "files stay" in err,
         "^C over another run's tree: says that files stay", out, err)
    done = run(place.where, "--top", place.top, *small, "--cleanup")
    t.ok(done.returncode == 3 and "files stay" in done.stderr,
         "--cleanup over another run's tree: says that files stay", done.both)
    t.equal((len(before), before - set(tree.files_below(place.top))),
            (40, set()), "over another run's tree: they do")


def wait_for(good, seconds_most=30):
    end = time.monotonic() + seconds_most
    while time.monotonic() < end:
        if good():
            return True
        time.sleep(0.05)
    return False


def fios_in(where):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/cwd").startswith(where):
                found.append(pid)
        except OSError:
            continue
    return found


def killed(t, space):
    """Without its parent fio ends, too."""
    place = Place(space, "killed")
    done = subprocess.Popen(
        [SMALLFIO, "run", "--top", place.top, "--run-dir", "r", "--files",
         "200000", "--file-size", "0", "--pause", "500"], cwd=place.where,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    t.ok(wait_for(lambda: os.path.isdir(place.top) and
                     tree.files_below(place.top)), "kill -9: it has begun")
    done.kill()
    done.wait()
    t.ok(wait_for(lambda: not fios_in(place.where)),
         "kill -9: no fio is left", fios_in(place.where))


def terminal(t, space, far):
    """On a terminal one line shows how far it is."""
    place = Place(space, "terminal", f"{far}/terminal")
    main, side = pty.openpty()
    done = subprocess.Popen(
        [SMALLFIO, "run", "--top", place.top, "--run-dir", "r", "--files",
         "1000", "--file-size", "0", "--operation", "create,stat"],
        cwd=place.where, stdout=subprocess.DEVNULL, stderr=side)
    os.close(side)
    shown = b""
    try:
        while data := os.read(main, 4096):
            shown += data
    except OSError:
        pass
    done.wait()
    os.close(main)
    t.ok(re.search(rb"\r\x1b\[Kcreate \(1 of 2\): \d+ of 2000 files, "
                   rb"\d+ files/s, time left 00:\d\d", shown),
         "a terminal: the phase, files, rate and time left", shown)
    t.ok(shown.rstrip().endswith(b"\x1b[K"), "a terminal: the line is cleared",
         shown[-60:])


def cleaned_up(t, space, far):
    """The threads of a cleanup remove directories after fio's clock has
    stopped. The first one that is done does not end the others."""
    place = Place(space, "cleaned-up", f"{far}/cleaned-up")
    done = place.run("--operation", "create,stat,cleanup", "--threads", 4,
                     "--files", 20, "--files-per-dir", 1, "--file-size", 0)
    t.ok(done.returncode in (0, 4), "cleanup in a list: ends well", done.both)
    t.equal(os.listdir(place.top), [], "cleanup in a list: removes all")


def far_away(t, space):
    """With a millisecond a request, for what has to last."""
    far = space.far_away(delay_us=1000)
    cleaned_up(t, space, far)
    seconds(t, space, far)
    terminal(t, space, far)


COMPLETE = """
source "$1"
COMP_WORDS=({words}) COMP_CWORD={at}
_smallfio
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(*words):
    """What bash offers for the last of these words."""
    done = subprocess.run(
        ["bash", "-c", COMPLETE.format(words=" ".join(f"'{w}'" for w in words),
                                       at=len(words) - 1), "bash",
         os.path.join(os.environ["SMALLFIO_SOURCE"], "dist", "smallfio.bash")],
        capture_output=True, text=True, check=True,
        env=os.environ | {"PATH": os.path.dirname(SMALLFIO) + ":" +
                          os.environ["PATH"]})
    return done.stdout.split()


ZSH = """fpath=({directory} $fpath); autoload -U compinit; compinit -u -D
show() {{ print -r -- "[""[$BUFFER]]"; BUFFER=; }}; zle -N show
bindkey '^X' show; print "rea""dy"
"""


def zsh_completed(main, line):
    """What a real zsh makes of a line and a tab. A key after that prints it."""
    os.write(main, f"{line}\t\x18".encode())
    return read_until(main, rb"\[\[(.*)\]\]")[1].decode().rstrip()


def read_until(main, pattern):
    said, end = b"", time.monotonic() + 60
    while not (found := re.search(pattern, said)):
        if time.monotonic() > end:
            raise TimeoutError(said)
        if select.select([main], [], [], 1)[0]:
            said += os.read(main, 4096)
    return found


def zsh_completion(t, space):
    if not shutil.which("zsh"):
        raise tap.Unavailable("zsh is missing")
    directory = space.dir("zsh")
    shutil.copy(os.path.join(os.environ["SMALLFIO_SOURCE"], "dist",
                             "_smallfio"), directory)
    with open(f"{directory}/job.fio", "w", encoding="utf-8"):
        pass
    main, side = pty.openpty()
    zsh = subprocess.Popen(
        ["zsh", "-f", "-i"], cwd=directory, stdin=side, stdout=side,
        stderr=side, start_new_session=True, env=os.environ | {
            "TERM": "dumb", "COLUMNS": "500", "PATH":
            os.path.dirname(SMALLFIO) + ":" + os.environ["PATH"]})
    os.close(side)
    try:
        os.write(main, ZSH.format(directory=directory).encode())
        read_until(main, rb"ready")
        for line, expected in (
                ("smallfio ru", "smallfio run"),
                ("smallfio run --file-si", "smallfio run --file-size"),
                ("smallfio result --min", "smallfio result --min-done"),
                ("smallfio run --operation create,rena",
                 "smallfio run --operation create,rename"),
                ("smallfio run --operation=sta",
                 "smallfio run --operation=stat"),
                ("smallfio check jo", "smallfio check job.fio")):
            t.equal(zsh_completed(main, line), expected, f"zsh: {line}")
    finally:
        zsh.kill()
        zsh.wait()
        os.close(main)


def completion(t):
    t.equal(completed("smallfio", "ru"), ["run"], "completion: subcommands")
    t.ok({"stats", "gate", "history"} <= set(completed("smallfio", "")),
         "completion: all subcommands", completed("smallfio", ""))
    t.equal(completed("smallfio", "run", "--file-"),
            ["--file-size", "--file-size-distribution"],
            "completion: options of run")
    t.equal(completed("smallfio", "result", "--min"), ["--min-done"],
            "completion: options of result")
    t.same_set(completed("smallfio", "run", "--operation", ""),
               [*fio.OPERATIONS, "mix"], "completion: operations")
    t.equal(completed("smallfio", "run", "--operation", "create,rena"),
            ["create,rename"], "completion: of a list the last one")
    t.equal(completed("smallfio", "run", "--operation", "=", "symli"),
            ["symlink"], "completion: --operation=")


def man_page(t):
    """The man page explains each option of --help, and no other."""
    out = subprocess.run([SMALLFIO, "run", "--help"], capture_output=True,
                         text=True).stdout
    with open(os.path.join(os.environ["SMALLFIO_SOURCE"], "man",
                           "smallfio-run.1"), encoding="utf-8") as f:
        page = f.read().replace("\\-", "-")
    t.same_set(re.findall(r"^\.B[IR]? (?:-h\\fR, \\fP)?--([a-z-]+)",
                          page[page.index(".SH OPTIONS"):page.index(".SH YAML")],
                          re.M),
               re.findall(r"^  (?:-h, )?--([a-z-]+)", out, re.M),
               "the man page has the options")


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in
               (lines, response_times, yaml, wrong, odd_names, failed, relative, gone,
                print_job, breakdown, mix, interrupted, over_another, killed,
                zsh_completion)],
             man_page, completion, lambda t: far_away(t, space),
             *[lambda t, k=k: shapes(t, space, k) for k in ("tmpfs", "ext4")])


main()
