# SPDX-License-Identifier: GPL-2.0-only
"""The gate on ourselves: create on tmpfs against itself is not red, against
itself with a delay it is. The delay is fio's own (thinktime), so no engine
has a switch that makes it slow.

On a busy machine noise may leave A against A open; red it may not be, and a
delay as large as the work must be seen in any noise.
"""
import os
import subprocess

import fio
import mounts
import tap

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]

JOB = f"""[global]
ioengine={fio.ENGINE}
files=2000
filesize=4k
directory={{}}
disable_slat=1
disable_lat=1
[clean]
operation=cleanup
rw=write
stats=0
disable_clat=1
thinktime=0
[create]
stonewall
operation=create
rw=write
"""


def run(where, *args):
    done = subprocess.run([SMALLFIO, *args], cwd=where, text=True,
                          capture_output=True, timeout=100,
                          env={**os.environ, "TMPDIR": where})
    done.both = done.stdout + done.stderr
    return done


def self_gate(t):
    workspace = mounts.Workspace()
    where = workspace.dir("self-gate")
    os.makedirs(f"{where}/tree")
    with open(f"{where}/create.fio", "w", encoding="ascii") as job:
        job.write(JOB.format(f"{where}/tree"))
    command = (f"{fio.FIO} $SLOWER --output-format=json+ --eta=never "
               "--output=$OUT $HERE/create.fio")
    done = run(where, "ab", "--runs", "10", "--a", command, "--b", command)
    t.equal(done.returncode, 0, "A against A is not red", done.both)
    t.diag(done.stdout)
    done = run(where, "gate", "selftest", "--runs", "15", "--slower", "100",
               "--a", command)
    t.equal(done.returncode, 0, "with a delay it is red", done.both)
    t.diag(done.stdout)


mounts.enter_namespace()
tap.main(self_gate)
