# SPDX-License-Identifier: GPL-2.0-only
"""Strict readers of other programs' formats. Each follows the format's own
specification, and raises an exception where a text breaks it."""
import re

import debian

NUMBER = r"-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"


def openmetrics(text):
    """Returns {metric: {labels: value}}, read by Prometheus' own client. The
    labels are a frozenset of pairs."""
    parser = debian.module("prometheus_client.openmetrics.parser",
                           "python3-prometheus-client")
    found = {}
    for family in parser.text_string_to_metric_families(text):
        assert family.name not in found, f"{family.name} is there twice"
        samples = found[family.name] = {}
        for sample in family.samples:
            assert sample.timestamp is None, "node_exporter refuses times"
            labels = frozenset(sample.labels.items())
            assert labels not in samples, f"{family.name} {labels} twice"
            samples[labels] = sample.value
    return found


def _split(text, at):
    """Splits a text of the line protocol at a character that no backslash
    stands before."""
    return re.split(rf"(?<!\\){at}", text)


def _tag(text):
    assert text and not text.endswith("\\"), f"{text!r} in a tag"
    assert not re.search(r"\\\\[,= ]", text), f"{text!r}: is it escaped?"
    assert not re.search(r"(?<!\\)[,= ]", text), text
    return re.sub(r"\\([,= ])", r"\1", text)


def influx(text):
    """Returns [(measurement, tags, fields, time or None)] of the line
    protocol (docs of InfluxDB: measurement, tag set, field set, time)."""
    points = []
    assert text.endswith("\n") or not text
    for line in text.split("\n")[:-1]:
        parts = _split(line, " ")
        assert len(parts) in (2, 3), line
        measurement, *tags = _split(parts[0], ",")
        assert re.fullmatch(r"\w+", measurement), line
        pairs = [_split(tag, "=") for tag in tags]
        assert all(len(pair) == 2 for pair in pairs), line
        keys = [key for key, _ in pairs]
        assert len(set(keys)) == len(keys), line
        fields = {}
        for field in _split(parts[1], ","):
            name, value = field.split("=")
            assert re.fullmatch(r"[\w.]+", name) and name not in fields, line
            assert re.fullmatch(rf"{NUMBER}|-?\d+i", value), line
            fields[name] = float(value.rstrip("i"))
        time = parts[2] if len(parts) == 3 else None
        assert time is None or re.fullmatch(r"\d{19}", time), line
        points.append((measurement, {key: _tag(value) for key, value in pairs},
                       fields, time and int(time)))
    series = [(p[0], tuple(sorted(p[1].items())), p[3]) for p in points]
    assert len(set(series)) == len(series), "a point is there twice"
    return points


def benchstat(text):
    """Returns (units, [(configuration, name, count, {unit: value})]) of Go's
    benchmark data format (Go's proposal 14313)."""
    units, config, lines = {}, {}, []
    for line in text.split("\n"):
        words = line.split()
        if not words:
            assert line == "", repr(line)
        elif words[0] == "Unit":
            assert len(words) == 3, line
            key, value = words[2].split("=")
            assert (key, value) in (("better", "higher"), ("better", "lower"))
            assert words[1] not in units, line
            units[words[1]] = value
        elif line.startswith("Benchmark"):
            assert re.match(r"Benchmark[A-Z]", line), line
            name = re.fullmatch(r"Benchmark(.*?)(-\d+)?", words[0])[1]
            assert re.fullmatch(r"[1-9]\d*", words[1]), line
            values = words[2:]
            assert values and len(values) % 2 == 0, line
            assert all(re.fullmatch(NUMBER, v) for v in values[::2]), line
            assert len(set(values[1::2])) == len(values) // 2, line
            lines.append((dict(config), name, int(words[1]), {
                unit: float(v) for v, unit in zip(values[::2], values[1::2])}))
        else:
            key, value = re.fullmatch(r"([a-z][^A-Z\s:]*): (.*)", line).groups()
            config[key] = value
    return units, lines
