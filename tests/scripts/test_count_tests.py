# SPDX-License-Identifier: GPL-2.0-only
"""Tests that count-tests adds up meson's logs and TAP files, counts programs
that were run again, and is stricter in CI."""
import json
import os
import subprocess
import sys
import tempfile

import tap

SCRIPT = os.path.join(os.environ["SMALLFIO_SOURCE"], "scripts", "count-tests")
AGAIN = "# it is tried again, so\n#   not ok 7 - a\n"


def count(paths, ci):
    environment = {k: v for k, v in os.environ.items()
                   if k not in ("CI", "SMALLFIO_CI")}
    done = subprocess.run([sys.executable, SCRIPT, *paths], timeout=60,
                          capture_output=True, text=True,
                          env={**environment, **({"CI": "true"} if ci else {})})
    return done.returncode, done.stdout.splitlines()


def build_directory(path, repeats):
    """Writes meson's logs of one program that was run again `repeats`
    times."""
    logs = os.path.join(path, "meson-logs")
    os.makedirs(logs)
    with open(f"{logs}/testlog.json", "w", encoding="utf-8") as f:
        json.dump({"name": "program", "result": "OK",
                   "stdout": AGAIN * repeats, "stderr": ""}, f)
    with open(f"{logs}/testlog.junit.xml", "w", encoding="utf-8") as f:
        f.write('<testsuites><testsuite name="smallfio.program">'
                '<testcase name="it works"/></testsuite></testsuites>')
    return path


def repeats(t):
    for number, ci, code, last in ((0, False, 0, "1 passed, 0 failed"),
                                   (5, True, 0, "1 passed, 0 failed"),
                                   (6, False, 0, "1 passed, 0 failed"),
                                   (6, True, 1, "1 passed, 1 failed")):
        with tempfile.TemporaryDirectory() as tmp:
            found = count([build_directory(f"{tmp}/build", number)], ci)
        name = f"{number} repeats{' in CI' if ci else ''}"
        t.equal((found[0], found[1][-1]), (code, last), f"{name}: the verdict",
                found)
        told = any(x.startswith(f"AGAIN {number}:") for x in found[1][-3:])
        t.equal(told, ci or number > 0, f"{name}: their number", found)


def skipped(t):
    """A skipped line in a TAP file is counted, and is a failure in CI."""
    for lines, ci, code, last in (
            ("ok 1 - a", True, 0, "1 passed, 0 failed"),
            ("ok 1 - a # SKIP b", False, 0, "0 passed, 0 failed, 1 skipped"),
            ("ok 1 - a # SKIP b", True, 1, "0 passed, 1 failed"),
            ("not ok 1 - a", False, 1, "0 passed, 1 failed"),
            ("", False, 1, "0 passed, 1 failed")):
        with tempfile.NamedTemporaryFile("w", suffix=".tap") as f:
            f.write(lines)
            f.flush()
            found = count([f.name], ci)
        t.equal((found[0], found[1][-1]), (code, last),
                f"{lines or 'nothing'}{' in CI' if ci else ''}", found)


tap.main(repeats, skipped)
