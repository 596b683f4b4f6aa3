# SPDX-License-Identifier: GPL-2.0-only
"""Lets processes that stand for hosts meet at a start barrier, without fio
(barrier-hosts.c), and counts what the file system had to answer.

They see the directory by one of these:

far      one mount for all, without a cache (delayfs.c)
views    a mount for each host, without a cache (viewfs.c)
cached   the same, with a client that believes names and listings for 1 s
"""
import os
import re
import subprocess

import mounts
import tap


def _serve(space, kind, count, delay_us):
    """Mounts the file systems. Returns the processes, their mount points and
    the files in which they will count."""
    source, rows = space.dir("source"), []
    for i in range(1 if kind == "far" else count):
        target = space.dir(f"mount-{i}")
        counted = os.path.join(space.path, f"count-{i}")
        line = (["delayfs", target, "-f", "-o", f"delay_us={delay_us}"]
                if kind == "far" else
                ["viewfs", source, target, str(int(kind == "cached")),
                 str(delay_us)])
        rows.append((mounts.fuse_server(*line, SMALLFIO_REQUESTS=counted),
                     target, counted))
    for server, target, _ in rows:
        tap.until(lambda: os.path.ismount(target) or server.poll() is not None)
        if not os.path.ismount(target):
            raise RuntimeError(f"{server.args[0]} did not mount")
    return rows


def meet(kind, count, absent=0, timeout_s=300, delay_us=1000):
    """Returns what barrier-hosts prints, by name, and the number of
    requests."""
    space = mounts.Workspace()
    rows = _serve(space, kind, count, delay_us)
    done = subprocess.run(
        [os.environ["SMALLFIO_BARRIER_HOSTS"], str(count), str(absent),
         str(timeout_s), "0", *(target for _, target, _ in rows)],
        capture_output=True, text=True, timeout=900, check=True)
    found = {name: float(value) for name, value in
             re.findall(r"(\w+) ([\d.]+)", done.stdout.splitlines()[0])}
    for server, target, _ in rows:
        mounts.unmount(target)
        server.wait()
    found["requests"] = 0
    for _, _, counted in rows:
        with open(counted, encoding="ascii") as f:
            found["requests"] += int(f.read())
    return found
