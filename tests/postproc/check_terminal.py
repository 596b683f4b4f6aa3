# SPDX-License-Identifier: GPL-2.0-only
"""Tests what a user at a terminal sees: width, colours, progress, and what a
mistyped word is answered with.

usage: check_terminal.py SMALLFIO SOURCE_ROOT
"""
import contextlib
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import runs  # noqa: E402
import tap   # noqa: E402
import terminal  # noqa: E402

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
HOST = "storage-node-07.rack-12.datacenter-3.cluster.example.com"


def columns(line):
    return sum(not unicodedata.combining(c) for c in ESCAPE.sub("", line))


def on_terminal(*args, width=100, stream="stdout", meet=None, **env):
    """Runs smallfio with a stream on a terminal. Returns what it wrote
    there. `meet` meets the process when it has begun."""
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    # The other stream must not fill up a pipe that nobody reads.
    other = "stderr" if stream == "stdout" else "stdout"
    text = terminal.run([SMALLFIO, *args], stream, size=(40, width), meet=meet,
                        env=environment | env, **{other: subprocess.DEVNULL})
    return text.replace("\r\n", "\n")


def piped(*args, **env):
    return subprocess.run([SMALLFIO, *map(str, args)], capture_output=True,
                          text=True, timeout=60, env=os.environ | env)


def make(tmp, name, runtime_ms=1000, time_s=1700000000):
    """A run of a client with a host of a long name and several threads."""
    entries = [runs.entry(f"operation-with-a-long-name-{i}",
                          runtime_ms=runtime_ms + k, ioengine="x") | {
                              "hostname": HOST, "port": 8765}
               for i in range(2) for k in range(3)]
    result = runs.run(*entries, time_s=time_s)
    result["client_stats"] = result.pop("jobs")
    path = tmp / name
    path.write_text(runs.json.dumps(result) + "\n", encoding="utf-8")
    return path


def widths(t, tmp):
    a, b = make(tmp, "a.json"), make(tmp, "b.json", 1500, 1710000000)
    commands = {"result": ["result", "-v", a], "stats": ["stats", "-v", a],
                "compare": ["compare", "--metric", "files/s", a, b],
                "gate": ["gate", "--baseline", a, "--current", b]}
    for name, command in commands.items():
        tables = {}
        for width in (80, 100, 160):
            text = on_terminal(*command, width=width)
            lines = [line for line in text.splitlines()
                     if not line.startswith("slowest")
                     and "latency (clat)" not in line]
            wide = max(lines, key=columns)
            t.ok(columns(wide) <= width or " " not in wide.strip(),
                 f"{name}: {width} columns", wide)
            tables[width] = text
        text = piped(*command).stdout
        t.equal(text, ESCAPE.sub("", tables[100]),
                f"{name}: a pipe is like a terminal of 100")
        t.ok((HOST if name in ("result", "stats") else
              "operation-with-a-long-name-1") in tables[160], f"{name}: room for the whole name",
             tables[160])
        t.ok(piped(*command, COLUMNS="60").stdout == text,
             f"{name}: a pipe has no width", text)
    t.equal(piped(*commands["gate"]).stdout.count("so few runs"), 1,
            "gate: what holds for several checks is said once")


def many_long_names(t, tmp):
    """Cut names of many hosts would hardly differ, so each stands whole above
    the rows of its host and its threads."""
    names = [HOST.replace("07", f"{i:02}") for i in range(4)]
    entries = [runs.entry("create", runtime_ms=1000 + k, ioengine="x")
               | {"hostname": name, "port": 8765}
               for name in names for k in range(2)]
    result = runs.run(*entries, time_s=1700000000)
    result["client_stats"] = result.pop("jobs")
    path = tmp / "names.json"
    path.write_text(runs.json.dumps(result) + "\n", encoding="utf-8")
    text = ESCAPE.sub("", on_terminal("result", "-v", path, width=80))
    rows = [line.split()[0] for line in
            text[text.index("\nhost "):].splitlines()[2:15]]
    t.equal(rows, ["all", *(word for name in names
                            for word in (name, "all", "00", "01"))][:13],
            "long names: each host has its own line, and its threads below",
            text)
    t.ok(max(map(columns, text.splitlines())) <= 80,
         "long names: within 80 columns", text)
    wide = on_terminal("result", "-v", path, width=160)
    t.equal([wide.count(f"\n{name} ") for name in names], [3] * 4,
            "long names: where there is room, they stand in each row", wide)


