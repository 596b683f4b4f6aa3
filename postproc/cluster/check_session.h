/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the servers of all hosts whether they could run a job, and runs nothing
 * of it: for smallfio check, and for smallfio run before it runs.
 */
#ifndef SMALLFIO_CHECK_SESSION_H
#define SMALLFIO_CHECK_SESSION_H

#include <limits.h>

#include "cluster/check_host.h"
#include "input/host_list.h"

struct check_session {
	const char *fio; /* our own, which asks; absolute if it has a '/' */
	unsigned int timeout_s; /* that a host may take */
	/* If not NULL, called now and then: how many hosts have answered. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *progress_context;
	char version[CHECK_WORD_MAX]; /* of our fio */
	char directory[PATH_MAX];     /* for the probes, or empty */
	char job[PATH_MAX];
};

/*
 * Asks our fio for its version, and makes a directory with a copy of the job
 * for the hosts. Notes are those of check_job_copy(). Returns 0, or -errno with
 * *error filled in. check_session_end() must be called in any case.
 */
int check_session_begin(struct check_session *session, const char *job,
			struct notes *notes, struct input_error *error);

/*
 * Asks all hosts, and sets *hosts to the answers, one a host in the order of
 * the list, with problems and warnings. check_session_free() frees them.
 * Returns 0, or -errno if a process could not be started or there is no memory.
 */
int check_session_ask(const struct check_session *session,
		      const struct host_list *list, struct check_host **hosts);
void check_session_free(struct check_host *hosts, size_t count);

/* Removes the directory. Returns false where it stays. */
bool check_session_end(const struct check_session *session);

#endif
