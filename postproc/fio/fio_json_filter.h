/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters the JSON of a job before jansson parses it. Most of that JSON is
 * white space, members that we do not read, and histograms. The filter leaves
 * out the first two, and reads the histograms itself, which makes parsing
 * several times as fast.
 */
#ifndef SMALLFIO_FIO_JSON_FILTER_H
#define SMALLFIO_FIO_JSON_FILTER_H

#include <stddef.h>

#include "fio/fio_histogram.h"
#include "fio/fio_json.h"

/* The histograms of an element. The owner zeroes it first. */
struct fio_json_bins {
	struct fio_histogram bins[FIO_DIRECTIONS * FIO_LATENCIES];
	size_t n;
};

/*
 * Copies from an element of "jobs" or "client_stats" the members that
 * fio_json_entry.c reads. `out` has room for `size` bytes. In place of each
 * "bins" object `out` has its number in *found. Checks that all text is JSON,
 * also what is left out.
 *
 * Returns the bytes written. Returns 0 for text that is no JSON or is unusual:
 * a backslash, a character beyond ASCII, a number with many digits, or a bin
 * that fio does not have. Then the whole text must be parsed, to tell what is
 * wrong.
 */
size_t fio_json_filter(char *out, const char *text, size_t size,
		       struct fio_json_bins *found);

/* Frees the histograms that nobody has taken. */
void fio_json_bins_free(struct fio_json_bins *found);

#endif
