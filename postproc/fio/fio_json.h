/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads fio's JSON and JSON+ output, of a local run ("jobs") or of a client
 * ("client_stats"): counts, times and, from JSON+, latency histograms. Times
 * and latencies are in the units that end their names.
 *
 * Text around the object is skipped. Where a file has several objects, the last
 * one counts: fio writes an object each --status-interval.
 */
#ifndef SMALLFIO_FIO_JSON_H
#define SMALLFIO_FIO_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fio/fio_histogram.h"
#include "fio/fio_percentiles.h"
#include "fio/engine_note.h"
#include "fio/fio_message.h"
#include "fio/json_in.h"
#include "fio/latency_note.h"
#include "util/input_error.h"

#define FIO_VERSION_MAX 32
#define FIO_ETA_UNKNOWN INT32_MAX
#define FIO_ALL_CLIENTS "All clients" /* an entry that sums up the others */

/*
 * Directions of data, as in fio's logs. "mixed" is the sum of the other three,
 * with unified_rw_reporting=mixed. No entry has "mixed" beside other
 * directions: with unified_rw_reporting=both their sum is left out.
 */
enum fio_direction {
	FIO_READ,
	FIO_WRITE,
	FIO_TRIM,
	FIO_MIXED,
	FIO_DIRECTIONS,
};

/* In the order of enum log_kind. */
enum fio_latency_kind {
	FIO_CLAT,
	FIO_LAT,
	FIO_SLAT,
	FIO_LATENCIES,
};

struct fio_latency {
	uint64_t samples;
	uint64_t min_ns, max_ns;
	double mean_ns, stddev_ns;
	/*
	 * From JSON+, a histogram of `samples` samples, which is checked. It is
	 * packed, because a large run has half a million of them.
	 */
	bool has_bins;
	unsigned char *bins;
	size_t bins_size;
	struct fio_percentiles printed; /* fio's own; empty beside bins */
};

struct fio_side {
	uint64_t total_ios; /* operations that succeeded */
	uint64_t io_bytes;
	uint64_t runtime_ms;                        /* rounded by fio */
	double iops, bytes_per_s;                   /* by fio; 0: not told */
	struct fio_latency *latency[FIO_LATENCIES]; /* NULL: no samples */
};

/* An option that the job file gives. */
struct fio_option {
	char *name;
	char *value; /* NULL: no text, which fio does not write */
};

struct fio_options {
	struct fio_option *option;
	size_t count;
};

/* A job, or with group_reporting a group of jobs. */
struct fio_entry {
	/*
	 * "jobname", the name of the section. Several sections of one name are
	 * NAME, NAME#2 and so on: see fio_json_tell_apart().
	 */
	char *job;
	char *section_name; /* without #2; NULL: it is `job` */
	char *host;         /* as typed at --client; NULL in a local run */
	int64_t port;       /* 0 in a local run */
	int64_t group;      /* "groupid" */
	size_t number;      /* place among the entries of this server, from 0 */
	bool shares_host;   /* another server has the same host, another port */
	size_t siblings; /* entries of this server and section, with itself */
	size_t thread;   /* its place among them, from 0 */
	bool apart;      /* see fio_json_phase() */
	/*
	 * Of an operation of a mix, whose entry stands before it. NULL: fio's
	 * own entry. Its runtime, and its share of processors, are the mix's.
	 */
	char *operation;
	bool part;          /* of a part: OPERATION.PART, of a mix or not */
	uint64_t conflicts; /* of a mix: with other threads */
	size_t place;       /* in fio's own output, from 0 */
	uint64_t line;      /* line of the file in which the entry begins */
	int64_t error;      /* errno; 0: none */
	/*
	 * Seconds that fio expected the run to go on. 0 when all jobs have
	 * ended; FIO_ETA_UNKNOWN or more in the first 3 s of a run.
	 */
	int64_t eta_s;
	uint64_t total_errors; /* with continue_on_error, otherwise 0 */
	int64_t first_error;
	double usr_cpu_percent, sys_cpu_percent;
	int64_t context_switches; /* -1: not told */
	/*
	 * The number of the run, which all hosts share. The engine puts it into
	 * "desc". 0: no start barrier, or an older engine.
	 */
	uint64_t run;
	struct fio_side *side[FIO_DIRECTIONS]; /* NULL: did nothing */
	/*
	 * Notes of the engine in `options`: how many sections they describe,
	 * and which of the result's sections is `job`, from 1. 0: none.
	 */
	size_t sections, section;
	struct fio_options options; /* "job options" */
};

/* What an entry had done at some time in mid-run. */
struct fio_status_entry {
	uint64_t operations;
	uint64_t runtime_ms;
};

/* What a result in mid-run (--status-interval) says: see fio_status.h. */
struct fio_status {
	int64_t timestamp_ms; /* when fio wrote it, since 1970 */
	uint64_t hash;        /* of the names of its entries */
	size_t entries;
	struct fio_status_entry *entry; /* in the order of the result */
};

