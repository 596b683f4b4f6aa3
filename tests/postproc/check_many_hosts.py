#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio on the results of many hosts. Prints TAP.

    check_many_hosts.py SMALLFIO SOURCE_ROOT

Of 1,000 results one is missing, cut off, there twice, or of another run: each
time it is named. And the memory for a large run has a bound.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import fio_json
import many_hosts
import measured
import tap

SMALLFIO = os.path.abspath(sys.argv[1])
HOSTS = 1000
BAD = "node0417"
# The memory of a result, less that of the program: bytes a thread and operation,
# with the 230 bins or so that 1,000 samples fill.
BYTES_A_THREAD = {"result": 1700, "stats": 2500, "gate": 1800, "report": 1800}
PROGRAM_BYTES = 12 << 20
# Meson has glibc write into all memory that is asked for, also where it stays unused.
os.environ.pop("MALLOC_PERTURB_", None)


def smallfio(*args):
    """Runs smallfio. Returns (exit code, all that it printed, its largest memory in
    bytes)."""
    done = measured.run([SMALLFIO, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                        text=True)
    return done.returncode, done.stdout, done.memory_bytes


class Loss:
    """A whole run of 1,000 hosts, and rows that break one result of it."""

    def __init__(self, t, where, run):
        self.t, self.where, self.run = t, where, run
        where.mkdir()
        self.hosts = run.write_hosts(where / "hosts")

    def named(self, label, words, *args):
        code, text, _ = smallfio(*args)
        self.t.equal(code, 3, f"{label}: exit 3", text)
        # Sentences are broken into lines.
        self.t.contains(" ".join(text.split()), words, f"{label}: named")


def without(parts, **which):
    return [p for p in parts if any(getattr(p, k) != v for k, v in which.items())]


def client(t, tmp):
    """fio's client writes all results into one file."""
    loss = Loss(t, tmp / "client",
                many_hosts.Run(many_hosts.names(HOSTS), 2, ("create", "stat"), 40, shapes=4))
    parts = list(loss.run.parts())
    out = loss.where / "out.json"
    loss.run.write(out, parts)
    code, text, _ = smallfio("result", "--hosts", loss.hosts, out)
    t.equal((code, "1000 expected, 1000 seen" in text), (4, True), "the whole run is too short, "
            "and nothing is wrong with it", text)
    again = [p for p in parts if p.host == BAD]
    other = loss.run.part(BAD, "stat", 1, samples=20)
    for label, changed, words in (
            ("a host is missing", without(parts, host=BAD), [f"host {BAD} is missing"]),
            ("an operation of a host is missing", without(parts, host=BAD, operation="stat"),
             [f"stat: host {BAD} is missing"]),
            ("a thread is missing", without(parts, host=BAD, operation="stat", thread=1),
             [f"stat, host {BAD}: 1 of 2 threads"]),
            ("a host is there twice", parts + again, [f"create, host {BAD}: 4 of 2 threads",
                                                      f"stat, host {BAD}: 4 of 2 threads"]),
            ("a thread is there twice", parts + again[-1:], [f"stat, host {BAD}: 3 of 2 threads"]),
            ("a host is of another list", [p._replace(text=p.text.replace(BAD, "other"))
                                           for p in parts],
             [f"host {BAD} is missing", "host other has results, but is not in the list"]),
            ("a thread is of another run", without(parts, host=BAD, operation="stat", thread=1)
             + [other], [f"stat, host {BAD}", "20 of 40"])):
        loss.run.write(out, changed)
        loss.named(label, words, "result", "--hosts", loss.hosts, out)
    # One that did as much. The first, one in the middle, the last.
    for i in (0, 2 * HOSTS, 4 * HOSTS - 1):
        changed = list(parts)
        changed[i] = parts[i]._replace(text=parts[i].text.replace(many_hosts.RUN, "9" * 16))
        loss.run.write(out, changed)
        part = parts[i]
        loss.named(f"thread {i} is of another run, with as many files",
                   [f"{part.operation}, host {part.host}, thread {part.thread:02}: the result is "
                    f"of another run ({'9' * 16}) than others ({many_hosts.RUN})"],
                   "result", "--hosts", loss.hosts, out)
    loss.run.write(out, parts)
    text = out.read_text(encoding="utf-8")
    out.write_text(text[:text.index(f'"{BAD}"')], encoding="utf-8")
    for command in (["result"], ["stats"], ["gate", "--limit", "create p99 < 1s"],
                    ["report", "-o", loss.where / "report.html"]):
        loss.named(f"{command[0]}: the file is cut off", [str(out), "was cut off"], *command, out)


def kept(t, tmp):
    """Each host kept its results. Here each is a file of one host."""
    loss = Loss(t, tmp / "kept",
                many_hosts.Run(many_hosts.names(HOSTS), 1, ("create", "stat"), 40, shapes=4))
    spool = loss.where / "smallfio-kept"
    path = {(p.host, p.operation): loss.run.keep(spool, p) for p in loss.run.parts()}
    code, text, _ = smallfio("result", "--hosts", loss.hosts, spool)
    t.equal((code, BAD in text, "1000 expected, 1000 seen" in text), (3, False, True),
            "what all hosts kept is read, and none is named", text)
    mine = path[BAD, "stat"]
    whole = mine.read_bytes()
    twin = mine.with_name(f"{BAD}.7.json")
    stranger = loss.run.part(BAD, "stat", 0)

    def put_twice():
        twin.write_bytes(whole)

    def put_other():
        loss.run.keep(spool, stranger, run=f"{0x9999:016x}")

    for label, change, words in (
            ("what a host kept of an operation is missing", mine.unlink,
             [f"stat: host {BAD} is missing"]),
            ("what a host kept is cut off", lambda: mine.write_bytes(whole[:len(whole) // 2]),
             [mine.name, "was cut off"]),
            ("what a host kept is empty", lambda: mine.write_bytes(b""),
             [f"stat: host {BAD} is missing"]),
            ("what a host kept is there twice", put_twice,
             [f"each job of host {BAD} once", twin.name]),
            ("what a host kept is of another run", put_other,
             [f"not read, an earlier run: 20231114T221320Z-{BAD}-", f"host {BAD} is missing"])):
        change()
        loss.named(label, words, "result", "--hosts", loss.hosts, spool)
        mine.write_bytes(whole)
        twin.unlink(missing_ok=True)


def logs(t, tmp):
    """Each host has a log beside the client's file."""
    loss = Loss(t, tmp / "logs", many_hosts.Run(many_hosts.names(HOSTS), 1, ("create",), 0,
                                                        log="create"))
    values = [100_000 + 1000 * i for i in range(40)]
    text = fio_json.indented(fio_json.entry("create", values, host="@host@", options={
        "rw": "write", "operation": "create"}))
    loss.run.samples = len(values)
    loss.run.write(loss.where / "out.json", [
        many_hosts.Part(h, "create", 0, text.replace("@host@", h)) for h in loss.run.hosts])
    lines = [f"{1_700_000_000_000 + i}, {v}, 1, 4096, 0\n" for i, v in enumerate(values)]
    log = {h: loss.where / f"create_clat.1.log.{h}" for h in loss.run.hosts}
    for path in log.values():
        path.write_text("".join(lines))
    code, text, _ = smallfio("stats", loss.where)
    t.equal(code, 0, "1,000 logs and the JSON agree", text)
    mine = log[BAD]
    other = [line.replace(", 1", ", 2", 1) for line in lines]
    for label, command, words, change in (
            ("a log is missing", "result", [f"host {BAD}: expected", "found none"], mine.unlink),
            ("a log is missing", "stats", [f"host {BAD}", "no log"], mine.unlink),
            ("a log is cut off at a line", "result", [f"host {BAD}", "samples are lost"],
             lambda: mine.write_text("".join(lines[:20]))),
            ("a log is there twice", "result", [mine.name],
             lambda: (loss.where / f"create_clat.2.log.{BAD}").write_text("".join(lines))),
            ("a log is of another run", "stats", [f"host {BAD}", "ns in the logs"],
             lambda: mine.write_text("".join(other)))):
        change()
        loss.named(f"{command}: {label}", words, command, loss.where)
        mine.write_text("".join(lines))
        (loss.where / f"create_clat.2.log.{BAD}").unlink(missing_ok=True)
    mine.write_text("".join(lines)[:-7])
    loss.named("stats: a log is cut off in a line", [mine.name, "cut off"], "stats", *log.values())


def memory(t, tmp):
    """200 hosts, 32 threads, two operations: as much a thread as with 1,000 hosts and
    17 operations. One host is slow, and named."""
    hosts = many_hosts.names(200)
    run = many_hosts.Run(hosts, 32, ("create", "stat"), slow=[hosts[66]])
    out = tmp / "large.json"
    run.write(out)
    parts = len(hosts) * run.threads * len(run.operations)
    listed = run.write_hosts(tmp / "hosts")
    page = tmp / "report.html"
    for command in (["result", "--hosts", listed], ["stats"],
                    ["gate", "--limit", "create p99 < 1s", "--"], ["report", "-o", page]):
        code, text, memory_bytes = smallfio(*command, out)
        t.equal(code, 0, f"{command[0]}: 200 hosts", text)
        each = (memory_bytes - PROGRAM_BYTES) / parts
        t.diag(f"{command[0]}: {memory_bytes >> 20} MiB, {each:.0f} bytes a thread and operation")
        t.ok(each <= BYTES_A_THREAD[command[0]],
             f"{command[0]}: at most {BYTES_A_THREAD[command[0]]} bytes a thread and operation",
             each)
        if command[0] == "report":
            text = page.read_text(encoding="utf-8")
        if command[0] != "gate":
            t.contains(text, [hosts[66]], f"{command[0]}: names the slow host")
        t.ok(text.count("\n") < 5000, f"{command[0]}: a person can read it", text.count("\n"))


def phases(t, tmp):
    """With phases=1 each thread of each host gets its own parts of operations, in a
    time that grows with their number, and not with its square."""
    out = tmp / "phases.json"

    def cpu_s(hosts):
        run = many_hosts.Run(many_hosts.names(hosts), 4, ("create",), phases=True)
        run.write(out)
        return min(measured.run([SMALLFIO, "result", "--format", "json", out],
                                stdout=subprocess.DEVNULL).cpu_s for _ in range(3))

    few, many = cpu_s(HOSTS // 4), cpu_s(HOSTS)
    t.diag(f"{HOSTS // 4} hosts: {few:.2f} s, {HOSTS} hosts: {many:.2f} s")
    t.ok(many < 8 * few, "phases=1: four times the hosts take some four times as long",
         few, many)
    code, text, _ = smallfio("result", "--format", "json", out)
    t.equal(code, 0, "phases=1: 1,000 hosts", text[:1000])
    found = {phase["job"]: [thread["units"] - 1000 for thread in phase["threads"]]
             for phase in json.loads(text)["phases"] if phase["part"]}
    t.equal(found, {f"create.{name}": list(range(4 * HOSTS)) for name in many_hosts.PHASES},
            "phases=1: each thread has its own")


def main(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-many.") as tmp:
        for check in (client, kept, logs, memory, phases):
            check(t, Path(tmp))


if __name__ == "__main__":
    tap.main(main)
