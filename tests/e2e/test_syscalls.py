# SPDX-License-Identifier: GPL-2.0-only
"""Tests the exact system calls of each operation, with strace. The measured
part has the operation's own calls and no other."""
import os
import re
import shutil

import fio
import mounts
import objects
import possible
import smallfile
import tap
import tree
from fio import OPERATIONS

mounts.enter_namespace()

KERNEL = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2])
FILES = 3
XATTRS = 2
COMMON = dict(files=FILES, filesize="8k", bs="4k", thread=True,
              xattr_count=XATTRS, xattr_size=8)
CALL = re.compile(r"^(\d+) +(?:[\d.]+ )?(\w+)\((.*)$")

# cleanup has no list of calls, because they depend on what it finds.
UNLISTED = {"cleanup"}
# The calls for each file, or for each directory with readdir and ls-l. Files
# have two records and two attributes; mkdir makes one file in each directory.
EXPECTED = {
    "create": "openat write write close",
    "append": "openat lseek write write close",
    "overwrite": "openat write write close",
    "truncate-overwrite": "openat write write close",
    "read": "openat read read close",
    "stat": "newfstatat",
    "tmpfile": "openat write write linkat close",
    "statx-dont-sync": "newfstatat",
    "statx-force-sync": "newfstatat",
    # libc asks by fstatat before Linux 5.8.
    "access": "faccessat",
    "lookup-missing": "newfstatat",
    "open-close": "openat close",
    "lock": "openat fcntl fcntl close",
    "chown": "fchownat",
    "utimens": "utimensat",
    "truncate": "openat ftruncate close",
    "fallocate": "openat fallocate close",
    "punch-hole": "openat fallocate close",
    "readlink": "readlinkat",
    "link": "linkat",
    "copy-range": "openat openat copy_file_range copy_file_range close close",
    "clone": "openat openat ioctl close close",
    "exchange": "renameat",
    "opendir": "openat close",
    "fsync-dir": "openat fsync close",
    "listxattr": "listxattrat" if KERNEL >= (6, 13)
                 else "listxattrat llistxattr",
    "removexattr": "openat fremovexattr fremovexattr close",
    # Linux before 6.6 does not have the first of these calls.
    "chmod": "fchmodat" if KERNEL >= (6, 6)
             else "fchmodat openat chmod close",
    "delete": "unlinkat",
    "rename": "renameat",
    "delete-renamed": "unlinkat",
    "symlink": "symlinkat",
    "mkdir": "mkdirat openat2 close",
    # The first call comes before the measured part.
    "rmdir": "openat2 unlinkat close unlinkat",
    "readdir": "openat getdents64 getdents64 close",
    "ls-l": "openat getdents64" + " newfstatat" * FILES
            + " getdents64 close",
    "setxattr": "openat fsetxattr fsetxattr close",
    # Linux before 6.13 does not have the first of each two calls.
    "getxattr": "getxattrat getxattrat" if KERNEL >= (6, 13)
                else "getxattrat lgetxattr getxattrat lgetxattr",
    "swift-put": "openat fchmod fallocate write write"
                 " fgetxattr fsetxattr fgetxattr fsetxattr"
                 " fadvise64 close renameat",
    "swift-get": "openat read read fgetxattr fgetxattr close",
    "await-create": "openat fstat fgetxattr close",
}
# The calls with fsync_on_close=1.
EXPECTED_FSYNC = {
    "create": "openat write write fsync close",
    "append": "openat lseek write write fsync close",
    "overwrite": "openat write write fsync close",
    "truncate-overwrite": "openat write write fsync close",
    "tmpfile": "openat write write fsync linkat close fsync",
    "chmod": "openat fchmod fsync close",
    "chown": "openat fchown fsync close",
    "utimens": "openat utimensat fsync close",
    "truncate": "openat ftruncate fsync close",
    "fallocate": "openat fallocate fsync close",
    "punch-hole": "openat fallocate fsync close",
    "link": "linkat fsync",
    "copy-range": "openat openat copy_file_range copy_file_range fsync close"
                  " close",
    "clone": "openat openat ioctl fsync close close",
    "exchange": "renameat fsync fsync",
    "fsync-dir": "openat fsync close",
    "removexattr": "openat fremovexattr fremovexattr fsync close",
    "delete": "unlinkat fsync",
    "rename": "renameat fsync fsync",
    "delete-renamed": "unlinkat fsync",
    "symlink": "symlinkat fsync",
    "mkdir": "mkdirat openat2 close fsync",
    "rmdir": "openat2 unlinkat close unlinkat fsync",
    "setxattr": "openat fsetxattr fsetxattr fsync close",
    "swift-put": "openat fchmod fallocate write write"
                 " fgetxattr fsetxattr fgetxattr fsetxattr"
                 " fsync fadvise64 close renameat fsync",
}
# Other calls that libc may use for the same.
SAME = {"open": "openat", "fstatat64": "newfstatat", "statx": "newfstatat",
        "renameat2": "renameat", "fchmodat2": "fchmodat",
        "syscall_0x1c4": "fchmodat",  # strace before 6.5
        "syscall_0x1d0": "getxattrat",
        "syscall_0x1d1": "listxattrat",
        "faccessat2": "faccessat",
        "posix_fadvise": "fadvise64"}


