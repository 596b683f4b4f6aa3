# SPDX-License-Identifier: GPL-2.0-only
"""Tests the start barrier. The threads of one fio process start together, and
so do several fio processes that stand for hosts (gate=). Latency logs with the
time of day tell when each thread started."""
import os
import signal
import time

import fio
import mounts
import tap
from barrier_hosts import (Host, SOON_S, TOGETHER_S, all_good, none_left,
                        place_of, together, until, waits)

mounts.enter_namespace()

def hosts_meet(t, space, count, **options):
    label = f"{count} hosts {' '.join(options)}"
    place, gate = place_of(space, label.replace(" ", "-"))
    hosts = []
    for i in range(count):
        time.sleep(1.2 if i else 0)
        hosts.append(Host(place, f"h{i}", [fio.section("create")], gate=gate,
                          gate_hosts=count, **options))
    all_good(t, label, hosts)
    spans = [span for host in hosts for span in host.spans()]
    t.equal(len(spans), count * options.get("numjobs", 1),
            f"{label}: each job has samples")
    together(t, label, spans)
    t.ok(min(s[0] for s in spans) > hosts[-1].start_s,
         f"{label}: none starts before the last has come")
    none_left(t, label, gate, *hosts)


def meeting(t, space):
    hosts_meet(t, space, 1)
    hosts_meet(t, space, 2)
    hosts_meet(t, space, 2, numjobs=3)
    hosts_meet(t, space, 3, numjobs=2, thread=True)


def each_section(t, space):
    """A section begins when the slower host has ended the section before."""
    place, gate = place_of(space, "sections")
    sections = fio.stonewalled([fio.section("create"), fio.section("stat"),
                                fio.section("delete")])
    hosts = [Host(place, name, sections, gate=gate, gate_hosts=2, numjobs=2,
                  **options)
             for name, options in (("quick", {}), ("slow",
                                                   {"rate_iops": 40}))]
    all_good(t, "sections", hosts)
    quick, slow = (host.spans() for host in hosts)
    for i, operation in enumerate(("create", "stat", "delete")):
        jobs = slice(2 * i, 2 * i + 2)
        together(t, f"sections: {operation}", quick[jobs] + slow[jobs])
        if i:
            ended = max(s[1] for s in slow[2 * i - 2:2 * i])
            t.ok(min(s[0] for s in quick[jobs]) >= ended,
                 f"sections: {operation} begins when all before it has ended")
    none_left(t, "sections", gate, *hosts)


def never_comes(t, space):
    """One of three hosts never comes. After 5 s the engine says who is
    missing; after gate_timeout= fio fails, and does not wait once more for
    each of the later sections."""
    waiting = []
    sections = fio.stonewalled([fio.section("create"), fio.section("stat"),
                                fio.section("delete")])
    for options in ({}, {"thread": True}):
        label = f"a host never comes, {'threads' if options else 'processes'}"
        place, gate = place_of(space, label.replace(" ", "-"))
        waiting.append((label, gate, Host(
            place, "here", sections, gate=gate, gate_hosts=3,
            gate_timeout=10, numjobs=3,
            permute_hosts="here:absent-1:absent-2", **options)))
    for label, gate, host in waiting:
        result = host.wait()
        t.ok(result.rc not in (0, None) and not result.timed_out
             and 10 <= result.seconds < 20, f"{label}: fio fails, and soon",
             result)
        t.equal({line.split(":")[1] for line in result.err.splitlines()
                 if "after 10 s" in line}, {" job create"},
                f"{label}: only the first section waits")
        t.contains(result.err, [
            "waits at the gate: 1 of 3 hosts are here: here; missing: "
            "absent-1, absent-2\n"],
                   f"{label}: while it waits, it says who is missing")
        t.contains(result.err, ["1 of 3 hosts are here: here", "gate_timeout",
                                "missing: absent-1, absent-2", gate],
                   f"{label}: the message names who is missing")
        t.equal(host.spans(), [], f"{label}: nothing is measured")
        none_left(t, label, gate, host)


