# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio run --host-set: three hosts with a real sshd each. It starts
their fio servers, and whatever happens, nothing of it is left on any host."""
import json
import os
import re
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
        self.cluster = cluster.Cluster(4, self.space.path, serve=False)
        self.ssh = ssh.Ssh(self.space.dir("ssh"))
        no_engine = cluster.without_engine(self.space)
        for host in self.cluster.hosts:
            # A host sees its own processes.
            host.call("mount", "-t", "proc", "proc", "/proc")
            libraries = no_engine if host.name == "h4" \
                else os.environ["LD_LIBRARY_PATH"]
            self.ssh.serve(host.address,
                           lambda argv, host=host: host.popen(*argv),
                           f"SetEnv LD_LIBRARY_PATH={libraries}\n")

    def start(self, name, hosts, *arguments, top=None):
        where = self.space.dir(name)
        self.top = top or os.path.join(where, "top")
        self.results = os.path.join(where, "r")
        return subprocess.Popen(
            [SMALLFIO, "run", "--host-set", hosts, "--ssh", self.ssh.command(),
             "--top", self.top, "--run-dir", "r", *map(str, arguments)],
            cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    def run(self, *arguments, **options):
        began = time.monotonic()
        done = self.start(*arguments, **options)
        done.out, done.err = done.communicate(timeout=150)
        done.both = done.out + done.err
        done.seconds = time.monotonic() - began
        return done

    def is_clean(self, t, label):
        """No fio, no ssh session, no socket: here and on any host."""
        def left():
            return {host.name: host.processes("fio.*--server")
                    for host in self.cluster.hosts}

        def directories():
            return [name for name in os.listdir("/tmp")
                    if re.match("smallfio-[0-9a-f]{16}-", name)]

        t.ok(cluster.until(lambda: not any(left().values())),
             f"{label}: no server is left", left())
        t.ok(cluster.until(lambda: not directories()),
             f"{label}: no directory of a server is left", directories())

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
    t.contains(text, ["permute_hosts=h1:h2:h3", "gate_hosts=3"],
               "three hosts: the job file")
    with open(os.path.join(os.path.dirname(place.results), "o-create.json"),
              encoding="utf-8") as f:
        written = json.load(f)
    t.equal((written["params"]["host_set"], written["params"]["total_hosts"],
             sorted(written["results"]["host"])), ("h1,h2,h3", 3, HOSTS),
            "three hosts: JSON")
    result = subprocess.run([SMALLFIO, "result", place.results],
                            capture_output=True, text=True)
    t.equal(result.returncode, done.returncode,
            "three hosts: smallfio result says the same")
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
    t.equal([path for path in tree.files_below(place.top)
             if "network_shared" not in path], [],
            "three hosts, --cleanup: nothing is left")
    t.equal(done.out.count(f"total files = {6 * FILES}"), 2,
            "three hosts: two samples", done.both)


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
    line = done.stderr.readline()
    t.contains(line, ["3 hosts at work for"], "without a terminal: a line")
    done.send_signal(signal.SIGINT)
    out, err = done.communicate(timeout=100)
    t.equal(done.returncode, 3, "^C: exit code 3")
    t.contains(out + err, ["interrupted"], "^C: says so")
    place.is_clean(t, "^C")
    t.equal([path for path in tree.files_below(place.top)
             if "network_shared" not in path], [], "^C: the tree is gone")


def killed(t, place):
    before = set(os.listdir("/tmp"))
    done = place.start("killed", "h1,h2,h3", *LONG)
    t.ok(has_begun(place), "kill -9: it has begun")
    done.kill()
    done.communicate()
    place.is_clean(t, "kill -9 of smallfio run")
    # Only dead sockets stay, here.
    for name in set(os.listdir("/tmp")) - before:
        if name.startswith("smallfio-client-"):
            shutil.rmtree(os.path.join("/tmp", name))


def lost(t, place):
    """A host whose fio is killed in mid-run."""
    done = place.start("lost", "h1,h2,h3", *LONG)
    t.ok(has_begun(place), "a lost host: the run has begun")
    victim = place.cluster.hosts[1]
    # Not the shell that waits for the server's end.
    for pid in victim.processes(r"^\S*fio --server"):
        os.kill(pid, signal.SIGKILL)
    time.sleep(1)
    done.send_signal(signal.SIGINT)
    out, err = done.communicate(timeout=120)
    t.equal(done.returncode, 3, "a lost host: exit code 3", out, err)
    t.contains(out + err, ["h2"], "a lost host: is named")
    place.is_clean(t, "a lost host")


def main(t):
    place = Place()
    try:
        for function in (whole, given, missing, interrupted, killed, lost):
            function(t, place)
    finally:
        place.stop()


tap.main(main)
