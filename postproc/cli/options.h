/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options of a subcommand as a table. The table is what getopt_long() parses,
 * what --help prints, and what the man page is checked against.
 */
#ifndef SMALLFIO_OPTIONS_H
#define SMALLFIO_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How the value is stored in the member of the context at `offset`. */
enum option_type {
	OPTION_SET,     /* whatever `set` makes of it */
	OPTION_FLAG,    /* bool: true */
	OPTION_TEXT,    /* const char *: the value, which is not empty */
	OPTION_WHOLE,   /* uint64_t: least to most */
	OPTION_PERCENT, /* double: least to most; a % behind it is allowed */
	OPTION_SECONDS, /* uint64_t: ns, least or more */
	OPTION_CHOICE,  /* const void *: the row of `choice` with that name */
	OPTION_YES_NO,  /* bool: Y, yes, true, 1, or N, no, false, 0 */
	OPTION_KIB,     /* uint64_t: bytes, most or less; a number without
			   k, m or g is KiB */
};

struct option_row {
	const char *name; /* long, without "--"; NULL: only a letter */
	char letter;      /* 0: none */
	/*
	 * The argument as help shows it. NULL: the option takes none. "NAME..."
	 * takes all arguments up to the next option, and stores each of them.
	 */
	const char *argument;
	const char *help; /* lines after the first are indented */
	enum option_type type;
	size_t offset;
	uint64_t least, most;
	/*
	 * Rows of `choice_bytes` each, which begin with a name. The last row
	 * has no name.
	 */
	const void *choice;
	size_t choice_bytes;
	/*
	 * Stores the value (NULL without argument). Returns 0, or -EINVAL with
	 * what is wrong in `error` (OPTIONS_ERROR_MAX bytes).
	 */
	int (*set)(void *context, const char *value, char *error);
};

/* The end of a row, which says how the value is stored. */
#define OPTION_SET(function) .type = OPTION_SET, .set = (function)
#define OPTION_OF(kind, context, member)                                       \
	.type = OPTION_##kind, .offset = offsetof(context, member)
#define OPTION_FLAG(context, member) OPTION_OF(FLAG, context, member)
#define OPTION_TEXT(context, member) OPTION_OF(TEXT, context, member)
#define OPTION_WHOLE(context, member, from, to)                                \
	OPTION_OF(WHOLE, context, member), .least = (from), .most = (to)
#define OPTION_PERCENT(context, member, from, to)                              \
	OPTION_OF(PERCENT, context, member), .least = (from), .most = (to)
#define OPTION_SECONDS(context, member, from_ns)                               \
	OPTION_OF(SECONDS, context, member), .least = (from_ns)
#define OPTION_YES_NO(context, member) OPTION_OF(YES_NO, context, member)
#define OPTION_KIB(context, member, to_bytes)                                  \
	OPTION_OF(KIB, context, member), .most = (to_bytes)
#define OPTION_CHOICE(context, member, table)                                  \
	OPTION_OF(CHOICE, context, member), .choice = (table),                 \
					    .choice_bytes = sizeof((table)[0])

#define OPTIONS_ERROR_MAX 256
/* What options_parse() returns for -h or --help, which every table has. */
#define OPTIONS_HELP 0

/*
 * Parses argv[1...] by the rows (the last one zero). "--" ends the options. A
 * long name may be shortened as far as only one row begins with it. Arguments
 * that are no options move to the front, to argv[1...], with NULL behind them.
 * Returns the new argc, OPTIONS_HELP, or -EINVAL with a sentence in `error`.
 */
int options_parse(const struct option_row *rows, void *context, int argc,
		  char **argv, char *error);

/*
 * Stores the value of the option with this name, as if it stood on the command
 * line: for files that hold options. Returns 0, or -EINVAL with a sentence in
 * `error`, which does not say "--".
 */
int options_set(const struct option_row *rows, void *context, const char *name,
		const char *value, char *error);

/*
 * Parses a time in UTC, such as "2026-01-31", also with " 23:59" or " 23:59:59"
 * behind it, into ms since 1970. Returns 0, or -EINVAL with a sentence.
 */
int options_parse_time(const char *value, int64_t *ms, char *error);

/* Sets --color, whatever the context is: see terminal_set_color(). */
int options_set_color(void *context, const char *value, char *error);

/* The row of --color, for subcommands that print a verdict. */
#define OPTION_COLOR_ROW                                                       \
	{                                                                      \
		"color", 0, "WHEN",                                            \
			"verdicts in colour: auto, always or never (auto)",    \
			OPTION_SET(options_set_color)                          \
	}

/*
 * Returns the name that a mistyped word is closest to, or NULL: `name` returns
 * the i-th name, and NULL behind the last one.
 */
const char *options_closest(const char *word,
			    const char *(*name)(const void *names, size_t i),
			    const void *names);

void options_help(FILE *out, const struct option_row *rows);

#endif
