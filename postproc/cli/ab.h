/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `ab`, `gate calibrate` and `gate selftest` do alike: options, rounds of
 * interleaved runs, looks, the confirmation of a red, the verdict.
 */
#ifndef SMALLFIO_AB_H
#define SMALLFIO_AB_H

#include "cli/gate_settings.h"
#include "verdict/ab_session.h"

/* As many as a verdict may ask for, and the runs that were done before. */
#define AB_RUNS_MAX       2000
#define AB_RUNS_DEFAULT   20
#define AB_WARMUP_DEFAULT 1
#define AB_CONFIRM_ROUNDS 5

struct ab {
	struct gate_settings settings; /* first: the setters' context */
	const char *name;              /* of the subcommand, for messages */
	const char *a, *b;
	uint64_t runs_max, warmup;
	uint64_t seed; /* 0: another each time */
	const char *keep;
	const char *measured[2]; /* directories of A and B, or NULL */
	double slower_percent;   /* of the self-test */
	/* Of the progress. */
	double began_s, told_s;
	bool confirms;
};

/* Options that all have, and --b, --slower for those that have them. */
extern const struct option_row ab_rows[], calibrate_rows[], selftest_rows[];

/*
 * The whole of such a subcommand: options into *ab, then `run`, with what it
 * needs zeroed, the notes of the session, and an end to it all. Returns what
 * `run` returns, or the exit code of options that are none.
 */
int ab_command(const char *name, const struct option_row *rows,
	       const char *usage, int argc, char **argv,
	       int (*run)(struct ab *ab, struct ab_session *session,
			  struct gate *gate));

/* An exit code where the session could not begin; else EXIT_GOOD. */
int ab_begin(struct ab *ab, struct ab_session *session);

/* So many rounds, of warm-up or to count. An exit code. */
int ab_rounds(struct ab *ab, struct ab_session *session, size_t rounds,
	      bool counts);

/*
 * Rounds until the answer is clear or runs_max is reached, a red confirmed.
 * Fills *gate (zeroed). An exit code: EXIT_GOOD where there is a verdict.
 */
int ab_judge(struct ab *ab, struct ab_session *session, struct gate *gate);

/* Takes the line that shows how far it is off the terminal. */
void ab_end_progress(void);

/*
 * How a session that failed is told, with the end of what the command printed.
 * EXIT_INPUT.
 */
int ab_failed(const struct ab *ab, const struct ab_session *session);

#endif
