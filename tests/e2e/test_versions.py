# SPDX-License-Identifier: GPL-2.0-only
"""Tests engines that are built for several versions of fio. Their headers are
made from those of this build, with the differences that fio's headers had from
3.25 to 3.42. No fio of those versions is needed."""
import json
import os
import shlex
import shutil
import subprocess
import tempfile

import diskwrite
import fio
import mounts
import stuck
import tap
import tree

SOURCE = os.environ["SMALLFIO_SOURCE"]
ENGINES = (fio.ENGINE, diskwrite.ENGINE)
# Names of made-up versions, which no real fio has. The fio that runs the tests,
# such as fio-3.33, is for the engine a patch release of fio-3. So it gets the
# glue for fio-3 if its structures are those of the headers.
RELEASE, NEWER = "fio-3", "fio-0.42-newer"


def version_of(headers):
    with open(os.path.join(headers, "FIO-VERSION-FILE"),
              encoding="ascii") as f:
        return f.read().split("=")[1].strip()


def set_version(headers, version):
    with open(os.path.join(headers, "FIO-VERSION-FILE"), "w",
              encoding="ascii") as f:
        f.write(f"FIO_VERSION = {version}\n")


def own_headers():
    """Returns the headers and the version of the fio that runs the tests."""
    says = subprocess.run([fio.FIO, "--version"], check=True,
                          capture_output=True, text=True).stdout.strip()
    for headers in os.environ["SMALLFIO_FIO_SRC"].split(":"):
        if version_of(headers) == says:
            return headers, says
    raise tap.Unavailable(f"this build has no engine for {says}")


def copy_headers(source, target):
    """Copies the headers of fio's source tree. Nothing else of it is
    compiled."""
    def others(where, names):
        return [name for name in names
                if not name.endswith(".h") and name != "FIO-VERSION-FILE"
                and not os.path.isdir(os.path.join(where, name))]
    shutil.copytree(source, target, ignore=others)
    return target


def change(headers, name, replacements):
    path = os.path.join(headers, name)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for old, new in replacements:
        text = text.replace(old, new)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def older(own, target):
    """Makes headers as they were before 3.30, with options in other places.
    Their interface version is one that no fio accepts. So fio complains if the
    loader chooses that engine by mistake."""
    copy_headers(own, target)
    set_version(target, RELEASE)
    change(target, "thread_options.h",
           [("struct thread_options {", "struct thread_options { long gone;")])
    change(target, "fio.h", [("last_rate_check_time", "lastrate")])
    change(target, "ioengines.h",
           [("FIO_ASYNCIO_SETS_ISSUE_TIME", "FIO_OF_NO_MEANING"),
            ("define FIO_IOOPS_VERSION", "define FIO_IOOPS_VERSION 1000 +")])
    return target


def newer(own, target):
    """Makes headers as they are since 3.41: ->cancel is gone, and ->errdetails
    has another type. All else stays in its place, so that the installed fio
    can run such an engine if the headers have its version."""
    copy_headers(own, target)
    set_version(target, NEWER)
    change(target, "ioengines.h",
           [("(*cancel)", "(*was_cancel)"),
            ("(*errdetails)(struct io_u *)",
             "(*errdetails)(struct thread_data *, struct io_u *)")])
    return target


