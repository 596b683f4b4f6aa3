# SPDX-License-Identifier: GPL-2.0-only
"""Tests that the tests' own file systems end when they are told to, even by a
signal that comes at the worst moment. Otherwise a test would hang at its
end."""
import os
import signal

import mounts
import tap

mounts.enter_namespace()


def ends(t, program, arguments, target, number):
    server = mounts.fuse_server(
        program, *arguments, LD_PRELOAD=os.environ.get("SMALLFIO_LATESIGNAL", ""),
        LATESIGNAL=str(int(number)))
    mounts.ends(t, server, f"{program}: ends by a {number.name} just before "
                "it waits")
    t.ok(not os.path.ismount(target),
         f"{program}, {number.name}: nothing is mounted any more")


def told_to_end(t):
    mounts.need_namespace()
    space = mounts.Workspace()
    source = space.dir("source")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        target = space.dir(f"delayfs-{number.name}")
        ends(t, "delayfs", [target, "-f", "-o", "delay_us=1000"], target,
             number)
        target = space.dir(f"viewfs-{number.name}")
        ends(t, "viewfs", [source, target, "1"], target, number)


tap.main(told_to_end)
