# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio watch without fio: text comes on its standard input, in any
pieces, and must lead to the right output.

usage: check_watch.py SMALLFIO SOURCE_ROOT
"""
import os
import pathlib
import subprocess
import sys
import tempfile

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import tap   # noqa: E402

MESSAGE = ("<node7> fio-diskwrite: host n7, job w, thread 00: 1843.2 MiB/s, "
           "p99 14.680 ms, max 21.003 ms, 11059 chunks in 60 s")
MIB = 1 << 20
LINE_MIB = 192


def watch(pieces, out=None):
    """Runs smallfio watch. Returns exit code, output and the largest memory in
    KiB."""
    with subprocess.Popen(
            [SMALLFIO, "watch", *(["-o", out] if out else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for piece in pieces:
            process.stdin.write(piece)
            process.stdin.flush()
        process.stdin.close()
        text = process.stdout.read().decode(errors="replace")
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, text, used.ru_maxrss


def pieces(t):
    """A message may come in any pieces, and after the text of an ETA."""
    last = MESSAGE + ", the last\n"
    for name, text in (
            ("plain", last), ("behind an ETA", "Jobs: 1 (f=1)\r" + last),
            ("behind two", "Jobs: 1\rJobs: 2\r" + last),
            ("without an end", last.rstrip())):
        data = text.encode()
        for size in (1, 7, len(data)):
            with tempfile.TemporaryDirectory() as tmp:
                out = pathlib.Path(tmp) / "out"
                code, said, _ = watch((data[i:i + size] for i in
                                       range(0, len(data), size)), out)
                copied = out.read_text()
            t.equal((code, "node7: 1843.2 MiB/s" in said, copied),
                    (0, True, last), f"{name}, {size} bytes at a time", said)


def endless(t):
    """A line without an end takes no memory, and each piece of it is searched
    once. (smallfio once searched the whole line again at each piece.)"""
    with tempfile.TemporaryDirectory() as tmp:
        out = pathlib.Path(tmp) / "out"
        code, said, most_kib = watch(
            [b"x" * MIB] * LINE_MIB + [b"\n", MESSAGE.encode(),
                                       b", the last\n"], out)
        size = out.stat().st_size
    t.equal((code, "node7" in said), (0, True), "what comes after it is read")
    t.equal(size, LINE_MIB * MIB + 1 + len(MESSAGE) + len(", the last\n"),
            "the copy is whole")
    t.ok(most_kib < LINE_MIB * 1024 // 4, "memory stays as it is",
         f"{most_kib} KiB")


tap.main(pieces, endless)
