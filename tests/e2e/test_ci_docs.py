# SPDX-License-Identifier: GPL-2.0-only
"""Tests the workflow and the job in docs/ci-gate.md. Their YAML has the right
shape. Their steps run as they stand there, from the check-out to the comment,
with an equal and a slow head. What they mount is delayfs, with a process for
each mount: it answers each request after 1 ms, the slow one after 3.

A busy machine may make equal versions inconclusive, which passes there. It does
not hide a threefold delay.
"""
import http.server
import json
import os
import pathlib
import re
import shlex
import subprocess
import threading
import urllib.parse
import xml.etree.ElementTree as xml

import yaml

import mounts
import tap

mounts.enter_namespace()

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
DELAYFS = os.environ.get("SMALLFIO_DELAYFS")
ROOT = pathlib.Path(os.environ["SMALLFIO_SOURCE"])
PAGE = (ROOT / "docs/ci-gate.md").read_text(encoding="utf-8")
DELAYS_US = {"equal": 1000, "slow": 3000}
MARK = "<!-- smallfio: performance -->"
JOB = """[create]
ioengine=fio-smallfile.so
operation=create
rw=write
files=60
filesize=1k
"""
# A file system that goes into the background, as others do. A test that is
# killed cannot unmount it, so it ends by itself.
MYFS = """#!/bin/sh
timeout 400 {delayfs} "$1" -f -o delay_us={delay} </dev/null >/dev/null 2>&1 &
for i in $(seq 200); do mountpoint -q "$1" && exit; sleep 0.05; done
exit 1
"""
# What the workflow asks of `gh api`, on a file of comments.
GH = """#!/usr/bin/env python3
import json, os, subprocess, sys
args = sys.argv[1:]
assert args.pop(0) == "api" and os.environ["GH_TOKEN"] == "secret", args
issues = "repos/us/fs/issues"
with open(os.environ["COMMENTS"]) as f:
    comments = json.load(f)
paths = [a for a in args if a.startswith("repos/")]
if "--jq" in args:
    assert paths == [issues + "/7/comments"], args
    sys.exit(subprocess.run(["jq", "-r", args[args.index("--jq") + 1]], text=True,
                            input=json.dumps(comments)).returncode)
name, _, path = args[args.index("-F") + 1].partition("=@")
assert name == "body", args
with open(path) as f:
    body = f.read()
if "PATCH" in args:
    at, = (c for c in comments if paths == [issues + "/comments/%d" % c["id"]])
    at["body"] = body
else:
    assert paths == [issues + "/7/comments"], args
    comments.append({"id": len(comments) + 1, "body": body,
                     "user": {"type": "Bot"}})
with open(os.environ["COMMENTS"], "w") as f:
    json.dump(comments, f)
"""


def section(title):
    """Returns the YAML in a section of the page."""
    return yaml.safe_load(re.search(
        rf"^## {title}$.*?^```yaml\n(.*?)^```", PAGE, re.M | re.S)[1])


def git(*args, cwd):
    return subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@x", *map(str, args)],
        cwd=cwd, check=True, capture_output=True, text=True).stdout.strip()


class Machine:
    """A machine of the CI, with a repository from which it checks out. A branch
    comes from `base`. Meanwhile others have changed the target branch, and its
    tip is `tip`. `merge` is both, merged."""

    def __init__(self):
        mounts.need_namespace()
        if not DELAYFS or not os.path.exists("/dev/fuse"):
            raise mounts.Unavailable("no delayfs (libfuse3-dev) or no /dev/fuse")
        self.space = mounts.Workspace()
        self.count = 0
        self.origin = pathlib.Path(self.space.dir("origin"))
        git("init", "-q", "-b", "main", cwd=self.origin)
        (self.origin / "perf").mkdir()
        (self.origin / "perf/create.fio").write_text(JOB)
        git("add", ".", cwd=self.origin)
        self.base = self.commit("base")
        git("checkout", "-q", "-b", "work", cwd=self.origin)
        self.head = self.commit("head")
        git("checkout", "-q", "main", cwd=self.origin)
        self.tip = self.commit("tip")
        git("checkout", "-q", "--detach", cwd=self.origin)
        git("merge", "-q", "--no-edit", "work", cwd=self.origin)
        self.merge = git("rev-parse", "HEAD", cwd=self.origin)

    def commit(self, name):
        (self.origin / f"{name}.txt").write_text(name)
        git("add", f"{name}.txt", cwd=self.origin)
        git("commit", "-q", "-m", name, cwd=self.origin)
        return git("rev-parse", "HEAD", cwd=self.origin)

    def work(self):
        """Returns a directory for a job, with smallfio in its PATH."""
        self.count += 1
        work = pathlib.Path(self.space.dir(f"job{self.count}"))
        programs = pathlib.Path(self.space.dir(f"bin{self.count}"))
        (programs / "smallfio").symlink_to(SMALLFIO)
        (programs / "gh").write_text(GH)
        (programs / "gh").chmod(0o755)
        return work, {"PATH": f"{programs}:{os.environ['PATH']}",
                      "TMPDIR": str(programs)}

    def check_out(self, commit, to):
        git("clone", "-q", f"file://{self.origin}", to, cwd=self.origin)
        git("checkout", "-q", commit, cwd=to)


