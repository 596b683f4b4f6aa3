/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fio's JSON beside its logs: which entry tells of which logs, and whether the
 * two agree.
 *
 * Logs belong to the entries of their host that name them in write_lat_log.
 * Of a client's run fio does not say that option for each section: there, and
 * where it has no value, logs are taken to be named like the job. Where an
 * entry has a log of its own, the two are compared; where fio pooled the
 * threads (group_reporting) or the logs (per_job_logs=0), their sums are.
 */
#ifndef SMALLFIO_FIO_RESULTS_H
#define SMALLFIO_FIO_RESULTS_H

#include "input/inputs.h"
#include "run/stat_source.h"
#include "util/notes.h"
#include "stats/percentiles.h"

/* The entries of a host that write logs of one name, and those logs. */
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

/* Zeroed by its owner; freed with fio_results_free(). */
struct fio_results {
	struct fio_result *result; /* of each file */
	size_t count;
	struct stat_sources_json how;
	struct tie *tie; /* by host and prefix */
	size_t ties;
	const struct fio_entry **entry; /* memory behind tie->entry */
	size_t untied;                  /* series that no entry tells of */
	const char *untied_path;        /* of the first of them */
	int ret;                        /* of fio_results_name_series() */
};

/*
 * Reads inputs->json. progress(context, done, total), in bytes, is called as
 * it goes if it is not NULL. What was a pipe is closed. 0 or -errno with
 * *error filled in.
 */
int fio_results_read(struct fio_results *results, struct inputs *inputs,
		     void (*progress)(void *context, uint64_t done,
				      uint64_t total),
		     void *context, struct input_error *error);

/*
 * Makes one result of what hosts kept of a run, in the order of hosts and their
 * jobs. Does nothing where none of the files is such a one. Some of both are an
 * error, as are two of one job. 0 or -errno with *error filled in.
 */
int fio_results_join_spool(struct fio_results *results,
			   const struct inputs *inputs,
			   struct input_error *error);

/*
 * The latency to take: `kind` if it is not LOG_KINDS, else the first of clat,
 * lat, slat with a histogram, else the first with samples.
 */
enum log_kind fio_results_choose(const struct fio_results *results,
				 enum log_kind kind);

/* Makes the ties. results->how is set by the caller. 0 or -ENOMEM. */
int fio_results_tie(struct fio_results *results, const struct inputs *inputs);

/*
 * The tie of the logs whose name says this host (its suffix not yet cut off)
 * and operation, or NULL.
 */
struct tie *fio_results_find_tie(const struct fio_results *results,
				 const char *host, const char *operation);

/*
 * Sets the proof of each log that a tie tells of (struct log_proof), before
 * logs are read. 0 or -ENOMEM.
 */
int fio_results_prove_logs(const struct fio_results *results,
			   struct inputs *inputs);

/*
 * Fits struct load_options.name: the series of a log gets the operation, or
 * job, of the entry that tells of it. Errors are kept in results->ret.
 */
void fio_results_name_series(void *context, struct series *series);

/* Leaves of the entries that no log was read for. 0 or -ENOMEM. */
int fio_results_add_stat_sources(const struct fio_results *results,
				 struct stat_sources *leaves,
				 struct notes *notes);

/*
 * Compares logs and entries: counts, extremes, and each percentile of the
 * samples with the bounds that the histogram gives. A difference becomes a
 * line of *differences; what could not be compared becomes a note. 0 or
 * -ENOMEM.
 */
int fio_results_check(const struct fio_results *results,
		      const struct percentiles *percentiles,
		      struct notes *differences, struct notes *notes);

void fio_results_free(struct fio_results *results);

#endif
