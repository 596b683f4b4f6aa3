# SPDX-License-Identifier: GPL-2.0-only
"""Tests that fio's own options act on files: orders, limits, rates, loops and
logs."""
import collections
import os
import re
import shutil
import tempfile

import fio
import mounts
import objects
import possible
import smallfile
import tap
import tree

mounts.enter_namespace()

OPERATIONS = possible.in_memory()

HOST = "h"
XATTRS = dict(xattr_count=1, xattr_size=16)


def units_of(row, layout):
    return (layout.directory_units() if row["unit"] == "dir"
            else layout.files)


def prepare_all(t, label, trees, **common):
    """Makes what each of the operations needs in its directory, all by one
    fio."""
    steps = {}
    for operation, top in trees:
        for i, (op, options) in enumerate(objects.preparation(operation)):
            steps.setdefault(i, []).append(
                fio.section(op, directory=top, **options))
    sections = []
    for _, ((name, first), *others) in sorted(steps.items()):
        sections += [(name, dict(first, stonewall=True)), *others]
    done = fio.run(sections, **common)
    return t.ok(done.rc == 0, f"{label}: preparation succeeds", done)


def all_names(layout):
    """Returns every name that some operation of the table may leave."""
    names = set()
    for row in OPERATIONS.values():
        for obj in (row["before"], row["after"]):
            names.update(objects.entries(layout, obj))
    return names


def again_and_again(t, space):
    """time_based: every operation begins again after its last file. None
    fails, and the space taken does not grow."""
    common = dict(files=20, files_per_dir=7, filesize=3000, host=HOST,
                  **XATTRS)
    tops = {op: space.dir(f"time-{op}") for op in OPERATIONS}
    if not prepare_all(t, "time_based", tops.items(), **common):
        return
    done = fio.run([fio.section(op, directory=tops[op]) for op in OPERATIONS],
                   runtime=3, time_based=True, **common)
    t.ok(done.rc == 0 and not done.err, "time_based: no operation fails",
         done)
    t.ok(2.5 < done.seconds < 40, "time_based: runs for its runtime", done)
    for operation, row in OPERATIONS.items():
        layout = smallfile.Layout(tops[operation], HOST, 0, 20, 7)
        side = done.side(operation)[0]
        t.ok(side["total_ios"] > 2 * units_of(row, layout),
             f"time_based: {operation} starts over",
             f"{side['total_ios']} operations")
        found = tree.files_below(tops[operation])
        extra = set(found) - all_names(layout)
        big = [p for p in found if os.lstat(p).st_size > 2 * 3000]
        t.ok(not extra and not big, f"time_based: {operation} leaves no more"
             " than its files", *list(extra)[:3], *big[:3])


def loops(t, space):
    common = dict(files=11, files_per_dir=4, filesize=2000, host=HOST,
                  **XATTRS)
    tops = {op: space.dir(f"loops-{op}") for op in OPERATIONS}
    if not prepare_all(t, "loops", tops.items(), **common):
        return
    done = fio.run([fio.section(op, directory=tops[op]) for op in OPERATIONS],
                   loops=3, **common)
    t.ok(done.rc == 0 and not done.err, "loops=3: no operation fails", done)
    for operation, row in OPERATIONS.items():
        layout = smallfile.Layout(tops[operation], HOST, 0, 11, 4)
        t.equal(done.side(operation)[0]["total_ios"],
                3 * units_of(row, layout),
                f"loops=3: {operation} does every file three times")
        t.same_set(tree.files_below(tops[operation]),
                   objects.entries(layout, row["after"]),
                   f"loops=3: {operation} leaves what one pass leaves")


# Orders in which a file may have its turn twice: (whether the order is random,
# what comes after rw=write, other options).
REPEATING = {
    "norandommap": (True, "", dict(norandommap=1)),
    "percentage_random": (True, "", dict(percentage_random=50)),
    "write-3": (False, ":3", {}),
    "randwrite-3": (True, ":3", {}),
}


