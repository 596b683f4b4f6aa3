/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Most of what fio writes of a job is white space, members that we do not read,
 * and histograms: leaving the former out and reading the latter here makes
 * parsing several times as fast.
 */
#ifndef SMALLFIO_FIO_JSON_FILTER_H
#define SMALLFIO_FIO_JSON_FILTER_H

#include <stddef.h>

#include "fio/fio_histogram.h"
#include "fio/fio_json.h"

/* The histograms of an element. Zeroed by its owner. */
struct fio_json_bins {
	struct fio_histogram bins[FIO_DIRECTIONS * FIO_LATENCIES];
	size_t n;
};

/*
 * Copies the members that fio_json_entry.c reads from an element of "jobs" or
 * "client_stats" to `out`, which has room for `size` bytes. Everything is
 * checked for being JSON, what is left out, too. In place of each "bins" object
 * stands its number in *found. Returns the bytes written, or 0 for what is no
 * JSON or has something unusual (a backslash, a character beyond ASCII, a
 * number with many digits, a bin that is none): the whole text must be parsed
 * then, which tells what is wrong.
 */
size_t fio_json_filter(char *out, const char *text, size_t size,
		       struct fio_json_bins *found);

/* Those that were not taken. */
void fio_json_bins_free(struct fio_json_bins *found);

#endif
