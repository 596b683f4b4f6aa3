# SPDX-License-Identifier: GPL-2.0-only
"""Tests every operation of the table with the real fio on one file system,
with threads and with processes. What an operation did is checked from
outside."""
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass, field

import fio
import mounts
import objects
import possible
import smallfile
import tap
import tree
from fio import OPERATIONS

mounts.enter_namespace()

NUMJOBS = 2
XATTRS = dict(xattr_count=3, xattr_size=20)
# On the file system with a latency there are fewer files, to save time.
FILES = 5 if sys.argv[1] == "far" else 23


# FUSE takes a short read for the end of the file, and does not copy beyond it.
SPOILT = {"far": {"copy-range"}}


@dataclass
class Mode:
    """A way to run all operations. The two modes differ in as many options as
    possible."""
    name: str
    options: dict
    host: str
    tops: int = 1
    layout: dict = field(default_factory=dict)

    def top_dirs(self, root, operation):
        return [os.path.join(root, self.name, f"{operation}-{i}")
                for i in range(self.tops)]

    def layouts(self, root, operation):
        return [smallfile.Layout(self.top_dirs(root, operation), self.host,
                                 thread, FILES, **self.layout)
                for thread in range(NUMJOBS)]

    def section(self, root, operation, on, **options):
        """Returns a section that runs `operation` in the tree that operation
        `on` is tested in."""
        return fio.section(operation, name=self.title(on, operation),
                           directory=":".join(self.top_dirs(root, on)),
                           **self.common(), **options)

    def title(self, on, operation):
        return f"{self.name}/{on}/{operation}"

    def common(self):
        return dict(numjobs=NUMJOBS, files=FILES, host=self.host, **XATTRS,
                    **self.layout, **self.options)

    @property
    def record(self):
        return self.options.get("bs", 0)


MODES = [
    Mode("process", dict(filesize=10000, bs=4096), host="Host-A",
         layout=dict(files_per_dir=3, dirs_per_dir=2)),
    Mode("thread", dict(thread=True, filesize="1-20000"), host="hostb",
         tops=2, layout=dict(files_per_dir=5, dirs_per_dir=3,
                             hash_into_dirs=1, prefix="p.x", suffix="s")),
]


# What cleanup finds: something of each kind that operations make.
FOR_CLEANUP = ("create", "rename", "create", "symlink", "mkdir", "link",
               "copy-range")

# One fio runs all modes and operations at once, because most of the time goes
# into fio's start and its stonewalls. Left out is what the file system cannot
# do.
EACH = []


def prepare(root):
    """Makes what the operations need, in all trees at once. The first steps of
    all trees run together, then the second steps."""
    steps = {}
    for mode, operation in EACH:
        for top in mode.top_dirs(root, operation):
            os.makedirs(top)
        chain = objects.preparation(operation)
        if operation == "cleanup":
            chain = [(op, {}) for op in FOR_CLEANUP if (mode, op) in EACH]
        for i, (op, options) in enumerate(chain):
            steps.setdefault(i, []).append(
                mode.section(root, op, operation, **options))
    sections = []
    for i in sorted(steps):
        name, options = steps[i][0]
        sections += [(name, dict(options, stonewall=True)), *steps[i][1:]]
    return fio.run([at_small_depth(*section) for section in sections])


def at_small_depth(name, options):
    """Returns a section that is not under test with a small depth, because
    each of a thousand requests would take memory."""
    if fio.DEPTH < 1024:
        return name, options
    return name, dict(options, iodepth=2)


def sizes_of(layout):
    """Returns {file number: size} of the files that are there."""
    found = {}
    for n in layout.numbers():
        for at in (smallfile.SRC, smallfile.DST):
            if os.path.isfile(layout.path(n, at)):
                found[n] = os.path.getsize(layout.path(n, at))
    return found


def spoil(layout, n, longer):
    """Fills a file with wrong bytes, so that a missing overwrite is seen."""
    with open(layout.path(n), "r+b") as f:
        f.write(b"\xff" * os.path.getsize(layout.path(n)))
        if longer:
            f.write(b"\xff" * 777)


def leave_temporary(layout, n, _):
    with open(layout.path(n, ending=".tmp"), "wb") as f:
        f.write(b"left by a crash")


# Inodes of a file and of its copy before they are exchanged.
INODES = {}


def note_inodes(layout, n, _):
    INODES[layout.path(n)] = inodes(layout, n)


def inodes(layout, n):
    return [os.stat(path).st_ino for path in
            (layout.path(n), layout.path(n, smallfile.DST, ".c"))]


def give_away(layout, n, _):
    if not os.geteuid():
        os.chown(layout.path(n), 12345, 54321)


# Changes to each file before the operation, so that an operation that does
# nothing fails the test.
BEFOREHAND = {
    "overwrite": lambda lay, n, _: spoil(lay, n, False),
    "truncate-overwrite": lambda lay, n, _: spoil(lay, n, True),
    "chmod": lambda lay, n, _: os.chmod(lay.path(n), 0o600),
    "chown": give_away,
    "exchange": note_inodes,
    "cleanup": leave_temporary,
}


