#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The version is in meson.build. Whatever repeats it must agree."""
import os
import re

import tap

SOURCE = os.environ["SMALLFIO_SOURCE"]


def read(name):
    with open(os.path.join(SOURCE, name), encoding="utf-8") as f:
        return f.read()


def found(pattern, name):
    match = re.search(pattern, read(name), re.M)
    return match[1] if match else None


def version(t):
    want = found(r"^  version: '([0-9.]+)',", "meson.build")
    t.ok(want, "meson.build has a version")
    t.equal(found(r"\Asmallfio \(([^)]+)\)", "debian/changelog"), want,
            "debian/changelog has it")
    t.equal(found(r"^Version: *(\S+)", "dist/smallfio.spec"), want,
            "the spec has it")
    t.equal(found(r"^\* .* - ([0-9.]+)-1$", "dist/smallfio.spec"), want,
            "the spec's changelog has it")
    t.equal(set(re.findall(r"smallfio-([0-9.]+)-x86_64", read("docs/packages.md"))), {want},
            "the commands of docs/packages.md have it")
    heads = re.findall(r"^## (\S+)", read("CHANGELOG.md"), re.M)
    t.ok(heads[0] == want or heads[0] == "Unreleased" and want not in heads,
         "CHANGELOG.md begins with it, or with what is unreleased before it", heads)
    t.equal(len(heads), len(set(heads)), "CHANGELOG.md has each release once")


tap.main(version)
