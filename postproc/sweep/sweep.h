/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An operation at several rates, one after the other, with latency_from=
 * schedule: response times against rates, and the highest rate that is good
 * enough. Response times begin when an operation was due. So a system that
 * cannot keep up has long ones, however fast its operations are.
 */
#ifndef SMALLFIO_SWEEP_H
#define SMALLFIO_SWEEP_H

#include "format/phase_latency.h"
#include "run/pace.h"
#include "verdict/limit.h"

#define SWEEP_ERROR_MAX 512

struct sweep_step {
	uint64_t rate; /* operations a second of each thread, as asked for */
	struct pace pace;
	uint64_t units, errors;
	struct phase_latency response, service;
	char *invalid; /* why its figures cannot be trusted; or NULL */
};

struct sweep {
	char *job, *operation; /* NULL: there is no step */
	const char *unit;      /* "files" */
	uint64_t threads;
	double seconds;            /* asked for, of each step */
	const struct limit *limit; /* of a percentile; NULL: none */
	bool interrupted;          /* not all rates were done */
	struct sweep_step *step;   /* by ascending rates */
	size_t steps;
};

/*
 * Parses the limit of a sweep, "p99 < 5ms". Returns 0, or -EINVAL with a
 * sentence in `error` (LIMIT_ERROR_MAX bytes).
 */
int sweep_limit_parse(struct limit *limit, const char *text, char *error);

/*
 * Adds the run at a rate. Returns 0, -ENOMEM, or -EINVAL with a sentence in
 * `error` (SWEEP_ERROR_MAX bytes): the run must have one phase with this rate
 * and with response times.
 */
int sweep_add(struct sweep *sweep, uint64_t rate, const struct result *result,
	      const struct fio_result *run, char *error);

/*
 * Whether a step is good enough: it is valid, the system kept up, and the limit
 * holds, if there is one.
 */
bool sweep_holds(const struct sweep *sweep, const struct sweep_step *step);

/* The value that the limit judges; NAN: too few samples. */
double sweep_judged_ns(const struct sweep *sweep,
		       const struct sweep_step *step);

/* Whether a step has too few samples for the limit, and no other fault. */
bool sweep_is_unknown(const struct sweep *sweep, const struct sweep_step *step);

/*
 * The highest step that is good enough, as are all below it of which that is
 * known. NULL: there is none.
 */
const struct sweep_step *sweep_highest(const struct sweep *sweep);

/* sweep_format.c: the table in pieces, so that each step can be seen at once.
 */
void sweep_text_head(FILE *out, const struct sweep *sweep);
void sweep_text_step(FILE *out, const struct sweep *sweep,
		     const struct sweep_step *step);
void sweep_text_end(FILE *out, const struct sweep *sweep);

/* Schema smallfio-sweep-1. Returns 0. */
int sweep_json(FILE *out, const struct sweep *sweep);

void sweep_free(struct sweep *sweep);

#endif
