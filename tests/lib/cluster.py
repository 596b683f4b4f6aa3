# SPDX-License-Identifier: GPL-2.0-only
"""Hosts of a cluster, all on this machine.

Each host is a network, UTS, PID and mount namespace. It has its own address,
its own name and a fio server. One bridge connects the hosts.

The namespaces have no names and live only as long as the processes in them.
So they vanish with the test, however it ends. A file system that was mounted
before the hosts start is seen by all of them: they share it.
"""
import atexit
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import attempts
import fio
import mounts
from tap import Unavailable, until

MARK = "SMALLFIO_TEST_CLUSTER"
PORT = 8765
SUBNET = "10.77"


def enter_namespaces():
    """Starts this program again in its own mount and network namespaces.
    Without root there are none: the tests go on, and those that need hosts
    say that they cannot run."""
    attempts.supervise()
    tools = all(shutil.which(tool) for tool in ("unshare", "nsenter", "ip"))
    if os.geteuid() or os.environ.get(MARK) or not tools:
        return
    wrap = ["unshare", "--mount", "--net", "--propagation", "private"]
    if subprocess.run([*wrap, "true"], capture_output=True).returncode:
        return
    os.environ[MARK] = os.environ[mounts.MARK] = "1"
    os.execvp(wrap[0], [*wrap, sys.executable, *sys.argv])


class Failed(Exception):
    """A command has failed that works where the test can run at all."""


def _call(*argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


def listens(address, port):
    try:
        socket.create_connection((address, port), 1).close()
        return True
    except OSError:
        return False


def without_engine(space):
    """Returns a directory for LD_LIBRARY_PATH with which fio cannot load the
    engine, even where one is installed: the file of its name is empty."""
    path = os.path.join(space.path, "no-engine")
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, fio.ENGINE), "wb"):
        return path


class Host:
    """One host. The constructor makes its namespaces, serve() starts a fio
    server in them."""

    def __init__(self, name, address, prefix_length):
        self.name = name
        self.address = address
        self.servers = []
        self.log = tempfile.TemporaryFile()
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--uts", "--mount", "--propagation",
             "private", "--pid", "--fork", "--kill-child",
             "sh", "-c", f"hostname {name}; echo; exec sleep infinity"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            preexec_fn=attempts.die_with_parent)
        self.holder.stdout.readline()
        children = f"/proc/{self.holder.pid}/task/{self.holder.pid}/children"
        with open(children, encoding="ascii") as f:
            self.pid = int(f.read().split()[0])
        # A host of this name may have ended just now. The kernel removes its
        # link only some time later.
        subprocess.run(["ip", "link", "delete", f"v-{name}"],
                       capture_output=True)
        _call("ip", "link", "add", f"v-{name}", "type", "veth", "peer",
              "name", "eth0", "netns", str(self.pid))
        _call("ip", "link", "set", f"v-{name}", "master", "bridge", "up")
        self.call("ip", "address", "add", f"{address}/{prefix_length}",
                  "dev", "eth0")
        self.call("ip", "link", "set", "eth0", "up")
        self.call("ip", "link", "set", "lo", "up")

    def inside(self, *argv):
        return ["nsenter", "-t", str(self.pid), "-n", "-u", "-m", "-p", "--",
                *argv]

    def call(self, *argv):
        return _call(*self.inside(*argv))

    def popen(self, *argv, env=None, **options):
        options = {"stdin": subprocess.DEVNULL, "stdout": self.log,
                   "stderr": self.log, **options}
        return subprocess.Popen(self.inside(*argv),
                                env={**os.environ, **(env or {})},
                                preexec_fn=attempts.die_with_parent, **options)

    def serve(self, program=None, listen=None, port=PORT, env=None):
        """Starts a fio server. ready() waits until it listens."""
        listen = self.address if listen is None else listen
        self.servers.append(self.popen(
            program or fio.FIO, f"--server=ip:{listen},{port}", env=env,
            cwd="/"))

    def ready(self, port=PORT):
        if not until(lambda: listens(self.address, port)):
            raise RuntimeError(f"no server on {self.name}: {self.said()}")

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def processes(self, pattern):
        """Returns the ids, as this process sees them, of the host's processes
        whose command line matches `pattern`."""
        found = []
        mine = os.readlink(f"/proc/{self.pid}/ns/pid")
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    line = f.read().replace(b"\0", b" ").decode(
                        errors="replace")
                if (os.readlink(f"/proc/{pid}/ns/pid") == mine
                        and re.search(pattern, line)):
                    found.append(int(pid))
            except OSError:
                continue
        return sorted(found)

    def crash(self):
        """Kills the host's processes at once. After that nothing answers at
        its address."""
        self.holder.kill()
        self.holder.wait()
        for server in self.servers:
            server.wait()

    def cut_off(self):
        """Cuts the host off the network. No connection is closed, so nobody
        is told."""
        _call("ip", "link", "set", f"v-{self.name}", "down")

    def join(self):
        """Connects the host again."""
        _call("ip", "link", "set", f"v-{self.name}", "up")


class Cluster:
    """Hosts h1, h2, ... This process and the hosts find each other by these
    names."""

    def __init__(self, count, directory, serve=True, env=None):
        if not os.environ.get(MARK):
            raise Unavailable("network namespaces need root, iproute2 and "
                              "util-linux (and a container that may)")
        self.directory = directory
        self.hosts = []
        atexit.register(self.stop)
        self._network()
        self._names(count)
        for i in range(1, count + 1):
            self.hosts.append(Host(f"h{i}", self.address(i), 16))
        if serve:
            for host in self.hosts:
                host.serve(env=env)
            for host in self.hosts:
                host.ready()
        self.hosts_file = self.list_hosts("hosts", self.hosts)

    @staticmethod
    def address(i):
        return f"{SUBNET}.{i // 250}.{i % 250 + 1}"

    def _network(self):
        if "bridge:" in _call("ip", "link"):
            _call("ip", "link", "delete", "bridge")
        _call("ip", "link", "set", "lo", "up")
        _call("ip", "link", "add", "bridge", "type", "bridge")
        _call("ip", "address", "add", f"{SUBNET}.255.254/16", "dev", "bridge")
        _call("ip", "link", "set", "bridge", "up")

    def _names(self, count):
        path = os.path.join(self.directory, "etc-hosts")
        with open(path, "w", encoding="ascii") as f:
            f.write("127.0.0.1 localhost\n")
            for i in range(1, count + 1):
                f.write(f"{self.address(i)} h{i}\n")
        _call("mount", "--bind", path, "/etc/hosts")

    def list_hosts(self, name, hosts):
        """Writes a list of hosts for fio --client. Returns its path."""
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="ascii") as f:
            f.writelines(f"{host.name}\n" for host in hosts)
        return path

    def start(self, job, logs, *arguments, hosts_file=None, **options):
        """Starts a fio client that runs the job file with the text `job` on
        all hosts. Logs go to the directory `logs`, which is made if needed.
        The client gets --eta=always, because without this option it waits for
        ever for a host that has vanished."""
        os.makedirs(logs, exist_ok=True)
        return fio.Running([], "--output-format=json+", "--eta=always",
                           *arguments,
                           f"--client={hosts_file or self.hosts_file}",
                           text=job, cwd=logs, **options)

    def run(self, job, logs, *arguments, timeout=60, **options):
        return self.start(job, logs, *arguments, **options).wait(timeout)

    def stop(self):
        for host in self.hosts:
            host.crash()
        if self.hosts:
            subprocess.run(["umount", "/etc/hosts"], capture_output=True)
        self.hosts = []
