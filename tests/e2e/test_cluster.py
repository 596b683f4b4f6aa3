# SPDX-License-Identifier: GPL-2.0-only
"""Real hosts, each with a fio server, and a client that drives them: trees,
gate, clocks, what comes back, and what is left when one of them fails."""
import glob
import os
import re
import signal
import subprocess

import cluster
import fio
import mounts
import tap

cluster.enter_namespaces()

THREADS = 2
FILES = 100
SOON_S = 45
# On a machine with a load from others; at the gate it is some ms.
TOGETHER_S = 1.0


class Place:
    def __init__(self, count=3):
        self.space = mounts.Workspace()
        self.second = self.space.tmpfs("second")
        self.cluster = cluster.Cluster(count, self.space.path)
        self.runs = 0

    def dirs(self, name):
        """Directories for a run: files, gate, logs."""
        self.runs += 1
        base = self.space.dir(f"run{self.runs}-{name}")
        for part in ("top", "gate"):
            os.mkdir(os.path.join(base, part))
        return [os.path.join(base, part) for part in ("top", "gate", "logs")]


def job(top, gate, sections, **options):
    return fio.job_text(fio.stonewalled(sections), **{
        "directory": top, "gate": gate, "gate_hosts": 3, "gate_timeout": 20,
        "numjobs": THREADS, "files": FILES, "filesize": "4k",
        "log_unix_epoch": 1, "disable_lat": 1, "disable_slat": 1, **options})


def logged(operation, **options):
    return fio.section(operation, write_lat_log=operation, **options)


def samples(logs, operation):
    """{(host, job): [time in ms, ...]}"""
    found = {}
    for path in glob.glob(os.path.join(logs, f"{operation}_clat.*.log.*")):
        number, host = re.search(r"clat\.(\d+)\.log\.(.+)$", path).groups()
        with open(path, encoding="ascii") as f:
            found[host, int(number)] = [int(line.split(",")[0]) for line in f]
    return found


def files_below(top):
    return sorted(os.path.relpath(os.path.join(at, name), top)
                  for at, _, names in os.walk(top) for name in names)


def clocks(result):
    """{host: (reference, ahead in ns, error in ns)} of the gate's lines."""
    return {m[1]: (m[2], int(m[3]), int(m[4])) for m in re.finditer(
        r"clock at the gate: host=(\S+) passed_ns=\d+ reference=(\S+) "
        r"ahead_ns=(-?\d+) error_ns=(\d+)", result.err)}


def check_all_back(t, label, logs, operation, hosts):
    found = samples(logs, operation)
    t.equal({host: sum(len(s) for (h, _), s in found.items() if h == host)
             for host in hosts}, {host: THREADS * FILES for host in hosts},
            f"{label}: hosts x threads x files samples came back")
    first = [min(s) for s in found.values() if s]
    apart = (max(first) - min(first)) / 1000 if first else 99
    t.diag(f"{label}: {len(first)} threads start within {apart * 1000:.0f} ms")
    t.ok(apart < TOGETHER_S, f"{label}: they start together", first)


def judge(place, logs, run):
    """What smallfio result says of a run on all hosts: exit code, text."""
    out = os.path.join(logs, "out.json")
    with open(out, "w", encoding="utf-8") as f:
        f.write(run.output)
    done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], "result", "--hosts",
                           place.cluster.hosts_file, logs],
                          capture_output=True, text=True)
    os.unlink(out)
    return done.returncode, done.stdout + done.stderr


def is_valid(t, label, place, logs, run):
    code, said = judge(place, logs, run)
    t.equal(code, 0, f"{label}: smallfio result finds it valid", said)


def is_invalid(t, label, place, logs, run, words):
    """With a sentence that names the host, and the others' figures kept."""
    code, said = judge(place, logs, run)
    t.ok(code not in (0, 2) and all(word in said for word in words),
         f"{label}: smallfio result says what is wrong, {words}", code, said)


def own_trees(t, place):
    top, gate, logs = place.dirs("own")
    result = place.cluster.run(
        job(top, gate, [logged("create"), logged("stat"), logged("read")],
            rate_iops=100), logs)
    t.equal(result.rc, 0, "own trees: fio succeeds", result)
    t.same_set({tuple(p.split("/")[1:3]) for p in files_below(top)},
               {(f"h{h}", f"thrd_{n:02}") for h in (1, 2, 3)
                for n in range(THREADS)}, "own trees: each host has its own")
    for operation in ("create", "stat", "read"):
        check_all_back(t, f"own trees, {operation}", logs, operation,
                       ["h1", "h2", "h3"])
    is_valid(t, "own trees", place, logs, result)
    t.equal(os.listdir(gate), [], "own trees: nothing stays at the gate")
    found = clocks(result)
    t.diag(found)
    # All namespaces have one clock.
    t.ok(set(found) == {"h1", "h2", "h3"}
         and all(ref == "h1" and abs(ahead) <= error < 1e9
                 for ref, ahead, error in found.values()),
         "own trees: each host says how its clock compares", found, result)


