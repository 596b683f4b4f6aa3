# SPDX-License-Identifier: GPL-2.0-only
"""Tests await-create on a file system whose client caches for long what it has
seen: a size, or that an attribute was not there."""
import os
import time

import cluster
import fio
import mounts
import smallfile
import tap

mounts.enter_namespace()

HOST = "origin"
STAMP = "user.smallfile-ctime-size"
SIZE = 4096
# A cache time so long that a latency which waited for it is told from a quick
# one.
LONG_S = 60
# A cache time longer than await-create waits for the attribute of a whole file
# before it reports that the attribute is missing.
SHORT_S = 4


def stamp():
    return f"{time.time():.6f},{SIZE // 1024}".encode()


def is_whole(path):
    with open(path, "wb") as f:
        f.write(b"x" * SIZE)


def waiting(space, name, cache_s):
    """Starts an await-create that looks at a file through a view with a cache.
    The view has seen the file empty. Returns the file's path in the source,
    where another host would write, its path in the view, and the run of
    fio."""
    source = space.dir(f"{name}-source")
    view = space.view(source, f"{name}-view", cache_s)
    path = smallfile.Layout(source, HOST, 0, 1).path(1)
    os.makedirs(os.path.dirname(path))
    open(path, "wb").close()
    seen = os.path.join(view, os.path.relpath(path, source))
    assert os.stat(seen).st_size == 0
    running = fio.Running([fio.section("await-create", runtime=120)],
                          "--output-format=json+", directory=view, files=1,
                          filesize=SIZE, host=HOST)
    return path, seen, running


def not_of_the_cache(t, space):
    path, seen, running = waiting(space, "quick", LONG_S)
    time.sleep(1)
    t.equal(os.stat(seen).st_size, 0, "a cache: it believes what it has seen")
    os.setxattr(path, STAMP, stamp())
    is_whole(path)
    done = running.wait(LONG_S * 2)
    t.equal(done.rc, 0, "a cache: fio succeeds", done)
    mean_s = done.side("await-create")[0]["clat_ns"]["mean"] / 1e9
    t.ok(mean_s < LONG_S / 2,
         "a cache: the latency is the file's, and not the cache's", mean_s)
    t.equal(os.stat(seen).st_size, SIZE,
            "a cache: await-create looked past it", seen)


def attribute_in_the_cache(t, space):
    path, seen, running = waiting(space, "late", SHORT_S)
    is_whole(path)
    # By then the client has looked for the attribute, and caches that it is
    # not there.
    t.ok(cluster.until(lambda: os.stat(seen).st_size == SIZE),
         "an attribute that comes late: the file is seen")
    time.sleep(0.5)
    os.setxattr(path, STAMP, stamp())
    done = running.wait(60)
    t.ok(done.rc != 0, "an attribute that comes late: fio fails", done)
    t.contains(done.err, ["whole for ", "before its " + STAMP, "cache"],
               "an attribute that comes late: the message says so")
    t.equal(sum(job["read"]["total_ios"] for job in done.jobs), 0,
            "an attribute that comes late: there is no sample")


def without_attribute(t, space):
    top = space.dir("bare")
    path = smallfile.Layout(top, HOST, 0, 1).path(1)
    os.makedirs(os.path.dirname(path))
    is_whole(path)
    done = fio.run([fio.section("await-create", runtime=2)], directory=top,
                   files=1, filesize=SIZE, host=HOST)
    t.ok(done.rc != 0, "no attribute: fio fails", done)
    t.contains(done.err, ["whole for ", "without its " + STAMP,
                          "record_ctime_size=1"],
               "no attribute: the file is said to be whole")


def all_of_it(t):
    space = mounts.Workspace()
    not_of_the_cache(t, space)
    attribute_in_the_cache(t, space)
    without_attribute(t, space)


tap.main(all_of_it)
