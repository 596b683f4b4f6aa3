/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run did, and whether its figures can be trusted. The rates of threads,
 * hosts and the cluster come from fio's JSON. The times in the logs tell how
 * far apart the threads started and ended, and the stonewalled rates.
 *
 * A stonewalled rate is that up to the moment at which the first thread of a
 * phase had finished, as in smallfile. A thread's rate is the number of its
 * operations until then, divided by the time from its own start until then. The
 * rates of threads add up.
 *
 * A figure that cannot be told is NAN or RESULT_UNKNOWN.
 */
#ifndef SMALLFIO_RESULT_H
#define SMALLFIO_RESULT_H

#include "fio/job_options.h"
#include "fio/fio_json.h"
#include "input/host_list.h"
#include "input/log_times.h"
#include "run/fio_results.h"
#include "stats/pause.h"
#include "util/notes.h"

#define RESULT_UNKNOWN  UINT64_MAX
#define RESULT_MIN_DONE 70 /* percent, as in smallfile */

struct rates {
	long double units_per_s;   /* files, or what asked.unit says */
	long double records_per_s; /* NAN if no data is moved */
	long double mib_per_s;
};

/* A thread, a host or the cluster. */
struct scope {
	const char *host; /* NULL: the cluster */
	long thread;      /* within phase and host, from 0; -1: several */
	long fio_job;     /* number in the log's name, or -1 */
	const struct fio_entry *entry; /* of a thread; threads may share it */
	const struct log_times *log;   /* of a thread, with samples; or NULL */
	uint64_t threads;
	uint64_t units, bytes;
	uint64_t records;   /* or RESULT_UNKNOWN */
	uint64_t requested; /* units; or RESULT_UNKNOWN */
	uint64_t samples;   /* in logs; or RESULT_UNKNOWN */
	uint64_t errors;
	uint64_t conflicts; /* with other threads: no errors, no units */
	int error;          /* errno of the first thread that failed */
	/*
	 * fio's runtime; for several threads, that of the slowest. fio does not
	 * print the runtime of a thread in a group: there the log tells.
	 */
	long double elapsed_s;
	long double runtime_s; /* fio's runtime, of the thread or its group */
	struct rates whole;
	/* The rest needs logs with times since 1970. */
	bool timed;
	int64_t start_ns,
		end_ns;       /* since 1970, by the clock of the reference */
	int64_t ahead_ns;     /* how far the host's clock is ahead, if known */
	struct pauses pauses; /* since the phase's start */
	uint64_t stonewalled_units; /* or RESULT_UNKNOWN */
	struct rates stonewalled;
};

/* All threads of one section of the job file, on all hosts. */
struct phase {
	const char *job;          /* name of the section; borrowed */
	const char *section_name; /* as in the job file; borrowed */
	const char *operation;    /* borrowed */
	struct job_options asked; /* options of its first entry */
	struct scope *thread;     /* ordered by host and number */
	size_t threads;
	struct scope *host; /* ordered by name */
	size_t hosts;
	struct scope cluster;
	bool timed;                  /* all threads are timed */
	long double start_skew_s;    /* last start less first start */
	long double finish_skew_s;   /* last end less first end */
	long double overlap_percent; /* all threads at work / any at work */
	int64_t first_end_ns;        /* end of the first thread that finished */
	bool logs_left_out;          /* one of its logs is of no use */
	/*
	 * A part of an operation (phases=1), and its share of the time of that
	 * operation. It has latencies, but no rate of its own.
	 */
	bool is_part;
	long double share_percent; /* NAN: no part, or not known */
	/* Notes about the hosts' clocks; borrowed from the run. */
	const struct engine_note **clock;
	size_t clocks;
	/* One of the result's sentences of this kind is about this phase. */
	bool invalid, too_small, too_short;
};

struct result {
	struct phase *phase; /* in the order of the JSON */
	size_t phases;
	size_t hosts_seen;
	bool mixed; /* there are logs of another run: see invalid */
	/* Lists of sentences. */
	struct notes invalid;   /* figures are wrong or not whole */
	struct notes too_small; /* too little was done */
	struct notes too_short; /* all was done, too fast to tell a rate */
	struct notes untold;    /* what cannot be told, and what would help */
};

struct result_options {
	const struct host_list *hosts; /* expected hosts; NULL: unknown */
	long double min_done_percent;
};

/*
 * Computes everything in *result. `logs` may be empty. The caller zeroes
 * *result first, frees it in any case, and keeps `read` and logs as long.
 * `read` has one result. Returns 0 or -ENOMEM.
 */
int result_build(struct result *result, const struct fio_results *read,
		 const struct log_times_list *logs,
		 const struct result_options *options);

/* 100 * units / requested. NAN if `requested` is unknown. */
long double scope_done_percent(const struct scope *scope);

/* 100 * stonewalled_units / requested. NAN if either is unknown. */
long double scope_stonewalled_percent(const struct scope *scope);

/*
 * Whether the run is valid: there is no sentence in invalid, too_small and
 * too_short.
 */
bool result_is_valid(const struct result *result);

/*
 * Adds a sentence for each phase with a pause: of all hosts, or else of each
 * host that has one. Returns 0 or -ENOMEM.
 */
int result_pauses(const struct result *result, struct notes *notes);

/* How many phases are no parts of operations. */
size_t result_operations(const struct result *result);

/*
 * Whether what a phase did was done within another phase: it is an operation of
 * a mix, or a part of an operation.
 */
bool phase_is_within(const struct phase *phase);

/* The verdict on a phase: "valid", "NOT VALID", "too little", "too short". */
const char *phase_verdict(const struct phase *phase);

void result_free(struct result *result);

#endif
