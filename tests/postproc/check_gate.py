# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio gate: verdicts, exit codes, formats, and what it refuses.

usage: check_gate.py SMALLFIO SOURCE_ROOT
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import runs    # noqa: E402
import schema  # noqa: E402
import tap     # noqa: E402

NOISE = [0, 3, -4, 6, -2, 5, -6, 1, -3, 2]


def gate(*args, cwd=None):
    done = subprocess.run([SMALLFIO, "gate", *map(str, args)], cwd=cwd,
                          capture_output=True, text=True, timeout=60)
    done.both = done.stdout + done.stderr
    return done


def side(tmp, prefix, factor=1.0, count=10, **options):
    return runs.write_many(tmp, prefix,
                           [round((1000 + NOISE[i % 10]) * factor)
                            for i in range(count)], **options)


def limits(t, tmp):
    run = runs.write(tmp / "limits.json",
                     runs.entry(files=1000, runtime_ms=100))
    cases = [
        (["create p99 < 2ms"], 0, "within"),
        (["create p99 < 50us"], 1, "beyond"),
        (["create files/s > 9000"], 0, "10000/s"),
        (["create files/s > 11000"], 1, "10000/s"),
        (["errors = 0"], 0, "errors of create is 0"),
        (["create p99 < 2ms", "files/s > 11k"], 1, "red"),
        (["create p99.99 < 2ms"], 4, "too few samples"),
        (["delete p99 < 2ms"], 3, "it has create"),
        (["create@n9 p99 < 2ms"], 3, "on host n9"),
        (["create@localhost p99 < 2ms"], 0, "within"),
        (["create p99 < 2"], 2, "needs its unit"),
        (["create p99 != 2ms"], 2, "another operator"),
        (["create speed > 2"], 2, "is no metric"),
        # One limit is broken, and another one has too few samples. CI must see
        # that a limit is broken.
        (["create p99.99 < 2ms", "files/s > 11k"], 1, "limit broken"),
    ]
    for rules, code, words in cases:
        args = [word for rule in rules for word in ("--limit", rule)]
        done = gate(*args, run)
        t.equal(done.returncode, code, f"{rules}: exit {code}", done.both)
        t.contains(done.both, [words], f"{rules}: says {words}")


def limits_of_files(t, tmp):
    run = runs.write(tmp / "one.json", runs.entry())
    rules = tmp / "create.limits"
    rules.write_text("# what we promise\ncreate p99 < 2ms\nerrors = 0\n")
    done = gate("--limits", rules, run)
    t.equal(done.returncode, 0, "a file of rules", done.both)
    rules.write_text("create p99 < 2ms\ncreate p99 < 2kg\n")
    done = gate("--limits", rules, run)
    t.equal(done.returncode, 3, "a wrong unit in a file of rules", done.both)
    t.contains(done.stderr, [f"{rules}:2:14: ", "ns, us, ms or s"],
               "a wrong unit in a file of rules: the message says where")
    done = gate("--limits", tmp / "none", run)
    t.equal(done.returncode, 3, "no such file of rules", done.both)


def no_samples(t, tmp):
    failed = runs.entry(files=0, values=[], errors=7)
    run = runs.write(tmp / "failed.json", failed)
    done = gate("--limit", "create p50 < 2ms", run)
    t.equal(done.returncode, 4, "an operation without a sample", done.both)
    done = gate("--limit", "create errors = 0", run)
    t.equal(done.returncode, 1, "errors are counted", done.both)
    run = runs.write(tmp / "plain.json", runs.entry(histogram=False))
    done = gate("--limit", "create p50 < 2ms", run)
    t.equal(done.returncode, 3, "JSON without histograms", done.both)
    t.contains(done.both, ["json+"],
               "JSON without histograms: the message says what to do")
    done = gate("--limit", "create mean < 2ms", run)
    t.equal(done.returncode, 0,
            "JSON without histograms: the mean is known", done.both)


