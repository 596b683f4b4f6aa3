# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio ab with turns: two runs of the real fio are under way at once,
and only one of them works at a time.

usage: test_turns.py turns|more
"""
import contextlib
import glob
import json
import os
import re
import signal
import subprocess
import sys
import time

import fio
import mounts
import tap
import terminal
from in_turns import CREATE, MIX, OTHER, SMALLFIO, STAT, TURN_MS, Place

mounts.enter_namespace()

DEPTHS = {"depth": 32, "mix at depth": 8}
MS = 1_000_000


def measured(result):
    """Returns the measured side of each job that has figures."""
    return [job[side] for job in result["jobs"] for side in ("read", "write", "mixed")
            if side in job and job[side]["total_ios"]]


def no_pauses(t, place):
    """With pauses in it, the sum of all latencies would be larger than the time
    in which fio was at work."""
    for name, text, options in (
            ("create", CREATE, ()),
            ("burst=1", CREATE, ("--option", "burst=1")),
            ("depth", CREATE, ("--option", "iodepth=32",
                               "--option", "uring_always=1")),
            ("threads", CREATE, ("--option", "thread=1")),
            ("stat for a time", STAT, ()),
            ("mix", MIX, ()),
            ("mix at depth", MIX, ("--option", "iodepth=8",
                                   "--option", "uring_always=1"))):
        threads = 3 if name == "threads" else 1
        place.job(text, 25000 if text == CREATE else 2000, threads)
        began = time.monotonic()
        done = place.ab("--time", "1", *options)
        wall_s = time.monotonic() - began
        if not t.equal(done.returncode in (0, 1, 4), True, f"{name}: ran",
                       done.both):
            continue
        t.contains(done.stderr, [f"turns of {TURN_MS} ms"], f"{name}: in turns")
        sides = place.results()
        depth = DEPTHS.get(name, 1)
        for result in (r for results in sides for r in results):
            spent = sum(s["clat_ns"]["N"] * s["clat_ns"]["mean"]
                        for s in measured(result))
            room = max(s["runtime"] for s in measured(result)) * MS * depth * threads
            t.ok(0 < spent < room * 1.02, f"{name}: no pause in latencies",
                 spent / MS, room / MS)
        own_ms = sum(max(side["runtime"] for side in measured(result))
                     for results in sides for result in results)
        t.ok(0 < own_ms < wall_s * 1000,
             f"{name}: the runtimes of both sides are parts of the time",
             own_ms, wall_s)
        if "time" in name or "mix" in name:
            runtimes = [max(s["runtime"] for s in measured(r))
                        for results in sides for r in results]
            t.ok(all(990 <= ms < 1000 + TURN_MS for ms in runtimes),
                 f"{name}: runtime=1 is a second of work", runtimes)
        t.equal(os.listdir(place.top), [], f"{name}: leaves nothing")


def alone(t, place):
    """While one side works the other does not: strace sees when each of them
    makes a file."""
    place.job(CREATE, 8000)
    with open(f"{place.where}/fio", "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\nexec strace -f -ttt -e trace=openat -o trace.txt "
                f"{fio.FIO} \"$@\"\n")
    os.chmod(f"{place.where}/fio", 0o755)
    done = place.ab("--time", "1", "--fio", f"{place.where}/fio")
    if not t.ok("create files/s" in done.both, "runs below strace", done.both):
        return
    times = []
    for side in "ab":
        with open(f"{place.where}/kept/{side}-000/trace.txt",
                  encoding="utf-8") as f:
            times += [(float(line.split()[1]), side) for line in f
                      if "O_CREAT" in line and "_thrd_" in line or
                      "O_CREAT" in line and "O_EXCL" in line]
    times.sort()
    t.ok(len(times) >= 4000, "strace saw all files", len(times))
    changes = sum(a[1] != b[1] for a, b in zip(times, times[1:]))
    span_s = times[-1][0] - times[0][0]
    t.ok(changes <= span_s * 1000 / TURN_MS + 2,
         "the sides change no more often than turns do", changes, span_s)
    t.ok(changes >= 3, "both have several turns", changes)


def sections(t, place):
    """Each measured section of a job file is compared."""
    place.job(CREATE + """
