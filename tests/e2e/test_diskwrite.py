# SPDX-License-Identifier: GPL-2.0-only
"""fio-diskwrite.so: what it writes and logs, in each way of submission, and
that it can be read back."""
import collections
import hashlib
import os
import re
import shutil
import subprocess

import diskwrite
import fio
import mounts
import tap

mounts.enter_namespace()

MIB = 1 << 20
MILLION = 1000000
WAYS = ("sync", "libaio", "io_uring")


def check_run(t, label, result, log, total):
    t.equal(result.rc, 0, f"{label}: fio succeeds", result)
    t.equal(diskwrite.written(result), total, f"{label}: fio counts all bytes")
    rows = diskwrite.log_rows(log)
    t.equal(sum(r["bytes"] for r in rows), total,
            f"{label}: the log's sum is the same")
    t.ok(diskwrite.in_order(rows), f"{label}: the log is complete, in order")
    return rows


def one_way(t, space, top, kind, way, direct):
    label = f"{kind}, submit={way}, direct={direct}"
    log = os.path.join(space.path, f"{kind}-{way}-{direct}.csv")
    common = dict(submit=way, bs="1m", filesize="7m", direct=direct,
                  iodepth=1 if way == "sync" else 4, numjobs=2)
    done = diskwrite.run(top, size="40m", keep_files=2, chunk_log=log,
                         **common)
    rows = check_run(t, label, done, log, 80 * MIB)
    t.ok(all(r["latency_us"] > 0 and r["rss_kib"] > 1000 and
             abs(r["bytes"] / MIB / (r["latency_us"] / 1e6)
                 - r["mib_per_s"]) < 0.01 * r["mib_per_s"] + 0.01
             for r in rows), f"{label}: rates and memory are there")
    for thread in (0, 1):
        t.equal(diskwrite.files(top, thread=thread),
                {4: 7 * MIB, 5: 5 * MIB},
                f"{label}: thread {thread} keeps two files")
    side = done.jobs[0]["write"]["clat_ns"]
    logged = [r["latency_us"] for r in rows if r["thread"] == 0]
    mean = sum(logged) / len(logged)
    t.ok(abs(side["mean"] / 1e3 - mean) < 0.25 * mean + 200,
         f"{label}: fio's latency is the log's", side["mean"] / 1e3, mean)
    done = diskwrite.run(top, rw="read", **common)
    t.equal((done.rc, diskwrite.read_bytes(done)), (0, 24 * MIB),
            f"{label}: all of it can be read back", done)
    with open(diskwrite.path(top, 5), "r+b") as f:
        f.seek(3 * MIB + 70000)
        found = f.read(1)
        f.seek(3 * MIB + 70000)
        f.write(bytes([found[0] ^ 1]))
    done = diskwrite.run(top, rw="read", **common)
    t.ok(done.rc != 0, f"{label}: damage fails the reading", done)
    t.contains(done.err, [diskwrite.path(top, 5), "offset 3215728", "damaged"],
               f"{label}: damage is named")


def ways(t, space):
    for kind in ("ext4", "xfs", "tmpfs"):
        top = space.file_system(kind)
        for way in WAYS:
            for direct in ((0, 1) if kind != "tmpfs" else (0,)):
                one_way(t, space, top, kind, way, direct)
        mounts.unmount(top)


def blocks_of(top):
    """{digest: count} of all blocks of 4 KiB below a directory."""
    seen = collections.Counter()
    for name in os.listdir(top):
        with open(os.path.join(top, name), "rb") as f:
            while block := f.read(4096):
                seen[hashlib.blake2b(block, digest_size=12).digest()] += 1
    return seen