def check_xattrs(layout, n, stem):
    path = layout.path(n)
    names = [x for x in os.listxattr(path) if x.startswith("user.")]
    expected = [f"{stem}{j}" for j in range(XATTRS["xattr_count"])]
    if sorted(names) != expected:
        return f"{path} has attributes {names}"
    for j, name in enumerate(expected):
        if os.getxattr(path, name) != smallfile.xattr_value(
                layout.thread, n, j, XATTRS["xattr_size"]):
            return f"{path}: {name} has another value"
    return None


def check_mode(layout, n, mode):
    found = stat.S_IMODE(os.stat(layout.path(n)).st_mode)
    return None if found == mode else f"{layout.path(n)}: mode {found:o}"


def check_no_xattrs(layout, n):
    found = [x for x in os.listxattr(layout.path(n)) if x.startswith("user.")]
    return f"{layout.path(n)} has attributes {found}" if found else None


def check_owner(layout, n):
    st = os.stat(layout.path(n))
    if (st.st_uid, st.st_gid) != (os.geteuid(), os.getegid()):
        return f"{layout.path(n)} belongs to {st.st_uid}:{st.st_gid}"
    return None


def check_times(layout, n):
    """Only the time of writing, because the test itself has read the file."""
    found = os.stat(layout.path(n)).st_mtime_ns
    return None if found == 1_000_000_000_500_000_000 else \
        f"{layout.path(n)}: written at {found}"


def check_reserved(layout, n, sizes):
    """btrfs keeps small files in an inode, where nothing is reserved."""
    room = os.stat(layout.path(n)).st_blocks * 512
    return None if sizes[n] < 4096 or room >= 2 * sizes[n] else \
        f"{layout.path(n)}: {room} bytes on disk for {sizes[n]}"


def check_exchanged(layout, n):
    found, before = inodes(layout, n), INODES[layout.path(n)]
    return None if found == before[::-1] else \
        f"{layout.path(n)}: inodes {before} became {found}"


def check_shared(layout, n, sizes):
    """filefrag asks the file system which blocks two files share. A small file
    may be in the inode itself."""
    if n > 3 or sizes[n] < 4096 or not shutil.which("filefrag"):
        return None
    copy = layout.path(n, smallfile.DST, ".c")
    said = subprocess.run(["filefrag", "-v", copy], capture_output=True,
                          text=True).stdout
    return None if "shared" in said else f"{copy} shares no blocks: {said}"


def check_append(layout, n, mode, sizes):
    once = smallfile.contents(layout.thread, n, sizes[n], mode.record)
    if tree.read_file(layout.path(n)) != once + once:
        return f"{layout.path(n)} is not its contents twice"
    return None


def check_stamp(layout, n):
    """Returns what is wrong with the stamp that create made, or None."""
    text = os.getxattr(layout.path(n), "user.smallfile-ctime-size").decode()
    seconds, kib = text.split(",")
    st = os.stat(layout.path(n))
    if abs(float(seconds) - st.st_ctime) > 5 or int(kib) != st.st_size // 1024:
        return f"{layout.path(n)}: stamp {text}, but size {st.st_size}"
    return None


# Effects to check beyond what the table of operations says in `after`.
EFFECTS = {
    "append": check_append,
    "chmod": lambda lay, n, *_: check_mode(lay, n, 0o646),
    "chown": lambda lay, n, *_: check_owner(lay, n),
    "utimens": lambda lay, n, *_: check_times(lay, n),
    "fallocate": lambda lay, n, _, sizes: check_reserved(lay, n, sizes),
    "exchange": lambda lay, n, *_: check_exchanged(lay, n),
    "clone": lambda lay, n, _, sizes: check_shared(lay, n, sizes),
    "removexattr": lambda lay, n, *_: check_no_xattrs(lay, n),
    "setxattr": lambda lay, n, *_: check_xattrs(lay, n, "user.smallfile-"),
    "swift-put": lambda lay, n, *_: (
        check_mode(lay, n, 0o667)
        or check_xattrs(lay, n, "user.smallfile-all-")),
    "await-create": lambda lay, n, *_: check_stamp(lay, n),
}
SIZE_CHANGES = {"append"}


def check_effect(t, root, mode, operation, sizes):
    row, wrong = OPERATIONS[operation], []
    label = f"{mode.name}: {operation}"
    expected = []
    for layout in mode.layouts(root, operation):
        mine = sizes[operation][layout.thread] or sizes_of(layout)
        expected += objects.entries(layout, row["after"])
        for n in layout.numbers():
            try:
                if operation not in SIZE_CHANGES:
                    wrong.append(objects.wrong_object(
                        layout, row["after"], n, mine, mode.record))
                if operation in EFFECTS:
                    wrong.append(EFFECTS[operation](layout, n, mode, mine))
            except OSError as error:
                wrong.append(str(error))
    wrong = [w for w in wrong if w]
    t.ok(not wrong, f"{label}: did what it says", *wrong[:5])
    tops = mode.top_dirs(root, operation)
    t.same_set([p for top in tops for p in tree.files_below(top)], expected,
               f"{label}: leaves exactly its files")


