# SPDX-License-Identifier: GPL-2.0-only
"""Tests smallfio ab, gate calibrate and gate selftest, with commands that only
write what fio would have written: how many runs there are and in what order,
what is kept, and what fails.

usage: check_ab.py SMALLFIO SOURCE_ROOT
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest.mock

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import runs  # noqa: E402
import tap   # noqa: E402
import terminal  # noqa: E402

# A command that acts as a run of fio: it takes the next line of the file $1, and
# puts its one or two numbers as runtimes into the template $2.
FAKE = """
n=$(head -n 1 "$1"); sed -i 1d "$1"; echo "$n" >>"$1"
echo "${1##*/}" >>"$3"
# Each run ends at a time of its own.
end=$((1600000000 + $(wc -l <"$3")))
sed "s/12345/${n% *}/g; s/23456/${n#* }/g; s/1700000000/$end/g" "$2" >"$OUT"
"""


def smallfio(*args, **options):
    done = subprocess.run([SMALLFIO, *map(str, args)], capture_output=True,
                          text=True, timeout=120, **options)
    done.both = done.stdout + done.stderr
    return done


class Commands:
    """Commands for `ab` whose runs have given runtimes, one after the
    other."""

    def __init__(self, tmp, **options):
        self.tmp = tmp
        (tmp / "fake.sh").write_text(FAKE)
        runs.write(tmp / "template.json",
                   runs.entry(runtime_ms=12345, files=100000,
                              values=[50000, 60000] * 50000, **options))
        self.order = tmp / "order"

    def make(self, name, runtimes):
        (self.tmp / name).write_text("\n".join(map(str, runtimes)) + "\n")
        return (f"sh {self.tmp}/fake.sh {self.tmp}/{name} "
                f"{self.tmp}/template.json {self.order}")

    def ran(self):
        return self.order.read_text().split() if self.order.exists() else []


STEADY = [1000, 1004, 998, 1001, 997, 1003, 999]
WILD = [700, 1300, 900, 1200, 800, 1100, 1000]


def scaled(values, factor):
    return [round(v * factor) for v in values]


def verdicts(t, tmp):
    cases = [
        # runtimes of b, options, exit code, words of the output, runs of each
        # side (one is the warm-up)
        (STEADY, [], 0, "no regression", 11),
        (scaled(STEADY, 1.1), [], 1, "confirmed by 5 more runs", 16),
        (scaled(STEADY, 0.8), [], 0, "improved", 11),
        (WILD, [], 0, "inconclusive", 21),
        (WILD, ["--strict"], 4, "inconclusive", 21),
        (WILD, ["--runs", "9"], 0, "inconclusive", 10),
        (STEADY, ["--warmup", "0"], 0, "no regression", 10),
        (STEADY, ["--runs", "40"], 0, "no regression", 11),
        # b is slower in the warm-up and ten rounds, and never again.
        ([1000] + [1100] * 10 + [1000] * 20, [], 0, "did not confirm", 16),
    ]
    for i, (b, options, code, words, each) in enumerate(cases):
        where = tmp / str(i)
        where.mkdir()
        commands = Commands(where)
        done = smallfio("ab", *options, "--a", commands.make("a", STEADY),
                        "--b", commands.make("b", b))
        t.equal(done.returncode, code, f"{words} {options}: exit {code}",
                done.both)
        t.contains(done.stdout, [words], f"{words} {options}: says so")
        ran = commands.ran()
        t.equal((ran.count("a"), ran.count("b")), (each, each),
                f"{words} {options}: runs of each")
        if "runs a side would decide" in done.stdout:
            t.contains(done.stdout, ["to have so many runs: --runs ",
                                     "(7 to 2000; it was "],
                       f"{words} {options}: says how to have more")


def one_confirmed(t, tmp):
    """Of two operations that were slower in ten rounds, one is so in five more."""
    commands = Commands(tmp)
    runs.write(tmp / "template.json", *(
        runs.entry(name, runtime_ms=ms, latency_ns=50000)
        for name, ms in (("create", 12345), ("stat", 23456))))

    def times(create, stat):
        return [f"{round(v * c)} {round(v * s)}" for v, c, s in zip(STEADY * 3, create, stat)]
    done = smallfio("ab", "--format", "json", "--a", commands.make("a", times([1] * 21, [1] * 21)),
                    "--b", commands.make("b", times([1.1] * 21, [1.2] * 11 + [1] * 10)))
    t.equal(done.returncode, 1, "one regression is confirmed: exit code", done.both)
    checks = {c["operation"]: c for c in json.loads(done.stdout)["checks"]}
    t.equal([checks[o]["verdict"] for o in ("create", "stat")],
            ["regression", "inconclusive"], "each check is confirmed by itself", done.both)
    t.contains(checks["stat"]["reason"], ["5 more runs of each did not confirm it"],
               "the check that is not confirmed says so")


def order(t, tmp):
    commands = Commands(tmp)
    a, b = commands.make("a", STEADY), commands.make("b", WILD)
    smallfio("ab", "--seed", "5", "--a", a, "--b", b)
    ran = commands.ran()
    pairs = [tuple(ran[i:i + 2]) for i in range(0, len(ran), 2)]
    t.equal(set(pairs), {("a", "b"), ("b", "a")}, "pairs, in both orders")
    commands.order.unlink()
    smallfio("ab", "--seed", "5", "--a", a, "--b", b)
    t.equal(commands.ran(), ran, "the same seed, the same order")
    done = smallfio("ab", "--seed", "5", "--format", "json", "--a", a, "--b",
                    b)
    t.equal(json.loads(done.stdout)["seed"], 5, "the verdict has the seed")


def kept(t, tmp):
    commands = Commands(tmp)
    a, b = commands.make("a", STEADY), commands.make("b", STEADY)
    done = smallfio("ab", "--keep", tmp / "kept", "--directory", "/", "--a",
                    a, "--b", f"echo said; {b}")
    names = sorted(os.listdir(tmp / "kept"))
    t.equal((len(names), names[0], names[-1]), (22, "a-000", "b-010"),
            "all runs are kept", done.both)
    t.equal((tmp / "kept/b-001/output.txt").read_text(), "said\n",
            "kept runs have what they printed")
    facts = json.loads((tmp / "kept/a-001/environment.json").read_text())
    t.equal(facts["kernel"], os.uname().release,
            "kept runs have their environment")
    done = smallfio("gate", "--baseline", *(tmp / "kept").glob("a-*"),
                    "--current", *(tmp / "kept").glob("b-*"))
    t.equal(done.returncode, 0, "smallfio gate takes kept runs", done.both)
    done = smallfio("ab", "--keep", tmp / "kept", "--a", a, "--b", b)
    t.equal(done.returncode, 3, "--keep: a directory that exists is refused",
            done.both)
    t.equal(len(os.listdir(tmp / "kept")), 22,
            "--keep: nothing is removed from a directory that exists")
    empty = tmp / "tmpdir"
    empty.mkdir()
    smallfio("ab", "--a", a, "--b", b, env={**os.environ,
                                            "TMPDIR": str(empty)})
    t.equal(os.listdir(empty), [], "without --keep the runs are removed")


def failures(t, tmp):
    commands = Commands(tmp)
    a = commands.make("a", STEADY)
    for name, b, words in (
            ("a command that fails", "echo why >&2; exit 7", ["exit code 7"]),
            ("one that is killed", "kill -9 $$", ["signal 9"]),
            ("one that is none", "/nowhere/fio", ["exit code 127"]),
            ("no result", "true", ["expected fio's JSON in $OUT"]),
            ("half a result", 'echo "{" >$OUT', ["fio.json"])):
        done = smallfio("ab", "--a", a, "--b", b)
        t.equal(done.returncode, 3, f"{name}: exit 3", done.both)
        t.contains(done.stderr, [*words, str(tmp)], f"{name}: says what")
        if name == "a command that fails":
            t.contains(done.stderr, ["| why"],
                       "a failed command: what it printed is shown")
    place = re.search(r"(/\S+): expected fio's JSON", done.stderr)[1]
    t.ok(os.path.exists(place), "a failed command: its files are left", place)


def heed():
    """Gives signals their default effect. The program that started the tests
    may ignore some, as nohup does."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def start(tmp, *args, **options):
    """Starts `smallfio ab` with a first command that ends. Each command writes
    the id of its shell to the file `shell`. Returns the process."""
    a = Commands(tmp).make("a", STEADY)
    process = subprocess.Popen(
        [SMALLFIO, "ab", *args, "--a", f"echo $$ >{tmp}/shell; {a}", "--b",
         f"echo $$ >{tmp}/shell; {options.pop('b')}"],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=heed, **options)
    return process


