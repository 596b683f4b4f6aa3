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
    """Runs fio-headers where there is no fio, and none of apt's commands and no compiler
    but these."""
    path = tempfile.mkdtemp(dir=scratch)
    for command in (*os.scandir("/usr/bin"), *os.scandir("/bin")):
        link = os.path.join(path, command.name)
        if command.name not in ("fio", "dpkg-query", "apt-get", "apt-cache", "apt-config",
                                "dpkg-source", "gcc") and not os.path.islink(link):
            os.symlink(command.path, link)
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


# Stands for apt, whose mirror has lost the distribution's part of a package, or all.
APT_GET = """case "$*" in
*--tar-only*)
	mkdir fio-9.9
	echo 'echo >config-host.h' >fio-9.9/configure
	echo 'echo FIO_VERSION = fio-9.9 >FIO-VERSION-FILE' >fio-9.9/FIO-VERSION-GEN
	chmod 755 fio-9.9/configure
	tar -czf fio_9.9.orig.tar.gz fio-9.9 ;;
*source*) echo >fio_9.9-1.dsc; exit 1 ;;
esac"""


def upstream(t):
    """The source without the distribution's changes is not given out as that of the
    package, nor one that is configured for another machine."""
    for machine, name in (("x86_64", "fio-9.9-1-upstream"),
                          ("aarch64", "fio-9.9-1-aarch64-upstream")):
        upstream_for(t, machine, name)


def upstream_for(t, machine, name):
    with tempfile.TemporaryDirectory() as scratch:
        with open(f"{scratch}/list", "w", encoding="utf-8") as f:
            f.write(f"deb {URI} here main\n")
        commands = {
            "apt-get": APT_GET, "apt-cache": "echo Version: 9.9-1", "dpkg-source": "exit 1",
            "apt-config": f"echo list={scratch}/list parts={scratch}/parts",
            "gcc": f"echo {machine}-linux-gnu"}
        done = run(scratch, "--version", "9.9-1", commands=commands)
        t.equal(done.stdout, f"{scratch}/cache/{name}\n",
                f"upstream's source alone, {machine}: its name says so", done)
        t.equal(os.listdir(f"{scratch}/cache"), [name],
                f"upstream's source alone, {machine}: the package's name is free")
        commands["apt-get"] = "exit 1"
        done = run(scratch, "--version", "9.9-1", commands=commands)
        t.equal(done.stdout, f"{scratch}/cache/{name}\n",
                f"upstream's source alone, {machine}: is found in the cache", done)
        commands.update({"fio": "echo fio-9.9",
                         "dpkg-query": 'case "$1" in -S) echo fio: ;; *) echo 9.9-1 ;; esac'})
        done = run(scratch, commands=commands)
        t.equal((done.returncode, done.stdout), (1, ""),
                f"upstream's source alone, {machine}: not for the installed fio", done)
        t.contains(done.stderr, ["downloading the source of fio 9.9-1 failed"],
                   f"upstream's source alone, {machine}: its source is asked for")


tap.main(sources, bare, upstream)
