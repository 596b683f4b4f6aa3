# SPDX-License-Identifier: GPL-2.0-only
"""Tests wrong options. A message says what is wrong, what was expected and
what to do. fio exits non-zero, and nothing is made on disk."""
import os
import shutil
import subprocess

import fio
import mounts
import smallfile
import tap
import tree
from fio import OPERATIONS

mounts.enter_namespace()


def refused(t, label, top, words, operation="create", name=None, **options):
    before = tree.snapshot(top)
    options = {"files": 3, "host": "h", **options}
    rw = options.pop("rw", None)
    _, section = fio.section(operation if operation in OPERATIONS
                             else "create", **options)
    section["operation"] = operation
    if rw:
        section["rw"] = rw
    result = fio.run([(name or "job7", section)], timeout=60,
                     **{"directory": top} if "directory" not in options
                     else {})
    t.ok(result.rc not in (0, None) and result.rc > 0
         and not result.timed_out, f"{label}: fio fails", result)
    t.contains(result.err, words, f"{label}: says {words}")
    after = tree.snapshot(top)
    t.ok(before == after, f"{label}: nothing is made",
         tree.differences(before, after))
    # If something was made, it is removed, so that it does not spoil the next
    # check.
    shutil.rmtree(os.path.join(top, smallfile.SRC), ignore_errors=True)


def operations(t, space):
    top = space.dir("operations")
    refused(t, "an unknown operation", top, ["creat", *OPERATIONS],
            operation="creat")
    for operation, row in OPERATIONS.items():
        right, wrong = (("read", "write") if row["reads"]
                        else ("write", "read"))
        refused(t, f"{operation} with rw={wrong}", top,
                ["job7", "rw=", operation, f"rw={right}"],
                operation=operation, rw=wrong)
    for rw in ("randwrite", "rw", "randrw", "trim"):
        refused(t, f"stat with rw={rw}", top, ["rw=read"], operation="stat",
                rw=rw)
    refused(t, "no rw=", top, ["rw=write"], rw="read")
    for text in ("stat,create", "stat:4"):
        refused(t, f"operation={text}", top, ["one value", text],
                operation=text, rw="read")


def numbers(t, space):
    top = space.dir("numbers")
    for option, value, words in (
            ("files", 0, ["files"]),
            ("files", -5, ["files"]),
            ("files", "many", ["files"]),
            ("files", 10 ** 15, ["files"]),
            ("filesize", 0, ["filesize"]),
            ("filesize", -1, ["filesize=", "negative", "4k-64k"]),
            ("filesize", "-5k", ["filesize=", "negative"]),
            ("filesize", "9k-3k", ["filesize"]),
            ("bs", -1, ["bs"]),
            ("bs", "2g", ["bs"]),
            ("files_per_dir", 0, ["files_per_dir"]),
            ("files_per_dir", -3, ["files_per_dir"]),
            ("dirs_per_dir", 0, ["dirs_per_dir"]),
            ("dirs_per_dir", 1, ["dirs_per_dir", "2"]),
            ("dirs_per_dir", -1, ["dirs_per_dir"]),
            ("spread", 0, ["spread"]),
            ("spread", -1, ["spread"]),
            ("xattr_size", 65537, ["xattr_size", "65536"]),
            ("xattr_size", -1, ["xattr_size"]),
            ("xattr_count", 4097, ["xattr_count", "4096"]),
            ("xattr_count", -1, ["xattr_count"]),
            ("dir_files", 100001, ["dir_files", "100000"]),
            ("dir_files", -1, ["dir_files"]),
            ("numjobs", 0, []),
    ):
        refused(t, f"{option}={value}", top, words, **{option: value})


def values(t, space):
    top = space.dir("values")
    long = "x" * 300
    for option, value, words in (
            ("size_distribution", "gauss",
             ["size_distribution", "fixed", "uniform", "exponential"]),
            ("size_distribution", "uniform",
             ["size_distribution=uniform", "range", "filesize="]),
            ("content", "random", ["content", "pattern", "incompressible"]),
            ("prefix", "a/b", ["prefix=a/b", "/"]),
            ("prefix", "../x", ["prefix=../x"]),
            ("prefix", "..", ["prefix=..", "'..'"]),
            ("suffix", "/etc", ["suffix=/etc", "/"]),
            ("suffix", "a..b", ["suffix=a..b", "'..'"]),
            ("host", "../../etc", ["host=../../etc"]),
            ("host", "a/b", ["host=a/b", "/"]),
            ("host", ".", ["host=."]),
            ("host", "..", ["host=.."]),
            ("host", long, ["host=xxx", "too long"]),
            ("prefix", long, ["255", "prefix", "suffix", "host"]),
            ("suffix", long, ["255", "prefix", "suffix", "host"]),
            ("permute_hosts", "a:b", ["permute_hosts=a:b", "h", "host="]),
            ("permute_hosts", "h:../x", ["..", "x"]),
            ("permute_hosts", ":h", ["permute_hosts=:h", "empty"]),
            ("permute_hosts", "h::b", ["permute_hosts=h::b", "empty"]),
            ("permute_hosts", "h:b:h:c", ["permute_hosts=h:b:h:c", "once"]),
            ("seed", "x", ["seed"]),
            ("sede", "4", ["sede"]),
    ):
        refused(t, f"{option}={value[:20]}", top, words, **{option: value})


