# SPDX-License-Identifier: GPL-2.0-only
"""Tests what fio-diskwrite.so writes and logs, with each value of submit=, and
that the files can be read back."""
import os
import re

import diskwrite
import fio
import mounts
import tap

mounts.enter_namespace()

MIB = 1 << 20
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


def takes_direct(top):
    """Returns whether O_DIRECT works here. On tmpfs it does since Linux 6.6.
    test_diskwrite_faults.py tests what happens where it does not."""
    path = os.path.join(top, "direct")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_DIRECT))
        return True
    except OSError:
        return False
    finally:
        os.unlink(path)


def ways(t, space):
    for kind, directs in (("ext4", (0, 1)), ("xfs", (1,)), ("tmpfs", (0, 1))):
        top = space.file_system(kind)
        for way in WAYS:
            for direct in directs:
                if not direct or takes_direct(top):
                    one_way(t, space, top, kind, way, direct)
        mounts.unmount(top)


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
    """Without options: bs=10m, filesize=1g, direct=1, submit=libaio."""
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
    logs = [os.path.join(space.path, f"time-{n}.csv") for n in range(3)]
    log = None

    def rows_in_time():
        """Runs for 2 s. While the machine stands still no chunks are written,
        and fio does not make up for them."""
        nonlocal log
        log = logs.pop()
        done = diskwrite.run(top, runtime=2, rate_iops=50, bs="64k",
                             filesize="1m", direct=0, chunk_log=log)
        return done, diskwrite.log_rows(log)
    done, rows = tap.best_of(3, rows_in_time, lambda found: (
        len(found[1]) >= 80
        and found[0].jobs[0]["write"]["runtime"] < 4000))
    t.equal(done.rc, 0, "runtime: fio succeeds", done)
    t.ok(80 <= len(rows) <= 125, "runtime: rate_iops= is kept", len(rows))
    t.ok(1900 <= done.jobs[0]["write"]["runtime"] < 4000,
         "runtime: it takes that long")
    # A run removes the files of the run before. Each loop writes new files.
    done = diskwrite.run(top, size="2m", loops=3, bs="64k", filesize="1m",
                         direct=0, chunk_log=log)
    t.equal((done.rc, diskwrite.files(top)), (0, {5: MIB}),
            "loops: each in new files", done)
    again = diskwrite.log_rows(log)
    t.equal((again[:len(rows)], len(again) - len(rows)), (rows, 96),
            "chunk_log: what is there stays, and is added to")


def directories(t, space):
    """Each thread gets one of several directories, also with a colon in a
    name. unlink=1 removes files at the end. %h in a log's name is the host."""
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
    """A section reads what the section before wrote, with threads and with
    processes."""
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
    """progress_interval=1 prints a line a second with host, rate and p99;
    progress_interval=0 prints none."""
    top = space.tmpfs("messages")

    def said():
        done = diskwrite.run(top, runtime=3, rate_iops=40, bs="64k", numjobs=2,
                             filesize="1m", direct=0, progress_interval=1)
        return done, re.findall(
            r"host h, job w, thread 0([01]): [\d.]+ MiB/s, p99 [\d.]+ ms, max "
            r"[\d.]+ ms, \d+ chunks, \d+ bytes in [\d.]+ s, CPU [\d.]+ % "
            r"user [\d.]+ % system, memory [\d.]+ MiB", done.err)
    done, lines = tap.best_of(3, said, lambda found: min(
        found[1].count(thread) for thread in "01") >= 2)
    t.ok(lines.count("0") >= 2 and lines.count("1") >= 2,
         "progress_interval=1: each job says how it goes", done)
    done = diskwrite.run(top, runtime=2, rate_iops=40, bs="64k", direct=0,
                         filesize="1m", progress_interval=0)
    t.ok("MiB/s, p99" not in done.err, "progress_interval=0: none", done)


def main():
    space = mounts.Workspace()
    functions = [ways, zero, defaults, time_and_rate, directories, sections,
                 messages]
    tap.main(*[lambda t, f=f: f(t, space) for f in functions])


main()
