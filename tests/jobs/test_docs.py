# SPDX-License-Identifier: GPL-2.0-only
"""Tests that the documents have every option and operation of the engines,
with the engine's own default, and no other."""
import re
import shutil
import subprocess

import fio
import jobfile
import tap

MAN = jobfile.SOURCE / "man" / "fio-smallfile.7"
DISKWRITE = "fio-diskwrite.so"
DISKWRITE_MAN = jobfile.SOURCE / "man" / "fio-diskwrite.7"
OPTIONS = jobfile.SOURCE / "docs" / "options.md"
DEPTH = jobfile.SOURCE / "docs" / "queue-depth.md"
SEMANTICS = jobfile.SOURCE / "docs" / "semantics.md"


def enghelp(option="", engine=fio.ENGINE):
    return subprocess.run([fio.FIO, f"--enghelp={engine}{option}"],
                          check=True, capture_output=True, text=True).stdout


def options(engine=fio.ENGINE):
    """Returns {option: its help} of an engine."""
    return dict(re.findall(r"^(\w+) *: (.*)", enghelp("", engine), re.M))


def default(option, engine=fio.ENGINE):
    found = re.search(r"^ *default: (?!no default)(\S+)",
                      enghelp("," + option, engine), re.M)
    return found[1] if found else None


def values(option, engine=fio.ENGINE):
    """Returns the words that an option takes."""
    text = enghelp("," + option, engine)
    if "valid values: " not in text:
        return []
    text = text[text.index("valid values: ") + len("valid values"):]
    return re.findall(r"^ *: (\S+)", text, re.M)


def table(text):
    """Returns the rows of Markdown tables whose first field is `name=`."""
    return {m[1]: [cell.strip() for cell in m[2].split("|")]
            for m in re.finditer(r"^\| `([\w-]+)=?` \|(.*)\|$", text, re.M)}


def man_tags(text):
    """Returns the words that the man page explains, each after a .TP."""
    tags = re.findall(r"^\.TP\n\.B[RI]? (.*)", text, re.M)
    return {re.split(r"[ =]", tag)[0].replace("\\", "").strip('"')
            for tag in tags}


def options_md(t):
    rows, every = table(OPTIONS.read_text()), options()
    own = {name: cells for name, cells in rows.items() if name in every}
    t.same_set(own, every, "docs/options.md has each option of the engine")
    for name, cells in own.items():
        if default(name):
            t.equal(cells[0].strip("`"), default(name),
                    f"docs/options.md: {name} has the engine's default")
    for name in every:
        for value in values(name):
            t.ok(f"`{value}`" in OPTIONS.read_text(),
                 f"docs/options.md: {name}={value} is there")


def man_page(t):
    tags = man_tags(MAN.read_text())
    expected = {*options(), *fio.OPERATIONS}
    t.same_set(tags & {*expected, *values("operation")},
               expected, "the man page has each option and operation")
    for name in options():
        for value in values(name):
            t.ok(value in MAN.read_text().replace("\\-", "-"),
                 f"the man page: {name}={value} is there")
    no_warnings(t, MAN)


def own_options(text):
    """Returns {option: its paragraph} of the section about the engine's own
    options."""
    section = text.split(".SH OPTIONS OF THE ENGINE\n")[1].split("\n.SH ")[0]
    found = {}
    for paragraph in section.split(".TP\n")[1:]:
        tag, _, rest = paragraph.partition("\n")
        found[re.match(r"\.B[RI]* (\w+)=", tag)[1]] = rest.replace("\\", "")
    return found


def default_of(text):
    """Returns the default that a paragraph of the page gives, as "Default: X."
    or "X (default)"."""
    found = (re.search(r"^Default: (\w+)", text, re.M)
             or re.search(r"^\.BR? (\w+)\n\(default\)", text, re.M))
    return found[1] if found else None


def diskwrite_man_page(t):
    paragraphs, every = own_options(DISKWRITE_MAN.read_text()), options(DISKWRITE)
    t.same_set(paragraphs, every, "fio-diskwrite(7) has the engine's options, "
               "and no other")
    for name in paragraphs.keys() & every.keys():
        text = paragraphs[name]
        words = re.findall(r"\w+", text)
        lacking = [v for v in values(name, DISKWRITE) if v not in words]
        t.equal(lacking, [], f"fio-diskwrite(7): {name}= has its values")
        if default(name, DISKWRITE):
            t.equal(default_of(text), default(name, DISKWRITE),
                    f"fio-diskwrite(7): {name}= has its default")
    no_warnings(t, DISKWRITE_MAN)


def no_warnings(t, page):
    name = f"{page.name}: no warnings"
    if not shutil.which("man"):
        t.skip(name, "man is not installed")
        return
    done = subprocess.run(["man", "--warnings", "-l", "-Tutf8", page],
                          capture_output=True, text=True,
                          env={"MANWIDTH": "80", "LC_ALL": "C.UTF-8",
                               "PATH": "/usr/bin:/bin"})
    t.equal((done.returncode, done.stderr), (0, ""), name)


def semantics(t):
    rows = table(SEMANTICS.read_text())
    t.same_set(rows.keys() & {*fio.OPERATIONS}, fio.OPERATIONS,
               "docs/semantics.md has each operation")
    for name, row in fio.OPERATIONS.items():
        if name in rows:
            wanted = "`read`" if row["reads"] else "`write`"
            t.equal(rows[name][0], wanted,
                    f"docs/semantics.md: {name} has its rw=")


def depth(t):
    """The documents say which operations run at a depth and which do not."""
    row = re.search(r"^\| (create, .*) \| (.*): io_uring has no requests",
                    DEPTH.read_text(), re.M)
    for have, cell in ((True, row[1]), (False, row[2])):
        t.same_set(cell.split(", "),
                   [name for name, row in fio.OPERATIONS.items()
                    if row["async"] == have],
                   f"docs/queue-depth.md: in flight together: {have}")


def links(t):
    """Every relative link of a document leads to a file."""
    broken = []
    for page in [*jobfile.SOURCE.glob("*.md"),
                 *jobfile.SOURCE.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)",
                                 page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    t.equal(broken, [], "every link leads to a file")


tap.main(options_md, man_page, diskwrite_man_page, semantics, depth, links)
