#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares smallfio's readers with an independent reader of the same grammar.

    check_grammar.py DUMP_LOGS SOURCE_ROOT

Makes 10,000 inputs by changing the examples of tests/fuzz, the same inputs
every time. smallfio's readers (dump-logs, in C) and the regular expressions
below (in Python) both say what is in each input. The test fails if one of them
accepts what the other refuses, or reads another sample. Prints TAP.
"""
import os
import random
import re
import struct
import subprocess
import sys

MUTATIONS = 10000
LIMIT = 2 ** 63 - 1
BLANK = rb"[ \t]*"
NUMBER = rb"(\d+)"
HEX = rb"(0x[0-9a-fA-F]+|\d+)"
COMMA = BLANK + rb"," + BLANK
RSPTIMES = re.compile(
    BLANK + rb"([!-+\--~]{1,63})" + COMMA + rb"(-?)(\d+)(?:\.(\d+))?" + COMMA
    + rb"(\d+)(?:\.(\d+))?" + BLANK + rb"\Z")


class Refused(Exception):
    pass


def lines_of(data, limit):
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data:
        return []
    if not data.endswith(b"\n"):
        raise Refused("cut off")
    lines = data[:-1].split(b"\n")
    for line in lines:
        if len(line) > limit:
            raise Refused("long line")
    return [line.removesuffix(b"\r") for line in lines]


def whole(text, limit=LIMIT):
    value = int(text, 16) if text.startswith(b"0x") else int(text)
    # A number with 20 digits is refused, although leading zeroes may make it
    # small.
    if value > limit or (limit == LIMIT and len(text) > 19
                         and not text.startswith(b"0x")):
        raise Refused("overflow")
    return value


def nanoseconds(seconds, fraction):
    s = whole(seconds)
    ns = s * 10 ** 9 + int((fraction or b"").ljust(9, b"0")[:9])
    if ns > LIMIT:
        raise Refused("overflow")
    return ns


def read_rsptimes(data):
    samples = []
    names = []
    for line in lines_of(data, 4096):
        match = RSPTIMES.match(line)
        if not match:
            raise Refused(line)
        name, _, s, f, rs, rf = match.groups()
        nanoseconds(s, f)
        if name not in names:
            names.append(name)
        if len(names) > 64:
            raise Refused("too many operations")
        samples.append((names.index(name), nanoseconds(rs, rf)))
    return samples


# The layouts of lines that fio writes: (number of columns, columns of
# direction, block size and priority, whether the log has averages).
LAYOUTS = [(5, 2, 3, 4, False), (4, 2, 3, None, False), (6, 2, 3, 5, False),
           (7, 2, 3, 5, False), (6, 3, 4, 5, True), (7, 3, 4, 6, True),
           (8, 3, 4, 6, True)]


def fio_columns(line):
    fields = line.strip(b" \t").split(b",")
    if len(fields) > 8:
        raise Refused("columns")
    values, hexadecimal = [], None
    for i, field in enumerate(fields):
        field = field.strip(b" \t")
        if not re.fullmatch(rb"0x[0-9a-fA-F]+" if field.startswith(b"0x")
                            and i >= 3 else rb"\d+", field):
            raise Refused(field)
        if field.startswith(b"0x"):
            hexadecimal = i
            values.append(whole(field, 2 ** 32 - 1))
        else:
            values.append(whole(field))
    return values, hexadecimal


def read_fio(data):
    samples, layout, operations, times = [], None, False, []
    for line in lines_of(data, 4096):
        values, hexadecimal = fio_columns(line)
        if layout is None:
            for row in LAYOUTS:
                n, direction, size, priority, averaged = row
                if (n == len(values) and values[direction] <= 2
                        and hexadecimal in (None, priority)
                        and (not averaged or (values[2] >= values[1]
                                              and values[size] == 0))):
                    layout = row
                    break
            else:
                raise Refused("layout")
        n, direction, size, priority, averaged = layout
        if (len(values) != n or values[direction] > 2 or averaged
                or hexadecimal not in (None, priority)):
            raise Refused("columns")
        operations |= values[size] > 0
        times.append(values[0])
        samples.append((values[direction], values[1]))
    # Without sizes this is a log of averages, unless it has too many lines for
    # one: an interval is at least 1 ms long, and has a line for each of three
    # directions.
    if samples and not operations and not (
            min(times) < 10 ** 11 and len(times) // 3 > max(times) + 2):
        raise Refused("averages")
    return samples


def read_hist(data):
    samples, columns, total = [], None, {}
    for line in lines_of(data, (3 + 1856) * 22):
        fields = line.split(b",")
        for field in fields:
            if not re.fullmatch(BLANK + rb"\d+" + BLANK, field):
                raise Refused(field)
        values = [whole(f.strip(b" \t")) for f in fields]
        bins = len(values) - 3
        if (values[1:2] or [3])[0] > 2 or bins not in (
                1856 >> c for c in range(7)) or columns not in (None, bins):
            raise Refused("columns")
        columns = bins
        n = sum(values[3:])
        total[values[1]] = total.get(values[1], 0) + n
        if total[values[1]] > LIMIT:
            raise Refused("overflow")
        stride = 1856 // bins
        samples += [(values[1], i * stride, v)
                    for i, v in enumerate(values[3:]) if v]
    return samples


READERS = {"fio_log": read_fio, "rsptimes": read_rsptimes,
           "fio_hist": read_hist}
SPECIAL = b"0123456789,.-_ /:\\\n\r\t\"x\xef\xff"


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(data) + 1)
        n = rng.randrange(1, 20)
        kind = rng.randrange(6)
        byte = rng.choice(SPECIAL) if rng.randrange(3) else rng.randrange(256)
        if kind == 0 and at < len(data):
            data[at] = byte
        elif kind == 1:
            data.insert(at, byte)
        elif kind == 2:
            del data[at:at + n]
        elif kind == 3 and rng.randrange(4) == 0:
            del data[at:]
        elif kind == 4:
            data[at:at] = data[at:at + n]
        elif kind == 5:  # replaces a number by another one
            found = list(re.finditer(rb"\d+", data))
            if found:
                match = rng.choice(found)
                number = rng.choice([0, 1, 2, 3, 10 ** rng.randrange(21),
                                     LIMIT, LIMIT + 1, 2 ** 64])
                data[match.start():match.end()] = str(number).encode()
    return bytes(data)


def python_says(kind, data):
    try:
        return sorted(READERS[kind](data))
    except Refused:
        return None


def ask_readers(program, kind, inputs):
    """Runs one process for all inputs. It gets the length and the bytes of
    each, and prints a line for each sample."""
    feed = b"".join(struct.pack("<I", len(d)) + d for d in inputs)
    done = subprocess.run([program, kind], input=feed, capture_output=True,
                          timeout=100)
    assert done.returncode == 0, (done.returncode, done.stderr[-400:])
    answers, now = [], []
    for line in done.stdout.splitlines():
        if line == b"accepted":
            answers.append(sorted(now))
            now = []
        elif line.startswith(b"refused"):
            assert re.fullmatch(rb"refused \d+:\d+ .+", line), line
            answers.append(None)
            now = []
        else:
            now.append(tuple(map(int, line.split())))
    return answers


def main():
    program, root = sys.argv[1], sys.argv[2]
    rng = random.Random(20240607)
    failed = 0
    print(f"1..{len(READERS)}")
    for number, kind in enumerate(READERS, 1):
        corpus = os.path.join(root, "tests", "fuzz", "corpus", kind)
        examples = []
        for name in sorted(os.listdir(corpus)):
            with open(os.path.join(corpus, name), "rb") as f:
                examples.append(f.read())
        inputs = list(examples)
        while len(inputs) < MUTATIONS // len(READERS) + len(examples):
            inputs.append(mutate(rng, rng.choice(examples)))
        answers = ask_readers(program, kind, inputs)
        assert len(answers) == len(inputs)
        wrong = [(d, python_says(kind, d), a) for d, a in zip(inputs, answers)
                 if python_says(kind, d) != a]
        accepted = sum(a is not None for a in answers)
        failed += bool(wrong)
        print(f"{'not ' if wrong else ''}ok {number} - {kind}: {len(inputs)} "
              f"inputs, {accepted} accepted by both")
        for data, want, got in wrong[:5]:
            print(f"# {data[:300]!r}\n#   python: {str(want)[:200]}\n"
                  f"#   smallfio: {str(got)[:200]}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
