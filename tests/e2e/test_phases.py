# SPDX-License-Identifier: GPL-2.0-only
"""Tests phases=1: the parts of operations. One kind of request to a file system
is slow, and the part that waits for it has to show that. The parts are no
longer than the operation, and are nearly all of it."""
import json
import os
import re
import subprocess

import fio
import mounts
import schema
import tap
import tree

mounts.enter_namespace()

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
ROOT = os.environ["SMALLFIO_SOURCE"]
SLOW_US = 5000
FILES = 30
# FUSE's opcodes of requests that an operation waits for.
REQUESTS = {"create": 35, "open": 14, "write": 16, "read": 15, "fsync": 20,
            "flush": 25, "rename": 12, "unlink": 10, "getattr": 3}
# The operation, the request that is slow, and the part that waits for it.
SLOW = [("create", "create", "open"), ("create", "write", "write"),
        ("create", "fsync", "fsync"), ("create", "flush", "close"),
        ("read", "open", "open"), ("read", "read", "read"),
        ("rename", "rename", "rename"), ("delete-renamed", "unlink", "unlink")]
NOTE = re.compile(r"latency: .*operation=(\S+) part=(\S+) .*samples=(\d+) .*"
                  r"min=(\d+) .*mean=([\d.]+)")


class Far:
    """A file system of which only one kind of request is slow."""

    def __init__(self):
        self.space = space = mounts.Workspace()
        self.only = os.path.join(space.dir("switches"), "only")
        self.top = space.far_away(delay_us=SLOW_US, only=self.only)

    def slow(self, request):
        with open(self.only, "w", encoding="ascii") as f:
            f.write(str(REQUESTS[request]))


def parts(job):
    """Returns {(operation, part): (samples, min in ns, sum in ns)}."""
    notes = [NOTE.match(value) for name, value in job["job options"].items()
             if name.startswith("fio-smallfile latency ")]
    return {(n[1], n[2]): (int(n[3]), int(n[4]), int(n[3]) * float(n[5]))
            for n in notes if n}


def run(top, operation, *arguments, **options):
    return fio.run([fio.section(operation)], *arguments, directory=top,
                   host="h", files=FILES, filesize="1k", fsync_on_close=1,
                   **{"phases": 1, **options})


def check_slow(t, label, done, operation, slow, depth):
    job = done.named(operation)[0]
    found = {part: row for (_, part), row in parts(job).items()}
    # At a depth the part before may have ended some time before that is seen, and
    # then has that time.
    least_us = SLOW_US / 2 if depth > 1 else SLOW_US
    waits = {part for part, row in found.items() if row[1] >= least_us * 1000}
    t.equal(waits, {slow}, f"{label}: {slow} alone waits each time", found)
    t.equal({row[0] for row in found.values()}, {FILES},
            f"{label}: each file has each part", found)
    whole = fio.busy_side(job)["clat_ns"]
    whole = whole["N"] * whole["mean"]
    share = sum(row[2] for row in found.values()) / whole
    t.ok(0.9 <= share <= 1, f"{label}: the parts are 90 to 100 % of the "
         "operation", share)


def slow_part(t, far):
    for depth in 1, 8:
        options = dict(iodepth=depth) if depth > 1 else {}
        for operation, request, part in SLOW:
            label = f"{operation}, slow {request}, depth {depth}"
            far.slow(request)
            done = run(far.top, operation, **options)
            t.ok(done.rc == 0, f"{label}: fio succeeds", done)
            check_slow(t, label, done, operation, part, depth)
            # Leaves the files as the next row needs them.
            if operation == "create" and request != "flush":
                run(far.top, "delete", phases=0)


def off(t, far):
    done = run(far.space.dir("off"), "create", phases=0)
    t.equal([name for name in done.named("create")[0]["job options"]
             if "latency" in name], [], "phases=0: there are no parts")


def unloaded(t, far):
    """fio unloads an engine that [global] does not name when its last thread
    has ended, and asks for the latencies after that."""
    job = fio.job_text([fio.section(
        "create", ioengine=fio.ENGINE, thread=1, numjobs=2, phases=1,
        directory=far.space.dir("unloaded"), files=FILES)])
    done = fio.run([], text=job.replace(f"ioengine={fio.ENGINE}\n", "", 1))
    if t.ok(done.rc == 0, "threads of an engine that is unloaded: fio succeeds",
            done):
        t.ok(all(parts(job) for job in done.named("create")),
             "threads of an engine that is unloaded: have parts")


def smallfio(*arguments):
    return subprocess.run([SMALLFIO, *arguments], capture_output=True,
                          text=True)


def shown(t, far):
    """smallfio shows each part as an operation, and its share."""
    far.slow("fsync")
    out = os.path.join(far.space.path, "shown.json")
    for label, group in ("threads", {}), ("a group", {"group_reporting": 1}):
        done = run(far.top, "create", "--output-format=json+", numjobs=2,
                   prefix=label[0], **group)
        t.ok(done.rc == 0, f"{label}: fio succeeds", done)
        with open(out, "w", encoding="utf-8") as f:
            f.write(done.output)
        stats = json.loads(smallfio("stats", "--format", "json", out).stdout)
        number = {o["operation"]: max(row["samples"] for row in o["statistics"])
                  for o in stats["operations"]}
        t.equal(number, dict.fromkeys(
            ["create", "create.open", "create.write", "create.fsync",
             "create.close"], 2 * FILES), f"{label}: stats has the parts")
        t.equal(stats["samples"], 2 * FILES,
                f"{label}: a part is no sample of its own")
        result = json.loads(smallfio("result", "--format", "json", out).stdout)
        schema.follows(ROOT, result)
        share = {p["operation"]: p["share_percent"] for p in result["phases"]}
        t.ok(share["create"] is None and share["create.fsync"] > 50
             and 90 <= sum(v for v in share.values() if v) <= 100.001,
             f"{label}: result has the shares of the parts", share)
        t.equal([p["operation"] for p in result["phases"]
                 if p["cluster"]["rates"]["units_per_s"]], ["create"],
                f"{label}: a part has no rate")
        t.contains(smallfio("result", out).stdout, ["create.fsync", "% of it"],
                   f"{label}: its text, too")
        page = os.path.join(far.space.path, "page.html")
        t.equal(smallfio("report", "-o", page, out).returncode, 0,
                f"{label}: report makes a page")
        t.contains(tree.read_file(page).decode(),
                   ["1 operation by 2 threads", "create.fsync "],
                   f"{label}: the page has the shares")
        codes = [smallfio("gate", "--limit", limit, out).returncode for limit in
                 ("create.fsync p50 < 5ms", "create.open p50 < 100s",
                  "create.open files/s > 0")]
        t.equal(codes, [1, 0, 3], f"{label}: gate judges one part")


def mixed(t, far):
    """The parts of each operation of a mix are told apart."""
    done = fio.run([("mix", dict(operation="mix", rw="randwrite",
                                 mix="create:1,stat:1,delete:1",
                                 number_ios=3000))],
                   directory=far.space.dir("mix"), files=500, filesize="1k",
                   phases=1)
    t.ok(done.rc == 0, "a mix with phases=1 succeeds", done)
    t.same_set(parts(done.named("mix")[0]).keys(),
               {("create", "open"), ("create", "write"), ("create", "close"),
                ("stat", "stat"), ("delete", "unlink")},
               "a mix: each operation has its own parts")


tap.main(*tap.sharing(Far, off, unloaded, mixed, slow_part, shown))