def repeated(t, space):
    """If a file has its turn twice, what the operation needs is put back
    before the second turn."""
    common = dict(files=11, files_per_dir=4, filesize=2000, host=HOST,
                  **XATTRS)
    tops = {(op, order): space.dir(f"{order}-{op}") for op in OPERATIONS
            for order in REPEATING}
    if not prepare_all(t, "repeated", [(op, top) for (op, _), top
                                       in tops.items()], **common):
        return
    sections = []
    for (operation, order), top in tops.items():
        rand, every, options = REPEATING[order]
        name, base = fio.section(operation, f"{operation}-{order}", rand,
                                 directory=top, **options)
        sections.append((name, dict(base, rw=base["rw"] + every)))
    done = fio.run(sections, loops=5, **common)
    t.ok(done.rc == 0 and not done.err,
         "no operation fails on a file that comes again", done)
    for operation, order in tops:
        layout = smallfile.Layout(tops[operation, order], HOST, 0, 11, 4)
        # Result.side() cannot be used: it does not understand rw=write:3.
        job = done.named(f"{operation}-{order}")[0]
        t.equal(job["read"]["total_ios"] + job["write"]["total_ios"],
                5 * units_of(OPERATIONS[operation], layout),
                f"{order}: {operation} does as many as there are files")


def cycle(t, space):
    """All operations, one after the other, by three threads in one tree.
    Nothing is left."""
    top = space.dir("cycle")
    order = ["create", "stat", "chmod", "setxattr", "getxattr", "append",
             "overwrite", "truncate-overwrite", "read", "readdir", "ls-l",
             "symlink", "rename", "delete-renamed", "mkdir", "rmdir",
             "swift-put", "swift-get", "delete", "cleanup"]
    done = fio.run(fio.stonewalled([fio.section(op) for op in order]),
                   directory=top, numjobs=3, files=30, files_per_dir=4,
                   dirs_per_dir=3, filesize="1k-9k", **XATTRS)
    t.ok(done.rc == 0 and not done.err, "a whole cycle in one tree", done)
    t.equal(os.listdir(top), [], "a whole cycle leaves nothing")
    first = {job["groupid"] for job in done.jobs}
    t.equal(len(first), len(order), "stonewall makes a group of each")


def many_jobs(t, space):
    top = space.dir("many")
    common = dict(directory=top, numjobs=160, files=2, filesize=1000,
                  host=HOST)
    done = fio.run([fio.section("create")], **common)
    t.ok(done.rc == 0 and not done.err, "160 processes create", done)
    t.same_set(tree.files_below(top),
               [p for thread in range(160)
                for p in smallfile.Layout(top, HOST, thread, 2).paths()],
               "160 processes make their files")
    done = fio.run([fio.section("read")], **common)
    t.ok(done.rc == 0 and not done.err, "160 processes read", done)
    t.equal({s["total_ios"] for s in done.side("read")}, {2},
            "each of 160 reads its two")
    done = fio.run([fio.section("cleanup", thread=True)], **common)
    t.ok(done.rc == 0 and not done.err, "160 threads clean up", done)
    t.equal(os.listdir(top), [], "160 threads leave nothing")


def offsets(path, prefix):
    """Returns the offsets in fio's logs, which say what unit each sample is
    of."""
    rows = []
    for name in os.listdir(path):
        if name.startswith(prefix) and "_clat" in name:
            with open(os.path.join(path, name), encoding="ascii") as f:
                rows += [int(line.split(",")[4]) for line in f]
    return rows


