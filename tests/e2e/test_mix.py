# SPDX-License-Identifier: GPL-2.0-only
"""Tests operation=mix. A model in Python says what the tree must be afterwards,
strace what was called, and smallfio shows each operation as if it had been a
job.

    test_mix.py [OPERATIONS]

OPERATIONS is how many the comparison with the model does."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import fio
import mix_model
import mounts
import smallfile
import tap
import tree

mounts.enter_namespace()

SMALLFIO = os.environ["SMALLFIO_PROGRAM"]
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
MIX = {"create": 10, "stat": 50, "read": 20, "append": 5.5,
       "truncate-overwrite": 0.5, "rename": 5, "delete": 10}
NUMBERS = dict(files=1250, population=1000)
COMMON = dict(host="h", filesize="1k", **NUMBERS)
NAME = re.compile(r'"_h_00_\d+_"')


def text_of(mix):
    return ",".join(f"{name}:{weight}" for name, weight in mix.items())


def section(mix=None, name="mix", **options):
    return name, dict(operation="mix", rw="randwrite",
                      mix=text_of(mix or MIX), **options)


def samples(job):
    """Returns {operation: samples} by the notes in a job's options."""
    found = {}
    for name, value in job["job options"].items():
        note = re.match(r"latency: .*operation=(\S+) .*samples=(\d+)", value)
        if name.startswith("fio-smallfile latency ") and note:
            found[note[1]] = found.get(note[1], 0) + int(note[2])
    return found


def check_tree(t, label, top, model, thread=0):
    layout = smallfile.Layout(top, "h", thread, NUMBERS["files"])
    want = model.expected(layout)
    found = {path for path in tree.files_below(top)
             if f"/thrd_{thread:02}/" in path and "population" not in path}
    t.same_set(found, want.keys(), f"{label}: the files are the model's")
    wrong = [path for path in found & want.keys()
             if tree.read_file(path) != want[path]]
    t.equal(wrong, [], f"{label}: their sizes and contents are, too")


def like_the_model(t, label, top, threads=1, **options):
    result = fio.run([section(numjobs=threads, number_ios=COUNT)],
                     directory=top, **{**COMMON, **options})
    t.ok(result.rc == 0, f"{label}: the mix succeeds", result)
    for thread, job in enumerate(result.named("mix")):
        model = mix_model.Mix(MIX, size=1024, thread=thread,
                              seed=options.get("seed", 1), **NUMBERS)
        for _ in range(COUNT):
            model.step()
        t.equal(samples(job), model.done,
                f"{label}, thread {thread}: as many of each as in the model")
        t.equal(fio.busy_side(job)["total_ios"], COUNT,
                f"{label}, thread {thread}: fio counts all of them")
        check_tree(t, f"{label}, thread {thread}", top, model, thread)


def model(t, space):
    like_the_model(t, "one at a time", space.dir("one"))
    like_the_model(t, "depth 16", space.dir("depth"), iodepth=16,
                   uring_always=1)
    like_the_model(t, "two threads, another seed", space.dir("two"), threads=2,
                   thread=True, seed=7)


def called(path):
    """Counts what strace saw of the mix's own files."""
    kinds = {"create": r"openat\(.*O_EXCL", "stat": r"newfstatat\(",
             "read": r"openat\(.*O_RDONLY", "rename": r"renameat2?\(",
             "delete": r"unlinkat\(", "append": r"openat\(.*O_WRONLY\|O_NOFOLLOW"}
    found = dict.fromkeys(kinds, 0)
    with open(path, encoding="utf-8") as f:
        for line in filter(NAME.search, f):
            for name, kind in kinds.items():
                found[name] += bool(re.search(kind, line))
    return found


def strace(t, space):
    if not shutil.which("strace"):
        t.skip("strace counts as many calls as are reported",
               "strace is not installed")
        return
    mix = {name: MIX[name] for name in MIX if name != "truncate-overwrite"}
    out = os.path.join(space.path, "strace.out")
    result = fio.run(
        [section(mix, number_ios=2000)], thread=True, directory=space.dir("st"),
        wrap=["strace", "-f", "-qq", "-s", "200", "-e",
              "trace=openat,newfstatat,renameat,renameat2,unlinkat", "-o", out],
        **{**COMMON, "population": 50, "files": 100})
    t.ok(result.rc == 0, "the mix succeeds under strace", result)
    found, want = called(out), samples(result.named("mix")[0])
    # The files to begin with are made before, and are no samples.
    found["create"] -= 50
    t.equal(found, want, "strace counts as many calls as are reported")


