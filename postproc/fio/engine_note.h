/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the notes that our engines print beside fio's figures. fio's client
 * writes them as lines into its output file, in front of the JSON:
 * "<NAME> fio-smallfile: ...", or "<NAME> fio-diskwrite: ...". NAME is what the
 * server calls its machine. The notes come from
 * engines/fio/smallfile_barrier.c, engines/fio/section_note.c,
 * engines/fio/smallfile_client.c and, in a spool, from
 * engines/fio/smallfile_keep.c.
 */
#ifndef SMALLFIO_ENGINE_NOTE_H
#define SMALLFIO_ENGINE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENGINE_NOTE_NAME_MAX 256
#define ENGINE_NOTE_UNKNOWN  UINT64_MAX
/* An option of such a name and a number describes a section. */
#define ENGINE_NOTE_SMALLFILE "fio-smallfile section "
#define ENGINE_NOTE_DISKWRITE "fio-diskwrite section "
/* And one of such a name and a number has a NOTE_CLIENT. */
#define ENGINE_NOTE_CLIENT "fio-smallfile client "

enum engine_note_kind {
	NOTE_CLOCK,
	NOTE_SECTION,
	NOTE_KEPT,
	NOTE_ENDED,
	NOTE_CLIENT,
	NOTE_KINDS,
};

enum client_counter {
	CLIENT_VOLUNTARY, /* context switches, because a thread waits */
	CLIENT_INVOLUNTARY,
	CLIENT_RAN_NS,
	CLIENT_WAITED_NS, /* for a processor */
	/* What engines/core/fs/mount_stats.h describes. */
	CLIENT_TRIPS,
	CLIENT_READ_BYTES,
	CLIENT_WRITTEN_BYTES,
	CLIENT_FETCHED_BYTES,
	CLIENT_SENT_BYTES,
	CLIENT_COUNTERS,
};

/* Their names in a note, and in what smallfio prints. */
extern const char *const client_counter_name[CLIENT_COUNTERS];

struct engine_note {
	enum engine_note_kind kind;
	char job[ENGINE_NOTE_NAME_MAX]; /* name of the section */
	/*
	 * NOTE_KEPT: the file is from the spool of `host`, for its job
	 * `number`, from 0.
	 */
	uint64_t number; /* NOTE_ENDED, too */
	uint64_t fio;    /* a random number of the execution of fio */
	uint64_t run; /* a number that all hosts share; 0: no start barrier */
	bool ended;   /* the job has ended; false: it has only begun */
	/*
	 * NOTE_CLOCK: the clock of `host` is ahead of that of `reference` by
	 * ahead_ns, give or take error_ns.
	 */
	char host[ENGINE_NOTE_NAME_MAX];
	char reference[ENGINE_NOTE_NAME_MAX];
	int64_t ahead_ns;
	int64_t error_ns;
	/* NOTE_SECTION: what the jobs of the section were asked to do. */
	char operation[ENGINE_NOTE_NAME_MAX]; /* "": fio's reads or writes */
	char log[ENGINE_NOTE_NAME_MAX];       /* write_lat_log=; "" for none */
	uint64_t units;        /* units of a thread, or ENGINE_NOTE_UNKNOWN */
	uint64_t unit_records; /* records of a unit, or ENGINE_NOTE_UNKNOWN */
	uint64_t threads;      /* numjobs */
	bool grouped;          /* group_reporting */
	bool time_based;
	bool early;          /* other options may end the jobs earlier */
	uint64_t runtime_ms; /* runtime=; 0: none, or ENGINE_NOTE_UNKNOWN */
	uint64_t ramp_ms;    /* ramp_time=; 0: none */
	uint64_t hosts;      /* gate_hosts=; 0: unknown */
	uint64_t rate;       /* units a second of a thread; 0: none, unknown */
	bool scheduled;      /* lat begins when a unit was due */
	bool turns;          /* units done after the turns have no latency */
	/*
	 * NOTE_ENDED: job `number` of `host` was told to end, and had done
	 * `done` of `units`, which may be ENGINE_NOTE_UNKNOWN.
	 */
	uint64_t done;
	/*
	 * NOTE_CLIENT: what all `threads` of the section took of `host`. Each
	 * may be ENGINE_NOTE_UNKNOWN.
	 */
	uint64_t counter[CLIENT_COUNTERS];
};

/*
 * Reads a line, without its end. Returns 0, -ENOENT for a line that is no note
 * of ours, or -EINVAL for a damaged note.
 */
int engine_note_parse(struct engine_note *note, const char *line,
		      size_t length);

/* Whether the value of an option is a note. */
bool engine_note_is_option(const char *name);

/*
 * Reads a NOTE_SECTION or a NOTE_CLIENT from the value of such an option.
 * Returns 0 or -EINVAL.
 */
int engine_note_parse_option(struct engine_note *note, const char *value);

#endif