def build(directory, version):
    """Makes the program that mounts the file system."""
    program = directory / "myfs"
    program.write_text(MYFS.format(delayfs=DELAYFS, delay=DELAYS_US[version]))
    program.chmod(0o755)


def do(work, script, env):
    """Runs a step as a runner does."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=work, capture_output=True, text=True, timeout=150,
        env={**os.environ, **env})


def compares(t, work, env, steps, version, commits, what):
    """Runs the steps that mount and compare. Checks the verdict and the files."""
    code = 1 if version == "slow" else 0
    mount, compare = steps
    done = do(work, mount, env)
    t.equal(done.returncode, 0, f"{what}: mounts both", done.stderr)
    places = [work / at for at in ("mnt-base", "mnt-head")]
    t.equal([os.path.ismount(at) for at in places], [True, True],
            f"{what}: both are mounted")
    t.ok(places[0].stat().st_dev != places[1].stat().st_dev,
         f"{what}: by a process each")
    done = do(work, compare, env)
    t.equal(done.returncode, code, f"{what}: exit {code}", done.stdout, done.stderr)
    t.contains(done.stdout, ["regression" if code else "create"],
               f"{what}: says so")
    t.ok(xml.parse(work / "gate.xml"), f"{what}: JUnit")
    text = (work / "gate.md").read_text(encoding="utf-8")
    t.contains(text, [f"{commits[0]} against {commits[1]}", "### smallfio gate"],
               f"{what}: the text names the commits")
    t.equal([os.listdir(at) for at in places], [[], []],
            f"{what}: leaves nothing behind")
    for at in places:
        mounts.unmount(str(at))
    return done


def edits_one(t, read, comment, work, what):
    """The first comment is a new one, and later ones change that. Comments of
    others stay, also one of another workflow."""
    others = read()
    for text in ("first", "second"):
        (work / "gate.md").write_text(text)
        done = comment()
        t.equal(done.returncode, 0, f"{what}, {text}: comments", done.stdout,
                done.stderr)
        t.equal(read(), [*others, f"{MARK}\n{text}"],
                f"{what}, {text}: one comment")


def programs(t, scripts, what):
    """Checks that the shell can read each step, and that each command in it
    exists."""
    known = {"git", "make", "apt-get", "cat", "mkdir", "smallfio", "base/myfs",
             "head/myfs", "./myfs"}
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


def expand(text, facts):
    """Puts in GitHub's expressions."""
    return re.sub(r"\$\{\{ *([\w.]+) *\}\}", lambda m: facts[m[1]], text)


def github(t, machine):
    flow = section("GitHub Actions")
    # YAML 1.1 reads the key "on" as true.
    t.equal(flow[True], "pull_request", "it runs for pull requests")
    job = flow["jobs"]["gate"]
    t.equal(sorted(job), ["env", "permissions", "runs-on", "steps",
                          "timeout-minutes"],
            "the workflow has the keys of a workflow")
    known = {"name", "uses", "with", "run", "if", "env"}
    for step in job["steps"]:
        t.ok(("uses" in step) != ("run" in step) and set(step) <= known,
             f"a step uses or runs something: {step.get('name', 'checkout')}")
    run = {s["name"]: s["run"] for s in job["steps"] if "name" in s}
    programs(t, [script for name, script in run.items() if name != "Comment"],
             "GitHub")
    words = shlex.split(run["Compare"])
    t.ok("markdown=gate.md" in words and "gate.md" in run["Summary"]
         and "gate.md" in run["Comment"], "what is commented is written")
    facts = {"github.event.pull_request.base.sha": machine.tip,
             "github.event.pull_request.head.sha": machine.head,
             "github.event.number": "7", "github.repository": "us/fs",
             "github.token": "secret"}
    for name, value in job["env"].items():
        facts[f"env.{name}"] = expand(value, facts)
    for version in DELAYS_US:
        what = f"GitHub, {version}"
        work, env = machine.work()
        env.update((n, facts[f"env.{n}"]) for n in job["env"])
        for step in job["steps"]:
            if "uses" in step:
                t.equal(step["uses"], "actions/checkout@v4", f"{what}: checks out")
                # Without a ref, the runner gets the merged branch.
                ref = step["with"].get("ref")
                machine.check_out(expand(ref, facts) if ref else machine.merge,
                                  work / step["with"]["path"])
        commits = [git("rev-parse", "HEAD", cwd=work / at)
                   for at in ("base", "head")]
        t.equal(commits, [machine.tip, machine.head], f"{what}: two commits")
        build(work / "base", "equal")
        build(work / "head", version)
        done = compares(t, work, env, (run["Mount both"], run["Compare"]), version,
                        commits, what)
        if version == "slow":
            t.contains(done.stdout, ["::error title=smallfio gate"],
                       f"{what}: annotations")
    step, = (s for s in job["steps"] if s.get("name") == "Comment")
    env.update((n, expand(v, facts)) for n, v in step["env"].items())
    env["COMMENTS"] = str(work / "comments.json")
    pathlib.Path(env["COMMENTS"]).write_text(json.dumps(
        [{"id": 1, "body": "of another workflow", "user": {"type": "Bot"}},
         {"id": 2, "body": f"{MARK} of a person", "user": {"type": "User"}}]))

    def read():
        with open(env["COMMENTS"], encoding="utf-8") as f:
            return [c["body"] for c in json.load(f)]
    edits_one(t, read, lambda: do(work, step["run"], env), work, "GitHub")