def smallfio(*arguments):
    return subprocess.run([SMALLFIO, *arguments], capture_output=True,
                          text=True)


def shown(t, space):
    """Each operation is shown as if it had been a job."""
    top, out = space.dir("shown"), os.path.join(space.path, "shown.json")
    mix = {"create": 1, "stat": 8, "delete": 1}
    for label, group in ("threads", {}), ("a group", {"group_reporting": 1}):
        result = fio.run([section(mix, numjobs=2, number_ios=20000, **group)],
                         "--output-format=json+", directory=top, **COMMON)
        t.ok(result.rc == 0, f"{label}: the mix of stats succeeds", result)
        with open(out, "w", encoding="utf-8") as f:
            f.write(result.output)
        stats = json.loads(smallfio("stats", "--format", "json", out).stdout)
        by_name = {o["operation"]: o for o in stats["operations"]}
        t.same_set(by_name.keys(), {"mix", *mix},
                   f"{label}: stats has the mix and its operations")
        number = {name: max(row["samples"] for row in o["statistics"])
                  for name, o in by_name.items()}
        t.equal(sum(number[name] for name in mix), 40000,
                f"{label}: their samples add up", number)
        t.equal((number["mix"], stats["samples"]), (40000, 40000),
                f"{label}: fio's own sum is right")
        done = smallfio("result", out)
        t.contains(done.stdout, ["mix.stat", "mix.create", "mix.delete"],
                   f"{label}: result has each operation")
        codes = [smallfio("gate", "--limit", limit, out).returncode
                 for limit in ("stat p50 < 100s", "stat p50 < 1ns")]
        t.equal(codes, [0, 1], f"{label}: gate judges one operation")


def damaged(t, space):
    """Latencies by operation that do not add up are said to be damaged."""
    path = os.path.join(space.path, "shown.json")
    text = tree.read_file(path).decode()
    for label, begin, end in ("a bin is missing", "bins=", ","), (
            "a count is another", "samples=", " "):
        at = text.index(begin) + len(begin)
        other = os.path.join(space.path, "damaged.json")
        with open(other, "w", encoding="utf-8") as f:
            f.write(text[:at] + "1" + text[text.index(end, at):])
        done = smallfio("stats", "--format", "json", other)
        t.contains(done.stderr, ["damaged"], f"{label}: stats says so")
        names = {o["operation"] for o in json.loads(done.stdout)["operations"]}
        t.equal(names, {"mix"}, f"{label}: only the mix as a whole is shown")


def count_files(top):
    return len([p for p in tree.files_below(top) if "population" not in p])


def ended(t, label, space, how, words, **options):
    """A run that is ended leaves what the next one can go on with."""
    top = space.dir(f"ended-{how}-{options.get('iodepth', 1)}")
    running = fio.Running([section(time_based=1, runtime=100)], directory=top,
                          **{**COMMON, **options})
    deadline = time.monotonic() + 60
    # The mix begins when its population is there.
    while count_files(top) < COMMON["population"] and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)
    if how == "kill":
        running.kill()
    else:
        running.process.send_signal(signal.SIGINT)
    result = running.wait()
    # A job that was killed may end after the process that started it.
    while running.members() and time.monotonic() < deadline + 60:
        time.sleep(0.1)
    t.ok(not result.timed_out, f"{label}: the run ends", result)
    if how != "kill":
        t.ok(result.named("mix") and samples(result.named("mix")[0]),
             f"{label}: latencies by operation are there", result)
    found = count_files(top)
    # A file may be cut off where the run was killed, so it is not read.
    again = fio.run([section(dict(stat=1) if how == "kill" else
                             dict(read=1, stat=1), number_ios=5000)],
                    directory=top, **COMMON)
    t.ok(again.rc == 0 and words in again.err
         and f"found {found} files" in again.err,
         f"{label}: the next run finds the files {words}", again, found)


def next_phase(t, space):
    """The next section of a job file goes on with what the one before left."""
    for shared in {}, dict(same_dir=1, numjobs=3, files=3750, population=3000):
        top = space.dir(f"phase{len(shared)}")
        result = fio.run(
            [section(number_ios=1000), section(name="more", number_ios=1000,
                                               stonewall=True)],
            directory=top, **{**COMMON, **shared})
        t.ok(result.rc == 0 and len(re.findall(
            "job more: found .* by the record of an earlier run", result.err))
             == 1, f"{shared}: the next section finds the files", result)


