# SPDX-License-Identifier: GPL-2.0-only
"""Tests what smallfio ab does in turns when something dies or hangs: it says
who, ends the rest, and leaves no process."""
import os
import random
import signal
import subprocess
import time

import fio
import mounts
import tap
from in_turns import CREATE, OTHER, STAT, Place

mounts.enter_namespace()

PATIENCE_S = 3


def files_below(top):
    """Returns whether a side has made a file there."""
    return any(names for _, _, names in os.walk(top))


def begun(place, number):
    """Returns whether B's run of that number has begun to write."""
    return (os.path.exists(f"{place.where}/kept/b-{number:03}")
            and files_below(place.slow))


def written(place, number):
    """Returns whether B's run of that number has written its result."""
    path = f"{place.where}/kept/b-{number:03}/fio.json"
    return os.path.exists(path) and os.path.getsize(path) > 0


def hangs(t, place):
    """The file system of B no longer answers, at several moments. ab ends, names
    B and what it did, and does not wait for the trees."""
    switch = os.path.join(place.space.path, "hangs")
    place.slow = place.space.far_away(delay_us=500, hang=switch)
    for name, text, arguments, when, where in (
            ("set-up", STAT, (), lambda: begun(place, 0),
             "before the first section in turns"),
            ("set-up at a depth", STAT,
             ("--option", "iodepth=8", "--option", "uring_always=1"),
             lambda: begun(place, 0), "before the first section in turns"),
            ("set-up, threads", STAT, ("--option", "thread=1", "--option", "numjobs=2"),
             lambda: begun(place, 0), "before the first section in turns"),
            ("turn", CREATE, (), lambda: begun(place, 0), "in an operation of create"),
            ("whole runs", CREATE, ("--turns", "off", "--warmup", "0"),
             lambda: begun(place, 0), "in a run alone"),
            ("clean-up", CREATE, (), lambda: written(place, 0), None)):
        place.job(text, 1500 if name == "clean-up" else 30000)
        ab = place.begin("--patience", str(PATIENCE_S), "--a-dir", place.top,
                         "--b-dir", place.slow, *arguments, top=False)
        t.ok(tap.until(when, 60), f"{name}: is under way")
        with mounts.Switch(switch):
            out = ab.communicate(timeout=100)
            t.equal(ab.returncode, 3, f"{name}: ends", *out)
        # The kernel may keep a process whose calls are with the file system.
        t.ok(tap.until(lambda: not place.members("")), f"{name}: nothing stays behind",
             place.members(""))
        if where:
            t.contains(out[1], ["kept/b-00", f"B did nothing for {PATIENCE_S} s {where}",
                                "its tree stays in " + place.slow], f"{name}: is named")
        else:
            t.contains(out[1], [place.slow, f"nothing happened for {PATIENCE_S} s while "
                                "B's tree was removed"], f"{name}: is named")
        t.ok(os.listdir(place.slow), f"{name}: the tree stays")
        t.equal(os.listdir(place.top), [], f"{name}: A's tree does not")
        subprocess.run(f"rm -r {place.slow}/*", shell=True, check=True)


# Is a while at work before it runs the fio of B's first run, and stays beside it.
LATE = """#!/bin/sh
case $PWD in
*/b-000) timeout "$LATE_S" sh -c 'while :; do :; done' ;;
esac
"$REAL_FIO" "$@"
exit $?
"""


def waits(t, place):
    """A waits for B, which comes later than --patience. It does not hang, also if its
    fio is below a shell."""
    place.job(STAT.replace("runtime=1", "runtime=100ms"), 300)
    # A shell of the name fio would pass for a fio that waits.
    path = f"{place.where}/late"
    with open(path, "w", encoding="utf-8") as f:
        f.write(LATE)
    os.chmod(path, 0o755)
    done = place.ab("--time", "1", "--patience", "2", "--fio", path, turns="5ms",
                    env={"REAL_FIO": fio.FIO, "LATE_S": "4"})
    t.ok(done.returncode in (0, 4), "one waits: exit code", done.both)
    t.contains(done.both, ["stat files/s"], "one waits: goes on")


def stopped(t, place):
    """A side that is stopped in turns, and does nothing in its own. What it waits
    for is no file system: FUSE would let a side go that was stopped."""
    place.job(OTHER)
    done = place.ab("--patience", str(PATIENCE_S), "--b-option",
                    "exec_prerun=echo $PWD | grep -qv b-001 || sleep 1000")
    t.contains(done.both, ["is stopped (SIGSTOP)", "kept/b-001",
                           f"B did nothing for {PATIENCE_S} s in its turn",
                           "its tree stays in " + place.top], "stopped: is named")
    t.equal((done.returncode, place.members()), (3, []), "stopped: ends")


def victim_of(place, ab, who):
    """Returns the process to kill, or None if it is not there: ab, the fio of a
    side, or a job of that fio."""
    if who == "ab":
        return ab.pid
    for pid in place.members():
        try:
            side = os.readlink(f"/proc/{pid}/cwd").rsplit("/", 1)[1][0]
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if side == who[0] and (parent == ab.pid) == (who in "ab"):
            return pid
    return None


def kill(t, place, who, name, moment_s, turns="20ms"):
    """Kills one of them at that moment: nothing stays behind, stopped or not, and
    ab names the side."""
    ab = place.begin("--threshold", "0.001", turns=turns)
    time.sleep(moment_s)
    victim = []
    if not t.ok(tap.until(lambda: victim or victim.extend(
            filter(None, [victim_of(place, ab, who)])) or victim), f"{name}: is there"):
        ab.kill()
        return
    os.kill(victim[0], signal.SIGKILL)
    out = ab.communicate(timeout=60)
    t.ok(tap.until(lambda: not place.members("")), f"{name}: nothing stays behind",
         [(pid, open(f"/proc/{pid}/stat", encoding="ascii").read().split()[1:3])
          for pid in place.members("")])
    if who != "ab":
        t.equal(ab.returncode, 3, f"{name}: exit code", *out)
        t.contains(out[1], [f"kept/{who[0]}-"], f"{name}: is named")
        t.equal(os.listdir(place.top), [], f"{name}: leaves no files")


def killed(t, place):
    """kill -9 of a job: its side is named. And of ab, in the first round of programs
    that know nothing of turns, and in a whole run: both would go on for a long
    time."""
    for threads in (1, 3):
        place.job(STAT.replace("runtime=1", "runtime=600"), 2000, threads)
        kill(t, place, "a's job", f"a's job of {threads}", 3)
    place.job(OTHER.replace("500ms", "600"))
    kill(t, place, "ab", "first round", 1.5)
    place.job(OTHER.replace("500ms", "600"))
    kill(t, place, "ab", "whole run", 1.5, turns="off")


def killed_at_random(t, place):
    """kill -9 at any moment of two rounds and what lies between them."""
    stat = STAT.replace("runtime=1", "runtime=300ms")
    for kind, text, turns, victims in (
            ("in turns", stat, "20ms", ("ab", "a", "ab", "b", "ab")),
            ("stopped", OTHER, "20ms", ("ab", "a", "ab", "b", "ab")),
            ("whole runs", stat, "off", ("ab", "b"))):
        for i, who in enumerate(victims):
            place.job(text, 2000)
            moment_s = random.uniform(0.05, 4)
            print(f"# {kind}, {who}: after {moment_s:.3f} s")
            kill(t, place, who, f"{kind}, {who} {i}", moment_s, turns)


tap.main(*tap.sharing(Place, hangs, waits, stopped, killed, killed_at_random),
         apart=True)
