# SPDX-License-Identifier: GPL-2.0-only
"""Tests that no latency contains work of the engine itself, whatever the
contents, the order and the depth.

The engine is a special build. Its clock goes on only while the engine works,
and stands still in system calls. So every latency must be 0. own/meson.build
names the functions that belong to an operation and do not move the clock."""
import os

import fio
import mounts
import objects
import possible
import tap

mounts.enter_namespace()

UNIT_NS = 10_000  # OWN_CLOCK_NS: of one function
# await-create is left out: it measures from a time that another host noted.
OPERATIONS = [name for name, row in possible.in_memory().items()
              if row["before"] != "STAMPED"]
COMMON = dict(files=16, files_per_dir=2, filesize="12k", bs="4k",
              xattr_count=2, xattr_size=20, dir_files=2)
# Options for one operation in flight at a depth of 64: with a latency target
# fio begins with one. With more in flight, an operation may end while the
# engine works for another one, and that work would be in its latency.
ALONE = dict(iodepth=64, uring_always=1, latency_target="100s",
             latency_window="100s")
MODES = {
    "in order": dict(),
    "random": dict(rand=True),
    "burst=1": dict(burst=1),
    "burst=1, random": dict(burst=1, rand=True),
    "depth 64": ALONE,
    "depth 64, random": dict(ALONE, rand=True),
}
FEW = ("in order", "burst=1", "depth 64")
KINDS = {
    "pattern": (dict(content="pattern"), MODES),
    "incompressible": (dict(content="incompressible"), MODES),
    "durable": (dict(content="incompressible", fsync_on_close=1,
                     record_ctime_size=1), FEW),
}
DIRECT = {"direct": (dict(content="incompressible", direct=1), FEW)}
DATA = [name for name, row in fio.OPERATIONS.items() if row["moves_data"]]
AT_ONCE = 3


def sections_of(operations, mode):
    """Returns sections that make what each operation needs, and then run all
    operations, each on its own tree."""
    last = [fio.section(operation, host=operation, **mode)
            for operation in operations]
    last[0][1]["stonewall"] = True
    return objects.preparations(operations) + last


def half(done, operation):
    """Returns (least, median) of an operation's latencies, or None."""
    sides = done.side(operation)
    if not sides or not sides[0]["clat_ns"]["N"]:
        return None
    clat = sides[0]["clat_ns"]
    return clat["min"], clat["percentile"]["50.000000"]


def look(t, label, done, mode, operations):
    t.ok(done.rc == 0, f"{label}: succeeds", done)
    for operation in operations:
        found = half(done, operation)
        t.ok(found and found[1] < UNIT_NS / 2,
             f"{label}, {operation}: no work of the engine in a latency",
             found)
        # The last operation of a batch also has fio's own time. The least
        # latency is of another one.
        if not mode.keys() & {"burst", "iodepth"}:
            t.ok(found and found[0] == 0,
                 f"{label}, {operation}: the least latency in a batch is 0",
                 found)


def try_all(t, top, kinds, operations):
    rows = [(f"{kind}, {way}", options, mode)
            for kind, (options, ways) in kinds.items()
            for way, mode in MODES.items() if way in ways]
    while rows:
        now, rows = rows[:AT_ONCE], rows[AT_ONCE:]
        under_way = []
        for label, options, mode in now:
            place = os.path.join(top, label)
            os.mkdir(place)
            under_way.append((label, mode, fio.Running(
                sections_of(operations, mode), directory=place,
                **COMMON, **options)))
        for label, mode, running in under_way:
            look(t, label, running.wait(), mode, operations)


def own_work(t, space):
    try_all(t, space.dir("all"), KINDS, OPERATIONS)


def direct(t, space):
    try_all(t, space.loop("ext4"), DIRECT, DATA)


def clock_counts(t, space):
    """Proof that the clock counts: with many operations in flight, latencies
    contain the engine's work for other operations."""
    done = fio.run(sections_of(["stat"], dict(iodepth=64, uring_always=1)),
                   directory=space.dir("many"), **COMMON)
    found = half(done, "stat")
    t.ok(done.rc == 0 and found and found[1] >= UNIT_NS,
         "many in flight: the clock counts", found, done)


def main():
    space = mounts.Workspace()
    os.environ["LD_LIBRARY_PATH"] = os.environ["SMALLFIO_OWN_ENGINE"]
    tap.main(*[lambda t, f=f: f(t, space)
               for f in (clock_counts, own_work, direct)])


main()
