# SPDX-License-Identifier: GPL-2.0-only
"""Tests `smallfio check`. For everything that can be wrong with a host it
prints a sentence with the host's name, in bounded time, and still checks the
other hosts."""
import os
import re
import resource
import subprocess
import time

import cluster
import fio
import impostor
import mounts
import tap

cluster.enter_namespaces()

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
HERE = f"{cluster.SUBNET}.255.254"


class Check:
    def __init__(self, space, job, hosts, *arguments, files=None):
        def limit():
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, files)
        name = f"{time.monotonic_ns()}"
        self.hosts = os.path.join(space.path, f"hosts-{name}")
        self.job = os.path.join(space.path, f"job-{name}")
        with open(self.hosts, "w", encoding="utf-8") as f:
            f.writelines(f"{host}\n" for host in hosts)
        with open(self.job, "w", encoding="utf-8") as f:
            f.write(job)
        start = time.monotonic()
        scratch = os.path.join(space.path, f"scratch-{name}")
        os.mkdir(scratch)
        done = subprocess.run([SMALLFIO, "check", "--hosts", self.hosts,
                               *arguments, self.job], capture_output=True,
                              text=True, timeout=120, preexec_fn=limit,
                              env={**os.environ, "TMPDIR": scratch})
        self.seconds = time.monotonic() - start
        self.rc, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.left = os.listdir(scratch)

    def said_of(self, host):
        """Returns the sentences about a host."""
        return "\n".join(re.findall(rf"^{re.escape(host)}: .*", self.out,
                                    re.M))

    def __str__(self):
        return (f"exit {self.rc} after {self.seconds:.1f} s\n{self.out}"
                f"{self.err}")


class Place:
    """Three hosts with one directory for files and one for the start
    barrier."""

    def __init__(self):
        self.space = mounts.Workspace()
        self.top = self.space.dir("top")
        self.gate = self.space.dir("gate")
        self.cluster = cluster.Cluster(3, self.space.path)
        self.names = [host.name for host in self.cluster.hosts]

    def job(self, *sections, **options):
        sections = sections or [fio.section("create"), fio.section("stat")]
        return fio.job_text(fio.stonewalled(sections),
                            **{"directory": self.top, "gate": self.gate,
                               "gate_hosts": 3, "numjobs": 2, "files": 100,
                               "filesize": "4k", **options})

    def check(self, job, hosts=None, *arguments, **options):
        return Check(self.space, job, hosts or self.names, *arguments,
                     **options)


def all_good(t, place):
    found = place.check(place.job())
    t.equal(found.rc, 0, "three good hosts: exit code 0", found)
    rows = [line.split() for line in found.out.splitlines()
            if line.startswith("h")][1:4]
    t.equal([row[:4] for row in rows],
            [[name, name, "fio-" + rows[0][2][4:], "loads"]
             for name in place.names],
            "three good hosts: each has a row", found)
    t.contains(found.out, [place.top, place.gate, "3 hosts can run"],
               "the table has the directories")
    t.equal([os.listdir(place.top), os.listdir(place.gate), found.left],
            [[], [], []], "nothing was done, and nothing is left")
    # 2 threads x 100 files, each of which takes a block of 4 KiB.
    t.contains(found.out, ["800.0 KiB"], "it says what the job needs")


def open_files(t, place):
    """fio's client needs a descriptor for each host, and leaves out a host
    for which there is none."""
    for files, words in (((10, 4096), ["first run `ulimit -n 11`"]),
                         ((10, 10), ["raise the hard limit"]), ((11, 11), None)):
        found = place.check(place.job(), files=files)
        t.equal(found.rc, 3 if words else 0, f"{files} open files: exit code",
                found)
        if words:
            t.contains(found.err, ["11 open files are needed for 3 hosts, and "
                                   "10 are allowed", *words],
                       f"{files} open files: says what to do")
    for number, seen in ((9, 3), (8, 2)):
        client = subprocess.run(
            ["prlimit", f"--nofile={number}", fio.FIO,
             "--output-format=json", "--output=out.json",
             f"--client={found.hosts}", found.job], capture_output=True,
            text=True, timeout=120, cwd=place.space.dir(f"files-{number}"))
        with open(place.space.path + f"/files-{number}/out.json") as f:
            out = f.read()
        t.equal(len({h for h in place.names if f'"hostname" : "{h}"' in out}),
                seen, f"fio's client with {number} open files: hosts",
                f"{client.returncode} {client.stderr}")


