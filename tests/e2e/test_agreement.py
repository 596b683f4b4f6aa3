# SPDX-License-Identifier: GPL-2.0-only
"""The latencies of all modes agree. In this build of the engine each piece of its
own work takes far more time than an operation in memory. That time is in no
latency: of the fastest mode, of one operation at a time, or at a depth, with any
contents and in any order.

The second witness is a file system that notes when each request came and when it
was answered. With many operations in flight, a latency is the time of the
requests of that very operation, although the thread works for others meanwhile.
See own/own_clock.c and lib/delayfs_watch.c."""
import os
import re
import statistics

import fio
import mounts
import objects
import possible
import tap

mounts.enter_namespace()

# The latency of await-create begins when another host has written a file.
OPERATIONS = [name for name, row in possible.in_memory().items()
              if row["before"] != "STAMPED"]
DATA = [name for name in OPERATIONS if fio.OPERATIONS[name]["moves_data"]]
CONTENTS = {"pattern": DATA, "incompressible": OPERATIONS}
ORDERS = {"in order": dict(), "random": dict(rand=True)}
TRIES = 3
# Each file has its own directory. In one directory operations wait for each other.
COMMON = dict(files=16, files_per_dir=1, dirs_per_dir=1000, filesize="4k",
              bs="4k", xattr_count=1, xattr_size=20)
IN_FLIGHT = dict(iodepth=64, uring_always=1)
# With a latency target fio begins with one operation in flight, and stays there.
ALONE = dict(IN_FLIGHT, latency_target="100s", latency_window="100s")

# Ways to do operations in memory, by the us of a piece of work. Three such pieces
# must take less than the 0.8 ms after which a batch ends. Operations by io_uring
# take longer, so the work does, too.
MEMORY = {
    200: {"fastest": dict(), "burst=1": dict(burst=1),
          "depth 64, in memory": dict(iodepth=64)},
    1000: {"depth 64, alone": ALONE},
}

# On the file system that is far away all operations begin before the first one is
# done. Requests about a directory name no file. Three operations are left out,
# because they wait for each other: rename for a lock of the whole file system,
# swift-put and rmdir for the thread, which makes one of their calls or opens their
# directory.
FAR_WORK_US, FAR_US, FAR_FILES = 20_000, 500_000, 8
TOGETHER = [name for name in OPERATIONS if fio.OPERATIONS[name]["async"]
            and fio.OPERATIONS[name]["unit"] == "file"
            and name not in ("rename", "rmdir", "swift-put")]
# Then there are more operations than can be in flight. The preparation of 16, a
# quarter of the depth, takes no whole part of the time of an operation.
BUSY = ("stat", "read", "create", "delete", "getxattr")
BUSY_WORK_US, BUSY_FILES = 12_000, 130


def host_of(*words):
    return re.sub("[^a-z0-9]+", "-", "-".join(words))


class Case:
    """An operation and the way it is done, on its own tree."""

    def __init__(self, operation, content, order, way, **options):
        self.operation = operation
        self.label = f"{operation}, {content}, {order}, {way}"
        self.host = host_of(operation, content, order, way)
        self.options = dict(options, content=content, **ORDERS[order])

    def preparations(self):
        steps = objects.preparation(self.operation)
        if fio.OPERATIONS[self.operation]["removes_dirs"]:
            steps = [("create", {})]
        return [fio.section(name, f"before {i}", host=self.host,
                            content=self.options["content"], **options)
                for i, (name, options) in enumerate(steps)]

    def section(self):
        return fio.section(self.operation, self.host, host=self.host,
                           **self.options)


def prepare(cases, top, **common):
    """Makes what the cases need. The first steps of all run at once, then the
    second steps."""
    steps = [case.preparations() for case in cases]
    sections = []
    for i in range(max(map(len, steps))):
        (name, options), *others = [s[i] for s in steps if i < len(s)]
        sections += [(name, dict(options, stonewall=True)), *others]
    done = sections and fio.run(sections, directory=top, **common)
    if sections and done.rc:
        raise RuntimeError(f"preparation: {done}")


def run(cases, top, work_us, **common):
    return fio.run([case.section() for case in cases], directory=top,
                   env={"OWN_WORK_US": str(work_us)}, **common)


def all_cases(operations, ways):
    return [Case(operation, content, order, way, **options)
            for content, of_content in CONTENTS.items()
            for operation in of_content if operation in operations
            for order in ORDERS for way, options in ways.items()]


def until_good(cases, measure, good):
    """Returns {case: what was measured}. Work of the engine would be in each
    sample, in each try. A busy machine spoils some samples, and makes none
    better. So a case that is not good is tried again."""
    found = {}
    for _ in range(TRIES):
        left = [case for case in cases
                if case not in found or not good(found[case])]
        if left:
            found.update(measure(left))
    return found