def trace(space, sections, **options):
    """Runs fio under strace. Returns its result and {thread: calls}."""
    out = os.path.join(space.path, "strace.out")
    result = fio.run(sections, wrap=["strace", "-f", "-qq", "-s", "200",
                                     "-e", "signal=none", "-o", out],
                     **{**COMMON, **options})
    threads, unfinished = {}, {}
    with open(out, encoding="utf-8", errors="replace") as f:
        for line in f:
            resumed = re.match(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$", line)
            call = CALL.match(line)
            if resumed and resumed.group(1) in unfinished:
                tid = resumed.group(1)
                name, rest = unfinished.pop(tid)
                rest += resumed.group(2)
            elif call:
                tid, name, rest = call.groups()
                if rest.endswith("<unfinished ...>"):
                    unfinished[tid] = name, rest[:-len("<unfinished ...>")]
                    continue
            else:
                continue
            name = SAME.get(name, name)
            if name == "newfstatat" and "AT_EMPTY_PATH" in rest:
                name = "fstat"
            threads.setdefault(tid, []).append((name, rest))
    os.unlink(out)
    return result, threads


def names(call, pattern):
    """Returns whether a call has a name that matches. strace prints no names
    of a call that it does not know; such a call counts as a match."""
    name, rest = call
    return re.search(pattern, rest) or (
        name in ("fchmodat", "getxattrat", "listxattrat")
        and '"' not in rest)


def without_standing_aside(calls):
    """Returns the calls without those by which a job that started with others
    yields. A job does so once, after its first operation and outside of what
    is measured. Only the first time is removed, so a second one would be
    seen."""
    called = [name for name, _ in calls]
    if "sched_getaffinity" not in called:
        return calls
    begin = called.index("sched_getaffinity")
    if begin + 4 >= len(called) or (
            called[begin + 1:begin + 4] != ["openat", "read", "close"]
            or "/proc/loadavg" not in calls[begin + 1][1]
            or called[begin + 4] not in ("sched_yield", "clock_nanosleep",
                                         "nanosleep")):
        return calls
    return calls[:begin] + calls[begin + 5:]


def measured(threads, operation, host):
    """Returns the calls of the thread that works on a host's files, from the
    first one that names the first file on, and the index of the last one that
    names the last file."""
    for calls in threads.values():
        calls = without_standing_aside(calls)
        if not any(f"_srcdir/{host}/" in rest or f"_dstdir/{host}/" in rest
                   for name, rest in calls if name == "openat2"):
            continue
        first, last = f"_{host}_00_1_", f"_{host}_00_{FILES}_"
        if OPERATIONS[operation]["unit"] == "dir":
            # The preparation opens directories, too, but by openat2().
            first = last = r'^\d+, "\.", O_RDONLY\|.*O_DIRECTORY'
        at = [i for i, call in enumerate(calls) if names(call, first)]
        end = [i for i, call in enumerate(calls) if names(call, last)]
        if at and end:
            begin = at[0]
            # A file of tmpfile has no name until it is whole.
            while operation == "tmpfile" and calls[begin][0] != "openat":
                begin -= 1
            return calls[begin:], end[-1] - begin
    return [], 0


def check_calls(t, label, operation, expected, threads, host):
    calls, final = measured(threads, operation, host)
    units = 1 if OPERATIONS[operation]["unit"] == "dir" else FILES
    want = expected.split() * units
    found = [name for name, _ in calls[:max(len(want), final + 1)]]
    t.equal(found, want, f"{label}: {expected}",
            "\n".join(f"{n}({rest}" for n, rest in calls[:len(want) + 3]))
    return calls[:len(want)]


def trace_all(t, space, expected, kind, top, **options):
    """Runs each operation as a thread of one fio. The name of the host tells
    the threads apart."""
    os.makedirs(top)
    steps = {}
    for operation in expected:
        for i, (op, extra) in enumerate(objects.preparation(operation)):
            steps.setdefault(i, []).append(fio.section(op, host=operation,
                                                       **extra))
    sections = []
    for _, ((name, first), *others) in sorted(steps.items()):
        sections += [(name, dict(first, stonewall=True)), *others]
    done = fio.run(sections, directory=top, **COMMON)
    t.ok(done.rc == 0, f"{kind}: preparation succeeds", done)
    result, threads = trace(
        space, [fio.section(op, host=op) for op in expected], directory=top,
        **options)
    t.ok(result.rc == 0, f"{kind}: succeeds under strace", result)
    for operation in expected:
        calls = check_calls(t, f"{operation}, {kind}", operation,
                            expected[operation], threads, operation)
        check_arguments(t, f"{operation}, {kind}", operation, calls)


# Calls of an operation, and a word that is among their arguments.
ARGUMENTS = {
    "tmpfile": [("openat", "O_TMPFILE")],
    "statx-dont-sync": [("newfstatat", "AT_STATX_DONT_SYNC")],
    "statx-force-sync": [("newfstatat", "AT_STATX_FORCE_SYNC")],
    "access": [("faccessat", "R_OK|W_OK")],
    "lookup-missing": [("newfstatat", "ENOENT")],
    "lock": [("fcntl", "F_OFD_SETLK")],
    "punch-hole": [("fallocate", "FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE")],
    "fallocate": [("fallocate", "FALLOC_FL_KEEP_SIZE, 8192, 8192")],
    "clone": [("ioctl", "FICLONE")],
    "exchange": [("renameat", "RENAME_EXCHANGE")],
    "opendir": [("openat", "O_DIRECTORY")],
}


def check_arguments(t, label, operation, calls):
    """Checks the flags with which an operation opens files."""
    opens = [rest for name, rest in calls if name == "openat"]
    for call, word in ARGUMENTS.get(operation, ()):
        found = [rest for name, rest in calls if name == call]
        t.ok(found and all(word in rest for rest in found),
             f"{label}: {call} with {word}", *found)
    wanted = {"create": "O_WRONLY|O_CREAT|O_EXCL", "append": "O_WRONLY|",
              "overwrite": "O_WRONLY|", "truncate-overwrite":
              "O_WRONLY|O_TRUNC", "read": "O_RDONLY|",
              "setxattr": "O_WRONLY|"}.get(operation)
    if wanted:
        t.ok(all(wanted in rest for rest in opens),
             f"{label}: opens with {wanted.rstrip('|')}", *opens)
    if operation == "overwrite":
        t.ok(not any("O_TRUNC" in rest for rest in opens),
             f"{label}: opens without O_TRUNC", *opens)
    if not OPERATIONS[operation]["unit"] == "dir" and opens:
        t.ok(all(re.match(r'\d+, "[^"/]*(\.d/f_\d+)?"', r) for r in opens),
             f"{label}: names are relative to an open directory", *opens)


def lists(t):
    """Each operation has a list of its calls, so that a new one cannot be
    forgotten. Each that writes has one with fsync_on_close=1, too."""
    t.same_set(EXPECTED, set(OPERATIONS) - UNLISTED,
               "each operation has a list of calls")
    t.same_set(EXPECTED_FSYNC, [name for name in EXPECTED
                                if not OPERATIONS[name]["reads"]],
               "each operation that writes has one with fsync_on_close=1")


def trace_on(t, space, root, of):
    """Traces the operations that `of` chooses, without fsync_on_close=1 and
    with it."""
    for kind, table, options in (
            ("plain", EXPECTED, {}),
            ("fsync_on_close", EXPECTED_FSYNC, dict(fsync_on_close=1))):
        chosen = {name: calls for name, calls in table.items() if of(name)}
        trace_all(t, space, chosen, kind,
                  os.path.join(root, kind), **options)


def in_memory(t, space):
    without = possible.lacking(space.path)
    trace_on(t, space, space.path, lambda name: name not in without)
    space.lacking = without


def on_xfs(t, space):
    """What is not possible in memory."""
    root = space.file_system("xfs", name="xfs-calls")
    trace_on(t, space, root, lambda name: name in space.lacking)


def stamped(t, space):
    _, threads = trace(space, [fio.section("create", record_ctime_size=1)],
                       directory=space.dir("stamped"), host="h")
    check_calls(t, "create with record_ctime_size", "create",
                "openat write write fsetxattr close", threads, "h")


def spread(t, space, hashed):
    """spread=: consecutive operations are in different directories, and each
    file has its turn."""
    label = f"spread=4, hash_into_dirs={hashed}"
    layout = dict(files=83, files_per_dir=5, dirs_per_dir=3,
                  hash_into_dirs=hashed)
    top = space.dir(f"spread-{hashed}")
    result, threads = trace(space, [fio.section("create", host="h",
                                                spread=4)],
                            directory=top, **{**layout, "empty": 1})
    t.ok(result.rc == 0, f"{label}: succeeds under strace", result)
    numbers = [int(n) for calls in threads.values() for name, rest in calls
               if name == "openat"
               for n in re.findall(r'"_h_00_(\d+)_"', rest)]
    files = smallfile.Layout(top, "h", 0, **layout)
    t.equal(sorted(numbers), list(files.numbers()),
            f"{label}: every file once")
    t.same_set(tree.files_below(top), files.paths(),
               f"{label}: each in its place")
    # `units` are the directories in the order of the operations. The last
    # block is left out, because it may have fewer than four directories.
    units = [(n * 900593 % 83 if hashed else n) // 5 for n in numbers]
    whole = len(numbers) // 20 * 20
    same = [units[i:i + 4] for i in range(whole - 3)
            if len(set(units[i:i + 4])) < 4 and (i + 3) // 20 == i // 20]
    t.equal(same, [], f"{label}: any four in a row in four directories")


def direct_calls(t, space, kind):
    """direct=1 opens files with O_DIRECT, also where the last record is no
    whole block and goes through the cache."""
    root = space.file_system(kind)
    for text, size in (("8k", 8192), ("6000", 6000)):
        top = os.path.join(root, text)
        os.makedirs(top)
        for operation in ("create", "append", "overwrite", "read"):
            label = f"direct=1 on {kind}, files of {text}: {operation}"
            result, threads = trace(space, [fio.section(operation)],
                                    directory=top, host="h", direct=1,
                                    filesize=text)
            t.ok(result.rc == 0, f"{label} succeeds", result)
            calls, end = measured(threads, operation, "h")
            opens = [rest for call, rest in calls[:end + 1]
                     if call == "openat"]
            t.ok(opens and all("O_DIRECT" in rest for rest in opens),
                 f"{label} opens with O_DIRECT", *opens)
            t.equal({os.path.getsize(p) for p in tree.files_below(top)},
                    {size if operation == "create" else 2 * size},
                    f"{label}: files have their size")


def swift_on_ramfs(t, space):
    """ramfs has no fallocate. swift-put goes on without it, as Swift does."""
    top = mounts.mount("ramfs", os.path.join(space.path, "ramfs"))
    result, threads = trace(space, [fio.section("swift-put")], directory=top,
                            xattr_count=0, host="h")
    t.ok(result.rc == 0, "swift-put works where fallocate does not", result)
    failed = [rest for calls in threads.values() for name, rest in calls
              if name == "fallocate"]
    t.ok(failed and all("EOPNOTSUPP" in rest
                        for rest in failed),
         "swift-put tried fallocate", *failed)


def main():
    if not shutil.which("strace"):
        def program(t):
            raise tap.Unavailable("strace is not installed")
        tap.main(program)
    space = mounts.Workspace()

    def direct_ext4(t):
        direct_calls(t, space, "ext4")

    def direct_xfs(t):
        direct_calls(t, space, "xfs")

    tap.main(lists,
             *[lambda t, f=f: f(t, space) for f in
               (in_memory, on_xfs, stamped, swift_on_ramfs)],
             lambda t: spread(t, space, 0), lambda t: spread(t, space, 1),
             direct_ext4, direct_xfs)


main()
