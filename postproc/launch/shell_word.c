// SPDX-License-Identifier: GPL-2.0-only
#include "launch/shell_word.h"

void shell_word_put(FILE *out, const char *word)
{
	fputc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
}
