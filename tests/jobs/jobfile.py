# SPDX-License-Identifier: GPL-2.0-only
"""A job file of jobs/, read as text: its comment and its sections."""
import configparser
import os
import re
from pathlib import Path

SOURCE = Path(os.environ["SMALLFIO_SOURCE"])
JOBS = SOURCE / "jobs"
# Those that are not about one operation.
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
        """The lines it opens with, without their '#'."""
        lines = self.text.splitlines()
        n = next(i for i, line in enumerate(lines + [""])
                 if not line.startswith("#"))
        return [line[1:].strip() for line in lines[:n]]

    def heading(self, name):
        """The text after 'Name: ', up to the next heading or empty line."""
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
        """Whether the comment shows how to run it in two parts."""
        return any(line.startswith("Cold cache: ") for line in self.comment)


def diskwrite():
    """Those of the other engine."""
    return [JobFile(path) for path in sorted(JOBS.glob("diskwrite*.fio"))]


def every():
    return [JobFile(path) for path in sorted(JOBS.glob("smallfile-*.fio"))]
