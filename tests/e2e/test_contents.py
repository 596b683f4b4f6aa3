# SPDX-License-Identifier: GPL-2.0-only
"""Tests what is in the files. A reader computes sizes and contents by itself,
and reports a file that differs."""
import os
import re
import time
import zlib

import fio
import mounts
import smallfile
import tap
import tree

mounts.enter_namespace()

HOST = "h"


def sizes(layout):
    return [os.path.getsize(path) for path in layout.paths()]


def read_back(t, label, **options):
    done = fio.run([fio.section("read")], **options)
    t.ok(done.rc == 0 and not done.err,
         f"{label}: a reader knows sizes and contents", done)
    return done


def distributions(t, space):
    """A reader computes the same sizes as the writer, and they have the
    distribution that was asked for."""
    files = 2000
    cases = {"exponential": dict(size_distribution="exponential",
                                 filesize="64k"),
             "uniform": dict(filesize="1000-9000"),
             "uniform too": dict(size_distribution="uniform",
                                 filesize="1000-9000")}
    found = {}
    for label, options in cases.items():
        top = space.dir(label)
        common = dict(directory=top, files=files, host=HOST, numjobs=2,
                      thread=True, **options)
        done = fio.run([fio.section("create")], **common)
        t.ok(done.rc == 0 and not done.err, f"{label}: create", done)
        layouts = [smallfile.Layout(top, HOST, thread, files)
                   for thread in (0, 1)]
        found[label] = [sizes(layout) for layout in layouts]
        t.equal([s["io_bytes"] for s in done.side("create")],
                [sum(s) for s in found[label]],
                f"{label}: bytes reported are bytes on disk")
        done = read_back(t, label, **common)
        t.equal([s["io_bytes"] for s in done.side("read")],
                [sum(s) for s in found[label]],
                f"{label}: and the bytes read")
        t.ok(found[label][0] != found[label][1],
             f"{label}: threads differ in their sizes")
        wrong = [p for layout in layouts for n in range(1, files, 97)
                 for p in [layout.path(n)]
                 if tree.read_file(p) != smallfile.contents(
                     layout.thread, n, os.path.getsize(p))]
        t.equal(wrong, [], f"{label}: contents are smallfile's")
        other = fio.run([fio.section("read")], **dict(common, seed=7))
        t.ok(other.rc != 0, f"{label}: with another seed= sizes differ",
             other)
    every = [s for thread in found["exponential"] for s in thread]
    t.ok(all(s % 1024 == 0 and 1024 <= s <= 65536 for s in every),
         "exponential: whole KiB from 1 KiB to filesize")
    mean = sum(every) / len(every)
    # The mean would be 8 KiB. Rounding down to KiB takes half a KiB from it,
    # and the least size of 1 KiB adds something.
    t.ok(7000 < mean < 8800, "exponential: the mean is filesize / 8",
         f"mean {mean:.0f}")
    small = sum(s <= 8192 * 0.69 for s in every) / len(every)
    t.ok(0.42 < small < 0.58, "exponential: half are below ln 2 of the mean",
         f"{small:.2f}")
    every = [s for thread in found["uniform"] for s in thread]
    t.ok(min(every) < 1050 and max(every) > 8950
         and all(1000 <= s <= 9000 for s in every),
         "uniform: from one end of the range to the other",
         f"{min(every)} to {max(every)}")
    t.ok(4850 < sum(every) / len(every) < 5150, "uniform: mean amid it",
         sum(every) / len(every))
    t.equal(found["uniform"], found["uniform too"],
            "size_distribution=uniform is what a range alone is")


def records(t, space):
    """Files that are longer than a record, shorter, and of odd lengths."""
    cases = [("5m", None), ("2500000", None), ("10000", "4k"),
             ("100", "64k"), ("1", None), ("1m", "1m"), ("3000", "7")]
    for size, record in cases:
        top = space.dir(f"records-{size}-{record}")
        label = f"filesize={size} bs={record or 'unset'}"
        common = dict(directory=top, files=3, host=HOST, filesize=size,
                      bs=record)
        done = fio.run([fio.section("create")], **common)
        t.ok(done.rc == 0 and not done.err, f"{label}: create", done)
        layout = smallfile.Layout(top, HOST, 0, 3)
        number = {"k": 1 << 10, "m": 1 << 20}
        as_bytes = [int(v[:-1]) * number[v[-1]] if v and v[-1] in number
                    else int(v or 0) for v in (size, record)]
        wrong = [n for n in layout.numbers() if tree.read_file(layout.path(n))
                 != smallfile.contents(0, n, *as_bytes)]
        t.equal(wrong, [], f"{label}: each record starts as smallfile's does")
        read_back(t, label, **common)


