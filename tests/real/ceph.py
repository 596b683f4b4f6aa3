# SPDX-License-Identifier: GPL-2.0-only
"""CephFS on the hosts of cluster.py. One host has a monitor, a manager, an OSD
in memory and a metadata server, one of each. Nothing outside the hosts'
namespaces is changed."""
import os
import shutil
import signal
import sys
import time

import cluster
from tap import Unavailable

TOOLS = ("ceph-mon", "ceph-mgr", "ceph-osd", "ceph-mds", "ceph-fuse", "ceph",
         "monmaptool", "ceph-authtool")
FSID = "5a1105f1-0000-4000-8000-000000000001"
OSD_BYTES = 4 << 30
ACTIVE_S = 90


class FileSystem:
    client = "^ceph-fuse"
    # Calls stand until the metadata server writes its journal, every 5 s, and
    # there are several at a start barrier.
    stall_s = 60
    xattrs = True
    full = "Disk quota exceeded"

    def __init__(self, server, space):
        for tool in TOOLS:
            if not shutil.which(tool):
                raise Unavailable(f"{tool} is missing (Debian: ceph-mon, "
                                  "ceph-mgr, ceph-osd, ceph-mds, ceph-fuse)")
        self.server = server
        self.base = space.dir("ceph")
        self.config = os.path.join(self.base, "ceph.conf")
        with open(self.config, "w", encoding="ascii") as f:
            f.write(self._config())
        self._prepare(server)
        self._monitor()
        self._serve("ceph-mgr", "x")
        self._osd()
        self.restart()
        self._pools()

    def _config(self):
        return f"""[global]
fsid = {FSID}
mon host = [v2:{self.server.address}:3300,v1:{self.server.address}:6789]
public addr = {self.server.address}
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
mon data avail crit = 0
osd crush chooseleaf type = 0
osd objectstore = bluestore
bluestore block size = {OSD_BYTES}
osd memory target = 939524096
run dir = {self.base}
admin socket = {self.base}/$name.$pid.asok
log file = {self.base}/$name.log
mon cluster log file = {self.base}/cluster.log
mon data = {self.base}/$name
mgr data = {self.base}/$name
osd data = {self.base}/$name
mds data = {self.base}/$name
keyring = {self.base}/$name/keyring
"""

    @staticmethod
    def _prepare(host):
        """The programs look themselves up in /proc."""
        host.call("mount", "-t", "proc", "proc", "/proc")

    def _call(self, program, *words):
        return self.server.call(program, "-c", self.config, *words)

    def _dir(self, name):
        path = os.path.join(self.base, name)
        os.makedirs(path, exist_ok=True)
        return path

    def _monitor(self):
        self._dir("mon.a")
        keys = os.path.join(self.base, "mon.keyring")
        self.server.call("ceph-authtool", "--create-keyring", keys,
                         "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        plan = os.path.join(self.base, "monmap")
        self.server.call("monmaptool", "--create", "--fsid", FSID, "--addv",
                         "a", f"[v2:{self.server.address}:3300,"
                         f"v1:{self.server.address}:6789]", plan)
        self._call("ceph-mon", "--mkfs", "-i", "a", "--monmap", plan,
                   "--keyring", keys)
        self._serve("ceph-mon", "a")

    def _serve(self, program, name):
        self._dir(f"{program.removeprefix('ceph-')}.{name}")
        return self.server.popen(program, "-f", "-i", name, "-c", self.config)

    def _osd(self):
        number = self._ceph("osd", "new",
                            FSID.replace("01", "02")).strip()
        self._dir(f"osd.{number}")
        self._call("ceph-osd", "-i", number, "--mkfs", "--osd-uuid",
                   FSID.replace("01", "02"))
        self._serve("ceph-osd", number)

    def _ceph(self, *words):
        return self._call("ceph", "--connect-timeout", "30", *words)

    def _pools(self):
        for pool in ("meta", "data"):
            self._ceph("osd", "pool", "create", pool, "8")
            self._ceph("osd", "pool", "set", pool, "size", "1",
                       "--yes-i-really-mean-it")
        self._ceph("fs", "new", "v1", "meta", "data")
        end = time.monotonic() + ACTIVE_S
        while "up:active" not in self._ceph("mds", "stat"):
            if time.monotonic() > end:
                raise cluster.Failed(f"no active mds: {self._ceph('-s')}")
            time.sleep(0.5)

    def kill(self):
        """Kills the server that knows the names."""
        for pid in self.server.processes("^ceph-mds"):
            os.kill(pid, signal.SIGKILL)
        self.mds.wait()

    def restart(self):
        self.mds = self._serve("ceph-mds", "a")

    def mount(self, host, directory):
        self._prepare(host)
        host.call("ceph-fuse", "-c", self.config, "--id", "admin", directory)

    @staticmethod
    def limit(host, directory):
        """Makes the directory too small for what follows."""
        host.call(sys.executable, "-c", "import os, sys; os.setxattr("
                  "sys.argv[1], 'ceph.quota.max_files', b'100')", directory)