# What may differ in a patch release: the header, and the text before which there
# is one member more. Or the texts of two members that have changed places.
DIFFERENCES = [
    ("thread_options.h", "\tunsigned long long size;"),
    ("thread_options.h", "\tunsigned long long file_size_low;",
     "\tunsigned long long file_size_high;"),
    ("parse.h", "\tvoid *prof_opts;"),
    ("stat.h", "\tuint64_t cachemiss;"),
    ("fio.h", "\tint client_type;"),
    ("fio.h", "\tstruct fio_file **files;"),
    ("fio.h", "\tint stop_io;"),
    ("fio.h", "\tuint64_t rand_seeds["),
    ("fio.h", "\tvoid *io_ops_data;"),
    ("fio.h", "\tstruct io_u_queue io_u_freelist;"),
    ("fio.h", "\tuint64_t io_blocks["),
    ("fio.h", "\tstruct timespec start;"),
    ("fio.h", "\tstruct timespec terminate_time;"),
    ("fio.h", "\tunsigned int total_err_count;"),
    ("fio.h", "\tunsigned int sync_file_range_nr;", "\tint first_error;"),
    ("fio.h", "\tstruct prof_io_ops prof_io_ops;"),
    ("io_u.h", "\tstruct timespec start_time;", "\tstruct timespec issue_time;"),
    ("io_u.h", "\tunsigned int flags;"),
    ("io_u.h", "\tenum fio_ddir ddir;"),
    ("io_u.h", "\tunsigned long long offset;"),
    ("io_u.h", "\tunsigned long long xfer_buflen;"),
    ("io_u.h", "\tunsigned long long resid;"),
    ("io_u.h", "\tint (*end_io)(struct thread_data *, struct io_u **);"),
    ("file.h", "\tuint64_t real_file_size;"),
    ("file.h", "\tuint64_t last_pos[DDIR_RWDIR_CNT];",
     "\tuint64_t last_start[DDIR_RWDIR_CNT];"),
    ("file.h", "\tenum fio_file_flags flags;"),
    ("iolog.h", "\tunsigned int log_gz_store;"),
    ("iolog.h", "\tstruct io_stat avg_window[DDIR_RWDIR_CNT];"),
    ("ioengines.h", "\tint (*get_file_size)("),
]

# An engine that only says which of the versions fit, and ends fio.
ASK = """
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>
#define VERSION(n) bool layout_fits##n(void);
VERSIONS
#undef VERSION
void get_ioengine(void **ops);
void get_ioengine(void **ops)
{
#define VERSION(n) printf("%d ", layout_fits##n());
	VERSIONS
	fflush(stdout);
	_exit(0);
}
"""


def differ(headers, name, member, other=None):
    """Makes one of the differences. Returns whether the header has the
    members."""
    path = os.path.join(headers, name)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if text.count(member) != 1 or (other and text.count(other) != 1):
        return False
    if other:
        change(headers, name,
               [(member, "\0"), (other, member), ("\0", other)])
    else:
        change(headers, name, [(member, "\tlong one_more;\n" + member)])
    return True


def ask_fio(build, scratch, own, headers):
    """Asks the fio that runs the tests whether its structures are those of its
    own headers, and of each of the others."""
    with open(os.path.join(build.path, "compile_commands.json"),
              encoding="utf-8") as f:
        rows = json.load(f)
    row = next(row for row in rows if row["file"].endswith("fio/layout.c")
               and own in row["command"])
    command = shlex.split(row["command"])
    objects = []
    for i, tree in enumerate([own, *headers]):
        objects.append(os.path.join(scratch, f"layout{i}.o"))
        command[command.index("-o") + 1] = objects[-1]
        subprocess.run(
            [word.replace(own, tree) for word in command]
            + ["-fvisibility=default", f"-Dlayout_fits=layout_fits{i}"],
            cwd=row["directory"], check=True)
    engine = os.path.join(scratch, "ask.so")
    numbers = "".join(f"VERSION({i})" for i in range(len(objects)))
    subprocess.run([*shlex.split(build.env["CC"]), "-shared", "-fPIC",
                    f"-DVERSIONS={numbers}", "-o", engine, "-xc", "-",
                    "-xnone", *objects], input=ASK.encode(), check=True)
    done = subprocess.run([fio.FIO, f"--enghelp={engine}"], check=False,
                          capture_output=True, text=True)
    return done.stdout.split(), done


