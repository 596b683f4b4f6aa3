# SPDX-License-Identifier: GPL-2.0-only
"""A real sshd on hosts of a test, and ssh to reach it."""
import os
import shutil
import subprocess

import cluster
import tap


class Ssh:
    """ssh and sshd with keys and configurations in their own directory."""

    def __init__(self, directory):
        self.sshd = shutil.which("sshd") or "/usr/sbin/sshd"
        if not os.path.exists(self.sshd) or not shutil.which("ssh"):
            raise tap.Unavailable("openssh-server and -client are missing")
        self.directory = directory
        self.running = []
        os.makedirs("/run/sshd", exist_ok=True)
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                            "-f", self.path(key)], check=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def serve(self, address, start, more=""):
        """Has start(argv) start an sshd on `address`. `more` is appended to
        its configuration."""
        config = self.path(f"sshd-{address}")
        with open(config, "w", encoding="ascii") as f:
            f.write(f"ListenAddress {address}\nPort 22\nUsePAM no\n"
                    f"HostKey {self.path('host')}\nStrictModes no\n"
                    f"AuthorizedKeysFile {self.path('user.pub')}\n"
                    "PasswordAuthentication no\nPermitRootLogin yes\n"
                    f"PidFile none\nGatewayPorts clientspecified\n{more}")
        self.running.append(start([self.sshd, "-D", "-e", "-f", config]))
        if not cluster.until(lambda: cluster.listens(address, 22)):
            raise RuntimeError(f"no sshd on {address}")

    def command(self):
        """ssh with the options that this test needs."""
        return (f"ssh -F none -i {self.path('user')} "
                "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
                "-o LogLevel=ERROR")

    def tunnel(self, address, forward, start):
        self.running.append(start(
            [*self.command().split(), "-N", "-o", "ExitOnForwardFailure=yes",
             *forward, f"root@{address}"]))

    def stop(self):
        for process in self.running:
            process.kill()
            process.wait()