[stat]
stonewall
operation=stat
rw=read
files={files}
[delete]
stonewall
operation=delete
rw=write
files={files}
""", 20000)
    done = place.ab("--time", "1", turns="5ms")
    t.contains(done.both, ["create files/s", "delete files/s", "stat files/s"],
               "three operations")
    t.equal(os.listdir(place.top), [], "leaves nothing")

    # create is surely slower on B, and nobody can tell of stat.
    place.job(STAT.replace("stats=0", "").replace("runtime=1", "runtime=100ms"), 4000)
    rounds, took_s = [], 15
    for arguments in ((), ("--all",)):
        began = time.monotonic()
        done = place.ab("--time", str(int(2 * took_s) + 10), "--b-option", "filesize=16k", "--check",
                        "create files/s 5%", "--check", "stat files/s 0.001%",
                        *arguments, turns="5ms")
        t.equal(done.returncode, 1, f"one red of two {arguments}", done.both)
        t.contains(done.both, ["--real-time keeps them"], "an open check: a way out")
        took_s = time.monotonic() - began
        rounds.append(len(place.results()[0]))
        subprocess.run(["rm", "-r", f"{place.where}/kept"], check=True)
    t.ok(rounds[0] < rounds[1], "--all goes on", rounds)


def compared(t, done, name, rates):
    """These rates are compared, and nothing else is asked for."""
    checks = json.loads(done.stdout or '{"checks": []}')["checks"]
    t.equal(sorted((c["operation"], c["metric"], "comparison" in c) for c in checks),
            [(rate, "files/s", True) for rate in rates], f"{name}: each rate")


def kinds(t, place):
    """Job files of several kinds run as they are: A against A."""
    stat = STAT.replace("runtime=1", "runtime=100ms")
    warm = stat[stat.index("[stat]"):].replace("[stat]", "[warm]")
    mix = MIX.replace("runtime=1", "runtime=100ms\nstonewall")
    place.job(stat.replace("stats=0", "").replace("[create]", "[make]") + warm + mix, 3000)
    done = place.ab("--time", "60", "--threshold", "80", "--format", "json", turns="2ms")
    t.equal(done.returncode, 0, "a mix, and a section again: no regression", done.both)
    compared(t, done, "a mix, and a section again", ["make", "mix", "stat", "warm"])

    # Two sections at once are two rates, and a turn has one.
    stat = STAT.replace("runtime=1", "runtime=200ms")
    place.job(stat + stat[stat.index("[stat]"):].replace("stonewall", "")
              .replace("stat", "append").replace("=read", "=write"), 300)
    # Whether so few rounds decide does not matter.
    done = place.ab("--time", "1", "--format", "json", turns="5ms")
    t.contains(done.stderr, ["stonewall between them", "is stopped (SIGSTOP)"],
               "two operations at once: says so")
    compared(t, done, "two operations at once", ["append", "stat"])
    subprocess.run(["rm", "-r", f"{place.where}/kept"], check=True)
    done = place.ab("--sync")
    t.equal(done.returncode, 2, "two operations at once, --sync: exit code", done.both)

    # Names of sections are not those of the operations, and two do the same.
    append, stats = (stat[stat.index("[stat]"):].replace("[stat]", f"[{name}]")
                     for name in ("writers", "readers"))
    place.job(stat[:stat.index("[stat]")]
              + append.replace("=stat", "=append").replace("=read", "=write")
              + stats.replace("stonewall", "")
              + stats.replace("stonewall", "").replace("[readers", "[more readers")
              + "".join(OTHER.replace("[randread]", f"[{name}]\nstonewall")
                        .replace("500ms", "200ms").replace("=randread", f"={rw}")
                        .replace("size=8m", "size=8m\nfilesize=8m")
                        for name, rw in (("rand read", "randread"), ("both", "randrw"))),
              300)
    done = place.ab("--time", "1", "--format", "json", turns="5ms")
    compared(t, done, "other names", ["append", "both", "rand read", "stat"])


def commands(t, place):
    """Commands take turns, too: between operations, or by being stopped. A log may have
    another name than its section."""
    for name, text, says in (
            ("stat", STAT.replace("runtime=1", "runtime=200ms"), []),
            ("rand read", OTHER.replace("[randread]", "[rand read]")
             .replace("500ms", "200ms\nlog_unix_epoch=1\nwrite_lat_log=r"),
             ["is stopped (SIGSTOP)"])):
        place.job(text, 300)
        words = [f"--{side}={fio.FIO} --output-format=json+ --output=$OUT "
                 f"--directory={place.space.dir(f'w{place.count}/{side}')} $HERE/my.fio"
                 for side in "ab"]
        done = subprocess.run([SMALLFIO, "ab", "--turns", "5ms", "--time", "1", "--format",
                               "json", *words], cwd=place.where, capture_output=True,
                              text=True, timeout=120)
        t.contains(done.stderr, ["turns of 5 ms", *says], f"commands: {name}: in turns")
        compared(t, done, f"commands: {name}", [name])


# Runs fio, but shortens the section in one round of both sides.
PAUSED_ONCE = """#!/bin/sh
for job; do :; done
case $PWD in
*-$ROUND) sed -i "/$SECTION/,\\$ s/runtime=.*/runtime=2ms/" "$job" ;;
esac
exec "$REAL_FIO" "$@"
"""


def paused_once(t, place):
    """A pause of the machine may take all turns of a section in one round. Sides that
    are stopped have a round before the first, which shows that they must be."""
    other = OTHER.replace("500ms", "100ms")
    for name, text, at in (
            ("of two sections", STAT.replace("stats=0", ""), 0),
            ("the only section", STAT, 0),
            ("a later round", STAT, 1),
            ("of another engine", other.replace("[randread]", "[before]") +
             other.replace("[randread]", "[stat]\nstonewall"), 1)):
        place.job(text.replace("runtime=1\n", "runtime=100ms\n"), 3000)
        path = f"{place.where}/fio"
        with open(path, "w", encoding="utf-8") as f:
            f.write(PAUSED_ONCE)
        os.chmod(path, 0o755)
        done = place.ab("--time", "60", "--threshold", "80", "--format", "json",
                        "--fio", path, turns="5ms", env={
                            "REAL_FIO": fio.FIO, "ROUND": f"{at:03}", "SECTION": "stat"})
        t.equal(done.returncode, 0, f"a pause takes {name}: exit code", done.both)
        t.contains(done.stdout, ["rounds that do not count: 1;"],
                   f"a pause takes {name}: a note")
        short, later = [min(side["runtime"] for side in measured(result))
                        for result in place.results()[0][at:at + 2]]
        t.ok(3 * short < later, f"a pause takes {name}: only that round", short, later)


def in_turns(t, place, name, directory):
    """Runs the job file of the place on both sides. Returns the operations of A's
    turns, their ms, and those of B, or nothing if that failed."""
    command = (f"exec {fio.FIO} --directory={directory} --output=fio.json "
               "--output-format=json ../../my.fio")
    words = []
    for side in "ab":
        os.makedirs(f"{place.where}/kept/{side}-000")
        words += [f"kept/{side}-000", command]
    done = subprocess.run([os.environ["SMALLFIO_IN_TURNS"], "10", *words],
                          cwd=place.where, capture_output=True, text=True)
    figures = done.stdout.split()
    t.equal((done.returncode, len(figures)), (0, 6), f"{name}: ran", done.stderr)
    counts = [int(n) for n in figures[2:]]
    return [n / MS if i % 2 else n for i, n in enumerate(counts)]


def counted(t, place):
    """Turns count what fio counts."""
    place.job(STAT.replace("runtime=1", "runtime=200ms\nramp_time=800ms"), 300)
    took_ms = in_turns(t, place, "ramp", ".")[1::2]
    t.ok(all(0 < ms < 400 for ms in took_ms),
         "ramp: the turns that count last for runtime=200ms", took_ms)

    # One population for both: in its turn each side meets what the other changed.
    place.job(MIX.replace("stat:2,", "").replace("runtime=1", "runtime=500ms")
              + "same_dir=1\npopulation=2000\n", 4000)
    turns = in_turns(t, place, "conflicts", place.top)[::2]
    for side, done, results in zip("AB", turns, place.results()):
        by_fio = sum(s["total_ios"] for s in measured(results[0]))
        t.ok(0 < done <= by_fio, f"conflicts: they are no operations of {side}",
             done, by_fio)


def sides(t, place):
    """Each side has its directory, options and environment."""
    place.job(CREATE, 3000)
    other = place.space.dir(f"other{place.count}")
    done = place.ab("--time", "1", "--a-dir", place.top, "--b-dir", other,
                    "--a-option", "files=8000", "--b-option", "files=9000",
                    "--b-option", "unlink=0", "--a-env", "MINE=a b",
                    "--b-env", "MINE=c", "--option", "exec_prerun=echo $MINE",
                    top=False, turns="5ms")
    a, b = place.results()
    t.equal([a[0]["jobs"][0]["write"]["total_ios"],
             b[0]["jobs"][0]["write"]["total_ios"]], [8000, 9000],
            "an option for each", done.both)
    for side, want, mine in (("a", place.top, "a b\n"), ("b", other, "c\n")):
        with open(f"{place.where}/kept/{side}-000/create.prerun.txt",
                  encoding="utf-8") as f:
            t.equal(f.read(), mine, f"{side}: an environment for each")
        with open(f"{place.where}/kept/{side}-000/job.fio",
                  encoding="utf-8") as f:
            job = f.read()
        t.contains(job, [f"directory={want}/smallfio-ab."],
                   f"{side}: a directory for each")
    t.equal(os.listdir(place.top) + os.listdir(other), [], "leaves nothing")


def intervals(t, place):
    """fio's logs and intervals go by a side's own turns."""
    place.job(STAT, 2000)
    place.ab("--time", "1", "--option", "write_iops_log=log", "--option",
             "log_avg_msec=100")
    for side in "ab":
        with open(f"{place.where}/kept/{side}-000/log_iops.2.log",
                  encoding="ascii") as f:
            rows = [list(map(int, line.split(",")[:2])) for line in f]
        ended = [ms for ms, _ in rows]
        t.ok(8 <= len(rows) <= 11 and ended[-1] < 1000 + 2 * TURN_MS,
             f"{side}: a second of work has ten intervals of 100 ms", ended)
        rates = sorted(rate for _, rate in rows)
        t.ok(rates[0] > rates[len(rates) // 2] / 3, f"{side}: none has a pause in it", rates)


def told(t, place):
    """On a terminal ab says how it goes, and how long that may take."""
    place.job(STAT.replace("runtime=1", "runtime=100ms"), 2000)
    text = terminal.run(place.command("--time", "8", "--threshold", "0.001", turns="5ms"),
                        "stderr", cwd=place.where, stdout=subprocess.DEVNULL)
    left = [int(s) for s in re.findall(
        r"round \d+; stat files/s [-+][\d.]+ %; (?:about \d+ s to go, )?at most (\d+)",
        text)]
    t.ok(left and 0 < left[0] < 8 and left == sorted(left, reverse=True),
         "what is left becomes less", text)


def interrupted(t, place):
    place.job(STAT.replace("runtime=1", "runtime=60"), 2000)
    ab = place.begin("--time", "60")
    t.ok(tap.until(lambda: len(place.members()) >= 4), "both run")
    time.sleep(1)
    ab.send_signal(signal.SIGINT)
    out = ab.communicate(timeout=30)
    t.contains(out[1], ["interrupted"], "SIGINT: says so")
    t.equal((ab.returncode, place.members(), os.listdir(place.top)),
            (3, [], []), "SIGINT: ends all")


def unequal(t, place):
    """A side that is done early, one that fills its disk, one that takes no
    turns."""
    place.job(CREATE, 3000)
    done = place.ab("--time", "1", "--a-option", "files=60000", turns="5ms")
    a, b = place.results()
    t.equal((a[0]["jobs"][0]["write"]["total_ios"],
             b[0]["jobs"][0]["write"]["total_ios"]), (60000, 3000),
            "the slower one goes on to its end", done.both)

    place.job(CREATE, 50)
    done = place.ab("--time", "1")
    t.equal(done.returncode, 4, "too short: exit code")
    t.contains(done.stderr, ["create: ended within two turns", "files="],
               "too short: says what to do")

    place.job(CREATE, 20000)
    full = mounts.mount("tmpfs", place.space.dir(f"full{place.count}"), "-o",
                        "size=4m")
    done = place.ab("--time", "1", "--a-dir", place.top, "--b-dir", full,
                    top=False)
    t.equal(done.returncode, 3, "full disk: exit code", done.both)
    t.contains(done.both, ["kept/b-000", "No space left"], "full disk: says so")
    t.equal(os.listdir(place.top) + os.listdir(full), [],
            "full disk: leaves nothing")

    place.job("[x]\nioengine=null\nsize=1m\nrw=write\n")
    done = place.ab("--time", "1")
    t.equal(done.returncode, 4, "another engine: exit code", done.both)
    t.contains(done.stderr, ["x: ended within two turns of each side; give it more work",
                             "--option runtime=2"],
               "another engine, too short: says what to do")
    subprocess.run(["rm", "-r", f"{place.where}/kept"], check=True)
    done = place.ab("--runs", "7", "--option", "time_based=1", "--option",
                    "runtime=150ms", turns="off")
    t.contains(done.both, ["7 runs against a baseline of 7"],
               "another engine: whole runs")


def alone_at_the_end(t, place):
    """What the slower side does when the other is done is compared by nothing: fio
    has no latencies of that, and MiB/s follows from the turns."""
    for name, text, options in (
            ("create", CREATE, ("files=60000",)),
            ("depth", CREATE, ("files=60000", "iodepth=8", "uring_always=1")),
            ("mix", MIX.replace("runtime=1", "runtime=300ms"), ("runtime=1500ms",))):
        place.job(text, 10000)
        done = place.ab("--time", "1", "--metric", "files/s,MiB/s", "--format", "json",
                        *(word for option in options for word in ("--a-option", option)),
                        turns="5ms")
        a, b = (measured(results[0]) for results in place.results())
        asked = [sum(s["total_ios"] for s in side) for side in (a, b)]
        timed = [sum(s["clat_ns"]["N"] for s in side) for side in (a, b)]
        t.ok(timed[1] == asked[1] and 0 < timed[0] < 0.6 * asked[0],
             f"{name}: latencies end with the faster side", timed, asked, done.stderr)
        checks = json.loads(done.stdout)["checks"]
        changes = {c["metric"]: c["comparison"]["change"] for c in checks
                   if "comparison" in c}
        print("#", name, timed, asked, changes)
        t.ok(name == "mix" or
             abs(changes["MiB/s"] - changes["files/s"]) < 1e-9,
             f"{name}: MiB/s is the rate of files of one size", changes)
        subprocess.run(["rm", "-r", f"{place.where}/kept"], check=True)


def latencies(t, place):
    """Means and percentiles are compared, too: of a file system that answers after
    1 ms, with one that takes 8 ms, and with itself."""
    place.job(STAT.replace("runtime=1", "runtime=500ms"), 10)
    near, far = (mounts.Workspace().far_away(us) for us in (1000, 8000))
    for what, other, time_s, metrics in (("slower", far, 40, "files/s,mean,p50"),
                                         ("equal", near, 20, "files/s,mean,p50,p99")):
        done = place.ab("--time", str(time_s), "--all", "--metric", metrics,
                        "--format", "json", "--a-dir", near, "--b-dir", other,
                        top=False, turns="50ms")
        states = {c["metric"]: c["state"] for c in json.loads(done.stdout)["checks"]}
        print("#", what, states)
        if what == "equal":
            t.ok(done.returncode in (0, 4) and "red" not in states.values(),
                 "equal: nothing is red", done.both)
        else:
            t.ok(done.returncode == 1 and set(states.values()) == {"red"},
                 "slower: all is red", done.both)
        subprocess.run(["rm", "-r", f"{place.where}/kept"], check=True)


def paused(t, place):
    """All turns are lost from the second round on: ab says so, and ends."""
    place.job(STAT.replace("runtime=1", "runtime=300ms"), 300)
    ab = place.begin("--time", "60", "--threshold", "50")
    kept = f"{place.where}/kept"
    t.ok(tap.until(lambda: os.path.exists(f"{kept}/a-001")), "a second round")
    while ab.poll() is None:
        for pause, sent in ((0.4, signal.SIGSTOP), (0.02, signal.SIGCONT)):
            for pid in place.members():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), sent)
            time.sleep(pause)
    text = "".join(ab.communicate(timeout=60))
    t.contains(text, ["ended within two turns of each side, the longest of "],
               "rounds without turns")
    t.equal(ab.returncode, 4, "rounds without turns: exit code", text)
    subprocess.run(["rm", "-r", kept], check=True)


def leaning(t, place):
    """A's turns lose time after a turn of B, and B's do not: whole runs follow, as soon
    as that is sure. In turns B is fast and slow by turns, so no verdict comes before."""
    place.job(STAT.replace("runtime=1", "runtime=300ms"), 20)
    sleepy = place.space.far_away(delay_us=100, wake_us=12000)
    slow = mounts.Workspace().far_away(delay_us=4000)
    fio_in = ("mkdir {0}/$$; " f"{fio.FIO} --output-format=json+ --output=$OUT "
              "--directory={0}/$$ $HERE/my.fio").format
    done = subprocess.run(
        [SMALLFIO, "ab", "--turns", "20ms", "--warmup", "0", "--runs", "2000", "--time", "60",
         "--a", fio_in(sleepy), "--b", f"""
            if [ -e $HERE/fast ] || ! [ "$SMALLFIO_TURNS" ]; then rm -f $HERE/fast
            {fio_in(place.top)}; else touch $HERE/fast; {fio_in(slow)}; fi"""],
        cwd=place.where, capture_output=True, text=True, timeout=300)
    done.both = done.stdout + done.stderr
    t.contains(done.both, ["falls into the turns of the other: whole runs follow",
                           "these are whole runs: turns of 20 ms do not fit"],
               "turns that do not fit")
    most = int((re.findall(r"whole runs follow, at most (\d+)", done.both) or [0])[0])
    # Each round has 0.6 s of work. Seven is the least number of whole runs.
    t.ok(7 < most <= 100, "whole runs have what is left of --time", most)
    # The same with an engine that knows nothing of turns. Whole runs follow in most
    # cases, and then no side waits for the other.
    place.job(OTHER.replace("psync", "sync").replace("size=8m", "size=1m"))
    done = place.ab("--a-dir", sleepy, "--b-dir", place.top, "--warmup", "0",
                    "--runs", "7", "--time", "20", top=False, turns="20ms")
    t.contains(done.both, ["is stopped (SIGSTOP)"], "stopping that does not fit")
    t.ok(done.returncode in (0, 1, 4), "stopping that does not fit: ends", done.both)
    print("# whole runs followed:", "these are whole runs" in done.both)


def traced(place, *arguments):
    """Runs ab with --sync under strace. Returns what it did, and how often it had
    the file systems of A's and of B's directory written."""
    place.job(CREATE, 4000)
    log = f"{place.where}/strace.log"
    b_dir = place.space.dir(f"w{place.count}/b")
    command = place.command("--sync", "--a-dir", place.top, "--b-dir", b_dir,
                            "--time", "1", "--patience", "1", turns="5ms", top=False)
    done = subprocess.run(["strace", "-f", "--seccomp-bpf", "-y", "-o", log,
                           "-e", "trace=syncfs", *arguments, *command],
                          cwd=place.where, capture_output=True, text=True, timeout=120)
    with open(log, encoding="ascii", errors="replace") as f:
        lines = [line for line in f if " syncfs(" in line]
    return done, [sum(f"<{top}>" in line for line in lines)
                  for top in (place.top, b_dir)]


def synced(t, place):
    """--sync writes what is in memory after each turn of either side. Where that
    fails or hangs, the side is named."""
    done, times = traced(place)
    t.ok(min(times) > 5, "after turns of each side", times, done.stderr)
    t.contains(done.stdout, ["expected 7 rounds, or more: a longer --time"],
               "too few rounds")
    for name, fault, words in (
            ("an error", "error=EIO", "cannot have it write what is in memory (--sync): "
             "Input/output error"),
            ("hangs", "delay_enter=8000000", "nothing happened for 1 s while ")):
        done, _ = traced(place, "-e", f"inject=syncfs:{fault}")
        t.equal(done.returncode, 3, f"syncfs, {name}: exit code", done.stderr)
        t.contains(done.stderr, [place.where, words], f"syncfs, {name}: is named")


def busy_ms(place, side):
    """Returns the ms since 1970 in which an operation of the side ended, by the
    latency logs of its last run."""
    paths = sorted(glob.glob(f"{place.where}/kept/{side}-*/randread_clat.1.log"))
    with open(paths[-1], encoding="ascii") as f:
        return {int(line.split(",")[0]) for line in f}


def stopped(t, place):
    """Programs that know nothing of turns are stopped while the other runs."""
    place.job(OTHER)
    done = place.ab("--time", "60", "--b-option", "bs=512k", turns="20ms")
    t.contains(done.both, ["is stopped (SIGSTOP)", "not compared",
                           "regression: randread files/s"], "says so")
    t.equal((done.returncode, os.listdir(place.top)), (1, []),
            "a slower B is red, and no file is left", done.both)
    a, b = busy_ms(place, "a"), busy_ms(place, "b")
    print(f"# {len(a)} ms of A, {len(b)} ms of B, {len(a & b)} ms of both")
    t.ok(min(len(a), len(b)) > 20 and len(a & b) < min(len(a), len(b)) / 4,
         "by fio's own logs one side works at a time", len(a), len(b), len(a & b))
    subprocess.run(["rm", "-r", f"{place.where}/kept"], check=True)
    done = place.ab("--metric", "p99", "--time", "5")
    t.equal(done.returncode, 2, "only latencies: exit code", done.both)
    t.contains(done.stderr, ["expected a metric such as files/s"],
               "only latencies: says what to do")

    place.job(OTHER.replace("500ms", "60"))
    ab = place.begin("--time", "60")
    t.ok(tap.until(lambda: len(place.members()) >= 4), "both run")
    ab.send_signal(signal.SIGINT)
    ab.communicate(timeout=30)
    t.equal((place.members(), os.listdir(place.top)), ([], []),
            "SIGINT: ends all")


def first(t, place):
    """--real-time: threads run before others in turns, where they may."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    except PermissionError as e:
        raise tap.Unavailable("nobody here may run before others (CAP_SYS_NICE)") from e
    place.job(STAT, 2000)
    ab = place.begin("--time", "1", "--real-time")
    t.ok(tap.until(lambda: any(
        os.sched_getscheduler(pid) == os.SCHED_FIFO for pid in place.members())),
        "a side runs before others")
    out = ab.communicate(timeout=60)
    t.ok(ab.returncode in (0, 4), "--real-time: ends", *out)
    subprocess.run(["rm", "-r", f"{place.where}/kept"], check=True)
    done = subprocess.run(["setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice",
                           *place.command("--real-time")], cwd=place.where,
                          capture_output=True, text=True)
    t.equal(done.returncode, 2, "without the right to: exit code", done.stderr)
    t.contains(done.stderr, ["--real-time needs root, or CAP_SYS_NICE"],
               "without the right to: says so")