def orders(t, space):
    top, logs = space.dir("orders"), space.dir("orders-logs")
    common = dict(directory=top, files=1000, filesize=100, host=HOST)
    done = fio.run([fio.section("create")], **common)
    t.ok(done.rc == 0, "orders: preparation succeeds", done)
    kinds = {
        "sequential": {},
        "shuffled": dict(rw="randread"),
        "repeating": dict(rw="randread", norandommap=1),
        "zipf": dict(rw="randread", random_distribution="zipf:1.2",
                     norandommap=1),
        "pareto": dict(rw="randread", random_distribution="pareto:0.2",
                       norandommap=1),
        "normal": dict(rw="randread", random_distribution="normal:10",
                       norandommap=1),
    }
    sections = []
    for kind, options in kinds.items():
        name, base = fio.section("stat", kind)
        sections.append((name, {**base, **options, "write_lat_log":
                                os.path.join(logs, kind)}))
    done = fio.run(sections, log_offset=1, **common)
    t.ok(done.rc == 0 and not done.err, "orders: all succeed", done)
    seen = {kind: offsets(logs, kind + "_") for kind in kinds}
    for kind in kinds:
        t.equal((len(seen[kind]), done.side(kind)[0]["total_ios"]),
                (1000, 1000), f"{kind}: as many log lines as operations")
    # The log is in the order in which operations end. At a depth that is not
    # the order of the files.
    in_order = seen["sequential"] if fio.DEPTH == 1 else sorted(
        seen["sequential"])
    t.equal(in_order, list(range(1000)), "rw=read: files in their order")
    t.ok(sorted(seen["shuffled"]) == list(range(1000))
         and seen["shuffled"] != list(range(1000)),
         "rw=randread: each file once, in another order")
    t.ok(len(set(seen["repeating"])) < 800, "norandommap: some come again",
         f"{len(set(seen['repeating']))} different")
    for kind, least in (("zipf", 20), ("pareto", 10)):
        top_count = collections.Counter(seen[kind]).most_common(1)[0][1]
        t.ok(top_count >= least, f"{kind}: one file is much asked for",
             f"{top_count} of 1000")
    for kind in kinds:
        t.ok(all(0 <= o < 1000 for o in seen[kind]),
             f"{kind}: only files that are")


def limits(t, space):
    """Options that limit the rate, the time or the number of operations, in
    jobs that run side by side."""
    top = space.dir("limits")
    common = dict(directory=top, files=300, filesize="10k")
    done = fio.run([fio.section("create", host=h)
                    for h in ("rate_iops", "rate", "thinktime", "runtime",
                              "number_ios")], **common)
    t.ok(done.rc == 0, "limits: preparation succeeds", done)
    limited = [
        ("rate_iops", "stat", dict(rate_iops=150)),
        ("rate", "read", dict(rate="1500k")),
        ("thinktime", "stat", dict(thinktime=5000)),
        ("runtime", "stat", dict(runtime=1, time_based=True)),
        ("number_ios", "read", dict(number_ios=123)),
    ]
    done = fio.run([fio.section(op, name, host=name, **options)
                    for name, op, options in limited], **common)
    t.ok(done.rc == 0 and not done.err, "limits: all succeed", done)
    side = {name: done.side(name)[0] for name, _, _ in limited}
    iops = side["rate_iops"]["iops"]
    t.ok(20 < iops < 165, "rate_iops=150 is kept", f"{iops}/s")
    iops = side["rate"]["iops"]
    t.ok(20 < iops < 165, "rate=1500k is 150 files of 10 KiB a second",
         f"{iops}/s")
    ms = side["thinktime"]["runtime"]
    t.ok(1400 <= ms < 20000, "thinktime=5000: 300 files take 1.5 s",
         f"{ms} ms")
    ms = side["runtime"]["runtime"]
    t.ok(900 < ms < 20000, "runtime=1 ends in time", f"{ms} ms")
    t.equal((side["number_ios"]["total_ios"], side["number_ios"]["io_bytes"]),
            (123, 123 * 10240), "number_ios=123 reads 123 files")
    for name in ("rate_iops", "rate", "thinktime"):
        t.equal(side[name]["total_ios"], 300, f"{name}: all files are done")


def ends_early(t, space):
    """A create that runtime= ends early reports what it made, and cleanup
    removes that."""
    top = space.dir("ends-early")
    done = fio.run([fio.section("create", host="a", runtime=1,
                                rate_iops=200)], directory=top, files=100000,
                   empty=1)
    t.ok(done.rc == 0 and done.seconds < 30, "runtime=1 ends a create", done)
    made = len(tree.files_below(top))
    t.equal(made, done.side("create")[0]["total_ios"],
            "what it made is what it reports")
    done = fio.run([fio.section("cleanup", host="a")], directory=top,
                   files=100000)
    t.ok(done.rc == 0, "cleanup after it", done)
    t.equal(os.listdir(top), [], "cleanup after it leaves nothing")