def empty(t, space):
    top = space.dir("empty")
    common = dict(directory=top, files=7, host=HOST, empty=1)
    done = fio.run(fio.stonewalled([
        fio.section("create"), fio.section("append"), fio.section("read"),
        fio.section("overwrite")]), **common)
    t.ok(done.rc == 0 and not done.err, "empty=1: create, append, read", done)
    t.equal(set(sizes(smallfile.Layout(top, HOST, 0, 7))), {0},
            "empty=1: files without data")
    t.equal([j for name in ("create", "read") for j in
             [done.side(name)[0]["total_ios"]]], [7, 7],
            "empty=1: each counts as an operation")


def incompressible(t, space):
    top = space.dir("incompressible")
    common = dict(directory=top, files=20, host=HOST, filesize="128k",
                  bs="32k", numjobs=2, content="incompressible")
    done = fio.run([fio.section("create")], **common)
    t.ok(done.rc == 0 and not done.err, "incompressible: create", done)
    data = [tree.read_file(p) for thread in (0, 1)
            for p in smallfile.Layout(top, HOST, thread, 20).paths()]
    whole = b"".join(data)
    ratio = len(zlib.compress(whole, 6)) / len(whole)
    t.ok(ratio > 0.99, "incompressible: zlib saves nothing", ratio)
    blocks = [whole[i:i + 4096] for i in range(0, len(whole), 4096)]
    t.equal(len(set(blocks)), len(blocks),
            "incompressible: no two blocks of 4 KiB are alike")
    words = [whole[i:i + 8] for i in range(0, len(whole), 8)]
    t.ok(len(set(words)) > len(words) - 10,
         "incompressible: hardly any two words of 8 bytes are alike")
    counts = [0] * 256
    for byte in whole:
        counts[byte] += 1
    mean = len(whole) / 256
    chi2 = sum((c - mean) ** 2 / mean for c in counts)
    t.ok(150 < chi2 < 400, "incompressible: all bytes equally often",
         f"chi-squared {chi2:.0f} for 255 degrees of freedom")
    read_back(t, "incompressible", **common)
    other = space.dir("incompressible-seed")
    done = fio.run([fio.section("create")], **dict(common, directory=other,
                                                   seed=2))
    again = {tree.read_file(p)[i:i + 4096] for p in tree.files_below(other)
             for i in range(0, 131072, 4096)}
    t.ok(done.rc == 0 and not again & set(blocks),
         "incompressible: another seed=, other blocks", done)
    layout = smallfile.Layout(top, HOST, 1, 20)
    flip(layout.path(9), 100000)
    bad = fio.run([fio.section("read")], **common)
    t.ok(bad.rc != 0 and layout.path(9) in bad.err,
         "incompressible: a changed byte is found", bad)
    done = fio.run([fio.section("setxattr", xattr_count=2, xattr_size=99),
                    fio.section("getxattr", xattr_count=2, xattr_size=99,
                                stonewall=True)], **common)
    t.ok(done.rc == 0 and not done.err,
         "incompressible: attributes are verified, too", done)


def flip(path, at):
    with open(path, "r+b") as f:
        f.seek(at)
        byte = f.read(1)[0]
        f.seek(at)
        f.write(bytes([byte ^ 0xa5]))
    return byte ^ 0xa5, byte


