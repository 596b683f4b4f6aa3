/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is wrong with an input, and where. Library code fills one of these and
 * returns -errno; only the command line prints it, as
 * "PATH:LINE:COLUMN: MESSAGE".
 */
#ifndef SMALLFIO_INPUT_ERROR_H
#define SMALLFIO_INPUT_ERROR_H

#include <stdint.h>

enum input_code {
	INPUT_OK = 0,
	INPUT_UNREADABLE,    /* the system did not let us read the file */
	INPUT_NO_LOGS,       /* a directory without any log that we know */
	INPUT_UNKNOWN,       /* the content is of no kind that we read */
	INPUT_NO_LATENCIES,  /* a log, but of bandwidths or IOPS */
	INPUT_COMPRESSED,    /* packed in a way that we do not unpack */
	INPUT_DAMAGED,       /* packed data that do not unpack */
	INPUT_CHANGED,       /* the file grew or shrank while it was read */
	INPUT_TRUNCATED,     /* the last line has no end */
	INPUT_LINE_TOO_LONG, /* longer than any line of this kind of log */
	INPUT_NOT_A_NUMBER,  /* other bytes where digits must stand */
	INPUT_NEGATIVE,      /* a latency below zero */
	INPUT_OVERFLOW,      /* above 2^63 - 1 */
	INPUT_COLUMNS,       /* too few or too many columns */
	INPUT_DIRECTION,     /* data direction is not 0, 1 or 2 */
	INPUT_OPERATION,     /* operation name missing, too long, unprintable */
	INPUT_AVERAGED,      /* a log of averages, not of operations */
	INPUT_OLD,           /* written by a fio too old to be read */
	INPUT_DUPLICATE,     /* two logs of the same operation and thread */
	INPUT_CLOCKS,        /* times of logs count from different zeros */
	INPUT_TOO_MANY,      /* more operations or intervals than we keep */
	INPUT_HOST,          /* not a list of hosts */
	INPUT_JOB,           /* not a job file that can be checked */
	INPUT_JSON,          /* not JSON, or not fio's */
	INPUT_MEMBER,        /* a JSON member is missing or of another type */
	INPUT_RULE,          /* not a valid rule of the gate */
	INPUT_RUN,           /* a directory that is not one whole run */
	INPUT_DATABASE,      /* not a history, or not one that we can use */
	INPUT_NO_MEMORY,
};

#define INPUT_MESSAGE_MAX 768

struct input_error {
	enum input_code code;
	const char *path; /* borrowed from the input; NULL if none */
	uint64_t line;    /* from 1; 0: the error has no line */
	unsigned column;  /* in bytes from 1; 0: it has no column */
	char message[INPUT_MESSAGE_MAX];
};

/*
 * Fills *error. Returns the -errno that goes with the code: -ENOMEM for
 * INPUT_NO_MEMORY, else -EINVAL, so that a failing function can end in
 * `return input_error_set(...)`.
 */
int input_error_set(struct input_error *error, enum input_code code,
		    uint64_t line, unsigned column, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The same for INPUT_NO_MEMORY, which is no fault of an input: no path. */
int input_error_no_memory(struct input_error *error);

/*
 * Writes into `out` what stands at `p`, fit for a message: up to 24 bytes in
 * quotes, with unprintable bytes as \xNN. The bytes end before `end`, a comma
 * or the end of the line. Where there is no byte: "the end of the line".
 * Returns `out`, which must hold INPUT_FOUND_MAX bytes.
 */
#define INPUT_FOUND_MAX 128
const char *input_error_found(char *out, const char *p, const char *end);

#endif
