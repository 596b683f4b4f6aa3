#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes golden/layouts anew: for each release of fio a directory with what it writes.

    make_layouts.py FIO...

A directory has the logs of a job for each set of log options that the release knows, and the
JSON+ of the same run. check_layouts.py reads them.
"""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ALWAYS = ["--ioengine=null", "--size=1m", "--bs=4k", "--number_ios=5", "--disable_slat=1",
          "--disable_lat=1", "--output-format=json+", "--thread", "--rw=randrw", "--randseed=1"]
JOBS = {
    "plain": [],
    "offset": ["--log_offset=1"],
    "epoch": ["--log_unix_epoch=1"],
    "priority": ["--log_prio=1"],
    "offset-priority": ["--log_offset=1", "--log_prio=1"],
    "issue-time": ["--log_issue_time=1", "--log_offset=1"],
    "averaged": ["--log_avg_msec=1", "--number_ios=200", "--rate_iops=10000"],
    "maximum": ["--log_avg_msec=1", "--log_window_value=both", "--number_ios=200",
                "--rate_iops=10000"],
    "maximum-3.41": ["--log_avg_msec=1", "--log_max_value=2", "--number_ios=200",
                     "--rate_iops=10000"],
}


def run(fio, top, job, options):
    directory = os.path.join(top, job)
    os.makedirs(directory)
    done = subprocess.run([fio, f"--name={job}", *ALWAYS, *options, f"--write_lat_log={job}",
                           "--output=out.json"], cwd=directory, capture_output=True, text=True)
    for name in os.listdir(directory):
        if not (name == "out.json" or "_clat." in name):
            os.unlink(os.path.join(directory, name))
    if done.returncode or len(os.listdir(directory)) < 2:
        shutil.rmtree(directory)  # an option that this release does not know


def main():
    for fio in sys.argv[1:]:
        version = subprocess.run([fio, "--version"], capture_output=True, text=True).stdout.strip()
        top = os.path.join(HERE, "golden", "layouts", version)
        shutil.rmtree(top, ignore_errors=True)
        for job, options in JOBS.items():
            run(fio, top, job, options)
        print(version, *sorted(os.listdir(top)))


if __name__ == "__main__":
    main()
