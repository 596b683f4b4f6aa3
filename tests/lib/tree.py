# SPDX-License-Identifier: GPL-2.0-only
"""Looks at what is on disk, by plain system calls alone."""
import os
import stat


def read_file(path):
    with open(path, "rb") as f:
        return f.read()


def files_below(top):
    """Returns the full paths of everything below `top` that is no
    directory."""
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
    """Returns everything about a tree whose change a user would notice: names,
    contents, sizes, times, modes and attributes."""
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
    """Returns a few lines that say how two snapshots differ."""
    lines = [f"gone: {p}" for p in before if p not in after]
    lines += [f"new: {p}" for p in after if p not in before]
    lines += [f"changed: {p}" for p in before
              if p in after and before[p] != after[p]]
    return "\n".join(lines[:10])
