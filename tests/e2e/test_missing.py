# SPDX-License-Identifier: GPL-2.0-only
"""Tests every operation without what it needs. The error has the right errno,
a message says what failed, where and why, fio fails, and there is no
sample."""
import errno
import os

import fio
import mounts
import objects
import possible
import smallfile
import tap
import tree
from fio import OPERATIONS

mounts.enter_namespace()

HOST = "h"
FILES = 5
COMMON = dict(host=HOST, files=FILES, filesize="4k", xattr_count=1,
              xattr_size=8)


def options_for(operation):
    # await-create waits, and needs a runtime after which it gives up.
    waits = OPERATIONS[operation]["before"] == "STAMPED"
    return dict(runtime=1) if waits else {}


def check_failure(t, label, operation, result, top):
    """Checks that the operation has failed on its first file."""
    row = OPERATIONS[operation]
    reason = os.strerror(row["missing"])
    t.ok(result.rc not in (0, None) and not result.timed_out,
         f"{label}: fio fails", result)
    jobs = result.named(operation)
    if not t.equal(len(jobs), 1, f"{label}: fio prints its results", result):
        return
    side = fio.busy_side(jobs[0])
    t.equal(jobs[0]["error"], row["missing"],
            f"{label}: the error is {reason}", result)
    t.equal((side["clat_ns"]["N"], side["io_bytes"]), (0, 0),
            f"{label}: a failed operation is no sample")
    t.equal(side["total_ios"], 0,
            f"{label}: a failed operation is not counted as one done")
    lines = [line for line in result.err.splitlines()
             if "fio-smallfile" in line]
    t.ok(lines and operation in lines[0] and top in lines[0],
         f"{label}: the message names operation and path", result)
    # Instead of strerror's text, the message may have a reason of its own.
    t.ok(lines and (reason in lines[0] or len(lines[0].split(": ")) > 3),
         f"{label}: the message says why", result)
    # The message also says what to do: the operation that makes what is
    # missing, or removes what is in the way.
    maker = (objects.preparation(operation) or [("cleanup", {})])[-1][0]
    t.ok(lines and f"operation={maker}" in lines[0]
         and "directory=" in lines[0] and "prefix=" in lines[0],
         f"{label}: the message says what to do", result)


def run_one(operation, top, **options):
    return fio.run([fio.section(operation, **options_for(operation))],
                   directory=top, **{**COMMON, **options})


def nothing_there(t, space):
    """Runs each operation without any tree. Operations that make something run
    where it has been made already."""
    for operation, row in possible.operations(space.path).items():
        if not row["missing"]:
            continue
        top = space.dir(f"nothing-{operation}")
        if row["before"] == "NONE":
            done = run_one(operation, top)
            t.ok(done.rc == 0, f"{operation}: the first time it works", done)
        before = tree.snapshot(top)
        result = run_one(operation, top)
        check_failure(t, f"{operation}, nothing there", operation, result,
                      top)
        changed = tree.differences(before, tree.snapshot(top))
        made = [p for p in tree.files_below(top) if p not in before]
        t.ok(not made, f"{operation}, nothing there: makes no file", changed)


def files_missing(t, space):
    """The last of the files is missing. All operations run in one fio, each in
    its own tree."""
    tried = [name for name, row in possible.operations(space.path).items()
             if row["missing"] and row["before"] not in ("NONE", "TREE")]
    tops = {name: space.dir(f"gone-{name}") for name in tried}
    steps = {}
    for operation in tried:
        for i, (op, options) in enumerate(objects.preparation(operation)):
            steps.setdefault(i, []).append(fio.section(
                op, directory=tops[operation], **options))
    sections = []
    for _, ((name, first), *others) in sorted(steps.items()):
        sections += [(name, dict(first, stonewall=True)), *others]
    done = fio.run(sections, **COMMON)
    t.ok(done.rc == 0, "files missing: preparation succeeds", done)
    for operation in tried:
        layout = smallfile.Layout(tops[operation], HOST, 0, FILES)
        remove_object(layout, OPERATIONS[operation]["before"], FILES)
    result = fio.run([fio.section(op, directory=tops[op], **options_for(op))
                      for op in tried], continue_on_error="all", **COMMON)
    t.ok(result.rc != 0, "files missing: fio fails", result)
    for operation in tried:
        row = OPERATIONS[operation]
        label = f"{operation}, a file missing"
        job = result.named(operation)[0]
        side = fio.busy_side(job)
        good = 0 if row["unit"] == "dir" else FILES - 1
        # At a depth, fio does not count errors of operations that were in
        # flight when the job ended.
        counted = job["total_err"] or int(fio.DEPTH > 1)
        t.equal((job["error"], counted), (row["missing"], 1),
                f"{label}: is the one error", result)
        t.equal((side["clat_ns"]["N"], side["total_ios"]), (good, good),
                f"{label}: the others are samples, it is none")
        lines = [line for line in result.err.splitlines()
                 if f" {operation}: {tops[operation]}" in line]
        t.ok(lines and f"_{HOST}_00_{FILES}_" in lines[0],
             f"{label}: the message names the file", result)


