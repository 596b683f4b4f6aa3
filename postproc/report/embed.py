#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes a C file with the style sheets of a picture and of the report, with
the report's script, and with the hash of the script, by which the page allows
this script and no other.

    embed.py OUT.c PLOT-STYLE STYLE... -- SCRIPT...

Files are put one behind the other. Without a script the hash is empty.
"""
import base64
import hashlib
import pathlib
import re
import sys


def whole(paths):
    """Returns the files as one text. A source map's address is left out,
    because a browser's tools would ask the network for it."""
    texts = [re.sub(r"\n?(//|/\*)# sourceMappingURL=\S+( \*/)?\n?", "\n",
                    pathlib.Path(p).read_text(encoding="utf-8"))
             for p in paths]
    text = "\n".join(texts)
    if re.search("</?(script|style)|<!--", text, re.I):
        sys.exit(f"{paths}: expected no HTML tag, found one")
    return text.encode()


def array(name, data):
    """Returns C that defines an array of bytes and its size."""
    body = ",".join(str(b - 256 * (b > 127)) for b in data) or "0"
    return (f"const char {name}[] = {{{body}}};\n"
            f"const size_t {name}_size = {len(data)};\n")


def main():
    cut = sys.argv.index("--")
    plot, style, script = map(whole, (
        sys.argv[2:3], sys.argv[3:cut], sys.argv[cut + 1:]))
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    pathlib.Path(sys.argv[1]).write_text(
        '#include "report/page_parts.h"\n'
        + array("plot_style", plot) + array("page_style", style)
        + array("page_script", script)
        + 'const char page_script_hash[] = "'
        + (f"sha256-{digest}" if script else "") + '";\n', encoding="ascii")


main()
