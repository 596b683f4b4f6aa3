# SPDX-License-Identifier: GPL-2.0-only
"""Tests the workflow and the job in docs/ci-gate.md. Their YAML has the right
shape. Their steps "Mount both" and "Compare" run as they stand there. What they
mount is delayfs, in two versions: one answers each request after 1 ms, the slow
one after 3.

A busy machine may make equal versions inconclusive, which passes there. It does
not hide a threefold delay.
"""
import os
import pathlib
import re
import shlex
import subprocess
import xml.etree.ElementTree as xml

import yaml

import mounts
import tap

mounts.enter_namespace()

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
ROOT = pathlib.Path(os.environ["SMALLFIO_SOURCE"])
PAGE = (ROOT / "docs/ci-gate.md").read_text(encoding="utf-8")
DELAYS_US = {"fast": 1000, "slow": 3000}
JOB = """[create]
ioengine=fio-smallfile.so
operation=create
rw=write
files=60
filesize=1k
"""


def section(title):
    """Returns the YAML in a section of the page."""
    return yaml.safe_load(re.search(
        rf"^## {title}$.*?^```yaml\n(.*?)^```", PAGE, re.M | re.S)[1])


class Machine:
    """A machine of the CI, with both versions of the file system."""

    def __init__(self):
        self.space = mounts.Workspace()
        self.count = 0
        self.versions = {}

    def version(self, name):
        if name not in self.versions:
            self.versions[name] = mounts.Workspace().far_away(DELAYS_US[name])
        return self.versions[name]

    def checkout(self, versions):
        """Makes a directory like that of a job, with a program `myfs` in each of
        the directories. It shows a version in the directory that it gets."""
        self.count += 1
        work = pathlib.Path(self.space.dir(f"job{self.count}"))
        for where, version in versions.items():
            program = work / where / "myfs"
            program.parent.mkdir(exist_ok=True)
            program.write_text("#!/bin/sh\nexec mount --bind "
                               f"{self.version(version)} \"$1\"\n")
            program.chmod(0o755)
            (program.parent / "perf").mkdir()
            (program.parent / "perf/create.fio").write_text(JOB)
        (work / "bin").mkdir()
        (work / "bin/smallfio").symlink_to(SMALLFIO)
        return work


def do(work, script):
    """Runs a step as a runner does."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=work, capture_output=True, text=True, timeout=150,
        env={**os.environ, "PATH": f"{work}/bin:{os.environ['PATH']}",
             "TMPDIR": str(work), "BASE": "b1", "HEAD": "h2",
             "CI_COMMIT_SHA": "h2", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "b1"})


def compares(t, machine, steps, dirs, head, code, what):
    """Runs the steps with a version of head. Checks the verdict and the files."""
    work = machine.checkout(dict(zip(dirs, ("fast", head))))
    mount, compare = steps
    done = do(work, mount)
    t.equal(done.returncode, 0, f"{what}: mounts both", done.stderr)
    mounted = [os.path.ismount(work / at) for at in ("mnt-base", "mnt-head")]
    t.equal(mounted, [True, True], f"{what}: both are mounted")
    done = do(work, compare)
    t.equal(done.returncode, code, f"{what}: exit {code}", done.stdout, done.stderr)
    words = "regression" if code else "create"
    t.contains(done.stdout, [words], f"{what}: says so")
    t.ok(xml.parse(work / "gate.xml"), f"{what}: JUnit")
    left = [os.listdir(work / at) for at in ("mnt-base", "mnt-head")]
    t.equal(left, [[], []], f"{what}: leaves nothing behind")
    for at in ("mnt-base", "mnt-head"):
        mounts.unmount(str(work / at))
    return done


def programs(t, scripts, what):
    """Checks that the shell can read each step, and that each command in it
    exists."""
    known = {"git", "make", "apt-get", "gh", "cat", "mkdir", "smallfio",
             "base/myfs", "head/myfs", "./myfs"}
    for script in scripts:
        done = subprocess.run(["bash", "-n", "-c", script],
                              capture_output=True, text=True)
        t.equal(done.returncode, 0, f"{what}: the shell can read it",
                script, done.stderr)
        for part in re.split(r"&&|\n", script.strip()):
            name = shlex.split(part)[0]
            if name == "smallfio/quickstart":
                t.ok(os.access(ROOT / "quickstart", os.X_OK),
                     f"{what}: {name} is there")
            else:
                t.ok(name in known, f"{what}: {name} is known", script)


def github(t, machine):
    flow = section("GitHub Actions")
    # YAML 1.1 reads the key "on" as true.
    t.equal(flow[True], "pull_request", "it runs for pull requests")
    job = flow["jobs"]["gate"]
    t.equal(sorted(job), ["permissions", "runs-on", "steps", "timeout-minutes"],
            "the workflow has the keys of a workflow")
    known = {"name", "uses", "with", "run", "if", "env", "working-directory"}
    for step in job["steps"]:
        t.ok(("uses" in step) != ("run" in step) and set(step) <= known,
             f"a step uses or runs something: {step.get('name', 'checkout')}")
    run = {s["name"]: s["run"] for s in job["steps"] if "name" in s}
    programs(t, run.values(), "GitHub")
    words = shlex.split(run["Compare"])
    t.ok("markdown=gate.md" in words and "gate.md" in run["Summary"]
         and "gate.md" in run["Comment"], "what is commented is written")
    steps = run["Mount both"], run["Compare"]
    done = compares(t, machine, steps, ("base", "head"), "slow", 1,
                    "GitHub, slow")
    t.contains(done.stdout, ["::error title=smallfio gate"], "annotations")


def gitlab(t, machine):
    job = section("GitLab")["performance"]
    t.equal(sorted(job), ["artifacts", "image", "rules", "script", "timeout"],
            "its keys")
    t.ok(all(isinstance(line, str) for line in job["script"]),
         "its script is lines")
    programs(t, job["script"], "GitLab")
    t.contains(job["script"][-1],
               [f"junit={job['artifacts']['reports']['junit']}"],
               "the report that it shows is written")
    compares(t, machine, job["script"][-2:], ("base", "."), "fast", 0,
             "GitLab, equal")


tap.main(*tap.sharing(Machine, github, gitlab))