def directories(t, tmp):
    whole = tmp / "whole"
    whole.mkdir()
    values = [50000 + i for i in range(200)]
    runs.write(whole / "out.json",
               runs.entry(files=200, values=values, histogram=False))
    (whole / "create_clat.1.log").write_text(
        "".join(f"{i}, {v}, 1, 4096, 0\n" for i, v in enumerate(values)))
    done = gate("--limit", "create p50 < 51us", whole)
    t.equal(done.returncode, 0, "percentiles of the logs beside", done.both)
    with open(whole / "create_clat.1.log", "a", encoding="ascii") as log:
        log.write("201, 1, 1, 4096, 0\n")
    done = gate("--limit", "create p50 < 51us", whole)
    t.equal(done.returncode, 3, "logs that do not fit are not used",
            done.both)
    t.contains(done.both, ["other numbers of samples"],
               "logs that do not fit: a note says that they are not used")
    for log in whole.glob("*.log"):
        log.unlink()
    done = gate("--limit", "create p50 < 51us", whole)
    t.ok(done.returncode == 3 and "other numbers" not in done.stderr,
         "no logs at all", done.both)
    half = tmp / "half"
    half.mkdir()
    (half / "create_clat.1.log").write_text("1, 2, 1, 4096, 0\n")
    done = gate("--limit", "create p50 < 2ms", half)
    t.equal(done.returncode, 3, "half a run", done.both)
    t.contains(done.stderr, [str(half), "found only logs", "cut short"],
               "half a run: the message says what is missing")
    (half / "a.json").write_text('{"fio version": "fio-3.33", "jobs": [')
    done = gate("--limit", "create p50 < 2ms", half)
    t.equal(done.returncode, 3, "a result that is cut off", done.both)
    t.contains(done.stderr, ["a.json"],
               "a result that is cut off: the message names the file")
    runs.write(half / "b.json", runs.entry())
    done = gate("--limit", "create p50 < 2ms", half)
    t.equal(done.returncode, 3, "two results in a directory", done.both)
    done = gate("--limit", "create p50 < 2ms", tmp / "nowhere")
    t.equal(done.returncode, 3, "no such run", done.both)


