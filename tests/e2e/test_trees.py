# SPDX-License-Identifier: GPL-2.0-only
"""Tests trees of other shapes than smallfile's: mdtest's, shared ones, and one
directory for each thread. All files are looked for from outside."""
import json
import os
import re
import subprocess

import fio
import mounts
import tap
import tree

mounts.enter_namespace()

PROGRAM = os.environ["SMALLFIO_PROGRAM"]
PROFILES = os.path.join(os.environ["SMALLFIO_SOURCE"], "profiles")

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


def distances(path, profile):
    """Returns {distribution: Kolmogorov-Smirnov distance}, as smallfio says."""
    done = subprocess.run([PROGRAM, "profile", "--format", "json", "--against",
                           profile, path], capture_output=True, text=True)
    return {name: row["ks"] for name, row in
            json.loads(done.stdout)["distributions"].items()}


def size_distance(path, profile):
    """The same of sizes, from what os.walk() finds and the text."""
    with open(profile, encoding="utf-8") as file:
        rows = [[int(n) for n in (low, high or low, count)] for low, high, count
                in re.findall(r"(?m)^size (\d+)(?:-(\d+))? (\d+)$", file.read())]
    sizes = sorted(os.path.getsize(p) for p in tree.files_below(path))
    total, seen, below, most = sum(row[2] for row in rows), 0, 0, 0
    for _, high, count in rows:
        seen += count
        while below < len(sizes) and sizes[below] <= high:
            below += 1
        most = max(most, abs(seen / total - below / len(sizes)))
    return most


def thread_path(top, thread, host="h"):
    return os.path.join(top, "file_srcdir", host, f"thrd_{thread:02}")


def profiles(t, space):
    """Trees of the profiles that come with smallfio agree with them."""
    for name, files, most in (("linux-6.1", 5000, 0.03),
                              ("linux-6.1", 20000, 0.02),
                              ("python3.11-doc", None, 0.07),
                              ("papirus-icons", 20000, 0.07)):
        top = space.dir(f"{name}-{files}")
        profile = os.path.join(PROFILES, f"{name}.profile")
        done = fio.run([fio.section("create")], directory=top, host="h",
                       tree=f"profile:{profile}", files=files, filesize=50000,
                       size_distribution=f"table:{profile}",
                       numjobs=2 if files == 5000 else 1)
        t.ok(done.rc == 0 and not done.err, f"{name}: {files} files", done)
        found = distances(thread_path(top, 0), profile)
        wrong = {key: found[key] for key in
                 ("files", "directories", "depth", "name", "directory-name")
                 if found[key] is None or found[key] > most}
        t.equal(wrong, {}, f"{name}: {files} files agree", found)
        if files == 5000:
            t.same_set(shape(thread_path(top, 0)), shape(thread_path(top, 1)),
                       "threads have trees of one shape")
        subprocess.run(["rm", "-r", top], check=True)


def shape(base):
    return {os.path.relpath(path, base) for path, _, _ in os.walk(base)}


def profile_sizes(t, space):
    """Sizes of a table, without filesize= to cut them."""
    top = space.dir("sizes")
    profile = os.path.join(PROFILES, "linux-6.1.profile")
    common = dict(directory=top, host="h", files=3000,
                  size_distribution=f"table:{profile}")
    done = fio.run(fio.stonewalled([fio.section("create"),
                                    fio.section("read", rand=True)]), **common)
    t.ok(done.rc == 0 and not done.err, "sizes of a table", done)
    most = size_distance(thread_path(top, 0), profile)
    t.ok(most < 0.001, "3000 sizes agree with the table", most)
    # A table does not say where in a range its sizes lie.
    t.ok(distances(thread_path(top, 0), profile)["size"] < 0.003,
         "smallfio profile says the same")
    done = fio.run([fio.section("cleanup")], **common)
    done = fio.run(fio.stonewalled([fio.section("create"),
                                    fio.section("read")]), filesize="4k",
                   **common)
    t.ok(done.rc == 0, "the same with filesize=4k", done)
    t.equal(max(os.path.getsize(p) for p in tree.files_below(top)), 4096,
            "filesize= is the largest size")