def bad_hosts(t, place):
    """All kinds of bad hosts in one list: each gets its sentence."""
    first, second, _ = place.cluster.hosts
    impostors = {what: impostor.Impostor(behave, HERE) for what, behave in
                 (("version", impostor.another_version),
                  ("closes", impostor.closes))}
    first.serve(port=9001, env={
        "LD_LIBRARY_PATH": cluster.without_engine(place.space)})
    first.serve(port=9002,
                env={"LD_LIBRARY_PATH": os.environ["SMALLFIO_OTHER_ENGINE"]})
    second.serve(port=9003, listen="0.0.0.0")
    for host, port in ((first, 9001), (first, 9002), (second, 9003)):
        host.ready(port)
    typed = {"refused": "h1,9000", "unknown": "no-such-host.invalid",
             "no engine": "h1,9001", "other engine": "h1,9002",
             "twice": "h2,9003",
             **{what: f"{HERE},{i.port}" for what, i in impostors.items()}}
    found = place.check(place.job(), [*place.names, *typed.values()])
    t.equal(found.rc, 3, "bad hosts: exit code 3", found)
    expected = {"refused": ["Connection refused", "9000"],
                "unknown": ["no fio server can be reached"],
                "no engine": ["does not load fio-smallfile.so", "ldconfig"],
                "other engine": ["built for another fio", "fio-0.0-other"],
                "twice": ["calls itself h2", "listens on all addresses"],
                "version": ["another version"],
                "closes": ["closed the connection", "another version"]}
    for what, words in expected.items():
        t.contains(found.said_of(typed[what]), words,
                   f"{what}: the sentence names the host and the cause")
    t.equal([found.said_of(name) for name in place.names], ["", "", ""],
            "bad hosts: the good hosts are found good")


def public_address(t, place):
    """A server at a public address causes a warning. The address here is one
    of those reserved for documents, and never leaves the namespaces."""
    host = place.cluster.hosts[1]
    subprocess.run(["ip", "address", "add", "198.51.100.254/24", "dev",
                    "bridge"], check=True)
    host.call("ip", "address", "add", "198.51.100.2/24", "dev", "eth0")
    host.serve(port=9004, listen="198.51.100.2")
    t.ok(cluster.until(lambda: cluster.listens("198.51.100.2", 9004)),
         "public address: a server listens there")
    found = place.check(place.job(), ["h1", "198.51.100.2,9004", "h3"])
    t.equal(found.rc, 0, "public address: the job can run", found)
    t.contains(found.said_of("198.51.100.2,9004"),
               ["warning", "public address 198.51.100.2",
                "can run any command", "ssh"],
               "public address: it warns, and says what to do")
    t.equal([found.said_of("h1"), found.said_of("h3")], ["", ""],
            "public address: no warning about private ones")


def tunnels(t, place):
    """A server listens at one address, and tunnels lead there. One of them has
    a public address on the server's own host, and the server's port."""
    server, here = place.cluster.hosts[2], "198.51.100.3"
    server.call("ip", "address", "add", f"{here}/24", "dev", "eth0")
    server.serve(port=9005, listen="127.0.0.1")
    t.ok(cluster.until(lambda: "0100007F:232D" in server.call(
        "cat", "/proc/net/tcp")), "tunnels: a server listens")
    server.popen("python3", impostor.__file__, here, "9005", "127.0.0.1",
                 "9005")
    t.ok(cluster.until(lambda: cluster.listens(here, 9005)),
         "tunnels: one is at the same port")
    second = impostor.Impostor(impostor.tunnel(here, 9005), HERE)
    for typed in (f"{here},9005", f"{HERE},{second.port}"):
        found = place.check(place.job(), [typed])
        t.equal((found.rc, found.said_of(typed)), (0, ""),
                f"tunnels: {typed} can run the job, without a warning", found)
        t.contains(row_of(found, typed), [" 127.0.0.1 "],
                   "tunnels: the address is that of the server")


def row_of(found, typed):
    return next((line for line in found.out.splitlines()
                 if line.startswith(f"{typed} ")), "")


def clock_bounds(t, place):
    """The bounds of a clock are far closer than fio's server takes to begin a
    job: it asks for news once a second."""
    far = impostor.Impostor(impostor.tunnel(place.cluster.hosts[0].address,
                                            cluster.PORT), HERE)
    for what, typed in (("direct", "h1"), ("tunnel", f"{HERE},{far.port}")):
        def bounds(typed=typed):
            found = place.check(place.job(), [typed])
            return [float(bound) for bound in re.findall(
                r" ([-+][\d.]+) to ([-+][\d.]+) ", row_of(found, typed))[0]]

        def is_close(found):
            return -0.5 < found[0] <= 0 <= found[1] < 0.5
        found = tap.best_of(3, bounds, is_close)
        t.ok(is_close(found),
             f"{what}: the bounds of one clock hold 0, and are close", found)


def silent_host(t, place):
    """A server that never answers is named when --timeout is over. Only this
    test sets a short one: on a busy machine good hosts could miss it."""
    mute = impostor.Impostor(impostor.mute, HERE)
    found = place.check(place.job(), [f"{HERE},{mute.port}"], "--timeout", "4")
    t.equal(found.rc, 3, "a mute server: exit code 3", found)
    t.contains(found.said_of(f"{HERE},{mute.port}"), ["no answer in time"],
               "a mute server: the sentence names the host and the cause")
    t.ok(4 <= found.seconds < 60, "a mute server: it ends in time",
         found.seconds)