def fio_options(t, space):
    """fio's options that could not mean here what they mean elsewhere are
    refused."""
    top = space.dir("fio-options")
    for option, value, words in (
            ("filename", "data", ["filename", "directory"]),
            ("nrfiles", 7, ["nrfiles", "files="]),
            ("bsrange", "4k-8k", ["bsrange", "bs="]),
            ("bssplit", "4k/50:8k/50", ["bssplit", "bs="]),
            ("verify", "crc32c", ["verify", "verify_read"]),
            ("fsync", 1, ["fsync", "fsync_on_close"]),
            ("end_fsync", 1, ["end_fsync", "fsync_on_close"]),
            ("io_submit_mode", "offload", ["io_submit_mode", "numjobs"]),
            ("sync", 1, ["sync=", "fsync_on_close"]),
            ("sync_file_range", "write:4", ["sync_file_range",
                                            "fsync_on_close"]),
            ("zero_buffers", 1, ["zero_buffers", "content="]),
            ("buffer_pattern", "0xff", ["buffer_pattern", "content="]),
            ("buffer_compress_percentage", 50,
             ["buffer_compress_percentage", "content="]),
            ("dedupe_percentage", 50, ["dedupe_percentage", "content="]),
            ("unlink", 1, ["unlink=", "operation=delete", "cleanup"]),
            ("pre_read", 1, ["pre_read", "operation=read"]),
            ("fill_device", 1, ["fill_device", "files="]),
            ("atomic", 1, ["atomic"]),
            ("opendir", top, ["opendir", "directory="]),
            ("ignore_error", "ENOSPC", ["rw=write", "ignore_error=,ENOSPC"]),
    ):
        refused(t, f"{option}={value}", top, ["job7", *words],
                **{option: value})


def tops(t, space):
    top = space.dir("tops")
    file = os.path.join(top, "file")
    with open(file, "w", encoding="utf-8"):
        pass
    gone = os.path.join(top, "gone")
    deep = top
    while len(deep) < 3900:
        deep = os.path.join(deep, "d" * 200)
    os.makedirs(deep)
    for path, words in (
            ("/", ["directory=/", "system"]),
            ("//", ["directory=", "system"]),
            ("/..", ["directory=", "system"]),
            ("/usr", ["directory=/usr", "system"]),
            ("/home", ["directory=/home", "system", "/home/smallfio"]),
            ("/etc/", ["directory=/etc", "system"]),
            # fio itself refuses a link.
            ("/proc/self/root", ["directory"]),
            (gone, [gone]),
            (file, [file]),
            (f"{top}:/", ["directory=/", "system"]),
            (f"{top}:{gone}", [gone]),
            (deep, ["4096"]),
    ):
        refused(t, f"directory={path[:60]}", top, words, directory=path)
    link = os.path.join(top, "link")
    os.symlink("/", link)
    refused(t, "a link to /", top, ["directory"], directory=link)
    t.ok(not os.path.exists("/file_srcdir")
         and not os.path.exists("/usr/file_srcdir"),
         "nothing is made in / or /usr")


def short_tops(t, space):
    """A short path such as /srv is taken for a slip and refused, unless
    something is mounted there."""
    place = next(p for p in ("/srv", "/opt", "/mnt")
                 if os.path.isdir(p) and not os.path.ismount(p))
    words = [f"directory={place}", "too short", "mount point",
             f"{place}/smallfio"]
    refused(t, f"directory={place}", space.dir("short"), words,
            directory=place)
    t.ok(not os.path.exists(f"{place}/{smallfile.SRC}"),
         f"directory={place}: nothing is made there")
    source = space.dir("bound")
    for kind, options in (("tmpfs", ("-o", "size=16m")),
                          ("none", ("-o", "bind"))):
        try:
            mounts.mount(kind, place, *options, source=source)
        except tap.Unavailable as why:
            t.skip(f"{kind} at {place}", why)
            continue
        done = fio.run([fio.section("create", host="h")], directory=place,
                       files=3)
        layout = smallfile.Layout(place, "h", 0, 3)
        t.ok(done.rc == 0, f"{place} as a mount point ({kind}) is taken",
             done)
        t.same_set(tree.files_below(place), layout.paths(),
                   f"{place} as a mount point ({kind}) has the files")
        mounts.unmount(place)