def one_tree(t, place):
    """same_dir=1: all make the same directories at once, and none fails."""
    top, gate, logs = place.dirs("same")
    result = place.cluster.run(
        job(top, gate, [logged("create"), logged("rename"), fio.section(
            "cleanup", stats=0)], same_dir=1, files_per_dir=5,
            dirs_per_dir=3), logs)
    t.equal(result.rc, 0, "same_dir: fio succeeds", result)
    check_all_back(t, "same_dir", logs, "create", ["h1", "h2", "h3"])
    t.equal(files_below(top), [], "same_dir: and all is removed by all")
    result = place.cluster.run(
        job(top, gate, [logged("create")], same_dir=1, files_per_dir=5), logs)
    t.equal(result.rc, 0, "same_dir: create succeeds", result)
    names = files_below(top)
    t.ok(len(names) == 3 * THREADS * FILES
         and not any("thrd_" in name for name in names),
         "same_dir: all files are in one tree", names[:3])


def others_files(t, place):
    """permute_hosts: each works on what its neighbour wrote."""
    top, gate, logs = place.dirs("permute")
    wrote = place.cluster.run(job(top, gate, [logged("create")]), logs)
    read = place.cluster.run(
        job(top, gate, [logged("read"), logged("stat")],
            permute_hosts="h1:h2:h3"), logs)
    t.ok(wrote.rc == 0 and read.rc == 0, "permute_hosts: fio succeeds", read)
    check_all_back(t, "permute_hosts", logs, "read", ["h1", "h2", "h3"])
    damaged = glob.glob(os.path.join(top, "file_srcdir/h3/thrd_00/**/*_7_"),
                        recursive=True)
    with open(damaged[0], "r+b") as f:
        f.write(b"damage")
    read = place.cluster.run(
        job(top, gate, [logged("read")], permute_hosts="h1:h2:h3"), logs)
    t.ok(read.rc != 0, "permute_hosts: damage is found", read)
    t.ok(re.search(r"<h2> .*" + re.escape(os.path.basename(damaged[0])),
                   read.err),
         "permute_hosts: by the host before it in the list", read)


