/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells what a job was asked to do, from the engine's note about the section,
 * or else from the options that fio repeats in its JSON.
 */
#ifndef SMALLFIO_JOB_OPTIONS_H
#define SMALLFIO_JOB_OPTIONS_H

#include "fio/fio_json.h"

#define JOB_OPTIONS_UNKNOWN UINT64_MAX

/* What fio's total_ios counts: units of this kind. */
enum job_unit {
	JOB_UNIT_FILES,
	JOB_UNIT_DIRECTORIES, /* readdir, ls-l */
	JOB_UNIT_IOS,         /* another engine than ours */
};

struct job_options {
	enum job_unit unit;
	uint64_t units;   /* units of a thread, or JOB_OPTIONS_UNKNOWN */
	uint64_t threads; /* numjobs= */
	bool grouped;     /* group_reporting: one entry for all threads */
	/* fio's bytes are really bytes. False: fio counts 1 an operation. */
	bool moves_data;
	/* Records of a unit. JOB_OPTIONS_UNKNOWN: units differ, or unknown. */
	uint64_t unit_records;
	bool logs;              /* each operation is logged: write_lat_log= */
	const char *log_prefix; /* borrowed from the result; NULL: no logs */
	/* log_prefix is only the section's name, as in our job files. */
	bool log_guessed;
	/* All this is from the engine's note, which is certain. */
	bool noted;
	bool time_based;
	bool early;          /* other options may end the job earlier */
	uint64_t runtime_ms; /* 0: none; or JOB_OPTIONS_UNKNOWN */
	uint64_t ramp_ms;    /* 0: none; or JOB_OPTIONS_UNKNOWN */
	uint64_t hosts;      /* hosts of the start barrier; 0: unknown */
	uint64_t rate;       /* units a second of a thread; 0: none, unknown */
	bool scheduled;      /* latency_from=schedule */
	bool turns;          /* of smallfio ab; latencies end with these */
};

/*
 * Fills *asked for an entry. Options that are not given have the defaults of
 * fio-smallfile.so. The units of a time_based job are unknown. A number is
 * unknown, too, if it is written in one of fio's ways that are not read here.
 */
void job_options_read(struct job_options *asked,
		      const struct fio_result *result,
		      const struct fio_entry *entry);

/*
 * Whether the entry is a group of threads: group_reporting is given, or the
 * entry stands alone although numjobs= asks for several threads. The second
 * test is needed because fio leaves options without a value out of its JSON,
 * and group_reporting mostly has none.
 */
bool job_options_is_group(const struct fio_result *result,
			  const struct fio_entry *entry);

/* Whether the section has the name of another operation than operation=. */
bool job_options_names_another(const struct fio_result *result,
			       const struct fio_entry *entry);

/*
 * Whether fio may count that many operations and that many latencies of them.
 * They differ by those in flight: with ramp_time= these are in the latencies
 * alone, if in flight at its end. With latency_target= they are in the count
 * alone, if in flight when fio found the target met or missed. So are those
 * that a job in turns did after the last turn.
 */
bool job_options_may_differ(const struct fio_result *result,
			    const struct fio_entry *entry, uint64_t units,
			    uint64_t samples);

/* The value of iodepth=, or 1 where it is not given. */
uint64_t job_options_depth(const struct fio_result *result,
			   const struct fio_entry *entry);

/* "file", "directory" or "operation"; with `many` the plural. */
const char *job_unit_name(enum job_unit unit, bool many);

/* What one operation of this name works on. */
enum job_unit job_unit_of(const char *operation);

#endif
