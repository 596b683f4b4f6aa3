# SPDX-License-Identifier: GPL-2.0-only
"""What tests of runs on the hosts of cluster.py share: directories for a run,
the samples in its logs, and what `smallfio result` says of the run."""
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
        """Returns three directories for a run: for files, for the start
        barrier, for logs. The third is not made."""
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


def edited(options):
    """Returns the job file for clusters, edited as its comment tells the user
    to."""
    path = os.path.join(os.environ["SMALLFIO_SOURCE"], "jobs",
                        "cluster-cycle.fio")
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    out = []
    for line in lines:
        name = line.split("=")[0]
        out.append(f"{name}={options[name]}" if name in options
                   and "=" in line else line)
    return "\n".join(out) + "\n"


def logged(operation, **options):
    return fio.section(operation, write_lat_log=operation, **options)


def samples(logs, operation):
    """Reads latency logs. Returns {(host, job): [time of a sample in ms]}."""
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
    """Returns exit code and text of `smallfio result` for a run on all
    hosts."""
    out = os.path.join(logs, "out.json")
    with open(out, "w", encoding="utf-8") as f:
        f.write(run.output)
    done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], "result", "-v",
                           "--hosts", hosts_file or place.cluster.hosts_file, logs],
                          capture_output=True, text=True)
    os.unlink(out)
    return done.returncode, done.stdout + done.stderr


def is_whole(code, said):
    """Returns whether the run is valid. A run that is too short for a rate,
    and has no other fault, is good enough here."""
    return code == 0 or (code == 4 and "TOO SHORT" in said
                         and "NOT VALID" not in said)


def is_valid(t, label, place, logs, run):
    code, said = judge(place, logs, run)
    t.ok(is_whole(code, said), f"{label}: smallfio result finds it valid",
         code, said)


def is_invalid(t, label, place, logs, run, words, hosts_file=None):
    """Checks that `smallfio result` finds the run not valid, and that its text
    has all of `words`: which host failed, how, and figures of the others. Returns
    the text."""
    code, said = judge(place, logs, run, hosts_file)
    # Sentences are broken into lines, and fields of tables are padded.
    said = re.sub(r"\s+", " ", said)
    words = [re.sub(r"\s+", " ", word) for word in words]
    t.ok(code not in (0, 2) and all(word in said for word in words),
         f"{label}: smallfio result says what is wrong, {words}", code, said)
    return said


def every_operation(permute=None, without=()):
    """Returns sections that run each operation of the engine, one after the
    other, and leave no files. Every other section gets permute_hosts=
    `permute`. Those in `without` cannot run there."""
    names = ["cleanup", *objects.in_one_row(without), "cleanup"]
    sections = [fio.section(name, name=f"{i:02}-{name}",
                            permute_hosts=permute if i % 2 else None,
                            stats=0 if name == "cleanup" else None)
                for i, name in enumerate(names)]
    return fio.stonewalled(sections)