def spoiled(t, space):
    """read finds a changed byte, a changed length and a changed attribute, and
    names them."""
    top = space.dir("spoiled")
    common = dict(directory=top, files=9, host=HOST, filesize=10000, bs=4096,
                  xattr_count=2, xattr_size=50)
    done = fio.run(fio.stonewalled([fio.section("create"),
                                    fio.section("setxattr"),
                                    fio.section("swift-put", host="s")]),
                   **common)
    t.ok(done.rc == 0, "spoiled: preparation succeeds", done)
    layout = smallfile.Layout(top, HOST, 0, 9)
    found, expected = flip(layout.path(4), 4096 + 1234)
    bad = fio.run([fio.section("read")], **common)
    label = "one wrong byte"
    t.ok(bad.rc != 0, f"{label}: read fails", bad)
    t.contains(bad.err, [layout.path(4), "record 1", "byte 1234",
                         f"found 0x{found:02x}", f"expected 0x{expected:02x}"],
               f"{label}: file, record, byte, found and expected are named")
    # At a depth others are in flight beside the failed one. They are read to
    # their end.
    t.ok(3 <= bad.side("read")[0]["clat_ns"]["N"] < 3 + fio.DEPTH,
         f"{label}: the files before it are samples, it is none", bad)
    good = fio.run([fio.section("read", verify_read=0)], **common)
    t.ok(good.rc == 0, f"{label}: verify_read=0 does not look", good)
    on = fio.run([fio.section("read", continue_on_error="all")], **common)
    t.equal((on.side("read")[0]["total_ios"], on.jobs[0]["total_err"]),
            (8, 1), f"{label}: continue_on_error reads the others")
    flip(layout.path(4), 4096 + 1234)
    os.truncate(layout.path(7), 9000)
    bad = fio.run([fio.section("read")], **common)
    t.ok(bad.rc != 0, "a short file: read fails", bad)
    t.contains(bad.err, [layout.path(7), "9000", "10000"],
               "a short file: its size and the one expected are named")
    bad = fio.run([fio.section("read", verify_read=0)], **common)
    t.ok(bad.rc != 0, "a short file: verify_read=0 finds it, too", bad)
    os.setxattr(layout.path(2), "user.smallfile-1",
                b"x" + os.getxattr(layout.path(2), "user.smallfile-1")[1:])
    bad = fio.run([fio.section("getxattr")], **common)
    t.ok(bad.rc != 0, "a wrong attribute: getxattr fails", bad)
    t.contains(bad.err, [layout.path(2), "user.smallfile-1", "byte 0", "0x78"],
               "a wrong attribute: file, attribute and byte are named")
    os.setxattr(layout.path(1), "user.smallfile-0", b"short")
    bad = fio.run([fio.section("getxattr")], **common)
    t.contains(bad.err, [layout.path(1), "user.smallfile-0", "5", "50"],
               "a short attribute: both lengths are named")
    os.removexattr(layout.path(1), "user.smallfile-0")
    bad = fio.run([fio.section("getxattr")], **common)
    t.ok(bad.rc != 0, "no attribute: getxattr fails", bad)
    t.contains(bad.err, [layout.path(1), "No data available"],
               "no attribute: the message says so")
    swift = smallfile.Layout(top, "s", 0, 9)
    os.removexattr(swift.path(5), "user.smallfile-all-1")
    bad = fio.run([fio.section("swift-get", host="s")], **common)
    t.ok(bad.rc != 0 and swift.path(5) in bad.err,
         "no attribute: swift-get fails", bad)


def listed(t, space):
    top = space.dir("listed")
    common = dict(directory=top, files=50, files_per_dir=10, host=HOST,
                  filesize=10)
    done = fio.run([fio.section("create")], **common)
    t.ok(done.rc == 0, "listed: preparation succeeds", done)
    layout = smallfile.Layout(top, HOST, 0, 50, 10)
    with open(os.path.join(layout.dir(33), "foreign"), "wb"):
        pass
    done = fio.run([fio.section("readdir"), fio.section("ls-l")], **common)
    t.ok(done.rc == 0, "a foreign file beside them does not matter", done)
    os.unlink(layout.path(33))
    for operation in ("readdir", "ls-l"):
        bad = fio.run([fio.section(operation)], **common)
        t.ok(bad.rc != 0, f"a missing file: {operation} fails", bad)
        t.contains(bad.err, [layout.dir(33), layout.name(33), "missing"],
                   f"a missing file: {operation} names it")


def awaited(t, space):
    """await-create waits for the files of a create that runs beside it. Its
    latencies count from each file's stamp, and not from when it began to
    wait."""
    common = dict(files=40, filesize="20k", numjobs=2, host=HOST)

    def both():
        common["directory"] = space.dir(f"awaited-{time.monotonic_ns()}")
        return fio.run([fio.section("create", record_ctime_size=1,
                                    startdelay="800ms", rate_iops=100),
                        fio.section("await-create", runtime=60)], **common)
    done = tap.best_of(3, both, lambda done: all(
        side["clat_ns"]["mean"] < 500e6 for side in done.side("await-create")))
    top = common["directory"]
    t.ok(done.rc == 0 and not done.err, "await-create beside create", done)
    for side in done.side("await-create"):
        t.equal(side["clat_ns"]["N"], 40, "await-create: a sample a file")
        t.ok(0 < side["clat_ns"]["min"]
             and side["clat_ns"]["mean"] < 500e6,
             "await-create: latencies are those since creation",
             side["clat_ns"]["min"], side["clat_ns"]["mean"])
    stamps = [os.getxattr(p, "user.smallfile-ctime-size").decode()
              for p in tree.files_below(top)]
    t.ok(all(re.fullmatch(r"\d+\.\d{6,9},20", s) for s in stamps),
         "record_ctime_size: seconds.fraction,KiB", stamps[:2])
    time.sleep(1)
    done = fio.run([fio.section("await-create", runtime=30)], **common)
    least = min(s["clat_ns"]["min"] for s in done.side("await-create"))
    t.ok(done.rc == 0 and least >= 1e9,
         "await-create: a file made 1 s ago took 1 s to be seen", least)
    # A file is there only when it has its full size.
    path = smallfile.Layout(top, HOST, 0, 40).path(3)
    os.truncate(path, 10)
    done = fio.run([fio.section("await-create", runtime=1)], **common)
    t.ok(done.rc != 0 and path in done.err,
         "await-create: a file without its full size is not there", done)
    os.truncate(path, 20480)
    os.setxattr(path, "user.smallfile-ctime-size", b"4000000000.0,20")
    done = fio.run([fio.section("await-create", runtime=5)], **common)
    t.ok(done.rc != 0 and path in done.err and "clock" in done.err,
         "await-create: a stamp in the future speaks of clocks", done)
    os.setxattr(path, "user.smallfile-ctime-size", b"rubbish")
    done = fio.run([fio.section("await-create", runtime=5)], **common)
    t.ok(done.rc != 0 and path in done.err and "KiB" in done.err,
         "await-create: a stamp that is none is refused", done)


