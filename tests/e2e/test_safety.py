# SPDX-License-Identifier: GPL-2.0-only
"""Tests that no operation follows a symbolic link that somebody put into a
tree, and that cleanup leaves files that are not ours."""
import os

import fio
import mounts
import possible
import smallfile
import tap
import tree

mounts.enter_namespace()

OPERATIONS = possible.in_memory()

HOST = "h"
COMMON = dict(files=40, files_per_dir=5, dirs_per_dir=3, filesize=100,
              host=HOST, xattr_count=1, xattr_size=8)


def layout_of(top):
    return smallfile.Layout(top, HOST, 0, 40, 5, 3)


def make_victim(space, name):
    """Makes a tree with something of each kind. An operation that followed a
    link into this tree would change it."""
    victim = space.dir(name)
    done = fio.run(fio.stonewalled([
        fio.section("create"), fio.section("rename"), fio.section("create"),
        fio.section("mkdir"), fio.section("symlink"),
        fio.section("copy-range")]), directory=victim,
        **COMMON)
    assert done.rc == 0, done
    return victim


# Places in our own tree where a link stands. It leads to the same place in the
# victim's tree.
PLANTED = [
    "file_srcdir", "file_dstdir", f"file_srcdir/{HOST}",
    f"file_srcdir/{HOST}/thrd_00", f"file_srcdir/{HOST}/thrd_00/d_001",
    f"file_srcdir/{HOST}/thrd_00/d_001/d_000",
    f"file_dstdir/{HOST}/thrd_00/d_002",
]


def plant(top, victim, at):
    link = os.path.join(top, at)
    os.makedirs(os.path.dirname(link), exist_ok=True)
    os.symlink(os.path.join(victim, at), link)
    return link


def links_to_elsewhere(t, space):
    """Whatever an operation does where a link stands, nothing behind the link
    changes."""
    victim = make_victim(space, "victim")
    before = tree.snapshot(victim)
    for i, at in enumerate(PLANTED):
        tops = {}
        for operation in OPERATIONS:
            top = space.dir(f"planted-{i}-{operation}")
            plant(top, victim, at)
            tops[operation] = top
        # All operations run at once. Each may fail, and most must.
        result = fio.run([fio.section(op, directory=tops[op], runtime=1)
                          for op in OPERATIONS], **COMMON)
        t.ok(not result.timed_out, f"{at} a link: the run ends", result)
        after = tree.snapshot(victim)
        t.ok(before == after, f"{at} a link: nothing changes behind it",
             tree.differences(before, after))
        if before != after:
            before = after
        for operation, top in tops.items():
            if not os.path.islink(os.path.join(top, at)):
                t.ok(False, f"{at} a link: {operation} leaves it")
        for operation in ("create", "mkdir", "swift-put"):
            if at.startswith("file_src"):
                job = result.named(operation)
                t.ok(job and job[0]["error"] != 0,
                     f"{at} a link: {operation} is refused", result)


def links_in_a_used_tree(t, space):
    """A link stands in the place of a directory of a tree in use. delete,
    append and cleanup change nothing behind it."""
    victim = make_victim(space, "victim-2")
    top = make_victim(space, "used")
    before = tree.snapshot(victim)
    at = f"file_srcdir/{HOST}/thrd_00/d_001"
    os.rename(os.path.join(top, at), os.path.join(space.path, "aside"))
    link = plant(top, victim, at)
    for operation in ("delete", "append", "cleanup"):
        result = fio.run([fio.section(operation)], directory=top, **COMMON)
        t.ok(result.rc != 0, f"a link in a used tree: {operation} fails",
             result)
        t.contains(result.err, ["link"],
                   f"a link in a used tree: {operation} says so")
    t.ok(before == tree.snapshot(victim),
         "a link in a used tree: nothing changes behind it",
         tree.differences(before, tree.snapshot(victim)))
    t.ok(os.path.islink(link), "a link in a used tree: it stays")


def link_in_a_large_tree(t, space):
    """A link in a tree that has more directories than the engine keeps open.
    Then names are paths with directories in them, of which one is the link."""
    common = dict(files=3000, files_per_dir=1, empty=1, host=HOST,
                  wrap=["prlimit", "--nofile=1200:1200"])
    victim, top = space.dir("large-victim"), space.dir("large")
    for directory in (victim, top):
        done = fio.run(fio.stonewalled([
            fio.section("create"), fio.section("rename"),
            fio.section("create"), fio.section("mkdir")]),
            directory=directory, **common)
        t.ok(done.rc == 0, "a large tree: preparation succeeds", done)
    layout = smallfile.Layout(top, HOST, 0, 3000, 1)
    for tree_name in (smallfile.SRC, smallfile.DST):
        directory = layout.dir(1234, tree_name)
        os.rename(directory, os.path.join(space.path, "aside-" + tree_name))
        plant(top, victim, os.path.relpath(directory, top))
    before = tree.snapshot(victim)
    for operation, options in (
            ("append", dict(empty=0, filesize=10)), ("chmod", {}),
            ("rmdir", {}), ("mkdir", {}), ("create", {}),
            ("delete", {}), ("cleanup", {})):
        result = fio.run([fio.section(operation, **options)], directory=top,
                         **{k: v for k, v in common.items()
                            if k not in options})
        t.ok(result.rc != 0, f"a link in a large tree: {operation} fails",
             result)
        after = tree.snapshot(victim)
        t.ok(before == after, f"a link in a large tree: {operation} changes "
             "nothing behind it", tree.differences(before, after))
        before = after


