#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Measures the memory and the time of a command.

The kernel counts the memory of a program's parent as the program's own, for it
began as a copy. So a small process stands between: this file, run as a program.

    measured.py FILE COMMAND...
"""
import json
import os
import subprocess
import sys
import tempfile
import time


def run(command, **kwargs):
    """Runs a command as subprocess.run() does. Its result has `memory_bytes`, the
    largest, `cpu_s` and `elapsed_s`, too."""
    with tempfile.NamedTemporaryFile("r") as said:
        done = subprocess.run([sys.executable, "-S", __file__, said.name, *map(str, command)],
                              **kwargs)
        vars(done).update(json.load(said))
    return done


def main(path, command):
    begin = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"memory_bytes": usage.ru_maxrss << 10,
                   "cpu_s": usage.ru_utime + usage.ru_stime,
                   "elapsed_s": time.monotonic() - begin}, out)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
