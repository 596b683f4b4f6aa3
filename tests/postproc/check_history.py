# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio record and history: what is kept, shown and refused, and what
survives a crash.

usage: check_history.py SMALLFIO SOURCE_ROOT
"""
import contextlib
import csv
import io
import json
import math
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import mounts  # noqa: E402
import runs    # noqa: E402
import schema  # noqa: E402
import tap     # noqa: E402

NOISE = [0, 3, -4, 6, -2, 5, -6, 1, -3, 2]


def smallfio(*args):
    done = subprocess.run([SMALLFIO, *map(str, args)], capture_output=True,
                          text=True, timeout=120)
    done.both = done.stdout + done.stderr
    return done


def some(tmp, prefix, count, factor=1.0, first=0, **options):
    return [runs.write(tmp / f"{prefix}{i}.json",
                       runs.entry(runtime_ms=round((1000 + NOISE[i % 10])
                                                   * factor), **options),
                       time_s=1700000000 + 60 * (first + i))
            for i in range(count)]


def count(db):
    with contextlib.closing(sqlite3.connect(db)) as connection:
        return connection.execute("SELECT count(*) FROM run").fetchone()[0]


def keeping(t, tmp):
    db = tmp / "h.db"
    done = smallfio("record", "--label", "main", db, *some(tmp, "a", 10))
    t.equal((done.returncode, count(db)), (0, 10), "runs are kept", done.both)
    done = smallfio("record", db, *some(tmp, "a", 10))
    t.equal((done.returncode, count(db)), (0, 10),
            "the same runs are kept once", done.both)
    t.contains(done.stdout, ["known as run 1"],
               "runs that are there already: a note says so")
    smallfio("record", db, *some(tmp, "b", 10, 1.2, first=10))
    done = smallfio("history", db)
    t.contains(done.stdout, ["create files/s", "2023-11-14 22:13:20",
                             "1000/s", "main"], "recorded runs are shown")
    t.equal([int(line.split()[0]) for line in done.stdout.splitlines()
             if "<< changed" in line], [11],
            "recorded runs: the change point is marked",
            done.stdout)
    done = smallfio("history", "--format", "csv", "--metric", "p99,files/s",
                    db)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    t.equal((len(rows), rows[0]["metric"], rows[0]["value"][:5],
             rows[0]["unit"]), (40, "p99", "50989", "ns"), "CSV, percentiles",
            done.both)
    direct = smallfio("gate", "--limit", "p99 < 1ns", "--format", "json",
                      tmp / "a0.json")
    t.equal(float(rows[0]["value"]),
            json.loads(direct.stdout)["checks"][0]["value"],
            "the same from the history as from the file")
    done = smallfio("history", "--format", "json", db)
    found = json.loads(done.stdout)
    schema.follows(ROOT, found)
    t.equal([p["run"] for p in found["lines"][0]["points"] if p["changed"]],
            [11], "JSON follows its schema and has the change point")
    for options, expected in ((["--last", 3], 3), (["--label", "main"], 10),
                              (["--from", "2023-11-14 22:23"], 10),
                              (["--to", "2023-11-14 22:14"], 1),
                              (["--operation", "create"], 20)):
        done = smallfio("history", "--format", "csv", *options, db)
        t.equal(done.stdout.count("\n") - 1, expected, f"filter {options}",
                done.both)
    done = smallfio("history", "--operation", "delete", db)
    t.equal(done.returncode, 4, "nothing like that", done.both)
    t.contains(done.stderr, ["as the options ask for", "without them"],
               "no run fits: the message says why, and what there is without"
               " options")
    removal(t, db)
    done = smallfio("history", "--prune-keep", "5", db)
    t.equal((done.returncode, count(db)), (0, 5), "pruned by number",
            done.both)
    done = smallfio("history", "--prune-before", "1970-01-01", db)
    t.equal((done.returncode, done.stdout), (0, "0 runs removed\n"),
            "the beginning of time is a time", done.both)
    done = smallfio("history", "--prune-before", "2023-11-14 22:32", db)
    t.equal((done.returncode, count(db)), (0, 1), "pruned by time", done.both)
    with sqlite3.connect(db) as connection:
        left = connection.execute("SELECT count(*) FROM histogram").fetchone()
    t.equal(left, (1,), "pruning removes all that belongs to the runs")


def removal(t, db):
    """The database has ten runs of `main`, then ten without a label. A removal
    takes only runs that --label, --from and --to name. Options that it would
    have to leave aside are refused."""
    before = count(db)
    for options, expected in (
            (["--prune-keep", 2, "--label", "main"], range(1, 9)),
            (["--prune-keep", 2, "--label", "none"], []),
            (["--prune-keep", 19], [1]),
            (["--remove", 7], [7]),
            (["--remove", 17, "--label", "main"], []),
            (["--prune-before", "2023-11-14 22:15", "--from",
              "2023-11-14 22:14"], [2])):
        done = smallfio("history", "--dry-run", *options, db)
        told = [int(line.split()[1]) for line in done.stdout.splitlines()
                if line.startswith("run ")]
        t.equal((done.returncode, told, count(db)),
                (0, list(expected), before), f"{options}: what would go",
                done.both)
    for options in (["--operation", "create"], ["--last", 50],
                    ["--metric", "p99"], ["--format", "csv"],
                    ["--output", "x"], ["--soak", 1]):
        done = smallfio("history", "--prune-keep", 1, *options, db)
        t.equal((done.returncode, count(db)), (2, before),
                f"a removal with {options} is refused", done.both)
        t.contains(done.stderr, [options[0], "--label"],
                   f"{options}: the message says what to use")
    for options in (["--prune-before", "2023-11-14 22:15"], ["--remove", 7]):
        done = smallfio("history", "--prune-keep", 5, *options, db)
        t.equal((done.returncode, count(db)), (2, before),
                f"--prune-keep and {options[0]} at once are refused", done.both)
        t.contains(done.stderr, ["expected one of --prune-keep"], "... and why")
    done = smallfio("history", "--remove", 7, db)
    t.equal((done.returncode, count(db), "run 7 " in done.stdout),
            (0, before - 1, True), "one run is removed, and named", done.both)
    done = smallfio("history", "--prune-keep", 8, "--label", "main", db)
    t.equal((done.returncode, count(db)), (0, before - 2),
            "a removal with a label leaves runs of other labels", done.both)


def baselines(t, tmp):
    db = tmp / "h.db"
    smallfio("record", "--label", "main", db, *some(tmp, "a", 25))
    smallfio("record", "--label", "other", db,
             *some(tmp, "o", 10, 2.0, first=50))
    smallfio("record", db, *some(tmp, "x", 10, filesize="9k"))
    current = some(tmp, "c", 10, 1.1, first=100)
    done = smallfio("gate", "--baseline-db", db, "--label", "main",
                    "--last", 20, "--current", *current)
    t.equal(done.returncode, 1, "a baseline from the history", done.both)
    t.contains(done.stdout, ["10 runs against a baseline of 20"], "of 20")
    smallfio("record", "--label", "main", db, *current)
    done = smallfio("gate", "--baseline-db", db, "--label", "main",
                    "--last", 10, "--current", *current)
    t.contains(done.stdout, ["regression", "999.5/s"],
               "runs are not compared with themselves")
    unlike = some(tmp, "u", 10, numjobs="7")
    for label, words in (
            ("main", ["with the label main", "a0.json and ",
                      "create.numjobs: not given against 7"]),
            ("none", ["with the label none", "record some first"])):
        done = smallfio("gate", "--baseline-db", db, "--label", label,
                        "--current", *unlike)
        t.equal(done.returncode, 4, f"{label}: no run is like these",
                done.both)
        t.contains(done.stderr, words,
                   f"{label}: the message says what differs, or what to do")


def changes(t, tmp):
    """A new level fails a job that asks for it, until somebody has accepted it,
    and again when the time for which it was accepted is over. An accepted
    level is a baseline from its first run on."""
    db = tmp / "h.db"
    smallfio("record", "--label", "main", db, *some(tmp, "a", 10))
    done = smallfio("history", "--fail-on-change", db)
    t.equal(done.returncode, 0, "one level: no change", done.both)
    smallfio("record", "--label", "main", db,
             *some(tmp, "b", 10, 1.2, first=10))
    done = smallfio("history", "--fail-on-change", db)
    t.equal(done.returncode, 1, "a new level fails", done.both)
    t.contains(done.both, ["<< changed", "1 new level that nobody",
                           "history accept RUN"], "it says what to do")

    def accepts(*options):
        done = smallfio("history", "accept", *options, db)
        return done.returncode, done.both

    # Run 12 is next to run 11, which history marks.
    t.equal(accepts(12, "--reason", "checksums are on"),
            (0, "run 12: accepted\n"), "a level is accepted")
    done = smallfio("history", "--fail-on-change", db)
    t.equal((done.returncode, "<< accepted: checksums are on" in done.stdout,
             "<< changed" in done.stdout), (0, True, False),
            "an accepted level is no failure", done.both)
    found = json.loads(smallfio("history", "--format", "json", db).stdout)
    schema.follows(ROOT, found)
    t.equal([(p["run"], p["accepted"]) for p in found["lines"][0]["points"]
             if p["accepted"]], [(11, "checksums are on")],
            "JSON has the reason at the change")
    rows = csv.DictReader(io.StringIO(
        smallfio("history", "--format", "csv", db).stdout))
    t.equal([r["run"] for r in rows if r["accepted"]], ["11"],
            "CSV has it, too")
    for until, code in (("2001-01-31", 1), ("2999-12-31", 0)):
        t.equal(accepts(12, "--reason", "for now", "--until", until)[0], 0,
                f"accepted until {until}")
        done = smallfio("history", "--fail-on-change", db)
        t.equal(done.returncode, code, f"until {until}: exit {code}",
                done.both)
    accepts(12, "--reason", "for now", "--until", "2001-01-31")
    t.contains(smallfio("history", db).stdout,
               ["<< changed", "accepted until 2001-01-31 00:00:00: for now"],
               "the table says that its time is over")
    t.equal(accepts(12, "--withdraw"), (0, "run 12: no longer accepted\n"),
            "an acceptance is withdrawn")
    t.equal(smallfio("history", "--fail-on-change", db).returncode, 1,
            "a level that is no longer accepted fails")
    accepted_at_once(t, tmp, db)
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE run SET not_whole = 'host n2 was lost' WHERE id = 13")
    for args, code, words in (
            ([99, "--reason", "x"], 3, "found no run 99"),
            ([13, "--reason", "x"], 3, "run 13 is not valid (host n2 was lost)"),
            ([13, "--withdraw"], 0, "no longer accepted"),
            (["x", "--reason", "x"], 2, "the number of a run"),
            ([12], 2, "--reason TEXT, or --withdraw"),
            ([12, "--reason", "x", "--withdraw"], 2, "--reason"),
            ([12, "--reason", "x", "--until", "soon"], 2, "expected a time")):
        done = accepts(*args)
        t.equal((done[0], words in done[1]), (code, True), f"accept {args}",
                done[1])
    done = smallfio("history", "--fail-on-change", "--remove", 1, db)
    t.equal(done.returncode, 2, "a removal does not fail on a change",
            done.both)


def thresholds(t, tmp):
    """Three levels, each 4 % lower than the one before. One step is less than
    6 %, and both together are more."""
    db = tmp / "h.db"
    for i, factor in enumerate((1, 1.04, 1.04 ** 2)):
        smallfio("record", db, *some(tmp, f"a{i}", 10, factor, first=10 * i))
    for options, marked in (([], [11, 21]), (["--threshold", 3], [11, 21]),
                            (["--threshold", "6%"], [21]),
                            (["--threshold", 9], [])):
        done = smallfio("history", "--fail-on-change", *options, "--format",
                        "json", db)
        found = json.loads(done.stdout)
        t.equal([p["run"] for p in found["lines"][0]["points"]
                 if p["changed"]], marked, f"{options}: {marked} are marked")
        t.equal(done.returncode, 1 if marked else 0,
                f"{options}: exit code", done.both)
    for options in (["--threshold", "x"], ["--threshold", 5, "--remove", 1]):
        done = smallfio("history", *options, db)
        t.equal(done.returncode, 2, f"{options} is refused", done.both)


def alike(t, tmp):
    """Each run is like the one before. Levels that are marked may then be chance. A
    step of more than twice what a level spans is none."""
    noise, log = random.Random(5), [0.0]
    while len(log) < 50:
        log.append(0.9 * log[-1] + noise.gauss(0, 0.01))
    for factor, code in ((1, 0), (1.5, 1)):
        db = tmp / f"{factor}.db"
        smallfio("record", db, *(
            runs.write(tmp / f"{factor}-{i}.json", runs.entry(runtime_ms=round(
                1000 * math.exp(x) * (factor if i >= 25 else 1))),
                time_s=1700000000 + 60 * i) for i, x in enumerate(log)))
        done = smallfio("history", "--fail-on-change", db)
        t.contains(done.stdout, ["<< changed", "levels may be marked that are none"],
                   f"runs that are alike, a step of {factor}: the table")
        t.equal(done.returncode, code, f"... exit {code}", done.both)


def accepted_at_once(t, tmp, db):
    """Three runs are no level that statistics could find."""
    smallfio("record", "--label", "main", db,
             *some(tmp, "c", 3, 1.4, first=20))
    smallfio("history", "accept", 21, "--reason", "wanted", db)
    done = smallfio("gate", "--baseline-db", db, "--label", "main",
                    "--current", *some(tmp, "d", 10, 1.4, first=90))
    t.contains(done.stdout.replace("\n", " "),
               ["10 runs against a baseline of 3", "(accepted: wanted)"],
               "the baseline begins with the run that was accepted")


def labels(t, tmp):
    db = tmp / "h.db"
    smallfio("record", "--label", "main", db, *some(tmp, "a", 3))

    def found():
        rows = csv.DictReader(io.StringIO(
            smallfio("history", "--format", "csv", db).stdout))
        return [r["label"] for r in rows]

    done = smallfio("history", "relabel", 2, "release, 1.0", db)
    t.equal((done.returncode, found()), (0, ["main", "release, 1.0", "main"]),
            "one run gets another label", done.both)
    done = smallfio("history", "relabel", 3, "", db)
    t.equal((done.returncode, found()), (0, ["main", "release, 1.0", ""]),
            "one run loses its label", done.both)
    for args, code in (([9, "x"], 3), (["x", "x"], 2), ([1], 2)):
        done = smallfio("history", "relabel", *args, db)
        t.equal((done.returncode, found()[0]), (code, "main"),
                f"relabel {args}", done.both)


def levels(t, tmp):
    """The baseline is of one level, and before the current runs. Ten runs, ten
    that are 1.2 times slower, one of the year 3000, and now one level more."""
    db = tmp / "h.db"
    smallfio("record", "--label", "main", db, *some(tmp, "a", 10))
    smallfio("record", "--label", "main", db,
             *some(tmp, "b", 10, 1.2, first=10))
    smallfio("record", "--label", "pr", db,
             *some(tmp, "f", 10, 3, first=500_000_000))
    current = some(tmp, "c", 10, 1.4, first=100)
    for options, runs in (([], 10), (["--last", 10], 10), (["--last", 5], 5)):
        done = smallfio("gate", "--baseline-db", db, *options,
                        "--current", *current)
        t.contains(done.stdout, [f"10 runs against a baseline of {runs}",
                                 "  83"],
                   f"{options}: the baseline is the latest level before")
        t.equal(("another level with run 11 of 2023-11-14 22:23:20: the "
                 "baseline is the 10 runs from there on, and not the 10 "
                 "before" in " ".join(done.stdout.split())), not options,
                f"{options}: a note says what was left out", done.both)
    smallfio("record", "--label", "pr", db,
             *some(tmp, "d", 3, 1.2, first=30))
    done = smallfio("gate", "--baseline-db", db, "--current", *current)
    t.contains(done.stdout, ["different labels, such as main and pr",
                             "--label"], "a mixed baseline is told of")


def small_level(t, tmp):
    """A small step is seen in the 50 runs that history looks at, and not in the
    latest 20. The gate finds the same, also where it takes fewer runs."""
    db = tmp / "h.db"
    noise = random.Random(2)
    smallfio("record", db, *[
        runs.write(tmp / f"{i}.json", runs.entry(runtime_ms=round(
            noise.gauss(10000 + 400 * (i >= 38), 200))),
                   time_s=1700000000 + 60 * i) for i in range(50)])
    found = json.loads(smallfio("history", "--format", "json", db).stdout)
    levels = [p["run"] for p in found["lines"][0]["points"] if p["changed"]]
    t.equal(len(levels), 1, "history finds a step of 2 sd", levels)
    kept = 51 - levels[0]
    for last, used in ((20, kept), (kept, kept), (5, 5)):
        done = smallfio("gate", "--baseline-db", db, "--last", last,
                        "--current", *some(tmp, "c", 10, first=100))
        t.contains(done.stdout, [f"10 runs against a baseline of {used}"],
                   f"--last {last}: the baseline has {used} runs")
        t.equal(f"with run {levels[0]} of" in " ".join(done.stdout.split()),
                last == 20, f"--last {last}: a note of what is left out",
                done.both)


def reference(t, tmp):
    """A rolling baseline follows a slow decline. The release does not."""
    db = tmp / "h.db"
    smallfio("record", "--label", "v1", db, *some(tmp, "a", 10))
    smallfio("record", "--label", "main", db,
             *some(tmp, "b", 10, 1.15, first=20))
    args = ["gate", "--baseline-db", db, "--label", "main", "--current",
            *some(tmp, "c", 10, 1.17, first=100)]
    t.equal(smallfio(*args).returncode, 0, "against the baseline: green")
    args += ["--reference-label"]
    done = smallfio(*args, "v1")
    t.equal(done.returncode, 1, "against the release: red", done.both)
    t.contains(done.stdout, ["against a baseline of 10 and 10 of v1",
                             "no regression: create files/s\n",
                             "regression: create files/s against v1"],
               "both are printed")
    checks = json.loads(smallfio(*args, "v1", "--format", "json").stdout)
    t.equal([c["against"] for c in checks["checks"]], [None, "v1"],
            "JSON tells them apart")
    for form in ("markdown", "junit", "github"):
        done = smallfio(*args, "v1", "--format", form)
        t.contains(done.stdout, ["against v1"], f"{form} tells them apart")
    done = smallfio(*args, "v2")
    t.equal(done.returncode, 4, "no such reference", done.both)
    smallfio("record", "--label", "v2", db,
             *some(tmp, "v", 5, filesize="9k"))
    done = smallfio(*args, "v2")
    t.equal(done.returncode, 4, "another job's reference", done.both)
    t.contains(done.stderr, ["with the label v2", "v4.json and ", "9k"],
               "another job's reference: says what differs")


def unlike(t, tmp):
    """Runs of different jobs stand in tables of their own, and the second says
    how it differs. A run that does not name its kernel is like the others, as
    it is to the gate."""
    db = tmp / "h.db"
    smallfio("record", db, *some(tmp, "a", 3))
    smallfio("record", "--environment", tmp, db, *some(tmp, "b", 3, first=5))
    smallfio("record", db, *some(tmp, "c", 3, first=10, filesize="9k"))
    found = smallfio("history", db).stdout
    t.equal(found.count("create files/s, fingerprint"), 2, "two tables", found)
    t.contains(found, ["unlike run 1 in ", "filesize", "9k"],
               "the second says what differs")


def environments(t, tmp):
    db = tmp / "h.db"
    # In a chroot whose root is no mount point, the kind is unknown.
    done = smallfio("record", "--environment", "/proc", db,
                    *some(tmp, "a", 1))
    t.equal(done.returncode, 0, "with this machine's facts", done.both)
    with sqlite3.connect(db) as connection:
        items = json.loads(connection.execute(
            "SELECT items FROM fingerprint").fetchone()[0])
    t.equal(items.get("kernel"), os.uname().release, "the kernel")
    t.equal(items.get("filesystem"), "proc", "the file system")
    done = smallfio("record", "--environment", "/nowhere", db,
                    *some(tmp, "a", 1))
    t.equal(done.returncode, 3, "no such directory", done.both)


def refused(t, tmp):
    run = some(tmp, "a", 1)[0]
    good = tmp / "good.db"
    smallfio("record", good, run)
    with contextlib.closing(sqlite3.connect(good)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def newer(path):
        path.write_bytes(good.read_bytes())
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 99")
        connection.close()

    def foreign(path):
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE song (name TEXT)")

    cases = [
        ("newer", newer, "version 99"),
        ("foreign", foreign, "another program"),
        ("text", lambda p: p.write_text("no database\n" * 100),
         "found another file"),
        ("cut", lambda p: p.write_bytes(good.read_bytes()[:6000]),
         "damaged"),
    ]
    for name, make, words in cases:
        path = tmp / name
        make(path)
        before = path.read_bytes()
        for args in (["record", path, run], ["history", path]):
            done = smallfio(*args)
            t.equal(done.returncode, 3, f"{args[0]}: {name}", done.both)
            t.contains(done.stderr, [str(path), words], f"{name}: says so")
        t.ok(path.read_bytes() == before, f"{name}: nothing changed")
    done = smallfio("history", tmp / "none")
    t.equal((done.returncode, (tmp / "none").exists()), (3, False),
            "no history", done.both)
    (tmp / "empty").touch()
    t.equal(smallfio("history", tmp / "empty").returncode, 3, "empty file")
    t.equal(smallfio("record", tmp / "empty", run).returncode, 0,
            "an empty file becomes a history")
    half = tmp / "half"
    half.mkdir()
    done = smallfio("record", tmp / "new.db", run, half)
    t.equal((done.returncode, (tmp / "new.db").exists()), (3, False),
            "half a run among good ones: nothing is made", done.both)
    done = smallfio("record", tmp / "nowhere" / "h.db", run)
    t.equal(done.returncode, 3, "no such directory", done.both)
    t.contains(done.stderr, ["No such file or directory"],
               "no such directory: the message says so")
    done = smallfio("record", tmp, run)
    t.equal(done.returncode, 3, "a directory is no history", done.both)
    t.contains(done.stderr, ["Is a directory"],
               "a directory is no history: the message says so")
    for args in (["record"], ["record", "db"], ["history"],
                 ["history", "a", "b"], ["history", "--last", "x", good],
                 ["history", "--from", "soon", good],
                 ["history", "--prune-keep", "0", good],
                 ["gate", "--baseline-db", good],
                 ["gate", "--baseline-db", good, "--last", "0",
                  "--current", run]):
        t.equal(smallfio(*args).returncode, 2, f"wrong usage: {args[:2]}")


def old_version(t, tmp):
    """A history of version 1, as the first steps of the schema made it, can be
    read and added to."""
    db = tmp / "h.db"
    smallfio("record", db, *some(tmp, "a", 3))
    with sqlite3.connect(db) as connection:
        for sql in ("DROP INDEX run_by_time", "DROP INDEX run_by_kind",
                    "ALTER TABLE run DROP COLUMN label",
                    "ALTER TABLE run DROP COLUMN not_whole",
                    "ALTER TABLE run DROP COLUMN pauses",
                    "DROP TABLE heartbeat", "DROP TABLE soak_host",
                    "DROP TABLE soak", "DROP TABLE over_time",
                    "ALTER TABLE run DROP COLUMN accepted",
                    "ALTER TABLE run DROP COLUMN accepted_until_ms",
                    "PRAGMA user_version = 1"):
            connection.execute(sql)
    done = smallfio("record", "--label", "new", db,
                    *some(tmp, "b", 1, first=9))
    t.equal((done.returncode, count(db)), (0, 4), "is brought up to date",
            done.both)
    with sqlite3.connect(db) as connection:
        t.equal(connection.execute("PRAGMA user_version").fetchone(), (6,),
                "to version 6")


def locked(t, tmp):
    db = tmp / "h.db"
    smallfio("record", db, *some(tmp, "a", 1))
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    done = smallfio("record", db, *some(tmp, "b", 1, first=5))
    t.equal(done.returncode, 3, "locked for good", done.both)
    t.contains(done.stderr, ["another program", "try again"],
               "locked for good: the message says so")
    t.ok(time.monotonic() - start > 5,
         "locked for good: record waits before it fails")
    t.equal(smallfio("history", db).returncode, 0, "readers do not wait")
    other.execute("ROLLBACK")
    t.equal(count(db), 1, "locked for good: nothing changes")


def many_writers(t, tmp):
    db = tmp / "h.db"
    writers = [subprocess.Popen(
        [SMALLFIO, "record", db, *some(tmp, f"w{w}-", 10, 1 + w / 100,
                                       first=100 * w)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for w in range(6)]
    errors = [w.communicate()[1].decode() for w in writers]
    t.equal(([w.returncode for w in writers], count(db)), ([0] * 6, 60),
            "six at once, from the first moment", *errors)


def full_disk(t, tmp):
    where = mounts.mount("tmpfs", f"{tmp}/small", "-o", "size=256k")
    try:
        fill_and_record(t, tmp, pathlib.Path(where))
    finally:
        mounts.unmount(where)


def fill_and_record(t, tmp, where):
    db = where / "h.db"
    done = smallfio("record", db, *some(tmp, "a", 2))
    t.equal(done.returncode, 0, "there is room for two", done.both)
    with open(f"{where}/fill", "wb", buffering=0) as fill:
        try:
            while fill.write(b"x" * 4096):
                pass
        except OSError:
            pass
    done = smallfio("record", db, *some(tmp, "b", 40, first=9))
    t.equal(done.returncode, 3, "a full disk", done.both)
    t.contains(done.stderr, ["disk is full"],
               "a full disk: the message says so")
    os.unlink(f"{where}/fill")
    kept = done.stdout.count(": run ")
    t.equal(count(db), 2 + kept, "what it said it kept is there")


def new_on_full_disk(t, tmp):
    """On a full disk, however much room is left, there is either no history or
    a whole one without runs."""
    run = some(tmp, "a", 1)[0]
    where = pathlib.Path(mounts.mount("tmpfs", f"{tmp}/tiny", "-o", "size=256k"))
    db, seen = where / "h.db", set()
    try:
        for pages in range(0, 64, 3):
            (where / "fill").write_bytes(b"x" * 4096 * (64 - pages))
            done = smallfio("record", db, run)
            (where / "fill").unlink()
            left = sorted(p.name for p in where.iterdir())
            runs_kept = count(db) if db.exists() else None
            full = done.returncode == 3 and "disk is full" in done.stderr
            seen.add(runs_kept)
            t.ok((done.returncode == 0 and runs_kept == 1) or
                 (full and runs_kept == 0) or (full and left == []),
                 f"a new history with {4 * pages} KiB left", left, done.both)
            for path in where.iterdir():
                path.unlink()
    finally:
        mounts.unmount(where)
    t.ok({None, 1} <= seen, "some were made, some not", seen)


def killed(t, tmp):
    """After kill -9 at any moment the history is sound, and has every run that
    was reported as recorded."""
    rounds = int(os.environ.get("SMALLFIO_KILLS", "25"))
    db = tmp / "h.db"
    chance = random.Random(7)
    said = 0
    paths = some(tmp, "k", 60)
    smallfio("record", db, paths[0])
    for i in range(rounds):
        for k, path in enumerate(paths):
            runs.write(pathlib.Path(path), runs.entry(files=200),
                       time_s=1800000000 + 1000 * i + k)
        writer = subprocess.Popen([SMALLFIO, "record", db, *paths],
                                  stdout=subprocess.PIPE)
        time.sleep(chance.uniform(0.005, 0.12))
        writer.send_signal(signal.SIGKILL)
        said += writer.communicate()[0].decode().count(": run ")
    with sqlite3.connect(db) as connection:
        check = connection.execute("PRAGMA integrity_check").fetchone()
        lone = connection.execute(
            "SELECT count(*) FROM run WHERE id NOT IN "
            "(SELECT run FROM figures)").fetchone()
    t.equal(check, ("ok",), f"sound after {rounds} kills")
    t.equal(lone, (0,), "no run without its figures")
    t.ok(count(db) - 1 >= said, "no run that was said to be kept is lost",
         count(db), said)
    t.diag(f"{count(db) - 1} runs kept, {said} told before the kill")
    t.equal(smallfio("record", db, *paths).returncode, 0,
            "after the kills runs can still be recorded")


def in_a_directory_of_its_own(function):
    def test(t):
        with tempfile.TemporaryDirectory(prefix="smallfio-history-") as tmp:
            function(t, pathlib.Path(tmp))
    test.__name__ = function.__name__
    return test


mounts.enter_namespace()
tap.main(*map(in_a_directory_of_its_own,
              [keeping, baselines, changes, thresholds, alike, labels, levels,
               small_level, reference, unlike, environments, refused,
               old_version, locked, many_writers, full_disk, new_on_full_disk,
               killed]))
