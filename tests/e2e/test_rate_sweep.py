# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio run --rate-sweep: on a file system whose stat takes 2 ms, so
that it is known which rates one thread can keep."""
import glob
import json
import os
import re
import signal
import subprocess
import time
import xml.etree.ElementTree as xml

import mounts
import schema
import tap
import tree

mounts.enter_namespace()

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
SOURCE = os.environ["SMALLFIO_SOURCE"]
FAST, SLOW = 50, 1000


def command(*arguments):
    return [SMALLFIO, "run", "--run-dir", "r", *map(str, arguments)]


def run(where, *arguments):
    done = subprocess.run(command(*arguments), cwd=where, capture_output=True,
                          text=True, timeout=150, stdin=subprocess.DEVNULL)
    done.both = done.stdout + done.stderr
    return done


def figures(where):
    with open(f"{where}/r/sweep.json", encoding="utf-8") as f:
        found = json.load(f)
    schema.follows(SOURCE, found)
    return found


def far_options(top, *more):
    return ["--operation", "create,stat", "--top", top, "--files", 200,
            "--file-size", 0, "--threads", 1, "--seconds", 2, *more]


def sweep(t, space):
    """The lower rate is kept. At the higher one half of the operations are done,
    and response times grow up to the half of the time."""
    top, where = space.far_away(), space.dir("sweep")
    done = run(where, *far_options(top, "--rate-sweep", f"{FAST},{SLOW}",
                                   "--limit", "p50 < 100ms", "--cleanup"))
    t.equal(done.returncode, 0, "a sweep succeeds", done.both)
    t.contains(done.stdout, [
        "stat: response times", f"p50 < 100ms: up to {FAST} files/s",
        "did not keep up"], "it says which rate holds")
    found = figures(where)
    low, high = found["steps"]
    t.equal((found["highest_units_per_s"], found["operation"],
             found["threads"], found["interrupted"]), (FAST, "stat", 1, False),
            "JSON has it, too")
    t.equal([(s["rate_of_thread"], s["kept"], s["holds"]) for s in (low, high)],
            [(FAST, True, True), (SLOW, False, False)], "JSON: each rate")
    t.ok(abs(low["units"] - 2 * FAST) <= 3, "as many as the rate says", low)
    # A stat of 2 ms, so 500 in a second at most. A busy machine does fewer.
    t.ok(high["units"] + high["behind"] in range(2 * SLOW - 50, 2 * SLOW + 50)
         and high["behind"] >= 950, "the others had not begun", high)
    t.ok(high["service"]["p50_ns"] < 40e6
         and high["response"]["p50_ns"] > 300e6,
         "the response time has the delay, the service time has not", high)
    t.ok(low["response"]["p50_ns"] >= low["service"]["p50_ns"] >= 2e6,
         "no response is shorter than its service", low)
    root = xml.parse(f"{where}/r/sweep.svg").getroot()
    paths = root.findall(".//{http://www.w3.org/2000/svg}path")
    t.equal((root.find("{*}title").text, len(paths)),
            ("stat: response and service times by files/s asked for", 4),
            "a picture with p50 and p99 of both; p99.9 needs more samples")
    t.equal(tree.files_below(top), [], "--cleanup removes the files")
    done = run(space.dir("broken"),
               *far_options(top, "--rate-sweep", FAST, "--limit",
                            "p50 <= 1ms"))
    few = run(space.dir("few"),
              *far_options(top, "--rate-sweep", FAST, "--limit", "p99.9 < 9s",
                           "--operation", "stat"))
    t.ok(few.returncode == 4 and "too few for p99.9" in few.stdout
         and "too few operations to tell" in few.stdout,
         "too few operations for the limit: exit code 4", few.both)
    t.ok(done.returncode == 1
         and f"p50 <= 1ms: not even at {FAST} files/s" in done.stdout,
         "a limit that no rate keeps: exit code 1", done.both)


def jobs(t, space):
    """The ready job files work with it as they are, but for their 10 s."""
    names = sorted(glob.glob(os.path.join(SOURCE, "jobs", "mix-*.fio")))
    names += [os.path.join(SOURCE, "jobs", f"smallfile-{operation}.fio")
              for operation in ("stat", "create", "delete", "symlink")]
    for name in names:
        where = space.dir(os.path.basename(name))
        top = space.dir("top-" + os.path.basename(name))
        text = tree.read_file(name).decode()
        with open(f"{where}/job.fio", "w", encoding="utf-8") as f:
            f.write(re.sub("(?m)^(time_based|runtime)=(1|10)$", "", text))
        done = run(where, "--rate-sweep", "100", "--seconds", "0.5", "--job",
                   "job.fio", "--", "--ioengine=fio-smallfile.so",
                   f"--directory={top}", "--files=100", "--filesize=1k")
        t.equal(done.returncode, 0, f"{os.path.basename(name)}: swept",
                done.both)
        step = figures(where)["steps"][0]
        t.ok(35 <= step["units"] <= 65, "it does as many as the rate says",
             step)


def interrupted(t, space):
    """After ^C what was measured is there, and the tree goes."""
    top, where = space.dir("int-top"), space.dir("int")
    done = subprocess.Popen(
        command("--operation", "create,stat", "--top", top, "--files", 100,
                "--seconds", 1, "--rate-sweep", "10,20,40,80"),
        cwd=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not os.path.isdir(f"{where}/r/rate-20") and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(0.3)
    done.send_signal(signal.SIGINT)
    out, err = done.communicate(timeout=100)
    t.equal(done.returncode, 3, "^C: exit code 3", out + err)
    t.contains(out, ["interrupted: not all rates were done"], "^C: says so")
    found = figures(where)
    t.equal(([s["rate_of_thread"] for s in found["steps"]],
             found["interrupted"]), ([10], True),
            "^C: what was whole is kept")
    t.equal(tree.files_below(top), [], "^C: the files are gone")


def wrong(t, space):
    where = space.dir("wrong")

    def job(name, text):
        with open(f"{where}/{name}.fio", "w", encoding="utf-8") as f:
            f.write("[global]\nioengine=fio-smallfile.so\noperation=create\n"
                    f"rw=write\nfiles=50\ndirectory={where}\n" + text)
        return f"{name}.fio"

    for words, code, arguments in (
            ("rates that ascend", 2, ["--rate-sweep", "200,100"]),
            ("found \"-5\"", 2, ["--rate-sweep", "-5"]),
            ("found \"0\"", 2, ["--rate-sweep", "0"]),
            ("found \"5,\"", 2, ["--rate-sweep", "5,"]),
            ("found \"9-3\"", 2, ["--rate-sweep", "9-3"]),
            ("more than 64 rates", 2,
             ["--rate-sweep", ",".join(map(str, range(1, 70)))]),
            ("p50, p99 or p99.9", 2, ["--rate-sweep", "5", "--limit",
                                      "p95 < 5ms"]),
            ("p50, p99 or p99.9", 2, ["--rate-sweep", "5", "--limit",
                                      "files/s > 5"]),
            ("--limit is for --rate-sweep", 2, ["--limit", "p99 < 5ms"]),
            ("--job is for --rate-sweep", 2, ["--job", "x.fio"]),
            ("--samples", 2, ["--rate-sweep", "5", "--samples", "2"]),
            ("sweep.json", 2, ["--rate-sweep", "5", "--output-json", "x"]),
            ("begin with create", 2, ["--rate-sweep", "5-10", "--operation",
                                      "delete"]),
            ("--job says itself", 2, ["--rate-sweep", "5", "--job", "x.fio",
                                      "--operation", "stat"]),
            ("cannot read", 3, ["--rate-sweep", "5", "--job", "no.fio"]),
            ("sets rate_iops=", 3,
             ["--rate-sweep", "50", "--seconds", "0.2", "--job",
              job("own", "[a]\nrate_iops=100\n")]),
            ("found a and b", 3,
             ["--rate-sweep", "50", "--seconds", "0.2", "--job",
              job("two", "[a]\nhost=a\n[b]\nhost=b\nstonewall\n")]),
            ("no section was done at a rate", 3,
             ["--rate-sweep", "50", "--seconds", "0.2", "--job",
              job("none", "[c]\nhost=c\nrate_iops=0\n"
                          "latency_from=start\n")])):
        subprocess.run(["rm", "-rf", f"{where}/r"], check=True)
        done = run(where, *arguments)
        t.ok(done.returncode == code and words in done.both,
             f"{' '.join(arguments)[:60]}: refused", done.both)


def print_job(t, space):
    done = run(space.dir("print"), "--rate-sweep", "20-40", "--seconds", "3",
               "--operation", "create,stat", "--print-job")
    create, stat = done.stdout[done.stdout.index("[create]"):].split("[stat]")
    t.contains(stat, ["rate_iops=20", "latency_from=schedule", "time_based=1",
                      "runtime=3000ms"], "the last operation has the rate")
    t.ok("rate_iops" not in create, "what comes before has none", create)


def main():
    space = mounts.Workspace()
    tap.main(*[lambda t, f=f: f(t, space) for f in
               (sweep, jobs, interrupted, wrong, print_job)])


main()
