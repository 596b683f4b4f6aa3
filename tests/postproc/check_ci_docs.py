# SPDX-License-Identifier: GPL-2.0-only
"""Tests the workflow and the job in docs/ci-gate.md. Their YAML has the right
shape. Their comparison is run as it stands there, with a fio that only writes
results.

usage: check_ci_docs.py SMALLFIO SOURCE_ROOT
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

import yaml

SMALLFIO, ROOT = map(os.path.abspath, sys.argv[1:3])
sys.path.insert(0, f"{ROOT}/tests/lib")
import runs  # noqa: E402
import tap   # noqa: E402

PAGE = pathlib.Path(ROOT, "docs/ci-gate.md").read_text(encoding="utf-8")


def section(title):
    """Returns the YAML in a section of the page, as text."""
    return re.search(rf"^## {title}$.*?^```yaml\n(.*?)^```", PAGE,
                     re.M | re.S)[1]


def takes(t, script, what):
    """Checks that the shell can read a script, and that smallfio ab knows each
    option in it."""
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


FIO = """#!/bin/sh
for word; do case "$word" in
--output=*) out=${{word#--output=}};;
--output-format=json+) format=y;;
--*) echo "no such option: $word" >&2; exit 1;;
*) job=$word;;
esac; done
grep -q '^directory=${{DIR}}$' "$job" && test -d "$DIR" && test $format || exit 1
echo "$LD_LIBRARY_PATH $job" >>{tmp}/ran
n=$(wc -l <{tmp}/ran)
case "$LD_LIBRARY_PATH" in {slow}) ms=1200;; *) ms=1000;; esac
sed "s/12345/$((ms + n * 7 % 13))/; s/1700000000/$((1600000000 + n))/g" \\
    {tmp}/template.json >"$out"
"""


def do(script, where, slow):
    """Runs a step as a runner of the CI does, with its shell and environment.
    The engine in the directory `slow` is slow."""
    (where / "bin").mkdir(exist_ok=True)
    for name, text in (("fio", FIO.format(tmp=where, slow=slow)),
                       ("smallfio", f'#!/bin/sh\nexec {SMALLFIO} "$@"\n'),
                       # A runner is removed with its temporary files. Here
                       # they must go into the test's directory.
                       ("mktemp", f"#!/bin/sh\nexec /usr/bin/mktemp -d -p {where}\n")):
        (where / "bin" / name).write_text(text)
        (where / "bin" / name).chmod(0o755)
    runs.write(where / "template.json", runs.entry(runtime_ms=12345))
    (where / "ran").write_text("")
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=where / "work", capture_output=True, text=True, timeout=60,
        env={**os.environ, "PATH": f"{where}/bin:{os.environ['PATH']}",
             "TMPDIR": str(where)})


def compares(t, script, job, engines, what):
    """Runs the comparison as it stands on the page, with a good and a slow
    engine. Checks the verdict and the files."""
    for slow, code in (("nothing", 0), (engines[1], 1)):
        with tempfile.TemporaryDirectory(prefix="smallfio-ci-") as tmp:
            where = pathlib.Path(tmp)
            (where / "work" / job).parent.mkdir(parents=True)
            (where / "work" / job).write_text("directory=${DIR}\n")
            done = do(script, where, f"*/work{slow}")
            t.equal(done.returncode, code, f"{what}: exit {code}",
                    done.stdout, done.stderr)
            ran = {line.replace(f"{where}/work", "")
                   for line in (where / "ran").read_text().splitlines()}
            t.equal(ran, {f"{engine} /{job}" for engine in engines},
                    f"{what}: both engines, one job")
            t.ok(xml.parse(where / "work/gate.xml"), f"{what}: JUnit")
    return done


def programs(t, scripts, what):
    """Checks that the shell can read every step, and that each command in it
    exists."""
    known = {"git", "make", "apt-get", "gh", "cat"}
    for script in scripts:
        done = subprocess.run(["bash", "-n", "-c", script],
                              capture_output=True, text=True)
        t.equal(done.returncode, 0, f"{what}: the shell can read it",
                script, done.stderr)
        for part in re.split(r"&&|\n", script.strip()):
            words = [w for w in shlex.split(part)
                     if not re.match(r"[A-Z]+=", w)]
            name = words[0]
            if name == "smallfio/quickstart":
                t.ok(os.access(f"{ROOT}/quickstart", os.X_OK),
                     f"{what}: {name} is there")
            elif name != "smallfio":
                t.ok(name in known, f"{what}: {name} is known", script)


def github(t):
    flow = yaml.safe_load(section("GitHub Actions"))
    # YAML 1.1 reads the key "on" as true.
    t.equal(flow[True], "pull_request", "it runs for pull requests")
    job = flow["jobs"]["gate"]
    t.equal(sorted(job), ["permissions", "runs-on", "steps"],
            "the workflow has the keys of a workflow")
    known = {"name", "uses", "with", "run", "if", "env", "working-directory"}
    for step in job["steps"]:
        t.ok(("uses" in step) != ("run" in step) and set(step) <= known,
             f"a step uses or runs something: {step.get('name', 'checkout')}")
    run = {s["name"]: s["run"] for s in job["steps"] if "name" in s}
    programs(t, run.values(), "GitHub")
    takes(t, run["Compare"], "GitHub")
    done = compares(t, run["Compare"], "new/perf/create.fio",
                    ("/old", "/new"), "GitHub")
    t.contains(done.stdout, ["::error title=smallfio gate"], "annotations")
    words = shlex.split(run["Compare"])
    t.ok("markdown=gate.md" in words and "gate.md" in run["Summary"]
         and "gate.md" in run["Comment"], "what is commented is written")


def gitlab(t):
    job = yaml.safe_load(section("GitLab"))["performance"]
    t.equal(sorted(job), ["artifacts", "image", "rules", "script"],
            "its keys")
    t.ok(all(isinstance(line, str) for line in job["script"]),
         "its script is lines")
    programs(t, job["script"], "GitLab")
    takes(t, job["script"][-1], "GitLab")
    compares(t, job["script"][-1], "perf/create.fio", ("/old", ""), "GitLab")
    t.contains(job["script"][-1],
               [f"junit={job['artifacts']['reports']['junit']}"],
               "the report that it shows is written")


tap.main(github, gitlab)
