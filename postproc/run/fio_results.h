/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads fio's JSON beside its logs, finds which entry belongs to which logs,
 * and checks whether the two agree.
 *
 * Logs belong to the entries of their host that name them in write_lat_log=. In
 * a client's run fio does not repeat that option for each section, but a note
 * of our engines does. Without either, and where the option has no value, logs
 * are expected to have the name of the job.
 * Where each entry has a log of its own, entry and log are compared. Where fio
 * pooled the threads (group_reporting) or the logs (per_job_logs=0), their sums
 * are compared.
 */
#ifndef SMALLFIO_FIO_RESULTS_H
#define SMALLFIO_FIO_RESULTS_H

#include "input/inputs.h"
#include "fio/fio_json.h"
#include "util/notes.h"
#include "stats/percentiles.h"
#include "stats/series.h"

/* How series are made from JSON. */
struct series_of_json {
	enum log_kind kind;
	bool by_job;             /* named by job, not by operation */
	const char *host_suffix; /* cut off the end of hosts; NULL: nothing */
};

/* A tie: the entries of a host that write logs of one name, and these logs. */
struct tie {
	char host[NAME_MAX + 1];
	char prefix[NAME_MAX + 1]; /* as in log_name.h: "create" */
	const struct fio_result *result;
	const char *path;
	const struct fio_entry **entry; /* in the order of the file */
	size_t entries;
	const struct series **series; /* in the order of their jobs */
	size_t count;
};

/* The owner zeroes it first, and frees it with fio_results_free(). */
struct fio_results {
	struct fio_result *result; /* one for each file */
	size_t count;
	struct series_of_json how;
	struct tie *tie; /* ordered by host and prefix */
	size_t ties;
	const struct fio_entry **entry; /* memory that tie->entry points to */
	size_t untied;                  /* series that belong to no entry */
	const char *untied_path;        /* path of the first of these */
	int ret;                        /* of fio_results_name_series() */
};

/*
 * Reads inputs->json, and closes pipes among them. Meanwhile calls
 * progress(context, done, total) with bytes, unless it is NULL. Returns 0, or
 * -errno with *error filled in.
 */
int fio_results_read(struct fio_results *results, struct inputs *inputs,
		     void (*progress)(void *context, uint64_t done,
				      uint64_t total),
		     void *context, struct input_error *error);

/*
 * Joins the files of hosts' spools into one result, in the order of hosts and
 * their jobs. Does nothing if no file is from a spool. Files from a spool
 * beside others are an error, and so are two files of one job. Returns 0, or
 * -errno with *error filled in.
 */
int fio_results_join_spool(struct fio_results *results,
			   const struct inputs *inputs,
			   struct input_error *error);

/*
 * Chooses the kind of latency: `kind` if it is not LOG_KINDS. Otherwise the
 * first of clat, lat and slat with a histogram, or else the first with samples.
 */
enum log_kind fio_results_choose(const struct fio_results *results,
				 enum log_kind kind);

/*
 * Makes the ties. The caller sets results->how before. Returns 0 or -ENOMEM.
 */
int fio_results_tie(struct fio_results *results, const struct inputs *inputs);

/*
 * Finds the tie of the logs whose names have this host, with its suffix, and
 * this operation. NULL: there is none.
 */
struct tie *fio_results_find_tie(const struct fio_results *results,
				 const char *host, const char *operation);

/* Whether any host has logs with this prefix. */
bool fio_results_has_logs(const struct fio_results *results,
			  const char *prefix);

/*
 * Sets the proof (struct log_proof) of each log that belongs to a tie. Must be
 * called before logs are read. Returns 0 or -ENOMEM.
 */
int fio_results_prove_logs(const struct fio_results *results,
			   struct inputs *inputs);

/*
 * Gives the series of a log the operation, or job, of the entry that the log
 * belongs to. For load_options.name, with a struct fio_results as context. An
 * error is kept in results->ret.
 */
void fio_results_name_series(void *context, struct series *series);

/*
 * Adds a series for each direction in which an entry of a tie has latencies.
 * Returns 0 or -ENOMEM.
 */
int fio_results_add_entry(const struct fio_results *results,
			  const struct tie *tie, const struct fio_entry *entry,
			  struct series_list *list);

/*
 * Adds a series for each direction of the entries for which no log was read.
 * Returns 0 or -ENOMEM.
 */
int fio_results_add_series(const struct fio_results *results,
			   struct series_list *list, struct notes *notes);

/*
 * Compares logs and entries: counts, extremes, and each percentile of the
 * samples with the bounds that the histogram gives. A difference becomes a line
 * of *differences. A log or entry that cannot be compared becomes a note.
 * Returns 0 or -ENOMEM.
 */
int fio_results_check(const struct fio_results *results,
		      const struct percentiles *percentiles,
		      struct notes *differences, struct notes *notes);

void fio_results_free(struct fio_results *results);

#endif
