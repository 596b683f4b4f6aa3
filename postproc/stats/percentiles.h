/* SPDX-License-Identifier: GPL-2.0-only */
/* The percentiles that a user asks for: `--percentiles 50,99,99.9`. */
#ifndef SMALLFIO_PERCENTILES_H
#define SMALLFIO_PERCENTILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PERCENTILES_MAX       32
#define PERCENTILES_DEFAULT   "50,90,95,99"
#define PERCENTILE_DECIMALS   9
#define PERCENTILE_NAME_MAX   (3 + 1 + PERCENTILE_DECIMALS + 1)
#define PERCENTILES_ERROR_MAX 160

struct percentile {
	uint64_t e9;                    /* 10^9 times the percentile */
	char name[PERCENTILE_NAME_MAX]; /* "99.9", without needless zeros */
};

struct percentiles {
	struct percentile p[PERCENTILES_MAX];
	size_t count;
};

/*
 * Reads a list such as "50,99,99.9". Each percentile is 0 to 100 with at most
 * PERCENTILE_DECIMALS decimal places. None may occur twice. The order is kept.
 * Returns 0, or -EINVAL with a sentence in `error` (PERCENTILES_ERROR_MAX
 * bytes).
 */
int percentiles_parse(struct percentiles *percentiles, const char *list,
		      char *error);

/*
 * Whether so many samples can tell the percentile. False for fewer than
 * 1 / (1 - p) samples, because then not even one sample is expected above the
 * percentile. 100 is the maximum and needs one sample.
 */
bool percentile_has_enough(const struct percentile *percentile,
			   uint64_t samples);

#endif
