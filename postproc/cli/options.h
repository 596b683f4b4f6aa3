/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options of a subcommand as a table: it is what is parsed, what --help prints
 * and what the man page is checked against.
 */
#ifndef SMALLFIO_OPTIONS_H
#define SMALLFIO_OPTIONS_H

#include <stdio.h>

struct option_row {
	const char *name; /* long, without "--"; NULL: only a letter */
	char letter;      /* 0: none */
	/*
	 * As help shows it; NULL: takes none. "NAME..." takes all arguments
	 * up to the next option, and `set` is called for each.
	 */
	const char *argument;
	const char *help; /* lines after the first are indented */
	/*
	 * Stores the value (NULL without argument). 0, or -EINVAL with what
	 * is wrong in `error` (OPTIONS_ERROR_MAX bytes).
	 */
	int (*set)(void *context, const char *value, char *error);
};

#define OPTIONS_ERROR_MAX 256

/*
 * Parses argv[1...] by the rows (the last one zero). "--" ends the options.
 * Arguments that are no options move to the front, to argv[1...], with NULL
 * behind them. Returns the new argc, or -EINVAL with a sentence in `error`.
 */
int options_parse(const struct option_row *rows, void *context, int argc,
		  char **argv, char *error);

void options_help(FILE *out, const struct option_row *rows);

#endif
