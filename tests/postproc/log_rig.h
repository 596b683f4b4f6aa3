/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOG_RIG_H
#define LOG_RIG_H

#include "input/reader.h"
#include "test.h"

/* What a reader found in a log. log_free() frees it. */
struct log {
	struct parse parse;
	struct input_error error;
	int ret;
};

/*
 * Reads a log of that name from a copy without a byte to spare, so that
 * sanitizers see overruns. A name that tells nothing is that of a chunk log.
 */
void log_read_bytes(struct log *log, const char *base, const char *data,
		    size_t size);
void log_read(struct log *log, const char *base, const char *text);
void log_free(struct log *log);

/* The i-th series of what was read, and its k-th latency. */
const struct series *log_series(const struct log *log, size_t i);
uint64_t log_latency_ns(const struct log *log, size_t i, size_t k);

/* A log that is refused, and what is said of it. */
struct log_error_row {
	const char *text;
	enum input_code code;
	unsigned int line, column;
	const char *says;
};

#define LOG_CHECK_ERRORS(base, rows)                                           \
	log_check_errors(base, rows, sizeof(rows) / sizeof(*(rows)))
void log_check_errors(const char *base, const struct log_error_row *rows,
		      size_t n);

#endif
