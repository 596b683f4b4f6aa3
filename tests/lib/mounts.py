# SPDX-License-Identifier: GPL-2.0-only
"""Mounts file systems to test on.

They vanish with the test, however it ends, because the test runs in its own
mount namespace. When the last process in it is gone, even by SIGKILL, the
kernel unmounts everything there and frees the loop devices and the memory.
"""
import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time

import attempts
import tap
from tap import Unavailable

MARK = "SMALLFIO_TEST_NAMESPACE"
END_S = 30
NEEDED_BYTES = 1 << 30


def enter_namespace():
    """Starts this program again in its own mount namespace. Without root there
    is none: the tests go on in a directory, and those that need a mount say
    that they cannot run."""
    attempts.supervise()
    if os.geteuid() or os.environ.get(MARK) or not shutil.which("unshare"):
        return
    wrap = ["unshare", "--mount", "--propagation", "private"]
    if subprocess.run([*wrap, "true"], capture_output=True).returncode:
        return
    os.environ[MARK] = "1"
    os.execvp(wrap[0], [*wrap, sys.executable, *sys.argv])


def _call(*argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode:
        raise Unavailable(f"{' '.join(argv)}: {done.stderr.strip()}")


def need_namespace():
    if not os.environ.get(MARK):
        raise Unavailable("mounting needs root (and a container that may)")


def mount(kind, target, *options, source="none"):
    need_namespace()
    os.makedirs(target, exist_ok=True)
    _call("mount", "-t", kind, *options, source, target)
    return target


def remount(target, options):
    _call("mount", "-o", f"remount,{options}", target)


def unmount(target):
    _call("umount", target)


class Waiting:
    """Tells how many requests a FUSE file system has not answered yet. The
    kernel counts them. Must be made while the file system still answers."""

    def __init__(self, path):
        control = "/sys/fs/fuse/connections"
        if not os.path.ismount(control):
            mount("fusectl", control)
        self.path = os.path.join(control, str(os.minor(os.stat(path).st_dev)),
                                 "waiting")

    def count(self):
        with open(self.path, encoding="ascii") as f:
            return int(f.read())

    def until(self, good, seconds=30):
        """Waits until good(count) holds. Returns that count, or the last one
        when the time is over."""
        end = time.monotonic() + seconds
        while not good(count := self.count()) and time.monotonic() < end:
            time.sleep(0.001)
        return count


class Switch:
    """A switch of delayfs. It is on while the file at `path` exists, which is
    as long as the `with` lasts. `text` is what the file has in it."""

    def __init__(self, path, text=""):
        self.path = path
        self.text = text

    def __enter__(self):
        # The file is there with its text, or not at all.
        with open(self.path + ".new", "w", encoding="ascii") as f:
            f.write(self.text)
        os.rename(self.path + ".new", self.path)

    def __exit__(self, *_):
        os.unlink(self.path)


def fuse_server(program, *arguments, **environment):
    """Starts `program`, delayfs or viewfs, which mounts a file system."""
    need_namespace()
    built = os.environ.get("SMALLFIO_DELAYFS")
    if not built or not os.path.exists("/dev/fuse"):
        raise Unavailable("no delayfs (libfuse3-dev) or no /dev/fuse")
    return subprocess.Popen(
        [os.path.join(os.path.dirname(built), program), *arguments],
        env={**os.environ, **environment},
        preexec_fn=attempts.die_with_parent)


def ends(t, server, name):
    """Checks that the process ends with 0. If it does not end in time, it is
    killed, so that the test cannot wait for ever, and the check has failed."""
    try:
        code = server.wait(END_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
        code = f"none in {END_S} s: it had to be killed"
    t.ok(code == 0, name, f"exit code: {code}")


def _end(t, server):
    server.terminate()
    ends(t, server, f"{os.path.basename(server.args[0])} ends when it is told "
         "to")


def _roomy(base):
    """Returns whether the directory has room for what a test writes. A
    container may have no more than 64 MiB of shared memory. A test that may
    mount needs no room here, because it puts a tmpfs over its directory."""
    if not os.access(base, os.W_OK):
        return False
    free = os.statvfs(base)
    return (bool(os.environ.get(MARK))
            or free.f_bavail * free.f_frsize >= NEEDED_BYTES)


def base():
    """Returns the directory for workspaces, in memory where there is room."""
    return "/dev/shm" if _roomy("/dev/shm") else tempfile.gettempdir()


class Workspace:
    """A directory, with other file systems below it on request. It is in memory,
    below /dev/shm, if there is room (base())."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="smallfio-", dir=base())
        os.chmod(self.path, 0o755)
        atexit.register(self._remove)
        if os.environ.get(MARK):
            _call("mount", "-t", "tmpfs", "-o", "mode=755", "none", self.path)

    def _remove(self):
        if os.environ.get(MARK):
            subprocess.run(["umount", "--recursive", "--lazy", self.path],
                           capture_output=True)
            os.rmdir(self.path)
        else:
            shutil.rmtree(self.path, ignore_errors=True)

    def dir(self, name):
        path = os.path.join(self.path, name)
        os.makedirs(path)
        return path

    def tmpfs(self, name, options="size=1g"):
        return mount("tmpfs", os.path.join(self.path, name), "-o", options)

    def loop(self, kind, name=None, mib=None, options="loop"):
        """Mounts ext4, xfs or btrfs, made on a sparse file in this
        workspace. The file has the size that the kind needs, unless `mib`
        says how large it is. btrfs needs more than others: with less than
        1 GiB it promises so little room at a time that writes of many
        processes fail with ENOSPC, although next to nothing is used."""
        need_namespace()
        mkfs, usual_mib = {"ext4": (["mkfs.ext4", "-q", "-F"], 512),
                           "xfs": (["mkfs.xfs", "-q", "-f"], 512),
                           "btrfs": (["mkfs.btrfs", "-q", "-f"], 2048)}[kind]
        if not shutil.which(mkfs[0]):
            raise Unavailable(f"{mkfs[0]} is not installed")
        image = os.path.join(self.path, f"{name or kind}.image")
        with open(image, "wb") as f:
            f.truncate((mib or usual_mib) << 20)
        _call(*mkfs, image)
        return mount(kind, os.path.join(self.path, name or kind), "-o",
                     options, source=image)

    def far_away(self, delay_us=1000, **options):
        """Mounts delayfs: each request takes `delay_us`, and nothing is
        cached. See delayfs.c."""
        target = self.dir("far")
        text = ",".join([f"delay_us={delay_us}",
                         *(f"{k}={v}" for k, v in options.items())])
        return self._fuse("delayfs", target, target, "-f", "-o", text)

    def view(self, source, name, cache_s):
        """Mounts viewfs, which shows `source` as another host would see it.
        For `cache_s` seconds it believes what it has seen, also that a name is
        not there. See viewfs.c."""
        target = self.dir(name)
        return self._fuse("viewfs", target, source, target, str(cache_s))

    @staticmethod
    def _fuse(program, target, *arguments):
        server = fuse_server(program, *arguments)
        atexit.register(server.kill)
        tap.at_end(lambda t: _end(t, server))
        for _ in range(200):
            if os.path.ismount(target):
                return target
            if server.poll() is not None:
                break
            time.sleep(0.05)
        raise Unavailable(f"{program} did not mount")

    def file_system(self, kind, **options):
        if kind == "tmpfs":
            return self.tmpfs("tmpfs")
        if kind == "far":
            return self.far_away(**options)
        return self.loop(kind, **options)