def wait_for(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)


def interrupted(t, tmp):
    """When `ab` is told to end, alone as in CI or with all of its terminal, it
    also ends the processes that it has started."""
    for name, number, tell in (("SIGTERM to us", signal.SIGTERM, os.kill),
                               ("SIGINT to all", signal.SIGINT, os.killpg),
                               ("SIGHUP to us", signal.SIGHUP, os.kill)):
        for left in (tmp / "ready", tmp / "shell"):
            left.unlink(missing_ok=True)
        process = start(tmp, b=f"touch {tmp}/ready; sleep 60; true")
        wait_for((tmp / "ready").exists)
        tell(process.pid, number)
        err = process.communicate(timeout=100)[1]
        t.equal(process.returncode, 3, name, err)
        t.contains(err, ["interrupted"], f"{name}: says so")
        shell = (tmp / "shell").read_text().strip()
        t.ok(not os.path.exists(f"/proc/{shell}"),
             f"{name}: the command is gone, too")


def goes_on(pid):
    """Returns whether a process still runs. A zombie does not: it waits for
    the init process of the tests."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def left_behind(t, tmp):
    """When a command fails, the processes that it has started end, too, even
    if they have their own session, no parent, and ignore SIGTERM."""
    a = Commands(tmp).make("a", STEADY)
    deaf = f"trap '' TERM; echo $$ >{tmp}/deaf; while :; do sleep 1; done"
    commands = {
        "fails": "exit 1", "is killed": "kill -9 $$", "writes nothing": "true",
    }
    for name, end in commands.items():
        (tmp / "deaf").unlink(missing_ok=True)
        done = smallfio("ab", "--a", a, "--b", f"""
            (setsid sh -c "{deaf.replace('$', chr(92) + '$')}" &) &
            (sleep 1000 & echo $! >{tmp}/plain)
            while [ ! -s {tmp}/deaf ]; do sleep 0.1; done; {end}""",
            stdin=subprocess.DEVNULL)
        t.equal(done.returncode, 3, f"a command that {name}", done.both)
        for which in ("deaf", "plain"):
            pid = (tmp / which).read_text().strip()
            t.ok(not goes_on(pid), f"... the {which} one it began has ended")
            if goes_on(pid):
                os.kill(int(pid), signal.SIGKILL)


def pending(pid):
    """Returns whether a process has signals that were not delivered yet."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return any(int(line.split()[1], 16) for line in f
                   if line.startswith(("SigPnd", "ShdPnd")))


