/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALLFIO_SHELL_WORD_H
#define SMALLFIO_SHELL_WORD_H

#include <stdio.h>

/* Writes a word in single quotes, for a shell. */
void shell_word_put(FILE *out, const char *word);

#endif