def file_is_a_link(t, space):
    """A link stands in the place of a file. create and cleanup act on the link
    itself, and not on what it leads to."""
    top = space.dir("file-link")
    secret = os.path.join(space.path, "secret")
    with open(secret, "w", encoding="utf-8") as f:
        f.write("keep")
    layout = layout_of(top)
    done = fio.run([fio.section("create")], directory=top, **COMMON)
    t.ok(done.rc == 0, "a file a link: preparation succeeds", done)
    os.unlink(layout.path(3))
    os.symlink(secret, layout.path(3))
    os.symlink(secret, layout.path(4, ending=".tmp"))
    result = fio.run([fio.section("create")], directory=top,
                     **dict(COMMON, files=3))
    t.ok(result.rc != 0, "a file a link: create fails (O_EXCL)", result)
    victim = make_victim(space, "victim-3")
    before = tree.snapshot(victim)
    os.symlink(os.path.join(victim, "file_srcdir"),
               layout.path(5, ending=".d"))
    done = fio.run([fio.section("cleanup")], directory=top, **COMMON)
    t.ok(before == tree.snapshot(victim),
         "NAME.d a link: cleanup does not enter it",
         tree.differences(before, tree.snapshot(victim)))
    with open(secret, encoding="utf-8") as f:
        t.equal(f.read(), "keep", "a file a link: cleanup leaves its target")
    t.ok(not os.path.lexists(layout.path(3)),
         "a file a link: cleanup removes the link")
    swift = space.dir("swift-link")
    os.makedirs(os.path.dirname(layout_of(swift).path(1)))
    os.symlink(secret, layout_of(swift).path(1, ending=".tmp"))
    fio.run([fio.section("swift-put")], directory=swift, **COMMON)
    with open(secret, encoding="utf-8") as f:
        t.equal(f.read(), "keep", "NAME.tmp a link: swift-put does not write "
                "through it")


def foreign_files(t, space):
    """cleanup leaves files that no operation of ours makes."""
    top = make_victim(space, "foreign")
    layout = layout_of(top)
    # A directory whose name is that of a file which mkdir would make.
    below = os.path.join(layout.path(9, ending=".d"), "f_777")
    os.makedirs(below)
    foreign = [
        os.path.join(top, "precious"),
        os.path.join(top, "file_srcdir", "precious"),
        os.path.join(top, "file_srcdir", HOST, "precious"),
        os.path.join(layout.dir(1), "precious"),
        os.path.join(layout.dir(1), f"_{HOST}_00_999_"),
        os.path.join(layout.dir(1), f"_{HOST}_00_01_"),
        os.path.join(layout.dir(1), f"_{HOST}_01_1_"),
        os.path.join(layout.dir(20, smallfile.DST), "precious"),
        layout.path(1, ending=".bak"),
        layout.path(7, ending=".d") + "/precious",
        layout.path(8, ending=".d") + "/f_x",
        layout.path(8, ending=".d") + "/f_",
        os.path.join(below, "precious"),
    ]
    for path in foreign:
        with open(path, "w", encoding="utf-8") as f:
            f.write("keep")
    done = fio.run([fio.section("cleanup")], directory=top, **COMMON)
    t.equal(done.rc, 0, "foreign files: are no failure of cleanup", done)
    t.same_set(tree.files_below(top), foreign,
               "foreign files: cleanup leaves them and nothing else")
    t.ok(all(os.path.getsize(p) == 4 for p in foreign),
         "foreign files: with their contents")
    t.contains(done.err, ["fio-smallfile", "directories", "stay"],
               "foreign files: cleanup says that directories stay")


def others_trees(t, space):
    """cleanup leaves the files of other hosts and threads, also in directories
    that all of them share."""
    top = space.dir("others")
    for same_dir in (0, 1):
        label = f"others' files, same_dir={same_dir}"
        common = dict(COMMON, directory=top, same_dir=same_dir)
        del common["host"]
        done = fio.run([fio.section("create", numjobs=3, host=HOST),
                        fio.section("create", "other", host="other")],
                       **common)
        t.ok(done.rc == 0, f"{label}: preparation succeeds", done)
        done = fio.run([fio.section("cleanup", numjobs=2, host=HOST)],
                       **common)
        t.ok(done.rc == 0, f"{label}: cleanup of two threads", done)
        expected = [p for host, thread in ((HOST, 2), ("other", 0)) for p in
                    smallfile.Layout(top, host, thread, 40, 5, 3,
                                     same_dir=same_dir).paths()]
        t.same_set(tree.files_below(top), expected,
                   f"{label}: the others' stay")
        done = fio.run([fio.section("cleanup", numjobs=3, host=HOST),
                        fio.section("cleanup", "other", host="other",
                                    stonewall=True)],
                       **common)
        t.ok(done.rc == 0, f"{label}: cleanup of all", done)
        t.equal(os.listdir(top), [], f"{label}: nothing is left")


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in
               (links_to_elsewhere, links_in_a_used_tree,
                link_in_a_large_tree, file_is_a_link,
                foreign_files, others_trees)])


main()
