# SPDX-License-Identifier: GPL-2.0-only
"""The tests' own file systems end when they are told to, also by a signal that
comes at the worst moment: or a test hangs that has long been through."""
import os
import signal
import subprocess

import mounts
import tap

mounts.enter_namespace()

SOON_S = 30


def ends(t, label, command, target, number):
    server = subprocess.Popen(command, env={
        **os.environ, "LD_PRELOAD": os.environ["SMALLFIO_LATESIGNAL"],
        "LATESIGNAL": str(int(number))})
    try:
        code = server.wait(SOON_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
        code = f"none in {SOON_S} s"
    t.ok(code == 0 and not os.path.ismount(target),
         f"{label}: ends by a {number.name} just before it waits",
         f"exit code: {code}")


def told_to_end(t):
    space = mounts.Workspace()
    if "SMALLFIO_LATESIGNAL" not in os.environ:
        raise tap.Unavailable("no delayfs (libfuse3-dev)")
    built = os.path.dirname(os.environ["SMALLFIO_DELAYFS"])
    source = space.dir("source")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        target = space.dir(f"delayfs-{number.name}")
        ends(t, "delayfs", [f"{built}/delayfs", target, "-f", "-o",
                            "delay_us=1000"], target, number)
        target = space.dir(f"viewfs-{number.name}")
        ends(t, "viewfs", [f"{built}/viewfs", source, target, "1"],
             target, number)


tap.main(told_to_end)
