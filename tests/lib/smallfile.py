# SPDX-License-Identifier: GPL-2.0-only
"""Computes smallfile's file names and contents from smallfile's description.

This code is slow and literal on purpose, and shares nothing with the engine.
So where it and the engine agree, both do what smallfile does.
"""
import os

SRC, DST = "file_srcdir", "file_dstdir"
PERIOD = bytes(0x21 if b == 0x5c else b for b in range(128))
SEQUENCE = PERIOD * 8
DEFAULT_RECORD = 1 << 20


class Layout:
    """The files of one thread below the top directories `tops`."""

    def __init__(self, tops, host, thread, files, files_per_dir=100,
                 dirs_per_dir=10, hash_into_dirs=0, same_dir=0, prefix="",
                 suffix=""):
        self.tops = [tops] if isinstance(tops, str) else list(tops)
        self.host, self.thread, self.files = host, thread, files
        self.files_per_dir, self.dirs_per_dir = files_per_dir, dirs_per_dir
        self.hashed, self.same_dir = hash_into_dirs, same_dir
        self.prefix, self.suffix = prefix, suffix

    def numbers(self):
        return range(1, self.files + 1)

    def components(self, n):
        if self.hashed:
            out = []
            h = (n * 900593 % self.files) // self.files_per_dir
            while h > 1:
                out.insert(0, f"h_{h * 900593 % self.dirs_per_dir:03d}")
                h //= self.dirs_per_dir
            return out
        d = n // self.files_per_dir
        digits = []
        while True:
            digits.insert(0, d % self.dirs_per_dir)
            d //= self.dirs_per_dir
            if not d:
                return [f"d_{digit:03d}" for digit in digits]

    def name(self, n):
        return f"{self.prefix}_{self.host}_{self.thread:02d}_{n}_{self.suffix}"

    def base(self, tree):
        if self.same_dir:
            return tree
        return os.path.join(tree, self.host, f"thrd_{self.thread:02d}")

    def dir(self, n, tree=SRC):
        return os.path.join(self.tops[n % len(self.tops)], self.base(tree),
                            *self.components(n))

    def path(self, n, tree=SRC, ending=""):
        return os.path.join(self.dir(n, tree), self.name(n) + ending)

    def paths(self, tree=SRC, ending=""):
        return [self.path(n, tree, ending) for n in self.numbers()]

    def directory_units(self):
        """Returns how many directories readdir lists, over all top
        directories."""
        last = self.files - 1 if self.hashed else self.files
        return (last // self.files_per_dir + 1) * len(self.tops)


def pattern(thread, n, length, start=0):
    """Returns `length` bytes of the sequence that file n is filled with, from
    `start` on."""
    offset = (thread + 1) * n % 1024 + start
    copies = length // len(SEQUENCE) + 2
    return (SEQUENCE * copies)[offset % len(SEQUENCE):][:length]


def contents(thread, n, size, record=0):
    """Returns all bytes of file n. Each record holds the same bytes of the
    sequence, because smallfile starts it anew at each record."""
    record = record or min(size, DEFAULT_RECORD)
    out = b""
    while len(out) < size:
        out += pattern(thread, n, min(record, size - len(out)))
    return out


def xattr_value(thread, n, j, size):
    return pattern(thread, n, size, j)
