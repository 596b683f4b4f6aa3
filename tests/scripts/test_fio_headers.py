# SPDX-License-Identifier: GPL-2.0-only
"""Tests that fio-headers reads package sources in both formats of apt, and
leaves out those of third parties."""
import os
import shutil
import subprocess
import tempfile

import tap

SCRIPT = os.path.join(os.environ["SMALLFIO_SOURCE"], "scripts", "fio-headers")
URI = "http://example.org/x"
STANZA = [f"uris: {URI}", "suites: here", "components: main"]


def distribution():
    with open("/etc/os-release", encoding="utf-8") as f:
        return next(line[3:].strip().strip('"') for line in f
                    if line.startswith("ID="))


def printed(name, text):
    """Returns the lines that are printed with only this package source."""
    with tempfile.TemporaryDirectory() as tmp:
        os.mkdir(f"{tmp}/parts")
        for path, content in (
                (name, text), ("apt.conf", f'Dir::Etc::SourceParts "{tmp}/parts";'
                               f'Dir::Etc::SourceList "{tmp}/list";')):
            with open(f"{tmp}/{path}", "w", encoding="utf-8") as f:
                f.write(content)
        return subprocess.run(
            [SCRIPT, "--print-sources"], capture_output=True, text=True,
            env={**os.environ, "APT_CONFIG": f"{tmp}/apt.conf"}, check=True,
            timeout=60).stdout.splitlines()


def sources(t):
    if not shutil.which("apt-config"):
        raise tap.Unavailable("no apt")
    key = f"/usr/share/keyrings/{distribution()}-archive-keyring.gpg"
    line = f"{URI} here main contrib"
    stanza = f"Types: deb\nURIs: {URI}\nSuites: here\nComponents: main contrib\n"
    for label, name, text, signed in (
            ("a line", "list", f"deb {line}", None),
            ("a key", "list", f"deb [signed-by={key}] {line}", key),
            ("a quoted key", "parts/a.list",
             f'deb [ arch=amd64 signed-by="{key}" ] {line}', key),
            ("a stanza", "parts/a.sources", f"{stanza}Signed-By: {key}", key)):
        found = printed(name, text)
        wanted = STANZA + ([f"signed-by: {signed}"] if signed else [])
        t.ok(set(wanted) <= set(found), f"{label}: is read", *found)
    for label, text in (("a comment", f"# deb {line}"),
                        ("another's key", f"deb [signed-by=/a/b.gpg] {line}"),
                        ("another component", f"deb {URI} here contrib")):
        t.equal(printed("list", text), [], f"{label}: is left out")


def run(scratch, *arguments, commands):
    """Runs fio-headers with these commands alone, and those of coreutils and sed."""
    names = ("bash", "sed", "mkdir", "realpath", "mktemp", "chmod", "rm", "mv", "cat", "id",
             "awk", "sort", "xargs", "tail", "head", "grep", "chown", "env", "sh", "tar", "gzip")
    path = os.path.join(scratch, "bin")
    os.mkdir(path)
    for name in names:
        os.symlink(shutil.which(name), os.path.join(path, name))
    for name, text in commands.items():
        with open(os.path.join(path, name), "w", encoding="utf-8") as f:
            f.write(f"#!/bin/sh\n{text}\n")
        os.chmod(os.path.join(path, name), 0o755)
    return subprocess.run(["bash", SCRIPT, "--cache", f"{scratch}/cache", *arguments],
                          capture_output=True, text=True, check=False, timeout=60,
                          env={"PATH": path, "HOME": scratch, "TMPDIR": scratch})


def bare(t):
    with tempfile.TemporaryDirectory() as scratch:
        done = run(scratch, commands={})
        t.equal(done.returncode, 1, "neither fio nor apt: fails", done)
        t.contains(done.stderr, ["error: fio is not installed"],
                   "neither fio nor apt: says so")


tap.main(sources, bare)
