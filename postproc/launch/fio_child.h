/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs fio on a job file, and passes on what fio says while it runs. fio gets a
 * process group of its own, so that a ^C reaches this process alone. A signal
 * that tells this process to end is passed on to fio, which then writes what it
 * has measured. A third one kills fio.
 */
#ifndef SMALLFIO_FIO_CHILD_H
#define SMALLFIO_FIO_CHILD_H

#include <stdbool.h>
#include <stddef.h>

/* The names of a run's files in its directory. */
#define FIO_CHILD_JOB    "job.fio"
#define FIO_CHILD_RESULT "fio.json"

struct fio_child {
	const char *program;
	const char *directory; /* with the job file; fio's results go there */
	char *const *argument; /* further arguments, before the job file */
	size_t arguments;
	bool is_client; /* the hosts' names are among the arguments */
	/* Called for each line that is not of fio's result. */
	void (*message)(void *context, const char *line);
	/* Called often. Once it returns false, fio is told to end. */
	bool (*goes_on)(void *context);
	void *context;
};

/*
 * Runs fio to its end, and sets *status as waitpid() does. Returns 0, or -errno
 * if fio could not be started or waited for.
 */
int fio_child_run(const struct fio_child *child, int *status);

/* True once a signal has told this process to end. */
bool fio_child_interrupted(void);

/* Forgets such a signal, so that another fio can run: a clean-up. */
void fio_child_go_on(void);

#endif
