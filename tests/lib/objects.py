# SPDX-License-Identifier: GPL-2.0-only
"""Tells from the engine's table of operations how to make what an operation
needs, and checks that an operation leaves what the table says."""
import os
import stat

import fio
import smallfile
import tree
from fio import OPERATIONS
from smallfile import DST, SRC


# What operations make of a file in file_dstdir, by the ending of its name.
IN_DST = {"SYMLINK": ".s", "LINK": ".l", "COPY": ".c"}


def makers(obj):
    """Returns the operations, with options, that make an object."""
    if obj in ("ANY", "NONE"):
        return []
    if obj == "TREE":
        return makers("FILE")
    if obj == "STAMPED":
        return [("create", {"record_ctime_size": 1})]
    for row in OPERATIONS.values():
        if row["after"] == obj and row["before"] != obj:
            return makers(row["before"]) + [(row["name"], {})]
    raise ValueError(f"no operation makes {obj}")


def preparation(operation):
    """Returns [(operation, options)] to run before `operation` can succeed."""
    return makers(OPERATIONS[operation]["before"])


def preparations(operations):
    """Returns sections that make what each of the operations needs, and what
    a cleanup removes. Each operation has a tree of its own, by its name as the
    name of the host. So the first steps of all operations run at once, then
    the second steps."""
    steps = []
    for operation in operations:
        made = preparation(operation)
        if OPERATIONS[operation]["removes_dirs"]:
            made = [("create", {}), ("mkdir", {})]
        for i, (name, options) in enumerate(made):
            if i == len(steps):
                steps.append([])
            steps[i].append(fio.section(name, f"before {operation} {i}",
                                        host=operation, **options))
    for (_, first), *_ in steps[1:]:
        first["stonewall"] = True
    return [section for step in steps for section in step]


def takes(row):
    """Returns whether an operation takes away what others need."""
    return (row["after"] in ("NONE", "RENAMED", "CUT", "HOLE")
            or row["before"] == "XATTRS" and row["after"] == "FILE")


def takes_file(row):
    return takes(row) and row["before"] == "FILE"


def in_one_row(without=()):
    """Returns the names of all operations in an order in which each finds what
    those before it have left. create comes more than once. Left out are
    cleanup, await-create, which needs hosts with equal clocks, clone, whose
    copies copy-range makes, and those in `without`."""
    left = [row for row in OPERATIONS.values()
            if not row["removes_dirs"] and row["before"] != "STAMPED"
            and row["name"] not in ("clone", *without)]
    there, names = set(), []
    while left:
        ready = [row for row in left if row["before"] in there
                 or (row["before"] in ("ANY", "NONE")
                     and row["after"] not in there)]
        # An operation that takes something away comes after those that need
        # what it takes. The file itself goes last.
        ready.sort(key=lambda row: takes(row) + takes_file(row))
        if not ready:
            row = OPERATIONS["create"]
        else:
            row = ready[0]
            left.remove(row)
        names.append(row["name"])
        if row["after"] in ("CUT", "HOLE"):
            names.append("overwrite")
        elif row["before"] == "XATTRS" and takes(row):
            there -= {"XATTRS"}
        elif takes(row):
            there -= ({"FILE", "XATTRS", "SWIFT", "LINK", "COPY"}
                      if takes_file(row) else {row["before"]})
            there |= {row["after"]} - {"NONE"}
        else:
            there |= {row["after"], "TREE"}
        if "SWIFT" in there:
            there.add("FILE")
    return names


def entries(layout, obj, dir_files=1):
    """Returns the paths of all objects of a tree. The directories that the
    layout itself needs are not among them."""
    if obj in ("ANY", "NONE"):
        return []
    if obj == "RENAMED":
        return layout.paths(DST)
    if obj in IN_DST:
        return ([] if obj == "SYMLINK" else layout.paths(SRC)) + \
            layout.paths(DST, IN_DST[obj])
    if obj == "DIR":
        return [f"{path}/f_{j:03d}" for path in layout.paths(SRC, ".d")
                for j in range(dir_files)]
    return layout.paths(SRC)


def wrong_without_data(path, size):
    """Returns what is wrong with a file that has `size` bytes and no data."""
    if tree.read_file(path) != bytes(size):
        return f"{path} is not {size} bytes of zero"
    # btrfs keeps small files in an inode, with the zeroes.
    if size > 4096 and os.lstat(path).st_blocks:
        return f"{path} has {os.lstat(path).st_blocks} blocks on disk"
    return None


def wrong_object(layout, obj, n, sizes, record=0):
    """Returns what is wrong with object n as a sentence, or None if it is as
    it should be."""
    if obj in ("ANY", "NONE"):
        return None
    if obj == "SYMLINK":
        link = os.readlink(layout.path(n, DST, ".s"))
        if link != layout.path(n):
            return f"the link leads to {link}, not to {layout.path(n)}"
        return None
    if obj == "DIR":
        directory = layout.path(n, SRC, ".d")
        if not stat.S_ISDIR(os.lstat(directory).st_mode):
            return f"{directory} is no directory"
        return None
    path = layout.path(n, DST if obj == "RENAMED" else SRC)
    size = sizes[n]
    if obj in ("CUT", "HOLE"):
        return wrong_without_data(path, size if obj == "HOLE" else 0)
    if obj in ("LINK", "COPY"):
        other = layout.path(n, DST, IN_DST[obj])
        if os.path.samefile(path, other) != (obj == "LINK"):
            return f"{path} and {other}: one file or two?"
        if tree.read_file(path) != tree.read_file(other):
            return f"{other} does not hold what {path} holds"
    found = tree.read_file(path)
    if len(found) != size:
        return f"{path} has {len(found)} bytes, not {size}"
    if found != smallfile.contents(layout.thread, n, size, record):
        return f"{path} does not hold smallfile's pattern"
    return None
