# SPDX-License-Identifier: GPL-2.0-only
"""Tests the start barrier on a file system whose clients cache attributes,
names and listings for seconds, as NFS does. Two hosts are two mounts of one
directory. Each mount has its own process and its own cache. And counts what
many hosts ask of a file system whose clients cache nothing."""
import math
import os
import time

import fio
import meetings
import mounts
import tap
from barrier_hosts import Host, all_good, none_left, place_of, together

mounts.enter_namespace()

CACHE_S = 4
# Longer than any wait of these hosts: nothing that a cache believes for so long
# may keep them apart.
LONG_S, TIMEOUT_S = 120, 30


def stale(t, views, place):
    """The mounts do show old names, sizes and listings while the cache
    lasts."""
    path = os.path.join(place, "gate", "probe")
    there = [os.path.join(view, "probe") for view in views]
    # Listed twice, because the kernel does not keep the first listing: reading
    # it changed the directory's time of access.
    os.listdir(views[1])
    seen = [os.path.exists(there[1]), os.listdir(views[1])]
    with open(path, "w", encoding="ascii") as f:
        f.write("x")
    t.equal([os.path.exists(there[1]), os.listdir(views[1])], seen,
            "a new file is neither seen nor listed while the cache lasts")
    t.equal((os.path.exists(there[0]), os.listdir(views[0])),
            (True, ["probe"]),
            "a view that has not looked before sees a new file")
    size = os.stat(there[0]).st_size
    with open(path, "a", encoding="ascii") as f:
        f.write("x")
    t.equal(os.stat(there[0]).st_size, size,
            "a size is the old one while the cache lasts")
    with open(there[0], encoding="ascii") as f:
        t.equal(f.read(), "xx", "contents are asked for when a file is opened")
    os.unlink(path)
    t.equal(os.path.exists(there[0]), True,
            "a removed file is seen while the cache lasts")
    time.sleep(CACHE_S + 0.5)
    t.equal([os.listdir(view) for view in views], [[], []],
            "after the cache's time the views show what is there")


def meet(t, views, place, label, sections, late_s=0.0):
    hosts = []
    for i, view in enumerate(views):
        time.sleep(late_s if i else 0)
        hosts.append(Host(place, f"h{i}", sections, gate=view, numjobs=2,
                          gate_hosts=len(views),
                          gate_timeout=TIMEOUT_S))
    all_good(t, label, hosts)
    spans = [host.spans() for host in hosts]
    for i in range(len(sections)):
        jobs = slice(2 * i, 2 * i + 2)
        together(t, f"{label}: section {i}",
                 [s for of_host in spans for s in of_host[jobs]])
    t.equal([len(of_host) for of_host in spans], [2 * len(sections)] * 2,
            f"{label}: each job has samples")
    # What the hosts removed must be gone in the directory itself, whatever
    # their caches still show.
    none_left(t, label, os.path.join(place, "gate"), *hosts)


def cached(t):
    space = mounts.Workspace()
    place, gate = place_of(space, "place")
    stale(t, [space.view(gate, f"view-{i}", CACHE_S) for i in range(2)], place)
    views = [space.view(gate, f"long-{i}", LONG_S) for i in range(2)]
    meet(t, views, place, "the second comes late",
         [fio.section("create")], late_s=1.5)
    # The next run follows at once, while the caches still have names of the
    # run before, also of directories that were removed.
    meet(t, views, place, "again, three sections", fio.stonewalled(
        [fio.section("stat"), fio.section("read"), fio.section("delete")]))
    meet(t, list(reversed(views)), place, "the other one leads",
         [fio.section("create")], late_s=1.5)


def many(t):
    """What all hosts ask of the directory grows no faster than N log N. Few
    hosts ask for more of that each, and 256 for half as much as 16. If each looked
    at each other once, 256 would ask for twice as much as 16. A busy machine lets
    hosts look more often while they wait."""
    each = {}
    for count in (16, 64, 256):
        found = meetings.meet("far", count, delay_us=0)
        t.equal(found["open"], count, f"{count} hosts start", found)
        each[count] = found["requests"] / (count * math.log2(count))
        t.diag(f"{count} hosts: {found['requests']} requests, "
               f"{each[count]:.1f} for each of N log N")
    t.ok(max(each[64], each[256]) < 1.5 * each[16],
         "the requests of all hosts grow no faster than N log N", each)


tap.main(cached, many)
