# SPDX-License-Identifier: GPL-2.0-only
"""Makes JSON+ as fio prints it, for any number of hosts and threads.

An entry has everything that fio 3.33 writes about a job, in fio's layout.
"""
BITS = 6
GROUP = 1 << BITS
BINS = 29 * GROUP
# The percentiles that fio prints by default.
PERCENTILES = [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99]


def bin_index(ns):
    if ns < 2 * GROUP:
        return ns
    shift = ns.bit_length() - 1 - BITS
    return min(((shift + 1) << BITS) + (ns >> shift) % GROUP, BINS - 1)


def bin_middle(index):
    if index < 2 * GROUP:
        return index
    width = 1 << (index // GROUP - 1)
    return ((GROUP + index % GROUP) * width) + width // 2


def _indent(depth):
    return "  " * depth


def _value(value, depth):
    if isinstance(value, dict):
        inner = ",\n".join(f'{_indent(depth + 1)}"{k}" : {_value(v, depth + 1)}'
                           for k, v in value.items())
        return "{\n" + inner + "\n" + _indent(depth) + "}"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, float):
        return f"{value:.6f}"
    return str(value)


def latency(values, bins=True):
    """Returns the object that fio prints as "clat_ns" or "lat_ns" for samples
    of these `values`, in ns."""
    n = len(values)
    if not n:
        return {"min": 0, "max": 0, "mean": 0.0, "stddev": 0.0, "N": 0}
    mean = sum(values) / n
    spread = sum((v - mean) ** 2 for v in values)
    out = {"min": min(values), "max": max(values), "mean": float(mean),
           "stddev": float((spread / (n - 1)) ** 0.5 if n > 1 else 0), "N": n}
    ordered = sorted(values)
    out["percentile"] = {f"{p:.6f}": bin_middle(bin_index(ordered[int(p * (n - 1) / 100)]))
                         for p in PERCENTILES}
    if bins:
        counts = {}
        for v in ordered:
            middle = str(bin_middle(bin_index(v)))
            counts[middle] = counts.get(middle, 0) + 1
        out["bins"] = counts
    return out


def side(values, bins=True):
    """Returns the object that fio prints for one direction of a job."""
    n = len(values)
    runtime = sum(values) // 1000000
    rate = 1000 * n / runtime if runtime else 0.0
    out = {"io_bytes": 4096 * n, "io_kbytes": 4 * n, "bw_bytes": int(4096 * rate),
           "bw": int(4 * rate), "iops": rate, "runtime": runtime, "total_ios": n, "short_ios": 0,
           "drop_ios": 0, "slat_ns": latency([]), "clat_ns": latency(values, bins),
           "lat_ns": latency([])}
    for name in ("bw", "iops"):
        out |= {f"{name}_min": 0, f"{name}_max": 0, f"{name}_mean": 0.0,
                f"{name}_{'dev' if name == 'bw' else 'stddev'}": 0.0, f"{name}_samples": 0}
    return out


def entry(job, values, direction="write", host=None, port=8765, bins=True, options=None,
          desc=None):
    """Returns the object that fio prints for a job, a member of "jobs" or
    "client_stats"."""
    out = {"jobname": job, "groupid": 0, "error": 0, "job options": options or {}}
    if desc is not None:
        out["desc"] = desc
    for name in ("read", "write", "trim"):
        out[name] = side(values if name == direction else [], bins)
    out |= {"sync": {"total_ios": 0, "lat_ns": latency([])},
            "job_runtime": sum(values) // 1000000, "usr_cpu": 1.25, "sys_cpu": 4.5, "ctx": 17,
            "majf": 0, "minf": 12,
            "iodepth_level": {k: 0.0 for k in ("1", "2", "4", "8", "16", "32", ">=64")},
            "iodepth_submit": {k: 0.0 for k in ("0", "4", "8", "16", "32", "64", ">=64")},
            "iodepth_complete": {k: 0.0 for k in ("0", "4", "8", "16", "32", "64", ">=64")},
            "latency_ns": {str(k): 0.0 for k in (2, 4, 10, 20, 50, 100, 250, 500, 750, 1000)},
            "latency_us": {str(k): 0.0 for k in (2, 4, 10, 20, 50, 100, 250, 500, 750, 1000)},
            "latency_ms": {k: 0.0 for k in ("2", "4", "10", "20", "50", "100", "250", "500", "750",
                                            "1000", "2000", ">=2000")},
            "latency_depth": 1, "latency_target": 0, "latency_percentile": 100.0,
            "latency_window": 0}
    if host is not None:
        out |= {"hostname": host, "port": port}
    return out


def document(entries, clients=False, options=None):
    """Returns the whole JSON file as text."""
    return _value({"fio version": "fio-3.33", "timestamp": 1700000000,
                   "timestamp_ms": 1700000000123, "time": "Tue Nov 14 22:13:20 2023",
                   "global options": options or {}}, 0)[:-2] + (
        f',\n  "{"client_stats" if clients else "jobs"}" : [\n    '
        + ",\n    ".join(_value(e, 2) for e in entries) + "\n  ]\n}\n")


def indented(entry_):
    """Returns an entry as text that can stand in document()."""
    return _value(entry_, 2)
