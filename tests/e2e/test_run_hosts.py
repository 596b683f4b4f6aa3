# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio run --host-set: three hosts with a real sshd each. It starts
their fio servers, and whatever happens, nothing of it is left on any host."""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time

import cluster
import fio
import mounts
import smallfile
import ssh
import tap
import tree

cluster.enter_namespaces()

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
HOSTS = ["h1", "h2", "h3"]
FILES = 60


class Place:
    """Three hosts, and one without an engine."""

    def __init__(self):
        self.space = mounts.Workspace()
        # What others on this machine have left.
        self.others = set(os.listdir("/tmp"))
        # Hosts see what was mounted before they started.
        self.slow = self.space.far_away(delay_us=30000)
        self.cluster = cluster.Cluster(4, self.space.path, serve=False)
        self.ssh = ssh.Ssh(self.space.dir("ssh"))
        no_engine = cluster.without_engine(self.space)
        path = f"{os.path.dirname(fio.FIO)}:{os.environ['PATH']}"
        for host in self.cluster.hosts:
            # A host sees its own processes.
            host.call("mount", "-t", "proc", "proc", "/proc")
            libraries = no_engine if host.name == "h4" \
                else os.environ["LD_LIBRARY_PATH"]
            self.ssh.serve(host.address,
                           lambda argv, host=host: host.popen(*argv),
                           f"SetEnv LD_LIBRARY_PATH={libraries} PATH={path}\n")

    def start(self, name, hosts, *arguments, top=None, files=None):
        def limit():
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, files)
        where = self.space.dir(name.replace(",", "-"))
        self.top = top or os.path.join(where, "top")
        self.results = os.path.join(where, "r")
        return subprocess.Popen(
            [SMALLFIO, "run", "--host-set", hosts, "--ssh", self.ssh.command(),
             "--top", self.top, "--run-dir", "r", *map(str, arguments)],
            cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, preexec_fn=limit)

    def run(self, *arguments, **options):
        began = time.monotonic()
        done = self.start(*arguments, **options)
        done.out, done.err = done.communicate(timeout=150)
        done.both = done.out + done.err
        done.seconds = time.monotonic() - began
        return done

    def clients(self):
        """Directories of runs here. Others on this machine may have some."""
        found = []
        for name in os.listdir("/tmp"):
            try:
                with open(f"/tmp/{name}/run", encoding="utf-8") as f:
                    if name.startswith("smallfio-client-") and \
                            self.space.path in f.read():
                        found.append(name)
            except OSError:
                continue
        return found

    def is_clean(self, t, label, lost=0):
        """No fio, no ssh session, no socket: here and on any host. A run that
        was killed has left a directory here."""
        def left():
            return {host.name: host.processes("fio.*--server")
                    for host in self.cluster.hosts}

        def directories():
            return [name for name in set(os.listdir("/tmp")) - self.others
                    if re.match("smallfio-[0-9a-f]{16}-", name)]

        t.ok(cluster.until(lambda: not any(left().values())),
             f"{label}: no server is left", left())
        t.ok(cluster.until(lambda: not directories()),
             f"{label}: no directory of a server is left", directories())
        t.equal(len(self.clients()), lost, f"{label}: no socket is left")

    def stop(self):
        self.ssh.stop()
        self.cluster.stop()


def whole(t, place):
    done = place.run("whole", "h[1-3]", "--files", FILES, "--file-size", 4,
                     "--operation", "create,read", "--permute-host-dirs", "Y",
                     "--finish", "Y",
                     "--response-times", "Y", "--output-json", "o.json")
    t.ok(done.returncode in (0, 4), "three hosts: runs", done.both)
    expected = [path for host in HOSTS for thread in range(2)
                for path in smallfile.Layout(place.top, host, thread,
                                             FILES).paths()]
    t.same_set([path for path in tree.files_below(place.top)
                if "network_shared" not in path], expected,
               "three hosts: each has its tree, by the name that was typed")
    for host in HOSTS:
        t.contains(done.out, [f"host = {host},thr = 00", f"host = {host},thr = 01"],
                   f"three hosts: {host} is in the result")
    t.equal(done.out.count(f"total files = {6 * FILES}"), 2,
            "three hosts: all files of both operations", done.out)
    with open(os.path.join(place.results, "job.fio"), encoding="utf-8") as f:
        text = f.read()
    t.contains(text, ["permute_hosts=h[1-3]", "gate_hosts=3"],
               "three hosts: the job file")
    with open(os.path.join(os.path.dirname(place.results), "o-create.json"),
              encoding="utf-8") as f:
        written = json.load(f)
    t.equal((written["params"]["host_set"], written["params"]["total_hosts"],
             sorted(written["results"]["host"])), ("h1,h2,h3", 3, HOSTS),
            "three hosts: JSON")
    result = subprocess.run([SMALLFIO, "result", place.results],
                            capture_output=True, text=True)
    # So few files may be too little for an answer (4), and are no failure.
    t.equal(result.returncode in (0, 4), done.returncode in (0, 4),
            "three hosts: smallfio result says the same")
    t.equal(os.listdir(place.top), ["file_dstdir", "file_srcdir"],
            "three hosts: nothing but the tree is left below --top")
    # A run's directory knows its hosts: one that fio left out is named.
    with open(os.path.join(place.results, "hosts.list"), "a",
              encoding="utf-8") as f:
        f.write("sock:h9\n")
    result = subprocess.run([SMALLFIO, "result", place.results],
                            capture_output=True, text=True)
    t.ok(result.returncode == 3 and "h9" in result.stdout,
         "a host that is not in the result is named", result.stdout)
    place.is_clean(t, "three hosts")
    done = place.run("cleaned", "h1,h2,h3", "--files", FILES, "--operation",
                     "create", "--cleanup", "--samples", 2)
    t.equal(os.listdir(place.top), [],
            "three hosts, --cleanup: nothing is left")
    t.equal(done.out.count(f"total files = {6 * FILES}"), 2,
            "three hosts: two samples", done.both)


def swept(t, place):
    """Rates are those of each thread, and all hosts have them at once."""
    done = place.run("swept", "h[1-3]", "--files", FILES, "--file-size", 4,
                     "--operation", "create,stat", "--rate-sweep", "20,40",
                     "--seconds", 1, "--limit", "p50 < 10s")
    t.equal(done.returncode, 0, "a sweep of three hosts succeeds", done.both)
    with open(os.path.join(place.results, "sweep.json"),
              encoding="utf-8") as f:
        found = json.load(f)
    t.equal((found["threads"],
             [round(s["asked_units_per_s"]) for s in found["steps"]]),
            (6, [120, 240]), "the rates of six threads add up", found)
    t.ok(all(abs(s["units"] - s["asked_units_per_s"]) < 30
             for s in found["steps"]), "all of them did as many", found)
    place.is_clean(t, "a sweep")


def given(t, place):
    """Servers that run already are used, and stay."""
    for host in place.cluster.hosts[:2]:
        host.serve()
    for host in place.cluster.hosts[:2]:
        host.ready()
    done = place.run("given", "h1,h2", "--servers", "--files", FILES,
                     "--operation", "create,cleanup",
                     "--network-sync-dir", place.space.dir("given-sync"),
                     top=place.space.dir("given-top"))
    t.ok(done.returncode in (0, 4), "--servers: runs", done.both)
    t.equal(done.out.count(f"total files = {4 * FILES}"), 2,
            "--servers: all files of both operations", done.out)
    for host in place.cluster.hosts[:2]:
        t.ok(host.processes("fio.*--server"), f"--servers: {host.name}'s stays")
        for pid in host.processes("fio.*--server"):
            os.kill(pid, signal.SIGKILL)


def open_files(t, place):
    """A soft limit is raised. If the hard one is too low, nothing begins."""
    for files, code in (((12, 4096), (0, 4)), ((25, 25), (0, 4)),
                        ((24, 24), (3,))):
        done = place.run(f"files-{files[0]}", "h[1-3]", "--files", FILES,
                         "--operation", "create", files=files)
        t.ok(done.returncode in code, f"{files} open files: exit code {code}",
             done.both)
        t.equal("25 open files are needed for 3 hosts" in done.err,
                code == (3,), f"{files} open files: is told", done.both)
        place.is_clean(t, f"{files} open files")


def missing(t, place):
    """What is wrong with a host is said in one sentence, in bounded time."""
    for hosts, words in (
            ("h1,h4", ["host h4", "does not load fio-smallfile.so", "install"]),
            ("h1,h8", ["host h8", "resolve"]),
            ("h1,10.77.9.9", ["host 10.77.9.9"])):
        done = place.run(f"missing-{hosts}", hosts, "--files", 5)
        t.equal(done.returncode, 3, f"{hosts}: exit code 3")
        t.contains(done.err, words, f"{hosts}: says what is missing")
        t.ok(done.seconds < 60, f"{hosts}: in bounded time", done.seconds)
        place.is_clean(t, hosts)
    # The clock of a host, and a slow place to meet, are named beforehand.
    done = place.run("slow", "h1,h2", "--files", 5, "--network-sync-dir",
                     place.slow)
    t.equal(done.returncode, 0, "a slow place to meet: runs", done.both)
    t.contains(done.err, [f"note: host h{i}: {place.slow}/smallfio-"
                          for i in (1, 2)] + ["is slow"],
               "a slow place to meet: is named")
    # A file system that is not mounted on a host is not made up for.
    nested = os.path.join(place.space.dir("unmounted"), "a", "b")
    done = place.run("unmounted-run", "h1,h2", "--files", 5, top=nested)
    t.ok(done.returncode == 3 and
         re.search(f"host h[12]: mkdir: .*{nested}.*: No such file", done.err),
         "no directory above --top: the host says so", done.both)
    for hosts, words in (("h1,h1", ["h1", "twice"]), ("h[3-1]", ["h[1-16,20]"]),
                         ("-oProxyCommand=x", ["no host"]), (",", ["no host"])):
        done = place.run(f"wrong-{words[0]}-{len(hosts)}", hosts)
        t.equal(done.returncode, 2, f"{hosts}: wrong usage")
        t.contains(done.err, words, f"{hosts}: says {words}")


def has_begun(place):
    return cluster.until(lambda: os.path.isdir(place.top) and any(
        "network_shared" not in path for path in tree.files_below(place.top)))


LONG = ("--files", 100000, "--file-size", 0, "--pause", 2000)


def interrupted(t, place):
    done = place.start("interrupted", "h1,h2,h3", *LONG)
    t.ok(has_begun(place), "^C: it has begun")
    # Before hosts have spoken, there is only their number.
    line = next(line for line in done.stderr if "hosts at work" not in line)
    t.ok(re.search(r"create \(1 of 1\): \d+ of 600000 files, \d+ files/s, "
                   r"time left [\d:]+; (h\d \d+ %(, )?){3}\n", line),
         "without a terminal: a line, by host", line)
    done.send_signal(signal.SIGINT)
    out, err = done.communicate(timeout=100)
    t.equal(done.returncode, 3, "^C: exit code 3")
    t.contains(out + err, ["interrupted"], "^C: says so")
    place.is_clean(t, "^C")
    t.equal(os.listdir(place.top), [], "^C: the tree is gone")


def killed(t, place):
    """kill -9: nothing is left on the hosts but what they kept, and the next
    command fetches that."""
    done = place.start("killed", "h1,h2,h3", *LONG)
    lost = place.results
    t.ok(has_begun(place), "kill -9: it has begun")
    done.kill()
    done.communicate()
    place.is_clean(t, "kill -9 of smallfio run", 1)
    done = place.run("after-killed", "h1,h2", "--files", 5)
    t.equal(done.returncode, 0, "after kill -9: the next command runs",
            done.both)
    t.contains(done.err, [lost, "kept"], "after kill -9: it says what it found")
    result = subprocess.run([SMALLFIO, "result", "--verbose",
                             os.path.join(lost, "kept")],
                            capture_output=True, text=True)
    t.ok(result.returncode == 3 and "interrupted" in result.stdout and
         all(host in result.stdout for host in HOSTS),
         "after kill -9: the result has all hosts", result)
    place.is_clean(t, "after kill -9")


def lost(t, place):
    """A host whose fio is killed in mid-run, or whose ssh is."""
    for what, pattern in (("fio", r"^\S*fio --server"),
                          ("ssh", r"^sshd(-session)?: root@notty")):
        label = f"a lost {what}"
        done = place.start(f"lost-{what}", "h1,h2,h3", *LONG)
        t.ok(has_begun(place), f"{label}: the run has begun")
        # Not the shell that waits for the server's end.
        for pid in place.cluster.hosts[1].processes(pattern):
            os.kill(pid, signal.SIGKILL)
        out, err = done.communicate(timeout=120)
        t.equal(done.returncode, 3, f"{label}: exit code 3", out, err)
        t.contains(err, ["h2", "the other hosts end, too", "kept"],
                   f"{label}: is named, and what was kept is fetched")
        place.is_clean(t, label)


def failed(t, place):
    """An operation that fails on one host ends all of them."""
    top = place.space.dir("failed-top")
    first = place.run("failed-first", "h2", "--files", 20, top=top)
    t.equal(first.returncode, 0, "one host: runs", first.both)
    done = place.run("failed", "h1,h2", "--files", 20, "--operation",
                     "create,stat", top=top)
    t.equal(done.returncode, 3, "a create that fails on a host: exit code 3")
    t.contains(done.both, ["h2", "File exists", "the other hosts end, too"],
               "a create that fails on a host: is named")
    t.ok(done.seconds < 60, "a create that fails on a host: in bounded time",
         done.seconds)
    t.ok("operation: stat" not in done.out, "a create that fails: there is no "
         "result of stat", done.out)
    place.is_clean(t, "a create that fails")


def main(t):
    place = Place()
    try:
        for function in (whole, swept, given, open_files, missing, interrupted, killed, lost,
                         failed):
            function(t, place)
    finally:
        place.stop()


tap.main(main)