def exitall(t, space):
    """exitall: when the first job is done, the others end. A create or mkdir
    does not end when another of its kind is done."""
    top = space.dir("exitall")
    common = dict(directory=top, filesize=100)
    done = fio.run([fio.section("create", host="a", files=2000)], **common)
    t.ok(done.rc == 0, "exitall: preparation succeeds", done)
    done = fio.run([fio.section("stat", "short", host="a", files=10),
                    fio.section("stat", "long", host="a", files=2000,
                                thinktime=5000)],
                   exitall=True, **common)
    t.ok(done.rc == 0, "exitall: ends well", done)
    count = done.side("long")[0]["total_ios"]
    t.ok(count < 2000, "exitall: the others end early", f"{count} of 2000")
    for operation in ("create", "mkdir"):
        sections = [fio.section(operation, f"job{i}", host=f"b{i}",
                                files=files, thinktime=500)
                    for i, files in enumerate((10, 1000))]
        done = fio.run(sections, exitall=True, **common)
        t.ok(done.rc == 0, f"exitall: {operation} ends well", done)
        counts = [done.side(f"job{i}")[0]["total_ios"] for i in (0, 1)]
        t.equal(counts, [10, 1000], f"exitall: {operation} finishes its "
                "files when another job of its kind is done")


# Cases of exitall: (options, whether the first section fails, how many seconds
# the second section would run by itself, what becomes of the second section
# and of a third one behind a stonewall).
ENDS = {
    "exitall": (dict(exitall=True), False, 30, ("ended", "done")),
    "exitall, threads": (dict(exitall=True, thread=1), False, 30,
                         ("ended", "done")),
    "exit_what=all": (dict(exitall=True, exit_what="all"), False, 30,
                      ("ended", "nothing")),
    "exit_what=stonewall": (dict(exitall=True, exit_what="stonewall"), False,
                            30, ("ended", "done")),
    "exitall, an error": (dict(exitall=True), True, 30, ("ended", "done")),
    "exitall_on_error": (dict(exitall_on_error=True), True, 30,
                         ("ended", "done")),
    "exitall_on_error, no error": (dict(exitall_on_error=True), False, 1,
                                   ("done", "done")),
    "an error": (dict(), True, 1, ("done", "done")),
}


def first_and_long(sections, top, case):
    """Starts three sections: one that is soon over, one that goes on beside
    it, and one behind a stonewall. The first one begins a second later, when
    the long one is under way. fio may end the whole run if a section is over
    while fio still starts others."""
    options, _, seconds, _ = case
    first, long, behind = sections
    first[1].update(startdelay=1)
    long[1].update(time_based=1, runtime=seconds, rate_iops=1000)
    behind[1].update(stonewall=True)
    return fio.Running([first, long, behind], directory=top, filesize=1,
                       **options)


def fios_own(fails):
    own = dict(ioengine="null", bs=1, size=10)
    full = dict(ioengine="sync", directory="/dev", filename="full")
    return [("first", dict(own, rw="write", **full) if fails
             else dict(own, rw="write")),
            ("long", dict(own, rw="read")), ("behind", dict(own, rw="read"))]


def ours(first, long, fails, number):
    places = {"stat": "absent" if fails else "a", "cleanup": "empty",
              "create": "a" if fails else f"first-{number}"}
    return [fio.section(first, "first", host=places[first], files=10),
            fio.section(long, "long", files=10,
                        host="a" if long == "stat" else f"long-{number}"),
            fio.section("stat", "behind", host="a", files=10)]


def exitall_as_fio(t, space):
    """exitall and its like end the same sections with our engine as with fio's
    own engines. A create, mkdir or cleanup is ended by other operations, but
    not by one of its own kind."""
    top = space.dir("ends")
    done = fio.run([fio.section("create", host="a", files=10)], directory=top,
                   filesize=1)
    t.ok(done.rc == 0, "exitall: files are there", done)
    under_way = []
    for label, case in ENDS.items():
        fails = case[1]
        pairs = [("create", "mkdir")]
        if label == "exitall":
            pairs += [("stat", "stat"), ("create", "stat"),
                      ("stat", "create"), ("cleanup", "create")]
        runs = {"fio's own": fios_own(fails)}
        runs.update((f"{first} beside {long}",
                     ours(first, long, fails, len(under_way) + i))
                    for i, (first, long) in enumerate(pairs))
        under_way += [(f"{label}, {which}", case,
                       first_and_long(sections, top, case))
                      for which, sections in runs.items()]
    for label, (_, fails, seconds, expected), running in under_way:
        done = running.wait()
        t.equal(done.rc != 0, fails, f"{label}: fio's exit code", done)
        ran_ms = done.named("long")[0]["job_runtime"]
        t.equal(("ended" if ran_ms < seconds * 900 else "done",
                 "done" if done.side("behind")[0]["total_ios"] else "nothing"),
                expected, f"{label}: what else is done", f"{ran_ms} ms", done)


