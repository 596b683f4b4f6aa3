/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs two commands, A and B, in turns on this machine. Each run has a
 * directory of its own, such as DIRECTORY/a-001. In that directory the shell
 * executes the command, with these variables:
 *   $OUT     where fio is to write its JSON (--output=$OUT)
 *   $HERE    the directory in which smallfio was started
 *   $SLOWER  see ab_session_side
 * The directory also gets output.txt, with everything that the command prints,
 * and environment.json, which describes the machine.
 */
#ifndef SMALLFIO_AB_SESSION_H
#define SMALLFIO_AB_SESSION_H

#include <stdint.h>

#include "run/run_summary.h"
#include "turns/referee.h"
#include "turns/side_job.h"
#include "turns/stopping.h"

struct ab_session_side {
	const char *command;
	const char *slower; /* value of $SLOWER; NULL: "" */
	/* How much our engines slow down (util/slowdown.h); NULL: not at all */
	const char *slower_percent;
	struct side_job_list also; /* "NAME=VALUE" of its environment */
	const char *measured;      /* its file system is noted; may be NULL */
	struct run_summaries runs;
	size_t started; /* runs that were started, with warm-ups */
	struct environment environment;
};

struct ab_session {
	struct ab_session_side side[2];
	uint64_t seed; /* of the random order within a round */
	/*
	 * The job file of both sides, with what side_job.h asks for, or NULL:
	 * the sides have commands. `fio` is the program that runs it.
	 */
	struct side_job *job;
	const char *fio;
	int64_t patience_ns; /* with a side, see patience.h */
	/* Only this file's functions use the rest. */
	char *directory;
	size_t rounds; /* that have begun */
	bool swapped;  /* the places of the sides in the last of them */
	bool is_temporary;
	char *here;
	char *last;         /* directory of the last run */
	struct notes notes; /* the caller frees them at the end */
	/* Heats with pairs of turns, of the round in turns that had most. */
	size_t compared;
	bool counted; /* the last round in turns had as many */
	bool anew;    /* it had more than all before, which count no more */
	struct input_error error;
	char *error_path;
};

/*
 * Begins a session: makes the directory `keep`, which must not exist, or a
 * temporary one for NULL. This function and ab_session_round() return 0, or
 * -errno with session->error filled in.
 */
int ab_session_begin(struct ab_session *session, const char *keep);

/*
 * Runs each side once, in random order. The figures are kept only if `counts`
 * is true: a warm-up does not count.
 */
int ab_session_round(struct ab_session *session, bool counts);

/*
 * Runs both sides at once, in turns, and reads their results to see that each
 * run is whole. The caller sets what `referee` asks for but has_ended and
 * its context, and ends it. Works only with fio-smallfile.so on both sides:
 * without turns referee->heats stays 0. The runs are added to side[i].runs
 * unless the round does not count (session->counted). If those before count no
 * more (session->anew), their runs are forgotten.
 */
int ab_session_turns(struct ab_session *session, struct referee *referee);

/*
 * Does the same with programs that know nothing of turns. The caller sets what
 * `stopping` asks for but its children, has_ended and its context, and frees
 * it. Reads the logs, too, and finds the heats.
 */
int ab_session_stopping(struct ab_session *session, struct stopping *stopping);

/* Forgets the rounds so far. */
void ab_session_forget(struct ab_session *session);

/* Whether B was the second to be started in the last round in turns. */
bool ab_session_b_second(const struct ab_session *session);

/* Prints the end of what the last command printed, to explain a failure. */
void ab_session_show_output(const struct ab_session *session, FILE *out);

/*
 * Ends a session and frees everything in it but the notes, which say what could
 * not be removed, too. Removes a temporary directory, except after an error,
 * because the command's output is in it.
 */
void ab_session_end(struct ab_session *session);

#endif
