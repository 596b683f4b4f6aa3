# SPDX-License-Identifier: GPL-2.0-only
"""Runs on hosts of cluster.py: where they work, what came back, and what
smallfio result says of it."""
import glob
import os
import re
import subprocess

import cluster
import fio
import objects
import mounts

THREADS = 2
FILES = 100


class Place:
    def __init__(self, count=3):
        self.space = mounts.Workspace()
        self.second = self.space.tmpfs("second")
        self.cluster = cluster.Cluster(count, self.space.path)
        self.runs = 0

    def dirs(self, name):
        """Directories for a run: files, gate, logs."""
        self.runs += 1
        base = self.space.dir(f"run{self.runs}-{name}")
        for part in ("top", "gate"):
            os.mkdir(os.path.join(base, part))
        return [os.path.join(base, part) for part in ("top", "gate", "logs")]


def job(top, gate, sections, **options):
    return fio.job_text(fio.stonewalled(sections), **{
        "directory": top, "gate": gate, "gate_hosts": 3, "gate_timeout": 20,
        "numjobs": THREADS, "files": FILES, "filesize": "4k",
        "log_unix_epoch": 1, "disable_lat": 1, "disable_slat": 1, **options})


def logged(operation, **options):
    return fio.section(operation, write_lat_log=operation, **options)


def samples(logs, operation):
    """{(host, job): [time in ms, ...]}"""
    found = {}
    for path in glob.glob(os.path.join(logs, f"{operation}_clat.*.log.*")):
        number, host = re.search(r"clat\.(\d+)\.log\.(.+)$", path).groups()
        with open(path, encoding="ascii") as f:
            found[host, int(number)] = [int(line.split(",")[0]) for line in f]
    return found


def files_below(top):
    return sorted(os.path.relpath(os.path.join(at, name), top)
                  for at, _, names in os.walk(top) for name in names)


def judge(place, logs, run, hosts_file=None):
    """Exit code and text of `smallfio result` for a run on all hosts."""
    out = os.path.join(logs, "out.json")
    with open(out, "w", encoding="utf-8") as f:
        f.write(run.output)
    done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], "result", "--hosts",
                           hosts_file or place.cluster.hosts_file, logs],
                          capture_output=True, text=True)
    os.unlink(out)
    return done.returncode, done.stdout + done.stderr


def is_whole(code, said):
    """Whether the run is valid, or at worst too short to tell a rate."""
    return code == 0 or (code == 4 and "TOO SHORT" in said
                         and "NOT VALID" not in said)


def is_valid(t, label, place, logs, run):
    code, said = judge(place, logs, run)
    t.ok(is_whole(code, said), f"{label}: smallfio result finds it valid",
         code, said)


def is_invalid(t, label, place, logs, run, words, hosts_file=None):
    """With a sentence that names the host, and the others' figures kept."""
    code, said = judge(place, logs, run, hosts_file)
    # Sentences are broken into lines, and cells are padded.
    said = re.sub(r"\s+", " ", said)
    words = [re.sub(r"\s+", " ", word) for word in words]
    t.ok(code not in (0, 2) and all(word in said for word in words),
         f"{label}: smallfio result says what is wrong, {words}", code, said)


def every_operation(permute=None):
    """Sections that run each operation of the engine, and leave nothing.
    `permute`: permute_hosts= of every other section."""
    names = ["cleanup", *objects.in_one_row(), "cleanup"]
    sections = [fio.section(name, name=f"{i:02}-{name}",
                            permute_hosts=permute if i % 2 else None,
                            stats=0 if name == "cleanup" else None)
                for i, name in enumerate(names)]
    return fio.stonewalled(sections)
