# SPDX-License-Identifier: GPL-2.0-only
"""GlusterFS on the hosts of cluster.py. One host serves a volume, and each of
the others mounts it. Nothing outside the hosts' namespaces is changed."""
import os
import shutil
import signal
import time

import cluster
from tap import Unavailable

VOLUME = "v1"
START_S = 30
# The directories in which GlusterFS keeps its state, its logs and its sockets.
# Each host gets directories of the workspace mounted over them, so that those
# of the installed package stay as they are.
PLACES = ["/var/lib/glusterd", "/var/log/glusterfs", "/run"]


def prepare(host, space):
    """Makes a host ready for programs of GlusterFS. They look themselves up in
    /proc, and crash where /proc is that of another PID namespace."""
    host.call("mount", "-t", "proc", "proc", "/proc")
    for i, place in enumerate(PLACES):
        os.makedirs(place, exist_ok=True)
        host.call("mount", "--bind", space.dir(f"gluster-{host.name}-{i}"),
                  place)
    host.call("mkdir", "-p", "/run/gluster")


class FileSystem:
    """A volume of one brick, in memory, on the host `server`. All processes
    that serve the volume are in the PID namespace of that host and end with
    it."""
    client = "glusterfs.*process-name fuse"
    stall_s = 10
    xattrs = True
    full = "Disk quota exceeded"

    def __init__(self, server, space):
        for tool in ("glusterd", "gluster", "glusterfs", "mount.glusterfs"):
            if not shutil.which(tool):
                raise Unavailable(f"{tool} is missing (Debian: "
                                  "glusterfs-server, glusterfs-client)")
        self.server, self.space = server, space
        prepare(server, space)
        server.popen("glusterd", "-N")
        self.brick = space.dir("brick")
        server.call("mount", "-t", "tmpfs", "none", self.brick)
        # Files of the volume lie there as they are.
        self.stored = f"/proc/{server.pid}/root{self.brick}"
        self._insist("create", VOLUME, f"{server.name}:{self.brick}", "force")
        self._insist("start", VOLUME)

    def kill(self):
        """Kills the server that holds the contents of files."""
        for pid in self.server.processes("^/usr/sbin/glusterfsd"):
            os.kill(pid, signal.SIGKILL)

    def restart(self):
        self._insist("start", VOLUME, "force")

    def fill(self):
        """Leaves next to no room on the server's disk."""
        used = self.server.call("df", "-k", "--output=used", self.brick)
        self._resize(f"{int(used.split()[1]) + 1024}k")

    def empty(self):
        self._resize("50%")

    def _resize(self, size):
        self.server.call("mount", "-o", f"remount,size={size}", self.brick)

    def _insist(self, *words):
        """Runs `gluster volume` until it succeeds, because glusterd needs
        about a second before it answers."""
        end = time.monotonic() + START_S
        while True:
            try:
                return self.server.call("gluster", "--mode=script", "volume",
                                        *words)
            except cluster.Failed:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def mount(self, host, directory):
        """Mounts the volume on this host alone, by a FUSE process of its
        own."""
        prepare(host, self.space)
        host.call("mount", "-t", "glusterfs",
                  f"{self.server.name}:/{VOLUME}", directory)

    def limit(self, host, directory):
        """Makes the directory too small for what follows."""
        self._insist("quota", VOLUME, "enable")
        self._insist("quota", VOLUME, "limit-usage",
                     "/" + os.path.basename(directory), "1MB")
        self._insist("quota", VOLUME, "hard-timeout", "0")
        self._insist("quota", VOLUME, "soft-timeout", "0")
