/* SPDX-License-Identifier: GPL-2.0-only */
/* What a job was asked to do, from the options that fio repeats in its JSON. */
#ifndef SMALLFIO_JOB_OPTIONS_H
#define SMALLFIO_JOB_OPTIONS_H

#include "fio/fio_json.h"

#define JOB_OPTIONS_UNKNOWN UINT64_MAX

/* What fio's total_ios counts. */
enum job_unit {
	JOB_UNIT_FILES,
	JOB_UNIT_DIRECTORIES, /* readdir, ls-l */
	JOB_UNIT_IOS,         /* another engine than ours */
};

struct job_options {
	enum job_unit unit;
	uint64_t units;   /* of one thread; JOB_OPTIONS_UNKNOWN: not told */
	uint64_t threads; /* numjobs */
	bool grouped;     /* group_reporting: one entry for all threads */
	bool moves_data;  /* bytes are bytes, not one an operation */
	uint64_t unit_records;  /* records of one unit; JOB_OPTIONS_UNKNOWN:
				   differ */
	bool logs;              /* each operation is logged: write_lat_log */
	const char *log_prefix; /* borrowed from the result; NULL: no logs */
	bool log_guessed; /* a client's: the name of the section, as in our jobs
			   */
	/* The engine's note says so for certain: it beats fio's echo. */
	bool noted;
	bool time_based;
	bool early;          /* other options may end the job earlier */
	uint64_t runtime_ms; /* 0: none; JOB_OPTIONS_UNKNOWN */
	uint64_t ramp_ms;
	uint64_t hosts; /* that meet at the gate; 0: not told */
};

/*
 * Defaults are those of fio-smallfile.so. The units of a time_based job are
 * unknown, and so is what is written in a way not understood here (fio has
 * many).
 */
void job_options_read(struct job_options *asked,
		      const struct fio_result *result,
		      const struct fio_entry *entry);

/*
 * The entry is a group of threads: by group_reporting, or as it stands alone
 * where numjobs= asked for several (fio leaves options without a value, as
 * group_reporting mostly is, out of its JSON).
 */
bool job_options_is_group(const struct fio_result *result,
			  const struct fio_entry *entry);

/* The section is called like another operation than the one of operation=. */
bool job_options_names_another(const struct fio_result *result,
			       const struct fio_entry *entry);

/* iodepth=, or 1. */
uint64_t job_options_depth(const struct fio_result *result,
			   const struct fio_entry *entry);

/*
 * fio's sizes and counts with its default kb_base: digits and one of k, m, g,
 * t, p in either case, powers of 1024. 0 or -EINVAL, *value untouched.
 */
int job_options_size(const char *text, uint64_t *value);

/* "file", "directory", "operation"; with `many`: "files", ... */
const char *job_unit_name(enum job_unit unit, bool many);

#endif
