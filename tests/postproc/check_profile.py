# SPDX-License-Identifier: GPL-2.0-only
"""Tests `smallfio profile`: what it counts is compared with what Python counts
in the same tree, and its distances with a computation of their own.

usage: check_profile.py SMALLFIO SOURCE_ROOT
"""
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

SMALLFIO, ROOT = sys.argv[1:3]
sys.path.insert(0, f"{ROOT}/tests/lib")
import schema  # noqa: E402
import tap     # noqa: E402

HEAD = "smallfio-profile 1\n"


def smallfio(*args):
    return subprocess.run([SMALLFIO, "profile", *map(str, args)],
                          capture_output=True, text=True, timeout=60)


def read(text):
    """Returns {key: {(low, high): count}} of a profile."""
    found = collections.defaultdict(dict)
    for line in text.splitlines()[1:-1]:
        if line[0] == "#":
            continue
        key, number, count = line.split(" ")
        if key == "total":
            found[key][number] = int(count)
            continue
        low, _, high = number.partition("-")
        found[key][int(low), int(high or low)] = int(count)
    return found


def make_tree(top, rng):
    """Makes a tree, and returns what is in it: {key: Counter of numbers}."""
    want = collections.defaultdict(collections.Counter)

    def fill(path, level):
        files, dirs = rng.randint(0, 9), rng.randint(0, 4 - level)
        want[f"files.{level}"][files] += 1
        want[f"directories.{level}"][dirs] += 1
        for i in range(files):
            name = str(i) + "f" * rng.randint(0, 30)
            size = rng.choice([0, rng.randint(1, 127),
                               rng.randint(1, 100000)])
            (path / name).write_bytes(b"x" * size)
            want["name"][len(name)] += 1
            want["size"][size] += 1
            want["depth"][level] += 1
        for i in range(dirs):
            name = "d" * rng.randint(1, 20) + str(i)
            want["directory-name"][len(name)] += 1
            (path / name).mkdir()
            fill(path / name, level + 1)

    fill(top, 0)
    return want


def counts(t, tmp):
    """The profile of a tree has its numbers, each in its range."""
    want = make_tree(tmp, random.Random(5))
    done = smallfio("--format", "profile", tmp)
    t.ok(done.returncode == 0 and not done.stderr, "a tree is walked", done)
    found = read(done.stdout)
    for key, numbers in want.items():
        rows = dict(found[key])
        wrong = [(low, high) for low, high in rows
                 if rows[low, high] != sum(n for number, n in numbers.items()
                                           if low <= number <= high)
                 or (high - low) * 64 > max(low, 1)
                 or not (numbers[low] and numbers[high])]
        t.ok(not wrong and sum(rows.values()) == sum(numbers.values()),
             f"{key} is right, and its ranges are narrow", wrong[:3])
    total = found["total"]
    sizes = want["size"]
    t.equal((total["files"], total["bytes"], total["looked-at"]),
            (sum(sizes.values()), sum(n * k for n, k in sizes.items()),
             sum(sizes.values())), "files and bytes are all")
    t.equal(sum(found["links"].values()), sum(sizes.values()),
            "each file has its links counted")


def kinds(t, tmp):
    """What is no plain file, links, holes, attributes."""
    (tmp / "outside").mkdir()
    (tmp / "outside" / "secret").write_text("x")
    top = tmp / "top"
    top.mkdir()
    (top / "link").symlink_to(tmp / "outside")
    (top / "dangling").symlink_to("nowhere")
    os.mkfifo(top / "fifo")
    (top / "one").write_bytes(b"x" * 100)
    os.link(top / "one", top / "two")
    with open(top / "hole", "wb") as file:
        file.truncate(1 << 20)
    attributes = True
    try:
        os.setxattr(top / "one", "user.a", b"1234")
        os.setxattr(top / "one", "user.bc", b"")
    except OSError:
        attributes = False
    done = smallfio("--format", "profile", top)
    found = read(done.stdout)
    t.ok(done.returncode == 0, "links, a pipe and a file with a hole", done)
    t.equal([found["total"][name] for name in
             ("files", "directories", "symlinks", "others")], [3, 1, 2, 1],
            "links are counted and not followed")
    t.equal(found["links"], {(1, 1): 1, (2, 2): 2}, "hard links are counted")
    t.equal(found["holes"], {(0, 0): 2, (100, 100): 1},
            "the file without blocks is all hole")
    if attributes:
        t.equal((found["xattrs"], found["xattr-bytes"]),
                ({(0, 0): 1, (2, 2): 2},
                 {(len("user.auser.bc1234"),) * 2: 2}),
                "attributes are counted, for both names of the file")
    else:
        t.skip("attributes are counted", "no user attributes in $TMPDIR")


def sample(t, tmp):
    for i in range(2000):
        (tmp / f"{i:05}").touch()
    for percent, least, most in ((1, 2, 60), (30, 450, 750), (100, 2000, 2000)):
        done = smallfio("--format", "json", "--sample", percent, tmp)
        totals = json.loads(done.stdout)["totals"]
        t.ok(totals["files"] == 2000
             and least <= totals["looked-at"] <= most,
             f"--sample {percent}: all names, and inodes of some",
             totals)