def comparisons(t, tmp):
    base, same = side(tmp, "base"), side(tmp, "same")
    slow = side(tmp, "slow", 1.1)
    wild = [runs.write(tmp / f"wild{i}.json",
                       runs.entry(runtime_ms=round(1000 * f)),
                       time_s=1600000000 + i)
            for i, f in enumerate((.8, .9, 1, 1.1, 1.2, 1.05, .95, 1.15, .85,
                                   1.02))]
    # Two of 36 ratios are for the better: p = 4/924.
    even, near = ([runs.write(tmp / f"{name}{i}.json",
                              runs.entry(runtime_ms=ms),
                              time_s=start + i) for i, ms in enumerate(times)]
                  for name, start, times in (
                      ("even", 1600000000,
                       (1030, 1000, 1050, 1010, 1040, 1020)),
                      ("near", 1600001000,
                       (1170, 1150, 1035, 1190, 1160, 1180))))
    cases = [
        (even, near, [], 1, "regression"),
        (even, near, ["--metric", "files/s,mean,p99"], 0,
         "alone a regression (p = 0.0043), but among so many"),
        (base, same, [], 0, "no regression"),
        (base, slow, [], 1, "regression"),
        (slow, base, [], 0, "improved"),
        (base, slow, ["--threshold", "20"], 0, "no regression"),
        (base, slow, ["--floor", "files/s 500"], 0, "no regression"),
        (base, slow, ["--floor", "files/s 10"], 1, "regression"),
        (base, slow, ["--paired"], 1, "regression"),
        (base[:6], slow[:6], ["--paired"], 4, "expected 7 runs a side"),
        (base[:6], slow[:7], ["--paired"], 2, "as many"),
        (base, wild, [], 0, "would decide"),
        (base, wild, ["--strict"], 4, "inconclusive"),
        (base, wild, ["--inconclusive", "fail"], 4, "inconclusive"),
        (base, wild, ["--inconclusive", "pass"], 0, "inconclusive"),
        (base[:3], slow[:3], [], 4, "expected 5 runs a side"),
        (base[:5], slow[:5], [], 1, "regression"),
        # Three comparisons need a correction, with which five runs cannot be
        # enough.
        (base[:5], slow[:5], ["--metric", "files/s,mean,p99"], 4,
         "expected 6 runs a side"),
        (base, slow, ["--metric", "files/s,mean,p99"], 1, "regression"),
        (base, slow, ["--metric", "mean"], 0, "no regression"),
        (base, slow, ["--check", "files/s 20%"], 0, "less than 20 %"),
        (base, slow, ["--check", "create files/s 20"], 0, "less than 20 %"),
        # That of the operation counts, and otherwise the last one.
        (base, slow, ["--check", "create files/s 20%", "--check",
                      "files/s 2%"], 0, "less than 20 %"),
        (base, slow, ["--check", "files/s 20%", "--check", "files/s 2%"], 1,
         "beyond 2 %"),
        # Without --metric nothing else is compared, with it that is.
        (base, slow, ["--check", "create mean 10%"], 0, "less than 10 %"),
        (base, slow, ["--check", "create mean 10%", "--metric", "files/s"], 1,
         "beyond 5 %"),
        (base, slow, ["--metric", "files/s", "--check", "files/s 20%"], 0,
         "less than 20 %"),
        (base, slow, ["--check", "stat mean 10%"], 3,
         "expected operation stat"),
    ]
    for baseline, current, options, code, words in cases:
        done = gate(*options, "--baseline", *baseline, "--current", *current)
        t.equal(done.returncode, code, f"{words} {options}: exit {code}",
                done.both)
        t.contains(done.both, [words], f"{words} {options}: says so")
    bounds(t, even, near)
    done = gate("--limit", "files/s > 1", "--baseline", *base, "--current",
                *slow)
    t.equal(done.returncode, 1, "limits and a baseline at once", done.both)
    t.contains(done.stdout, ["within limit", "regression"], "both are shown")


def bounds(t, even, near):
    """Alone the change is a regression, and its bound is below 0. Among three
    comparisons it is none, and its bound says so. With the sides swapped, the
    same holds for an improvement."""
    three = ("--metric", "files/s,mean,p99")

    def check(base, now, *options):
        done = gate("--format", "json", *options, "--baseline", *base,
                    "--current", *now)
        return json.loads(done.stdout)["checks"][0]
    for what, base, now, verdicts, bound, sign in (
            ("worse", even, near, ("regression", "inconclusive"),
             "change_high", -1),
            ("better", near, even, ("improved", "no regression"), "change_low",
             1)):
        alone, many = check(base, now), check(base, now, *three)
        t.equal((alone["verdict"], many["verdict"]), verdicts,
                f"{what}: verdicts", alone["reason"], many["reason"])
        t.ok(sign * alone["comparison"][bound] > 0,
             f"{what}, alone: the bound is beyond none", alone["comparison"])
        low = many["comparison"][bound]
        t.ok(low is None or sign * low <= 0,
             f"{what}, among three: the bound is that of the verdict", low)
        other = ({"change_low", "change_high"} - {bound}).pop()
        t.equal(many["comparison"][other], alone["comparison"][other],
                f"{what}, among three: the other bound stays")
    for base, now, words in ((even, near, 'p of "not worse at all" is 0.0043'),
                             (near, even, 'p of "not better at all" is ')):
        done = gate("--baseline", *base, "--current", *now)
        t.contains(done.stdout, ["99 % bounds, one-sided", words],
                   "the text says the level, and what p is of")