class Notes(http.server.BaseHTTPRequestHandler):
    """What the job asks of GitLab."""

    def answer(self, value):
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def note(self):
        """Returns the note's number, or None, and the text that was sent."""
        path = re.fullmatch(r"/api/projects/5/merge_requests/7/notes(?:/(\d+))?"
                            r"(?:\?sort=asc&per_page=100)?", self.path)
        if not path or self.headers["PRIVATE-TOKEN"] != "secret":
            self.send_error(404)
            return None
        length = int(self.headers.get("Content-Length", 0))
        sent = urllib.parse.parse_qs(self.rfile.read(length).decode())
        return path[1] and int(path[1]), sent.get("body", [None])[0]

    def do_GET(self):
        if self.note():
            self.answer(self.server.notes)

    def do_POST(self):
        if note := self.note():
            self.server.notes.append({"id": len(self.server.notes) + 1,
                                      "body": note[1]})
            self.answer(self.server.notes[-1])

    def do_PUT(self):
        if note := self.note():
            self.server.notes[note[0] - 1]["body"] = note[1]
            self.answer(self.server.notes[note[0] - 1])

    def log_message(self, *_):
        pass


def gitlab(t, machine):
    job = section("GitLab")["performance"]
    t.equal(sorted(job), ["after_script", "artifacts", "image", "rules", "script",
                          "timeout"], "its keys")
    t.ok(all(isinstance(line, str) for line in job["script"]),
         "its script is lines")
    programs(t, job["script"], "GitLab")
    t.contains(job["script"][-1],
               [f"junit={job['artifacts']['reports']['junit']}"],
               "the report that it shows is written")
    for version in DELAYS_US:
        what = f"GitLab, {version}"
        work, env = machine.work()
        machine.check_out(machine.head, work)
        env.update(CI_COMMIT_SHA=machine.head,
                   CI_MERGE_REQUEST_DIFF_BASE_SHA=machine.base,
                   CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main")
        check_out = [line for line in job["script"]
                     if re.match(r"git (fetch|worktree)", line)]
        # A runner that keeps its directory cleans it so before the next job.
        for line in [*check_out, "git clean -ffdx", *check_out]:
            done = do(work, line, env)
            t.equal(done.returncode, 0, f"{what}: {line}", done.stderr)
        commits = [git("rev-parse", "HEAD", cwd=at) for at in (work / "base", work)]
        t.equal(commits, [machine.base, machine.head], f"{what}: two commits")
        build(work / "base", "equal")
        build(work, version)
        compares(t, work, env, job["script"][-2:], version, commits, what)
    server = http.server.HTTPServer(("127.0.0.1", 0), Notes)
    server.notes = [{"id": 1, "body": "of a person"}]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env.update(CI_API_V4_URL=f"http://127.0.0.1:{server.server_port}/api",
               CI_PROJECT_ID="5", CI_MERGE_REQUEST_IID="7")
    comment, = job["after_script"]
    done = do(work, comment, env)
    t.equal((done.returncode, len(server.notes)), (0, 1),
            "GitLab: without a token no comment", done.stderr)
    env["GATE_TOKEN"] = "secret"
    edits_one(t, lambda: [note["body"] for note in server.notes],
              lambda: do(work, comment, env), work, "GitLab")
    server.shutdown()


tap.main(*tap.sharing(Machine, github, gitlab))