def stubborn(t, tmp):
    """A command that does not end is killed at the third signal."""
    process = start(tmp, b=f"trap '' TERM; touch {tmp}/ready; "
                           "while true; do sleep 1; done")
    wait_for((tmp / "ready").exists)
    for _ in range(3):
        process.send_signal(signal.SIGTERM)
        # Signals of one kind that come before the process runs count as one.
        wait_for(lambda: not pending(process.pid))
    err = process.communicate(timeout=100)[1]
    t.equal(process.returncode, 3, "a command that will not end", err)


def places(t, tmp):
    """If the verdict cannot be written, `ab` fails before the first run."""
    commands = Commands(tmp)
    a = commands.make("a", STEADY)
    for args in (["-o", tmp / "nowhere/out"],
                 ["--also", f"junit={tmp}/nowhere/out.xml"]):
        done = smallfio("ab", *args, "--a", a, "--b", a)
        t.equal((done.returncode, commands.ran()), (3, []),
                f"{args[0]} into no directory: nothing is run", done.both)
        t.contains(done.stderr, ["cannot write", "nowhere"],
                   f"{args[0]} into no directory: the message says why")
    (tmp / "out.txt").write_text("before")
    done = smallfio("ab", "-o", tmp / "out.txt", "--a", a, "--b", "false")
    t.equal(((tmp / "out.txt").read_text(), len(list(tmp.glob("out*")))),
            ("before", 1), "nothing is touched where there is no verdict",
            done.both)


