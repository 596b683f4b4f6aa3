# SPDX-License-Identifier: GPL-2.0-only
"""Tests hostile names of jobs, hosts and files, and hostile text of servers
and commands, in every output of every subcommand. None of it may move a
cursor, begin a line, change the direction of text, or be a formula to a
spreadsheet.

usage: check_hostile.py SMALLFIO SOURCE_ROOT
"""
import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import runs  # noqa: E402
import tap   # noqa: E402

# An escape sequence, a terminal's title, a C1 control character, a bidi
# override and isolate, line and paragraph separators, an invisible space, an
# end of a line, and delete.
EVIL = ("=1+1\x1b[2J\x1b]0;title\x07\x9b31m\u202eevil\u2066\u2028\u2029\u200b"
        "\nINJECTED\r\t\x7f\x85end")
# The same as bytes of a file's name, and some bytes that are no UTF-8.
EVIL_BYTES = EVIL.encode() + b"\xff\xc0\xaf\xed\xa0\x80"
OPENERS = ("=SUM(1)", "+1+cmd", "-2+3", "@x", "\t=1", "\r=1", "\uff1d1")
UNSAFE = ({*range(0x20), *range(0x7f, 0xa0), 0x61c, *range(0x200b, 0x2010),
           *range(0x2028, 0x202f), *range(0x2066, 0x206a), 0xfeff} - {0x0a})


def run(*args, stdin=b"", **options):
    done = subprocess.run([SMALLFIO, *args], input=stdin, timeout=120,
                          capture_output=True, **options)
    assert done.returncode >= 0, (args, done)
    return done


def clean(t, what, *outputs):
    for data in outputs:
        try:
            text = data.decode()
        except UnicodeDecodeError as e:
            t.ok(False, f"{what}: UTF-8", str(e), repr(data[:2000]))
            continue
        if text.startswith(("<?xml", "<!DOCTYPE")):
            text = text.replace("\t", "") # white space there
        found = {hex(ord(c)) for c in text if ord(c) in UNSAFE}
        t.ok(not found and not any(line.startswith("INJECTED")
                                   for line in text.splitlines()),
             f"{what}: nothing that does something", found, repr(text[:3000]))


def client_run(where, job=EVIL, host=EVIL, errors=0):
    """Writes what fio's client writes for one host, and its log."""
    where.mkdir()
    values = [50000 + i for i in range(200)]
    entry = runs.entry(job, 200, 2000, values=values, errors=errors,
                       ioengine="fio-smallfile.so", write_lat_log="create")
    entry["job options"]["operation"] = job
    entry |= {"hostname": host, "port": 8765}
    result = runs.run(entry)
    result["client_stats"] = result.pop("jobs")
    (where / "out.json").write_text(json.dumps(result, indent=1) + "\n")
    name = os.fsencode(str(where)) + b"/create_clat.1.log." + \
        EVIL_BYTES.replace(b"/", b"")[:100]
    with open(name, "w", encoding="ascii") as f:
        f.writelines(f"{1700000000000 + i * 10}, {v}, 1, 4096, 0\n"
                     for i, v in enumerate(values))


def evil_path(tmp, name):
    return pathlib.Path(os.fsdecode(os.fsencode(str(tmp)) + b"/" +
                                    name.encode() + EVIL_BYTES))


def of_runs(t, tmp):
    """Hostile names in a run, in the outputs of stats, result, report, plot,
    gate, record and history."""
    here = evil_path(tmp, "run")
    client_run(here)
    client_run(evil_path(tmp, "bad"), errors=3)
    out = here / "out.json"
    listed = tmp / "hosts"
    listed.write_bytes(b"another\x1b[31m\n")
    commands = [
        *(["stats", *more, path] for path in (here, out) for more in (
            [], *(["--format", f] for f in ("csv", "json", "smallfile")),
            ["--by", "job"], ["--time-interval", "1"])),
        *(["result", "--format", f, *more] for f in (
            "text", "csv", "json", "smallfile", "smallfile-json")
          for more in ([here], [out], [evil_path(tmp, "bad")],
                       ["--hosts", listed, out])),
        ["report", "-o", tmp / "page.html", here],
        ["plot", "--chart", "throughput", "-o", tmp / "x.svg", here],
        ["plot", "--chart", "throughput", "--operation", EVIL, "-o",
         tmp / "x.svg", here],
        *(["gate", "--format", f, "--limit", rule, out, evil_path(tmp, "bad")]
          for f in ("text", "json", "junit", "markdown", "github")
          for rule in ("files/s > 1", "p99 < 1ns", "errors < 1")),
        ["gate", "--limit", f"{EVIL} files/s > 1", out],
        ["gate", "--baseline", out, "--current", evil_path(tmp, "bad")],
        *(["compare", "--format", f, out, evil_path(tmp, "bad")]
          for f in ("text", "markdown", "csv", "json")),
        *([name, "--format", f, out, *([evil_path(tmp, "bad")] * (
            name == "compare"))] for name in ("result", "stats", "compare")
          for f in ("openmetrics", "influx", "benchstat",
                    "github-action-benchmark-bigger",
                    "github-action-benchmark-smaller")),
        ["record", "--label", EVIL, tmp / "h.db", here],
        *(["history", "--format", f, tmp / "h.db"]
          for f in ("text", "csv", "json")),
        ["history", "--label", EVIL + "x", tmp / "h.db"],
        *([name, evil_path(tmp, "none")] for name in ("stats", "result")),
        ["record", tmp / "h.db", evil_path(tmp, "none")],
        ["history", evil_path(tmp, "none")],
        ["gate", "--limit", "p99 < 1ms", evil_path(tmp, "none")],
        ["report", "-o", evil_path(tmp, "none") / "x.html", out],
        ["stats", f"--{EVIL}"], ["stats", "--format", EVIL], [EVIL],
    ]
    for command in commands:
        done = run(*command)
        said = " ".join(str(x)[:12] for x in command)
        clean(t, ascii(said), done.stdout, done.stderr)
    clean(t, "the page", (tmp / "page.html").read_bytes())


