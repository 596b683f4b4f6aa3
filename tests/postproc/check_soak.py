# SPDX-License-Identifier: GPL-2.0-only
"""Tests what `smallfio watch --record` keeps in a history, what `smallfio
history` shows of that, and the table of `smallfio watch` on a terminal.

usage: check_soak.py SMALLFIO SOURCE_ROOT
"""
import contextlib
import csv
import io
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import runs    # noqa: E402
import schema  # noqa: E402
import screen  # noqa: E402
import soaks   # noqa: E402
import tap     # noqa: E402
import terminal  # noqa: E402

MIB = 1 << 20
HOUR_MS = 3600 * 1000


def files(host, done, asked=400, errors=0, end="", operation="create",
          count=100):
    return (f"<{host}> fio-smallfile: host {host}, job c, operation "
            f"{operation}, 2 threads: {count / 10} files/s, 10.0 MiB/s, p99 "
            f"1.500 ms, {count} files, {100 * MIB} bytes in 10.0 s, {done} of "
            f"{asked} files done, {errors} errors, CPU 10.0 % user 20.0 % "
            f"system, memory 8.0 MiB{end}\n")


def chunks(host, thread, end=""):
    return (f"<{host}> fio-diskwrite: host {host}, job w, thread 0{thread}: "
            f"100.0 MiB/s, p99 {thread + 1}.000 ms, max 9.000 ms, 100 chunks, "
            f"{1000 * MIB} bytes in 10.0 s{end}\n")


def smallfio(*args, text=None):
    done = subprocess.run([SMALLFIO, *map(str, args)], input=text,
                          capture_output=True, text=True, timeout=120)
    done.both = done.stdout + done.stderr
    return done


def record(db, text, *options):
    return smallfio("watch", "--record", db, *options, text=text)


def query(db, sql, *values):
    with contextlib.closing(sqlite3.connect(db)) as connection:
        with connection:
            return connection.execute(sql, values).fetchall()


def writing(t, tmp):
    db = tmp / "h.db"
    done = record(db, files("h1", 100) + files("h1", 200, errors=3)
                  + chunks("h2", 0) + chunks("h2", 1)
                  + files("h1", 300, errors=3, end=", the last")
                  + chunks("h2", 0, ", the last")
                  + chunks("h2", 1, ", the last"))
    t.equal(done.returncode, 0, "a whole run", done.both)
    t.contains(done.stdout, ["2 hosts, 700 files or chunks, 4300.0 MiB",
                             "3 errors"], "the summary adds up")
    rows = query(db, "SELECT name, operation, sum(units), sum(bytes), "
                 "sum(errors), sum(interval_ms), max(p99_ns), max(max_ns), "
                 "max(cpu_system_pct), max(memory_kib), max(threads) FROM "
                 "heartbeat JOIN soak_host ON id = host GROUP BY name")
    t.equal(rows, [("h1", "create", 300, 300 * MIB, 3, 30000, 1500000, None,
                    20.0, 8192, 2),
                   ("h2", "chunk", 400, 4000 * MIB, 0, 20000, 2000000, 9000000,
                    None, None, 2)], "every heartbeat is in the history")
    t.equal(query(db, "SELECT ended FROM soak"), [(1,)], "the soak has ended")
    done = smallfio("history", db)
    t.equal(done.returncode, 0, "history without a run", done.both)
    t.contains(done.stdout, ["soak 1", "ended", "2 hosts"], "it lists soaks")
    record(db, files("h1", 100, end=", the last"))
    t.equal(query(db, "SELECT id FROM soak"), [(1,), (2,)],
            "after its end the next watch begins another soak")
    removing(t, db)