def contents(t, space):
    """Neither compression nor deduplication finds anything: not in a file,
    nor across files, threads, hosts and runs."""
    top = space.tmpfs("contents", "size=900m")
    common = dict(direct=0, submit="sync", numjobs=2, keep_files=9)
    for host, bs in (("a", "1m"), ("b", "64k"), ("c", "1536k")):
        done = diskwrite.run(top, host=host, bs=bs, filesize="24m",
                             size="48m", **common)
        t.equal(done.rc, 0, f"contents: host {host} writes", done)
    shutil.copytree(top, os.path.join(space.path, "contents", "first"))
    first = os.path.join(space.path, "contents", "first")
    done = diskwrite.run(top, host="a", bs="1m", filesize="24m", size="48m",
                         **common)
    t.equal(done.rc, 0, "contents: host a writes again", done)
    both = blocks_of(first)
    for name in os.listdir(top):
        if name.startswith("diskwrite_a"):
            shutil.move(os.path.join(top, name),
                        os.path.join(first, "again_" + name))
    both = blocks_of(first)
    t.equal(max(both.values()), 1, f"contents: no two of {sum(both.values())} "
            "blocks are equal")
    if not shutil.which("zstd"):
        raise tap.Unavailable("zstd is not installed")
    for level in ("-3", "-3 --long=27", "-12"):
        every = subprocess.run(f"cat {first}/* | tee >(wc -c >&2) | "
                               f"zstd -q -T2 {level} | wc -c",
                               shell=True, executable="/bin/bash",
                               capture_output=True, text=True, check=True)
        plain, packed = int(every.stderr), int(every.stdout)
        t.ok(packed >= 0.999 * plain and plain > 300 * MIB,
             f"contents: zstd {level} saves nothing", packed / plain)


def zero(t, space):
    top = space.tmpfs("zero")
    done = diskwrite.run(top, content="zero", bs="1m", filesize="8m",
                         size="20m", direct=0)
    t.equal(done.rc, 0, "content=zero: fio succeeds", done)
    with open(diskwrite.path(top, 2), "rb") as f:
        data = f.read()
    t.ok(len(data) == 4 * MIB and any(data[:4096]) and not any(data[4096:]),
         "content=zero: zeroes behind the first block")
    done = diskwrite.run(top, rw="read", bs="1m", direct=0)
    t.equal((done.rc, diskwrite.read_bytes(done)), (0, 4 * MIB),
            "content=zero: can be read back", done)


def defaults(t, space):
    """bs=10m, filesize=1g, direct=1, submit=libaio."""
    top = space.loop("ext4", "defaults", mib=1500)
    trace = os.path.join(space.path, "trace")
    done = diskwrite.run(top, wrap=["strace", "-f", "-o", trace, "-e",
                                    "trace=io_submit,fcntl,fallocate"],
                         io_size="30m")
    t.equal(done.rc, 0, "defaults: fio succeeds", done)
    t.equal(diskwrite.files(top), {0: 30 * MIB}, "defaults: one file")
    with open(trace, encoding="ascii") as f:
        text = f.read()
    t.equal(len(re.findall(r"io_submit\(.*aio_nbytes=10485760", text)), 3,
            "defaults: three chunks of 10 MiB through libaio", text)
    t.ok("O_DIRECT" in text, "defaults: O_DIRECT is set")
    t.ok(f", {1023 // 10 * 10 * MIB})" in text,
         "defaults: the file is allocated at its full size")
    mounts.unmount(top)


def time_and_rate(t, space):
    top = space.tmpfs("time")
    log = os.path.join(space.path, "time.csv")
    done = diskwrite.run(top, runtime=2, rate_iops=50, bs="64k",
                         filesize="1m", direct=0, chunk_log=log)
    t.equal(done.rc, 0, "runtime: fio succeeds", done)
    rows = diskwrite.log_rows(log)
    t.ok(80 <= len(rows) <= 125, "runtime: rate_iops= is kept", len(rows))
    t.ok(1900 <= done.jobs[0]["write"]["runtime"] < 4000,
         "runtime: it takes that long")
    # What was there before is cleaned; loops go on in new files.
    done = diskwrite.run(top, size="2m", loops=3, bs="64k", filesize="1m",
                         direct=0, chunk_log=log)
    t.equal((done.rc, diskwrite.files(top)), (0, {5: MIB}),
            "loops: each in new files", done)
    again = diskwrite.log_rows(log)
    t.equal((again[:len(rows)], len(again) - len(rows)), (rows, 96),
            "chunk_log: what is there stays, and is added to")