def truth(t, tmp):
    """JSON has the names unchanged."""
    client_run(tmp / "truth")
    out = tmp / "truth/out.json"
    phase = json.loads(run("result", "--format", "json", out).stdout)[
        "phases"][0]
    t.equal((phase["job"], phase["hosts"][0]["host"]), (EVIL, EVIL),
            "result: JSON gives names back")
    operation = json.loads(run("stats", "--format", "json", out).stdout)[
        "operations"][0]
    t.equal(operation["operation"], EVIL, "stats: so does its JSON")
    text = run("result", out).stdout.decode()
    t.contains(text, [r"\x1b[2J", r"\u202e", r"\nINJECTED", r"\u0085"],
               "text shows them escaped")


def formulas(t, tmp):
    """A field of CSV that a spreadsheet would take for a formula begins with a
    quote."""
    for i, name in enumerate(OPENERS):
        client_run(tmp / f"csv{i}", name, name)
        out = tmp / f"csv{i}/out.json"
        run("record", "--label", name, tmp / f"csv{i}.db", out)
        for command in (["result", out], ["stats", out],
                        ["history", tmp / f"csv{i}.db"]):
            done = run(command[0], "--format", "csv", *command[1:])
            cells = {cell for row in csv.reader(io.StringIO(
                done.stdout.decode())) for cell in row}
            bad = {c for c in cells
                   if c[:1] in ("=", "+", "-", "@", "\t", "\r", "\uff1d")}
            t.ok(not bad and any(c.lstrip("'") == name or c[0] in "'\\"
                                 for c in cells if c),
                 f"{command[0]}, {name!a}: no formula", bad, cells)


def of_watch(t, tmp):
    """Hostile text that servers send during a run, in the output of watch,
    and in those of what it records."""
    lines = (f"<{EVIL}> fio-diskwrite: host h, job {EVIL}, thread 00: 1.0 "
             "MiB/s, p99 1.000 ms, max 2.000 ms, 11 chunks in 60 s\n"
             "<h2> fio-diskwrite: host h2, job \x1b[31m, thread 00: STALLED: "
             "no chunk done in 60 s, the oldest has been in flight for 99 s\n"
             "<h3\x1b[2J> fio-diskwrite: host h, job w, thread 00: 1.0 MiB/s, "
             "p99 1.000 ms, max 2.000 ms, 11 chunks in 60 s\n"
             f"<h4> error {EVIL}\nfio: \x1b[2J\x9b\n").replace("\r", "")
    db, page = tmp / "soak.db", tmp / "soak.html"
    for more in ([], ["--record", db, "--label", EVIL]):
        done = run("watch", *more, stdin=lines.encode() + b"<h> \xff\x9b\n")
        clean(t, "watch", done.stdout, done.stderr)
        t.contains(done.stdout.decode(), [r"\x1b[2J", "STALLED"],
                   "it is shown")
    for more in ([], *(["--soak", "1", "--format", f]
                       for f in ("text", "csv", "json"))):
        done = run("history", *more, db)
        t.ok(done.stdout, f"history {more} shows a soak", done.stderr)
        clean(t, f"history {more}", done.stdout, done.stderr)
    done = run("report", "-o", page, db)
    clean(t, "report of a soak", done.stdout, done.stderr, page.read_bytes())


def of_check(t, tmp):
    """Hostile names of hosts that do not answer and of a bad job file, in the
    output of check."""
    listed, job = tmp / "listed", tmp / "job.fio"
    listed.write_bytes(b"127.0.0.1,1\nh\x1b[31m\xc2\x9b.invalid\n")
    job.write_text("[a]\nioengine=fio-smallfile.so\ndirectory=/tmp\n"
                   "operation=\x1b[31m\n")
    done = run("check", "--hosts", listed, job)
    clean(t, "check", done.stdout, done.stderr)


def of_ab(t, tmp):
    """Hostile text that commands print, and hostile directories, in the output
    of ab."""
    keep = evil_path(tmp, "kept")
    client_run(tmp / "ab")
    evil = EVIL_BYTES.replace(b"\n", b"").replace(b"'", b"")
    (tmp / "say").write_bytes(evil + b"\n")
    done = run("ab", "--keep", keep, "--a", f"cat {tmp}/say; exit 1", "--b",
               "false")
    t.ok(rb"\x1b[2J" in done.stderr or b"exit code" in done.stderr,
         "it is shown", done.stderr)
    clean(t, "ab", done.stdout, done.stderr)
    command = (f"cp {tmp}/ab/out.json $OUT; n=$(date +%N); sed -i "
               "\"s/1700000000000/1700000$n/\" $OUT")
    for command in (["ab", "--runs", "7", "--a", command, "--b", command],
                    ["gate", "calibrate", "--runs", "7", "--a", command]):
        done = run(*command)
        clean(t, " ".join(command[:2]), done.stdout, done.stderr)


def main(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-hostile-") as tmp:
        for check in (of_runs, truth, formulas, of_watch, of_check, of_ab):
            check(t, pathlib.Path(tmp))


tap.main(main)