def gate(place, *arguments):
    """Runs `smallfio gate` with the job file of the place."""
    done = subprocess.run([SMALLFIO, "gate", *arguments, "--directory", place.top,
                           "my.fio"], cwd=place.where, capture_output=True, text=True,
                          timeout=240)
    done.both = done.stdout + done.stderr
    return done


def calibrated(t, place):
    """gate calibrate says what turns find in which time."""
    place.job(STAT.replace("runtime=1", "runtime=200ms"), 3000)
    done = gate(place, "calibrate", "--turns", "5ms", "--time", "10", "--threshold", "20")
    # In so little time a busy machine may do too few rounds for a verdict.
    t.ok(done.returncode in (0, 4), "calibrate: exit code", done.both)
    t.contains(done.stdout, ["rounds in turns, of ", "with --time", "15s", "300s",
                             "stat", "from round to round", "--threshold 20"],
               "calibrate: text")
    t.equal(os.listdir(place.top), [], "calibrate: leaves nothing")


def selftested(t, place):
    """gate selftest slows down what it can, and refuses what it cannot."""
    place.job(STAT.replace("runtime=1", "runtime=200ms"), 3000)
    done = gate(place, "selftest", "--turns", "5ms", "--slower", "50")
    t.equal(done.returncode, 0, "selftest in turns: exit code", done.both)
    t.contains(done.both, ["regression: stat files/s", "50 % longer, -33.3 % of its rate, "
                           "by the engine", "goes red for a slow-down of 50 %, after "],
               "selftest in turns: text")
    diskwrite = fio.ENGINE.replace("smallfile", "diskwrite")
    other = OTHER.replace("500ms", "200ms")
    for name, text in (
            ("psync", other),
            ("diskwrite", f"[x]\nioengine={diskwrite}\nrw=write\nsubmit=sync\nbs=64k\n"
                          "filesize=1m\nsize=32m\ndirect=0\n")):
        place.job(text)
        done = gate(place, "selftest")
        t.equal(done.returncode, 2, f"{name} in turns: exit code", done.both)
        t.contains(done.stderr, ["only fio-smallfile.so can be slowed down", "--turns off"],
                   f"{name} in turns: says what to do")
    place.job(other)
    done = gate(place, "selftest", "--turns", "off", "--runs", "7", "--slower", "200")
    # On a busy machine seven runs of 0.2 s may decide nothing.
    t.ok(done.returncode in (0, 1), "psync, whole runs: exit code", done.both)
    t.contains(done.both, ["by fio's --thinktime="], "psync, whole runs: how")
    t.equal(os.listdir(place.top), [], "selftest: leaves nothing")


