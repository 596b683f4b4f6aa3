# SPDX-License-Identifier: GPL-2.0-only
"""Tests the gate with our own engine. A create on tmpfs is compared with
itself, which must not be red, and with a build that has a delay in it, which
must be red.

On a busy machine noise may make A against A inconclusive. Noise does not make
it red: only a change of 30 % counts here, and the delay is several times the
work.
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
files={{}}
filesize=4k
directory={{}}
disable_slat=1
disable_lat=1
"""
RUN = (f"rm -rf $HERE/tree && mkdir $HERE/tree && {fio.FIO} "
       "--output-format=json+ --eta=never --output=$OUT $HERE/create.fio")
# The least number of runs with which a verdict can be red.
QUICK = ["--runs", "7", "--warmup", "0", "--threshold", "30"]
AB = ["ab", *QUICK, "--metric", "p50"]
SLOWER = f"export LD_LIBRARY_PATH={os.environ['SMALLFIO_SLOW_ENGINE']}; {RUN}"


def run(where, *args):
    done = subprocess.run([SMALLFIO, *args], cwd=where, text=True,
                          capture_output=True, timeout=240,
                          env={**os.environ, "TMPDIR": where})
    done.both = done.stdout + done.stderr
    return done


def self_gate(t):
    workspace = mounts.Workspace()
    where = workspace.dir("self-gate")
    with open(f"{where}/create.fio", "w", encoding="ascii") as job:
        job.write(JOB.format(3000, f"{where}/tree"))
    done = run(where, *AB, "--a", RUN, "--b", RUN)
    t.equal(done.returncode, 0, "A against A is not red", done.both)
    t.diag(done.stdout)
    # Noise can make the verdict inconclusive, so another session is tried.
    done = tap.best_of(3, lambda: run(where, *AB, "--a", RUN, "--b", SLOWER),
                       lambda done: done.returncode == 1)
    t.equal(done.returncode, 1, "a build with a delay is red", done.both)
    t.contains(done.stdout, ["gate: red", "confirmed by 5 more runs"],
               "a build with a delay: the text says that it is red")
    t.diag(done.stdout)


def selftest(t):
    """`smallfio gate selftest`: the engine makes itself slower, and the gate
    notices."""
    where = mounts.Workspace().dir("selftest")
    with open(f"{where}/create.fio", "w", encoding="ascii") as job:
        # There is no rate for less than 100 ms. So many files take that long
        # on the fastest machine.
        job.write(JOB.format(15000, f"{where}/tree"))
    done = tap.best_of(
        3, lambda: run(where, "gate", "selftest", *QUICK, "--slower", "150",
                       "--a", RUN), lambda done: done.returncode == 0)
    t.equal(done.returncode, 0, "the gate goes red", done.both)
    t.contains(done.both, ["150 % longer, -60.0 % of its rate, by the engine"],
               "the text says how much slower the engine was made")
    t.diag(done.stdout)


def slower(t):
    """An engine that is made slower says so, at depth 1 and at a depth. A
    value that is no number is refused. The test core-slowdown checks how much
    slower it is."""
    workspace, n = mounts.Workspace(), 0
    for engine, options in (
            (fio.ENGINE, ["--rw=write", "--operation=create",
                          "--filesize=4k", "--files=3000"]),
            (fio.ENGINE, ["--rw=write", "--operation=create", "--iodepth=8",
                          "--filesize=4k", "--files=3000"]),
            (fio.ENGINE.replace("smallfile", "diskwrite"),
             ["--rw=write", "--submit=sync", "--bs=64k", "--filesize=1m",
              "--size=32m", "--direct=0"])):
        what = " ".join(options[1:3])
        for percent, good, words in (
                ("400", True, "each operation is made to take 400 % longer"),
                ("", True, None), ("much", False, "expected a number"),
                ("1001", False, "expected a number")):
            n += 1
            where = workspace.dir(f"slower-{n}")
            done = subprocess.run(
                [fio.FIO, f"--ioengine={engine}", "--name=a",
                 f"--directory={where}", *options], text=True, timeout=100,
                capture_output=True, cwd=where,
                env={**os.environ, "SMALLFIO_SLOWER_PERCENT": percent})
            both = done.stdout + done.stderr
            t.equal(done.returncode == 0, good, f"{what}: \"{percent}\"",
                    both)
            t.equal("SMALLFIO_SLOWER_PERCENT" in both, words is not None,
                    f"{what}: \"{percent}\" is told of")
            if words:
                t.contains(both, [words], f"{what}: \"{percent}\": how")


mounts.enter_namespace()
tap.main(self_gate, selftest, slower)