def interrupted(t, space):
    ended(t, "SIGINT", space, "int", "by the record")
    ended(t, "SIGINT at depth 8", space, "int", "by the record", iodepth=8,
          uring_always=1)


def killed(t, space):
    """A run that was killed leaves no record, and neither does one whose
    record was taken away."""
    ended(t, "SIGKILL", space, "kill", "by listing the directories")
    ended(t, "SIGKILL at depth 8", space, "kill",
          "by listing the directories", iodepth=8, uring_always=1)
    top = space.dir("killed")
    first = fio.run([section(number_ios=1000)], directory=top, **COMMON)
    t.ok(first.rc == 0, "a run leaves a record", first)
    record = glob.glob(f"{top}/*/h/thrd_00/*population*")
    t.equal(len(record), 1, "there is one record", record)
    os.unlink(record[0])
    again = fio.run([section(number_ios=1000)], directory=top, **COMMON)
    t.ok(again.rc == 0 and "by listing the directories" in again.err,
         "without a record the directories are listed", again)
    done = fio.run([fio.section("cleanup")], directory=top,
                   **{**COMMON, "population": None})
    t.ok(done.rc == 0, "cleanup removes a mix", done)
    t.equal(os.listdir(top), [], "cleanup leaves nothing")


def full(t, space):
    """On a full file system creates fail, and the others go on."""
    for depth in {}, dict(iodepth=8, uring_always=1):
        top = space.tmpfs(f"full{len(depth)}", "size=4m")
        sizes = dict(host="h", filesize="16k", files=1000, population=200)
        result = fio.run(
            [section(dict(create=3, read=2, delete=1), number_ios=4000,
                     continue_on_error="all", ignore_error=",ENOSPC")],
            directory=top, **sizes, **depth)
        label = f"full, {depth or 'one at a time'}"
        t.ok(result.rc == 0 and "No space left" in result.err,
             f"{label}: the mix goes on", result)
        wrong = [p for p in tree.files_below(top)
                 if "population" not in p and os.path.getsize(p) != 16384]
        t.equal(wrong, [], f"{label}: no file is half there")
        again = fio.run([section(dict(read=1), number_ios=2000)],
                        directory=top, **sizes)
        t.ok(again.rc == 0, f"{label}: all that is known is there", again)


def paced(t, space):
    top = space.dir("paced")
    for label, options in (
            ("rate_iops", dict(rate_iops=500, runtime=2, time_based=1)),
            ("thinktime", dict(thinktime=1000, number_ios=300)),
            ("ramp_time", dict(ramp_time=1, runtime=1, time_based=1)),
            ("same_dir", dict(same_dir=1, numjobs=2, number_ios=2000))):
        result = fio.run([section(**options)], directory=top, **COMMON)
        t.ok(result.rc == 0, f"{label}: the mix succeeds", result)
        for job in result.named("mix"):
            t.equal(sum(samples(job).values()),
                    fio.busy_side(job)["clat_ns"]["N"],
                    f"{label}: the histograms have all that fio counts")


def files_of(top):
    return [p for p in tree.files_below(top) if "population" not in p]


def conflicts(job):
    """Returns the conflicts by the notes in a job's options."""
    return sum(int(n) for value in job["job options"].values()
               for n in re.findall(r"^latency: .* conflicts=(\d+) ", value))


def one_population(t, space):
    """With same_dir=1 the threads of a job have one population. What they
    know of it afterwards is what is there."""
    for label, options in (
            ("processes", {}), ("threads", dict(thread=1)),
            ("depth 16", dict(iodepth=16, uring_always=1)),
            ("two files", dict(files=4, population=2, filesize="64k")),
            ("zipf", dict(mix_distribution="zipf:1.1"))):
        top = space.dir(f"one-{label}")
        options = {**COMMON, "files": 125, "population": 100, "same_dir": 1,
                   **options}
        result = fio.run([section(numjobs=4, number_ios=4000)], directory=top,
                         **options)
        t.ok(result.rc == 0, f"{label}: the mix succeeds", result)
        t.equal([sum(samples(j).values()) for j in result.named("mix")],
                [4000] * 4, f"{label}: conflicts are no samples")
        t.equal([fio.busy_side(j)["clat_ns"]["N"]
                 for j in result.named("mix")], [4000] * 4,
                f"{label}: fio counts what the histograms have")
        found = files_of(top)
        t.equal([p for p in found if "_h_00_" not in p], [],
                f"{label}: all files have names of one thread")
        again = fio.run([section(dict(read=1), number_ios=4000)],
                        directory=top, **options)
        t.ok(again.rc == 0 and conflicts(again.named("mix")[0]) == 0
             and f"found {len(found)} files by the record" in again.err,
             f"{label}: they know what is there", again)
        done = fio.run([fio.section("cleanup")], directory=top,
                       **{**COMMON, "files": options["files"], "same_dir": 1,
                          "population": None})
        t.ok(done.rc == 0 and not os.listdir(top),
             f"{label}: cleanup leaves nothing", done)


