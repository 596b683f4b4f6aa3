# SPDX-License-Identifier: GPL-2.0-only
"""Tests the systemd unit of the server. systemd understands all of it and
finds it well sandboxed, and the server listens on 127.0.0.1 alone."""
import os
import re
import shutil
import subprocess

import tap

UNIT = os.environ["SMALLFIO_UNIT"]
# `systemd-analyze security` rates the exposure from 0 to 10, and calls up to
# 4.9 OK.
EXPOSURE_MAX = 2.5


def systemd_analyze(*arguments):
    if not shutil.which("systemd-analyze"):
        raise tap.Unavailable("systemd-analyze is not installed")
    return subprocess.run(["systemd-analyze", *arguments],
                          capture_output=True, text=True)


def unit(t):
    with open(UNIT, encoding="utf-8") as f:
        text = f.read()
    start = re.search(r"^ExecStart=(\S+) (.*)$", text, re.M)
    t.equal(start[2], "--server=ip:127.0.0.1",
            "the server listens on 127.0.0.1 alone")
    t.ok(os.access(start[1], os.X_OK),
         "the server's program is there", start[1])
    t.contains(text, ["User=smallfio"], "the server has a user of its own")


def verified(t):
    done = systemd_analyze("verify", "--man=no", UNIT)
    said = [line for line in (done.stdout + done.stderr).splitlines()
            if "smallfio" in line]
    t.ok(done.returncode == 0 and not said,
         "systemd understands the whole unit",
         done.stdout, done.stderr)


def sandboxed(t):
    done = systemd_analyze("security", "--offline=yes", "--no-pager", UNIT)
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    t.diag(done.stdout.strip().splitlines()[-1] if done.stdout else done.stderr)
    t.ok(found and float(found[1]) <= EXPOSURE_MAX,
         f"the unit's exposure is at most {EXPOSURE_MAX}",
         done.stdout, done.stderr)


tap.main(unit, verified, sandboxed)
