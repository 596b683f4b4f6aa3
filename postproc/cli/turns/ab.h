/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts that `ab`, `gate calibrate` and `gate selftest` share: options,
 * rounds of interleaved runs, looks, the confirmation of a red verdict.
 */
#ifndef SMALLFIO_AB_H
#define SMALLFIO_AB_H

#include "cli/gate_settings.h"
#include "turns/ab_session.h"

/* Enough for the runs that a verdict may ask for, with those done before. */
#define AB_RUNS_MAX       2000
#define AB_RUNS_DEFAULT   20
#define AB_WARMUP_DEFAULT 1
#define AB_CONFIRM_ROUNDS 5

#define AB_TURN_DEFAULT_NS 10000000
#define AB_TURN_LEAST_NS   1000000
#define AB_TURN_MOST_NS    10000000000
#define AB_TURN_UNSET      UINT64_MAX
#define AB_TIME_DEFAULT_NS 120000000000

struct ab {
	struct gate_settings settings; /* first: the setters' context */
	const char *name;              /* of the subcommand, for messages */
	const char *a, *b;
	uint64_t runs_max, warmup;
	uint64_t seed; /* 0: a random one */
	const char *keep;
	const char *measured[2]; /* directories of A and B, or NULL */
	double slower_percent;   /* of the self-test */
	struct side_job job;     /* its path is NULL: commands */
	const char *place[2];    /* directories for A and B, or NULL */
	const char *fio;
	struct side_job_list also[2]; /* of A's and B's environment */
	uint64_t turn_ns;             /* 0: whole runs */
	uint64_t time_ns;             /* in turns at most; 0: not given */
	uint64_t patience_ns;         /* with a side that does nothing */
	bool sync;                    /* syncfs() between turns */
	bool real_time;               /* the sides run before all others */
	bool all;                     /* goes on after a regression */
	bool to_the_end;              /* takes all its time, also when clear */
	/* Filled in by ab_judge_turns(). */
	bool turns_fit;
	double round_s; /* how long a round took, the mean */
	/* For the line that shows the progress. */
	double began_s, told_s;
	bool confirms;
};

/* Options of each subcommand: the shared ones, and its own as --slower. */
extern const struct option_row ab_rows[], calibrate_rows[], selftest_rows[];

/*
 * Runs such a subcommand from start to end. Parses the options into *ab, calls
 * `run` with *session and *gate zeroed, prints the notes of the session, and
 * frees all. Returns what `run` returned, or the exit code of wrong options or
 * --help.
 */
int ab_command(const char *name, const struct option_row *rows,
	       const char *usage, int argc, char **argv,
	       int (*run)(struct ab *ab, struct ab_session *session,
			  struct gate *gate));

/*
 * Begins the session. Returns EXIT_GOOD, or another exit code with a message.
 */
int ab_begin(struct ab *ab, struct ab_session *session);

/* Does some rounds, which count or are a warm-up. Returns an exit code. */
int ab_rounds(struct ab *ab, struct ab_session *session, size_t rounds,
	      bool counts);

/*
 * Does rounds until the answer is clear or runs_max is reached. Confirms a red
 * verdict by more rounds. Fills *gate, which must be zeroed. Returns EXIT_GOOD
 * if there is a verdict, else another exit code.
 */
int ab_judge(struct ab *ab, struct ab_session *session, struct gate *gate);

/*
 * Does rounds in turns until the answer is clear or the time is over. Fills
 * *gate as ab_judge() does. ab_judge() calls it.
 */
int ab_judge_turns(struct ab *ab, struct ab_session *session,
		   struct gate *gate);

/* Compares all runs so far. Frees what was in *gate. Returns an exit code. */
int ab_compare(struct ab *ab, const struct ab_session *session,
	       struct gate *gate, double alpha);

/* Says so, and returns an exit code. */
int ab_no_memory(const struct ab *ab);

/* Returns true if no check asks for more runs. */
bool ab_is_clear(const struct gate *gate);

/* Prints why, with the end of what the command printed. */
int ab_failed(const struct ab *ab, const struct ab_session *session);

/*
 * Whether to print a line of progress now: on a terminal always, elsewhere once
 * a minute. The line ends with ab_progress_end_line().
 */
bool ab_progress_due(struct ab *ab, double now_s);
void ab_progress_end_line(void);

/* Clears the line that shows the progress on a terminal. */
void ab_end_progress(void);

#endif
