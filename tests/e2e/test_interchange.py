# SPDX-License-Identifier: GPL-2.0-only
"""Checks that the engine's trees are those of smallfile.

Every operation runs after every other that may come before it. One of the two
is done by the engine, the other by smallfile_program.py, which does what
smallfile does. strace checks that program: its system calls must be those of
smallfile's description."""
import os
import re
import shutil
import subprocess
import sys

import fio
import mounts
import smallfile
import smallfile_program
import tap
import tree

mounts.enter_namespace()

FILES, SIZE = 13, 3000
LAYOUTS = {
    "sequential": dict(files_per_dir=3, dirs_per_dir=3),
    "hashed": dict(files_per_dir=2, dirs_per_dir=3, hash_into_dirs=1),
    "tops": dict(files_per_dir=3, dirs_per_dir=2),
    "same-dir": dict(files_per_dir=4, dirs_per_dir=10, same_dir=1),
}
OPTIONS = dict(files=FILES, filesize=SIZE, thread=True, xattr_count=2,
               xattr_size=20, dir_files=1, numjobs=1)

# For each operation: what must be there before, what it makes, and what it
# removes. "dirs" stands for the directories of both trees, which only some
# operations make.
FILE = {"file", "dirs"}
STATES = {
    "create": ({"no file"}, {"file", "stamped", "dirs"}, set()),
    "append": (FILE, set(), set()),
    "overwrite": (FILE, set(), set()),
    "truncate-overwrite": (FILE, set(), set()),
    "read": (FILE, set(), set()),
    "stat": (FILE, set(), set()),
    "chmod": (FILE, set(), set()),
    "delete": (FILE, set(), {"file", "stamped", "xattrs", "swift"}),
    "rename": (FILE, {"renamed"}, {"file", "stamped", "xattrs", "swift"}),
    "delete-renamed": ({"renamed"}, set(), {"renamed"}),
    "symlink": ({"file", "dirs", "no link"}, {"link"}, set()),
    "mkdir": ({"no dir"}, {"dir", "dirs"}, set()),
    "rmdir": ({"dir"}, set(), {"dir"}),
    "readdir": (FILE, set(), set()),
    "ls-l": (FILE, set(), set()),
    "setxattr": (FILE, {"xattrs"}, set()),
    "getxattr": ({"xattrs"}, set(), set()),
    "swift-put": (set(), {"file", "swift", "dirs"}, {"stamped", "xattrs"}),
    "swift-get": ({"swift"}, set(), set()),
    "await-create": ({"stamped"}, set(), set()),
    "cleanup": (set(), set(), {"file", "stamped", "xattrs", "swift", "renamed",
                               "link", "dir", "dirs"}),
}
# Operations that smallfile does not have. What they leave is in
# test_operations.py.
OF_THE_ENGINE = {
    "tmpfile", "statx-dont-sync", "statx-force-sync", "access",
    "lookup-missing", "open-close", "lock", "chown", "utimens", "truncate",
    "fallocate", "punch-hole", "readlink", "link", "copy-range", "clone",
    "exchange", "opendir", "fsync-dir", "listxattr", "removexattr",
}
# The operation that makes each of the things that operations need.
MAKER = {"file": "create", "dirs": "create", "stamped": "create",
         "renamed": "rename", "dir": "mkdir", "xattrs": "setxattr",
         "swift": "swift-put"}


def state_after(steps):
    state = set()
    for step in steps:
        _, gains, loses = STATES[step]
        state = state - loses | gains
    return state


def may_follow(operation, state):
    return all(need[3:] not in state if need.startswith("no ")
               else need in state for need in STATES[operation][0])


def way_to(operation):
    """Returns the operations that have to run before `operation` can."""
    steps = []
    for need in sorted(STATES[operation][0]):
        if not need.startswith("no ") and need not in state_after(steps):
            steps += way_to(MAKER[need]) + [MAKER[need]]
    return steps


