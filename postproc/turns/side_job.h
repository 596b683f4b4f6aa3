/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One job file for both sides of a comparison. For each run a side gets a copy
 * of the job file, with a directory and options of its own, and a place for its
 * tree: a directory that is made anew for each round, and removed afterwards.
 *
 * Where both sides work in one directory, they have a place each in it, and
 * change places from round to round.
 */
#ifndef SMALLFIO_SIDE_JOB_H
#define SMALLFIO_SIDE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/input_error.h"
#include "util/notes.h"

#define SIDE_JOB_LIST_MAX 32

/* What the shell runs in the directory of a run. $FIO is fio. */
#define SIDE_JOB_COMMAND                                                       \
	"exec \"$FIO\" --output=\"$OUT\" --output-format=json+ " SIDE_JOB_NAME
#define SIDE_JOB_NAME "job.fio"
/* What $OUT is, in the directory of a run. */
#define SIDE_JOB_RESULT "fio.json"
/* A script in the directory of a run. Its argument is the section. */
#define SIDE_JOB_MEET "meet.sh"

/* "NAME=VALUE" texts. */
struct side_job_list {
	char *text[SIDE_JOB_LIST_MAX + 1]; /* NULL behind the last one */
	size_t count;
};

struct side_job {
	/* To be set beforehand; the texts are borrowed. */
	const char *path;    /* of the job file */
	const char *base[2]; /* where A and B work */
	struct side_job_list option[2];
	bool stops;          /* for turns by signals: see side_job_write() */
	int64_t patience_ns; /* with what works on their file systems */
	/* Filled in. */
	char *text;     /* the job file's */
	char *top[2];   /* made in base[]; the second is NULL for one base */
	char *place[2]; /* of A and B in this round; NULL: none */
	bool hangs[2];  /* a side's file system, so its tree stays */
};

/*
 * Reads the job file and makes the directories. Returns 0, or -errno with
 * *error filled in. Its path is borrowed from the job.
 */
int side_job_begin(struct side_job *job, struct input_error *error);

/*
 * Prepares a side's run: its place, and its job file in `directory`. With
 * `swapped` A and B change places. Errors are those of side_job_begin().
 */
int side_job_prepare(struct side_job *job, int side, bool swapped,
		     const char *directory, struct input_error *error);

/*
 * Removes the trees of both sides, or gives up if the file system of one does
 * not answer. Errors are those of side_job_begin().
 */
int side_job_clear(struct side_job *job, struct input_error *error);

/*
 * Has the side's file system write what is in memory. Errors are those of
 * side_job_begin().
 */
int side_job_sync(struct side_job *job, int side, struct input_error *error);

/*
 * Removes what is left, except of a side that hangs, and frees all. Notes what
 * could not be removed.
 */
void side_job_end(struct side_job *job, struct notes *notes);

/*
 * For tests: writes the copy to `out`. The options are appended to sections.
 * With `stops`, each operation is logged with the time since 1970, and a
 * section begins when that of the other side begins, by SIDE_JOB_MEET. A job
 * with an exec_prerun= of its own does not wait.
 */
struct side_job_copy {
	const char *text;
	const char *directory;
	const struct side_job_list *option;
	bool stops;
};
void side_job_write(const struct side_job_copy *copy, FILE *out);

#endif
