# SPDX-License-Identifier: GPL-2.0-only
"""Reads a job file of jobs/: its opening comment and its sections."""
import configparser
import os
import re
from pathlib import Path

SOURCE = Path(os.environ["SMALLFIO_SOURCE"])
JOBS = SOURCE / "jobs"
# Job files that run more than one operation.
SEVERAL = {"cycle", "mixed", "uring-data", "uring-metadata"}
HEADINGS = ["Measures", "Does not measure", "Leaves", "Log", "Place and size"]


class JobFile:
    def __init__(self, path):
        self.path = path
        self.subject = path.stem.removeprefix("smallfile-")
        self.text = path.read_text()
        self.comment = self._comment()
        parser = configparser.ConfigParser(
            allow_no_value=True, delimiters="=", comment_prefixes="#;",
            interpolation=None, default_section="no such section")
        parser.optionxform = str
        parser.read_string(self.text)
        self.sections = {name: dict(parser[name])
                         for name in parser.sections()}
        self.options = self.sections.pop("global", {})

    def _comment(self):
        """Returns the lines of the opening comment, without their '#'."""
        lines = self.text.splitlines()
        n = next(i for i, line in enumerate(lines + [""])
                 if not line.startswith("#"))
        return [line[1:].strip() for line in lines[:n]]

    def heading(self, name):
        """Returns the text after 'Name: ' in the comment, up to the next
        heading or empty line."""
        start = next((i for i, line in enumerate(self.comment)
                      if line.startswith(name + ": ")), None)
        if start is None:
            return ""
        text = [self.comment[start][len(name) + 2:]]
        for line in self.comment[start + 1:]:
            if not line or re.match(r"[A-Z][a-z ]+: ", line):
                break
            text.append(line)
        return " ".join(text)

    def measured(self):
        return {name: options for name, options in self.sections.items()
                if options.get("stats") != "0"}

    def unmeasured(self):
        return {name: options for name, options in self.sections.items()
                if options.get("stats") == "0"}

    def measured_apart(self):
        """Returns whether the comment shows how to prepare and measure in two
        runs."""
        return any(line.startswith("Cold cache: ") for line in self.comment)


def diskwrite():
    """Returns the job files of fio-diskwrite.so."""
    return [JobFile(path) for path in sorted(JOBS.glob("diskwrite*.fio"))]


def mixes():
    """Returns the job files of mixes."""
    return [JobFile(path) for path in sorted(JOBS.glob("mix-*.fio"))]


def every():
    return [JobFile(path) for path in sorted(JOBS.glob("smallfile-*.fio"))]
