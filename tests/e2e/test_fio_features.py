# SPDX-License-Identifier: GPL-2.0-only
"""Tests each line of the table "What fio does with each operation" in
docs/semantics.md. fio's options must work although fio sees a batch of many
operations as one io_u. What a case must show follows from fio's documents, or
is what the same case shows with burst=1, where fio sees each operation."""
import collections
import os
import re

import fio
import mounts
import tap
import tree

mounts.enter_namespace()

FILES = 900
AT_ONCE = 6  # waiting is most of what a case takes
COMMON = dict(files=FILES, filesize="1k", host="h")
LONG = dict(time_based=1, runtime=60)
END_S = 50

TOP = []  # of all trees
Run = collections.namedtuple("Run", "done where")


def side(run):
    return fio.busy_side(run.done.jobs[0])


def counts(run):
    """Returns exit code, operations and samples."""
    return run.done.rc, side(run)["total_ios"], side(run)["clat_ns"]["N"]


def sampled(run):
    return (run.done.rc, side(run)["total_ios"] > 0,
            side(run)["clat_ns"]["N"] - side(run)["total_ios"])


def error(run):
    """Returns fio's error, and how many operations were done by then."""
    return run.done.jobs[0]["error"], side(run)["total_ios"]


def error_in_time(run):
    return run.done.jobs[0]["error"], run.done.seconds < END_S


def lines(run, name):
    with open(os.path.join(run.where, name), encoding="utf-8") as f:
        return f.read().splitlines()


def replayable(run):
    """Returns the offsets in the log of write_iolog=, which fio could
    replay."""
    return [int(line.split()[3]) for line in lines(run, "x.iolog")
            if re.search(r" (read|write) \d", line)]


def bandwidths(run):
    return (len(lines(run, "x_bw.1.log")),
            len(lines(run, "x_iops.1.log")))


def priorities(run):
    """Counts the lines of the log by priority. fio puts the class in the upper
    bits, here 2 for best effort."""
    rows = [line.split(",") for line in lines(run, "x_clat.1.log")]
    return collections.Counter(int(row[4], 0) for row in rows)


def by_priority(run):
    return [(p["prioclass"], p["prio"], p["clat_ns"]["N"])
            for p in side(run)["prios"]]


def histograms(run):
    """Returns whether the logged histograms have samples, and no more than
    there were operations."""
    shown = sum(sum(map(int, line.split(",")[3:]))
                for line in lines(run, "x_clat_hist.1.log"))
    return (run.done.rc, 0 < shown <= side(run)["total_ios"])


def steady(run):
    """Returns whether steadystate= ended the job, and whether the rates that
    it saw are possible for what the job did."""
    found = run.done.jobs[0]["steadystate"]
    seen = sum(found["data"]["iops"])
    return (run.done.rc, found["attained"], run.done.seconds < END_S,
            0 < seen < 2 * side(run)["total_ios"])


def met_target(run):
    """Returns whether latency_target= ended the job, and whether the engine
    had said that an option may do so."""
    note = run.done.jobs[0]["job options"]["fio-smallfile section 1"]
    return (run.done.rc, run.done.seconds < END_S, " early=1 " in note)


def idle(run):
    return counts(run) + ("cpu_idleness" in run.done.json,)


def triggered(run):
    """Returns whether the trigger ended the job and ran its command, and by
    how many the report differs from the files that were made."""
    options = run.done.jobs[0]["job options"]
    made = sum(len(tree.files_below(os.path.join(TOP[0], trees, options["host"])))
               for trees in ("file_srcdir", "file_dstdir"))
    return (run.done.seconds < END_S, made > 0,
            side(run)["total_ios"] - made,
            os.path.exists(os.path.join(run.where, "fired")))


def paused(run):
    """Checks for the eight pauses of 20 ms between nine times a hundred
    operations."""
    return counts(run) + (side(run)["runtime"] >= 8 * 20,)


def paced(run):
    return counts(run) + (side(run)["runtime"] >= 800,)


def shares(run):
    """Returns whether the second of two jobs did three times as much as the
    first, within a tenth."""
    few, many = (fio.busy_side(job)["total_ios"] for job in run.done.jobs)
    return run.done.rc, few > 30, 2.7 < many / few < 3.3


