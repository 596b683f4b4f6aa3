# SPDX-License-Identifier: GPL-2.0-only
"""Runs fio-diskwrite.so, and reads its files and its chunk log without the
code that wrote them."""
import csv
import os

import fio

ENGINE = "fio-diskwrite.so"
HEADER = ["unix_time_s", "host", "thread", "file", "chunk", "bytes",
          "latency_us", "mib_per_s", "cpu_user_pct", "cpu_system_pct",
          "rss_kib"]


def job_text(**options):
    """Returns a job file with one section. The value True stands for an
    option without a value."""
    lines = ["[w]", f"ioengine={ENGINE}"]
    options = {"rw": "write", "host": "h", **options}
    for key, value in options.items():
        if value is not None:
            lines.append(key if value is True else f"{key}={value}")
    return "\n".join(lines) + "\n"


def start(directory, *arguments, wrap=(), env=None, **options):
    return fio.Running([], *arguments, wrap=wrap, env=env,
                       text=job_text(directory=directory, **options))


def run(directory, *arguments, timeout=60, **options):
    return start(directory, *arguments, **options).wait(timeout)


def written(result):
    """Returns how many bytes were written, as fio counts, over all jobs."""
    return sum(job["write"]["io_bytes"] for job in result.jobs)


def read_bytes(result):
    return sum(job["read"]["io_bytes"] for job in result.jobs)


def files(directory, host="h", thread=0):
    """Returns {file number: size} of a thread's files that exist."""
    stem = f"diskwrite_{host}_{thread:02}_"
    return {int(name[len(stem):]): os.lstat(os.path.join(directory,
                                                         name)).st_size
            for name in os.listdir(directory) if name.startswith(stem)}


def path(directory, number, host="h", thread=0):
    return os.path.join(directory, f"diskwrite_{host}_{thread:02}_{number:08}")


def log_rows(log):
    """Returns the chunk log as a list of dictionaries, one a line. Fields that
    are numbers are converted."""
    with open(log, encoding="ascii", newline="") as f:
        reader = csv.DictReader(f)
        if reader.fieldnames != HEADER:
            raise ValueError(f"{log}: {reader.fieldnames}")
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise ValueError(f"{log}: {row}")
            rows.append({k: v if k == "host" or not v else
                         float(v) if "." in v else int(v)
                         for k, v in row.items()})
        return rows


def in_order(rows):
    """Returns whether the times of each thread go up and none of its chunks is
    missing. Each file must have as many chunks as the first one has. Only the
    last file may have fewer."""
    for thread in {(r["host"], r["thread"]) for r in rows}:
        own = [r for r in rows if (r["host"], r["thread"]) == thread]
        times = [r["unix_time_s"] for r in own]
        places = sorted((r["file"], r["chunk"]) for r in own)
        per_file = sum(1 for p in places if p[0] == 0)
        expected = [divmod(n, per_file) for n in range(len(places))]
        if times != sorted(times) or places != expected:
            return False
    return True
