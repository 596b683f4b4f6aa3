/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OPTION_ROWS_H
#define OPTION_ROWS_H

#include "optgroup.h"

/*
 * Rows of an engine's table of options, by the kind of the value. `member` is
 * the option's name and a member of OPTIONS, the engine's struct, which the
 * file defines before its table. `preset` is the default as a text, or NULL.
 *
 * There is no .maxval: fio would drop a negative value with a message, and go
 * on with the default. The engines refuse what is too large themselves.
 */
#define OPTION_ROW(member, kind, preset, text)                                 \
	.name = #member, .lname = #member, .type = kind,                       \
	.off1 = offsetof(struct OPTIONS, member), .help = text, .def = preset, \
	.category = FIO_OPT_C_ENGINE, .group = FIO_OPT_G_INVALID

#define OPTION_TEXT(member, text)                                              \
	{                                                                      \
		OPTION_ROW(member, FIO_OPT_STR_STORE, NULL, text)              \
	}
#define OPTION_FLAG(member, preset, text)                                      \
	{                                                                      \
		OPTION_ROW(member, FIO_OPT_BOOL, preset, text)                 \
	}
#define OPTION_NUMBER(member, least, preset, text)                             \
	{                                                                      \
		OPTION_ROW(member, FIO_OPT_STR_VAL, preset, text),             \
			.minval = least                                        \
	}

/* One of some words. The values are OPTION_VALUE()s, in braces. */
#define OPTION_CHOICE(member, preset, check, text, ...)                        \
	{                                                                      \
		OPTION_ROW(member, FIO_OPT_STR, preset, text),                 \
			.cb = check, .posval = __VA_ARGS__                     \
	}
#define OPTION_VALUE(word, value, text)                                        \
	{                                                                      \
		.ival = word, .oval = value, .help = text                      \
	}

#endif
