# SPDX-License-Identifier: GPL-2.0-only
"""Tests trees of other shapes than smallfile's: mdtest's, shared ones, and one
directory for each thread. All files are looked for from outside."""
import os

import fio
import mounts
import tap
import tree

mounts.enter_namespace()

# What mdtest's options -z, -b and -I stand for.
DEPTH, BRANCH, ITEMS = 3, 4, 5


def directories(depth, branch, at=""):
    """Yields (depth below, path) of each directory of mdtest's tree."""
    yield depth, at
    for i in range(branch if depth else 0):
        yield from directories(depth - 1, branch, f"{at}/d_{i:03}")


def name(number, host="h", thread=0):
    return f"_{host}_{thread:02}_{number}_"


def files_by_directory(base):
    """Returns {directory below base: names of files in it}."""
    return {os.path.relpath(path, base).strip("."): sorted(files)
            for path, _, files in os.walk(base)}


def check_shape(t, base, kind, branch=BRANCH):
    """Each directory is there, and has its files. Their numbers go from 1 on.
    Returns how many directories there are."""
    found = files_by_directory(base)
    below = {path.strip("/"): depth
             for depth, path in directories(DEPTH, branch)}
    t.same_set(found, below, f"{kind}: has mdtest's directories")
    wrong = {path: names for path, names in found.items()
             if len(names) != (ITEMS if kind == "full" or not below.get(path)
                               else 0)}
    t.equal(wrong, {}, f"{kind}: each directory has its files")
    total = sum(map(len, found.values()))
    t.same_set([n for names in found.values() for n in names],
               [name(i + 1) for i in range(total)],
               f"{kind}: the {total} files have the numbers 1 to {total}")
    return len(found)


def mdtest(t, space):
    """tree=full and leaves: made, found by all other operations, removed."""
    for kind in ("full", "leaves"):
        top = space.dir(kind)
        common = dict(directory=top, host="h", tree=f"{kind}:{DEPTH}",
                      dirs_per_dir=BRANCH, files_per_dir=ITEMS, filesize=1000)
        done = fio.run([fio.section("create")], **common)
        t.ok(done.rc == 0 and not done.err, f"{kind}: is made", done)
        base = os.path.join(top, "file_srcdir/h/thrd_00")
        check_shape(t, base, kind)
        done = fio.run(fio.stonewalled([
            fio.section("stat", rand=True), fio.section("read", spread=3),
            fio.section("ls-l"), fio.section("rename"),
            fio.section("delete-renamed", rand=True),
            fio.section("mkdir"), fio.section("cleanup")]), **common)
        t.ok(done.rc == 0 and not done.err,
             f"{kind}: other sections find each file", done)
        t.equal(os.listdir(top), [], f"{kind}: cleanup leaves nothing")


def chain(t, space):
    """dirs_per_dir=1 is mdtest's default, -b 1: one directory below another."""
    top = space.dir("chain")
    done = fio.run([fio.section("create")], directory=top, host="h",
                   tree=f"full:{DEPTH}", dirs_per_dir=1, files_per_dir=ITEMS)
    t.ok(done.rc == 0, "a chain of directories is made", done)
    t.equal(check_shape(t, os.path.join(top, "file_srcdir/h/thrd_00"), "full",
                        branch=1), DEPTH + 1, "a chain has one of each depth")
    done = fio.run([fio.section("create")], directory=top, dirs_per_dir=1)
    t.ok(done.rc != 0 and "dirs_per_dir=1: expected 2 to" in done.err,
         "without tree= there is no chain", done)


def fewer_files(t, space):
    """With files= some directories have none. Too many files are refused."""
    top = space.dir("fewer")
    common = dict(directory=top, host="h", tree="full:2", dirs_per_dir=2,
                  files_per_dir=3)
    done = fio.run(fio.stonewalled([fio.section("create"),
                                    fio.section("ls-l")]), files=8, **common)
    t.ok(done.rc == 0, "8 files in a tree for 21", done)
    found = files_by_directory(os.path.join(top, "file_srcdir/h/thrd_00"))
    t.equal(sorted(map(len, found.values())), [0, 0, 0, 0, 2, 3, 3],
            "all seven directories are there, and three have files")
    done = fio.run([fio.section("create")], files=22, **common)
    t.ok(done.rc != 0 and "has places for 21" in done.err,
         "22 files are refused", done)


def shared(t, space):
    """Files of one directory by all threads of all hosts, and each thread on
    its neighbour's."""
    top = space.dir("shared")
    common = dict(directory=top, same_dir=1, tree="full:0", files_per_dir=10,
                  numjobs=3, filesize=700)
    hosts = ("h1", "h2")
    done = fio.run([fio.section("create", f"c{h}", host=h) for h in hosts],
                   **common)
    t.ok(done.rc == 0, "two hosts of 3 threads make files", done)
    t.same_set(os.listdir(os.path.join(top, "file_srcdir")),
               [name(i + 1, h, thread) for h in hosts for thread in range(3)
                for i in range(10)], "all files are in one directory")
    neighbours = dict(permute_hosts=":".join(hosts), thread_shift=1)
    done = fio.run([fio.section("read", f"r{h}", host=h, **neighbours)
                    for h in hosts], **common)
    t.ok(done.rc == 0, "each reads and verifies the next one's", done)
    for n in range(10):
        os.unlink(os.path.join(top, "file_srcdir", name(n + 1, "h2", 1)))
    done = fio.run([fio.section("stat", f"s{h}", host=h, **neighbours)
                    for h in hosts], **common)
    failed = [j["jobname"] for j in done.jobs if j["error"]]
    t.equal(failed, ["sh1"], "thread 00 of h1 works on thread 01 of h2", done)


def directories_in_turn(t, space):
    """directory_turns=threads: each thread is on one mount point."""
    tops = [space.dir(f"mount{i}") for i in range(3)]
    common = dict(directory=":".join(tops), directory_turns="threads",
                  host="h", numjobs=5, files=40, filesize=100)
    done = fio.run([fio.section("create")], **common)
    t.ok(done.rc == 0, "5 threads on 3 directories", done)
    for i, top in enumerate(tops):
        threads = [thread for thread in range(5) if thread % 3 == i]
        t.equal(sorted(os.listdir(os.path.join(top, "file_srcdir/h"))),
                [f"thrd_{thread:02}" for thread in threads],
                f"directory {i} has threads {threads}")
        t.equal(len(list(tree.files_below(top))), 40 * len(threads),
                f"directory {i} has all of their files")
    done = fio.run(fio.stonewalled([fio.section("read", thread_shift=2),
                                    fio.section("cleanup")]), **common)
    t.ok(done.rc == 0, "neighbours and cleanup find them", done)
    t.equal([os.listdir(top) for top in tops], [[], [], []],
            "cleanup leaves nothing")


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in
               (mdtest, chain, fewer_files, shared, directories_in_turn)])


main()
