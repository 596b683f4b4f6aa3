/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs of two commands, A and B, one after the other on this machine. Each run
 * has a directory of its own, DIRECTORY/a-001, in which the shell executes the
 * command with
 *   $OUT   where fio is to write its JSON (--output=$OUT)
 *   $HERE  the directory in which smallfio was started
 * and in which everything the command prints is kept (output.txt), with the
 * environment (environment.json).
 */
#ifndef SMALLFIO_AB_SESSION_H
#define SMALLFIO_AB_SESSION_H

#include <stdint.h>

#include "run/run_summary.h"

struct ab_session_side {
	const char *command;
	const char *slower; /* $SLOWER for the command; NULL: "" */
	/* For our engines (util/slowdown.h); NULL: as it is. */
	const char *slower_percent;
	const char *measured; /* directory whose file system is noted; NULL */
	struct run_summaries runs;
	size_t started; /* runs, warm-ups among them */
	struct environment environment;
};

struct ab_session {
	struct ab_session_side side[2];
	uint64_t seed; /* of the order */
	/* The rest is the session's own. */
	char *directory;
	bool is_temporary;
	char *here;
	bool has_terminal;
	char *last; /* directory of the last run */
	struct notes notes;
	struct input_error error;
	char *error_path;
};

/*
 * Makes the directory `keep`, which must not exist, or with NULL a temporary
 * one. All functions: 0, or -errno with session->error filled in.
 */
int ab_session_begin(struct ab_session *session, const char *keep);

/* One run of each side, in random order. Its figures count only if asked. */
int ab_session_round(struct ab_session *session, bool counts);

/* The end of what the last command printed, for whoever reads of a failure. */
void ab_session_show_output(const struct ab_session *session, FILE *out);

/*
 * Removes the temporary directory, except after an error: what the command
 * printed is there. Frees all.
 */
void ab_session_end(struct ab_session *session);

/* True once the user has interrupted the session. */
bool ab_session_interrupted(void);

#endif