def directories(t, space):
    """One disk each; a colon in a name; unlink; %h in the log's name."""
    tops = [space.dir("disk0"), space.dir("disk1"), space.dir("disk:2")]
    listed = ":".join(top.replace("disk:2", r"disk\:2") for top in tops)
    common = dict(numjobs=3, bs="64k", filesize="1m", size="1m", direct=0)
    done = diskwrite.run(listed, **common)
    t.equal(done.rc, 0, "directories: fio succeeds", done)
    for i, top in enumerate(tops):
        t.equal(os.listdir(top), [f"diskwrite_h_0{i}_00000000"],
                f"directories: thread {i} has its own")
    done = diskwrite.run(listed, rw="read", **common)
    t.equal((done.rc, diskwrite.read_bytes(done)), (0, 3 * MIB),
            "directories: read back", done)
    done = diskwrite.run(listed, unlink=1, host="%h",
                         chunk_log=os.path.join(space.path, "log-%h.csv"),
                         **common)
    name = os.uname().nodename
    rows = diskwrite.log_rows(os.path.join(space.path, f"log-{name}.csv"))
    t.equal({r["host"] for r in rows}, {name}, "%h is the host's name", done)
    t.equal([os.listdir(top) for top in tops],
            [[f"diskwrite_h_0{i}_00000000"] for i in range(3)],
            "unlink=1: nothing is left; another host's files stay")


def sections(t, space):
    """Write, then read, in one job file; both threads and processes."""
    for thread in (None, True):
        top = space.dir(f"sections-{thread}")
        text = (diskwrite.job_text(directory=top, bs="64k", filesize="1m",
                                   size="1536k", direct=0, numjobs=2,
                                   keep_files=3, thread=thread)
                + f"[r]\nstonewall\nioengine={diskwrite.ENGINE}\nrw=read\n"
                + f"directory={top}\nhost=h\nbs=64k\ndirect=0\nnumjobs=2\n"
                + ("thread\n" if thread else ""))
        done = fio.run([], text=text)
        t.equal((done.rc, diskwrite.written(done), diskwrite.read_bytes(done)),
                (0, 3 * MIB, 3 * MIB), "a section reads what another wrote",
                done)


def messages(t, space):
    """A line now and then, with host, rate and p99; none if not wanted."""
    top = space.tmpfs("messages")
    done = diskwrite.run(top, runtime=3, rate_iops=40, bs="64k", numjobs=2,
                         filesize="1m", direct=0, progress_interval=1)
    lines = re.findall(r"host h, job w, thread 0([01]): [\d.]+ MiB/s, p99 "
                       r"[\d.]+ ms, max [\d.]+ ms, \d+ chunks in 1 s",
                       done.err)
    t.ok(lines.count("0") >= 2 and lines.count("1") >= 2,
         "progress_interval=1: each job says how it goes", done)
    done = diskwrite.run(top, runtime=2, rate_iops=40, bs="64k", direct=0,
                         filesize="1m", progress_interval=0)
    t.ok("MiB/s, p99" not in done.err, "progress_interval=0: none", done)


def stream(log):
    """(lines, sum of bytes, in order, memory of the first and last 2,000) of
    a log too long to hold, of one thread at depth 1."""
    lines = total = early = late = 0
    ordered, last = True, (-1.0, 0, -1)
    with open(log, encoding="ascii") as f:
        next(f)
        for line in f:
            now, _, _, file, chunk, size, *_, rss = line.split(",")
            now, file, chunk = float(now), int(file), int(chunk)
            ordered &= now >= last[0] and (
                (file, chunk) in ((last[1], last[2] + 1), (last[1] + 1, 0)))
            last = now, file, chunk
            total += int(size)
            lines += 1
            if lines <= 2000:
                early = max(early, int(rss))
            if lines > MILLION - 2000:
                late = max(late, int(rss))
    return lines, total, ordered, early, late


def many_chunks(t, space):
    """An hour of chunks in a minute: memory is constant, no line is lost."""
    top = space.tmpfs("many")
    log = os.path.join(space.path, "many.csv")
    done = diskwrite.run(top, size=MILLION * 4096, bs="4k", filesize="4m",
                         direct=0, submit="sync", chunk_log=log,
                         chunk_log_sync="none", timeout=150)
    t.equal(done.rc, 0, "a million chunks: fio succeeds", done)
    lines, total, ordered, early, late = stream(log)
    t.equal((lines, total), (MILLION, diskwrite.written(done)),
            "a million chunks: the log has each, its sum is fio's")
    t.equal(total, MILLION * 4096, "a million chunks: all are written")
    t.ok(ordered, "a million chunks: in order, none missing")
    t.ok(0 < late < early + 1024, "a million chunks: memory is constant",
         f"{early} KiB, then {late} KiB")


def main():
    space = mounts.Workspace()
    functions = [ways, contents, zero, defaults, time_and_rate, directories,
                 sections, messages, many_chunks]
    tap.main(*[lambda t, f=f: f(t, space) for f in functions])


main()
