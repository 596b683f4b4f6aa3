# SPDX-License-Identifier: GPL-2.0-only
"""Tests a server behind a socket file, and names with blanks. fio's client
appends the host, as the user typed it, to the names of logs."""
import os
import re
import signal
import subprocess

import cluster_run
import fio
import mounts
import tap

mounts.enter_namespace()

FILES = 50


class Place:
    def __init__(self):
        self.path = mounts.Workspace().dir("place")
        self.runs = 0
        self.server = subprocess.Popen(
            [fio.FIO, f"--server=sock:{self.path}/server"], cwd=self.path,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        end = 200
        while not os.path.exists(f"{self.path}/server") and end:
            end -= 1
            signal.sigtimedwait([], 0.05)

    def job(self, name):
        self.runs += 1
        top = os.path.join(self.path, f"top-{self.runs}")
        os.mkdir(top)
        return fio.job_text([fio.section("create", name=name,
                                         write_lat_log=name)],
                            directory=top, files=FILES, filesize="4k",
                            numjobs=2, log_unix_epoch=1, disable_lat=1,
                            disable_slat=1)

    def run(self, host, name):
        """Runs fio's client in the server's directory. Returns its result, the
        logs, and exit code and text of `smallfio result`."""
        listed = os.path.join(self.path, "hosts")
        with open(listed, "w", encoding="ascii") as f:
            f.write(f"{host}\n")
        result = fio.Running([], "--output-format=json+", f"--client={host}",
                             text=self.job(name), cwd=self.path).wait(60)
        out = os.path.join(self.path, "out.json")
        with open(out, "w", encoding="utf-8") as f:
            f.write(result.output)
        logs = [os.path.join(self.path, log) for log in os.listdir(self.path)
                if "_clat." in log]
        done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], "result",
                               "--min-done", "1", "-v", "--hosts", listed, out,
                               *logs],
                              capture_output=True, text=True)
        for log in logs:
            os.unlink(log)
        return (result, sorted(map(os.path.basename, logs)), done.returncode,
                re.sub(r"\s+", " ", done.stdout + done.stderr))

    def check(self, host):
        listed, job = (os.path.join(self.path, name)
                       for name in ("hosts", "job.fio"))
        with open(listed, "w", encoding="ascii") as f:
            f.write(f"{host}\n")
        with open(job, "w", encoding="ascii") as f:
            f.write(self.job("create"))
        done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], "check",
                               "--hosts", listed, job], capture_output=True,
                              text=True, cwd=self.path)
        return done.returncode, done.stdout + done.stderr


def relative(t, place):
    for name in ("create", "my own log"):
        result, logs, code, said = place.run("sock:server", name)
        t.equal((result.rc, logs),
                (0, [f"{name}_clat.{i}.log.server" for i in (1, 2)]),
                f"{name}: the logs come back, named like the socket", result)
        t.ok(cluster_run.is_whole(code, said) and f"logged: {2 * FILES} of {2 * FILES}" in said,
             f"{name}: smallfio result ties them to the host and its jobs",
             code, said)
    code, said = place.check("sock:server")
    t.ok(code == 0 and "logs are lost" not in said,
         "smallfio check finds the socket from here", said)


def absolute(t, place):
    result, logs, code, said = place.run(f"sock:{place.path}/server", "create")
    t.equal((result.rc, logs), (0, []), "a path: fio loses the logs, and does "
            "not say so by its status", result)
    t.ok(code == 3 and "fio could not write 2 logs" in said
         and "samples are lost" in said,
         "a path: smallfio result says that logs are lost", code,
         said)
    code, said = place.check(f"sock:{place.path}/server")
    t.ok(code == 0 and "type sock:server" in said,
         "a path: smallfio check says what to do", code, said)


def main():
    place = Place()
    try:
        tap.main(*[lambda t, f=f: f(t, place) for f in (relative, absolute)])
    finally:
        place.server.kill()
        place.server.wait()


main()
