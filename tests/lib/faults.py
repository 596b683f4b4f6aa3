# SPDX-License-Identifier: GPL-2.0-only
"""Faults that strike a run while it is under way: what they need, how they
strike one host, and how the run has to end.

A host is struck through `scene`: the class that test_faults_under_load.py has
for a run of one host, and for a run of three.
"""
import dataclasses
import errno
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import cluster
import fio
import mounts

ALL = ("create", "read", "mix")
# What a full or a read-only file system still does.
WRITES = ("create", "mix")
CLIENT_S = 60  # fio's client gives a host up after 7 times 5 s and some more
FILL_BYTES, PAGE_BYTES = 64 << 10, 4096


def _text(*errors):
    """Returns a pattern for the text of any of these errors."""
    return "|".join(re.escape(os.strerror(error)) for error in errors)


def fill(path):
    """Writes to the end of a file on tmpfs until there is no page left."""
    with open(path, "ab", buffering=0) as f:
        for size in (FILL_BYTES, PAGE_BYTES):
            try:
                while f.write(bytes(size)):
                    pass
            except OSError as e:
                if e.errno != errno.ENOSPC:
                    raise


# --- what a host works on ----------------------------------------------------

def on_tmpfs(scene):
    scene.inside("mount", "-t", "tmpfs", "-o", "size=16m", "none", scene.top)


def _on_image(scene, mib, options, *mkfs):
    image = os.path.join(scene.dir, "image")
    with open(image, "wb") as f:
        f.truncate(mib << 20)
    subprocess.run([*mkfs, image], check=True, capture_output=True)
    scene.inside("mount", "-o", f"loop,{options}", image, scene.top)


def on_ext4(scene):
    """Read-only after an error."""
    _on_image(scene, 32, "errors=remount-ro", "mkfs.ext4", "-q", "-F")


def on_btrfs(scene):
    """With quotas that also root has to keep."""
    _on_image(scene, 512, "rw", "mkfs.btrfs", "-q", "-f")
    scene.inside("btrfs", "quota", "enable", scene.top)


def on_fuse(scene):
    scene.inside("mount", "--bind", scene.far, scene.top)


def across(name, *options):
    """A file system of tests/real, which a host serves that is not struck."""
    def mount(scene):
        scene.volume = scene.place.volume(name)
        scene.mount_volume = functools.partial(
            scene.volume.mount, scene.host, scene.top, *options)
        scene.mount_volume()
    mount.volume = name
    return mount


# --- how a fault strikes -----------------------------------------------------

def full(scene):
    """Takes also what a mix sets free, until the run has noticed."""
    end = time.monotonic() + 10
    while (time.monotonic() < end and scene.running()
           and os.strerror(errno.ENOSPC) not in scene.said()):
        fill(scene.seen(os.path.join(scene.top, "filler")))
        time.sleep(0.05)


def results_full(scene):
    fill(os.path.join(scene.logs, "filler"))


def both_full(scene):
    results_full(scene)
    full(scene)


def over_quota(scene):
    """From now on the file system may hold no more than next to nothing."""
    scene.inside("btrfs", "qgroup", "limit", "64k", scene.top)


def read_only(scene):
    """The file system finds an error, and takes no more changes."""
    device = scene.inside("findmnt", "-no", "SOURCE", scene.top).strip()
    name = os.path.basename(device)
    with open(f"/sys/fs/ext4/{name}/trigger_fs_error", "w",
              encoding="ascii") as f:
        f.write("a test's error")


def fails_with(error):
    def strike(scene):
        switch = mounts.Switch(scene.fail, str(error))
        switch.__enter__()
        scene.heals.append(lambda: switch.__exit__())
    return strike


def directory_gone(scene):
    """The tree goes, as often as the run makes a part of it again."""
    end = time.monotonic() + 5
    while time.monotonic() < end and scene.running():
        shutil.rmtree(scene.seen(os.path.join(scene.top, "file_srcdir")),
                      ignore_errors=True)
        time.sleep(0.05)


def mount_gone(scene):
    scene.inside("umount", "-l", scene.top)
    scene.mounted = False


def clock_steps(ms):
    def steps(scene):
        with open(scene.clock, "w", encoding="ascii") as f:
            f.write(str(ms))
        told = subprocess.run(
            [sys.executable, "-c", "import time; print(time.time())"], check=True,
            env={**os.environ, **scene.place.environment}, stdout=subprocess.PIPE).stdout
        if not abs(float(told) - time.time() - ms / 1000) < 60:
            raise RuntimeError(f"the host's clock has not stepped: {told}")
    return steps


def client_killed(scene):
    scene.fio.kill()


def server_killed(scene):
    scene.kill_server()


def cut(scene):
    """The kernel gives connections up after 25 s, and not after 15 minutes.
    It finds out only when it has something to send, and not while all wait for
    answers. So somebody asks, as ssh's ServerAliveInterval does."""
    scene.host.call("sysctl", "-q", "net.ipv4.tcp_retries2=6")
    scene.host.cut_off()
    scene.host.popen("stat", os.path.join(scene.top, "nothing"))
    scene.heals.append(scene.host.join)


def cut_for_10s(scene):
    scene.host.cut_off()
    time.sleep(10)
    scene.host.join()


