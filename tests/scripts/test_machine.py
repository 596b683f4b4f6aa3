# SPDX-License-Identifier: GPL-2.0-only
"""Tests that 32-bit machines are refused when the build is set up. The compiler
of this build stands for theirs; no library of 32 bits is needed."""
import os
import shutil
import subprocess
import tempfile

import tap

SOURCE = os.environ["SMALLFIO_SOURCE"]
COMPILER = [*os.environ["SMALLFIO_CC"].split(), "-m32"]
CROSS = f"""[binaries]
c = {COMPILER}
[host_machine]
system = 'linux'
cpu_family = 'x86'
cpu = 'i686'
endian = 'little'
"""


def has_32_bits():
    return subprocess.run([*COMPILER, "-E", "-"], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False).returncode == 0


def refused(t):
    meson = shutil.which("meson")
    if not meson or not has_32_bits():
        raise tap.Unavailable(f"no meson, or no {' '.join(COMPILER)}")
    with tempfile.TemporaryDirectory(prefix="smallfio-machine-") as scratch:
        cross = os.path.join(scratch, "cross")
        with open(cross, "w", encoding="ascii") as f:
            f.write(CROSS)
        done = subprocess.run(
            [meson, "setup", os.path.join(scratch, "build"), SOURCE,
             "--cross-file", cross], capture_output=True, text=True,
            timeout=60, check=False)
    t.ok(done.returncode, "meson fails", done.stdout)
    t.contains(done.stdout, ["smallfio is for 64-bit machines: pointers of "
                             "x86 have 4 bytes"], "says why")


tap.main(refused)
