# SPDX-License-Identifier: GPL-2.0-only
"""Tests quickstart for a user who cannot become root: what is missing is named with
the one command to ask the administrator for, and what the administrator has installed
stays. The commands in PATH are those of this machine, but for some."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tap

SOURCE = Path(os.environ["SMALLFIO_SOURCE"])
BUILD = Path(os.environ["SMALLFIO_BUILD"])
NOBODY = 65534
ASK = ("Ask the administrator for: apt-get update && apt-get install "
       "--no-install-recommends gcc")
IS_ROOT = os.geteuid() == 0


class User:
    """A clone that belongs to the user, a home, and a PATH."""

    def __init__(self, scratch, without):
        self.clone, self.home = scratch / "clone", scratch / "home"
        self.path = scratch / "bin"
        for directory in (self.clone, self.home, self.path):
            directory.mkdir()
        for name in ("quickstart", "scripts"):
            subprocess.run(["cp", "-r", SOURCE / name, self.clone], check=True)
        for directory in ("/usr/bin", "/bin"):
            for command in os.scandir(directory):
                link = self.path / command.name
                if command.name not in (*without, "sudo") and not link.is_symlink():
                    link.symlink_to(command.path)
        if IS_ROOT:
            subprocess.run(["chown", "-R", str(NOBODY), scratch], check=True)

    def command(self, name, script):
        """Replaces a command."""
        path = self.path / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
        path.chmod(0o755)

    def know_no_package(self):
        """Replaces dpkg-query, so all packages are missing."""
        self.command("dpkg-query", "exit 1")

    def quickstart(self, *arguments, first=()):
        user = ["setpriv", f"--reuid={NOBODY}", "--clear-groups"] if IS_ROOT else []
        return subprocess.run([*first, *user, self.clone / "quickstart", *arguments],
                              env={"PATH": str(self.path), "HOME": str(self.home)},
                              capture_output=True, text=True, timeout=60, check=False)


def missing(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-quickstart-") as scratch:
        os.chmod(scratch, 0o755)
        user = User(Path(scratch), ("dpkg-source", "meson"))
        user.know_no_package()
        for arguments in ((), ("--own-fio",)):
            done = user.quickstart(*arguments)
            t.ok(done.returncode, f"{arguments}: fails", done)
            t.contains(done.stderr, ["these commands are missing: meson dpkg-source\n", ASK],
                       f"{arguments}: says what to ask for")
        done = user.quickstart("--fio-src", "/a/source")
        t.contains(done.stderr, ["these commands are missing: meson\n"],
                   "a source that is there needs no dpkg-source")


def password(t):
    """sudo asks a user without the right to it once, and quickstart goes on without."""
    with tempfile.TemporaryDirectory(prefix="smallfio-quickstart-") as scratch:
        os.chmod(scratch, 0o755)
        user = User(Path(scratch), ("meson",))
        user.know_no_package()
        user.command("sudo", 'echo "$*" >>"$HOME/asked"; exit 1')
        terminal = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])"]
        done = user.quickstart(first=terminal)
        t.equal((user.home / "asked").read_text(encoding="ascii"), "-n true\n-v\n",
                "a terminal: sudo is asked once", done)
        t.contains(done.stdout, ["sudo asks for your password. Without one",
                                 "these commands are missing: meson"],
                   "a terminal: says so, and goes on")
        (user.home / "asked").unlink()
        done = user.quickstart()
        t.equal((user.home / "asked").read_text(encoding="ascii"), "-n true\n",
                "no terminal: no password is asked for", done)


def no_fio(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-quickstart-") as scratch:
        os.chmod(scratch, 0o755)
        user = User(Path(scratch), ("fio",))
        user.know_no_package()
        done = user.quickstart()
        t.contains(done.stderr, [f"./quickstart --own-fio builds one. {ASK}"],
                   "no fio: says what to do")
        done = user.quickstart("--fio-src", "/a/source")
        t.contains(done.stderr, ["there is no fio in PATH", "built from --fio-src into PATH."],
                   "no fio in PATH for --fio-src: says so")


def install(prefix, *directories):
    """Makes what an installation in the prefix would have made."""
    for name in ("bin/smallfio", "share/smallfio/installed"):
        (prefix / name).parent.mkdir(parents=True, exist_ok=True)
        (prefix / name).write_text(
            "".join(f"directory {directory}\n" for directory in directories) +
            f"file {prefix}/bin/smallfio\n", encoding="utf-8")


def usr_local(scratch):
    """Returns a directory of the test and the command by which it stands for
    /usr/local."""
    local = scratch / "local"
    local.mkdir()
    mount = ["unshare", "-m", "sh", "-c", f'mount --bind {local} /usr/local && exec "$@"',
             "sh"]
    if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
        raise tap.Unavailable("nothing can be mounted over /usr/local")
    return local, mount


def uninstall(t):
    with tempfile.TemporaryDirectory(prefix="smallfio-quickstart-") as scratch:
        os.chmod(scratch, 0o755)
        scratch = Path(scratch)
        local, mount = usr_local(scratch)
        install(local)
        user = User(scratch, ())
        done = user.quickstart("uninstall", first=mount)
        t.ok(done.returncode, "only the administrator's: fails", done)
        t.contains(done.stderr, ["Ask the administrator to run this in"],
                   "only the administrator's: says so")
        own = user.home / ".local"
        install(own, own / "bin", own / "share/smallfio")
        subprocess.run(["chown", "-R", str(NOBODY), own], check=True)
        done = user.quickstart("uninstall", first=mount)
        t.equal(done.returncode, 0, "the user's own goes", done)
        t.equal([path for path in own.rglob("*") if path.is_file()], [], "no file is left")
        t.contains(done.stdout, ["what is in /usr/local stays"], "the administrator's stays")
        t.ok((local / "bin/smallfio").exists(), "the administrator's file is there")


def run_parts(clone, script, first=()):
    """Runs a script with the parts of quickstart, and returns what it printed and
    the test cases that it noted."""
    (clone / "build-logs").mkdir(exist_ok=True)
    done = subprocess.run(
        [*first, "bash", "-Eeuc", "root=$1 logs=$1/build-logs mode=test advice= fio_src=$1\n"
         'for part in steps fio install tests; do . "$root/scripts/quickstart/$part.sh"; done\n'
         f': >"$checks"\n{script}', "quickstart", clone],
        capture_output=True, text=True, timeout=60, check=False)
    return done, (clone / "build-logs/checks.tap").read_text(encoding="utf-8")


def whole(t):
    """What an installation of this build puts into /usr/local goes again, all of it."""
    with open(BUILD / "meson-info/intro-buildoptions.json", encoding="utf-8") as f:
        options = {option["name"]: option["value"] for option in json.load(f)}
    if options["prefix"] != "/usr/local":
        raise tap.Unavailable(f"this build is for {options['prefix']}, not /usr/local")
    with tempfile.TemporaryDirectory(prefix="smallfio-quickstart-") as scratch:
        scratch = Path(scratch)
        local, mount = usr_local(scratch)
        subprocess.run(["cp", "-r", SOURCE / "scripts", scratch], check=True)
        (scratch / "build").symlink_to(BUILD)
        done, _ = run_parts(
            scratch, "ldconfig() { :; }\nown_fio= prefix=/usr/local\n"
            "manifest=$prefix/$manifest_name\ninstall_files\n"
            "find $prefix -name smallfio*\nuninstall_files\n", first=mount)
        t.equal(done.returncode, 0, "all of it: installs and uninstalls", done)
        t.contains(done.stdout, ["/usr/local/bin/smallfio\n",
                                 "/usr/local/share/man/man1/smallfio.1\n"],
                   "all of it: was installed")
        t.equal(list(local.iterdir()), [], "all of it: nothing is left")


def other_fio(t):
    """Where no other fio can be had or compiled, a test case is skipped."""
    with tempfile.TemporaryDirectory(prefix="smallfio-quickstart-") as scratch:
        clone = Path(scratch)
        subprocess.run(["cp", "-r", SOURCE / "scripts", clone], check=True)
        headers = clone / "scripts/fio-headers"
        for label, finds, script, why in (
                ("none to be had", "exit 1", "make() { :; }", "no other fio is to be had"),
                ("no make", f"echo {clone}/other", "command() { false; }",
                 "no make to compile it with")):
            headers.write_text(f"#!/bin/sh\n{finds}\n", encoding="ascii")
            done, cases = run_parts(clone, f"{script}; add_other_fio")
            t.equal(done.returncode, 0, f"{label}: goes on", done)
            t.equal(cases, f"ok - engines in another fio # SKIP {why}\n",
                    f"{label}: is a test that was skipped", done)


def no_source(t):
    """Why the source of fio could not be got is above what quickstart says of that."""
    with tempfile.TemporaryDirectory(prefix="smallfio-quickstart-") as scratch:
        clone = Path(scratch)
        subprocess.run(["cp", "-r", SOURCE / "scripts", clone], check=True)
        (clone / "scripts/fio-headers").write_text(
            "#!/bin/sh\necho no space >&2\nexit 1\n", encoding="ascii")
        script = 'step_count=1 fio_src=; fio() { echo fio-9.9; }; step s; get_headers'
        for own, says in (("", "the source of the installed fio-9.9 could not be got"),
                          ("1", "no source of a fio could be got")):
            done, _ = run_parts(clone, f"own_fio={own}; {script}")
            t.equal(done.returncode, 1, f"own_fio={own}: fails", done)
            t.contains(done.stderr, ["| no space\n", f"quickstart: s: {says}"],
                       f"own_fio={own}: says what, and why")


if not shutil.which("apt-get"):
    raise SystemExit("1..0 # SKIP quickstart is for machines with apt-get")
tap.main(missing, password, no_fio, uninstall, whole, other_fio, no_source)
