/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run did, and whether its figures can be trusted: rates of threads,
 * hosts and the cluster, from fio's JSON; from the times in the logs, how far
 * apart the threads started and ended, and the rates while all of them worked.
 *
 * Stonewalled: up to the moment at which the first thread of a phase had
 * finished, as smallfile does it. A thread's rate is its operations until then
 * over the time from its own start until then; rates add up.
 *
 * What cannot be told is NAN or RESULT_UNKNOWN.
 */
#ifndef SMALLFIO_RESULT_H
#define SMALLFIO_RESULT_H

#include "fio/job_options.h"
#include "fio/fio_json.h"
#include "input/host_list.h"
#include "input/log_times.h"
#include "util/notes.h"

#define RESULT_UNKNOWN  UINT64_MAX
#define RESULT_MIN_DONE 70 /* percent; smallfile's */

struct rates {
	long double units_per_s;   /* files, or what asked.unit says */
	long double records_per_s; /* of data; NAN for none */
	long double mib_per_s;
};

/* A thread, a host or the cluster. */
struct part {
	const char *host; /* NULL: the cluster */
	long thread;      /* within phase and host, from 0; -1: several */
	long fio_job;     /* number in the log's name, or -1 */
	const struct log_times *log; /* of a thread that is timed */
	uint64_t threads;
	uint64_t units, bytes;
	uint64_t records;   /* or RESULT_UNKNOWN */
	uint64_t requested; /* units; or RESULT_UNKNOWN */
	uint64_t samples;   /* in logs; or RESULT_UNKNOWN */
	uint64_t errors;
	int error; /* errno of the first thread that failed */
	/*
	 * By fio's runtime; of several threads: of the slowest. Of a thread in
	 * a group, whose runtime fio does not tell: by its log.
	 */
	long double elapsed_s;
	long double runtime_s; /* fio's, of the thread or its group */
	struct rates whole;
	/* The rest needs logs with times since 1970. */
	bool timed;
	int64_t start_ns,
		end_ns;   /* since 1970, by the clock of the reference */
	int64_t ahead_ns; /* of the host's clock, as far as that is known */
	uint64_t stonewalled_units; /* or RESULT_UNKNOWN */
	struct rates stonewalled;
};

/* All threads of one section of the job file, on all hosts. */
struct phase {
	const char *job;          /* name of the section; borrowed */
	const char *operation;    /* borrowed */
	struct job_options asked; /* of its first entry */
	struct part *thread;      /* by host, then number */
	size_t threads;
	struct part *host; /* by name */
	size_t hosts;
	struct part cluster;
	bool timed;                  /* all threads are */
	long double start_skew_s;    /* last start less first */
	long double finish_skew_s;   /* last end less first */
	long double overlap_percent; /* all threads at work / any at work */
	int64_t first_end_ns;
	/* Times in which no thread ended an operation: the longest, its begin
	 * since the phase's start, and how many there are. 0: none. */
	int64_t gap_ns, gap_from_ns;
	size_t gaps;
	/* What the gate found of the hosts' clocks; borrowed from the run. */
	const struct engine_note **clock;
	size_t clocks;
	/* One of the result's sentences of that kind is about it. */
	bool invalid, too_small, too_short;
};

struct result {
	struct phase *phase; /* in the order of the JSON */
	size_t phases;
	size_t hosts_seen;
	bool mixed; /* logs of another run are among them: see invalid */
	/* Sentences. */
	struct notes invalid;   /* figures are wrong or not whole */
	struct notes too_small; /* too little was done */
	struct notes too_short; /* all was done, too fast to tell a rate */
	struct notes untold;    /* what cannot be told, and what would help */
};

struct result_options {
	const struct host_list *hosts; /* NULL: nobody said which to expect */
	long double min_done_percent;
};

/*
 * Computes all. `logs` may be empty; `result` is zeroed by the caller, who
 * frees it in any case and keeps run and logs as long. 0 or -ENOMEM.
 */
int result_build(struct result *result, const struct fio_result *run,
		 const struct log_times_list *logs,
		 const struct result_options *options);

/* 100 * units / requested, NAN if nobody knows. */
long double part_done_percent(const struct part *part);

/* Of the stonewalled units; NAN where the logs do not tell. */
long double part_stonewalled_percent(const struct part *part);

/* Nothing speaks against the figures, and all of them could be told. */
bool result_is_valid(const struct result *result);

/* "valid", "NOT VALID", "too little" or "too short". */
const char *phase_verdict(const struct phase *phase);

void result_free(struct result *result);

#endif
