# SPDX-License-Identifier: GPL-2.0-only
"""Tests what smallfio ab does in turns when something dies or hangs: it says
who, ends the rest, and leaves no process."""
import glob
import os
import signal
import subprocess
import time

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
        place.job(text, 4000 if name == "clean-up" else 30000)
        ab = place.begin("--patience", str(PATIENCE_S), "--a-dir", place.top,
                         "--b-dir", place.slow, *arguments, top=False)
        t.ok(tap.until(when), f"{name}: is under way")
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
        subprocess.run(f"rm -r {place.slow}/*", shell=True, check=True)


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


def killed(t, place):
    """kill -9 of any of them: nothing stays behind, nothing is frozen."""
    for who in ("ab", "a", "b", "a's job"):
        place.job(STAT.replace("runtime=1", "runtime=60"), 2000)
        ab = place.begin("--time", "60")
        if not t.ok(tap.until(lambda: len(place.members()) >= 4),
                    f"{who}: both run", place.members()):
            ab.kill()
            continue
        time.sleep(1.5)
        victim = ab.pid if who == "ab" else None
        for pid in place.members() if victim is None else ():
            side = os.readlink(f"/proc/{pid}/cwd").rsplit("/", 1)[1][0]
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
            if side == who[0] and (parent == ab.pid) == (who in "ab"):
                victim = pid
        os.kill(victim, signal.SIGKILL)
        t.ok(tap.until(lambda: not place.members()),
             f"{who}: nothing stays behind", place.members())
        out = ab.communicate(timeout=30)
        if who != "ab":
            t.equal(ab.returncode, 3, f"{who}: exit code", *out)
            t.contains(out[1], [f"kept/{who[0]}-000"], f"{who}: is named")
            t.equal(os.listdir(place.top), [], f"{who}: leaves no files")


tap.main(*tap.sharing(Place, hangs, stopped, killed))