def job_is_named(t, space):
    """If one of several jobs is wrong, the message names that job."""
    top = space.dir("several")
    result = fio.run([fio.section("create", "good", host="g"),
                      fio.section("create", "culprit", prefix="a/b",
                                  host="c")], directory=top, files=3)
    t.ok(result.rc != 0, "one bad job of two: fio fails", result)
    t.contains(result.err, ["culprit"], "one bad job of two: it is named")
    made = [p for p in tree.files_below(top) if "/c/" in p]
    t.equal(made, [], "one bad job of two: it makes nothing")


def names_of_options(*arguments):
    """Returns the names of options in fio's help. Each line has one before a
    colon."""
    done = subprocess.run([fio.FIO, *arguments], capture_output=True,
                          text=True)
    return {line.split(":")[0].strip() for line in done.stdout.splitlines()
            if ":" in line}


def command_line(t, space):
    """--files= before --ioengine= is refused. fio does not know the engine's
    options yet, and takes it for a short form of its own --filesize=."""
    top = space.dir("command-line")
    engine, files = f"--ioengine={fio.ENGINE}", "--files=10"
    rest = ["--operation=create", "--rw=write", f"--directory={top}"]
    job = os.path.join(space.path, "command-line.fio")
    with open(job, "w", encoding="utf-8") as f:
        f.write(fio.job_text([fio.section("create", "in-a-file")]))
    for label, line in (
            ("of a job", ["--name=x", files, engine, *rest]),
            ("of all jobs", [files, engine, "--name=x", *rest]),
            ("of a job file", [files, f"--directory={top}", job])):
        done = subprocess.run([fio.FIO, *line], capture_output=True,
                              text=True)
        t.ok(done.returncode != 0, f"--files too early, {label}: fails", done)
        t.contains(done.stderr, ["--files=10 comes before --ioengine=",
                                 "--filesize=", f"{engine} first"],
                   f"--files too early, {label}: says what to do")
        t.equal(os.listdir(top), [],
                f"--files too early, {label}: makes nothing")
    done = subprocess.run([fio.FIO, engine, files, "--filesize=4k", "--name=x",
                           *rest], capture_output=True, text=True)
    t.ok(done.returncode == 0, "--files in its place: works", done)
    t.equal(len(list(tree.files_below(top))), 10,
            "--files in its place: so many files")
    path = os.path.join(fio.engine_dir(), fio.ENGINE)
    theirs = names_of_options("--cmdhelp=all")
    t.equal([own for own in names_of_options(f"--enghelp={path}")
             if any(name.startswith(own) and name != own for name in theirs)],
            ["files"], "no other option begins one of fio's")


def hashed_listing(t, space):
    refused(t, "readdir of hashed files, a multiple of 900593",
            space.dir("hashed"), ["hash_into_dirs", "900593"],
            operation="readdir", files=900593, hash_into_dirs=1)


def help_lists(t, space):
    """fio --enghelp lists the engine's options and operations."""
    path = os.path.join(fio.engine_dir(), fio.ENGINE)
    done = subprocess.run([fio.FIO, f"--enghelp={path}"],
                          capture_output=True, text=True)
    t.ok(done.returncode == 0, "--enghelp works", done)
    t.contains(done.stdout, ["operation", "files", "empty", "files_per_dir",
                             "dirs_per_dir", "hash_into_dirs", "same_dir",
                             "spread", "host", "permute_hosts", "prefix",
                             "suffix", "xattr_size", "xattr_count",
                             "size_distribution", "content", "verify_read",
                             "record_ctime_size", "dir_files", "seed"],
               "--enghelp lists the options of the contract")
    done = subprocess.run([fio.FIO, f"--enghelp={path},operation"],
                          capture_output=True, text=True)
    t.contains(done.stdout, list(OPERATIONS),
               "--enghelp=...,operation lists every operation")


def edges(t, space):
    """The longest names that are right."""
    top = space.dir("edges")
    room = 255 - len("_h_00_9_") - len(".d/f_00000000000")
    done = fio.run([fio.section("create", prefix="p" * 100,
                                suffix="s" * (room - 101), host="h"),
                    fio.section("create", "two", host="h" * 100)],
                   directory=top, files=9, filesize=1)
    t.ok(done.rc == 0, "names close to the limit work", done)
    layout = smallfile.Layout(top, "h", 0, 9, prefix="p" * 100,
                              suffix="s" * (room - 101))
    two = smallfile.Layout(top, "h" * 100, 0, 9)
    t.same_set(tree.files_below(top), layout.paths() + two.paths(),
               "names close to the limit are right")


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in
               (operations, numbers, values, fio_options, tops, short_tops,
                job_is_named, command_line, hashed_listing, help_lists, edges)])


main()
