# SPDX-License-Identifier: GPL-2.0-only
"""GlusterFS on hosts of cluster.py: one of them serves a volume, others mount
it, each for itself. Nothing outside those namespaces is touched."""
import os
import shutil
import time

from tap import Unavailable

VOLUME = "v1"
START_S = 30
# Where it keeps what it knows, and talks: the package's own, hidden below
# directories of the workspace, for this host alone.
PLACES = ["/var/lib/glusterd", "/var/log/glusterfs", "/run"]


def need():
    for tool in ("glusterd", "gluster", "glusterfs", "mount.glusterfs"):
        if not shutil.which(tool):
            raise Unavailable(f"{tool} is missing (Debian: glusterfs-server, "
                              "glusterfs-client)")
    if not os.path.exists("/dev/fuse"):
        raise Unavailable("no /dev/fuse")


def prepare(host, space):
    """Its programs look themselves up in /proc, and crash if they are not
    there."""
    host.call("mount", "-t", "proc", "proc", "/proc")
    for i, place in enumerate(PLACES):
        os.makedirs(place, exist_ok=True)
        host.call("mount", "--bind", space.dir(f"gluster-{host.name}-{i}"),
                  place)
    host.call("mkdir", "-p", "/run/gluster")


class Volume:
    """A volume of one brick, in memory, on the host `server`. All that
    serves it is in the host's process namespace and ends with it."""

    def __init__(self, server, space):
        need()
        self.server, self.space = server, space
        prepare(server, space)
        server.popen("glusterd", "-N")
        brick = space.dir("brick")
        self._insist("create", VOLUME, f"{server.name}:{brick}", "force")
        self._insist("start", VOLUME)

    def _insist(self, *words):
        """glusterd takes a second to answer."""
        end = time.monotonic() + START_S
        while True:
            try:
                return self.server.call("gluster", "--mode=script", "volume",
                                        *words)
            except Unavailable:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def mount(self, host, directory):
        """Mounts the volume for this host alone, by its own FUSE process."""
        prepare(host, self.space)
        host.call("mount", "-t", "glusterfs",
                  f"{self.server.name}:/{VOLUME}", directory)
