# SPDX-License-Identifier: GPL-2.0-only
"""The gate on ourselves: create on tmpfs by this build's engine against itself
is not red, against a build with a delay in it, it is.

On a busy machine noise may leave A against A open. Red it is not by chance:
only a change of 30 % counts here, and the delay is several times the work.
"""
import os
import subprocess

import fio
import mounts
import tap

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]

JOB = f"""[create]
ioengine={fio.ENGINE}
operation=create
rw=write
files=3000
filesize=4k
directory={{}}
disable_slat=1
disable_lat=1
"""
RUN = (f"rm -rf $HERE/tree && mkdir $HERE/tree && {fio.FIO} "
       "--output-format=json+ --eta=never --output=$OUT $HERE/create.fio")
# Few enough rounds to be short, as many as red needs.
AB = ["ab", "--runs", "7", "--warmup", "0", "--threshold", "30"]
SLOWER = f"export LD_LIBRARY_PATH={os.environ['SMALLFIO_SLOW_ENGINE']}; {RUN}"


def run(where, *args):
    done = subprocess.run([SMALLFIO, *args], cwd=where, text=True,
                          capture_output=True, timeout=100,
                          env={**os.environ, "TMPDIR": where})
    done.both = done.stdout + done.stderr
    return done


def self_gate(t):
    workspace = mounts.Workspace()
    where = workspace.dir("self-gate")
    with open(f"{where}/create.fio", "w", encoding="ascii") as job:
        job.write(JOB.format(f"{where}/tree"))
    done = run(where, *AB, "--a", RUN, "--b", RUN)
    t.equal(done.returncode, 0, "A against A is not red", done.both)
    t.diag(done.stdout)
    done = run(where, *AB, "--a", RUN, "--b", SLOWER)
    t.equal(done.returncode, 1, "a build with a delay is red", done.both)
    t.contains(done.stdout, ["gate: red", "confirmed by 5 more runs"],
               "and says so")
    t.diag(done.stdout)


mounts.enter_namespace()
tap.main(self_gate)
