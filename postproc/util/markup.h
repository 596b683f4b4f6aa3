/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALLFIO_MARKUP_H
#define SMALLFIO_MARKUP_H

#include <stdio.h>

/*
 * Writes a text, or the value of an attribute in double quotes, for HTML or XML
 * 1.0. Characters that would be read as markup are escaped. Each character that
 * is not allowed there becomes a question mark: most control characters, and
 * bytes that are not UTF-8.
 */
void markup_put(FILE *out, const char *text);

/*
 * Writes a text for Markdown, also for a cell of a table. What would be markup
 * or the end of a cell is escaped, and so is what shown() escapes.
 */
void markup_put_markdown(FILE *out, const char *text);

#endif
