/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The summary of a run for gate, history and report: figures and fingerprint.
 * It is made from fio's JSON or from a directory with fio's JSON, with or
 * without its logs.
 */
#ifndef SMALLFIO_RUN_SUMMARY_H
#define SMALLFIO_RUN_SUMMARY_H

#include "run/operation_figures.h"
#include "run/fingerprint.h"
#include "run/result.h"
#include "run/run_files.h"
#include "stats/time_series.h"
#include "util/input_error.h"
#include "util/notes.h"

struct run_summary {
	char *path;
	int64_t end_ms; /* since 1970 */
	int64_t id;     /* number in a history; 0: not from a history */
	char *label;    /* label in a history; NULL: none */
	struct operation_figures_list figures;
	char *not_whole; /* why the run did not come to its end, or NULL */
	char *pauses;    /* in which no operation ended, or NULL (pause.h) */
	/*
	 * Of a run in a history: why the level that begins with it is wanted
	 * (NULL: nobody said so), until when (INT64_MAX: for ever), and whether
	 * that time has not come yet.
	 */
	char *accepted;
	int64_t accepted_until_ms;
	bool is_accepted;
	struct fingerprint fingerprint;
	struct time_series_list over_time; /* empty, unless somebody read it */
	char *error_path;                  /* an error's path points to it */
};

/* The owner zeroes it first, and frees it with run_summaries_free(). */
struct run_summaries {
	struct run_summary *run;
	size_t count;
	/* If not NULL, called now and then while a run is read, in bytes. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *progress_context;
};

/*
 * Reads the run at `path` and adds it. Histograms are fio's own (JSON+), or
 * else are made from the latency logs beside the JSON. What a user should know
 * becomes a note. Returns 0, or -errno with *error filled in.
 */
int run_summaries_read(struct run_summaries *runs, const char *path,
		       struct notes *notes, struct input_error *error);

/*
 * The same of a directory of several runs: of each of fio's JSON files in it,
 * or else of each directory in it that has such a file, in the order of their
 * names, where 2 comes before 10. A path that is one run is read as that run.
 */
int run_summaries_read_samples(struct run_summaries *runs, const char *path,
			       struct notes *notes, struct input_error *error);

/*
 * The same of files that are read already, and of the result that was made of
 * them. Both stay the caller's.
 */
int run_summaries_add_files(struct run_summaries *runs, const char *path,
			    struct run_files *files,
			    const struct result *result);

/*
 * Checks that all runs came to their end, because the figures of other runs
 * must not be judged. Returns 0, or -errno with *error filled in.
 */
int run_summaries_check_whole(const struct run_summaries *runs,
			      struct input_error *error);

/*
 * Adds a zeroed summary. Pointers to the others are no longer valid. NULL: no
 * memory.
 */
struct run_summary *run_summaries_add(struct run_summaries *runs);

/*
 * A hash of fingerprint and figures. Together with end_ms it identifies a run,
 * wherever its file is.
 */
int64_t run_summary_digest(const struct run_summary *run);

/* Frees all runs but the last `count`. */
void run_summaries_keep_last(struct run_summaries *runs, size_t count);

void run_summaries_free(struct run_summaries *runs);

#endif