def in_turns(t, tmp):
    """The machine becomes slower by half during the runs. If the runs took
    turns, which their times show, this is taken out of the comparison.
    Otherwise the gate says so, unless the change is much larger than what the
    machine did within a side."""
    def session(order, factor, drift=1.5):
        sides = {"a": [], "b": []}
        for i, which in enumerate(order):
            ms = (1000 + NOISE[i % 10]) * drift ** (i / len(order))
            sides[which].append(runs.write(
                tmp / f"{which}{len(sides[which])}.json",
                runs.entry(runtime_ms=round(
                    ms * (factor if which == "b" else 1))),
                time_s=1600000000 + 7 * i))
        return ["--baseline", *sides["a"][::-1], "--current", *sides["b"]]

    turns = "abbaabbabaabbabaabba"
    for order, factor, code, headline in ((turns, 1.1, 1, "red"),
                                          (turns, 1.0, 0, "green"),
                                          (sorted(turns), 1.0, 0,
                                           "inconclusive"),
                                          (sorted(turns), 2.0, 1, "red"),
                                          ("ab" * 4, 1.1, 4, "too little data")):
        done = gate(*session(order, factor))
        what = f"{''.join(order)}, {factor}"
        t.equal(done.returncode, code, f"{what}: exit {code}", done.both)
        t.contains(done.stdout, [f"gate: {headline}"], f"{what}: {headline}")
        t.equal("drift over time" in done.stdout, order == turns,
                f"{what}: says that a drift is taken out")
        t.equal("both sides in turns" in done.stdout,
                headline == "inconclusive", f"{what}: says what to do")
    for order in ("a" * 10 + "b" * 10, "b" * 10 + "a" * 10):
        done = gate("--threshold", "0.5", *session(order, 1.0, drift=1.02))
        t.equal([word for word in ("gate: red", "improved") if
                 word in done.stdout], [], f"{order}: only a drift",
                done.both)


def last_bin(t, tmp):
    """fio's last bin begins at 17.2 s and has no end. Where a percentile lies
    in that bin is unknown, and the gate says so."""
    path = runs.write(tmp / "last.json",
                      runs.entry(runtime_ms=400000, values=[
                          10 ** 9 * s for s in range(18, 42)] * 40, files=960))
    for rule, code in (("p50 < 25s", 4), ("p50 > 20s", 4), ("p50 < 10s", 1),
                       ("p50 < 45s", 0), ("max < 42s", 0)):
        done = gate("--limit", "create " + rule, path)
        t.equal(done.returncode, code, f"last bin: {rule}", done.both)
        if code == 4:
            t.contains(done.both, ["somewhere from 18.00 s to 41.00 s"],
                       f"last bin: {rule}: says why")
    sides = [[runs.write(tmp / f"last-{side}{i}.json", runs.entry(
        runtime_ms=400000 + i, files=960, values=[
            10 ** 9 * (s + (side == "b")) for s in range(18, 42)] * 40))
              for i in range(5)] for side in "ab"]
    for metric, code in (("p50", 4), ("mean", 0)):
        done = gate("--metric", metric, "--baseline", *sides[0], "--current",
                    *sides[1])
        t.equal(done.returncode, code, f"last bin: {metric} compared",
                done.both)
        t.equal("one bin of fio's histogram" in done.both, code == 4,
                f"last bin: {metric} compared: says why")
    done = subprocess.run([SMALLFIO, "result", path], capture_output=True,
                          text=True)
    t.contains(done.stdout, ["  ~2", "~ p50 of create is somewhere from 18.0 s "
                             "to 41.0 s"], "last bin: result marks it")


