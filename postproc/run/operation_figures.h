/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run did, an operation at a time: over all hosts, and for each host.
 * Everything that a metric is computed from, and nothing else: this is also
 * what the history keeps of a run.
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
	uint64_t threads; /* entries of fio's JSON: jobs, or groups of them */
	uint64_t ios;     /* operations that succeeded */
	uint64_t bytes;   /* moved by them */
	uint64_t runtime_ms; /* of the thread that took longest; fio rounds */
	uint64_t errors;     /* operations that failed */
	/* Of the completion latency, or the total one where there is no other.
	 */
	uint64_t samples;
	uint64_t min_ns, max_ns;
	double mean_ns, stddev_ns; /* of the sample: n - 1 */
	bool has_bins; /* else no percentile can be told but those of fio */
	struct fio_histogram bins;
	struct fio_percentiles printed; /* by fio, of the only entry */
};

/* Zeroed by its owner; by operation, then all hosts before each host. */
struct operation_figures_list {
	struct operation_figures *figures;
	size_t count;
};

/*
 * The figures of all operations in fio's result. A job that worked in more
 * than one direction is the operations NAME:read, NAME:write, NAME:trim. 0,
 * -ENOMEM, or -EOVERFLOW for counts above 2^63; free in any case.
 */
int operation_figures_build(struct operation_figures_list *list,
			    const struct fio_result *result);

/*
 * Puts the samples of logs where the result had no histogram. The samples of
 * an operation must be as many as fio counted, or it stays without (a log that
 * is not whole). Returns how many operations stayed without, or -ENOMEM.
 */
int operation_figures_add_samples(struct operation_figures_list *list,
				  const struct series_list *samples);

/*
 * A row for this operation and host, new and zeroed if there was none. NULL:
 * no memory. Pointers to other rows are no longer valid.
 */
struct operation_figures *
operation_figures_row(struct operation_figures_list *list,
		      const char *operation, const char *host);

/* NULL if there is none. `host` NULL: all hosts. */
const struct operation_figures *
operation_figures_find(const struct operation_figures_list *list,
		       const char *operation, const char *host);

void operation_figures_free(struct operation_figures_list *list);

#endif