def two_hosts(t, space):
    """Two fios on one population are as two hosts. None knows what the other
    does, so there are conflicts, and these are counted apart."""
    for depth in {}, dict(iodepth=8, uring_always=1):
        top = space.dir(f"hosts{len(depth)}")
        options = {**COMMON, "files": 50, "population": 40, "same_dir": 1,
                   "numjobs": 2, "time_based": 1, "runtime": 3, **depth}
        mix = {**MIX, "mkdir": 5, "rmdir": 5, "link": 5, "symlink": 5}
        both = [fio.Running([section(mix)], "--output-format=json+",
                            directory=top, **options) for _ in range(2)]
        for i, result in enumerate(r.wait() for r in both):
            label = f"host {i}, {depth or 'one at a time'}"
            t.ok(result.rc == 0, f"{label}: the mix succeeds", result)
            met = sum(conflicts(j) for j in result.named("mix"))
            t.ok(met > 0, f"{label}: it meets the other", met)
            out = os.path.join(space.path, "hosts.json")
            with open(out, "w", encoding="utf-8") as f:
                f.write(result.output)
            said = json.loads(smallfio("result", "--format", "json",
                                       out).stdout)
            phases = {p["job"]: p["cluster"] for p in said["phases"]}
            done = sum(fio.busy_side(j)["clat_ns"]["N"]
                       for j in result.named("mix"))
            t.equal((phases["mix"]["units"], phases["mix"]["errors"],
                     phases["mix"]["conflicts"]), (done, 0, met),
                    f"{label}: result has them apart")
            t.equal(sum(p["conflicts"] for name, p in phases.items()
                        if name != "mix"), met,
                    f"{label}: and by operation")
            t.contains(smallfio("result", out).stdout,
                       ["met another thread's operation (conflicts)"],
                       f"{label}: and says so")


def job_files(t, space):
    """Each ready mix runs, and removes what it made."""
    jobs = sorted(glob.glob(os.path.join(os.environ["SMALLFIO_SOURCE"], "jobs",
                                         "mix-*.fio")))
    for job in jobs:
        name = os.path.basename(job)
        top = space.dir(name)
        # Without its ten seconds: as many operations as there are files.
        text = re.sub("(?m)^(time_based|runtime)=(1|10)$", "", tree.read_file(
            job).decode()) + f"\n[global]\ndirectory={top}\nfiles=2000\n"
        result = fio.run([], text=text, cwd=top)
        mixed = [j for j in result.jobs if samples(j)]
        t.ok(result.rc == 0 and len(mixed) == 1, f"{name}: succeeds", result)
        for j in mixed:
            asked = re.findall(r"([\w-]+):", j["job options"]["mix"])
            t.same_set(samples(j), asked, f"{name}: does each operation")
        left = [p for p in tree.files_below(top) if "/file_" in p]
        t.equal(left, [], f"{name}: leaves no file of its tree")


def refused(t, space):
    top = space.dir("refused")
    for options, words in (
            (dict(mix=None), "needs operations and their weights"),
            (dict(rw="read"), "use rw=write"),
            (dict(mix="stat:0"), "expected stat:WEIGHT"),
            (dict(mix="stat:1,nothing:1"), 'no operation "nothing"'),
            (dict(mix_distribution="pareto:1"), "expected uniform"),
            (dict(population=1250), "files=1250 must be more"),
            (dict(random_distribution="zipf:1.1"), "mix_distribution=")):
        name, given = section()
        result = fio.run([(name, {**given, **options})], directory=top,
                         **{**COMMON, "population":
                            options.get("population", 1000)})
        t.ok(result.rc != 0 and words in result.err,
             f"{options} is refused: {words}", result)
    t.equal(os.listdir(top), [], "nothing was made")


tap.main(*tap.sharing(mounts.Workspace, model, strace, shown, damaged,
                      next_phase,
                      interrupted, killed, full, paced, one_population,
                      two_hosts, job_files, refused))