def agree(t, space):
    """All ways run side by side. In a batch of two only the second operation
    may have work in its sample. The median would not show that."""
    if not space.path.startswith("/dev/shm/"):
        raise tap.Unavailable("the files would be on a disk: /dev/shm is small")

    def measure(cases):
        top = space.dir(f"agree-{len(os.listdir(space.path))}")
        prepare(cases, top, **COMMON)
        done = run(cases, top, work_us, **COMMON)
        t.ok(done.rc == 0, "in memory: succeeds", done)
        return {case: done.side(case.host)[0]["clat_ns"] for case in cases}

    def is_short(clat):
        return (clat["N"] > 1 and
                clat["percentile"]["70.000000"] < work_us * 1000 * 3 / 4)

    for work_us, ways in MEMORY.items():
        found = until_good(all_cases(OPERATIONS, ways), measure, is_short)
        for case, clat in found.items():
            t.ok(is_short(clat), f"{case.label}: the operation alone", clat)


def requests(path):
    """Returns {(host, file): [how long each request took, in ns]}."""
    found = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            asked, answered, name = line.split()
            host, n = re.search(r"_([a-z0-9-]+)_00_(\d+)_", name).groups()
            found.setdefault((host, int(n)), []).append(
                int(answered) - int(asked))
    return found


def beyond(case, log, asked):
    """Returns [(number of requests, ns of the latency beyond what these took)],
    one pair for each operation."""
    found = []
    with open(log, encoding="ascii") as f:
        for line in f:
            _, latency, _, _, number, *_ = map(int, line.split(","))
            took = asked.get((case.host, number + 1), [])
            found.append((len(took), latency - sum(took)))
    return found


def witness(t, space, far, cases, work_us, good, **common):
    """Compares latencies with the requests of the same operations. A latency is
    never less than they took together. `good` judges what is beyond."""
    def measure(cases):
        number = len(os.listdir(far))
        top, place = os.path.join(far, str(number)), space.dir(f"log-{number}")
        os.mkdir(top)
        prepare(cases, top, **common)
        with mounts.Switch(WATCH):
            done = run(cases, top, work_us, cwd=place, **common)
            asked = requests(WATCH)
        t.ok(done.rc == 0, "far away: succeeds", done)
        return {case: beyond(case, f"{place}/{case.host}_clat.{i + 1}.log",
                             asked) for i, case in enumerate(cases)}

    for case in cases:
        case.options.update(write_lat_log=case.host, log_offset=1)
    found = until_good(cases, measure, good)
    for case, of_case in found.items():
        t.ok(good(of_case), f"{case.label}: as its requests", of_case)
        t.ok(all(n and ns >= 0 for n, ns in of_case),
             f"{case.label}: not less than these", of_case)


def many_in_flight(t, space, far):
    """The last operation is prepared before the first is done. So the only work
    that can be in a latency is work for that operation, and it would be in
    each of them. The median is late if ends are seen only after the last."""
    def good(found):
        late_us = [ns / 1000 for _, ns in found]
        return (min(late_us) < FAR_WORK_US * 3 / 4 and
                statistics.median(late_us) < FAR_WORK_US * 3 / 2)

    cannot = possible.lacking(far)
    can = [name for name in TOGETHER if name not in cannot]
    witness(t, space, far, all_cases(can, {"together": IN_FLIGHT}),
            FAR_WORK_US, good, **dict(COMMON, files=FAR_FILES))


def busy(t, space, far):
    """The thread always has other operations to prepare. It may be at work for
    one of them when a request ends, but must not go on with a number of them
    before it sees that end. Of the first ones each is seen in time, because
    each is handed over by itself."""
    def good(found):
        late_us = sorted(ns / 1000 / requests for requests, ns in found)
        return late_us[len(late_us) * 3 // 4] < BUSY_WORK_US * 5 / 2

    witness(t, space, far,
            [Case(operation, "incompressible", "in order", "busy", **IN_FLIGHT)
             for operation in BUSY], BUSY_WORK_US, good,
            **dict(COMMON, files=BUSY_FILES))


def who_asks(t, space, far):
    """The file system counts requests: to find the name, and to have its
    metadata. statx-dont-sync does without the second."""
    wanted = {"stat": 2, "statx-dont-sync": 1, "statx-force-sync": 2}
    common = dict(COMMON, files=4)
    cases = [Case(operation, "pattern", "in order", "asks", **IN_FLIGHT)
             for operation in wanted]
    top = os.path.join(far, "asks")
    os.mkdir(top)
    prepare(cases, top, **common)
    with mounts.Switch(WATCH):
        done = run(cases, top, 0, **common)
        asked = requests(WATCH)
    t.ok(done.rc == 0, "far away, stat: succeeds", done)
    for case in cases:
        found = [len(asked.get((case.host, n), [])) for n in range(1, 5)]
        t.equal(found, [wanted[case.operation]] * 4,
                f"{case.operation}: requests for each file")


SPACE = mounts.Workspace()
WATCH = os.path.join(SPACE.path, "watched")
os.environ["LD_LIBRARY_PATH"] = os.environ["SMALLFIO_OWN_ENGINE"]
tap.main(lambda t: agree(t, SPACE), *tap.sharing(
    lambda: SPACE.far_away(delay_us=FAR_US, watch=WATCH),
    lambda t, far: many_in_flight(t, SPACE, far),
    lambda t, far: busy(t, SPACE, far),
    lambda t, far: who_asks(t, SPACE, far)))