def slow_network(scene):
    scene.host.call("tc", "qdisc", "add", "dev", "eth0", "root", "tbf",
                    "rate", "2mbit", "burst", "4kb", "latency", "60s")
    scene.heals.append(lambda: scene.host.call("tc", "qdisc", "del", "dev",
                                               "eth0", "root"))


def kill_volume_client(scene):
    for pid in scene.host.processes(scene.volume.client):
        os.kill(pid, signal.SIGKILL)


def kill_volume_server(scene):
    scene.volume.kill()
    time.sleep(5)
    scene.volume.restart()


# --- the faults --------------------------------------------------------------

@dataclasses.dataclass
class Fault:
    name: str
    strike: object
    file_system: object = on_tmpfs
    # What names the cause: a pattern for a line of fio or smallfio result.
    # None: the run goes on, and is valid.
    names: str = None
    # The operations that notice. Others go on.
    touches: tuple = ALL
    hosts: tuple = (1, 3)
    # Where fio runs if there is one host: here, on a host that has a network,
    # or as a server there.
    alone: str = "here"
    # Whether it holds the host up for a while. It is a matter of time if the
    # run notices, and its threads may end too far apart.
    holds_up: bool = False
    # How much longer the run may last than one that nothing happens to.
    bound_s: float = 10
    # How long something may be left on the hosts, once the fault is over.
    left_s: float = 5
    # Whether fio itself exits with an error.
    fio_fails: bool = True
    # Whether what the struck host has measured is there.
    kept: bool = True
    # Whether files can be removed afterwards.
    mended: bool = True
    # The one row of the quick set: operation, depth, hosts.
    quick: tuple = None

    def expected(self, operation):
        """The pattern that names the cause, or None."""
        return self.names if operation in self.touches else None


def _across_network(shown, file_system, lost_s, cut_short=None,
                    server_killed=None):
    """Faults of a file system on another host, which gives its server up after
    lost_s. The patterns are of what names a cut of the network for 10 s, and a
    server that is killed for 5 s, if the run notices."""
    common = dict(file_system=file_system, alone="host")
    held_up = dict(common, holds_up=True, bound_s=45)
    return [
        Fault(f"network cut for 10 s, {shown}", cut_for_10s, names=cut_short,
              **held_up),
        Fault(f"network cut for good, {shown}", cut, bound_s=lost_s,
              left_s=240, **common,
              names=f"client h2 timed out|{_text(errno.EIO)}"),
        Fault(f"slow network (2 Mbit/s), {shown}", slow_network, **held_up),
        Fault(f"client of {shown} killed", kill_volume_client, **common,
              names=_text(errno.ENOTCONN, errno.ECONNABORTED)),
        Fault(f"server of {shown} killed for 5 s", kill_volume_server,
              names=server_killed, **held_up),
    ]


FAULTS = [
    Fault("no room (ENOSPC)", full, names=_text(errno.ENOSPC), touches=WRITES,
          quick=("create", 64, 3)),
    Fault("over quota (EDQUOT)", over_quota, on_btrfs, _text(errno.EDQUOT),
          WRITES, mended=False, quick=("mix", 1, 1)),
    Fault("read-only in mid-run (EROFS)", read_only, on_ext4,
          _text(errno.EROFS), WRITES, mended=False, quick=("mix", 64, 1)),
    *(Fault(name, fails_with(getattr(errno, name)), on_fuse,
            _text(getattr(errno, name)), quick=quick)
      for name, quick in (("EIO", ("read", 64, 1)),
                          ("ESTALE", ("create", 64, 1)),
                          ("ETIMEDOUT", ("read", 1, 3)))),
    Fault("directory gone", directory_gone, names=_text(errno.ENOENT),
          quick=("create", 1, 1)),
    Fault("mount gone (umount -l)", mount_gone,
          names="directory=.* is no longer where the job ran",
          quick=("read", 1, 1)),
    Fault("both disks full", both_full, touches=ALL, fio_fails=False,
          names="the disk with .* is full", quick=("mix", 1, 1)),
    Fault("disk of the results full", results_full, fio_fails=False,
          names="the disk with .* is full", quick=("read", 1, 1)),
    Fault("clock steps by 1 h", clock_steps(3600000), quick=("mix", 1, 3)),
    Fault("clock steps back by 1 h", clock_steps(-3600000),
          quick=("create", 1, 1)),
    Fault("client killed", client_killed, names="interrupted",
          quick=("create", 64, 1)),
    Fault("server killed", server_killed, alone="server", kept=False,
          names="host=h2 disconnected", quick=("mix", 64, 3)),
    *_across_network("sshfs", across("sshfs"), CLIENT_S,
                     server_killed=_text(errno.EIO, errno.ENOTCONN,
                                         errno.ECONNABORTED)),
    # By default MooseFS tries again for ever, and ten calls at a time. A call
    # that it tries again may find what it has done before.
    *_across_network("MooseFS",
                     across("moosefs", "mfstimeout=12", "max_threads=200",
                            "nonempty"),
                     lost_s=3 * CLIENT_S,
                     cut_short=_text(errno.EEXIST, errno.ENOENT, errno.EIO)),
]