def second_run(t, place, gate):
    """A second run of the same host is refused while the first run works, and
    the first run goes on."""
    first = Host(place, "busy", [fio.section("create", time_based=True,
                                             runtime=600)], gate=gate)
    t.ok(until(first.working), "second run: the first is at work")
    second = Host(place, "busy", [fio.section("create", prefix="x")],
                  gate=gate).wait()
    t.ok(second.rc not in (0, None) and second.seconds < 2 + SOON_S,
         "second run: it fails at once", second)
    t.contains(second.err, ["host name busy", "has not ended"],
               "second run: it says why")
    first.running.process.send_signal(signal.SIGINT)
    result = first.wait()
    t.ok(not result.timed_out and not result.jobs[0]["error"]
         and len(first.spans()) == 1, "second run: the first has worked",
         result)
    third = Host(place, "busy", [fio.section("create", prefix="y")], gate=gate)
    all_good(t, "second run, after the first", [third])


def refused(t, space):
    place, gate = place_of(space, "refused")
    cases = {"no directory": dict(gate=os.path.join(gate, "none")),
             "a time that has passed": dict(gate="@1000000000"),
             "no time": dict(gate="@tomorrow"),
             "no number": dict(gate="@nan"),
             "no hosts": dict(gate=gate, gate_hosts=0),
             "too many hosts": dict(gate=gate, gate_hosts=1000000)}
    for label, options in cases.items():
        host = Host(place, "h", [fio.section("create")], numjobs=2, **options)
        result = host.wait()
        t.ok(result.rc not in (0, None) and result.seconds < 10
             and not result.timed_out, f"{label}: fio fails at once", result)
        t.contains(result.err, ["gate"], f"{label}: it says what is wrong")
        t.equal(host.spans(), [], f"{label}: nothing is measured")
    second_run(t, place, gate)
    hosts = [Host(place, "twin", [fio.section("create", prefix=str(i))],
                  gate=gate, gate_hosts=2, gate_timeout=5) for i in range(2)]
    results = [host.wait() for host in hosts]
    t.ok(all(r.rc not in (0, None) and not r.timed_out for r in results),
         "two hosts of one name fail", *results)
    t.contains(results[0].err + results[1].err, ["twin", "host="],
               "two hosts of one name: the message says what to do")


def two_clients(t, space):
    """Two runs use one directory for their start barriers at the same time.
    The hosts of each run meet only each other. A host whose job differs from
    that of the others is named."""
    place, gate = place_of(space, "two-clients")
    hosts = [Host(place, name, [fio.section("create", name=section,
                                            prefix=section)],
                  gate=gate, gate_hosts=2)
             for section, names in (("one", ("a", "c")), ("two", ("b", "d")))
             for name in names]
    all_good(t, "two clients", hosts)
    for pair in (hosts[:2], hosts[2:]):
        together(t, "two clients", [s for host in pair for s in host.spans()])
    none_left(t, "two clients", gate, *hosts)
    hosts = [Host(place, name, [fio.section("create", prefix="x")], gate=gate,
                  gate_hosts=count, gate_timeout=seconds)
             for name, count, seconds in (("e", 2, 3), ("f", 3, 6))]
    result = hosts[0].wait()
    hosts[1].running.process.send_signal(signal.SIGINT)
    hosts[1].wait()
    t.ok(result.rc not in (0, None) and "of another run: f" in result.err,
         "a host with another gate_hosts= is named", result)


def at_a_time(t, space):
    def hosts_at(seconds):
        place, _ = place_of(space, f"time-{seconds}")
        at = time.time() + seconds
        hosts = [Host(place, f"h{i}", [fio.section("create")],
                      gate=f"@{at:.3f}", numjobs=2) for i in range(2)]
        return at, hosts, [host.wait() for host in hosts]
    # On a busy machine a fio process may not be ready at the time that was
    # set. Then a later time is tried.
    leads = iter((3, 10, 20))
    at, hosts, results = tap.best_of(
        3, lambda: hosts_at(next(leads)),
        lambda found: not any("that time passed" in result.err
                              for result in found[2]))
    for host, result in zip(hosts, results):
        t.ok(result.rc == 0 and not result.timed_out,
             f"a time: host {host.name} succeeds", result)
    spans = [span for host in hosts for span in host.spans()]
    together(t, "a time", spans)
    # Times in logs are cut to whole ms, so they may be a little early.
    t.ok(all(at - 0.002 <= s[0] < at + TOGETHER_S for s in spans),
         "a time: all start then", at, spans)


