# SPDX-License-Identifier: GPL-2.0-only
"""sshfs on the hosts of cluster.py: one host has sftp-server, which the others
reach by a TCP connection, without ssh. Nothing outside the hosts' namespaces is
changed."""
import os
import shutil
import signal

import cluster
from tap import Unavailable

PORT = 2222
SFTP = "/usr/lib/openssh/sftp-server"


class FileSystem:
    client = "^sshfs"
    stall_s = 20
    xattrs = False
    full = "Operation not permitted|Input/output error"

    def __init__(self, server, space):
        for tool in ("sshfs", "socat", SFTP):
            if not shutil.which(tool):
                raise Unavailable(f"{tool} is missing (Debian: sshfs, socat, "
                                  "openssh-sftp-server)")
        self.server = server
        # Files lie there as they are.
        self.stored = space.dir("exported")
        self.restart()

    def kill(self):
        for pid in self.server.processes("^socat|sftp-server"):
            os.kill(pid, signal.SIGKILL)
        self.running.wait()

    def restart(self):
        self.running = self.server.popen(
            "socat", f"TCP-LISTEN:{PORT},fork,reuseaddr", f"EXEC:{SFTP}")
        if not cluster.until(lambda: self.server.call("ss", "-ltn")
                             .find(f":{PORT} ") > 0):
            raise cluster.Failed("sftp-server does not start")

    def mount(self, host, directory):
        # Another user may want to see what the cache of sshfs does.
        options = os.environ.get("SMALLFIO_SSHFS_OPTIONS", "cache=no")
        host.call("sshfs", "-o", f"directport={PORT},{options}",
                  f"{self.server.name}:{self.stored}", directory)

    def limit(self, host, directory):
        """Makes the directory too small for what follows."""
        self.server.call("mount", "-t", "tmpfs", "-o", "size=1m", "none",
                         os.path.join(self.stored,
                                      os.path.basename(directory)))
