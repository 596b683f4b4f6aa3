# SPDX-License-Identifier: GPL-2.0-only
"""Tests that check-layers finds each kind of fault. Each is tried on a small
tree with that fault alone."""
import os
import subprocess
import sys
import tempfile

import tap

SOURCE = os.environ["SMALLFIO_SOURCE"]
SCRIPT = os.path.join(SOURCE, "scripts", "check-layers")
UTIL, FS, OP = (f"engines/core/{room}" for room in ("util", "fs", "op"))

# (the fault, the files that have it, words of the message)
TABLE = (
    ("a room that no row lists", {"postproc/new/a.c": ""},
     ["postproc/new: no row"]),
    ("an include from a room above", {f"{FS}/a.c": '#include "op/b.h"\n',
                                      f"{OP}/b.h": ""},
     [f"{FS}/a.c:1", f"may not include from {OP}"]),
    ("two files of one name", {f"{OP}/a.c": '\n#include "b.h"\n',
                               f"{FS}/b.h": "", f"{UTIL}/b.h": ""},
     [f"{OP}/a.c:2", f"{FS}/b.h or {UTIL}/b.h"]),
    ("fio outside of the glue", {f"{UTIL}/a.c": '#include "fio.h"\n'},
     [f"{UTIL}/a.c:1", "only engines/fio"]),
    ("two that include each other",
     {f"{UTIL}/a.h": '#include "b.h"\n', f"{UTIL}/a.c": "",
      f"{UTIL}/b.h": "", f"{UTIL}/b.c": '#include "util/a.h"\n'},
     [f"{UTIL}/a {UTIL}/b: they include each other"]),
    ("two structs of one name",
     {f"{OP}/a.h": "struct pair {\n\tint a;\n};\n",
      f"{FS}/b.c": "\nstatic struct pair {\n\tint b;\n} pair;\n"},
     [f"pair is defined at {FS}/b.c:2, {OP}/a.h:1"]),
    ("a crowded folder", {f"{UTIL}/f{n}.c": "" for n in range(40)},
     [f"{UTIL}: 41 files"]),
)


def judged(root):
    done = subprocess.run([sys.executable, SCRIPT, root], timeout=60,
                          capture_output=True, text=True)
    return done.returncode, done.stdout


def whole(root):
    """Makes a tree without a fault: each folder of ROOMS with one file."""
    for top in ("engines", "postproc"):
        for folder, _, names in os.walk(os.path.join(SOURCE, top)):
            if any(name.endswith((".c", ".h")) for name in names):
                path = os.path.join(root, os.path.relpath(folder, SOURCE))
                os.makedirs(path, exist_ok=True)
                with open(f"{path}/only_{len(path)}.c", "w", encoding="ascii"):
                    pass


def faults(t):
    for name, files, said in (("no fault", {}, []), *TABLE):
        with tempfile.TemporaryDirectory() as root:
            whole(root)
            for path, text in files.items():
                os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
                with open(f"{root}/{path}", "w", encoding="ascii") as f:
                    f.write(text)
            code, text = judged(root)
        t.equal((code, text.count("not ok")), (int(bool(files)),) * 2, name,
                text)
        t.contains(text, said, f"{name}: is named")
    with tempfile.TemporaryDirectory() as root:
        t.equal(judged(root)[0], 1, "nothing to check is not good")


tap.main(faults)
