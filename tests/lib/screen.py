# SPDX-License-Identifier: GPL-2.0-only
"""What a terminal shows after it was written to."""
import re


def lines(out):
    """Returns the lines of a terminal after this output. It has any number of
    lines, and none is so long that it goes on in the next one."""
    rows, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[\d*[A-Z]|\r|\n|[^\r\n\x1b]+", out):
        if part.endswith("A") and part.startswith("\x1b"):
            row -= int(part[2:-1])
        elif part == "\x1b[J":
            rows[row:] = [rows[row][:column]]
        elif part == "\x1b[K":
            rows[row] = rows[row][:column]
        elif part == "\n":
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif part == "\r":
            column = 0
        else:
            rows[row] = (rows[row][:column].ljust(column) + part
                         + rows[row][column + len(part):])
            column += len(part)
    return rows
