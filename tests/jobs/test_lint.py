# SPDX-License-Identifier: GPL-2.0-only
"""Tests that each operation has a job file, and that each job file keeps rules
that users rely on. Its opening comment says what it measures. Directory and
sizes can be set on the command line. Each measured operation has one log."""
import os
import re
import subprocess
import tempfile

import fio
import jobfile
import tap

# Options that a job file must not have, because they would win over the
# command line.
LEFT_TO_THE_USER = {"directory", "files", "filesize", "numjobs", "bs",
                    "fsync_on_close", "direct", "thread"}
GLOBAL = {"ioengine": fio.ENGINE, "disable_slat": "1", "disable_lat": "1",
          "log_unix_epoch": "1"}
# Options that lose samples when fio's client fetches the logs.
LOSES_SAMPLES = {"log_offset", "log_issue_time", "log_compression"}
UNMEASURED = {"stats": "0", "disable_clat": "1", "group_reporting": "1",
              "time_based": "0", "runtime": "0"}


def each_operation_has_one(t):
    t.same_set({job.subject for job in jobfile.every()},
               {*fio.OPERATIONS, *jobfile.SEVERAL},
               "there is a job file for each operation, and no other")


def all_are_installed(t):
    listed = (jobfile.JOBS / "meson.build").read_text()
    missing = [job.path.name for job in [*jobfile.every(),
                                         *jobfile.mixes(),
                                         *jobfile.diskwrite()]
               if f"'{job.path.name}'" not in listed]
    t.equal(missing, [], "jobs/meson.build lists all job files")


def check_comment(t, job):
    t.ok(job.comment[0].startswith("SPDX-License-Identifier: "),
         f"{job.path.name}: begins with its licence")
    lacking = [h for h in jobfile.HEADINGS if not job.heading(h)]
    t.equal(lacking, [], f"{job.path.name}: the comment has all headings")
    t.ok(any(job.path.name in line and line.startswith(("fio ", "--"))
             for line in job.comment),
         f"{job.path.name}: the comment shows how to run it")


def has(options, wanted):
    return {k: options.get(k) for k in wanted} == wanted


def check_sections(t, job):
    wrong = [f"[global] {k}" for k in GLOBAL
             if job.options.get(k) != GLOBAL[k]]
    for name, options in [("global", job.options), *job.sections.items()]:
        wrong += [f"[{name}] sets {k}" for k in LEFT_TO_THE_USER & {*options}]
    wrong += [f"[{name}] is not quite unmeasured"
              for name, options in job.unmeasured().items()
              if not has({**job.options, **options}, UNMEASURED)]
    wrong += [f"[{name}]: name, operation and log differ"
              for name, options in job.measured().items()
              if not has(options, {"operation": name, "write_lat_log": name})]
    t.equal(wrong, [], f"{job.path.name}: its sections keep the rules")


def check_subject(t, job):
    measured = [*job.measured()]
    if job.subject not in jobfile.SEVERAL:
        t.equal(measured, [job.subject],
                f"{job.path.name}: measures that operation alone")
    else:
        t.ok(len(measured) > 1, f"{job.path.name}: measures several")


def check_parses(t, job, directory):
    done = subprocess.run([fio.FIO, f"--directory={directory}",
                           "--parse-only", job.path],
                          capture_output=True, text=True, cwd=directory)
    said = done.stdout + done.stderr
    t.ok(done.returncode == 0 and not said.strip(),
         f"{job.path.name}: fio parses it", said)
    t.equal(os.listdir(directory), [],
            f"{job.path.name}: parsing it makes nothing")


def files_keep_the_rules(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-lint-") as directory:
        for job in jobfile.every():
            check_comment(t, job)
            check_sections(t, job)
            check_subject(t, job)
            check_parses(t, job, directory)


def check_diskwrite_sections(t, job):
    """A job file of fio-diskwrite.so has one section, and its logs have names
    that other files of the disk do not have."""
    name = job.path.stem.removeprefix("diskwrite-")
    t.equal([*job.sections], [name], f"{job.path.name}: one section, its name")
    options = {**job.options, **job.sections.get(name, {})}
    wanted = {k: v for k, v in GLOBAL.items() if k != "log_unix_epoch"}
    wrong = [k for k, v in {**wanted, "ioengine": "fio-diskwrite.so",
                            "rw": "write"}.items() if options.get(k) != v]
    if "write_lat_log" in options:
        wrong += [k for k, v in {"write_lat_log": name,
                                 "log_unix_epoch": "1"}.items()
                  if options.get(k) != v]
    if "/" in options.get("chunk_log", "/"):
        wrong.append("chunk_log")
    # Servers get no options from a command line, so a job file for a cluster
    # has to name a directory.
    allowed = {"directory"} if name == "cluster" else set()
    wrong += [*(LEFT_TO_THE_USER - allowed) & {*options}]
    t.equal(wrong, [], f"{job.path.name}: its section keeps the rules")


def diskwrite_files_keep_the_rules(t):
    t.same_set({job.path.stem for job in jobfile.diskwrite()},
               {"diskwrite", "diskwrite-soak", "diskwrite-cluster"},
               "there is a short job, a soak and one for hosts")
    with tempfile.TemporaryDirectory(prefix="smallfio-lint-") as directory:
        for job in jobfile.diskwrite():
            check_comment(t, job)
            check_diskwrite_sections(t, job)
            check_parses(t, job, directory)


def mixes_keep_the_rules(t):
    """A job file of a mix says where its weights are from, and has one measured
    section, between two that clean up."""
    with tempfile.TemporaryDirectory(prefix="smallfio-lint-") as directory:
        for job in jobfile.mixes():
            check_comment(t, job)
            name = job.path.stem.removeprefix("mix-")
            t.ok(job.heading("Source"), f"{job.path.name}: says its source")
            wrong = [f"[global] {k}" for k in GLOBAL
                     if job.options.get(k) != GLOBAL[k]]
            wrong += [f"[{part}]" for part in ("clean", "remove")
                      if not has({**job.options, **job.sections.get(part, {})},
                                 {**UNMEASURED, "operation": "cleanup"})]
            t.equal(wrong, [], f"{job.path.name}: its sections keep the rules")
            t.ok(has(job.sections.get(name, {}),
                     {"operation": "mix", "write_lat_log": name}),
                 f"{job.path.name}: measures a mix")
            check_parses(t, job, directory)


def of_many_hosts(t):
    """Job files for many hosts. A run ends although a host falls silent, no
    server is open to everybody, and no option loses samples."""
    jobs = [job for job in map(jobfile.JobFile,
                               sorted(jobfile.JOBS.glob("*.fio")))
            if "--client=" in job.text]
    t.ok(len(jobs) > 1, "there are job files for many hosts")
    for job in jobs:
        comment = " ".join(job.comment)
        t.ok("--eta=always" in comment and "--eta=never" not in comment,
             f"{job.path.name}: its client notices a silent host", comment)
        t.ok(not re.search("--server(?!=ip:127)", comment),
             f"{job.path.name}: asks for no server that all can reach",
             comment)
        options = {name for section in (job.options, *job.sections.values())
                   for name in section}
        t.ok("log_unix_epoch" in options and not options & LOSES_SAMPLES,
             f"{job.path.name}: logs that can be compared, and come back",
             options)


tap.main(each_operation_has_one, all_are_installed, files_keep_the_rules,
         diskwrite_files_keep_the_rules, mixes_keep_the_rules, of_many_hosts)
