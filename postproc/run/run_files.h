/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of a run: found by their content, and read. All commands that take
 * a run do it by this, so that all of them see the same run in a directory.
 */
#ifndef SMALLFIO_RUN_FILES_H
#define SMALLFIO_RUN_FILES_H

#include "input/load.h"
#include "input/log_times.h"
#include "run/fio_results.h"

/* What the files are read for. */
enum run_files_use {
	/*
	 * Statistics of latencies: logs alone will do, histogram logs too, and
	 * results may be several, if no operation of a host is in two. What is
	 * none of a run's files gets a note.
	 */
	RUN_STATISTICS,
	/* Rates: one result of fio, and times from logs. */
	RUN_RATES,
	/* Figures to compare: as RUN_RATES. Which logs are taken gets no note,
	 * for logs are read only where the result has no histograms. */
	RUN_FIGURES,
};

struct run_files_options {
	enum run_files_use use;
	enum log_kind kind; /* of the logs; LOG_KINDS: see inputs_choose() */
	bool by_job;        /* rows are those of jobs, not of operations */
	const char *host_suffix; /* cut off; NULL: none */
	/* Called now and then with bytes, if it is not NULL. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *progress_context;
};

/* `notes` and `error` set by the owner, the rest zero; then run_files_free().
 */
struct run_files {
	struct notes *notes;       /* what the user should know */
	struct input_error *error; /* its path may be the inputs' */
	struct inputs inputs;
	struct fio_results results; /* one, but for RUN_STATISTICS */
};

/* Finds what is at the paths. 0 or -errno with *error filled in. */
int run_files_find(struct run_files *files, const char *const *path, size_t n,
		   const struct run_files_options *options);

/*
 * Reads fio's JSON, and what it tells of the logs. What hosts kept themselves
 * becomes one result. 0 or -errno with *error filled in.
 */
int run_files_read(struct run_files *files,
		   const struct run_files_options *options);

/*
 * Then, load() and log_times_read() of the logs. Beside fio's JSON logs that
 * are of no use (averages, damaged, cut off) are left out, all of them, with a
 * note: without its percentiles, a run has its rates.
 */
int run_files_load(struct run_files *files, const struct load_options *options,
		   struct series_list *list);
int run_files_times(struct run_files *files, const struct load_options *options,
		    struct log_times_list *times);

void run_files_free(struct run_files *files);

#endif
