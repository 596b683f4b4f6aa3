# SPDX-License-Identifier: GPL-2.0-only
"""Tests that cmocka-tap prints a skipped test of cmocka as skipped, with the
reason, and as a failure in CI."""
import os
import subprocess

import tap

SCRIPT = os.path.join(os.environ["SMALLFIO_SOURCE"], "tests", "lib",
                      "cmocka-tap")


def judged(text, code=0, **environment):
    others = {k: v for k, v in os.environ.items()
              if k not in ("CI", "SMALLFIO_CI")}
    done = subprocess.run([SCRIPT, "sh", "-c", 'printf "$1"; exit $2', "sh",
                           text, str(code)], env={**others, **environment},
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.splitlines()


def skips(t):
    said = "# skipped: no root"
    for point in ("not ok 1 # SKIP name", "ok 1 # SKIP name"):
        t.equal(judged(f"{said}\n{point}\n"),
                (0, [said, "ok 1 - name # SKIP no root"]), point)
        for ci in ("CI", "SMALLFIO_CI"):
            t.equal(judged(f"{said}\n{point}\n", **{ci: "true"})[1][1:],
                    ["not ok 1 - name cannot run here, and CI must: no root"],
                    f"{point}, {ci}=true")
    found = judged(f"{said}\nnot ok 1 # SKIP name\nnot ok 2 # SKIP other\n")
    t.ok(found[1][2].startswith("not ok 2"), "without a reason it has failed",
         found)
    text = ["1..2", "ok 1 - name", "not ok 2 - other", "# why"]
    t.equal(judged("\n".join(text) + "\n", 1), (1, text),
            "all else is passed on, and the exit code")


tap.main(skips)
