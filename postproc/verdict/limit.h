/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of the gate:
 *
 *   [OPERATION[@HOST]] METRIC COMPARISON VALUE[UNIT]
 *
 * as in "create p99 < 2ms", "files/s >= 20000", "read@n1 errors = 0". Without
 * OPERATION the rule is for each operation of the run. A file of rules has one
 * a line; '#' begins a comment.
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
	char text[LIMIT_TEXT_MAX];      /* as it was given, trimmed */
	char operation[LIMIT_TEXT_MAX]; /* "": each */
	char host[LIMIT_TEXT_MAX];      /* "": all together */
	struct metric metric;
	enum limit_comparison comparison;
	double value; /* in the unit of the metric */
};

/* Zeroed by its owner. */
struct limits {
	struct limit *limit;
	size_t count;
};

/*
 * Parses one rule. 0, or -EINVAL with a sentence in `error` (LIMIT_ERROR_MAX
 * bytes) and the column, from 1, in *column.
 */
int limit_parse(struct limit *limit, const char *text, unsigned int *column,
		char *error);

/* Does the value keep within the limit? */
bool limit_holds(const struct limit *limit, double value);

/* Adds a copy, unless the same rule is there already. 0, -ENOMEM, or -E2BIG
 * above LIMITS_MAX. */
int limits_add(struct limits *limits, const struct limit *limit);

/* Adds all rules of a file; one without rules is an error. */
int limits_read(struct limits *limits, const char *path,
		struct input_error *error);

void limits_free(struct limits *limits);

#endif
