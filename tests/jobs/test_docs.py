# SPDX-License-Identifier: GPL-2.0-only
"""What the documents say about options and operations is what the engine has:
each is there, with the engine's own default; none is there that it has not."""
import re
import subprocess

import fio
import jobfile
import tap

MAN = jobfile.SOURCE / "man" / "fio-smallfile.7"
OPTIONS = jobfile.SOURCE / "docs" / "options.md"
SEMANTICS = jobfile.SOURCE / "docs" / "semantics.md"


def enghelp(option=""):
    return subprocess.run([fio.FIO, f"--enghelp={fio.ENGINE}{option}"],
                          check=True, capture_output=True, text=True).stdout


def options():
    """{name: its help}"""
    return dict(re.findall(r"^(\w+) *: (.*)", enghelp(), re.M))


def default(option):
    found = re.search(r"^ *default: (?!no default)(\S+)", enghelp("," + option),
                      re.M)
    return found[1] if found else None


def values(option):
    """The words an option takes."""
    text = enghelp("," + option)
    if "valid values: " not in text:
        return []
    text = text[text.index("valid values: ") + len("valid values"):]
    return re.findall(r"^ *: (\S+)", text, re.M)


def table(text):
    """Rows of Markdown tables whose first cell is `name=`."""
    return {m[1]: [cell.strip() for cell in m[2].split("|")]
            for m in re.finditer(r"^\| `([\w-]+)=?` \|(.*)\|$", text, re.M)}


def man_tags(text):
    """The words that a .TP of the man page is about."""
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
    done = subprocess.run(["man", "--warnings", "-l", "-Tutf8", MAN],
                          capture_output=True, text=True,
                          env={"MANWIDTH": "80", "LC_ALL": "C.UTF-8",
                               "PATH": "/usr/bin:/bin"}) \
        if have_man() else None
    if done:
        t.equal((done.returncode, done.stderr), (0, ""),
                "the man page has no warnings")


def have_man():
    try:
        return not subprocess.run(["man", "--version"],
                                  capture_output=True).returncode
    except OSError:
        return False


def semantics(t):
    rows = table(SEMANTICS.read_text())
    t.same_set(rows.keys() & {*fio.OPERATIONS}, fio.OPERATIONS,
               "docs/semantics.md has each operation")
    for name, row in fio.OPERATIONS.items():
        if name in rows:
            wanted = "`read`" if row["reads"] else "`write`"
            t.equal(rows[name][0], wanted,
                    f"docs/semantics.md: {name} has its rw=")


def links(t):
    """Relative links of every page lead to a file."""
    broken = []
    for page in [*jobfile.SOURCE.glob("*.md"),
                 *jobfile.SOURCE.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)",
                                 page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    t.equal(broken, [], "no link leads nowhere")


tap.main(options_md, man_page, semantics, links)
