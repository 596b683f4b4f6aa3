# SPDX-License-Identifier: GPL-2.0-only
"""Finds out which operations a file system can do, by other means than the
engine's. Not every file system has links, clones, holes and the like.

    possible.py DIRECTORY

prints the operations that the file system of a directory cannot do."""
import ctypes
import errno
import fcntl
import os
import sys
import tempfile

import fio
import mounts

FICLONE = 0x40049409
RENAME_EXCHANGE = 2
KEEP_SIZE, PUNCH_HOLE = 1, 2
AT_FDCWD = -100
LIBC = ctypes.CDLL(None, use_errno=True)


def _libc(function, *arguments):
    if function(*arguments):
        raise OSError(ctypes.get_errno(), "not done")


def _nameless(top):
    os.close(os.open(top, os.O_TMPFILE | os.O_RDWR))


def _link(top):
    os.link(os.path.join(top, "one"), os.path.join(top, "three"))


def _exchange(top):
    _libc(LIBC.renameat2, AT_FDCWD, os.path.join(top, "one").encode(),
          AT_FDCWD, os.path.join(top, "two").encode(), RENAME_EXCHANGE)


def _clone(top):
    with open(os.path.join(top, "one"), "rb") as src, \
            open(os.path.join(top, "two"), "r+b") as dst:
        fcntl.ioctl(dst, FICLONE, src.fileno())


def _space(mode):
    def change(top):
        with open(os.path.join(top, "one"), "r+b") as f:
            _libc(LIBC.fallocate, f.fileno(), mode, ctypes.c_long(0),
                  ctypes.c_long(4096))
    return change


NEEDS = {"tmpfile": _nameless, "link": _link, "exchange": _exchange,
         "clone": _clone, "fallocate": _space(KEEP_SIZE),
         "punch-hole": _space(KEEP_SIZE | PUNCH_HOLE)}


def lacking(top):
    """Returns the operations that the file system of `top` cannot do."""
    found = set()
    with tempfile.TemporaryDirectory(dir=top, prefix="possible-") as place:
        for name in ("one", "two"):
            with open(os.path.join(place, name), "wb"):
                pass
        for operation, attempt in NEEDS.items():
            try:
                attempt(place)
            except OSError as e:
                if e.errno in (errno.EACCES, errno.ENOSPC):
                    raise
                found.add(operation)
    return found


def operations(top):
    """Returns {name: row} of the operations that can run in `top`."""
    without = lacking(top)
    return {name: row for name, row in fio.OPERATIONS.items()
            if name not in without}


def in_memory():
    """Does the same for the file system that tests without a mount of their
    own work on, which mounts.Workspace chooses."""
    return operations(mounts.base())


if __name__ == "__main__":
    print(*sorted(lacking(sys.argv[1])))
