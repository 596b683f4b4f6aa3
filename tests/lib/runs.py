# SPDX-License-Identifier: GPL-2.0-only
"""Makes up runs of fio: JSON+ files with any latency and any rate."""
import json
import random
import zlib


LAST_BIN = 17112760320


def bin_middle(ns):
    """Returns the value that fio prints for the histogram bin of `ns`."""
    if ns < 128:
        return ns
    shift = ns.bit_length() - 7
    return min((ns >> shift << shift) + (1 << shift >> 1), LAST_BIN)


def latency(values, histogram=True):
    n = len(values)
    mean = sum(values) / n if n else 0.0
    out = {"min": min(values, default=0), "max": max(values, default=0),
           "mean": float(mean), "N": n,
           "stddev": (sum((v - mean) ** 2 for v in values) / n) ** 0.5
           if n else 0.0}
    if histogram:
        bins = {}
        for v in values:
            key = str(bin_middle(v))
            bins[key] = bins.get(key, 0) + 1
        out["bins"] = bins
    return out


def entry(name="create", files=1000, runtime_ms=1000, latency_ns=50000,
          values=None, histogram=True, errors=0, **options):
    if values is None:
        values = [latency_ns + i for i in range(files)]
    side = {"io_bytes": 4096 * files, "total_ios": files,
            "runtime": runtime_ms, "short_ios": 0, "drop_ios": 0,
            "clat_ns": latency(values, histogram)}
    if "ioengine" in options:
        options["files"] = str(files)
    idle = {"io_bytes": 0, "total_ios": 0, "runtime": 0}
    return {"jobname": name, "groupid": 0, "error": 0, "total_err": errors,
            "first_error": 5 if errors else 0,
            "job options": {"name": name, "operation": name, **options},
            "write": side, "read": idle, "trim": idle,
            "job_runtime": runtime_ms, "usr_cpu": 1.0, "sys_cpu": 2.0}


def run(*entries, version="fio-3.33", time_s=1700000000, **global_options):
    return {"fio version": version, "timestamp": time_s,
            "timestamp_ms": time_s * 1000, "time": "",
            "global options": global_options, "jobs": list(entries)}


def write(path, *entries, **options):
    path.write_text(json.dumps(run(*entries, **options), indent=1) + "\n",
                    encoding="utf-8")
    return str(path)


def write_many(where, prefix, runtimes_ms, **options):
    """Writes a run for each runtime. All else is the same in these runs."""
    return [write(where / f"{prefix}{i}.json",
                  entry(runtime_ms=ms, **options), time_s=1700000000 + 1000 * zlib.crc32(prefix.encode())
                  % 100000000 + i)
            for i, ms in enumerate(runtimes_ms)]


OPERATIONS = ("create", "stat", "chmod", "setxattr", "getxattr", "append",
              "read", "readdir", "ls-l", "symlink", "rename",
              "delete-renamed", "mkdir", "rmdir", "swift-put", "swift-get",
              "cleanup")


def write_cluster(where, hosts, threads, files, slow=None, shapes=16,
                  operations=OPERATIONS):
    """Writes a client's run into a directory: JSON+ and a latency log of each
    thread. Each operation takes `files` times some 2 ms, and on the host
    `slow` 1.5 times as long. Threads share `shapes` sets of latencies, because
    to make as many as there are threads takes long and shows nothing more."""
    rng = random.Random(1)
    jobs, log_number = [], 1
    where.mkdir()
    for place, operation in enumerate(operations):
        made = []
        for _ in range(shapes):
            values = [int(1.2e6 * rng.lognormvariate(place % 5 / 9, 0.5))
                      for _ in range(files)]
            made.append((values, [round(1.5 * v) for v in values]))
        texts = [[_log_text(v) for v in pair] for pair in made]
        entries = [[json.dumps({
            **entry(operation, files, max(sum(v) // 1000000, 1), values=v,
                    ioengine="fio-smallfile.so", filesize="4k"),
            "groupid": place, "hostname": "@", "port": 8765}) for v in pair]
            for pair in made]
        for thread in range(threads):
            for host in range(hosts):
                name = f"node{host:02}"
                shape, late = rng.randrange(shapes), host == slow
                (where / f"{operation}_clat.{log_number}.log.{name}"
                 ).write_text(texts[shape][late])
                jobs.append(entries[shape][late].replace('"@"', f'"{name}"'))
            log_number += 1
    head = json.dumps({**run(), "client_stats": []}, indent=1)
    (where / "fio.json").write_text(
        head.replace('"client_stats": []', '"client_stats": [\n'
                     + ",\n".join(jobs) + "]").replace('"jobs": [],', "")
        + "\n", encoding="utf-8")


def _log_text(values):
    """Returns a log of fio's of operations one after the other."""
    lines, at = [], 0
    for value in values:
        at += value
        lines.append(f"{at // 1000000}, {value}, 1, 4096, 0\n")
    return "".join(lines)