def pairs():
    """Yields (operations before, first, second) for each pair of operations of
    which the second may follow the first."""
    for first in STATES:
        before = way_to(first)
        for second in STATES:
            if may_follow(second, state_after(before + [first])):
                yield before, first, second


class Case:
    """A pair of operations in a tree of its own. The name of the host tells
    the trees apart."""

    def __init__(self, root, n, kind, before, first, second):
        self.steps = before + [first]
        self.second = second
        self.host = f"h{n}"
        tops = [os.path.join(root, f"{kind}-{i}", *(
            [self.host] if kind == "same-dir" else []))
            for i in range(3 if kind == "tops" else 1)]
        for top in tops:
            os.makedirs(top, exist_ok=True)
        self.options = dict(LAYOUTS[kind], host=self.host)
        self.directory = ":".join(tops)
        self.layout = smallfile.Layout(tops, thread=0, files=FILES,
                                       **self.options)
        self.failure = None

    def __str__(self):
        return f"{' '.join(self.steps[:-1])} [{self.steps[-1]}] {self.second}"

    def by_program(self, operation):
        try:
            smallfile_program.run(operation, self.layout, SIZE)
        except (OSError, smallfile_program.Wrong) as e:
            self.failure = self.failure or f"{self}: smallfile: {e}"

    def section(self, operation):
        extra = {"record_ctime_size": 1} if operation == "create" else {}
        return fio.section(operation, name=self.host,
                           directory=self.directory, **self.options, **extra)


def by_engine(cases, operation_of):
    """Has one fio do an operation of each case. If one job fails, the others
    go on."""
    work = [(case, operation_of(case)) for case in cases]
    work = [(case, operation) for case, operation in work if operation]
    if not work:
        return
    result = fio.run([case.section(operation) for case, operation in work],
                     timeout=120, **OPTIONS)
    errors = {job["jobname"]: job["error"] for job in result.jobs}
    for case, operation in work:
        if errors.get(case.host) != 0:
            said = [line for line in result.err.splitlines()
                    if f"_{case.host}_" in line or f"/{case.host}/" in line]
            case.failure = case.failure or \
                f"{case}: engine: {operation}: {said or errors}"


def left(cases):
    """Notes a failure for each case that ends with cleanup and left files."""
    for case in cases:
        if case.second == "cleanup" and not case.failure:
            found = [path for top in case.layout.tops
                     for path in tree.files_below(top)
                     if f"_{case.host}_" in path]
            base = os.path.join(case.layout.tops[0], case.layout.base("file_dstdir"))
            if found or os.path.exists(base):
                case.failure = f"{case}: left: {found or base}"


def pairs_of(kind):
    """Yields the pairs to try in a layout: all of them in "sequential", and in
    the other layouts those whose first operation makes names. What an operation
    does to a file does not depend on the file's name."""
    for before, first, second in pairs():
        if kind == "sequential" or STATES[first][1]:
            yield before, first, second


def cases_in(root, kind):
    return [Case(root, n, kind, *pair) for n, pair in enumerate(pairs_of(kind))]


def report(t, label, cases):
    left(cases)
    bad = [case.failure for case in cases if case.failure]
    t.ok(not bad, f"{label}: {len(cases)} pairs of operations", *bad[:12])


def engine_first(t, root, kind):
    cases = cases_in(root, kind)
    for step in range(max(len(case.steps) for case in cases)):
        by_engine(cases, lambda case, i=step: case.steps[i]
                  if i < len(case.steps) else None)
    for case in cases:
        case.by_program(case.second)
    report(t, f"{kind}: smallfile after the engine", cases)


def program_first(t, root, kind):
    cases = cases_in(root, kind)
    for case in cases:
        for step in case.steps:
            case.by_program(step)
    by_engine(cases, lambda case: case.second)
    report(t, f"{kind}: the engine after smallfile", cases)