def remove_object(layout, obj, n):
    for path in objects.entries(layout, obj):
        if f"_{n}_" in os.path.relpath(path, layout.tops[0]):
            os.unlink(path)
            if obj == "DIR":
                os.rmdir(os.path.dirname(path))


def tolerated(t, space):
    """With ignore_error= missing files do not fail the job. They are still no
    samples."""
    top = space.dir("tolerated")
    done = run_one("create", top)
    t.ok(done.rc == 0, "tolerated: preparation succeeds", done)
    layout = smallfile.Layout(top, HOST, 0, FILES)
    os.unlink(layout.path(2))
    os.unlink(layout.path(4))
    result = run_one("stat", top, continue_on_error="all",
                     ignore_error="ENOENT")
    side = result.side("stat")[0]
    t.equal(result.rc, 0, "tolerated: ignore_error=ENOENT makes fio succeed",
            result)
    t.equal((side["clat_ns"]["N"], side["total_ios"]), (3, 3),
            "tolerated: only the files that are there are samples")


def many_errors(t, space):
    """A job that fails on every file prints a few messages, and not a
    thousand."""
    # Without ignore_error= fio goes on after EIO and EILSEQ only.
    result = run_one("stat", space.dir("many"), files=1000,
                     continue_on_error="all", ignore_error="ENOENT")
    lines = [l for l in result.err.splitlines() if "fio-smallfile" in l]
    t.ok(1 <= len(lines) <= 20, "1000 errors are a few messages", result)
    t.contains(result.err, ["1000"], "1000 errors: the message counts them")
    t.equal([l.count("operation=create") for l in lines],
            [1] + [0] * (len(lines) - 1),
            "1000 errors: what to do is said once")
    t.equal(result.named("stat")[0]["total_err"], 1000,
            "1000 errors: fio counts them")


def attributes_missing(t, space):
    """The files are there, but without the attributes that the operation
    reads."""
    top = space.dir("attributes")
    done = run_one("create", top)
    t.ok(done.rc == 0, "attributes missing: preparation succeeds", done)
    for operation, maker in (("getxattr", "setxattr"),
                             ("listxattr", "setxattr"),
                             ("removexattr", "setxattr"),
                             ("swift-get", "swift-put")):
        result = run_one(operation, top)
        t.equal(result.named(operation)[0]["error"], errno.ENODATA,
                f"{operation} without attributes: the error", result)
        t.contains(result.err, [f"operation={maker}", "same directory="],
                   f"{operation} without attributes: what to do")


def other_sizes(t, space):
    """The files were written with other options. The message says which
    options to look at."""
    top = space.dir("other")
    done = run_one("create", top)
    t.ok(done.rc == 0, "other sizes: preparation succeeds", done)
    for options, words in (
            (dict(filesize="8k"), ["ends at byte 4096", "filesize="]),
            (dict(content="incompressible"), ["found 0x", "content="])):
        result = run_one("read", top, **options)
        t.ok(result.rc != 0, f"read with {options}: fio fails", result)
        t.contains(result.err, [*words, "unless these were others"],
                   f"read with {options}: what to do")


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in
               (nothing_there, files_missing, tolerated, many_errors,
                attributes_missing, other_sizes)])


main()
