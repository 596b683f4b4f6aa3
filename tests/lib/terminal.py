# SPDX-License-Identifier: GPL-2.0-only
"""Runs programs on a terminal."""
import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios


def run(command, *streams, size=None, meet=None, **options):
    """Runs a command whose streams of these names ("stdout", "stderr") are a terminal
    of `size`, (lines, columns). `meet` meets the process when it has begun. Returns
    what was written to the terminal, when the command has ended."""
    ours, theirs = pty.openpty()
    if size:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    out = b""
    with subprocess.Popen(list(map(str, command)), **dict.fromkeys(streams, theirs),
                          **options) as process:
        os.close(theirs)
        if meet:
            meet(process)
        with contextlib.suppress(OSError):  # so a terminal says that it is closed
            while more := os.read(ours, 65536):
                out += more
    os.close(ours)
    return out.decode()