# The system calls that smallfile's description gives for each operation, on one
# file and without a pause.
CALLS = {
    "create": "open write setxattr close",
    "append": "open lseek write close",
    "overwrite": "open write close",
    "truncate-overwrite": "open write close",
    "read": "open read close",
    "stat": "stat",
    "chmod": "chmod",
    "delete": "unlink",
    "rename": "rename",
    "delete-renamed": "unlink",
    "symlink": "symlink",
    "mkdir": "mkdir open close",
    "rmdir": "unlink rmdir",
    "setxattr": "open setxattr setxattr close",
    "getxattr": "getxattr getxattr",
    "swift-put": "open chmod fallocate write getxattr setxattr getxattr"
                 " setxattr fadvise64 close rename",
    "swift-get": "open read getxattr getxattr close",
    "await-create": "open getxattr stat close",
    "cleanup": "unlink unlink unlink unlink unlink rmdir",
}
FLAGS = {"create": "O_WRONLY|O_CREAT|O_EXCL", "truncate-overwrite": "O_TRUNC",
         "swift-put": "O_WRONLY|O_CREAT|O_TRUNC"}


def plain_name(name):
    """Returns a system call's name without the letters and numbers that tell
    variants of one call apart, such as f, l, at, 2 and 64."""
    for long, short in (("newfstatat", "stat"), ("statx", "stat"),
                        ("fstat", "stat"), ("pwrite64", "write")):
        if name == long:
            return short
    name = re.sub(r"^[fl](?=chmod|setxattr|getxattr)", "", name)
    return re.sub(r"(at2?|2)$", "", name) if name not in ("stat",) else name


def traced(top, host, operation):
    out = os.path.join(top, "..", "strace.out")
    done = subprocess.run(
        ["strace", "-y", "-qq", "-s", "300", "-e", "signal=none", "-o", out,
         sys.executable, smallfile_program.__file__, operation, top, host, "1",
         "4096"], capture_output=True, text=True, check=False)
    calls = []
    with open(out, encoding="utf-8", errors="replace") as f:
        for line in f:
            name = line.split("(", 1)[0]
            if f"_{host}_00_1_" in line and name not in ("execve", "ioctl"):
                removes_dir = name == "unlinkat" and "AT_REMOVEDIR" in line
                calls.append(("rmdir" if removes_dir else plain_name(name),
                              line))
    return done, calls


def honest(t, space):
    if not shutil.which("strace"):
        raise tap.Unavailable("strace is not installed")
    t.equal(sorted({*CALLS, "readdir", "ls-l"}), sorted(STATES),
            "each operation has a list of calls")
    for operation, wanted in CALLS.items():
        top = space.dir(f"honest-{operation}")
        layout = smallfile.Layout(top, "h", 0, 1)
        smallfile_program.make_directories(layout)
        for step in way_to(operation):
            smallfile_program.run(step, layout, 4096)
        done, calls = traced(top, "h", operation)
        found = [name for name, _ in calls]
        # Python calls fcntl on each file that it opens. smallfile does not
        # mention that call.
        t.equal([n for n in found if n != "fcntl"], wanted.split(),
                f"smallfile's {operation}: {wanted}", done.stderr,
                *(line for _, line in calls))
        if operation in FLAGS:
            t.ok(FLAGS[operation] in "".join(line for _, line in calls),
                 f"smallfile's {operation}: {FLAGS[operation]}")


def main():
    space = mounts.Workspace()
    t_list = [lambda t: t.equal(sorted({*STATES} | OF_THE_ENGINE),
                                sorted(fio.OPERATIONS),
                                "every operation of the engine is here")]
    for kind in LAYOUTS:
        for test in (engine_first, program_first):
            t_list.append(lambda t, f=test, k=kind: f(
                t, space.dir(f"{f.__name__}-{k}"), k))
    tap.main(lambda t: honest(t, space), *t_list)


main()
