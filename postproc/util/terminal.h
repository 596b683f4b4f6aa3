/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the output of this process can show: how wide it is, and whether it has
 * colours. Both belong to the process, because it has one output at a time.
 */
#ifndef SMALLFIO_TERMINAL_H
#define SMALLFIO_TERMINAL_H

#include <stdio.h>

#define TERMINAL_WIDTH 100 /* of an output that is no terminal */
#define TERMINAL_LEAST 60

enum terminal_tone {
	TONE_GOOD,
	TONE_BAD,
	TONE_OPEN, /* neither: too little data, inconclusive */
};

/*
 * Sets when colours are used: "auto" (on a terminal, unless NO_COLOR is set and
 * not empty, see https://no-color.org), "always", "never". Returns 0 or
 * -EINVAL.
 */
int terminal_set_color(const char *when);

/* Looks at the output that text goes to from now on. */
void terminal_use(FILE *out);

/* The columns of the output, TERMINAL_LEAST or more. */
int terminal_width(void);

/* Writes a verdict, with a colour if the output has them. */
void terminal_put(FILE *out, enum terminal_tone tone, const char *text);

#endif