def several_tops(t, place):
    top, gate, logs = place.dirs("tops")
    result = place.cluster.run(
        job(f"{top}:{place.second}", gate, [logged("create"),
                                            logged("read")]), logs)
    t.equal(result.rc, 0, "two mount points: fio succeeds", result)
    t.equal([len(files_below(d)) for d in (top, place.second)],
            [3 * THREADS * FILES // 2] * 2,
            "two mount points: each has half of the files")
    check_all_back(t, "two mount points", logs, "read", ["h1", "h2", "h3"])


def histograms(t, place):
    """JSON+ alone has each host's histogram, and all operations in it."""
    top, gate, logs = place.dirs("bins")
    result = place.cluster.run(job(top, gate, [fio.section("create")]), logs)
    found = {}
    for entry in result.json["client_stats"]:
        if entry["jobname"] == "create":
            bins = entry["write"]["clat_ns"]["bins"]
            found[entry["hostname"]] = (found.get(entry["hostname"], 0)
                                        + sum(bins.values()))
    t.equal(found, {host: THREADS * FILES for host in ("h1", "h2", "h3")},
            "JSON+: each operation is in a histogram")


def long_job(top, gate, **options):
    """Some seconds of it, and a sample every 10 ms."""
    return job(top, gate, [logged("create")],
               **{"files": 600, "rate_iops": 100, **options})


def wait_for_files(top, hosts):
    return cluster.until(lambda: all(
        any(name for name in files_below(top) if f"/{host}/" in name)
        for host in hosts))


def killed_server(t):
    place = Place()
    top, gate, logs = place.dirs("killed")
    running = place.cluster.start(long_job(top, gate), logs)
    t.ok(wait_for_files(top, ["h1", "h2", "h3"]), "server killed: all run")
    place.cluster.hosts[1].crash()
    result = running.wait(SOON_S)
    t.ok(not result.timed_out and result.rc != 0,
         "server killed: the client ends, with an error", result)
    t.ok(re.search(r"h2.*(disconnect|connection)|(disconnect).*h2",
                   result.err), "server killed: fio names the host", result)
    found = samples(logs, "create")
    t.equal(sorted({host for host, s in found.items() if s} and
                   {host for host, _ in found}), ["h1", "h3"],
            "server killed: what the others measured came back")
    t.equal({host: sum(len(s) for (h, _), s in found.items() if h == host)
             for host in ("h1", "h3")}, {"h1": 1200, "h3": 1200},
            "server killed: all of it")
    is_invalid(t, "server killed", place, logs, result, ["h2", "h1", "h3"])
    place.cluster.stop()


def killed_client(t):
    """The hosts notice, and end; then they can be used again."""
    place = Place()
    top, gate, logs = place.dirs("client")
    running = place.cluster.start(long_job(top, gate, files=6000), logs)
    t.ok(wait_for_files(top, ["h1", "h2", "h3"]), "client killed: all run")
    running.process.send_signal(signal.SIGKILL)
    running.wait(SOON_S)
    # One process of a server is all that stays.
    t.ok(cluster.until(lambda: all(len(host.processes("fio")) == 1
                                   for host in place.cluster.hosts), 20),
         "client killed: the hosts end their jobs",
         [host.processes("fio") for host in place.cluster.hosts])
    top, gate, logs = place.dirs("again")
    result = place.cluster.run(job(top, gate, [logged("create")]), logs)
    t.equal(result.rc, 0, "client killed: then the hosts can be used again",
            result)
    place.cluster.stop()


def unreachable(t):
    """A host without a server, and an address without a host."""
    place = Place()
    for pid in place.cluster.hosts[2].processes("fio"):
        os.kill(pid, signal.SIGKILL)
    for label, name in (("no server", "h3"),
                        ("no host", place.cluster.address(200))):
        top, gate, logs = place.dirs(label.replace(" ", "-"))
        hosts = os.path.join(place.space.path, f"hosts-{name}")
        with open(hosts, "w", encoding="ascii") as f:
            f.write(f"h1\nh2\n{name}\n")
        result = place.cluster.run(
            job(top, gate, [logged("create")], gate_timeout=3), logs,
            hosts_file=hosts, timeout=SOON_S)
        t.ok(not result.timed_out and result.rc != 0,
             f"{label}: the client ends, with an error", result)
        t.contains(result.err, [name], f"{label}: fio names the host")
    place.cluster.stop()


def full_disk(t):
    place = Place()
    top, gate, logs = place.dirs("full")
    place.cluster.hosts[1].call("mount", "-t", "tmpfs", "-o", "size=256k",
                                "none", top)
    result = place.cluster.run(job(top, gate, [logged("create")]), logs,
                               timeout=SOON_S)
    t.ok(not result.timed_out and result.rc != 0,
         "full disk: the client ends, with an error", result)
    t.ok(re.search(r"<h2> .*No space left", result.err),
         "full disk: the engine names host and cause", result)
    found = samples(logs, "create")
    counts = {host: sum(len(s) for (h, _), s in found.items() if h == host)
              for host in ("h1", "h2", "h3")}
    t.ok(counts["h1"] == counts["h3"] == THREADS * FILES
         and 0 < counts["h2"] < THREADS * FILES,
         "full disk: what was measured came back, of that host, too", counts)
    is_invalid(t, "full disk", place, logs, result, ["h2", "h1", "h3"])
    place.cluster.stop()


def wrong_servers(t):
    """Without the engine, or with another fio's: the others do not wait for
    ever."""
    place = Place()
    other = os.environ["SMALLFIO_OTHER_ENGINE"]
    for label, path, words in (("no engine", cluster.without_engine(place.space),
                                ["h3"]),
                               ("an engine for another fio", other,
                                ["h3", "built for", "rebuild"])):
        host = place.cluster.hosts[2]
        for pid in host.processes("fio"):
            os.kill(pid, signal.SIGKILL)
        for server in host.servers:
            server.wait()
        host.serve(env={"LD_LIBRARY_PATH": path})
        host.ready()
        top, gate, logs = place.dirs(label.replace(" ", "-"))
        result = place.cluster.run(
            job(top, gate, [logged("create")], gate_timeout=3), logs,
            timeout=SOON_S)
        t.ok(not result.timed_out, f"{label}: the client ends", result)
        t.contains(result.err, words, f"{label}: it names the host")
        t.ok(re.search("2 of 3 hosts are here: (h1, h2|h2, h1)", result.err),
             f"{label}: the gate says who has come", result)
        t.equal(sum(len(s) for s in samples(logs, "create").values()), 0,
                f"{label}: nothing was measured without it")
        is_invalid(t, label, place, logs, result, ["h3"])
    place.cluster.stop()


def main():
    place = []

    def shared(function):
        def run(t):
            if not place:
                place.append(Place())
            function(t, place[0])
        run.__name__ = function.__name__
        return run

    def end(t):
        for one in place:
            one.cluster.stop()
    tap.main(*[shared(f) for f in (own_trees, one_tree, others_files,
                                   several_tops, histograms)], end,
             killed_server, killed_client, unreachable, full_disk,
             wrong_servers)


main()
