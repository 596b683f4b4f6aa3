# SPDX-License-Identifier: GPL-2.0-only
"""A directory in which `smallfio ab` runs a job file of fio in turns."""
import glob
import json
import os
import subprocess

import mounts

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
TURN_MS = 100
CREATE = """[global]
ioengine=fio-smallfile.so
filesize=1k
[create]
operation=create
rw=write
files={files}
numjobs={threads}
"""
STAT = CREATE.replace("[create]", "[create]\nstats=0") + """
[stat]
stonewall
operation=stat
rw=read
files={files}
numjobs={threads}
time_based=1
runtime=1
"""
MIX = """[mix]
ioengine=fio-smallfile.so
operation=mix
mix=create:1,stat:2,delete:1
files={files}
numjobs={threads}
rw=randwrite
filesize=1k
time_based=1
runtime=1
"""


# An engine of fio's own, which takes no turns.
OTHER = """[randread]
ioengine=psync
rw=randread
bs=4k
size=8m
time_based=1
runtime=500ms
"""


class Place:
    def __init__(self):
        self.space = mounts.Workspace()
        self.count = 0

    def job(self, text, files=3000, threads=1):
        self.count += 1
        self.where = self.space.dir(f"w{self.count}")
        self.top = self.space.dir(f"w{self.count}/top")
        with open(f"{self.where}/my.fio", "w", encoding="utf-8") as f:
            f.write(text.format(files=files, threads=threads))

    def command(self, *arguments, turns=f"{TURN_MS}ms", top=True):
        return [SMALLFIO, "ab", "--turns", turns, "--keep", "kept",
                *(["--directory", self.top] if top else []), *arguments,
                "my.fio"]

    def ab(self, *arguments, env=None, **options):
        done = subprocess.run(self.command(*arguments, **options),
                              cwd=self.where, capture_output=True, text=True,
                              timeout=120, env={**os.environ, **(env or {})})
        done.both = done.stdout + done.stderr
        return done

    def begin(self, *arguments, **options):
        return subprocess.Popen(self.command(*arguments, **options), cwd=self.where,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, start_new_session=True)

    def results(self):
        """Returns fio's results of both sides, a list of each."""
        def read(path):
            with open(path, encoding="utf-8") as f:
                text = f.read()
            return json.loads(text[text.index("{"):])
        return [[read(p) for p in sorted(glob.glob(
            f"{self.where}/kept/{side}-*/fio.json"))] for side in "ab"]

    def members(self, below="/kept/"):
        """Returns the processes that work for the sides; with below="" those of ab,
        too."""
        mark = f"{self.where}{below}".encode()
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                cwd = os.readlink(f"/proc/{pid}/cwd").encode()
                with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                    state = f.read().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if cwd.startswith(mark) and state != "Z":
                found.append(int(pid))
        return found