def extremes(t, tmp):
    """Verdicts on differences that are far above any noise."""
    def make(name, ms, **options):
        return [runs.write(tmp / f"{name}{i}.json",
                           runs.entry(runtime_ms=m, **options),
                           time_s=1600000000 + 1000 * len(name) + i)
                for i, m in enumerate(ms)]

    same, twice_as = make("same", [1000] * 8), make("slower", [2000] * 8)
    huge = make("hugely", [10 ** 12 + i for i in range(8)])
    none = make("nothing", [0] * 8, latency_ns=100)
    for what, base, now, code, words in (
            ("identical values", same, make("eq", [1000] * 8), 0,
             "no regression"),
            ("all the same, but slower", same, twice_as, 1, "regression"),
            ("a run of decades", same, huge, 1, "regression"),
            ("runs of no time", same, none, 4, "less than the 100 ms"),
            ("one run a side", same[:1], twice_as[:1], 4,
             "expected 5 runs a side"),
            ("two runs a side", same[:2], twice_as[:2], 4,
             "expected 5 runs a side"),
            ("one against many", same[:1], twice_as, 4,
             "expected 5 runs a side"),
            # p is 1/231 and 1/101. What two runs have in common may be their
            # time.
            ("two of today against many", make("old", [1000] * 20),
             make("today", [1200] * 2), 4, "expected 5 runs a side"),
            ("one of today against very many", make("older", [1000] * 100),
             make("tonight", [1200]), 4, "expected 5 runs a side")):
        done = gate("--baseline", *base, "--current", *now)
        t.equal(done.returncode, code, f"{what}: exit {code}", done.both)
        t.contains(done.both, [words], f"{what}: says {words}")


def twice(t, tmp):
    """A run that is given twice counts once. Otherwise the gate would be surer
    than it may be."""
    base, slow = side(tmp, "base"), side(tmp, "slow", 1.1)
    copy = tmp / "copy.json"
    copy.write_bytes(pathlib.Path(slow[0]).read_bytes())
    for current in ([*slow, slow[0]], [*slow, copy], [*slow, base[0]]):
        done = gate("--baseline", *base, "--current", *current)
        t.equal(done.returncode, 3, "a run that is named twice", done.both)
        t.contains(done.stderr, ["the same run"],
                   "a run that is named twice: the message says so")


def errors_and_operations(t, tmp):
    base = side(tmp, "base")
    bad = side(tmp, "bad", errors=3)
    done = gate("--baseline", *base, "--current", *bad)
    t.equal(done.returncode, 1, "errors that are new are red", done.both)
    other = [runs.write(tmp / f"other{i}.json", runs.entry(name="delete"),
                        time_s=1600000000 + i)
             for i in range(10)]
    done = gate("--allow-unlike", "--baseline", *base, "--current", *other)
    t.equal(done.returncode, 3, "an operation that is gone", done.both)
    t.contains(done.both, ["expected operation create", "absent"],
               "an operation that is gone: the message names it")


def unlike(t, tmp):
    base = side(tmp, "base")
    cases = [
        ({"filesize": "8k"}, "create.filesize: not given against 8k"),
        ({"numjobs": "2"}, "create.numjobs"),
    ]
    for options, words in cases:
        current = side(tmp, "current", **options)
        done = gate("--baseline", *base, "--current", *current)
        t.equal(done.returncode, 3, f"refuses {options}", done.both)
        t.contains(done.stderr, [words, "--allow-unlike"], "says why")
        done = gate("--allow-unlike", "--baseline", *base, "--current",
                    *current)
        t.equal(done.returncode, 0, f"compares {options} when told",
                done.both)
    current = side(tmp, "current", directory="/elsewhere")
    done = gate("--baseline", *base, "--current", *current)
    t.equal(done.returncode, 0, "another directory is no difference",
            done.both)
    current = [runs.write(tmp / f"new{i}.json", runs.entry(),
                          version="fio-3.42", time_s=1600000000 + i)
               for i in range(10)]
    done = gate("--baseline", *base, "--current", *current)
    t.equal(done.returncode, 3, "refuses another fio", done.both)
    for name, kernel in (("base", "6.1"), ("same", "6.2")):
        for path in side(tmp, name):
            pathlib.Path(path.replace(".json", ".environment.json")).write_text(
                json.dumps({"schema": "smallfio-environment-1",
                            "kernel": kernel, "filesystem": "ext4"}))
    done = gate("--baseline", *base, "--current", *side(tmp, "same"))
    t.equal(done.returncode, 3, "refuses another kernel", done.both)
    t.contains(done.stderr, ["kernel: 6.1 against 6.2"],
               "another kernel: the message names both")