def bad_directories(t, place):
    """One host has no room and another may not write. Their mounts are their
    own, so the third host is good."""
    _, second, third = place.cluster.hosts
    second.call("mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=64", "none",
                place.top)
    third.call("mount", "--bind", place.top, place.top)
    third.call("mount", "-o", "remount,ro,bind", place.top)
    found = place.check(place.job())
    t.equal(found.rc, 3, "bad directories: exit code 3", found)
    t.contains(found.said_of("h2"), [place.top, "MiB", "inodes are free"],
               "no room: the sentence has the host and the directory")
    t.contains(found.said_of("h3"), [place.top, "Read-only"],
               "read-only: the sentence has the host and the directory")
    t.equal(found.said_of("h1"), "",
            "bad directories: the good host is found good")
    second.call("umount", place.top)
    third.call("umount", place.top)
    missing = os.path.join(place.space.path, "missing")
    found = place.check(place.job(directory=missing))
    t.ok(found.rc == 3 and all(missing in found.said_of(name)
                               for name in place.names),
         "a directory that is missing is named", found)


def shared_space(t, place):
    """Hosts share a file system that has room for one of them, and not for
    all."""
    small = place.space.tmpfs("small", "size=1m")
    for host in place.cluster.hosts:
        host.call("mount", "--bind", small, small)
    # A host sees the mounts that were there before it, so new hosts are made.
    fresh = cluster.Host("h9", place.cluster.address(9), 16)
    twin = cluster.Host("h8", place.cluster.address(8), 16)
    place.cluster.hosts += [fresh, twin]
    for host in (fresh, twin):
        host.serve()
        host.ready()
    names = [fresh.address, twin.address]
    one = place.check(place.job(directory=small, gate=None,
                                gate_hosts=None, files=60), names[:1])
    both = place.check(place.job(directory=small, gate=None,
                                 gate_hosts=None, files=80), names)
    t.equal(one.rc, 0, "one host has room", one)
    t.equal(both.rc, 3, "two hosts in one file system have not", both)
    t.contains(both.out, ["2 hosts need"],
               "two hosts in one file system: the sentence says so")


def job_files(t, place):
    other = ("[global]\nioengine=null\nsize=1m\n[one]\nrw=read\n"
             f"[two]\nioengine=fio-smallfile.so\nrw=write\n"
             f"operation=create\ndirectory={place.top}\n")
    found = place.check(other)
    t.equal(found.rc, 0, "another engine's section does not hinder", found)
    t.contains(found.err, ["[one]", "ioengine=null", "not checked"],
               "another engine's section: a note says that it is left out")
    found = place.check("[one]\nioengine=null\nrw=read\nsize=1m\n")
    t.equal(found.rc, 3, "no section of the engine: exit code 3", found)
    t.contains(found.err, ["ioengine=fio-smallfile.so"],
               "no section of the engine: the message says so")
    bad = place.check(place.job(files_per_dir=0))
    t.equal(bad.rc, 3, "a job that the engine refuses: exit code 3", bad)
    hook = os.path.join(place.space.path, "hook")
    found = place.check(place.job(exec_prerun=f"touch {hook}",
                                  startdelay=60))
    t.ok(found.rc == 0 and not os.path.exists(hook) and found.seconds < 25,
         "exec_prerun= and startdelay= are left out", found)


def slow_end(t, place):
    """`smallfio check` runs jobs that end before their first operation. If
    such a job ends slowly, fio must not take it for stuck, reap it twice, and
    wait for ever."""
    result = fio.run([fio.section("create")], directory=place.top, numjobs=2,
                     preflight=1, timeout=30,
                     wrap=["strace", "-f", "-qq", "-o", "/dev/null", "-e",
                           "trace=getrusage", "-e",
                           "inject=getrusage:delay_enter=300000"])
    t.ok(result.rc == 0 and not result.timed_out
         and "hasn't exited" not in result.err,
         "a job that only looks, and ends slowly, is not taken for stuck",
         result)


def usage(t, place):
    cases = {"no hosts": ([], 2), "no job": (["--hosts", "x"], 2),
             "a bad time": (["--hosts", "x", "--timeout", "0", "j"], 2),
             "no such list": (["--hosts", "/nonexistent", "j"], 3),
             "no such fio": (["--fio", "/nonexistent", "--hosts", "x", "j"],
                             3)}
    for what, (arguments, code) in cases.items():
        done = subprocess.run([SMALLFIO, "check", *arguments],
                              capture_output=True, text=True)
        t.ok(done.returncode == code and "smallfio check: " in done.stderr,
             f"{what}: exit code {code} and a sentence", done)


tap.main(*tap.sharing(Place, all_good, open_files, bad_hosts, public_address,
                      tunnels, clock_bounds, silent_host, bad_directories,
                      shared_space, job_files, slow_end, usage))
