# SPDX-License-Identifier: GPL-2.0-only
"""Tests that a run that was ended early, or lost a thread, is never called
valid, whatever fio's JSON says. A run that did all its work always is."""
import json
import os
import signal
import subprocess
import time

import cluster
import diskwrite
import fio
import mounts
import tap

cluster.enter_namespaces()

FILES = 400
THREADS = 2
LONG_FILES = 100000
RATE = 500


def smallfio(command, *arguments):
    done = subprocess.run([os.environ["SMALLFIO_PROGRAM"], command,
                           *arguments], capture_output=True, text=True)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def judge(t, label, path, words):
    """Checks what every subcommand says of a run. With `words` the run is not
    valid, and `smallfio result` gives these words as the reason. Without words
    the run is valid."""
    code, said = smallfio("result", path)
    valid = said.startswith("VALID") and "NOT VALID" not in said
    t.ok((code, valid) == ((3, False) if words else (0, True))
         and all(word in said for word in words),
         f"{label}: result, {words or 'valid'}", code, said)
    code, said = smallfio("gate", "--limit", "files/s > 0.001", path)
    t.ok(code == (3 if words else 0), f"{label}: gate", code, said)
    code, said = smallfio("stats", path)
    t.ok(code == 0 and ("not valid" in said) == bool(words),
         f"{label}: stats", code, said)
    history = path + ".db"
    code, said = smallfio("record", history, path)
    t.ok(code == 0 and ("not valid" in said) == bool(words),
         f"{label}: record", code, said)
    code, said = smallfio("history", "--metric", "files/s", history)
    t.ok(code == 0 and ("not valid" in said) == bool(words)
         and ("/s " in said.split("label")[-1] + " ") != bool(words),
         f"{label}: history", code, said)


def keep(space, name, text):
    path = os.path.join(space.path, f"{name}.json")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def only_json(output):
    return output[output.index("{"):]


