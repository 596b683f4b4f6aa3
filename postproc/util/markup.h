/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALLFIO_MARKUP_H
#define SMALLFIO_MARKUP_H

#include <stdio.h>

/*
 * Text, or the value of an attribute in double quotes, as HTML and XML 1.0 hold
 * it: what would be read as markup is escaped, and what is no character there
 * (most control characters, bytes that are no UTF-8) is a question mark each.
 */
void markup_put(FILE *out, const char *text);

#endif
