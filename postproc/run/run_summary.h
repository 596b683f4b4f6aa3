/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One run, as gate, history and report see it: figures and fingerprint, from
 * fio's JSON or a directory that holds it, alone or with its logs.
 */
#ifndef SMALLFIO_RUN_SUMMARY_H
#define SMALLFIO_RUN_SUMMARY_H

#include "run/operation_figures.h"
#include "run/fingerprint.h"
#include "run/run_files.h"
#include "util/input_error.h"
#include "util/notes.h"

struct run_summary {
	char *path;
	int64_t end_ms; /* since 1970 */
	int64_t id;     /* in a history; 0: not from there */
	char *label;    /* in a history; NULL: none */
	struct operation_figures_list figures;
	char *not_whole; /* why the run did not come to its end; NULL: it did */
	struct fingerprint fingerprint;
	char *error_path; /* that an error points to */
};

/* Zeroed by its owner. */
struct run_summaries {
	struct run_summary *run;
	size_t count;
};

/*
 * Reads the run at `path` and adds it. Histograms are fio's own (JSON+), else
 * they are made of the latency logs beside the JSON. What is not as it might
 * be is a note. 0 or -errno with *error filled in.
 */
int run_summaries_read(struct run_summaries *runs, const char *path,
		       struct notes *notes, struct input_error *error);

/* The same of files that are read already, and stay the caller's. */
int run_summaries_add_files(struct run_summaries *runs, const char *path,
			    struct run_files *files);

/*
 * Whether all came to their end: else their figures are nothing to judge by. 0
 * or -errno with *error filled in.
 */
int run_summaries_check_whole(const struct run_summaries *runs,
			      struct input_error *error);

/*
 * Room for one more, zeroed. Trials move when one is added. NULL: no memory.
 */
struct run_summary *run_summaries_add(struct run_summaries *runs);

/*
 * With end_ms what tells a run from all others, wherever its file is: a hash of
 * fingerprint and figures.
 */
int64_t run_summary_digest(const struct run_summary *run);

/* Forgets all but the last `count`. */
void run_summaries_keep_last(struct run_summaries *runs, size_t count);

void run_summaries_free(struct run_summaries *runs);

#endif
