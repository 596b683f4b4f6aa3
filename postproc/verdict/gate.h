/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate makes checks of runs. Each check has an outcome, and the exit code
 * follows from all of them. gate_format.h prints the result.
 */
#ifndef SMALLFIO_GATE_H
#define SMALLFIO_GATE_H

#include "verdict/compare.h"
#include "verdict/dependence.h"
#include "verdict/limit.h"
#include "verdict/turns.h"
#include "run/run_summary.h"

/* Outcomes of a check. Of several checks the highest outcome decides. */
enum gate_state {
	GATE_PASS,
	GATE_INCONCLUSIVE,
	GATE_TOO_LITTLE, /* too few runs or samples for the answer */
	GATE_RED,        /* regression, or limit broken */
	GATE_ABSENT,     /* no such operation, host or histogram */
};

struct gate_check {
	bool is_limit; /* a limit; false: a comparison */
	enum gate_state state;
	char *rule;          /* text of a limit's rule; NULL for a comparison */
	char *run;           /* path of a limit's run; NULL for a comparison */
	char *operation;     /* name of the operation */
	const char *against; /* gate.against; borrowed */
	char *host;          /* NULL: all hosts together */
	struct metric metric;
	bool has_value;               /* `value` is filled in */
	double value;                 /* of a limit's metric */
	double limit;                 /* value that a limit's rule allows */
	bool has_comparison;          /* `comparison` is filled in */
	struct comparison comparison; /* result of a comparison */
	double p_corrected;           /* p_slower, corrected by holm.h */
	double p_faster_corrected;    /* p_faster, likewise */
	bool improved;                /* better by more than the threshold */
	enum dependence dependence;   /* of runs that were not in turns */
	char *reason;                 /* a sentence */
};

/* The threshold of one metric, of one operation or of all. */
struct gate_threshold {
	char operation[LIMIT_TEXT_MAX]; /* "": each operation */
	char metric[METRIC_NAME_MAX];
	double threshold; /* a share: 0.05 */
};

struct gate_options {
	double alpha, threshold;
	/*
	 * Other thresholds. One of the operation goes before one of all, and a
	 * later one before an earlier one.
	 */
	const struct gate_threshold *thresholds;
	size_t thresholds_count;
	bool paired; /* the i-th runs of both sides were done together */
	/*
	 * The i-th runs of both sides are round i of these, with as many rounds
	 * as runs (turns.h). Then `paired` is not used. NULL: no turns.
	 */
	const struct turns *turns;
	bool strict; /* inconclusive is exit code 4, not 0 */
	/* Printed with the verdict. */
	const char *title; /* what was compared, such as commits; or NULL */
	uint64_t seed;     /* of the order in which runs were done; 0: none */
	/*
	 * The metrics to compare of each operation. The last `metrics_named`
	 * are compared only of operations that `thresholds` name them for.
	 */
	struct metric *metric;
	size_t metrics, metrics_named;
	/*
	 * The smallest change that counts, for some metrics: the metric and
	 * value of a limit.
	 */
	const struct limits *floors;
};

struct gate {
	const struct gate_options *options;
	struct gate_check *check;
	size_t count;
	/*
	 * The name of what gate_compare() compares with, borrowed. NULL: the
	 * baseline. Other names are those of further references.
	 */
	const char *against;
	size_t baselines, references, currents, runs;
	size_t *order; /* see interleaving.h; NULL: the runs were not in turns
			*/
	struct notes notes; /* printed with the verdict */
};

/* Checks each limit on each run. Returns 0 or -ENOMEM. */
int gate_limits(struct gate *gate, const struct limits *limits,
		const struct run_summaries *runs);

/*
 * Compares each metric of each operation of the baseline, all hosts together,
 * and corrects for the number of comparisons. Adds a check of errors where
 * operations failed. An operation of the baseline that a run lacks is
 * GATE_ABSENT. An operation that only current runs have becomes a note. May be
 * called again for another `against`; each call corrects for its own
 * comparisons. Returns 0, -ENOMEM, -E2BIG for more runs than compare() takes,
 * or -EINVAL for turns with other than one round for each run of a side.
 */
int gate_compare(struct gate *gate, const struct run_summaries *baseline,
		 const struct run_summaries *current);

/*
 * Makes a red comparison inconclusive, because so many more runs of each side
 * did not confirm it. Returns 0 or -ENOMEM.
 */
int gate_withdraw(struct gate_check *check, int runs);

/* The least of all thresholds of a rate. */
double gate_least_rate_threshold(const struct gate_options *options);

/* The worst outcome of all checks. */
enum gate_state gate_state(const struct gate *gate);

/* The exit code that follows from all checks (util/exit_code.h). */
int gate_exit_code(const struct gate *gate);

/* The outcome in words: "no regression", "improved", "limit broken",
 * "inconclusive", ... */
const char *gate_check_verdict(const struct gate_check *check);

void gate_free(struct gate *gate);

#endif