def mounts(t, tmp):
    """With two mounts each run says which file system it was on."""
    commands = Commands(tmp)
    a, b = commands.make("a", STEADY), commands.make("b", STEADY)
    done = smallfio("ab", "--keep", tmp / "kept", "--directory", "/",
                    "--directory", "/proc", "--a", a, "--b", b)
    # In a chroot whose root is no mount point, the kind is unknown.
    kinds = [json.loads((tmp / f"kept/{side}-003/environment.json")
                        .read_text()).get("filesystem") for side in "ab"]
    t.ok(kinds[1] == "proc" and kinds[0] != "proc",
         "the file system of each side", kinds, done.both)
    done = smallfio("ab", *["--directory", "/"] * 3, "--a", a, "--b", b)
    t.equal(done.returncode, 2,
            "--directory is refused the third time", done.both)


def progress(t, tmp):
    """On a terminal `ab` shows its progress in a line that is overwritten, and
    removed at the end. Without a terminal it prints the seed, and no progress
    of so short a session."""
    commands = Commands(tmp)
    a, b = commands.make("a", STEADY), commands.make("b", STEADY)
    verdict = tmp / "verdict"
    with verdict.open("w") as out:
        text = terminal.run([SMALLFIO, "ab", "--a", a, "--b", b], "stderr", stdout=out)
    t.contains(text, ["warm-up, round 1", "round 10 of at most 20;",
                      "s to go"], "on a terminal the progress is shown")
    t.ok(text.endswith("\r\x1b[K"),
         "on a terminal the progress is removed at the end", repr(text[-80:]))
    t.ok(verdict.read_text().startswith("gate: "), "on a terminal the verdict follows")
    commands.order.unlink()
    done = smallfio("ab", "--a", a, "--b", b)
    ran = commands.ran()
    seed = re.search(r"--seed (\d+)", done.stderr)
    t.equal(done.stderr.count("\n"), 1, "one line without a terminal",
            done.stderr)
    commands.order.unlink()
    smallfio("ab", "--seed", seed and seed[1], "--a", a, "--b", b)
    t.equal(commands.ran(), ran, "the order can be repeated")


def calibrate(t, tmp):
    commands = Commands(tmp)
    a = commands.make("a", STEADY)
    done = smallfio("gate", "calibrate", "--runs", "10", "--a", a)
    t.equal(done.returncode, 0, "A against A", done.both)
    t.contains(done.stdout, ["10 runs against 10 of the same: green",
                             "create", "files/s"],
               "A against A: the text says how it went")
    noise = re.search(r"files/s +([\d.]+)%", done.stdout)
    t.ok(noise and 0 < float(noise[1]) < 0.6,
         "A against A: the text has the noise", done.stdout)

    def found(*options):
        text = smallfio("gate", "calibrate", "--runs", "10", *options, "--a",
                        a).stdout
        return [float(x) for x in re.findall(r" ([\d.]+)%", text)][1:]

    # With next to no noise, what is found is what counts, and a little more.
    for threshold in (1, 5, 20):
        changes = found("--threshold", threshold)
        t.ok(len(changes) == 4 and all(
            threshold < c < threshold + 1 for c in changes),
            f"--threshold {threshold}: no smaller change is promised",
            changes)
    a = Commands(tmp, histogram=False).make("a", STEADY)
    done = smallfio("gate", "calibrate", "--runs", "7", "--metric", "p99",
                    "--a", a)
    t.equal(done.returncode, 3, "what cannot be known is not good",
            done.both)
    t.contains(done.stdout, ["json+"],
               "what cannot be known: the message says why")


