/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What our engines say beside fio's figures: lines that fio's client puts into
 * its output file in front of the JSON, as "<NAME> fio-smallfile: ...", NAME
 * being what the server calls its machine. Written by
 * engines/fio/smallfile_gate.c, engines/fio/smallfile_record.c and, in what a
 * host kept, smallfile_keep.c.
 */
#ifndef SMALLFIO_ENGINE_NOTE_H
#define SMALLFIO_ENGINE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENGINE_NOTE_NAME_MAX 256
#define ENGINE_NOTE_LINE_MAX 2048
#define ENGINE_NOTE_UNKNOWN  UINT64_MAX
/* How the options are called that describe sections; a number follows. */
#define ENGINE_NOTE_OPTION "fio-smallfile section "

enum engine_note_kind {
	NOTE_CLOCK,
	NOTE_SECTION,
	NOTE_KEPT,
	NOTE_ENDED,
};

struct engine_note {
	enum engine_note_kind kind;
	char job[ENGINE_NOTE_NAME_MAX]; /* name of the section */
	/* NOTE_KEPT: what `host` kept itself of its job `number`, from 0. */
	uint64_t number; /* NOTE_ENDED, too */
	uint64_t fio;    /* drawn by each fio */
	uint64_t run;    /* of all hosts, or 0: they met at no gate */
	bool ended;      /* or the record is of its begin alone */
	/* NOTE_CLOCK: `host` is ahead of `reference` by that, within error. */
	char host[ENGINE_NOTE_NAME_MAX];
	char reference[ENGINE_NOTE_NAME_MAX];
	int64_t ahead_ns;
	int64_t error_ns;
	/* NOTE_SECTION: what its jobs were asked to do. */
	char operation[ENGINE_NOTE_NAME_MAX];
	char log[ENGINE_NOTE_NAME_MAX]; /* write_lat_log=; "" for none */
	uint64_t units;        /* of one thread, or ENGINE_NOTE_UNKNOWN */
	uint64_t unit_records; /* of one unit, or ENGINE_NOTE_UNKNOWN */
	uint64_t threads;      /* numjobs */
	bool grouped;          /* group_reporting */
	bool time_based;
	bool early;          /* other options may end its jobs earlier */
	uint64_t runtime_ms; /* runtime=; 0: none, or ENGINE_NOTE_UNKNOWN */
	uint64_t ramp_ms;    /* ramp_time=; 0: none */
	uint64_t hosts;      /* gate_hosts=; 0: not told */
	/*
	 * NOTE_ENDED: job `number` of `host` was told to end, and had done so
	 * much of `units`, or of ENGINE_NOTE_UNKNOWN.
	 */
	uint64_t done;
};

/*
 * Reads a line, without its end. 0; -ENOENT for a line that is no note of ours;
 * -EINVAL for one that should be, and is damaged.
 */
int engine_note_parse(struct engine_note *note, const char *line,
		      size_t length);

/* The same of the value of an option ENGINE_NOTE_OPTION. 0 or -EINVAL. */
int engine_note_parse_option(struct engine_note *note, const char *value);

#endif