def formats(t, tmp):
    base, slow = side(tmp, "base"), side(tmp, "slow", 1.1)
    args = ["--baseline", *base, "--current", *slow]
    rule = ["--limit", "create p99 < 1s"]
    done = gate("--format", "json", *rule, *args)
    found = json.loads(done.stdout)
    t.equal((done.returncode, found["exit_code"], found["state"]),
            (1, 1, "red"), "JSON")
    schema.follows(ROOT, found)
    t.ok(True, "JSON follows its schema")
    done = gate("--format", "junit", *rule, *args)
    suite = xml.fromstring(done.stdout).find("testsuite")
    t.equal((suite.get("tests"), suite.get("failures"),
             len(suite.findall("testcase/failure"))), ("11", "1", 1), "JUnit")
    done = gate("--format", "markdown", *args)
    t.contains(done.stdout, ["### smallfio gate: red", "| regression |",
                             "|---|", "- files/s of create"], "Markdown")
    done = gate("--format", "markdown", "--metric", "mean,files/s", *args)
    at = [done.stdout.find(text) for text in
          ("| regression |", "- files/s of create",
           "<details><summary>1 without a change", "| no regression |")]
    t.ok(-1 not in at and at == sorted(at),
         "Markdown: what changed comes first, the rest is folded",
         done.stdout)
    title = "main | 1a2b3c against 4d5e6f"
    done = gate("--title", title, "--format", "markdown", "--check",
                "files/s 2%", "--check", "mean 4%", *args)
    t.contains(done.stdout, ["main \\| 1a2b3c against 4d5e6f",
                             "threshold 2 % to 4 %", "| noise |"],
               "Markdown says what was compared, thresholds and noise")
    noise = re.search(r"\| ([\d.]+) % \|\n", done.stdout)
    t.ok(noise and 0.2 < float(noise[1]) < 0.6,
         "Markdown: the noise is that of the runs", done.stdout)
    done = gate("--title", title, *args)
    t.contains(done.stdout, [f"\n{title}\n", "; noise 0."],
               "text says the same")
    done = gate("--title", title, "--format", "json", *args)
    found = json.loads(done.stdout)
    schema.follows(ROOT, found)
    t.equal((found["title"], found["seed"]), (title, None),
            "JSON has the title, and no seed where there is none")
    t.ok(0.002 < found["checks"][0]["comparison"]["noise"] < 0.006,
         "JSON has the noise")
    done = gate("--format", "github", *args)
    t.contains(done.stdout, ["::error title=smallfio gate%3A regression::",
                             "%25"], "GitHub")
    done = gate("-o", tmp / "out.txt", "--also", f"junit={tmp}/out.xml",
                "--also", f"markdown={tmp}/out.md", *args)
    t.equal(done.returncode, 1, "several at once", done.both)
    t.ok((tmp / "out.txt").read_text().startswith("gate: red") and
         xml.parse(tmp / "out.xml") and (tmp / "out.md").exists(),
         "all are there")
    done = gate("--also", f"junit={tmp}/nowhere/out.xml", *args)
    t.equal(done.returncode, 3, "an output that cannot be written",
            done.both)


