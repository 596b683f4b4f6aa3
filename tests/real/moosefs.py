# SPDX-License-Identifier: GPL-2.0-only
"""MooseFS on the hosts of cluster.py. One host has a master and a chunkserver,
in memory. Nothing outside the hosts' namespaces is changed."""
import os
import shutil
import signal

import cluster
from tap import Unavailable

TOOLS = ("mfsmaster", "mfschunkserver", "mfsmount")
EMPTY = "/var/lib/mfs/metadata.mfs.empty"
MASTER_PORT, CHUNK_PORT = 9421, 9422


class FileSystem:
    client = "^mfsmount"
    # Readers of a file that is being rewritten wait for 10 s.
    stall_s = 10
    xattrs = True
    full = "Disk quota exceeded"

    def __init__(self, server, space):
        for tool in TOOLS:
            if not shutil.which(tool):
                raise Unavailable(f"{tool} is missing (Debian: moosefs-master,"
                                  " moosefs-chunkserver, moosefs-client)")
        self.server = server
        self.base = space.dir("moosefs")
        shutil.copy(EMPTY, os.path.join(self._dir("master"), "metadata.mfs"))
        self._config("mfsmaster", "master", EXPORTS_FILENAME=self._write(
            "exports", "* / rw,alldirs,admin,maproot=0\n"))
        disks = self._write("disks", self._dir("disk") + "\n")
        self._dir("chunks")
        self._config("mfschunkserver", "chunks", HDD_CONF_FILENAME=disks,
                     MASTER_HOST=server.name, HDD_LEAVE_SPACE_DEFAULT="0")
        self._serve("mfsmaster", MASTER_PORT)
        self.restart()

    def _dir(self, name):
        path = os.path.join(self.base, name)
        os.mkdir(path)
        return path

    def _write(self, name, text):
        path = os.path.join(self.base, name + ".cfg")
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

    def _config(self, program, data, **options):
        options = {"WORKING_USER": "root", "WORKING_GROUP": "root",
                   "DATA_PATH": os.path.join(self.base, data), **options}
        self._write(program, "".join(f"{name} = {value}\n" for name, value in
                                     options.items()))

    def _serve(self, program, port):
        config = os.path.join(self.base, program + ".cfg")
        running = self.server.popen(program, "-f", "-c", config, "start")
        if not cluster.until(lambda: cluster.listens(self.server.address,
                                                     port)):
            raise cluster.Failed(f"{program} does not start: "
                                 f"{self.server.said()}")
        return running

    def kill(self):
        """Kills the server that holds the contents of files."""
        for pid in self.server.processes("^mfschunkserver"):
            os.kill(pid, signal.SIGKILL)
        self.chunks.wait()

    def restart(self):
        self.chunks = self._serve("mfschunkserver", CHUNK_PORT)

    def mount(self, host, directory, *options):
        host.call("mfsmount", "-o", ",".join(
            [f"mfsmaster={self.server.name}", *options]), directory)
        probe = os.path.join(directory, f"probe-{host.name}")

        def writes():
            try:
                host.call("sh", "-c", f"echo x > {probe} && rm {probe}")
                return True
            except cluster.Failed:
                return False
        # The master does not know at once of a chunkserver that has started.
        if not cluster.until(writes):
            raise cluster.Failed(f"MooseFS takes no file: {self.server.said()}")

    def limit(self, host, directory):
        """Makes the directory too small for what follows."""
        host.call("mfssetquota", "-L", "1M", directory)
