/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate: checks of runs, each with its outcome, and the exit code that
 * follows from all of them. Formats print what is here (gate_format.h).
 */
#ifndef SMALLFIO_GATE_H
#define SMALLFIO_GATE_H

#include "verdict/compare.h"
#include "verdict/limit.h"
#include "run/run_summary.h"

/* In the order in which they decide the exit code. */
enum gate_state {
	GATE_PASS,
	GATE_INCONCLUSIVE,
	GATE_TOO_LITTLE, /* too few runs or samples for the answer */
	GATE_RED,        /* regression, or limit broken */
	GATE_ABSENT,     /* no such operation, host or histogram */
};

struct gate_check {
	bool is_limit; /* else a comparison */
	enum gate_state state;
	char *rule;      /* a limit's text, else NULL */
	char *run;       /* a limit's run, else NULL */
	char *operation; /* "" for a rule for each operation of none */
	char *host;      /* NULL: all together */
	struct metric metric;
	bool has_value;
	double value;                 /* of a limit, if has_value */
	double limit;                 /* of a limit */
	bool has_comparison;          /* c is filled in */
	struct comparison comparison; /* of a comparison */
	double p_corrected;           /* for all comparisons (holm.h) */
	char *reason;                 /* a sentence */
};

struct gate_options {
	double alpha, threshold;
	bool paired; /* the i-th runs of both sides were done together */
	bool strict; /* inconclusive is not good enough: exit 4 */
	struct metric *metric; /* to compare */
	size_t metrics;
	/* Smallest changes that count: a limit's metric and value. */
	const struct limits *floors;
};

struct gate {
	const struct gate_options *options;
	const char *title; /* what was compared with what; "" for limits */
	struct gate_check *check;
	size_t count;
	size_t baselines, currents, runs;
	size_t *order; /* of compared runs that were done in turns, or NULL */
	struct notes notes; /* for whoever reads the verdict */
};

/* Checks each limit on each run. 0 or -ENOMEM. */
int gate_limits(struct gate *gate, const struct limits *limits,
		const struct run_summaries *runs);

/*
 * Compares each metric of each operation of the baseline (all hosts together),
 * corrects for their number, and adds a check for errors that the baseline did
 * not have. An operation that only one side has is GATE_ABSENT. 0, -ENOMEM, or
 * -E2BIG for more than COMPARE_RUNS_MAX runs.
 */
int gate_compare(struct gate *gate, const struct run_summaries *baseline,
		 const struct run_summaries *current);

/* Of all checks the worst. */
enum gate_state gate_state(const struct gate *gate);

/* An exit code of command.h. */
int gate_exit_code(const struct gate *gate);

/* "pass", "inconclusive", "too-little-data", "regression" or "broken", ... */
const char *gate_check_verdict(const struct gate_check *check);

void gate_free(struct gate *gate);

#endif