# Cases with stat: {label: (options, fio's arguments, function that looks at the
# run, what it must return)}. None stands for what the same case returns with
# burst=1. A label begins with the option as the table in semantics.md has it.
CASES = {
    "`latency_target=`, kept": (dict(latency_target="10s",
                                     latency_window="1s"), (), counts,
                                (0, FILES, FILES)),
    "`latency_target=`, found": (dict(LONG, latency_target="10s",
                                      latency_window="50ms",
                                      latency_percentile=90), (), met_target,
                                 (0, True, True)),
    "`latency_target=`, missed": (dict(latency_target="1us",
                                       latency_window="1s"), (), error,
                                  (110, 1)),
    "`max_latency=`, kept": (dict(max_latency="100s"), (), counts,
                             (0, FILES, FILES)),
    "`max_latency=`, exceeded": (dict(max_latency="1us"), (), error,
                                 (110, 1)),
    "`rate_min=`": (dict(LONG, rate_min="1g", ratecycle=100), (),
                    error_in_time, (5, True)),
    "`rate=`": (dict(rate="1k"), (), paced, (0, FILES, FILES, True)),
    "`rate_iops=`": (dict(rate_iops=1000), (), paced, (0, FILES, FILES, True)),
    "`thinktime=`": (dict(thinktime="20ms", thinktime_blocks=100), (), paused,
                     (0, FILES, FILES, True)),
    "`write_iolog=`": (dict(write_iolog="x.iolog"), (), replayable, None),
    "`write_bw_log=`": (dict(write_bw_log="x", write_iops_log="x"), (),
                        bandwidths, (FILES, FILES)),
    "`prio=`": (dict(prioclass=2, prio=6, write_lat_log="x", log_prio=1), (),
                priorities, {(2 << 13) + 6: FILES}),
    "`write_hist_log=`": (dict(time_based=1, runtime="300ms",
                               write_hist_log="x", log_hist_msec=20), (), histograms, (0, True)),
    "`ramp_time=`": (dict(time_based=1, runtime="200ms", ramp_time="100ms"),
                     (), sampled, (0, True, 0)),
    "`steadystate=`": (dict(LONG, steadystate="iops:1000%", ss_dur=1), (),
                       steady, (0, 1, True, True)),
    "`--idle-prof=`": (dict(), ("--idle-prof=percpu",), idle,
                       (0, FILES, FILES, True)),
}
# Cases with other operations or with several sections: {label: (sections, ...)}.
MAKING = dict(files=10_000_000, files_per_dir=10_000_000, empty=1)
FIRED = "--trigger=touch fired"
OTHERS = {
    "`--trigger-timeout=`": (
        [fio.section("create", host="timeout", **MAKING)],
        ("--trigger-timeout=1", FIRED),
        triggered, (True, True, 0, True)),
    "`--trigger-file=`": (
        [fio.section("create", host="file", **MAKING),
         fio.section("stat", startdelay=1, exec_prerun="touch go")],
        ("--trigger-file=go", FIRED),
        triggered, (True, True, 0, True)),
    "`flow=`": (
        [fio.section("stat", f"flow{n}", flow=n, time_based=1,
                     runtime=1)
         for n in (1, 3)], (), shares, (0, True, True)),
    "`prioclass=`": (
        [fio.section("stat", f"prio{n}", prioclass=2, prio=n,
                     group_reporting=1) for n in (1, 6)],
        ("--output-format=json+",), by_priority,
        [(2, 1, FILES), (2, 6, FILES)]),
}
# Options of the table that are in the cases above but not in their labels.
ALSO = ("write_iops_log=", "log_prio=", "`cgroup=`", "ETA")
# Options of the table that other test programs test.
ELSEWHERE = {
    "test_inline_batch.py": (
        "time_based", "loops=", "size=", "io_size=", "number_ios=",
        "continue_on_error=", "ignore_error=", "ramp_size=", "write_lat_log=",
        "log_offset=", "log_avg_msec=", "thinkcycles=", "SIGINT",
        "--status-interval=", "errors"),
    "test_fio.py": ("runtime=", "exitall", "exitall_on_error"),
}


def runs_of(cases):
    """Yields (label, sections, arguments, function, what it must return). The
    last may be a label: then it is what that other run returns. Runs are in
    the files' order and in random order by turns. Those that are compared with
    burst=1 run in both orders."""
    for n, (key, (options, arguments, look, expected)) in \
            enumerate(cases.items()):
        for rand in (False, True) if expected is None else (n % 2 == 0,):
            label = f"{key}, {'random' if rand else 'in order'}"
            if expected is None:
                yield (f"{label}, burst=1",
                       [fio.section("stat", rand=rand, burst=1, **options)],
                       arguments, look, None)
            yield (label, [fio.section("stat", rand=rand, **options)],
                   arguments, look,
                   f"{label}, burst=1" if expected is None else expected)
    for label, (sections, arguments, look, expected) in OTHERS.items():
        yield label, sections, arguments, look, expected


def start(space, number, sections, arguments):
    """Starts fio in a directory of its own, to which its logs go."""
    where = space.dir(f"logs-{number}")
    return where, fio.Running(sections, *arguments, cwd=where, directory=TOP[0],
                              **COMMON)


