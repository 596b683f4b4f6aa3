# SPDX-License-Identifier: GPL-2.0-only
"""Finds Python modules that the distribution has. The first python3 in PATH
need not be the distribution's."""
import importlib
import subprocess
import sys

import tap

PACKAGES = "/usr/lib/python3/dist-packages"


def module(name, package):
    """Returns a module, which must be plain Python. `package` has it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        sys.path.append(PACKAGES)
    try:
        return importlib.import_module(name)
    except ImportError as e:
        raise tap.Unavailable(f"{e} (Debian: {package})") from e


def python(name, package):
    """Returns a python3 that can import a module."""
    for program in (sys.executable, "/usr/bin/python3"):
        if not subprocess.run([program, "-c", f"import {name}"],
                              capture_output=True).returncode:
            return program
    raise tap.Unavailable(f"no Python with {name} (Debian: {package})")