def interrupted(t, space):
    for options in ({}, {"thread": True}):
        label = f"SIGINT, {'threads' if options else 'processes'}"
        place, gate = place_of(space, label.replace(", ", "-"))
        host = Host(place, "h", [fio.section("create")], gate=gate,
                    gate_hosts=2, numjobs=3, **options)
        t.ok(waits(gate, "h"), f"{label}: it waits at the barrier")
        sent = time.monotonic()
        host.running.process.send_signal(signal.SIGINT)
        result = host.wait()
        took = time.monotonic() - sent
        t.ok(not result.timed_out and took < 10, f"{label}: it ends promptly",
             result, took)
        t.ok(result.rc not in (0, None), f"{label}: fio exits with an error",
             result)
        t.equal(host.spans(), [], f"{label}: nothing is measured")
        none_left(t, label, gate, host)


def killed_leader(t, space):
    """The first job of a host dies at the start barrier. It is the one that
    finds out whether all hosts have come, so the others fail."""
    place, gate = place_of(space, "killed-leader")
    host = Host(place, "h", [fio.section("create")], gate=gate, gate_hosts=2,
                numjobs=3)
    t.ok(waits(gate, "h"), "killed leader: it waits at the barrier")
    os.kill(host.children()[0], signal.SIGKILL)
    result = host.wait()
    t.ok(result.rc not in (0, None) and result.seconds < 20
         and not result.timed_out, "killed leader: the others fail, and soon",
         result)
    t.equal(host.spans(), [], "killed leader: nothing is measured")
    # The next run is not hindered by the files that the killed job left.
    hosts = [Host(place, name, [fio.section("create", prefix="x")], gate=gate,
                  gate_hosts=2) for name in ("h", "i")]
    all_good(t, "after a killed leader", hosts)
    none_left(t, "after a killed leader", gate, *hosts)


def killed_follower(t, space):
    place, gate = place_of(space, "killed-follower")
    one = Host(place, "one", [fio.section("create")], gate=gate, gate_hosts=2,
               numjobs=3)
    t.ok(waits(gate, "one"), "killed follower: it waits at the barrier")
    os.kill(one.children()[-1], signal.SIGKILL)
    time.sleep(0.5)
    two = Host(place, "two", [fio.section("create")], gate=gate, gate_hosts=2)
    all_good(t, "killed follower", [two])
    result = one.wait()
    t.ok(not result.timed_out, "killed follower: its host ends", result)
    t.equal(len(one.spans()), 2, "killed follower: the others go on")
    together(t, "killed follower", one.spans() + two.spans())


def slow(**options):
    """Returns a section with a long preparation: it has many directories to
    make, and few files to work on."""
    return fio.section("create", "slow", files=60000, files_per_dir=1,
                       dirs_per_dir=30, empty=1, number_ios=50, **options)


def slow_preparation(t, space):
    for options in ({}, {"thread": True}):
        label = f"slow preparation, {'threads' if options else 'processes'}"
        place, _ = place_of(space, label.replace(", ", "-"))
        host = Host(place, "h", [fio.section("create", "quick", numjobs=2),
                                 slow(prefix="s")], **options)
        all_good(t, label, [host])
        spans = host.spans()
        took = min(s[0] for s in spans) - host.start_s
        t.diag(f"{label}: {took:.2f} s of preparation")
        t.equal(len(spans), 3, f"{label}: each job has samples")
        together(t, label, spans)


def killed_while_preparing(t, space):
    place, _ = place_of(space, "killed-preparing")
    host = Host(place, "h", [slow(prefix="s"),
                             fio.section("create", "quick", numjobs=2)])
    until(lambda: len(host.children()) == 3)
    time.sleep(0.3)
    os.kill(host.children()[0], signal.SIGKILL)
    result = host.wait()
    t.ok(not result.timed_out and result.seconds < 20,
         "killed while preparing: fio ends", result)
    t.equal([s["total_ios"] for s in result.side("quick")], [50, 50],
            "killed while preparing: the others go on")


