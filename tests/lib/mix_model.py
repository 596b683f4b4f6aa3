# SPDX-License-Identifier: GPL-2.0-only
"""A simple model of operation=mix: which operation comes next, and what the tree
is after it. Written from docs/semantics.md and the headers of engines/core, and
with lists and dictionaries, where the engine has bits.

Random numbers are SplitMix64's. A table gives each operation its share: with n
operations it has n columns of 2^32 parts, and each column has parts of at most
two. Files are uniform."""
import smallfile

MASK = (1 << 64) - 1
STEP = 0x9e3779b97f4a7c15
WHOLE = 1 << 32
TRIES = 32


def hash64(x):
    x = (x + STEP) & MASK
    x = ((x ^ (x >> 30)) * 0xbf58476d1ce4e5b9) & MASK
    x = ((x ^ (x >> 27)) * 0x94d049bb133111eb) & MASK
    return x ^ (x >> 31)


def hash64_in(key, value):
    return hash64(key ^ hash64(value))


def shares(weights):
    """Returns [(below, other)], a column for each weight."""
    n, total = len(weights), sum(weights)
    parts = [int(w / total * (n * WHOLE)) for w in weights]
    largest = weights.index(max(weights))
    parts[largest] += n * WHOLE - sum(parts)
    columns = [(WHOLE - 1, i) for i in range(n)]
    small = [i for i in range(n) if parts[i] < WHOLE]
    # The engine takes the largest numbers first.
    large = [i for i in range(n) if parts[i] >= WHOLE]
    while small and large:
        s, l = small.pop(), large[-1]
        columns[s] = (parts[s], l)
        parts[l] -= WHOLE - parts[s]
        if parts[l] < WHOLE:
            small.append(large.pop())
    return columns


class Mix:
    """A thread's mix. mix is {operation: weight} in the order of mix=."""

    def __init__(self, mix, files, population, size, seed=1, thread=0):
        self.names = list(mix)
        self.columns = shares(list(mix.values()))
        self.files = files
        self.state = hash64_in(hash64_in(hash64(seed), thread), 1)
        # {number: [is in file_dstdir, how often its size it has]}
        self.there = {n: [False, 1] for n in range(population)}
        self.size = size
        self.done = dict.fromkeys(self.names, 0)

    def random(self):
        number = hash64(self.state)
        self.state = (self.state + STEP) & MASK
        return number

    def draw_number(self, there):
        for _ in range(TRIES):
            n = self.random() * self.files >> 64
            if (n in self.there) == there:
                return n
        numbers = [n for n in range(self.files) if (n in self.there) == there]
        return numbers[self.random() * len(numbers) >> 64]

    def step(self):
        r = self.random()
        i = (r >> 32) * len(self.columns) >> 32
        below, other = self.columns[i]
        name = self.names[i if r & (WHOLE - 1) < below else other]
        self.done[name] += 1
        if name == "create":
            if len(self.there) < self.files:
                self.there[self.draw_number(False)] = [False, 1]
            else:
                self.there[self.draw_number(True)][1] = 1
            return
        if not self.there:
            n = self.draw_number(False)
            self.there[n] = [False, 1]
        else:
            n = self.draw_number(True)
        if name == "delete":
            del self.there[n]
        elif name == "rename":
            self.there[n][0] = not self.there[n][0]
        elif name == "append":
            self.there[n][1] += 1
        elif name == "truncate-overwrite":
            self.there[n][1] = 1

    def expected(self, layout):
        """Returns {path: contents} of all files, in a layout of
        smallfile.py."""
        found = {}
        for n, (moved, times) in self.there.items():
            path = layout.path(n + 1, smallfile.DST if moved else smallfile.SRC)
            found[path] = smallfile.contents(layout.thread, n + 1,
                                             self.size) * times
        return found
