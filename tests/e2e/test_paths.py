# SPDX-License-Identifier: GPL-2.0-only
"""Tests the paths of random layouts against smallfile's description, and the
paths of many threads and of permuted hosts."""
import os
import random
import re
import time

import fio
import mounts
import smallfile
import tap
import tree

mounts.enter_namespace()

SAMPLES = 60
# SMALLFIO_TEST_SEED=... in the environment tries other layouts.
SEED = int(os.environ.get("SMALLFIO_TEST_SEED", "20240601"))
NAME_CHARACTERS = ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                   "0123456789.-_+@%")


def word(rng, longest):
    text = "".join(rng.choice(NAME_CHARACTERS)
                   for _ in range(rng.randint(1, longest)))
    return re.sub(r"\.\.+", ".", text)


def host_name(rng):
    return "H" + word(rng, 30)


def random_layout(rng):
    files = rng.choice([1, 2, 7, rng.randint(1, 50), rng.randint(50, 1500)])
    return dict(
        files=files,
        files_per_dir=rng.choice([1, 2, rng.randint(1, 30), 100, 5000]),
        dirs_per_dir=rng.choice([2, 3, 10, rng.randint(2, 2000)]),
        hash_into_dirs=rng.randint(0, 1),
        same_dir=int(rng.random() < 0.3),
        host=host_name(rng),
        prefix=word(rng, 12) if rng.random() < 0.5 else "",
        suffix=word(rng, 12) if rng.random() < 0.5 else "")


def section_of(i, layout, tops, numjobs, spread):
    return fio.section("create", f"s{i}", directory=":".join(tops),
                       numjobs=numjobs, spread=spread,
                       **{k: v for k, v in layout.items() if v != ""})


def random_layouts(t, space):
    """One fio runs many layouts, each in its own top directories."""
    rng = random.Random(SEED)
    t.diag(f"seed {SEED}")
    root = space.dir("random")
    cases, sections = [], []
    for i in range(SAMPLES):
        layout = random_layout(rng)
        tops = [os.path.join(root, f"{i}-{j}")
                for j in range(rng.choice([1, 1, 2, 3, 5]))]
        for top in tops:
            os.makedirs(top)
        numjobs = rng.randint(1, 3)
        cases.append((layout, tops, numjobs))
        sections.append(section_of(i, layout, tops, numjobs,
                                   rng.choice([1, 1, 2, 7])))
    done = fio.run(sections, empty=1, thread=True)
    t.ok(done.rc == 0 and not done.err, f"{SAMPLES} layouts are made", done)
    for i, (layout, tops, numjobs) in enumerate(cases):
        expected = [path for thread in range(numjobs) for path in
                    smallfile.Layout(tops, thread=thread, **layout).paths()]
        found = [p for top in tops for p in tree.files_below(top)]
        t.equal(len(set(expected)), numjobs * layout["files"],
                f"layout {i}: no two paths are equal")
        t.same_set(found, expected, f"layout {i}: {layout}, {len(tops)} tops,"
                   f" {numjobs} threads")
    for _, options in sections:
        options["operation"], options["spread"] = "rename", 1
    done = fio.run(sections, thread=True)
    t.ok(done.rc == 0 and not done.err, "all of them are renamed", done)
    wrong = []
    for layout, tops, numjobs in cases:
        expected = {path for thread in range(numjobs) for path in
                    smallfile.Layout(tops, thread=thread,
                                     **layout).paths(smallfile.DST)}
        if expected != {p for top in tops for p in tree.files_below(top)}:
            wrong.append(layout)
    t.ok(not wrong, "renamed files are in the same places of file_dstdir",
         *wrong[:3])
    for name, options in sections:
        options["operation"] = "cleanup"
    done = fio.run(sections, thread=True)
    # stderr may have text: a thread says so where it leaves a directory that
    # other threads have not emptied yet.
    t.ok(done.rc == 0, "all of them are cleaned up", done)
    left = [name for _, tops, _ in cases for top in tops
            for name in os.listdir(top)]
    t.equal(left, [], "cleanup leaves nothing of any layout")