def check_numbers(t, root, mode, operation, result, sizes):
    """Checks that fio reports what was done."""
    row = OPERATIONS[operation]
    jobs = result.named(mode.title(operation, operation))
    found, expected = [], []
    for layout, job in zip(mode.layouts(root, operation), jobs):
        side = fio.busy_side(job)
        units = FILES
        if row["unit"] == "dir":
            units = layout.directory_units()
        mine = sizes[operation][layout.thread] or sizes_of(layout)
        size = sum(mine.values()) if row["moves_data"] else units
        found.append((job["error"], side["total_ios"], side["clat_ns"]["N"],
                      side["io_bytes"]))
        expected.append((0, units, units, size))
    # fio lists the jobs of a section in the order of their numbers, as layouts
    # are.
    t.equal(found, expected, f"{mode.name}: {operation}: fio reports "
            "(error, operations, samples, bytes) as they were")


def check_unchanged(t, mode, operation, before, after):
    t.ok(before == after, f"{mode.name}: {operation}: changes nothing",
         tree.differences(before, after))


def is_watched(mode, operation):
    """Returns whether to look for changes where there must be none. That takes
    many system calls, so one mode has to do where each has a latency."""
    return (OPERATIONS[operation]["reads"]
            and (mode is MODES[0] or sys.argv[1] != "far"))


def look_before(root, mode, operation):
    """Changes the files as BEFOREHAND says. Returns {thread: {file number:
    size}} and, if the operation may change nothing, snapshots of its trees."""
    sizes, before = {}, {}
    for layout in mode.layouts(root, operation):
        sizes[layout.thread] = sizes_of(layout)
        for n in layout.numbers():
            BEFOREHAND.get(operation, lambda *_: None)(layout, n, mode)
    if is_watched(mode, operation):
        before = snapshots(root, mode, operation)
    return sizes, before


def snapshots(root, mode, operation):
    return {top: tree.snapshot(top) for top in mode.top_dirs(root, operation)}


def run_all(t, root, neighbour):
    result = prepare(root)
    if not t.ok(result.rc == 0 and not result.err, "preparation succeeds",
                result):
        return
    sizes, before = {mode.name: {} for mode in MODES}, {}
    for mode, operation in EACH:
        sizes[mode.name][operation], before[mode.name, operation] = (
            look_before(root, mode, operation))
    untouched = tree.snapshot(neighbour)
    result = fio.run([mode.section(root, op, op) for mode, op in EACH])
    t.ok(result.rc == 0 and not result.err, "all operations succeed", result)
    for mode, operation in EACH:
        check_effect(t, root, mode, operation, sizes[mode.name])
        check_numbers(t, root, mode, operation, result, sizes[mode.name])
        if is_watched(mode, operation):
            check_unchanged(t, mode, operation, before[mode.name, operation],
                            snapshots(root, mode, operation))
    result = fio.run([at_small_depth(*mode.section(root, "cleanup", op))
                      for mode, op in EACH])
    t.ok(result.rc == 0 and not result.err, "cleanup after each succeeds",
         result)
    for mode, operation in EACH:
        left = [name for top in mode.top_dirs(root, operation)
                for name in os.listdir(top)]
        t.equal(left, [], f"{mode.name}: {operation}: cleanup leaves nothing")
    after = tree.snapshot(neighbour)
    t.ok(untouched == after, "a neighbouring tree is untouched",
         tree.differences(untouched, after))


def refuses(t, root):
    """What the file system cannot do is said before the start."""
    for operation in sorted(possible.lacking(root)):
        top = os.path.join(root, f"lacks-{operation}")
        os.makedirs(top)
        done = fio.run([fio.section(operation)], directory=top, files=3)
        t.ok(done.rc not in (0, None), f"{operation}: refused", done)
        t.contains(done.err, [f"operation={operation}: the file system of "
                              f"{top} has no "], f"{operation}: says why")
        t.equal((tree.files_below(top),
                 [side["total_ios"] for side in done.side(operation)]),
                ([], [0]), f"{operation}: leaves no file, has no results")


def plant_neighbour(root):
    """Makes a tree beside the top directories that looks like one of ours. No
    operation may touch it."""
    top = os.path.join(root, "neighbour")
    layout = smallfile.Layout(top, "Host-A", 0, 5)
    for path in layout.paths():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write("not yours")
    os.symlink("nowhere", os.path.join(top, "link"))
    return top


def operations(t):
    space = mounts.Workspace()
    # "far" has a latency of 50 us a request, and no read() returns more than
    # 3,000 bytes.
    far = dict(delay_us=50, short_bytes=3000) if sys.argv[1] == "far" else {}
    root = space.file_system(sys.argv[1], **far)
    neighbour = plant_neighbour(root)
    if fio.DEPTH == 1:
        refuses(t, root)
    EACH.extend((mode, operation) for mode in MODES
                for operation in possible.operations(root)
                if operation not in SPOILT.get(sys.argv[1], ()))
    run_all(t, root, neighbour)


tap.main(operations)
