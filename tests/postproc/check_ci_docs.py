# SPDX-License-Identifier: GPL-2.0-only
"""The workflow and the job in docs/ci-gate.md: YAML of the right shape, whose
commands smallfio takes.

usage: check_ci_docs.py SMALLFIO SOURCE_ROOT
"""
import pathlib
import re
import shlex
import subprocess
import sys

import yaml

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import tap  # noqa: E402

PAGE = pathlib.Path(ROOT, "docs/ci-gate.md").read_text(encoding="utf-8")


def section(title):
    """The YAML of a section, as text."""
    return re.search(rf"^## {title}$.*?^```yaml\n(.*?)^```", PAGE,
                     re.M | re.S)[1]


def takes(t, script, what):
    """The shell can read it, and smallfio ab each of its options."""
    done = subprocess.run(["sh", "-n", "-c", script], capture_output=True,
                          text=True)
    t.equal(done.returncode, 0, f"{what}: the shell can read it", done.stderr)
    words = shlex.split(script)
    words = words[words.index("smallfio") + 1:]
    t.equal((words[0], words.count("--a"), words.count("--b")),
            ("ab", 1, 1), f"{what}: two commands")
    done = subprocess.run([SMALLFIO, *words, "--help"], capture_output=True,
                          text=True)
    t.equal(done.returncode, 0, f"{what}: smallfio takes its options",
            done.stderr)


def github(t):
    flow = yaml.safe_load(section("GitHub Actions"))
    # YAML 1.1 reads "on" as true.
    t.equal(flow[True], "pull_request", "it runs for pull requests")
    job = flow["jobs"]["gate"]
    t.equal(sorted(job), ["permissions", "runs-on", "steps"], "its keys")
    known = {"name", "uses", "with", "run", "if", "env", "working-directory"}
    for step in job["steps"]:
        t.ok(("uses" in step) != ("run" in step) and set(step) <= known,
             f"a step uses or runs something: {step.get('name', 'checkout')}")
    run = {s["name"]: s["run"] for s in job["steps"] if "name" in s}
    takes(t, run["Compare"], "GitHub")
    words = shlex.split(run["Compare"])
    t.ok("markdown=gate.md" in words and "gate.md" in run["Summary"]
         and "gate.md" in run["Comment"], "what is commented is written")


def gitlab(t):
    job = yaml.safe_load(section("GitLab"))["performance"]
    t.equal(sorted(job), ["artifacts", "image", "rules", "script"],
            "its keys")
    t.ok(all(isinstance(line, str) for line in job["script"]),
         "its script is lines")
    takes(t, job["script"][-1], "GitLab")
    t.contains(job["script"][-1],
               [f"junit={job['artifacts']['reports']['junit']}"],
               "the report that it shows is written")


tap.main(github, gitlab)