# Runs that are valid. "bare" means an option without a value, which fio 3.33
# leaves out of its JSON.
WHOLE = [
    ("bare time_based", [fio.section("create", time_based=True, runtime=1)],
     {}),
    ("bare group_reporting", [fio.section("create")],
     {"group_reporting": True}),
    ("no options", [fio.section("create")], {}),
    ("one after the other in a group",
     fio.stonewalled([fio.section("create"),
                      fio.section("stat", rand=True)]),
     {"group_reporting": True}),
    ("ended by runtime", [fio.section("create", runtime=1,
                                      files=RATE * 13 // 10)], {}),
]


def whole_runs(t):
    space = mounts.Workspace()
    for i, (label, sections, common) in enumerate(WHOLE):
        top = space.dir(f"top{i}")
        done = fio.run(sections, "--output-format=json+", directory=top,
                       numjobs=THREADS, files=FILES, filesize="4k",
                       rate_iops=RATE, **common)
        t.equal(done.rc, 0, f"{label}: fio succeeds", done)
        judge(t, label, keep(space, f"whole{i}", done.output), [])


def one_group(t):
    space = mounts.Workspace()
    done = fio.run([fio.section("create"), fio.section("mkdir")],
                   "--output-format=json+", directory=space.dir("top"),
                   files=FILES, filesize="4k", numjobs=THREADS,
                   group_reporting=True)
    judge(t, "two sections in one group", keep(space, "group", done.output),
          ["2 sections into one group"])


def stdout_is_json(t):
    """fio's stdout is JSON and nothing else, so that it can be piped into a
    parser."""
    space = mounts.Workspace()
    job = keep(space, "job", fio.job_text(
        [fio.section("create")], directory=space.dir("top"), files=FILES,
        filesize="4k"))
    done = subprocess.run([fio.FIO, "--output-format=json", job],
                          capture_output=True, text=True)
    t.ok(done.stdout.startswith("{"), "stdout: no text of ours", done.stdout)
    t.equal(done.stderr, "", "stderr: no text of ours")
    options = json.loads(done.stdout)["jobs"][0]["job options"]
    t.ok(f"units={FILES} " in options.get("fio-smallfile section 1", ""),
         "stdout: what was asked is in the JSON", options)


def interrupt(running):
    running.process.send_signal(signal.SIGINT)


def kill_job(running):
    jobs = [pid for pid in running.members() if pid != running.process.pid]
    # The other job is told to end. So only the killed job can be the reason
    # that the test looks for.
    os.kill(max(jobs), signal.SIGKILL)
    cluster.until(lambda: max(jobs) not in running.members())
    running.process.send_signal(signal.SIGINT)


ENDS = [
    ("interrupted", interrupt, ["terminating on signal 2"]),
    ("a job killed", kill_job, ["got signal=9", "a thread was killed"]),
]


def files_of(top):
    return sum(len(names) for _, _, names in os.walk(top))


def ended_early(t, space, label, running, began, end, words):
    """Ends a run once `began()`. Judges what the run left, and the same when a
    filter has cut fio's messages off."""
    cluster.until(began)
    end(running)
    done = running.wait()
    judge(t, label, keep(space, label, done.output), words)
    judge(t, f"{label}, without text",
          keep(space, f"{label}-json", only_json(done.output)), ["cut short"])


def ended_client(t, space, label, running, began):
    """The same of fio's client, which does not mention it, and exits with
    0."""
    cluster.until(began)
    interrupt(running)
    done = running.wait()
    t.equal(done.rc, 0, f"{label}: fio's exit code", done)
    judge(t, label, keep(space, label, done.output), ["told to end"])


def ended_runs(t):
    space = mounts.Workspace()
    for name, limits in (("files", {}),
                         ("time", {"time_based": True, "runtime": 60})):
        for label, end, words in ENDS:
            top = space.dir(f"{name}-{label}")
            running = fio.Running(
                [fio.section("create", **limits)], "--output-format=json+",
                directory=top, files=LONG_FILES, filesize="4k",
                rate_iops=RATE, numjobs=THREADS)
            ended_early(t, space, f"{label}, by {name}", running,
                        lambda: files_of(top) > RATE // 2, end, words)


def ended_clients(t):
    space = mounts.Workspace()
    place = cluster.Cluster(2, space.path)
    for name, limits in (("files", {}),
                         ("time", {"time_based": True, "runtime": 60})):
        top, logs = space.dir(f"top-{name}"), space.dir(f"logs-{name}")
        running = place.start(
            fio.job_text([fio.section("create", **limits)], directory=top,
                         files=LONG_FILES, filesize="4k", rate_iops=RATE,
                         numjobs=THREADS), logs)
        ended_client(t, space, f"client, {name}", running,
                     lambda: files_of(top) > RATE)
    place.stop()


def lost_host(t):
    """A run that loses a host is not valid, also without a list of hosts: the
    run itself tells how many there were."""
    space = mounts.Workspace()
    place = cluster.Cluster(3, space.path)
    top, gate = space.dir("top"), space.dir("gate")
    running = place.start(
        fio.job_text([fio.section("create")], directory=top,
                     files=2 * RATE, filesize="4k", rate_iops=RATE,
                     group_reporting=True, gate=gate, gate_hosts=3),
        space.dir("logs"))
    cluster.until(lambda: all(
        files_of(os.path.join(top, "file_srcdir", host.name))
        for host in place.hosts))
    place.hosts[1].crash()
    done = running.wait(150)
    t.ok(done.rc != 0 and "host=h2 disconnected" in done.output,
         "lost host: fio says so", done)
    path = keep(space, "lost", done.output)
    judge(t, "lost host", path, ["host=h2 disconnected",
                                 "2 of 3 hosts (gate_hosts)"])
    judge(t, "lost host, without text",
          keep(space, "lost-json", only_json(done.output)),
          ["2 of 3 hosts"])
    code, _ = smallfio("report", "-o", path + ".html", path)
    with open(path + ".html", encoding="utf-8") as f:
        t.ok("host=h2 disconnected" in f.read(), "lost host: report", code)
    place.stop()


# Jobs write 2 MiB/s. So 1 MiB is done in half a second, and 1 GiB not while
# the test runs.
DISKWRITE = {"bs": "64k", "filesize": "1m", "rate": "2m", "direct": 0,
             "numjobs": THREADS}
# Options that would end the job, much later than the test does.
DISKWRITE_LIMITS = [("size", {"size": "1g"}), ("time", {"runtime": 60}),
                    ("both", {"size": "1g", "runtime": 60,
                              "time_based": True})]


def write_for_a_second(top, threads):
    """Whether all threads have made their files, and have written on since."""
    if files_of(top) < threads:
        return False
    time.sleep(1)
    return True


def diskwrites(t):
    space = mounts.Workspace()
    for i, limits in enumerate([{"size": "1m"}, {"runtime": 1},
                                {"runtime": 1, "time_based": True}]):
        done = diskwrite.run(space.dir(f"top{i}"), "--output-format=json+",
                             **DISKWRITE, **limits)
        t.equal(done.rc, 0, f"diskwrite, {limits}: fio succeeds", done)
        judge(t, f"diskwrite, {limits}", keep(space, f"whole{i}", done.output),
              [])
    for name, limits in DISKWRITE_LIMITS:
        for label, end, words in ENDS:
            top = space.dir(f"{name}-{label}")
            running = diskwrite.start(top, "--output-format=json+",
                                      **DISKWRITE, **limits)
            ended_early(t, space, f"diskwrite, {label}, by {name}", running,
                        lambda: write_for_a_second(top, THREADS), end, words)


def diskwrite_client(t):
    space = mounts.Workspace()
    place = cluster.Cluster(2, space.path)
    for name, limits in DISKWRITE_LIMITS:
        top = space.dir(f"top-{name}")
        running = place.start(
            diskwrite.job_text(directory=top, host="%h", **DISKWRITE,
                               **limits), space.dir(f"logs-{name}"))
        ended_client(t, space, f"diskwrite, client, {name}", running,
                     lambda: write_for_a_second(top, 2 * THREADS))
    place.stop()


tap.main(whole_runs, one_group, stdout_is_json, ended_runs, ended_clients,
         lost_host, diskwrites, diskwrite_client)