def colors(t, tmp):
    a, b = make(tmp, "a.json"), make(tmp, "b.json", 1500, 1710000000)
    (tmp / "many").mkdir()
    (tmp / "more").mkdir()
    many = runs.write_many(tmp / "many", "old", range(1000, 1010))
    more = runs.write_many(tmp / "more", "new", range(1500, 1510))
    commands = {
        "result": (["result", a], "32"),
        "gate": (["gate", "--limit", "files/s > 99k", a],
                 "31"),
        "compare": (["compare", tmp / "many", tmp / "more"], "31"),
    }
    assert many and more and b
    for name, (command, color) in commands.items():
        escape = f"\x1b[1;{color}m"
        t.ok(escape in on_terminal(*command), f"{name}: on a terminal")
        for why, text in (
                ("NO_COLOR", on_terminal(*command, NO_COLOR="1")),
                ("--color never", on_terminal(*command, "--color", "never")),
                ("a pipe", piped(*command).stdout)):
            t.ok("\x1b" not in text and text, f"{name}: none for {why}", text)
        for why, text in (
                ("an empty NO_COLOR", on_terminal(*command, NO_COLOR="")),
                ("--color always", piped(*command, "--color=always",
                                         NO_COLOR="1").stdout)):
            t.ok(escape in text, f"{name}: some for {why}", text)
        out = tmp / f"{name}.txt"
        on_terminal(*command, "-o", out)
        t.ok("\x1b" not in out.read_text(encoding="utf-8"),
             f"{name}: none in a file")
    done = piped("result", "--color", "blue", a)
    t.ok(done.returncode == 2 and "auto, always or never" in done.stderr,
         "a wrong word", done.stderr)


def progress(t, tmp):
    """A run that takes long to read shows how far it is, on a terminal."""
    text = make(tmp, "c.json").read_bytes() + b" " * 4000000
    fifo = tmp / "fifo"
    os.mkfifo(fifo)

    def feed():
        with open(fifo, "wb") as f:
            for i in range(0, len(text), len(text) // 8 + 1):
                f.write(text[i:i + len(text) // 8 + 1])
                f.flush()
                time.sleep(0.3)
    for command in (["gate", "--limit", "files/s > 1", fifo],
                    ["record", tmp / "h.db", fifo],
                    ["compare", fifo, make(tmp, "d.json", 900, 1720000000)],
                    ["result", fifo], ["stats", fifo],
                    ["report", "-o", tmp / "out.html", fifo],
                    ["plot", "--chart", "distribution", "-o",
                     tmp / "out.svg", fifo]):
        feeder = threading.Thread(target=feed)
        feeder.start()
        said = on_terminal(*command, stream="stderr")
        feeder.join()
        t.ok(re.search("\rreading (run 1|logs): ", said) and
             "\r\x1b[K" in said, f"{command[0]}: shows progress", repr(said))


def progress_of_history(t, tmp):
    """A history that takes long to read shows that it goes on. To take long,
    smallfio is made to stand still while it reads."""
    db = tmp / "h.db"
    piped("record", db, make(tmp, "a.json"))
    with contextlib.closing(sqlite3.connect(db)) as c, c:
        c.execute("INSERT INTO soak VALUES (1, NULL, 0, 1)")
        c.executemany("INSERT INTO soak_host VALUES (?, 1, ?)",
                      [(i, f"node{i}") for i in range(1000)])
        c.execute("WITH RECURSIVE m(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                  "FROM m WHERE i < 300) INSERT INTO heartbeat SELECT 1, "
                  "i * 60000, id, 'create', 'runs', 60000, 4, 60, 6, 0, 1, "
                  "NULL, 10.0, 20.0, 8 FROM m, soak_host")

    def stall(process):
        time.sleep(delay)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.1)
        process.send_signal(signal.SIGCONT)
    for command in (["history", "--soak", "1", db],
                    ["report", "-o", tmp / "out.html", db]):
        for delay in (0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.4, 0.8, 1.6):
            said = on_terminal(*command, stream="stderr", meet=stall)
            if "reading" in said:
                break
        t.ok("\rreading the history: 1." in said and "\r\x1b[K" in said,
             f"{command[0]}: shows progress", repr(said))


def silent_hosts(t, tmp):
    """Hosts that say nothing take the whole time that they may take."""
    listed, job = tmp / "hosts", tmp / "job.fio"
    job.write_text("[a]\nioengine=fio-smallfile.so\ndirectory=/tmp\n"
                   "rw=write\n")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        listed.write_text(f"127.0.0.1,{silent.getsockname()[1]}\n")
        said = on_terminal("check", "--timeout", "3", "--hosts", listed, job,
                           stream="stderr")
    t.ok("\rasking hosts: 0 of 1" in said and "\r\x1b[K" in said,
         "check: shows progress", repr(said))


def words(t, tmp):
    a = make(tmp, "a.json")
    for args, meant in ((["resutl", a], "result"), (["compar"], "compare"),
                        (["result", "--min-don", "3", "--hots", "x", a],
                         "--hosts"), (["gate", "--limt", "x"], "--limit")):
        done = piped(*args)
        t.ok(done.returncode == 2 and f"did you mean {meant}?" in done.stderr,
             f"{args[0]}: did you mean {meant}?", done.stderr)
    done = piped("xyzzyplugh")
    t.ok(done.returncode == 2 and "did you mean" not in done.stderr,
         "what is like nothing is not guessed", done.stderr)


def main(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-terminal-") as tmp:
        for check in (widths, many_long_names, colors, progress, progress_of_history,
                      silent_hosts, words):
            where = pathlib.Path(tmp, check.__name__)
            where.mkdir()
            check(t, where)


tap.main(main)