def removing(t, db):
    """--remove-soak takes one soak, and names it. Options that it would have to
    leave aside are refused."""
    def left():
        return query(db, "SELECT id FROM soak"), query(
            db, "SELECT DISTINCT soak FROM heartbeat ORDER BY 1")
    both = [(1,), (2,)]
    for options in (["--label", "pr"], ["--from", "2026-01-31"],
                    ["--to", "2026-01-31"], ["--prune-keep", 1],
                    ["--prune-before", "2026-01-31"], ["--remove", 1],
                    ["--last", 3], ["--metric", "p99"], ["--soak", 2],
                    ["--interval", 60], ["--fail-on-change"]):
        done = smallfio("history", "--remove-soak", 1, *options, db)
        t.equal((done.returncode, left()), (2, (both, both)),
                f"--remove-soak with {options} is refused", done.both)
        t.contains(done.stderr, [options[0]], f"{options}: is named")
    for number, options, says, stays in (
            (1, ["--dry-run"], "1 soak would be removed", both),
            (7, [], "0 soaks removed", both),
            (1, [], "1 soak removed", [(2,)])):
        done = smallfio("history", "--remove-soak", number, *options, db)
        t.equal((done.returncode, left()), (0, (stays, stays)),
                f"--remove-soak {number} {options}", done.both)
        t.contains(done.stdout, [says], f"soak {number}, {options}: says so")
        t.equal("soak 1:" in done.stdout, number == 1,
                f"soak {number}, {options}: is named", done.stdout)


def nothing(t, tmp):
    done = record(tmp / "h.db", "no message\n")
    t.equal((done.returncode, query(tmp / "h.db", "SELECT * FROM soak")),
            (4, []), "without a heartbeat there is no soak", done.both)
    for args, code in ((["watch", "--label", "x"], 2),
                       (["watch", "--record", "/nowhere/h.db"], 3),
                       (["history", "--soak", "7", tmp / "h.db"], 3),
                       (["history", "--soak", "0", tmp / "h.db"], 2)):
        done = smallfio(*args, text="")
        t.equal(done.returncode, code, f"{args}: exit code", done.both)


