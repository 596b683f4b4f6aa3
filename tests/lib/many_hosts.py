# SPDX-License-Identifier: GPL-2.0-only
"""Makes up the result of a run of very many hosts, from a seed: the JSON+ that
fio's client writes, with the lines of the engine in front of it, or what each
host kept of the run.

Latencies are log-normal, and counted in fio's bins. There are only a few
histograms for each operation, and a thread has one of them. To draw the samples
of half a million threads takes long, and shows nothing more.
"""
import random
from collections import namedtuple

import fio_json

OPERATIONS = ("create", "append", "overwrite", "read", "stat", "chmod", "setxattr",
              "getxattr", "rename", "symlink", "link", "readdir", "ls-l",
              "delete-renamed", "mkdir", "rmdir", "delete")
READERS = {"read", "stat", "getxattr", "readdir", "ls-l"}
# The run's number, the same on all hosts.
RUN = f"{0x1234:016x}"
START_NS = 1_700_000_000_000_000_000
# What phases=1 times of an operation, where many_hosts makes it up.
PHASES = ("open", "write", "close")
# How much longer a slow host needs for everything.
SLOW = 4

# What one thread did in one operation. `text` is its entry in the JSON.
Part = namedtuple("Part", "host operation thread text")


def names(hosts):
    return [f"node{i + 1:04d}" for i in range(hosts)]


class Run:
    """`hosts` are names, and those in `slow` are outliers. With `phases` the engine
    has timed the parts of operations, too."""

    def __init__(self, hosts, threads, operations=OPERATIONS, samples=1000, seed=1, shapes=16,
                 slow=(), log="", phases=False):
        self.hosts, self.threads, self.operations = list(hosts), threads, operations
        self.samples, self.slow, self.log = samples, set(slow), log
        self.rng = random.Random(seed)
        self.texts = {(o, late): [self._entry(o, late, samples) for _ in range(shapes)]
                      for o in operations for late in (False, True)}
        self.phases = [(name, self._values(11)) for name in PHASES] if phases else []

    def _values(self, scale, factor=1, samples=None):
        median = factor * self.rng.lognormvariate(scale, 0.05)
        return [int(median * self.rng.lognormvariate(0, 0.6))
                for _ in range(samples or self.samples)]

    def _entry(self, operation, late, samples):
        direction = "read" if operation in READERS else "write"
        values = self._values(11.5 + self.operations.index(operation) % 5 / 3,
                              SLOW if late else 1, samples)
        return fio_json.indented(fio_json.entry(
            operation, values, direction, host="@host@", desc=f"fio-smallfile run={RUN}",
            options={"rw": direction, "operation": operation}))

    def part(self, host, operation, thread, samples=None):
        """What a thread did. With `samples`, as in a run of so many files."""
        late = host in self.slow
        text = (self._entry(operation, late, samples) if samples else
                self.rng.choice(self.texts[operation, late]))
        return Part(host, operation, thread, text.replace("@host@", host))

    def parts(self):
        """In the order in which a client writes: each host in turn."""
        for host in self.hosts:
            for operation in self.operations:
                for thread in range(self.threads):
                    yield self.part(host, operation, thread)

    def _section(self, operation):
        return (f"fio-smallfile: section: operation={operation} units={self.samples} "
                f"unit_records=1 threads={self.threads} grouped=0 time_based=0 runtime_ms=0 "
                f"ramp_ms=0 early=0 hosts={len(self.hosts)} rate=0 scheduled=0 log={self.log} "
                f"job={operation}\n")

    def _lines(self, host):
        for i, operation in enumerate(self.operations):
            yield (f"<{host}> fio-smallfile: clock at the gate: host={host} "
                   f"passed_ns={START_NS + i * 10**10} reference={self.hosts[0]} ahead_ns=1000 "
                   f"error_ns=2374410 job={operation}\n")
            yield f"<{host}> {self._section(operation)}"

    def _phase_lines(self):
        """What all threads say of the parts of their operations. The threads of
        hosts end at about the same time."""
        said = []
        for name, values in self.phases:
            numbers = fio_json.latency(values)
            (first, count), *bins = ((fio_json.bin_index(int(middle)), n)
                                     for middle, n in numbers["bins"].items())
            said.append((name, len(values), f"{first}:", count,
                         "".join(f",{i}:{n}" for i, n in bins),
                         f"min={numbers['min']} max={numbers['max']} "
                         f"mean={numbers['mean']:f} stddev={numbers['stddev']:f}"))
        for operation in self.operations:
            for thread in range(self.threads):
                for n, host in enumerate(self.hosts):
                    # No two threads have as many, so none is taken for another.
                    own = n * self.threads + thread
                    for name, samples, first, count, bins, numbers in said:
                        whose = (f"host={host} thread={thread} operation={operation} "
                                 f"part={name}")
                        yield (f"<{host}> fio-smallfile: latency: {whose} reads=0 "
                               f"samples={samples + own} bytes=0 errors=0 error=0 "
                               f"conflicts=0 {numbers} job={operation}\n"
                               f"<{host}> fio-smallfile: bins: {whose} "
                               f"bins={first}{count + own}{bins} job={operation}\n")

    def _all_clients(self):
        """The entry in which fio sums up all hosts."""
        out = fio_json.entry("All clients", [], host="")
        for operation in self.operations:
            side = out["read" if operation in READERS else "write"]
            side["total_ios"] += self.samples * self.threads * len(self.hosts)
        return fio_json.indented(out)

    def write(self, path, parts=None):
        """Writes a client's file, of these parts or of all. Returns its size in bytes."""
        head, tail = fio_json.document(["@"], clients=True).split('"@"')
        with open(path, "w", encoding="utf-8") as out:
            for host in self.hosts:
                out.writelines(self._lines(host))
            out.writelines(self._phase_lines())
            out.write(head)
            for part in self.parts() if parts is None else parts:
                out.write(part.text + ",\n    ")
            out.write(self._all_clients() + tail)
            return out.tell()

    def write_hosts(self, path):
        """Writes the list of hosts, as fio --client=FILE takes it."""
        path.write_text("".join(f"{host}\n" for host in self.hosts), encoding="utf-8")
        return path

    def keep(self, where, part, run=RUN, number=None):
        """Writes what a host kept of one of its jobs. Returns the file's path."""
        if number is None:
            number = self.operations.index(part.operation) * self.threads + part.thread
        fio = f"{0xf10000 + self.hosts.index(part.host):016x}"
        directory = where / f"20231114T221320Z-{part.host}-{fio}"
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{part.host}.{number}.json"
        head, tail = fio_json.document(["@"], clients=True).split('"@"')
        path.write_text(
            f"fio-smallfile: kept: host={part.host} fio={fio} run={run} number={number} "
            f"ended_ns={START_NS + 10**10} job={part.operation}\n"
            f"{self._section(part.operation)}{head}{part.text}{tail}", encoding="utf-8")
        return path