def failed_preparation(t, space):
    """One job of a host fails while it prepares. The other job of that host
    still meets those of the other host at the start barrier."""
    place, gate = place_of(space, "failed-preparation")
    blocked = os.path.join(place, "blocked", "file_srcdir")
    os.makedirs(os.path.dirname(blocked))
    with open(blocked, "w", encoding="ascii"):
        pass
    bad = {"directory": os.path.dirname(blocked)}
    hosts = [Host(place, name, [("first", {**fio.section("create")[1],
                                           "prefix": "x", **first}),
                                fio.section("create", "second")],
                  gate=gate, gate_hosts=2, gate_timeout=10)
             for name, first in (("bad", bad), ("good", {}))]
    result = hosts[0].wait()
    all_good(t, "failed preparation", hosts[1:])
    t.ok(result.rc not in (0, None), "failed preparation: its fio fails",
         result)
    t.contains(result.err, [blocked], "failed preparation: it says where")
    t.equal([len(host.spans()) for host in hosts], [1, 2],
            "failed preparation: the other job of that host runs", result)
    together(t, "failed preparation",
             [s for host in hosts for s in host.spans()])


def many_jobs(t, space):
    for options in ({}, {"thread": True}):
        label = f"160 {'threads' if options else 'processes'}"
        place, _ = place_of(space, label.replace(" ", "-"))
        host = Host(place, "h", [fio.section("create")], numjobs=160,
                    **{"files": 20, "empty": 1, **options})
        result = host.wait(100)
        t.ok(result.rc == 0 and not result.timed_out, f"{label} end", result)
        spans = host.spans()
        t.equal(len(spans), 160, f"{label}: each has samples")
        first = [s[0] for s in spans]
        t.diag(f"{label}: start {min(first) - host.start_s:.1f} s after fio,"
               f" within {max(first) - min(first):.2f} s")


def delayed(t, space):
    names = iter("abc")

    def starts():
        """Returns when each job started, in seconds since fio did."""
        place, _ = place_of(space, f"delayed-{next(names)}")
        host = Host(place, "h", [fio.section("create", "now"),
                                 fio.section("create", "later", prefix="x",
                                             startdelay=2)])
        all_good(t, "startdelay", [host])
        return [span[0] - host.start_s for span in host.spans()]
    now, later = tap.best_of(3, starts, lambda s: s[1] - s[0] > 1)
    t.ok(later - now > 1 and 1.9 < later < 20, "startdelay: one starts later",
         now, later)


def waiting_for(t, space):
    """wait_for= with two hosts: the jobs that wait have a start barrier of
    their own."""
    place, gate = place_of(space, "wait-for")
    sections = [fio.section("create", "one"),
                fio.section("create", "two", prefix="x", wait_for="one"),
                fio.section("create", "beside", prefix="y")]
    hosts = [Host(place, name, sections, gate=gate, gate_hosts=2, **options)
             for name, options in (("quick", {}), ("slow",
                                                   {"rate_iops": 40}))]
    all_good(t, "wait_for", hosts)
    quick, late = (host.spans() for host in hosts)
    t.equal([len(quick), len(late)], [3, 3], "wait_for: each has samples")
    together(t, "wait_for: one", [quick[0], quick[2], late[0], late[2]])
    together(t, "wait_for: two", [quick[1], late[1]])
    t.ok(quick[1][0] >= late[0][1], "wait_for: two begins after one",
         quick, late)
    none_left(t, "wait_for", gate, *hosts)


def main():
    space = mounts.Workspace()
    functions = [meeting, each_section, never_comes, refused,
                 two_clients, at_a_time,
                 interrupted, killed_leader, killed_follower,
                 slow_preparation, killed_while_preparing, failed_preparation,
                 many_jobs, delayed, waiting_for]
    tap.main(*[lambda t, f=f: f(t, space) for f in functions])


main()