def files_from_size(t, space):
    top = space.dir("size")
    done = fio.run([fio.section("create")], directory=top, host=HOST,
                   size="100k", filesize="10k")
    t.ok(done.rc == 0, "size= and filesize= without files=", done)
    t.same_set(tree.files_below(top),
               smallfile.Layout(top, HOST, 0, 10).paths(),
               "size=100k, filesize=10k: ten files")


def defaults(t, space):
    """Without options: 200 files of 64 KiB in /var/tmp/smf. The test mounts a
    /var/tmp of its own."""
    # The engine may have been built below /var/tmp, which is about to be
    # hidden by a mount.
    engine = os.path.join(fio.engine_dir(), "fio-smallfile.so")
    copy = shutil.copy(engine, space.dir("engine"))
    built = os.environ["LD_LIBRARY_PATH"]
    os.environ["LD_LIBRARY_PATH"] = os.path.dirname(copy)
    mounts.mount("tmpfs", "/var/tmp")
    # TMPDIR may lie below /var/tmp, too, and is made again.
    os.makedirs(tempfile.gettempdir(), exist_ok=True)
    done = fio.run([fio.section("create")])
    t.ok(done.rc == 0 and not done.err, "defaults: create", done)
    host = os.uname().nodename
    layout = smallfile.Layout("/var/tmp/smf", host, 0, 200)
    t.same_set(tree.files_below("/var/tmp"), layout.paths(),
               "defaults: 200 files in /var/tmp/smf")
    wrong = [n for n in layout.numbers() if tree.read_file(layout.path(n))
             != smallfile.contents(0, n, 65536)]
    t.equal(wrong, [], "defaults: 64 KiB of smallfile's pattern each")
    done = fio.run([fio.section("cleanup")])
    t.ok(done.rc == 0 and not done.err, "defaults: cleanup", done)
    t.equal(os.listdir("/var/tmp/smf"), [], "defaults: nothing is left")
    os.rmdir("/var/tmp/smf")
    elsewhere = space.dir("elsewhere")
    os.symlink(elsewhere, "/var/tmp/smf")
    done = fio.run([fio.section("create")])
    t.ok(done.rc != 0, "defaults: /var/tmp/smf a link is refused", done)
    t.contains(done.err, ["/var/tmp/smf", "link", "directory="],
               "defaults: /var/tmp/smf a link: says so")
    t.equal(os.listdir(elsewhere), [],
            "defaults: /var/tmp/smf a link: nothing is made behind it")
    mounts.unmount("/var/tmp")
    os.environ["LD_LIBRARY_PATH"] = built


def normal_output(t, space):
    """fio's output for people shows the operations."""
    top = space.dir("normal")
    done = fio.run([fio.section("create")], "--output-format=normal",
                   directory=top, files=5, filesize="1k")
    t.ok(done.rc == 0, "normal output: succeeds", done)
    t.ok(re.search(r"write: IOPS=", done.output)
         and "issued rwts: total=0,5,0,0" in done.output,
         "normal output: shows the operations", done.output)


def main():
    space = mounts.Workspace()
    # At a depth other code prepares a file's next turn, and files may end in
    # another order. The other tests would run the same code at each depth.
    tests = [again_and_again, loops, repeated, cycle, orders]
    if fio.DEPTH == 1:
        tests += [many_jobs, limits, ends_early, exitall,
                  exitall_as_fio, files_from_size, defaults, normal_output]
    tap.main(*[lambda t, f=f: f(t, space) for f in tests])


main()