/* Notes of one kind. */
struct engine_notes {
	struct engine_note *note;
	size_t count;
};

/* The owner zeroes it first, and frees it with fio_json_free() in any case. */
struct fio_result {
	char version[FIO_VERSION_MAX]; /* "fio-3.33" */
	int64_t timestamp_ms;          /* end of the run, since 1970 */
	bool clients;                  /* the file has "client_stats" */
	struct fio_options global;     /* "global options" */
	struct fio_entry *entry;       /* without FIO_ALL_CLIENTS */
	size_t entries;
	struct fio_entry *all_clients; /* NULL: not in the file */
	struct engine_notes notes[NOTE_KINDS];
	struct latency_notes latency; /* of operations and parts, in lines */
	/* some of these are of hosts that the client calls otherwise */
	bool unnamed_hosts;
	size_t damaged_notes;
	struct fio_messages message[FIO_MESSAGES];
	unsigned int superseded;   /* objects before the last one */
	struct fio_status *status; /* these, and the last one, in order */
	size_t statuses;
};

/*
 * Reads to the end of the source. `path` is for messages. Returns 0, or -errno
 * with *error filled in.
 */
int fio_json_read(struct fio_result *result, const struct json_source *source,
		  const char *path, struct input_error *error);

/*
 * An option as the job file gave it, in the section or else in [global]. NULL:
 * the job file does not give it. "" is an option without a value.
 *
 * In a client's run only [global] counts, because an entry has the options of
 * another section, or none. fio (3.33 to 3.42) stores the options by the number
 * of the entry, but looks them up by the number of the job.
 */
const char *fio_json_option(const struct fio_result *result,
			    const struct fio_entry *entry, const char *name);

/* The engine's note about the section of an entry, or NULL. */
const struct engine_note *fio_json_section(const struct fio_result *result,
					   const struct fio_entry *entry);

/*
 * The note that says that a file is from a host's spool
 * (engines/core/util/result_spool.h), or NULL.
 */
const struct engine_note *fio_json_kept(const struct fio_result *result);

/*
 * How far the clock of a host was ahead of the reference when a section began,
 * by the engine's notes. 0: not known, or less than the error.
 */
int64_t fio_json_ahead_ns(const struct fio_result *result, const char *job,
			  const char *host);

/*
 * Sets number, shares_host, siblings and thread of all entries. Returns 0 or
 * -ENOMEM.
 */
int fio_json_number(struct fio_result *result);

/*
 * Adds a note. All servers describe a section in the same way, so only the
 * first note about a section is kept. Returns 0 or -ENOMEM.
 */
int fio_json_add_note(struct fio_result *result,
		      const struct engine_note *note);

/*
 * Adds all samples of the histogram, if there is one. Errors are those of
 * fio_histogram_merge().
 */
int fio_latency_add_bins(struct fio_histogram *to,
			 const struct fio_latency *latency);

/* Adds all notes of `from`. Returns 0 or -ENOMEM. */
int fio_json_add_notes(struct fio_result *to, const struct fio_result *from);

/* The name of the section as the job file has it. */
const char *fio_json_section_name(const struct fio_entry *entry);

/*
 * Renames sections. Those of one name that are in different groups of a server,
 * as stonewall makes it, did not run together, and are different phases. The
 * second gets "#2" behind its name. Returns 0 or -ENOMEM.
 */
int fio_json_tell_apart(struct fio_result *result);

/*
 * Puts entries for the operations of each mix behind its own, and for the parts
 * of operations, if the engine's notes tell of them. If the notes do not add up
 * to what fio counted, they are damaged. Numbers of entries have to be set
 * again. Returns 0 or -ENOMEM.
 */
int fio_json_split(struct fio_result *result);

/* The host of an entry; "localhost" if the entry has none, as for logs. */
const char *fio_json_host(const struct fio_entry *entry);

/* Writes the host of an entry, with ":PORT" if two servers share the host. */
void fio_json_server(const struct fio_entry *entry, char *name, size_t size);

/*
 * The operation of an entry: operation= of our engine (create where it is not
 * given), or else the name of the section. Of an operation of a mix, itself.
 */
const char *fio_json_operation(const struct fio_result *result,
			       const struct fio_entry *entry);

/*
 * The phase of an entry, by whose name its figures go: the operation. Where
 * several sections do one operation and are not in one group of fio's, as
 * stonewall makes it, they did not run together. Each is a phase of its own,
 * and has the name of the section.
 */
const char *fio_json_phase(const struct fio_result *result,
			   const struct fio_entry *entry);

/* Finds these sections. Returns 0 or -ENOMEM. */
int fio_json_mark_phases(struct fio_result *result);

/* How many operations failed. */
uint64_t fio_json_errors(const struct fio_entry *entry);

/* The samples of a latency in all directions. */
uint64_t fio_json_samples(const struct fio_entry *entry,
			  enum fio_latency_kind kind);

/* The name of a direction: "read", "write", "trim" or "mixed". */
const char *fio_json_direction_name(enum fio_direction direction);

void fio_json_free(struct fio_result *result);

#endif
