# SPDX-License-Identifier: GPL-2.0-only
"""Does to files what smallfile does. The code follows smallfile's description
literally, and shares nothing with the engine. Tests call run(operation,
layout, ...), or start this file as a program, so that strace can watch it:

    smallfile_program.py OPERATION TOP HOST FILES SIZE"""
import os
import sys
import time

import smallfile
from smallfile import DST, SRC, Layout

CHUNK = 1 << 20
STAMP = "user.smallfile-ctime-size"
XATTR_SIZE, XATTR_COUNT = 20, 2
MAKES_DIRS = ("create", "mkdir", "swift-put")
TREES = (SRC, DST)


class Wrong(Exception):
    """Raised where a file or directory is not as it must be."""


class File:
    """One file of a thread, and its size."""

    def __init__(self, layout, n, size):
        self.layout, self.n, self.size = layout, n, size
        self.path = layout.path(n)
        self.dst = layout.path(n, DST)

    def records(self):
        return smallfile.contents(self.layout.thread, self.n, self.size)

    def value(self, j):
        return smallfile.xattr_value(self.layout.thread, self.n, j, XATTR_SIZE)


def write(fd, f):
    if f.size:
        os.write(fd, f.records())


def read(fd, f):
    found = os.read(fd, f.size) if f.size else b""
    if found != f.records():
        raise Wrong(f"{f.path}: not what was written")


def create(f, stamped=True):
    fd = os.open(f.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    write(fd, f)
    if stamped:
        os.setxattr(fd, STAMP, b"%.6f,%d" % (time.time(), f.size // 1024))
    os.close(fd)


def append(f):
    fd = os.open(f.path, os.O_WRONLY)
    os.lseek(fd, 0, os.SEEK_END)
    write(fd, f)
    os.close(fd)


def overwrite(f, flags=0):
    fd = os.open(f.path, os.O_WRONLY | flags)
    write(fd, f)
    os.close(fd)


def truncate_overwrite(f):
    overwrite(f, os.O_TRUNC)


def read_file(f):
    fd = os.open(f.path, os.O_RDONLY)
    read(fd, f)
    os.close(fd)


def mkdir(f):
    os.mkdir(f.path + ".d")
    os.close(os.open(f.path + ".d/f_000", os.O_CREAT | os.O_EXCL | os.O_WRONLY,
                     0o666))


def rmdir(f):
    os.unlink(f.path + ".d/f_000")
    os.rmdir(f.path + ".d")


def setxattr(f):
    fd = os.open(f.path, os.O_WRONLY)
    for j in range(XATTR_COUNT):
        os.setxattr(fd, f"user.smallfile-{j}", f.value(j))
    os.close(fd)


def check(value, f, j):
    if value != f.value(j):
        raise Wrong(f"{f.path}: attribute {j} is not what was set")


def getxattr(f):
    for j in range(XATTR_COUNT):
        check(os.getxattr(f.path, f"user.smallfile-{j}"), f, j)


def swift_put(f):
    fd = os.open(f.path + ".tmp", os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o666)
    os.fchmod(fd, 0o667)
    if f.size:
        os.posix_fallocate(fd, 0, f.size)
    write(fd, f)
    for j in range(XATTR_COUNT):
        name = f"user.smallfile-all-{j}"
        try:
            os.getxattr(fd, name)
        except OSError:
            pass
        os.setxattr(fd, name, f.value(j))
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)
    os.rename(f.path + ".tmp", f.path)


def swift_get(f):
    fd = os.open(f.path, os.O_RDONLY)
    read(fd, f)
    for j in range(XATTR_COUNT):
        check(os.getxattr(fd, f"user.smallfile-all-{j}"), f, j)
    os.close(fd)


def await_create(f):
    fd = os.open(f.path, os.O_RDONLY)
    seconds, kib = os.getxattr(fd, STAMP).decode().split(",")
    if float(seconds) > time.time() or int(kib) != f.size // 1024 \
            or os.fstat(fd).st_size < f.size:
        raise Wrong(f"{f.path}: {seconds},{kib}")
    os.close(fd)


def cleanup(f):
    for path in (f.path, f.path + ".tmp", f.path + ".d/f_000", f.dst,
                 f.dst + ".s"):
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
    try:
        os.rmdir(f.path + ".d")
    except FileNotFoundError:
        pass


OPERATIONS = {
    "create": create, "append": append, "overwrite": overwrite,
    "truncate-overwrite": truncate_overwrite, "read": read_file,
    "stat": lambda f: os.stat(f.path),
    "chmod": lambda f: os.chmod(f.path, 0o646),
    "delete": lambda f: os.unlink(f.path),
    "rename": lambda f: os.rename(f.path, f.dst),
    "delete-renamed": lambda f: os.unlink(f.dst),
    "symlink": lambda f: os.symlink(f.path, f.dst + ".s"),
    "mkdir": mkdir, "rmdir": rmdir, "setxattr": setxattr,
    "getxattr": getxattr, "swift-put": swift_put, "swift-get": swift_get,
    "await-create": await_create, "cleanup": cleanup,
}


def directories(layout):
    """Returns the directories of both trees in all top directories."""
    found = set()
    for top in layout.tops:
        for tree in TREES:
            for n in layout.numbers():
                at = os.path.join(layout.base(tree), *layout.components(n))
                while at:
                    found.add(os.path.join(top, at))
                    at = os.path.dirname(at)
    return found


def make_directories(layout):
    """Makes directories before the measured part. Other threads may make the
    same ones at the same time."""
    for path in sorted(directories(layout), key=len):
        os.makedirs(path, exist_ok=True)


def remove_directories(layout):
    for path in sorted(directories(layout), key=len, reverse=True):
        try:
            os.rmdir(path)
        except OSError:
            pass


def list_directories(layout, stats):
    files = {}
    for n in layout.numbers():
        files.setdefault(layout.dir(n), set()).add(layout.name(n))
    for at, names in files.items():
        missing = names - set(os.listdir(at))
        if missing:
            raise Wrong(f"{at}: {sorted(missing)} are missing")
        for name in names if stats else ():
            os.stat(os.path.join(at, name))


def run(operation, layout, size):
    if operation in MAKES_DIRS:
        make_directories(layout)
    if operation in ("readdir", "ls-l"):
        list_directories(layout, operation == "ls-l")
        return
    for n in layout.numbers():
        OPERATIONS[operation](File(layout, n, size))
    if operation == "cleanup":
        remove_directories(layout)


if __name__ == "__main__":
    run(sys.argv[1], Layout(sys.argv[2], sys.argv[3], 0, int(sys.argv[4])),
        int(sys.argv[5]))
