# SPDX-License-Identifier: GPL-2.0-only
"""What is on disk, seen by nothing but the system's own calls."""
import os
import stat


def read_file(path):
    with open(path, "rb") as f:
        return f.read()


def files_below(top):
    """The full paths of everything below that is no directory."""
    found = []
    for where, dirs, files in os.walk(top):
        found += [os.path.join(where, name) for name in files]
        found += [os.path.join(where, name) for name in dirs
                  if os.path.islink(os.path.join(where, name))]
    return found


def dirs_below(top):
    return [os.path.join(where, name) for where, dirs, _ in os.walk(top)
            for name in dirs if not os.path.islink(os.path.join(where, name))]


def snapshot(top):
    """Everything about a tree that a user would notice had it changed."""
    seen = {}
    for path in [top, *dirs_below(top), *files_below(top)]:
        st = os.lstat(path)
        if stat.S_ISLNK(st.st_mode):
            what = os.readlink(path)
        elif stat.S_ISREG(st.st_mode):
            what = read_file(path)
        else:
            what = None
        attributes = {}
        if not stat.S_ISLNK(st.st_mode):
            attributes = {name: os.getxattr(path, name)
                          for name in os.listxattr(path)}
        seen[path] = (st.st_ino, st.st_mode, st.st_nlink, st.st_size,
                      st.st_mtime_ns, st.st_ctime_ns, what, attributes)
    return seen


def differences(before, after):
    """A few lines that say what differs between two snapshots."""
    lines = [f"gone: {p}" for p in before if p not in after]
    lines += [f"new: {p}" for p in after if p not in before]
    lines += [f"changed: {p}" for p in before
              if p in after and before[p] != after[p]]
    return "\n".join(lines[:10])