def awkward_names(t, tmp):
    """A job's name stands in every format, and is quoted there as it must
    be."""
    name = "a|b<c>&\"d\"%*"
    base = [runs.write(tmp / f"n{i}.json",
                       dict(runs.entry(), **{"jobname": name,
                                             "job options": {}}),
                       time_s=1600000000 + i)
            for i in range(10)]
    args = ["--baseline", *base[:5], "--current", *base[5:]]
    done = gate("--format", "junit", *args)
    t.ok(name in xml.fromstring(done.stdout).find("testsuite/testcase")
         .get("name"), "JUnit", done.both)
    done = gate("--format", "markdown", *args)
    t.contains(done.stdout, [r"| a\|b\<c\>"], "Markdown")
    rest = re.sub(r"<details><summary>\d+ without a change</summary>|"
                  r"</details>", "", done.stdout)
    t.ok(not re.search(r"(?<!\\)[<>]", rest),
         "Markdown: names cannot be HTML", done.stdout)
    latin = pathlib.Path(os.fsdecode(bytes(tmp) + b"/gr\xfc\xdfe.json"))
    runs.write(latin, runs.entry())
    done = subprocess.run([SMALLFIO, "gate", "--format", "junit", "--limit",
                           "errors = 0", os.fsencode(latin)],
                          capture_output=True, timeout=60)
    t.ok(b"gr??e.json" in done.stdout and
         xml.fromstring(done.stdout) is not None,
         "a path that is no UTF-8 in JUnit", done.stdout)


def wrong_usage(t, tmp):
    run = runs.write(tmp / "run.json", runs.entry())
    for args, words in [
            ([], "--baseline-db"),
            ([], "expected --limit RULE or --limits FILE"),
            ([run], "expected --limit"),
            (["--limit", "errors = 0"], "expected a run"),
            (["--baseline", run], "--current RUN beside --baseline or"),
            (["--current", run], "--baseline-db DB beside --current"),
            (["--baseline", run, "--strict", run, "--current", run],
             "neither"),
            (["--metric", "speed"], "is no metric"),
            (["--metric", "errors"], "not compared"),
            (["--metric", "p99,p99"], "named twice"),
            (["--threshold", "-1"], "expected percent"),
            (["--threshold", "nan"], "expected percent"),
            (["--floor", "p99"], "expected [OPERATION]"),
            (["--check", "p99"], "expected [OPERATION] METRIC PERCENT"),
            (["--check", "p99 fast"], "expected percent"),
            (["--check", "create speed 5%"], "is no metric"),
            (["--floor", "p99 5"], "needs its unit"),
            (["--format", "yaml"], "expected text"),
            (["--also", "junit"], "FORMAT=FILE"),
            (["--nothing"], "is no option")]:
        done = gate(*args)
        t.equal(done.returncode, 2, f"{args[:2]}: wrong usage", done.both)
        t.contains(done.stderr, [words], f"{args[:2]}: says {words}")
    done = gate("--help")
    t.equal(done.returncode, 0, "--help")


def manual(t, tmp):
    """The man pages have each option of each subcommand."""
    for name, command in (("gate", ["gate"]), ("ab", ["ab"]),
                          ("ab", ["gate", "calibrate"]),
                          ("ab", ["gate", "selftest"]),
                          ("history", ["record"]), ("history", ["history"]),
                          ("history", ["history", "accept"]),
                          ("report", ["report"]), ("report", ["plot"])):
        page = pathlib.Path(ROOT, f"man/smallfio-{name}.1").read_text()
        page = page.replace("\\-", "-")
        done = subprocess.run([SMALLFIO, *command, "--help"],
                              capture_output=True, text=True, check=True)
        options = re.findall(r"(?<=  )--[a-z-]+|(?<=, )--[a-z-]+",
                             done.stdout)
        t.ok(options, f"{command} has options")
        t.equal([o for o in options if o not in page], [],
                f"{command}: all are in the man page")


def in_a_directory_of_its_own(function):
    def test(t):
        with tempfile.TemporaryDirectory(prefix="smallfio-gate-") as tmp:
            function(t, pathlib.Path(tmp))
    test.__name__ = function.__name__
    return test


tap.main(*map(in_a_directory_of_its_own,
              [limits, limits_of_files, no_samples, directories, comparisons, in_turns,
               last_bin, extremes, twice,
               errors_and_operations, unlike, formats, awkward_names,
               wrong_usage, manual]))