def too_deep(t, tmp):
    """63 levels are walked. One more is an error, and not a part of a tree."""
    path = tmp
    for _ in range(63):
        path = path / "d"
    path.mkdir(parents=True)
    (path / "file").touch()
    done = smallfio("--format", "json", tmp)
    t.ok(done.returncode == 0
         and json.loads(done.stdout)["distributions"]["depth"]["most"] == 63,
         "63 levels are walked", done)
    (path / "d").mkdir()
    done = smallfio(tmp)
    t.ok(done.returncode == 3 and "at most 63 levels" in done.stderr
         and not done.stdout, "64 are refused", done)


def share(rows, value):
    """Returns the share of numbers up to `value`."""
    found = 0
    for (low, high), count in rows:
        if value >= high:
            found += count
        elif value >= low:
            found += count * (value - low + 1) / (high - low + 1)
    return found / sum(count for _, count in rows)


def distance(one, two):
    values = {end for rows in (one, two) for (low, high), _ in rows
              for end in (low - 1, high)}
    return max(abs(share(one, v) - share(two, v)) for v in values)


def merged(profile, key):
    return [row for name, rows in profile.items()
            if re.fullmatch(rf"{key}(\.\d+)?", name) for row in rows.items()]


def distances(t, tmp):
    """--against, from the text of both profiles."""
    trees, profiles = [], []
    for i in range(2):
        top = tmp / str(i)
        top.mkdir()
        make_tree(top, random.Random(i + 7))
        file = tmp / f"{i}.profile"
        done = smallfio("--format", "profile", "-o", file, top)
        t.ok(done.returncode == 0 and not done.stdout, f"{file.name}", done)
        trees.append(top)
        profiles.append(read(file.read_text()))
    for i in range(2):
        done = smallfio("--format", "json", "--against", tmp / "1.profile",
                        trees[i] if i else tmp / "0.profile")
        value = json.loads(done.stdout)
        schema.follows(ROOT, value)
        for key in ("size", "files", "directories", "depth", "name", "links"):
            want = distance(merged(profiles[i], key),
                            merged(profiles[1], key))
            found = value["distributions"][key]["ks"]
            t.ok(abs(found - want) < 1e-9,
                 f"{key}: the distance of tree {i} to tree 1 is {want:.4f}",
                 found)
    done = smallfio("--against", tmp / "1.profile", trees[0])
    t.contains(done.stdout, ["KS", "bytes of a file", "files in a directory",
                             "#"], "text has distances and charts")


def shown(t, tmp):
    """A profile that is read and written is the same, and a bad one is not
    read."""
    for path in sorted(pathlib.Path(ROOT, "profiles").glob("*.profile")):
        done = smallfio("--format", "profile", path)
        t.equal(re.sub("(?m)^#.*", "", done.stdout),
                re.sub("(?m)^#.*", "", path.read_text()),
                f"{path.name}: read and written it is the same")
    bad = tmp / "bad"
    for text, said in (("", "1: expected"),
                       (HEAD + "size 1 1\n", "the file is not whole"),
                       (HEAD + "size 1 1\nsize 1 1\nend\n", f"{bad}:3: ")):
        bad.write_text(text)
        for args in ((bad,), ("--against", bad, tmp)):
            done = smallfio(*args)
            t.ok(done.returncode == 3 and said in done.stderr,
                 f"refused with {said!r}", done)
    done = smallfio(tmp / "none")
    t.ok(done.returncode == 3 and "No such file" in done.stderr,
         "a directory that is not there", done)
    for args in ((), (tmp, tmp), ("--sample", "0", tmp),
                 ("--sample", "5", pathlib.Path(ROOT, "profiles",
                                                "linux-6.1.profile"))):
        t.equal(smallfio(*args).returncode, 2, f"usage: {args}")
    empty = tmp / "empty"
    empty.mkdir()
    done = smallfio("--format", "json", empty)
    value = json.loads(done.stdout)
    schema.follows(ROOT, value)
    t.ok(value["totals"]["files"] == 0 and "no file" in done.stderr,
         "an empty directory is one, and a note says that it has no file")


def page(t, _):
    """The man page has each option of --help, and each key of a profile."""
    text = pathlib.Path(ROOT, "man/smallfio-profile.1").read_text()
    text = text.replace("\\-", "-")
    options = re.findall(r"--[a-z]+", smallfio("--help").stdout)
    t.equal([o for o in options if o not in text], [],
            f"the man page has {len(set(options))} options")
    profile = pathlib.Path(ROOT, "profiles/linux-6.1.profile").read_text()
    keys = {key.split(".")[0] for key in read(profile)}
    t.equal([k for k in sorted(keys) if k not in text], [],
            "the man page has each key")


def main(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-profile-") as tmp:
        for check in (counts, kinds, sample, too_deep, distances, shown,
                      page):
            where = pathlib.Path(tmp, check.__name__)
            where.mkdir()
            check(t, where)


tap.main(main)