def smallfiles_stamp(t, space):
    """await-create reads a stamp as smallfile writes it, in microseconds."""
    top = space.dir("stamp")
    done = fio.run([fio.section("create")], directory=top, files=1,
                   host=HOST, filesize="1k")
    path = smallfile.Layout(top, HOST, 0, 1).path(1)
    os.setxattr(path, "user.smallfile-ctime-size",
                f"{time.time() - 3:f},1".encode())
    done = fio.run([fio.section("await-create", runtime=5)], directory=top,
                   files=1, host=HOST, filesize="1k")
    side = done.side("await-create")[0]
    t.ok(done.rc == 0 and 2.9e9 < side["clat_ns"]["min"] < 30e9,
         "await-create reads smallfile's own stamps", done,
         side["clat_ns"]["min"])


def made_by_smallfile(t, space):
    """A tree as smallfile makes it can be read, listed, renamed and
    removed."""
    top = space.dir("foreign")
    layout = smallfile.Layout(top, HOST, 0, 30, 4, 3)
    for n in layout.numbers():
        os.makedirs(layout.dir(n), exist_ok=True)
        with open(layout.path(n), "wb") as f:
            f.write(smallfile.contents(0, n, 5000, 1000))
        os.mkdir(layout.path(n, ending=".d"))
    common = dict(directory=top, files=30, files_per_dir=4, dirs_per_dir=3,
                  host=HOST, filesize=5000, bs=1000)
    done = fio.run(fio.stonewalled([
        fio.section("read"), fio.section("readdir"), fio.section("ls-l"),
        fio.section("rmdir", dir_files=0), fio.section("rename"),
        fio.section("delete-renamed"), fio.section("cleanup")]), **common)
    t.ok(done.rc == 0 and not done.err, "a tree that smallfile made", done)
    t.equal(os.listdir(top), [],
            "a tree that smallfile made: nothing of it is left")


def directories(t, space):
    """dir_files= says how many files a directory of mkdir has."""
    for count in (0, 3):
        top = space.dir(f"dir-files-{count}")
        common = dict(directory=top, files=6, host=HOST, dir_files=count)
        layout = smallfile.Layout(top, HOST, 0, 6)
        done = fio.run([fio.section("mkdir")], **common)
        t.ok(done.rc == 0, f"dir_files={count}: mkdir", done)
        t.equal([sorted(os.listdir(p)) for p in layout.paths(ending=".d")],
                [[f"f_{j:03d}" for j in range(count)]] * 6,
                f"dir_files={count}: so many files in each")
        done = fio.run([fio.section("rmdir")], **common)
        t.ok(done.rc == 0 and not any(map(os.path.exists,
                                          layout.paths(ending=".d"))),
             f"dir_files={count}: rmdir", done)


def longest_attribute(t, space):
    """Attributes with values of 64 KiB, on a file system that takes them."""
    top = space.loop("xfs", mib=300)
    common = dict(directory=top, files=3, host=HOST, filesize=10,
                  xattr_count=3, xattr_size=65536)
    done = fio.run(fio.stonewalled([
        fio.section("create"), fio.section("setxattr"),
        fio.section("getxattr"), fio.section("swift-put"),
        fio.section("swift-get")]), **common)
    t.ok(done.rc == 0 and not done.err, "attributes of 64 KiB", done)
    path = smallfile.Layout(top, HOST, 0, 3).path(2)
    t.equal(os.getxattr(path, "user.smallfile-all-2"),
            smallfile.xattr_value(0, 2, 2, 65536),
            "attributes of 64 KiB: their values")


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in
               (distributions, records, empty, incompressible, spoiled,
                listed, awaited, smallfiles_stamp, made_by_smallfile,
                directories, longest_attribute)])


main()
