/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The figures of each operation of a run, for all hosts together and for each
 * host. They hold everything that metrics are computed from, and nothing else.
 * The history keeps the same figures of a run.
 */
#ifndef SMALLFIO_OPERATION_FIGURES_H
#define SMALLFIO_OPERATION_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fio/fio_histogram.h"
#include "fio/fio_json.h"
#include "stats/series.h"

struct operation_figures {
	char *operation;
	char *host;       /* NULL: all hosts together */
	uint64_t threads; /* entries of fio's JSON: jobs, or groups of jobs */
	uint64_t ios;     /* operations that succeeded */
	uint64_t bytes;   /* bytes that these operations moved */
	uint64_t runtime_ms; /* of the slowest thread, as fio rounds it */
	uint64_t errors;     /* operations that failed */
	bool of_mix;         /* one of those of a mix, which has its own row */
	/* The rest is of the completion latency, or else of the total one. */
	uint64_t samples;
	uint64_t min_ns, max_ns;
	double mean_ns, stddev_ns; /* sample standard deviation: n - 1 */
	bool has_bins; /* false: only fio's own percentiles are known */
	struct fio_histogram bins;
	struct fio_percentiles printed; /* fio's own, if there is one entry */
};

/*
 * The owner zeroes it first. Ordered by operation, and then all hosts together
 * before each host.
 */
struct operation_figures_list {
	struct operation_figures *figures;
	size_t count;
};

/*
 * Adds the figures of all operations in fio's result. A job that worked in more
 * than one direction has the operations NAME:read, NAME:write, NAME:trim.
 * Returns 0, -ENOMEM, or -EOVERFLOW for counts above 2^63. The caller calls
 * operation_figures_free() in any case.
 */
int operation_figures_build(struct operation_figures_list *list,
			    const struct fio_result *result);

/*
 * Makes histograms from the samples of logs, for operations whose result has
 * none. An operation whose samples are not as many as fio counted gets no
 * histogram, because a log is not whole. Returns how many such operations there
 * are, or -ENOMEM.
 */
int operation_figures_add_samples(struct operation_figures_list *list,
				  const struct series_list *samples);

/*
 * Returns the row for this operation and host. Adds a zeroed row if there is
 * none; then pointers to other rows are no longer valid. NULL: no memory.
 */
struct operation_figures *
operation_figures_row(struct operation_figures_list *list,
		      const char *operation, const char *host);

/* Finds a row. `host` NULL: all hosts. Returns NULL if there is no such row. */
const struct operation_figures *
operation_figures_find(const struct operation_figures_list *list,
		       const char *operation, const char *host);

void operation_figures_free(struct operation_figures_list *list);

#endif
