/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figures with labels, as programs take them that keep figures over time. A
 * point is what is known of one operation on one host in one thread, or of all
 * of them. Each figure is a row in points.c.
 *
 * Latencies are in ns, rates in 1/s or MiB/s, as in our own formats. The
 * formats convert them to the units that their readers expect.
 */
#ifndef SMALLFIO_POINTS_H
#define SMALLFIO_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum figure {
	FIGURE_FILES_PER_S,
	FIGURE_RECORDS_PER_S,
	FIGURE_MIB_PER_S,
	FIGURE_FILES,
	FIGURE_ERRORS,
	FIGURE_DONE_PERCENT,
	FIGURE_ELAPSED,
	FIGURE_SAMPLES,
	FIGURE_MIN,
	FIGURE_MEAN,
	FIGURE_STDDEV,
	FIGURE_PERCENTILE,
	FIGURE_MAX,
	FIGURE_FAIRNESS,
	FIGURE_VALID,
	FIGURE_CHANGE,
	FIGURE_CHANGE_LOW,
	FIGURE_CHANGE_HIGH,
	FIGURES,
};

struct figure_row {
	const char *name;   /* as smallfio gate calls it: "files/s" */
	const char *field;  /* as in our JSON: "files_per_s" */
	const char *family; /* for OpenMetrics: "files_per_second" */
	const char *help;
	double scale;  /* from our unit to that of the family */
	int better;    /* 1: more, -1: less, 0: neither */
	bool is_count; /* a whole number of ns or of things */
};

extern const struct figure_row figure_rows[FIGURES];

struct point_value {
	enum figure figure;
	const char *percentile; /* "99.9"; NULL for other figures. Borrowed */
	double value;           /* finite */
	double spread; /* how far off, as a share of the value; NAN: unknown */
};

#define POINT_ALL (-1) /* a thread: all of them */

/* Texts are borrowed. NULL: the point has no such label. */
struct point {
	const char *operation;
	const char *host;    /* "all": all hosts */
	long thread;         /* POINT_ALL, or from 0; only with a host */
	const char *latency; /* which one the statistics are of: "clat" */
	const char *side;    /* of what is compared */
	const char *metric;  /* that a change is of */
	bool whole;          /* nothing but the operation's parts is left out */
	int64_t time_ns;     /* since 1970; 0: unknown */
	uint64_t count;      /* operations that it is of; 0: unknown */
	struct point_value *value;
	size_t values;
};

/* The owner zeroes it first, sets `source`, and frees it with points_free(). */
struct points {
	const char *source; /* the subcommand: "result", "stats", "compare" */
	struct point *point;
	size_t count;
	bool no_memory; /* some are missing */
};

/*
 * Adds a point. The result is valid until the next one is added. Without memory
 * it is a point that counts for nothing.
 */
struct point *points_add(struct points *points, const char *operation);

/* Adds a value to the point that was added last, unless it is not finite. */
void points_put(struct points *points, enum figure figure, double value);

/* The same for a percentile, and with a spread. */
void points_put_percentile(struct points *points, const char *percentile,
			   double ns);
void points_put_spread(struct points *points, enum figure figure,
		       const char *percentile, double value, double spread);

/*
 * The labels of a point by number, from 0. *name is the label's name; the
 * result is its value, or NULL if the point has no such label. `number` has
 * POINT_NUMBER_MAX bytes, for a thread's number.
 */
#define POINT_LABELS     6
#define POINT_NUMBER_MAX 24
const char *point_label(const struct point *point, size_t i, const char **name,
			char *number);

/*
 * Writes the name of a value with a prefix and an ending: "p99_ns" for a
 * percentile, else `name`. Returns `out`, which has POINT_NAME_MAX bytes.
 */
#define POINT_NAME_MAX 64
const char *point_value_name(char *out, const struct point_value *value,
			     const char *name, const char *ending);

void points_free(struct points *points);

#endif
