# SPDX-License-Identifier: GPL-2.0-only
"""Runs a job that fails while one of its operations never ends."""
import os

import fio
import smallfile

FILES = 200
STUCK, MISSING = 100, 120
SOON_S = 30


def fails_beside_one(t, top, label, **options):
    """Checks that the job ends, and says which file failed and which one never
    answered. One of its files is a FIFO that nobody reads, so to open it for
    writing waits for ever. Another file, which comes soon after, is missing.
    """
    common = {"directory": top, "host": "stuck", "files": FILES,
              "filesize": 1000, "env": options.pop("env", None)}
    made = fio.run([fio.section("create")], **common)
    t.ok(made.rc == 0, f"{label}: files are there", made)
    layout = smallfile.Layout(top, "stuck", 0, FILES)
    for number in (STUCK, MISSING):
        os.unlink(layout.path(number))
    os.mkfifo(layout.path(STUCK))
    done = fio.run([fio.section("truncate-overwrite")], timeout=SOON_S,
                   **common, **{"iodepth": 32, "uring_always": 1,
                                "end_timeout": 1, **options})
    t.ok(done.rc != 0 and not done.timed_out, f"{label}: ends", done)
    t.contains(done.err, [f"{layout.path(MISSING)}",
                          "No such file or directory",
                          f"{layout.path(STUCK)}", "given up: no answer"],
               f"{label}: says what failed, and what had to be given up")
    if done.jobs:
        side = fio.busy_side(done.jobs[0])
        t.equal(side["total_ios"], side["clat_ns"]["N"],
                f"{label}: each that counts is a sample")