def refused(t, place):
    place.job(CREATE)
    for arguments, words in (
            (("--turns", "10"), "expected 1ms to 10s, or off"),
            (("--turns", "0.1ms"), "expected 1ms to 10s, or off"),
            (("--option", "files"), "expected NAME=VALUE"),
            (("--turns", "off", "--real-time"), "--real-time is for turns"),
            (("--turns", "off", "--all"), "--all is for turns"),
            (("--turns", "off", "--time", "9"), "--time is for turns"),
            (("--turns", "off", "--sync"), "--sync is for turns of a job file"),
            (("--a", "true"), "not both"),
            (("--a-dir", "/var/tmp", "--directory", place.top), "give one or the other"),
            (("--directory", "/does/not/exist"), "/does/not/exist"),  # of B: the second one
            (("--a-dir", "/does/not/exist"), "/does/not/exist"),
            (("--a-dir", place.space.dir("a:b")), "take another one")):
        done = place.ab(*arguments, top="--a-dir" not in arguments)
        t.contains(done.both, [words], f"{' '.join(arguments)}: refused")
        t.ok(done.returncode in (2, 3), f"{' '.join(arguments)}: exit code",
             done.returncode)
        subprocess.run(["rm", "-rf", f"{place.where}/kept"], check=True)
    for text, words in (("", "a section"), ("[global]\nrw=write\n", "a section"),
                        ("[x]\ninclude y\n", "my.fio:2"),
                        ("[x]\nrw=write\n\0", "a text")):
        place.job("")
        with open(f"{place.where}/my.fio", "w", encoding="utf-8") as f:
            f.write(text)
        done = place.ab()
        t.contains(done.both, [words], f"{text!r}: refused")
        t.equal(done.returncode, 3, f"{text!r}: exit code")
    place.job(CREATE)
    done = fio.run([], text=CREATE.format(files=1, threads=1),
                   directory=place.top, env={"SMALLFIO_TURNS": "a:/dev/null"})
    t.contains(done.err, ["SMALLFIO_TURNS=a:/dev/null", "unset it"],
               "a variable that nobody set")
    t.ok(done.rc, "a variable that nobody set: exit code")


PARTS = {
    "turns": (no_pauses, alone, sections, kinds, commands, paused_once, counted, sides,
              intervals, told, interrupted, unequal, refused),
    "more": (alone_at_the_end, latencies, paused, first, stopped, leaning,
             synced, selftested, calibrated),
}
tap.main(*tap.sharing(Place, *PARTS[sys.argv[1]]), apart=True)
