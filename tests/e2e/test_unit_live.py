# SPDX-License-Identifier: GPL-2.0-only
"""Tests the server's unit under a real systemd. systemd is process 1 of its
own namespaces, on an overlay of this machine's root directory. All that it
writes is gone with it."""
import os
import shutil
import subprocess

import cluster
import fio
import mounts
import tap
from cluster_run import every_operation

mounts.enter_namespace()

UNIT = os.environ["SMALLFIO_UNIT"]
SYSTEMD = "/lib/systemd/systemd"
START_S = 30
# An address at which the server must not listen.
OTHER = "10.9.9.9"
# Shell commands that make a root directory and start systemd in it. $1 is the
# workspace, $2 the unit, $3 the directory of the engines. systemd would set up
# the machine, so it gets devices, /sys and /proc/sys that it cannot change,
# and no units but ours and those that ours needs. LD_LIBRARY_PATH makes fio
# find the engine of this build, whatever is installed.
BOOT = f"""
set -e
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" none "$1/root"
cd "$1/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 none sys/fs/cgroup
for i in dev run tmp mnt srv etc/systemd/system \
    $(ls -d lib/systemd/system-generators lib/systemd/system/*.wants \
        lib/systemd/system/*.requires etc/systemd/system-generators \
        usr/local/lib/systemd/system-generators 2>/dev/null); do
    mount -t tmpfs -o mode=755 none "$i"
done
for i in null zero full random urandom tty; do
    : >dev/$i
    mount --bind /dev/$i dev/$i
done
ln -s pts/ptmx dev/ptmx
mkdir -p dev/shm opt/smallfio-test etc/systemd/system/smallfio-server.service.d
cp "$3"/fio-*.so opt/smallfio-test
cp "$2" etc/systemd/system/smallfio-server.service
printf '[Service]\nEnvironment=LD_LIBRARY_PATH=/opt/smallfio-test\n' \
    >etc/systemd/system/smallfio-server.service.d/engine.conf
printf '[Unit]\nDefaultDependencies=no\nWants=smallfio-server.service\n' \
    >etc/systemd/system/test.target
chroot . systemd-sysusers --inline \
    'u smallfio - "fio server for smallfio" /var/lib/smallfio'
mkdir mnt/test mnt/gate mnt/roots srv/outside
chroot . chown smallfio mnt/test mnt/gate srv/outside
ip link set lo up
ip address add {OTHER}/32 dev lo
exec chroot . env -i container=test PATH="$PATH" {SYSTEMD} --system \
    --unit=test.target --log-target=console --show-status=no
"""


class Machine:
    """A systemd that runs the unit, and a way to run fio's client there."""

    def __init__(self):
        if not os.environ.get(mounts.MARK):
            raise tap.Unavailable("namespaces need root")
        for tool in ("unshare", "nsenter", "ip", SYSTEMD):
            if not shutil.which(tool):
                raise tap.Unavailable(f"{tool} is missing")
        space = mounts.Workspace()
        self.path = space.path
        self.said = os.path.join(space.path, "said")
        with open(self.said, "wb") as out:
            self.holder = subprocess.Popen(
                ["unshare", "--mount", "--net", "--uts", "--ipc", "--cgroup",
                 "--pid", "--fork", "--kill-child", "--propagation",
                 "private", "sh", "-c", BOOT, "boot", space.path, UNIT,
                 fio.engine_dir()], stdin=subprocess.DEVNULL, stdout=out,
                stderr=out)
        self.pid = None
        cluster.until(lambda: self.holder.poll() is not None or self.is_up(),
                      START_S)
        if self.holder.poll() is not None or not self.is_up():
            self.stop()
            with open(self.said, encoding="utf-8", errors="replace") as f:
                raise tap.Unavailable(f"systemd does not run here: {f.read()}")

    def stop(self):
        self.holder.kill()
        self.holder.wait()

    def call(self, *argv):
        return subprocess.run(["nsenter", "-t", str(self.pid), "-m", "-n",
                               "-u", "-i", "-C", "-p", "-r", "-w", *argv],
                              capture_output=True, text=True, timeout=60)

    def is_up(self):
        children = (f"/proc/{self.holder.pid}/task/{self.holder.pid}/"
                    "children")
        try:
            with open(children, encoding="ascii") as f:
                self.pid = int(f.read().split()[0])
        except (OSError, IndexError):
            return False
        return self.listens("127.0.0.1")

    def listens(self, address):
        return self.call("bash", "-c",
                         f"exec 3<>/dev/tcp/{address}/8765").returncode == 0

    def show(self, name):
        return self.call("systemctl", "show", "--value", "-p", name,
                         "smallfio-server").stdout.strip()

    def run(self, sections, **options):
        """Runs a job on that server. Returns exit code and output."""
        text = fio.job_text(sections, files=20, filesize="4k", **options)
        with open(f"/proc/{self.pid}/root/run/job.fio", "w",
                  encoding="utf-8") as f:
            f.write(text)
        done = self.call("sh", "-c", "cd /run && fio --eta=never "
                         "--client=127.0.0.1 job.fio")
        return done.returncode, done.stdout + done.stderr


def runs(t, machine):
    t.equal(machine.show("ActiveState"), "active", "the unit is active")
    pid = machine.show("MainPID")
    user = machine.call("stat", "-c", "%U", f"/proc/{pid}").stdout.strip()
    t.equal(user, "smallfio", "the server runs as its own user")
    t.ok(not machine.listens(OTHER), "the server listens on no other address")


def works(t, machine):
    for depth in (1, 16):
        code, said = machine.run(
            every_operation(), directory="/mnt/test", gate="/mnt/gate",
            numjobs=2, iodepth=depth, xattr_count=2, xattr_size=20)
        t.equal(code, 0,
                f"every operation works in the sandbox, iodepth={depth}", said)
    code, said = machine.run([fio.section("create")], directory="/mnt/test",
                             thread=True)
    owners = machine.call("find", "/mnt/test", "-type", "f", "-printf", "%u\n")
    t.equal((code, owners.stdout), (0, "smallfio\n" * 20),
            "files belong to the server's user", said)


def confined(t, machine):
    for directory, why in (("/srv/outside", "Read-only file system"),
                           ("/mnt/roots", "Permission denied")):
        code, said = machine.run([fio.section("create")], directory=directory)
        t.ok(code != 0 and why in said,
             f"the server cannot write elsewhere: {directory}: {why}", said)


def restarted(t, machine):
    pid = machine.show("MainPID")
    machine.call("kill", "-9", pid)
    t.ok(cluster.until(lambda: machine.show("MainPID") not in ("0", pid)
                       and machine.listens("127.0.0.1"), 20),
         "a server that is killed is started again")
    code, said = machine.run([fio.section("stat")], directory="/mnt/test")
    t.equal(code, 0, "a server that was started again works", said)
    machine.call("systemctl", "stop", "smallfio-server")
    t.ok(not machine.listens("127.0.0.1"), "a server that is stopped is gone")


def main():
    machine, failed = [], []

    def on_machine(function):
        def run(t):
            # If the machine could not be started once, it is not tried again,
            # because each attempt takes long.
            if failed:
                raise failed[0]
            try:
                if not machine:
                    machine.append(Machine())
            except Exception as error:
                failed.append(error)
                raise
            function(t, machine[0])
        run.__name__ = function.__name__
        return run

    def end(t):
        for one in machine:
            one.stop()
    tap.main(*[on_machine(f) for f in (runs, works, confined, restarted)],
             end)


main()
