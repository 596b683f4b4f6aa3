/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of the gate, each a limit:
 *
 *   [OPERATION[@HOST]] METRIC COMPARISON VALUE[UNIT]
 *
 * as in "create p99 < 2ms", "files/s >= 20000", "read@n1 errors = 0". Without
 * OPERATION a rule is for each operation of the run. A file of rules has one
 * rule on each line; '#' begins a comment.
 */
#ifndef SMALLFIO_LIMIT_H
#define SMALLFIO_LIMIT_H

#include "util/input_error.h"
#include "run/metrics.h"

#define LIMIT_TEXT_MAX  256
#define LIMIT_ERROR_MAX 256
#define LIMITS_MAX      1000

enum limit_comparison {
	LIMIT_LESS,
	LIMIT_LESS_OR_EQUAL,
	LIMIT_GREATER,
	LIMIT_GREATER_OR_EQUAL,
	LIMIT_EQUAL,
};

struct limit {
	char text[LIMIT_TEXT_MAX];      /* the rule as given, trimmed */
	char operation[LIMIT_TEXT_MAX]; /* "": each operation */
	char host[LIMIT_TEXT_MAX];      /* "": all hosts together */
	struct metric metric;
	enum limit_comparison comparison;
	double value; /* in the unit of the metric */
};

/* The owner zeroes it first, and frees it with limits_free(). */
struct limits {
	struct limit *limit;
	size_t count;
};

/*
 * Parses one rule. Returns 0, or -EINVAL with a sentence in `error`
 * (LIMIT_ERROR_MAX bytes) and the column, from 1, in *column.
 */
int limit_parse(struct limit *limit, const char *text, unsigned int *column,
		char *error);

/* Whether the value keeps the limit. */
bool limit_holds(const struct limit *limit, double value);

/*
 * Adds a copy of a limit, unless the same rule is there already. Returns 0,
 * -ENOMEM, or -E2BIG above LIMITS_MAX.
 */
int limits_add(struct limits *limits, const struct limit *limit);

/*
 * Adds all rules of a file. A file without rules is an error. Returns 0, or
 * -errno with *error filled in.
 */
int limits_read(struct limits *limits, const char *path,
		struct input_error *error);

void limits_free(struct limits *limits);

#endif