class Build:
    """A build directory of this project, for the engines alone."""

    def __init__(self, space):
        self.path = os.path.join(space, "build")
        self.fio = os.path.join(space, "a-fio")
        self.meson = shutil.which("meson")
        if not self.meson:
            raise tap.Unavailable("meson is not in PATH")
        # Compiler flags of the user who runs the tests are left out.
        self.env = {k: v for k, v in os.environ.items()
                    if k not in ("CFLAGS", "CPPFLAGS", "LDFLAGS")}
        self.env["CC"] = os.environ["SMALLFIO_CC"]

    def _call(self, *arguments):
        return subprocess.run([self.meson, *arguments], cwd=SOURCE,
                              env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def setup(self, *headers):
        """Sets up the build directory, without optimization to save time."""
        trees = f"-Dfio_src={','.join(headers)}"
        if os.path.exists(self.path):
            return self._call("configure", self.path, trees)
        return self._call("setup", self.path, trees, "-Dwerror=true",
                          "-Dbuildtype=plain", "-Dzlib=disabled",
                          "-Dzstd=disabled", "--prefix=/prefix",
                          "--libdir=libdir", f"-Dfio={self.fio}")

    def compile(self, names):
        return self._call("compile", "-C", self.path, "-j", "2", *names)

    def make(self, t, label, *headers,
             names=("fio-smallfile", "fio-diskwrite")):
        """Builds the engines for these headers. Returns whether that
        succeeded."""
        done = self.setup(*headers)
        good = t.ok(done.returncode == 0, f"{label}: meson", done.stdout)
        if good:
            done = self.compile(names)
            good = t.ok(done.returncode == 0, f"{label}: every engine is "
                        "built without a warning", done.stdout)
        return good

    @property
    def engines(self):
        return os.path.join(self.path, "engines")

    @property
    def run_env(self):
        return {"LD_LIBRARY_PATH": self.engines}


def works(t, build, top, label):
    """Checks that the engines work with the installed fio."""
    done = fio.run([fio.section("create")], directory=top, files=50,
                   filesize=1000, host="h", env=build.run_env)
    t.ok(done.rc == 0 and not done.err, f"{label}: create", done)
    t.equal(sorted(os.path.getsize(p) for p in tree.files_below(top)),
            [1000] * 50, f"{label}: the files are there")
    done = diskwrite.run(top, bs="64k", size="1m", env=build.run_env)
    t.ok(done.rc == 0 and diskwrite.files(top) == {0: 1 << 20},
         f"{label}: a file of chunks", done, diskwrite.files(top))


def several(t, build, top, own, others):
    label = "engines for three fios"
    if not build.make(t, label, *others, own):
        return
    for name in ENGINES:
        with open(os.path.join(build.engines, name), "rb") as f:
            t.ok(f" {RELEASE} {NEWER} {RELEASE}\0".encode() in f.read(),
                 f"{label}: {name} can name them")
    works(t, build, top, f"{label}, the last is this one's release")


def given_fio(t, build):
    """-Dfio=PATH makes a fio that starts this one with the engines, and names
    that to all that starts a fio."""
    label = "-Dfio=PATH"
    with open(build.fio, "w", encoding="ascii") as f:
        f.write('#!/bin/sh\necho "$LD_LIBRARY_PATH" "$@"\n')
    os.chmod(build.fio, 0o755)
    made = os.path.join(build.path, "dist", "fio")
    done = subprocess.run(["sh", made, "a b", "c"], check=True, text=True,
                          capture_output=True, env={"LD_LIBRARY_PATH": "/own"})
    t.equal(done.stdout, "/prefix/libdir:/own a b c\n",
            f"{label}: it finds the engines, and has its arguments")
    with open(os.path.join(build.path, "dist", "smallfio-server.service"),
              encoding="utf-8") as f:
        t.contains(f.read(), ["ExecStart=/prefix/lib/smallfio/fio --server"],
                   f"{label}: the server is started by it")
    with open(os.path.join(build.path, "compile_commands.json"),
              encoding="utf-8") as f:
        t.contains(f.read().replace("\\", ""),
                   ['SMALLFIO_FIO="/prefix/lib/smallfio/fio"'],
                   f"{label}: smallfio run starts it")


def refused(t, build, top, version, others):
    label = "engines for other fios only"
    if not build.make(t, label, *others):
        return
    for name, result in (
            (fio.ENGINE, fio.run([fio.section("create")], directory=top,
                                 files=5, host="h", env=build.run_env)),
            (diskwrite.ENGINE, diskwrite.run(top, size="1m",
                                             env=build.run_env))):
        t.ok(result.rc not in (0, None) and result.rc > 0
             and not result.timed_out, f"{label}: fio fails with {name}",
             result)
        t.contains(result.err, [name.replace(".so", ""), f"this is {version}",
                                f"built for {RELEASE} {NEWER}: rebuild"],
                   f"{label}: {name} names all versions")
    t.equal(os.listdir(top), [], f"{label}: nothing is done")


def layouts(t, build, own, scratch):
    """The engine finds each difference between its headers and the fio that
    runs the tests, which `build` is for."""
    label = "structures"
    trees = []
    for i, difference in enumerate(DIFFERENCES):
        trees.append(copy_headers(own, os.path.join(scratch, f"layout{i}")))
        t.ok(differ(trees[-1], *difference), f"{label}: {difference} is there")
    said, done = ask_fio(build, scratch, own, trees)
    t.equal((said[:1], len(said)), (["1"], 1 + len(DIFFERENCES)),
            f"{label}: they are those of its own headers", done)
    t.equal([difference for difference, fits in zip(DIFFERENCES, said[1:])
             if fits != "0"], [], f"{label}: each difference is found")


def patched(t, build, top, own, version, scratch):
    """A fio that is patched, without or with a version of its own."""
    label = "engines for a fio whose structures differ"
    trees = []
    for name in (version, RELEASE):
        trees.append(copy_headers(own, os.path.join(scratch, name)))
        set_version(trees[-1], name)
        differ(trees[-1], *DIFFERENCES[0])
    if not build.make(t, label, *trees, names=["fio-diskwrite"]):
        return
    done = diskwrite.run(top, size="1m", env=build.run_env)
    t.contains(done.err, [f"this is {version} with other structures, but the "
                          f"engine was built for {version} {RELEASE}:"],
               f"{label}: none of them runs")
    t.equal(os.listdir(top), [], f"{label}: nothing is done")


def without_cancel(t, build, top, version, others):
    """The engine as it is built for 3.41 and later runs in the installed
    fio."""
    label = "an engine that has no ->cancel"
    set_version(others[1], version)
    if not build.make(t, label, *others):
        return
    works(t, build, os.path.join(top, "works"), label)
    stuck.fails_beside_one(t, os.path.join(top, "stuck"), label,
                           env=build.run_env)
    missing(t, build, os.path.join(top, "burst"), label)


def missing(t, build, top, label):
    """Deletes files in batches. One of them is missing, which ends the
    job."""
    common = dict(directory=top, files=1000, empty=1, host="h",
                  files_per_dir=1001, env=build.run_env)
    done = fio.run([fio.section("create")], **common)
    t.ok(done.rc == 0, f"{label}, burst: files are there", done)
    files = {int(path.rsplit("_", 2)[1]): path
             for path in tree.files_below(top)}
    os.unlink(files[700])
    done = fio.run([fio.section("delete")], **common)
    t.ok(done.rc != 0 and not done.timed_out and files[700] in done.err,
         f"{label}, burst: an error ends the job", done)
    t.equal(sorted(n for n in files if os.path.lexists(files[n])),
            list(range(701, 1001)),
            f"{label}, burst: no operation follows the error")
    side = done.side("delete")[0]
    t.equal((side["total_ios"], side["clat_ns"]["N"]), (699, 699),
            f"{label}, burst: counts what was done")


def versions(t):
    space = mounts.Workspace()
    with tempfile.TemporaryDirectory(prefix="smallfio-versions-") as scratch:
        own, version = own_headers()
        build = Build(scratch)
        others = [older(own, os.path.join(scratch, "older")),
                  newer(own, os.path.join(scratch, "newer"))]
        release = copy_headers(own, os.path.join(scratch, "release"))
        set_version(release, RELEASE)
        several(t, build, space.dir("several"), release, others)
        layouts(t, build, release, scratch)
        given_fio(t, build)
        refused(t, build, space.dir("refused"), version, others)
        patched(t, build, space.dir("patched"), own, version, scratch)
        for name in ("works", "stuck", "burst"):
            space.dir(os.path.join("without", name))
        without_cancel(t, build, os.path.join(space.path, "without"),
                       version, others)


mounts.enter_namespace()
tap.main(versions)