def profile_operations(t, space):
    """Other sections, threads and hosts find the files of a profile."""
    top = space.dir("operations")
    profile = os.path.join(PROFILES, "linux-6.1.profile")
    common = dict(directory=top, tree=f"profile:{profile}", files=700,
                  size_distribution=f"table:{profile}", filesize=9000,
                  numjobs=2, dir_files=2)
    hosts = ("h1", "h2")
    done = fio.run([fio.section("create", f"c{h}", host=h) for h in hosts],
                   **common)
    t.ok(done.rc == 0, "two hosts make trees of a profile", done)
    before = tree.snapshot(top)
    done = fio.run(fio.stonewalled(
        [fio.section(op, f"{op}{h}", host=h, rand=True, spread=spread,
                     permute_hosts=":".join(hosts), thread_shift=1)
         for op, spread in (("stat", 1), ("read", 7), ("readdir", 1),
                            ("ls-l", 1)) for h in hosts]), **common)
    t.ok(done.rc == 0 and not done.err, "each finds the next one's", done)
    t.ok(before == tree.snapshot(top), "and changes nothing")
    names = [os.path.basename(p) for p in tree.files_below(top)]
    t.ok(all(re.fullmatch(r"\d+[a-z]*", n) for n in names),
         "names are numbers and letters", names[:3])
    done = fio.run(fio.stonewalled(
        [fio.section(op, f"{op}{h}", host=h)
         for op in ("symlink", "link", "mkdir", "rmdir", "rename", "mkdir",
                    "delete-renamed", "cleanup") for h in hosts]), **common)
    t.ok(done.rc == 0, "links, directories, renames, cleanup", done)
    t.equal(os.listdir(top), [], "cleanup leaves nothing")


def profile_mix(t, space):
    """A mix finds its population again, by listing the directories."""
    top = space.dir("mix")
    profile = os.path.join(PROFILES, "linux-6.1.profile")
    common = dict(directory=top, tree=f"profile:{profile}", files=900,
                  filesize=100, host="h", number_ios=4000,
                  mix="create:10,stat:50,delete:10,rename:10,readdir:5")
    done = fio.run([("m", dict(operation="mix", rw="write"))], **common)
    t.ok(done.rc == 0, "a mix in a tree of a profile", done)
    for path, _, files in os.walk(top):
        for file in files:
            if "population" in file:
                os.unlink(os.path.join(path, file))
    there = len(list(tree.files_below(top)))
    done = fio.run([("m", dict(operation="mix", rw="write"))], **common)
    t.ok(done.rc == 0 and f"{there} files" in done.err,
         f"{there} files are found by listing", done)


def profile_links(t, space):
    """A link in the place of a directory leads nowhere."""
    top, outside = space.dir("links"), space.dir("outside")
    profile = os.path.join(PROFILES, "linux-6.1.profile")
    common = dict(directory=top, tree=f"profile:{profile}", files=500,
                  filesize=100, host="h")
    done = fio.run([fio.section("create")], **common)
    t.ok(done.rc == 0, "a tree", done)
    base = thread_path(top, 0)
    victim = next(os.path.join(base, n) for n in sorted(os.listdir(base))
                  if os.path.isdir(os.path.join(base, n)))
    os.rename(victim, os.path.join(outside, "moved"))
    os.symlink(os.path.join(outside, "moved"), victim)
    before = tree.snapshot(outside)
    for operation in ("delete", "cleanup", "rename", "overwrite"):
        done = fio.run([fio.section(operation)], continue_on_error="all",
                       **common)
        t.ok(done.rc != 0 and "symbolic link" in done.err,
             f"{operation} follows no link", done)
    t.ok(before == tree.snapshot(outside), "nothing outside has changed")


def profile_refused(t, space):
    top = space.dir("refused")
    good = os.path.join(PROFILES, "linux-6.1.profile")
    bad = os.path.join(top, "bad")
    with open(bad, "w", encoding="utf-8") as file:
        file.write("smallfio-profile 1\nsize 1\nend\n")
    for options, said in (
            (dict(tree=f"profile:{bad}"), f"{bad}:2: expected NUMBER COUNT"),
            (dict(size_distribution=f"table:{bad}"), f"{bad}:2: expected"),
            (dict(tree="profile:/none"), "/none: No such file"),
            (dict(tree="profile:"), "tree=profile:: expected profile:FILE"),
            (dict(size_distribution="table:"), "expected fixed, uniform"),
            (dict(tree=f"profile:{good}", hash_into_dirs=1),
             "hash_into_dirs=1"),
            (dict(tree=f"profile:{good}", prefix="x"), "prefix= and suffix="),
            (dict(size_distribution=f"table:{good}", filesize="1k-2k"),
             "filesize= is the largest size"),
            (dict(size_distribution=f"table:{good}", size="1g"),
             "give the number of files as files=")):
        done = fio.run([fio.section("create")], directory=top, host="h",
                       **options)
        t.ok(done.rc != 0 and said in " ".join(done.err.split()),
             f"refused: {said}", done)
    t.equal(os.listdir(top), ["bad"], "nothing is made")


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in
               (mdtest, chain, fewer_files, shared, directories_in_turn,
                profiles, profile_sizes, profile_operations, profile_mix,
                profile_links, profile_refused)])


main()