def going_on(t, tmp):
    """The watch is killed, and started again an hour later."""
    db = tmp / "h.db"
    with subprocess.Popen([SMALLFIO, "watch", "--record", db, "--label", "w"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as watch:
        watch.stdin.write(files("h1", 100) + files("h2", 100))
        watch.stdin.flush()
        deadline = time.monotonic() + 60
        seen = ""
        while "h2" not in seen and time.monotonic() < deadline:
            time.sleep(.5)
            if not db.exists():
                continue
            done = smallfio("history", "--format", "json", "--soak", 1, db)
            seen = done.stdout
        t.ok("h2" in seen, "history shows a soak while the watch runs", seen)
        report(t, db, "create: rate over time")
        watch.kill()
    t.equal(query(db, "SELECT ended FROM soak"), [(0,)],
            "killed: the soak has not ended")
    for sql in ("UPDATE heartbeat SET time_ms = time_ms - ?",
                "UPDATE soak SET began_ms = began_ms - ?"):
        query(db, sql, HOUR_MS)
    done = record(db, files("h1", 100, end=", the last"), "--label", "w")
    t.contains(done.stdout, ["soak 1 goes on", "s ago"],
               "started again: it goes on")
    t.equal((done.returncode, query(db, "SELECT id FROM soak")),
            (0, [(1,)]), "in the same soak", done.both)
    found = json.loads(smallfio("history", "--soak", 1, "--format", "json",
                                db).stdout)
    schema.follows(ROOT, found)
    t.ok(len(found["gaps"]) == 1 and
         3000 < (found["gaps"][0]["to_ms"] - found["gaps"][0]["from_ms"])
         / 1000 < 4200, "JSON has the gap, and follows its schema",
         found["gaps"])
    t.equal([(h["host"], h["not_heard"]) for h in found["hosts"]],
            [("h1", 1), ("h2", 0)], "a host that comes again has a gap")
    done = smallfio("history", "--soak", 1, db)
    t.contains(done.stdout, ["gap: from", "nothing was heard"],
               "the text has the gap")
    record(db, files("h9", 100))
    t.equal(query(db, "SELECT label FROM soak ORDER BY id"),
            [("w",), (None,)], "another label is another soak")


def made_up(db, hosts, minutes):
    record(db, files("h1", 1))
    soaks.fill(db, hosts, minutes)


def reading(t, tmp):
    db = tmp / "h.db"
    made_up(db, 20, 180)
    for seconds in (None, 60, 600, 7):
        options = ["--interval", seconds] if seconds else []
        done = smallfio("history", "--soak", 1, *options, "--format", "csv",
                        db)
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        total = sum(float(row["units"]) for row in rows)
        t.ok(abs(total - 20 * 180 * 6000) < len(rows),
             f"intervals of {seconds} s: nothing is lost", total, done.stderr)
    t.equal({row["hosts"] for row in rows}, {"20"}, "all hosts are heard")
    done = smallfio("history", "--soak", 1, "--interval", 600, db)
    t.contains(done.stdout, ["2023-11-14 22:13:20     20      0  create",
                             "2000.0", "node1: 90 errors", "10 more hosts"],
               "rates a second, and hosts with errors")
    done = smallfio("history", "--soak", 1, db)
    t.ok(20 <= done.stdout.count(" create ") <= 50,
         "by default as many intervals as fit a screen", done.stdout)


def bounded(t, tmp):
    """Memory does not grow with the length of a soak, or of a watch."""
    used = []
    for minutes in (50, 500):
        db = tmp / f"h{minutes}.db"
        made_up(db, 200, minutes)
        used.append(most_kib([SMALLFIO, "history", "--soak", "1", db],
                             os.devnull))
    t.ok(used[1] < used[0] + 8192, "history --soak: ten times as long",
         used)
    used = []
    for rounds in (3, 30):
        with open(tmp / "text", "w", encoding="ascii") as f:
            for k in range(rounds):
                f.writelines(files(f"h{i}", 100 * k) for i in range(1000))
        used.append(most_kib([SMALLFIO, "watch"], tmp / "text"))
    t.ok(used[1] < used[0] + 8192, "watch of 1,000 hosts: ten times as long",
         used)


def most_kib(command, stdin):
    with open(stdin, "rb") as f, subprocess.Popen(
            list(map(str, command)), stdin=f,
            stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_maxrss


def old_history(t, tmp):
    """Histories that smallfio 0.1.0 and 0.2.0 wrote, and a program between them.
    Nothing in them is lost."""
    tables = ("run", "figures", "histogram", "fingerprint")
    for version in (4, 5, 6):
        db = tmp / f"h{version}.db"
        text = pathlib.Path(ROOT, f"tests/postproc/golden/history-{version}.sql")
        with contextlib.closing(sqlite3.connect(db)) as c:
            c.executescript(text.read_text(encoding="utf-8"))
        before = [query(db, f"SELECT * FROM {name} ORDER BY 1, 2")
                  for name in tables]
        done = record(db, files("h1", 100))
        t.equal((done.returncode, query(db, "PRAGMA user_version")), (3, [(6,)]),
                f"a history of version {version} is brought up to date", done.both)
        t.equal([[row[:len(old[0])] for row in
                  query(db, f"SELECT * FROM {name} ORDER BY 1, 2")]
                 for name, old in zip(tables, before)], before,
                "all rows of its tables stay")
        done = smallfio("history", db)
        t.contains(done.stdout, ["create files/s", "old", "soak 1"],
                   "runs and soaks are shown")
        done = smallfio("record", db, runs.write(tmp / "new.json",
                                                 runs.entry(files=20)))
        t.contains(done.stdout, [f"run {version - 1}"], "runs are added")


def chunk_log(path, seconds, per_s):
    with open(path, "w", encoding="ascii") as f:
        f.write("unix_time_s,host,thread,file,chunk,bytes,latency_us,"
                "mib_per_s,cpu_user_pct,cpu_system_pct,rss_kib\n")
        for i in range(seconds * per_s):
            f.write(f"{1700000000 + i / per_s:.6f},h1,0,{i},0,{MIB},"
                    f"{1000 + i % 97},1000,0,0,0\n")


def intervals(t, tmp):
    """The chunks of a run over time come from its log, and stay when the run's
    files are gone."""
    seconds, per_s = 3700, 5
    run = tmp / "run"
    run.mkdir()
    chunk_log(run / "chunks.csv", seconds, per_s)
    runs.write(run / "out.json", runs.entry(
        "w", files=seconds * per_s, runtime_ms=seconds * 1000),
        time_s=1700000000 + seconds)
    for options, length, least in (([], 10000, 370), (["--interval", "60"],
                                                      60000, 61)):
        db = tmp / f"h{length}.db"
        done = smallfio("record", *options, db, run)
        (count, total, first), = query(
            db, "SELECT count(*), sum(operations), min(interval_ms * "
            "(start_ms = 0)) FROM over_time WHERE operation = 'chunk' AND "
            "p99_ns BETWEEN 1000000 AND 1100000 AND interval_ms <= ?",
            length)
        t.ok(done.returncode == 0 and total == seconds * per_s
             and least <= count <= least + 2,
             f"record {options}: all chunks are in intervals",
             (count, total, first), done.both)
    none = tmp / "none.db"
    smallfio("record", "--interval", "0", none, run)
    t.equal(query(none, "SELECT count(*) FROM over_time"), [(0,)],
            "record --interval 0 keeps none")
    (tmp / "alone").mkdir()
    shutil.copy(run / "chunks.csv", tmp / "alone")
    done = smallfio("record", tmp / "alone.db", tmp / "alone")
    t.equal(done.returncode, 3, "a chunk log alone is no run")
    t.contains(done.stderr, ["expected fio's JSON, found only logs",
                             "smallfio stats reads logs alone"],
               "what is missing, and what reads it")
    (run / "chunks.csv").write_text("damaged\n")
    done = smallfio("record", tmp / "d.db", run)
    t.equal((done.returncode, query(tmp / "d.db",
                                    "SELECT count(*) FROM run")),
            (0, [(1,)]), "a log that cannot be read costs no run", done.both)
    for name in ("chunks.csv", "out.json"):
        (run / name).unlink()
    report(t, db, "rate over time", "latencies over time", "operations/s")


def report(t, db, *titles):
    """Returns the page of the history's latest soak or run."""
    page = db.with_suffix(".html")
    done = smallfio("report", "-o", page, db)
    t.equal(done.returncode, 0, "report reads a history", done.both)
    text = page.read_text(encoding="utf-8")
    t.contains(text, titles, f"its page has {titles}")
    t.ok(len(text) < 2 * MIB, "the page is below 2 MiB", len(text))
    return text


def pages(t, tmp):
    db = tmp / "h.db"
    made_up(db, 300, 200)
    query(db, "UPDATE soak_host SET name = '<wbr>&\"' WHERE id = 7")
    query(db, "DELETE FROM heartbeat WHERE time_ms BETWEEN 1700003000000 AND "
          "1700006000000")
    query(db, "UPDATE heartbeat SET units = units / 2 WHERE host = 9")
    page = report(t, db, "create: rate over time",
                  "latency percentiles over time",
                  "<h2>Soak big", "300 hosts from 2023-11-14 22:13:20 to ",
                  "Stragglers: node9 in 1 operation, with up to 2.0 times",
                  "not all hosts have said that they are done",
                  "nothing was heard 1 time")
    t.ok("operations/s" not in page, "charts and table have one word for files")
    t.ok(">p50<" not in page and "Other percentiles are not known" in page,
         "there is no p50, and the page says why")
    t.ok("<wbr>" not in page, "a host's name is no markup")
    for options, code in ((["--soak", "1"], 0), (["--soak", "2"], 3),
                          (["--run", "1"], 3), (["--soak", "0"], 2)):
        done = smallfio("report", "-o", tmp / "x.html", *options, db)
        t.equal(done.returncode, code, f"report {options}", done.both)


def on_terminal(text, columns, lines):
    """Returns what watch writes to a terminal of this size."""
    def type_in(process):
        process.stdin.write(text.encode())
        process.stdin.close()
    return terminal.run([SMALLFIO, "watch"], "stdout", size=(lines, columns),
                        meet=type_in, stdin=subprocess.PIPE,
                        env={**os.environ, "TERM": "xterm"})


def watched(t, _):
    hosts = 30
    text = "".join(files(f"h{i}", 100 * k, errors=i // 29) for k in (1, 2)
                   for i in range(hosts))
    out = on_terminal(text + "<h3> fio: something\n", 70, 24)
    rows = screen.lines(out)
    table = next(i for i, row in enumerate(rows) if "30 hosts" in row)
    shown = rows[table:]
    t.ok("\x1b[" in out and max(map(len, shown[:23])) <= 70,
         "the table is as wide as the terminal", out)
    t.equal(shown[2].split()[0], "h29", "a host with errors comes first",
            "\n".join(rows))
    t.ok(any(re.match(r"and \d+ hosts that do better", row) for row in rows),
         "hosts that have no room are counted", "\n".join(rows))
    t.ok(any("fio: something" in row for row in rows[:table]),
         "other lines are above the table", "\n".join(rows))
    t.contains(rows[-2], ["30 hosts, 6000 files"], "a summary is left")


def in_a_directory_of_its_own(function):
    def test(t):
        with tempfile.TemporaryDirectory() as tmp:
            function(t, pathlib.Path(tmp))
    test.__name__ = function.__name__
    return test


tap.main(*map(in_a_directory_of_its_own,
              (writing, nothing, going_on, reading, bounded, old_history,
               intervals, pages, watched)))