def many_threads(t, space):
    """Thread numbers above 99 have their own files and contents."""
    top, numjobs = space.dir("threads"), 103
    done = fio.run([fio.section("create")], directory=top, numjobs=numjobs,
                   files=3, filesize=100, host="h", thread=True)
    t.ok(done.rc == 0, f"{numjobs} threads create", done)
    expected = [p for thread in range(numjobs)
                for p in smallfile.Layout(top, "h", thread, 3).paths()]
    t.same_set(tree.files_below(top), expected,
               "threads 100 and up have their own files")
    wrong = [p for thread in (0, 9, 99, 100, 102) for n in (1, 2, 3)
             for p in [smallfile.Layout(top, "h", thread, 3).path(n)]
             if tree.read_file(p) != smallfile.contents(thread, n, 100)]
    t.equal(wrong, [], "threads 100 and up have their own contents")


def permuted(t, space):
    """permute_hosts=: each host reads what the next one wrote."""
    top, hosts = space.dir("permuted"), ["a", "b.c", "D"]
    common = dict(directory=top, files=4, filesize=300, numjobs=2)
    done = fio.run([fio.section("create", host=h) for h in hosts], **common)
    t.ok(done.rc == 0, "three hosts create", done)
    before = tree.snapshot(top)
    done = fio.run([fio.section("read", host=h,
                                permute_hosts=":".join(hosts))
                    for h in hosts], **common)
    t.ok(done.rc == 0, "permute_hosts: each host reads the next one's", done)
    t.ok(before == tree.snapshot(top), "permute_hosts: reading makes nothing")
    done = fio.run([fio.section("delete", host="D",
                                permute_hosts=":".join(hosts))], **common)
    t.ok(done.rc == 0, "permute_hosts: the last deletes the first's", done)
    expected = [p for h in ("b.c", "D") for thread in (0, 1)
                for p in smallfile.Layout(top, h, thread, 4).paths()]
    t.same_set(tree.files_below(top), expected,
               "permute_hosts: the first's files and no others are gone")


def shifted(t, space):
    """thread_shift=: each thread reads what the one after it wrote."""
    top = space.dir("shifted")
    common = dict(directory=top, files=4, filesize=300, numjobs=3, host="h")
    done = fio.run([fio.section("create")], **common)
    t.ok(done.rc == 0, "three threads create", done)
    for shift in (1, 2):
        done = fio.run([fio.section("read", thread_shift=shift)], **common)
        t.ok(done.rc == 0, f"thread_shift={shift}: reads and verifies", done)
    os.unlink(smallfile.Layout(top, "h", 2, 4).path(3))
    for shift, fails in ((0, 2), (1, 1), (2, 0)):
        done = fio.run([fio.section("stat", thread_shift=shift)], **common)
        t.equal([job["error"] != 0 for job in done.jobs],
                [n == fails for n in range(3)],
                f"thread_shift={shift}: thread {fails} works on 02", done)
    done = fio.run([fio.section("stat", thread_shift=3)], **common)
    t.ok(done.rc != 0, "thread_shift=3 of three threads is refused", done)
    t.contains(done.err, ["thread_shift=3: expected less than numjobs=3"],
               "thread_shift=3 of three threads: says why")


def large_tree(t, space):
    files = 100000
    top = space.dir("large")
    common = dict(directory=top, files=files, files_per_dir=10,
                  dirs_per_dir=10, empty=1, host="h", thread=True)
    start = time.monotonic()
    done = fio.run(fio.stonewalled([
        fio.section("create"), fio.section("stat", rand=True),
        fio.section("readdir"), fio.section("ls-l", rand=True)]), **common)
    t.ok(done.rc == 0 and not done.err,
         f"{files} files: create, stat in random order, readdir, ls-l", done)
    found = [done.side(name)[0]["total_ios"]
             for name in ("create", "stat", "readdir", "ls-l")]
    t.equal(found, [files, files, files // 10 + 1, files // 10 + 1],
            f"{files} files: every one and every directory had its turn")
    layout = smallfile.Layout(top, "h", 0, files, 10, 10)
    t.same_set(tree.files_below(top), layout.paths(),
               f"{files} files are where smallfile puts them")
    t.equal(max(path.count("/d_") for path in layout.paths()), 5,
            f"{files} files: directories nest five deep")
    done = fio.run(fio.stonewalled([fio.section("rename"),
                                    fio.section("cleanup")]), **common)
    t.ok(done.rc == 0 and not done.err, f"{files} files: rename, cleanup",
         done)
    t.equal(os.listdir(top), [], f"{files} files: cleanup leaves nothing")
    t.diag(f"large tree: {time.monotonic() - start:.1f} s")


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in
               (random_layouts, many_threads, permuted, shifted, large_tree)])


main()
