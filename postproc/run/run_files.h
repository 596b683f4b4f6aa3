/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the files of a run by their content, and reads them. All commands that
 * take a run use these functions, so that all of them see the same run in a
 * directory.
 */
#ifndef SMALLFIO_RUN_FILES_H
#define SMALLFIO_RUN_FILES_H

#include "input/host_list.h"
#include "input/load.h"
#include "input/log_times.h"
#include "run/fio_results.h"

/* In a run's directory: the list of hosts that fio --client was given. */
#define RUN_FILES_HOSTS "hosts.list"

/* What the files are read for. */
enum run_files_use {
	/*
	 * Statistics of latencies. Logs alone are enough, also histogram logs.
	 * There may be several results, if no operation of a host is in two of
	 * them. A file that does not belong to a run gets a note.
	 */
	RUN_STATISTICS,
	/* Rates. Needs one result of fio, and takes times from logs. */
	RUN_RATES,
	/*
	 * Figures to compare. Needs the same as RUN_RATES. No note tells which
	 * logs are taken, because logs are read only where the result has no
	 * histograms.
	 */
	RUN_FIGURES,
};

struct run_files_options {
	enum run_files_use use;
	enum log_kind kind; /* of the logs; LOG_KINDS: see inputs_choose() */
	bool by_job;        /* rows are of jobs, not of operations */
	const char *host_suffix; /* cut off the end of hosts; NULL: nothing */
	/* If not NULL, called now and then. Both numbers are bytes. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *progress_context;
};

/*
 * The owner sets `notes` and `error`, zeroes the rest, and frees it with
 * run_files_free().
 */
struct run_files {
	struct notes *notes;       /* what the user should know */
	struct input_error *error; /* its path may belong to `inputs` */
	struct inputs inputs;
	struct fio_results results; /* only RUN_STATISTICS allows several */
};

/*
 * Finds the files at the paths. Returns 0, or -errno with *error filled in, as
 * all functions here.
 */
int run_files_find(struct run_files *files, const char *const *path, size_t n,
		   const struct run_files_options *options);

/*
 * Reads fio's JSON, and finds what it tells of the logs. The files of hosts'
 * spools become one result.
 */
int run_files_read(struct run_files *files,
		   const struct run_files_options *options);

/*
 * Does both for the one run at `path`, for RUN_FIGURES. `progress` may be NULL;
 * see run_files_options.
 */
int run_files_read_run(struct run_files *files, const char *path,
		       void (*progress)(void *context, uint64_t done,
					uint64_t total),
		       void *progress_context);

/*
 * Must be called after run_files_read(). They read the logs with load() or
 * log_times_read(). If fio's JSON is there and a log is of no use (averages,
 * damaged, cut off), the logs of its operation are left out with a note: see
 * inputs_drop_useless().
 */
int run_files_load(struct run_files *files, const struct load_options *options,
		   struct series_list *list);
int run_files_times(struct run_files *files, const struct load_options *options,
		    struct log_times_list *times);

/*
 * Reads the list of hosts in a run's directory, RUN_FILES_HOSTS. Where there is
 * none, or `path` is no directory, *hosts stays empty. Returns 0 or -errno with
 * *error filled in.
 */
int run_files_hosts(struct host_list *hosts, const char *path,
		    struct input_error *error);

void run_files_free(struct run_files *files);

#endif