def selftest(t, tmp):
    """gate selftest with our engines, which slow themselves down."""
    commands = Commands(tmp, ioengine="fio-smallfile.so")
    a = commands.make("a", STEADY)
    env = {**os.environ, "SMALLFIO_SLOWER_PERCENT": "50"}
    for percent, factor, code, words in (
            (10, 1.1, 0, ["gate: red", "goes red for a slow-down of 10 %",
                          "10 % longer, -9.1 % of its rate, by the engine"]),
            (30, 1.3, 0, ["30 % longer", "goes red"]),
            (10, 1.0, 1, ["FAILED", "not between the bounds"]),
            (10, 1.3, 0, ["not between the bounds"]),
            (10, None, 1, ["FAILED", "more --runs"])):
        slow = commands.make("slow", scaled(STEADY, factor) if factor
                             else WILD)
        done = smallfio(
            "gate", "selftest", "--slower", percent, "--a",
            f'case "$SMALLFIO_SLOWER_PERCENT" in {percent}) {slow};; '
            f'"") {a};; *) exit 9;; esac', env=env)
        t.equal(done.returncode, code, f"{percent} %, as {factor}", done.both)
        t.contains(done.both, words, f"{percent} %, as {factor}: says so")


def selftest_of_others(t, tmp):
    """gate selftest with other engines, which fio slows down, if the command
    lets it."""
    commands = Commands(tmp, ioengine="libaio")
    a, slow = commands.make("a", STEADY), commands.make(
        "slow", scaled(STEADY, 1.1))
    done = smallfio("gate", "selftest", "--a",
                    f'case "$SLOWER" in *thinktime*) {slow};; *) {a};; esac')
    t.equal(done.returncode, 0, "the gate goes red", done.both)
    # 100,000 operations in 1 s take 10 us each. 1 us more for each makes 2 ms
    # for 2000.
    t.contains(done.both, ["--thinktime=", "gate: red"], "by fio's own pause")
    blocks = int(re.search(r"--thinktime_blocks=(\d+)", done.both)[1])
    t.ok(1980 < blocks < 2020, "of the right length", done.both)
    done = smallfio("gate", "selftest", "--a", f": $SLOWER; {a}")
    t.equal(done.returncode, 1, "a gate that stays green is told of",
            done.both)
    done = smallfio("gate", "selftest", "--a", a)
    t.equal(done.returncode, 2, "the command must take $SLOWER", done.both)


def wrong_usage(t, tmp):
    for args in (["ab"], ["ab", "--a", "x"], ["ab", "--a", "x", "--b", "y",
                                              "z"],
                 ["ab", "--runs", "6", "--a", "x", "--b", "y"],
                 ["ab", "--runs", "9999", "--a", "x", "--b", "y"],
                 ["ab", "--seed", "0", "--a", "x", "--b", "y"],
                 ["gate", "calibrate"], ["gate", "selftest"],
                 ["gate", "selftest", "--slower", "0", "--a", "x"]):
        t.equal(smallfio(*args).returncode, 2, f"wrong usage: {args}")
    for args in (["ab"], ["gate", "calibrate"], ["gate", "selftest"]):
        done = smallfio(*args, "--help")
        t.ok(done.returncode == 0 and done.stdout.startswith("usage:"),
             f"{args} --help")
    # A verdict may ask for up to 1000 more runs, so --runs must take that
    # many.
    done = smallfio("ab", "--help")
    t.contains(done.stdout, ["7 to 2000 (20)"], "--runs says its bounds")
    done = smallfio("ab", "--runs", "1200", "--a", "true", "--b", "true")
    t.contains(done.stderr, ["at most 1200 rounds"],
               "as many as a verdict may ask for")
    done = smallfio("ab", "--directory", tmp / "none", "--a", "x", "--b", "y")
    t.equal(done.returncode, 3, "no such directory", done.both)


def in_a_directory_of_its_own(function):
    """Runs a test in a directory of its own, because ab leaves there what a
    failed session has made."""
    def test(t):
        with tempfile.TemporaryDirectory(prefix="smallfio-ab-") as tmp, \
                unittest.mock.patch.dict(os.environ, TMPDIR=tmp):
            function(t, pathlib.Path(tmp))
    test.__name__ = function.__name__
    return test


tap.main(*map(in_a_directory_of_its_own,
              [verdicts, one_confirmed, order, kept, failures, interrupted, left_behind,
               stubborn, places,
               mounts, progress, calibrate, selftest, selftest_of_others,
               wrong_usage]))