def features(t, space):
    TOP.append(space.dir("files"))
    done = fio.run([fio.section("create")], directory=TOP[0], **COMMON)
    t.ok(done.rc == 0, "files are there", done)
    left, seen = list(enumerate([*runs_of(CASES)])), {}
    while left:
        now, left = left[:AT_ONCE], left[AT_ONCE:]
        under_way = [(row, *start(space, n, row[1], row[2])) for n, row in now]
        for (label, _, _, look, expected), where, running in under_way:
            run = Run(running.wait(), where)
            seen[label] = look(run) if run.done.jobs else None
            if isinstance(expected, str):
                expected = seen[expected]
            if expected is None:
                t.ok(seen[label], f"{label}: shows something", run.done)
            else:
                t.equal(seen[label], expected, label, run.done)


def shown_by_fio(t, space):
    """fio's output for people, during a run and at its end, has the right
    order and says depth 1."""
    for rand, letter in ((False, "R"), (True, "r")):
        def shown():
            done = fio.Running(
                [fio.section("stat", rand=rand, time_based=1, runtime=4)],
                "--output-format=normal", "--status-interval=1", "--eta=always",
                "--eta-newline=500ms", directory=TOP[0], **COMMON).wait()
            return done, set(re.findall(r"\[([a-zA-Z])\(1\)\]\[", done.err))
        # On a busy machine fio may end before it has printed an ETA.
        done, letters = tap.best_of(
            3, shown, lambda found: found[1] and
            found[0].output.count("IO depths") > 1)
        t.equal(letters, {letter}, f"random {rand}: the letter of the ETA", done)
        shares = [float(n) for n in re.findall(r"\)\]\[([\d.]+)%\]", done.err)]
        t.ok(shares == sorted(shares) and all(n <= 100 for n in shares),
             f"random {rand}: how much is done", shares)
        text = done.output
        depths = re.findall(r"IO depths +: (.*)", text)
        t.ok(len(depths) > 1 and all(d.startswith("1=100.0%") for d in depths),
             f"random {rand}: depths, each time", depths, text)
        # While fio reads its counters, a batch may be in one and not yet in another.
        for kind in ("submit", "complete"):
            shares = re.findall(fr"{kind} +: 0=0.0%, 4=([\d.]+)%", text)
            t.ok(len(shares) == len(depths) and shares[-1] == "100.0" and
                 all(float(share) >= 99 for share in shares),
                 f"random {rand}: {kind}", shares)
        rwts = [int(n) for n in re.findall(r"rwts: total=(\d+),0,0,0", text)]
        t.ok(len(rwts) == len(depths) and rwts == sorted(rwts) and rwts[0] > 0,
             f"random {rand}: totals grow", rwts)


def cgroups(t, space):
    """cgroup= does what it does with fio's null engine. Whether it succeeds
    depends on the machine."""
    found = {}
    for label, options in (
            ("null", dict(ioengine="null", size=FILES, bs=1)),
            ("ours", dict(operation="stat", files=FILES, host="h",
                          directory=TOP[0]))):
        done = fio.run([("a", dict(options, rw="read", cgroup="smallfio-test",
                                   cgroup_weight=200))])
        found[label] = (done.rc, re.findall(r"func=(.*), error", done.err),
                        [fio.busy_side(j)["total_ios"] for j in done.jobs])
    t.equal(found["ours"], found["null"], "`cgroup=`: as the null engine")


def table_is_covered(t):
    """Each option in the table of semantics.md has a test."""
    path = os.path.join(os.environ["SMALLFIO_SOURCE"], "docs", "semantics.md")
    with open(path, encoding="utf-8") as f:
        text = f.read().split("### What fio does with each operation")[1]
    rows = [line.split("|")[1] for line in text.split("`burst=1` makes")[0]
            .splitlines() if line.startswith("| ")]
    names = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    names.update({"SIGINT", "errors", "ETA"} & set(" ".join(rows).replace(
        ",", " ").split()))
    t.ok(len(names) > 30, "the table is read", names)
    here = os.path.dirname(__file__)
    for file in ("test_fio_features.py", *ELSEWHERE):
        with open(os.path.join(here, file), encoding="utf-8") as f:
            source = f.read()
        if file in ELSEWHERE:
            named = set(ELSEWHERE[file])
            t.equal({n for n in named if n.strip("-=") not in source}, set(),
                    f"{file} has what is said to be there")
        else:
            named = {n for n in names if n in
                     "".join([*CASES, *OTHERS, *ALSO])}
        names -= named
    t.equal(names, set(), "each line of the table has a test")


def main():
    space = mounts.Workspace()
    tap.main(table_is_covered, *[lambda t, f=f: f(t, space) for f in
                                 (features, shown_by_fio, cgroups)])


main()
