/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SECTION_NOTE_H
#define SECTION_NOTE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "glue.h"

/*
 * What `smallfio` cannot learn from fio's JSON: what was asked of a job, and
 * whether the job was ended before that was done. fio leaves options without a
 * value (time_based, group_reporting) out of its "job options", shows those of
 * one job for a whole group, and files a client's under wrong numbers.
 *
 * A local run carries the engine's description among fio's "job options": text
 * on stdout would break a pipe into a JSON parser. Through fio's server come
 * lines of text, which the client puts in front of its JSON.
 * postproc/engine_note.h reads both.
 */
struct section_note {
	const char *engine;       /* "fio-smallfile" */
	const char *operation;    /* "": reads or writes, as fio has them */
	int64_t units;            /* of one job, in all passes; -1: limited
				     otherwise */
	long long unit_records;   /* -1: they differ */
	unsigned long long hosts; /* that meet at a gate; 0: none */
	bool scheduled;           /* fio's lat begins when a unit was due */
	bool endless;             /* nothing but its time ends the job */
	bool turns;               /* latencies end with the turns */
};

/*
 * Describe: in ->setup of a local run, in fio's JSON. Tell: to fio's client, of
 * a job that has ended; tell_end says whether the job was ended before its work
 * was done, by the job's number among all of this fio. Put: the same line;
 * grouped: as the job file wants it, or never.
 */
void section_note_describe(struct thread_data *td,
			   const struct section_note *note);
void section_note_tell(const struct thread_data *td,
		       const struct section_note *note);
void section_note_tell_end(const struct thread_data *td,
			   const struct section_note *note, const char *host,
			   unsigned int number);
void section_note_put(FILE *file, const struct thread_data *td,
		      const struct section_note *note, bool grouped);

#endif
