# SPDX-License-Identifier: GPL-2.0-only
"""What the benchmarks share: they run fio with the engine of this build, and
make directories to run it in."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TMPFS_MAGIC_NAME = "tmpfs"
# Options of fio in all benchmarks: fio measures no latencies that nobody reads.
# The job files in jobs/ have the same options.
FIO_BASE = ["--disable_slat=1", "--disable_lat=1"]
READERS = {"read", "stat", "getxattr", "readdir", "ls-l", "swift-get", "await-create"}
# A benchmark that is told to end unmounts and removes what it has made.
for sent in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(sent, lambda *_: sys.exit(1))


def environment(engines):
    env = dict(os.environ)
    # The path must be absolute, because fio runs in another directory. There a
    # relative path would lead nowhere, and fio would load an installed engine.
    engines = os.path.abspath(engines)
    env["LD_LIBRARY_PATH"] = f"{engines}:{env.get('LD_LIBRARY_PATH', '')}".rstrip(":")
    return env


def run(command, **kwargs):
    """Runs a command and returns what it printed. If the command fails, the
    benchmark ends."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **kwargs)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
                 f"exit status {done.returncode}")
    return done.stdout


def engine_options(operation, **options):
    """Returns fio's command line for a job of the engine, as a list."""
    direction = "read" if operation in READERS else "write"
    every = {"ioengine": "fio-smallfile.so", "rw": direction, "operation": operation} | options
    return ["--name=bench", *(f"--{k}={v}" for k, v in every.items())]


def fio_json(engines, job, cwd):
    """Runs fio and returns its JSON."""
    out = run(["fio", *job, *FIO_BASE, "--output-format=json"],
              env=environment(engines), cwd=cwd)
    return json.loads(out[out.index("{"):])


def rates_in_turns(in_turns, turn_ms, top, commands, env):
    """Runs two commands at once, in turns (in-turns.c). Returns the operations a
    second of each, by its own turns. The first and the last pair of turns do not
    count."""
    places = [Path(top, f"in-turns-{i}") for i in range(2)]
    words = []
    for place, command in zip(places, commands):
        place.mkdir(exist_ok=True)
        words += [place, f"exec {shlex.join(map(str, command))}"]
    done = subprocess.run([str(w) for w in (in_turns, turn_ms, *words)],
                          capture_output=True, text=True, env=env)
    figures = done.stdout.split()
    # The second figure is the number of pairs of turns.
    if done.returncode or len(figures) != 6 or figures[1] == "0":
        sys.exit("\n".join([*map(str, words), done.stdout, done.stderr,
                            *((p / "output.txt").read_text() for p in places)]))
    operations_a, ns_a, operations_b, ns_b = map(int, figures[2:])
    return operations_a / ns_a * 1e9, operations_b / ns_b * 1e9


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


def filesystem_type(path):
    return run(["stat", "-f", "-c", "%T", path]).strip()


@contextlib.contextmanager
def on_tmpfs():
    """Yields a directory on a tmpfs."""
    if filesystem_type("/dev/shm") != TMPFS_MAGIC_NAME:
        skip("/dev/shm is no tmpfs")
    with tempfile.TemporaryDirectory(prefix="smallfio-bench.", dir="/dev/shm") as top:
        yield Path(top)


@contextlib.contextmanager
def on_ext4(gib):
    """Yields a directory on ext4 in a loop file on tmpfs, or None where this
    program may not mount."""
    if os.geteuid() or not shutil.which("mkfs.ext4", path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
        yield None
        return
    with on_tmpfs() as shm:
        image, mount = shm / "image", shm / "mnt"
        mount.mkdir()
        with image.open("wb") as f:
            f.truncate(gib << 30)
        os.environ["PATH"] += ":/usr/sbin:/sbin"
        run(["mkfs.ext4", "-q", "-F", "-i", "4096", "-E", "lazy_itable_init=0", image])
        done = subprocess.run(["mount", "-o", "loop,noatime", image, mount],
                              capture_output=True, text=True)
        if done.returncode:
            print(f"# no ext4: {done.stderr.strip()}")
            yield None
            return
        try:
            yield mount
        finally:
            run(["umount", mount])


@contextlib.contextmanager
def far_away(delayfs, target, delay_us):
    """Mounts a file system that takes `delay_us` for each request and caches nothing
    (tests/lib/delayfs.c). Yields its directory, which this makes."""
    os.mkdir(target)
    server = subprocess.Popen([delayfs, target, "-f", "-o", f"delay_us={delay_us}"])
    try:
        for _ in range(100):
            if os.path.ismount(target):
                break
            time.sleep(0.05)
        else:
            sys.exit("delayfs did not mount")
        yield Path(target)
    finally:
        # It unmounts itself.
        server.terminate()
        server.wait()
